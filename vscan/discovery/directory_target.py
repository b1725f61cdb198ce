"""The target kind of a directory: extension folders as an editor keeps them, and .vsix files."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from vscan.bounded_input import stat_if_exists
from vscan.discovery.installed_extensions import read_directory
from vscan.discovery.target_interface import Found, ReadOptions, TargetKind
from vscan.discovery.vsix_files import read_vsix_files
from vscan.errors import UsageError
from vscan.extension_files import UnreadableError, is_extension_manifest, read_manifest
from vscan.safe_text import sanitize


def _accepts(path: Path, found: os.stat_result) -> bool:
    if not stat.S_ISDIR(found.st_mode):
        return False
    manifest = stat_if_exists(path / "package.json")
    is_manifest = manifest is not None and stat.S_ISREG(manifest.st_mode)
    if is_manifest and not _holds_extensions(path):
        raise UsageError(
            f"{sanitize(str(path))} is one extension, not a directory of them",
            hint="name the directory that it lies in; --include-ids chooses one",
        )
    return True


def _holds_extensions(directory: Path) -> bool:
    """Whether a directory with a ``package.json`` holds extensions instead of being one.

    Editors ship such a directory with their own extensions: npm builds all of them together.
    """
    try:
        if is_extension_manifest(read_manifest(directory.resolve())):
            return False
    except UnreadableError:
        return False
    return any(_is_extension(folder) for folder in directory.iterdir() if folder.is_dir())


def _is_extension(folder: Path) -> bool:
    try:
        return is_extension_manifest(read_manifest(folder.resolve()))
    except (UnreadableError, OSError, RuntimeError):
        return False


def _read(path: Path, options: ReadOptions) -> Iterator[Found]:
    yield from read_directory(path, options)
    yield from read_vsix_files(path, registry=options.registry)


KIND = TargetKind(
    "a directory", "a directory of extensions, such as ~/.vscode/extensions", _accepts, _read
)
