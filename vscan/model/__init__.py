"""The data model: frozen, comparable values without I/O.

Untrusted text has passed ``safe_text.sanitize`` where it was parsed.
"""

from vscan.model.cache_key import CacheKey
from vscan.model.extension import (
    INVENTORY,
    Extension,
    How,
    Origin,
    PlaceFinding,
    RegistryFacts,
    Skipped,
    SkipReason,
    Unreadable,
)
from vscan.model.identity import (
    TARGET_PLATFORMS,
    UNDEFINED_PUBLISHER,
    ExtensionId,
    Registry,
    check_pattern,
    parse_version,
    pattern,
)
from vscan.model.levels_and_kinds import Confidence, GapKind, Kind, RiskLevel, Severity
from vscan.model.outcome import Failed, FailureKind, Outcome, Scanned, Throttled
from vscan.model.task import Resume, Task
from vscan.model.verdict import DataSet, DataState, Finding, Gap, Package, Rule, Verdict

__all__ = [
    "INVENTORY",
    "TARGET_PLATFORMS",
    "UNDEFINED_PUBLISHER",
    "CacheKey",
    "Confidence",
    "DataSet",
    "DataState",
    "Extension",
    "ExtensionId",
    "Failed",
    "FailureKind",
    "Finding",
    "Gap",
    "GapKind",
    "How",
    "Kind",
    "Origin",
    "Outcome",
    "Package",
    "PlaceFinding",
    "Registry",
    "RegistryFacts",
    "Resume",
    "RiskLevel",
    "Rule",
    "Scanned",
    "Severity",
    "SkipReason",
    "Skipped",
    "Task",
    "Throttled",
    "Unreadable",
    "Verdict",
    "check_pattern",
    "parse_version",
    "pattern",
]
