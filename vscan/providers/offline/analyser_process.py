"""Analysers in processes of their own, one for each worker, where the system can fork.

A search holds the interpreter's lock, so that two threads search no faster than one. And a hostile
extension may crash the process that reads it, or keep it busy forever. Elsewhere a worker analyses
in its own thread.

The processes are forked before this process has threads: a fork beside threads would copy locks,
Python's and those of libraries, that nothing in the copy ever releases. So a process that replaces
another one is started afresh. That takes a fifth of a second, which only such a run costs.

An extension whose process dies is analysed once more, in the process that replaces it: the kernel
may have killed the first one for the memory that others use. If it dies again, the extension fails.
"""

import gc
import os
import select
import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

from vscan.child_process_start import signals_blocked, spawn
from vscan.errors import describe_resource_limit, describe_start_limit, is_panic
from vscan.model import Failed, FailureKind, Resume, Scanned, Task
from vscan.providers.interface import Client
from vscan.providers.offline.analyser_protocol import (
    MAX_RESPONSE_BYTES,
    Response,
    decode_request,
    decode_response,
    encode_request,
    encode_response,
)
from vscan.providers.offline.extension_digest import TIME_LIMIT_S
from vscan.safe_text import describe_exception, sanitize

RESPONSE_TIMEOUT_S = 4 * TIME_LIMIT_S  # of the clock; the limit of the analysis is CPU time
_MAX_ATTEMPTS: Final = 2  # at an extension whose process dies
_START_TIMEOUT_S = 60.0  # for a process that is started afresh; it takes less than one
# That are made, beyond those that are freed, before a search for circles of unused ones: with the
# usual 700 it takes a tenth of an analysis. The analyser frees the circles of its trees by itself.
_OBJECTS_BEFORE_COLLECTION = 50_000
_PR_SET_PDEATHSIG = 1  # of Linux's prctl
_READY: Final = b"ready"
_READ_BYTES: Final = 1024**2


class _NoResponseError(Exception):
    """The process did not respond in time."""


class _EndedError(Exception):
    """The process ended before it responded. The text says how."""


class _NotStartedError(Exception):
    """No process could be started."""

    def __init__(self, error: OSError) -> None:
        limit = describe_start_limit(error)
        self.kind = FailureKind.UNREADABLE if limit else FailureKind.BUG
        super().__init__(limit or describe_exception(error))


class AnalyserProcess:
    """A process that analyses one extension after the other, with the interface of a client.

    ``requests`` and ``responses`` are the ends of the pipes on this side.
    """

    def __init__(
        self, process: int, requests: int, responses: int, data_directory: Path | None
    ) -> None:
        self._process: int | None = process
        self._requests = requests
        self._responses = responses
        self._data_directory = data_directory
        self._number = 0
        self._received = bytearray()
        self._closed = False
        # A worker may replace the process at the moment at which the scan closes it.
        self._starting = threading.Lock()

    def ask(self, task: Task, epoch: int, resume: Resume | None) -> Scanned | Failed:
        """Have an extension analysed.

        If the process dies, another one analyses the extension once more. An extension whose
        process dies twice, or that keeps a process busy for too long, or makes it send anything
        but a valid response, fails. Another process analyses the next one.
        """
        del epoch, resume  # a local provider has no rate limit
        ends: list[str] = []
        while len(ends) < _MAX_ATTEMPTS and not self._closed:
            try:
                return self._attempt(task)
            except _EndedError as error:
                ends.append(str(error))
            except _NotStartedError as error:
                if not ends:
                    detail = f"no process could be started to analyse it: {error}"
                    return Failed(task, error.kind, detail)
                ends.append(f"no process could be started: {error}")
                break
        detail = f"the process that analysed it ended: {', then '.join(ends)}"
        return Failed(task, FailureKind.BUG, detail)

    def _attempt(self, task: Task) -> Scanned | Failed:
        """Have an extension analysed by this process, or by a new one if this one has ended."""
        if self._process is None:
            try:
                self._start()
            except OSError as error:
                self.kill()
                raise _NotStartedError(error) from None
        try:
            response = self._exchange(task)
        except _NoResponseError:
            self.kill()
            return Failed(task, FailureKind.TIMEOUT, f"it took over {RESPONSE_TIMEOUT_S:g} s")
        except (OSError, EOFError):
            raise _EndedError(self.kill()) from None
        except ValueError as error:
            self.kill()
            why = sanitize(str(error), 200)
            detail = f"the process that analysed it sent an invalid response: {why}"
            return Failed(task, FailureKind.BUG, detail)
        except BaseException:
            self.kill()  # the rest of the response would be taken for the next one
            raise
        if response.is_fatal:
            self.kill()
        return response.result

    def _exchange(self, task: Task) -> Response:
        """Send a request, and receive the response to it."""
        self._number += 1
        _write(self._requests, encode_request(self._number, task))
        until_s = time.monotonic() + RESPONSE_TIMEOUT_S
        header, result = self._read_line(until_s), self._read_line(until_s)
        if self._received:
            raise ValueError("more follows it")
        return decode_response(self._number, task, header, result)

    def _read_line(self, until_s: float) -> bytes:
        """Receive a line; ``EOFError`` if the process ends before."""
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            if searched > MAX_RESPONSE_BYTES:
                raise ValueError(f"it is over {MAX_RESPONSE_BYTES // 1024**2} MiB")
            poll = select.poll()
            poll.register(self._responses, select.POLLIN)
            if not poll.poll(max(0.0, until_s - time.monotonic()) * 1000):
                raise _NoResponseError
            content = os.read(self._responses, _READ_BYTES)
            if not content:
                raise EOFError
            self._received += content
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line

    def _start(self) -> None:
        """Start a process afresh; ``OSError`` if that fails."""
        ends: list[int] = []
        try:
            ends += os.pipe()
            ends += os.pipe()
            requests, our_requests, our_responses, responses = ends
            arguments = str(os.getpid()), str(self._data_directory or "")
            with self._starting:
                if self._closed:
                    raise OSError("the scan is at its end")  # noqa: TRY301 - handled below
                process = spawn(__name__, run_new_process.__name__, arguments, requests, responses)
                self._requests, self._responses = our_requests, our_responses
                self._received.clear()
                self._process = process
        except OSError:
            for end in ends:
                os.close(end)
            raise
        os.close(requests)
        os.close(responses)
        with suppress(_NoResponseError, EOFError, ValueError):
            if self._read_line(time.monotonic() + _START_TIMEOUT_S) == _READY:
                return
        raise OSError(f"it did not start: {self.kill()}")

    def kill(self) -> str:
        """End the process, unless it has ended. Returns what ended it."""
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
        os.close(self._requests)
        os.close(self._responses)

    def close(self) -> None:
        """End the process; no other one replaces it."""
        with self._starting:
            self._closed = True
        self.kill()


def fork(data_directory: Path | None, siblings: Sequence[AnalyserProcess]) -> AnalyserProcess:
    """Fork a process; ``OSError`` if that fails. ``siblings`` are those that were forked before."""
    ends: list[int] = []
    try:
        ends += os.pipe()
        ends += os.pipe()
        requests, our_requests, our_responses, responses = ends
        # The child never receives these signals: a child that ended with the other processes of a
        # job would look like a crashed one.
        with signals_blocked():
            parent, process = os.getpid(), os.fork()
            if not process:
                for sibling in siblings:
                    sibling.close_pipes()
                _child_main(
                    parent, (requests, responses), (our_requests, our_responses), data_directory
                )
    except OSError:
        for end in ends:
            os.close(end)
        raise
    os.close(requests)
    os.close(responses)
    return AnalyserProcess(process, our_requests, our_responses, data_directory)


def _child_main(
    parent: int, own: tuple[int, int], others: tuple[int, int], data_directory: Path | None
) -> NoReturn:
    """Run the forked child until it exits; it never returns into the parent's code."""
    status = 1
    try:
        _be_killed_first()
        _detach_streams()
        for end in others:
            os.close(end)
        with os.fdopen(own[0], "rb") as requests, os.fdopen(own[1], "wb") as responses:
            if requests.peek(1):
                _die_with_parent(parent)
                _serve(requests, responses, data_directory)
        status = 0
    finally:
        os._exit(status)


def run_new_process(parent: str, data_directory: str) -> NoReturn:
    """Run an analyser as a program of its own; its pipes are standard input and output."""
    status = 1
    try:
        _die_with_parent(int(parent))
        own = os.dup(0), os.dup(1)
        _be_killed_first()
        _detach_streams()
        with os.fdopen(own[0], "rb") as requests, os.fdopen(own[1], "wb") as responses:
            responses.write(_READY + b"\n")
            responses.flush()
            _serve(requests, responses, Path(data_directory) if data_directory else None)
        status = 0
    finally:
        os._exit(status)


def _detach_streams() -> None:
    """Detach the standard streams: a reader of the scan's output must not wait for this process."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(null, stream)


def _be_killed_first() -> None:
    """Have the kernel end this process before the scan, should memory run out."""
    with suppress(OSError, ValueError):
        place = Path("/proc/self/oom_score_adj")
        place.write_text(str(min(1000, int(place.read_text("ascii")) + 300)), "ascii")


def _die_with_parent(parent: int) -> None:
    """Have the kernel end this process with its parent, even in the middle of an analysis."""
    with suppress(Exception):  # otherwise it ends after the current analysis
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _serve(requests: BinaryIO, responses: BinaryIO, data_directory: Path | None) -> None:
    """Respond to requests until the parent closes its end."""
    analyser: Client | None = None
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)
    for line in requests:
        number, task = decode_request(line)
        try:
            analyser = analyser or local_analyser(data_directory)
            result = analyser.ask(task, 0, None)
            assert isinstance(result, Scanned | Failed)
            response = encode_response(number, Response(result))
            is_fatal = False
        except BaseException as error:  # noqa: BLE001 - a panic of a library is no Exception
            limit = describe_resource_limit(error)
            kind = FailureKind.BUG if limit is None else FailureKind.UNREADABLE
            failed = Failed(task, kind, limit or describe_exception(error))
            is_fatal = is_panic(error)
            response = encode_response(number, Response(failed, is_fatal))
        responses.write(response)
        responses.flush()
        if is_fatal:
            return


def _write(descriptor: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(descriptor, left) :]


def local_analyser(data_directory: Path | None) -> Client:
    """Make an analyser in this process. The first one compiles the patterns, in about 0.1 s."""
    from vscan.providers.offline.analyser import Analyser

    return Analyser(data_directory)
