"""Read the files of a repository, and those that they lead to: lists, archives, scripts."""

import itertools
import os
import re
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias

from msgspec.structs import replace

from vscan.bounded_input import read_file
from vscan.discovery.named import KINDS
from vscan.discovery.named.folders import ANY_FOLDER
from vscan.discovery.named.interface import USED_FILES, Elsewhere, Mistake, NamedKind, Read, Used
from vscan.discovery.named.list_file import KIND as LIST_FILE
from vscan.discovery.named.list_file import read_list
from vscan.discovery.named.used_files import used_files
from vscan.discovery.named_extensions import NamedExtensions
from vscan.discovery.repository_files import LEFT_OUT, NotRead, decoded, is_binary
from vscan.discovery.repository_values import GIVES_VALUES
from vscan.discovery.target_interface import Found
from vscan.discovery.vsix_files import is_archive, read_vsix_files
from vscan.extension_files import os_error_reason
from vscan.lazy_regex import lazy_regex
from vscan.model import Extension, How, Origin, Unreadable
from vscan.safe_text import sanitize

_MAX_LIST_BYTES = 1024**2
_MAX_SCRIPT_BYTES = 16 * 1024**2
_MAX_FILES_OF_PATTERN = 200
_MAX_LINKS = 50_000
_MAX_ROUNDS = 20  # of files that lead to files that lead to files
# The directory of a script, as it names itself: in shells, in PowerShell, and in batch files.
_BESIDE_SCRIPT: Final = lazy_regex(
    r"\A\s*(?:\$\(dirname\s+(?:--\s+)?[\"']?\$(?:0|\{?BASH_SOURCE(?:\[0\])?\}?)[\"']?\)[\"']?[\\/]"
    r"|\$\{(?:0|BASH_SOURCE(?:\[0\])?)%/\*\}[\\/]|\$\{?PSScriptRoot\}?[\\/]|%~dp0[\\/]?)",
    re.IGNORECASE,
)
# A path whose name tells how a file is read that another one uses.
_READ_LIKE: Final = {
    "dockerfile": PurePosixPath("Dockerfile"),
    "script": PurePosixPath("script.sh"),
    "program": PurePosixPath("program.py"),
    "brewfile": PurePosixPath("Brewfile"),
    "container-file": PurePosixPath(".devcontainer/devcontainer.json"),
    "yaml-file": PurePosixPath("file.yml"),
}
_OWN_ROOT: Final = lazy_regex(
    r"\A(?:\$\{?(?:PWD|containerWorkspaceFolder|workspaceFolder)\}?|\$\(pwd\)|%CD%)[\\/]?"
)
_UNKNOWN: Final = lazy_regex(r"[$%~*(){}]")
_READERS = frozenset(
    (
        "install-commands",
        "install-commands-batch",
        "install-commands-data",
        "install-commands-powershell",
    )
)
_PROGRAM_READER = "install-commands-program"
_FOLDERS: Final = frozenset({"extension-folder", "extensions-directory"})
_FILES: Final = USED_FILES | _FOLDERS | {"list-file", "vsix-file", "dockerfile"}

USED = NamedKind("used-file", lambda _: False, lambda _: iter(()))  # what leads to others

_Link: TypeAlias = tuple[PurePosixPath, NamedKind, Elsewhere]


class Repository:
    """The files of a repository that name extensions, and other files that they lead to.

    ``read`` is called for each file of the walk, ``finish`` once behind it. ``is_excluded`` gets
    the path of a file or directory; without it, ``target`` is one file of ``root``, and others
    are only looked up by their paths. ``read_extensions`` reads those in a directory.
    """

    def __init__(
        self,
        target: Path,
        root: Path,
        named: NamedExtensions,
        is_excluded: Callable[[PurePosixPath], bool] | None = None,
        read_extensions: Callable[[Path], Iterator[Found]] = lambda _: iter(()),
    ) -> None:
        self._target = target
        self._root = root
        self._named = named
        self._is_excluded = is_excluded
        self._read_extensions = read_extensions
        self._read: set[tuple[Path, str]] = set()  # files that others lead to, by use
        self._is_full = False  # there were more links than can be followed
        self._links: dict[tuple[object, ...], _Link] = {}
        self._used: list[tuple[PurePosixPath, Used]] = []

    def uri(self, path: PurePosixPath) -> str:
        """Return the path of a file as reports show it."""
        return sanitize(str(self._target / path), 1000)

    def read(self, path: PurePosixPath, kinds: Sequence[NamedKind], text: str) -> None:
        """Read a file by each of its kinds."""
        for kind in kinds:
            for item in kind.read(text):
                self._add(path, kind, item)
        if any(kind.name in _READERS for kind in kinds):
            for item in used_files(text):
                self._add(path, USED, item)

    def add_given(self, items: Iterable[tuple[PurePosixPath, Read]]) -> None:
        """Add what files give to the variables of others."""
        for path, item in items:
            self._add(path, GIVES_VALUES, item)

    def take_used(self) -> list[tuple[PurePosixPath, Used]]:
        """Return the names that were used since the last call."""
        used, self._used = self._used, []
        return used

    def _add(self, path: PurePosixPath, kind: NamedKind, item: Read) -> None:
        if isinstance(item, Used):
            self._used.append((path, item))
        elif isinstance(item, Elsewhere) and item.what in _FILES:
            self._link(path, kind, item)
        else:
            self._named.add(self.uri(path), kind.name, item)

    def _link(self, path: PurePosixPath, kind: NamedKind, item: Elsewhere) -> None:
        """Remember that a file leads to another one."""
        is_needed = _is_needed(kind, item)
        if not is_needed and self._is_read_anyway(item):
            return
        place = (path, item.span) if is_needed else (path.parent,)
        key = (*place, item.what, item.target, item.folders)
        if is_needed or len(self._links) < _MAX_LINKS:
            self._links.setdefault(key, (path, kind, item))
        else:
            self._is_full = True

    def finish(self) -> Iterator[Found]:
        """Read what the files lead to, and what that leads to."""
        for _ in range(_MAX_ROUNDS):
            links, self._links = list(self._links.values()), {}
            if not links:
                break
            files = self._files_by_name(links)
            for link in links:
                yield from self._led_to(link, files)
        if self._links or self._is_full:
            why = "files lead to more files than can be looked up: the rest was not read"
            yield not_read(self.uri(PurePosixPath()), NotRead(PurePosixPath(), why))

    def _is_read_anyway(self, item: Elsewhere) -> bool:
        """Say whether the walk reads a file, by its name, as what another file uses it for."""
        if item.what not in _READ_LIKE:
            return False
        path = PurePosixPath(item.target.replace("\\", "/"))
        parts = {*path.parts, *(part for folder in item.folders for part in folder.split("/"))}
        return not path.name or (
            not LEFT_OUT & parts and not _kinds_by_use(path, item.what, is_walked=True)
        )

    def _files_by_name(self, links: Sequence[_Link]) -> dict[str, list[PurePosixPath]]:
        """Find all files of the repository that have the name of one that a link leads to."""
        names = {_parts(item.target)[-1:] for _, _, item in links}
        wanted = {name[0] for name in names if name}
        found: dict[str, list[PurePosixPath]] = defaultdict(list)
        if self._is_excluded is None or not wanted:
            return found
        for directory, folders, files in os.walk(self._root):
            relative = PurePosixPath(Path(directory).relative_to(self._root).as_posix())
            folders[:] = [
                name
                for name in folders
                if name not in LEFT_OUT and not self._is_excluded(relative / name)
            ]
            for name in wanted.intersection(files):
                if len(found[name]) < _MAX_FILES_OF_PATTERN:
                    found[name].append(relative / name)
        return found

    def _led_to(self, link: _Link, files: dict[str, list[PurePosixPath]]) -> Iterator[Found]:
        """Read the files of the repository that another one installs from, or runs."""
        path, kind, item = link
        if item.what in _FOLDERS:
            yield from self._folder(path, kind, item)
            return
        found = self._inside(path, item)
        is_outside = any(folder.startswith("/") for folder in item.folders)
        if (is_outside or not found) and _is_needed(kind, item):
            self._named.add(self.uri(path), kind.name, item)
        if not found or ANY_FOLDER in item.folders:
            found += [file for file in self._of_name(item.target, files) if file not in found]
        for file in found:
            if (file, item.what) in self._read:
                continue
            self._read.add((file, item.what))
            if item.what == "vsix-file":
                yield from self._archive(path, kind, item, file)
            elif item.what == "list-file":
                yield from self._list(path, kind, item, file)
            else:
                yield from self._used_file(item, file)

    def _folder(self, path: PurePosixPath, kind: NamedKind, item: Elsewhere) -> Iterator[Found]:
        """Read the extensions in a directory that an editor is started with, or that is copied."""
        written = _OWN_ROOT.sub("./", item.target).replace("\\", "/").removesuffix("/*")
        is_found = False
        for base in (self._root / path.parent, self._root):
            with suppress(OSError, ValueError, RuntimeError):
                folder = (base / written).resolve()
                if not folder.is_relative_to(self._root) or not folder.is_dir():
                    continue
                is_found = True
                if (folder / "package.json").exists():
                    folder = folder.parent
                # What lies directly in the repository is read anyway.
                is_below = folder.is_relative_to(self._root) and folder != self._root
                if is_below and (folder, "") not in self._read:
                    self._read.add((folder, ""))
                    yield from self._read_extensions(folder.relative_to(self._root))
        if not is_found and item.what == "extension-folder":
            self._named.add(self.uri(path), kind.name, item)

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

    def _list(
        self, path: PurePosixPath, kind: NamedKind, item: Elsewhere, file: Path
    ) -> Iterator[Found]:
        relative = PurePosixPath(file.relative_to(self._root).as_posix())
        try:
            text = decoded(read_file(file, _MAX_LIST_BYTES))
        except OSError as error:
            yield not_read(self.uri(relative), NotRead(relative, os_error_reason(error)))
            return
        found = list(read_list(text))
        if any(isinstance(each, Mistake) for each in found):
            # What is between the list and the command makes something else of it, or it is no list.
            self._named.add(self.uri(path), kind.name, item)
        for each in found:
            self._named.add(self.uri(relative), LIST_FILE.name, each)

    def _used_file(self, item: Elsewhere, file: Path) -> Iterator[Found]:
        """Read a script, or another file that a command uses, whatever its name is."""
        relative = PurePosixPath(file.relative_to(self._root).as_posix())
        is_walked = not LEFT_OUT & set(relative.parts)
        kinds = _kinds_by_use(relative, item.what, is_walked=is_walked)
        if not kinds:
            return
        try:
            text = decoded(read_file(file, _MAX_SCRIPT_BYTES))
        except OSError as error:
            yield not_read(self.uri(relative), NotRead(relative, os_error_reason(error)))
            return
        if not is_binary(text):
            self.read(relative, kinds, text.replace("\0", ""))

    def _inside(self, path: PurePosixPath, item: Elsewhere) -> list[Path]:
        """Find files by a path, or a pattern of paths, in another file; those in the repository.

        Where a command runs is not known, so a file is looked up from all likely directories.
        """
        written = _BESIDE_SCRIPT.sub("./", item.target).replace("\\", "/")
        folders = [folder for folder in item.folders if folder[:1] not in {ANY_FOLDER, "/"}]
        bases = [self._root / path.parent, self._root]
        bases += [base / folder for folder in folders for base in bases[:2]]
        found: dict[Path, None] = {}
        for base in bases:
            with suppress(OSError, ValueError, RuntimeError):
                paths = base.glob(written) if "*" in written else (Path(written),)
                for each in itertools.islice(paths, _MAX_FILES_OF_PATTERN):
                    file = (base / each).resolve()
                    if self._is_file(file):
                        found[file] = None
        return list(found)

    def _is_file(self, file: Path) -> bool:
        return file.is_relative_to(self._root) and (
            is_archive(str(file)) or stat.S_ISREG(file.stat().st_mode)
        )

    def _of_name(self, target: str, files: dict[str, list[PurePosixPath]]) -> Iterator[Path]:
        """Give the files whose paths end as a path does: with as many of its parts as possible."""
        parts = _parts(target)
        known = files.get(parts[-1], []) if parts else []
        for length in range(len(parts), 0, -1):
            end = parts[-length:]
            found = [path for path in known if path.parts[-length:] == end]
            for path in found:
                with suppress(OSError, RuntimeError):
                    file = (self._root / path).resolve()
                    if self._is_file(file):
                        yield file
            if found:
                return


def _is_needed(kind: NamedKind, item: Elsewhere) -> bool:
    """Say whether the run is incomplete without a file."""
    return item.what not in USED_FILES and item.what != "extensions-directory" and kind is not USED


def _parts(target: str) -> tuple[str, ...]:
    """Return the last parts of a path, from where no variable is in them; none if the name has."""
    written = _BESIDE_SCRIPT.sub("", target).replace("\\", "/")
    parts = [part for part in written.split("/") if part not in {"", "."}]
    start = max(
        (i + 1 for i, part in enumerate(parts) if re.search(r"[$%~*(){}]|\.\.$", part)), default=0
    )
    return tuple(parts[start:])


def _kinds_by_use(path: PurePosixPath, what: str, *, is_walked: bool) -> list[NamedKind]:
    """Return the kinds that read a file as what it is used for, and that did not read it before."""
    own = [kind for kind in KINDS if kind.accepts(path)]
    is_script = what in {"script", "program"}
    readers = {*_READERS, _PROGRAM_READER}
    if is_script and any(kind.name in readers for kind in own):
        return [] if is_walked else own
    like = [kind for kind in KINDS if kind.accepts(_READ_LIKE[what])]
    return [kind for kind in like if not is_walked or kind not in own]


def not_read(uri: str, item: NotRead) -> Unreadable:
    """Say that a file could not be read, though it may name extensions."""
    origin = Origin(uri, how=How.INSTALLS)
    return Unreadable(uri, item.reason, None, None, None, (origin,))
