"""Decide a run: violations to an outcome, an exit code and the reasons. Pure.

The outcome is findings if and only if a violation fails, and incomplete if and only if none does
and one can't be judged, or something could not be read. A scan that could not look is never green.
"""

import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from vscan.errors import Exit
from vscan.model import DataState, Unreadable
from vscan.policy.checks import CHECKS, Check, listed, names
from vscan.policy.evaluation import found_again, is_expired
from vscan.policy.model import Assessment, Conclusion, Decision, Effect, Policy, Violation
from vscan.text import pluralize


def decide(  # noqa: PLR0913 - what a run ends with
    policy: Policy,
    assessments: Sequence[Assessment],
    unreadable: Sequence[Unreadable],
    *,
    today: date = date.max,
    interrupted: signal.Signals | None = None,
    data: Sequence[DataState] = (),
    checks: Sequence[Check] = CHECKS,
) -> Decision:
    """Decide. Every reason is a sentence; with none the run is clean.

    ``checks`` are those that made the assessments.
    """
    said = _sentences(policy, assessments, checks)
    failures = said[Effect.FAIL]
    forgotten = [item for item in assessments if not item.outcomes]  # a fault of our own
    outdated = list(_outdated(policy, data)) if assessments else []
    missing = [
        *said[Effect.INCOMPLETE],
        *_not_asked(forgotten),
        *_not_read(unreadable),
        *outdated,
    ]
    accepted = list(_accepted(assessments))
    gone = list(_gone(policy, assessments, unreadable))
    idle = _idle_waivers(policy, assessments, today)
    notes = [*said[Effect.WARN], *accepted, *idle, *gone]
    fails = any(item.fails for item in assessments)
    incomplete = bool(unreadable or forgotten or outdated)
    incomplete = incomplete or any(item.incomplete for item in assessments)
    empty = not assessments and not unreadable
    reasons = [*failures, *missing]
    if empty and interrupted is None:
        reasons.append("There is nothing to scan.")
    outcome, code = Conclusion.CLEAN, Exit.CLEAN
    if empty:
        outcome, code = Conclusion.NOTHING_TO_SCAN, Exit.NOTHING_TO_SCAN
        if policy.allow_empty:
            code = Exit.CLEAN
    if incomplete:
        outcome, code = Conclusion.INCOMPLETE, Exit.INCOMPLETE
        if policy.allow_incomplete:
            code = Exit.CLEAN
    if fails:
        outcome = Conclusion.FINDINGS
        if not policy.exit_zero:
            code = Exit.FINDINGS
    if interrupted is not None:
        outcome, incomplete = Conclusion.INTERRUPTED, True
        code = Exit.INTERRUPTED if interrupted is signal.SIGINT else Exit.TERMINATED
        reasons.insert(0, f"The run was ended by {interrupted.name} before it was complete.")
    return Decision(
        outcome, code, (*reasons, *notes), incomplete=incomplete, accepted=(*accepted, *gone)
    )


def _sentences(
    policy: Policy, assessments: Sequence[Assessment], checks: Sequence[Check]
) -> dict[Effect, list[str]]:
    """Have each check say what it found, by effect."""
    found: dict[tuple[str, Effect], list[tuple[Assessment, Violation]]] = {}
    for item in assessments:
        for violation in item.violations:
            found.setdefault((violation.check, violation.effect), []).append((item, violation))
    return {
        effect: [
            sentence
            for check in checks
            if (several := found.get((check.id, effect))) is not None
            for sentence in check.sentences(policy, several)
        ]
        for effect in Effect
    }


def _not_asked(forgotten: Sequence[Assessment]) -> Iterator[str]:
    if forgotten:
        count = pluralize(len(forgotten), "extension")
        yield f"No provider was asked about {count}: {names(forgotten)}."


def _not_read(unreadable: Sequence[Unreadable]) -> Iterator[str]:
    if unreadable:
        named = listed([item.name for item in unreadable])
        verb = "entry that names an extension" if len(unreadable) == 1 else "entries"
        yield f"{len(unreadable)} {verb} could not be read: {named}."


def _outdated(policy: Policy, data: Sequence[DataState]) -> Iterator[str]:
    """Name the published data that is not as new as it has to be, or is missing."""
    most = policy.max_data_age
    old = [each for each in data if most is not None and each.older_than(most)]
    if old:
        named = [f"{each.data.name} ({_age(each)})" for each in old]
        yield (
            f"Public data is older than {pluralize(most or 0, 'day')}, or missing: {listed(named)};"
            " `vscan db update` fetches it."
        )


def _age(state: DataState) -> str:
    if state.missing:
        return "missing"
    return "no date" if state.days is None else f"{pluralize(state.days, 'day')} old"


def _accepted(assessments: Sequence[Assessment]) -> Iterator[str]:
    """Say what did not count because somebody accepted it, or because it is not new."""
    waived = [
        (item, number)
        for item in assessments
        if (number := sum(h.waiver is not None for h in item.held) + len(item.excused))
    ]
    if waived:
        number = sum(number for _, number in waived)
        named = names([item for item, _ in waived])
        yield f"Accepted by the ignore file, {pluralize(number, 'time')}: {named}."
    known = [(item, number) for item in assessments if (number := sum(h.known for h in item.held))]
    if known:
        number = sum(number for _, number in known)
        named = names([item for item, _ in known])
        yield f"Already in the baseline, {pluralize(number, 'finding')}: {named}."


def _idle_waivers(policy: Policy, assessments: Sequence[Assessment], today: date) -> Iterator[str]:
    """Name the entries of the ignore file that have expired or match nothing."""
    used = {
        waiver.entry
        for item in assessments
        for waiver in (
            *(h.waiver for h in (*item.held, *item.last_known) if h.waiver is not None),
            *item.excused.values(),
        )
    }
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
    lost |= {item.extension.id.key for item in assessments if item.failures}
    now: dict[str, Counter[str]] = {}
    for key, finding in found_again(assessments):
        now.setdefault(key, Counter())[finding] += 1
    gone = {
        key: (Counter(entry.findings) - now.get(key, Counter())).total()
        for key, entry in policy.baseline.items()
        if key not in lost
    }
    gone = {key: number for key, number in gone.items() if number}
    if gone:
        named = listed(sorted(gone))
        yield f"Gone since the baseline, {pluralize(sum(gone.values()), 'finding')}: {named}."
