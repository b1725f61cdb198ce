"""Files that list extensions, one in a line, as ``code --list-extensions`` prints them."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.extension_argument import is_extension, mistake, read_extension
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_EDITOR = r"(?:vs[_-]?code|vscodium|codium|code-server|openvscode(?:-server)?|windsurf)"
_LIST = r"(?:extensions?|exts?|plugins?)(?:[._-].*)?"
_NAME = lazy_regex(
    rf"codefile|(?:.*[._-])?(?:{_EDITOR}|vsc|code|cursor)[._-]?{_LIST}", re.IGNORECASE
)
_NAME_IN_FOLDER = lazy_regex(rf"(?:.*[._-])?{_LIST}", re.IGNORECASE)
_FOLDER = lazy_regex(rf"[._]?(?:.*[._-])?{_EDITOR}(?:[._-].*)?", re.IGNORECASE)
_SUFFIXES = frozenset(("", ".txt", ".list", ".lst", ".conf", ".tmpl"))
_HEADER = lazy_regex(r"Extensions installed on .{0,200}:")
_COMMENT = lazy_regex(r"(?:^|(?<=\s))(?:#|//).*|^[ \t]*;.*")
_WORD = lazy_regex(r"[^\s\"',;\0]+")  # xargs -0 reads a list with NUL between its words
_COMMAND = lazy_regex(r".{0,200}?--install-extension(?:\s+|=)[\"']?(?P<argument>[^\s\"',;&|]+)")
_MAX_MISTAKES = 100


def _accepts(path: PurePosixPath) -> bool:
    if path.suffix.lower() not in _SUFFIXES:
        return False
    is_in_folder = any(_FOLDER.fullmatch(part) for part in path.parts[:-1])
    pattern = _NAME_IN_FOLDER if is_in_folder else _NAME
    return bool(pattern.fullmatch(path.name) or _NAME.fullmatch(path.name))


def read_list(text: str) -> Iterator[Read]:
    """Read a list that is one for certain: what is no id in it is a mistake."""
    source = SourceText(text)
    mistakes = 0
    for start, line in _lines(source):
        found = list(_read_line(source, start, line))
        if found:
            yield from found
        elif mistakes <= _MAX_MISTAKES:
            mistakes += 1
            span = source.span(start, start + len(line))
            yield mistake("input-ignored", How.INSTALLS, "this line names no extension", span, line)


def _lines(source: SourceText) -> Iterator[tuple[int, str]]:
    """Give the lines that should name something, without comments, with their offsets."""
    for index in range(len(source)):
        line = source.line(index)
        text = _COMMENT.sub("", line).strip(" \t\"',")
        if text and not _HEADER.fullmatch(text):
            yield source.bounds(index)[0] + line.index(text[0]), text


def _read_line(source: SourceText, start: int, line: str) -> Iterator[Read]:
    if command := _COMMAND.match(line):
        place = (start + command.start("argument"), start + command.end("argument"))
        yield from read_extension(source, place, command["argument"])
        return
    for index, word in enumerate(_WORD.finditer(line)):
        is_mark = index == 0 and word[0] in {"-", "*"}
        if is_extension(word[0]):
            place = (start + word.start(), start + word.end())
            yield from read_extension(source, place, word[0])
        elif not is_mark and index == 0:
            return  # a remark


KIND = NamedKind("list-file", _accepts, read_list)
