"""How soon requests follow each other: against simulated services, on a clock of ours."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.limits import Bucket, FixedWindow, Limit, SlidingWindow, advised_s, ideal_s
from vscan.providers.accepted_rate_estimator import RateEstimator
from vscan.providers.rate_limiter import RateLimiter

LATENCY_S = 0.015
THREE_A_SECOND = 1 / 3  # the default: a delay of 1 s, three workers


@dataclass
class Run:
    """What came of a run against a service that limits requests. Times in seconds."""

    took_s: float = 0.0
    starts: list[float] = field(default_factory=list)
    pauses: list[tuple[float, float]] = field(default_factory=list)  # from, until

    @property
    def refused(self) -> int:
        return len(self.pauses)

    def inside_a_pause(self) -> list[float]:
        return [s for s in self.starts for begin, end in self.pauses if begin < s < end - 1e-6]


class Clock:
    """A clock that waiting moves on."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def wait(self, _: threading.Condition, seconds: float) -> None:
        self.time += seconds


class Doubling(RateLimiter):
    """The control, as the first release learnt: it overshoots, and comes back slowly."""

    good = 0
    least_s = interval = THREE_A_SECOND

    @property
    def interval_s(self) -> float:
        return self.interval

    def acquire(self, epoch: int, *, retry: bool = False) -> None:
        super().acquire(epoch, retry=retry)
        self.sleep(epoch, self.interval)

    def answered(self) -> None:
        self.good += 1
        if not self.good % 10:
            self.interval = max(0.9 * self.interval, self.least_s)

    def throttled(self, _: int, retry_after_s: float | None) -> float:
        self.interval, self.good = 2 * self.interval, 0
        self.pause(retry_after_s or 2)
        return retry_after_s or 2


class Heedless(Doubling):
    """The other control: it keeps the pauses, and learns nothing from them."""

    def throttled(self, _: int, retry_after_s: float | None) -> float:
        self.pause(retry_after_s or 2)
        return retry_after_s or 2


def run(
    limit: Limit,
    *,
    advice: str,
    interval_s: float,
    requests: int,
    kind: type[RateLimiter] = RateLimiter,
) -> Run:
    """Have so many requests accepted through a limiter: three at a time, after a 429 one."""
    clock = Clock()
    limiter = kind(
        0.0 if issubclass(kind, Doubling) else interval_s,
        max_wait_s=1e9,
        now=clock.now,
        wait=clock.wait,
    )
    done = Run()
    accepted = 0
    while accepted < requests:
        epoch = limiter.epoch()
        limiter.acquire(epoch)
        now = clock.time
        done.starts.append(now)
        wait_s = limit.wait_s(now)
        if wait_s:
            asked_s = advised_s(advice, wait_s)
            kept_s = limiter.throttled(epoch, asked_s)
            assert asked_s is None or kept_s >= asked_s
            done.pauses.append((now, now + kept_s))
        else:
            accepted += 1
            done.took_s = now
            limiter.answered()
        clock.time += LATENCY_S / (1 if done.pauses else 3)
    return done


@dataclass(frozen=True)
class Case:
    """A limit, who meets it, and how much longer than the ideal client it may take."""

    limit: Callable[[], Limit]
    advice: str
    interval_s: float = THREE_A_SECOND
    requests: int = 198
    ratio: float = 1.15


CASES = {
    "2 a second, 10 s": Case(lambda: Bucket(2, 5), "10"),
    "2 a second, 10 s, for long": Case(lambda: Bucket(2, 5), "10", requests=1500),
    "2 a second, 20 at once, 10 s": Case(lambda: Bucket(2, 20), "10"),
    "2 a second, exact": Case(lambda: Bucket(2, 5), "exact"),
    "2 a second, seconds": Case(lambda: Bucket(2, 5), "seconds"),
    "2 a second, none": Case(lambda: Bucket(2, 5), "none"),
    "2 a second, five workers": Case(lambda: Bucket(2, 5), "exact", 0.2),
    "1 a second, 30 s": Case(lambda: Bucket(1, 5), "30"),
    "10 a second, exact": Case(lambda: Bucket(10, 5), "exact", 0.0, 270),
    "10 a second, seconds": Case(lambda: Bucket(10, 5), "seconds", 0.0, 270),
    # Each of two more 429s costs half a second of nine.
    "10 a second, seconds, 90": Case(lambda: Bucket(10, 5), "seconds", 0.0, 90, 1.16),
    "one in 2 s, exact": Case(lambda: Bucket(0.5, 1), "exact", ratio=1.2),
    "one in 2 s, seconds": Case(lambda: Bucket(0.5, 1), "seconds", ratio=1.2),
    "30 in any 15 s, exact": Case(lambda: SlidingWindow(30, 15), "exact"),
    "30 in any 15 s, seconds": Case(lambda: SlidingWindow(30, 15), "seconds"),
    "30 in each 15 s, exact": Case(lambda: FixedWindow(30, 15), "exact"),
    "30 in each 15 s, seconds": Case(lambda: FixedWindow(30, 15), "seconds"),
    "100 in each 60 s, exact": Case(lambda: FixedWindow(100, 60), "exact", requests=500),
}


def check(case: Case, kind: type[RateLimiter] = RateLimiter) -> None:
    """Assert what holds of every limit."""
    advice, interval_s, requests = case.advice, case.interval_s, case.requests
    done = run(case.limit(), advice=advice, interval_s=interval_s, requests=requests, kind=kind)
    ideal = ideal_s(case.limit(), requests, advice=advice, interval_s=interval_s)
    assert done.took_s / ideal <= case.ratio
    assert done.refused <= 8
    assert done.inside_a_pause() == []


@pytest.mark.parametrize("name", CASES)
def test_a_limit_is_nearly_used_up_with_few_429s_and_every_pause_is_kept(name: str) -> None:
    check(CASES[name])


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Doubling, "2 a second, 10 s"),
        (Doubling, "30 in any 15 s, seconds"),
        (Heedless, "2 a second, 10 s"),
        (Heedless, "one in 2 s, exact"),
    ],
)
def test_the_check_fails_for_who_learns_badly(kind: type[RateLimiter], name: str) -> None:
    with pytest.raises(AssertionError):
        check(CASES[name], kind)


LIMITS = st.one_of(
    st.builds(Bucket, st.floats(0.3, 20), st.integers(1, 20)),
    st.builds(FixedWindow, st.integers(5, 100), st.floats(5, 60)),
    st.builds(SlidingWindow, st.integers(5, 100), st.floats(5, 60)),
)


@settings(deadline=None, max_examples=examples(60))
@given(LIMITS, st.sampled_from(["exact", "seconds", "10", "30", "none"]), st.floats(0, 1))
def test_whatever_the_service_the_pace_stays_polite(
    limit: Limit, advice: str, interval_s: float
) -> None:
    """No start in a pause, none sooner than the user allows, and an end."""
    done = run(limit, advice=advice, interval_s=interval_s, requests=120)
    assert done.inside_a_pause() == []
    assert all(b - a >= interval_s - 1e-6 for a, b in itertools.pairwise(done.starts))
    assert done.refused <= 15


def starts(pace: RateEstimator, now: float, number: int, every_s: float) -> float:
    """Have requests accepted at even distances. Returns when the next one is due."""
    for _ in range(number):
        pace.started(now)
        pace.accepted()
        now += every_s
    return now


@pytest.mark.parametrize("requests", [2, 4])
def test_the_first_429_doubles_at_least_the_spacing_just_observed(requests: int) -> None:
    """Where latency, not the interval, was what spaced requests."""
    pace = RateEstimator(0.0)
    now = starts(pace, 0.0, requests, 0.25)
    pace.started(now)
    pace.refused(now, 0.1)
    assert pace.interval_s == pytest.approx(0.5)


def test_a_long_pause_after_the_first_429_widens_the_interval_further() -> None:
    pace = RateEstimator(0.0)
    now = starts(pace, 0.0, 4, 0.25)
    pace.started(now)
    pace.refused(now, 60)
    assert 0.5 < pace.interval_s < 60 / 4


@pytest.mark.parametrize(("interval_s", "learnt_s"), [(0.0, 0.02), (20.0, 30.0)])
def test_the_learnt_interval_has_a_least_and_a_most(interval_s: float, learnt_s: float) -> None:
    pace = RateEstimator(interval_s)
    pace.started(0.0)
    pace.refused(0.0, 0.0)
    assert pace.interval_s == learnt_s


def test_ten_good_requests_bring_the_interval_back_but_never_below_the_shortest() -> None:
    """The first 429 may have been about requests at a time alone."""
    pace = RateEstimator(1.0)
    pace.started(0.0)
    pace.refused(0.0, 0.0)
    assert pace.interval_s == 2.0
    now = starts(pace, 2.0, 9, 2.0)
    assert pace.interval_s == 2.0
    now = starts(pace, now, 1, 2.0)
    assert 1.0 < pace.interval_s < 2.0
    starts(pace, now, 200, 2.0)
    assert pace.interval_s == 1.0


def second(pause_s: float) -> RateEstimator:
    """Draw two 429s of a service that bears one request a second, five at once."""
    pace, limit = RateEstimator(0.25), Bucket(1, 5)
    now, refused = 0.0, 0
    while refused < 2:
        next_s = pace.started(now)
        if limit.wait_s(now):
            pace.refused(now, pause_s)
            now, refused = now + pause_s, refused + 1
        else:
            pace.accepted()
            now += next_s
    return pace


def test_the_second_429_tells_the_rate() -> None:
    assert second(10.0).interval_s == pytest.approx(1.0, rel=0.15)


def test_after_a_long_pause_as_many_as_were_borne_at_once_follow_each_other() -> None:
    pace = second(10.0)
    waits = [pace.started(0.0) for _ in range(8)]
    assert waits == [0.25] * waits.count(0.25) + [pace.interval_s] * (8 - waits.count(0.25))
    assert 3 <= waits.count(0.25) <= 5


def test_after_a_pause_that_was_just_enough_none_does() -> None:
    pace = RateEstimator(0.25)
    now = starts(pace, 0.0, 6, 0.25)
    for _ in range(2):
        pace.started(now)
        pace.refused(now, 0.5)
        now = starts(pace, now + 0.5, 1, 0.5)
    assert pace.started(now) == pace.interval_s


def test_the_dearer_another_429_the_longer_all_must_go_well_before_it_is_risked() -> None:
    reached = []
    for pause_s in (1.0, 10.0, 60.0):
        pace = second(pause_s)
        starts(pace, 0.0, 150, 1.0)
        reached.append(pace.interval_s)
    assert reached[0] < reached[1] < reached[2]


def test_a_429_right_after_a_pause_is_the_fault_of_the_pause() -> None:
    """The interval becomes what was accepted in all the time, pauses included."""
    pace = RateEstimator(0.25)
    now = starts(pace, 0.0, 8, 0.25)
    for _ in range(3):
        pace.started(now)
        pace.refused(now, 10.0)
        now += 10.0
    assert pace.interval_s == pytest.approx(now / 8)


def test_a_429_for_want_of_a_moment_teaches_nothing() -> None:
    """The network was faster than for the request before."""
    pace = RateEstimator(0.25)
    now = starts(pace, 0.0, 8, 0.25)
    pace.started(now)
    pace.refused(now, 10.0)
    learnt = pace.interval_s
    pace.started(now + 10.0)
    pace.refused(now + 10.0, 0.001)
    assert pace.interval_s == learnt
