"""The interface of a provider of verdicts, which is all that the task runner knows of one."""

from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from typing import Protocol

from msgspec import Struct

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
from vscan.providers.rate_limiter import RateLimiter


class Limits(Struct, frozen=True):
    """How long requests may take, in seconds, and how often they are tried again.

    ``timeout_s`` is for one request, all of it; ``analysis_timeout_s`` from submit to
    result, without the time spent waiting for a rate limit.
    """

    timeout_s: float = 30.0
    analysis_timeout_s: float = 300.0
    max_retries: int = 3
    retry_delay_s: float = 2.0
    max_wait_s: float = 120.0


class ProviderOptions(Struct, frozen=True):
    """The settings that providers are made from.

    ``workers`` and ``delay_s`` (seconds between two request starts of one worker) are for each
    network provider. ``data_directory`` holds the public data of the offline analyser, ``jobs`` is
    the number of its processes; ``None`` for one for each processor.
    """

    api_url: str
    workers: int = 1
    delay_s: float = 0.0
    limits: Limits = Limits()
    data_directory: Path | None = None
    jobs: int | None = None


class Client(Protocol):
    """One worker's connection to a provider. Used by one thread."""

    def ask(self, task: Task, epoch: int, resume: Resume | None) -> Scanned | Failed | Throttled:
        """Ask for a verdict.

        ``epoch`` is the rate limiter's number for this attempt, 0 without a limiter; ``resume``
        says where an earlier attempt was interrupted.
        """
        ...

    def close(self) -> None:
        """Close connections and processes."""
        ...


class Provider(Protocol):
    """A provider of verdicts. All workers share it, and may call it at the same time."""

    @property
    def name(self) -> str:
        """The name that options and reports use."""
        ...

    @property
    def limiter(self) -> RateLimiter | None:
        """The rate limiter of its service; ``None``: it works on this machine alone."""
        ...

    @property
    def workers(self) -> int:
        """How many workers may ask it at the same time."""
        ...

    @property
    def requests_per_lookup(self) -> int:
        """How many requests a lookup takes if the service has a verdict; 0 on this machine."""
        ...

    @property
    def sends(self) -> str:
        """What a lookup tells the service, for people; empty on this machine."""
        ...

    @property
    def scope(self) -> str:
        """The part of its cache keys that names its code, and its address or its data."""
        ...

    def warnings(self, today: date) -> tuple[str, ...]:
        """Report what is wrong with the data that its verdicts rest on."""
        ...

    def data(self, today: date) -> tuple[DataState, ...]:
        """List the published data that its verdicts rest on, and what of it is missing."""
        ...

    def key(self, extension: Extension) -> CacheKey:
        """Make the cache key of a verdict about this extension.

        A local provider reads the extension for it. Called by workers.
        """
        ...

    def key_of(self, extension: Extension, verdict: Verdict) -> CacheKey | None:
        """Make the cache key of a new verdict; ``None``: it must not be cached."""
        ...

    def client(self) -> Client:
        """Make a client for one worker."""
        ...

    def started(self) -> AbstractContextManager[object]:
        """Run what its clients need, such as processes, until the end of the block.

        Entered before the first thread starts.
        """
        ...


class ProviderType(Protocol):
    """What ``PROVIDERS`` lists: how a provider is named, explained and made."""

    @property
    def name(self) -> str:
        """The name that options and reports use."""
        ...

    @property
    def summary(self) -> str:
        """A few words for the help of ``--source``."""
        ...

    def rules(self) -> tuple[Rule, ...]:
        """List every rule that its findings can carry."""
        ...

    def create(self, options: ProviderOptions) -> Provider:
        """Make the provider. Nothing is connected or started."""
        ...
