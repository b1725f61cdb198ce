"""Commands that install extensions, in batch files."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.command_reader import INSTALL_MARKS, Language, read_commands
from vscan.discovery.named.encoded_commands import read_encoded_commands
from vscan.discovery.named.folder_installs import read_folder_installs
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.list_words import Comments
from vscan.lazy_regex import lazy_regex

_BATCH = Language(
    Comments(hashes=False, slashes=False),
    lazy_regex(r"[ \t]*@?[ \t]*(?:rem(?![\w.&|])|::)", re.IGNORECASE),
    is_caseless=True,
    escape="^",
)


def _accepts(path: PurePosixPath) -> bool:
    return path.suffix.lower() in {".bat", ".cmd"}


def _read(text: str) -> Iterator[Read]:
    yield from read_commands(text, _BATCH)
    yield from read_folder_installs(text, _BATCH.comment_line)
    yield from read_encoded_commands(text, _BATCH)


KIND = NamedKind("install-commands-batch", _accepts, _read, INSTALL_MARKS)
