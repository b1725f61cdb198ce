"""Analysers in processes of their own.

A search holds the interpreter, so that threads together search no faster than one; and what a
stranger wrote may crash the process that reads it, or never let go of it. So each worker has a
process, where the system can fork; elsewhere it does its own work.

They are forked before there is any thread. Beside threads a fork copies locks, Python's and
its libraries', that nobody in the copy will ever release. So a process that takes the place of
one that ended is started afresh: a fifth of a second, which only such a run pays.
"""

import os
import pickle
import select
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from vscan.child_processes import may_fork, signals_blocked, start_afresh
from vscan.errors import is_panic, limit_of, limit_of_start
from vscan.model import Failed, FailureKind, Resume, Scanned, Task, Throttled
from vscan.providers.interface import Client
from vscan.providers.offline.digest import TIME_LIMIT_S
from vscan.text import describe_exception

RESPONSE_TIMEOUT_S = 1.5 * TIME_LIMIT_S  # an analyser stops itself, unless it hangs
_START_TIMEOUT_S = 60.0  # for a process that is started afresh; it takes less than one
MAX_PROCESSES = 4  # each may need some tens of megabytes of its own
_PR_SET_PDEATHSIG = 1  # of Linux's prctl
_READY: Final = b"ready"


@dataclass(frozen=True, slots=True)
class _FatalReply:
    """The answer of a process that can give no other: a library in it has failed for good."""

    failed: Failed


class AnalyserProcess:
    """A process that analyses what it is asked about, one extension after the other."""

    def __init__(
        self, process: int, questions: BinaryIO, answers: BinaryIO, data_directory: Path | None
    ) -> None:
        self._process: int | None = process
        self._questions = questions
        self._answers = answers
        self._data_directory = data_directory

    def ask(self, task: Task, epoch: int, resume: Resume | None) -> Scanned | Failed | Throttled:
        """Have an extension analysed.

        One that ends the process, or keeps it for too long, fails, and is not tried again; the
        next one is analysed by another process.
        """
        del epoch, resume  # nothing here is paced or throttled
        if self._process is None:
            try:
                self._start()
            except OSError as error:
                self.kill()
                limit = limit_of_start(error)
                kind = FailureKind.UNREADABLE if limit else FailureKind.BUG
                why = limit or describe_exception(error)
                return Failed(task, kind, f"no process could be started to analyse it: {why}")
        try:
            answer = self._exchange(task)
        except (OSError, EOFError, pickle.UnpicklingError):
            detail = f"the process that analysed it ended: {self.kill()}"
            return Failed(task, FailureKind.BUG, detail)
        except BaseException:
            self.kill()  # the rest of an answer would be taken for the next one's
            raise
        if answer is None:
            self.kill()
            return Failed(task, FailureKind.TIMEOUT, f"it took over {RESPONSE_TIMEOUT_S:g} s")
        if isinstance(answer, _FatalReply):
            self.kill()
            return answer.failed
        if answer.task != task:
            self.kill()
            return Failed(task, FailureKind.BUG, "its analyser answered another request")
        return replace(answer, task=task)  # what is equal is kept once

    def _exchange(self, task: Task) -> "Scanned | Failed | _FatalReply | None":
        """Put a question and take its answer; ``None`` where there is none in time."""
        pickle.dump(task, self._questions)
        self._questions.flush()
        if not self._has_answer_within(RESPONSE_TIMEOUT_S):
            return None
        answer: Scanned | Failed | _FatalReply = pickle.load(self._answers)  # noqa: S301 - a fork of our own's
        return answer

    def _has_answer_within(self, limit_s: float) -> bool:
        """Wait until there is something to read, or nobody left to write it."""
        poll = select.poll()
        poll.register(self._answers, select.POLLIN)
        return bool(poll.poll(limit_s * 1000))

    def _start(self) -> None:
        """Start a process afresh; ``OSError`` where there is none in the end."""
        ends: list[int] = []
        try:
            ends += os.pipe()
            ends += os.pipe()
            questions, our_questions, our_answers, answers = ends
            arguments = str(os.getpid()), str(self._data_directory or "")
            process = start_afresh(
                __name__, run_new_process.__name__, arguments, questions, answers
            )
        except OSError:
            for end in ends:
                os.close(end)
            raise
        os.close(questions)
        os.close(answers)
        self._process = process
        self._questions = os.fdopen(our_questions, "wb")
        self._answers = os.fdopen(our_answers, "rb")
        if (
            not self._has_answer_within(_START_TIMEOUT_S)
            or self._answers.read(len(_READY)) != _READY
        ):
            raise OSError(f"it did not start: {self.kill()}")

    def kill(self) -> str:
        """End the process, whatever it is at, unless it has ended. Returns what ended it."""
        process, self._process = self._process, None
        if process is None:
            return ""
        code = 0
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(process, signal.SIGKILL)  # the PID cannot be reused before waitpid
            code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        self.close_pipes()
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name

    def close_pipes(self) -> None:
        """Close the pipes to the process. It ends when no other process holds them open."""
        for pipe in (self._questions, self._answers):
            with suppress(OSError):  # what was not sent can't be
                pipe.close()

    def close(self) -> None:
        """Let go of the process."""
        self.kill()


@contextmanager
def forked(data_directory: Path | None) -> Iterator[Sequence[AnalyserProcess]]:
    """Have a process for each processor, for as long as the block lasts.

    There is none where the system can't fork, or may not any more.
    """
    processes: list[AnalyserProcess] = []
    try:
        with suppress(OSError):  # no /proc, or no more processes
            if may_fork():
                # If SIGCHLD is ignored, the kernel reaps children itself and PIDs can be reused.
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                while len(processes) < min(MAX_PROCESSES, len(os.sched_getaffinity(0))):
                    processes.append(_fork(data_directory, processes))
        yield tuple(processes)
    finally:
        for process in processes:
            process.kill()


def _fork(data_directory: Path | None, siblings: Sequence[AnalyserProcess]) -> AnalyserProcess:
    ends: list[int] = []
    try:
        ends += os.pipe()
        ends += os.pipe()
        questions, our_questions, our_answers, answers = ends
        # The copy never gets to see the signals: whoever is ended with the rest of a job is not
        # to be missed.
        with signals_blocked():
            parent, process = os.getpid(), os.fork()
            if not process:
                for sibling in siblings:
                    sibling.close_pipes()
                _child_main(
                    parent, (questions, answers), (our_questions, our_answers), data_directory
                )
    except OSError:
        for end in ends:
            os.close(end)
        raise
    os.close(questions)
    os.close(answers)
    pipes = os.fdopen(our_questions, "wb"), os.fdopen(our_answers, "rb")
    return AnalyserProcess(process, *pipes, data_directory)


def _child_main(
    parent: int, own: tuple[int, int], others: tuple[int, int], data_directory: Path | None
) -> NoReturn:
    """Run the forked child until it exits; it never returns into the parent's code."""
    status = 1
    try:
        _detach_streams()
        for end in others:
            os.close(end)
        with os.fdopen(own[0], "rb") as questions, os.fdopen(own[1], "wb") as answers:
            if questions.peek(1):
                _die_with_parent(parent)
                _serve(questions, answers, data_directory)
        status = 0
    finally:
        os._exit(status)


def run_new_process(parent: str, data_directory: str) -> NoReturn:
    """Run an analyser as a program of its own; its pipes are standard input and output."""
    status = 1
    try:
        _die_with_parent(int(parent))
        own = os.dup(0), os.dup(1)
        _detach_streams()
        with os.fdopen(own[0], "rb") as questions, os.fdopen(own[1], "wb") as answers:
            answers.write(_READY)
            answers.flush()
            _serve(questions, answers, Path(data_directory) if data_directory else None)
        status = 0
    finally:
        os._exit(status)


def _detach_streams() -> None:
    """Detach the standard streams: a reader of the scan's output must not wait for this process."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)


def _die_with_parent(parent: int) -> None:
    """Have the kernel end this process with its parent, in the middle of whatever it is at."""
    with suppress(Exception):  # without, it ends with what it is at
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _serve(questions: BinaryIO, answers: BinaryIO, data_directory: Path | None) -> None:
    """Answer, until nobody is left who could ask."""
    analyser: Client | None = None
    with suppress(EOFError):
        while True:
            task: Task = pickle.load(questions)  # noqa: S301 - the parent wrote it
            try:
                analyser = analyser or local_analyser(data_directory)
                answer = analyser.ask(task, 0, None)
            except BaseException as error:  # noqa: BLE001 - as for any worker; a panic is none
                limit = limit_of(error)
                kind = FailureKind.BUG if limit is None else FailureKind.UNREADABLE
                answer = Failed(task, kind, limit or describe_exception(error))
                if is_panic(error):
                    answers.write(pickle.dumps(_FatalReply(answer)))
                    answers.flush()
                    return
            answers.write(pickle.dumps(answer))  # whole, or not at all
            answers.flush()


def local_analyser(data_directory: Path | None) -> Client:
    """Make an analyser of this process. The first compiles the patterns: a tenth of a second."""
    from vscan.providers.offline.analyser import Analyser

    return Analyser(data_directory)
