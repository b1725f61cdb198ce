"""Commands that install extensions, as quoted texts in programs."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.command_reader import INSTALL_MARKS, Language, read_commands
from vscan.discovery.named.folder_installs import read_downloads
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.list_words import Comments
from vscan.lazy_regex import lazy_regex

PROGRAM = Language(
    Comments(hashes=True, slashes=True),
    lazy_regex(r"[ \t]*(?:\#|//|/\*|\*(?=[^\"'`(\r\n]*+$))"),
    is_program=True,
)
_SUFFIXES = frozenset((".py", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".rb", ".lua", ".pl"))


def _accepts(path: PurePosixPath) -> bool:
    return path.suffix.lower() in _SUFFIXES


def _read(text: str) -> Iterator[Read]:
    if any(map(text.__contains__, INSTALL_MARKS)):  # most programs have none, and are long
        yield from read_commands(text, PROGRAM)
    yield from read_downloads(text)


KIND = NamedKind("install-commands-program", _accepts, _read, INSTALL_MARKS)
