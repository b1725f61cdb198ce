"""Remember verdicts. The only door to SQLite, and only a cache: without it a scan goes on.

The main thread writes, over one connection, each verdict as it arrives; what a locked
or full disk refuses is kept and tried again. Workers read over connections of their
own that can't write. A row counts only if it is whole: its checksum, or with
``VSCAN_CACHE_KEY`` its MAC, covers the key, the time and the payload, so that a row
that was edited, or copied over another, is a miss.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from vscan.cache.database import (
    CACHE_ERRORS,
    FILE_NAME,
    LOCK_TIMEOUT_S,
    AsItIs,
    CacheFault,
    describe_error,
    is_busy,
    open_for_reading,
    open_for_writing,
)
from vscan.cache.rows import CLOCK_SKEW_S, checksum_of, columns, mac_of, trusted
from vscan.model import CacheKey, Verdict
from vscan.policy.model import StaleVerdict
from vscan.verdict_codec import encode

if TYPE_CHECKING:
    import sqlite3

PARTIAL_MAX_AGE_S = 24 * 3600
_RETRY_AFTER_S = 5.0
_HURRY_S = 0.1
_SELECT = """
SELECT stored_at, payload, checksum, mac FROM verdicts
WHERE scope = ? AND extension = ? AND version = ? AND target_platform = ? AND digest = ?
    AND length(payload) <= 16777216
"""
# A few, for the newest may be one that does not count.
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


@dataclass(frozen=True, slots=True)
class Hit:
    """A verdict that counts. ``stored_at`` is in seconds since the epoch."""

    verdict: Verdict
    stored_at: int


@dataclass(frozen=True, slots=True)
class Miss:
    """No verdict that counts. ``warning`` says what the user should know, if anything."""

    why: Literal["absent", "stale", "untrusted", "broken"]
    warning: str | None = None


Lookup: TypeAlias = Hit | Miss


class Cache:
    """The writer's side. Made by, and used in, the main thread.

    ``key`` is the secret of ``VSCAN_CACHE_KEY``; ``warn`` is called, at most once for
    each kind of trouble, with a sentence for the user.
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
        except CACHE_ERRORS as error:
            # Whoever has locked it may let go of it; nothing else mends itself.
            self._usable = is_busy(error)
            self._put_off(error)

    def reader(self) -> "Reader":
        """Open a worker's side; call it in the worker."""
        return Reader(self._path, max_age_s=self._max_age_s, key=self._key, now=self._now)

    def put(self, key: CacheKey, verdict: Verdict) -> None:
        """Store a verdict and commit, or keep it for the next try."""
        if not self._usable:
            return
        self._pending[key] = (int(self._now()), encode(verdict))
        if time.monotonic() >= self._try_again_at:
            self._flush()

    def close(self) -> None:
        """Store what was kept, and leave one whole file behind."""
        if self._pending:
            # What has just been waited for is not waited for twice by an interrupted run.
            self._flush(hurry=time.monotonic() < self._try_again_at)
        self._usable = False
        if self._connection is None:
            return
        with suppress(*CACHE_ERRORS):
            self._connection.execute("PRAGMA busy_timeout=0")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with suppress(*CACHE_ERRORS):
            self._connection.close()
        self._connection = None

    def _flush(self, *, hurry: bool = False) -> None:
        try:
            if self._connection is None:
                self._connection = open_for_writing(self._path, wait_s=_HURRY_S)
            elif hurry:
                self._connection.execute(f"PRAGMA busy_timeout={int(_HURRY_S * 1000)}")
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
        except CACHE_ERRORS as error:
            # Locked, full or read-only may pass, so the rows are kept.
            self._put_off(error)
        else:
            self._pending.clear()

    def _put_off(self, error: CacheFault) -> None:
        # Each try may wait for a lock, and the main thread has other things to do meanwhile.
        self._try_again_at = time.monotonic() + _RETRY_AFTER_S
        if not self._warned:
            self._warned = True
            self._warn(describe_error(error, "written, the scan goes on without"))


def reader(
    directory: Path, max_age_s: float, key: bytes | None, *, hurry: bool = False
) -> "Reader":
    """Open a cache that is only looked at, and not made where there is none."""
    path = directory / FILE_NAME
    wait_s = _HURRY_S if hurry else LOCK_TIMEOUT_S
    return Reader(path, max_age_s=max_age_s, key=key, now=time.time, wait_s=wait_s)


class Reader:
    """A worker's side: it can neither write nor wait for long."""

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
        self.error: str | None = None  # for whoever has no writer to hear it from
        try:
            self._connection = open_for_reading(path, wait_s)
        except FileNotFoundError:
            pass  # an empty cache
        except CACHE_ERRORS as error:
            self.error = describe_error(error, "read")

    def get(self, key: CacheKey) -> Lookup:
        """Look a verdict up. Raises nothing: whatever is wrong is a miss."""
        row = None
        if self._connection is not None:
            try:
                row = self._connection.execute(_SELECT, columns(key)).fetchone()
            except CACHE_ERRORS as error:
                with suppress(*CACHE_ERRORS):
                    self._connection.execute("PRAGMA busy_timeout=0")  # one wait is enough
                return Miss("broken", self._describe(error))
        return Miss("absent") if row is None else self._weigh(key, row)

    def knows(self, scope: str, extension: str) -> bool:
        """Whether it is worth to look a verdict up. It is where that can't be told."""
        if self._connection is None:
            return False
        try:
            return self._connection.execute(_SELECT_ANY, (scope, extension)).fetchone() is not None
        except CACHE_ERRORS:
            with suppress(*CACHE_ERRORS):
                self._connection.execute("PRAGMA busy_timeout=0")  # one wait is enough
            return True  # the look-up will say what is wrong

    def keys(self, scope: str) -> tuple[CacheKey, ...]:
        """List what is remembered of a scope, the newest first, whether it counts or not."""
        if self._connection is None:
            return ()
        try:
            rows = self._connection.execute(_SELECT_KEYS, (scope,)).fetchall()
        except CACHE_ERRORS as error:
            self.error = self._describe(error)
            return ()
        return tuple(CacheKey(scope, *row) for row in rows if all(isinstance(c, str) for c in row))

    def latest(self, scope: str, extension: str) -> StaleVerdict | None:
        """Find the last verdict for an extension, however old and for whichever version."""
        if self._connection is None:
            return None
        try:
            rows = self._connection.execute(_SELECT_LATEST, (scope, extension)).fetchall()
        except CACHE_ERRORS:
            return None  # the look-up before this one has said so
        for version, platform, digest, *row in rows:
            key = CacheKey(scope, extension, version, platform, digest)
            verdict = trusted(key, row, self._key)
            if verdict is not None and 0 <= row[0] < self._now() + CLOCK_SKEW_S:
                return StaleVerdict(verdict, row[0])
        return None

    def _weigh(self, key: CacheKey, row: Any) -> Lookup:  # noqa: ANN401 - SQLite's row holds anything
        """Decide whether a row counts."""
        verdict, stored_at = trusted(key, row, self._key), row[0]
        if verdict is None:
            return Miss("untrusted", "entries of the cache don't match their seal and are ignored")
        age_s = self._now() - stored_at
        if age_s < -CLOCK_SKEW_S:
            return Miss("untrusted", "entries of the cache are from the future and are ignored")
        max_age_s = min(self._max_age_s, PARTIAL_MAX_AGE_S) if verdict.gaps else self._max_age_s
        if age_s > max_age_s or stored_at < 0:  # no calendar need reach below 1970
            return Miss("stale")
        return Hit(verdict, stored_at)

    def _describe(self, error: CacheFault) -> str:
        if isinstance(self._connection, AsItIs):
            return "the cache can't be read: it is damaged, or it changed while it was read"
        return describe_error(error, "read")

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with suppress(*CACHE_ERRORS):
                self._connection.close()
