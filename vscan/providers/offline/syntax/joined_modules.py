"""Join the modules of a package into one program, so that values are followed between files.

A module becomes a function that is called at once, and what loads it becomes the name of its
result. ``require("./net")`` is ``module2``, and ``net.js`` is::

    const module2=(()=>{const exports={},module={exports};...
    return module.exports})();

Only modules that are loaded by a constant relative path are joined.
"""

import posixpath
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from vscan.extension_files import candidate_files
from vscan.providers.offline.syntax.javascript_trees import PIECE_BYTES, TooCostlyError, pieces
from vscan.providers.offline.syntax.module_rewriting import VARIABLE, Rewriting, rewriting_of

_MAX_BYTES = PIECE_BYTES - 64 * 1024  # of joined modules; the rest is for what is put around them
_MAX_MODULES = 200  # that are joined
_RELATIVE: Final = (b"./", b"../", b"__dirname")


class _Module(NamedTuple):
    name: str
    source: bytes
    rewriting: Rewriting
    is_whole: bool  # whether the grammar takes all of it


class Place(NamedTuple):
    """A place in a module: the name of its file, and the offset there."""

    name: str
    offset: int


class JoinedModules(NamedTuple):
    """A program that was made of modules, and where its parts come from."""

    source: bytes
    starts: tuple[int, ...]  # of the parts in the program
    places: tuple[Place, ...]  # of the parts in the modules
    sources: Mapping[str, bytes]  # the modules by their names

    def place_of(self, offset: int) -> Place:
        """Return the place in a module that a place in the program comes from."""
        number = max(0, bisect_right(self.starts, offset) - 1)
        name, start = self.places[number]
        return Place(name, min(start + offset - self.starts[number], len(self.sources[name])))


def join_modules(sources: Mapping[str, bytes]) -> Iterator[JoinedModules]:
    """Join modules that load each other; ``sources`` are files by name, the most important first.

    A module that none loads, and that loads none, is in no program. Of many modules those are
    joined that are nearest to each other.
    """
    modules = dict(_linked_modules(sources))
    for group in _groups(modules):
        yield _joined([modules[name] for name in group])


def _linked_modules(sources: Mapping[str, bytes]) -> Iterator[tuple[str, _Module]]:
    """Read the modules that load others or are loaded by them."""
    read = {
        name: module
        for name, source in sources.items()
        if any(map(source.__contains__, _RELATIVE)) and (module := _read(name, sources)) is not None
    }
    loaded = {name for module in read.values() for name in module.rewriting.loads}
    for name in sources:
        module = read.get(name) or (_read(name, sources) if name in loaded else None)
        if module is not None and (name in loaded or module.rewriting.loads):
            yield name, module


def _read(name: str, sources: Mapping[str, bytes]) -> _Module | None:
    def resolve(path: str) -> str | None:
        if not path.startswith("."):
            return None
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        found = next((each for each in candidate_files(path) if each in sources), None)
        return found if found != name else None

    try:
        (piece,) = pieces(sources[name])
    except (TooCostlyError, ValueError):
        return None
    rewriting = rewriting_of(piece.root, resolve)
    return _Module(name, sources[name], rewriting, not piece.root.has_error)


def _groups(modules: Mapping[str, _Module]) -> Iterator[list[str]]:
    """Yield the names of modules that are joined, those first that others load."""
    near: dict[str, list[str]] = defaultdict(list)
    for name, module in modules.items():
        for loaded in filter(modules.__contains__, module.rewriting.loads):
            near[name].append(loaded)
            near[loaded].append(name)
    waiting = dict.fromkeys(modules)
    while waiting:
        first = next(iter(waiting))
        del waiting[first]
        group, size, queue = [first], len(modules[first].source), deque([first])
        while queue:
            for name in near[queue.popleft()]:
                more = len(modules[name].source)
                if name in waiting and size + more <= _MAX_BYTES and len(group) < _MAX_MODULES:
                    del waiting[name]
                    group.append(name)
                    queue.append(name)
                    size += more
        if len(group) > 1:
            group.reverse()
            # What is no JavaScript comes last, where it can't change how the others are read.
            yield sorted(group, key=lambda name: not modules[name].is_whole)


def _joined(modules: list[_Module]) -> JoinedModules:
    prefix = "module"
    while any(prefix.encode() in module.source for module in modules):
        prefix += "_"
    variables = {module.name: f"{prefix}{number}" for number, module in enumerate(modules)}
    source = bytearray()
    starts: list[int] = []
    places: list[Place] = []

    def add(name: str, start: int, text: bytes) -> None:
        starts.append(len(source))
        places.append(Place(name, start))
        source.extend(text)

    for name, content, rewriting, _ in modules:
        passed_on = "".join(
            each.text.replace(VARIABLE, variables[each.loads])
            for each in rewriting.passed_on
            if each.loads in variables
        )
        opening = f"const {variables[name]}=(async()=>{{const exports={{{passed_on}}},"
        add(name, 0, f"{opening}module={{exports}};".encode())
        end = 0
        for edit in rewriting.edits:
            is_known = not edit.loads or edit.loads in variables
            if edit.start >= end and is_known:
                add(name, end, content[end : edit.start])
                text = edit.text.replace(VARIABLE, variables.get(edit.loads, ""))
                add(name, edit.start, text.encode())
                end = edit.end
        add(name, end, content[end:])
        closing = f"\n;{rewriting.exported}return module.exports}})();\n"
        add(name, len(content), closing.encode())
    sources = {module.name: module.source for module in modules}
    return JoinedModules(bytes(source), tuple(starts), tuple(places), sources)
