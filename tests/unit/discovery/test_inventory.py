"""Inventories: each extension once, with the machines that have it; no line is lost in silence."""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from vscan.discovery import read_inventories
from vscan.model import Extension, Registry, Unreadable


def read(*paths: Path | str) -> tuple[dict[str, tuple[str, ...]], list[Unreadable]]:
    """Give the machines of each extension, and what could not be read."""
    found = list(read_inventories(map(str, paths)))
    extensions = [item for item in found if isinstance(item, Extension)]
    assert all(item.asked_by_name for item in extensions)
    named = {
        f"{item.id}@{item.version}"
        + (f"@{item.target_platform}" if item.target_platform else ""): item.machines
        for item in extensions
    }
    assert len(named) == len(extensions)
    return named, [item for item in found if isinstance(item, Unreadable)]


def row(**fields: object) -> str:
    return json.dumps({"machine": "one", "id": "acme.tools", "version": "1.0.0"} | fields)


def test_each_extension_is_found_once_with_its_machines(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("acme.tools@1.0.0\nacme.other@2.0.0-pre.1\n", "utf-8")
    (tmp_path / "two.corp.example").write_text("Acme.Tools@1.0.0\r\nacme.tools@1.1.0\n", "utf-8")
    (tmp_path / ".hidden").write_text("nothing", "utf-8")
    named, problems = read(tmp_path)
    assert named == {
        "acme.tools@1.0.0": ("one", "two.corp.example"),
        "acme.tools@1.1.0": ("two.corp.example",),
        "acme.other@2.0.0-pre.1": ("one",),
    }
    assert problems == []


def test_ndjson_names_machines_and_platforms(tmp_path: Path) -> None:
    path = tmp_path / "fleet.ndjson"
    rows = [
        row(),
        row(),
        row(machine="two"),
        row(machine="two", platform="linux-x64", os="linux"),
        row(machine="three", platform="universal"),
        row(machine="four", platform=None),
    ]
    path.write_text("\n".join(rows), "utf-8")
    named, problems = read(path)
    assert named == {
        "acme.tools@1.0.0": ("one", "two", "three", "four"),
        "acme.tools@1.0.0@linux-x64": ("two",),
    }
    assert problems == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_list_may_have_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "windows.txt"
    path.write_text("Extensions installed on WSL: Ubuntu:\r\nacme.tools@1.0.0\r\n", encoding)
    assert read(path) == ({"acme.tools@1.0.0": ("windows",)}, [])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("acme.tools", "there is no version"),
        ("acme.tools@", "this is no extension with its version"),
        ("acme.tools@1.2", "this is no extension with its version"),
        ("acme.tools@1.0.0@2.0.0", "this is no extension with its version"),
        ("acme.tools@1.0.0-\N{SNOWMAN}", "this is no extension with its version"),
        ("acme@1.0.0", "this is no extension with its version"),
        ("acme.to\N{KELVIN SIGN}en@1.0.0", "this is no extension with its version"),
        ("# a remark", "this is no extension"),
        ("Error: the editor is not running", "this is no extension"),
        ("acme.tools@1.0.0 acme.other@1.0.0", "this is no extension with its version"),
        ("acme." + "x" * 5000 + "@1.0.0", "the line is too long"),
        ("{", "this is no row of an inventory"),
        (row()[:-4], "this is no row of an inventory"),
        (row(id=1), "this is no row of an inventory"),
        (row(machine=None), "this is no row of an inventory"),
        (row(machine=" "), "it names no machine"),
        (row(platform="amiga"), "no extension is made for this platform"),
        (row(platform=["linux-x64"]), "this is no row of an inventory"),
        (row(version=None), "this is no row of an inventory"),
        (row(version=""), "this is no extension with its version"),
        (row(id="acme.tools@1.0.0-a", version="1"), "this is no extension with its version"),
        ('{"machine": "one", "id": "acme.tools"}', "this is no row of an inventory"),
        ("{" * 4000, "this is no row of an inventory"),
    ],
)
def test_a_line_that_cant_be_read_is_named(tmp_path: Path, line: str, why: str) -> None:
    path = tmp_path / "one.txt"
    path.write_text(f"acme.first@1.0.0\n{line}\nacme.last@1.0.0\n", "utf-8")
    named, (problem,) = read(path)
    assert sorted(named) == ["acme.first@1.0.0", "acme.last@1.0.0"]
    assert problem.name == f"{path}:2"
    assert problem.reason.startswith(why)
    assert problem.origins[0].line == 2


def test_many_lines_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text("acme.tools\n" * 250, "utf-8")
    named, problems = read(path)
    assert named == {}
    assert len(problems) == 101
    assert problems[-1].reason == "150 more lines can't be read"


@pytest.mark.parametrize("content", ["", "\n\n", "Extensions installed on SSH: one:\n"])
def test_an_empty_list_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "one.txt"
    path.write_text(content, "utf-8")
    _, (problem,) = read(path)
    assert (problem.name, problem.reason.partition(";")[0]) == (str(path), "the list is empty")


def test_what_is_no_list_is_named(tmp_path: Path) -> None:
    (tmp_path / "lists" / "more").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    _, problems = read(tmp_path / "lists", tmp_path / "empty", tmp_path / "gone")
    assert [problem.name for problem in problems] == [
        str(tmp_path / "lists" / "more"), str(tmp_path / "empty"), str(tmp_path / "gone"),
    ]  # fmt: skip
    assert [problem.reason for problem in problems] == [
        "it can't be read: is a directory",
        "there is no list in it",
        "it can't be read: no such file or directory",
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_without_a_writer_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "one")
    _, (problem,) = read(tmp_path)
    assert problem.reason.startswith("the list is empty")


def test_standard_input_is_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = f"{row()}\nacme.other@1.0.0\n".encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(rows))))
    named = {"acme.tools@1.0.0": ("one",), "acme.other@1.0.0": ("standard input",)}
    assert read("-") == (named, [])
    monkeypatch.setattr("sys.stdin", None)
    _, (problem,) = read("-")
    assert (problem.name, problem.reason) == ("standard input", "it can't be read: it is closed")


def test_an_extension_without_a_publisher_is_never_sent(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("undefined_publisher.tools@1.0.0\nacme.tools@1.0.0\n", "utf-8")
    found = {str(item.id): item for item in extensions(tmp_path)}
    assert found["undefined_publisher..tools"].never_sent
    assert not found["acme.tools"].never_sent
    assert found["acme.tools"].registry is Registry.OPEN_VSX


def extensions(path: Path) -> Iterator[Extension]:
    for item in read_inventories([str(path)], registry=Registry.OPEN_VSX):
        assert isinstance(item, Extension)
        yield item


def test_a_run_that_ends_names_what_it_did_not_read(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_text("".join(f"acme.tools-{n}@1.0.0\n" for n in range(2500)), "utf-8")
    calls = iter([False, False, True])
    found = list(read_inventories([str(path)], is_stopped=lambda: next(calls)))
    (problem,) = [item for item in found if isinstance(item, Unreadable)]
    assert problem.reason == "line 2001 and what follows was not read"
    assert len(found) == 2001
