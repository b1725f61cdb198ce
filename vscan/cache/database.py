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
from urllib.parse import quote

from vscan.text import sanitize

FILE_NAME = "verdicts.sqlite3"
SCHEMA_VERSION = 4
_APPLICATION_ID = 0x76534361  # "vSCa"
LOCK_TIMEOUT_S = 1.5  # an interrupt has three seconds, and waiting for a lock can't be cut
CREATE = """
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
"""
# What SQLite keeps beside the database.
SIDE_FILES = tuple(FILE_NAME + suffix for suffix in ("-wal", "-shm", "-journal"))
# UnicodeError: SQLite quotes what it finds, and damage need not be UTF-8.
CACHE_ERRORS = (sqlite3.Error, OSError, UnicodeError)
CacheFault = sqlite3.Error | OSError | UnicodeError


class NotACacheError(OSError):
    """What lies in the cache's place is not ours to change, or to remove."""


def open_for_writing(path: Path, wait_s: float = LOCK_TIMEOUT_S) -> sqlite3.Connection:
    """Open, or make, the file: with a write-ahead log where the file system can do that.

    ``PermissionError`` where it, or a file beside it, belongs to another user.
    """
    if not reject_special_files(path):
        with suppress(FileExistsError):
            # SQLite would follow a link that has been put there meanwhile; this does not.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644))
    _refuse_others(path)
    until_s = time.monotonic() + wait_s
    while True:
        left_s = max(0.0, until_s - time.monotonic())
        connection = _connect(path, "mode=rw", left_s)
        try:
            reject_special_files(path)  # before anything is written to what was opened
            if not _can_do_wal(connection):
                # No shared memory on this file system (network, some mounts): the older
                # journal is as safe, and readers wait for the writer's short commits.
                # The file is a WAL one by now. Who keeps it to himself needs no shared
                # memory, and so can make it another.
                connection.close()
                connection = _connect(path, "mode=rw", left_s)
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


class AsItIs(sqlite3.Connection):
    """A connection that takes no part in locking: what it reads may change meanwhile."""


def _connect(
    path: Path, how: str, wait_s: float, factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    address = f"file:{quote(os.fsencode(path.absolute()))}?{how}"
    return sqlite3.connect(address, uri=True, timeout=wait_s, factory=factory)


def reject_special_files(path: Path) -> bool:
    """Say whether the file is there; ``NotACacheError`` for what is not a plain file, or beside it.

    SQLite would open a pipe and wait for ever, make a file where a link leads, and write into
    whatever else a file with several names is.
    """
    there = False
    for name in (path.name, *SIDE_FILES):
        status = status_of(path.with_name(name))
        if status is None:
            continue
        there = there or name == path.name
        what = kind_of(status)
        if what is None and status.st_nlink > 1:
            what = "a file with several names"
        if what is not None:
            raise NotACacheError(f"{'it' if name == path.name else name} is {what}")
    return there


def status_of(path: Path) -> os.stat_result | None:
    """Look at what lies there, at a link itself; ``None`` where nothing does."""
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def kind_of(status: os.stat_result) -> str | None:
    """Say what it is if it is not a file."""
    for is_one, what in (
        (stat.S_ISREG, None),
        (stat.S_ISLNK, "a link"),
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a pipe"),
    ):
        if is_one(status.st_mode):
            return what
    return "not a file"


def _others(path: Path) -> str | None:
    """Name the first of the database and the files beside it that belongs to another user.

    One that everybody may write to is everybody's: SQLite gives what it makes beside it the
    same rights. In a directory in which only owners may remove files that is not enough.
    """
    if not hasattr(os, "geteuid"):
        return None
    sticky = path.parent.stat().st_mode & stat.S_ISVTX
    for name in (path.name, *SIDE_FILES):
        status = status_of(path.with_name(name))
        if status is None or status.st_uid == os.geteuid():
            continue
        if sticky or not status.st_mode & stat.S_IWOTH:
            return name
    return None


def _refuse_others(path: Path) -> None:
    others = _others(path)
    if others == path.name:
        raise PermissionError("it belongs to another user, and so it is only read")
    if others is not None:
        raise PermissionError(f"{others} belongs to another user (`vscan cache clear` removes it)")


def _can_do_wal(connection: sqlite3.Connection) -> bool:
    try:
        # In this order: whoever makes the schema this very moment does both in one commit.
        if _is_anothers(connection):
            raise NotACacheError("it belongs to another program")
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


def _is_anothers(connection: sqlite3.Connection) -> bool:
    return bool(_objects(connection)) and _versions(connection)[0] != _APPLICATION_ID


def is_anothers(path: Path) -> bool:
    """Whether another program's database lies there; ``False`` where that can't be told."""
    log = status_of(path.with_name(path.name + "-wal"))
    # What another program has not yet taken in from the log is in no other place.
    ways = ["mode=ro"] if log is not None and log.st_size else []
    for how in (*ways, "mode=ro&immutable=1"):
        with suppress(*CACHE_ERRORS), closing(_connect(path, how, 0)) as connection:
            if _is_anothers(connection):
                return True
    return False


def is_in_use(path: Path) -> bool:
    """Whether a process that lives has the database open; ``False`` where that can't be told."""
    try:
        with closing(_connect(path, "mode=rw", 0)) as connection:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
    except CACHE_ERRORS as error:
        return is_busy(error)
    return False


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
    """Open the file so that nothing can be written; ``FileNotFoundError`` where there is none."""
    if not reject_special_files(path):
        raise FileNotFoundError(errno.ENOENT, "there is none")
    writable = os.access(path.parent, os.W_OK)
    if writable and _others(path) is not None:
        return _open_as_it_is(path)
    try:
        return _checked(_connect(path, "mode=ro", wait_s))
    except sqlite3.OperationalError:
        # A log that was checkpointed leaves a whole file, but SQLite wants to make the
        # log's own files all the same, and in a read-only directory it can't.
        if writable:
            raise
        return _open_as_it_is(path)


def _open_as_it_is(path: Path) -> sqlite3.Connection:
    """Open the file without its log, its locks and any file beside it.

    Who writes to it meanwhile spoils what is read, and a row that is not whole is a miss.
    """
    for suffix in ("-wal", "-journal"):
        status = status_of(path.with_name(path.name + suffix))
        if status is not None and status.st_size:
            raise OSError("another process is writing to it, or was stopped while writing")
    return _checked(_connect(path, "mode=ro&immutable=1", 0, AsItIs))


def _checked(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Let only a cache of this schema through: others are empty to us."""
    try:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        if not _is_ours(connection):
            if _is_anothers(connection):
                raise NotACacheError("it belongs to another program")
            raise sqlite3.DatabaseError("it was made by another version")
    except CACHE_ERRORS:
        connection.close()
        raise
    return connection


def describe_error(error: CacheFault, doing: str) -> str:
    """Say what can't be done with the cache; damage is the same whatever was to be done."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    damaged = code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
    if damaged or isinstance(error, UnicodeError):
        return f"the cache is damaged: {reason(error)} (`vscan cache clear` starts a new one)"
    return f"the cache can't be {doing}: {reason(error)}"


def reason(error: CacheFault) -> str:
    """Say what is wrong, in words for a person."""
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    if isinstance(error, UnicodeError):
        return "it is damaged"
    return sanitize(str(error), 200)
