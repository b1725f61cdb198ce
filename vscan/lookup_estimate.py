"""Estimate what a run would ask of each service: lookups, requests and time. Nothing is asked.

The time is the least that the pace allows; a slow service, pauses and retries add to it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from vscan.events import LookupsEstimated
from vscan.model import Task
from vscan.providers.interface import Provider
from vscan.settings.table import Settings


def estimate_lookups(
    tasks: Iterable[Task],
    cached: Collection[Task],
    providers: Mapping[str, Provider],
    settings: Settings,
) -> Iterator[LookupsEstimated]:
    """Estimate the lookups of each service that is asked, without the cached ones."""
    waiting = [task.provider for task in tasks if task not in cached]
    for name, provider in providers.items():
        lookups = waiting.count(name)
        if provider.limiter is None or not lookups:
            continue
        requests = lookups * provider.requests_per_lookup
        parallel_s = None
        if provider.workers == 1 and lookups > 1 and settings.delay_s:
            parallel_s = requests * settings.delay_s / settings.workers
        yield LookupsEstimated(
            name,
            provider.sends,
            lookups,
            requests,
            requests * provider.limiter.interval_s,
            parallel_s,
        )
