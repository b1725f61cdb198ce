"""Reports of more packages than stay in memory name each of them, and the memory stays small."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.builders import install
from tests.command import environment, vscan

EXTENSIONS, PACKAGES = 60, 500


def with_packages(directory: Path) -> Path:
    """Install extensions with lock files; each package is named after its extension."""
    for number in range(EXTENSIONS):
        place = install(directory, f"acme.tool-{number:02d}")
        named = {
            f"node_modules/p{number:02d}-{count}": {"version": f"1.{count}.0"}
            for count in range(PACKAGES)
        }
        lock = {"name": "tool", "lockfileVersion": 3, "packages": named}
        (place / "package-lock.json").write_text(json.dumps(lock))
    return directory


def check(report: dict[str, Any]) -> None:
    assert len(report["extensions"]) == EXTENSIONS
    for each in report["extensions"]:
        number = each["id"][-2:]
        (verdict,) = each["verdicts"]
        assert {package["purl"] for package in verdict["packages"]} == {
            f"pkg:npm/p{number}-{count}@1.{count}.0" for count in range(PACKAGES)
        }


def test_each_package_is_in_the_report_of_its_extension(tmp_path: Path) -> None:
    directory = with_packages(tmp_path / "extensions")
    for line in (
        ("scan", directory, "--offline"),
        ("scan", directory, "--offline"),  # from the cache
        ("report", directory, "--offline"),
        ("report", "--offline"),
    ):
        result = vscan(tmp_path, *line, "--fail-on", "none", "-o", "json=report.json")
        assert result.code == 0, result.err
        check(json.loads((tmp_path / "report.json").read_bytes()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the files of a process")
def test_a_spool_that_was_changed_fails_the_run(tmp_path: Path) -> None:
    """An analyser that an extension has taken over could open the file of the scan."""
    directory = with_packages(tmp_path / "extensions")
    code = """
import os, sys
from vscan import pipeline
from vscan.cli import main, scan
def changed(*arguments, **options):
    report = pipeline.run(*arguments, **options)
    for number in os.listdir("/proc/self/fd"):
        try:
            if "(deleted)" in os.readlink(f"/proc/self/fd/{number}"):
                with open(f"/proc/self/fd/{number}", "r+b") as file:
                    file.seek(1000)
                    file.write(b"changed")
        except OSError:
            pass
    return report
scan.run = changed
sys.argv[0] = "vscan"
main()
"""
    line = ("scan", directory, "--offline", "--no-cache", "--fail-on", "none", "-o", "json=r.json")
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, line)], env=environment(tmp_path), cwd=tmp_path,
        capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "can't be read back: it has changed" in done.stderr
    assert not (tmp_path / "r.json").exists()
