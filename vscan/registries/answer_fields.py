"""Read the fields of a registry's answers. A value of another type is an error or is left out."""

from collections.abc import Iterable
from typing import Any

from vscan.extension_files import platform_of
from vscan.lazy_regex import lazy_regex
from vscan.model import ExtensionId, FailureKind, parse_version
from vscan.providers.vscan_dev.fields import utc_time
from vscan.registries.interface import UNIVERSAL, NotAnswered

MAX_VERSIONS = 50_000  # rows of one extension: versions times platforms
_MAX_IDS = 500  # of a pack, or of dependencies
_MAX_COUNT = 10**12
_EDITOR_ID = lazy_regex(r"[A-Za-z0-9][A-Za-z0-9-]*\.[A-Za-z0-9][A-Za-z0-9_.-]*")


class BadFieldError(Exception):
    """An answer that can't be believed; the message says why, in our own words."""


def not_answered(error: BadFieldError) -> NotAnswered:
    """Make the result of an answer that can't be believed."""
    return NotAnswered(FailureKind.BAD_RESPONSE, str(error))


def object_of(value: object, name: str) -> dict[str, Any]:
    """Return a JSON object; ``BadFieldError`` for anything else."""
    if not isinstance(value, dict):
        raise BadFieldError(f"{name} is missing or not an object")
    return value


def list_of(value: object, name: str) -> list[Any]:
    """Return a JSON list; ``BadFieldError`` for anything else."""
    if not isinstance(value, list):
        raise BadFieldError(f"{name} is missing or not a list")
    return value


def version_of(value: object) -> str | None:
    """Return a version; ``None`` for anything else."""
    try:
        return parse_version(value) if isinstance(value, str) else None
    except ValueError:
        return None


def target_platform_of(value: object) -> str | None:
    """Return a platform; ``None`` for all platforms. ``BadFieldError`` for one unknown to vscan."""
    if value in (None, "", UNIVERSAL, "undefined"):
        return None
    platform = platform_of(value)
    if platform is None:
        raise BadFieldError("it is for a platform that no editor has")
    return platform


def ids_of(values: Iterable[object]) -> tuple[str, ...]:
    """Return the ids among values, in lower case."""
    texts: dict[str, None] = {}
    for value in values:
        text = value.strip() if isinstance(value, str) else ""
        if len(texts) < _MAX_IDS and len(text) <= 2 * _MAX_IDS and _EDITOR_ID.fullmatch(text):
            texts[text.lower()] = None
    return tuple(texts)


def count_of(value: object) -> int | None:
    """Return a number of downloads; ``None`` for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_number and 0 <= value <= _MAX_COUNT else None  # type: ignore[operator,call-overload]


def flag_of(value: object) -> bool | None:
    """Return a boolean; ``None`` for anything else."""
    return value if isinstance(value, bool) else None


def time_of(value: object) -> str | None:
    """Return a time in UTC; ``None`` for anything else."""
    return utc_time(value)


def is_named(publisher: object, name: object, wanted: ExtensionId) -> bool:
    """Say whether an answer is about the extension that was asked for."""
    return (
        isinstance(publisher, str)
        and isinstance(name, str)
        and f"{publisher}.{name}".lower() == wanted.key
    )


def platform_names(platforms: Iterable[str | None]) -> tuple[str, ...]:
    """Sort platforms, with the name that registries have for all."""
    return tuple(sorted({platform or UNIVERSAL for platform in platforms}))
