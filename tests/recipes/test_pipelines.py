"""GitLab's and Jenkins' recipes: their shell lines, word for word, where nothing is installed.

Their images are not on this machine, so an empty environment of Python takes the place of
``python:3.13``. The recipes with vscan's own image run in that image (``tests/docker``).
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.recipes.conftest import BAD, CLOSED, GOOD, Machine
from tests.recipes.documents import Kind, Recipe, of

_IMAGE = "python:3.13"


def gitlab_job(recipe: Recipe) -> dict[str, Any]:
    (job,) = (each for each in yaml.safe_load(recipe.text).values() if "script" in each)
    return dict(job)


def jenkins_steps(text: str) -> list[str]:
    """Give the scripts of the ``sh`` steps, in their order."""
    return [script for _, script in re.findall(r"^\s*sh (['\"])(.*)\1$", text, re.MULTILINE)]


def jenkins_files(text: str) -> set[str]:
    """Name the files that the steps after the build take, whatever its result."""
    after = text[text.index("always {") :]
    return {name for _, name in re.findall(r"(junit|archiveArtifacts) '([^']+)'", after)}


def image_of(recipe: Recipe) -> str:
    found = re.search(r"image:? '?([\w./:-]+)|name: (\S+)", recipe.text)
    assert found is not None
    return found[1] or found[2]


def plain(kind: Kind) -> list[Recipe]:
    return [recipe for recipe in of(kind) if image_of(recipe) == _IMAGE]


def scanned(directory: Path) -> set[str]:
    report = json.loads((directory / "vscan.json").read_text("utf-8"))
    return {each["id"] for each in report["extensions"]}


@pytest.mark.parametrize("recipe", plain(Kind.GITLAB), ids=str)
def test_gitlab(machine: Machine, recipe: Recipe) -> None:
    job = gitlab_job(recipe)
    # GitLab joins the lines, and the first that fails ends the job.
    whole, scan = "\n".join(job["script"]), job["script"][-1]
    variables = machine.with_python() | {"CI_PROJECT_DIR": str(machine.project)}
    assert job.keys() <= {"image", "script", "artifacts"}
    for script, named, code in ((whole, GOOD, 0), (scan, (*GOOD, BAD), 1)):
        machine.name(*named)
        done = machine.run(script, variables)
        assert done.returncode == code, done.stdout
        assert scanned(machine.project) == set(named)
        kept = {*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()}
        for name in kept:
            (machine.project / name).unlink()
    closed = {"VSCAN_API_URL": CLOSED + "/api/extensions", "VSCAN_NO_CACHE": "1"}
    machine.name(*GOOD)
    assert machine.run(scan, variables | closed).returncode == 3
    shutil.rmtree(machine.project / ".vscode")
    assert machine.run(scan, variables).returncode == 4


@pytest.mark.parametrize("recipe", plain(Kind.JENKINS), ids=str)
def test_jenkins(machine: Machine, recipe: Recipe) -> None:
    steps = jenkins_steps(recipe.text)
    assert len(steps) == len(re.findall(r"^\s*sh ", recipe.text, re.MULTILINE)) > 0
    for run, named, code in ((steps, GOOD, 0), (steps[-1:], (*GOOD, BAD), 1)):
        machine.name(*named)
        *before, last = (
            machine.run(step, machine.with_python(), shell=("sh", "-xe")) for step in run
        )
        assert all(done.returncode == 0 for done in before), before
        assert last.returncode == code, last.stdout
        assert scanned(machine.project) == set(named)  # and nothing of the environment it made
        for name in jenkins_files(recipe.text):
            (machine.project / name).unlink()


@pytest.mark.parametrize("kind", [Kind.GITLAB, Kind.JENKINS])
def test_the_first_recipe_needs_nothing_but_python(kind: Kind) -> None:
    assert [recipe.document for recipe in plain(kind)] == ["README.md"]


def test_a_pipeline_without_the_scanner_is_not_green(machine: Machine) -> None:
    """The control: a line that can't be run fails the script."""
    (recipe,) = plain(Kind.GITLAB)
    install, scan = gitlab_job(recipe)["script"]
    broken = install.replace("OWNER/vscan", "OWNER/absent")
    done = machine.run(f"{broken}\n{scan}", machine.with_python())
    assert done.returncode != 0
    assert not (machine.project / "vscan.json").exists()
