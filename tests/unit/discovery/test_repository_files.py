"""The walk through a repository: what is opened, what is left out, and what is reported."""

import os
from pathlib import Path, PurePosixPath

import pytest

from vscan.discovery.named.interface import NamedKind
from vscan.discovery.repository_files import (
    Item,
    LocalExtensions,
    NotRead,
    RepositoryFile,
    repository_files,
)

LISTS = NamedKind(
    "list",
    lambda path: (
        path.name in {"list.json", "devcontainer.json"} or path.parts[-2:] == (".vscode", "x")
    ),
    lambda _: iter(()),
)
SCRIPTS = NamedKind("script", lambda path: path.suffix == ".sh", lambda _: iter(()), ("--install",))


def walked(root: Path, *excluded: str) -> list[Item]:
    return list(
        repository_files(
            root.resolve(), (LISTS, SCRIPTS), is_excluded=lambda path: str(path) in excluded
        )
    )


def read(root: Path, *excluded: str) -> list[str]:
    return [str(item.path) for item in walked(root, *excluded) if isinstance(item, RepositoryFile)]


def reasons(root: Path) -> dict[str, str]:
    return {str(item.path): item.reason for item in walked(root) if isinstance(item, NotRead)}


def put(root: Path, name: str, content: bytes = b"{}") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_files_of_a_kind_are_read_at_any_depth_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b/list.json", "a/deep/er/list.json", "list.json", "other.json"):
        put(tmp_path, name)
    assert read(tmp_path) == ["a/deep/er/list.json", "b/list.json", "list.json"]


def test_a_file_of_many_uses_is_read_if_it_is_a_text(tmp_path: Path) -> None:
    put(tmp_path, "text.sh", b"echo hello")
    put(tmp_path, "program.sh", b"\x7fELF\0\0--install a.b")
    assert read(tmp_path) == ["text.sh"]


@pytest.mark.parametrize("name", [".git", "node_modules", ".venv", "vendor", ".vscode-test"])
def test_what_tools_keep_is_left_out(tmp_path: Path, name: str) -> None:
    put(tmp_path, f"{name}/list.json")
    put(tmp_path, f"below/{name}/list.json")
    assert walked(tmp_path) == []


def test_what_the_user_excludes_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "fixtures/list.json")
    put(tmp_path, "one/list.json")
    assert read(tmp_path, "fixtures", "one/list.json") == []


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbf{}", "{}"),
        (b"\xff\xfe{\x00}\x00", "{}"),
        (b"\xfe\xff\x00{\x00}", "{}"),
        (b"\xff{", "\N{REPLACEMENT CHARACTER}{"),
    ],
)
def test_a_text_is_decoded_by_its_mark(tmp_path: Path, content: bytes, text: str) -> None:
    put(tmp_path, "list.json", content)
    (item,) = walked(tmp_path)
    assert isinstance(item, RepositoryFile)
    assert item.text == text


def test_extensions_of_the_repository_are_found(tmp_path: Path) -> None:
    put(tmp_path, "sub/.vscode/extensions/own/package.json")
    assert walked(tmp_path) == [LocalExtensions(PurePosixPath("sub/.vscode/extensions"))]


def test_a_special_file_is_unreadable_under_the_name_of_a_kind_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "list.json")
    os.mkfifo(tmp_path / "script.sh")
    os.mkfifo(tmp_path / "other")
    assert reasons(tmp_path) == {"list.json": "it is no regular file"}


def test_a_large_file_is_unreadable_if_it_may_name_something(tmp_path: Path) -> None:
    large, huge = 1024**2 + 1, 16 * 1024**2 + 1
    put(tmp_path, "list.json", b" " * large)
    put(tmp_path, "read.sh", b" " * large)
    put(tmp_path, "plain.sh", b" " * huge)
    put(tmp_path, "marked.sh", b" " * huge + b"--install a.b")
    put(tmp_path, "across.sh", b" " * (17 * 1024**2 - 4) + b"--install a.b")
    put(tmp_path, "wide.sh", b"\xff\xfe" + b" " * huge + "--install".encode("utf-16-le"))
    assert reasons(tmp_path).keys() == {"list.json", "marked.sh", "across.sh", "wide.sh"}
    assert read(tmp_path) == ["read.sh"]


def test_links_within_the_repository_are_followed(tmp_path: Path) -> None:
    put(tmp_path, "shared/devcontainer.json")
    put(tmp_path, "conf/x")
    (tmp_path / ".devcontainer").mkdir()
    (tmp_path / ".devcontainer" / "py").symlink_to("../shared")
    (tmp_path / ".vscode").symlink_to("conf")
    (tmp_path / "list.json").symlink_to("conf/x")
    assert read(tmp_path) == [
        ".devcontainer/py/devcontainer.json",
        ".vscode/x",
        "list.json",
        "shared/devcontainer.json",
    ]


def test_links_out_of_the_repository_are_reported_where_they_matter(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    put(outside, "list.json")
    root.mkdir()
    (root / ".vscode").symlink_to(outside)
    (root / "elsewhere").symlink_to(outside)
    (root / "list.json").symlink_to(outside / "list.json")
    (root / "x.sh").symlink_to(outside / "list.json")
    assert reasons(root).keys() == {".vscode", "list.json"}


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / ".devcontainer").mkdir()
    (tmp_path / ".devcontainer" / ".devcontainer").symlink_to("..")
    (tmp_path / "up").symlink_to(".")
    (tmp_path / "list.json").symlink_to("list.json")
    assert reasons(tmp_path).keys() == {"list.json", ".devcontainer/.devcontainer/list.json"}


def test_a_directory_that_is_too_deep_is_reported(tmp_path: Path) -> None:
    put(tmp_path, "/".join("d" * 40) + "/list.json")
    assert read(tmp_path) == []
    (reason,) = reasons(tmp_path).values()
    assert "32 directories" in reason


def test_a_stopped_walk_says_so(tmp_path: Path) -> None:
    put(tmp_path, "list.json")
    (item,) = repository_files(tmp_path, (LISTS,), is_stopped=lambda: True)
    assert isinstance(item, NotRead)
