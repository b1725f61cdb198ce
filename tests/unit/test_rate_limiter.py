"""The limiter's clock is ours: no test here waits."""

import itertools
import math
import threading
from collections.abc import Callable

import pytest

from vscan.model import FailureKind
from vscan.providers.rate_limiter import CircuitOpenError, RateLimiter, StaleEpochError


class Clock:
    """A clock that waiting moves on."""

    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def wait(self, _: threading.Condition, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds


def limiter(interval_s: float = 1.0, max_wait_s: float = 120.0) -> tuple[RateLimiter, Clock]:
    clock = Clock()
    return RateLimiter(
        interval_s, max_wait_s=max_wait_s, retry_delay_s=2.0, now=clock.now, wait=clock.wait
    ), clock


def starts(the_gate: RateLimiter, clock: Clock, number: int) -> list[float]:
    """Pass the limiter so often; when it let each through."""
    times = []
    for _ in range(number):
        the_gate.acquire(the_gate.epoch())
        times.append(clock.time)
        the_gate.answered()
    return times


def test_two_starts_are_never_closer_than_the_interval() -> None:
    the_gate, clock = limiter(0.5)
    times = starts(the_gate, clock, 5)
    assert [b - a for a, b in itertools.pairwise(times)] == [0.5] * 4


def test_a_late_start_is_not_made_up_for() -> None:
    """After a long request the next two are still an interval apart."""
    the_gate, clock = limiter(0.5)
    starts(the_gate, clock, 1)
    clock.time += 10
    first, second = starts(the_gate, clock, 2)
    assert second - first == 0.5


def test_the_first_request_does_not_wait() -> None:
    the_gate, clock = limiter(30)
    assert starts(the_gate, clock, 1) == [1000.0]


def test_nobody_starts_inside_a_pause() -> None:
    the_gate, clock = limiter(0.0)
    epoch = the_gate.epoch()
    the_gate.acquire(epoch)
    assert the_gate.throttled(epoch, 7) == 7
    assert starts(the_gate, clock, 1) == [1007.0]


@pytest.mark.parametrize("pauses", [(10, 1), (1, 10)])
@pytest.mark.parametrize(
    "tell", [lambda the_gate, s: the_gate.throttled(0, s), RateLimiter.pause], ids=["429", "503"]
)
def test_of_two_pauses_the_longer_one_counts_whichever_is_told_first(
    tell: Callable[[RateLimiter, float], object], pauses: tuple[float, ...]
) -> None:
    """Two requests may be under way, and their answers name different ones."""
    the_gate, clock = limiter(0.0)
    for pause in pauses:
        tell(the_gate, pause)
    assert starts(the_gate, clock, 1) == [1010.0]


def test_requests_and_retries_are_counted() -> None:
    the_gate, _ = limiter()
    the_gate.acquire(0)
    the_gate.acquire(0, retry=True)
    assert (the_gate.requests, the_gate.retries, the_gate.rate_limited) == (2, 1, 0)


@pytest.mark.parametrize("tell", [RateLimiter.answered, lambda the_gate: the_gate.throttled(0, 1)])
def test_who_answers_is_there_with_a_429_too(tell: Callable[[RateLimiter], object]) -> None:
    """What fails afterwards is not for want of a service."""
    the_gate, _ = limiter()
    assert not the_gate.reached
    tell(the_gate)
    assert the_gate.reached


def test_a_sleep_lasts_its_whole_time_whatever_wakes_it() -> None:
    clock = Clock()
    the_gate = RateLimiter(
        1.0, now=clock.now, wait=lambda at, left: clock.wait(at, left / 2 if left > 1 else left)
    )
    the_gate.sleep(0, 8)
    assert clock.time == 1008.0
    the_gate.sleep(0, 0)
    assert clock.time == 1008.0


def test_what_was_begun_before_a_429_is_sent_back() -> None:
    the_gate, _ = limiter()
    before = the_gate.epoch()
    neighbour = the_gate.epoch()
    the_gate.throttled(neighbour, 1)
    with pytest.raises(StaleEpochError):
        the_gate.acquire(before)
    with pytest.raises(StaleEpochError):
        the_gate.sleep(before, 5)


def test_429s_that_were_in_flight_together_are_one_incident() -> None:
    """The interval doubles once, however many requests were under way."""
    the_gate, _ = limiter(1.0)
    epoch = the_gate.epoch()
    for _ in range(5):
        the_gate.throttled(epoch, 1)
    assert the_gate.interval_s == 2.0
    assert the_gate.rate_limited == 5


def test_without_advice_the_pause_doubles_and_is_bounded() -> None:
    the_gate, clock = limiter(max_wait_s=1e6)
    pauses = []
    for _ in range(6):
        pauses.append(the_gate.throttled(the_gate.epoch(), None))
        clock.time += pauses[-1]
    assert pauses == [2, 4, 8, 16, 30, 30]


def test_a_pause_that_was_not_enough_is_doubled_but_not_beyond_what_the_user_allows() -> None:
    the_gate, clock = limiter(max_wait_s=100)
    pauses = []
    for _ in range(5):
        epoch = the_gate.epoch()
        the_gate.acquire(epoch)
        pauses.append(the_gate.throttled(epoch, 10))
    assert pauses == pytest.approx([10, 20, 40, 30, 10])  # the last closes the limiter
    assert clock.time == 1100.0
    the_gate, _ = limiter()
    for _ in range(3):
        the_gate.throttled(the_gate.epoch(), 10)
        the_gate.answered()
    assert the_gate.throttled(the_gate.epoch(), 10) == 10


def test_however_many_429s_come_the_pause_stays_a_number() -> None:
    the_gate, _ = limiter(max_wait_s=math.inf)
    assert [the_gate.throttled(the_gate.epoch(), None) for _ in range(1100)][-1] == 30


def test_a_429_that_comes_late_names_no_shorter_pause_than_the_first() -> None:
    """It left before a neighbour's answer, which ended the doubling."""
    the_gate, _ = limiter()
    the_gate.throttled(0, None)
    the_gate.answered()
    assert the_gate.throttled(0, None) == 2


def test_an_answer_ends_the_doubling() -> None:
    the_gate, _ = limiter()
    the_gate.throttled(the_gate.epoch(), None)
    the_gate.answered()
    assert the_gate.throttled(the_gate.epoch(), None) == 2


def test_advice_longer_than_the_user_allows_closes_the_gate() -> None:
    the_gate, _ = limiter(max_wait_s=60)
    the_gate.throttled(the_gate.epoch(), 61)
    with pytest.raises(CircuitOpenError) as closed:
        the_gate.acquire(the_gate.epoch())
    assert closed.value.kind is FailureKind.RATE_LIMITED


def test_advice_just_as_long_as_the_user_allows_is_obeyed() -> None:
    the_gate, clock = limiter(max_wait_s=60)
    the_gate.throttled(0, 60)
    assert starts(the_gate, clock, 1) == [1060.0]


def test_429s_as_the_only_answer_for_too_long_close_the_gate() -> None:
    the_gate, _ = limiter(max_wait_s=10)
    for pause in (3, 6):
        epoch = the_gate.epoch()
        the_gate.acquire(epoch)
        assert the_gate.throttled(epoch, 3) == pause
    epoch = the_gate.epoch()
    the_gate.acquire(epoch)
    the_gate.throttled(epoch, 3)  # nine seconds have passed, three more would be too long
    with pytest.raises(CircuitOpenError, match="for 9 s, and the next pause of 3 s") as closed:
        the_gate.acquire(the_gate.epoch())
    assert closed.value.kind is FailureKind.RATE_LIMITED


def test_an_answer_between_keeps_it_open() -> None:
    the_gate, _ = limiter(max_wait_s=10)
    for _ in range(20):
        epoch = the_gate.epoch()
        the_gate.acquire(epoch)
        the_gate.throttled(epoch, 9)
        the_gate.acquire(the_gate.epoch())
        the_gate.answered()
    the_gate.acquire(the_gate.epoch())


def test_five_failures_in_a_row_close_the_gate() -> None:
    the_gate, _ = limiter()
    for _ in range(4):
        the_gate.failed(FailureKind.NETWORK, "broke")
    the_gate.served()
    for _ in range(4):
        the_gate.failed(FailureKind.NETWORK, "broke")
    the_gate.acquire(the_gate.epoch())
    the_gate.failed(FailureKind.NETWORK, "broke")
    with pytest.raises(CircuitOpenError) as closed:
        the_gate.acquire(the_gate.epoch())
    assert (closed.value.kind, closed.value.detail) == (FailureKind.NETWORK, "broke")


def test_an_answered_step_of_a_task_that_fails_later_keeps_no_gate_open() -> None:
    """Where every fetch breaks, every submit before it is answered all the same."""
    the_gate, _ = limiter()
    for _ in range(5):
        the_gate.acquire(0)
        the_gate.answered()
        the_gate.failed(FailureKind.NETWORK, "broke")
    with pytest.raises(CircuitOpenError):
        the_gate.acquire(0)


def test_three_retries_in_a_row_that_time_out_end_the_retries_until_an_answer() -> None:
    the_gate, _ = limiter()
    assert all(the_gate.timed_out(retry=False) for _ in range(9))
    assert [the_gate.timed_out(retry=True) for _ in range(3)] == [True, True, False]
    assert not the_gate.timed_out(retry=False)
    the_gate.answered()
    assert the_gate.timed_out(retry=False)


def test_the_first_reason_to_close_stays() -> None:
    the_gate, _ = limiter()
    the_gate.close(FailureKind.NETWORK, "first")
    the_gate.close(FailureKind.INTERRUPTED, "second")
    with pytest.raises(CircuitOpenError, match="first"):
        the_gate.sleep(the_gate.epoch(), 1)


@pytest.mark.parametrize(
    ("end", "error"),
    [
        (lambda the_gate: the_gate.close(FailureKind.INTERRUPTED, "stop"), CircuitOpenError),
        (lambda the_gate: the_gate.throttled(0, 1), StaleEpochError),
    ],
    ids=["close", "429"],
)
def test_closing_and_a_429_wake_whoever_waits(
    end: Callable[[RateLimiter], object], error: type[Exception]
) -> None:
    """On a real clock: a minute's wait ends at once."""
    waits, ended = threading.Event(), threading.Event()

    def wait(condition: threading.Condition, seconds: float) -> None:
        waits.set()  # with the lock held, until the condition waits for real
        condition.wait(seconds)

    the_gate = RateLimiter(60.0, wait=wait)
    the_gate.acquire(0)

    def acquire() -> None:
        with pytest.raises(error):
            the_gate.acquire(0)
        ended.set()

    thread = threading.Thread(target=acquire, daemon=True)
    thread.start()
    assert waits.wait(5)
    end(the_gate)
    assert ended.wait(5)
    thread.join()


@pytest.mark.parametrize("workers", [2, 5])
def test_many_threads_keep_the_interval(workers: int) -> None:
    """On a real clock: however many press, the starts stay an interval apart."""
    the_gate = RateLimiter(0.01)
    times: list[float] = []

    def press() -> None:
        for _ in range(10):
            the_gate.acquire(0)
            times.append(the_gate.now())

    threads = [threading.Thread(target=press) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    # Each is noted a moment after it was let through; the whole span can't lie.
    assert times[-1] - times[0] >= 0.01 * (10 * workers - 2)
    assert the_gate.requests == 10 * workers
