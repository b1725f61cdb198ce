import re
from pathlib import Path

import pytest

from vscan.model import Finding, Kind, RiskLevel, Severity
from vscan.providers.offline.score import escalate_correlated, score

DOCUMENT = Path(__file__).parents[3] / "docs" / "offline.md"
MEDIUM, HIGH = Severity.MEDIUM, Severity.HIGH


def sign(rule: str, severity: Severity = MEDIUM, **more: object) -> Finding:
    return Finding(rule, severity, more.pop("kind", Kind.MALWARE), "m", more.pop("file", "x.js"))  # type: ignore[arg-type]


def raised(*findings: Finding) -> list[Severity]:
    return [finding.severity for finding in escalate_correlated(findings)]


def test_a_medium_sign_of_malware_is_escalated_by_another_rule_s() -> None:
    first, second = escalate_correlated([sign("a"), sign("b")])
    assert (first.severity, second.severity) == (HIGH, HIGH)
    assert first.message == "m (correlated with: b)"


def test_a_leaked_secret_correlates_but_is_not_escalated() -> None:
    assert raised(sign("a"), sign("b", kind=Kind.SECRET)) == [HIGH, MEDIUM]


def test_two_rules_about_one_act_are_one_sign() -> None:
    assert raised(sign("self-spread"), sign("sideloading")) == [MEDIUM] * 2
    assert raised(sign("self-spread"), sign("sideloading"), sign("a")) == [HIGH] * 3


def test_vulnerabilities_posture_and_low_findings_do_not_correlate() -> None:
    assert raised(sign("a"), sign("a", file="y.js"), sign("b", file="z.js")) == [MEDIUM] * 3
    assert raised(sign("a"), sign("b", Severity.LOW)) == [MEDIUM, Severity.LOW]
    assert raised(sign("a"), sign("b", HIGH, kind=Kind.VULNERABILITY)) == [MEDIUM, HIGH]
    assert raised(sign("a"), sign("b", kind=Kind.POSTURE)) == [MEDIUM] * 2
    assert raised(sign("a"), sign("a")) == [MEDIUM]


@pytest.mark.parametrize(
    ("severity", "points", "risk"),
    [
        (Severity.CRITICAL, 80, RiskLevel.CRITICAL),
        (Severity.HIGH, 50, RiskLevel.HIGH),
        (Severity.MEDIUM, 15, RiskLevel.MEDIUM),
        (Severity.LOW, 5, RiskLevel.LOW),
        (Severity.INFO, 0, RiskLevel.LOW),
    ],
)
def test_a_severity_costs_as_much_as_is_documented(
    severity: Severity, points: int, risk: RiskLevel
) -> None:
    weighed = score([sign("a", severity), sign("a", severity, file="y.js")], ())
    assert (weighed.score, weighed.contributions) == (100 - points, (("a", -points),))
    assert weighed.risk is risk
    document = DOCUMENT.read_text("utf-8")
    documented = dict(re.findall(r"(\d+)(?: points)?\s+for\s+(critical|high|medium|low)", document))
    assert documented == {"80": "critical", "50": "high", "15": "medium", "5": "low"}
    assert severity is Severity.INFO or documented[str(points)] == severity.word


def test_a_rule_costs_once_at_its_worst_and_no_score_is_below_zero() -> None:
    findings = [sign("a", Severity.LOW), sign("a", HIGH), sign("b", MEDIUM)]
    assert score(findings, ()).contributions == (("a", -50), ("b", -15))
    assert score(findings, ()).score == 35
    assert score([*findings, sign("c", Severity.CRITICAL)], ()).score == 0
    assert score([], ()).score == 100


def test_with_gaps_the_risk_is_never_low() -> None:
    assert score([], ()).risk is RiskLevel.LOW
    assert score([sign("a", Severity.LOW)], ("a gap",)).risk is RiskLevel.UNKNOWN
    assert score([sign("a", MEDIUM)], ("a gap",)).risk is RiskLevel.MEDIUM
