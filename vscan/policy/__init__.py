"""The policy engine: what was found, held against what is allowed.

``files`` reads waivers and a baseline, ``checks`` are the checks, ``evaluation`` runs them on each
extension, ``decision`` makes the verdict on the run of what they return. Nobody else decides.
"""

import signal
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from vscan.model import DataState, Outcome, Task, Unreadable
from vscan.policy.checks import CHECKS, Check
from vscan.policy.decision import decide
from vscan.policy.evaluation import assess
from vscan.policy.model import Assessment, Decision, Policy, Stale


def evaluate(  # noqa: PLR0913 - what a run ends with
    outcomes: Iterable[Outcome],
    unreadable: Sequence[Unreadable],
    policy: Policy,
    *,
    today: date = date.max,
    stale: Mapping[Task, Stale] | None = None,
    interrupted: signal.Signals | None = None,
    data: Sequence[DataState] = (),
    checks: Sequence[Check] = CHECKS,
) -> tuple[tuple[Assessment, ...], Decision]:
    """Hold outcomes, of tasks sorted by id, against a policy: each extension, then the run.

    ``unreadable`` is what could not be read, ``stale`` what is remembered of tasks that failed,
    ``interrupted`` the signal that ended the run early, ``data`` the published data that the
    verdicts rest on.
    """
    assessments = assess(outcomes, policy, today, stale, checks)
    decision = decide(
        policy,
        assessments,
        unreadable,
        today=today,
        interrupted=interrupted,
        data=data,
        checks=checks,
    )
    return assessments, decision
