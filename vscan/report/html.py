"""The HTML report: one file for a reviewer, which loads nothing and sends nothing.

Its content security policy allows the script and the style by their hashes, so the browser
executes no text of an extension even if escaping failed. The template escapes each text, and the
output is ASCII, which each stream, server and editor reads the same way.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from typing import IO

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct

from vscan import __version__
from vscan.model import Kind, Package, RiskLevel, Rule, Severity, Unreadable, Verdict
from vscan.policy.checks import MEANINGS
from vscan.policy.model import Assessment, Conclusion, EvaluatedFinding, Violation, Waiver
from vscan.report.view import (
    MissingVerdict,
    Standing,
    blocking_violations,
    group_missing_verdicts,
    is_cached,
    missing_verdicts,
    standing_of,
    tally,
    used_rules,
    worst_first,
)
from vscan.report_model import Report
from vscan.safe_text import pluralize, sanitize

_HEADLINES = {
    Conclusion.CLEAN: "Everything was scanned, and nothing is at or above the thresholds.",
    Conclusion.FINDINGS: "The policy failed.",
    Conclusion.INCOMPLETE: "Not everything could be scanned, so this run can't be called clean.",
    Conclusion.ERROR: "An error ended the run, so nothing can be said.",
    Conclusion.NOTHING_TO_SCAN: "No extension was looked at, so nothing can be said.",
    Conclusion.INTERRUPTED: "The run was ended early, so this report is not complete.",
}
# The class of a finding, and the value of the filter, for each standing.
_CLASSES = {
    Standing.ACTIVE: "counts",
    Standing.POSTURE: "posture",
    Standing.SUPPRESSED: "suppressed",
    Standing.IN_BASELINE: "known",
}
_LEAST_REACH = 25  # points of a score that half a chart shows at least, so that charts compare
_BUFFER = 32 * 1024  # characters in one write
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def write(report: Report, stream: IO[str]) -> None:
    """Write the report, one extension at a time, so that a large one needs little memory."""
    style, script = _part("html.css"), _part("html.js")
    items = worst_first(report)
    anchors = {id(item): f"e{number}" for number, item in enumerate(items)}
    rules = {rule.id: rule for rule in report.rules}
    template = _environment(report).get_template("html.jinja")
    pieces = template.generate(
        report=report,
        version=__version__,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        headline=_headline(report),
        severities=sorted(Severity, reverse=True),
        standings=_CLASSES,
        findings=tally(report.assessments),
        failures=group_missing_verdicts(items),
        anchor_of=lambda missing: anchors[id(missing.item)],
        number=len(items),
        left_out=len(report.assessments) + len(report.unreadable) - len(items),
        rows=(
            (anchors[id(item)], item, None if isinstance(item, Unreadable) else _row(item, rules))
            for item in items
        ),
        rules=used_rules(report),
        unknown=RiskLevel.UNKNOWN,
    )
    for piece in _joined(pieces):
        stream.write(piece.encode("ascii", "xmlcharrefreplace").decode())


def _joined(pieces: Iterable[str]) -> Iterator[str]:
    """Join small pieces: most are one tag, and a piece can be as long as an extension."""
    buffer: list[str] = []
    size = 0
    for piece in pieces:
        buffer.append(piece)
        size += len(piece)
        if size > _BUFFER:
            yield "".join(buffer)
            buffer, size = [], 0
    yield "".join(buffer)


def _headline(report: Report) -> str:
    missing = report.stats.total - report.stats.scanned
    if report.decision.outcome is Conclusion.CLEAN and missing:
        return f"Nothing is at or above the thresholds; {missing} without a verdict are suppressed."
    if report.decision.outcome is Conclusion.CLEAN and report.stats.with_gaps:
        number = pluralize(report.stats.with_gaps, "extension")
        return f"Nothing is at or above the thresholds; {number} with parts missing."
    return _HEADLINES[report.decision.outcome]


def _part(name: str) -> str:
    return resources.files("vscan.report").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _environment(report: Report) -> Environment:
    environment = Environment(
        loader=PackageLoader("vscan.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "age": partial(_age, now=_parsed(report.run.finished_at)),
        "pluralize": pluralize,
        "epoch": lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat(),
        "duration": _duration,
        "moment": _moment,
        "sanitize": sanitize,
        "specifier": _specifier,
    }
    environment.tests["https"] = lambda url: isinstance(url, str) and url.startswith("https://")
    return environment


class _Row(Struct, frozen=True):
    """The cells of one extension, beyond what the assessment has.

    ``findings`` come with the class of their standing and with their rules, ``checks`` with the
    waivers that suppress them. ``facets`` are the values by which the page filters.
    """

    verified: str
    mismatched: bool
    analysed_version: str
    status: str
    analysed_at: str | None
    missing: list[MissingVerdict]
    findings: list[tuple[str, EvaluatedFinding, Rule | None]]
    tally: list[tuple[str, str]]
    checks: list[tuple[str, Waiver | None]]
    charts: list[tuple[Verdict, bool, "_Chart"]]
    facets: str


def _row(item: Assessment, rules: dict[str, Rule]) -> _Row:
    verdicts = item.verdicts
    answers = {verdict.publisher_verified for verdict, _ in verdicts}
    verified = "no" if False in answers else "yes" if True in answers else "unknown"
    status = "failed" if item.failures else "cached" if is_cached(item) else "fresh"
    findings = [
        (name, each, rules.get(each.finding.rule))
        for standing, name in _CLASSES.items()
        for each in sorted(item.findings, key=lambda each: -each.finding.severity)
        if standing_of(each) is standing
    ]
    return _Row(
        verified=verified,
        mismatched=bool(item.version_mismatches),
        analysed_version=", ".join(dict.fromkeys(v.analysed_version for v, _ in verdicts)),
        status=status,
        analysed_at=min((v.analysed_at for v, _ in verdicts if v.analysed_at), default=None),
        missing=list(missing_verdicts(item)),
        findings=findings,
        tally=list(_tally(item)),
        checks=list(_checks(item)),
        charts=[(verdict, cached, _chart(verdict)) for verdict, cached in verdicts],
        facets=" ".join(
            (f"v-{verified}", "lost" if item.failures else status, *_facets(item, findings))
        ),
    )


def _tally(item: Assessment) -> Iterator[tuple[str, str]]:
    """Name the blocking checks, then count findings: active ones by severity, others by standing.

    The first of each pair is the class of the severity, if the text names one.
    """
    for violation in blocking_violations(item):
        yield "s3", violation.check.replace("-", " ")
    counts = tally([item])
    for severity in sorted(counts[Standing.ACTIVE], reverse=True):
        yield f"s{severity:d}", f"{counts[Standing.ACTIVE][severity]} {severity.word}"
    for standing, name in _CLASSES.items():
        if standing is not Standing.ACTIVE and (number := counts[standing].total()):
            yield "", f"{number} {name}"


def _checks(item: Assessment) -> Iterator[tuple[str, Waiver | None]]:
    """Describe the checks that judge the extension as a whole: violated and suppressed ones."""
    for violation in item.violations:
        if violation.check in item.violated_checks:
            yield _described_check(violation), None
    for check, waiver in item.suppressed_checks.items():
        if check in MEANINGS:
            yield MEANINGS[check], waiver


def _described_check(violation: Violation) -> str:
    details = "; ".join(violation.details)
    return f"{MEANINGS.get(violation.check, 'it could not be judged')}: {details}"


def _facets(
    item: Assessment, findings: Iterable[tuple[str, EvaluatedFinding, Rule | None]]
) -> Iterator[str]:
    """List the values of the filters. A risk level includes each lower one, down to low."""
    yield from (f"r{level}" for level in RiskLevel if RiskLevel.UNKNOWN < level <= item.risk)
    if item.risk is RiskLevel.UNKNOWN:
        yield "r0"
    kinds = {evaluated.finding.kind for _, evaluated, _ in findings}
    yield from dict.fromkeys(standing for standing, _, _ in findings)
    if not findings and not item.failures:
        yield "none"  # only for an extension that was scanned
    if item.fails:
        yield "counts"
    yield from (kind.value for kind in (Kind.VULNERABILITY, Kind.MALWARE) if kind in kinds)
    if item.suppressed_checks:
        yield "suppressed"
    if item.violated_checks:
        yield "checks"
    if item.version_mismatches:
        yield "differs"
    if any(verdict.gaps for verdict, _ in item.verdicts):
        yield "gaps"


class _Chart(Struct, frozen=True):
    """The modules of a verdict, each with level and points. Half a chart is ``reach`` wide."""

    rows: list[tuple[str, RiskLevel | None, float | None]]
    reach: float


def _chart(verdict: Verdict) -> _Chart:
    levels, points = dict(verdict.modules), dict(verdict.contributions)
    names = dict.fromkeys([*(name for name in points if name not in levels), *levels])
    rows = [(name, levels.get(name), points.get(name)) for name in names]
    # Points without a module are the start of the score: they get a number, but no bar.
    sizes = (abs(points[name]) for name in levels if name in points)
    return _Chart(rows, max((_LEAST_REACH, *sizes)))


def _specifier(package: Package) -> str:
    """Give name and version in the syntax of npm."""
    return f"{package.name}@{package.version}" if package.version else package.name


def _parsed(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment(text: str | None) -> str:
    """Format a time for people."""
    moment = _parsed(text)
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "unknown"


def _age(text: str | None, now: datetime | None) -> str:
    """Describe the time between a moment and the end of the run."""
    then = _parsed(text)
    if then is None or now is None or then > now:
        return ""
    age_s = int((now - then).total_seconds())
    for unit_s, unit in ((_DAY_S, "day"), (_HOUR_S, "hour"), (_MINUTE_S, "minute")):
        if age_s >= unit_s:
            return f"{pluralize(age_s // unit_s, unit)} before this run"
    return "during this run"


def _duration(seconds: float) -> str:
    if seconds < _MINUTE_S:
        return f"{seconds:.1f} s"
    return f"{int(seconds // _MINUTE_S)} min {int(seconds % _MINUTE_S)} s"
