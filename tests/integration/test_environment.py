"""The environment of the process: a thread that reads it while another one writes it crashes."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.command import environment
from vscan.providers.http_request import Transport

_MAIN = """
import os, sys
from vscan.cli import main
sys.argv = ["vscan", "rules", "gap"]
try:
    main()
except SystemExit:
    print(os.environ["RES_OPTIONS"])
"""


@pytest.mark.parametrize("chosen", [None, "timeout:9"])
def test_the_time_of_name_lookups_is_set_before_any_thread(
    tmp_path: Path, chosen: str | None
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MAIN],
        env=environment(tmp_path, RES_OPTIONS=chosen),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.splitlines()[-1] == (chosen or "timeout:2 attempts:1")


def test_a_connection_of_a_worker_leaves_the_environment_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A scan with several workers ended with a fault of getenv in another thread."""
    written: list[object] = []
    monkeypatch.setattr("os.putenv", lambda *what: written.append(what))
    Transport("https://vscan.dev/api", 1.0, time.monotonic).close()
    assert written == []
