"""A payload shape and its near miss, for the recall of the behaviours of campaigns."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Plant:
    """What is put into a real extension.

    ``code`` stands between two statements of its program, ``dist/main.js``. ``files`` are further
    files, ``manifest`` replaces fields of package.json; ``None`` takes one away.
    """

    code: str = ""
    files: Mapping[str, bytes | str] = field(default_factory=dict)
    manifest: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A payload that must be found at high or above, beside a near miss that must not."""

    family: str
    name: str
    source: str  # the public report or campaign that it follows
    payload: Plant
    near_miss: Plant
