"""Read vscan.dev's JSON. Pure, and strict about what was seen in real answers.

An answer is believed only if it is about the extension that was asked for and its
figures are possible; else it is a ``BadAnswerError``, never a verdict. What is missing
in an answer that can be believed is a gap, by name. The contents of the modules'
findings were never documented: they are evidence, and can't make an answer fail.
"""

from collections.abc import Iterator
from typing import Any

from vscan.model import (
    ExtensionId,
    Gap,
    GapKind,
    RiskLevel,
    Verdict,
)
from vscan.providers.vscan_dev import NAME
from vscan.providers.vscan_dev.fields import (
    BadAnswerError,
    optional_object,
    printable_name,
    required_object,
    risk_level,
    utc_time,
)
from vscan.providers.vscan_dev.findings import (
    has_file_results,
    malicious_files,
    posture,
    vulnerabilities,
    worst_first,
)
from vscan.providers.vscan_dev.rules import (
    MODULES,
)
from vscan.safe_text import sanitize

# Without them a verdict says little, and no other module stands in.
_DECISIVE = frozenset({"dependencies", "virusTotal", "unnamed errors"})
_MAX_MODULES = 50


def parse_submission(answer: object) -> str:
    """Read the answer to a submit: the analysis id, up to 200 printable characters."""
    analysis_id = required_object(answer, "the answer").get("analysisId")
    if not isinstance(analysis_id, str) or not 0 < len(analysis_id) <= 200:  # noqa: PLR2004
        raise BadAnswerError("the answer to the submission has no analysisId")
    # Dots would stay dots in a path, however they are quoted.
    if not (analysis_id.isascii() and analysis_id.isprintable() and analysis_id.strip(".")):
        raise BadAnswerError("the analysisId is not usable")
    return analysis_id


def parse_status(answer: object, analysis_id: str) -> bool:
    """Read the answer to a poll: whether the analysis is complete.

    An unknown word counts as pending.
    """
    status = required_object(answer, "the status")
    _same_analysis(status, analysis_id)
    word = status.get("status")
    if not isinstance(word, str):
        raise BadAnswerError("the status has no status")
    if word == "failed":
        raise BadAnswerError("vscan.dev says that its analysis failed")
    return word == "completed"


def parse_results(answer: object, asked: ExtensionId, analysis_id: str) -> Verdict:
    """Read the results of an analysis of ``asked``."""
    results = required_object(answer, "the result")
    _same_analysis(results, analysis_id)
    modules = optional_object(results, "analysisModules")
    version = _about(results, modules, asked)
    security = required_object(results.get("securityScore"), "securityScore")
    levels = dict(_levels(security, modules))
    gaps = list(_gaps(results, security, modules, levels))
    if not levels or all(name in gaps for name in levels):
        raise BadAnswerError("every module of the analysis is unknown or in error")
    counts, vulnerable = vulnerabilities(modules, gaps, version)
    findings = (*malicious_files(modules, version), *vulnerable, *posture(levels, modules))
    return Verdict(
        provider=NAME,
        analysed_version=version,
        score=_score(security),
        risk=_risk(security, levels),
        findings=tuple(sorted(findings, key=worst_first)),
        analysed_at=utc_time(results.get("analysisTimestamp")),
        gaps=tuple(map(_gap, dict.fromkeys(gaps))),
        url=f"https://vscan.dev/extension/{asked}",
        vulnerabilities=counts,
        modules=_printed_levels(levels),
        contributions=tuple(_contributions(security)),
        publisher_verified=_is_verified(modules),
    )


def _about(results: dict[str, Any], modules: dict[str, Any], asked: ExtensionId) -> str:
    """Check that the result is about the extension asked for. Returns the analysed version."""
    info = required_object(results.get("extensionInfo"), "extensionInfo")
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
    return optional_object(
        optional_object(optional_object(modules, "metadata"), "metadata"), "publisherInfo"
    )


def _is_verified(modules: dict[str, Any]) -> bool | None:
    verified = _publisher_info(modules).get("isVerified")
    return verified if isinstance(verified, bool) else None


def _risk(security: dict[str, Any], levels: dict[str, RiskLevel]) -> RiskLevel:
    """Read the overall level; it is never better than the worst module's."""
    overall = risk_level(security.get("riskLevel"))
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
    for name, points in list(optional_object(security, "contributions").items())[:_MAX_MODULES]:
        number = isinstance(points, int | float) and not isinstance(points, bool)
        if number and -100 <= points <= 100:  # noqa: PLR2004 - false for NaN, too
            yield printable_name(name), points


def _levels(security: dict[str, Any], modules: dict[str, Any]) -> Iterator[tuple[str, RiskLevel]]:
    """Give each module's level: the score's own table and the module say it; the worse counts."""
    table = optional_object(security, "moduleRiskLevels")
    for name in _module_names(security, modules)[:_MAX_MODULES]:
        yield (
            name,
            max(
                risk_level(table.get(name)),
                risk_level(optional_object(modules, name).get("overallRisk")),
            ),
        )


def _module_names(security: dict[str, Any], modules: dict[str, Any]) -> list[str]:
    table = optional_object(security, "moduleRiskLevels")
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
            and (name != "virusTotal" or has_file_results(module))
        )
        if levels.get(name, RiskLevel.UNKNOWN) is RiskLevel.UNKNOWN or not complete:
            before += 1
            yield name
    if len(_module_names(security, modules)) > _MAX_MODULES:
        before += 1
        yield "further modules"
    if risk_level(security.get("riskLevel")) is RiskLevel.UNKNOWN:
        yield "riskLevel"
    if results.get("hasErrors") not in (False, None) and not before:
        yield "unnamed errors"


def _gap(name: str) -> Gap:
    return Gap(printable_name(name), GapKind.DECISIVE if name in _DECISIVE else GapKind.OTHER)


def _printed_levels(levels: dict[str, RiskLevel]) -> tuple[tuple[str, RiskLevel], ...]:
    """Of names that print alike the worst level counts."""
    printed: dict[str, RiskLevel] = {}
    for name, level in levels.items():
        shown = printable_name(name)
        printed[shown] = max(level, printed.get(shown, level))
    return tuple(printed.items())


def _same_analysis(answer: dict[str, Any], analysis_id: str) -> None:
    named = answer.get("analysisId")
    if named is not None and named != analysis_id:
        raise BadAnswerError("the answer is about another analysis")
