"""The way through the house: discover, plan, collect, judge. No argv, no print, no exit."""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from signal import Signals

from vscan.cache import Cache, Reader, reader
from vscan.config import Config
from vscan.discovery import discover, editor_directories
from vscan.errors import Exit, UsageError
from vscan.events import Event, Warned
from vscan.model import (
    CacheKey,
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
from vscan.plan import Filters, Plan, plan
from vscan.policy import evaluate
from vscan.policy.checks import RULES as POLICY_RULES
from vscan.policy.model import Conclusion, Decision, Stale
from vscan.providers.interface import Limits, Provider
from vscan.providers.offline import Offline
from vscan.providers.offline.analyser_process import AnalyserProcess, forked
from vscan.providers.rate_limiter import RateLimiter
from vscan.providers.vscan_dev import VscanDev
from vscan.result import Report, Run, count
from vscan.scanner import Interrupt, Settings, TaskResults, run_tasks
from vscan.text import sanitize
from vscan.worker import look_up

_THREADS = 2  # where nothing is forked: reading and hashing go beside a search


@dataclass(frozen=True, slots=True)
class Preview:
    """What a scan would do: its plan, which tasks the cache would answer, which stay here."""

    plan: Plan
    cached: frozenset[Task]
    local: frozenset[Task]


def new_run_id() -> str:
    """Name a run."""
    return uuid.uuid4().hex


@contextmanager
def processes(config: Config) -> Iterator[Sequence[AnalyserProcess]]:
    """Have processes for what is analysed here, if anything is. Before there is any thread."""
    if Offline.name in config.providers:
        with forked(config.data_directory) as found:
            yield found
    else:
        yield ()


def run(
    config: Config,
    *,
    run_id: str,
    emit: Callable[[Event], None],
    interrupt: Interrupt,
    processes: Sequence[AnalyserProcess] = (),
) -> Report:
    """Scan what ``config`` says, and judge it."""
    context = _RunContext(config, run_id, emit)
    deadline_s = None if config.deadline_s is None else context.started_s + config.deadline_s
    limiter = RateLimiter(
        config.delay_s / config.workers,
        max_wait_s=config.max_wait_s,
        retry_delay_s=config.retry_delay_s,
    )
    providers = _providers(config, limiter, processes)
    planned = _discover_and_plan(
        config, context.targets, providers, context.tell, interrupt, deadline_s
    )
    missed = interrupt.signal is not None  # perhaps not everything was discovered
    cache = _cache(config, context.tell)
    try:
        results = run_tasks(
            planned.tasks,
            providers=providers,
            limiter=limiter,
            cache=cache,
            settings=Settings(
                workers=config.workers,
                local_workers=len(processes) or _THREADS,
                read_cache=config.cache.read,
                deadline_s=deadline_s,
            ),
            emit=context.tell,
            interrupt=interrupt,
        )
    finally:
        if cache is not None:
            cache.close()
    # A signal that came when all was done has interrupted nothing.
    ended_by = interrupt.signal if missed or results.cut_short else None
    return context.report(planned, results, providers, limiter, ended_by)


def report_from_cache(config: Config, *, run_id: str, emit: Callable[[Event], None]) -> Report:
    """Judge what the cache remembers: of the targets, or, without any, of everything in it."""
    context = _RunContext(config, run_id, emit)
    context.targets = config.targets  # no editor's directory is looked at
    limiter = RateLimiter(0.0)
    providers = _providers(config, limiter)
    settings = config.cache
    if settings.directory is None:
        raise UsageError("a report is made from the cache, and there is none")
    memory = reader(settings.directory, settings.max_age_s, settings.key)
    with closing(memory) as cache:
        if config.targets:
            planned = _discover_and_plan(
                config, config.targets, providers, context.tell, Interrupt(), None
            )
            keys = {
                task: tuple(map(providers[task.provider].key, task.extensions))
                for task in planned.tasks
            }
        else:
            _warn(config, providers, context.tell)
            remembered = _CacheContents(cache, providers.values())
            planned = _make_plan(config, remembered.found, providers, context.tell)
            # One by one: that an old version's verdict counts no more says nothing of the new's.
            keys = {
                Task(task.provider, (each,)): (key,)
                for task in planned.tasks
                for each in task.extensions
                if (key := remembered.keys.get((task.provider, each))) is not None
            }
        if cache.error is not None:
            context.tell(Warned("cache", cache.error))
        outcomes: list[Outcome] = []
        for task, known in keys.items():
            hit, _, warning = look_up(task, cache, known)
            if warning is not None:
                context.tell(Warned("cache", warning))
            why = "the cache has no verdict that counts, and a report asks nobody"
            outcomes.append(hit or Failed(task, FailureKind.NOT_REMEMBERED, why))
    results = TaskResults(tuple(outcomes), fell_back=False, cut_short=False)
    return context.report(planned, results, providers, limiter, None)


class _CacheContents:
    """What a cache remembers, by the address that is asked, and by the rules of this version.

    A cache that can't be read is not an empty one, and no extension has an odd name.
    """

    def __init__(self, cache: Reader, providers: Iterable[Provider]) -> None:
        self.keys: dict[tuple[str, Extension], CacheKey] = {}  # the newest of each
        extensions: dict[Extension, Extension] = {}
        unreadable = []
        for provider in providers:
            for key in cache.keys(provider.scope):
                try:
                    identity = ExtensionId.read(key.extension)
                    version = parse_version(key.version) if key.version else None
                except ValueError as error:
                    why = f"an entry of the cache is {error}"
                    name = sanitize(key.extension)
                    unreadable.append(Unreadable(name, why, None, None, None, origins=()))
                    continue
                platform = key.target_platform or None
                named = Extension(
                    *(identity, version, platform, identity.name, None, (), None),
                    never_sent=identity.is_local,
                )
                # Sources that know the same one share it: it is one extension.
                extension = extensions.setdefault(named, named)
                self.keys.setdefault((provider.name, extension), key)
        if cache.error is not None:
            why = cache.error
            unreadable.append(Unreadable("the cache", why, None, None, None, origins=()))
        self.found: tuple[Extension | Unreadable, ...] = (*extensions, *unreadable)


class _RunContext:
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
        results: TaskResults,
        providers: Mapping[str, Provider],
        limiter: RateLimiter,
        ended_by: Signals | None,
    ) -> Report:
        """Judge what came of the plan."""
        config = self._config
        today = self._started_at.date()
        hurry = ended_by is not None
        stale = _stale_verdicts(config, providers, results.outcomes, hurry=hurry)
        data = tuple(state for provider in providers.values() for state in provider.data(today))
        assessments, decision = evaluate(
            results.outcomes,
            planned.unreadable,
            config.policy,
            today=today,
            stale=stale,
            interrupted=ended_by,
            data=data,
        )
        stats = count(
            assessments,
            planned.unreadable,
            requests=limiter.requests,
            retries=limiter.retries,
            rate_limited=limiter.rate_limited,
            elapsed_s=time.monotonic() - self.started_s,
        )
        return Report(
            run=Run(
                id=self._run_id,
                started_at=_utc(self._started_at),
                finished_at=_utc(datetime.now(UTC)),
                mode="parallel" if config.workers > 1 else "sequential",
                workers=config.workers,
                fell_back_to_sequential=results.fell_back,
                providers=config.providers,
                targets=tuple(sanitize(str(target), 1000) for target in self.targets),
                workspace=config.workspace,
                policy_files=config.policy_files,
                warnings=tuple(self._warnings),
                data=data,
            ),
            stats=stats,
            assessments=assessments,
            unreadable=planned.unreadable,
            skipped=planned.skipped,
            rules=(
                *(rule for provider in providers.values() for rule in provider.rules),
                *POLICY_RULES,
            ),
            decision=decision,
            min_risk=config.min_risk,
        )


def error_report(config: Config, *, run_id: str) -> Report:
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
            providers=config.providers,
            targets=tuple(sanitize(str(target), 1000) for target in config.targets),
            workspace=config.workspace,
            policy_files=config.policy_files,
            warnings=config.warnings,
        ),
        stats=count((), (), requests=0, retries=0, rate_limited=0, elapsed_s=0.0),
        assessments=(),
        unreadable=(),
        skipped=(),
        rules=POLICY_RULES,
        decision=Decision(Conclusion.ERROR, Exit.ERROR, reasons, incomplete=True),
    )


def preview(config: Config, *, emit: Callable[[Event], None], interrupt: Interrupt) -> Preview:
    """Find out what ``run`` would ask, and ask nothing."""
    targets = config.targets or editor_directories()
    providers = _providers(config, RateLimiter(0.0))
    planned = _discover_and_plan(config, targets, providers, emit, interrupt, None)
    cached = set()
    if config.cache.read and config.cache.directory is not None:
        # Only a reader: a preview leaves nothing behind, not even an empty cache.
        memory = reader(config.cache.directory, config.cache.max_age_s, config.cache.key)
        with closing(memory) as cache:
            for task in planned.tasks:
                keys = map(providers[task.provider].key, task.extensions)
                hit, _, _ = look_up(task, cache, keys)
                if hit is not None:
                    cached.add(task)
    local = frozenset(task for task in planned.tasks if providers[task.provider].local)
    return Preview(planned, frozenset(cached), local)


def _discover_and_plan(  # noqa: PLR0913, PLR0917 - what a scan, a preview and a report have in common
    config: Config,
    targets: Sequence[Path],
    providers: Mapping[str, Provider],
    tell: Callable[[Event], None],
    interrupt: Interrupt,
    deadline_s: float | None,
) -> Plan:
    _warn(config, providers, tell)
    if not targets:
        tell(Warned("discovery", "no editor's extensions directory was found: name one to scan"))
    found: list[Extension | Unreadable | Skipped] = []
    for item in discover(targets, registry=config.registry, follow_links=config.follow_links):
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
    return _make_plan(config, found, providers, tell)


def _warn(config: Config, providers: Mapping[str, Provider], tell: Callable[[Event], None]) -> None:
    for warning in config.warnings:
        tell(Warned("settings", warning))
    today = datetime.now(UTC).date()
    for provider in providers.values():
        for warning in provider.warnings(today):
            tell(Warned("data", warning))


def _make_plan(
    config: Config,
    found: Iterable[Extension | Unreadable | Skipped],
    providers: Mapping[str, Provider],
    tell: Callable[[Event], None],
) -> Plan:
    filters = Filters(config.include_ids, config.exclude_ids, config.publishers, config.private)
    local = frozenset(name for name, provider in providers.items() if provider.local)
    planned = plan(found, filters, config.providers, local)
    for pattern in planned.unmatched:
        tell(Warned("discovery", f"{pattern} matches nothing that is installed"))
    return planned


def _providers(
    config: Config, limiter: RateLimiter, processes: Sequence[AnalyserProcess] = ()
) -> dict[str, Provider]:
    limits = Limits(
        timeout_s=config.timeout_s,
        analysis_timeout_s=config.analysis_timeout_s,
        max_retries=config.max_retries,
        retry_delay_s=config.retry_delay_s,
        max_wait_s=config.max_wait_s,
    )
    known: dict[str, Provider] = {
        VscanDev.name: VscanDev(config.api_url, limiter, limits),
        Offline.name: Offline(config.data_directory, processes),
    }
    return {name: known[name] for name in config.providers}


def _cache(config: Config, tell: Callable[[Event], None]) -> Cache | None:
    if config.cache.directory is None:
        return None
    return Cache(
        config.cache.directory,
        max_age_s=config.cache.max_age_s,
        key=config.cache.key,
        warn=lambda message: tell(Warned("cache", message)),
    )


def _stale_verdicts(
    config: Config, providers: Mapping[str, Provider], outcomes: Iterable[Outcome], *, hurry: bool
) -> dict[Task, Stale]:
    """Look up the last known verdicts of what has none now, of whichever version."""
    lost = [outcome.task for outcome in outcomes if isinstance(outcome, Failed)]
    settings = config.cache
    if not lost or settings.directory is None:
        return {}
    memory = reader(settings.directory, settings.max_age_s, settings.key, hurry=hurry)
    with closing(memory) as cache:
        found = {task: cache.latest(providers[task.provider].scope, task.id.key) for task in lost}
    return {task: stale for task, stale in found.items() if stale is not None}


def _utc(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
