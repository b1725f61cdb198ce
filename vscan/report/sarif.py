"""SARIF 2.1.0, for the code scanning of GitHub and GitLab.

What makes two alerts the same (rule id, path, fingerprint) holds no version, no message and
no line, or every update would close every alert and open another. What a stranger wrote is
data: one printable line, without links and placeholders, in strings of a bounded length.

A result is a rule, in one severity, against one extension, however many findings and
installed versions that stands for.
"""

import hashlib
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import quote

from vscan import __version__
from vscan.model import Extension, Failed, FailureKind, Finding, Kind, Rule, Severity, Unreadable
from vscan.policy.model import FAILURE, Assessment, Conclusion, Waiver
from vscan.report.locations import place_of
from vscan.result import Report
from vscan.text import pluralize, sanitize

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
HOME = "https://pypi.org/project/vscan-ci/"

MAX_RESULTS = 25_000  # GitHub refuses a file with more
MAX_TEXT = 1_000  # GitLab drops a result with a string of more than 1,024 characters
_ALL_TEXT = 4_000_000  # of the messages together, so that no file gets near 10 MB, compressed
_FINDING = 300
_FINDINGS_IN_A_MESSAGE = 10
_VERSIONS_IN_A_MESSAGE = 3

_LEVELS = {
    Severity.INFO: "note",
    Severity.LOW: "note",
    Severity.MEDIUM: "warning",
    Severity.HIGH: "error",
    Severity.CRITICAL: "error",
}
# GitHub reads the severity of an alert from its rule, in these numbers. Info has none.
_SECURITY_SEVERITIES = {
    Severity.LOW: "2.0",
    Severity.MEDIUM: "5.5",
    Severity.HIGH: "8.0",
    Severity.CRITICAL: "9.5",
}
_PROBLEMS = {"note": "recommendation", "warning": "warning", "error": "error"}
# How often each kind is right decides GitHub's order.
_PRECISIONS = {
    Kind.MALWARE: "high",
    Kind.VULNERABILITY: "high",
    Kind.SECRET: "medium",
    Kind.POSTURE: "low",
    Kind.POLICY: "very-high",
}
_REASON, _WARNING, _LEFT_OUT, _NOT_JUDGED = "reason", "warning", "left-out", "not-judged"
_NOTICES = {
    FailureKind.NOT_LISTED: "The source does not know the extension.",
    FailureKind.RATE_LIMITED: "The source asked for longer pauses than the settings allow.",
    FailureKind.TIMEOUT: "There was no verdict in time.",
    FailureKind.NETWORK: "The source could not be reached.",
    FailureKind.BAD_RESPONSE: "The source's answer could not be used.",
    FailureKind.NOT_REMEMBERED: "The cache has no verdict that counts, and nobody was asked.",
    FailureKind.UNREADABLE: "Something that should be an extension could not be read.",
    FailureKind.INTERRUPTED: "The run ended before the extension's turn.",
    FailureKind.BUG: "A fault of vscan's own kept the extension from being scanned.",
    _NOT_JUDGED: "A part of an extension's analysis is missing, so it can't be judged.",
    _REASON: "Why the run ended as it did.",
    _WARNING: "Something odd about the run or its settings.",
    _LEFT_OUT: "There are more results than a file may hold.",
}
# Where text becomes a link: of SARIF or Markdown, or because it looks like an address.
_LINKS = re.compile(r"\](?=\()|:(?=//)|\bwww(?=\.)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Noted:
    """A finding, and since when it is only remembered: seconds since the epoch."""

    finding: Finding
    waiver: Waiver | None
    known: bool
    stored_at: int | None = None


@dataclass(frozen=True, slots=True)
class _Alert:
    """What becomes one result. ``extensions`` are the installed versions of one id."""

    extensions: tuple[Extension, ...]
    rule: str
    severity: Severity
    noted: tuple[_Noted, ...]

    @property
    def rule_id(self) -> str:
        return _rule_id(self.rule, self.severity)

    @property
    def waivers(self) -> tuple[Waiver, ...]:
        """The waivers, if there is one for every finding: what is waived in part is open."""
        waivers = [noted.waiver for noted in self.noted if noted.waiver is not None]
        return tuple(dict.fromkeys(waivers)) if len(waivers) == len(self.noted) else ()

    @property
    def stored_at(self) -> int | None:
        """The earliest time it was stored, if all of it is only remembered."""
        times = [noted.stored_at for noted in self.noted if noted.stored_at is not None]
        return min(times) if len(times) == len(self.noted) else None

    @property
    def rank(self) -> tuple[bool, Severity]:
        """How late it is left out where there are too many."""
        return not self.waivers, self.severity


@dataclass(frozen=True, slots=True)
class _Survey:
    """What must be known of all alerts before the first one is written."""

    numbers: Mapping[tuple[bool, Severity], int]
    rules: tuple[Rule, ...]
    compared: bool  # with a baseline

    @property
    def total(self) -> int:
        return sum(self.numbers.values())


def write(report: Report, stream: IO[str]) -> None:
    """Write the report, one result at a time, so that a large one needs no memory."""
    survey = _look_over(report)
    head = {"$schema": SCHEMA, "version": "2.1.0"}
    stream.write(f'{_dump(head)[:-1]}, "runs": [{{\n')
    for key, value in (
        ("tool", {"driver": _driver(survey.rules)}),
        ("automationDetails", {"id": "vscan/"}),
        ("columnKind", "unicodeCodePoints"),
        ("invocations", [_invocation(report, survey)]),
        ("properties", _properties(report)),
    ):
        stream.write(f"{_dump(key)}: {_dump(value)},\n")
    stream.write('"results": [')
    separator = "\n"
    for result in _results(report, survey):
        stream.write(f"{separator}{_dump(result)}")
        separator = ",\n"
    stream.write("]\n}]}\n")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def _look_over(report: Report) -> _Survey:
    numbers: Counter[tuple[bool, Severity]] = Counter()
    rules: dict[str, Rule] = {}
    for rule in report.rules:  # two sources may share one
        rules.setdefault(rule.id, rule)
    compared = False
    for alert in _alerts(report):
        numbers[alert.rank] += 1
        compared = compared or any(noted.known for noted in alert.noted)
        if alert.rule not in rules:
            rules[alert.rule] = _unknown(alert.rule, alert.noted[0].finding.kind)
    return _Survey(numbers, tuple(rules.values()), compared)


def _unknown(rule: str, kind: Kind) -> Rule:
    """Describe a rule that nobody describes: a cache may remember one that is no more."""
    return Rule(
        rule,
        kind,
        "A finding of a rule that this version has no description of",
        "What is remembered of the extension comes from another version of vscan.",
        "It mattered when it was found.",
        "Scan the extension again.",
    )


def _alerts(report: Report) -> Iterator[_Alert]:
    """Put together what is one alert: assessments come sorted by id, findings by source."""
    by_id = itertools.groupby(report.assessments, key=lambda a: a.extension.id.key)
    for _, assessments in by_id:
        installed = tuple(assessments)
        found: dict[tuple[str, Severity], dict[Finding, _Noted]] = {}
        for assessment in installed:
            for noted in _noted(assessment):
                same = found.setdefault((noted.finding.rule, noted.finding.severity), {})
                same.setdefault(noted.finding, noted)
        extensions = tuple(assessment.extension for assessment in installed)
        for (rule, severity), same in found.items():
            yield _Alert(extensions, rule, severity, tuple(same.values()))


def _noted(assessment: Assessment) -> Iterator[_Noted]:
    """List what is held against an extension, then what was, where that is all there is.

    A result that is missing closes its alert as fixed, and not being looked at fixes nothing.
    """
    for held in (*assessment.held, *assessment.last_known):
        yield _Noted(held.finding, held.waiver, held.known, held.stored_at)


def _results(report: Report, survey: _Survey) -> Iterator[dict[str, Any]]:
    """Make the results, in the order of the report, without the least severe of too many."""
    titles = {rule.id: rule.title for rule in survey.rules}
    rule_ids = [_rule_id(rule.id, severity) for rule in survey.rules for severity in Severity]
    indices = {rule_id: index for index, rule_id in enumerate(rule_ids)}
    room = {}
    left = MAX_RESULTS
    for rank in sorted(survey.numbers, reverse=True):
        room[rank] = min(survey.numbers[rank], left)
        left -= room[rank]
    limit = min(MAX_TEXT, _ALL_TEXT // max(1, min(survey.total, MAX_RESULTS)))
    for alert in _alerts(report):
        if room[alert.rank] == 0:
            continue
        room[alert.rank] -= 1
        result = {
            "ruleId": alert.rule_id,
            "ruleIndex": indices[alert.rule_id],
            "level": _LEVELS[alert.severity],
            "message": {"text": _message(alert, titles[alert.rule], limit)},
            "locations": [_location(alert, report.run.workspace)],
            "partialFingerprints": {"primaryLocationLineHash": _fingerprint(alert)},
            "properties": _facts(alert),
        }
        if alert.waivers:
            result["suppressions"] = _suppressions(alert.waivers)
        if survey.compared:
            # With anything new in it, it is new: who looks at new ones alone must see it.
            known = all(noted.known for noted in alert.noted)
            result["baselineState"] = "unchanged" if known else "new"
        yield result


def _message(alert: _Alert, title: str, limit: int) -> str:
    """Say what was found: our own words first, then the findings, as far as there is room."""
    extension = alert.extensions[0]
    versions = list(dict.fromkeys(e.version for e in alert.extensions if e.version))
    text = "" if alert.stored_at is None else f"(last known, from {_day(alert.stored_at)}) "
    text += f"{extension.id} {_some(versions, _VERSIONS_IN_A_MESSAGE)}".rstrip()
    text += f": {_inert(title)} ({alert.severity.word}, {pluralize(len(alert.noted), 'finding')}). "
    parts: list[str] = []
    room = limit - len(text) - len("; and 1000000 more.")
    for noted in alert.noted[:_FINDINGS_IN_A_MESSAGE]:
        part = _described(noted.finding)
        if parts and len(part) > room:
            break
        parts.append(part)
        room -= len(part) + len("; ")
    rest = len(alert.noted) - len(parts)
    text += "; ".join(parts) + (f"; and {rest} more." if rest else ".")
    return _cut(text, limit)


def _described(finding: Finding) -> str:
    text = finding.message
    if finding.file is not None:
        text += f" in {finding.file}" + ("" if finding.line is None else f" line {finding.line}")
    if finding.evidence is not None and finding.evidence not in finding.message:
        text += f" ({finding.evidence})"
    return _inert(text, _FINDING)


def _day(stored_at: int) -> str:
    return f"{datetime.fromtimestamp(stored_at, UTC):%Y-%m-%d}"


def _some(names: list[str], limit: int) -> str:
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")


def _inert(text: str, limit: int = MAX_TEXT) -> str:
    """Make text mean itself in a message, where braces are placeholders and brackets links.

    Braces are doubled, as SARIF has it. Links are broken by a space instead of escaped:
    not every reader knows the escape, and a broken link is one to none.
    """
    text = _LINKS.sub(r"\g<0> ", sanitize(text, limit))
    return text.replace("{", "{{").replace("}", "}}")


def _cut(text: str, limit: int = MAX_TEXT) -> str:
    """Shorten inert text, but not in the middle of a doubled brace."""
    if len(text) <= limit:
        return text
    text = text[: limit - 1]
    if text[-1] in "{}" and (len(text) - len(text.rstrip(text[-1]))) % 2:
        text = text[:-1]
    return f"{text}…"


def _location(alert: _Alert, workspace: str) -> dict[str, Any]:
    """Give the one place. A result without it would have GitHub refuse the whole file."""
    uri, line = _place(alert.extensions, workspace)
    region = {"startLine": line, "startColumn": 1, "endLine": line}
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}


def _place(extensions: tuple[Extension, ...], workspace: str) -> tuple[str, int]:
    """Find the place of an extension in all its versions: its URI, and the line."""
    origins = tuple(origin for extension in extensions for origin in extension.origins)
    for known in (origins, ()):
        path, line = place_of(replace(extensions[0], origins=known), workspace)
        uri = quote(path, errors="replace")
        if len(uri) <= MAX_TEXT:
            break
    return uri, max(1, line)


def _fingerprint(alert: _Alert) -> str:
    """Say what makes it the same alert in the next run: rule, severity, extension."""
    identity = f"{alert.rule_id}\n{alert.extensions[0].id.key}"
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def _facts(alert: _Alert) -> dict[str, Any]:
    extension = alert.extensions[0]
    return {
        "extension": str(extension.id),
        "kind": str(alert.noted[0].finding.kind),
        "severity": alert.severity.word,
        "findings": len(alert.noted),
        "stale": alert.stored_at is not None,
    }


def _suppressions(waivers: Iterable[Waiver]) -> list[dict[str, str]]:
    reasons = dict.fromkeys(sanitize(waiver.reason, MAX_TEXT) for waiver in waivers)
    return [{"kind": "external", "status": "accepted", "justification": r} for r in reasons]


def _driver(rules: Iterable[Rule]) -> dict[str, Any]:
    return {
        "name": "vscan",  # for good: alerts are kept by it
        "semanticVersion": __version__,
        "informationUri": HOME,
        "rules": [_rule(rule, severity) for rule in rules for severity in Severity],
        "notifications": [_notice(str(notice), text) for notice, text in _NOTICES.items()],
    }


def _notice(notice: str, text: str) -> dict[str, Any]:
    described = {key: {"text": text} for key in ("shortDescription", "fullDescription", "help")}
    return {"id": notice, **described}


def _rule_id(rule: str, severity: Severity) -> str:
    return f"{sanitize(rule, 200)}/{severity.word}"


def _rule(rule: Rule, severity: Severity) -> dict[str, Any]:
    """Describe a rule in one severity. All text is ours, so its Markdown may be Markdown."""
    level = _LEVELS[severity]
    texts = [sanitize(text, 280) for text in (rule.meaning, rule.why, rule.help)]
    titles = ("What it means", "Why it matters", "What to do")
    properties: dict[str, Any] = {
        "tags": ["security", "vscode-extension", str(rule.kind)],
        "precision": _PRECISIONS[rule.kind],
        "problem.severity": _PROBLEMS[level],
    }
    if severity in _SECURITY_SEVERITIES:
        properties["security-severity"] = _SECURITY_SEVERITIES[severity]
    rule_id = _rule_id(rule.id, severity)
    return {
        "id": rule_id,
        "name": "".join(word.capitalize() for word in re.split(r"\W+", rule_id)),
        "shortDescription": {"text": _inert(f"{rule.title} ({severity.word})", 250)},
        "fullDescription": {"text": _cut(_inert(" ".join(texts[:2])))},
        "help": {
            "text": _cut(_inert(" ".join(texts))),
            "markdown": " ".join(
                f"**{title}:** {text}" for title, text in zip(titles, texts, strict=True)
            ),
        },
        "helpUri": HOME,
        "defaultConfiguration": {"level": level},
        "properties": properties,
    }


def _invocation(report: Report, survey: _Survey) -> dict[str, Any]:
    decision, run = report.decision, report.run
    # Nothing to scan, and so no result, would close every alert.
    broken = decision.outcome in {
        Conclusion.ERROR,
        Conclusion.INTERRUPTED,
        Conclusion.NOTHING_TO_SCAN,
    }
    invocation = {
        # GitHub refuses the file of a run that was none. Where what was last known stands
        # for what could not be scanned, no alert would close by mistake, so it may have it.
        "executionSuccessful": not broken and not (decision.incomplete and _without(report)),
        "exitCode": int(decision.exit_code),
        "exitCodeDescription": str(decision.outcome),
        "startTimeUtc": run.started_at,
        "endTimeUtc": run.finished_at,
        "toolExecutionNotifications": list(_notifications(report, survey)),
    }
    return {key: value for key, value in invocation.items() if value != ""}


def _notifications(report: Report, survey: _Survey) -> Iterator[dict[str, Any]]:
    for assessment in report.assessments:
        yield from (_failed(assessment, failure) for failure in assessment.failures)
        yield from (
            _notification(_NOT_JUDGED, "error", f"{_name(assessment)}: {detail}")
            for violation in assessment.incomplete
            if not violation.check.startswith(FAILURE)
            for detail in violation.details
        )
    for item in report.unreadable:
        yield _failed_to_read(item)
    if survey.total > MAX_RESULTS:
        rest = survey.total - MAX_RESULTS
        text = f"{pluralize(rest, 'result')}, the least severe, are left out: {MAX_RESULTS} fit."
        yield _notification(_LEFT_OUT, "warning", text)
    for warning in report.run.warnings:
        yield _notification(_WARNING, "warning", warning)
    for reason in report.decision.reasons:
        level = "warning" if reason.startswith("Warning:") else "note"
        yield _notification(_REASON, level, reason)


def _failed(assessment: Assessment, failure: Failed) -> dict[str, Any]:
    waiver = assessment.excused.get(f"{FAILURE}{failure.kind}")
    text = f"{_name(assessment)} could not be scanned by {failure.task.provider}: {failure.detail}"
    if waiver is not None:
        text = f"{sanitize(text, 600)} (accepted: {waiver.reason})"
    return _notification(failure.kind, "error" if waiver is None else "note", text)


def _name(assessment: Assessment) -> str:
    return f"{assessment.extension.id} {assessment.extension.version or ''}".rstrip()


def _failed_to_read(item: Unreadable) -> dict[str, Any]:
    name = f"{item.id} ({item.name})" if item.id else item.name
    return _notification(
        FailureKind.UNREADABLE, "error", f"{name} could not be read: {item.reason}"
    )


def _notification(notice: str, level: str, text: str) -> dict[str, Any]:
    descriptor = {"id": str(notice)}
    return {"descriptor": descriptor, "level": level, "message": {"text": _cut(_inert(text))}}


def _properties(report: Report) -> dict[str, Any]:
    """Say how the run ended, in the words and with the counts of the JSON report."""
    stats = report.stats
    return {
        "outcome": str(report.decision.outcome),
        "run_id": report.run.id,
        "total": stats.total,
        "scanned": stats.scanned,
        "cached": stats.cached,
        "fresh": stats.fresh,
        "failed": stats.failed,
        "unreadable": stats.unreadable,
        "with_gaps": stats.with_gaps,
        "with_findings": stats.with_findings,
        "findings_by_severity": {s.word: number for s, number in stats.findings_by_severity},
        "findings_waived": stats.waived,
        "findings_known": stats.known,
        "without_last_known": _without(report),
    }


def _without(report: Report) -> int:
    """Count what the file lacks and an earlier one may have had: its alerts would close."""
    lost = sum(len(a.stale) < len(a.failures) for a in report.assessments)
    return lost + report.stats.unreadable
