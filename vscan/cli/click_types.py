"""The parser that click uses for each type of setting."""

import os
from pathlib import Path
from typing import Any, ClassVar

import click

from vscan.cli import completion
from vscan.settings.types import (
    Choice,
    DirectoryPath,
    DirectoryPaths,
    FilePath,
    InputPaths,
    Integer,
    Names,
    Outputs,
    Seconds,
    SettingType,
)

_YEAR_S = 365 * 24 * 3600  # the longest time that every clock and timer accepts
EMPTY = "it is empty; perhaps a variable is not set."
EMPTY_ENTRY = "one of its entries is empty; perhaps a variable is not set."


def click_type(of: SettingType) -> "click.ParamType[Any]":
    """Make click's type for a type of setting."""
    parser: click.ParamType[Any] = TextsType() if of.several else click.STRING
    match of:
        case Integer():
            parser = IntegerType(of)
        case Seconds():
            parser = SecondsType(of.minimum, of.maximum, min_open=of.positive)
        case Choice():
            parser = click.Choice(of.words, case_sensitive=False)
        case Names():
            parser = NamesType()
        case Outputs():
            parser = OutputsType()
        case DirectoryPaths():
            parser = DirectoriesType()
        case InputPaths():
            parser = InputsType()
        case FilePath():
            parser = NonEmptyPath(path_type=Path, dir_okay=False)
        case DirectoryPath():
            # Unreadable directories are left to their users: a cache warns, and goes on.
            parser = NonEmptyPath(path_type=Path, readable=False)
    return parser


class TextsType(click.types.StringParamType):
    """Texts of a repeatable option; in the environment, commas separate them."""

    envvar_list_splitter: ClassVar[str] = ","


class OutputsType(TextsType):
    """Reports to write. The shell completes formats and paths."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> completion.Items:
        """Suggest formats and paths."""
        return completion.outputs(ctx, param, incomplete)


class DirectoriesType(TextsType):
    """Paths of directories, which need not exist."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> completion.Items:
        """Have the shell complete directories."""
        del ctx, param
        return completion.path("dir", incomplete)


class InputsType(TextsType):
    """Paths of files and directories, which need not exist."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> completion.Items:
        """Have the shell complete paths."""
        del ctx, param
        return completion.path("file", incomplete)


class NamesType(TextsType):
    """Names of a repeatable option; commas separate them on the command line, too."""

    name = "ids"

    def convert(  # type: ignore[override]
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Split at the commas; refuse an empty name, which an unset variable leaves."""
        parts = tuple(part.strip() for part in value.split(","))
        if not all(parts):
            self.fail(EMPTY_ENTRY, param, ctx)
        return parts

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> completion.Items:
        """Suggest what the option takes; after a comma, the next name."""
        return completion.names(ctx, param, incomplete)


class FlagType(click.types.BoolParamType):
    """On or off, as the variable of a flag says it."""

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's own signature
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> bool:
        """Read the words that click knows; name two of them for another."""
        if isinstance(value, str) and self.str_to_bool(value) is None:
            self.fail(f"{value!r} is neither true nor false (or 1, 0).", param, ctx)
        return bool(super().convert(value, param, ctx))


class IntegerType(click.IntRange):
    """An integer in a range."""

    def __init__(self, of: Integer) -> None:
        super().__init__(of.minimum, of.maximum)
        self._of = of

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's own signature
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> int:
        """Read the number, and say in words which ones are allowed."""
        try:
            number = int(value)
        except ValueError:
            self.fail(f"{value!r} is not a whole number.", param, ctx)
        of = self._of
        if not of.minimum <= number <= of.maximum:
            remark = f"; {of.remark}" if of.remark else ""
            self.fail(f"{number} is not between {of.minimum} and {of.maximum}{remark}.", param, ctx)
        return number


class NonEmptyPath(click.Path):
    """A path that is not empty: an empty one would be the working directory."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401 - click's own signature
        """Refuse an empty path, which an unset variable leaves."""
        if not value:
            self.fail(EMPTY, param, ctx)
        return super().convert(value, param, ctx)


class SecondsType(click.FloatRange):
    """A number of seconds. NaN and infinity, which click's ranges accept, are refused."""

    name = "seconds"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - click's own signature
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """Read the number."""
        try:
            float(value)
        except ValueError:
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        number = float(super().convert(value, param, ctx))
        if not 0 <= number <= _YEAR_S:
            self.fail(f"{value!r} is not a number of seconds.", param, ctx)
        return number
