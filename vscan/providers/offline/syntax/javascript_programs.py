"""A program of JavaScript with the calls that checks look at."""

import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from operator import attrgetter
from typing import Final, NamedTuple

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Finding, Rule, Severity
from vscan.providers.offline.manifest_values import Purpose
from vscan.providers.offline.syntax.backward_evaluation import Evaluator
from vscan.providers.offline.syntax.calls_of_names import (
    calls_with,
    computed_accesses,
    given_name,
    member_of,
)
from vscan.providers.offline.syntax.evaluated_function_names import is_trigger
from vscan.providers.offline.syntax.javascript_calls import Call, HandedCall
from vscan.providers.offline.syntax.javascript_trees import BarrenPieces, Node, Piece, pieces
from vscan.providers.offline.syntax.node_fields import argument_nodes, function_of
from vscan.providers.offline.syntax.scopes import FUNCTIONS, Binding, parent_function
from vscan.providers.offline.syntax.values import UNKNOWN, Label
from vscan.safe_text import sanitize

_MAX_CALLS = 20_000  # of one piece, that are looked at
_MAX_NESTED = 1024**2  # bytes of a program inside another one
_EVIDENCE = 160  # characters of the call that a finding shows
_KEEPS_FUNCTION: Final = lazy_regex(r"promisify|pify|\bbind|once|throttle|debounce|wrap")
_SEARCH_LIMIT_S = 8  # of CPU time, for the calls of one piece
_WORDS_FOR_TIME = 16  # between two looks at the time
_FEWEST_WORDS = 400  # of one piece, that are looked at in any case
_MAX_STEPS_UP = 200_000_000  # from one node to another below a node with many children
_QUOTES: Final = frozenset({b'"', b"'", b"`"})
_BEFORE_KEY: Final = frozenset({b"[", b"+", b"(", b",", b" ", b""})
_WORD_AFTER: Final = frozenset({b"-", b"'"})
# Functions that call one of their arguments, with the place of the first argument for it.
_REFLECT: Final = {"Reflect.apply": 2, "Reflect.construct": 1}
_NAMES: Final = frozenset({"identifier", "shorthand_property_identifier_pattern"})
# The fields of a node that get a value.
_TARGETS: Final = {
    "variable_declarator": ("name",),
    "assignment_expression": ("left",),
    "pair_pattern": ("value",),
    "import_specifier": ("alias", "name"),
}
_PASSED_ON: Final = frozenset(
    {
        "member_expression",
        "subscript_expression",
        "parenthesized_expression",
        "string",
        "call_expression",
    }
)


class Place(NamedTuple):
    """A place in a file: its name, the offset in it, and the line, from 1."""

    name: str
    offset: int
    line: int


class Program:
    """One piece of a file, and the calls in it whose names end in one of ``words``."""

    def __init__(
        self,
        name: str,
        piece: Piece,
        lines_before: int,
        within: "Call | None" = None,
    ) -> None:
        self.name = name
        self.within = within  # the call that runs this program, which is a text in another one
        self.piece = piece
        self.evaluator = Evaluator(piece)
        self.purpose: Purpose = Purpose.EXTENSION if within is None else within.program.purpose
        self._lines_before = lines_before
        self._has_too_many_words = False
        self._has_left_out = False

    def leave_out(self) -> None:
        """Note that a part of what a call gets was not examined: there is too much of it."""
        self._has_left_out = True

    def release(self) -> None:
        """Free the memory of the tree: nothing may be asked of the program any more.

        The parts of the evaluation refer to each other, and would stay until the next collection of
        such circles, which may be hundreds of megabytes later.
        """
        self.evaluator.release()
        self.__dict__.clear()

    @property
    def is_too_costly(self) -> bool:
        """Whether some calls could not be examined within the bounds."""
        has_too_many = self._has_left_out or self._has_too_many_words
        has_too_many = has_too_many or len(self.calls) >= _MAX_CALLS
        return self.evaluator.is_exhausted or has_too_many

    def place_of(self, offset: int) -> Place:
        """Return the place of an offset in the program, which may be a text in another one."""
        if self.within is not None:
            return self.within.program.place_of(self.within.offset)
        lines = self.piece.source.count(b"\n", 0, offset - self.piece.start)
        return Place(self.name, offset, 1 + self._lines_before + lines)

    def where(self, offset: int) -> str:
        """Describe a place for people: ``line 3``."""
        return f"line {self.place_of(offset).line}"

    def finding(
        self, rule: Rule, severity: Severity, confidence: Confidence, message: str, call: Call
    ) -> Finding:
        """Make a finding about a call."""
        place = self.place_of(call.offset)
        return Finding(
            rule=rule.id,
            severity=severity,
            kind=rule.kind,
            message=sanitize(message.replace(UNKNOWN, "...")),
            file=sanitize(place.name, 1000),
            line=place.line,
            evidence=sanitize(self.source_of(call.node)[: 2 * _EVIDENCE], _EVIDENCE),
            offset=place.offset,
            confidence=confidence,
        )

    def source_of(self, node: Node) -> str:
        """Return the source of a node."""
        return self.evaluator.text(node)

    def text_around(self, node: Node, width: int) -> str:
        """Return a node with up to ``width`` bytes of its file before it, and as many after it."""
        first, last = self._file_around(node.start_byte)
        start, end = max(first, node.start_byte - width), min(last, node.end_byte + width)
        return self.piece.source[start:end].decode("utf-8", "replace")

    def _file_around(self, _: int) -> tuple[int, int]:
        """Return the bounds, in the piece, of the file in which an offset is."""
        return 0, len(self.piece.source)

    def unit_around(self, node: Node) -> Node:
        """Return the largest function around a node that is smaller than a tenth of the piece."""
        unit: Node = node
        function = parent_function(node)
        limit = max(4000, len(self.piece.source) // 10)
        while function is not None and function.end_byte - function.start_byte <= limit:
            unit, function = function, parent_function(function)
        return unit

    @cached_property
    def calls(self) -> list[Call]:
        """The calls in the order of their places."""
        nodes: dict[int, Node] = {}
        for node in self._call_nodes():
            nodes.setdefault(node.id, node)
            if len(nodes) >= _MAX_CALLS:
                break
        ordered = sorted(nodes.values(), key=lambda node: (node.start_byte, -node.end_byte))
        return list(filter(None, map(self._call, ordered)))

    def _call(self, node: Node) -> Call | None:
        function = function_of(node)
        if function is None:
            names = frozenset(filter(_is_function, self.evaluator.names(node)))
            return HandedCall(self, node, names, 0) if names else None
        if function.type == "import":
            return Call(self, node, frozenset({"import"}), 0)
        evaluator = self.evaluator
        names, skipped = evaluator.names(function), 0
        reflected = next(filter(None, map(_REFLECT.get, sorted(names))), None)
        if reflected is not None:
            nodes = argument_nodes(node)
            names, skipped = (evaluator.names(nodes[0]) if nodes else names), reflected
        elif any(name.endswith((".call", ".apply", ".bind")) for name in names):
            object_node = function.child_by_field_name("object")
            names, skipped = evaluator.names(object_node) if object_node is not None else names, 1
            if (function.text or b"").endswith(b"bind") and len(argument_nodes(node)) <= skipped:
                # It is called elsewhere, and gets all of its arguments there.
                is_handed = node.parent is not None and node.parent.type == "arguments"
                return HandedCall(self, node, names, 0) if is_handed else None
        if not names:
            return None
        if node.type == "new_expression":
            names |= {f"new {name}" for name in names}
        return Call(self, node, names, skipped)

    def _triggers(self) -> list[tuple[int, int]]:
        """Return the places of the words that calls of interest end in."""
        places = self.evaluator.scopes.places
        every = sorted(
            (start, start + len(word))
            for word in filter(is_trigger, places)
            for start in places[word]
            if self._may_be_name(start, start + len(word))
        )
        # Where a node has many children, each step from one of them to it takes long.
        most = max(_FEWEST_WORDS, _MAX_STEPS_UP // max(1, self.piece.root.child_count))
        self._has_too_many_words = len(every) > most
        return every[:most]

    def _may_be_name(self, start: int, end: int) -> bool:
        """Whether a word can be a name, and is not one of a text: most words are in texts."""
        source = self.piece.source
        before, after = source[max(0, start - 2) : start], source[end : end + 1]
        if before[-1:] in _QUOTES and before[:1] not in _BEFORE_KEY:
            return False
        return after not in _WORD_AFTER

    def _call_nodes(self) -> Iterator[Node]:
        yield from self._named_calls()
        yield from self._computed_calls()

    def _named_calls(self) -> Iterator[Node]:
        """Yield the calls of the words themselves, and of the names that they are given."""
        root = self.piece.root
        aliases: dict[int, Binding] = {}
        members: set[bytes] = set()
        until_s = time.thread_time() + _SEARCH_LIMIT_S
        for number, (start, end) in enumerate(self._triggers()):
            if number % _WORDS_FOR_TIME == 0 and time.thread_time() > until_s:
                self._has_too_many_words = True
                break
            node = root.descendant_for_byte_range(start, end)
            if node is None or node.type == "comment":
                continue
            if node.parent is not None and node.parent.type == "import":
                node = node.parent
            yield from calls_with(node)
            binding = self._alias(node)
            if binding is not None:
                aliases.setdefault(binding.node.id, binding)
            for handed in self._parameters_for(node):
                aliases.setdefault(handed.node.id, handed)
            key = member_of(node, self.evaluator.member_values)
            if key is not None and not is_trigger(key):
                members.add(key)
        yield from self._calls_by_other_names(aliases, members)

    def _calls_by_other_names(
        self, aliases: dict[int, Binding], members: Iterable[bytes]
    ) -> Iterator[Node]:
        """Yield the calls of functions by the names, and keys of objects, that they are given."""
        waiting = list(aliases.values())
        for binding in waiting:
            for reference in self.evaluator.scopes.all_references(binding):
                yield from calls_with(reference)
                name = given_name(reference)
                other = self.evaluator.scopes.binding_of(name) if name is not None else None
                if other is not None and other.node.id not in aliases:
                    aliases[other.node.id] = other
                    waiting.append(other)
        for key in members:
            for access in self.evaluator.scopes.members_named(key):
                yield from calls_with(access)

    def _computed_calls(self) -> Iterator[Node]:
        """Yield the calls of functions whose names are computed."""
        for access in computed_accesses(self.piece.source, self.piece.root):
            yield from calls_with(access)
            binding = self._alias(access)
            for reference in self.evaluator.scopes.all_references(binding) if binding else ():
                yield from calls_with(reference)

    def _parameters_for(self, node: Node) -> Iterator[Binding]:
        """Yield the parameters that get a function: ``run(eval, code)`` calls it by its name."""
        arguments = node.parent
        call = arguments.parent if arguments is not None and arguments.type == "arguments" else None
        function = function_of(call) if call is not None else None
        if call is None or function is None or node.type != "identifier":
            return
        index = [each.id for each in argument_nodes(call)].index(node.id)
        if function.type == "identifier":
            for own in self.evaluator.functions(function)[:3]:
                binding = self.evaluator.parameter_binding(own, index)
                if binding is not None:
                    yield binding

    def _alias(self, node: Node) -> Binding | None:
        """Return the name that a function is given: ``const run = eval``, ``{exec: run} = ...``."""
        at, parent = node, node.parent
        while parent is not None:
            target = _target(node, parent)
            if target is not None:
                is_declared = parent.type == "variable_declarator" and target.id == at.id
                is_alias = target.type in _NAMES and not is_declared
                return self.evaluator.scopes.binding_of(target) if is_alias else None
            if not self._is_passed_on(parent):
                return None
            at, parent = parent, parent.parent
        return None

    def _is_passed_on(self, node: Node) -> bool:
        """Whether the value of an expression may be the function that is a part of it."""
        if node.type == "arguments":
            function = function_of(node.parent) if node.parent is not None else None
            return function is not None and (
                _KEEPS_FUNCTION.search(self.source_of(function)[-40:]) is not None
            )
        return node.type in _PASSED_ON or node.type in _TARGETS


def _is_function(name: str) -> bool:
    """Whether a name is that of a function which is looked at, and no member of something else."""
    of, _, last = name.rpartition(".")
    is_known = of == "?" or not of.startswith("?")
    return is_known and (is_trigger(last.encode()) or name == "globalThis.*")


def _target(node: Node, parent: Node) -> Node | None:
    """Return what a declaration or an assignment around a node gives a value to."""
    if parent.type == "object_pattern" and node.type.endswith("identifier_pattern"):
        return node
    fields = map(parent.child_by_field_name, _TARGETS.get(parent.type, ()))
    return next(filter(None, fields), None)


def nested_programs(call: Call, texts: Iterable[str]) -> Iterator[Program]:
    """Parse texts that a call runs as programs; nothing inside of a nested program is nested."""
    if call.program.within is not None:
        return
    for text in texts:
        source = text.encode("utf-8", "surrogatepass")
        if len(source) > _MAX_NESTED:
            call.program.leave_out()
        for piece in pieces(source[:_MAX_NESTED]):
            yield Program(call.program.name, piece, 0, call)


def programs(name: str, source: bytes, barren: BarrenPieces | None = None) -> Iterator[Program]:
    """Parse a file of a name, and yield its pieces but for the barren ones."""
    lines, counted = 0, 0
    for piece in pieces(source, barren):
        lines += source.count(b"\n", counted, piece.start)
        counted = piece.start
        yield Program(name, piece, lines)


def steps(program: Program, labels: Iterable[Label]) -> str:
    """Describe sources with their lines."""
    seen = dict.fromkeys(
        f"{label.what or label.source.value} ({program.where(label.offset)})"
        for label in sorted(labels, key=attrgetter("order"))
    )
    return ", ".join(list(seen)[:3])


__all__ = [
    "FUNCTIONS",
    "Call",
    "Program",
    "argument_nodes",
    "programs",
    "steps",
]
