"""The action with ``image:``: the same results, by a container, as the same user."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.action.runner import ROOT, Runner
from tests.builders import install
from tests.server import Fault, Server

pytestmark = pytest.mark.docker
Install = Callable[..., str]


def _answers() -> bool:
    program = shutil.which("docker")
    if program is None:
        return False
    return subprocess.run([program, "version"], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="session")
def image() -> str:
    """Take the image that VSCAN_TEST_IMAGE names, by its digest, or build one."""
    reason = ""
    name = os.environ.get("VSCAN_TEST_IMAGE", "")
    if not _answers():
        reason = "no container engine answers"
    elif not name and not (ROOT / "Dockerfile").exists():
        reason = "there is no Dockerfile, and VSCAN_TEST_IMAGE names no image"
    if reason:
        if os.environ.get("VSCAN_REQUIRE_DOCKER"):
            pytest.fail(reason)
        pytest.skip(reason)
    if not name:
        name = "vscan-action-test"
        subprocess.run(["docker", "build", "--quiet", "--network=host", "-t", name, ROOT],
                       check=True, capture_output=True)  # fmt: skip
    done = subprocess.run(["docker", "image", "inspect", "--format={{.Id}}", name],
                          check=True, capture_output=True, encoding="utf-8")  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def contained(runner: Runner) -> Runner:
    """Give containers this machine's loopback, where the server is; nothing else is changed."""
    real = shutil.which("docker")
    place = runner.place / "bin"
    place.mkdir()
    wrapper = place / "docker"
    wrapper.write_text(f'#!/bin/sh\nshift\nexec {real} run --network=host "$@"\n', "utf-8")
    wrapper.chmod(0o755)
    runner.variables["PATH"] = f"{place}:{os.environ['PATH']}"
    return runner


def timeless(report: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the extensions, less the times at which the analyser looked at them."""
    extensions: list[dict[str, Any]] = report["extensions"]
    for verdict in (verdict for extension in extensions for verdict in extension["verdicts"]):
        if verdict["source"] == "offline":
            del verdict["analysed_at"]
    return extensions


def test_a_container_finds_what_the_checkout_finds(
    contained: Runner, extensions: Install, image: str, server: Server
) -> None:
    target = extensions("acme.good", "acme.bad")
    ours = contained.run(targets=target, cache="false", image="")
    theirs = contained.run(targets=target, image=image, output_dir="out, put", formats="html")
    assert theirs.failed == ours.failed == ["Gate"], theirs.log
    assert timeless(theirs.report) == timeless(ours.report)
    assert theirs.sarif["results"] == ours.sarif["results"]
    assert {**ours.outputs, "json-file": "", "sarif-file": ""} == {
        **theirs.outputs, "json-file": "", "sarif-file": "",
    }  # fmt: skip
    assert [a.message for a in theirs.annotations] == [a.message for a in ours.annotations]
    for path in (contained.workspace / "out, put").iterdir():
        assert path.stat().st_uid == os.getuid()
    # And what it has cached, the next one finds.
    asked = server.count()
    again = contained.run(targets=target, image=image)
    assert again.outputs["cache-hit"] == "true"
    assert server.count() == asked


def test_a_clean_container_passes(contained: Runner, image: str) -> None:
    run = contained.run(targets=str(ROOT / "tests" / "data" / "extensions"), image=image)
    assert run.status == "success", run.log
    assert (run.outputs["outcome"], run.outputs["scanned-count"]) == ("clean", "8")
    assert run.annotations == []


def test_a_container_without_a_network_is_incomplete(
    runner: Runner, extensions: Install, image: str
) -> None:
    real = shutil.which("docker")
    place = runner.place / "bin"
    place.mkdir()
    (place / "docker").write_text(f'#!/bin/sh\nshift\nexec {real} run --network=none "$@"\n')
    (place / "docker").chmod(0o755)
    runner.variables["PATH"] = f"{place}:{os.environ['PATH']}"
    run = runner.run(targets=extensions("acme.good"), image=image)
    assert run.steps["Gate"].code == 3
    assert run.outputs["outcome"] == "incomplete"


def test_nothing_to_scan_and_wrong_input_in_a_container(
    contained: Runner, extensions: Install, image: str
) -> None:
    (contained.workspace / "empty").mkdir()
    assert contained.run(targets="empty", image=image).steps["Gate"].code == 4
    wrong = contained.run(targets=extensions("acme.good"), image=image, workers="9")
    assert wrong.steps["Gate"].code == 2
    assert "--workers" in wrong.annotations[-1].message
    missing = contained.run(targets="missing", image=image)
    assert missing.steps["Gate"].code == 2
    assert "does not exist" in missing.annotations[-1].message


def test_policy_files_reach_the_container(
    contained: Runner, extensions: Install, image: str
) -> None:
    path = contained.place / 'a,b"c.toml'
    path.write_text('[[ignore]]\nid = "acme.bad"\nrule = "*"\nreason = "x"\n', "utf-8")
    run = contained.run(targets=extensions("acme.bad"), image=image, ignore_file=str(path))
    assert run.status == "success", run.log
    assert run.report["run"]["policy_files"] == [str(path)]


def test_what_the_engine_can_not_run_is_an_error(runner: Runner, extensions: Install) -> None:
    """Neither its exit code nor a missing report passes for a verdict."""
    if not _answers():
        pytest.skip("no container engine answers")
    image = "localhost:1/none@sha256:" + "0" * 64
    run = runner.run(targets=extensions("acme.good"), image=image)
    assert run.failed == ["Gate"]
    assert run.steps["Gate"].code == 2
    assert "the container engine could not run the image" in run.annotations[-1].message


def test_a_cancelled_container_keeps_what_it_has(
    contained: Runner, extensions: Install, image: str, server: Server
) -> None:
    server.script.faults.append(Fault("hang", "submit", "acme.slow"))

    def cancel(process: subprocess.Popen[bytes]) -> None:
        while not server.count("fetch", "acme.good"):
            time.sleep(0.02)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)

    contained.during["scan"] = cancel
    run = contained.run(targets=extensions("acme.good", "acme.slow"), image=image)
    assert run.steps["Gate"].code == 130, run.log
    assert run.outputs["scanned-count"] == "1"
    assert len(contained.stored) == 1


def test_a_directory_is_mounted_to_be_read(
    contained: Runner, extensions: Install, image: str
) -> None:
    """Told from the command: what is scanned, and a warning for an image that can change."""
    seen = contained.place / "seen"
    wrapper = contained.place / "bin" / "docker"
    wrapper.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{seen}"\n{wrapper.read_text()[10:]}')
    target = Path(contained.workspace, extensions("acme.good"))
    install(target, "acme.other")
    contained.run(targets=str(target), image=image)
    told = seen.read_text("utf-8").splitlines()
    assert f"--mount=type=bind,source={target},target={target},readonly" in told
    assert {"--read-only", "--cap-drop=ALL", f"--user={os.getuid()}:{os.getgid()}"} <= set(told)
    assert told[-2:] == ["--", str(target)]
