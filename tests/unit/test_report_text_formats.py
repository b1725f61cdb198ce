"""CSV, Markdown, JUnit and GitHub's commands: structure, counts, and text that stays text."""

import csv as csv_module
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from msgspec.structs import replace

from tests.builders import extension, finding, task, verdict
from tests.examples import examples
from tests.judged import failed, report, scanned, unreadable
from vscan.model import (
    ExtensionId,
    Failed,
    FailureKind,
    Finding,
    How,
    Kind,
    Origin,
    RegistryFacts,
    RiskLevel,
    Scanned,
    Severity,
    Task,
    Unreadable,
)
from vscan.policy.baseline_from_report import read_baseline
from vscan.policy.model import Conclusion, Decision, Waiver
from vscan.report import csv, github, junit, markdown
from vscan.report import json as json_report
from vscan.report.alert_locations import location_of
from vscan.report.rule_pages import rule_page
from vscan.report.view import failing_findings
from vscan.report_model import Report
from vscan.safe_text import sanitize

WAIVER = Waiver("acme.waived", "*", "seen, and accepted", None, 1)
LATE = Waiver("acme.late", "failure:timeout", "it is slow", None, 2)
POSTURE = Finding("posture-socket", Severity.MEDIUM, Kind.POSTURE, "as it is made")


@pytest.fixture
def mixed(tmp_path: Path) -> Report:
    """One of each: bad, clean, failed, failed and waived, known, waived, unreadable."""
    stream = io.StringIO()
    json_report.write(report(scanned("acme.known", finding())), stream)
    (tmp_path / "b").write_text(stream.getvalue(), "utf-8")
    return report(
        scanned("acme.bad", finding(), POSTURE, risk=RiskLevel.HIGH, from_cache=True),
        scanned("acme.good"),
        scanned("acme.known", finding()),
        failed("acme.late"),
        failed("acme.lost", FailureKind.NETWORK, "unreachable"),
        scanned("acme.waived", finding()),
        unreadable(),
        waivers=(WAIVER, LATE),
        baseline=read_baseline(tmp_path / "b"),
    )


def text_of(made: Report, write: Callable[[Report, IO[str]], None]) -> str:
    stream = io.StringIO()
    write(made, stream)
    return stream.getvalue()


def rows_of(made: Report) -> list[dict[str, str]]:
    return list(csv_module.DictReader(io.StringIO(text_of(made, csv.write), newline="")))


def xml_of(made: Report) -> ET.Element:
    return ET.fromstring(text_of(made, junit.write))


def json_of(made: Report) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(text_of(made, json_report.write))
    return told


def lines_of(made: Report) -> list[str]:
    return text_of(made, github.write).splitlines()


# Hostile text after ``sanitize``, as the model has it.

NASTY = st.sampled_from(
    ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", ",", '"', '""', "a\r\nb", "|", "\\|", "`",
     "``", "`|`", "```", "<b>", "</testcase>", "]]>", "&amp;", "<!--", "%0A", "%", "::error::x",
     "::", ":", ";", "a,b", "[x](y)", "![x](y)", "@everyone", "#1", "* x", "# x", "---", "> x",
     "https://x.example", "<https://x.example>", "##[error]x", "\ufeff", "\u202e", "\ud800",
     "\x1b[2J", "\x00", "\ufffe", "é", "😀", " ", "", "'", "\\", "~~~", "$x$", "| --- |", "&#x41;"]
)  # fmt: skip
TEXTS = st.lists(NASTY | st.text(max_size=8), max_size=4).map("".join).map(sanitize)
FINDINGS = st.builds(
    Finding,
    TEXTS.map(lambda text: text or "x"),
    st.sampled_from(Severity),
    st.sampled_from([Kind.MALWARE, Kind.VULNERABILITY, Kind.POSTURE]),
    TEXTS,
    file=st.none() | TEXTS,
    line=st.none() | st.integers(0, 10**6),
    evidence=st.none() | TEXTS,
    url=st.none() | TEXTS,
)


@st.composite
def hostile_reports(draw: st.DrawFn) -> Report:
    """Draw a report in which each text is hostile."""
    found: list[Any] = []
    for number in range(draw(st.integers(0, 3))):
        installed = replace(
            extension(f"acme.tool{number}", draw(st.sampled_from([None, "1.0.0"]))),
            display_name=draw(TEXTS),
            origins=(Origin(draw(TEXTS), draw(st.none() | st.integers(1, 99))),),
        )
        asked = Task("vscan.dev", (installed,))
        if draw(st.booleans()):
            said = verdict(*draw(st.lists(FINDINGS, max_size=2)), version=draw(TEXTS))
            found.append(Scanned(asked, said, from_cache=False))
        else:
            found.append(Failed(asked, draw(st.sampled_from(FailureKind)), draw(TEXTS)))
    if draw(st.booleans()):
        known = draw(st.none() | st.just(ExtensionId.parse("acme.broken")))
        found.append(Unreadable(draw(TEXTS), draw(TEXTS), known, None, "x", ()))
    return report(*found)


# CSV.


def test_csv_has_a_row_for_each_finding_each_failure_and_each_extension_without(
    mixed: Report,
) -> None:
    told = [(row["id"], row["status"], row["rule"] or row["error_type"]) for row in rows_of(mixed)]
    assert told == [
        ("acme.bad", "scanned", "vulnerable-dependency"),
        ("acme.bad", "scanned", "posture-socket"),
        ("acme.good", "scanned", ""),
        ("acme.known", "scanned", "vulnerable-dependency"),
        ("acme.late", "failed", "timeout"),
        ("acme.lost", "failed", "network"),
        ("acme.waived", "scanned", "vulnerable-dependency"),
        ("", "unreadable", "unreadable"),
    ]


def test_csv_marks_suppressed_and_known_findings(mixed: Report) -> None:
    marks = {row["id"]: (row["waived"], row["known"]) for row in rows_of(mixed)}
    assert marks == {
        "acme.bad": ("", "false"),
        "acme.good": ("", ""),
        "acme.known": ("", "true"),
        "acme.late": ("it is slow", ""),
        "acme.lost": ("", ""),
        "acme.waived": ("seen, and accepted", "false"),
        "": ("", ""),
    }


def test_csv_of_an_empty_report_has_only_the_columns() -> None:
    text = text_of(report(), csv.write)
    assert text == ",".join(csv.COLUMNS) + "\n"
    assert rows_of(report()) == []


def test_csv_shows_findings_of_policy_checks_for_an_extension_without_a_verdict() -> None:
    first, second = rows_of(report(failed("acme.bad"), blocked=("acme.*",)))
    assert (first["rule"], first["source"], first["status"]) == (
        "policy-blocked",
        "policy",
        "failed",
    )
    assert second["error_type"] == "timeout"


@given(made=hostile_reports())
@settings(deadline=None)
def test_csv_is_read_back_unchanged_except_for_the_apostrophe(made: Report) -> None:
    rows = rows_of(made)
    assert all(None not in row and None not in row.values() for row in rows)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows
                   for cell in row.values())  # fmt: skip

    def cell(value: object) -> str:
        text = "" if value is None else str(value)
        return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text

    expected = [
        [cell(value) for value in (h.finding.rule, h.finding.message, h.finding.file,
                                   h.finding.line, h.finding.evidence, h.finding.url)]
        for assessment in made.assessments for h in assessment.findings
    ]  # fmt: skip
    told = [[row[name] for name in ("rule", "message", "file", "line", "evidence", "url")]
            for row in rows if row["severity"]]  # fmt: skip
    assert told == expected
    names = [cell(a.extension.display_name) for a in made.assessments]
    assert list(dict.fromkeys(row["name"] for row in rows if row["status"] != "unreadable")) == (
        list(dict.fromkeys(names))
    )


@pytest.mark.parametrize("start", [*"=+-@", *"\uff1d\uff0b\uff0d\uff20\ufe66"])
def test_csv_has_no_formula(start: str) -> None:
    """Spreadsheets take the wide and the small characters for the others."""
    made = report(scanned("acme.tools", finding(message=f'{start}HYPERLINK("x";"y")')))
    assert rows_of(made)[0]["message"] == f'\'{start}HYPERLINK("x";"y")'


# JUnit.


def test_junit_has_a_case_for_each_extension_and_numbers_that_agree(mixed: Report) -> None:
    root = xml_of(mixed)
    (suite,) = root
    for element in (root, suite):
        numbers = [element.get(name) for name in ("tests", "failures", "errors")]
        assert numbers == ["7", "1", "2"]
    told = {
        case.get("name"): [child.tag for child in case if child.tag != "system-out"]
        for case in suite.iter("testcase")
    }
    assert told == {
        "acme.bad@1.0.0": ["failure"],
        "acme.good@1.0.0": [],
        "acme.known@1.0.0": [],
        "acme.late@1.0.0": [],
        "acme.lost@1.0.0": ["error"],
        "acme.waived@1.0.0": [],
        "broken-1.0.0": ["error"],
    }
    properties = [(p.get("name"), p.get("value")) for p in suite.iter("property")]
    assert properties[:2] == [("outcome", "findings"), ("exit_code", "1")]
    assert [value for name, value in properties if name == "reason"] == list(mixed.decision.reasons)


def test_the_message_of_a_junit_failure_has_the_causes_in_words() -> None:
    """Posture fails no run. What a check of the policy finds is a cause like any other."""
    posture = finding(Severity.HIGH, Kind.POSTURE)
    made = report(
        scanned("acme.tools", finding(), posture, finding(Severity.LOW)), blocked=("acme.tools",)
    )
    assert made.decision.reasons == (
        "1 finding of severity high (--fail-on high): acme.tools.",
        "1 extension on the list of blocked ones (policy-blocked): acme.tools.",
    )
    failure = xml_of(made).find(".//failure")
    assert failure is not None
    assert failure.get("message") == (
        "high vulnerable-dependency: bad; high policy-blocked: the policy blocks this extension"
    )


def test_junit_marks_suppressed_and_known_findings(mixed: Report) -> None:
    told = {case.get("name"): "".join(case.itertext()) for case in xml_of(mixed).iter("testcase")}
    assert told["acme.known@1.0.0"].strip() == "high vulnerable-dependency: bad (known)"
    assert told["acme.waived@1.0.0"].strip() == "high vulnerable-dependency: bad (suppressed)"


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (report(), "nothing-to-scan"),
        (report(scanned(risk=RiskLevel.UNKNOWN), fail_on_risk=RiskLevel.HIGH), "unknown-risk"),
        (report(scanned(), verified_publishers=True), "unknown-publisher"),
        (
            replace(report(), decision=Decision(Conclusion.ERROR, 2, ("It broke.",))),
            "error",
        ),
        (
            replace(report(scanned()), decision=Decision(Conclusion.INTERRUPTED, 130, ("Ended.",))),
            "interrupted",
        ),
    ],
    ids=["empty", "unknown risk", "unknown publisher", "broken", "interrupted"],
)
def test_no_format_is_green_for_a_run_without_a_complete_examination(
    made: Report, kind: str
) -> None:
    """Where no one extension is to blame, the run is: a gate that reads only this must see it."""
    (error,) = xml_of(made).iter("error")
    assert error.get("type") == kind
    assert error.get("message")
    assert (xml_of(made).get("errors"), xml_of(made).get("failures")) == ("1", "0")
    assert len(list(xml_of(made).iter("testcase"))) == int(xml_of(made).get("tests", ""))
    (line,) = lines_of(made)
    assert line.startswith("::warning title=")
    assert kind.replace("-", " ") in line or kind in line


@pytest.mark.parametrize(
    "made",
    [
        report(scanned()),
        report(scanned("acme.waived", finding()), waivers=(WAIVER,)),
        report(failed("acme.late"), waivers=(LATE,)),
    ],
    ids=["clean", "waived", "waived failure"],
)
def test_a_clean_run_is_green_everywhere(made: Report) -> None:
    assert made.decision.exit_code == 0
    assert (xml_of(made).get("errors"), xml_of(made).get("failures")) == ("0", "0")
    assert lines_of(made) == []


@given(made=hostile_reports())
@settings(deadline=None)
def test_junit_is_well_formed_whatever_the_texts(made: Report) -> None:
    root = xml_of(made)
    (suite,) = root
    cases = list(suite.iter("testcase"))
    for tag, name in (("failure", "failures"), ("error", "errors")):
        number = sum(case.find(tag) is not None for case in cases)
        assert root.get(name) == suite.get(name) == str(number)
    assert root.get("tests") == suite.get("tests") == str(len(cases))
    assert {element.tag for element in root.iter()} <= {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "error",
        "system-out",
    }  # fmt: skip
    told = "".join(root.itertext())
    for assessment in made.assessments:
        for held in assessment.findings:
            assert held.finding.message in told


# Markdown.


def tokens(text: str) -> list[Token]:
    flat = []
    for token in MarkdownIt("commonmark", {"linkify": False}).enable("table").parse(text):
        flat += [token, *(token.children or [])]
    return flat


def cells(text: str) -> list[list[str]]:
    """Give the rows of all tables, a text for each cell, as they are rendered."""
    rows: list[list[str]] = []
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "tr_open":
            rows.append([])
        if token.type == "inline" and token.level > 2:
            rows[-1].append("".join(child.content for child in token.children or []))
    return rows


def test_markdown_gives_counts_reasons_failures_and_findings(mixed: Report) -> None:
    text = text_of(mixed, markdown.write)
    assert text.startswith("## vscan: failed (exit code 1)\n")
    counts, values, *rest = cells(text)
    assert dict(zip(counts, values, strict=True)) == {
        "Extensions": "7", "Scanned": "4", "No verdict": "2", "Unreadable": "1",
        "Critical": "0", "High": "3", "Medium": "1", "Low": "0", "Info": "0",
    }  # fmt: skip
    (block,) = (token for token in tokens(text) if token.type == "fence")
    assert block.content.splitlines() == list(mixed.decision.reasons)
    assert ["acme.lost", "1.0.0", "network", "unreachable"] in rest
    assert ["broken-1.0.0", "-", "unreadable", "its manifest is no JSON"] in rest
    assert ["acme.bad", "1.0.0", "high", "vulnerable-dependency", "bad", "", ""] in rest
    marks = {(row[0], row[3]): row[7] for row in rest if len(row) == 8}
    assert marks[("acme.known", "vulnerable-dependency")] == "known"
    assert marks[("acme.waived", "vulnerable-dependency")] == "suppressed"
    assert marks[("acme.bad", "posture-socket")] == "not counted"
    assert ("acme.bad", "vulnerable-dependency") not in marks


@given(made=hostile_reports())
@settings(deadline=None)
def test_markdown_is_inert_and_its_rows_keep_their_cells(made: Report) -> None:
    """Hostile text is code, where platforms ignore links and mentions."""
    text = text_of(made, markdown.write)
    kinds = {token.type for token in tokens(text)}
    assert kinds <= {
        "heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "text",
        "code_inline", "fence", "table_open", "table_close", "thead_open", "thead_close",
        "tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open",
        "td_close",
    }  # fmt: skip
    ours = "".join(token.content for token in tokens(text) if token.type == "text")
    assert re.fullmatch(r"[A-Za-z0-9 :;()',.?/-]*", ours)
    rows = cells(text)
    assert {len(row) for row in rows} <= {2, 4, 7, 8, 9}
    expected = sum(len(a.failures) for a in made.assessments) + len(made.unreadable)
    assert sum(len(row) == 4 for row in rows) == expected + bool(expected)
    failing = sum(
        max(1, len(violation.findings))
        for a in made.assessments
        for violation in a.failing_violations
    )
    assert sum(len(row) == 7 for row in rows) == failing + bool(failing)
    others = sum(len(a.findings) - len(failing_findings(a)) for a in made.assessments)
    assert sum(len(row) == 8 for row in rows) == others + bool(others)


@pytest.mark.parametrize("write", [markdown.write, junit.write, github.write])
@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"file": "a/b.js", "line": 7}, "a/b.js:7"),
        ({"file": "a/b.js"}, "a/b.js"),
        ({"line": 7}, None),
    ],
)
def test_a_finding_is_shown_with_its_location(
    write: Callable[[Report, IO[str]], None], more: dict[str, Any], place: str | None
) -> None:
    text = text_of(
        report(scanned("acme.tools", replace(finding(message="bad code"), **more))), write
    )
    assert "bad code" in text
    assert not re.search(r"a/b\.js|:7\b", text.replace(place or "-", ""))
    assert place is None or place in text


@given(text=TEXTS)
@settings(deadline=None, max_examples=examples(300))
def test_a_text_is_read_back_unchanged_from_its_code_span(text: str) -> None:
    made = report(scanned("acme.tools", finding(message=text)))
    row = next(r for r in cells(text_of(made, markdown.write)) if r[0] == "acme.tools")
    assert row[4] == text


@pytest.mark.full
def test_markdown_has_at_most_a_megabyte_and_counts_the_lines_left_out() -> None:
    """A platform drops a summary that is too long, whole."""
    bad = finding(message="é" * 100)
    made = report(*(scanned(f"acme.tool{number:05}", bad) for number in range(20_000)))
    text = text_of(made, markdown.write)
    assert 900_000 < len(text.encode()) <= markdown.MAX_BYTES
    assert "| 20000 |" in text
    last = text.splitlines()[-1]
    match = re.fullmatch(r"(\d+) more lines would not fit: see the other reports\.", last)
    assert match
    shown = text.count("| `acme.tool")
    # After the findings: advice (6 lines), reasons (4 lines), and two lines.
    assert shown + int(match[1]) == 20_000 + 12


def test_a_report_that_fits_leaves_nothing_out(mixed: Report) -> None:
    assert "would not fit" not in text_of(mixed, markdown.write)


# GitHub.


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """Take a command apart as the runner does."""
    match = re.fullmatch(r"::(error|warning|notice)(?: ([^:]*))?::(.*)", line)
    assert match, line
    level, properties, message = match[1], match[2] or "", match[3]
    pairs = dict(pair.split("=", 1) for pair in properties.split(",") if pair)
    return level, {key: unquote(value) for key, value in pairs.items()}, unquote(message)


def test_github_has_errors_for_failing_extensions_and_warnings_for_missing_verdicts(
    mixed: Report,
) -> None:
    assert [parsed(line) for line in lines_of(mixed)] == [
        ("error", {"file": ".vscode/extensions/acme.bad/package.json", "line": "1",
                   "title": "acme.bad 1.0.0"},
         "high: bad. What to do: vscan rules vulnerable-dependency"),
        ("warning", {"title": "broken-1.0.0 could not be read"}, "its manifest is no JSON"),
        ("warning", {"title": "acme.lost has no verdict"}, "network: unreachable"),
    ]  # fmt: skip


def test_github_names_a_check_that_fails(mixed: Report) -> None:
    del mixed
    (line,) = lines_of(report(scanned(score=10), min_score=50))
    assert parsed(line)[2] == "the score is 10"


@pytest.mark.parametrize("number", [9, 10, 11, 500])
def test_github_has_at_most_ten_lines_and_counts_the_rest(number: int) -> None:
    found = [failed(f"acme.a{n:03}") for n in range(number - 1)]
    lines = lines_of(report(*found, scanned("acme.z", finding())))
    assert len(lines) == min(number, 10)
    assert lines[0].startswith("::error ")
    if number > 10:
        assert lines[-1] == f"::notice::{number - 9} more are in the report"


@given(made=hostile_reports())
@settings(deadline=None)
def test_github_has_only_commands_whatever_the_texts(made: Report) -> None:
    text = text_of(made, github.write)
    lines = text.split("\n")
    assert lines.pop() == ""
    assert len(lines) <= 10
    for line in lines:
        level, properties, _ = parsed(line)
        assert properties.keys() <= {"file", "line", "col", "endColumn", "title"}
        assert level != "notice" or not properties


@pytest.mark.parametrize(
    "text", ["%0A::error::x", "a%b", "a:b,c=d", "::error file=x::y", "a;b", "##[error]x", "%25"]
)
def test_github_commands_are_read_back_unchanged(text: str) -> None:
    item = replace(unreadable(sanitize(text)), reason=sanitize(text))
    (line,) = lines_of(report(item))
    assert parsed(line) == (
        "warning", {"title": f"{sanitize(text)} could not be read"}, sanitize(text),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\r::error::b"])
def test_github_writes_one_line_even_for_a_text_that_was_not_sanitized(text: str) -> None:
    (line,) = text_of(report(replace(unreadable(), reason=text)), github.write).splitlines()
    assert parsed(line)[2] == text


# Where a platform shows it.


@pytest.mark.parametrize(
    ("origins", "workspace", "place"),
    [
        ([], "", (".vscode/extensions/acme.tools/package.json", 1)),
        ([(".vscode/extensions.json", 7)], "", (".vscode/extensions.json", 7)),
        ([("/w/.vscode/extensions.json", 7)], "/w", (".vscode/extensions.json", 7)),
        ([("/w/./a/../x.json", 7)], "/w/", ("x.json", 7)),
        ([("a\\b.json", 7)], "", ("a/b.json", 7)),
        ([("/elsewhere/x.json", 7)], "/w", None),
        ([("/workspace/x.json", 7)], "/w", None),
        ([("/w", 7)], "/w", None),
        ([("../x.json", 7)], "/w", None),
        ([("a/../../x.json", 7)], "", None),
        ([("C:\\x.json", 7)], "", None),
        ([("https://x.example/y", 7)], "", None),
        ([("exts/extensions.json", None)], "", ("exts/extensions.json", 1)),
        ([("exts/acme.tools-1.0.0", None)], "", None),
        ([("exts/extensions.json", None), ("list.txt", 3)], "", ("list.txt", 3)),
        ([("/else/list.txt", 3), ("exts/extensions.json", None)], "/w",
         ("exts/extensions.json", 1)),
    ],
)  # fmt: skip
def test_a_location_is_inside_the_repository_and_never_contains_the_version(
    origins: list[tuple[str, int | None]], workspace: str, place: tuple[str, int] | None
) -> None:
    found = replace(extension(), origins=tuple(Origin(*origin) for origin in origins))
    expected = place or (".vscode/extensions/acme.tools/package.json", 1)
    assert location_of(found, workspace) == expected


# Properties of all formats.


def test_min_risk_shortens_only_the_reports_for_people(mixed: Report) -> None:
    level = replace(mixed, min_risk=RiskLevel.CRITICAL)
    for write in (csv.write, junit.write, github.write, json_report.write):
        assert text_of(level, write) == text_of(mixed, write)
    text = text_of(level, markdown.write)
    assert "`acme.bad`" in text  # it counts, whatever its level
    assert "`acme.lost`" in text  # its level is unknown
    assert "`acme.waived`" in text_of(mixed, markdown.write)
    assert "`acme.waived`" not in text
    assert "`acme.known`" not in text
    assert cells(text)[1] == cells(text_of(mixed, markdown.write))[1]


def test_min_risk_shows_extensions_at_the_level_or_above() -> None:
    made = [
        scanned(f"acme.{risk.word}", replace(POSTURE), risk=risk) for risk in RiskLevel
    ]  # fmt: skip
    whole = report(*sorted(made, key=lambda each: each.task.id))
    for level in RiskLevel:
        text = text_of(replace(whole, min_risk=level), markdown.write)
        for risk in RiskLevel:
            assert (f"`acme.{risk.word}`" in text) is (risk >= level)


@given(made=hostile_reports())
@settings(deadline=None)
def test_all_formats_agree_on_the_numbers(made: Report) -> None:
    stats = made.stats
    told = json_of(made)
    rows = rows_of(made)
    severities = {severity.word: number for severity, number in stats.findings_by_severity}
    assert told["stats"]["findings_by_severity"] == severities
    assert told["stats"]["total"] == stats.total == len(told["extensions"])
    in_rows = [row["severity"] for row in rows if row["severity"]]
    assert {word: in_rows.count(word) for word in severities} == severities
    failures = sum(len(assessment.failures) for assessment in made.assessments)
    assert len(told["failed_extensions"]) == failures + stats.unreadable
    assert sum(bool(row["error_type"]) for row in rows) == failures + stats.unreadable
    values = dict(zip(*cells(text_of(made, markdown.write))[:2], strict=True))
    assert {name.lower(): int(number) for name, number in values.items()} == {
        "extensions": stats.total, "scanned": stats.scanned, "no verdict": stats.failed,
        "unreadable": stats.unreadable, **severities,
    }  # fmt: skip
    cases = [c for c in xml_of(made).iter("testcase") if c.get("name") != "the whole run"]
    assert len(cases) == stats.total
    assert all(
        told["decision"]["exit_code"] == made.decision.exit_code for _ in made.decision.reasons
    )


def test_all_formats_agree_on_suppressed_and_known_findings(mixed: Report) -> None:
    rows = rows_of(mixed)
    found = [held for each in json_of(mixed)["extensions"] for held in each["findings"]]
    markdown_text, xml = text_of(mixed, markdown.write), text_of(mixed, junit.write)
    for number in (
        mixed.stats.suppressed,
        json_of(mixed)["stats"]["findings_waived"],
        sum(each["waived"] is not None for each in found),
        sum(bool(row["waived"]) and bool(row["rule"]) for row in rows),
        markdown_text.count("| suppressed |"),
        xml.count("(suppressed)"),
    ):
        assert number == 1
    for number in (
        mixed.stats.in_baseline,
        json_of(mixed)["stats"]["findings_known"],
        sum(each["known"] for each in found),
        sum(row["known"] == "true" for row in rows),
        markdown_text.count("| known |"),
        xml.count("(known)"),
    ):
        assert number == 1


def test_several_versions_are_several_rows_and_cases() -> None:
    answer = Scanned(task("acme.tools", "1.0.0", "2.0.0"), verdict(finding()), from_cache=False)
    made = report(answer)
    assert [row["version"] for row in rows_of(made)] == ["1.0.0", "2.0.0"]
    assert [case.get("name") for case in xml_of(made).iter("testcase")] == [
        "acme.tools@1.0.0", "acme.tools@2.0.0",
    ]  # fmt: skip


def test_reports_name_the_places_of_a_repository_and_what_the_registry_states() -> None:
    named = extension("acme.bad")
    origins = (
        Origin(".devcontainer/devcontainer.json", 7, 5, 8, "dev container", How.INSTALLS),
        Origin(".vscode/extensions.json", 3, 5, 8, "recommendations", How.RECOMMENDS),
    )
    facts = RegistryFacts(
        "open-vsx", "https://open-vsx.example/x.vsix", "1.0.0", None, "0" * 64, "digest",
        published_at="2026-11-01T00:00:00Z", latest_version="1.2.0",
    )  # fmt: skip
    asked = replace(task("acme.bad"), extensions=(replace(named, origins=origins, fetched=facts),))
    made = report(Scanned(asked, verdict(finding()), from_cache=False))
    text = text_of(made, markdown.write)
    assert ".devcontainer/devcontainer.json:7 and 1 more place" in text
    assert ["acme.bad", "1.0.0", "open-vsx", "digest", "2026-11-01T00:00:00Z", "1.2.0"] in cells(
        text
    )
    row = next(row for row in rows_of(made) if row["rule"] == "vulnerable-dependency")
    assert row["named_at"] == ".devcontainer/devcontainer.json:7 .vscode/extensions.json:3"
    assert (row["registry"], row["integrity"], row["latest_version"]) == (
        "open-vsx", "digest", "1.2.0",
    )  # fmt: skip
    assert "installs at .devcontainer/devcontainer.json:7" in text_of(made, junit.write)
    assert "recommends at .vscode/extensions.json:3" in text_of(made, junit.write)


def test_annotations_and_rows_begin_with_the_worst_extension() -> None:
    made = report(
        scanned("acme.a", finding()),
        scanned("acme.b", finding(Severity.CRITICAL), finding(Severity.HIGH)),
    )
    first, second = lines_of(made)
    assert parsed(first)[1]["title"] == "acme.b 1.0.0"
    assert parsed(first)[2].startswith("critical: bad; high: bad")
    assert parsed(second)[1]["title"] == "acme.a 1.0.0"
    rows = [row for row in cells(text_of(made, markdown.write)) if row[0].startswith("acme.")]
    assert [(row[0], row[2]) for row in rows] == [
        ("acme.b", "critical"), ("acme.b", "high"), ("acme.a", "high"),
    ]  # fmt: skip


def test_the_page_of_a_rule_is_below_the_repositorys_address() -> None:
    address = "https://github.com/OWNER/vscan"
    page = f"{address}/blob/main/docs/rules.md#invisible-payload"
    assert rule_page("invisible-payload", address) == page
    assert rule_page("invisible-payload", "") == ""
