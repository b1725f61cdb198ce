"""The measure itself: it can count to all and to nothing, and believes no finding for free."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import install
from tests.corpus import measure
from tests.corpus.measure import Outcome
from tests.corpus.planting import Planted, largest, lay_out
from tests.corpus.shapes import CASES, NEAR_MISSES, SHAPES, Shape

Say = Callable[[Planted | None, str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def extensions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make three extensions, each with one minified script."""
    place = tmp_path_factory.mktemp("extensions")
    for number in range(3):
        folder = install(place, f"acme.tools{number}", activationEvents=["*"])
        (folder / "dist").mkdir()
        script = "".join(f'var a{n}=["one","two",{n}];' for n in range(200 + number))
        (folder / "dist" / "main.js").write_text(script, "utf-8")
    return place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planted")


@pytest.fixture(scope="module")
def planted(extensions: Path, place: Path) -> tuple[Planted, ...]:
    return lay_out(extensions, place)


def finding(
    file: str | None, severity: str = "critical", text: str = "", kind: str = "posture"
) -> dict[str, Any]:
    return {
        "rule": "a-rule",
        "severity": severity,
        "kind": kind,
        "message": "it is bad",
        "source": "offline",
        "file": file,
        "line": 1,
        "evidence": text,
        "url": None,
    }


def outcomes(planted: Iterable[Planted], say: Say) -> dict[str, Outcome]:
    """Judge the report of an analyser that says so of each extension."""
    planted = tuple(planted)
    said = {item.folder: say(item, item.folder) for item in planted}
    said |= {item.control: say(None, item.control) for item in planted}
    report = {
        "extensions": [
            {"id": folder, "path": folder, "status": "scanned", "findings": findings}
            for folder, findings in said.items()
        ]
    }
    return measure.judge(planted, measure.findings(json.loads(json.dumps(report))))


def of_each(planted: Planted | None, _: str) -> list[dict[str, Any]]:
    """Say the worst of what is planted and nothing of a control."""
    if planted is None:
        return []
    text = planted.case.expects_text if isinstance(planted.case, Shape) else None
    return [finding(file, text=text or "") for file in planted.places]


def pluralize(outcomes: dict[str, Outcome]) -> tuple[int, int]:
    found = sum(outcome.found for outcome in outcomes.values())
    alarms = sum(
        bool(outcome.accusations)
        for outcome in outcomes.values()
        if not isinstance(outcome.case, Shape)
    )
    return found, alarms


def test_who_accuses_everything_finds_everything(planted: tuple[Planted, ...]) -> None:
    assert pluralize(outcomes(planted, of_each)) == (len(SHAPES), len(NEAR_MISSES))


def test_who_says_nothing_finds_nothing(planted: tuple[Planted, ...]) -> None:
    assert pluralize(outcomes(planted, lambda *_: [])) == (0, 0)


def test_who_says_the_same_of_the_control_finds_nothing(planted: tuple[Planted, ...]) -> None:
    """Who accuses every bundle has told nothing about the ones with a payload."""
    shapes = [item for item in planted if item.case.plant.code]

    def same(_: Planted | None, folder: str) -> list[dict[str, Any]]:
        return [finding(name) for name in names[folder]]

    names = {item.folder: item.places for item in shapes}
    names |= {item.control: item.places for item in shapes}
    assert pluralize(outcomes(shapes, same)) == (0, 0)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, True),
        ({"severity": "high"}, True),
        ({"severity": "medium"}, False),
        ({"kind": "vulnerability"}, False),
        ({"file": "dist/other.js"}, False),
        ({"file": None}, False),
        ({"text": "something else"}, False),
    ],
)
def test_a_finding_must_be_bad_enough_and_in_the_place_and_show_the_text(
    planted: tuple[Planted, ...], said: dict[str, Any], *, found: bool
) -> None:
    (item,) = (p for p in planted if p.case.name == "selectors-in-a-template")
    assert isinstance(item.case, Shape)
    (file,) = item.places
    given = {"file": file, "text": item.case.expects_text} | said
    outcome = outcomes([item], lambda planted, _: [finding(**given)] if planted else [])
    assert outcome[item.case.name].found is found


@pytest.mark.parametrize(
    ("level", "kind", "accused"),
    [
        ("info", "posture", False),
        ("low", "posture", False),
        ("medium", "posture", True),
        ("critical", "malware", True),
        ("critical", "vulnerability", False),
    ],
)
def test_only_medium_and_worse_is_a_false_alarm(
    planted: tuple[Planted, ...], level: str, kind: str, *, accused: bool
) -> None:
    (item,) = (p for p in planted if p.case.name == "a-family")
    outcome = outcomes(
        [item], lambda planted, _: [finding(None, level, kind=kind)] if planted else []
    )
    assert bool(outcome[item.case.name].accusations) is accused


def test_an_extension_that_was_not_scanned_is_no_success() -> None:
    report = {"extensions": [{"id": "a.b", "path": "a", "status": "failed", "findings": []}]}
    with pytest.raises(AssertionError, match=r"not scanned: \['a\.b'\]"):
        measure.findings(report)


def test_the_table_adds_up_and_names_what_went_wrong(planted: tuple[Planted, ...]) -> None:
    def one(planted: Planted | None, folder: str) -> list[dict[str, Any]]:
        wrong = {"eval-of-atob", "a-family"}
        missed = planted is None or (planted.case.name in wrong) is isinstance(planted.case, Shape)
        return [] if missed else of_each(planted, folder)

    text = measure.table(outcomes(planted, one).values())
    everything = f"| all | {len(SHAPES)} | {len(SHAPES) - 1} | {len(NEAR_MISSES)} | 1 |"
    assert everything in text
    assert "\nMissed: eval-of-atob.\n" in text
    assert "\nFalse alarms: a-family (a-rule)." in text


def test_the_table_has_a_row_for_each_check_with_a_case(planted: tuple[Planted, ...]) -> None:
    rows = measure.table(outcomes(planted, of_each).values()).splitlines()
    checks = {case.check for case in CASES}
    assert len([row for row in rows if row[2:3].isdigit()]) == len(checks)


def test_there_are_as_many_cases_as_were_asked_for() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))
    assert len(SHAPES) >= 70
    assert len(NEAR_MISSES) >= len(SHAPES)


def test_what_is_planted_stands_inside_a_long_line(
    planted: tuple[Planted, ...], place: Path
) -> None:
    for item in planted:
        plant = item.case.plant
        text = plant.code or plant.element
        for name in item.places if text else ():
            content = (place / item.folder / str(name)).read_bytes().decode()
            before, planted_text, after = content.partition(text)
            assert planted_text == text
            assert "\n" not in before[-400:] + after[:400]


def test_the_largest_scripts_come_first(extensions: Path) -> None:
    assert [bundle.extension.name for bundle in largest(extensions, 2)] == [
        "acme.tools2-1.0.0",
        "acme.tools1-1.0.0",
    ]


def test_names_tell_nothing(planted: tuple[Planted, ...]) -> None:
    """The ids of copies are syllables, but where the name itself is the case."""
    plain = [
        item.folder for item in planted if not {"name", "publisher"} & {*item.case.plant.manifest}
    ]
    assert len(plain) > 400
    assert all(set(folder.rpartition("-")[0]) <= set("abdefghkopstuvwyz.") for folder in plain)


def test_the_same_directory_is_made_again(
    extensions: Path, planted: tuple[Planted, ...], tmp_path: Path
) -> None:
    assert lay_out(extensions, tmp_path) == planted


def test_every_copy_can_be_read(planted: tuple[Planted, ...], place: Path) -> None:
    from vscan.discovery import discover
    from vscan.model import Extension

    found = list(discover([place]))
    assert all(isinstance(item, Extension) and item.in_index for item in found)
    paths = {item.path for item in found if isinstance(item, Extension)}
    assert {item.folder for item in planted} | {item.control for item in planted} <= paths
