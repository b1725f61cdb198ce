"""Hold what was found against each extension: waivers, the baseline, then the checks. Pure.

What a waiver or the baseline takes out of the judgement stays in the assessment, marked.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from vscan.model import Extension, Finding, Kind, Outcome, Task, pattern
from vscan.policy.checks import CHECKS, Check, earlier_of
from vscan.policy.model import (
    FAILURE,
    POLICY_PROVIDER,
    Assessment,
    EvaluatedFinding,
    Policy,
    Stale,
    Violation,
    Waiver,
)


def assess(
    outcomes: Iterable[Outcome],
    policy: Policy = Policy(),  # noqa: B008 - frozen
    today: date = date.max,
    stale: Mapping[Task, Stale] | None = None,
    checks: Sequence[Check] = CHECKS,
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
    evaluator = _Evaluator(policy, today, stale or {}, checks)
    return tuple(
        evaluator.assess(extensions[number], tuple(found)) for number, found in by_extension.items()
    )


def identity(finding: Finding) -> str:
    """Say what makes a finding the same as one of an earlier report: SHA-256 of all of it.

    That is the whole of the evidence (``Finding.digest``), what is shown of it, and where it is:
    another file, or other content of the same, is another finding. A line is none of it.
    """
    parts = (
        finding.rule,
        finding.severity.word,
        finding.message,
        finding.file,
        finding.evidence,
        finding.url,
        finding.digest,
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def is_expired(waiver: Waiver, today: date) -> bool:
    """Say whether the last day of a waiver is over."""
    return waiver.expires is not None and waiver.expires < today


class _Evaluator:
    """The policy, compiled: evaluates one extension after the other."""

    def __init__(
        self, policy: Policy, today: date, stale: Mapping[Task, Stale], checks: Sequence[Check]
    ) -> None:
        self._policy = policy
        self._stale = stale
        self._checks = checks
        self._unmatched: dict[str, Counter[str]] = {}  # of the baseline, by the ids' keys
        self._waivers = [
            (pattern([waiver.id]), pattern([waiver.rule]), waiver)
            for waiver in policy.waivers
            if not is_expired(waiver, today)
        ]
        # Another risk, and another person's: a waiver must name it, and no pattern of rules does.
        self._exact = frozenset(check.id for check in checks if check.exact)

    def assess(self, extension: Extension, outcomes: tuple[Outcome, ...]) -> Assessment:
        """Evaluate all checks. No check sees what another one found."""
        bare = Assessment(extension, outcomes)
        key = extension.id.key
        waivers = [(rule, waiver) for id_, rule, waiver in self._waivers if id_.fullmatch(key)]
        earlier = earlier_of(bare, self._policy)
        # Copies of an extension share them: one that was known stands for one.
        unmatched = self._unmatched.setdefault(key, Counter(earlier.findings if earlier else ()))
        held = tuple(
            self._held(verdict.provider, finding, waivers, unmatched)
            for verdict, _ in bare.verdicts
            for finding in verdict.findings
        )
        stale = tuple(self._stale[f.task] for f in bare.failures if f.task in self._stale)
        last_known = tuple(
            self._held(each.verdict.provider, finding, waivers, unmatched, each.stored_at)
            for each in stale
            for finding in each.verdict.findings
        )
        draft = Assessment(extension, outcomes, held)
        violations: list[Violation] = []
        made: list[EvaluatedFinding] = []
        excused: dict[str, Waiver] = {}
        for check in self._checks:
            violation = check.evaluate(draft, self._policy)
            if violation is None:
                continue
            waiver = self._waiver_of(check, waivers)
            if violation.made:
                made.extend(
                    EvaluatedFinding(POLICY_PROVIDER, finding, waiver, known=False)
                    for finding in violation.findings
                )
            elif waiver is not None:
                excused[check.id] = waiver
            if waiver is None:
                violations.append(violation)
        return Assessment(
            extension,
            outcomes,
            (*held, *made),
            tuple(violations),
            excused,
            stale,
            last_known,
        )

    def _held(
        self,
        provider: str,
        finding: Finding,
        waivers: Sequence[tuple[re.Pattern[str], Waiver]],
        unmatched: Counter[str],
        stored_at: int | None = None,
    ) -> EvaluatedFinding:
        """Mark a finding. Each one of the baseline stands for one, and not for its copies."""
        known = False
        if unmatched and finding.kind is not Kind.POLICY:
            name = identity(finding)
            known = unmatched[name] > 0
            unmatched[name] -= known
        waiver = self._match(waivers, finding.rule, exact=self._is_exact(finding.rule))
        return EvaluatedFinding(provider, finding, waiver, known, stored_at)

    def _is_exact(self, rule: str) -> bool:
        return rule.startswith(FAILURE) or rule in self._exact

    def _waiver_of(
        self, check: Check, waivers: Sequence[tuple[re.Pattern[str], Waiver]]
    ) -> Waiver | None:
        if not check.waivable:
            return None
        named = (
            self._match(waivers, name, exact=check.exact) for name in (check.id, *check.waived_as)
        )
        return next((waiver for waiver in named if waiver is not None), None)

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


def found_again(assessments: Iterable[Assessment]) -> Iterator[tuple[str, str]]:
    """Give the id's key and the identity of each finding of a run."""
    for item in assessments:
        for held in item.held:
            yield item.extension.id.key, identity(held.finding)
