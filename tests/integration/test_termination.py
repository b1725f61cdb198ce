"""SIGTERM ends a command within three seconds, whatever it is at: real processes, real signals."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.advisories import record
from tests.builders import install
from tests.command import command, environment, vscan
from tests.other_systems import make_pipe

if not hasattr(signal, "SIGKILL"):
    pytest.skip("no process can be sent such signals here", allow_module_level=True)


# The command, with an analyser that makes a search which keeps the interpreter for hours.
_SEARCHING = """
import os, re, sys
from vscan.cli import main
from vscan.providers.offline import analyser_process
{prelude}
class Searching:
    def __init__(self, data_directory):
        pass
    def ask(self, task, visit, resume):
        open("searching", "w").close()
        re.search("a?" * 50 + "b", "a" * 50)
    def close(self):
        pass

analyser_process.local_analyser = Searching
sys.argv[0] = "vscan"
main()
"""

_THREAD = """
import threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
"""


def ended(home: Path, line: list[str], is_at_it: Callable[[], bool]) -> int:
    """Start a command, end it when it is at it, and give its status; in time, or not at all."""
    process = subprocess.Popen(
        line, env=environment(home), cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        encoding="utf-8", start_new_session=True,
    )  # fmt: skip
    try:
        until = time.monotonic() + 30
        while not is_at_it() and time.monotonic() < until:
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.02)
        time.sleep(0.3)
        assert process.poll() is None
        os.kill(process.pid, signal.SIGTERM)
        _, err = process.communicate(timeout=3)
    finally:
        process.kill()
        process.communicate()
    assert "Traceback" not in err
    return process.returncode


@pytest.mark.parametrize(
    ("prelude", "codes"),
    [
        ("", {143}),
        ("os.sched_getaffinity = lambda _: set()", {-signal.SIGKILL}),
        ("sys.platform = 'darwin'", {-signal.SIGKILL}),
        (_THREAD, {-signal.SIGKILL}),
    ],
    ids=["in its analyser", "in the scan", "in the scan elsewhere", "in the scan with a thread"],
)
def test_a_search_that_never_ends_is_ended(tmp_path: Path, prelude: str, codes: set[int]) -> None:
    """It keeps the interpreter, and with it every thread and every handler."""
    install(tmp_path / "extensions", "acme.tool")
    line = [sys.executable, "-c", _SEARCHING.format(prelude=prelude)]
    line += ["scan", "extensions", "--offline", "--no-cache"]
    assert ended(tmp_path, line, (tmp_path / "searching").exists) in codes


def test_an_import_is_ended_and_leaves_the_old_data(tmp_path: Path) -> None:
    few, many = tmp_path / "few.json", tmp_path / "many.json"
    few.write_text(json.dumps(record()))
    with many.open("w") as file:
        for number in range(300_000):
            file.write(json.dumps(record(f"MAL-2026-{number}", f"acme-{number}")) + "\n")
    vscan(tmp_path, "db", "import", few, "--data-dir", tmp_path / "data")
    before = (tmp_path / "data" / "advisories.sqlite3").read_bytes()
    line = command("db", "import", many, "--data-dir", tmp_path / "data")

    def is_at_it() -> bool:
        return any(left.stat().st_size > 2**20 for left in (tmp_path / "data").glob("*.new"))

    assert ended(tmp_path, line, is_at_it) == -signal.SIGTERM
    assert (tmp_path / "data" / "advisories.sqlite3").read_bytes() == before


def test_discovery_of_a_huge_directory_is_ended(tmp_path: Path) -> None:
    directory = tmp_path / "extensions"
    install(directory, "acme.tool")
    entries = [
        {"identifier": {"id": f"acme.tool-{n}"}, "relativeLocation": f"acme.tool-{n}-1.0.0"}
        for n in range(150_000)
    ]
    (directory / "extensions.json").write_text(json.dumps(entries))
    line = command("scan", directory, "--offline", "--no-cache", "-o", "json=report.json")
    started = time.monotonic()
    assert ended(tmp_path, line, lambda: time.monotonic() > started + 0.7) == 143


def test_the_writing_of_reports_is_ended(tmp_path: Path) -> None:
    """A pipe that nobody reads from is never written whole."""
    directory = tmp_path / "extensions"
    for number in range(300):
        install(directory, f"acme.tool-{number}")
    make_pipe(tmp_path / "report")
    end = os.open(tmp_path / "report", os.O_RDONLY | os.O_NONBLOCK)
    line = command("scan", directory, "--offline", "--no-cache", "-o", "json=report", "-q")
    started = time.monotonic()
    try:
        assert ended(tmp_path, line, lambda: time.monotonic() > started + 3) == 143
    finally:
        os.close(end)
