"""The policy, and what comes of it for an extension and for the run. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from vscan.model import Extension, Failed, Finding, Outcome, RiskLevel, Scanned, Severity, Verdict

FAILURE = "failure:"  # before a kind of failure, or "gap", where a waiver names it like a rule
POLICY_PROVIDER = "policy"  # of findings that the checks of the policy make


class Conclusion(StrEnum):
    """The outcome of a whole run, one word for every output format."""

    CLEAN = "clean"
    FINDINGS = "findings"
    INCOMPLETE = "incomplete"
    ERROR = "error"
    NOTHING_TO_SCAN = "nothing-to-scan"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Waiver:
    """A risk that somebody accepted, with a reason, up to and with a day (UTC).

    ``id`` is an id or a pattern; ``rule`` a rule, a check of the policy, a pattern of
    those, or ``failure:`` and a kind of failure. ``entry`` is its number in the file.
    """

    id: str
    rule: str
    reason: str
    expires: date | None
    entry: int


@dataclass(frozen=True, slots=True)
class BaselineEntry:
    """What an earlier report held against one extension, less what was waived in it.

    ``findings`` are their identities (``policy.findings.identity``), each with how often it occurs.
    ``mismatches`` are the installed and the analysed version, where they differ.
    """

    findings: Mapping[str, int]
    risk: RiskLevel
    score: float
    mismatches: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Policy:
    """What fails a run. ``None`` for a threshold: nothing does.

    ``baseline`` is what an earlier run found, by the ids' keys: only what is new fails.
    ``max_data_age`` is in days: older public data, or none, make the run incomplete.
    """

    fail_on: Severity | None = Severity.HIGH
    fail_on_risk: RiskLevel | None = None
    min_score: int | None = None
    on_gap: Literal["auto", "ignore", "warn", "fail"] = "auto"
    on_version_mismatch: Literal["ignore", "warn", "fail"] = "warn"
    blocked: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    verified_publishers: bool = False
    waivers: tuple[Waiver, ...] = ()
    baseline: Mapping[str, BaselineEntry] | None = None
    max_data_age: int | None = None
    allow_incomplete: bool = False
    allow_empty: bool = False
    exit_zero: bool = False


class Effect(StrEnum):
    """What a violation does to the run."""

    FAIL = "fail"  # the outcome is findings
    INCOMPLETE = "incomplete"  # the outcome is incomplete, unless something fails
    WARN = "warn"  # a sentence among the reasons, and nothing else


@dataclass(frozen=True, slots=True)
class Violation:
    """What one check of the policy has against one extension.

    ``details`` say it for people. ``findings`` are those that violate the policy: a provider's, or
    the one that the check itself made (``made``).
    """

    check: str
    effect: Effect
    details: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    made: bool = False

    @property
    def kind(self) -> str:
        """The check, without what tells waivers that it is a failure."""
        return self.check.removeprefix(FAILURE)


@dataclass(frozen=True, slots=True)
class Stale:
    """The last verdict that is remembered of an extension that has none in this run.

    ``stored_at`` is in seconds since the epoch. It is shown, and never judged.
    """

    verdict: Verdict
    stored_at: int


@dataclass(frozen=True, slots=True)
class EvaluatedFinding:
    """A finding as this run holds it against an extension.

    ``known``: the baseline has it. It counts if it is neither known nor waived. ``stored_at`` is
    when a finding of a ``Stale`` verdict was remembered, in seconds since the epoch.
    """

    provider: str
    finding: Finding
    waiver: Waiver | None
    known: bool
    stored_at: int | None = None

    @property
    def counts(self) -> bool:
        """Whether the policy looks at it at all."""
        return self.waiver is None and not self.known


@dataclass(frozen=True, slots=True)
class Assessment:
    """One extension and all that is known of it at the end of a run.

    ``held`` are the findings, of the providers and of the policy's own checks, each with its waiver
    and whether the baseline has it; ``last_known`` those of ``stale`` verdicts, which no check
    looks at. ``violations`` are what the checks of the policy have against it, ``excused`` the
    checks that would have something, but are waived.
    """

    extension: Extension
    outcomes: tuple[Outcome, ...]
    held: tuple[EvaluatedFinding, ...] = ()
    violations: tuple[Violation, ...] = ()
    excused: Mapping[str, Waiver] = field(default_factory=dict)
    stale: tuple[Stale, ...] = ()
    last_known: tuple[EvaluatedFinding, ...] = ()
    # From the outcomes, once: whoever judges or reports asks for them again and again.
    verdicts: tuple[tuple[Verdict, bool], ...] = field(init=False, compare=False)
    failures: tuple[Failed, ...] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        verdicts = tuple((o.verdict, o.from_cache) for o in self.outcomes if isinstance(o, Scanned))
        object.__setattr__(self, "verdicts", verdicts)
        failures = tuple(o for o in self.outcomes if isinstance(o, Failed))
        object.__setattr__(self, "failures", failures)

    @property
    def risk(self) -> RiskLevel:
        """The worst level that a provider gave."""
        return max((v.risk for v, _ in self.verdicts), default=RiskLevel.UNKNOWN)

    @property
    def checks(self) -> tuple[str, ...]:
        """The checks that judge it as a whole, and have something against it."""
        return tuple(
            violation.check
            for violation in self.violations
            if not violation.findings and not violation.check.startswith(FAILURE)
        )

    @property
    def incomplete(self) -> tuple[Violation, ...]:
        """What keeps it from being judged: no verdict, parts that are missing, what is unknown."""
        return tuple(v for v in self.violations if v.effect is Effect.INCOMPLETE)

    @property
    def fails(self) -> bool:
        """Whether this extension alone fails the run."""
        return any(violation.effect is Effect.FAIL for violation in self.violations)


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on the run, with a sentence for every reason.

    ``accepted`` are those of the reasons that say what did not count.
    """

    outcome: Conclusion
    exit_code: int
    reasons: tuple[str, ...]
    incomplete: bool = False  # something has no verdict, and nobody has accepted that
    accepted: tuple[str, ...] = ()
