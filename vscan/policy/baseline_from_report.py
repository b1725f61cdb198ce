"""Read an earlier JSON report as the baseline.

msgspec checks the fields that a baseline needs before anything of them is used. It skips the
other fields, so the report of a later version can be a baseline, too.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from vscan.bounded_json import parse_json
from vscan.errors import UsageError
from vscan.model import ExtensionId, Finding, Kind, RiskLevel, Severity
from vscan.policy.extension_assessment import fingerprint
from vscan.policy.model import BaselineEntry
from vscan.policy.policy_file_reading import read_policy_file

_NO_SCORE = 101.0  # better than any score, so each score below a threshold is new

_SeverityWord: TypeAlias = Literal["info", "low", "medium", "high", "critical"]
_RiskWord: TypeAlias = Literal["unknown", "low", "medium", "high", "critical"]


class NoDigestError(ValueError):
    """A finding of an earlier version of vscan, without a digest of its evidence."""


class _Finding(Struct, frozen=True):
    rule: str
    severity: _SeverityWord
    kind: Kind
    message: str
    file: str | None
    evidence: str | None
    url: str | None
    digest: str | UnsetType = UNSET
    waived: Any = None


class _Verdict(Struct, frozen=True):
    analysed_version: str
    score: Annotated[float, Meta(ge=0, le=100)]


class _Extension(Struct, frozen=True):
    id: str | None  # an extension that could not be read has none
    version: str | None
    risk_level: _RiskWord
    verdicts: list[_Verdict]
    findings: list[_Finding]
    excused: list[str] = []


class _Report(Struct, frozen=True):
    format_version: Literal[1]
    extensions: list[_Extension]


def read_baseline(path: Path) -> Mapping[str, BaselineEntry]:
    """Read the baseline entries of an earlier JSON report, by the keys of the ids.

    Raises ``UsageError`` for other files, and for reports of a version whose findings have no
    digest of their evidence.
    """
    content = read_policy_file(path, "--baseline")
    try:
        return parse(content)
    except NoDigestError:
        raise UsageError(
            f"--baseline {path} is of an earlier version of vscan, whose findings have no digest"
            " of their evidence",
            hint="make it anew with `vscan scan -o json=PATH`",
        ) from None
    except ValueError:
        raise UsageError(
            f"--baseline {path} is not a JSON report of vscan",
            hint="make one with `vscan scan -o json=PATH`",
        ) from None


def parse(content: bytes) -> dict[str, BaselineEntry]:
    """Parse a report. Returns the entries by the keys of the ids.

    ``NoDigestError`` for a report of a version whose findings have no digest of their evidence,
    any other ``ValueError`` for content that is not a report.
    """
    report = msgspec.convert(parse_json(content), type=_Report)
    entries: dict[str, BaselineEntry] = {}
    for extension in report.extensions:
        if extension.verdicts:
            key = ExtensionId.read(extension.id or "").key
            entries[key] = _merged(entries.get(key), _entry(extension))
    return entries


def _entry(extension: _Extension) -> BaselineEntry:
    # Suppressed findings are left out: a baseline with them would keep them suppressed after the
    # waiver has expired.
    suppressed = set(extension.excused)
    installed = extension.version
    analysed = {verdict.analysed_version for verdict in extension.verdicts} - {installed}
    if installed is None or "version-mismatch" in suppressed:
        mismatches = frozenset[tuple[str, str]]()
    else:
        mismatches = frozenset((installed, version) for version in analysed)
    return BaselineEntry(
        findings=Counter(
            fingerprint(_finding(finding))
            for finding in extension.findings
            if finding.waived is None
        ),
        risk=RiskLevel.UNKNOWN
        if "risk-level" in suppressed
        else RiskLevel[extension.risk_level.upper()],
        score=_NO_SCORE
        if "score" in suppressed
        else min(verdict.score for verdict in extension.verdicts),
        mismatches=mismatches,
    )


def _finding(fields: _Finding) -> Finding:
    """Make a finding of the fields that its fingerprint covers."""
    if isinstance(fields.digest, UnsetType):
        raise NoDigestError("has findings without a digest")
    return Finding(
        rule=fields.rule,
        severity=Severity[fields.severity.upper()],
        kind=fields.kind,
        message=fields.message,
        file=fields.file,
        evidence=fields.evidence,
        url=fields.url,
        digest=fields.digest,
    )


def _merged(one: BaselineEntry | None, other: BaselineEntry) -> BaselineEntry:
    """Merge the entries of two installed copies or versions of one extension."""
    if one is None:
        return other
    return BaselineEntry(
        findings=Counter(one.findings) + Counter(other.findings),
        risk=max(one.risk, other.risk),
        score=min(one.score, other.score),
        mismatches=one.mismatches | other.mismatches,
    )
