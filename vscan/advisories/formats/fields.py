"""What the formats have in common: the tally, and the fields that more than one of them has.

It alone knows what an id, a package's name, a summary, a link and a word for a severity may
be, and how long. It knows no format.
"""

import re
from collections.abc import Iterable, Sized
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from vscan.advisories.records import Ecosystem
from vscan.model import Severity
from vscan.text import sanitize
from vscan.untrusted_input import parse_json

_MAX_LIST = 10_000  # versions, ranges, aliases of one record
MAX_RANGES = 1000  # of one package in one record
_SUMMARY = 300
_LINK = 500
_NAMED = 50  # of what can't be taken

PACKAGE = re.compile(r"[!-~]{1,214}")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{1,99}")
_LINK_TEXT = re.compile(r"https://[!-~]+")
_WORDS = {
    "low": Severity.LOW,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}


@dataclass(slots=True)
class Tally:
    """What became of a file's entries, and what they are about. Filled while they are read."""

    taken: int = 0
    withdrawn: int = 0
    elsewhere: int = 0  # about other ecosystems
    unusable: int = 0
    reason: str = ""  # of the first unusable one
    others: dict[str, None] = field(default_factory=dict)  # some of those after it, by name
    newest: date | None = None
    about: dict[Ecosystem, int] = field(default_factory=dict)  # records about each ecosystem
    _first: str = ""

    def miss(self, where: str, why: object) -> None:
        """Count what can't be taken, and name it."""
        self.unusable += 1
        if not self.reason:
            self._first = where
            self.reason = sanitize(f"{where} {why}", 200)
        elif where != self._first and len(self.others) < _NAMED:
            self.others[sanitize(where, 120)] = None

    def saw(self, day: date | None) -> None:
        """Note the date of an entry."""
        if day is not None and (self.newest is None or day > self.newest):
            self.newest = day


def parsed(raw: bytes) -> Any:  # noqa: ANN401 - JSON is anything
    """Parse JSON that is UTF-8, with a mark in front or not; ``ValueError`` if it is none."""
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    return parse_json(text, unique_keys=True)


def listed(part: dict[str, Any], name: str, kind: type) -> list[Any]:
    """Take a list whose items are all of one kind; what is not there is empty."""
    found = part.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, kind) for item in found):
        raise ValueError(f"has {name} of the wrong type")
    if len(found) > _MAX_LIST:
        raise ValueError(f"has more than {_MAX_LIST} {name}")
    return found


def require_few(ranges: Sized) -> None:
    """Raise ``ValueError`` where a package has more ranges than anybody needs."""
    if len(ranges) > MAX_RANGES:
        raise ValueError(f"has more than {MAX_RANGES} ranges of one package")


def summary(text: object) -> str:
    """Take what a record says of itself, as far as it is text."""
    return sanitize(text, _SUMMARY) if isinstance(text, str) else ""


def severity(word: object) -> Severity:
    """Take a database's word for a severity; medium where it has none that is known."""
    return _WORDS.get(word.lower() if isinstance(word, str) else "", Severity.MEDIUM)


def link(found: Iterable[object], otherwise: str) -> str:
    """Take the first address that can be followed."""
    for text in found:
        if isinstance(text, str) and len(text) <= _LINK and _LINK_TEXT.fullmatch(text):
            return text
    return otherwise
