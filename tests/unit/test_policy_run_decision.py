import itertools
import re
import signal
from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import extension, finding, task, verdict
from tests.examples import examples
from vscan.model import (
    Failed,
    FailureKind,
    Finding,
    GapKind,
    Kind,
    Origin,
    Outcome,
    RiskLevel,
    Scanned,
    Severity,
    Task,
    Unreadable,
    Verdict,
)
from vscan.policy import evaluate
from vscan.policy.extension_assessment import assess
from vscan.policy.model import Assessment, Conclusion, Decision, Policy, Waiver
from vscan.policy.run_decision import decide
from vscan.report_model import Stats, count

TODAY = date(2027, 1, 31)
THRESHOLDS = (None, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)
RISKS = (None, RiskLevel.LOW, RiskLevel.MEDIUM, RiskLevel.HIGH, RiskLevel.CRITICAL)
SETTINGS: tuple[Literal["ignore", "warn", "fail"], ...] = ("ignore", "warn", "fail")


def scanned(text: str = "acme.tools", *findings: Finding, **about: Any) -> Scanned:
    return Scanned(task(text), verdict(*findings, **about), from_cache=False)


def failed(text: str = "acme.lost", kind: FailureKind = FailureKind.TIMEOUT) -> Failed:
    return Failed(task(text), kind, "no answer in time")


def unreadable(name: str = "broken-1.0.0") -> Unreadable:
    return Unreadable(name, "its manifest is no JSON", None, None, name, (Origin(f"x/{name}"),))


def decided(
    *found: Outcome | Unreadable,
    interrupted: signal.Signals | None = None,
    **policy: Any,
) -> Decision:
    """Judge outcomes and unreadable entries under a policy."""
    outcomes = [item for item in found if not isinstance(item, Unreadable)]
    unread = [item for item in found if isinstance(item, Unreadable)]
    rules = Policy(**policy)
    _, decision = evaluate(outcomes, unread, rules, today=TODAY, interrupted=interrupted)
    return decision


def tally(
    assessments: Sequence[Assessment], unread: Sequence[Unreadable] = (), **counters: Any
) -> Stats:
    zero: dict[str, Any] = {"requests": 0, "retries": 0, "rate_limited": 0, "elapsed_s": 0.0}
    return count(assessments, unread, **(zero | counters))


# The table of exit codes.

RUNS: dict[str, tuple[Outcome | Unreadable, ...]] = {
    "clean": (scanned(),),
    "findings": (scanned("acme.tools", finding()),),
    "failed": (scanned(), failed()),
    "unreadable": (scanned(), unreadable()),
    "nothing but failed": (failed(), unreadable()),
    "findings and failed": (scanned("acme.tools", finding()), failed()),
    "findings and unreadable": (scanned("acme.tools", finding()), unreadable()),
    "empty": (),
}
# For no option; each of --allow-incomplete, --allow-empty, --exit-zero; each pair in that
# order (incomplete and empty, incomplete and zero, empty and zero); all three.
CODES = {
    "clean": (0, 0, 0, 0, 0, 0, 0, 0),
    "findings": (1, 1, 1, 0, 1, 0, 0, 0),
    "failed": (3, 0, 3, 3, 0, 0, 3, 0),
    "unreadable": (3, 0, 3, 3, 0, 0, 3, 0),
    "nothing but failed": (3, 0, 3, 3, 0, 0, 3, 0),
    "findings and failed": (1, 1, 1, 3, 1, 0, 3, 0),
    "findings and unreadable": (1, 1, 1, 3, 1, 0, 3, 0),
    "empty": (4, 4, 0, 4, 0, 4, 0, 0),
}
OUTLOOKS = {
    "clean": Conclusion.CLEAN,
    "findings": Conclusion.FINDINGS,
    "failed": Conclusion.INCOMPLETE,
    "unreadable": Conclusion.INCOMPLETE,
    "nothing but failed": Conclusion.INCOMPLETE,
    "findings and failed": Conclusion.FINDINGS,
    "findings and unreadable": Conclusion.FINDINGS,
    "empty": Conclusion.NOTHING_TO_SCAN,
}
OPTIONS: list[dict[str, Any]] = [
    dict.fromkeys(chosen, True)
    for number in range(4)
    for chosen in itertools.combinations(("allow_incomplete", "allow_empty", "exit_zero"), number)
]


@pytest.mark.parametrize("column", range(8), ids=["+".join(options) or "-" for options in OPTIONS])
@pytest.mark.parametrize("run", RUNS)
def test_the_exit_code_is_the_one_in_the_table(run: str, column: int) -> None:
    """Findings win over incomplete, and that over empty; an option moves its own code alone.

    With ``--exit-zero`` a run with findings that is incomplete, too, is still incomplete.
    """
    decision = decided(*RUNS[run], **OPTIONS[column])
    assert (decision.exit_code, decision.outcome) == (CODES[run][column], OUTLOOKS[run])


@pytest.mark.parametrize("column", range(8), ids=["+".join(options) or "-" for options in OPTIONS])
@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_an_interrupted_run_has_the_exit_code_of_its_signal(
    name: str, code: int, run: str, column: int
) -> None:
    decision = decided(*RUNS[run], interrupted=signal.Signals[name], **OPTIONS[column])
    assert (decision.exit_code, decision.outcome) == (code, Conclusion.INTERRUPTED)
    assert decision.reasons[0].startswith(f"Interrupted by {name}: ")
    assert decision.reasons[0].endswith(" done. Run again for the rest.")
    assert not any("nothing to scan" in reason for reason in decision.reasons)


def test_a_clean_run_has_no_reasons() -> None:
    assert decided(scanned()) == Decision(Conclusion.CLEAN, 0, ())


def test_an_empty_run_has_the_reason_that_there_is_nothing_to_scan() -> None:
    assert decided().reasons == (
        "There is nothing to scan. Name a repository or a directory: `vscan scan DIR`.",
    )


# Thresholds.


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.POLICY])
@pytest.mark.parametrize("severity", Severity)
@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_a_finding_at_or_above_fail_on_fails_the_run_unless_it_is_posture(
    threshold: Severity | None, severity: Severity, kind: Kind
) -> None:
    decision = decided(scanned("acme.tools", finding(severity, kind)), fail_on=threshold)
    fails = threshold is not None and severity >= threshold and kind is not Kind.POSTURE
    assert decision.exit_code == (1 if fails else 0)
    assert any(severity.word in reason for reason in decision.reasons) is fails


@pytest.mark.parametrize("threshold", RISKS)
@pytest.mark.parametrize("risk", RiskLevel)
def test_a_risk_level_at_or_above_fail_on_risk_fails_the_run(
    risk: RiskLevel, threshold: RiskLevel | None
) -> None:
    """An unknown one can't be compared with anything: the run is incomplete, not clean."""
    decision = decided(scanned(risk=risk), fail_on_risk=threshold)
    if threshold is None:
        assert decision.exit_code == 0
    elif risk is RiskLevel.UNKNOWN:
        assert (decision.exit_code, decision.outcome) == (3, Conclusion.INCOMPLETE)
    else:
        assert decision.exit_code == (1 if risk >= threshold else 0)


def test_posture_counts_through_the_risk_level() -> None:
    made_badly = scanned(
        "acme.tools", finding(Severity.CRITICAL, Kind.POSTURE), risk=RiskLevel.HIGH
    )
    assert decided(made_badly, fail_on=Severity.LOW).exit_code == 0
    assert decided(made_badly, fail_on=None, fail_on_risk=RiskLevel.HIGH).exit_code == 1


def test_an_unknown_risk_makes_the_run_incomplete_whatever_another_provider_says() -> None:
    """The source that does not know could have said critical."""
    tools = extension()
    outcomes = [
        Scanned(Task(source, (tools,)), verdict(risk=risk), from_cache=False)
        for source, risk in (("offline", RiskLevel.LOW), ("vscan.dev", RiskLevel.UNKNOWN))
    ]
    assert decided(*outcomes, fail_on_risk=RiskLevel.HIGH).exit_code == 3


@pytest.mark.parametrize(
    ("score", "minimum", "code"),
    [
        (79, 80, 1),
        (79.99, 80, 1),
        (80, 80, 0),
        (80.01, 80, 0),
        (0, 0, 0),
        (99.9, 100, 1),
        (100, 100, 0),
        (0, None, 0),
    ],
)
def test_a_score_below_the_minimum_fails_the_run(
    score: float, minimum: int | None, code: int
) -> None:
    assert decided(scanned(score=score), min_score=minimum).exit_code == code


def test_one_provider_with_a_low_score_fails_the_run() -> None:
    tools = extension()
    outcomes = [
        Scanned(Task(source, (tools,)), verdict(score=score), from_cache=False)
        for source, score in (("offline", 90), ("vscan.dev", 70))
    ]
    assert decided(*outcomes, min_score=80).exit_code == 1


def test_the_worst_findings_are_named_first() -> None:
    severities = (Severity.MEDIUM, Severity.CRITICAL, Severity.HIGH)
    reasons = decided(
        scanned("acme.tools", *map(finding, severities)), fail_on=Severity.LOW
    ).reasons
    named = [
        word for reason in reasons for word in ("critical", "high", "medium") if word in reason
    ]
    assert named == ["critical", "high", "medium"]


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ({}, "2 findings of severity high (--fail-on high): acme.tools."),
        (
            {"fail_on": None, "fail_on_risk": RiskLevel.MEDIUM},
            "1 extension at risk level medium or above (--fail-on-risk medium): acme.tools.",
        ),
        (
            {"fail_on": None, "min_score": 95},
            "1 extension with a score below 95 (--min-score 95): acme.tools.",
        ),
        (
            {"fail_on": None, "on_version_mismatch": "fail"},
            (
                "1 extension judged by another version than the one installed"
                " (--on-version-mismatch fail): acme.tools."
            ),
        ),
    ],
)
def test_each_reason_names_the_option_and_the_extensions(
    policy: dict[str, Any], reason: str
) -> None:
    alone: dict[str, Any] = {"on_gap": "ignore", "on_version_mismatch": "ignore"}
    bad = scanned(
        "acme.tools",
        finding(),
        finding(Severity.HIGH, Kind.MALWARE),
        finding(Severity.LOW),
        risk=RiskLevel.CRITICAL,
        gaps=("socket",),
        version="2.0.0",
    )
    decision = decided(scanned("acme.good", score=100), bad, **(alone | policy))
    assert (decision.exit_code, decision.reasons) == (1, (reason,))


# Notices.

GAP = scanned(gaps=("socket",))
MISMATCH = scanned(version="2.0.0")


@pytest.mark.parametrize("setting", ["ignore", "warn", "fail"])
def test_a_version_mismatch_is_ignored_or_a_warning_or_fails_the_run(
    setting: Literal["ignore", "warn", "fail"],
) -> None:
    decision = decided(MISMATCH, on_version_mismatch=setting)
    assert decision.exit_code == (1 if setting == "fail" else 0)
    assert decision.outcome is (Conclusion.FINDINGS if setting == "fail" else Conclusion.CLEAN)
    if setting == "ignore":
        assert decision.reasons == ()
    else:
        assert "another version" in decision.reasons[0]
        assert decision.reasons[0].startswith("Warning: 1 extension ") is (setting == "warn")


# Gaps.


def answers(*verdicts: Verdict) -> tuple[Scanned, ...]:
    """Give the answers of several sources about one extension."""
    tools = extension()
    return tuple(Scanned(Task(v.provider, (tools,)), v, from_cache=False) for v in verdicts)


def offline(*gaps: str) -> Verdict:
    return verdict(source="offline", gaps=gaps, kind=GapKind.UNEXAMINED)


def service(*gaps: str, kind: GapKind = GapKind.OTHER) -> Verdict:
    return verdict(gaps=gaps, kind=kind)


DECISIVE = service("dependencies", kind=GapKind.DECISIVE)
GAPS: dict[str, tuple[tuple[Scanned, ...], int]] = {
    "bytes were not examined": (answers(offline("main.js is over 64 folders deep")), 3),
    "bytes were not examined, and the service is whole": (answers(service(), offline("x")), 3),
    "a decisive part, alone": (answers(DECISIVE), 3),
    "a decisive part beside a whole offline verdict": (answers(DECISIVE, offline()), 0),
    "a decisive part beside unexamined bytes": (answers(DECISIVE, offline("x")), 3),
    "another part, alone": (answers(service("socket")), 0),
    "another part beside a whole offline verdict": (answers(service("socket"), offline()), 0),
}


@pytest.mark.parametrize("case", GAPS)
def test_by_default_a_gap_makes_the_run_incomplete_unless_another_verdict_is_complete(
    case: str,
) -> None:
    outcomes, code = GAPS[case]
    decision = decided(*outcomes)
    assert (decision.exit_code, decision.incomplete) == (code, code != 0)
    assert decision.outcome is (Conclusion.INCOMPLETE if code else Conclusion.CLEAN)
    assert decision.reasons[0].startswith("Warning: ") is (code == 0)
    assert decided(*outcomes, allow_incomplete=True).exit_code == 0


@pytest.mark.parametrize("case", GAPS)
@pytest.mark.parametrize(("setting", "code"), [("ignore", 0), ("warn", 0), ("fail", 3)])
def test_on_gap_applies_to_all_kinds_of_gaps(
    setting: Literal["ignore", "warn", "fail"], code: int, case: str
) -> None:
    decision = decided(*GAPS[case][0], on_gap=setting)
    assert decision.exit_code == code
    assert bool(decision.reasons) is (setting != "ignore")


def test_a_gap_is_named_with_its_extension_and_the_bound() -> None:
    deep, large = "main.js is over 64 folders deep", "it is over 1024 MiB"
    (reason,) = decided(*answers(offline(deep, large))).reasons
    assert reason == (
        f"1 extension with parts of the analysis missing (gap): acme.tools ({deep}; {large})."
    )


@pytest.mark.parametrize(("rule", "code"), [("gap", 0), ("failure:gap", 0), ("*", 3), ("g*", 3)])
def test_a_gap_is_suppressed_by_its_own_name_alone(rule: str, code: int) -> None:
    waiver = Waiver("acme.tools", rule, "known", None, 1)
    decision = decided(*answers(offline("x")), waivers=(waiver,))
    assert decision.exit_code == code


def test_findings_win_over_a_gap_and_a_gap_over_exit_zero() -> None:
    bad = answers(replace(offline("x"), findings=(finding(),)))
    assert decided(*bad).exit_code == 1
    assert decided(*bad, exit_zero=True).exit_code == 3


@pytest.mark.parametrize("outcome", [GAP, MISMATCH], ids=["gap", "mismatch"])
def test_warnings_come_after_the_reasons_that_decide(outcome: Outcome) -> None:
    *_, last = decided(outcome, failed(), scanned("acme.bad", finding())).reasons
    assert last.startswith("Warning: ")


def test_an_extension_without_an_installed_version_has_no_version_mismatch() -> None:
    """An extension asked for by name has no version that the answer could miss."""
    named = Scanned(Task("vscan.dev", (extension(version=None),)), verdict(), from_cache=False)
    assert decided(named, on_version_mismatch="fail").exit_code == 0


# Extensions without a verdict.


@pytest.mark.parametrize("kind", FailureKind)
def test_a_failure_of_any_kind_makes_the_run_incomplete_and_is_named(kind: FailureKind) -> None:
    decision = decided(scanned(), failed(kind=kind))
    assert decision.exit_code == 3
    assert decision.reasons == (f"1 extension could not be scanned ({kind.value}): acme.lost.",)


def test_unreadable_entries_are_counted_and_named() -> None:
    assert decided(unreadable()).reasons == (
        "1 entry that names an extension could not be read: broken-1.0.0.",
    )
    assert decided(unreadable("a"), unreadable("b")).reasons == (
        "2 entries could not be read: a, b.",
    )


def test_one_of_two_providers_that_fails_makes_the_run_incomplete() -> None:
    tools = extension()
    good = Scanned(Task("offline", (tools,)), verdict(), from_cache=False)
    lost = Failed(Task("vscan.dev", (tools,)), FailureKind.NETWORK, "unreachable")
    assert decided(good, lost).exit_code == 3


def test_an_extension_that_two_providers_failed_is_counted_once() -> None:
    tools = extension()
    lost = [
        Failed(Task(source, (tools,)), FailureKind.TIMEOUT, "too slow")
        for source in ("offline", "vscan.dev")
    ]
    assert decided(*lost).reasons == ("1 extension could not be scanned (timeout): acme.tools.",)


def test_an_extension_without_an_outcome_makes_the_run_incomplete() -> None:
    """``count`` calls it failed; a decision that calls it clean contradicts the report."""
    forgotten = Assessment(extension(), ())
    assert tally([forgotten]).failed == 1
    assert decide(Policy(), [forgotten], []).exit_code == 3


# Reasons.


@pytest.mark.parametrize(
    ("number", "end"),
    [(5, "acme.tool4."), (6, "acme.tool4 and 1 more."), (1000, "acme.tool4 and 995 more.")],
)
@pytest.mark.parametrize(
    "make",
    [
        lambda text: scanned(text, finding()),
        lambda text: scanned(text, gaps=("socket",)),
        failed,
        unreadable,
    ],
    ids=["findings", "gaps", "failed", "unreadable"],
)
def test_a_reason_names_five_and_counts_the_rest(make: Any, number: int, end: str) -> None:
    (reason,) = decided(*(make(f"acme.tool{index}") for index in range(number))).reasons
    assert reason.endswith(end)
    assert f"{number} " in reason
    assert reason.count("acme.") == 5


def test_several_versions_of_one_id_are_several_extensions_with_one_name() -> None:
    lost = Failed(task("acme.tools", "1.0.0", "2.0.0"), FailureKind.TIMEOUT, "too slow")
    assert decided(lost).reasons == ("2 extensions could not be scanned (timeout): acme.tools.",)


# From outcomes to assessments and counts.


def test_each_installed_version_has_an_assessment_of_its_own() -> None:
    answer = Scanned(task("acme.tools", "1.0.0", "2.0.0"), verdict(), from_cache=True)
    first, second = assess([answer])
    assert (first.extension.version, second.extension.version) == ("1.0.0", "2.0.0")
    assert first.outcomes == second.outcomes == (answer,)


def test_the_outcomes_of_two_providers_are_in_one_assessment() -> None:
    tools = extension()
    good = Scanned(Task("offline", (tools,)), verdict(), from_cache=False)
    lost = Failed(Task("vscan.dev", (tools,)), FailureKind.NETWORK, "unreachable")
    (assessment,) = assess([good, lost])
    assert assessment.outcomes == (good, lost)
    assert tally([assessment]).failed == 1


def test_equal_installed_copies_are_counted_separately() -> None:
    answer = Scanned(task("acme.tools", "1.0.0", "1.0.0"), verdict(), from_cache=False)
    assert tally(assess([answer])).total == 2


def test_the_counts_are_those_of_the_run() -> None:
    outcomes: list[Outcome] = [
        scanned("acme.a", finding(Severity.HIGH), finding(Severity.LOW)),
        Scanned(task("acme.b"), verdict(finding(Severity.HIGH)), from_cache=True),
        scanned("acme.c", gaps=("socket",), version="2.0.0"),
        failed("acme.d"),
    ]
    stats = tally(
        assess(outcomes), [unreadable()], requests=9, retries=2, rate_limited=1, elapsed_s=1.5
    )
    assert stats == Stats(
        total=5,
        scanned=3,
        cached=1,
        fresh=2,
        failed=1,
        unreadable=1,
        with_gaps=1,
        with_findings=2,
        version_mismatches=1,
        findings_by_severity=(
            (Severity.CRITICAL, 0),
            (Severity.HIGH, 2),
            (Severity.MEDIUM, 0),
            (Severity.LOW, 1),
            (Severity.INFO, 0),
        ),
        suppressed=0,
        in_baseline=0,
        requests=9,
        retries=2,
        rate_limited=1,
        elapsed_s=1.5,
    )


def test_an_extension_is_cached_if_all_its_verdicts_are() -> None:
    tools = extension()
    outcomes = [
        Scanned(Task("offline", (tools,)), verdict(), from_cache=False),
        Scanned(Task("vscan.dev", (tools,)), verdict(), from_cache=True),
    ]
    stats = tally(assess(outcomes))
    assert (stats.scanned, stats.cached, stats.fresh) == (1, 0, 1)


# Whatever comes.

VERDICTS = st.builds(
    lambda findings, score, risk, gaps, version: verdict(
        *findings, score=score, risk=risk, gaps=gaps, version=version
    ),
    st.lists(st.builds(finding, st.sampled_from(Severity), st.sampled_from(Kind)), max_size=3),
    st.floats(0, 100),
    st.sampled_from(RiskLevel),
    st.sampled_from([(), ("socket",), ("socket", "riskLevel")]),
    st.sampled_from(["1.0.0", "2.0.0"]),
)
POLICIES = st.builds(
    Policy,
    fail_on=st.sampled_from(THRESHOLDS),
    fail_on_risk=st.sampled_from(RISKS),
    min_score=st.none() | st.integers(0, 100),
    on_gap=st.sampled_from(("auto", *SETTINGS)),
    on_version_mismatch=st.sampled_from(SETTINGS),
    allow_incomplete=st.booleans(),
    allow_empty=st.booleans(),
    exit_zero=st.booleans(),
)
UNREADABLE = st.lists(st.sampled_from([unreadable("a"), unreadable("b")]), max_size=2)


@st.composite
def any_outcomes(draw: st.DrawFn) -> list[Outcome]:
    """Draw the outcomes of some ids, in some versions, at one or two sources."""
    outcomes: list[Outcome] = []
    sources = draw(st.sampled_from([("vscan.dev",), ("offline", "vscan.dev")]))
    for number in range(draw(st.integers(0, 4))):
        versions = draw(st.lists(st.sampled_from([None, "1.0.0"]), min_size=1, max_size=3))
        installed = tuple(extension(f"acme.tool{number}", version) for version in versions)
        for asked in (Task(source, installed) for source in sources):
            answered = st.builds(Scanned, st.just(asked), VERDICTS, st.booleans())
            lost = st.builds(Failed, st.just(asked), st.sampled_from(FailureKind), st.just("lost"))
            outcomes.append(draw(answered | lost))
    return outcomes


@given(outcomes=any_outcomes(), unread=UNREADABLE)
@settings(deadline=None)
def test_the_counts_always_add_up(outcomes: list[Outcome], unread: list[Unreadable]) -> None:
    stats = tally(assess(outcomes), unread)
    installed = {id(found) for outcome in outcomes for found in outcome.task.extensions}
    assert stats.total == len(installed) + len(unread)
    assert stats.total == stats.scanned + stats.failed + stats.unreadable
    assert stats.scanned == stats.cached + stats.fresh
    assert min(stats.scanned, stats.failed, stats.cached, stats.fresh) >= 0


@given(
    outcomes=any_outcomes(),
    unread=UNREADABLE,
    policy=POLICIES,
    interrupted=st.sampled_from([None, signal.SIGINT, signal.SIGTERM]),
)
@settings(deadline=None, max_examples=examples(300))
def test_a_run_without_a_complete_examination_is_never_clean(
    outcomes: list[Outcome],
    unread: list[Unreadable],
    policy: Policy,
    interrupted: signal.Signals | None,
) -> None:
    """No combination of options but ``--allow-incomplete`` makes it exit 0."""
    assessments, decision = evaluate(outcomes, unread, policy, interrupted=interrupted)
    stats = tally(assessments, unread)
    unrated = policy.fail_on_risk is not None and any(
        assessment.risk is RiskLevel.UNKNOWN for assessment in assessments
    )
    blind = stats.failed > 0 or stats.unreadable > 0 or unrated
    assert decision.exit_code in (0, 1, 3, 4, 130, 143)
    if blind:
        assert decision.outcome is not Conclusion.CLEAN
        assert decision.reasons
    if decision.exit_code == 0:
        assert interrupted is None
        assert policy.allow_incomplete or not blind
        assert policy.allow_empty or stats.total > 0
        assert policy.exit_zero or decision.outcome is not Conclusion.FINDINGS


@given(outcomes=any_outcomes(), unread=UNREADABLE, policy=POLICIES)
@settings(deadline=None)
def test_every_reason_is_one_bounded_sentence(
    outcomes: list[Outcome], unread: list[Unreadable], policy: Policy
) -> None:
    _, decision = evaluate(outcomes, unread, policy)
    assert len(set(decision.reasons)) == len(decision.reasons)
    for reason in decision.reasons:
        assert re.fullmatch(r"(Warning: )?([0-9]+ |There is ).*\.", reason)
        assert reason.isprintable()
        assert len(reason) < 300
    if decision.exit_code:
        assert decision.reasons


# Suppressed and known findings, and unused waivers.


def waiver(id_: str, rule: str, entry: int, **more: Any) -> Waiver:
    return Waiver(id_, rule, "seen", more.get("expires"), entry)


def test_suppressed_findings_are_reported_after_the_reasons_that_decide() -> None:
    decision = decided(
        scanned("acme.bad", finding(), finding(Severity.CRITICAL)),
        scanned("acme.tools", finding()),
        failed("acme.zoo"),
        waivers=(
            waiver("acme.tools", "vulnerable-dependency", 1),
            waiver("acme.zoo", "failure:timeout", 2),
            waiver("acme.gone", "*", 3),
            waiver("acme.bad", "*", 4, expires=date(2020, 1, 1)),
        ),
    )
    assert decision.reasons == (
        "1 finding of severity critical (--fail-on high): acme.bad.",
        "1 finding of severity high (--fail-on high): acme.bad.",
        "Suppressed by the ignore file, 2 times: acme.tools, acme.zoo.",
        "Warning: entry 3 of the ignore file (acme.gone, *) matches nothing.",
        (
            "Warning: entry 4 of the ignore file (acme.bad, *) expired on 2020-01-01"
            " and counts no more."
        ),
    )
    assert (decision.exit_code, decision.incomplete) == (1, False)


def test_an_interrupted_run_also_reports_suppressed_findings() -> None:
    decision = decided(
        scanned("acme.tools", finding()),
        interrupted=signal.SIGINT,
        waivers=(waiver("*", "*", 1),),
    )
    assert decision.reasons[1:] == ("Suppressed by the ignore file, 1 time: acme.tools.",)
    assert decision.incomplete


def test_in_an_empty_run_all_waivers_are_unused() -> None:
    decision = decided(waivers=(waiver("*", "*", 1),), baseline={}, allow_empty=True)
    assert decision.exit_code == 0
    assert decision.reasons == (
        "There is nothing to scan. Name a repository or a directory: `vscan scan DIR`.",
        "Warning: entry 1 of the ignore file (*, *) matches nothing.",
    )


def test_an_extension_of_an_unknown_publisher_is_named() -> None:
    decision = decided(scanned(), verified_publishers=True)
    assert (decision.exit_code, decision.outcome) == (3, Conclusion.INCOMPLETE)
    assert decision.reasons == (
        "1 extension whose publisher's verification status is unknown: acme.tools.",
    )


def test_an_extension_without_a_verdict_has_no_unknown_publisher() -> None:
    """It is incomplete already, and one reason for that is enough."""
    assert len(decided(failed(), verified_publishers=True).reasons) == 1
