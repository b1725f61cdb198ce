"""``vscan merge``: one report of the reports of all shards, evaluated as a scan evaluates it.

Providers that the shards did not ask, as a service, are asked here: by one process, with one cache
and one rate limiter.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from signal import Signals

from msgspec.structs import replace

from vscan.config import Config
from vscan.errors import UsageError
from vscan.events import Event
from vscan.interrupt import Interrupt
from vscan.model import DataSet, DataState, Outcome, PlaceFinding, RiskLevel
from vscan.providers import PROVIDERS
from vscan.report_model import Report, Run
from vscan.run_evaluation import RunDetails, evaluate_run
from vscan.run_preparation import Providers, RunContext, open_cache
from vscan.safe_text import sanitize
from vscan.shard_codec import Results
from vscan.shard_reports import IncompleteShardsError, ShardReport, differing_settings
from vscan.shard_selection import policy_values
from vscan.task_runner import TaskResults, run_tasks
from vscan.task_selection import Filters, plan, sort_skipped, sort_unreadable

_MAX_WARNING = 2000  # characters
_SIGNALS = {each.name: each for each in (Signals.SIGINT, Signals.SIGTERM)}
_ORDER = {each.name: number for number, each in enumerate(PROVIDERS)}


def check_policy(reports: Sequence[ShardReport], config: Config) -> None:
    """Raise ``UsageError`` where the merge would judge by another policy than the shards."""
    differing = differing_settings(reports[0].facts.policy, policy_values(config.policy))
    if differing:
        raise UsageError(
            f"{reports[0].path} has another policy than this merge: {differing}",
            hint="give the shards and the merge the same options",
        )


def providers_to_ask(reports: Sequence[ShardReport], named: Sequence[str]) -> tuple[str, ...]:
    """Select the providers that are named and that the shards did not ask."""
    known = set(reports[0].run.sources)
    unknown = known - set(_ORDER)
    if unknown:
        raise UsageError(f"{reports[0].path} has an unknown provider")
    return tuple(name for name in named if name not in known)


def check_private(report: ShardReport, private: Sequence[str]) -> None:
    """Raise ``UsageError`` where the merge would send ids that the shards keep private."""
    if set(report.facts.private) != set(private):
        raise UsageError(
            f"{report.path} has another list of private ids than this merge",
            hint="give the shards and the merge the same --private",
        )


def merge_shards(  # noqa: PLR0913 - a run, and what was read
    config: Config,
    providers: Providers,
    reports: Sequence[ShardReport],
    results: Results,
    *,
    run_id: str,
    emit: Callable[[Event], None],
    interrupt: Interrupt,
) -> Report:
    """Evaluate the results of all shards, and of ``providers``, which are asked, as one run.

    ``IncompleteShardsError`` where a shard says that it was incomplete, and its results do not.
    """
    context = RunContext(config, providers, run_id, emit)
    context.targets = ()  # those of the shards
    context.emit_warnings()
    asked = _ask(context, results, interrupt)
    outcomes = sorted((*results.outcomes, *asked.outcomes), key=_order)
    interrupted = _interrupted(reports) or (interrupt.signal if asked.cut_short else None)
    limiters = [each.limiter for each in providers.values() if each.limiter is not None]
    stale = context.last_known_verdicts(asked.outcomes, hurry=interrupted is not None)
    names = {*reports[0].run.sources, *providers}
    details = RunDetails(
        _run(context, reports, fell_back=asked.fell_back),
        providers=[each for each in PROVIDERS if each.name in names],
        stale=results.stale | stale,
        interrupted=interrupted,
        requests=sum(each.stats.requests for each in reports)
        + sum(each.requests for each in limiters),
        retries=sum(each.stats.retries for each in reports)
        + sum(each.retries for each in limiters),
        rate_limited=sum(each.stats.rate_limited for each in reports)
        + sum(each.rate_limited for each in limiters),
        elapsed_s=time.monotonic() - context.started_s,
        min_risk=config.settings.min_risk_level or RiskLevel.UNKNOWN,
    )
    report = evaluate_run(
        outcomes,
        sort_unreadable(results.unreadable),
        sort_skipped(results.skipped),
        config.policy,
        details,
        place_findings=_in_order(results),
    )
    if not providers and not report.decision.incomplete:
        for each in reports:
            if each.run.incomplete:
                raise IncompleteShardsError(
                    f"{each.path} says that its run was incomplete, and not why",
                    hint="run this shard again",
                )
    return report


def _ask(context: RunContext, results: Results, interrupt: Interrupt) -> TaskResults:
    """Ask the providers of the merge about the extensions of all shards."""
    config, providers = context.config, context.providers
    if not providers:
        return TaskResults((), fell_back=False, cut_short=False)
    planned = plan(
        (each for each in results.extensions() if not each.never_sent),
        Filters(private=config.settings.private),
        tuple(providers),
    )
    limit_s = config.settings.deadline_s
    cache = open_cache(config, context.emit)
    try:
        return run_tasks(
            planned.tasks,
            providers=providers,
            cache=cache,
            emit=context.emit,
            interrupt=interrupt,
            read_cache=config.cache.read,
            deadline_at_s=None if limit_s is None else context.started_s + limit_s,
        )
    finally:
        if cache is not None:
            cache.close()


def _run(context: RunContext, reports: Sequence[ShardReport], *, fell_back: bool) -> Run:
    """Describe the run: that of the shards, with what the merge itself asked."""
    now = datetime.now(UTC)
    config, runs = context.config, [report.run for report in reports]
    names = {*runs[0].sources, *context.providers}
    workers = max(config.workers, *(each.workers for each in runs))
    warnings = dict.fromkeys(
        sanitize(text, _MAX_WARNING) for each in runs for text in each.warnings
    )
    data = list(_aged(reports[0], now.date()))
    for provider in context.providers.values():
        data += provider.data(now.date())
    made = context.run(
        tuple(data), fell_back=fell_back or any(each.fell_back_to_sequential for each in runs)
    )
    return replace(
        made,
        mode="parallel" if workers > 1 else "sequential",
        workers=workers,
        providers=tuple(name for name in _ORDER if name in names),
        targets=tuple(sanitize(text, 1000) for text in runs[0].targets),
        target_kinds=tuple(sanitize(text, 1000) for text in runs[0].target_kinds),
        warnings=tuple(warnings | dict.fromkeys(made.warnings)),
    )


def _aged(report: ShardReport, today: date) -> Iterator[DataState]:
    """Give the public data of the shards, with its age today."""
    days = (today - datetime.fromisoformat(report.run.started_at).date()).days
    for state in report.facts.data:
        name, source, as_of = (
            sanitize(text, 500) for text in (state.data.name, state.data.source, state.data.as_of)
        )
        data = DataSet(name, source, as_of, state.data.count)
        aged = None if state.days is None else state.days + max(days, 0)
        yield replace(state, data=data, days=aged)


def _interrupted(reports: Sequence[ShardReport]) -> Signals | None:
    """Give the signal that ended a shard, which the whole is not complete without."""
    names = [each.facts.interrupted for each in reports if each.facts.interrupted is not None]
    return _SIGNALS.get(names[0], Signals.SIGTERM) if names else None


def _in_order(results: Results) -> tuple[PlaceFinding, ...]:
    """Order the place findings as they were found."""
    ordered = sorted(
        zip(results.place_numbers, results.place_findings, strict=True), key=lambda pair: pair[0]
    )
    return tuple(place for _, place in ordered)


def _order(outcome: Outcome) -> tuple[str, int]:
    """Order by id, then by provider; failures of registries come last."""
    return outcome.task.id.key, _ORDER.get(outcome.task.provider, len(_ORDER))
