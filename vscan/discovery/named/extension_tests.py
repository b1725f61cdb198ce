"""``.vscode-test.{json,js,mjs,cjs}``: what an extension's tests install in their editor.

JavaScript is not evaluated: the strings after each ``installExtensions`` are read, and what is no
string there is told. JSON is read in the same way, as if it were JavaScript.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.id_lists import INSTALLED, broken, could_have, read_string, unresolved
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.jsonc import JsonString, read_json
from vscan.discovery.named.places import TextPlaces
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_NAMES = tuple(f".vscode-test.{suffix}" for suffix in ("json", "js", "mjs", "cjs", "ts", "mts"))
_KEY = "installExtensions"
# White space and comments, then 1 a string, 2 a template, 3 a word, 4 another character. An escape
# outside of them is one unit, so that no quote is tried twice.
_TOKEN = lazy_regex(
    r"(?:\s++|//[^\r\n\u2028\u2029]*+|/\*(?:[^*]++|\*(?!/))*+(?:\*/)?+)*+"
    r"""(?:("(?:[^"\\\r\n]++|\\.)*+"|'(?:[^'\\\r\n]++|\\.)*+')"""
    r"|(`(?:[^`\\]++|\\.)*+`)|([\w$]++)|(\\.|.)|\Z)",
    re.DOTALL,
)
# A regular expression, which may have quotes and the beginning of a comment in it.
_REGEX = lazy_regex(r"/(?:[^/\\\[\r\n]++|\\.|\[(?:[^\]\\\r\n]++|\\.)*+\])++/")
_MAX_REGEX = 300  # characters; what is longer could be tried again at each of its own slashes
_ESCAPE = lazy_regex(
    r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL
)
_LETTERS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LINE_ENDS = ("\r\n", "\n", "\r", "\u2028", "\u2029")
_STRING, _TEMPLATE, _WORD, _OTHER = 1, 2, 3, 4
_MAX_CHARACTER = 0x10FFFF
_OPERATORS = ("as", "satisfies", "in", "instanceof")  # words after which a value goes on
_PREFIXES = ("await", "case", "new", "return", "typeof", "void", "yield", *_OPERATORS)


def _accepts(path: PurePosixPath) -> bool:
    return path.name.lower() in _NAMES


def _read(text: str) -> Iterator[Read]:
    if not could_have(text, _KEY):
        return
    if _KEY in text and text.lstrip()[:1] in ("{", "["):
        yield from broken(read_json(text), How.INSTALLS)
    yield from _Reader(text).read()


class _Reader:
    """Reads the text token by token; ``kind`` is the group of the token, none at the end."""

    def __init__(self, text: str) -> None:
        self._all = text
        self._end = 0
        self._places = TextPlaces(text)
        self._kind: int | None = _OTHER
        self._text = ";"  # a string without its quotes and escapes
        self._start = self._length = 0  # of the token, without quotes
        self._is_after_value = False  # whether a value could end before the token
        self._advance()

    def _advance(self) -> None:
        match = _TOKEN.match(self._all, self._end)
        self._is_after_value = self._could_end_value()
        self._kind = match.lastindex if match else None
        if match is None or not self._kind:
            return
        self._end = match.end()
        written = match[self._kind]
        start = match.start(self._kind)
        if written == "/" and not self._is_after_value:
            regex = _REGEX.match(self._all, start, start + _MAX_REGEX)
            self._end = regex.end() if regex else self._end
        if self._kind in (_STRING, _TEMPLATE):
            written, start = written[1:-1], start + 1
        has_escapes = self._kind != _OTHER and "\\" in written
        self._text = _ESCAPE.sub(_unescape, written) if has_escapes else written
        self._start, self._length = start, len(written)

    def _token(self) -> JsonString:
        """Give the token as what messages and ids refer to."""
        return JsonString(self._text, self._start, self._length)

    def _could_end_value(self) -> bool:
        if self._kind == _OTHER:
            return self._is_other(")]}")
        return self._kind != _WORD or self._text not in _PREFIXES

    def read(self) -> Iterator[Read]:
        """Read what follows each key; if only its name is there, say that its value isn't."""
        first = None
        is_defined = False
        while self._kind:
            is_key = self._kind != _OTHER and self._text == _KEY
            if is_key:
                first = first or self._token()
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
        start = self._start
        while self._kind:
            if self._is_other("([{"):
                depth += 1
            elif self._is_other(")]}"):
                depth -= 1
            if depth < 0 or (depth == 0 and self._start != start and self._is_beyond_value()):
                return
            if self._is_string():
                yield read_string(self._places, self._token(), INSTALLED)
            elif self._is_unknown() and not is_told:
                is_told = True
                yield unresolved(self._places, self._token(), self._text)
            self._advance()

    def _is_beyond_value(self) -> bool:
        """Say whether the token is after a value, or of the next statement."""
        if self._kind == _OTHER:
            return self._text in (",", ";")
        return self._is_after_value and self._text not in _OPERATORS

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
