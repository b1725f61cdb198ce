"""The result of a run: its settings and course, its counts, and the assessments. Pure functions."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from vscan.model import (
    DataState,
    PlaceFinding,
    RiskLevel,
    Rule,
    Scanned,
    Severity,
    Skipped,
    Unreadable,
)
from vscan.policy.model import Assessment, Decision
from vscan.safe_text import pluralize
from vscan.shard_codec import ShardResults


class Stats(Struct, frozen=True):
    """The counts of a run. Always, ``total = scanned + failed + unreadable``.

    ``in_baseline`` leaves out the findings that are also suppressed.
    """

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
    suppressed: int
    in_baseline: int
    requests: int
    retries: int
    rate_limited: int
    elapsed_s: float

    def published(self) -> dict[str, int | float | dict[str, int]]:
        """Give all counts under the names of the JSON report, in its order.

        SARIF and the logs publish some of them under the same names.
        """
        return {
            "total": self.total,
            "scanned": self.scanned,
            "cached": self.cached,
            "fresh": self.fresh,
            "failed": self.failed,
            "unreadable": self.unreadable,
            "with_gaps": self.with_gaps,
            "with_findings": self.with_findings,
            "version_mismatches": self.version_mismatches,
            "findings_by_severity": {s.word: number for s, number in self.findings_by_severity},
            "findings_waived": self.suppressed,
            "findings_known": self.in_baseline,
            "requests": self.requests,
            "retries": self.retries,
            "rate_limited": self.rate_limited,
            "elapsed_s": round(self.elapsed_s, 3),
        }


class Run(Struct, frozen=True):
    """The settings and the course of a run. Times are UTC, ISO 8601, with ``Z``."""

    id: str
    started_at: str
    finished_at: str
    mode: Literal["sequential", "parallel"]
    workers: int
    fell_back_to_sequential: bool
    providers: tuple[str, ...]
    targets: tuple[str, ...]
    workspace: str  # the directory that paths in SARIF and annotations are relative to
    policy_files: tuple[str, ...]
    warnings: tuple[str, ...]
    data: tuple[DataState, ...] = ()  # the published data that verdicts rest on
    target_kinds: tuple[str, ...] = ()  # what each target was taken for

    @property
    def data_sentence(self) -> str:
        """Describe the published data and its age in one line; empty without any data."""
        if not self.data:
            return ""
        present = [each for each in self.data if not each.missing]
        count = sum(each.data.count for each in present)
        parts = [pluralize(count, "entry") if count else "none"]
        aging = [each for each in present if each.ages]
        if aging:
            oldest = max(aging, key=lambda each: math.inf if each.days is None else each.days)
            days = oldest.days
            age = "of an unknown day" if days is None else f"{pluralize(days, 'day')} old"
            name = ", ".join(filter(None, (oldest.data.name, oldest.data.as_of)))
            parts.append(f"the oldest {age} ({name})")
        missing = [each.data.name for each in self.data if each.missing]
        rest = f"; missing: {', '.join(missing)}" if missing else ""
        return f"public data: {', '.join(parts)}{rest}"


class Report(Struct, frozen=True):
    """The input of all reporters. ``assessments`` and ``unreadable`` are sorted by id.

    ``min_risk`` limits only which extensions the reports for people show. ``shard`` is what the
    report of a shard has for ``vscan merge``.
    """

    run: Run
    stats: Stats
    assessments: tuple[Assessment, ...]
    unreadable: tuple[Unreadable, ...]
    skipped: tuple[Skipped, ...]
    rules: Iterable[Rule]  # may be iterated several times
    decision: Decision
    min_risk: RiskLevel = RiskLevel.UNKNOWN
    place_findings: tuple[PlaceFinding, ...] = ()
    shard: ShardResults | None = None


def count(  # noqa: PLR0913 - three counters come from the rate limiter
    assessments: Sequence[Assessment],
    unreadable: Sequence[Unreadable],
    *,
    requests: int,
    retries: int,
    rate_limited: int,
    elapsed_s: float,
) -> Stats:
    """Count a run. A finding counts once for each extension that it is about."""
    scanned = [a for a in assessments if _is_scanned(a)]
    cached = sum(all(from_cache for _, from_cache in a.verdicts) for a in scanned)
    severities: Counter[Severity] = Counter()
    suppressed = in_baseline = with_findings = 0
    for assessment in assessments:
        with_findings += bool(assessment.findings)
        for each in assessment.findings:
            severities[each.finding.severity] += 1
            suppressed += each.waiver is not None
            in_baseline += each.waiver is None and each.in_baseline
    return Stats(
        total=len(assessments) + len(unreadable),
        scanned=len(scanned),
        cached=cached,
        fresh=len(scanned) - cached,
        failed=len(assessments) - len(scanned),
        unreadable=len(unreadable),
        with_gaps=sum(any(v.gaps for v, _ in a.verdicts) for a in assessments),
        with_findings=with_findings,
        version_mismatches=sum(bool(a.version_mismatches) for a in assessments),
        findings_by_severity=tuple((s, severities[s]) for s in sorted(Severity, reverse=True)),
        suppressed=suppressed,
        in_baseline=in_baseline,
        requests=requests,
        retries=retries,
        rate_limited=rate_limited,
        elapsed_s=elapsed_s,
    )


def _is_scanned(assessment: Assessment) -> bool:
    """Whether every provider that was asked gave a verdict."""
    return bool(assessment.outcomes) and all(isinstance(o, Scanned) for o in assessment.outcomes)
