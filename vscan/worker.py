"""One task to one outcome: the cache, else the provider. Runs in a worker.

No exception leaves ``scan``: whatever goes wrong is a value with a kind.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vscan.cache import Hit, Reader
from vscan.errors import is_panic, limit_of
from vscan.model import (
    CacheKey,
    Failed,
    FailureKind,
    Outcome,
    Resume,
    Scanned,
    Task,
    Throttled,
)
from vscan.providers.interface import Client, Provider
from vscan.text import describe_exception

CacheAnswer: TypeAlias = Literal["hit", "miss", "stale", "off"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a worker is given. ``epoch`` is the limiter's number for it."""

    task: Task
    epoch: int
    resume: Resume | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a worker gives back. ``keys`` are what a new verdict is to be remembered under."""

    result: Outcome | Throttled
    cache: CacheAnswer
    warning: str | None = None
    keys: tuple[CacheKey, ...] = ()


def scan(
    attempt: Attempt,
    *,
    reader: Reader | None,
    provider: Provider,
    client: Callable[[], Client],
    asking: Callable[[], None],
) -> Reply:
    """Answer a task. ``client`` is called, after ``asking``, only if the cache has no answer."""
    # What is taken up again was not in the cache when it was first looked for.
    answer: CacheAnswer = "off" if reader is None else "miss"
    warning: str | None = None
    try:
        # A key may be a digest of all that is there: it is made where there is something to find.
        task = attempt.task
        if (
            reader is not None
            and attempt.resume is None
            and reader.knows(provider.scope, task.id.key)
        ):
            found, answer, warning = look_up(task, reader, map(provider.key, task.extensions))
            if found is not None:
                return Reply(found, answer, warning)
        asking()
        result = client().ask(task, attempt.epoch, attempt.resume)
        if not isinstance(result, Scanned):
            return Reply(result, answer, warning)
        keys = (provider.key_of(extension, result.verdict) for extension in task.extensions)
        return Reply(result, answer, warning, tuple(key for key in keys if key is not None))
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        limit = limit_of(error)
        if limit is None:
            failed = Failed(attempt.task, FailureKind.BUG, describe_exception(error))
        else:
            kind = FailureKind.UNREADABLE if provider.local else FailureKind.NETWORK
            failed = Failed(attempt.task, kind, limit)
        return Reply(failed, answer, warning)


def look_up(
    task: Task, reader: Reader, keys: Iterable[CacheKey]
) -> tuple[Scanned | None, CacheAnswer, str | None]:
    """Look for a verdict. It takes one for every installed version; the newest answers all."""
    lookups = [reader.get(key) for key in keys]
    hits = [lookup for lookup in lookups if isinstance(lookup, Hit)]
    if len(hits) == len(lookups):
        newest = max(hits, key=lambda hit: hit.stored_at)
        return Scanned(task, newest.verdict, from_cache=True), "hit", None
    misses = [lookup for lookup in lookups if not isinstance(lookup, Hit)]
    warning = next((miss.warning for miss in misses if miss.warning), None)
    stale = any(miss.why == "stale" for miss in misses)
    return None, "stale" if stale else "miss", warning
