"""Keep the packages of many verdicts in a temporary file until a report reads them.

No check of the policy reads packages, and a verdict may list thousands: they are most of the memory
that the verdicts of a large scan need. The first ones stay in memory, so that a scan of one
machine's extensions makes no file.
"""

import hashlib
import weakref
from collections.abc import Iterator, Sequence
from typing import overload

from msgspec.structs import replace

from vscan.errors import ReportError
from vscan.model import Package, Scanned
from vscan.verdict_codec import decode_packages, encode_packages

_KEPT_IN_MEMORY = 20_000  # packages, of about 250 bytes each


class PackageSpool:
    """A temporary file of packages, for one thread. It is gone when nothing refers to it."""

    def __init__(self, kept_in_memory: int = _KEPT_IN_MEMORY) -> None:
        self._left_in_memory = kept_in_memory
        self._file: _SpoolFile | None = None
        self._usable = True

    def spool(self, scanned: Scanned) -> Scanned:
        """Return the same verdict, whose packages may be read from the file from now on.

        They stay in memory where no file can be written.
        """
        packages = scanned.verdict.packages
        if not packages or not self._usable:
            return scanned
        if self._left_in_memory >= len(packages):
            self._left_in_memory -= len(packages)
            return scanned
        self._left_in_memory = 0
        try:
            spooled = self._write(packages)
        except OSError:  # there is no directory for it, or the disk is full
            self._usable = False
            return scanned
        return Scanned(
            scanned.task, replace(scanned.verdict, packages=spooled), from_cache=scanned.from_cache
        )

    def _write(self, packages: Sequence[Package]) -> "SpooledPackages":
        content = encode_packages(packages)
        if self._file is None:
            self._file = _SpoolFile()
        return SpooledPackages(self._file, self._file.append(content), content, len(packages))


class _SpoolFile:
    """A temporary file without a name, which is closed when nothing refers to this object."""

    def __init__(self) -> None:
        import tempfile  # slow to import, and most scans have too few packages

        self._file = tempfile.TemporaryFile("w+b", buffering=0)  # noqa: SIM115 - it stays open
        self._end = 0
        weakref.finalize(self, self._file.close)

    def append(self, content: bytes) -> int:
        """Write at the end. Returns the offset; ``OSError`` if it does not fit."""
        self._file.seek(self._end)
        left = memoryview(content)
        while left:
            left = left[self._file.write(left) :]
        offset, self._end = self._end, self._end + len(content)
        return offset

    def read(self, offset: int, length: int) -> bytes:
        """Read a part; a shorter one if the file has been cut."""
        self._file.seek(offset)
        parts = []
        while length and (part := self._file.read(length)):
            parts.append(part)
            length -= len(part)
        return b"".join(parts)


class SpooledPackages(Sequence[Package]):
    """Packages in a temporary file, read at each use.

    ``ReportError`` if what is read is not what was written: a report with fewer packages would
    look whole.
    """

    __slots__ = ("_count", "_digest", "_file", "_length", "_offset")

    def __init__(self, file: _SpoolFile, offset: int, content: bytes, count: int) -> None:
        self._file = file
        self._offset = offset
        self._length = len(content)
        self._digest = _digest(content)
        self._count = count

    def _read(self) -> tuple[Package, ...]:
        try:
            content = self._file.read(self._offset, self._length)
        except OSError as error:
            raise _unreadable(error.strerror or "") from None
        if _digest(content) != self._digest:
            raise _unreadable("it has changed")
        return decode_packages(content)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Package]:
        return iter(self._read())

    @overload
    def __getitem__(self, index: int) -> Package: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Package]: ...
    def __getitem__(self, index: int | slice) -> Package | Sequence[Package]:
        return self._read()[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._read() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._read())


def _digest(content: bytes) -> bytes:
    # An analyser process that an extension has taken over could open the file of the scan.
    return hashlib.blake2b(content, digest_size=16).digest()


def _unreadable(why: str) -> ReportError:
    return ReportError(
        f"the temporary file of what was found can't be read back: {why}",
        hint="see whether the disk of the directory for temporary files (TMPDIR) is sound",
    )
