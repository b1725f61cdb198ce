"""``.vscode-test.{json,js,mjs,cjs}``: what an extension's tests install in their editor.

JavaScript is not evaluated: the strings after each ``installExtensions`` are read, and what is no
string there is told. JSON is read in the same way, as if it were JavaScript.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.id_lists import INSTALLED, broken, read_string, unresolved
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.jsonc import JsonString, read_json
from vscan.discovery.named.places import TextPlaces
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_NAMES = tuple(f".vscode-test.{suffix}" for suffix in ("json", "js", "mjs", "cjs", "ts", "mts"))
_KEY = "installExtensions"
# 1 a string, 2 a template, 3 a word, 4 another character. An escape outside of them is one unit, so
# that no quote is tried twice.
_TOKEN = lazy_regex(
    r"(?:\s++|//[^\r\n]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+)*+"
    r"""(?:("(?:[^"\\\r\n]++|\\.)*+"|'(?:[^'\\\r\n]++|\\.)*+')"""
    r"|(`(?:[^`\\]++|\\.)*+`)|([\w$]++)|(\\.|.)|\Z)",
    re.DOTALL,
)
_ESCAPE = lazy_regex(
    r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL
)
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LINE_ENDS = ("\r\n", "\n", "\r", "\u2028", "\u2029")
_STRING, _TEMPLATE, _WORD, _OTHER = 1, 2, 3, 4
_MAX_CHARACTER = 0x10FFFF
_OPERATORS = ("as", "satisfies", "in", "instanceof")  # words after which a value goes on
_PREFIXES = ("await", "new", "typeof", "void", "return", *_OPERATORS)  # words before a value


def _accepts(path: PurePosixPath) -> bool:
    return path.name.lower() in _NAMES


def _read(text: str) -> Iterator[Read]:
    if text.lstrip()[:1] in ("{", "["):
        yield from broken(read_json(text), How.INSTALLS, _KEY)
    yield from _Reader(text).read()


class _Reader:
    """Reads the text token by token; ``kind`` is the group of the token, none at the end."""

    def __init__(self, text: str) -> None:
        self._matches = _TOKEN.finditer(text)
        self._places = TextPlaces(text)
        self._kind: int | None = None
        self._text = ""  # a string without its quotes and escapes
        self._place = JsonString("", 0, 0)  # the token, as what messages and ids refer to
        self._advance()

    def _advance(self) -> None:
        match = next(self._matches, None)
        self._kind = match.lastindex if match else None
        if match and self._kind:
            written = match[self._kind]
            start = match.start(self._kind)
            if self._kind in (_STRING, _TEMPLATE):
                written, start = written[1:-1], start + 1
            self._text = _ESCAPE.sub(_unescape, written) if "\\" in written else written
            self._place = JsonString(self._text, start, len(written))

    def read(self) -> Iterator[Read]:
        """Read what follows each key; if only its name is there, say that its value isn't."""
        first = None
        is_defined = False
        while self._kind:
            is_key = self._kind != _OTHER and self._text == _KEY
            if is_key:
                first = first or self._place
            self._advance()
            if is_key and self._go_to_value():
                is_defined = True
                yield from self._read_expression()
        if first and not is_defined:
            yield unresolved(self._places, first, _KEY)

    def _go_to_value(self) -> bool:
        """Go to the value after a key, or to the arguments of a method of it."""
        while self._is_other("]?)"):
            self._advance()
        if self._is_other(":"):
            self._advance()
            return True
        if self._is_other("="):
            self._advance()
            return not self._is_other("=>")
        if self._is_other("."):
            self._advance()
            self._advance()
            return self._is_other("(")
        return False

    def _is_other(self, characters: str) -> bool:
        return self._kind == _OTHER and self._text in characters

    def _read_expression(self) -> Iterator[Read]:
        """Read the strings of a value, to its end; tell the first part that is no string."""
        depth = 0
        is_told = False
        is_complete = False  # whether a value could end before this token
        while self._kind:
            if self._is_other("([{"):
                depth += 1
            elif self._is_other(")]}"):
                depth -= 1
            if depth < 0 or (depth == 0 and self._ends_value(is_complete=is_complete)):
                return
            if self._is_string():
                yield read_string(self._places, self._place, INSTALLED)
            elif self._is_unknown() and not is_told:
                is_told = True
                yield unresolved(self._places, self._place, self._text)
            if self._kind == _OTHER:
                is_complete = self._is_other(")]}")
            else:
                is_complete = self._kind != _WORD or self._text not in _PREFIXES
            self._advance()

    def _ends_value(self, *, is_complete: bool) -> bool:
        """Say whether the token is beyond the value: after it, or of the next statement."""
        if self._kind == _OTHER:
            return self._text in (",", ";")
        return is_complete and self._text not in _OPERATORS

    def _is_string(self) -> bool:
        return self._kind == _STRING or (self._kind == _TEMPLATE and "${" not in self._text)

    def _is_unknown(self) -> bool:
        """Say whether the token stands for something: a name, or a template with one in it."""
        if self._kind == _WORD:
            return not self._text.isdigit() and self._text not in _PREFIXES
        return self._kind == _TEMPLATE


def _unescape(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2] or escape[3]
    if digits:
        return chr(min(int(digits, 16), _MAX_CHARACTER))
    character = escape[4]
    return "" if character in _LINE_ENDS else _LETTERS.get(character, character)


KIND = NamedKind("extension-tests", _accepts, _read)
