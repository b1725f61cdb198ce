"""Processes of our own beside this one: how they are started, and one that sees to its end.

``os.fork`` is quick and shares the memory, but beside threads it copies locks that nobody will
ever release. What is started afresh runs Python in isolated mode, with the modules that this
process would import: the directory it is started in may be the work of a stranger.
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

# What ends a job is sent to all its processes: these end with the one that started them instead.
_NOT_SEEN: Final = (signal.SIGINT, signal.SIGTERM)
_CODE: Final = """
import sys
_, module, function, count, *rest = sys.argv
sys.path[:] = rest[int(count):]
getattr(__import__(module, fromlist=[function]), function)(*rest[:int(count)])
"""


def may_fork() -> bool:
    """Whether this process has but one thread, so that a copy of it is whole. Linux alone tells."""
    try:
        return sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1  # noqa: PTH208 - a number
    except OSError:
        return False


@contextmanager
def signals_blocked() -> Iterator[None]:
    """Have what is forked or started in the block never see what interrupts this process."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _NOT_SEEN)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_afresh(
    module: str, function: str, arguments: Sequence[str], stdin: int, stdout: int
) -> int:
    """Start a process that calls a function, by its name, with texts. ``OSError`` if it can't be.

    Returns its number; the two descriptors are its standard input and output.
    """
    command = [sys.executable or "", "-I", "-B", "-X", f"utf8={sys.flags.utf8_mode}", "-c", _CODE]
    modules = [os.path.abspath(place) for place in sys.path if place]  # noqa: PTH100 - links stay
    return os.posix_spawn(
        command[0],
        [*command, module, function, str(len(arguments)), *arguments, *modules],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, stdin, 0),
            (os.POSIX_SPAWN_DUP2, stdout, 1),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_RDWR, 0),
        ],
        setsigmask=_NOT_SEEN,
    )


def watched(relay: int, limit_s: float) -> int | None:
    """Have this process killed so long after a signal, whatever it is at. Call it once.

    Returns a descriptor for ``signal.set_wakeup_fd``: what is written there is written to
    ``relay``, too, which is closed here. ``None``, and nothing is closed, where there can be no
    second process. A call into C that keeps the interpreter, as a search does, keeps every thread
    and every handler of Python's waiting. What the system itself writes to a pipe it does not.
    """
    heard, told = os.pipe()
    try:
        with signals_blocked():
            process = _watcher(heard, relay, limit_s)
    except (OSError, AttributeError):  # not every system has posix_spawn
        os.close(told)
        return None
    finally:
        os.close(heard)
    os.close(relay)
    atexit.register(_dismiss, process)
    return told


def _watcher(heard: int, relay: int, limit_s: float) -> int:
    parent = os.getpid()
    if not may_fork():
        arguments = str(parent), str(limit_s)
        return start_afresh(__name__, watch.__name__, arguments, heard, relay)
    process = os.fork()
    if not process:
        try:
            os.dup2(heard, 0)
            os.dup2(relay, 1)
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))
            watch(str(parent), str(limit_s))
        finally:
            os._exit(1)
    return process


def watch(parent: str, limit_s: str) -> NoReturn:
    """Be the process that watches, to its end: that of the other one."""
    try:
        if number := os.read(0, 1):
            until_s = time.monotonic() + float(limit_s)
            with suppress(OSError):
                os.write(1, number)
            while (left_s := until_s - time.monotonic()) > 0:
                heard, _, _ = select.select([0], [], [], left_s)
                if heard and not os.read(0, 100):
                    os._exit(0)  # nobody is left who could write
            if os.getppid() == int(parent):
                os.kill(int(parent), signal.SIGKILL)
    finally:
        os._exit(0)


def _dismiss(process: int) -> None:
    with suppress(OSError):
        signal.set_wakeup_fd(-1)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
