"""Risk levels at or above the threshold ``--fail-on-risk``."""

from collections.abc import Iterator

from vscan.policy.check_interface import Check, Violations, has_new_findings, list_violators
from vscan.policy.model import Assessment, Effect, Policy, Violation
from vscan.safe_text import pluralize


class RiskThreshold(Check):
    """A provider's risk level is at ``--fail-on-risk`` or above, and the baseline has a lower one.

    A new finding of medium severity or above counts like a higher level.
    """

    id = "risk-level"
    meaning = "the risk level is at `--fail-on-risk` or above"

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Compare the worst level with the threshold, then with the baseline."""
        if policy.fail_on_risk is None or item.risk < policy.fail_on_risk:
            return None
        earlier = policy.baseline_entry(item.extension.id)
        if earlier is not None and item.risk <= earlier.risk and not has_new_findings(item):
            return None
        return Violation(self.id, Effect.FAIL, (f"the risk level is {item.risk.word}",))

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        """Count the extensions, and name some of them."""
        assert policy.fail_on_risk is not None
        word = policy.fail_on_risk.word
        yield (
            f"{pluralize(len(found), 'extension')} at risk level {word} or above"
            f" (--fail-on-risk {word}): {list_violators(found)}."
        )
