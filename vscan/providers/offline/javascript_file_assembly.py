"""Collect the windows of each program of JavaScript, and parse it when it has been read."""

from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.check_interface import FileWindow
from vscan.providers.offline.inline_scripts import only_scripts
from vscan.providers.offline.manifest_values import Purpose
from vscan.providers.offline.syntax.javascript_programs import Program, programs
from vscan.providers.offline.syntax.javascript_trees import BarrenPieces
from vscan.providers.offline.syntax.joined_programs import joined_programs

_MAX_BYTES = 64 * 1024**2
_MAX_MODULE_BYTES = 128 * 1024  # of a file that is joined with those that it loads
_MAX_MODULES_BYTES = 4 * 1024**2  # of all such files of an extension
# A file without any of these words is no program that does anything of interest.
_DOES_SOMETHING: Final = lazy_regex(
    rb"require|import|eval|Function|constructor|fetch|process|globalThis|WebSocket|XMLHttp|exports"
    rb"|setTimeout|setInterval|runIn|_compile|exec|spawn|sendText|\\u|\\x"
)


class ProgramFiles:
    """The program that is being read. ``gaps`` says which programs were not parsed."""

    def __init__(self) -> None:
        self._purpose = Purpose.EXTENSION
        self._name = ""
        self._content = bytearray()
        self._modules: dict[str, bytes] = {}
        self._modules_bytes = 0
        self.gaps: list[str] = []
        self.barren = BarrenPieces()

    def add(self, window: FileWindow) -> None:
        """Add a window of a file, if it is a program of JavaScript."""
        if window.start == 0:
            self._name, self._content = window.name, bytearray()
            self._purpose = window.purpose
        if not window.is_javascript:
            return
        if len(self._content) > _MAX_BYTES:
            gap = f"{window.name} is too large to parse: its flows were not examined"
            self.gaps = list(dict.fromkeys([*self.gaps, gap]))
            return
        self._content += window.part.own_chunk.content

    def end_file(self) -> Iterator[Program]:
        """Yield the pieces of the program that was read last."""
        content = only_scripts(bytes(self._content))
        self._content = bytearray()
        if _DOES_SOMETHING.search(content):
            self._keep(content)
            for program in programs(self._name, content, self.barren):
                program.purpose = self._purpose
                yield program

    def _keep(self, content: bytes) -> None:
        """Keep a small program, which may be a module of a larger one."""
        is_small = len(content) <= _MAX_MODULE_BYTES
        if is_small and self._modules_bytes + len(content) <= _MAX_MODULES_BYTES:
            self._modules[self._name] = content
            self._modules_bytes += len(content)

    def end_extension(self) -> Iterator[Program]:
        """Yield programs of several files, which load each other."""
        modules, self._modules = self._modules, {}
        for program in joined_programs(modules):
            program.purpose = self._purpose
            yield program
