"""The way through the house: discover, plan, collect, judge. No argv, no print, no exit."""

import time
import uuid
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from vscan.cache import Cache, Hit, reader
from vscan.collect import Interrupt, Settings, collect
from vscan.config import Config, cache_key
from vscan.discover import discover, editor_directories
from vscan.domain import Event, Extension, Report, Run, Skipped, Task, Unreadable, Warned
from vscan.gate import Gate
from vscan.judge import assess, count, judge
from vscan.plan import Filters, Plan, plan
from vscan.sources import VscanDev
from vscan.sources.interface import Limits, Source


@dataclass(frozen=True, slots=True)
class Preview:
    """What a scan would do: its plan, and which tasks the cache would answer."""

    plan: Plan
    cached: frozenset[Task]
    targets: tuple[str, ...]


def new_run_id() -> str:
    """Name a run."""
    return uuid.uuid4().hex


def run(
    config: Config, *, run_id: str, emit: Callable[[Event], None], interrupt: Interrupt
) -> Report:
    """Scan what ``config`` says, and judge it."""
    started_at, started_s = datetime.now(UTC), time.monotonic()
    warnings: dict[str, None] = {}

    def tell(event: Event) -> None:
        if isinstance(event, Warned):
            warnings[event.message] = None
        emit(event)

    gate = Gate(
        config.delay_s / config.workers,
        max_wait_s=config.max_wait_s,
        retry_delay_s=config.retry_delay_s,
    )
    sources = _sources(config, gate)
    planned = _plan(config, tell, interrupt)
    cache = _cache(config, tell)
    try:
        collection = collect(
            planned.tasks,
            sources=sources,
            gate=gate,
            cache=cache,
            settings=Settings(
                workers=config.workers,
                read_cache=config.cache.read,
                deadline_s=None if config.deadline_s is None else started_s + config.deadline_s,
            ),
            emit=tell,
            interrupt=interrupt,
        )
    finally:
        if cache is not None:
            cache.close()
    assessments = assess(collection.outcomes)
    stats = count(
        assessments,
        planned.unreadable,
        requests=gate.requests,
        retries=gate.retries,
        rate_limited=gate.rate_limited,
        elapsed_s=time.monotonic() - started_s,
    )
    decision = judge(config.policy, assessments, planned.unreadable, interrupted=interrupt.signal)
    return Report(
        run=Run(
            id=run_id,
            started_at=_utc(started_at),
            finished_at=_utc(datetime.now(UTC)),
            mode="parallel" if config.workers > 1 else "sequential",
            workers=config.workers,
            fell_back_to_sequential=collection.fell_back,
            sources=config.sources,
            targets=tuple(str(target) for target in _targets(config)),
            policy_files=(),
            warnings=tuple(warnings),
        ),
        stats=stats,
        assessments=assessments,
        unreadable=planned.unreadable,
        skipped=planned.skipped,
        rules=tuple(rule for source in sources.values() for rule in source.rules),
        decision=decision,
    )


def preview(config: Config, *, emit: Callable[[Event], None], interrupt: Interrupt) -> Preview:
    """Find out what ``run`` would ask, and ask nothing."""
    planned = _plan(config, emit, interrupt)
    cached = set()
    if config.cache.read and config.cache.directory is not None:
        sources = _sources(config, Gate(0.0))
        # Only a reader: a preview leaves nothing behind, not even an empty cache.
        with closing(reader(config.cache.directory, config.cache.max_age_s, cache_key())) as cache:
            for task in planned.tasks:
                keys = map(sources[task.source].key, task.extensions)
                if all(isinstance(cache.get(key), Hit) for key in keys):
                    cached.add(task)
    return Preview(planned, frozenset(cached), tuple(str(target) for target in _targets(config)))


def _targets(config: Config) -> tuple[object, ...]:
    return config.targets or editor_directories()


def _plan(config: Config, tell: Callable[[Event], None], interrupt: Interrupt) -> Plan:
    found: list[Extension | Unreadable | Skipped] = []
    for item in discover(config.targets or editor_directories()):
        if interrupt.signal is not None:
            break
        if isinstance(item, Warned):
            tell(item)
        else:
            found.append(item)
    if not _targets(config):
        tell(Warned("discovery", "no editor's extensions directory was found: name one to scan"))
    filters = Filters(config.include_ids, config.exclude_ids, config.publishers, config.private)
    planned = plan(found, filters, config.sources)
    for pattern in planned.unmatched:
        tell(Warned("discovery", f"{pattern} matches nothing that is installed"))
    return planned


def _sources(config: Config, gate: Gate) -> dict[str, Source]:
    limits = Limits(
        timeout_s=config.timeout_s,
        analysis_timeout_s=config.analysis_timeout_s,
        max_retries=config.max_retries,
        retry_delay_s=config.retry_delay_s,
        max_wait_s=config.max_wait_s,
    )
    return {VscanDev.name: VscanDev(config.api_url, gate, limits)}


def _cache(config: Config, tell: Callable[[Event], None]) -> Cache | None:
    if config.cache.directory is None:
        return None
    return Cache(
        config.cache.directory,
        max_age_s=config.cache.max_age_s,
        key=cache_key(),
        warn=lambda message: tell(Warned("cache", message)),
    )


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
