"""Servers that allow so many requests a second, or so many at a time, in a fraction of the time.

Whatever they do, every extension gets its verdict, and the service is asked no more
than it allows.
"""

import time
from pathlib import Path

import pytest

from tests.builders import install, results
from tests.limits import Bucket, ideal_s
from tests.server import Script, Server
from vscan.config import CacheConfig, Config
from vscan.events import Event, SlowedDown
from vscan.interrupt import Interrupt
from vscan.pipeline import run
from vscan.report_model import Report
from vscan.run_preparation import create_providers
from vscan.settings.table import Settings

# The long runs alone are compared with the time that an ideal client takes.
SHORT = 22
LONG = 66
NUMBERS = [SHORT, pytest.param(LONG, marks=pytest.mark.nightly)]


def scan(
    tmp_path: Path, url: str, extensions: int, workers: int, events: list[Event]
) -> tuple[Report, float]:
    """Scan with a tenth of the default delays. Returns how long it took, too."""
    for number in range(extensions):
        install(tmp_path / "extensions", f"acme.tool-{number:02d}")
    config = Config(
        settings=Settings(
            delay_s=0.1,
            timeout_s=10.0,
            analysis_timeout_s=30.0,
            max_retries=3,
            retry_delay_s=0.2,
            max_wait_s=12.0,
        ),
        targets=(tmp_path / "extensions",),
        providers=("vscan.dev",),
        api_url=url,
        workers=workers,
        cache=CacheConfig(None, read=True, max_age_s=1e6),
    )
    started = time.monotonic()
    report = run(
        config, create_providers(config), run_id="x", emit=events.append, interrupt=Interrupt()
    )
    return report, time.monotonic() - started


@pytest.mark.parametrize("extensions", NUMBERS)
@pytest.mark.parametrize(
    ("rate", "burst", "workers", "advice"),
    [
        (20, 5, 3, "exact"),
        (20, 5, 5, "exact"),
        (20, 5, 5, "none"),
        (10, 1, 3, "exact"),
        (20, 5, 3, "1"),  # twenty times as long as it must be
    ],
)
def test_a_limit_on_the_rate_is_learnt(  # noqa: PLR0917
    tmp_path: Path, extensions: int, rate: float, burst: int, workers: int, advice: str
) -> None:
    requests = 3 * extensions
    script = Script(
        latency_s=0.005,
        rate=rate,
        burst=burst,
        retry_after=advice,
        answer=lambda p, n, number: results(p, n, analysis_id=number),
    )
    events: list[Event] = []
    with Server(script) as server:
        report, took = scan(tmp_path, server.api_url, extensions, workers, events)
        seen = list(server.seen)
        told = server.pauses[0][0]
    assert report.stats.scanned == extensions
    assert report.run.fell_back_to_sequential
    limited = sum(one.status == 429 for one in seen)
    assert limited == report.stats.rate_limited == sum(isinstance(e, SlowedDown) for e in events)
    assert limited <= workers + 8
    assert len(seen) == requests + limited == report.stats.requests
    # Each of the other workers may have had one on its way when the first 429 left.
    assert sum(one.beside > 0 for one in seen if one.at > told + 0.005) < workers
    inside = [sum(start + 0.005 < one.at < until for one in seen) for start, until in server.pauses]
    assert inside[0] < workers
    assert not any(inside[1:])
    accepted = [one.extension for one in seen if (one.step, one.status) == ("submit", 200)]
    assert sorted(accepted) == sorted(set(accepted))
    if advice != "none" and extensions == LONG:
        ideal = ideal_s(Bucket(rate, burst), requests, advice=advice, interval_s=0.1 / workers)
        assert took / ideal <= 1.3


@pytest.mark.parametrize("extensions", NUMBERS)
@pytest.mark.parametrize(("at_a_time", "workers"), [(1, 3), (2, 5)])
def test_a_limit_on_requests_at_a_time_is_met_at_once(
    tmp_path: Path, extensions: int, at_a_time: int, workers: int
) -> None:
    """One at a time is within any such limit, so the first 429s are the last."""
    script = Script(
        latency_s=0.06,
        at_a_time=at_a_time,
        retry_after="exact",
        answer=lambda p, n, number: results(p, n, analysis_id=number),
    )
    with Server(script) as server:
        report, took = scan(tmp_path, server.api_url, extensions, workers, [])
        limited = [number for number, seen in enumerate(server.seen) if seen.status == 429]
    assert report.stats.scanned == extensions
    assert len(limited) <= workers
    assert limited[-1] - limited[0] < 2 * workers
    # Sequential, at what latency allows: the interval that was widened shrinks back.
    if extensions == LONG:
        assert took / (3 * extensions * 0.06) <= 1.3
