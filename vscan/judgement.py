"""The words of a judgement: the policy, what was found as it counts, the report. Values only."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Literal

from vscan.domain import (
    Extension,
    Failed,
    Finding,
    Kind,
    Outcome,
    RiskLevel,
    Rule,
    Scanned,
    Severity,
    Skipped,
    Unreadable,
    Verdict,
)

FAILURE = "failure:"  # before a kind of failure, where a waiver names it like a rule
POLICY_SOURCE = "policy"  # of findings that the gate's own rules make


class Outlook(StrEnum):
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


def printed(said: Iterable[str | None]) -> str:
    """Put together what is said of a finding, for a comparison with an earlier report."""
    return " | ".join(part for part in said if part)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier report held against one extension, less what was waived in it.

    ``findings`` are rule, severity and all that is said.
    """

    findings: frozenset[tuple[str, str, str]]
    risk: RiskLevel
    score: float
    gaps: frozenset[str]
    mismatches: frozenset[tuple[str, str]]  # installed and analysed version, where they differ


@dataclass(frozen=True, slots=True)
class Policy:
    """What fails a run. ``None`` for a threshold: nothing does.

    ``baseline`` is what an earlier run found, by the ids' keys: only what is new fails.
    """

    fail_on: Severity | None = Severity.HIGH
    fail_on_risk: RiskLevel | None = None
    min_score: int | None = None
    on_gap: Literal["ignore", "warn", "fail"] = "warn"
    on_version_mismatch: Literal["ignore", "warn", "fail"] = "warn"
    blocked: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    verified_publishers: bool = False
    waivers: tuple[Waiver, ...] = ()
    baseline: Mapping[str, Earlier] | None = None
    allow_incomplete: bool = False
    allow_empty: bool = False
    exit_zero: bool = False


@dataclass(frozen=True, slots=True)
class Stale:
    """The last verdict that is remembered of an extension that has none in this run.

    ``stored_at`` is in seconds since the epoch. It is shown, and never judged.
    """

    verdict: Verdict
    stored_at: int


@dataclass(frozen=True, slots=True)
class Held:
    """A finding as this run holds it against an extension.

    ``known``: the baseline has it. It counts if it is neither known nor waived.
    """

    source: str
    finding: Finding
    waiver: Waiver | None
    known: bool

    @property
    def counts(self) -> bool:
        """Whether the policy looks at it at all."""
        return self.waiver is None and not self.known


@dataclass(frozen=True, slots=True)
class Assessment:
    """One extension and all that is known of it at the end of a run.

    ``policy`` are the findings of the gate's own rules. ``waived`` and ``known`` mark
    findings, of whatever source. ``checks`` are the checks of the policy that count
    against it, ``excused`` the checks and kinds of failure that would, but are waived.
    ``fails``: this extension alone would fail the run.
    """

    extension: Extension
    outcomes: tuple[Outcome, ...]
    policy: tuple[Finding, ...] = ()
    waived: Mapping[Finding, Waiver] = field(default_factory=dict)
    known: frozenset[Finding] = frozenset()
    checks: tuple[str, ...] = ()
    excused: Mapping[str, Waiver] = field(default_factory=dict)
    stale: tuple[Stale, ...] = ()
    fails: bool = False
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
        """The worst level that a source gave."""
        return max((v.risk for v, _ in self.verdicts), default=RiskLevel.UNKNOWN)

    @property
    def held(self) -> Iterator[Held]:
        """The findings, of the sources and of the policy, as they count."""
        for source, findings in (
            *((verdict.source, verdict.findings) for verdict, _ in self.verdicts),
            (POLICY_SOURCE, self.policy),
        ):
            for finding in findings:
                yield Held(source, finding, self.waived.get(finding), finding in self.known)


@dataclass(frozen=True, slots=True)
class Stats:
    """The counts of a run. ``total = scanned + failed + unreadable``, always."""

    total: int
    scanned: int
    cached: int
    fresh: int
    failed: int
    unreadable: int
    with_gaps: int
    with_findings: int
    version_mismatches: int
    findings_by_severity: tuple[tuple[Severity, int], ...]
    waived: int
    known: int
    requests: int
    retries: int
    rate_limited: int
    elapsed_s: float


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on the run, with a sentence for every reason."""

    outcome: Outlook
    exit_code: int
    reasons: tuple[str, ...]
    incomplete: bool = False  # something has no verdict, and nobody has accepted that


@dataclass(frozen=True, slots=True)
class Run:
    """How a run went about it. Times are UTC, ISO 8601, ``Z``."""

    id: str
    started_at: str
    finished_at: str
    mode: Literal["sequential", "parallel"]
    workers: int
    fell_back_to_sequential: bool
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    workspace: str  # what paths in a repository's platform are relative to
    policy_files: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All that a reporter needs. Sorted by id; reporters sort and filter nothing.

    ``min_risk`` chooses what the reports for people show, and nothing else.
    """

    run: Run
    stats: Stats
    assessments: tuple[Assessment, ...]
    unreadable: tuple[Unreadable, ...]
    skipped: tuple[Skipped, ...]
    rules: tuple[Rule, ...]
    decision: Decision
    min_risk: RiskLevel = RiskLevel.UNKNOWN

    @property
    def shown(self) -> tuple[Assessment, ...]:
        """The extensions that the reports for people show.

        Whatever the level: one without a verdict, and one that counts for the policy.
        """
        return tuple(
            assessment
            for assessment in self.assessments
            if assessment.risk >= self.min_risk
            or assessment.failures
            or assessment.checks
            or any(h.counts and h.finding.kind is not Kind.POSTURE for h in assessment.held)
        )
