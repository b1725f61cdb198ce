"""The rows of the HTML report: which extensions have one, and what is in it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from vscan.model import (
    Extension,
    Kind,
    Origin,
    RiskLevel,
    Rule,
    Unreadable,
    Verdict,
)
from vscan.policy.checks import MEANINGS
from vscan.policy.model import (
    GAP_CHECK_ID,
    Assessment,
    Effect,
    EvaluatedFinding,
    Violation,
    Waiver,
)
from vscan.report.html.charts import ScoreChart, score_chart
from vscan.report.view import (
    MissingVerdict,
    Standing,
    active_findings,
    blocking_violations,
    described_machines,
    is_cached,
    known_risk,
    missing_providers,
    missing_verdicts,
    standing_of,
    tally,
)
from vscan.report_model import Report

# The class of a finding, and the value of the filter, for each standing.
STANDING_CLASSES = {
    Standing.ACTIVE: "counts",
    Standing.POSTURE: "posture",
    Standing.SUPPRESSED: "suppressed",
    Standing.IN_BASELINE: "known",
}
_CHECK_WORDS = {GAP_CHECK_ID: "parts missing"}
MOST_ROWS = 2000  # beyond so many extensions only those with something to tell have a row
_PUBLISHERS = 1000  # in the table of what has no row
_ID = re.compile(r"[\w-]+(?:\.[\w-]+)+", re.ASCII)


class ReportContext:
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


def split_by_events(
    items: Sequence[Assessment | Unreadable],
) -> tuple[list[Assessment | Unreadable], list[Assessment]]:
    """Separate what has a row; in a large report the uneventful extensions have none."""
    if len(items) <= MOST_ROWS:
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


class PublisherCount(Struct):
    """A count of extensions of one publisher that have no row."""

    name: str
    extensions: int = 0
    posture: int = 0
    risk: RiskLevel = RiskLevel.UNKNOWN


def count_by_publisher(items: Sequence[Assessment]) -> tuple[list[PublisherCount], int]:
    """Count extensions by publisher, the most first; then how many publishers are left out."""
    found: dict[str, PublisherCount] = {}
    for item in items:
        name = item.extension.id.publisher
        publisher = found.setdefault(name.lower(), PublisherCount(name))
        publisher.extensions += 1
        publisher.posture += len(item.findings)
        publisher.risk = max(publisher.risk, known_risk(item))
    ordered = sorted(found.values(), key=lambda each: (-each.extensions, each.name.lower()))
    return ordered[:_PUBLISHERS], max(0, len(ordered) - _PUBLISHERS)


class Row(Struct, frozen=True):
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
    charts: list[tuple[Verdict, bool, "ScoreChart"]]
    parents: list[str]
    named_at: Origin | None
    machines: str
    facets: str


def row_of(item: Assessment, context: ReportContext) -> Row:
    """Make the row of an extension."""
    verdicts = item.verdicts
    answers = {verdict.publisher_verified for verdict, _ in verdicts}
    verified = "no" if False in answers else "yes" if True in answers else "unknown"
    status = "failed" if item.failures else "cached" if is_cached(item) else "fresh"
    risk = known_risk(item)
    findings = [
        (name, each, context.rules.get(each.finding.rule))
        for standing, name in STANDING_CLASSES.items()
        for each in sorted(item.findings, key=lambda each: -each.finding.severity)
        if standing_of(each) is standing
    ]
    return Row(
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
        charts=[(verdict, cached, score_chart(verdict)) for verdict, cached in verdicts],
        parents=context.parents(item.extension),
        named_at=next((o for o in item.extension.origins if o.line is not None), None),
        machines=described_machines(item.extension),
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
    for standing, name in STANDING_CLASSES.items():
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


def repeats_title(evaluated: EvaluatedFinding, rule: Rule | None) -> bool:
    """Whether a message says no more than severity and title: ``high risk in obfuscated code``."""
    finding = evaluated.finding
    start = f"{finding.severity.word} risk in "
    subject = finding.message.removeprefix(start)
    return rule is not None and subject != finding.message and rule.title.endswith(subject)
