"""Remember verdicts. The only door to SQLite, and only a cache: without it a scan goes on.

The main thread writes, over one connection, each verdict as it arrives; what a locked
or full disk refuses is kept and tried again. Workers read over connections of their
own that can't write. A row counts only if it is whole: its checksum, or with
``VSCAN_CACHE_KEY`` its MAC, covers the key, the time and the payload, so that a row
that was edited, or copied over another, is a miss.
"""

import hashlib
import hmac
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import quote

from vscan.domain import CacheKey, Finding, Kind, RiskLevel, Severity, Verdict
from vscan.errors import CacheError
from vscan.text import plain

FILE_NAME = "verdicts.sqlite3"
SCHEMA_VERSION = 1
PARTIAL_MAX_AGE_S = 24 * 3600
_APPLICATION_ID = 0x76534361  # "vSCa"
_CLOCK_SKEW_S = 300  # a row from further in the future than this was not made by a clock
_LOCK_TIMEOUT_S = 1.5  # an interrupt has three seconds, and waiting for a lock can't be cut
_RETRY_AFTER_S = 5.0
_CREATE = """
CREATE TABLE verdicts (
    source TEXT NOT NULL,
    extension TEXT NOT NULL,
    version TEXT NOT NULL,
    target_platform TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    payload BLOB NOT NULL,
    checksum BLOB NOT NULL,
    mac BLOB,
    PRIMARY KEY (source, extension, version, target_platform)
) WITHOUT ROWID
"""
_SELECT = """
SELECT stored_at, payload, checksum, mac FROM verdicts
WHERE source = ? AND extension = ? AND version = ? AND target_platform = ?
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
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connection = _open_for_writing(self._path)
        except (sqlite3.Error, OSError) as error:
            self._trouble(error)

    def reader(self) -> "Reader":
        """Open a worker's side; call it in the worker."""
        return Reader(self._path, max_age_s=self._max_age_s, key=self._key, now=self._now)

    def put(self, key: CacheKey, verdict: Verdict) -> None:
        """Store a verdict and commit, or keep it for the next try."""
        if self._connection is None:
            return
        self._pending[key] = (int(self._now()), _encode(verdict))
        if time.monotonic() >= self._try_again_at:
            self._flush()

    def close(self) -> None:
        """Store what was kept, and leave one whole file behind."""
        if self._connection is None:
            return
        if self._pending:
            self._flush()
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with suppress(sqlite3.Error):
            self._connection.close()
        self._connection = None

    def _flush(self) -> None:
        assert self._connection is not None
        try:
            with self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        (
                            *_columns(key),
                            stored_at,
                            payload,
                            _checksum(key, stored_at, payload),
                            _mac(self._key, key, stored_at, payload) if self._key else None,
                        )
                        for key, (stored_at, payload) in self._pending.items()
                    ],
                )
        except sqlite3.Error as error:
            # Locked, full or read-only may pass, so the rows are kept. Each try may
            # wait for a lock, and the main thread has other things to do meanwhile.
            self._try_again_at = time.monotonic() + _RETRY_AFTER_S
            self._trouble(error)
        else:
            self._pending.clear()

    def _trouble(self, error: sqlite3.Error | OSError) -> None:
        if not self._warned:
            self._warned = True
            self._warn(f"the cache can't be written, the scan goes on without: {_reason(error)}")


class Reader:
    """A worker's side: it can neither write nor wait for long."""

    def __init__(
        self, path: Path, *, max_age_s: float, key: bytes | None, now: Callable[[], float]
    ) -> None:
        self._max_age_s = max_age_s
        self._key = key
        self._now = now
        self._connection: sqlite3.Connection | None = None
        # No file is an empty cache; what else is wrong, the writer has said.
        with suppress(sqlite3.Error, OSError):
            self._connection = _open_for_reading(path)

    def get(self, key: CacheKey) -> Lookup:
        """Look a verdict up. Raises nothing: whatever is wrong is a miss."""
        row = None
        if self._connection is not None:
            try:
                row = self._connection.execute(_SELECT, _columns(key)).fetchone()
            except sqlite3.Error as error:
                locked = isinstance(error, sqlite3.OperationalError)
                trouble = "can't be read" if locked else "is damaged"
                hint = "" if locked else " (`vscan cache clear` starts a new one)"
                return Miss("broken", f"the cache {trouble}: {_reason(error)}{hint}")
        return Miss("absent") if row is None else self._weigh(key, row)

    def _weigh(self, key: CacheKey, row: Any) -> Lookup:  # noqa: ANN401 - SQLite's row holds anything
        """Decide whether a row counts."""
        verdict, stored_at = _trusted(key, row, self._key), row[0]
        if verdict is None:
            return Miss("untrusted", "entries of the cache don't match their seal and are ignored")
        age_s = self._now() - stored_at
        if age_s < -_CLOCK_SKEW_S:
            return Miss("untrusted", "entries of the cache are from the future and are ignored")
        if age_s > (min(self._max_age_s, PARTIAL_MAX_AGE_S) if verdict.gaps else self._max_age_s):
            return Miss("stale")
        return Hit(verdict, stored_at)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What a cache holds. Times in seconds since the epoch, ``None`` where it is empty."""

    path: str
    size_bytes: int
    entries: int
    expired: int
    oldest: int | None
    newest: int | None
    by_source: dict[str, int]


def stats(directory: Path, *, max_age_s: float, now: float) -> CacheStats:
    """Count what the cache in ``directory`` holds. ``CacheError`` where it can't be read."""
    path = directory / FILE_NAME
    with _existing(path) as connection:
        entries, oldest, newest = connection.execute(
            "SELECT count(*), min(stored_at), max(stored_at) FROM verdicts"
        ).fetchone()
        (expired,) = connection.execute(
            "SELECT count(*) FROM verdicts WHERE stored_at < ?", (now - max_age_s,)
        ).fetchone()
        by_source = dict(
            connection.execute("SELECT source, count(*) FROM verdicts GROUP BY source").fetchall()
        )
    size = path.stat().st_size if path.exists() else 0
    return CacheStats(str(path), size, entries, expired, oldest, newest, by_source)


def clear(directory: Path) -> None:
    """Remove the cache, whatever state it is in. ``CacheError`` where that fails."""
    path = directory / FILE_NAME
    try:
        for suffix in ("", "-wal", "-shm", "-journal"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    except OSError as error:
        raise CacheError(f"{path} can't be removed: {_reason(error)}") from None


def prune(directory: Path, *, max_age_s: float, now: float) -> int:
    """Remove what is older than ``max_age_s``. Returns how many rows that were."""
    with _existing(directory / FILE_NAME, write=True) as connection:
        with connection:
            removed = connection.execute(
                "DELETE FROM verdicts WHERE stored_at < ?", (now - max_age_s,)
            ).rowcount
        connection.execute("VACUUM")
        return removed


def verify(directory: Path, key: bytes | None) -> tuple[int, int]:
    """Check every row's seal. Returns how many count and how many don't."""
    good = bad = 0
    with _existing(directory / FILE_NAME) as connection:
        (report,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if report != "ok":
            raise CacheError(
                f"{directory / FILE_NAME} is damaged: {plain(report)}",
                hint="`vscan cache clear` starts a new one",
            )
        for row in connection.execute("SELECT * FROM verdicts"):
            if _trusted(CacheKey(*row[:4]), row[4:], key) is None:
                bad += 1
            else:
                good += 1
    return good, bad


@contextmanager
def _existing(path: Path, *, write: bool = False) -> Iterator[sqlite3.Connection]:
    """Open a cache for a command; any trouble is a ``CacheError``. No file is an empty cache."""
    try:
        if not path.exists():
            connection = sqlite3.connect(":memory:")
            connection.execute(_CREATE)
        else:
            connection = _open_for_writing(path) if write else _open_for_reading(path)
        with closing(connection):
            yield connection
    except (sqlite3.Error, OSError) as error:
        raise CacheError(
            f"{path} can't be used: {_reason(error)}", hint="`vscan cache clear` starts a new one"
        ) from None


def _open_for_writing(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_LOCK_TIMEOUT_S)
    try:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise
            # No shared memory on this file system (network, some mounts): the older
            # journal is as safe, and readers wait for the writer's short commits.
            connection.execute("PRAGMA journal_mode=TRUNCATE").fetchone()
        connection.execute("PRAGMA synchronous=NORMAL")
        _make_schema(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_schema(connection: sqlite3.Connection) -> None:
    """Make the table; drop what another version of the schema left."""
    if _versions(connection) == (_APPLICATION_ID, SCHEMA_VERSION):
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        # Looked at again with the lock in hand: another process may have been faster.
        if _versions(connection) != (_APPLICATION_ID, SCHEMA_VERSION):
            connection.execute("DROP TABLE IF EXISTS verdicts")
            connection.execute(_CREATE)
            connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def _versions(connection: sqlite3.Connection) -> tuple[int, int]:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    return application, schema


def _open_for_reading(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise FileNotFoundError(path)
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        return _checked(sqlite3.connect(address, uri=True, timeout=_LOCK_TIMEOUT_S))
    except sqlite3.OperationalError:
        # A log that was checkpointed leaves a whole file, but SQLite wants to make the
        # log's own files all the same, and in a read-only directory it can't.
        if path.with_name(path.name + "-wal").exists() or os.access(path.parent, os.W_OK):
            raise
        return _checked(sqlite3.connect(f"{address}&immutable=1", uri=True))


def _checked(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Let only a cache of this schema through: others are empty to us."""
    try:
        if _versions(connection) != (_APPLICATION_ID, SCHEMA_VERSION):
            raise sqlite3.DatabaseError("it was made by another version")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _columns(key: CacheKey) -> tuple[str, str, str, str]:
    return key.source, key.extension, key.version, key.target_platform


def _sealed(key: CacheKey, stored_at: int, payload: bytes) -> Iterator[bytes]:
    """Give what a seal covers, each part with its length, so that none can lend to the next."""
    for part in (*(column.encode() for column in _columns(key)), b"%d" % stored_at, payload):
        yield b"%d:" % len(part)
        yield part


def _checksum(key: CacheKey, stored_at: int, payload: bytes) -> bytes:
    return hashlib.sha256(b"".join(_sealed(key, stored_at, payload))).digest()


def _mac(secret: bytes, key: CacheKey, stored_at: int, payload: bytes) -> bytes:
    return hmac.digest(secret, b"".join(_sealed(key, stored_at, payload)), "sha256")


def _trusted(key: CacheKey, row: Any, secret: bytes | None) -> Verdict | None:  # noqa: ANN401 - SQLite's row holds anything
    """Decode a row, or ``None`` if it is not whole.

    With a secret only a MAC counts: a checksum anybody can compute.
    """
    stored_at, payload, checksum, mac = row
    if not isinstance(payload, bytes) or type(stored_at) is not int:
        return None
    if secret:
        right, given = _mac(secret, key, stored_at, payload), mac
    else:
        right, given = _checksum(key, stored_at, payload), checksum
    if not isinstance(given, bytes) or not hmac.compare_digest(right, given):
        return None
    try:
        return _decode(payload)
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _encode(verdict: Verdict) -> bytes:
    fields = {name: getattr(verdict, name) for name in Verdict.__slots__}
    fields["findings"] = [asdict(finding) for finding in verdict.findings]
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()


def _decode(payload: bytes) -> Verdict:
    """Read a payload, as wary as if a stranger had written it: without a secret one may have."""
    fields = json.loads(payload)
    analysed_at = fields["analysed_at"]
    score = fields["score"]
    if isinstance(score, bool) or not 0 <= score <= 100:  # noqa: PLR2004 - a score's range
        raise ValueError("no score")
    return Verdict(
        source=_text(fields["source"]),
        analysed_version=_text(fields["analysed_version"]),
        score=score,
        risk=RiskLevel(fields["risk"]),
        findings=tuple(_finding(finding) for finding in fields["findings"]),
        analysed_at=None if analysed_at is None else _text(analysed_at),
        gaps=tuple(_text(gap) for gap in fields["gaps"]),
        url=_text(fields["url"]),
        vulnerabilities=tuple((_word(word), _count(n)) for word, n in fields["vulnerabilities"]),
        modules=tuple((_word(name), RiskLevel(level)) for name, level in fields["modules"]),
    )


def _finding(fields: dict[str, Any]) -> Finding:
    def optional(name: str) -> str | None:
        return None if fields[name] is None else _text(fields[name])

    line = fields["line"]
    return Finding(
        rule=_word(fields["rule"]),
        severity=Severity(fields["severity"]),
        kind=Kind(fields["kind"]),
        message=_text(fields["message"]),
        file=optional("file"),
        line=None if line is None else _count(line),
        evidence=optional("evidence"),
        url=optional("url"),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return plain(value, 1000)


def _word(value: object) -> str:
    """Read a text of which there are few different ones, and keep one of each."""
    return sys.intern(_text(value))


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("not a count")
    return value


def _reason(error: sqlite3.Error | OSError) -> str:
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return plain(str(error), 200)
