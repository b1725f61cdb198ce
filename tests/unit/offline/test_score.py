from vscan.domain import Finding, Kind, Severity
from vscan.sources.offline.score import in_company

MEDIUM, HIGH = Severity.MEDIUM, Severity.HIGH


def sign(rule: str, severity: Severity = MEDIUM, **more: object) -> Finding:
    return Finding(rule, severity, more.pop("kind", Kind.MALWARE), "m", more.pop("file", "x.js"))  # type: ignore[arg-type]


def raised(*findings: Finding) -> list[Severity]:
    return [finding.severity for finding in in_company(findings)]


def test_a_medium_sign_of_malware_is_high_beside_another_rule_s() -> None:
    first, second = in_company([sign("a"), sign("b")])
    assert (first.severity, second.severity) == (HIGH, HIGH)
    assert first.message == "m (in company: b)"


def test_a_leaked_secret_is_company_but_not_raised() -> None:
    assert raised(sign("a"), sign("b", kind=Kind.SECRET)) == [HIGH, MEDIUM]


def test_what_is_no_company() -> None:
    assert raised(sign("a"), sign("a", file="y.js"), sign("b", file="z.js")) == [MEDIUM] * 3
    assert raised(sign("a"), sign("b", Severity.LOW)) == [MEDIUM, Severity.LOW]
    assert raised(sign("a"), sign("b", HIGH, kind=Kind.VULNERABILITY)) == [MEDIUM, HIGH]
    assert raised(sign("a"), sign("b", kind=Kind.POSTURE)) == [MEDIUM] * 2
    assert raised(sign("a"), sign("a")) == [MEDIUM]
