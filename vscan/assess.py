"""Weigh what was found against each extension: by policy, waivers and baseline. Pure.

What a waiver or the baseline takes out of the judgement stays in the assessment, marked.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from vscan.domain import Extension, Finding, Kind, Outcome, Rule, Severity, Task, pattern
from vscan.judgement import (
    FAILURE,
    POLICY_SOURCE,
    Assessment,
    Earlier,
    Held,
    Policy,
    Stale,
    Waiver,
    printed,
)

BLOCKED, NOT_ALLOWED, UNVERIFIED = "policy-blocked", "policy-not-allowed", "policy-unverified"
RULES = (
    Rule(
        BLOCKED,
        Kind.POLICY,
        "The extension is on the list of blocked ones",
        "Its id matches a pattern of `blocked` in the policy of this gate.",
        "Whoever runs the gate has decided that nobody should have it.",
        "Remove it, or talk to whoever keeps the list.",
    ),
    Rule(
        NOT_ALLOWED,
        Kind.POLICY,
        "The extension is not on the list of allowed ones",
        "The policy has a list `allowed`, and no pattern in it matches the id.",
        "Where only reviewed extensions are wanted, one that nobody has looked at is a risk.",
        "Have it reviewed and added to the list, or remove it.",
    ),
    Rule(
        UNVERIFIED,
        Kind.POLICY,
        "The publisher is not verified",
        "The Marketplace does not show that the publisher owns the domain they name.",
        "Anybody can publish under a name that looks like a known one.",
        "Check who the publisher is; use an extension of a verified one, or waive it.",
    ),
)
# The checks that look at an extension as a whole. A waiver can name them like a rule.
RISK, SCORE, GAP, MISMATCH = "risk-level", "score", "gap", "version-mismatch"
CHECKS = {
    RISK: "the risk level is at `--fail-on-risk` or above",
    SCORE: "the score is below `--min-score`",
    GAP: "parts of the analysis are missing (`--on-gap`)",
    MISMATCH: "the verdict is about another version than the installed one"
    " (`--on-version-mismatch`)",
}


def assess(
    outcomes: Iterable[Outcome],
    policy: Policy = Policy(),  # noqa: B008 - frozen
    today: date = date.max,
    stale: Mapping[Task, Stale] | None = None,
) -> tuple[Assessment, ...]:
    """Turn outcomes, of tasks sorted by id, into one assessment for each extension.

    ``stale`` is what is remembered of tasks that failed.
    """
    by_extension: dict[int, list[Outcome]] = {}
    extensions = {}
    for outcome in outcomes:
        for extension in outcome.task.extensions:
            # By identity: two installed copies may be equal in every field.
            extensions[id(extension)] = extension
            by_extension.setdefault(id(extension), []).append(outcome)
    weigh = _Scale(policy, today, stale or {})
    return tuple(weigh(extensions[number], tuple(found)) for number, found in by_extension.items())


class _Scale:
    """The policy, compiled: weighs what was found against one extension."""

    def __init__(self, policy: Policy, today: date, stale: Mapping[Task, Stale]) -> None:
        self._policy = policy
        self._stale = stale
        self._blocked = pattern(policy.blocked)
        self._allowed = pattern(policy.allowed) if policy.allowed else None
        self._waivers = [
            (pattern([waiver.id]), pattern([waiver.rule]), waiver)
            for waiver in policy.waivers
            if not is_expired(waiver, today)
        ]

    def __call__(self, extension: Extension, outcomes: tuple[Outcome, ...]) -> Assessment:
        key = extension.id.key
        waivers = [(rule, waiver) for id_, rule, waiver in self._waivers if id_.fullmatch(key)]
        bare = Assessment(extension, outcomes)
        own = tuple(self._own(bare))
        # Dictionaries for the few that have any: most have neither waivers nor a baseline.
        stale = tuple(self._stale[f.task] for f in bare.failures if f.task in self._stale)
        verdicts = (*(verdict for verdict, _ in bare.verdicts), *(s.verdict for s in stale))
        found = [*own, *(finding for verdict in verdicts for finding in verdict.findings)]
        earlier = (self._policy.baseline or {}).get(key)
        holding = tuple(_holding(self._policy, bare))
        open_ = [check for check in holding if not (earlier and _was_so(check, bare, earlier))]
        failing = [f"{FAILURE}{failure.kind}" for failure in bare.failures]
        excused = {
            what: waiver
            for what in (*open_, *failing)
            if (waiver := _match(waivers, what)) is not None
        }
        assessment = Assessment(
            extension,
            outcomes,
            policy=own,
            waived={
                finding: waiver
                for finding in (found if waivers else ())
                if (waiver := _match(waivers, finding.rule)) is not None
            },
            known=frozenset(f for f in (found if earlier else ()) if _is_known(f, earlier)),
            checks=tuple(check for check in open_ if check not in excused),
            excused=excused,
            stale=stale,
        )
        return replace(assessment, fails=fails(self._policy, assessment))

    def _own(self, assessment: Assessment) -> Iterator[Finding]:
        """Find what the gate's own rules hold against an extension."""
        key = assessment.extension.id.key
        if self._blocked.fullmatch(key):
            yield Finding(BLOCKED, Severity.HIGH, Kind.POLICY, "the policy blocks this extension")
        if self._allowed is not None and not self._allowed.fullmatch(key):
            message = "the policy does not allow this extension"
            yield Finding(NOT_ALLOWED, Severity.HIGH, Kind.POLICY, message)
        verified = [verdict.publisher_verified for verdict, _ in assessment.verdicts]
        if self._policy.verified_publishers and False in verified:
            message = f"the publisher {assessment.extension.id.publisher} is not verified"
            yield Finding(UNVERIFIED, Severity.MEDIUM, Kind.POLICY, message)


def fails(policy: Policy, assessment: Assessment) -> bool:
    """Say whether an extension alone would fail the run."""
    settings = {GAP: policy.on_gap, MISMATCH: policy.on_version_mismatch}
    return any(settings.get(check, "fail") == "fail" for check in assessment.checks) or any(
        is_counted(policy, held) or held.source == POLICY_SOURCE
        for held in assessment.held
        if held.counts
    )


def is_counted(policy: Policy, held: Held) -> bool:
    """Say whether ``--fail-on`` looks at a finding, and finds it at the threshold or above.

    Posture is how an extension is made; only ``--fail-on-risk`` judges that. The gate's
    own rules fail a run whatever the threshold.
    """
    return (
        policy.fail_on is not None
        and held.finding.severity >= policy.fail_on
        and held.finding.kind not in {Kind.POSTURE, Kind.POLICY}
        and held.counts
    )


def is_expired(waiver: Waiver, today: date) -> bool:
    """Say whether the last day of a waiver is over."""
    return waiver.expires is not None and waiver.expires < today


def _match(waivers: Sequence[tuple[re.Pattern[str], Waiver]], rule: str) -> Waiver | None:
    """Find the waiver of a rule.

    A pattern of rules is none of failures, nor of the lists of who may be installed: those
    are other risks, and other people's.
    """
    exact = rule.startswith(FAILURE) or rule in {BLOCKED, NOT_ALLOWED}
    return next(
        (
            waiver
            for rules, waiver in waivers
            if rules.fullmatch(rule) and (not exact or waiver.rule == rule)
        ),
        None,
    )


def _is_known(finding: Finding, earlier: Earlier | None) -> bool:
    # What the policy says of an extension is no news that could grow old.
    listed = finding.kind is not Kind.POLICY
    return earlier is not None and listed and print_of(finding) in earlier.findings


def print_of(finding: Finding) -> tuple[str, str, str]:
    """Say what makes a finding the same as one of an earlier report: all that is said of it.

    Its file and its advisory too, where there are any: another file that is malicious is
    another finding.
    """
    said = (finding.message, finding.file, finding.evidence, finding.url)
    return finding.rule, finding.severity.word, printed(said)


def _holding(policy: Policy, assessment: Assessment) -> Iterator[str]:
    """List the checks that hold against an extension, waived or not."""
    verdicts = [verdict for verdict, _ in assessment.verdicts]
    if policy.fail_on_risk is not None and assessment.risk >= policy.fail_on_risk:
        yield RISK
    if policy.min_score is not None and any(v.score < policy.min_score for v in verdicts):
        yield SCORE
    if policy.on_gap != "ignore" and any(verdict.gaps for verdict in verdicts):
        yield GAP
    if policy.on_version_mismatch != "ignore" and is_mismatched(assessment):
        yield MISMATCH


def _was_so(check: str, assessment: Assessment, earlier: Earlier) -> bool:
    """Say whether the baseline was no better."""
    verdicts = [verdict for verdict, _ in assessment.verdicts]
    if check == RISK:
        return assessment.risk <= earlier.risk
    if check == SCORE:
        return min(verdict.score for verdict in verdicts) >= earlier.score
    if check == GAP:
        return {gap for verdict in verdicts for gap in verdict.gaps} <= earlier.gaps
    return mismatches_of(assessment) <= earlier.mismatches


def is_mismatched(assessment: Assessment) -> bool:
    """Say whether a verdict is about another version than the installed one."""
    return bool(mismatches_of(assessment))


def mismatches_of(assessment: Assessment) -> set[tuple[str, str]]:
    """List the installed version with each analysed one that is another."""
    installed = assessment.extension.version
    analysed = {verdict.analysed_version for verdict, _ in assessment.verdicts} - {installed}
    return set() if installed is None else {(installed, version) for version in analysed}
