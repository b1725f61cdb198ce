"""Tasks for providers, and their outcomes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from vscan.model.extension import Extension
from vscan.model.identity import ExtensionId
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


@dataclass(frozen=True, slots=True)
class Task:
    """One lookup at one provider: an id, with all its installed versions."""

    provider: str
    extensions: tuple[Extension, ...]

    def __hash__(self) -> int:
        first = self.extensions[
            0
        ]  # enough to tell copies apart; hashing the rest takes ten times as long
        return hash((self.provider, first.id.key, first.version, first.path))

    @property
    def id(self) -> ExtensionId:
        """The id of the lookup."""
        return self.extensions[0].id


@dataclass(frozen=True, slots=True)
class Resume:
    """The state of a throttled analysis, so that it is not submitted twice."""

    analysis_id: str | None  # None: the service forgot it, and it is submitted once more
    spent_s: float
    polls: int
    complete: bool
    resubmitted: bool


@dataclass(frozen=True, slots=True)
class Scanned:
    """A task with a verdict, of the provider or of the cache."""

    task: Task
    verdict: Verdict
    from_cache: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """A task without a verdict, and the reason."""

    task: Task
    kind: FailureKind
    detail: str


@dataclass(frozen=True, slots=True)
class Throttled:
    """A task that must be resumed, because it or another task drew a 429.

    ``pause_s`` is how long no request starts, ``None`` where
    another task drew the 429. It never leaves the scanner.
    """

    task: Task
    pause_s: float | None
    resume: Resume | None


Outcome: TypeAlias = Scanned | Failed


@dataclass(frozen=True, slots=True)
class CacheKey:
    """The key of a cached verdict. ``scope`` is the provider's."""

    scope: str
    extension: str
    version: str
    target_platform: str
    digest: str = ""
