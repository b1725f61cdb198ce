"""Walk through a repository, and read the files of the kinds that name extensions.

The walk looks at names first, and opens only what a kind accepts. Links are followed within the
repository. A bound that is met is reported; it never ends the walk silently.
"""

import codecs
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath

from msgspec import Struct

from vscan.bounded_input import read_file
from vscan.discovery.named.interface import NamedKind
from vscan.extension_files import os_error_reason
from vscan.lazy_regex import lazy_regex

# What package managers and version control keep, and no editor reads as a part of a repository.
LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", ".jj", "node_modules", ".venv", "vendor", ".vscode-test"}
)
_OF_EDITORS = frozenset({".vscode", ".devcontainer"})
_MAX_BYTES = 1024**2  # of one file whose name says that it names extensions
_MAX_BYTES_OF_OTHERS = 16 * 1024**2
_MAX_FILES = 10_000  # whose names say that they name extensions
_MAX_DEPTH = 32
_CHUNK_BYTES = 1024**2
_ANYWHERE = PurePosixPath()
_HEAD = 512  # characters in which a text shows what it is
_CONTROLS = lazy_regex("[\1-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class RepositoryFile(Struct, frozen=True):
    """A file with the kinds that read it. ``path`` is relative to the repository."""

    path: PurePosixPath
    kinds: tuple[NamedKind, ...]
    text: str


class LocalExtensions(Struct, frozen=True):
    """A directory ``.vscode/extensions``, whose extensions an editor loads from the repository."""

    path: PurePosixPath


class NotRead(Struct, frozen=True):
    """A file or directory that may name extensions, and could not be read."""

    path: PurePosixPath
    reason: str


Item = RepositoryFile | LocalExtensions | NotRead


class _FileError(Exception):
    """A file could not be read; the text says why."""


def repository_files(
    root: Path,
    kinds: Sequence[NamedKind],
    *,
    within: PurePosixPath = _ANYWHERE,
    is_excluded: Callable[[PurePosixPath], bool] = lambda _: False,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Item]:
    """Yield what is read of a repository, directory by directory, sorted by name.

    ``root`` is resolved; ``within`` are directories above it that count for the kinds of its
    files. ``is_excluded`` gets the path of each file and directory, relative to it.
    """
    walk = _Walk(root, kinds, within, is_excluded, is_stopped)
    yield from walk.directory(root, PurePosixPath(), 0)


class _Walk:
    """One walk. ``directory`` yields what is below a directory."""

    def __init__(
        self,
        root: Path,
        kinds: Sequence[NamedKind],
        within: PurePosixPath,
        is_excluded: Callable[[PurePosixPath], bool],
        is_stopped: Callable[[], bool],
    ) -> None:
        self._root = root
        self._kinds = kinds
        self._within = within
        self._is_excluded = is_excluded
        self._is_stopped = is_stopped
        self._files = 0
        self._linked: set[tuple[str, str]] = set()  # directories that links lead to, by name
        self._is_full = False  # a bound was met, and nothing more is read

    def directory(self, directory: Path, relative: PurePosixPath, depth: int) -> Iterator[Item]:
        if depth > _MAX_DEPTH:
            yield NotRead(relative, f"it is below {_MAX_DEPTH} directories, and was not read")
            return
        try:
            with os.scandir(directory) as items:
                entries = sorted(items, key=lambda item: item.name)
        except OSError as error:
            yield NotRead(relative, f"it can't be read: {os_error_reason(error)}")
            return
        for entry in entries:
            path = relative / entry.name
            if not self._is_full and self._is_stopped():
                self._is_full = True
                yield NotRead(path, "the run ended before this and what follows was read")
            if self._is_full:
                return
            is_left_out = entry.name in LEFT_OUT and relative.name not in _OF_EDITORS
            if entry.is_dir(follow_symlinks=False):
                if not is_left_out and not self._is_excluded(path):
                    yield from self._subdirectory(Path(entry.path), path, depth)
            elif entry.is_symlink() and os.path.isdir(entry.path):  # noqa: PTH112 - never raises
                if not is_left_out and not self._is_excluded(path):
                    yield from self._linked_directory(entry, path, depth)
            else:
                yield from self._file(entry, path)

    def _subdirectory(self, directory: Path, path: PurePosixPath, depth: int) -> Iterator[Item]:
        if [part.lower() for part in path.parts[-2:]] == [".vscode", "extensions"]:
            yield LocalExtensions(path)
        yield from self.directory(directory, path, depth + 1)

    def _linked_directory(
        self, entry: os.DirEntry[str], path: PurePosixPath, depth: int
    ) -> Iterator[Item]:
        """Follow a link to another directory of the repository, once by each name."""
        real = os.path.realpath(entry.path)
        is_above = Path(os.path.realpath(Path(entry.path).parent)).is_relative_to(real)
        is_of_editor = bool(_OF_EDITORS & {entry.name, path.parent.name})
        if not Path(real).is_relative_to(self._root):
            if is_of_editor:
                yield NotRead(path, "it links out of the repository")
            return
        is_left_out = bool(LEFT_OUT & set(Path(real).relative_to(self._root).parts))
        if is_above and is_of_editor:
            yield from self._files_above(Path(real), path)
        if is_above or not (is_of_editor or is_left_out):
            return  # it is read at its own place
        if (real, entry.name) not in self._linked:
            self._linked.add((real, entry.name))
            yield from self._subdirectory(Path(entry.path), path, depth)

    def _files_above(self, directory: Path, path: PurePosixPath) -> Iterator[Item]:
        """Read the files of a directory by the name of a link to it, which lies below it."""
        with suppress(OSError), os.scandir(directory) as items:
            for entry in sorted(items, key=lambda item: item.name):
                if not os.path.isdir(entry.path):  # noqa: PTH112 - never raises
                    yield from self._file(entry, path / entry.name)

    def _file(self, entry: os.DirEntry[str], path: PurePosixPath) -> Iterator[Item]:
        named = self._within / path
        kinds = tuple(kind for kind in self._kinds if kind.accepts(named))
        if not kinds or self._is_excluded(path):
            return
        try:
            text = self._text(entry, kinds)
        except _FileError as error:
            yield NotRead(path, str(error))
            return
        except OSError as error:
            yield NotRead(path, f"it can't be read: {os_error_reason(error)}")
            return
        if text is None:
            return
        self._files += not all(kind.marks for kind in kinds)
        if self._files > _MAX_FILES:
            self._is_full = True
            yield NotRead(
                path, f"more than {_MAX_FILES} files name extensions: the rest was not read"
            )
            return
        yield RepositoryFile(path, kinds, text)

    def _text(self, entry: os.DirEntry[str], kinds: Sequence[NamedKind]) -> str | None:
        """Return the text of a file; ``None`` where it is certainly none that names something."""
        has_own_name = not all(kind.marks for kind in kinds)
        if not has_own_name and not os.path.exists(entry.path):  # noqa: PTH110 - never raises
            return None  # a link that leads nowhere
        found = os.stat(entry.path)  # noqa: PTH116 - a string; follows a link
        is_file = stat.S_ISREG(found.st_mode)
        if not has_own_name and not (is_file and found.st_size):
            return None
        if not is_file:
            raise _FileError("it is no regular file")
        if entry.is_symlink() and not Path(os.path.realpath(entry.path)).is_relative_to(self._root):
            if has_own_name:
                raise _FileError("it links out of the repository")
            return None
        most = _MAX_BYTES if has_own_name else _MAX_BYTES_OF_OTHERS
        if found.st_size > most:
            if has_own_name or _contains(entry.path, _encoded_marks(kinds)):
                raise _FileError(f"it has more than {most} bytes")
            return None
        text = decoded(read_file(Path(entry.path), most))
        # A shell skips zero bytes; a program for a machine has some in its first line.
        if has_own_name or "\0" not in text:
            return text
        return None if is_binary(text) else text.replace("\0", "")


def is_binary(text: str) -> bool:
    """Say whether a text is surely a program for a machine, which has zero bytes and others."""
    first = text[:_HEAD].partition("\n")[0]
    return "\0" in first and _CONTROLS.search(first) is not None


def _encoded_marks(kinds: Sequence[NamedKind]) -> tuple[bytes, ...]:
    return tuple(
        mark.encode(encoding)
        for kind in kinds
        for mark in kind.marks
        for encoding in ("utf-8", "utf-16-le", "utf-16-be")
    )


def decoded(content: bytes) -> str:
    """Decode a text as an editor does: by its byte order mark, else as UTF-8."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace")
    return content.decode("utf-8", "replace")


def _contains(path: str, marks: Sequence[bytes]) -> bool:
    """Whether a large file has one of several texts."""
    before = b""
    longest = max(map(len, marks))
    with open(path, "rb") as file:  # noqa: PTH123 - a string
        while chunk := file.read(_CHUNK_BYTES):
            window = before + chunk
            if any(mark in window for mark in marks):
                return True
            before = window[-longest:]
    return False
