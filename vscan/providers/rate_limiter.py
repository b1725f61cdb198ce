"""The rate limiter and circuit breaker of one service. Each request of each worker acquires it.

It bounds the rate by construction, pauses all workers after a 429, and opens its circuit for
good where the service is down or keeps refusing. It is the only mutable object that workers
share. ``accepted_rate_estimator`` learns which interval the service accepts.
"""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from vscan.model import FailureKind
from vscan.providers.accepted_rate_estimator import RateEstimator

if TYPE_CHECKING:
    from vscan.events import Event

_MAX_PAUSE_S = 30.0  # where the service names none
_MAX_FAILURES_IN_A_ROW = 5
_MAX_TIMED_OUT_RETRIES_IN_A_ROW = 3


class CircuitOpenError(Exception):
    """No request will start any more; ``kind`` and ``detail`` are the failure of every task."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


class StaleEpochError(Exception):
    """Another task drew a 429: return this task to the queue; it resumes alone."""


class RateLimiter:
    """Paces requests, pauses, and opens the circuit. Thread-safe; times in seconds.

    ``interval_s`` is the least time between two request starts. ``max_wait_s`` is the
    longest pause that is obeyed and the longest time that 429s may be the only answer.
    ``retry_delay_s`` is the first pause after a 429 that names none.
    """

    def __init__(
        self,
        interval_s: float,
        *,
        max_wait_s: float = 120.0,
        retry_delay_s: float = 2.0,
        now: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Condition, float], object] = threading.Condition.wait,
    ) -> None:
        self.requests = 0
        self.retries = 0
        self.rate_limited = 0
        self.listener: Callable[[Event], None] = lambda _: None  # called by any thread
        self.reached = False  # whether the service has ever answered anything
        self._pace = RateEstimator(interval_s)
        self._max_wait_s = max_wait_s
        self._retry_delay_s = retry_delay_s
        self._now = now
        self._wait = wait
        self._changed = threading.Condition()
        self._epoch = 0
        self._next_start = 0.0
        self._paused_until = 0.0
        self._closed: CircuitOpenError | None = None
        self._throttled_since: float | None = None
        self._throttled_in_a_row = 0
        self._failures_in_a_row = 0
        self._timed_out_retries = 0

    @property
    def interval_s(self) -> float:
        """The least time between two request starts, as of now."""
        return self._pace.interval_s

    def now(self) -> float:
        """Read the clock of all times here."""
        return self._now()

    def epoch(self) -> int:
        """Return the number of the current epoch: each 429 begins a new one.

        A task passes the number of the epoch that it began in with every call. After a 429 the
        limiter refuses older numbers, so that tasks that began in parallel don't go on in parallel.
        """
        with self._changed:
            return self._epoch

    def acquire(self, epoch: int, *, retry: bool = False) -> None:
        """Wait until one request may start.

        Raises ``CircuitOpenError``, or ``StaleEpochError`` if a 429 came since the task's epoch.
        """
        with self._changed:
            while True:
                self._check(epoch)
                now = self._now()
                ready = max(self._next_start, self._paused_until)
                if now >= ready:
                    break
                self._wait(self._changed, ready - now)
            # Counted from the start itself, not from when it was due: two starts are never
            # closer than the interval, not even after a late one.
            self._next_start = now + self._pace.started(now)
            self.requests += 1
            self.retries += retry

    def sleep(self, epoch: int, seconds: float) -> None:
        """Wait between two polls or before a retry. Raises as ``acquire``."""
        with self._changed:
            until = self._now() + seconds
            while True:
                self._check(epoch)
                remaining = until - self._now()
                if remaining <= 0:
                    return
                self._wait(self._changed, remaining)

    def answered(self) -> None:
        """Record an answer that was neither a 429 nor a gateway error."""
        with self._changed:
            self.reached = True
            self._timed_out_retries = 0
            self._throttled_since = None
            self._throttled_in_a_row = 0
            self._pace.accepted()

    def throttled(self, epoch: int, retry_after_s: float | None) -> float:
        """Record a 429: no request starts until the pause is over. Returns the pause.

        Opens the circuit if the pause, or the time that 429s have been the only answer,
        is longer than ``max_wait_s``.
        """
        with self._changed:
            now = self._now()
            self.rate_limited += 1
            self.reached = True
            if self._throttled_since is None:
                self._throttled_since = now
            # Several requests may have been in flight: their 429s are one incident.
            incident = epoch == self._epoch
            self._throttled_in_a_row += incident
            longer = 2.0 ** max(0, min(self._throttled_in_a_row - 1, 10))
            if retry_after_s is None:
                pause = min(self._retry_delay_s * longer, _MAX_PAUSE_S)
            else:
                # Where the requested pause was not enough, a longer one; but never so long that
                # it would open the circuit by itself.
                left = self._max_wait_s - (now - self._throttled_since)
                pause = max(retry_after_s, min(retry_after_s * longer, left))
            if incident:
                self._pace.refused(now, pause)
                self._epoch += 1
            self._paused_until = max(self._paused_until, now + pause)
            if self._paused_until - self._throttled_since > self._max_wait_s:
                self._close(
                    FailureKind.RATE_LIMITED,
                    f"nothing but 429 for {now - self._throttled_since:.0f} s, and the next pause"
                    f" of {pause:.3g} s would pass --max-wait {self._max_wait_s:g}",
                )
            self._changed.notify_all()
            return pause

    def pause(self, seconds: float) -> None:
        """Start no request for a while, as a 503 with Retry-After asks."""
        with self._changed:
            self._paused_until = max(self._paused_until, self._now() + seconds)

    def timed_out(self, *, retry: bool) -> bool:
        """Record that a request was not answered in time. Returns whether to retry it.

        After three retries in a row without an answer, of any requests, nothing is retried: a
        silent service would cost every task its retries. Any answer ends that.
        """
        with self._changed:
            self._timed_out_retries += retry
            return self._timed_out_retries < _MAX_TIMED_OUT_RETRIES_IN_A_ROW

    def served(self) -> None:
        """Record that a task ended with an answer, good or bad."""
        with self._changed:
            self._failures_in_a_row = 0

    def failed(self, kind: FailureKind, detail: str) -> None:
        """Record that a task ended without a usable answer; five in a row open the circuit."""
        with self._changed:
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= _MAX_FAILURES_IN_A_ROW:
                self._close(kind, detail)

    def close(self, kind: FailureKind, detail: str) -> None:
        """Open the circuit: no request starts, no call waits any more. The first reason stays."""
        with self._changed:
            self._close(kind, detail)

    def _close(self, kind: FailureKind, detail: str) -> None:
        if self._closed is None:
            self._closed = CircuitOpenError(kind, detail)
        self._changed.notify_all()

    def _check(self, epoch: int) -> None:
        if self._closed is not None:
            # A new one each time: an exception that several threads raise collects
            # the tracebacks, and with them the frames, of all of them.
            raise CircuitOpenError(self._closed.kind, self._closed.detail)
        if epoch != self._epoch:
            raise StaleEpochError
