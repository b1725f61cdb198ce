"""The location at which a platform shows the findings of an extension: a file and a line.

The path never contains the version: a path that changes would close an alert and open another.
"""

import posixpath
import re
from collections.abc import Iterable

from msgspec import Struct

from vscan.model import Extension, Origin

_INDEX = "extensions.json"
_SLASH = re.compile(r"[\\/]")
_SCHEME = re.compile(r"[A-Za-z]:|[A-Za-z][A-Za-z0-9+.-]*:/")  # or a drive
_DRIVE = re.compile(r"[A-Za-z]:/")


class Location(Struct, frozen=True):
    """A place in a file of the repository: ``path`` is relative to it, with slashes.

    ``line`` and ``column`` count from 1, in characters; ``length`` is 0 for a whole line.
    """

    path: str
    line: int
    column: int = 1
    length: int = 0


def named_locations(origins: Iterable[Origin], workspace: str) -> list[Location]:
    """Return the places in files of the repository that name an extension, in their order."""
    found = (
        Location(path, max(1, origin.line), max(1, origin.column or 1), origin.length)
        for origin in origins
        if origin.line is not None and (path := _inside(origin.uri, workspace)) is not None
    )
    return list(dict.fromkeys(found))


def location_of(extension: Extension, workspace: str) -> tuple[str, int]:
    """Choose a path relative to the repository, with slashes, and a line from 1.

    It is the line that names the extension, else the editor's index if the repository contains
    it, else an invented path. ``workspace`` is the absolute path of the repository; without one,
    and for relative paths, it is the working directory.
    """
    named = [origin for origin in extension.origins if origin.line is not None]
    listed = [
        origin
        for origin in extension.origins
        if not origin.kind and _SLASH.split(origin.uri)[-1] == _INDEX
    ]
    for origin in (*named, *listed):
        if (path := _inside(origin.uri, workspace)) is not None:
            return path, origin.line or 1
    return f".vscode/extensions/{extension.id.key}/package.json", 1


def _inside(path: str, workspace: str) -> str | None:
    """Give a path relative to the workspace; ``None`` if it is outside or invalid."""
    path = path.replace("\\", "/")
    is_of_windows = _DRIVE.match(path) is not None
    if path.startswith("/") or is_of_windows:
        if is_of_windows:
            workspace = workspace.replace("\\", "/")
        root = posixpath.normpath(workspace) if workspace else ""
        path = posixpath.normpath(path)
        if not root or not _is_below(path, root, fold=is_of_windows):
            return None
        path = path[len(root.rstrip("/")) + 1 :]
    path = posixpath.normpath(path)
    is_outside = path == ".." or path.startswith("../")
    return None if is_outside or _SCHEME.match(path) or path == "." else path


def _is_below(path: str, root: str, *, fold: bool) -> bool:
    if fold:  # Windows has no case
        path, root = path.lower(), root.lower()
    return path.startswith(root.rstrip("/") + "/")
