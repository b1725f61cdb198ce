"""The interface of a policy check: it looks at one extension and returns a violation or ``None``.

A check decides alone, sees no other check's result, and writes its own sentences for the run's
reasons. If the answer is unknown, the check returns a violation with ``Effect.INCOMPLETE``.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from vscan.model import Finding, Kind, Rule, Severity, pattern
from vscan.policy.model import Assessment, Effect, Policy, Violation
from vscan.policy.shortened_lists import list_extensions
from vscan.safe_text import pluralize

Violations: TypeAlias = Sequence[tuple[Assessment, Violation]]


class Check:
    """One check of the policy, without state.

    Reports show ``id``, and waivers name it, or one of ``waiver_aliases``. ``meaning`` describes
    the check for ``vscan rules`` if users choose it; ``rule`` belongs to the finding that the check
    creates, if it creates one. A waiver suppresses an ``exact`` check only by its full name; for
    the others a pattern is enough. No waiver suppresses a check that is not ``waivable``.
    """

    id: str
    waiver_aliases: tuple[str, ...] = ()
    meaning: str | None = None
    rule: Rule | None = None
    exact: bool = False
    waivable: bool = True

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Check one extension; ``item.findings`` are the findings of the providers."""
        raise NotImplementedError

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        """Describe violations, all of one effect, as reasons of the run."""
        raise NotImplementedError


class FindingCheck(Check):
    """A check that creates a finding of its own, and fails the run whatever the threshold is.

    ``description`` completes the sentence "2 extensions ...".
    """

    rule: Rule
    severity: Severity
    description: str

    def violation(self, message: str) -> Violation:
        """Create the violation, with its finding."""
        finding = Finding(self.id, self.severity, Kind.POLICY, message)
        return Violation(self.id, Effect.FAIL, (message,), (finding,), creates_finding=True)

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        """Count the extensions, and name some of them."""
        del policy
        count = pluralize(len(found), "extension")
        yield f"{count} {self.description} ({self.id}): {list_violators(found)}."


def list_violators(found: Violations) -> str:
    """Name the extensions of some violations, and count those beyond a limit."""
    return list_extensions([item for item, _ in found])


def has_id_among(item: Assessment, patterns: tuple[str, ...]) -> bool:
    """Whether one of the ids and patterns of a list matches the extension."""
    return _compiled(patterns).fullmatch(item.extension.id.key) is not None


def has_new_findings(item: Assessment) -> bool:
    """Whether a finding of medium severity or above is active.

    Such a finding can replace one of the baseline and leave risk level and score unchanged.
    """
    return any(
        each.is_active and each.finding.severity >= Severity.MEDIUM for each in item.findings
    )


_compiled = lru_cache(pattern)
