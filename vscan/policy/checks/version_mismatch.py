"""Verdicts about another version than the installed one, for ``--on-version-mismatch``."""

from collections.abc import Iterator

from vscan.policy.check_interface import Check, Violations, list_violators
from vscan.policy.model import Assessment, Effect, Policy, Violation
from vscan.safe_text import pluralize


class VersionMismatch(Check):
    """A verdict is about another version than the installed one, and the baseline lacks that."""

    id = "version-mismatch"
    meaning = (
        "the verdict is about another version than the installed one (`--on-version-mismatch`)"
    )

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Compare the versions, then look for the same pairs in the baseline."""
        mismatches = item.version_mismatches
        if not mismatches or policy.on_version_mismatch == "ignore":
            return None
        earlier = policy.baseline_entry(item.extension.id)
        if earlier is not None and mismatches <= earlier.mismatches:
            return None
        effect = Effect.FAIL if policy.on_version_mismatch == "fail" else Effect.WARN
        details = (f"{have} is installed, {analysed} was analysed" for have, analysed in mismatches)
        return Violation(self.id, effect, tuple(sorted(details)))

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        """Count the extensions, and name some of them."""
        del policy
        what = (
            f"{pluralize(len(found), 'extension')} judged by another version than the one installed"
        )
        if found[0][1].effect is Effect.WARN:
            yield f"Warning: {what}: {list_violators(found)}."
        else:
            yield f"{what} (--on-version-mismatch fail): {list_violators(found)}."
