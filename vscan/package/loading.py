"""What an editor loads of an extension: its entry points, and what they load by relative paths.

It only says what is read first, so that a limit costs what matters least. So it may name too
much: each file that Node, or a bundler, could take a path for, and paths in texts that load
nothing. A path that a program puts together is not seen.
"""

import posixpath
import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from vscan.package.reading import Window
from vscan.untrusted import parse_json

_DOT: Final = ord(".")
_KEYS: Final = ("main", "browser")
_MOST = 10_000  # paths that are looked up
_MOST_FOLDERS = 200  # whose package.json is read for them
_SUFFIXES: Final = ("", ".js", ".json", ".node", ".cjs", ".mjs")
_INDEX: Final = tuple(f"index{suffix}" for suffix in _SUFFIXES[1:])
# It begins with what is rare, and looks back for the quote: so its time grows with the text alone.
_SPECIFIER: Final = re.compile(
    rb"\./(?:(?<=[\"'`]\./)|(?<=[\"'`]\.\./))[^\"'`\n\\?#]{0,300}+(?=[\"'`?#])"
)
MAX_MANIFEST_BYTES: Final = 1024**2  # of the package.json of a folder that is loaded


def entry_points(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Name what the editor is told to run, relative to the extension; ``../`` leads out of it.

    It joins any path to the extension's folder, so one that begins with a slash is inside.
    """
    for key in _KEYS:
        value = manifest.get(key)
        if isinstance(value, str) and value:
            # Windows takes either slash; elsewhere a backslash is a letter of a name.
            for path in dict.fromkeys((value.replace("\\", "/"), value)):
                yield posixpath.normpath(path.lstrip("/"))


def leads_out(path: str) -> bool:
    """Tell whether a normal path leads out of what it is relative to."""
    return path == ".." or path.startswith("../")


def candidates(path: str) -> Iterator[str]:
    """Name the files that a path may mean, those that Node tries in the order in which it does."""
    if path != ".":
        yield from (path + suffix for suffix in _SUFFIXES)
    yield from (posixpath.normpath(f"{path}/{index}") for index in _INDEX)


class Loading:
    """What is loaded, as far as it is known: it grows while files are read.

    ``programs`` are the files of entry points, ``outside`` entry points that lead out of the
    extension, ``gaps`` say which can't be looked at.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        entries = dict.fromkeys(entry_points(manifest))
        self._waiting = deque((path, True) for path in entries)
        self._seen = set(entries)
        self._ended = False
        self._folders = 0
        self.programs: dict[str, None] = {}
        self.outside: dict[str, None] = dict.fromkeys(filter(leads_out, entries))
        self.gaps: list[str] = []

    def paths(self) -> Iterator[tuple[str, bool]]:
        """Give the paths that are loaded, each once, and whether it is an entry point."""
        while self._waiting:
            yield self._waiting.popleft()
        self._ended = True

    def add(self, window: Window) -> None:
        """Take in what a file loads, unless all that is loaded has been read."""
        if self._ended:
            return
        content, name = window.content, window.entry.name
        paths: dict[bytes, None] = {}  # a set that keeps its order
        for match in _SPECIFIER.finditer(content, 0, window.fresh):
            start = match.start() - (content[match.start() - 1] == _DOT)
            paths[content[start : match.end()]] = None
        for path in paths:
            self.expect(name, path.decode("utf-8", "replace"))

    def expect(self, name: str, path: str, *, entry: bool = False) -> None:
        """Take in that a file loads a path, which is relative to it."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        if path not in self._seen and not leads_out(path) and len(self._seen) < _MOST:
            self._seen.add(path)
            self._waiting.append((path, entry))

    def asks_for_main(self) -> bool:
        """Whether what the ``package.json`` of another folder names is of interest."""
        return self._folders < _MOST_FOLDERS

    def expect_main(self, name: str, content: bytes, *, entry: bool) -> None:
        """Take in what the ``package.json`` of a folder that is loaded names."""
        self._folders += 1
        try:
            main = parse_json(content).get("main")
        except (ValueError, AttributeError):
            return
        if isinstance(main, str):
            self.expect(name, main, entry=entry)
