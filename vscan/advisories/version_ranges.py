"""The order of versions as npm defines it, and which versions a range contains.

Versions are compared as semantic versions. Other versions ("1.9.0b1", "1.01", "3.0.RC3") are read
as the nearest one: missing numbers are 0, leading zeros are ignored, and the text after three
numbers is a pre-release. A fourth number and the text after it are ignored.
"""

import functools
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from semver import Version

from vscan.advisories.records import Affected, Events

MAX_LENGTH = 128
_LOOSE = re.compile(r"[vV=\s]*(\d{1,18})(?:\.(\d{1,18}))?(?:\.(\d{1,18}))?((?!\d).*)", re.DOTALL)
_IDENTIFIER = re.compile(r"[0-9A-Za-z-]+")
# At the same version the end of a range comes before the begin of the next one.
_ORDER = {"fixed": 0, "introduced": 1, "last_affected": 2}


@functools.lru_cache(4096)
def parse(text: str) -> Version | None:
    """Read a version; ``None`` where it does not begin with a number."""
    if len(text) > MAX_LENGTH or not text.isascii() or not (found := _LOOSE.fullmatch(text)):
        return None
    major, minor, patch = (int(part or 0) for part in found.groups()[:3])
    rest = found[4].partition("+")[0]
    if found[3] is not None and rest.startswith("."):
        return Version(major, minor, patch)
    parts = (
        part.lstrip("0") or "0" if part.isdigit() else part for part in _IDENTIFIER.findall(rest)
    )
    return Version(major, minor, patch, ".".join(parts).lstrip("-") or None)


# Ranks sort as the versions do, ten times as fast.
_Rank: TypeAlias = tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]
# A bound of a range: () is below all versions, and (rank,) is the version with that rank.
_Bound: TypeAlias = tuple[_Rank, ...]
_NO_REACH: Final[tuple[_Bound, int]] = ((), 0)
_NO_END: Final = ((sys.maxsize, 0, 0, 0, ()),)


@functools.lru_cache(4096)
def _rank(version: Version) -> _Rank:
    """Return a sort key: numbers come before words, and a pre-release before its release."""
    parts = version.prerelease.split(".") if version.prerelease else ()
    return (
        version.major,
        version.minor,
        version.patch,
        0 if parts else 1,
        tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts),
    )


def ordered(events: Iterable[tuple[str, str]]) -> Events:
    """Sort a range's events by version; ``ValueError`` where one has no valid version."""

    def sort_key(event: tuple[str, str]) -> tuple[_Rank, int]:
        version = parse(event[1])
        if version is None:
            raise ValueError("has a range with an invalid version")
        return _rank(version), _ORDER[event[0]]

    return tuple(sorted(events, key=sort_key))  # type: ignore[arg-type] # _ORDER has the three words


def affects(entry: Affected, version: str) -> bool:
    """Whether an advisory affects a version; ``False`` for an empty version."""
    if not version or version in entry.excluded:
        return False
    return version in entry.versions or any(_contains(events, version) for events in entry.ranges)


def is_everything(events: Events) -> bool:
    """Whether a range contains every version."""
    return events == (("introduced", "0"),)


def _contains(events: Events, version: str) -> bool:
    """Whether a range contains a version, as OSV defines it: the last event before it decides."""
    if is_everything(events):
        return True
    asked = parse(version)
    if asked is None:
        return False
    within = False
    for what, at in events:
        limit = parse(at)
        if (what, at) == ("introduced", "0"):  # below every version, pre-releases of 0.0.0 too
            within = True
        elif limit is None or asked < limit:
            break
        else:
            within = what == "introduced" or (what == "last_affected" and within and asked == limit)
    return within


def fixed_above(entry: Affected, version: str) -> str | None:
    """Find the lowest version above the given one that the advisory does not affect.

    All ends and all spans are sorted once and read in parallel: a record may have a thousand of
    each.
    """
    asked = parse(version)
    if asked is None:
        return None
    lowest = _rank(asked)
    ends = sorted(
        {
            (rank, at)
            for events in entry.ranges
            for what, at in events
            if what == "fixed" and (limit := parse(at)) is not None
            if (rank := _rank(limit)) > lowest
        }
    )
    spans = sorted(span for events in entry.ranges for span in _spans(events))
    excluded, named = frozenset(entry.excluded), frozenset(entry.versions)
    number, reach = 0, _NO_REACH
    for rank, at in ends:
        while number < len(spans) and spans[number][0] <= (rank,):
            reach = max(reach, spans[number][1])
            number += 1
        within = reach > ((rank,), 0)
        if at in excluded or not (within or at in named):
            return at
    return None


def _spans(events: Events) -> Iterator[tuple[_Bound, tuple[_Bound, int]]]:
    """Cut a range into spans: begin, end, and 1 if the end belongs to the span."""
    begin: _Bound | None = None
    for what, at in events:
        limit = parse(at)
        if (what, at) == ("introduced", "0"):
            begin = ()
        elif limit is None:
            break
        elif what == "introduced":
            begin = (_rank(limit),) if begin is None else begin
        elif begin is not None:
            yield begin, ((_rank(limit),), int(what == "last_affected"))
            begin = None
    if begin is not None:
        yield begin, (_NO_END, 0)
