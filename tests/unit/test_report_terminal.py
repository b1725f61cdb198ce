"""The result for people: a line for each finding that counts, and nothing half shown as whole."""

import errno
import io
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import extension, finding, task, verdict
from tests.judged import failed, report, scanned, unreadable
from vscan.best_effort_stream import BestEffortStream
from vscan.model import (
    Failed,
    FailureKind,
    Finding,
    Kind,
    Origin,
    RiskLevel,
    Scanned,
    Severity,
    Task,
)
from vscan.policy.extension_assessment import fingerprint
from vscan.policy.model import BaselineEntry, Waiver
from vscan.report.terminal import headline, write_summary
from vscan.report_model import Report

CRITICAL = replace(
    finding(Severity.CRITICAL, Kind.MALWARE, "it phones home"),
    rule="malicious-file", file="out/main.js", line=7,
)  # fmt: skip
HIGH = finding(Severity.HIGH, message="an old package")
LOW = finding(Severity.LOW, message="a small thing")
POSTURE = replace(finding(Severity.HIGH, Kind.POSTURE, "wide rights"), rule="posture-socket")
STYLES = ["rich", "plain", "quiet"]


def text_of(made: Report, style: Any = "plain", *outputs: tuple[str, str], **how: bool) -> str:
    stream = io.StringIO()
    write_summary(made, BestEffortStream(stream), style, outputs, **how)
    return stream.getvalue()


def lines_of(made: Report, style: Any = "plain", **how: bool) -> list[str]:
    return text_of(made, style, **how).splitlines()


def blocks_of(made: Report, **how: bool) -> list[list[str]]:
    """Give the blocks of the result, which blank lines separate."""
    blocks = text_of(made, **how).strip("\n").split("\n\n")
    return [block.splitlines() for block in blocks]


def half(text: str = "acme.half", *findings: Finding) -> tuple[Scanned, Failed]:
    """Build a verdict of one provider, and the failure of the other."""
    asked = Task("offline", (extension(text),))
    good = verdict(*findings, source="offline", score=100, risk=RiskLevel.LOW)
    said = Scanned(asked, good, from_cache=False)
    return said, Failed(Task("vscan.dev", asked.extensions), FailureKind.NETWORK, "unreachable")


# What fails.


def test_each_finding_that_counts_has_a_line_worst_first_and_grouped_by_extension() -> None:
    made = report(
        scanned("acme.a", HIGH, score=60, risk=RiskLevel.HIGH),
        scanned("acme.b", HIGH, CRITICAL, HIGH, score=1, risk=RiskLevel.CRITICAL),
    )
    first, second, *_ = blocks_of(made)
    assert first == [
        "acme.b 1.0.0: critical risk, score 1",
        "  critical  malicious-file  acme.b 1.0.0  out/main.js:7: it phones home",
        "  high      vulnerable-dependency  acme.b 1.0.0: an old package",
        "  high      vulnerable-dependency  acme.b 1.0.0: an old package",
    ]
    assert second == [
        "acme.a 1.0.0: high risk, score 60",
        "  high      vulnerable-dependency  acme.a 1.0.0: an old package",
    ]


def test_findings_that_do_not_count_are_dimmed_and_marked_below_those_that_do() -> None:
    made = report(scanned("acme.a", LOW, HIGH), scanned("acme.b", LOW))
    failing, passing, *_ = blocks_of(made)
    assert failing[1:] == [
        "  high      vulnerable-dependency  acme.a 1.0.0: an old package",
        "  low       vulnerable-dependency  acme.a 1.0.0: a small thing (does not fail the run)",
    ]
    assert passing == [
        "acme.b 1.0.0: low risk, score 90",
        "  low       vulnerable-dependency  acme.b 1.0.0: a small thing (does not fail the run)",
    ]


def test_on_a_terminal_what_counts_is_coloured_and_what_does_not_is_dim(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "200"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    lines = lines_of(report(scanned("acme.a", HIGH, LOW)), "rich")
    (counts,) = (line for line in lines if "an old package" in line)
    (dimmed,) = (line for line in lines if "a small thing" in line)
    assert counts.startswith("\x1b[31m  high")
    assert "\x1b[2m" not in counts
    assert dimmed.startswith("\x1b[2m  low")
    assert (
        "\x1b[2mvulnerable-dependency  acme.a 1.0.0: a small thing (does not fail the run)"
        in dimmed
    )
    assert lines[-1] == "\x1b[1;31mvscan: failed (exit 1)\x1b[0m"


def test_on_a_narrow_terminal_nothing_is_cut_and_folded_text_stays_in_its_column(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No line begins with a command of a workflow, wherever it is folded."""
    monkeypatch.setenv("COLUMNS", "40")
    long = replace(HIGH, message="x" * 60 + " ::error::" + "y" * 60 + " [bold]z[/bold]")
    lines = lines_of(report(scanned("acme.a", long)), "rich")
    start = next(n for n, line in enumerate(lines) if line.startswith("  high"))
    end = next(n for n, line in enumerate(lines) if n > start and not line.strip())
    found = lines[start:end]
    assert len(found) > 3
    assert {line[:12] for line in found[1:]} == {" " * 12}
    assert all(len(line.rstrip()) <= 40 for line in lines)
    joined = "".join(line[12:].rstrip() for line in found)
    assert "x" * 60 in joined
    assert "y" * 60 in joined
    assert "[bold]z[/bold]" in joined
    assert not any(line.strip().startswith("::") for line in lines)


def test_an_extension_says_which_version_was_analysed_and_where_it_is_named() -> None:
    places = tuple(Origin(".vscode/extensions.json", line) for line in (3, 9, 12))
    named = replace(extension("acme.a"), origins=places)
    answer = Scanned(Task("vscan.dev", (named,)), verdict(HIGH, version="2.0.0"), from_cache=False)
    assert blocks_of(report(answer))[0][0] == (
        "acme.a 1.0.0: named at .vscode/extensions.json:3 and 2 more places, 2.0.0 was analysed,"
        " low risk, score 90"
    )


@pytest.mark.parametrize("style", STYLES)
def test_a_failing_extension_is_named_with_all_that_fails_it(style: str) -> None:
    made = report(
        scanned("acme.blocked"), scanned("acme.bad", CRITICAL, HIGH, LOW), blocked=("acme.blocked",)
    )
    lines = lines_of(made, style)
    found = [line.split("  ")[1].strip() for line in lines if line.startswith("  ")]
    assert found[:2] == ["critical", "high"]
    assert any("policy-blocked  acme.blocked 1.0.0: " in line for line in lines)
    assert any("malicious-file  acme.bad 1.0.0  out/main.js:7" in line for line in lines)
    assert any("vulnerable-dependency  acme.bad 1.0.0: an old" in line for line in lines)
    assert lines[-1].startswith("vscan: failed (exit 1)")


def test_quiet_names_each_failing_extension_and_finding_and_nothing_below() -> None:
    """Even beyond the limits of the lists: nothing else says what failed."""
    many = [replace(HIGH, message=f"package {n}") for n in range(12)]
    made = report(
        *(scanned(f"acme.t{n:02}", *many) for n in range(50)), scanned("acme.z", LOW, POSTURE)
    )
    *lines, reason, last = lines_of(made, "quiet")
    assert lines == [
        f"  high      vulnerable-dependency  acme.t{n:02} 1.0.0: package {m}"
        for n in range(50) for m in range(12)
    ]  # fmt: skip
    assert reason.startswith("600 findings of severity high (--fail-on high): acme.t00, ")
    assert last == (
        "vscan: failed (exit 1): 51 extensions: 50 failed, 1 passed with findings;"
        " findings: 600 high, 1 low; posture: 1 high"
    )


def test_quiet_says_nothing_more_of_a_run_that_passes() -> None:
    assert lines_of(report(scanned("acme.a", LOW), scanned("acme.b")), "quiet") == [
        (
            "vscan: passed (exit 0): 2 extensions: 1 passed with findings, 1 with nothing found;"
            " findings: 1 low; posture: none"
        )
    ]


# Thresholds for an extension as a whole.


@pytest.mark.parametrize("style", ["plain", "quiet"])
def test_a_risk_level_that_fails_is_named_with_the_facts_that_it_rests_on(style: str) -> None:
    made = report(scanned("acme.a", LOW, POSTURE, risk=RiskLevel.HIGH), fail_on_risk=RiskLevel.HIGH)
    lines = lines_of(made, style)
    start = lines.index("  failed    risk-level  acme.a 1.0.0: the risk level is high")
    assert lines[start + 1 : start + 3] == [
        "  high      posture-socket  acme.a 1.0.0: wide rights",
        "  low       vulnerable-dependency  acme.a 1.0.0: a small thing",
    ]
    assert "does not fail" not in "\n".join(lines)
    assert any("(--fail-on-risk high)" in line for line in lines)


@pytest.mark.parametrize("style", ["plain", "quiet"])
def test_a_score_that_fails_is_named_with_its_facts(style: str) -> None:
    lines = lines_of(report(scanned("acme.a", POSTURE, score=10), min_score=50), style)
    start = lines.index("  failed    score  acme.a 1.0.0: the score is 10")
    assert lines[start + 1] == "  high      posture-socket  acme.a 1.0.0: wide rights"
    assert any("below 50 (--min-score 50): acme.a." in line for line in lines)


def test_facts_are_listed_once_below_all_the_checks_that_fail() -> None:
    """A finding that counts by itself is above them; no finding counts and does not count."""
    made = report(
        scanned("acme.a", POSTURE, LOW, HIGH, risk=RiskLevel.HIGH, score=10, version="2.0.0"),
        fail_on_risk=RiskLevel.HIGH,
        min_score=50,
        on_version_mismatch="fail",
    )
    assert [line[2:].split("  acme.a")[0] for line in blocks_of(made)[0][1:]] == [
        "high      vulnerable-dependency",
        "failed    version-mismatch",
        "failed    risk-level",
        "failed    score",
        "high      posture-socket",
        "low       vulnerable-dependency",
    ]


def test_posture_is_no_fact_where_no_check_of_the_whole_fails() -> None:
    assert "posture-socket" not in text_of(report(scanned("acme.a", HIGH, POSTURE)))


def test_many_findings_do_not_hide_the_check_that_fails() -> None:
    found = [replace(HIGH, message=f"package {n:02}") for n in range(15)]
    more = [replace(POSTURE, message=f"habit {n:02}") for n in range(13)]
    made = report(scanned("acme.a", *found, *more, score=10), min_score=50)
    block = blocks_of(made)[0]
    assert block[10:12] == [
        "  high      vulnerable-dependency  acme.a 1.0.0: package 09",
        "  and       5 more of it fail (-v lists them)",
    ]
    assert block[12] == "  failed    score  acme.a 1.0.0: the score is 10"
    assert block[13:] == [
        *(f"  high      posture-socket  acme.a 1.0.0: habit {n:02}" for n in range(10)),
        "  and       3 more of it add to that (-v lists them)",
    ]


# Half a verdict.


@pytest.mark.parametrize("style", STYLES)
def test_half_a_verdict_never_looks_like_a_whole_one(style: str) -> None:
    made = report(*half("acme.half", LOW), scanned("acme.z", LOW))
    text = text_of(made, style)
    assert "score 100" not in text
    assert "acme.half 1.0.0: vscan.dev: unreachable" in " ".join(text.split())
    assert "vscan: incomplete (exit 3)" in text
    if style != "quiet":
        assert "acme.half 1.0.0: unknown risk (offline only; vscan.dev failed)\n" in text
        assert "acme.z 1.0.0: low risk, score 90\n" in text


def test_half_a_verdict_that_fails_has_no_score_either() -> None:
    made = report(*half("acme.half", HIGH))
    assert blocks_of(made)[0] == [
        "acme.half 1.0.0: unknown risk (offline only; vscan.dev failed)",
        "  high      vulnerable-dependency  acme.half 1.0.0: an old package",
    ]
    assert "1 extension: 1 failed" in lines_of(made)


def test_a_run_without_verdicts_shows_no_risk_and_no_score() -> None:
    made = report(*(failed(f"acme.t{n}") for n in range(8)))
    text = text_of(made)
    assert "risk" not in text
    assert "score" not in text
    assert "8 extensions: 8 incomplete" in text
    assert lines_of(made)[-1] == "vscan: incomplete: too slow (exit 3)"


def test_missing_verdicts_are_a_block_with_a_line_for_each_cause() -> None:
    made = report(
        *(failed(f"acme.t{n:02}", FailureKind.NETWORK, "unreachable") for n in range(10)),
        unreadable(),
    )
    assert blocks_of(made)[0] == [
        "No verdict",
        "  missing   unreadable  broken-1.0.0: its manifest is no JSON",
        "  missing   network  "
        + ", ".join(f"acme.t{n:02} 1.0.0" for n in range(8))
        + " and 2 more: vscan.dev: unreachable",
    ]


def test_a_verdict_with_parts_missing_is_counted() -> None:
    """Also where the policy ignores that: no reason names it then."""
    made = report(scanned("acme.a", gaps=("no list of files",)), scanned(), on_gap="ignore")
    assert made.decision.reasons == ()
    assert (
        "findings: none; posture: none; 1 extension with gaps that the policy accepts"
        in lines_of(made)
    )
    assert "parts missing" not in text_of(report(scanned()))


# The words of the verdict.


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (report(scanned("acme.a", HIGH)), "failed (exit 1)"),
        (report(scanned("acme.a", HIGH), exit_zero=True), "failed (exit 0)"),
        (report(scanned("acme.a", LOW)), "passed (exit 0)"),
        (report(scanned("acme.a", HIGH), fail_on=None), "passed (exit 0)"),
        (report(scanned("acme.a", POSTURE)), "passed (exit 0)"),
        (report(scanned()), "nothing found (exit 0)"),
        (report(failed()), "incomplete: too slow (exit 3)"),
        (report(failed(), scanned()), "incomplete (exit 3)"),
        (report(), "nothing to scan (exit 4)"),
        (report(allow_empty=True), "nothing to scan (exit 0)"),
    ],
)
@pytest.mark.parametrize("style", STYLES)
def test_the_last_line_has_the_outcome_and_the_exit_code(
    made: Report, words: str, style: str
) -> None:
    assert headline(made) == words
    last = lines_of(made, style)[-1]
    assert (
        last.split(": ", 1)[1].startswith(words)
        if style == "quiet"
        else last == (f"vscan: {words}")
    )


def test_an_accepted_failure_is_not_called_nothing_found() -> None:
    """A waiver makes the run pass, but nobody looked at the extension."""
    waiver = Waiver("acme.lost", "failure:timeout", "it is slow", None, 1)
    made = report(scanned("acme.a"), failed("acme.lost"), waivers=(waiver,))
    assert headline(made) == "passed (exit 0)"
    assert "2 extensions: 1 incomplete, 1 with nothing found" in lines_of(made)


# What to do, and where the reports are.


def test_each_rule_that_fails_has_advice_once_worst_first() -> None:
    made = report(scanned("acme.a", HIGH), scanned("acme.b", HIGH, CRITICAL), scanned("c.d", LOW))
    (block,) = (each for each in blocks_of(made) if each[0] == "What to do")
    assert [line.split(":")[0] for line in block[1:]] == [
        "  fix       malicious-file",
        "  fix       vulnerable-dependency",
    ]
    for line, rule in zip(block[1:], ("malicious-file", "vulnerable-dependency"), strict=True):
        (known,) = (each for each in made.rules if each.id == rule)
        assert line.endswith(f": {known.help} More: `vscan rules {rule}`")


def test_a_run_that_passes_has_no_advice_and_no_empty_block() -> None:
    text = text_of(report(scanned("acme.a", LOW)))
    assert "What to do" not in text
    assert "No verdict" not in text
    assert "\n\n\n" not in text


def test_a_rule_that_nobody_knows_has_no_advice() -> None:
    made = report(scanned("acme.a", replace(HIGH, rule="unheard-of")))
    assert "  high      unheard-of  acme.a 1.0.0: an old package" in lines_of(made)
    assert "What to do" not in text_of(made)


def test_the_result_says_where_each_report_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outputs = (("html", "x/report.html"), ("sarif", "/elsewhere/a\n::error::b"), ("json", "-"))
    lines = text_of(report(scanned()), "plain", *outputs).splitlines()
    assert [line for line in lines if line.startswith("report")] == [
        f"report (html): {tmp_path}/x/report.html",
        "report (sarif): /elsewhere/a ::error::b",
    ]
    assert "report (" not in text_of(report(scanned()), "quiet", *outputs)


# Long lists.


def test_more_than_forty_extensions_are_counted() -> None:
    made = report(
        *(scanned(f"acme.f{n:02}", HIGH) for n in range(43)),
        *(scanned(f"acme.p{n:02}", LOW) for n in range(42)),
    )
    lines = lines_of(made)
    assert [sum(line.startswith(f"acme.{kind}") for line in lines) for kind in "fp"] == [40, 40]
    assert "and 3 more that fail (-v lists them)" in lines
    assert "and 2 more with findings that do not count (-v lists them)" in lines
    assert "85 extensions: 43 failed, 42 passed with findings" in lines
    assert "acme.f42" not in text_of(made)


def test_forty_extensions_are_all_listed() -> None:
    text = text_of(report(*(scanned(f"acme.f{n:02}", HIGH) for n in range(40))))
    assert "acme.f39 1.0.0: low risk" in text
    assert " more " not in text.replace("says more", "")


def test_verbose_lists_every_extension_finding_and_name() -> None:
    """Also what is suppressed or known, and posture; each with why it does not count."""
    waived, known = replace(LOW, message="waived"), replace(HIGH, message="known")
    high = [replace(HIGH, message=f"package {n}") for n in range(12)]
    low = [replace(LOW, message=f"thing {n}") for n in range(12)]
    made = report(
        *(scanned(f"acme.f{n:02}", *high, *low, POSTURE) for n in range(43)),
        *(scanned(f"acme.p{n:02}", LOW) for n in range(42)),
        *(failed(f"acme.x{n:02}") for n in range(12)),
        scanned("old.known", known),
        scanned("old.waived", waived),
        baseline={
            "old.known": BaselineEntry({fingerprint(known): 1}, RiskLevel.HIGH, 0, frozenset()),
        },
        waivers=(Waiver("old.waived", "*", "seen", None, 1),),
    )
    lines = lines_of(made, everything=True)
    text = "\n".join(lines)
    assert "(-v lists them)" not in text
    assert "acme.f42 1.0.0: low risk, score 90" in lines
    assert "acme.p41 1.0.0: low risk, score 90" in lines
    assert "acme.x11 1.0.0" in text
    rule = "vulnerable-dependency"
    for n in range(43):
        for m in range(12):
            assert f"  high      {rule}  acme.f{n:02} 1.0.0: package {m}" in lines
            assert (
                f"  low       {rule}  acme.f{n:02} 1.0.0: thing {m} (does not fail the run)"
                in lines
            )
        assert f"  high      posture-socket  acme.f{n:02} 1.0.0: wide rights (posture)" in lines
    assert f"  high      {rule}  old.known 1.0.0: known (in baseline)" in lines
    assert f"  low       {rule}  old.waived 1.0.0: waived (suppressed)" in lines
    less = text_of(made)
    for word in ("(posture)", "(in baseline)", "(suppressed)", "package 10", "thing 10"):
        assert word not in less


def test_extensions_with_nothing_found_are_only_counted() -> None:
    made = report(scanned("acme.a"), scanned("acme.b", from_cache=True))
    assert "acme." not in text_of(made)
    assert "2 extensions: 2 with nothing found (1 cached)" in lines_of(made)


def test_an_extension_with_thousands_of_findings_is_described_at_once() -> None:
    """Each finding is looked up among the failing ones, not searched."""
    found = [replace(HIGH, message=f"package {n}") for n in range(20_000)]
    below = [replace(LOW, message=f"thing {n}") for n in range(20_000)]
    made = report(scanned("acme.a", *found, *below, score=1), min_score=50)
    assert "  and       19990 more of it fail (-v lists them)" in lines_of(made)


# A stream that takes nothing.


class _Full(io.StringIO):
    def write(self, text: str, /) -> int:
        raise OSError(errno.ENOSPC, f"full: {len(text)}")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "full")


@pytest.mark.parametrize("style", STYLES)
def test_a_stream_that_takes_nothing_stops_nothing(style: Any) -> None:
    made = report(scanned("acme.a", HIGH), failed(), task_of_two())
    write_summary(made, BestEffortStream(_Full()), style)
    write_summary(made, BestEffortStream(None), style)


def task_of_two() -> Scanned:
    return Scanned(task("acme.two", "1.0.0", "2.0.0"), verdict(LOW), from_cache=False)
