"""Make the report of a run: evaluate its results against a policy, and count them."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from signal import Signals

from msgspec import Struct, field
from msgspec.structs import replace

from vscan import policy as policy_engine
from vscan.errors import Exit
from vscan.events import Warned
from vscan.model import (
    Extension,
    Failed,
    FailureKind,
    Outcome,
    PlaceFinding,
    RiskLevel,
    Rule,
    Skipped,
    Task,
    Unreadable,
)
from vscan.policy.checks import RULES as POLICY_RULES
from vscan.policy.model import Conclusion, Decision, LastKnownVerdict, Policy
from vscan.policy.unresolved_inputs import Inputs, judge_inputs
from vscan.providers import PROVIDERS
from vscan.providers.interface import ProviderOptions, ProviderType
from vscan.providers.offline import NAME as OFFLINE
from vscan.report_model import Report, Run, count
from vscan.shard_codec import ShardFacts, ShardResults
from vscan.task_selection import sort_skipped, sort_unreadable


class _Rules:
    """The rules of providers and of the policy.

    Rules are imported when a report iterates them, because some reports need none.
    """

    def __init__(self, providers: Iterable[ProviderType]) -> None:
        self._providers = tuple(providers)

    def __iter__(self) -> Iterator[Rule]:
        for provider in self._providers:
            yield from provider.rules()
        yield from POLICY_RULES


class RunDetails(Struct, frozen=True):
    """What a report says of its run beside the results.

    ``stale`` are older verdicts of tasks that failed, ``interrupted`` is the signal that ended the
    run early. ``providers`` are those that were asked.
    """

    run: Run
    providers: Iterable[ProviderType] = ()
    stale: Mapping[Task, LastKnownVerdict] = field(default_factory=dict)
    interrupted: Signals | None = None
    requests: int = 0
    retries: int = 0
    rate_limited: int = 0
    elapsed_s: float = 0.0
    min_risk: RiskLevel = RiskLevel.UNKNOWN
    shard: ShardFacts | None = None  # of a run that scanned one


def evaluate(
    results: Iterable[Outcome | Extension | Unreadable | Skipped | PlaceFinding | Warned],
    policy: Policy | None = None,
    *,
    data_directory: Path | None = None,
) -> Report:
    """Evaluate results against a policy, and make the report; its ``decision`` is the verdict.

    ``results`` are what ``analyse`` returned. An extension that was not analysed has no verdict,
    and makes the report incomplete, as what could not be read does. Without a policy the defaults
    of ``vscan scan`` apply. ``data_directory`` is the one that ``analyse`` was given.
    """
    results = tuple(results)
    outcomes = [
        _outcome(each)
        for each in results
        if not isinstance(each, Unreadable | Skipped | PlaceFinding | Warned)
    ]
    outcomes.sort(key=lambda outcome: outcome.task.id.key)
    asked = {outcome.task.provider for outcome in outcomes}
    options = ProviderOptions(api_url="", data_directory=data_directory)
    providers = [each for each in PROVIDERS if each.name in asked]
    now = datetime.now(UTC)
    run = Run(
        id=new_run_id(),
        started_at=utc_text(now),
        finished_at=utc_text(now),
        mode="sequential",
        workers=1,
        fell_back_to_sequential=False,
        providers=tuple(provider.name for provider in providers),
        targets=(),
        workspace="",
        policy_files=(),
        warnings=tuple(each.message for each in results if isinstance(each, Warned)),
        data=tuple(state for each in providers for state in each.create(options).data(now.date())),
    )
    return evaluate_run(
        outcomes,
        sort_unreadable(each for each in results if isinstance(each, Unreadable)),
        sort_skipped(each for each in results if isinstance(each, Skipped)),
        policy or Policy(),
        RunDetails(run, providers),
        place_findings=tuple(each for each in results if isinstance(each, PlaceFinding)),
    )


def _outcome(result: Outcome | Extension) -> Outcome:
    if isinstance(result, Extension):
        return Failed(Task(OFFLINE, (result,)), FailureKind.UNREADABLE, "it was not analysed")
    return result


def evaluate_run(  # noqa: PLR0913 - all parts of a result
    outcomes: Sequence[Outcome],
    unreadable: tuple[Unreadable, ...],
    skipped: tuple[Skipped, ...],
    policy: Policy,
    details: RunDetails,
    *,
    place_findings: tuple[PlaceFinding, ...] = (),
) -> Report:
    """Evaluate the outcomes of a run, sorted by id, and make its report."""
    shard = None
    if details.shard is not None:
        raw = (tuple(outcomes), unreadable, skipped, place_findings, details.stale)
        shard = ShardResults(details.shard, *raw)
    today = datetime.fromisoformat(details.run.started_at).date()
    roots = (details.run.workspace, *details.run.targets)
    inputs = judge_inputs(Inputs(unreadable, skipped, place_findings), policy, roots, today)
    unreadable = sort_unreadable(inputs.unreadable)
    assessments, decision = policy_engine.evaluate(
        outcomes,
        unreadable,
        policy,
        today=today,
        stale=details.stale,
        interrupted=details.interrupted,
        data=details.run.data,
        targets=details.run.targets,
        used_waivers=inputs.waivers,
        place_findings=inputs.place_findings,
    )
    if details.shard is not None:
        shard_note = (
            f"This is shard {details.shard.index} of {details.shard.count}: `vscan merge` gives the"
            " verdict on all."
        )
        decision = replace(
            decision,
            reasons=(*decision.reasons, shard_note),
            informational=(*decision.informational, shard_note),
        )
    stats = count(
        assessments,
        unreadable,
        requests=details.requests,
        retries=details.retries,
        rate_limited=details.rate_limited,
        elapsed_s=details.elapsed_s,
    )
    return Report(
        run=details.run,
        stats=stats,
        assessments=assessments,
        unreadable=unreadable,
        skipped=sort_skipped(inputs.skipped),
        place_findings=inputs.place_findings,
        rules=_Rules(details.providers),
        decision=decision,
        min_risk=details.min_risk,
        shard=shard,
    )


def error_report(run: Run) -> Report:
    """Report an internal error, so that an older report is not taken for this run's."""
    reasons = ("An internal error ended the run: nothing can be said.",)
    return Report(
        run=run,
        stats=count((), (), requests=0, retries=0, rate_limited=0, elapsed_s=0.0),
        assessments=(),
        unreadable=(),
        skipped=(),
        rules=POLICY_RULES,
        decision=Decision(Conclusion.ERROR, Exit.ERROR, reasons, incomplete=True),
    )


def new_run_id() -> str:
    """Make the id of a run: 32 hexadecimal digits."""
    return uuid.uuid4().hex


def utc_text(moment: datetime) -> str:
    """Write a time of UTC as reports do: ISO 8601 with milliseconds and ``Z``."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
