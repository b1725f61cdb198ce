"""The target kind of a directory: extensions as an editor keeps them, a mirror, or a repository.

A directory may be several of them. One in a repository is always read as one, too: else its author
could hide what it names by adding an extension, an index of none, or what mirrors have.
"""

import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from msgspec.structs import replace

from vscan.bounded_input import stat_if_exists
from vscan.discovery.editor_index import INDEX
from vscan.discovery.installed_extensions import read_directory
from vscan.discovery.marketplace_of_directory import is_in_repository
from vscan.discovery.mirror import UnpackedFiles, read_mirror
from vscan.discovery.mirror_layouts import is_mirror
from vscan.discovery.repository_target import read_repository
from vscan.discovery.target_interface import Found, ReadOptions, TargetKind
from vscan.discovery.vsix_files import SUFFIX, read_vsix_files
from vscan.editors import editor_of
from vscan.errors import UsageError
from vscan.extension_files import (
    UnreadableError,
    is_extension_manifest,
    parse_folder_name,
    read_manifest,
)
from vscan.model import Extension, Skipped
from vscan.safe_text import sanitize

# Why an item of a directory is no extension.
_NO_EXTENSION = frozenset({"hidden", "leftover", "npm-package", "node-modules"})
_NAMES = {
    "extensions": "a directory of extensions",
    "mirror": "a mirror of extensions",
    "repository": "a repository",
}


def _accepts(path: Path, found: os.stat_result | None) -> bool:
    if found is None or not stat.S_ISDIR(found.st_mode):
        return False
    manifest = stat_if_exists(path / "package.json")
    is_manifest = manifest is not None and stat.S_ISREG(manifest.st_mode)
    if is_manifest and _is_extension(path) and not is_in_repository(path.resolve()):
        raise UsageError(
            f"{sanitize(str(path))} is one extension, not a directory of them",
            hint="name the directory that it lies in; --include-ids chooses one",
        )
    _refuse_parent_of_extensions(path)
    return True


def _refuse_parent_of_extensions(path: Path) -> None:
    """Name the extensions directory where the directory of its editor is given."""
    below = path / "extensions"
    is_meant = editor_of(os.path.abspath(below)) is not None and below.is_dir()  # noqa: PTH100 - links stay
    if is_meant and not is_in_repository(path.resolve()):
        raise UsageError(
            f"{sanitize(str(path))} is no extensions directory",
            hint=f"did you mean {sanitize(str(below))}?",
        )


def _read(path: Path, options: ReadOptions) -> Iterator[Found]:
    kinds = kinds_of_directory(path)
    in_repository = "repository" in kinds
    if "extensions" in kinds:
        for item in read_directory(path, options, in_repository=in_repository):
            # What is no extension is read for archives or names, below.
            is_other = isinstance(item, Skipped) and item.reason in _NO_EXTENSION
            if not (is_other and kinds != ("extensions",)):
                yield item
        yield from read_vsix_files(path, registry=options.registry)
    named: set[Path | None] = set()  # archives that files of the directory install
    if os.path.isdir(path) and not _is_of_editor(path):  # noqa: PTH112 - never raises
        for found in _read_names(path, options, kinds):
            if isinstance(found, Extension):
                named.add(found.root)
            yield found
    if "mirror" in kinds:
        with_first_level = "extensions" not in kinds
        for found in read_mirror(
            path, options, in_repository=in_repository, with_first_level=with_first_level
        ):
            if not (isinstance(found, Extension) and found.root in named):
                yield found


def _read_names(path: Path, options: ReadOptions, kinds: Collection[str]) -> Iterator[Found]:
    """Read what lies beside extensions and archives for names.

    Outside of a repository, the unpacked files of an archive are a part of it.
    """
    in_repository = "repository" in kinds
    if "mirror" in kinds and not in_repository:
        unpacked, is_excluded = UnpackedFiles(path), options.is_excluded
        options = replace(options, is_excluded=lambda file: is_excluded(file) or unpacked.has(file))
    holds_extensions = "extensions" in kinds and not in_repository
    yield from read_repository(path, options, holds_extensions=holds_extensions)


def kinds_of_directory(path: Path) -> tuple[str, ...]:
    """Say what a directory is read as: ``extensions``, ``mirror``, ``repository``, or several.

    What lies beside extensions outside of a repository is read for names, too.
    """
    try:
        root = path.resolve()
        if _is_of_editor(path):
            return ("extensions",)
        holds_extensions = _holds_extensions(root)
        in_repository = is_in_repository(root)
        is_of_mirror = is_mirror(root, in_repository=in_repository)
        is_repository = in_repository or not (holds_extensions or is_of_mirror)
    except (OSError, RuntimeError):
        return ("extensions",)  # which says what is wrong with it
    names = (
        ("extensions", holds_extensions),
        ("mirror", is_of_mirror),
        ("repository", is_repository),
    )
    return tuple(name for name, is_kind in names if is_kind)


def _is_of_editor(path: Path) -> bool:
    """Whether a path is that of an editor's own extensions directory."""
    given = os.path.abspath(path)  # noqa: PTH100 - links stay
    return any(editor_of(each) is not None for each in (given, os.path.realpath(path)))


def _holds_extensions(root: Path) -> bool:
    """Whether extensions, or an editor's index of them, lie directly in a directory."""
    has_index = root.name != ".vscode" and (root / INDEX).is_file()
    return has_index or any(map(_may_be_extension, root.iterdir()))


def _may_be_extension(item: Path) -> bool:
    is_named_so = item.suffix.lower() == SUFFIX or parse_folder_name(item.name)[1] is not None
    return is_named_so or os.path.lexists(item / "package.json")


def _is_extension(folder: Path) -> bool:
    """Whether a folder has the manifest of an extension."""
    try:
        return is_extension_manifest(read_manifest(folder.resolve()))
    except (UnreadableError, OSError, RuntimeError):
        return False


KIND = TargetKind(
    "a directory",
    "a directory: a repository, a mirror, or extensions, such as ~/.vscode/extensions",
    _accepts,
    _read,
    lambda path: " and ".join(map(_NAMES.__getitem__, kinds_of_directory(path))),
)
