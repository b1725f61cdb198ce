"""The loop with sources of our own: what runs when, what is kept, what is told."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import date
from pathlib import Path

import pytest

from tests.builders import task, verdict
from vscan import task_runner
from vscan.cache import Cache, Hit, Reader
from vscan.errors import VscanError
from vscan.events import Asking, Began, Ended, Event, SlowedDown, Warned
from vscan.interrupt import Interrupt
from vscan.model import (
    CacheKey,
    DataState,
    Extension,
    Failed,
    FailureKind,
    Resume,
    Rule,
    Scanned,
    Task,
    Throttled,
    Verdict,
)
from vscan.providers.rate_limiter import CircuitOpenError, RateLimiter, StaleEpochError
from vscan.task_runner import TaskResults, run_tasks

Answer = Callable[[Task, int, Resume | None], Scanned | Failed | Throttled]


class Fake:
    """A source that answers with a function, and counts how many are asked at once."""

    rules: tuple[Rule, ...] = ()
    requests_per_lookup = 3
    sends = ""

    def __init__(self, answer: Answer, name: str = "vscan.dev", *, local: bool = False) -> None:
        self._answer = answer
        self.name = self.scope = name
        self.limiter = None if local else RateLimiter(0.0)
        self.workers = 2 if local else 1
        self._lock = threading.Lock()
        self.at_once = self.most_at_once = self.closed = 0
        self.asked: list[str] = []

    def warnings(self, today: date) -> tuple[str, ...]:
        raise AssertionError(f"a collector warns nobody, {today}")

    def data(self, today: date) -> tuple[DataState, ...]:
        raise AssertionError(f"a collector has no use for it, {today}")

    def key(self, extension: Extension) -> CacheKey:
        return CacheKey(self.name, extension.id.key, extension.version or "", "")

    def key_of(self, extension: Extension, verdict: Verdict) -> CacheKey:
        del verdict
        return self.key(extension)

    def client(self) -> "Fake":
        return self

    def started(self) -> AbstractContextManager[None]:
        return nullcontext()

    def close(self) -> None:
        with self._lock:
            self.closed += 1

    def ask(self, asked: Task, epoch: int, resume: Resume | None) -> Scanned | Failed | Throttled:
        with self._lock:
            self.asked.append(asked.id.key)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self._answer(asked, epoch, resume)
        finally:
            with self._lock:
                self.at_once -= 1


def fine(asked: Task, _epoch_at_start: int = 0, _resume: Resume | None = None) -> Scanned:
    return Scanned(asked, verdict(), from_cache=False)


def run(
    tasks: list[Task],
    source: Fake,
    *,
    workers: int = 1,
    cache: Cache | None = None,
    limiter: RateLimiter | None = None,
    deadline_s: float | None = None,
    events: list[Event] | None = None,
    emit: Callable[[Event], None] | None = None,
    interrupt: Interrupt | None = None,
) -> TaskResults:
    source.workers = workers
    source.limiter = limiter or RateLimiter(0.0)
    return run_tasks(
        tasks,
        providers={source.name: source},
        cache=cache,
        emit=emit or (events if events is not None else []).append,
        interrupt=interrupt or Interrupt(),
        deadline_at_s=deadline_s,
    )


def tasks(number: int) -> list[Task]:
    return [task(f"acme.t{n:02d}") for n in range(number)]


@contextmanager
def opened(directory: Path) -> Iterator[Cache]:
    cache = Cache(directory, max_age_s=1e6, key=None, warn=pytest.fail)
    yield cache
    cache.close()


def test_outcomes_come_in_the_order_of_the_tasks() -> None:
    asked = tasks(20)
    collection = run(asked, Fake(fine), workers=5)
    assert [outcome.task for outcome in collection.outcomes] == asked


def test_nothing_to_do_is_done() -> None:
    assert run([], Fake(fine), workers=3).outcomes == ()


@pytest.mark.parametrize("workers", [1, 3])
def test_as_many_run_at_once_as_there_are_workers(workers: int) -> None:
    barrier = threading.Barrier(workers)

    def meet(asked: Task, _epoch_at_start: int, _resume: Resume | None) -> Scanned:
        barrier.wait(5)
        return fine(asked)

    source = Fake(meet)
    run(tasks(3 * workers), source, workers=workers)
    assert source.most_at_once == workers
    assert source.closed == workers  # each has hung up when the run is over


def test_each_result_is_stored_as_it_arrives(tmp_path: Path) -> None:
    """When the third is asked, the first two can be read from outside."""
    seen: list[int] = []

    with opened(tmp_path) as cache:

        def look(asked: Task, _epoch_at_start: int, _resume: Resume | None) -> Scanned:
            reader = cache.reader()
            keys = [CacheKey("vscan.dev", f"acme.t{n:02d}", "1.0.0", "") for n in range(4)]
            seen.append(sum(isinstance(reader.get(key), Hit) for key in keys))
            reader.close()
            return fine(asked)

        run(tasks(4), Fake(look), cache=cache)
    assert seen == [0, 1, 2, 3]


def test_failures_are_not_stored(tmp_path: Path) -> None:
    with opened(tmp_path) as cache:
        run(tasks(1), Fake(lambda t, _v, _r: Failed(t, FailureKind.TIMEOUT, "slow")), cache=cache)
        source = Fake(fine)
        run(tasks(1), source, cache=cache)
    assert source.asked == ["acme.t00"]


def test_an_answer_is_stored_for_every_installed_version(tmp_path: Path) -> None:
    with opened(tmp_path) as cache:
        run([task("acme.t", "1.0.0", "2.0.0")], Fake(fine), cache=cache)
        source = Fake(fine)
        run([task("acme.t", "2.0.0")], source, cache=cache)
    assert source.asked == []


def test_a_throttled_task_goes_on_first_and_alone() -> None:
    """Open analyses before new ones; one at a time; nothing is asked anew."""
    limiter = RateLimiter(0.0)
    resumed: list[tuple[str, Resume | None]] = []
    all_in = threading.Barrier(3)
    alone = Fake(fine)

    def answer(asked: Task, epoch: int, resume: Resume | None) -> Scanned | Throttled:
        number = int(asked.id.key[-2:])
        if epoch == 0 and number < 3:
            all_in.wait(5)
            open_analysis = Resume(f"id-{number}", 0, 1, complete=False, resubmitted=False)
            if number == 1:
                return Throttled(asked, limiter.throttled(epoch, 0.0), open_analysis)
            while limiter.epoch() == 0:
                pass
            with pytest.raises(StaleEpochError):
                limiter.acquire(epoch)
            return Throttled(asked, None, open_analysis if number == 2 else None)
        assert source.at_once == 1
        limiter.acquire(epoch)
        resumed.append((asked.id.key, resume))
        return alone.ask(asked, epoch, resume)  # type: ignore[return-value]

    source = Fake(answer)
    events: list[Event] = []
    collection = run(tasks(6), source, workers=3, limiter=limiter, events=events)
    assert all(isinstance(outcome, Scanned) for outcome in collection.outcomes)
    assert collection.fell_back
    order = [name for name, _ in resumed]
    assert set(order[:2]) == {"acme.t01", "acme.t02"}
    assert order[2:] == ["acme.t00", "acme.t03", "acme.t04", "acme.t05"]
    assert all(resume is not None for _, resume in resumed[:2])
    assert [event.fell_back for event in events if isinstance(event, SlowedDown)] == [True]


def test_the_fall_back_is_told_once_and_with_a_pause(tmp_path: Path) -> None:
    """Also where the reply of a neighbour, that only was sent back, comes first."""
    with opened(tmp_path) as cache:
        run([task("acme.t01")], Fake(fine), cache=cache)
    limiter = RateLimiter(0.0)
    both_in, neighbour_back = threading.Barrier(2), threading.Event()
    events: list[Event] = []

    def emit(event: Event) -> None:
        events.append(event)
        if isinstance(event, Warned):  # comes with the neighbour's reply, and just before it
            neighbour_back.set()

    def answer(asked: Task, epoch: int, _resume: Resume | None) -> Scanned | Throttled:
        if epoch == 0:
            both_in.wait(5)
            if asked.id.key == "acme.t01":
                return Throttled(asked, None, None)
            pause_s = limiter.throttled(epoch, 0.0)
            assert neighbour_back.wait(5)
            return Throttled(asked, pause_s, None)
        if epoch == 1:
            return Throttled(asked, limiter.throttled(epoch, 0.0), None)
        return fine(asked)

    keyed = Cache(tmp_path, max_age_s=1e6, key=b"secret", warn=pytest.fail)
    collection = run(tasks(2), Fake(answer), workers=2, cache=keyed, limiter=limiter, emit=emit)
    keyed.close()
    assert collection.fell_back
    assert [event.fell_back for event in events if isinstance(event, SlowedDown)] == [True, False]


def test_a_sequential_run_does_not_fall_back() -> None:
    limiter = RateLimiter(0.0)

    def answer(asked: Task, epoch: int, _resume: Resume | None) -> Scanned | Throttled:
        if epoch == 0:
            return Throttled(asked, limiter.throttled(epoch, 0.0), None)
        return fine(asked)

    events: list[Event] = []
    assert not run(tasks(2), Fake(answer), limiter=limiter, events=events).fell_back
    assert [event.fell_back for event in events if isinstance(event, SlowedDown)] == [False]


def test_an_undisturbed_run_does_not_fall_back() -> None:
    assert not run(tasks(2), Fake(fine), workers=2).fell_back


def test_a_bug_in_a_source_is_one_failure() -> None:
    def answer(asked: Task, _epoch_at_start: int, _resume: Resume | None) -> Scanned:
        if asked.id.key == "acme.t01":
            raise ZeroDivisionError("oops")
        return fine(asked)

    outcomes = run(tasks(3), Fake(answer), workers=3).outcomes
    assert [type(outcome) for outcome in outcomes] == [Scanned, Failed, Scanned]
    assert isinstance(outcomes[1], Failed)
    assert outcomes[1].kind is FailureKind.BUG


def test_an_interrupt_fails_the_rest_and_leaves_who_is_stuck_behind() -> None:
    interrupt = Interrupt()
    release = threading.Event()

    def answer(asked: Task, _epoch_at_start: int, _resume: Resume | None) -> Scanned:
        if asked.id.key == "acme.t01":
            interrupt._record(signal.SIGTERM, None)
            release.wait(30)  # deaf to everything, as a blocked read is
        return fine(asked)

    collection = run(tasks(4), Fake(answer), interrupt=interrupt)
    release.set()
    first, *rest = collection.outcomes
    assert isinstance(first, Scanned)
    assert [o.kind for o in rest if isinstance(o, Failed)] == [FailureKind.INTERRUPTED] * 3


def test_a_signal_ends_the_run_where_it_does_not_end_the_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on Windows, where a handler runs only after the wait for a queue."""
    monkeypatch.setattr(task_runner, "_LONGEST_WAIT_S", 0.01)
    interrupt, release = Interrupt(), threading.Event()

    def answer(asked: Task, _epoch_at_start: int, _resume: Resume | None) -> Scanned:
        interrupt.signal = signal.SIGINT  # and the main thread is not woken
        release.wait(30)
        return fine(asked)

    collection = run(tasks(2), Fake(answer), interrupt=interrupt)
    release.set()
    kinds = [o.kind for o in collection.outcomes if isinstance(o, Failed)]
    assert kinds == [FailureKind.INTERRUPTED] * 2


@pytest.mark.full
def test_a_signal_of_windows_is_caught_where_it_exists() -> None:
    """Whatever the system calls it, its number is that of another signal here."""
    program = """
import signal, sys
if not hasattr(signal, "SIGBREAK"):
    signal.SIGBREAK = signal.SIGUSR1
from vscan.interrupt import Interrupt
interrupt = Interrupt()
interrupt.catch()
signal.raise_signal(signal.SIGBREAK)
sys.exit(0 if interrupt.signal == signal.SIGBREAK else 1)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_result_that_comes_a_moment_after_an_interrupt_is_kept(tmp_path: Path) -> None:
    limiter, interrupt = RateLimiter(0.0), Interrupt()

    def answer(asked: Task, epoch: int, _resume: Resume | None) -> Scanned:
        interrupt._record(signal.SIGINT, None)
        with pytest.raises(CircuitOpenError):
            limiter.sleep(epoch, 3600)  # over when the run is being ended
        return fine(asked)

    with opened(tmp_path) as cache:
        collection = run(tasks(2), Fake(answer), cache=cache, limiter=limiter, interrupt=interrupt)
        assert [type(outcome) for outcome in collection.outcomes] == [Scanned, Failed]
        assert collection.cut_short
        source = Fake(fine)
        run(tasks(2), source, cache=cache)
    assert source.asked == ["acme.t01"]


def test_an_interrupt_before_the_first_task_fails_them_all() -> None:
    interrupt, source = Interrupt(), Fake(fine)
    interrupt._record(signal.SIGINT, None)
    collection = run(tasks(2), source, interrupt=interrupt)
    kinds = [o.kind for o in collection.outcomes if isinstance(o, Failed)]
    assert kinds == [FailureKind.INTERRUPTED] * 2
    assert collection.cut_short
    assert source.asked == []


@pytest.mark.parametrize("number", [2, 3])
def test_who_waits_at_the_gate_is_woken_by_an_interrupt(number: int) -> None:
    """Where more would have followed, and where nothing would."""
    limiter, interrupt = RateLimiter(3600.0), Interrupt()

    def answer(asked: Task, epoch: int, _resume: Resume | None) -> Scanned | Failed:
        if asked.id.key == "acme.t01":
            interrupt._record(signal.SIGINT, None)
        try:
            limiter.acquire(epoch)
        except CircuitOpenError as closed:
            return Failed(asked, closed.kind, closed.detail)
        return fine(asked)

    outcomes = run(tasks(number), Fake(answer), limiter=limiter, interrupt=interrupt).outcomes
    assert [type(outcome) for outcome in outcomes] == [Scanned] + [Failed] * (number - 1)


def test_a_deadline_is_a_timeout() -> None:
    limiter = RateLimiter(0.0)
    release = threading.Event()

    def answer(asked: Task, _epoch_at_start: int, _resume: Resume | None) -> Scanned:
        if asked.id.key == "acme.t01":
            release.wait(30)
        return fine(asked)

    collection = run(tasks(3), Fake(answer), limiter=limiter, deadline_s=limiter.now() + 0.2)
    release.set()
    kinds = [o.kind for o in collection.outcomes if isinstance(o, Failed)]
    assert kinds == [FailureKind.TIMEOUT] * 2
    assert not collection.cut_short


def test_events_tell_the_whole_story(tmp_path: Path) -> None:
    with opened(tmp_path) as cache:
        run(tasks(1), Fake(fine), cache=cache)
        events: list[Event] = []
        run(tasks(2), Fake(fine), cache=cache, events=events)
    assert [type(event) for event in events] == [Began, Ended, Asking, Ended]
    assert [event.cache for event in events if isinstance(event, Ended)] == ["hit", "miss"]


def test_a_warning_is_told_once(tmp_path: Path) -> None:
    with opened(tmp_path) as cache:
        run(tasks(5), Fake(fine), cache=cache)
    keyed = Cache(tmp_path, max_age_s=1e6, key=b"secret", warn=pytest.fail)
    events: list[Event] = []
    run(tasks(5), Fake(fine), cache=keyed, events=events)
    keyed.close()
    assert len([event for event in events if isinstance(event, Warned)]) == 1


def test_a_worker_that_breaks_ends_the_run_instead_of_hanging_it(tmp_path: Path) -> None:
    class Broken(Cache):
        def reader(self) -> Reader:
            raise ZeroDivisionError

    cache = Broken(tmp_path, max_age_s=1, key=None, warn=pytest.fail)
    with pytest.raises(ZeroDivisionError):
        run(tasks(3), Fake(fine), workers=3, cache=cache)
    cache.close()


@pytest.mark.parametrize("allowed", [0, 1, 2])
def test_the_workers_that_could_be_hired_do_the_work(
    monkeypatch: pytest.MonkeyPatch, allowed: int
) -> None:
    """A limit on processes is one on threads."""
    left = [None] * allowed
    start = threading.Thread.start

    def limited(thread: threading.Thread) -> None:
        if not left:
            raise RuntimeError("can't start new thread")
        left.pop()
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    source = Fake(fine)
    if not allowed:
        with pytest.raises(VscanError, match="no thread can be started"):
            run(tasks(9), source, workers=3)
        return
    assert len(run(tasks(9), source, workers=3).outcomes) == 9
    assert source.most_at_once <= allowed


# Lanes


def both(
    remote: Fake,
    local: Fake,
    number: int,
    *,
    workers: int = 1,
    limiter: RateLimiter | None = None,
    interrupt: Interrupt | None = None,
) -> TaskResults:
    """Ask a service and a source of this machine about the same extensions."""
    asked = [
        Task(source.name, each.extensions) for each in tasks(number) for source in (remote, local)
    ]
    remote.workers = workers
    remote.limiter = limiter or RateLimiter(0.0)
    return run_tasks(
        asked,
        providers={remote.name: remote, local.name: local},
        cache=None,
        emit=lambda _: None,
        interrupt=interrupt or Interrupt(),
    )


def test_neither_lane_waits_for_the_other() -> None:
    """The service answers its first question when the analyser has seen everything."""
    all_seen = threading.Barrier(2)
    analysed = threading.Semaphore(0)

    def wait(asked: Task, _epoch_at_start: int, _resume: Resume | None) -> Scanned:
        for _ in range(10 if asked.id.key == "acme.t00" else 0):
            assert analysed.acquire(timeout=5)
        return fine(asked)

    def analyse(asked: Task, _epoch_at_start: int, _resume: Resume | None) -> Scanned:
        all_seen.wait(5)
        analysed.release()
        return fine(asked)

    remote, local = Fake(wait), Fake(analyse, "offline", local=True)
    collection = both(remote, local, 10)
    assert (remote.most_at_once, local.most_at_once) == (1, 2)
    assert all(isinstance(outcome, Scanned) for outcome in collection.outcomes)
    assert len(collection.outcomes) == 20


def test_a_429_narrows_the_services_lane_alone() -> None:
    limiter = RateLimiter(0.0)
    asked_again = threading.Event()
    seen = threading.Barrier(2)

    def refuse(asked: Task, epoch: int, _resume: Resume | None) -> Scanned | Throttled:
        if epoch == 0:
            return Throttled(asked, limiter.throttled(0, 0.0), None)
        asked_again.set()
        return fine(asked)

    def analyse(asked: Task, _epoch_at_start: int, _resume: Resume | None) -> Scanned:
        assert asked_again.wait(5)
        seen.wait(5)  # two at a time, still
        return fine(asked)

    remote, local = Fake(refuse), Fake(analyse, "offline", local=True)
    collection = both(remote, local, 6, workers=3, limiter=limiter)
    assert collection.fell_back
    assert all(isinstance(outcome, Scanned) for outcome in collection.outcomes)
    assert local.most_at_once == 2


def test_an_interrupt_ends_both_lanes() -> None:
    interrupt = Interrupt()
    begun = threading.Barrier(3)

    def hang(asked: Task, _epoch_at_start: int, _resume: Resume | None) -> Scanned:
        with suppress(threading.BrokenBarrierError):
            begun.wait(5)
            interrupt._record(signal.SIGINT, None)
            threading.Event().wait(30)
        return fine(asked)

    remote, local = Fake(hang), Fake(hang, "offline", local=True)
    collection = both(remote, local, 4, interrupt=interrupt)
    assert collection.cut_short
    assert len(collection.outcomes) == 8


def test_a_service_that_is_down_fails_none_of_another_services_tasks() -> None:
    """Each service has a limiter and a lane of its own."""
    asked = [Task(name, each.extensions) for each in tasks(10) for name in ("down", "up")]

    def fail(asked: Task, epoch: int, _resume: Resume | None) -> Scanned | Failed:
        try:
            down_limiter.acquire(epoch)
        except CircuitOpenError as error:
            return Failed(asked, error.kind, error.detail)
        down_limiter.failed(FailureKind.NETWORK, "down.example can't be reached")
        return Failed(asked, FailureKind.NETWORK, "down.example can't be reached")

    down, up = Fake(fail, "down"), Fake(fine, "up")
    assert down.limiter is not None
    down_limiter = down.limiter
    done = run_tasks(
        asked,
        providers={"down": down, "up": up},
        cache=None,
        emit=lambda _: None,
        interrupt=Interrupt(),
    )
    kinds = {
        name: {type(outcome) for outcome in done.outcomes if outcome.task.provider == name}
        for name in ("down", "up")
    }
    assert kinds == {"down": {Failed}, "up": {Scanned}}


def test_a_429_of_one_service_does_not_slow_another_service_down() -> None:
    waiting = threading.Barrier(2)

    def refuse(asked: Task, epoch: int, _resume: Resume | None) -> Scanned | Throttled:
        if epoch == 0:
            assert throttled.limiter is not None
            return Throttled(asked, throttled.limiter.throttled(0, 0.0), None)
        return fine(asked)

    def meet(asked: Task, _epoch: int, _resume: Resume | None) -> Scanned:
        waiting.wait(5)
        return fine(asked)

    throttled, other = Fake(refuse, "throttled"), Fake(meet, "other")
    throttled.workers = other.workers = 2
    done = run_tasks(
        [Task(name, each.extensions) for each in tasks(6) for name in ("throttled", "other")],
        providers={"throttled": throttled, "other": other},
        cache=None,
        emit=lambda _: None,
        interrupt=Interrupt(),
    )
    assert all(isinstance(outcome, Scanned) for outcome in done.outcomes)
    assert other.most_at_once == 2
    assert done.fell_back
