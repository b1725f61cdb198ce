"""The folder of an installed extension."""

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

from vscan.extension_files.entry_points import MAX_MANIFEST_BYTES, Loading, candidates, leads_out
from vscan.extension_files.windows import (
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
    read_up_to,
    reason,
    windows_of,
)
from vscan.text import sanitize

_Part = TypeVar("_Part", Window, Chunk)

# A pipe without a writer would block in open, and a device in read. Not every system has each.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)
_FLAGS |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_NOWHERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}  # what a link that leads nowhere fails with
_NO_FILE = _NOWHERE | {errno.ENAMETOOLONG, errno.EINVAL}  # what no file is called


def resolve(path: Path) -> Path:
    """Follow every link to something that is there; ``OSError`` where that fails.

    Not ``Path.resolve``: what that raises for a circle depends on Python's version.
    """
    return Path(os.path.realpath(path, strict=True))


def open_regular(path: str | Path) -> BinaryIO:
    """Open a regular file, unbuffered; ``OSError`` for a link or anything else."""
    descriptor, _ = _opened(path)
    return open(descriptor, "rb", buffering=0)  # noqa: PTH123 - a descriptor


def _opened(path: str | Path) -> tuple[int, os.stat_result]:
    """Open a regular file: its descriptor and its status."""
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")  # noqa: TRY301 - one way out
    except OSError:
        os.close(descriptor)
        raise
    return descriptor, status


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


class _File:
    """A regular file that is read once, to its end or up to ``most`` bytes.

    Not one of Python's: those ask the system twice as much, and with each question another
    thread takes its turn.
    """

    __slots__ = ("_descriptor", "_ended", "_most", "_status", "size", "taken")

    def __init__(self, path: str, most: int) -> None:
        self._descriptor, self._status = _opened(path)
        self._most = most
        self._ended = False
        self.size = self._status.st_size
        self.taken = 0

    def read(self, size: int, /) -> bytes:
        size = min(size, self._most - self.taken)
        if self._ended or not size:
            return b""
        content = os.read(self._descriptor, size)
        self.taken += len(content)
        # Less than was asked for, and all there should be: the system need not be asked again.
        self._ended = len(content) < size and self.taken == self.size
        return content

    def has_changed(self) -> bool:
        """Say whether it was written to since it was opened."""
        now, then = os.fstat(self._descriptor), self._status
        return (now.st_mtime_ns, now.st_size) != (then.st_mtime_ns, then.st_size)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)


class _Listed:
    """The files that a folder lists, by their names, and by their names without case."""

    def __init__(self, names: Collection[str]) -> None:
        self.names = frozenset(names)
        self.folded = {_folded(name): name for name in names}


class Folder:
    """All of an extension's files, one after the other, within bounds.

    ``gaps`` says what could not be looked at, or was too much, ``links`` which links stay inside
    and where they lead: both grow while one reads. It is not ``whole`` any more where a limit
    ended that before all was read, or where something outside was read.
    """

    kind = "folder"
    anomalies: tuple[ArchiveAnomaly, ...] = ()  # only an archive has any

    def __init__(self, root: Path) -> None:
        self._root = root
        self.gaps: list[str] = []
        self.links: list[tuple[str, str]] = []
        self.whole = True

    def windows(self, loading: Loading | None = None) -> Iterator[Window]:
        """Read every file; a large one in parts. What is loaded comes first, code second."""
        return self._read_all(windows_of, loading)

    def pieces(self) -> Iterator[Chunk]:
        """Read every file; all but a small one in parts. It is the same bytes of each."""
        return self._read_all(chunks_of, None)

    def _read_all(
        self, divided: Callable[[Entry, Readable], Iterator[_Part]], loading: Loading | None
    ) -> Iterator[_Part]:
        left = MAX_TOTAL_BYTES + 1
        for number, name in enumerate(self._in_order(loading)):
            if number == MAX_FILES:
                self._cut(f"it has more than {MAX_FILES} files")
                return
            try:
                with _File(f"{self._root}/{name}", left) as file:
                    try:
                        yield from divided(Entry(name, file.size), file)
                    finally:
                        left -= file.taken
                    if file.has_changed():
                        self.gaps.append(f"{sanitize(name, 200)} changed while it was read")
            except OSError as error:
                self.gaps.append(f"{sanitize(name, 200)} can't be read: {reason(error)}")
            if not left:
                self._cut(f"it is over {MAX_TOTAL_BYTES // 1024**2} MiB")
                return

    def _cut(self, gap: str) -> None:
        self.gaps.append(gap)
        self.whole = False

    def _in_order(self, loading: Loading | None) -> Iterator[str]:
        """Name the files in the order in which they are read: each once."""
        names = list(self._files())
        loaded: set[str] = set()
        if loading is not None:
            listed = _Listed(names)
            for path, is_entry in loading.paths():
                for name in self._located(path, listed, loading, is_entry=is_entry):
                    if is_entry:
                        loading.programs[name] = None
                    if name not in loaded:
                        loaded.add(name)
                        yield name
        rest = [name for name in names if name not in loaded]
        yield from (name for name in rest if is_read_first(name))
        yield from (name for name in rest if not is_read_first(name))
        if loading is not None:
            self._note_what_leads_out(loading)

    def _note_what_leads_out(self, loading: Loading) -> None:
        """Name what is outside and loaded by a file of the extension: it is not looked at."""
        if loading.outside or loading.leading_out:
            self.whole = False  # what is there another time is in no digest
        for path in loading.outside:
            if leads_out(path) and self._is_there(f"{path}/package.json"):
                loading.gaps.append(
                    f"{sanitize(path, 200)}, which it runs, was not looked at whole"
                )
        for path, name in loading.leading_out.items():
            if any(map(self._is_there, (*candidates(path), f"{path}/package.json"))):
                gap = (
                    f"{sanitize(name, 200)} loads {sanitize(path, 200)},"
                    " which is outside of the folder"
                )
                loading.gaps.append(gap)

    def _is_there(self, path: str) -> bool:
        """Tell whether there is a file, or may be: where we can't look there may be anything."""
        try:
            status = os.stat(f"{self._root}/{path}")  # noqa: PTH116 - a string
        except OSError as error:
            return error.errno not in _NO_FILE
        except ValueError:  # what no file system can have for a name
            return False
        return not stat.S_ISDIR(status.st_mode)

    def _located(
        self, path: str, listed: "_Listed", loading: Loading, *, is_entry: bool
    ) -> Iterator[str]:
        """Name the files that a path may mean."""
        # What is listed need not be asked for, and what is not may still be there: behind a link,
        # beyond a limit, or by other letters, where the file system takes them for the same.
        all_listed = self.whole and not (self.links or self.gaps or is_entry)
        for candidate in candidates(path):
            if candidate in listed.names:
                yield candidate
            elif not all_listed or _folded(candidate) in listed.folded:
                try:
                    name = self._located_file(candidate, loading, is_entry=is_entry)
                except OSError as error:
                    if is_entry and error.errno not in _NO_FILE:
                        gap = f"{sanitize(candidate, 200)} can't be read: {reason(error)}"
                        loading.gaps.append(gap)
                    continue
                except ValueError:  # what no file system can have for a name
                    continue
                if name is not None:
                    yield self._as_listed(name, listed)
        below = posixpath.normpath(f"{path}/package.json")
        if below in listed.names and loading.asks_for_main():
            with suppress(OSError, UnreadableError):
                size = os.stat(f"{self._root}/{below}").st_size  # noqa: PTH116 - a string
                if size <= MAX_MANIFEST_BYTES:
                    loading.expect_main(below, self.read(below), entry=is_entry)
                else:
                    loading.gaps.append(f"{sanitize(below, 200)} is too large to see what it loads")

    def _as_listed(self, name: str, listed: "_Listed") -> str:
        """Name a file as its folder does."""
        other = listed.folded.get(_folded(name), name)
        with suppress(OSError):
            if other != name and Path(self._root, name).samefile(Path(self._root, other)):
                return other
        return name

    def _located_file(self, path: str, loading: Loading, *, is_entry: bool) -> str | None:
        """Name the regular file at a path; outside of it only one to which no link leads."""
        there = os.path.normpath(f"{self._root}/{path}")
        mode = os.stat(there).st_mode  # noqa: PTH116 - a string
        if stat.S_ISDIR(mode):
            return None
        real = os.path.realpath(there, strict=True)
        inside = Path(real).is_relative_to(self._root)
        if is_entry and not (inside or leads_out(path)):
            loading.outside[path] = None  # through a link
        if stat.S_ISREG(mode) and (inside or real == there):
            self.whole &= inside  # what is outside is not a part of any digest
            return os.path.relpath(real, self._root).replace(os.sep, "/")
        if is_entry:
            loading.gaps.append(f"{sanitize(path, 200)} is a link out of the folder, or no file")
        return None

    def _files(self) -> Iterator[str]:
        """Name the regular files, those of a folder in order. Links are not followed."""
        waiting = [("", 0)]
        found = 0
        while waiting:
            below, depth = waiting.pop()
            try:
                with os.scandir(f"{self._root}/{below}") as listing:
                    items = sorted(itertools.islice(listing, MAX_NAMES + 1), key=attrgetter("name"))
            except OSError as error:
                self.gaps.append(
                    f"{sanitize(below, 200) or 'its folder'} can't be read: {reason(error)}"
                )
                continue
            folders = []
            for item in items:
                found += 1  # folders, too: to list them takes as long
                if found > MAX_NAMES:
                    self._cut(f"it has more than {MAX_NAMES} files and folders")
                    return
                name = f"{below}/{item.name}" if below else item.name
                try:
                    if item.is_file(follow_symlinks=False):
                        yield name
                    elif item.is_dir(follow_symlinks=False):
                        if depth == MAX_DEPTH:
                            self._cut(f"{sanitize(name, 200)} is over {MAX_DEPTH} folders deep")
                        else:
                            folders.append((name, depth + 1))
                    elif item.is_symlink() and self._stays_inside(item.path):
                        self.links.append((name, os.readlink(item.path)))  # noqa: PTH115 - a string
                    else:
                        self.gaps.append(
                            f"{sanitize(name, 200)} is a link out of the folder, or no file"
                        )
                except OSError as error:
                    self.gaps.append(f"{sanitize(name, 200)} can't be read: {reason(error)}")
            waiting.extend(reversed(folders))

    def read(self, name: str) -> bytes:
        """Read one regular file, to which links inside of the folder may lead.

        Raises ``FileNotFoundError`` where there is none, ``UnreadableError`` for all else.
        """
        path = f"{self._root}/{name}"
        try:
            with self._open(path, name) as file:
                size = os.fstat(file.fileno()).st_size
                content = read_up_to(file, min(size, MAX_FILE_BYTES) + 1)
                if len(content) > size:  # it has grown
                    content += read_up_to(file, MAX_FILE_BYTES + 1 - len(content))
        except FileNotFoundError:
            if Path(path).is_symlink():
                raise UnreadableError(f"{name} is a broken link") from None
            raise
        except OSError as error:
            raise UnreadableError(f"{name} can't be read: {reason(error)}") from None
        if len(content) > MAX_FILE_BYTES:
            raise UnreadableError(f"{name} is over {MAX_FILE_BYTES // 1024**2} MiB")
        return content

    def _open(self, path: str, name: str) -> BinaryIO:
        # Below a resolved root only the file itself can be a link.
        if "/" not in name and stat.S_ISREG(os.lstat(path).st_mode):
            return open_regular(path)
        resolved = resolve(Path(path))
        if not resolved.is_relative_to(self._root):
            raise UnreadableError(f"{name} links out of the folder")
        if not stat.S_ISREG(resolved.stat().st_mode):
            raise UnreadableError(f"{name} is not a regular file")
        return open_regular(resolved)

    def _stays_inside(self, path: str) -> bool:
        try:
            return resolve(Path(path)).is_relative_to(self._root)
        except OSError as error:
            if error.errno in _NOWHERE:
                return True
            raise
