"""Systems that lack something: a library without a wheel, or the calls of POSIX."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.advisories import removed_list
from tests.builders import install
from tests.command import Result, command, environment
from tests.server import Server

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "data" / "offline"
WITHOUT_POSIX = """
import sys
from tests.other_systems import remove_posix
remove_posix()
from vscan.cli import main
sys.argv[0] = "vscan"
main()
"""
COLLECTING = """
import sys
from tests.other_systems import remove_posix
remove_posix()
import pytest
sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", "tests"]))
"""
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


def verdicts(done: Result) -> list[tuple[str, Any, Any]]:
    """List what a report says of each extension."""
    return sorted(
        (each["id"], each["findings"], [verdict["score"] for verdict in each["verdicts"]])
        for each in done.report["extensions"]
    )


def test_without_the_calls_of_posix_the_verdict_is_the_same(tmp_path: Path) -> None:
    """No process is forked or started, no link is refused by a flag, no user has a number."""
    options = ("scan", SAMPLES, "--offline", "-o", "json=report.json", "-o", "html=report.html")
    expected = run_with(tmp_path, "from vscan.cli import main; main()", *options, "--no-cache")
    first, second = (run_with(tmp_path, WITHOUT_POSIX, *options) for _ in range(2))
    assert expected.code == first.code == second.code == 1, first.err + second.err
    assert verdicts(expected) == verdicts(first) == verdicts(second)
    assert first.report["stats"]["fresh"] == second.report["stats"]["cached"] == 3
    assert "Warning: the cache" not in first.err + second.err
    assert (tmp_path / "report.html").read_bytes().endswith(b"</html>")


def test_without_the_calls_of_posix_the_service_is_asked(tmp_path: Path) -> None:
    install(tmp_path / "extensions")
    with Server() as server:
        done = run_with(
            tmp_path, WITHOUT_POSIX, "scan", "extensions", "--source", "vscan.dev",
            "--workers", "3", "--api-url", server.api_url, "-o", "json=report.json",
        )  # fmt: skip
    assert done.report["stats"]["scanned"] == 1, done.err


COMMANDS = [
    "config set scan.parallel true", "config show", "cache stats", "cache clear", "db status",
    "db import list.md", "scan --dry-run --offline extensions",
]  # fmt: skip


def test_without_the_calls_of_posix_every_command_works(tmp_path: Path) -> None:
    (tmp_path / "list.md").write_bytes(removed_list("| acme.tool | 8/20/2026 | Malware |"))
    install(tmp_path / "extensions")
    for arguments in COMMANDS:
        done = run_with(tmp_path, WITHOUT_POSIX, *arguments.split())
        assert done.code == 0, f"{arguments}: {done.err}"


@pytest.mark.parametrize(
    "prelude",
    [
        "del os.sched_getaffinity",
        "del os.fork",
        "del os.posix_spawn",
        "del os.O_NOFOLLOW",
        "del os.O_NONBLOCK",
        "del os.geteuid, os.getuid",
        "del os.fchmod",
        "del signal.SIGCHLD, signal.SIGKILL",
        "del signal.pthread_sigmask",
        "del select.poll",
        "sys.modules['ctypes'] = None",
    ],
)
def test_without_one_call_of_posix_the_exit_code_is_the_same(tmp_path: Path, prelude: str) -> None:
    program = f"import os, select, signal, sys\n{prelude}\nfrom vscan.cli import main; main()"
    options = ("scan", SAMPLES, "--offline", "--no-cache", "-o", "json=report.json")
    done = run_with(tmp_path, program, *options)
    assert done.code == 1, done.err
    assert done.report["stats"]["scanned"] == 3
    assert "Traceback" not in done.err


def test_without_posix_every_test_is_collected(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COLLECTING], env=environment(tmp_path), cwd=ROOT,
        capture_output=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:]
    assert "tests collected" in done.stdout


@pytest.mark.parametrize("name", ["csv", "html", "json", "markdown", "sarif"])
def test_a_report_on_standard_output_is_utf_8_whatever_the_locale(
    tmp_path: Path, name: str
) -> None:
    """As pipes of Windows have the alphabet of a country."""
    install(tmp_path / "extensions", "acme.tools", displayName="Ж \U0001f600")
    for target in ("-", "report"):
        done = subprocess.run(
            [*command("scan", "extensions", "--offline", "--no-cache"), "-o", f"{name}={target}"],
            env=environment(tmp_path, PYTHONUTF8="0", PYTHONIOENCODING="cp1252:strict"),
            cwd=tmp_path, capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        if target == "-":
            shown = done.stdout
    in_a_file = (tmp_path / "report").read_bytes()
    assert len(shown.splitlines()) == len(in_a_file.splitlines())
    assert shown.decode("utf-8").count("\U0001f600") == in_a_file.decode().count("\U0001f600")
    assert b"\r\n" not in shown or name == "csv"


def test_a_name_that_standard_output_has_no_letters_for_is_shown_with_question_marks(
    tmp_path: Path,
) -> None:
    install(tmp_path / "Ж")
    done = subprocess.run(
        command("scan", "Ж", "--offline", "--dry-run"),
        env=environment(tmp_path, PYTHONUTF8="0", PYTHONIOENCODING="cp1252:strict"),
        cwd=tmp_path, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"?/acme.tools-1.0.0" in done.stdout
