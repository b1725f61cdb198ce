"""A run that answers from its cache is over before others have imported what they need."""

import subprocess
import sys
from pathlib import Path

from tests.builders import install, results
from tests.command import Result, scan
from tests.server import Script, Server

HEAVY = {"requests", "rich", "structlog", "jinja2"}


def imported(done: Result) -> set[str]:
    return {line.rpartition("|")[2].strip() for line in done.err.splitlines() if "|" in line}


def test_what_the_cache_answers_needs_no_client_and_no_logger(tmp_path: Path) -> None:
    place = tmp_path / "extensions"
    install(place)
    with Server(Script(answer=lambda p, n, number: results(p, n, analysis_id=number))) as server:
        runs = [
            scan(tmp_path, place, "--api-url", server.api_url, PYTHONPROFILEIMPORTTIME="1", **more)
            for more in ({}, {}, {"VSCAN_LOG_LEVEL": "info", "VSCAN_LOG_FORMAT": "json"})
        ]
    assert [done.code for done in runs] == [0, 0, 0]
    first, second, logged = (imported(done) & HEAVY for done in runs)
    assert "requests" in first
    assert second == set()
    assert "structlog" in logged


def test_garbage_is_collected_but_not_by_the_imports_and_not_at_the_end() -> None:
    script = """
import atexit, gc, sys
from vscan.__main__ import main
atexit.register(lambda: print("at the end:", gc.isenabled(), len(gc.get_objects()) < 1000))
gc.callbacks.append(lambda *_: "vscan.cli.rules" in sys.modules or print("an import"))
sys.argv = ["vscan", "rules"]
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True
    )
    assert "at the end: True True" in done.stdout
    assert "an import" not in done.stdout
