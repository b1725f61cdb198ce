"""Extensions on the policy's list of blocked ones."""

from vscan.model import Kind, Rule, Severity
from vscan.policy.check_interface import FindingCheck, has_id_among
from vscan.policy.model import Assessment, Policy, Violation


class Blocked(FindingCheck):
    """A pattern of ``blocked`` matches the id."""

    rule = Rule(
        "policy-blocked",
        Kind.POLICY,
        "The extension is on the list of blocked ones",
        "Its id matches a pattern of `blocked` in the policy of this gate.",
        "The policy of this run blocks it.",
        "Remove it, or ask the owner of the policy to allow it.",
    )
    id = rule.id
    severity = Severity.HIGH
    exact = True
    description = "on the list of blocked ones"

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Match the id with the list."""
        if not has_id_among(item, policy.blocked):
            return None
        return self.violation("the policy blocks this extension")
