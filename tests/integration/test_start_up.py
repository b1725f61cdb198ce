"""A run that answers from its cache is over before others have imported what they need."""

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
            for more in ({}, {}, {"VSCAN_LOG_LEVEL": "info"})
        ]
    assert [done.code for done in runs] == [0, 0, 0]
    first, second, logged = (imported(done) & HEAVY for done in runs)
    assert "requests" in first
    assert second == set()
    assert "structlog" in logged
