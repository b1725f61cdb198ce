"""The results of a SARIF file, one for each alert.

Rule id, path and fingerprint identify an alert. They contain no version, message or line, because
otherwise each update of an extension would close all its alerts and open others.
"""

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from vscan.model import Extension, Finding, Severity
from vscan.policy.model import Waiver
from vscan.report.alert_locations import Location, location_of, named_locations
from vscan.report.sarif.alert_grouping import Alert, AlertSummary, alerts_of
from vscan.report.sarif.escaping import MAX_TEXT, cut, inert
from vscan.report.sarif.rules import LEVELS, rule_id_of
from vscan.report_model import Report
from vscan.safe_text import join_first, pluralize, sanitize

MAX_RESULTS = 25_000  # GitHub refuses a file with more
_ALL_TEXT = 4_000_000  # of all messages together, so that a compressed file stays below 10 MB
_FINDING = 300
_PLACES = 1000  # of one alert
_FINDINGS_IN_A_MESSAGE = 10
_VERSIONS_IN_A_MESSAGE = 3


def results_of(report: Report, summary: AlertSummary) -> Iterator[dict[str, Any]]:
    """Make the results in the order of the report, without the least severe beyond the limit."""
    titles = {rule.id: rule.title for rule in summary.rules}
    rule_ids = [rule_id_of(rule.id, severity) for rule in summary.rules for severity in Severity]
    indices = {rule_id: index for index, rule_id in enumerate(rule_ids)}
    remaining = {}
    left = MAX_RESULTS
    for rank in sorted(summary.counts, reverse=True):
        remaining[rank] = min(summary.counts[rank], left)
        left -= remaining[rank]
    spare = left  # for further places of an alert, and for places that name nothing
    limit = min(MAX_TEXT, _ALL_TEXT // max(1, min(summary.total, MAX_RESULTS)))
    for alert in alerts_of(report):
        if remaining[alert.rank] == 0:
            continue
        remaining[alert.rank] -= 1
        result = {
            "ruleId": alert.rule_id,
            "ruleIndex": indices[alert.rule_id],
            "level": LEVELS[alert.severity],
            "message": {"text": _message(alert, titles[alert.rule], limit)},
            "properties": _facts(alert),
        }
        if alert.waivers:
            result["suppressions"] = _suppressions(alert.waivers)
        if summary.has_baseline:
            # One new finding makes the alert new, so that a view of new alerts shows it.
            unchanged = all(each.in_baseline for each in alert.findings)
            result["baselineState"] = "unchanged" if unchanged else "new"
        places = list(_places(alert, report.run.workspace))
        shown = places[: 1 + spare]
        spare -= len(shown) - 1
        for location, identity in shown:
            fingerprints = {"primaryLocationLineHash": _fingerprint(alert, identity)}
            yield result | {"locations": [location], "partialFingerprints": fingerprints}
    yield from itertools.islice(_place_results(report, indices), spare)


def _message(alert: Alert, title: str, limit: int) -> str:
    """Name the extension and the rule, then as many findings as the limit allows."""
    extension = alert.extensions[0]
    versions = list(dict.fromkeys(e.version for e in alert.extensions if e.version))
    text = "" if alert.stored_at is None else f"(last known, from {_day(alert.stored_at)}) "
    text += f"{extension.id} {join_first(versions, _VERSIONS_IN_A_MESSAGE)}".rstrip()
    text += (
        f": {inert(title)} ({alert.severity.word}, {pluralize(len(alert.findings), 'finding')}). "
    )
    parts: list[str] = []
    left = limit - len(text) - len("; and 1000000 more.")
    for evaluated in alert.findings[:_FINDINGS_IN_A_MESSAGE]:
        part = _described(evaluated.finding)
        if parts and len(part) > left:
            break
        parts.append(part)
        left -= len(part) + len("; ")
    rest = len(alert.findings) - len(parts)
    text += "; ".join(parts) + (f"; and {rest} more." if rest else ".")
    return cut(text, limit)


def _described(finding: Finding) -> str:
    text = finding.message
    if finding.file is not None:
        text += f" in {finding.file}" + ("" if finding.line is None else f" line {finding.line}")
    if finding.evidence is not None and finding.evidence not in finding.message:
        text += f" ({finding.evidence})"
    return inert(text, _FINDING)


def _day(stored_at: int) -> str:
    return f"{datetime.fromtimestamp(stored_at, UTC):%Y-%m-%d}"


def _places(alert: Alert, workspace: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Give each location of an alert, and what tells it from the others of the same file.

    An extension that files name is reported at each of them, up to a bound. GitHub refuses a whole
    file if one result has no location.
    """
    origins = [origin for extension in alert.extensions for origin in extension.origins]
    named = [each for each in named_locations(origins, workspace) if len(_uri(each)) <= MAX_TEXT]
    if not named:
        uri, line = _uri_and_line(alert.extensions, workspace)
        yield _physical(uri, Location("", line)), ""
        return
    numbers: Counter[str] = Counter()
    for place in named[:_PLACES]:
        number = numbers[place.path]
        numbers[place.path] += 1
        yield _physical(_uri(place), place), f"{place.path}\n{number}"


def _uri(place: Location) -> str:
    return quote(place.path, errors="replace")


def _physical(uri: str, place: Location) -> dict[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column, "endLine": place.line}
    if place.length:
        region["endColumn"] = place.column + place.length
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}


def _place_results(report: Report, indices: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """Make the results of places that name no extension, each with a location of its own."""
    numbers: Counter[str] = Counter()
    for item in report.place_findings:
        places = named_locations([item.origin], report.run.workspace)
        rule_id = rule_id_of(item.rule, Severity.INFO)
        if not places or len(_uri(places[0])) > MAX_TEXT or rule_id not in indices:
            continue
        identity = f"{rule_id}\n{places[0].path}"
        number = numbers[identity]
        numbers[identity] += 1
        fingerprint = hashlib.sha256(
            f"{identity}\n{number}".encode("utf-8", "surrogatepass")
        ).hexdigest()[:32]
        yield {
            "ruleId": rule_id,
            "ruleIndex": indices[rule_id],
            "level": LEVELS[Severity.INFO],
            "message": {"text": cut(inert(f"{item.message}."))},
            "locations": [_physical(_uri(places[0]), places[0])],
            "partialFingerprints": {"primaryLocationLineHash": fingerprint},
        }


def _uri_and_line(extensions: tuple[Extension, ...], workspace: str) -> tuple[str, int]:
    """Find the location of an extension from the origins of all its versions."""
    origins = tuple(origin for extension in extensions for origin in extension.origins)
    for candidates in (origins, ()):
        path, line = location_of(replace(extensions[0], origins=candidates), workspace)
        uri = quote(path, errors="replace")
        if len(uri) <= MAX_TEXT:
            break
    return uri, max(1, line)


def _fingerprint(alert: Alert, place: str) -> str:
    """Identify the alert in later runs: by rule, severity, extension and place, not by the line."""
    identity = f"{alert.rule_id}\n{alert.extensions[0].id.key}"
    identity += f"\n{place}" if place else ""
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _facts(alert: Alert) -> dict[str, Any]:
    extension = alert.extensions[0]
    return {
        "extension": str(extension.id),
        "kind": str(alert.findings[0].finding.kind),
        "severity": alert.severity.word,
        "findings": len(alert.findings),
        "stale": alert.stored_at is not None,
    }


def _suppressions(waivers: Iterable[Waiver]) -> list[dict[str, str]]:
    reasons = dict.fromkeys(sanitize(waiver.reason, MAX_TEXT) for waiver in waivers)
    return [{"kind": "external", "status": "accepted", "justification": r} for r in reasons]
