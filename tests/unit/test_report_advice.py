"""What to do about a red run."""

import io

import pytest
from msgspec.structs import replace

from tests.builders import finding
from tests.judged import failed, report, scanned, unreadable
from vscan.best_effort_stream import BestEffortStream
from vscan.model import FailureKind, GapKind, Severity
from vscan.policy.unresolved_inputs import UNRESOLVED
from vscan.report.advice import advice_for
from vscan.report.terminal import write_summary
from vscan.report_model import Report


def causes(made: Report) -> list[str]:
    return [cause for cause, _ in advice_for(made)]


def test_each_rule_that_fails_the_run_has_its_own_advice_once_worst_first() -> None:
    worse = replace(finding(Severity.CRITICAL), rule="malicious-file")
    made = report(
        scanned("acme.a", finding()),
        scanned("acme.b", worse, finding()),
        scanned("acme.c", replace(finding(Severity.LOW), rule="shipped-secret")),
    )
    assert causes(made) == ["malicious-file", "vulnerable-dependency"]
    (first, text), _ = advice_for(made)
    assert text.endswith(f"More: `vscan rules {first}`")
    assert "Remove the extension" in text


def test_a_run_that_passes_has_no_advice() -> None:
    assert advice_for(report(scanned("acme.a", finding(Severity.LOW)))) == []


@pytest.mark.parametrize("kind", [each for each in FailureKind if each != "unreadable"])
def test_each_kind_of_failure_has_advice(kind: FailureKind) -> None:
    assert causes(report(failed(kind=kind))) == [str(kind)]


def test_a_place_that_is_not_resolved_has_the_advice_of_its_rule() -> None:
    item = replace(unreadable(), rule=UNRESOLVED.id)
    made = replace(report(item), rules=(UNRESOLVED,))
    ((cause, text),) = advice_for(made)
    assert (cause, UNRESOLVED.help in text) == (UNRESOLVED.id, True)


def test_a_name_without_bytes_has_the_advice_to_fetch_them() -> None:
    named = scanned("acme.a", gaps=("its bytes are not here",), kind=GapKind.NO_BYTES)
    ((cause, text),) = advice_for(report(named))
    assert (cause, "--fetch" in text) == ("gap", True)
    assert advice_for(report(named, on_gap="ignore")) == []


def test_the_terminal_names_a_cause_and_its_advice_in_one_line() -> None:
    stream = io.StringIO()
    write_summary(report(failed(kind=FailureKind.TIMEOUT)), BestEffortStream(stream), "plain")
    assert "  fix       timeout: Run again; finished verdicts are cached.\n" in stream.getvalue()
