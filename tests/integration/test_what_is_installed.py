"""What an editor loads, from wherever it has it: whole runs, with a service that counts."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.builders import index, install
from tests.command import Result, scan, vscan
from tests.server import Server
from vscan.editors import EDITORS
from vscan.report.json import schema

BOTH = {"VSCAN_SOURCE": "vscan.dev,offline"}
OFFLINE = {"VSCAN_SOURCE": "offline"}
EVAL = 'eval(atob("Y29uc29sZS5sb2coMSk="));\n'
OF_OPEN_VSX = "juan-bianco.solidity-vlang"  # in the seed: removed there
FORMATS = ("json", "sarif", "html", "csv", "markdown", "junit", "github")


def put(place: Path, code: str = EVAL, **manifest: Any) -> Path:
    """Put an extension with code into a folder; a field that is ``None`` is left out."""
    place.mkdir(parents=True)
    fields = {"name": "tools", "publisher": "acme", "version": "1.0.0", "main": "./main.js"}
    kept = {name: value for name, value in (fields | manifest).items() if value is not None}
    (place / "package.json").write_text(json.dumps(kept), "utf-8")
    (place / "main.js").write_text(code, "utf-8")
    return place


def severities(done: Result) -> set[str]:
    return {
        finding["severity"] for each in done.report["extensions"] for finding in each["findings"]
    }


ODD: dict[str, dict[str, Any]] = {
    "no publisher": {"publisher": None},
    "an empty publisher": {"publisher": ""},
    "a scoped name": {"name": "@acme/tools"},
    "a blank in the publisher": {"publisher": "Acme Inc"},
    "a dot in the publisher": {"publisher": "acme.inc"},
    "an umlaut": {"publisher": "müller"},
    "blanks around the version": {"version": " 1.0.0 "},
}


@pytest.mark.parametrize("odd", ODD)
def test_what_no_registry_can_have_is_analysed_and_never_sent(tmp_path: Path, odd: str) -> None:
    put(tmp_path / "extensions" / "a-folder", **ODD[odd])
    reports = [f"--output={name}=report.{name}" for name in FORMATS[1:]]
    with Server() as server:
        arguments = (tmp_path / "extensions", "--api-url", server.api_url)
        done = scan(tmp_path, *arguments, *reports, **BOTH)
        again = scan(tmp_path, *arguments, **BOTH)
        remote = scan(tmp_path, *arguments)
        planned = vscan(tmp_path, "scan", "--dry-run", *arguments, **BOTH)
        assert server.count() == 0

    jsonschema.validate(done.report, schema())
    (extension,) = done.report["extensions"]
    assert done.code == 1
    assert (extension["status"], [v["source"] for v in extension["verdicts"]]) == (
        "scanned",
        ["offline"],
    )
    assert not done.report["run"]["incomplete"]
    assert any("no service is asked about it" in said for said in done.report["run"]["warnings"])
    for name in FORMATS[1:]:
        assert extension["id"] in (tmp_path / f"report.{name}").read_text("utf-8"), name
    assert again.stats["cached"] == 1
    assert "offline: cached, nothing sent" in planned.out
    assert (remote.code, remote.stats["unreadable"]) == (3, 1)
    (failure,) = remote.report["failed_extensions"]
    assert "no service can be asked" in failure["error_message"]


def test_what_no_registry_can_have_is_in_the_cache_and_in_baselines(tmp_path: Path) -> None:
    """Its id is written and read like any other."""
    put(tmp_path / "extensions" / "one", publisher=None)
    put(tmp_path / "extensions" / "two", name="@acme/tools")
    waiver = '[[ignore]]\nid = "acme..*"\nrule = "*"\nreason = "ours"\n'
    (tmp_path / "ignore.toml").write_text(waiver, "utf-8")
    first = scan(tmp_path, "extensions", **OFFLINE)
    (tmp_path / "report.json").rename(tmp_path / "baseline.json")

    later = scan(tmp_path, "extensions", "--baseline", "baseline.json", **OFFLINE)
    waived = scan(tmp_path, "extensions", "--ignore-file", "ignore.toml", **OFFLINE)
    remembered = vscan(tmp_path, "report", "-o", "json=cached.json", **OFFLINE)

    ids = [each["id"] for each in first.report["extensions"]]
    assert (first.code, later.code, waived.code, remembered.code) == (1, 0, 1, 1)
    assert ids[1] == "undefined_publisher..tools"
    assert [bool(each["findings"][0]["waived"]) for each in waived.report["extensions"]] == [
        True,
        False,
    ]
    cached = json.loads((tmp_path / "cached.json").read_text("utf-8"))
    assert [each["id"] for each in cached["extensions"]] == ids


def test_an_odd_version_does_not_hide_a_removed_extension(tmp_path: Path) -> None:
    publisher, name = OF_OPEN_VSX.split(".")
    put(tmp_path / "extensions" / "x", "1\n", publisher=publisher, name=name, version="1.0.0 ")
    done = scan(tmp_path, "extensions", **OFFLINE)
    assert done.code == 1
    assert "critical" in severities(done)


@pytest.mark.parametrize("of", [editor.folder for editor in EDITORS])
def test_an_extension_of_each_editor_is_found(tmp_path: Path, of: str) -> None:
    put(tmp_path / of / "extensions" / "acme.tools-1.0.0")
    done = scan(tmp_path, **OFFLINE)
    assert (done.code, done.stats["total"]) == (1, 1)


@pytest.mark.parametrize(
    ("place", "arguments", "variables", "code"),
    [
        (".vscode/extensions", (), {}, 0),
        (".cursor/extensions", (), {}, 1),
        (".trae/extensions", (), {}, 1),
        ("extensions", (), {}, 1),
        (".vscode/ext", (), {}, 1),
        ("extensions", ("--registry", "marketplace"), {}, 0),
        ("extensions", ("--registry", "open-vsx"), {}, 1),
        ("extensions", (), {"VSCAN_REGISTRY": "marketplace"}, 0),
        (".cursor/extensions", ("--registry", "marketplace"), {}, 0),
        (".vscode/extensions", ("--registry", "open-vsx"), {}, 1),
    ],
)
def test_what_open_vsx_removed_counts_unless_it_is_from_the_marketplace(
    tmp_path: Path, place: str, arguments: tuple[str, ...], variables: dict[str, str], code: int
) -> None:
    install(tmp_path / place, OF_OPEN_VSX)
    done = scan(tmp_path, tmp_path / place, *arguments, **OFFLINE, **variables)
    assert done.code == code
    (extension,) = done.report["extensions"]
    said = "--registry" in extension["findings"][0]["message"]
    assert said == (
        place in {"extensions", ".trae/extensions", ".vscode/ext"} and not (arguments or variables)
    )


def test_a_verdict_of_one_registry_is_not_another_s(tmp_path: Path) -> None:
    """Nothing of it is in the bytes, so it is in what a verdict is remembered under."""
    install(tmp_path / "extensions", OF_OPEN_VSX)
    (tmp_path / "config.toml").write_text('[scan]\nregistry = "marketplace"\n', "utf-8")
    config = ("--config", "config.toml")

    runs = [scan(tmp_path, "extensions", *more, **OFFLINE) for more in (config, (), config, ())]
    recalled = [vscan(tmp_path, "report", "extensions", *more, **OFFLINE) for more in (config, ())]

    assert [run.code for run in runs] == [0, 1, 0, 1]
    assert [run.stats["cached"] for run in runs] == [0, 0, 1, 1]
    assert [run.code for run in recalled] == [0, 1]


def test_a_link_is_followed_or_refused(tmp_path: Path) -> None:
    """What is installed beside it is what lies in the directory, not where the link leads."""
    directory, store = tmp_path / "extensions", tmp_path / "store"
    directory.mkdir()
    put(store / "one", "1\n", extensionDependencies=["acme.other"])
    put(store / "deeper" / "two", name="other")
    (directory / "acme.tools-1.0.0").symlink_to(store / "one")
    (directory / "acme.other-1.0.0").symlink_to(store / "deeper" / "two")
    index(directory, "acme.tools-1.0.0", "acme.other-1.0.0")

    followed = scan(tmp_path, "extensions", **OFFLINE)
    refused = scan(tmp_path, "extensions", "--links", "refuse", **OFFLINE)

    assert (followed.code, followed.stats["scanned"]) == (1, 2)
    rules = {f["rule"] for each in followed.report["extensions"] for f in each["findings"]}
    assert "missing-member" not in rules
    assert (refused.code, refused.stats["unreadable"]) == (3, 2)


def test_what_lies_beside_a_link_is_not_what_lies_beside_the_folder(tmp_path: Path) -> None:
    """The editor joins a path that leads out to the place of the link."""
    put(tmp_path / "store" / "acme.tools-1.0.0", "1\n", main="../evil.js")
    (tmp_path / "store" / "evil.js").write_text("1\n", "utf-8")
    (tmp_path / "extensions").mkdir()
    (tmp_path / "extensions" / "evil.js").write_text(EVAL, "utf-8")
    (tmp_path / "extensions" / "acme.tools-1.0.0").symlink_to("../store/acme.tools-1.0.0")

    done = scan(tmp_path, "extensions", "--fail-on", "none", **OFFLINE)

    assert done.code == 3
    (extension,) = done.report["extensions"]
    assert "../evil.js is beside a link" in " ".join(extension["verdicts"][0]["gaps"])


def test_where_an_editor_left_only_remains_there_is_nothing_to_scan(tmp_path: Path) -> None:
    directory = tmp_path / "extensions"
    for name in ("acme.old-1.0.0/out", "acme.old-0.9.0.vsctmp", "node_modules/x", ".cache"):
        (directory / name).mkdir(parents=True)

    done = scan(tmp_path, "extensions", **OFFLINE)

    jsonschema.validate(done.report, schema())
    assert (done.code, done.stats["total"]) == (4, 0)
    assert {item["id"]: item["reason"] for item in done.report["not_scanned"]} == {
        "acme.old-1.0.0": "leftover",
        "acme.old-0.9.0.vsctmp": "deleted",
        "node_modules": "node-modules",
        ".cache": "hidden",
    }


def test_the_extensions_that_come_with_an_editor_are_scanned(tmp_path: Path) -> None:
    directory = tmp_path / "extensions"
    for name in ("git", "css"):
        put(directory / name, "1\n", name=name, publisher="vscode", engines={"vscode": "*"})
    (directory / "package.json").write_text('{"name": "vscode-extensions"}', "utf-8")
    (directory / "package-lock.json").write_text("{}", "utf-8")
    put(directory / "node_modules" / "typescript", publisher=None, name="typescript")

    done = scan(tmp_path, "extensions", **OFFLINE)

    assert (done.code, done.stats["scanned"], done.stats["total"]) == (0, 2, 2)
