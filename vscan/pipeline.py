"""The pipeline of a scan: discover, plan, scan, evaluate. It does not parse, print or exit."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from vscan.cache import reader
from vscan.config import Config
from vscan.events import Event, LookupsEstimated
from vscan.interrupt import Interrupt
from vscan.lookup_estimate import estimate_lookups
from vscan.model import Failed, Task
from vscan.providers.rate_limiter import RateLimiter
from vscan.report_model import Report
from vscan.run_evaluation import error_report
from vscan.run_preparation import (
    Providers,
    RunContext,
    create_providers,
    discover_and_plan,
    is_local,
    make_plan,
    make_run,
    open_cache,
)
from vscan.task_answering import find_cached
from vscan.task_runner import run_tasks
from vscan.task_selection import Plan


class Preview(Struct, frozen=True):
    """A plan, with the tasks that the cache would answer, and those of local providers."""

    plan: Plan
    cached: frozenset[Task]
    local: frozenset[Task]
    estimates: tuple[LookupsEstimated, ...]


def run(
    config: Config,
    providers: Providers,
    *,
    run_id: str,
    emit: Callable[[Event], None],
    interrupt: Interrupt,
) -> Report:
    """Scan what ``config`` says, and evaluate it."""
    context = RunContext(config, providers, run_id, emit)
    limit_s = config.settings.deadline_s
    deadline_at_s = None if limit_s is None else context.started_s + limit_s
    planned = discover_and_plan(context, interrupt, deadline_at_s)
    with _archives(planned, context, interrupt, deadline_at_s) as (planned, failures, limiters):
        discovery_interrupted = interrupt.signal is not None
        _announce_lookups(planned, context, interrupt)
        cache = open_cache(config, context.emit)
        try:
            results = run_tasks(
                planned.tasks,
                providers=providers,
                cache=cache,
                emit=context.emit,
                interrupt=interrupt,
                read_cache=config.cache.read,
                deadline_at_s=deadline_at_s,
            )
        finally:
            if cache is not None:
                cache.close()
    outcomes = sorted((*results.outcomes, *failures), key=lambda outcome: outcome.task.id.key)
    results = replace(results, outcomes=tuple(outcomes))
    # A signal that came after the last result has interrupted nothing.
    interrupted = interrupt.signal if discovery_interrupted or results.cut_short else None
    return context.report(planned, results, interrupted, limiters)


@contextmanager
def _archives(
    planned: Plan, context: RunContext, interrupt: Interrupt, deadline_at_s: float | None
) -> Iterator[tuple[Plan, Iterable[Failed], Iterable[RateLimiter]]]:
    """Fetch what is only named, if the user names a registry, for the length of a block."""
    settings = context.config.settings
    if not (settings.fetch or settings.fetch_private or settings.follow_packs):
        yield planned, (), ()
        return
    from vscan.named_extension_fetching import with_archives  # it imports what sends requests

    with with_archives(
        planned,
        context.config,
        plan_more=lambda found: make_plan(context, found),
        emit=context.emit,
        is_stopped=lambda: interrupt.signal is not None,
        deadline_at_s=deadline_at_s,
    ) as fetched:
        yield fetched.plan, fetched.failures, fetched.limiters


def preview(config: Config, *, emit: Callable[[Event], None], interrupt: Interrupt) -> Preview:
    """Find out what ``run`` would ask, and ask nothing."""
    providers = create_providers(config)
    planned = discover_and_plan(RunContext(config, providers, "", emit), interrupt, None)
    cached = frozenset(_cached_tasks(planned.tasks, config, providers, interrupt))
    local = frozenset(task for task in planned.tasks if is_local(providers[task.provider]))
    estimates = tuple(estimate_lookups(planned.tasks, cached, providers, config.settings))
    return Preview(planned, cached, local, estimates)


def _announce_lookups(planned: Plan, context: RunContext, interrupt: Interrupt) -> None:
    """Say how many lookups will go to which service before the first one is sent."""
    config, providers = context.config, context.providers
    remote = [task for task in planned.tasks if not is_local(providers[task.provider])]
    if remote:
        cached = set(_cached_tasks(remote, config, providers, interrupt))
        for estimate in estimate_lookups(remote, cached, providers, config.settings):
            context.emit(estimate)


def _cached_tasks(
    tasks: Iterable[Task], config: Config, providers: Providers, interrupt: Interrupt
) -> Iterator[Task]:
    """Select the tasks that the cache would answer. Only reads: there may be no cache yet."""
    if not config.cache.read or config.cache.directory is None:
        return
    cache_reader = reader(
        config.cache.directory, config.cache.max_age_s, config.cache.key, wait_briefly=True
    )
    with closing(cache_reader) as cache:
        for task in tasks:
            if interrupt.signal is not None:
                return
            if find_cached(task, cache, providers[task.provider]).found is not None:
                yield task


def report_of_error(config: Config, *, run_id: str) -> Report:
    """Report that an internal error ended the run."""
    now = datetime.now(UTC)
    return error_report(
        make_run(config, run_id, now, targets=config.targets, warnings=config.warnings)
    )
