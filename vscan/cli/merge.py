"""``vscan merge``: one report and one verdict of the reports of all shards of a scan."""

from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from vscan.cli.click_types import NonEmptyPath
from vscan.cli.config_building import build_config, read_settings
from vscan.cli.help_and_suggestions import CommandWithGroups
from vscan.cli.options import options_of, with_config_file
from vscan.cli.progress_and_reports import RunOutput
from vscan.errors import VscanError
from vscan.interrupt import Interrupt
from vscan.pipeline import report_of_error
from vscan.report import prepare, write_report
from vscan.run_evaluation import new_run_id
from vscan.run_preparation import started_providers
from vscan.shard_merging import check_policy, check_private, merge_shards, providers_to_ask
from vscan.shard_reports import read_reports

_HELP = """Join the reports of all shards of a scan into one, and exit with its verdict.

A REPORT is what `vscan scan --shard I/N` wrote with -o json=PATH or -o jsonl=PATH. All N are
needed, each once, of the same vscan, public data, targets and policy. The policy is evaluated
anew, over everything: give the same policy options as to the shards. Exit codes are those of
`vscan scan`: 3 where a shard is missing, 2 where one is given twice or is of another scan.

\b
Examples:
  vscan merge shard-*.json -o html=report.html -o sarif=vscan.sarif
  vscan merge shard-*.json --source vscan.dev -o json=report.json
"""


@click.command("merge", cls=CommandWithGroups, help=_HELP)
@click.argument(
    "reports", metavar="REPORT...", nargs=-1, required=True, type=NonEmptyPath(path_type=Path)
)
@with_config_file
@options_of("merge")
@click.pass_context
def merge(context: click.Context, /, **_: Any) -> None:  # noqa: ANN401 - one for each option
    """Read the reports of the shards, evaluate them as one scan, exit with the verdict."""
    settings = read_settings(context)
    config = build_config(context, settings)
    run_id = new_run_id()
    interrupt = Interrupt()
    with RunOutput(settings, run_id) as output:
        reports, results = read_reports(context.params["reports"])
        check_policy(reports, config)
        asked = providers_to_ask(reports, settings.sources)
        if asked:
            check_private(reports[0], settings.private)
        config = replace(config, providers=asked)
        prepare(settings.outputs)
        with started_providers(config) as providers:
            interrupt.catch()
            try:
                with output.progress() as emit:
                    report = merge_shards(
                        *(config, providers, reports, results),
                        run_id=run_id, emit=emit, interrupt=interrupt,
                    )  # fmt: skip
                output.finish(report)
            except VscanError:
                raise
            except Exception:
                write_report(report_of_error(config, run_id=run_id), settings.outputs)
                raise
    context.exit(int(report.decision.exit_code))
