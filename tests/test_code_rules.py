"""Lint, types, import contracts and README commands; each with a control that can fail."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def run(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / arguments[0], *arguments[1:]],
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the package, so that a test may spoil it."""
    shutil.copytree(
        ROOT / "vscan", tmp_path / "vscan", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_code_is_clean() -> None:
    done = run("ruff", "check", ".")
    assert done.returncode == 0, done.stdout


def test_the_code_is_formatted() -> None:
    done = run("ruff", "format", "--check", ".")
    assert done.returncode == 0, done.stdout


def test_the_types_hold() -> None:
    done = run("mypy")
    assert done.returncode == 0, done.stdout


def test_the_import_contracts_are_kept() -> None:
    done = run("lint-imports", "--no-cache")
    assert done.returncode == 0, done.stdout


def test_lint_and_types_can_fail(copy: Path) -> None:
    with (copy / "vscan" / "task_selection.py").open("a") as file:
        file.write("\n\ndef bad(x):\n    eval(x)\n    return 1 + ''\n")
    assert run("ruff", "check", "vscan", cwd=copy).returncode == 1
    assert (
        run(
            "mypy", "vscan/task_selection.py", "--config-file", "pyproject.toml", cwd=copy
        ).returncode
        == 1
    )


def test_lint_refuses_a_process_that_another_module_starts(copy: Path) -> None:
    with (copy / "vscan" / "task_selection.py").open("a") as file:
        file.write("\n\nimport os\n\nos.fork()\n")
    done = run("ruff", "check", "--select", "TID251", "vscan", cwd=copy)
    assert "only the analyser process" in done.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("task_selection.py", "import vscan.task_runner"),  # a higher layer
        ("cache/cache_file_opening.py", "import vscan.progress"),  # the same layer
        ("pipeline.py", "import requests"),
        ("pipeline.py", "import sqlite3"),
        ("cli/scan.py", "import rich"),
        ("task_answering.py", "import threading"),
        ("new_module.py", "import vscan.model"),  # in no layer
    ],
)
def test_the_import_contracts_can_break(copy: Path, module: str, line: str) -> None:
    with (copy / "vscan" / module).open("a") as file:
        file.write(f"\n{line}\n")
    done = run("python", "-c",
               "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports;"
               " sys.exit(lint_imports(cache_dir=None))", cwd=copy)  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert "1 broken" in done.stdout


def test_the_readme_has_the_two_commands() -> None:
    """One line each; CI runs the second one as it stands there."""
    text = (ROOT / "README.md").read_text("utf-8")
    commands = re.findall(r"<!-- (main job|tests) -->\n```sh\n(.+)\n```", text)
    assert [name for name, _ in commands] == ["main job", "tests"]
    assert all("python3 -m venv" in command for _, command in commands)


def test_what_the_readme_scans_is_there_and_readable() -> None:
    from vscan.discovery import discover
    from vscan.model import Extension

    found = list(discover([ROOT / "tests" / "data" / "extensions"]))
    assert len(found) == 8
    assert all(isinstance(item, Extension) and item.in_index for item in found)
    names = {item.display_name for item in found if isinstance(item, Extension)}
    assert "GitHub Pull Requests" in names


def test_nothing_heavy_is_imported_for_the_version() -> None:
    done = run("python", "-c", "import sys, vscan.cli; print(*sys.modules)")
    loaded = set(done.stdout.split())
    heavy = {"msgspec", "requests", "urllib3", "rich", "structlog", "sqlite3"}
    heavy |= {"platformdirs", "tomllib"}
    assert not loaded & {*heavy, "vscan.settings", "vscan.config", "vscan.model"}
