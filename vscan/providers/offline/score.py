"""Calculate a risk level and a score from findings, by rules that a reader can do by hand.

The score is 100 less the points of each rule that has findings, counted once, at its worst:
80 for critical, 50 for high, 15 for medium, 5 for low; never below 0. The risk level is the
worst severity. Without findings it is low, or unknown if something was not examined.

Correlated findings are escalated first: a medium sign of malware, such as packed code, becomes
high if another rule has a finding in the same file.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

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
# Rules about one act: the command that installs an extension is no second sign beside itself.
_ONE_SIGN = {"sideloading": "self-spread"}
_NEVER_CORRELATED = frozenset({Kind.VULNERABILITY, Kind.POSTURE})


class RiskScore(Struct, frozen=True):
    """A risk level, a score of 0 (worst) to 100, and what each rule took from it."""

    risk: RiskLevel
    score: float
    contributions: tuple[tuple[str, float], ...]
    vulnerabilities: tuple[tuple[str, int], ...]


def escalate_correlated(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Raise each medium sign of malware to high if another rule has a medium one in its file.

    Vulnerable packages don't count: they say what a bundle contains, not what it does. Nor do
    findings about how an extension is built: a program that is named like an image would
    correlate with itself.
    """
    findings = list(dict.fromkeys(findings))
    rules_by_file: dict[str, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.severity >= Severity.MEDIUM and finding.kind not in _NEVER_CORRELATED:
            rules_by_file[finding.file or ""].add(finding.rule)
    for finding in findings:
        own = _ONE_SIGN.get(finding.rule, finding.rule)
        others = sorted(
            rule for rule in rules_by_file[finding.file or ""] if _ONE_SIGN.get(rule, rule) != own
        )
        if finding.severity is Severity.MEDIUM and finding.kind is Kind.MALWARE and others:
            message = f"{finding.message} (correlated with: {', '.join(others)})"
            yield replace(finding, severity=Severity.HIGH, message=message)
        else:
            yield finding


def score(findings: Iterable[Finding], gaps: Sequence[str]) -> RiskScore:
    """Calculate the score of all findings; ``gaps`` say what was not examined."""
    worst: dict[str, Severity] = {}
    vulnerable: Counter[Severity] = Counter()
    for finding in findings:
        worst[finding.rule] = max(finding.severity, worst.get(finding.rule, Severity.INFO))
        vulnerable[finding.severity] += finding.kind is Kind.VULNERABILITY
    contributions = tuple((rule, -_POINTS[severity]) for rule, severity in sorted(worst.items()))
    least = RiskLevel.UNKNOWN if gaps else RiskLevel.LOW
    return RiskScore(
        risk=_RISK.get(max(worst.values(), default=Severity.INFO), least),
        score=max(0, 100 + sum(points for _, points in contributions)),
        contributions=contributions,
        vulnerabilities=tuple((s.word, vulnerable[s]) for s in sorted(Severity)),
    )
