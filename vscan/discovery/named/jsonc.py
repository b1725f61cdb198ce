"""Read JSON with comments as the editor does, whose parser goes on after each mistake.

Half a file, or one without commas, still gives the editor ids. So the same tokens are skipped
after a mistake as the editor's parser skips, and nothing that it reads is lost. An object has all
members that are written, also those of one name: programs differ in which of them counts.

There are two such parsers: jsonc-parser, which dev containers are read with, and the editor's own.
They differ in the characters that separate tokens and end a comment; ``read_each`` reads as both.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import TypeAlias, TypeVar

from msgspec import Struct

from vscan.discovery.named.places import EmbeddedPlaces, Places, TextPlaces
from vscan.lazy_regex import lazy_regex

_MAX_DEPTH = 200  # no file of any kind needs a tenth of it
_MAX_MISTAKES = 100
_END = ""  # the kind of the token after the last one
_STRING = "string"
_SCALAR = "scalar"

_Read = TypeVar("_Read", bound=Hashable)


def _token_expression(space: str, line_end: str) -> re.Pattern[str]:
    """Make the expression of a token, after white space and comments.

    1 is punctuation, 2 and 3 are a string and its closing quote, 4 another value, 5 the end, 6 what
    JSON doesn't have. A string ends at the end of its line; that is CR or LF for both parsers.
    """
    separator = rf'{space}{line_end}{{}}\[\]":,/'
    return lazy_regex(
        rf"(?:[{space}{line_end}]++|//[^{line_end}]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+"
        r"(?:([{}\[\]:,])"
        r'|"((?:[^"\\\r\n]++|\\.)*+\\?+)("?+)'
        r"|(-?(?:0|[1-9][0-9]*+)(?:\.(?![0-9])|(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]*+)?+)"
        rf"|(?:true|false|null)(?![^{separator}]))"
        r"|(\Z)"
        rf"|(/\*.*+|[-/]|[^{separator}]++))",
        re.DOTALL,
    )


_EDITOR_SPACE = r"\v\f\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff"
_EDITOR_LINE_END = r"\u2028\u2029"
_TOKEN = _token_expression(r" \t", r"\r\n")
_EDITOR_TOKEN = _token_expression(rf" \t{_EDITOR_SPACE}", rf"\r\n{_EDITOR_LINE_END}")
_EDITOR_ONLY = lazy_regex(rf"[{_EDITOR_SPACE}{_EDITOR_LINE_END}]")
# Two halves of a character beyond 16 bits are one escape here, as they make one character.
_ESCAPE = lazy_regex(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|[0-9a-fA-F]{0,4})|(.)?+)",
    re.DOTALL,
)
_ESCAPED = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CONTROL = lazy_regex(r"[\x00-\x1f]")
_HEX_DIGITS = 4
_PROTOTYPE = "__proto__"


class JsonString(Struct, frozen=True, gc=False):
    """A string; ``offset`` and ``length`` are of what is written between its quotes."""

    text: str
    offset: int
    length: int


class JsonScalar(Struct, frozen=True, gc=False):
    """A number, ``true``, ``false`` or ``null``, as it is written."""

    text: str
    offset: int
    length: int


class JsonArray(Struct, frozen=True):
    """A list; ``offset`` and ``length`` are of its opening bracket."""

    items: "list[JsonValue]"
    offset: int
    length: int = 1


class Member(Struct, frozen=True):
    """A name in an object and its value, which is absent where the text is broken."""

    key: JsonString
    value: "JsonValue | None"


class JsonObject(Struct, frozen=True):
    """An object; ``offset`` and ``length`` are of its opening bracket."""

    members: list[Member]
    offset: int
    length: int = 1

    def all_members(self) -> Iterator[Member]:
        """Give the members, and those of a member ``__proto__``, which the editor finds as well.

        Its parser assigns that member, which makes its value the prototype of the object.
        """
        waiting = [self]
        while waiting:
            for member in waiting.pop().members:
                yield member
                if member.key.text == _PROTOTYPE and isinstance(member.value, JsonObject):
                    waiting.append(member.value)

    def values(self, key: str | None) -> Iterator["JsonValue"]:
        """Give each value that has the name, or all values where ``key`` is none."""
        for member in self.all_members():
            if member.value is not None and key in (None, member.key.text):
                yield member.value

    def as_array(self) -> JsonArray | None:
        """Give what the editor takes for a list: an object whose prototype is one."""
        lists = [value for value in self.values(_PROTOTYPE) if isinstance(value, JsonArray)]
        if not lists:
            return None
        inherited = [item for value in lists for item in value.items]
        own = [value for value in self.values(None) if isinstance(value, JsonString)]
        return JsonArray(own + inherited, self.offset)


JsonValue: TypeAlias = JsonString | JsonScalar | JsonArray | JsonObject


class SyntaxMistake(Struct, frozen=True):
    """A place where a text breaks the format, and what is wrong there."""

    message: str
    offset: int
    length: int


class Document(Struct, frozen=True):
    """A text that was read: its value, if it has one, and the first hundred mistakes."""

    root: JsonValue | None
    mistakes: list[SyntaxMistake]
    places: Places
    text: str


def read_each(text: str, read: Callable[[Document], Iterator[_Read]]) -> Iterator[_Read]:
    """Give what is read in a text as both parsers read it; what both read is given once."""
    if not _EDITOR_ONLY.search(text):
        yield from read(read_json(text))
        return
    given = list(read(read_json(text)))
    yield from given
    known = set(given)
    yield from (item for item in read(read_json(text, as_editor=True)) if item not in known)


def read_json(text: str, places: Places | None = None, *, as_editor: bool = False) -> Document:
    """Read a text as jsonc-parser does, or as the editor's own parser.

    ``places`` is given where the text is written inside another one.
    """
    builder = _Builder(text, _EDITOR_TOKEN if as_editor else _TOKEN)
    root = builder.build()
    builder.mistakes.sort(key=lambda mistake: mistake.offset)
    return Document(root, builder.mistakes, places or TextPlaces(text), text)


def read_embedded(document: Document, string: JsonString, *, as_editor: bool = False) -> Document:
    """Read the JSON that is the text of a string of a document, as ``read_json`` does."""
    raw = document.text[string.offset : string.offset + string.length]
    parts = []
    inner = 0
    for offset, text in _decoded(raw):
        parts.append((inner, string.offset + offset))
        inner += len(text or "")
    parts.append((inner, string.offset + string.length))
    places = EmbeddedPlaces(document.places, parts)
    return read_json(string.text, places, as_editor=as_editor)


def select(value: JsonValue | None, *keys: str | None) -> Iterable[JsonValue]:
    """Give the values that a path of names leads to; a name that is none stands for every one."""
    found = [] if value is None else [value]
    for key in keys:
        objects = [item for item in found if isinstance(item, JsonObject)]
        found = [inner for item in objects for inner in item.values(key)]
    return found


def _decoded(raw: str) -> Iterator[tuple[int, str | None]]:
    """Give the parts of a string with their offsets; none is an escape that stands for nothing."""
    end = 0
    for escape in _ESCAPE.finditer(raw):
        if escape.start() > end:
            yield end, raw[end : escape.start()]
        digits, character = escape.groups()
        yield escape.start(), _ESCAPED.get(character) if digits is None else _from_digits(digits)
        end = escape.end()
    if end < len(raw):
        yield end, raw[end:]


def _from_digits(digits: str) -> str | None:
    if len(digits) > _HEX_DIGITS:
        halves = int(digits[:_HEX_DIGITS], 16), int(digits[-_HEX_DIGITS:], 16)
        return chr(0x10000 + ((halves[0] - 0xD800) << 10) + halves[1] - 0xDC00)
    return chr(int(digits, 16)) if len(digits) == _HEX_DIGITS else None


class _Scanner:
    """Gives one token after the other: its kind and its place."""

    def __init__(self, text: str, expression: re.Pattern[str]) -> None:
        self._matches = expression.finditer(text)
        self.mistakes: list[SyntaxMistake] = []
        self.kind = _END
        self.token: re.Match[str]  # of ``kind``

    def advance(self) -> None:
        """Go to the next token. Nobody goes beyond the end."""
        for match in self._matches:
            self.token = match
            match match.lastindex:
                case 1:
                    self.kind = match[1]
                case 3:
                    self.kind = _STRING
                case 4:
                    self.kind = _SCALAR
                case 5:
                    self.kind = _END
                case _:
                    is_comment = match[6].startswith("/*")
                    self.mistake("a comment has no end" if is_comment else "this is not JSON", 6)
                    continue
            return

    def skip_until(self, kinds: str) -> None:
        """Go to a token of one of the kinds, each of one character, or to the end."""
        while self.kind != _END and self.kind not in kinds:
            self.advance()

    def mistake(self, message: str, group: int = 0) -> None:
        """Note that the text is wrong at this token."""
        if len(self.mistakes) < _MAX_MISTAKES:
            group = group or self.token.lastindex or 0
            start, end = self.token.span(2 if group == 3 else group)  # noqa: PLR2004 - a string
            self.mistakes.append(SyntaxMistake(message, start, max(1, end - start)))

    def string(self) -> JsonString:
        """Give the string that the token is."""
        raw = self.token[2]
        text = raw
        if not self.token[3]:
            self.mistake("a string has no closing quote")
        if "\\" in raw:
            parts = [part for _, part in _decoded(raw)]
            text = "".join(filter(None, parts))
            if None in parts:
                self.mistake("a string has an escape that JSON doesn't have")
        if not raw.isprintable() and _CONTROL.search(raw):
            self.mistake("a string has a control character")
        return JsonString(text, self.token.start(2), len(raw))


class _Builder(_Scanner):
    """Builds the tree. It keeps the open containers itself: a text may be nested at will."""

    def __init__(self, text: str, expression: re.Pattern[str]) -> None:
        super().__init__(text, expression)
        self._open: list[JsonArray | JsonObject] = []
        self._needs_comma = False
        # What is nested deeper than any file needs is read, and not kept.
        self._unkept = JsonArray([], 0), JsonObject([], 0)
        self._told_depth = False

    def build(self) -> JsonValue | None:
        self.advance()
        root = self._begin_value()
        if root is None:
            self.mistake("there is no value")
            return None
        while self._open and self.kind != _END:
            container = self._open[-1]
            is_array = isinstance(container, JsonArray)
            closing = "]" if is_array else "}"
            if self.kind == closing:
                self._open.pop()
                self._needs_comma = True
                self.advance()
            elif self._pass_comma(closing):
                self._needs_comma = True
                if isinstance(container, JsonArray):
                    self._read_item(container)
                else:
                    self._read_member(container)
        if self._open:
            self.mistake("a closing bracket is missing")
        elif self.kind != _END:
            self.mistake("there is more text after the end")
        return root

    def _pass_comma(self, closing: str) -> bool:
        """Go to what comes after a comma; false if that is the closing bracket."""
        if self.kind == ",":
            if not self._needs_comma:
                self.mistake("a value is missing before the comma")
            self.advance()
            return self.kind != closing
        if self._needs_comma:
            self.mistake("a comma is missing")
        return True

    def _read_item(self, array: JsonArray) -> None:
        is_kept = len(self._open) <= _MAX_DEPTH
        value = self._begin_value()
        if value is None:
            self.mistake("a value is missing")
            self.skip_until("],")
        elif is_kept:
            array.items.append(value)

    def _read_member(self, container: JsonObject) -> None:
        if self.kind != _STRING:
            self.mistake("a name in quotes is missing")
            self.skip_until("},")
            return
        is_kept = len(self._open) <= _MAX_DEPTH
        key = self.string()
        value = None
        self.advance()
        if self.kind != ":":
            self.mistake("a colon is missing")
            self.skip_until("},")
        else:
            self.advance()
            value = self._begin_value()
            if value is None:
                self.mistake("a value is missing")
                self.skip_until("},")
        if is_kept:
            container.members.append(Member(key, value))

    def _begin_value(self) -> JsonValue | None:
        """Read a value, or the opening bracket of one; none if there is no value here."""
        value: JsonValue
        if self.kind == _STRING:
            value = self.string()
        elif self.kind == _SCALAR:
            value = self._scalar()
        elif self.kind in ("[", "{"):
            value = self._container()
            self._open.append(value)
            self._needs_comma = False
        else:
            return None
        self.advance()
        return value

    def _scalar(self) -> JsonScalar:
        text = self.token[4]
        if text[-1] in ".eE+-" and not text.isalpha():
            self.mistake("a number has no end")
        return JsonScalar(text, self.token.start(4), len(text))

    def _container(self) -> JsonArray | JsonObject:
        is_array = self.kind == "["
        if len(self._open) > _MAX_DEPTH:
            if not self._told_depth:
                self._told_depth = True
                self.mistake(f"what is nested deeper than {_MAX_DEPTH} levels is not read")
            return self._unkept[0 if is_array else 1]
        start = self.token.start(1)
        return JsonArray([], start) if is_array else JsonObject([], start)
