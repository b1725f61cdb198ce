"""The checks, in the order in which their hooks are called."""

from vscan.providers.offline.check_interface import Check
from vscan.providers.offline.checks import (
    archive_integrity,
    bidirectional_code,
    blockchain_commands,
    capabilities,
    decoded_code,
    disguised_file,
    exfiltration_sink,
    impersonation,
    invisible_payload,
    known_malicious,
    manifest,
    npm_packages,
    obfuscated_code,
    remote_control_tools,
    runs_remote_code,
    self_spread,
    shipped_secret,
    theft_targets,
)

CHECKS: tuple[Check, ...] = (
    known_malicious.CHECK,
    npm_packages.CHECK,
    invisible_payload.CHECK,
    decoded_code.CHECK,
    runs_remote_code.CHECK,
    exfiltration_sink.CHECK,
    blockchain_commands.CHECK,
    theft_targets.CHECK,
    self_spread.CHECK,
    remote_control_tools.CHECK,
    impersonation.CHECK,
    manifest.CHECK,
    disguised_file.CHECK,
    obfuscated_code.CHECK,
    bidirectional_code.CHECK,
    shipped_secret.CHECK,
    archive_integrity.CHECK,
    capabilities.CHECK,
)
