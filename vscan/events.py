"""The events that a run sends to its displays and logs, always from the main thread."""

from typing import Literal, TypeAlias

from msgspec import Struct

from vscan.model import Extension, ExtensionId, Outcome, Task
from vscan.safe_text import describe_duration, pluralize


class Began(Struct, frozen=True):
    """The scan begins with known tasks and workers.

    The workers are those that send requests to services, or, without any service, those that
    analyse.
    """

    tasks: tuple[Task, ...]
    workers: int

    def extensions(self) -> list[Extension]:
        """List the extension of each verdict to get: one from each provider for each extension."""
        return [extension for task in self.tasks for extension in task.extensions]

    @property
    def extension_count(self) -> int:
        """How many extensions the verdicts are about."""
        return len(set(map(id, self.extensions())))


class LookupsEstimated(Struct, frozen=True):
    """Lookups will be sent to a service. Times are in seconds.

    ``sends`` says what a lookup tells the service. ``requests`` are those of all lookups.
    ``parallel_s`` is what ``--parallel`` would take; ``None`` where it changes nothing.
    """

    provider: str
    sends: str
    lookups: int
    requests: int
    duration_s: float
    parallel_s: float | None = None

    @property
    def sentence(self) -> str:
        """Describe it in one line."""
        text = f"{pluralize(self.lookups, 'lookup')} to {self.provider} ({self.sends})"
        if self.duration_s < 1:
            return f"{text}: about {pluralize(self.requests, 'request')}"
        text += (
            f": about {pluralize(self.requests, 'request')}, {describe_duration(self.duration_s)}"
            " at this pace"
        )
        if self.parallel_s is not None:
            text += f"; --parallel would take about {describe_duration(self.parallel_s)}"
        return text


class Asking(Struct, frozen=True):
    """A worker found no verdict in the cache and asks the provider."""

    worker: int
    task: Task


class Ended(Struct, frozen=True):
    """The lookup of an extension ended, with a verdict or a failure.

    ``cache`` is the result of the lookup in the cache.
    ``worker`` is ``None`` for a task that ended without a worker, because the run was cut short.
    """

    worker: int | None
    outcome: Outcome
    cache: Literal["hit", "miss", "stale", "off"]
    duration_s: float


class SlowedDown(Struct, frozen=True):
    """A service answered 429, so requests pause.

    No request starts for ``pause_s``; then one starts at a time.
    """

    task: Task
    pause_s: float
    interval_s: float
    fell_back: bool


class Retrying(Struct, frozen=True):
    """A request failed and is repeated. That is after ``delay_s``; ``attempt`` counts from 1."""

    task: Task
    attempt: int
    delay_s: float
    detail: str


class Fetched(Struct, frozen=True):
    """A registry was asked for the archive of an extension that is only named.

    ``done`` of ``total`` are finished; ``problem`` is empty if the archive is here.
    """

    id: ExtensionId
    done: int
    total: int
    problem: str


class Warned(Struct, frozen=True):
    """A warning for the user about ``topic``; the scan continues."""

    topic: Literal["settings", "discovery", "cache", "data"]
    message: str


Event: TypeAlias = (
    Began | LookupsEstimated | Fetched | Asking | Ended | SlowedDown | Retrying | Warned
)
