"""Systems that lack something: a library without a wheel, or the calls of POSIX."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import install
from tests.command import Result, environment
from tests.server import Server

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "data" / "offline"
WITHOUT_YARA_X = """
import sys
sys.modules["yara_x"] = None
from vscan.cli import main
sys.argv[0] = "vscan"
main()
"""


def run_with(home: Path, program: str, *arguments: str | Path) -> Result:
    """Run the command in a process that a few lines have changed before it imports vscan."""
    report = home / "report.json"
    report.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env=environment(home, VSCAN_DELAY="0"), cwd=home, stdin=subprocess.DEVNULL,
        capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    found = json.loads(report.read_bytes()) if report.exists() else {}
    return Result(done.returncode, done.stdout, done.stderr, found)


@pytest.mark.parametrize("options", [(), ("--allow-incomplete",), ("--on-gap", "ignore")])
@pytest.mark.parametrize("source", ["offline", "vscan.dev,offline"])
def test_without_yara_x_the_provider_offline_is_a_usage_error(
    tmp_path: Path, source: str, options: tuple[str, ...]
) -> None:
    """No option makes a run green in which nothing was analysed."""
    done = run_with(
        tmp_path, WITHOUT_YARA_X, "scan", SAMPLES, "--source", source,
        "--api-url", "http://127.0.0.1:9/api/extensions", *options, "-o", "json=report.json",
    )  # fmt: skip
    assert done.code == 2
    assert "the provider offline needs yara-x, which is not installed" in done.err
    assert "--source vscan.dev" in done.err
    assert "Traceback" not in done.err
    assert done.report == {}


def test_without_yara_x_the_service_is_asked(tmp_path: Path) -> None:
    install(tmp_path / "extensions")
    with Server() as server:
        done = run_with(
            tmp_path, WITHOUT_YARA_X, "scan", "extensions", "--source", "vscan.dev",
            "--api-url", server.api_url, "-o", "json=report.json",
        )  # fmt: skip
    assert done.report["stats"]["scanned"] == 1, done.err


@pytest.mark.parametrize("arguments", ["rules", "report", "db status", "config show"])
def test_without_yara_x_every_other_command_works(tmp_path: Path, arguments: str) -> None:
    done = run_with(tmp_path, WITHOUT_YARA_X, *arguments.split())
    assert done.code == (4 if arguments == "report" else 0), done.err
    assert "yara-x" not in done.err
