"""The commands of the documents, word for word, in the order in which they stand there."""

import socket
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.advisories import export, record, removed_list
from tests.builders import pack
from tests.recipes.conftest import GOOD, Machine, git
from tests.recipes.documents import ROOT, Kind, Recipe, commands, of
from vscan import __version__

# What ends with another exit code than 0, and why.
CODES = {
    "vscan db update": 2,  # there is no internet
    "vscan scan . --offline --fetch open-vsx": 3,  # likewise: nothing can be fetched
    "python3 -m venv .venv && .venv/bin/pip install -q . &&": 1,  # one example is malicious
}
# What this suite is part of: CI runs the block as it stands in the README.
THE_TESTS = "-m pytest -q"
SERVER = "-m tests.server"
INSTALL = "pip install . &&"
CHECKOUT = of(Kind.CHECKOUT)


def code_of(command: str) -> int:
    return next((code for start, code in CODES.items() if command.startswith(start)), 0)


def blocks(text: str) -> list[Recipe]:
    return [recipe for recipe in CHECKOUT if text in recipe.text]


@pytest.mark.parametrize("recipe", of(Kind.SHELL), ids=str)
def test_where_vscan_is_installed(workstation: Machine, recipe: Recipe) -> None:
    place = workstation.project
    pack(place, GOOD[0]).rename(place / "tools-1.0.0.vsix")
    pack(place / "mirror", GOOD[1])
    (place / "all.zip").write_bytes(export(record()))
    today = datetime.now(UTC).date()
    (place / "RemovedPackages.md").write_bytes(removed_list(f"| a.b | {today} | Spam |"))
    if "data.vscan" in recipe.text:  # an export of the other machine, which has a network
        export_line = "vscan db import all.zip RemovedPackages.md && vscan db export data.vscan"
        assert workstation.run(export_line).returncode == 0
    editor = workstation.home / "bin" / "code"
    editor.parent.mkdir()
    editor.write_text(f"#!/bin/sh\necho {GOOD[0]}@1.0.0\n")
    editor.chmod(0o755)
    path = {"PATH": f"{editor.parent}:{workstation.variables['PATH']}"}
    for command in commands(recipe.text):
        done = workstation.run(command, path)
        assert done.returncode == code_of(command), (command, done.stdout)
        assert done.stdout.strip() or command.startswith("vscan config set")


def test_the_commit_of_the_tag_is_printed(machine: Machine, published: Path) -> None:
    (command,) = (
        command
        for recipe in of(Kind.SHELL)
        for command in commands(recipe.text)
        if command.startswith("git ls-remote")
    )
    commit = git(published, "rev-parse", f"v{__version__}^{{commit}}").strip()
    assert machine.run(command).stdout.split()[0] == commit


def test_every_block_for_a_checkout_is_run() -> None:
    """The three below, and the one that runs all tests."""
    each = (THE_TESTS, SERVER, "pip install -q . &&", INSTALL)
    assert [len(blocks(text)) for text in each] == [1, 1, 1, 1]
    assert len(CHECKOUT) == len(each)


@pytest.fixture
def checkout(machine: Machine, published: Path) -> Path:
    place = machine.project.parent / "vscan"
    git(machine.project, "clone", "-q", f"file://{published}", str(place))
    return place


def test_the_first_command(machine: Machine, checkout: Path) -> None:
    (recipe,) = blocks("pip install -q . &&")
    (command,) = commands(recipe.text)
    done = machine.run(command, machine.with_python(), cwd=checkout)
    assert done.returncode == code_of(command), done.stdout
    assert "example.tab-colours" in done.stdout
    assert (checkout / "report.html").stat().st_size > 10_000


def test_the_installation_prints_the_version(machine: Machine, checkout: Path) -> None:
    (recipe,) = blocks(INSTALL)
    (command,) = commands(recipe.text)
    done = machine.run(command, machine.with_python(), cwd=checkout)
    assert done.returncode == 0, done.stdout
    assert f"vscan {__version__}" in done.stdout


@pytest.fixture
def free_port() -> None:
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", 8765))
        except OSError:
            pytest.skip("something else listens on port 8765 of this machine")


@pytest.mark.usefixtures("free_port")
def test_the_server_in_one_terminal_and_the_scan_in_another(
    machine: Machine, checkout: Path
) -> None:
    (recipe,) = blocks(SERVER)
    first, second = commands(recipe.text)
    with_python = machine.with_python()
    script = "python3 -m venv .venv && .venv/bin/pip install -q . && rm -r tests"
    done = machine.run(script, with_python, cwd=checkout)
    assert done.returncode == 0, done.stdout
    (checkout / "tests").symlink_to(ROOT / "tests")
    with subprocess.Popen(
        ["bash", "-c", f"exec {first}"],
        cwd=checkout,
        env=dict(machine.variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as server:
        try:
            assert server.stdout is not None
            assert "8765" in server.stdout.readline()
            done = machine.run(second, cwd=checkout)
        finally:
            server.kill()
    assert done.returncode in {0, 1}, done.stdout
    assert "\n8 extensions: " in done.stdout
    assert "incomplete" not in done.stdout
