"""Judge a run: outcomes and a policy to stats and a decision. Pure.

Of the exit codes that hold, the first of 1, 3, 4 wins. A scan that could not look is
never green: what can't be known counts as incomplete, never as clean.
"""

import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from vscan.domain import (
    Assessment,
    Decision,
    FailureKind,
    Kind,
    Outcome,
    Outlook,
    Policy,
    RiskLevel,
    Scanned,
    Severity,
    Stats,
    Unreadable,
)
from vscan.errors import Exit
from vscan.text import counted

_NAMED = 5  # extensions that a reason names before it only counts


def assess(outcomes: Iterable[Outcome]) -> tuple[Assessment, ...]:
    """Turn outcomes, of tasks sorted by id, into one assessment for each extension."""
    by_extension: dict[int, list[Outcome]] = {}
    extensions = {}
    for outcome in outcomes:
        for extension in outcome.task.extensions:
            # By identity: two installed copies may be equal in every field.
            extensions[id(extension)] = extension
            by_extension.setdefault(id(extension), []).append(outcome)
    return tuple(
        Assessment(extensions[number], tuple(found)) for number, found in by_extension.items()
    )


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
    severities = Counter(
        finding.severity
        for a in assessments
        for verdict, _ in a.verdicts
        for finding in verdict.findings
    )
    return Stats(
        total=len(assessments) + len(unreadable),
        scanned=len(scanned),
        cached=cached,
        fresh=len(scanned) - cached,
        failed=len(assessments) - len(scanned),
        unreadable=len(unreadable),
        with_gaps=sum(any(v.gaps for v, _ in a.verdicts) for a in assessments),
        with_findings=sum(any(v.findings for v, _ in a.verdicts) for a in assessments),
        version_mismatches=sum(map(_mismatched, assessments)),
        findings_by_severity=tuple((s, severities[s]) for s in sorted(Severity, reverse=True)),
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
    interrupted: signal.Signals | None = None,
) -> Decision:
    """Decide. Every reason is a sentence; with none the run is clean."""
    failures = list(_policy_failures(policy, assessments))
    missing = list(_missing(policy, assessments, unreadable))
    warnings = list(_warnings(policy, assessments))
    empty = not assessments and not unreadable
    reasons = [*failures, *missing]
    if empty and interrupted is None:
        reasons.append("There is nothing to scan.")
    if interrupted is not None:
        code = Exit.INTERRUPTED if interrupted is signal.SIGINT else Exit.TERMINATED
        reasons.insert(0, f"The run was ended by {interrupted.name} before it was complete.")
        return Decision(Outlook.INTERRUPTED, code, (*reasons, *warnings))
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
    return Decision(outcome, code, (*reasons, *warnings))


def _was_scanned(assessment: Assessment) -> bool:
    """Say whether every source that was asked gave a verdict."""
    return bool(assessment.outcomes) and all(isinstance(o, Scanned) for o in assessment.outcomes)


def _policy_failures(policy: Policy, assessments: Sequence[Assessment]) -> Iterator[str]:
    if policy.fail_on is not None:
        for severity in sorted(Severity, reverse=True):
            found = [a for a in assessments if _has(a, severity)]
            if found and severity >= policy.fail_on:
                number = sum(_has(a, severity) for a in found)
                yield (
                    f"{counted(number, 'finding')} of severity {severity.word}"
                    f" (--fail-on {policy.fail_on.word}): {_names(found)}."
                )
    if policy.fail_on_risk is not None:
        found = [a for a in assessments if a.risk >= policy.fail_on_risk]
        if found:
            yield (
                f"{counted(len(found), 'extension')} at risk level {policy.fail_on_risk.word}"
                f" or above (--fail-on-risk {policy.fail_on_risk.word}): {_names(found)}."
            )
    if policy.min_score is not None:
        low = policy.min_score
        found = [a for a in assessments if any(v.score < low for v, _ in a.verdicts)]
        if found:
            yield (
                f"{counted(len(found), 'extension')} with a score below {low}"
                f" (--min-score {low}): {_names(found)}."
            )
    for option, setting, found, what in _notices(policy, assessments):
        if found and setting == "fail":
            yield f"{counted(len(found), 'extension')} {what} ({option} fail): {_names(found)}."


def _warnings(policy: Policy, assessments: Sequence[Assessment]) -> Iterator[str]:
    for _, setting, found, what in _notices(policy, assessments):
        if found and setting == "warn":
            yield f"Warning: {counted(len(found), 'extension')} {what}: {_names(found)}."


def _notices(
    policy: Policy, assessments: Sequence[Assessment]
) -> Iterator[tuple[str, str, list[Assessment], str]]:
    gaps = [a for a in assessments if any(v.gaps for v, _ in a.verdicts)]
    yield "--on-gap", policy.on_gap, gaps, "with parts of the analysis missing"
    others = [a for a in assessments if _mismatched(a)]
    what = "judged by another version than the one installed"
    yield "--on-version-mismatch", policy.on_version_mismatch, others, what


def _missing(
    policy: Policy, assessments: Sequence[Assessment], unreadable: Sequence[Unreadable]
) -> Iterator[str]:
    by_kind: dict[FailureKind, list[Assessment]] = {}
    for assessment in assessments:
        # Not by failure: two sources may fail one extension in the same way.
        for kind in dict.fromkeys(failure.kind for failure in assessment.failures):
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
    if policy.fail_on_risk is not None:
        # By verdict: a source that does not know could have said the worst.
        levels = [(a, [v.risk for v, _ in a.verdicts]) for a in assessments]
        unknown = [a for a, risks in levels if RiskLevel.UNKNOWN in risks]
        if unknown:
            yield (
                f"{counted(len(unknown), 'extension')} of unknown risk, so --fail-on-risk"
                f" can't be judged: {_names(unknown)}."
            )


def _has(assessment: Assessment, severity: Severity) -> int:
    """Count the findings of a severity that ``--fail-on`` looks at.

    Posture is how an extension is made; only ``--fail-on-risk`` judges that.
    """
    return sum(
        finding.severity is severity and finding.kind is not Kind.POSTURE
        for verdict, _ in assessment.verdicts
        for finding in verdict.findings
    )


def _mismatched(assessment: Assessment) -> bool:
    installed = assessment.extension.version
    return installed is not None and any(
        verdict.analysed_version != installed for verdict, _ in assessment.verdicts
    )


def _names(assessments: Iterable[Assessment]) -> str:
    return _listed([str(assessment.extension.id) for assessment in assessments])


def _listed(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(names))
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
