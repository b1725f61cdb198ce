"""What a command shows while it works and at its end: log, progress, reports and summary."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from vscan.best_effort_stream import BestEffortStream
from vscan.events import Event, SlowedDown, Warned
from vscan.extension_and_worker_timings import Timings
from vscan.progress import Style, progress_display
from vscan.report import write_report
from vscan.report.terminal import write_summary
from vscan.report_model import Report
from vscan.run_log import RunLog
from vscan.settings.table import Settings


def _style(settings: Settings, stream: BestEffortStream) -> Style:
    if settings.quiet:
        return "quiet"
    # A live display would break JSON lines where they meet, and needs a cursor to move.
    drawn = stream.isatty() and os.environ.get("TERM") != "dumb"
    mixed = settings.log_format == "json" and settings.log_file is None
    return "rich" if drawn and not mixed and not settings.plain else "plain"


class RunOutput:
    """The log, the progress, the reports and the result of one run.

    The result for people goes to standard output, unless a report does: then nothing else does.
    Everything else goes to standard error.
    """

    def __init__(self, settings: Settings, run_id: str) -> None:
        self._settings = settings
        self._stderr = BestEffortStream(sys.stderr)
        self._style = _style(settings, self._stderr)
        self._counts_pauses = self._style == "rich" and settings.log_format == "auto"
        self._counts_pauses &= settings.log_file is None and not settings.verbose
        self._warnings: dict[str, None] = {}  # not shown yet, in their order
        self._timings = Timings() if settings.verbose else None
        self._log = RunLog(
            run_id=run_id,
            log_format=settings.log_format,
            level=settings.log_level,
            file=settings.log_file,
        )
        self._logs_warnings = settings.log_file is None and self._log.has_level("warning")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._show_warnings()
        self._log.close()

    def record(self, event: Event) -> None:
        """Log an event, and keep a warning for the end where the log does not show it.

        A quiet run leaves warnings about the cache out: no verdict depends on them. Where the live
        display counts the seconds of a pause, the pause is not logged above it.
        """
        if not (self._counts_pauses and isinstance(event, SlowedDown)):
            self._log(event)
        if not isinstance(event, Warned) or self._logs_warnings:
            return
        if event.topic != "cache" or not self._settings.quiet:
            self._warnings[event.message] = None

    def _show_warnings(self) -> None:
        for warning in self._warnings:
            self._stderr.write(f"Warning: {warning}\n")
        self._warnings.clear()

    @contextmanager
    def progress(self) -> Iterator[Callable[[Event], None]]:
        """Show every event that the yielded function is called with."""
        timed = self._timings is not None
        with progress_display(self._style, self._stderr, timed=timed) as shown:

            def emit(event: Event) -> None:
                self.record(event)
                shown(event)
                if self._timings is not None:
                    self._timings(event)

            yield emit

    def finish(self, report: Report) -> None:
        """Write the reports and the result."""
        outputs = self._settings.outputs
        write_report(report, outputs)  # first: without its report no verdict is announced
        self._log.finished(report)
        if self._timings is not None:
            for line in self._timings.lines():
                self._stderr.write(f"{line}\n")
        self._show_warnings()
        piped = any(path == "-" for _, path in outputs)
        stream = self._stderr if piped else BestEffortStream(sys.stdout)
        style = _style(self._settings, stream)
        write_summary(report, stream, style, outputs, everything=self._settings.verbose)
