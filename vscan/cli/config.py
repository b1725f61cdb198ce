"""``vscan config``: make, show and change the config file. Its comments are kept."""

import json
import os
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import tomlkit
import tomlkit.exceptions

from vscan.bounded_input import stat_if_exists
from vscan.cli import completion
from vscan.cli.config_building import computed_defaults
from vscan.cli.options import SettingOption, config_option
from vscan.cli.scan import scan
from vscan.errors import UsageError, VscanError
from vscan.files_on_windows import remove_file, replace_file
from vscan.safe_text import describe_os_error, sanitize
from vscan.settings.config_file_reading import load, read, row_of_key
from vscan.settings.directories import default_config_file
from vscan.settings.row import Row
from vscan.settings.table import BY_KEY, SECTIONS

with_file_path = config_option("The config file.")


@click.group("config")
def commands() -> None:
    """Manage the config file: TOML, a section and a key for every option."""


@commands.command()
@with_file_path
def path(config: Path | None) -> None:
    """Print where the config file is."""
    click.echo(os.fsencode(_path(config)))


@commands.command()
@with_file_path
def init(config: Path | None) -> None:
    """Make a config file that shows every key with its default."""
    place, text = _path(config), _skeleton()
    # What an earlier `init` made, and `reset --all` emptied, is made again.
    if _exists(place) and read(place).strip() not in {"", text.strip()}:
        raise UsageError(
            f"{place} is there already", hint="`vscan config set KEY VALUE` changes it"
        )
    _write(place, text)
    click.echo(f"made {click.format_filename(place)}")


def _skeleton() -> str:
    """Write a config file that has each key as a comment."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Settings of vscan. Options and variables (VSCAN_*) come first."))
    for section in SECTIONS:
        table = tomlkit.table()
        for key, row in BY_KEY.items():
            if key.startswith(f"{section}."):
                table.add(tomlkit.comment(row.help.partition("  [")[0]))
                table.add(tomlkit.comment(f"{key.partition('.')[2]} = {_default(row)}"))
        document.add(section, table)
    return tomlkit.dumps(document)


@commands.command()
@with_file_path
def show(config: Path | None) -> None:
    """List every key with its value and where that comes from."""
    context = _context(config)
    for key, row in BY_KEY.items():
        click.echo(f"{key} = {_toml(_value(context, row))}  # {_origin(context, row)}")
    for warning in context.obj.warnings:
        click.echo(f"Warning: {warning}", err=True)


@commands.command()
@click.argument("key", shell_complete=completion.keys)
@with_file_path
def get(key: str, config: Path | None) -> None:
    """Print the value of a key, as a scan would take it; an empty line where it is not set."""
    value = _value(_context(config), row_of_key(key))
    click.echo(
        str(value) if isinstance(value, str | Path) else "" if value is None else _toml(value)
    )


@commands.command(name="set")
@click.argument("key", shell_complete=completion.keys)
@click.argument("value", shell_complete=completion.value_of_key)
@with_file_path
def set_(key: str, value: str, config: Path | None) -> None:
    """Set a key; lists take commas."""
    row = row_of_key(key)
    parts = [part.strip() for part in value.split(",")]
    given: Any = parts if row.type.several else value
    with click.Context(scan) as context:
        parsed = _checked(row, given, context)
    section, _, name = key.partition(".")
    if row.type.several:
        parsed = given

    def change(document: tomlkit.TOMLDocument) -> None:
        if section not in document:
            document.add(section, tomlkit.table())
        table = document[section]
        if not isinstance(table, MutableMapping):
            raise UsageError(f"{section} is no section there, so it holds no {name}")
        table[name] = str(parsed) if isinstance(parsed, Path) else parsed

    _edit(_path(config), change)


@commands.command()
@click.argument("key", required=False, shell_complete=completion.keys)
@click.option("--all", "everything", is_flag=True, help="Forget every key.")
@with_file_path
def reset(key: str | None, config: Path | None, *, everything: bool) -> None:
    """Forget a key, so that its default counts again."""
    if (key is None) != everything:
        raise UsageError("name one KEY, or --all")

    def change(document: tomlkit.TOMLDocument) -> None:
        keys = list(BY_KEY) if key is None else [row_of_key(key).key]
        for section, _, name in (each.partition(".") for each in keys):
            table = document.get(section)
            if isinstance(table, MutableMapping):
                table.pop(name, None)

    _edit(_path(config), change)


def _default(row: Row) -> str:
    """Write the default of a key in TOML, or an example, and what is allowed as a comment."""
    value = row.type.default(row.default)
    remarks = [row.type.allowed] if row.type.allowed else []
    if value is None or value == ():
        value = computed_defaults().get(row.field)
    if value is None:
        remarks.append("not set by default")
        value = row.type.example
    return f"{_toml(value)}" + (f"  # {'; '.join(remarks)}" if remarks else "")


def _path(named: Path | None) -> Path:
    place = named or default_config_file()
    if place is None:
        raise UsageError("this user has no home", hint="name the config file with --config")
    return place


def _context(config: Path | None) -> click.Context:
    """Parse the option, the variables and the file as a scan would, without running it."""
    arguments = [] if config is None else ["--config", str(config)]
    return scan.make_context("scan", arguments)


def _value(context: click.Context, row: Row) -> object:
    value = context.params[row.field]
    if value is None or value == ():
        value = computed_defaults().get(row.field, value)
    if isinstance(value, tuple):
        return [
            part for parts in value for part in (parts if isinstance(parts, tuple) else [parts])
        ]
    return value


def _origin(context: click.Context, row: Row) -> str:
    match context.get_parameter_source(row.field):
        case click.core.ParameterSource.ENVIRONMENT:
            return row.variable
        case click.core.ParameterSource.DEFAULT_MAP:
            return sanitize(str(context.obj.path), 1000)
        case _:
            return "default"


def _checked(row: Row, given: object, context: click.Context) -> Any:  # noqa: ANN401 - each type has its own
    option = next(each for each in scan.params if each.name == row.field)
    assert isinstance(option, SettingOption)
    try:
        return option.type_cast_value(context, given)
    except click.BadParameter as error:
        error.param_hint = row.key
        raise UsageError(error.format_message()) from None


def _toml(value: object) -> str:
    """Write a value as in TOML, which has no value for what is not set."""
    if value is None:
        return "(not set)"
    if isinstance(value, Path):
        value = str(value)
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _exists(place: Path) -> bool:
    try:
        return stat_if_exists(place) is not None
    except OSError as error:
        reason = describe_os_error(error)
        raise VscanError(f"{place} can't be looked at: {reason}") from None


def _edit(place: Path, change: Callable[[tomlkit.TOMLDocument], None]) -> None:
    """Change the file as a whole or not at all."""
    try:
        document = tomlkit.parse(read(place)) if _exists(place) else tomlkit.document()
    except tomlkit.exceptions.ParseError as error:
        raise UsageError(f"{place} is not TOML: {sanitize(str(error), 200)}") from None
    change(document)
    _write(place, tomlkit.dumps(document))
    load(place)


def _write(place: Path, text: str) -> None:
    real = Path(os.path.realpath(place))  # the user's own file, which may be kept elsewhere
    temporary = real.with_name(f".vscan-{os.urandom(8).hex()}.tmp")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w",  # noqa: PTH123
                  encoding="utf-8", newline="") as file:  # fmt: skip
            with suppress(FileNotFoundError):  # one for everybody stays one
                temporary.chmod(real.stat().st_mode & 0o777)
            file.write(text)
        replace_file(temporary, real)
    except OSError as error:
        with suppress(OSError):
            remove_file(temporary)
        reason = describe_os_error(error)
        raise VscanError(f"{place} can't be written: {reason}") from None
