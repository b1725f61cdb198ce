"""What the formats share: the statistics of an import, and the fields of several formats.

This module defines the form and the length of an id, a package's name, a summary, a link and a
word for a severity. It does not depend on any format.
"""

import re
from collections.abc import Iterable, Sized
from datetime import date
from typing import Any

from msgspec import Struct, field

from vscan.advisories.records import Ecosystem
from vscan.bounded_json import parse_json
from vscan.model import Severity
from vscan.safe_text import sanitize

_MAX_LIST = 10_000  # versions, ranges, aliases of one record
MAX_RANGES = 1000  # of one package in one record
_SUMMARY = 300
_LINK = 500
_NAMED = 50  # unusable entries

PACKAGE = re.compile(r"[!-~]{1,214}")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{1,99}")
# Instead of an id, where retire.js has none: the package and the end of the range.
RANGE_ID = re.compile(r"retire\.js:[!-~]{1,90}")
_LINK_TEXT = re.compile(r"https://[!-~]+")
_WORDS = {
    "low": Severity.LOW,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}


class ImportStats(Struct):
    """How many entries of a file were imported or skipped. Filled while they are read."""

    imported: int = 0
    withdrawn: int = 0
    other_ecosystems: int = 0
    unusable: int = 0
    reason: str = ""  # why the first unusable one is that
    others: dict[str, None] = field(default_factory=dict)  # the names of some later ones
    newest: date | None = None
    latest: date = date.max  # a later date of an entry is a mistake
    about: dict[Ecosystem, int] = field(default_factory=dict)  # records about each ecosystem
    _first: str = ""

    def add_unusable(self, where: str, why: object) -> None:
        """Count an entry that can't be used, and note its name."""
        self.unusable += 1
        if not self.reason:
            self._first = where
            self.reason = sanitize(f"{where} {why}", 200)
        elif where != self._first and len(self.others) < _NAMED:
            self.others[sanitize(where, 120)] = None

    def note_date(self, day: date | None) -> None:
        """Note the date of an entry."""
        if day is None or day > self.latest:
            return
        if self.newest is None or day > self.newest:
            self.newest = day


def parsed(raw: bytes) -> Any:  # noqa: ANN401 - JSON is anything
    """Parse JSON in UTF-8, with or without a byte order mark; ``ValueError`` for anything else."""
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    return parse_json(text, unique_keys=True)


def listed(part: dict[str, Any], name: str, kind: type) -> list[Any]:
    """Read a list whose items all have one type; a missing list is empty."""
    found = part.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, kind) for item in found):
        raise ValueError(f"has {name} of the wrong type")
    if len(found) > _MAX_LIST:
        raise ValueError(f"has more than {_MAX_LIST} {name}")
    return found


def require_few(ranges: Sized) -> None:
    """Raise ``ValueError`` where a package has more ranges than real advisories have."""
    if len(ranges) > MAX_RANGES:
        raise ValueError(f"has more than {MAX_RANGES} ranges of one package")


def summary(text: object) -> str:
    """Read the summary of a record; empty where it is not a text."""
    return sanitize(text, _SUMMARY) if isinstance(text, str) else ""


def severity(word: object) -> Severity:
    """Read a database's word for a severity; medium where it is missing or unknown."""
    return _WORDS.get(word.lower() if isinstance(word, str) else "", Severity.MEDIUM)


def link(found: Iterable[object], otherwise: str) -> str:
    """Return the first valid https address."""
    for text in found:
        if isinstance(text, str) and len(text) <= _LINK and _LINK_TEXT.fullmatch(text):
            return text
    return otherwise
