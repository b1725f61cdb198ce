"""Find the declaration of a name in JavaScript, and every place that refers to it."""

import itertools
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, NamedTuple

from vscan.providers.offline.syntax.javascript_trees import Node, Piece

FUNCTIONS: Final = frozenset(
    {
        "function_declaration",
        "function_expression",
        "arrow_function",
        "method_definition",
        "generator_function",
        "generator_function_declaration",
    }
)
_BLOCKS: Final = frozenset(
    {"statement_block", "program", "ERROR", "for_statement", "for_in_statement", "catch_clause"}
    | {"switch_body", "class_static_block"}
)
_IDENTIFIERS: Final = frozenset(
    {"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"}
)
_PATTERNS: Final = frozenset(
    {"object_pattern", "array_pattern", "pair_pattern", "assignment_pattern", "rest_pattern"}
    | {"object_assignment_pattern"}
)
_MAX_REFERENCES = 100  # of one name, that are looked at
_LOCAL_BYTES = 16_384  # of a scope that is searched on its own; else the whole piece is indexed
_WORD: Final = re.compile(rb"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*")


class Binding(NamedTuple):
    """A declared name: where it is declared, how, and the scope in which it is known.

    ``kind`` is ``variable``, ``parameter``, ``function``, ``class``, ``import``, ``catch``, ``loop``
    or ``global`` for a name that is assigned and never declared.
    """

    name: bytes
    node: Node
    kind: str
    scope: Node

    @property
    def key(self) -> int:
        """A number that no other declaration of the file has, as far as one piece is concerned."""
        return self.node.start_byte


def parent_function(node: Node) -> Node | None:
    """Return the innermost function around a node."""
    parent = node.parent
    while parent is not None and parent.type not in FUNCTIONS:
        parent = parent.parent
    return parent


class Scopes:
    """The names of one piece. Nothing is looked at before it is asked for."""

    def __init__(self, piece: Piece) -> None:
        self._piece = piece
        self._found: dict[tuple[bytes, int], Binding | None] = {}
        self._declarations: dict[bytes, list[Node]] = {}
        self._members: dict[tuple[bytes, int], list[Node]] = {}
        self._references: dict[tuple[bytes, int], list[Node]] = {}

    def binding_of(self, identifier: Node) -> Binding | None:
        """Return the declaration that an identifier refers to; ``None`` for a global name."""
        name = identifier.text or b""
        scope: Node | None = identifier
        while scope is not None:
            scope = self._next_scope(scope)
            if scope is None:
                break
            key = (name, scope.id)
            if key not in self._found:
                self._found[key] = self._declared_in(name, scope)
            binding = self._found[key]
            if binding is not None:
                return binding
        return None

    def references(self, binding: Binding) -> list[Node]:
        """Return the identifiers that refer to a declaration, without the declaration itself."""
        key = (binding.name, binding.node.start_byte)
        found = self._references.get(key)
        if found is None:
            every = (
                node
                for node in self._identifiers(binding.name, binding.scope)
                if node.start_byte != binding.node.start_byte and self._refers_to(node, binding)
            )
            found = list(itertools.islice(every, _MAX_REFERENCES))
            self._references[key] = found
        return found

    def _refers_to(self, node: Node, binding: Binding) -> bool:
        other = self.binding_of(node)
        return other is not None and other.node.start_byte == binding.node.start_byte

    def members_named(self, name: bytes, within: Node | None = None) -> list[Node]:
        """Return the member expressions whose property has a name, but for those beyond a bound."""
        root = within or self._piece.root
        key = (name, root.id)
        if key not in self._members:
            found = []
            source = self._piece.source
            places = (at for at in self._words(name, root) if source[at - 1 : at] in {b".", b"#"})
            for start in itertools.islice(places, _MAX_REFERENCES):
                node = root.descendant_for_byte_range(start, start + len(name))
                if node is not None and node.parent is not None:
                    if node.parent.type == "member_expression":
                        found.append(node.parent)
            self._members[key] = found
        return self._members[key]

    def _next_scope(self, node: Node) -> Node | None:
        parent = node.parent
        while parent is not None:
            if parent.type in FUNCTIONS or parent.type in _BLOCKS:
                return parent
            parent = parent.parent
        return None

    @cached_property
    def _places(self) -> dict[bytes, list[int]]:
        """The offsets of each word of the piece."""
        places: dict[bytes, list[int]] = defaultdict(list)
        for found in _WORD.finditer(self._piece.source):
            places[found[0]].append(found.start())
        return places

    def _words(self, name: bytes, scope: Node) -> list[int]:
        """Return the offsets of a word within a node."""
        places = self._places.get(name)
        if not places:
            return []
        first = bisect_left(places, scope.start_byte)
        return places[first : bisect_left(places, scope.end_byte, first)]

    def _identifiers(self, name: bytes, scope: Node) -> Iterator[Node]:
        for start in self._words(name, scope):
            node = scope.descendant_for_byte_range(start, start + len(name))
            if node is None or node.end_byte - node.start_byte != len(name):
                continue
            if node.type in _IDENTIFIERS:
                yield node

    def _declared_in(self, name: bytes, scope: Node) -> Binding | None:
        """Find the declaration of a name that belongs to one scope."""
        if scope.end_byte - scope.start_byte <= _LOCAL_BYTES:
            candidates: Iterable[Node] = self._identifiers(name, scope)
        else:
            candidates = self._declarations_of(name)
        for node in candidates:
            kind = _declaration_kind(node)
            if kind is not None and self._owns(scope, node, kind):
                return Binding(name, node, kind, scope)
        return None

    def _declarations_of(self, name: bytes) -> list[Node]:
        """Return all places of the piece in which a name is declared."""
        if name not in self._declarations:
            every = self._identifiers(name, self._piece.root)
            self._declarations[name] = [each for each in every if _declaration_kind(each)]
        return self._declarations[name]

    def _owns(self, scope: Node, node: Node, kind: str) -> bool:
        """Whether a declaration belongs to a scope and not to one inside of it."""
        at = node
        if kind in {"function", "class"}:  # its name belongs to the scope around it
            parent = node.parent
            if parent is None:
                return False
            if parent.id == scope.id:
                return parent.type == "function_expression"
            at = parent
        if kind == "parameter":
            function: Node | None = parent_function(node)
            return function is not None and function.id == scope.id
        if kind == "catch":
            return scope.type == "catch_clause" and (at.parent is not None) and self._in(scope, at)
        if kind == "variable" and _is_var(node):
            inner = at.parent
            while inner is not None and inner.id != scope.id:
                if inner.type in FUNCTIONS:
                    return False
                inner = inner.parent
            return scope.type in FUNCTIONS or scope.type in {"program", "ERROR"}
        owner = self._next_scope(at)
        return owner is not None and owner.id == scope.id

    @staticmethod
    def _in(scope: Node, node: Node) -> bool:
        body = scope.child_by_field_name("body")
        return body is None or node.end_byte <= body.start_byte


def _is_var(node: Node) -> bool:
    parent = node.parent
    while parent is not None and parent.type not in {"variable_declaration", "lexical_declaration"}:
        if parent.type in FUNCTIONS:
            return False
        parent = parent.parent
    return parent is not None and parent.type == "variable_declaration"


def _declaration_kind(node: Node) -> str | None:  # noqa: PLR0911, C901 - one line a kind
    """Return how an identifier is declared by the place in which it stands; ``None`` if it isn't."""
    child, parent = node, node.parent
    while parent is not None and parent.type in _PATTERNS:
        if parent.type in {"assignment_pattern", "object_assignment_pattern"}:
            left = parent.child_by_field_name("left")
            if left is None or left.id != child.id:
                return None
        elif parent.type == "pair_pattern":
            value = parent.child_by_field_name("value")
            if value is None or value.id != child.id:
                return None
        child, parent = parent, parent.parent
    if parent is None:
        return None
    match parent.type:
        case "variable_declarator":
            return "variable" if _is_field(parent, "name", child) else None
        case "formal_parameters":
            return "parameter"
        case "arrow_function":
            return "parameter" if _is_field(parent, "parameter", child) else None
        case "function_declaration" | "function_expression" | "generator_function_declaration":
            return "function" if _is_field(parent, "name", child) else None
        case "class_declaration" | "class":
            return "class" if _is_field(parent, "name", child) else None
        case "import_clause" | "namespace_import":
            return "import"
        case "import_specifier":
            alias = parent.child_by_field_name("alias")
            return "import" if alias is None or alias.id == child.id else None
        case "catch_clause":
            return "catch" if _is_field(parent, "parameter", child) else None
        case "for_in_statement":
            return "loop" if _is_field(parent, "left", child) else None
        case _:
            return None


def _is_field(parent: Node, field: str, child: Node) -> bool:
    found = parent.child_by_field_name(field)
    return found is not None and found.id == child.id
