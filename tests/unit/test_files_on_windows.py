"""Files on Windows, as far as another system can pretend: what it refuses is refused here."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from vscan import files_on_windows
from vscan.files_on_windows import is_device_name, is_junction, remove_file, replace_file

Refuse = Callable[[int], None]


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Refuse to change read-only files, and any file for the next so many tries."""
    open_for = [0]
    replace, unlink = Path.replace, Path.unlink

    def refuse(path: Path) -> None:
        if open_for[0]:
            open_for[0] -= 1
            raise PermissionError(13, "The process cannot access the file")
        if path.exists() and not path.stat().st_mode & stat.S_IWRITE:
            raise PermissionError(13, "Access is denied")

    def windows_replace(self: Path, target: Path) -> Path:
        refuse(target)
        return replace(self, target)

    def windows_unlink(self: Path, *, missing_ok: bool = False) -> None:
        refuse(self)
        unlink(self, missing_ok=missing_ok)

    monkeypatch.setattr(files_on_windows, "_IS_WINDOWS", True)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr(Path, "replace", windows_replace)
    monkeypatch.setattr(Path, "unlink", windows_unlink)
    return lambda tries: open_for.__setitem__(0, tries)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    temporary, target = tmp_path / "new", tmp_path / "old"
    temporary.write_text("new")
    target.write_text("old")
    return temporary, target


def test_a_read_only_file_is_replaced(windows: Refuse, files: tuple[Path, Path]) -> None:
    del windows
    temporary, target = files
    target.chmod(0o444)
    replace_file(temporary, target)
    assert target.read_text() == "new"
    assert not temporary.exists()


def test_a_file_that_is_open_for_a_moment_is_replaced(
    windows: Refuse, files: tuple[Path, Path]
) -> None:
    windows(3)
    replace_file(*files)
    assert files[1].read_text() == "new"


def test_a_file_that_stays_open_is_an_error_and_stays_as_it_was(
    windows: Refuse, files: tuple[Path, Path]
) -> None:
    windows(1000)
    with pytest.raises(PermissionError):
        replace_file(*files)
    assert [file.read_text() for file in files] == ["new", "old"]


def test_a_refusal_of_another_system_is_no_matter_of_time(
    monkeypatch: pytest.MonkeyPatch, files: tuple[Path, Path]
) -> None:
    tries = []

    def refuse(*_: object) -> None:
        tries.append(1)
        raise PermissionError

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(PermissionError):
        replace_file(*files)
    assert len(tries) == 1


def test_a_read_only_file_is_removed(windows: Refuse, files: tuple[Path, Path]) -> None:
    del windows
    files[1].chmod(0o444)
    remove_file(files[1])
    remove_file(files[1])  # and one that is gone is no error
    assert not files[1].exists()


def test_an_open_file_is_not_removed(windows: Refuse, files: tuple[Path, Path]) -> None:
    windows(1000)
    with pytest.raises(PermissionError):
        remove_file(files[1])


NAMES = {
    "con": True, "CON.json": True, "nul": True, r"C:\out\Aux.report.json": True, "com9": True,
    "dir/lpt1.csv": True, "com¹.txt": True, "prn .json": True, "nul:": True, "": False,
    "console.json": False, "com0": False, "report.con": False, "con/report.json": False,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_names_of_devices_are_known_on_windows(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert not is_device_name(name)
    monkeypatch.setattr(files_on_windows, "_IS_WINDOWS", True)
    assert is_device_name(name) is NAMES[name]


def test_a_junction_is_told_by_its_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    def entry(tag: int) -> os.DirEntry[str]:
        status = SimpleNamespace(st_reparse_tag=tag)
        return cast("os.DirEntry[str]", SimpleNamespace(stat=lambda **_: status))

    assert not is_junction(entry(7))
    monkeypatch.setattr(files_on_windows, "_IS_WINDOWS", True)
    assert not is_junction(entry(7))
    monkeypatch.setattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", 7, raising=False)
    assert is_junction(entry(7))
    assert not is_junction(entry(8))
