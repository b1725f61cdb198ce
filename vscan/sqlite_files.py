"""Open SQLite files that another program may have written or replaced.

The cache and the advisories are such files. SQLite itself would open a pipe and wait without an
end, create a file where a link leads, and run whatever triggers a schema has.
"""

import os
import sqlite3
import stat
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from msgspec import Struct

from vscan.safe_text import describe_os_error, sanitize

# UnicodeError: SQLite quotes what it finds, and damaged text need not be UTF-8.
SqliteFileError: TypeAlias = sqlite3.Error | OSError | UnicodeError
SQLITE_FILE_ERRORS = (sqlite3.Error, OSError, UnicodeError)


class Mismatch(StrEnum):
    """Why a database does not have the expected schema, in words for a person."""

    EMPTY = "it is empty"
    OTHER_PROGRAM = "it belongs to another program"
    OTHER_VERSION = "it was made by another version"


class Schema(Struct, frozen=True):
    """The tables of a database, each as the statement that creates it, and who made it."""

    application_id: int
    version: int
    tables: tuple[str, ...]

    def create(self, connection: sqlite3.Connection) -> None:
        """Create the tables in an empty database."""
        for table in self.tables:
            connection.execute(table)
        connection.execute(f"PRAGMA application_id={self.application_id}")
        connection.execute(f"PRAGMA user_version={self.version}")

    def mismatch(self, connection: sqlite3.Connection) -> Mismatch | None:
        """Compare a database with this schema; ``None`` where it has exactly these tables.

        The statements are compared literally: a view or a trigger could do anything.
        """
        # The objects first: another process may create the schema between the statements.
        objects = objects_of(connection)
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if not objects and not application_id:
            return Mismatch.EMPTY
        if application_id != self.application_id:
            return Mismatch.OTHER_PROGRAM
        expected = sorted(("table", table.split()[2], table.strip()) for table in self.tables)
        found = sorted((kind, name, sql.strip()) for kind, name, sql in objects)
        return None if version == self.version and found == expected else Mismatch.OTHER_VERSION


def objects_of(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    """List tables, views, triggers and indexes: kind, name, and the statement that created it."""
    return connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
    ).fetchall()


def connect(
    path: Path,
    mode: str,
    wait_s: float = 0,
    factory: type[sqlite3.Connection] = sqlite3.Connection,
) -> sqlite3.Connection:
    """Open an existing file: ``ro`` or ``rw``. ``wait_s`` is how long to wait for a lock."""
    address = f"file:{quote(os.fsencode(path.absolute()))}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=wait_s, factory=factory)


def connect_immutable(
    path: Path, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """Open an existing file for reading, without locks, its log, or any file beside it."""
    return connect(path, "ro&immutable=1", factory=factory)


def lstat_if_exists(path: Path) -> os.stat_result | None:
    """Return the status of a file, of a link itself; ``None`` where there is none."""
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def special_kind(status: os.stat_result) -> str | None:
    """Name what a path is, with an article; ``None`` for a regular file."""
    for is_kind, name in (
        (stat.S_ISREG, None),
        (stat.S_ISLNK, "a link"),
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a pipe"),
    ):
        if is_kind(status.st_mode):
            return name
    return "not a file"


def describe(error: SqliteFileError) -> str:
    """Say in words for a person why a file can't be used."""
    if isinstance(error, OSError):
        return describe_os_error(error)
    if isinstance(error, UnicodeError):
        return "it holds text that is not UTF-8"
    return sanitize(str(error), 200)


def is_damage(error: SqliteFileError) -> bool:
    """Whether the file's content is at fault, whatever was to be done with it."""
    return isinstance(error, UnicodeError) or primary_code(error) in {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    }


def is_busy(error: BaseException) -> bool:
    """Whether another process holds the lock."""
    return primary_code(error) == sqlite3.SQLITE_BUSY


def primary_code(error: BaseException) -> int:
    """Return SQLite's code for an error, without the extended part; 0 where there is none."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF
