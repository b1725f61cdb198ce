"""Build the file of public data anew: the only way to write it.

What is new is built beside the file that is there and renamed over it, so that an import
that is interrupted leaves the old one. An import replaces the set of its own source and
keeps the others.
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
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import IO

from vscan.advisories import Advisories, formats
from vscan.advisories.database import (
    APPLICATION_ID,
    FILE_NAME,
    SCHEMA,
    SCHEMA_VERSION,
    DataError,
    Reader,
    StoredSet,
    facts_of,
    reason,
)
from vscan.advisories.formats import exported
from vscan.advisories.records import FEED_URLS, Affected, Entry, Removed, Signature, Withdrawn
from vscan.model import DataSet
from vscan.text import pluralize

_TABLES = ("removed", "affected", "signatures")
_SINGLE_RECORDS = "osv-records"
_LEFT_BEHIND_S = 24 * 3600
_CHUNK = 1024**2


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import took in, and what it could not. ``before`` is how many entries it replaced."""

    name: str
    as_of: str
    count: int
    tally: formats.Tally
    before: int = 0

    @property
    def shrunk(self) -> bool:
        """Whether less than half is left of what was there before."""
        return _halved(self.before, self.count)


@dataclass(frozen=True, slots=True)
class Older:
    """A set that was left alone, because what is held is newer."""

    name: str
    as_of: str
    held: str


class AdvisoryDbWriter:
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
        name: str | None = None,
        etag: str = "",
    ) -> ImportResult:
        """Take a file in; ``ValueError`` says what is wrong with it, and then nothing is.

        Nothing is replaced by what has no entry that can be used, nor by less than half as much
        where some of it can't be used: what is known would be forgotten by mistake.

        The data is as of ``dated``, else of its newest entry, never later than ``today``; else its
        date is not known, for when a file was written says nothing of what is in it. ``name`` is
        the set it must be; without one its content decides.
        """
        tally = formats.Tally()
        with self._undone_if_it_fails():
            kind, entries = formats.read(file, tally)
            new = self._next()
            self._insert(new, entries)
            if not (self._count(new) or (kind is formats.Format.OSV_RECORDS and tally.withdrawn)):
                why = f": {tally.reason}" if tally.reason else ""
                raise ValueError(f"is {kind} without an entry that can be used{why}")
            found = formats.set_name(kind, tally)
            if name is not None and found != name:
                # The export of the Marketplace's ecosystem may be about Open VSX only.
                if {found, name} != {"osv-open-vsx", "osv-vscode"}:
                    raise ValueError(f"is {kind}, and {name} was expected")
                found = name
            of = dated or tally.newest
            as_of = min(of, today).isoformat() if of is not None else ""
            made = StoredSet(found, source or FEED_URLS[found], as_of, 0, _digest(file), etag)
            return self._put_in_place(new, made, tally)

    def take_export(self, reader: Reader, today: date) -> Iterator[ImportResult | Older]:
        """Take what another machine has exported; ``ValueError`` says what is wrong with it.

        What is held of a set, and is newer, stays.
        """
        sets = reader.sets()
        if not sets:
            raise ValueError("has no data")
        for each in sets:
            if each.name not in FEED_URLS:
                raise ValueError(f"has data of {each.name}, which is not known")
            of = each.as_of and min(date.fromisoformat(each.as_of), today).isoformat()
            held = self.sets().get(each.name)
            if held is not None and held.as_of > of:
                yield Older(each.name, of, held.as_of)
            else:
                yield self.keep(replace(each, as_of=of), reader.entries(each.name))

    def keep(self, made: StoredSet, entries: Iterable[Entry]) -> ImportResult:
        """Take a whole set in, checked entry by entry."""
        tally = formats.Tally()
        with self._undone_if_it_fails():
            new = self._next()
            self._insert(new, exported.checked(entries, tally))
            if not self._count(new):
                why = f": {tally.reason}" if tally.reason else ""
                raise ValueError(f"has no entry of {made.name} that can be used{why}")
            return self._put_in_place(new, made, tally)

    def _next(self) -> int:
        (new,) = self._connection.execute("SELECT ifnull(max(id), 0) + 1 FROM sets").fetchone()
        return int(new)

    def _put_in_place(self, new: int, made: StoredSet, tally: formats.Tally) -> ImportResult:
        """Put what was inserted into the place of what was held; but not by half as much."""
        found, digest = made.name, made.digest
        records = found == _SINGLE_RECORDS
        old = self._connection.execute(
            "SELECT id, digest, count FROM sets WHERE name = ?", (found,)
        ).fetchone()
        before = old[2] if old is not None else 0
        signatures = self._count_signatures(old[0]) if old is not None else 0
        if old is not None:
            self._replace(old[0], new, keep_others=records)
            if records:
                digest = _digest(io.BytesIO(f"{old[1]} {digest}".encode()))
        count = self._count(new)
        for held, left, what in (
            (before, count, "entry"),
            (signatures, self._count_signatures(new), "signature"),
        ):
            if tally.unusable and _halved(held, left):
                raise ValueError(
                    f"has {pluralize(left, what)} that can be used, where {held} are held,"
                    f" and {tally.unusable} that can't be, the first: {tally.reason}"
                )
        self._connection.execute(
            "INSERT INTO sets VALUES (?, ?, ?, ?, ?, ?, ?)",
            (new, found, made.source, made.as_of, count, digest, made.etag),
        )
        self.changed = True
        return ImportResult(found, made.as_of, count, tally, before)

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
                        (entry.package, str(entry.ecosystem), entry.id, new, facts_of(entry)),
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

    def _count_signatures(self, number: int) -> int:
        (count,) = self._connection.execute(
            "SELECT count(*) FROM signatures WHERE set_id = ?", (number,)
        ).fetchone()
        return int(count)


def _halved(before: int, after: int) -> bool:
    return 2 * after < before


def _digest(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def building(directory: Path) -> Iterator[AdvisoryDbWriter]:
    """Build the file anew, upon what it holds, and put it into its place at the end.

    An error on the way leaves the old one. ``DataError`` where the file can't be written,
    belongs to another program, or was replaced by somebody else meanwhile.
    """
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
            made = AdvisoryDbWriter(connection, lost)
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


def export(directory: Path, file: Path) -> tuple[StoredSet, ...]:
    """Write all that is known here to a file that ``AdvisoryDbWriter.take_export`` takes.

    That are the sets of the data file, and the lists of the seed that there are no newer ones of.
    ``DataError`` where the data can't be used, or the file can't be written.
    """
    with closing(Advisories(directory)) as known:
        if known.error is not None:
            raise DataError(known.error)
        lists = known.lists
        with _told(file):
            place = Path(tempfile.mkdtemp(".new", f".{file.name}.", file.parent))
        try:
            with _told(file), contextlib.suppress(FileNotFoundError):
                shutil.copyfile(directory / FILE_NAME, place / FILE_NAME)
            with building(place) as made:
                for data, entries in lists:
                    held = made.sets().get(data.name)
                    if held is None or (held.as_of and data.as_of > held.as_of):
                        made.keep(_stored(data), entries)
                sets = tuple(made.sets().values())
            with _told(file):
                (place / FILE_NAME).replace(file)
        finally:
            shutil.rmtree(place, ignore_errors=True)
    return sets


def _stored(data: DataSet) -> StoredSet:
    return StoredSet(data.name, data.source, data.as_of, data.count, digest="", etag="")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in our own words what could not be done with the file."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise DataError(f"{path} can't be written: {reason(error)}") from None


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _start_from(path: Path, temporary: Path) -> str | None:
    """Copy what is there; say why where that is no use, and refuse what is another program's."""
    try:
        Reader(path).close()
    except FileNotFoundError:
        return None
    except DataError as error:
        if not path.is_file() or "belongs to another program" in error.message:
            raise
        return error.message
    shutil.copyfile(path, temporary)
    return None


def _make_schema(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
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
