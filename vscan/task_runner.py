"""Run the tasks in worker threads. During a scan, only this module writes to the cache.

Workers call ``task_answering.answer`` and return a value. Outcomes, queues and the cache are
changed only on the thread that calls ``run_tasks``; workers share the rate limiters and providers
alone. A sequential scan is the same loop with one worker for each service.

Each provider has a lane: a queue of attempts and workers of its own. The lane of a service has a
rate limiter, and falls back to one request at a time after a 429. No lane waits for another.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from queue import Empty, SimpleQueue
from typing import TypeAlias

from msgspec import Struct

from vscan.cache import Cache
from vscan.errors import VscanError
from vscan.events import Asking, Began, Ended, Event, SlowedDown, Warned
from vscan.interrupt import Interrupt
from vscan.model import Failed, FailureKind, Outcome, Scanned, Task, Throttled
from vscan.package_spool import PackageSpool
from vscan.providers.interface import Client, Provider
from vscan.providers.rate_limiter import RateLimiter
from vscan.task_answering import Attempt, Reply, answer

# After an interrupt or the deadline, requests that are about to end get so many seconds, and
# workers that must stop get as many.
_GRACE_S = 1.0
# Windows runs no signal handler while the main thread waits for a queue: there it waits in turns.
_LONGEST_WAIT_S: float | None = 0.2 if os.name == "nt" else None


class TaskResults(Struct, frozen=True):
    """The outcomes of the tasks, in the order of the tasks."""

    outcomes: tuple[Outcome, ...]
    fell_back: bool
    cut_short: bool  # by an interrupt; a deadline makes failures like any other


class _Replied(Struct, frozen=True):
    worker: int
    reply: Reply


class _AskingStarted(Struct, frozen=True):
    worker: int


class _EventForwarded(Struct, frozen=True):
    event: Event


class _Interrupted(Struct, frozen=True):
    pass


class _Crashed(Struct, frozen=True):
    error: BaseException


_Message: TypeAlias = _Replied | _AskingStarted | _EventForwarded | _Interrupted | _Crashed


def run_tasks(  # noqa: PLR0913 - the whole wiring of a run, by name
    tasks: Iterable[Task],
    *,
    providers: Mapping[str, Provider],
    cache: Cache | None,
    emit: Callable[[Event], None],
    interrupt: Interrupt,
    read_cache: bool = True,
    deadline_at_s: float | None = None,
) -> TaskResults:
    """Run every task to its outcome, whatever happens on the way.

    ``deadline_at_s`` is a time of the clock ``time.monotonic``. Without ``read_cache`` results are
    only written.
    """
    scanner = _Scanner(providers, cache, emit, interrupt, read_cache, deadline_at_s)
    return scanner.run(tuple(tasks))


class _Lane:
    """The attempts at one provider, and the workers that make them.

    ``window`` is how many attempts may run at the same time: after a 429 it is one.
    """

    def __init__(self, provider: Provider) -> None:
        self.limiter = provider.limiter
        self.window = provider.workers
        self.idle: list[int] = []
        self.waiting: deque[Attempt] = deque()
        self.running = 0
        self.throttled = False
        self.reports_fallback = self.limiter is not None and self.window > 1

    def epoch(self) -> int:
        """Give the number of the rate limiter's current epoch; 0 without a limiter."""
        return self.limiter.epoch() if self.limiter is not None else 0

    def requeue(self, attempt: Attempt, throttled: Throttled) -> None:
        """Put a throttled task back before all others; open analyses before new ones."""
        self.throttled = True
        self.window = 1
        again = Attempt(attempt.task, attempt.epoch, throttled.resume)
        if throttled.resume is not None:
            self.waiting.appendleft(again)
        else:
            self.waiting.insert(sum(1 for each in self.waiting if each.resume is not None), again)

    def next_attempt(self) -> Attempt:
        """Take the first attempt that waits."""
        attempt = self.waiting.popleft()
        if self.throttled:
            # Only now, when no other attempt runs: an attempt that began before a 429 has an
            # older epoch, and the limiter refuses it.
            attempt = Attempt(attempt.task, self.epoch(), attempt.resume)
        return attempt


class _Scanner:
    def __init__(  # noqa: PLR0913, PLR0917
        self,
        providers: Mapping[str, Provider],
        cache: Cache | None,
        emit: Callable[[Event], None],
        interrupt: Interrupt,
        read_cache: bool,  # noqa: FBT001
        deadline_at_s: float | None,
    ) -> None:
        self._providers = providers
        self._cache = cache
        self._emit = emit
        self._interrupt = interrupt
        self._read_cache = read_cache
        self._deadline_at_s = deadline_at_s
        self._inbox: SimpleQueue[_Message] = SimpleQueue()
        self._work_queues: list[SimpleQueue[Attempt | None]] = []
        self._threads: list[threading.Thread] = []
        self._lanes = {name: _Lane(provider) for name, provider in providers.items()}
        self._running: dict[int, tuple[Attempt, float]] = {}
        self._outcomes: dict[Task, Outcome] = {}
        self._warned: set[str] = set()
        self._spool = PackageSpool()

    def run(self, tasks: tuple[Task, ...]) -> TaskResults:
        for task in tasks:
            lane = self._lane(task)
            lane.waiting.append(Attempt(task, lane.epoch()))
        self._emit(Began(tasks, self._reported_workers()))
        self._interrupt.on_signal(lambda: self._inbox.put(_Interrupted()))
        for limiter in self._limiters():
            limiter.listener = lambda event: self._inbox.put(_EventForwarded(event))
        try:
            if not self._must_stop():
                for lane in self._lanes.values():
                    self._start_workers(lane)
            while self._has_work() and not self._must_stop():
                for lane in self._lanes.values():
                    self._dispatch(lane)
                self._receive(self._time_left())
            if self._has_work():
                self._abandon()
        finally:
            self._interrupt.on_signal(lambda: None)
            self._stop_workers()
        return TaskResults(
            tuple(self._outcomes[task] for task in tasks),
            fell_back=any(
                lane.throttled and self._providers[name].workers > 1
                for name, lane in self._lanes.items()
            ),
            cut_short=any(
                isinstance(outcome, Failed) and outcome.kind is FailureKind.INTERRUPTED
                for outcome in self._outcomes.values()
            ),
        )

    def _lane(self, task: Task) -> _Lane:
        return self._lanes[task.provider]

    def _limiters(self) -> list[RateLimiter]:
        return [lane.limiter for lane in self._lanes.values() if lane.limiter is not None]

    def _reported_workers(self) -> int:
        """Return the most workers of one service that is asked, else of a local provider."""
        used = [lane for lane in self._lanes.values() if lane.waiting] or [*self._lanes.values()]
        services = [lane for lane in used if lane.limiter is not None]
        return max((lane.window for lane in services or used), default=1)

    def _has_work(self) -> bool:
        return bool(self._running) or any(lane.waiting for lane in self._lanes.values())

    def _start_workers(self, lane: _Lane) -> None:
        for _ in range(min(lane.window, len(lane.waiting))):
            worker = len(self._work_queues)
            # Daemons: a worker may block in a name look-up or a read that nothing can
            # interrupt, and the interpreter would wait for it at exit.
            thread = threading.Thread(
                target=self._work, args=(worker,), name=f"worker-{worker + 1}", daemon=True
            )
            self._work_queues.append(SimpleQueue())
            try:
                thread.start()
            except RuntimeError:
                self._work_queues.pop()
                if lane.idle:
                    break  # the workers that did start do the work
                raise VscanError(
                    "no thread can be started", hint="allow more processes (ulimit, pids limit)"
                ) from None
            self._threads.append(thread)
            lane.idle.insert(0, worker)

    def _work(self, worker: int) -> None:
        """Run one worker: it has a cache reader and clients of its own."""
        try:
            reader = self._cache.reader() if self._cache and self._read_cache else None
            clients: dict[str, Client] = {}
            while (attempt := self._work_queues[worker].get()) is not None:
                provider = self._providers[attempt.task.provider]
                reply = answer(
                    attempt,
                    reader=reader,
                    provider=provider,
                    client=partial(_client, provider, clients),
                    asking=partial(self._inbox.put, _AskingStarted(worker)),
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
            attempt = lane.next_attempt()
            worker = lane.idle.pop()
            lane.running += 1
            self._running[worker] = (attempt, time.monotonic())
            self._work_queues[worker].put(attempt)

    def _receive(self, timeout_s: float | None) -> None:
        waits = [wait_s for wait_s in (timeout_s, _LONGEST_WAIT_S) if wait_s is not None]
        try:
            message = self._inbox.get(timeout=min(waits, default=None))
        except Empty:
            return
        match message:
            case _AskingStarted(worker):
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
                    lane.requeue(attempt, reply.result)
                    self._report_slow_down(lane, reply.result)
                else:
                    self._finish(worker, reply, reply.result, time.monotonic() - started_s)
            case _EventForwarded(event):
                self._emit(event)
            case _Crashed(error):
                raise error
            case _Interrupted():
                pass  # the loop looks at the signal itself

    def _finish(self, worker: int, reply: Reply, outcome: Outcome, duration_s: float) -> None:
        if isinstance(outcome, Scanned):
            if not outcome.from_cache and self._cache is not None:
                for key in reply.keys:
                    self._cache.put(key, outcome.verdict)
            outcome = self._spool.spool(outcome)
        self._outcomes[outcome.task] = outcome
        self._emit(Ended(worker, outcome, reply.cache, duration_s))

    def _report_slow_down(self, lane: _Lane, throttled: Throttled) -> None:
        if throttled.pause_s is None or lane.limiter is None:
            return  # another task drew the 429, and reports it
        fell_back, lane.reports_fallback = lane.reports_fallback, False
        interval_s = lane.limiter.interval_s
        self._emit(SlowedDown(throttled.task, throttled.pause_s, interval_s, fell_back))

    def _warn(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            self._emit(Warned("cache", message))

    def _time_left(self) -> float | None:
        if self._deadline_at_s is None:
            return None
        return max(0.0, self._deadline_at_s - time.monotonic())

    def _must_stop(self) -> bool:
        return self._interrupt.signal is not None or self._time_left() == 0.0

    def _abandon(self) -> None:
        """End a run early: take in what is about to end, and fail the rest."""
        if self._interrupt.signal is not None:
            kind, detail = FailureKind.INTERRUPTED, "the run was interrupted"
        else:
            kind, detail = FailureKind.TIMEOUT, "the run's deadline passed"
        for limiter in self._limiters():
            limiter.close(kind, detail)
        until_s = time.monotonic() + _GRACE_S
        while self._running and (left_s := until_s - time.monotonic()) > 0:
            self._receive(left_s)
        lost = [attempt for attempt, _ in self._running.values()]
        for lane in self._lanes.values():
            lost.extend(lane.waiting)
            lane.waiting.clear()
        for attempt in lost:
            outcome = Failed(attempt.task, kind, detail)
            self._outcomes[attempt.task] = outcome
            self._emit(Ended(None, outcome, "off", 0.0))

    def _stop_workers(self) -> None:
        """Stop the workers. One that blocks in a read is left behind: it is a daemon."""
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
