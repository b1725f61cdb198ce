"""Find out what is installed, or about to be. Nothing is skipped silently, and nothing is run.

``discover`` yields a value for everything that is, or should be, an extension:
``Extension``, ``Unreadable`` or ``Skipped``; and ``Warned`` for what does not stop a scan.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from vscan.discovery.editor_directories import editor_directories
from vscan.discovery.installed_extensions import installed
from vscan.discovery.vsix_files import is_archive, packaged
from vscan.events import Warned
from vscan.model import Extension, Registry, Skipped, Unreadable

__all__ = ["discover", "editor_directories"]


def discover(
    targets: Iterable[Path], *, registry: Registry | None = None, follow_links: bool = True
) -> Iterator[Extension | Unreadable | Skipped | Warned]:
    """Read every target once, in the order given; the same one twice is read once.

    A target is a directory, of folders as an editor keeps them, of ``.vsix`` files or of both;
    or one ``.vsix`` file. ``registry`` is where all of them come from, if somebody knows it;
    without ``follow_links`` no folder is read that is a link out of its directory.
    """
    seen = set()
    for target in targets:
        root = os.path.realpath(target)
        if root not in seen:
            seen.add(root)
            if not is_archive(str(target)):
                yield from installed(target, registry=registry, follow_links=follow_links)
            yield from packaged(target, registry=registry)
