"""The public data in one SQLite file: its schema, and lookups in it.

A file never changes: ``writer.open_writer`` creates a new one and renames it over the old one, so
that readers need no lock. This module only reads. It also defines how an advisory is written into
a row, because it reads the rows.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from vscan.advisories.records import SHA256, Affected, Ecosystem, Removed, Signature
from vscan.errors import VscanError
from vscan.model import Registry, Severity
from vscan.safe_text import sanitize
from vscan.sqlite_files import (
    SQLITE_FILE_ERRORS,
    Mismatch,
    Schema,
    connect_immutable,
    describe,
    special_kind,
)

FILE_NAME = "advisories.sqlite3"
# In all tables but the first the key is the index, and the other facts of a row are one text,
# which keeps the file small.
SCHEMA = Schema(
    application_id=0x76534164,  # "vSAd"
    version=1,
    tables=(
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
    ),
)


class DataError(VscanError):
    """The data can't be read or written."""


class OtherProgramError(DataError):
    """The file is another program's database."""


class StoredSet(Struct, frozen=True):
    """The file's record of one set: where it is from, its date, its size, and its digest."""

    name: str
    source: str
    as_of: str
    count: int
    digest: str
    etag: str


class Reader:
    """Looks entries up, for one thread. Every method may raise ``DataError``."""

    def __init__(self, path: Path) -> None:
        self._connection = _open_for_reading(path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def sets(self) -> tuple[StoredSet, ...]:
        """Return the stored sets, sorted by name."""
        rows = self._rows("SELECT name, source, as_of, count, digest, etag FROM sets ORDER BY name")
        with _reading_rows():
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
        """Yield the entries of a set."""
        of_set = " FROM {} WHERE set_id = (SELECT id FROM sets WHERE name = ?)"
        for columns, table, read in (
            ("extension, registry, reason, versions, facts", "removed", _removed),
            ("package, ecosystem, advisory, facts", "affected", _affected),
            ("name, kind, pattern, version", "signatures", _signature),
        ):
            sql = f"SELECT {columns}{of_set.format(table)}"  # our own names
            with _querying():
                for row in self._connection.execute(sql, (name,)):
                    with _reading_rows():
                        entry: Removed | Affected | Signature = read(*row)
                    yield entry

    def removed(self, extension: str, publisher: str) -> tuple[Removed, ...]:
        """Find removals of an extension, by its id in lower case, or of all its publisher's."""
        rows = self._rows(
            "SELECT extension, registry, reason, versions, facts FROM removed"
            " WHERE extension IN (?, ?)",
            (extension, publisher),
        )
        with _reading_rows():
            return tuple(_removed(*row) for row in rows)

    def affected(self, package: str, ecosystems: Iterable[Ecosystem]) -> tuple[Affected, ...]:
        """Find the advisories about a package, each once for every set that has it."""
        rows = [
            row
            for ecosystem in ecosystems
            for row in self._rows(
                "SELECT package, ecosystem, advisory, facts FROM affected"
                " WHERE package = ? AND ecosystem = ? ORDER BY advisory, set_id",
                (package, str(ecosystem)),
            )
        ]
        with _reading_rows():
            return tuple(_affected(*row) for row in rows)

    def has_file_digests(self) -> bool:
        """Whether there is an advisory about a file, by its digest."""
        # Only these names have the prefix, so the index answers at once.
        return bool(
            self._rows(
                "SELECT 1 FROM affected WHERE package >= ? AND package < ? LIMIT 1",
                (SHA256, f"{SHA256[:-1]};"),
            )
        )

    def files(self, digests: Iterable[str]) -> tuple[Affected, ...]:
        """Find the advisories about files, by their SHA-256 in hex and lower case."""
        names = [f"{SHA256}{digest}" for digest in digests]
        rows = self._rows(
            "SELECT package, ecosystem, advisory, facts FROM affected"
            " WHERE package IN (SELECT value FROM json_each(?)) AND ecosystem = ?"
            " ORDER BY package, advisory, set_id",
            (json.dumps(names), str(Ecosystem.FILE)),
        )
        with _reading_rows():
            return tuple(_affected(*row) for row in rows)

    def signatures(self) -> tuple[Signature, ...]:
        """Return every signature, sorted by package."""
        rows = self._rows(
            "SELECT name, kind, pattern, version FROM signatures ORDER BY name, kind, pattern"
        )
        with _reading_rows():
            return tuple(_signature(*row) for row in rows)

    def _rows(self, sql: str, values: tuple[str, ...] = ()) -> list[Any]:
        with _querying():
            return self._connection.execute(sql, values).fetchall()


@contextmanager
def _querying() -> Iterator[None]:
    """Raise ``DataError`` where a query fails."""
    try:
        yield
    except SQLITE_FILE_ERRORS as error:
        raise DataError(f"the data of the analyser is damaged: {describe(error)}") from None


@contextmanager
def _reading_rows() -> Iterator[None]:
    """Raise ``DataError`` where a row does not have the form that ``facts_of`` gave it."""
    try:
        yield
    except (ValueError, TypeError, LookupError, RecursionError):
        raise DataError("the data of the analyser is damaged: an entry can't be read") from None


def facts_of(entry: Affected) -> str:
    """Write what is not in the key, as short as possible.

    Nearly all of a quarter of a million records have the same summary, except for the name.
    """
    summary, url = _default_texts(entry.package, entry.ecosystem, entry.id)
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


def _default_texts(package: str, ecosystem: str, advisory: str) -> tuple[str, str]:
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
    default_summary, default_url = _default_texts(package, ecosystem, advisory)
    return Affected(
        Ecosystem(ecosystem),
        package,
        sanitize(advisory),
        _texts(aliases),
        sanitize(default_summary if summary is None else summary),
        Severity(severity),
        None if score is None else float(score),
        bool(malicious),
        sanitize(default_url if url is None else url),
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
    """Sanitize texts; ``TypeError`` where one is not a text."""
    return tuple(map(sanitize, found))


def _open_for_reading(path: Path) -> sqlite3.Connection:
    """Open a file of this schema; ``FileNotFoundError`` without one, ``DataError`` for another.

    The file never changes once it is in its place: it needs no lock, and a read-only file
    system has none.
    """
    connection = None
    try:
        _reject_special_file(path)
        connection = connect_immutable(path)
        mismatch = SCHEMA.mismatch(connection)
    except FileNotFoundError:
        raise
    except SQLITE_FILE_ERRORS as error:
        _close(connection)
        raise _unusable(path, describe(error)) from None
    if mismatch is not None:
        _close(connection)
        raise _unusable(path, mismatch)
    return connection


def _close(connection: sqlite3.Connection | None) -> None:
    if connection is not None:
        connection.close()


def _reject_special_file(path: Path) -> None:
    """Raise ``DataError`` for a directory, a pipe, or a link to one: SQLite would wait for it."""
    try:
        kind = special_kind(path.stat())
    except FileNotFoundError:
        if path.is_symlink():
            raise _unusable(path, "it is a link that leads nowhere") from None
        raise
    if kind is not None:
        raise _unusable(path, f"it is {kind}")


def _unusable(path: Path, reason: str) -> DataError:
    kind = OtherProgramError if reason == Mismatch.OTHER_PROGRAM else DataError
    return kind(
        f"the data in {path} can't be used: {reason}",
        hint="`vscan db update` or `vscan db import` replaces it",
    )
