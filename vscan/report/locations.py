"""Where a platform shows what is held against an extension: a file of the repository, and a line.

The path never holds the version: one that changes would close an alert and open another.
"""

import posixpath

from vscan.model import Extension

_INDEX = "extensions.json"


def place_of(extension: Extension, workspace: str) -> tuple[str, int]:
    """Choose a path relative to the repository, with slashes, and a line from 1.

    The line that names the extension; else the editor's index, where it lies in the
    repository; else a made-up path. ``workspace`` is the repository's absolute path;
    without one, and for relative paths, the working directory is taken for it.
    """
    named = [origin for origin in extension.origins if origin.line is not None]
    listed = [origin for origin in extension.origins if posixpath.basename(origin.uri) == _INDEX]
    for origin in (*named, *listed):
        if (path := _inside(origin.uri, workspace)) is not None:
            return path, origin.line or 1
    return f".vscode/extensions/{extension.id.key}/package.json", 1


def _inside(path: str, workspace: str) -> str | None:
    """Give a path relative to the workspace; ``None`` where it lies outside or is no such path."""
    path = path.replace("\\", "/")
    if path.startswith("/"):
        root = posixpath.normpath(workspace) if workspace else ""
        path = posixpath.normpath(path)
        if not root or not path.startswith(f"{root}/"):
            return None
        path = path[len(root) + 1 :]
    path = posixpath.normpath(path)
    return None if path.startswith("..") or ":" in path or path == "." else path
