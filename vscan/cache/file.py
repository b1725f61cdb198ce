"""Open the cache's file, for writing or for reading only, and keep its schema."""

import errno
import os
import sqlite3
import stat
import time
from pathlib import Path
from urllib.parse import quote

from vscan.text import plain

FILE_NAME = "verdicts.sqlite3"
SCHEMA_VERSION = 3
_APPLICATION_ID = 0x76534361  # "vSCa"
LOCK_TIMEOUT_S = 1.5  # an interrupt has three seconds, and waiting for a lock can't be cut
CREATE = """
CREATE TABLE verdicts (
    source TEXT NOT NULL,
    extension TEXT NOT NULL,
    version TEXT NOT NULL,
    target_platform TEXT NOT NULL,
    digest TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    payload BLOB NOT NULL,
    checksum BLOB NOT NULL,
    mac BLOB,
    PRIMARY KEY (source, extension, version, target_platform, digest)
) WITHOUT ROWID
"""
# UnicodeError: SQLite quotes what it finds, and damage need not be UTF-8.
TROUBLES = (sqlite3.Error, OSError, UnicodeError)
Trouble = sqlite3.Error | OSError | UnicodeError


def open_for_writing(path: Path, wait_s: float = LOCK_TIMEOUT_S) -> sqlite3.Connection:
    """Open, or make, the file: with a write-ahead log where the file system can do that."""
    _refuse_traps(path)
    until_s = time.monotonic() + wait_s
    while True:
        left_s = max(0.0, until_s - time.monotonic())
        connection = sqlite3.connect(path, timeout=left_s)
        try:
            if not _can_do_wal(connection):
                # No shared memory on this file system (network, some mounts): the older
                # journal is as safe, and readers wait for the writer's short commits.
                # The file is a WAL one by now. Who keeps it to himself needs no shared
                # memory, and so can make it another.
                connection.close()
                connection = sqlite3.connect(path, timeout=left_s)
                connection.execute("PRAGMA locking_mode=EXCLUSIVE")
                connection.execute("PRAGMA journal_mode=TRUNCATE").fetchone()
                connection.execute("PRAGMA locking_mode=NORMAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            if not _is_ours(connection):
                _make_schema(connection)
        except sqlite3.OperationalError as error:
            connection.close()
            # Two that make a new file a WAL one at the same time are refused at once,
            # without the wait for a lock: each holds what the other waits for.
            if not is_busy(error) or time.monotonic() >= until_s:
                raise
            time.sleep(0.01)
        except BaseException:
            connection.close()
            raise
        else:
            return connection


def _refuse_traps(path: Path) -> None:
    """Raise ``OSError`` for what is no file: SQLite would open a pipe, and wait for ever."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        try:
            mode = path.with_name(path.name + suffix).stat().st_mode
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(mode):
            raise OSError("it is not a file")


def _can_do_wal(connection: sqlite3.Connection) -> bool:
    try:
        # In this order: whoever makes the schema this very moment does both in one commit.
        if _objects(connection) and _versions(connection)[0] != _APPLICATION_ID:
            raise sqlite3.DatabaseError("it belongs to another program")
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        _versions(connection)  # only now SQLite notices that it can't
    except sqlite3.OperationalError as error:
        if is_busy(error):
            raise
        return False
    return True


def _make_schema(connection: sqlite3.Connection) -> None:
    """Make the table; drop what another version of the schema left."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        # Looked at again with the lock in hand: another process may have been faster.
        if not _is_ours(connection):
            for kind, name, _ in _objects(connection):
                quoted = name.replace('"', '""')
                connection.execute(f'DROP {kind} IF EXISTS "{quoted}"')
            connection.execute(CREATE)
            connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def is_busy(error: BaseException) -> bool:
    """Say whether another process holds the lock."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def _objects(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    return connection.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL"
    ).fetchall()


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Whether this is our schema to the letter: a view or a trigger could do anything."""
    return _versions(connection) == (_APPLICATION_ID, SCHEMA_VERSION) and [
        (kind, name, sql.strip()) for kind, name, sql in _objects(connection)
    ] == [("table", "verdicts", CREATE.strip())]


def _versions(connection: sqlite3.Connection) -> tuple[int, int]:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    return application, schema


def open_for_reading(path: Path, wait_s: float = LOCK_TIMEOUT_S) -> sqlite3.Connection:
    """Open the file so that nothing can be written."""
    _refuse_traps(path)
    if not path.exists():
        raise FileNotFoundError(errno.ENOENT, "there is none")
    address = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"
    try:
        return _checked(sqlite3.connect(address, uri=True, timeout=wait_s))
    except sqlite3.OperationalError:
        # A log that was checkpointed leaves a whole file, but SQLite wants to make the
        # log's own files all the same, and in a read-only directory it can't.
        if path.with_name(path.name + "-wal").exists() or os.access(path.parent, os.W_OK):
            raise
        return _checked(sqlite3.connect(f"{address}&immutable=1", uri=True))


def _checked(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Let only a cache of this schema through: others are empty to us."""
    try:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        if not _is_ours(connection):
            raise sqlite3.DatabaseError("it was made by another version")
    except TROUBLES:
        connection.close()
        raise
    return connection


def trouble(error: Trouble, doing: str) -> str:
    """Say what can't be done with the cache; damage is the same whatever was to be done."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    damaged = code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
    if damaged or isinstance(error, UnicodeError):
        return f"the cache is damaged: {reason(error)} (`vscan cache clear` starts a new one)"
    return f"the cache can't be {doing}: {reason(error)}"


def reason(error: Trouble) -> str:
    """Say what is wrong, in words for a person."""
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    if isinstance(error, UnicodeError):
        return "it is damaged"
    return plain(str(error), 200)
