"""The Markdown report, for job summaries: counts first, and within the size limit of summaries.

Text from extensions and services is formatted as code, where platforms ignore links and mentions.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO

from vscan.model import Unreadable
from vscan.policy.model import Assessment
from vscan.report.view import Standing, missing_verdicts, not_judged, shown, standing_of
from vscan.report_model import Report
from vscan.safe_text import pluralize

MAX_BYTES = 1_000_000  # GitHub drops a summary of more than a mebibyte, whole
_FOOTER_BYTES = 1_000
_MARKS = {Standing.SUPPRESSED: "suppressed", Standing.IN_BASELINE: "known"}


def write(report: Report, stream: IO[str]) -> None:
    """Write the report; lines beyond the limit are counted."""
    left = MAX_BYTES - _FOOTER_BYTES
    left_out = 0
    for line in _lines(report):
        left -= len(line.encode()) + 1
        if left < 0:
            left_out += 1
        else:
            stream.write(f"{line}\n")
    if left_out:
        stream.write(
            f"\n{pluralize(left_out, 'more line')} would not fit: see the other reports.\n"
        )


def _lines(report: Report) -> Iterator[str]:
    stats, decision = report.stats, report.decision
    yield f"## vscan: {decision.outcome.replace('-', ' ')} (exit code {int(decision.exit_code)})"
    yield ""
    counts = {
        "Extensions": stats.total,
        "Scanned": stats.scanned,
        "Failed": stats.failed,
        "Unreadable": stats.unreadable,
    } | {severity.word.title(): number for severity, number in stats.findings_by_severity}
    yield from _table(tuple(counts), [tuple(map(str, counts.values()))])
    if decision.reasons:
        yield ""
        yield from _block(decision.reasons)
    yield from _section("No verdict", ("Extension", "Version", "Why", "Detail"), _failed(report))
    missing = ("Extension", "Version", "Missing")
    yield from _section("Not examined whole", missing, _not_examined(report))
    findings = (row for assessment in shown(report) for row in _findings(assessment))
    head = ("Extension", "Version", "Severity", "Rule", "Finding", "Place", "Status")
    yield from _section("Findings", head, findings)
    yield ""
    mode = "in parallel" if report.run.mode == "parallel" else "sequentially"
    yield (
        f"{pluralize(stats.requests, 'request')}, {stats.cached} of {stats.total} from the cache,"
        f" {mode}, {stats.elapsed_s:.1f} s."
    )
    if report.run.data:
        yield ""
        yield from _block((report.run.data_sentence,))


def _section(title: str, head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """Write a table with a title, or nothing without a row."""
    for first in rows:
        yield from ("", f"### {title}", "")
        yield from _table(head, chain([first], rows))


def _failed(report: Report) -> Iterator[tuple[str, ...]]:
    for assessment in report.assessments:
        id_, version = _id_and_version(assessment)
        for missing in missing_verdicts(assessment):
            yield id_, version, missing.kind, _code(missing.detail)
    for item in report.unreadable:
        yield _code(_name(item)), _code(item.version or "-"), "unreadable", _code(item.reason)


def _not_examined(report: Report) -> Iterator[tuple[str, ...]]:
    for assessment in report.assessments:
        for detail in not_judged(assessment):
            yield *_id_and_version(assessment), _code(detail)


def _name(item: Unreadable) -> str:
    return item.name or "?"


def _id_and_version(assessment: Assessment) -> tuple[str, str]:
    extension = assessment.extension
    return _code(str(extension.id)), _code(extension.version or "-")


def _findings(assessment: Assessment) -> Iterator[tuple[str, ...]]:
    for evaluated in assessment.findings:
        finding = evaluated.finding
        yield (
            *_id_and_version(assessment),
            finding.severity.word,
            _code(finding.rule),
            _code(finding.message),
            _code(finding.place),
            _MARKS.get(standing_of(evaluated), ""),
        )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _code(text: str) -> str:
    """Write a span of code. A bar is escaped, because in a table it ends the cell even in code."""
    fence = "`" * (1 + _longest_run(text))
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", "\\|") if text else ""


def _block(lines: Iterable[str]) -> Iterator[str]:
    lines = list(lines)
    fence = "`" * max(3, 1 + max(map(_longest_run, lines)))
    yield f"{fence}text"
    yield from lines
    yield fence


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
