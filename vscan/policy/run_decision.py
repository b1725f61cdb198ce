"""Decide a run: turn violations into an outcome, an exit code and reasons. Pure functions.

The outcome is "findings" if and only if a violation fails the run. Otherwise it is "incomplete" if
and only if a violation can't be judged, an entry could not be read, or published data is outdated.
A scan that could not examine everything is never clean.
"""

import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from vscan.errors import Exit
from vscan.model import DataState, PlaceFinding, Unreadable
from vscan.policy.check_interface import Check
from vscan.policy.checks import CHECKS
from vscan.policy.extension_assessment import fingerprint, is_expired
from vscan.policy.model import (
    Assessment,
    Conclusion,
    Decision,
    Effect,
    Policy,
    Violation,
    Waiver,
)
from vscan.policy.shortened_lists import list_extensions, list_unique
from vscan.safe_text import join_first, pluralize, sanitize

_TARGETS = 5  # in a sentence


def decide(  # noqa: PLR0913 - everything that a run ends with
    policy: Policy,
    assessments: Sequence[Assessment],
    unreadable: Sequence[Unreadable],
    *,
    today: date = date.max,
    interrupted: signal.Signals | None = None,
    data: Sequence[DataState] = (),
    targets: Sequence[str] = (),
    used_waivers: Sequence[Waiver] = (),
    place_findings: Sequence[PlaceFinding] = (),
    checks: Sequence[Check] = CHECKS,
) -> Decision:
    """Decide the run. Each reason is a sentence.

    ``checks`` are those that made the assessments.
    """
    sentences = _sentences(policy, assessments, checks)
    failures = sentences[Effect.FAIL]
    without_outcome = [item for item in assessments if not item.outcomes]  # a bug of vscan
    outdated = list(_outdated(policy, data)) if assessments else []
    missing = [
        *sentences[Effect.INCOMPLETE],
        *_without_outcome(without_outcome),
        *_unreadable(unreadable),
        *outdated,
    ]
    inactive = list(_inactive(assessments))
    gone = list(_gone_since_baseline(policy, assessments, unreadable))
    unused = _unused_waivers(policy, assessments, used_waivers, today)
    places = list(_places(place_findings))
    notes = [
        *sentences[Effect.WARN],
        *_not_followed(assessments),
        *_fetched_from(assessments),
        *inactive,
        *unused,
        *gone,
        *places,
    ]
    fails = any(item.fails for item in assessments)
    incomplete = bool(unreadable or without_outcome or outdated)
    incomplete = incomplete or any(item.incomplete_violations for item in assessments)
    empty = not assessments and not unreadable
    reasons = [*failures, *missing]
    if empty and interrupted is None:
        quoted = [f"`{target}`" for target in targets]
        where = f" in {join_first(quoted, _TARGETS)}" if targets else ""
        advice = "" if targets else " Name a repository or a directory: `vscan scan DIR`."
        reasons.append(f"There is nothing to scan{where}.{advice}")
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
        reasons.insert(0, _interrupted(interrupted, assessments))
    return Decision(
        outcome,
        code,
        (*reasons, *notes),
        incomplete=incomplete,
        informational=(*inactive, *gone, *places),
    )


def _interrupted(by: signal.Signals, assessments: Sequence[Assessment]) -> str:
    """Say how much was finished before a signal ended the run."""
    finished = sum(bool(item.outcomes) and not item.failures for item in assessments)
    return (
        f"Interrupted by {by.name}: {finished} of {pluralize(len(assessments), 'extension')} done."
        " Run again for the rest."
    )


def _sentences(
    policy: Policy, assessments: Sequence[Assessment], checks: Sequence[Check]
) -> dict[Effect, list[str]]:
    """Give the sentences of all checks, by effect."""
    found: dict[tuple[str, Effect], list[tuple[Assessment, Violation]]] = {}
    for item in assessments:
        for violation in item.violations:
            found.setdefault((violation.check, violation.effect), []).append((item, violation))
    return {
        effect: [
            sentence
            for check in checks
            if (violations := found.get((check.id, effect))) is not None
            for sentence in check.sentences(policy, violations)
        ]
        for effect in Effect
    }


def _without_outcome(items: Sequence[Assessment]) -> Iterator[str]:
    if items:
        count = pluralize(len(items), "extension")
        yield f"No provider was asked about {count}: {list_extensions(items)}."


def _unreadable(unreadable: Sequence[Unreadable]) -> Iterator[str]:
    if unreadable:
        named = list_unique([item.name for item in unreadable])
        verb = "entry that names an extension" if len(unreadable) == 1 else "entries"
        yield f"{len(unreadable)} {verb} could not be read: {named}."


def _outdated(policy: Policy, data: Sequence[DataState]) -> Iterator[str]:
    """Name the published data that is older than the policy allows, or missing."""
    if (limit := policy.max_data_age) is None:
        return
    named = [f"{each.data.name} ({_age(each)})" for each in data if each.older_than(limit)]
    if named:
        yield (
            f"Public data is older than {pluralize(limit, 'day')}, or missing:"
            f" {list_unique(named)}; `vscan db update` fetches it."
        )


def _age(state: DataState) -> str:
    if state.missing:
        return "missing"
    return "no date" if state.days is None else f"{pluralize(state.days, 'day')} old"


def _inactive(assessments: Sequence[Assessment]) -> Iterator[str]:
    """Count what the ignore file suppresses, and the findings that the baseline has."""
    suppressed = [
        (item, number)
        for item in assessments
        if (
            number := sum(each.waiver is not None for each in item.findings)
            + len(item.suppressed_checks)
        )
    ]
    if suppressed:
        number = sum(number for _, number in suppressed)
        named = list_extensions([item for item, _ in suppressed])
        yield f"Suppressed by the ignore file, {pluralize(number, 'time')}: {named}."
    known = [
        (item, number)
        for item in assessments
        if (number := sum(each.in_baseline for each in item.findings))
    ]
    if known:
        number = sum(number for _, number in known)
        named = list_extensions([item for item, _ in known])
        yield f"Already in the baseline, {pluralize(number, 'finding')}: {named}."


def _not_followed(assessments: Sequence[Assessment]) -> Iterator[str]:
    """Name what packs and dependencies of fetched extensions bring along, and is not judged."""
    judged = {item.extension.id.key for item in assessments}
    missing = {
        member: None
        for item in assessments
        if item.extension.fetched is not None
        for member in item.extension.members
        if member not in judged
    }
    if missing:
        named = list_unique([sanitize(each, 100) for each in missing])
        count = pluralize(len(missing), "extension")
        yield f"Warning: {count} that others bring along, not judged (--follow-packs): {named}."


def _fetched_from(assessments: Sequence[Assessment]) -> Iterator[str]:
    """Say whose bytes were judged, where the editor may install from another registry."""
    fetched = [
        item.extension.fetched.registry
        for item in assessments
        if item.extension.fetched is not None
        and item.extension.fetched.registry != item.extension.registry
    ]
    for registry in dict.fromkeys(fetched):
        number = pluralize(fetched.count(registry), "extension")
        yield (
            f"Warning: {number} judged by the bytes of {registry}; an editor that installs from"
            " another registry may get others."
        )


def _places(place_findings: Sequence[PlaceFinding]) -> Iterator[str]:
    """Name the places that should name an extension, by rule."""
    for rule in dict.fromkeys(item.rule for item in place_findings):
        places = [
            f"{i.origin.uri}:{i.origin.line} ({i.message})"
            for i in place_findings
            if i.rule == rule
        ]
        yield f"{pluralize(len(places), 'place')} to look at ({rule}): {list_unique(places)}."


def _unused_waivers(
    policy: Policy, assessments: Sequence[Assessment], others: Sequence[Waiver], today: date
) -> Iterator[str]:
    """Name the entries of the ignore file that have expired or match nothing."""
    used = {
        waiver.entry
        for item in assessments
        for waiver in (
            *(each.waiver for each in (*item.findings, *item.last_known_findings)),
            *item.suppressed_checks.values(),
        )
        if waiver is not None
    } | {waiver.entry for waiver in others}
    for waiver in policy.waivers:
        what = (
            f"entry {waiver.entry} of the ignore file ({waiver.id or waiver.file}, {waiver.rule})"
        )
        if is_expired(waiver, today):
            yield f"Warning: {what} expired on {waiver.expires} and counts no more."
        elif waiver.entry not in used:
            yield f"Warning: {what} matches nothing."


def _gone_since_baseline(
    policy: Policy, assessments: Sequence[Assessment], unreadable: Sequence[Unreadable]
) -> Iterator[str]:
    """Count the findings of the baseline that this run lacks, except where a scan failed."""
    if policy.baseline is None:
        return
    not_scanned = {item.id.key for item in unreadable if item.id is not None}
    not_scanned |= {item.extension.id.key for item in assessments if item.failures}
    now: dict[str, Counter[str]] = {}
    for item in assessments:
        found = now.setdefault(item.extension.id.key, Counter())
        found.update(fingerprint(each.finding) for each in item.findings)
    gone = {
        key: (Counter(entry.findings) - now.get(key, Counter())).total()
        for key, entry in policy.baseline.items()
        if key not in not_scanned
    }
    gone = {key: number for key, number in gone.items() if number}
    if gone:
        named = list_unique(sorted(gone))
        yield f"Gone since the baseline, {pluralize(sum(gone.values()), 'finding')}: {named}."
