"""A bounded, read-only view of one extension's folder.

Nothing outside the folder is opened, whatever its links say; nothing but a regular
file is opened at all, so that no pipe or device can hang a scan; and nothing larger
than ``MAX_FILE_BYTES`` is read.
"""

import errno
import itertools
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from vscan.domain import TARGET_PLATFORMS, ExtensionId, parse_version
from vscan.text import plain
from vscan.untrusted import parse_json

MAX_FILE_BYTES = 16 * 1024 * 1024
BUILT_IN = ("vscode.", "ms-vscode.js-debug", "ms-vscode.vscode-js-profile-table")
_PLATFORM_SUFFIX = re.compile("-(" + "|".join(sorted(TARGET_PLATFORMS)) + r"|universal)\Z")
_FOLDER = re.compile(r"(?P<id>.+?)-(?P<version>\d+\.\d+\.\d+.*)", re.DOTALL)


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


def parse_folder(folder: str) -> tuple[ExtensionId | None, str | None, str | None]:
    """Take ``publisher.name-1.2.3-linux-x64`` apart: id, version, target platform.

    All ``None`` where the name is not of that form.
    """
    rest, platform = split_platform(folder)
    match = _FOLDER.fullmatch(rest)
    if match is None:
        return None, None, None
    try:
        return ExtensionId.parse(match["id"]), parse_version(match["version"]), platform
    except ValueError:
        return None, None, None


def split_platform(text: str) -> tuple[str, str | None]:
    """Take a target platform off the end of a folder's name, or of a version."""
    match = _PLATFORM_SUFFIX.search(text)
    return (text[: match.start()], platform_of(match[1])) if match else (text, None)


def platform_of(value: object) -> str | None:
    """Give a target platform back, and ``None`` for all else."""
    return value if isinstance(value, str) and value in TARGET_PLATFORMS else None


# What an analysis looks at of one extension. Real ones have up to some ten thousand files.
MAX_FILES = 50_000
MAX_TOTAL_BYTES = 1024**3
MAX_DEPTH = 64
WINDOW_BYTES = 8 * 1024**2
OVERLAP_BYTES = 64 * 1024  # what no window may cut in two is at most this long


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of an extension. ``name`` is its path below the root, with ``/``."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a file, in memory. Windows overlap, so that nothing short is cut in two.

    ``start`` is its offset in the file, ``line`` the number of its first line. What begins
    at ``fresh`` bytes or later is in the next window, too.
    """

    entry: Entry
    content: bytes
    start: int
    line: int
    fresh: int


class Folder:
    """All of an extension's files, one after the other, within bounds.

    ``gaps`` says what could not be looked at, or was too much: it grows while one reads.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.gaps: list[str] = []

    def entries(self) -> Iterator[Entry]:
        """List the regular files, in the order of their names. Links are not followed."""
        waiting = [("", 0)]
        found = 0
        while waiting:
            below, depth = waiting.pop()
            try:
                with os.scandir(self._root / below) as listing:
                    items = sorted(
                        itertools.islice(listing, MAX_FILES + 1), key=_name, reverse=True
                    )
            except OSError as error:
                self.gaps.append(
                    f"{plain(below, 200) or 'its folder'} can't be read: {reason(error)}"
                )
                continue
            folders = []
            for item in reversed(items):
                name = f"{below}/{item.name}" if below else item.name
                try:
                    status = item.stat(follow_symlinks=False)
                except OSError as error:
                    self.gaps.append(f"{plain(name, 200)} can't be read: {reason(error)}")
                    continue
                if stat.S_ISDIR(status.st_mode):
                    if depth == MAX_DEPTH:
                        self.gaps.append(f"{plain(name, 200)} is over {MAX_DEPTH} folders deep")
                    else:
                        folders.append((name, depth + 1))
                    continue
                found += 1
                if found > MAX_FILES:
                    self.gaps.append(f"it has more than {MAX_FILES} files")
                    return
                if stat.S_ISREG(status.st_mode):
                    yield Entry(name, status.st_size)
                elif not (stat.S_ISLNK(status.st_mode) and self._stays_inside(item.path)):
                    self.gaps.append(f"{plain(name, 200)} is a link out of the folder, or no file")
            waiting.extend(reversed(folders))

    def windows(self) -> Iterator[Window]:
        """Read every file; a large one in parts."""
        total = 0
        for entry in self.entries():
            try:
                with self._open(entry) as file:
                    for window in _parts(entry, file):
                        total += len(window.content)
                        if total > MAX_TOTAL_BYTES:
                            self.gaps.append(f"it is over {MAX_TOTAL_BYTES // 1024**2} MiB")
                            return
                        yield window
            except OSError as error:
                self.gaps.append(f"{plain(entry.name, 200)} can't be read: {reason(error)}")

    def _stays_inside(self, path: str) -> bool:
        try:
            return resolve(Path(path)).is_relative_to(self._root)
        except OSError:
            return True  # it leads nowhere

    def _open(self, entry: Entry) -> BinaryIO:
        # Between the listing and now somebody may have put a pipe there, or a link.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
        path = self._root / entry.name
        file = open(os.open(path, flags | getattr(os, "O_BINARY", 0)), "rb", buffering=0)  # noqa: PTH123, SIM115 - a descriptor
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise OSError(errno.EINVAL, "not a regular file")
        return file


def _name(item: os.DirEntry[str]) -> str:
    return item.name


def _parts(entry: Entry, file: BinaryIO) -> Iterator[Window]:
    content = file.read(WINDOW_BYTES)
    start, line = 0, 1
    while len(content) == WINDOW_BYTES:
        fresh = WINDOW_BYTES - OVERLAP_BYTES
        more = file.read(fresh)
        if not more:
            break
        yield Window(entry, content, start, line, fresh)
        line += content.count(b"\n", 0, fresh)
        start += fresh
        content = content[fresh:] + more
    yield Window(entry, content, start, line, len(content))


def missing_members(root: Path, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """List what a manifest's pack and dependencies name, and no folder beside ``root`` is.

    The editor's own extensions are never beside the others.
    """
    named = {
        text.lower()
        for members in (manifest.get("extensionPack"), manifest.get("extensionDependencies"))
        if isinstance(members, list)
        for text in members
        if isinstance(text, str)
    }
    if not named:
        return ()
    try:
        beside = {parse_folder(name)[0] for name in os.listdir(root.parent)}  # noqa: PTH208 - names
    except OSError:
        beside = set()
    known = {identity.key for identity in beside if identity is not None}
    return tuple(sorted(text for text in named - known if not text.startswith(BUILT_IN)))
