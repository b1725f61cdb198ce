"""The results of calls with constant arguments: texts that are joined, decoded, inflated."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from vscan.providers.offline.syntax import constant_folding
from vscan.providers.offline.syntax.evaluation_bounds import MAX_FOLDED, MAX_FOLDED_BYTES
from vscan.providers.offline.syntax.javascript_trees import Node
from vscan.providers.offline.syntax.node_fields import (
    argument_nodes,
    parameters_of,
)
from vscan.providers.offline.syntax.scopes import FUNCTIONS, parent_function
from vscan.providers.offline.syntax.values import (
    NOTHING,
    UNKNOWN,
    Label,
    Source,
    Value,
    items_from,
    joined,
    text_value,
    union,
)

if TYPE_CHECKING:
    from vscan.providers.offline.syntax.backward_evaluation import Evaluator

# Helpers of compilers that return the module that they get, or wrap it into an object.
_WRAPS_MODULE: Final = frozenset(
    {
        "__importStar",
        "__importDefault",
        "__toESM",
        "__toCommonJS",
        "__reExport",
        "interopDefault",
        "_interopDefault",
        "_interopDefaultLegacy",
        "_interopNamespace",
        "_interopRequireDefault",
        "_interopRequireWildcard",
        "getDefaultExportFromCjs",
    }
)
_ADDRESSES: Final = frozenset({"vscode.Uri.parse", "vscode.Uri.file", "?.Uri.parse", "?.Uri.file"})
# Methods of connections and streams that return the object itself.
_KEEPS_OBJECT: Final = frozenset(
    {"on", "once", "addListener", "setEncoding", "setTimeout", "setNoDelay", "ref", "unref"}
)
_KEEPS_ITEMS: Final = frozenset(
    {"filter", "slice", "splice", "concat", "flat", "sort", "toSorted", "values"}
)
_YIELDS: Final = "4"  # how a compiled generator marks what it yields
_WITH_REPLACEMENT = 2  # arguments


class FoldedCalls:
    """Computes calls of one piece."""

    def __init__(self, evaluator: "Evaluator") -> None:
        self._evaluator = evaluator

    def _folded_api(  # noqa: C901, PLR0911, PLR0912 - a few lines for each API
        self, callee: Value, arguments: list[Value], node: Node
    ) -> Value | None:
        """Compute a call of an API whose arguments are known; ``None`` if they aren't."""
        texts = [value.constant for value in arguments]
        known = [text for text in texts if text is not None]
        for name in sorted(callee.names):
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
                    arguments[0],
                    partial(constant_folding.buffer_of, encoding=encoding),
                    encoding,
                    node,
                )
            if name == "Promise.allSettled" and arguments:
                item = self._evaluator.name_values.item_of(arguments[0])
                return Value(members={"*": Value(members={"value": item})})
            if name == "util.format" and arguments:
                return _formatted(arguments)
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
            if name.rpartition(".")[2] in _WRAPS_MODULE and arguments:
                return arguments[0]
            if name in _ADDRESSES and arguments:
                return arguments[0]._replace(names=frozenset({f"{name}()"}), members={})
            if name in {"Reflect.apply", "Reflect.construct"} and arguments:
                handed = _handed(arguments[2 if name == "Reflect.apply" else 1 :], is_list=True)
                return self._handed_on(arguments[0], handed, node)
            if name == "Reflect.get" and len(arguments) > 1:
                return self._evaluator.member_values.member(arguments[0], arguments[1].constant)
            if name == "Object.assign":
                return union(arguments)
            if name in {
                "Buffer.concat",
                "Array.from",
                "Promise.all",
                "Promise.resolve",
                "Promise.race",
                "Object.getPrototypeOf",
                "Object.defineProperty",  # names of functions are kept so when code is minified
                "Object",
                "Map",
                "Set",
                "Array.of",
                "structuredClone",
            }:
                return arguments[0] if arguments else NOTHING
            if name in constant_folding.FUNCTIONS and arguments:
                if len(known) == len(texts):
                    result = constant_folding.function(name, known)
                    if result is not None:
                        return Value(
                            texts=(result,),
                            labels=self._decoding(name, node) | arguments[0].labels,
                            is_number=name in constant_folding.GIVES_NUMBER,
                        )
                if arguments[0].members and name.startswith("String.from"):
                    result = constant_folding.function(
                        name, [member.constant or "x" for member in arguments[0].members.values()]
                    )
                    if result is not None:
                        return Value(texts=(result,), labels=self._decoding(name, node))
                return (
                    union([*arguments])
                    .labelled(self._decoding(name, node))
                    ._replace(texts=(), names=frozenset(), members={}, functions=())
                )
        return None

    def folded(
        self, callee_node: Node, callee: Value, arguments: list[Value], node: Node
    ) -> Value | None:
        """Compute a call whose arguments are known; ``None`` if they aren't."""
        result = self._folded_api(callee, arguments, node)
        if result is not None or callee_node.type not in {
            "member_expression",
            "subscript_expression",
        }:
            return result
        key = self._evaluator.member_values.key_of_access(callee_node)
        receiver = self._evaluator.value(callee_node.child_by_field_name("object"))
        if key in {"call", "apply"} and (receiver.names or receiver.functions):
            return self._handed_on(receiver, _handed(arguments[1:], is_list=key == "apply"), node)
        if key == "bind":
            return receiver
        if key == "sent" and not arguments:
            return self._yielded(node)
        if key in {"then", "catch", "finally"} and receiver is not None:
            handed = [
                self._evaluator.function_values.returned(each)
                for value in arguments
                for each in value.functions
                if isinstance(each, Node) and each.type in FUNCTIONS
            ]
            return union([receiver if key != "then" or not handed else NOTHING, *handed])
        return self._folded_method(key or "", receiver, arguments, node)

    def _handed_on(self, function: Value, arguments: list[Value], node: Node) -> Value:
        """Return the result of a function that another one calls: ``call``, ``Reflect.apply``."""
        folded = self._folded_api(function, arguments, node)
        if folded is None:
            return self._evaluator.call_results.called(function, arguments, node)
        return folded

    def _folded_method(  # noqa: C901, PLR0911, PLR0912 - a few lines for each method
        self, key: str, receiver: Value, arguments: list[Value], node: Node
    ) -> Value | None:
        texts = [value.constant for value in arguments]
        separated = receiver.members.get("~separator")
        if separated is not None and separated.texts and key in {"reverse", "join"}:
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
            members = {str(i): text_value(part) for i, part in enumerate(parts[:MAX_FOLDED])}
            return Value(members=members, labels=receiver.labels)
        if key in {"map", "flatMap"} and receiver.members and arguments:
            return self._mapped(receiver, arguments[0])
        if key in {"map", "flatMap"} and receiver.names and arguments and arguments[0].functions:
            return self._mapped_unknown(key, receiver, arguments[0])
        if key in _KEEPS_OBJECT and receiver.names:
            return receiver
        if key == "slice" and "0" in receiver.members and texts and (texts[0] or "").isdecimal():
            return receiver._replace(members=items_from(receiver.members, int(texts[0] or "0")))
        if key in _KEEPS_ITEMS and receiver.members:
            return receiver if key != "concat" else union([receiver, *arguments])
        if key == "toString" or (key in {"decode", "text", "json"} and receiver.texts):
            encoding = texts[0] if texts and texts[0] is not None else "utf8"
            if receiver.texts and not receiver.members:
                results = [
                    constant_folding.text_of(text, encoding) if UNKNOWN not in text else text
                    for text in receiver.texts
                ]
                return receiver._replace(
                    texts=tuple(text for text in results if text is not None), names=frozenset()
                )
        if key in {"replace", "replaceAll"} and len(arguments) > 1 and arguments[1].functions:
            made = [
                self._evaluator.function_values.returned(each)
                for each in arguments[1].functions
                if isinstance(each, Node)
            ]
            return Value(labels=receiver.labels.union(*(each.labels for each in made)))
        if (
            key in {"replace", "replaceAll"}
            and receiver.constant is not None
            and len(texts) == _WITH_REPLACEMENT
        ):
            pattern = argument_nodes(node)[0]
            if pattern.type == "regex" and texts[1] is not None:
                result = constant_folding.replaced(
                    receiver.constant, self._evaluator.text(pattern), texts[1]
                )
                if result is not None:
                    return receiver._replace(texts=(result,), names=frozenset())
        if key == "next" and receiver.members:
            return Value(members={"value": self._evaluator.name_values.item_of(receiver)})
        if key in {"shift", "pop", "find", "at"} and receiver.members:
            return self._evaluator.name_values.item_of(receiver)
        if key in {"replace", "replaceAll"} and receiver.texts and None in texts:
            return receiver  # what a pattern replaces is a part of the text
        if receiver.texts and all(text is not None for text in texts):
            results = [
                constant_folding.method(key, text, [text for text in texts if text is not None])
                for text in receiver.texts
            ]
            if all(result is not None for result in results):
                return receiver._replace(
                    texts=tuple(result for result in results if result is not None),
                    names=frozenset(),
                    is_number=key in constant_folding.GIVES_NUMBER,
                )
        return None

    def _mapped_unknown(self, key: str, receiver: Value, callback: Value) -> Value:
        """Return what ``map`` makes of a list of which only the name is known."""
        made = [
            self._evaluator.function_values.returned(each)
            for each in callback.functions
            if isinstance(each, Node) and each.type in FUNCTIONS
        ]
        names = frozenset(f"{name}.{key}()" for name in receiver.names)
        return Value(names=names, labels=receiver.labels, members={"*": union(made)})

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
                            constant_folding.function(
                                "String.fromCharCode", [member.constant or "x"]
                            )
                            or UNKNOWN,
                        )
                    )
                    for key, member in receiver.members.items()
                }
            )
        is_known = all(member.constant is not None for member in receiver.members.values())
        is_small = (
            len(functions) == 1
            and functions[0].end_byte - functions[0].start_byte < MAX_FOLDED_BYTES
        )
        if (
            not (is_known and is_small)
            or self._evaluator.bound
            or len(receiver.members) > MAX_FOLDED
        ):
            results = [self._evaluator.function_values.returned(each) for each in functions]
            return Value(members={"*": union(results)}, labels=receiver.labels)
        (function,) = functions
        parameters = parameters_of(function)
        folded: dict[str, Value] = {}
        for number, (key, member) in enumerate(receiver.members.items()):
            bound = dict(self._evaluator.bound)
            if parameters:
                bound[parameters[0].id] = member
            if len(parameters) > 1:
                bound[parameters[1].id] = text_value(str(number))
            folded[key] = self._evaluator.with_bound(
                bound, partial(self._evaluator.function_values.returned, function)
            )
        return Value(members=folded, labels=receiver.labels)

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
            text = constant_folding.function("String.fromCharCode", codes)
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
        return frozenset({Label(Source.DECODED, self._evaluator.offset(node), name)})

    def _yielded(self, node: Node) -> Value:
        """Return what a compiled generator was given back: the values that it yields."""
        function = parent_function(node)
        body = function.child_by_field_name("body") if function is not None else None
        if function is None or body is None:
            return NOTHING
        results = self._evaluator.function_values.results(function, body, b"return")
        return union(
            value.members["1"]
            for value in results
            if "1" in value.members and value.members["0"].constant == _YIELDS
        )


def _handed(arguments: list[Value], *, is_list: bool) -> list[Value]:
    """Return the arguments that a function gets; ``is_list``: the first one holds all."""
    return list(arguments[0].members.values()) if is_list and arguments else arguments


def _formatted(arguments: list[Value]) -> Value:
    """Return what ``util.format`` makes."""
    others = [next(iter(value.texts), UNKNOWN) for value in arguments[1:]]
    texts = tuple(constant_folding.formatted(text, others) for text in arguments[0].texts)
    labels = frozenset().union(*(value.all_labels() for value in arguments))
    return Value(texts=texts, labels=labels)


def _parts(text: str, separator: str) -> list[str]:
    return text.split(separator) if separator else list(text)
