"""Find the places where a function is used, by whatever names and members it is known there.

``exports.run = function (code) { ... }`` is called by ``const { run } = require("./run")``, once
both modules are joined. The value of the function is followed forwards: into names, members of
objects, parameters and results, until it is called or handed over.
"""

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.method_tables import ITERATES, REDUCES
from vscan.providers.offline.syntax.node_fields import (
    argument_nodes,
    call_of,
    function_of,
    parameters_of,
)
from vscan.providers.offline.syntax.scopes import FUNCTIONS, parent_function

if TYPE_CHECKING:
    from vscan.providers.offline.syntax.backward_evaluation import Evaluator

_MAX_STEPS = 150  # from one place to the next, for one function
_MAX_KEYS = 4  # of objects inside each other
_MAX_FUNCTIONS = 4  # each of which returns the one before
_KEEPS: Final = frozenset(
    {
        "parenthesized_expression",
        "await_expression",
        "binary_expression",
        "ternary_expression",
        "sequence_expression",
        "spread_element",
    }
)
_IN_MAP = "~map"  # the key of what a Map has, whatever its own keys are
_HOLD: Final = frozenset({"variable_declarator", "assignment_expression"})
# Functions that return what they get.
_RETURNS_ARGUMENT: Final = ("Promise.resolve", "Object.freeze", "Object.assign", "__importStar")


class _At(NamedTuple):
    """An expression, and the keys by which the function is a member of its value."""

    node: Node
    keys: tuple[str, ...] = ()


class FunctionPlaces:
    """Follows the functions of one piece forwards."""

    def __init__(self, evaluator: "Evaluator") -> None:
        self._evaluator = evaluator
        self._places: dict[int, list[Node]] = {}
        # What is known of a function while others are followed: how many of them, and ``_cut``.
        self._partly: dict[int, tuple[int, int, list[Node]]] = {}
        self._active: list[int] = []  # functions that are being followed
        self._cut = _MAX_FUNCTIONS  # the first of them on which what was followed last depends

    def of(self, function: Node) -> list[Node]:
        """Return the expressions whose value is the function, but for those beyond a bound."""
        known = self._places.get(function.id)
        if known is not None:
            return known
        order = len(self._active)
        if function.id in self._active or order == _MAX_FUNCTIONS:
            first = self._active.index(function.id) if function.id in self._active else 0
            self._cut = min(self._cut, first)
            return []
        depth, cut, places = self._partly.get(function.id, (order + 1, 0, []))
        if depth <= order:  # functions that return each other are not followed again and again
            self._cut = min(self._cut, cut)
            return places
        self._active.append(function.id)
        outer, self._cut = self._cut, _MAX_FUNCTIONS
        places = list(self._followed(function))
        self._active.pop()
        is_whole = self._cut >= order
        if is_whole:
            self._places[function.id] = places
        else:
            self._partly[function.id] = order, self._cut, places
        if not self._active:
            self._partly.clear()
        self._cut = outer if is_whole else min(outer, self._cut)
        return places

    @property
    def is_cut(self) -> bool:
        """Whether the places of a function that is being followed are missing in what is known."""
        return self._cut < _MAX_FUNCTIONS

    def _followed(self, function: Node) -> Iterator[Node]:
        waiting = deque(self._starts(function))
        known: set[tuple[int, tuple[str, ...]]] = set()
        steps = 0
        while waiting:
            at = waiting.popleft()
            if (at.node.id, at.keys) in known or len(at.keys) > _MAX_KEYS:
                continue
            known.add((at.node.id, at.keys))
            if not at.keys:
                yield at.node
            # Most places are calls, which lead nowhere. However many there are, each is a place.
            if call_of(at.node) is None and steps < _MAX_STEPS:
                steps += 1
                waiting.extend(self._next(at))

    def _starts(self, function: Node) -> Iterator[_At]:
        """Yield where a function, or a class, is when it is made."""
        holder = function.parent
        name = function.child_by_field_name("name")
        if function.type.endswith("_declaration") and name is not None:
            yield from self._references(name, ())
        elif function.type == "method_definition" and name is not None:
            if holder is not None and holder.type == "object":
                key = self._evaluator.member_values.key_text(name)
                yield from [_At(holder, (key,))] if key is not None else []
        else:
            if name is not None:  # it knows itself by that name
                yield from self._references(name, ())
            yield _At(function)

    def _references(self, name: Node, keys: tuple[str, ...]) -> Iterator[_At]:
        scopes = self._evaluator.scopes
        binding = scopes.binding_of(name)
        if binding is not None:
            found = scopes.references(binding) if keys else scopes.all_references(binding)
            yield from (_At(node, keys) for node in found)

    def _next(self, at: _At) -> Iterator[_At]:  # noqa: C901, PLR0912 - one branch a kind of node
        node, keys = at
        parent = node.parent
        if parent is None:
            return
        kind = parent.type
        if node.type == "shorthand_property_identifier":
            yield _At(parent, (self._evaluator.text(node), *keys))
        elif kind in _KEEPS:
            yield _At(parent, keys)
        elif kind == "pair":
            key = self._evaluator.member_values.key_text(parent.child_by_field_name("key"))
            if key is not None and parent.parent is not None:
                yield _At(parent.parent, (key, *keys))
        elif kind == "object":
            yield _At(parent, keys)  # a spread one
        elif kind == "array":
            index = [each.id for each in parent.named_children].index(node.id)
            yield _At(parent, (str(index), *keys))
        elif kind == "for_in_statement" and keys and _is(node, parent, "right"):
            target = parent.child_by_field_name("left")
            yield from self._given(target, keys[1:]) if target is not None else ()
        elif kind == "field_definition" and _is(node, parent, "value"):
            key = self._evaluator.member_values.key_text(parent.child_by_field_name("property"))
            yield from self._members(key or "", parent, keys)
        elif kind in {"member_expression", "subscript_expression"}:
            if keys and _is(node, parent, "object"):
                key = self._evaluator.member_values.key_of_access(parent)
                yield from self._handed_later(parent, keys) if key == "then" else ()
                got = call_of(parent) if key == "get" and keys[0] == _IN_MAP else None
                yield from [_At(got, keys[1:])] if got is not None else []
                if key in ITERATES and keys[0].isdecimal():
                    yield from self._each(parent, keys[1:], 1 if key in REDUCES else 0)
                yield from [_At(parent, keys[1:])] if key in {keys[0], None} else []
        elif kind == "variable_declarator":
            target = parent.child_by_field_name("name")
            if target is not None and _is(node, parent, "value"):
                yield from self._given(target, keys)
        elif kind == "assignment_expression" and _is(node, parent, "right"):
            target = parent.child_by_field_name("left")
            if target is not None:
                yield from self._given(target, keys)
        elif kind == "return_statement" or (kind in FUNCTIONS and _is(node, parent, "body")):
            function = parent if kind in FUNCTIONS else parent_function(parent)
            if function is not None:
                yield from self._results(function, keys)
        elif kind == "arguments" and parent.parent is not None:
            yield from self._handed(node, parent.parent, keys)

    def _given(self, target: Node, keys: tuple[str, ...]) -> Iterator[_At]:
        """Yield the uses of what a name, pattern or member is given."""
        if target.type == "identifier":
            yield from self._references(target, keys)
        elif target.type == "object_pattern":
            for part in target.named_children:
                yield from self._taken(part, keys)
        elif target.type in {"member_expression", "subscript_expression"}:
            key = self._evaluator.member_values.key_of_access(target)
            owner = target.child_by_field_name("object")
            if owner is None or key is None:
                return
            if owner.type == "this":
                yield from self._members(key, target, keys)
            else:
                yield from self._given(owner, (key, *keys))

    def _members(self, key: str, within: Node, keys: tuple[str, ...]) -> Iterator[_At]:
        """Yield the accesses to a member of ``this`` in the class around a node."""
        body: Node | None = within
        while body is not None and body.type != "class_body":
            body = body.parent
        for access in self._evaluator.scopes.members_named(key.encode(), body):
            yield _At(access, keys)

    def _each(self, method: Node, keys: tuple[str, ...], index: int) -> Iterator[_At]:
        """Yield the uses of an item by the callback of a method that goes through a list."""
        call = call_of(method)
        callbacks = argument_nodes(call)[:1] if call is not None else []
        for callback in callbacks:
            for function in self._evaluator.functions(callback)[:1]:
                parameters = parameters_of(function)
                yield from self._given(parameters[index], keys) if index < len(parameters) else ()

    def _taken(self, part: Node, keys: tuple[str, ...]) -> Iterator[_At]:
        """Yield the uses of what a part of a pattern takes."""
        value = part.child_by_field_name("value")
        key_node = part.child_by_field_name("key") or part.child_by_field_name("left") or part
        if keys and self._evaluator.member_values.key_text(key_node) == keys[0]:
            name = value if value is not None else key_node
            yield from self._references(name, keys[1:])

    def _results(self, function: Node, keys: tuple[str, ...]) -> Iterator[_At]:
        """Yield the calls of a function that returns the value."""
        for place in self.of(function):
            call = call_of(place)
            if call is not None:
                yield _At(call, keys)

    def _handed(self, node: Node, call: Node, keys: tuple[str, ...]) -> Iterator[_At]:
        """Yield the uses of an argument of a call."""
        callee = function_of(call)
        if callee is None:
            return
        if callee.text == b"await":  # the grammar may take it for a function
            yield _At(call, keys)
            return
        value = self._evaluator.value(callee)
        if not keys and self._is_result(node, call):
            yield _At(call)
        if "Map" in value.names and len(keys) > 1:  # new Map([["name", function]])
            yield _At(call, (_IN_MAP, *keys[2:]))
        if keys and any(name.endswith(_RETURNS_ARGUMENT) for name in value.names):
            yield _At(call, keys)
        index = [each.id for each in argument_nodes(call)].index(node.id)
        for function in value.functions[:2]:
            own = _constructor(function) if isinstance(function, Node) else None
            parameters = parameters_of(own) if own is not None else []
            if index < len(parameters):
                yield from self._given(parameters[index], keys)

    def _handed_later(self, then: Node, keys: tuple[str, ...]) -> Iterator[_At]:
        """Yield the uses of what the callback of a promise gets."""
        call = call_of(then)
        callback = argument_nodes(call)[:1] if call is not None else []
        parameters = parameters_of(callback[0]) if callback else []
        yield from self._given(parameters[0], keys) if parameters else ()

    def _is_result(self, function: Node, call: Node) -> bool:
        """Whether a call returns its first argument: ``__name(function, "name")``."""
        is_kept = call.parent is not None and call.parent.type in _HOLD
        if not is_kept or argument_nodes(call)[0].id != function.id:
            return False
        results = self._evaluator.value(call).functions
        return any(isinstance(each, Node) and each.id == function.id for each in results)


def _constructor(function: Node) -> Node | None:
    """Return what is called: a function, or the constructor of a class."""
    if function.type in FUNCTIONS:
        return function
    body = function.child_by_field_name("body")
    for member in body.named_children if body is not None else ():
        name = member.child_by_field_name("name")
        if member.type == "method_definition" and name is not None and name.text == b"constructor":
            return member
    return None


def _is(node: Node, parent: Node, field: str) -> bool:
    child = parent.child_by_field_name(field)
    return child is not None and child.id == node.id
