"""The summary for people, on standard error: a table and a panel, plain lines, or one line.

Failed extensions are named with kind and message in each of them.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from vscan.best_effort_stream import BestEffortStream
from vscan.model import Kind, RiskLevel, Severity
from vscan.policy.model import Assessment, Conclusion, EvaluatedFinding
from vscan.result import Report
from vscan.text import foldable, pluralize

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


def summarise(
    report: Report, stream: BestEffortStream, style: Literal["rich", "plain", "quiet"]
) -> None:
    """Print the summary."""
    if style == "rich":
        _rich(report, stream)
    else:
        lines = _plain(report) if style == "plain" else _quiet(report)
        for line in lines:
            stream.write(f"{line}\n")
    stream.flush()


def headline(report: Report) -> str:
    """Say the verdict in one phrase, and the cause where one kept everything from being seen."""
    decision = report.decision
    cause = ""
    failures = list(_failures(report))
    if (
        decision.outcome is Conclusion.INCOMPLETE
        and len(failures) == 1
        and not report.stats.scanned
    ):
        cause = f": {failures[0][0].partition(': ')[2]}"
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
    """Count the findings, posture apart: that many high ones may be no reason to fail."""
    texts = []
    for posture in (False, True):
        severities = Counter(
            held.finding.severity
            for assessment in report.assessments
            for held in assessment.held
            if (held.finding.kind is Kind.POSTURE) is posture and held.counts
        )
        numbers = [f"{severities[s]} {s.word}" for s in sorted(severities, reverse=True)]
        texts.append(f"{'posture' if posture else 'findings'}: {', '.join(numbers) or 'none'}")
    if report.stats.waived:
        texts.append(f"{report.stats.waived} accepted")
    if report.stats.known:
        texts.append(f"{report.stats.known} in the baseline")
    return "; ".join(texts)


def _failures(report: Report) -> Iterator[tuple[str, list[str]]]:
    """Group failures by kind and message: a service that is down is one line, not ninety."""
    groups: dict[str, list[str]] = {}
    for item in report.unreadable:
        groups.setdefault(f"unreadable: {item.reason}", []).append(item.name)
    for assessment in report.assessments:
        for failure in assessment.failures:
            names = groups.setdefault(f"{failure.kind}: {failure.detail}", [])
            names.append(_name(assessment))
    yield from groups.items()


def _name(assessment: Assessment) -> str:
    version = assessment.extension.version
    return f"{assessment.extension.id}{f' {version}' if version else ''}"


def _some(names: list[str], limit: int) -> str:
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")


def _worst_first(report: Report) -> list[Assessment]:
    """Order what is worth a look: findings that are not posture, then risk, then score."""
    scanned = [a for a in report.shown if a.verdicts]

    def badness(assessment: Assessment) -> tuple[bool, int, int, float]:
        worst = max((held.finding.severity for held in _hard(assessment)), default=-1)
        score = min(verdict.score for verdict, _ in assessment.verdicts)
        return (not assessment.fails, -worst, -assessment.risk, score)

    return sorted(scanned, key=badness)


def _hard(assessment: Assessment) -> list[EvaluatedFinding]:
    """List the findings that count and are more than posture."""
    return [h for h in assessment.held if h.counts and h.finding.kind is not Kind.POSTURE]


def _described(assessment: Assessment) -> str:
    """Say what was found, shortly."""
    held, hard = list(assessment.held), _hard(assessment)
    numbers = {
        **{s.word: sum(h.finding.severity is s for h in hard) for s in reversed(Severity)},
        "posture": sum(h.counts for h in held) - len(hard),
        "accepted": sum(h.waiver is not None for h in held),
        "known": sum(h.known and h.waiver is None for h in held),
    }
    parts = [f"{number} {what}" for what, number in numbers.items() if number]
    gaps = len({gap for verdict, _ in assessment.verdicts for gap in verdict.gaps})
    if gaps:
        parts.append(f"{pluralize(gaps, 'gap')}")
    return ", ".join(parts) or "none"


def _score(assessment: Assessment) -> tuple[float, bool]:
    """Give the worst score, and whether every verdict came from the cache."""
    verdicts = assessment.verdicts
    return min(verdict.score for verdict, _ in verdicts), all(cached for _, cached in verdicts)


def _cause(assessment: Assessment) -> str | None:
    """Say the worst that fails an extension, and where; ``None`` where findings don't."""
    hard = _hard(assessment)
    if not (hard and assessment.fails):
        return None
    worst = max(hard, key=lambda held: held.finding.severity).finding
    place = f" ({worst.place})" if worst.place else ""
    return f"{worst.severity.word}, {worst.rule}: {worst.message}{place}"


def _versions(assessment: Assessment) -> str:
    installed = assessment.extension.version or "-"
    analysed = {verdict.analysed_version for verdict, _ in assessment.verdicts} - {installed}
    return f"{installed} → {', '.join(sorted(analysed))}" if analysed else installed


def _plain(report: Report) -> Iterator[str]:
    yield ""
    rows = [a for a in _worst_first(report) if any(a.held)]
    for assessment in rows[:_TABLE_ROWS]:
        score, from_cache = _score(assessment)
        yield (
            f"{assessment.extension.id} {_versions(assessment)}: score {score:g},"
            f" {assessment.risk.word} risk; {_described(assessment)}"
            f"{' (cached)' if from_cache else ''}"
        )
        if cause := _cause(assessment):
            yield f"  {cause}"
    if len(rows) > _TABLE_ROWS:
        yield f"and {len(rows) - _TABLE_ROWS} more with findings"
    for reason, names in _failures(report):
        yield f"FAILED {reason}: {_some(names, _NAMES_IN_A_GROUP)}"
    yield from _counts(report)
    yield from report.decision.reasons
    yield f"vscan: {headline(report)}"


def _quiet(report: Report) -> Iterator[str]:
    """Say why the run ended so, and what it warns of, then the verdict."""
    decision = report.decision
    yield from (reason for reason in decision.reasons if reason not in decision.accepted)
    if report.run.data:
        yield report.run.data_sentence
    stats = report.stats
    failures = [
        f"{reason} ({_some(names, _FAILURES_IN_A_LINE)})" for reason, names in _failures(report)
    ]
    parts = [f"{stats.scanned} of {pluralize(stats.total, 'extension')} scanned", _findings(report)]
    if failures:
        parts.append(f"failed: {_some(failures, _FAILURES_IN_A_LINE)}")
    yield f"vscan: {headline(report)}: {'; '.join(parts)}"


def _rich(report: Report, stream: BestEffortStream) -> None:
    from rich.console import Console, Group
    from rich.panel import Panel
    from rich.table import Table
    from rich.text import Text

    console = Console(file=stream, highlight=False)  # type: ignore[arg-type]
    rows = _worst_first(report)
    if rows:
        table = Table(box=None, header_style="bold", pad_edge=False)
        # Folded, not cut: two names that are cut alike can't be told apart.
        table.add_column("Extension", overflow="fold")
        table.add_column("Installed → analysed", overflow="fold")
        table.add_column("Score", justify="right")
        for column in ("Risk", "Findings", "Verdict"):
            table.add_column(column)
        for assessment in rows[:_TABLE_ROWS]:
            score, from_cache = _score(assessment)
            table.add_row(
                # Text, not str: names may look like Rich's markup.
                Text(str(assessment.extension.id)),
                Text(_versions(assessment)),
                Text(f"{score:g}"),
                Text(assessment.risk.word, style=_RISK_STYLES[assessment.risk]),
                Text(_described(assessment)),
                Text("cached" if from_cache else "fresh", style="dim"),
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
        line.append(foldable(_some(names, _NAMES_IN_A_GROUP)))
        console.print(line)
    style = _STYLES[report.decision.outcome]
    body = Group(
        *(Text(line) for line in _counts(report)),
        *(Text(foldable(reason)) for reason in report.decision.reasons),
    )
    title = Text(f" {headline(report)} ", style=style)
    console.print(Panel(body, title=title, title_align="left", border_style=style))
