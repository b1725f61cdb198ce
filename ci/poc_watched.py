"""The package's own lines and cache, watched from outside, where things happen.

Requests are counted where they are sent, look-ups and refusals where the cache makes
them. No error is dropped: what the package rightly goes on without is counted here.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vscan.cache import Cache, Hit, Lookup, Miss, Reader
from vscan.model import CacheKey, ExtensionId, Failed, Resume, Scanned, Task, Throttled
from vscan.providers.http_request import Answer, Transport
from vscan.providers.interface import Client, Limits
from vscan.providers.rate_limiter import RateLimiter
from vscan.providers.vscan_dev import VscanDev
from vscan.providers.vscan_dev.client import VscanDevClient
from vscan.sqlite_files import SqliteFileError, is_busy

MAX_AGE_S = 7 * 24 * 3600.0


class Wire:
    """What the lines of one run carry, counted where it is sent. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_flight = 0
        self.most_in_flight = 0
        self.answers: Counter[str] = Counter()
        self.asked_at: dict[ExtensionId, float] = {}

    def asking(self, asked: ExtensionId) -> None:
        """Note when an extension was first asked about."""
        with self._lock:
            self.asked_at.setdefault(asked, time.monotonic())

    def carry(self, send: Callable[[], Answer]) -> Answer:
        """Send, and count what comes of it: a status, or an error by its name."""
        with self._lock:
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
        came = "nothing"
        try:
            answer = send()
            came = str(answer.status)
        except BaseException as error:
            came = type(error).__name__
            raise
        else:
            return answer
        finally:
            with self._lock:
                self._in_flight -= 1
                self.answers[came] += 1


class _Transport(Transport):
    def __init__(
        self, wire: Wire, api_url: str, timeout_s: float, now: Callable[[], float]
    ) -> None:
        super().__init__(api_url, timeout_s, now)
        self._wire = wire

    def send(self, method: str, url: str, question: object = None, *, accept: str = "") -> Answer:
        return self._wire.carry(
            lambda: super(_Transport, self).send(method, url, question, accept=accept)
        )


class _Client(VscanDevClient):
    def __init__(self, wire: Wire, api_url: str, limiter: RateLimiter, limits: Limits) -> None:
        super().__init__(api_url, limiter, limits)
        self._wire = wire
        self._transport = _Transport(wire, api_url, limits.timeout_s, limiter.now)

    def ask(self, task: Task, epoch: int, resume: Resume | None) -> Scanned | Failed | Throttled:
        self._wire.asking(task.id)
        return super().ask(task, epoch, resume)


class WatchedSource(VscanDev):
    """The provider, whose requests a wire watches."""

    def __init__(
        self, wire: Wire, api_url: str, limiter: RateLimiter, limits: Limits, workers: int = 1
    ) -> None:
        super().__init__(api_url, limiter, limits, workers)
        self._wire = wire

    def client(self) -> Client:
        """Make a watched client."""
        return _Client(self._wire, self._api_url, self.limiter, self._limits)


class Recorder:
    """What the cache of one run did, counted by the cache. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.lookups: Counter[str] = Counter()
        self.troubles: Counter[str] = Counter()
        self.locked = 0

    def answered(self, lookup: Lookup) -> None:
        """Note a look-up."""
        with self._lock:
            match lookup:
                case Hit():
                    self.lookups["hit"] += 1
                case Miss(why, warning):
                    self.lookups[why] += 1
                    if why == "broken":
                        self._note(f"reading: {warning}", busy="locked" in (warning or ""))

    def trouble(self, doing: str, error: SqliteFileError) -> None:
        """Note an error of SQLite or of the file system."""
        with self._lock:
            self._note(f"{doing}: {error}", busy=is_busy(error))

    def lost(self, what: str) -> None:
        """Note what went wrong without an error to look at."""
        with self._lock:
            self._note(what, busy=False)

    def _note(self, what: str, *, busy: bool) -> None:
        self.troubles[what] += 1
        self.locked += busy


class _Reader(Reader):
    def __init__(self, recorder: Recorder, path: Path, **given: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(path, **given)
        self._recorder = recorder
        if self._connection is None and path.exists():
            # The package goes on without, and rightly so; here it is what is looked for.
            recorder.lost("reading: the file can't be opened")

    def get(self, key: CacheKey) -> Lookup:
        lookup = super().get(key)
        self._recorder.answered(lookup)
        return lookup


class WatchedCache(Cache):
    """The cache, whose look-ups and refusals a recorder notes."""

    def __init__(self, recorder: Recorder, directory: Path) -> None:
        self._recorder = recorder  # first: opening the file may already go wrong
        # The package warns once; every refusal passes _postpone, so they are counted there.
        super().__init__(directory, max_age_s=MAX_AGE_S, key=None, warn=lambda _: None)

    def reader(self) -> Reader:
        """Open a worker's side, watched."""
        return _Reader(
            self._recorder, self._path, max_age_s=self._max_age_s, key=self._key, now=self._now
        )

    def _postpone(self, error: SqliteFileError) -> None:
        self._recorder.trouble("writing", error)
        super()._postpone(error)
