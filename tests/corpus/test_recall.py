"""What the embedded analyser finds of payloads that were written without a look at its rules."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.corpus import measure, planting, real
from tests.corpus.measure import Outcome
from tests.corpus.planting import Planted
from tests.corpus.shapes import NEAR_MISSES, SHAPES, Near, Shape

pytestmark = pytest.mark.corpus

MINIMUM_FOUND = 243
MAXIMUM_FALSE_ALARMS = 0
# Payloads that the analyser is known to miss, by name: each is an expected failure.
MISSED: tuple[str, ...] = (
    "a-google-key",  # low: pages show theirs to everybody
    "an-aws-key",  # it has a 1, 8 or 9, and ids of AWS are base32
    "eight-zero-width-spaces",  # medium: one and the same says nothing, and React has eight
    "theft-of-three-far-apart",  # three names that nothing reads, as a list of what to protect
)


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("planted")
    yield place
    shutil.rmtree(place)  # a quarter of a gigabyte, which pytest would keep for three runs


@pytest.fixture(scope="session")
def planted(real_extensions: Callable[[str], Path], place: Path) -> tuple[Planted, ...]:
    return planting.lay_out(real_extensions(real.SMALLER), place)


@pytest.fixture(scope="session")
def outcomes(
    planted: tuple[Planted, ...], place: Path, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Outcome]:
    """Scan everything that is planted, once for all tests here."""
    return measure.judge(planted, measure.scan(place, tmp_path_factory.mktemp("home")))


def _cases() -> Iterator[object]:
    for shape in SHAPES:
        missed = pytest.mark.xfail(reason="known to be missed", raises=AssertionError)
        yield pytest.param(shape.name, marks=[missed] if shape.name in MISSED else [])


@pytest.mark.parametrize("name", list(_cases()))
def test_a_payload_is_found(outcomes: Mapping[str, Outcome], name: str) -> None:
    outcome = outcomes[name]
    assert outcome.found, outcome.findings


@pytest.mark.parametrize("name", [near.name for near in NEAR_MISSES])
def test_a_near_miss_is_none(outcomes: Mapping[str, Outcome], name: str) -> None:
    assert outcomes[name].accusations == ()


def test_the_share_that_is_found_is_held(
    outcomes: Mapping[str, Outcome], record_property: Callable[[str, object], None]
) -> None:
    found = sum(outcome.found for outcome in outcomes.values())
    alarms = sum(
        bool(outcome.accusations)
        for outcome in outcomes.values()
        if not isinstance(outcome.case, Shape)
    )
    record_property(
        "figure",
        f"recall: {found} of {len(SHAPES)} payloads found,"
        f" {alarms} false alarms in {len(NEAR_MISSES)} near misses",
    )
    assert found >= MINIMUM_FOUND
    assert alarms <= MAXIMUM_FALSE_ALARMS


def test_every_finding_says_where_it_is_what_shows_it_and_how_sure_it_is(
    outcomes: Mapping[str, Outcome],
) -> None:
    findings = [finding for outcome in outcomes.values() for finding in outcome.findings]
    assert findings
    for finding in findings:
        assert finding["file"], finding
        assert finding["line"] is not None or finding["offset"] is not None, finding
        assert finding["evidence"], finding
        assert finding["confidence"] in {"low", "medium", "high"}, finding


def test_twenty_bundles_have_payloads_and_near_misses(planted: tuple[Planted, ...]) -> None:
    in_bundles = [p for p in planted if p.case.plant.code or p.case.plant.element]
    for kind in (Shape, Near):
        controls = {p.control for p in in_bundles if isinstance(p.case, kind)}
        assert len(controls) == planting.BUNDLES


def test_what_is_known_to_be_missed_exists() -> None:
    """A name that no shape has would excuse nothing, and hide a slip."""
    assert set(MISSED) <= {shape.name for shape in SHAPES}
