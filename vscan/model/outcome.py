"""The outcomes of tasks: a verdict, a failure with its kind, or a 429."""

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

from vscan.model.task import Resume, Task
from vscan.model.verdict import Verdict


class FailureKind(StrEnum):
    """Why a task has no verdict."""

    NOT_LISTED = "not-listed"
    RATE_LIMITED = "rate-limited"
    TIMEOUT = "timeout"
    NETWORK = "network"
    BAD_RESPONSE = "bad-response"
    NOT_REMEMBERED = "not-remembered"
    UNREADABLE = "unreadable"
    INTERRUPTED = "interrupted"
    BUG = "bug"


class Scanned(Struct, frozen=True):
    """A task with a verdict, of the provider or of the cache."""

    task: Task
    verdict: Verdict
    from_cache: bool


class Failed(Struct, frozen=True):
    """A task without a verdict, and the reason."""

    task: Task
    kind: FailureKind
    detail: str


class Throttled(Struct, frozen=True):
    """A task that must be resumed, because it or another task drew a 429.

    ``pause_s`` is how long no request starts, ``None`` where
    another task drew the 429. It never leaves the scanner.
    """

    task: Task
    pause_s: float | None
    resume: Resume | None


Outcome: TypeAlias = Scanned | Failed
