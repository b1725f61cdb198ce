"""The recipes of docs/scale.md: their shell lines, word for word, with vscan on the path."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.builders import pack
from tests.recipes.documents import ROOT, Kind, Recipe, kind_of, recipes_in

_COUNT = 4
_INSTALLS = re.compile(r"(pip|pipx) install git\+https://github\.com/OWNER/vscan@v[\d.]+")
RECIPES = recipes_in("docs/scale.md", (ROOT / "docs/scale.md").read_text("utf-8"))


def one(kind: Kind) -> Recipe:
    (recipe,) = (each for each in RECIPES if kind_of(each) is kind and "shard" in each.text)
    return recipe


class Place:
    """A working directory with a mirror of three extensions, and vscan on the path."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        for name in ("acme.tools", "acme.theme", "beta.tools"):
            pack(directory / "mirror", name)
        (directory / "reports").mkdir()

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return subprocess.run(
            ["sh", "-ec", script],
            cwd=self.directory,
            env={"HOME": str(self.directory), "PATH": path, "LANG": "C.UTF-8", **variables},
            capture_output=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip

    def add_bad(self) -> None:
        sample = next((ROOT / "tests/data/offline").glob("example.tab-colours-*"))
        files = {"extension.js": (sample / "extension.js").read_bytes()}
        manifest = json.loads((sample / "package.json").read_text("utf-8"))
        rest = {key: manifest[key] for key in ("main", "activationEvents") if key in manifest}
        pack(self.directory / "mirror", "example.tab-colours", files=files, **rest)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def check(
    place: Place,
    shards: list[tuple[str, dict[str, str]]],
    merge: str,
    report: str,
    first_report: str,
) -> None:
    """Run the shards and the merge: clean, without one shard, and with something bad."""

    def run_all() -> None:
        for script, variables in shards:
            done = place.run(script, **variables)
            assert done.returncode in {0, 1}, done.stderr

    run_all()
    done = place.run(merge)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((place.directory / report).read_text("utf-8"))["extensions"]
    assert len(found) == 3
    first = place.directory / first_report
    first.rename(place.directory / "kept")
    done = place.run(merge)
    assert done.returncode == 3
    assert "is missing" in done.stderr
    place.add_bad()
    run_all()
    assert place.run(merge).returncode == 1


def test_github(place: Place) -> None:
    jobs = yaml.safe_load(one(Kind.GITHUB).text)["jobs"]
    install, scan = (step for step in jobs["shard"]["steps"] if "run" in step)
    again, merge = (step["run"] for step in jobs["merge"]["steps"] if "run" in step)
    assert _INSTALLS.fullmatch(install["run"])
    assert again == install["run"]
    numbers = jobs["shard"]["strategy"]["matrix"]["index"]
    assert numbers == list(range(1, _COUNT + 1))
    assert f"/{len(numbers)}" in scan["run"]
    assert scan["env"] == {"INDEX": "${{ matrix.index }}"}
    temporary = "${{ runner.temp }}/"
    (upload,) = (step for step in jobs["shard"]["steps"] if "upload" in step.get("uses", ""))
    assert upload["with"]["path"].startswith(temporary)  # not where the repository is
    variables = {"RUNNER_TEMP": str(place.directory)}  # where the merge finds what was uploaded
    shards = [(scan["run"], {"INDEX": str(n), **variables}) for n in numbers]
    check(place, shards, merge, "vscan.json", "shard-1.json")


def test_gitlab(place: Place) -> None:
    jobs = yaml.safe_load(one(Kind.GITLAB).text)
    (clear, install, scan), (again, merge) = jobs["shard"]["script"], jobs["merge"]["script"]
    assert jobs["merge"]["variables"] == {"GIT_STRATEGY": "empty"}
    assert jobs["shard"]["artifacts"]["paths"] == ["shards"]
    (place.directory / "shards").mkdir()
    (place.directory / "shards" / "1.json").write_text("of the author")
    assert place.run(clear).returncode == 0
    assert not (place.directory / "shards").exists()
    assert _INSTALLS.fullmatch(install)
    assert again == install
    count = jobs["shard"]["parallel"]
    variables = [
        {"CI_NODE_INDEX": str(n), "CI_NODE_TOTAL": str(count)} for n in range(1, count + 1)
    ]
    check(place, [(scan, each) for each in variables], merge, "vscan.json", "shards/1.json")


def test_kubernetes(place: Place) -> None:
    """The script of the container, with the directories of this machine for its volumes."""
    job: dict[str, Any] = yaml.safe_load(one(Kind.KUBERNETES).text)["spec"]
    (container,) = job["template"]["spec"]["containers"]
    (script,) = container["args"]
    assert container["command"] == ["sh", "-c"]
    mounted = {each["mountPath"] for each in container["volumeMounts"]}
    assert mounted == {"/extensions", "/reports", "/tmp"}
    assert job["completionMode"] == "Indexed"
    assert job["backoffLimitPerIndex"] > 0
    assert f"/{job['completions']}" in script
    script = script.replace(" /extensions ", " mirror ").replace("=/reports/", "=reports/")
    shards = [(script, {"JOB_COMPLETION_INDEX": str(n)}) for n in range(job["completions"])]
    (merge,) = (
        each.text for each in RECIPES if each.language == "sh" and "reports/shard-" in each.text
    )
    check(place, shards, merge, "reports/vscan.json", "reports/shard-0.json")


def test_the_first_example(place: Place) -> None:
    (text,) = (each.text for each in RECIPES if "--shard 2/2" in each.text)
    assert place.run(text).returncode == 0
    assert (place.directory / "report.html").exists()


@pytest.mark.parametrize(
    ("kind", "schema", "word"),
    [(Kind.GITHUB, "github-workflows", "runs-on:"), (Kind.GITLAB, "gitlab-ci", "script:")],
)
def test_the_schemas_hold(tmp_path: Path, kind: Kind, schema: str, word: str) -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    path = tmp_path / "recipe.yml"

    def code(text: str) -> int:
        path.write_text(text, "utf-8")
        return subprocess.run(
            [program, f"--builtin-schema=vendor.{schema}", path], capture_output=True, check=False
        ).returncode

    text = one(kind).text
    assert code(text) == 0
    assert code(text.replace(word, f"no-{word}")) == 1  # the control


def test_zizmor_finds_only_that_actions_are_named_by_tags(tmp_path: Path) -> None:
    program = shutil.which("zizmor") or str(Path(sys.executable).with_name("zizmor"))
    path = tmp_path / ".github" / "workflows" / "extensions.yml"
    path.parent.mkdir(parents=True)
    text = one(Kind.GITHUB).text

    def found() -> set[str]:
        path.write_text(text, "utf-8")
        done = subprocess.run(
            [program, "--offline", "--no-progress", "--no-config", "--format=json", path],
            capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        return {each["ident"] for each in json.loads(done.stdout)}

    assert found() <= {"unpinned-uses"}
    text = text.replace('"$INDEX/4"', '"${{ github.event.inputs.x }}/4"')
    assert "template-injection" in found()
