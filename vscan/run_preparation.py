"""What a scan, a preview and a report from the cache share: providers, plan, and the report."""

import fnmatch
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path, PurePosixPath
from signal import Signals

from msgspec.structs import replace

from vscan.cache import Cache, reader
from vscan.config import Config
from vscan.discovery import discover, editor_directories, read_inventories, taken_for
from vscan.events import Event, Warned
from vscan.interrupt import Interrupt
from vscan.model import (
    DataState,
    Extension,
    Failed,
    Outcome,
    PlaceFinding,
    RiskLevel,
    Skipped,
    Task,
    Unreadable,
    pattern,
)
from vscan.policy.model import LastKnownVerdict
from vscan.providers import PROVIDERS
from vscan.providers.interface import Limits, Provider, ProviderOptions
from vscan.providers.rate_limiter import RateLimiter
from vscan.report_model import Report, Run
from vscan.run_evaluation import RunDetails, evaluate_run, utc_text
from vscan.safe_text import sanitize
from vscan.settings.table import Settings
from vscan.shard_codec import ShardFacts
from vscan.shard_selection import PlanOfShard, policy_values, select_shard
from vscan.task_runner import TaskResults
from vscan.task_selection import Filters, Plan, plan

Providers = Mapping[str, Provider]


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
        config.api_url,
        config.workers,
        settings.delay_s,
        limits,
        config.data_directory,
        settings.jobs,
    )
    types = {each.name: each for each in PROVIDERS}
    return {name: types[name].create(options) for name in config.providers}


class RunContext:
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
        self.targets: Sequence[Path] = config.targets or (
            () if config.inventories else editor_directories()
        )
        self._run_id = run_id
        self._emit = emit
        self._started_at = datetime.now(UTC)
        self._warnings: dict[str, None] = {}
        self.shard: PlanOfShard | None = None  # set by ``discover_and_plan``

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

    def report(
        self,
        planned: Plan,
        results: TaskResults,
        interrupted: Signals | None,
        limiters: Iterable[RateLimiter] = (),
    ) -> Report:
        """Evaluate the results of the plan; ``limiters`` are those of registries."""
        config, providers = self.config, self.providers
        own = [each.limiter for each in providers.values() if each.limiter is not None]
        limiters = [*own, *limiters]
        types = {each.name: each for each in PROVIDERS}
        today = self._started_at.date()
        hurry = interrupted is not None
        data = tuple(state for each in providers.values() for state in each.data(today))
        run = self.run(data, fell_back=results.fell_back)
        details = RunDetails(
            run,
            providers=[types[name] for name in providers],
            stale=self.last_known_verdicts(results.outcomes, hurry=hurry),
            interrupted=interrupted,
            requests=sum(limiter.requests for limiter in limiters),
            retries=sum(limiter.retries for limiter in limiters),
            rate_limited=sum(limiter.rate_limited for limiter in limiters),
            elapsed_s=time.monotonic() - self.started_s,
            min_risk=config.settings.min_risk_level or RiskLevel.UNKNOWN,
            shard=self._shard_facts(run, interrupted),
        )
        policy = config.policy
        if self.shard is not None and not self.shard.is_empty:
            policy = replace(policy, allow_empty=True)  # there are extensions in other shards
        return evaluate_run(
            results.outcomes,
            planned.unreadable,
            planned.skipped,
            policy,
            details,
            place_findings=planned.place_findings,
        )

    def run(self, data: tuple[DataState, ...], *, fell_back: bool) -> Run:
        """Make what a report says of the run; ``data`` is what its verdicts rest on."""
        return make_run(
            self.config,
            self._run_id,
            self._started_at,
            fell_back_to_sequential=fell_back,
            targets=self.targets,
            warnings=tuple(self._warnings),
            data=data,
        )

    def _shard_facts(self, run: Run, interrupted: Signals | None) -> ShardFacts | None:
        """Describe the shard that was scanned; ``None`` for a run of everything."""
        part = self.shard
        if part is None:
            return None
        return ShardFacts(
            index=part.shard.index,
            count=part.shard.count,
            found=part.found,
            names=part.names,
            cut_short=part.cut_short,
            interrupted=None if interrupted is None else interrupted.name,
            place_numbers=part.place_numbers,
            scopes={name: each.scope for name, each in self.providers.items()},
            private=self.config.settings.private,
            policy=dict(policy_values(self.config.policy)),
            data=run.data,
        )

    def last_known_verdicts(
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
                if task.provider in self.providers  # and not a registry
            }
        return {task: stale for task, stale in found.items() if stale is not None}


def make_run(  # noqa: PLR0913 - the parts of a run that are not settings
    config: Config,
    run_id: str,
    started_at: datetime,
    *,
    targets: Sequence[Path],
    warnings: tuple[str, ...],
    fell_back_to_sequential: bool = False,
    data: tuple[DataState, ...] = (),
) -> Run:
    """Make what a report says of its run; ``started_at`` is in UTC."""
    return Run(
        id=run_id,
        started_at=utc_text(started_at),
        finished_at=utc_text(datetime.now(UTC)),
        mode="parallel" if config.workers > 1 else "sequential",
        workers=config.workers,
        fell_back_to_sequential=fell_back_to_sequential,
        providers=config.providers,
        targets=tuple(sanitize(str(each), 1000) for each in (*targets, *config.inventories)),
        target_kinds=(*map(taken_for, targets), *("an inventory" for _ in config.inventories)),
        workspace=config.workspace,
        policy_files=config.policy_files,
        warnings=warnings,
        data=data,
    )


def discover_and_plan(
    context: RunContext, interrupt: Interrupt, deadline_at_s: float | None
) -> Plan:
    """Read the targets, and make the tasks. Emits the warnings about settings and data first.

    An interrupt ends it early; a deadline that has passed leaves the rest unreadable.
    """
    context.emit_warnings()
    config = context.config
    if not (context.targets or config.inventories):
        why = "no editor's extensions directory was found: name one to scan"
        context.emit(Warned("discovery", why))
    found: list[Extension | Unreadable | Skipped | PlaceFinding] = []

    def is_late() -> bool:
        return deadline_at_s is not None and time.monotonic() >= deadline_at_s

    def is_stopped() -> bool:
        return interrupt.signal is not None or is_late()

    targets = discover(
        context.targets,
        registry=config.settings.registry,
        follow_links=config.settings.links == "follow",
        is_stopped=is_stopped,
        is_excluded=_path_matcher(config.settings.exclude_paths),
    )
    inventories = read_inventories(
        config.inventories, registry=config.settings.registry, is_stopped=is_stopped
    )
    for item in chain(targets, inventories):
        if interrupt.signal is not None:
            break
        if is_late():
            why = "the run's deadline passed before everything was read"
            found.append(Unreadable("the rest", why, None, None, None, origins=()))
            break
        if isinstance(item, Warned):
            context.emit(item)
        else:
            found.append(item)
    planned = make_plan(context, found)
    if config.settings.shard is None:
        return planned
    cut_short = interrupt.signal is not None or is_late()
    context.shard = select_shard(planned, config.settings.shard, cut_short=cut_short)
    return context.shard.plan


def _path_matcher(patterns: Iterable[str]) -> Callable[[PurePosixPath], bool]:
    """Make a function that says whether a pattern matches a path, or a directory above it."""
    expressions = [re.compile(fnmatch.translate(each.strip("/"))) for each in patterns]
    return lambda path: any(expression.match(str(path)) for expression in expressions)


def make_plan(
    context: RunContext, found: Iterable[Extension | Unreadable | Skipped | PlaceFinding]
) -> Plan:
    """Make the tasks of what was found, and warn of patterns that match nothing."""
    config = context.config
    settings = config.settings
    filters = Filters(
        settings.include_ids, settings.exclude_ids, settings.publishers, settings.private
    )
    local = frozenset(name for name, each in context.providers.items() if is_local(each))
    planned = plan(found, filters, config.providers, local)
    for unmatched in planned.unmatched:
        context.emit(Warned("discovery", unmatched))
    return planned


def registries_for(extension: Extension, settings: Settings) -> tuple[str, ...]:
    """Name the registries that would be asked for an extension, in their order."""
    if not extension.asked_by_name:
        return ()
    is_private = pattern(settings.private).fullmatch(extension.id.key) is not None
    return (*(() if is_private else settings.fetch), *settings.fetch_private)


def is_local(provider: Provider) -> bool:
    """Whether a provider works on this machine alone."""
    return provider.limiter is None


def open_cache(config: Config, emit: Callable[[Event], None]) -> Cache | None:
    """Open the cache of a run for writing; ``None`` where it has none."""
    if config.cache.directory is None:
        return None
    return Cache(
        config.cache.directory,
        max_age_s=config.cache.max_age_s,
        key=config.cache.key,
        warn=lambda message: emit(Warned("cache", message)),
    )
