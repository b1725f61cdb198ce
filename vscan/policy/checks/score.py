"""Scores below the minimum ``--min-score``."""

from collections.abc import Iterator

from vscan.policy.check_interface import Check, Violations, has_new_findings, list_violators
from vscan.policy.model import Assessment, Effect, Policy, Violation
from vscan.safe_text import pluralize


class MinimumScore(Check):
    """The worst score of a provider is below ``--min-score``, and the baseline has a better one.

    A new finding of medium severity or above counts like a worse score.
    """

    id = "score"
    meaning = "the score is below `--min-score`"

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Compare the worst score with the minimum, then with the baseline."""
        score = item.score
        if policy.min_score is None or score is None or score >= policy.min_score:
            return None
        earlier = policy.baseline_entry(item.extension.id)
        if earlier is not None and score >= earlier.score and not has_new_findings(item):
            return None
        return Violation(self.id, Effect.FAIL, (f"the score is {score:g}",))

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        """Count the extensions, and name some of them."""
        minimum = policy.min_score
        yield (
            f"{pluralize(len(found), 'extension')} with a score below {minimum}"
            f" (--min-score {minimum}): {list_violators(found)}."
        )
