"""The Markdown report, for job summaries: what fails comes first, within the limit of their size.

Text from extensions and services is formatted as code, where platforms ignore links and mentions.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO

from vscan.model import Finding, Unreadable
from vscan.policy.model import Assessment
from vscan.report.advice import advice_for
from vscan.report.rule_pages import rule_page
from vscan.report.view import (
    Standing,
    described_places,
    failing_checks,
    failing_findings,
    missing_verdicts,
    not_judged,
    result_word,
    standing_of,
    worst_findings_first,
    worst_first,
)
from vscan.report_model import Report
from vscan.safe_text import pluralize

MAX_BYTES = 1_000_000  # GitHub drops a summary of more than a mebibyte, whole
_FOOTER_BYTES = 1_000
_FINDING_COLUMNS = (*("Extension", "Version", "Severity", "Rule", "Finding", "Place", "Named at"),)
_FETCHED_COLUMNS = (
    *("Extension", "Version", "Registry", "Integrity", "Published", "Latest version"),
)
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
    yield f"## vscan: {result_word(report)} (exit code {int(decision.exit_code)})"
    yield ""
    counts = {
        "Extensions": stats.total,
        "Scanned": stats.scanned,
        "No verdict": stats.failed,
        "Unreadable": stats.unreadable,
    } | {severity.word.title(): number for severity, number in stats.findings_by_severity}
    yield from _table(tuple(counts), [tuple(map(str, counts.values()))])
    ordered = [item for item in worst_first(report) if isinstance(item, Assessment)]
    failing = (row for item in ordered if item.fails for row in _causes(item))
    yield from _section("What fails", _FINDING_COLUMNS, failing)
    advice = ((_code(cause), text) for cause, text in advice_for(report))  # texts of ours
    yield from _section("What to do", ("Cause", "Advice"), advice)
    if decision.reasons:
        yield ""
        yield from _block(decision.reasons)
    yield from _section("No verdict", ("Extension", "Version", "Why", "Detail"), _failed(report))
    missing = ("Extension", "Version", "Missing")
    yield from _section("Not examined whole", missing, _not_examined(report))
    findings = (row for item in ordered for row in _others(item))
    yield from _section("Other findings", (*_FINDING_COLUMNS, "Status"), findings)
    fetched = (row for item in ordered for row in _fetched(item))
    yield from _section("Fetched from a registry", _FETCHED_COLUMNS, fetched)
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
        yield (
            _code(_name(item)),
            _code(item.version or "-"),
            item.rule or "unreadable",
            _code(item.reason),
        )


def _not_examined(report: Report) -> Iterator[tuple[str, ...]]:
    for assessment in report.assessments:
        for detail in not_judged(assessment):
            yield *_id_and_version(assessment), _code(detail)


def _name(item: Unreadable) -> str:
    return item.name or "?"


def _id_and_version(assessment: Assessment) -> tuple[str, str]:
    extension = assessment.extension
    return _code(str(extension.id)), _code(extension.version or "-")


def _causes(item: Assessment) -> Iterator[tuple[str, ...]]:
    """Give a row for each finding that fails the run, worst first, then for each check."""
    for finding in failing_findings(item):
        yield _finding(item, finding)
    for violation in failing_checks(item):
        detail = "; ".join(violation.details)
        id_, version = _id_and_version(item)
        yield id_, version, "failed", _rule(violation.label), _code(detail), "", _named_at(item)


def _others(item: Assessment) -> Iterator[tuple[str, ...]]:
    failing = set(map(id, failing_findings(item)))
    for evaluated in worst_findings_first(item):
        if id(evaluated.finding) not in failing:
            standing = standing_of(evaluated)
            yield *_finding(item, evaluated.finding), _MARKS.get(standing, "not counted")


def _finding(item: Assessment, finding: Finding) -> tuple[str, ...]:
    return (
        *_id_and_version(item),
        finding.severity.word,
        _rule(finding.rule),
        _code(finding.message),
        _code(finding.place),
        _named_at(item),
    )


def _rule(rule: str) -> str:
    """Write the id of a rule, with a link to its page if that has an address."""
    page = rule_page(rule)
    return f"[{_code(rule)}]({page})" if page else _code(rule)


def _named_at(item: Assessment) -> str:
    return _code(described_places(item))


def _fetched(item: Assessment) -> Iterator[tuple[str, ...]]:
    facts = item.extension.fetched
    if facts is None:
        return
    texts = (facts.registry, facts.integrity, facts.published_at, facts.latest_version)
    yield *_id_and_version(item), *(_code(text or "") for text in texts)


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
