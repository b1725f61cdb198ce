"""Which of the versions that a registry lists an editor would take.

An editor takes the newest release for its platform, and of one version the archive for its own
platform before the one for all.
"""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from vscan.registries.interface import Absent, Wanted

_COMMON_PLATFORM = "linux-x64"  # where a name comes without a platform, and none is for all


class Listed(Struct, frozen=True):
    """One row of a list: a version for a platform (``None``: for all).

    ``number`` is its place in the answer, by which the reader of the answer finds the rest.
    """

    version: str
    platform: str | None
    pre_release: bool
    number: int


class Chosen(Struct, frozen=True):
    """The row that an editor would take, and the newest release, of any platform."""

    row: Listed
    latest_version: str
    platforms: tuple[str | None, ...]


Choice: TypeAlias = Chosen | Absent | Literal["unknown"]


def choose(wanted: Wanted, rows: Sequence[Listed], *, is_complete: bool) -> Choice:
    """Choose among rows, which begin with the newest.

    ``unknown``: only a complete list can tell.
    """
    if wanted.version is not None:
        fitting = [row for row in rows if row.version == wanted.version]
        if not fitting:
            return Absent("version") if is_complete else "unknown"
    else:
        fitting = list(rows)
    for_platform = [row for row in fitting if _is_compatible(row, wanted.platform)]
    if not for_platform:
        return Absent("platform") if is_complete else "unknown"
    version = wanted.version or _newest(wanted, for_platform, is_complete=is_complete)
    if version is None:
        return "unknown"
    candidates = [row for row in for_platform if row.version == version]
    preferred = (wanted.platform, None, _COMMON_PLATFORM)
    row = min(
        candidates,
        key=lambda each: (
            preferred.index(each.platform) if each.platform in preferred else len(preferred),
            each.platform or "",
        ),
    )
    platforms = tuple(each.platform for each in rows if each.version == version)
    return Chosen(row, _latest(rows), platforms)


def _is_compatible(row: Listed, platform: str | None) -> bool:
    return platform is None or row.platform in (platform, None)


def _newest(wanted: Wanted, rows: Sequence[Listed], *, is_complete: bool) -> str | None:
    """Return the newest release; where there is none, the newest pre-release."""
    for row in rows:
        if wanted.is_pre_release or not row.pre_release:
            return row.version
    return rows[0].version if is_complete else None


def _latest(rows: Sequence[Listed]) -> str:
    return next((row.version for row in rows if not row.pre_release), rows[0].version)
