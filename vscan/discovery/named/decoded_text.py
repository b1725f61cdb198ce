r"""Decode the escapes of a text, such as ``\u002d`` in JSON, TOML, YAML, and in shells."""

from bisect import bisect_right
from collections.abc import Iterator

from vscan.discovery.named.interface import Span
from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex

_ESCAPE = lazy_regex(
    r"\\(?:x(?P<x>[0-9A-Fa-f]{2})|u(?P<u>[0-9A-Fa-f]{4})|U(?P<long>[0-9A-Fa-f]{8})"
    r"|u\{(?P<braced>[0-9A-Fa-f]{1,6})\}|0?(?P<octal>[0-7]{3}))"
)
# A string of YAML that goes on in another line, where a backslash joins the lines.
_FOLDED = lazy_regex(r":[ \t]+\"(?:[^\"\\]|\\(?:[^\r\n]|\r?\n)){1,50000}+\"")
_FOLD = lazy_regex(r"\\\r?\n[ \t]*|\\n|[ \t]*\r?\n[ \t]*")
_JOIN = lazy_regex(r"\\\r?\n")
_LAST_ASCII = 0x7F
_TEXT = lazy_regex(r"[\w.@ -]")


class DecodedText(SourceText):
    """A text whose escapes are decoded. Places are those of the text as it is written."""

    def __init__(self, written: SourceText, changes: list[tuple[int, int, str]]) -> None:
        """Take the parts of the written text that mean something else, in ascending order."""
        self._written = written
        parts: list[str] = []
        self._inner, self._outer = [0], [0]
        last = length = 0
        for start, end, meaning in changes:
            parts += [written.text[last:start], meaning]
            length += start - last
            self._inner += [length, length + len(meaning)]
            self._outer += [start, end]
            length += len(meaning)
            last = end
        super().__init__("".join([*parts, written.text[last:]]))

    def span(self, start: int, end: int) -> Span:
        """Return the place in the written text, up to the end of its first line."""
        return self._written.span(self.written(start), self.written(end))

    def written(self, offset: int) -> int:
        """Return the offset in the written text of one in the decoded text."""
        index = bisect_right(self._inner, offset) - 1
        return self._outer[index] + offset - self._inner[index]


def decode(source: SourceText) -> DecodedText | None:
    """Decode the escapes of a text; ``None`` if it has none that could hide a word."""
    changes = sorted({*_folds(source.text), *_escapes(source.text)})
    kept: list[tuple[int, int, str]] = []
    for change in changes:
        if not kept or change[0] >= kept[-1][1]:
            kept.append(change)
    return DecodedText(source, kept) if kept else None


def has_escape(text: str) -> bool:
    """Say whether a text has an escape, so that it means another one."""
    return _ESCAPE.search(text) is not None


def _escapes(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _ESCAPE.finditer(text):
        kind = match.lastgroup or ""
        code = int(match[kind], 8 if kind == "octal" else 16)
        if code <= _LAST_ASCII and _TEXT.match(chr(code)):
            yield match.start(), match.end(), chr(code)


def _folds(text: str) -> Iterator[tuple[int, int, str]]:
    for string in _FOLDED.finditer(text):
        if _JOIN.search(text, string.start(), string.end()) is None:
            continue
        for fold in _FOLD.finditer(text, string.start(), string.end()):
            meaning = "\n" if fold[0] == "\\n" else "" if fold[0][0] == "\\" else " "
            yield fold.start(), fold.end(), meaning
