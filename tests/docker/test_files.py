"""The Dockerfile, and the examples of docs/docker.md: checked as they stand, without an engine."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docker.engine import ROOT

TEXT = (ROOT / "docs" / "docker.md").read_text("utf-8")
EXAMPLES: list[dict[str, Any]] = [
    yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
]
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in block.replace("\\\n", "").splitlines()
    if line.startswith("docker run")
]


def lint(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("hadolint"), "--no-color", path],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_the_dockerfile_is_clean() -> None:
    done = lint(ROOT / "Dockerfile")
    assert done.returncode == 0, done.stdout


def test_the_linter_can_fail(tmp_path: Path) -> None:
    bad = tmp_path / "Dockerfile"
    bad.write_text("FROM debian:latest\nRUN cd /tmp && apt-get install curl\nUSER root\n")
    done = lint(bad)
    assert done.returncode == 1
    assert {"DL3007", "DL3002"} <= set(re.findall(r"DL\d+", done.stdout))


def test_the_classic_builder_can_build_it() -> None:
    """The one that is everywhere knows neither mounts nor here-documents."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    assert not re.search(
        r"--mount|<<|^# *syntax=|COPY.*--(link|parents|exclude)", text, re.MULTILINE
    )


def test_only_what_the_package_is_made_of_is_sent_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    taken = {rule[1:] for rule in rules if rule.startswith("!")}
    locks = {"requirements.txt", "requirements-release.txt"}
    assert taken == {"LICENSE", "README.md", "pyproject.toml", *locks, "vscan"}
    assert all((ROOT / name).exists() for name in taken)


def test_there_is_an_example_for_compose_a_job_and_a_cron_job() -> None:
    assert [example.get("kind", "compose") for example in EXAMPLES] == ["compose", "Job", "CronJob"]


@pytest.mark.parametrize("kind", ["Job", "CronJob"])
def test_a_pod_of_the_examples_has_no_rights_and_every_volume(kind: str) -> None:
    (job,) = (example["spec"] for example in EXAMPLES if example.get("kind") == kind)
    job = job["jobTemplate"]["spec"] if kind == "CronJob" else job
    pod = job["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["restartPolicy"] == "Never"
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 65532
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    mounted = {mount["name"]: mount for mount in container["volumeMounts"]}
    assert {mount["mountPath"] for mount in mounted.values()} == {"/extensions", "/cache", "/tmp"}
    assert mounted["extensions"]["readOnly"] is True
    assert mounted.keys() == {volume["name"] for volume in pod["volumes"]}


def test_the_compose_example_names_every_volume() -> None:
    (service,) = EXAMPLES[0]["services"].values()
    named = {volume.partition(":")[0] for volume in service["volumes"]}
    assert EXAMPLES[0]["volumes"].keys() == {name for name in named if "/" not in name}
    assert {volume.split(":")[1] for volume in service["volumes"]} == {"/extensions", "/cache"}


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_guide_is_one_that_vscan_knows(line: str) -> None:
    import click

    from vscan.cli.scan import scan

    words = shlex.split(line.partition(" > ")[0])
    options = words[words.index("vscan") + 2 :]
    assert words[words.index("vscan") + 1] == "scan"
    assert scan.make_context("scan", [*options, "--config", "/dev/null"]).params["parallel"]
    with pytest.raises(click.NoSuchOption):
        scan.make_context("scan", [*options, "--no-such-option"])


def test_the_arguments_of_the_examples_are_ones_that_vscan_knows() -> None:
    from vscan.cli.scan import scan

    (service,) = EXAMPLES[0]["services"].values()
    job, cron = EXAMPLES[1:]
    pods = [job["spec"]["template"], cron["spec"]["jobTemplate"]["spec"]["template"]]
    for command, *options in (
        service["command"],
        *(pod["spec"]["containers"][0]["args"] for pod in pods),
    ):
        assert command == "scan"
        assert scan.make_context("scan", options).params["parallel"]
