"""The SARIF report: alerts, their identity, escaping, and limits."""

import gzip
import io
import json
import random
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import extension, finding, task, verdict
from tests.sarif import faults
from vscan import __version__
from vscan.model import (
    Extension,
    ExtensionId,
    Failed,
    FailureKind,
    Finding,
    Kind,
    Origin,
    Outcome,
    RiskLevel,
    Rule,
    Scanned,
    Severity,
    Task,
    Unreadable,
)
from vscan.policy.checks import RULES
from vscan.policy.extension_assessment import assess, fingerprint
from vscan.policy.model import (
    Assessment,
    BaselineEntry,
    Conclusion,
    Decision,
    EvaluatedFinding,
    LastKnownVerdict,
    Policy,
    Waiver,
)
from vscan.policy.run_decision import decide
from vscan.providers.vscan_dev.rules import RULES as SERVICE_RULES
from vscan.report import json as json_report
from vscan.report import sarif
from vscan.report.sarif.escaping import MAX_TEXT
from vscan.report.sarif.results import MAX_RESULTS
from vscan.report_model import Report, Run, count

AT = "2026-11-21T10:00:00.000Z"
STORED_AT = 1_790_812_800  # 2026-10-01
FAILED = Failed(task("acme.lost"), FailureKind.TIMEOUT, "too slow")
MADE_UP = ".vscode/extensions/acme.tools/package.json"


def report(
    *outcomes: Outcome,
    policy: Policy = Policy(),  # noqa: B008 - frozen
    stale: dict[Task, LastKnownVerdict] | None = None,
    unreadable: tuple[Unreadable, ...] = (),
    workspace: str = "/repo",
    warnings: tuple[str, ...] = (),
) -> Report:
    assessments = assess(outcomes, policy, stale=stale)
    return of(
        assessments,
        decide(policy, assessments, unreadable),
        unreadable=unreadable,
        workspace=workspace,
        warnings=warnings,
    )


def of(
    assessments: tuple[Assessment, ...],
    decision: Decision = Decision(Conclusion.CLEAN, 0, ()),  # noqa: B008 - frozen
    *,
    unreadable: tuple[Unreadable, ...] = (),
    workspace: str = "/repo",
    warnings: tuple[str, ...] = (),
) -> Report:
    sources, policy_files, fell_back = ("vscan.dev",), (), False
    return Report(
        run=Run(
            "id", AT, AT, "parallel", 3, fell_back, sources, (), workspace, policy_files, warnings
        ),
        stats=count(assessments, unreadable, requests=9, retries=1, rate_limited=1, elapsed_s=1.5),
        assessments=assessments,
        unreadable=unreadable,
        skipped=(),
        rules=(*SERVICE_RULES, *RULES),
        decision=decision,
    )


def written(report: Report) -> dict[str, Any]:
    stream = io.StringIO()
    sarif.write(report, stream)
    log: dict[str, Any] = json.loads(stream.getvalue())
    assert faults(log) == []
    run: dict[str, Any] = log["runs"][0]
    return run


def results(report: Report) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = written(report)["results"]
    return found


def scanned(*findings: Finding, of: Task | None = None) -> Scanned:
    return Scanned(of or task(), verdict(*findings), from_cache=False)


def place(item: Extension, workspace: str = "/repo") -> tuple[str, int]:
    """Scan one extension with a finding, and say where the report puts it."""
    outcome = scanned(finding(), of=Task("vscan.dev", (item,)))
    (result,) = results(report(outcome, workspace=workspace))
    location = result["locations"][0]["physicalLocation"]
    return location["artifactLocation"]["uri"], location["region"]["startLine"]


def text(report: Report) -> str:
    (result,) = results(report)
    message: str = result["message"]["text"]
    return message


def notices(report: Report) -> list[tuple[str, str, str]]:
    (invocation,) = written(report)["invocations"]
    return [
        (notice["descriptor"]["id"], notice["level"], notice["message"]["text"])
        for notice in invocation["toolExecutionNotifications"]
    ]


def test_a_clean_run_is_one_run_without_results() -> None:
    """An empty list of runs would be refused; results that are left out, too."""
    run = written(report(scanned()))
    assert run["results"] == []
    assert run["automationDetails"] == {"id": "vscan/"}
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("vscan", __version__)
    assert run["invocations"][0] == {
        "executionSuccessful": True,
        "exitCode": 0,
        "exitCodeDescription": "clean",
        "startTimeUtc": AT,
        "endTimeUtc": AT,
        "toolExecutionNotifications": [],
    }


def test_every_rule_is_described_in_every_severity_whatever_was_found() -> None:
    rules = written(report(scanned()))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [
        f"{rule.id}/{severity.word}" for rule in (*SERVICE_RULES, *RULES) for severity in Severity
    ]
    assert written(report(scanned(finding())))["tool"]["driver"]["rules"] == rules
    described = {rule["id"]: rule for rule in rules}
    high = described["vulnerable-dependency/high"]
    assert high["shortDescription"]["text"] == "A dependency has a known vulnerability (high)"
    assert high["properties"] == {
        "tags": ["security", "vscode-extension", "vulnerability"],
        "precision": "high",
        "problem.severity": "error",
        "security-severity": "8.0",
    }
    for part in ("fullDescription", "help", "helpUri", "name"):
        assert high[part]
    assert "**What to do:** Update the extension" in high["help"]["markdown"]


@pytest.mark.parametrize(
    ("severity", "level", "number"),
    [
        (Severity.CRITICAL, "error", "9.5"),
        (Severity.HIGH, "error", "8.0"),
        (Severity.MEDIUM, "warning", "5.5"),
        (Severity.LOW, "note", "2.0"),
        (Severity.INFO, "note", None),
    ],
)
def test_the_severity_is_part_of_the_rule(
    severity: Severity, level: str, number: str | None
) -> None:
    run = written(report(scanned(finding(severity))))
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == f"vulnerable-dependency/{severity.word}"
    assert rule["defaultConfiguration"]["level"] == result["level"] == level
    assert rule["properties"].get("security-severity") == number


def test_a_rule_of_two_providers_is_described_once() -> None:
    whole = report(scanned(finding()))
    doubled = replace(whole, rules=(*whole.rules, *whole.rules))
    assert written(doubled) == written(whole)


def test_an_unknown_rule_has_a_description_that_says_so() -> None:
    """Without a description GitHub has no severity for the alert."""
    old = replace(finding(), rule="gone-with-an-update")
    run = written(report(scanned(old)))
    assert run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]["properties"]["tags"] == [
        "security",
        "vscode-extension",
        "vulnerability",
    ]


def test_findings_of_one_rule_and_severity_are_one_result() -> None:
    many = [finding(message=f"bad {number}") for number in range(12)]
    low = finding(Severity.LOW, message="not so bad")
    one, other = results(report(scanned(*many, low)))
    assert one["message"]["text"] == (
        "acme.tools 1.0.0: A dependency has a known vulnerability (high, 12 findings). "
        + "; ".join(f"bad {number}" for number in range(10))
        + "; and 2 more."
    )
    assert one["properties"]["findings"] == 12
    assert other["message"]["text"].endswith("(low, 1 finding). not so bad.")


def test_a_message_has_the_location_and_the_evidence_of_a_finding() -> None:
    placed = replace(finding(), file="dist/a.js", line=7, evidence="eval(x)")
    assert text(report(scanned(placed))).endswith("bad in dist/a.js line 7 (eval(x)).")


def test_two_installed_versions_are_one_alert() -> None:
    (result,) = results(report(scanned(finding(), of=task("acme.tools", "1.0.0", "2.0.0"))))
    assert result["message"]["text"].startswith("acme.tools 1.0.0, 2.0.0: ")
    assert result["properties"]["findings"] == 1


def test_equal_findings_of_two_providers_are_one_alert() -> None:
    both = (extension(),)
    sources = [Task(name, both) for name in ("offline", "vscan.dev")]
    assert len(results(report(*(scanned(finding(), of=source) for source in sources)))) == 1


def test_an_update_opens_no_alert_and_closes_none() -> None:
    """Neither version, message, line nor place in the file make another alert."""

    def identity(version: str, message: str, line: int) -> tuple[Any, ...]:
        item = replace(extension("acme.tools", version), origins=(Origin("a.json", line),))
        found = replace(finding(message=message), line=line, file=message)
        (result,) = results(report(scanned(found, of=Task("vscan.dev", (item,)))))
        location = result["locations"][0]["physicalLocation"]["artifactLocation"]
        return result["ruleId"], location, result["partialFingerprints"]

    assert identity("1.0.0", "bad", 3) == identity("2.0.0", "bad in another way", 40)


def test_rule_severity_and_extension_make_another_alert() -> None:
    variants = [
        ("acme.tools", finding()),
        ("acme.tools", finding(Severity.LOW)),
        ("acme.tools", replace(finding(), rule="malicious-file")),
        ("acme.others", finding()),
    ]
    prints = {
        result["partialFingerprints"]["primaryLocationLineHash"]
        for name, found in variants
        for result in results(report(scanned(found, of=task(name))))
    }
    assert len(prints) == len(variants)


def test_the_case_of_an_id_does_not_change_the_alert() -> None:
    one, other = (
        results(report(scanned(finding(), of=task(name))))[0]
        for name in ("acme.tools", "Acme.Tools")
    )
    assert one["partialFingerprints"] == other["partialFingerprints"]
    assert one["locations"] == other["locations"]


@pytest.mark.parametrize(
    ("origins", "expected"),
    [
        ((), (MADE_UP, 1)),
        ((Origin("ext/acme.tools-1.0.0"),), (MADE_UP, 1)),
        ((Origin("ext/extensions.json"), Origin("ext/x")), ("ext/extensions.json", 1)),
        ((Origin("extensions.json"),), ("extensions.json", 1)),
        (
            (Origin("ext/extensions.json"), Origin(".vscode/extensions.json", 7)),
            (".vscode/extensions.json", 7),
        ),
        ((Origin("/else/list", 3), Origin("list.txt", 4)), ("list.txt", 4)),
        ((Origin("/else/list", 3), Origin("/repo/e/extensions.json")), ("e/extensions.json", 1)),
        ((Origin("/home/me/.vscode/extensions/extensions.json"),), (MADE_UP, 1)),
        ((Origin("list.txt", 0),), ("list.txt", 1)),
        ((Origin("list.txt", -3),), ("list.txt", 1)),
    ],
)
def test_the_location_of_a_result_is_the_line_that_names_the_extension(
    origins: tuple[Origin, ...], expected: tuple[str, int]
) -> None:
    assert place(replace(extension(), origins=origins)) == expected


@pytest.mark.parametrize(
    ("workspace", "uri", "expected"),
    [
        ("/repo", "/repo/a b/ü#?.txt", "a%20b/%C3%BC%23%3F.txt"),
        ("/repo/", "/repo//./a/../list", "list"),
        ("/repo", "./list", "list"),
        ("/repo", "c:/list", MADE_UP),
        ("/repo", "http://x.example/list", MADE_UP),
        ("/repo", "../list", MADE_UP),
        ("/repo", "/reposhop/list", MADE_UP),
        ("/repo", "/repo/../list", MADE_UP),
        ("/repo", "//repo/list", MADE_UP),
        ("/repo", "/repo", MADE_UP),
        ("/repo", ".", MADE_UP),
        ("/repo", "ü" * 300, MADE_UP),
        ("", "a/list", "a/list"),
        ("", "\udc80/list", "%3F/list"),
        ("", "a/../../list", MADE_UP),
        ("", "/repo/list", MADE_UP),
    ],
)
def test_a_location_is_relative_to_the_workspace_and_inside(
    workspace: str, uri: str, expected: str
) -> None:
    assert place(replace(extension(), origins=(Origin(uri, 1),)), workspace)[0] == expected


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("[free](https://evil.example)", "[free] (https: //evil.example)"),
        ("[see](1) WWW.evil.example", "[see] (1) WWW .evil.example"),
        ("{0} and {{1}}", "{{0}} and {{{{1}}}}"),
        ("a\x1b[31m\u202eb\nc", "a\ufffd[31m\ufffdb c"),
        ("left [GHSA-1]", "left [GHSA-1]"),
    ],
)
def test_text_from_extensions_has_no_links_or_placeholders(theirs: str, ours: str) -> None:
    assert text(report(scanned(finding(message=theirs)))).endswith(f"(high, 1 finding). {ours}.")


@pytest.mark.parametrize("character", ["{", "}", "x", "\U0001f600"])
def test_long_texts_are_cut_and_never_in_the_middle_of_an_escape(character: str) -> None:
    for extra in range(3):
        found = [finding(message="y" * extra + character * (900 + n)) for n in range(9)]
        assert len(text(report(scanned(*found)))) <= MAX_TEXT
        lost = Failed(task(), FailureKind.NETWORK, "y" * extra + character * 1000)
        assert notices(report(lost))[0][2].endswith("…")


WAIVER = Waiver("acme.*", "vulnerable-dependency", "we know", None, 1)


def test_a_result_with_a_waiver_is_suppressed_with_its_reason() -> None:
    (result,) = results(report(scanned(finding()), policy=Policy(waivers=(WAIVER,))))
    assert result["suppressions"] == [
        {"kind": "external", "status": "accepted", "justification": "we know"}
    ]


def _waiving(item: Assessment, finding: Finding, waiver: Waiver) -> tuple[EvaluatedFinding, ...]:
    return tuple(
        replace(held, waiver=waiver) if held.finding == finding else held for held in item.findings
    )


def test_a_result_with_one_finding_without_a_waiver_is_not_suppressed() -> None:
    one, other = finding(message="one"), finding(message="other")
    whole = assess([scanned(one, other)])
    marked = tuple(replace(item, findings=_waiving(item, one, WAIVER)) for item in whole)
    (result,) = results(of(marked))
    assert "suppressions" not in result


def test_results_have_a_baseline_state_only_with_a_baseline() -> None:
    old, new = finding(message="old"), finding(Severity.LOW, message="new")
    mixed = [finding(Severity.MEDIUM, message=message) for message in ("old", "new")]
    assert all("baselineState" not in r for r in results(report(scanned(old, new))))
    known = {fingerprint(each): 1 for each in (old, mixed[0])}
    earlier = BaselineEntry(known, RiskLevel.LOW, 90, frozenset())
    policy = Policy(baseline={"acme.tools": earlier})
    states = [r["baselineState"] for r in results(report(scanned(old, new, *mixed), policy=policy))]
    assert states == ["unchanged", "new", "new"]


def test_failures_are_notifications_and_make_the_run_unsuccessful() -> None:
    item = Unreadable("x-1.0.0", "not JSON", ExtensionId.parse("acme.x"), None, None, ())
    whole = report(FAILED, unreadable=(item,), warnings=("the cache is odd",))
    assert notices(whole) == [
        ("timeout", "error", "acme.lost 1.0.0 could not be scanned by vscan.dev: too slow"),
        ("unreadable", "error", "acme.x (x-1.0.0) could not be read: not JSON"),
        ("warning", "warning", "the cache is odd"),
        *(("reason", "note", reason) for reason in whole.decision.reasons),
    ]
    run = written(whole)
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["invocations"][0]["exitCode"] == 3
    assert run["properties"]["without_last_known"] == 2
    described = {notice["id"] for notice in run["tool"]["driver"]["notifications"]}
    assert {notice for notice, _, _ in notices(whole)} <= described
    assert {str(kind) for kind in FailureKind} <= described


def test_a_suppressed_failure_is_a_note() -> None:
    waiver = Waiver("acme.lost", "failure:timeout", "it is slow", None, 1)
    whole = report(FAILED, policy=Policy(waivers=(waiver,)))
    ((_, level, message), *_) = notices(whole)
    assert (level, message.partition("too slow ")[2]) == ("note", "(suppressed: it is slow)")
    assert written(whole)["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize("outcome", [Conclusion.ERROR, Conclusion.INTERRUPTED])
def test_an_interrupted_run_is_unsuccessful(outcome: Conclusion) -> None:
    decision = Decision(outcome, 2, ("Warning: it broke.",))
    (invocation,) = written(of((), decision))["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["level"] == "warning"


def test_stale_findings_keep_their_alert_open() -> None:
    """A result that is missing would close its alert as fixed."""
    before = results(report(scanned(finding(), of=FAILED.task)))
    stale = LastKnownVerdict(verdict(finding(), version="0.9.0"), STORED_AT)
    whole = report(FAILED, stale={FAILED.task: stale})
    (now,) = results(whole)
    assert now["message"]["text"].startswith("(last known, from 2026-10-01) acme.lost 1.0.0: ")
    assert now["properties"]["stale"] is True
    for part in ("ruleId", "locations", "partialFingerprints"):
        assert now[part] == before[0][part]
    run = written(whole)
    assert run["properties"]["without_last_known"] == 0
    assert run["invocations"][0]["executionSuccessful"] is True


def test_a_finding_that_another_provider_reports_now_is_not_stale() -> None:
    fresh = scanned(finding(), of=Task("offline", FAILED.task.extensions))
    remembered = verdict(finding(), finding(message="gone, perhaps"))
    stale = {FAILED.task: LastKnownVerdict(remembered, STORED_AT)}
    (result,) = results(report(fresh, FAILED, stale=stale))
    assert result["properties"]["stale"] is False


def test_the_counts_are_those_of_the_json_report() -> None:
    whole = report(scanned(finding(), finding(Severity.LOW)), FAILED)
    stream = io.StringIO()
    json_report.write(whole, stream)
    told = json.loads(stream.getvalue())
    properties = written(whole)["properties"]
    assert properties["outcome"] == told["decision"]["outcome"]
    shared = properties.keys() & told["stats"].keys()
    assert len(shared) == len(properties) - 3
    assert {key: properties[key] for key in shared} == {key: told["stats"][key] for key in shared}


def crowd(number: int, findings: Callable[[int], Iterable[Finding]]) -> Report:
    tasks = (task(f"acme.tool-{item:05}") for item in range(number))
    return of(assess(scanned(*findings(item), of=t) for item, t in enumerate(tasks)))


@pytest.mark.full
def test_the_least_severe_results_beyond_the_limit_are_left_out() -> None:
    """Of these 25,010 GitHub would take none, nor a file of more than 10 MB, compressed."""
    dice = random.Random(1)
    noise = "".join(chr(dice.randrange(0x20000, 0x2A6D0)) for _ in range(200_000))

    def hostile(item: int) -> Iterable[Finding]:
        for severity in Severity:
            start = (item * 5 + severity) * 7919 % 199_000
            yield finding(severity, message=noise[start : start + 400])

    assert notices(crowd(5, hostile)) == []
    stream = io.StringIO()
    sarif.write(crowd(5002, hostile), stream)
    (run,) = json.loads(stream.getvalue())["runs"]
    assert len(run["results"]) == MAX_RESULTS
    severities = Counter(result["properties"]["severity"] for result in run["results"])
    assert severities == dict.fromkeys(("critical", "high", "medium", "low"), 5002) | {"info": 4992}
    names = [result["properties"]["extension"] for result in run["results"]]
    assert names == sorted(names)
    (notice,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notice["message"]["text"].startswith("10 results, the least severe, are left out")
    assert len(gzip.compress(stream.getvalue().encode(), 6)) < 10_000_000


class Nowhere(io.StringIO):
    """A file that takes all and holds nothing."""

    written = 0

    def write(self, text: str) -> int:
        self.written += len(text)
        return len(text)


def test_a_large_report_needs_little_memory() -> None:
    """Written results are released: 200 extensions of 100 findings are 20 MB of text."""
    many = [finding(message=f"bad {number} {'x' * 1000}") for number in range(100)]
    whole = crowd(200, lambda _: many)
    stream = Nowhere()
    tracemalloc.start()
    sarif.write(whole, stream)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert stream.written > 100_000
    assert peak < 1_000_000


anything = st.text(st.characters(exclude_categories=()), max_size=60) | st.sampled_from(
    ["[a](https://x.example)", "{0}", "}{", "\x00", "../../etc", "C:\\x", "file:///x", "{" * 700]
)


@given(
    texts=st.lists(anything, min_size=9, max_size=9),
    line=st.none() | st.integers(-5, 2**31),
    workspace=st.sampled_from(["", "/repo", "/", "C:\\work"]) | anything,
)
def test_any_text_in_any_field_gives_valid_and_inert_json(
    texts: list[str], line: int | None, workspace: str
) -> None:
    message, file, evidence, reason, origin, detail, rule, warning, name = texts
    found = Finding(rule, Severity.HIGH, Kind.SECRET, message, file, line, evidence, message)
    item = replace(extension(), display_name=name, origins=(Origin(origin, line),))
    (assessment,) = assess([scanned(found, of=Task("vscan.dev", (item,)))])
    waived = replace(
        assessment, findings=_waiving(assessment, found, replace(WAIVER, reason=reason))
    )
    failed = Failed(task("acme.y"), FailureKind.BUG, detail)
    (lost,) = assess([failed], stale={failed.task: LastKnownVerdict(verdict(found), STORED_AT)})
    whole = of(
        (waived, lost),
        Decision(Conclusion.INCOMPLETE, 3, (reason,), incomplete=True),
        unreadable=(Unreadable(name, detail, None, None, None, (Origin(origin),)),),
        workspace=workspace,
        warnings=(warning,),
    )
    described = Rule(rule, Kind.POSTURE, message, reason, detail, warning)
    stream = io.StringIO()
    sarif.write(replace(whole, rules=(described,)), stream)
    assert stream.getvalue().isascii()
    log = json.loads(stream.getvalue())
    assert faults(log) == []
    assert len(log["runs"][0]["results"]) == 2
