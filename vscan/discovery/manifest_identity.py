"""The id, the version and the display name in an extension's manifest."""

from pathlib import Path
from typing import Any

from msgspec import Struct

from vscan.extension_files import UnreadableError, localize, platform_of, split_platform
from vscan.model import UNDEFINED_PUBLISHER, ExtensionId, parse_version
from vscan.safe_text import sanitize


class Identity(Struct, frozen=True):
    """The identity of an extension according to its manifest.

    ``editor_id`` is the id as the editor uses it, in lower case and otherwise unchanged.
    ``local_reason`` says why no registry can have such an extension: no service is asked about it.
    """

    id: ExtensionId
    editor_id: str
    name: str
    version: str
    target_platform: str | None
    local_reason: str | None


def identity_of(manifest: dict[str, Any]) -> Identity:
    """Read id and version; ``UnreadableError`` if an editor would not load the extension.

    Editors accept more ids than registries do: they load extensions without a publisher, and
    names with any characters.
    """
    publisher, name = publisher_of(manifest), manifest.get("name")
    if not isinstance(name, str) or not name:
        raise UnreadableError("package.json has no name")
    text, (version, platform) = f"{publisher}.{name}", _version_of(manifest)
    local_reason = None
    try:
        if "." in publisher:
            raise ValueError  # noqa: TRY301 - parsing would split at the wrong dot
        identity = ExtensionId.parse(text)
        if not manifest.get("publisher"):
            identity = ExtensionId.local(publisher, name)
            local_reason = "its package.json has no publisher"
        elif manifest["version"] != manifest["version"].strip():
            local_reason = "the version in its package.json has blanks around it"
    except ValueError:
        identity = ExtensionId.local(publisher, name)
        local_reason = f"no registry has an id such as {sanitize(text, 120)}"
    return Identity(identity, text.lower(), sanitize(name, 200), version, platform, local_reason)


def publisher_of(manifest: dict[str, Any]) -> str:
    """Return the publisher, or the one that the editor uses if there is none."""
    publisher = manifest.get("publisher") or UNDEFINED_PUBLISHER
    if not isinstance(publisher, str):
        raise UnreadableError("package.json has no publisher")
    return publisher


def _version_of(manifest: dict[str, Any]) -> tuple[str, str | None]:
    """Return the version and the target platform, which some packers append to it.

    ``UnreadableError`` if an editor would not accept the version. Editors ignore blanks around it.
    """
    text = manifest.get("version")
    if not isinstance(text, str) or not text:
        raise UnreadableError("package.json has no version")
    text, platform = split_platform(text.strip())
    try:
        return parse_version(text), platform
    except ValueError:
        raise UnreadableError(f"package.json has no valid version: {sanitize(text, 60)}") from None


def local_only_reason(reason: str) -> str:
    """Say why no service is asked about an extension."""
    return f"{reason}; it is analysed here, and no service is asked about it"


def platform_in(manifest: dict[str, Any]) -> str | None:
    """Return the target platform that the editor wrote into the manifest at installation."""
    metadata = manifest.get("__metadata")
    return platform_of(metadata.get("targetPlatform")) if isinstance(metadata, dict) else None


def is_from_file(metadata: object) -> bool:
    """Say whether the editor's metadata say that an extension was installed from files.

    The editor's word for an archive is ``vsix``, and ``resource`` for a folder.
    """
    return isinstance(metadata, dict) and metadata.get("source") in ("vsix", "resource")


def display_name_of(root: Path, manifest: dict[str, Any]) -> str | None:
    """Return the display name in the language of ``package.nls.json``; ``None`` without one."""
    title = manifest.get("displayName")
    title = localize(root, title) if isinstance(title, str) else None
    return sanitize(title, 200) if title and title.strip() else None
