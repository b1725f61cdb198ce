"""Read one word as a shell does: quotes and escapes are taken out, and braces make several."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from vscan.lazy_regex import lazy_regex

_WORD = lazy_regex(
    r"""(?:
        '[^'\r\n]{0,500}+' | \$?"(?:[^"\\`$\r\n]|\\.){0,500}+" | \$'[^'\\\r\n]{0,500}+'
      | \\(?:\r?\n|[^\s"'`nrt\\]) | [\w.@:/+~^=-]
      | \{[\w.@,-]{1,2000}+\}
    ){1,2000}+""",
    re.VERBOSE,
)
_END = lazy_regex(r"[\s;&|)<>]|\Z")
_JOINED = lazy_regex(r"""\\\r?\n|\\(?P<escaped>.)|\$?["'](?P<quoted>[^"'\r\n]*)["']""")
_QUOTING = lazy_regex(r"[\"'\\{^]")
_BRACES = lazy_regex(r"\{(?P<list>[^{},]*(?:,[^{},]*)+)\}")
_MAX_WORDS = 2000


class ShellWord(NamedTuple):
    """The texts that a word stands for, and where it begins and ends as it is written."""

    texts: tuple[str, ...]
    start: int
    end: int


def read_shell_word(text: str, start: int, escape: str = "\\") -> ShellWord | None:
    """Return the word at a place, if it has quotes, escapes or braces but no variables.

    ``None`` also where the word does not end as one does, for instance within an outer quote.
    """
    found = _WORD.match(text, start)
    if found is None or not _QUOTING.search(found[0]) or not _END.match(text, found.end()):
        return None
    written = found[0]
    if escape != "\\":
        written = written.replace(escape, "")
    joined = _JOINED.sub(lambda part: part["quoted"] or part["escaped"] or "", written)
    quotes = len(found[0]) - len(found[0].lstrip("$\"'"))
    if "{" not in joined and found[0][quotes:].rstrip("\"'") == joined:
        return None  # a word in one pair of quotes
    return ShellWord(tuple(_expanded(joined)), start + quotes, found.end())


def _expanded(text: str) -> Iterator[str]:
    """Give the words that one with braces makes; of more than one pair only the first counts."""
    braces = _BRACES.search(text)
    if braces is None:
        yield text
        return
    for part in braces["list"].split(",")[:_MAX_WORDS]:
        yield text[: braces.start()] + part + text[braces.end() :]
