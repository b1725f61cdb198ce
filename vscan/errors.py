"""What ends a run early: a message, a hint and an exit code.

A failure of one extension is not an error but a value (``domain.Failed``).
"""

from enum import IntEnum


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
