"""Value types of the policy: its settings, violations, assessments of extensions, the decision."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Literal

from msgspec import Struct, field

from vscan.model import (
    Extension,
    ExtensionId,
    Failed,
    Finding,
    Outcome,
    RiskLevel,
    Scanned,
    Severity,
    Verdict,
)

POLICY_PROVIDER = "policy"  # the provider of findings that checks of the policy create
GAP_CHECK_ID = "gap"
_FAILURE = "failure:"


def failure_check_id(kind: str) -> str:
    """Give the id of the check for a kind of failure; waivers name it like a rule.

    ``failure:gap`` is an alias of the check for gaps.
    """
    return f"{_FAILURE}{kind}"


def is_failure_check(check_id: str) -> bool:
    """Whether an id is that of a check for a kind of failure."""
    return check_id.startswith(_FAILURE)


class Conclusion(StrEnum):
    """The outcome of a whole run, under the name that all output formats use."""

    CLEAN = "clean"
    FINDINGS = "findings"
    INCOMPLETE = "incomplete"
    ERROR = "error"
    NOTHING_TO_SCAN = "nothing-to-scan"
    INTERRUPTED = "interrupted"


class Waiver(Struct, frozen=True):
    """An entry of the ignore file: it suppresses findings, failures or checks, for a reason.

    ``id`` is an id or a pattern; ``rule`` is a rule, a check of the policy, a pattern of
    those, or ``failure:`` and a kind of failure. ``file`` is a path, or a pattern of paths, of a
    file that names extensions: such an entry has no id. It may have the ``text`` in the place of an
    id, as the message quotes it: then it accepts no other text of the file. ``expires`` is the last
    day (UTC) that it applies to, ``entry`` its number in the file.
    """

    id: str
    rule: str
    reason: str
    expires: date | None
    entry: int
    file: str = ""
    text: str = ""


class BaselineEntry(Struct, frozen=True):
    """The state of one extension in an earlier report, without what was suppressed in it.

    ``findings`` counts the findings by fingerprint (``policy.evaluation.fingerprint``).
    ``mismatches`` are pairs of the installed and the analysed version that differ.
    """

    findings: Mapping[str, int]
    risk: RiskLevel
    score: float
    mismatches: frozenset[tuple[str, str]]


class Policy(Struct, frozen=True):
    """The settings that decide whether a run fails. A threshold of ``None`` is off.

    ``baseline`` has the entries of an earlier report, by the keys of the ids: only new findings
    fail. ``max_data_age`` is in days: older or missing public data make the run incomplete.
    """

    fail_on: Severity | None = Severity.HIGH
    fail_on_risk: RiskLevel | None = None
    min_score: int | None = None
    on_gap: Literal["auto", "ignore", "warn", "fail"] = "auto"
    on_version_mismatch: Literal["ignore", "warn", "fail"] = "warn"
    on_unpinned: Literal["ignore", "warn", "fail"] = "warn"
    on_unresolved: Literal["auto", "fail"] = "auto"
    blocked: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    verified_publishers: bool = False
    waivers: tuple[Waiver, ...] = ()
    baseline: Mapping[str, BaselineEntry] | None = None
    max_data_age: int | None = None
    allow_incomplete: bool = False
    allow_empty: bool = False
    exit_zero: bool = False

    def baseline_entry(self, extension: ExtensionId) -> BaselineEntry | None:
        """Look up the entry of an extension in the baseline."""
        return (self.baseline or {}).get(extension.key)


class Effect(StrEnum):
    """The effect of a violation on the run."""

    FAIL = "fail"  # the outcome is findings
    INCOMPLETE = "incomplete"  # the outcome is incomplete, unless something fails
    WARN = "warn"  # a sentence among the reasons, and nothing else


class Violation(Struct, frozen=True):
    """The result of one check that an extension fails.

    ``details`` describe it for people. ``findings`` are the findings that violate the policy: those
    of providers, or the one that the check itself creates (``creates_finding``).
    """

    check: str
    effect: Effect
    details: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    creates_finding: bool = False

    @property
    def is_failure(self) -> bool:
        """Whether a provider gave no verdict."""
        return is_failure_check(self.check)

    @property
    def label(self) -> str:
        """The check for people: for a failure its kind alone."""
        return self.check.removeprefix(_FAILURE)


class LastKnownVerdict(Struct, frozen=True):
    """The last cached verdict of an extension that has none in this run.

    It is shown, but not judged. ``stored_at`` is in seconds since the epoch.
    """

    verdict: Verdict
    stored_at: int


class EvaluatedFinding(Struct, frozen=True):
    """A finding about an extension, with the results of the ignore file and the baseline.

    ``waiver`` suppresses it. ``stored_at`` is the time when a finding of a ``LastKnownVerdict`` was
    cached, in seconds since the epoch.
    """

    provider: str
    finding: Finding
    waiver: Waiver | None
    in_baseline: bool
    stored_at: int | None = None

    @property
    def is_active(self) -> bool:
        """Whether it is neither suppressed nor in the baseline, so that the policy judges it."""
        return self.waiver is None and not self.in_baseline


class Assessment(Struct, frozen=True, dict=True):  # with a place for cached properties
    """One extension with all results at the end of a run.

    ``findings`` are those of the providers and of the policy's own checks. ``violations`` are the
    results of the checks that it fails; ``suppressed_checks`` are the checks that it would fail
    without a waiver. No check judges ``last_known_verdicts`` and ``last_known_findings``.
    """

    extension: Extension
    outcomes: tuple[Outcome, ...]
    findings: tuple[EvaluatedFinding, ...] = ()
    violations: tuple[Violation, ...] = ()
    suppressed_checks: Mapping[str, Waiver] = field(default_factory=dict)
    last_known_verdicts: tuple[LastKnownVerdict, ...] = ()
    last_known_findings: tuple[EvaluatedFinding, ...] = ()

    # Derived from the outcomes once, because checks and reporters read them many times.
    @cached_property
    def verdicts(self) -> tuple[tuple[Verdict, bool], ...]:
        """The verdicts of the providers; each with whether it was in the cache."""
        return tuple((o.verdict, o.from_cache) for o in self.outcomes if isinstance(o, Scanned))

    @cached_property
    def failures(self) -> tuple[Failed, ...]:
        """The failures of the providers."""
        return tuple(o for o in self.outcomes if isinstance(o, Failed))

    @property
    def risk(self) -> RiskLevel:
        """The worst level that a provider gave."""
        return max((v.risk for v, _ in self.verdicts), default=RiskLevel.UNKNOWN)

    @property
    def score(self) -> float | None:
        """The worst score that a provider gave; ``None`` without a verdict."""
        return min((verdict.score for verdict, _ in self.verdicts), default=None)

    @property
    def version_mismatches(self) -> frozenset[tuple[str, str]]:
        """The installed version, paired with each other version that was analysed."""
        installed = self.extension.version
        if installed is None:
            return frozenset()
        analysed = {verdict.analysed_version for verdict, _ in self.verdicts} - {installed, ""}
        return frozenset((installed, version) for version in analysed)

    @property
    def violated_checks(self) -> tuple[str, ...]:
        """The checks that judge the extension as a whole, and that it fails."""
        return tuple(
            violation.check
            for violation in self.violations
            if not violation.findings and not violation.is_failure
        )

    @property
    def incomplete_violations(self) -> tuple[Violation, ...]:
        """The violations that leave open how it would be judged: failures, gaps, unknown values."""
        return tuple(v for v in self.violations if v.effect is Effect.INCOMPLETE)

    @property
    def failing_violations(self) -> tuple[Violation, ...]:
        """The violations that fail the run."""
        return tuple(v for v in self.violations if v.effect is Effect.FAIL)

    @property
    def fails(self) -> bool:
        """Whether this extension alone fails the run."""
        return any(violation.effect is Effect.FAIL for violation in self.violations)

    @property
    def gap_waiver(self) -> Waiver | None:
        """The waiver that suppresses its gaps."""
        return self.suppressed_checks.get(GAP_CHECK_ID)

    def waiver_of(self, failure: Failed) -> Waiver | None:
        """Give the waiver that suppresses a failure."""
        return self.suppressed_checks.get(failure_check_id(failure.kind))


class Decision(Struct, frozen=True):
    """The verdict on the run, with a sentence for each reason.

    ``informational`` are the reasons that affect nothing: what was suppressed, is in the baseline,
    or is gone since.
    """

    outcome: Conclusion
    exit_code: int
    reasons: tuple[str, ...]
    incomplete: bool = False  # a verdict is missing, and that is not suppressed
    informational: tuple[str, ...] = ()
