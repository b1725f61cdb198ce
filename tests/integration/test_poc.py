"""The study of a service's limits, against servers of which the answer is known.

Everything is scaled in time: a delay of a 15th of a second and a limit of 30 requests stand
for the default delay and a limit of 2.
"""

import dataclasses
import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ci.poc_parallel_scan import (
    EXTENSIONS,
    SCENARIOS,
    NotMeasuredError,
    Setup,
    estimated_requests,
    main,
    study,
)
from ci.poc_report import (
    Criterion,
    Measured,
    Scenario,
    Study,
    Verdict,
    Warmed,
    borne,
    chart,
    judge,
    markdown,
    verdict,
)
from tests.server import Fault, Script, Server
from vscan.cache import Cache
from vscan.cache.cache_file_opening import FILE_NAME
from vscan.model import ExtensionId
from vscan.providers.interface import Limits

TEN = EXTENSIONS[:10]
QUICK = Limits(timeout_s=10, max_retries=0, retry_delay_s=0.02)


def found(criteria: tuple[Criterion, ...]) -> list[str]:
    """Name the criteria that don't hold, by the first words of each."""
    return [criterion.name.split(" with ")[0] for criterion in criteria if not criterion.passed]


def seen(server: Server) -> Counter[str]:
    return Counter(str(one.status) for one in server.seen)


def pluralize(result: Study) -> Counter[str]:
    whole: Counter[str] = Counter()
    for run in result.runs:
        whole.update(run.answers)
    return whole


@pytest.mark.nightly
def test_an_ideal_service_is_go_and_every_figure_is_in_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "made" / "report.md"
    with Server(Script(latency_s=0.02)) as server:
        code = main(
            [
                *("--api-url", server.api_url, "--yes", "--output", str(report)),
                *("--extensions", "10", "--delay", "0.1", "--rest", "0"),
            ]
        )
        asked = len(server.seen)
        beside = max(one.beside for one in server.seen)
    assert code == Verdict.GO, capsys.readouterr().err
    figures = json.loads(report.with_suffix(".json").read_text())
    assert figures["verdict"] == "GO"
    assert [c["passed"] for c in figures["criteria"]] == [True] * 7
    assert figures["speedups"]["3-empty"] >= 2.5
    # Nothing but what was announced, and all of it counted.
    assert figures["estimated_requests"] == asked == 30 + 4 * 30 + 4 * 15
    assert asked == figures["warmed"]["requests"] + sum(r["requests"] for r in figures["runs"])
    assert max(run["in_flight"] for run in figures["runs"]) >= beside + 1 > 1
    for run in figures["runs"]:
        hits = 5 if run["scenario"]["cache"] == "half" else 0
        assert run["lookups"].get("hit", 0) == run["cached"] == run["seeded"] == hits
        assert run["cached"] + run["fresh"] == run["total"] == run["rows_good"] == 10
        assert len(run["times_s"]) == run["fresh"]
    text = report.read_text()
    assert text.startswith("# Parallel scans: GO\n")
    assert text.count("| holds |") == 7
    assert "report.svg" in text
    assert "Required actions" not in text
    assert report.with_suffix(".svg").read_text().count("<circle") == 8


@pytest.mark.nightly
def test_a_limit_of_two_requests_a_second_is_no_go_with_every_429_counted(tmp_path: Path) -> None:
    script = Script(latency_s=0.005, rate=30, burst=1, retry_after="exact")
    with Server(script) as server:
        setup = Setup(server.api_url, TEN, delay_s=0.0667, rest_s=0.2, limits=QUICK)
        result = study(setup, tmp_path)
        refused = seen(server)["429"]
    assert verdict(judge(result)) is Verdict.NO_GO
    lost = found(judge(result))
    assert lost[0] == "no 429"
    assert "speed-up of at least 2.5" in lost
    assert set(lost) <= {"no 429", "speed-up of at least 2.5"}
    assert refused == sum(run.rate_limited for run in result.runs) + result.warmed.rate_limited
    assert refused == pluralize(result)["429"] + result.warmed.rate_limited
    # One worker stays below the limit, so the 429s are the parallel runs'.
    assert borne(result) == 1
    assert [run.rate_limited for run in result.of(1)] == [0, 0]
    assert all(run.scanned == run.total for run in result.runs)


@pytest.mark.nightly
def test_what_one_scenario_used_up_is_not_the_next_ones_loss(tmp_path: Path) -> None:
    """Without a rest the first request after a fast scenario draws a 429, the baseline's too."""
    script = Script(rate=12, burst=7, retry_after="exact")
    setup = Setup("", EXTENSIONS[:2], delay_s=0, limits=QUICK)
    for rest_s, throttled in ((0.0, True), (0.6, False)):
        with Server(script) as server:
            asked = replace(setup, api_url=server.api_url, rest_s=rest_s)
            result = study(asked, tmp_path / str(rest_s))
        assert any(run.rate_limited for run in result.runs) == throttled


class OneInFive(Server):
    """Fails every fifth request, in turns by a status and by a broken connection."""

    failed = 0

    def fault(self, step: str, extension: str) -> Fault | None:
        del step, extension
        if (len(self.seen) + 1) % 5:
            return None
        self.failed += 1
        return Fault(500 if self.failed % 2 else "garbage")


def test_a_service_that_fails_a_fifth_is_no_go_by_kind(tmp_path: Path) -> None:
    with OneInFive(Script()) as server:
        result = study(Setup(server.api_url, TEN, delay_s=0.005, limits=QUICK), tmp_path)
        statuses = seen(server)
    assert verdict(judge(result)) is Verdict.NO_GO
    assert "at least 95% scanned" in found(judge(result))
    kinds: Counter[str] = Counter()
    for run in result.runs:
        kinds.update(run.failed)
        assert run.scanned + sum(run.failed.values()) == run.total
    assert set(kinds) == {"bad-response"}
    measured = {c.name: c for c in judge(result)}["failures are captured by kind"]
    assert measured.passed
    assert f"bad-response {kinds['bad-response']}" in measured.measured
    # A scan that fails is soon done, which is no speed-up.
    assert result.speedup(SCENARIOS[1]) is None
    warmed = statuses["500"] - pluralize(result)["500"]
    assert 0 <= warmed < result.warmed.requests
    assert sum(run.of_status(5) for run in result.runs) == pluralize(result)["500"] > 0


def test_broken_connections_and_time_outs_are_told_apart(tmp_path: Path) -> None:
    extensions = EXTENSIONS[:4]
    faults = [
        Fault("reset", "poll", extensions[1], times=20),
        Fault("hang", "submit", extensions[3], times=20),
    ]
    limits = Limits(timeout_s=0.2, max_retries=0, retry_delay_s=0.01)
    with Server(Script(faults=faults)) as server:
        result = study(Setup(server.api_url, extensions, delay_s=0, limits=limits), tmp_path)
    for run in result.of(3):
        assert run.answers["TimedOutError"] == run.timed_out == run.failed["timeout"]
        assert run.answers["ConnectionFailedError"] == run.failed["network"]
    assert not any(run.bugs or run.escaped for run in result.runs)


def test_a_locked_cache_is_counted(tmp_path: Path) -> None:
    place = tmp_path / "3-empty-1"
    Cache(place, max_age_s=1e6, key=None, warn=pytest.fail).close()
    with (
        Server(Script()) as server,
        closing(sqlite3.connect(place / FILE_NAME)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        result = study(Setup(server.api_url, TEN, delay_s=0, limits=QUICK), tmp_path)
    (locked,) = result.of(3, "empty")
    assert locked.locked == sum(locked.sqlite.values()) >= 1
    assert "writing: database is locked" in locked.sqlite
    assert [run.locked for run in result.runs if run is not locked] == [0] * 7
    criteria = judge(result)
    assert verdict(criteria) is Verdict.NO_GO
    assert {"no locking errors of the cache", "integrity of the cache holds after each run"} <= set(
        found(criteria)
    )
    # The scan itself went on without, and lost nothing.
    assert locked.scanned == locked.total == 10


def test_a_cache_that_cannot_be_read_is_no_silent_miss(tmp_path: Path) -> None:
    """The package goes on without it; the study must not take that for an empty cache."""
    place = tmp_path / "1-half-1"
    place.mkdir()
    (place / FILE_NAME).write_bytes(b"no database" * 100)
    with Server(Script()) as server:
        result = study(Setup(server.api_url, TEN, delay_s=0, limits=QUICK), tmp_path)
    (broken,) = result.of(1, "half")
    assert broken.sqlite["reading: the file can't be opened"] == 1
    assert broken.sqlite["writing: file is not a database"] >= 1
    assert "integrity of the cache holds after each run" in found(judge(result))


def test_nobody_there_is_not_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.md"
    with Server() as server:
        gone = server.api_url
    assert main(["--api-url", gone, "--yes", "--output", str(report)]) == Verdict.NOT_MEASURED
    assert "Not measured: warming got 0 verdicts of 30" in capsys.readouterr().err
    assert report.read_text() == ""


def test_too_few_verdicts_for_half_full_caches_are_not_measured(tmp_path: Path) -> None:
    faults = [Fault(404, "submit", extension) for extension in TEN[:6]]
    with Server(Script(faults=faults)) as server, pytest.raises(NotMeasuredError, match="got 4"):
        study(Setup(server.api_url, TEN, delay_s=0, limits=QUICK), tmp_path)


@pytest.mark.parametrize("answer", ["", "n\n", "\n"])
def test_nothing_is_asked_before_somebody_says_yes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    with Server() as server:
        assert main(["--api-url", server.api_url]) == Verdict.NOT_MEASURED
        assert server.seen == []
    # 3 for each of 30 to warm; 4 scenarios that ask about all, 4 that ask about half.
    assert "About 630 requests to 127.0.0.1" in capsys.readouterr().err


def test_only_https_or_this_machine_is_asked() -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["--api-url", "http://vscan.example/api", "--yes"])
    assert exit_.value.code == Verdict.NOT_MEASURED


def test_the_list_has_thirty_ids_of_many_publishers() -> None:
    ids = [ExtensionId.parse(text) for text in EXTENSIONS]
    assert len({i.key for i in ids}) == len(EXTENSIONS) == 30
    assert len({i.publisher.lower() for i in ids}) >= 20
    assert estimated_requests(Setup("x", repeat=3)) == 90 + 3 * 540


def test_docs_name_options_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "poc.md").read_text("utf-8")
    with pytest.raises(SystemExit):
        main(["--help"])
    usage = capsys.readouterr().out
    options = set(re.findall(r"--[a-z-]+", text.partition("## Run it")[2])) - {
        "--port",
        "--latency",
    }
    assert options
    assert {option for option in options if option not in usage} == set()
    assert estimated_requests(Setup("x")) == 630
    assert "630 requests" in text
    assert "540 more" in text


@pytest.mark.parametrize("name", ["loopback-200ms", "loopback-200ms-no-delay"])
def test_the_studies_that_are_kept_follow_from_their_raw_figures(name: str) -> None:
    """Their tables, verdicts and charts are what the code makes of the figures beside them."""
    place = Path(__file__).resolve().parents[2] / "docs" / "studies"
    figures = json.loads((place / f"{name}.json").read_text("utf-8"))
    warmed = Warmed(**figures["warmed"])
    runs = tuple(
        Measured(
            **run | {"scenario": Scenario(**run["scenario"]), "times_s": tuple(run["times_s"])}
        )
        for run in figures["runs"]
    )
    fields = {field.name for field in dataclasses.fields(Study)}
    kept = {key: value for key, value in figures.items() if key in fields}
    kept |= {"warmed": warmed, "runs": runs, "extensions": tuple(figures["extensions"])}
    result = Study(**kept)
    assert markdown(result, f"{name}.svg", f"{name}.json") == (place / f"{name}.md").read_text()
    assert chart(result) == (place / f"{name}.svg").read_text()
    text = (place.parent / "poc.md").read_text("utf-8")
    speedups = ", ".join(f"{figures['speedups'][f'{n}-empty']:.2f}" for n in (3, 5, 7))
    assert f"| {figures['verdict']} | {speedups} |" in text
