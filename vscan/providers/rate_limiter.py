"""The one limiter to a service. Every request of every worker starts by passing it.

It bounds the rate by construction, makes everybody wait after a 429, and closes for
good where the service is down or has had enough. Of what workers share, it is the only
thing with a state. What interval the service bears is learnt in ``pace``.
"""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from vscan.model import FailureKind
from vscan.providers.rate_estimator import RateEstimator

if TYPE_CHECKING:
    from vscan.events import Event

_MAX_PAUSE_S = 30.0  # of our own choosing, where the service names none
_FAILURES_IN_A_ROW = 5
_TIMED_OUT_RETRIES_IN_A_ROW = 3


class CircuitOpenError(Exception):
    """No request will start any more; ``kind`` and ``detail`` are every task's failure."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


class StaleEpochError(Exception):
    """A neighbour drew a 429: hand the task back, it goes on one at a time."""


class RateLimiter:
    """Paces, pauses and closes. Thread-safe; times in seconds.

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
        """Read the clock that everything here is measured by."""
        return self._now()

    def epoch(self) -> int:
        """Tell the number of the stretch between two 429s that a task begins in.

        The number goes with every call for that task. One taken before a 429 is void
        after it, so that what was begun in parallel can't go on beside each other.
        """
        with self._changed:
            return self._epoch

    def acquire(self, epoch: int, *, retry: bool = False) -> None:
        """Wait for a turn to start one request.

        Raises ``CircuitOpenError``, or ``StaleEpochError`` if a 429 came since the epoch began.
        """
        with self._changed:
            while True:
                self._check(epoch)
                now = self._now()
                ready = max(self._next_start, self._paused_until)
                if now >= ready:
                    break
                self._wait(self._changed, ready - now)
            # From the start itself, not from when it was due: two starts are never
            # closer than the interval, not even to make up for a late one.
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
        """Note an answer that was neither a 429 nor a gateway's excuse."""
        with self._changed:
            self.reached = True
            self._timed_out_retries = 0
            self._throttled_since = None
            self._throttled_in_a_row = 0
            self._pace.accepted()

    def throttled(self, epoch: int, retry_after_s: float | None) -> float:
        """Note a 429: nobody starts until the pause is over. Returns the pause.

        Closes the limiter if the pause, or the time that 429s have been the only answer,
        is longer than ``max_wait_s``.
        """
        with self._changed:
            now = self._now()
            self.rate_limited += 1
            self.reached = True
            if self._throttled_since is None:
                self._throttled_since = now
            # Several requests may have been in flight: theirs is the same incident.
            incident = epoch == self._epoch
            self._throttled_in_a_row += incident
            longer = 2.0 ** max(0, min(self._throttled_in_a_row - 1, 10))
            if retry_after_s is None:
                pause = min(self._retry_delay_s * longer, _MAX_PAUSE_S)
            else:
                # Where what was asked for was not enough, more; but not so much more
                # that it would be us who close the limiter.
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
        """Let nobody start for a while, as a 503 with Retry-After asks."""
        with self._changed:
            self._paused_until = max(self._paused_until, self._now() + seconds)

    def timed_out(self, *, retry: bool) -> bool:
        """Note that a request was not answered in time; say whether to try it again.

        Not where three retries in a row, of whatever requests, were not answered either:
        who is silent that long would else cost every task its retries. Any answer ends that.
        """
        with self._changed:
            self._timed_out_retries += retry
            return self._timed_out_retries < _TIMED_OUT_RETRIES_IN_A_ROW

    def served(self) -> None:
        """Note that a task ended with an answer to what it asked, good or bad."""
        with self._changed:
            self._failures_in_a_row = 0

    def failed(self, kind: FailureKind, detail: str) -> None:
        """Note that a task ended for want of a usable answer; five in a row close the limiter."""
        with self._changed:
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= _FAILURES_IN_A_ROW:
                self._close(kind, detail)

    def close(self, kind: FailureKind, detail: str) -> None:
        """Let nobody start any more, and wake everybody who waits. The first reason stays."""
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
