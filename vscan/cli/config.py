"""``vscan config``: make, show and change the config file. Comments in it survive."""

import json
import os
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import tomlkit
import tomlkit.exceptions

from vscan.cli.options import Place, option
from vscan.cli.scan import scan
from vscan.errors import UsageError, VscanError
from vscan.settings import KEY_OF, KEYS, default_path, known_key, load, read
from vscan.text import describe_os_error, sanitize
from vscan.untrusted_input import stat_if_exists

config_file_option = option(
    "--config",
    type=Place(path_type=Path, dir_okay=False),
    default=None,
    help="The config file.  [default: ~/.vscanrc]",
)


@click.group("config")
def commands() -> None:
    """Look after the config file: TOML, a section and a key for every option."""


@commands.command()
@config_file_option
def path(config: Path | None) -> None:
    """Print where the config file is."""
    click.echo(os.fsencode(_path(config)))


@commands.command()
@config_file_option
def init(config: Path | None) -> None:
    """Make a config file that shows every key with its default."""
    place = _path(config)
    if _exists(place):
        raise UsageError(
            f"{place} is there already", hint="`vscan config set KEY VALUE` changes it"
        )
    document, bare = tomlkit.document(), click.Context(scan)
    document.add(tomlkit.comment("Settings of vscan. Options and variables (VSCAN_*) come first."))
    for section in dict.fromkeys(key.partition(".")[0] for key in KEYS):
        table = tomlkit.table()
        for key, name in KEYS.items():
            if key.startswith(f"{section}."):
                parameter = _parameters()[name]
                default = parameter.get_default(bare)
                # Click's own mark for "none" is of a type of its own.
                known = isinstance(default, bool | int | float | str)
                shown = _toml(default if known else () if parameter.multiple else None)
                help_ = (parameter.help or "").partition("  [")[0]
                table.add(tomlkit.comment(help_))
                table.add(tomlkit.comment(f"{key.partition('.')[2]} = {shown}"))
        document.add(section, table)
    _write(place, tomlkit.dumps(document))
    click.echo(f"made {click.format_filename(place)}")


@commands.command()
@config_file_option
def show(config: Path | None) -> None:
    """List every key with its value and where that comes from."""
    context = _context(config)
    for key, name in KEYS.items():
        click.echo(f"{key} = {_toml(_value(context, name))}  # {_origin(context, name)}")
    for warning in context.obj.warnings:
        click.echo(f"Warning: {warning}", err=True)


@commands.command()
@click.argument("key")
@config_file_option
def get(key: str, config: Path | None) -> None:
    """Print the value of a key, as a scan would take it; an empty line where it is not set."""
    value = _value(_context(config), KEYS[known_key(key)])
    click.echo("" if value is None else _toml(value))


@commands.command(name="set")
@click.argument("key")
@click.argument("value")
@config_file_option
def set_(key: str, value: str, config: Path | None) -> None:
    """Set a key; lists take commas."""
    parameter = _parameters()[KEYS[known_key(key)]]
    parts = [part.strip() for part in value.split(",")]
    given: Any = parts if parameter.multiple else value
    with click.Context(scan) as context:
        parsed = _checked(parameter, given, context, key)
    section, _, name = key.partition(".")
    if parameter.multiple:
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
@click.argument("key", required=False)
@click.option("--all", "everything", is_flag=True, help="Forget every key.")
@config_file_option
def reset(key: str | None, config: Path | None, *, everything: bool) -> None:
    """Forget a key, so that its default counts again."""
    if (key is None) != everything:
        raise UsageError("name one KEY, or --all")

    def change(document: tomlkit.TOMLDocument) -> None:
        keys = list(KEYS) if key is None else [known_key(key)]
        for section, _, name in (each.partition(".") for each in keys):
            table = document.get(section)
            if isinstance(table, MutableMapping):
                table.pop(name, None)

    _edit(_path(config), change)


def _path(named: Path | None) -> Path:
    place = named or default_path()
    if place is None:
        raise UsageError("this user has no home", hint="name the config file with --config")
    return place


def _parameters() -> dict[str, click.Option]:
    return {
        parameter.name: parameter
        for parameter in scan.params
        if isinstance(parameter, click.Option) and parameter.name in KEY_OF
    }


def _context(config: Path | None) -> click.Context:
    """Take in option, variables and file as a scan would; nothing is run."""
    arguments = [] if config is None else ["--config", str(config)]
    return scan.make_context("scan", arguments)


def _value(context: click.Context, name: str) -> object:
    value = context.params[name]
    if isinstance(value, tuple):
        return [
            part for parts in value for part in (parts if isinstance(parts, tuple) else [parts])
        ]
    return value


def _origin(context: click.Context, name: str) -> str:
    match context.get_parameter_source(name):
        case click.core.ParameterSource.ENVIRONMENT:
            return str(_parameters()[name].envvar)
        case click.core.ParameterSource.DEFAULT_MAP:
            return sanitize(str(context.obj.path), 1000)
        case _:
            return "default"


def _checked(parameter: click.Option, given: object, context: click.Context, key: str) -> Any:  # noqa: ANN401 - whatever the option is
    try:
        return parameter.type_cast_value(context, given)
    except click.BadParameter as error:
        error.param_hint = key
        raise UsageError(error.format_message()) from None


def _toml(value: object) -> str:
    """Write a value as TOML has it; what is not set has none there."""
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
                  encoding="utf-8") as file:  # fmt: skip
            with suppress(FileNotFoundError):  # one for everybody stays one
                temporary.chmod(real.stat().st_mode & 0o777)
            file.write(text)
        temporary.replace(real)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        reason = describe_os_error(error)
        raise VscanError(f"{place} can't be written: {reason}") from None
