"""The public data in one SQLite file: what it looks like, and looking things up in it.

A file that is there never changes: ``building`` makes a new one beside it and renames it
over it, so that readers need no lock. This module alone knows which files are ours, and how
an advisory is put into few words and read back from them. It writes no file.
"""

import json
import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from vscan.advisories.records import SHA256, Affected, Ecosystem, Removed, Signature
from vscan.errors import VscanError
from vscan.model import Registry, Severity
from vscan.text import sanitize

FILE_NAME = "advisories.sqlite3"
SCHEMA_VERSION = 1
APPLICATION_ID = 0x76534164  # "vSAd"
# In all but the first the key is the index, and a row's other facts are one text: it is as
# small as it gets.
SCHEMA = (
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
_DATABASE_ERRORS = (sqlite3.Error, OSError, UnicodeError)


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
                    sanitize(name, 60),
                    sanitize(source),
                    sanitize(as_of, 20),
                    int(count),
                    digest,
                    etag,
                )
                for name, source, as_of, count, digest, etag in rows
            )

    def entries(self, name: str) -> Iterator[Removed | Affected | Signature]:
        """Give all that a set has, one after the other."""
        of_set = " FROM {} WHERE set_id = (SELECT id FROM sets WHERE name = ?)"
        for columns, table, made in (
            ("extension, registry, reason, versions, facts", "removed", _removed),
            ("package, ecosystem, advisory, facts", "affected", _affected),
            ("name, kind, pattern, version", "signatures", _signature),
        ):
            sql = f"SELECT {columns}{of_set.format(table)}"  # our own names
            with _undamaged():
                for row in self._connection.execute(sql, (name,)):
                    with _as_written():
                        entry: Removed | Affected | Signature = made(*row)
                    yield entry

    def removed(self, extension: str, publisher: str) -> tuple[Removed, ...]:
        """Find what was removed: an id in lower case, or all of a publisher's."""
        rows = self._rows(
            "SELECT extension, registry, reason, versions, facts FROM removed"
            " WHERE extension IN (?, ?)",
            (extension, publisher),
        )
        with _as_written():
            return tuple(_removed(*row) for row in rows)

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

    def knows_files(self) -> bool:
        """Whether there is a digest of any file to compare with."""
        # Of all names only these have a colon there: the index answers at once.
        return bool(
            self._rows(
                "SELECT 1 FROM affected WHERE package >= ? AND package < ? LIMIT 1",
                (SHA256, f"{SHA256[:-1]};"),
            )
        )

    def files(self, digests: Iterable[str]) -> tuple[Affected, ...]:
        """Find what is known of files by their SHA-256, in hex and lower case."""
        names = [f"{SHA256}{digest}" for digest in digests]
        rows = self._rows(
            "SELECT package, ecosystem, advisory, facts FROM affected"
            " WHERE package IN (SELECT value FROM json_each(?)) AND ecosystem = ?"
            " ORDER BY package, advisory, set_id",
            (json.dumps(names), str(Ecosystem.FILE)),
        )
        with _as_written():
            return tuple(_affected(*row) for row in rows)

    def signatures(self) -> tuple[Signature, ...]:
        """Give every signature, in order of the packages."""
        rows = self._rows(
            "SELECT name, kind, pattern, version FROM signatures ORDER BY name, kind, pattern"
        )
        with _as_written():
            return tuple(_signature(*row) for row in rows)

    def _rows(self, sql: str, values: tuple[str, ...] = ()) -> list[Any]:
        with _undamaged():
            return self._connection.execute(sql, values).fetchall()


@contextmanager
def _undamaged() -> Iterator[None]:
    """Ask the file; whatever is wrong with it is told in our own words."""
    try:
        yield
    except _DATABASE_ERRORS as error:
        raise DataError(f"the data of the analyser is damaged: {reason(error)}") from None


@contextmanager
def _as_written() -> Iterator[None]:
    """Read facts back; whoever edited them has damaged them."""
    try:
        yield
    except (ValueError, TypeError, LookupError, RecursionError):
        raise DataError("the data of the analyser is damaged: an entry can't be read") from None


def facts_of(entry: Affected) -> str:
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


def _removed(extension: str, registry: str, reason: str, versions: str, facts: str) -> Removed:
    removed, url = json.loads(facts)
    return Removed(
        extension,
        Registry(registry),
        _texts(json.loads(versions)),
        sanitize(reason),
        None if removed is None else sanitize(removed),
        sanitize(url),
    )


def _affected(package: str, ecosystem: str, advisory: str, facts: str) -> Affected:
    severity, score, malicious, summary, aliases, url, versions, ranges, excluded = json.loads(
        facts
    )
    usual_summary, usual_url = _usual(package, ecosystem, advisory)
    return Affected(
        Ecosystem(ecosystem),
        package,
        sanitize(advisory),
        _texts(aliases),
        sanitize(usual_summary if summary is None else summary),
        Severity(severity),
        None if score is None else float(score),
        bool(malicious),
        sanitize(usual_url if url is None else url),
        _texts(versions),
        tuple(tuple((what, sanitize(at)) for what, at in events) for events in ranges),
        _texts(excluded),
    )


def _signature(name: object, kind: object, pattern: object, version: object) -> Signature:
    if not isinstance(name, str) or not isinstance(pattern, str):
        raise TypeError
    if not (version is None or isinstance(version, str)):
        raise TypeError
    match kind:
        case "filename" | "content" | "hash":
            return Signature(name, kind, pattern, version)
    raise ValueError


def _texts(found: Iterable[str]) -> tuple[str, ...]:
    """Read texts back as warily as they were parsed; ``TypeError`` where one is none."""
    return tuple(map(sanitize, found))


def _open_for_reading(path: Path) -> sqlite3.Connection:
    """Open a file of ours; ``DataError`` says why it is none, ``FileNotFoundError`` that it isn't.

    What was renamed into its place does not change any more: no lock is needed, and none
    could be had on a read-only file system.
    """
    connection = None
    try:
        _reject_special_files(path)
        address = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro&immutable=1"
        connection = sqlite3.connect(address, uri=True)
        _check_schema(connection)
    except FileNotFoundError:
        raise
    except (*_DATABASE_ERRORS, DataError) as error:
        if connection is not None:
            connection.close()
        raise DataError(
            f"the data in {path} can't be used: {reason(error)}",
            hint="`vscan db update` or `vscan db import` makes it anew",
        ) from None
    return connection


def _reject_special_files(path: Path) -> None:
    """Refuse what is no file: SQLite would open a pipe, and wait for ever."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise DataError("it is a link that leads nowhere") from None
        raise
    if not stat.S_ISREG(mode):
        raise DataError("it is not a file")


def _check_schema(connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    objects = connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    if not application and not objects:
        raise DataError("it is empty")
    if application != APPLICATION_ID:
        raise DataError("it belongs to another program")
    # To the letter: a view or a trigger could do anything.
    if schema != SCHEMA_VERSION or {sql for (sql,) in objects} != set(SCHEMA):
        raise DataError("it was made by another version")


def reason(error: Exception) -> str:
    """Say in a few words what went wrong with the file."""
    if isinstance(error, DataError):
        return error.message
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return sanitize(str(error), 200)
