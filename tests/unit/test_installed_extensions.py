import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import index, install
from tests.examples import examples
from tests.other_systems import is_root, make_pipe
from tests.unit.test_extension_files import OBSTACLES, in_time  # noqa: F401 - a fixture for every test
from vscan.discovery import discover, editor_directories
from vscan.discovery.installed_extensions import read_directory
from vscan.discovery.target_interface import ReadOptions
from vscan.editors import EDITORS
from vscan.events import Warned
from vscan.extension_files import parse_folder_name
from vscan.model import (
    TARGET_PLATFORMS,
    Extension,
    ExtensionId,
    PlaceFinding,
    Skipped,
    SkipReason,
    Unreadable,
)
from vscan.task_selection import Filters, plan

Found: TypeAlias = Extension | Unreadable | Skipped | PlaceFinding | Warned
T = TypeVar("T", Extension, Unreadable, Skipped, PlaceFinding, Warned)
NOBODY = 65534


def every(kind: type[T], directory: Path) -> list[T]:
    """Find everything of one kind in a directory."""
    return [found for found in read_directory(directory) if isinstance(found, kind)]


def sole(kind: type[T], directory: Path) -> T:
    """Find the one thing that there is in a directory, besides warnings, of the kind expected."""
    (found,) = (found for found in read_directory(directory) if not isinstance(found, Warned))
    assert isinstance(found, kind)
    return found


def write_index(directory: Path, *entries: object) -> None:
    """Write an index of any entries."""
    (directory / "extensions.json").write_text(json.dumps(entries), "utf-8")


def entry(text: object = "acme.tools", /, **fields: object) -> dict[str, object]:
    """Build an entry of the index that says no more than it is told to."""
    return {"identifier": {"id": text}} | fields


def put(directory: Path, content: bytes, folder: str = "acme.tools-1.0.0") -> None:
    """Put a folder with any bytes for a manifest into a directory."""
    (directory / folder).mkdir(parents=True)
    (directory / folder / "package.json").write_bytes(content)


def texts(value: object) -> Iterator[str]:
    """List every text in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from texts(getattr(value, name))
    elif isinstance(value, tuple):
        for part in value:
            yield from texts(part)


def inert(found: Found) -> bool:
    """Say whether everything in a value is printable and of a length for people."""
    return all(text.isprintable() and len(text) <= 1000 for text in texts(found))


@contextmanager
def unprivileged() -> Iterator[None]:
    """Go on as nobody where the tests run as root, whom no mode keeps out."""
    if not is_root():
        yield
        return
    try:
        os.seteuid(NOBODY)
    except OSError:
        pytest.skip(f"runs as root and can't become user {NOBODY}")
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def public() -> Iterator[Path]:
    """Give a directory that nobody, too, can look into; that of pytest is its owner's alone."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    try:
        with unprivileged():
            if not os.access(place, os.R_OK | os.X_OK, effective_ids=True):
                pytest.skip(f"user {NOBODY} can't look into {place.parent}")
        yield place
    finally:
        for path in [place, *place.rglob("*")]:
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(place)


# What is installed


def test_an_installed_extension_is_described(tmp_path: Path) -> None:
    install(tmp_path, "Acme.Tools", "1.2.3", displayName="The Tools")
    index(tmp_path, "acme.tools-1.2.3")

    found = sole(Extension, tmp_path)

    assert (str(found.id), found.version, found.target_platform) == ("Acme.Tools", "1.2.3", None)
    assert (found.display_name, found.path) == ("The Tools", "acme.tools-1.2.3")
    assert found.in_index is True
    assert [origin.uri for origin in found.origins] == [
        f"{tmp_path}/extensions.json",
        f"{tmp_path}/acme.tools-1.2.3",
    ]


def test_a_folder_that_the_index_lacks_is_scanned_and_marked(tmp_path: Path) -> None:
    """It may belong to another profile of the editor, which has an index of its own."""
    install(tmp_path, "acme.listed")
    install(tmp_path, "acme.other")
    index(tmp_path, "acme.listed-1.0.0")

    found = every(Extension, tmp_path)

    assert [(item.id.name, item.in_index) for item in found] == [("listed", True), ("other", False)]
    assert [origin.uri for origin in found[1].origins] == [f"{tmp_path}/acme.other-1.0.0"]


def test_without_an_index_nothing_is_said_about_it(tmp_path: Path) -> None:
    install(tmp_path)

    assert list(read_directory(tmp_path)) == [sole(Extension, tmp_path)]
    assert sole(Extension, tmp_path).in_index is None


def test_an_empty_directory_has_no_extensions(tmp_path: Path) -> None:
    assert list(read_directory(tmp_path)) == []


def test_the_order_is_that_of_the_names_of_the_folders(tmp_path: Path) -> None:
    for text in ("b.b", "c.c", "a.a"):
        install(tmp_path, text)
    write_index(tmp_path, entry("b.gone", relativeLocation="b.gone-1.0.0"))

    found = [
        item.path for item in read_directory(tmp_path) if not isinstance(item, Skipped | Warned)
    ]

    assert found == ["a.a-1.0.0", "b.b-1.0.0", "b.gone-1.0.0", "c.c-1.0.0"]


def test_the_name_of_a_folder_need_not_be_of_the_usual_form(tmp_path: Path) -> None:
    install(tmp_path, "acme.tools", folder="work in progress")

    assert str(sole(Extension, tmp_path).id) == "acme.tools"


def test_versions_of_one_id_are_several_extensions_and_one_question(tmp_path: Path) -> None:
    install(tmp_path, "acme.tools", "1.0.0")
    install(tmp_path, "Acme.Tools", "1.1.0")
    index(tmp_path, "acme.tools-1.1.0")
    found = every(Extension, tmp_path)

    (task,) = plan(found, Filters(), ("vscan.dev",)).tasks

    assert [(item.version, item.in_index) for item in found] == [("1.0.0", False), ("1.1.0", True)]
    assert task.extensions == tuple(found)


def test_a_plain_file_among_the_folders_is_no_extension(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("hello", "utf-8")

    assert list(read_directory(tmp_path)) == []


@pytest.mark.parametrize("name", [".git", ".vscode", ".acme.tools-1.0.0"])
def test_a_dot_folder_is_shown_as_hidden(tmp_path: Path, name: str) -> None:
    install(tmp_path, folder=name)

    assert list(read_directory(tmp_path)) == [Skipped(name, None, "hidden")]


def test_a_dot_folder_that_the_index_lists_is_scanned(tmp_path: Path) -> None:
    install(tmp_path, folder=".acme")
    write_index(tmp_path, entry(relativeLocation=".acme"))

    assert sole(Extension, tmp_path).path == ".acme"


# What the index says


@pytest.mark.parametrize(
    "fields",
    [
        {"relativeLocation": "acme.tools-1.0.0"},
        {"relativeLocation": "acme.tools-1.0.0", "location": {"path": "/x/acme.wrong-1.0.0"}},
        {"relativeLocation": "", "location": {"path": "/x/acme.tools-1.0.0"}},
        {"relativeLocation": 7, "location": {"path": "/x/acme.tools-1.0.0"}},
        {"location": {"path": "/home/ann/.vscode/extensions/acme.tools-1.0.0", "scheme": "file"}},
        {"location": {"path": "/home/ann/.vscode/extensions/acme.tools-1.0.0/"}},
        {"location": {"path": "/c:/Users/Ann/.vscode/extensions/acme.tools-1.0.0"}},
        {"location": {"fsPath": r"c:\Users\Ann\.vscode\extensions\acme.tools-1.0.0"}},
        {"location": {"path": r"C:\Users\Ann\.vscode\extensions\acme.tools-1.0.0"}},
        {"location": {"path": "C:\\Users\\Ann\\.vscode\\extensions\\acme.tools-1.0.0\\"}},
        {"location": {"path": r"\\server\share/extensions\acme.tools-1.0.0"}},
        {"location": {"external": "file:///c%3A/Users/Ann/extensions/acme.tools-1.0.0"}},
        {"location": {"path": "", "fsPath": None, "external": "file:///x/acme.tools-1.0.0"}},
        {"location": "acme.tools-1.0.0"},
        {"location": "./acme.tools-1.0.0/"},
        {"location": "gone/../acme.tools-1.0.0"},
        {"relativeLocation": "acme.tools-1.0.0", "location": "../acme.wrong-1.0.0"},
    ],
)
def test_an_entry_is_resolved_by_the_name_of_its_folder(
    tmp_path: Path, fields: dict[str, object]
) -> None:
    """The directory may have been filled on another machine, under another path and system."""
    install(tmp_path)
    write_index(tmp_path, entry(**fields))

    assert sole(Extension, tmp_path).in_index is True


@pytest.mark.parametrize(
    "fields",
    [
        {"relativeLocation": "../acme.tools-1.0.0"},
        {"relativeLocation": "x/../../acme.tools-1.0.0"},
        {"relativeLocation": "/etc"},
        {"relativeLocation": r"..\acme.tools-1.0.0"},
        {"relativeLocation": "acme.tools-1.0.0\0"},
        {"relativeLocation": "."},
        {"relativeLocation": ".."},
        {"location": {"path": "/"}},
        {"location": {"path": "/home/ann/extensions/.."}},
        {"location": {"path": "C:\\Users\\.."}},
        {"location": {"external": "file:///home/%2E%2E"}},
        {"location": {"external": "file:///home/acme.tools-1.0.0%00"}},
        {"location": "../acme.tools-1.0.0"},
        {"location": "acme.tools-1.0.0/../../acme.tools-1.0.0"},
        {"location": "acme.tools-1.0.0/.."},
        {"location": r"deeper\acme.tools-1.0.0"},
        {"location": "c:/Users/Ann/acme.tools-1.0.0"},
        {"location": r"..\acme.tools-1.0.0"},
        {"location": "/home/ann/extensions/acme.tools-1.0.0"},
        {"location": "file:///home/ann/extensions/acme.tools-1.0.0"},
        {"location": r"C:\Users\Ann\extensions\acme.tools-1.0.0"},
        {"location": ""},
    ],
)
def test_an_entry_that_points_out_of_the_directory_is_unreadable(
    tmp_path: Path, fields: dict[str, object]
) -> None:
    directory = tmp_path / "extensions"
    directory.mkdir()
    install(tmp_path)
    write_index(directory, entry(**fields))

    found = sole(Unreadable, directory)

    assert (found.name, found.id) == ("extensions.json", None)
    assert found.reason == "entry 1 of the index (acme.tools) points out of the directory"


@pytest.mark.parametrize("field", ["location", "relativeLocation"])
def test_an_entry_may_name_a_folder_of_a_folder(tmp_path: Path, field: str) -> None:
    """The editor joins the two, and loads what is there, not the folder of that name beside."""
    install(tmp_path / "deeper", displayName="Inner")
    install(tmp_path, displayName="Outer")
    write_index(tmp_path, entry(**{field: "deeper/acme.tools-1.0.0"}))

    inner, outer = sorted(every(Extension, tmp_path), key=lambda each: each.display_name or "")

    assert (inner.path, inner.in_index) == ("deeper/acme.tools-1.0.0", True)
    assert (outer.path, outer.in_index) == ("acme.tools-1.0.0", False)
    assert not every(Unreadable, tmp_path)


@pytest.mark.parametrize("place", ["deeper", "elsewhere", "a file"])
def test_a_folder_of_a_folder_that_is_not_there_is_unreadable(tmp_path: Path, place: str) -> None:
    install(tmp_path / "elsewhere", "acme.other")
    (tmp_path / "a file").touch()
    write_index(tmp_path, entry(location=f"{place}/acme.tools-1.0.0"))

    (found,) = every(Unreadable, tmp_path)

    assert found.reason == "extensions.json lists it, but there is no such folder"


def test_a_folder_of_a_linked_folder_is_read_or_refused(tmp_path: Path) -> None:
    install(tmp_path / "store")
    (tmp_path / "extensions").mkdir()
    (tmp_path / "extensions" / "deeper").symlink_to("../store")
    write_index(tmp_path / "extensions", entry(location="deeper/acme.tools-1.0.0"))

    (read,) = every(Extension, tmp_path / "extensions")
    refused = [
        each.reason
        for each in discover([tmp_path / "extensions"], follow_links=False)
        if isinstance(each, Unreadable)
    ]

    assert read.in_index
    assert refused == ["it links out of the directory"] * 2  # the folder, and what is in it


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (7, "is not an object"),
        (None, "is not an object"),
        ([], "is not an object"),
        ({}, "has no valid identifier.id"),
        ({"identifier": "acme.tools"}, "has no valid identifier.id"),
        ({"identifier": {}}, "has no valid identifier.id"),
        *(
            (entry(text, relativeLocation="x"), "has no valid identifier.id")
            for text in (
                "",
                "acme",
                "acme.",
                ".tools",
                "../../x",
            )
        ),
        (entry(7, relativeLocation="x"), "has no valid identifier.id"),
        (entry(), "(acme.tools) has no location"),
        (entry(location=None), "(acme.tools) has no location"),
        (entry(location={}), "(acme.tools) has no location"),
        (entry(location={"path": 7}), "(acme.tools) has no location"),
        (entry(location=["x"]), "(acme.tools) has no location"),
    ],
    ids=str,
)
def test_a_broken_entry_is_reported_by_its_number(
    tmp_path: Path, broken: object, reason: str
) -> None:
    """The rest of the index holds."""
    install(tmp_path, "acme.good")
    write_index(tmp_path, entry("acme.good", relativeLocation="acme.good-1.0.0"), broken)

    extension, problem = every(Extension, tmp_path)[0], every(Unreadable, tmp_path)[0]

    assert len(list(read_directory(tmp_path))) == 2
    assert extension.in_index is True
    assert (problem.name, problem.reason) == ("extensions.json", f"entry 2 of the index {reason}")


def test_an_index_is_left_in_the_middle_where_the_run_ends(tmp_path: Path) -> None:
    write_index(tmp_path, *(entry(f"acme.tool-{n}", relativeLocation=f"t{n}") for n in range(9)))
    answers = iter([False] * 5 + [True])

    (found,) = read_directory(tmp_path, ReadOptions(is_stopped=lambda: next(answers)))

    assert isinstance(found, Unreadable)
    assert found.reason == "the index is unusable: the run ended before it was read"


def test_an_entry_without_a_folder_is_unreadable(tmp_path: Path) -> None:
    write_index(tmp_path, entry("Acme.Tools", version="1.0.0", relativeLocation="tools"))

    found = sole(Unreadable, tmp_path)

    assert (found.name, str(found.id), found.version) == ("tools", "Acme.Tools", "1.0.0")
    assert found.reason == "extensions.json lists it, but there is no such folder"
    assert [origin.uri for origin in found.origins] == [f"{tmp_path}/tools"]


@pytest.mark.parametrize("make", [Path.touch, make_pipe])
def test_an_entry_for_something_else_than_a_folder_is_unreadable(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "acme.tools-1.0.0")
    index(tmp_path, "acme.tools-1.0.0")

    found = sole(Unreadable, tmp_path)

    assert (found.name, str(found.id)) == ("acme.tools-1.0.0", "acme.tools")
    assert found.reason == "it is not a folder"


def test_an_index_of_garbage_is_not_reported_value_by_value(tmp_path: Path) -> None:
    """A file of 16 MiB has room for eight million zeros: a minute, and gigabytes of reasons."""
    write_index(tmp_path, *[0] * 20_000)

    assert 0 < len(list(read_directory(tmp_path))) <= 1000


def test_an_entry_that_is_there_twice_is_one_extension(tmp_path: Path) -> None:
    install(tmp_path)
    index(tmp_path, "acme.tools-1.0.0", "acme.tools-1.0.0")

    assert sole(Extension, tmp_path).in_index is True


def test_two_ids_for_one_folder_are_reported_both(tmp_path: Path) -> None:
    """One of them is not installed where the index says: no entry is lost silently."""
    install(tmp_path)
    write_index(
        tmp_path,
        entry("acme.tools", relativeLocation="acme.tools-1.0.0"),
        entry("evil.other", relativeLocation="acme.tools-1.0.0"),
    )

    said = " ".join(text for found in read_directory(tmp_path) for text in texts(found))

    assert "evil.other" in said


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "extensions.json is not valid JSON (line 1)"),
        (b"[\n{", "extensions.json is not valid JSON (line 2)"),
        (b'{"extensions": []}', "extensions.json is not a list"),
        (b"null", "extensions.json is not a list"),
        (b"NaN", "extensions.json is not a list"),
        pytest.param(b"[" * 100_000, "extensions.json is nested too deeply", id="nested"),
    ],
)
def test_a_broken_index_is_unreadable_and_the_folders_are_scanned(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    install(tmp_path)
    (tmp_path / "extensions.json").write_bytes(content)

    problem, extension = read_directory(tmp_path)

    assert isinstance(problem, Unreadable)
    assert (problem.name, problem.id) == ("extensions.json", None)
    assert problem.reason == f"the index is unusable: {reason}"
    assert isinstance(extension, Extension)


@pytest.mark.parametrize(("make", "reason"), OBSTACLES.values(), ids=OBSTACLES)
def test_an_obstacle_for_an_index_is_unreadable_and_the_folders_are_scanned(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    directory = tmp_path / "extensions"
    install(directory)
    make(directory / "extensions.json")

    found = list(read_directory(directory, ReadOptions(follow_links=False)))
    problems = [item for item in found if isinstance(item, Unreadable)]
    extensions = [item for item in found if isinstance(item, Extension)]

    assert [item.id.name for item in extensions] == ["tools"]
    assert "extensions.json" in [problem.name for problem in problems]
    assert f"the index is unusable: extensions.json {reason}" in problems[0].reason


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_an_index_is_read_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    install(tmp_path)
    index(tmp_path, "acme.tools-1.0.0")
    path = tmp_path / "extensions.json"
    path.write_bytes(path.read_text("utf-8").encode(encoding))

    assert sole(Extension, tmp_path).in_index is True


def test_an_id_that_differs_from_the_index_is_unreadable(tmp_path: Path) -> None:
    """Which of the two runs can't be known from outside, so both are named."""
    install(tmp_path, "acme.tools", folder="popular.theme-1.0.0")
    index(tmp_path, "popular.theme-1.0.0")

    found = sole(Unreadable, tmp_path)

    assert found.reason == "extensions.json calls it popular.theme, its package.json acme.tools"
    assert (found.name, str(found.id)) == ("popular.theme-1.0.0", "popular.theme")


def test_an_id_that_differs_in_case_is_the_same(tmp_path: Path) -> None:
    install(tmp_path, "Acme.Tools")
    index(tmp_path, "acme.tools-1.0.0")

    assert [str(found.id) for found in every(Extension, tmp_path)] == ["Acme.Tools"]
    assert every(Warned, tmp_path) == []


def test_an_id_that_differs_from_the_folder_is_a_warning(tmp_path: Path) -> None:
    install(tmp_path, "acme.tools", folder="popular.theme-1.0.0")

    assert str(sole(Extension, tmp_path).id) == "acme.tools"
    assert every(Warned, tmp_path) == [
        Warned("discovery", "popular.theme-1.0.0: its package.json says it is acme.tools")
    ]


def test_a_version_that_differs_from_the_index_is_a_warning(tmp_path: Path) -> None:
    """The code that is there is that of the manifest."""
    install(tmp_path, "acme.tools", "2.0.0", folder="acme.tools-1.0.0")
    index(tmp_path, "acme.tools-1.0.0")

    assert sole(Extension, tmp_path).version == "2.0.0"
    assert every(Warned, tmp_path) == [
        Warned(
            "discovery",
            "acme.tools-1.0.0: extensions.json gives version 1.0.0, its package.json 2.0.0",
        )
    ]


@pytest.mark.parametrize("version", ["", "../../x", "\x1b[2J", "1.0.0\n", 7, None])
def test_a_version_in_the_index_that_is_none_is_not_compared(
    tmp_path: Path, version: object
) -> None:
    install(tmp_path)
    write_index(tmp_path, entry(relativeLocation="acme.tools-1.0.0", version=version))

    assert sole(Extension, tmp_path).version == "1.0.0"
    assert every(Warned, tmp_path) == []


# What is obsolete


def test_an_obsolete_extension_is_shown_as_skipped(tmp_path: Path) -> None:
    """Where the index is silent, or the folder is gone; what the index lists is scanned."""
    for version in ("1.0.0", "1.1.0", "1.2.0", "1.3.0"):
        install(tmp_path, "acme.tools", version)
    index(tmp_path, "acme.tools-1.1.0", "acme.tools-1.4.0")
    obsolete = {
        "acme.tools-1.0.0": True,
        "acme.tools-1.1.0": True,
        "acme.tools-1.2.0": False,
        "acme.tools-1.3.0": "true",
        "acme.tools-1.4.0": True,
        "acme.tools-1.5.0": True,
    }
    (tmp_path / ".obsolete").write_text(json.dumps(obsolete), "utf-8")

    assert every(Skipped, tmp_path) == [
        Skipped("acme.tools-1.0.0", None, "obsolete"),
        Skipped("acme.tools-1.4.0", None, "obsolete"),
    ]
    assert [found.version for found in every(Extension, tmp_path)] == ["1.1.0", "1.2.0", "1.3.0"]
    assert every(Unreadable, tmp_path) == []


@pytest.mark.parametrize(
    ("folder", "manifest", "mark", "skipped"),
    [
        ("good.tool-1.0.0", {"publisher": "evil", "name": "x"}, "good.tool-1.0.0", False),
        ("good.tool-1.0.0", {"publisher": "evil", "name": "x"}, "evil.x-1.0.0", True),
        ("acme.tools-1.0.0", {"version": "1.0.1"}, "acme.tools-1.0.0", False),
        ("Acme.Tools-1.0.0", {"publisher": "Acme", "name": "Tools"}, "acme.tools-1.0.0", True),
        ("Acme.Tools-1.0.0", {"publisher": "Acme", "name": "Tools"}, "Acme.Tools-1.0.0", False),
        ("a-linux-x64", {"__metadata": {"targetPlatform": "linux-x64"}}, "acme.tools-1.0.0", False),
        (
            "acme.tools-1.0.0",
            {"__metadata": {"targetPlatform": "linux-x64"}},
            "acme.tools-1.0.0-linux-x64",
            True,
        ),
        ("a", {"__metadata": {"targetPlatform": "undefined"}}, "acme.tools-1.0.0", True),
        ("acme.tools-1.0.0-linux-x64", {}, "acme.tools-1.0.0-linux-x64", False),
        ("acme.tools-1.0.0", {"version": None}, "acme.tools-1.0.0", False),
    ],
)
def test_a_mark_is_compared_with_what_the_editor_compares_it_with(
    tmp_path: Path, folder: str, manifest: dict[str, Any], mark: str, *, skipped: bool
) -> None:
    """Its key is made of package.json, to the letter; the folder may be called anything."""
    install(tmp_path, folder=folder, **manifest)
    (tmp_path / ".obsolete").write_text(json.dumps({mark: True}), "utf-8")

    expected = [Skipped(folder, None, "obsolete")] if skipped else []
    assert every(Skipped, tmp_path) == expected
    assert len(every(Extension, tmp_path)) + len(every(Unreadable, tmp_path)) == 1 - skipped


def test_the_rest_of_a_marked_folder_is_skipped_unless_it_is_unreadable(
    tmp_path: Path,
) -> None:
    for name in ("gone", "link", "broken"):
        (tmp_path / f"acme.{name}-1.0.0" / "dist").mkdir(parents=True)
    (tmp_path / "acme.link-1.0.0" / "package.json").symlink_to("nowhere")
    (tmp_path / "acme.broken-1.0.0" / "package.json").write_text("{")
    (tmp_path / "acme.lost-1.0.0").symlink_to("nowhere")
    marks = {f"acme.{name}-1.0.0": True for name in ("gone", "link", "broken", "lost")}
    (tmp_path / ".obsolete").write_text(json.dumps(marks), "utf-8")

    assert [found.name for found in every(Skipped, tmp_path)] == [
        "acme.gone-1.0.0",
        "acme.lost-1.0.0",
    ]
    assert [found.path for found in every(Unreadable, tmp_path)] == [
        "acme.broken-1.0.0",
        "acme.link-1.0.0",
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", ".obsolete is not valid JSON (line 1)"),
        (b'{"acme.tools-1.0.0": true', ".obsolete is not valid JSON (line 1)"),
        (b'["acme.tools-1.0.0"]', "it is not an object"),
        pytest.param(b"[" * 100_000, ".obsolete is nested too deeply", id="nested"),
    ],
)
def test_where_obsolete_is_broken_everything_is_scanned(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    install(tmp_path)
    (tmp_path / ".obsolete").write_bytes(content)

    assert sole(Extension, tmp_path).path == "acme.tools-1.0.0"
    assert every(Warned, tmp_path) == [
        Warned("discovery", f".obsolete is ignored, {reason}: everything is scanned")
    ]


@pytest.mark.parametrize(("make", "reason"), OBSTACLES.values(), ids=OBSTACLES)
def test_where_an_obstacle_stands_for_obsolete_everything_is_scanned(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    directory = tmp_path / "extensions"
    install(directory)
    make(directory / ".obsolete")

    found = list(read_directory(directory, ReadOptions(follow_links=False)))

    assert sum(isinstance(item, Extension) for item in found) == 1
    warning = next(item for item in found if isinstance(item, Warned))
    assert warning.message.startswith(f".obsolete is ignored, .obsolete {reason}")


# What an editor loads nothing of


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("acme.old-1.0.0", "leftover"),
        ("group", "leftover"),
        ("acme.old-1.0.0.vsctmp", "deleted"),
        ("node_modules", "node-modules"),
        (".cache", "hidden"),
    ],
)
def test_a_folder_without_a_manifest_and_an_entry_is_skipped(
    tmp_path: Path, name: str, reason: SkipReason, *, listed: bool
) -> None:
    install(tmp_path)
    (tmp_path / name / "dist").mkdir(parents=True)
    (tmp_path / name / "dist" / "main.js").touch()
    if listed:
        index(tmp_path, "acme.tools-1.0.0")

    assert every(Skipped, tmp_path) == [Skipped(name, None, reason)]
    assert len(every(Extension, tmp_path)) == 1
    assert not every(Unreadable, tmp_path)


@pytest.mark.parametrize(
    "make",
    [Path.mkdir, make_pipe, lambda place: place.symlink_to("nowhere")],
    ids=["a folder", "a pipe", "a broken link"],
)
def test_a_manifest_that_is_there_and_unreadable_is_no_leftover(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    (tmp_path / "acme.old-1.0.0").mkdir()
    make(tmp_path / "acme.old-1.0.0" / "package.json")

    assert sole(Unreadable, tmp_path).name == "acme.old-1.0.0"


def test_a_link_to_a_folder_without_a_manifest_is_a_leftover(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "extensions").mkdir()
    (tmp_path / "extensions" / "link").symlink_to("../store")

    assert sole(Skipped, tmp_path / "extensions") == Skipped("link", None, "leftover")


@pytest.mark.parametrize(
    ("indexed", "listed", "expected"),
    [(True, False, Skipped), (True, True, Extension), (False, False, Extension)],
)
def test_a_folder_that_the_editor_was_deleting_is_skipped_without_an_entry(
    tmp_path: Path, expected: type, *, indexed: bool, listed: bool
) -> None:
    """Without an index the editor reads every folder that has a manifest, whatever its name."""
    install(tmp_path, folder="acme.tools-1.0.0.vsctmp")
    if indexed:
        write_index(tmp_path, *[entry(relativeLocation="acme.tools-1.0.0.vsctmp")] * listed)

    (found,) = (item for item in read_directory(tmp_path) if not isinstance(item, Warned))

    assert isinstance(found, expected)


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ('{"name": "x"}', Skipped),
        ('{"engines": {"node": "20"}}', Skipped),
        ("{", Unreadable),
        ('{"engines": {"vscode": "*"}}', Unreadable),
    ],
)
def test_node_modules_is_no_extension_unless_its_manifest_is_one_s(
    tmp_path: Path, manifest: str, expected: type
) -> None:
    """Without an index the editor would load it by its manifest, and so could whoever named it."""
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "package.json").write_text(manifest, "utf-8")

    (found,) = read_directory(tmp_path)

    assert isinstance(found, expected)


def test_an_extension_that_is_called_node_modules_is_read(tmp_path: Path) -> None:
    install(tmp_path, folder="node_modules", engines={"vscode": "*"})

    assert sole(Extension, tmp_path).path == "node_modules"


# For which platform


@pytest.mark.parametrize("platform", sorted(TARGET_PLATFORMS))
def test_the_platform_of_a_folder_is_no_part_of_the_version(tmp_path: Path, platform: str) -> None:
    install(tmp_path, folder=f"acme.tools-1.0.0-{platform}")

    found = sole(Extension, tmp_path)

    assert (found.version, found.target_platform) == ("1.0.0", platform)


def test_one_version_for_two_platforms_is_two_extensions(tmp_path: Path) -> None:
    for platform in ("linux-x64", "win32-x64"):
        install(tmp_path, folder=f"acme.tools-1.0.0-{platform}")

    found = every(Extension, tmp_path)

    assert [(item.version, item.target_platform) for item in found] == [
        ("1.0.0", "linux-x64"),
        ("1.0.0", "win32-x64"),
    ]


@pytest.mark.parametrize(
    ("folder", "fields", "manifest", "platform"),
    [
        ("tools", {}, {}, None),
        ("tools", {"metadata": {"targetPlatform": "linux-x64"}}, {}, "linux-x64"),
        ("tools", {"version": "1.0.0-linux-x64"}, {}, "linux-x64"),
        ("tools", {}, {"__metadata": {"targetPlatform": "linux-x64"}}, "linux-x64"),
        ("tools", {}, {"version": "1.0.0-linux-x64"}, "linux-x64"),
        # Nothing but a platform is one.
        ("tools", {"metadata": {"targetPlatform": "universal"}}, {}, None),
        ("tools", {"metadata": {"targetPlatform": "undefined"}}, {}, None),
        ("tools", {"metadata": {"targetPlatform": "\x1b[2J"}}, {}, None),
        ("tools", {"metadata": {"targetPlatform": ["web"]}}, {}, None),
        ("tools", {"metadata": "web"}, {}, None),
        ("tools", {}, {"__metadata": {"targetPlatform": "universal"}}, None),
        ("tools", {}, {"__metadata": {"targetPlatform": {"web": 1}}}, None),
        ("tools", {}, {"__metadata": ["web"]}, None),
        # The folder is the one that an editor reads, then its index, then the manifest.
        (
            "acme.tools-1.0.0-web",
            {"metadata": {"targetPlatform": "linux-x64"}},
            {"__metadata": {"targetPlatform": "darwin-x64"}},
            "web",
        ),
        (
            "tools",
            {"metadata": {"targetPlatform": "linux-x64"}},
            {"__metadata": {"targetPlatform": "darwin-x64"}},
            "linux-x64",
        ),
    ],
)
def test_the_platform_is_taken_from_wherever_it_stands(
    tmp_path: Path,
    folder: str,
    fields: dict[str, object],
    manifest: dict[str, object],
    platform: str | None,
) -> None:
    place = install(tmp_path, folder=folder)
    content = json.loads((place / "package.json").read_text("utf-8")) | manifest
    (place / "package.json").write_text(json.dumps(content), "utf-8")
    write_index(tmp_path, entry(relativeLocation=folder, **fields))

    found = sole(Extension, tmp_path)

    assert (found.version, found.target_platform) == ("1.0.0", platform)
    assert every(Warned, tmp_path) == []


def test_the_platform_is_no_difference_between_versions(tmp_path: Path) -> None:
    install(tmp_path, "acme.tools", "1.0.0", folder="tools")
    write_index(tmp_path, entry(version="1.0.0-linux-x64", relativeLocation="tools"))

    assert every(Warned, tmp_path) == []


@pytest.mark.parametrize(
    ("folder", "parts"),
    [
        ("acme.tools-1.0.0", ("acme.tools", "1.0.0", None)),
        ("Acme.Tools-1.0.0-linux-x64", ("Acme.Tools", "1.0.0", "linux-x64")),
        ("acme.tools-1.0.0-web", ("acme.tools", "1.0.0", "web")),
        ("acme.tools-1.0.0-beta.1-win32-arm64", ("acme.tools", "1.0.0-beta.1", "win32-arm64")),
        ("acme.tools-2-1.0.0", ("acme.tools-2", "1.0.0", None)),
        ("acme.tools-linux-x64-1.0.0", ("acme.tools-linux-x64", "1.0.0", None)),
        ("acme.tools.more-1.0.0", ("acme.tools.more", "1.0.0", None)),
        ("acme.tools-1.0.0-universal", ("acme.tools", "1.0.0", None)),
        ("acme.tools", (None, None, None)),
        ("acme.tools-1.0", (None, None, None)),
        ("acme.tools-web", (None, None, None)),
        ("tools-1.0.0", (None, None, None)),
        ("-1.0.0", (None, None, None)),
        ("../../x-1.0.0", (None, None, None)),
        ("acme.tools-1.0.0\n", (None, None, None)),
        ("acme.to\x1bols-1.0.0", (None, None, None)),
        ("acme.tools-\u0661.\u0660.\u0660", (None, None, None)),
        ("", (None, None, None)),
    ],
)
def test_the_name_of_a_folder_is_taken_apart(
    folder: str, parts: tuple[str | None, str | None, str | None]
) -> None:
    identity, version, platform = parse_folder_name(folder)

    assert (str(identity) if identity else None, version, platform) == parts


@given(st.text() | st.from_regex(r"[a-z.]*-[0-9.]*-[a-z0-9-]*\Z"))
def test_the_name_of_a_folder_is_of_the_form_or_not(folder: str) -> None:
    parts = parse_folder_name(folder)

    assert parts == (None, None, None) or None not in parts[:2]


@given(
    st.from_regex(r"[a-z][a-z-]{0,9}\.[a-z][a-z-]{0,9}", fullmatch=True),
    st.from_regex(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}", fullmatch=True),
    st.sampled_from([None, *sorted(TARGET_PLATFORMS)]),
)
def test_the_name_that_an_editor_gives_a_folder_is_understood(
    text: str, version: str, platform: str | None
) -> None:
    folder = f"{text}-{version}" + (f"-{platform}" if platform else "")

    assert parse_folder_name(folder) == (ExtensionId.parse(text), version, platform)


# What it is called


@pytest.mark.parametrize(
    ("manifest", "shown"),
    [
        ({"displayName": "The Tools"}, "The Tools"),
        ({"displayName": "%title%"}, "Localised Tools"),
        ({"displayName": "%nested%"}, "Nested Tools"),
        ({"displayName": "%hostile%"}, "\ufffd[2J\ufffdTools"),
        ({"displayName": "%blank%"}, "tools"),
        ({"displayName": "%missing%"}, "tools"),
        ({"displayName": ""}, "tools"),
        ({"displayName": " \n"}, "tools"),
        ({"displayName": None}, "tools"),
        ({"displayName": ["The Tools"]}, "tools"),
        ({"displayName": "two\nlines"}, "two lines"),
        ({"displayName": "\x1b]0;x\x07"}, "\ufffd]0;x\ufffd"),
        ({"displayName": "exe\u202egpj"}, "exe\ufffdgpj"),
        ({"displayName": "[red]Tools"}, "[red]Tools"),
        ({"displayName": "\ud800"}, "\ufffd"),
        pytest.param({"displayName": "x" * 10_000}, "x" * 199 + "…", id="long"),
    ],
)
def test_an_extension_is_shown_by_its_localised_name(
    tmp_path: Path, manifest: dict[str, Any], shown: str
) -> None:
    """By the name in its id where there is no other; harmless to a terminal in any case."""
    entries = {
        "title": "Localised Tools",
        "nested": {"message": "Nested Tools", "comment": []},
        "hostile": "\x1b[2J\u202eTools",
        "blank": " ",
    }
    place = install(tmp_path, **manifest)
    (place / "package.nls.json").write_text(json.dumps(entries), "utf-8")

    assert sole(Extension, tmp_path).display_name == shown


@pytest.mark.parametrize("make", [make for make, _ in OBSTACLES.values()], ids=OBSTACLES)
def test_a_name_that_can_not_be_looked_up_is_no_reason_not_to_scan(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    place = install(tmp_path, displayName="%title%")
    make(place / "package.nls.json")

    assert "tools" in [found.display_name for found in every(Extension, tmp_path)]


# What can't be read


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_manifest_is_read_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    place = install(tmp_path, displayName="Größe")
    text = (place / "package.json").read_text("utf-8")
    (place / "package.json").write_bytes(text.encode(encoding))

    assert sole(Extension, tmp_path).display_name == "Größe"


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ('"displayName": "Größe"'.encode("latin-1"), "Gr\ufffd\ufffde"),
        (b'"displayName": "First", "displayName": "Last"', "Last"),
        (b'"size": NaN, "displayName": "Tools"', "Tools"),
    ],
)
def test_an_odd_manifest_that_an_editor_reads_is_read(
    tmp_path: Path, content: bytes, shown: str
) -> None:
    put(tmp_path, b'{"publisher": "acme", "name": "tools", "version": "1.0.0", ' + content + b"}")

    assert sole(Extension, tmp_path).display_name == shown


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "package.json is not valid JSON (line 1)"),
        (b'{"name": "tools",\n', "package.json is not valid JSON (line 2)"),
        (b"[]", "package.json is not an object"),
        (b"NaN", "package.json is not an object"),
        (b"{}", "package.json has no name"),
        pytest.param(b'{"a":' * 100_000, "package.json is nested too deeply", id="nested"),
    ],
)
def test_a_broken_manifest_is_unreadable_by_name(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    """The folder's name is the only word on what it could be; its neighbour is scanned."""
    put(tmp_path, content)
    install(tmp_path, "beta.neighbour")

    problem, neighbour = read_directory(tmp_path)

    assert isinstance(problem, Unreadable)
    assert (problem.name, problem.path) == ("acme.tools-1.0.0", "acme.tools-1.0.0")
    assert (str(problem.id), problem.version) == ("acme.tools", "1.0.0")
    assert [origin.uri for origin in problem.origins] == [f"{tmp_path}/acme.tools-1.0.0"]
    assert problem.reason == reason
    assert isinstance(neighbour, Extension)


@pytest.mark.parametrize(("make", "reason"), OBSTACLES.values(), ids=OBSTACLES)
def test_an_obstacle_for_a_manifest_is_unreadable_by_name(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    (tmp_path / "acme.tools-1.0.0").mkdir()
    make(tmp_path / "acme.tools-1.0.0" / "package.json")

    (found,) = (item for item in every(Unreadable, tmp_path) if item.name == "acme.tools-1.0.0")

    assert f"package.json {reason}" in found.reason


@pytest.mark.parametrize("name", ["acme.tools-1.0.0", "node_modules", "acme.tools-1.0.0.vsctmp"])
def test_a_folder_without_a_manifest_that_the_index_lists_is_unreadable_by_name(
    tmp_path: Path, name: str
) -> None:
    (tmp_path / name).mkdir()
    write_index(tmp_path, entry(relativeLocation=name))

    found = sole(Unreadable, tmp_path)

    assert (found.name, str(found.id)) == (name, "acme.tools")
    assert found.reason == "there is no package.json in it"


@pytest.mark.parametrize("field", ["publisher", "name", "version"])
@pytest.mark.parametrize("value", [None, "", 7, ["x"], {"x": 1}, True])
def test_a_manifest_that_lacks_a_field_is_unreadable(
    tmp_path: Path, field: str, value: object
) -> None:
    fields = {"publisher": "acme", "name": "tools", "version": "1.0.0", field: value}
    put(tmp_path, json.dumps(fields).encode())

    if field == "publisher" and not value:
        assert str(sole(Extension, tmp_path).id) == "undefined_publisher..tools"
    else:
        assert sole(Unreadable, tmp_path).reason == f"package.json has no {field}"


HOSTILE = pytest.mark.parametrize(
    "hostile",
    [
        "../../x",
        "/etc/passwd",
        "..",
        " ",
        "a b",
        "tools\n",
        "two\nlines",
        "\x1b]0;x\x07",
        "\x00",
        "[red]",
        "exe\u202egpj",
        "\uff54ools",
        "\ud800",
        "a?b#c",
        "%2e%2e",
        pytest.param("x" * 10_000, id="long"),
    ],
)


@HOSTILE
def test_a_hostile_version_is_unreadable_and_shown_harmlessly(tmp_path: Path, hostile: str) -> None:
    fields = {"publisher": "acme", "name": "tools", "version": f"1.0.0{hostile}!"}
    put(tmp_path, json.dumps(fields).encode())

    found = sole(Unreadable, tmp_path)

    assert found.reason.startswith("package.json has no valid ")
    assert len(found.reason) < 200
    assert inert(found)


@HOSTILE
@pytest.mark.parametrize("field", ["publisher", "name"])
def test_an_odd_id_is_local_and_shown_harmlessly(tmp_path: Path, field: str, hostile: str) -> None:
    """The editor loads it, so it is analysed; no registry has it, so nobody is asked about it."""
    fields = {"publisher": "acme", "name": "tools", "version": "1.0.0", field: hostile}
    put(tmp_path, json.dumps(fields).encode())

    found, warning = sole(Extension, tmp_path), every(Warned, tmp_path)[-1]

    assert found.never_sent
    assert found.id.is_local
    assert ExtensionId.read(found.id.key) == found.id
    assert "no service is asked about it" in warning.message
    assert inert(found)
    assert inert(warning)
    with pytest.raises(ValueError, match="not an extension id"):
        ExtensionId.parse(str(found.id))


@pytest.mark.parametrize(
    ("publisher", "name", "version", "said"),
    [
        (None, "tools", "1.0.0", "has no publisher"),
        ("acme", "@acme/tools", "1.0.0", "such as acme.@acme/tools"),
        ("Acme Inc", "tools", "1.0.0", "such as Acme Inc.tools"),
        ("acme.inc", "tools", "1.0.0", "such as acme.inc.tools"),
        ("Müller", "tools", "1.0.0", "such as Müller.tools"),
        ("acme", "tools", " 1.0.0\t", "has blanks around it"),
    ],
)
@pytest.mark.parametrize("listed", [True, False])
def test_an_extension_that_no_registry_can_have_is_never_sent(
    tmp_path: Path, publisher: str | None, name: str, version: str, said: str, *, listed: bool
) -> None:
    """The index has the editor's own words for it; neither is it sent nor the run incomplete."""
    fields = {"name": name, "version": version} | ({"publisher": publisher} if publisher else {})
    put(tmp_path, json.dumps(fields).encode(), "a-folder")
    if listed:
        loaded_as = f"{publisher or 'undefined_publisher'}.{name}"
        write_index(tmp_path, entry(loaded_as, version=version, relativeLocation="a-folder"))

    found, (warning,) = sole(Extension, tmp_path), every(Warned, tmp_path)
    both = plan([found], Filters(), ("vscan.dev", "offline"), frozenset({"offline"}))
    remote = plan([found], Filters(), ("vscan.dev",))

    assert (found.version, found.in_index) == ("1.0.0", True if listed else None)
    assert said in warning.message
    assert [task.provider for task in both.tasks] == ["offline"]
    assert not both.unreadable
    assert remote.tasks == ()
    assert [(each.id, each.path) for each in remote.unreadable] == [(found.id, "a-folder")]


def test_an_odd_id_that_differs_from_the_index_is_unreadable(tmp_path: Path) -> None:
    put(tmp_path, b'{"name": "@acme/tools", "publisher": "acme", "version": "1.0.0"}', "a-folder")
    write_index(tmp_path, entry("acme.@acme/tool", relativeLocation="a-folder"))

    found = sole(Unreadable, tmp_path)

    assert found.reason == (
        "extensions.json calls it acme.@acme/tool, its package.json acme.@acme/tools"
    )


def test_a_copy_with_an_odd_version_is_not_sent_with_the_others(tmp_path: Path) -> None:
    install(tmp_path, "acme.tools", "1.0.0")
    install(tmp_path, "acme.tools", "2.0.0 ", folder="odd")

    planned = plan(every(Extension, tmp_path), Filters(), ("vscan.dev",))

    assert [[each.version for each in task.extensions] for task in planned.tasks] == [["1.0.0"]]
    assert [each.name for each in planned.unreadable] == ["odd"]


@pytest.mark.parametrize("name", ["\x1b[2J", "two\nlines", "exe\u202egpj", "\udcff", "x" * 255])
@pytest.mark.parametrize("listed", [True, False])
def test_the_name_of_a_folder_is_shown_harmlessly(
    tmp_path: Path, name: str, *, listed: bool
) -> None:
    good, broken, left = tmp_path / "good", tmp_path / "broken", tmp_path / "left"
    install(good, folder=name)
    put(broken, b"", name)
    (left / name).mkdir(parents=True)
    if listed:
        write_index(good, entry(relativeLocation=name, version="2.0.0"))

    found: list[Found] = [
        *(sole(Extension, good), sole(Unreadable, broken), sole(Skipped, left)),
        *every(Warned, good),
    ]

    assert len(found) == 3 + listed
    assert all(map(inert, found))


def test_an_entry_with_an_endless_name_is_shown_in_short(tmp_path: Path) -> None:
    write_index(tmp_path, entry(relativeLocation="\x1b" + "x" * 10_000))

    assert inert(sole(Unreadable, tmp_path))


# Where links lead


@pytest.mark.parametrize(
    ("link", "to", "reason"),
    [
        ("acme.tools-1.0.0", "..", "it links back to the directory that it is in"),
        ("acme.tools-1.0.0", "/", "it links back to the directory that it is in"),
        ("acme.tools-1.0.0", ".", "it links back to the directory that it is in"),
        ("acme.tools-1.0.0", "real/package.json", "it is not a folder"),
        ("acme.tools-1.0.0", "/dev/null", "it is not a folder"),
        ("acme.tools-1.0.0", "nowhere", "it is a broken link"),
        ("acme.tools-1.0.0", "../nowhere", "it is a broken link"),
        (
            "acme.tools-1.0.0",
            "acme.tools-1.0.0",
            "it can't be read: its links form a circle",
        ),
    ],
)
@pytest.mark.parametrize("listed", [True, False])
def test_a_broken_or_circular_link_is_unreadable_by_name(
    tmp_path: Path, link: str, to: str, reason: str, *, listed: bool
) -> None:
    directory = tmp_path / "extensions"
    install(directory, "beta.real", folder="real")
    (directory / link).symlink_to(to)
    if listed:
        write_index(directory, entry(relativeLocation=link))

    (found,) = every(Unreadable, directory)

    assert (found.name, found.reason) == (link, reason)
    assert str(found.id) == "acme.tools"
    assert [item.path for item in every(Extension, directory)] == ["real"]


LEADING_OUT = pytest.mark.parametrize(
    "to", ["../elsewhere", "../extensions-too", "real/../../elsewhere", "../hop", "{}/elsewhere"]
)


@LEADING_OUT
@pytest.mark.parametrize("listed", [True, False])
def test_a_folder_that_links_out_is_read_or_refused(
    tmp_path: Path, to: str, *, listed: bool
) -> None:
    """An editor follows it; what an author may have linked to is somebody else's."""
    directory = tmp_path / "extensions"
    install(directory, "beta.real", folder="real")
    install(tmp_path, folder="elsewhere")
    install(tmp_path, folder="extensions-too")
    (tmp_path / "hop").symlink_to("elsewhere")
    (directory / "acme.tools-1.0.0").symlink_to(to.format(tmp_path))
    if listed:
        write_index(directory, entry(relativeLocation="acme.tools-1.0.0"))

    followed = every(Extension, directory)
    refused = [
        item
        for item in read_directory(directory, ReadOptions(follow_links=False))
        if isinstance(item, Unreadable)
    ]

    assert [(str(item.id), item.path) for item in followed] == [
        ("acme.tools", "acme.tools-1.0.0"),
        ("beta.real", "real"),
    ]
    assert {item.directory for item in followed} == {directory.resolve()}
    assert [(item.name, item.reason) for item in refused] == [
        ("acme.tools-1.0.0", "it links out of the directory")
    ]


def test_two_links_to_one_folder_are_two_extensions(tmp_path: Path) -> None:
    install(tmp_path / "store", folder="real")
    (tmp_path / "extensions").mkdir()
    for name in ("one", "two"):
        (tmp_path / "extensions" / name).symlink_to("../store/real")

    assert [item.path for item in every(Extension, tmp_path / "extensions")] == ["one", "two"]


def test_an_index_that_is_a_link_is_read_or_refused(tmp_path: Path) -> None:
    directory, store = tmp_path / "extensions", tmp_path / "store"
    install(directory)
    store.mkdir()
    index(store, "acme.tools-1.0.0")
    (directory / "extensions.json").symlink_to("../store/extensions.json")

    refused = list(read_directory(directory, ReadOptions(follow_links=False)))

    assert sole(Extension, directory).in_index is True
    assert [item.reason for item in refused if isinstance(item, Unreadable)] == [
        "the index is unusable: extensions.json links out of the folder"
    ]


def test_folders_that_link_to_each_other_are_unreadable(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")

    assert [item.name for item in every(Unreadable, tmp_path)] == ["one", "two"]


def test_a_folder_that_links_within_the_directory_is_read(tmp_path: Path) -> None:
    install(tmp_path, folder="real")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "whole").symlink_to(tmp_path / "link")

    assert [(str(item.id), item.path) for item in every(Extension, tmp_path)] == [
        ("acme.tools", "link"),
        ("acme.tools", "real"),
        ("acme.tools", "whole"),
    ]


def test_a_manifest_that_links_to_another_extension_is_unreadable(tmp_path: Path) -> None:
    """No extension may pass itself off as its neighbour."""
    install(tmp_path, "acme.popular")
    (tmp_path / "evil").mkdir()
    (tmp_path / "evil" / "package.json").symlink_to("../acme.popular-1.0.0/package.json")

    (found,) = every(Unreadable, tmp_path)

    assert (found.name, found.reason) == ("evil", "package.json links out of the folder")


_WATCH = """
import json, os, sys
from pathlib import Path
from vscan.discovery.installed_extensions import read_directory
from vscan.discovery.target_interface import ReadOptions
from vscan.model import Unreadable

LOOKS = {"open", "os.listdir", "os.scandir"}
ACTS = ("subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system", "socket.")
target = Path(sys.argv[1])
list(read_directory(target, ReadOptions(follow_links=False)))  # imports the codecs
seen, watching = [], True

def watch(event, arguments):
    if not watching or (event == "open" and isinstance(arguments[0], int)):
        return  # a descriptor: it was seen when it was opened
    if event in LOOKS:
        seen.append(os.path.realpath(arguments[0]))
    elif event.startswith(ACTS):
        seen.append(event)

sys.addaudithook(watch)
found = list(read_directory(target, ReadOptions(follow_links=False)))
watching = False
print(json.dumps([seen, [item.name for item in found if isinstance(item, Unreadable)]]))
"""


def _hostile_index(directory: Path) -> None:
    write_index(
        directory,
        entry("acme.good", relativeLocation="acme.good-1.0.0"),
        *(entry(relativeLocation=path) for path in ("../outside", "/etc", "..", "folder-out")),
        *(entry(location=path) for path in ("file:///root", "../hop", "/x/file-out")),
    )
    (directory / ".obsolete").write_text('{"../outside": true, "/etc/passwd": true}', "utf-8")


def _hostile_links(directory: Path) -> None:
    (directory / "extensions.json").symlink_to("../outside/extensions.json")
    (directory / ".obsolete").symlink_to("../outside/.obsolete")


@pytest.mark.full
@pytest.mark.parametrize("hostile", [_hostile_index, _hostile_links])
def test_no_file_outside_the_directory_is_opened_and_nothing_is_run(
    tmp_path: Path, hostile: Callable[[Path], None]
) -> None:
    """The interpreter itself reports what is opened, in a process that nothing else disturbs."""
    directory = tmp_path.resolve() / "extensions"
    outside = install(tmp_path, "acme.secret", folder="outside")
    (outside / "package.nls.json").write_text('{"title": "secret"}', "utf-8")
    (outside / "extensions.json").write_text("[]", "utf-8")
    (outside / ".obsolete").write_text("{}", "utf-8")
    good = install(directory, "acme.good", displayName="%title%")
    (good / "package.nls.json").symlink_to("../../outside/package.nls.json")
    hostile(directory)
    (directory / "folder-out").symlink_to("../outside")
    (directory / "root").symlink_to("/")
    (directory / "file-out").symlink_to("../outside/package.json")
    (directory / "hop").symlink_to("acme.good-1.0.0/..")
    manifests = {
        "manifest-out": "../../outside/package.json",
        "manifest-hop": "../hop/../outside/package.json",
        "manifest-absolute": str(outside / "package.json"),
        "manifest-device": "/dev/zero",
        "manifest-process": "/proc/self/environ",
    }
    for name, to in manifests.items():
        (directory / name).mkdir()
        (directory / name / "package.json").symlink_to(to)

    watched = subprocess.run(
        [sys.executable, "-c", _WATCH, directory],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )

    opened, unreadable = json.loads(watched.stdout)
    assert str(good / "package.json") in opened  # the watch works
    assert [path for path in opened if not Path(path).is_relative_to(directory)] == []
    assert set(unreadable) == {
        "extensions.json",
        "folder-out",
        "root",
        "hop",
        "file-out",
        *manifests,
    }


# What may not be looked at


def test_a_folder_without_permission_is_unreadable_by_name(public: Path) -> None:
    install(public, "acme.closed").chmod(0)
    install(public, "acme.open")

    with unprivileged():
        problem, extension = read_directory(public)

    assert isinstance(problem, Unreadable)
    assert (problem.name, str(problem.id)) == ("acme.closed-1.0.0", "acme.closed")
    assert problem.reason == "package.json can't be read: permission denied"
    assert isinstance(extension, Extension)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("acme.tools-1.0.0/package.json", Unreadable),
        ("acme.tools-1.0.0/package.nls.json", Extension),
        ("extensions.json", Unreadable),
        (".obsolete", Warned),
    ],
)
def test_a_file_without_permission_is_reported(public: Path, name: str, kind: type) -> None:
    install(public, displayName="%title%")
    index(public, "acme.tools-1.0.0")
    (public / name).touch()
    (public / name).chmod(0)

    with unprivileged():
        found = list(read_directory(public))

    assert kind in map(type, found)
    assert kind is Extension or "can't be read: permission denied" in " ".join(texts(found[0]))


@pytest.mark.parametrize("mode", [0, 0o111])
def test_a_target_without_permission_is_unreadable(public: Path, mode: int) -> None:
    target = public / "extensions"
    install(target)
    target.chmod(mode)

    with unprivileged():
        (found,) = read_directory(target)

    assert isinstance(found, Unreadable)
    assert found.reason == "the directory can't be read: permission denied"


def test_a_target_whose_folders_are_out_of_reach_names_them(public: Path) -> None:
    """The names in it may be listed, and no more."""
    target = public / "extensions"
    install(target)
    index(target, "acme.tools-1.0.0")
    target.chmod(0o444)

    with unprivileged():
        found = list(read_directory(target))

    assert {type(item) for item in found} == {Unreadable}
    assert {item.name for item in found if isinstance(item, Unreadable)} == {
        "acme.tools-1.0.0",
        "extensions.json",
    }


# What is asked for


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda _: None, "No such file or directory"),
        (lambda path: path.symlink_to("nowhere"), "No such file or directory"),
        (lambda path: path.symlink_to(path.name), "its links form a circle"),
    ],
    ids=["absent", "a broken link", "a link to itself"],
)
def test_a_target_that_is_no_directory_is_unreadable(
    tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    target = tmp_path / "extensions"
    make(target)

    (found,) = discover([target])

    assert isinstance(found, Unreadable)
    assert (found.name, found.path, found.id) == (str(target), None, None)
    assert found.reason == f"the directory can't be read: {reason.lower()}"
    assert [origin.uri for origin in found.origins] == [str(target)]


def test_a_target_may_be_a_link_to_a_directory(tmp_path: Path) -> None:
    """What was asked for is what the report says, not where it leads."""
    install(tmp_path / "real")
    (tmp_path / "link").symlink_to("real")

    found = sole(Extension, tmp_path / "link")

    assert [origin.uri for origin in found.origins] == [f"{tmp_path}/link/acme.tools-1.0.0"]


def test_an_unreadable_target_is_no_extension_whatever_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With an id of its own, a filter could turn a target that was never read into nothing."""
    monkeypatch.chdir(tmp_path)

    (found,) = read_directory(Path("acme.tools-1.0.0"))

    assert isinstance(found, Unreadable)
    assert (found.id, found.version) == (None, None)


def test_a_folder_of_the_same_name_as_its_target_keeps_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "extensions", b"", "extensions")

    found = sole(Unreadable, Path("extensions"))

    assert found.path == "extensions"
    assert [origin.uri for origin in found.origins] == ["extensions/extensions"]


def test_targets_are_read_in_the_order_given_and_each_once(tmp_path: Path) -> None:
    install(tmp_path / "second", "acme.two")
    install(tmp_path / "first", "acme.one")
    (tmp_path / "link").symlink_to("second")
    targets = [tmp_path / name for name in ("second", "first", "link", "second", "first/../first")]

    found = [item.id.name for item in discover(targets) if isinstance(item, Extension)]

    assert found == ["two", "one"]


def test_the_directories_of_the_editors_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("VSCODE_EXTENSIONS", str(tmp_path / "own"))
    directories = tuple(tmp_path / editor.directory for editor in EDITORS)
    for place in (tmp_path / "own", tmp_path / ".vscode" / "ext", *directories):
        place.mkdir(parents=True, exist_ok=True)

    assert editor_directories() == (tmp_path / "own", *directories)


@pytest.mark.parametrize("link", [".kiro", ".kiro/extensions", ".local", ".local/share"])
@pytest.mark.parametrize("is_there", [False, True])
def test_an_editor_s_directory_behind_a_link_that_leads_nowhere_is_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str, *, is_there: bool
) -> None:
    """Its disk may be missing here alone. Where only the directory is missing, there is none."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("VSCODE_EXTENSIONS", raising=False)
    install(tmp_path / "home" / ".vscode" / "extensions")
    (tmp_path / "home" / link).parent.mkdir(exist_ok=True)
    (tmp_path / "home" / link).symlink_to(tmp_path / "disk")
    if is_there:
        (tmp_path / "disk").mkdir()

    found = list(discover(editor_directories()))

    assert [type(item) for item in found] == [Extension] + [Unreadable] * (not is_there)


def test_a_user_without_a_home_has_no_editors(monkeypatch: pytest.MonkeyPatch) -> None:
    """No HOME, and no entry in the password file: what is left is the editor's own variable."""
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.delenv("VSCODE_EXTENSIONS", raising=False)

    assert editor_directories() == ()


def test_a_home_that_may_not_be_looked_into_does_not_end_the_run(
    public: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container that runs as any user id often leaves HOME at another user's."""
    home = public / "home"
    (home / ".vscode" / "extensions").mkdir(parents=True)
    home.chmod(0)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("VSCODE_EXTENSIONS", raising=False)

    with unprivileged():
        found = list(discover(editor_directories()))

    assert all(isinstance(item, Unreadable) for item in found)


# Whatever there is


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    _nested,
    max_leaves=5,
)
_FIELD = st.one_of(_JSON, st.sampled_from(["acme", "tools", "1.0.0", "1.0.0-web", "%title%"]))
_MANIFESTS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("publisher", "name", "version", "displayName", "__metadata"), _FIELD),
)
_NAMES = st.sampled_from(["acme.tools-1.0.0", "gone", "..", ".", "/etc", "a/b", "\0"])
_ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "identifier": _JSON | st.just({"id": "acme.tools"}) | st.just({"id": "acme.other"}),
        "version": _FIELD,
        "relativeLocation": _JSON | _NAMES,
        "location": _JSON | _NAMES | st.fixed_dictionaries({"path": _NAMES | _JSON}),
        "metadata": _JSON | st.just({"targetPlatform": "web"}),
    },
)


def _encoded(values: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Write values as JSON in some encoding, or take any bytes at all."""
    return st.binary(max_size=200) | st.builds(
        lambda value, encoding: json.dumps(value).encode(encoding),
        values | _JSON,
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32-be"]),
    )


@settings(max_examples=examples(300), deadline=None)
@given(
    manifest=_encoded(_MANIFESTS),
    listed=st.none() | _encoded(st.lists(_ENTRIES, max_size=3)),
    obsolete=st.none() | _encoded(st.dictionaries(_NAMES, st.booleans())),
)
def test_nothing_in_a_file_raises_or_hides_an_extension(
    tmp_path_factory: pytest.TempPathFactory,
    manifest: bytes,
    listed: bytes | None,
    obsolete: bytes | None,
) -> None:
    """Whatever the manifest, the index and ``.obsolete`` hold, each folder is accounted for."""
    directory = tmp_path_factory.mktemp("any")
    put(directory, manifest)
    install(directory, "beta.neighbour")
    for name, content in (("extensions.json", listed), (".obsolete", obsolete)):
        if content is not None:
            (directory / name).write_bytes(content)

    found = list(read_directory(directory))

    assert all(map(inert, found))
    accounted = [
        item.name if isinstance(item, Skipped) else item.path
        for item in found
        if not isinstance(item, Warned)
    ]
    assert accounted.count("acme.tools-1.0.0") == 1
    assert accounted.count("beta.neighbour-1.0.0") == 1


def test_an_entry_that_names_another_place_on_this_machine_is_unreadable(tmp_path: Path) -> None:
    """The editor loads what lies there, and the folder of the same name here is a decoy."""
    install(tmp_path / "elsewhere")
    install(tmp_path / "extensions")
    location = str(tmp_path / "elsewhere" / "acme.tools-1.0.0")
    for said in ({"path": location, "scheme": "file"}, {"external": f"file://{location}"}):
        write_index(tmp_path / "extensions", entry(location=said))
        (found,) = every(Unreadable, tmp_path / "extensions")
        assert f"outside of the directory, in {location}; if this is a copy" in found.reason


def test_an_entry_that_names_a_place_of_another_machine_is_looked_for_here(tmp_path: Path) -> None:
    install(tmp_path)
    location = {"path": "/home/elsewhere/extensions/acme.tools-1.0.0", "scheme": "file"}
    write_index(tmp_path, entry(location=location))
    assert sole(Extension, tmp_path).in_index


def test_an_index_of_millions_is_not_taken_apart(tmp_path: Path) -> None:
    install(tmp_path)
    (tmp_path / "extensions.json").write_text("[" + "0," * 200_000 + "0]", "utf-8")
    (found,) = every(Unreadable, tmp_path)
    assert found.reason == "the index is unusable: extensions.json has more than 200000 entries"
    assert len(every(Extension, tmp_path)) == 1
