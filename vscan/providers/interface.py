"""What a provider is. ``scan`` and ``collect`` know no more of one than this."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from vscan.model import (
    CacheKey,
    DataState,
    Extension,
    Failed,
    Resume,
    Rule,
    Scanned,
    Task,
    Throttled,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take, in seconds, and how often they are tried again.

    ``timeout_s`` is for one request, all of it; ``analysis_timeout_s`` from submit to
    result, without the time spent waiting for a rate limit.
    """

    timeout_s: float = 30.0
    analysis_timeout_s: float = 300.0
    max_retries: int = 3
    retry_delay_s: float = 2.0
    max_wait_s: float = 120.0


class Client(Protocol):
    """One worker's line to a provider. Used by one thread."""

    def ask(self, task: Task, epoch: int, resume: Resume | None) -> Scanned | Failed | Throttled:
        """Ask for a verdict.

        ``epoch`` is the limiter's number for this attempt, ``resume`` where an earlier one
        was interrupted.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Provider(Protocol):
    """Something that gives verdicts. All workers share it, and may at once."""

    @property
    def name(self) -> str:
        """The name that options and reports use."""
        ...

    @property
    def local(self) -> bool:
        """Whether it works on this machine alone: with its cores, and past the limiter."""
        ...

    @property
    def scope(self) -> str:
        """Whose verdicts may be remembered as one's own: of the same address, the same rules."""
        ...

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule that its findings can carry."""
        ...

    def warnings(self, today: date) -> tuple[str, ...]:
        """Say what is wrong with what its verdicts will rest on."""
        ...

    def data(self, today: date) -> tuple[DataState, ...]:
        """Say what published data its verdicts rest on here, and what of it is missing."""
        ...

    def key(self, extension: Extension) -> CacheKey:
        """Say what a verdict about this extension would be remembered under.

        A local provider reads the extension for it. Called by workers.
        """
        ...

    def key_of(self, extension: Extension, verdict: Verdict) -> CacheKey | None:
        """Say what to remember a new verdict under; ``None``: it is not to be remembered."""
        ...

    def client(self) -> Client:
        """Open a line for one worker."""
        ...
