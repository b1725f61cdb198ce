"""How mirrors of a registry are laid out: where their archives are, and what says so.

code-marketplace keeps ``publisher/name/version/*.vsix`` with the unpacked extension beside it, and
vscodeoffline ``id/version/Microsoft.VisualStudio.Services.VSIXPackage``, perhaps with a directory
of the platform above the archive.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from vscan.discovery.repository_files import LEFT_OUT
from vscan.discovery.vsix_files import SUFFIX, NamedBy
from vscan.extension_files import parse_folder_name, platform_of
from vscan.lazy_regex import lazy_regex
from vscan.model import ExtensionId, parse_version

PACKAGE = "Microsoft.VisualStudio.Services.VSIXPackage"
UNPACKED = "extension"  # the directory with the unpacked files of the archive beside it
# What no mirror has. A publisher may be called "vendor".
NOT_OF_MIRRORS = LEFT_OUT - {"vendor"}
_UNPACKED_MANIFEST = "extension.vsixmanifest"
_ASSET = "Microsoft.VisualStudio."  # how vscodeoffline's names of files begin
_VERSION = lazy_regex(r"[0-9]+\.[0-9]+\.[0-9]+.*")
_DEEPEST = 6  # artifacts/extensions/id/version/platform, and one more


def is_mirror(root: Path, *, in_repository: bool) -> bool:
    """Say whether archives are in the directories below ``root``.

    In a repository, which may have some for its tests, only the directory of one version counts,
    as mirrors lay it out. Links are not followed, and extensions and packages that lie directly in
    ``root`` are left out.
    """
    pending = [(root, 0)]
    while pending:
        directory, depth = pending.pop()
        try:
            with os.scandir(directory) as items:
                entries = list(items)
        except OSError:
            continue  # whatever reads it says so
        names = {entry.name for entry in entries}
        has_archive = not in_repository and any(map(_is_archive, names))
        if depth and (has_archive or is_of_version(directory, names)):
            return True
        if depth == _DEEPEST or (depth == 1 and "package.json" in names):
            continue
        pending += (
            (Path(entry.path), depth + 1)
            for entry in entries
            if entry.name not in NOT_OF_MIRRORS and entry.is_dir(follow_symlinks=False)
        )
    return False


def is_of_version(directory: Path, names: Iterable[str]) -> bool:
    """Say whether a directory is that of one version, by its name and what is in it.

    Its archive may be missing.
    """
    is_named_so = _has_version(directory.name) or platform_of(directory.name) is not None
    for name in names:
        if name == PACKAGE:
            return True
        is_mark = _is_archive(name) or name == _UNPACKED_MANIFEST
        if is_named_so and (is_mark or name.startswith(_ASSET)):
            return True
    return False


def needs_archive(directory: Path, names: Iterable[str]) -> bool:
    """Say whether a directory is of a version, so that an archive belongs into or below it."""
    names = set(names)
    is_listed = not names or bool(names & {UNPACKED, "extension.json"})
    return is_of_version(directory, names) or (_has_version(directory.name) and is_listed)


def named_by(path: Path) -> NamedBy:
    """Guess id, version and platform of an archive, or of the directory of a version, by its path.

    Only what can't be read, and an archive that says nothing of its platform, take them from here.
    """
    is_archive = _is_archive(path.name)
    by_directories = _of_directories(
        path.parts[:-1] if is_archive or path.name == PACKAGE else path.parts
    )
    if not is_archive:
        return by_directories
    identity, version, platform = parse_folder_name(path.stem)
    if identity is None:
        return by_directories
    return identity, version, platform or by_directories[2]


def _of_directories(directories: tuple[str, ...]) -> NamedBy:
    directories = ("", "", "", *directories)
    platform = platform_of(directories[-1])
    if platform is not None:
        directories = directories[:-1]
    version, _, suffix = directories[-1].partition("@")
    platform = platform or platform_of(suffix)
    if not _has_version(version):
        return None, None, platform
    for text in _ids(directories[:-1]):
        try:
            return ExtensionId.parse(text), parse_version(version), platform
        except ValueError:
            continue
    return None, None, platform


def _ids(directories: tuple[str, ...]) -> Iterator[str]:
    """Give the ids that the directories above a version may stand for."""
    *_, above, last = directories
    if "." not in last:
        yield f"{above}.{last}"
    yield last


def _is_archive(name: str) -> bool:
    return name.lower().endswith(SUFFIX)


def _has_version(name: str) -> bool:
    return _VERSION.fullmatch(name) is not None
