"""Which editors there are, and which registry a directory's extensions come from."""

import re
from pathlib import Path

import pytest

from tests.builders import install
from tests.unit.test_installed_extensions import entry, every, sole, write_index
from vscan.discovery import discover
from vscan.editors import EDITORS, editor_of
from vscan.model import Extension, Registry, Unreadable


def located(*paths: str) -> list[dict[str, object]]:
    """Build entries of an index with locations, one for each path."""
    return [
        entry(f"acme.tool{number}", location={"path": path, "scheme": "file"})
        for number, path in enumerate(paths)
    ]


def test_each_editor_is_known_by_its_directory() -> None:
    assert len({editor.directory for editor in EDITORS}) == len(EDITORS)
    for editor in EDITORS:
        assert editor_of(f"/home/ann/{editor.directory}/") is editor
        assert editor_of(f"C:\\Users\\Ann\\{editor.directory}".replace("/", "\\")) is editor
        assert editor_of(editor.directory) is None
        assert editor_of(f"/home/ann/{editor.folder}") is None


@pytest.mark.parametrize(
    ("place", "paths", "registry"),
    [
        (".vscode/extensions", (), Registry.MARKETPLACE),
        (".vscode-remote/extensions", (), Registry.MARKETPLACE),
        (".cursor/extensions", (), Registry.OPEN_VSX),
        (".antigravity/extensions", (), Registry.OPEN_VSX),
        (".antigravity-ide/extensions", (), Registry.OPEN_VSX),
        (".local/share/code-server/extensions", (), Registry.OPEN_VSX),
        (".trae/extensions", (), None),
        ("extensions", (), None),
        (".vscode/ext", (), None),
        (".vscode", (), None),
        ("code-server/extensions", (), None),
        ("my.vscode/extensions", (), None),
        (".vscode/extensions/more", (), None),
        ("extensions", ("/home/ann/.vscode/extensions/acme.tool0",), Registry.MARKETPLACE),
        ("extensions", ("/c:/Users/Ann/.cursor/extensions/acme.tool0",), Registry.OPEN_VSX),
        ("extensions", (r"C:\Users\Ann\.kiro\extensions\acme.tool0",), Registry.OPEN_VSX),
        ("extensions", ("/home/ann/.vscode/ext/acme.tool0",), None),
        (".vscode/extensions", ("/home/ann/.cursor/extensions/acme.tool0",), None),
        (".vscode/extensions", ("/somewhere/acme.tool0",), Registry.MARKETPLACE),
    ],
)
def test_the_registry_is_that_of_the_editor_s_folder_or_of_its_index(
    tmp_path: Path, place: str, paths: tuple[str, ...], registry: Registry | None
) -> None:
    directory = tmp_path / place
    install(directory, "acme.tool0", folder="acme.tool0")
    if paths:
        write_index(directory, *located(*paths))

    assert sole(Extension, directory).registry is registry


def test_a_directory_that_is_a_link_is_of_both_places(tmp_path: Path) -> None:
    """Where the two tell of two registries, nobody knows."""
    install(tmp_path / ".cursor" / "extensions")
    for name in (".vscode", ".kiro", "home"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "extensions").symlink_to("../.cursor/extensions")

    assert [
        sole(Extension, tmp_path / name / "extensions").registry
        for name in (".vscode", ".kiro", "home")
    ] == [None, Registry.OPEN_VSX, Registry.OPEN_VSX]


@pytest.mark.parametrize("given", Registry)
def test_the_registry_that_somebody_names_is_that_of_all(tmp_path: Path, given: Registry) -> None:
    directory = tmp_path / ".vscode" / "extensions"
    install(directory, "acme.one")
    install(directory, "acme.two", __metadata={"source": "vsix"})

    found = [item for item in discover([directory], registry=given) if isinstance(item, Extension)]

    assert [item.registry for item in found] == [given, given]


@pytest.mark.parametrize("word", ["vsix", "resource"])
@pytest.mark.parametrize("where", ["manifest", "index"])
def test_what_came_from_a_file_may_be_from_anywhere(tmp_path: Path, where: str, word: str) -> None:
    directory, source = tmp_path / ".vscode" / "extensions", {"source": word}
    if where == "manifest":
        install(directory, __metadata=source)
    else:
        install(directory)
        write_index(directory, entry(relativeLocation="acme.tools-1.0.0", metadata=source))

    assert sole(Extension, directory).registry is None


@pytest.mark.parametrize(
    "mark", [".git", ".hg", "GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY"]
)
@pytest.mark.parametrize(
    ("place", "path", "registry"),
    [
        ("repository/.vscode/extensions", "", None),
        ("repository/deep/.vscode/extensions", "", None),
        ("repository/extensions", "/home/ann/.vscode/extensions/acme.tool0", None),
        ("repository/.cursor/extensions", "", Registry.OPEN_VSX),
        (".vscode/extensions", "", Registry.MARKETPLACE),
    ],
)
def test_a_directory_in_a_repository_does_not_claim_the_marketplace(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    path: str,
    registry: Registry | None,
    *,
    mark: str,
) -> None:
    """VS Code loads extensions of a workspace from ``.vscode/extensions`` in it, too."""
    repository = tmp_path / "repository"
    repository.mkdir()
    if mark.startswith("."):
        (repository / mark).mkdir()
    else:
        monkeypatch.setenv(mark, str(repository))
    install(tmp_path / place, "acme.tool0", folder="acme.tool0")
    if path:
        write_index(tmp_path / place, *located(path))

    assert sole(Extension, tmp_path / place).registry is registry


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        (("/a/extensions/one", "/b/extensions/two"), "2 directories: /a/extensions, /b/extensions"),
        (("/a/one", "/b/two", "/c/three"), "3 directories: /a, /b and others"),
        (("/c:/Users/one", "/d:/Users/two"), "2 directories"),
        (("/a/extensions/one", "/a/extensions/two/"), None),
        (("/c:/Users/one", "/C:/users/two"), None),
        (("/c:/Users/one", "c:\\Users\\two"), None),
        (("{}/one", "{}/../extensions/two"), None),
    ],
)
def test_locations_in_several_directories_make_an_index_incomplete(
    tmp_path: Path, paths: tuple[str, ...], said: str | None
) -> None:
    """The editor loads one of them from elsewhere, and the folder of that name is another's."""
    directory = tmp_path.resolve() / "extensions"
    entries = located(*(path.format(directory) for path in paths))
    for number, path in enumerate(paths):
        install(directory, f"acme.tool{number}", folder=re.split(r"[\\/]", path.rstrip("/"))[-1])
    write_index(directory, *entries)

    problems = every(Unreadable, directory)

    assert len(every(Extension, directory)) == len(paths)
    assert len(problems) == (said is not None)
    assert said is None or said in problems[0].reason


@pytest.mark.parametrize(
    ("alone", "is_elsewhere"),
    [("/b/two", True), ("/a/two", False), ("/before/two", False), ("{}/two", False)],
)
def test_a_location_alone_must_be_where_the_others_are(
    tmp_path: Path, alone: str, *, is_elsewhere: bool
) -> None:
    """The editor writes no relative location for an extension that is not in the directory."""
    directory = tmp_path.resolve()
    names = ("zero", "one", "two")
    entries = located("/before/zero", "/a/one", alone.format(directory))
    for number, name in enumerate(names):
        install(directory, f"acme.tool{number}", folder=name)
    beside = [entries[n] | {"relativeLocation": names[n]} for n in range(2)]
    write_index(directory, *beside, entries[2])

    problems = every(Unreadable, directory)

    assert [each.reason for each in problems] == [
        "the index has extensions of 2 directories: /a, /b"
    ] * is_elsewhere


def test_a_location_that_the_editor_ignores_may_be_anywhere(tmp_path: Path) -> None:
    """Where a directory was moved, older entries still have the place before."""
    entries = located("/before/tool0", "/after/tool1")
    for number in range(2):
        install(tmp_path, f"acme.tool{number}", folder=f"tool{number}")
    write_index(
        tmp_path, *(item | {"relativeLocation": f"tool{n}"} for n, item in enumerate(entries))
    )

    assert not every(Unreadable, tmp_path)
