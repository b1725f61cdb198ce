"""Fetch the public data of the offline analyser, one feed after the other.

A feed that fails does not affect the others. Requests contain nothing about this machine and its
extensions.
"""

import tempfile
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Final

from msgspec import Struct

from vscan.advisories.records import FEED_URLS
from vscan.advisories.writer import ImportResult, open_writer
from vscan.providers.http_request import Transport, TransportError

_LIST_BYTES = 32 * 1024**2
_EXPORT_BYTES = 1024**3
_TIMEOUT_S = 900.0  # for the whole of one feed; the largest has some 200 MB
_OK = 200
_NOT_MODIFIED = 304
_MAX_ETAG = 200


class Feed(Struct, frozen=True):
    """The address of one set of data, and the size that is accepted."""

    name: str
    url: str
    max_bytes: int


FEEDS: Final = tuple(
    Feed(name, url, _EXPORT_BYTES if url.endswith(".zip") else _LIST_BYTES)
    for name, url in FEED_URLS.items()
    if name != "osv-records"
)


class Unchanged(Struct, frozen=True):
    """The feed has nothing newer than the stored set."""

    name: str


class FetchFailed(Struct, frozen=True):
    """A feed that could not be fetched or used, and why."""

    name: str
    reason: str


def update(
    directory: Path,
    today: date,
    report: Callable[[ImportResult | Unchanged | FetchFailed | str], None],
    feeds: Iterable[Feed] = FEEDS,
) -> int:
    """Fetch and import each feed. Returns how many failed.

    ``report`` receives the outcome of each feed, and warnings as text. ``DataError`` where the
    data can't be written at all.
    """
    failed = 0
    for feed in feeds:
        outcome: ImportResult | Unchanged | FetchFailed
        try:
            outcome = _update_feed(directory, feed, today, report)
        except TransportError as error:
            outcome = FetchFailed(feed.name, error.detail)
        except ValueError as error:
            outcome = FetchFailed(feed.name, f"the answer {error}")
        failed += isinstance(outcome, FetchFailed)
        report(outcome)
    return failed


def _update_feed(
    directory: Path, feed: Feed, today: date, warn: Callable[[str], None]
) -> ImportResult | Unchanged | FetchFailed:
    transport = Transport(feed.url, _TIMEOUT_S, monotonic)
    try:
        with open_writer(directory) as writer, tempfile.TemporaryFile(dir=directory) as file:
            if writer.previous_db_error is not None:
                warn(f"{writer.previous_db_error}; a new file replaces it, and its data is lost")
            stored = writer.sets().get(feed.name)
            etag = stored.etag if stored is not None and stored.source == feed.url else ""
            answer = transport.download(feed.url, feed.max_bytes, file.write, etag)
            if etag and answer.status == _NOT_MODIFIED:
                writer.mark_current(feed.name, today)
                return Unchanged(feed.name)
            if answer.status != _OK:
                return FetchFailed(feed.name, f"the answer has status {answer.status}")
            return writer.import_file(
                file,
                source=feed.url,
                today=today,
                dated=today,  # the day of the download, however old the newest entry is
                name=feed.name,
                etag=answer.headers.get("ETag", "")[:_MAX_ETAG],
            )
    finally:
        transport.close()
