"""Places that name something unknown: waivers by file, and ``--on-unresolved``."""

from datetime import date

import pytest
from msgspec.structs import replace

from vscan.model import How, Origin, PlaceFinding, Skipped, Unreadable
from vscan.policy.model import Policy, Waiver
from vscan.policy.unresolved_inputs import Inputs, judge_inputs

TODAY = date(2027, 1, 31)
PLACE = Origin("/repo/ci/setup.sh", 3, 9, 4, "command", How.INSTALLS)
GAP = Unreadable("ci/setup.sh:3", "$EXT", None, None, None, (PLACE,), rule="input-unresolved")


def judged(inputs: Inputs, *waivers: Waiver, on_unresolved: str = "auto") -> Inputs:
    policy = Policy(waivers=waivers, on_unresolved=on_unresolved)  # type: ignore[arg-type]
    return judge_inputs(inputs, policy, ["/repo"], TODAY)


def waiver(file: str, rule: str = "input-unresolved", expires: date | None = None) -> Waiver:
    return Waiver("", rule, "reviewed", expires, 1, file)


@pytest.mark.parametrize(
    "accepted",
    [
        waiver("ci/setup.sh"),
        waiver("/repo/ci/*"),
        waiver("ci/*.sh", "input-*"),
        waiver("ci/setup.sh", expires=TODAY),
    ],
)
def test_a_place_is_accepted_by_its_file(accepted: Waiver) -> None:
    result = judged(Inputs((GAP,), (), ()), accepted)
    assert result.unreadable == ()
    until = f", until {accepted.expires}" if accepted.expires else ""
    note = f"{GAP.reason}; accepted{until}: reviewed"
    assert result.skipped == (Skipped(GAP.name, None, "waived", PLACE, note),)
    assert result.waivers == (accepted,)


@pytest.mark.parametrize(
    ("reason", "is_accepted"),
    [
        ("the value of this is not in the file: ${LINTER}", True),
        ("the value of this is not in the file: ${EVIL}", False),
        ("the value of this is not in the file: ${LINTER}${EVIL}", False),
        ("the value of this is not in the file", False),
    ],
)
def test_a_text_that_is_accepted_accepts_no_other_text_of_the_file(
    reason: str, *, is_accepted: bool
) -> None:
    """Whoever may change the file could else add a place that nobody has reviewed."""
    accepted = replace(waiver("ci/setup.sh"), text="${LINTER}")
    result = judged(Inputs((replace(GAP, reason=reason),), (), ()), accepted)
    assert (not result.unreadable) == is_accepted


@pytest.mark.parametrize(
    "other",
    [
        waiver("setup.sh"),
        waiver("ci/setup.sh", "input-broken"),
        waiver("ci/setup.sh", expires=date(2027, 1, 30)),
        Waiver("*", "input-unresolved", "by id", None, 1),
    ],
)
def test_a_place_is_accepted_by_nothing_else(other: Waiver) -> None:
    assert judged(Inputs((GAP,), (), ()), other).unreadable == (GAP,)


def test_what_could_not_be_read_is_accepted_by_nothing() -> None:
    broken = Unreadable("ci/setup.sh", "it can't be read", None, None, None, (PLACE,))
    assert judged(Inputs((broken,), (), ()), waiver("ci/setup.sh", "*")).unreadable == (broken,)


def test_features_and_recommended_variables_are_gaps_if_the_user_says_so() -> None:
    feature = Skipped("ghcr.io/a/b:1", None, "feature", PLACE)
    variable = PlaceFinding("input-unresolved", "${X}", PLACE)
    ignored = PlaceFinding("input-ignored", "a.b@1", PLACE)
    inputs = Inputs((), (feature,), (variable, ignored))
    assert judged(inputs) == inputs
    result = judged(inputs, on_unresolved="fail")
    assert [item.rule for item in result.unreadable] == ["input-unresolved"] * 2
    assert (result.skipped, result.place_findings) == ((), (ignored,))
