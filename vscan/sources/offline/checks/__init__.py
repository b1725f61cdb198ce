"""The checks, in the order in which they conclude."""

from vscan.sources.offline.check import Check
from vscan.sources.offline.checks import archive, invisible

CHECKS: tuple[Check, ...] = (invisible.CHECK, archive.CHECK)
