"""``vscan report``: reports from the cache alone. Nothing is asked, and nothing written to it."""

from typing import Any

import click

from vscan.cli.build import Showing, build_config, settled
from vscan.cli.options import (
    DISCOVERY,
    FILTERS,
    OUTPUT,
    POLICY,
    PROVIDER,
    api_url_option,
    cache_dir_option,
    cache_max_age_option,
    config_option,
    options,
)
from vscan.errors import VscanError
from vscan.pipeline import report_from_cache, report_of_error
from vscan.report import prepare, write_report
from vscan.run_report import new_run_id

_HELP = """Make reports from the cache, without network.

A TARGET is a directory of installed extensions, as for `vscan scan`: what the cache lacks of
it makes the report incomplete. Without one, everything that the cache remembers is reported.
Policy and exit codes are those of `vscan scan`.

\b
Examples:
  vscan report -o html=report.html
  vscan report ~/.vscode/extensions --fail-on medium -o csv=findings.csv -o markdown=-
"""
# What a scan is told and a report has no use for.
_ASKS_NOBODY = {
    "extensions_dir": (), "parallel": False, "workers": 2, "delay": 1.0,
    "timeout": 1.0, "analysis_timeout": 1.0, "deadline": None, "max_retries": 0,
    "retry_delay": 0.0, "max_wait": 0.0, "no_cache": False, "refresh_cache": False,
}  # fmt: skip


@click.command("report", help=_HELP)
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@options(
    [config_option],
    PROVIDER,
    [api_url_option, cache_dir_option, cache_max_age_option],
    DISCOVERY,
    FILTERS,
    POLICY,
    OUTPUT,
)
@click.pass_context
def report(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - one for each option
    """Judge what is remembered, and write it."""
    given = settled(context, given)
    config = build_config(context, _ASKS_NOBODY | given)
    run_id = new_run_id()
    with Showing(context, given, run_id) as showing:
        prepare(showing.outputs)
        try:
            made = report_from_cache(config, run_id=run_id, emit=showing.tell)
            showing.finish(made)
        except VscanError:
            raise
        except Exception:
            write_report(report_of_error(config, run_id=run_id), showing.outputs)
            raise
    context.exit(int(made.decision.exit_code))
