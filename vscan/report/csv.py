"""The CSV report: a row for each finding, failure and gap, and one for an extension without.

No cell is a formula: what a spreadsheet would take for one begins with an apostrophe.
"""

import csv
import unicodedata
from collections.abc import Iterator
from typing import IO, Any

from vscan.model import Failed, Gap, Unreadable, Verdict
from vscan.policy.model import FAILURE, Assessment, EvaluatedFinding
from vscan.result import Report

COLUMNS = (
    "id", "name", "publisher", "version", "target_platform", "status", "risk_level", "source",
    "analysed_version", "score", "rule", "severity", "kind", "message", "file", "line",
    "evidence", "url", "waived", "known", "error_type", "error_message",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # or what a spreadsheet reads like them: \uff1d


def write(report: Report, stream: IO[str]) -> None:
    """Write the report."""
    rows = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
    rows.writeheader()
    for assessment in report.assessments:
        for row in _assessed(assessment):
            rows.writerow({key: _safe(value) for key, value in row.items()})
    for item in report.unreadable:
        rows.writerow({key: _safe(value) for key, value in _unreadable(item).items()})


def _safe(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and unicodedata.normalize("NFKC", value[:1]).startswith(_FORMULA):
        return f"'{value}"
    return value


def _assessed(assessment: Assessment) -> Iterator[dict[str, Any]]:
    extension = assessment.extension
    about = {
        "id": str(extension.id),
        "name": extension.display_name,
        "publisher": extension.id.publisher,
        "version": extension.version,
        "target_platform": extension.target_platform,
        "status": "failed" if assessment.failures else "scanned",
        "risk_level": assessment.risk.word,
    }
    verdicts = {verdict.provider: verdict for verdict, _ in assessment.verdicts}
    told = set()
    for held in assessment.held:
        told.add(held.provider)
        yield about | _verdict(verdicts.get(held.provider)) | _finding(held)
    for provider, verdict in verdicts.items():
        if provider not in told:
            yield about | _verdict(verdict)
    for failure in assessment.failures:
        yield about | _failure(assessment, failure)
    for verdict, _ in assessment.verdicts:
        for gap in verdict.gaps:
            yield about | _verdict(verdict) | _gap(assessment, gap)


def _verdict(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {}
    return {
        "source": verdict.provider,
        "analysed_version": verdict.analysed_version,
        "score": verdict.score,
    }


def _finding(held: EvaluatedFinding) -> dict[str, Any]:
    finding = held.finding
    return {
        "source": held.provider,
        "rule": finding.rule,
        "severity": finding.severity.word,
        "kind": str(finding.kind),
        "message": finding.message,
        "file": finding.file,
        "line": finding.line,
        "evidence": finding.evidence,
        "url": finding.url,
        "waived": held.waiver.reason if held.waiver else None,
        "known": held.known,
    }


def _failure(assessment: Assessment, failure: Failed) -> dict[str, Any]:
    waiver = assessment.excused.get(f"{FAILURE}{failure.kind}")
    return {
        "source": failure.task.provider,
        "error_type": str(failure.kind),
        "error_message": failure.detail,
        "waived": waiver.reason if waiver else None,
    }


def _gap(assessment: Assessment, gap: Gap) -> dict[str, Any]:
    waiver = assessment.excused.get("gap")
    return {
        "error_type": "gap",
        "error_message": gap.text,
        "waived": waiver.reason if waiver else None,
    }


def _unreadable(item: Unreadable) -> dict[str, Any]:
    return {
        "id": str(item.id) if item.id else None,
        "name": item.name,
        "publisher": item.id.publisher if item.id else None,
        "version": item.version,
        "status": "unreadable",
        "risk_level": "unknown",
        "error_type": "unreadable",
        "error_message": item.reason,
    }
