"""Read a script of Python: its calls, in the order of its text."""

import re
from collections.abc import Iterable
from typing import Final

import tree_sitter

from vscan.lazy_regex import lazy_regex
from vscan.model import Severity
from vscan.providers.offline.syntax import script_tables as tables
from vscan.providers.offline.syntax.script_commands import CommandJudge
from vscan.providers.offline.syntax.script_running import RunNested
from vscan.providers.offline.syntax.script_state import (
    NOTHING,
    Command,
    Data,
    Label,
    Origin,
    ScriptState,
    TooCostlyError,
    joined,
)
from vscan.providers.offline.syntax.script_trees import parse
from vscan.providers.offline.syntax.script_words import decode_base64, unescaped_text

Node = tree_sitter.Node
_MAX_NESTING = 200  # of nodes
_UNKNOWN: Final = "$"  # in a text: a shell takes it for the value of a variable, too
_ITEM: Final = "\x1f"  # between the items of a list, in the text of its value
_DOWNLOADS: Final = lazy_regex(
    r"(?:.*\.)?(?:urlopen|urlretrieve|getresponse)|(?:requests|httpx|session|client|s)\.(?:get|request)"
    r"|urllib3\..*request|(?:http|pool)\.request|wget\.download|pycurl\..*|aiohttp\..*get|session\.get"
)
_DECODES: Final = lazy_regex(
    r"(?:.*\.)?(?:[abc]?\d*b(?:16|32|64|85)decode|b64decode|urlsafe_b64decode|a85decode|unhexlify|fromhex"
    r"|a2b_base64|a2b_hex|decodebytes|decodestring)|(?:zlib|lzma|bz2|gzip)\.decompress|marshal\.loads"
    r"|codecs\.decode|.*\.decrypt|pickle\.loads|cloudpickle\.loads"
)
_RUNS: Final = frozenset(
    ["exec", "eval", "compile", "builtins.exec", "builtins.eval", "runpy.run_path"]
)
_STARTS: Final = lazy_regex(
    r"os\.(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?|startfile|posix_spawnp?)"
    r"|subprocess\.(?:run|call|check_call|check_output|Popen|getoutput|getstatusoutput)"
    r"|(?:asyncio\.)?create_subprocess_(?:exec|shell)|pty\.spawn|commands\.getoutput|pexpect\.spawn"
    r"|ctypes\.(?:CDLL|cdll\.LoadLibrary|WinDLL)|importlib\.(?:import_module|util\.spec_from_file_location)"
)
_SENDS: Final = lazy_regex(
    r"(?:requests|httpx|session|client|s)\.(?:post|put|patch|request|get)|(?:.*\.)?(?:urlopen|sendall|sendmail|send_message)"
    r"|(?:http|pool)\.request|(?:.*\.)?Request|(?:conn|connection)\.request|(?:s|sock|socket|client)\.send"
)
_DELETES: Final = lazy_regex(r"shutil\.rmtree|os\.removedirs")
_READS: Final = lazy_regex(
    r"(?:open|io\.open|codecs\.open|(?:pathlib\.)?Path)|(?:.*\.)?(?:read_text|read_bytes)"
)
_HOME: Final = lazy_regex(r"(?:pathlib\.)?Path\.home|os\.path\.expanduser|.*\.expanduser")
_JOINS: Final = lazy_regex(
    r"os\.path\.(?:join|abspath|realpath|normpath)|.*\.joinpath|(?:pathlib\.)?Path"
)
_WRITES: Final = lazy_regex(r"(.*)\.(?:write_text|write_bytes|write|writelines)")
_SHARED_DESCRIPTOR: Final = lazy_regex(r"dup2\(\s*\w+\.fileno\(\)")
_SHELL: Final = lazy_regex(r"pty\.spawn\(|subprocess\.\w+\(|os\.exec\w+\(|os\.system\(")


class PythonReader:
    """Reads one script."""

    def __init__(self, text: str, state: ScriptState, run: RunNested) -> None:
        self._source = text.encode("utf-8", "surrogatepass")
        self._state = state
        self._judge = CommandJudge(state, run, "python")
        self._run_nested = run
        self._names: dict[str, str] = {}  # aliases of modules and their members
        self._returns: list[list[Data]] = []  # what the functions return that are being read
        self._nesting = 0

    def read(self) -> Data:
        """Read the whole script."""
        self._value(parse(self._source, "python", self._state.until_s))
        text = self._source.decode("utf-8", "replace")
        is_connected = "socket" in text and ".connect(" in text and _SHARED_DESCRIPTOR.search(text)
        if is_connected and (found := _SHELL.search(text)):
            message = "connects a shell to another machine"
            offset = len(text[: found.start()].encode())
            self._state.add("reverse-shell", offset, Severity.CRITICAL, message)
        return NOTHING

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _all(self, nodes: Iterable[Node], separator: str = "") -> Data:
        return joined(map(self._value, nodes), separator)

    def _value(self, node: Node) -> Data:
        """Read a statement or an expression; return its value."""
        if self._nesting > _MAX_NESTING:
            raise TooCostlyError
        self._nesting += 1
        try:
            method = getattr(self, f"_value_of_{node.type.lower()}", None)
            if method is not None:
                found: Data = method(node)
                return found
            if node.named_child_count == 1:
                return self._value(node.named_children[0])
            data = self._all(node.named_children)
            return Data("", data.labels)
        finally:
            self._nesting -= 1

    def _value_of_comment(self, node: Node) -> Data:
        del node
        return NOTHING

    def _value_of_import_statement(self, node: Node) -> Data:
        for child in node.named_children:
            if child.type == "aliased_import":
                named = [c for c in child.named_children if c.type != "comment"]
                self._names[self._text(named[-1])] = self._text(named[0])
        return NOTHING

    def _value_of_import_from_statement(self, node: Node) -> Data:
        module, *members = node.named_children
        for child in members:
            if child.type == "aliased_import":
                named = [c for c in child.named_children if c.type != "comment"]
                name = f"{self._text(module)}.{self._text(named[0])}"
                self._names[self._text(named[-1])] = name
            else:
                self._names[self._text(child)] = f"{self._text(module)}.{self._text(child)}"
        return NOTHING

    def _value_of_identifier(self, node: Node) -> Data:
        text = self._text(node)
        return self._state.variables.get(text, NOTHING)

    def _value_of_string(self, node: Node) -> Data:
        parts = [NOTHING]
        prefix = self._text(node)[:2].lower()
        for child in node.named_children:
            if child.type == "string_content":
                text = self._text(child)
                parts.append(Data(text if "r" in prefix else unescaped_text(text)))
            elif child.type == "interpolation":
                data = self._all(child.named_children)
                parts.append(data if data.text else Data(_UNKNOWN, data.labels))
        return joined(parts)

    def _value_of_concatenated_string(self, node: Node) -> Data:
        return self._all(node.named_children)

    def _value_of_binary_operator(self, node: Node) -> Data:
        left, right = node.named_children[0], node.named_children[-1]
        operator = node.child_by_field_name("operator")
        first, second = self._value(left), self._value(right)
        is_path = operator is not None and operator.type == "/"
        return joined([_known(first), _known(second)], "/" if is_path else "")

    def _value_of_list(self, node: Node) -> Data:
        return self._all(node.named_children, _ITEM)

    _value_of_tuple = _value_of_list

    def _value_of_attribute(self, node: Node) -> Data:
        text = self._canonical(node)
        if text == "os.environ":
            return Data("", frozenset({Label(Origin.SECRET, "the environment")}))
        if text == "sys.executable":
            return Data("python")
        data = self._value(node.named_children[0])
        return Data(data.text if text.endswith((".content", ".text")) else "", data.labels)

    def _value_of_subscript(self, node: Node) -> Data:
        value = node.named_children[0]
        if self._canonical(value) == "os.environ":  # one variable is no secret
            key = self._all(node.named_children[1:]).text
            return Data(f"%{key}%" if key else "")
        data = self._all(node.named_children)
        return Data("", data.labels)

    def _value_of_keyword_argument(self, node: Node) -> Data:
        return self._value(node.named_children[-1])

    def _value_of_assignment(self, node: Node) -> Data:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return NOTHING
        data = self._value(right)
        if right.type in {"identifier", "attribute"} and left.type == "identifier":
            self._names[self._text(left)] = self._canonical(right)
        self._assign(left, data)
        return data

    def _value_of_named_expression(self, node: Node) -> Data:
        data = self._value(node.named_children[-1])
        self._assign(node.named_children[0], data)
        return data

    def _value_of_augmented_assignment(self, node: Node) -> Data:
        left, right = node.named_children[0], node.named_children[-1]
        data = joined([self._value(left), self._value(right)])
        self._assign(left, data)
        return data

    def _assign(self, target: Node, data: Data) -> None:
        if target.type == "identifier":
            self._state.variables[self._text(target)] = data
        elif target.type in {"attribute", "subscript"}:
            head = target.named_children[0]
            if data.labels and head.type == "identifier":
                known = self._state.variables.get(self._text(head), NOTHING)
                self._state.variables[self._text(head)] = known.labelled(*data.labels)
        else:
            for child in target.named_children:
                self._assign(child, Data("", data.labels))

    def _value_of_for_statement(self, node: Node) -> Data:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is not None and right is not None:
            data = self._value(right)
            self._assign(left, Data(data.text.replace(_ITEM, " "), data.labels))
        return self._all(c for c in node.named_children if c not in {left, right})

    def _value_of_as_pattern(self, node: Node) -> Data:
        value, target = node.named_children[0], node.named_children[-1]
        data = self._value(value)
        self._assign(target.named_children[0] if target.named_children else target, data)
        return data

    def _value_of_function_definition(self, node: Node) -> Data:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or body is None:
            return NOTHING
        self._returns.append([])
        self._value(body)
        if labels := joined(self._returns.pop()).labels:
            self._state.functions[self._text(name)] = labels
        return NOTHING

    def _value_of_return_statement(self, node: Node) -> Data:
        data = self._all(node.named_children)
        if self._returns:
            self._returns[-1].append(data)
        return NOTHING

    def _canonical(self, node: Node) -> str:
        """Return the name of what is called, with the aliases of modules resolved."""
        if node.type == "identifier":
            text = self._text(node)
            return self._names.get(text, text)
        if node.type == "attribute":
            owner, member = node.named_children[0], node.named_children[-1]
            return f"{self._canonical(owner)}.{self._text(member)}"
        if node.type == "call":
            function, arguments = (
                node.child_by_field_name("function"),
                node.child_by_field_name("arguments"),
            )
            name = self._canonical(function) if function is not None else ""
            values = (
                [self._value(c) for c in arguments.named_children] if arguments is not None else []
            )
            if name in {"__import__", "importlib.import_module"} and values and values[0].text:
                return values[0].text
            if name == "getattr" and len(values) > 1 and arguments is not None:
                return f"{self._canonical(arguments.named_children[0])}.{values[1].text}"
            return f"{name}()"
        return ""

    def _value_of_call(self, node: Node) -> Data:
        function, arguments = (
            node.child_by_field_name("function"),
            node.child_by_field_name("arguments"),
        )
        if function is None or arguments is None:
            return NOTHING
        name = self._canonical(function).removeprefix("builtins.").removeprefix("__builtins__.")
        owner = self._value(function.named_children[0]) if function.type == "attribute" else NOTHING
        if function.type not in {"attribute", "identifier"}:
            owner = self._value(function)
        given = [self._value(child) for child in arguments.named_children]
        return self._called(node, name, owner, given)

    def _called(self, node: Node, name: str, owner: Data, given: list[Data]) -> Data:  # noqa: C901, PLR0911, PLR0912 - a case for each kind
        state, offset = self._state, node.start_byte
        every = joined(given, _ITEM)
        labels = owner.labels | every.labels
        first = given[0] if given else NOTHING
        if name in _RUNS:
            self._found_run(first, name, offset)
            self._judge.runner.run_data(Data(first.text), "python", offset, name)
            return Data("", labels)
        if _STARTS.fullmatch(name):
            return self._start(name, first, given, offset)
        if _SENDS.fullmatch(name):
            self._send(name, given, offset)
        if _DOWNLOADS.fullmatch(name):
            label = Label(Origin.DOWNLOADED, first.text[:80] or "an answer")
            if name.endswith(("urlretrieve", "wget.download")) and len(given) > 1:
                self._judge.outputs.write(given[1].text, Data("", frozenset({label})), offset)
                return Data(given[1].text, frozenset({label}))
            return Data("", labels | {label})
        if _DECODES.fullmatch(name) or (name.endswith("bytes.fromhex")):
            text = decode_base64(first.text) if "b64decode" in name else ""
            return Data(
                text,
                labels
                | {
                    Label(Origin.DECODED, f"a text ({first.text[:60]})" if first.text else "a text")
                },
            )
        if _DELETES.fullmatch(name):
            self._judge.judge(Command((Data("rm"), Data("-rf"), first), offset))
            return NOTHING
        if _HOME.fullmatch(name):
            return Data("~" if not first.text else first.text, labels)
        if written := _WRITES.fullmatch(name):
            if owner.text:
                self._judge.outputs.write(owner.text.split(_ITEM)[0], first, offset)
            del written
            return NOTHING
        if _JOINS.fullmatch(name):
            parts = [owner, *given] if name.endswith("joinpath") else given
            return joined(map(_known, parts), "/")
        if _READS.fullmatch(name) or name.endswith((".read", ".open")):
            is_function = name in {"open", "io.open", "codecs.open"}
            path = first.text if is_function else owner.text or first.text
            path = path.split(_ITEM)[0]
            known = state.file(path)
            if found := tables.SECRET_FILE.search(tables.canonical_path(path)):
                labels |= {Label(Origin.SECRET, found[0])}
            is_path = name.endswith("open")
            return Data(path if is_path else known.text, labels | known.labels)
        if name in state.functions:
            return Data("", labels | state.functions[name])
        if name in {"os.getenv", "os.environ.get"}:
            return Data(f"%{first.text}%" if first.text else "")
        if name.endswith((".decode", ".encode", ".strip", ".format", ".replace")) or name in {
            "bytes",
            "str",
            "bytearray",
        }:
            text = owner.text or first.text
            return Data(text, labels)
        if name.endswith(".join"):
            return Data(every.text.replace(_ITEM, owner.text), labels)
        return Data("", labels)

    def _found_run(self, data: Data, name: str, offset: int) -> None:
        if label := data.has(Origin.DOWNLOADED, Origin.DECODED):
            kind = "download-and-run" if label.origin is Origin.DOWNLOADED else "decode-and-run"
            message = f"{label.origin.value} {label.what}, and runs it with {name}"
            self._state.add(kind, offset, Severity.HIGH, message)

    def _start(self, name: str, first: Data, given: list[Data], offset: int) -> Data:
        """Read a command that is started: as a text for a shell, or as a list."""
        if re.search(r"\.(?:exec|spawn|posix_spawn)[lv]?p?e?\Z", name) and len(given) > 1:
            first = joined(given, _ITEM)
        words = [Data(text) for text in first.text.split(_ITEM)]
        if len(words) > 1:
            if words[0].text == "" and first.labels:
                words[0] = Data("", first.labels)
            self._judge.judge(Command(tuple(words), offset))
        elif first.text:
            self._run_nested(first.text, "shell", self._state.nested(offset), offset)
        known = self._state.file(first.text.split(_ITEM)[0]) if first.text else NOTHING
        label = known.has(Origin.DOWNLOADED) or (
            first.has(Origin.DOWNLOADED, Origin.DECODED) if len(words) == 1 else None
        )
        if label is not None:
            self._found_run(Data("", frozenset({label})), name, offset)
        return Data("", first.labels)

    def _send(self, name: str, given: list[Data], offset: int) -> None:
        for data in given:
            if secret := self._judge.outputs.secret_of(data):
                to = given[0].text[:80] or name
                message = f"reads {secret.what}, and sends it to {to}"
                self._state.add("secret-sent", offset, Severity.CRITICAL, message)
                return


def _known(data: Data) -> Data:
    return data if data.text else Data(_UNKNOWN, data.labels)
