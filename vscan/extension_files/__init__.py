"""A bounded, read-only view of one extension: of its folder, or of its .vsix archive.

Nothing outside of it is opened, whatever its links and names say, but for a file that its manifest
has the editor run from there; nothing but a regular file is opened at all, so that no pipe or
device can hang a scan; and nothing larger than ``MAX_FILE_BYTES`` is read whole.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from vscan.extension_files.archive import Archive
from vscan.extension_files.entry_points import Loading, candidates, entry_points, leads_out
from vscan.extension_files.folder import Folder, resolve
from vscan.extension_files.vsix_manifest import Identity, parse_identity
from vscan.extension_files.windows import (
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
    reason,
)
from vscan.model import TARGET_PLATFORMS, ExtensionId, parse_version
from vscan.text import sanitize
from vscan.untrusted_input import parse_json

__all__ = [
    "MAX_DEPTH",
    "MAX_FILES",
    "MAX_FILE_BYTES",
    "MAX_NAMES",
    "MAX_TOTAL_BYTES",
    "OVERLAP_BYTES",
    "WINDOW_BYTES",
    "AnomalyKind",
    "Archive",
    "ArchiveAnomaly",
    "Chunk",
    "Entry",
    "Folder",
    "Identity",
    "Loading",
    "UnreadableError",
    "Window",
    "candidates",
    "contradictions",
    "entry_points",
    "is_of_an_extension",
    "leads_out",
    "localised",
    "members_of",
    "missing",
    "opened",
    "parse_folder",
    "platform_of",
    "read_bytes",
    "read_identity",
    "read_json",
    "read_manifest",
    "reason",
    "resolve",
    "split_platform",
]

BUILT_IN = ("vscode.", "ms-vscode.js-debug", "ms-vscode.vscode-js-profile-table")
_PLATFORM_SUFFIX = re.compile("-(" + "|".join(sorted(TARGET_PLATFORMS)) + r"|universal)\Z")
_FOLDER = re.compile(r"(?P<id>.+?)-(?P<version>\d+\.\d+\.\d+.*)", re.DOTALL)


def opened(root: Path) -> Folder | Archive:
    """Look into an extension; ``root`` must be a resolved path. Nothing is opened yet."""
    # Not Path.is_file: it raises where the way there is closed to us.
    return Archive(root) if os.path.isfile(root) else Folder(root)  # noqa: PTH113


def read_bytes(root: Path, name: str) -> bytes:
    """Read one regular file of an extension.

    Raises ``FileNotFoundError`` where there is none, ``UnreadableError`` for all else.
    """
    return opened(root).read(name)


def read_json(root: Path, name: str) -> Any:  # noqa: ANN401 - JSON is anything
    """Read one JSON file below ``root``: UTF-8, UTF-16 or UTF-32, byte-order mark or not.

    Bytes that are no UTF-8 are replaced, as the editor does. Raises as ``read_bytes``.
    """
    content = read_bytes(root, name)
    encoding = json.detect_encoding(content)
    try:
        return parse_json(content.decode(encoding, "replace").removeprefix("\ufeff"))
    except ValueError as error:
        raise UnreadableError(f"{name} {error}") from None


def read_manifest(root: Path) -> dict[str, Any]:
    """Read ``package.json``; ``UnreadableError`` where it is missing or is no object."""
    try:
        manifest = read_json(root, "package.json")
    except FileNotFoundError:
        raise UnreadableError("there is no package.json in it") from None
    if not isinstance(manifest, dict):
        raise UnreadableError("package.json is not an object")
    return manifest


def read_identity(root: Path) -> Identity | None:
    """Read what the packer's manifest says the extension is; ``None`` where there is no such file.

    Raises ``UnreadableError`` where it says nothing. The editor unpacks
    ``extension.vsixmanifest`` to the name that is read here.
    """
    try:
        return parse_identity(read_bytes(root, ".vsixmanifest"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise UnreadableError(f"extension.vsixmanifest {error}") from None


def is_of_an_extension(manifest: Mapping[str, Any]) -> bool:
    """Say whether a ``package.json`` is an extension's: npm's has no version of the editor."""
    engines = manifest.get("engines")
    return isinstance(engines, dict) and "vscode" in engines


def contradictions(root: Path, manifest: Mapping[str, Any]) -> Iterator[ArchiveAnomaly]:
    """Hold an archive's two manifests against each other; a folder has only one that counts."""
    if isinstance(opened(root), Folder):
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
    root: Path, manifest: Mapping[str, Any], identity: Identity
) -> Iterator[ArchiveAnomaly]:
    """Compare what registries show with what the editor shows, once it is installed."""
    shown = manifest.get("displayName") or manifest.get("name")
    text = localised(root, shown) if isinstance(shown, str) else None
    if identity.display_name and text is not None:
        text = " ".join(text.split())
        if text != identity.display_name:
            detail = f"the display name is {sanitize(identity.display_name, 100)} in the one"
            yield ArchiveAnomaly(
                AnomalyKind.IDENTITY,
                "package.json",
                f"{detail}, {sanitize(text, 100)} in the other",
            )


def localised(root: Path, text: str) -> str | None:
    """Look ``%key%`` up in ``package.nls.json``; other text is itself.

    ``None`` where the key is not there: a name that can't be looked up is no reason
    not to scan.
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


def parse_folder(folder: str) -> tuple[ExtensionId | None, str | None, str | None]:
    """Take ``publisher.name-1.2.3-linux-x64`` apart: id, version, target platform.

    All ``None`` where the name is not of that form.
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
    """Take a target platform off the end of a folder's name, or of a version."""
    match = _PLATFORM_SUFFIX.search(text)
    return (text[: match.start()], platform_of(match[1])) if match else (text, None)


def platform_of(value: object) -> str | None:
    """Give a target platform back, and ``None`` for all else."""
    return value if isinstance(value, str) and value in TARGET_PLATFORMS else None


def members_of(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """List the ids of a manifest's pack and dependencies, in lower case."""
    named = (manifest.get("extensionPack"), manifest.get("extensionDependencies"))
    texts = (text for members in named if isinstance(members, list) for text in members)
    return tuple(sorted({text.lower() for text in texts if isinstance(text, str)}))


def missing(root: Path, members: Iterable[str], directory: Path | None = None) -> tuple[str, ...]:
    """List those of an extension's members that no folder of its directory is.

    Without a directory it is the one that ``root`` lies in. The editor's own extensions are never
    beside the others. What lies beside an archive is chance: nothing is missing there.
    """
    named = set(members)
    if not named or isinstance(opened(root), Archive):
        return ()
    try:
        beside = {parse_folder(name)[0] for name in os.listdir(directory or root.parent)}  # noqa: PTH208 - names
    except OSError:
        beside = set()
    known = {identity.key for identity in beside if identity is not None}
    return tuple(sorted(text for text in named - known if not text.startswith(BUILT_IN)))
