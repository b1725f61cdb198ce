"""The cache of verdicts in an SQLite file. A scan goes on without it.

The main thread writes each verdict as it arrives, over one connection. If the file is locked or
the disk is full, it keeps the rows and tries again. Workers read over connections of their own,
which can't write. A row is a hit only if its checksum matches, or its MAC with
``VSCAN_CACHE_KEY``: they cover the key, the time and the payload, so that a row that was edited,
or copied over another one, is a miss.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from msgspec import Struct

from vscan.cache.cache_file_opening import (
    FILE_NAME,
    LOCK_TIMEOUT_S,
    UnlockedConnection,
    describe_error,
    open_for_reading,
    open_for_writing,
)
from vscan.cache.row_integrity import CLOCK_SKEW_S, checksum_of, columns, mac_of, verified_verdict
from vscan.model import CacheKey, Verdict
from vscan.policy.model import LastKnownVerdict
from vscan.sqlite_files import SQLITE_FILE_ERRORS, SqliteFileError, is_busy
from vscan.verdict_codec import encode

if TYPE_CHECKING:
    import sqlite3

PARTIAL_MAX_AGE_S = 24 * 3600
_RETRY_AFTER_S = 5.0
_SHORT_WAIT_S = 0.1
_WRONG_CHECKSUM = "some cache entries don't match their checksum or MAC and are ignored"
_FUTURE = "some cache entries have a date in the future and are ignored"
_SELECT = """
SELECT stored_at, payload, checksum, mac FROM verdicts
WHERE scope = ? AND extension = ? AND version = ? AND target_platform = ? AND digest = ?
    AND length(payload) <= 16777216
"""
# Several, because the newest row may be an invalid one.
_SELECT_LATEST = """
SELECT version, target_platform, digest, stored_at, payload, checksum, mac FROM verdicts
WHERE scope = ? AND extension = ? AND length(payload) <= 16777216
    AND typeof(version) = 'text' AND typeof(target_platform) = 'text' AND typeof(digest) = 'text'
ORDER BY stored_at DESC LIMIT 5
"""
_SELECT_ANY = "SELECT 1 FROM verdicts WHERE scope = ? AND extension = ? LIMIT 1"
_SELECT_KEYS = """
SELECT extension, version, target_platform, digest FROM verdicts WHERE scope = ?
ORDER BY stored_at DESC
"""


class Hit(Struct, frozen=True):
    """A valid verdict. ``stored_at`` is in seconds since 1970."""

    verdict: Verdict
    stored_at: int


class Miss(Struct, frozen=True):
    """There is no valid verdict. ``warning`` is for the user, if there is something to say."""

    why: Literal["absent", "stale", "untrusted", "broken"]
    warning: str | None = None


Lookup: TypeAlias = Hit | Miss


class Cache:
    """The writer's side, created and used in the main thread.

    ``key`` is the secret of ``VSCAN_CACHE_KEY``. ``warn`` is called at most once, with a
    sentence for the user.
    """

    def __init__(
        self,
        directory: Path,
        *,
        max_age_s: float,
        key: bytes | None,
        warn: Callable[[str], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._path = directory / FILE_NAME
        self._max_age_s = max_age_s
        self._key = key
        self._warn = warn
        self._warned = False
        self._now = now
        self._pending: dict[CacheKey, tuple[int, bytes]] = {}
        self._try_again_at = 0.0
        self._connection: sqlite3.Connection | None = None
        self._usable = True
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connection = open_for_writing(self._path)
        except SQLITE_FILE_ERRORS as error:
            # Another process may release its lock; every other error stays.
            self._usable = is_busy(error)
            self._postpone(error)

    def reader(self) -> "Reader":
        """Open a worker's side; the worker itself calls this."""
        return Reader(self._path, max_age_s=self._max_age_s, key=self._key, now=self._now)

    def put(self, key: CacheKey, verdict: Verdict) -> None:
        """Store a verdict and commit, or keep it for the next attempt."""
        if not self._usable:
            return
        self._pending[key] = (int(self._now()), encode(verdict))
        if time.monotonic() >= self._try_again_at:
            self._flush()

    def close(self) -> None:
        """Store the rows that were kept, and leave a single file without a log."""
        if self._pending:
            # An interrupted run that has just waited for the lock does not wait that long again.
            self._flush(wait_briefly=time.monotonic() < self._try_again_at)
        self._usable = False
        if self._connection is None:
            return
        with suppress(*SQLITE_FILE_ERRORS):
            self._connection.execute("PRAGMA busy_timeout=0")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with suppress(*SQLITE_FILE_ERRORS):
            self._connection.close()
        self._connection = None

    def _flush(self, *, wait_briefly: bool = False) -> None:
        try:
            if self._connection is None:
                self._connection = open_for_writing(self._path, wait_s=_SHORT_WAIT_S)
            elif wait_briefly:
                self._connection.execute(f"PRAGMA busy_timeout={int(_SHORT_WAIT_S * 1000)}")
            with self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        (
                            *columns(key),
                            stored_at,
                            payload,
                            checksum_of(key, stored_at, payload),
                            mac_of(self._key, key, stored_at, payload) if self._key else None,
                        )
                        for key, (stored_at, payload) in self._pending.items()
                    ],
                )
        except SQLITE_FILE_ERRORS as error:
            # A lock, a full disk or a read-only mount may pass, so the rows are kept.
            self._postpone(error)
        else:
            self._pending.clear()

    def _postpone(self, error: SqliteFileError) -> None:
        # Each attempt may wait for a lock, and meanwhile the main thread has other things to do.
        self._try_again_at = time.monotonic() + _RETRY_AFTER_S
        if not self._warned:
            self._warned = True
            self._warn(describe_error(error, "written, the scan goes on without"))


def reader(
    directory: Path, max_age_s: float, key: bytes | None, *, wait_briefly: bool = False
) -> "Reader":
    """Open a cache for reading only. It is not created where there is none."""
    path = directory / FILE_NAME
    wait_s = _SHORT_WAIT_S if wait_briefly else LOCK_TIMEOUT_S
    return Reader(path, max_age_s=max_age_s, key=key, now=time.time, wait_s=wait_s)


class Reader:
    """A worker's side: it never writes, and never waits long for a lock."""

    def __init__(
        self,
        path: Path,
        *,
        max_age_s: float,
        key: bytes | None,
        now: Callable[[], float],
        wait_s: float = LOCK_TIMEOUT_S,
    ) -> None:
        self._max_age_s = max_age_s
        self._key = key
        self._now = now
        self._connection: sqlite3.Connection | None = None
        self.error: str | None = None  # for a caller without a writer, which would warn
        try:
            self._connection = open_for_reading(path, wait_s)
        except FileNotFoundError:
            pass  # the cache is empty
        except SQLITE_FILE_ERRORS as error:
            self.error = describe_error(error, "read")

    def get(self, key: CacheKey) -> Lookup:
        """Look a verdict up. Every error is a miss; this never raises."""
        row = None
        if self._connection is not None:
            try:
                row = self._connection.execute(_SELECT, columns(key)).fetchone()
            except SQLITE_FILE_ERRORS as error:
                with suppress(*SQLITE_FILE_ERRORS):
                    self._connection.execute("PRAGMA busy_timeout=0")  # one wait is enough
                return Miss("broken", self._describe(error))
        return Miss("absent") if row is None else self._check(key, row)

    def has_any(self, scope: str, extension: str) -> bool:
        """Whether there is a row for an extension. ``True`` where that can't be read."""
        if self._connection is None:
            return False
        try:
            return self._connection.execute(_SELECT_ANY, (scope, extension)).fetchone() is not None
        except SQLITE_FILE_ERRORS:
            with suppress(*SQLITE_FILE_ERRORS):
                self._connection.execute("PRAGMA busy_timeout=0")  # one wait is enough
            return True  # ``get`` will report the error

    def keys(self, scope: str) -> tuple[CacheKey, ...]:
        """List the keys of a scope, the newest first, of valid and of invalid rows."""
        if self._connection is None:
            return ()
        try:
            rows = self._connection.execute(_SELECT_KEYS, (scope,)).fetchall()
        except SQLITE_FILE_ERRORS as error:
            self.error = self._describe(error)
            return ()
        return tuple(CacheKey(scope, *row) for row in rows if all(isinstance(c, str) for c in row))

    def latest(self, scope: str, extension: str, before_s: float) -> LastKnownVerdict | None:
        """Find the newest valid verdict for an extension, of any age and any version.

        It was stored before ``before_s``, in seconds since the epoch.
        """
        if self._connection is None:
            return None
        try:
            rows = self._connection.execute(_SELECT_LATEST, (scope, extension)).fetchall()
        except SQLITE_FILE_ERRORS:
            return None  # ``get`` has reported the error before
        for version, platform, digest, *row in rows:
            key = CacheKey(scope, extension, version, platform, digest)
            verdict = verified_verdict(key, row, self._key)
            if verdict is not None and 0 <= row[0] < min(before_s, self._now() + CLOCK_SKEW_S):
                return LastKnownVerdict(verdict, row[0])
        return None

    def _check(self, key: CacheKey, row: Any) -> Lookup:  # noqa: ANN401 - SQLite's row holds anything
        """Verify a row and its age."""
        verdict, stored_at = verified_verdict(key, row, self._key), row[0]
        if verdict is None:
            return Miss("untrusted", _WRONG_CHECKSUM)
        age_s = self._now() - stored_at
        if age_s < -CLOCK_SKEW_S:
            return Miss("untrusted", _FUTURE)
        max_age_s = min(self._max_age_s, PARTIAL_MAX_AGE_S) if verdict.gaps else self._max_age_s
        if age_s > max_age_s or stored_at < 0:  # so that reports need no dates before 1970
            return Miss("stale")
        return Hit(verdict, stored_at)

    def _describe(self, error: SqliteFileError) -> str:
        if isinstance(self._connection, UnlockedConnection):
            return "the cache can't be read: it is damaged, or it changed while it was read"
        return describe_error(error, "read")

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            with suppress(*SQLITE_FILE_ERRORS):
                self._connection.close()
