"""A ``.vsix`` file is a target like a directory: for both sources, the cache and reports."""

from pathlib import Path

import pytest

from tests.archives import MANIFEST, PACKAGE, Member, zipped
from tests.builders import install, pack
from tests.command import scan, vscan
from tests.server import Server


def test_a_file_is_scanned_by_both_sources(tmp_path: Path) -> None:
    path = pack(tmp_path, platform="linux-x64")
    with Server() as server:
        sources = ("--source", "vscan.dev", "--source", "offline", "--api-url", server.api_url)
        first, again = (scan(tmp_path, path, *sources) for _ in range(2))
    assert first.code == 0, first.err
    (extension,) = first.report["extensions"]
    assert [verdict["source"] for verdict in extension["verdicts"]] == ["vscan.dev", "offline"]
    assert (extension["id"], extension["path"]) == ("acme.tools", "acme.tools-1.0.0.vsix")
    assert extension["target_platform"] == "linux-x64"
    assert (first.stats["cached"], again.stats["cached"]) == (0, 1)
    assert again.stats["requests"] == 0


def test_a_folder_of_files_and_folders_is_scanned_whole(tmp_path: Path) -> None:
    place = tmp_path / "extensions"
    install(place, "acme.installed")
    pack(place, "acme.packed")
    (place / "acme.broken-1.0.0.vsix").write_bytes(b"no archive")
    result = scan(tmp_path, place, "--offline")
    assert result.code == 3
    statuses = {each["id"]: each["status"] for each in result.report["extensions"]}
    assert statuses == {
        "acme.broken": "unreadable", "acme.installed": "scanned", "acme.packed": "scanned",
    }  # fmt: skip


def test_a_report_is_made_of_what_is_remembered_of_a_file(tmp_path: Path) -> None:
    path = pack(tmp_path)
    assert scan(tmp_path, path, "--offline").code == 0
    assert vscan(tmp_path, "report", path, "--offline").code == 0
    path.unlink()
    pack(tmp_path, files={"more.js": b"1"})
    assert vscan(tmp_path, "report", path, "--offline").code == 3


def test_an_archive_that_contradicts_itself_fails(tmp_path: Path) -> None:
    path = tmp_path / "acme.tools-1.0.0.vsix"
    path.write_bytes(zipped(PACKAGE, Member("extensionpackage.json", MANIFEST)))
    result = scan(tmp_path, path, "--offline")
    assert result.code == 1
    (extension,) = result.report["extensions"]
    (finding,) = extension["findings"]
    assert (finding["rule"], finding["severity"]) == ("archive-ambiguous", "high")
    assert finding["file"] == "package.json"


@pytest.mark.parametrize("name", ["notes.txt", "x.zip"])
def test_another_file_is_a_list_and_no_directory(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert vscan(tmp_path, "scan", name, "--offline").code == 4
    result = vscan(tmp_path, "scan", "--offline", "--extensions-dir", name)
    assert result.code == 2
    assert f"{name} is nothing that can be scanned" in result.err
