"""Code that was made unreadable.

A minifier shortens names; an obfuscator gives them the same form: ``_0x3fa2c1``. Twenty different
ones are not an accident, nor are texts with every letter escaped, nor code made of brackets.
Hundreds of spaces push the following code out of the editor's window. Vendors obfuscate their code,
too, so the findings are warnings; in a file with findings of other rules they are escalated.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import (
    Check,
    FileWindow,
    Found,
    Match,
    SeenEnough,
)

OBFUSCATED = Rule(
    "obfuscated-code",
    Kind.MALWARE,
    "Code is obfuscated",
    "A file has many names of the form that obfuscators use, or code behind hundreds of spaces.",
    "Obfuscated code can't be reviewed. Malware is nearly always obfuscated, open source rarely.",
    "Ask the publisher for the source. Remove the extension if it has no reason to hide its code.",
)
_PATTERNS = r"""
rule names {
    strings:
        $name = /_0x[0-9a-fA-F]{2,8}\b/
    condition:
        $name
}
rule letters {  // that have no need of it
    strings:
        $escaped = /["'](\\x[4-7][0-9a-fA-F]){5}/
    condition:
        $escaped
}
rule brackets {  // (![]+[])[+[]] is "f"
    strings:
        $letter = "![]+[])["
    condition:
        $letter
}
rule symbols {  // $=~[] is -1; the letters of all words are taken from texts such as "false"
    strings:
        $negated = /=~\[\];/
        $face = "\xef\xbe\x9f\xcf\x89\xef\xbe\x9f\xef\xbe\x89"
    condition:
        any of them
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
_NAME: Final = lazy_regex(rb"\b[A-Za-z]?\d?_0x[0-9a-fA-F]{2,8}\b")
_TEXTS, _FEW = 10, 5  # texts with every letter escaped, and different ones among them
_SYMBOLS_BYTES = 400  # of code that is looked at
_MOST_PLAIN = 0.08  # of them that are letters or digits
_PLAIN: Final = lazy_regex(rb"[A-Za-z0-9]")
_LETTERS = 5  # that are written with brackets
_TEXT: Final = lazy_regex(rb"([\"'])(?:\\x[2-7][0-9a-fA-F]){5,}\1")
_BRACKETS: Final = lazy_regex(rb"[\[\]()!+\s]{120}")
_CODE: Final = lazy_regex(
    rb"[ \t]*+(?:(?:(?:globalThis|global|window|self|module|process|exports|this)[.\[]|[\w$.]{1,60}\s?\()"
    rb"|(?:var|let|const|function|async|import|if|try|for|while|return|new|throw|class)\b"
    rb"|\(?\(|[;!+~]\s?[\w$(]|[\w$.]{1,60}\s?=[^=])"
)


_ENOUGH: Final = {"names": (_NAME, _NAMES), "letters": (_TEXT, _FEW)}
_MANY = 1000  # matches of one rule after which different ones are counted


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    examined, enough = _first_matches(window, matches)
    yield from map(SeenEnough, sorted(enough))
    first = {match.rule: match for match in reversed(examined)}
    count = Counter(match.rule for match in examined)
    if count["names"] >= _NAMES:
        names = _different(_NAME, window.content, _NAMES)
        if len(names) == _NAMES:
            message = f"It has {_NAMES} names or more like {names[-1].decode()}"
            yield window.finding(
                OBFUSCATED, Severity.MEDIUM, Confidence.HIGH, message, first["names"]
            )
    if count["letters"] >= _TEXTS and len(_different(_TEXT, window.content, _FEW)) == _FEW:
        message = "It has texts of which each letter is escaped"
        yield window.finding(
            OBFUSCATED, Severity.MEDIUM, Confidence.MEDIUM, message, first["letters"]
        )
    brackets = [match for match in examined if match.rule == "brackets"]
    for match in brackets if len(brackets) >= _LETTERS else ():
        if _BRACKETS.match(window.content, match.start):
            message = "Code is written with brackets alone"
            yield window.finding(OBFUSCATED, Severity.HIGH, Confidence.HIGH, message, match)
            break
    for match in examined:
        if match.rule == "symbols" and _is_of_symbols(window.around(match, 0, _SYMBOLS_BYTES)):
            message = "Code is written with symbols alone"
            yield window.finding(OBFUSCATED, Severity.HIGH, Confidence.HIGH, message, match)
            break
    yield from _behind_spaces(window, examined)


def _is_of_symbols(code: bytes) -> bool:
    """Whether code has next to no letters or digits, and is an assignment."""
    plain = len(_PLAIN.findall(code))
    return len(code) >= _SYMBOLS_BYTES // 2 and plain <= len(code) * _MOST_PLAIN


def _first_matches(
    window: FileWindow, matches: Sequence[Match]
) -> tuple[list[Match], Collection[str]]:
    """Return the matches, and the rules of which more were left out: there were enough.

    They end nothing: code of brackets behind a thousand names is more severe than the names.
    """
    examined: list[Match] = []
    numbers: Counter[str] = Counter()
    enough: set[str] = set()
    for match in matches:
        if match.rule in enough:
            continue
        examined.append(match)
        numbers[match.rule] += 1
        if numbers[match.rule] == _MANY and match.rule in _ENOUGH:
            pattern, most = _ENOUGH[match.rule]
            if len(_different(pattern, window.content, most)) == most:
                enough.add(match.rule)
    return examined, enough


def _different(pattern: re.Pattern[bytes], content: bytes, enough: int) -> list[bytes]:
    """List the different texts that a pattern matches, up to ``enough``."""
    found: dict[bytes, None] = {}  # a set that keeps its order
    for match in pattern.finditer(content):
        found[match[0]] = None
        if len(found) == enough:
            break
    return list(found)


def _behind_spaces(window: FileWindow, examined: Sequence[Match]) -> Iterator[Found]:
    for match in examined:
        code = match.rule == "spaces" and _CODE.match(window.content, match.end)
        if code:
            message = "Code stands behind 200 spaces or more"
            shown = window.content[match.end : code.end() + 160].decode("utf-8", "replace")
            yield window.finding(
                OBFUSCATED, Severity.MEDIUM, Confidence.MEDIUM, message, match, shown.lstrip()
            )
            break


CHECK = Check((OBFUSCATED,), _PATTERNS, _on_match)
