"""Find the extensions to scan, without running any of them. Nothing is skipped silently.

``discover`` yields a value for everything that is, or should be, an extension:
``Extension``, ``Unreadable`` or ``Skipped``; and ``Warned`` for problems that don't stop a scan.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from vscan.bounded_input import stat_if_exists
from vscan.discovery import directory_target, named_targets, vsix_files
from vscan.discovery.editor_directories import editor_directories
from vscan.discovery.inventory import read_inventories
from vscan.discovery.target_interface import Found, ReadOptions, TargetKind
from vscan.discovery.vsix_files import read_vsix_files
from vscan.errors import UsageError
from vscan.model import Registry
from vscan.safe_text import sanitize

__all__ = [
    "DIRECTORY_KINDS",
    "TARGET_KINDS",
    "check_target",
    "discover",
    "editor_directories",
    "read_inventories",
    "read_vsix_files",
    "taken_for",
]

TARGET_KINDS: tuple[TargetKind, ...] = (
    named_targets.STDIN,
    vsix_files.KIND,
    directory_target.KIND,
    named_targets.FILE,
    named_targets.ID,
)
DIRECTORY_KINDS = (vsix_files.KIND, directory_target.KIND)  # of ``--extensions-dir``


def discover(
    targets: Iterable[Path],
    *,
    registry: Registry | None = None,
    follow_links: bool = True,
    is_stopped: Callable[[], bool] = lambda: False,
    is_excluded: Callable[[PurePosixPath], bool] = lambda _: False,
) -> Iterator[Found]:
    """Read every target in the order given; a repeated target is read once.

    ``registry`` is where all extensions come from, if the user knows it. Without
    ``follow_links``, links out of a directory are not followed. ``is_stopped`` is asked within
    steps that may be long, ``is_excluded`` about the relative path of what a repository has.
    """
    options = ReadOptions(registry, follow_links, is_stopped, is_excluded)
    seen = set()
    for target in targets:
        root = os.path.realpath(target)
        if root not in seen:
            seen.add(root)
            yield from _kind_of(target).read(target, options)


def check_target(text: str, kinds: Sequence[TargetKind] = TARGET_KINDS) -> Path:
    """Return the path of a target that a kind accepts; ``UsageError`` for everything else.

    A target that can't be examined is accepted: the scan reports it as unreadable. An id, and
    ``-``, are returned as a path, too.
    """
    if not text:
        raise UsageError("a TARGET is empty", hint="perhaps a variable that is not set")
    path = Path(text)
    hint = f"a TARGET is {'; '.join(kind.description for kind in kinds)}"
    try:
        found = stat_if_exists(path)
        if any(kind.accepts(path, found) for kind in kinds):
            return path
    except OSError:
        return path
    problem = "does not exist" if found is None else "is nothing that can be scanned"
    raise UsageError(f"{sanitize(text)} {problem}", hint)


def taken_for(target: Path) -> str:
    """Say in a few words what a target is read as."""
    kind = _kind_of(target)
    return kind.name if kind.taken_for is None else kind.taken_for(target)


def _kind_of(target: Path) -> TargetKind:
    """Return the kind of a target; a directory's, which says what is wrong, where none accepts."""
    try:
        found = stat_if_exists(target)
        return next(kind for kind in TARGET_KINDS if kind.accepts(target, found))
    except (OSError, StopIteration, UsageError):
        return directory_target.KIND
