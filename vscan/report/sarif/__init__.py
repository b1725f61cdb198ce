"""SARIF 2.1.0, for the code scanning of GitHub and GitLab.

``alert_grouping`` groups findings, ``results`` writes each group as a result, ``rules`` describes
rules and notifications, and ``escaping`` escapes text from extensions and services.
"""

import json
from collections.abc import Iterator
from typing import IO, Any

from vscan.model import Unreadable
from vscan.policy.model import Conclusion
from vscan.report.sarif.alert_grouping import AlertSummary, summarize_alerts
from vscan.report.sarif.escaping import cut, inert
from vscan.report.sarif.results import MAX_RESULTS, results_of
from vscan.report.sarif.rules import LEFT_OUT, NOT_JUDGED, REASON, WARNING, tool_driver
from vscan.report.view import MissingVerdict, missing_verdicts, name_of, not_judged
from vscan.report_model import Report
from vscan.safe_text import pluralize, sanitize

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
# Counts of the JSON report that the properties of the run leave out.
_OTHER_COUNTS = {"version_mismatches", "requests", "retries", "rate_limited", "elapsed_s"}


def write(report: Report, stream: IO[str]) -> None:
    """Write the report, one result at a time, so that a large one needs little memory."""
    summary = summarize_alerts(report)
    head = {"$schema": SCHEMA, "version": "2.1.0"}
    stream.write(f'{_dump(head)[:-1]}, "runs": [{{\n')
    for key, value in (
        ("tool", {"driver": tool_driver(summary.rules)}),
        ("automationDetails", {"id": "vscan/"}),
        ("columnKind", "unicodeCodePoints"),
        ("invocations", [_invocation(report, summary)]),
        ("properties", _properties(report)),
    ):
        stream.write(f"{_dump(key)}: {_dump(value)},\n")
    stream.write('"results": [')
    separator = "\n"
    for result in results_of(report, summary):
        stream.write(f"{separator}{_dump(result)}")
        separator = ",\n"
    stream.write("]\n}]}\n")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def _invocation(report: Report, summary: AlertSummary) -> dict[str, Any]:
    decision, run = report.decision, report.run
    # A file without results would close all alerts.
    broken = decision.outcome in {
        Conclusion.ERROR,
        Conclusion.INTERRUPTED,
        Conclusion.NOTHING_TO_SCAN,
    }
    invocation = {
        # GitHub refuses the file of an unsuccessful run. An incomplete run is successful if stale
        # findings replace all missing ones, because then no alert closes by mistake.
        "executionSuccessful": not broken
        and not (decision.incomplete and _without_stale_verdict(report)),
        "exitCode": int(decision.exit_code),
        "exitCodeDescription": str(decision.outcome),
        "startTimeUtc": run.started_at,
        "endTimeUtc": run.finished_at,
        "toolExecutionNotifications": list(_notifications(report, summary)),
    }
    return {key: value for key, value in invocation.items() if value != ""}


def _notifications(report: Report, summary: AlertSummary) -> Iterator[dict[str, Any]]:
    for assessment in report.assessments:
        yield from map(_missing_verdict, missing_verdicts(assessment))
        for detail in not_judged(assessment):
            yield _notification(NOT_JUDGED, "error", f"{name_of(assessment)}: {detail}")
    for item in report.unreadable:
        yield from map(_missing_verdict, missing_verdicts(item))
    if summary.total > MAX_RESULTS:
        rest = summary.total - MAX_RESULTS
        text = f"{pluralize(rest, 'result')}, the least severe, are left out: {MAX_RESULTS} fit."
        yield _notification(LEFT_OUT, "warning", text)
    for warning in report.run.warnings:
        yield _notification(WARNING, "warning", warning)
    for reason in report.decision.reasons:
        level = "warning" if reason.startswith("Warning:") else "note"
        yield _notification(REASON, level, reason)


def _missing_verdict(missing: MissingVerdict) -> dict[str, Any]:
    item, waiver = missing.item, missing.waiver
    if isinstance(item, Unreadable):
        name = f"{item.id} ({item.name})" if item.id else item.name
        text = f"{name} could not be read: {missing.detail}"
    else:
        text = f"{missing.name} could not be scanned by {missing.provider}: {missing.detail}"
    if waiver is not None:
        text = f"{sanitize(text, 600)} (suppressed: {waiver.reason})"
    return _notification(missing.kind, "error" if waiver is None else "note", text)


def _notification(notice: str, level: str, text: str) -> dict[str, Any]:
    descriptor = {"id": str(notice)}
    return {"descriptor": descriptor, "level": level, "message": {"text": cut(inert(text))}}


def _properties(report: Report) -> dict[str, Any]:
    """Describe the outcome, with the words and the counts of the JSON report."""
    counts = report.stats.published().items()
    return {
        "outcome": str(report.decision.outcome),
        "run_id": report.run.id,
        **{name: count for name, count in counts if name not in _OTHER_COUNTS},
        "without_last_known": _without_stale_verdict(report),
    }


def _without_stale_verdict(report: Report) -> int:
    """Count the extensions of which an earlier file may have alerts, and this one has none."""
    missing = sum(len(a.last_known_verdicts) < len(a.failures) for a in report.assessments)
    return missing + report.stats.unreadable
