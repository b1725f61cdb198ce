"""Catch the signals that end a scan, and make sure that it ends.

An interrupted scan is over within three seconds. Where it can't end itself, a watchdog ends it.
"""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from vscan.interrupt_watchdog import start_watchdog

_LAST_RESORT_S = 2.7
_KILL_S = 2.85  # where the thread of the last resort can't run either
# SIGBREAK is Ctrl+Break, and the way to end a process from outside, on Windows alone.
_SIGNALS = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGTERM)}


class Interrupt:
    """Records the signals that end a scan, and wakes the thread that waits.

    A handler is set for each: as process 1 of a container Python would ignore SIGTERM.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self._wake: Callable[[], None] = lambda: None

    def catch(self) -> None:
        """Record the signals from now on. Call it in the main thread."""
        for number in _SIGNALS:
            signal.signal(number, self._record)
        if os.name == "posix":  # elsewhere the interpreter writes to sockets alone
            reader, relay = os.pipe()
            writer = start_watchdog(relay, _KILL_S) or relay
            os.set_blocking(writer, False)
            signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
            with suppress(RuntimeError):  # it is a last resort: a scan can do without
                threading.Thread(target=_force_exit_after, args=(reader,), daemon=True).start()

    def on_signal(self, wake: Callable[[], None]) -> None:
        """Have ``wake`` called, in the main thread, at each signal."""
        self._wake = wake

    def _record(self, number: int, _frame: FrameType | None) -> None:
        if self.signal is None:
            self.signal = signal.Signals(number)
        self._wake()


def _force_exit_after(reader: int) -> None:
    """End the process in time even where the main thread is in a call that never returns.

    Such a call may write to a pipe that nobody reads, or wait for a lock: Python runs signal
    handlers only between two steps of the main thread. The number arrives from the signal itself.
    Where the call holds the interpreter, this thread waits, too, and another process ends this one.
    """
    if number := os.read(reader, 1):  # else the run is over
        time.sleep(_LAST_RESORT_S)
        os._exit(128 + number[0])
