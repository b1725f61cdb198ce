"""What a manifest says an extension is: its id, its version, its name for people."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vscan.extension_files import UnreadableError, localised, platform_of, split_platform
from vscan.model import UNDEFINED_PUBLISHER, ExtensionId, parse_version
from vscan.text import sanitize


@dataclass(frozen=True, slots=True)
class Identity:
    """What an editor loads, as far as its manifest tells.

    ``loaded_as`` is the id by which the editor knows it, in lower case and otherwise as it stands
    there. ``anomaly`` says why no registry can have it: then no service is asked about it.
    """

    id: ExtensionId
    loaded_as: str
    name: str
    version: str
    target_platform: str | None
    anomaly: str | None


def identity_of(manifest: dict[str, Any]) -> Identity:
    """Read id and version; ``UnreadableError`` where an editor would not load it.

    An editor asks less of an id than a registry does: it loads what has no publisher, and names
    with any characters.
    """
    publisher, name = publisher_of(manifest), manifest.get("name")
    if not isinstance(name, str) or not name:
        raise UnreadableError("package.json has no name")
    text, (version, platform) = f"{publisher}.{name}", _version_of(manifest)
    anomaly = None
    try:
        if "." in publisher:
            raise ValueError  # noqa: TRY301 - the dot would move from publisher to name
        identity = ExtensionId.parse(text)
        if not manifest.get("publisher"):
            identity = ExtensionId.local(publisher, name)
            anomaly = "its package.json has no publisher"
        elif manifest["version"] != manifest["version"].strip():
            anomaly = "the version in its package.json has blanks around it"
    except ValueError:
        identity = ExtensionId.local(publisher, name)
        anomaly = f"no registry has an id such as {sanitize(text, 120)}"
    return Identity(identity, text.lower(), sanitize(name, 200), version, platform, anomaly)


def publisher_of(manifest: dict[str, Any]) -> str:
    """Give the publisher, or what the editor puts where there is none."""
    publisher = manifest.get("publisher") or UNDEFINED_PUBLISHER
    if not isinstance(publisher, str):
        raise UnreadableError("package.json has no publisher")
    return publisher


def _version_of(manifest: dict[str, Any]) -> tuple[str, str | None]:
    """Give version and target platform, which some packers append to it.

    ``UnreadableError`` where there is no version that an editor would take. Blanks around it are
    none of it, for an editor either.
    """
    text = manifest.get("version")
    if not isinstance(text, str) or not text:
        raise UnreadableError("package.json has no version")
    text, platform = split_platform(text.strip())
    try:
        return parse_version(text), platform
    except ValueError:
        raise UnreadableError(f"package.json has no valid version: {sanitize(text, 60)}") from None


def not_sent(anomaly: str) -> str:
    """Say why no service is asked about an extension."""
    return f"{anomaly}; it is analysed here, and no service is asked about it"


def platform_in(manifest: dict[str, Any]) -> str | None:
    """Give the target platform that the editor wrote into a manifest when it installed it."""
    metadata = manifest.get("__metadata")
    return platform_of(metadata.get("targetPlatform")) if isinstance(metadata, dict) else None


def is_from_file(described: object) -> bool:
    """Say whether an editor's metadata say that it was installed from a file."""
    return isinstance(described, dict) and described.get("source") == "vsix"


def title_of(root: Path, manifest: dict[str, Any]) -> str | None:
    """Give the name for people, in the language of ``package.nls.json``; ``None`` without one."""
    title = manifest.get("displayName")
    title = localised(root, title) if isinstance(title, str) else None
    return sanitize(title, 200) if title and title.strip() else None
