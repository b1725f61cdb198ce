"""What a verdict is remembered under: a digest of all that an analysis reads.

AnalyserProcess from the analyser, because it is all that is needed where nothing has changed.
"""

import hashlib
import time
from collections.abc import Iterable
from operator import itemgetter

from vscan.extension_files import Archive, Chunk, Entry, Folder, missing, opened
from vscan.model import Extension, Registry

TIME_LIMIT_S = 60.0  # for one extension
_UNFINISHED = "unfinished"  # the digest of what is not read to its end; no verdict has it


class Digest:
    """What an analysis reads, as one number: names, sizes, bytes, and what it goes by besides.

    That is whether it is a folder or an archive, where links lead, the registry that it is from as
    far as that is known, and which members of a pack are missing there. Each fact stands behind its
    kind and its length, none can pass for others. In which order files are read does not count, but
    for those of one name. How much is read of a file that fails midway depends on who reads it:
    such a verdict is not found again.
    """

    def __init__(self, registry: Registry | None, missing: Iterable[str]) -> None:
        self._facts = hashlib.sha256()
        self._files: list[tuple[str, int, int, str]] = []
        self._entry: Entry | None = None
        self._length = 0
        self._content = hashlib.sha256()
        self._add("registry", registry or "")
        for member in missing:
            self._add("missing", member)

    def _add(self, *texts: str) -> None:
        for text in texts:
            part = text.encode("utf-8", "surrogatepass")  # from JSON there are all of them
            self._facts.update(b"%d:%b" % (len(part), part))

    def add(self, piece: Chunk) -> None:
        """Take the next part of a file in."""
        if piece.entry is not self._entry:
            self.end_file()
            self._entry, self._length = piece.entry, 0
            self._content = hashlib.sha256(piece.content)
        else:
            self._content.update(piece.content)
        self._length += len(piece.content)

    def end_file(self) -> str:
        """Close the file that was read last. Returns its SHA-256 in hex, or nothing without one."""
        if self._entry is None:
            return ""
        content = self._content.hexdigest()
        self._files.append((self._entry.name, self._entry.size, self._length, content))
        self._entry = None
        return content

    def end(self, package: Folder | Archive) -> str:
        """Close it; empty where not everything that is there was read.

        What can't be read is a part of it: tomorrow perhaps it can.
        """
        self.end_file()
        if not package.whole:
            return ""
        self._add("kind", package.kind)
        for name, size, length, content in sorted(self._files, key=itemgetter(0)):
            self._add("file", name, str(size), str(length), content)
        for name, target in sorted(package.links):
            self._add("link", name, target)
        for gap in sorted(package.gaps):
            self._add("gap", gap)
        for anomaly in sorted((o.trait.name, o.name, o.detail) for o in package.anomalies):
            self._add("anomaly", *anomaly)
        return self._facts.hexdigest()


def digest(extension: Extension) -> str:
    """Digest the bytes that an analysis would read: SHA-256 in hex, empty for what is not here.

    What takes longer to read than an analysis may take, or has more than it reads, has no digest
    of its own.
    """
    if extension.root is None:
        return ""
    root = extension.root
    made = Digest(extension.registry, missing(root, extension.members, extension.directory))
    until_s = time.monotonic() + TIME_LIMIT_S
    package = opened(root)
    for piece in package.pieces():
        made.add(piece)
        if time.monotonic() > until_s:
            return _UNFINISHED
    return made.end(package) or _UNFINISHED
