from pathlib import Path
from typing import TypeAlias

import pytest

from tests.archives import PACKAGE, Member, zipped
from tests.builders import install, pack
from tests.unit.test_extension_files import OBSTACLES, in_time  # noqa: F401 - a fixture for every test
from tests.unit.test_installed_extensions import inert
from vscan.discovery import discover
from vscan.events import Warned
from vscan.model import Extension, PlaceFinding, Skipped, Unreadable

Found: TypeAlias = Extension | Unreadable | Skipped | PlaceFinding | Warned


def found(*targets: Path) -> list[Found]:
    return list(discover(targets))


def test_an_archive_is_described(tmp_path: Path) -> None:
    path = pack(tmp_path, "Acme.Tools", "1.2.3", platform="linux-x64", displayName="The Tools")
    (extension,) = found(path)
    assert isinstance(extension, Extension)
    assert (str(extension.id), extension.version) == ("Acme.Tools", "1.2.3")
    assert (extension.target_platform, extension.display_name) == ("linux-x64", "The Tools")
    assert (extension.path, extension.in_index) == ("acme.tools-1.2.3.vsix", None)
    assert [origin.uri for origin in extension.origins] == [str(path)]
    assert extension.root == path


def test_a_folder_gives_its_archives_and_its_folders(tmp_path: Path) -> None:
    install(tmp_path, "acme.installed")
    pack(tmp_path, "acme.packed")
    (tmp_path / "README.md").touch()
    names = [item.id.name for item in found(tmp_path) if isinstance(item, Extension)]
    assert names == ["installed", "packed"]


def test_a_target_is_read_once(tmp_path: Path) -> None:
    path = pack(tmp_path)
    (tmp_path / "link.vsix").symlink_to(path.name)
    assert len(found(path, path, tmp_path / "link.vsix")) == 1


def test_the_platform_may_stand_in_the_name_alone(tmp_path: Path) -> None:
    path = pack(tmp_path).rename(tmp_path / "acme.tools-1.0.0-win32-x64.vsix")
    (extension,) = found(path)
    assert isinstance(extension, Extension)
    assert extension.target_platform == "win32-x64"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not a ZIP archive, or an incomplete one"),
        (zipped(Member("extension/x")), "there is no package.json in it"),
        (zipped(Member(PACKAGE.name, b"{}")), "package.json has no name"),
        (zipped(Member(PACKAGE.name, b"[]")), "package.json is not an object"),
    ],
)
def test_an_archive_without_an_extension_is_unreadable(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / "acme.tools-1.0.0.vsix").write_bytes(content)
    for target in (tmp_path, tmp_path / "acme.tools-1.0.0.vsix"):
        (item,) = found(target)
        assert isinstance(item, Unreadable)
        assert (item.reason, str(item.id), item.version) == (reason, "acme.tools", "1.0.0")


@pytest.mark.parametrize("kind", [kind for kind in OBSTACLES if kind != "a directory"])
def test_a_special_file_named_like_an_archive_is_unreadable(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "place"
    place.mkdir()
    OBSTACLES[kind][0](place / "x.vsix")
    (item,) = found(place)
    assert isinstance(item, Unreadable)


def test_a_link_out_of_a_folder_is_followed_only_where_it_is_named(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    path = pack(tmp_path)
    (place / "x.vsix").symlink_to(path)
    (listed,), (named,) = found(place), found(place / "x.vsix")
    assert isinstance(listed, Unreadable)
    assert listed.reason == "it links out of the directory"
    assert isinstance(named, Extension)


@pytest.mark.parametrize(
    "name", ["\x1b[2J.vsix", "two\nlines.vsix", "exe\u202egpj.vsix", "\udcff.vsix"]
)
def test_names_are_shown_harmlessly(tmp_path: Path, name: str) -> None:
    pack(tmp_path).rename(tmp_path / name)
    (extension,) = found(tmp_path)
    assert inert(extension)
