"""Answers that several formats need: order, standing of findings, failures, counts. Pure functions.

The formats take them from here, so that no two of them disagree, and only write them down.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from vscan.model import (
    Extension,
    FailureKind,
    Finding,
    GapKind,
    Kind,
    RiskLevel,
    Rule,
    Severity,
    Unreadable,
)
from vscan.policy.model import Assessment, Conclusion, Effect, EvaluatedFinding, Violation, Waiver
from vscan.report_model import Report
from vscan.safe_text import pluralize

MOST_ORIGINS = 10_000  # of one extension, in reports for programs
_MACHINES = 10  # that are named to people
_WITHOUT_VERDICT = Severity.HIGH - 0.5  # ranks between high and medium findings


class Standing(StrEnum):
    """How the policy treats a finding, in the order in which people read it."""

    ACTIVE = "active"
    POSTURE = "posture"  # active, but only a threshold for the risk level judges posture
    SUPPRESSED = "suppressed"
    IN_BASELINE = "in baseline"
    STALE = "stale"  # of a cached verdict that is not judged


class ExtensionResult(StrEnum):
    """The result of one extension for people, in the order in which they read it."""

    FAILED = "failed"  # it fails the run
    INCOMPLETE = "incomplete"  # a verdict is missing, or can't be judged
    PASSED = "passed with findings"  # below the thresholds, suppressed, or in the baseline
    NOTHING_FOUND = "with nothing found"


class MissingVerdict(Struct, frozen=True):
    """One extension that a provider gave no verdict on, or one entry that could not be read.

    ``provider`` is ``None`` for an entry that could not be read; no waiver suppresses that.
    """

    item: Assessment | Unreadable
    provider: str | None
    kind: FailureKind
    detail: str
    waiver: Waiver | None

    @property
    def rule(self) -> str:
        """The rule of a place that names something unknown; empty for all else."""
        return self.item.rule if isinstance(self.item, Unreadable) else ""

    @property
    def name(self) -> str:
        """The id and the version, or the name of an entry."""
        return self.item.name if isinstance(self.item, Unreadable) else name_of(self.item)


class RunErrors(Struct, frozen=True):
    """The numbers of extensions that fail the run, and of those that can't be judged.

    ``reason`` is set if neither explains why the run could not examine everything.
    """

    failing: int
    incomplete: int
    reason: str | None


def standing_of(evaluated: EvaluatedFinding) -> Standing:
    """Decide the standing of a finding; a waiver goes before the baseline."""
    if evaluated.stored_at is not None:
        return Standing.STALE
    if evaluated.waiver is not None:
        return Standing.SUPPRESSED
    if evaluated.in_baseline:
        return Standing.IN_BASELINE
    return Standing.POSTURE if evaluated.finding.kind is Kind.POSTURE else Standing.ACTIVE


def active_findings(assessment: Assessment) -> list[EvaluatedFinding]:
    """List the findings of an extension that are active, without posture."""
    return [each for each in assessment.findings if standing_of(each) is Standing.ACTIVE]


def tally(assessments: Iterable[Assessment]) -> Mapping[Standing, Counter[Severity]]:
    """Count findings by standing, then by severity. Each finding counts once."""
    counts: dict[Standing, Counter[Severity]] = {standing: Counter() for standing in Standing}
    for assessment in assessments:
        for each in assessment.findings:
            counts[standing_of(each)][each.finding.severity] += 1
    return counts


def result_of(item: Assessment | Unreadable) -> ExtensionResult:
    """Decide the result of an extension. One without a verdict is never one with nothing found."""
    if isinstance(item, Unreadable):
        return ExtensionResult.INCOMPLETE
    if item.fails:
        return ExtensionResult.FAILED
    if item.incomplete_violations or item.failures or not is_examined(item):
        return ExtensionResult.INCOMPLETE
    return ExtensionResult.PASSED if item.findings else ExtensionResult.NOTHING_FOUND


def is_examined(item: Assessment) -> bool:
    """Whether a verdict lacks nothing that decides, whatever gaps the policy accepts."""
    return any(
        all(gap.kind is GapKind.OTHER for gap in verdict.gaps) for verdict, _ in item.verdicts
    )


def count_results(report: Report) -> Mapping[ExtensionResult, int]:
    """Count the extensions, and the entries that could not be read, by their result."""
    counts = Counter(map(result_of, report.assessments))
    counts.update(map(result_of, report.unreadable))
    return {result: counts[result] for result in ExtensionResult}


def missing_providers(assessment: Assessment) -> str:
    """Describe whose verdict is there and whose is missing; empty where none is missing."""
    if not assessment.failures:
        return ""
    failed = ", ".join(dict.fromkeys(failure.task.provider for failure in assessment.failures))
    there = ", ".join(dict.fromkeys(verdict.provider for verdict, _ in assessment.verdicts))
    return f"{there} only; {failed} failed" if there else f"{failed} failed"


def worst_findings_first(assessment: Assessment) -> list[EvaluatedFinding]:
    """Order the findings of an extension: those that count first, then worse ones first."""
    standings = list(Standing)
    return sorted(
        assessment.findings,
        key=lambda each: (standings.index(standing_of(each)), -each.finding.severity),
    )


def failing_findings(assessment: Assessment) -> list[Finding]:
    """List the findings that fail the run, worst first."""
    found = [each for violation in assessment.failing_violations for each in violation.findings]
    return sorted(found, key=lambda each: -each.severity)


def failing_checks(assessment: Assessment) -> list[Violation]:
    """List the checks of an extension as a whole that fail the run, such as its risk level."""
    return [each for each in assessment.failing_violations if not each.findings]


def described_places(assessment: Assessment) -> str:
    """Name the first place of a repository that names an extension, and count the others.

    Machines that have it are counted, and some of them are named.
    """
    named = [origin for origin in assessment.extension.origins if origin.line is not None]
    machines = described_machines(assessment.extension)
    if not named:
        return machines
    more = f" and {pluralize(len(named) - 1, 'more place')}" if len(named) > 1 else ""
    on_machines = f", {machines}" if machines else ""
    return f"{named[0].uri}:{named[0].line}{more}{on_machines}"


def described_machines(extension: Extension) -> str:
    """Count the machines that have an extension, and name some; empty without an inventory."""
    machines = extension.machines
    if not machines:
        return ""
    more = ", ..." if len(machines) > _MACHINES else ""
    return f"{pluralize(len(machines), 'machine')} ({', '.join(machines[:_MACHINES])}{more})"


def shown(report: Report) -> Iterator[Assessment]:
    """Select the extensions that the reports for people show.

    Below ``min_risk`` these are the ones without a verdict, with a violation, or with an active
    finding.
    """
    for assessment in report.assessments:
        if (
            assessment.risk >= report.min_risk
            or assessment.failures
            or assessment.violated_checks
            or active_findings(assessment)
        ):
            yield assessment


def worst_first(report: Report) -> list[Assessment | Unreadable]:
    """Order the shown extensions and the unreadable entries by urgency.

    Extensions that fail the run come first, then worse active findings, a missing verdict, higher
    risk and a lower score. Equal ones are sorted by id.
    """
    return sorted((*shown(report), *report.unreadable), key=_urgency)


def by_id(report: Report) -> Iterator[Assessment | Unreadable]:
    """Merge all extensions and unreadable entries, which are sorted by id."""
    return heapq.merge(report.assessments, report.unreadable, key=_id_key)


def missing_verdicts(item: Assessment | Unreadable) -> Iterator[MissingVerdict]:
    """List the failures of an extension, or the one of an unreadable entry."""
    if isinstance(item, Unreadable):
        yield MissingVerdict(item, None, FailureKind.UNREADABLE, item.reason, None)
        return
    for failure in item.failures:
        waiver = item.waiver_of(failure)
        yield MissingVerdict(item, failure.task.provider, failure.kind, failure.detail, waiver)


def group_missing_verdicts(
    items: Iterable[Assessment | Unreadable],
) -> dict[tuple[FailureKind, str], list[MissingVerdict]]:
    """Group failures by kind and detail: a service that is down is one group."""
    groups: dict[tuple[FailureKind, str], list[MissingVerdict]] = {}
    for missing in itertools.chain.from_iterable(map(missing_verdicts, items)):
        groups.setdefault((missing.kind, missing.detail), []).append(missing)
    return groups


def not_judged(assessment: Assessment) -> Iterator[str]:
    """Describe why an extension with verdicts can't be judged: gaps, and unknown values."""
    for violation in assessment.incomplete_violations:
        if not violation.is_failure:
            yield from violation.details


def blocking_violations(assessment: Assessment) -> list[Violation]:
    """List the checks that judge an extension as a whole, and keep it from passing."""
    return [
        violation
        for violation in assessment.violations
        if violation.effect is not Effect.WARN and violation.check in assessment.violated_checks
    ]


def run_errors(report: Report) -> RunErrors:
    """Count the extensions that fail the run, and the other ones that can't be judged.

    A run that could not examine everything must not be green in any format. If no extension is
    the cause, ``reason`` describes why.
    """
    failing = sum(assessment.fails for assessment in report.assessments)
    incomplete = len(report.unreadable) + sum(
        bool(assessment.incomplete_violations) and not assessment.fails
        for assessment in report.assessments
    )
    explained = failing or incomplete
    examined = report.decision.outcome in {Conclusion.CLEAN, Conclusion.FINDINGS}
    reason = None if explained or examined else " ".join(report.decision.reasons)
    return RunErrors(failing, incomplete, reason)


def result_word(report: Report) -> str:
    """Name the outcome for people: a clean run has ``passed`` if it leaves something unsettled.

    That is a finding below the thresholds, a suppressed one, a missing verdict or a gap.
    """
    outcome = report.decision.outcome
    if outcome is Conclusion.FINDINGS:
        return "failed"
    if outcome is Conclusion.CLEAN:
        stats = report.stats
        left = stats.with_findings or stats.with_gaps or stats.failed or stats.unreadable
        return "passed" if left else "nothing found"
    return outcome.replace("-", " ")


def known_risk(item: Assessment | Unreadable) -> RiskLevel:
    """Give the risk that is known: a low one is unknown as long as a verdict is missing.

    A higher one stands, because another verdict could only be worse.
    """
    if isinstance(item, Unreadable):
        return RiskLevel.UNKNOWN
    if item.failures and item.risk <= RiskLevel.LOW:
        return RiskLevel.UNKNOWN
    return item.risk


def extensions_by_risk(report: Report) -> Counter[RiskLevel]:
    """Count all extensions and unreadable entries by their known risk."""
    risks = Counter(map(known_risk, report.assessments))
    risks.update(map(known_risk, report.unreadable))
    return risks


def used_rules(report: Report) -> list[tuple[Rule, int]]:
    """List the rules of the findings, each with the number of its findings."""
    counts = Counter(each.finding.rule for a in report.assessments for each in a.findings)
    return [(rule, counts[rule.id]) for rule in report.rules if counts[rule.id]]


def is_cached(assessment: Assessment) -> bool:
    """Whether all verdicts of an extension come from the cache."""
    return all(from_cache for _, from_cache in assessment.verdicts)


def name_of(assessment: Assessment) -> str:
    """Give the id and the version of an extension."""
    return f"{assessment.extension.id} {assessment.extension.version or ''}".rstrip()


def _id_key(item: Assessment | Unreadable) -> str:
    if isinstance(item, Assessment):
        return item.extension.id.key
    return item.id.key if item.id else item.name.lower()


def _urgency(item: Assessment | Unreadable) -> tuple[bool, float, int, float, str]:
    if isinstance(item, Unreadable):
        return (True, -_WITHOUT_VERDICT, 0, 0, _id_key(item))
    worst = max((each.finding.severity for each in active_findings(item)), default=-1.0)
    if item.failures:
        worst = max(worst, _WITHOUT_VERDICT)
    return (not item.fails, -worst, -item.risk, item.score or 0, _id_key(item))
