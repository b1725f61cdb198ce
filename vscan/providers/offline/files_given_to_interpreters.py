"""Which files programs give to interpreters: ``spawn("sh", [__dirname + "/README.md"])``.

The analyser reads each file once, in an order that does not depend on what files say. So a file may
be read as data or prose before the program that gives it to a shell. Checks yield ``LoadedScript``
for what programs name, and after all files the analyser reads those files again and examines them
as scripts of that language. That costs nothing for an extension that names none.

A program names a file by the end of its path, so all files with that end count; of many, those that
are nearest to the program are read first.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Final

from vscan.providers.offline.check_interface import LoadedScript
from vscan.providers.offline.code_or_data import Content
from vscan.providers.offline.syntax.scripts import LANGUAGES, language_of

_MAX_FILES = 200  # that are examined again
_FIRST_OF_ONE_NAME = 20  # that are examined before the others of that name
_MAX_NAMES = 10_000  # that programs name
_TOO_MANY_NAMES: Final = f"it names more than {_MAX_NAMES} files beside interpreters"
# Programs of Node: they are examined as such, and no shell gets far in them.
_JAVASCRIPT: Final = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".jsx", ".tsx", ".node")


class LoadedScripts:
    """The files of an extension, and which of them are given to interpreters."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[Content, str | None]] = {}  # with kind and language
        self._by_base: dict[str, list[str]] = defaultdict(list)
        self._named: dict[LoadedScript, None] = {}
        self._pending: deque[LoadedScript] = deque()
        self.gaps: list[str] = []

    def add_file(self, name: str, head: bytes, kind: Content) -> None:
        """Add a file, or a further window of it, that was examined as that kind."""
        known = self._files.get(name)
        if known is None:
            self._by_base[name.rpartition("/")[2]].append(name)
        if known is None or known[0] is Content.CODE:  # what one window was not searched for
            self._files[name] = kind, language_of(name, head)

    def add(self, script: LoadedScript) -> None:
        """Add what a program names; files may have the name or not."""
        if script in self._named:
            return
        if len(self._named) < _MAX_NAMES:
            self._named[script] = None
            self._pending.append(script)
        elif _TOO_MANY_NAMES not in self.gaps:
            self.gaps.append(_TOO_MANY_NAMES)

    def was_code(self, name: str) -> bool:
        """Say whether a file was searched for the patterns of code."""
        return self._files[name][0] is Content.CODE

    def pending(self) -> Iterator[tuple[str, str]]:
        """Yield each file to examine again, and the language; more may be added meanwhile."""
        done: set[tuple[str, str]] = set()
        far: dict[tuple[str, str], None] = {}  # more files of one name
        while self._pending or far:
            if self._pending:
                script = self._pending.popleft()
                files = [
                    (name, script.language)
                    for name in self._files_of(script)
                    if not self._was_examined(name, script.language)
                ]
                # The rest after the files of all other names; too many of them are a gap, too.
                far.update(dict.fromkeys(files[_FIRST_OF_ONE_NAME:][: _MAX_FILES + 1]))
                del files[_FIRST_OF_ONE_NAME:]
            else:
                files = list(far)
                far.clear()
            for each in files:
                if each in done:
                    continue
                if len(done) == _MAX_FILES:
                    self.gaps.append(f"it gives more than {_MAX_FILES} files to interpreters")
                    return
                done.add(each)
                yield each

    def _was_examined(self, name: str, language: str) -> bool:
        kind, own_language = self._files[name]
        if not (language in LANGUAGES or kind is Content.DATA):
            return True
        is_javascript = name.lower().endswith(_JAVASCRIPT) and kind is Content.CODE
        return language == own_language or is_javascript

    def _files_of(self, script: LoadedScript) -> list[str]:
        if not script.by:
            return [script.path]
        path = script.path.replace("\\", "/").strip("/")
        names = self._by_base.get(path.rpartition("/")[2], [])
        if len(names) <= 1:
            return names
        folders = [part for part in path.split("/")[:-1] if part not in {"", ".", ".."}]
        end = "/".join([*folders, path.rpartition("/")[2]])
        ending = [name for name in names if name == end or name.endswith(f"/{end}")] or names
        near = script.by.split("/")[:-1]
        return sorted(ending, key=lambda name: -_common(near, name.split("/")))


def _common(first: list[str], second: list[str]) -> int:
    """Count the folders that two paths have in common."""
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count
