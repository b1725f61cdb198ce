"""The pipeline of a run: discover, plan, scan, evaluate. It does not parse, print or exit."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from signal import Signals

from vscan.cache import Cache, Reader, reader
from vscan.config import Config
from vscan.discovery import discover, editor_directories
from vscan.errors import UsageError
from vscan.events import Event, Warned
from vscan.interrupt import Interrupt
from vscan.model import (
    CacheKey,
    DataState,
    Extension,
    ExtensionId,
    Failed,
    FailureKind,
    Outcome,
    RiskLevel,
    Skipped,
    Task,
    Unreadable,
    parse_version,
)
from vscan.policy.model import LastKnownVerdict
from vscan.providers import PROVIDERS
from vscan.providers.interface import Limits, Provider, ProviderOptions
from vscan.report_building import RunDetails, error_report, evaluate_run, utc_text
from vscan.report_model import Report, Run
from vscan.safe_text import sanitize
from vscan.task_answering import find_cached, look_up
from vscan.task_runner import TaskResults, run_tasks
from vscan.task_selection import Filters, Plan, plan, sort_unreadable

Providers = Mapping[str, Provider]


@dataclass(frozen=True, slots=True)
class Preview:
    """A plan, with the tasks that the cache would answer, and those of local providers."""

    plan: Plan
    cached: frozenset[Task]
    local: frozenset[Task]


@contextmanager
def started_providers(config: Config) -> Iterator[Providers]:
    """Make the providers that a scan asks, and run what they need, before any thread starts."""
    providers = create_providers(config)
    with ExitStack() as stack:
        for provider in providers.values():
            stack.enter_context(provider.started())
        yield providers


def create_providers(config: Config) -> Providers:
    """Make the providers that ``config`` names, in its order."""
    settings = config.settings
    limits = Limits(
        timeout_s=settings.timeout_s,
        analysis_timeout_s=settings.analysis_timeout_s,
        max_retries=settings.max_retries,
        retry_delay_s=settings.retry_delay_s,
        max_wait_s=settings.max_wait_s,
    )
    options = ProviderOptions(
        config.api_url, config.workers, settings.delay_s, limits, config.data_directory
    )
    types = {each.name: each for each in PROVIDERS}
    return {name: types[name].create(options) for name in config.providers}


def run(
    config: Config,
    providers: Providers,
    *,
    run_id: str,
    emit: Callable[[Event], None],
    interrupt: Interrupt,
) -> Report:
    """Scan what ``config`` says, and evaluate it."""
    context = _RunContext(config, providers, run_id, emit)
    limit_s = config.settings.deadline_s
    deadline_at_s = None if limit_s is None else context.started_s + limit_s
    planned = _discover_and_plan(context, interrupt, deadline_at_s)
    discovery_interrupted = interrupt.signal is not None
    cache = _open_cache(config, context.emit)
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
    # A signal that came after the last result has interrupted nothing.
    interrupted = interrupt.signal if discovery_interrupted or results.cut_short else None
    return context.report(planned, results, interrupted)


def report_from_cache(config: Config, *, run_id: str, emit: Callable[[Event], None]) -> Report:
    """Evaluate cached verdicts: of the targets, or, without any, of everything in the cache."""
    providers = create_providers(config)
    context = _RunContext(config, providers, run_id, emit)
    context.targets = config.targets  # no editor's directory is read
    settings = config.cache
    if settings.directory is None:
        raise UsageError("a report is made from the cache, and there is none")
    with closing(reader(settings.directory, settings.max_age_s, settings.key)) as cache:
        if config.targets:
            planned = _discover_and_plan(context, Interrupt(), None)
            if cache.error is not None:
                unreadable = sort_unreadable((*planned.unreadable, _unreadable_cache(cache.error)))
                planned = replace(planned, unreadable=unreadable)
            lookups = [
                (task, find_cached(task, cache, providers[task.provider])) for task in planned.tasks
            ]
        else:
            context.emit_warnings()
            contents = _CacheContents(cache, providers.values())
            planned = _make_plan(context, contents.found)
            # Each version alone: in one task, one outdated verdict would make all of them a miss.
            lookups = [
                (task, look_up(task, cache, keys))
                for task, keys in contents.keys_of(planned.tasks).items()
            ]
        if cache.error is not None:
            context.emit(Warned("cache", cache.error))
        outcomes: list[Outcome] = []
        for task, lookup in lookups:
            if lookup.warning is not None:
                context.emit(Warned("cache", lookup.warning))
            why = "the cache has no current verdict, and a report asks no provider"
            outcomes.append(lookup.found or Failed(task, FailureKind.NOT_REMEMBERED, why))
    results = TaskResults(tuple(outcomes), fell_back=False, cut_short=False)
    return context.report(planned, results, None)


def preview(config: Config, *, emit: Callable[[Event], None], interrupt: Interrupt) -> Preview:
    """Find out what ``run`` would ask, and ask nothing."""
    providers = create_providers(config)
    planned = _discover_and_plan(_RunContext(config, providers, "", emit), interrupt, None)
    cached = set()
    if config.cache.read and config.cache.directory is not None:
        # A reader alone: a preview leaves nothing behind, not even an empty cache.
        cache_reader = reader(config.cache.directory, config.cache.max_age_s, config.cache.key)
        with closing(cache_reader) as cache:
            for task in planned.tasks:
                if interrupt.signal is not None:
                    break
                if find_cached(task, cache, providers[task.provider]).found is not None:
                    cached.add(task)
    local = frozenset(task for task in planned.tasks if _is_local(providers[task.provider]))
    return Preview(planned, frozenset(cached), local)


def report_of_error(config: Config, *, run_id: str) -> Report:
    """Report that an internal error ended the run."""
    now = datetime.now(UTC)
    return error_report(_run(config, run_id, now, targets=config.targets, warnings=config.warnings))


class _RunContext:
    """The providers, the start and the warnings of a run, from which its report is made."""

    def __init__(
        self,
        config: Config,
        providers: Providers,
        run_id: str,
        emit: Callable[[Event], None],
    ) -> None:
        self.started_s = time.monotonic()
        self.config = config
        self.providers = providers
        self.targets: Sequence[Path] = config.targets or editor_directories()
        self._run_id = run_id
        self._emit = emit
        self._started_at = datetime.now(UTC)
        self._warnings: dict[str, None] = {}

    def emit(self, event: Event) -> None:
        """Pass an event on. A warning is passed on once, and goes into the report."""
        if isinstance(event, Warned):
            if event.message in self._warnings:
                return
            self._warnings[event.message] = None
        self._emit(event)

    def emit_warnings(self) -> None:
        """Emit the warnings about settings and public data."""
        for warning in self.config.warnings:
            self.emit(Warned("settings", warning))
        today = self._started_at.date()
        for provider in self.providers.values():
            for warning in provider.warnings(today):
                self.emit(Warned("data", warning))

    def report(self, planned: Plan, results: TaskResults, interrupted: Signals | None) -> Report:
        """Evaluate the results of the plan."""
        config, providers = self.config, self.providers
        limiters = [each.limiter for each in providers.values() if each.limiter is not None]
        types = {each.name: each for each in PROVIDERS}
        today = self._started_at.date()
        hurry = interrupted is not None
        run = _run(
            config,
            self._run_id,
            self._started_at,
            fell_back_to_sequential=results.fell_back,
            targets=self.targets,
            warnings=tuple(self._warnings),
            data=tuple(state for each in providers.values() for state in each.data(today)),
        )
        details = RunDetails(
            run,
            providers=[types[name] for name in providers],
            stale=self._last_known_verdicts(results.outcomes, hurry=hurry),
            interrupted=interrupted,
            requests=sum(limiter.requests for limiter in limiters),
            retries=sum(limiter.retries for limiter in limiters),
            rate_limited=sum(limiter.rate_limited for limiter in limiters),
            elapsed_s=time.monotonic() - self.started_s,
            min_risk=config.settings.min_risk_level or RiskLevel.UNKNOWN,
        )
        return evaluate_run(
            results.outcomes, planned.unreadable, planned.skipped, config.policy, details
        )

    def _last_known_verdicts(
        self, outcomes: Iterable[Outcome], *, hurry: bool
    ) -> dict[Task, LastKnownVerdict]:
        """Look up verdicts of earlier runs for the tasks that failed, of whichever version."""
        failed_tasks = [outcome.task for outcome in outcomes if isinstance(outcome, Failed)]
        settings = self.config.cache
        if not failed_tasks or settings.directory is None:
            return {}
        started_s = self._started_at.timestamp()
        cache_reader = reader(
            settings.directory, settings.max_age_s, settings.key, wait_briefly=hurry
        )
        with closing(cache_reader) as cache:
            found = {
                task: cache.latest(self.providers[task.provider].scope, task.id.key, started_s)
                for task in failed_tasks
            }
        return {task: stale for task, stale in found.items() if stale is not None}


class _CacheContents:
    """The extensions and keys in the cache for some providers.

    If the cache or one of its entries can't be read, ``found`` has an ``Unreadable`` for it.
    """

    def __init__(self, cache: Reader, providers: Iterable[Provider]) -> None:
        self._keys: dict[tuple[str, Extension], CacheKey] = {}  # the newest of each
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
                # Providers that have the same extension share the object.
                extension = extensions.setdefault(named, named)
                self._keys.setdefault((provider.name, extension), key)
        if cache.error is not None:
            unreadable.append(_unreadable_cache(cache.error))
        self.found: tuple[Extension | Unreadable, ...] = (*extensions, *unreadable)

    def keys_of(self, tasks: Iterable[Task]) -> dict[Task, tuple[CacheKey, ...]]:
        """List the keys of each extension of some tasks, in a task of its own.

        A provider that never saw an extension is left out, unless no provider did.
        """
        cached = {extension for _, extension in self._keys}
        keys: dict[Task, tuple[CacheKey, ...]] = {}
        for task in tasks:
            for extension in task.extensions:
                key = self._keys.get((task.provider, extension))
                if key is not None:
                    keys[Task(task.provider, (extension,))] = (key,)
                elif extension not in cached:
                    keys[Task(task.provider, (extension,))] = ()
        return keys


def _unreadable_cache(why: str) -> Unreadable:
    return Unreadable("the cache", why, None, None, None, origins=())


def _run(  # noqa: PLR0913 - the parts of a run that are not settings
    config: Config,
    run_id: str,
    started_at: datetime,
    *,
    targets: Sequence[Path],
    warnings: tuple[str, ...],
    fell_back_to_sequential: bool = False,
    data: tuple[DataState, ...] = (),
) -> Run:
    return Run(
        id=run_id,
        started_at=utc_text(started_at),
        finished_at=utc_text(datetime.now(UTC)),
        mode="parallel" if config.workers > 1 else "sequential",
        workers=config.workers,
        fell_back_to_sequential=fell_back_to_sequential,
        providers=config.providers,
        targets=tuple(sanitize(str(target), 1000) for target in targets),
        workspace=config.workspace,
        policy_files=config.policy_files,
        warnings=warnings,
        data=data,
    )


def _discover_and_plan(
    context: _RunContext, interrupt: Interrupt, deadline_at_s: float | None
) -> Plan:
    context.emit_warnings()
    config = context.config
    if not context.targets:
        why = "no editor's extensions directory was found: name one to scan"
        context.emit(Warned("discovery", why))
    found: list[Extension | Unreadable | Skipped] = []
    for item in discover(
        context.targets,
        registry=config.settings.registry,
        follow_links=config.settings.links == "follow",
    ):
        if interrupt.signal is not None:
            break
        if deadline_at_s is not None and time.monotonic() >= deadline_at_s:
            why = "the run's deadline passed before everything was read"
            found.append(Unreadable("the rest", why, None, None, None, origins=()))
            break
        if isinstance(item, Warned):
            context.emit(item)
        else:
            found.append(item)
    return _make_plan(context, found)


def _make_plan(context: _RunContext, found: Iterable[Extension | Unreadable | Skipped]) -> Plan:
    config = context.config
    settings = config.settings
    filters = Filters(
        settings.include_ids, settings.exclude_ids, settings.publishers, settings.private
    )
    local = frozenset(name for name, each in context.providers.items() if _is_local(each))
    planned = plan(found, filters, config.providers, local)
    for pattern in planned.unmatched:
        context.emit(Warned("discovery", f"{pattern} matches no extension"))
    return planned


def _is_local(provider: Provider) -> bool:
    return provider.limiter is None


def _open_cache(config: Config, emit: Callable[[Event], None]) -> Cache | None:
    if config.cache.directory is None:
        return None
    return Cache(
        config.cache.directory,
        max_age_s=config.cache.max_age_s,
        key=config.cache.key,
        warn=lambda message: emit(Warned("cache", message)),
    )
