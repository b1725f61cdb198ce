"""The label ``devcontainer.metadata`` in a Dockerfile: what an image installs in dev containers."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import Struct

from vscan.discovery.named.container_lists import read_container
from vscan.discovery.named.id_lists import broken, is_variable, unresolved
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.jsonc import JsonArray, JsonObject, JsonScalar, read_json
from vscan.discovery.named.places import EmbeddedPlaces, Places, TextPlaces
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_NAMES = ("dockerfile", "containerfile")
_LABEL = "devcontainer.metadata"
_LINE = lazy_regex(r"([^\n]*+)(?:\n|\Z)")
_DIRECTIVE = lazy_regex(
    r"(?:\s*#[ \t]*\w+[ \t]*=[^\n]*\n){0,10}?\s*#[ \t]*escape[ \t]*=[ \t]*`", re.IGNORECASE
)
_INSTRUCTION = lazy_regex(r"\s*+(?:ONBUILD\s++)*+LABEL\s++", re.IGNORECASE)


class _Syntax(Struct, frozen=True):
    """The expressions that depend on the character of escapes, which a Dockerfile may choose."""

    continuation: re.Pattern[str]
    word: re.Pattern[str]
    # 1 what is between apostrophes, 2 what is between quotes, 3 an escaped character, 4 others.
    part: re.Pattern[str]
    in_quotes: re.Pattern[str]  # an escape that means its character between quotes


def _syntax(escape: str) -> _Syntax:
    """Make the expressions for a character of escapes; ``re`` keeps those that it has compiled."""
    quoted = rf'"((?:[^"{escape}]++|{escape}.)*+)"?+'
    apostrophes = r"'([^']*+)'?+"
    escaped = rf"{escape}(.|\Z)"
    return _Syntax(
        re.compile(rf"(?<!{escape}){escape}[ \t\r]*+\Z"),
        re.compile(rf"(?:[^\s\"'{escape}]++|{escaped}|{quoted}|{apostrophes})++", re.DOTALL),
        re.compile(rf"{apostrophes}|{quoted}|{escaped}|([^\"'{escape}]++)", re.DOTALL),
        re.compile(rf'{escape}(["${escape}])'),
    )


class _Mapped(Struct, frozen=True):
    """A text that is made of parts of another: of those from ``parts`` on, as in EmbeddedPlaces."""

    text: str
    parts: list[tuple[int, int]]


def _accepts(path: PurePosixPath) -> bool:
    name = path.name.lower()
    return any(
        name == known or name.startswith(f"{known}.") or name.endswith(f".{known}")
        for known in _NAMES
    )


def _read(text: str) -> Iterator[Read]:
    syntax = _syntax("`" if _DIRECTIVE.match(text) else r"\\")
    places = TextPlaces(text)
    for instruction in _instructions(text, syntax):
        start = _INSTRUCTION.match(instruction.text)
        if start:
            inner = EmbeddedPlaces(places, instruction.parts)
            for value in _labels(instruction.text, start.end(), syntax):
                yield from _read_metadata(value.text, EmbeddedPlaces(inner, value.parts))


def _read_metadata(text: str, places: Places) -> Iterator[Read]:
    document = read_json(text, places)
    reads = list(broken(document, How.INSTALLS))
    root = document.root
    for config in root.items if isinstance(root, JsonArray) else [root]:
        yield from read_container(document, config)
    if not isinstance(root, JsonArray | JsonObject) and is_variable(text):
        yield unresolved(places, JsonScalar(text, 0, len(text)), text)
    else:
        yield from reads


def _instructions(text: str, syntax: _Syntax) -> Iterator[_Mapped]:
    """Give each instruction as one line, without the comments and empty lines within it."""
    pieces: list[tuple[int, str]] = []
    for line in _LINE.finditer(text):
        content = line[1].strip()
        if content and not content.startswith("#"):
            continuation = syntax.continuation.search(line[1])
            end = continuation.start() if continuation else len(line[1])
            pieces.append((line.start(), line[1][:end]))
            if continuation:
                continue
        elif line.end() < len(text):
            continue
        if pieces:
            yield _join(pieces, 0)
            pieces = []


def _labels(line: str, start: int, syntax: _Syntax) -> Iterator[_Mapped]:
    """Give the values of the label in an instruction, without quotes and escapes."""
    words = list(syntax.word.finditer(line, start))
    if words and "=" not in words[0][0]:  # the old form: a name, and the rest is its value
        if _unquoted(line, words[0].start(), words[0].end(), syntax).text == _LABEL:
            yield _unquoted(line, words[0].end(), len(line), syntax)
        return
    for word in words:
        equals = line.find("=", word.start(), word.end())
        key = _unquoted(line, word.start(), equals, syntax).text if equals >= 0 else ""
        if key == _LABEL or ("$" in key and "customizations" in word[0]):
            yield _unquoted(line, equals + 1, word.end(), syntax)


def _unquoted(line: str, start: int, end: int, syntax: _Syntax) -> _Mapped:
    """Take quotes and escapes out of a part of a line."""
    pieces: list[tuple[int, str]] = []
    for part in syntax.part.finditer(line, start, end):
        group = part.lastindex or 0
        if group != 2:  # noqa: PLR2004 - what is between quotes has escapes of its own
            is_escape = group == 3  # noqa: PLR2004
            pieces.append((part.start(0 if is_escape else group), part[group]))
            continue
        last = part.start(2)
        for escape in syntax.in_quotes.finditer(line, last, part.end(2)):
            pieces += [(last, line[last : escape.start()]), (escape.start(), escape[1])]
            last = escape.end()
        pieces.append((last, line[last : part.end(2)]))
    return _join(pieces, start)


def _join(pieces: list[tuple[int, str]], start: int) -> _Mapped:
    """Join pieces of a text, each with its offset there; without one it is empty, at ``start``."""
    offsets = [0]
    for _, text in pieces:
        offsets.append(offsets[-1] + len(text))
    parts = [(inner, outer) for inner, (outer, _) in zip(offsets, pieces, strict=False)]
    last = pieces[-1][0] + len(pieces[-1][1]) if pieces else start
    return _Mapped("".join(text for _, text in pieces), [*parts, (offsets[-1], last)])


KIND = NamedKind("image-metadata", _accepts, _read)
