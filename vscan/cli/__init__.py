"""The command line: commands and their errors to a message and an exit code.

No logic lives here, and no command is imported before it is asked for.
"""

import contextlib
import importlib
import os
import sys
import traceback

import click

from vscan import __version__
from vscan.errors import Exit, UsageError, VscanError, describe_resource_limit
from vscan.text import describe_os_error, redact_credentials, sanitize

_LINE = 2000  # characters of an error
# In the order of the help: module, its command, and one line about it.
_COMMANDS = {
    "scan": ("vscan.cli.scan", "scan", "Scan installed extensions, exit with a verdict."),
    "report": ("vscan.cli.report", "report", "Make reports from the cache, without network."),
    "cache": ("vscan.cli.cache", "commands", "Look after the cache of verdicts."),
    "db": ("vscan.cli.db", "commands", "Look after the offline analyser's data."),
    "config": ("vscan.cli.config", "commands", "Look after the config file."),
    "rules": ("vscan.cli.rules", "rules", "Explain the rules that findings carry."),
}


class _Lazy(click.Group):
    """Imports a command when it is asked for: ``--version`` needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in _COMMANDS.items()])


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="A security gate for VS Code extensions.",
)
@click.version_option(__version__, prog_name="vscan", message="%(prog)s %(version)s")
def cli() -> None:
    """Group the commands."""


def complain(error: VscanError) -> int:
    """Say what went wrong and what to do, in lines that no path can drive a terminal with.

    Returns the exit code.
    """
    lines = [f"Error: {error.message}"] + ([f"Hint: {error.hint}"] if error.hint else [])
    with contextlib.suppress(OSError, ValueError):
        click.echo("\n".join(sanitize(redact_credentials(line), _LINE) for line in lines), err=True)
    return int(error.exit_code)


def main() -> None:
    """Run the command; every way out has an exit code of the contract."""
    _open_standard_streams()
    try:
        code = cli.main(standalone_mode=False)
    except VscanError as error:
        code = complain(error)
    except click.exceptions.NoArgsIsHelpError as error:
        with contextlib.suppress(OSError, ValueError):
            error.show()
        code = Exit.ERROR
    except click.ClickException as error:
        code = complain(_explained(error))
    except (KeyboardInterrupt, click.Abort):
        code = Exit.INTERRUPTED
    except SystemExit as error:
        # Shell completion ends like this; and 1, click's answer to a closed pipe, means findings.
        code = Exit.ERROR if error.code else Exit.CLEAN
    except BaseException as error:  # noqa: BLE001 - the last resort: never Python's own exit code 1
        limit = describe_resource_limit(error)
        # What fails to open or read a file knows its name; what fails to write to one
        # that is open, and that is standard output alone, does not.
        if limit is not None:
            code = complain(VscanError(limit))
        elif isinstance(error, OSError) and error.errno and error.filename is None:
            what = describe_os_error(error)
            code = complain(VscanError(f"standard output can't be written: {what}"))
        else:
            with contextlib.suppress(OSError, ValueError):
                click.echo("Error: an internal error, please report it", err=True)
                click.echo(redact_credentials(traceback.format_exc()), err=True)
            code = Exit.ERROR
    sys.exit(_flushed(int(code or 0)))


def _explained(error: click.ClickException) -> UsageError:
    """Name what was set: the option, the variable, or the file and its key."""
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return UsageError(error.format_message())
    parameter = error.param if isinstance(error, click.BadParameter) else None
    if parameter is not None and parameter.name is not None:
        from vscan.cli.options import origin_of_option

        origin = origin_of_option(error.ctx, parameter.name)
        if origin is not None:
            error.param_hint = origin  # type: ignore[attr-defined]
    hint = f"`{error.ctx.command_path} --help` says what there is"
    return UsageError(error.format_message(), hint=hint)


def _open_standard_streams() -> None:
    """Put nothing in the place of what was closed.

    Else the next file that is opened, a cache or a report, would be standard error to
    everything that writes there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one


def _flushed(code: int) -> int:
    """Flush what is written, so that the interpreter's own flush can't change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code
