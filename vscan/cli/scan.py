"""``vscan scan``: scan extensions, write reports, exit with the code of the outcome."""

from collections.abc import Iterator
from typing import Any

import click

from vscan.cli import completion
from vscan.cli.config_building import build_config, read_settings
from vscan.cli.help_and_suggestions import CommandWithGroups
from vscan.cli.options import options_of, with_config_file
from vscan.cli.progress_and_reports import RunOutput
from vscan.config import Config
from vscan.discovery import taken_for
from vscan.errors import Exit, UsageError, VscanError
from vscan.interrupt import Interrupt
from vscan.model import Extension
from vscan.pipeline import Preview, preview, report_of_error, run
from vscan.report import prepare, write_report
from vscan.report.view import described_machines
from vscan.run_evaluation import new_run_id
from vscan.run_preparation import registries_for, started_providers
from vscan.safe_text import pluralize, sanitize
from vscan.settings.table import Settings

_WIDEST = 60  # column of a dry run
_HELP = """Scan VS Code extensions, named or installed; the exit code says the outcome.

A TARGET is a repository, a directory of extensions, a mirror of a registry, a file that names
some, a .vsix file, an id, or - for a list of ids on standard input. Without one,
VSCAN_EXTENSIONS_DIR, or else the directories of the editors found on this machine, are scanned.

\b
Examples:
  What the editors on this machine have installed:
    vscan scan
  What a repository names; --fetch has the bytes analysed, too:
    vscan scan . --fetch open-vsx
  With 3 workers, or with 5; with reports:
    vscan scan --parallel -o html=report.html
    vscan scan --workers 5 ~/.vscode/extensions -o json=-
  In a pipeline: fail on critical findings alone, keep a report:
    vscan scan . --fail-on critical -o sarif=vscan.sarif

\b
Exit codes:
  0  everything was scanned; nothing at or above the thresholds
  1  the policy failed: findings at or above a threshold
  2  usage, configuration or internal error
  3  incomplete: something could not be read or scanned
  4  nothing to scan
  130, 143  interrupted, terminated

Every option can be given as a variable: VSCAN_PARALLEL=1, VSCAN_EXCLUDE_IDS=a.b,c.*

With the secret VSCAN_CACHE_KEY vscan signs what it caches. vscan obeys HTTPS_PROXY and
REQUESTS_CA_BUNDLE.

A finding of kind posture is a sign of risk and not proof of a fault: --fail-on ignores it,
--fail-on-risk and --min-score count it.
"""


@click.command(
    "scan",
    cls=CommandWithGroups,
    help=_HELP,
    short_help="Scan named or installed extensions; the exit code says the outcome.",
)
@click.argument("targets", metavar="[TARGET]...", nargs=-1, shell_complete=completion.targets)
@with_config_file
@options_of("scan")
@click.pass_context
def scan(context: click.Context, /, **_: Any) -> None:  # noqa: ANN401 - one for each option
    """Scan, report, exit with the code of the outcome."""
    settings = read_settings(context)
    config = build_config(context, settings)
    run_id = new_run_id()
    interrupt = Interrupt()
    with RunOutput(settings, run_id) as output:
        if settings.dry_run:
            if settings.outputs:
                raise UsageError("--dry-run writes no reports", hint="leave --output out")
            interrupt.catch()
            code = _show(preview(config, emit=output.record, interrupt=interrupt), config)
            if interrupt.signal is not None:
                name = interrupt.signal.name
                click.echo(f"Error: ended by {name}: the list is not complete", err=True)
                code = 128 + interrupt.signal
            context.exit(code)
        prepare(settings.outputs)
        with started_providers(config) as providers:
            # The display and the signal handlers have threads: they start after the fork.
            interrupt.catch()
            try:
                with output.progress() as emit:
                    report = run(config, providers, run_id=run_id, emit=emit, interrupt=interrupt)
                output.finish(report)
            except VscanError:
                raise
            except Exception:
                write_report(report_of_error(config, run_id=run_id), settings.outputs)
                raise
    context.exit(int(report.decision.exit_code))


def _named_by(extension: Extension) -> list[tuple[str, str]]:
    """List what each place does with an extension, and the place."""
    named = [
        (str(origin.how or "has"), f"{origin.uri}:{origin.line}:{origin.column}")
        for origin in extension.origins
        if origin.line is not None
    ]
    if named:
        return named
    if machines := described_machines(extension):
        return [("installed", f"on {machines}")]
    if extension.asked_by_name:
        return [("asked for", "by name")]
    return [("has", extension.origins[-1].uri)]


def _rows(planned: Preview, settings: Settings) -> Iterator[tuple[str, ...]]:
    """Describe each question: id, version, what a place does with it, the place, what is sent."""
    for task in planned.plan.tasks:
        for extension in task.extensions:
            registries = registries_for(extension, settings) if task in planned.local else ()
            if registries:  # even if a verdict without bytes is cached
                asked = " or ".join(registries)
                sent = f"{task.provider}: fetched by its name from {asked}, analysed here"
            elif task in planned.cached:
                sent = f"{task.provider}: cached, nothing sent"
            elif task not in planned.local:
                sent = (
                    f"sent to {task.provider}: publisher {task.id.publisher}, name {task.id.name}"
                )
            elif extension.asked_by_name:
                sent = f"{task.provider}: its name alone is looked up here, nothing sent"
            else:
                sent = f"{task.provider}: analysed here, nothing sent"
            for how, place in _named_by(extension):
                yield str(extension.id), extension.version or "-", how, place, sent


def _totals(planned: Preview) -> Iterator[str]:
    """Count what the run would ask, and what it would not."""
    tasks = planned.plan.tasks
    unreadable = len(planned.plan.unreadable)
    more = f", {unreadable} unreadable" if unreadable else ""
    yield f"{pluralize(planned.plan.extensions, 'extension')}{more}"
    for estimate in planned.estimates:
        yield f"would send {estimate.sentence}"
    cached = sum(task in planned.cached and task not in planned.local for task in tasks)
    if cached:
        yield f"cached: {pluralize(cached, 'lookup')}"
    local = [task in planned.cached for task in tasks if task in planned.local]
    if local:
        yield f"would analyse {len(local) - sum(local)} here; {sum(local)} cached"


def _show(planned: Preview, config: Config) -> int:
    """Print a dry run. Its exit code says only whether there is something to scan."""
    for target in config.targets:
        click.echo(f"{sanitize(str(target), 1000)} is taken for {taken_for(target)}")
    for path in config.inventories:
        click.echo(f"{sanitize(path, 1000)} is taken for an inventory")
    rows = list(_rows(planned, config.settings))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{min(width, _WIDEST)}}" for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
    for unreadable in planned.plan.unreadable:
        click.echo(f"unreadable: {unreadable.name}: {unreadable.reason}")
    for skipped in planned.plan.skipped:
        click.echo(f"not scanned ({skipped.reason}): {skipped.name} {skipped.version or '-'}")
    for line in _totals(planned):
        click.echo(line)
    if planned.plan.unreadable:
        return Exit.INCOMPLETE
    return Exit.CLEAN if planned.plan.tasks else Exit.NOTHING_TO_SCAN
