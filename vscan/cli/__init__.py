"""The command line: each command and each error ends in a message and an exit code.

A command's module is imported when the command is called.
"""

import contextlib
import gc
import importlib
import io
import os
import sys
import traceback

import click

from vscan import __version__
from vscan.errors import Exit, UsageError, VscanError, describe_resource_limit
from vscan.safe_text import describe_os_error, redact_credentials, sanitize

_LINE = 2000  # characters of an error
# In the order of the help: module, its command, and one line about it.
_COMMANDS = {
    "scan": ("vscan.cli.scan", "scan", "Scan extensions, named or installed."),
    "report": ("vscan.cli.report", "report", "Make reports from the cache, without network."),
    "merge": ("vscan.cli.merge", "merge", "Join the reports of all shards of a scan into one."),
    "cache": ("vscan.cli.cache", "commands", "Manage the cache of verdicts."),
    "db": ("vscan.cli.db", "commands", "Manage the offline analyser's public data."),
    "config": ("vscan.cli.config", "commands", "Manage the config file."),
    "rules": ("vscan.cli.rules", "rules", "Explain the rules that findings carry."),
}


class _Lazy(click.Group):
    """A group that imports a command when it is called: ``--version`` imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, name, _ = _COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        gc.freeze()  # the modules stay until the end
        gc.enable()
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the command that was probably meant: click knows only those of its own table."""
        name = args[0]
        if name not in _COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            from vscan.cli.help_and_suggestions import did_you_mean

            hint = did_you_mean(name, _COMMANDS) or "`vscan --help` lists the commands"
            raise UsageError(f"no such command: {sanitize(name, 80)}", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in _COMMANDS.items()])


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="A security gate for VS Code extensions.",
)
@click.version_option(
    __version__, "-V", "--version", prog_name="vscan", message="%(prog)s %(version)s"
)
def cli() -> None:
    """Group the commands."""


def print_error(error: VscanError) -> int:
    """Print an error and its hint, without control characters or credentials.

    Returns the exit code.
    """
    lines = [f"Error: {error.message}"] + ([f"Hint: {error.hint}"] if error.hint else [])
    with contextlib.suppress(OSError, ValueError):
        click.echo("\n".join(sanitize(redact_credentials(line), _LINE) for line in lines), err=True)
    return int(error.exit_code)


def main() -> None:
    """Run the command, and exit with a documented exit code whatever happens."""
    _open_standard_streams()
    _bound_name_lookups()
    try:
        if "_VSCAN_COMPLETE" in os.environ:
            importlib.import_module("vscan.cli.completion_shells").register()
        code = cli.main(standalone_mode=False)
    except VscanError as error:
        code = print_error(error)
    except click.exceptions.NoArgsIsHelpError as error:
        with contextlib.suppress(OSError, ValueError):
            error.show()
        code = Exit.ERROR
    except click.ClickException as error:
        code = print_error(_usage_error(error))
    except (KeyboardInterrupt, click.Abort):
        code = Exit.INTERRUPTED
    except SystemExit as error:
        # Shell completion ends like this; and 1, click's answer to a closed pipe, means findings.
        code = Exit.ERROR if error.code else Exit.CLEAN
    except BaseException as error:  # noqa: BLE001 - the last resort: never Python's own exit code 1
        limit = describe_resource_limit(error)
        # An error of opening or reading a file has the file's name. One without a name comes from
        # writing to an open file, and only standard output is left open.
        if limit is not None:
            code = print_error(VscanError(limit))
        elif isinstance(error, OSError) and error.errno and error.filename is None:
            what = describe_os_error(error)
            code = print_error(VscanError(f"standard output can't be written: {what}"))
        else:
            code = _internal_error()
    code = _flush(int(code or 0))
    gc.freeze()  # The interpreter's last collection would look at every object, for 18 ms.
    sys.exit(code)


def _internal_error() -> int:
    """Print the error that is being handled. Without the memory for that, memory is its cause."""
    try:
        text = redact_credentials(traceback.format_exc())
    except MemoryError as error:
        return print_error(VscanError(describe_resource_limit(error) or "too little memory"))
    with contextlib.suppress(OSError, ValueError):
        click.echo(f"Error: an internal error, please report it\n{text}", err=True)
    return Exit.ERROR


def _usage_error(error: click.ClickException) -> UsageError:
    """Convert click's error, naming the origin of the value: option, variable, or file and key."""
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return UsageError(error.format_message())
    parameter = error.param if isinstance(error, click.BadParameter) else None
    if parameter is not None and parameter.name is not None:
        from vscan.cli.options import option_origin

        origin = option_origin(error.ctx, parameter.name)
        if origin is not None:
            error.param_hint = origin  # type: ignore[attr-defined]
    from vscan.cli.help_and_suggestions import hint_for, message_of

    return UsageError(message_of(error), hint=hint_for(error))


def _bound_name_lookups() -> None:
    """Let glibc give up on a name server that does not answer, unless the user has chosen a time.

    It would block for half a minute, and nothing can interrupt it. Only here, before any thread
    starts, may the environment change: another thread that reads it meanwhile would crash.
    """
    os.environ.setdefault("RES_OPTIONS", "timeout:2 attempts:1")


def _open_standard_streams() -> None:
    """Open the null device for each standard stream that is closed.

    Otherwise the next opened file, a cache or a report, would get the stream's number, and all
    that is written to the stream.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
    # A pipe of Windows has the encoding of a region. What it lacks becomes a question mark.
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="replace")


def _flush(code: int) -> int:
    """Flush the output now: the interpreter's own flush, if it fails, changes the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code
