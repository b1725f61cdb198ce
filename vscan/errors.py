"""Errors that end a run: each has a message, a hint and an exit code.

The failure of a single extension is a value instead (``model.Failed``).
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
# Errors of Python's threads and of libraries in Rust have only a text, and no errno.
_TEXTS = {
    # The interpreter loses a MemoryError of an import now and then, and has only this to say.
    "error return without exception set": _MEMORY,
    "start new thread": _PROCESSES,
    "spawn thread": _PROCESSES,
    "Resource temporarily unavailable": _PROCESSES,
    "Too many open files": _FILES,
    "Cannot allocate memory": _MEMORY,
    "failed to map segment": _MEMORY,
    # A library that once failed to start says this from then on.
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
    """An error for the user: ``message`` says what happened, ``hint`` what to do."""

    exit_code = Exit.ERROR

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(VscanError):
    """An argument, a variable or a setting that can't be used."""


class ReportError(VscanError):
    """A report that could not be written completely."""


class CacheError(VscanError):
    """A cache command that failed."""


def describe_resource_limit(error: BaseException | None) -> str | None:
    """Name the limit of the system that caused an exception; ``None`` for any other cause."""
    while error is not None:
        if isinstance(error, MemoryError):
            return _MEMORY
        if isinstance(error, OSError):
            if error.errno in _LIMITS:
                return _LIMITS[error.errno]
        elif is_panic(error) or isinstance(error, RuntimeError | ImportError | SystemError):
            message = " ".join(map(str, error.args))  # an argument may be an exception
            for text, limit in _TEXTS.items():
                if text in message:
                    return limit
        error = error.__cause__ or error.__context__
    return None


def describe_start_limit(error: OSError) -> str | None:
    """Name the limit that kept a process from starting; ``None`` for any other cause."""
    return _PROCESSES if error.errno == errno.EAGAIN else describe_resource_limit(error)


def is_panic(error: BaseException) -> bool:
    """Whether an error is a panic of a library in Rust, which is not an ``Exception``."""
    return type(error).__name__ == "PanicException"
