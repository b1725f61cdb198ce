"""The default directories of cache and data."""

import os
import sys
from pathlib import Path

import platformdirs
import pytest
from platformdirs.macos import MacOS

from vscan.settings.directories import default_cache_directory, default_data_directory


def test_the_cache_directory_is_in_xdg_cache_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/caches")
    assert default_cache_directory() == Path("/var/caches/vscan")


@pytest.mark.parametrize("base", [None, "", "caches", "./caches", "~/caches"])
def test_a_relative_xdg_cache_home_is_ignored(
    monkeypatch: pytest.MonkeyPatch, base: str | None
) -> None:
    """The standard has relative places ignored."""
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if base is not None:
        monkeypatch.setenv("XDG_CACHE_HOME", base)
    assert default_cache_directory() == Path("/home/someone/.cache/vscan")


def test_without_home_the_cache_directory_is_in_the_home_of_the_user_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    pwd = pytest.importorskip("pwd", reason="users have no entries here")
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    assert default_cache_directory() == home / ".cache" / "vscan"


def test_a_user_without_a_home_has_no_cache_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under a number without a name."""

    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    pwd = pytest.importorskip("pwd", reason="users have no entries here")
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert default_cache_directory() is None


@pytest.mark.parametrize("home", [".", "somewhere/else"])
def test_a_relative_home_has_no_cache_and_no_data(
    monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    """It would be a directory of the working directory's owner."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", home)
    assert (default_cache_directory(), default_data_directory()) == (None, None)


def test_the_data_directory_is_in_xdg_data_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/var/data")
    assert default_data_directory() == Path("/var/data/vscan")
    monkeypatch.setenv("XDG_DATA_HOME", "data")
    monkeypatch.setenv("HOME", "/home/someone")
    assert default_data_directory() == Path("/home/someone/.local/share/vscan")


def test_on_macos_cache_and_data_are_in_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(platformdirs, "PlatformDirs", MacOS)
    for variable in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", "/Users/someone")
    library = Path("/Users/someone/Library")
    assert default_cache_directory() == library / "Caches" / "vscan"
    assert default_data_directory() == library / "Application Support" / "vscan"


@pytest.mark.parametrize("platform", ["darwin", "win32"])
@pytest.mark.parametrize("found", [Path("relative/vscan"), None])
def test_where_platformdirs_finds_no_home_there_is_no_cache(
    monkeypatch: pytest.MonkeyPatch, platform: str, found: Path | None
) -> None:
    def user_cache_path(*_: object, **__: object) -> Path:
        if found is None:
            raise RuntimeError
        return found

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(platformdirs, "user_cache_path", user_cache_path)
    assert default_cache_directory() is None
