"""The index of the store: which archive a registry gave for an extension and version.

It is an SQLite file like the cache of verdicts, with the same columns, checks and MAC: a row that
was edited, or copied over another one, does not count. Used by one thread.
"""

import hmac
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from vscan.cache.cache_file_opening import SCHEMA as CACHE_SCHEMA
from vscan.cache.cache_file_opening import open_for_writing
from vscan.cache.row_integrity import CLOCK_SKEW_S, checksum_of, columns, mac_of
from vscan.model import CacheKey
from vscan.registries.interface import Integrity, Offer, Wanted
from vscan.sqlite_files import SQLITE_FILE_ERRORS, Schema, SqliteFileError, describe

FILE_NAME = "vsix-index.sqlite3"
SCHEMA = Schema(
    application_id=0x76535649,  # "vSVI"
    version=1,
    tables=tuple(table.replace("verdicts", "archives") for table in CACHE_SCHEMA.tables),
)
_SELECT = """
SELECT stored_at, payload, checksum, mac FROM archives
WHERE scope = ? AND extension = ? AND version = ? AND target_platform = ? AND digest = ?
    AND length(payload) <= 1048576
"""
_INSERT = "INSERT OR REPLACE INTO archives VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_OFFERED, _ASKED = "offered", "asked"  # whose the platform in a key is


class Remembered(Struct, frozen=True):
    """An archive that was fetched before. ``digest`` is its SHA-256 in hex digits."""

    offer: Offer
    digest: str
    size: int
    integrity: Integrity


class VsixIndex:
    """The rows of the index. Where the file can't be used, it is empty, and ``warn`` says why."""

    def __init__(
        self,
        directory: Path,
        *,
        max_age_s: float,
        key: bytes | None,
        now: Callable[[], float],
        warn: Callable[[str], object],
    ) -> None:
        self._path = directory / FILE_NAME
        self._max_age_s = max_age_s
        self._key = key
        self._now = now
        self._warn = warn
        self._connection: sqlite3.Connection | None = None
        self._is_usable = True

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            with suppress(*SQLITE_FILE_ERRORS):
                self._connection.close()
            self._connection = None

    def of_wanted(self, registry: str, wanted: Wanted) -> Remembered | None:
        """Find what a registry gave for a pinned version."""
        return self._get(_asked_key(registry, wanted)) if wanted.version is not None else None

    def of_offer(self, offer: Offer) -> Remembered | None:
        """Find the archive of an offer, if it was published at the same time."""
        found = self._get(_offered_key(offer))
        if found is None or found.offer.published_at != offer.published_at:
            return None
        return found

    def put(self, wanted: Wanted, found: Remembered) -> None:
        """Store what was fetched."""
        keys = [_offered_key(found.offer)]
        if wanted.version is not None:
            keys.append(_asked_key(found.offer.registry, wanted))
        payload, stored_at = msgspec.json.encode(found), int(self._now())
        rows = [
            (
                *columns(key),
                stored_at,
                payload,
                checksum_of(key, stored_at, payload),
                mac_of(self._key, key, stored_at, payload) if self._key else None,
            )
            for key in keys
        ]
        with suppress(*SQLITE_FILE_ERRORS), self._opened(create=True) as connection:
            try:
                connection.executemany(_INSERT, rows)
            except SQLITE_FILE_ERRORS as error:
                self._give_up(error)

    def prune(self) -> None:
        """Remove the rows that are too old."""
        with suppress(*SQLITE_FILE_ERRORS), self._opened(create=False) as connection:
            oldest = int(self._now() - self._max_age_s)
            connection.execute("DELETE FROM archives WHERE stored_at < ?", (oldest,))

    def _get(self, key: CacheKey) -> Remembered | None:
        try:
            with self._opened(create=False) as connection:
                row = connection.execute(_SELECT, columns(key)).fetchone()
        except SQLITE_FILE_ERRORS as error:
            self._give_up(error)
            return None
        return None if row is None else self._checked(key, row)

    def _checked(self, key: CacheKey, row: tuple[object, ...]) -> Remembered | None:
        stored_at, payload, checksum, mac = row
        if not isinstance(payload, bytes) or type(stored_at) is not int:
            return None
        expected, found = checksum_of(key, stored_at, payload), checksum
        if self._key:
            expected, found = mac_of(self._key, key, stored_at, payload), mac
        if not isinstance(found, bytes) or not hmac.compare_digest(expected, found):
            return None
        if not -CLOCK_SKEW_S <= self._now() - stored_at <= self._max_age_s:
            return None
        try:
            return msgspec.json.decode(payload, type=Remembered)
        except (msgspec.DecodeError, ValueError):
            return None

    def _opened(self, *, create: bool) -> sqlite3.Connection:
        """Return the connection, whose ``with`` block is a transaction."""
        if not self._is_usable or not (create or self._path.exists()):
            raise FileNotFoundError(self._path)
        if self._connection is None:
            try:
                self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._connection = open_for_writing(self._path, schema=SCHEMA)
            except SQLITE_FILE_ERRORS as error:
                self._give_up(error)
                raise
        return self._connection

    def _give_up(self, error: SqliteFileError) -> None:
        if isinstance(error, FileNotFoundError) or not self._is_usable:
            return  # there is no index yet
        self._is_usable = False
        self._warn(
            f"{FILE_NAME} can't be used, and archives are downloaded again: {describe(error)}"
        )


def _asked_key(registry: str, wanted: Wanted) -> CacheKey:
    return CacheKey(registry, wanted.id.key, wanted.version or "", wanted.platform or "", _ASKED)


def _offered_key(offer: Offer) -> CacheKey:
    return CacheKey(offer.registry, offer.id.key, offer.version, offer.platform or "", _OFFERED)
