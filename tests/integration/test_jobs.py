"""The number of analyser processes: as many as ``--jobs`` says, and none outlives the scan."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.builders import install
from tests.command import command, environment, processes_of_group, vscan

if sys.platform != "linux":
    pytest.skip("nothing is forked elsewhere", allow_module_level=True)


def long_to_analyse(directory: Path, number: int) -> Path:
    """Lay out extensions that each take seconds."""
    for count in range(number):
        place = install(directory, f"acme.tool-{count}")
        (place / "main.js").touch()
        os.truncate(place / "main.js", 1000 * 1024**2)
    return directory


def small(directory: Path, number: int = 3) -> Path:
    for count in range(number):
        install(directory, f"acme.tool-{count}")
    return directory


def is_analyser(process: int) -> bool:
    """Whether a process has detached its standard input, as analysers alone do."""
    return Path(f"/proc/{process}/fd/0").readlink() == Path(os.devnull)


def memory_rank(process: int) -> int:
    return int(Path(f"/proc/{process}/oom_score_adj").read_text("ascii"))


def until_there_are(group: int, number: int, within_s: float) -> list[int]:
    """Wait for a number of processes in a group, and list them."""
    until = time.monotonic() + within_s
    while len(found := processes_of_group(group)) != number and time.monotonic() < until:
        time.sleep(0.005)
    return found


def test_eight_processes_on_two_processors_and_none_is_left_after_a_kill(tmp_path: Path) -> None:
    directory = long_to_analyse(tmp_path / "extensions", 10)
    line = command("scan", directory, "--offline", "--no-cache", "--jobs", "8")
    for run in range(10):
        with subprocess.Popen(
            line, env=environment(tmp_path), cwd=tmp_path, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        ) as process:  # fmt: skip
            # The scan, its analysers, and the process that ends a scan that hangs.
            found = until_there_are(process.pid, 1 + 8 + 1, within_s=20)
            assert len(found) == 1 + 8 + 1
            time.sleep(0.1 * run)  # before, and in the middle of, the analyses
            assert process.poll() is None
            process.kill()
        assert until_there_are(process.pid, 0, within_s=2) == []


def test_one_process_for_each_processor_that_may_be_used(tmp_path: Path) -> None:
    """However many: there is no cap, and a quota of processors counts."""
    code = """
import os, sys
from vscan.providers.offline import Offline
os.sched_getaffinity = lambda _: set(range(int(sys.argv[1])))
offline = Offline(None, int(sys.argv[2]) if sys.argv[2:] else None)
with offline.started():
    print(offline.workers)
"""
    for arguments, expected in ((["11"], 11), (["1"], 1), (["1", "7"], 7), (["9", "2"], 2)):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], env=environment(tmp_path), cwd=tmp_path,
            capture_output=True, encoding="utf-8", timeout=60, check=True,
        )  # fmt: skip
        assert done.stdout == f"{expected}\n"


def test_the_patterns_of_many_processes_are_compiled_once(tmp_path: Path) -> None:
    """Where there are few, a scan that the cache answers need not wait for it."""
    code = """
import sys
from vscan.providers.offline import Offline
offline = Offline(None, int(sys.argv[1]))
with offline.started():
    print(offline.workers, "vscan.providers.offline.compiled_yara_patterns" in sys.modules)
"""
    for jobs, expected in ((16, "16 False\n"), (17, "17 True\n")):
        done = subprocess.run(
            [sys.executable, "-c", code, str(jobs)], env=environment(tmp_path), cwd=tmp_path,
            capture_output=True, encoding="utf-8", timeout=60, check=True,
        )  # fmt: skip
        assert done.stdout == expected


def test_the_most_jobs_that_can_be_asked_for_need_no_higher_limit_of_open_files(
    tmp_path: Path,
) -> None:
    small(tmp_path / "extensions")
    report = tmp_path / "report.json"
    line = command(
        "scan", tmp_path / "extensions", "--offline", "--jobs", "256", "-o", f"json={report}"
    )
    no_more = "the system allows no more open files (ulimit -n)"
    for limit, warnings in (
        ("ulimit -Sn 256", []),  # it may be raised
        (
            "ulimit -n 180",
            [f"--jobs 256: {no_more}, so 10 analyser processes run"],
        ),
    ):
        done = subprocess.run(
            ["sh", "-c", f'{limit}; exec "$@"', "sh", *line], env=environment(tmp_path),
            cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        written = json.loads(report.read_bytes())
        assert written["stats"]["scanned"] == 3
        found = [each for each in written["run"]["warnings"] if "--jobs" in each]
        assert found == warnings


def test_where_nothing_can_be_forked_the_option_says_so(tmp_path: Path) -> None:
    code = "import sys; sys.platform = 'darwin'; from vscan.cli import main; main()"
    small(tmp_path / "extensions")
    report = tmp_path / "report.json"
    line = ["scan", "extensions", "--offline", "--no-cache", "-o", f"json={report}"]
    for more, threads in ((["--jobs", "8"], 2), (["--jobs", "1"], 1), ([], None)):
        done = subprocess.run(
            [sys.executable, "-c", code, *line, *more], env=environment(tmp_path), cwd=tmp_path,
            capture_output=True, encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        warnings = json.loads(report.read_bytes())["run"]["warnings"]
        found = [each for each in warnings if "--jobs" in each]
        said = f"nothing can be forked here, so {threads} threads run"
        assert found == ([] if threads is None else [f"--jobs {more[1]}: {said}"])


@pytest.mark.parametrize("value", ["0", "257", "many", "-1", "2.5"])
def test_a_number_out_of_range_is_refused(tmp_path: Path, value: str) -> None:
    result = vscan(tmp_path, "scan", tmp_path, "--offline", "--jobs", value)
    assert result.code == 2
    assert "--jobs" in result.err


def test_without_the_analyser_the_option_has_no_effect_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "extensions").mkdir()
    line = ("scan", tmp_path / "extensions", "--source", "vscan.dev", "--jobs", "2")
    result = vscan(tmp_path, *line, "--allow-empty")
    assert "--jobs has no effect without the provider offline" in result.err


def test_jobs_that_are_ended_in_turn_are_all_replaced(tmp_path: Path) -> None:
    """Each of eight processes is killed once, whichever extension it is at."""
    directory = tmp_path / "extensions"
    for count in range(16):
        place = install(directory, f"acme.tool-{count}")
        (place / "main.js").touch()
        os.truncate(place / "main.js", 100 * 1024**2)
    report = tmp_path / "report.json"
    line = command(
        "scan", directory, "--offline", "--no-cache", "--jobs", "8", "-o", f"json={report}"
    )
    with subprocess.Popen(
        line, env=environment(tmp_path), cwd=tmp_path, stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True,
    ) as process:  # fmt: skip
        until_there_are(process.pid, 1 + 8 + 1, within_s=20)
        analysers = list(filter(is_analyser, processes_of_group(process.pid)))
        assert len(analysers) == 8
        # Where memory runs out the kernel ends an analyser, and not the scan.
        assert {memory_rank(each) - memory_rank(process.pid) for each in analysers} == {300}
        for each in analysers:
            os.kill(each, signal.SIGKILL)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    stats = json.loads(report.read_bytes())["stats"]
    assert (stats["scanned"], stats["failed"]) == (16, 0)
    assert processes_of_group(process.pid) == []
