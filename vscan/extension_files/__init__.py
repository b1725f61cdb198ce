"""A bounded, read-only view of one extension: of its folder, or of its .vsix archive.

Links and names can't lead the reader out of the extension; the only exception are entry points
that the manifest places outside. Only regular files are opened, so that no pipe or device can
hang a scan, and no file over ``MAX_FILE_BYTES`` is read into memory whole.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vscan.bounded_json import parse_json
from vscan.extension_files.files_the_editor_loads import (
    LoadedPaths,
    candidate_files,
    entry_points,
    is_outside,
)
from vscan.extension_files.folder import Folder, resolve
from vscan.extension_files.reading_in_parts import (
    MAX_DEPTH,
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_NAMES,
    MAX_TOTAL_BYTES,
    OVERLAP_BYTES,
    WINDOW_BYTES,
    AnomalyKind,
    ArchiveAnomaly,
    Chunk,
    Entry,
    UnreadableError,
    Window,
    os_error_reason,
)
from vscan.lazy_regex import lazy_regex
from vscan.model import TARGET_PLATFORMS, ExtensionId, parse_version
from vscan.safe_text import sanitize

if TYPE_CHECKING:
    from vscan.extension_files.archive import Archive
    from vscan.extension_files.vsix_manifest import Identity

__all__ = [
    "MAX_DEPTH",
    "MAX_FILES",
    "MAX_FILE_BYTES",
    "MAX_NAMES",
    "MAX_TOTAL_BYTES",
    "OVERLAP_BYTES",
    "WINDOW_BYTES",
    "AnomalyKind",
    "ArchiveAnomaly",
    "Chunk",
    "Entry",
    "Folder",
    "LoadedPaths",
    "UnreadableError",
    "Window",
    "candidate_files",
    "entry_points",
    "is_extension_manifest",
    "is_outside",
    "localize",
    "manifest_conflicts",
    "member_ids",
    "missing_members",
    "open_extension",
    "os_error_reason",
    "parse_folder_name",
    "platform_of",
    "read_bytes",
    "read_identity",
    "read_json",
    "read_manifest",
    "resolve",
    "split_platform",
]

BUILT_IN = ("vscode.", "ms-vscode.js-debug", "ms-vscode.vscode-js-profile-table")
_PLATFORM_SUFFIX = lazy_regex("-(" + "|".join(sorted(TARGET_PLATFORMS)) + r"|universal)\Z")
_FOLDER = lazy_regex(r"(?P<id>.+?)-(?P<version>\d+\.\d+\.\d+.*)", re.DOTALL)


def open_extension(root: Path) -> "Folder | Archive":
    """Return a reader of an extension; ``root`` must be a resolved path. No file is opened yet."""
    # Path.is_file would raise where a folder above can't be read.
    if not os.path.isfile(root):  # noqa: PTH113
        return Folder(root)
    from vscan.extension_files.archive import Archive

    return Archive(root)


def read_bytes(root: Path, name: str) -> bytes:
    """Read one regular file of an extension.

    Raises ``FileNotFoundError`` if there is none, ``UnreadableError`` for every other problem.
    """
    return open_extension(root).read(name)


def read_json(root: Path, name: str) -> Any:  # noqa: ANN401 - JSON is anything
    """Read one JSON file below ``root``: UTF-8, UTF-16 or UTF-32, with a byte-order mark or not.

    Invalid bytes are replaced, as the editor does. Raises the same errors as ``read_bytes``.
    """
    content = read_bytes(root, name)
    encoding = json.detect_encoding(content)
    try:
        return parse_json(content.decode(encoding, "replace").removeprefix("\ufeff"))
    except ValueError as error:
        raise UnreadableError(f"{name} {error}") from None


def read_manifest(root: Path) -> dict[str, Any]:
    """Read ``package.json``; ``UnreadableError`` if it is missing or not an object."""
    try:
        manifest = read_json(root, "package.json")
    except FileNotFoundError:
        raise UnreadableError("there is no package.json in it") from None
    if not isinstance(manifest, dict):
        raise UnreadableError("package.json is not an object")
    return manifest


def read_identity(root: Path) -> "Identity | None":
    """Read the identity in the packer's manifest; ``None`` if there is no such file.

    Raises ``UnreadableError`` if it contains no identity. The editor unpacks
    ``extension.vsixmanifest`` to the name ``.vsixmanifest``.
    """
    from vscan.extension_files.vsix_manifest import parse_identity

    try:
        return parse_identity(read_bytes(root, ".vsixmanifest"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise UnreadableError(f"extension.vsixmanifest {error}") from None


def is_extension_manifest(manifest: Mapping[str, Any]) -> bool:
    """Say whether a ``package.json`` is an extension's: npm packages name no editor version."""
    engines = manifest.get("engines")
    return isinstance(engines, dict) and "vscode" in engines


def manifest_conflicts(root: Path, manifest: Mapping[str, Any]) -> Iterator[ArchiveAnomaly]:
    """Compare the two manifests of an archive; an editor reads only one of a folder."""
    if isinstance(open_extension(root), Folder):
        return
    try:
        identity = read_identity(root)
    except UnreadableError as error:
        yield ArchiveAnomaly(AnomalyKind.IDENTITY, "package.json", str(error))
        return
    if identity is None:
        return
    version = manifest.get("version")
    if isinstance(version, str):
        version = split_platform(version)[0]
    for attribute, one, other in (
        ("publisher", identity.publisher, manifest.get("publisher")),
        ("name", identity.name, manifest.get("name")),
        ("version", split_platform(identity.version)[0], version),
    ):
        if not (isinstance(other, str) and one.lower() == other.lower()):
            detail = (
                f"the {attribute} is {sanitize(one, 100)} in the one, {sanitize(str(other), 100)}"
            )
            yield ArchiveAnomaly(AnomalyKind.IDENTITY, "package.json", f"{detail} in the other")
    yield from _display_names(root, manifest, identity)


def _display_names(
    root: Path, manifest: Mapping[str, Any], identity: "Identity"
) -> Iterator[ArchiveAnomaly]:
    """Compare the display name in registries with the one that the editor shows."""
    shown = manifest.get("displayName") or manifest.get("name")
    text = localize(root, shown) if isinstance(shown, str) else None
    if identity.display_name and text is not None:
        text = " ".join(text.split())
        if text != identity.display_name:
            detail = f"the display name is {sanitize(identity.display_name, 100)} in the one"
            yield ArchiveAnomaly(
                AnomalyKind.IDENTITY,
                "package.json",
                f"{detail}, {sanitize(text, 100)} in the other",
            )


def localize(root: Path, text: str) -> str | None:
    """Replace a ``%key%`` by its text in ``package.nls.json``; return other text unchanged.

    ``None`` if the key is missing: an extension is scanned even if its display name is unknown.
    """
    if not (len(text) > 2 and text[0] == text[-1] == "%"):  # noqa: PLR2004 - two percent signs
        return text
    try:
        entry = read_json(root, "package.nls.json").get(text[1:-1])
    except (FileNotFoundError, UnreadableError, AttributeError):
        return None
    if isinstance(entry, dict):
        entry = entry.get("message")
    return entry if isinstance(entry, str) else None


def parse_folder_name(folder: str) -> tuple[ExtensionId | None, str | None, str | None]:
    """Split ``publisher.name-1.2.3-linux-x64`` into id, version and target platform.

    All three are ``None`` if the name does not have that form.
    """
    rest, platform = split_platform(folder)
    match = _FOLDER.fullmatch(rest)
    if match is None:
        return None, None, None
    try:
        return ExtensionId.parse(match["id"]), parse_version(match["version"]), platform
    except ValueError:
        return None, None, None


def split_platform(text: str) -> tuple[str, str | None]:
    """Split the target platform from the end of a folder's name, or of a version."""
    match = _PLATFORM_SUFFIX.search(text)
    return (text[: match.start()], platform_of(match[1])) if match else (text, None)


def platform_of(value: object) -> str | None:
    """Return a valid target platform unchanged, and ``None`` for every other value."""
    return value if isinstance(value, str) and value in TARGET_PLATFORMS else None


def member_ids(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """List the ids in a manifest's extension pack and dependencies, in lower case."""
    lists = (manifest.get("extensionPack"), manifest.get("extensionDependencies"))
    texts = (text for members in lists if isinstance(members, list) for text in members)
    return tuple(sorted({text.lower() for text in texts if isinstance(text, str)}))


def missing_members(
    root: Path, members: Iterable[str], directory: Path | None = None
) -> tuple[str, ...]:
    """List the members that are not installed in the directory of the extension.

    The default directory is the parent of ``root``. The editor's built-in extensions are in another
    directory and never count as missing. Members of an archive never do: it is not installed yet.
    """
    named = set(members)
    if not named or open_extension(root).kind == "archive":
        return ()
    try:
        beside = {parse_folder_name(name)[0] for name in os.listdir(directory or root.parent)}  # noqa: PTH208 - names
    except OSError:
        beside = set()
    known = {identity.key for identity in beside if identity is not None}
    return tuple(sorted(text for text in named - known if not text.startswith(BUILT_IN)))
