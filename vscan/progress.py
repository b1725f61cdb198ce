"""Show the progress of a run: with Rich on a terminal, as plain lines, or not at all.

Each display is a context manager that is called with every event, in the main thread. It writes
to standard error.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from vscan.best_effort_stream import BestEffortStream
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
from vscan.model import (
    Extension,
    ExtensionId,
    Failed,
    Kind,
    Outcome,
    RiskLevel,
    Scanned,
    Verdict,
)
from vscan.safe_text import describe_duration, foldable, pluralize

if TYPE_CHECKING:
    from rich.console import RenderableType

_SHORTEST_ESTIMATE_S = 2.0

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


class _OutcomesByExtension:
    """Collects the outcomes of each extension, until each provider that is asked has one."""

    def __init__(self) -> None:
        self.total = self.done = 0
        self._left: Counter[int] = Counter()
        self._outcomes: dict[int, list[Outcome]] = {}

    def begin(self, event: Began) -> None:
        """Count what each extension waits for."""
        self._left = Counter(map(id, event.extensions()))
        self.total = len(self._left)

    def add(self, outcome: Outcome) -> Iterator[tuple[Extension, Sequence[Outcome]]]:
        """Add an outcome, and give the extensions that are done with it."""
        for extension in outcome.task.extensions:
            key = id(extension)
            self._outcomes.setdefault(key, []).append(outcome)
            self._left[key] -= 1
            if self._left[key] <= 0:
                self.done += 1
                yield extension, self._outcomes.pop(key)


class Plain(Silent):
    """Prints a line for each extension that is done: for logs, pipes and ``--plain``."""

    def __init__(self, stream: BestEffortStream, *, timed: bool = False) -> None:
        self._stream = stream
        self._timed = timed
        self._extensions = _OutcomesByExtension()
        self._durations_s: dict[int, float] = {}

    def __call__(self, event: Event) -> None:
        """Print the events that belong in a log."""
        match event:
            case LookupsEstimated():
                self._print(event.sentence)
            case Began():
                self._extensions.begin(event)
                if self._extensions.total:
                    self._print(f"scanning {pluralize(self._extensions.total, 'extension')}")
            case Ended():
                self._ended(event)
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

    def _ended(self, event: Ended) -> None:
        for extension in event.outcome.task.extensions:
            before_s = self._durations_s.get(id(extension), 0.0)
            self._durations_s[id(extension)] = before_s + event.duration_s
        for extension, outcomes in self._extensions.add(event.outcome):
            if event.worker is None:
                continue  # the run was cut short, and the result gives the one reason
            took = f" in {self._durations_s[id(extension)]:.2f} s" if self._timed else ""
            version = f" {extension.version}" if extension.version else ""
            about = f"[{self._extensions.done}/{self._extensions.total}] {extension.id}{version}"
            self._print(f"{about}: {described_outcomes(outcomes)}{took}")

    def _print(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()


def _findings_without_posture(verdict: Verdict) -> int:
    return sum(finding.kind is not Kind.POSTURE for finding in verdict.findings)


def described_outcomes(outcomes: Sequence[Outcome]) -> str:
    """Describe the outcomes of one extension in a few words.

    Where a provider failed, the risk is unknown, whatever another one says.
    """
    scanned = [outcome for outcome in outcomes if isinstance(outcome, Scanned)]
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failed)]
    several = len(outcomes) > 1
    failures = "; ".join(
        f"no verdict: {f'{each.task.provider}: ' if several else ''}{each.kind}: {each.detail}"
        for each in failed
    )
    if not scanned:
        return failures
    number = sum(_findings_without_posture(each.verdict) for each in scanned)
    findings = pluralize(number, "finding") if number else "no findings"
    partial = ", partial" if any(each.verdict.gaps for each in scanned) else ""
    if failed:
        return f"unknown risk, {findings}{partial}; {failures}"
    worst = max(each.verdict.risk for each in scanned)
    score = min(each.verdict.score for each in scanned)
    cached = " (cached)" if all(each.from_cache for each in scanned) else ""
    # Where the risk is unknown, the score of what was examined would look like an answer.
    rated = "" if worst is RiskLevel.UNKNOWN else f"score {score:g}, "
    return f"{rated}{worst.word} risk, {findings}{partial}{cached}"


class _TimeLeft:
    """Estimates the time that the lookups still take, from the pace of each service."""

    def __init__(self) -> None:
        self._requests: Counter[str] = Counter()
        self._per_lookup: dict[str, int] = {}
        self._interval_s: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        match event:
            case LookupsEstimated(provider=provider, lookups=lookups, requests=requests):
                self._requests[provider] = requests
                self._per_lookup[provider] = requests // lookups
                self._interval_s[provider] = event.duration_s / requests
            case Ended(outcome=outcome, cache=cache) if cache != "hit":
                provider = outcome.task.provider
                self._requests[provider] -= self._per_lookup.get(provider, 0)
            case SlowedDown(task=task, interval_s=interval_s):
                self._interval_s[task.provider] = interval_s
            case _:
                pass

    def seconds(self) -> float:
        """Give the time of the slowest service: services are asked side by side."""
        left = (self._requests[name] * s for name, s in self._interval_s.items())
        return max(left, default=0.0)


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
        self._extensions = _OutcomesByExtension()
        self._counts = {"cached": 0, "new": 0, "failed": 0, "with findings": 0}
        self._note = ""
        self._time_left = _TimeLeft()
        self._pause_ends_s = 0.0  # of the clock time.monotonic
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
        self._time_left(event)
        match event:
            case LookupsEstimated():
                self._live.console.print(event.sentence, markup=False)
            case Began(workers=workers):
                self._extensions.begin(event)
                self._bar.update(self._progress, total=self._extensions.total)
                self._worker_count = workers
            case Asking(worker, task):
                self._workers[worker] = (task.id, "asking")
            case Ended(worker, outcome):
                self._count(outcome)
                self._workers.pop(-1 if worker is None else worker, None)
            case SlowedDown(pause_s=pause_s):
                self._pause_ends_s = time.monotonic() + pause_s
                self._workers.clear()
            case Retrying():
                self._retrying(event)
            case Fetched(_, done, total, _):
                self._note = f"fetching archives: {done} of {total}" if done < total else ""
            case Warned():
                pass  # logged, above the display

    def _retrying(self, event: Retrying) -> None:
        for worker, (identity, _) in self._workers.items():
            if identity == event.task.id:
                self._workers[worker] = (identity, f"asking, attempt {event.attempt}")

    def _count(self, outcome: Outcome) -> None:
        for _, outcomes in self._extensions.add(outcome):
            scanned = [each for each in outcomes if isinstance(each, Scanned)]
            if len(scanned) < len(outcomes):
                self._counts["failed"] += 1
            else:
                cached = all(each.from_cache for each in scanned)
                self._counts["cached" if cached else "new"] += 1
            found = any(_findings_without_posture(each.verdict) for each in scanned)
            self._counts["with findings"] += found
        self._bar.update(self._progress, completed=self._extensions.done)

    def _notes(self) -> Iterator[str]:
        """Describe the pause that a service asked for, and the time that is left."""
        pause_s = self._pause_ends_s - time.monotonic()
        if pause_s > 0:
            yield f"rate limited: {describe_duration(pause_s)} of the pause left"
        if (left_s := self._time_left.seconds() + max(0.0, pause_s)) > _SHORTEST_ESTIMATE_S:
            yield f"about {describe_duration(left_s)} left at this pace"
        if self._note:
            yield self._note

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
                Text(where, style="cyan"),
            )
        lines: list[RenderableType] = [self._bar, counts, workers]
        lines += [Text(foldable(f"  {note}"), style="yellow") for note in self._notes()]
        return Group(*lines)
