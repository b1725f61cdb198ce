"""Threads that do pieces of work; what follows from a piece is done in the thread that waits."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Generic, TypeAlias, TypeVar

_Context = TypeVar("_Context")
_Work: TypeAlias = Callable[[_Context], Callable[[], object]]


class WorkerThreads(Generic[_Context]):
    """At most ``number`` threads, each with a context of its own, which ``make`` makes.

    A piece of work is called with the context of its thread, and returns what ``receive`` then
    calls.
    """

    def __init__(
        self, number: int, make: Callable[[], _Context], close: Callable[[_Context], object]
    ) -> None:
        self._number = number
        self._make = make
        self._close = close
        self._todo: SimpleQueue[_Work[_Context] | None] = SimpleQueue()
        self._done: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.running = 0  # pieces whose end was not received yet

    def submit(self, work: _Work[_Context]) -> None:
        """Have a piece of work done as soon as a thread is free."""
        self.running += 1
        self._todo.put(work)
        if self.running > len(self._threads) < self._number:
            thread = threading.Thread(target=self._run, daemon=True)
            try:
                thread.start()
            except RuntimeError:  # a limit of the system: fewer threads do the work
                if not self._threads:
                    raise
            else:
                self._threads.append(thread)

    def notify(self, call: Callable[[], object]) -> None:
        """Have the waiting thread call something. For any thread."""
        self._done.put(call)

    def receive(self, timeout_s: float) -> None:
        """Wait for what is to be called next, and call it; give up after ``timeout_s``."""
        with suppress(Empty):
            call = self._done.get(timeout=timeout_s)
            call()

    def stop(self, grace_s: float) -> None:
        """Let the threads end; those that do not within ``grace_s`` die with the process."""
        for _ in self._threads:
            self._todo.put(None)
        until = monotonic() + grace_s
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))

    def _run(self) -> None:
        context = self._make()
        try:
            while (work := self._todo.get()) is not None:
                self._done.put(self._result_of(work, context))
        finally:
            self._close(context)

    def _result_of(self, work: _Work[_Context], context: _Context) -> Callable[[], object]:
        try:
            follow = work(context)
        except BaseException as error:  # noqa: BLE001 - the waiting thread raises it
            return partial(self._raise, error)
        return partial(self._end, follow)

    def _end(self, follow: Callable[[], object]) -> None:
        self.running -= 1
        follow()

    def _raise(self, error: BaseException) -> None:
        self.running -= 1
        raise error
