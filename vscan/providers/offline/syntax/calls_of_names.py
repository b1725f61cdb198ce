"""Find the calls to which the name of a function leads."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.node_fields import function_of

if TYPE_CHECKING:
    from vscan.providers.offline.syntax.member_values import MemberValues

_MAX_CLIMB = 12  # nodes around a name that are looked at
_CALLS: Final = frozenset({"call_expression", "new_expression"})
_ACCESSES: Final = frozenset({"member_expression", "subscript_expression"})
_FUNCTIONS: Final = frozenset({"identifier", "call_expression"}) | _ACCESSES
_THROUGH: Final = frozenset({"parenthesized_expression", "sequence_expression", "await_expression"})
_IN_KEY: Final = frozenset({"string", "binary_expression", "template_string"})
_HANDED_ON: Final = frozenset({b"call", b"apply", b"bind"})
_GIVES: Final = {
    "variable_declarator": ("name", "value"),
    "assignment_expression": ("left", "right"),
}
# The bracket of an access whose key is computed, and which may be a function that is called or
# that gets a name.
_GAP: Final = rb"(?:\s|/\*[^*]{0,200}\*/|//[^\n]{0,200}\n)*+"
# Each begins with a text: the search for several of them takes a third of that for one with
# alternatives.
_COMPUTED: Final = (
    lazy_regex(rb"(\])" + _GAP + rb"(?:\)" + _GAP + rb"){0,3}(?:\?\.\s*)?[(`]"),
    lazy_regex(rb"(\])\s*(?:\?\.|\.)\s*(?:call|apply|bind)\b"),
    lazy_regex(rb"\)(\])\s*[;,]"),
    lazy_regex(rb"global(?<!\wglobal)(?:This)?\s*(?:\?\.\s*)?(\[)"),
    lazy_regex(rb"window(?<!\wwindow)\s*(?:\?\.\s*)?(\[)"),
    lazy_regex(rb"self(?<!\wself)\s*(?:\?\.\s*)?(\[)"),
    lazy_regex(rb"\+\s*[\"'`][\w$]*[\"'`]\s*(\])"),
)


def calls_with(node: Node) -> Iterator[Node]:  # noqa: C901 - one branch a kind of node
    """Yield the calls whose function a node is, or is a part of.

    They include those of what such a call returns, as in ``f.bind(x)()``, and those that get the
    function as an argument. The argument is yielded, too: in ``list.map(f)``, ``f`` is called.
    """
    at, parent = node, node.parent
    is_result = False
    for _ in range(_MAX_CLIMB):
        if parent is None:
            return
        kind = parent.type
        if kind in _CALLS:
            function = function_of(parent)
            if function is None or function.id != at.id:
                return
            yield parent
            is_result = True
        elif kind == "arguments":
            call = parent.parent
            if call is None or (is_result and not _is_bound(at)):
                return
            yield call
            if at.type in _FUNCTIONS:
                yield at
            parent, is_result = call, True
        elif kind in _ACCESSES:
            of = parent.child_by_field_name("object")
            is_key = at.type in {"property_identifier", "string", "string_fragment"}
            if not is_key and of is not None and of.id == at.id and not _is_handed_on(parent):
                return
        elif kind not in _THROUGH and (is_result or kind not in _IN_KEY):
            return
        at, parent = parent, parent.parent


def member_of(node: Node, keys: "MemberValues") -> bytes | None:
    """Return the key under which an object holds a function: ``{run: eval}``, ``o.run = eval``."""
    at, parent = node, node.parent
    while parent is not None and parent.type in _ACCESSES:
        if parent.child_by_field_name("object") == at:
            return None
        at, parent = parent, parent.parent
    key = None
    if parent is not None and parent.type == "pair" and parent.child_by_field_name("value") == at:
        key = keys.key_text(parent.child_by_field_name("key"))
    elif parent is not None and given_name(at) is not None:
        left = parent.child_by_field_name("left")
        key = keys.key_of_access(left) if left is not None else None
    return key.encode() if key else None


def given_name(node: Node) -> Node | None:
    """Return what a value is given to, by a declaration or an assignment right around it."""
    parent = node.parent
    if parent is None or parent.type not in _GIVES:
        return None
    target, value = map(parent.child_by_field_name, _GIVES[parent.type])
    return target if value is not None and value.id == node.id else None


def _is_handed_on(access: Node) -> bool:
    """Whether an access is the method ``call``, ``apply`` or ``bind`` of a function."""
    key = access.child_by_field_name("property")
    return key is not None and key.text in _HANDED_ON


def _is_bound(call: Node) -> bool:
    """Whether a call is ``f.bind(...)``, whose result is the function ``f``."""
    function = function_of(call)
    key = function.child_by_field_name("property") if function is not None else None
    return key is not None and key.text == b"bind"


def computed_accesses(source: bytes, root: Node) -> Iterator[Node]:
    """Yield the accesses with computed keys that may be functions which are called."""
    starts = {found.start(1) for pattern in _COMPUTED for found in pattern.finditer(source)}
    for start in sorted(starts):
        node = root.descendant_for_byte_range(start, start + 1)
        access = node.parent if node is not None and node.type in {"]", "["} else None
        if access is not None and access.type == "subscript_expression":
            yield access
