"""Show the progress of a run: with Rich on a terminal, as plain lines, or not at all.

Each display is a context manager that is called with every event, in the main thread. It writes
to standard error.
"""

from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from vscan.best_effort_stream import BestEffortStream
from vscan.events import Asking, Began, Ended, Event, Fetched, Retrying, SlowedDown, Warned
from vscan.model import ExtensionId, Failed, Kind, Outcome, Scanned, Verdict
from vscan.safe_text import foldable, pluralize

if TYPE_CHECKING:
    from rich.console import RenderableType

Style = Literal["rich", "plain", "quiet"]


def progress_display(
    style: Style, stream: BestEffortStream, *, timed: bool = False
) -> "Plain | Live | Silent":
    """Choose a display. If it is ``timed``, plain lines show the time of each extension."""
    match style:
        case "rich":
            return Live(stream)
        case "plain":
            return Plain(stream, timed=timed)
        case "quiet":
            return Silent()


class Silent:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __call__(self, event: Event) -> None:
        """Show nothing."""


class Plain(Silent):
    """Prints a line for each extension that is done: for logs, pipes and ``--plain``."""

    def __init__(self, stream: BestEffortStream, *, timed: bool = False) -> None:
        self._stream = stream
        self._timed = timed
        self._total = self._done = 0
        self._several_providers = False

    def __call__(self, event: Event) -> None:
        """Print the events that belong in a log."""
        match event:
            case Began(extensions, verdicts, workers):
                self._total = verdicts
                self._several_providers = verdicts > extensions
                self._print(
                    f"scanning {pluralize(extensions, 'extension')}"
                    f" with {pluralize(workers, 'worker')}"
                )
            case Ended(worker=None, outcome=outcome):
                # The run was cut short, and the summary gives the one reason.
                self._done += len(outcome.task.extensions)
            case Ended(outcome=outcome, duration_s=duration_s):
                took = f" in {duration_s:.2f} s" if self._timed else ""
                for extension in outcome.task.extensions:
                    self._done += 1
                    version = f" {extension.version}" if extension.version else ""
                    about = f"[{self._done}/{self._total}] {extension.id}{version}"
                    provider = f" {outcome.task.provider}:" if self._several_providers else ""
                    self._print(f"{about}:{provider} {described_outcome(outcome)}{took}")
            case SlowedDown(task, pause_s, interval_s, fell_back):
                mode = "; one request at a time from now on" if fell_back else ""
                self._print(
                    f"rate limited at {task.id}: waiting {pause_s:.3g} s,"
                    f" then a request every {interval_s:.3g} s at most{mode}"
                )
            case Fetched(identity, done, total, problem):
                self._print(
                    f"[fetched {done}/{total}] {identity}{': ' if problem else ''}{problem}"
                )
            case Asking() | Retrying() | Warned():
                pass  # too detailed for plain lines, or in the structured log

    def _print(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()


def _findings_without_posture(verdict: Verdict) -> int:
    return sum(finding.kind is not Kind.POSTURE for finding in verdict.findings)


def described_outcome(outcome: Outcome) -> str:
    """Describe an outcome in a few words."""
    match outcome:
        case Scanned(verdict=verdict, from_cache=from_cache):
            number = _findings_without_posture(verdict)
            findings = pluralize(number, "finding") if number else "no findings"
            partial = ", partial" if verdict.gaps else ""
            where = "cached" if from_cache else "fresh"
            return (
                f"score {verdict.score:g}, {verdict.risk.word} risk, {findings}{partial} ({where})"
            )
        case Failed(kind=kind, detail=detail):
            return f"FAILED {kind}: {detail}"


class Live:
    """Shows a bar, the counts, and the current extension of each worker."""

    def __init__(self, stream: BestEffortStream) -> None:
        from rich.console import Console
        from rich.live import Live as RichLive
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
        )

        self._bar = Progress(
            TextColumn("scanning", style="bold"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            expand=True,
        )
        self._progress = self._bar.add_task("", total=None)
        self._workers: dict[int, tuple[ExtensionId, str]] = {}
        self._worker_count = 0
        self._counts = {"fresh": 0, "cached": 0, "failed": 0, "with findings": 0}
        self._note = ""
        console = Console(file=stream, highlight=False)  # type: ignore[arg-type]
        self._live = RichLive(
            get_renderable=self._render,
            console=console,
            refresh_per_second=8,
            transient=True,
            redirect_stdout=False,
        )

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.__exit__(kind, error, traceback)

    def __call__(self, event: Event) -> None:
        """Process an event; the display is redrawn a few times a second."""
        match event:
            case Began(verdicts=verdicts, workers=workers):
                self._bar.update(self._progress, total=verdicts)
                self._worker_count = workers
            case Asking(worker, task):
                self._workers[worker] = (task.id, "fresh")
            case Ended(worker, outcome):
                self._bar.advance(self._progress, len(outcome.task.extensions))
                self._count(worker, outcome)
            case SlowedDown(task, pause_s, interval_s, _):
                self._note = (
                    f"rate limited at {task.id}: waiting {pause_s:.3g} s, then a request every"
                    f" {interval_s:.3g} s, one at a time"
                )
                self._workers.clear()
            case Retrying(task, attempt):
                for worker, (identity, _) in self._workers.items():
                    if identity == task.id:
                        self._workers[worker] = (identity, f"fresh, attempt {attempt}")
            case Fetched(_, done, total, _):
                self._note = f"fetching archives: {done} of {total}" if done < total else ""
            case Warned():
                pass  # logged, above the display

    def _count(self, worker: int | None, outcome: Outcome) -> None:
        number = len(outcome.task.extensions)
        match outcome:
            case Scanned(task, verdict, from_cache):
                where = "cached" if from_cache else "fresh"
                self._counts[where] += number
                self._counts["with findings"] += number if _findings_without_posture(verdict) else 0
                if worker is not None and from_cache:
                    self._workers[worker] = (task.id, where)
            case Failed():
                self._counts["failed"] += number

    def _render(self) -> "RenderableType":
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        counts = Text()
        for name, number in self._counts.items():
            style = {"failed": "bold red", "with findings": "yellow"}.get(name, "")
            counts.append(f"  {number} {name}", style=style if number else "dim")
        workers = Table.grid(padding=(0, 1))
        for worker in range(self._worker_count):
            # Text, because Rich would interpret markup in the names.
            identity, where = self._workers.get(worker, ("", ""))
            workers.add_row(
                Text(f"  worker {worker + 1}", style="dim"),
                Text(str(identity) or "idle", style="" if identity else "dim"),
                Text(where, style="green" if where == "cached" else "cyan"),
            )
        lines: list[RenderableType] = [self._bar, counts, workers]
        if self._note:
            lines.append(Text(foldable(f"  {self._note}"), style="yellow"))
        return Group(*lines)
