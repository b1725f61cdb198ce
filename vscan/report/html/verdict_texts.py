"""What the first screen of the HTML report says: a headline, reasons, and what is left."""

from collections.abc import Iterator

from msgspec import Struct

from vscan.policy.model import (
    Conclusion,
)
from vscan.report.view import (
    Standing,
    run_errors,
    tally,
)
from vscan.report_model import Report
from vscan.safe_text import join_first, pluralize

_HEADLINES = {
    Conclusion.INCOMPLETE: "Not everything could be scanned, so this run can't be called clean.",
    Conclusion.ERROR: "An error ended the run, so nothing can be said.",
    Conclusion.NOTHING_TO_SCAN: "No extension was looked at, so nothing can be said.",
    Conclusion.INTERRUPTED: "The run was ended early, so this report is not complete.",
}
# Advice where there is no extension to list.
_REASONS = 4  # that are not folded
_REASON = 200  # characters of one; a longer one is folded, and its start is shown


class Reasons(Struct, frozen=True):
    """The reasons of the decision, those that decide it apart from ``notes`` on the rest."""

    deciding: list[str]
    notes: list[str]
    summary: str


def reasons_of(report: Report) -> Reasons:
    """Sort the reasons of the decision, and shorten what is long."""
    decision = report.decision
    texts = [text for text in decision.reasons if text not in decision.informational]
    warnings = [text for text in texts if text.startswith("Warning: ")]
    deciding = [text for text in texts if text not in warnings]
    first, more = deciding[:_REASONS], deciding[_REASONS:]
    long = [text for text in first if len(text) > _REASON]
    counts = (
        ("reason in full", "reasons in full", long),
        ("more reason", "more reasons", more),
        ("warning", "warnings", warnings),
        ("note", "notes", decision.informational),
    )
    return Reasons(
        deciding=[f"{t[:_REASON].rpartition(' ')[0]} …" if t in long else t for t in first],
        notes=[*long, *more, *warnings, *decision.informational],
        summary=", ".join(
            f"{len(some)} {one if len(some) == 1 else many}" for one, many, some in counts if some
        ),
    )


def headline_of(report: Report) -> str:
    """Say in a sentence how the run ended."""
    stats, outcome = report.stats, report.decision.outcome
    if outcome is Conclusion.FINDINGS:
        errors = run_errors(report)
        verb = "fails" if errors.failing == 1 else "fail"
        text = f"{errors.failing} of {pluralize(stats.total, 'extension')} {verb} the policy."
        if errors.incomplete:
            text += f" {errors.incomplete} more could not be judged."
        return text
    if outcome is not Conclusion.CLEAN:
        return _HEADLINES[outcome]
    left = list(_left_over(report))
    if not left:
        return "Everything was scanned, and nothing was found."
    return f"Nothing fails the policy. It leaves {join_first(left, len(left))}."


def _left_over(report: Report) -> Iterator[str]:
    """Name what a run that passed does not judge, or accepts."""
    stats, counts = report.stats, tally(report.assessments)
    if number := counts[Standing.ACTIVE].total():
        yield f"{pluralize(number, 'finding')} below its thresholds"
    if number := counts[Standing.POSTURE].total():
        yield f"{pluralize(number, 'finding')} of posture"
    if stats.suppressed:
        yield f"{pluralize(stats.suppressed, 'finding')} suppressed"
    if stats.in_baseline:
        yield f"{pluralize(stats.in_baseline, 'finding')} known from the baseline"
    if stats.with_gaps:
        yield f"{pluralize(stats.with_gaps, 'extension')} with parts missing"
    if missing := stats.failed + stats.unreadable:
        yield f"{pluralize(missing, 'extension')} without a complete verdict, which is accepted"
