"""Which files an editor loads: the entry points, and the files that they load by relative paths.

The result only decides which files are read first, so that a limit cuts off the least important
ones. It may therefore list too many paths: every file that Node or a bundler could resolve a path
to, and paths in strings that load nothing. Paths that a program computes are not recognised.
"""

import posixpath
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Final

from vscan.bounded_json import parse_json
from vscan.extension_files.reading_in_parts import Window, is_read_first
from vscan.lazy_regex import lazy_regex

_DOT: Final = ord(".")
_KEYS: Final = ("main", "browser")
_UNINSTALL: Final = "vscode:uninstall"
_NODE_AND_FILE = 2
_MAX_PATHS = 10_000  # that are resolved
_MAX_FOLDERS = 200  # whose package.json is read
_SUFFIXES: Final = ("", ".js", ".json", ".node", ".cjs", ".mjs")
_LOADS: Final = (b"require", b"import", b"from")
_STATEMENT_BYTES = 160  # of a statement, before its path
_INDEX: Final = tuple(f"index{suffix}" for suffix in _SUFFIXES[1:])
# The expression starts with the rare characters and looks back for the quote: its time is linear
# in the length of the text.
_SPECIFIER: Final = lazy_regex(
    rb"\./(?:(?<=[\"'`]\./)|(?<=[\"'`]\.\./))[^\"'`\n\\?#]{0,4096}+(?=[\"'`?#])"
    rb"|\.\.(?<=[\"'`]\.\.)(?=[\"'`])"
)
MAX_MANIFEST_BYTES: Final = 1024**2  # of the package.json of a loaded folder


def entry_points(manifest: Mapping[str, Any]) -> Iterator[str]:
    """List the entry points in the manifest, relative to the extension; ``../`` leads out of it.

    The editor joins every path to the extension's folder, so ``/main.js`` is inside.
    """
    for key in _KEYS:
        value = manifest.get(key)
        if isinstance(value, str) and value:
            # Windows takes either slash; elsewhere a backslash is a letter of a name.
            for path in dict.fromkeys((value.replace("\\", "/"), value)):
                yield posixpath.normpath(path.lstrip("/"))
    script = uninstall_script(manifest)
    if script is not None:
        yield script


def uninstall_script(manifest: Mapping[str, Any]) -> str | None:
    """Return the file that the editor runs when the extension is uninstalled, or ``None``.

    It runs ``node`` and one file of the extension, and no other command.
    """
    scripts = manifest.get("scripts")
    command = scripts.get(_UNINSTALL) if isinstance(scripts, dict) else None
    words = command.split(" ") if isinstance(command, str) else []
    if len(words) < _NODE_AND_FILE or words[0] != "node" or not words[1]:
        return None
    return posixpath.normpath(words[1].replace("\\", "/").lstrip("/"))


def is_outside(path: str) -> bool:
    """Say whether a normalized path leads out of the folder that it is relative to."""
    return path == ".." or path.startswith("../")


def candidate_files(path: str) -> Iterator[str]:
    """List the files that a path may refer to, in the order in which Node tries them."""
    if path != ".":
        yield from (path + suffix for suffix in _SUFFIXES)
    yield from (posixpath.normpath(f"{path}/{index}") for index in _INDEX)


def _is_import(content: bytes, start: int) -> bool:
    """Say whether the path that starts there, behind its quote, belongs to an import statement."""
    before = content[max(0, start - _STATEMENT_BYTES) : start - 1].rstrip()
    return before.removesuffix(b"(").rstrip().endswith(_LOADS)


class LoadedPaths:
    """The paths that the extension loads; reading files adds more of them.

    ``entries`` are the paths of the entry points, ``programs`` the files that they resolve to,
    ``files`` those and the files that they load, as far as they were reached.
    ``outside_entry_points`` those that lead out of the extension. ``outside_imports`` are paths
    out of the extension that a file imports, each with that file. ``gaps`` say what could not be
    examined.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        entries = dict.fromkeys(entry_points(manifest))
        self.entries = tuple(entries)
        self._pending = deque((path, True) for path in entries)
        self._known = set(entries)
        self._is_finished = False
        self._folders = 0
        self.programs: dict[str, None] = {}
        self.files: set[str] = set()
        self.outside_entry_points: dict[str, None] = dict.fromkeys(filter(is_outside, entries))
        self.outside_imports: dict[str, str] = {}
        self.gaps: list[str] = []

    def paths(self) -> Iterator[tuple[str, bool]]:
        """Yield each loaded path once, with whether it is an entry point."""
        while self._pending:
            yield self._pending.popleft()
        self._is_finished = True

    def add_window(self, window: Window) -> None:
        """Add the paths that a file loads; once all paths were yielded, only those outside."""
        content, name = window.content, window.entry.name
        if self._is_finished and not is_read_first(name):
            return
        file_is_outside = is_outside(name)
        paths: dict[bytes, bool] = {}  # with whether an import statement loads it
        for match in _SPECIFIER.finditer(content):
            start = match.start() - (content[match.start() - 1] == _DOT and match[0] != b"..")
            if start >= window.own_end:
                break  # it belongs to the next window
            path = content[start : match.end()]
            may_lead_out = file_is_outside or b".." in path
            paths[path] = paths.get(path, False) or (may_lead_out and _is_import(content, start))
        for path, is_loaded in paths.items():
            self.add_path(name, path.decode("utf-8", "replace"), is_loaded=is_loaded)

    def add_path(
        self, name: str, path: str, *, entry: bool = False, is_loaded: bool = False
    ) -> None:
        """Add a path that a file contains, relative to that file; ``is_loaded``: it imports it."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        if entry and is_outside(path):
            self.outside_entry_points[path] = None
        if is_outside(path) and not entry:
            if is_loaded:
                self._add_outside(name, path)
        elif not self._is_finished and path not in self._known and len(self._known) < _MAX_PATHS:
            self._known.add(path)
            self._pending.append((path, entry))

    def _add_outside(self, name: str, path: str) -> None:
        too_many = f"it loads more than {_MAX_PATHS} paths outside of it"
        if path in self.outside_imports or len(self.outside_imports) < _MAX_PATHS:
            self.outside_imports.setdefault(path, name)
        elif too_many not in self.gaps:
            self.gaps.append(too_many)

    def may_read_manifest(self) -> bool:
        """Count one more folder; say whether its ``package.json`` may still be read."""
        if self._folders == _MAX_FOLDERS:
            self.gaps.append(f"it loads more than {_MAX_FOLDERS} folders with a package.json")
        self._folders += 1
        return self._folders <= _MAX_FOLDERS

    def add_main(self, name: str, content: bytes, *, entry: bool) -> None:
        """Add the main file that the ``package.json`` of a loaded folder names."""
        try:
            main = parse_json(content).get("main")
        except (ValueError, AttributeError):
            return
        if isinstance(main, str):
            self.add_path(name, main, entry=entry, is_loaded=not entry)
