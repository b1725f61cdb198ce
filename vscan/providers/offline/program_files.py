"""Collect the windows of each program of JavaScript, and parse it when it has been read."""

import re
from collections.abc import Iterator
from typing import Final

from vscan.extension_files import Window
from vscan.providers.offline.check_interface import HEAD_BYTES
from vscan.providers.offline.code_or_data import Content, content_of
from vscan.providers.offline.syntax.programs import Program, programs
from vscan.providers.offline.syntax.sinks import WORDS

_MAX_BYTES = 64 * 1024**2
_OTHER_LANGUAGE: Final = re.compile(
    r"\.(?:ts|tsx|mts|cts|map|json|css|scss|less|sh|bash|zsh|fish|command|ps1|psm1|bat|cmd|vbs|py|pl|rb|php|lua|go|rs|c|cc|cpp|h|java|cs|xml|ya?ml|toml|ini|md|txt|node|wasm)\Z",
    re.IGNORECASE,
)


class ProgramFiles:
    """The program that is being read."""

    def __init__(self) -> None:
        self._name = ""
        self._content = bytearray()
        self._is_program = False

    def add(self, window: Window) -> None:
        """Add a window of a file."""
        if window.start == 0:
            self._name = window.entry.name
            self._content = bytearray()
            head = window.content[:HEAD_BYTES]
            self._is_program = (
                not _OTHER_LANGUAGE.search(self._name)
                and content_of(self._name, head) is Content.CODE
                and window.entry.size <= _MAX_BYTES
            )
        if self._is_program:
            self._content += window.own_chunk.content

    def end_file(self) -> Iterator[Program]:
        """Yield the pieces of the program that was read last."""
        content, is_program = bytes(self._content), self._is_program
        self._content, self._is_program = bytearray(), False
        if is_program:
            yield from programs(self._name, content, WORDS)
