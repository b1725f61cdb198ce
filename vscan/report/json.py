"""The JSON report, format version 1. Its schema is ``report-v1.schema.json`` beside this.

Its structure is a public contract apart from the model: it changes with a major version.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any

from msgspec import to_builtins

from vscan import __version__
from vscan.model import (
    Origin,
    Package,
    PlaceFinding,
    RegistryFacts,
    RiskLevel,
    Severity,
    Skipped,
    Unreadable,
    Verdict,
)
from vscan.policy.model import Assessment, EvaluatedFinding, LastKnownVerdict
from vscan.report.view import MOST_ORIGINS, MissingVerdict, by_id, missing_verdicts, used_rules
from vscan.report_model import Report
from vscan.safe_text import sanitize
from vscan.shard_codec import items

FORMAT_VERSION = 1
_MEMBERS, _MEMBER = 1000, 350  # that are shown, and characters of one
_ENCODER = json.JSONEncoder(allow_nan=False)


def schema() -> dict[str, Any]:
    """Give the JSON Schema of the report."""
    from importlib import resources  # slow to import, and a scan does not need the schema

    text = resources.files("vscan.report").joinpath("report-v1.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def write(report: Report, stream: IO[str]) -> None:
    """Write the report, one line for each extension, so that a large one needs little memory.

    The lines are not indented, because Python's fast encoder, which takes a fifth of the time,
    can't indent.
    """
    stream.write("{\n")
    for key, value in (*header(report).items(), ("stats", report.stats.published())):
        stream.write(f"  {_dump(key)}: {_dump(value, 2)},\n")
    for key, lines in lists(report):
        _write_list(stream, key, lines)
    stream.write(f"  {_dump('decision')}: {_dump(decision(report), 2)}\n}}\n")


def header(report: Report) -> dict[str, Any]:
    """Give what a report begins with: its format, the program and the run."""
    return {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "vscan", "version": __version__},
        "run": _run(report),
    }


def lists(report: Report) -> Iterator[tuple[str, Iterator[str]]]:
    """Give the lists of a report, by key: each item as JSON in one line."""
    made = {
        "extensions": _extensions(report),
        "failed_extensions": _failures(report),
        "not_scanned": map(_skipped, report.skipped),
        "place_findings": map(_place_finding, report.place_findings),
        "rules": _rules(report),
    }
    for key, objects in made.items():
        yield key, map(_ENCODER.encode, objects)
    if report.shard is not None:
        yield "merge", (line.decode() for line in items(report.shard))


def decision(report: Report) -> dict[str, Any]:
    """Give the decision."""
    return {
        "outcome": report.decision.outcome,
        "exit_code": int(report.decision.exit_code),
        "reasons": list(report.decision.reasons),
    }


def _skipped(item: Skipped) -> dict[str, Any]:
    origin = None if item.origin is None else _origin(item.origin)
    return {
        "id": item.name,
        "version": item.version,
        "reason": item.reason,
        "origin": origin,
        "note": item.note or None,
    }


def _place_finding(item: PlaceFinding) -> dict[str, Any]:
    """Show a problem of a place that names no extension."""
    return {
        "rule": item.rule,
        "severity": Severity.INFO.word,
        "message": item.message,
        "origin": _origin(item.origin),
    }


def _origin(origin: Origin) -> dict[str, Any]:
    return {
        "uri": origin.uri,
        "line": origin.line,
        "column": origin.column,
        "kind": origin.kind or None,
        "how": origin.how,
        "version": origin.version,
    }


def _write_list(stream: IO[str], key: str, lines: Iterator[str]) -> None:
    stream.write(f"  {_dump(key)}: [")
    separator = "\n"
    for line in lines:
        stream.write(f"{separator}    {line}")
        separator = ",\n"
    stream.write("],\n" if separator == "\n" else "\n  ],\n")


def _dump(value: object, indent: int = 0) -> str:
    text = json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False)
    return text.replace("\n", "\n" + " " * indent)


def _run(report: Report) -> dict[str, Any]:
    run = report.run
    shard = None if report.shard is None else to_builtins(report.shard.facts)
    return {
        "id": run.id,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "mode": run.mode,
        "workers": run.workers,
        "fell_back_to_sequential": run.fell_back_to_sequential,
        "sources": list(run.providers),
        "targets": list(run.targets),
        "target_kinds": list(run.target_kinds),
        "policy_files": list(run.policy_files),
        "incomplete": report.decision.incomplete,
        "warnings": list(run.warnings),
        "data": [
            {
                "name": state.data.name,
                "source": state.data.source,
                "as_of": state.data.as_of or None,
                "count": state.data.count,
                "age_days": state.days,
            }
            for state in run.data
        ],
        **({} if shard is None else {"shard": shard}),
    }


def _extensions(report: Report) -> Iterator[dict[str, Any]]:
    for item in by_id(report):
        yield _assessed(item) if isinstance(item, Assessment) else _unreadable(item)


def _assessed(assessment: Assessment) -> dict[str, Any]:
    extension = assessment.extension
    return {
        "id": str(extension.id),
        "name": extension.display_name,
        "publisher": extension.id.publisher,
        "version": extension.version,
        "target_platform": extension.target_platform,
        "path": extension.path,
        "origins": list(map(_origin, extension.origins[:MOST_ORIGINS])),
        "machines": len(extension.machines) or None,
        "in_index": extension.in_index,
        "members": [sanitize(each, _MEMBER) for each in extension.members[:_MEMBERS]],
        "fetched": None if extension.fetched is None else _fetched(extension.fetched),
        "unknown_to": list(extension.unknown_to),
        "status": "failed" if assessment.failures else "scanned",
        "verdicts": [
            _verdict(verdict, extension.version, from_cache=from_cache)
            for verdict, from_cache in assessment.verdicts
        ],
        "findings": [_finding(evaluated) for evaluated in assessment.findings],
        "risk_level": assessment.risk.word,
        "checks": list(assessment.violated_checks),
        "excused": list(assessment.suppressed_checks),
        "last_known": [_last_known(stale) for stale in assessment.last_known_verdicts],
    }


def _fetched(facts: RegistryFacts) -> dict[str, Any]:
    """Show where an archive was fetched from, how it was checked, and what the registry states."""
    return {
        "registry": facts.registry,
        "url": facts.url,
        "version": facts.version,
        "platform": facts.platform,
        "sha256": facts.sha256,
        "integrity": facts.integrity,
        "note": facts.note or None,
        "published_at": facts.published_at,
        "verified": facts.verified,
        "deprecated": facts.deprecated,
        "latest_version": facts.latest_version,
        "platforms": list(facts.platforms),
        "download_count": facts.download_count,
    }


def _last_known(stale: LastKnownVerdict) -> dict[str, Any]:
    """Show the last cached verdict of an extension that has none now. It is not judged."""
    verdict = stale.verdict
    return {
        "source": verdict.provider,
        "analysed_version": verdict.analysed_version,
        "score": verdict.score,
        "risk_level": verdict.risk.word,
        "stored_at": f"{datetime.fromtimestamp(stale.stored_at, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "findings": len(verdict.findings),
    }


def _unreadable(item: Unreadable) -> dict[str, Any]:
    return {
        "id": str(item.id) if item.id else None,
        "name": item.name,
        "publisher": item.id.publisher if item.id else None,
        "version": item.version,
        "target_platform": None,
        "path": item.path,
        "origins": list(map(_origin, item.origins)),
        "machines": None,
        "in_index": None,
        "members": [],
        "fetched": None,
        "unknown_to": [],
        "status": "unreadable",
        "verdicts": [],
        "findings": [],
        "risk_level": RiskLevel.UNKNOWN.word,
        "checks": [],
        "excused": [],
        "last_known": [],
    }


def _verdict(verdict: Verdict, installed: str | None, *, from_cache: bool) -> dict[str, Any]:
    is_known = installed is not None and verdict.analysed_version != ""
    matches = verdict.analysed_version == installed if is_known else None
    return {
        "source": verdict.provider,
        "analysed_version": verdict.analysed_version,
        "version_matches": matches,
        "score": verdict.score,
        "risk_level": verdict.risk.word,
        "analysed_at": verdict.analysed_at,
        "vulnerabilities": dict(verdict.vulnerabilities),
        "modules": {name: level.word for name, level in verdict.modules},
        "contributions": dict(verdict.contributions),
        "publisher_verified": verdict.publisher_verified,
        "gaps": list(verdict.gap_texts),
        "capabilities": {name: list(shown) for name, shown in verdict.capabilities},
        "packages": [_package(package) for package in verdict.packages],
        "data": [
            {"name": d.name, "source": d.source, "as_of": d.as_of, "count": d.count}
            for d in verdict.data
        ],
        "digest": verdict.digest or None,
        "url": verdict.url,
        "from_cache": from_cache,
    }


def _package(package: Package) -> dict[str, Any]:
    return {
        "purl": package.purl,
        "evidence": package.evidence,
        "confidence": package.confidence.word,
        "file": package.file,
    }


def _finding(evaluated: EvaluatedFinding) -> dict[str, Any]:
    finding, waiver = evaluated.finding, evaluated.waiver
    return {
        "rule": finding.rule,
        "severity": finding.severity.word,
        "kind": str(finding.kind),
        "message": finding.message,
        "source": evaluated.provider,
        "file": finding.file,
        "line": finding.line,
        "offset": finding.offset,
        "evidence": finding.evidence,
        "digest": finding.digest,
        "confidence": None if finding.confidence is None else finding.confidence.word,
        "url": finding.url,
        "waived": None
        if waiver is None
        else {
            "reason": waiver.reason,
            "expires": None if waiver.expires is None else waiver.expires.isoformat(),
        },
        "known": evaluated.in_baseline,
    }


def _failures(report: Report) -> Iterator[dict[str, Any]]:
    for item in by_id(report):
        yield from map(_failure, missing_verdicts(item))


def _failure(missing: MissingVerdict) -> dict[str, Any]:
    item = missing.item
    if isinstance(item, Unreadable):
        id_, name, version = item.id, item.name, item.version
        origins = item.origins
    else:
        extension = item.extension
        id_, name, version = extension.id, extension.display_name, extension.version
        origins = extension.origins
    return {
        "id": str(id_) if id_ else None,
        "name": name,
        "version": version,
        "source": missing.provider,
        "error_type": str(missing.kind),
        "error_message": missing.detail,
        "rule": missing.rule or None,
        "origins": list(map(_origin, origins[:MOST_ORIGINS])),
        "waived": missing.waiver is not None,
    }


def _rules(report: Report) -> Iterator[dict[str, Any]]:
    """List the rules of the findings."""
    for rule, _ in used_rules(report):
        yield {
            "id": rule.id,
            "title": rule.title,
            "meaning": rule.meaning,
            "why": rule.why,
            "help": rule.help,
        }
