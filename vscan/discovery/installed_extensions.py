"""Read a directory of installed extensions as an editor keeps it.

An extension is installed if there is a folder for it or an entry in the index
``extensions.json``, and ``.obsolete`` doesn't list it. A folder without an entry may belong to
another profile of the editor.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct, field

from vscan.discovery.editor_index import (
    INDEX,
    OBSOLETE,
    Index,
    IndexEntry,
    read_index,
    read_obsolete,
)
from vscan.discovery.manifest_identity import (
    display_name_of,
    identity_of,
    is_from_file,
    local_only_reason,
    platform_in,
    publisher_of,
)
from vscan.discovery.marketplace_of_directory import registry_of
from vscan.discovery.target_interface import DEFAULT_OPTIONS, ReadOptions
from vscan.discovery.vsix_files import is_archive
from vscan.events import Warned
from vscan.extension_files import (
    UnreadableError,
    is_extension_manifest,
    member_ids,
    os_error_reason,
    parse_folder_name,
    read_manifest,
    resolve,
)
from vscan.model import Extension, Origin, Registry, Skipped, SkipReason, Unreadable
from vscan.safe_text import sanitize

_DELETED_SUFFIX = ".vsctmp"  # the editor appends it to a folder's name before deleting the folder
_NODE_MODULES = "node_modules"
_PACKAGE_FILES = {"package.json", "package-lock.json"}  # npm's, beside an editor's own extensions


class _Directory(Struct, frozen=True):
    """A directory before its folders are read. ``index`` is ``None`` if it has none."""

    target: Path
    root: Path
    follow_links: bool
    index: Index | None = None
    obsolete: frozenset[str] = field(default_factory=frozenset)
    registry: Registry | None = None
    registry_is_certain: bool = False
    in_repository: bool = False

    def entry_of(self, folder: str) -> IndexEntry | None:
        """Return the entry of the index for a folder."""
        return self.index.entries.get(folder) if self.index is not None else None


def read_directory(
    target: Path,
    options: ReadOptions = DEFAULT_OPTIONS,
    *,
    in_repository: bool = False,
    has_index: bool = True,
) -> Iterator[Extension | Unreadable | Skipped | Warned]:
    """Read one directory of installed extensions, sorted by the names of the folders.

    ``in_repository`` says that other packages may lie beside them, which no editor loads, and
    ``has_index`` that the editor reads its index there.
    """
    try:
        root = resolve(target)
        names = {entry.name: entry for entry in os.scandir(root)}
    except OSError as error:
        name = sanitize(str(target))
        why = f"the directory can't be read: {os_error_reason(error)}"
        yield Unreadable(name, why, id=None, version=None, path=None, origins=(Origin(name),))
        return

    index: Index | None = None
    if has_index and INDEX in names:
        try:
            index = read_index(root, options)
        except UnreadableError as error:
            yield _unreadable(target, INDEX, f"the index is unusable: {error}")
        else:
            yield from (_unreadable(target, INDEX, problem) for problem in index.problems)
    obsolete: frozenset[str] = frozenset()
    # The author of a repository could mark a folder that the editor loads.
    if OBSOLETE in names and not in_repository:
        try:
            obsolete = read_obsolete(root, follow_links=options.follow_links)
        except UnreadableError as error:
            yield Warned("discovery", f"{OBSOLETE} is ignored, {error}: everything is scanned")
    yield from _read_all(
        _Directory(
            target,
            root,
            options.follow_links,
            index,
            obsolete,
            options.registry
            or registry_of(target, root, index.directories if index is not None else ()),
            registry_is_certain=options.registry is not None,
            in_repository=in_repository,
        ),
        names,
    )


def _read_all(
    directory: _Directory, names: Mapping[str, os.DirEntry[str]]
) -> Iterator[Extension | Unreadable | Skipped | Warned]:
    # A mark in .obsolete counts only if the index lacks the folder or the folder is missing: the
    # editor loads every existing folder in its index, and a mark could hide one from the scan. The
    # folder's name decides nothing: the editor reads package.json.
    listed = directory.index.entries.keys() if directory.index is not None else set[str]()
    for folder in sorted(names.keys() | listed):
        try:
            found = names.get(folder) or _nested(directory, folder)
        except UnreadableError as error:
            entry = directory.entry_of(folder)
            yield _unreadable(directory.target, folder, str(error), entry)
            continue
        if found is not None:
            yield from _read_item(directory, folder, found)
        elif folder in directory.obsolete:
            yield Skipped(sanitize(folder), None, "obsolete")
        else:
            why = f"{INDEX} lists it, but there is no such folder"
            yield _unreadable(directory.target, folder, why, directory.entry_of(folder))


def _nested(directory: _Directory, folder: str) -> os.DirEntry[str] | None:
    """Find what the index lists in a folder of the directory; ``None`` if it is not there."""
    parent, slash, name = folder.rpartition("/")
    if not slash:
        return None
    try:
        place = resolve(directory.root / parent)
        if not (directory.follow_links or place.is_relative_to(directory.root)):
            raise UnreadableError("it links out of the directory")
        with os.scandir(place) as items:
            return next((each for each in items if each.name == name), None)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UnreadableError(f"it can't be read: {os_error_reason(error)}") from None


def _read_item(
    directory: _Directory, name: str, found: os.DirEntry[str]
) -> Iterator[Extension | Unreadable | Skipped | Warned]:
    """Read one item of the directory. ``name`` is relative to the directory."""
    entry = directory.entry_of(name)
    try:
        if entry is not None and entry.conflict is not None:
            raise UnreadableError(entry.conflict)  # noqa: TRY301 - handled with the others
        if not found.is_dir():
            yield from _read_file(directory, found, entry)
        elif found.name.startswith(".") and entry is None and not directory.in_repository:
            yield Skipped(sanitize(found.name), None, "hidden")  # as the editor does
        else:
            folder = _resolved(directory, found)
            skipped = _reason_to_skip(directory, name, folder, entry)
            if skipped is not None:
                yield skipped
            else:
                yield from _read_extension(directory, name, folder, entry)
    except UnreadableError as error:
        yield _unreadable(directory.target, name, str(error), entry)
    except OSError as error:
        why = f"it can't be read: {os_error_reason(error)}"
        yield _unreadable(directory.target, name, why, entry)


def _read_file(
    directory: _Directory, found: os.DirEntry[str], entry: IndexEntry | None
) -> Iterator[Skipped]:
    """Read an item that is not a folder. A regular file without an entry is ignored."""
    if entry is None and found.name in directory.obsolete:
        yield Skipped(sanitize(found.name), None, "obsolete")
    elif found.is_symlink() and not os.path.exists(found.path):  # noqa: PTH110 - a string
        raise UnreadableError("it is a broken link")
    elif entry is not None or not found.is_file() or _is_suspicious_link(found):
        raise UnreadableError("it is not a folder")


def _is_suspicious_link(found: os.DirEntry[str]) -> bool:
    """Say whether a link to a file stands where an extension folder could be."""
    return (
        found.is_symlink()
        and not found.name.startswith(".")
        and found.name not in {INDEX, *_PACKAGE_FILES}
        and not is_archive(found.path)
    )


def _resolved(directory: _Directory, found: os.DirEntry[str]) -> Path:
    """Follow a link, as the editor does."""
    resolved, root = Path(found.path), directory.root
    # Python does not report a junction of Windows as a link.
    if found.is_symlink() or os.name == "nt":
        resolved = resolve(resolved)
        if not (directory.follow_links or resolved.is_relative_to(root)):
            raise UnreadableError("it links out of the directory")
        if root.is_relative_to(resolved):
            raise UnreadableError("it links back to the directory that it is in")
    return resolved


def _reason_to_skip(
    directory: _Directory, name: str, folder: Path, entry: IndexEntry | None
) -> Skipped | None:
    """Return why an editor ignores a folder; ``None`` if it may load it.

    A folder in the index is never skipped.
    """
    if entry is not None:
        return None
    why: SkipReason | None = None
    if _lacks_manifest(folder):
        why = _reason_without_manifest(name, directory.obsolete)
    elif name == _NODE_MODULES and not is_extension_manifest(read_manifest(folder)):
        why = "node-modules"
    elif directory.in_repository and not is_extension_manifest(read_manifest(folder)):
        why = "npm-package"
    # Without an index the editor loads all folders, whatever their names are.
    elif name.endswith(_DELETED_SUFFIX) and directory.index is not None:
        why = "deleted"
    elif directory.obsolete and _is_obsolete(folder, directory.obsolete):
        why = "obsolete"
    return Skipped(sanitize(name), None, why) if why is not None else None


def _reason_without_manifest(name: str, obsolete: frozenset[str]) -> SkipReason:
    if name in obsolete:
        return "obsolete"
    if name == _NODE_MODULES:
        return "node-modules"
    return "deleted" if name.endswith(_DELETED_SUFFIX) else "leftover"


def _lacks_manifest(folder: Path) -> bool:
    """Say whether package.json does not exist. An unreadable one exists."""
    try:
        (folder / "package.json").lstat()
    except FileNotFoundError:
        return True
    except OSError:
        pass  # reading it reports the error
    return False


def _is_obsolete(folder: Path, marks: frozenset[str]) -> bool:
    """Say whether the editor skips a folder: it builds the mark from package.json, as here."""
    manifest = read_manifest(folder)
    name, version = map(manifest.get, ("name", "version"))
    if not (isinstance(name, str) and isinstance(version, str)):
        return False
    key = f"{publisher_of(manifest)}.{name}".lower() + f"-{version}"
    metadata = manifest.get("__metadata")
    platform = metadata.get("targetPlatform") if isinstance(metadata, dict) else None
    return (f"{key}-{platform}" if platform not in {None, "undefined"} else key) in marks


def _read_extension(
    directory: _Directory, folder: str, root: Path, entry: IndexEntry | None
) -> Iterator[Extension | Warned]:
    manifest = read_manifest(root)
    identity = identity_of(manifest)
    named_id, _, named_platform = parse_folder_name(folder.rpartition("/")[2])
    if entry is not None and entry.editor_id != identity.editor_id:
        # It is unknown which of the two the editor runs, so no provider is asked about either.
        shown = identity.id if not identity.id.is_local else sanitize(identity.editor_id, 120)
        raise UnreadableError(f"{INDEX} calls it {entry.display_id}, its package.json {shown}")
    warnings = []
    if entry is None and named_id is not None and str(named_id).lower() != identity.editor_id:
        warnings.append(f"{sanitize(folder)}: its package.json says it is {identity.id}")
    if entry is not None and entry.version not in (None, identity.version):
        warnings.append(
            f"{sanitize(folder)}: {INDEX} gives version {entry.version}, its package.json"
            f" {identity.version}"
        )
    if identity.local_reason is not None:
        warnings.append(f"{sanitize(folder)}: {local_only_reason(identity.local_reason)}")
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
        display_name=display_name_of(root, manifest) or identity.name,
        path=sanitize(folder),
        origins=tuple(origins),
        in_index=entry is not None if directory.index is not None else None,
        root=root,
        members=member_ids(manifest),
        directory=directory.root,
        registry=_registry(directory, from_file=from_file),
        never_sent=identity.local_reason is not None,
    )
    return iter([*(Warned("discovery", warning) for warning in warnings), extension])


def _registry(directory: _Directory, *, from_file: bool) -> Registry | None:
    """Return the registry of one extension; one installed from a file may be from anywhere.

    The mark "from a file" is untrusted input, so it can only make the registry unknown.
    """
    if from_file and not directory.registry_is_certain:
        return None
    return directory.registry


def _unreadable(
    target: Path, name: str, reason: str, entry: IndexEntry | None = None
) -> Unreadable:
    guessed_id, guessed_version, _ = parse_folder_name(name)
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
