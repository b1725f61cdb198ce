"""Tell which places of a text are in comments that end with their line."""

import re

from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex

# A # begins a comment at the start of a word, and surely no quote is open where the line has none.
# PowerShell ends a block of comments with #>, and commands may follow.
HASH_COMMENT = lazy_regex(r"[ \t]*\#(?!>)|(?:[^\"'`#\r\n]|(?<=[^\s])\#)*+(?<=\s)\#(?!>)")
_REOPENED = lazy_regex(r"[\"'`][ \t]*(?:[;&|),+}]|$)|\$\{|\*/|\#>")
_JOINED = lazy_regex(r"[^\s\\](?:\\\\)*\\$")  # a line that goes on in the first word of the next


class CommentLines:
    """The comments of a text. ``begin`` matches from the start of a line to a comment's sign."""

    def __init__(self, source: SourceText, begin: re.Pattern[str]) -> None:
        self._source = source
        self._begin = begin
        self._found: dict[int, tuple[int, int]] = {}

    def contain(self, offset: int) -> bool:
        """Say whether a place is in a comment."""
        line = self._source.line_at(offset)
        if line not in self._found:
            self._found[line] = self._comment(line)
        start, end = self._found[line]
        return start <= offset <= end

    def _comment(self, line: int) -> tuple[int, int]:
        start, end = self._source.bounds(line)
        found = self._begin.match(self._source.text, start, end)
        if found is None or (line == 0 and self._source.text.startswith("#!")):
            return (end + 1, end)
        if self._source.text[start : start + 1] == "#" and line > 0:
            before, before_end = self._source.bounds(line - 1)
            if _JOINED.search(self._source.text, max(before, before_end - 100), before_end):
                return (end + 1, end)
        # What closes a quote of an earlier line ends a comment that only seems to be one.
        again = _REOPENED.search(self._source.text, found.end(), end)
        return (found.end(), again.start() if again else end)
