"""Evaluate each extension: apply waivers and the baseline, then run the checks.

Findings that are suppressed or in the baseline stay in the assessment, marked as such.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from vscan.model import Extension, Finding, Kind, Outcome, Task, pattern
from vscan.policy.check_interface import Check
from vscan.policy.checks import CHECKS
from vscan.policy.model import (
    POLICY_PROVIDER,
    Assessment,
    EvaluatedFinding,
    LastKnownVerdict,
    Policy,
    Violation,
    Waiver,
    is_failure_check,
)


def assess(
    outcomes: Iterable[Outcome],
    policy: Policy = Policy(),  # noqa: B008 - frozen
    today: date = date.max,
    stale: Mapping[Task, LastKnownVerdict] | None = None,
    checks: Sequence[Check] = CHECKS,
) -> tuple[Assessment, ...]:
    """Turn outcomes, whose tasks are sorted by id, into one assessment for each extension.

    ``stale`` are the cached verdicts of tasks that failed.
    """
    by_extension: dict[int, list[Outcome]] = {}
    extensions = {}
    for outcome in outcomes:
        for extension in outcome.task.extensions:
            # Keyed by identity, because two installed copies may be equal in every field.
            extensions[id(extension)] = extension
            by_extension.setdefault(id(extension), []).append(outcome)
    evaluator = _Evaluator(policy, today, stale or {}, checks)
    return tuple(
        evaluator.assess(extensions[number], tuple(found)) for number, found in by_extension.items()
    )


def fingerprint(finding: Finding) -> str:
    """Give the SHA-256 by which a finding is recognised in another report.

    It covers the whole evidence (``Finding.digest``), the part of it that is shown, and the file:
    a finding in another file, or in other content of the file, is another one. The line is left
    out, because it changes with edits elsewhere in the file.
    """
    # Earlier versions wrote "in company": the fingerprint keeps that, so their baselines match.
    message = finding.message.replace(" (correlated with: ", " (in company: ")
    parts = (
        finding.rule,
        finding.severity.word,
        message,
        finding.file,
        finding.evidence,
        finding.url,
        finding.digest,
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def is_expired(waiver: Waiver, today: date) -> bool:
    """Whether the last day of a waiver has passed."""
    return waiver.expires is not None and waiver.expires < today


class _Evaluator:
    """A policy with compiled patterns, which evaluates one extension after the other."""

    def __init__(
        self,
        policy: Policy,
        today: date,
        stale: Mapping[Task, LastKnownVerdict],
        checks: Sequence[Check],
    ) -> None:
        self._policy = policy
        self._stale = stale
        self._checks = checks
        self._unmatched: dict[str, Counter[str]] = {}  # of the baseline, by the keys of the ids
        self._waivers = [
            (pattern([waiver.id]), pattern([waiver.rule]), waiver)
            for waiver in policy.waivers
            if not is_expired(waiver, today)
        ]
        # A waiver names these checks in full: a pattern such as ``*`` is meant for findings.
        self._exact = frozenset(check.id for check in checks if check.exact)

    def assess(self, extension: Extension, outcomes: tuple[Outcome, ...]) -> Assessment:
        """Evaluate an extension. All checks see the providers' findings, and no other ones."""
        without_findings = Assessment(extension, outcomes)
        key = extension.id.key
        waivers = [(rule, waiver) for id_, rule, waiver in self._waivers if id_.fullmatch(key)]
        entry = self._policy.baseline_entry(extension.id)
        # Installed copies of an extension share it: each finding of the baseline matches once.
        unmatched = self._unmatched.setdefault(key, Counter(entry.findings if entry else ()))
        findings = tuple(
            self._evaluate(verdict.provider, finding, waivers, unmatched)
            for verdict, _ in without_findings.verdicts
            for finding in verdict.findings
        )
        last_known_verdicts = tuple(
            self._stale[failure.task]
            for failure in without_findings.failures
            if failure.task in self._stale
        )
        last_known_findings = tuple(
            # They are only shown, so they use up no finding of the baseline.
            self._evaluate(
                *(stale.verdict.provider, finding, waivers), Counter(unmatched), stale.stored_at
            )
            for stale in last_known_verdicts
            for finding in stale.verdict.findings
        )
        to_check = Assessment(extension, outcomes, findings)
        violations: list[Violation] = []
        created: list[EvaluatedFinding] = []
        suppressed: dict[str, Waiver] = {}
        for check in self._checks:
            violation = check.evaluate(to_check, self._policy)
            if violation is None:
                continue
            waiver = self._waiver_of(check, waivers)
            if violation.creates_finding:
                created.extend(
                    EvaluatedFinding(POLICY_PROVIDER, finding, waiver, in_baseline=False)
                    for finding in violation.findings
                )
            elif waiver is not None:
                suppressed[check.id] = waiver
            if waiver is None:
                violations.append(violation)
        return Assessment(
            extension,
            outcomes,
            (*findings, *created),
            tuple(violations),
            suppressed,
            last_known_verdicts,
            last_known_findings,
        )

    def _evaluate(
        self,
        provider: str,
        finding: Finding,
        waivers: Sequence[tuple[re.Pattern[str], Waiver]],
        unmatched: Counter[str],
        stored_at: int | None = None,
    ) -> EvaluatedFinding:
        """Apply waivers and the baseline, of which each finding matches once, to a finding."""
        in_baseline = False
        if unmatched and finding.kind is not Kind.POLICY:
            key = fingerprint(finding)
            in_baseline = unmatched[key] > 0
            unmatched[key] -= int(in_baseline)
        exact = is_failure_check(finding.rule) or finding.rule in self._exact
        waiver = self._match(waivers, finding.rule, exact=exact)
        return EvaluatedFinding(provider, finding, waiver, in_baseline, stored_at)

    def _waiver_of(
        self, check: Check, waivers: Sequence[tuple[re.Pattern[str], Waiver]]
    ) -> Waiver | None:
        if not check.waivable:
            return None
        matches = (
            self._match(waivers, name, exact=check.exact)
            for name in (check.id, *check.waiver_aliases)
        )
        return next((waiver for waiver in matches if waiver is not None), None)

    @staticmethod
    def _match(
        waivers: Sequence[tuple[re.Pattern[str], Waiver]], name: str, *, exact: bool
    ) -> Waiver | None:
        return next(
            (
                waiver
                for rules, waiver in waivers
                if rules.fullmatch(name) and (not exact or waiver.rule == name)
            ),
            None,
        )
