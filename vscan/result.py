"""The result of a run: how it went, what it counts, and what it found. Pure."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vscan.model import DataState, Kind, RiskLevel, Rule, Scanned, Severity, Skipped, Unreadable
from vscan.policy.checks import mismatches_of
from vscan.policy.model import Assessment, Decision
from vscan.text import pluralize


@dataclass(frozen=True, slots=True)
class Stats:
    """The counts of a run. ``total = scanned + failed + unreadable``, always."""

    total: int
    scanned: int
    cached: int
    fresh: int
    failed: int
    unreadable: int
    with_gaps: int
    with_findings: int
    version_mismatches: int
    findings_by_severity: tuple[tuple[Severity, int], ...]
    waived: int
    known: int
    requests: int
    retries: int
    rate_limited: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Run:
    """How a run went about it. Times are UTC, ISO 8601, ``Z``."""

    id: str
    started_at: str
    finished_at: str
    mode: Literal["sequential", "parallel"]
    workers: int
    fell_back_to_sequential: bool
    providers: tuple[str, ...]
    targets: tuple[str, ...]
    workspace: str  # what paths in a repository's platform are relative to
    policy_files: tuple[str, ...]
    warnings: tuple[str, ...]
    data: tuple[DataState, ...] = ()  # published data that verdicts rest on

    @property
    def data_sentence(self) -> str:
        """Say in one line what published data there was and how old it is; "" without any."""
        if not self.data:
            return ""
        there = [each for each in self.data if not each.missing]
        count = sum(each.data.count for each in there)
        said = [pluralize(count, "entry") if count else "none"]
        aging = [each for each in there if each.ages]
        if aging:
            oldest = max(aging, key=lambda each: math.inf if each.days is None else each.days)
            days = oldest.days
            age = "of an unknown day" if days is None else f"{pluralize(days, 'day')} old"
            name = ", ".join(filter(None, (oldest.data.name, oldest.data.as_of)))
            said.append(f"the oldest {age} ({name})")
        missing = [each.data.name for each in self.data if each.missing]
        rest = f"; missing: {', '.join(missing)}" if missing else ""
        return f"public data: {', '.join(said)}{rest}"


@dataclass(frozen=True, slots=True)
class Report:
    """All that a reporter needs. Sorted by id; reporters sort and filter nothing.

    ``min_risk`` chooses what the reports for people show, and nothing else.
    """

    run: Run
    stats: Stats
    assessments: tuple[Assessment, ...]
    unreadable: tuple[Unreadable, ...]
    skipped: tuple[Skipped, ...]
    rules: tuple[Rule, ...]
    decision: Decision
    min_risk: RiskLevel = RiskLevel.UNKNOWN

    @property
    def shown(self) -> tuple[Assessment, ...]:
        """The extensions that the reports for people show.

        Whatever the level: one without a verdict, and one that counts for the policy.
        """
        return tuple(
            assessment
            for assessment in self.assessments
            if assessment.risk >= self.min_risk
            or assessment.failures
            or assessment.checks
            or any(h.counts and h.finding.kind is not Kind.POSTURE for h in assessment.held)
        )


def count(  # noqa: PLR0913 - three counters come from the gate
    assessments: Sequence[Assessment],
    unreadable: Sequence[Unreadable],
    *,
    requests: int,
    retries: int,
    rate_limited: int,
    elapsed_s: float,
) -> Stats:
    """Count a run. Findings are counted for each extension that they are about."""
    scanned = [a for a in assessments if _was_scanned(a)]
    cached = sum(all(from_cache for _, from_cache in a.verdicts) for a in scanned)
    severities: Counter[Severity] = Counter()
    waived = known = with_findings = 0
    for assessment in assessments:
        found = 0
        for found, held in enumerate(assessment.held, 1):  # noqa: B007 - it is the number
            severities[held.finding.severity] += 1
            waived += held.waiver is not None
            known += held.waiver is None and held.known
        with_findings += found > 0
    return Stats(
        total=len(assessments) + len(unreadable),
        scanned=len(scanned),
        cached=cached,
        fresh=len(scanned) - cached,
        failed=len(assessments) - len(scanned),
        unreadable=len(unreadable),
        with_gaps=sum(any(v.gaps for v, _ in a.verdicts) for a in assessments),
        with_findings=with_findings,
        version_mismatches=sum(bool(mismatches_of(a)) for a in assessments),
        findings_by_severity=tuple((s, severities[s]) for s in sorted(Severity, reverse=True)),
        waived=waived,
        known=known,
        requests=requests,
        retries=retries,
        rate_limited=rate_limited,
        elapsed_s=elapsed_s,
    )


def _was_scanned(assessment: Assessment) -> bool:
    """Say whether every provider that was asked gave a verdict."""
    return bool(assessment.outcomes) and all(isinstance(o, Scanned) for o in assessment.outcomes)
