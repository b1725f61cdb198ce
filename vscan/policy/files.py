"""Read the files of the policy: an ignore file, and an earlier report as the baseline.

Both decide verdicts, so an unknown key, an invalid date or a report of another format is a usage
error: nothing in them is ignored or guessed.
"""

import tomllib
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from vscan.errors import UsageError
from vscan.model import (
    ExtensionId,
    FailureKind,
    Finding,
    Kind,
    RiskLevel,
    Severity,
    check_pattern,
)
from vscan.policy.evaluation import fingerprint
from vscan.policy.model import GAP_CHECK_ID, BaselineEntry, Waiver, failure_check_id
from vscan.text import describe_os_error, sanitize
from vscan.untrusted_input import parse_json, read_file

MAX_FILE_BYTES = 64 * 1024 * 1024
# No waiver suppresses these: the risk of what could not be examined is unknown.
_NEVER_SUPPRESSED = {
    FailureKind.NOT_REMEMBERED,
    FailureKind.UNREADABLE,
    FailureKind.INTERRUPTED,
    FailureKind.BUG,
}
SUPPRESSIBLE = tuple(kind for kind in FailureKind if kind not in _NEVER_SUPPRESSED)
_NO_SCORE = 101.0  # better than any score, so each score below a threshold is new
_KEYS = {"id", "rule", "failure", "reason", "expires"}


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Read an ignore file: TOML with one ``[[ignore]]`` for each waiver."""
    try:
        content = tomllib.loads(_read(path, "--ignore-file").decode("utf-8"))
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits
        raise UsageError(f"--ignore-file {path}: not TOML: {sanitize(str(error), 200)}") from None
    unknown = sorted(content.keys() - {"ignore"})
    entries = content.get("ignore", [])
    if unknown or not isinstance(entries, list):
        raise UsageError(
            f"--ignore-file {path}: {unknown[0] if unknown else 'ignore'} is not known there",
            hint="each suppressed risk is an [[ignore]] with id, rule or failure, and reason",
        )
    return tuple(_waiver(path, number, entry) for number, entry in enumerate(entries, 1))


def _waiver(path: Path, number: int, entry: object) -> Waiver:
    try:
        return _parse_waiver(number, entry)
    except ValueError as error:
        raise UsageError(
            f"--ignore-file {path}: entry {number}: {error}",
            hint="an entry has id, reason, and rule or failure; it may have expires, a date",
        ) from None


def _parse_waiver(number: int, entry: object) -> Waiver:
    """Read one entry; raises ``ValueError`` if it is invalid."""
    if not isinstance(entry, dict):
        raise ValueError("not a table, which is written [[ignore]]")  # noqa: TRY004 - one kind
    for key in sorted(entry.keys() - _KEYS):
        raise ValueError(f"{sanitize(key, 60)} is not known")
    if ("rule" in entry) == ("failure" in entry):
        raise ValueError("there must be either a rule or a failure")
    what = "rule" if "rule" in entry else "failure"
    texts: dict[str, Any] = {key: entry.get(key) for key in ("id", "reason", what)}
    for key, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{key} is missing or not a text")
    expires = entry.get("expires")
    if expires is not None and (isinstance(expires, datetime) or not isinstance(expires, date)):
        raise ValueError("expires is not a date such as 2027-01-31, without quotes")
    return Waiver(
        id=check_pattern(texts["id"]),
        rule=_rule(texts["rule"]) if "rule" in texts else _failure(texts["failure"]),
        reason=sanitize(texts["reason"], 300),
        expires=expires,
        entry=number,
    )


def _rule(text: str) -> str:
    try:
        return check_pattern(text)
    except ValueError:
        raise ValueError("rule is neither a rule nor a pattern of rules (posture-*)") from None


def _failure(kind: str) -> str:
    if kind not in {*SUPPRESSIBLE, GAP_CHECK_ID}:
        choices = ", ".join((*SUPPRESSIBLE, GAP_CHECK_ID))
        raise ValueError(f"failure is none that can be suppressed: {choices}")
    return failure_check_id(kind)


class _NoDigestError(Exception):
    """A finding of an earlier version of vscan, without a digest of its evidence."""


def read_baseline(path: Path) -> Mapping[str, BaselineEntry]:
    """Read the baseline entries of an earlier JSON report, by the keys of the ids.

    Raises ``UsageError`` for other files, and for reports of a version whose findings have no
    digest of their evidence.
    """
    content = _read(path, "--baseline")
    try:
        report = parse_json(content)
        extensions = report["extensions"]
        if report["format_version"] != 1 or not isinstance(extensions, list):
            raise ValueError("not format version 1")  # noqa: TRY301 - one way out for all
        entries: dict[str, BaselineEntry] = {}
        for extension in extensions:
            if extension["verdicts"]:
                key = ExtensionId.read(extension["id"]).key
                entries[key] = _merged(entries.get(key), _entry(extension))
    except _NoDigestError:
        raise UsageError(
            f"--baseline {path} is of an earlier version of vscan, whose findings have no digest"
            " of their evidence",
            hint="make it anew with `vscan scan -o json=PATH`",
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise UsageError(
            f"--baseline {path} is not a JSON report of vscan",
            hint="make one with `vscan scan -o json=PATH`",
        ) from None
    return entries


def _entry(extension: dict[str, Any]) -> BaselineEntry:
    verdicts = extension["verdicts"]
    score = min(float(verdict["score"]) for verdict in verdicts)
    if not 0 <= score <= 100:  # noqa: PLR2004 - the range of scores; NaN is outside
        raise ValueError("no score")
    # Suppressed findings are left out: a baseline with them would keep them suppressed after the
    # waiver has expired.
    suppressed = set(extension.get("excused", ()))
    installed = extension["version"]
    analysed = {str(verdict["analysed_version"]) for verdict in verdicts} - {installed}
    differ = installed is not None and "version-mismatch" not in suppressed
    return BaselineEntry(
        findings=Counter(
            fingerprint(_finding(finding))
            for finding in extension["findings"]
            if finding.get("waived") is None
        ),
        risk=RiskLevel.UNKNOWN
        if "risk-level" in suppressed
        else RiskLevel[str(extension["risk_level"]).upper()],
        score=_NO_SCORE if "score" in suppressed else score,
        mismatches=frozenset((str(installed), version) for version in analysed)
        if differ
        else frozenset(),
    )


def _finding(fields: dict[str, Any]) -> Finding:
    """Read the fields that a fingerprint covers."""
    optional = {key: fields[key] for key in ("file", "evidence", "url")}
    texts = {key: fields[key] for key in ("rule", "message")}
    severity, kind = Severity[str(fields["severity"]).upper()], Kind(fields["kind"])
    if "digest" not in fields:
        raise _NoDigestError
    texts["digest"] = fields["digest"]
    if not all(isinstance(text, str) for text in texts.values()):
        raise ValueError("not a finding")
    if not all(isinstance(text, str | None) for text in optional.values()):
        raise ValueError("not a finding")
    return Finding(severity=severity, kind=kind, **texts, **optional)


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


def _read(path: Path, option: str) -> bytes:
    try:
        return read_file(path, MAX_FILE_BYTES)
    except OSError as error:
        raise UsageError(f"{option} {path} can't be read: {describe_os_error(error)}") from None
