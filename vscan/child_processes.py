"""Start child processes, and a watchdog process that ends this one if it hangs after a signal.

``os.fork`` is fast and shares memory, but beside threads it copies locks that nothing in the copy
ever releases. A process that is started afresh runs Python in isolated mode and imports the same
modules as this one: files in the working directory are untrusted.
"""

import atexit
import os
import select
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, NoReturn

# Signals that a job's end sends to all its processes. Children end with their parent instead.
_BLOCKED_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_CODE: Final = """
import sys
_, module, function, count, *rest = sys.argv
sys.path[:] = rest[int(count):]
getattr(__import__(module, fromlist=[function]), function)(*rest[:int(count)])
"""


def has_process_calls() -> bool:
    """Whether the system has the calls to start, signal and end processes: Windows has not."""
    return all(
        hasattr(module, name)
        for module, names in (
            (os, ("fork", "posix_spawn")),
            (signal, ("pthread_sigmask", "SIGCHLD", "SIGKILL")),
            (select, ("poll",)),
        )
        for name in names
    )


def may_fork() -> bool:
    """Whether this process has a single thread, so that forking is safe. Only Linux tells."""
    if sys.platform != "linux" or not has_process_calls():
        return False
    try:
        return len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208 - only their number
    except OSError:
        return False


@contextmanager
def signals_blocked() -> Iterator[None]:
    """Block the signals in children that the block forks or starts."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def spawn(module: str, function: str, arguments: Sequence[str], stdin: int, stdout: int) -> int:
    """Start a process that calls a function with string arguments; ``OSError`` if that fails.

    Returns its PID. The two descriptors become its standard input and output.
    """
    command = [sys.executable or "", "-I", "-B", "-X", f"utf8={sys.flags.utf8_mode}", "-c", _CODE]
    modules = [os.path.abspath(entry) for entry in sys.path if entry]  # noqa: PTH100 - keeps links
    return os.posix_spawn(
        command[0],
        [*command, module, function, str(len(arguments)), *arguments, *modules],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, stdin, 0),
            (os.POSIX_SPAWN_DUP2, stdout, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_RDWR, 0),
        ],
        setsigmask=_BLOCKED_SIGNALS,
    )


def start_watchdog(relay: int, limit_s: float) -> int | None:
    """Start a process that kills this one ``limit_s`` seconds after a signal. Call it once.

    A call into C that holds the interpreter's lock, as a search does, stops every thread and every
    signal handler of Python, but not the system's write to the wakeup descriptor.

    Returns a descriptor for ``signal.set_wakeup_fd``. Bytes that are written to it are forwarded to
    ``relay``, which this function closes. It returns ``None``, and closes nothing, if no second
    process can be started.
    """
    if not has_process_calls():
        return None
    signal_reader, signal_writer = os.pipe()
    try:
        with signals_blocked():
            process = _start_watchdog_process(signal_reader, relay, limit_s)
    except OSError:
        os.close(signal_writer)
        return None
    finally:
        os.close(signal_reader)
    os.close(relay)
    atexit.register(_stop_watchdog, process)
    return signal_writer


def _start_watchdog_process(signal_reader: int, relay: int, limit_s: float) -> int:
    parent = os.getpid()
    if not may_fork():
        arguments = str(parent), str(limit_s)
        return spawn(__name__, run_watchdog.__name__, arguments, signal_reader, relay)
    process = os.fork()
    if not process:
        try:
            os.dup2(signal_reader, 0)
            os.dup2(relay, 1)
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))
            run_watchdog(str(parent), str(limit_s))
        finally:
            os._exit(1)
    return process


def run_watchdog(parent: str, limit_s: str) -> NoReturn:
    """Run the watchdog process until the other process ends."""
    try:
        if number := os.read(0, 1):
            until_s = time.monotonic() + float(limit_s)
            with suppress(OSError):
                os.write(1, number)
            while (left_s := until_s - time.monotonic()) > 0:
                signal_reader, _, _ = select.select([0], [], [], left_s)
                if signal_reader and not os.read(0, 100):
                    os._exit(0)  # the other process has ended
            if os.getppid() == int(parent):
                os.kill(int(parent), signal.SIGKILL)
    finally:
        os._exit(0)


def _stop_watchdog(process: int) -> None:
    with suppress(OSError):
        signal.set_wakeup_fd(-1)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
