"""Risk levels that a provider does not know, although ``--fail-on-risk`` needs them."""

from collections.abc import Iterator

from vscan.model import RiskLevel
from vscan.policy.check_interface import Check, Violations, list_violators
from vscan.policy.model import Assessment, Effect, Policy, Violation
from vscan.safe_text import pluralize


class UnknownRisk(Check):
    """A verdict has an unknown risk level, and ``--fail-on-risk`` is set.

    One such verdict is enough: its provider might have given the worst level.
    """

    id = "unknown-risk"
    waivable = False

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Look for one verdict of unknown risk."""
        levels = {verdict.risk for verdict, _ in item.verdicts}
        if policy.fail_on_risk is None or RiskLevel.UNKNOWN not in levels:
            return None
        return Violation(self.id, Effect.INCOMPLETE, ("the risk level is unknown",))

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        """Count the extensions, and name some of them."""
        del policy
        yield (
            f"{pluralize(len(found), 'extension')} of unknown risk, so --fail-on-risk"
            f" can't be judged: {list_violators(found)}."
        )
