"""Read vscan.dev's JSON. Pure, and strict about what was seen in real answers.

An answer is believed only if it is about the extension that was asked for and its
figures are possible; else it is a ``BadAnswerError``, never a verdict. What is missing
in an answer that can be believed is a gap, by name. The contents of the modules'
findings were never documented: they are evidence, and can't make an answer fail.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from heapq import nsmallest
from typing import Any
from urllib.parse import urlsplit

from vscan.model import ExtensionId, Finding, Gap, GapKind, Kind, RiskLevel, Severity, Verdict
from vscan.providers.vscan_dev import NAME
from vscan.providers.vscan_dev.rules import (
    MALICIOUS_FILE,
    MODULES,
    VULNERABLE_DEPENDENCY,
    posture_rule,
)
from vscan.text import pluralize, sanitize

_RISKS = {level.word: level for level in RiskLevel}
_SEVERITIES = {
    "info": Severity.INFO,
    "low": Severity.LOW,
    "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}
_SUMMARY = ("info", "low", "moderate", "high", "critical")  # as npm's audit names them
# Without them a verdict says little, and no other module stands in.
_DECISIVE = frozenset({"dependencies", "virusTotal", "unnamed errors"})
_MAX_FINDINGS = 1000
_MAX_MODULES = 50
_MAX_EVIDENCE = 3
_MAX_COUNT = 1_000_000  # more vulnerabilities than that is no count


class BadAnswerError(Exception):
    """An answer that can't be believed; the message says why, in our own words."""


def parse_submission(answer: object) -> str:
    """Read the answer to a submit: the analysis id, up to 200 printable characters."""
    analysis_id = _object(answer, "the answer").get("analysisId")
    if not isinstance(analysis_id, str) or not 0 < len(analysis_id) <= 200:  # noqa: PLR2004
        raise BadAnswerError("the answer to the submission has no analysisId")
    # Dots would stay dots in a path, however they are quoted.
    if not (analysis_id.isascii() and analysis_id.isprintable() and analysis_id.strip(".")):
        raise BadAnswerError("the analysisId is not usable")
    return analysis_id


def parse_status(answer: object, analysis_id: str) -> bool:
    """Read the answer to a poll: whether the analysis is complete.

    A word that nobody has seen yet counts as still pending.
    """
    status = _object(answer, "the status")
    _same_analysis(status, analysis_id)
    word = status.get("status")
    if not isinstance(word, str):
        raise BadAnswerError("the status has no status")
    if word == "failed":
        raise BadAnswerError("vscan.dev says that its analysis failed")
    return word == "completed"


def parse_results(answer: object, asked: ExtensionId, analysis_id: str) -> Verdict:
    """Read the results of an analysis of ``asked``."""
    results = _object(answer, "the result")
    _same_analysis(results, analysis_id)
    modules = _optional(results, "analysisModules")
    version = _about(results, modules, asked)
    security = _object(results.get("securityScore"), "securityScore")
    levels = dict(_levels(security, modules))
    gaps = list(_gaps(results, security, modules, levels))
    if not levels or all(name in gaps for name in levels):
        raise BadAnswerError("every module of the analysis is unknown or in error")
    counts, vulnerabilities = _vulnerabilities(modules, gaps, version)
    findings = (*_malicious(modules, version), *vulnerabilities, *_posture(levels, modules))
    return Verdict(
        provider=NAME,
        analysed_version=version,
        score=_score(security),
        risk=_risk(security, levels),
        findings=tuple(sorted(findings, key=_worst_first)),
        analysed_at=_time(results.get("analysisTimestamp")),
        gaps=tuple(map(_gap, dict.fromkeys(gaps))),
        url=f"https://vscan.dev/extension/{asked}",
        vulnerabilities=counts,
        modules=_printed_levels(levels),
        contributions=tuple(_contributions(security)),
        publisher_verified=_is_verified(modules),
    )


def _about(results: dict[str, Any], modules: dict[str, Any], asked: ExtensionId) -> str:
    """Check that the result is about the extension asked for. Returns the analysed version."""
    info = _object(results.get("extensionInfo"), "extensionInfo")
    name, version = info.get("name"), info.get("version")
    if not isinstance(name, str) or not isinstance(version, str) or not version.strip():
        raise BadAnswerError("extensionInfo lacks name or version")
    # extensionInfo.publisher is a display name; the id is in the metadata, if anywhere.
    publisher = _publisher_info(modules).get("name")
    same_publisher = publisher is None or (
        isinstance(publisher, str) and publisher.lower() == asked.publisher.lower()
    )
    if name.lower() != asked.name.lower() or not same_publisher:
        other = f"{publisher if isinstance(publisher, str) else '?'}.{name}"
        raise BadAnswerError(f"the result is about another extension: {sanitize(other, 120)}")
    if not (version := sanitize(version, 100)):
        raise BadAnswerError("extensionInfo lacks name or version")
    return version


def _publisher_info(modules: dict[str, Any]) -> dict[str, Any]:
    return _optional(_optional(_optional(modules, "metadata"), "metadata"), "publisherInfo")


def _is_verified(modules: dict[str, Any]) -> bool | None:
    verified = _publisher_info(modules).get("isVerified")
    return verified if isinstance(verified, bool) else None


def _risk(security: dict[str, Any], levels: dict[str, RiskLevel]) -> RiskLevel:
    """Read the overall level; it is never better than the worst module's."""
    overall = _level(security.get("riskLevel"))
    return overall and max(overall, *levels.values())


def _score(security: dict[str, Any]) -> float:
    score = security.get("score")
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise BadAnswerError("the result has no score")
    if not 0 <= score <= 100:  # noqa: PLR2004 - false for NaN, too
        raise BadAnswerError("the score is not between 0 and 100")
    return score


def _contributions(security: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """Give what the score is the sum of. It is shown and never judged: what is odd is left out."""
    for name, points in list(_optional(security, "contributions").items())[:_MAX_MODULES]:
        number = isinstance(points, int | float) and not isinstance(points, bool)
        if number and -100 <= points <= 100:  # noqa: PLR2004 - false for NaN, too
            yield _printed(name), points


def _levels(security: dict[str, Any], modules: dict[str, Any]) -> Iterator[tuple[str, RiskLevel]]:
    """Give each module's level: the score's own table and the module say it; the worse counts."""
    table = _optional(security, "moduleRiskLevels")
    for name in _module_names(security, modules)[:_MAX_MODULES]:
        yield (
            name,
            max(_level(table.get(name)), _level(_optional(modules, name).get("overallRisk"))),
        )


def _module_names(security: dict[str, Any], modules: dict[str, Any]) -> list[str]:
    table = _optional(security, "moduleRiskLevels")
    named = dict.fromkeys([*MODULES, *table, *modules])
    return [name for name in named if name in table or name in modules]


def _gaps(
    results: dict[str, Any],
    security: dict[str, Any],
    modules: dict[str, Any],
    levels: dict[str, RiskLevel],
) -> Iterator[str]:
    """Name what is missing: absent modules, unknown levels, modules that did not complete."""
    before = 0
    for name in [*MODULES, *(name for name in levels if name not in MODULES)]:
        module = modules.get(name, {} if name not in MODULES else None)
        complete = (
            isinstance(module, dict)
            and module.get("status", "completed") == "completed"
            and not module.get("error")
            and (name != "virusTotal" or _counts_files(module))
        )
        if levels.get(name, RiskLevel.UNKNOWN) is RiskLevel.UNKNOWN or not complete:
            before += 1
            yield name
    if len(_module_names(security, modules)) > _MAX_MODULES:
        before += 1
        yield "further modules"
    if _level(security.get("riskLevel")) is RiskLevel.UNKNOWN:
        yield "riskLevel"
    if results.get("hasErrors") not in (False, None) and not before:
        yield "unnamed errors"


def _gap(name: str) -> Gap:
    return Gap(_printed(name), GapKind.DECISIVE if name in _DECISIVE else GapKind.OTHER)


def _vulnerabilities(
    modules: dict[str, Any], gaps: list[str], version: str
) -> tuple[tuple[tuple[str, int], ...], list[Finding]]:
    """Read the dependencies' vulnerabilities: counts by severity, and findings.

    One finding for each that is named; for those that are only counted, one for each
    severity. Counts that can't be known are a gap (appended to ``gaps``).
    """
    module = _optional(modules, "dependencies")
    named = nsmallest(_MAX_FINDINGS + 1, _named_vulnerabilities(module), key=_worst_first)
    if len(named) > _MAX_FINDINGS:
        del named[_MAX_FINDINGS:]
        gaps.append("dependencies")
    summary = _optional(_optional(module, "vulnerabilities"), "summary")
    counted_by = dict.fromkeys(Severity, 0)
    for word in (*_SUMMARY, "total"):
        number = summary.get(word, 0)
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _MAX_COUNT:
            raise BadAnswerError(f"the number of {word} vulnerabilities is impossible")
        if word != "total":
            counted_by[_SEVERITIES[word]] = number
    known, total = sum(counted_by.values()), summary.get("total")
    if total is not None and total < known:
        raise BadAnswerError("there are fewer vulnerabilities in total than by severity")
    whole = all(word in summary for word in _SUMMARY) or total == known
    if not whole or not summary or (total is not None and total > known) or _is_odd(module):
        gaps.append("dependencies")
    findings = list(named)
    for severity in sorted(Severity, reverse=True):
        listed = sum(finding.severity is severity for finding in named)
        more = counted_by[severity] - listed
        counted_by[severity] = max(counted_by[severity], listed)
        if more > 0:
            only = "only the number is known" if not listed else "not listed by name"
            findings.append(
                Finding(
                    VULNERABLE_DEPENDENCY,
                    severity,
                    Kind.VULNERABILITY,
                    f"{pluralize(more, 'vulnerability')} of severity {severity.word}"
                    f" in dependencies ({only})",
                    digest=_digest([version, summary]),
                )
            )
    counts = tuple((severity.word, counted_by[severity]) for severity in sorted(Severity))
    return counts, findings


def _named_vulnerabilities(module: dict[str, Any]) -> Iterator[Finding]:
    for dependency in _list(module.get("dependencies")):
        if not isinstance(dependency, dict):
            continue
        name = _short(dependency.get("name"), 120) or "a dependency"
        version = _short(dependency.get("version"), 60)
        scope = " (development only)" if dependency.get("type") == "dev" else ""
        for item in _list(dependency.get("vulnerabilities")):
            advisory = item if isinstance(item, dict) else {"id": item}
            title = _short(advisory.get("title"), 200) or "known vulnerability"
            identity = _short(advisory.get("id"), 60)
            affected = _short(advisory.get("range"), 100)
            yield Finding(
                VULNERABLE_DEPENDENCY,
                _severity(advisory.get("severity")),
                Kind.VULNERABILITY,
                f"{' '.join(filter(None, (name, version)))}{scope}: {title}"
                + (f" [{identity}]" if identity else ""),
                evidence=f"affected: {affected}" if affected else None,
                url=_url(advisory.get("url")),
                digest=_digest([dependency.get("name"), dependency.get("version"), item]),
            )


def _severity(value: object) -> Severity:
    """Read a severity. What nobody rated is not harmless: it counts as high."""
    word = value.lower() if isinstance(value, str) else ""
    return _SEVERITIES.get(word, Severity.HIGH)


def _malicious(modules: dict[str, Any], version: str) -> Iterator[Finding]:
    module = _optional(modules, "virusTotal")
    flagged = [
        result
        for result in _list(module.get("fileResults"))
        if isinstance(result, dict) and _is_malicious(_optional(result, "results"))
    ]
    number = module.get("maliciousFiles", 0)
    if number is None:
        number = 0
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _MAX_COUNT:
        raise BadAnswerError("the number of malicious files is impossible")
    number = max(number, len(flagged))
    if number:
        first = flagged[0] if flagged else {}
        names = [_short(result.get("fileName"), 120) for result in flagged[:_MAX_EVIDENCE]]
        yield Finding(
            MALICIOUS_FILE,
            Severity.CRITICAL,
            Kind.MALWARE,
            f"VirusTotal takes {pluralize(number, 'file')} for malicious",
            file=_short(first.get("fileName"), 300),
            evidence=", ".join(filter(None, names)) or None,
            url=_url(_optional(first, "results").get("link")),
            # A number alone tells no file from another one, of another version.
            digest=_digest([number, version, *map(_flagged, flagged)]),
        )


def _flagged(result: dict[str, Any]) -> list[object]:
    """Give what tells a flagged file from others: not the engines, whose number changes."""
    return [
        *(result.get(key) for key in ("fileName", "hash", "sha256")),
        _optional(result, "results").get("link"),
    ]


def _is_malicious(results: dict[str, Any]) -> bool:
    engines = _optional(results, "stats").get("malicious")
    flagged = type(engines) is int and engines > 0
    return flagged or results.get("isMalicious") not in (False, None)


def _counts_files(virus_total: dict[str, Any]) -> bool:
    """Whether there is an answer about files: a number of them, and none that still waits."""
    results = virus_total.get("fileResults")
    if not isinstance(results, list | None) or not all(map(_is_answered, results or ())):
        return False
    return bool(results) or type(virus_total.get("maliciousFiles")) is int


def _is_answered(result: object) -> bool:
    said = _optional(result, "results") if isinstance(result, dict) else {}
    return isinstance(said.get("isMalicious"), bool) or (
        type(_optional(said, "stats").get("malicious")) is int
    )


def _is_odd(dependencies: dict[str, Any]) -> bool:
    """Say whether there is something else where the lists of vulnerabilities belong."""
    found = dependencies.get("dependencies")
    if not isinstance(found, list | None):
        return True
    inner = (item.get("vulnerabilities") for item in found or () if isinstance(item, dict))
    return not all(isinstance(advisories, list | None) for advisories in inner)


def _posture(levels: dict[str, RiskLevel], modules: dict[str, Any]) -> Iterator[Finding]:
    for name, level in levels.items():
        if level < RiskLevel.MEDIUM:
            continue
        module = _optional(modules, name)
        details = [
            detail
            for key in ("findings", "riskFactors", "permissions")
            for detail in _list(module.get(key))
        ]
        texts = [text for text in map(_detail, details[:_MAX_EVIDENCE]) if text]
        if len(details) > _MAX_EVIDENCE:
            texts.append(f"and {len(details) - _MAX_EVIDENCE} more")
        place = details[0] if details and isinstance(details[0], dict) else {}
        line = place.get("line")
        yield Finding(
            posture_rule(name),
            Severity(level),
            Kind.POSTURE,
            f"{level.word} risk in {MODULES.get(name, _printed(name))}",
            file=_short(place.get("file"), 300),
            line=line if type(line) is int and 0 < line < 2**31 else None,
            evidence="; ".join(texts) or None,
            digest=_digest(details),
        )


def _detail(detail: object) -> str | None:
    """Say a module's finding shortly, whatever its shape."""
    if isinstance(detail, str):
        return sanitize(detail, 150)
    if not isinstance(detail, dict):
        return None
    keys = ("title", "message", "description", "permission", "endpoint", "type", "reason", "name")
    texts = (_short(detail.get(key), 150) for key in keys)
    return next((text for text in texts if text), None)


def _printed(name: str) -> str:
    return sanitize(name, 60) or "?"


def _printed_levels(levels: dict[str, RiskLevel]) -> tuple[tuple[str, RiskLevel], ...]:
    """Of names that print alike the worst level counts."""
    printed: dict[str, RiskLevel] = {}
    for name, level in levels.items():
        shown = _printed(name)
        printed[shown] = max(level, printed.get(shown, level))
    return tuple(printed.items())


def _digest(said: object) -> str:
    """Digest all that was said, of which a finding shows some."""
    try:
        text = json.dumps(said, sort_keys=True, ensure_ascii=True)
    except RecursionError:
        text = "nested too deep to tell it from others"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _worst_first(finding: Finding) -> tuple[int, str, str]:
    return (-finding.severity, finding.rule, finding.message)


def _same_analysis(answer: dict[str, Any], analysis_id: str) -> None:
    named = answer.get("analysisId")
    if named is not None and named != analysis_id:
        raise BadAnswerError("the answer is about another analysis")


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadAnswerError(f"{name} is missing or not an object")
    return value


def _optional(value: dict[str, Any], key: str) -> dict[str, Any]:
    """Take an object that may be absent; of another type it is impossible, too, but only a gap."""
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _short(value: object, limit: int) -> str | None:
    return sanitize(value, limit) if isinstance(value, str) and value.strip() else None


def _level(value: object) -> RiskLevel:
    return _RISKS.get(value, RiskLevel.UNKNOWN) if isinstance(value, str) else RiskLevel.UNKNOWN


def _url(value: object) -> str | None:
    """Keep a link only if it is https, so that no report carries a script or a file link."""
    if not isinstance(value, str) or sanitize(value) != value:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme == "https" and parts.netloc and " " not in value else None


def _time(value: object) -> str | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is None:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return None
