"""Options to a ``Config``, and what a command shows while it works and at its end."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import click

from vscan.best_effort_stream import BestEffortStream
from vscan.cli.options import naming_option_origins
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
    default_data_directory,
)
from vscan.errors import UsageError
from vscan.events import Event, Warned
from vscan.logs import RunLog
from vscan.model import Registry, RiskLevel, Severity
from vscan.policy.files import read_baseline, read_waivers
from vscan.policy.model import Policy
from vscan.progress import Style, progress_display
from vscan.providers import PROVIDERS
from vscan.providers.offline import NAME as OFFLINE
from vscan.providers.vscan_dev import DEFAULT_API_URL
from vscan.report import write_report
from vscan.report.terminal import write_summary
from vscan.result import Report
from vscan.settings import Settings, mistyped_variables
from vscan.text import sanitize
from vscan.timings import Timings


def settled(context: click.Context, options: Mapping[str, Any]) -> dict[str, Any]:
    """Let the one of two opposites win that the command line names, whatever else names the other.

    ``UsageError`` where both are named at the same place.
    """
    kept = dict(options)
    for pair in (("no_cache", "refresh_cache"), ("quiet", "verbose"), ("offline", "sources")):
        if all(kept.get(name) for name in pair):
            now = [name for name in pair if _is_given(context, name)]
            if len(now) != 1:
                names = {each.name: each.opts[0] for each in _options(context)}
                raise UsageError(" and ".join(names[name] for name in pair) + " exclude each other")
            kept |= {name: type(kept[name])() for name in pair if name != now[0]}
    return kept


def _is_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def build_config(context: click.Context, options: Mapping[str, Any]) -> Config:
    """Check what the options say together, and read the files that they name."""
    with naming_option_origins(context):
        return _build_config(context, options)


def _build_config(context: click.Context, options: Mapping[str, Any]) -> Config:
    def listed(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part for parts in options[name] for part in parts))

    allowed = listed("allowed")
    named = context.get_parameter_source("allowed") is not click.core.ParameterSource.DEFAULT
    if not allowed and named:  # an empty list in the file: it would let everything through
        raise UsageError("--allowed names nothing", hint="leave it out to allow everything")
    known = tuple(provider.name for provider in PROVIDERS)
    providers = (OFFLINE,) if options["offline"] else listed("sources") or known
    for provider in providers:
        if provider not in known:
            hint = f"use {' or '.join(known)}"
            raise UsageError(f"--source: unknown provider {sanitize(provider)!r}", hint=hint)
    parallel = options["parallel"] or (
        _is_given(context, "workers") and not _is_given(context, "parallel")
    )

    directory = options["cache_dir"] or default_cache_directory()
    settings = context.obj
    assert isinstance(settings, Settings)
    variables = [str(parameter.envvar) for parameter in _options(context)]
    warnings = [*settings.warnings, *mistyped_variables(variables)]
    key = cache_key()
    if directory is not None and key == b"" and not options["no_cache"]:
        directory = None
        warnings.append(
            "VSCAN_CACHE_KEY is set to nothing, so the cache is neither read nor written"
        )
    ignore_file: Path | None = options["ignore_file"]
    baseline: Path | None = options["baseline"]
    targets = tuple(map(check_target, options["targets"]))
    # The variable stands in where nothing is named: an image sets it for everybody.
    if _is_given(context, "extensions_dir") or not targets:
        targets = (*targets, *map(_check_directory, options["extensions_dir"]))
    return Config(
        targets=targets,
        providers=providers,
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
            max_data_age=options["max_data_age"],
            allow_incomplete=options["allow_incomplete"],
            allow_empty=options["allow_empty"],
            blocked=tuple(check_pattern(p, "--blocked") for p in listed("blocked")),
            allowed=tuple(check_pattern(p, "--allowed") for p in allowed),
            verified_publishers=options["verified_publishers"],
            waivers=read_waivers(ignore_file) if ignore_file else (),
            baseline=read_baseline(baseline) if baseline else None,
            exit_zero=options["exit_zero"],
        ),
        data_directory=options["data_dir"] or default_data_directory(),
        workspace=os.environ.get("GITHUB_WORKSPACE") or _working_directory(),
        min_risk=_level(RiskLevel, options["min_risk_level"] or "none") or RiskLevel.UNKNOWN,
        policy_files=tuple(
            sanitize(str(path), 1000) for path in (settings.path, ignore_file, baseline) if path
        ),
        warnings=tuple(warnings),
        registry=Registry(options["registry"]) if options["registry"] else None,
        follow_links=options["links"] == "follow",
    )


def _check_directory(text: str) -> Path:
    try:
        return check_target(text)
    except UsageError as error:
        raise UsageError(f"--extensions-dir: {error.message}", error.hint) from None


def _options(context: click.Context) -> list[click.Option]:
    return [each for each in context.command.params if isinstance(each, click.Option)]


def _working_directory() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return ""  # it is gone


_Level = TypeVar("_Level", Severity, RiskLevel)


def _level(levels: type[_Level], word: str) -> _Level | None:
    return None if word == "none" else levels[word.upper()]


def _style(options: Mapping[str, Any], stderr: BestEffortStream) -> Style:
    if options["quiet"]:
        return "quiet"
    # A live display would break JSON lines where they meet, and needs a cursor to move.
    drawn = stderr.isatty() and os.environ.get("TERM") != "dumb"
    mixed = options["log_format"] == "json" and options["log_file"] is None
    return "rich" if drawn and not mixed and not options["plain"] else "plain"


def _log_level(context: click.Context, options: Mapping[str, Any]) -> str:
    given = context.get_parameter_source("log_level") is not click.core.ParameterSource.DEFAULT
    if options["verbose"]:
        return "debug"
    # One line at the end is what was asked for.
    return "error" if options["quiet"] and not given else str(options["log_level"])


class Showing:
    """The log, the progress, the reports and the summary of one run."""

    def __init__(self, context: click.Context, options: Mapping[str, Any], run_id: str) -> None:
        with naming_option_origins(context):
            self.outputs = check_outputs(options["outputs"])
        self._stderr = BestEffortStream(sys.stderr)
        self._style = _style(options, self._stderr)
        level = _log_level(context, options)
        self._logs_warnings = level != "error" and options["log_file"] is None
        self._warnings: dict[str, None] = {}  # what nobody has read yet
        self._timings = Timings() if options["verbose"] else None
        self.log = RunLog(
            run_id=run_id,
            log_format=options["log_format"],
            level=level,
            file=options["log_file"],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._warn()
        self.log.close()

    def tell(self, event: Event) -> None:
        """Log an event, and keep a warning that the log doesn't show to whoever reads the summary.

        But for the cache's: no verdict depends on it.
        """
        self.log(event)
        if isinstance(event, Warned) and event.topic != "cache" and not self._logs_warnings:
            self._warnings[event.message] = None

    def _warn(self) -> None:
        for warning in self._warnings:
            self._stderr.write(f"Warning: {warning}\n")
        self._warnings.clear()

    @contextmanager
    def progress(self) -> Iterator[Callable[[Event], None]]:
        """Show every event that the yielded function is called with."""
        timed = self._timings is not None
        with progress_display(self._style, self._stderr, timed=timed) as shown:

            def emit(event: Event) -> None:
                self.tell(event)
                shown(event)
                if self._timings is not None:
                    self._timings(event)

            yield emit

    def finish(self, report: Report) -> None:
        """Write the reports and the summary."""
        write_report(report, self.outputs)  # first: a verdict whose report is lost is not announced
        self.log.finished(report)
        if self._timings is not None:
            for line in self._timings.lines():
                self._stderr.write(f"{line}\n")
        self._warn()
        write_summary(report, self._stderr, self._style)
