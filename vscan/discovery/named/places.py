"""Where the characters of a text are: by line and column, also in a text within a text."""

from bisect import bisect_right
from functools import cached_property
from typing import Protocol

from vscan.discovery.named.interface import Span
from vscan.lazy_regex import lazy_regex

_LINE_END = lazy_regex(r"\r\n|\r|\n")


class Places(Protocol):
    """Gives the place of a part of a text. Offsets count characters from 0."""

    def span(self, offset: int, length: int) -> Span:
        """Give the part as far as it is in the line of its first character."""


class TextPlaces:
    """The places in the text of a file. LF, CR LF and a lone CR end a line."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(end.end() for end in _LINE_END.finditer(self._text))]

    def span(self, offset: int, length: int) -> Span:
        """Give the part as far as it is in the line of its first character."""
        line = bisect_right(self._line_starts, offset)
        start = self._line_starts[line - 1]
        if offset + length > start and line < len(self._line_starts):
            length = min(length, self._line_starts[line] - offset)
        return Span(line, offset - start + 1, length)


class EmbeddedPlaces:
    """The places in a text that is written inside another one, with escapes or without line ends.

    ``parts`` has pairs in ascending order: an offset in the inner text, and that in the outer text
    where the same character is written. From there on both count alike, up to the next pair. The
    last pair is the end of both.
    """

    def __init__(self, outer: Places, parts: list[tuple[int, int]]) -> None:
        self._outer = outer
        self._parts = parts

    def span(self, offset: int, length: int) -> Span:
        """Give the part of the outer text, as far as it is in the line of its first character."""
        start = self._outside(offset)
        return self._outer.span(start, self._outside(offset + length) - start)

    def _outside(self, offset: int) -> int:
        inner, outer = self._parts[bisect_right(self._parts, offset, key=lambda part: part[0]) - 1]
        return outer + offset - inner
