"""Maintain a cache for the commands: count, check, prune, remove. A scan needs none of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from vscan.cache.database import (
    CACHE_ERRORS,
    CREATE,
    FILE_NAME,
    SIDE_FILES,
    NotACacheError,
    is_anothers,
    is_busy,
    is_in_use,
    kind_of,
    open_for_reading,
    open_for_writing,
    reason,
    reject_special_files,
    status_of,
)
from vscan.cache.rows import CLOCK_SKEW_S, trusted
from vscan.errors import CacheError
from vscan.model import CacheKey
from vscan.text import sanitize


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What a cache holds. Times in seconds since the epoch, ``None`` where it is empty."""

    path: str
    size_bytes: int
    entries: int
    expired: int
    oldest: int | None
    newest: int | None
    by_scope: dict[str, int]


def stats(directory: Path, *, max_age_s: float, now: float) -> CacheStats:
    """Count what the cache in ``directory`` holds. ``CacheError`` where it can't be read."""
    path = directory / FILE_NAME
    with _opened(path) as connection:
        entries, oldest, newest = connection.execute(
            """
            SELECT count(*), min(time), max(time) FROM (
                SELECT CASE WHEN typeof(stored_at) = 'integer' AND stored_at BETWEEN 0 AND ?
                THEN stored_at END AS time FROM verdicts
            )
            """,
            (now + CLOCK_SKEW_S,),
        ).fetchone()
        (expired,) = connection.execute(
            "SELECT count(*) FROM verdicts WHERE stored_at < ?", (now - max_age_s,)
        ).fetchone()
        by_scope = dict(
            connection.execute(
                "SELECT cast(scope AS TEXT), count(*) FROM verdicts GROUP BY 1"
            ).fetchall()
        )
    status = status_of(path)
    size = status.st_size if status is not None else 0
    return CacheStats(str(path), size, entries, expired, oldest, newest, by_scope)


@dataclass(frozen=True, slots=True)
class Cleared:
    """What was removed, by name, and whether another process was using it."""

    names: tuple[str, ...]
    in_use: bool


def clear(directory: Path) -> Cleared:
    """Remove the cache, whatever state it is in, so that the next scan makes a new one.

    ``CacheError`` where that fails, and, with nothing removed, where what lies there is not
    a cache: no file, or another program's database.
    """
    names = []
    path = directory / FILE_NAME
    try:
        for name in (FILE_NAME, *SIDE_FILES):
            path = directory / name
            status = status_of(path)
            if status is None:
                continue
            what = kind_of(status)
            if what is None and name == FILE_NAME and is_anothers(path):
                what = "another program's database"
            if what is not None:
                raise CacheError(
                    f"{path} can't be removed: it is {what}",
                    hint="remove it, or name another directory with --cache-dir",
                )
            names.append(name)
        in_use = FILE_NAME in names and is_in_use(directory / FILE_NAME)
        for name in (FILE_NAME, *SIDE_FILES):  # another process may have made one meanwhile
            path = directory / name
            path.unlink(missing_ok=True)
    except OSError as error:
        raise CacheError(f"{path} can't be removed: {reason(error)}") from None
    return Cleared(tuple(names), in_use)


def prune(directory: Path, *, max_age_s: float, now: float) -> int:
    """Remove what is older than ``max_age_s``. Returns how many rows that were."""
    with _opened(directory / FILE_NAME, write=True) as connection:
        with connection:
            removed = connection.execute(
                "DELETE FROM verdicts WHERE stored_at < ?", (now - max_age_s,)
            ).rowcount
        connection.execute("VACUUM")
        return removed


def verify(directory: Path, key: bytes | None) -> tuple[int, int]:
    """Check every row's seal. Returns how many count and how many don't."""
    good = bad = 0
    with _opened(directory / FILE_NAME) as connection:
        (report,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if report != "ok":
            raise CacheError(
                f"{directory / FILE_NAME} is damaged: {sanitize(report)}",
                hint=_start_anew(directory / FILE_NAME),
            )
        for row in connection.execute("SELECT * FROM verdicts"):
            whole = all(isinstance(part, str) for part in row[:5])
            if not whole or trusted(CacheKey(*row[:5]), row[5:], key) is None:
                bad += 1
            else:
                good += 1
    return good, bad


@contextmanager
def _opened(path: Path, *, write: bool = False) -> Iterator[sqlite3.Connection]:
    """Open a cache for a command; any trouble is a ``CacheError``. No file is an empty cache."""
    try:
        if not reject_special_files(path):
            connection = sqlite3.connect(":memory:")
            connection.execute(CREATE)
        else:
            connection = open_for_writing(path) if write else open_for_reading(path)
        with closing(connection):
            yield connection
    except CACHE_ERRORS as error:
        hint = _start_anew(path)
        if isinstance(error, NotACacheError):
            hint = "remove it, or name another directory with --cache-dir"
        elif is_busy(error):
            hint = "another process uses it: try again"
        raise CacheError(f"{path} can't be used: {reason(error)}", hint=hint) from None


def _start_anew(path: Path) -> str:
    return f"`vscan cache clear --cache-dir {sanitize(str(path.parent))}` starts a new one"
