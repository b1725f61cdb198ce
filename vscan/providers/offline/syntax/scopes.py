"""Find the declaration of a name in JavaScript, and every place that refers to it."""

import itertools
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Final, NamedTuple

import tree_sitter

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.constant_folding import unescaped
from vscan.providers.offline.syntax.javascript_trees import Node, Piece, language

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
_IDENTIFIERS: Final = frozenset(
    {"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"}
)
_MAX_REFERENCES = 100  # of one name, that are looked at
# White space of JavaScript beyond ASCII, which is between words and not in them.
_SPACE: Final = lazy_regex(
    rb"\xc2\xa0|\xef\xbb\xbf|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80|\xe1\x9a\x80"
)
_WORD: Final = lazy_regex(rb"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*")
_ESCAPED: Final = lazy_regex(
    rb"\\u(?:00[2-7][0-9a-fA-F]|\{0*[2-7][0-9a-fA-F]\})"
    rb"(?:[\w$]|\\u(?:00[2-7][0-9a-fA-F]|\{0*[2-7][0-9a-fA-F]\}))*"
)
_BEFORE_ESCAPE: Final = lazy_regex(rb"[\w$]*\Z")
_MAX_BEFORE_ESCAPE = 40  # characters of a name
_QUERY: Final = """
[(function_declaration) (function_expression) (arrow_function) (method_definition)
 (generator_function) (generator_function_declaration)] @function
[(statement_block) (for_statement) (for_in_statement) (catch_clause) (switch_body)
 (class_static_block)] @block
(variable_declaration (variable_declarator name: (_) @var))
(lexical_declaration (variable_declarator name: (_) @variable))
(formal_parameters (_) @parameter)
(arrow_function parameter: (identifier) @parameter)
[(function_declaration name: (identifier) @name)
 (generator_function_declaration name: (identifier) @name)]
(function_expression name: (identifier) @own_name)
[(class_declaration name: (identifier) @class) (class name: (identifier) @class)]
[(import_clause (identifier) @import) (namespace_import (identifier) @import)
 (import_specifier name: (identifier) @import !alias)
 (import_specifier alias: (identifier) @import)]
(catch_clause parameter: (_) @catch)
(for_in_statement kind: "var" left: (_) @loop_var)
(for_in_statement kind: ["let" "const"] left: (_) @loop)
"""
# The kinds of declarations by the names that captures have.
_KINDS: Final = {
    "var": "variable",
    "variable": "variable",
    "parameter": "parameter",
    "name": "function",
    "own_name": "function",
    "class": "class",
    "import": "import",
    "catch": "catch",
    "loop_var": "loop",
    "loop": "loop",
}
_OF_FUNCTION: Final = frozenset({"var", "parameter", "own_name", "loop_var"})


def name_of(identifier: Node) -> bytes:
    """Return a name without the escapes that it may be written with."""
    text = identifier.text or b""
    return unescaped(text.decode("utf-8", "replace")).encode() if b"\\" in text else text


class Binding(NamedTuple):
    """A declared name: where it is declared, how, and the scope in which it is known.

    ``kind`` is ``variable``, ``parameter``, ``function``, ``class``, ``import``, ``catch`` or
    ``loop``.
    """

    name: bytes
    node: Node
    kind: str
    scope: Node

    @property
    def key(self) -> int:
        """The offset of the declaration in its piece, which no other declaration has."""
        return self.node.start_byte


def parent_function(node: Node) -> Node | None:
    """Return the innermost function around a node."""
    parent = node.parent
    while parent is not None and parent.type not in FUNCTIONS:
        parent = parent.parent
    return parent


@cache
def _query() -> tree_sitter.Query:
    return tree_sitter.Query(language(), _QUERY)


class Scopes:
    """The names of one piece."""

    def __init__(self, piece: Piece) -> None:
        self._piece = piece
        self._references: dict[int, list[Node]] = {}
        self._all_references: dict[int, list[Node]] = {}
        self._members: dict[tuple[bytes, int], list[Node]] = {}
        self._bindings: dict[bytes, dict[int, Binding]] = {}  # of the names that were looked up
        # Of the others: the names where they are declared, the offsets of the patterns, and how.
        self._undeclared: dict[bytes, list[tuple[Node, int, str]]] = defaultdict(list)
        self._numbers: dict[int, int] = {}  # those of the scopes, by the keys of the declarations
        self._declaring: dict[bytes, list[int]] = {}  # the same numbers by names, sorted
        # By the place of a declaration whose name may mean something else in what it declares.
        self._outer: dict[int, Binding] = {}
        self._nodes: list[Node] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._parents: list[int] = []
        self._are_functions: list[bool] = []

    def _read(self) -> None:
        """Read all declarations of the piece. It happens when the first name is looked up."""
        captures = tree_sitter.QueryCursor(_query()).captures(self._piece.root)
        found = [(self._piece.root, True)]
        found += ((node, True) for node in captures.get("function", ()))
        found += ((node, False) for node in captures.get("block", ()))
        order = sorted(
            (node.start_byte, -node.end_byte, number) for number, (node, _) in enumerate(found)
        )
        self._starts = [start for start, _, _ in order]
        self._ends = [-end for _, end, _ in order]
        self._nodes = [found[number][0] for _, _, number in order]
        self._are_functions = [found[number][1] for _, _, number in order]
        self._parents = self._nesting()
        for capture in _KINDS:
            for node in captures.get(capture, ()):
                for name in names_in(node) if node.child_count else (node,):
                    text = self._name_at(name, name.start_byte)
                    self._undeclared[text].append((name, node.start_byte, capture))

    def _nesting(self) -> list[int]:
        """Return for each scope the number of the one around it; -1 for the whole piece."""
        parents, around = [], [-1]
        for number, (start, end) in enumerate(zip(self._starts, self._ends, strict=True)):
            while around[-1] >= 0 and self._ends[around[-1]] <= start:
                around.pop()
            parents.append(around[-1])
            if end > start:
                around.append(number)
        return parents

    def _innermost(self, offset: int) -> int:
        number = bisect_right(self._starts, offset) - 1
        while number > 0 and self._ends[number] <= offset:
            number = self._parents[number]
        return max(0, number)

    def _declared(self, name: bytes) -> dict[int, Binding]:
        """Return the declarations of a name by the numbers of their scopes.

        Most names of a piece are never looked up, so that they are sorted by scopes only here.
        """
        if not self._nodes:
            self._read()
        declared = self._bindings.get(name)
        if declared is None:
            declared = self._bindings[name] = {}
            for node, start, capture in self._undeclared.pop(name, ()):
                self._declare(node, self._scope_of(node, start, capture), capture, declared)
        return declared

    def _scope_of(self, name: Node, start: int, capture: str) -> int:
        """Return the number of the scope in which a declaration at an offset is known."""
        scope = self._innermost(start)
        if capture in {"name", "class"}:  # known around the function or class
            parent = name.parent
            while scope > 0 and parent is not None and self._starts[scope] >= parent.start_byte:
                scope = self._parents[scope]
        elif capture in _OF_FUNCTION:
            while scope > 0 and not self._are_functions[scope]:
                scope = self._parents[scope]
        return max(scope, 0)

    def _declare(self, name: Node, scope: int, capture: str, declared: dict[int, Binding]) -> None:
        start, kind = name.start_byte, _KINDS[capture]
        text = self._name_at(name, start)
        known = declared.get(scope)
        if known is None:
            known = declared[scope] = Binding(text, name, kind, self._nodes[scope])
            self._numbers[start] = scope
        if capture in {"name", "class"}:
            self._outer[start] = known
        elif capture == "own_name" and known.key != start:  # it is never used
            self._outer[start] = Binding(text, name, kind, known.scope)

    def _name_at(self, identifier: Node, start: int) -> bytes:
        """Return what ``name_of`` returns; a tree copies the text of a node only slowly."""
        text = self._piece.source[start : identifier.end_byte]
        return name_of(identifier) if b"\\" in text else text

    def binding_of(self, identifier: Node) -> Binding | None:
        """Return the declaration that an identifier refers to; ``None`` for a global name."""
        start = identifier.start_byte
        return self.binding_at(self._name_at(identifier, start), start)

    def binding_at(self, name: bytes, offset: int) -> Binding | None:
        """Return the declaration that a name has at an offset in the piece."""
        declared = self._declared(name)
        outer = self._outer.get(offset)
        if outer is not None:
            return outer
        if not declared:
            return None
        scope = self._innermost(offset)
        while scope >= 0:
            binding = declared.get(scope)
            if binding is not None:
                return binding
            scope = self._parents[scope]
        return None

    def references(self, binding: Binding) -> list[Node]:
        """Return the identifiers that refer to a declaration, without the declaration itself."""
        found = self._references.get(binding.key)
        if found is None:
            found = list(itertools.islice(self._referring(binding), _MAX_REFERENCES))
            self._references[binding.key] = found
        return found

    def all_references(self, binding: Binding) -> list[Node]:
        """Return each identifier that refers to a declaration, however many there are."""
        found = self._all_references.get(binding.key)
        if found is None:
            found = self._all_references[binding.key] = list(self._referring(binding))
        return found

    def _referring(self, binding: Binding) -> Iterator[Node]:
        root, name, key = self._piece.root, binding.name, binding.key
        for start in self._visible(binding):
            outer = self._outer.get(start)
            if start == key or (outer is not None and outer.key != key):
                continue
            node = root.descendant_for_byte_range(start, start + 1)
            if node is None or node.type not in _IDENTIFIERS:
                continue
            if node.end_byte - node.start_byte == len(name) or name_of(node) == name:
                yield node

    def _visible(self, binding: Binding) -> Iterator[int]:
        """Yield the places of a name where it means a declaration, and others in ``_outer``."""
        declared = self._declared(binding.name)
        words = self._words(binding.name, binding.scope)
        own = self._numbers.get(binding.key)
        if own is None:  # another declaration has its place
            yield from (start for start in words if start in self._outer)
            return
        if binding.name not in self._declaring:
            self._declaring[binding.name] = sorted(declared)
        numbers = self._declaring[binding.name]
        at, end = 0, self._ends[own]
        for number in itertools.islice(numbers, bisect_right(numbers, own), None):
            first, last = self._starts[number], self._ends[number]
            if first >= end or at == len(words):
                break
            if last <= words[at]:
                continue
            while at < len(words) and words[at] < first:
                yield words[at]
                at += 1
            while at < len(words) and words[at] < last:  # it means something else there
                if words[at] in self._outer:
                    yield words[at]
                at += 1
        yield from itertools.islice(words, at, None)

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
                holder = node.parent if node is not None else None
                if holder is not None and holder.type == "member_expression":
                    found.append(holder)
            self._members[key] = found
        return self._members[key]

    @cached_property
    def places(self) -> dict[bytes, list[int]]:
        """The offsets of each word of the piece."""
        places: dict[bytes, list[int]] = defaultdict(list)
        source = _SPACE.sub(lambda space: b" " * len(space[0]), self._piece.source)
        for found in _WORD.finditer(source):
            places[found[0]].append(found.start())
        written = defaultdict(list)
        for found in _ESCAPED.finditer(self._piece.source):
            before = self._piece.source[max(0, found.start() - _MAX_BEFORE_ESCAPE) : found.start()]
            start = _BEFORE_ESCAPE.search(before)
            assert start is not None
            word = unescaped((start[0] + found[0]).decode()).encode()
            written[word].append(found.start() - len(start[0]))
        for word, starts in written.items():
            places[word] = sorted(places[word] + starts)
        return places

    def _words(self, name: bytes, scope: Node) -> list[int]:
        """Return the offsets of a word within a node."""
        places = self.places.get(name)
        if not places:
            return []
        first = bisect_left(places, scope.start_byte)
        return places[first : bisect_left(places, scope.end_byte, first)]


def names_in(pattern: Node) -> Iterator[Node]:
    """Yield the names that a pattern declares."""
    kind = pattern.type
    if kind in {"identifier", "shorthand_property_identifier_pattern"}:
        yield pattern
    elif kind in {"assignment_pattern", "object_assignment_pattern"}:
        left = pattern.child_by_field_name("left")
        if left is not None:
            yield from names_in(left)
    elif kind == "pair_pattern":
        value = pattern.child_by_field_name("value")
        if value is not None:
            yield from names_in(value)
    elif kind in {"object_pattern", "array_pattern", "rest_pattern"}:
        for child in pattern.named_children:
            yield from names_in(child)
