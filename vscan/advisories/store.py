"""Keep the public data in one SQLite file. The only door to it, for reading and for building.

A file that is there never changes: what is new is built beside it and renamed over it, so
that readers need no lock, and an import that is interrupted leaves the old one. An import
replaces the set of its own source and keeps the others.
"""

import contextlib
import errno
import io
import json
import os
import sqlite3
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from vscan.advisories.entries import (
    SOURCES,
    Affected,
    Ecosystem,
    Entry,
    Registry,
    Removed,
    Signature,
    Withdrawn,
)
from vscan.domain import Severity
from vscan.errors import VscanError
from vscan.text import plain

if TYPE_CHECKING:
    from vscan.advisories.formats import Tally

FILE_NAME = "advisories.sqlite3"
SCHEMA_VERSION = 1
_APPLICATION_ID = 0x76534164  # "vSAd"
# In all but the first the key is the index, and a row's other facts are one text: it is as
# small as it gets.
_SCHEMA = (
    """CREATE TABLE sets (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, source TEXT NOT NULL,
    as_of TEXT NOT NULL, count INTEGER NOT NULL, digest TEXT NOT NULL, etag TEXT NOT NULL)""",
    """CREATE TABLE removed (
    extension TEXT, registry TEXT, reason TEXT, versions TEXT, set_id INTEGER, facts TEXT,
    PRIMARY KEY (extension, registry, reason, versions, set_id)) WITHOUT ROWID""",
    """CREATE TABLE affected (
    package TEXT, ecosystem TEXT, advisory TEXT, set_id INTEGER, facts TEXT,
    PRIMARY KEY (package, ecosystem, advisory, set_id)) WITHOUT ROWID""",
    """CREATE TABLE signatures (
    set_id INTEGER, name TEXT, kind TEXT, pattern TEXT, version TEXT,
    PRIMARY KEY (set_id, name, kind, pattern)) WITHOUT ROWID""",
)
_TABLES = ("removed", "affected", "signatures")
_LEFT_BEHIND_S = 24 * 3600
_CHUNK = 1024**2
_TROUBLES = (sqlite3.Error, OSError, UnicodeError)


class DataError(VscanError):
    """The data can't be read, or could not be stored."""


@dataclass(frozen=True, slots=True)
class StoredSet:
    """What the file says of one source's data."""

    name: str
    source: str
    as_of: str
    count: int
    digest: str
    etag: str


class Reader:
    """Looks entries up; opened once, for one thread. Every method may raise ``DataError``."""

    def __init__(self, path: Path) -> None:
        self._connection = _open_for_reading(path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def sets(self) -> tuple[StoredSet, ...]:
        """Name what is held, in order of the names."""
        rows = self._rows("SELECT name, source, as_of, count, digest, etag FROM sets ORDER BY name")
        with _as_written():
            return tuple(
                StoredSet(
                    plain(name, 60), plain(source), plain(as_of, 20), int(count), digest, etag
                )
                for name, source, as_of, count, digest, etag in rows
            )

    def removed(self, extension: str, publisher: str) -> tuple[Removed, ...]:
        """Find what was removed: an id in lower case, or all of a publisher's."""
        rows = self._rows(
            "SELECT extension, registry, reason, versions, facts FROM removed"
            " WHERE extension IN (?, ?)",
            (extension, publisher),
        )
        with _as_written():
            return tuple(
                Removed(
                    name,
                    Registry(registry),
                    _texts(json.loads(versions)),
                    plain(reason),
                    None if removed is None else plain(removed),
                    plain(url),
                )
                for name, registry, reason, versions, facts in rows
                for removed, url in [json.loads(facts)]
            )

    def affected(self, package: str, ecosystems: Iterable[Ecosystem]) -> tuple[Affected, ...]:
        """Find what is known of a package, each advisory once for each source that has it."""
        rows = [
            row
            for ecosystem in ecosystems
            for row in self._rows(
                "SELECT package, ecosystem, advisory, facts FROM affected"
                " WHERE package = ? AND ecosystem = ? ORDER BY advisory, set_id",
                (package, str(ecosystem)),
            )
        ]
        with _as_written():
            return tuple(_affected(*row) for row in rows)

    def signatures(self) -> tuple[Signature, ...]:
        """Give every signature, in order of the packages."""
        rows = self._rows(
            "SELECT name, kind, pattern, version FROM signatures ORDER BY name, kind, pattern"
        )
        return tuple(Signature(*row) for row in rows)

    def _rows(self, sql: str, values: tuple[str, ...] = ()) -> list[Any]:
        try:
            return self._connection.execute(sql, values).fetchall()
        except _TROUBLES as error:
            raise DataError(f"the data of the analyser is damaged: {_reason(error)}") from None


@contextmanager
def _as_written() -> Iterator[None]:
    """Read facts back; whoever edited them has damaged them."""
    try:
        yield
    except (ValueError, TypeError, LookupError, RecursionError):
        raise DataError("the data of the analyser is damaged: an entry can't be read") from None


def _facts(entry: Affected) -> str:
    """Write what is not in the key, as short as it goes.

    Of a quarter of a million records nearly all have the same words, but for the name.
    """
    summary, url = _usual(entry.package, entry.ecosystem, entry.id)
    return json.dumps(
        [
            int(entry.severity),
            entry.score,
            int(entry.malicious),
            None if entry.summary == summary else entry.summary,
            entry.aliases,
            None if entry.url == url else entry.url,
            entry.versions,
            entry.ranges,
            entry.excluded,
        ],
        separators=(",", ":"),
    )


def _usual(package: str, ecosystem: str, advisory: str) -> tuple[str, str]:
    return (
        f"Malicious code in {package} ({ecosystem})",
        f"https://osv.dev/vulnerability/{advisory}",
    )


def _affected(package: str, ecosystem: str, advisory: str, facts: str) -> Affected:
    severity, score, malicious, summary, aliases, url, versions, ranges, excluded = json.loads(
        facts
    )
    usual_summary, usual_url = _usual(package, ecosystem, advisory)
    return Affected(
        Ecosystem(ecosystem),
        package,
        plain(advisory),
        _texts(aliases),
        plain(usual_summary if summary is None else summary),
        Severity(severity),
        None if score is None else float(score),
        bool(malicious),
        plain(usual_url if url is None else url),
        _texts(versions),
        tuple(tuple((what, plain(at)) for what, at in events) for events in ranges),
        _texts(excluded),
    )


def _texts(found: Iterable[str]) -> tuple[str, ...]:
    """Read texts back as warily as they were parsed; ``TypeError`` where one is none."""
    return tuple(map(plain, found))


def _open_for_reading(path: Path) -> sqlite3.Connection:
    """Open a file of ours; ``DataError`` says why it is none, ``FileNotFoundError`` that it isn't.

    What was renamed into its place does not change any more: no lock is needed, and none
    could be had on a read-only file system.
    """
    connection = None
    try:
        _refuse_traps(path)
        address = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro&immutable=1"
        connection = sqlite3.connect(address, uri=True)
        _refuse_strangers(connection)
    except FileNotFoundError:
        raise
    except (*_TROUBLES, DataError) as error:
        if connection is not None:
            connection.close()
        raise DataError(
            f"the data in {path} can't be used: {_reason(error)}",
            hint="`vscan db update` or `vscan db import` makes it anew",
        ) from None
    return connection


def _refuse_traps(path: Path) -> None:
    """Refuse what is no file: SQLite would open a pipe, and wait for ever."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise DataError("it is not a file")


def _refuse_strangers(connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    objects = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    if not application and not objects:
        raise DataError("it is empty")
    if application != _APPLICATION_ID:
        raise DataError("it belongs to another program")
    # To the letter: a view or a trigger could do anything.
    if schema != SCHEMA_VERSION or {sql for (sql,) in objects} != set(_SCHEMA):
        raise DataError("it was made by another version")


def _reason(error: Exception) -> str:
    if isinstance(error, DataError):
        return error.message
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return plain(str(error), 200)


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import took in, and what it could not."""

    name: str
    as_of: str
    count: int
    tally: "Tally"


class Building:
    """The file that is going to replace the one in use. Made by ``building`` alone."""

    def __init__(self, connection: sqlite3.Connection, lost: str | None) -> None:
        self._connection = connection
        self.lost = lost  # why what was there before could not be kept
        self.changed = False

    def sets(self) -> dict[str, StoredSet]:
        """Name what is held so far."""
        rows = self._connection.execute("SELECT name, source, as_of, count, digest, etag FROM sets")
        return {row[0]: StoredSet(*row) for row in rows}

    def renew(self, name: str, as_of: date) -> None:
        """Note that the source has nothing newer than what is held."""
        self._connection.execute(
            "UPDATE sets SET as_of = ? WHERE name = ?", (as_of.isoformat(), name)
        )
        self.changed = True

    def take(  # noqa: PLR0913 - a file and what is known of it
        self,
        file: IO[bytes],
        *,
        today: date,
        source: str | None = None,
        dated: date | None = None,
        written: date | None = None,
        name: str | None = None,
        etag: str = "",
    ) -> Taken:
        """Take a file in; ``ValueError`` says what is wrong with it, and then nothing is.

        The data is as of ``dated``, else of its newest entry, else of the day the file was
        ``written``; never later than ``today``. ``name`` is the set it must be; without one
        its content decides.
        """
        from vscan.advisories import formats

        tally = formats.Tally()
        with self._undone_if_it_fails():
            kind, entries = formats.read(file, tally)
            (new,) = self._connection.execute("SELECT ifnull(max(id), 0) + 1 FROM sets").fetchone()
            self._insert(new, entries)
            if not (tally.taken or (kind is formats.Format.OSV_RECORDS and tally.withdrawn)):
                why = f": {tally.reason}" if tally.reason else ""
                raise ValueError(f"is {kind} without an entry that can be used{why}")
            found = formats.set_name(kind, tally)
            if name is not None and found != name:
                # The export of the Marketplace's ecosystem may be about Open VSX only.
                if {found, name} != {"osv-open-vsx", "osv-vscode"}:
                    raise ValueError(f"is {kind}, and {name} was expected")
                found = name
            as_of = min(dated or tally.newest or written or today, today).isoformat()
            digest = _digest(file)
            old = self._connection.execute(
                "SELECT id, digest FROM sets WHERE name = ?", (found,)
            ).fetchone()
            if old is not None:
                self._replace(old[0], new, keep_others=kind is formats.Format.OSV_RECORDS)
                if kind is formats.Format.OSV_RECORDS:
                    digest = _digest(io.BytesIO(f"{old[1]} {digest}".encode()))
            count = self._count(new)
            self._connection.execute(
                "INSERT INTO sets VALUES (?, ?, ?, ?, ?, ?, ?)",
                (new, found, source or SOURCES[found], as_of, count, digest, etag),
            )
        self.changed = True
        return Taken(found, as_of, count, tally)

    @contextmanager
    def _undone_if_it_fails(self) -> Iterator[None]:
        self._connection.execute("SAVEPOINT one_file")
        self._connection.execute("CREATE TEMP TABLE named (advisory TEXT PRIMARY KEY)")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK TO one_file")
            raise
        finally:
            self._connection.execute("DROP TABLE IF EXISTS temp.named")
            self._connection.execute("RELEASE one_file")

    def _insert(self, new: int, entries: Iterable[Entry]) -> None:
        """Insert the entries as they are parsed; of two with the same key the last counts."""
        insert = self._connection.execute
        for entry in entries:
            match entry:
                case Affected():
                    insert(
                        "INSERT OR REPLACE INTO affected VALUES (?, ?, ?, ?, ?)",
                        (entry.package, str(entry.ecosystem), entry.id, new, _facts(entry)),
                    )
                case Removed():
                    versions = json.dumps(entry.versions)
                    facts = json.dumps([entry.removed, entry.url])
                    insert(
                        "INSERT OR REPLACE INTO removed VALUES (?, ?, ?, ?, ?, ?)",
                        (
                            entry.extension,
                            str(entry.registry),
                            entry.reason,
                            versions,
                            new,
                            facts,
                        ),
                    )
                case Signature():
                    insert(
                        "INSERT OR REPLACE INTO signatures VALUES (?, ?, ?, ?, ?)",
                        (new, entry.name, entry.kind, entry.pattern, entry.version),
                    )
                case Withdrawn():
                    insert("INSERT OR IGNORE INTO temp.named VALUES (?)", (entry.id,))

    def _replace(self, old: int, new: int, *, keep_others: bool) -> None:
        """Put a new set into the place of the old; single records replace only themselves."""
        execute = self._connection.execute
        if keep_others:
            execute(
                "INSERT OR IGNORE INTO temp.named SELECT advisory FROM affected WHERE set_id = ?",
                (new,),
            )
            execute(
                "UPDATE affected SET set_id = ? WHERE set_id = ?"
                " AND advisory NOT IN (SELECT advisory FROM temp.named)",
                (new, old),
            )
        for table in _TABLES:
            execute(f"DELETE FROM {table} WHERE set_id = ?", (old,))  # noqa: S608 - our own names
        execute("DELETE FROM sets WHERE id = ?", (old,))

    def _count(self, number: int) -> int:
        (count,) = self._connection.execute(
            "SELECT (SELECT count(*) FROM removed WHERE set_id = ?1)"
            " + (SELECT count(DISTINCT advisory) FROM affected WHERE set_id = ?1)",
            (number,),
        ).fetchone()
        return int(count)


def _digest(file: IO[bytes]) -> str:
    import hashlib

    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def building(directory: Path) -> Iterator[Building]:
    """Build the file anew, upon what it holds, and put it into its place at the end.

    An error on the way leaves the old one. ``DataError`` where the file can't be written,
    belongs to another program, or was replaced by somebody else meanwhile.
    """
    import tempfile

    path = directory / FILE_NAME
    with _told(path):
        directory.mkdir(parents=True, exist_ok=True)
        _clear_away(directory)
        number, name = tempfile.mkstemp(".new", f"{FILE_NAME}.", directory)
        os.close(number)
    temporary = Path(name)
    try:
        with _told(path):
            before = _identity(path)
            lost = _start_from(path, temporary)
            connection = sqlite3.connect(temporary, isolation_level=None)
        with closing(connection), _told(path):
            # Nobody else sees this file, and if it is not finished it is thrown away.
            connection.execute("PRAGMA journal_mode=MEMORY")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA temp_store=MEMORY")  # there may be no other place
            if lost is not None or before is None:
                _make_schema(connection)
            connection.execute("BEGIN")
            made = Building(connection, lost)
            yield made
            connection.execute("COMMIT")
            if made.changed:
                connection.execute("VACUUM")
        if made.changed:
            with _told(path):
                _put_in_place(temporary, path, before)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in our own words what could not be done with the file."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise DataError(f"{path} can't be written: {_reason(error)}") from None


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _start_from(path: Path, temporary: Path) -> str | None:
    """Copy what is there; say why where that is no use, and refuse what is another program's."""
    try:
        _open_for_reading(path).close()
    except FileNotFoundError:
        return None
    except DataError as error:
        if not path.is_file() or "belongs to another program" in error.message:
            raise
        return error.message
    import shutil

    shutil.copyfile(path, temporary)
    return None


def _make_schema(connection: sqlite3.Connection) -> None:
    for statement in _SCHEMA:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")


def _put_in_place(temporary: Path, path: Path, before: tuple[int, int, int] | None) -> None:
    # Read by everybody, as any other file: a temporary one is its maker's alone.
    temporary.chmod(0o644)
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    if _identity(path) != before:
        raise OSError(errno.EBUSY, "replaced meanwhile")
    temporary.replace(path)


def _clear_away(directory: Path) -> None:
    """Remove what imports that were killed have left."""
    for left in directory.glob(f"{FILE_NAME}.*.new"):
        with contextlib.suppress(OSError):
            if left.stat().st_mtime < time.time() - _LEFT_BEHIND_S:
                left.unlink()
