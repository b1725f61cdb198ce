"""Commands that a program contains, but does not run: a terminal gets them without a line's end.

The user reads such a command before running it. ``syntax.scripts`` knows what scripts don't run.
"""

import re
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.check_interface import FileWindow, Match

_TYPED_BEFORE: Final = lazy_regex(rb"sendText\s*\(\s*[\"'`][^\n]{0,200}\Z")
_TYPED_AFTER: Final = lazy_regex(
    rb"((?:[^\n\"'`\\]|\\[^\n]|[\"'`](?!\s*,\s*(?:/\*|false|!1))){0,300}+)"
    rb"[\"'`]\s*,\s*(?:/\*[^*\n]{0,60}\*/\s*)?(?:false|!1)\s*,?\s*\)"
)
_QUOTES: Final = b"\"'`"
_LINE_END: Final = lazy_regex(rb"\\[rn]|\\x0[ad]|\\u000[ad]|[\r\n]", re.IGNORECASE)
# What ends a line in a terminal that has got a command.
_ENTERS: Final = lazy_regex(
    rb"sendText\s*\(\s*(?:[\"'`](?:\\[rn]|\\x0[ad]|\\u000[ad]|\s){0,4}[\"'`]|String\.fromCharCode)"
    rb"|sendSequence|\bEOL\b",
    re.IGNORECASE,
)
_REACH = 400  # bytes before a command


def is_only_typed(window: FileWindow, match: Match) -> bool:
    """Whether a terminal gets the command at a match without a line's end, now or later."""
    content = window.content
    start = match.start + (content[match.start] in _QUOTES)  # a pattern may include the quote
    before = _TYPED_BEFORE.search(content, max(0, match.start - _REACH), start)
    after = _TYPED_AFTER.match(content, start) if before else None
    return after is not None and not (_LINE_END.search(after[1]) or _ENTERS.search(content))
