"""Read a directory of installed extensions as an editor keeps it.

The folders and the index ``extensions.json`` together say what is installed, less
what ``.obsolete`` lists: a folder that the index lacks may belong to another profile.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vscan.discovery.editor_index import INDEX, OBSOLETE, Index, Listed, read_index, read_obsolete
from vscan.discovery.manifest_identity import (
    identity_of,
    is_from_file,
    not_sent,
    platform_in,
    publisher_of,
    title_of,
)
from vscan.discovery.registry import registry_of
from vscan.discovery.vsix_files import is_archive
from vscan.events import Warned
from vscan.extension_files import (
    UnreadableError,
    is_of_an_extension,
    members_of,
    parse_folder,
    read_manifest,
    reason,
    resolve,
)
from vscan.model import Extension, Origin, Registry, Skipped, SkipReason, Unreadable
from vscan.text import sanitize

_DELETED = ".vsctmp"  # the end of the name that the editor gives a folder before it deletes it
_DEPENDENCIES = "node_modules"
_PACKAGE_FILES = {"package.json", "package-lock.json"}  # npm's, beside an editor's own extensions


@dataclass(frozen=True, slots=True)
class _Directory:
    """What is known of a directory before its folders are looked at. No index: ``None``."""

    target: Path
    root: Path
    follow_links: bool
    index: Index | None = None
    obsolete: frozenset[str] = field(default_factory=frozenset)
    registry: Registry | None = None
    registry_is_certain: bool = False

    def listed(self, folder: str) -> Listed | None:
        """Say what the index has of a folder."""
        return self.index.entries.get(folder) if self.index is not None else None


def installed(
    target: Path, *, registry: Registry | None = None, follow_links: bool = True
) -> Iterator[Extension | Unreadable | Skipped | Warned]:
    """Read one directory of installed extensions, in the order of its folders' names.

    ``registry`` is where they are from, if somebody knows it; a folder that is a link out of the
    directory is unreadable without ``follow_links``.
    """
    try:
        root = resolve(target)
        names = {entry.name: entry for entry in os.scandir(root)}
    except OSError as error:
        name = sanitize(str(target))
        why = f"the directory can't be read: {reason(error)}"
        yield Unreadable(name, why, id=None, version=None, path=None, origins=(Origin(name),))
        return

    index: Index | None = None
    if INDEX in names:
        try:
            index = read_index(root, follow_links=follow_links)
        except UnreadableError as error:
            yield _unreadable(target, INDEX, f"the index is unusable: {error}")
        else:
            yield from (_unreadable(target, INDEX, broken) for broken in index.broken)
    obsolete: frozenset[str] = frozenset()
    if OBSOLETE in names:
        try:
            obsolete = read_obsolete(root, follow_links=follow_links)
        except UnreadableError as error:
            yield Warned("discovery", f"{OBSOLETE} is ignored, {error}: everything is scanned")
    yield from _read_all(
        _Directory(
            target,
            root,
            follow_links,
            index,
            obsolete,
            registry or registry_of(target, root, index.directories if index is not None else ()),
            registry_is_certain=registry is not None,
        ),
        names,
    )


def _read_all(
    directory: _Directory, names: Mapping[str, os.DirEntry[str]]
) -> Iterator[Extension | Unreadable | Skipped | Warned]:
    # A mark counts where the index is silent or the folder gone: what the index lists and
    # is there, the editor loads, and whoever marked it would have it go unseen. What a folder
    # is called says nothing: the editor goes by its package.json.
    listed = directory.index.entries.keys() if directory.index is not None else set[str]()
    for folder in sorted(names.keys() | listed):
        if folder in names:
            yield from _look(directory, names[folder])
        elif folder in directory.obsolete:
            yield Skipped(sanitize(folder), None, "obsolete")
        else:
            why = f"{INDEX} lists it, but there is no such folder"
            yield _unreadable(directory.target, folder, why, directory.listed(folder))


def _look(
    directory: _Directory, found: os.DirEntry[str]
) -> Iterator[Extension | Unreadable | Skipped | Warned]:
    """Read one name in the directory."""
    entry = directory.listed(found.name)
    try:
        if entry is not None and entry.conflict is not None:
            raise UnreadableError(entry.conflict)  # noqa: TRY301 - one way out for all
        if not found.is_dir():
            yield from _look_at_file(directory, found, entry)
        elif found.name.startswith(".") and entry is None:
            yield Skipped(sanitize(found.name), None, "hidden")  # the editor ignores it, too
        else:
            folder = _resolved(directory, found)
            skipped = _skipped(directory, found.name, folder, entry)
            if skipped is not None:
                yield skipped
            else:
                yield from _read_extension(directory, found.name, folder, entry)
    except UnreadableError as error:
        yield _unreadable(directory.target, found.name, str(error), entry)
    except OSError as error:
        why = f"it can't be read: {reason(error)}"
        yield _unreadable(directory.target, found.name, why, entry)


def _look_at_file(
    directory: _Directory, found: os.DirEntry[str], entry: Listed | None
) -> Iterator[Skipped]:
    """Read a name that is no folder. A plain file that the index does not name is none of ours."""
    if entry is None and found.name in directory.obsolete:
        yield Skipped(sanitize(found.name), None, "obsolete")
    elif found.is_symlink() and not os.path.exists(found.path):  # noqa: PTH110 - a string
        raise UnreadableError("it is a broken link")
    elif entry is not None or not found.is_file() or _may_pass_for_folder(found):
        raise UnreadableError("it is not a folder")


def _may_pass_for_folder(found: os.DirEntry[str]) -> bool:
    """Say whether a file is a link as a folder's may be, and no file that belongs here."""
    return (
        found.is_symlink()
        and not found.name.startswith(".")
        and found.name not in {INDEX, *_PACKAGE_FILES}
        and not is_archive(found.path)
    )


def _resolved(directory: _Directory, found: os.DirEntry[str]) -> Path:
    """Follow a link, as the editor does."""
    resolved, root = Path(found.path), directory.root
    # A junction of Windows is no link, and leads elsewhere all the same.
    if found.is_symlink() or os.name == "nt":
        resolved = resolve(resolved)
        if not (directory.follow_links or resolved.is_relative_to(root)):
            raise UnreadableError("it links out of the directory")
        if root.is_relative_to(resolved):
            raise UnreadableError("it links back to the directory that it is in")
    return resolved


def _skipped(
    directory: _Directory, name: str, folder: Path, entry: Listed | None
) -> Skipped | None:
    """Say that an editor loads nothing of a folder, and why; ``None`` where it may load it.

    What the index lists is never left out.
    """
    if entry is not None:
        return None
    why: SkipReason | None = None
    if _has_no_manifest(folder):
        why = _without_manifest(name, directory.obsolete)
    elif name == _DEPENDENCIES and not is_of_an_extension(read_manifest(folder)):
        why = "node-modules"
    # Without an index the editor goes by the folders, and has no other look at their names.
    elif name.endswith(_DELETED) and directory.index is not None:
        why = "deleted"
    elif directory.obsolete and _is_obsolete(folder, directory.obsolete):
        why = "obsolete"
    return Skipped(sanitize(name), None, why) if why is not None else None


def _without_manifest(name: str, obsolete: frozenset[str]) -> SkipReason:
    if name in obsolete:
        return "obsolete"
    if name == _DEPENDENCIES:
        return "node-modules"
    return "deleted" if name.endswith(_DELETED) else "leftover"


def _has_no_manifest(folder: Path) -> bool:
    """Say whether there is nothing by that name; what can't be looked at is not nothing."""
    try:
        (folder / "package.json").lstat()
    except FileNotFoundError:
        return True
    except OSError:
        pass  # whoever reads it says why it can't be
    return False


def _is_obsolete(folder: Path, marks: frozenset[str]) -> bool:
    """Say whether the editor skips a folder: by what its package.json says, in its own words."""
    manifest = read_manifest(folder)
    name, version = map(manifest.get, ("name", "version"))
    if not (isinstance(name, str) and isinstance(version, str)):
        return False
    key = f"{publisher_of(manifest)}.{name}".lower() + f"-{version}"
    metadata = manifest.get("__metadata")
    platform = metadata.get("targetPlatform") if isinstance(metadata, dict) else None
    return (f"{key}-{platform}" if platform not in {None, "undefined"} else key) in marks


def _read_extension(
    directory: _Directory, folder: str, root: Path, entry: Listed | None
) -> Iterator[Extension | Warned]:
    manifest = read_manifest(root)
    identity = identity_of(manifest)
    named_id, _, named_platform = parse_folder(folder)
    if entry is not None and entry.loaded_as != identity.loaded_as:
        # Which of the two runs can't be known from outside, so neither is asked about.
        shown = identity.id if not identity.id.is_local else sanitize(identity.loaded_as, 120)
        raise UnreadableError(f"{INDEX} calls it {entry.shown}, its package.json {shown}")
    warnings = []
    if entry is None and named_id is not None and str(named_id).lower() != identity.loaded_as:
        warnings.append(f"{sanitize(folder)}: its package.json says it is {identity.id}")
    if entry is not None and entry.version not in (None, identity.version):
        warnings.append(
            f"{sanitize(folder)}: {INDEX} gives version {entry.version}, its package.json"
            f" {identity.version}"
        )
    if identity.anomaly is not None:
        warnings.append(f"{sanitize(folder)}: {not_sent(identity.anomaly)}")
    from_file = is_from_file(manifest.get("__metadata")) or (entry is not None and entry.from_file)
    target = directory.target
    origins = [Origin(_uri(target, folder))]
    if entry is not None:
        origins.insert(0, Origin(_uri(target, INDEX)))
    extension = Extension(
        id=identity.id,
        version=identity.version,
        target_platform=named_platform
        or (entry.target_platform if entry else None)
        or identity.target_platform
        or platform_in(manifest),
        display_name=title_of(root, manifest) or identity.name,
        path=sanitize(folder),
        origins=tuple(origins),
        in_index=entry is not None if directory.index is not None else None,
        root=root,
        members=members_of(manifest),
        directory=directory.root,
        registry=_registry(directory, from_file=from_file),
        never_sent=identity.anomaly is not None,
    )
    return iter([*(Warned("discovery", warning) for warning in warnings), extension])


def _registry(directory: _Directory, *, from_file: bool) -> Registry | None:
    """Say where one extension is from: what came from a file may be from anywhere.

    A stranger may have written that. So it never makes more known than there was.
    """
    if from_file and not directory.registry_is_certain:
        return None
    return directory.registry


def _unreadable(target: Path, name: str, reason: str, entry: Listed | None = None) -> Unreadable:
    guessed_id, guessed_version, _ = parse_folder(name)
    return Unreadable(
        name=sanitize(name),
        reason=reason,
        id=entry.id if entry else guessed_id,
        version=entry.version if entry else guessed_version,
        path=sanitize(name),
        origins=(Origin(_uri(target, name)),),
    )


def _uri(target: Path, name: str) -> str:
    return sanitize(f"{target}/{name}", 1000)
