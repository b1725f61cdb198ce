"""The checks of the policy, one in each module, in the order in which reasons are listed.

Exit code, reports and ``vscan rules`` are made from ``CHECKS``.
"""

from vscan.model import FailureKind
from vscan.policy.check_interface import Check
from vscan.policy.checks.failure import Failure
from vscan.policy.checks.finding_severity import FailOn
from vscan.policy.checks.gap import MissingParts
from vscan.policy.checks.policy_blocked import Blocked
from vscan.policy.checks.policy_not_allowed import NotAllowed
from vscan.policy.checks.policy_unverified import Unverified
from vscan.policy.checks.publisher_verification_unknown import UnknownPublisher
from vscan.policy.checks.risk_level import RiskThreshold
from vscan.policy.checks.score import MinimumScore
from vscan.policy.checks.unclaimed_id import UnclaimedId
from vscan.policy.checks.unknown_risk import UnknownRisk
from vscan.policy.checks.unpinned import Unpinned
from vscan.policy.checks.version_mismatch import VersionMismatch
from vscan.policy.unresolved_inputs import RULES as INPUT_RULES

CHECKS: tuple[Check, ...] = (
    FailOn(),
    Blocked(),
    NotAllowed(),
    Unverified(),
    RiskThreshold(),
    MinimumScore(),
    VersionMismatch(),
    UnclaimedId(),
    Unpinned(),
    *(Failure(kind) for kind in FailureKind),
    MissingParts(),
    UnknownRisk(),
    UnknownPublisher(),
)
RULES = (*(check.rule for check in CHECKS if check.rule is not None), *INPUT_RULES)
MEANINGS = {check.id: check.meaning for check in CHECKS if check.meaning is not None}
