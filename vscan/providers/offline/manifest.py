"""Read what a manifest says. A stranger wrote it: any value may be of any type.

What is not of the type that an editor takes is as good as not there.
"""

from collections.abc import Mapping
from typing import Any


def texts(value: object) -> list[str]:
    """Give the strings of a list."""
    several = value if isinstance(value, list) else []
    return [each for each in several if isinstance(each, str)]


def text(value: object) -> str:
    """Give a string, and an empty one for all else."""
    return value.strip() if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """Give an object, and an empty one for all else."""
    return value if isinstance(value, dict) else {}


def contributed(manifest: Mapping[str, Any]) -> set[str]:
    """Name the contribution points that a manifest has something for."""
    return {point for point, value in mapping(manifest.get("contributes")).items() if value}
