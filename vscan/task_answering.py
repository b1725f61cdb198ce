"""Answer one task from the cache, else from its provider. Runs in a worker thread.

No exception leaves ``answer``: whatever goes wrong is a value with a kind.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vscan.cache import Hit, Reader
from vscan.errors import is_panic
from vscan.model import (
    CacheKey,
    FailureKind,
    Outcome,
    Resume,
    Scanned,
    Task,
    Throttled,
)
from vscan.providers.exception_outcome import failure_of
from vscan.providers.interface import Client, Provider

CacheAnswer: TypeAlias = Literal["hit", "miss", "stale", "off"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A task for a worker. ``epoch`` is the rate limiter's number for this attempt."""

    task: Task
    epoch: int
    resume: Resume | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The result of an attempt. ``keys`` are the cache keys of a new verdict."""

    result: Outcome | Throttled
    cache: CacheAnswer
    warning: str | None = None
    keys: tuple[CacheKey, ...] = ()


def answer(
    attempt: Attempt,
    *,
    reader: Reader | None,
    provider: Provider,
    client: Callable[[], Client],
    asking: Callable[[], None],
) -> Reply:
    """Answer a task. ``client`` is called, after ``asking``, only if the cache has no answer."""
    cached: CacheAnswer = "off" if reader is None else "miss"
    warning: str | None = None
    try:
        task = attempt.task
        # A resumed task has already missed the cache. A key may be a digest of all that is
        # installed: it is made only where the cache has something of this extension.
        if (
            reader is not None
            and attempt.resume is None
            and reader.has_any(provider.scope, task.id.key)
        ):
            found, cached, warning = look_up(task, reader, map(provider.key, task.extensions))
            if found is not None:
                return Reply(found, cached, warning)
        asking()
        result = client().ask(task, attempt.epoch, attempt.resume)
        if not isinstance(result, Scanned):
            return Reply(result, cached, warning)
        keys = (provider.key_of(extension, result.verdict) for extension in task.extensions)
        return Reply(result, cached, warning, tuple(key for key in keys if key is not None))
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        kind = FailureKind.UNREADABLE if provider.limiter is None else FailureKind.NETWORK
        failed = failure_of(attempt.task, error, kind)
        return Reply(failed, cached, warning)


def look_up(
    task: Task, reader: Reader, keys: Iterable[CacheKey]
) -> tuple[Scanned | None, CacheAnswer, str | None]:
    """Look for a verdict of every installed version in the cache; the newest answers all."""
    lookups = [reader.get(key) for key in keys]
    hits = [lookup for lookup in lookups if isinstance(lookup, Hit)]
    if len(hits) == len(lookups):
        newest = max(hits, key=lambda hit: hit.stored_at)
        return Scanned(task, newest.verdict, from_cache=True), "hit", None
    misses = [lookup for lookup in lookups if not isinstance(lookup, Hit)]
    warning = next((miss.warning for miss in misses if miss.warning), None)
    stale = any(miss.why == "stale" for miss in misses)
    return None, "stale" if stale else "miss", warning
