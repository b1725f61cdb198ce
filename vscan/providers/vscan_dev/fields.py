"""Read fields of vscan.dev's JSON. Pure; a value of another type is an error or a default."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from vscan.model import (
    RiskLevel,
    Severity,
)
from vscan.safe_text import sanitize


class BadAnswerError(Exception):
    """An answer that can't be believed; the message says why, in our own words."""


_RISKS = {level.word: level for level in RiskLevel}
SEVERITIES = {
    "info": Severity.INFO,
    "low": Severity.LOW,
    "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}


def required_object(value: object, name: str) -> dict[str, Any]:
    """Return a JSON object; ``BadAnswerError`` for anything else."""
    if not isinstance(value, dict):
        raise BadAnswerError(f"{name} is missing or not an object")
    return value


def optional_object(value: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the object under ``key``; an empty one where it is absent or of another type."""
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def list_or_empty(value: object) -> list[Any]:
    """Return a list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def short_text(value: object, limit: int) -> str | None:
    """Return printable text of at most ``limit`` characters; ``None`` for anything else."""
    return sanitize(value, limit) if isinstance(value, str) and value.strip() else None


def risk_level(value: object) -> RiskLevel:
    """Read a risk level; ``UNKNOWN`` for anything else."""
    return _RISKS.get(value, RiskLevel.UNKNOWN) if isinstance(value, str) else RiskLevel.UNKNOWN


def severity_of(value: object) -> Severity:
    """Read a severity; an unrated vulnerability counts as high."""
    word = value.lower() if isinstance(value, str) else ""
    return SEVERITIES.get(word, Severity.HIGH)


def https_url(value: object) -> str | None:
    """Return a link if it is https, so that no report carries a script or a file link."""
    if not isinstance(value, str) or sanitize(value) != value:
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme == "https" and parts.netloc and " " not in value else None


def utc_time(value: object) -> str | None:
    """Read a time of ISO 8601, and write it in UTC with ``Z``; ``None`` for anything else."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is None:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return None


def printable_name(name: str) -> str:
    """Make a name printable; ``?`` where nothing of it is."""
    return sanitize(name, 60) or "?"


def digest_of(said: object) -> str:
    """Digest all that the service said, of which a finding shows a part: 32 hex digits."""
    try:
        text = json.dumps(said, sort_keys=True, ensure_ascii=True)
    except RecursionError:
        text = "nested too deep to tell it from others"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
