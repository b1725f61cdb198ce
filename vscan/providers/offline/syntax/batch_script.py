"""Read a script of ``cmd.exe``: its commands, in the order of its text.

There is no grammar for it as a package. The language has few rules: ``&`` and ``|`` separate
commands outside of quotes, ``^`` takes the meaning from the next character, and ``rem`` and ``::``
are comments.
"""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct, field

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.syntax.script_commands import CommandJudge
from vscan.providers.offline.syntax.script_running import RunNested
from vscan.providers.offline.syntax.script_state import (
    NOTHING,
    Command,
    Data,
    ScriptState,
    TooCostlyError,
)

_TOKEN: Final = lazy_regex(
    r"(?P<escaped>\^(?:\r?\n)?.?)|(?P<quoted>\"[^\"\r\n]*\"?)|(?P<operator>&&|\|\||[&|()\r\n])"
    r"|(?P<redirect>(?<!\S)?\d?>>?(?:&\d)?|<)|(?P<space>[ \t,;=]+)|(?P<word>[^\s&|()<>^\",;=]+|.)",
    re.DOTALL,
)
_VARIABLE: Final = lazy_regex(r"%([\w() .-]+)(?::~[^%]*|:[^%=]*=[^%]*)?%|!(\w+)!")
_COMMENT: Final = lazy_regex(r"@?\s*(?:rem\b|::)", re.IGNORECASE)
_FOR: Final = lazy_regex(
    r"for\s{1,9}/f\b[^('`\n]{1,200}\(\s{0,9}['`](.{1,2000}?)['`]\s{0,9}\)\s{0,9}do\b",
    re.IGNORECASE | re.DOTALL,
)
_MAX_TEXT: Final = 20_000  # characters of a variable, or of what variables add to a line
_PREFIXES: Final = frozenset(
    {"if", "else", "do", "not", "exist", "defined", "/i", "errorlevel", "for"}
)


class _Parts(Struct):
    """A command while its text is read: its words, the files that it writes, what ends it."""

    words: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    operator: str = ""
    word: str = ""
    is_target: bool = False

    def end_word(self) -> None:
        """End the word that is read, if there is one."""
        if self.word:
            (self.writes if self.is_target else self.words).append(self.word)
            self.is_target = False
        self.word = ""

    def separate(self, text: str) -> None:
        """End a word at white space, or keep what belongs to it: NAME=value, set NAME=a b."""
        if bool(self.words) and self.words[0].lower() == "set":
            self.word += text
        elif text.strip() == "=" and self.word:
            self.word += "="
        else:
            self.end_word()


class BatchReader:
    """Reads one script."""

    def __init__(self, text: str, state: ScriptState, run: RunNested) -> None:
        self._source = text
        self._state = state
        self._judge = CommandJudge(state, run, "batch")

    def read(self) -> Data:
        """Read the whole script."""
        offset = 0
        for line in re.split(r"(?<!\^)(?<=\n)", self._source):
            if not _COMMENT.match(line):
                self._read_line(line, offset)
            offset += len(line.encode("utf-8", "surrogatepass"))
        return NOTHING

    def _read_line(self, line: str, offset: int) -> None:
        for inner in _FOR.finditer(line):
            self._read_line(inner[1].replace("^", ""), offset)
        stdin, checked = NOTHING, False
        for parts in self._commands(line):
            named, operator = parts.words, parts.operator
            while named and named[0].lower().lstrip("@") in _PREFIXES:
                named.pop(0)
            if named:
                named[0] = named[0].lstrip("@")
            if not named or not named[0] or _COMMENT.match(named[0]):
                stdin = NOTHING
                continue
            if named[0].lower() == "set":
                self._set(named)
                continue
            command = Command(
                tuple(map(Data, named)),
                offset,
                stdin,
                tuple(parts.writes),
                (),
                checked or operator == "|",
            )
            output = self._judge.judge(command)
            checked = operator in {"&&", "||"}
            stdin = output if operator == "|" else NOTHING

    def _set(self, words: list[str]) -> None:
        if len(words) > 1:
            text = " ".join(words[1:]).strip('"')
            name, equals, value = text.partition("=")
            if len(value) > _MAX_TEXT:
                raise TooCostlyError
            if equals:
                self._state.variables[name.lower().strip()] = Data(value)

    def _commands(self, line: str) -> Iterator["_Parts"]:
        """Yield each command of a line."""
        parts = _Parts()
        for token in _TOKEN.finditer(self._replaced(line)):
            text = token[0]
            match token.lastgroup:
                case "escaped":
                    parts.word += text[1:].lstrip("\r\n")
                case "quoted":
                    parts.word += text.strip('"')
                case "operator":
                    parts.end_word()
                    parts.operator = text
                    yield parts
                    parts = _Parts()
                case "redirect":
                    parts.end_word()
                    parts.is_target = text.endswith(">") and "&" not in text
                case "space":
                    parts.separate(text)
                case _:
                    parts.word += text
        parts.end_word()
        yield parts

    def _replaced(self, line: str) -> str:
        def value(match: re.Match[str]) -> str:
            known = self._state.variables.get((match[1] or match[2]).lower())
            return match[0] if known is None else known.text

        replaced = _VARIABLE.sub(value, line)
        if len(replaced) > len(line) + _MAX_TEXT:
            raise TooCostlyError
        return replaced
