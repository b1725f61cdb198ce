"""``vscan report``: reports from the cache alone, without network. The cache is only read."""

from typing import Any

import click

from vscan.cli import completion
from vscan.cli.config_building import build_config, read_settings
from vscan.cli.help_and_suggestions import CommandWithGroups
from vscan.cli.options import options_of, with_config_file
from vscan.cli.progress_and_reports import RunOutput
from vscan.errors import VscanError
from vscan.pipeline import report_of_error
from vscan.report import prepare, write_report
from vscan.report_from_cache import report_from_cache
from vscan.run_evaluation import new_run_id

_HELP = """Make reports from the cache, without network.

A TARGET is a directory of installed extensions, as for `vscan scan`: what the cache lacks of
it makes the report incomplete. Without one, everything in the cache is reported.
Policy and exit codes are those of `vscan scan`.

\b
Examples:
  vscan report -o html=report.html
  vscan report ~/.vscode/extensions --fail-on medium -o csv=findings.csv -o markdown=-
"""


@click.command("report", cls=CommandWithGroups, help=_HELP)
@click.argument("targets", metavar="[TARGET]...", nargs=-1, shell_complete=completion.targets)
@with_config_file
@options_of("report")
@click.pass_context
def report(context: click.Context, /, **_: Any) -> None:  # noqa: ANN401 - one for each option
    """Evaluate the cached verdicts, write the reports, exit with the verdict."""
    settings = read_settings(context)
    config = build_config(context, settings)
    run_id = new_run_id()
    with RunOutput(settings, run_id) as output:
        prepare(settings.outputs)
        try:
            made = report_from_cache(config, run_id=run_id, emit=output.record)
            output.finish(made)
        except VscanError:
            raise
        except Exception:
            write_report(report_of_error(config, run_id=run_id), settings.outputs)
            raise
    context.exit(int(made.decision.exit_code))
