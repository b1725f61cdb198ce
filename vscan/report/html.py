"""The HTML report: one file for a reviewer, which loads nothing and sends nothing.

The policy in its head names script and style by their hashes, so that what a stranger
wrote is neither, even where escaping failed. The template escapes every text, and what
is written is ASCII: no stream, server or editor can take it for anything else.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from typing import IO

from jinja2 import Environment, PackageLoader, StrictUndefined

from vscan import __version__
from vscan.model import Failed, Kind, Package, RiskLevel, Rule, Severity, Unreadable, Verdict
from vscan.policy.checks import MEANINGS, mismatches_of
from vscan.policy.model import (
    FAILURE,
    Assessment,
    Conclusion,
    Effect,
    EvaluatedFinding,
    Violation,
    Waiver,
)
from vscan.result import Report
from vscan.text import pluralize, sanitize

_HEADLINES = {
    Conclusion.CLEAN: "Everything was scanned, and nothing is at or above the thresholds.",
    Conclusion.FINDINGS: "The policy failed.",
    Conclusion.INCOMPLETE: "Not everything could be scanned, so this run can't be called clean.",
    Conclusion.ERROR: "An error ended the run, so nothing can be said.",
    Conclusion.NOTHING_TO_SCAN: "No extension was looked at, so nothing can be said.",
    Conclusion.INTERRUPTED: "The run was ended early, so this report is not complete.",
}
# How a finding stands to the policy, and the column of every table that says so.
_STANDINGS = ("counts", "posture", "waived", "known")
_LOST = Severity.HIGH - 0.5  # what has no verdict stands below what is known to be high
_LEAST_REACH = 25  # points of a score that half a chart stands for, so that charts compare
_PIECE = 32 * 1024  # characters in one write
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def write(report: Report, stream: IO[str]) -> None:
    """Write the report, one extension at a time, so that a large one needs no memory."""
    style, script = _part("html.css"), _part("html.js")
    items = _worst_first(report)
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
        findings=_tally(report),
        failures=_failures(items),
        number=len(items),
        left_out=len(report.assessments) + len(report.unreadable) - len(items),
        rows=(
            (_anchor(n), item, None if isinstance(item, Unreadable) else _look(item, rules))
            for n, item in enumerate(items)
        ),
        rules=_rules(report),
        unknown=RiskLevel.UNKNOWN,
    )
    for piece in _joined(pieces):
        stream.write(piece.encode("ascii", "xmlcharrefreplace").decode())


def _joined(pieces: Iterable[str]) -> Iterator[str]:
    """Put small pieces together: most are a tag, and one may be all of an extension."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > _PIECE:
            yield "".join(held)
            held, size = [], 0
    yield "".join(held)


def _headline(report: Report) -> str:
    missing = report.stats.total - report.stats.scanned
    if report.decision.outcome is Conclusion.CLEAN and missing:
        return f"Nothing is at or above the thresholds; {missing} without a verdict are accepted."
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


def _worst_first(report: Report) -> list[Assessment | Unreadable]:
    """Order what the table shows by what is worth a look; of equals, by id."""
    return sorted((*report.shown, *report.unreadable), key=_badness)


def _badness(item: Assessment | Unreadable) -> tuple[float, int, float, str]:
    if isinstance(item, Unreadable):
        return (-_LOST, 0, 0, item.id.key if item.id else item.name.lower())
    worst = max((h.finding.severity for h in item.held if _standing(h) == "counts"), default=-1.0)
    return (
        -max(worst, _LOST if item.failures else -1, Severity.HIGH if item.fails else -1),
        -item.risk,
        min((verdict.score for verdict, _ in item.verdicts), default=0),
        item.extension.id.key,
    )


def _fails(item: Assessment) -> list[str]:
    """Name the checks that fail it, or keep it from being judged, as a whole."""
    return [
        violation.check
        for violation in item.violations
        if violation.effect is not Effect.WARN and violation.check in item.checks
    ]


def _standing(held: EvaluatedFinding) -> str:
    if held.waiver is not None:
        return "waived"
    if held.known:
        return "known"
    return "posture" if held.finding.kind is Kind.POSTURE else "counts"


def _tally(report: Report) -> dict[str, Counter[Severity]]:
    """Count the findings of all extensions by standing and severity. Each is counted once."""
    tally: dict[str, Counter[Severity]] = {standing: Counter() for standing in _STANDINGS}
    for assessment in report.assessments:
        for held in assessment.held:
            tally[_standing(held)][held.finding.severity] += 1
    return tally


@dataclass(frozen=True, slots=True)
class _Failure:
    """One thing without a verdict; ``anchor`` leads to its row."""

    anchor: str
    item: Assessment | Unreadable
    failure: Failed | None
    waiver: Waiver | None


def _failures(
    items: Iterable[Assessment | Unreadable],
) -> dict[tuple[str, str], list[_Failure]]:
    """Group what failed by kind and detail: a service that is down is one fact, not ninety."""
    groups: dict[tuple[str, str], list[_Failure]] = {}
    for number, item in enumerate(items):
        anchor = _anchor(number)
        if isinstance(item, Unreadable):
            lost = _Failure(anchor, item, None, None)
            groups.setdefault(("unreadable", item.reason), []).append(lost)
            continue
        for failure in item.failures:
            lost = _Failure(anchor, item, failure, item.excused.get(f"{FAILURE}{failure.kind}"))
            groups.setdefault((failure.kind.value, failure.detail), []).append(lost)
    return groups


def _anchor(number: int) -> str:
    return f"e{number}"


@dataclass(frozen=True, slots=True)
class _Look:
    """What the table says of one extension, beyond what the assessment holds.

    ``found`` are the findings with their standings and rules, ``checks`` those of the
    policy with the waivers of the ones that are excused, ``facets`` what the filters of
    the page choose by.
    """

    verified: str
    mismatched: bool
    analysed_version: str
    score: float | None
    status: str
    analysed_at: str | None
    found: list[tuple[str, EvaluatedFinding, Rule | None]]
    tally: list[tuple[str, str]]
    checks: list[tuple[str, Waiver | None]]
    charts: list[tuple[Verdict, bool, "_Chart"]]
    facets: str


def _look(item: Assessment, rules: dict[str, Rule]) -> _Look:
    verdicts = item.verdicts
    told = {verdict.publisher_verified for verdict, _ in verdicts}
    found = [(_standing(held), held, rules.get(held.finding.rule)) for held in item.held]
    found.sort(key=lambda entry: (_STANDINGS.index(entry[0]), -entry[1].finding.severity))
    verified = "no" if False in told else "yes" if True in told else "unknown"
    status = "cached" if all(from_cache for _, from_cache in verdicts) else "fresh"
    status = "failed" if item.failures else status
    return _Look(
        verified=verified,
        mismatched=bool(mismatches_of(item)),
        analysed_version=", ".join(dict.fromkeys(v.analysed_version for v, _ in verdicts)),
        score=min((verdict.score for verdict, _ in verdicts), default=None),
        status=status,
        analysed_at=min((v.analysed_at for v, _ in verdicts if v.analysed_at), default=None),
        found=found,
        tally=[*(("s3", check.replace("-", " ")) for check in _fails(item)), *_described(found)],
        checks=[
            *(
                (_described_check(violation), None)
                for violation in item.violations
                if violation.check in item.checks
            ),
            *(
                (MEANINGS[what], waiver)
                for what, waiver in item.excused.items()
                if what in MEANINGS
            ),
        ],
        charts=[(verdict, cached, _chart(verdict)) for verdict, cached in verdicts],
        facets=" ".join(
            (f"v-{verified}", "lost" if item.failures else status, *_facets(item, found))
        ),
    )


def _described_check(violation: Violation) -> str:
    details = "; ".join(violation.details)
    return f"{MEANINGS.get(violation.check, 'it could not be judged')}: {details}"


def _described(
    found: Iterable[tuple[str, EvaluatedFinding, Rule | None]],
) -> Iterator[tuple[str, str]]:
    """Say what was found, shortly: what counts by severity, then the rest by standing.

    Each with the class of its severity, where that is what it says.
    """
    numbers = Counter((s, h.finding.severity if s == "counts" else None) for s, h, _ in found)
    for (standing, severity), number in numbers.items():
        if severity is None:
            yield "", f"{number} {standing}"
        else:
            yield f"s{severity:d}", f"{number} {severity.word}"


def _facets(
    item: Assessment, found: Iterable[tuple[str, EvaluatedFinding, Rule | None]]
) -> Iterator[str]:
    """Name what the filters may ask for. A risk level is also each lower one, down to low."""
    yield from (f"r{level}" for level in RiskLevel if RiskLevel.UNKNOWN < level <= item.risk)
    if item.risk is RiskLevel.UNKNOWN:
        yield "r0"
    kinds = {held.finding.kind for _, held, _ in found}
    yield from dict.fromkeys(standing for standing, _, _ in found)
    if not found and not item.failures:
        yield "none"  # only where somebody looked
    if item.fails:
        yield "counts"
    yield from (kind.value for kind in (Kind.VULNERABILITY, Kind.MALWARE) if kind in kinds)
    if item.excused:
        yield "waived"
    if item.checks:
        yield "checks"
    if mismatches_of(item):
        yield "differs"
    if any(verdict.gaps for verdict, _ in item.verdicts):
        yield "gaps"


@dataclass(frozen=True, slots=True)
class _Chart:
    """The modules of a verdict: level and points of each. Half a chart is ``reach`` wide."""

    rows: list[tuple[str, RiskLevel | None, float | None]]
    reach: float


def _chart(verdict: Verdict) -> _Chart:
    levels, points = dict(verdict.modules), dict(verdict.contributions)
    names = dict.fromkeys([*(name for name in points if name not in levels), *levels])
    rows = [(name, levels.get(name), points.get(name)) for name in names]
    # What is no module's is what the score starts from: a number, not a bar.
    sizes = (abs(points[name]) for name in levels if name in points)
    return _Chart(rows, max((_LEAST_REACH, *sizes)))


def _rules(report: Report) -> list[tuple[Rule, int]]:
    """List the rules that findings carry, and how many carry them."""
    numbers = Counter(held.finding.rule for a in report.assessments for held in a.held)
    return [(rule, numbers[rule.id]) for rule in report.rules if numbers[rule.id]]


def _specifier(package: Package) -> str:
    """Name a package as npm does."""
    return f"{package.name}@{package.version}" if package.version else package.name


def _parsed(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment(text: str | None) -> str:
    """Say a time for people."""
    moment = _parsed(text)
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "unknown"


def _age(text: str | None, now: datetime | None) -> str:
    """Say how long before the end of the run something was."""
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
