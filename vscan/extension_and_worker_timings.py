"""Collect the times of a run for ``-v``: slow extensions, retries, and the work of each worker."""

from collections import Counter
from collections.abc import Iterator

from vscan.events import Ended, Event, Retrying, SlowedDown
from vscan.model import ExtensionId, Scanned
from vscan.safe_text import pluralize

_SLOWEST = 10


class Timings:
    """Collects times from events; ``lines`` describes them."""

    def __init__(self) -> None:
        self._times_s: list[tuple[float, ExtensionId]] = []
        self._by_cache: Counter[str] = Counter()
        self._tasks: Counter[int] = Counter()
        self._fresh: Counter[int] = Counter()
        self._busy_s: Counter[int] = Counter()
        self._retries: Counter[ExtensionId] = Counter()
        self._pauses: list[tuple[ExtensionId, float]] = []

    def __call__(self, event: Event) -> None:
        """Process an event."""
        match event:
            case Ended(worker=worker, outcome=outcome, cache=cache, duration_s=duration_s):
                self._times_s.append((duration_s, outcome.task.id))
                self._by_cache[cache] += 1
                if worker is not None:
                    self._tasks[worker] += 1
                    self._fresh[worker] += not (isinstance(outcome, Scanned) and outcome.from_cache)
                    self._busy_s[worker] += duration_s  # type: ignore[assignment]
            case Retrying(task=task):
                self._retries[task.id] += 1
            case SlowedDown(task=task, pause_s=pause_s):
                self._pauses.append((task.id, pause_s))
            case _:
                pass  # the other events have no time

    def lines(self) -> Iterator[str]:
        """Describe the times, one fact in each line."""
        if not self._times_s:
            return
        times_s = sorted(seconds for seconds, _ in self._times_s)
        yield (
            f"time per extension: median {times_s[len(times_s) // 2]:.2f} s,"
            f" longest {times_s[-1]:.2f} s,"
            f" all together {sum(times_s):.1f} s"
        )
        slowest = sorted(self._times_s, key=lambda each: -each[0])[:_SLOWEST]
        yield f"slowest: {', '.join(f'{id_} {seconds:.2f} s' for seconds, id_ in slowest)}"
        looked_up = sum(self._by_cache.values()) - self._by_cache["off"]
        if looked_up:
            hits = self._by_cache["hit"]
            yield (
                f"cache: {pluralize(hits, 'hit')} of {looked_up} ({100 * hits / looked_up:.0f} %),"
                f" {self._by_cache['stale']} too old"
            )
        for worker in sorted(self._tasks):
            yield (
                f"worker {worker + 1}: {pluralize(self._tasks[worker], 'extension')},"
                f" {self._fresh[worker]} asked, {self._busy_s[worker]:.1f} s"
            )
        for identity, number in self._retries.most_common(_SLOWEST):
            yield f"retried: {identity}, {pluralize(number, 'time')}"
        for identity, pause_s in self._pauses[:_SLOWEST]:
            yield f"rate limited: {identity}, waited {pause_s:.3g} s"
