"""What functions of a program are given and what they return, without running them."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from vscan.providers.offline.syntax.evaluation_bounds import MAX_CALLS
from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.method_tables import ITERATES, REDUCES
from vscan.providers.offline.syntax.node_fields import (
    argument_nodes,
    call_of,
    function_of,
)
from vscan.providers.offline.syntax.scopes import FUNCTIONS, parent_function
from vscan.providers.offline.syntax.values import (
    NOTHING,
    Source,
    Value,
    text_value,
    union,
)

if TYPE_CHECKING:
    from vscan.providers.offline.syntax.backward_evaluation import Evaluator

_LITERAL_ENCLOSURES: Final = frozenset(
    {"parenthesized_expression", "await_expression", "spread_element"}
)
_PASSES_ON: Final = frozenset(
    {"parenthesized_expression", "binary_expression", "ternary_expression", "sequence_expression"}
)
_HOLDS: Final = {"variable_declarator": "name", "assignment_expression": "left"}
# Functions that call a function later, with the place of the first other argument that it gets.
_LATER: Final = {
    "setTimeout": 1,
    "setInterval": 1,
    "setImmediate": 0,
    "queueMicrotask": 0,
    "process.nextTick": 0,
}
_MAX_JOINED = 20  # texts in an argument of a call that is looked at for constants alone
_MAX_REST = 4  # arguments that a rest parameter takes
_MAX_FUNCTIONS = 4  # that one expression may mean


def _is_constant(node: Node, depth: int = _MAX_JOINED) -> bool:
    """Whether an expression consists of literal texts alone."""
    if node.type in {"array", "binary_expression", "parenthesized_expression", "template_string"}:
        inner = (_is_constant(child, depth - 1) for child in node.named_children)
        return depth > 0 and all(inner)
    return node.type in {"string", "string_fragment", "escape_sequence"}


class FunctionValues:
    """Follows values into and out of the functions of one piece."""

    def __init__(self, evaluator: "Evaluator") -> None:
        self._evaluator = evaluator
        self._calls: dict[int, list[Node]] = {}  # by the function
        self._handovers: dict[int, list[tuple[Node, Node]]] = {}  # by the function, too
        self._constant_arguments: dict[tuple[int, int], Value] = {}

    def parameter(self, node: Node) -> Value:
        """Return the value of a parameter: what callers hand over."""
        function = parent_function(node)
        if function is None:
            return NOTHING
        child: Node = node
        while (
            child.parent is not None
            and child.parent.id != function.id
            and (child.parent.type != "formal_parameters")
        ):
            child = child.parent
        index = 0
        if child.parent is not None and child.parent.type == "formal_parameters":
            index = [each.id for each in child.parent.named_children].index(child.id)
        value = self._evaluator.hop(lambda: self._argument_of(function, index))
        if child.type == "rest_pattern":
            places = range(index, index + _MAX_REST)
            argument_of = partial(self._argument_of, function)
            rest = [self._evaluator.hop(partial(argument_of, place)) for place in places]
            while rest and rest[-1] == NOTHING:
                rest.pop()
            return Value(members={str(number): each for number, each in enumerate(rest)})
        return (
            self._evaluator.name_values.destructured(node, lambda _: value)
            if child.id != node.id
            else value
        )

    def _argument_of(self, function: Node, index: int) -> Value:
        values: list[Value] = []
        calls = self._every_call(function)
        for call in calls if len(calls) <= MAX_CALLS else ():
            argument = self._evaluator.argument(call, index)
            if argument is not None:
                values.append(argument)
        if len(calls) > MAX_CALLS:
            values.append(self._constants(function, calls, index))
        for call, place in self.handovers(function):
            values.append(self.callback_argument(call, place, index))
        holder = function.parent
        if holder is not None and holder.type == "assignment_expression":  # socket.onmessage = ...
            left = holder.child_by_field_name("left")
            if left is not None and left.type == "member_expression":
                of = self._evaluator.value(left.child_by_field_name("object"))
                if (self._evaluator.member_values.key_of_access(left) or "").startswith("on"):
                    values.append(Value(labels=of.all_labels()))
        return union(values)

    def _constants(self, function: Node, calls: Iterable[Node], index: int) -> Value:
        """Return the constants among what many calls hand over as an argument."""
        key = function.id, index
        known = self._constant_arguments.get(key)
        if known is not None:
            return known
        found = (argument_nodes(call)[index : index + 1] for call in calls)
        nodes = [node for each in found for node in each if _is_constant(node)]
        value = union(map(self._evaluator.value, nodes))._replace(is_joined=True)
        if self._evaluator.is_at_bound:
            return value._replace(is_cut=True)
        self._constant_arguments[key] = value
        return value

    def calls_of(self, function: Node) -> list[Node]:
        """Return the calls of a function of the program, as far as they are known.

        A function with many callers is a helper: what they hand over says nothing.
        """
        calls = self._every_call(function)
        return calls if len(calls) <= MAX_CALLS else []

    def _every_call(self, function: Node) -> list[Node]:
        known = self._calls.get(function.id)
        if known is None:
            known = self._found_calls(function)
            if not self._evaluator.function_places.is_cut:
                self._calls[function.id] = known
        return known

    def _found_calls(self, function: Node) -> list[Node]:
        name = function.child_by_field_name("name")
        if function.type == "method_definition" and name is not None:
            if name.text == b"constructor":
                return self._constructions(function)
            return self._calls_of_method(function, name)
        return list(filter(None, map(call_of, self._evaluator.function_places.of(function))))

    def _calls_of_method(self, method: Node, name: Node) -> list[Node]:
        """Return the calls of a method: those of its class where others use the name a lot."""
        text, scopes = (name.text or b"").lstrip(b"#"), self._evaluator.scopes
        within = method.parent if name.type == "private_property_identifier" else None
        calls = list(filter(None, map(call_of, scopes.members_named(text, within))))
        own = list(filter(None, map(call_of, scopes.members_named(text, method.parent))))
        own = [*filter(_is_of_this, own), *self._computed_calls(method)][:MAX_CALLS]
        if method.parent is not None and method.parent.type == "object":  # handlers[kind](message)
            own += filter(None, map(call_of, self._evaluator.function_places.of(method)))
        if len(calls) > MAX_CALLS:
            return own
        # Those of its class come first: evaluation has a bound.
        return list({call.id: call for call in [*own, *calls]}.values())

    def _computed_calls(self, method: Node) -> list[Node]:
        """Return the calls ``this[name]()`` in the class of a method: it may be each of them."""
        body = method.parent
        calls: list[Node] = []
        at = (
            self._evaluator.piece.source.find(b"this[", body.start_byte, body.end_byte)
            if body
            else -1
        )
        while body is not None and at >= 0 and len(calls) < MAX_CALLS:
            node = body.descendant_for_byte_range(at, at + 4)
            access = node.parent if node is not None else None
            call = access.parent if access is not None else None
            if call is not None and call.type == "call_expression":
                calls.append(call)
            at = self._evaluator.piece.source.find(b"this[", at + 1, body.end_byte)
        return calls

    def _constructions(self, constructor: Node) -> list[Node]:
        """Return the calls that make objects of the class that a constructor belongs to."""
        of = constructor.parent.parent if constructor.parent is not None else None
        places = self._evaluator.function_places.of(of) if of is not None else []
        calls = filter(None, map(call_of, places))
        return [call for call in calls if call.type == "new_expression"][:MAX_CALLS]

    def handovers(self, function: Node) -> list[tuple[Node, Node]]:
        """Return the calls that a function is an argument of, and its node there."""
        known = self._handovers.get(function.id)
        if known is None:
            known = self._found_handovers(function)
            if not self._evaluator.function_places.is_cut:
                self._handovers[function.id] = known
        return known

    def _found_handovers(self, function: Node) -> list[tuple[Node, Node]]:
        found = []
        places = self._evaluator.function_places.of(function)
        name = function.child_by_field_name("name")
        if function.type == "method_definition" and name is not None:
            members = self._evaluator.scopes.members_named((name.text or b"").lstrip(b"#"))
            places = [*places, *members]
        for place in places:
            node = place
            while node.parent is not None and node.parent.type in _LITERAL_ENCLOSURES:
                node = node.parent
            if node.parent is not None and node.parent.type == "arguments":
                call = node.parent.parent
                if call is not None and call.type in {"call_expression", "new_expression"}:
                    found.append((call, node))
        return found[:MAX_CALLS]

    def callback_argument(self, call: Node, place: Node, index: int) -> Value:
        """Return what a call hands over to a callback as its argument ``index``."""
        callee_node = function_of(call)
        if callee_node is None:
            return NOTHING
        callee = self._evaluator.value(callee_node)
        values: list[Value] = []
        others = [node for node in argument_nodes(call) if node.id != place.id]
        method = (
            self._evaluator.member_values.key_of_access(callee_node)
            if callee_node.type != "identifier"
            else None
        )
        for name in callee.names & _LATER.keys():
            place_given = _LATER[name] + index
            return (
                self._evaluator.value(others[place_given]) if place_given < len(others) else NOTHING
            )
        receiver = NOTHING
        if callee_node.type in {"member_expression", "subscript_expression"}:
            receiver = self._evaluator.value(callee_node.child_by_field_name("object"))
        if method in ITERATES:
            return self._item(method or "", receiver, place, others, index)
        given = [self._evaluator.value(node) for node in others if node.type not in FUNCTIONS]
        values.append(self._evaluator.call_results.called(callee, given, call))
        values.append(Value(names=frozenset(f"{name}()" for name in callee.names)))
        if method in {"on", "once", "addListener", "addEventListener"} and others:
            values.append(self._emitted(self._evaluator.value(others[0]).constant, index))
        if method is not None:
            values.append(receiver._replace(functions=(), members=receiver.members))
        own = callee.functions[:_MAX_FUNCTIONS]  # the program's, which takes a callback
        values.extend(self._given_by_own(function, call, place, index) for function in own)
        return union(values)

    def _item(
        self, method: str, receiver: Value, place: Node, others: list[Node], index: int
    ) -> Value:
        """Return what a method that goes through a list hands to its callback."""
        items = self._evaluator.name_values.item_of(receiver)
        if method == "forEach" and "Map()" in receiver.names:
            return self._evaluator.member_values.member(items, {0: "1", 1: "0"}.get(index))
        if method in REDUCES and index == 0:
            return self._reduced(place, others, items)
        if method in REDUCES | {"sort"} or index == 0:
            return items
        return text_value(*receiver.members) if index == 1 else NOTHING

    def _reduced(self, callback: Node, others: list[Node], items: Value) -> Value:
        """Return what a callback of ``reduce`` gets first: a start, an item, its last result."""
        starts = [self._evaluator.value(node) for node in others[:1]] or [items]
        results = map(self.returned, self._evaluator.functions(callback)[:1])
        return union([*starts, *results])

    def _emitted(self, event: str | None, index: int) -> Value:
        """Return what the program's own ``emit`` calls hand to the listeners of an event."""
        values = []
        for access in self._evaluator.scopes.members_named(b"emit") if event is not None else ():
            call = access.parent
            nodes = argument_nodes(call) if call is not None else []
            # Most events have another name: their arguments are not evaluated.
            if len(nodes) > index + 1 and (
                nodes[0].type not in {"string", "template_string"}
                or self._evaluator.text(nodes[0])[1:-1] == event
            ):
                values.append(self._evaluator.value(nodes[index + 1]))
        return union(values)

    def _given_by_own(self, function: object, call: Node, place: Node, index: int) -> Value:
        """Return what a function of the program hands over to a callback among its arguments."""
        assert isinstance(function, Node)
        position = [node.id for node in argument_nodes(call)].index(place.id)
        parameters = function.child_by_field_name("parameters")
        if parameters is None or position >= len(parameters.named_children):
            return NOTHING
        parameter = parameters.named_children[position]
        if parameter.type != "identifier":
            return NOTHING
        binding = self._evaluator.scopes.binding_of(parameter)
        if binding is None:
            return NOTHING
        values = []
        for node in self._evaluator.scopes.references(binding)[:MAX_CALLS]:
            inner = call_of(node)
            argument = self._evaluator.argument(inner, index) if inner is not None else None
            if argument is not None:
                values.append(argument)
            values.append(self._handed_on(node, index))
        return union(values)

    def _handed_on(self, callback: Node, index: int) -> Value:
        """Return what a callback gets from another function that it is handed on to."""
        holder = callback.parent
        call = holder.parent if holder is not None and holder.type == "arguments" else None
        if call is None or function_of(call) is None:
            return NOTHING
        return self._evaluator.hop(lambda: self.callback_argument(call, callback, index))

    def returned(self, function: Node) -> Value:
        """Return the value that a function of the program returns."""
        return self._evaluator.hop(lambda: self._returned(function))

    def _returned(self, function: Node) -> Value:
        body = function.child_by_field_name("body")
        if body is None:
            return NOTHING
        if body.type != "statement_block":
            return self._evaluator.value(body)
        results = list(self.results(function, body, b"return"))
        if any(child.type == "*" for child in function.children):
            results.append(Value(members={"*": union(self._yielded(function, body))}))
        return union(results)

    def _yielded(self, function: Node, body: Node) -> Iterator[Value]:
        """Yield the items of a generator."""
        for node in self._statements(function, body, b"yield"):
            value = self._evaluator.value(node.named_children[0] if node.named_children else None)
            is_list = any(child.type == "*" for child in node.children)
            yield self._evaluator.name_values.item_of(value) if is_list else value

    def results(self, function: Node, body: Node, word: bytes) -> Iterator[Value]:
        """Yield the values that a function returns, or yields, by the keyword."""
        for node in self._statements(function, body, word):
            yield self._evaluator.value(node.named_children[0] if node.named_children else None)

    def _statements(self, function: Node, body: Node, word: bytes) -> Iterator[Node]:
        """Yield the statements of a function, not of those inside of it, that begin with a word."""
        source = self._evaluator.piece.source
        at, number = source.find(word, body.start_byte, body.end_byte), 0
        while at >= 0 and number < MAX_CALLS:
            node = body.descendant_for_byte_range(at, at + len(word))
            if node is not None and node.parent is not None and node.type.encode() == word:
                owner = parent_function(node)
                if owner is not None and owner.id == function.id:
                    number += 1
                    yield node.parent  # a return_statement, or a yield_expression
            at = source.find(word, at + 1, body.end_byte)

    def caught(self, clause: Node) -> Value:
        """Return the value of a caught error: what the block before throws."""
        statement = clause.parent
        body = statement.child_by_field_name("body") if statement is not None else None
        function = parent_function(clause)
        if body is None:
            return NOTHING
        owner = function if function is not None else self._evaluator.piece.root
        source = self._evaluator.piece.source
        values: list[Value] = []
        at = source.find(b"throw", body.start_byte, body.end_byte)
        while at >= 0 and len(values) < MAX_CALLS:
            node = body.descendant_for_byte_range(at, at + 5)
            if node is not None and node.type == "throw" and node.parent is not None:
                inner = parent_function(node) or self._evaluator.piece.root
                if inner.id == owner.id and node.parent.named_children:
                    values.append(self._evaluator.value(node.parent.named_children[0]))
            at = source.find(b"throw", at + 1, body.end_byte)
        labels = set()
        for awaited in (b"await", b"yield"):
            for node in self._keyword(awaited, body):
                labels |= {
                    x for x in self._evaluator.value(node).labels if x.source is Source.NETWORK
                }
        return union(values).labelled(labels)

    def _keyword(self, word: bytes, within: Node) -> Iterator[Node]:
        """Yield the expressions that follow a keyword."""
        at, number = self._evaluator.piece.source.find(word, within.start_byte, within.end_byte), 0
        while at >= 0 and number < MAX_CALLS:
            node = within.descendant_for_byte_range(at, at + len(word))
            if node is not None and node.type.encode() == word and node.parent is not None:
                number += 1
                yield node.parent
            at = self._evaluator.piece.source.find(word, at + 1, within.end_byte)


def _is_of_this(call: Node) -> bool:
    """Whether a call is one of ``this.name()``."""
    function = function_of(call)
    of = function.child_by_field_name("object") if function is not None else None
    return of is not None and of.type == "this"
