"""A bounded, read-only view of one extension's folder.

Nothing outside the folder is opened, whatever its links say; nothing but a regular
file is opened at all, so that no pipe or device can hang a scan; and nothing larger
than ``MAX_FILE_BYTES`` is read.
"""

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

from vscan.untrusted import parse_json

MAX_FILE_BYTES = 16 * 1024 * 1024


class UnreadableError(Exception):
    """Why a file or folder can't be read, in words for a person."""


def resolve(path: Path) -> Path:
    """Follow every link to something that is there; ``OSError`` where that fails.

    Not ``Path.resolve``: what that raises for a circle depends on Python's version.
    """
    return Path(os.path.realpath(path, strict=True))


def reason(error: OSError) -> str:
    """Say why, without the path."""
    if error.errno == errno.ELOOP:
        return "its links form a circle"
    return os.strerror(error.errno or 0).lower()


def read_bytes(root: Path, name: str) -> bytes:
    """Read one regular file below ``root``, which must be a resolved path.

    Raises ``FileNotFoundError`` where there is none, ``UnreadableError`` for all else.
    """
    path = root / name
    try:
        resolved = resolve(path)
        if not resolved.is_relative_to(root):
            raise UnreadableError(f"{name} links out of the folder")
        # A pipe without a writer would block in open, and a device in read.
        if not stat.S_ISREG(resolved.stat().st_mode):
            raise UnreadableError(f"{name} is not a regular file")
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
        with open(os.open(resolved, flags | getattr(os, "O_BINARY", 0)), "rb") as file:  # noqa: PTH123 - a descriptor
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise UnreadableError(f"{name} is not a regular file")
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        if path.is_symlink():
            raise UnreadableError(f"{name} is a broken link") from None
        raise
    except OSError as error:
        raise UnreadableError(f"{name} can't be read: {reason(error)}") from None
    if len(content) > MAX_FILE_BYTES:
        raise UnreadableError(f"{name} is over {MAX_FILE_BYTES // 1024**2} MiB")
    return content


def read_json(root: Path, name: str) -> Any:  # noqa: ANN401 - JSON is anything
    """Read one JSON file below ``root``: UTF-8, UTF-16 or UTF-32, byte-order mark or not.

    Bytes that are no UTF-8 are replaced, as the editor does. Raises as ``read_bytes``.
    """
    content = read_bytes(root, name)
    encoding = json.detect_encoding(content)
    try:
        return parse_json(content.decode(encoding, "replace").removeprefix("\ufeff"))
    except ValueError as error:
        raise UnreadableError(f"{name} {error}") from None


def read_manifest(root: Path) -> dict[str, Any]:
    """Read ``package.json``; ``UnreadableError`` where it is missing or is no object."""
    try:
        manifest = read_json(root, "package.json")
    except FileNotFoundError:
        raise UnreadableError("there is no package.json in it") from None
    if not isinstance(manifest, dict):
        raise UnreadableError("package.json is not an object")
    return manifest


def localised(root: Path, text: str) -> str | None:
    """Look ``%key%`` up in ``package.nls.json``; other text is itself.

    ``None`` where the key is not there: a name that can't be looked up is no reason
    not to scan.
    """
    if not (len(text) > 2 and text[0] == text[-1] == "%"):  # noqa: PLR2004 - two percent signs
        return text
    try:
        entry = read_json(root, "package.nls.json").get(text[1:-1])
    except (FileNotFoundError, UnreadableError, AttributeError):
        return None
    if isinstance(entry, dict):
        entry = entry.get("message")
    return entry if isinstance(entry, str) else None
