"""``vscan db``: look after the data that the offline analyser compares with."""

import json
import stat
from contextlib import closing
from datetime import UTC, date, datetime
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import click
from msgspec.structs import asdict

from vscan.advisories import Advisories
from vscan.cli.click_types import NonEmptyPath
from vscan.cli.options import options_of
from vscan.errors import UsageError, VscanError
from vscan.model import DataState
from vscan.safe_text import describe_os_error, pluralize, sanitize
from vscan.settings.directories import default_data_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vscan.advisories.formats import ImportStats
    from vscan.advisories.writer import AdvisoryDbWriter, ImportResult, SkippedOlder
    from vscan.data_update import FetchFailed, Unchanged


@click.group("db")
def commands() -> None:
    """Look after the offline analyser's data."""


def _today() -> date:
    return datetime.now(UTC).date()


def _warn(text: str) -> None:
    click.echo(f"Warning: {sanitize(text, 1000)}", err=True)


def _directory(named: Path | None) -> Path:
    """Take the named directory, or the user's default; ``UsageError`` where there is neither."""
    directory = named or default_data_directory()
    if directory is None:
        raise UsageError("this user has no home", hint="name the directory with --data-dir")
    return directory


@commands.command()
@options_of("db update")
def update(data_dir: Path | None) -> None:
    """Fetch the public data, as far as it can be had.

    Exits with 2 if a source could not be fetched; what could be is kept.
    """
    from vscan.data_update import FEEDS
    from vscan.data_update import update as fetch

    failed = fetch(_directory(data_dir), _today(), _tell)
    if failed:
        raise VscanError(
            f"{failed} of {pluralize(len(FEEDS), 'source')} could not be fetched",
            hint="`vscan db import` takes their files, fetched by other means",
        )


def _tell(outcome: "ImportResult | Unchanged | FetchFailed | str") -> None:
    """Say what became of a source."""
    from vscan.advisories.writer import ImportResult
    from vscan.data_update import FetchFailed, Unchanged

    match outcome:
        case ImportResult():
            _tell_taken(outcome)
        case Unchanged():
            click.echo(f"{outcome.name}: nothing newer")
        case FetchFailed():
            _warn(f"{outcome.name} could not be fetched: {outcome.reason}")
        case str():
            _warn(outcome)
        case _:
            assert_never(outcome)


@commands.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=NonEmptyPath(path_type=Path), metavar="FILE..."
)
@options_of("db import")
def import_(files: tuple[Path, ...], data_dir: Path | None) -> None:
    """Take public data from files, in their original formats.

    That is an OSV export (all.zip) or records (JSON, or a record a line), the
    Marketplace's RemovedPackages.md, Open VSX's extension control file, retire.js's
    repository, or what `vscan db export` wrote on another machine. Files are known by
    their content, not by their names. A file replaces what its source had said before;
    single records replace themselves, and an export replaces nothing that is newer. A file
    is refused if nothing in it can be used, or if less than half of what is held would be
    left; to hold less on purpose, remove the data file first.

    Exits with 2 if a file could not be used; what could be is kept.
    """
    from vscan.advisories.writer import open_writer

    failed = 0
    with open_writer(_directory(data_dir)) as writer:
        if writer.previous_db_error is not None:
            _warn(f"{writer.previous_db_error}; a new file replaces it, and its data is lost")
        for path in files:
            name = click.format_filename(path)
            try:
                for taken in _taken(writer, path):
                    _tell_taken(taken)
            except ValueError as error:
                _warn(f"{name} {error}")
                failed += 1
    if failed:
        raise UsageError(
            f"{failed} of {pluralize(len(files), 'file')} could not be used",
            hint="`vscan db import --help` lists the formats",
        )


def _taken(writer: "AdvisoryDbWriter", path: Path) -> "Iterator[ImportResult | SkippedOlder]":
    """Take one file in; ``ValueError`` says what is wrong with it."""
    from vscan.advisories.database import DataError, Reader
    from vscan.advisories.formats.exported import MAGIC

    today = _today()
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("is not a file")
        file = path.open("rb")
    except OSError as error:
        raise ValueError(f"can't be read: {describe_os_error(error)}") from None
    with file:
        if file.read(len(MAGIC)) == MAGIC:
            try:
                with closing(Reader(path)) as reader:
                    yield from writer.import_export(reader, today)
            except DataError as error:
                raise ValueError(f"is no export that can be used: {error.message}") from None
            return
        yield writer.import_file(file, today=today)


def _tell_taken(taken: "ImportResult | SkippedOlder") -> None:
    from vscan.advisories.writer import SkippedOlder

    if isinstance(taken, SkippedOlder):
        older = taken.as_of or "a day that is not known"
        click.echo(f"{taken.name}: left as it is, of {taken.stored_as_of}, newer than {older}")
        return
    click.echo(_sentence(taken))


def _as_of(day: str) -> str:
    return f"as of {day}" if day else "of a day that is not known"


def _sentence(taken: "ImportResult") -> str:
    """Say what an import took in, and what it left."""
    stats = taken.stats
    left = [
        f"{number} {what}"
        for number, what in (
            (stats.withdrawn, "withdrawn"),
            (stats.other_ecosystems, "about other ecosystems"),
            (stats.unusable, f"that can't be used, the first: {stats.reason}{_others(stats)}"),
        )
        if number
    ]
    rest = f"; left out: {', '.join(left)}" if left else ""
    return sanitize(
        f"{taken.name}: {pluralize(taken.count, 'entry')} {_as_of(taken.as_of)}{rest}", 8000
    )


def _others(stats: "ImportStats") -> str:
    """Name what else can't be used. Of one name there may be several."""
    return f"; also: {', '.join(stats.others)}" if stats.others else ""


def _age(state: DataState) -> str:
    if not state.ages or state.days is None:
        return ""
    return f", {pluralize(state.days, 'day')} old"


@commands.command()
@click.argument("file", type=NonEmptyPath(path_type=Path, dir_okay=False), metavar="FILE")
@options_of("db export")
def export(file: Path, data_dir: Path | None) -> None:
    """Write the public data to a file, for machines without a network.

    `vscan db import FILE` takes it there, each set as of its own date. Without data that was
    fetched or imported, it has the lists that came with the program.
    """
    from vscan.advisories.local_data_export import export as write

    for each in sorted(write(_directory(data_dir), file), key=attrgetter("name")):
        click.echo(f"{each.name}: {pluralize(each.count, 'entry')} {_as_of(each.as_of)}")


@commands.command()
@options_of("db status")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
def status(data_dir: Path | None, *, as_json: bool) -> None:
    """Say what data there is, from where and how old.

    Exits with 2 if the data can't be used.
    """
    directory = _directory(data_dir)
    known = Advisories(directory)
    known.close()
    today = _today()
    warnings = known.warnings(today)
    ages = {state.data: state for state in known.states(today)}
    if as_json:
        found = {
            "path": str(directory),
            "version": known.version,
            "sets": [asdict(each) for each in known.sets],
            "missing": known.missing,
            "warnings": [] if known.error else warnings,
            "trouble": known.error,
        }
        click.echo(json.dumps(found, indent=2))
    else:
        click.echo(f"path: {click.format_filename(directory)}")
        for each in known.sets:
            age = _age(ages[each]) if each in ages else ""
            click.echo(f"{each.name}: {pluralize(each.count, 'entry')} {_as_of(each.as_of)}{age}")
            click.echo(f"  {each.source}")
        for warning in warnings if known.error is None else ():
            _warn(warning)
    if known.error is not None:
        raise VscanError(known.error, hint="`vscan db update` or `vscan db import` replaces it")
