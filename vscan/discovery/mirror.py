"""Read a mirror of a registry: every archive below a directory, each once.

Whatever should have an archive and has none, or can't be read, is ``Unreadable``.
"""

import os
from collections.abc import Generator
from pathlib import Path, PurePosixPath

from vscan.bounded_input import read_file
from vscan.discovery.mirror_layouts import (
    NOT_OF_MIRRORS,
    PACKAGE,
    UNPACKED,
    named_by,
    needs_archive,
)
from vscan.discovery.target_interface import Found, ReadOptions
from vscan.discovery.vsix_files import SUFFIX, is_archive, read_archive
from vscan.extension_files import (
    MAX_FILE_BYTES,
    UnreadableError,
    open_extension,
    os_error_reason,
    resolve,
)
from vscan.model import Origin, Unreadable
from vscan.safe_text import sanitize

_MAX_DEPTH = 32


def read_mirror(
    target: Path, options: ReadOptions, *, in_repository: bool, with_first_level: bool
) -> Generator[Found, None, None]:
    """Read all archives below a directory, sorted by path. Nothing is raised.

    Links to directories elsewhere are followed unless ``options`` refuse it, or ``in_repository``.
    The archives directly in the directory are left out without ``with_first_level``.
    """
    try:
        root = resolve(target)
    except OSError as error:
        yield _unreadable(target, target, f"it can't be read: {os_error_reason(error)}")
        return
    follow_links = options.follow_links and not in_repository
    mirror = _Mirror(target, root, options, follow_links, with_first_level)
    yield from mirror.directory(root, PurePosixPath(), root)


class _Mirror:
    """One walk. ``directory`` yields what is below a directory, and returns how much it is."""

    def __init__(
        self,
        target: Path,
        root: Path,
        options: ReadOptions,
        follow_links: bool,  # noqa: FBT001 - of one caller
        with_first_level: bool,  # noqa: FBT001 - likewise
    ) -> None:
        self._target = target
        self._root = root
        self._options = options
        self._follow_links = follow_links
        self._with_first_level = with_first_level
        self._unpacked = UnpackedFiles(root)
        self._linked: set[Path] = set()
        self._is_ended = False

    def directory(
        self, directory: Path, relative: PurePosixPath, base: Path, *, is_unpacked: bool = False
    ) -> Generator[Found, None, int]:
        """Read a directory; ``base`` is the one that its archives must not link out of.

        Of what is unpacked beside an archive, only archives that are not in that one are read.
        """
        if len(relative.parts) > _MAX_DEPTH:
            yield self._unreadable(relative, f"it is below {_MAX_DEPTH} directories")
            return 1
        try:
            with os.scandir(directory) as items:
                entries = sorted(items, key=lambda item: item.name)
        except OSError as error:
            yield self._unreadable(relative, f"it can't be read: {os_error_reason(error)}")
            return 1
        has_archive = any(is_archive(entry.path) for entry in entries)
        found = 0
        for entry in entries:
            path = relative / entry.name
            if self._is_ended or self._options.is_excluded(path):
                continue
            if self._options.is_stopped():
                self._is_ended = True
                yield self._unreadable(path, "the run ended before this and what follows was read")
            elif not os.path.isdir(entry.path):  # noqa: PTH112 - never raises
                found += yield from self._file(entry, path, base, is_unpacked=is_unpacked)
            else:
                is_copy = is_unpacked or (has_archive and _is_unpacked(entry))
                found += yield from self._subdirectory(entry, path, base, is_unpacked=is_copy)
        is_whole = found or is_unpacked or self._is_ended or not relative.parts
        if not is_whole and needs_archive(directory, [entry.name for entry in entries]):
            yield self._unreadable(relative, "it should have an archive, and has none")
            return 1
        return found

    def _file(
        self, entry: os.DirEntry[str], path: PurePosixPath, base: Path, *, is_unpacked: bool
    ) -> Generator[Found, None, int]:
        is_named_so = entry.name == PACKAGE or entry.name.lower().endswith(SUFFIX)
        if not is_named_so or not (len(path.parts) > 1 or self._with_first_level):
            return 0
        if is_unpacked and self._unpacked.has(path):
            return 0  # it is analysed as a part of the archive that has it
        if os.path.isfile(entry.path):  # noqa: PTH113 - never raises
            shown = self._target / path
            yield from read_archive(
                shown, base, self._options.registry, str(path), named_by(self._root / path)
            )
        else:
            yield self._unreadable(path, "it is no regular file")
        return 1

    def _subdirectory(
        self, entry: os.DirEntry[str], path: PurePosixPath, base: Path, *, is_unpacked: bool
    ) -> Generator[Found, None, int]:
        if entry.name in NOT_OF_MIRRORS:
            return 0
        if not entry.is_symlink():
            directory = Path(entry.path)
            return (yield from self.directory(directory, path, base, is_unpacked=is_unpacked))
        real = Path(os.path.realpath(entry.path))
        if real.is_relative_to(self._root) or real in self._linked:
            return 0  # it is read at its own place
        if not self._follow_links or self._root.is_relative_to(real):
            yield self._unreadable(path, "it links out of the directory")
            return 1
        self._linked.add(real)
        return (yield from self.directory(real, path, real, is_unpacked=is_unpacked))

    def _unreadable(self, path: PurePosixPath, why: str) -> Unreadable:
        return _unreadable(self._target / path, self._root / path, why, str(path))


def _is_unpacked(entry: os.DirEntry[str]) -> bool:
    return entry.name == UNPACKED and os.path.lexists(Path(entry.path, "package.json"))


def _unreadable(shown: Path, real: Path, why: str, name: str = "") -> Unreadable:
    identity, version, _ = named_by(real)
    uri = sanitize(str(shown), 1000)
    name = sanitize(name or uri, 1000)
    return Unreadable(name, why, identity, version, name, (Origin(uri),))


class UnpackedFiles:
    """The files of a mirror that an archive beside them has, too, byte for byte."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._archives: tuple[Path, tuple[Path, ...]] = (root, ())  # of the directory asked last

    def has(self, path: PurePosixPath) -> bool:
        """Say whether a file is a copy; ``path`` is relative to the mirror."""
        parts = path.parts
        for index, part in enumerate(parts[:-1]):
            if part == UNPACKED and index:
                name = "/".join(parts[index + 1 :])
                archives = self._beside(self._root.joinpath(*parts[:index]))
                if any(_is_member(archive, name, self._root / path) for archive in archives):
                    return True
        return False

    def _beside(self, directory: Path) -> tuple[Path, ...]:
        if self._archives[0] != directory:
            archives: list[Path] = []
            try:
                with os.scandir(directory) as items:
                    archives += (
                        Path(item.path)
                        for item in items
                        if is_archive(item.path) and not item.is_symlink()
                    )
            except OSError:
                archives.clear()  # all files are read
            self._archives = directory, tuple(archives)
        return self._archives[1]


def _is_member(archive: Path, name: str, file: Path) -> bool:
    if not os.path.isfile(file) or os.path.islink(file):  # noqa: PTH113, PTH114 - never raise
        return False
    try:
        return open_extension(archive).read(name) == read_file(file, MAX_FILE_BYTES)
    except (OSError, UnreadableError):
        return False
