"""Extensions that a place installs without a version, for ``--on-unpinned``."""

from collections.abc import Iterator

from vscan.model import INVENTORY, Finding, How, Kind, Rule, Severity
from vscan.policy.check_interface import Check, Violations, list_violators
from vscan.policy.model import Assessment, Effect, Policy, Violation
from vscan.safe_text import pluralize

# What the user typed, what a machine has, and what another extension brings along.
_NO_FILE = frozenset({"id", "standard-input", "member", INVENTORY})


class Unpinned(Check):
    """A file of the scanned repository installs whatever version is the latest."""

    rule = Rule(
        "unpinned",
        Kind.POLICY,
        "An extension is installed without a version",
        "A file installs the extension by its name alone, so that it gets whichever version the"
        " registry calls the latest.",
        "A version that is published after this scan, by the publisher or by who took the account,"
        " is installed without anybody having looked at it.",
        "Ask for an exact version (publisher.name@1.2.3) where the kind of file knows one.",
    )
    id = rule.id

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Look for a place that installs the extension, and names no version."""
        if policy.on_unpinned == "ignore":
            return None
        places = [
            f"{origin.uri}:{origin.line}"
            for origin in item.extension.origins
            if origin.how is How.INSTALLS and origin.version is None and origin.kind not in _NO_FILE
        ]
        if not places:
            return None
        effect = Effect.FAIL if policy.on_unpinned == "fail" else Effect.WARN
        message = "it is installed without a version"
        finding = Finding(self.id, Severity.INFO, Kind.POLICY, message)
        return Violation(self.id, effect, tuple(places), (finding,), creates_finding=True)

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        """Count the extensions, and name some of them."""
        del policy
        what = f"{pluralize(len(found), 'extension')} installed without a version (unpinned)"
        is_warning = found[0][1].effect is Effect.WARN
        yield f"{'Warning: ' if is_warning else ''}{what}: {list_violators(found)}."
