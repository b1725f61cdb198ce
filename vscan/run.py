"""The way through the house: discover, plan, collect, judge. No argv, no print, no exit."""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from signal import Signals

from vscan.assess import RULES as POLICY_RULES
from vscan.assess import assess
from vscan.cache import Cache, Reader, reader
from vscan.collect import Collection, Interrupt, Settings, collect
from vscan.config import Config
from vscan.discover import discover, editor_directories
from vscan.domain import (
    Extension,
    ExtensionId,
    Failed,
    FailureKind,
    Outcome,
    Skipped,
    Task,
    Unreadable,
    parse_version,
)
from vscan.errors import Exit, UsageError
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
    course = _Course(config, run_id, emit)
    deadline_s = None if config.deadline_s is None else course.started_s + config.deadline_s
    gate = Gate(
        config.delay_s / config.workers,
        max_wait_s=config.max_wait_s,
        retry_delay_s=config.retry_delay_s,
    )
    sources = _sources(config, gate)
    planned = _plan(config, course.targets, course.tell, interrupt, deadline_s)
    missed = interrupt.signal is not None  # perhaps not everything was discovered
    cache = _cache(config, course.tell)
    try:
        collection = collect(
            planned.tasks,
            sources=sources,
            gate=gate,
            cache=cache,
            settings=Settings(
                workers=config.workers, read_cache=config.cache.read, deadline_s=deadline_s
            ),
            emit=course.tell,
            interrupt=interrupt,
        )
    finally:
        if cache is not None:
            cache.close()
    # A signal that came when all was done has interrupted nothing.
    ended_by = interrupt.signal if missed or collection.cut_short else None
    return course.report(planned, collection, sources, gate, ended_by)


def recall(config: Config, *, run_id: str, emit: Callable[[Event], None]) -> Report:
    """Judge what the cache remembers: of the targets, or, without any, of everything in it."""
    course = _Course(config, run_id, emit)
    course.targets = config.targets  # no editor's directory is looked at
    gate = Gate(0.0)
    sources = _sources(config, gate)
    settings = config.cache
    if settings.directory is None:
        raise UsageError("a report is made from the cache, and there is none")
    memory = reader(settings.directory, settings.max_age_s, settings.key)
    with closing(memory) as cache:
        if config.targets:
            planned = _plan(config, config.targets, course.tell, Interrupt(), None)
            tasks = planned.tasks
        else:
            _warn(config, course.tell)
            planned = _planned(config, _in_cache(cache, sources), course.tell)
            # One by one: that an old version's verdict counts no more says nothing of the new's.
            tasks = tuple(Task(t.source, (each,)) for t in planned.tasks for each in t.extensions)
        if cache.trouble is not None:
            course.tell(Warned("cache", cache.trouble))
        outcomes: list[Outcome] = []
        for task in tasks:
            hit, _, warning = look_up(task, cache, sources[task.source].key)
            if warning is not None:
                course.tell(Warned("cache", warning))
            why = "the cache has no verdict that counts, and a report asks nobody"
            outcomes.append(hit or Failed(task, FailureKind.NOT_REMEMBERED, why))
    collection = Collection(tuple(outcomes), fell_back=False, cut_short=False)
    return course.report(planned, collection, sources, gate, None)


def _in_cache(cache: Reader, sources: Mapping[str, Source]) -> Iterator[Extension | Unreadable]:
    """List what the cache remembers, by the address that is asked, too.

    A cache that can't be read is not an empty one, and no extension has an odd name.
    """
    for source in sources.values():
        probe = Extension(ExtensionId.parse("a.a"), None, None, "", None, (), None)
        for key in cache.keys(source.key(probe).source):
            try:
                identity = ExtensionId.parse(key.extension)
                version = parse_version(key.version) if key.version else None
            except ValueError as error:
                why = f"an entry of the cache is {error}"
                yield Unreadable(plain(key.extension), why, None, None, None, origins=())
                continue
            yield Extension(
                identity, version, key.target_platform or None, identity.name, None, (), None
            )
    if cache.trouble is not None:
        yield Unreadable("the cache", cache.trouble, None, None, None, origins=())


class _Course:
    """What a run is from its beginning, and what becomes of it at its end."""

    def __init__(self, config: Config, run_id: str, emit: Callable[[Event], None]) -> None:
        self.started_s = time.monotonic()
        self.targets = config.targets or editor_directories()
        self._config = config
        self._run_id = run_id
        self._emit = emit
        self._started_at = datetime.now(UTC)
        self._warnings: dict[str, None] = {}

    def tell(self, event: Event) -> None:
        """Pass an event on; a warning once, and into the report."""
        if isinstance(event, Warned):
            if event.message in self._warnings:
                return
            self._warnings[event.message] = None
        self._emit(event)

    def report(
        self,
        planned: Plan,
        collection: Collection,
        sources: Mapping[str, Source],
        gate: Gate,
        ended_by: Signals | None,
    ) -> Report:
        """Judge what came of the plan."""
        config = self._config
        today = self._started_at.date()
        hurry = ended_by is not None
        stale = _remembered(config, sources, collection.outcomes, hurry=hurry)
        assessments = assess(collection.outcomes, config.policy, today, stale)
        stats = count(
            assessments,
            planned.unreadable,
            requests=gate.requests,
            retries=gate.retries,
            rate_limited=gate.rate_limited,
            elapsed_s=time.monotonic() - self.started_s,
        )
        decision = judge(
            config.policy, assessments, planned.unreadable, today=today, interrupted=ended_by
        )
        return Report(
            run=Run(
                id=self._run_id,
                started_at=_utc(self._started_at),
                finished_at=_utc(datetime.now(UTC)),
                mode="parallel" if config.workers > 1 else "sequential",
                workers=config.workers,
                fell_back_to_sequential=collection.fell_back,
                sources=config.sources,
                targets=tuple(plain(str(target), 1000) for target in self.targets),
                workspace=config.workspace,
                policy_files=config.policy_files,
                warnings=tuple(self._warnings),
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
    _warn(config, tell)
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
    return _planned(config, found, tell)


def _warn(config: Config, tell: Callable[[Event], None]) -> None:
    for warning in config.warnings:
        tell(Warned("settings", warning))


def _planned(
    config: Config,
    found: Iterable[Extension | Unreadable | Skipped],
    tell: Callable[[Event], None],
) -> Plan:
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
