"""Maintain a cache for `vscan cache`: count, verify, prune and remove. A scan uses none of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct

from vscan.cache.cache_file_opening import (
    FILE_NAME,
    SCHEMA,
    SIDE_FILES,
    NotACacheError,
    is_foreign_database,
    is_in_use,
    open_for_reading,
    open_for_writing,
    reject_special_files,
)
from vscan.cache.row_integrity import CLOCK_SKEW_S, verified_verdict
from vscan.errors import CacheError
from vscan.files_on_windows import remove_file
from vscan.model import CacheKey
from vscan.safe_text import describe_os_error, sanitize
from vscan.sqlite_files import SQLITE_FILE_ERRORS, describe, is_busy, lstat_if_exists, special_kind


class CacheStats(Struct, frozen=True):
    """What a cache contains. Times are in seconds since 1970, ``None`` where it is empty."""

    path: str
    size_bytes: int
    entries: int
    expired: int
    oldest: int | None
    newest: int | None
    by_scope: dict[str, int]


def stats(directory: Path, *, max_age_s: float, now: float) -> CacheStats:
    """Count the rows of the cache in ``directory``. ``CacheError`` where it can't be read."""
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
    status = lstat_if_exists(path)
    size = status.st_size if status is not None else 0
    return CacheStats(str(path), size, entries, expired, oldest, newest, by_scope)


class ClearResult(Struct, frozen=True):
    """The names of the removed files, and whether another process was using them."""

    names: tuple[str, ...]
    in_use: bool


def clear(directory: Path) -> ClearResult:
    """Remove the cache, whatever state it is in, so that the next scan creates a new one.

    ``CacheError`` where that fails. It is raised before anything is removed where the path is
    not a regular file, or is another program's database.
    """
    names = []
    path = directory / FILE_NAME
    try:
        for name in (FILE_NAME, *SIDE_FILES):
            path = directory / name
            status = lstat_if_exists(path)
            if status is None:
                continue
            kind = special_kind(status)
            if kind is None and name == FILE_NAME and is_foreign_database(path):
                kind = "another program's database"
            if kind is not None:
                raise CacheError(
                    f"{path} can't be removed: it is {kind}",
                    hint="remove it, or name another directory with --cache-dir",
                )
            names.append(name)
        in_use = FILE_NAME in names and is_in_use(directory / FILE_NAME)
        for name in (FILE_NAME, *SIDE_FILES):  # another process may have created one meanwhile
            path = directory / name
            remove_file(path)
    except OSError as error:
        raise CacheError(f"{path} can't be removed: {describe_os_error(error)}") from None
    return ClearResult(tuple(names), in_use)


def prune(directory: Path, *, max_age_s: float, now: float) -> int:
    """Remove rows older than ``max_age_s``. Returns how many were removed."""
    with _opened(directory / FILE_NAME, write=True) as connection:
        with connection:
            removed = connection.execute(
                "DELETE FROM verdicts WHERE stored_at < ?", (now - max_age_s,)
            ).rowcount
        connection.execute("VACUUM")
        return removed


def verify(directory: Path, key: bytes | None) -> tuple[int, int]:
    """Check every row. Returns how many are valid and how many are invalid."""
    valid = invalid = 0
    with _opened(directory / FILE_NAME) as connection:
        (report,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if report != "ok":
            raise CacheError(
                f"{directory / FILE_NAME} is damaged: {sanitize(report)}",
                hint=_how_to_start_anew(directory / FILE_NAME),
            )
        for row in connection.execute("SELECT * FROM verdicts"):
            has_key = all(isinstance(part, str) for part in row[:5])
            if has_key and verified_verdict(CacheKey(*row[:5]), row[5:], key) is not None:
                valid += 1
            else:
                invalid += 1
    return valid, invalid


@contextmanager
def _opened(path: Path, *, write: bool = False) -> Iterator[sqlite3.Connection]:
    """Open a cache for a command: empty where there is no file; any error is a ``CacheError``."""
    try:
        if not reject_special_files(path):
            connection = sqlite3.connect(":memory:")
            SCHEMA.create(connection)
        else:
            connection = open_for_writing(path) if write else open_for_reading(path)
        with closing(connection):
            yield connection
    except SQLITE_FILE_ERRORS as error:
        hint = _how_to_start_anew(path)
        if isinstance(error, NotACacheError):
            hint = "remove it, or name another directory with --cache-dir"
        elif is_busy(error):
            hint = "another process uses it: try again"
        raise CacheError(f"{path} can't be used: {describe(error)}", hint=hint) from None


def _how_to_start_anew(path: Path) -> str:
    return f"`vscan cache clear --cache-dir {sanitize(str(path.parent))}` starts a new one"
