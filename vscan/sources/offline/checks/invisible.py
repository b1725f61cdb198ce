"""Payloads in characters that no editor and no review shows.

The worm called GlassWorm wrote each byte of its code as a variation selector: U+FE00 to
U+FE0F for the first sixteen, U+E0100 to U+E01EF for the rest. How long a run is tells, not how many
there are: emoji and Chinese text have one selector at a time.
"""

from collections.abc import Iterator, Sequence

from vscan.domain import Confidence, Kind, Rule, Severity
from vscan.sources.offline.check import Check, Found, Look, Match
from vscan.text import plain

PAYLOAD = Rule(
    "invisible-payload",
    Kind.MALWARE,
    "Data is hidden in invisible characters",
    "A file has a long run of variation selectors, tag characters or zero-width characters:"
    " nothing is seen where it stands, and it carries data all the same.",
    "Text has no use for such runs. A worm among extensions hid its code in them, past the eyes"
    " of whoever reviewed it.",
    "Remove the extension, and look into what it did on every machine that had it.",
)
_FIRST, _MORE = 0xFE00, 0xE0100
_SHOWN = 200  # characters of a decoded payload
_PATTERNS = r"""
rule selectors {
    strings:
        $low = /(\xef\xb8[\x80-\x8f]){16,20000}/
        $high = /(\xf3\xa0(\x84|\x85|\x86|\x87)[\x80-\xbf](\xef\xb8[\x80-\x8f])?){2,10000}/
    condition:
        any of them
}
"""


def _selected(text: str) -> str:
    """Decode variation selectors to the bytes that they stand for."""
    numbers = (ord(c) - _FIRST if ord(c) < _MORE else ord(c) - _MORE + 16 for c in text)
    return bytes(n for n in numbers if 0 <= n < 256).decode("utf-8", "replace")  # noqa: PLR2004


def _look(look: Look, matches: Sequence[Match]) -> Iterator[Found]:
    match = matches[0]
    hidden = look.content[match.start : match.end].decode("utf-8", "replace")
    decoded = plain(_selected(hidden), _SHOWN)
    message = f"{len(hidden)} invisible characters in a row, decoded: {decoded}"
    yield look.finding(PAYLOAD, Severity.CRITICAL, Confidence.HIGH, message, match, decoded)


CHECK = Check((PAYLOAD,), _PATTERNS, _look)
