"""``-v``: where the time of a run went, on standard error, beside everything else."""

import json
import re
from pathlib import Path

import pytest

from tests.builders import install, results
from tests.command import scan, vscan
from tests.server import Fault, Script, Server


@pytest.fixture
def extensions(tmp_path: Path) -> Path:
    directory = tmp_path / "extensions"
    for number in range(12):
        install(directory, f"acme.tool-{number:02}")
    return directory


def script(*faults: Fault) -> Script:
    return Script(
        answer=lambda *asked: results(asked[0], asked[1], analysis_id=asked[2]), faults=list(faults)
    )


@pytest.mark.parametrize("workers", [(), ("--workers", "3")], ids=["sequential", "parallel"])
def test_verbose_tells_times_retries_throttles_hits_and_workers(
    tmp_path: Path, extensions: Path, workers: tuple[str, ...]
) -> None:
    faults = (
        Fault(503, "fetch", "acme.tool-03", times=2),
        Fault(429, "poll", "acme.tool-05", times=1, headers=(("Retry-After", "0.01"),)),
    )
    with Server(script(*faults)) as server:
        url = ("--api-url", server.api_url)
        scan(tmp_path, extensions, *url, "--include-ids", "acme.tool-00,acme.tool-01")
        done = scan(tmp_path, extensions, *url, "-v", *workers)
    assert (done.code, done.stats["rate_limited"]) == (0, 1)
    lines = done.err.splitlines()
    assert re.search(r"time per extension: median [\d.]+ s, longest [\d.]+ s", done.err)
    (slowest,) = (line for line in lines if line.startswith("slowest: "))
    assert slowest.count("acme.tool-") == 10
    assert "cache: 2 hits of 12 (17 %), 0 too old" in lines
    assert "retried: acme.tool-03, 2 times" in lines
    assert any(line.startswith("rate limited: acme.tool-05, waited ") for line in lines)
    told = [re.fullmatch(r"worker (\d): (\d+) extensions?, (\d+) asked, [\d.]+ s", line)
            for line in lines]  # fmt: skip
    found = [match for match in told if match]
    assert [int(match[1]) for match in found] == list(range(1, len(found) + 1))
    assert len(found) <= (3 if workers else 1)
    assert sum(int(match[2]) for match in found) == 12
    assert sum(int(match[3]) for match in found) == 10


def test_without_it_no_times_are_told(tmp_path: Path, extensions: Path) -> None:
    with Server(script()) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url)
    assert "slowest" not in done.err
    assert "time per extension" not in done.err


def test_it_can_be_set_by_variable_and_file(tmp_path: Path, extensions: Path) -> None:
    with Server(script()) as server:
        url = ("--api-url", server.api_url)
        assert "slowest: " in scan(tmp_path, extensions, *url, VSCAN_VERBOSE="1").err
        (tmp_path / ".vscanrc").write_text("[output]\nverbose = true\n", "utf-8")
        assert "slowest: " in scan(tmp_path, extensions, *url).err


def test_standard_output_and_the_report_are_the_same_with_it(
    tmp_path: Path, extensions: Path
) -> None:
    with Server(script()) as server:
        url = ("--api-url", server.api_url, "--delay", "0", "-o", "json=-")
        vscan(tmp_path, "scan", extensions, *url)
        plain, verbose = (
            vscan(tmp_path, "scan", extensions, *url, *more) for more in ((), ("--verbose",))
        )
    assert json.loads(plain.out)["extensions"] == json.loads(verbose.out)["extensions"]
    assert plain.code == verbose.code == 0


def test_all_that_is_answered_by_the_cache_is_told_as_such(
    tmp_path: Path, extensions: Path
) -> None:
    with Server(script()) as server:
        url = ("--api-url", server.api_url)
        scan(tmp_path, extensions, *url)
        done = scan(tmp_path, extensions, *url, "-v")
        off = scan(tmp_path, extensions, *url, "-v", "--no-cache")
    assert "cache: 12 hits of 12 (100 %), 0 too old" in done.err
    assert "hits of" not in off.err
