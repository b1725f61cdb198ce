"""Findings to a risk level and a score. Simple, so that everybody can do the sum.

The score is 100 less the points of each rule that has findings, counted once, at its worst:
80 for critical, 50 for high, 15 for medium, 5 for low; never below 0. The risk level is the
worst severity; without findings low, and unknown where something was not looked at.

Before that, company counts: what is a warning alone, as packed code is, is high in a file in
which another rule has found something, too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from vscan.model import Finding, Kind, RiskLevel, Severity

_POINTS = {
    Severity.CRITICAL: 80,
    Severity.HIGH: 50,
    Severity.MEDIUM: 15,
    Severity.LOW: 5,
    Severity.INFO: 0,
}
_RISK = {
    Severity.CRITICAL: RiskLevel.CRITICAL,
    Severity.HIGH: RiskLevel.HIGH,
    Severity.MEDIUM: RiskLevel.MEDIUM,
}
_NO_COMPANY = frozenset({Kind.VULNERABILITY, Kind.POSTURE})


@dataclass(frozen=True, slots=True)
class Weighed:
    """A risk level, a score of 0 (worst) to 100, and what each rule took from it."""

    risk: RiskLevel
    score: float
    contributions: tuple[tuple[str, float], ...]
    vulnerabilities: tuple[tuple[str, int], ...]


def in_company(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Raise each medium sign of malware to high where another rule has a medium in its file.

    A vulnerable package is no company: a bundle has one for what it bundles, not for what it does.
    Nor is how an extension is made: a program that is called an image would keep itself company.
    """
    findings = list(dict.fromkeys(findings))
    beside: dict[str, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.severity >= Severity.MEDIUM and finding.kind not in _NO_COMPANY:
            beside[finding.file or ""].add(finding.rule)
    for finding in findings:
        others = sorted(beside[finding.file or ""] - {finding.rule})
        if finding.severity is Severity.MEDIUM and finding.kind is Kind.MALWARE and others:
            message = f"{finding.message} (in company: {', '.join(others)})"
            yield replace(finding, severity=Severity.HIGH, message=message)
        else:
            yield finding


def weigh(findings: Iterable[Finding], gaps: Sequence[str]) -> Weighed:
    """Weigh what was found; ``gaps`` are what was not looked at."""
    worst: dict[str, Severity] = {}
    vulnerable: Counter[Severity] = Counter()
    for finding in findings:
        worst[finding.rule] = max(finding.severity, worst.get(finding.rule, Severity.INFO))
        vulnerable[finding.severity] += finding.kind is Kind.VULNERABILITY
    contributions = tuple((rule, -_POINTS[severity]) for rule, severity in sorted(worst.items()))
    least = RiskLevel.UNKNOWN if gaps else RiskLevel.LOW
    return Weighed(
        risk=_RISK.get(max(worst.values(), default=Severity.INFO), least),
        score=max(0, 100 + sum(points for _, points in contributions)),
        contributions=contributions,
        vulnerabilities=tuple((s.word, vulnerable[s]) for s in sorted(Severity)),
    )
