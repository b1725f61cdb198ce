"""The checks, in the order in which they conclude."""

from vscan.sources.offline.check import Check
from vscan.sources.offline.checks import (
    bidirectional,
    chain,
    commands,
    decoded,
    invisible,
    obfuscation,
    remote_control,
    shipped_secrets,
    sinks,
    spread,
    theft,
)

CHECKS: tuple[Check, ...] = (
    invisible.CHECK,
    decoded.CHECK,
    commands.CHECK,
    sinks.CHECK,
    chain.CHECK,
    theft.CHECK,
    spread.CHECK,
    remote_control.CHECK,
    obfuscation.CHECK,
    bidirectional.CHECK,
    shipped_secrets.CHECK,
)
