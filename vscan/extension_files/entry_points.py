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

from vscan.extension_files.windows import Window, is_read_first
from vscan.untrusted_input import parse_json

_DOT: Final = ord(".")
_KEYS: Final = ("main", "browser")
_MOST = 10_000  # paths that are looked up
_MOST_FOLDERS = 200  # whose package.json is read for them
_SUFFIXES: Final = ("", ".js", ".json", ".node", ".cjs", ".mjs")
_LOADS: Final = (b"require", b"import", b"from")
_STATEMENT = 160  # bytes of one, before the path
_INDEX: Final = tuple(f"index{suffix}" for suffix in _SUFFIXES[1:])
# It begins with what is rare, and looks back for the quote: so its time grows with the text alone.
_SPECIFIER: Final = re.compile(
    rb"\./(?:(?<=[\"'`]\./)|(?<=[\"'`]\.\./))[^\"'`\n\\?#]{0,4096}+(?=[\"'`?#])"
    rb"|\.\.(?<=[\"'`]\.\.)(?=[\"'`])"
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


def _is_loaded(content: bytes, start: int) -> bool:
    """Tell whether a path that begins there, behind its quote, is a part of a statement."""
    before = content[max(0, start - _STATEMENT) : start - 1].rstrip()
    return before.removesuffix(b"(").rstrip().endswith(_LOADS)


class Loading:
    """What is loaded, as far as it is known: it grows while files are read.

    ``entries`` are the paths of entry points, ``programs`` their files, ``outside`` those that lead
    out of the extension, ``leading_out`` paths out of it that a file loads, each with that file.
    ``gaps`` say what can't be looked at.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        entries = dict.fromkeys(entry_points(manifest))
        self.entries = tuple(entries)
        self._waiting = deque((path, True) for path in entries)
        self._seen = set(entries)
        self._ended = False
        self._folders = 0
        self.programs: dict[str, None] = {}
        self.outside: dict[str, None] = dict.fromkeys(filter(leads_out, entries))
        self.leading_out: dict[str, str] = {}
        self.gaps: list[str] = []

    def paths(self) -> Iterator[tuple[str, bool]]:
        """Give the paths that are loaded, each once, and whether it is an entry point."""
        while self._waiting:
            yield self._waiting.popleft()
        self._ended = True

    def add(self, window: Window) -> None:
        """Take in what a file loads; when all that is loaded was read, only what leads out."""
        content, name = window.content, window.entry.name
        if self._ended and not is_read_first(name):
            return
        is_outside = leads_out(name)
        paths: dict[bytes, bool] = {}  # whether it is loaded by a statement, and not only named
        for match in _SPECIFIER.finditer(content):
            start = match.start() - (content[match.start() - 1] == _DOT and match[0] != b"..")
            if start >= window.fresh:
                break  # the next window has it
            path = content[start : match.end()]
            may_lead_out = is_outside or b".." in path
            paths[path] = paths.get(path, False) or (may_lead_out and _is_loaded(content, start))
        for path, is_loaded in paths.items():
            self.expect(name, path.decode("utf-8", "replace"), is_loaded=is_loaded)

    def expect(self, name: str, path: str, *, entry: bool = False, is_loaded: bool = False) -> None:
        """Take in that a file names a path relative to it, or loads it (``is_loaded``)."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        if entry and leads_out(path):
            self.outside[path] = None
        if leads_out(path) and not entry:
            if is_loaded:
                self._expect_outside(name, path)
        elif not self._ended and path not in self._seen and len(self._seen) < _MOST:
            self._seen.add(path)
            self._waiting.append((path, entry))

    def _expect_outside(self, name: str, path: str) -> None:
        too_many = f"it loads more than {_MOST} paths outside of it"
        if path in self.leading_out or len(self.leading_out) < _MOST:
            self.leading_out.setdefault(path, name)
        elif too_many not in self.gaps:
            self.gaps.append(too_many)

    def asks_for_main(self) -> bool:
        """Whether what the ``package.json`` of another folder names is of interest."""
        if self._folders == _MOST_FOLDERS:
            self.gaps.append(f"it loads more than {_MOST_FOLDERS} folders with a package.json")
        self._folders += 1
        return self._folders <= _MOST_FOLDERS

    def expect_main(self, name: str, content: bytes, *, entry: bool) -> None:
        """Take in what the ``package.json`` of a folder that is loaded names."""
        try:
            main = parse_json(content).get("main")
        except (ValueError, AttributeError):
            return
        if isinstance(main, str):
            self.expect(name, main, entry=entry, is_loaded=not entry)
