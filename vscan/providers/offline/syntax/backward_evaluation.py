"""Evaluate expressions of JavaScript backwards, from a use to what it may come from.

Nothing is run. A name is followed to its declaration and to all assignments, a parameter to the
arguments of all calls, a result to the ``return`` statements of the function, the parameter of a
callback to what its caller hands over. Each node is evaluated once; the number of steps is bounded.
"""

from collections.abc import Callable
from functools import cached_property, partial
from typing import TypeVar

from vscan.providers.offline.syntax.call_results import CallResults
from vscan.providers.offline.syntax.canonical_api_names import bundled_modules
from vscan.providers.offline.syntax.expression_values import EVALUATORS
from vscan.providers.offline.syntax.folded_calls import FoldedCalls
from vscan.providers.offline.syntax.function_places import FunctionPlaces
from vscan.providers.offline.syntax.javascript_trees import Node, Piece
from vscan.providers.offline.syntax.member_values import MemberValues
from vscan.providers.offline.syntax.name_values import NameValues
from vscan.providers.offline.syntax.node_fields import argument_nodes, function_of, parameters_of
from vscan.providers.offline.syntax.parameters_and_results import FunctionValues
from vscan.providers.offline.syntax.scopes import FUNCTIONS, Binding, Scopes
from vscan.providers.offline.syntax.string_tables import StringTables
from vscan.providers.offline.syntax.values import NOTHING, Value

_Result = TypeVar("_Result")
_NO_CUT = 1_000_000
_MAX_DEPTH = 90  # of evaluations inside each other
MAX_STEPS = 2_000_000  # evaluations of one piece
_STEPS_AT_ONCE = 600  # of them for one expression that is asked for; the rest is unknown
_MAX_HOPS = 6  # from one function to another, by a parameter, a result or a member of ``this``


class Evaluator:
    """Evaluates the expressions of one piece.

    ``is_exhausted`` says that it takes more steps than are allowed.
    """

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self.scopes = Scopes(piece)
        self.name_values = NameValues(self)
        self.function_values = FunctionValues(self)
        self.function_places = FunctionPlaces(self)
        self.member_values = MemberValues(self)
        self.call_results = CallResults(self)
        self.folded_calls = FoldedCalls(self)
        self.string_tables = StringTables(self)
        # Each with the hops after which it was found: with fewer, more may be found.
        self._values: dict[int, tuple[int, Value]] = {}
        self._named: dict[int, tuple[int, Value]] = {}  # those of which only the names are known
        self.only_names = False
        self._hops = 0
        self._active: dict[int, int] = {}  # nodes that are being evaluated, by their order
        self._cut = _NO_CUT  # the first of them on which what was evaluated last depends
        self.bound: dict[int, Value] = {}  # parameters that have certain values just now
        self._depth = 0
        self.steps = self.last_step = 0
        self.steps_at_once = _STEPS_AT_ONCE
        self.is_exhausted = False

    def release(self) -> None:
        """Free what was evaluated; nothing may be evaluated any more."""
        for part in vars(self).values():
            if hasattr(part, "__dict__"):
                vars(part).clear()
        vars(self).clear()

    @cached_property
    def modules(self) -> dict[str, str]:
        """The modules of Node.js by the keys of a bundle's own loader."""
        return bundled_modules(self.piece.source)

    def value(self, node: Node | None) -> Value:
        """Return the value of an expression, or nothing beyond the bound."""
        if node is None:
            return NOTHING
        key = node.id
        known = self._values.get(key) if not self.bound else None
        if known is not None and known[0] <= self._hops:
            return known[1]
        evaluate = EVALUATORS.get(node.type)
        if evaluate is None:
            return NOTHING
        return self.remembered(key, partial(evaluate, self, node))

    def remembered(self, key: int, evaluate: Callable[[], Value]) -> Value:
        """Return what ``evaluate`` returns, which is called once for a key.

        Nothing is returned within the evaluation of the same key, and beyond the bounds. A value
        that was cut short in such a way is not remembered.
        """
        known = self._values.get(key) if not self.bound else None
        if known is not None and known[0] <= self._hops:
            return known[1]
        if key in self._active:
            self._cut = min(self._cut, self._active[key])
            return NOTHING
        if not self._may_go_on():
            return NOTHING
        self.steps += 1
        first_step = self.steps
        order = self._active[key] = len(self._active)
        outer, self._cut = self._cut, _NO_CUT
        self._depth += 1
        try:
            value = evaluate()
        finally:
            self._depth -= 1
            del self._active[key]
        is_whole = self._cut >= order
        is_costly = self.steps - first_step > self.steps_at_once // 2
        if is_whole and not self.bound and (self.steps < self.last_step or is_costly):
            self._values[key] = self._hops, value
        self._cut = outer if is_whole else min(outer, self._cut)
        return value

    def _may_go_on(self) -> bool:
        if self._depth == 0:
            self.last_step = self.steps + self.steps_at_once
        if self.steps >= MAX_STEPS:
            self.is_exhausted = True
            return False
        return self._depth < _MAX_DEPTH and self.steps < self.last_step

    @property
    def is_at_bound(self) -> bool:
        """Whether nothing more is evaluated inside of the present expression."""
        return self._depth >= _MAX_DEPTH or self.steps >= self.last_step

    def names(self, node: Node) -> frozenset[str]:
        """Return what a function may be called, without looking for what is put into objects.

        It costs a fraction of the whole value, and tells which calls are worth that.
        """
        if node.type in FUNCTIONS:
            return frozenset()
        values, hops, self.only_names = self._values, self._hops, True
        self._values, self._hops = self._named, _MAX_HOPS - 1
        try:
            return self.value(node).names
        finally:
            self._values, self._hops, self.only_names = values, hops, False

    def functions(self, node: Node) -> tuple[Node, ...]:
        """Return the functions of the program that an expression may be."""
        return tuple(each for each in self.value(node).functions if isinstance(each, Node))

    def parameter_binding(self, function: Node, index: int) -> Binding | None:
        """Return the declaration of a function's parameter, if it is a plain name."""
        parameters = parameters_of(function)
        if index >= len(parameters) or parameters[index].type != "identifier":
            return None
        return self.scopes.binding_of(parameters[index])

    def arguments(self, call: Node) -> list[Value]:
        """Return the values of the arguments of a call; a spread list counts as its items."""
        values: list[Value] = []
        for node in argument_nodes(call):
            value = self.value(node)
            if node.type == "spread_element" and value.members:
                values.extend(value.members.values())
            else:
                values.append(value)
        return values

    def argument(self, call: Node, index: int) -> Value | None:
        """Return one of the arguments of a call, without the others; ``None`` if it has fewer."""
        nodes = argument_nodes(call)
        if any(node.type == "spread_element" for node in nodes[: index + 1]):
            values = self.arguments(call)
            return values[index] if index < len(values) else None
        return self.value(nodes[index]) if index < len(nodes) else None

    def callee(self, call: Node) -> Value:
        """Return the value of the function that is called."""
        function = function_of(call)
        return self.value(function)

    def offset(self, node: Node) -> int:
        """Return the offset of a node in the file."""
        return self.piece.start + node.start_byte

    def text(self, node: Node) -> str:
        """Return the source of a node."""
        return self.piece.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def hop(self, evaluate: Callable[[], Value]) -> Value:
        """Evaluate something in another function, if that is not too many functions away."""
        if self._hops >= _MAX_HOPS:
            return NOTHING
        self._hops += 1
        try:
            return evaluate()
        finally:
            self._hops -= 1

    def with_bound(self, bound: dict[int, Value], evaluate: Callable[[], _Result]) -> _Result:
        """Evaluate something while parameters, by the ids of their nodes, have certain values."""
        before, self.bound = self.bound, bound
        active, self._active = self._active, {}
        hops, self._hops = self._hops, self._hops if before else 0
        try:
            return evaluate()
        finally:
            self.bound, self._active, self._hops = before, active, hops
