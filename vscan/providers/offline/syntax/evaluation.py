"""Evaluate expressions of JavaScript backwards, from a use to what it may come from.

Nothing is run. A name is followed to its declaration and to all assignments, a parameter to the
arguments of all calls, a result to the ``return`` statements of the function, a callback's parameter
to what its caller hands over. Each node is evaluated once; the number of steps is bounded.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import Final

from vscan.providers.offline.syntax import folding
from vscan.providers.offline.syntax.apis import api_of, bundled_modules
from vscan.providers.offline.syntax.javascript_trees import Node, Piece
from vscan.providers.offline.syntax.scopes import FUNCTIONS, Binding, Scopes, parent_function
from vscan.providers.offline.syntax.sources import labels_of_call, labels_of_name, place_of
from vscan.providers.offline.syntax.values import (
    EXTENSION,
    NOTHING,
    UNKNOWN,
    Label,
    Source,
    Value,
    any_member,
    bounded_names,
    joined,
    named,
    text_value,
    union,
)

_NO_CUT = 1_000_000
_MAX_DEPTH = 90  # of evaluations inside each other
MAX_STEPS = 1_000_000  # evaluations of one piece
_MAX_STEPS_AT_ONCE = 600  # of them for one expression that is asked for; the rest is unknown
_MAX_CALLS = 12  # of one function, whose arguments are looked at; one with more is a helper
_MAX_HOPS = 6  # from one function to another, by a parameter, a result or a member of ``this``
_MAX_FOLDED = 5_000  # items of a list whose callback is evaluated for each
_FOLDED_METHODS: Final = frozenset(
    b"map join reverse split slice concat replace substring substr toString".split()
)
_SHORT = 24  # bytes of the name of a function such as require or __importStar
_MAX_FOLDED_BYTES = 600  # of such a callback
_MAX_BOUND = 6  # parameters that have certain values at a time
# What obfuscators do with a list of texts before the program uses it.
_ROTATION: Final = re.compile(rb"push[\"']?\]?\s*\(\s*[\w$]+\s*(?:\.|\[\s*[\"'])shift")
_MIN_ROTATED = 3  # items
_CHOOSES: Final = re.compile(
    rb"/[^/\n]*(?:TOKEN|SECRET|PASS)[^/\n]*/|[\"'`](?:TOKEN|SECRET|PASSWORD|API_?KEY)[\"'`]",
    re.IGNORECASE,
)
_GLOBALS: Final = frozenset({"globalThis", "global", "window", "self"})
_LITERAL_ENCLOSURES: Final = frozenset(
    {"parenthesized_expression", "await_expression", "spread_element"}
)
# Methods that hand the items of their object to a callback.
_ITERATES: Final = frozenset(
    ["map", "flatMap", "forEach", "filter", "find", "some", "every", "findLast", "reduce", "reduceRight", "sort"]
)
# Methods that add their arguments to the object on which they are called.
_ADDS: Final = frozenset(
    ["push", "unshift", "append", "set", "add", "write", "concat", "splice", "fill", "update", "end", "setItem"]
)
# Functions that return all of what they are given, in another form.
_KEEPS_WHOLE: Final = frozenset(
    ["stringify", "from", "entries", "assign", "encode", "encodeURIComponent", "escape", "gzipSync", "deflateSync", "btoa", "toString", "concat", "values", "fromEntries", "serialize", "Blob", "File", "FormData", "URLSearchParams", "publicEncrypt", "update", "final", "digest"]
)
# Members of a value which say something about it, and no longer contain it.
_ABOUT: Final = frozenset(
    ["length", "languageId", "lineCount", "isDirty", "eol", "host", "hostname", "size", "ok", "status", "statusCode", "statusText", "byteLength", "startsWith", "endsWith", "includes", "indexOf", "lastIndexOf", "test", "has", "isFile", "isDirectory", "some", "every", "localeCompare", "search"]
)


class Evaluator:
    """Evaluates the expressions of one piece. ``is_exhausted``: it takes more steps than allowed."""

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self.scopes = Scopes(piece)
        # Each with the hops after which it was found: with fewer, more may be found.
        self._values: dict[int, tuple[int, Value]] = {}
        self._named: dict[int, tuple[int, Value]] = {}  # those of which only the names are known
        self._only_names = False
        self._hops = 0
        self._active: dict[int, int] = {}  # nodes that are being evaluated, by their order
        self._cut = _NO_CUT  # the first of them on which what was evaluated last depends
        self._bound: dict[int, Value] = {}  # parameters of a callback that is being folded
        self._depth = 0
        self._steps = self._last_step = 0
        self.is_exhausted = False

    @cached_property
    def _modules(self) -> dict[str, str]:
        return bundled_modules(self.piece.source)

    @cached_property
    def _has_rotation(self) -> bool:
        return _ROTATION.search(self.piece.source) is not None

    # The interface

    def value(self, node: Node | None) -> Value:
        """Return the value of an expression, or nothing beyond the bound."""
        if node is None:
            return NOTHING
        key = node.id
        known = self._values.get(key) if not self._bound else None
        if known is not None and known[0] <= self._hops:
            return known[1]
        if key in self._active:
            self._cut = min(self._cut, self._active[key])
            return NOTHING
        if self._depth >= _MAX_DEPTH:
            return NOTHING
        if self._depth == 0:
            self._last_step = self._steps + _MAX_STEPS_AT_ONCE
        if self._steps >= self._last_step:
            return NOTHING
        if self._steps >= MAX_STEPS:
            self.is_exhausted = True
            return NOTHING
        self._steps += 1
        order = self._active[key] = len(self._active)
        outer, self._cut = self._cut, _NO_CUT
        self._depth += 1
        try:
            evaluate = _EVALUATORS.get(node.type)
            value = evaluate(self, node) if evaluate is not None else NOTHING
        finally:
            self._depth -= 1
            del self._active[key]
        self._keep(key, value, order, outer)
        return value

    def _keep(self, key: int, value: Value, order: int, outer: int) -> None:
        """Remember a value, unless it was cut short: by a bound, or by itself further out."""
        is_whole = self._cut >= order
        if is_whole and not self._bound and self._steps < self._last_step:
            self._values[key] = self._hops, value
        self._cut = outer if is_whole else min(outer, self._cut)

    def names(self, node: Node) -> frozenset[str]:
        """Return what a function may be called, without looking for what is put into objects.

        It costs a fraction of the whole value, and tells which calls are worth that.
        """
        if node.type in FUNCTIONS:
            return frozenset()
        values, hops, self._only_names = self._values, self._hops, True
        self._values, self._hops = self._named, _MAX_HOPS - 1
        try:
            return self.value(node).names
        finally:
            self._values, self._hops, self._only_names = values, hops, False

    def functions(self, node: Node) -> tuple[Node, ...]:
        """Return the functions of the program that an expression may be."""
        return tuple(each for each in self.value(node).functions if isinstance(each, Node))

    def parameter_binding(self, function: Node, index: int) -> Binding | None:
        """Return the declaration of a function's parameter, if it is a plain name."""
        parameters = _parameters(function)
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

    def callee(self, call: Node) -> Value:
        """Return the value of the function that is called."""
        function = call.child_by_field_name("function") or call.child_by_field_name("constructor")
        return self.value(function)

    def offset(self, node: Node) -> int:
        """Return the offset of a node in the file."""
        return self.piece.start + node.start_byte

    def text(self, node: Node) -> str:
        """Return the source of a node."""
        return self.piece.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    # Names

    def identifier(self, node: Node) -> Value:
        name = self.text(node)
        binding = self.scopes.binding_of(node)
        if binding is None:
            return self._global(name, node)
        return self.bound_value(binding)

    def _global(self, name: str, node: Node) -> Value:
        if name in {"undefined", "null", "NaN"}:
            return NOTHING
        if (place := place_of(name)) is not None:
            return text_value(place)
        value = named(api_of(name))
        return value.labelled(labels_of_name(name, self.offset(node)))

    def bound_value(self, binding: Binding) -> Value:
        """Return the value of a declared name: its initial value, and all that it is assigned."""
        if binding.node.id in self._bound:
            return self._bound[binding.node.id]
        key = -binding.node.id
        known = self._values.get(key) if not self._bound else None
        if known is not None and known[0] <= self._hops:
            return known[1]
        if key in self._active:
            self._cut = min(self._cut, self._active[key])
            return NOTHING
        order = self._active[key] = len(self._active)
        outer, self._cut = self._cut, _NO_CUT
        try:
            values = [self._declared_value(binding)]
            if binding.kind not in {"import", "function", "class"}:
                values.extend(self._assigned(binding))
            value = self._with_members(union(values), binding)
        finally:
            del self._active[key]
        value = value._replace(bindings=value.bindings | {self.piece.start + binding.key})
        self._keep(key, value, order, outer)
        return value

    def _hop(self, evaluate: Callable[[], Value]) -> Value:
        """Evaluate something in another function, if that is not too many functions away."""
        if self._hops >= _MAX_HOPS:
            return NOTHING
        self._hops += 1
        try:
            return evaluate()
        finally:
            self._hops -= 1

    def _declared_value(self, binding: Binding) -> Value:
        node = binding.node
        parent = node.parent
        if parent is None:
            return NOTHING
        match binding.kind:
            case "function":
                return Value(functions=(parent,))
            case "class":
                return Value(functions=(parent,), names=frozenset({f"class {self.text(node)}"}))
            case "import":
                return self._imported(node)
            case "parameter":
                return self._parameter(node)
            case "catch":
                return self._caught(binding.scope)
            case "loop":
                return self._destructured(node, self._looped)
            case _:
                return self._destructured(node, self._initial)

    def _initial(self, holder: Node) -> Value:
        return self.value(holder.child_by_field_name("value"))

    def _looped(self, holder: Node) -> Value:
        value = self.value(holder.child_by_field_name("right"))
        operator = holder.child_by_field_name("operator")
        if operator is not None and operator.type == "in":
            return Value(texts=tuple(value.members), labels=value.labels)
        return self._item_of(value)

    def _item_of(self, value: Value) -> Value:
        """Return any item of a list."""
        names = frozenset(f"{name}.*" for name in value.names)
        return union([any_member(value), Value(names=names)])

    def _destructured(self, node: Node, whole: Callable[[Node], Value]) -> Value:
        """Return the part of a value that a name in a pattern takes."""
        steps: list[Callable[[Value], Value]] = []
        child, parent = node, node.parent
        defaults: list[Node] = []
        while parent is not None and parent.type.endswith("pattern"):
            if parent.type in {"assignment_pattern", "object_assignment_pattern"}:
                right = parent.child_by_field_name("right")
                if right is not None:
                    defaults.append(right)
            elif parent.type == "pair_pattern":
                key = parent.child_by_field_name("key")
                steps.append(self._taker(self._key_text(key)))
            elif parent.type == "object_pattern" and child.type in {
                "shorthand_property_identifier_pattern",
                "object_assignment_pattern",
            }:
                shorthand = child.child_by_field_name("left") or child
                steps.append(self._taker(self.text(shorthand)))
            elif parent.type == "array_pattern":
                index = [each.id for each in parent.named_children].index(child.id)
                steps.append(self._taker(str(index)))
            child, parent = parent, parent.parent
        if parent is None:
            return NOTHING
        value = whole(parent)
        for step in reversed(steps):
            value = step(value)
        return union([value, *map(self.value, defaults)])

    def _taker(self, key: str | None) -> Callable[[Value], Value]:
        return lambda value: self._member(value, key)

    def _imported(self, node: Node) -> Value:
        statement: Node | None = node
        while statement is not None and statement.type != "import_statement":
            statement = statement.parent
        source = statement.child_by_field_name("source") if statement is not None else None
        if source is None:
            return NOTHING
        module = api_of(self.value(source).constant or "")
        parent = node.parent
        if parent is not None and parent.type == "import_specifier":
            imported = parent.child_by_field_name("name")
            name = self.text(imported) if imported is not None else ""
            return named(module if name == "default" else api_of(f"{module}.{name}"))
        return named(module)

    def _assigned(self, binding: Binding) -> Iterator[Value]:
        """Yield all values that are assigned to a name, but for its initial one."""
        for node in self.scopes.references(binding):
            parent = node.parent
            self._steps += 1
            if parent is None or self._steps >= self._last_step:
                continue
            if parent.type in {"assignment_expression", "augmented_assignment_expression"}:
                left = parent.child_by_field_name("left")
                if left is not None and left.id == node.id:
                    yield self._assigned_value(parent)
            elif parent.type.endswith("pattern"):
                top = parent
                while top.parent is not None and top.parent.type.endswith("pattern"):
                    top = top.parent
                if top.parent is not None and top.parent.type == "assignment_expression":
                    yield self._destructured(
                        node, lambda holder: self.value(holder.child_by_field_name("right"))
                    )

    def _assigned_value(self, assignment: Node) -> Value:
        value = self.value(assignment.child_by_field_name("right"))
        if assignment.type == "augmented_assignment_expression":
            # A part of a text that grows: what it was before comes from the other assignments.
            return Value(labels=value.all_labels(), texts=(UNKNOWN,), bindings=value.bindings)
        return value

    def _with_members(self, value: Value, binding: Binding) -> Value:
        """Add what is put into an object or list after it was made."""
        members = dict(value.members)
        labels: set[Label] = set()
        for node in self.scopes.references(binding):
            parent = node.parent
            self._steps += 1
            if self._steps >= self._last_step:
                break
            if parent is None or parent.type not in {"member_expression", "subscript_expression"}:
                continue
            if parent.child_by_field_name("object") != node or parent.parent is None:
                continue
            grand = parent.parent
            if grand.type in {"assignment_expression", "augmented_assignment_expression"}:
                if grand.child_by_field_name("left") == parent:
                    key = self._key_of_access(parent) or "*"
                    added = self.value(grand.child_by_field_name("right"))
                    members[key] = union([members[key], added]) if key in members else added
            elif (
                not self._only_names
                and grand.type == "call_expression"
                and grand.child_by_field_name("function") == parent
            ):
                if self._key_of_access(parent) in _ADDS:
                    for number, added in enumerate(self.arguments(grand)):
                        labels |= added.all_labels()
                        key = str(len(members)) if parent.type == "member_expression" else "*"
                        if added != NOTHING and number < 8:
                            members[f"+{key}"] = added
        if not self._only_names:
            labels |= self._handed_adders(binding)
        if self._is_rotated(binding, value):
            members["~rotated"] = NOTHING
        if members != value.members or labels:
            return value._replace(members=members).labelled(labels)
        return value

    def _handed_adders(self, binding: Binding) -> set[Label]:
        """Return the labels of what callbacks such as ``list.push.bind(list)`` add to a list."""
        labels: set[Label] = set()
        for node in self.scopes.references(binding):
            access = node.parent
            if (
                access is None
                or access.type != "member_expression"
                or self._key_of_access(access) != "push"
            ):
                continue
            bound = access.parent
            call = bound.parent if bound is not None and bound.type == "member_expression" else None
            place = call if call is not None and call.type == "call_expression" else access
            holder = place.parent
            if holder is not None and holder.type == "arguments" and holder.parent is not None:
                if place.id != holder.parent.id and access.parent is not None:
                    labels |= self._callback_argument(holder.parent, place, 0).all_labels()
        return labels

    def _is_rotated(self, binding: Binding, value: Value) -> bool:
        """Whether the items of a list of texts are moved around before they are used."""
        del binding
        return len(value.members) >= _MIN_ROTATED and self._has_rotation

    # Functions

    def _parameter(self, node: Node) -> Value:
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
        value = self._hop(lambda: self._argument_of(function, index))
        if child.type == "rest_pattern":
            rest = [
                value,
                *(
                    self._hop(lambda at=at: self._argument_of(function, at))
                    for at in range(index + 1, index + 4)
                ),
            ]
            while rest and rest[-1] == NOTHING:
                rest.pop()
            return Value(members={str(number): each for number, each in enumerate(rest)})
        return self._destructured(node, lambda _: value) if child.id != node.id else value

    def _argument_of(self, function: Node, index: int) -> Value:
        values: list[Value] = []
        for call in self.calls_of(function):
            arguments = self.arguments(call)
            if index < len(arguments):
                values.append(arguments[index])
        for call, place in self.handovers(function):
            values.append(self._callback_argument(call, place, index))
        holder = function.parent
        if holder is not None and holder.type == "assignment_expression":  # socket.onmessage = ...
            left = holder.child_by_field_name("left")
            if left is not None and left.type == "member_expression":
                of = self.value(left.child_by_field_name("object"))
                if (self._key_of_access(left) or "").startswith("on"):
                    values.append(Value(labels=of.all_labels()))
        return union(values)

    def _names_of_function(self, function: Node) -> Binding | None:
        """Return the declaration of the name by which a function is known."""
        name = function.child_by_field_name("name")
        if name is not None and function.type != "method_definition":
            return self.scopes.binding_of(name)
        parent = function.parent
        while parent is not None and parent.type == "parenthesized_expression":
            parent = parent.parent
        if parent is None:
            return None
        target = None
        if parent.type == "variable_declarator":
            target = parent.child_by_field_name("name")
        elif parent.type == "assignment_expression":
            target = parent.child_by_field_name("left")
        if target is not None and target.type == "identifier":
            return self.scopes.binding_of(target)
        return None

    def calls_of(self, function: Node) -> list[Node]:
        """Return the calls of a function of the program, as far as they are known."""
        calls: list[Node] = []
        at = function
        while at.parent is not None and at.parent.type == "parenthesized_expression":
            at = at.parent
        if at.parent is not None and at.parent.type == "call_expression":
            if at.parent.child_by_field_name("function") == at:
                calls.append(at.parent)
        if function.type == "method_definition":
            name = function.child_by_field_name("name")
            if name is not None and name.text == b"constructor":
                return self._constructions(function)
            for access in self.scopes.members_named(name.text or b"") if name is not None else ():
                call = access.parent
                if call is not None and call.child_by_field_name("function") == access:
                    calls.append(call)
                if len(calls) > _MAX_CALLS:
                    return []
            return [*calls, *self._computed_calls(function)]
        calls += [
            call
            for access in self._accesses(function)
            for call in [access.parent]
            if call is not None
            and call.type == "call_expression"
            and call.child_by_field_name("function") == access
        ]
        binding = self._names_of_function(function)
        if binding is not None:
            for node in self.scopes.references(binding):
                call = node.parent
                if call is not None and call.type in {"call_expression", "new_expression"}:
                    if (
                        call.child_by_field_name("function")
                        or call.child_by_field_name("constructor")
                    ) == node:
                        calls.append(call)
        return calls if len(calls) <= _MAX_CALLS else []

    def _accesses(self, function: Node) -> list[Node]:
        """Return the accesses ``object.name`` and ``object[...]`` that may mean a function in an object."""
        holder = function.parent
        if holder is None:
            return []
        key: str | None = None
        owner: Node | None = None
        if holder.type == "assignment_expression":  # object.name = function
            left = holder.child_by_field_name("left")
            if left is not None and left.type == "member_expression":
                owner, key = left.child_by_field_name("object"), self._key_of_access(left)
        elif holder.type in {"pair", "object"}:
            named_by = holder if holder.type == "pair" else function
            key = self._key_text(
                named_by.child_by_field_name("key") or named_by.child_by_field_name("name")
            )
            top = holder.parent if holder.type == "pair" else holder
            place = top.parent if top is not None else None
            if place is not None and place.type == "variable_declarator":
                owner = place.child_by_field_name("name")
            elif place is not None and place.type == "assignment_expression":
                owner = place.child_by_field_name("left")
        if owner is None or owner.type != "identifier":
            return []
        binding = self.scopes.binding_of(owner)
        found = []
        for node in self.scopes.references(binding) if binding is not None else ():
            access = node.parent
            if access is None or access.child_by_field_name("object") != node:
                continue
            if access.type == "subscript_expression" or self._key_of_access(access) == key:
                found.append(access)
        return found[:_MAX_CALLS]

    def _computed_calls(self, method: Node) -> list[Node]:
        """Return the calls ``this[name]()`` in the class of a method: it may be each of them."""
        body = method.parent
        calls: list[Node] = []
        at = self.piece.source.find(b"this[", body.start_byte, body.end_byte) if body else -1
        while body is not None and at >= 0 and len(calls) < _MAX_CALLS:
            node = body.descendant_for_byte_range(at, at + 4)
            access = node.parent if node is not None else None
            call = access.parent if access is not None else None
            if call is not None and call.type == "call_expression":
                calls.append(call)
            at = self.piece.source.find(b"this[", at + 1, body.end_byte)
        return calls

    def _constructions(self, constructor: Node) -> list[Node]:
        """Return the calls that make objects of the class that a constructor belongs to."""
        holder = constructor.parent.parent if constructor.parent is not None else None
        name = holder.child_by_field_name("name") if holder is not None else None
        if name is None and holder is not None and holder.parent is not None:
            name = holder.parent.child_by_field_name("name")
        binding = (
            self.scopes.binding_of(name) if name is not None and name.type == "identifier" else None
        )
        calls = []
        for reference in self.scopes.references(binding) if binding is not None else ():
            call = reference.parent
            if call is not None and call.type == "new_expression":
                calls.append(call)
        return calls[:_MAX_CALLS]

    def handovers(self, function: Node) -> list[tuple[Node, Node]]:
        """Return the calls that a function is an argument of, and its node there."""
        places = [function, *self._accesses(function)]
        binding = self._names_of_function(function)
        if binding is not None:
            places += self.scopes.references(binding)
        found = []
        for place in places:
            node = place
            while node.parent is not None and node.parent.type in _LITERAL_ENCLOSURES:
                node = node.parent
            if node.parent is not None and node.parent.type == "arguments":
                call = node.parent.parent
                if call is not None and call.type in {"call_expression", "new_expression"}:
                    found.append((call, node))
        return found[:_MAX_CALLS]

    def _callback_argument(self, call: Node, place: Node, index: int) -> Value:
        """Return what a call hands over to a callback as its argument ``index``."""
        callee_node = call.child_by_field_name("function") or call.child_by_field_name(
            "constructor"
        )
        if callee_node is None:
            return NOTHING
        callee = self.value(callee_node)
        values: list[Value] = []
        others = [node for node in argument_nodes(call) if node.id != place.id]
        method = self._key_of_access(callee_node) if callee_node.type != "identifier" else None
        receiver = NOTHING
        if callee_node.type in {"member_expression", "subscript_expression"}:
            receiver = self.value(callee_node.child_by_field_name("object"))
        if method in _ITERATES:
            items = self._item_of(receiver)
            if method == "forEach" and "Map()" in receiver.names:
                return self._member(items, {0: "1", 1: "0"}.get(index))
            if method in {"reduce", "reduceRight", "sort"} or index == 0:
                return items
            return text_value(*receiver.members) if index == 1 else NOTHING
        given = [self.value(node) for node in others if node.type not in FUNCTIONS]
        values.append(self._called(callee, given, call))
        values.append(Value(names=frozenset(f"{name}()" for name in callee.names)))
        if method in {"on", "once", "addListener", "addEventListener"} and others:
            values.append(self._emitted(self.value(others[0]).constant, index))
        if method is not None:
            values.append(receiver._replace(functions=(), members=receiver.members))
        for number, function in enumerate(
            callee.functions
        ):  # our own function that takes a callback
            if number < 4:
                values.append(self._given_by_own(function, call, place, index))
        return union(values)

    def _emitted(self, event: str | None, index: int) -> Value:
        """Return what the program's own ``emit`` calls hand to the listeners of an event."""
        values = []
        for access in self.scopes.members_named(b"emit") if event is not None else ():
            call = access.parent
            if call is not None and call.type == "call_expression":
                arguments = self.arguments(call)
                if arguments and arguments[0].constant == event and index + 1 < len(arguments):
                    values.append(arguments[index + 1])
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
        binding = self.scopes.binding_of(parameter)
        if binding is None:
            return NOTHING
        values = []
        for node in self.scopes.references(binding)[:_MAX_CALLS]:
            inner = node.parent
            if inner is not None and inner.type == "call_expression":
                if inner.child_by_field_name("function") == node:
                    arguments = self.arguments(inner)
                    if index < len(arguments):
                        values.append(arguments[index])
        return union(values)

    def returned(self, function: Node) -> Value:
        """Return the value that a function of the program returns."""
        return self._hop(lambda: self._returned(function))

    def _returned(self, function: Node) -> Value:
        body = function.child_by_field_name("body")
        if body is None:
            return NOTHING
        if body.type != "statement_block":
            return self.value(body)
        results = list(self._results(function, body, b"return"))
        if any(child.type == "*" for child in function.children):
            results += self._results(function, body, b"yield")
        return union(results)

    def _results(self, function: Node, body: Node, word: bytes) -> Iterator[Value]:
        for node in self._statements(function, body, word):
            yield self.value(node.named_children[0] if node.named_children else None)

    def _statements(self, function: Node, body: Node, word: bytes) -> Iterator[Node]:
        """Yield the statements of a function, not of those inside of it, that begin with a word."""
        source = self.piece.source
        at, number = source.find(word, body.start_byte, body.end_byte), 0
        while at >= 0 and number < _MAX_CALLS:
            node = body.descendant_for_byte_range(at, at + len(word))
            if node is not None and node.parent is not None and node.type.encode() == word:
                owner = parent_function(node)
                if owner is not None and owner.id == function.id:
                    number += 1
                    yield node.parent  # a return_statement, or a yield_expression
            at = source.find(word, at + 1, body.end_byte)

    def _caught(self, clause: Node) -> Value:
        """Return the value of a caught error: what the block before throws."""
        statement = clause.parent
        body = statement.child_by_field_name("body") if statement is not None else None
        function = parent_function(clause)
        if body is None:
            return NOTHING
        owner = function if function is not None else self.piece.root
        source = self.piece.source
        values, at = [], source.find(b"throw", body.start_byte, body.end_byte)
        while at >= 0 and len(values) < 8:
            node = body.descendant_for_byte_range(at, at + 5)
            if node is not None and node.type == "throw" and node.parent is not None:
                inner = parent_function(node) or self.piece.root
                if inner.id == owner.id and node.parent.named_children:
                    values.append(self.value(node.parent.named_children[0]))
            at = source.find(b"throw", at + 1, body.end_byte)
        labels = set()
        for awaited in (b"await", b"yield"):
            for node in self._keyword(awaited, body):
                labels |= {x for x in self.value(node).labels if x.source is Source.NETWORK}
        return union(values).labelled(labels)

    def _keyword(self, word: bytes, within: Node) -> Iterator[Node]:
        """Yield the expressions that follow a keyword."""
        at, number = self.piece.source.find(word, within.start_byte, within.end_byte), 0
        while at >= 0 and number < _MAX_CALLS:
            node = within.descendant_for_byte_range(at, at + len(word))
            if node is not None and node.type.encode() == word and node.parent is not None:
                number += 1
                yield node.parent
            at = self.piece.source.find(word, at + 1, within.end_byte)

    # Members

    def _key_text(self, key: Node | None) -> str | None:
        if key is None:
            return None
        if key.type == "computed_property_name":
            return self.value(key.named_children[0]).constant if key.named_children else None
        if key.type in {"string", "number"}:
            return self.value(key).constant
        return folding.unescaped(self.text(key)).lstrip("#")

    def _key_of_access(self, node: Node) -> str | None:
        if node.type == "member_expression":
            return self._key_text(node.child_by_field_name("property"))
        if node.type == "subscript_expression":
            return self.value(node.child_by_field_name("index")).constant
        return None

    def access(self, node: Node) -> Value:
        """Evaluate ``object.name`` and ``object["name"]``."""
        of = node.child_by_field_name("object")
        if of is None:
            return NOTHING
        key = self._key_of_access(node)
        if of.type == "this":
            return self._hop(lambda: self._own_member(node, key))
        whole = self.value(of)
        value = self._member(whole, key)
        if key is not None and whole.functions:
            value = union([value, self._static_member(whole, key)])
        if "process.env.*" in value.names and self._chooses_secrets(node):
            what = "the variables whose names speak of secrets"
            value = value.labelled([Label(Source.SECRET, self.offset(node), what)])
        if key is not None:
            names = [name for name in value.names if (name.startswith("process.env"))]
            for name in names:
                value = value.labelled(labels_of_name(name, self.offset(node)))
        return value

    def _static_member(self, value: Value, key: str) -> Value:
        """Return the value of a field or method that belongs to a class itself."""
        found = []
        for holder in value.functions:
            body = holder.child_by_field_name("body") if isinstance(holder, Node) else None
            if body is None or body.type != "class_body":
                continue
            for member in body.named_children:
                name = member.child_by_field_name("property") or member.child_by_field_name("name")
                if name is not None and self._key_text(name) == key:
                    if member.type == "method_definition":
                        found.append(Value(functions=(member,)))
                    else:
                        found.append(self.value(member.child_by_field_name("value")))
        return union(found)

    def _chooses_secrets(self, node: Node) -> bool:
        """Whether variables are chosen by words such as TOKEN near a place."""
        around = self.piece.source[max(0, node.start_byte - 1500) : node.end_byte + 500]
        return _CHOOSES.search(around) is not None

    def _own_member(self, node: Node, key: str | None) -> Value:
        """Return the value of ``this.name``: what is assigned to it, or the method of that name."""
        if key is None:
            return NOTHING
        values: list[Value] = []
        holder: Node | None = node
        while holder is not None and holder.type != "class_body":
            holder = holder.parent
        for access in self.scopes.members_named(key.encode(), holder):
            parent = access.parent
            if parent is not None and parent.type in {
                "assignment_expression",
                "augmented_assignment_expression",
            }:
                if parent.child_by_field_name("left") == access and len(values) < _MAX_CALLS:
                    values.append(self._assigned_value(parent))
            elif (
                parent is not None
                and parent.type == "member_expression"
                and parent.parent is not None
            ):
                call = parent.parent
                if call.type == "call_expression" and self._key_of_access(parent) in _ADDS:
                    added = union(self.arguments(call))
                    values.append(Value(members={"*": added}))
        for member in holder.named_children if holder is not None else ():
            name = member.child_by_field_name("name") or member.child_by_field_name("property")
            if name is not None and self._key_text(name) == key:
                if member.type == "method_definition":
                    values.append(Value(functions=(member,)))
                else:
                    values.append(self.value(member.child_by_field_name("value")))
        return union(values)

    def _member(self, value: Value, key: str | None) -> Value:
        if key is None:
            found = any_member(value)
            if "process.env" in value.names:
                return Value(names=frozenset({"process.env.*"}))
            if value.names & _GLOBALS:
                return Value(names=frozenset({"globalThis.*"}))
            return found._replace(labels=without_environment(found)) if value.names else found
        if key == "default" and key not in value.members:
            return value
        if key == "constructor" and value.functions:
            return named("Function")
        names = bounded_names(api_of(f"{name}.{key}") for name in value.names)
        if not names and key not in value.members:
            names = frozenset({f"?.{key}"})
        is_environment = "process.env" in value.names
        labels = value.labels if not is_environment else without_environment(value)
        if key in _ABOUT:
            labels = frozenset()
        if "~rotated" in value.members and key.isdecimal():
            return any_member(value)
        result = Value(names=names, labels=labels, bindings=value.bindings)
        for name in names:
            if (place := place_of(name)) is not None:
                result = result._replace(texts=(place,))
        inner = [value.members[key]] if key in value.members else []
        if "*" in value.members and key not in _ABOUT:
            inner.append(value.members["*"])
        if key in {"fsPath", "path", "href"} and value.texts:
            result = result._replace(texts=value.texts)
        if key == "length" and value.constant is not None:
            return text_value(str(len(value.constant)))
        return union([result, *inner])

    # Calls

    def call(self, node: Node) -> Value:
        """Evaluate a call, or ``new``."""
        callee_node = node.child_by_field_name("function") or node.child_by_field_name(
            "constructor"
        )
        if callee_node is None:
            return NOTHING
        if callee_node.type == "import":
            module = self.arguments(node)
            return named(*(api_of(text) for value in module for text in value.texts))
        if self._only_names and not self._is_worth_names(callee_node):
            names = self.value(callee_node).names
            return named(*(f"{name}()" for name in names))
        arguments = self.arguments(node)
        if callee_node.type == "identifier" and self.text(callee_node) == "await":
            return union(arguments)  # outside of a function the grammar takes it for a call
        callee = self.value(callee_node)
        folded = self._folded(callee_node, callee, arguments, node)
        if folded is not None:
            return folded
        return self._called(callee, arguments, node)

    def _is_worth_names(self, callee_node: Node) -> bool:
        """Whether a call's arguments decide what its result is called."""
        last = callee_node.child_by_field_name("property")
        if (
            last is not None
            and (last.text or b"") in _FOLDED_METHODS
            and callee_node.end_byte - callee_node.start_byte < _MAX_FOLDED_BYTES
        ):
            return True
        is_short = callee_node.end_byte - callee_node.start_byte < _SHORT
        return bool(self._bound) or is_short or callee_node.type != "member_expression"

    def _called(self, callee: Value, arguments: list[Value], node: Node) -> Value:
        """Return the result of a call: of the program's own function, or of an API."""
        if any(
            name in {"require", "__non_webpack_require__", "module.require"}
            for name in callee.names
        ) or any(
            name.endswith(
                (".createRequire()", "mainModule.require", "Module._load", "constructor._load")
            )
            for name in callee.names
        ):
            texts = arguments[0].texts if arguments else ()
            modules = named(*(api_of(text) for text in texts if UNKNOWN not in text))
            return modules.labelled(_of_required(arguments, self.offset(node)))
        compiled = self._compiled(node, arguments)
        if compiled is not None:
            return compiled
        offset = self.offset(node)
        values = [labels_of_call(callee, arguments, offset)]
        for function in callee.functions[:6]:
            if isinstance(function, Node):
                if function.type in FUNCTIONS:
                    values.append(self._result_of(function, arguments))
                elif node.type == "new_expression":
                    values.append(self._instance(function))
        module = (
            self._modules.get(arguments[0].texts[0])
            if len(arguments) == 1 and arguments[0].texts
            else None
        )
        if module is not None:
            values.append(named(api_of(module)))
        if not callee.functions:
            is_request = any(label.source is Source.NETWORK for label in values[0].labels)
            values.append(self._passed_through(callee, [] if is_request else arguments))
        elif arguments and is_require(argument_nodes(node)[0]):
            values.append(arguments[0])  # __toESM(require("fs")), and its like
        if "Promise" in callee.names:
            values.append(self._promised(arguments, node))
        return union(values)

    def _compiled(self, node: Node, arguments: list[Value]) -> Value | None:
        """Return the result of an asynchronous function that was compiled to an older language."""
        function = node.child_by_field_name("function")
        name = self.text(function)[-12:] if function is not None else ""
        functions = [
            each for value in arguments[-1:] for each in value.functions if isinstance(each, Node)
        ]
        if not functions or not name.endswith(("__awaiter", "__generator")):
            return None
        result = union(map(self.returned, functions))
        if name.endswith("__awaiter"):
            return result
        return result.members.get("1", NOTHING)

    def _passed_through(self, callee: Value, arguments: list[Value]) -> Value:
        """Return the result of an unknown function: it may contain all that it was given."""
        last = {name.rpartition(".")[2] for name in callee.names}
        if not last & _KEEPS_WHOLE:
            arguments = [
                each._replace(labels=without_environment(each)) if each.names else each
                for each in arguments
            ]
        if last & _ABOUT:
            return NOTHING
        names = bounded_names(f"{name}()" for name in callee.names)
        if len(arguments) in {1, 2} and not callee.names:  # __importStar(require("fs"))
            names |= frozenset(name for name in arguments[0].names if "()" not in name)
        labels = callee.labels.union(*(value.all_labels() for value in arguments))
        if any("WebAssembly" in name for name in callee.names):
            labels = frozenset()  # it runs where it can reach nothing
        if last & {"digest", "createHash", "compare", "equals", "existsSync", "stat", "statSync"}:
            labels = frozenset()
        return Value(
            names=names,
            labels=labels,
            bindings=callee.bindings.union(*(value.bindings for value in arguments)),
            members=dict(enumerate_members(arguments)) if last & _KEEPS_WHOLE else {},
        )

    def _result_of(self, function: Node, arguments: list[Value]) -> Value:
        """Return what a function of the program returns, for these arguments if they are known."""
        is_small = function.end_byte - function.start_byte < _MAX_FOLDED_BYTES
        is_known = arguments and all(_is_known(value) for value in arguments)
        if not (is_small and is_known) or len(self._bound) >= _MAX_BOUND:
            return self.returned(function)
        bound = dict(self._bound)
        for number, parameter in enumerate(_parameters(function)):
            if parameter.type == "identifier" and number < len(arguments):
                bound[parameter.id] = arguments[number]
        return self._with(bound, function)

    def _with(self, bound: dict[int, Value], function: Node) -> Value:
        """Return what a function returns while its parameters have certain values."""
        before, self._bound = self._bound, bound
        active, self._active = self._active, {}
        hops, self._hops = self._hops, 0 if not before else self._hops
        try:
            return self.returned(function)
        finally:
            self._bound, self._active, self._hops = before, active, hops

    def _instance(self, holder: Node) -> Value:
        """Return an object of a class of the program: its methods, and what it inherits."""
        body = holder.child_by_field_name("body")
        members: dict[str, Value] = {}
        for member in body.named_children if body is not None else ():
            name = member.child_by_field_name("name")
            if member.type == "method_definition" and name is not None:
                members[self._key_text(name) or "*"] = Value(functions=(member,))
        return Value(members=members)

    def _promised(self, arguments: list[Value], node: Node) -> Value:
        values = []
        for function in arguments[0].functions if arguments else ():
            assert isinstance(function, Node)
            parameters = function.child_by_field_name("parameters") or function.child_by_field_name(
                "parameter"
            )
            if parameters is None:
                continue
            both = (
                parameters.named_children[:2]
                if parameters.type == "formal_parameters"
                else [parameters]
            )
            bindings = [self.scopes.binding_of(each) for each in both if each.type == "identifier"]
            for reference in [
                r
                for binding in bindings
                if binding
                for r in self.scopes.references(binding)[:_MAX_CALLS]
            ]:
                call = reference.parent
                if call is None:
                    continue
                if (
                    call.type == "call_expression"
                    and call.child_by_field_name("function") == reference
                ):
                    values += self.arguments(call)
                elif call.type == "arguments" and call.parent is not None:  # on("end", resolve)
                    values.append(self._callback_argument(call.parent, reference, 0))
        del node
        return union(values)

    def _folded(  # noqa: PLR0911, C901 - one line a kind of call
        self, callee_node: Node, callee: Value, arguments: list[Value], node: Node
    ) -> Value | None:
        """Compute a call whose arguments are known; ``None`` if they aren't."""
        texts = [value.constant for value in arguments]
        known = [text for text in texts if text is not None]
        for name in callee.names:
            if name in {
                "path.join",
                "path.resolve",
                "?.joinPath",
                "vscode.Uri.joinPath",
                "path.posix.join",
            }:
                return joined(
                    [
                        value if value.texts else Value(texts=(UNKNOWN,), labels=value.labels)
                        for value in arguments
                    ],
                    "/",
                )
            if name in {"Buffer.from", "Buffer"} and arguments:
                encoding = (texts[1] if len(texts) > 1 else None) or "utf8"
                return self._decoded(
                    arguments[0], lambda text: folding.buffer_of(text, encoding), encoding, node
                )
            if name == "Object.entries" and arguments and arguments[0].members:
                pairs = enumerate(arguments[0].members.items())
                members = {
                    str(n): Value(members={"0": text_value(k), "1": v}) for n, (k, v) in pairs
                }
                return Value(members=members, labels=arguments[0].labels)
            if (
                name in {"Object.values", "Object.entries", "Object.freeze", "Object.seal"}
                and arguments
            ):
                return arguments[0]._replace(names=frozenset())
            if name == "Object.keys" and arguments and arguments[0].members:
                return Value(
                    members={str(n): text_value(k) for n, k in enumerate(arguments[0].members)}
                )
            if name == "Map" and arguments:
                return arguments[0]._replace(names=frozenset({"Map()"}))
            if (
                name in {"util.promisify", "?.promisify", "pify", "util.callbackify", "lodash.once"}
                and arguments
            ):
                return arguments[0]
            if name == "Object.assign":
                return union(arguments)
            if name in {
                "Buffer.concat",
                "Array.from",
                "Promise.all",
                "Promise.resolve",
                "Promise.race",
                "Object.getPrototypeOf",
                "Object",
                "Promise.allSettled",
                "Map",
                "Set",
                "Array.of",
                "structuredClone",
            }:
                return arguments[0] if arguments else NOTHING
            if name in folding.FUNCTIONS and arguments:
                if len(known) == len(texts):
                    result = folding.function(name, known)
                    if result is not None:
                        return Value(
                            texts=(result,), labels=self._decoding(name, node) | arguments[0].labels
                        )
                if arguments[0].members and name.startswith("String.from"):
                    result = folding.function(
                        name, [member.constant or "x" for member in arguments[0].members.values()]
                    )
                    if result is not None:
                        return Value(texts=(result,), labels=self._decoding(name, node))
                return (
                    union([*arguments])
                    .labelled(self._decoding(name, node))
                    ._replace(texts=(), names=frozenset(), members={}, functions=())
                )
        if callee_node.type not in {"member_expression", "subscript_expression"}:
            return None
        key = self._key_of_access(callee_node)
        receiver = self.value(callee_node.child_by_field_name("object"))
        if key in {"call", "apply"} and (receiver.names or receiver.functions):
            return self._called(receiver, arguments[1:], node)
        if key == "bind":
            return receiver
        if key == "sent" and not arguments:
            return self._yielded(node)
        if key in {"then", "catch", "finally"} and receiver is not None:
            handed = [
                self.returned(each)
                for value in arguments
                for each in value.functions
                if isinstance(each, Node) and each.type in FUNCTIONS
            ]
            return union([receiver if key != "then" or not handed else NOTHING, *handed])
        return self._folded_method(key or "", receiver, arguments, node)

    def _folded_method(
        self, key: str, receiver: Value, arguments: list[Value], node: Node
    ) -> Value | None:
        texts = [value.constant for value in arguments]
        separated = receiver.members.get("~separator")
        if separated is not None and key in {"reverse", "join"}:
            separator = separated.texts[0]
            if key == "reverse":
                turned = (separator.join(_parts(text, separator)[::-1]) for text in receiver.texts)
                return receiver._replace(texts=tuple(turned))
            between = (texts[0] if texts else ",") or ""
            return Value(
                texts=tuple(between.join(_parts(t, separator)) for t in receiver.texts),
                labels=receiver.labels,
            )
        if key == "split" and len(receiver.texts) > 1 and texts and texts[0] is not None:
            return receiver._replace(
                members={"~separator": text_value(texts[0])}, names=frozenset()
            )
        if key == "join" and receiver.members:
            separator = texts[0] if texts and texts[0] is not None else ","
            return joined(receiver.members.values(), separator).labelled(receiver.labels)
        if key == "reverse" and receiver.members:
            values = list(receiver.members.values())[::-1]
            return receiver._replace(members={str(i): value for i, value in enumerate(values)})
        if key == "split" and receiver.constant is not None and texts and texts[0] is not None:
            parts = receiver.constant.split(texts[0]) if texts[0] else list(receiver.constant)
            members = {str(i): text_value(part) for i, part in enumerate(parts[:_MAX_FOLDED])}
            return Value(members=members, labels=receiver.labels)
        if key in {"map", "flatMap"} and receiver.members and arguments:
            return self._mapped(receiver, arguments[0])
        if key in {"filter", "slice", "concat", "flat", "sort"} and receiver.members:
            return receiver if key != "concat" else union([receiver, *arguments])
        if key == "toString" or (key in {"decode", "text", "json"} and receiver.texts):
            encoding = texts[0] if texts and texts[0] is not None else "utf8"
            if receiver.texts and not receiver.members:
                results = [
                    folding.text_of(text, encoding) if UNKNOWN not in text else text
                    for text in receiver.texts
                ]
                return receiver._replace(
                    texts=tuple(text for text in results if text is not None), names=frozenset()
                )
        if key in {"replace", "replaceAll"} and len(arguments) > 1 and arguments[1].functions:
            made = [
                self.returned(each) for each in arguments[1].functions if isinstance(each, Node)
            ]
            return Value(labels=receiver.labels.union(*(each.labels for each in made)))
        if key in {"replace", "replaceAll"} and receiver.constant is not None and len(texts) == 2:
            pattern = argument_nodes(node)[0]
            if pattern.type == "regex" and texts[1] is not None:
                result = folding.replaced(receiver.constant, self.text(pattern), texts[1])
                if result is not None:
                    return receiver._replace(texts=(result,), names=frozenset())
        if key in {"shift", "pop", "find", "at", "next"} and receiver.members:
            return self._item_of(receiver)
        if key in {"replace", "replaceAll"} and receiver.texts and None in texts:
            return receiver  # what a pattern replaces is a part of the text
        if receiver.texts and all(text is not None for text in texts):
            results = [
                folding.method(key, text, [text for text in texts if text is not None])
                for text in receiver.texts
            ]
            if all(result is not None for result in results):
                return receiver._replace(
                    texts=tuple(result for result in results if result is not None),
                    names=frozenset(),
                )
        return None

    def _mapped(self, receiver: Value, callback: Value) -> Value:
        """Evaluate a callback for each item of a list."""
        functions = [each for each in callback.functions if isinstance(each, Node)]
        if callback.names & {"String", "Number", "Boolean"}:
            return receiver
        if "String.fromCharCode" in callback.names:
            return Value(
                members={
                    key: Value(
                        texts=(
                            folding.function("String.fromCharCode", [member.constant or "x"])
                            or UNKNOWN,
                        )
                    )
                    for key, member in receiver.members.items()
                }
            )
        is_known = all(member.constant is not None for member in receiver.members.values())
        is_small = (
            len(functions) == 1
            and functions[0].end_byte - functions[0].start_byte < _MAX_FOLDED_BYTES
        )
        if not (is_known and is_small) or self._bound or len(receiver.members) > _MAX_FOLDED:
            results = [self.returned(each) for each in functions]
            return Value(members={"*": union(results)}, labels=receiver.labels)
        (function,) = functions
        parameters = _parameters(function)
        results = {}
        for number, (key, member) in enumerate(receiver.members.items()):
            bound = dict(self._bound)
            if parameters:
                bound[parameters[0].id] = member
            if len(parameters) > 1:
                bound[parameters[1].id] = text_value(str(number))
            results[key] = self._with(bound, function)
        return Value(members=results, labels=receiver.labels)

    def _decoded(
        self, value: Value, decode: Callable[[str], str | None], encoding: str, node: Node
    ) -> Value:
        label = (
            self._decoding(f"Buffer.from(..., {encoding})", node)
            if encoding.lower() in {"base64", "hex", "base64url", "latin1", "binary"}
            else frozenset()
        )
        if value.members and all(member.constant is not None for member in value.members.values()):
            codes = [member.constant or "" for member in value.members.values()]
            text = folding.function("String.fromCharCode", codes)
            if text is not None:
                return Value(
                    texts=(text,), labels=value.labels | self._decoding("a list of bytes", node)
                )
        if value.texts:
            results = [decode(text) if UNKNOWN not in text else UNKNOWN for text in value.texts]
            texts = tuple(text for text in results if text is not None)
            return Value(texts=texts, labels=value.labels | label, bindings=value.bindings)
        return Value(labels=value.all_labels() | label, bindings=value.bindings)

    def _decoding(self, name: str, node: Node) -> frozenset[Label]:
        if name in {"String", "parseInt", "Number"} or name.startswith("path."):
            return frozenset()
        return frozenset({Label(Source.DECODED, self.offset(node), name)})

    def _yielded(self, node: Node) -> Value:
        """Return what a compiled generator was given back: the values that it yields."""
        function = parent_function(node)
        body = function.child_by_field_name("body") if function is not None else None
        if function is None or body is None:
            return NOTHING
        values = []
        for value in self._results(function, body, b"return"):
            if "0" in value.members and value.members["0"].constant == "4" and "1" in value.members:
                values.append(value.members["1"])
        return union(values)


def enumerate_members(arguments: list[Value]) -> Iterator[tuple[str, Value]]:
    """Yield the arguments of a function that returns all of them, as members of its result."""
    for number, value in enumerate(arguments):
        yield f"+{number}", value


def without_environment(value: Value) -> frozenset[Label]:
    """Return the labels of one member of a value: one variable is not the environment."""
    return frozenset(label for label in value.labels if label.source is not Source.ENVIRONMENT)


def argument_nodes(call: Node) -> list[Node]:
    """Return the nodes of the arguments of a call, without comments."""
    arguments = call.child_by_field_name("arguments")
    if arguments is None or arguments.type == "template_string":
        return [arguments] if arguments is not None else []
    return [node for node in arguments.named_children if node.type != "comment"]


def _parts(text: str, separator: str) -> list[str]:
    return text.split(separator) if separator else list(text)


def _of_required(arguments: list[Value], offset: int) -> frozenset[Label]:
    """Return the labels of a module: a data file that is required, or a name that is decoded."""
    if not arguments:
        return frozenset()
    labels = arguments[0].labels if not arguments[0].texts else frozenset()
    for text in arguments[0].texts:
        if text.startswith((".", EXTENSION)) and text.lower().endswith((".json", ".txt", ".dat")):
            labels |= {Label(Source.PACKAGE_FILE, offset, text.removeprefix(EXTENSION))}
    return labels


def is_require(node: Node) -> bool:
    """Whether an expression is a call of ``require``."""
    function = node.child_by_field_name("function") if node.type == "call_expression" else None
    return function is not None and function.text == b"require"


def _is_known(value: Value) -> bool:
    """Whether a value is a constant text, or a list of them."""
    if value.members:
        return not value.labels and all(_is_known(member) for member in value.members.values())
    return value.constant is not None


def _parameters(function: Node) -> list[Node]:
    single = function.child_by_field_name("parameter")
    if single is not None:
        return [single]
    parameters = function.child_by_field_name("parameters")
    return list(parameters.named_children) if parameters is not None else []


# The kinds of expressions


def _string(evaluator: Evaluator, node: Node) -> Value:
    return text_value(folding.unescaped(evaluator.text(node)[1:-1]))


def _number(evaluator: Evaluator, node: Node) -> Value:
    text = evaluator.text(node).replace("_", "").rstrip("n").lower()
    try:
        if text.startswith(("0x", "0b", "0o")):
            return text_value(str(int(text, 0)))
        number = float(text)
    except (ValueError, OverflowError):
        return NOTHING
    return text_value(str(int(number)) if number.is_integer() and abs(number) < 1e21 else text)


def _template(evaluator: Evaluator, node: Node) -> Value:
    parts: list[Value] = []
    for child in node.named_children:
        if child.type == "template_substitution":
            parts.append(evaluator.value(child.named_children[0] if child.named_children else None))
        else:
            parts.append(text_value(folding.unescaped(evaluator.text(child))))
    return joined(parts)


def _binary(evaluator: Evaluator, node: Node) -> Value:
    operator = node.child_by_field_name("operator")
    kind = operator.type if operator is not None else ""
    if kind == "+":
        return _sum(evaluator, node)
    left = evaluator.value(node.child_by_field_name("left"))
    right = evaluator.value(node.child_by_field_name("right"))
    if kind in {"||", "&&", "??"}:
        return union([left, right])
    if left.constant is not None and right.constant is not None:
        result = folding.operation(kind, left.constant, right.constant)
        if result is not None:
            return text_value(result)
    if kind in {"^", "%"}:
        return Value(labels=left.labels | right.labels)
    return NOTHING


def _sum(evaluator: Evaluator, node: Node) -> Value:
    parts: list[Value] = []
    at: Node | None = node
    while at is not None and at.type == "binary_expression":
        operator = at.child_by_field_name("operator")
        if operator is None or operator.type != "+":
            break
        parts.append(evaluator.value(at.child_by_field_name("right")))
        at = at.child_by_field_name("left")
    parts.append(evaluator.value(at))
    return joined(reversed(parts))


def _array(evaluator: Evaluator, node: Node) -> Value:
    members: dict[str, Value] = {}
    labels: frozenset[Label] = frozenset()
    for child in node.named_children:
        if child.type == "comment" or len(members) >= _MAX_FOLDED:
            continue
        value = evaluator.value(child)
        if child.type == "spread_element":
            labels |= value.labels
            for member in value.members.values():
                members[str(len(members))] = member
        else:
            members[str(len(members))] = value
    return Value(members=members, labels=labels)


def _object(evaluator: Evaluator, node: Node) -> Value:
    members: dict[str, Value] = {}
    labels: frozenset[Label] = frozenset()
    for child in node.named_children:
        if child.type == "pair":
            key = evaluator._key_text(child.child_by_field_name("key"))  # noqa: SLF001 - of this module
            members[key or "*"] = evaluator.value(child.child_by_field_name("value"))
        elif child.type == "shorthand_property_identifier":
            members[evaluator.text(child)] = evaluator.identifier(child)
        elif child.type == "spread_element":
            value = evaluator.value(child)
            labels |= value.labels
            members.update(value.members)
            if value.names and not value.members:
                members["*"] = value
        elif child.type == "method_definition":
            name = child.child_by_field_name("name")
            if name is not None:
                members[evaluator.text(name)] = Value(functions=(child,))
    return Value(members=members, labels=labels)


def _inner(evaluator: Evaluator, node: Node) -> Value:
    return evaluator.value(node.named_children[-1]) if node.named_children else NOTHING


def _either(evaluator: Evaluator, node: Node) -> Value:
    return union(
        evaluator.value(node.child_by_field_name(name)) for name in ("consequence", "alternative")
    )


def _function(_: Evaluator, node: Node) -> Value:
    return Value(functions=(node,))


def _assignment(evaluator: Evaluator, node: Node) -> Value:
    return evaluator.value(node.child_by_field_name("right"))


_EVALUATORS: Final[dict[str, Callable[[Evaluator, Node], Value]]] = {
    "identifier": Evaluator.identifier,
    "shorthand_property_identifier": Evaluator.identifier,
    "string": _string,
    "number": _number,
    "template_string": _template,
    "binary_expression": _binary,
    "array": _array,
    "object": _object,
    "parenthesized_expression": _inner,
    "sequence_expression": _inner,
    "await_expression": _inner,
    "spread_element": _inner,
    "yield_expression": _inner,
    "ternary_expression": _either,
    "assignment_expression": _assignment,
    "augmented_assignment_expression": _assignment,
    "member_expression": Evaluator.access,
    "subscript_expression": Evaluator.access,
    "call_expression": Evaluator.call,
    "new_expression": Evaluator.call,
    "class": _function,
    **dict.fromkeys(FUNCTIONS, _function),
}


def union_of(values: Iterable[Value]) -> Value:
    """Return the union of several values."""
    return union(values)
