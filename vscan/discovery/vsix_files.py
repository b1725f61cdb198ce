"""Read extensions that are not installed yet: one ``.vsix`` file, or a directory of them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from vscan.discovery.manifest_identity import display_name_of, identity_of, local_only_reason
from vscan.discovery.target_interface import Found, ReadOptions, TargetKind
from vscan.events import Warned
from vscan.extension_files import (
    UnreadableError,
    member_ids,
    os_error_reason,
    parse_folder_name,
    platform_of,
    read_identity,
    read_manifest,
    resolve,
)
from vscan.model import Extension, ExtensionId, Origin, Registry, Unreadable
from vscan.safe_text import sanitize

SUFFIX = ".vsix"

NamedBy: TypeAlias = tuple[ExtensionId | None, str | None, str | None]  # id, version, platform


def is_archive(path: str) -> bool:
    """Say whether a path is a file with the suffix of an archive."""
    return path.lower().endswith(SUFFIX) and os.path.isfile(path)  # noqa: PTH113 - never raises


def read_vsix_files(
    target: Path, *, registry: Registry | None = None
) -> Iterator[Extension | Unreadable | Warned]:
    """Read one archive, or all archives in a directory, sorted by name.

    ``registry`` is where they come from, if the user knows it: a file doesn't tell. Errors of the
    directory itself are reported by ``read_directory``.
    """
    if is_archive(str(target)):
        yield from read_archive(target, None, registry)
        return
    try:
        root = resolve(target)
        names = sorted(entry.name for entry in os.scandir(root) if is_archive(entry.path))
    except OSError:
        return
    for name in names:
        yield from read_archive(target / name, root, registry)


def read_archive(
    path: Path,
    folder: Path | None,
    registry: Registry | None,
    shown: str = "",
    named_by: NamedBy | None = None,
) -> Iterator[Extension | Unreadable | Warned]:
    """Read an archive, whatever its name is.

    If it was found in ``folder``, it must not be a link out of it. ``shown`` is its path relative
    to the target, and ``named_by`` what its path says of it, unless both are in its name.
    """
    origin = Origin(sanitize(str(path), 1000))
    shown = sanitize(shown or path.name, 1000)
    named_id, named_version, named_platform = named_by or parse_folder_name(path.stem)
    try:
        root = resolve(path)
        if folder is not None and not root.is_relative_to(folder):
            raise UnreadableError("it links out of the directory")  # noqa: TRY301 - handled with the others
        manifest = read_manifest(root)
        identity = identity_of(manifest)
        extension = Extension(
            id=identity.id,
            version=identity.version,
            target_platform=_platform(root) or identity.target_platform or named_platform,
            display_name=display_name_of(root, manifest) or identity.name,
            path=shown,
            origins=(origin,),
            in_index=None,
            root=root,
            members=member_ids(manifest),
            registry=registry,
            never_sent=identity.local_reason is not None,
        )
    except UnreadableError as error:
        why = str(error)
    except OSError as error:
        why = f"it can't be read: {os_error_reason(error)}"
    else:
        if identity.local_reason is not None:
            yield Warned("discovery", f"{shown}: {local_only_reason(identity.local_reason)}")
        yield extension
        return
    yield Unreadable(
        name=shown,
        reason=why,
        id=named_id,
        version=named_version,
        path=shown,
        origins=(origin,),
    )


def _platform(root: Path) -> str | None:
    try:
        identity = read_identity(root)
    except UnreadableError:
        return None  # the analyser reports it
    return platform_of(identity.target_platform) if identity is not None else None


def _accepts(path: Path, found: os.stat_result | None) -> bool:
    return found is not None and stat.S_ISREG(found.st_mode) and path.suffix.lower() == SUFFIX


def _read_target(path: Path, options: ReadOptions) -> Iterator[Found]:
    return read_vsix_files(path, registry=options.registry)


KIND = TargetKind("a .vsix file", "a .vsix file", _accepts, _read_target)
