"""Read what a manifest says. A stranger wrote it: any value may be of any type.

What is not of the type that an editor takes is as good as not there.
"""

import posixpath
from collections.abc import Iterable, Mapping
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


def programs(manifest: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """List the files among ``names`` that an editor runs: ``main`` and ``browser``."""
    there = set(names)
    return [
        file
        for entry in (text(manifest.get("main")), text(manifest.get("browser")))
        if entry
        for file in _resolved(posixpath.normpath(entry.lstrip("/")))
        if file in there
    ]


def _resolved(entry: str) -> tuple[str, ...]:
    """Name the files that Node would try, in the order in which it does."""
    return entry, f"{entry}.js", posixpath.normpath(f"{entry}/index.js")
