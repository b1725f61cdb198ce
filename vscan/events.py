"""What a run tells the views and the logs while it works, always from the main thread."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from vscan.model import Outcome, Task


@dataclass(frozen=True, slots=True)
class Began:
    """The work is known: so many extensions, and so many workers that ask services.

    Where none is asked, so many that analyse. ``verdicts`` are wanted: of each provider one
    for each extension.
    """

    extensions: int
    verdicts: int
    workers: int


@dataclass(frozen=True, slots=True)
class Asking:
    """A worker found nothing in the cache and asks the provider."""

    worker: int
    task: Task


@dataclass(frozen=True, slots=True)
class Ended:
    """A task has its outcome. ``cache`` is how the cache answered.

    ``worker`` is ``None`` for a task that no worker brought to its end.
    """

    worker: int | None
    outcome: Outcome
    cache: Literal["hit", "miss", "stale", "off"]
    duration_s: float


@dataclass(frozen=True, slots=True)
class SlowedDown:
    """A 429: nothing starts for ``pause_s``; then one request at a time."""

    task: Task
    pause_s: float
    interval_s: float
    fell_back: bool


@dataclass(frozen=True, slots=True)
class Retrying:
    """A request failed and is made again after ``delay_s``; ``attempt`` counts from 1."""

    task: Task
    attempt: int
    delay_s: float
    detail: str


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the user should know; the scan goes on."""

    topic: Literal["settings", "discovery", "cache", "data"]
    message: str


Event: TypeAlias = Began | Asking | Ended | SlowedDown | Retrying | Warned
