"""Judge a run: outcomes and a policy to stats and a decision. Pure.

Of the exit codes that hold, the first of 1, 3, 4 wins. A scan that could not look is
never green: what can't be known counts as incomplete, never as clean.
"""

import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from vscan.assess import (
    BLOCKED,
    GAP,
    MISMATCH,
    NOT_ALLOWED,
    RISK,
    SCORE,
    UNVERIFIED,
    is_counted,
    is_expired,
    is_mismatched,
    print_of,
)
from vscan.domain import FailureKind, RiskLevel, Scanned, Severity, Unreadable
from vscan.errors import Exit
from vscan.judgement import (
    FAILURE,
    POLICY_SOURCE,
    Assessment,
    Decision,
    Held,
    Outlook,
    Policy,
    Stats,
)
from vscan.text import counted

_NAMED = 5  # extensions that a reason names before it only counts


def count(  # noqa: PLR0913 - three counters come from the gate
    assessments: Sequence[Assessment],
    unreadable: Sequence[Unreadable],
    *,
    requests: int,
    retries: int,
    rate_limited: int,
    elapsed_s: float,
) -> Stats:
    """Count a run. Findings are counted for each extension that they are about."""
    scanned = [a for a in assessments if _was_scanned(a)]
    cached = sum(all(from_cache for _, from_cache in a.verdicts) for a in scanned)
    severities: Counter[Severity] = Counter()
    waived = known = with_findings = 0
    for assessment in assessments:
        found = 0
        for found, held in enumerate(assessment.held, 1):  # noqa: B007 - it is the number
            severities[held.finding.severity] += 1
            waived += held.waiver is not None
            known += held.waiver is None and held.known
        with_findings += found > 0
    return Stats(
        total=len(assessments) + len(unreadable),
        scanned=len(scanned),
        cached=cached,
        fresh=len(scanned) - cached,
        failed=len(assessments) - len(scanned),
        unreadable=len(unreadable),
        with_gaps=sum(any(v.gaps for v, _ in a.verdicts) for a in assessments),
        with_findings=with_findings,
        version_mismatches=sum(map(is_mismatched, assessments)),
        findings_by_severity=tuple((s, severities[s]) for s in sorted(Severity, reverse=True)),
        waived=waived,
        known=known,
        requests=requests,
        retries=retries,
        rate_limited=rate_limited,
        elapsed_s=elapsed_s,
    )


def judge(
    policy: Policy,
    assessments: Sequence[Assessment],
    unreadable: Sequence[Unreadable],
    *,
    today: date = date.max,
    interrupted: signal.Signals | None = None,
) -> Decision:
    """Decide. Every reason is a sentence; with none the run is clean."""
    failures = list(_policy_failures(policy, assessments))
    missing = list(_missing(policy, assessments, unreadable))
    notes = [
        *_warnings(policy, assessments),
        *_accepted(assessments),
        *_idle_waivers(policy, assessments, today),
        *_gone(policy, assessments, unreadable),
    ]
    empty = not assessments and not unreadable
    reasons = [*failures, *missing]
    if empty and interrupted is None:
        reasons.append("There is nothing to scan.")
    if interrupted is not None:
        code = Exit.INTERRUPTED if interrupted is signal.SIGINT else Exit.TERMINATED
        reasons.insert(0, f"The run was ended by {interrupted.name} before it was complete.")
        return Decision(Outlook.INTERRUPTED, code, (*reasons, *notes), incomplete=True)
    outcome, code = Outlook.CLEAN, Exit.CLEAN
    if empty:
        outcome, code = Outlook.NOTHING_TO_SCAN, Exit.NOTHING_TO_SCAN
        if policy.allow_empty:
            code = Exit.CLEAN
    if missing:
        outcome, code = Outlook.INCOMPLETE, Exit.INCOMPLETE
        if policy.allow_incomplete:
            code = Exit.CLEAN
    if failures:
        outcome = Outlook.FINDINGS
        if not policy.exit_zero:
            code = Exit.FINDINGS
    return Decision(outcome, code, (*reasons, *notes), incomplete=bool(missing))


def _was_scanned(assessment: Assessment) -> bool:
    """Say whether every source that was asked gave a verdict."""
    return bool(assessment.outcomes) and all(isinstance(o, Scanned) for o in assessment.outcomes)


def _policy_failures(policy: Policy, assessments: Sequence[Assessment]) -> Iterator[str]:
    by_severity: dict[Severity, list[Assessment]] = {}
    for assessment in assessments:
        for held in assessment.held:
            if is_counted(policy, held):
                by_severity.setdefault(held.finding.severity, []).append(assessment)
    for severity, having in sorted(by_severity.items(), reverse=True):
        assert policy.fail_on is not None  # nothing is counted without
        yield (
            f"{counted(len(having), 'finding')} of severity {severity.word}"
            f" (--fail-on {policy.fail_on.word}): {_names(having)}."
        )
    for rule, what in (
        (BLOCKED, "on the list of blocked ones"),
        (NOT_ALLOWED, "not on the list of allowed ones"),
        (UNVERIFIED, "of a publisher that is not verified"),
    ):
        found = [a for a in assessments if any(h.finding.rule == rule for h in _own(a))]
        if found:
            yield f"{counted(len(found), 'extension')} {what} ({rule}): {_names(found)}."
    settings = {
        RISK: ("fail", f"--fail-on-risk {policy.fail_on_risk and policy.fail_on_risk.word}"),
        SCORE: ("fail", f"--min-score {policy.min_score}"),
        GAP: (policy.on_gap, "--on-gap fail"),
        MISMATCH: (policy.on_version_mismatch, "--on-version-mismatch fail"),
    }
    for check, (setting, option) in settings.items():
        found = [a for a in assessments if check in a.checks]
        if found and setting == "fail":
            what = _what(check, policy)
            yield f"{counted(len(found), 'extension')} {what} ({option}): {_names(found)}."


def _own(assessment: Assessment) -> Iterator[Held]:
    return (held for held in assessment.held if held.source == POLICY_SOURCE and held.counts)


def _what(check: str, policy: Policy) -> str:
    if check == RISK:
        return f"at risk level {policy.fail_on_risk and policy.fail_on_risk.word} or above"
    if check == SCORE:
        return f"with a score below {policy.min_score}"
    if check == GAP:
        return "with parts of the analysis missing"
    return "judged by another version than the one installed"


def _warnings(policy: Policy, assessments: Sequence[Assessment]) -> Iterator[str]:
    for check, setting in ((GAP, policy.on_gap), (MISMATCH, policy.on_version_mismatch)):
        found = [a for a in assessments if check in a.checks]
        if found and setting == "warn":
            what = _what(check, policy)
            yield f"Warning: {counted(len(found), 'extension')} {what}: {_names(found)}."


def _accepted(assessments: Sequence[Assessment]) -> Iterator[str]:
    """Say what did not count because somebody accepted it, or because it is not new."""
    waived = [a for a in assessments if a.waived or a.excused]
    if waived:
        number = sum(h.waiver is not None for a in waived for h in a.held)
        number += sum(len(a.excused) for a in waived)
        yield f"Accepted by the ignore file, {counted(number, 'time')}: {_names(waived)}."
    known = [a for a in assessments if a.known]
    if known:
        number = sum(h.known for a in known for h in a.held)
        yield f"Already in the baseline, {counted(number, 'finding')}: {_names(known)}."


def _idle_waivers(policy: Policy, assessments: Sequence[Assessment], today: date) -> Iterator[str]:
    """Name the entries of the ignore file that have expired or match nothing."""
    used = {w.entry for a in assessments for w in (*a.waived.values(), *a.excused.values())}
    for waiver in policy.waivers:
        what = f"entry {waiver.entry} of the ignore file ({waiver.id}, {waiver.rule})"
        if is_expired(waiver, today):
            yield f"Warning: {what} expired on {waiver.expires} and counts no more."
        elif waiver.entry not in used:
            yield f"Warning: {what} matches nothing."


def _gone(
    policy: Policy, assessments: Sequence[Assessment], unreadable: Sequence[Unreadable]
) -> Iterator[str]:
    """Name what the baseline has and this run has not, but for what could not be scanned."""
    if policy.baseline is None:
        return
    lost = {item.id.key for item in unreadable if item.id is not None}
    now = {key: set(_earlier_findings(policy, key)) for key in lost}
    for assessment in assessments:
        found = now.setdefault(assessment.extension.id.key, set())
        found.update(print_of(held.finding) for held in assessment.held)
        if assessment.failures:
            found.update(_earlier_findings(policy, assessment.extension.id.key))
    gone = {key: e.findings - now.get(key, set()) for key, e in policy.baseline.items()}
    gone = {key: findings for key, findings in gone.items() if findings}
    if gone:
        number = sum(map(len, gone.values()))
        names = _listed(sorted(gone))
        yield f"Gone since the baseline, {counted(number, 'finding')}: {names}."


def _earlier_findings(policy: Policy, key: str) -> frozenset[tuple[str, str, str]]:
    earlier = (policy.baseline or {}).get(key)
    return earlier.findings if earlier else frozenset()


def _missing(
    policy: Policy, assessments: Sequence[Assessment], unreadable: Sequence[Unreadable]
) -> Iterator[str]:
    by_kind: dict[FailureKind, list[Assessment]] = {}
    for assessment in assessments:
        # Not by failure: two sources may fail one extension in the same way.
        for kind in dict.fromkeys(failure.kind for failure in assessment.failures):
            if f"{FAILURE}{kind}" not in assessment.excused:
                by_kind.setdefault(kind, []).append(assessment)
        if not assessment.outcomes:
            by_kind.setdefault(FailureKind.BUG, []).append(assessment)
    for kind, lost in by_kind.items():
        names = _names(lost)
        yield f"{counted(len(lost), 'extension')} could not be scanned ({kind}): {names}."
    if unreadable:
        names = _listed([item.name for item in unreadable])
        verb = "entry that names an extension" if len(unreadable) == 1 else "entries"
        yield f"{len(unreadable)} {verb} could not be read: {names}."
    yield from _unknown(policy, assessments)


def _unknown(policy: Policy, assessments: Sequence[Assessment]) -> Iterator[str]:
    """Name what the policy asks for and no source could say."""
    if policy.fail_on_risk is not None:
        # By verdict: a source that does not know could have said the worst.
        levels = [(a, [v.risk for v, _ in a.verdicts]) for a in assessments]
        unknown = [a for a, risks in levels if RiskLevel.UNKNOWN in risks]
        if unknown:
            yield (
                f"{counted(len(unknown), 'extension')} of unknown risk, so --fail-on-risk"
                f" can't be judged: {_names(unknown)}."
            )
    if policy.verified_publishers:
        # A source that does not tell is no reason while another one does.
        told = [(a, [v.publisher_verified for v, _ in a.verdicts]) for a in assessments]
        unknown = [a for a, known in told if known and set(known) == {None}]
        if unknown:
            yield (
                f"{counted(len(unknown), 'extension')} of a publisher of whom is not known"
                f" whether they are verified: {_names(unknown)}."
            )


def _names(assessments: Iterable[Assessment]) -> str:
    return _listed([str(assessment.extension.id) for assessment in assessments])


def _listed(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(names))
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
