"""Extensions that are missing on the policy's list of allowed ones."""

from vscan.model import Kind, Rule, Severity
from vscan.policy.check_interface import FindingCheck, has_id_among
from vscan.policy.model import Assessment, Policy, Violation


class NotAllowed(FindingCheck):
    """The policy has a list ``allowed``, and none of its patterns matches the id."""

    rule = Rule(
        "policy-not-allowed",
        Kind.POLICY,
        "The extension is not on the list of allowed ones",
        "The policy has a list `allowed`, and no pattern in it matches the id.",
        "The policy of this run allows reviewed extensions only, and nobody has reviewed this one.",
        "Have it reviewed and added to the list, or remove it.",
    )
    id = rule.id
    severity = Severity.HIGH
    exact = True
    description = "not on the list of allowed ones"

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Match the id with the list, if the policy has one."""
        if not policy.allowed or has_id_among(item, policy.allowed):
            return None
        return self.violation("the policy does not allow this extension")
