"""What ends a run early: a message, a hint and an exit code.

A failure of one extension is not an error but a value (``domain.Failed``).
"""

import errno
from enum import IntEnum

_FILES = "the system allows no more open files (ulimit -n)"
_PROCESSES = "the system allows no more processes or threads (ulimit -u, a container's pids limit)"
_MEMORY = "the system gives no more memory (ulimit -v, a container's limit)"
_LIMITS = {
    errno.EMFILE: _FILES,
    errno.ENFILE: _FILES,
    errno.ENOMEM: _MEMORY,
}
# What is no OSError has only its text: of Python's threads, of libraries in Rust.
_TEXTS = {
    "start new thread": _PROCESSES,
    "spawn thread": _PROCESSES,
    "Resource temporarily unavailable": _PROCESSES,
    "Too many open files": _FILES,
    "Cannot allocate memory": _MEMORY,
    "failed to map segment": _MEMORY,
    # What a library that could not start says from then on.
    "previously been poisoned": "a limit of the system keeps a library from starting (ulimit)",
}


class Exit(IntEnum):
    """The exit codes that pipelines depend on."""

    CLEAN = 0
    FINDINGS = 1
    ERROR = 2
    INCOMPLETE = 3
    NOTHING_TO_SCAN = 4
    INTERRUPTED = 130
    TERMINATED = 143


class VscanError(Exception):
    """Something the user can mend: ``message`` says what happened, ``hint`` what to do."""

    exit_code = Exit.ERROR

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(VscanError):
    """An argument, a variable or a setting that can't be used."""


class ReportError(VscanError):
    """A report that could not be written whole."""


class CacheError(VscanError):
    """A cache command that could not do what was asked."""


def limit_of(error: BaseException | None) -> str | None:
    """Say which limit of the system an exception comes from; ``None`` where it is none."""
    while error is not None:
        if isinstance(error, MemoryError):
            return _MEMORY
        if isinstance(error, OSError):
            if error.errno in _LIMITS:
                return _LIMITS[error.errno]
        elif is_panic(error) or isinstance(error, RuntimeError | ImportError):
            said = " ".join(map(str, error.args))  # its own text may be an exception's, too
            for text, limit in _TEXTS.items():
                if text in said:
                    return limit
        error = error.__cause__ or error.__context__
    return None


def limit_of_start(error: OSError) -> str | None:
    """Say which limit kept a process from being started; ``None`` where it is none."""
    return _PROCESSES if error.errno == errno.EAGAIN else limit_of(error)


def is_panic(error: BaseException) -> bool:
    """Whether it is a panic of a library in Rust, which is no ``Exception``."""
    return type(error).__name__ == "PanicException"
