"""The view that all report formats share: order, standing, missing verdicts, and counts."""

import io
import signal
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import finding, task, verdict
from tests.judged import failed, report, scanned, unreadable
from vscan.best_effort_stream import BestEffortStream
from vscan.model import (
    ExtensionId,
    Failed,
    FailureKind,
    GapKind,
    Kind,
    Origin,
    RiskLevel,
    Scanned,
    Severity,
    Task,
    Unreadable,
)
from vscan.policy import evaluate
from vscan.policy.extension_assessment import fingerprint
from vscan.policy.model import (
    Assessment,
    BaselineEntry,
    EvaluatedFinding,
    LastKnownVerdict,
    Policy,
    Waiver,
)
from vscan.report import html, terminal
from vscan.report.view import (
    ExtensionResult,
    RunErrors,
    Standing,
    active_findings,
    blocking_violations,
    by_id,
    count_results,
    described_places,
    extensions_by_risk,
    failing_checks,
    failing_findings,
    group_missing_verdicts,
    is_cached,
    known_risk,
    missing_providers,
    missing_verdicts,
    name_of,
    not_judged,
    result_of,
    result_word,
    run_errors,
    shown,
    standing_of,
    tally,
    used_rules,
    worst_first,
)
from vscan.report_model import Report

POSTURE = replace(finding(Severity.HIGH, Kind.POSTURE), rule="posture-socket")
GAP: dict[str, Any] = {"gaps": ("a large file",), "kind": GapKind.UNEXAMINED}
WAIVER = Waiver("acme.*", "vulnerable-*", "seen", None, 1)


def names(items: list[Assessment]) -> list[str]:
    return [item.extension.id.key for item in items]


def ordered(made: Report) -> list[str]:
    return [
        item.extension.id.key if isinstance(item, Assessment) else item.name
        for item in worst_first(made)
    ]


@pytest.mark.parametrize(
    ("evaluated", "standing"),
    [
        (EvaluatedFinding("p", finding(), None, in_baseline=False), Standing.ACTIVE),
        (EvaluatedFinding("p", POSTURE, None, in_baseline=False), Standing.POSTURE),
        (EvaluatedFinding("p", finding(), WAIVER, in_baseline=False), Standing.SUPPRESSED),
        (EvaluatedFinding("p", POSTURE, WAIVER, in_baseline=False), Standing.SUPPRESSED),
        (EvaluatedFinding("p", finding(), WAIVER, in_baseline=True), Standing.SUPPRESSED),
        (EvaluatedFinding("p", finding(), None, in_baseline=True), Standing.IN_BASELINE),
        (EvaluatedFinding("p", POSTURE, None, in_baseline=True), Standing.IN_BASELINE),
        (EvaluatedFinding("p", finding(), WAIVER, True, 1), Standing.STALE),  # noqa: FBT003
    ],
)
def test_a_finding_has_one_standing(evaluated: EvaluatedFinding, standing: Standing) -> None:
    """The order is: stale, suppressed, in the baseline, posture, active."""
    assert standing_of(evaluated) is standing


def test_the_tally_counts_each_finding_once_by_standing_and_severity() -> None:
    entry = BaselineEntry({fingerprint(finding(Severity.LOW)): 1}, RiskLevel.LOW, 90, frozenset())
    made = report(
        scanned("acme.a", finding(), finding(Severity.LOW), POSTURE, POSTURE),
        scanned("other.b", finding(), finding(Severity.LOW)),
        baseline={"acme.a": entry, "other.b": entry},
        waivers=(WAIVER,),
    )
    counts = {standing: dict(numbers) for standing, numbers in tally(made.assessments).items()}
    assert counts == {
        Standing.ACTIVE: {Severity.HIGH: 1},
        Standing.POSTURE: {Severity.HIGH: 2},
        Standing.SUPPRESSED: {Severity.HIGH: 1, Severity.LOW: 1},
        Standing.IN_BASELINE: {Severity.LOW: 1},
        Standing.STALE: {},
    }
    first, other = made.assessments
    assert active_findings(first) == []
    assert [each.finding for each in active_findings(other)] == [finding()]


def test_failing_extensions_come_before_worse_findings_that_fail_nothing() -> None:
    critical = finding(Severity.CRITICAL)
    made = report(
        scanned("acme.critical", critical),
        scanned("acme.score", score=10),
        scanned("acme.worse", finding(), score=10),
        fail_on=None,
        min_score=50,
    )
    assert ordered(made) == ["acme.worse", "acme.score", "acme.critical"]


def test_missing_verdicts_rank_between_high_and_medium_findings() -> None:
    made = report(
        scanned("acme.high", finding(Severity.HIGH)),
        failed("acme.lost"),
        scanned("acme.medium", finding(Severity.MEDIUM)),
        scanned("acme.posture", POSTURE),
        unreadable("broken"),
        fail_on=Severity.CRITICAL,
    )
    assert ordered(made) == ["acme.high", "acme.lost", "broken", "acme.medium", "acme.posture"]


def test_a_missing_verdict_does_not_lower_the_rank_of_a_worse_finding() -> None:
    first = scanned("acme.half", finding(Severity.CRITICAL))
    lost = Failed(Task("offline", first.task.extensions), FailureKind.BUG, "a bug")
    made = report(first, lost, scanned("acme.high", finding(Severity.HIGH)), fail_on=None)
    assert ordered(made) == ["acme.half", "acme.high"]


def test_equal_findings_are_ordered_by_risk_then_score_then_id() -> None:
    made = report(
        scanned("acme.a", risk=RiskLevel.LOW, score=90),
        scanned("acme.b", risk=RiskLevel.LOW, score=80),
        scanned("acme.c", risk=RiskLevel.LOW, score=80),
        scanned("acme.d", risk=RiskLevel.HIGH, score=99),
    )
    assert ordered(made) == ["acme.d", "acme.b", "acme.c", "acme.a"]


def test_the_page_and_the_terminal_have_the_same_order() -> None:
    made = report(
        scanned("acme.a", finding(Severity.LOW)),
        scanned("acme.b", finding(Severity.CRITICAL)),
        scanned("acme.c", POSTURE, risk=RiskLevel.HIGH),
        scanned("acme.d", finding(Severity.MEDIUM), score=3),
        fail_on=None,
        min_score=5,
    )
    page, lines = io.StringIO(), io.StringIO()
    html.write(made, page)
    terminal.write_summary(made, BestEffortStream(lines), "plain", everything=True)
    for text in (page.getvalue(), lines.getvalue()):
        rows = text[text.find("<tbody") :] if "<tbody" in text else text
        assert sorted("abcd", key=lambda letter: rows.find(f"acme.{letter}")) == [
            each[-1] for each in ordered(made)
        ]


def test_min_risk_hides_only_extensions_without_failure_violation_and_active_finding() -> None:
    low: dict[str, Any] = {"risk": RiskLevel.LOW}
    made = report(
        scanned("acme.active", finding(Severity.LOW), **low),
        failed("acme.failed"),
        scanned("acme.hidden", POSTURE, **low),
        scanned("acme.risky", risk=RiskLevel.HIGH),
        scanned("acme.score", **low, score=1),
        scanned("other.suppressed", finding(), **low),
        min_risk=RiskLevel.HIGH,
        min_score=5,
        waivers=(replace(WAIVER, id="other.*"),),
    )
    assert names(list(shown(made))) == ["acme.active", "acme.failed", "acme.risky", "acme.score"]


def test_extensions_and_unreadable_entries_are_merged_by_id() -> None:
    known = replace(unreadable("zzz"), id=ExtensionId.parse("Acme.B"))
    made = report(scanned("acme.a"), scanned("acme.c"), known, unreadable("Middle"))
    merged = [
        item.extension.id.key if isinstance(item, Assessment) else item.name for item in by_id(made)
    ]
    assert merged == ["acme.a", "zzz", "acme.c", "Middle"]


def test_missing_verdicts_have_provider_kind_detail_and_waiver() -> None:
    waiver = Waiver("acme.lost", "failure:timeout", "slow", None, 1)
    made = report(failed("acme.lost"), failed("acme.more"), unreadable(), waivers=(waiver,))
    items: list[Assessment | Unreadable] = [*made.assessments, *made.unreadable]
    found = [
        (each.name, each.provider, each.kind, each.detail, each.waiver)
        for item in items
        for each in missing_verdicts(item)
    ]
    assert found == [
        ("acme.lost 1.0.0", "vscan.dev", FailureKind.TIMEOUT, "too slow", waiver),
        ("acme.more 1.0.0", "vscan.dev", FailureKind.TIMEOUT, "too slow", None),
        ("broken-1.0.0", None, FailureKind.UNREADABLE, "its manifest is no JSON", None),
    ]
    groups = group_missing_verdicts(items)
    assert {key: [each.name for each in group] for key, group in groups.items()} == {
        (FailureKind.TIMEOUT, "too slow"): ["acme.lost 1.0.0", "acme.more 1.0.0"],
        (FailureKind.UNREADABLE, "its manifest is no JSON"): ["broken-1.0.0"],
    }


def test_gaps_and_unknown_values_are_not_judged_and_failures_are_missing_verdicts() -> None:
    made = report(
        scanned("acme.gap", **GAP),
        failed("acme.lost"),
        scanned("acme.unknown", risk=RiskLevel.UNKNOWN),
        fail_on_risk=RiskLevel.HIGH,
    )
    assert [list(not_judged(item)) for item in made.assessments] == [
        ["a large file"],
        [],
        ["the risk level is unknown"],
    ]


def test_blocking_violations_judge_an_extension_as_a_whole_and_are_no_warnings() -> None:
    made = report(
        scanned("acme.tools", finding(), version="2.0.0", score=1),
        min_score=5,
        on_version_mismatch="warn",
    )
    (item,) = made.assessments
    assert item.violated_checks == ("score", "version-mismatch")
    assert [violation.check for violation in blocking_violations(item)] == ["score"]


def test_run_errors_count_failing_and_incomplete_extensions_once() -> None:
    made = report(
        scanned("acme.both", finding(), **GAP),
        scanned("acme.clean"),
        failed("acme.lost"),
        unreadable(),
    )
    assert run_errors(made) == RunErrors(failing=1, incomplete=2, reason=None)


EMPTY = "There is nothing to scan. Name a repository or a directory: `vscan scan DIR`."


def test_run_errors_have_the_reason_of_a_run_that_no_extension_explains() -> None:
    assert run_errors(report()) == RunErrors(0, 0, EMPTY)
    assert run_errors(report(scanned())).reason is None
    made = report(scanned())
    _, decision = evaluate([], [], Policy(allow_empty=True), interrupted=signal.SIGINT)
    ended = replace(made, decision=decision)
    assert run_errors(ended).reason == (
        "Interrupted by SIGINT: 0 of 0 extensions done. Run again for the rest."
    )


def test_used_rules_are_listed_once_with_their_numbers() -> None:
    malware = replace(finding(), rule="malicious-file")
    made = report(scanned("acme.a", finding(), malware, POSTURE), scanned("acme.b", finding()))
    used = {rule.id: number for rule, number in used_rules(made)}
    assert used == {"vulnerable-dependency": 2, "malicious-file": 1, "posture-socket": 1}


def test_an_extension_is_cached_if_all_its_verdicts_are() -> None:
    first = scanned("acme.half", from_cache=True)
    other = Scanned(Task("offline", first.task.extensions), verdict(), from_cache=False)
    made = report(scanned("acme.a", from_cache=True), scanned("acme.b"), first, other)
    assert [is_cached(item) for item in made.assessments] == [True, False, False]


def test_the_name_of_an_extension_has_its_version_if_it_is_known() -> None:
    (item,) = report(scanned("acme.a")).assessments
    assert name_of(item) == "acme.a 1.0.0"
    without = replace(item, extension=replace(item.extension, version=None))
    assert name_of(without) == "acme.a"


def test_stale_findings_are_in_no_count() -> None:
    lost = failed("acme.lost")
    stale = {lost.task: LastKnownVerdict(verdict(finding()), 1_700_000_000)}
    made = report(lost, stale=stale)
    assert [standing_of(each) for each in made.assessments[0].last_known_findings] == [
        Standing.STALE
    ]
    assert not any(numbers.total() for numbers in tally(made.assessments).values())
    assert made.assessments[0].outcomes[0].task == task("acme.lost")


def test_a_clean_run_that_leaves_something_is_called_passed() -> None:
    assert result_word(report(scanned())) == "nothing found"
    assert result_word(report(scanned("acme.a", POSTURE))) == "passed"
    assert result_word(report(scanned("acme.a", finding()), fail_on=None)) == "passed"
    assert result_word(report(scanned("acme.a", gaps=("a part",)), on_gap="ignore")) == "passed"
    accepted = Waiver("acme.lost", "failure:not-listed", "seen", None, 1)
    lost = report(failed(kind=FailureKind.NOT_LISTED), waivers=(accepted,))
    assert result_word(lost) == "passed"
    assert result_word(report(scanned("acme.a", finding()))) == "failed"
    assert result_word(report()) == "nothing to scan"


def test_a_low_risk_is_unknown_while_a_verdict_is_missing_and_a_higher_one_stands() -> None:
    def half(name: str, risk: RiskLevel) -> list[Any]:
        lost = failed(name)
        given = verdict(risk=risk, source="offline")
        return [lost, Scanned(replace(lost.task, provider="offline"), given, from_cache=False)]

    made = report(
        *half("acme.high", RiskLevel.HIGH),
        *half("acme.low", RiskLevel.LOW),
        scanned("acme.whole", risk=RiskLevel.LOW),
        failed("acme.xlost"),
        unreadable(),
    )
    high, low, whole, lost = made.assessments
    risks = [known_risk(item) for item in (high, low, whole, lost)]
    risks += [known_risk(item) for item in made.unreadable]
    assert [risk.word for risk in risks] == ["high", "unknown", "low", "unknown", "unknown"]
    assert missing_providers(low) == "offline only; vscan.dev failed"
    assert missing_providers(whole) == ""
    assert missing_providers(lost) == "vscan.dev failed"
    counted = extensions_by_risk(made)
    assert counted == {RiskLevel.HIGH: 1, RiskLevel.LOW: 1, RiskLevel.UNKNOWN: 3}


# What people read: results, half a verdict, what fails.


def half(text: str = "acme.half", *found: Any) -> tuple[Scanned, Failed]:
    """Build a verdict of one provider, and the failure of the other."""
    first = replace(scanned(text, *found, score=100, risk=RiskLevel.LOW))
    return first, Failed(Task("offline", first.task.extensions), FailureKind.BUG, "a bug")


def one(*found: Any, **policy: Any) -> Assessment:
    (item,) = report(*found, **policy).assessments
    return item


LOST = half()[1]
ACCEPTED_FAILURE = Waiver("acme.lost", "failure:timeout", "slow", None, 1)


@pytest.mark.parametrize(
    ("item", "result"),
    [
        (one(scanned("acme.a", finding())), ExtensionResult.FAILED),
        (one(scanned("acme.a"), blocked=("acme.*",)), ExtensionResult.FAILED),
        (one(*half("acme.half", finding())), ExtensionResult.FAILED),
        (one(scanned("acme.a", finding(), **GAP)), ExtensionResult.FAILED),
        (one(failed()), ExtensionResult.INCOMPLETE),
        (one(*half()), ExtensionResult.INCOMPLETE),
        (one(*half("acme.half", finding(Severity.LOW))), ExtensionResult.INCOMPLETE),
        (one(failed("acme.lost"), waivers=(ACCEPTED_FAILURE,)), ExtensionResult.INCOMPLETE),
        (
            one(*half(), waivers=(replace(ACCEPTED_FAILURE, id="*", rule="failure:bug"),)),
            ExtensionResult.INCOMPLETE,
        ),
        (one(scanned("acme.a", **GAP)), ExtensionResult.INCOMPLETE),
        (
            one(scanned("acme.a", risk=RiskLevel.UNKNOWN), fail_on_risk=RiskLevel.HIGH),
            ExtensionResult.INCOMPLETE,
        ),
        (replace(one(scanned()), outcomes=()), ExtensionResult.INCOMPLETE),
        (unreadable(), ExtensionResult.INCOMPLETE),
        (one(scanned("acme.a", finding(Severity.LOW))), ExtensionResult.PASSED),
        (one(scanned("acme.a", finding()), waivers=(WAIVER,)), ExtensionResult.PASSED),
        (one(scanned("acme.a", POSTURE)), ExtensionResult.PASSED),
        (one(scanned("acme.a")), ExtensionResult.NOTHING_FOUND),
    ],
)
def test_an_extension_has_one_result(
    item: Assessment | Unreadable, result: ExtensionResult
) -> None:
    """One that nobody looked at, or not at all of it, has never nothing found."""
    assert result_of(item) is result


def test_results_are_counted_by_extension_and_not_by_verdict() -> None:
    made = report(
        scanned("acme.bad", finding()),
        *half(),
        scanned("acme.low", finding(Severity.LOW)),
        scanned("acme.z"),
        unreadable(),
    )
    assert list(count_results(made).items()) == [
        (ExtensionResult.FAILED, 1),
        (ExtensionResult.INCOMPLETE, 2),
        (ExtensionResult.PASSED, 1),
        (ExtensionResult.NOTHING_FOUND, 1),
    ]
    assert sum(count_results(made).values()) == made.stats.total
    assert not any(count_results(report()).values())


@pytest.mark.parametrize(
    ("made", "described"),
    [
        (report(scanned("acme.a", finding())), "failed"),
        (report(scanned("acme.a", finding()), failed()), "failed"),
        (report(scanned("acme.a", finding(Severity.LOW))), "passed"),
        (report(scanned("acme.a", finding()), fail_on=None), "passed"),
        (report(scanned("acme.a", finding()), waivers=(WAIVER,)), "passed"),
        (report(scanned("acme.a", POSTURE)), "passed"),
        (report(scanned(), failed("acme.lost"), waivers=(ACCEPTED_FAILURE,)), "passed"),
        (report(scanned()), "nothing found"),
        (report(failed(), scanned()), "incomplete"),
        (report(unreadable(), scanned(), allow_incomplete=True), "incomplete"),
        (report(), "nothing to scan"),
    ],
)
def test_the_outcome_has_a_word_for_people(made: Report, described: str) -> None:
    assert result_word(made) == described


@pytest.mark.parametrize(
    ("item", "missing", "risk"),
    [
        (one(*half()), "vscan.dev only; offline failed", RiskLevel.UNKNOWN),
        (one(failed()), "vscan.dev failed", RiskLevel.UNKNOWN),
        (
            one(LOST, replace(LOST, task=replace(LOST.task, provider="other"))),
            "offline, other failed",
            RiskLevel.UNKNOWN,
        ),
        (one(scanned("acme.a", risk=RiskLevel.HIGH)), "", RiskLevel.HIGH),
        (one(scanned("acme.a", risk=RiskLevel.LOW)), "", RiskLevel.LOW),
    ],
)
def test_the_risk_of_half_a_verdict_is_unknown(
    item: Assessment, missing: str, risk: RiskLevel
) -> None:
    assert missing_providers(item) == missing
    assert known_risk(item) is risk


def test_failing_findings_are_all_that_fail_the_run_worst_first() -> None:
    low, high, worst = finding(Severity.LOW), finding(), finding(Severity.CRITICAL)
    item = one(scanned("acme.a", low, high, POSTURE, worst, high), blocked=("acme.a",))
    first, *others = failing_findings(item)
    assert first.severity is Severity.CRITICAL
    assert sorted(each.rule for each in [first, *others]) == [
        "policy-blocked", *["vulnerable-dependency"] * 3,
    ]  # fmt: skip
    severities = [each.severity for each in [first, *others]]
    assert severities == sorted(severities, reverse=True)
    assert low not in others
    assert failing_checks(item) == []
    assert failing_findings(one(scanned("acme.a", low, POSTURE))) == []


def test_failing_checks_judge_the_extension_as_a_whole() -> None:
    item = one(
        scanned("acme.a", finding(), version="2.0.0", score=1, risk=RiskLevel.HIGH, **GAP),
        min_score=5,
        fail_on_risk=RiskLevel.HIGH,
        on_version_mismatch="warn",
    )
    assert [each.check for each in failing_checks(item)] == ["risk-level", "score"]
    assert failing_checks(one(failed())) == []


@pytest.mark.parametrize(
    ("lines", "described"),
    [
        ([None], ""),
        ([7], "list.txt:7"),
        ([None, 7], "list.txt:7"),
        ([7, 9], "list.txt:7 and 1 more place"),
        ([7, None, 9, 12], "list.txt:7 and 2 more places"),
    ],
)
def test_places_that_name_an_extension_are_the_first_and_a_number(
    lines: list[int | None], described: str
) -> None:
    item = one(scanned())
    origins = tuple(Origin("list.txt", line) for line in lines)
    named = replace(item, extension=replace(item.extension, origins=origins))
    assert described_places(named) == described
