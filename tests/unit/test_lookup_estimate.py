"""What a run says that it will ask of a service, before it asks."""

from pathlib import Path

import pytest

from tests.builders import task
from vscan.events import LookupsEstimated
from vscan.lookup_estimate import estimate_lookups
from vscan.model import Task
from vscan.providers.interface import Provider, ProviderOptions
from vscan.providers.offline import Offline
from vscan.providers.vscan_dev import VscanDev
from vscan.safe_text import describe_duration
from vscan.settings.table import Settings

TASKS = tuple(task(f"acme.tool-{number}") for number in range(66))


def estimates(
    tasks: tuple[Task, ...], cached: tuple[Task, ...], *, workers: int = 1, delay_s: float = 1.0
) -> list[LookupsEstimated]:
    options = ProviderOptions("https://vscan.dev/api", workers, delay_s)
    providers: dict[str, Provider] = {
        "vscan.dev": VscanDev.create(options),
        "offline": Offline.create(options),
    }
    return list(estimate_lookups(tasks, cached, providers, Settings(delay_s=delay_s)))


def test_an_estimate_says_how_many_requests_how_long_and_what_parallel_would_take() -> None:
    (found,) = estimates(TASKS, ())
    assert (found.lookups, found.requests, found.duration_s) == (66, 198, 198.0)
    assert found.parallel_s == 66.0
    assert found.sentence == (
        "66 lookups to vscan.dev (publisher and name, nothing else): about 198 requests,"
        " 3 min 18 s at this pace; --parallel would take about 1 min 6 s"
    )


def test_cached_lookups_are_not_counted() -> None:
    (found,) = estimates(TASKS, TASKS[:60])
    assert (found.lookups, found.requests) == (6, 18)
    assert estimates(TASKS, TASKS) == []


def test_a_parallel_run_has_no_advice() -> None:
    (found,) = estimates(TASKS, (), workers=3)
    assert found.duration_s == pytest.approx(66.0)
    assert found.parallel_s is None
    assert "--parallel" not in found.sentence


def test_without_a_delay_there_is_no_time_to_name() -> None:
    (found,) = estimates(TASKS[:1], (), delay_s=0.0)
    assert found.sentence == (
        "1 lookup to vscan.dev (publisher and name, nothing else): about 3 requests"
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "1 s"), (59.6, "1 min"), (66, "1 min 6 s"), (198, "3 min 18 s"),
        (3600, "1 h"), (7500, "2 h 5 min"),
    ],
)  # fmt: skip
def test_a_duration_is_written_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert describe_duration(seconds) == text


def test_the_offline_analyser_asks_nobody(tmp_path: Path) -> None:
    local = Offline.create(ProviderOptions("", data_directory=tmp_path))
    assert list(estimate_lookups(TASKS, (), {"offline": local}, Settings())) == []
