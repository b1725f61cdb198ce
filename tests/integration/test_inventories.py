"""``vscan scan --inventory``: each id and version is one lookup, and its machines are reported."""

import csv
import json
import subprocess
from pathlib import Path

import pytest

from tests.builders import install
from tests.command import command, environment, scan, vscan
from tests.server import Server


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """Write the lists of twelve machines, which all have one extension in common."""
    place = tmp_path / "lists"
    place.mkdir()
    for number in range(12):
        own = f"acme.own-{number % 2}@2.0.0\n"
        (place / f"pc-{number:02}.txt").write_text(f"acme.tools@1.0.0\n{own}", "utf-8")
    return place


def test_each_version_is_one_lookup(tmp_path: Path, lists: Path) -> None:
    with Server() as server:
        result = scan(
            tmp_path,
            *("--inventory", lists, "--source", "vscan.dev", "--api-url", server.api_url),
            *("-o", f"csv={tmp_path / 'report.csv'}", "--on-version-mismatch", "ignore"),
        )
    assert result.stats["total"] == 3
    assert result.stats["requests"] == 9
    machines = {each["id"]: each["machines"] for each in result.report["extensions"]}
    assert machines == {"acme.own-0": 6, "acme.own-1": 6, "acme.tools": 12}
    (tools,) = [each for each in result.report["extensions"] if each["id"] == "acme.tools"]
    assert [origin["uri"] for origin in tools["origins"]] == [f"pc-{n:02}" for n in range(12)]
    assert result.report["run"]["target_kinds"] == ["an inventory"]
    with (tmp_path / "report.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row["machines"] for row in csv.DictReader(file)}
    assert rows["acme.tools"] == ", ".join(f"pc-{n:02}" for n in range(12))


def test_reports_for_people_count_the_machines_and_name_ten(tmp_path: Path, lists: Path) -> None:
    outputs = {name: tmp_path / f"report.{name}" for name in ("markdown", "html", "junit")}
    written = [part for name, path in outputs.items() for part in ("-o", f"{name}={path}")]
    blocked = ("--blocked", "acme.tools")
    result = scan(tmp_path, "--offline", "--inventory", lists, *blocked, *written)
    assert result.code == 1
    machines = f"12 machines ({', '.join(f'pc-{n:02}' for n in range(10))}, ...)"
    for text in (result.out, *(path.read_text("utf-8") for path in outputs.values())):
        assert machines in " ".join(text.split())
        assert "pc-11" not in text.partition(machines)[2].partition(")")[0]


def test_a_name_without_bytes_is_incomplete_offline(tmp_path: Path, lists: Path) -> None:
    result = scan(tmp_path, "--offline", "--inventory", lists)
    assert result.code == 3
    assert "installed without a version" not in result.out


def test_a_line_that_cant_be_read_makes_the_run_incomplete(tmp_path: Path, lists: Path) -> None:
    (lists / "pc-13.txt").write_text("acme.tools@1.0.0\nacme.to", "utf-8")
    with Server() as server:
        known_good = ("--source", "vscan.dev", "--api-url", server.api_url, "--on-gap", "ignore")
        options = ("--inventory", lists, "--on-version-mismatch", "ignore", *known_good)
        result = scan(tmp_path, *options)
        assert result.code == 3
        assert f"{lists / 'pc-13.txt'}:2" in result.out
        (lists / "pc-13.txt").unlink()
        assert scan(tmp_path, *options).code == 0


def test_standard_input_is_an_inventory(tmp_path: Path) -> None:
    row = {"machine": "one", "id": "acme.tools", "version": "1.0.0", "platform": "linux-x64"}
    report = tmp_path / "report.json"
    done = subprocess.run(
        command("scan", "--offline", "--inventory", "-", "-o", f"json={report}"),
        input=json.dumps(row),
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    (extension,) = json.loads(report.read_text("utf-8"))["extensions"]
    assert (extension["target_platform"], extension["machines"]) == ("linux-x64", 1)


def test_a_dry_run_shows_the_machines(tmp_path: Path, lists: Path) -> None:
    result = vscan(tmp_path, "scan", "--dry-run", "--offline", "--inventory", lists)
    assert result.code == 0, result.err
    assert f"{lists} is taken for an inventory" in result.out
    assert "on 12 machines (pc-00" in result.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--inventory", ""), "it is empty"),
        (("--inventory", "gone"), "gone does not exist"),
        (("--inventory", "-", "--inventory", "-"), "can be read only once"),
        (("--inventory", "-", "-"), "can be read only once"),
    ],
)
def test_mistakes_are_usage_errors(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = vscan(tmp_path, "scan", "--offline", *arguments)
    assert result.code == 2
    assert message in result.err


def test_an_inventory_replaces_the_editors_and_the_variable(tmp_path: Path, lists: Path) -> None:
    install(tmp_path / ".vscode" / "extensions", "acme.installed")
    variables = {"VSCAN_EXTENSIONS_DIR": str(tmp_path / "gone")}
    for given in (variables, {}):
        result = scan(tmp_path, "--offline", "--inventory", lists, **given)
        assert result.report["run"]["targets"] == [str(lists)]
        assert result.stats["total"] == 3


@pytest.mark.usefixtures("lists")
def test_an_inventory_in_the_config_file_is_relative_to_it(tmp_path: Path) -> None:
    config = tmp_path / "config" / "vscan.toml"
    config.parent.mkdir()
    config.write_text('[scan]\ninventory = ["../lists"]\n', "utf-8")
    result = scan(tmp_path, "--offline", "--config", config)
    assert result.stats["total"] == 3
