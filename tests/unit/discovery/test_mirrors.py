"""Mirrors of a registry: their archives are read once each, and nothing beside them is hidden."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from tests.builders import install, pack
from tests.mirrors import ARCHIVES, LAYOUTS, PACKAGE, offline_copy, remove_archives, unpacked
from vscan.discovery import discover, taken_for
from vscan.discovery.directory_target import kinds_of_directory
from vscan.discovery.mirror_layouts import named_by
from vscan.discovery.target_interface import Found
from vscan.model import Extension, Unreadable

LAYOUTS_WITH_DIRECTORIES = (unpacked, offline_copy)


def identities(found: list[Found]) -> list[tuple[str, str | None, str | None]]:
    """Give what was found, and nothing else may be there."""
    assert all(isinstance(item, Extension) for item in found), found
    return sorted(
        (
            (str(item.id), item.version, item.target_platform)
            for item in found
            if isinstance(item, Extension)
        ),
        key=str,
    )


def unreadable(found: list[Found]) -> dict[str, Unreadable]:
    return {item.name: item for item in found if isinstance(item, Unreadable)}


@pytest.mark.parametrize("lay_out", LAYOUTS)
def test_each_archive_of_a_mirror_is_found_once(
    tmp_path: Path, lay_out: Callable[[Path], Path]
) -> None:
    found = list(discover([lay_out(tmp_path / "mirror")]))
    assert identities(found) == sorted(ARCHIVES, key=str)
    assert all(isinstance(item, Extension) and not item.asked_by_name for item in found)


@pytest.mark.parametrize(
    "below", ["artifacts", "artifacts/extensions", "artifacts/extensions/acme.tools"]
)
def test_a_part_of_a_mirror_is_one(tmp_path: Path, below: str) -> None:
    offline_copy(tmp_path / "mirror", ARCHIVES[:3])
    found = list(discover([tmp_path / "mirror" / below]))
    assert identities(found) == sorted(ARCHIVES[:3], key=str)


@pytest.mark.parametrize("below", ["acme", "acme/tools"])
def test_the_directory_of_a_publisher_is_a_mirror(tmp_path: Path, below: str) -> None:
    unpacked(tmp_path / "mirror")
    found = list(discover([tmp_path / "mirror" / below]))
    assert identities(found) == sorted(ARCHIVES[:3], key=str)


def test_archives_at_other_places_of_a_mirror_are_read(tmp_path: Path) -> None:
    mirror = unpacked(tmp_path / "mirror")
    pack(mirror, "acme.first", "1.0.0")
    pack(mirror / "acme", "acme.second", "1.0.0")
    pack(mirror / "a" / "b" / "c" / "d" / "e" / "f" / "g" / "h", "acme.third", "1.0.0")
    added = [(f"acme.{name}", "1.0.0", None) for name in ("first", "second", "third")]
    assert identities(list(discover([mirror]))) == sorted([*ARCHIVES, *added], key=str)


@pytest.mark.parametrize("lay_out", LAYOUTS_WITH_DIRECTORIES)
def test_a_version_without_an_archive_is_named(
    tmp_path: Path, lay_out: Callable[[Path], Path]
) -> None:
    mirror = lay_out(tmp_path / "mirror")
    remove_archives(mirror / ("acme" if lay_out is unpacked else "artifacts/extensions/acme.tools"))
    named = unreadable(list(discover([mirror])))
    assert sorted((str(item.id), item.version) for item in named.values()) == [
        ("acme.tools", "1.0.0"), ("acme.tools", "1.1.0"), ("acme.tools", "1.1.0"),
    ]  # fmt: skip
    assert all("it should have an archive" in item.reason for item in named.values())


def test_an_empty_directory_of_a_version_is_named(tmp_path: Path) -> None:
    mirror = unpacked(tmp_path / "mirror")
    (mirror / "acme" / "empty" / "1.0.0").mkdir(parents=True)
    named = unreadable(list(discover([mirror])))
    assert [(str(item.id), item.version) for item in named.values()] == [("acme.empty", "1.0.0")]


@pytest.mark.parametrize("lay_out", LAYOUTS_WITH_DIRECTORIES)
def test_all_archives_missing_is_no_empty_mirror(
    tmp_path: Path, lay_out: Callable[[Path], Path]
) -> None:
    mirror = lay_out(tmp_path / "mirror")
    remove_archives(mirror)
    assert len(unreadable(list(discover([mirror])))) == len(ARCHIVES)


def test_a_damaged_archive_is_named_by_its_path(tmp_path: Path) -> None:
    mirror = offline_copy(tmp_path / "mirror")
    place = mirror / "artifacts" / "extensions" / "acme.tools" / "1.1.0" / "linux-x64" / PACKAGE
    place.write_bytes(b"half of it")
    (item,) = unreadable(list(discover([mirror]))).values()
    assert (str(item.id), item.version) == ("acme.tools", "1.1.0")
    assert item.origins[0].uri == str(place)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_regular_file_is_named(tmp_path: Path) -> None:
    mirror = unpacked(tmp_path / "mirror")
    os.mkfifo(mirror / "acme" / "tools" / "1.0.0" / "x.vsix")
    (mirror / "acme" / "tools" / "1.0.0" / "gone.vsix").symlink_to("nowhere")
    named = unreadable(list(discover([mirror])))
    assert [PurePosixPath(name).name for name in sorted(named)] == ["gone.vsix", "x.vsix"]


def test_links_of_a_mirror_are_followed_out_of_it_once(tmp_path: Path) -> None:
    unpacked(tmp_path / "disk")
    mirror = unpacked(tmp_path / "mirror", [("acme.local", "1.0.0", None)])
    for name in ("vendor", "again"):
        (mirror / name).symlink_to(tmp_path / "disk" / "vendor", target_is_directory=True)
    (mirror / "acme" / "local" / "latest").symlink_to("1.0.0", target_is_directory=True)
    expected = [("acme.local", "1.0.0", None), ("vendor.other", "2.0.0", None)]
    assert identities(list(discover([mirror]))) == expected
    named = unreadable(list(discover([mirror], follow_links=False)))
    assert sorted(named) == ["again", "vendor"]


def test_folders_of_archives_are_a_mirror(tmp_path: Path) -> None:
    for text in ("acme.tools", "vendor.other"):
        pack(tmp_path / "mirror" / text.partition(".")[0], text)
    found = list(discover([tmp_path / "mirror"]))
    assert identities(found) == [("acme.tools", "1.0.0", None), ("vendor.other", "1.0.0", None)]


def test_an_archive_among_unpacked_files_is_read_if_its_extension_lacks_it(tmp_path: Path) -> None:
    inner = pack(tmp_path / "inner", "acme.inner")
    mirror = tmp_path / "mirror"
    place = mirror / "acme" / "outer" / "1.0.0"
    path = pack(place, "acme.outer", files={"inner.vsix": inner.read_bytes()})
    shutil.unpack_archive(path, place, "zip")
    assert identities(list(discover([mirror]))) == [("acme.outer", "1.0.0", None)]
    pack(place / "extension", "acme.added")
    (place / "extension" / "1.0.0").mkdir()
    expected = [("acme.added", "1.0.0", None), ("acme.outer", "1.0.0", None)]
    assert identities(list(discover([mirror]))) == expected


def test_a_directory_called_extension_hides_nothing(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    pack(mirror, "acme.first")
    unpacked(mirror / "extension")
    first = ("acme.first", "1.0.0", None)
    assert identities(list(discover([mirror]))) == sorted([first, *ARCHIVES], key=str)


def test_a_link_to_a_directory_above_is_named(tmp_path: Path) -> None:
    mirror = unpacked(tmp_path / "above" / "mirror")
    (mirror / "loop").symlink_to(tmp_path / "above", target_is_directory=True)
    assert list(unreadable(list(discover([mirror])))) == ["loop"]


def test_a_run_that_ends_names_what_it_did_not_read(tmp_path: Path) -> None:
    mirror = unpacked(tmp_path / "mirror")
    calls = iter([False, False, False, True])
    found = list(discover([mirror], is_stopped=lambda: next(calls, True)))
    assert any("the run ended" in item.reason for item in unreadable(found).values())


class TestRepository:
    """Whoever writes a repository can't have its names read less by what mirrors have."""

    @pytest.fixture
    def repository(self, tmp_path: Path) -> Path:
        root = unpacked(tmp_path / "repository")
        (root / ".git").mkdir()
        return root

    def test_it_is_both(self, repository: Path) -> None:
        assert kinds_of_directory(repository) == ("mirror", "repository")
        assert taken_for(repository) == "a mirror of extensions and a repository"

    def test_a_copy_of_a_member_is_read_for_names(self, repository: Path) -> None:
        place = repository / "acme" / "evil" / "1.0.0"
        script = b"#!/bin/sh\ncode --install-extension acme.evil-name\n"
        pack(place, "acme.evil", "1.0.0", files={"setup.sh": script})
        (place / "extension").mkdir()
        (place / "extension" / "setup.sh").write_bytes(script)
        named = {str(item.id) for item in discover([repository]) if isinstance(item, Extension)}
        assert {"acme.evil", "acme.evil-name", "acme.tools"} <= named

    def test_an_archive_that_a_script_installs_is_found_once(self, repository: Path) -> None:
        script = "code --install-extension acme/tools/1.0.0/acme.tools-1.0.0.vsix\n"
        (repository / "setup.sh").write_text(script, "utf-8")
        found = [item for item in discover([repository]) if isinstance(item, Extension)]
        assert len(found) == len(ARCHIVES)
        assert [item.origins[0].line for item in found if item.version == "1.0.0"] == [1]

    def test_an_archive_for_tests_makes_no_mirror(self, tmp_path: Path) -> None:
        pack(tmp_path / "other" / "tests" / "data", "acme.tools")
        (tmp_path / "other" / ".git").mkdir()
        assert kinds_of_directory(tmp_path / "other") == ("repository",)

    def test_a_directory_out_of_it_is_not_read(self, repository: Path, tmp_path: Path) -> None:
        unpacked(tmp_path / "secret")
        (repository / "more").symlink_to(tmp_path / "secret", target_is_directory=True)
        assert list(unreadable(list(discover([repository])))) == ["more"]


class TestBeside:
    """What lies beside the archives of a mirror is read for names, if no archive has it."""

    def names(self, mirror: Path) -> set[str]:
        return {
            str(item.id)
            for item in discover([mirror])
            if isinstance(item, Extension) and item.asked_by_name
        }

    def test_a_file_that_the_archive_lacks_is_read(self, tmp_path: Path) -> None:
        mirror = unpacked(tmp_path / "mirror")
        script = mirror / "acme" / "tools" / "1.0.0" / "extension" / "setup.sh"
        script.write_text("code --install-extension acme.named\n", "utf-8")
        assert self.names(mirror) == {"acme.named"}

    def test_a_file_with_another_content_than_in_the_archive_is_read(self, tmp_path: Path) -> None:
        place = tmp_path / "mirror" / "acme" / "tools" / "1.0.0"
        path = pack(place, "acme.tools", files={"setup.sh": b"echo nothing\n"})
        shutil.unpack_archive(path, place, "zip")
        script = place / "extension" / "setup.sh"
        script.write_text("code --install-extension acme.named\n", "utf-8")
        assert self.names(tmp_path / "mirror") == {"acme.named"}

    def test_a_file_of_the_archive_is_a_part_of_it(self, tmp_path: Path) -> None:
        mirror = tmp_path / "mirror"
        place = mirror / "acme" / "pack" / "1.0.0"
        path = pack(
            place,
            "acme.pack",
            engines={"vscode": "*"},
            extensionPack=["acme.member"],
            files={"setup.sh": b"code --install-extension acme.named\n"},
        )
        shutil.unpack_archive(path, place, "zip")
        assert identities(list(discover([mirror]))) == [("acme.pack", "1.0.0", None)]

    def test_other_files_are_read(self, tmp_path: Path) -> None:
        mirror = offline_copy(tmp_path / "mirror")
        (mirror / "setup.sh").write_text("code --install-extension acme.named\n", "utf-8")
        assert self.names(mirror) == {"acme.named"}


def test_an_editors_directory_is_no_mirror(tmp_path: Path) -> None:
    place = tmp_path / ".vscode" / "extensions"
    install(place, "acme.tools")
    unpacked(place)
    assert kinds_of_directory(place) == ("extensions",)


def test_an_extension_with_an_archive_in_it_makes_no_mirror(tmp_path: Path) -> None:
    folder = install(tmp_path / "extensions", "acme.tools")
    pack(folder / "bundled" / "1.0.0", "acme.bundled")
    assert kinds_of_directory(tmp_path / "extensions") == ("extensions",)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("m/acme/tools/1.0.0/acme.tools-1.0.0.vsix", ("acme.tools", "1.0.0", None)),
        ("m/acme/tools/1.0.0@linux-x64/x.vsix", ("acme.tools", "1.0.0", "linux-x64")),
        (f"m/acme.tools/1.0.0/{PACKAGE}", ("acme.tools", "1.0.0", None)),
        (f"m/acme.tools/1.0.0/web/{PACKAGE}", ("acme.tools", "1.0.0", "web")),
        ("m/acme.tools/1.0.0/web/acme.tools-1.0.0.vsix", ("acme.tools", "1.0.0", "web")),
        ("m/acme/tools/1.0.0", ("acme.tools", "1.0.0", None)),
        ("1.0.0", ("None", None, None)),
        ("web", ("None", None, None)),
        ("x.vsix", ("None", None, None)),
    ],
)
def test_a_path_says_what_an_archive_should_be(
    path: str, expected: tuple[str, str | None, str | None]
) -> None:
    identity, version, platform = named_by(Path(path))
    assert (str(identity), version, platform if identity else None) == expected
