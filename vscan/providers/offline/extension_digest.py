"""The digest of everything that an analysis reads: a cached verdict is found by it.

This module does not need the analyser: an unchanged extension costs only its digest.
"""

import hashlib
import time
from collections.abc import Iterable
from operator import itemgetter
from typing import TYPE_CHECKING

from vscan.extension_files import Chunk, Entry, Folder, missing_members, open_extension
from vscan.model import Extension, Registry

if TYPE_CHECKING:
    from vscan.extension_files.archive import Archive

TIME_LIMIT_S = 60.0  # for one extension
_UNFINISHED = "unfinished"  # in place of the digest of a partly read extension; no verdict has it


class Digest:
    """Digests the names, sizes and bytes of the files, and what else a verdict depends on.

    That is: folder or archive, the targets of links, the registry if it is known, and the missing
    members of a pack. Each fact is preceded by its kind and its length, so that different facts
    can't have equal bytes. The order in which files are read does not matter, except for files of
    the same name. A file that fails midway may be read up to another point next time: its verdict
    is then not found in the cache.
    """

    def __init__(self, registry: Registry | None, missing_members: Iterable[str]) -> None:
        self._facts = hashlib.sha256()
        self._files: list[tuple[str, int, int, str]] = []
        self._entry: Entry | None = None
        self._length = 0
        self._content = hashlib.sha256()
        self._add("registry", registry or "")
        for member in missing_members:
            self._add("missing", member)

    def _add(self, *texts: str) -> None:
        for text in texts:
            part = text.encode("utf-8", "surrogatepass")  # JSON may contain lone surrogates
            self._facts.update(b"%d:%b" % (len(part), part))

    def add(self, chunk: Chunk) -> None:
        """Add the next chunk of a file."""
        if chunk.entry is not self._entry:
            self.end_file()
            self._entry, self._length = chunk.entry, 0
            self._content = hashlib.sha256(chunk.content)
        else:
            self._content.update(chunk.content)
        self._length += len(chunk.content)

    def end_file(self) -> str:
        """End the current file; return its SHA-256 in hex, or an empty string without a file."""
        if self._entry is None:
            return ""
        content = self._content.hexdigest()
        self._files.append((self._entry.name, self._entry.size, self._length, content))
        self._entry = None
        return content

    def end(self, package: "Folder | Archive") -> str:
        """Return the digest in hex; an empty string if not everything was read.

        Gaps are part of the digest: a file that can't be read today may be readable tomorrow.
        """
        self.end_file()
        if not package.is_complete:
            return ""
        self._add("kind", package.kind)
        for name, size, length, content in sorted(self._files, key=itemgetter(0)):
            self._add("file", name, str(size), str(length), content)
        for name, target in sorted(package.links):
            self._add("link", name, target)
        for gap in sorted(package.gaps):
            self._add("gap", gap)
        for anomaly in sorted((a.kind.name, a.name, a.detail) for a in package.anomalies):
            self._add("anomaly", *anomaly)
        return self._facts.hexdigest()


def digest(extension: Extension) -> str:
    """Digest the bytes that an analysis would read: SHA-256 in hex, empty if it is not installed.

    An extension that exceeds the time limit or the size limits of an analysis has no digest of
    its own.
    """
    if extension.root is None:
        return ""
    root = extension.root
    made = Digest(extension.registry, missing_members(root, extension.members, extension.directory))
    until_s = time.monotonic() + TIME_LIMIT_S
    package = open_extension(root)
    for chunk in package.chunks():
        made.add(chunk)
        if time.monotonic() > until_s:
            return _UNFINISHED
    return made.end(package) or _UNFINISHED
