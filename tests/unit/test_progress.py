"""The progress of a scan, and the result after it."""

import io
import os
import subprocess
from pathlib import Path

import pytest

from tests.builders import finding, install, results, task, verdict
from tests.command import command, environment
from tests.other_systems import open_terminal
from tests.server import Fault, Script, Server
from vscan.best_effort_stream import BestEffortStream
from vscan.events import Asking, Began, Ended, Event, LookupsEstimated, SlowedDown, Warned
from vscan.model import (
    Failed,
    FailureKind,
    Kind,
    Outcome,
    RiskLevel,
    Scanned,
    Severity,
    Task,
    Unreadable,
)
from vscan.policy.extension_assessment import assess
from vscan.policy.model import Assessment, Policy
from vscan.policy.run_decision import decide
from vscan.progress import Live, Plain, Silent, progress_display
from vscan.report.terminal import write_summary
from vscan.report_model import Report, Run, count

SCANNED = Scanned(task("acme.good"), verdict(), from_cache=True)
FOUND = Scanned(
    task("acme.bad"), verdict(finding(), score=40, risk=RiskLevel.HIGH), from_cache=False
)
FAILED = Failed(task("acme.lost"), FailureKind.TIMEOUT, "too slow")
EVENTS: tuple[Event, ...] = (
    Began((SCANNED.task, FOUND.task, FAILED.task), 2),
    Asking(0, FOUND.task),
    Ended(1, SCANNED, "hit", 0.1),
    SlowedDown(FOUND.task, 2.0, 0.5, fell_back=True),
    Warned("cache", "the cache is odd"),
    Ended(0, FOUND, "miss", 0.1),
    Ended(None, FAILED, "off", 0.1),
)


def report(*outcomes: Outcome, unreadable: tuple[Unreadable, ...] = ()) -> Report:
    assessments: tuple[Assessment, ...] = assess(outcomes)
    fell_back = True
    return Report(
        run=Run("id", "", "", "parallel", 3, fell_back, ("vscan.dev",), (), "", (), ()),
        stats=count(assessments, unreadable, requests=9, retries=1, rate_limited=1, elapsed_s=1.5),
        assessments=assessments,
        unreadable=unreadable,
        skipped=(),
        rules=(),
        decision=decide(Policy(), assessments, unreadable),
    )


def test_plain_progress_has_a_line_for_each_event() -> None:
    stream = io.StringIO()
    plain = Plain(BestEffortStream(stream))
    for event in EVENTS:
        plain(event)
    assert stream.getvalue().splitlines() == [
        "scanning 3 extensions",
        "[1/3] acme.good 1.0.0: score 90, low risk, no findings (cached)",
        (
            "rate limited at acme.bad: waiting 2 s, then a request every 0.5 s at most;"
            " one request at a time from now on"
        ),
        "[2/3] acme.bad 1.0.0: score 40, high risk, 1 finding",
    ]


def test_quiet_progress_writes_nothing() -> None:
    with Silent() as silent:
        for event in EVENTS:
            silent(event)


def test_the_live_display_shows_each_worker() -> None:
    from rich.console import Console

    live = Live(BestEffortStream(io.StringIO()))
    for event in EVENTS[:3]:
        live(event)
    console = Console(file=io.StringIO(), width=80)
    console.print(live._render())
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "1/3" in shown
    assert "1 cached  0 new  0 failed" in shown
    assert "worker 1 acme.bad asking" in shown
    assert "worker 2 idle" in shown


@pytest.mark.parametrize("style", ["rich", "plain", "quiet"])
def test_each_style_has_a_display_and_names_failed_extensions(style: str) -> None:
    stream = io.StringIO()
    with progress_display(style, BestEffortStream(stream)) as shown:  # type: ignore[arg-type]
        for event in EVENTS:
            shown(event)
    stream = io.StringIO()
    write_summary(report(SCANNED, FOUND, FAILED), BestEffortStream(stream), style)  # type: ignore[arg-type]
    text = stream.getvalue()
    assert "acme.lost" in text
    assert "timeout" in text
    assert "too slow" in text
    assert "exit 1" in text
    if style == "quiet":
        *lines, verdict_ = text.splitlines()
        assert verdict_.startswith("vscan: failed (exit 1)")
        failing, lost, *reasons = lines
        assert failing.startswith("  high      vulnerable-dependency  acme.bad 1.0.0")
        assert lost == "  missing   timeout  acme.lost 1.0.0: vscan.dev: too slow"
        assert len(reasons) == 2  # what fails, and what has no verdict


def test_failures_of_one_reason_are_one_line() -> None:
    outcomes = [
        Failed(task(f"acme.t{n}"), FailureKind.NETWORK, "vscan.dev can't be reached")
        for n in range(90)
    ]
    stream = io.StringIO()
    write_summary(report(*outcomes), BestEffortStream(stream), "plain")
    lines = [line for line in stream.getvalue().splitlines() if line.startswith("  missing ")]
    assert len(lines) == 1
    assert " and 82 more: " in lines[0]


def test_posture_is_counted_separately() -> None:
    """Twenty high ones that are no reason to fail must not look like one."""
    posture = finding(Severity.HIGH, Kind.POSTURE)
    stream = io.StringIO()
    write_summary(
        report(Scanned(task(), verdict(posture, posture), from_cache=False)),
        BestEffortStream(stream),
        "quiet",
    )
    assert "findings: none; posture: 2 high" in stream.getvalue()


def test_unreadable_entries_are_named() -> None:
    item = Unreadable("acme.x-1.0.0", "package.json is not valid JSON", None, None, None, ())
    for style in ("rich", "plain", "quiet"):
        stream = io.StringIO()
        write_summary(report(unreadable=(item,)), BestEffortStream(stream), style)
        assert "acme.x-1.0.0" in stream.getvalue()


class Gone(io.StringIO):
    """A pipe whose reader is gone."""

    def write(self, _: str) -> int:
        raise BrokenPipeError


def test_a_closed_standard_error_does_not_stop_the_summary() -> None:
    plain = Plain(BestEffortStream(Gone()))
    for event in EVENTS:
        plain(event)
    for style in ("rich", "plain", "quiet"):
        write_summary(report(SCANNED, FAILED), BestEffortStream(Gone()), style)


def test_output_for_an_ascii_stream_is_ascii() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    outcome = Failed(task(), FailureKind.BUG, "日本")
    Plain(BestEffortStream(stream))(Ended(0, outcome, "off", 0))
    write_summary(report(outcome), BestEffortStream(stream), "plain")
    assert b"??" in stream.buffer.getvalue()


@pytest.mark.parametrize("names", ["a[/]b", "[red]x[/red]", "[link=file:///etc]x"])
def test_markup_in_names_is_text(names: str) -> None:
    """Rich would raise for the first, and obey the others."""
    item = Unreadable(names, names, None, None, None, ())
    stream = io.StringIO()
    write_summary(report(unreadable=(item,)), BestEffortStream(stream), "rich")
    assert names in stream.getvalue()


@pytest.mark.full
def test_the_live_display_is_drawn_on_standard_error_alone(tmp_path: Path) -> None:
    """A real terminal, as a person has one; the result goes into a pipe."""
    directory = tmp_path / "extensions"
    for number in range(8):
        install(directory, f"acme.tool-{number}")

    def answer(publisher: str, name: str, analysis_id: str) -> object:
        return results(publisher, name, analysis_id=analysis_id)

    faults = [Fault(404, "submit", "acme.tool-3")]
    script = Script(latency_s=0.15, answer=answer, faults=faults)  # type: ignore[arg-type]
    ours, theirs = open_terminal()
    with Server(script) as server:
        process = subprocess.Popen(
            command("scan", directory, "--api-url", server.api_url, "--workers", "3",
                    "--delay", "0"),
            env=environment(tmp_path, TERM="xterm-256color", COLUMNS="100", LINES="40"),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            cwd=tmp_path,
        )  # fmt: skip
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux's way to say that the other end is closed
                break
            if not piece:
                break
            shown += piece
        assert process.stdout is not None
        result = process.stdout.read().decode()
        process.stdout.close()
        assert process.wait() == 3
    os.close(ours)
    text = shown.decode()
    for expected in (
        "worker 3",
        "acme.tool-",
        "asking",
        "8/8",
    ):
        assert expected in text
    assert "\x1b" not in result
    assert "  missing   not-listed  acme.tool-3 1.0.0: vscan.dev does not know" in result
    assert result.splitlines()[-1] == "vscan: incomplete (exit 3)"
    assert "(exit 3)" not in text
    assert "\x1b[?25h" in text  # the cursor is back
    assert '{"' not in text  # for a console, not for a machine


@pytest.mark.parametrize("width", range(20, 120, 7))
def test_no_folded_line_is_a_workflow_command(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """``docker run -t`` in a pipeline: a name put ``::error`` at the beginning of a line."""
    monkeypatch.setenv("COLUMNS", str(width))
    name = "x" * 30 + "::error title=forged::" * 20
    stream = io.StringIO()
    lost = Failed(task("acme.lost"), FailureKind.UNREADABLE, name)
    unread = Unreadable(name, name, None, None, None, ())
    bad = Scanned(task("acme.bad"), verdict(finding(message=name)), from_cache=False)
    write_summary(report(bad, lost, unreadable=(unread,)), BestEffortStream(stream), "rich")
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert not [line for line in lines if line.lstrip().startswith("::")]


def events_of_both(outcome: Outcome) -> tuple[Event, ...]:
    """One extension that two providers are asked about; the second has the outcome."""
    extensions = FOUND.task.extensions
    mine = Task("offline", extensions)
    done = Scanned(mine, verdict(source="offline", score=100, risk=RiskLevel.LOW), from_cache=False)
    return (
        Began((mine, outcome.task), 1),
        Ended(0, done, "miss", 0.1),
        Ended(1, outcome, "miss", 0.2),
    )


def plain_lines(*events: Event, timed: bool = False) -> list[str]:
    stream = io.StringIO()
    plain = Plain(BestEffortStream(stream), timed=timed)
    for event in events:
        plain(event)
    return stream.getvalue().splitlines()


def test_an_extension_has_a_line_when_each_provider_has_answered() -> None:
    first, second = plain_lines(*events_of_both(FOUND)[:2]), plain_lines(*events_of_both(FOUND))
    assert first == ["scanning 1 extension"]
    assert second[1:] == ["[1/1] acme.bad 1.0.0: score 40, high risk, 1 finding"]


def test_half_a_verdict_in_the_progress_has_no_score() -> None:
    """A service that is down would else leave a column of hundreds."""
    lost = Failed(FOUND.task, FailureKind.TIMEOUT, "too slow")
    assert plain_lines(*events_of_both(lost))[1:] == [
        "[1/1] acme.bad 1.0.0: unknown risk, no findings; no verdict: vscan.dev: timeout: too slow"
    ]


def test_the_time_of_an_extension_is_that_of_all_its_lookups() -> None:
    (line,) = plain_lines(*events_of_both(FOUND), timed=True)[1:]
    assert line.endswith(" in 0.30 s")


def test_the_estimate_is_shown_before_the_first_lookup() -> None:
    estimate = LookupsEstimated("vscan.dev", "publisher and name", 66, 198, 198.0, 66.0)
    assert plain_lines(estimate) == [estimate.sentence]


def shown_by(live: Live) -> str:
    from rich.console import Console

    console = Console(file=io.StringIO(), width=100)
    console.print(live._render())
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_the_live_display_counts_the_seconds_of_a_pause_and_then_forgets_it() -> None:
    live = Live(BestEffortStream(io.StringIO()))
    live(SlowedDown(FOUND.task, 30.0, 0.5, fell_back=True))
    assert "rate limited: " in shown_by(live)
    assert " s of the pause left" in shown_by(live)
    live(SlowedDown(FOUND.task, 0.0, 0.5, fell_back=False))
    assert "pause" not in shown_by(live)


def test_the_live_display_estimates_what_is_left_from_the_pace() -> None:
    live = Live(BestEffortStream(io.StringIO()))
    live(LookupsEstimated("vscan.dev", "publisher and name", 2, 6, 600.0))
    live(Began((FOUND.task, SCANNED.task), 1))
    assert "about 10 min left at this pace" in shown_by(live)
    live(Ended(0, FOUND, "miss", 1.0))
    assert "about 5 min left at this pace" in shown_by(live)
    live(Ended(0, SCANNED, "hit", 0.0))  # what is cached takes no request
    assert "about 5 min left at this pace" in shown_by(live)


def test_the_live_display_counts_extensions_and_not_lookups() -> None:
    live = Live(BestEffortStream(io.StringIO()))
    first, *others = events_of_both(Failed(FOUND.task, FailureKind.TIMEOUT, "too slow"))
    live(first)
    assert "0/1" in shown_by(live)
    for event in others:
        live(event)
    assert "1/1" in shown_by(live)
    assert "0 cached  0 new  1 failed" in shown_by(live)
