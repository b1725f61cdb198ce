"""The log of a run, on standard error or in a file: JSON lines, or lines for a console.

The field names come from the Elastic Common Schema; other fields are named ``vscan.*``. Fields
never contain secrets, full addresses or paths below a home directory.
"""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Literal

from vscan import __version__
from vscan.best_effort_stream import BestEffortStream
from vscan.errors import UsageError
from vscan.events import (
    Asking,
    Began,
    Ended,
    Event,
    Fetched,
    LookupsEstimated,
    Retrying,
    SlowedDown,
    Warned,
)
from vscan.model import Failed, Scanned
from vscan.policy.model import Conclusion
from vscan.report_model import Report
from vscan.safe_text import describe_os_error

LogFormat = Literal["auto", "json", "console"]
# The numbers of the standard library's ``logging``, which structlog shares. Its import takes 2 ms.
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_OFF = 100  # above all levels
_NANOSECONDS = 1_000_000_000  # the unit of event.duration
# The counts of a report that the summary logs, as fields ``vscan.*``.
_COUNTS = (
    *("total", "scanned", "cached", "failed", "unreadable"),
    *("requests", "retries", "rate_limited"),
)

# The meaning of each field for people. The counts have theirs in the schema of the JSON report.
FIELDS = {
    "@timestamp": "when the line was written (UTC)",
    "log.level": "the level: debug, info, warning or error",
    "message": "what happened, for people",
    "service.name": "always vscan",
    "service.version": "the version of vscan",
    "labels.run_id": "the id of the run, as `run.id` in the JSON report",
    "event.action": "what happened, for programs",
    "event.outcome": "success or failure",
    "event.duration": "how long it took, in nanoseconds",
    "error.type": "the kind of a failure, as `error_type` in the JSON report",
    "error.message": "the cause of a failure, as a sentence; absent without one",
    "http.response.status_code": "always 429",
    "vscan.extension.id": "the id, publisher.name",
    "vscan.extension.version": "the installed version; null if the extension is only named",
    "vscan.source": "the provider that was asked",
    "vscan.worker": "the number of the worker, from 1; absent if the run was cut short before",
    "vscan.cache": "what the cache had: hit, miss, stale, or off",
    "vscan.score": "0 (worst) to 100",
    "vscan.risk": "the risk level of the verdict",
    "vscan.findings": "the number of findings of the verdict",
    "vscan.requests": "requests to services; in `lookups-estimated` those that will be sent",
    "vscan.attempt": "which repetition it is, from 1",
    "vscan.retry_after_s": "seconds until the next request",
    "vscan.interval_s": "seconds between two requests from now on",
    "vscan.extensions": "extensions to scan",
    "vscan.workers": "the number of workers",
    "vscan.lookups": "lookups that will be sent to the service",
    "vscan.estimate_s": "seconds that they take at this pace, at least",
    "vscan.outcome": "the outcome of the run, as `decision.outcome` in the JSON report",
    "vscan.exit_code": "the exit code of the command",
    "vscan.fell_back_to_sequential": "whether one request was sent at a time after a 429",
}


class RunLog:
    """Logs a run: a line for each extension, one summary, retries and warnings.

    ``level`` is a name of ``_LEVELS``. With the format ``auto`` there is a log on a terminal and in
    a file, and nowhere else.
    """

    def __init__(
        self, *, run_id: str, log_format: LogFormat, level: str, file: Path | None
    ) -> None:
        self._stream: IO[str] | None = None
        if file is not None:
            try:
                file.parent.mkdir(parents=True, exist_ok=True)  # as for a report
                self._stream = file.open("a", encoding="utf-8")
            except OSError as error:
                raise UsageError(
                    f"the log file {file} can't be opened: {describe_os_error(error)}"
                ) from None
        on_terminal = self._stream is None and BestEffortStream(sys.stderr).isatty()
        coloured = (
            on_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )
        console = log_format == "console" or (log_format == "auto" and on_terminal)
        # Off a terminal, log lines would stand among the sentences for people.
        is_on = log_format != "auto" or on_terminal or self._stream is not None
        self._threshold = threshold = _LEVELS[level] if is_on else _OFF
        lines = _Lines(self._stream)
        self._log = _LazyLogger(
            threshold, lambda: _logger(run_id, lines, threshold, console=console, colour=coloured)
        )

    def has_level(self, level: str) -> bool:
        """Whether messages of a level are logged."""
        return _LEVELS[level] >= self._threshold

    def __call__(self, event: Event) -> None:
        """Log an event."""
        match event:
            case LookupsEstimated():
                self._log.info(
                    "lookups estimated",
                    **{
                        "event.action": "lookups-estimated",
                        "vscan.source": event.provider,
                        "vscan.lookups": event.lookups,
                        "vscan.requests": event.requests,
                        "vscan.estimate_s": round(event.duration_s, 3),
                    },
                )
            case Began(workers=workers):
                self._log.info(
                    "scan started",
                    **{"event.action": "scan-started", "vscan.extensions": event.extension_count},
                    **{"vscan.workers": workers},
                )
            case Ended():
                self._ended(event)
            case SlowedDown(task, pause_s, interval_s, fell_back):
                self._log.warning(
                    "rate limited" + ", one request at a time from now on" * fell_back,
                    **{
                        "event.action": "rate-limited",
                        "http.response.status_code": 429,
                        "vscan.extension.id": str(task.id),
                        "vscan.source": task.provider,
                        "vscan.retry_after_s": round(pause_s, 3),
                        "vscan.interval_s": round(interval_s, 3),
                    },
                )
            case Retrying(task, attempt, delay_s, detail):
                self._log.info(
                    "retrying",
                    **{
                        "event.action": "retrying",
                        "error.message": detail,
                        "vscan.extension.id": str(task.id),
                        "vscan.source": task.provider,
                        "vscan.attempt": attempt,
                        "vscan.retry_after_s": round(delay_s, 3),
                    },
                )
            case Fetched(identity, _, _, problem):
                self._log.info(
                    "not fetched" if problem else "fetched",
                    **{
                        "event.action": "fetched",
                        "vscan.extension.id": str(identity),
                        **({"error.message": problem} if problem else {}),
                    },
                )
            case Warned(topic, message):
                self._log.warning(message, **{"event.action": f"{topic}-warning"})
            case Asking(worker, task):
                self._log.debug(
                    "asking",
                    **{
                        "event.action": "asking",
                        "vscan.extension.id": str(task.id),
                        "vscan.source": task.provider,
                        "vscan.worker": worker + 1,
                    },
                )

    def finished(self, report: Report) -> None:
        """Log the end of the scan, with its counts."""
        counts = report.stats.published()
        clean = report.decision.outcome is Conclusion.CLEAN
        self._log.info(
            "scan finished",
            **{
                "event.action": "scan-finished",
                "event.outcome": "success" if clean else "failure",
                "event.duration": int(report.stats.elapsed_s * _NANOSECONDS),
                "vscan.outcome": str(report.decision.outcome),
                "vscan.exit_code": int(report.decision.exit_code),
                **{f"vscan.{name}": counts[name] for name in _COUNTS},
                "vscan.fell_back_to_sequential": report.run.fell_back_to_sequential,
            },
        )

    def close(self) -> None:
        """Close the log file, if there is one."""
        if self._stream is not None:
            with suppress(OSError, ValueError):  # a full disk loses the rest of the log
                self._stream.close()

    def _ended(self, event: Ended) -> None:
        outcome = event.outcome
        worker = {} if event.worker is None else {"vscan.worker": event.worker + 1}
        result: dict[str, Any]
        match outcome:
            case Scanned(verdict=verdict):
                message = "extension scanned"
                result = {
                    "event.outcome": "success",
                    "vscan.score": verdict.score,
                    "vscan.risk": verdict.risk.word,
                    "vscan.findings": len(verdict.findings),
                }
            case Failed(kind=kind, detail=detail):
                message = "extension failed"
                result = {
                    "event.outcome": "failure",
                    "error.type": str(kind),
                    "error.message": detail,
                }
        for extension in outcome.task.extensions:
            self._log.info(
                message,
                **{
                    "event.action": "extension-scanned",
                    "event.duration": int(event.duration_s * _NANOSECONDS),
                    "vscan.extension.id": str(extension.id),
                    "vscan.extension.version": extension.version,
                    "vscan.source": outcome.task.provider,
                    "vscan.cache": event.cache,
                },
                **worker,
                **result,
            )


class _LazyLogger:
    """A logger that is created for its first line.

    A run with only cached verdicts logs nothing by default, and the import of structlog would
    take half of its time.
    """

    def __init__(self, threshold: int, create: Callable[[], Any]) -> None:
        self._threshold = threshold
        self._create = create
        self._logger: Any = None

    def debug(self, message: str, **fields: object) -> None:
        self._line(_LEVELS["debug"], message, fields)

    def info(self, message: str, **fields: object) -> None:
        self._line(_LEVELS["info"], message, fields)

    def warning(self, message: str, **fields: object) -> None:
        self._line(_LEVELS["warning"], message, fields)

    def _line(self, level: int, message: str, fields: dict[str, object]) -> None:
        if level < self._threshold:
            return
        if self._logger is None:
            self._logger = self._create()
        self._logger.log(level, message, **fields)


def _logger(run_id: str, lines: "_Lines", threshold: int, *, console: bool, colour: bool) -> Any:  # noqa: ANN401 - structlog's own type
    import structlog

    machine: list[Any] = [
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="@timestamp"),
        structlog.processors.add_log_level,
        structlog.processors.EventRenamer("message"),
        _ecs,
        structlog.processors.JSONRenderer(ensure_ascii=True),
    ]
    person: list[Any] = [
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        structlog.processors.add_log_level,
        _without_context,
        structlog.dev.ConsoleRenderer(colors=colour, pad_event_to=0),
    ]
    return structlog.wrap_logger(
        lines,
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        processors=person if console else machine,
        cache_logger_on_first_use=True,
    ).bind(
        **{
            "service.name": "vscan",
            "service.version": __version__,
            "labels.run_id": run_id,
        }
    )


class _Lines:
    """Writes lines. It looks up standard error each time, because a live display replaces it."""

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        stream = BestEffortStream(self._stream or sys.stderr)
        stream.write(f"{line}\n")
        stream.flush()

    debug = info = warning = error = critical = msg


def _ecs(_logger: object, _method: str, fields: Any) -> Any:  # noqa: ANN401 - structlog's own types
    """Rename the fields that structlog adds."""
    if "level" in fields:
        fields["log.level"] = fields.pop("level")
    return fields


def _without_context(_logger: object, _method: str, fields: Any) -> Any:  # noqa: ANN401 - structlog's own types
    """Remove the fields that a person at the console does not need."""
    context = ("service.", "labels.", "event.")
    return {key: value for key, value in fields.items() if not key.startswith(context)}
