"""Find the extensions to scan, without running any of them. Nothing is skipped silently.

``discover`` yields a value for everything that is, or should be, an extension:
``Extension``, ``Unreadable`` or ``Skipped``; and ``Warned`` for problems that don't stop a scan.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from vscan.discovery.editor_directories import editor_directories
from vscan.discovery.installed_extensions import read_directory
from vscan.discovery.vsix_files import is_archive, read_vsix_files
from vscan.events import Warned
from vscan.model import Extension, Registry, Skipped, Unreadable

__all__ = ["discover", "editor_directories"]


def discover(
    targets: Iterable[Path], *, registry: Registry | None = None, follow_links: bool = True
) -> Iterator[Extension | Unreadable | Skipped | Warned]:
    """Read every target in the order given; a repeated target is read once.

    A target is a ``.vsix`` file, or a directory with extension folders as an editor keeps them,
    with ``.vsix`` files, or with both. ``registry`` is where all extensions come from, if the
    user knows it. Without ``follow_links``, links out of a directory are not followed.
    """
    seen = set()
    for target in targets:
        root = os.path.realpath(target)
        if root not in seen:
            seen.add(root)
            if not is_archive(str(target)):
                yield from read_directory(target, registry=registry, follow_links=follow_links)
            yield from read_vsix_files(target, registry=registry)
