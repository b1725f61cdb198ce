"""What not every system has: tests that need it are skipped, and one process can do without it.

``remove_posix`` is called before anything of vscan is imported. What the standard library needs
it has looked up by then: it goes on as on the system that this is.
"""

import os
import select
import signal
import subprocess  # noqa: F401 - it takes what it needs when it is imported
import sys
import tempfile  # noqa: F401 - likewise
from pathlib import Path

import platformdirs.macos  # noqa: F401 - likewise
import pytest

# What Windows lacks, less what the standard library of this system asks for while it works.
_OS_CALLS = (
    *("chown", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getpgid"),
    *("getuid", "killpg", "lchown", "mkfifo", "mknod", "openpty", "posix_spawn", "posix_spawnp"),
    *("register_at_fork", "sched_getaffinity", "setgid", "setgroups", "setsid"),
    *("setuid", "wait3", "wait4", "waitid"),
    *("O_NOFOLLOW", "O_NONBLOCK", "POSIX_SPAWN_DUP2", "POSIX_SPAWN_OPEN"),
)
_SIGNAL_CALLS = (
    *("SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGSTOP"),
    *("SIGUSR1", "SIGUSR2", "SIG_BLOCK", "SIG_SETMASK", "alarm", "pthread_sigmask", "setitimer"),
    *("sigpending", "sigwait"),
)
_MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty")


def remove_posix() -> None:
    """Remove from this process the calls and the modules that Windows lacks."""
    for module, names in (
        (os, _OS_CALLS),
        (signal, _SIGNAL_CALLS),
        (select, ("poll", "epoll")),
    ):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    for name in _MODULES:
        sys.modules[name] = None  # type: ignore[assignment] # its import is an ImportError
    os.supports_dir_fd.clear()
    os.supports_fd.clear()


def is_root() -> bool:
    """Say whether this process may do everything."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def user_id() -> int:
    """Give the number of the user who runs the tests, or skip the test."""
    if not hasattr(os, "getuid"):
        pytest.skip("users have no numbers here")
    return os.getuid()


def make_pipe(path: Path) -> None:
    """Make a named pipe, or skip the test."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    os.mkfifo(path)


def open_terminal() -> tuple[int, int]:
    """Open a terminal, the master's end first, or skip the test."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    ours, theirs = pty.openpty()
    return ours, theirs
