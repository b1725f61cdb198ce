"""Signals at any moment of a run of 66 extensions: nothing that was finished is lost."""

import json
import random
import signal
import time
from pathlib import Path

import pytest

from tests.builders import install, results
from tests.command import scan, start
from tests.server import Script, Server

if not hasattr(signal, "SIGKILL"):
    pytest.skip("no process can be sent such signals here", allow_module_level=True)

EXTENSIONS = 66
CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}
WAYS = {
    "SIGINT": (signal.SIGINT,),
    "SIGTERM": (signal.SIGTERM,),
    "two SIGINTs": (signal.SIGINT, signal.SIGINT),
    "SIGKILL": (signal.SIGKILL,),
}
_random = random.Random(20261121)
MOMENTS = [
    (answers, list(WAYS)[number % len(WAYS)], (1, 3, 5)[number % 3])
    for number, answers in enumerate(sorted(_random.sample(range(3 * EXTENSIONS), 50)))
]


@pytest.fixture(scope="module")
def extensions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("interrupts") / "extensions"
    for number in range(EXTENSIONS):
        install(directory, f"acme.tool-{number:02d}")
    return directory


@pytest.mark.parametrize(("answers", "way", "workers"), MOMENTS)
def test_a_signal_after_any_answer_loses_nothing(
    tmp_path: Path, extensions: Path, answers: int, way: str, workers: int
) -> None:
    script = Script(latency_s=0.003, answer=lambda p, n, number: results(p, n, analysis_id=number))
    with Server(script) as server:
        options = ["--workers", str(workers)] if workers > 1 else []
        process = start(
            tmp_path, "scan", extensions, "--api-url", server.api_url, *options, "-q",
            "-o", f"json={tmp_path / 'partial.json'}", VSCAN_DELAY="0",
        )  # fmt: skip
        until = time.monotonic() + 30
        while server.count() <= answers and time.monotonic() < until:
            time.sleep(0.0005)
        signalled = time.monotonic()
        for number in WAYS[way]:
            process.send_signal(number)
        _, err = process.communicate(timeout=20)
        took = time.monotonic() - signalled
        answered = server.count("fetch")
        again = scan(tmp_path, extensions, "--api-url", server.api_url, "--workers", "5")
        assert took < 3
        assert "Traceback" not in err
        cached = again.stats["cached"]
        assert answered - workers <= cached <= answered
        assert again.code == 0
        assert again.stats["requests"] == 3 * (EXTENSIONS - cached)
    if process.returncode == 0:
        assert answered == EXTENSIONS  # the signal came when all was done
        return
    assert process.returncode == CODES[WAYS[way][0]]
    if way == "SIGKILL":
        assert not (tmp_path / "partial.json").exists()
        return
    partial = json.loads((tmp_path / "partial.json").read_text("utf-8"))
    stats = partial["stats"]
    assert stats["scanned"] == cached
    assert stats["total"] == EXTENSIONS == stats["scanned"] + stats["failed"]
    assert partial["run"]["incomplete"]
    assert partial["decision"]["outcome"] == "interrupted"
    assert {f["error_type"] for f in partial["failed_extensions"]} <= {"interrupted"}
