"""A second process that kills this one if it hangs after a signal."""

import atexit
import os
import select
import signal
import time
from contextlib import suppress
from typing import NoReturn

from vscan.child_process_start import has_process_calls, may_fork, signals_blocked, spawn


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
