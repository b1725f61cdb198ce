"""Commands that install extensions, in PowerShell."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.command_reader import INSTALL_MARKS, Language, read_commands
from vscan.discovery.named.comment_lines import HASH_COMMENT
from vscan.discovery.named.encoded_commands import read_encoded_commands
from vscan.discovery.named.folder_installs import read_folder_installs
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.list_words import Comments

_POWERSHELL = Language(
    Comments(hashes=True, slashes=False), HASH_COMMENT, is_caseless=True, escape="`"
)


def _accepts(path: PurePosixPath) -> bool:
    return path.suffix.lower() in {".ps1", ".psm1", ".psd1"}


def _read(text: str) -> Iterator[Read]:
    yield from read_commands(text, _POWERSHELL)
    yield from read_folder_installs(text, _POWERSHELL.comment_line)
    yield from read_encoded_commands(text, _POWERSHELL)


KIND = NamedKind("install-commands-powershell", _accepts, _read, INSTALL_MARKS)
