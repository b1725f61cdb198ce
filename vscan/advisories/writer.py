"""Write the file of public data: a new file replaces the one in use.

The new file is a copy that is changed and then renamed over the other one, so that an
interrupted import leaves the data as it was. An import replaces the set of its own feed and
keeps the other sets.
"""

import contextlib
import errno
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import IO

from msgspec import Struct
from msgspec.structs import replace

from vscan.advisories import formats
from vscan.advisories.database import (
    FILE_NAME,
    SCHEMA,
    DataError,
    OtherProgramError,
    Reader,
    StoredSet,
    facts_of,
)
from vscan.advisories.formats import exported
from vscan.advisories.records import FEED_URLS, Affected, Entry, Removed, Signature, Withdrawn
from vscan.files_on_windows import replace_file
from vscan.safe_text import pluralize
from vscan.sqlite_files import describe

_TABLES = ("removed", "affected", "signatures")
_SINGLE_RECORDS = "osv-records"
_LEFTOVER_AGE_S = 24 * 3600
_CHUNK = 1024**2


class ImportResult(Struct, frozen=True):
    """What an import stored, and what it skipped."""

    name: str
    as_of: str
    count: int
    stats: formats.ImportStats


class SkippedOlder(Struct, frozen=True):
    """A set that was not imported, because the stored one is newer."""

    name: str
    as_of: str
    stored_as_of: str


class AdvisoryDbWriter:
    """Imports data into the new file. ``open_writer`` creates it.

    ``previous_db_error`` says why the previous file could not be read and is replaced by an
    empty one.
    """

    def __init__(self, connection: sqlite3.Connection, previous_db_error: str | None) -> None:
        self._connection = connection
        self.previous_db_error = previous_db_error
        self.changed = False

    def sets(self) -> dict[str, StoredSet]:
        """Return the sets that are stored, by name."""
        rows = self._connection.execute("SELECT name, source, as_of, count, digest, etag FROM sets")
        return {row[0]: StoredSet(*row) for row in rows}

    def mark_current(self, name: str, as_of: date) -> None:
        """Note that the feed has nothing newer than the stored set."""
        self._connection.execute(
            "UPDATE sets SET as_of = ? WHERE name = ?", (as_of.isoformat(), name)
        )
        self.changed = True

    def import_file(  # noqa: PLR0913 - a file and what is known about it
        self,
        file: IO[bytes],
        *,
        today: date,
        source: str | None = None,
        dated: date | None = None,
        name: str | None = None,
        etag: str = "",
    ) -> ImportResult:
        """Import a file in an original format; ``ValueError`` says what is wrong with it.

        The import is refused, and changes nothing, where the file has no usable entry, or where
        less than half as many entries would be stored as before: it would lose entries by mistake.

        The date of the data is ``dated``, or else the one of its newest entry. A date after
        ``today`` proves nothing. Without either the date is unknown: the time when a file was
        written says nothing about its content. ``name`` is the set that is expected; without it
        the content decides.
        """
        stats = formats.ImportStats(latest=_tomorrow(today))
        with self._savepoint():
            kind, entries = formats.read(file, stats)
            new_id = self._next_id()
            self._insert(new_id, entries)
            only_withdrawn = kind is formats.Format.OSV_RECORDS and stats.withdrawn
            if not (self._count(new_id) or only_withdrawn):
                raise ValueError(f"is {kind} without an entry that can be used{_because(stats)}")
            found = formats.set_name(kind, stats)
            if name is not None and found != name:
                # The export of the Marketplace's ecosystem may be about Open VSX only.
                if {found, name} != {"osv-open-vsx", "osv-vscode"}:
                    raise ValueError(f"is {kind}, and {name} was expected")
                found = name
            day = dated or stats.newest
            as_of = min(day, today).isoformat() if day is not None else ""
            new = StoredSet(found, source or FEED_URLS[found], as_of, 0, _digest(file), etag)
            return self._replace_set(new_id, new, stats)

    def import_export(self, reader: Reader, today: date) -> Iterator[ImportResult | SkippedOlder]:
        """Import what ``export`` wrote on another machine; ``ValueError`` says what is wrong.

        A stored set that is newer stays.
        """
        sets = reader.sets()
        if not sets:
            raise ValueError("has no data")
        for each in sets:
            if each.name not in FEED_URLS:
                raise ValueError(f"has data of {each.name}, which is not known")
            as_of = each.as_of and _past(date.fromisoformat(each.as_of), today)
            stored = self.sets().get(each.name)
            if stored is not None and stored.as_of > as_of:
                yield SkippedOlder(each.name, as_of, stored.as_of)
            else:
                yield self.import_set(replace(each, as_of=as_of), reader.entries(each.name))

    def import_set(self, new: StoredSet, entries: Iterable[Entry]) -> ImportResult:
        """Import a whole set, and check each of its entries."""
        stats = formats.ImportStats()
        with self._savepoint():
            new_id = self._next_id()
            self._insert(new_id, exported.checked(entries, stats))
            if not self._count(new_id):
                raise ValueError(f"has no entry of {new.name} that can be used{_because(stats)}")
            return self._replace_set(new_id, new, stats)

    def _next_id(self) -> int:
        (number,) = self._connection.execute("SELECT ifnull(max(id), 0) + 1 FROM sets").fetchone()
        return int(number)

    def _replace_set(self, new_id: int, new: StoredSet, stats: formats.ImportStats) -> ImportResult:
        """Replace the stored set by the inserted entries, unless too many would be lost."""
        digest = new.digest
        single_records = new.name == _SINGLE_RECORDS
        old = self._connection.execute(
            "SELECT id, digest, count FROM sets WHERE name = ?", (new.name,)
        ).fetchone()
        before = old[2] if old is not None else 0
        signatures = self._count_signatures(old[0]) if old is not None else 0
        if old is not None:
            self._delete_set(old[0], new_id, keep_others=single_records)
            if single_records:
                digest = _digest(io.BytesIO(f"{old[1]} {digest}".encode()))
        count = self._count(new_id)
        for stored, usable, noun in (
            (before, count, "entry"),
            (signatures, self._count_signatures(new_id), "signature"),
        ):
            # Single records replace only themselves, and one that is withdrawn is to be deleted.
            if _halved(stored, usable) and (stats.unusable or not single_records):
                raise ValueError(
                    f"has {pluralize(usable, noun)} that can be used, where {stored} are stored"
                    + _left_out(stats)
                )
        self._connection.execute(
            "INSERT INTO sets VALUES (?, ?, ?, ?, ?, ?, ?)",
            (new_id, new.name, new.source, new.as_of, count, digest, new.etag),
        )
        self.changed = True
        return ImportResult(new.name, new.as_of, count, stats)

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        """Undo on an error what the import has changed."""
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

    def _insert(self, new_id: int, entries: Iterable[Entry]) -> None:
        """Insert the entries as they are parsed; of two with the same key the last counts."""
        insert = self._connection.execute
        for entry in entries:
            match entry:
                case Affected():
                    insert(
                        "INSERT OR REPLACE INTO affected VALUES (?, ?, ?, ?, ?)",
                        (entry.package, str(entry.ecosystem), entry.id, new_id, facts_of(entry)),
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
                            new_id,
                            facts,
                        ),
                    )
                case Signature():
                    insert(
                        "INSERT OR REPLACE INTO signatures VALUES (?, ?, ?, ?, ?)",
                        (new_id, entry.name, entry.kind, entry.pattern, entry.version),
                    )
                case Withdrawn():
                    insert("INSERT OR IGNORE INTO temp.named VALUES (?)", (entry.id,))

    def _delete_set(self, old_id: int, new_id: int, *, keep_others: bool) -> None:
        """Delete the old set; with ``keep_others`` move its other advisories to the new one."""
        execute = self._connection.execute
        if keep_others:
            execute(
                "INSERT OR IGNORE INTO temp.named SELECT advisory FROM affected WHERE set_id = ?",
                (new_id,),
            )
            execute(
                "UPDATE affected SET set_id = ? WHERE set_id = ?"
                " AND advisory NOT IN (SELECT advisory FROM temp.named)",
                (new_id, old_id),
            )
        for table in _TABLES:
            execute(f"DELETE FROM {table} WHERE set_id = ?", (old_id,))  # noqa: S608 - our own names
        execute("DELETE FROM sets WHERE id = ?", (old_id,))

    def _count(self, set_id: int) -> int:
        (count,) = self._connection.execute(
            "SELECT (SELECT count(*) FROM removed WHERE set_id = :set_id)"
            " + (SELECT count(DISTINCT advisory) FROM affected WHERE set_id = :set_id)",
            {"set_id": set_id},
        ).fetchone()
        return int(count)

    def _count_signatures(self, set_id: int) -> int:
        (count,) = self._connection.execute(
            "SELECT count(*) FROM signatures WHERE set_id = ?", (set_id,)
        ).fetchone()
        return int(count)


def _because(stats: formats.ImportStats) -> str:
    return f": {stats.reason}" if stats.reason else ""


def _left_out(stats: formats.ImportStats) -> str:
    if not stats.unusable:
        return ""
    return f", and {stats.unusable} that can't be used, the first: {stats.reason}"


def _past(day: date, today: date) -> str:
    """Return a date as it is stored: empty for one of the future, which must be a mistake."""
    return min(day, today).isoformat() if day <= _tomorrow(today) else ""


def _tomorrow(today: date) -> date:
    return today + timedelta(days=1)  # it is tomorrow already in another time zone


def _halved(before: int, after: int) -> bool:
    return 2 * after < before


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def open_writer(directory: Path) -> Iterator[AdvisoryDbWriter]:
    """Change a copy of the file, and replace the file by it at the end.

    An error before that leaves the file as it was. ``DataError`` where the file can't be written,
    belongs to another program, or was replaced by another process meanwhile.
    """
    path = directory / FILE_NAME
    with as_data_error(path):
        directory.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(directory)
        number, name = tempfile.mkstemp(".new", f"{FILE_NAME}.", directory)
        os.close(number)
    temporary = Path(name)
    try:
        with as_data_error(path):
            before = _identity(path)
            previous_db_error = _copy_previous(path, temporary)
            connection = sqlite3.connect(temporary, isolation_level=None)
        with closing(connection), as_data_error(path):
            # Only this process uses the file, and after an error it is deleted.
            connection.execute("PRAGMA journal_mode=MEMORY")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute("PRAGMA temp_store=MEMORY")  # no other directory may be writable
            if previous_db_error is not None or before is None:
                SCHEMA.create(connection)
            connection.execute("BEGIN")
            writer = AdvisoryDbWriter(connection, previous_db_error)
            yield writer
            connection.execute("COMMIT")
            if writer.changed:
                connection.execute("VACUUM")
        if writer.changed:
            with as_data_error(path):
                _replace_file(temporary, path, before)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def as_data_error(path: Path) -> Iterator[None]:
    """Raise ``DataError`` where the file can't be written."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise DataError(f"{path} can't be written: {describe(error)}") from None


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _copy_previous(path: Path, temporary: Path) -> str | None:
    """Copy the file in use; say why where it can't be read. Another program's file is an error."""
    try:
        Reader(path).close()
    except FileNotFoundError:
        return None
    except DataError as error:
        if not path.is_file() or isinstance(error, OtherProgramError):
            raise
        return error.message
    shutil.copyfile(path, temporary)
    return None


def _replace_file(temporary: Path, path: Path, before: tuple[int, int, int] | None) -> None:
    # A temporary file is private to its user; all users may read this one.
    temporary.chmod(0o644)
    with temporary.open("r+b") as file:  # Windows flushes only what may be written
        os.fsync(file.fileno())
    if _identity(path) != before:
        raise OSError(errno.EBUSY, "another process has replaced it meanwhile")
    replace_file(temporary, path)


def _remove_leftovers(directory: Path) -> None:
    """Remove the temporary files of imports that were killed."""
    for leftover in directory.glob(f"{FILE_NAME}.*.new"):
        with contextlib.suppress(OSError):
            if leftover.stat().st_mtime < time.time() - _LEFTOVER_AGE_S:
                leftover.unlink()
