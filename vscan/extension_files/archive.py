"""An extension in a ``.vsix`` archive, as the editor would unpack it.

Declared sizes are not trusted: bytes are counted while they are unpacked, and at most one window
of a member is in memory. An archive inside the archive is read as a file and not unpacked.
"""

import posixpath
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from vscan.extension_files.files_the_editor_loads import (
    MAX_MANIFEST_BYTES,
    LoadedPaths,
    candidate_files,
)
from vscan.extension_files.folder import open_regular
from vscan.extension_files.reading_in_parts import (
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
    os_error_reason,
    read_up_to,
    windows_of,
)
from vscan.extension_files.zip_directory import (
    ArchiveIssues,
    CentralDirectory,
    Member,
    check_names,
    read_central_directory,
)
from vscan.extension_files.zip_local_headers import locate_contents
from vscan.safe_text import sanitize

_ENCRYPTED = 0x2041  # flags: encrypted content, strong encryption, encrypted names
_STORED, _DEFLATED = 0, 8  # the compression methods that the editor supports
_CHUNK_BYTES = 64 * 1024
_MAX_RATIO = 100
_BOMB_BYTES = 16 * 1024**2  # less is harmless: a small file of zeros may have any ratio


class Archive:
    """Reads the files of an extension in an archive; the same interface as ``Folder``.

    Reading adds to ``anomalies`` and ``gaps``.
    """

    kind = "archive"
    links: tuple[tuple[str, str], ...] = ()  # links in an archive are anomalies

    def __init__(self, path: Path) -> None:
        self._path = path
        self._issues = ArchiveIssues()

    @property
    def gaps(self) -> list[str]:
        """What could not be read, or exceeded a limit."""
        return self._issues.gaps

    @property
    def is_complete(self) -> bool:
        """Whether everything was read: no limit was reached."""
        return self._issues.is_complete

    @property
    def anomalies(self) -> tuple[ArchiveAnomaly, ...]:
        """What a packer would not have written."""
        return tuple(self._issues.anomalies)

    def windows(self, loaded_paths: LoadedPaths | None = None) -> Iterator[Window]:
        """Unpack every file, large ones in parts: loaded files first, then code, then the rest.

        A damaged member does not stop the others from being read.
        """
        issues, total = self._issues, 0
        try:
            with open_regular(self._path) as file:
                directory = read_central_directory(file, issues)
                check_names(directory.members, issues)
                starts = locate_contents(file, directory, issues)
                files = [
                    (member, start)
                    for member, start in zip(directory.members, starts, strict=True)
                    if start is not None and member.is_file
                ]
                if loaded_paths is not None:
                    _report_linked_programs(issues, loaded_paths)
                for number, (member, start) in enumerate(_in_order(file, files, loaded_paths)):
                    if number == MAX_FILES:
                        issues.stop_at_limit(f"it has more than {MAX_FILES} files")
                        return
                    content = _Content(file, member, start)
                    try:
                        for window in windows_of(Entry(member.name, member.size), content):
                            total += window.own_end - window.own_start
                            if total > MAX_TOTAL_BYTES:
                                issues.stop_at_limit(f"it is over {MAX_TOTAL_BYTES // 1024**2} MiB")
                                return
                            yield window
                    except UnreadableError as error:
                        issues.gaps.append(f"{sanitize(member.name, 200)} {error}")
                    content.verify(issues)
        except (OSError, UnreadableError) as error:
            self._record_unreadable(error)

    def chunks(self) -> Iterator[Chunk]:
        """Unpack the same bytes of each file, each byte once."""
        for window in self.windows():
            yield window.own_chunk

    def read(self, name: str) -> bytes:
        """Read one file: the last one of that name, which is the one that the editor keeps.

        Raises ``FileNotFoundError`` if there is none, ``UnreadableError`` for every other problem.
        """
        try:
            with open_regular(self._path) as file:
                return _read(file, name)
        except FileNotFoundError:
            raise UnreadableError("the archive no longer exists") from None
        except _NoMemberError:
            raise FileNotFoundError(name) from None
        except OSError as error:
            raise UnreadableError(f"the archive can't be read: {os_error_reason(error)}") from None

    def _record_unreadable(self, error: OSError | UnreadableError) -> None:
        why = os_error_reason(error) if isinstance(error, OSError) else str(error)
        self._issues.gaps.append(f"the archive can't be read: {why}")


def _in_order(
    file: BinaryIO, files: Sequence[tuple[Member, int]], loaded_paths: LoadedPaths | None
) -> Iterator[tuple[Member, int]]:
    """Yield the files of an archive in reading order, each once."""
    loaded: set[int] = set()
    for number in _loaded(file, files, loaded_paths) if loaded_paths is not None else ():
        if number not in loaded and loaded_paths is not None:
            loaded.add(number)
            loaded_paths.files.add(files[number][0].name)
            yield files[number]
    rest = [each for number, each in enumerate(files) if number not in loaded]
    yield from (each for each in rest if is_read_first(each[0].name))
    yield from (each for each in rest if not is_read_first(each[0].name))


def _report_linked_programs(issues: ArchiveIssues, loaded_paths: LoadedPaths) -> None:
    """Add a gap for each entry point that is a link or a special file."""
    links = {
        _folded(anomaly.name) for anomaly in issues.anomalies if anomaly.kind is AnomalyKind.LINK
    }
    for entry in loaded_paths.entries if links else ():
        for candidate in candidate_files(entry):
            parts = _folded(candidate).split("/")
            above = {"/".join(parts[:number]) for number in range(1, len(parts) + 1)}
            if not links.isdisjoint(above):
                loaded_paths.gaps.append(
                    f"{sanitize(candidate, 200)} is a link, or not a regular file"
                )


def _loaded(
    file: BinaryIO, files: Sequence[tuple[Member, int]], loaded_paths: LoadedPaths
) -> Iterator[int]:
    """Yield the numbers of the loaded files; add a gap for what is not in the archive."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for number, (member, _) in enumerate(files):
        numbers[_folded(member.name)].append(number)
    for path in loaded_paths.outside_entry_points:
        loaded_paths.gaps.append(f"{sanitize(path, 200)}, which it runs, is not in the archive")
    for path, is_entry in loaded_paths.paths():
        for candidate in candidate_files(path):
            for number in numbers.get(_folded(candidate), ()):
                if is_entry:
                    loaded_paths.programs[files[number][0].name] = None
                yield number
        below = posixpath.normpath(f"{path}/package.json")
        for number in (
            numbers.get(_folded(below), ())[-1:] if loaded_paths.may_read_manifest() else ()
        ):
            with suppress(UnreadableError):
                content = read_up_to(_Content(file, *files[number]), MAX_MANIFEST_BYTES)
                loaded_paths.add_main(below, content, entry=is_entry)


def _folded(name: str) -> str:
    """Fold a name: the file system that it will be unpacked to is unknown."""
    return name.casefold()


class _NoMemberError(Exception):
    """The archive has no member of that name."""


def _read(file: BinaryIO, name: str) -> bytes:
    issues = ArchiveIssues()  # dropped: reading all files records the same
    directory = read_central_directory(file, issues)
    named = [member for member in directory.members if member.is_file and member.name == name]
    if not named:
        raise _NoMemberError
    (start,) = locate_contents(
        file, CentralDirectory(named[-1:], directory.start, is_complete=False), issues
    )
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
    """Unpacks one member from its beginning to its end."""

    def __init__(self, file: BinaryIO, member: Member, start: int) -> None:
        self._file = file
        self._member = member
        self._start = self._position = start
        self._end = start + member.packed
        self._unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        self._pending = b""
        self._size = 0
        self._checksum = 0
        self._is_finished = False

    def read(self, size: int, /) -> bytes:
        """Unpack up to ``size`` bytes; ``UnreadableError`` if the member can't be unpacked."""
        member = self._member
        if member.flags & _ENCRYPTED:
            raise UnreadableError("is encrypted")
        if member.method not in {_STORED, _DEFLATED}:
            raise UnreadableError(
                f"uses a compression method that editors don't support ({member.method})"
            )
        if self._is_bomb():
            raise UnreadableError(f"unpacks to over {_MAX_RATIO} times its size")
        content = self._read_packed(size) if member.method == _STORED else self._inflate(size)
        self._size += len(content)
        self._checksum = zlib.crc32(content, self._checksum)
        self._is_finished = not content
        return content

    def _inflate(self, size: int) -> bytes:
        while not self._unpacker.eof:
            packed = self._pending or self._read_packed(_CHUNK_BYTES)
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

    def _read_packed(self, size: int) -> bytes:
        # All members share one open file, each with its own position.
        self._file.seek(self._position)
        size = min(size, self._end - self._position)
        content = read_up_to(self._file, size)
        if len(content) < size:
            raise UnreadableError("is cut off")
        self._position += size
        return content

    def _is_bomb(self) -> bool:
        # Counted bytes: the declared sizes may be wrong.
        return self._size > max(_BOMB_BYTES, _MAX_RATIO * (self._position - self._start))

    def verify(self, issues: ArchiveIssues) -> None:
        """Compare what was unpacked with what the archive declares."""
        member = self._member
        if not self._is_finished:
            if self._is_bomb():
                issues.is_complete = False  # the digest covers only what was read
                issues.record(
                    AnomalyKind.BOMB,
                    member.name,
                    f"{self._size} bytes of {self._position - self._start}",
                )
        elif self._size != member.size:
            detail = f"{self._size} bytes, and the archive says {member.size}"
            issues.record(AnomalyKind.DISAGREEMENT, member.name, detail)
        elif self._checksum != member.checksum:
            issues.record(AnomalyKind.DAMAGE, member.name)
        elif self._position < self._end or self._unpacker.unused_data:
            issues.record(AnomalyKind.STRAY, member.name, "more is packed than is unpacked")
