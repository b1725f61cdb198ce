"""Analysers in processes of their own.

A search holds the interpreter, so that threads together search no faster than one; and what a
stranger wrote may crash the process that reads it, or never let go of it. So each worker has a
process, where the system can fork; elsewhere, and once its process is gone, it does its own work.

They are forked before there is any thread. Beside threads a fork copies locks, Python's and
its libraries', that nobody in the copy will ever release.
"""

import os
import pickle
import select
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from vscan.domain import Extension, Failed, FailureKind, Resume, Scanned, Task, Throttled
from vscan.sources.interface import Client
from vscan.sources.offline.digest import TIME_LIMIT_S, digest

_PATIENCE_S = 1.5 * TIME_LIMIT_S  # an analyser keeps the limit itself, unless something hangs
_MOST = 4  # each may need some tens of megabytes of its own


class _LostError(Exception):
    """A question has no answer, for there is no process any more."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind


class Apart:
    """A process that analyses what it is asked about, one extension after the other."""

    def __init__(
        self, process: int, requests: BinaryIO, replies: BinaryIO, data_directory: Path | None
    ) -> None:
        self._process: int | None = process
        self._requests = requests
        self._replies = replies
        self._data_directory = data_directory
        self._substitute: Client | None = None

    def ask(self, task: Task, visit: int, resume: Resume | None) -> Scanned | Failed | Throttled:
        """Have an extension analysed.

        One that ends the process, or keeps it for too long, fails; later ones are analysed here.
        """
        if self._process is None:
            self._substitute = self._substitute or local_analyser(self._data_directory)
            return self._substitute.ask(task, visit, resume)
        try:
            reply: Scanned | Failed = self._call(task)
        except _LostError as lost:
            return Failed(task, lost.kind, str(lost))
        return replace(reply, task=task)

    def digest(self, extension: Extension) -> str:
        """Have an extension's bytes digested."""
        digested: str = digest(extension) if self._process is None else self._call(extension)
        return digested

    def _call(self, question: Task | Extension) -> Any:  # noqa: ANN401 - what the question asks for
        """Have a question answered, or raise what it raises; ``_LostError`` where it has no end."""
        try:
            pickle.dump(question, self._requests)
            self._requests.flush()
            poll = select.poll()
            poll.register(self._replies, select.POLLIN)
            if not poll.poll(_PATIENCE_S * 1000):
                self.end()
                raise _LostError(FailureKind.TIMEOUT, f"it took over {_PATIENCE_S:g} s")
            reply = pickle.load(self._replies)  # noqa: S301 - a fork of our own wrote it
        except (OSError, EOFError, pickle.UnpicklingError):
            detail = f"the process that analysed it ended: {self.end()}"
            raise _LostError(FailureKind.BUG, detail) from None
        if isinstance(reply, Exception):
            raise reply
        return reply

    def close(self) -> None:
        """End the process, and let go of what took its place."""
        self.end()
        if self._substitute is not None:
            self._substitute.close()
            self._substitute = None  # it may be dropped in the thread that made it alone

    def let_go(self) -> None:
        """Close the way to the process. Once nobody has one, it ends."""
        for way in (self._requests, self._replies):
            with suppress(OSError):  # what was not sent can't be
                way.close()

    def end(self) -> str:
        """End the process, whatever it is at, unless it has ended; say how that was."""
        process, self._process = self._process, None
        if process is None:
            return ""
        os.kill(process, signal.SIGKILL)  # until it is waited for, the number is nobody else's
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        self.let_go()
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


@contextmanager
def forked(data_directory: Path | None) -> Iterator[Sequence[Apart]]:
    """Have a process for each processor, for as long as the block lasts.

    There is none where the system can't fork, or may not any more.
    """
    analysers: list[Apart] = []
    try:
        with suppress(OSError):  # no /proc, or no more processes
            if sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1:  # noqa: PTH208 - a number
                while len(analysers) < min(_MOST, len(os.sched_getaffinity(0))):
                    analysers.append(_fork(data_directory, analysers))
        yield tuple(analysers)
    finally:
        for analyser in analysers:
            analyser.end()


def _fork(data_directory: Path | None, siblings: Sequence[Apart]) -> Apart:
    requests, our_requests, our_replies, replies = ways = (*os.pipe(), *os.pipe())
    try:
        process = os.fork()
    except OSError:
        for way in ways:
            os.close(way)
        raise
    if process:
        os.close(requests)
        os.close(replies)
        to, back = os.fdopen(our_requests, "wb"), os.fdopen(our_replies, "rb")
        return Apart(process, to, back, data_directory)
    status = 1
    try:
        # Whoever is interrupted with the rest of a terminal's job is not to be missed.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.close(our_requests)
        os.close(our_replies)
        for sibling in siblings:
            sibling.let_go()
        _serve(os.fdopen(requests, "rb"), os.fdopen(replies, "wb"), data_directory)
        status = 0
    finally:
        os._exit(status)  # and nothing of what the copy was about to do


def _serve(requests: BinaryIO, replies: BinaryIO, data_directory: Path | None) -> None:
    """Answer questions, until nobody is left who could ask."""
    worker: Client | None = None
    with suppress(EOFError):
        while True:
            question: Task | Extension = pickle.load(requests)  # noqa: S301 - the parent wrote it
            try:
                if isinstance(question, Extension):
                    reply: object = digest(question)
                else:
                    worker = worker or local_analyser(data_directory)
                    reply = worker.ask(question, 0, None)
            except Exception as error:  # noqa: BLE001 - it is raised where it can be judged
                reply = error
            pickle.dump(reply, replies)
            replies.flush()


def local_analyser(data_directory: Path | None) -> Client:
    """Make an analyser of this process. The first compiles the patterns: a tenth of a second."""
    from vscan.sources.offline.analyser import Analyser

    return Analyser(data_directory)
