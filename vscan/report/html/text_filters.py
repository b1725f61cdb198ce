"""The texts of the HTML report that a template filter makes: places, packages, times."""

import re
from datetime import UTC, datetime

from vscan.model import (
    Origin,
    Package,
)
from vscan.safe_text import pluralize, sanitize

_MARKED = re.compile(r"`([^`]+)`")
_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86400


def place_text(origin: Origin) -> str:
    """Give path and line of a place."""
    path = sanitize(origin.uri)
    return f"{path}:{origin.line}" if origin.line is not None else path


def without_backticks(text: str) -> str:
    """Write a text without the backticks that mark code: several words get quotation marks."""
    return _MARKED.sub(lambda m: f"\u201c{m[1]}\u201d" if " " in m[1] else m[1], text)


def package_specifier(package: Package) -> str:
    """Give name and version in the syntax of npm."""
    return f"{package.name}@{package.version}" if package.version else package.name


def parsed_time(text: str | None) -> datetime | None:
    """Read a time (ISO 8601); one without an offset is in UTC, and a bad one is ``None``."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def time_text(text: str | None) -> str:
    """Format a time for people."""
    moment = parsed_time(text)
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "unknown"


def age_text(text: str | None, now: datetime | None) -> str:
    """Describe the time between a moment and the end of the run."""
    then = parsed_time(text)
    if then is None or now is None or then > now:
        return ""
    age_s = int((now - then).total_seconds())
    for unit_s, unit in ((_DAY_S, "day"), (_HOUR_S, "hour"), (_MINUTE_S, "minute")):
        if age_s >= unit_s:
            return f"{pluralize(age_s // unit_s, unit)} before this run"
    return "during this run"


def duration_text(seconds: float) -> str:
    """Write a duration in minutes and seconds."""
    if seconds < _MINUTE_S:
        return f"{seconds:.1f} s"
    return f"{int(seconds // _MINUTE_S)} min {int(seconds % _MINUTE_S)} s"
