"""How options are declared, the same for every command."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from vscan.config import default_cache_directory
from vscan.errors import UsageError

_YEAR_S = 365 * 24 * 3600
_F = TypeVar("_F", bound=Callable[..., Any])


class Texts(click.types.StringParamType):
    """Several texts: the option repeated, or commas in the environment."""

    envvar_list_splitter = ","


class Ids(Texts):
    """Several ids: the option repeated, or commas, on the command line too."""

    name = "ids"

    def convert(  # type: ignore[override]
        self, value: str, _param: click.Parameter | None, _ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Split at the commas."""
        return tuple(part for part in (part.strip() for part in value.split(",")) if part)


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
            self.fail("it is empty; perhaps a variable is not set.", param, ctx)
        return super().convert(value, param, ctx)


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


def option(*names: str, **settings: Any) -> Callable[[_F], _F]:  # noqa: ANN401 - click's own
    """Declare an option that is a variable too: ``--max-wait`` is ``VSCAN_MAX_WAIT``."""
    long = next(name for name in names if name.startswith("--"))
    variable = "VSCAN_" + long.split("/")[0].removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=variable, **settings)


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


def cache_directory(given: Path | None) -> Path:
    """Take the directory that was given, or the user's; a command can't do without."""
    directory = given if given is not None else default_cache_directory()
    if directory is None:
        raise UsageError("this user has no home", hint="name the cache with --cache-dir")
    return directory
