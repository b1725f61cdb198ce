"""A new option is one row of the table of settings: shown by adding one to a copy of vscan."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import vscan

ROW = """\
    depth: Annotated[int, Row(
        "--depth", "scan.depth", Integer(1, 9), _BOTH,
        "How deep the scan goes.",
        group=Group.SPEED,
        metavar="N",
        report_help="How deep the report goes.",
    )] = 4
    notes: Annotated[Path | None, Row(
        "--notes", "output.notes", FilePath(), _SCAN,
        "Where notes are.",
        group=Group.OUTPUT,
    )] = None
    # fmt: on
"""
ASK = """
import json, sys
from vscan.cli.config_building import build_config, read_settings
from vscan.cli.scan import scan

context = scan.make_context("scan", sys.argv[1:])
settings = build_config(context, read_settings(context)).settings
print(json.dumps([settings.depth, str(settings.notes)]))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the package, and add two rows."""
    place = tmp_path_factory.mktemp("copy")
    package = Path(vscan.__file__).parent
    shutil.copytree(package, place / "vscan", ignore=shutil.ignore_patterns("__pycache__"))
    table = place / "vscan" / "settings" / "table.py"
    text = table.read_text("utf-8")
    assert text.count("    # fmt: on\n") == 1
    table.write_text(text.replace("    # fmt: on\n", ROW), "utf-8")
    return place


def run(copy: Path, home: Path, *arguments: str, **variables: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(copy), "HOME": str(home), "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=home,
        env=environment | variables,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_new_row_is_an_option_with_help_in_each_of_its_commands(
    copy: Path, tmp_path: Path
) -> None:
    scan = run(copy, tmp_path, "-m", "vscan", "scan", "--help")
    report = run(copy, tmp_path, "-m", "vscan", "report", "--help")
    assert "--depth N How deep the scan goes. [default: 4; 1<=x<=9]" in " ".join(scan.split())
    assert "--depth N How deep the report goes." in " ".join(report.split())
    assert "--notes FILE                    Where notes are." in scan
    assert "--notes" not in report


def test_a_new_row_is_a_value_of_the_configuration_from_every_origin(
    copy: Path, tmp_path: Path
) -> None:
    """Paths get what their type promises: ``~`` in variables, relative to the config file."""

    def settings(*arguments: str, **variables: str) -> list[object]:
        found: list[object] = json.loads(run(copy, tmp_path, "-c", ASK, *arguments, **variables))
        return found

    assert settings() == [4, "None"]
    (tmp_path / "elsewhere").mkdir()
    file = tmp_path / "elsewhere" / "vscan.toml"
    file.write_text('[scan]\ndepth = 5\n[output]\nnotes = "n.txt"\n', "utf-8")
    named = ("--config", str(file))
    assert settings(*named) == [5, str(tmp_path / "elsewhere" / "n.txt")]
    variables = {"VSCAN_DEPTH": "6", "VSCAN_NOTES": "~/n.txt"}
    assert settings(*named, **variables) == [6, str(tmp_path / "n.txt")]
    assert settings(*named, "--depth", "7", "--notes", "n.txt", **variables) == [7, "n.txt"]


def test_a_new_row_is_a_key_of_every_command_for_the_config_file(
    copy: Path, tmp_path: Path
) -> None:
    def config(*arguments: str) -> str:
        return run(copy, tmp_path, "-m", "vscan", "config", *arguments)

    config("init")
    text = (tmp_path / ".vscanrc").read_text("utf-8")
    assert "# How deep the scan goes.\n# depth = 4  # 1 to 9\n" in text
    config("set", "scan.depth", "8")
    assert config("get", "scan.depth") == "8\n"
    assert f"scan.depth = 8  # {tmp_path / '.vscanrc'}\n" in config("show")
    config("reset", "scan.depth")
    assert "scan.depth = 4  # default\n" in config("show")
