"""Which thread stores results and reports events."""

import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.builders import task
from tests.server import Script, Server
from vscan.cache import Cache
from vscan.events import Event
from vscan.interrupt import Interrupt
from vscan.model import CacheKey, Scanned, Verdict
from vscan.providers.interface import Limits
from vscan.providers.rate_limiter import RateLimiter
from vscan.providers.vscan_dev import VscanDev
from vscan.task_runner import run_tasks


class WatchedCache(Cache):
    """Records which thread stores."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, max_age_s=1e6, key=None, warn=pytest.fail)
        self.threads: set[threading.Thread] = set()

    def put(self, key: CacheKey, verdict: Verdict) -> None:
        self.threads.add(threading.current_thread())
        super().put(key, verdict)


@pytest.mark.full
def test_the_main_thread_stores_results_and_emits_events(tmp_path: Path) -> None:
    emitting: set[threading.Thread] = set()

    def emit(_: Event) -> None:
        emitting.add(threading.current_thread())

    with Server(Script(latency_s=0.005)) as server, closing(WatchedCache(tmp_path)) as cache:
        provider = VscanDev(server.api_url, RateLimiter(0.0), Limits(), workers=3)
        done = run_tasks(
            [task(f"acme.tool-{n}") for n in range(9)],
            providers={provider.name: provider},
            cache=cache,
            emit=emit,
            interrupt=Interrupt(),
        )
    assert all(isinstance(outcome, Scanned) for outcome in done.outcomes)
    assert cache.threads == emitting == {threading.main_thread()}
