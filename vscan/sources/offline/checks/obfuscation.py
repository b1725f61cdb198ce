"""Code that is made not to be read.

A minifier shortens names; an obfuscator makes them alike: ``_0x3fa2c1``. Twenty different ones are no
accident, nor are texts of which each letter is escaped, nor code of brackets. Hundreds of spaces push what follows them out of every editor's window. Vendors hide
their code, too, so this warns; with company in the same file it is more.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Final

from vscan.domain import Confidence, Kind, Rule, Severity
from vscan.sources.offline.check import Check, Found, Look, Match
from vscan.sources.offline.content import Content

OBFUSCATED = Rule(
    "obfuscated-code",
    Kind.MALWARE,
    "Code is obfuscated",
    "A file has many names as an obfuscator makes them, or code behind hundreds of spaces.",
    "It can't be reviewed, and that is the purpose. Malware is nearly always obfuscated, and"
    " hardly anything that is open source.",
    "Ask the publisher for the source. Do without the extension if it has no reason to hide it.",
)
_PATTERNS = r"""
rule names {
    strings:
        $name = /_0x[0-9a-fA-F]{2,8}\b/
    condition:
        #name >= 20
}
rule letters {  // that have no need of it
    strings:
        $escaped = /["'](\\x[4-7][0-9a-fA-F]){5}/
    condition:
        #escaped >= 10
}
rule brackets {  // (![]+[])[+[]] is "f"
    strings:
        $letter = "![]+[])["
    condition:
        #letter >= 5
}
rule spaces {
    strings:
        // What stands before them makes it fast: a pattern that begins with spaces begins everywhere.
        $spaces = /[;})\]{,>"'\/\r\n]\x20{200}/
        $tabs = /[;})\]{,>"'\/\r\n]\t{200}/
    condition:
        any of them
}
"""
_NAMES = 20
_NAME: Final = re.compile(rb"\b[A-Za-z]?\d?_0x[0-9a-fA-F]{2,8}\b")
_FEW, _MOST = 5, 1000  # different texts of which each letter is escaped
_TEXT: Final = re.compile(rb"([\"'])(?:\\x[2-7][0-9a-fA-F]){5,}\1")
_BRACKETS: Final = re.compile(rb"[\[\]()!+\s]{120}")
_CODE: Final = re.compile(
    rb"[ \t]*+(?:(?:(?:globalThis|global|window|self|module|process|exports|this)[.\[]|[\w$.]{1,60}\s?\()"
    rb"|(?:var|let|const|function|async|import|if|try|for|while|return|new|throw|class)\b"
    rb"|\(?\(|[;!+~]\s?[\w$(]|[\w$.]{1,60}\s?=[^=])"
)


def _look(look: Look, matches: Sequence[Match]) -> Iterator[Found]:
    if look.kind is not Content.CODE:
        return
    named = next((match for match in matches if match.rule == "names"), None)
    if named:
        different = set()
        for name in _NAME.finditer(look.content):
            different.add(name[0])
            if len(different) == _NAMES:
                message = f"It has {_NAMES} names or more like {name[0].decode()}"
                yield look.finding(OBFUSCATED, Severity.MEDIUM, Confidence.HIGH, message, named)
                break
    escaped = next((match for match in matches if match.rule == "letters"), None)
    if escaped:
        texts = {text[0] for text in itertools.islice(_TEXT.finditer(look.content), _MOST)}
        if len(texts) >= _FEW:
            message = "It has texts of which each letter is escaped"
            yield look.finding(OBFUSCATED, Severity.MEDIUM, Confidence.MEDIUM, message, escaped)
    for match in matches:
        if match.rule == "brackets" and _BRACKETS.match(look.content, match.start):
            message = "Code is written with brackets alone"
            yield look.finding(OBFUSCATED, Severity.MEDIUM, Confidence.HIGH, message, match)
            break
    for match in matches:
        code = match.rule == "spaces" and _CODE.match(look.content, match.end)
        if code:
            message = "Code stands behind 200 spaces or more"
            shown = look.content[match.end : code.end() + 160].decode("utf-8", "replace")
            yield look.finding(
                OBFUSCATED, Severity.MEDIUM, Confidence.MEDIUM, message, match, shown.lstrip()
            )
            break


CHECK = Check((OBFUSCATED,), _PATTERNS, _look)
