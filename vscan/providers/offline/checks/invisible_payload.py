r"""Payloads in invisible characters.

The worm called GlassWorm wrote each byte of its code as a variation selector: U+FE00 to
U+FE0F for the first sixteen, U+E0100 to U+E01EF for the rest. Other malware writes bits as
zero-width characters, or ASCII as tag characters, which language models read and people don't see.
The length of a run decides, not the number of runs: emoji and Chinese text contain single
selectors, Persian text single joiners, and the flags of England, Scotland and Wales contain tags.
Runs count in every kind of file, and ``\ufe01\udb40\udd02`` in a source is the same payload.

A decoder uses both ranges in one expression. Many tables of Unicode contain 917760 alone, and some
contain both where they list or compare characters; a decoder subtracts.
"""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, NamedTuple

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, FileWindow, Found, Match
from vscan.providers.offline.code_or_data import Content
from vscan.safe_text import sanitize

PAYLOAD = Rule(
    "invisible-payload",
    Kind.MALWARE,
    "Data is hidden in invisible characters",
    "A file has a long run of variation selectors, tag characters or zero-width characters. They"
    " are invisible, and contain data.",
    "Text never needs such runs. A worm among extensions hid its code in them from reviewers.",
    "Remove the extension, and find out what it did on every machine that had it.",
)
DECODER = Rule(
    "invisible-decoder",
    Kind.MALWARE,
    "Code decodes invisible characters",
    "One expression computes with both ranges of variation selectors, as a decoder does to turn"
    " them into bytes.",
    "No known library does this. The decoder is one half of a hidden program; the other half may be"
    " in any file, or come over the network.",
    "Remove the extension, and find out what it did on every machine that had it.",
)
_LOW, _HIGH, _TAGS = 0xFE00, 0xE0100, 0xE0000
_LONG = 16  # selectors in a row
_FEW = 20  # runs of one severity in one window that are decoded, because decoding takes time
_SHOWN = 200  # characters of a decoded payload
_DECODED = 4000  # characters of a run that are decoded
_FLAGS = ("gbeng", "gbsct", "gbwls")
_PRINTED = 0.9  # share of printable characters in decoded bits that are taken for text
_NO_TEXT: Final = "no text"
_KEY = 64  # zero-width characters that are taken for the key of a translation; 12 bytes at most
# Keys stand at an end of a translation, which may begin with a placeholder.
_TEXT_AFTER: Final = lazy_regex(
    rb"(?:\xe2\x81[\xa0-\xaf]){0,4}[(\[{%]{0,2}(?:\w|[\xc3-\xf4][\x80-\xbf])"
)
_TEXT_BEFORE: Final = lazy_regex(rb"[\w\x80-\xbf][!?.,:;)}\]]{0,3}(?:\xe2\x81[\xa0-\xaf]){0,4}\Z")
_TEXT_FILES: Final = lazy_regex(
    r"\.(?:arb|csv|ftl|hdbtextbundle|json|mo|po|pot|properties|resx|strings|tsv|xlf|xliff|xml|ya?ml)\Z",
    re.IGNORECASE,
)
_PATTERNS = r"""
rule selectors {
    strings:
        $low = { EF B8 8? EF B8 8? EF B8 8? EF B8 8? EF B8 8? EF B8 8? EF B8 8? EF B8 8? }
        $high = { F3 A0 (84 | 85 | 86 | 87) [1-46] F3 A0 (84 | 85 | 86 | 87) }
    condition:
        any of them
}
rule tags {
    strings:
        $tags = { F3 A0 (80 | 81) ?? F3 A0 (80 | 81) ?? F3 A0 (80 | 81) }
    condition:
        $tags
}
rule zero_width {
    strings:
        $run = /(\xe2\x80[\x8b-\x8d]|\xe2\x81[\xa0-\xa4]|\xef\xbb\xbf|\xe3\x85\xa4|\xef\xbe\xa0){8}/
    condition:
        $run
}
rule escaped {
    strings:
        $low = /\\ufe0[0-9a-f]\\u(fe0[0-9a-f]|\{?e01|db40)/ nocase
        $high = /\\udb40\\ud[cd][0-9a-f]{2}\\u(fe0[0-9a-f]|\{?e0|db40)/ nocase
        $point = /\\u\{e0[01][0-9a-f]{2}\}\\u(\{?fe0|\{?e0|db40)/ nocase
    condition:
        any of them
}
rule decoder {  // the rarer range; Python searches for the other one near it
    strings:
        // 917744 is 917760 - 16, for a decoder that adds no 16; 0xDD00 is what the range is in UTF-16.
        $hex = /0xe_?0_?1_?(00|ef)|0xe00f0|0xdd00/ nocase
        $decimal = /917_?(760|999|744)|0o3400400|0o3400757/
        $spelt = /\\u\{e01(00|ef)\}/ nocase
    condition:
        any of them
}
"""
# The first and the last character of the other range, in JavaScript's notations of numbers.
_OTHER: Final = lazy_regex(
    rb"0xf_?e_?0_?[0f]|\\u\{?fe0[0f]|65_?0(?:24|39)|0o17700[07]|0o177017", re.IGNORECASE
)
_BESIDE = 120  # bytes between the two
# A decoder subtracts a range's start, masks it, or assigns it. A table only lists and compares.
_COMPUTES: Final = lazy_regex(
    rb"[-^]\s*\(?\s*(?:0xf_?e_?00|65_?024|0xe_?0_?1_?00|0xe00f0|0xdd00|917_?7(?:60|44)|0o"
    rb"|[\"'`]\\u\{?(?:fe00|e0100))"
    rb"|[&%]\s*(?:0xf|0x10|0xff|15|16|255|256)\b"
    rb"|\w\s*=\s*(?:0xfe00|65_?024|0xe0100|0xe00f0|917_?7(?:60|44))\s*[,;\n]",
    re.IGNORECASE,
)
# A tool that warns of such characters shows their numbers; it makes no text or bytes of them.
_USE = 1_500  # bytes around a decoder in which that is looked for
_SHOWS: Final = lazy_regex(
    rb"Diagnostic\b|createDiagnosticCollection|setDecorations|\bHover\b|MarkdownString"
    rb"|show(?:QuickPick|InformationMessage|WarningMessage)"
)
_REBUILDS: Final = lazy_regex(
    rb"Buffer|fromCharCode|fromCodePoint|TextDecoder|Uint8Array|\beval\b|Function|\bexec|spawn|atob"
)
# Possessive: backtracking would need forty bytes of memory for each character.
_SELECTORS: Final = lazy_regex(rb"(?:\xef\xb8[\x80-\x8f]|\xf3\xa0[\x84-\x87][\x80-\xbf])++")
_TAG: Final = lazy_regex(rb"(?:\xf3\xa0[\x80\x81][\x80-\xbf])++")
_ZERO: Final = lazy_regex(
    rb"(?:\xe2\x80[\x8b-\x8d]|\xe2\x81[\xa0-\xa4]|\xef\xbb\xbf|\xe3\x85\xa4|\xef\xbe\xa0){8,}+"
)
_ESCAPED: Final = lazy_regex(
    rb"(?:\\u(?:fe0[0-9a-f]|db40\\ud[cd][0-9a-f]{2}|\{0{0,2}(?:fe0[0-9a-f]|e0[01][0-9a-f]{2})\}))++",
    re.IGNORECASE,
)
_POINT: Final = lazy_regex(r"\\u\{?([0-9a-f]+)\}?", re.IGNORECASE)
_TWO_HIGH: Final = lazy_regex("[\U000e0100-\U000e01ef]{2}")
_BLACK_FLAG: Final = "\U0001f3f4".encode()


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    rules = {match.rule for match in matches}
    shown: Counter[Severity] = Counter()
    for rule, runs in _RUNS.items():
        if rule in rules:
            for run in runs(window):
                shown[run.severity] += 1
                yield _hidden(window, run, decode=shown[run.severity] <= _FEW)
    if window.kind is not Content.PROSE:
        message = "Code computes with both ranges of invisible variation selectors"
        reported: set[Severity] = set()
        for match in matches:
            near = window.around(match, _BESIDE, _BESIDE) if match.rule == "decoder" else b""
            if _OTHER.search(near) and _COMPUTES.search(near):
                around = window.around(match, _USE, _USE)
                only_shows = _SHOWS.search(around) and not _REBUILDS.search(around)
                severity = Severity.MEDIUM if only_shows else Severity.CRITICAL
                if severity not in reported:
                    yield window.finding(DECODER, severity, Confidence.HIGH, message, match)
                reported.add(severity)
                if severity is Severity.CRITICAL:
                    break


class _Run(NamedTuple):
    """A run without a harmless explanation, and how to decode it."""

    start: int
    end: int
    length: int  # in characters
    severity: Severity
    decoded: Callable[[], str]


def _hidden(window: FileWindow, run: _Run, *, decode: bool) -> Found:
    match = Match("run", "", run.start, run.end)
    message = f"{run.length} invisible characters in a row"
    shown = sanitize(run.decoded(), _SHOWN) if decode else "more like those before"
    if decode:
        message = f"{message}, decoded: {shown}"
    return window.finding(PAYLOAD, run.severity, Confidence.HIGH, message, match, shown)


def _runs_of(pattern: re.Pattern[bytes], window: FileWindow) -> Iterator[re.Match[bytes]]:
    for run in pattern.finditer(window.content):
        if run.start() >= window.own_end:
            return  # it is whole in the next window
        if run.start() >= window.own_start:  # otherwise the window before has it
            yield run


def _run(
    match: re.Match[bytes], length: int, severity: Severity, decoded: Callable[[], str]
) -> _Run:
    return _Run(match.start(), match.end(), length, severity, decoded)


def _selector_runs(window: FileWindow) -> Iterator[_Run]:
    for run in _runs_of(_SELECTORS, window):
        text = run[0].decode()
        if len(text) >= _LONG or _TWO_HIGH.search(text):
            numbers = _selected(text)
            if not _is_table(numbers):
                shown = partial(numbers[:_DECODED].decode, "utf-8", "replace")
                yield _run(run, len(text), Severity.CRITICAL, shown)


def _escaped_runs(window: FileWindow) -> Iterator[_Run]:
    for run in _runs_of(_ESCAPED, window):
        points = (int(point, 16) for point in _POINT.findall(run[0].decode()))
        pairs = "".join(map(chr, points))
        text = pairs.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if len(text) >= _LONG:
            tags = sum(_TAGS <= ord(c) < _HIGH for c in text)
            numbers = _tagged(text) if tags > len(text) // 2 else _selected(text)
            if not _is_table(numbers):
                shown = partial(numbers[:_DECODED].decode, "utf-8", "replace")
                yield _run(run, len(text), Severity.CRITICAL, shown)


def _tag_runs(window: FileWindow) -> Iterator[_Run]:
    for run in _runs_of(_TAG, window):
        text = run[0].decode()
        said = _tagged(text).decode("ascii", "replace")
        flag = any(said.removesuffix("\x7f") in region for region in _FLAGS) or (
            window.content.endswith(_BLACK_FLAG, 0, run.start())
            and re.fullmatch(r"[a-z0-9]{3,6}\x7f?", said)
        )
        if len(text) > 2 and not flag and not _is_table(said.encode()):  # noqa: PLR2004 - a set
            yield _run(run, len(text), Severity.CRITICAL, partial(_start_of, said))


def _start_of(text: str) -> str:
    return text[:_DECODED]


def _zero_width_runs(window: FileWindow) -> Iterator[_Run]:
    for run in _runs_of(_ZERO, window):
        text = run[0].decode()
        # One repeated character contains no data. React uses eight of them as a separator.
        severity = Severity.CRITICAL if len(set(text)) > 1 else Severity.MEDIUM
        if severity is Severity.CRITICAL and _is_key(window, run, text):
            severity = Severity.LOW if _TEXT_FILES.search(window.name) else Severity.MEDIUM
        yield _run(run, len(text), severity, partial(_bits, text[: 8 * _SHOWN]))


def _is_key(window: FileWindow, run: re.Match[bytes], text: str) -> bool:
    """Whether a run is the key of a translation: short, unreadable, and part of a visible text.

    Pseudo-locales have such keys, so that a translator can find what a page shows.
    """
    if len(text) > _KEY or not _bits(text).startswith(_NO_TEXT):
        return False
    before = window.content[max(0, run.start() - 20) : run.start()]
    after = window.content[run.end() : run.end() + 20]
    return bool(_TEXT_AFTER.match(after) or _TEXT_BEFORE.search(before))


_RUNS: Final = {
    "selectors": _selector_runs,
    "escaped": _escaped_runs,
    "tags": _tag_runs,
    "zero_width": _zero_width_runs,
}


def _selected(text: str) -> bytes:
    """Decode variation selectors to the bytes that they stand for."""
    numbers = (ord(c) - _LOW if ord(c) < _HIGH else ord(c) - _HIGH + 16 for c in text)
    return bytes(n for n in numbers if 0 <= n < 256)  # noqa: PLR2004


def _tagged(text: str) -> bytes:
    """Decode tag characters to the ASCII that they mirror."""
    return bytes(ord(c) & 0x7F for c in text)


def _is_table(numbers: bytes) -> bool:
    """Whether the numbers count up, as in a table of the characters."""
    return len(numbers) >= _LONG and all(b == a + 1 for a, b in itertools.pairwise(numbers))


def _bits(text: str) -> str:
    """Decode zero-width characters as bits: two of them are 0 and 1, a third one separates."""
    symbols = [symbol for symbol, _ in Counter(text).most_common()]
    readings = []
    for zero, one in itertools.permutations(symbols[:2], 2):
        bits = "".join("0" if c == zero else "1" if c == one else " " for c in text)
        for size in (8, 16, 7):
            chunks = bits.split() if " " in bits else re.findall(f".{{{size}}}", bits)
            said = "".join(chr(int(chunk, 2)) for chunk in chunks if len(chunk) <= 16)  # noqa: PLR2004
            readable = sum(c.isascii() and (c.isprintable() or c.isspace()) for c in said)
            readings.append((readable / max(1, len(said)), said))
    share, best = max(readings, key=_share, default=(0, ""))
    if share >= _PRINTED:
        return best
    return f"{_NO_TEXT} (" + ", ".join(f"U+{ord(symbol):04X}" for symbol in sorted(symbols)) + ")"


def _share(reading: tuple[float, str]) -> float:
    return reading[0]


CHECK = Check((PAYLOAD, DECODER), _PATTERNS, _on_match, everywhere=True)
