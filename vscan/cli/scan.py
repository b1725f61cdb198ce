"""``vscan scan``: options to a ``Config``, a ``Report`` to files and an exit code."""

import os
import sys
from pathlib import Path
from typing import Any, TypeVar

import click

from vscan.cli.options import (
    Ids,
    Place,
    Seconds,
    Texts,
    cache_dir_option,
    cache_max_age_option,
    choice,
    option,
)
from vscan.collect import Interrupt
from vscan.config import (
    DAY_S,
    CacheConfig,
    Config,
    cache_key,
    check_api_url,
    check_included,
    check_outputs,
    check_pattern,
    check_target,
    default_cache_directory,
)
from vscan.domain import RiskLevel, Severity
from vscan.errors import Exit, UsageError, VscanError
from vscan.events import Event
from vscan.judgement import Policy
from vscan.logs import RunLog
from vscan.progress import Style, view
from vscan.report import prepare, write
from vscan.report.table import summarise
from vscan.run import Preview, broken, new_run_id, preview, run
from vscan.sources import DEFAULT_API_URL
from vscan.streams import Forgiving
from vscan.text import counted, plain

_HELP = """Scan installed VS Code extensions and exit with a verdict.

A TARGET is a directory of installed extensions. Without one, VSCAN_EXTENSIONS_DIR, or
else the directories of the editors found on this machine, are scanned.

\b
Examples:
  One request at a time, to standard output as JSON:
    vscan scan ~/.vscode/extensions -o json=-
  In parallel with 3 workers (the default), or with 5:
    vscan scan --parallel ~/.vscode/extensions
    vscan scan --workers 5 ~/.vscode/extensions
  In a pipeline: fail on critical findings alone, keep a report:
    vscan scan --parallel --fail-on critical -o json=report.json DIR

\b
Exit codes:
  0  everything was scanned; nothing at or above the thresholds
  1  the policy failed: findings at or above a threshold
  2  usage, configuration or internal error
  3  incomplete: something could not be read or scanned
  4  nothing to scan
  130, 143  interrupted, terminated

Every option can be given as a variable: VSCAN_PARALLEL=1, VSCAN_EXCLUDE_IDS=a.b,c.*
VSCAN_CACHE_KEY, a secret, signs what the cache holds. HTTPS_PROXY and REQUESTS_CA_BUNDLE
are obeyed. A finding of kind posture says how an extension is made, not what is wrong with it;
only --fail-on-risk judges that.
"""


@click.command("scan", help=_HELP, short_help="Scan installed extensions, exit with a verdict.")
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@option(
    "--extensions-dir",
    type=Texts(),
    multiple=True,
    metavar="DIR",
    help="Same as a TARGET; repeatable.",
)
@option("--parallel/--no-parallel", default=False, help="Scan with several workers.")
@option(
    "--workers",
    type=click.IntRange(2, 5),
    default=3,
    show_default=True,
    metavar="N",
    help="How many, 2 to 5. Given on the command line, it implies --parallel.",
)
@option(
    "--source",
    "sources",
    type=Ids(),
    multiple=True,
    metavar="NAME",
    help="Who is asked: vscan.dev (the web API).",
)
@option(
    "--api-url", default=None, metavar="URL", help="The API's address: https, or http to loopback."
)
@option(
    "--delay",
    type=Seconds(0, 30),
    default=1.0,
    show_default=True,
    help="Time between two request starts of one worker; all workers together start"
    " requests at least delay/workers apart.",
)
@option(
    "--timeout",
    type=Seconds(0, 3600, min_open=True),
    default=30.0,
    show_default=True,
    help="For one request, all of it.",
)
@option(
    "--analysis-timeout",
    type=Seconds(0, min_open=True),
    default=300.0,
    show_default=True,
    help="For one analysis, from submit to result; waiting for a rate limit not counted.",
)
@option(
    "--deadline",
    type=Seconds(0, min_open=True),
    default=None,
    help="For the whole run; what is not done by then is failed as time-out.",
)
@option(
    "--max-retries",
    type=click.IntRange(0, 10),
    default=3,
    show_default=True,
    metavar="N",
    help="For one request, after 502, 503, 504 and connection errors.",
)
@option(
    "--retry-delay",
    type=Seconds(0, 30),
    default=2.0,
    show_default=True,
    help="Base of the exponential backoff.",
)
@option(
    "--max-wait",
    type=Seconds(0),
    default=120.0,
    show_default=True,
    help="The longest Retry-After that is obeyed, and the longest time without a single"
    " answer that was not a 429.",
)
@cache_dir_option
@option("--no-cache", is_flag=True, help="Neither read nor write the cache.")
@option("--refresh-cache", is_flag=True, help="Write the cache but do not read it.")
@cache_max_age_option
@option(
    "--include-ids",
    type=Ids(),
    multiple=True,
    metavar="A,B",
    help="Scan only these; * is a wildcard. One that is not installed is scanned by name.",
)
@option("--exclude-ids", type=Ids(), multiple=True, metavar="A,B", help="Do not scan these.")
@option(
    "--publisher",
    "publishers",
    type=Ids(),
    multiple=True,
    metavar="P",
    help="Scan only extensions of these publishers.",
)
@option(
    "--private",
    type=Ids(),
    multiple=True,
    metavar="PATTERN",
    help="Ids that are never sent to a service (corp.*).",
)
@option("--dry-run", is_flag=True, help="List what would be scanned and sent; send nothing.")
@option(
    "-o",
    "--output",
    "outputs",
    type=Texts(),
    multiple=True,
    metavar="FORMAT=PATH",
    help="Write a report: json=report.json; json=- is standard output. Repeatable.",
)
@option(
    "--fail-on",
    type=choice("none", "low", "medium", "high", "critical"),
    default="high",
    show_default=True,
    help="A finding at or above fails the run (posture does not count).",
)
@option(
    "--fail-on-risk",
    type=choice("none", "low", "medium", "high", "critical"),
    default="none",
    show_default=True,
    help="An overall risk level at or above fails the run.",
)
@option(
    "--min-score",
    type=click.IntRange(0, 100),
    default=None,
    metavar="N",
    help="A score below fails the run.",
)
@option("--allow-incomplete", is_flag=True, help="Exit with 0 instead of 3.")
@option("--allow-empty", is_flag=True, help="Exit with 0 instead of 4.")
@option("--exit-zero", is_flag=True, help="Exit with 0 instead of 1, and nothing else.")
@option(
    "--on-gap",
    type=choice("ignore", "warn", "fail"),
    default="warn",
    show_default=True,
    help="A verdict with parts of the analysis missing.",
)
@option(
    "--on-version-mismatch",
    type=choice("ignore", "warn", "fail"),
    default="warn",
    show_default=True,
    help="A verdict about another version than the installed one.",
)
@option("--plain", is_flag=True, help="Plain text progress and summary.")
@option("-q", "--quiet", is_flag=True, help="No progress; one line at the end.")
@option("-v", "--verbose", is_flag=True, help="More detail: log level debug.")
@option(
    "--log-format",
    type=choice("auto", "json", "console"),
    default="auto",
    show_default=True,
    help="auto: for a console on a terminal, JSON lines elsewhere.",
)
@option(
    "--log-level",
    type=choice("debug", "info", "warning", "error"),
    default="warning",
    show_default=True,
    help="What is logged.",
)
@option(
    "--log-file",
    type=Place(path_type=Path, dir_okay=False),
    default=None,
    help="Append the log to a file instead of standard error.",
)
@click.pass_context
def scan(context: click.Context, /, **options: Any) -> None:  # noqa: ANN401 - one for each option
    """Scan, report, exit with the verdict."""
    interrupt = Interrupt()
    interrupt.catch()
    config = _config(context, options)
    outputs = check_outputs(options["outputs"])
    stderr = Forgiving(sys.stderr)
    style = _style(options, stderr)

    run_id = new_run_id()
    log = RunLog(
        run_id=run_id,
        log_format=options["log_format"],
        level=_log_level(context, options),
        file=options["log_file"],
    )
    if options["dry_run"]:
        if outputs:
            raise UsageError("--dry-run writes no reports", hint="leave --output out")
        code = _show(preview(config, emit=log, interrupt=interrupt))
        if interrupt.signal is not None:
            raise VscanError(f"ended by {interrupt.signal.name}: the list is not complete")
        context.exit(code)
    prepare(outputs)
    with view(style, stderr) as progress:

        def emit(event: Event) -> None:
            log(event)
            progress(event)

        try:
            report = run(config, run_id=run_id, emit=emit, interrupt=interrupt)
        except Exception:
            write(broken(config, run_id=run_id), outputs)
            raise
    write(report, outputs)  # first: a verdict whose report is lost is not announced
    log.finished(report)
    log.close()
    summarise(report, stderr, style)
    context.exit(int(report.decision.exit_code))


def _config(context: click.Context, options: dict[str, Any]) -> Config:
    def listed(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part for parts in options[name] for part in parts))

    def given(name: str) -> bool:
        return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE

    if options["no_cache"] and options["refresh_cache"]:
        raise UsageError("--no-cache and --refresh-cache exclude each other")
    if options["quiet"] and options["verbose"]:
        raise UsageError("--quiet and --verbose exclude each other")
    sources = listed("sources") or ("vscan.dev",)
    for source in sources:
        if source != "vscan.dev":
            raise UsageError(f"--source: unknown source {plain(source)!r}", hint="use vscan.dev")
    parallel = options["parallel"] or (given("workers") and not given("parallel"))

    directory = options["cache_dir"] or default_cache_directory()
    key, warnings = cache_key(), []
    if directory is not None and key == b"" and not options["no_cache"]:
        directory = None
        warnings.append(
            "VSCAN_CACHE_KEY is set to nothing, so the cache is neither read nor written"
        )
    targets = options["targets"]
    # The variable stands in where nothing is named: an image sets it for everybody.
    if given("extensions_dir") or not targets:
        targets = (*targets, *options["extensions_dir"])
    return Config(
        targets=tuple(map(check_target, targets)),
        sources=sources,
        api_url=check_api_url(options["api_url"] or DEFAULT_API_URL),
        workers=options["workers"] if parallel else 1,
        delay_s=options["delay"],
        timeout_s=options["timeout"],
        analysis_timeout_s=options["analysis_timeout"],
        deadline_s=options["deadline"],
        max_retries=options["max_retries"],
        retry_delay_s=options["retry_delay"],
        max_wait_s=options["max_wait"],
        cache=CacheConfig(
            directory=None if options["no_cache"] else directory,
            read=not options["refresh_cache"],
            max_age_s=options["cache_max_age"] * DAY_S,
            key=key or None,
        ),
        include_ids=tuple(map(check_included, listed("include_ids"))),
        exclude_ids=tuple(check_pattern(p, "--exclude-ids") for p in listed("exclude_ids")),
        publishers=tuple(check_pattern(p, "--publisher") for p in listed("publishers")),
        private=tuple(check_pattern(p, "--private") for p in listed("private")),
        policy=Policy(
            fail_on=_level(Severity, options["fail_on"]),
            fail_on_risk=_level(RiskLevel, options["fail_on_risk"]),
            min_score=options["min_score"],
            on_gap=options["on_gap"],
            on_version_mismatch=options["on_version_mismatch"],
            allow_incomplete=options["allow_incomplete"],
            allow_empty=options["allow_empty"],
            exit_zero=options["exit_zero"],
        ),
        warnings=tuple(warnings),
    )


_Level = TypeVar("_Level", Severity, RiskLevel)


def _level(levels: type[_Level], word: str) -> _Level | None:
    return None if word == "none" else levels[word.upper()]


def _style(options: dict[str, Any], stderr: Forgiving) -> Style:
    if options["quiet"]:
        return "quiet"
    # A live display would break JSON lines where they meet, and needs a cursor to move.
    drawn = stderr.isatty() and os.environ.get("TERM") != "dumb"
    mixed = options["log_format"] == "json" and options["log_file"] is None
    return "rich" if drawn and not mixed and not options["plain"] else "plain"


def _log_level(context: click.Context, options: dict[str, Any]) -> str:
    given = context.get_parameter_source("log_level") is not click.core.ParameterSource.DEFAULT
    if options["verbose"]:
        return "debug"
    # One line at the end is what was asked for.
    return "error" if options["quiet"] and not given else str(options["log_level"])


def _show(planned: Preview) -> int:
    """Print a dry run. Its exit code says only whether there is something to scan."""
    for task in planned.plan.tasks:
        for extension in task.extensions:
            origin = extension.origins[-1].uri if extension.origins else "asked for by name"
            sent = (
                "in the cache, nothing sent"
                if task in planned.cached
                else f"sent to {task.source}: publisher {task.id.publisher}, name {task.id.name}"
            )
            click.echo(f"{extension.id} {extension.version or '-'}  {origin}  {sent}")
    for unreadable in planned.plan.unreadable:
        click.echo(f"unreadable: {unreadable.name}: {unreadable.reason}")
    for skipped in planned.plan.skipped:
        click.echo(f"not scanned ({skipped.reason}): {skipped.name} {skipped.version or '-'}")
    questions = len(planned.plan.tasks) - len(planned.cached)
    click.echo(
        f"{counted(planned.plan.extensions, 'extension')}, {len(planned.cached)} answered by the"
        f" cache, {counted(questions, 'question')} to send,"
        f" {len(planned.plan.unreadable)} unreadable"
    )
    if planned.plan.unreadable:
        return Exit.INCOMPLETE
    return Exit.CLEAN if planned.plan.tasks else Exit.NOTHING_TO_SCAN
