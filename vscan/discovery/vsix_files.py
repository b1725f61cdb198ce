"""Read extensions that are not installed yet: a ``.vsix`` file, or a folder of them."""

import os
from collections.abc import Iterator
from pathlib import Path

from vscan.discovery.manifest_identity import identity_of, not_sent, title_of
from vscan.events import Warned
from vscan.extension_files import (
    UnreadableError,
    members_of,
    parse_folder,
    platform_of,
    read_identity,
    read_manifest,
    reason,
    resolve,
)
from vscan.model import Extension, Origin, Registry, Unreadable
from vscan.text import sanitize

_SUFFIX = ".vsix"


def is_archive(path: str) -> bool:
    """Say whether something is a file and called as an archive is."""
    return path.lower().endswith(_SUFFIX) and os.path.isfile(path)  # noqa: PTH113 - never raises


def packaged(
    target: Path, *, registry: Registry | None = None
) -> Iterator[Extension | Unreadable | Warned]:
    """Read one archive, or those that lie in a directory, in the order of their names.

    ``registry`` is where they are from, if somebody knows it: of a file nothing tells that. What
    can't be read of the directory itself is for ``installed`` to say.
    """
    if is_archive(str(target)):
        yield from _read(target, None, registry)
        return
    try:
        root = resolve(target)
        names = sorted(entry.name for entry in os.scandir(root) if is_archive(entry.path))
    except OSError:
        return
    for name in names:
        yield from _read(target / name, root, registry)


def _read(
    path: Path, folder: Path | None, registry: Registry | None
) -> Iterator[Extension | Unreadable | Warned]:
    """Read an archive; one that was found in a folder, rather than named, has to be in it."""
    origin = Origin(sanitize(str(path), 1000))
    named_id, named_version, named_platform = parse_folder(path.stem)
    try:
        root = resolve(path)
        if folder is not None and not root.is_relative_to(folder):
            raise UnreadableError("it links out of the directory")  # noqa: TRY301 - one way out for all
        manifest = read_manifest(root)
        identity = identity_of(manifest)
        extension = Extension(
            id=identity.id,
            version=identity.version,
            target_platform=_platform(root) or identity.target_platform or named_platform,
            display_name=title_of(root, manifest) or identity.name,
            path=sanitize(path.name),
            origins=(origin,),
            in_index=None,
            root=root,
            members=members_of(manifest),
            registry=registry,
            never_sent=identity.anomaly is not None,
        )
    except UnreadableError as error:
        why = str(error)
    except OSError as error:
        why = f"it can't be read: {reason(error)}"
    else:
        if identity.anomaly is not None:
            yield Warned("discovery", f"{sanitize(path.name)}: {not_sent(identity.anomaly)}")
        yield extension
        return
    yield Unreadable(
        name=sanitize(path.name),
        reason=why,
        id=named_id,
        version=named_version,
        path=sanitize(path.name),
        origins=(origin,),
    )


def _platform(root: Path) -> str | None:
    try:
        identity = read_identity(root)
    except UnreadableError:
        return None  # that it can't be read is a finding
    return platform_of(identity.target_platform) if identity is not None else None
