"""Ids that no registry knows, so that anybody could publish an extension under them."""

from collections.abc import Iterator

from vscan.model import Finding, How, Kind, Registry, Rule, Severity
from vscan.policy.check_interface import Check, Violations, list_violators
from vscan.policy.model import Assessment, Effect, Policy, Violation
from vscan.safe_text import pluralize


class UnclaimedId(Check):
    """No registry that was asked knows an id that a file names."""

    rule = Rule(
        "unclaimed-id",
        Kind.POLICY,
        "A file names an extension that no registry knows",
        "Every registry that the editor of that file installs from was asked, and none knows the"
        " id; with severity info, one of them was not asked.",
        "Anybody can register the publisher and the name, and is then installed.",
        "Correct the id, or take it out.",
    )
    id = rule.id

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Compare the registries that were asked with those that an editor installs from."""
        extension = item.extension
        if not extension.unknown_to:
            return None
        needed = {extension.registry} if extension.registry is not None else set(Registry)
        severity = Severity.INFO
        if needed <= set(extension.unknown_to):
            installs = any(origin.how is How.INSTALLS for origin in extension.origins)
            severity = Severity.HIGH if installs else Severity.LOW
        message = f"{', '.join(extension.unknown_to)}: no extension has this id"
        fails = policy.fail_on is not None and severity >= policy.fail_on
        finding = Finding(self.id, severity, Kind.POLICY, message)
        effect = Effect.FAIL if fails else Effect.WARN
        return Violation(self.id, effect, (message,), (finding,), creates_finding=True)

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        """Count the extensions, and name some of them."""
        del policy
        what = f"{pluralize(len(found), 'extension')} that no registry knows (unclaimed-id)"
        is_warning = found[0][1].effect is Effect.WARN
        yield f"{'Warning: ' if is_warning else ''}{what}: {list_violators(found)}."
