"""Recipes that need a container engine, word for word, in the image that this checkout makes.

The names of the image and of the volume are replaced by ``docker`` itself, because other runs
share the engine. A container has no network unless the service on this machine is its host's.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.builders import install
from tests.docker.engine import Image, base_name
from tests.recipes.conftest import BAD, GOOD, Machine
from tests.recipes.documents import ROOT, Kind, Recipe, commands, of
from tests.recipes.test_pipelines import (
    gitlab_job,
    image_of,
    jenkins_files,
    jenkins_steps,
    scanned,
)
from tests.server import Server
from vscan import __version__

pytestmark = pytest.mark.docker
PUBLISHED = f"ghcr.io/OWNER/vscan:{__version__}"


def with_image(kind: Kind) -> list[Recipe]:
    return [recipe for recipe in of(kind) if image_of(recipe) == PUBLISHED]


def lines(*, build: bool) -> list[Any]:
    """Give the commands, those that build an image or all others."""
    return [
        pytest.param(command, id=f"{recipe}+{number}")
        for recipe in of(Kind.CONTAINER)
        for number, command in enumerate(commands(recipe.text))
        if command.startswith("docker build") == build
    ]


@pytest.mark.parametrize("command", lines(build=False))
def test_docker(
    machine: Machine, image: Image, engine_of_its_own: dict[str, str], command: str
) -> None:
    for name in ("vscan", PUBLISHED):
        engine_of_its_own[name] = image.name
    shutil.rmtree(machine.project / ".vscode")  # names without bytes are incomplete offline
    for place in (machine.home / ".vscode", machine.project / ".vscode"):
        install(place / "extensions", GOOD[0])
    (machine.home / ".cache" / "vscan").mkdir(parents=True)
    machine.project.chmod(0o777)
    done = machine.run(command)
    assert done.returncode == 0, done.stdout
    if " > report.json" not in command:
        assert "1 extension: 1 with nothing found" in done.stdout


@pytest.mark.parametrize("command", lines(build=True))
def test_docker_build(
    machine: Machine, image: Image, engine_of_its_own: dict[str, str], command: str
) -> None:
    """The engine has the layers of the image already; the other base is the same one here."""
    del image
    index = os.environ.get("PIP_INDEX_URL")
    engine_of_its_own["vscan"] = engine_of_its_own["dev-container"]
    engine_of_its_own["PYTHON_IMAGE=registry.example/python:3.13-slim"] = (
        f"PYTHON_IMAGE={base_name()}"
    )
    engine_of_its_own[""] = "--build-arg DATA_DAY=none" + (
        f" --build-arg PIP_INDEX_URL={index}" if index else ""
    )
    done = machine.run(command, cwd=ROOT)
    assert done.returncode == 0, done.stdout


def in_image(
    image: Image, server: Server, machine: Machine, script: str, **options: Any
) -> tuple[int, str]:
    """Run a script in the image as a runner does: the project is mounted, and it writes there."""
    machine.project.chmod(0o777)
    environment = {"CI_PROJECT_DIR": "/builds/project", **options.pop("environment", {})}
    done = image.run(
        "-c", script, server=server, entrypoint=["sh"], working_dir="/builds/project",
        mounts={str(machine.project): "/builds/project"}, environment=environment, **options,
    )  # fmt: skip
    return done.code, done.out + done.err


@pytest.mark.parametrize("recipe", with_image(Kind.GITLAB), ids=str)
def test_gitlab(machine: Machine, image: Image, server: Server, recipe: Recipe) -> None:
    job = gitlab_job(recipe)
    assert job["image"]["entrypoint"] == [""]
    script = "set -e\n" + "\n".join(job["script"])
    variables = {
        name: value.replace("$CI_PROJECT_DIR", "/builds/project")
        for name, value in job["variables"].items()
    }
    kept = {*job["artifacts"]["paths"], *job["artifacts"]["reports"].values()}
    for named, code in ((GOOD, 0), ((*GOOD, BAD), 1)):
        machine.name(*named)
        ended, said = in_image(image, server, machine, script, environment=variables)
        assert ended == code, said
        assert scanned(machine.project) == set(named)
        assert all((machine.project / name).exists() for name in kept)
        assert all(any((machine.project / name).iterdir()) for name in job["cache"]["paths"])
    assert "2 cached" in said  # of the three, by the cache that GitLab keeps


@pytest.mark.parametrize("recipe", with_image(Kind.JENKINS), ids=str)
def test_jenkins(machine: Machine, image: Image, server: Server, recipe: Recipe) -> None:
    """As Jenkins does: with its own user, and ``--entrypoint=``."""
    (step,) = jenkins_steps(recipe.text)
    machine.name(*GOOD, BAD)
    ended, said = in_image(image, server, machine, f"set -xe\n{step}", user="1000:1000")
    assert ended == 1, said
    assert scanned(machine.project) == {*GOOD, BAD}
    assert all((machine.project / name).exists() for name in jenkins_files(recipe.text))


def test_every_pipeline_names_one_of_two_images() -> None:
    for kind in (Kind.GITLAB, Kind.JENKINS):
        assert {image_of(recipe) for recipe in of(kind)} == {"python:3.13", PUBLISHED}


@pytest.mark.parametrize("recipe", of(Kind.COMPOSE), ids=str)
def test_compose_accepts_the_file(tmp_path: Path, recipe: Recipe) -> None:
    (tmp_path / "compose.yaml").write_text(recipe.text)
    with_plugin = (
        subprocess.run(
            ["docker", "compose", "version"], capture_output=True, check=False
        ).returncode
        == 0
        if shutil.which("docker")
        else False
    )
    if not with_plugin and shutil.which("docker-compose") is None:
        pytest.skip("Docker Compose is not installed")
    program = ["docker", "compose"] if with_plugin else ["docker-compose"]
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "NO_PROXY": ""}

    def config() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*program, "-f", "compose.yaml", "config"],
            cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip

    done = config()
    assert done.returncode == 0, done.stderr
    (service,) = yaml.safe_load(done.stdout)["services"].values()
    assert service["read_only"] is True
    (tmp_path / "compose.yaml").write_text(recipe.text.replace("cap_drop", "cap_dropped"))
    assert config().returncode != 0


@pytest.mark.parametrize("recipe", of(Kind.KUBERNETES), ids=str)
def test_kubernetes_container_can_run(
    machine: Machine, image: Image, server: Server, recipe: Recipe
) -> None:
    """With the rights, the memory, the volumes and the arguments that the resource gives it."""
    content = yaml.safe_load(recipe.text)
    job = content["spec"]
    job = job["jobTemplate"]["spec"] if content["kind"] == "CronJob" else job
    pod = job["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == "vscan"
    install(machine.home / "extensions", GOOD[0])
    security = pod["securityContext"]
    temporary = {"/tmp": ""}
    (machine.home / "cache").mkdir(mode=0o777)
    (machine.home / "cache").chmod(0o777)  # as fsGroup does
    done = image.run(
        *container["args"],
        server=server,
        user=f"{security['runAsUser']}:{security['runAsGroup']}",
        read_only=container["securityContext"]["readOnlyRootFilesystem"],
        cap_drop=container["securityContext"]["capabilities"]["drop"],
        security_opt=["no-new-privileges"],
        mem_limit=container["resources"]["limits"]["memory"].lower().replace("mi", "m"),
        tmpfs=temporary,
        mounts={
            str(machine.home / "extensions"): "/extensions:ro",
            str(machine.home / "cache"): "/cache",
        },
    )
    assert done.code == 0, done.err
    assert any((machine.home / "cache").iterdir())
