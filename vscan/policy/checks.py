"""The checks of the policy: each decides by itself, and says so in a sentence of its own.

``CHECKS`` is all there is: exit code, reports and ``vscan rules`` are made from it. A check looks
at one extension and returns a violation or ``None``. What can't be known is a violation, too: its
effect is then ``Effect.INCOMPLETE``.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TypeAlias

from vscan.model import (
    FailureKind,
    Finding,
    GapKind,
    Kind,
    RiskLevel,
    Rule,
    Severity,
    pattern,
)
from vscan.policy.model import (
    FAILURE,
    Assessment,
    BaselineEntry,
    Effect,
    Policy,
    Violation,
)
from vscan.text import pluralize

Violations: TypeAlias = Sequence[tuple[Assessment, Violation]]

_NAMED = 5  # extensions that a sentence names before it only counts
_SHOWN = 3  # details of one extension in a sentence

_BLOCKED = Rule(
    "policy-blocked",
    Kind.POLICY,
    "The extension is on the list of blocked ones",
    "Its id matches a pattern of `blocked` in the policy of this gate.",
    "Whoever runs the gate has decided that nobody should have it.",
    "Remove it, or talk to whoever keeps the list.",
)
_NOT_ALLOWED = Rule(
    "policy-not-allowed",
    Kind.POLICY,
    "The extension is not on the list of allowed ones",
    "The policy has a list `allowed`, and no pattern in it matches the id.",
    "Where only reviewed extensions are wanted, one that nobody has looked at is a risk.",
    "Have it reviewed and added to the list, or remove it.",
)
_UNVERIFIED = Rule(
    "policy-unverified",
    Kind.POLICY,
    "The publisher is not verified",
    "The Marketplace does not show that the publisher owns the domain they name.",
    "Anybody can publish under a name that looks like a known one.",
    "Check who the publisher is; use an extension of a verified one, or waive it.",
)


class Check:
    """One check of the policy. It has no state.

    ``id`` is what reports call it and waivers name, ``waived_as`` what waivers may name besides.
    ``meaning`` says what it is for ``vscan rules``, if users choose it; ``rule`` is carried by the
    finding that it makes, if it makes one. Only a waiver that names an ``exact`` check suppresses
    it; for others a pattern is enough. What is not ``waivable`` nobody may accept.
    """

    id: str
    waived_as: tuple[str, ...] = ()
    meaning: str | None = None
    rule: Rule | None = None
    exact: bool = False
    waivable: bool = True

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        """Say what this check has against an extension; ``item.held`` are the sources' findings."""
        raise NotImplementedError

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        """Say what was found, as reasons of the run; ``found`` has violations of one effect."""
        raise NotImplementedError


class _Threshold(Check):
    """A finding at ``--fail-on`` or above; each is waived by its own rule.

    Posture is how an extension is made: only ``--fail-on-risk`` judges that.
    """

    id = "fail-on"
    waivable = False

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        if policy.fail_on is None:
            return None
        found = tuple(
            held.finding
            for held in item.held
            if held.counts
            and held.finding.severity >= policy.fail_on
            and held.finding.kind not in {Kind.POSTURE, Kind.POLICY}
        )
        return Violation(self.id, Effect.FAIL, findings=found) if found else None

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        assert policy.fail_on is not None  # nothing is found without
        by_severity: dict[Severity, list[Assessment]] = {}
        for item, violation in found:
            for finding in violation.findings:
                by_severity.setdefault(finding.severity, []).append(item)
        for severity, items in sorted(by_severity.items(), reverse=True):
            yield (
                f"{pluralize(len(items), 'finding')} of severity {severity.word}"
                f" (--fail-on {policy.fail_on.word}): {names(items)}."
            )


class _Listed(Check):
    """A check that makes a finding of its own, and fails whatever the threshold."""

    rule: Rule
    severity: Severity
    what: str

    def violation(self, message: str) -> Violation:
        """Make the violation, with its finding."""
        finding = Finding(self.id, self.severity, Kind.POLICY, message)
        return Violation(self.id, Effect.FAIL, (message,), (finding,), made=True)

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        del policy
        yield f"{pluralize(len(found), 'extension')} {self.what} ({self.id}): {_names(found)}."


class _Blocked(_Listed):
    id = _BLOCKED.id
    rule = _BLOCKED
    severity = Severity.HIGH
    exact = True
    what = "on the list of blocked ones"

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        if not _compiled(policy.blocked).fullmatch(item.extension.id.key):
            return None
        return self.violation("the policy blocks this extension")


class _NotAllowed(_Listed):
    id = _NOT_ALLOWED.id
    rule = _NOT_ALLOWED
    severity = Severity.HIGH
    exact = True
    what = "not on the list of allowed ones"

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        if not policy.allowed or _compiled(policy.allowed).fullmatch(item.extension.id.key):
            return None
        return self.violation("the policy does not allow this extension")


class _Unverified(_Listed):
    id = _UNVERIFIED.id
    rule = _UNVERIFIED
    severity = Severity.MEDIUM
    what = "of a publisher that is not verified"

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        verified = [verdict.publisher_verified for verdict, _ in item.verdicts]
        if not policy.verified_publishers or False not in verified:
            return None
        return self.violation(f"the publisher {item.extension.id.publisher} is not verified")


class _Risk(Check):
    """The risk level of a provider, which the baseline may have had already."""

    id = "risk-level"
    meaning = "the risk level is at `--fail-on-risk` or above"

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        if policy.fail_on_risk is None or item.risk < policy.fail_on_risk:
            return None
        earlier = earlier_of(item, policy)
        if earlier is not None and item.risk <= earlier.risk and not _has_news(item):
            return None
        return Violation(self.id, Effect.FAIL, (f"the risk level is {item.risk.word}",))

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        assert policy.fail_on_risk is not None
        word = policy.fail_on_risk.word
        yield (
            f"{pluralize(len(found), 'extension')} at risk level {word} or above"
            f" (--fail-on-risk {word}): {_names(found)}."
        )


class _Score(Check):
    """The worst score of a provider, which the baseline may have had already."""

    id = "score"
    meaning = "the score is below `--min-score`"

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        score = min((verdict.score for verdict, _ in item.verdicts), default=None)
        if policy.min_score is None or score is None or score >= policy.min_score:
            return None
        earlier = earlier_of(item, policy)
        if earlier is not None and score >= earlier.score and not _has_news(item):
            return None
        return Violation(self.id, Effect.FAIL, (f"the score is {score:g}",))

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        minimum = policy.min_score
        yield (
            f"{pluralize(len(found), 'extension')} with a score below {minimum}"
            f" (--min-score {minimum}): {_names(found)}."
        )


class _Gap(Check):
    """Parts of the analysis are missing.

    By default, where bytes of the extension were not examined, the run is incomplete, for its
    author may have chosen that. So it is where a service lacks what decides and no other verdict is
    whole. Other gaps of a service are a warning. A baseline excuses no gap: what was not looked at
    yesterday may be something else today.
    """

    id = "gap"
    waived_as = (f"{FAILURE}gap",)
    meaning = "parts of the analysis are missing (`--on-gap`)"
    exact = True

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        gaps = [gap for verdict, _ in item.verdicts for gap in verdict.gaps]
        if not gaps or policy.on_gap == "ignore":
            return None
        if policy.on_gap == "auto":
            whole = any(not verdict.gaps for verdict, _ in item.verdicts)
            open_ = {GapKind.UNEXAMINED} if whole else {GapKind.UNEXAMINED, GapKind.DECISIVE}
            decisive = [gap for gap in gaps if gap.kind in open_]
        else:
            decisive = gaps if policy.on_gap == "fail" else []
        effect = Effect.INCOMPLETE if decisive else Effect.WARN
        # Of a gap that is no reason to stop nobody needs to read beside one that is.
        return Violation(self.id, effect, tuple(dict.fromkeys(g.text for g in decisive or gaps)))

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        del policy
        whole = "with parts of the analysis missing"
        if found[0][1].effect is Effect.WARN:
            yield f"Warning: {pluralize(len(found), 'extension')} {whole}: {_names(found)}."
            return
        said = [
            f"{item.extension.id} ({_few(violation.details, _SHOWN, '; ')})"
            for item, violation in found
        ]
        yield f"{pluralize(len(found), 'extension')} {whole} (gap): {listed(said)}."


class _Mismatch(Check):
    """A verdict is about another version than the installed one."""

    id = "version-mismatch"
    meaning = (
        "the verdict is about another version than the installed one (`--on-version-mismatch`)"
    )

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        mismatches = mismatches_of(item)
        if not mismatches or policy.on_version_mismatch == "ignore":
            return None
        earlier = earlier_of(item, policy)
        if earlier is not None and mismatches <= earlier.mismatches:
            return None
        effect = Effect.FAIL if policy.on_version_mismatch == "fail" else Effect.WARN
        details = (f"{have} is installed, {analysed} was analysed" for have, analysed in mismatches)
        return Violation(self.id, effect, tuple(sorted(details)))

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        del policy
        what = (
            f"{pluralize(len(found), 'extension')} judged by another version than the one installed"
        )
        if found[0][1].effect is Effect.WARN:
            yield f"Warning: {what}: {_names(found)}."
        else:
            yield f"{what} (--on-version-mismatch fail): {_names(found)}."


class _NoVerdict(Check):
    """A provider gave no verdict, for one kind of reason."""

    exact = True

    def __init__(self, kind: FailureKind) -> None:
        self.kind = kind
        self.id = f"{FAILURE}{kind}"

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        del policy
        details = tuple(f.detail for f in item.failures if f.kind is self.kind)
        return Violation(self.id, Effect.INCOMPLETE, details) if details else None

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        del policy
        yield (
            f"{pluralize(len(found), 'extension')} could not be scanned ({self.kind}):"
            f" {_names(found)}."
        )


class _UnknownRisk(Check):
    """``--fail-on-risk`` asks for a level that a provider could not say.

    By verdict: a provider that does not know could have said the worst.
    """

    id = "unknown-risk"
    waivable = False

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        levels = {verdict.risk for verdict, _ in item.verdicts}
        if policy.fail_on_risk is None or RiskLevel.UNKNOWN not in levels:
            return None
        return Violation(self.id, Effect.INCOMPLETE, ("the risk level is unknown",))

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        del policy
        yield (
            f"{pluralize(len(found), 'extension')} of unknown risk, so --fail-on-risk"
            f" can't be judged: {_names(found)}."
        )


class _UnknownPublisher(Check):
    """``--verified-publishers`` asks for what no provider could say."""

    id = "unknown-publisher"
    waivable = False

    def evaluate(self, item: Assessment, policy: Policy) -> Violation | None:
        # A provider that does not tell is no reason while another one does.
        known = {verdict.publisher_verified for verdict, _ in item.verdicts}
        if not policy.verified_publishers or known != {None}:
            return None
        details = ("whether its publisher is verified is not known",)
        return Violation(self.id, Effect.INCOMPLETE, details)

    def sentences(self, policy: Policy, found: Violations) -> Iterator[str]:
        del policy
        yield (
            f"{pluralize(len(found), 'extension')} of a publisher of whom is not known"
            f" whether they are verified: {_names(found)}."
        )


CHECKS: tuple[Check, ...] = (
    _Threshold(),
    _Blocked(),
    _NotAllowed(),
    _Unverified(),
    _Risk(),
    _Score(),
    _Mismatch(),
    *map(_NoVerdict, FailureKind),
    _Gap(),
    _UnknownRisk(),
    _UnknownPublisher(),
)
RULES = tuple(check.rule for check in CHECKS if check.rule is not None)
MEANINGS = {check.id: check.meaning for check in CHECKS if check.meaning is not None}


def earlier_of(item: Assessment, policy: Policy) -> BaselineEntry | None:
    """Look up what the baseline has of an extension."""
    return (policy.baseline or {}).get(item.extension.id.key)


def _has_news(item: Assessment) -> bool:
    """Tell whether there is a finding that the baseline has not, and that nobody has accepted.

    One that takes another one's place leaves level and score as they were.
    """
    return any(held.counts and held.finding.severity >= Severity.MEDIUM for held in item.held)


def mismatches_of(item: Assessment) -> frozenset[tuple[str, str]]:
    """List the installed version with each analysed one that is another."""
    installed = item.extension.version
    if installed is None:
        return frozenset()
    analysed = {verdict.analysed_version for verdict, _ in item.verdicts} - {installed}
    return frozenset((installed, version) for version in analysed)


def names(items: Sequence[Assessment]) -> str:
    """Name some extensions, each once, and count the rest."""
    return listed([str(item.extension.id) for item in items])


def listed(texts: Sequence[str]) -> str:
    """Give some texts, each once, and count the rest."""
    return _few(list(dict.fromkeys(texts)), _NAMED, ", ")


def _names(found: Violations) -> str:
    return names([item for item, _ in found])


def _few(texts: Sequence[str], limit: int, separator: str) -> str:
    rest = len(texts) - limit
    return separator.join(texts[:limit]) + (f" and {rest} more" if rest > 0 else "")


_compiled = lru_cache(pattern)
