"""The times of a run, for ``-v``."""

from tests.builders import task, verdict
from vscan.events import Asking, Began, Ended, Event, Retrying, SlowedDown, Warned
from vscan.extension_and_worker_timings import Timings
from vscan.model import Failed, FailureKind, Scanned


def ended(
    text: str, seconds: float, *, worker: int | None = 0, cache: str = "miss", fails: bool = False
) -> Ended:
    asked = task(text)
    if fails:
        lost = Failed(asked, FailureKind.TIMEOUT, "too slow")
        return Ended(worker, lost, cache, seconds)  # type: ignore[arg-type]
    answer = Scanned(asked, verdict(), from_cache=cache == "hit")
    return Ended(worker, answer, cache, seconds)  # type: ignore[arg-type]


def told(*events: Event) -> list[str]:
    timings = Timings()
    for event in events:
        timings(event)
    return list(timings.lines())


def test_without_events_there_are_no_timings() -> None:
    """Nor of what takes no time."""
    assert told() == []
    events = (
        Began((), 1),
        Asking(0, task()),
        Warned("cache", "it is odd"),
        Retrying(task(), 1, 2, "x"),
    )
    assert told(*events) == []


def test_times_are_given_as_median_longest_and_sum() -> None:
    first, *_ = told(ended("a.a", 1), ended("a.b", 2), ended("a.c", 9, fails=True))
    assert first == "time per extension: median 2.00 s, longest 9.00 s, all together 12.0 s"


def test_the_slowest_ten_are_named_the_slowest_first() -> None:
    events = [ended(f"a.x{number}", number) for number in range(12)]
    _, slowest, *_ = told(*events)
    assert slowest == "slowest: " + ", ".join(f"a.x{n} {n:.2f} s" for n in range(11, 1, -1))


def test_equally_slow_extensions_are_named_in_order() -> None:
    _, slowest, *_ = told(*(ended(f"a.{name}", 1) for name in "zab"))
    assert slowest == "slowest: a.z 1.00 s, a.a 1.00 s, a.b 1.00 s"


def test_cache_hits_and_stale_entries_are_counted() -> None:
    events = [
        *(ended(f"a.h{number}", 0, cache="hit") for number in range(2)),
        ended("a.m", 1),
        ended("a.s", 1, cache="stale"),
        ended("a.o", 1, cache="off"),
    ]
    assert "cache: 2 hits of 4 (50 %), 1 too old" in told(*events)
    assert "cache: 1 hit of 1 (100 %), 0 too old" in told(events[0])
    assert "cache: 0 hits of 1 (0 %), 0 too old" in told(events[2])


def test_without_a_cache_no_hit_rate_is_given() -> None:
    assert not any(line.startswith("cache") for line in told(ended("a.o", 1, cache="off")))


def test_each_worker_is_listed_with_its_work() -> None:
    lines = told(
        ended("a.a", 1.5, worker=2),
        ended("a.b", 0.5, worker=0, cache="hit"),
        ended("a.c", 2, worker=0),
        ended("a.d", 3, worker=0, fails=True),
        ended("a.e", 0, worker=None, fails=True),
    )
    assert [line for line in lines if line.startswith("worker")] == [
        "worker 1: 3 extensions, 2 asked, 5.5 s",
        "worker 3: 1 extension, 1 asked, 1.5 s",
    ]


def test_retried_extensions_are_listed_by_number_of_retries() -> None:
    lines = told(
        Retrying(task("a.a"), 1, 2, "503"),
        *(Retrying(task("a.b"), number, 2, "503") for number in (1, 2)),
        *(Retrying(task(f"a.x{number:02}"), 1, 2, "503") for number in range(20)),
        ended("a.b", 1),
    )
    retried = [line for line in lines if line.startswith("retried")]
    assert retried[:2] == ["retried: a.b, 2 times", "retried: a.a, 1 time"]
    assert len(retried) == 10


def test_each_rate_limit_is_listed_with_its_pause() -> None:
    lines = told(
        ended("a.a", 1),
        *(SlowedDown(task(f"a.x{number:02}"), 1.25, 2, fell_back=True) for number in range(12)),
    )
    limited = [line for line in lines if line.startswith("rate limited")]
    assert limited[0] == "rate limited: a.x00, waited 1.25 s"
    assert len(limited) == 10
