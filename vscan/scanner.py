"""Run the tasks. The only module that starts threads, and the only writer of the cache.

Workers call ``scan`` and hand back a value. Whatever changes state happens on the
thread that calls ``collect``. Sequential is the same loop with a window of one for services.

Each worker belongs to a lane: what is asked over the network has its own, with the pace and
the fallback that are owed to a service; what is analysed on this machine another, of the width
that helps there. Neither waits for the other.
"""

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TypeAlias

from vscan.cache import Cache
from vscan.child_processes import watched
from vscan.errors import VscanError
from vscan.events import Asking, Began, Ended, Event, SlowedDown, Warned
from vscan.model import Failed, FailureKind, Outcome, Scanned, Task, Throttled
from vscan.providers.interface import Client, Provider
from vscan.providers.rate_limiter import RateLimiter
from vscan.worker import Attempt, Reply, scan

# An interrupted run is over within three seconds: a second for requests that are about
# to end, the rest for the cache and the reports.
_GRACE_S = 1.0
_LAST_RESORT_S = 2.7
_KILL_S = 2.85  # where not even the last resort gets its turn


class Interrupt:
    """SIGINT and SIGTERM, noted and passed on to whoever waits.

    A handler is set for both: as process 1 of a container Python would ignore SIGTERM.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self._wake: Callable[[], None] = lambda: None

    def catch(self) -> None:
        """Note the signals from now on. Call it in the main thread."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)
        if os.name == "posix":
            reader, relay = os.pipe()
            writer = watched(relay, _KILL_S) or relay
            os.set_blocking(writer, False)
            signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
            with suppress(RuntimeError):  # it is a last resort: a scan can do without
                threading.Thread(target=_force_exit_after, args=(reader,), daemon=True).start()

    def wake(self, wake: Callable[[], None]) -> None:
        """Have ``wake`` called, in the main thread, at each signal."""
        self._wake = wake

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.signal is None:
            self.signal = signal.Signals(number)
        self._wake()


def _force_exit_after(reader: int) -> None:
    """End the process in time even where the main thread sits in a call that never returns.

    A pipe without a reader as report or standard error, a lock: Python's handlers run
    only between two steps of the main thread. The number arrives from the signal itself. Where
    such a call keeps the interpreter, this thread waits, too, and another process ends this one.
    """
    if number := os.read(reader, 1):  # else the run is over
        time.sleep(_LAST_RESORT_S)
        os._exit(128 + number[0])


@dataclass(frozen=True, slots=True)
class Settings:
    """How ``collect`` goes about it. ``deadline_s`` is on the limiter's clock.

    ``workers`` ask services, ``local_workers`` work for providers of this machine.
    """

    workers: int = 1
    local_workers: int = 1
    read_cache: bool = True
    deadline_s: float | None = None


@dataclass(frozen=True, slots=True)
class TaskResults:
    """What came of the tasks: one outcome for each, in the order of the tasks."""

    outcomes: tuple[Outcome, ...]
    fell_back: bool
    cut_short: bool  # by an interrupt; a deadline makes failures like any other


@dataclass(frozen=True, slots=True)
class _Replied:
    worker: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class _LookupStarted:
    worker: int


@dataclass(frozen=True, slots=True)
class _EventForwarded:
    event: Event


@dataclass(frozen=True, slots=True)
class _Interrupted:
    pass


@dataclass(frozen=True, slots=True)
class _Crashed:
    error: BaseException


_Message: TypeAlias = _Replied | _LookupStarted | _EventForwarded | _Interrupted | _Crashed


def run_tasks(  # noqa: PLR0913 - the whole wiring of a run, by name
    tasks: Iterable[Task],
    *,
    providers: Mapping[str, Provider],
    limiter: RateLimiter,
    cache: Cache | None,
    settings: Settings,
    emit: Callable[[Event], None],
    interrupt: Interrupt,
) -> TaskResults:
    """Run every task to its outcome, whatever happens on the way."""
    scanner = _Scanner(providers, limiter, cache, settings, emit, interrupt)
    return scanner.run(tuple(tasks))


class _Lane:
    """Some workers, what they have to do, and how many may be at it at once."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.idle: list[int] = []
        self.waiting: deque[Attempt] = deque()
        self.running = 0


class _Scanner:
    def __init__(  # noqa: PLR0913, PLR0917
        self,
        providers: Mapping[str, Provider],
        limiter: RateLimiter,
        cache: Cache | None,
        settings: Settings,
        emit: Callable[[Event], None],
        interrupt: Interrupt,
    ) -> None:
        self._providers = providers
        self._limiter = limiter
        self._cache = cache
        self._settings = settings
        self._emit = emit
        self._interrupt = interrupt
        self._inbox: SimpleQueue[_Message] = SimpleQueue()
        self._work_queues: list[SimpleQueue[Attempt | None]] = []
        self._threads: list[threading.Thread] = []
        self._remote, self._local = _Lane(settings.workers), _Lane(settings.local_workers)
        self._lanes = (self._remote, self._local)
        self._running: dict[int, tuple[Attempt, float]] = {}
        self._throttled = False
        self._fallback_unreported = settings.workers > 1
        self._outcomes: dict[Task, Outcome] = {}
        self._warned: set[str] = set()

    def run(self, tasks: tuple[Task, ...]) -> TaskResults:
        extensions = [id(extension) for task in tasks for extension in task.extensions]
        epoch = self._limiter.epoch()
        for task in tasks:
            self._lane(task).waiting.append(Attempt(task, epoch))
        told = self._local if self._local.waiting and not self._remote.waiting else self._remote
        self._emit(Began(len(set(extensions)), len(extensions), told.window))
        self._interrupt.wake(lambda: self._inbox.put(_Interrupted()))
        self._limiter.tell = lambda event: self._inbox.put(_EventForwarded(event))
        try:
            if not self._must_stop():
                for lane in self._lanes:
                    self._start_workers(lane)
            while self._has_work() and not self._must_stop():
                for lane in self._lanes:
                    self._dispatch(lane)
                self._receive(self._time_left())
            if self._has_work():
                self._abandon()
        finally:
            self._interrupt.wake(lambda: None)
            self._stop_workers()
        return TaskResults(
            tuple(self._outcomes[task] for task in tasks),
            fell_back=self._throttled and self._settings.workers > 1,
            cut_short=any(
                isinstance(outcome, Failed) and outcome.kind is FailureKind.INTERRUPTED
                for outcome in self._outcomes.values()
            ),
        )

    def _lane(self, task: Task) -> _Lane:
        return self._local if self._providers[task.provider].local else self._remote

    def _has_work(self) -> bool:
        return bool(self._running) or any(lane.waiting for lane in self._lanes)

    def _start_workers(self, lane: _Lane) -> None:
        for _ in range(min(lane.window, len(lane.waiting))):
            worker = len(self._work_queues)
            # Daemons: one may sit in a look-up or a read that nothing can interrupt, and
            # the interpreter would wait for it at exit.
            thread = threading.Thread(
                target=self._work, args=(worker,), name=f"worker-{worker + 1}", daemon=True
            )
            self._work_queues.append(SimpleQueue())
            try:
                thread.start()
            except RuntimeError:
                self._work_queues.pop()
                if lane.idle:
                    break  # those that there are do the work
                raise VscanError(
                    "no thread can be started", hint="allow more processes (ulimit, pids limit)"
                ) from None
            self._threads.append(thread)
            lane.idle.insert(0, worker)

    def _work(self, worker: int) -> None:
        """Be a worker: a reader and clients of its own, and nothing shared but the limiter."""
        try:
            reader = self._cache.reader() if self._cache and self._settings.read_cache else None
            clients: dict[str, Client] = {}
            while (attempt := self._work_queues[worker].get()) is not None:
                provider = self._providers[attempt.task.provider]
                reply = scan(
                    attempt,
                    reader=reader,
                    provider=provider,
                    client=partial(_client, provider, clients),
                    asking=partial(self._inbox.put, _LookupStarted(worker)),
                )
                self._inbox.put(_Replied(worker, reply))
            for client in clients.values():
                client.close()
            if reader is not None:
                reader.close()
        except BaseException as error:  # noqa: BLE001 - else the main thread would wait for ever
            self._inbox.put(_Crashed(error))

    def _dispatch(self, lane: _Lane) -> None:
        while lane.waiting and lane.idle and lane.running < lane.window:
            attempt = lane.waiting.popleft()
            worker = lane.idle.pop()
            lane.running += 1
            if self._throttled:
                # Only now, when nothing else runs: what was begun before a 429 has an
                # older number, and the limiter sends it back.
                attempt = Attempt(attempt.task, self._limiter.epoch(), attempt.resume)
            self._running[worker] = (attempt, self._limiter.now())
            self._work_queues[worker].put(attempt)

    def _receive(self, timeout_s: float | None) -> None:
        try:
            message = self._inbox.get(timeout=timeout_s)
        except Empty:
            return
        match message:
            case _LookupStarted(worker):
                if worker in self._running:
                    self._emit(Asking(worker, self._running[worker][0].task))
            case _Replied(worker, reply):
                attempt, started_s = self._running.pop(worker)
                lane = self._lane(attempt.task)
                lane.running -= 1
                lane.idle.append(worker)
                if reply.warning is not None:
                    self._warn(reply.warning)
                if isinstance(reply.result, Throttled):
                    self._requeue(attempt, reply.result)
                else:
                    self._finish(worker, reply, reply.result, self._limiter.now() - started_s)
            case _EventForwarded(event):
                self._emit(event)
            case _Crashed(error):
                raise error
            case _Interrupted():
                pass  # the loop looks at the signal itself

    def _finish(self, worker: int, reply: Reply, outcome: Outcome, duration_s: float) -> None:
        self._outcomes[outcome.task] = outcome
        if isinstance(outcome, Scanned) and not outcome.from_cache and self._cache is not None:
            for key in reply.keys:
                self._cache.put(key, outcome.verdict)
        self._emit(Ended(worker, outcome, reply.cache, duration_s))

    def _requeue(self, attempt: Attempt, throttled: Throttled) -> None:
        """Put a throttled task back, before all others; open analyses before new ones."""
        self._throttled = True
        self._remote.window = 1
        waiting = self._remote.waiting
        again = Attempt(attempt.task, attempt.epoch, throttled.resume)
        if throttled.resume is not None:
            waiting.appendleft(again)
        else:
            waiting.insert(sum(1 for each in waiting if each.resume is not None), again)
        if throttled.pause_s is not None:
            # The first that is told tells this too: a neighbour that was sent back for the
            # same 429 may have been here before.
            fell_back, self._fallback_unreported = self._fallback_unreported, False
            self._emit(
                SlowedDown(attempt.task, throttled.pause_s, self._limiter.interval_s, fell_back)
            )

    def _warn(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            self._emit(Warned("cache", message))

    def _time_left(self) -> float | None:
        if self._settings.deadline_s is None:
            return None
        return max(0.0, self._settings.deadline_s - self._limiter.now())

    def _must_stop(self) -> bool:
        return self._interrupt.signal is not None or self._time_left() == 0.0

    def _abandon(self) -> None:
        """End a run early: keep what is about to end, fail the rest, lose nothing."""
        if self._interrupt.signal is not None:
            kind, detail = FailureKind.INTERRUPTED, "the run was interrupted"
        else:
            kind, detail = FailureKind.TIMEOUT, "the run's deadline passed"
        self._limiter.close(kind, detail)
        until_s = time.monotonic() + _GRACE_S
        while self._running and (left_s := until_s - time.monotonic()) > 0:
            self._receive(left_s)
        lost = [attempt for attempt, _ in self._running.values()]
        for lane in self._lanes:
            lost.extend(lane.waiting)
            lane.waiting.clear()
        for attempt in lost:
            outcome = Failed(attempt.task, kind, detail)
            self._outcomes[attempt.task] = outcome
            self._emit(Ended(None, outcome, "off", 0.0))

    def _stop_workers(self) -> None:
        """Stop the workers. One that sits in a read is left behind: it is a daemon."""
        for queue in self._work_queues:
            queue.put(None)
        until_s = time.monotonic() + _GRACE_S
        for worker, thread in enumerate(self._threads):
            if worker not in self._running:
                thread.join(max(0.0, until_s - time.monotonic()))


def _client(provider: Provider, clients: dict[str, Client]) -> Client:
    """Give the worker's own client of a provider; made when it is first needed."""
    if provider.name not in clients:
        clients[provider.name] = provider.client()
    return clients[provider.name]
