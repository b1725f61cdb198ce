"""What a verdict is remembered under: a digest of all that an analysis reads.

Apart from the analyser, because it is all that is needed where nothing has changed.
"""

import hashlib
import time
from collections.abc import Iterable
from pathlib import Path

from vscan.domain import Extension
from vscan.package import (
    Entry,
    Oddity,
    Piece,
    missing,
    opened,
)
from vscan.sources.offline.checks.known import registry_of

TIME_LIMIT_S = 60.0  # for one extension
_UNFINISHED = "unfinished"  # the digest of what takes too long to read; no verdict has it


class Digest:
    """What an analysis reads, as one number: names, sizes, bytes, and what it goes by besides.

    That is the editor that it is installed in, and which members of a pack are missing there.
    """

    def __init__(self, root: Path, missing: Iterable[str]) -> None:
        self._hash = hashlib.sha256()
        self._entry: Entry | None = None
        self._add((registry_of(root) or "", *missing))

    def _add(self, texts: Iterable[str]) -> None:
        for text in texts:
            part = text.encode("utf-8", "surrogatepass")  # from JSON there are all of them
            self._hash.update(b"%d:%b" % (len(part), part))

    def add(self, piece: Piece) -> None:
        """Take the next part of a file in."""
        if piece.entry is not self._entry:
            self._entry = piece.entry
            self._add((piece.entry.name, str(piece.entry.size)))
        self._hash.update(piece.content)

    def end(self, gaps: Iterable[str], oddities: Iterable[Oddity]) -> str:
        """Close it. What can't be read is a part of it: tomorrow perhaps it can."""
        self._add(gaps)
        for oddity in oddities:
            self._add((oddity.trait.name, oddity.name, oddity.detail))
        return self._hash.hexdigest()


def digest(extension: Extension) -> str:
    """Digest the bytes that an analysis would read: SHA-256 in hex, empty for what is not here.

    What takes longer to read than an analysis may take has no digest of its own.
    """
    if extension.root is None:
        return ""
    root = extension.root
    made = Digest(root, missing(root, extension.members))
    until_s = time.monotonic() + TIME_LIMIT_S
    package = opened(root)
    for piece in package.pieces():
        made.add(piece)
        if time.monotonic() > until_s:
            return _UNFINISHED
    return made.end(package.gaps, package.oddities)
