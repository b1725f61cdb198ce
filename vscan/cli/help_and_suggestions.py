"""Help in groups of options, and what was probably meant by what does not exist."""

import difflib
from collections.abc import Iterable

import click

from vscan.settings.row import Group
from vscan.settings.table import BY_FIELD

_OTHER = "Other"
# Options of other scanners that choose the format of a report.
_FORMAT_OPTIONS = frozenset({"--format", "--json", "--sarif", "--html", "--csv", "--report"})


class CommandWithGroups(click.Command):
    """A command whose help lists its options by the groups of the table of settings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a section for each group that has an option."""
        groups: dict[str, list[tuple[str, str]]] = {name: [] for name in (*Group, _OTHER)}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                row = BY_FIELD.get(parameter.name or "")
                groups[_OTHER if row is None else row.group].append(record)
        for name, records in groups.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Ask for the closest of the known names; empty where none is close."""
    close = difflib.get_close_matches(given.lower(), list(known), 1)
    return f"did you mean {close[0]}?" if close else ""


def message_of(error: click.UsageError) -> str:
    """Describe an error of the command line, without a guess where ``hint_for`` has an answer."""
    asks_for_format = isinstance(error, click.NoSuchOption) and error.option_name in _FORMAT_OPTIONS
    return error.message if asks_for_format else error.format_message()


def hint_for(error: click.UsageError) -> str:
    """Say what to do about an error of the command line."""
    if isinstance(error, click.NoSuchOption) and error.option_name in _FORMAT_OPTIONS:
        return "reports: -o json=- (standard output) or -o json=report.json"
    path = error.ctx.command_path if error.ctx is not None else "vscan"
    return f"`{path} --help` says what there is"
