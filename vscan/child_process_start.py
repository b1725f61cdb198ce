"""Start processes: whether forking is safe, and a Python process that calls one function.

``os.fork`` is fast and shares memory, but beside threads it copies locks that nothing in the copy
ever releases. A process that is started afresh runs Python in isolated mode and imports the same
modules as this one: files in the working directory are untrusted.
"""

import os
import select
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

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
