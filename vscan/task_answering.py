"""Answer one task: from the cache, else from its provider. Worker threads call ``answer``.

No ``Exception`` and no panic of a library leaves ``answer``: each becomes a failure with a kind.
"""

from collections.abc import Callable, Iterable
from typing import Literal, TypeAlias

from msgspec import Struct

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


class Attempt(Struct, frozen=True):
    """A task for a worker. ``epoch`` is the rate limiter's number for this attempt."""

    task: Task
    epoch: int
    resume: Resume | None = None


class Reply(Struct, frozen=True):
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
    cached = CacheLookup(None, "off" if reader is None else "miss")
    try:
        task = attempt.task
        # A resumed task has already missed the cache.
        if reader is not None and attempt.resume is None:
            cached = find_cached(task, reader, provider)
            if cached.found is not None:
                return Reply(cached.found, cached.answer, cached.warning)
        asking()
        result = client().ask(task, attempt.epoch, attempt.resume)
        if not isinstance(result, Scanned):
            return Reply(result, cached.answer, cached.warning)
        all_keys = (provider.key_of(extension, result.verdict) for extension in task.extensions)
        keys = tuple(key for key in all_keys if key is not None)
        return Reply(result, cached.answer, cached.warning, keys)
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        kind = FailureKind.UNREADABLE if provider.limiter is None else FailureKind.NETWORK
        failed = failure_of(attempt.task, error, kind)
        return Reply(failed, cached.answer, cached.warning)


class CacheLookup(Struct, frozen=True):
    """What the cache has for a task: a verdict, or why there is none, perhaps with a warning."""

    found: Scanned | None
    answer: CacheAnswer
    warning: str | None = None


def find_cached(task: Task, reader: Reader, provider: Provider) -> CacheLookup:
    """Look for a cached verdict of every installed version.

    A key may be a digest of the installed bytes: it is made only where the cache has something of
    this extension.
    """
    if not reader.has_any(provider.scope, task.id.key):
        return CacheLookup(None, "miss")
    return look_up(task, reader, map(provider.key, task.extensions))


def look_up(task: Task, reader: Reader, keys: Iterable[CacheKey]) -> CacheLookup:
    """Look for a verdict under each of the keys, one for each installed version.

    If each has one, the newest is the answer for all of them.
    """
    lookups = [reader.get(key) for key in keys]
    hits = [lookup for lookup in lookups if isinstance(lookup, Hit)]
    if hits and len(hits) == len(lookups):
        newest = max(hits, key=lambda hit: hit.stored_at)
        return CacheLookup(Scanned(task, newest.verdict, from_cache=True), "hit")
    misses = [lookup for lookup in lookups if not isinstance(lookup, Hit)]
    warning = next((miss.warning for miss in misses if miss.warning), None)
    stale = any(miss.why == "stale" for miss in misses)
    return CacheLookup(None, "stale" if stale else "miss", warning)
