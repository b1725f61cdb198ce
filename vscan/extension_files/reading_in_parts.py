"""Limits and windows: what reading a folder and reading an archive have in common."""

import errno
from collections.abc import Iterator
from enum import Enum
from typing import Protocol

from msgspec import Struct

from vscan.safe_text import describe_os_error

MAX_FILE_BYTES = 16 * 1024 * 1024  # of a file that is read into memory whole
# Limits for one extension. Real extensions have up to some ten thousand files.
MAX_FILES = 50_000  # that are read
MAX_NAMES = 200_000  # files and folders that are listed; the names decide which files are read
MAX_TOTAL_BYTES = 1024**3
MAX_DEPTH = 64
WINDOW_BYTES = 16 * 1024**2  # so a file up to this size has no borders inside
OVERLAP_BYTES = 64 * 1024  # a match up to this length is whole in at least one window
_CHUNK_BYTES = 256 * 1024


# Suffixes of code, and the files that list packages.
_READ_FIRST = (
    *(".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".tsx", ".node", ".html", ".htm"),
    *(".sh", ".bash", ".zsh", ".command", ".ps1", ".psm1", ".bat", ".cmd", ".vbs", ".py"),
    *("package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"),
)


def is_read_first(name: str) -> bool:
    """Say whether a file is code, or a list of packages, by its name."""
    return name.lower().endswith(_READ_FIRST)


class UnreadableError(Exception):
    """Says why a file or folder can't be read, in words for a person."""


def os_error_reason(error: OSError) -> str:
    """Describe an ``OSError`` without the path."""
    if error.errno == errno.ELOOP:
        return "its links form a circle"
    return describe_os_error(error)


class Entry(Struct, frozen=True):
    """A regular file of an extension. ``name`` is its path below the root, with ``/``.

    ``size`` is what the file system or the archive declares; an archive may declare a wrong one.
    """

    name: str
    size: int


class Chunk(Struct, frozen=True):
    """A part of a file, in memory. The chunks of a readable file, joined, are its content."""

    entry: Entry
    content: bytes | memoryview


class Window(Struct, frozen=True):
    """A part of a file, in memory. Windows overlap, so that no short match is cut in two.

    ``start`` is the window's offset in the file, ``line`` the number of its first line. Two
    offsets in ``content`` bound the bytes that belong to this window alone: the bytes before
    ``own_start`` belong to the window before it, those from ``own_end`` on to the next one.
    """

    entry: Entry
    content: bytes
    start: int
    line: int
    own_end: int
    own_start: int = 0

    @property
    def own_chunk(self) -> Chunk:
        """The bytes that belong to this window alone."""
        return Chunk(self.entry, memoryview(self.content)[self.own_start : self.own_end])


class AnomalyKind(Enum):
    """A kind of anomaly. A finding's digest contains the name of the kind: it must not change."""

    DUPLICATE = "two members have one name"
    COLLISION = "names differ in nothing that every file system keeps"
    OUTSIDE = "a name leads out of the folder"
    NAME = "a name has characters that names don't have"
    BACKSLASH = "a name has backslashes, as old packers of Windows write them"
    LINK = "a member is a link, or no file"
    BOMB = "a member unpacks to over a hundred times its size"
    OVERLAP = "members share bytes"
    DISAGREEMENT = "the archive contradicts itself"
    HIDDEN = "a member is missing from the table of contents"
    STRAY = "bytes belong to no member"
    DAMAGE = "content does not match its checksum or size"
    IDENTITY = "extension.vsixmanifest and package.json say different things"


class ArchiveAnomaly(Struct, frozen=True):
    """A trait that archives from packers don't have. ``name`` may be hostile."""

    kind: AnomalyKind
    name: str  # the member's path, as in its entry; empty for the archive as a whole
    detail: str


class Readable(Protocol):
    """An open binary file."""

    def read(self, size: int, /) -> bytes | None:
        """Return up to ``size`` bytes; an empty result is the end."""


def windows_of(entry: Entry, file: Readable) -> Iterator[Window]:
    """Read one file to its end, in windows."""
    # Allocating a whole window for each of thousands of small files would cost more than reading.
    content = read_up_to(file, min(WINDOW_BYTES, entry.size + 1))
    if len(content) > entry.size:  # the file is larger than its declared size
        content += read_up_to(file, WINDOW_BYTES - len(content))
    start, line, own_start = 0, 1, 0
    own_end = WINDOW_BYTES - OVERLAP_BYTES
    step = own_end - OVERLAP_BYTES  # so each window also has the bytes before its own ones
    while len(content) == WINDOW_BYTES:
        more = read_up_to(file, step)
        if not more:
            break
        yield Window(entry, content, start, line, own_end, own_start)
        line += content.count(b"\n", 0, step)
        start += step
        content, own_start = content[step:] + more, OVERLAP_BYTES
    yield Window(entry, content, start, line, len(content), own_start)


def chunks_of(entry: Entry, file: Readable) -> Iterator[Chunk]:
    """Read one file to its end, in chunks small enough to reuse the same memory.

    Allocating memory for the whole of each large file would cost as much as reading it.
    """
    content = file.read(min(_CHUNK_BYTES, entry.size + 1)) or b""
    yield Chunk(entry, content)
    while content and (content := file.read(_CHUNK_BYTES) or b""):
        yield Chunk(entry, content)


def read_up_to(file: Readable, size: int) -> bytes:
    """Read ``size`` bytes, or all that are left: a short read is not the end of a file."""
    first = file.read(size) or b""
    if len(first) == size or not first:
        return first
    parts, missing = [first], size - len(first)
    while missing and (more := file.read(missing)):
        parts.append(more)
        missing -= len(more)
    return b"".join(parts)
