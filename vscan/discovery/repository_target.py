"""Read a repository: every file in it that names extensions, and the extensions that it has."""

import itertools
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final

from msgspec.structs import replace

from vscan.bounded_input import read_file
from vscan.discovery.installed_extensions import read_directory
from vscan.discovery.named import KINDS
from vscan.discovery.named.interface import Elsewhere, Mistake, NamedKind
from vscan.discovery.named.list_file import KIND as LIST_FILE
from vscan.discovery.named.list_file import read_list
from vscan.discovery.named_extensions import NamedExtensions
from vscan.discovery.repository_files import (
    LocalExtensions,
    NotRead,
    RepositoryFile,
    decoded,
    repository_files,
)
from vscan.discovery.target_interface import Found, ReadOptions
from vscan.discovery.vsix_files import is_archive, read_vsix_files
from vscan.extension_files import UnreadableError, os_error_reason, resolve
from vscan.lazy_regex import lazy_regex
from vscan.model import Extension, How, Origin, Unreadable
from vscan.safe_text import sanitize

_MAX_LIST_BYTES = 1024**2
_MAX_FILES_OF_PATTERN = 200
# The directory of a script, as it names itself: in shells, in PowerShell, and in batch files.
_BESIDE_SCRIPT: Final = lazy_regex(
    r"\A\s*(?:\$\(dirname\s+(?:--\s+)?[\"']?\$(?:0|\{?BASH_SOURCE(?:\[0\])?\}?)[\"']?\)[\"']?[\\/]"
    r"|\$\{(?:0|BASH_SOURCE(?:\[0\])?)%/\*\}[\\/]|\$\{?PSScriptRoot\}?[\\/]|%~dp0[\\/]?)",
    re.IGNORECASE,
)


def read_repository(
    target: Path, options: ReadOptions, *, holds_extensions: bool = False
) -> Iterator[Found]:
    """Read all files of the repository that name extensions. Nothing is raised.

    ``holds_extensions`` says that a folder with a manifest, directly in it, is an extension, and
    no part of a repository.
    """
    try:
        root = resolve(target)
    except (OSError, UnreadableError) as error:
        why = os_error_reason(error) if isinstance(error, OSError) else str(error)
        name = sanitize(str(target), 1000)
        yield Unreadable(name, f"it can't be read: {why}", None, None, None, (Origin(name),))
        return
    named = NamedExtensions()
    repository = _Repository(target, root, named)

    def is_excluded(path: PurePosixPath) -> bool:
        is_extension = holds_extensions and os.path.lexists(root / path / "package.json")
        return (is_extension and len(path.parts) == 1) or options.is_excluded(path)

    for item in repository_files(
        root, KINDS, within=_within(root), is_excluded=is_excluded, is_stopped=options.is_stopped
    ):
        if isinstance(item, RepositoryFile):
            yield from repository.read(item.path, item.kinds, item.text)
        elif isinstance(item, LocalExtensions):
            yield from read_directory(
                target / item.path, options, in_repository=True, has_index=False
            )
        else:
            yield _not_read(repository.uri(item.path), item)
    yield from named.found()


def _within(root: Path) -> PurePosixPath:
    """Return the directories above that say which kinds the files of a directory are of."""
    is_of_editor = bool({root.name, root.parent.name} & {".vscode", ".devcontainer"})
    return PurePosixPath(*root.parts[-2:]) if is_of_editor else PurePosixPath()


def read_named_file(path: Path, kinds: Sequence[NamedKind], text: str) -> Iterator[Found]:
    """Read the text of one file that names extensions; ``path`` is where it is."""
    named = NamedExtensions()
    root = Path(path.parent)
    repository = _Repository(root, root, named)
    yield from repository.read(PurePosixPath(path.name), kinds, text)
    yield from named.found()


class _Repository:
    """The files of a repository that name extensions, and other files that they lead to."""

    def __init__(self, target: Path, root: Path, named: NamedExtensions) -> None:
        self._target = target
        self._root = root
        self._named = named
        self._read: set[Path] = set()  # lists and archives that files lead to

    def uri(self, path: PurePosixPath) -> str:
        """Return the path of a file as reports show it."""
        return sanitize(str(self._target / path), 1000)

    def read(self, path: PurePosixPath, kinds: Sequence[NamedKind], text: str) -> Iterator[Found]:
        """Read a file by each of its kinds."""
        for kind in kinds:
            for item in kind.read(text):
                if isinstance(item, Elsewhere) and item.what in {
                    "list-file",
                    "vsix-file",
                    "dockerfile",
                }:
                    yield from self._led_to(path, kind, item)
                else:
                    self._named.add(self.uri(path), kind.name, item)

    def _led_to(self, path: PurePosixPath, kind: NamedKind, item: Elsewhere) -> Iterator[Found]:
        """Read a file of the repository that another one installs from."""
        found = self._inside(path, item.target)
        if not found:
            self._named.add(self.uri(path), kind.name, item)
        for file in found:
            if file in self._read:
                continue
            self._read.add(file)
            if item.what == "vsix-file":
                yield from self._archive(path, kind, item, file)
            else:
                yield from self._text(path, kind, item, file)

    def _archive(
        self, path: PurePosixPath, kind: NamedKind, item: Elsewhere, file: Path
    ) -> Iterator[Found]:
        """Read an archive, which is then known by the line that installs it."""
        for found in read_vsix_files(file):
            if isinstance(found, Extension):
                place = Origin(
                    self.uri(path),
                    item.span.line,
                    item.span.column,
                    item.span.length,
                    kind.name,
                    item.how,
                    found.version,
                )
                yield replace(found, origins=(place, *found.origins))
            else:
                yield found

    def _text(
        self, path: PurePosixPath, kind: NamedKind, item: Elsewhere, file: Path
    ) -> Iterator[Found]:
        """Read a list, or a Dockerfile of any name."""
        relative = PurePosixPath(file.relative_to(self._root).as_posix())
        try:
            text = decoded(read_file(file, _MAX_LIST_BYTES))
        except OSError as error:
            yield _not_read(self.uri(relative), NotRead(relative, os_error_reason(error)))
            return
        if item.what == "dockerfile":
            kinds = [each for each in KINDS if each.accepts(relative.parent / "Dockerfile")]
            yield from self.read(relative, kinds, text)
            return
        found = list(read_list(text))
        if any(isinstance(each, Mistake) for each in found):
            # What is between the list and the command makes something else of it, or it is no list.
            self._named.add(self.uri(path), kind.name, item)
        for each in found:
            self._named.add(self.uri(relative), LIST_FILE.name, each)

    def _inside(self, path: PurePosixPath, written: str) -> list[Path]:
        """Find files by a path, or a pattern of paths, in another file; those in the repository."""
        written = _BESIDE_SCRIPT.sub("./", written).replace("\\", "/")
        for base in (self._root / path.parent, self._root):
            with suppress(OSError, ValueError, RuntimeError):
                paths = base.glob(written) if "*" in written else (Path(written),)
                found = [
                    file
                    for each in itertools.islice(paths, _MAX_FILES_OF_PATTERN)
                    if (file := (base / each).resolve()).is_relative_to(self._root)
                    and (is_archive(str(file)) or stat.S_ISREG(file.stat().st_mode))
                ]
                if found:
                    return found
        return []


def _not_read(uri: str, item: NotRead) -> Unreadable:
    origin = Origin(uri, how=How.INSTALLS)
    return Unreadable(uri, item.reason, None, None, None, (origin,))
