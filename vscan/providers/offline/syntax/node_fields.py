"""Read the parts of nodes of calls and functions."""

from collections.abc import Iterator

from vscan.providers.offline.syntax.javascript_trees import Node


def argument_nodes(call: Node) -> list[Node]:
    """Return the nodes of the arguments of a call, without comments."""
    arguments = call.child_by_field_name("arguments")
    if arguments is None or arguments.type == "template_string":
        return [arguments] if arguments is not None else []
    return [node for node in arguments.named_children if node.type != "comment"]


def items_of(node: Node) -> Iterator[Node | None]:
    """Yield the items of a list or of a pattern for one, without comments; ``None`` is a hole."""
    named = node.named_children
    if node.child_count <= 2 * len(named) + 1 and not any(each.type == "comment" for each in named):
        yield from named
        return
    item: Node | None = None
    for child in node.children[1:-1]:
        if child.is_named:
            item = child if child.type != "comment" else item
        else:  # a comma
            yield item
            item = None
    if item is not None:
        yield item


def is_require(node: Node) -> bool:
    """Whether an expression is a call of ``require``."""
    function = node.child_by_field_name("function") if node.type == "call_expression" else None
    return function is not None and function.text == b"require"


def parameters_of(function: Node) -> list[Node]:
    """Return the nodes of the parameters of a function."""
    single = function.child_by_field_name("parameter")
    if single is not None:
        return [single]
    parameters = function.child_by_field_name("parameters")
    return list(parameters.named_children) if parameters is not None else []


def call_of(function: Node) -> Node | None:
    """Return the call, or ``new``, whose function a node is; ``None`` if it isn't called there."""
    call = function.parent
    if call is None or call.type not in {"call_expression", "new_expression"}:
        return None
    called = function_of(call)
    return call if called is not None and called.id == function.id else None


def function_of(call: Node) -> Node | None:
    """Return the node of the function that is called."""
    return call.child_by_field_name("function") or call.child_by_field_name("constructor")
