"""The summary for people, on standard error: a table and a panel, plain lines, or one line.

Each of the three names the extensions that failed, with kind and message.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from vscan.best_effort_stream import BestEffortStream
from vscan.model import FailureKind, RiskLevel, Severity
from vscan.policy.model import Assessment, Conclusion
from vscan.report.view import (
    MissingVerdict,
    Standing,
    active_findings,
    group_missing_verdicts,
    is_cached,
    tally,
    worst_first,
)
from vscan.report_model import Report
from vscan.safe_text import foldable, join_first, pluralize

_TABLE_ROWS = 40
_NAMES_IN_A_GROUP = 8
_FAILURES_IN_A_LINE = 5
_STYLES = {
    Conclusion.CLEAN: "green",
    Conclusion.FINDINGS: "bold red",
    Conclusion.INCOMPLETE: "bold yellow",
    Conclusion.ERROR: "bold red",
    Conclusion.NOTHING_TO_SCAN: "yellow",
    Conclusion.INTERRUPTED: "bold yellow",
}
_RISK_STYLES = {
    RiskLevel.UNKNOWN: "dim",
    RiskLevel.LOW: "green",
    RiskLevel.MEDIUM: "yellow",
    RiskLevel.HIGH: "red",
    RiskLevel.CRITICAL: "bold red",
}


def write_summary(
    report: Report, stream: BestEffortStream, style: Literal["rich", "plain", "quiet"]
) -> None:
    """Write the summary."""
    if style == "rich":
        _rich(report, stream)
    else:
        lines = _plain(report) if style == "plain" else _quiet(report)
        for line in lines:
            stream.write(f"{line}\n")
    stream.flush()


def headline(report: Report) -> str:
    """Name the outcome, and the failure if it is the same one for all extensions."""
    decision = report.decision
    details = [detail for _, detail in _failure_groups(report)]
    incomplete = decision.outcome is Conclusion.INCOMPLETE
    cause = ""
    if incomplete and len(details) == 1 and not report.stats.scanned:
        cause = f": {details[0]}"
    return f"{decision.outcome.replace('-', ' ')}{cause} (exit {int(decision.exit_code)})"


def _counts(report: Report) -> Iterator[str]:
    stats = report.stats
    yield (
        f"{pluralize(stats.total, 'extension')}: {stats.scanned} scanned"
        f" ({stats.cached} cached, {stats.fresh} fresh), {stats.failed} failed,"
        f" {stats.unreadable} unreadable"
    )
    if report.skipped:
        reasons = Counter(item.reason for item in report.skipped)
        numbers = ", ".join(f"{number} {reason}" for reason, number in reasons.items())
        yield f"not scanned: {numbers}"
    yield _findings(report) + (
        f"; {pluralize(stats.with_gaps, 'verdict')} with parts missing" if stats.with_gaps else ""
    )
    if report.run.data:
        yield report.run.data_sentence
    mode = "parallel" if report.run.mode == "parallel" else "sequential"
    if report.run.fell_back_to_sequential:
        mode = "parallel, then sequential after a 429"
    yield (
        f"{pluralize(stats.requests, 'request')}, {pluralize(stats.retries, 'retry')},"
        f" {stats.rate_limited} rate limited; {mode}, {stats.elapsed_s:.1f} s"
    )


def _findings(report: Report) -> str:
    """Count the active findings by severity, with posture apart, as it alone fails no run."""
    counts = tally(report.assessments)
    texts = []
    for name, severities in (
        ("findings", counts[Standing.ACTIVE]),
        ("posture", counts[Standing.POSTURE]),
    ):
        numbers = [f"{severities[s]} {s.word}" for s in sorted(severities, reverse=True)]
        texts.append(f"{name}: {', '.join(numbers) or 'none'}")
    if report.stats.suppressed:
        texts.append(f"{report.stats.suppressed} suppressed")
    if report.stats.in_baseline:
        texts.append(f"{report.stats.in_baseline} in the baseline")
    return "; ".join(texts)


def _failures(report: Report) -> Iterator[tuple[str, list[str]]]:
    """Describe each group of failures, and name its extensions."""
    for (kind, detail), group in _failure_groups(report).items():
        yield f"{kind}: {detail}", [missing.name for missing in group]


def _failure_groups(report: Report) -> dict[tuple[FailureKind, str], list[MissingVerdict]]:
    return group_missing_verdicts((*report.unreadable, *report.assessments))


def _rows(report: Report) -> list[Assessment]:
    return [item for item in worst_first(report) if isinstance(item, Assessment) and item.verdicts]


def _described(assessment: Assessment) -> str:
    """Count the findings of an extension by severity and standing, and its gaps."""
    counts = tally([assessment])
    numbers = {
        **{s.word: counts[Standing.ACTIVE][s] for s in reversed(Severity)},
        "posture": counts[Standing.POSTURE].total(),
        "suppressed": counts[Standing.SUPPRESSED].total(),
        "known": counts[Standing.IN_BASELINE].total(),
    }
    parts = [f"{number} {what}" for what, number in numbers.items() if number]
    gaps = len({gap for verdict, _ in assessment.verdicts for gap in verdict.gaps})
    if gaps:
        parts.append(f"{pluralize(gaps, 'gap')}")
    return ", ".join(parts) or "none"


def _cause(assessment: Assessment) -> str | None:
    """Describe the worst active finding of an extension that fails the run."""
    active = active_findings(assessment)
    if not (active and assessment.fails):
        return None
    worst = max(active, key=lambda each: each.finding.severity).finding
    location = f" ({worst.place})" if worst.place else ""
    named = [origin for origin in assessment.extension.origins if origin.line is not None]
    if named:
        more = f" and {pluralize(len(named) - 1, 'more place')}" if len(named) > 1 else ""
        location += f", named at {named[0].uri}:{named[0].line}{more}"
    return f"{worst.severity.word}, {worst.rule}: {worst.message}{location}"


def _versions(assessment: Assessment) -> str:
    installed = assessment.extension.version or "-"
    analysed = {verdict.analysed_version for verdict, _ in assessment.verdicts} - {installed, ""}
    return f"{installed} → {', '.join(sorted(analysed))}" if analysed else installed


def _plain(report: Report) -> Iterator[str]:
    yield ""
    rows = [assessment for assessment in _rows(report) if assessment.findings]
    for assessment in rows[:_TABLE_ROWS]:
        yield (
            f"{assessment.extension.id} {_versions(assessment)}: score {assessment.score:g},"
            f" {assessment.risk.word} risk; {_described(assessment)}"
            f"{' (cached)' if is_cached(assessment) else ''}"
        )
        if cause := _cause(assessment):
            yield f"  {cause}"
    if len(rows) > _TABLE_ROWS:
        yield f"and {len(rows) - _TABLE_ROWS} more with findings"
    for reason, names in _failures(report):
        yield f"FAILED {reason}: {join_first(names, _NAMES_IN_A_GROUP)}"
    yield from _counts(report)
    yield from report.decision.reasons
    yield f"vscan: {headline(report)}"


def _quiet(report: Report) -> Iterator[str]:
    """List the reasons that affect the outcome or warn, then the outcome."""
    decision = report.decision
    yield from (reason for reason in decision.reasons if reason not in decision.informational)
    if report.run.data:
        yield report.run.data_sentence
    stats = report.stats
    failures = [
        f"{reason} ({join_first(names, _FAILURES_IN_A_LINE)})"
        for reason, names in _failures(report)
    ]
    parts = [f"{stats.scanned} of {pluralize(stats.total, 'extension')} scanned", _findings(report)]
    if failures:
        parts.append(f"failed: {join_first(failures, _FAILURES_IN_A_LINE)}")
    yield f"vscan: {headline(report)}: {'; '.join(parts)}"


def _rich(report: Report, stream: BestEffortStream) -> None:
    from rich.console import Console, Group
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    console = Console(file=stream, highlight=False)  # type: ignore[arg-type]
    rows = _rows(report)
    if rows:
        table = Table(box=None, header_style="bold", pad_edge=False)
        # Folded, because two names that are cut may look the same.
        table.add_column("Extension", overflow="fold")
        table.add_column("Installed → analysed", overflow="fold")
        table.add_column("Score", justify="right")
        for column in ("Risk", "Findings", "Verdict"):
            table.add_column(column)
        for assessment in rows[:_TABLE_ROWS]:
            table.add_row(
                # Text, because Rich would interpret markup in the names.
                Text(str(assessment.extension.id)),
                Text(_versions(assessment)),
                Text(f"{assessment.score:g}"),
                Text(assessment.risk.word, style=_RISK_STYLES[assessment.risk]),
                Text(_described(assessment)),
                Text("cached" if is_cached(assessment) else "fresh", style="dim"),
            )
        console.print(table)
        if len(rows) > _TABLE_ROWS:
            console.print(Text(f"and {len(rows) - _TABLE_ROWS} more", style="dim"))
        console.print()
    for assessment in rows[:_TABLE_ROWS]:
        if cause := _cause(assessment):
            console.print(Text(foldable(f"{assessment.extension.id}: {cause}")))
    for reason, names in _failures(report):
        line = Text()
        line.append("failed ", style="bold red")
        line.append(foldable(f"{reason}: "), style="red")
        line.append(foldable(join_first(names, _NAMES_IN_A_GROUP)))
        console.print(line)
    style = _STYLES[report.decision.outcome]
    body = Group(
        *(Text(line) for line in _counts(report)),
        *(Text(foldable(reason)) for reason in report.decision.reasons),
    )
    title = Text(f" {headline(report)} ", style=style)
    console.print(Panel(body, title=title, title_align="left", border_style=style))
