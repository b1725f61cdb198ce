"""Read a shell script: its commands in the order of its text, with the values of its variables."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

import tree_sitter

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.script_commands import CommandJudge
from vscan.providers.offline.syntax.script_running import RunNested
from vscan.providers.offline.syntax.script_state import (
    NOTHING,
    Command,
    Data,
    ScriptState,
    TooCostlyError,
    bounded,
    joined,
)
from vscan.providers.offline.syntax.script_trees import parse
from vscan.providers.offline.syntax.script_words import name_of, unescaped_text

Node = tree_sitter.Node
_MAX_NESTING = 150  # of nodes
_MAX_LINES = 2000  # of a part with a syntax error that are read one by one
_ESCAPE: Final = lazy_regex(r"\\(\n?)(.?)", re.DOTALL)
_BRACES: Final = lazy_regex(r"\{([^{}\s]*,[^{}\s]*)\}")
_BRACE_COMMAND: Final = lazy_regex(rb"((?:\A|[;&|(\n])[ \t]*)(\{[^\s{};|&,]+(?:,[^\s{};|&,]+)+\})")
_BRACES_TO_SPACES: Final = bytes.maketrans(b"{,}", b"   ")
_OF_INTEREST: Final = lazy_regex(
    rb"\b(?:curl|wget|nc|ncat|netcat|socat|eval|source|base64|openssl|crontab|systemctl|launchctl|rm|dd"
    rb"|shred|find|python\d?|perl|ruby|php|node|npx|osascript|powershell|\w{0,4}sh|git|tar|cat|env|echo"
    rb"|printf|ssh|scp|exec|chmod)\b|/dev/tcp|\\"
)
_DEVICE: Final = lazy_regex(r"/dev/(?:tcp|udp)/")
_DESCRIPTOR: Final = lazy_regex(r"\d*|-")
_IFS: Final = lazy_regex(r"\$\{?IFS\}?(?:\$9)?")


class _Redirects(NamedTuple):
    stdin: Data
    writes: tuple[str, ...]
    devices: tuple[str, ...]


class ShellReader:
    """Reads one script."""

    def __init__(self, text: str, state: ScriptState, run: RunNested) -> None:
        self._source = text.encode("utf-8", "surrogatepass")
        self._state = state
        self._judge = CommandJudge(state, run, "shell")
        self._nesting = 0
        self._checked = 0
        self._again = True  # parts with errors are read line by line once

    def read(self) -> Data:
        """Read the whole script; return what it puts out."""
        # The grammar takes {curl,-s,URL} at the beginning of a command for a group of commands.
        self._source = _BRACE_COMMAND.sub(
            lambda m: m[1] + m[2].translate(_BRACES_TO_SPACES), self._source
        )
        return self._visit(parse(self._source, "shell", self._state.until_s), NOTHING)

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _all(self, nodes: Iterable[Node], stdin: Data) -> Data:
        return joined((self._visit(node, stdin) for node in nodes), "\n")

    def _visit(self, node: Node, stdin: Data) -> Data:
        """Read a statement; return what it puts out."""
        if self._nesting > _MAX_NESTING:
            raise TooCostlyError
        self._nesting += 1
        try:
            method = getattr(self, f"_visit_{node.type.lower()}", None)
            if method is not None:
                found: Data = method(node, stdin)
                return found
            if node.is_named:
                return self._all(node.named_children, stdin)
            return NOTHING
        finally:
            self._nesting -= 1

    def _visit_comment(self, node: Node, stdin: Data) -> Data:
        del node, stdin
        return NOTHING

    def _visit_error(self, node: Node, stdin: Data) -> Data:
        output = self._all(node.named_children, stdin)
        if self._again:
            # A shell runs every line before the one that it can't read.
            self._again = False
            source, start = self._source, node.start_byte
            first = source.rfind(b"\n", 0, start) + 1
            for line in source[first : node.end_byte].splitlines()[:_MAX_LINES]:
                if _OF_INTEREST.search(line) and not line.lstrip().startswith(b"#"):
                    self._visit_line(line, first)
                first += len(line) + 1
            self._again = True
        return output

    def _visit_line(self, line: bytes, offset: int) -> None:
        outer, self._source = self._source, line
        base = self._state.base
        self._state.base = offset if base is None else base
        try:
            self._visit(parse(line, "shell", self._state.until_s), NOTHING)
        finally:
            self._source, self._state.base = outer, base

    def _visit_pipeline(self, node: Node, stdin: Data) -> Data:
        self._checked += 1
        data = stdin
        for child in node.named_children:
            data = self._visit(child, data)
        self._checked -= 1
        return data

    def _visit_list(self, node: Node, stdin: Data) -> Data:
        self._checked += 1
        output = self._all(node.named_children, stdin)
        self._checked -= 1
        return output

    def _visit_negated_command(self, node: Node, stdin: Data) -> Data:
        return self._visit_list(node, stdin)

    def _visit_test_command(self, node: Node, stdin: Data) -> Data:
        self._visit_list(node, stdin)
        return NOTHING

    def _visit_if_statement(self, node: Node, stdin: Data) -> Data:
        outputs = []
        for child in node.named_children:
            is_condition = (
                node.field_name_for_named_child(node.named_children.index(child)) == "condition"
            )
            self._checked += is_condition
            outputs.append(self._visit(child, stdin))
            self._checked -= is_condition
        return joined(outputs, "\n")

    def _visit_function_definition(self, node: Node, stdin: Data) -> Data:
        name = node.child_by_field_name("name")
        output = self._all(node.named_children[1:], stdin)
        if name is not None and output.labels:
            self._state.functions[self._text(name).lower()] = output.labels
        return NOTHING

    def _visit_for_statement(self, node: Node, stdin: Data) -> Data:
        variable = node.child_by_field_name("variable")
        body = node.child_by_field_name("body")
        values = [
            self._word(child) for child in node.named_children if child not in {variable, body}
        ]
        if variable is not None:
            self._state.variables[self._text(variable)] = joined(values, " ")
        return self._visit(body, stdin) if body is not None else NOTHING

    def _visit_variable_assignment(self, node: Node, stdin: Data) -> Data:
        del stdin
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is not None:
            data = self._word(value) if value is not None else NOTHING
            key = self._text(name)
            if "+=" in self._text(node)[: len(key) + 2]:
                data = joined([self._state.variables.get(key, NOTHING), data])
            if f"${key}" not in data.text and f"${{{key}" not in data.text:
                self._state.variables[key] = data
        return NOTHING

    def _visit_redirected_statement(self, node: Node, stdin: Data) -> Data:
        body = node.child_by_field_name("body")
        redirects = [child for child in node.named_children if child != body]
        data, writes, devices = self._redirects(redirects, stdin)
        piped = [
            c
            for r in redirects
            for c in r.named_children
            if c.type in {"pipeline", "list"} or c.type == "command"
        ]
        if body is None:
            self._judge.judge(Command((), node.start_byte, data, writes, devices))
            return NOTHING
        if body.type == "command":
            output = self._command(body, data, () if piped else writes, devices)
        else:
            output = self._visit(body, data)
            self._outer_devices(body, devices)
            for path in () if piped else writes:
                self._judge.outputs.write(path, output, node.start_byte)
            if writes and not piped:
                output = NOTHING
        for child in piped:  # the grammar puts what follows <<EOF into the redirection
            output = self._visit(child, output)
        return output

    def _outer_devices(self, body: Node, devices: tuple[str, ...]) -> None:
        """Redirections of a pipeline belong to its last command."""
        if devices and body.type == "pipeline" and body.named_children:
            last = body.named_children[-1]
            if last.type == "command":
                words = self._words(last)
                self._judge.judge(Command(words, last.start_byte, NOTHING, (), devices))

    def _redirects(self, redirects: Iterable[Node], stdin: Data) -> _Redirects:
        """Read redirections: the text that is read, the files written, the connections."""
        writes: list[str] = []
        devices: list[str] = []
        for redirect in redirects:
            if redirect.type == "file_redirect":
                stdin = self._file_redirect(redirect, stdin, writes, devices)
            elif redirect.type == "herestring_redirect":
                stdin = joined(map(self._word, redirect.named_children))
            elif redirect.type == "heredoc_redirect":
                for child in redirect.named_children:
                    if child.type == "heredoc_body":
                        stdin = self._word(child)
                    elif child.type == "file_redirect":
                        stdin = self._file_redirect(child, stdin, writes, devices)
        return _Redirects(stdin, tuple(writes), tuple(devices))

    def _file_redirect(
        self, node: Node, stdin: Data, writes: list[str], devices: list[str]
    ) -> Data:
        """Read one redirection; return what the command reads then."""
        targets = [c for c in node.named_children if c.type not in {"file_descriptor", "ERROR"}]
        target = self._word(targets[0]) if targets else NOTHING
        operators = {child.type for child in node.children}
        if _DEVICE.search(target.text):
            devices.append(target.text)
        elif "<" in operators and "ERROR" not in operators:
            if target.labels or target.text.startswith("<("):
                return target
            return self._judge.judge(Command((Data("cat"), target), node.start_byte))
        elif not (operators & {">&", "<&"} and _DESCRIPTOR.fullmatch(target.text)):
            writes.append(target.text)
        return stdin

    def _visit_command(self, node: Node, stdin: Data) -> Data:
        return self._command(node, stdin, (), ())

    def _visit_unset_command(self, node: Node, stdin: Data) -> Data:
        del node, stdin
        return NOTHING

    def _command(
        self, node: Node, stdin: Data, writes: tuple[str, ...], devices: tuple[str, ...]
    ) -> Data:
        redirects = [c for c in node.named_children if c.type.endswith("_redirect")]
        if redirects:
            stdin, more, connected = self._redirects(redirects, stdin)
            writes, devices = (*writes, *more), (*devices, *connected)
        words = self._words(node)
        if words and name_of(words) == "read":
            for word in words[1:]:
                self._state.variables[word.text] = Data("", stdin.labels)
            return NOTHING
        checked = self._checked > 0
        if words and words[0].text == "exec" and len(words) == 1:
            words = ()
        return self._judge.judge(Command(words, node.start_byte, stdin, writes, devices, checked))

    def _words(self, node: Node) -> tuple[Data, ...]:
        words: list[Data] = []
        for child in node.named_children:
            if child.type == "variable_assignment":
                self._visit_variable_assignment(child, NOTHING)
            elif child.type == "command_name":
                words += self._split(child.named_children[0] if child.named_children else child)
            elif not child.type.endswith("_redirect"):
                words += self._split(child)
        return tuple(words)

    def _split(self, node: Node) -> list[Data]:
        """Return the words that a word of the text becomes."""
        data = self._word(node)
        text = data.text
        if node.type in {"string", "raw_string"}:
            return [data]
        if (braces := _BRACES.fullmatch(text)) is not None:
            return [Data(part, data.labels) for part in braces[1].split(",")]
        if node.type != "ansi_c_string" and (_IFS.search(text) or _is_split(node, text)):
            parts = _IFS.sub(" ", text).split()
            return [Data(part, data.labels) for part in parts] or [data]
        return [data]

    def _word(self, node: Node) -> Data:
        """Return the value of a word. What is not known in it remains as it is spelt."""
        if self._nesting > _MAX_NESTING:
            raise TooCostlyError
        self._nesting += 1
        try:
            return self._value(node)
        finally:
            self._nesting -= 1

    def _value(self, node: Node) -> Data:  # noqa: C901, PLR0911, PLR0912 - a case for each kind
        text = self._text(node)
        match node.type:
            case "word" | "number" | "string_content" | "heredoc_content":
                inner = [
                    c for c in node.named_children if c.type.endswith(("expansion", "substitution"))
                ]
                if inner:
                    return self._with_children(node)
                in_quotes = node.type != "word"
                return Data(_unescaped(text, in_quotes=in_quotes))
            case "raw_string":
                return Data(text[1:-1])
            case "ansi_c_string":
                return Data(unescaped_text(text[2:-1]))
            case "string" | "translated_string":
                return self._with_children(node, skip='"')
            case "concatenation" | "heredoc_body" | "command_name":
                return self._with_children(node)
            case "simple_expansion":
                return self._variable(text.strip("${}"), text)
            case "expansion":
                return self._expansion(node, text)
            case "command_substitution":
                self._checked += 1
                output = self._all(node.named_children, NOTHING)
                self._checked -= 1
                if output.text and "\n" not in output.text and not _DEVICE.search(output.text):
                    return output
                return Data(text, output.labels)
            case "process_substitution":
                output = self._all(node.named_children, NOTHING)
                return Data(text, output.labels)
            case _:
                if node.named_child_count and node.type not in {"arithmetic_expansion", "regex"}:
                    return self._with_children(node)
                return Data(text)

    def _with_children(self, node: Node, skip: str = "") -> Data:
        """Join the values of a node's children with the text between them."""
        parts: list[Data] = []
        end = node.start_byte
        for child in node.children:
            if child.start_byte > end:
                between = self._source[end : child.start_byte].decode("utf-8", "replace")
                parts.append(Data(_unescaped(between, in_quotes=True)))
            end = child.end_byte
            if not (skip and child.type in {skip, '$"'}):
                parts.append(self._word(child))
        if node.end_byte > end:
            parts.append(Data(self._source[end : node.end_byte].decode("utf-8", "replace")))
        return joined([NOTHING, *parts])

    def _variable(self, name: str, spelt: str) -> Data:
        known = self._state.variables.get(name)
        if known is None:
            return Data(spelt)
        return known if known.text else Data(spelt, known.labels)

    def _expansion(self, node: Node, text: str) -> Data:
        name = next((c for c in node.named_children if c.type == "variable_name"), None)
        if name is None:
            return Data(text)
        known = self._variable(self._text(name), text)
        values = [self._word(c) for c in node.named_children if c != name]
        operators = {c.type for c in node.children if not c.is_named}
        labels = bounded(label for value in values for label in value.labels)
        if operators & {":-", "-", ":=", "="} and values and known.text == text:
            return joined(values)
        if operators - {"${", "}", ":-", "-", ":=", "=", "+", ":+"}:
            return Data(text, known.labels | labels)
        return known.labelled(*labels)


def _is_split(node: Node, text: str) -> bool:
    return (
        node.type in {"simple_expansion", "expansion"} and " " in text and not text.startswith("$")
    )


def _unescaped(text: str, *, in_quotes: bool) -> str:
    if "\\" not in text:
        return text
    if in_quotes:
        return re.sub(r"\\([$`\"\\])|\\\n", lambda m: m[1] or "", text)
    return _ESCAPE.sub(lambda m: m[2], text)
