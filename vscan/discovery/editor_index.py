"""Read the files that an editor writes beside the extensions: its index and ``.obsolete``."""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from msgspec import Struct, field
from msgspec.structs import replace

from vscan.discovery.manifest_identity import is_from_file
from vscan.discovery.target_interface import ReadOptions
from vscan.extension_files import (
    UnreadableError,
    os_error_reason,
    platform_of,
    read_json,
    resolve,
    split_platform,
)
from vscan.model import ExtensionId, parse_version
from vscan.safe_text import sanitize

INDEX = "extensions.json"
OBSOLETE = ".obsolete"
_MAX_ENTRIES = 200_000  # of an index; a hostile one may have millions
_MAX_REPORTED = 100  # problems of one index; the rest is counted
_SLASH = re.compile(r"[\\/]")
_DRIVE = re.compile(r"/?[A-Za-z]:")
_ABSOLUTE = re.compile(r"[\\/]|[A-Za-z][A-Za-z0-9+.-]*:")  # a path, a drive or a URI


class IndexEntry(Struct, frozen=True):
    """The entry of the index for one folder, which is relative to the directory.

    ``editor_id`` is the id as the editor uses it, in lower case; ``id`` is ``None`` if that is not
    a valid id.
    """

    folder: str
    id: ExtensionId | None
    editor_id: str
    version: str | None
    target_platform: str | None
    from_file: bool
    conflict: str | None = None  # why the editor may load something else

    @property
    def display_id(self) -> str:
        """The id in a form that a message may contain."""
        return str(self.id) if self.id is not None else sanitize(self.editor_id, 120)


class Index(Struct):
    """The content of an index.

    ``problems`` say which parts can't be used; ``directories`` are the extension directories that
    the entries name, perhaps on another machine.
    """

    entries: dict[str, IndexEntry] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    directories: set[str] = field(default_factory=set)


def read_index(root: Path, options: ReadOptions) -> Index:
    """Read the index: its entries by folder, and its problems.

    ``UnreadableError`` if it is not an index, or the run ends before it is read.
    """
    entries = _read(root, INDEX, follow_links=options.follow_links)
    if not isinstance(entries, list):
        raise UnreadableError(f"{INDEX} is not a list")
    if len(entries) > _MAX_ENTRIES:
        raise UnreadableError(f"{INDEX} has more than {_MAX_ENTRIES} entries")
    index = Index()
    loaded_from: set[str] = set()
    beside: set[str] = set()
    unreadable_entries = 0
    for number, item in enumerate(entries, 1):
        if options.is_stopped():
            raise UnreadableError("the run ended before it was read")
        try:
            entry = _parse_entry(item, root, loaded_from, beside)
        except UnreadableError as error:
            unreadable_entries += 1
            if unreadable_entries <= _MAX_REPORTED:
                index.problems.append(f"entry {number} of the index {error}")
            continue
        _add(entry, index)
    if unreadable_entries > _MAX_REPORTED:
        index.problems.append(
            f"{unreadable_entries - _MAX_REPORTED} more entries of the index can't be read"
        )
    index.directories = loaded_from | beside
    if problem := _several_directories(loaded_from, beside, root):
        index.problems.append(problem)
    return index


def _several_directories(loaded_from: set[str], beside: set[str], root: Path) -> str | None:
    """Say where the editor loads extensions of several directories, or return ``None``.

    ``loaded_from`` are the directories of entries that have nothing but an absolute location;
    ``beside`` those of entries whose relative location counts. The latter are all this directory,
    perhaps at an earlier time.
    """
    found = {_normalized(directory, root) for directory in loaded_from}
    here = {_normalized(directory, root) for directory in beside}
    if here and (elsewhere := found - here - {str(root)}):
        found = elsewhere | {min(here)}
    if len(found) <= 1:
        return None
    one, other = (sanitize(each, 200) for each in sorted(found)[:2])
    return (
        f"the index has extensions of {len(found)} directories: {one}, {other}"
        f"{' and others' * (len(found) > 2)}"  # noqa: PLR2004 - those that are named
    )


def _add(entry: IndexEntry, index: Index) -> None:
    """Add an entry, or a conflict if another entry contradicts it."""
    earlier = index.entries.setdefault(entry.folder, entry)
    if earlier is entry:
        return
    if earlier.editor_id == entry.editor_id:
        from_file = earlier.from_file or entry.from_file
        index.entries[entry.folder] = replace(earlier, from_file=from_file)
        return
    conflict = f"{INDEX} calls it both {earlier.display_id} and {entry.display_id}"
    if earlier.id is not None and entry.id is not None:
        index.entries[entry.folder] = replace(earlier, conflict=conflict)
        return
    # An entry with an invalid id must not stop the analysis of one with a valid id.
    if len(index.problems) < _MAX_REPORTED:  # a single problem makes the run incomplete
        index.problems.append(f"{sanitize(entry.folder)}: {conflict}")
    index.entries[entry.folder] = earlier if earlier.id is not None else entry


def read_obsolete(root: Path, *, follow_links: bool) -> frozenset[str]:
    """Read the names of the folders that the editor has marked as removed."""
    marks = _read(root, OBSOLETE, follow_links=follow_links)
    if not isinstance(marks, dict):
        raise UnreadableError("it is not an object")
    return frozenset(folder for folder, mark in marks.items() if mark is True)


def _read(root: Path, name: str, *, follow_links: bool) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        if follow_links and (root / name).is_symlink() and (root / name).is_file():
            location = resolve(root / name)
            return read_json(location.parent, location.name)
        return read_json(root, name)
    except FileNotFoundError:
        raise UnreadableError("it no longer exists") from None
    except OSError as error:
        raise UnreadableError(os_error_reason(error)) from None


def _parse_entry(entry: object, root: Path, loaded_from: set[str], beside: set[str]) -> IndexEntry:
    if not isinstance(entry, dict):
        raise UnreadableError("is not an object")
    identifier = entry.get("identifier")
    text = identifier.get("id") if isinstance(identifier, dict) else None
    if not isinstance(text, str) or not all(text.partition(".")):
        raise UnreadableError("has no valid identifier.id")
    try:
        identity = ExtensionId.parse(text)
    except ValueError:
        identity = None  # editors load extensions with invalid ids
    version, platform = entry.get("version"), None
    if isinstance(version, str):
        version, platform = split_platform(version.strip())
        try:
            parse_version(version)
        except ValueError:
            version = None
    else:
        version = None
    metadata = entry.get("metadata")
    if platform is None and isinstance(metadata, dict):
        platform = platform_of(metadata.get("targetPlatform"))
    location = _location_of(entry, sanitize(text, 120))
    if location.directory is not None:
        (loaded_from if location.is_loaded_from else beside).add(location.directory)
    conflict = None
    if location.is_loaded_from and _is_outside_of(location.path, root):
        conflict = (
            f"{INDEX} says it lies outside of the directory, in {sanitize(location.path, 200)};"
            " if this is a copy, scan the original"
        )
    return IndexEntry(
        location.folder,
        identity,
        text.lower(),
        version,
        platform,
        from_file=is_from_file(metadata),
        conflict=conflict,
    )


class _EntryLocation(Struct, frozen=True):
    """The location of the folder according to its entry.

    ``path`` is a path on the machine that wrote the index, ``directory`` its parent;
    ``is_loaded_from`` says that the editor loads the extension from ``path``.
    """

    folder: str
    path: str = ""
    directory: str | None = None
    is_loaded_from: bool = False


def _location_of(entry: dict[str, Any], shown: str) -> _EntryLocation:
    """Read the location of an extension as the editor does, in the same order.

    The editor joins a string to the directory, even an absolute path, which then leads to nothing
    that an editor has written: it is refused. An object may contain a path
    of the machine that wrote the index: only its last part can be used then. If the path exists on
    this machine, the editor loads the extension from there.
    """
    relative, location = entry.get("relativeLocation"), entry.get("location")
    path = _path_in(location)
    head, folder = _split(path) if path is not None else (None, "")
    if isinstance(relative, str) and relative:
        found = _EntryLocation(_joined(relative), directory=head)
    elif isinstance(location, str):
        found = _EntryLocation(_joined(location))
    elif path is not None:
        found = _EntryLocation(folder, path, head, is_loaded_from=True)
    else:
        raise UnreadableError(f"({shown}) has no location")
    if found.folder in {"", ".", ".."} or "\\" in found.folder or "\0" in found.folder:
        raise UnreadableError(f"({shown}) points out of the directory")
    return found


def _joined(relative: str) -> str:
    """Return a location in the directory as the editor joins it; empty if it leads out of it."""
    if _ABSOLUTE.match(relative):
        return ""
    parts: list[str] = []
    for part in relative.split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


def _path_in(location: object) -> str | None:
    if not isinstance(location, dict):
        return None
    paths = (location.get(key) for key in ("path", "fsPath", "external"))
    path = next((path for path in paths if isinstance(path, str) and path), None)
    if path is not None and path.startswith("file:"):
        path = unquote(path).removeprefix("file://")
    return path


def _split(path: str) -> tuple[str | None, str]:
    """Split a path of Windows or POSIX into its directory, or ``None``, and its name."""
    parts = _SLASH.split(path.rstrip("\\/"))
    return ("/".join(parts[:-1]) if len(parts) > 1 else None), parts[-1]


def _normalized(directory: str, root: Path) -> str:
    """Return one spelling of a directory's path for the spellings that are known to be equal."""
    if _DRIVE.match(directory):  # Windows ignores case
        return directory.lower().removeprefix("/")
    with suppress(OSError, ValueError):
        if os.name == "posix" and directory.startswith("/") and resolve(Path(directory)) == root:
            return str(root)
    return directory


def _is_outside_of(path: str, root: Path) -> bool:
    """Say whether a path exists and is not directly below ``root``."""
    local = _local_path(path, is_windows=os.name == "nt")
    if local is None:
        return False
    try:
        return os.path.lexists(local) and Path(local).parent.resolve() != root
    except (OSError, ValueError, RuntimeError):
        return False


def _local_path(path: str, *, is_windows: bool) -> str | None:
    """Give a path of this machine; ``None`` for one of another system, or of a network.

    Windows would ask the network for it. The editor writes ``/c:/folder``.
    """
    if not is_windows:
        return path.rstrip("/") if path.startswith("/") else None
    return path.strip("/").rstrip("\\") if _DRIVE.match(path) else None
