"""Read an ignore file: the findings and failures that its author accepts.

It decides verdicts, so an unknown key or an invalid date is a usage error: nothing in it is
ignored or guessed.
"""

import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

from vscan.errors import UsageError
from vscan.model import (
    FailureKind,
    check_pattern,
)
from vscan.policy.model import GAP_CHECK_ID, Waiver, failure_check_id
from vscan.policy.policy_file_reading import read_policy_file
from vscan.safe_text import sanitize

# No waiver suppresses these: the risk of what could not be examined is unknown.
_NEVER_SUPPRESSED = {
    FailureKind.NOT_REMEMBERED,
    FailureKind.UNREADABLE,
    FailureKind.INTERRUPTED,
    FailureKind.BUG,
}
SUPPRESSIBLE = tuple(kind for kind in FailureKind if kind not in _NEVER_SUPPRESSED)
_KEYS = {"id", "file", "rule", "failure", "reason", "expires", "text"}


def read_waivers(path: Path) -> tuple[Waiver, ...]:
    """Read an ignore file: TOML with one ``[[ignore]]`` for each waiver."""
    try:
        content = tomllib.loads(read_policy_file(path, "--ignore-file").decode("utf-8"))
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
            hint="an entry has id, reason, and rule or failure; or file, reason and rule; and"
            " perhaps expires, a date",
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
    about = "file" if "file" in entry else "id"
    if about == "file" and ("id" in entry or what != "rule"):
        raise ValueError("a file is accepted by a rule (input-unresolved), without an id")
    if "text" in entry and about != "file":
        raise ValueError("text says what a file has in the place of an id: it stands beside file")
    texts: dict[str, Any] = {
        key: entry.get(key)
        for key in (about, "reason", what, *(["text"] if "text" in entry else []))
    }
    for key, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{key} is missing or not a text")
    expires = entry.get("expires")
    if expires is not None and (isinstance(expires, datetime) or not isinstance(expires, date)):
        raise ValueError("expires is not a date such as 2027-01-31, without quotes")
    return Waiver(
        id=check_pattern(texts["id"]) if about == "id" else "",
        rule=_rule(texts["rule"]) if "rule" in texts else _failure(texts["failure"]),
        reason=sanitize(texts["reason"], 300),
        expires=expires,
        entry=number,
        file=texts.get("file", ""),
        text=texts.get("text", ""),
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
