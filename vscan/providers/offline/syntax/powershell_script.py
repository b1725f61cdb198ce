"""Read a script of PowerShell: its commands and its expressions, in the order of its text."""

import re
import sys
from collections.abc import Iterable
from typing import Final

import tree_sitter

from vscan.lazy_regex import lazy_regex
from vscan.model import Severity
from vscan.providers.offline.syntax import script_tables as tables
from vscan.providers.offline.syntax.powershell_methods import MethodCalls
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
from vscan.providers.offline.syntax.script_words import name_of

Node = tree_sitter.Node
_MAX_NESTING = 400  # of nodes: each level of precedence is one
_TYPES_THAT_DECODE: Final = lazy_regex(
    r"\[(?:system\.)?io\.compression\.(?:gzip|deflate)stream\]|gzipstream|deflatestream",
    re.IGNORECASE,
)
_SIMPLE: Final = lazy_regex(r"[^\\^$.|?*+()\[{]{1,20}")  # a pattern that is a text
_LOOPS: Final = frozenset(
    {"%", "foreach-object", "where-object", "?", "foreach", "out-string", "select-object"}
)
# Strings, those with variables in group 1, and comments.
_STRING: Final = lazy_regex(
    rb"@'\s*\n.*?(?:\n'@|\Z)|'[^']*+(?:'|\Z)|<#.*?(?:#>|\Z)|(?<![^\s;(){}|&,])#[^\n]*|`."
    rb"|(@\"\s*\n.*?(?:\n\"@|\Z)|\"(?:[^\"`]|`.|\"\")*+(?:\"|\Z))",
    re.DOTALL,
)
_PIECE_OF_TEXT: Final = lazy_regex(r"`(.)", re.DOTALL)
_STRINGS: Final = {
    "verbatim_string_characters": (1, "'"),
    "expandable_string_literal": (1, '"'),
    "verbatim_here_string_characters": (2, ""),
    "expandable_here_string_literal": (2, ""),
}


def _without_comments(found: re.Match[bytes]) -> bytes:
    return found[0].replace(b"#", b"x") if found[1] else found[0]


class PowerShellReader:
    """Reads one script."""

    def __init__(self, text: str, state: ScriptState, run: RunNested) -> None:
        self._source = text.encode("utf-8", "surrogatepass")
        self._state = state
        self._judge = CommandJudge(state, run, "powershell")
        self._methods = MethodCalls(state, self._judge)
        self._aliases: dict[str, str] = {}
        self._nesting = 0
        self._checked = 0

    def read(self) -> Data:
        """Read the whole script; return what it puts out."""
        source = self._source
        # The grammar takes # for a comment in a string, too, after a variable or an escape.
        known = _STRING.sub(_without_comments, source)
        output = self._value(parse(known, "powershell", self._state.until_s))
        if found := tables.AMSI.search(re.sub(r"['\"+`\s]", "", source.decode("utf-8", "replace"))):
            at = source.lower().find(b"amsi")
            message = f"turns off the scan of scripts: {found[0]}"
            self._state.add("defender", max(at, 0), Severity.CRITICAL, message)
        return output

    def _text(self, node: Node) -> str:
        return self._source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _all(self, nodes: Iterable[Node], separator: str = "\n") -> Data:
        return joined(map(self._value, nodes), separator)

    def _value(self, node: Node) -> Data:
        """Read a statement or an expression; return its value."""
        if self._nesting > _MAX_NESTING:
            raise TooCostlyError
        self._nesting += 1
        try:
            # Each level of precedence is a node, also around a single value.
            is_single = node.named_child_count == 1 and node.type.endswith("expression")
            method = getattr(self, f"_value_of_{node.type.lower()}", None)
            if method is not None and not is_single:
                found: Data = method(node)
                return found
            if node.type in _STRINGS:
                return self._string(node)
            if node.named_child_count == 1:
                return self._value(node.named_children[0])
            if not node.named_child_count:
                return Data(self._text(node))
            data = self._all(node.named_children)
            return Data("", data.labels)
        finally:
            self._nesting -= 1

    def _value_of_comment(self, node: Node) -> Data:
        del node
        return NOTHING

    def _value_of_statement_list(self, node: Node) -> Data:
        return self._all(node.named_children)

    _value_of_program = _value_of_statement_list

    def _string(self, node: Node) -> Data:
        """Return the value of a string, with the variables that are known in it."""
        quotes, quote = _STRINGS[node.type]
        is_verbatim = node.type.startswith("verbatim")
        end = node.start_byte + quotes
        last = node.end_byte - quotes
        parts = [NOTHING]
        for child in node.named_children if not is_verbatim else ():
            parts.append(Data(self._unescaped(self._source[end : child.start_byte])))
            parts.append(self._value(child))
            end = child.end_byte
        between = self._source[end:last]
        if is_verbatim:
            text = between.decode("utf-8", "replace")
            parts.append(Data(text.replace("''", "'") if quote else text))
        else:
            parts.append(Data(self._unescaped(between)))
        return joined(parts)

    @staticmethod
    def _unescaped(content: bytes) -> str:
        text = content.decode("utf-8", "replace")
        return _PIECE_OF_TEXT.sub(lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text)

    def _value_of_variable(self, node: Node) -> Data:
        text = self._text(node)
        name = text.strip("${}@").lower().removeprefix("script:").removeprefix("global:")
        known = self._state.variables.get(name)
        if known is None:
            return Data(text)
        return known if known.text else Data(text, known.labels)

    def _value_of_assignment_expression(self, node: Node) -> Data:
        left, *_, right = node.named_children
        data = self._value(right)
        target = self._text(left).lower()
        name = re.sub(r"^(?:\[[^\]]*\])+", "", target).strip("${} ")
        name = name.removeprefix("script:").removeprefix("global:")
        if "+=" in self._text(node)[len(target) : len(target) + 4]:
            data = joined([self._state.variables.get(name, NOTHING), data])
        self._state.variables[name] = data
        head = re.match(r"[\w:]+", name)  # $client.body = ..., $list[1] = ...
        if head and head[0] != name and data.labels:
            known = self._state.variables.get(head[0], NOTHING)
            self._state.variables[head[0]] = known.labelled(*data.labels)
        return NOTHING

    def _value_of_foreach_statement(self, node: Node) -> Data:
        variable, values, *rest = node.named_children
        name = self._text(variable).strip("${}").lower()
        self._state.variables[name] = self._value(values)
        return self._all(rest)

    def _value_of_function_statement(self, node: Node) -> Data:
        name = next((c for c in node.named_children if c.type == "function_name"), None)
        output = self._all(c for c in node.named_children if c != name)
        if name is not None and output.labels:
            self._state.functions[self._text(name).lower()] = output.labels
        return NOTHING

    def _value_of_if_statement(self, node: Node) -> Data:
        condition, *rest = node.named_children
        self._checked += 1
        self._value(condition)
        self._checked -= 1
        return self._all(rest)

    def _value_of_comparison_expression(self, node: Node) -> Data:
        self._checked += 1
        left, *_, right = node.named_children
        first, second = self._value(left), self._value(right)
        self._checked -= 1
        operator = self._source[left.end_byte : right.start_byte].decode("utf-8", "replace").lower()
        if "-replace" in operator or "-join" in operator or "-split" in operator:
            if "-join" in operator:
                return Data("".join(first.text.split("\n")), first.labels)
            return Data(_replaced(first.text, second.text), first.labels)
        return NOTHING

    def _value_of_additive_expression(self, node: Node) -> Data:
        return self._all(node.named_children, "")

    _value_of_additive_argument_expression = _value_of_additive_expression

    def _value_of_array_literal_expression(self, node: Node) -> Data:
        return self._all(node.named_children)

    _value_of_argument_expression_list = _value_of_array_literal_expression

    def _value_of_format_expression(self, node: Node) -> Data:
        template, *_, values = node.named_children
        data, arguments = self._value(template), self._value(values)
        text = data.text
        for number, part in enumerate(arguments.text.split("\n")):
            text = text.replace(f"{{{number}}}", part)
        return Data(text, data.labels | arguments.labels)

    _value_of_format_argument_expression = _value_of_format_expression

    def _value_of_pipeline_chain(self, node: Node) -> Data:
        data = NOTHING
        is_chain = node.named_child_count > 1
        self._checked += is_chain
        for number, child in enumerate(node.named_children):
            if child.type == "command":
                data = self._command(child, data)
            elif number:
                data = self._value(child).labelled(*data.labels)
            else:
                data = self._value(child)
        self._checked -= is_chain
        return data

    def _value_of_command(self, node: Node) -> Data:
        return self._command(node, NOTHING)

    def _command(self, node: Node, stdin: Data) -> Data:
        words: list[Data] = []
        writes: list[str] = []
        operator = ""
        outer = self._state.variables.get("_")
        if stdin.labels or stdin.text:
            self._state.variables["_"] = self._state.variables["input"] = stdin
        for child in node.named_children:
            if child.type == "command_invokation_operator":
                operator = self._text(child)
            elif child.type in {"command_name", "command_name_expr"}:
                words.append(self._name(child))
            else:
                self._elements(child, words, writes)
        if outer is not None:
            self._state.variables["_"] = outer
        if not words:
            return NOTHING
        known = self._alias_or_loop(words, stdin)
        if known is not None:
            return known
        if operator and not words[0].text.strip():
            return joined(words)
        command = Command(
            tuple(words), node.start_byte, stdin, tuple(writes), (), self._checked > 0
        )
        return self._judge.judge(command)

    def _alias_or_loop(self, words: list[Data], stdin: Data) -> Data | None:
        """Return the value of commands that serve other commands; replace an alias."""
        name = name_of(tuple(words))
        named = [word.text for word in words[1:] if not word.text.startswith("-")]
        if name in {"set-alias", "new-alias"}:
            self._aliases.update([(named[0].lower(), named[1])] if len(named) > 1 else [])
            return NOTHING
        if name in {"get-alias", "gal", "get-command", "gcm"} and named:
            return Data(named[-1])
        if name in self._aliases:
            words[0] = Data(self._aliases[name])
        if name in _LOOPS:
            labels = frozenset(label for word in words for label in word.labels)
            return Data(stdin.text, stdin.labels | labels)
        return None

    def _name(self, node: Node) -> Data:
        if node.type == "command_name":
            return Data(self._text(node).replace("`", ""))
        inner = node.named_children[0] if node.named_children else node
        if inner.type == "script_block_expression":
            return Data("", self._value(inner).labels)
        data = self._value(inner)
        return Data(data.text.replace("`", ""), data.labels)

    def _elements(self, node: Node, words: list[Data], writes: list[str]) -> None:
        previous: Node | None = None
        for child in node.named_children if node.type == "command_elements" else [node]:
            access, previous = _member_access(previous), child
            if child.type == "command_argument_sep":
                continue
            if child.type == "redirection":
                names = [c for c in child.named_children if c.type == "redirected_file_name"]
                writes += [self._text(name).strip().strip("\"'") for name in names]
            elif child.type in {"command_parameter", "generic_token"}:
                words.append(Data(self._text(child).replace("`", "")))
            elif child.type == "script_block_expression":
                words.append(Data("", self._value(child).labels))
            elif child.type == "argument_list" and access is not None and words:
                # The grammar takes the arguments of a method for a word of the command.
                target, member = access.named_children[0], access.named_children[-1]
                name, given = self._value(member).text, self._all(child.named_children)
                owner = self._value(target)
                words[-1] = self._methods.call(
                    child.start_byte, name, owner, given, self._text(target)
                )
            else:
                data = self._value(child)
                words.append(data if data.text or data.labels else Data(self._text(child)))

    def _value_of_invokation_expression(self, node: Node) -> Data:
        """Read a call of a method: ``$client.DownloadString($url)``."""
        target, *_ = node.named_children
        member = next((c for c in node.named_children if c.type == "member_name"), None)
        arguments = next((c for c in node.named_children if c.type == "argument_list"), None)
        owner = self._value(target)
        given = self._all(arguments.named_children) if arguments is not None else NOTHING
        name = self._value(member).text.strip("'\"") if member is not None else ""
        owner_text = self._text(target)
        return self._methods.call(node.start_byte, name, owner, given, owner_text)

    def _value_of_member_access(self, node: Node) -> Data:
        target = node.named_children[0]
        data = self._value(target)
        text = self._text(node)
        if _TYPES_THAT_DECODE.search(text):
            return data.labelled(Label(Origin.DECODED, "a compressed text"))
        return Data(
            data.text if self._text(node).lower().endswith((".content", ".text")) else "",
            data.labels,
        )

    def _value_of_hash_literal_expression(self, node: Node) -> Data:
        data = self._all(node.named_children)
        return Data("", data.labels)

    def _value_of_cast_expression(self, node: Node) -> Data:
        kind, *rest = node.named_children
        data = self._all(rest)
        if (
            self._text(kind).lower() == "[char]"
            and data.text.isdigit()
            and int(data.text) <= sys.maxunicode
        ):
            return Data(chr(int(data.text)), data.labels)
        if self._text(kind).lower() == "[scriptblock]":
            self._judge.runner.run_data(data, "powershell", node.start_byte, "a script block")
        return data


def _member_access(node: Node | None) -> Node | None:
    while node is not None and node.type != "member_access" and node.named_child_count == 1:
        node = node.named_children[0]
    return node if node is not None and node.type == "member_access" else None


def _replaced(text: str, arguments: str) -> str:
    """Return the result of ``-replace``, if the pattern is a short text that can't be costly."""
    old, _, new = arguments.partition("\n")
    return text.replace(old, new) if _SIMPLE.fullmatch(old) else text
