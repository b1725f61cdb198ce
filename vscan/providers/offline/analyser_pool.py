"""The analyser processes of a scan: how many there are, and what they share.

Each process compiles the patterns when it gets its first extension, so that a scan that is answered
by the cache does not. Where there are many processes, the scan compiles them once before the fork:
the processes share that memory, and do not all compile.
"""

import errno
import gc
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Final

from msgspec import Struct

from vscan.child_process_start import may_fork
from vscan.errors import describe_start_limit, is_panic
from vscan.providers.offline.analyser_process import AnalyserProcess, fork
from vscan.safe_text import describe_exception

_PREPARED_ABOVE: Final = 16  # processes; it takes a tenth of a second, even if all is cached
# Of the scan, for each process: the pipes, the cache, and what is read to make a digest.
_DESCRIPTORS_FOR_EACH: Final = 8
_OTHER_DESCRIPTORS: Final = 100


class ForkedProcesses(Struct, frozen=True):
    """The processes that were forked. ``stopped_by`` says why there are fewer than wanted."""

    processes: tuple[AnalyserProcess, ...]
    stopped_by: str = ""


@contextmanager
def forked(data_directory: Path | None, number: int) -> Iterator[ForkedProcesses]:
    """Run a number of processes until the end of the block.

    There are fewer if the system allows no more, and none if it can't fork.
    """
    processes: list[AnalyserProcess] = []
    try:
        yield _forked(data_directory, number, processes)
    finally:
        for process in processes:
            process.close()


def _forked(
    data_directory: Path | None, number: int, processes: list[AnalyserProcess]
) -> ForkedProcesses:
    """Add processes to a list, which its owner ends."""
    if not may_fork():
        return ForkedProcesses((), "nothing can be forked here")
    # If SIGCHLD is ignored, the kernel reaps children itself and PIDs can be reused.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    allowed = min(number, _allow_descriptors(number))
    stopped_by = "" if allowed == number else describe_start_limit(OSError(errno.EMFILE, "")) or ""
    if allowed > _PREPARED_ABOVE:
        _prepare()
    try:
        while len(processes) < allowed:
            processes.append(fork(data_directory, processes))
    except OSError as error:  # no more processes
        stopped_by = describe_start_limit(error) or describe_exception(error)
    return ForkedProcesses(tuple(processes), stopped_by)


def _allow_descriptors(processes: int) -> int:
    """Raise the limit of open files for so many processes. Returns how many it suffices for."""
    import resource  # not on Windows

    needed = _OTHER_DESCRIPTORS + processes * _DESCRIPTORS_FOR_EACH
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY != soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return processes
    return max(1, (soft - _OTHER_DESCRIPTORS) // _DESCRIPTORS_FOR_EACH)


def _prepare() -> None:
    """Import the analyser, which compiles the patterns, for all processes."""
    try:
        import_module("vscan.providers.offline.analyser")
    except BaseException as error:  # each process tries again, and fails by name
        if not isinstance(error, Exception) and not is_panic(error):
            raise
    gc.freeze()  # a collection would write to the shared memory, and so copy it
