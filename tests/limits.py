"""Limits on requests as services keep them, and the time that an ideal client takes."""

import math
from collections import deque
from typing import Protocol


class Limit(Protocol):
    """Something that counts requests. Times in seconds, on any one clock."""

    def wait_s(self, now: float) -> float:
        """Count a request; 0 where it is accepted, else how long until one would be."""
        ...


class Bucket:
    """So many requests a second, and so many at once after a lull."""

    def __init__(self, rate: float, burst: float, now: float = 0.0) -> None:
        self._rate, self._burst = rate, burst
        self._tokens, self._filled_at = float(burst), now

    def wait_s(self, now: float) -> float:
        tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._tokens, self._filled_at = tokens, now
        if tokens < 1 - 1e-9:
            return (1 - tokens) / self._rate
        self._tokens -= 1
        return 0.0


class FixedWindow:
    """So many requests in each stretch of so many seconds; the first begins with the first one."""

    def __init__(self, number: int, seconds: float) -> None:
        self._number, self._seconds = number, seconds
        self._began: float | None = None
        self._used = 0

    def wait_s(self, now: float) -> float:
        if self._began is None:
            self._began = now
        windows = math.floor((now - self._began) / self._seconds + 1e-9)
        if windows:
            self._began, self._used = self._began + windows * self._seconds, 0
        if self._used >= self._number:
            return self._began + self._seconds - now
        self._used += 1
        return 0.0


class SlidingWindow:
    """So many requests in any stretch of so many seconds."""

    def __init__(self, number: int, seconds: float) -> None:
        self._seconds = seconds
        self._accepted: deque[float] = deque(maxlen=number)

    def wait_s(self, now: float) -> float:
        accepted = self._accepted
        if len(accepted) == accepted.maxlen and now - accepted[0] < self._seconds - 1e-9:
            return accepted[0] + self._seconds - now
        accepted.append(now)
        return 0.0


def advised_s(advice: str, wait_s: float) -> float | None:
    """Say what a 429 asks for: exact, seconds (rounded up), none, or a number of seconds."""
    match advice:
        case "exact":
            return wait_s
        case "seconds":
            return float(int(wait_s) + 1)
        case "none":
            return None
        case number:
            return float(number)


def ideal_s(limit: Limit, requests: int, *, advice: str, interval_s: float) -> float:
    """Simulate the ideal client: from the first start to the last accepted one.

    It knows nothing of the limit until its first 429, as nobody can, and keeps that
    pause in full. From then on it knows all of the limit: each request starts when it
    will be accepted, and no sooner than the user's interval after the last.
    """
    now, accepted, refused = 0.0, 0, False
    while True:
        wait_s = limit.wait_s(now)
        if not wait_s:
            accepted += 1
            if accepted == requests:
                return now
            now += interval_s
        elif refused:
            now += wait_s
        else:
            refused = True
            now += max(wait_s, advised_s(advice, wait_s) or 0.0)
