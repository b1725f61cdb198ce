"""What a folder and an archive have in common when their files are read: limits and windows."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from vscan.text import describe_os_error

MAX_FILE_BYTES = 16 * 1024 * 1024  # of a file that is read whole
# What an analysis looks at of one extension. Real ones have up to some ten thousand files.
MAX_FILES = 50_000  # that are read
MAX_NAMES = 200_000  # files and folders that are listed: which files are read, their names say
MAX_TOTAL_BYTES = 1024**3
MAX_DEPTH = 64
WINDOW_BYTES = 8 * 1024**2
OVERLAP_BYTES = 64 * 1024  # what no window may cut in two is at most this long
_PIECE_BYTES = 256 * 1024


# What a program is made of, and what says which packages it has.
_FIRST = (
    *(".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".tsx", ".node", ".html", ".htm"),
    *(".sh", ".bash", ".zsh", ".command", ".ps1", ".psm1", ".bat", ".cmd", ".vbs", ".py"),
    *("package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"),
)


def is_read_first(name: str) -> bool:
    """Tell whether a file is code by its name, or says of which packages it is."""
    return name.lower().endswith(_FIRST)


class UnreadableError(Exception):
    """Why a file or folder can't be read, in words for a person."""


def reason(error: OSError) -> str:
    """Say why, without the path."""
    if error.errno == errno.ELOOP:
        return "its links form a circle"
    return describe_os_error(error)


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of an extension. ``name`` is its path below the root, with ``/``.

    ``size`` is what the file system, or the archive, says; an archive may lie.
    """

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of a file, in memory. A file that can be read is its pieces, one after the other."""

    entry: Entry
    content: bytes | memoryview


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a file, in memory. Windows overlap, so that nothing short is cut in two.

    ``start`` is its offset in the file, ``line`` the number of its first line. What begins
    at ``fresh`` bytes or later is in the next window, too, and so is what stands before: the
    first ``seen`` bytes of a window were in the one before it.
    """

    entry: Entry
    content: bytes
    start: int
    line: int
    fresh: int
    seen: int = 0

    @property
    def piece(self) -> Chunk:
        """What of it is a part of the file that no other window counts as its own."""
        return Chunk(self.entry, memoryview(self.content)[self.seen : self.fresh])


class AnomalyKind(Enum):
    """What can be odd about an archive."""

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


@dataclass(frozen=True, slots=True)
class ArchiveAnomaly:
    """Something that an archive which a packer made does not have. ``name`` may be hostile."""

    trait: AnomalyKind
    name: str  # the member's path, as in its entry; empty for the archive as a whole
    detail: str


class Readable(Protocol):
    """What can be read on, as a binary file."""

    def read(self, size: int, /) -> bytes | None:
        """Give up to ``size`` bytes; none at the end."""


def windows_of(entry: Entry, file: Readable) -> Iterator[Window]:
    """Read one file to its end, in parts."""
    # Room for a whole window, for each of thousands of small files, would cost more than reading.
    content = read_up_to(file, min(WINDOW_BYTES, entry.size + 1))
    if len(content) > entry.size:  # it is larger than it said
        content += read_up_to(file, WINDOW_BYTES - len(content))
    start, line, seen = 0, 1, 0
    fresh = WINDOW_BYTES - OVERLAP_BYTES
    step = fresh - OVERLAP_BYTES  # what stands before is in a window, too: also of what is new
    while len(content) == WINDOW_BYTES:
        more = read_up_to(file, step)
        if not more:
            break
        yield Window(entry, content, start, line, fresh, seen)
        line += content.count(b"\n", 0, step)
        start += step
        content, seen = content[step:] + more, OVERLAP_BYTES
    yield Window(entry, content, start, line, len(content), seen)


def chunks_of(entry: Entry, file: Readable) -> Iterator[Chunk]:
    """Read one file to its end, in parts so small that they share their memory.

    To have memory of its own for each large file would cost as much as to read it.
    """
    content = file.read(min(_PIECE_BYTES, entry.size + 1)) or b""
    yield Chunk(entry, content)
    while content and (content := file.read(_PIECE_BYTES) or b""):
        yield Chunk(entry, content)


def read_up_to(file: Readable, size: int) -> bytes:
    """Read until there are ``size`` bytes or no more: a short read is not the end."""
    first = file.read(size) or b""
    if len(first) == size or not first:
        return first
    parts, missing = [first], size - len(first)
    while missing and (more := file.read(missing)):
        parts.append(more)
        missing -= len(more)
    return b"".join(parts)
