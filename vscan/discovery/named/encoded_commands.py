"""Commands that a script holds in Base64, and decodes when it runs."""

import base64
import binascii
import re
from collections.abc import Iterator

from msgspec.structs import replace

from vscan.discovery.named.command_reader import INSTALL_MARKS, Language, read_commands
from vscan.discovery.named.interface import Read
from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex

_ENCODED = lazy_regex(r"base64|b64|-e(?:nc|ncodedcommand|c)?[ \t]", re.IGNORECASE)
_BASE64 = lazy_regex(
    r"(?<![\w+/=-])(?:[A-Za-z0-9+/]{4}){6,20000}+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?(?![\w+/=])"
)
_MAX_ENCODED = 100


def read_encoded_commands(text: str, language: Language) -> Iterator[Read]:
    """Read the commands in Base64; the place of each is that of all that is encoded with it."""
    source: SourceText | None = None
    for decoded, start, end in _decoded(text):
        if any(map(decoded.__contains__, INSTALL_MARKS)):
            source = source or SourceText(text)
            for item in read_commands(decoded, language):
                yield replace(item, span=source.span(start, end))


def _decoded(text: str) -> Iterator[tuple[str, int, int]]:
    """Give the texts of a script that are written in Base64, with their places."""
    if not _ENCODED.search(text):
        return
    for count, found in enumerate(_BASE64.finditer(text)):
        if count >= _MAX_ENCODED:
            return
        try:
            content = base64.b64decode(found[0], validate=True)
        except binascii.Error:
            continue
        encoding = "utf-16-le" if content[1:2] == b"\0" else "utf-8"
        yield content.decode(encoding, "replace"), found.start(), found.end()
