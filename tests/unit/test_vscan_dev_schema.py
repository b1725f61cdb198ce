import json
import math
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests import builders
from tests.builders import results
from tests.examples import examples
from vscan.model import ExtensionId, Finding, Gap, GapKind, Kind, RiskLevel, Severity, Verdict
from vscan.providers.vscan_dev.answers import (
    parse_results,
    parse_status,
    parse_submission,
)
from vscan.providers.vscan_dev.fields import BadAnswerError
from vscan.providers.vscan_dev.rules import MODULES, RULES, posture_rule

TOOLS = ExtensionId.parse("acme.tools")
SAMPLE = json.loads((Path(__file__).parents[1] / "data" / "results-sample.json").read_text("utf-8"))
SAMPLE_TOOLS = ExtensionId.parse("acme.sample-tools")
GONE = object()

ADVISORY = {
    "id": "GHSA-1",
    "severity": "high",
    "title": "Prototype pollution",
    "url": "https://github.com/advisories/GHSA-1",
    "range": "<1.2.6",
}
SUMMARY = "analysisModules/dependencies/vulnerabilities/summary"
DEPENDENCIES = "analysisModules/dependencies/dependencies"
PUBLISHER = "analysisModules/metadata/metadata/publisherInfo/name"


def put(tree: Any, place: tuple[str | int, ...], value: object) -> Any:
    """Copy ``tree`` with ``value`` at a place, or, for ``GONE``, with nothing there."""
    if not place:
        return value
    first, *rest = place
    key = int(first) if isinstance(tree, list) else first
    copy = tree.copy()
    if value is GONE and not rest:
        del copy[key]
    else:
        copy[key] = put(copy[key], tuple(rest), value) if rest else value
    return copy


def changed(place: str, value: object, **about: Any) -> Any:
    """Build the answer about acme.tools with one place, ``a/b/0/c``, changed or taken out."""
    return put(results("acme", "tools", **about), tuple(place.split("/")), value)


def advised(*advisories: dict[str, Any], **counts: int) -> Verdict:
    """Read an answer with these advisories against left-pad 1.0.0."""
    answer = results("acme", "tools", advisories=advisories, vulnerabilities=counts)
    return read(answer)


def read(answer: object) -> Verdict:
    return parse_results(answer, TOOLS, "a-1")


def places(tree: object, *above: str | int) -> Iterator[tuple[str | int, ...]]:
    yield above
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from places(value, *above, key)
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from places(value, *above, number)


def texts(value: object) -> Iterator[str]:
    """Give every text in a value of the domain, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts(item)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from texts(getattr(value, name))


def assert_sound(verdict: Verdict) -> None:
    """Check what must hold of every verdict, whatever it was read from."""
    assert 0 <= verdict.score <= 100
    assert all(text.isprintable() and len(text) <= 600 for text in texts(verdict))
    assert len(verdict.findings) <= 1100
    assert {finding.rule for finding in verdict.findings} <= {rule.id for rule in RULES}
    assert all(f.line is None or f.line > 0 for f in verdict.findings)
    assert all(f.url is None or f.url.lower().startswith("https://") for f in verdict.findings)
    assert [word for word, _ in verdict.vulnerabilities] == [s.word for s in Severity]
    assert all(0 <= number <= 1_000_000 for _, number in verdict.vulnerabilities)
    assert len(set(verdict.gap_texts)) == len(verdict.gap_texts)
    assert len(dict(verdict.modules)) == len(verdict.modules) <= 50
    assert verdict.analysed_at is None or verdict.analysed_at.endswith("Z")


def read_or_refuse(answer: object, asked: ExtensionId, analysis_id: str) -> None:
    try:
        verdict = parse_results(answer, asked, analysis_id)
    except BadAnswerError as error:
        assert_inert(str(error))
    else:
        assert_sound(verdict)


def assert_inert(message: str) -> None:
    assert message.isprintable()
    assert len(message) <= 200


# What a good answer says.


def test_the_recorded_answer_is_read_whole() -> None:
    """Each part of the answer that was recorded from the service is where it belongs."""
    verdict = parse_results(SAMPLE, SAMPLE_TOOLS, SAMPLE["analysisId"])
    assert all(re.fullmatch("[0-9a-f]{32}", finding.digest) for finding in verdict.findings)
    bare = tuple(replace(finding, digest="") for finding in verdict.findings)
    verdict = replace(verdict, findings=bare)
    levels = dict.fromkeys(MODULES, RiskLevel.LOW) | {
        "virusTotal": RiskLevel.UNKNOWN,
        "permissions": RiskLevel.MEDIUM,
        "ossfScorecard": RiskLevel.HIGH,
        "sensitiveInfo": RiskLevel.UNKNOWN,
        "obfuscation": RiskLevel.MEDIUM,
    }
    assert verdict == Verdict(
        provider="vscan.dev",
        analysed_version="2.4.1",
        score=82,
        risk=RiskLevel.HIGH,
        findings=(
            Finding(
                "vulnerable-dependency",
                Severity.CRITICAL,
                Kind.VULNERABILITY,
                "minimist 1.2.5 (development only): Prototype pollution (example)"
                " [GHSA-xxxx-xxxx-xxxx]",
                evidence="affected: <1.2.6",
                url="https://github.com/advisories/GHSA-xxxx-xxxx-xxxx",
            ),
            Finding(
                "posture-ossf-scorecard",
                Severity.HIGH,
                Kind.POSTURE,
                "high risk in the OpenSSF scorecard of the repository",
            ),
            Finding(
                "posture-obfuscation",
                Severity.MEDIUM,
                Kind.POSTURE,
                "medium risk in obfuscated code",
                file="dist/extension.js",
                evidence="minified",
            ),
            Finding(
                "posture-permissions",
                Severity.MEDIUM,
                Kind.POSTURE,
                "medium risk in what the manifest asks for",
                evidence="Runs in the workspace host.; Requires workspace trust.",
            ),
        ),
        analysed_at="2025-10-16T12:27:01Z",
        gaps=(Gap("virusTotal", GapKind.DECISIVE), Gap("sensitiveInfo", GapKind.OTHER)),
        url="https://vscan.dev/extension/acme.sample-tools",
        vulnerabilities=(("info", 0), ("low", 0), ("medium", 0), ("high", 0), ("critical", 1)),
        modules=tuple(levels.items()),
        contributions=(
            ("base", 100),
            ("metadata", 1),
            ("dependencies", 1),
            ("socket", 0),
            ("virusTotal", 0),
            ("permissions", -5),
            ("ossfScorecard", -10),
            ("networkEndpoints", 0),
            ("sensitiveInfo", 0),
            ("obfuscation", -5),
            ("consolidatedAst", 0),
            ("openGrep", 0),
        ),
        publisher_verified=True,
    )
    assert_sound(verdict)


def test_a_whole_answer_without_risks_has_neither_findings_nor_gaps() -> None:
    verdict = read(results("acme", "tools"))
    assert (verdict.score, verdict.risk) == (93, RiskLevel.LOW)
    assert (verdict.findings, verdict.gap_texts) == ((), ())


@pytest.mark.parametrize("score", [0, 0.5, 82, 100, 100.0])
def test_scores_from_0_to_100_are_kept_as_they_are(score: float) -> None:
    assert read(results("acme", "tools", score=score)).score == score


@pytest.mark.parametrize("word", ["low", "medium", "high", "critical"])
def test_the_risk_level_is_the_services_word_and_no_function_of_the_score(word: str) -> None:
    assert read(results("acme", "tools", score=82, risk=word)).risk.word == word


@pytest.mark.parametrize(("publisher", "name"), [("ACME", "TOOLS"), ("Acme", "tools")])
def test_an_id_in_other_case_is_the_same_extension(publisher: str, name: str) -> None:
    assert read(results(publisher, name)).url == "https://vscan.dev/extension/acme.tools"


@pytest.mark.parametrize("place", [PUBLISHER, PUBLISHER.rpartition("/")[0]])
def test_an_answer_that_names_no_publisher_is_believed_by_its_name(place: str) -> None:
    """``extensionInfo.publisher`` is a display name: it proves nothing."""
    assert read(changed(place, GONE)).gap_texts == ()


def test_an_answer_without_an_analysis_id_is_believed() -> None:
    assert read(changed("analysisId", GONE)).score == 93


def test_the_modules_own_level_counts_where_the_score_has_none() -> None:
    answer = changed("securityScore/moduleRiskLevels", GONE, levels={"socket": "high"})
    verdict = read(answer)
    assert dict(verdict.modules)["socket"] is RiskLevel.HIGH
    assert verdict.gap_texts == ("metadata",)  # the one module that has no level of its own


# What can't be believed.


@pytest.mark.parametrize("answer", [None, [], [{}], "text", 7, math.nan, True, {}])
def test_what_is_no_object_is_no_answer(answer: object) -> None:
    for parse in (read, parse_submission, lambda answer: parse_status(answer, "a-1")):
        with pytest.raises(BadAnswerError):
            parse(answer)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("analysisId", "a-2"),
        ("analysisId", "A-1"),
        ("analysisId", 1),
        ("analysisId", []),
        ("extensionInfo", GONE),
        ("extensionInfo", None),
        ("extensionInfo", ["tools", "1.0.0"]),
        ("extensionInfo/name", GONE),
        ("extensionInfo/name", None),
        ("extensionInfo/name", 7),
        ("extensionInfo/name", "other"),
        ("extensionInfo/name", "acme.tools"),
        ("extensionInfo/version", GONE),
        ("extensionInfo/version", None),
        ("extensionInfo/version", 1.0),
        ("extensionInfo/version", ""),
        ("extensionInfo/version", " \t\n"),
        (PUBLISHER, "other"),
        (PUBLISHER, ""),
        (PUBLISHER, 7),
        (PUBLISHER, ["acme"]),
        ("securityScore", GONE),
        ("securityScore", None),
        ("securityScore", [82]),
        ("securityScore", 82),
    ],
)
def test_an_answer_about_something_else_or_nothing_is_not_believed(
    place: str, value: object
) -> None:
    with pytest.raises(BadAnswerError):
        read(changed(place, value))


@pytest.mark.parametrize(
    "score",
    [
        GONE,
        None,
        "82",
        "",
        [82],
        {},
        True,
        False,
        -1,
        -0.01,
        100.01,
        101,
        10**30,
        math.nan,
        math.inf,
        -math.inf,
    ],
)
def test_a_score_that_is_no_number_from_0_to_100_is_not_believed(score: object) -> None:
    with pytest.raises(BadAnswerError, match="score"):
        read(changed("securityScore/score", score))


@pytest.mark.parametrize("word", ["info", "low", "moderate", "high", "critical", "total"])
@pytest.mark.parametrize("number", [-1, True, False, 1_000_000_000, 1.0, math.nan, "1", None, []])
def test_an_impossible_number_of_vulnerabilities_is_not_believed(word: str, number: object) -> None:
    with pytest.raises(BadAnswerError, match="impossible"):
        read(changed(f"{SUMMARY}/{word}", number))


@pytest.mark.parametrize("place", [f"{SUMMARY}/high", "analysisModules/virusTotal/maliciousFiles"])
def test_a_million_is_a_number_and_one_more_is_none(place: str) -> None:
    answer = put(results("acme", "tools"), tuple(f"{SUMMARY}/total".split("/")), GONE)
    assert read(put(answer, tuple(place.split("/")), 1_000_000)).findings
    with pytest.raises(BadAnswerError, match="impossible"):
        read(put(answer, tuple(place.split("/")), 1_000_001))


def test_a_total_smaller_than_its_parts_is_not_believed() -> None:
    with pytest.raises(BadAnswerError, match="fewer"):
        read(changed(f"{SUMMARY}/total", 4, vulnerabilities={"high": 3, "low": 2}))


@pytest.mark.parametrize("number", [-1, True, False, 1_000_000_000, 1.0, math.nan, "1", []])
def test_an_impossible_number_of_malicious_files_is_not_believed(number: object) -> None:
    with pytest.raises(BadAnswerError, match="malicious"):
        read(changed("analysisModules/virusTotal/maliciousFiles", number))


@pytest.mark.parametrize(
    ("place", "value", "other"),
    [
        ("extensionInfo/name", "Evil", "acme.Evil"),
        (PUBLISHER, "Evil", "Evil.tools"),
        (PUBLISHER, 7, "?.tools"),
    ],
)
def test_the_error_names_the_other_extension(place: str, value: object, other: str) -> None:
    with pytest.raises(BadAnswerError) as caught:
        read(changed(place, value))
    assert str(caught.value) == f"the result is about another extension: {other}"


@pytest.mark.parametrize("level", ["unknown", None, 3, "who knows"])
def test_an_answer_whose_modules_are_all_unknown_is_not_believed(level: object) -> None:
    answer = results("acme", "tools", levels=dict.fromkeys(MODULES, level))
    with pytest.raises(BadAnswerError, match="every module"):
        read(answer)


def test_an_answer_whose_modules_are_all_in_error_is_not_believed() -> None:
    answer = results("acme", "tools")
    for module in answer["analysisModules"].values():
        module["status"] = "error"
    with pytest.raises(BadAnswerError, match="every module"):
        read(answer)


@pytest.mark.parametrize("nothing", [None, {}, [], GONE])
def test_an_answer_without_modules_is_not_believed(nothing: object) -> None:
    answer = changed("analysisModules", nothing)
    with pytest.raises(BadAnswerError, match="every module"):
        read(put(answer, ("securityScore", "moduleRiskLevels"), nothing))


def test_one_known_module_is_enough_for_a_verdict_full_of_gaps() -> None:
    levels = dict.fromkeys(MODULES, "unknown") | {"socket": "low"}
    verdict = read(results("acme", "tools", levels=levels))
    assert verdict.gap_texts == tuple(name for name in MODULES if name != "socket")


# What is missing is a gap.


@pytest.mark.parametrize("module", MODULES)
def test_a_module_that_the_answer_does_not_know_is_a_gap(module: str) -> None:
    answer = changed(f"analysisModules/{module}", GONE)
    assert (
        module in read(put(answer, ("securityScore", "moduleRiskLevels", module), GONE)).gap_texts
    )


@pytest.mark.parametrize("value", [GONE, None, [], "completed", 7])
def test_a_module_that_is_rated_but_not_there_is_a_gap(value: object) -> None:
    """Without VirusTotal's part of the answer nobody knows how many files are malicious."""
    assert read(changed("analysisModules/virusTotal", value)).gap_texts == ("virusTotal",)


@pytest.mark.parametrize("level", ["unknown", "", "LOW", "severe", 2, True, [], {}, math.nan])
def test_a_level_that_says_nothing_is_a_gap(level: object) -> None:
    verdict = read(results("acme", "tools", levels={"socket": level}))
    assert verdict.gap_texts == ("socket",)
    assert dict(verdict.modules)["socket"] is RiskLevel.UNKNOWN


@pytest.mark.parametrize("status", ["error", "failed", "pending", "COMPLETED", "", None, 7, []])
def test_a_module_that_did_not_complete_is_a_gap(status: object) -> None:
    assert read(changed("analysisModules/openGrep/status", status)).gap_texts == ("openGrep",)


@pytest.mark.parametrize("value", [True, 1, "quota exceeded", ["socket"], {}])
def test_errors_that_the_answer_does_not_name_are_a_gap(value: object) -> None:
    assert read(changed("hasErrors", value)).gap_texts == ("unnamed errors",)


def test_errors_that_the_answer_names_are_counted_once() -> None:
    answer = changed("hasErrors", value=True, levels={"socket": "unknown"})
    assert read(answer).gap_texts == ("socket",)


@pytest.mark.parametrize("value", [False, None, GONE])
def test_an_answer_that_says_nothing_of_errors_has_no_gap(value: object) -> None:
    assert read(changed("hasErrors", value)).gap_texts == ()


@pytest.mark.parametrize("risk", ["unknown", "", "Low", "severe", 2, None, [], {}, GONE])
def test_an_unknown_overall_risk_is_a_gap(risk: object) -> None:
    verdict = read(changed("securityScore/riskLevel", risk))
    assert (verdict.risk, verdict.gap_texts) == (RiskLevel.UNKNOWN, ("riskLevel",))


@pytest.mark.parametrize("value", [GONE, None, {}, [], 7, "none"])
@pytest.mark.parametrize("place", [SUMMARY, SUMMARY.rpartition("/")[0]])
def test_vulnerabilities_that_nobody_counted_are_a_gap(place: str, value: object) -> None:
    assert read(changed(place, value)).gap_texts == ("dependencies",)


def test_a_summary_in_words_that_nobody_knows_is_a_gap() -> None:
    """Three "severe" ones are not none."""
    assert read(changed(SUMMARY, {"severe": 3})).gap_texts == ("dependencies",)


def test_a_total_larger_than_its_parts_is_a_gap() -> None:
    assert read(changed(f"{SUMMARY}/total", 1)).gap_texts == ("dependencies",)


def test_a_summary_without_its_words_and_its_total_is_a_gap() -> None:
    verdict = read(changed(SUMMARY, {"critical": 2}))
    assert verdict.gap_texts == ("dependencies",)
    assert [number for _, number in verdict.vulnerabilities] == [0, 0, 0, 0, 2]


@pytest.mark.parametrize(("number", "gaps"), [(50, 0), (51, 1), (500, 1)])
def test_more_modules_than_are_read_are_a_gap(number: int, gaps: int) -> None:
    """The list is bounded, but what it leaves out could be the worst of it."""
    levels: dict[str, Any] = {f"module{n}": "low" for n in range(number - len(MODULES))}
    verdict = read(results("acme", "tools", levels=levels))
    assert len(verdict.modules) == 50
    assert len(verdict.gap_texts) == gaps


# Findings.


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("info", Severity.INFO),
        ("low", Severity.LOW),
        ("moderate", Severity.MEDIUM),
        ("medium", Severity.MEDIUM),
        ("high", Severity.HIGH),
        ("critical", Severity.CRITICAL),
        ("CRITICAL", Severity.CRITICAL),
        ("severe", Severity.HIGH),
        ("", Severity.HIGH),
        (None, Severity.HIGH),
        (0, Severity.HIGH),
        (["low"], Severity.HIGH),
    ],
)
def test_each_named_advisory_is_a_finding_of_its_severity(word: object, severity: Severity) -> None:
    """What nobody rated, or in unknown words, counts as high."""
    verdict = advised(ADVISORY | {"severity": word})
    (found,) = verdict.findings
    assert replace(found, digest="") == Finding(
        "vulnerable-dependency",
        severity,
        Kind.VULNERABILITY,
        "left-pad 1.0.0: Prototype pollution [GHSA-1]",
        evidence="affected: <1.2.6",
        url="https://github.com/advisories/GHSA-1",
    )
    assert dict(verdict.vulnerabilities)[severity.word] == 1


def test_an_advisory_without_any_details_is_a_finding_all_the_same() -> None:
    answer = changed(f"{DEPENDENCIES}/0", {"vulnerabilities": [{}]})
    (finding,) = read(answer).findings
    assert finding.message == "a dependency: known vulnerability"
    assert finding.severity is Severity.HIGH
    assert (finding.evidence, finding.url) == (None, None)


@pytest.mark.parametrize("place", [f"{DEPENDENCIES}/0/vulnerabilities/0/severity", "hasErrors"])
def test_lists_in_lists_in_lists_are_read_without_falling_over(place: str) -> None:
    """JSON may nest nearly as deep as Python can print: no value is printed unseen."""
    nested: list[Any] = []
    for _ in range(10_000):
        nested = [nested]
    assert_sound(read(changed(place, nested, advisories=(ADVISORY,))))


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("info", Severity.INFO),
        ("low", Severity.LOW),
        ("moderate", Severity.MEDIUM),
        ("high", Severity.HIGH),
        ("critical", Severity.CRITICAL),
    ],
)
def test_vulnerabilities_that_are_only_counted_are_one_finding(
    word: str, severity: Severity
) -> None:
    verdict = advised(**{word: 3})
    (finding,) = verdict.findings
    assert (finding.rule, finding.severity) == ("vulnerable-dependency", severity)
    assert "3 vulnerabilities" in finding.message
    assert "only the number is known" in finding.message
    assert dict(verdict.vulnerabilities)[severity.word] == 3


def test_vulnerabilities_that_are_named_are_not_counted_again() -> None:
    verdict = advised(ADVISORY, ADVISORY | {"id": "GHSA-2"}, high=3)
    assert sorted(finding.message for finding in verdict.findings) == [
        "1 vulnerability of severity high in dependencies (not listed by name)",
        "left-pad 1.0.0: Prototype pollution [GHSA-1]",
        "left-pad 1.0.0: Prototype pollution [GHSA-2]",
    ]
    assert dict(verdict.vulnerabilities)["high"] == 3


def test_more_advisories_than_the_summary_counts_raise_the_count() -> None:
    verdict = advised(ADVISORY, ADVISORY | {"severity": "critical"}, high=1)
    assert dict(verdict.vulnerabilities) == {
        "info": 0,
        "low": 0,
        "medium": 0,
        "high": 1,
        "critical": 1,
    }


@pytest.mark.parametrize(("number", "gaps"), [(1000, ()), (1001, ("dependencies",))])
def test_more_than_1000_advisories_are_bounded_and_a_gap(
    number: int, gaps: tuple[str, ...]
) -> None:
    verdict = advised(*[ADVISORY] * number, high=number)
    assert sum(finding.evidence is not None for finding in verdict.findings) == 1000
    assert dict(verdict.vulnerabilities)["high"] == number
    assert verdict.gap_texts == gaps


def test_findings_come_worst_first() -> None:
    verdict = advised(*({"severity": word} for word in ("low", "critical", "info", "high")))
    severities = [finding.severity for finding in verdict.findings]
    assert severities == sorted(severities, reverse=True)


@pytest.mark.parametrize(("number", "said"), [(1, "1 file "), (4, "4 files ")])
def test_malicious_files_are_one_critical_finding(number: int, said: str) -> None:
    (finding,) = read(results("acme", "tools", malicious=number)).findings
    assert (finding.rule, finding.kind) == ("malicious-file", Kind.MALWARE)
    assert finding.severity is Severity.CRITICAL
    assert said in finding.message


@pytest.mark.parametrize("nothing", [0, None, GONE])
def test_no_malicious_file_is_no_finding(nothing: object) -> None:
    assert read(changed("analysisModules/virusTotal/maliciousFiles", nothing)).findings == ()


def test_a_file_flagged_as_malicious_is_found_though_nobody_counted_it() -> None:
    flagged = {
        "fileName": "dist/evil.js",
        "results": {"isMalicious": True, "link": "https://www.virustotal.com/gui/file/0"},
    }
    harmless = {"fileName": "dist/good.js", "results": {"isMalicious": False}}
    (finding,) = read(
        changed("analysisModules/virusTotal/fileResults", [harmless, flagged])
    ).findings
    assert (finding.file, finding.evidence) == ("dist/evil.js", "dist/evil.js")
    assert finding.url == "https://www.virustotal.com/gui/file/0"


def test_a_malicious_file_is_found_in_a_scan_that_did_not_complete() -> None:
    verdict = read(changed("analysisModules/virusTotal/status", "error", malicious=1))
    assert verdict.findings[0].kind is Kind.MALWARE
    assert verdict.gap_texts == ("virusTotal",)


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("level", ["unknown", "low", "medium", "high", "critical"])
def test_a_module_at_medium_or_above_is_a_posture_finding(module: str, level: str) -> None:
    findings = read(results("acme", "tools", levels={module: level})).findings
    if level in ("unknown", "low"):
        assert findings == ()
    else:
        (finding,) = findings
        assert (finding.rule, finding.kind) == (posture_rule(module), Kind.POSTURE)
        assert finding.severity.word == level
        assert finding.message == f"{level} risk in {MODULES[module]}"


@pytest.mark.parametrize(
    ("details", "evidence", "place"),
    [
        ([], None, (None, None)),
        (["eval()"], "eval()", (None, None)),
        ([{"message": "eval()", "file": "a.js", "line": 7}], "eval()", ("a.js", 7)),
        ([{"title": "", "description": "eval()", "line": True}], "eval()", (None, None)),
        ([{"type": "eval", "file": 7, "line": "7"}], "eval", (None, None)),
        ([{"type": "eval", "line": -1}], "eval", (None, None)),
        ([{"type": "eval", "line": 0}], "eval", (None, None)),
        ([{"type": "eval", "line": 1}], "eval", (None, 1)),
        ([{"type": "eval", "line": 2**31 - 1}], "eval", (None, 2**31 - 1)),
        ([{"type": "eval", "line": 2**31}], "eval", (None, None)),
        ([None, 7, [], {}, "eval()"], "and 2 more", (None, None)),
        (["a", "b", "c"], "a; b; c", (None, None)),
        (["a", "b", "c", "d", "e"], "a; b; c; and 2 more", (None, None)),
        ("eval()", None, (None, None)),
        ({"message": "eval()"}, None, (None, None)),
    ],
)
def test_a_posture_finding_carries_what_can_be_read_of_the_details(
    details: object, evidence: str | None, place: tuple[str | None, int | None]
) -> None:
    answer = changed("analysisModules/openGrep/findings", details, levels={"openGrep": "high"})
    (finding,) = read(answer).findings
    assert (finding.evidence, (finding.file, finding.line)) == (evidence, place)


def test_a_module_that_nobody_has_seen_yet_survives() -> None:
    """It has a level, a finding under the rule that such modules share, and its details."""
    answer = changed(
        "analysisModules/quantumScan", {"findings": ["entangled"]}, levels={"quantumScan": "high"}
    )
    verdict = read(answer)
    (finding,) = verdict.findings
    assert (finding.rule, finding.message) == ("posture-other", "high risk in quantumScan")
    assert finding.evidence == "entangled"
    assert dict(verdict.modules)["quantumScan"] is RiskLevel.HIGH


@pytest.mark.parametrize("level", ["unknown", "low"])
def test_a_module_that_nobody_has_seen_yet_can_be_a_gap(level: str) -> None:
    answer = changed(
        "analysisModules/quantumScan", {"status": "error"}, levels={"quantumScan": level}
    )
    assert read(answer).gap_texts == ("quantumScan",)


@pytest.mark.parametrize("name", ["q" * 100, "quantum\x1bscan", " quantum", "two  words"])
def test_a_module_with_a_strange_name_keeps_its_status_and_details(name: str) -> None:
    """A name is made printable for reports, and looked up as the answer has it."""
    answer = results("acme", "tools", levels={name: "high"})
    answer["analysisModules"][name] = {"status": "error", "findings": ["entangled"]}
    verdict = read(answer)
    assert [finding.evidence for finding in verdict.findings] == ["entangled"]
    assert len(verdict.gap_texts) == 1


@pytest.mark.parametrize(
    ("name", "disguise"),
    [("permissions", "permissions "), ("permissions", "\tpermissions"), ("x\x00", "x\x01")],
)
def test_no_module_hides_behind_the_name_of_another(name: str, disguise: str) -> None:
    """Names that print alike are two modules, and the worse of them is not forgotten."""
    verdict = read(results("acme", "tools", levels={name: "critical", disguise: "low"}))
    assert [finding.severity for finding in verdict.findings] == [Severity.CRITICAL]


# Strangers' text.

HOSTILE = {
    "escape": "Evil\x1b[2J\x1b]0;title\x07",
    "lines": "Evil\r\n::error::forged\x85\u2028",
    "bidi": "Evil\u202etxt.exe\u2066\u200b",
    "surrogate": "Evil\ud800\udfff",
    "private": "Evil\ue000\U0010ffff\ufdd0",
    "long": "Evil" + "x" * 10_000,
    "spaces": "Evil" + " " * 10_000 + "x",
    "null": "Evil\x00",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_is_inert_and_bounded_wherever_it_stands(text: str) -> None:
    answer = results(
        "acme",
        "tools",
        version=text,
        levels={"openGrep": "high", text: "high"},
        advisories=(dict.fromkeys(("id", "title", "range"), text),),
    )
    modules = answer["analysisModules"]
    modules["dependencies"]["dependencies"][0] |= {"name": text, "version": text}
    modules["openGrep"]["findings"] = [dict.fromkeys(("title", "file"), text), text]
    modules["virusTotal"]["fileResults"] = [{"fileName": text, "results": {"isMalicious": True}}]
    verdict = read(answer)
    assert_sound(verdict)
    assert verdict.analysed_version.startswith("Evil")
    assert sum("Evil" in finding.message for finding in verdict.findings) == 2
    assert sum("Evil" in (finding.evidence or "") for finding in verdict.findings) == 3
    assert sum("Evil" in (finding.file or "") for finding in verdict.findings) == 2


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_of_other_extensions_are_inert_in_the_error(text: str) -> None:
    with pytest.raises(BadAnswerError) as caught:
        read(results(text, text))
    assert_inert(str(caught.value))


def test_a_version_is_never_empty() -> None:
    """What lies behind 500 spaces may be cut off; then there is no version."""
    with suppress(BadAnswerError):
        assert read(results("acme", "tools", version=" " * 500 + "1")).analysed_version


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "//example.com/",
        "example.com",
        "https:",
        "https://",
        "https:///path",
        "https://[",
        "https://exa mple.com/",
        "https://example.com/\x1b[0m",
        "https://example.com/\n",
        "https://example.com/\u202e",
        " https://example.com/",
        "https://example.com/" + "x" * 500,
        "",
        None,
        7,
        ["https://example.com/"],
    ],
)
def test_links_that_are_not_plainly_https_are_dropped(url: object) -> None:
    (finding,) = advised(ADVISORY | {"url": url}).findings
    assert finding.url is None


@pytest.mark.parametrize(
    ("moment", "normal"),
    [
        ("2025-10-16T12:27:01.757Z", "2025-10-16T12:27:01Z"),
        ("2025-10-16T12:27:01", "2025-10-16T12:27:01Z"),
        ("2025-10-16T14:27:01+02:00", "2025-10-16T12:27:01Z"),
        ("2025-12-31T23:30:00-05:00", "2026-01-01T04:30:00Z"),
        ("2025-10-16 12:27:01+00:00", "2025-10-16T12:27:01Z"),
        ("2025-10-16", "2025-10-16T00:00:00Z"),
        ("0001-01-01T00:00:00+12:00", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("2025-13-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
        ("2025-10-16T12:27:01Z\x1b[0m", None),
        ("\ud800" * 20, None),
        (1760617621, None),
        (True, None),
        (None, None),
        ([], None),
        (GONE, None),
    ],
)
def test_times_become_utc_and_nonsense_none(moment: object, normal: str | None) -> None:
    assert read(changed("analysisTimestamp", moment)).analysed_at == normal


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone can't be changed here")
def test_times_without_a_zone_are_utc_wherever_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC-9")
    time.tzset()
    try:
        verdict = read(changed("analysisTimestamp", "2025-10-16T12:27:01"))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert verdict.analysed_at == "2025-10-16T12:27:01Z"


# The other two answers.


@pytest.mark.parametrize("identity", ["a", "0b7f6a52-5d0e-4c53-9a35-2f1f6f5f9e11", "x" * 200])
def test_a_submission_gives_the_id_of_the_analysis(identity: str) -> None:
    answer = {"analysisId": identity, "status": "pending", "message": "queued"}
    assert parse_submission(answer) == identity


@pytest.mark.parametrize(
    "identity", ["", "x" * 201, "a\nb", "a\x1b[0m", "a\u202eb", "\ud800", None, 7, True, ["a"]]
)
def test_a_submission_without_a_usable_id_is_not_believed(identity: object) -> None:
    with pytest.raises(BadAnswerError):
        parse_submission({"analysisId": identity})


@pytest.mark.parametrize(
    ("word", "complete"),
    [("completed", True), ("pending", False), ("in_progress", False), ("", False), ("Done", False)],
)
def test_only_the_word_completed_ends_an_analysis(word: str, complete: object) -> None:
    """A word that nobody has seen yet counts as still pending."""
    assert parse_status({"analysisId": "a-1", "status": word}, "a-1") is complete
    assert parse_status({"status": word, "progress": 100}, "a-1") is complete


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "failed"},
        {"analysisId": "a-2", "status": "completed"},
        {"analysisId": 7, "status": "completed"},
        {"analysisId": "a-1"},
        {"status": None},
        {"status": True},
        {"status": ["completed"]},
        {"status": 200},
    ],
)
def test_a_status_that_is_failed_foreign_or_no_word_is_not_believed(answer: object) -> None:
    with pytest.raises(BadAnswerError):
        parse_status(answer, "a-1")


# The rules.


def test_every_module_has_a_rule_of_its_own_and_strangers_share_one() -> None:
    documented = {rule.id for rule in RULES}
    own = [posture_rule(module) for module in MODULES]
    assert len(set(own)) == len(own) == 11
    assert {*own, posture_rule("quantumScan")} <= documented
    assert posture_rule("quantumScan") == posture_rule("other") == "posture-other"


def test_rules_have_ids_of_their_own_in_one_spelling_and_say_what_to_do() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", identity) for identity in ids)
    assert all(rule.title and rule.help.endswith(".") for rule in RULES)


def test_the_modules_that_tests_know_are_those_that_the_schema_knows() -> None:
    assert tuple(MODULES) == builders.MODULES


# Whatever comes.

WORDS = st.sampled_from(
    ["low", "high", "unknown", "completed", "error", "acme", "sample-tools", "https://a.b/"]
)
KEYS = st.sampled_from(
    sorted({key for place in places(SAMPLE) for key in place if isinstance(key, str)})
) | st.text(st.characters(), max_size=80)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | WORDS
    | st.text(st.characters(), max_size=200),
    _nested,
    max_leaves=15,
)


@pytest.mark.parametrize(
    "junk", [None, True, 0, -1, 10**30, math.nan, "", "\x1b[2J\n", [], [None], {}, {"": []}, [[7]]]
)
def test_junk_in_any_place_of_the_recorded_answer_is_refused_or_harmless(junk: object) -> None:
    for place in places(SAMPLE):
        read_or_refuse(put(SAMPLE, place, junk), SAMPLE_TOOLS, SAMPLE["analysisId"])


@given(answer=JSON)
@settings(max_examples=examples(200), deadline=None)
def test_any_json_is_refused_or_gives_a_sound_verdict(answer: object) -> None:
    read_or_refuse(answer, TOOLS, "a-1")


@given(answer=JSON)
@settings(max_examples=examples(200), deadline=None)
def test_any_json_is_refused_or_understood_as_a_submission_or_a_status(answer: object) -> None:
    with suppress(BadAnswerError):
        assert parse_submission(answer).isprintable()
    with suppress(BadAnswerError):
        assert parse_status(answer, "a-1") in (True, False)


@given(place=st.sampled_from(list(places(SAMPLE))), value=JSON)
@settings(max_examples=examples(500), deadline=None)
def test_any_json_in_any_place_is_refused_or_gives_a_sound_verdict(
    place: tuple[str | int, ...], value: object
) -> None:
    read_or_refuse(put(SAMPLE, place, value), SAMPLE_TOOLS, SAMPLE["analysisId"])


@pytest.mark.parametrize(
    ("path", "value", "gap"),
    [
        (("analysisModules", "virusTotal", "maliciousFiles"), None, "virusTotal"),
        (("analysisModules", "openGrep", "error"), "quota", "openGrep"),
        (("analysisModules", "dependencies", "dependencies"), {"x": "critical"}, "dependencies"),
    ],
)
def test_what_is_there_in_another_shape_is_a_gap(
    path: tuple[str, ...], value: object, gap: str
) -> None:
    answer = results("acme", "tools")
    place = answer
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert read(answer).gap_texts == (gap,)


@pytest.mark.parametrize(
    "found", [{"isMalicious": "true"}, {"isMalicious": 1}, {"stats": {"malicious": 60}}]
)
def test_a_file_that_engines_call_malicious_is_a_finding(found: dict[str, Any]) -> None:
    answer = results("acme", "tools")
    answer["analysisModules"]["virusTotal"]["fileResults"] = [{"fileName": "x", "results": found}]
    assert [finding.rule for finding in read(answer).findings] == ["malicious-file"]


def test_the_overall_risk_is_never_better_than_a_modules() -> None:
    verdict = read(results("acme", "tools", risk="low", levels={"obfuscation": "critical"}))
    assert verdict.risk is RiskLevel.CRITICAL


@pytest.mark.parametrize(
    "results",
    [
        "x",
        {},
        [None],
        [{"status": "queued"}],
        [{"fileName": "a", "error": "timeout"}],
        [{"results": {}}],
        [{"results": {"stats": {"malicious": "0"}}}],
        [{"results": {"isMalicious": False}}, {"status": "queued"}],
    ],
)
def test_files_that_virus_total_has_not_answered_are_a_gap(results: object) -> None:
    answer = changed("analysisModules/virusTotal/fileResults", results)
    assert "virusTotal" in read(answer).gap_texts
    answered = changed(
        "analysisModules/virusTotal/fileResults", [{"results": {"isMalicious": False}}]
    )
    assert "virusTotal" not in read(answered).gap_texts


def test_a_number_of_files_of_another_version_is_another_finding() -> None:
    digests = set()
    for version in ("1.0.0", "2.0.0"):
        answer = builders.results("acme", "tools", version=version, malicious=1)
        (found,) = (f for f in read(answer).findings if f.rule == "malicious-file")
        digests.add(found.digest)
    assert len(digests) == 2
