"""The results of calls: of the program's own functions, and of APIs."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from vscan.providers.offline.syntax.canonical_api_names import api_of
from vscan.providers.offline.syntax.evaluation_bounds import MAX_CALLS, MAX_FOLDED_BYTES
from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.method_tables import ABOUT, FOLDED, KEEPS_WHOLE
from vscan.providers.offline.syntax.node_fields import (
    argument_nodes,
    function_of,
    is_require,
    parameters_of,
)
from vscan.providers.offline.syntax.scopes import FUNCTIONS
from vscan.providers.offline.syntax.sources import labels_of_call
from vscan.providers.offline.syntax.values import (
    EXTENSION,
    NOTHING,
    UNKNOWN,
    Label,
    Source,
    Value,
    bounded_names,
    named,
    union,
    without_environment,
)

if TYPE_CHECKING:
    from vscan.providers.offline.syntax.backward_evaluation import Evaluator

# Methods whose arguments, or whose object, decide what the result is called.
_DECIDE: Final = (
    FOLDED
    | {b"bind", b"promisify", b"get", b"__importStar", b"__importDefault"}
    | {b"on", b"once", b"setEncoding"}
)
_LOADS_MODULE: Final = frozenset(
    {"require", "__non_webpack_require__", "module.require", "process.getBuiltinModule"}
)
_SHORT = 24  # bytes of the name of a function such as require or __importStar
_MAX_RESULTS = 6  # functions that one call may mean
_MAX_BOUND = 6  # parameters that have certain values at a time


class CallResults:
    """Evaluates the calls of one piece."""

    def __init__(self, evaluator: "Evaluator") -> None:
        self._evaluator = evaluator

    def call(self, node: Node) -> Value:
        """Evaluate a call, or ``new``."""
        callee_node = function_of(node)
        if callee_node is None:
            return NOTHING
        if callee_node.type == "import":
            module = self._evaluator.arguments(node)
            return named(*(api_of(text) for value in module for text in value.texts))
        if self._evaluator.only_names and not self._is_worth_names(callee_node):
            names = self._evaluator.value(callee_node).names
            return named(*(f"{name}()" for name in names))
        # The function comes first: its arguments may take all steps of an evaluation.
        callee = self._evaluator.value(callee_node)
        arguments = self._evaluator.arguments(node)
        if callee_node.type == "identifier" and self._evaluator.text(callee_node) == "await":
            return union(arguments)  # outside of a function the grammar takes it for a call
        result = self._evaluator.string_tables.text(callee_node, arguments, node)
        if result is None:
            if callee == NOTHING and self._evaluator.is_at_bound:
                return NOTHING  # not a function that may return all that it is given
            result = self._evaluator.folded_calls.folded(callee_node, callee, arguments, node)
            if result is None:
                result = self.called(callee, arguments, node)
        return result

    def _is_worth_names(self, callee_node: Node) -> bool:
        """Whether a call's arguments decide what its result is called."""
        last = callee_node.child_by_field_name("property")
        if (
            last is not None
            and (last.text or b"") in _DECIDE
            and callee_node.end_byte - callee_node.start_byte < MAX_FOLDED_BYTES
        ):
            return True
        is_short = callee_node.end_byte - callee_node.start_byte < _SHORT
        return bool(self._evaluator.bound) or is_short or callee_node.type != "member_expression"

    def called(  # noqa: C901 - one branch a kind of function
        self, callee: Value, arguments: list[Value], node: Node
    ) -> Value:
        """Return the result of a call: of the program's own function, or of an API."""
        if any(name in _LOADS_MODULE for name in callee.names) or any(
            name.endswith(
                (".createRequire()", "mainModule.require", "Module._load", "constructor._load")
            )
            for name in callee.names
        ):
            texts = arguments[0].texts if arguments else ()
            modules = named(*(api_of(text) for text in texts if UNKNOWN not in text))
            return modules.labelled(_of_required(arguments, self._evaluator.offset(node)))
        compiled = self._compiled(node, arguments)
        if compiled is not None:
            return compiled
        offset = self._evaluator.offset(node)
        values = [labels_of_call(callee, arguments, offset)]
        if len(callee.functions) > _MAX_RESULTS:
            values.append(Value(is_cut=True))
        for function in callee.functions[:_MAX_RESULTS]:
            if isinstance(function, Node):
                if function.type in FUNCTIONS:
                    values.append(self._result_of(function, arguments))
                elif node.type == "new_expression":
                    values.append(self._instance(function))
        module = (
            self._evaluator.modules.get(arguments[0].texts[0])
            if len(arguments) == 1 and arguments[0].texts
            else None
        )
        if module is not None:
            values.append(named(api_of(module)))
        if not callee.functions:
            is_request = any(label.source is Source.NETWORK for label in values[0].labels)
            is_start = any(name.startswith("child_process.") for name in callee.names)
            handed = [] if is_request or is_start else arguments
            values.append(self._passed_through(callee, handed))
        called = node.child_by_field_name("function")
        if arguments and called is not None and is_require(argument_nodes(node)[0]):
            # __toESM(require("fs")), and its like, perhaps of another piece
            values += arguments[:1] if callee.functions or called.type == "identifier" else []
        if "Promise" in callee.names:
            values.append(self._promised(arguments, node))
        return union(values)

    def _compiled(self, node: Node, arguments: list[Value]) -> Value | None:
        """Return the result of an asynchronous function that was compiled to an older language."""
        function = node.child_by_field_name("function")
        name = self._evaluator.text(function)[-12:] if function is not None else ""
        functions = [
            each for value in arguments[-1:] for each in value.functions if isinstance(each, Node)
        ]
        if not functions or not name.endswith(("__awaiter", "__generator")):
            return None
        result = union(map(self._evaluator.function_values.returned, functions))
        if name.endswith("__awaiter"):
            return result
        return result.members.get("1", NOTHING)

    def _passed_through(self, callee: Value, arguments: list[Value]) -> Value:
        """Return the result of an unknown function: it may contain all that it was given."""
        last = {name.rpartition(".")[2] for name in callee.names}
        if not last & KEEPS_WHOLE:
            arguments = [
                each._replace(labels=without_environment(each)) if each.names else each
                for each in arguments
            ]
        if last & ABOUT:
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
            members=dict(_as_members(arguments)) if last & KEEPS_WHOLE else {},
        )

    def _result_of(self, function: Node, arguments: list[Value]) -> Value:
        """Return what a function of the program returns, for these arguments if they are known."""
        is_small = function.end_byte - function.start_byte < MAX_FOLDED_BYTES
        is_known = arguments and all(_is_known(value) for value in arguments)
        if not (is_small and is_known) or len(self._evaluator.bound) >= _MAX_BOUND:
            return self._evaluator.function_values.returned(function)
        bound = dict(self._evaluator.bound)
        for number, parameter in enumerate(parameters_of(function)):
            if parameter.type == "identifier" and number < len(arguments):
                bound[parameter.id] = arguments[number]
        return self._evaluator.with_bound(
            bound, partial(self._evaluator.function_values.returned, function)
        )

    def _instance(self, holder: Node) -> Value:
        """Return an object of a class of the program: its methods, and what it inherits."""
        body = holder.child_by_field_name("body")
        members: dict[str, Value] = {}
        for member in body.named_children if body is not None else ():
            name = member.child_by_field_name("name")
            if member.type == "method_definition" and name is not None:
                members[self._evaluator.member_values.key_text(name) or "*"] = Value(
                    functions=(member,)
                )
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
            bindings = [
                self._evaluator.scopes.binding_of(each)
                for each in both
                if each.type == "identifier"
            ]
            for reference in [
                r
                for binding in bindings
                if binding
                for r in self._evaluator.scopes.references(binding)[:MAX_CALLS]
            ]:
                call = reference.parent
                if call is None:
                    continue
                if (
                    call.type == "call_expression"
                    and call.child_by_field_name("function") == reference
                ):
                    values += self._evaluator.arguments(call)
                elif call.type == "arguments" and call.parent is not None:  # on("end", resolve)
                    values.append(
                        self._evaluator.function_values.callback_argument(call.parent, reference, 0)
                    )
        del node
        return union(values)


def _as_members(arguments: list[Value]) -> Iterator[tuple[str, Value]]:
    """Yield the arguments of a function that returns all of them, as members of its result."""
    for number, value in enumerate(arguments):
        yield f"+{number}", value


def _of_required(arguments: list[Value], offset: int) -> frozenset[Label]:
    """Return the labels of a module: a data file that is required, or a name that is decoded."""
    if not arguments:
        return frozenset()
    labels = arguments[0].labels if not arguments[0].texts else frozenset()
    for text in arguments[0].texts:
        if text.startswith((".", EXTENSION)) and text.lower().endswith((".json", ".txt", ".dat")):
            labels |= {Label(Source.PACKAGE_FILE, offset, text.removeprefix(EXTENSION))}
    return labels


def _is_known(value: Value) -> bool:
    """Whether a value is a constant text, or a list of them."""
    if value.members:
        return not value.labels and all(_is_known(member) for member in value.members.values())
    return value.constant is not None
