"""Extensions of publishers that are not verified, for ``--verified-publishers``."""

from vscan.model import Kind, Rule, Severity
from vscan.policy.check_interface import FindingCheck
from vscan.policy.model import Assessment, Policy, Violation


class Unverified(FindingCheck):
    """A provider says that the publisher is not verified."""

    rule = Rule(
        "policy-unverified",
        Kind.POLICY,
        "The publisher is not verified",
        "The Marketplace does not show that the publisher owns the domain they name.",
        "Anybody can publish under a name that looks like a known one.",
        "Check who the publisher is; use an extension of a verified one, or suppress the finding"
        " in the ignore file.",
    )
    id = rule.id
    severity = Severity.MEDIUM
    description = "of a publisher that is not verified"

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Look for one verdict that denies it."""
        verified = [verdict.publisher_verified for verdict, _ in item.verdicts]
        if not policy.verified_publishers or False not in verified:
            return None
        return self.violation(f"the publisher {item.extension.id.publisher} is not verified")
