"""Open the cache's file, for writing or for reading only, and keep its schema.

A cache may lie in a directory that several users can write to. SQLite makes files beside
the database, even for a reader, and those of another user lock the database's owner out.
So nothing here makes a file beside a database that belongs to another user.
"""

import errno
import os
import sqlite3
import stat
import time
from contextlib import closing, suppress
from pathlib import Path

from vscan.sqlite_files import (
    SQLITE_FILE_ERRORS,
    Mismatch,
    Schema,
    SqliteFileError,
    connect,
    connect_immutable,
    describe,
    is_busy,
    is_damage,
    lstat_if_exists,
    objects_of,
    special_kind,
)

FILE_NAME = "verdicts.sqlite3"
LOCK_TIMEOUT_S = 1.5  # an interrupt has three seconds, and waiting for a lock can't be cut
SCHEMA = Schema(
    application_id=0x76534361,  # "vSCa"
    version=4,
    tables=(
        """
CREATE TABLE verdicts (
    scope TEXT NOT NULL,
    extension TEXT NOT NULL,
    version TEXT NOT NULL,
    target_platform TEXT NOT NULL,
    digest TEXT NOT NULL,
    stored_at INTEGER NOT NULL,
    payload BLOB NOT NULL,
    checksum BLOB NOT NULL,
    mac BLOB,
    PRIMARY KEY (scope, extension, version, target_platform, digest)
) WITHOUT ROWID
""",
    ),
)
# The files that SQLite keeps beside the database.
_SIDE_SUFFIXES = ("-wal", "-shm", "-journal")
SIDE_FILES = tuple(FILE_NAME + suffix for suffix in _SIDE_SUFFIXES)


class NotACacheError(OSError):
    """The file in the cache's place is not a cache: it is neither changed nor removed."""


def open_for_writing(
    path: Path, wait_s: float = LOCK_TIMEOUT_S, schema: Schema = SCHEMA
) -> sqlite3.Connection:
    """Open or create the file, with a write-ahead log where the file system supports one.

    ``PermissionError`` where the file, or one beside it, belongs to another user.
    """
    if not reject_special_files(path):
        with suppress(FileExistsError):
            # SQLite would follow a link that was created meanwhile; this call does not.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644))
    _reject_files_of_another_user(path)
    until_s = time.monotonic() + wait_s
    while True:
        left_s = max(0.0, until_s - time.monotonic())
        connection = connect(path, "rw", left_s)
        try:
            reject_special_files(path)  # before anything is written to what was opened
            if not _can_do_wal(connection, schema):
                # This file system (network, some mounts) has no shared memory. The older
                # journal is as safe, and readers wait for the writer's short commits. The
                # file is in WAL mode by now: an exclusive connection needs no shared memory,
                # and so it can change the mode.
                connection.close()
                connection = connect(path, "rw", left_s)
                connection.execute("PRAGMA locking_mode=EXCLUSIVE")
                connection.execute("PRAGMA journal_mode=TRUNCATE").fetchone()
                connection.execute("PRAGMA locking_mode=NORMAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            if schema.mismatch(connection) is not None:
                _create_schema(connection, schema)
        except sqlite3.OperationalError as error:
            connection.close()
            # SQLite refuses two processes that set WAL mode at the same time at once,
            # without waiting for a lock: each holds what the other waits for.
            if not is_busy(error) or time.monotonic() >= until_s:
                raise
            time.sleep(0.01)
        except BaseException:
            connection.close()
            raise
        else:
            return connection


class UnlockedConnection(sqlite3.Connection):
    """A connection without locks: the file may change while it is read."""


def reject_special_files(path: Path) -> bool:
    """Say whether the file exists. ``NotACacheError`` where it, or one beside it, is special.

    SQLite would open a pipe and wait without an end, create a file where a link leads, and
    write into whatever else a file with several names is.
    """
    exists = False
    for name in (path.name, *(path.name + suffix for suffix in _SIDE_SUFFIXES)):
        status = lstat_if_exists(path.with_name(name))
        if status is None:
            continue
        exists = exists or name == path.name
        kind = special_kind(status)
        if kind is None and status.st_nlink > 1:
            kind = "a file with several names"
        if kind is not None:
            raise NotACacheError(f"{'it' if name == path.name else name} is {kind}")
    return exists


def _file_of_another_user(path: Path) -> str | None:
    """Name the first of the database and the files beside it that belongs to another user.

    A file that all users may write to counts as shared: SQLite gives the files that it creates
    beside it the same rights. In a directory where only owners may remove files that is not enough.
    """
    if not hasattr(os, "geteuid"):
        return None
    sticky = path.parent.stat().st_mode & stat.S_ISVTX
    for name in (path.name, *(path.name + suffix for suffix in _SIDE_SUFFIXES)):
        status = lstat_if_exists(path.with_name(name))
        if status is None or status.st_uid == os.geteuid():
            continue
        if sticky or not status.st_mode & stat.S_IWOTH:
            return name
    return None


def _reject_files_of_another_user(path: Path) -> None:
    name = _file_of_another_user(path)
    if name == path.name:
        raise PermissionError("it belongs to another user, and so it is only read")
    if name is not None:
        raise PermissionError(f"{name} belongs to another user (`vscan cache clear` removes it)")


def _can_do_wal(connection: sqlite3.Connection, schema: Schema) -> bool:
    try:
        if schema.mismatch(connection) is Mismatch.OTHER_PROGRAM:
            raise NotACacheError(Mismatch.OTHER_PROGRAM)
        connection.execute("PRAGMA journal_mode=WAL").fetchone()
        objects_of(connection)  # SQLite notices only with the next read that it can't
    except sqlite3.OperationalError as error:
        if is_busy(error):
            raise
        return False
    return True


def _create_schema(connection: sqlite3.Connection, schema: Schema) -> None:
    """Create the table, in place of what another version of the schema left."""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        # Checked again while the lock is held: another process may have been faster.
        if schema.mismatch(connection) is not None:
            for kind, name, _ in objects_of(connection):
                quoted = name.replace('"', '""')
                connection.execute(f'DROP {kind} IF EXISTS "{quoted}"')
            schema.create(connection)


def is_foreign_database(path: Path) -> bool:
    """Whether the file is another program's database; ``False`` where that is unknown."""
    log = lstat_if_exists(path.with_name(path.name + "-wal"))
    # The log may hold the only copy of what another program has written.
    modes = ["ro"] if log is not None and log.st_size else []
    for mode in (*modes, "ro&immutable=1"):
        with suppress(*SQLITE_FILE_ERRORS), closing(connect(path, mode)) as connection:
            if SCHEMA.mismatch(connection) is Mismatch.OTHER_PROGRAM:
                return True
    return False


def is_in_use(path: Path) -> bool:
    """Whether a running process has the database open; ``False`` where that is unknown."""
    try:
        with closing(connect(path, "rw")) as connection:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
    except SQLITE_FILE_ERRORS as error:
        return is_busy(error)
    return False


def open_for_reading(path: Path, wait_s: float = LOCK_TIMEOUT_S) -> sqlite3.Connection:
    """Open the file so that nothing can be written; ``FileNotFoundError`` where there is none."""
    if not reject_special_files(path):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    writable = os.access(path.parent, os.W_OK)
    if writable and _file_of_another_user(path) is not None:
        return _open_unlocked(path)
    try:
        return _checked(connect(path, "ro", wait_s))
    except sqlite3.OperationalError:
        # A checkpointed log leaves the file complete. SQLite still wants to create the log's
        # own files, which is impossible in a read-only directory.
        if writable:
            raise
        return _open_unlocked(path)


def _open_unlocked(path: Path) -> sqlite3.Connection:
    """Open the file without its log, its locks and any file beside it.

    A process that writes to it meanwhile damages what is read. Such a row is a miss: its
    checksum does not match.
    """
    for suffix in ("-wal", "-journal"):
        status = lstat_if_exists(path.with_name(path.name + suffix))
        if status is not None and status.st_size:
            raise OSError("another process is writing to it, or was stopped while writing")
    return _checked(connect_immutable(path, UnlockedConnection))


def _checked(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Return the connection to a cache of this schema; raise for any other database."""
    try:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        mismatch = SCHEMA.mismatch(connection)
        if mismatch is Mismatch.OTHER_PROGRAM:
            raise NotACacheError(mismatch)
        if mismatch is not None:
            raise sqlite3.DatabaseError(mismatch)
    except SQLITE_FILE_ERRORS:
        connection.close()
        raise
    return connection


def describe_error(error: SqliteFileError, doing: str) -> str:
    """Say what can't be done with the cache; damage reads the same whatever was to be done."""
    if is_damage(error):
        return f"the cache is damaged: {describe(error)} (`vscan cache clear` starts a new one)"
    return f"the cache can't be {doing}: {describe(error)}"
