"""An extension in the folder to which an editor has installed it."""

import errno
import itertools
import os
import posixpath
import stat
import unicodedata
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from typing import BinaryIO, Self, TypeVar

from vscan.extension_files.files_the_editor_loads import (
    MAX_MANIFEST_BYTES,
    LoadedPaths,
    candidate_files,
    is_outside,
)
from vscan.extension_files.reading_in_parts import (
    MAX_DEPTH,
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_NAMES,
    MAX_TOTAL_BYTES,
    ArchiveAnomaly,
    Chunk,
    Entry,
    Readable,
    UnreadableError,
    Window,
    chunks_of,
    is_read_first,
    os_error_reason,
    read_up_to,
    windows_of,
)
from vscan.files_on_windows import is_junction
from vscan.safe_text import sanitize

_Piece = TypeVar("_Piece", Window, Chunk)

# Opening a pipe without a writer would block, and so would reading a device. Some systems lack a
# flag.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
_FLAGS |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_BROKEN_LINK_ERRORS = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
_NOT_FOUND_ERRORS = _BROKEN_LINK_ERRORS | {errno.ENAMETOOLONG, errno.EINVAL}


def resolve(path: Path) -> Path:
    """Follow every link to an existing file or folder; ``OSError`` if that fails.

    ``Path.resolve`` is not used because its error for a circle of links depends on the version of
    Python.
    """
    return Path(os.path.realpath(path, strict=True))


def open_regular(path: str | Path) -> BinaryIO:
    """Open a regular file, unbuffered; ``OSError`` for a link or anything else."""
    descriptor, _ = _open_descriptor(path)
    return open(descriptor, "rb", buffering=0)  # noqa: PTH123 - a descriptor


def _open_descriptor(path: str | Path) -> tuple[int, os.stat_result]:
    """Open a regular file; return its descriptor and its status."""
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")  # noqa: TRY301 - one place closes the file
    except OSError:
        os.close(descriptor)
        raise
    return descriptor, status


def _is_link(item: os.DirEntry[str]) -> bool:
    return item.is_symlink() or is_junction(item)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


class _File:
    """A regular file that is read once, to its end or up to ``max_bytes`` bytes.

    Python's file objects make twice as many system calls, and each call lets another thread run.
    """

    __slots__ = ("_descriptor", "_is_finished", "_max_bytes", "_status", "bytes_read", "size")

    def __init__(self, path: str, max_bytes: int) -> None:
        self._descriptor, self._status = _open_descriptor(path)
        self._max_bytes = max_bytes
        self._is_finished = False
        self.size = self._status.st_size
        self.bytes_read = 0

    def read(self, size: int, /) -> bytes:
        size = min(size, self._max_bytes - self.bytes_read)
        if self._is_finished or not size:
            return b""
        content = os.read(self._descriptor, size)
        self.bytes_read += len(content)
        # A short read at the expected size is the end: this saves one system call a file.
        self._is_finished = len(content) < size and self.bytes_read == self.size
        return content

    def has_changed(self) -> bool:
        """Say whether the file was written to since it was opened."""
        now, then = os.fstat(self._descriptor), self._status
        return (now.st_mtime_ns, now.st_size) != (then.st_mtime_ns, then.st_size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


class _ListedNames:
    """The listed file names of an extension, exact and case-folded."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = frozenset(names)
        self.folded = {_folded(name): name for name in names}


class Folder:
    """Reads the files of an extension one after the other, within limits.

    Reading adds to ``gaps`` (what could not be read, or exceeded a limit) and to ``links`` (the
    links that stay inside, with their targets). It clears ``is_complete`` if a limit was reached,
    or if a file outside of the folder was read.
    """

    kind = "folder"
    anomalies: tuple[ArchiveAnomaly, ...] = ()  # only archives have anomalies

    def __init__(self, root: Path) -> None:
        self._root = root
        self.gaps: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.is_complete = True

    def windows(self, loaded_paths: LoadedPaths | None = None) -> Iterator[Window]:
        """Read every file, large ones in parts: loaded files first, then code, then the rest."""
        return self._read_all(windows_of, loaded_paths)

    def chunks(self) -> Iterator[Chunk]:
        """Read every file in chunks; the same bytes as ``windows`` reads, each once."""
        return self._read_all(chunks_of, None)

    def _read_all(
        self,
        divide: Callable[[Entry, Readable], Iterator[_Piece]],
        loaded_paths: LoadedPaths | None,
    ) -> Iterator[_Piece]:
        left = MAX_TOTAL_BYTES + 1
        for number, name in enumerate(self._in_order(loaded_paths)):
            if number == MAX_FILES:
                self._stop_at_limit(f"it has more than {MAX_FILES} files")
                return
            try:
                with _File(f"{self._root}/{name}", left) as file:
                    try:
                        yield from divide(Entry(name, file.size), file)
                    finally:
                        left -= file.bytes_read
                    if file.has_changed():
                        self.gaps.append(f"{sanitize(name, 200)} changed while it was read")
            except OSError as error:
                self.gaps.append(f"{sanitize(name, 200)} can't be read: {os_error_reason(error)}")
            if not left:
                self._stop_at_limit(f"it is over {MAX_TOTAL_BYTES // 1024**2} MiB")
                return

    def _stop_at_limit(self, gap: str) -> None:
        self.gaps.append(gap)
        self.is_complete = False

    def _in_order(self, loaded_paths: LoadedPaths | None) -> Iterator[str]:
        """Yield the file names in reading order, each once."""
        names = list(self._files())
        loaded: set[str] = set()
        if loaded_paths is not None:
            listed = _ListedNames(names)
            for path, is_entry in loaded_paths.paths():
                for name in self._files_at(path, listed, loaded_paths, is_entry=is_entry):
                    if is_entry:
                        loaded_paths.programs[name] = None
                    if name not in loaded:
                        loaded.add(name)
                        loaded_paths.files.add(name)
                        yield name
        rest = [name for name in names if name not in loaded]
        yield from (name for name in rest if is_read_first(name))
        yield from (name for name in rest if not is_read_first(name))
        if loaded_paths is not None:
            self._report_outside_paths(loaded_paths)

    def _report_outside_paths(self, loaded_paths: LoadedPaths) -> None:
        """Add a gap for each file outside that the extension loads: it is not read."""
        if loaded_paths.outside_entry_points or loaded_paths.outside_imports:
            self.is_complete = False  # the digest does not cover files outside
        for path in loaded_paths.outside_entry_points:
            if is_outside(path) and self._may_exist(f"{path}/package.json"):
                loaded_paths.gaps.append(
                    f"{sanitize(path, 200)}, which it runs, was not examined completely"
                )
        for path, name in loaded_paths.outside_imports.items():
            if any(map(self._may_exist, (*candidate_files(path), f"{path}/package.json"))):
                gap = (
                    f"{sanitize(name, 200)} loads {sanitize(path, 200)},"
                    " which is outside of the folder"
                )
                loaded_paths.gaps.append(gap)

    def _may_exist(self, path: str) -> bool:
        """Say whether a file exists, or may exist where reading is not permitted."""
        try:
            status = os.stat(f"{self._root}/{path}")  # noqa: PTH116 - a string
        except OSError as error:
            return error.errno not in _NOT_FOUND_ERRORS
        except ValueError:  # not a possible file name
            return False
        return not stat.S_ISDIR(status.st_mode)

    def _files_at(
        self, path: str, listed: _ListedNames, loaded_paths: LoadedPaths, *, is_entry: bool
    ) -> Iterator[str]:
        """Yield the files that a path may refer to."""
        # A listed file needs no system call. An unlisted one may still exist: behind a link, beyond
        # a limit, or in another spelling that the file system treats as the same.
        all_listed = self.is_complete and not (self.links or self.gaps or is_entry)
        for candidate in candidate_files(path):
            if candidate in listed.names:
                yield candidate
            elif not all_listed or _folded(candidate) in listed.folded:
                try:
                    name = self._regular_file_at(candidate, loaded_paths, is_entry=is_entry)
                except OSError as error:
                    if is_entry and error.errno not in _NOT_FOUND_ERRORS:
                        gap = f"{sanitize(candidate, 200)} can't be read: {os_error_reason(error)}"
                        loaded_paths.gaps.append(gap)
                    continue
                except ValueError:  # not a possible file name
                    continue
                if name is not None:
                    yield self._listed_name(name, listed)
        below = posixpath.normpath(f"{path}/package.json")
        if below in listed.names and loaded_paths.may_read_manifest():
            with suppress(OSError, UnreadableError):
                size = os.stat(f"{self._root}/{below}").st_size  # noqa: PTH116 - a string
                if size <= MAX_MANIFEST_BYTES:
                    loaded_paths.add_main(below, self.read(below), entry=is_entry)
                else:
                    loaded_paths.gaps.append(
                        f"{sanitize(below, 200)} is too large to see what it loads"
                    )

    def _listed_name(self, name: str, listed: _ListedNames) -> str:
        """Return the spelling of a file name that the folder lists."""
        other = listed.folded.get(_folded(name), name)
        with suppress(OSError):
            if other != name and Path(self._root, name).samefile(Path(self._root, other)):
                return other
        return name

    def _regular_file_at(
        self, path: str, loaded_paths: LoadedPaths, *, is_entry: bool
    ) -> str | None:
        """Return the name of the regular file at a path; one outside only without a link."""
        there = os.path.normpath(f"{self._root}/{path}")
        mode = os.stat(there).st_mode  # noqa: PTH116 - a string
        if stat.S_ISDIR(mode):
            return None
        real = os.path.realpath(there, strict=True)
        inside = Path(real).is_relative_to(self._root)
        if is_entry and not (inside or is_outside(path)):
            loaded_paths.outside_entry_points[path] = None  # through a link
        if stat.S_ISREG(mode) and (inside or real == there):
            self.is_complete &= inside  # the digest does not cover files outside
            return os.path.relpath(real, self._root).replace(os.sep, "/")
        if is_entry:
            loaded_paths.gaps.append(
                f"{sanitize(path, 200)} is a link out of the folder, or not a regular file"
            )
        return None

    def _files(self) -> Iterator[str]:
        """Yield the regular files, sorted within each folder. Links are not followed."""
        waiting = [("", 0)]
        found = 0
        while waiting:
            below, depth = waiting.pop()
            try:
                with os.scandir(f"{self._root}/{below}") as listing:
                    items = sorted(itertools.islice(listing, MAX_NAMES + 1), key=attrgetter("name"))
            except OSError as error:
                name = sanitize(below, 200) or "its folder"
                self.gaps.append(f"{name} can't be read: {os_error_reason(error)}")
                continue
            folders = []
            for item in items:
                found += 1  # folders count, too: listing them takes as long
                if found > MAX_NAMES:
                    self._stop_at_limit(f"it has more than {MAX_NAMES} files and folders")
                    return
                name = f"{below}/{item.name}" if below else item.name
                try:
                    if item.is_file(follow_symlinks=False):
                        yield name
                    elif item.is_dir(follow_symlinks=False) and not is_junction(item):
                        if depth == MAX_DEPTH:
                            self._stop_at_limit(
                                f"{sanitize(name, 200)} is over {MAX_DEPTH} folders deep"
                            )
                        else:
                            folders.append((name, depth + 1))
                    elif _is_link(item) and self._links_inside(item.path):
                        self.links.append((name, os.readlink(item.path)))  # noqa: PTH115 - a string
                    else:
                        shown = sanitize(name, 200)
                        gap = f"{shown} is a link out of the folder, or not a regular file"
                        self.gaps.append(gap)
                except OSError as error:
                    self.gaps.append(
                        f"{sanitize(name, 200)} can't be read: {os_error_reason(error)}"
                    )
            waiting.extend(reversed(folders))

    def read(self, name: str) -> bytes:
        """Read one regular file; links that stay inside of the folder are followed.

        Raises ``FileNotFoundError`` if there is none, ``UnreadableError`` for every other problem.
        """
        path = f"{self._root}/{name}"
        try:
            with self._open(path, name) as file:
                size = os.fstat(file.fileno()).st_size
                content = read_up_to(file, min(size, MAX_FILE_BYTES) + 1)
                if len(content) > size:  # the file has grown
                    content += read_up_to(file, MAX_FILE_BYTES + 1 - len(content))
        except FileNotFoundError:
            if Path(path).is_symlink():
                raise UnreadableError(f"{name} is a broken link") from None
            raise
        except OSError as error:
            raise UnreadableError(f"{name} can't be read: {os_error_reason(error)}") from None
        if len(content) > MAX_FILE_BYTES:
            raise UnreadableError(f"{name} is over {MAX_FILE_BYTES // 1024**2} MiB")
        return content

    def _open(self, path: str, name: str) -> BinaryIO:
        # The root is resolved, so only the file itself can be a link.
        if "/" not in name and stat.S_ISREG(os.lstat(path).st_mode):
            return open_regular(path)
        resolved = resolve(Path(path))
        if not resolved.is_relative_to(self._root):
            raise UnreadableError(f"{name} links out of the folder")
        if not stat.S_ISREG(resolved.stat().st_mode):
            raise UnreadableError(f"{name} is not a regular file")
        return open_regular(resolved)

    def _links_inside(self, path: str) -> bool:
        try:
            return resolve(Path(path)).is_relative_to(self._root)
        except OSError as error:
            if error.errno in _BROKEN_LINK_ERRORS:
                return True
            raise
