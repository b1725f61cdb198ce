"""Whether an archive is of the extension, the version and the platform that were asked for."""

from pathlib import Path

from vscan.discovery.manifest_identity import identity_of
from vscan.extension_files import (
    UnreadableError,
    platform_of,
    read_identity,
    read_manifest,
    split_platform,
)
from vscan.registries.interface import Offer
from vscan.safe_text import sanitize


class OtherIdentityError(Exception):
    """An archive is of another extension, version or platform; the message says of which."""


def check_identity(path: Path, offer: Offer) -> None:
    """Compare both manifests of an archive with an offer.

    Raises ``OtherIdentityError``, and ``UnreadableError`` where the editor's manifest can't be
    read. The packer's manifest, if it can't be read, is left to the analyser, which reports it.
    """
    found = identity_of(read_manifest(path))
    _compare(f"{found.id}", found.id.key, offer.id.key)
    _compare(found.version, found.version, offer.version)
    platforms = {found.target_platform}
    try:
        packed = read_identity(path)
    except UnreadableError:
        packed = None
    if packed is not None:
        named = f"{packed.publisher}.{packed.name}"
        _compare(named, named.lower(), offer.id.key)
        _compare(packed.version, split_platform(packed.version)[0], offer.version)
        platforms.add(platform_of(packed.target_platform))
    for platform in platforms - {None}:
        _compare(f"{platform}", f"{platform}", offer.platform or "all platforms")


def _compare(shown: str, found: str, expected: str) -> None:
    if found != expected:
        raise OtherIdentityError(
            f"the registry sent {sanitize(shown, 150)} instead of {sanitize(expected, 150)}"
        )
