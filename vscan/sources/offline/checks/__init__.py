"""The checks, in the order in which they conclude."""

from vscan.sources.offline.check import Check
from vscan.sources.offline.checks import (
    archive,
    bidirectional,
    capabilities,
    chain,
    commands,
    decoded,
    formats,
    impersonation,
    invisible,
    known,
    manifest,
    obfuscation,
    packages,
    remote_control,
    shipped_secrets,
    sinks,
    spread,
    theft,
)

CHECKS: tuple[Check, ...] = (
    known.CHECK,
    packages.CHECK,
    invisible.CHECK,
    decoded.CHECK,
    commands.CHECK,
    sinks.CHECK,
    chain.CHECK,
    theft.CHECK,
    spread.CHECK,
    remote_control.CHECK,
    impersonation.CHECK,
    manifest.CHECK,
    formats.CHECK,
    obfuscation.CHECK,
    bidirectional.CHECK,
    shipped_secrets.CHECK,
    archive.CHECK,
    capabilities.CHECK,
)
