"""Control characters that reorder code on the screen: reviewers see something else than runs.

Overrides, embeddings and isolates (U+202A to U+202E, U+2066 to U+2069) make a comment look like
code and code like a comment. Libraries that lay out text contain them, too: alone between quotes,
at the end of a range in a regular expression, or among symbols in a table of Unicode. A control
that is closed in the same string does not change the code around it: translations contain such
strings, and many of them in one script mean that it consists of translations. A line without
comments and strings, as in a list of words, can't be misread.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Finding, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, FileWindow, Found, Match
from vscan.providers.offline.code_or_data import binary_part

REVERSED = Rule(
    "bidirectional-code",
    Kind.MALWARE,
    "Code has characters that reverse it on the screen",
    "A line of code contains bidirectional control characters, so an editor may show its parts in"
    " another order than the one in which they run.",
    "A reviewer reads something else than what runs. The attack is known as Trojan Source,"
    " CVE-2021-42574.",
    "Look at the line with such characters shown, and find out why they are there.",
)
_PATTERNS = r"""
rule controls {
    strings:
        $override = /\xe2\x80[\xaa-\xae]/
        $isolate = /\xe2\x81[\xa6-\xa9]/
    condition:
        any of them
}
"""
_MARKS = "[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]{1,20}"
_LISTED: Final = lazy_regex(
    f"(?<=[\"'`\\[\\]|(,]){_MARKS}(?=[\"'`\\[\\]|),])|(?<=-){_MARKS}|{_MARKS}(?=-)"
)
# A string of marks, numbers and placeholders, as a format of numbers; and a word among other strings
# in a list, as in a vocabulary.
_FORMAT: Final = lazy_regex(r"(?:[^\W\d_](?<![A-Za-z])|[^\w\"'`;()/*<>=$]|\d|\{\w{1,20}\})*")
_WORD: Final = r"[^\s\"'`(){};=<>/]{0,24}"
_WORD_BEFORE: Final = lazy_regex(rf"[\[,]\s?([\"']){_WORD}\Z")
_WORD_AFTER: Final = lazy_regex(rf"{_WORD}([\"'])(?:,\s?[\"']|\][\]}};]*(?:\n|\Z))")
_CONTROL: Final = lazy_regex("[\u202a-\u202e\u2066-\u2069]")
_REACH = 24  # characters around a control
_TABLE = 1 / 3  # of the characters around a control are not ASCII
_TRANSLATED = 10  # closed controls in one window
_LINE = 500  # characters of a line, before a control and after it
_QUOTES: Final = "\"'`"
_OPENS_STRING: Final = lazy_regex(r"(?:\A|[=:(,\[{?+\s])\Z")
_ENDS_STRING: Final = lazy_regex(r"\A(?:\Z|[\]),;})+:.\s])")
_ESCAPE: Final = lazy_regex(r"\\.")
_APOSTROPHE: Final = lazy_regex(r"(?<=[^\W_])['\u2019](?=[^\W_])")
# Quotes around a comment's border, or around code, don't belong to the same string.
_CROSSES: Final = lazy_regex(r"/\*|\*/|\$\{|/[^\n]*[;(]|[;(][^\n]*/")
_PARTS: Final = lazy_regex(r"[\"'`]|//|/\*|\*/|\#|<!--|-->|--|;|\$\{")
_CODE: Final = lazy_regex(r"[${}<>();]")
_LETTER: Final = lazy_regex(r"[^\W_]")
_SCRIPT: Final = lazy_regex(
    r"\.(?:[cm]?[jt]sx?|vue|svelte|html?|php|sh|bash|zsh|fish|command|ps1|psm1|bat|cmd|vbs|py|pl|rb)\Z"
)
_ISOLATES, _EMBEDDINGS = "\u2066\u2067\u2068", "\u202a\u202b\u202d\u202e"
_POP_ISOLATE, _POP_EMBEDDING = "\u2069", "\u202c"


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    in_binary = window.is_binary
    may_run = _SCRIPT.search(window.name.lower()) is not None or window.head.startswith(b"#!")
    contained: list[Match] = []
    for match in matches:
        if in_binary and binary_part(window.around(match, 4 * _REACH, 4 * _REACH)[3:-3]):
            continue  # characters may be cut at both ends
        if _is_listed(window, match):
            continue
        if _is_contained(window, match, may_run=may_run):
            contained.append(match)
        else:
            yield _finding(window, match)
    if may_run and len(contained) < _TRANSLATED:
        yield from (_finding(window, match) for match in contained)


def _finding(window: FileWindow, match: Match) -> Finding:
    control = ord(window.around(match, 0, 0).decode())
    message = f"Code has the bidirectional control U+{control:04X}"
    return window.finding(REVERSED, Severity.MEDIUM, Confidence.MEDIUM, message, match)


def _is_listed(window: FileWindow, match: Match) -> bool:
    """Whether a control is a whole string, or an item of a table of characters."""
    control = window.around(match, 0, 0).decode()
    before = window.around(match, 4 * _REACH, -len(control.encode())).decode("utf-8", "ignore")
    after = window.content[match.end : match.end + 4 * _REACH].decode("utf-8", "ignore")
    if _is_format(before, control + after) or _is_item(before, after):
        return True
    near = before[-_REACH:] + control + after[:_REACH]
    at = len(before[-_REACH:])
    listed = any(each.start() <= at < each.end() for each in _LISTED.finditer(near))
    return listed or sum(not c.isascii() for c in near) > _TABLE * len(near)


def _is_format(before: str, after: str) -> bool:
    """Whether the string around a control has no letters: there is nothing to read in it."""
    for quote in "\"'":
        head, opened, start = before.rpartition(quote)
        end, closed, tail = after.partition(quote)
        if opened and closed and _OPENS_STRING.search(head) and _ENDS_STRING.match(tail):
            text = start + end
            return _FORMAT.fullmatch(text) is not None and _is_balanced(text)
    return False


def _is_item(before: str, after: str) -> bool:
    """Whether a control is the only one in a word of a list of strings.

    A vocabulary has pieces of text. A word between two controls is no piece.
    """
    opened, closed = _WORD_BEFORE.search(before), _WORD_AFTER.match(after)
    if not (opened and closed and opened[1] == closed[1]):
        return False
    return not _CONTROL.search(opened[0] + closed[0])


def _is_contained(window: FileWindow, match: Match, *, may_run: bool) -> bool:
    """Whether a control reorders only a string, or only a line of text."""
    content = window.content
    start = content.rfind(b"\n", max(0, match.start - _LINE), match.start) + 1
    end = content.find(b"\n", match.end, match.end + _LINE)
    whole = (start > 0 or match.start < _LINE) and (end >= 0 or len(content) <= match.end + _LINE)
    start = start or max(0, match.start - _LINE)
    end = end if end >= 0 else match.end + _LINE
    before = content[start : match.start].decode("utf-8", "ignore")
    after = content[match.start : end].decode("utf-8", "ignore").rstrip("\r")
    before, after = _ESCAPE.sub("", before), _ESCAPE.sub("", after)
    for quote in _QUOTES:
        left, right = before.rfind(quote), after.find(quote)
        if (
            min(left, right) >= 0
            and _OPENS_STRING.search(before[:left])
            and _ENDS_STRING.match(after[right + 1 :])
        ):
            text = _APOSTROPHE.sub("", before[left + 1 :] + after[:right])
            one = not (any(other in text for other in _QUOTES) or _CROSSES.search(text))
            if one and _is_balanced(text):
                return True
    line = _APOSTROPHE.sub("", before + after)
    if not may_run and whole and not _LETTER.search(line):
        return True  # a sign in a vocabulary
    if may_run or not whole or _PARTS.search(line) or _CROSSES.search(line):
        return False
    return _is_balanced(line) or not _CODE.search(line)


def _is_balanced(text: str) -> bool:
    """Whether every control is closed, in the right order."""
    expected: list[str] = []
    for character in text:
        if character in _ISOLATES:
            expected.append(_POP_ISOLATE)
        elif character in _EMBEDDINGS:
            expected.append(_POP_EMBEDDING)
        elif character in {_POP_ISOLATE, _POP_EMBEDDING} and (
            not expected or expected.pop() != character
        ):
            return False
    return not expected


CHECK = Check((REVERSED,), _PATTERNS, _on_match)
