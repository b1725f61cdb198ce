"""The values of members: ``object.name``, ``object[key]`` and ``this.name``."""

import re
from typing import TYPE_CHECKING, Final

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax import constant_folding
from vscan.providers.offline.syntax.canonical_api_names import api_of
from vscan.providers.offline.syntax.evaluation_bounds import MAX_CALLS
from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.method_tables import ABOUT, ADDS
from vscan.providers.offline.syntax.sources import labels_of_name, place_of
from vscan.providers.offline.syntax.values import (
    NOTHING,
    Label,
    Source,
    Value,
    any_member,
    bounded_names,
    named,
    text_value,
    union,
    without_environment,
)

if TYPE_CHECKING:
    from vscan.providers.offline.syntax.backward_evaluation import Evaluator

_CHOOSES: Final = lazy_regex(
    rb"/[^/\n]*(?:TOKEN|SECRET|PASS)[^/\n]*/|[\"'`](?:TOKEN|SECRET|PASSWORD|API_?KEY)[\"'`]",
    re.IGNORECASE,
)
_GLOBALS: Final = frozenset({"globalThis", "global", "window", "self"})


class MemberValues:
    """Evaluates members of objects of one piece."""

    def __init__(self, evaluator: "Evaluator") -> None:
        self._evaluator = evaluator

    def key_text(self, key: Node | None) -> str | None:
        """Return the name that a key of an object, pattern or class has, if it is known."""
        if key is None:
            return None
        if key.type == "computed_property_name":
            return (
                self._evaluator.value(key.named_children[0]).constant
                if key.named_children
                else None
            )
        if key.type in {"string", "number"}:
            return self._evaluator.value(key).constant
        text = self._evaluator.text(key)
        return (constant_folding.unescaped(text) if "\\" in text else text).lstrip("#")

    def key_of_access(self, node: Node) -> str | None:
        """Return the key of ``object.key`` or ``object[key]``, if it is known."""
        if node.type == "member_expression":
            return self.key_text(node.child_by_field_name("property"))
        if node.type == "subscript_expression":
            return self._evaluator.value(node.child_by_field_name("index")).constant
        return None

    def access(self, node: Node) -> Value:
        """Evaluate ``object.name`` and ``object["name"]``."""
        of = node.child_by_field_name("object")
        if of is None:
            return NOTHING
        key = self.key_of_access(node)
        if of.type == "this":
            return self._evaluator.hop(lambda: self._own_member(node, key))
        whole = self._evaluator.value(of)
        value = self.member(whole, key)
        if key is not None and whole.functions:
            value = union([value, self._static_member(whole, key)])
        if "process.env.*" in value.names and self._chooses_secrets(node):
            what = "the variables whose names speak of secrets"
            value = value.labelled([Label(Source.SECRET, self._evaluator.offset(node), what)])
        if key is not None:
            names = [name for name in value.names if (name.startswith("process.env"))]
            for name in names:
                value = value.labelled(labels_of_name(name, self._evaluator.offset(node)))
        return value

    def _method(self, method: Node) -> Value:
        """Return a method, or what it returns, if the access to a member calls it."""
        if any(child.type == "get" for child in method.children):
            return self._evaluator.function_values.returned(method)
        return Value(functions=(method,))

    def _static_member(self, value: Value, key: str) -> Value:
        """Return the value of a field or method that belongs to a class itself."""
        found = []
        for holder in value.functions:
            body = holder.child_by_field_name("body") if isinstance(holder, Node) else None
            if body is None or body.type != "class_body":
                continue
            for member in body.named_children:
                name = member.child_by_field_name("property") or member.child_by_field_name("name")
                if name is not None and self.key_text(name) == key:
                    if member.type == "method_definition":
                        found.append(self._method(member))
                    else:
                        found.append(self._evaluator.value(member.child_by_field_name("value")))
        return union(found)

    def _chooses_secrets(self, node: Node) -> bool:
        """Whether variables are chosen by words such as TOKEN near a place."""
        around = self._evaluator.piece.source[max(0, node.start_byte - 1500) : node.end_byte + 500]
        return _CHOOSES.search(around) is not None

    def _own_member(self, node: Node, key: str | None) -> Value:  # noqa: C901 - one branch a kind
        """Return the value of ``this.name``: what is assigned to it, or the method of that name."""
        if key is None:
            return NOTHING
        values: list[Value] = []
        holder: Node | None = node
        while holder is not None and holder.type != "class_body":
            holder = holder.parent
        is_of_function = holder is None and self._is_of_function(node)
        for access in self._evaluator.scopes.members_named(key.encode(), holder):
            if is_of_function and _is_of_class(access):
                continue
            parent = access.parent
            if parent is not None and parent.type in {
                "assignment_expression",
                "augmented_assignment_expression",
            }:
                if parent.child_by_field_name("left") == access and len(values) < MAX_CALLS:
                    values.append(self._evaluator.name_values.assigned_value(parent))
            elif (
                parent is not None
                and parent.type == "member_expression"
                and parent.parent is not None
            ):
                call = parent.parent
                if call.type == "call_expression" and self.key_of_access(parent) in ADDS:
                    added = union(self._evaluator.arguments(call))
                    values.append(Value(members={"*": added}))
        for member in holder.named_children if holder is not None else ():
            name = member.child_by_field_name("name") or member.child_by_field_name("property")
            if name is not None and self.key_text(name) == key:
                if member.type == "method_definition":
                    values.append(self._method(member))
                else:
                    values.append(self._evaluator.value(member.child_by_field_name("value")))
        return union(values)

    def _is_of_function(self, node: Node) -> bool:
        """Whether a place is in a method of what a function makes: ``F.prototype.m = function``."""
        at: Node | None = node
        while at is not None:
            holder = at.parent
            left = holder.child_by_field_name("left") if holder is not None else None
            of = left.child_by_field_name("object") if left is not None else None
            name = of.child_by_field_name("object") if of is not None else None
            if at.type == "function_expression" and name is not None and of is not None:
                binding = self._evaluator.scopes.binding_of(name)
                is_prototype = (of.text or b"").endswith(b".prototype")
                return is_prototype and binding is not None and binding.kind == "function"
            at = holder
        return False

    def member(self, value: Value, key: str | None) -> Value:  # noqa: C901, PLR0911, PLR0912 - a line a kind
        """Return the value of a member; ``None`` is a key that is not known."""
        if key is None:
            found = any_member(value)
            if "process.env" in value.names:
                return Value(names=frozenset({"process.env.*"}))
            if value.names & _GLOBALS:
                return Value(names=frozenset({"globalThis.*"}))
            return found._replace(labels=without_environment(found)) if value.names else found
        if key == "default" and (key not in value.members or value.names):
            return union([value, *(member for k, member in value.members.items() if k == key)])
        if key == "constructor" and value.functions:
            return named("Function")
        names = bounded_names(api_of(f"{name}.{key}") for name in value.names)
        if not names and key not in value.members:
            names = frozenset({f"?.{key}"})
        is_environment = "process.env" in value.names
        labels = value.labels if not is_environment else without_environment(value)
        if key in ABOUT:
            labels = frozenset()
        if "~rotated" in value.members and key.isdecimal():
            return any_member(value)
        result = Value(names=names, labels=labels, bindings=value.bindings)
        for name in sorted(names):
            if (place := place_of(name)) is not None:
                result = result._replace(texts=(place,))
        inner = [value.members[key]] if key in value.members else []
        if "*" in value.members and key not in ABOUT:
            inner.append(value.members["*"])
        if key in {"fsPath", "path", "href"} and value.texts:
            result = result._replace(texts=value.texts)
        if key == "length" and value.constant is not None:
            return text_value(str(len(value.constant)))
        return union([result, *inner])


def _is_of_class(access: Node) -> bool:
    """Whether ``this.name`` is in a class that inherits nothing: no function makes its objects."""
    of = access.child_by_field_name("object")
    if of is None or of.type != "this":
        return False
    body = access.parent
    while body is not None and body.type != "class_body":
        body = body.parent
    if body is None or body.parent is None:
        return False
    return all(child.type != "class_heritage" for child in body.parent.children)
