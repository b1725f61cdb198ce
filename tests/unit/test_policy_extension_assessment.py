"""Waivers, the baseline and the checks of the policy, in assessments and in reports."""

import io
import itertools
import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from pkgutil import iter_modules
from typing import IO, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import extension, finding, task, verdict
from tests.examples import examples
from tests.judged import TODAY, failed, report, scanned, unreadable
from vscan.model import (
    ExtensionId,
    Failed,
    FailureKind,
    Finding,
    GapKind,
    Kind,
    Outcome,
    RiskLevel,
    Scanned,
    Severity,
    Task,
    Unreadable,
)
from vscan.policy import checks, evaluate
from vscan.policy.baseline_from_report import read_baseline
from vscan.policy.check_interface import Check, Violations
from vscan.policy.checks import CHECKS as CHECKS_OF_POLICY
from vscan.policy.extension_assessment import assess, fingerprint
from vscan.policy.ignore_file import SUPPRESSIBLE
from vscan.policy.model import (
    Assessment,
    BaselineEntry,
    Conclusion,
    Effect,
    EvaluatedFinding,
    LastKnownVerdict,
    Policy,
    Violation,
    Waiver,
)
from vscan.policy.run_decision import decide
from vscan.report import github, html, junit, sarif
from vscan.report.json import write as write_json
from vscan.report_model import Report

MALWARE = Finding("malicious-file", Severity.CRITICAL, Kind.MALWARE, "one file")


def waiver(id_: str = "acme.tools", rule: str = "vulnerable-dependency", **more: Any) -> Waiver:
    return Waiver(
        **({"id": id_, "rule": rule, "reason": "seen", "expires": None, "entry": 1} | more)
    )


def code(made: Report) -> int:
    return int(made.decision.exit_code)


def said(made: Report) -> str:
    return "\n".join(made.decision.reasons)


def of(made: Report, text: str = "acme.tools") -> Assessment:
    return next(a for a in made.assessments if a.extension.id.key == text)


# Waivers: what they match.


@pytest.mark.parametrize(
    ("id_", "rule", "matches"),
    [
        ("acme.tools", "vulnerable-dependency", True),
        ("ACME.Tools", "Vulnerable-Dependency", True),
        ("acme.*", "vulnerable-dependency", True),
        ("*", "*", True),
        ("*.tools", "vulnerable-*", True),
        ("acme.tool", "*", False),
        ("cme.tools", "*", False),
        ("acme.tools.more", "*", False),
        ("acmeXtools", "*", False),
        ("acme.tools", "vulnerable", False),
        ("acme.tools", "dependency", False),
        ("acme.tools", "malicious-file", False),
        ("acme.tools", "risk-level", False),
        ("other.*", "*", False),
    ],
)
def test_a_waiver_matches_whole_ids_and_whole_rules_in_any_case(
    id_: str, rule: str, *, matches: bool
) -> None:
    """A dot is a dot, a star is anything, and nothing is found in the middle of a word."""
    made = report(scanned("acme.tools", finding()), waivers=(waiver(id_, rule),))
    assert code(made) == (0 if matches else 1)
    assert ("matches nothing" in said(made)) is not matches
    assert ("Suppressed by the ignore file, 1 time: acme.tools." in said(made)) is matches


def test_a_waiver_matches_an_id_in_any_case() -> None:
    answer = Scanned(task("ACME.Tools"), verdict(finding()), from_cache=False)
    assert code(report(answer, waivers=(waiver("acme.tools"),))) == 0


def test_a_suppressed_finding_stays_in_the_counts_and_is_marked() -> None:
    accepted = waiver()
    bare = report(scanned("acme.tools", finding(), MALWARE))
    made = report(scanned("acme.tools", finding(), MALWARE), waivers=(accepted,))
    assert made.stats == replace(bare.stats, suppressed=1)
    assert list(of(made).findings) == [
        EvaluatedFinding("vscan.dev", finding(), accepted, in_baseline=False),
        EvaluatedFinding("vscan.dev", MALWARE, None, in_baseline=False),
    ]
    assert code(made) == 1
    assert "of severity critical" in said(made)
    assert "of severity high" not in said(made)


def test_the_first_of_two_matching_waivers_counts_and_the_second_is_unused() -> None:
    both = (waiver("acme.*", entry=1), waiver("*", entry=2))
    made = report(scanned("acme.tools", finding()), waivers=both)
    assert [each.waiver for each in of(made).findings] == [both[0]]
    assert "entry 2 of the ignore file (*, vulnerable-dependency) matches nothing" in said(made)


CHECKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "risk-level": ({"risk": RiskLevel.HIGH}, {"fail_on_risk": RiskLevel.MEDIUM}),
    "score": ({"score": 40}, {"min_score": 50}),
    "version-mismatch": ({"version": "2.0.0"}, {"on_version_mismatch": "fail"}),
}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("rule", [None, "*"])
def test_a_check_can_be_suppressed_by_its_name_or_a_pattern(check: str, rule: str | None) -> None:
    about, policy = CHECKS[check]
    outcome = scanned("acme.tools", **about)
    bare = report(outcome, **policy)
    assert (code(bare), of(bare).violated_checks) == (1, (check,))
    accepted = waiver(rule=rule or check)
    made = report(outcome, waivers=(accepted,), **policy)
    assert (code(made), of(made).violated_checks, of(made).fails) == (0, (), False)
    assert of(made).suppressed_checks == {check: accepted}
    assert said(made) == "Suppressed by the ignore file, 1 time: acme.tools."


@pytest.mark.parametrize(("check", "other"), list(itertools.permutations(CHECKS, 2)))
def test_a_waiver_of_one_check_suppresses_only_that_check(check: str, other: str) -> None:
    about, policy = CHECKS[check]
    assert code(report(scanned(**about), waivers=(waiver(rule=other),), **policy)) == 1


def test_the_waiver_of_a_check_without_a_violation_is_unused() -> None:
    made = report(scanned(score=90), waivers=(waiver(rule="score"),), min_score=50)
    assert "(acme.tools, score) matches nothing" in said(made)


# Waivers: failures.


@pytest.mark.parametrize("kind", SUPPRESSIBLE)
def test_a_suppressed_failure_leaves_the_run_complete_and_stays_in_the_counts(
    kind: FailureKind,
) -> None:
    outcomes = (scanned("acme.good"), failed("acme.lost", kind))
    bare = report(*outcomes)
    made = report(*outcomes, waivers=(waiver("acme.lost", f"failure:{kind}"),))
    assert (code(bare), bare.decision.incomplete) == (3, True)
    assert (code(made), made.decision.outcome, made.decision.incomplete) == (
        0, Conclusion.CLEAN, False,
    )  # fmt: skip
    assert made.stats == bare.stats
    assert made.stats.failed == 1
    assert said(made) == "Suppressed by the ignore file, 1 time: acme.lost."


@pytest.mark.parametrize("kind", FailureKind)
@pytest.mark.parametrize("rule", ["*", "failure*", "f*", "time*", "timeout"])
def test_a_waiver_of_rules_never_suppresses_a_failure(kind: FailureKind, rule: str) -> None:
    made = report(scanned("acme.good"), failed("acme.lost", kind), waivers=(waiver("*", rule),))
    assert (code(made), made.decision.outcome) == (3, Conclusion.INCOMPLETE)


def test_a_waiver_of_a_failure_suppresses_only_its_kind() -> None:
    waivers = (waiver("*", "failure:not-listed"),)
    assert code(report(failed(kind=FailureKind.NOT_LISTED), waivers=waivers)) == 0
    assert code(report(failed(kind=FailureKind.NETWORK), waivers=waivers)) == 3
    assert code(report(failed(kind=FailureKind.NOT_LISTED), unreadable(), waivers=waivers)) == 3


def test_one_of_two_failures_of_an_extension_can_be_suppressed() -> None:
    tools = extension()
    lost = [
        Failed(Task(source, (tools,)), kind, "lost")
        for source, kind in (("a", FailureKind.NOT_LISTED), ("b", FailureKind.TIMEOUT))
    ]
    made = report(*lost, waivers=(waiver(rule="failure:not-listed"),))
    assert code(made) == 3
    assert "could not be scanned (timeout): acme.tools" in said(made)
    assert "(not-listed)" not in said(made)


# Waivers: their end.


@pytest.mark.parametrize(("days", "code_"), [(-1, 1), (0, 0), (1, 0)])
@pytest.mark.parametrize(
    ("rule", "outcome", "expired"),
    [
        ("vulnerable-dependency", scanned("acme.tools", finding()), 1),
        ("failure:timeout", failed("acme.tools"), 3),
    ],
)
def test_a_waiver_expires_after_its_last_day(
    rule: str, outcome: Outcome, expired: int, days: int, code_: int
) -> None:
    last = TODAY + timedelta(days=days)
    made = report(outcome, waivers=(waiver(rule=rule, expires=last),))
    assert code(made) == (expired if code_ else 0)
    assert (f"expired on {last} and counts no more" in said(made)) is bool(code_)
    assert made.stats.suppressed == (0 if code_ or rule.startswith("failure") else 1)


def test_the_next_waiver_applies_after_one_has_expired() -> None:
    both = (waiver(expires=TODAY - timedelta(days=1)), waiver(entry=2))
    made = report(scanned("acme.tools", finding()), waivers=both)
    assert code(made) == 0
    assert [each.waiver for each in of(made).findings] == [both[1]]


def test_an_expired_waiver_is_named_whether_it_matches_or_not() -> None:
    made = report(scanned(), waivers=(waiver("gone.away", expires=date(2020, 1, 1)),))
    assert code(made) == 0
    assert "(gone.away, vulnerable-dependency) expired on 2020-01-01" in said(made)


# The baseline.


def baseline(made: Report, place: Path) -> dict[str, BaselineEntry]:
    """Take a report for the earlier one, as its JSON has it."""
    stream = io.StringIO()
    write_json(made, stream)
    place.write_text(stream.getvalue(), "utf-8")
    return dict(read_baseline(place))


def test_a_finding_of_the_baseline_fails_no_run_and_is_marked(tmp_path: Path) -> None:
    before = report(scanned("acme.tools", finding(), MALWARE))
    made = report(
        scanned("acme.tools", finding(), MALWARE), baseline=baseline(before, tmp_path / "b")
    )
    assert (code(before), code(made)) == (1, 0)
    assert made.stats == replace(before.stats, in_baseline=2)
    assert said(made) == "Already in the baseline, 2 findings: acme.tools."
    assert [each.in_baseline for each in of(made).findings] == [True, True]


@pytest.mark.parametrize(
    "now",
    [
        replace(finding(), rule="malicious-file"),
        replace(finding(), severity=Severity.CRITICAL),
        replace(finding(), message="worse"),
    ],
    ids=["rule", "severity", "message"],
)
def test_a_finding_of_another_rule_severity_or_message_is_new(tmp_path: Path, now: Finding) -> None:
    known = baseline(report(scanned("acme.tools", finding())), tmp_path / "b")
    made = report(scanned("acme.tools", now), baseline=known)
    assert code(made) == 1
    assert "Gone since the baseline, 1 finding: acme.tools." in said(made)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"line": 7}, 0),
        ({"file": "other.js"}, 1),
        ({"evidence": "another"}, 1),
        ({"url": "https://example.org/another"}, 1),
    ],
)
def test_a_finding_of_another_file_or_advisory_is_new_and_one_of_another_line_is_not(
    tmp_path: Path, change: dict[str, Any], expected: int
) -> None:
    """Or one malicious file would stand for any other."""
    known = baseline(report(scanned("acme.tools", finding())), tmp_path / "b")
    other = replace(finding(), **change)
    assert code(report(scanned("acme.tools", other), baseline=known)) == expected


def test_a_finding_that_was_suppressed_in_the_baseline_report_is_new(tmp_path: Path) -> None:
    """Else the last report as a baseline would make a waiver that expires one that does not."""
    outcome = scanned("acme.tools", finding(), score=40)
    excuses = (waiver(), waiver(rule="score"))
    known = baseline(report(outcome, waivers=excuses, min_score=80), tmp_path / "b")
    made = report(outcome, baseline=known, min_score=80)
    assert (code(made), made.stats.in_baseline, of(made).violated_checks) == (1, 0, ("score",))


def test_the_same_finding_of_another_extension_is_new(tmp_path: Path) -> None:
    known = baseline(report(scanned("acme.tools", finding())), tmp_path / "b")
    made = report(
        scanned("acme.other", finding()), scanned("acme.tools", finding()), baseline=known
    )
    assert code(made) == 1
    assert "(--fail-on high): acme.other." in said(made)


@pytest.mark.parametrize(
    ("check", "before", "same_or_better", "worse"),
    [
        ("risk-level", {"risk": RiskLevel.HIGH}, [{"risk": RiskLevel.HIGH},
         {"risk": RiskLevel.MEDIUM}], {"risk": RiskLevel.CRITICAL}),
        ("score", {"score": 40.5}, [{"score": 40.5}, {"score": 45}], {"score": 40.4}),
        ("version-mismatch", {"version": "2.0.0"}, [{"version": "2.0.0"}], {"version": "3.0.0"}),
    ],
)  # fmt: skip
def test_a_check_fails_only_where_the_baseline_was_better(
    tmp_path: Path,
    check: str,
    before: dict[str, Any],
    same_or_better: list[dict[str, Any]],
    worse: dict[str, Any] | None,
) -> None:
    policy = CHECKS[check][1]
    known = baseline(report(scanned(**before), **policy), tmp_path / "b")
    for about in same_or_better:
        assert code(report(scanned(**about), baseline=known, **policy)) == 0
    unknown = baseline(report(scanned(risk=RiskLevel.LOW)), tmp_path / "b")
    for about, than in [(before, unknown)] + ([(worse, known)] if worse else []):
        made = report(scanned(**about), baseline=than, **policy)
        assert (code(made), of(made).violated_checks) == (1, (check,))


def test_findings_of_the_baseline_are_gone_with_their_extension(tmp_path: Path) -> None:
    before = report(scanned("acme.left", finding()), scanned("acme.tools", finding(), MALWARE))
    made = report(scanned("acme.tools"), baseline=baseline(before, tmp_path / "b"))
    assert code(made) == 0
    assert said(made) == "Gone since the baseline, 3 findings: acme.left, acme.tools."


@pytest.mark.parametrize(
    "lost",
    [
        failed("acme.tools"),
        replace(unreadable("acme.tools-1.0.0"), id=ExtensionId.parse("acme.tools")),
    ],
    ids=["failed", "unreadable"],
)
def test_findings_of_an_extension_that_could_not_be_scanned_are_not_gone(
    tmp_path: Path, lost: Outcome | Unreadable
) -> None:
    """Found missing in review: an unreadable one was said to be mended."""
    known = baseline(report(scanned("acme.tools", finding())), tmp_path / "b")
    made = report(lost, baseline=known)
    assert code(made) == 3
    assert "Gone" not in said(made)


def test_all_findings_of_an_extension_without_a_verdict_in_the_baseline_are_new(
    tmp_path: Path,
) -> None:
    before = report(scanned("acme.good"), failed("acme.tools"))
    known = baseline(before, tmp_path / "b")
    assert set(known) == {"acme.good"}
    assert code(report(scanned("acme.tools", finding()), baseline=known)) == 1


def test_two_installed_versions_share_one_baseline_entry(tmp_path: Path) -> None:
    outcomes = [
        Scanned(Task("vscan.dev", (extension(version=version),)), found, from_cache=False)
        for version, found in (
            ("1.0.0", verdict(finding(), score=50, gaps=("socket",))),
            ("2.0.0", verdict(MALWARE, score=70, risk=RiskLevel.HIGH, version="2.0.0")),
        )
    ]
    policy: dict[str, Any] = {"min_score": 80, "fail_on_risk": RiskLevel.HIGH}
    before = report(*outcomes, **policy)
    assert code(before) == 1
    assert baseline(before, tmp_path / "b") == {
        "acme.tools": BaselineEntry(
            {fingerprint(each): 1 for each in (finding(), MALWARE)}, RiskLevel.HIGH, 50, frozenset()
        )
    }  # fmt: skip
    assert code(report(*outcomes, baseline=baseline(before, tmp_path / "b"), **policy)) == 0


def test_with_an_empty_baseline_all_findings_are_new() -> None:
    made = report(scanned("acme.tools", finding()), baseline={})
    assert code(made) == 1
    assert made.stats.in_baseline == 0


def test_a_finding_that_is_suppressed_and_in_the_baseline_counts_as_suppressed(
    tmp_path: Path,
) -> None:
    known = baseline(report(scanned("acme.tools", finding())), tmp_path / "b")
    made = report(scanned("acme.tools", finding()), baseline=known, waivers=(waiver(),))
    assert (made.stats.suppressed, made.stats.in_baseline) == (1, 0)


# The gate's own rules.


@pytest.mark.parametrize(
    ("policy", "rule"),
    [
        ({"blocked": ("acme.tools",)}, "policy-blocked"),
        ({"blocked": ("ACME.TOOLS",)}, "policy-blocked"),
        ({"blocked": ("other.x", "Acme.*")}, "policy-blocked"),
        ({"blocked": ("acme.tool",)}, None),
        ({"blocked": ("tools",)}, None),
        ({"allowed": ("acme.tools",)}, None),
        ({"allowed": ("ACME.*",)}, None),
        ({"allowed": ("acme.tool", "other.*")}, "policy-not-allowed"),
        ({"allowed": ()}, None),
    ],
)
@pytest.mark.parametrize("outcome", [scanned("Acme.Tools"), failed("acme.Tools")])
@pytest.mark.parametrize("fail_on", [None, Severity.CRITICAL])
def test_the_lists_of_the_policy_match_ids_in_any_case_whatever_the_threshold(
    policy: dict[str, Any], rule: str | None, outcome: Outcome, fail_on: Severity | None
) -> None:
    """Even an extension that no source has a verdict on."""
    made = report(outcome, fail_on=fail_on, **policy)
    own = [each.finding.rule for each in of(made).findings if each.provider == "policy"]
    assert own == ([rule] if rule else [])
    assert of(made).fails is (rule is not None)
    assert code(made) == (1 if rule else 3 if isinstance(outcome, Failed) else 0)
    if rule:
        assert f"({rule}): {of(made).extension.id}." in made.decision.reasons[0]


def verified(text: str, *, known: bool | None) -> Scanned:
    answer = scanned(text)
    return replace(answer, verdict=replace(answer.verdict, publisher_verified=known))


@pytest.mark.parametrize(("known", "code_"), [(True, 0), (False, 1), (None, 3)])
def test_an_unverified_publisher_fails_and_an_unknown_one_is_incomplete(
    known: bool | None,  # noqa: FBT001 - the case
    code_: int,
) -> None:
    outcome = verified("acme.tools", known=known)
    made = report(outcome, verified_publishers=True, fail_on=None)
    assert code(made) == code_
    assert made.decision.incomplete is (known is None)
    assert code(report(outcome)) == 0
    if known is False:
        assert "not verified (policy-unverified): acme.tools." in said(made)


def test_one_provider_that_knows_the_publisher_is_enough() -> None:
    tools = extension()
    answers = [(source, replace(verdict(), publisher_verified=known))
               for source, known in (("a", True), ("b", None))]  # fmt: skip
    told = [Scanned(Task(source, (tools,)), answer, from_cache=False) for source, answer in answers]
    assert code(report(*told, verified_publishers=True)) == 0


@pytest.mark.parametrize(
    ("policy", "rule"),
    [
        ({"blocked": ("*",)}, "policy-blocked"),
        ({"allowed": ("other.*",)}, "policy-not-allowed"),
        ({"verified_publishers": True}, "policy-unverified"),
    ],
)
def test_findings_of_policy_checks_are_suppressed_by_name_and_never_in_a_baseline(
    tmp_path: Path, policy: dict[str, Any], rule: str
) -> None:
    outcome = verified("acme.tools", known=False)
    before = report(outcome, **policy)
    assert code(before) == 1
    assert code(report(outcome, waivers=(waiver(rule=rule),), **policy)) == 0
    by_pattern = report(outcome, waivers=(waiver(rule="policy-*"),), **policy)
    assert code(by_pattern) == (0 if rule == "policy-unverified" else 1)
    assert code(report(outcome, waivers=(waiver(rule="vulnerable-*"),), **policy)) == 1
    assert code(report(outcome, baseline=baseline(before, tmp_path / "b"), **policy)) == 1


# Whatever comes.

IDS = ("acme.a", "acme.b", "corp.c")
RULE_IDS = ("vulnerable-dependency", "malicious-file", "policy-blocked")
FINDINGS = st.builds(
    Finding,
    st.sampled_from(RULE_IDS[:2]),
    st.sampled_from(Severity),
    st.sampled_from([kind for kind in Kind if kind is not Kind.POLICY]),
    st.sampled_from(["bad", "worse"]),
)
FAILURES = [f"failure:{kind}" for kind in SUPPRESSIBLE]
WAIVERS = st.builds(
    lambda id_, rule, expires: waiver(id_, rule, expires=expires),
    st.sampled_from([*IDS, "acme.*", "*"]),
    st.sampled_from(
        [*RULE_IDS, *CHECKS, "gap", "*", "policy-*", *(f"failure:{k}" for k in SUPPRESSIBLE)]
    ),
    st.sampled_from([None, TODAY, TODAY - timedelta(days=1)]),
)
EARLIER = st.builds(
    BaselineEntry,
    st.dictionaries(FINDINGS.map(fingerprint), st.integers(1, 3), max_size=4),
    st.sampled_from(RiskLevel),
    st.floats(0, 100),
    st.frozensets(st.tuples(st.just("1.0.0"), st.sampled_from(["1.0.0", "2.0.0"]))),
)
SETTINGS = st.sampled_from(["ignore", "warn", "fail"])
GAP_SETTINGS = st.sampled_from(["auto", "ignore", "warn", "fail"])
POLICIES = st.builds(
    Policy,
    fail_on=st.none() | st.sampled_from(list(Severity)[1:]),
    fail_on_risk=st.none() | st.sampled_from(list(RiskLevel)[1:]),
    min_score=st.none() | st.integers(0, 100),
    on_gap=GAP_SETTINGS,
    on_version_mismatch=SETTINGS,
    blocked=st.sampled_from([(), ("acme.*",), ("CORP.C",)]),
    allowed=st.sampled_from([(), ("acme.*",), ("*",)]),
    verified_publishers=st.booleans(),
    waivers=st.lists(WAIVERS, max_size=4).map(
        lambda them: tuple(replace(each, entry=n) for n, each in enumerate(them, 1))
    ),
    baseline=st.none() | st.dictionaries(st.sampled_from(IDS), EARLIER),
    allow_incomplete=st.booleans(),
)


@st.composite
def outcomes_of(draw: st.DrawFn) -> tuple[Outcome, ...]:
    """Draw an answer or a failure for some ids."""
    outcomes: list[Outcome] = []
    for text in IDS[: draw(st.integers(0, 3))]:
        if draw(st.booleans()):
            found = verdict(
                *draw(st.lists(FINDINGS, max_size=3)),
                score=draw(st.floats(0, 100)),
                risk=draw(st.sampled_from(RiskLevel)),
                gaps=draw(st.sampled_from([(), ("socket",)])),
                kind=draw(st.sampled_from(GapKind)),
                version=draw(st.sampled_from(["1.0.0", "2.0.0"])),
            )
            told = draw(st.sampled_from([True, False, None]))
            answer = replace(found, publisher_verified=told)
            outcomes.append(Scanned(task(text), answer, from_cache=draw(st.booleans())))
        else:
            outcomes.append(failed(text, draw(st.sampled_from(FailureKind))))
    return tuple(outcomes)


UNREAD = st.sampled_from([(), (unreadable(),)])


@given(outcomes=outcomes_of(), unread=UNREAD, policy=POLICIES)
@settings(deadline=None, max_examples=examples(300))
def test_a_run_fails_exactly_where_an_extension_does(
    outcomes: tuple[Outcome, ...], unread: tuple[Unreadable, ...], policy: Policy
) -> None:
    assessments = assess(outcomes, policy, TODAY)
    decision = decide(policy, assessments, unread, today=TODAY)
    assert (decision.exit_code == 1) is any(each.fails for each in assessments)
    assert decision.incomplete is (
        bool(unread) or any(each.incomplete_violations for each in assessments)
    )
    if decision.exit_code:
        assert any(not reason.startswith("Warning: ") for reason in decision.reasons)
    assert all(reason.endswith(".") for reason in decision.reasons)


@given(outcomes=outcomes_of(), unread=UNREAD, policy=POLICIES)
@settings(deadline=None, max_examples=examples(300))
def test_waivers_and_the_baseline_never_add_a_violation(
    outcomes: tuple[Outcome, ...], unread: tuple[Unreadable, ...], policy: Policy
) -> None:
    """Findings stay in the report, marked; other counts are unchanged; no result is worse."""
    strict = replace(policy, waivers=(), baseline=None)
    then, now = assess(outcomes, strict, TODAY), assess(outcomes, policy, TODAY)
    for before, after in zip(then, now, strict=True):
        assert [(h.provider, h.finding) for h in before.findings] == [
            (h.provider, h.finding) for h in after.findings
        ]
        assert (before.verdicts, before.failures, before.risk) == (
            after.verdicts, after.failures, after.risk,
        )  # fmt: skip
        assert set(after.violated_checks) <= set(before.violated_checks)
        assert before.fails or not after.fails
    first = decide(strict, then, unread, today=TODAY)
    second = decide(policy, now, unread, today=TODAY)
    order = {1: 2, 3: 1, 4: 1, 0: 0}
    assert order[second.exit_code] <= order[first.exit_code]
    assert first.incomplete or not second.incomplete


@given(outcomes=outcomes_of(), policy=POLICIES)
@settings(deadline=None)
def test_unused_and_expired_waivers_and_other_baseline_entries_change_no_verdict(
    outcomes: tuple[Outcome, ...], policy: Policy
) -> None:
    unused = (
        waiver("not.installed", "*", entry=9),
        waiver("*", "*", expires=TODAY - timedelta(days=1), entry=10),
        waiver("*", "no-such-rule", entry=11),
    )
    more = replace(policy, waivers=(*policy.waivers, *unused))
    assert assess(outcomes, more, TODAY) == assess(outcomes, policy, TODAY)


@given(outcomes=outcomes_of(), policy=POLICIES)
@settings(deadline=None)
def test_a_run_with_its_own_report_as_baseline_fails_nothing(
    tmp_path_factory: pytest.TempPathFactory, outcomes: tuple[Outcome, ...], policy: Policy
) -> None:
    """But for what a baseline does not hold: what has no verdict, and the gate's own rules."""
    policy = replace(policy, blocked=(), allowed=(), verified_publishers=False)
    answered = [outcome for outcome in outcomes if isinstance(outcome, Scanned)]
    place = tmp_path_factory.mktemp("baseline") / "report.json"
    before = report(*answered, **{n: getattr(policy, n) for n in Policy.__struct_fields__})
    after = replace(policy, baseline=baseline(before, place))
    assert not any(each.fails for each in assess(answered, after, TODAY))


def test_the_json_report_marks_suppressed_and_known_findings_with_reason_and_end(
    tmp_path: Path,
) -> None:
    known = baseline(report(scanned("acme.b", finding())), tmp_path / "b")
    made = report(
        scanned("acme.a", finding()), scanned("acme.b", finding()), failed("acme.c"),
        waivers=(waiver("acme.a", expires=TODAY), waiver("acme.c", "failure:timeout", entry=2)),
        baseline=known,
    )  # fmt: skip
    stream = io.StringIO()
    write_json(made, stream)
    told = json.loads(stream.getvalue())
    first, second, _ = (each["findings"] for each in told["extensions"])
    assert first[0]["waived"] == {"reason": "seen", "expires": "2027-01-31"}
    assert (first[0]["known"], second[0]["known"]) == (False, True)
    assert [each["waived"] for each in told["failed_extensions"]] == [True]
    assert (told["stats"]["findings_waived"], told["stats"]["findings_known"]) == (1, 1)


# Every format, and the exit code, say the same.


def _written(write: Callable[[Report, IO[str]], None], made: Report) -> str:
    stream = io.StringIO()
    write(made, stream)
    return stream.getvalue()


def agreed(made: Report) -> None:
    """Hold the outcome against the violations, and each format against the outcome."""
    failing = sum(each.fails for each in made.assessments)
    fails = made.decision.outcome is Conclusion.FINDINGS
    assert fails is (failing > 0)
    told = json.loads(_written(write_json, made))["decision"]
    assert (told["outcome"], told["exit_code"]) == (
        str(made.decision.outcome),
        int(made.decision.exit_code),
    )
    suites = ET.fromstring(_written(junit.write, made))
    assert suites.get("failures") == str(failing)
    green = made.decision.outcome is Conclusion.CLEAN
    assert green is (suites.get("failures") == "0" == suites.get("errors"))
    annotations = _written(github.write, made)
    assert fails is ("::error " in annotations)
    assert green is (annotations == "")
    assert fails is ('class="outcome is-failed"' in _written(html.write, made))
    properties = json.loads(_written(sarif.write, made))["runs"][0]["properties"]
    assert properties["outcome"] == str(made.decision.outcome)


@given(outcomes=outcomes_of(), unread=UNREAD, policy=POLICIES)
@settings(deadline=None, max_examples=examples(60))
def test_the_formats_and_the_exit_code_agree_whatever_the_policy(
    outcomes: tuple[Outcome, ...], unread: tuple[Unreadable, ...], policy: Policy
) -> None:
    fields = {name: getattr(policy, name) for name in Policy.__struct_fields__}
    made = report(*outcomes, *unread, **fields)
    agreed(made)
    code_ = made.decision.exit_code
    assert (code_ == 1) is (made.decision.outcome is Conclusion.FINDINGS and not policy.exit_zero)


class _Odd(Check):
    """A new check, as a contributor would add it: no other module names it."""

    id = "policy-odd"
    meaning = "the extension's name is odd"

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        del policy
        odd = "odd" in item.extension.id.name
        return Violation(self.id, Effect.FAIL, ("its name is odd",)) if odd else None

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        del policy
        yield f"{len(found)} odd."


@pytest.mark.parametrize(("text", "code_"), [("acme.odd", 1), ("acme.even", 0)])
def test_a_new_check_fails_the_run_in_every_format_without_another_change(
    text: str, code_: int
) -> None:
    """The first release said "clean (exit 0)" beside JUnit's ``failures="1"``."""
    outcomes = [scanned(text, score=100)]
    assessments, decision = evaluate(outcomes, (), Policy(), checks=(*CHECKS_OF_POLICY, _Odd()))
    made = replace(report(*outcomes), assessments=assessments, decision=decision)
    assert (decision.exit_code, decision.reasons) == (code_, ("1 odd.",) * code_)
    agreed(made)


def test_the_names_of_checks_are_unique() -> None:
    names = [check.id for check in CHECKS_OF_POLICY]
    assert len(names) == len(set(names))


def test_each_module_of_a_check_is_in_the_tuple_of_checks() -> None:
    """A check that is written, and not listed, would judge nothing."""
    modules = {f"vscan.policy.checks.{each.name}" for each in iter_modules(checks.__path__)}
    assert {type(check).__module__ for check in CHECKS_OF_POLICY} == modules


# Which findings match the baseline.


def test_a_finding_with_the_same_shown_evidence_and_another_digest_is_new(tmp_path: Path) -> None:
    shown = replace(finding(message="eval"), evidence="x" * 160)
    before = replace(shown, digest="a" * 32)
    known = baseline(report(scanned("acme.tools", before)), tmp_path / "b")
    assert code(report(scanned("acme.tools", before), baseline=known)) == 0
    made = report(scanned("acme.tools", replace(shown, digest="b" * 32)), baseline=known)
    assert (code(made), made.stats.in_baseline) == (1, 0)


def test_a_finding_of_the_baseline_matches_once(tmp_path: Path) -> None:
    known = baseline(report(scanned("acme.tools", finding())), tmp_path / "b")
    copies = [replace(finding(), line=line) for line in (1, 2)]
    made = report(scanned("acme.tools", *copies), baseline=known)
    assert (code(made), made.stats.in_baseline) == (1, 1)
    assert [each.in_baseline for each in of(made).findings] == [True, False]
    both = baseline(report(scanned("acme.tools", *copies)), tmp_path / "b")
    assert code(report(scanned("acme.tools", *copies), baseline=both)) == 0
    gone = report(scanned("acme.tools", copies[0]), baseline=both)
    assert "Gone since the baseline, 1 finding: acme.tools." in said(gone)


def test_a_baseline_suppresses_no_gap(tmp_path: Path) -> None:
    """The part that was not examined may have changed since."""
    blind = scanned(
        "acme.tools", gaps=("main.js is over 64 folders deep",), kind=GapKind.UNEXAMINED
    )
    before = report(blind)
    assert code(before) == 3
    assert code(report(blind, baseline=baseline(before, tmp_path / "b"))) == 3


def test_a_baseline_entry_is_shared_by_installed_copies(tmp_path: Path) -> None:
    known = baseline(report(scanned("acme.tools", finding())), tmp_path / "b")
    first = scanned("acme.tools", finding())
    other = replace(first, task=Task("vscan.dev", (extension(version="1.1.0"),)))
    made = report(first, other, baseline=known)
    assert (code(made), made.stats.in_baseline) == (1, 1)
    both = baseline(report(first, other), tmp_path / "b")
    assert code(report(first, other, baseline=both)) == 0


@pytest.mark.parametrize("policy", [{"fail_on_risk": RiskLevel.CRITICAL}, {"min_score": 50}])
def test_a_new_finding_that_replaces_a_known_one_fails_every_threshold(
    tmp_path: Path, policy: dict[str, Any]
) -> None:
    about: dict[str, Any] = {"risk": RiskLevel.CRITICAL, "score": 20}
    known = baseline(report(scanned("acme.tools", MALWARE, **about)), tmp_path / "b")
    same = report(scanned("acme.tools", MALWARE, **about), baseline=known, fail_on=None, **policy)
    assert code(same) == 0
    other = replace(MALWARE, message="another file")
    made = report(scanned("acme.tools", other, **about), baseline=known, fail_on=None, **policy)
    assert code(made) == 1


@pytest.mark.parametrize(("severity", "code_"), [(Severity.LOW, 0), (Severity.MEDIUM, 1)])
def test_a_new_finding_fails_a_known_risk_level_from_medium_severity_on(
    tmp_path: Path, severity: Severity, code_: int
) -> None:
    known = baseline(report(scanned(risk=RiskLevel.HIGH)), tmp_path / "b")
    made = report(
        scanned("acme.tools", finding(severity), risk=RiskLevel.HIGH),
        baseline=known,
        fail_on=None,
        fail_on_risk=RiskLevel.HIGH,
    )
    assert code(made) == code_


def test_an_escalated_finding_of_an_older_baseline_keeps_its_fingerprint() -> None:
    """The words for a finding that others confirm have changed; baselines have the former ones."""
    now = replace(finding(), message="It runs code (correlated with: raw-ip-address)")
    then = replace(now, message="It runs code (in company: raw-ip-address)")
    assert fingerprint(now) == fingerprint(then)
    assert fingerprint(now) != fingerprint(replace(now, message="It runs code"))


def test_a_stale_finding_uses_up_no_finding_of_the_baseline(tmp_path: Path) -> None:
    """It is only shown: the finding of the copy that was scanned is the one of the baseline."""
    failed = Task("vscan.dev", (extension(version="1.0.0"),))
    there = Task("vscan.dev", (extension(version="2.0.0"),))
    found = Scanned(there, verdict(finding()), from_cache=False)
    known = baseline(report(found), tmp_path / "b")
    outcomes = (Failed(failed, FailureKind.TIMEOUT, "late"), found)
    made = assess(
        outcomes,
        Policy(baseline=known),
        stale={failed: LastKnownVerdict(verdict(finding()), 1)},
    )
    assert [[each.in_baseline for each in item.findings] for item in made] == [[], [True]]
    assert [len(item.last_known_findings) for item in made] == [1, 0]
