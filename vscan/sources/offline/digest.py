"""What a verdict is remembered under: a digest of all that an analysis reads.

Apart from the analyser, because it is all that is needed where nothing has changed.
"""

import hashlib
import time
from collections.abc import Iterable
from pathlib import Path

from vscan.domain import Extension
from vscan.package import Archive, Entry, Folder, Piece, missing, opened
from vscan.sources.offline.checks.known import registry_of

TIME_LIMIT_S = 60.0  # for one extension
_UNFINISHED = "unfinished"  # the digest of what takes too long to read; no verdict has it


class Digest:
    """What an analysis reads, as one number: names, sizes, bytes, and what it goes by besides.

    That is where links lead, the editor that it is installed in, and which members of a pack are
    missing there. Each fact stands behind its kind and its length, none can pass for others; the
    contents are one text, which the facts divide. How much is read of a file that fails midway
    depends on who reads it: such a verdict is not found again.
    """

    def __init__(self, root: Path, missing: Iterable[str]) -> None:
        self._facts = hashlib.sha256()
        self._contents = hashlib.sha256()
        self._entry: Entry | None = None
        self._length = 0
        self._add("editor", registry_of(root) or "")
        for member in missing:
            self._add("missing", member)

    def _add(self, *texts: str) -> None:
        for text in texts:
            part = text.encode("utf-8", "surrogatepass")  # from JSON there are all of them
            self._facts.update(b"%d:%b" % (len(part), part))

    def add(self, piece: Piece) -> None:
        """Take the next part of a file in."""
        if piece.entry is not self._entry:
            self._end_file()
            self._entry, self._length = piece.entry, 0
        self._length += len(piece.content)
        self._contents.update(piece.content)

    def _end_file(self) -> None:
        if self._entry is not None:
            self._add("file", self._entry.name, str(self._entry.size), str(self._length))

    def end(self, package: Folder | Archive) -> str:
        """Close it. What can't be read is a part of it: tomorrow perhaps it can."""
        self._end_file()
        for name, target in package.links:
            self._add("link", name, target)
        for gap in package.gaps:
            self._add("gap", gap)
        for oddity in package.oddities:
            self._add("oddity", oddity.trait.name, oddity.name, oddity.detail)
        self._add("contents", self._contents.hexdigest())
        return self._facts.hexdigest()


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
    return made.end(package)
