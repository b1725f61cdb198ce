"""The public data that the action fetches: once a day, for the rest of the day from the cache.

There is no network: what an engine would run is a script in its place, which plays an image whose
``vscan db update`` can reach the sources, or can't.
"""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.action.runner import ROOT, Run, Runner
from tests.advisories import control, removed_list, take

Install = Callable[..., str]
CLOSED = "http://127.0.0.1:9"
IMAGE = f"vscan@sha256:{'a' * 64}"
# It runs the checkout's vscan; only that an update is an import of files is not the real thing.
_ENGINE = f"""#!{sys.executable}
import os, sys
at = sys.argv.index({IMAGE!r})
arguments = sys.argv[at + 1 :]
if arguments[:2] == ["db", "update"]:
    if os.path.exists({{place!r}} + "/unreachable"):
        sys.exit("Error: 6 of 6 sources could not be fetched")
    with open({{place!r}} + "/updates", "a") as log:
        log.write("update\\n")
    arguments = ["db", "import", *arguments[2:], {{place!r}} + "/a", {{place!r}} + "/b"]
os.environ["PYTHONPATH"] = {str(ROOT)!r}
os.execv(sys.executable, [sys.executable, "-m", "vscan", *arguments])
"""

_TODAY = f"{datetime.now(UTC):%m/%d/%Y}"


@pytest.fixture
def engine(runner: Runner) -> Runner:
    """Give the job an engine that plays the image."""
    place = runner.place / "engine"
    place.mkdir()
    program = place / "docker"
    program.write_text(_ENGINE.format(place=str(place)), "utf-8")
    program.chmod(0o755)
    (place / "a").write_bytes(
        removed_list(*(f"| acme.n{n} | {_TODAY} | Malware |" for n in range(1000)))
    )
    (place / "b").write_bytes(control(*(f"acme.n{n}" for n in range(500))))
    runner.variables["PATH"] = f"{place}:{os.environ['PATH']}"
    return runner


def updates(runner: Runner) -> int:
    log = runner.place / "engine" / "updates"
    return len(log.read_text("utf-8").splitlines()) if log.exists() else 0


def scanned(runner: Runner, target: str, **inputs: str) -> Run:
    return runner.run(targets=target, image=IMAGE, **({"data": "update"} | inputs))


def names(run: Run) -> set[str]:
    return {each["name"] for each in run.report["run"]["data"] if each["count"]}


def test_the_data_is_fetched_once_a_day(engine: Runner, extensions: Install) -> None:
    target = extensions("acme.n7")
    first = scanned(engine, target)
    assert first.steps["Gate"].code == 1  # the list that was fetched names it
    assert "removed-marketplace" in names(first)
    key = f"vscan-data-v1-Linux-{datetime.now(UTC):%Y-%m-%d}"
    assert key in engine.stored
    second = scanned(engine, target)
    assert "of today, from the cache" in second.steps["Update data"].log
    assert names(second) == names(first)
    assert updates(engine) == 1
    assert second.steps["Save data"].outcome == "skipped"


def test_yesterdays_data_is_what_an_update_begins_with(engine: Runner, extensions: Install) -> None:
    target = extensions("acme.good")
    scanned(engine, target)
    (key,) = (key for key in engine.stored if key.startswith("vscan-data"))
    engine.stored["vscan-data-v1-Linux-2026-01-01"] = engine.stored.pop(key)
    (engine.place / "stored" / key).rename(engine.place / "stored" / "older")
    engine.stored["vscan-data-v1-Linux-2026-01-01"] = engine.place / "stored" / "older"
    scanned(engine, target)
    assert updates(engine) == 2


def test_a_failed_update_is_a_warning_in_the_summary_and_no_failed_job(
    engine: Runner, extensions: Install
) -> None:
    (engine.place / "engine" / "unreachable").touch()
    run = scanned(engine, extensions("acme.good"))
    assert run.status == "success"
    (warning,) = (each for each in run.annotations if each.level == "warning")
    assert "could not be updated" in warning.message
    assert "6 of 6 sources" in warning.message
    assert "--data-dir" not in run.steps["Scan"].log  # the image has its own
    assert "could not be updated" in run.summary
    assert "public data: " in run.summary
    assert not any(key.startswith("vscan-data") for key in engine.stored)
    engine.variables["VSCAN_MAX_DATA_AGE"] = "7"
    assert scanned(engine, "extensions").steps["Gate"].code == 3


def test_without_a_network_the_checkout_says_the_same(runner: Runner, extensions: Install) -> None:
    runner.variables["HTTPS_PROXY"] = CLOSED
    run = runner.run(targets=extensions("acme.good"), data="")
    assert run.status == "success"
    assert "could not be fetched" in run.steps["Update data"].log
    assert "could not be updated" in run.summary


@pytest.mark.parametrize(
    ("inputs", "variables"),
    [
        ({"data": "none"}, {}),
        ({"data": "update", "sources": "vscan.dev"}, {}),
        ({"data": ""}, {"VSCAN_DATA_DIR": "/nowhere"}),
    ],
)
def test_nothing_is_fetched_for_whoever_does_not_want_it(
    runner: Runner, extensions: Install, inputs: dict[str, str], variables: dict[str, str]
) -> None:
    runner.variables |= variables
    run = runner.run(targets=extensions("acme.good"), **inputs)
    assert run.steps["Update data"].outcome == "skipped"
    assert run.steps["Restore data"].outcome == "skipped"
    assert run.status == "success"


def test_without_the_cache_the_data_is_fetched_and_not_kept(
    engine: Runner, extensions: Install
) -> None:
    scanned(engine, extensions("acme.good"), cache="false")
    scanned(engine, "extensions", cache="false")
    assert updates(engine) == 2
    assert engine.stored == {}


def test_a_forks_run_takes_no_data_that_another_run_left(
    engine: Runner, extensions: Install
) -> None:
    target = extensions("acme.good")
    scanned(engine, target)
    engine.event_name = "pull_request"
    engine.event = {
        "repository": {"full_name": "acme/ours"},
        "pull_request": {
            "head": {"sha": "a" * 40, "repo": {"full_name": "somebody/theirs"}},
            "base": {"sha": "b" * 40, "repo": {"full_name": "acme/ours"}},
        },
    }
    engine.variables["VSCAN_CACHE_KEY"] = "k" * 32
    run = scanned(engine, target)
    assert run.steps["Restore data"].outcome == "skipped"
    assert run.steps["Save data"].outcome == "skipped"
    assert updates(engine) == 2


def lay_out(place: Path) -> None:
    place.mkdir(parents=True)

    take(place, removed_list(*(f"| acme.n{n} | {_TODAY} | Malware |" for n in range(1000))))


def test_a_directory_has_the_data(runner: Runner, extensions: Install) -> None:
    lay_out(runner.workspace / "data")
    run = runner.run(targets=extensions("acme.n7"), data="data")
    assert run.steps["Update data"].outcome == "skipped"
    assert run.steps["Gate"].code == 1
    assert "removed-marketplace" in names(run)


@pytest.mark.parametrize("policy_from", ["base", "workspace"])
def test_a_pull_request_does_not_choose_the_data(
    runner: Runner, extensions: Install, policy_from: str
) -> None:
    lay_out(runner.workspace / "data")
    runner.event_name = "pull_request"
    runner.event = {
        "repository": {"full_name": "acme/ours"},
        "pull_request": {
            "head": {"sha": "a" * 40, "repo": {"full_name": "acme/ours"}},
            "base": {"sha": "b" * 40, "repo": {"full_name": "acme/ours"}},
        },
    }
    target = extensions("acme.good")
    inside = runner.run(targets=target, data="data", policy_from=policy_from)
    assert (inside.status == "failure") == (policy_from == "base")
    lay_out(runner.place / "elsewhere")
    (runner.workspace / "link").symlink_to(runner.place / "elsewhere")
    (runner.place / "back").symlink_to(runner.workspace / "data")
    outside = runner.run(targets=target, data=str(runner.place / "elsewhere"))
    assert outside.status == "success"
    for way in ("link", str(runner.place / "back")):
        run = runner.run(targets=target, data=way, policy_from="base")
        assert run.steps["Set up vscan"].outcome == "failure", way
