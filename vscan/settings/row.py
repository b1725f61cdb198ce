"""A row of the table of settings."""

from enum import StrEnum
from typing import Any

from msgspec import Struct

from vscan.settings.types import SettingType


class Group(StrEnum):
    """A group of options in the help, in its order."""

    TARGETS = "Targets"
    FILTERS = "Filters"
    PROVIDERS = "Providers"
    SPEED = "Speed"
    CACHE = "Cache"
    POLICY = "Policy"
    OUTPUT = "Output"
    LOGGING = "Logging"


class Row(Struct, frozen=True, eq=False):
    """One setting: an option, an environment variable and a key of the config file.

    ``key`` is empty for an option that the config file can't set. ``commands`` have the option; a
    group's name stands for all commands in it. ``report_help`` replaces ``help`` in ``vscan
    report``, which reads verdicts and scans nothing, and ``merge_help`` does in ``vscan merge``.
    ``field`` and ``default`` are those of ``Settings``, where the row is.
    """

    option: str  # as click takes it: ``--parallel/--no-parallel``
    key: str
    type: SettingType
    commands: frozenset[str]
    help: str
    group: Group
    short: str = ""
    metavar: str | None = None
    report_help: str = ""
    merge_help: str = ""
    field: str = ""
    default: Any = None

    @property
    def variable(self) -> str:
        """The environment variable: ``--max-wait`` is ``VSCAN_MAX_WAIT``."""
        name = self.option.partition("/")[0].removeprefix("--")
        return f"VSCAN_{name.replace('-', '_').upper()}"

    def help_of(self, command: str) -> str:
        """Give the help of the option in a command."""
        own = {"report": self.report_help, "merge": self.merge_help}
        return own.get(command) or self.help

    def belongs_to(self, command: str) -> bool:
        """Say whether a command, such as ``cache stats``, has the option."""
        return command in self.commands or command.partition(" ")[0] in self.commands
