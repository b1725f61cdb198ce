"""A text with its lines: places are told as an editor counts them."""

from bisect import bisect_right

from vscan.discovery.named.interface import Span
from vscan.lazy_regex import lazy_regex

_BREAK = lazy_regex(r"\r\n?|\n")


class SourceText:
    """A text, and where its lines begin. Lines end with LF, CR LF or CR alone."""

    def __init__(self, text: str) -> None:
        self.text = text
        breaks = [(match.start(), match.end()) for match in _BREAK.finditer(text)]
        self._starts = [0, *(end for _, end in breaks)]
        self._ends = [*(start for start, _ in breaks), len(text)]

    def __len__(self) -> int:
        """Count the lines; a text that ends with a line break has an empty last one."""
        return len(self._starts)

    def line_at(self, offset: int) -> int:
        """Return the index, from 0, of the line that an offset lies in."""
        return bisect_right(self._starts, offset) - 1

    def bounds(self, line: int) -> tuple[int, int]:
        """Return where a line begins and ends, without its break."""
        return self._starts[line], self._ends[line]

    def line(self, index: int) -> str:
        """Return a line without its break."""
        return self.text[self._starts[index] : self._ends[index]]

    def span(self, start: int, end: int) -> Span:
        """Return the place of a part of the text, up to the end of its first line."""
        line = self.line_at(start)
        end = min(end, max(self._ends[line], start))
        return Span(line + 1, start - self._starts[line] + 1, end - start)

    def indent(self, index: int) -> int:
        """Count the spaces and tabs that a line begins with; -1 for a blank line or a comment."""
        line = self.line(index)
        stripped = line.lstrip(" \t")
        return -1 if not stripped or stripped[0] == "#" else len(line) - len(stripped)
