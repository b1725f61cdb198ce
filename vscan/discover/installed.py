"""Read a directory of installed extensions as an editor keeps it.

The folders and the index ``extensions.json`` together say what is installed, less
what ``.obsolete`` lists: a folder that the index lacks may belong to another profile.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from vscan.domain import (
    Extension,
    ExtensionId,
    Origin,
    Skipped,
    Unreadable,
    parse_version,
)
from vscan.events import Warned
from vscan.package import (
    UnreadableError,
    localised,
    members_of,
    parse_folder,
    platform_of,
    read_json,
    read_manifest,
    reason,
    resolve,
    split_platform,
)
from vscan.text import plain

_INDEX = "extensions.json"
_OBSOLETE = ".obsolete"
_MAX_ENTRIES = 200_000  # of an index; a hostile one has millions
_TOLD_ONE_BY_ONE = 100  # of its broken ones


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the index says of one folder."""

    folder: str
    id: ExtensionId
    version: str | None
    target_platform: str | None
    conflict: str | None = None  # another entry says something else of the folder


def installed(target: Path) -> Iterator[Extension | Unreadable | Skipped | Warned]:
    """Read one directory of installed extensions, in the order of its folders' names."""
    try:
        root = resolve(target)
        names = {entry.name: entry for entry in os.scandir(root)}
    except OSError as error:
        name = plain(str(target))
        why = f"the directory can't be read: {reason(error)}"
        yield Unreadable(name, why, id=None, version=None, path=None, origins=(Origin(name),))
        return

    index: dict[str, _Entry] | None = None
    if _INDEX in names:
        try:
            index, broken = _read_index(target, root)
            yield from broken
        except UnreadableError as error:
            yield _unreadable(target, _INDEX, f"the index is unusable: {error}")
    obsolete: frozenset[str] = frozenset()
    if _OBSOLETE in names:
        try:
            obsolete = _read_obsolete(root)
        except UnreadableError as error:
            yield Warned("discovery", f"{_OBSOLETE} is ignored, {error}: everything is scanned")

    # A mark counts where the index is silent or the folder gone: what the index lists and
    # is there, the editor loads, and whoever marked it would have it go unseen. What a folder
    # is called says nothing: the editor goes by its package.json.
    for folder in sorted(names.keys() | (index or {}).keys()):
        entry = index.get(folder) if index is not None else None
        if folder in obsolete and folder not in names:
            yield Skipped(plain(folder), None, "obsolete")
        elif folder not in names:
            yield _unreadable(
                target, folder, f"{_INDEX} lists it, but there is no such folder", entry
            )
        else:
            marks = obsolete if entry is None else frozenset()
            yield from _look(target, root, names[folder], entry, marks, indexed=index is not None)


def _look(  # noqa: PLR0913 - a name, and all that is known of it
    target: Path,
    root: Path,
    found: os.DirEntry[str],
    entry: _Entry | None,
    marks: frozenset[str],
    *,
    indexed: bool,
) -> Iterator[Extension | Unreadable | Skipped | Warned]:
    """Read one name in the directory. A plain file that the index does not name is none of ours."""
    try:
        if entry is not None and entry.conflict is not None:
            raise UnreadableError(entry.conflict)  # noqa: TRY301 - one way out for all
        if not found.is_dir():
            if found.name in marks:
                yield Skipped(plain(found.name), None, "obsolete")
            elif found.is_symlink() and not os.path.exists(found.path):  # noqa: PTH110 - a string
                raise UnreadableError("it is a broken link")  # noqa: TRY301
            elif entry is not None or not found.is_file():
                raise UnreadableError("it is not a folder")  # noqa: TRY301
        elif found.name.startswith(".") and entry is None:
            yield Skipped(plain(found.name), None, "hidden")  # the editor ignores it, too
        else:
            resolved = _resolved(found, root)
            if _is_obsolete(found.name, resolved, marks):
                yield Skipped(plain(found.name), None, "obsolete")
            else:
                yield from _read_extension(target, found.name, resolved, entry, indexed=indexed)
    except UnreadableError as error:
        yield _unreadable(target, found.name, str(error), entry)
    except OSError as error:
        yield _unreadable(target, found.name, f"it can't be read: {reason(error)}", entry)


def _resolved(found: os.DirEntry[str], root: Path) -> Path:
    """Follow a link that stays in the directory."""
    resolved = Path(found.path)
    # A junction of Windows is no link, and leads elsewhere all the same.
    if found.is_symlink() or os.name == "nt":
        resolved = resolve(resolved)
        if not resolved.is_relative_to(root):
            raise UnreadableError("it links out of the directory")
    return resolved


def _is_obsolete(folder: str, resolved: Path, marks: frozenset[str]) -> bool:
    """Say whether the editor skips a folder: by what its package.json says, in its own words.

    Without one there is nothing to load, and the folder's name is all there is to go by.
    """
    if not marks:
        return False
    try:
        (resolved / "package.json").lstat()
    except FileNotFoundError:
        return folder in marks
    manifest = read_manifest(resolved)
    publisher, name, version = map(manifest.get, ("publisher", "name", "version"))
    metadata = manifest.get("__metadata")
    platform = metadata.get("targetPlatform") if isinstance(metadata, dict) else None
    if not all(isinstance(text, str) for text in (publisher, name, version)):
        return False
    key = f"{publisher}.{name}".lower() + f"-{version}"
    return (f"{key}-{platform}" if platform not in {None, "undefined"} else key) in marks


def _read_extension(
    target: Path, folder: str, resolved: Path, entry: _Entry | None, *, indexed: bool
) -> Iterator[Extension | Warned]:
    manifest = read_manifest(resolved)
    identity = identity_of(manifest)
    version, platform = version_of(manifest)
    named_id, _, named_platform = parse_folder(folder)
    if entry is not None and entry.id != identity:
        # Which of the two runs can't be known from outside, so neither is asked about.
        raise UnreadableError(f"{_INDEX} calls it {entry.id}, its package.json {identity}")
    warnings = []
    if entry is None and named_id is not None and named_id != identity:
        warnings.append(f"{plain(folder)}: its package.json says it is {identity}")
    if entry is not None and entry.version not in (None, version):
        warnings.append(
            f"{plain(folder)}: {_INDEX} gives version {entry.version}, its package.json {version}"
        )
    metadata = manifest.get("__metadata")
    own_platform = metadata.get("targetPlatform") if isinstance(metadata, dict) else None
    origins = [Origin(_uri(target, folder))]
    if entry is not None:
        origins.insert(0, Origin(_uri(target, _INDEX)))
    extension = Extension(
        id=identity,
        version=version,
        target_platform=named_platform
        or (entry.target_platform if entry else None)
        or platform
        or platform_of(own_platform),
        display_name=title_of(resolved, manifest) or identity.name,
        path=plain(folder),
        origins=tuple(origins),
        in_index=entry is not None if indexed else None,
        root=resolved,
        members=members_of(manifest),
    )
    return iter([*(Warned("discovery", warning) for warning in warnings), extension])


def title_of(root: Path, manifest: dict[str, Any]) -> str | None:
    """Give the name for people, in the language of ``package.nls.json``; ``None`` without one."""
    title = manifest.get("displayName")
    title = localised(root, title) if isinstance(title, str) else None
    return plain(title, 200) if title and title.strip() else None


def identity_of(manifest: dict[str, Any]) -> ExtensionId:
    """Give publisher and name; ``UnreadableError`` where they make no id."""
    for key in ("publisher", "name"):
        if not isinstance(manifest.get(key), str) or not manifest[key]:
            raise UnreadableError(f"package.json has no {key}")
    text = f"{manifest['publisher']}.{manifest['name']}"
    try:
        if "." in manifest["publisher"]:
            raise ValueError  # noqa: TRY301 - the dot would move from publisher to name
        return ExtensionId.parse(text)
    except ValueError:
        raise UnreadableError(f"package.json has no valid id: {plain(text, 120)}") from None


def version_of(manifest: dict[str, Any]) -> tuple[str, str | None]:
    """Give version and target platform, which some packers append to it.

    ``UnreadableError`` where there is no version that an editor would take.
    """
    text = manifest.get("version")
    if not isinstance(text, str) or not text:
        raise UnreadableError("package.json has no version")
    text, platform = split_platform(text)
    try:
        return parse_version(text), platform
    except ValueError:
        raise UnreadableError(f"package.json has no valid version: {plain(text, 60)}") from None


def _read_index(target: Path, root: Path) -> tuple[dict[str, _Entry], list[Unreadable]]:
    """Read the index: its entries by folder, and what of it can't be read."""
    try:
        entries = read_json(root, _INDEX)
    except FileNotFoundError:
        raise UnreadableError("it is gone") from None
    if not isinstance(entries, list):
        raise UnreadableError(f"{_INDEX} is not a list")
    if len(entries) > _MAX_ENTRIES:
        raise UnreadableError(f"{_INDEX} has more than {_MAX_ENTRIES} entries")
    index: dict[str, _Entry] = {}
    broken: list[Unreadable] = []
    nameless = 0
    for number, item in enumerate(entries, 1):
        try:
            entry = _parse_entry(item, root)
        except UnreadableError as error:
            nameless += 1
            if nameless <= _TOLD_ONE_BY_ONE:
                why = f"entry {number} of the index {error}"
                broken.append(_unreadable(target, _INDEX, why))
            continue
        known = index.setdefault(entry.folder, entry)
        if known.id != entry.id:
            conflict = f"{_INDEX} calls it both {known.id} and {entry.id}"
            index[entry.folder] = replace(known, conflict=conflict)
    if nameless > _TOLD_ONE_BY_ONE:
        why = f"{nameless - _TOLD_ONE_BY_ONE} more entries of the index can't be read"
        broken.append(_unreadable(target, _INDEX, why))
    return index, broken


def _parse_entry(entry: object, root: Path) -> _Entry:
    if not isinstance(entry, dict):
        raise UnreadableError("is not an object")
    identifier = entry.get("identifier")
    text = identifier.get("id") if isinstance(identifier, dict) else None
    try:
        identity = ExtensionId.parse(text) if isinstance(text, str) else None
    except ValueError:
        identity = None
    if identity is None:
        raise UnreadableError("has no valid identifier.id")
    version, platform = entry.get("version"), None
    if isinstance(version, str):
        version, platform = split_platform(version)
        try:
            parse_version(version)
        except ValueError:
            version = None
    else:
        version = None
    metadata = entry.get("metadata")
    if platform is None and isinstance(metadata, dict):
        platform = platform_of(metadata.get("targetPlatform"))
    folder, elsewhere = _entry_folder(entry, identity, root)
    conflict = f"{_INDEX} says it lies outside of the directory" if elsewhere else None
    return _Entry(folder, identity, version, platform, conflict)


def _entry_folder(entry: dict[str, Any], identity: ExtensionId, root: Path) -> tuple[str, bool]:
    """Name the folder of an entry, and say whether the editor loads another one.

    ``location`` may be a path on the machine where the directory was filled: then only
    its last part is of use. Where it is on this one, it is what the editor loads.
    """
    elsewhere = False
    relative = entry.get("relativeLocation")
    if isinstance(relative, str) and relative:
        folder = relative
    else:
        location = entry.get("location")
        if isinstance(location, dict):
            paths = (location.get(key) for key in ("path", "fsPath", "external"))
            location = next((path for path in paths if isinstance(path, str) and path), None)
        if not isinstance(location, str):
            raise UnreadableError(f"({identity}) has no location")
        if location.startswith("file:"):
            location = unquote(location)
        folder = re.split(r"[\\/]", location.rstrip("\\/"))[-1]
        elsewhere = _is_elsewhere(location.removeprefix("file://"), root)
    if folder in {"", ".", ".."} or re.search(r"[\\/\0]", folder):
        raise UnreadableError(f"({identity}) points out of the directory")
    return folder, elsewhere


def _is_elsewhere(location: str, root: Path) -> bool:
    """Say whether a path is there and not directly below ``root``."""
    if os.name != "posix" or not location.startswith("/"):  # Windows would ask a network
        return False
    try:
        place = location.rstrip("/")
        return os.path.lexists(place) and Path(place).parent.resolve() != root
    except (OSError, ValueError, RuntimeError):
        return False


def _read_obsolete(root: Path) -> frozenset[str]:
    try:
        marks = read_json(root, _OBSOLETE)
    except FileNotFoundError:
        raise UnreadableError("it is gone") from None
    if not isinstance(marks, dict):
        raise UnreadableError("it is not an object")
    return frozenset(folder for folder, mark in marks.items() if mark is True)


def _unreadable(target: Path, name: str, reason: str, entry: _Entry | None = None) -> Unreadable:
    guessed_id, guessed_version, _ = parse_folder(name)
    return Unreadable(
        name=plain(name),
        reason=reason,
        id=entry.id if entry else guessed_id,
        version=entry.version if entry else guessed_version,
        path=plain(name),
        origins=(Origin(_uri(target, name)),),
    )


def _uri(target: Path, name: str) -> str:
    return plain(f"{target}/{name}", 1000)
