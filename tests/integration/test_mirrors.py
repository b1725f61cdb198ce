"""``vscan scan MIRROR``: the same extensions from each layout, and never fewer in silence."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import scan
from tests.mirrors import ARCHIVES, LAYOUTS, PACKAGE, offline_copy, unpacked


@pytest.mark.parametrize("lay_out", LAYOUTS)
def test_each_layout_gives_the_same_extensions(
    tmp_path: Path, lay_out: Callable[[Path], Path]
) -> None:
    result = scan(tmp_path, lay_out(tmp_path / "mirror"), "--offline")
    assert result.code == 0, result.err
    found = [
        (each["id"], each["version"], each["target_platform"])
        for each in result.report["extensions"]
    ]
    assert sorted(found, key=str) == sorted(ARCHIVES, key=str)
    assert result.stats["scanned"] == len(ARCHIVES)


def test_what_a_mirror_lacks_makes_the_run_incomplete(tmp_path: Path) -> None:
    mirror = offline_copy(tmp_path / "mirror")
    (mirror / "artifacts/extensions/acme.tools/1.0.0" / PACKAGE).unlink()
    (mirror / "artifacts/extensions/vendor.other/2.0.0" / PACKAGE).write_bytes(b"cut short")
    result = scan(tmp_path, mirror, "--offline")
    assert result.code == 3
    statuses = [
        (each["id"], each["version"], each["status"]) for each in result.report["extensions"]
    ]
    assert sorted(statuses) == [
        ("acme.tools", "1.0.0", "unreadable"),
        ("acme.tools", "1.1.0", "scanned"),
        ("acme.tools", "1.1.0", "scanned"),
        ("vendor.other", "2.0.0", "unreadable"),
    ]
    assert result.report["run"]["target_kinds"] == ["a mirror of extensions"]


def test_a_mirror_in_a_checkout_is_read_whole(tmp_path: Path) -> None:
    mirror = unpacked(tmp_path / "checkout" / "mirror")
    result = scan(tmp_path, mirror, "--offline", GITHUB_WORKSPACE=str(tmp_path / "checkout"))
    scanned = [each for each in result.report["extensions"] if each["path"] is not None]
    assert len(scanned) == len(ARCHIVES)
    assert result.report["run"]["target_kinds"] == ["a mirror of extensions and a repository"]
