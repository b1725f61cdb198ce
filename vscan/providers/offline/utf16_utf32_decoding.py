"""Decode what an interpreter decodes before it runs it: UTF-16 and UTF-32.

PowerShell and web pages take these encodings, and editors of Windows write them. A search for
patterns looks for bytes of ASCII, so such a file is searched in UTF-8, too.
"""

import codecs
from typing import Final

from msgspec.structs import replace

from vscan.extension_files import Window

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE: Final = 512  # bytes of the beginning that show an encoding without a mark
_MOST: Final = 0.9  # of the pairs of bytes, each of them a character of ASCII
_TEXT: Final = frozenset(b"\t\n\r\f\x1b") | frozenset(range(32, 127))


def encoding_of(head: bytes) -> str | None:
    """Return the encoding of a text that is UTF-16 or UTF-32; ``None`` for all else."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    sample = head[:_SAMPLE]
    pairs = len(sample) // 2
    if pairs < 4 or 0 not in sample:  # noqa: PLR2004 - shorter texts do nothing
        return None
    for first, encoding in ((0, "utf-16-le"), (1, "utf-16-be")):
        letters = sample[first : 2 * pairs : 2]
        zeros = sample[1 - first : 2 * pairs : 2]
        ascii_pairs = sum(z == 0 and c in _TEXT for c, z in zip(letters, zeros, strict=True))
        if ascii_pairs > _MOST * pairs:
            return encoding
    return None


def decoded(window: Window, encoding: str) -> Window:
    """Return a window in UTF-8. Its offset in the file stays; offsets in it are those in UTF-8."""
    before, own, after = (
        part.decode(encoding, "replace").encode("utf-8", "replace")
        for part in (
            window.content[: window.own_start],
            window.content[window.own_start : window.own_end],
            window.content[window.own_end :],
        )
    )
    return replace(
        window,
        content=before + own + after,
        own_start=len(before),
        own_end=len(before) + len(own),
    )
