"""What only GitHub runs, checked as far as it can be without: linters, pins, lock, recipes.

Each linter has a control, a file that it must not accept.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from vscan import __version__

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))

# Every action that may be used: its commit, its version, and the inputs that it has.
PINS: dict[str, tuple[str, str, set[str]]] = {
    "actions/checkout": (
        "3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1",
        {"persist-credentials", "fetch-depth", "ref", "path"},
    ),
    "actions/setup-python": (
        "5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0",
        {"python-version", "update-environment"},
    ),
    "actions/cache/restore": (
        "55cc8345863c7cc4c66a329aec7e433d2d1c52a9", "v6.1.0", {"path", "key", "restore-keys"},
    ),
    "actions/cache/save": (
        "55cc8345863c7cc4c66a329aec7e433d2d1c52a9", "v6.1.0", {"path", "key"},
    ),
    "actions/upload-artifact": (
        "043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1",
        {"name", "path", "if-no-files-found"},
    ),
    "actions/download-artifact": (
        "3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1", {"name", "path"},
    ),
    "actions/attest-build-provenance": (
        "4d101475d8b20a2381f78447822ac1eab6504dd8", "v4.2.2",
        {"subject-path", "subject-name", "subject-digest", "push-to-registry"},
    ),
    "github/codeql-action/upload-sarif": (
        "ff2f1c621b7f889edc0d3c761ac2e6a3f8cdb0dd", "v4.37.7", {"sarif_file", "category"},
    ),
    "docker/setup-buildx-action": ("bb05f3f5519dd87d3ba754cc423b652a5edd6d2c", "v4.2.0", set()),
    "docker/setup-qemu-action": ("96fe6ef7f33517b61c61be40b68a1882f3264fb8", "v4.2.0", set()),
    "docker/login-action": (
        "dbcb813823bdd20940b903addbd779551569679f", "v4.6.0", {"registry", "username", "password"},
    ),
    "docker/metadata-action": (
        "dc802804100637a589fabce1cb79ff13a1411302", "v6.2.0", {"images", "tags", "labels"},
    ),
    "docker/build-push-action": (
        "53b7df96c91f9c12dcc8a07bcb9ccacbed38856a", "v7.3.0",
        {"context", "platforms", "build-args", "tags", "labels", "sbom", "provenance", "push"},
    ),
    "pypa/gh-action-pypi-publish": ("dc37677b2e1c63e2034f94d8a5b11f265b73ba33", "v1.14.2", set()),
    "re-actors/alls-green": ("05ac9388f0aebcb5727afa17fcccfecd6f8ec5fe", "v1.2.2", {"jobs"}),
}  # fmt: skip


def tool(name: str, *arguments: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BIN / name, *arguments],
        cwd=ROOT, input=text, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```$", path.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )


RECIPES = {text.split("\n", 1)[0][2:]: text for text in blocks(ROOT / "docs/usage.md", "yaml")}


def steps_of(content: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """List the steps of a workflow or an action."""
    yield from content.get("runs", {}).get("steps", ())
    for job in content.get("jobs", {}).values():
        yield from job["steps"]


def everything() -> dict[str, str]:
    """Give each file with steps, and each recipe with some, by name."""
    texts = {path.name: path.read_text("utf-8") for path in (*WORKFLOWS, ROOT / "action.yml")}
    recipes = {k: v for k, v in RECIPES.items() if k.startswith(".github/workflows/")}
    assert len(recipes) == 3
    return texts | recipes


def test_every_action_is_one_of_the_pinned() -> None:
    """By commit, with its version beside it, and with inputs that it has."""
    assert misused(everything()) == []
    unknown = "        with: {persist-credential: false}"
    for line in (
        "uses: actions/checkout@v7",
        "uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.2",
        "uses: somebody/else@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
        f"uses: actions/checkout@{PINS['actions/checkout'][0]} # v7.0.1\n{unknown}",
    ):
        text = f"jobs:\n  a:\n    steps:\n      - {line}\n"
        assert len(misused({"control": text})) == 1, line


def misused(texts: dict[str, str]) -> list[str]:
    wrong = []
    for name, text in texts.items():
        versions = dict(re.findall(r"uses: (\S+@\S+)(?: # (\S+))?", text))
        for step in steps_of(yaml.safe_load(text)):
            uses = step.get("uses", "./")
            given = set(step.get("with", {}))
            action, _, commit = uses.partition("@")
            if uses in {"./", f"OWNER/vscan@v{__version__}"}:
                known = given <= set(ACTION["inputs"])
            else:
                pin, version, inputs = PINS.get(action, ("", "", set()))
                known = commit == pin and versions[uses] == version and given <= inputs
            if "uses" in step and not known:
                wrong.append(f"{name}: {uses} {given}")
    return wrong


def test_inputs_and_outputs_are_documented() -> None:
    text = (ROOT / "docs" / "usage.md").read_text("utf-8")
    cells = [row.split("|")[1] for row in text.splitlines() if row.startswith("| `")]
    named = [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]
    assert sorted(named) == sorted([*ACTION["inputs"], *ACTION["outputs"]])


def test_no_expression_stands_in_a_script() -> None:
    """Its value would be code."""
    for name, text in everything().items():
        for step in steps_of(yaml.safe_load(text)):
            assert "${{" not in step.get("run", ""), name


def test_every_input_is_handed_to_the_set_up_step_alone() -> None:
    setup, *others = (step for step in ACTION["runs"]["steps"] if "run" in step)
    named = {
        f"INPUT_{name.upper().replace('-', '_')}": f"${{{{ inputs.{name} }}}}"
        for name in ACTION["inputs"]
    }
    assert {k: v for k, v in setup["env"].items() if k != "PYTHON"} == named
    assert all("inputs." not in json.dumps(step) for step in others)


def test_workflows_are_closed_by_default() -> None:
    """No permission but by job, no kept credentials, and an end to everything."""
    for path in WORKFLOWS:
        content = yaml.safe_load(path.read_text("utf-8"))
        assert content["permissions"] == {}, path.name
        assert "concurrency" in content, path.name
        for job in content["jobs"].values():
            assert "permissions" in job
            assert "timeout-minutes" in job
        for step in steps_of(content):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_zizmor_has_nothing_to_say() -> None:
    done = tool("zizmor", "--offline", "--no-progress", "--persona=auditor", "--no-config",
                *WORKFLOWS, "action.yml", ".github/dependabot.yml")  # fmt: skip
    assert done.returncode == 0, done.stdout


BAD = {
    ".github/workflows/bad.yml": """
on: issues
jobs:
  a:
    runs-on: x
    steps:
      - run: echo ${{ github.event.issue.title }}
""",
    "action.yml": """
name: x
description: x
runs:
  using: composite
  steps:
    - shell: bash
      run: echo ${{ inputs.x }}
""",
    ".github/dependabot.yml": """
version: 2
updates:
  - package-ecosystem: pip
    directory: /
    schedule: {interval: daily}
    insecure-external-code-execution: allow
""",
}


@pytest.mark.parametrize("file", BAD)
def test_zizmor_can_fail(tmp_path: Path, file: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(BAD[file], "utf-8")
    done = tool("zizmor", "--offline", "--no-progress", "--persona=auditor", "--no-config", path)
    assert done.returncode > 10, done.stdout  # findings, and not an error of its own


SCHEMAS = {
    "github-workflows": WORKFLOWS,
    "github-actions": [ROOT / "action.yml"],
    "dependabot": [ROOT / ".github" / "dependabot.yml"],
    "github-issue-forms": [path for path in FORMS if path.name != "config.yml"],
    "github-issue-config": [ROOT / ".github" / "ISSUE_TEMPLATE" / "config.yml"],
}


@pytest.mark.parametrize("schema", SCHEMAS)
def test_the_schemas_hold(schema: str, tmp_path: Path) -> None:
    """With the schemas that come with the tool, and a control each."""
    assert SCHEMAS[schema]
    done = tool("check-jsonschema", f"--builtin-schema=vendor.{schema}", *SCHEMAS[schema])
    assert done.returncode == 0, done.stdout
    bad = tmp_path / "bad.yml"
    bad.write_text("- this\n- is none\n", "utf-8")
    assert tool("check-jsonschema", f"--builtin-schema=vendor.{schema}", bad).returncode == 1


def test_scripts_are_clean() -> None:
    """By shellcheck, as bash runs them."""
    scripts = [
        (name, step["run"])
        for name, text in everything().items()
        for step in steps_of(yaml.safe_load(text))
        if "run" in step
    ]
    assert len(scripts) > 10
    for name, script in scripts:
        text = f"#!/bin/bash\nset -eo pipefail\n{script}"
        done = tool("shellcheck", "--shell=bash", "--severity=style", "-", text=text)
        assert done.returncode == 0, (name, done.stdout)
    assert tool("shellcheck", "--shell=bash", "-", text="rm -rf $1/*\n").returncode == 1


@pytest.mark.parametrize("name", RECIPES)
def test_the_recipes_are_valid(name: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yml"
    path.write_text(RECIPES[name], "utf-8")
    schema = {
        ".github/workflows": "vendor.github-workflows",
        ".gitlab-ci.yml": "vendor.gitlab-ci",
    }.get(name if name.startswith(".gitlab") else name.rpartition("/")[0])
    if schema is not None:
        done = tool("check-jsonschema", f"--builtin-schema={schema}", path)
        assert done.returncode == 0, done.stdout
    else:
        assert name == ".pre-commit-config.yaml"
        (repository,) = yaml.safe_load(RECIPES[name])["repos"]
        hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
        assert {hook["id"] for hook in repository["hooks"]} <= {hook["id"] for hook in hooks}


def test_no_other_block_of_the_documents_is_broken_yaml() -> None:
    for path in (ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").glob("*.md")):
        for text in blocks(path, "ya?ml"):
            yaml.safe_load(text)


LOCK = (ROOT / "requirements.txt").read_text("utf-8")
RELEASE_LOCK = (ROOT / "requirements-release.txt").read_text("utf-8")


def locked(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("text", [LOCK, RELEASE_LOCK], ids=["action", "release"])
def test_the_lock_has_hashes_and_names_no_place(text: str) -> None:
    """Where packages come from is up to whoever installs; what they are is not."""
    assert not re.search(r"https?:|file:|--index|--extra|--find|--trusted|@ ", text)
    entries = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(locked(text))
    for entry in entries:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}$", entry, re.MULTILINE), entry


def test_the_lock_is_what_the_project_needs() -> None:
    """All that it depends on, directly or not, in versions that it accepts, and no more."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    have = locked(LOCK)
    needed, waiting = set(), [Requirement(text) for text in project["dependencies"]]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        assert requirement.specifier.contains(have[name]), name
        if name in needed:
            continue
        needed.add(name)
        for text in distribution(name).requires or ():
            further = Requirement(text)
            environment: dict[str, str] = {**default_environment(), "extra": ""}  # type: ignore[dict-item]
            if further.marker is None or further.marker.evaluate(environment):
                waiting.append(further)
    # What only another system needs may be there too.
    assert needed <= have.keys()
    assert have.keys() - needed <= {"colorama"}
