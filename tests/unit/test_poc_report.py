"""The criteria of the study: each can hold, and each can fail alone."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree  # noqa: ICN001 - its whole name

import pytest

from ci.poc_report import (
    Measured,
    Scenario,
    Study,
    Verdict,
    Warmed,
    borne,
    chart,
    judge,
    markdown,
    percentile,
    verdict,
)


def measured(workers: int, cache: Any, **changes: Any) -> Measured:
    """Build a run in which all is well, and as fast as it can be."""
    seeded = 15 if cache == "half" else 0
    fresh = 30 - seeded
    run = Measured(
        scenario=Scenario(workers, cache),
        repetition=1,
        position=1,
        duration_s=fresh * 3.0 / workers,
        times_s=(3.0,) * fresh,
        total=30,
        cached=seeded,
        fresh=fresh,
        failed={},
        bugs={},
        escaped={},
        seeded=seeded,
        lookups={"absent": fresh, "hit": seeded},
        requests=3 * fresh,
        retries=0,
        rate_limited=0,
        answers={"200": 2 * fresh, "202": fresh},
        in_flight=workers,
        sqlite={},
        locked=0,
        rows_good=30,
        rows_bad=0,
        integrity="ok",
    )
    return replace(run, **changes)


def made(change: Callable[[Measured], Measured] = lambda run: run) -> Study:
    """Build a study; ``change`` is applied to its run of 3 workers and an empty cache."""
    runs = [
        change(run) if (run.scenario.workers, run.scenario.cache) == (3, "empty") else run
        for run in (measured(n, cache) for cache in ("empty", "half") for n in (1, 3, 5, 7))
    ]
    return Study(
        environment={"asked": "127.0.0.1"},
        command="python -m x",
        note="",
        started_at="2026-01-01 00:00 UTC",
        estimated_requests=630,
        delay_s=1.0,
        rest_s=15.0,
        extensions=tuple(f"a.b{n}" for n in range(30)),
        warmed=Warmed(90, 90.0, 30, 12, 0, {}),
        runs=tuple(runs),
    )


def passed(study: Study) -> list[bool | None]:
    return [criterion.passed for criterion in judge(study)]


def test_all_is_well() -> None:
    assert passed(made()) == [True] * 7
    assert verdict(judge(made())) is Verdict.GO
    assert borne(made()) == 7


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (0, {"rate_limited": 1, "requests": 91, "answers": {"200": 60, "202": 30, "429": 1}}),
        (2, {"locked": 1, "sqlite": {"writing: database is locked": 1}}),
        (3, {"duration_s": 90 / 2.49}),
        (4, {"fresh": 29, "rows_good": 29}),  # one is lost
        (4, {"requests": 89}),  # one request nobody counted
        (4, {"answers": {"200": 59, "202": 30, "429": 1}}),  # a 429 that nobody counted
        (5, {"fresh": 29, "failed": {"bug": 1}, "bugs": {"KeyError": 1}, "rows_good": 29}),
        (6, {"integrity": "is damaged"}),
        (6, {"rows_good": 29}),
        (6, {"rows_bad": 1}),
    ],
)
def test_each_criterion_fails_alone(number: int, changes: dict[str, Any]) -> None:
    study = made(lambda run: replace(run, **changes))
    assert passed(study) == [n != number for n in range(7)]
    assert verdict(judge(study)) is Verdict.NO_GO
    text = markdown(study, "x.svg", "x.json")
    assert text.startswith("# Parallel scans: NO-GO\n")
    assert text.count("**FAILS**") == 1
    assert f"- *{judge(study)[number].name}*: {judge(study)[number].action}" in text


def test_less_than_95_percent_fail_and_make_the_speed_up_no_comparison() -> None:
    changes: dict[str, Any] = {
        "fresh": 28,
        "failed": {"timeout": 2},
        "rows_good": 28,
        "duration_s": 10.0,
    }
    study = made(lambda run: replace(run, **changes))
    assert passed(study) == [True, False, True, None, True, True, True]
    assert verdict(judge(study)) is Verdict.NO_GO


def test_a_baseline_that_was_throttled_is_none() -> None:
    """One worker that waits would make three look fast."""
    base = measured(1, "empty")
    slow = replace(base, rate_limited=1, requests=91, answers=dict(base.answers) | {"429": 1})
    study = replace(made(), runs=tuple(slow if r == base else r for r in made().runs))
    assert passed(study) == [True, True, True, None, True, True, True]
    assert "one worker drew a 429" in judge(study)[3].measured


def test_an_exception_that_left_collect_is_counted_and_its_extensions_are_missed() -> None:
    study = made(lambda run: replace(run, fresh=0, escaped={"KeyError": 1}, rows_good=0))
    assert passed(study)[4:] == [False, False, True]
    assert "KeyError 1" in judge(study)[5].measured


def test_more_speed_up_than_workers_is_not_believed() -> None:
    study = made(lambda run: replace(run, duration_s=90 / 4.88))
    assert passed(study) == [True, True, True, None, True, True, True]
    assert verdict(judge(study)) is Verdict.NOT_MEASURED
    assert "4.88, more than 3 workers can give" in judge(study)[3].measured
    assert "**not measured**" in markdown(study, "x.svg", "x.json")


def test_hits_that_were_seeded_and_did_not_come_break_the_integrity() -> None:
    run = measured(5, "half")
    lost = replace(run, cached=0, fresh=30, lookups={"absent": 30}, requests=90,
                   answers={"200": 60, "202": 30}, rows_good=30)  # fmt: skip
    study = made()
    study = replace(study, runs=tuple(lost if r == run else r for r in study.runs))
    assert passed(study) == [True] * 6 + [False]


def test_a_study_without_runs_says_nothing() -> None:
    study = replace(made(), runs=())
    assert set(passed(study)) == {None}
    assert verdict(judge(study)) is Verdict.NOT_MEASURED


def test_the_limit_is_the_largest_number_below_the_first_429() -> None:
    study = made(lambda run: replace(run, rate_limited=2))
    assert borne(study) == 1
    assert "The largest number of workers without a 429 is 1; 2 came" in markdown(study, "", "")


def test_medians_and_percentiles() -> None:
    slow = measured(1, "empty", duration_s=1000.0, repetition=2)
    again = measured(1, "empty", duration_s=91.0, repetition=3)
    study = replace(made(), runs=(*made().runs, slow, again))
    assert study.duration_s(Scenario(1, "empty")) == 91.0
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(list(range(1, 101)), 0.95) == 95


def test_the_chart_is_one_picture_that_loads_nothing() -> None:
    drawn = chart(made())
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    assert drawn.count("<circle") == 8
    assert "href" not in drawn
