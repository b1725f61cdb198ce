"""Make findings of vscan.dev's modules: dependencies, files, and posture. Pure."""

from collections.abc import Iterator
from heapq import nsmallest
from typing import Any

from vscan.model import (
    Finding,
    Kind,
    RiskLevel,
    Severity,
)
from vscan.providers.vscan_dev.fields import (
    SEVERITIES,
    BadAnswerError,
    digest_of,
    https_url,
    list_or_empty,
    optional_object,
    printable_name,
    severity_of,
    short_text,
)
from vscan.providers.vscan_dev.rules import (
    MALICIOUS_FILE,
    MODULES,
    VULNERABLE_DEPENDENCY,
    posture_rule,
)
from vscan.safe_text import pluralize, sanitize

_SUMMARY = ("info", "low", "moderate", "high", "critical")  # as npm's audit names them
_MAX_FINDINGS = 1000
_MAX_EVIDENCE = 3
_MAX_COUNT = 1_000_000  # more vulnerabilities than that is no count


def vulnerabilities(
    modules: dict[str, Any], gaps: list[str], version: str
) -> tuple[tuple[tuple[str, int], ...], list[Finding]]:
    """Read the dependencies' vulnerabilities: counts by severity, and findings.

    One finding for each that is named; for those that are only counted, one for each
    severity. Counts that can't be known are a gap (appended to ``gaps``).
    """
    module = optional_object(modules, "dependencies")
    named = nsmallest(_MAX_FINDINGS + 1, _named_vulnerabilities(module), key=worst_first)
    if len(named) > _MAX_FINDINGS:
        del named[_MAX_FINDINGS:]
        gaps.append("dependencies")
    summary = optional_object(optional_object(module, "vulnerabilities"), "summary")
    counted_by = dict.fromkeys(Severity, 0)
    for word in (*_SUMMARY, "total"):
        number = summary.get(word, 0)
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _MAX_COUNT:
            raise BadAnswerError(f"the number of {word} vulnerabilities is impossible")
        if word != "total":
            counted_by[SEVERITIES[word]] = number
    known, total = sum(counted_by.values()), summary.get("total")
    if total is not None and total < known:
        raise BadAnswerError("there are fewer vulnerabilities in total than by severity")
    whole = all(word in summary for word in _SUMMARY) or total == known
    if (
        not whole
        or not summary
        or (total is not None and total > known)
        or _has_other_types(module)
    ):
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
                    digest=digest_of([version, summary]),
                )
            )
    counts = tuple((severity.word, counted_by[severity]) for severity in sorted(Severity))
    return counts, findings


def _named_vulnerabilities(module: dict[str, Any]) -> Iterator[Finding]:
    for dependency in list_or_empty(module.get("dependencies")):
        if not isinstance(dependency, dict):
            continue
        name = short_text(dependency.get("name"), 120) or "a dependency"
        version = short_text(dependency.get("version"), 60)
        scope = " (development only)" if dependency.get("type") == "dev" else ""
        for item in list_or_empty(dependency.get("vulnerabilities")):
            advisory = item if isinstance(item, dict) else {"id": item}
            title = short_text(advisory.get("title"), 200) or "known vulnerability"
            identity = short_text(advisory.get("id"), 60)
            affected = short_text(advisory.get("range"), 100)
            yield Finding(
                VULNERABLE_DEPENDENCY,
                severity_of(advisory.get("severity")),
                Kind.VULNERABILITY,
                f"{' '.join(filter(None, (name, version)))}{scope}: {title}"
                + (f" [{identity}]" if identity else ""),
                evidence=f"affected: {affected}" if affected else None,
                url=https_url(advisory.get("url")),
                digest=digest_of([dependency.get("name"), dependency.get("version"), item]),
            )


def malicious_files(modules: dict[str, Any], version: str) -> Iterator[Finding]:
    """Make the finding of files that VirusTotal flags as malicious, if there are any."""
    module = optional_object(modules, "virusTotal")
    flagged = [
        result
        for result in list_or_empty(module.get("fileResults"))
        if isinstance(result, dict) and _is_malicious(optional_object(result, "results"))
    ]
    number = module.get("maliciousFiles", 0)
    if number is None:
        number = 0
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _MAX_COUNT:
        raise BadAnswerError("the number of malicious files is impossible")
    number = max(number, len(flagged))
    if number:
        first = flagged[0] if flagged else {}
        names = [short_text(result.get("fileName"), 120) for result in flagged[:_MAX_EVIDENCE]]
        yield Finding(
            MALICIOUS_FILE,
            Severity.CRITICAL,
            Kind.MALWARE,
            f"VirusTotal takes {pluralize(number, 'file')} for malicious",
            file=short_text(first.get("fileName"), 300),
            evidence=", ".join(filter(None, names)) or None,
            url=https_url(optional_object(first, "results").get("link")),
            # A number alone tells no file from another one, of another version.
            digest=digest_of([number, version, *map(_identity_of_flagged_file, flagged)]),
        )


def _identity_of_flagged_file(result: dict[str, Any]) -> list[object]:
    """List what identifies a flagged file: not the engines, whose number changes."""
    return [
        *(result.get(key) for key in ("fileName", "hash", "sha256")),
        optional_object(result, "results").get("link"),
    ]


def _is_malicious(results: dict[str, Any]) -> bool:
    engines = optional_object(results, "stats").get("malicious")
    flagged = type(engines) is int and engines > 0
    return flagged or results.get("isMalicious") not in (False, None)


def has_file_results(virus_total: dict[str, Any]) -> bool:
    """Whether VirusTotal answered about files: it gives their number, and none is pending."""
    results = virus_total.get("fileResults")
    if not isinstance(results, list | None) or not all(map(_is_answered, results or ())):
        return False
    return bool(results) or type(virus_total.get("maliciousFiles")) is int


def _is_answered(result: object) -> bool:
    said = optional_object(result, "results") if isinstance(result, dict) else {}
    return isinstance(said.get("isMalicious"), bool) or (
        type(optional_object(said, "stats").get("malicious")) is int
    )


def _has_other_types(dependencies: dict[str, Any]) -> bool:
    """Whether the lists of vulnerabilities have another type."""
    found = dependencies.get("dependencies")
    if not isinstance(found, list | None):
        return True
    inner = (item.get("vulnerabilities") for item in found or () if isinstance(item, dict))
    return not all(isinstance(advisories, list | None) for advisories in inner)


def posture(levels: dict[str, RiskLevel], modules: dict[str, Any]) -> Iterator[Finding]:
    """Make a finding for each module with a medium or worse level."""
    for name, level in levels.items():
        if level < RiskLevel.MEDIUM:
            continue
        module = optional_object(modules, name)
        details = [
            detail
            for key in ("findings", "riskFactors", "permissions")
            for detail in list_or_empty(module.get(key))
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
            f"{level.word} risk in {MODULES.get(name, printable_name(name))}",
            file=short_text(place.get("file"), 300),
            line=line if type(line) is int and 0 < line < 2**31 else None,
            evidence="; ".join(texts) or None,
            digest=digest_of(details),
        )


def _detail(detail: object) -> str | None:
    """Describe a module's finding in a few words, whatever its shape."""
    if isinstance(detail, str):
        return sanitize(detail, 150)
    if not isinstance(detail, dict):
        return None
    keys = ("title", "message", "description", "permission", "endpoint", "type", "reason", "name")
    texts = (short_text(detail.get(key), 150) for key in keys)
    return next((text for text in texts if text), None)


def worst_first(finding: Finding) -> tuple[int, str, str]:
    """Sort key of findings: the worst severity first."""
    return (-finding.severity, finding.rule, finding.message)
