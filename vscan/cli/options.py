"""Click options made from the table of settings, and the origin of each value.

An option on the command line comes before its variable, that before its key in the config file,
and that before the default.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from vscan.cli.click_types import EMPTY, EMPTY_ENTRY, FlagType, click_type
from vscan.errors import UsageError
from vscan.lazy_regex import lazy_regex
from vscan.providers import PROVIDERS
from vscan.settings.config_file_reading import load
from vscan.settings.row import Row
from vscan.settings.table import BY_FIELD, CONFIG_VARIABLE, ROWS
from vscan.settings.types import FilePath, Flag, SettingType

_WRITTEN_BY_USER = {ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT}
_F = TypeVar("_F", bound=Callable[..., Any])
_LEADING_OPTION = lazy_regex(r"--[a-z-]+")


class SettingOption(click.Option):
    """An option that refuses an empty value, on the command line, as a variable and in the file.

    A value that is missing by mistake would be a default, which can be less strict than what was
    meant: ids that may be sent, another policy, no threshold.
    """

    def __init__(self, *args: Any, setting_type: SettingType, **kwargs: Any) -> None:  # noqa: ANN401 - click's own
        super().__init__(*args, **kwargs)
        self.setting_type = setting_type

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return the variable as it is: click treats an empty one as unset."""
        del ctx
        return os.environ.get(str(self.envvar))

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:  # noqa: ANN401 - click's own
        """Refuse empty values, and expand ``~``, which a shell does only at the start of a word."""
        several = isinstance(value, list | tuple)
        given = list(value) if several else [value]
        if any(isinstance(each, str) and not each.strip() for each in given):
            raise click.BadParameter(EMPTY if len(given) == 1 else EMPTY_ENTRY, ctx, self)
        if ctx.get_parameter_source(str(self.name)) in _WRITTEN_BY_USER:
            given = [self._expand_home(ctx, each) for each in given]
            value = given if several else given[0]
        return super().type_cast_value(ctx, value)

    def _expand_home(self, ctx: click.Context, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return self.setting_type.resolve_paths(value, None)
        except UsageError as error:
            raise click.BadParameter(f"{error.message}.", ctx, self) from None


def options_of(command: str) -> Callable[[_F], _F]:
    """Give a command its options, in the table's order."""

    def decorate(function: _F) -> _F:
        for row in reversed(ROWS):
            if row.belongs_to(command):
                function = _option(row, command)(function)
        return function

    return decorate


def _option(row: Row, command: str) -> Callable[[_F], _F]:
    kwargs: dict[str, Any] = {"default": row.type.default(row.default)}
    if isinstance(row.type, Flag):
        kwargs |= {"is_flag": True, "type": FlagType()}
    else:
        kwargs["type"] = click_type(row.type)
        kwargs["show_default"] = kwargs["default"] is not None
    if row.type.several:
        kwargs |= {"multiple": True, "show_default": False}
    return click.option(
        *((row.short,) if row.short else ()),
        row.option,
        row.field,
        cls=SettingOption,
        setting_type=row.type,
        envvar=row.variable,
        metavar=row.metavar,
        help=_help(row.help_of(command)),
        **kwargs,
    )


def _help(text: str) -> str:
    """Put the names and summaries of the providers in the place of ``{providers}``."""
    each = [f"{provider.name} ({provider.summary})" for provider in PROVIDERS]
    return text.replace("{providers}", " or ".join(each))


def config_option(help_: str, **kwargs: Any) -> Callable[[_F], _F]:  # noqa: ANN401 - click's own
    """Declare ``--config``, which names the config file."""
    return click.option(
        "--config",
        cls=SettingOption,
        setting_type=FilePath(),
        type=click_type(FilePath()),
        envvar=CONFIG_VARIABLE,
        default=None,
        help=f"{help_}  [default: ~/.vscanrc]",
        **kwargs,
    )


def _load_config_file(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    """Put the file's values below options and variables, and above the defaults."""
    file = load(path)
    context.obj = file
    names = {parameter.name for parameter in context.command.params}
    context.default_map = {
        name: _as_text(f"{file.path}: {BY_FIELD[name].key}", value, BY_FIELD[name])
        for name, value in file.values.items()
        if name in names
    }


def _as_text(origin: str, value: Any, row: Row) -> str | list[str]:  # noqa: ANN401 - what TOML has
    """Write a value as a variable would have it: one parser, with its limits, reads both."""
    if any("\0" in text for text in value) if isinstance(value, list) else "\0" in str(value):
        raise UsageError(f"{origin} holds a zero byte", hint="no path or name does")
    if row.type.several:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",")]
        if isinstance(value, list):
            return value
        raise UsageError(f"{origin} is {value!r}", hint="a list of texts is wanted")
    if isinstance(value, list):
        raise UsageError(f"{origin} is a list", hint="one value is wanted")
    return str(value).lower() if isinstance(value, bool) else str(value)


# The file is read before all other options, whose defaults it sets.
with_config_file = config_option(
    "Settings, in TOML.", is_eager=True, expose_value=False, callback=_load_config_file
)


def option_origin(context: click.Context, name: str) -> str | None:
    """Name the variable, or the file and its key, that an option's value comes from."""
    parameter = next((each for each in context.command.params if each.name == name), None)
    match context.get_parameter_source(name):
        case ParameterSource.ENVIRONMENT if parameter is not None:
            return str(parameter.envvar)
        case ParameterSource.DEFAULT_MAP:
            return f"{context.obj.path}: {BY_FIELD[name].key}"
        case _:
            return None


@contextmanager
def naming_option_origins(context: click.Context) -> Iterator[None]:
    """Let an error that begins with an option name the variable or the key that set it, if any."""
    try:
        yield
    except UsageError as error:
        found = _LEADING_OPTION.match(error.message)
        for parameter in context.command.params if found else ():
            if parameter.name and found and found[0] in parameter.opts:
                origin = option_origin(context, parameter.name) or found[0]
                raise UsageError(origin + error.message[found.end() :], error.hint) from None
        raise
