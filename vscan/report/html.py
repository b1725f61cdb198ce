"""The HTML report: one file for a reviewer, which loads nothing and sends nothing.

Its content security policy allows the script and the style by their hashes, so the browser
executes no text of an extension even if escaping failed. The template escapes each text, and the
output is ASCII, which each stream, server and editor reads the same way.
"""

import base64
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from typing import IO

from jinja2 import Environment, PackageLoader, StrictUndefined
from msgspec import Struct

from vscan import __version__
from vscan.model import (
    Extension,
    Kind,
    Origin,
    Package,
    RiskLevel,
    Rule,
    Severity,
    Unreadable,
    Verdict,
)
from vscan.policy.checks import MEANINGS
from vscan.policy.model import (
    GAP_CHECK_ID,
    Assessment,
    Conclusion,
    Effect,
    EvaluatedFinding,
    Violation,
    Waiver,
)
from vscan.report.view import (
    MissingVerdict,
    Standing,
    active_findings,
    blocking_violations,
    extensions_by_risk,
    group_missing_verdicts,
    is_cached,
    known_risk,
    missing_providers,
    missing_verdicts,
    result_word,
    run_errors,
    standing_of,
    tally,
    used_rules,
    worst_first,
)
from vscan.report_model import Report
from vscan.safe_text import join_first, pluralize, sanitize

_HEADLINES = {
    Conclusion.INCOMPLETE: "Not everything could be scanned, so this run can't be called clean.",
    Conclusion.ERROR: "An error ended the run, so nothing can be said.",
    Conclusion.NOTHING_TO_SCAN: "No extension was looked at, so nothing can be said.",
    Conclusion.INTERRUPTED: "The run was ended early, so this report is not complete.",
}
# Advice where there is no extension to list.
_ADVICE = {
    Conclusion.NOTHING_TO_SCAN: (
        ("A repository and all that it names:", "vscan scan ."),
        ("A directory of installed extensions:", "vscan scan ~/.vscode/extensions"),
        ("One extension by its id:", "vscan scan publisher.name"),
        ("What a scan would read, without a request:", "vscan scan . --dry-run"),
    ),
    Conclusion.ERROR: (("The same command, and what it does on the way:", "--log-level debug"),),
    Conclusion.INTERRUPTED: (
        ("The same command again: what was answered is in the cache.", "vscan scan"),
    ),
}
_INTEGRITY = {
    "signed": "signed with the key that was given: its owner signed these bytes",
    "signed-unpinned": (
        "signed with the key that the registry sends: whoever controls the registry could send"
        " another key"
    ),
    "digest": (
        "the published digest matches: nothing changed the archive on its way, which proves"
        " nothing about the registry itself"
    ),
    "none": "not checked: the registry publishes nothing to check the archive against",
}
# The class of a finding, and the value of the filter, for each standing.
_CLASSES = {
    Standing.ACTIVE: "counts",
    Standing.POSTURE: "posture",
    Standing.SUPPRESSED: "suppressed",
    Standing.IN_BASELINE: "known",
}
_STANDING_WORDS = {
    Standing.POSTURE: "posture",
    Standing.SUPPRESSED: "suppressed",
    Standing.IN_BASELINE: "known from the baseline",
}
_RISKS = (*sorted(set(RiskLevel) - {RiskLevel.UNKNOWN}, reverse=True), RiskLevel.UNKNOWN)
_CHECK_WORDS = {GAP_CHECK_ID: "parts missing"}
_ALL_ROWS = 2000  # beyond so many extensions only those with something to tell have a row
_DETAILS_UNTIL = 4_500_000  # characters; rows after these have no details, if not all have a row
_PUBLISHERS = 1000  # in the table of what has no row
_REASONS = 4  # that are not folded
_REASON = 200  # characters of one; a longer one is folded, and its start is shown
_LEAST_SHARE = 1.5  # percent of a bar that its smallest part has, so that it can be seen
_ID = re.compile(r"[\w-]+(?:\.[\w-]+)+", re.ASCII)
_MARKED = re.compile(r"`([^`]+)`")
_LEAST_REACH = 25  # points of a score that half a chart shows at least, so that charts compare
_BUFFER = 32 * 1024  # characters in one write
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def write(report: Report, stream: IO[str]) -> None:
    """Write the report, one extension at a time, so that a large one needs little memory."""
    style, script = _part("html.css"), _part("html.js")
    listed = worst_first(report)
    items, others = _with_a_row(listed)
    context = _Context(report, items)
    written = _Counted(stream)
    complete = len(listed) <= _ALL_ROWS
    brief: list[str] = []  # anchors of the rows without details, known after the last row

    def rows() -> Iterator[tuple[str, Assessment | Unreadable, _Row | None, bool]]:
        for item in items:
            anchor = context.anchor_of(item)
            row = None if isinstance(item, Unreadable) else _row(item, context)
            detailed = complete or row is None or written.size < _DETAILS_UNTIL
            if not detailed:
                brief.append(anchor)
            yield anchor, item, row, detailed

    template = _environment(report, context).get_template("html.jinja")
    counts = tally(report.assessments)
    pieces = template.generate(
        report=report,
        version=__version__,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        word=result_word(report),
        headline=_headline(report),
        reasons=_reasons(report),
        bars=_bars(report, counts),
        severities=[
            s for s in sorted(Severity, reverse=True) if any(c[s] for c in counts.values())
        ],
        standings={
            standing: (_CLASSES[standing], label)
            for standing, label in (
                (Standing.ACTIVE, "Count for the policy"),
                (Standing.POSTURE, "Posture"),
                (Standing.SUPPRESSED, "Suppressed"),
                (Standing.IN_BASELINE, "Known from the baseline"),
            )
            if counts[standing].total()
        },
        findings=counts,
        # Two lookups of one extension may fail for one reason.
        failures=[
            (*cause, entries, len({id(entry.item) for entry in entries}))
            for cause, entries in group_missing_verdicts(listed).items()
        ],
        anchor_of=context.anchor_of,
        number=len(items),
        complete=complete,
        left_out=len(report.assessments) + len(report.unreadable) - len(listed),
        others=_by_publisher(others),
        others_number=len(others),
        rows=rows(),
        brief=brief,
        rules=used_rules(report),
        advice=_ADVICE.get(report.decision.outcome, ()),
        integrity=_INTEGRITY,
        unknown=RiskLevel.UNKNOWN,
    )
    for piece in _joined(pieces):
        written.write(piece.encode("ascii", "xmlcharrefreplace").decode())


class _Counted:
    """A stream that counts the characters that were written to it."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.size = 0

    def write(self, text: str) -> None:
        self._stream.write(text)
        self.size += len(text)


class _Context:
    """What a row needs of the rest of the report: rules, anchors, and who brings an extension in.

    Only what has a row has an anchor.
    """

    def __init__(self, report: Report, items: Sequence[Assessment | Unreadable]) -> None:
        self.rules = {rule.id: rule for rule in report.rules}
        self._anchors = {id(item): f"e{number}" for number, item in enumerate(items)}
        self._by_key: dict[str, str] = {}
        for item in items:
            identity = item.id if isinstance(item, Unreadable) else item.extension.id
            if identity is not None:
                self._by_key.setdefault(identity.key, self._anchors[id(item)])
        self._scanned = {item.extension.id.key for item in report.assessments}
        self._parents: defaultdict[str, list[str]] = defaultdict(list)
        for each in report.assessments:
            for member in each.extension.members:
                self._parents[member].append(str(each.extension.id))

    def anchor_of(self, item: Assessment | Unreadable) -> str:
        """Give the anchor of a row; empty if there is no row."""
        return self._anchors.get(id(item), "")

    def linked(self, text: str) -> Iterator[tuple[str, str]]:
        """Split a text at ids; each piece comes with the anchor of its row, or an empty text."""
        end = 0
        for match in _ID.finditer(text):
            if anchor := self._by_key.get(match[0].lower()):
                yield text[end : match.start()], ""
                yield match[0], anchor
                end = match.end()
        yield text[end:], ""

    def is_judged(self, key: str) -> bool:
        """Whether the report judges an extension."""
        return key in self._scanned

    def parents(self, extension: Extension) -> list[str]:
        """List the extensions that install this one, or need it."""
        return self._parents.get(extension.id.key, [])


def _with_a_row(
    items: Sequence[Assessment | Unreadable],
) -> tuple[list[Assessment | Unreadable], list[Assessment]]:
    """Separate what has a row; in a large report the uneventful extensions have none."""
    if len(items) <= _ALL_ROWS:
        return list(items), []
    rows: list[Assessment | Unreadable] = []
    others: list[Assessment] = []
    for item in items:
        if isinstance(item, Unreadable) or _is_eventful(item):
            rows.append(item)
        else:
            others.append(item)
    return rows, others


def _is_eventful(item: Assessment) -> bool:
    """Whether an extension has a failure, a violation, or a finding apart from posture."""
    return bool(
        item.failures
        or item.violations
        or item.suppressed_checks
        or item.version_mismatches
        or any(standing_of(each) is not Standing.POSTURE for each in item.findings)
    )


class _Publisher(Struct):
    """A count of extensions of one publisher that have no row."""

    name: str
    extensions: int = 0
    posture: int = 0
    risk: RiskLevel = RiskLevel.UNKNOWN


def _by_publisher(items: Sequence[Assessment]) -> tuple[list[_Publisher], int]:
    """Count extensions by publisher, the most first; then how many publishers are left out."""
    found: dict[str, _Publisher] = {}
    for item in items:
        name = item.extension.id.publisher
        publisher = found.setdefault(name.lower(), _Publisher(name))
        publisher.extensions += 1
        publisher.posture += len(item.findings)
        publisher.risk = max(publisher.risk, known_risk(item))
    ordered = sorted(found.values(), key=lambda each: (-each.extensions, each.name.lower()))
    return ordered[:_PUBLISHERS], max(0, len(ordered) - _PUBLISHERS)


class _Reasons(Struct, frozen=True):
    """The reasons of the decision, those that decide it apart from ``notes`` on the rest."""

    deciding: list[str]
    notes: list[str]
    summary: str


def _reasons(report: Report) -> _Reasons:
    decision = report.decision
    texts = [text for text in decision.reasons if text not in decision.informational]
    warnings = [text for text in texts if text.startswith("Warning: ")]
    deciding = [text for text in texts if text not in warnings]
    first, more = deciding[:_REASONS], deciding[_REASONS:]
    long = [text for text in first if len(text) > _REASON]
    counts = (
        ("reason in full", "reasons in full", long),
        ("more reason", "more reasons", more),
        ("warning", "warnings", warnings),
        ("note", "notes", decision.informational),
    )
    return _Reasons(
        deciding=[f"{t[:_REASON].rpartition(' ')[0]} …" if t in long else t for t in first],
        notes=[*long, *more, *warnings, *decision.informational],
        summary=", ".join(
            f"{len(some)} {one if len(some) == 1 else many}" for one, many, some in counts if some
        ),
    )


class _Part(Struct, frozen=True):
    """A part of a bar: where it begins and how wide it is, in percent, and what it counts."""

    name: str
    number: int
    word: str
    start: float
    width: float


class _Bar(Struct, frozen=True):
    """A chart of one line. ``rest`` says what it does not count."""

    title: str
    parts: list[_Part]
    rest: str = ""


def _bars(report: Report, counts: Mapping[Standing, Counter[Severity]]) -> list[_Bar]:
    """Chart the whole: extensions by risk, and findings that count by severity."""
    if not report.stats.total:
        return []
    risks = extensions_by_risk(report)
    active = counts[Standing.ACTIVE]
    rest = [
        f"{counts[standing].total()} {word}"
        for standing, word in _STANDING_WORDS.items()
        if counts[standing]
    ]
    return [
        _Bar(
            "Extensions by worst risk",
            _parts([(f"l{level:d}", risks[level], level.word) for level in _RISKS]),
        ),
        _Bar(
            "Findings by severity",
            _parts([(f"f{s:d}", active[s], s.word) for s in sorted(Severity, reverse=True)]),
            f"not counted here: {', '.join(rest)}" if rest else "",
        ),
    ]


def _parts(counts: Sequence[tuple[str, int, str]]) -> list[_Part]:
    """Place the parts of a bar that are not empty, each with a width that can be seen."""
    present = [(name, number, word) for name, number, word in counts if number]
    total = sum(number for _, number, _ in present)
    widths = [max(_LEAST_SHARE, 100 * number / total) for _, number, _ in present]
    scale = 100 / sum(widths) if widths else 1
    parts: list[_Part] = []
    start = 0.0
    for (name, number, word), width in zip(present, widths, strict=True):
        parts.append(_Part(name, number, word, round(start, 2), round(width * scale, 2)))
        start += width * scale
    return parts


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
    stats, outcome = report.stats, report.decision.outcome
    if outcome is Conclusion.FINDINGS:
        errors = run_errors(report)
        verb = "fails" if errors.failing == 1 else "fail"
        text = f"{errors.failing} of {pluralize(stats.total, 'extension')} {verb} the policy."
        if errors.incomplete:
            text += f" {errors.incomplete} more could not be judged."
        return text
    if outcome is not Conclusion.CLEAN:
        return _HEADLINES[outcome]
    left = list(_left_over(report))
    if not left:
        return "Everything was scanned, and nothing was found."
    return f"Nothing fails the policy. It leaves {join_first(left, len(left))}."


def _left_over(report: Report) -> Iterator[str]:
    """Name what a run that passed does not judge, or accepts."""
    stats, counts = report.stats, tally(report.assessments)
    if number := counts[Standing.ACTIVE].total():
        yield f"{pluralize(number, 'finding')} below its thresholds"
    if number := counts[Standing.POSTURE].total():
        yield f"{pluralize(number, 'finding')} of posture"
    if stats.suppressed:
        yield f"{pluralize(stats.suppressed, 'finding')} suppressed"
    if stats.in_baseline:
        yield f"{pluralize(stats.in_baseline, 'finding')} known from the baseline"
    if stats.with_gaps:
        yield f"{pluralize(stats.with_gaps, 'extension')} with parts missing"
    if missing := stats.failed + stats.unreadable:
        yield f"{pluralize(missing, 'extension')} without a complete verdict, which is accepted"


def _part(name: str) -> str:
    return resources.files("vscan.report").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _environment(report: Report, context: _Context) -> Environment:
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
        "linked": context.linked,
        "plain": _plain,
        "place": _place,
        "moment": _moment,
        "sanitize": sanitize,
        "specifier": _specifier,
    }
    environment.tests["repeating"] = _repeats_title
    environment.tests["judged"] = context.is_judged
    environment.tests["https"] = lambda url: isinstance(url, str) and url.startswith("https://")
    return environment


class _Row(Struct, frozen=True):
    """The cells of one extension, beyond what the assessment has.

    ``findings`` come with the class of their standing and with their rules, ``checks`` with the
    waivers that suppress them. ``facets`` are the values by which the page filters. ``differing``
    are the analysed versions that are not the installed one.
    """

    verified: str
    differing: str
    risk: RiskLevel
    score: float | None
    half: str
    cause: str
    status: str
    analysed_at: str | None
    missing: list[MissingVerdict]
    findings: list[tuple[str, EvaluatedFinding, Rule | None]]
    tally: list[tuple[str, str]]
    checks: list[tuple[str, Waiver | None]]
    charts: list[tuple[Verdict, bool, "_Chart"]]
    parents: list[str]
    named_at: Origin | None
    facets: str


def _row(item: Assessment, context: _Context) -> _Row:
    verdicts = item.verdicts
    answers = {verdict.publisher_verified for verdict, _ in verdicts}
    verified = "no" if False in answers else "yes" if True in answers else "unknown"
    status = "failed" if item.failures else "cached" if is_cached(item) else "fresh"
    risk = known_risk(item)
    findings = [
        (name, each, context.rules.get(each.finding.rule))
        for standing, name in _CLASSES.items()
        for each in sorted(item.findings, key=lambda each: -each.finding.severity)
        if standing_of(each) is standing
    ]
    return _Row(
        verified=verified,
        differing=", ".join(sorted(version for _, version in item.version_mismatches)),
        risk=risk,
        # A score of what was not examined would look like an answer.
        score=None if risk is RiskLevel.UNKNOWN else item.score,
        half=missing_providers(item),
        cause=_cause(item),
        status=status,
        analysed_at=min((v.analysed_at for v, _ in verdicts if v.analysed_at), default=None),
        missing=list(missing_verdicts(item)),
        findings=findings,
        tally=list(_tally(item)),
        checks=list(_checks(item)),
        charts=[(verdict, cached, _chart(verdict)) for verdict, cached in verdicts],
        parents=context.parents(item.extension),
        named_at=next((o for o in item.extension.origins if o.line is not None), None),
        facets=" ".join(
            (f"v-{verified}", "lost" if item.failures else status, *_facets(item, findings))
        ),
    )


def _cause(item: Assessment) -> str:
    """Describe the worst fact for which an extension fails the run or has no verdict."""
    failing = item.failing_violations
    findings = [each for violation in failing for each in violation.findings]
    if findings or (item.fails and (findings := [e.finding for e in active_findings(item)])):
        worst = max(findings, key=lambda each: each.severity)
        return f"{worst.message} ({worst.place})" if worst.place else worst.message
    for violation in (*failing, *item.incomplete_violations):
        if violation.details:
            return violation.details[0]
    return ""


def _tally(item: Assessment) -> Iterator[tuple[str, str]]:
    """Name the blocking checks, then count findings: active ones by severity, others by standing.

    The first of each pair is the class of the text, if it has one.
    """
    for violation in blocking_violations(item):
        word = _CHECK_WORDS.get(violation.check, violation.check.replace("-", " "))
        yield "s3" if violation.effect is Effect.FAIL else "alert", word
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
    risk = known_risk(item)
    yield from (f"r{level}" for level in RiskLevel if RiskLevel.UNKNOWN < level <= risk)
    if risk is RiskLevel.UNKNOWN:
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
    """The modules of a verdict, each with level and points. Half a chart is ``reach`` wide.

    ``quiet`` are the names of those with a low level and without points: they get no line.
    """

    rows: list[tuple[str, RiskLevel | None, float | None]]
    quiet: list[str]
    reach: float


def _chart(verdict: Verdict) -> _Chart:
    levels, points = dict(verdict.modules), dict(verdict.contributions)
    names = dict.fromkeys([*(name for name in points if name not in levels), *levels])
    quiet = [n for n in levels if levels[n] is RiskLevel.LOW and not points.get(n)]
    rows = [(name, levels.get(name), points.get(name)) for name in names if name not in quiet]
    # Points without a module are the start of the score: they get a number, but no bar.
    sizes = (abs(points[name]) for name in levels if name in points)
    return _Chart(rows, quiet, max((_LEAST_REACH, *sizes)))


def _repeats_title(evaluated: EvaluatedFinding, rule: Rule | None) -> bool:
    """Whether a message says no more than severity and title: ``high risk in obfuscated code``."""
    finding = evaluated.finding
    start = f"{finding.severity.word} risk in "
    subject = finding.message.removeprefix(start)
    return rule is not None and subject != finding.message and rule.title.endswith(subject)


def _place(origin: Origin) -> str:
    """Give path and line of a place."""
    path = sanitize(origin.uri)
    return f"{path}:{origin.line}" if origin.line is not None else path


def _plain(text: str) -> str:
    """Write a text without the backticks that mark code: several words get quotation marks."""
    return _MARKED.sub(lambda m: f"\u201c{m[1]}\u201d" if " " in m[1] else m[1], text)


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
