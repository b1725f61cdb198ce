"""The Action on a repository that names extensions: what fails, and on which lines."""

import json
import re
from pathlib import Path

import pytest

from tests.action.runner import Runner
from tests.builders import install
from tests.registry import Registry, published
from tests.sarif import faults

KNOWN, UNKNOWN = "zhukunpeng.chat-moss", "acme.nobody"  # the first was removed as malicious
GOOD = ["acme.tool-1", "acme.tool-2", "acme.tool-3"]
CONTAINER = """{
  // what we work with
  "customizations": { "vscode": { "extensions": [
    "acme.tool-1",
    "zhukunpeng.chat-moss",
    "acme.tool-2@1.0.0",
    "acme.nobody"
    "acme.tool-3", ] } }
}
"""


@pytest.fixture
def repository(runner: Runner) -> Runner:
    place = runner.workspace / ".devcontainer"
    place.mkdir()
    (place / "devcontainer.json").write_text(CONTAINER, "utf-8")
    return runner


def test_the_workspace_is_scanned_and_each_problem_is_on_its_line(repository: Runner) -> None:
    with Registry([published(name) for name in (KNOWN, *GOOD)]) as registry:
        run = repository.run(sources="offline", fetch=registry.gallery_url)
    assert run.failed == ["Gate"]
    assert run.outputs["exit-code"] == "1"
    placed = {
        (each.level, each.properties["line"])
        for each in run.annotations
        if each.properties.get("file") == ".devcontainer/devcontainer.json"
    }
    assert placed == {("error", "5"), ("warning", "7")}
    fetched = {each["id"]: each["fetched"] for each in run.report["extensions"]}
    assert {name for name, facts in fetched.items() if facts is not None} == {KNOWN, *GOOD}
    log = json.loads(Path(run.outputs["sarif-file"]).read_text("utf-8"))
    assert faults(log) == []
    lines = CONTAINER.split("\n")
    for result in log["runs"][0]["results"]:
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        text = lines[region["startLine"] - 1]
        named = text[region["startColumn"] - 1 : region.get("endColumn", 0) - 1]
        assert re.match(r"acme\.|zhukunpeng\.", named) or result["ruleId"] == "input-broken/info"
    assert {result["ruleId"] for result in log["runs"][0]["results"]} >= {
        "known-malicious/high",
        "unclaimed-id/info",
        "unpinned/info",
        "input-broken/info",
    }


def test_a_workspace_that_names_nothing_says_so(runner: Runner) -> None:
    run = runner.run(sources="offline")
    assert run.outputs["outcome"] == "nothing-to-scan"
    assert run.outputs["exit-code"] == "4"
    assert str(runner.workspace) in run.report["decision"]["reasons"][0]


def test_extensions_that_are_installed_are_scanned_too(repository: Runner) -> None:
    install(repository.home / "ext", "acme.installed")
    run = repository.run(sources="offline", extensions_dir="~/ext", fail_on="none")
    ids = {each["id"] for each in run.report["extensions"]}
    assert ids == {"acme.installed", KNOWN, UNKNOWN, *GOOD}
    assert run.report["run"]["target_kinds"] == ["a repository", "a directory of extensions"]
