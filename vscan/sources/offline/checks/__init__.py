"""The checks, in the order in which they conclude."""

from vscan.sources.offline.check import Check
from vscan.sources.offline.checks import formats, invisible, manifest

CHECKS: tuple[Check, ...] = (
    invisible.CHECK,
    manifest.CHECK,
    formats.CHECK,
)
