"""The checks, in the order in which they conclude."""

from vscan.sources.offline.check import Check
from vscan.sources.offline.checks import (
    archive,
    capabilities,
    formats,
    impersonation,
    invisible,
    known,
    manifest,
    packages,
)

CHECKS: tuple[Check, ...] = (
    known.CHECK,
    packages.CHECK,
    invisible.CHECK,
    impersonation.CHECK,
    manifest.CHECK,
    formats.CHECK,
    archive.CHECK,
    capabilities.CHECK,
)
