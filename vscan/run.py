"""The way through the house: discover, plan, collect, judge. No argv, no print, no exit."""

import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from vscan.assess import RULES as POLICY_RULES
from vscan.assess import assess
from vscan.cache import Cache, reader
from vscan.collect import Interrupt, Settings, collect
from vscan.config import Config
from vscan.discover import discover, editor_directories
from vscan.domain import Extension, Failed, Outcome, Skipped, Task, Unreadable
from vscan.errors import Exit
from vscan.events import Event, Warned
from vscan.gate import Gate
from vscan.judge import count, judge
from vscan.judgement import Decision, Outlook, Report, Run, Stale
from vscan.plan import Filters, Plan, plan
from vscan.scan import look_up
from vscan.sources import VscanDev
from vscan.sources.interface import Limits, Source
from vscan.text import plain


@dataclass(frozen=True, slots=True)
class Preview:
    """What a scan would do: its plan, and which tasks the cache would answer."""

    plan: Plan
    cached: frozenset[Task]


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
            if event.message in warnings:
                return
            warnings[event.message] = None
        emit(event)

    deadline_s = None if config.deadline_s is None else started_s + config.deadline_s
    gate = Gate(
        config.delay_s / config.workers,
        max_wait_s=config.max_wait_s,
        retry_delay_s=config.retry_delay_s,
    )
    sources = _sources(config, gate)
    targets = config.targets or editor_directories()
    planned = _plan(config, targets, tell, interrupt, deadline_s)
    missed = interrupt.signal is not None  # perhaps not everything was discovered
    cache = _cache(config, tell)
    try:
        collection = collect(
            planned.tasks,
            sources=sources,
            gate=gate,
            cache=cache,
            settings=Settings(
                workers=config.workers, read_cache=config.cache.read, deadline_s=deadline_s
            ),
            emit=tell,
            interrupt=interrupt,
        )
    finally:
        if cache is not None:
            cache.close()
    today = started_at.date()
    hurry = interrupt.signal is not None
    stale = _remembered(config, sources, collection.outcomes, hurry=hurry)
    assessments = assess(collection.outcomes, config.policy, today, stale)
    stats = count(
        assessments,
        planned.unreadable,
        requests=gate.requests,
        retries=gate.retries,
        rate_limited=gate.rate_limited,
        elapsed_s=time.monotonic() - started_s,
    )
    # A signal that came when all was done has interrupted nothing.
    ended_by = interrupt.signal if missed or collection.cut_short else None
    decision = judge(
        config.policy, assessments, planned.unreadable, today=today, interrupted=ended_by
    )
    return Report(
        run=Run(
            id=run_id,
            started_at=_utc(started_at),
            finished_at=_utc(datetime.now(UTC)),
            mode="parallel" if config.workers > 1 else "sequential",
            workers=config.workers,
            fell_back_to_sequential=collection.fell_back,
            sources=config.sources,
            targets=tuple(plain(str(target), 1000) for target in targets),
            workspace=config.workspace,
            policy_files=config.policy_files,
            warnings=tuple(warnings),
        ),
        stats=stats,
        assessments=assessments,
        unreadable=planned.unreadable,
        skipped=planned.skipped,
        rules=(*(rule for source in sources.values() for rule in source.rules), *POLICY_RULES),
        decision=decision,
        min_risk=config.min_risk,
    )


def broken(config: Config, *, run_id: str) -> Report:
    """Report that a fault of our own ended the run, so that no earlier report is taken for its."""
    now = _utc(datetime.now(UTC))
    reasons = ("An internal error ended the run: nothing can be said.",)
    return Report(
        run=Run(
            id=run_id,
            started_at=now,
            finished_at=now,
            mode="parallel" if config.workers > 1 else "sequential",
            workers=config.workers,
            fell_back_to_sequential=False,
            sources=config.sources,
            targets=tuple(plain(str(target), 1000) for target in config.targets),
            workspace=config.workspace,
            policy_files=config.policy_files,
            warnings=config.warnings,
        ),
        stats=count((), (), requests=0, retries=0, rate_limited=0, elapsed_s=0.0),
        assessments=(),
        unreadable=(),
        skipped=(),
        rules=POLICY_RULES,
        decision=Decision(Outlook.ERROR, Exit.ERROR, reasons, incomplete=True),
    )


def preview(config: Config, *, emit: Callable[[Event], None], interrupt: Interrupt) -> Preview:
    """Find out what ``run`` would ask, and ask nothing."""
    targets = config.targets or editor_directories()
    planned = _plan(config, targets, emit, interrupt, None)
    cached = set()
    if config.cache.read and config.cache.directory is not None:
        sources = _sources(config, Gate(0.0))
        # Only a reader: a preview leaves nothing behind, not even an empty cache.
        memory = reader(config.cache.directory, config.cache.max_age_s, config.cache.key)
        with closing(memory) as cache:
            for task in planned.tasks:
                hit, _, _ = look_up(task, cache, sources[task.source].key)
                if hit is not None:
                    cached.add(task)
    return Preview(planned, frozenset(cached))


def _plan(
    config: Config,
    targets: Sequence[Path],
    tell: Callable[[Event], None],
    interrupt: Interrupt,
    deadline_s: float | None,
) -> Plan:
    for warning in config.warnings:
        tell(Warned("settings", warning))
    if not targets:
        tell(Warned("discovery", "no editor's extensions directory was found: name one to scan"))
    found: list[Extension | Unreadable | Skipped] = []
    for item in discover(targets):
        if interrupt.signal is not None:
            break
        if deadline_s is not None and time.monotonic() >= deadline_s:
            why = "the run's deadline passed before everything was read"
            found.append(Unreadable("the rest", why, None, None, None, origins=()))
            break
        if isinstance(item, Warned):
            tell(item)
        else:
            found.append(item)
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
    known: dict[str, Source] = {VscanDev.name: VscanDev(config.api_url, gate, limits)}
    return {name: known[name] for name in config.sources}


def _cache(config: Config, tell: Callable[[Event], None]) -> Cache | None:
    if config.cache.directory is None:
        return None
    return Cache(
        config.cache.directory,
        max_age_s=config.cache.max_age_s,
        key=config.cache.key,
        warn=lambda message: tell(Warned("cache", message)),
    )


def _remembered(
    config: Config, sources: Mapping[str, Source], outcomes: Iterable[Outcome], *, hurry: bool
) -> dict[Task, Stale]:
    """Look up the last known verdicts of what has none now, of whichever version."""
    lost = [outcome.task for outcome in outcomes if isinstance(outcome, Failed)]
    settings = config.cache
    if not lost or settings.directory is None:
        return {}
    memory = reader(settings.directory, settings.max_age_s, settings.key, hurry=hurry)
    with closing(memory) as cache:
        keys = {task: sources[task.source].key(task.extensions[0]) for task in lost}
        found = {task: cache.latest(key.source, key.extension) for task, key in keys.items()}
    return {task: stale for task, stale in found.items() if stale is not None}


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
