"""Findings of a severity at or above the threshold ``--fail-on``."""

from collections.abc import Iterator

from vscan.model import Kind, Severity
from vscan.policy.check_interface import Check, Violations
from vscan.policy.model import Assessment, Effect, Policy, Violation
from vscan.policy.shortened_lists import list_extensions
from vscan.safe_text import pluralize


class FailOn(Check):
    """A finding at ``--fail-on`` or above. A waiver names the rule of the finding.

    Posture is a sign of risk and not proof of a fault: the risk level and the score count it.
    """

    id = "fail-on"
    waivable = False

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Collect the active findings at the threshold or above."""
        if policy.fail_on is None:
            return None
        found = tuple(
            each.finding
            for each in item.findings
            if each.is_active
            and each.finding.severity >= policy.fail_on
            and each.finding.kind not in {Kind.POSTURE, Kind.POLICY}
        )
        return Violation(self.id, Effect.FAIL, findings=found) if found else None

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        """Count the findings of each severity."""
        assert policy.fail_on is not None  # without a threshold there is no violation
        by_severity: dict[Severity, list[Assessment]] = {}
        for item, violation in found:
            for finding in violation.findings:
                by_severity.setdefault(finding.severity, []).append(item)
        for severity, items in sorted(by_severity.items(), reverse=True):
            yield (
                f"{pluralize(len(items), 'finding')} of severity {severity.word}"
                f" (--fail-on {policy.fail_on.word}): {list_extensions(items)}."
            )
