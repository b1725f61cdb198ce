"""The CSV report: a row for each finding, failure and gap, or one for an extension without any.

Text that a spreadsheet would read as a formula gets an apostrophe before it.
"""

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from typing import IO, Any

from vscan.model import Gap, Origin, RegistryFacts, Unreadable, Verdict
from vscan.policy.model import Assessment, EvaluatedFinding, Waiver
from vscan.report.view import MOST_ORIGINS, MissingVerdict, missing_verdicts
from vscan.report_model import Report

COLUMNS = (
    "id", "name", "publisher", "version", "target_platform", "status", "risk_level", "source",
    "analysed_version", "score", "rule", "severity", "kind", "message", "file", "line",
    "evidence", "url", "waived", "known", "error_type", "error_message",
    "named_at", "registry", "integrity", "published_at", "latest_version",
    "machines",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # also after NFKC, which spreadsheets apply: \uff1d


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
        "named_at": _places(extension.origins),
        "machines": ", ".join(extension.machines[:MOST_ORIGINS]),
        **_registry_facts(extension.fetched),
    }
    verdicts = {verdict.provider: verdict for verdict, _ in assessment.verdicts}
    with_findings = set()
    for evaluated in assessment.findings:
        with_findings.add(evaluated.provider)
        yield about | _verdict(verdicts.get(evaluated.provider)) | _finding(evaluated)
    for provider, verdict in verdicts.items():
        if provider not in with_findings:
            yield about | _verdict(verdict)
    for missing in missing_verdicts(assessment):
        yield about | _failure(missing)
    for verdict, _ in assessment.verdicts:
        for gap in verdict.gaps:
            yield about | _verdict(verdict) | _gap(gap, assessment.gap_waiver)


def _places(origins: Iterable[Origin]) -> str:
    """List the places of a repository that name an extension."""
    return " ".join(f"{each.uri}:{each.line}" for each in origins if each.line is not None)


def _registry_facts(facts: RegistryFacts | None) -> dict[str, Any]:
    if facts is None:
        return {}
    return {
        "registry": facts.registry,
        "integrity": facts.integrity,
        "published_at": facts.published_at,
        "latest_version": facts.latest_version,
    }


def _verdict(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {}
    return {
        "source": verdict.provider,
        "analysed_version": verdict.analysed_version,
        "score": verdict.score,
    }


def _finding(evaluated: EvaluatedFinding) -> dict[str, Any]:
    finding = evaluated.finding
    return {
        "source": evaluated.provider,
        "rule": finding.rule,
        "severity": finding.severity.word,
        "kind": str(finding.kind),
        "message": finding.message,
        "file": finding.file,
        "line": finding.line,
        "evidence": finding.evidence,
        "url": finding.url,
        "waived": _reason(evaluated.waiver),
        "known": evaluated.in_baseline,
    }


def _failure(missing: MissingVerdict) -> dict[str, Any]:
    return {
        "source": missing.provider,
        "error_type": str(missing.kind),
        "error_message": missing.detail,
        "waived": _reason(missing.waiver),
    }


def _gap(gap: Gap, waiver: Waiver | None) -> dict[str, Any]:
    return {"error_type": "gap", "error_message": gap.text, "waived": _reason(waiver)}


def _reason(waiver: Waiver | None) -> str | None:
    return None if waiver is None else waiver.reason


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
        "named_at": _places(item.origins),
    }
