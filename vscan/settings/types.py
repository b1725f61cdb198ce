"""The types of settings: which texts an option, a variable or a key takes, and as what.

A type says what its values are, whether a leading ``~`` and relative paths in them are resolved,
and how the command reads them; ``cli.click_types`` has the parser that click uses for each.
"""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from vscan.errors import UsageError
from vscan.model import RiskLevel, Severity
from vscan.model.shard import Shard
from vscan.safe_text import sanitize
from vscan.settings.directories import expand_home
from vscan.settings.option_value_checks import check_included, check_outputs, check_pattern


class SettingType:
    """One value, taken as it is parsed."""

    several: ClassVar[bool] = False  # the option is repeatable, and the key takes a list
    example: Any = ""  # a value as the config file has it, for a key without a default

    @property
    def allowed(self) -> str:
        """The values that it takes, for people; empty where any text will do."""
        return ""

    def resolve_paths(self, text: str, directory: Path | None) -> str:
        """Expand ``~`` in a text and, with a directory, make its relative paths absolute."""
        del directory
        return text

    def value(self, parsed: Any, option: str) -> Any:  # noqa: ANN401 - each type has its own
        """Convert what was parsed to the value in ``Settings``; ``UsageError`` if it is bad."""
        del option
        return parsed

    def default(self, value: Any) -> Any:  # noqa: ANN401 - each type has its own
        """Convert a default in ``Settings`` to what would be parsed, for the help."""
        return value


class Flag(SettingType):
    """On or off."""

    @property
    def allowed(self) -> str:
        """The two values."""
        return "true, false"


class Text(SettingType):
    """Any text that is not empty."""


class ShardText(SettingType):
    """One of several parts, as ``I/N``."""

    example = "1/4"

    @property
    def allowed(self) -> str:
        """The form."""
        return "I/N"

    def value(self, parsed: str | None, option: str) -> Shard | None:
        """Read the two numbers."""
        if parsed is None:
            return None
        try:
            return Shard.parse(parsed)
        except ValueError as error:
            raise UsageError(
                f"{option} {sanitize(parsed, 50)} is {error}", hint="the first of four is 1/4"
            ) from None


class Integer(SettingType):
    """An integer in a range; ``remark`` explains a bound."""

    def __init__(self, minimum: int, maximum: int, remark: str = "") -> None:
        self.minimum, self.maximum, self.remark = minimum, maximum, remark
        self.example = minimum

    @property
    def allowed(self) -> str:
        """The range."""
        return f"{self.minimum} to {self.maximum}"


class Seconds(SettingType):
    """A number of seconds in a range. ``positive``: more than the minimum."""

    def __init__(
        self, minimum: float, maximum: float | None = None, *, positive: bool = False
    ) -> None:
        self.minimum, self.maximum, self.positive = minimum, maximum, positive
        self.example = 600

    @property
    def allowed(self) -> str:
        """The unit."""
        return "seconds"


class Choice(SettingType):
    """One of a few words, in any case."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        self.example = words[-1]

    @property
    def allowed(self) -> str:
        """The words."""
        return ", ".join(self.words)


class EnumChoice(Choice):
    """One of the values of an enumeration."""

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__(tuple(member.value for member in members))
        self.members = members

    def value(self, parsed: str | None, option: str) -> StrEnum | None:
        """Convert to the member; ``None`` where nothing was chosen."""
        del option
        return None if parsed is None else self.members(parsed)


class Level(Choice):
    """One of the levels of an enumeration, or ``none`` if that is among the words."""

    def __init__(self, words: tuple[str, ...], levels: type[Severity] | type[RiskLevel]) -> None:
        super().__init__(words)
        self.levels = levels

    def value(self, parsed: str | None, option: str) -> Severity | RiskLevel | None:
        """Convert to the level; ``None`` for ``none``, and where nothing was chosen."""
        del option
        return None if parsed in {None, "none"} else self.levels[str(parsed).upper()]

    def default(self, value: Severity | RiskLevel | None) -> str | None:
        """Convert to the level's word."""
        if value is None:
            return "none" if "none" in self.words else None
        return value.word


class PathType(SettingType):
    """A path, which need not exist yet. One in the config file is relative to that file.

    The working directory may be a pull request's, whose author would choose what lies there.
    """

    def resolve_paths(self, text: str, directory: Path | None) -> str:
        """Expand ``~``; with a directory, make a relative path absolute."""
        expanded = expand_home(text)
        return expanded if directory is None else str(directory / expanded)


class FilePath(PathType):
    """The path of a file."""

    example = "FILE"


class DirectoryPath(PathType):
    """The path of a directory. Whatever uses it reports that it can't be read."""


class DirectoryPaths(DirectoryPath):
    """Paths of directories."""

    several: ClassVar[bool] = True
    example = ("~/.vscode/extensions",)


class InputPaths(PathType):
    """Paths of files and directories; ``-`` is standard input."""

    several: ClassVar[bool] = True
    example = ("inventory",)

    def resolve_paths(self, text: str, directory: Path | None) -> str:
        """Resolve a path."""
        return text if text == "-" else super().resolve_paths(text, directory)


class Outputs(PathType):
    """Reports to write: ``FORMAT=PATH``, or a path whose suffix names the format."""

    several: ClassVar[bool] = True
    example = ("html=report.html",)

    def resolve_paths(self, text: str, directory: Path | None) -> str:
        """Resolve the path after the format; ``-`` is standard output."""
        name, equals, path = text.partition("=")
        if not equals or not name.isalpha():
            return super().resolve_paths(text, directory)
        if path in {"", "-"}:
            return text
        return f"{name}={super().resolve_paths(path, directory)}"

    def value(self, parsed: Iterable[str], option: str) -> tuple[tuple[str, str], ...]:
        """Read formats and paths."""
        del option
        return check_outputs(parsed)


class Names(SettingType):
    """Several names, each once: the option repeated, or commas."""

    several: ClassVar[bool] = True
    example = ("NAME",)

    def value(self, parsed: Iterable[Iterable[str]], option: str) -> tuple[str, ...]:
        """Check each name."""
        names = dict.fromkeys(name for names in parsed for name in names)
        return tuple(self.check(name, option) for name in names)

    def check(self, name: str, option: str) -> str:
        """Accept any name."""
        del option
        return name


class Patterns(Names):
    """Ids, or patterns of ids with ``*``."""

    example = ("publisher.name",)

    def check(self, name: str, option: str) -> str:
        """Accept an id or a pattern."""
        return check_pattern(name, option)


class IncludedPatterns(Patterns):
    """Ids that can be scanned by name, or patterns of ids."""

    def check(self, name: str, option: str) -> str:
        """Accept an id that can be scanned by name, or a pattern."""
        return check_included(name, option)
