"""Publishers of unknown status, although ``--verified-publishers`` needs it."""

from collections.abc import Iterator

from vscan.policy.check_interface import Check, Violations, list_violators
from vscan.policy.model import Assessment, Effect, Policy, Violation
from vscan.safe_text import pluralize


class UnknownPublisher(Check):
    """All verdicts leave open whether the publisher is verified; one that says so is enough."""

    id = "unknown-publisher"
    waivable = False

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Collect what the verdicts say of the publisher."""
        statuses = {verdict.publisher_verified for verdict, _ in item.verdicts}
        if not policy.verified_publishers or statuses != {None}:
            return None
        details = ("whether its publisher is verified is not known",)
        return Violation(self.id, Effect.INCOMPLETE, details)

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        """Count the extensions, and name some of them."""
        del policy
        yield (
            f"{pluralize(len(found), 'extension')} whose publisher's verification status is"
            f" unknown: {list_violators(found)}."
        )
