"""pre-commit's recipes, by pre-commit itself, in a new repository.

Its hooks are installed as everybody installs them: ``pre-commit install``.
"""

import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from tests.advisories import removed_list, take
from tests.recipes.conftest import BAD, CLOSED, GOOD, Machine, git
from tests.recipes.documents import ROOT, Kind, Recipe, of

RECIPES = of(Kind.PRE_COMMIT)
PRE_COMMIT = f'"{sys.executable}" -m pre_commit'
REMOVED = "acme.removed"
OFFLINE, ASKING = RECIPES


@pytest.fixture
def commit(machine: Machine) -> Callable[..., tuple[int, str]]:
    """Install a recipe's hooks and give what commits; the service can't be reached, or can."""
    data = machine.home / "data"
    rows = (f"| {REMOVED} | 2026-11-01 | Malware |", *(f"| a.b{n} | | Spam |" for n in range(1000)))
    today = datetime.now(UTC).date()
    take(data, removed_list(*rows), dated=today, today=today)

    def commit(recipe: Recipe, *named: str, online: bool = False) -> tuple[int, str]:
        variables = {
            "PRE_COMMIT_HOME": str(machine.home / "pre-commit"),
            "VSCAN_DATA_DIR": str(data),
        }
        if not online:
            variables["VSCAN_API_URL"] = f"{CLOSED}/api/extensions"
        config = machine.project / ".pre-commit-config.yaml"
        if not config.exists():
            config.write_text(recipe.text)
            done = machine.run(f"{PRE_COMMIT} install", variables)
            assert done.returncode == 0, done.stdout
        if named:
            machine.name(*named)
        elif (machine.project / ".vscode").exists():
            shutil.rmtree(machine.project / ".vscode")
        done = machine.run("git add -A && git commit --allow-empty -m change", variables)
        return done.returncode, done.stdout

    return commit


def test_there_is_a_recipe_for_each_way() -> None:
    hooks = [yaml.safe_load(recipe.text)["repos"][0]["hooks"] for recipe in RECIPES]
    assert [recipe.document for recipe in RECIPES] == ["README.md", "docs/usage.md"]
    assert hooks == [[{"id": "vscan"}], [{"id": "vscan", "args": ["--parallel"]}]]


def test_it_runs_at_each_commit_and_says_that_names_are_no_verdict(
    machine: Machine, commit: Callable[..., tuple[int, str]]
) -> None:
    """Nobody needs VS Code, or a network."""
    code, said = commit(OFFLINE, *GOOD)
    assert code == 0, said
    assert "Passed" in said
    assert "vscan: incomplete (exit 0)" in said
    code, said = commit(OFFLINE, *GOOD, REMOVED)
    assert (code, "Failed" in said) == (1, True), said
    assert REMOVED in said
    assert git(machine.project, "log", "--format=%s").split() == ["change", "all"]


def test_a_repository_that_names_nothing_can_be_committed(
    commit: Callable[..., tuple[int, str]],
) -> None:
    code, said = commit(OFFLINE)
    assert (code, "nothing to scan" in said) == (0, True), said


def test_the_asking_hook_passes_only_what_the_service_answered(
    commit: Callable[..., tuple[int, str]],
) -> None:
    for named, online, wanted in (
        (GOOD, False, 1),
        (GOOD, True, 0),
        ((*GOOD, BAD), True, 1),
        ((), False, 0),
    ):
        code, said = commit(ASKING, *named, online=online)
        assert code == wanted, (named, said)
        assert ("vscan: incomplete" in said) == (named == GOOD and not online), said


def test_it_runs_before_a_push_too(
    machine: Machine, tmp_path: Path, commit: Callable[..., tuple[int, str]]
) -> None:
    commit(OFFLINE, *GOOD)
    git(tmp_path, "init", "-q", "--bare", "remote")
    machine.name(*GOOD, REMOVED)
    variables = {
        "PRE_COMMIT_HOME": str(machine.home / "pre-commit"),
        "VSCAN_DATA_DIR": str(machine.home / "data"),
    }
    done = machine.run(
        f"{PRE_COMMIT} install --hook-type pre-push && git commit --no-verify -qm bad"
        f" && git push -q '{tmp_path}/remote' main",
        variables,
    )
    assert (done.returncode, REMOVED in done.stdout) == (1, True), done.stdout


def test_the_hook_is_installed_at_the_stage_of_pre_commit_install() -> None:
    """And one scan looks at the whole repository, whatever has changed."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert "pre-commit" in hook["stages"]
    assert (hook["pass_filenames"], hook["always_run"], hook["verbose"]) == (False, True, True)
