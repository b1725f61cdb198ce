"""GitHub's recipes, word for word: the steps of a job, with the action by its emulator."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.action.expressions import holds, interpolate
from tests.action.runner import Run, Runner
from tests.action.test_pull_requests import event
from tests.builders import install
from tests.recipes.conftest import BAD, GOOD, Machine, git
from tests.recipes.documents import Kind, Recipe, of

RECIPES = of(Kind.GITHUB)
_OURS = "OWNER/vscan@"


class Job:
    """The only job of a workflow, on a machine whose project is checked out."""

    def __init__(self, recipe: Recipe, machine: Machine, place: Path) -> None:
        content = yaml.safe_load(recipe.text)
        (self._job,) = content["jobs"].values()
        self._on = content[True]
        self._machine = machine
        self.runner = Runner(place)
        self.runner.home.rmdir()
        self.runner.home = machine.home
        self.runner.variables = {
            name: value for name, value in machine.variables.items() if name.startswith("VSCAN_")
        }
        self.uploaded: list[Path] = []
        self.scan: Run | None = None

    def run(self) -> str:
        """Run the steps; give the status of the job."""
        names = [self._on] if isinstance(self._on, str) else list(self._on)
        if "pull_request" in names:
            base = git(self._machine.project, "rev-parse", "HEAD").strip()
            self.runner.event_name, self.runner.event = "pull_request", event(base)
        else:
            self.runner.event_name = names[0]
        contexts: dict[str, Any] = {
            "runner": {"temp": str(self.runner.temp)},
            "secrets": {"VSCAN_CACHE_KEY": ""},  # what is not set is empty
            "steps": {},
        }
        status = "success"
        for step in self._job["steps"]:
            assert step.keys() <= {"uses", "with", "env", "name", "id", "run", "if"}
            if holds(step.get("if"), contexts, status) and not self._step(step, contexts):
                status = "failure"
        return status

    def _step(self, step: dict[str, Any], contexts: dict[str, Any]) -> bool:
        """Run a step; give whether it succeeded."""
        given = {key: interpolate(value, contexts) for key, value in step.get("with", {}).items()}
        variables = {
            key: interpolate(value, contexts) for key, value in step.get("env", {}).items()
        }
        action = step.get("uses", "")
        if action.startswith("actions/checkout@"):
            shutil.copytree(self._machine.project, self.runner.workspace, dirs_exist_ok=True)
            return True
        if action.startswith(_OURS):
            self.runner.variables |= variables
            self.scan = self.runner.run(**{k.replace("-", "_"): v for k, v in given.items()})
            return self.scan.status == "success"
        if action.startswith("actions/upload-artifact@"):
            self.uploaded.append(self.runner.workspace / given["path"])
            return self.uploaded[-1].exists()
        assert not action, action
        done = self._machine.run(
            step["run"],
            {"RUNNER_TEMP": str(self.runner.temp), **variables},
            shell=("bash", "--noprofile", "--norc", "-eo", "pipefail"),
            cwd=self.runner.workspace,
        )
        assert done.returncode == 0, done.stdout
        return True


Start = Callable[[Recipe], Job]


@pytest.fixture
def start(machine: Machine, tmp_path: Path) -> Start:
    return lambda recipe: Job(recipe, machine, tmp_path / "job")


def about(text: str) -> list[Recipe]:
    """Choose recipes by what is in them."""
    return [recipe for recipe in RECIPES if text in recipe.text]


IMAGE, WORKSTATION, FETCH = about("docker build"), about("self-hosted"), about("fetch:")
FIRST = [recipe for recipe in RECIPES if recipe not in (*IMAGE, *WORKSTATION, *FETCH)]


def test_every_workflow_is_run() -> None:
    assert [len(each) for each in (FIRST, IMAGE, WORKSTATION, FETCH)] == [1, 1, 1, 1]
    assert len(RECIPES) == 4
    assert FIRST[0].document == "README.md"


@pytest.mark.parametrize("recipe", FIRST, ids=str)
@pytest.mark.parametrize(("named", "outcome"), [(GOOD, "clean"), ((*GOOD, BAD), "findings")])
def test_what_the_repository_names(
    start: Start, machine: Machine, recipe: Recipe, named: tuple[str, ...], outcome: str
) -> None:
    machine.name(*named)
    job = start(recipe)
    assert job.run() == ("success" if outcome == "clean" else "failure")
    assert job.scan is not None
    assert (job.scan.outputs["outcome"], job.scan.outputs["scanned-count"]) == (
        outcome, str(len(named)),
    )  # fmt: skip
    errors = [each for each in job.scan.annotations if each.level == "error"]
    places = {each.properties.get("file") for each in errors} - {None}
    assert places == ({".vscode/extensions.json"} if outcome == "findings" else set())


@pytest.mark.parametrize("recipe", FIRST, ids=str)
def test_an_empty_workspace_is_not_green(start: Start, machine: Machine, recipe: Recipe) -> None:
    """As without the step that checks out."""
    shutil.rmtree(machine.project / ".vscode")
    job = start(recipe)
    assert job.run() == "failure"
    assert job.scan is not None
    assert job.scan.outputs["outcome"] == "nothing-to-scan"


@pytest.mark.parametrize("recipe", FETCH, ids=str)
def test_where_nothing_can_be_fetched_it_is_incomplete(start: Start, recipe: Recipe) -> None:
    """No test reaches a registry; ``tests/action/test_repository.py`` fetches from one here."""
    job = start(recipe)
    job.runner.variables["HTTPS_PROXY"] = "http://127.0.0.1:9"
    job.run()
    assert job.scan is not None
    assert "open-vsx.org" in job.scan.log
    assert job.scan.outputs["outcome"] == "incomplete", job.scan.log


@pytest.mark.parametrize("recipe", WORKSTATION, ids=str)
@pytest.mark.parametrize("bad", [False, True])
def test_a_workstation(start: Start, machine: Machine, recipe: Recipe, bad: bool) -> None:  # noqa: FBT001
    for each in (*GOOD, BAD) if bad else GOOD:
        install(machine.home / ".vscode" / "extensions", each)
    job = start(recipe)
    assert job.run() == ("failure" if bad else "success"), job.scan and job.scan.log
    (reports,) = job.uploaded
    assert {"vscan.json", "vscan.sarif", "vscan.html"} <= {path.name for path in reports.iterdir()}
    assert job.scan is not None
    assert job.scan.report["run"]["targets"] == [str(machine.home / ".vscode" / "extensions")]
    assert len(job.runner.uploaded) == 1


def base_image() -> str:
    """Name an image that is on this machine; skip where there is no engine or none."""
    from tests.docker.engine import base_name

    if shutil.which("docker") is None:
        pytest.skip("there is no docker")
    found = subprocess.run(
        ["docker", "image", "inspect", base_name()], capture_output=True, check=False
    )
    if found.returncode != 0:
        if os.environ.get("VSCAN_REQUIRE_DOCKER") == "1":
            pytest.fail("VSCAN_REQUIRE_DOCKER is 1, and there is no engine or no base image")
        pytest.skip("no container engine answers, or the base image is not there")
    return base_name()


@pytest.mark.docker
@pytest.mark.parametrize("recipe", IMAGE, ids=str)
@pytest.mark.usefixtures("engine_of_its_own")
def test_the_image_of_a_dev_container(start: Start, machine: Machine, recipe: Recipe) -> None:
    devcontainer = machine.project / ".devcontainer"
    install(devcontainer / "extensions", "acme.installed")
    (devcontainer / "Dockerfile").write_text(
        f"FROM {base_image()}\nCOPY extensions /home/vscode/.vscode-server/extensions\n"
    )
    git(machine.project, "add", "-A")
    job = start(recipe)
    assert job.run() == "success", job.scan and job.scan.log
    assert job.scan is not None
    assert [each["id"] for each in job.scan.report["extensions"]] == ["acme.installed"]
