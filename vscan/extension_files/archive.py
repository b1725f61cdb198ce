"""An extension in a ``.vsix`` archive, as the editor would unpack it.

No size is believed: bytes are counted as they are unpacked, and never is more of a member in
memory than a window. An archive within is a file like any other, and stays packed.
"""

import posixpath
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from vscan.extension_files.entry_points import MAX_MANIFEST_BYTES, Loading, candidates
from vscan.extension_files.folder import open_regular
from vscan.extension_files.windows import (
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_TOTAL_BYTES,
    AnomalyKind,
    ArchiveAnomaly,
    Chunk,
    Entry,
    UnreadableError,
    Window,
    is_read_first,
    read_up_to,
    reason,
    windows_of,
)
from vscan.extension_files.zip_directory import (
    Member,
    Notes,
    Table,
    compare_names,
    content_starts,
    read_table,
)
from vscan.text import sanitize

_ENCRYPTED = 0x2041  # flags: content, its strength, names
_STORED, _DEFLATED = 0, 8  # methods; the editor knows no other
_CHUNK_BYTES = 64 * 1024
_MAX_RATIO = 100
_BOMB_BYTES = 16 * 1024**2  # what is smaller does no harm: a table of zeros has any ratio


class Archive:
    """All of an extension's files in an archive, as ``Folder`` gives those of a folder.

    ``anomalies`` grow while one reads, as ``gaps`` do.
    """

    kind = "archive"
    links: tuple[tuple[str, str], ...] = ()  # in an archive they are anomalies

    def __init__(self, path: Path) -> None:
        self._path = path
        self._notes = Notes()

    @property
    def gaps(self) -> list[str]:
        """What could not be looked at, or was too much."""
        return self._notes.gaps

    @property
    def whole(self) -> bool:
        """Whether no limit ended it before all was read."""
        return self._notes.whole

    @property
    def anomalies(self) -> tuple[ArchiveAnomaly, ...]:
        """What a packer would not have made."""
        return tuple(self._notes.anomalies)

    def windows(self, loading: Loading | None = None) -> Iterator[Window]:
        """Unpack every file; a large one in parts. What is loaded comes first, code second.

        What is wrong with one hides no other.
        """
        notes, total = self._notes, 0
        try:
            with open_regular(self._path) as file:
                table = read_table(file, notes)
                compare_names(table.members, notes)
                starts = content_starts(file, table, notes)
                files = [
                    (member, start)
                    for member, start in zip(table.members, starts, strict=True)
                    if start is not None and member.is_file
                ]
                if loading is not None:
                    _note_links(notes, loading)
                for number, (member, start) in enumerate(_in_order(file, files, loading)):
                    if number == MAX_FILES:
                        notes.cut(f"it has more than {MAX_FILES} files")
                        return
                    content = _Content(file, member, start)
                    try:
                        for window in windows_of(Entry(member.name, member.size), content):
                            total += window.fresh - window.seen
                            if total > MAX_TOTAL_BYTES:
                                notes.cut(f"it is over {MAX_TOTAL_BYTES // 1024**2} MiB")
                                return
                            yield window
                    except UnreadableError as error:
                        notes.gaps.append(f"{sanitize(member.name, 200)} {error}")
                    content.compare(notes)
        except (OSError, UnreadableError) as error:
            self._broken(error)

    def pieces(self) -> Iterator[Chunk]:
        """Unpack the same bytes of each file, and no byte twice."""
        for window in self.windows():
            yield window.piece

    def read(self, name: str) -> bytes:
        """Read one file: of several with that name the last, which the editor leaves on disk.

        Raises ``FileNotFoundError`` where there is none, ``UnreadableError`` for all else.
        """
        try:
            with open_regular(self._path) as file:
                return _read(file, name)
        except FileNotFoundError:
            raise UnreadableError("the archive is gone") from None
        except _NoMemberError:
            raise FileNotFoundError(name) from None
        except OSError as error:
            raise UnreadableError(f"the archive can't be read: {reason(error)}") from None

    def _broken(self, error: OSError | UnreadableError) -> None:
        why = reason(error) if isinstance(error, OSError) else str(error)
        self._notes.gaps.append(f"the archive can't be read: {why}")


def _in_order(
    file: BinaryIO, files: Sequence[tuple[Member, int]], loading: Loading | None
) -> Iterator[tuple[Member, int]]:
    """Order an archive's files as they are read: each once."""
    loaded: set[int] = set()
    for number in _loaded(file, files, loading) if loading is not None else ():
        if number not in loaded:
            loaded.add(number)
            yield files[number]
    rest = [each for number, each in enumerate(files) if number not in loaded]
    yield from (each for each in rest if is_read_first(each[0].name))
    yield from (each for each in rest if not is_read_first(each[0].name))


def _note_links(notes: Notes, loading: Loading) -> None:
    """Name the members that are links, or no files, where a program should be."""
    links = {_found_as(odd.name) for odd in notes.anomalies if odd.trait is AnomalyKind.LINK}
    for entry in loading.entries if links else ():
        for candidate in candidates(entry):
            parts = _found_as(candidate).split("/")
            above = {"/".join(parts[:number]) for number in range(1, len(parts) + 1)}
            if not links.isdisjoint(above):
                loading.gaps.append(f"{sanitize(candidate, 200)} is a link, or no file")


def _loaded(file: BinaryIO, files: Sequence[tuple[Member, int]], loading: Loading) -> Iterator[int]:
    """Give the numbers of the files that are loaded, and note what is not in the archive."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, (member, _) in enumerate(files):
        numbers[_found_as(member.name)].append(number)
    for path in loading.outside:
        loading.gaps.append(f"{sanitize(path, 200)}, which it runs, is not in the archive")
    for path, is_entry in loading.paths():
        for candidate in candidates(path):
            for number in numbers.get(_found_as(candidate), ()):
                if is_entry:
                    loading.programs[files[number][0].name] = None
                yield number
        below = posixpath.normpath(f"{path}/package.json")
        for number in numbers.get(_found_as(below), ())[-1:] if loading.asks_for_main() else ():
            with suppress(UnreadableError):
                content = read_up_to(_Content(file, *files[number]), MAX_MANIFEST_BYTES)
                loading.expect_main(below, content, entry=is_entry)


def _found_as(name: str) -> str:
    """Fold a name: on which system it will be unpacked is not known."""
    return name.casefold()


class _NoMemberError(Exception):
    """No member has that name."""


def _read(file: BinaryIO, name: str) -> bytes:
    notes = Notes()  # the same is noted where everything is read
    table = read_table(file, notes)
    named = [member for member in table.members if member.is_file and member.name == name]
    if not named:
        raise _NoMemberError
    (start,) = content_starts(file, Table(named[-1:], table.start, whole=False), notes)
    if start is None:
        raise UnreadableError(f"{name} is not where the archive says")
    try:
        content = read_up_to(_Content(file, named[-1], start), MAX_FILE_BYTES + 1)
    except UnreadableError as error:
        raise UnreadableError(f"{name} {error}") from None
    if len(content) > MAX_FILE_BYTES:
        raise UnreadableError(f"{name} is over {MAX_FILE_BYTES // 1024**2} MiB")
    return content


class _Content:
    """The unpacked bytes of a member, from its beginning to its end."""

    def __init__(self, file: BinaryIO, member: Member, start: int) -> None:
        self._file = file
        self._member = member
        self._start = self._at = start
        self._end = start + member.packed
        self._unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        self._pending = b""
        self._size = 0
        self._checksum = 0
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """Unpack up to so many bytes; ``UnreadableError`` where that can't go on."""
        member = self._member
        if member.flags & _ENCRYPTED:
            raise UnreadableError("is encrypted")
        if member.method not in {_STORED, _DEFLATED}:
            raise UnreadableError(f"is packed in a way that no editor knows ({member.method})")
        if self._is_bomb():
            raise UnreadableError(f"unpacks to over {_MAX_RATIO} times its size")
        content = self._packed(size) if member.method == _STORED else self._inflated(size)
        self._size += len(content)
        self._checksum = zlib.crc32(content, self._checksum)
        self._ended = not content
        return content

    def _inflated(self, size: int) -> bytes:
        while not self._unpacker.eof:
            packed = self._pending or self._packed(_CHUNK_BYTES)
            try:
                content = self._unpacker.decompress(packed, size)
            except zlib.error:
                raise UnreadableError("can't be unpacked: it is damaged") from None
            self._pending = self._unpacker.unconsumed_tail
            if content:
                return content
            if not packed:
                raise UnreadableError("is cut off")
        return b""

    def _packed(self, size: int) -> bytes:
        # Each member has its own place in the file that all share.
        self._file.seek(self._at)
        size = min(size, self._end - self._at)
        content = read_up_to(self._file, size)
        if len(content) < size:
            raise UnreadableError("is cut off")
        self._at += size
        return content

    def _is_bomb(self) -> bool:
        # By what was unpacked of what: the sizes that the archive gives may be anything.
        return self._size > max(_BOMB_BYTES, _MAX_RATIO * (self._at - self._start))

    def compare(self, notes: Notes) -> None:
        """Hold what was unpacked against what the archive says of it."""
        member = self._member
        if not self._ended:
            if self._is_bomb():
                notes.whole = False  # what follows is in no digest
                notes.odd(
                    AnomalyKind.BOMB, member.name, f"{self._size} bytes of {self._at - self._start}"
                )
        elif self._size != member.size:
            detail = f"{self._size} bytes, and the archive says {member.size}"
            notes.odd(AnomalyKind.DISAGREEMENT, member.name, detail)
        elif self._checksum != member.checksum:
            notes.odd(AnomalyKind.DAMAGE, member.name)
        elif self._at < self._end or self._unpacker.unused_data:
            notes.odd(AnomalyKind.STRAY, member.name, "more is packed than is unpacked")
