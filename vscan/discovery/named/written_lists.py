"""Lists of extensions that a script writes to a file, or gives to a tool in a variable."""

import re
from collections.abc import Iterator

from vscan.discovery.named import brewfile
from vscan.discovery.named.comment_lines import HASH_COMMENT, CommentLines
from vscan.discovery.named.extension_argument import parse_id, read_extension
from vscan.discovery.named.interface import Read
from vscan.discovery.named.source_text import SourceText
from vscan.lazy_regex import lazy_regex
from vscan.model import How

_RECOMMENDED = lazy_regex(r"recommendations\\?[\"']?[ \t]*:[ \t\r\n]*\[(?P<list>[^\[\]]{0,20000})")
# The variable of the images of linuxserver.io.
_VARIABLE = lazy_regex(
    r"\bVSCODE_EXTENSION_IDS[\"']?[ \t]*[:=][ \t]*[\"']?(?P<list>[^\s\"']{1,5000})"
)
_WORD = lazy_regex(r"[A-Za-z0-9@.-]{3,200}+")
_IN_BREWFILE = lazy_regex(r"^[ \t]*(?:vscode|cursor)[ \t(]+[\"'][^\r\n]*", 8)


def read_written_lists(text: str) -> Iterator[Read]:
    """Read the lists in a script that it does not give to a command itself."""
    if "VSCODE_EXTENSION_IDS" in text:
        yield from _read(text, _VARIABLE, How.INSTALLS)
    if ".vscode/extensions.json" in text or ".code-workspace" in text:
        yield from _read(text, _RECOMMENDED, How.RECOMMENDS)
    if "brew bundle" in text and _IN_BREWFILE.search(text):
        yield from brewfile.KIND.read(text)


def _read(text: str, pattern: re.Pattern[str], how: How) -> Iterator[Read]:
    source = SourceText(text)
    comments = CommentLines(source, HASH_COMMENT)
    for found in pattern.finditer(text):
        if comments.contain(found.start()):
            continue
        for word in _WORD.finditer(text, *found.span("list")):
            if parse_id(word[0].partition("@")[0]):
                yield from read_extension(source, word.span(), word[0], how)
