"""The Dockerfile, and the examples of docs/docker.md: checked as they stand, without an engine."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.advisories import control, export, library, record, removed_list, repository, take
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


# The release.

RELEASE: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
)["jobs"]["image"]["steps"]
CHECK = "The public data in the image is whole and of these days"
# An engine that builds nothing, and whose image says what the test wrote down.
ENGINE = """#!/bin/sh
case "$1" in
    buildx) ;;
    run) cat status-of-$(echo "$4" | tr / -) ;;
esac
"""


def checked(place: Path, **status: bytes) -> subprocess.CompletedProcess[str]:
    """Run the step of the release that looks at the data, on what each platform's image says."""
    engine = place / "bin" / "docker"
    engine.parent.mkdir(exist_ok=True)
    engine.write_text(ENGINE, "utf-8")
    engine.chmod(0o755)
    for platform, content in status.items():
        (place / f"status-of-linux-{platform}").write_bytes(content)
    (script,) = (step["run"] for step in RELEASE if step.get("name") == CHECK)
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=place,
        env={"PATH": f"{engine.parent}:{os.environ['PATH']}"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def status_of(directory: Path) -> bytes:
    return subprocess.run(
        [sys.executable, "-m", "vscan", "db", "status", "--json", "--data-dir", directory],
        capture_output=True,
        check=True,
    ).stdout


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_a_release_has_no_image_without_fresh_data(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    contents = (
        removed_list(*(f"| a.b{n} | | Spam |" for n in range(1000))),
        control(*(f"a.b{n}" for n in range(500))),
        export(record()),
        export(record(ecosystem="VSCode", package="a.b")),
        repository(jquery=library()),
    )
    take(tmp_path / "fresh", *contents, dated=today, today=today)
    take(tmp_path / "old", *contents, dated=today - timedelta(days=8), today=today)
    take(tmp_path / "partial", *contents[:-1], dated=today, today=today)
    fresh = status_of(tmp_path / "fresh")
    assert checked(tmp_path, amd64=fresh, arm64=fresh).returncode == 0
    for other in ("old", "partial", "nowhere"):
        done = checked(tmp_path, amd64=fresh, arm64=status_of(tmp_path / other))
        assert done.returncode == 1, other
        assert "::error::the image for linux/arm64 has no fresh public data" in done.stdout


def test_the_image_that_is_pushed_is_built_as_the_one_that_was_looked_at() -> None:
    names = [step.get("name") for step in RELEASE]
    assert names.index(CHECK) < names.index("Build and push")
    (push,) = (step["with"] for step in RELEASE if step.get("id") == "push")
    (check,) = (step for step in RELEASE if step.get("name") == CHECK)
    assert (
        dict(line.split("=", 1) for line in push["build-args"].split("\n") if line) == check["env"]
    )
    for name in check["env"]:
        assert f"--build-arg {name}" in check["run"]
    assert push["platforms"].split(",") == re.findall(r"linux/\w+", check["run"])
