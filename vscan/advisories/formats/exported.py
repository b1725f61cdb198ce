"""Check what ``vscan db export`` wrote on another machine, entry by entry.

Anybody may have changed the file on its way, so an entry is imported only if an original format
could contain it.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from vscan.advisories import version_ranges
from vscan.advisories.formats import fields_and_import_stats
from vscan.advisories.formats.fields_and_import_stats import ID, PACKAGE, RANGE_ID, ImportStats
from vscan.advisories.formats.removed import PUBLISHER
from vscan.advisories.records import SHA256, Affected, Ecosystem, Entry, Removed, Signature
from vscan.advisories.regex_cost import require_bounded
from vscan.model import ExtensionId

MAGIC = b"SQLite format 3\0"
_SHA1 = re.compile(r"[0-9a-f]{40}")
_DIGEST = re.compile(rf"{SHA256}[0-9a-f]{{64}}")
_MAX_REASON = 100


def checked(entries: Iterable[Entry], stats: ImportStats) -> Iterator[Entry]:
    """Yield the valid entries; count and name the others."""
    for entry in entries:
        try:
            match entry:
                case Removed():
                    where = f"the entry {entry.extension}"
                    _check_removed(entry)
                    stats.note_date(date.fromisoformat(entry.removed) if entry.removed else None)
                case Affected():
                    where = f"record {entry.id}"
                    _check_affected(entry)
                case Signature():
                    where = f"library {entry.name}"
                    _check_signature(entry)
                case _:
                    continue
        except (ValueError, re.error) as error:
            stats.add_unusable(where, error)
            continue
        stats.imported += 1
        yield entry


def _check_removed(entry: Removed) -> None:
    if not PUBLISHER.fullmatch(entry.extension):
        ExtensionId.parse(entry.extension)
    if entry.extension != entry.extension.lower() or len(entry.reason) > _MAX_REASON:
        raise ValueError("is not a removed extension")
    _check_link(entry.url)


def _check_affected(entry: Affected) -> None:
    named = _DIGEST if entry.ecosystem is Ecosystem.FILE else PACKAGE
    is_valid = ID.fullmatch(entry.id) or (
        entry.ecosystem is Ecosystem.RETIRE_JS and RANGE_ID.fullmatch(entry.id)
    )
    if not named.fullmatch(entry.package) or not is_valid:
        raise ValueError("has an invalid name")
    if not all(map(ID.fullmatch, entry.aliases)):
        raise ValueError("has an invalid alias")
    fields_and_import_stats.require_few(entry.ranges)
    if any(version_ranges.ordered(events) != events for events in entry.ranges):
        raise ValueError("has a range that is not sorted")
    _check_link(entry.url)


def _check_link(url: str) -> None:
    if fields_and_import_stats.link([url], "") != url:
        raise ValueError("has an invalid address")


def _check_signature(entry: Signature) -> None:
    if not PACKAGE.fullmatch(entry.name):
        raise ValueError("has a name that is not valid for a package")
    if entry.kind == "hash":
        if not _SHA1.fullmatch(entry.pattern) or not entry.version:
            raise ValueError("has an invalid hash")
        return
    if "version" not in re.compile(entry.pattern).groupindex:
        raise ValueError("has a pattern without a version")
    require_bounded(entry.pattern.encode())
