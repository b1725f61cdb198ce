"""Fetch the public data of the offline analyser, each source for itself.

What succeeds is kept, whatever happens to the others. Nothing but the address of a source
is sent: not what is installed here.
"""

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Final

from vscan.advisories.records import FEED_URLS
from vscan.advisories.writer import ImportResult, building
from vscan.providers.transport import Transport, TransportError

_LIST_BYTES = 32 * 1024**2
_EXPORT_BYTES = 1024**3
_TIMEOUT_S = 900.0  # for one source, all of it: the largest is some 200 MB
_OK = 200
_NOT_MODIFIED = 304
_MAX_ETAG = 200


@dataclass(frozen=True, slots=True)
class Feed:
    """Where one set of data comes from, and how large it may be."""

    name: str
    url: str
    most: int


FEEDS: Final = tuple(
    Feed(name, url, _EXPORT_BYTES if url.endswith(".zip") else _LIST_BYTES)
    for name, url in FEED_URLS.items()
    if name != "osv-records"
)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The source has nothing newer than what is held."""

    name: str


@dataclass(frozen=True, slots=True)
class Unfetched:
    """A source that could not be fetched or used, and why."""

    name: str
    reason: str


def update(
    directory: Path,
    today: date,
    tell: Callable[[ImportResult | Unchanged | Unfetched | str], None],
    feeds: Iterable[Feed] = FEEDS,
) -> int:
    """Fetch each feed and take it in. Returns how many failed.

    Told is what became of each, and in a text what else there is to say. ``DataError``
    where the data can't be written at all.
    """
    failed = 0
    for feed in feeds:
        outcome: ImportResult | Unchanged | Unfetched
        try:
            outcome = _renewed(directory, feed, today, tell)
        except TransportError as error:
            outcome = Unfetched(feed.name, error.detail)
        except ValueError as error:
            outcome = Unfetched(feed.name, f"what came {error}")
        failed += isinstance(outcome, Unfetched)
        tell(outcome)
    return failed


def _renewed(
    directory: Path, feed: Feed, today: date, tell: Callable[[str], None]
) -> ImportResult | Unchanged | Unfetched:
    transport = Transport(feed.url, _TIMEOUT_S, monotonic)
    try:
        with building(directory) as made, tempfile.TemporaryFile(dir=directory) as file:
            if made.lost is not None:
                tell(f"{made.lost}; it is made anew, and what it held is gone")
            held = made.sets().get(feed.name)
            etag = held.etag if held is not None and held.source == feed.url else ""
            answer = transport.download(feed.url, feed.most, file.write, etag)
            if etag and answer.status == _NOT_MODIFIED:
                made.renew(feed.name, today)
                return Unchanged(feed.name)
            if answer.status != _OK:
                return Unfetched(feed.name, f"the answer was {answer.status}")
            return made.take(
                file,
                source=feed.url,
                today=today,
                dated=today,  # what the source has on this day, however old its newest entry
                name=feed.name,
                etag=answer.headers.get("ETag", "")[:_MAX_ETAG],
            )
    finally:
        transport.close()
