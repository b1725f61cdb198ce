"""Failures: a provider gave no verdict. There is one check for each kind of failure."""

from collections.abc import Iterator

from vscan.model import FailureKind
from vscan.policy.check_interface import Check, Violations, list_violators
from vscan.policy.model import Assessment, Effect, Policy, Violation, failure_check_id
from vscan.safe_text import pluralize


class Failure(Check):
    """A provider gave no verdict, for one kind of reason."""

    exact = True

    def __init__(self, kind: FailureKind) -> None:
        self.kind = kind
        self.id = failure_check_id(kind)

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Collect the failures of the kind."""
        del policy
        details = tuple(f.detail for f in item.failures if f.kind is self.kind)
        return Violation(self.id, Effect.INCOMPLETE, details) if details else None

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        """Count the extensions, and name some of them."""
        del policy
        yield (
            f"{pluralize(len(found), 'extension')} could not be scanned ({self.kind}):"
            f" {list_violators(found)}."
        )
