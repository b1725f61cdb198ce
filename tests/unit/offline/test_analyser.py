import os
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, cast

import pytest
import yara_x

from tests.archives import PACKAGE, Member, zipped
from tests.builders import install, pack
from tests.unit.test_extension_files import OBSTACLES, in_time  # noqa: F401 - a fixture for every test
from tests.unit.test_installed_extensions import public, unprivileged  # noqa: F401 - a fixture
from vscan.discovery import discover
from vscan.extension_files import WINDOW_BYTES, Folder
from vscan.model import Extension, Failed, FailureKind, Scanned, Task
from vscan.providers.offline import Offline
from vscan.providers.offline.analyser import Analyser
from vscan.providers.offline.code_or_data import Content
from vscan.providers.offline.extension_digest import digest
from vscan.task_answering import Attempt, Reply, answer

SOURCE = Offline(None)


def sole(target: Path) -> Extension:
    (extension,) = discover([target])
    assert isinstance(extension, Extension)
    return extension


def answered(
    extension: Extension, between: Callable[[], object] = lambda: None, client: Any = None
) -> Reply:
    """Scan as a worker does; ``between`` comes after the question and before the analysis."""
    task = Task(SOURCE.name, (extension,))
    make = SOURCE.client if client is None else lambda: client

    def asking() -> None:
        between()

    return answer(Attempt(task, 0), reader=None, provider=SOURCE, client=make, asking=asking)


def gaps(extension: Extension) -> tuple[str, ...]:
    result = Analyser(None).ask(Task("offline", (extension,)), 0, None)
    assert isinstance(result, Scanned)
    return result.verdict.gap_texts


# What is remembered


@pytest.mark.parametrize("make", [install, pack])
def test_a_verdict_is_about_the_bytes_of_its_key(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    make(tmp_path)
    reply = answered(sole(tmp_path))
    assert isinstance(reply.result, Scanned)
    (key,) = reply.keys
    assert key.digest == reply.result.verdict.digest != ""


def test_a_verdict_is_remembered_under_the_bytes_that_were_analysed(tmp_path: Path) -> None:
    """Whatever changed between the question and the analysis."""
    path = install(tmp_path) / "main.js"
    path.write_bytes(b"harmless")
    extension = sole(tmp_path)
    for change in (
        lambda: path.write_bytes(b"harmlesS"),
        path.unlink,
        lambda: path.symlink_to("/dev/zero"),
        lambda: install(path.parent, folder="more"),
    ):
        asked = SOURCE.key(extension)
        reply = answered(extension, change)
        assert isinstance(reply.result, Scanned)
        assert reply.keys == (SOURCE.key(extension),)
        assert reply.keys != (asked,)


@pytest.mark.parametrize("make", [install, pack])
def test_a_folder_that_was_removed_meanwhile_is_unreadable(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path)
    reply = answered(sole(tmp_path), lambda: path.rename(tmp_path / "elsewhere"))
    assert isinstance(reply.result, Failed)
    assert reply.result.kind is FailureKind.UNREADABLE


def test_an_archive_that_was_replaced_meanwhile_is_unreadable(tmp_path: Path) -> None:
    path = pack(tmp_path)
    reply = answered(sole(tmp_path), lambda: path.write_bytes(b""))
    assert isinstance(reply.result, Failed)
    assert reply.result.kind is FailureKind.UNREADABLE
    assert reply.result.detail == "it is not a ZIP archive, or an incomplete one"


class _Slow:
    def scan(self, _content: bytes) -> None:
        raise yara_x.TimeoutError


def test_a_search_that_takes_too_long_is_a_gap_and_not_cached(tmp_path: Path) -> None:
    """Tomorrow the machine is less busy."""
    install(tmp_path)
    client = Analyser(None)
    client._search.scanners = dict.fromkeys(Content, (cast("yara_x.Scanner", _Slow()),))
    reply = answered(sole(tmp_path), client=client)
    assert isinstance(reply.result, Scanned)
    assert reply.result.verdict.gap_texts == ("package.json took too long to search",)
    assert reply.keys == ()


def test_unusable_data_has_another_cache_key_than_missing_data(tmp_path: Path) -> None:
    """Or what was clean with the seed alone would be remembered for it, without a word."""
    none, broken = tmp_path / "none", tmp_path / "broken"
    broken.mkdir()
    (broken / "advisories.sqlite3").write_bytes(b"no database" * 100)
    assert Offline(none).scope == Offline(None).scope != Offline(broken).scope
    assert "there is no public data" in Offline(none).warnings(date(2026, 11, 22))[0]
    (warning,) = Offline(broken).warnings(date(2026, 11, 22))
    assert "file is not a database" in warning


def test_archives_with_different_anomalies_have_different_digests(tmp_path: Path) -> None:
    path = tmp_path / "x.vsix"
    digests = set()
    for members in ((PACKAGE,), (PACKAGE, Member("extension/x/", b"x")), (PACKAGE, Member("x"))):
        path.write_bytes(zipped(*members))
        digests.add(digest(sole(path)))
    assert len(digests) == 2  # what lies beside the extension does not count


def test_a_lone_surrogate_from_json_has_a_digest(tmp_path: Path) -> None:
    install(tmp_path, extensionPack=["\ud800"])
    assert len(digest(sole(tmp_path))) == 64
    assert isinstance(answered(sole(tmp_path)).result, Scanned)


# What can't be read


@pytest.mark.parametrize("kind", OBSTACLES)
def test_a_special_file_does_not_end_an_analysis(tmp_path: Path, kind: str) -> None:
    place = install(tmp_path)
    OBSTACLES[kind][0](place / "main.js")
    inside = {"a directory", "a link that is broken", "a link to itself", "a file over 16 MiB"}
    found = [each for each in discover([tmp_path]) if isinstance(each, Extension)]
    (extension,) = (each for each in found if each.path == place.name)
    said = gaps(extension)
    assert bool(said) == (kind not in inside), said


def test_a_file_without_permission_is_a_gap(public: Path) -> None:  # noqa: F811 - the fixture
    place = install(public)
    (place / "lib").mkdir()
    (place / "closed.js").touch()
    for path in (place / "lib", place / "closed.js"):
        path.chmod(0)
    extension = sole(public)
    with unprivileged():
        assert gaps(extension) == (
            "lib can't be read: permission denied",
            "closed.js can't be read: permission denied",
        )
    place.chmod(0)
    with unprivileged():
        reply = answered(extension)
    assert isinstance(reply.result, Failed)
    assert reply.result.kind is FailureKind.UNREADABLE


def test_a_link_that_may_not_be_followed_is_a_gap(public: Path) -> None:  # noqa: F811 - the fixture
    place = install(public)
    (place / "lib").mkdir()
    (place / "lib" / "x").symlink_to("/etc/passwd")
    (place / "to").symlink_to("lib/inner/y")
    (place / "lib").chmod(0o744)  # others may list it, and not look at what is in it
    extension = sole(public)
    with unprivileged():
        assert gaps(extension) == (
            "to can't be read: permission denied",
            "lib/x can't be read: permission denied",
        )


def test_many_gaps_are_counted(tmp_path: Path) -> None:
    place = install(tmp_path)
    for number in range(30):
        (place / f"{number:02}").symlink_to("/etc/passwd")
    said = gaps(sole(tmp_path))
    assert len(said) == 21
    assert said[-1] == "and 10 more like it"


def _later(path: Path) -> None:
    os.utime(path, (time.time() + 5,) * 2)


@pytest.mark.parametrize(
    "change",
    [
        lambda path: os.truncate(path, WINDOW_BYTES),
        lambda path: os.truncate(path, 9 * WINDOW_BYTES),
        lambda path: path.write_bytes(b"x"),
        _later,
    ],
)
def test_a_file_that_changes_while_it_is_read_is_a_gap(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    (tmp_path / "a").write_bytes(bytes(3 * WINDOW_BYTES))
    (tmp_path / "b").touch()
    folder = Folder(tmp_path)
    windows = folder.windows()
    next(windows)
    change(tmp_path / "a")
    assert "b" in [window.entry.name for window in windows]
    assert folder.gaps == ["a changed while it was read"]


_MADE_UP = Path("/proc/tty")


@pytest.mark.skipif(not (_MADE_UP / "ldiscs").exists(), reason="this system has no such file")
def test_a_file_that_has_no_size_until_it_is_read_is_read() -> None:
    read = {window.entry.name: window.content for window in Folder(_MADE_UP).windows()}
    assert read["ldiscs"] == (_MADE_UP / "ldiscs").read_bytes() != b""


def test_a_file_that_is_removed_before_it_is_read_is_a_gap(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).touch()
    folder = Folder(tmp_path)
    windows: Iterator[Any] = folder.windows()
    next(windows)
    (tmp_path / "b").unlink()
    assert [window.entry.name for window in windows] == ["c"]
    assert folder.gaps == ["b can't be read: no such file or directory"]
