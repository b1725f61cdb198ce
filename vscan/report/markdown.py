"""The Markdown report, for job summaries: counts first, and never more than they hold.

Whatever a stranger wrote stands in code, where no platform looks for links or mentions.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO

from vscan.model import Unreadable
from vscan.policy.model import FAILURE, Assessment
from vscan.result import Report
from vscan.text import pluralize

MAX_BYTES = 1_000_000  # GitHub drops a summary of more than a mebibyte, whole
_FOOTER_BYTES = 1_000


def write(report: Report, stream: IO[str]) -> None:
    """Write the report; what does not fit is counted."""
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
    found = (row for assessment in report.shown for row in _found(assessment))
    head = ("Extension", "Version", "Severity", "Rule", "Finding", "Place", "Accepted")
    yield from _section("Findings", head, found)
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
    """Write a table with a title, or nothing where it would have no row."""
    for first in rows:
        yield from ("", f"### {title}", "")
        yield from _table(head, chain([first], rows))


def _failed(report: Report) -> Iterator[tuple[str, ...]]:
    for assessment in report.assessments:
        extension = assessment.extension
        for failure in assessment.failures:
            version = extension.version or "-"
            yield _code(str(extension.id)), _code(version), failure.kind, _code(failure.detail)
    for item in report.unreadable:
        yield _code(_name(item)), _code(item.version or "-"), "unreadable", _code(item.reason)


def _not_examined(report: Report) -> Iterator[tuple[str, ...]]:
    for assessment in report.assessments:
        extension = assessment.extension
        for violation in assessment.incomplete:
            if not violation.check.startswith(FAILURE):
                for detail in violation.details:
                    yield _code(str(extension.id)), _code(extension.version or "-"), _code(detail)


def _name(item: Unreadable) -> str:
    return item.name or "?"


def _found(assessment: Assessment) -> Iterator[tuple[str, ...]]:
    extension = assessment.extension
    for held in assessment.held:
        finding = held.finding
        mark = "waived" if held.waiver else "known" if held.known else ""
        yield (
            _code(str(extension.id)),
            _code(extension.version or "-"),
            finding.severity.word,
            _code(finding.rule),
            _code(finding.message),
            _code(finding.place),
            mark,
        )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _code(text: str) -> str:
    """Write a span of code. In a table a bar ends the cell even there."""
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
