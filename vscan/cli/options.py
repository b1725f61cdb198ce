"""The options, in groups that commands share, each a variable and a key of the config file, too."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from vscan.config import default_cache_directory, default_data_directory
from vscan.errors import UsageError
from vscan.model import Registry
from vscan.settings import KEY_OF, at_home, load

_YEAR_S = 365 * 24 * 3600
_F = TypeVar("_F", bound=Callable[..., Any])
_LEADING_OPTION = re.compile(r"--[a-z-]+")
_EMPTY = "it is empty; perhaps a variable is not set."
_EMPTY_ENTRY = "one of its entries is empty; perhaps a variable is not set."


class Texts(click.types.StringParamType):
    """Several texts: the option repeated, or commas in the environment."""

    envvar_list_splitter = ","


class Ids(Texts):
    """Several ids: the option repeated, or commas, on the command line too."""

    name = "ids"

    def convert(  # type: ignore[override]
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Split at the commas; refuse what an unset variable leaves between two of them."""
        parts = tuple(part.strip() for part in value.split(","))
        if not all(parts):
            self.fail(_EMPTY_ENTRY, param, ctx)
        return parts


class Place(click.Path):
    """A path that is not empty: that would be the working directory, whose owner is unknown."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401 - click's own signature
        """Refuse what an unset variable leaves."""
        if not value:
            self.fail(_EMPTY, param, ctx)
        return super().convert(_expanded(value, param, ctx), param, ctx)


class Places(Texts):
    """Several paths, each of which may have a format before it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's own signature
        """Put the home directory for a leading ``~``."""
        name, equals, path = str(value).partition("=")
        if equals and name.isalpha():
            return f"{name}={_expanded(path, param, ctx)}"
        return _expanded(value, param, ctx)


def _expanded(value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - what click takes for a path
    """Do for a variable what a shell does for an option; the file's paths are done with it."""
    if ctx is None or param is None or param.name is None or not isinstance(value, str):
        return value
    if ctx.get_parameter_source(param.name) is not click.core.ParameterSource.ENVIRONMENT:
        return value
    try:
        return at_home(value)
    except UsageError as error:
        raise click.BadParameter(f"{error.message}.", ctx, param) from None


class Seconds(click.FloatRange):
    """A number of seconds: finite, for NaN is in every range."""

    name = "seconds"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's own signature
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """Read the number."""
        number = float(super().convert(value, param, ctx))
        if not 0 <= number <= _YEAR_S:  # no clock takes much more
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return number


class Option(click.Option):
    """An option that refuses an empty value, on the command line, as a variable and in the file.

    A value that is not there by mistake would be a default, and that can be less strict than
    what was meant: ids that may be sent, another policy, no threshold.
    """

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Take the variable as it is: click takes one that is set to nothing as not set."""
        del ctx
        return os.environ.get(str(self.envvar))

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:  # noqa: ANN401 - click's own
        """Refuse what is empty, whatever the type would make of it."""
        given = value if isinstance(value, list | tuple) else [value]
        if any(isinstance(each, str) and not each.strip() for each in given):
            raise click.BadParameter(_EMPTY if len(given) == 1 else _EMPTY_ENTRY, ctx, self)
        return super().type_cast_value(ctx, value)


def option(*names: str, **settings: Any) -> Callable[[_F], _F]:  # noqa: ANN401 - click's own
    """Declare an option that is a variable too: ``--max-wait`` is ``VSCAN_MAX_WAIT``."""
    long = next(name for name in names if name.startswith("--"))
    variable = "VSCAN_" + long.split("/")[0].removeprefix("--").replace("-", "_").upper()
    return click.option(*names, cls=Option, envvar=variable, **settings)


def origin_of_option(context: click.Context, name: str) -> str | None:
    """Name the variable, or the file and its key, that a parameter's value comes from."""
    parameter = next((each for each in context.command.params if each.name == name), None)
    match context.get_parameter_source(name):
        case click.core.ParameterSource.ENVIRONMENT if parameter is not None:
            return str(parameter.envvar)
        case click.core.ParameterSource.DEFAULT_MAP:
            return f"{context.obj.path}: {KEY_OF[name]}"
        case _:
            return None


@contextmanager
def naming_option_origins(context: click.Context) -> Iterator[None]:
    """Let an error that begins with an option name what set it, where that was no option."""
    try:
        yield
    except UsageError as error:
        found = _LEADING_OPTION.match(error.message)
        for parameter in context.command.params if found else ():
            if parameter.name and found and found[0] in parameter.opts:
                origin = origin_of_option(context, parameter.name) or found[0]
                raise UsageError(origin + error.message[found.end() :], error.hint) from None
        raise


def options(*groups: Iterable[Callable[[_F], _F]]) -> Callable[[_F], _F]:
    """Give a command groups of options, in the order of its help."""

    def decorate(command: _F) -> _F:
        for each in reversed([each for group in groups for each in group]):
            command = each(command)
        return command

    return decorate


def choice(*words: str) -> click.Choice[str]:
    """One of a few words, in any case."""
    return click.Choice(words, case_sensitive=False)


cache_dir_option = option(
    "--cache-dir",
    type=Place(path_type=Path, readable=False),  # a cache is only a cache, and warns itself
    default=None,
    help="Where verdicts are remembered.  [default: $XDG_CACHE_HOME/vscan]",
)
cache_max_age_option = option(
    "--cache-max-age",
    type=click.IntRange(1, 365),
    default=7,
    show_default=True,
    metavar="DAYS",
    help="How long a verdict counts.",
)


def _load(context: click.Context, _parameter: click.Parameter, path: Path | None) -> None:
    """Put the file's values below options and variables, and above the defaults."""
    settings = load(path)
    context.obj = settings
    several = {parameter.name: parameter.multiple for parameter in context.command.params}
    context.default_map = {
        name: _as_given(f"{settings.path}: {KEY_OF[name]}", value, several=several[name])
        for name, value in settings.values.items()
        if name in several
    }


def _as_given(place: str, value: Any, *, several: bool) -> str | list[str]:  # noqa: ANN401 - what TOML has
    """Write a value as a variable would have it: one parser, with its limits, reads both."""
    if any("\0" in text for text in value) if isinstance(value, list) else "\0" in str(value):
        raise UsageError(f"{place} holds a zero byte", hint="no path or name does")
    if several:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",")]
        if isinstance(value, list):
            return value
        raise UsageError(f"{place} is {value!r}", hint="a list of texts is wanted")
    if isinstance(value, list):
        raise UsageError(f"{place} is a list", hint="one value is wanted")
    return str(value).lower() if isinstance(value, bool) else str(value)


config_option = option(
    "--config",
    type=Place(path_type=Path, dir_okay=False),
    default=None,
    is_eager=True,
    expose_value=False,
    callback=_load,
    help="Settings, in TOML.  [default: ~/.vscanrc]",
)

api_url_option = option(
    "--api-url", default=None, metavar="URL", help="The API's address: https, or http to loopback."
)

data_dir_option = option(
    "--data-dir",
    type=Place(path_type=Path, readable=False),  # what can't be read is told by who reads it
    default=None,
    help="Where the offline analyser's data is.  [default: $XDG_DATA_HOME/vscan]",
)

# Who is asked.
PROVIDER = (
    option(
        "--source",
        "sources",
        type=Ids(),
        multiple=True,
        metavar="NAME",
        help="Who is asked: vscan.dev (the web API) or offline (the analyser in here);"
        " repeatable.  [default: both]",
    ),
    option("--offline", is_flag=True, help="Same as --source offline: no network at all."),
    data_dir_option,
)

# How a scan goes about it.
SCANNING = (
    option(
        "--extensions-dir",
        type=Places(),
        multiple=True,
        metavar="DIR",
        help="Same as a TARGET; repeatable.",
    ),
    option("--parallel/--no-parallel", default=False, help="Scan with several workers."),
    option(
        "--workers",
        type=click.IntRange(2, 5),
        default=3,
        show_default=True,
        metavar="N",
        help="How many, 2 to 5. Given on the command line, it implies --parallel.",
    ),
    *PROVIDER,
    api_url_option,
    option(
        "--delay",
        type=Seconds(0, 30),
        default=1.0,
        show_default=True,
        help="Time between two request starts of one worker; all workers together start"
        " requests at least delay/workers apart.",
    ),
    option(
        "--timeout",
        type=Seconds(0, 3600, min_open=True),
        default=30.0,
        show_default=True,
        help="For one request, all of it.",
    ),
    option(
        "--analysis-timeout",
        type=Seconds(0, min_open=True),
        default=300.0,
        show_default=True,
        help="For one analysis, from submit to result; waiting for a rate limit not counted.",
    ),
    option(
        "--deadline",
        type=Seconds(0, min_open=True),
        default=None,
        help="For the whole run; what is not done by then is failed as time-out.",
    ),
    option(
        "--max-retries",
        type=click.IntRange(0, 10),
        default=3,
        show_default=True,
        metavar="N",
        help="For one request that got no usable answer: time-out, error 5xx, broken or no JSON.",
    ),
    option(
        "--retry-delay",
        type=Seconds(0, 30),
        default=2.0,
        show_default=True,
        help="Base of the exponential backoff.",
    ),
    option(
        "--max-wait",
        type=Seconds(0),
        default=120.0,
        show_default=True,
        help="The longest Retry-After that is obeyed, and the longest time without a single"
        " answer that was not a 429.",
    ),
)

# What is remembered.
CACHE = (
    cache_dir_option,
    option("--no-cache", is_flag=True, help="Neither read nor write the cache."),
    option("--refresh-cache", is_flag=True, help="Write the cache but do not read it."),
    cache_max_age_option,
)

# What is found, and where it is from.
DISCOVERY = (
    option(
        "--registry",
        type=choice(*(registry.value for registry in Registry)),
        default=None,
        help="Where the extensions come from.  [default: as the editor's folder or its index tells;"
        " else what is said of either counts]",
    ),
    option(
        "--links",
        type=choice("follow", "refuse"),
        default="follow",
        show_default=True,
        help="Folders that are links out of a directory of extensions: an editor follows them.",
    ),
)

# Which extensions.
FILTERS = (
    option(
        "--include-ids",
        type=Ids(),
        multiple=True,
        metavar="A,B",
        help="Scan only these; * is a wildcard. One that is not installed is scanned by name.",
    ),
    option("--exclude-ids", type=Ids(), multiple=True, metavar="A,B", help="Do not scan these."),
    option(
        "--publisher",
        "publishers",
        type=Ids(),
        multiple=True,
        metavar="P",
        help="Scan only extensions of these publishers.",
    ),
    option(
        "--private",
        type=Ids(),
        multiple=True,
        metavar="PATTERN",
        help="Ids that are never sent to a service (corp.*).",
    ),
)

# What fails a run.
POLICY = (
    option(
        "--fail-on",
        type=choice("none", "low", "medium", "high", "critical"),
        default="high",
        show_default=True,
        help="A finding at or above fails the run (posture does not count).",
    ),
    option(
        "--fail-on-risk",
        type=choice("none", "low", "medium", "high", "critical"),
        default="none",
        show_default=True,
        help="An overall risk level at or above fails the run.",
    ),
    option(
        "--min-score",
        type=click.IntRange(0, 100),
        default=None,
        metavar="N",
        help="A score below fails the run.",
    ),
    option(
        "--on-gap",
        type=choice("auto", "ignore", "warn", "fail"),
        default="auto",
        show_default=True,
        help="A verdict with parts of the analysis missing: `fail` makes the run incomplete (exit"
        " code 3); `auto` does where bytes of the extension were not examined, or a service lacks"
        " dependencies or virusTotal and no other verdict is whole.",
    ),
    option(
        "--on-version-mismatch",
        type=choice("ignore", "warn", "fail"),
        default="warn",
        show_default=True,
        help="A verdict about another version than the installed one.",
    ),
    option(
        "--blocked",
        type=Ids(),
        multiple=True,
        metavar="PATTERN",
        help="Ids that fail the run, such as corp-typo.*.",
    ),
    option(
        "--allowed",
        type=Ids(),
        multiple=True,
        metavar="PATTERN",
        help="Where given, any other id fails the run.",
    ),
    option(
        "--verified-publishers",
        is_flag=True,
        help="An extension of a publisher who is not verified fails the run.",
    ),
    option(
        "--ignore-file",
        type=Place(path_type=Path, dir_okay=False),
        default=None,
        help="Accepted risks: id, rule or failure, reason, expiry date (TOML).",
    ),
    option(
        "--baseline",
        type=Place(path_type=Path, dir_okay=False),
        default=None,
        help="An earlier JSON report: only what is new fails the run.",
    ),
    option(
        "--max-data-age",
        type=click.IntRange(0, 3650),
        default=None,
        metavar="DAYS",
        help="Public data that is older, or missing, makes the run incomplete (exit code 3).",
    ),
    option("--allow-incomplete", is_flag=True, help="Exit with 0 instead of 3."),
    option("--allow-empty", is_flag=True, help="Exit with 0 instead of 4."),
    option("--exit-zero", is_flag=True, help="Exit with 0 instead of 1, and nothing else."),
)

# What is shown.
OUTPUT = (
    option(
        "-o",
        "--output",
        "outputs",
        type=Places(),
        multiple=True,
        metavar="FORMAT=PATH",
        help="Write a report: json=report.json; json=- is standard output. Repeatable.",
    ),
    option(
        "--min-risk-level",
        type=choice("low", "medium", "high", "critical"),
        default=None,
        help="What reports for people show. Never changes the verdict.",
    ),
    option("--plain", is_flag=True, help="Plain text progress and summary."),
    option("-q", "--quiet", is_flag=True, help="No progress; warnings, and one line at the end."),
    option("-v", "--verbose", is_flag=True, help="More detail: log level debug."),
    option(
        "--log-format",
        type=choice("auto", "json", "console"),
        default="auto",
        show_default=True,
        help="auto: for a console on a terminal, JSON lines elsewhere.",
    ),
    option(
        "--log-level",
        type=choice("debug", "info", "warning", "error"),
        default="warning",
        show_default=True,
        help="What is logged.",
    ),
    option(
        "--log-file",
        type=Place(path_type=Path, dir_okay=False),
        default=None,
        help="Append the log to a file instead of standard error.",
    ),
)


def cache_directory(given: Path | None) -> Path:
    """Take the directory that was given, or the user's; a command can't do without."""
    directory = given if given is not None else default_cache_directory()
    if directory is None:
        raise UsageError("this user has no home", hint="name the cache with --cache-dir")
    return directory


def data_directory(given: Path | None) -> Path:
    """Take the directory that was given, or the user's; a command can't do without."""
    directory = given if given is not None else default_data_directory()
    if directory is None:
        raise UsageError("this user has no home", hint="name the directory with --data-dir")
    return directory
