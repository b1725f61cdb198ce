"""A runner for each test, and a vscan.dev that it asks."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.action.runner import Runner
from tests.builders import install, results
from tests.server import Script, Server


@pytest.fixture
def server() -> Iterator[Server]:
    """Play a service that finds something critical in acme.bad, and nothing elsewhere."""

    def answer(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
        advisory = {"id": "GHSA-1", "title": "Remote code execution", "severity": "critical"}
        bad = name == "bad"
        return results(
            publisher,
            name,
            analysis_id=analysis_id,
            vulnerabilities={"critical": 1} if bad else {},
            advisories=(advisory,) if bad else (),
        )

    with Server(Script(answer=answer)) as played:
        yield played


@pytest.fixture
def runner(tmp_path: Path, server: Server) -> Runner:
    """Prepare a job that asks the server, without waiting for anything."""
    job = Runner(tmp_path / "job")
    job.variables = {"VSCAN_API_URL": server.api_url, "VSCAN_RETRY_DELAY": "0.01"}
    job.variables["VSCAN_DELAY"] = "0"
    return job


@pytest.fixture
def extensions(runner: Runner) -> Callable[..., str]:
    """Install extensions in the workspace; gives the path relative to it."""

    def lay_out(*ids: str) -> str:
        for each in ids:
            install(runner.workspace / "extensions", each)
        return "extensions"

    return lay_out
