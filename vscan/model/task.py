"""Tasks for providers, and their outcomes."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from vscan.model.extension import Extension
from vscan.model.identity import ExtensionId
from vscan.model.verdict import Verdict


class FailureKind(StrEnum):
    """Why there is no verdict."""

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
    """One question to one provider: an id, however many versions of it are installed."""

    provider: str
    extensions: tuple[Extension, ...]

    def __hash__(self) -> int:
        first = self.extensions[0]  # all that tells copies apart: the rest takes ten times as long
        return hash((self.provider, first.id.key, first.version, first.path))

    @property
    def id(self) -> ExtensionId:
        """The id that is asked about."""
        return self.extensions[0].id


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a throttled analysis goes on, so that nothing is submitted twice."""

    analysis_id: str | None  # None: forgotten, and to be submitted once more
    spent_s: float
    polls: int
    complete: bool
    resubmitted: bool


@dataclass(frozen=True, slots=True)
class Scanned:
    """The provider, or the cache for it, gave a verdict."""

    task: Task
    verdict: Verdict
    from_cache: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no verdict, and this is why."""

    task: Task
    kind: FailureKind
    detail: str


@dataclass(frozen=True, slots=True)
class Throttled:
    """The task must be taken up again: it, or a neighbour, was told to slow down.

    ``pause_s`` is how long the service was told it would be left alone, ``None`` where
    the 429 was a neighbour's. Never leaves ``collect``.
    """

    task: Task
    pause_s: float | None
    resume: Resume | None


Outcome: TypeAlias = Scanned | Failed


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What a verdict is remembered under. ``scope`` is a provider's."""

    scope: str
    extension: str
    version: str
    target_platform: str
    digest: str = ""
