"""Read what an editor writes beside the extensions: ``extensions.json`` and ``.obsolete``."""

import os
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from vscan.discovery.manifest_identity import is_from_file
from vscan.extension_files import (
    UnreadableError,
    platform_of,
    read_json,
    reason,
    resolve,
    split_platform,
)
from vscan.model import ExtensionId, parse_version
from vscan.text import sanitize

INDEX = "extensions.json"
OBSOLETE = ".obsolete"
_MAX_ENTRIES = 200_000  # of an index; a hostile one has millions
_TOLD_ONE_BY_ONE = 100  # of its broken ones
_SLASH = re.compile(r"[\\/]")
_DRIVE = re.compile(r"/?[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Listed:
    """What the index says of one folder.

    ``loaded_as`` is the id in lower case, however odd; ``id`` is ``None`` where it is none.
    """

    folder: str
    id: ExtensionId | None
    loaded_as: str
    version: str | None
    target_platform: str | None
    from_file: bool
    conflict: str | None = None  # why this can't be what the editor loads, or is not all of it

    @property
    def shown(self) -> str:
        """Its id, for people."""
        return str(self.id) if self.id is not None else sanitize(self.loaded_as, 120)


@dataclass(slots=True)
class Index:
    """What an index says.

    ``broken`` says of which parts nothing can be said; ``directories`` are those that it names as
    its own, perhaps of another machine.
    """

    entries: dict[str, Listed] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    directories: set[str] = field(default_factory=set)


def read_index(root: Path, *, follow_links: bool) -> Index:
    """Read the index: its entries by folder, and what of it can't be read."""
    entries = _read(root, INDEX, follow_links=follow_links)
    if not isinstance(entries, list):
        raise UnreadableError(f"{INDEX} is not a list")
    if len(entries) > _MAX_ENTRIES:
        raise UnreadableError(f"{INDEX} has more than {_MAX_ENTRIES} entries")
    index = Index()
    loaded_from: set[str] = set()
    unread = 0
    for number, item in enumerate(entries, 1):
        try:
            entry = _parse_entry(item, root, index.directories, loaded_from)
        except UnreadableError as error:
            unread += 1
            if unread <= _TOLD_ONE_BY_ONE:
                index.broken.append(f"entry {number} of the index {error}")
            continue
        _add(entry, index)
    if unread > _TOLD_ONE_BY_ONE:
        index.broken.append(f"{unread - _TOLD_ONE_BY_ONE} more entries of the index can't be read")
    loaded_from = {_here(directory, root) for directory in loaded_from}
    if len(loaded_from) > 1:
        one, other = (sanitize(each, 200) for each in sorted(loaded_from)[:2])
        index.broken.append(
            f"the index has extensions of {len(loaded_from)} directories: {one}, {other}"
            f"{' and others' * (len(loaded_from) > 2)}"  # noqa: PLR2004 - those that are named
        )
    return index


def _add(entry: Listed, index: Index) -> None:
    """Keep what an entry says, unless another one says something else of its folder."""
    known = index.entries.setdefault(entry.folder, entry)
    if known.loaded_as == entry.loaded_as:
        from_file = known.from_file or entry.from_file
        index.entries[entry.folder] = replace(known, from_file=from_file)
        return
    conflict = f"{INDEX} calls it both {known.shown} and {entry.shown}"
    if known.id is not None and entry.id is not None:
        index.entries[entry.folder] = replace(known, conflict=conflict)
        return
    # What is no id takes nothing from the analysis of what has one.
    if len(index.broken) < _TOLD_ONE_BY_ONE:  # one makes the run incomplete
        index.broken.append(f"{sanitize(entry.folder)}: {conflict}")
    index.entries[entry.folder] = known if known.id is not None else entry


def read_obsolete(root: Path, *, follow_links: bool) -> frozenset[str]:
    """Read the names that the editor marked as removed."""
    marks = _read(root, OBSOLETE, follow_links=follow_links)
    if not isinstance(marks, dict):
        raise UnreadableError("it is not an object")
    return frozenset(folder for folder, mark in marks.items() if mark is True)


def _read(root: Path, name: str, *, follow_links: bool) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        if follow_links and (root / name).is_symlink() and (root / name).is_file():
            place = resolve(root / name)
            return read_json(place.parent, place.name)
        return read_json(root, name)
    except FileNotFoundError:
        raise UnreadableError("it is gone") from None
    except OSError as error:
        raise UnreadableError(reason(error)) from None


def _parse_entry(entry: object, root: Path, directories: set[str], loaded_from: set[str]) -> Listed:
    if not isinstance(entry, dict):
        raise UnreadableError("is not an object")
    identifier = entry.get("identifier")
    text = identifier.get("id") if isinstance(identifier, dict) else None
    if not isinstance(text, str) or not all(text.partition(".")):
        raise UnreadableError("has no valid identifier.id")
    try:
        identity = ExtensionId.parse(text)
    except ValueError:
        identity = None  # an editor loads what has an odd one
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
    place = _place_of(entry, sanitize(text, 120))
    if place.directory is not None:
        directories.add(place.directory)
        if place.is_loaded_from:
            loaded_from.add(place.directory)
    conflict = None
    if place.is_loaded_from and _is_elsewhere(place.path, root):
        conflict = f"{INDEX} says it lies outside of the directory"
    return Listed(
        place.folder,
        identity,
        text.lower(),
        version,
        platform,
        from_file=is_from_file(metadata),
        conflict=conflict,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an entry says that its folder is.

    ``path`` is on the machine where the directory was filled, ``directory`` what it lies in there;
    ``is_loaded_from`` says that the editor goes by it.
    """

    folder: str
    path: str = ""
    directory: str | None = None
    is_loaded_from: bool = False


def _place_of(entry: dict[str, Any], shown: str) -> _Place:
    """Read where the editor finds an extension, in its own order.

    A text, in either place, is joined to the directory, as even an absolute one is. A location
    that is an object may be of the machine where the directory was filled: then only the last part
    is of use. Where it is on this one, it is what the editor loads.
    """
    relative, location = entry.get("relativeLocation"), entry.get("location")
    path = _path_in(location)
    head, folder = _split(path) if path is not None else (None, "")
    if isinstance(relative, str) and relative:
        place = _Place(relative, directory=head)
    elif isinstance(location, str):
        place = _Place(location)
    elif path is not None:
        place = _Place(folder, path, head, is_loaded_from=True)
    else:
        raise UnreadableError(f"({shown}) has no location")
    if place.folder in {"", ".", ".."} or _SLASH.search(place.folder) or "\0" in place.folder:
        raise UnreadableError(f"({shown}) points out of the directory")
    return place


def _path_in(location: object) -> str | None:
    if not isinstance(location, dict):
        return None
    paths = (location.get(key) for key in ("path", "fsPath", "external"))
    path = next((path for path in paths if isinstance(path, str) and path), None)
    if path is not None and path.startswith("file:"):
        path = unquote(path).removeprefix("file://")
    return path


def _split(path: str) -> tuple[str | None, str]:
    """Split a path into the directory, ``None`` without one, and the name, of either system."""
    parts = _SLASH.split(path.rstrip("\\/"))
    return ("/".join(parts[:-1]) if len(parts) > 1 else None), parts[-1]


def _here(directory: str, root: Path) -> str:
    """Give a directory's name, the same one for each way to write it, as far as that is known."""
    if _DRIVE.match(directory):  # Windows has no case
        return directory.lower()
    with suppress(OSError, ValueError):
        if os.name == "posix" and directory.startswith("/") and resolve(Path(directory)) == root:
            return str(root)
    return directory


def _is_elsewhere(path: str, root: Path) -> bool:
    """Say whether a path is there and not directly below ``root``."""
    if os.name != "posix" or not path.startswith("/"):  # Windows would ask a network
        return False
    try:
        place = path.rstrip("/")
        return os.path.lexists(place) and Path(place).parent.resolve() != root
    except (OSError, ValueError, RuntimeError):
        return False
