"""What ``vscan db export`` writes: the data file of another machine, checked entry by entry.

It may have been anywhere on its way here, so nothing of it is taken that the original formats
would not have said.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from vscan.advisories import version_ranges
from vscan.advisories.formats import fields
from vscan.advisories.formats.fields import ID, PACKAGE, Tally
from vscan.advisories.formats.removed import PUBLISHER
from vscan.advisories.records import SHA256, Affected, Ecosystem, Entry, Removed, Signature
from vscan.advisories.regex_cost import require_bounded
from vscan.model import ExtensionId

MAGIC = b"SQLite format 3\0"
_SHA1 = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(rf"{SHA256}[0-9a-f]{{64}}")
_MAX_REASON = 100


def checked(entries: Iterable[Entry], tally: Tally) -> Iterator[Entry]:
    """Pass on what can be so; the rest is counted, and named."""
    for entry in entries:
        try:
            match entry:
                case Removed():
                    where = f"the entry {entry.extension}"
                    _check_removed(entry)
                    tally.saw(date.fromisoformat(entry.removed) if entry.removed else None)
                case Affected():
                    where = f"record {entry.id}"
                    _check_affected(entry)
                case Signature():
                    where = f"library {entry.name}"
                    _check_signature(entry)
                case _:
                    continue
        except (ValueError, re.error) as error:
            tally.miss(where, error)
            continue
        tally.taken += 1
        yield entry


def _check_removed(entry: Removed) -> None:
    if not PUBLISHER.fullmatch(entry.extension):
        ExtensionId.parse(entry.extension)
    if entry.extension != entry.extension.lower() or len(entry.reason) > _MAX_REASON:
        raise ValueError("is no removed extension")
    _check_link(entry.url)


def _check_affected(entry: Affected) -> None:
    named = _DIGEST if entry.ecosystem is Ecosystem.FILE else PACKAGE
    if not named.fullmatch(entry.package) or not ID.fullmatch(entry.id):
        raise ValueError("has a name that is none")
    if not all(map(ID.fullmatch, entry.aliases)):
        raise ValueError("has an alias that is none")
    fields.require_few(entry.ranges)
    if any(version_ranges.ordered(events) != events for events in entry.ranges):
        raise ValueError("has a range in disorder")
    _check_link(entry.url)


def _check_link(url: str) -> None:
    if fields.link([url], "") != url:
        raise ValueError("has no address")


def _check_signature(entry: Signature) -> None:
    if not PACKAGE.fullmatch(entry.name):
        raise ValueError("has a name that no package has")
    if entry.kind == "hash":
        if not _SHA1.fullmatch(entry.pattern) or not entry.version:
            raise ValueError("has a hash that is none")
        return
    if "version" not in re.compile(entry.pattern).groupindex:
        raise ValueError("has a pattern without a version")
    require_bounded(entry.pattern.encode())
