"""Commands that install extensions, in programs whose texts are seldom commands.

These are read only if the program starts others at all: a text about a command installs nothing.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.command_reader import INSTALL_MARKS, read_commands
from vscan.discovery.named.folder_installs import read_downloads
from vscan.discovery.named.install_commands_program import PROGRAM
from vscan.discovery.named.interface import NamedKind, Read
from vscan.lazy_regex import lazy_regex

_SUFFIXES = frozenset(
    """
    .go .rs .gradle .kts .groovy .java .kt .scala .swift .cs .fs .fsx .csx .ex .exs .jl .r .dart
    .php .phtml .vbs .wsf .pth .tcl .exp .nim
    """.split()  # noqa: SIM905 - one entry per line would hide the rest of the file
)
_STARTS_PROGRAMS = lazy_regex(
    r"exec\.Command|Command::new|ProcessBuilder|getRuntime|Process\.(?:run|Start|start)|commandLine"
    r"|\bProcess\(|\bexec\b|\bshell_exec|\bpassthru|proc_open|popen|\bsystem\b|\.Run\b|\.Exec\b|\bcmd!"
    r"|System\.cmd|spawn|ShellExecute|\bsh\(|\brun\(|xshell|duct::",
)


def _accepts(path: PurePosixPath) -> bool:
    return path.suffix.lower() in _SUFFIXES


def _read(text: str) -> Iterator[Read]:
    if any(map(text.__contains__, INSTALL_MARKS)) and _STARTS_PROGRAMS.search(text):
        yield from read_commands(text, PROGRAM)
    yield from read_downloads(text)


KIND = NamedKind("install-commands-compiled", _accepts, _read, INSTALL_MARKS)
