"""Compare an answer's shape with the one that is known, and name every difference by its path.

What is known is the recorded sample, so that there is one place to amend. A list's
elements share one shape: the union of those that were seen.
"""

from collections.abc import Iterator
from typing import Any

# Objects whose keys are names of things, not fields.
OPEN = (
    "analysisModules.dependencies.vulnerabilities.details",
    "analysisModules.metadata.metadata.engines",
    "analysisModules.virusTotal.fileResults[].results.engines",
)
# Fields that an answer about an extension without the thing may well lack.
OPTIONAL = (
    "analysisModules.dependencies.vulnerabilities.details",
    "analysisModules.*.error",
)
# Values of a manifest, which may be anything.
ANY = ("analysisModules.permissions.permissions[].value",)
SUBMISSION = {"analysisId": "", "status": "", "message": ""}
STATUS = SUBMISSION | {"progress": 0, "details": None, "updatedAt": ""}


def drift(answer: object, known: object, path: str = "") -> Iterator[str]:
    """Name what is unknown, missing, or of another type than in ``known``."""
    if path in OPEN or None in (known, answer):
        return
    if isinstance(known, dict) and isinstance(answer, dict):
        for key in sorted(known.keys() | answer.keys()):
            inner = f"{path}.{key}".removeprefix(".")
            if key in known and key in answer:
                yield from drift(answer[key], known[key], inner)
            elif not _matches(inner, OPTIONAL):
                new = key not in known
                yield f"unknown: {inner} ({_type(answer[key])})" if new else f"missing: {inner}"
    elif isinstance(known, list) and isinstance(answer, list):
        if known:  # of one that was only seen empty nobody knows what an element holds
            shape = _union(known)
            found = (what for element in answer for what in drift(element, shape, f"{path}[]"))
            yield from dict.fromkeys(found)
    elif _type(known) != _type(answer) and not _matches(path, ANY):
        yield f"another type: {path} is {_type(answer)}, was {_type(known)}"


def _union(elements: list[Any]) -> Any:
    if all(isinstance(element, dict) for element in elements):
        return {key: value for element in elements for key, value in element.items()}
    return elements[0]


def _type(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number"
    return type(value).__name__


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Compare part by part; ``*`` is any one part."""
    parts = path.split(".")
    return any(
        len(parts) == len(wanted)
        and all(one in ("*", part) for one, part in zip(wanted, parts, strict=True))
        for wanted in (pattern.split(".") for pattern in patterns)
    )
