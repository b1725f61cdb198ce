"""The policy engine: it evaluates outcomes against a policy and decides the run.

``ignore_file`` and ``baseline_from_report`` read what is accepted, ``checks`` has the checks,
``extension_assessment`` runs them on each extension, and ``run_decision`` makes the verdict on the
run from the violations.
"""

import signal
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from vscan.model import DataState, Outcome, PlaceFinding, Task, Unreadable
from vscan.policy.check_interface import Check
from vscan.policy.checks import CHECKS
from vscan.policy.extension_assessment import assess
from vscan.policy.model import Assessment, Decision, LastKnownVerdict, Policy, Waiver
from vscan.policy.run_decision import decide


def evaluate(  # noqa: PLR0913 - everything that a run ends with
    outcomes: Iterable[Outcome],
    unreadable: Sequence[Unreadable],
    policy: Policy,
    *,
    today: date = date.max,
    stale: Mapping[Task, LastKnownVerdict] | None = None,
    interrupted: signal.Signals | None = None,
    data: Sequence[DataState] = (),
    targets: Sequence[str] = (),
    used_waivers: Sequence[Waiver] = (),
    place_findings: Sequence[PlaceFinding] = (),
    checks: Sequence[Check] = CHECKS,
) -> tuple[tuple[Assessment, ...], Decision]:
    """Evaluate outcomes, whose tasks are sorted by id: first each extension, then the run.

    ``unreadable`` are the entries that could not be read, ``stale`` the cached verdicts of tasks
    that failed, ``interrupted`` the signal that ended the run early, ``data`` the published data
    that the verdicts rest on. ``targets`` are what was read, ``used_waivers`` those that accept
    places of input files, ``place_findings`` the places that name nothing.
    """
    assessments = assess(outcomes, policy, today, stale, checks)
    decision = decide(
        policy,
        assessments,
        unreadable,
        today=today,
        interrupted=interrupted,
        data=data,
        targets=targets,
        used_waivers=used_waivers,
        place_findings=place_findings,
        checks=checks,
    )
    return assessments, decision
