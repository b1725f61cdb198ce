"""A repository as a target, from the command line: what it names, where, and what ends how."""

import json
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import install, pack
from tests.command import Result, scan, vscan
from tests.other_systems import make_pipe
from tests.sarif import faults
from vscan.discovery import discover

DATA = Path(__file__).resolve().parent.parent / "data"
ROW = re.compile(
    r"(?P<id>\S+) +(?P<version>\S+) +(?P<how>installs|recommends) +(?P<place>\S+:\d+:\d+) "
)
CONTAINER = '{"customizations": {"vscode": {"extensions": ["acme.tools"]}}}'


def put(root: Path, name: str, text: str = CONTAINER) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def offline(home: Path, *arguments: str | Path) -> Result:
    return scan(home, *arguments, "--offline", VSCAN_SOURCE=None)


def test_a_dry_run_lists_each_place(tmp_path: Path) -> None:
    """Each kind of file is there twice, plain and odd."""
    shutil.copytree(DATA / "repo", tmp_path / "repo")
    done = vscan(tmp_path, "scan", "repo", "--offline", "--dry-run", VSCAN_SOURCE=None)
    parts = [DATA / "repo.expected.json-part", DATA / "repo.expected.text-part"]
    expected = [line for part in parts for line in part.read_text("utf-8").splitlines()]
    shown = [
        f"{row['id']} {row['version']} {row['how']} {row['place'].removeprefix('repo/')}"
        for row in map(ROW.match, done.out.splitlines())
        if row is not None
    ]
    asked = [line for line in expected if line.split()[2] in {"installs", "recommends"}]
    # A module of Terraform in it has what is recommended installed.
    assert sorted(shown) == sorted({line.replace(" recommends ", " installs ") for line in asked})
    assert done.out.startswith("repo is taken for a repository\n")


def test_traps_name_nothing(tmp_path: Path) -> None:
    shutil.copytree(DATA / "repo-traps", tmp_path / "traps")
    done = vscan(tmp_path, "scan", "traps", "--offline", "--dry-run", VSCAN_SOURCE=None)
    assert "\n0 extensions, " in done.out


def test_each_result_is_at_the_id_in_its_file(tmp_path: Path) -> None:
    shutil.copytree(DATA / "repo", tmp_path / "repo")
    done = offline(tmp_path, "repo", "-o", "sarif=report.sarif")
    assert done.code == 3
    log = json.loads((tmp_path / "report.sarif").read_text("utf-8"))
    assert faults(log) == []
    checked = 0
    for result in log["runs"][0]["results"]:
        if result["ruleId"].startswith("input-"):
            continue
        (location,) = result["locations"]
        place = location["physicalLocation"]
        path = tmp_path / place["artifactLocation"]["uri"]
        text = path.read_bytes().decode("utf-8-sig")
        line = re.split(r"\r\n|\n|\r", text)[place["region"]["startLine"] - 1]
        written = line[place["region"]["startColumn"] - 1 : place["region"]["endColumn"] - 1]
        assert written, result
        line = line.replace("\\u0065", "e")
        identity = result["properties"]["extension"].lower()
        assert identity.rpartition(".")[2] in line.lower(), (identity, line)
        checked += 1
    assert checked > 100


def test_one_extension_in_five_places_is_one_question(tmp_path: Path) -> None:
    for name in ("a", "b", "c", "d", "e"):
        put(tmp_path, f"repo/{name}/.devcontainer/devcontainer.json")
    done = offline(tmp_path, "repo")
    (extension,) = done.report["extensions"]
    assert len(extension["origins"]) == 5
    assert done.stats["total"] == 1


@pytest.mark.parametrize(
    "hide",
    [
        lambda root: install(root, "acme.other"),
        lambda root: put(root, "extensions.json", "[]"),
        lambda root: put(root, "app/package.json", '{"name": "a", "engines": {"vscode": "*"}}'),
        lambda root: put(root, "package.json", '{"name": "a", "engines": {"vscode": "*"}}'),
        lambda root: put(root, "x.vsix", ""),
        lambda root: put(root, "acme.other-1.0.0/package.json", "{"),
    ],
    ids=["an extension", "an index", "a manifest", "an own manifest", "an archive", "no manifest"],
)
def test_nothing_beside_a_name_hides_it(tmp_path: Path, hide: Callable[[Path], object]) -> None:
    """The author of a pull request can't have a repository taken for something else."""
    root = tmp_path / "repo"
    (root / ".git").mkdir(parents=True)
    put(root, ".devcontainer/devcontainer.json")
    hide(root)
    done = offline(tmp_path, "repo")
    assert "acme.tools" in {each["id"] for each in done.report["extensions"]}
    assert done.code == 3


def _file_with_zero_byte(root: Path) -> None:
    script = b"#!/bin/bash\ncode --install-extension acme.tools\n# \0\n"
    (root / "setup.sh").write_bytes(script)


def _marked_as_removed(root: Path) -> None:
    install(root / ".vscode" / "extensions", "acme.tools", folder="x")
    put(root, ".vscode/extensions/.obsolete", '{"x": true, "acme.tools-1.0.0": true}')


@pytest.mark.parametrize(
    "put_there",
    [
        lambda root: put(root, ".devcontainer/vendor/devcontainer.json"),
        lambda root: put(root, "acme.other-1.0.0/.devcontainer.json"),
        _file_with_zero_byte,
        lambda root: put(
            root, ".vscode/extensions/tools/setup.sh", "code --install-extension acme.tools"
        ),
        lambda root: _linked(root, "vendor/app/.devcontainer.json", "app", "vendor/app"),
        lambda root: _linked(root, "devcontainer.json", ".devcontainer", "."),
        lambda root: _built(root, "vendor/image.txt", "RUN code --install-extension acme.tools"),
        _marked_as_removed,
    ],
    ids=[
        "a folder that is left out",
        "a folder like an extension's",
        "a zero byte",
        "beside local extensions",
        "a link to what is left out",
        "a link to above",
        "a Dockerfile of any name",
        "an index of removed folders",
    ],
)
def test_no_place_hides_a_name(tmp_path: Path, put_there: Callable[[Path], object]) -> None:
    root = tmp_path / "repo"
    (root / ".git").mkdir(parents=True)
    put(root, "acme.other-1.0.0/package.json", '{"name": "other", "publisher": "acme"}')
    put_there(root)
    done = offline(tmp_path, "repo")
    assert "acme.tools" in {each["id"] for each in done.report["extensions"]}


def _linked(root: Path, name: str, link: str, target: str) -> None:
    put(root, name)
    (root / link).symlink_to(target)


def _built(root: Path, name: str, text: str) -> None:
    put(root, name, f"FROM scratch\n{text}\n")
    put(root, ".devcontainer/devcontainer.json", f'{{"build": {{"dockerfile": "../{name}"}}}}')


def test_what_lies_beside_extensions_is_read_without_a_repository_s_mark(tmp_path: Path) -> None:
    install(tmp_path / "place", "acme.own")
    put(tmp_path, "place/.devcontainer/devcontainer.json")
    put(tmp_path, "place/acme.own-1.0.0/.devcontainer.json", CONTAINER.replace("tools", "bundled"))
    done = offline(tmp_path, "place")
    assert {each["id"] for each in done.report["extensions"]} == {"acme.own", "acme.tools"}


def test_what_a_filter_makes_of_a_file_is_unresolved(tmp_path: Path) -> None:
    put(tmp_path, "repo/setup.sh", "jq -r '.a[]' f.json | xargs -n1 code --install-extension\n")
    put(tmp_path, "repo/f.json", '{"a": ["acme.tools"]}')
    assert offline(tmp_path, "repo").code == 3


def test_an_image_is_listed_and_a_gap_if_the_user_says_so(tmp_path: Path) -> None:
    put(tmp_path, "repo/.devcontainer.json", '{"image": "ghcr.io/a/b:1"}')
    done = offline(tmp_path, "repo")
    assert [(each["id"], each["reason"]) for each in done.report["not_scanned"]] == [
        ("ghcr.io/a/b:1", "image")
    ]
    assert offline(tmp_path, "repo", "--on-unresolved", "fail").code == 3


@pytest.mark.parametrize("name", [".vscode", ".devcontainer"])
def test_an_editor_s_directory_is_read_as_in_its_repository(tmp_path: Path, name: str) -> None:
    put(tmp_path, "repo/.vscode/extensions.json", '{"recommendations": ["acme.tools"]}')
    put(tmp_path, "repo/.devcontainer/devcontainer.json")
    done = offline(tmp_path, f"repo/{name}")
    assert [each["id"] for each in done.report["extensions"]] == ["acme.tools"]


def test_an_installed_extension_in_a_repository_is_analysed(tmp_path: Path) -> None:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    install(tmp_path / "repo", "acme.own")
    install(tmp_path / "repo" / ".vscode" / "extensions", "acme.local")
    put(tmp_path, "repo/web/package.json", '{"name": "web"}')
    done = offline(tmp_path, "repo")
    assert [each["id"] for each in done.report["extensions"]] == ["acme.local", "acme.own"]
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("script", "line"),
    [
        (
            "a.sh",
            'while read -r e; do code --install-extension "$e"; done < "$(dirname "$0")/x.txt"',
        ),
        ("a.sh", "cat x.txt | xargs -n1 code --install-extension"),
        ("a.ps1", "Get-Content $PSScriptRoot\\x.txt | % { code --install-extension $_ }"),
    ],
)
def test_a_list_beside_a_script_is_read(tmp_path: Path, script: str, line: str) -> None:
    put(tmp_path, f"repo/ci/{script}", f"{line}\n")
    put(tmp_path, "repo/ci/x.txt", "acme.listed\n")
    done = offline(tmp_path, "repo")
    origins = {each["id"]: each["origins"] for each in done.report["extensions"]}
    assert [each["uri"] for each in origins["acme.listed"]] == ["repo/ci/x.txt"]
    assert done.report["failed_extensions"] == []


def test_archives_that_a_script_installs_are_analysed(tmp_path: Path) -> None:
    pack(tmp_path / "repo" / "vsix", "acme.one")
    pack(tmp_path / "repo" / "vsix", "acme.two")
    script = 'for f in vsix/*.vsix; do code --install-extension "$f"; done'
    put(
        tmp_path,
        "repo/setup.sh",
        f"{script}\ncode --install-extension ./vsix/acme.one-1.0.0.vsix\n",
    )
    done = offline(tmp_path, "repo")
    assert done.code == 0, done.err
    assert [each["id"] for each in done.report["extensions"]] == ["acme.one", "acme.two"]


def test_a_list_on_standard_input_and_ids_are_targets(tmp_path: Path) -> None:
    put(tmp_path, "ids.txt", "acme.one\nacme.two@1.2.3\n")
    done = offline(tmp_path, "ids.txt", "acme.three@2.0.0")
    named = {(each["id"], each["version"]) for each in done.report["extensions"]}
    assert named == {("acme.one", None), ("acme.two", "1.2.3"), ("acme.three", "2.0.0")}
    assert done.report["run"]["target_kinds"] == ["list-file", "an id"]


@pytest.mark.parametrize(
    ("name", "make", "code"),
    [
        (".devcontainer.json", make_pipe, 3),
        (".devcontainer.json", lambda path: path.symlink_to(path.name), 3),
        (".devcontainer.json", lambda path: _sparse(path, 1024**3), 3),
        ("other.json", make_pipe, 4),
        ("other.json", lambda path: path.symlink_to(path.name), 4),
        ("other.json", lambda path: _sparse(path, 1024**3), 4),
        ("run.sh", lambda path: _sparse(path, 1024**3), 4),
    ],
)
def test_what_is_no_ordinary_file_ends_soon(
    tmp_path: Path, name: str, make: Callable[[Path], object], code: int
) -> None:
    (tmp_path / "repo").mkdir()
    make(tmp_path / "repo" / name)
    assert offline(tmp_path, "repo").code == code


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


def test_a_file_is_accepted_by_an_ignore_file(tmp_path: Path) -> None:
    put(tmp_path, "repo/setup.sh", "code --install-extension $EXT\n")
    assert offline(tmp_path, "repo").code == 3
    put(
        tmp_path,
        "accepted.toml",
        '[[ignore]]\nfile = "*/setup.sh"\nrule = "input-unresolved"\nreason = "ours"\n',
    )
    done = offline(tmp_path, "repo", "--ignore-file", "accepted.toml")
    assert done.code == 4
    accepted = tmp_path / "accepted.toml"
    accepted.write_text(accepted.read_text("utf-8").replace("*/setup.sh", "setup.sh"), "utf-8")
    assert offline(tmp_path, tmp_path / "repo", "--ignore-file", accepted).code == 4
    assert [each["reason"] for each in done.report["not_scanned"]] == ["waived"]


def test_unpinned_installs_fail_if_the_policy_says_so(tmp_path: Path) -> None:
    put(tmp_path, "repo/.devcontainer.json")
    done = offline(tmp_path, "repo", "--on-unpinned", "fail")
    assert done.code == 1
    assert "  info      unpinned  acme.tools: it is installed without a version\n" in done.out
    assert "acme.tools: named at repo/.devcontainer.json:1, " in done.out
    put(tmp_path, "repo/.devcontainer.json", CONTAINER.replace("acme.tools", "acme.tools@1.0.0"))
    assert offline(tmp_path, "repo", "--on-unpinned", "fail").code == 3


def test_paths_are_excluded(tmp_path: Path) -> None:
    put(tmp_path, "repo/fixtures/.devcontainer.json")
    assert offline(tmp_path, "repo", "--exclude-paths", "fixtures").code == 4


def test_the_walk_grows_with_the_repository_alone(tmp_path: Path) -> None:
    """Ten times the files take about ten times as long, in one run."""
    took = []
    for number in (300, 3000):
        root = tmp_path / str(number)
        for index in range(number):
            put(root, f"d{index % 30}/f{index}.rs", "")
        started = time.process_time()
        list(discover([root]))
        took.append(time.process_time() - started)
    assert took[1] < 40 * took[0]
