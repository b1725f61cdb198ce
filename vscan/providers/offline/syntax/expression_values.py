"""The values of expressions by their kinds: texts, sums, lists, objects and others."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from vscan.providers.offline.syntax import constant_folding
from vscan.providers.offline.syntax.evaluation_bounds import MAX_FOLDED
from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.node_fields import items_of
from vscan.providers.offline.syntax.scopes import FUNCTIONS
from vscan.providers.offline.syntax.values import (
    NOTHING,
    OR_CONSTANT,
    Label,
    Source,
    Value,
    joined,
    number_value,
    text_value,
    union,
)

if TYPE_CHECKING:
    from vscan.providers.offline.syntax.backward_evaluation import Evaluator

# The operation on two numbers that one operator is, with the place of its own number.
_UNARY: Final = {"-": ("-", "0", ""), "+": ("-", "", "0"), "~": ("^", "", "-1")}
_VARIABLE: Final = "the variable "  # before the name of one, in a label
_EXACT = 1e21  # a number from here on is written with an exponent


def _string(evaluator: "Evaluator", node: Node) -> Value:
    return text_value(constant_folding.unescaped(evaluator.text(node)[1:-1]))


def _number(evaluator: "Evaluator", node: Node) -> Value:
    text = evaluator.text(node).replace("_", "").rstrip("n").lower()
    try:
        if text.startswith(("0x", "0b", "0o")):
            return number_value(str(int(text, 0)))
        number = float(text)
    except (ValueError, OverflowError):
        return NOTHING
    is_whole = number.is_integer() and abs(number) < _EXACT
    return number_value(str(int(number)) if is_whole else text)


def _template(evaluator: "Evaluator", node: Node) -> Value:
    parts: list[Value] = []
    for child in node.named_children:
        if child.type == "template_substitution":
            parts.append(evaluator.value(child.named_children[0] if child.named_children else None))
        else:
            parts.append(text_value(constant_folding.unescaped(evaluator.text(child))))
    return joined(parts)


def _binary(evaluator: "Evaluator", node: Node) -> Value:
    operator = node.child_by_field_name("operator")
    kind = operator.type if operator is not None else ""
    if kind == "+":
        return _sum(evaluator, node)
    left = evaluator.value(node.child_by_field_name("left"))
    right = evaluator.value(node.child_by_field_name("right"))
    if kind in {"||", "??"}:
        return _one_of(left, right)
    if kind == "&&":
        return union([left, right])
    if left.constant is not None and right.constant is not None:
        result = constant_folding.operation(kind, left.constant, right.constant)
        if result is not None:
            return number_value(result)
    if kind in {"^", "%"}:
        return Value(labels=left.labels | right.labels)
    return NOTHING


def _unary(evaluator: "Evaluator", node: Node) -> Value:
    operator = node.child_by_field_name("operator")
    kind = operator.type if operator is not None else ""
    argument = node.child_by_field_name("argument")
    if kind == "!":
        opposites = {"0": "true", "1": "false", "true": "false", "false": "true"}
        result = opposites.get(evaluator.text(argument)) if argument is not None else None
        return text_value(result) if result is not None else NOTHING
    operation, left, right = _UNARY.get(kind, ("", "", ""))
    constant = evaluator.value(argument).constant if operation else None
    if not constant:
        return NOTHING
    result = constant_folding.operation(operation, left or constant, right or constant)
    return number_value(result) if result is not None else NOTHING


def _boolean(_: "Evaluator", node: Node) -> Value:
    return text_value(node.type)


def _sum(evaluator: "Evaluator", node: Node) -> Value:
    parts: list[Value] = []
    at: Node | None = node
    while at is not None and at.type == "binary_expression":
        operator = at.child_by_field_name("operator")
        if operator is None or operator.type != "+":
            break
        parts.append(evaluator.value(at.child_by_field_name("right")))
        at = at.child_by_field_name("left")
    parts.append(evaluator.value(at))
    parts.reverse()
    while len(parts) > 1 and parts[0].is_number and parts[1].is_number:
        result = constant_folding.operation("+", parts[0].constant or "", parts[1].constant or "")
        if result is None:
            break
        parts[:2] = [number_value(result)]
    return parts[0] if len(parts) == 1 else joined(parts)


def _array(evaluator: "Evaluator", node: Node) -> Value:
    members: dict[str, Value] = {}
    labels: frozenset[Label] = frozenset()
    place = 0
    for child in items_of(node):
        if len(members) >= MAX_FOLDED:
            break
        if child is None:  # a hole
            place += 1
            continue
        value = evaluator.value(child)
        if child.type == "spread_element":
            labels |= value.labels
            for member in value.members.values():
                members[str(place)] = member
                place += 1
        else:
            members[str(place)] = value
            place += 1
    return Value(members=members, labels=labels)


def _object(evaluator: "Evaluator", node: Node) -> Value:
    members: dict[str, Value] = {}
    labels: frozenset[Label] = frozenset()
    for child in node.named_children:
        if child.type == "pair":
            key = evaluator.member_values.key_text(child.child_by_field_name("key"))
            members[key or "*"] = evaluator.value(child.child_by_field_name("value"))
        elif child.type == "shorthand_property_identifier":
            members[evaluator.text(child)] = evaluator.name_values.identifier(child)
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


def _inner(evaluator: "Evaluator", node: Node) -> Value:
    return evaluator.value(node.named_children[-1]) if node.named_children else NOTHING


def _either(evaluator: "Evaluator", node: Node) -> Value:
    names = ("consequence", "alternative")
    return _one_of(*(evaluator.value(node.child_by_field_name(name)) for name in names))


def _one_of(first: Value, second: Value) -> Value:
    """Return the value of two of which one is taken: two secret variables count as one, too.

    A program that reads ``GITHUB_TOKEN || GH_TOKEN`` has one secret.
    """
    value = union([first, second])
    secrets = [
        [each for each in one.labels if each.source is Source.SECRET] for one in (first, second)
    ]
    if second.constant and len(secrets[0]) == 1 and _VARIABLE in secrets[0][0].what:
        (variable,) = secrets[0]
        default = variable._replace(what=f"{variable.what}{OR_CONSTANT}")
        names = value.names - first.names  # else its label is put on again
        return value._replace(names=names, labels=value.labels - {variable} | {default})
    if any(len(found) != 1 or _VARIABLE not in found[0].what for found in secrets):
        return value
    (label,), (other,) = secrets
    if label.what == other.what:
        return value
    what = f"{label.what} or {other.what.removeprefix(_VARIABLE)}"
    return value._replace(labels=value.labels - {label, other} | {label._replace(what=what)})


def _function(_: "Evaluator", node: Node) -> Value:
    return Value(functions=(node,))


def _assignment(evaluator: "Evaluator", node: Node) -> Value:
    return evaluator.value(node.child_by_field_name("right"))


def _identifier(evaluator: "Evaluator", node: Node) -> Value:
    return evaluator.name_values.identifier(node)


def _access(evaluator: "Evaluator", node: Node) -> Value:
    return evaluator.member_values.access(node)


def _call(evaluator: "Evaluator", node: Node) -> Value:
    return evaluator.call_results.call(node)


EVALUATORS: Final[Mapping[str, Callable[["Evaluator", Node], Value]]] = {
    "identifier": _identifier,
    "shorthand_property_identifier": _identifier,
    "string": _string,
    "number": _number,
    "template_string": _template,
    "binary_expression": _binary,
    "unary_expression": _unary,
    "true": _boolean,
    "false": _boolean,
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
    "member_expression": _access,
    "subscript_expression": _access,
    "call_expression": _call,
    "new_expression": _call,
    "class": _function,
    **dict.fromkeys(FUNCTIONS, _function),
}
