"""The values of names: where they are declared, and all that they are assigned."""

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.canonical_api_names import api_of
from vscan.providers.offline.syntax.constant_folding import unescaped
from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.method_tables import ADDS
from vscan.providers.offline.syntax.node_fields import call_of, items_of
from vscan.providers.offline.syntax.scopes import Binding
from vscan.providers.offline.syntax.sources import labels_of_name, place_of
from vscan.providers.offline.syntax.values import (
    NOTHING,
    UNKNOWN,
    Label,
    Value,
    any_member,
    named,
    text_value,
    union,
)

if TYPE_CHECKING:
    from vscan.providers.offline.syntax.backward_evaluation import Evaluator

_NO_CUT = 1_000_000
_MIN_ROTATED = 3  # items
# What obfuscators do with a list of texts before the program uses it.
_ROTATION: Final = lazy_regex(
    rb"push[\"']?\]?\s*\(\s*[\w$]+\s*(?:\.|\[\s*[\"'])shift"
    rb"|unshift[\"']?\]?\s*\(\s*[\w$]+\s*(?:\.|\[\s*[\"'])pop"
)
_ASSIGNMENTS: Final = frozenset({"assignment_expression", "augmented_assignment_expression"})
_ACCESSES: Final = frozenset({"member_expression", "subscript_expression"})
_MAX_ADDED = 8  # arguments of one call that are added to a list
_Use = TypeVar("_Use")


class _Uses(NamedTuple):
    """References to a name, of which there are ``size``; each has its number among them.

    ``assigned`` are those that get a value, with what gives it; ``accesses`` are to members.
    """

    size: int
    assigned: list[tuple[int, tuple[Node, Node]]]
    accesses: list[tuple[int, Node]]


class NameValues:
    """Evaluates the names of one piece."""

    def __init__(self, evaluator: "Evaluator") -> None:
        self._evaluator = evaluator
        self._uses: dict[int, _Uses] = {}  # by the keys of the declarations

    @cached_property
    def _has_rotation(self) -> bool:
        return _ROTATION.search(self._evaluator.piece.source) is not None

    def identifier(self, node: Node) -> Value:
        """Return the value of a name where it is used."""
        binding = self._evaluator.scopes.binding_of(node)
        if binding is None:
            return self._global(unescaped(self._evaluator.text(node)), node)
        return self.bound_value(binding)

    def _global(self, name: str, node: Node) -> Value:
        if name in {"undefined", "null", "NaN"}:
            return NOTHING
        if (place := place_of(name)) is not None:
            return text_value(place)
        value = named(api_of(name))
        return value.labelled(labels_of_name(name, self._evaluator.offset(node)))

    def bound_value(self, binding: Binding) -> Value:
        """Return the value of a declared name: its initial value, and all that it is assigned."""
        if binding.node.id in self._evaluator.bound:
            return self._evaluator.bound[binding.node.id]
        return self._evaluator.remembered(-binding.node.id, lambda: self._value_of(binding))

    def _value_of(self, binding: Binding) -> Value:
        values = [self._declared_value(binding)]
        if binding.kind not in {"import", "function", "class"}:
            values.extend(self._assigned(binding))
        value = self._with_members(union(values), binding)
        key = self._evaluator.piece.start + binding.key
        return value._replace(bindings=value.bindings | {key})

    def _declared_value(self, binding: Binding) -> Value:  # noqa: PLR0911 - one line a kind
        node = binding.node
        parent = node.parent
        if parent is None:
            return NOTHING
        match binding.kind:
            case "function":
                return Value(functions=(parent,))
            case "class":
                return Value(
                    functions=(parent,), names=frozenset({f"class {self._evaluator.text(node)}"})
                )
            case "import":
                return self._imported(node)
            case "parameter":
                return self._evaluator.function_values.parameter(node)
            case "catch":
                return self._evaluator.function_values.caught(binding.scope)
            case "loop":
                return self.destructured(node, self.looped)
            case _:
                return self.destructured(node, self.initial)

    def initial(self, holder: Node) -> Value:
        """Return the value with which a name is declared."""
        return self._evaluator.value(holder.child_by_field_name("value"))

    def looped(self, holder: Node) -> Value:
        """Return the value that a name gets in each round of ``for ... of`` or ``in``."""
        value = self._evaluator.value(holder.child_by_field_name("right"))
        operator = holder.child_by_field_name("operator")
        if operator is not None and operator.type == "in":
            return Value(texts=tuple(value.members), labels=value.labels)
        return self.item_of(value)

    def item_of(self, value: Value) -> Value:
        """Return any item of a list."""
        names = frozenset(f"{name}.*" for name in value.names)
        return union([any_member(value), Value(names=names)])

    def destructured(self, node: Node, whole: Callable[[Node], Value]) -> Value:
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
                steps.append(self._taker(self._evaluator.member_values.key_text(key)))
            elif parent.type == "object_pattern" and child.type in {
                "shorthand_property_identifier_pattern",
                "object_assignment_pattern",
            }:
                shorthand = child.child_by_field_name("left") or child
                steps.append(self._taker(self._evaluator.text(shorthand)))
            elif parent.type == "array_pattern":
                index = [each.id if each is not None else 0 for each in items_of(parent)].index(
                    child.id
                )
                steps.append(self._taker(str(index)))
            child, parent = parent, parent.parent
        if parent is None:
            return NOTHING
        value = whole(parent)
        for step in reversed(steps):
            value = step(value)
        names = (name for name in value.names if name.startswith("process.env"))
        labels = (labels_of_name(name, self._evaluator.offset(node)) for name in names)
        value = value.labelled(frozenset().union(*labels))
        return union([value, *map(self._evaluator.value, defaults)])

    def _taker(self, key: str | None) -> Callable[[Value], Value]:
        return lambda value: self._evaluator.member_values.member(value, key)

    def _imported(self, node: Node) -> Value:
        statement: Node | None = node
        while statement is not None and statement.type != "import_statement":
            statement = statement.parent
        source = statement.child_by_field_name("source") if statement is not None else None
        if source is None:
            return NOTHING
        module = api_of(self._evaluator.value(source).constant or "")
        parent = node.parent
        if parent is not None and parent.type == "import_specifier":
            imported = parent.child_by_field_name("name")
            name = self._evaluator.text(imported) if imported is not None else ""
            name = module if name == "default" else api_of(f"{module}.{name}")
            return named(name).labelled(labels_of_name(name, self._evaluator.offset(node)))
        return named(module)

    def _assigned(self, binding: Binding) -> Iterator[Value]:
        """Yield all values that are assigned to a name, but for its initial one."""
        uses = self._uses_of(binding)
        for node, holder in self._in_turn(uses.assigned, uses.size):
            _, give = _GIVES_VALUE[holder.type]
            if node.parent == holder:
                yield give(self, holder)
            else:
                yield self.destructured(node, partial(give, self))

    def _uses_of(self, binding: Binding) -> _Uses:
        """Sort the references to a name by what they do, once for all evaluations of it."""
        known = self._uses.get(binding.key)
        if known is not None:
            return known
        references = self._evaluator.scopes.references(binding)
        assigned: list[tuple[int, tuple[Node, Node]]] = []
        accesses: list[tuple[int, Node]] = []
        for number, node in enumerate(references, 1):
            parent = node.parent
            if parent is not None and parent.type in _ACCESSES:
                if parent.child_by_field_name("object") == node:
                    accesses.append((number, parent))
            elif parent is not None and (holder := _giver_to(node, parent)) is not None:
                assigned.append((number, (node, holder)))
        uses = self._uses[binding.key] = _Uses(len(references), assigned, accesses)
        return uses

    def _in_turn(self, uses: list[tuple[int, _Use]], count: int) -> Iterator[_Use]:
        """Yield uses of a name while there are steps; each reference, of any kind, is a step."""
        before = 0
        for number, use in uses:
            self._evaluator.steps += number - before
            before = number
            if self._evaluator.steps >= self._evaluator.last_step:
                break
            yield use
        self._evaluator.steps += count - before

    def assigned_value(self, assignment: Node) -> Value:
        """Return the value that an assignment gives to its left side."""
        value = self._evaluator.value(assignment.child_by_field_name("right"))
        operator = assignment.child_by_field_name("operator")
        is_added = operator is not None and operator.type not in {"??=", "||=", "&&="}
        if assignment.type == "augmented_assignment_expression" and is_added:
            # A part of a text that grows: what it was before comes from the other assignments.
            return Value(labels=value.all_labels(), texts=(UNKNOWN,), bindings=value.bindings)
        return value

    def _with_members(self, value: Value, binding: Binding) -> Value:
        """Add what is put into an object or list after it was made."""
        members = dict(value.members)
        labels: set[Label] = set()
        for access in self._member_accesses(binding):
            call = call_of(access)
            key = self._evaluator.member_values.key_of_access(access)
            added = self._given_to(access)
            if added is not None:
                known = members.get(key or "*")
                members[key or "*"] = union([known, added]) if known is not None else added
            elif call is not None and key in ADDS and not self._evaluator.only_names:
                for added in self._evaluator.arguments(call)[:_MAX_ADDED]:
                    labels |= added.all_labels()
                    members[f"+{len(members)}"] = added
        if not self._evaluator.only_names:
            labels |= self._handed_adders(binding)
        if self._is_rotated(value):
            members["~rotated"] = NOTHING
        if members != value.members or labels:
            return value._replace(members=members).labelled(labels)
        return value

    def _given_to(self, access: Node) -> Value | None:
        """Return what is assigned to a member, or to a member of it, as an object of that one."""
        holder = access.parent
        if holder is None:
            return None
        if holder.type in _ASSIGNMENTS:
            is_left = holder.child_by_field_name("left") == access
            return self._evaluator.value(holder.child_by_field_name("right")) if is_left else None
        if holder.type == "member_expression" and holder.parent is not None:
            assignment = holder.parent
            left = assignment.child_by_field_name("left")
            if assignment.type in _ASSIGNMENTS and left == holder:
                key_of = self._evaluator.member_values.key_of_access
                given = self._evaluator.value(assignment.child_by_field_name("right"))
                names = frozenset({f"?.{key_of(access)}"})  # it is still that member
                return Value(names=names, members={key_of(holder) or "*": given})
        return None

    def _member_accesses(self, binding: Binding) -> Iterator[Node]:
        """Yield the accesses to members of a name; each counts as a step."""
        uses = self._uses_of(binding)
        yield from self._in_turn(uses.accesses, uses.size)

    def _handed_adders(self, binding: Binding) -> set[Label]:
        """Return the labels of what callbacks such as ``list.push.bind(list)`` add to a list."""
        labels: set[Label] = set()
        for _, access in self._uses_of(binding).accesses:
            if (
                access.type != "member_expression"
                or self._evaluator.member_values.key_of_access(access) != "push"
            ):
                continue
            bound = access.parent
            call = bound.parent if bound is not None and bound.type == "member_expression" else None
            place = call if call is not None and call.type == "call_expression" else access
            holder = place.parent
            if holder is not None and holder.type == "arguments" and holder.parent is not None:
                handed = self._evaluator.function_values.callback_argument(holder.parent, place, 0)
                labels |= handed.all_labels()
        return labels

    def _is_rotated(self, value: Value) -> bool:
        """Whether the items of a list of texts are moved around before they are used."""
        return len(value.members) >= _MIN_ROTATED and self._has_rotation


# How a node gives values, and to which of its fields.
_GIVES_VALUE: Final[Mapping[str, tuple[str, Callable[[NameValues, Node], Value]]]] = {
    "assignment_expression": ("left", NameValues.assigned_value),
    "augmented_assignment_expression": ("left", NameValues.assigned_value),
    "for_in_statement": ("left", NameValues.looped),
    "variable_declarator": ("name", NameValues.initial),  # var, once more
}


def _giver_to(node: Node, parent: Node) -> Node | None:
    """Return what gives a value to a name, by itself or as a part of a pattern."""
    if parent.type in _GIVES_VALUE:
        target = parent.child_by_field_name(_GIVES_VALUE[parent.type][0])
        return parent if target == node else None
    holder: Node | None = parent
    while holder is not None and holder.type.endswith("pattern"):
        holder = holder.parent
    is_pattern = holder is not None and holder != parent
    return holder if is_pattern and holder is not None and holder.type in _GIVES_VALUE else None
