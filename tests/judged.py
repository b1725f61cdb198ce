"""Whole reports for tests, evaluated as a run evaluates them."""

from datetime import date
from typing import Any

from tests.builders import task, verdict
from vscan.model import (
    Failed,
    FailureKind,
    Finding,
    Origin,
    Outcome,
    RiskLevel,
    Scanned,
    Task,
    Unreadable,
)
from vscan.policy import evaluate
from vscan.policy.checks import RULES
from vscan.policy.model import LastKnownVerdict, Policy
from vscan.providers.vscan_dev import VscanDev
from vscan.report_model import Report, Run, count

TODAY = date(2027, 1, 31)


def scanned(
    text: str = "acme.tools", *findings: Finding, from_cache: bool = False, **about: Any
) -> Scanned:
    """Build a verdict for one installed extension."""
    return Scanned(task(text), verdict(*findings, **about), from_cache=from_cache)


def failed(
    text: str = "acme.lost", kind: FailureKind = FailureKind.TIMEOUT, detail: str = "too slow"
) -> Failed:
    """Build a failure of one installed extension."""
    return Failed(task(text), kind, detail)


def unreadable(name: str = "broken-1.0.0", reason: str = "its manifest is no JSON") -> Unreadable:
    """Build an entry that could not be read."""
    return Unreadable(name, reason, None, None, name, (Origin(f"x/{name}"),))


def report(
    *found: Outcome | Unreadable,
    min_risk: RiskLevel = RiskLevel.UNKNOWN,
    today: date = TODAY,
    stale: dict[Task, LastKnownVerdict] | None = None,
    **policy: Any,
) -> Report:
    """Evaluate outcomes, sorted by id, and unreadable entries with a policy."""
    outcomes = [item for item in found if not isinstance(item, Unreadable)]
    unread = tuple(item for item in found if isinstance(item, Unreadable))
    rules = Policy(**policy)
    assessments, decision = evaluate(outcomes, unread, rules, today=today, stale=stale)
    return Report(
        run=Run(
            id="r-1",
            started_at="2027-01-31T12:00:00.000Z",
            finished_at="2027-01-31T12:00:09.000Z",
            mode="sequential",
            workers=1,
            fell_back_to_sequential=False,
            providers=("vscan.dev",),
            targets=("/home/ann/.vscode/extensions",),
            workspace="",
            policy_files=(),
            warnings=(),
        ),
        stats=count(assessments, unread, requests=9, retries=1, rate_limited=0, elapsed_s=9.0),
        assessments=assessments,
        unreadable=unread,
        skipped=(),
        rules=(*VscanDev.rules(), *RULES),
        decision=decision,
        min_risk=min_risk,
    )
