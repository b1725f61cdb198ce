"""Read what whoever runs the gate accepts: an ignore file, and an earlier report as baseline.

Both decide verdicts, so nothing in them is passed over: a key that is not known, a date
that is none, a report of another shape is a usage error and not a guess.
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
from vscan.policy.evaluation import identity
from vscan.policy.model import FAILURE, BaselineEntry, Waiver
from vscan.text import sanitize
from vscan.untrusted_input import parse_json, read_file

MAX_FILE_BYTES = 64 * 1024 * 1024
# What no waiver may stand for: nobody knows what it was that could not be looked at.
_NEVER_EXCUSED = {
    FailureKind.NOT_REMEMBERED,
    FailureKind.UNREADABLE,
    FailureKind.INTERRUPTED,
    FailureKind.BUG,
}
GAP = "gap"  # what a waiver may accept beside failures: parts of an analysis are missing
EXCUSABLE = tuple(kind for kind in FailureKind if kind not in _NEVER_EXCUSED)
_NO_SCORE = 101.0  # better than any: whatever is below a threshold is new
_KEYS = {"id", "rule", "failure", "reason", "expires"}


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Read an ignore file: TOML with one ``[[ignore]]`` for each risk that is accepted."""
    try:
        content = tomllib.loads(_read(path, "--ignore-file").decode("utf-8"))
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, too
        raise UsageError(f"--ignore-file {path}: not TOML: {sanitize(str(error), 200)}") from None
    unknown = sorted(content.keys() - {"ignore"})
    entries = content.get("ignore", [])
    if unknown or not isinstance(entries, list):
        raise UsageError(
            f"--ignore-file {path}: {unknown[0] if unknown else 'ignore'} is not known there",
            hint="each accepted risk is an [[ignore]] with id, rule or failure, and reason",
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
    """Read one entry; ``ValueError`` where it is none."""
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
    if kind not in {*EXCUSABLE, GAP}:
        accepted = ", ".join((*EXCUSABLE, GAP))
        raise ValueError(f"failure is none that can be accepted: {accepted}")
    return FAILURE + kind


class _NoDigestError(Exception):
    """A finding of an earlier version, which can't be told from another one in the same place."""


def read_baseline(path: Path) -> Mapping[str, BaselineEntry]:
    """Read an earlier JSON report, by the ids' keys.

    ``UsageError`` for what is none, and for one of a version that did not tell evidence apart.
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
    if not 0 <= score <= 100:  # noqa: PLR2004 - a score's range; NaN is in none
        raise ValueError("no score")
    # What somebody had accepted was no less there, but not for ever: a baseline that took it
    # in would make a waiver that expires one that does not.
    excused = set(extension.get("excused", ()))
    installed = extension["version"]
    analysed = {str(verdict["analysed_version"]) for verdict in verdicts} - {installed}
    differ = installed is not None and "version-mismatch" not in excused
    return BaselineEntry(
        findings=Counter(
            identity(_finding(finding))
            for finding in extension["findings"]
            if finding.get("waived") is None
        ),
        risk=RiskLevel.UNKNOWN
        if "risk-level" in excused
        else RiskLevel[str(extension["risk_level"]).upper()],
        score=_NO_SCORE if "score" in excused else score,
        mismatches=frozenset((str(installed), version) for version in analysed)
        if differ
        else frozenset(),
    )


def _finding(fields: dict[str, Any]) -> Finding:
    """Read what tells a finding from others; its place in the file is none of it."""
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
    severity, kind = Severity[str(fields["severity"]).upper()], Kind(fields["kind"])
    return Finding(severity=severity, kind=kind, **texts, **optional)


def _merged(one: BaselineEntry | None, other: BaselineEntry) -> BaselineEntry:
    """Put two installed copies or versions together: what either had is known, each once."""
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
        reason = (error.strerror or type(error).__name__).lower()
        raise UsageError(f"{option} {path} can't be read: {reason}") from None
