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
        for name, records in options_by_group(self, ctx).items():
            with formatter.section(name):
                formatter.write_dl(records)


def options_by_group(
    command: click.Command, context: click.Context
) -> dict[str, list[tuple[str, str]]]:
    """Give the options of each group that has one, and their help."""
    groups: dict[str, list[tuple[str, str]]] = {name: [] for name in (*Group, _OTHER)}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            row = BY_FIELD.get(parameter.name or "")
            groups[_OTHER if row is None else row.group].append(record)
    return {name: records for name, records in groups.items() if records}


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
