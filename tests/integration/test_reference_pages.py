"""docs/reference/: pages about the command line, the config file, the JSON report and the logs."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from ci import reference
from tests.builders import install
from tests.command import environment, scan
from vscan.cli import cli
from vscan.report.json import schema
from vscan.settings.table import BY_KEY


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return reference.pages()


def run(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ci.reference", *arguments],
        env=environment(home),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


def test_the_pages_are_current(pages: Mapping[str, str]) -> None:
    there = {path.name: path.read_text("utf-8") for path in reference.PLACE.glob("*.md")}
    assert there == pages, "run python -m ci.reference"


def test_the_pages_are_written_and_checked(tmp_path: Path) -> None:
    place = tmp_path / "pages"
    assert run(tmp_path, "--check", "--place", place).returncode == 1
    assert run(tmp_path, "--place", place).returncode == 0
    assert run(tmp_path, "--check", "--place", place).returncode == 0
    page = place / "logs.md"
    page.write_text(page.read_text("utf-8").replace("retrying", "trying"), "utf-8")
    done = run(tmp_path, "--check", "--place", place)
    assert done.returncode == 1
    assert done.stderr == f"{page} is not current: run python -m ci.reference\n"


def commands(group: click.Group, context: click.Context) -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            inner = click.Context(command, info_name=name, parent=context)
            yield from commands(command, inner)
        else:
            yield f"{context.command_path} {name}", command


def test_every_command_has_a_section_with_its_options(pages: Mapping[str, str]) -> None:
    sections = dict(part.split("\n", 1) for part in pages["cli.md"].split("\n## ")[1:])
    found = dict(commands(cli, click.Context(cli, info_name="vscan")))
    assert list(sections) == list(found)
    for path, command in found.items():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.opts[-1] in sections[path]


def test_every_key_has_its_option_variable_and_default(pages: Mapping[str, str]) -> None:
    rows = [line for line in pages["configuration.md"].splitlines() if line.startswith("| `")]
    assert len(rows) == len(BY_KEY)
    for line, (key, row) in zip(rows, BY_KEY.items(), strict=True):
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        option = row.option.partition("/")[0]
        assert cells[0] == f"`{key}`<br>`{option}`<br>`{row.variable}`"
        assert "<br>Default: " in cells[1]
        assert cells[2]
    (workers,) = (line for line in rows if "`scan.workers`" in line)
    assert "| 2 to 5<br>Default: `3` |" in workers


def test_a_cell_has_no_character_that_ends_it(pages: Mapping[str, str]) -> None:
    for page in pages.values():
        width = 0
        for line in page.splitlines():
            if line.startswith("|"):
                cells = line.replace("\\|", "").count("|")
                assert cells == (width or cells), line
                width = cells
            else:
                width = 0


def described(node: Mapping[str, Any]) -> Iterator[str]:
    for key, value in node.get("properties", {}).items():
        yield key
        yield from described(value)
        yield from described(value.get("items", {}))


def test_every_key_of_the_report_is_described(pages: Mapping[str, str]) -> None:
    root = schema()
    keys = [*described(root), *(key for node in root["$defs"].values() for key in described(node))]
    rows = [line for line in pages["json-report.md"].splitlines() if line.startswith("| `")]
    assert sorted(line.split("`")[1] for line in rows) == sorted(keys)
    assert not [line for line in rows if not line.strip("| ").rpartition("| ")[2].endswith(".")]


def test_every_field_that_a_run_logs_is_described(tmp_path: Path, pages: Mapping[str, str]) -> None:
    """The fields of a real run, whose lines the page does not come from."""
    install(tmp_path / "extensions", "acme.tool")
    place = tmp_path / "log"
    options = ("--offline", "--log-format", "json", "--log-level", "debug", "--log-file", place)
    assert scan(tmp_path, tmp_path / "extensions", *options).code == 0
    lines = [json.loads(line) for line in place.read_text("utf-8").splitlines()]
    assert {line["event.action"] for line in lines} > {"scan-started", "scan-finished"}
    for line in lines:
        assert f"`{line['event.action']}`" in pages["logs.md"]
        assert not [name for name in line if f"| `{name}` |" not in pages["logs.md"]]
