"""One task to one outcome: the cache, else the source. Runs in a worker.

No exception leaves ``scan``: whatever goes wrong is a value with a kind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vscan.cache import Hit, Reader
from vscan.domain import (
    CacheKey,
    Extension,
    Failed,
    FailureKind,
    Outcome,
    Resume,
    Scanned,
    Task,
    Throttled,
)
from vscan.sources.interface import Client
from vscan.text import masked, plain

CacheAnswer: TypeAlias = Literal["hit", "miss", "stale", "off"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a worker is given. ``visit`` is the gate's number for it."""

    task: Task
    visit: int
    resume: Resume | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a worker gives back."""

    result: Outcome | Throttled
    cache: CacheAnswer
    warning: str | None = None


def scan(
    attempt: Attempt,
    *,
    reader: Reader | None,
    key: Callable[[Extension], CacheKey],
    client: Callable[[], Client],
    asking: Callable[[], None],
) -> Reply:
    """Answer a task. ``client`` is called, after ``asking``, only if the cache has no answer."""
    # What is taken up again was not in the cache when it was first looked for.
    answer: CacheAnswer = "off" if reader is None else "miss"
    warning: str | None = None
    try:
        if reader is not None and attempt.resume is None:
            result, answer, warning = look_up(attempt.task, reader, key)
            if result is not None:
                return Reply(result, answer, warning)
        asking()
        return Reply(client().ask(attempt.task, attempt.visit, attempt.resume), answer, warning)
    except Exception as error:  # noqa: BLE001 - the promise of this module
        try:
            # The text of an OSError holds a path, and a path a user's name.
            said = (error.strerror if isinstance(error, OSError) else None) or str(error)
        except Exception:  # noqa: BLE001 - an exception's own text can fail too
            said = ""
        detail = plain(masked(f"{type(error).__name__}: {said}"), 300)
        return Reply(Failed(attempt.task, FailureKind.BUG, detail), answer, warning)


def look_up(
    task: Task, reader: Reader, key: Callable[[Extension], CacheKey]
) -> tuple[Scanned | None, CacheAnswer, str | None]:
    """Look for a verdict. It takes one for every installed version; the newest answers all."""
    lookups = [reader.get(key(extension)) for extension in task.extensions]
    hits = [lookup for lookup in lookups if isinstance(lookup, Hit)]
    if len(hits) == len(lookups):
        newest = max(hits, key=lambda hit: hit.stored_at)
        return Scanned(task, newest.verdict, from_cache=True), "hit", None
    misses = [lookup for lookup in lookups if not isinstance(lookup, Hit)]
    warning = next((miss.warning for miss in misses if miss.warning), None)
    stale = any(miss.why == "stale" for miss in misses)
    return None, "stale" if stale else "miss", warning
