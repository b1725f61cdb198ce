import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.other_systems import make_pipe
from vscan.extension_files import (
    MAX_FILE_BYTES,
    UnreadableError,
    localize,
    read_bytes,
    read_json,
    read_manifest,
)
from vscan.extension_files import folder as folder_module
from vscan.extension_files.folder import Folder


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """Fail a test that hangs. Not with an OSError, which the code under test would swallow."""

    def give_up(_signal: int, _frame: object) -> None:
        pytest.fail("it hangs")

    if not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(120)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def _too_large(path: Path) -> None:
    path.touch()
    os.truncate(path, MAX_FILE_BYTES + 1)


def _device(path: Path) -> None:
    if not hasattr(os, "mknod"):
        pytest.skip("this system has no device files")
    try:
        os.mknod(path, 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("making a device takes more rights")


def _link_out(path: Path) -> None:
    """Link to a readable, faultless file in a folder whose name only begins alike."""
    elsewhere = path.parent.with_name(path.parent.name + "-elsewhere")
    elsewhere.mkdir()
    (elsewhere / path.name).write_text(
        json.dumps({"publisher": "acme", "name": "tools", "version": "1.0.0"}), "utf-8"
    )
    path.symlink_to(Path("..", elsewhere.name, path.name))


# What can stand where a file should be: how to make it, and what is said of it.
OBSTACLES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a pipe": (make_pipe, "is not a regular file"),
    "a directory": (Path.mkdir, "is not a regular file"),
    "a device": (_device, "is not a regular file"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "links out of the folder"),
    "a link out of the folder": (_link_out, "links out of the folder"),
    "a link that is broken": (lambda path: path.symlink_to("nowhere"), "is a broken link"),
    "a link to itself": (
        lambda path: path.symlink_to(path.name),
        "can't be read: its links form a circle",
    ),
    "a file over 16 MiB": (_too_large, "is over 16 MiB"),
}


@pytest.mark.parametrize(("make", "reason"), OBSTACLES.values(), ids=OBSTACLES)
def test_a_special_file_is_neither_opened_nor_read(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    make(tmp_path / "file")

    with pytest.raises(UnreadableError) as raised:
        read_bytes(tmp_path, "file")

    assert str(raised.value).startswith(f"file {reason}")


def test_a_file_that_is_missing_is_told_from_one_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path, "file")


def test_a_file_of_16_mib_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.truncate(tmp_path / "file", MAX_FILE_BYTES)

    assert len(read_bytes(tmp_path, "file")) == MAX_FILE_BYTES


def test_a_link_that_stays_in_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"content")
    (tmp_path / "file").symlink_to("real")

    assert read_bytes(tmp_path, "file") == b"content"


def test_a_link_through_another_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "hop").symlink_to("..")
    (root / "file").symlink_to("hop/secret")

    with pytest.raises(UnreadableError, match="file links out of the folder"):
        read_bytes(root, "file")


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"],
)
def test_unicode_is_read_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "file").write_bytes('{"name": "Größe 🎉"}'.encode(encoding))

    assert read_json(tmp_path, "file") == {"name": "Größe 🎉"}


@pytest.mark.parametrize(
    ("mark", "encoding"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")]
)
def test_utf_16_is_read_with_either_byte_order_mark(
    tmp_path: Path, mark: bytes, encoding: str
) -> None:
    (tmp_path / "file").write_bytes(mark + '{"name": "Größe"}'.encode(encoding))

    assert read_json(tmp_path, "file") == {"name": "Größe"}


def test_invalid_utf_8_is_replaced(tmp_path: Path) -> None:
    """The editor does the same: an extension that it runs must not become unreadable here."""
    (tmp_path / "file").write_bytes('{"name": "Größe"}'.encode("latin-1"))

    assert read_json(tmp_path, "file") == {"name": "Gr\ufffd\ufffde"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "file is not valid JSON (line 1)"),
        (b"\xef\xbb\xbf", "file is not valid JSON (line 1)"),
        (b"{}{}", "file is not valid JSON (line 1)"),
        (b'{\n  "name": "tools"\n  1}', "file is not valid JSON (line 3)"),
        (b'{"name":\n\n"to', "file is not valid JSON (line 3)"),
        (b"\x00" * 7, "file is not valid JSON (line 1)"),
        pytest.param(
            b'{"size": ' + b"9" * 5000 + b"}", "file is not valid JSON", id="a large number"
        ),
        pytest.param(b"[" * 100_000, "file is nested too deeply", id="open lists"),
        pytest.param(
            b"[" * 100_000 + b"]" * 100_000, "file is nested too deeply", id="nested lists"
        ),
        pytest.param(
            b'{"a":' * 100_000 + b"0" + b"}" * 100_000,
            "file is nested too deeply",
            id="nested objects",
        ),
    ],
)
def test_invalid_json_is_unreadable(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "file").write_bytes(content)

    with pytest.raises(UnreadableError) as raised:
        read_json(tmp_path, "file")

    assert str(raised.value) == reason


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b'{"name": "first", "name": "last"}', {"name": "last"}),
        (b'{"size": 1e999}', {"size": float("inf")}),
        (b'"\\ud800"', "\ud800"),
        (b" null\n", None),
    ],
)
def test_json_at_its_edges_is_read_as_the_editor_reads_it(
    tmp_path: Path, content: bytes, value: object
) -> None:
    (tmp_path / "file").write_bytes(content)

    assert read_json(tmp_path, "file") == value


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_a_value_or_unreadable(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    root = tmp_path_factory.getbasetemp()
    (root / "bytes.json").write_bytes(content)

    try:
        value = read_json(root, "bytes.json")
    except UnreadableError:
        value = None

    assert isinstance(value, dict | list | str | int | float | None)


def test_a_manifest_is_an_object(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "tools"}', "utf-8")

    assert read_manifest(tmp_path) == {"name": "tools"}


@pytest.mark.parametrize("content", ["[]", '"text"', "1", "true", "null", "NaN"])
def test_a_manifest_that_is_not_an_object_is_unreadable(tmp_path: Path, content: str) -> None:
    (tmp_path / "package.json").write_text(content, "utf-8")

    with pytest.raises(UnreadableError, match=r"^package\.json is not an object$"):
        read_manifest(tmp_path)


def test_a_folder_without_a_manifest_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"^there is no package\.json in it$"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    ("entries", "title"),
    [
        ({"title": "Tools"}, "Tools"),
        ({"title": {"message": "Tools", "comment": ["for translators"]}}, "Tools"),
        ({"title": "%title%"}, "%title%"),
        ({"title": ""}, ""),
        ({"other": "Tools"}, None),
        ({"title": {"comment": []}}, None),
        ({"title": {"message": 1}}, None),
        ({"title": ["Tools"]}, None),
        ({"title": None}, None),
        (["title"], None),
        ("title", None),
        (None, None),
    ],
)
def test_a_localised_text_is_looked_up(tmp_path: Path, entries: Any, title: str | None) -> None:
    (tmp_path / "package.nls.json").write_text(json.dumps(entries), "utf-8")

    assert localize(tmp_path, "%title%") == title


@pytest.mark.parametrize("text", ["Tools", "", "%", "%%", "100%", "%title", "a %title% b"])
def test_text_that_is_not_a_key_is_unchanged(tmp_path: Path, text: str) -> None:
    (tmp_path / "package.nls.json").write_text('{"title": "wrong", "": "wrong"}', "utf-8")

    assert localize(tmp_path, text) == text


def test_a_text_can_not_be_looked_up_where_there_is_no_file(tmp_path: Path) -> None:
    assert localize(tmp_path, "%title%") is None


@pytest.mark.parametrize("make", [make for make, _ in OBSTACLES.values()], ids=OBSTACLES)
def test_a_text_can_not_be_looked_up_in_an_obstacle(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "package.nls.json")

    assert localize(tmp_path, "%name%") is None


@pytest.mark.parametrize(
    "content", [b"{", b"", b"\xff\xfe{", pytest.param(b"[" * 100_000, id="open lists")]
)
def test_a_text_can_not_be_looked_up_in_what_is_no_json(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "package.nls.json").write_bytes(content)

    assert localize(tmp_path, "%title%") is None


@pytest.mark.parametrize("stays_inside", [True, False])
def test_a_junction_is_a_link_and_its_folder_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, stays_inside: bool
) -> None:
    """Windows calls a junction a folder, and it can lead anywhere."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "code.js").touch()
    (tmp_path / "code.js").touch()
    target = str(tmp_path / "inner" if stays_inside else tmp_path.parent)
    monkeypatch.setattr(folder_module, "is_junction", lambda item: item.name == "inner")
    monkeypatch.setattr(os, "readlink", lambda _: target)
    monkeypatch.setattr(os.path, "realpath", lambda *_, **__: target)
    folder = Folder(tmp_path)
    assert [window.entry.name for window in folder.windows()] == ["code.js"]
    assert folder.links == ([("inner", target)] if stays_inside else [])
    gap = "inner is a link out of the folder, or not a regular file"
    assert folder.gaps == ([] if stays_inside else [gap])
