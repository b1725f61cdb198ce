"""Characters that turn the order of code around: what is shown is not what runs.

Overrides, embeddings and isolates (U+202A to U+202E, U+2066 to U+2069) make a comment look like
code and code like a comment. Libraries that lay out text have them, too: alone between quotes, at
the end of a range in a regular expression, or among symbols in a table of Unicode.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vscan.domain import Confidence, Kind, Rule, Severity
from vscan.sources.offline.check import Check, Found, Look, Match

REVERSED = Rule(
    "bidirectional-code",
    Kind.MALWARE,
    "Code has characters that reverse it on the screen",
    "A line of code contains bidirectional control characters, so that an editor may show it in"
    " another order than it runs.",
    "A reviewer reads something else than the machine. Known as Trojan Source, CVE-2021-42574.",
    "Look at the line with such characters shown, and find out why they are there.",
)
_PATTERNS = r"""
rule controls {
    strings:
        $override = /\xe2\x80[\xaa-\xae]/
        $isolate = /\xe2\x81[\xa6-\xa9]/
    condition:
        any of them
}
"""
_MARKS = "[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]{1,20}"
_LISTED: Final = re.compile(f"[\"'`\\[\\]|(,]{_MARKS}[\"'`\\[\\]|),]|-{_MARKS}|{_MARKS}-")
_REACH = 24  # characters
_TABLE = 1 / 3  # of what is around isn't ASCII


def _look(look: Look, matches: Sequence[Match]) -> Iterator[Found]:
    for match in matches:
        control = look.around(match, 0, 0).decode()
        before = look.around(match, 4 * _REACH, -len(control.encode())).decode("utf-8", "ignore")
        after = look.content[match.end : match.end + 4 * _REACH].decode("utf-8", "ignore")
        near = before[-_REACH:] + control + after[:_REACH]
        at = len(before[-_REACH:])
        listed = any(each.start() <= at < each.end() for each in _LISTED.finditer(near))
        table = sum(not c.isascii() for c in near) > _TABLE * len(near)
        if not (listed or table):
            message = f"Code has the bidirectional control U+{ord(control):04X}"
            yield look.finding(REVERSED, Severity.MEDIUM, Confidence.MEDIUM, message, match)


CHECK = Check((REVERSED,), _PATTERNS, _look)
