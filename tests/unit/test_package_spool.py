"""Packages that are kept in a file are read back whole, or the report fails."""

import gc
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.builders import task, verdict
from vscan.errors import ReportError
from vscan.model import Confidence, Package, Scanned
from vscan.package_spool import PackageSpool, SpooledPackages

HAS_PROC = Path("/proc/self/fd").is_dir()


def packages(name: str, number: int) -> tuple[Package, ...]:
    return tuple(
        Package(f"{name}-{n}", f"1.0.{n}", "lock-file", Confidence.HIGH, "package-lock.json", n)
        for n in range(number)
    )


def scanned(has: Sequence[Package], *, from_cache: bool = False) -> Scanned:
    return Scanned(task("acme.tool"), replace(verdict(), packages=has), from_cache=from_cache)


def spool_files() -> set[str]:
    """List the descriptors of files without a name."""
    found = set()
    for place in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            if str(place.readlink()).endswith(" (deleted)"):
                found.add(place.name)
    return found


@pytest.mark.parametrize("from_cache", [False, True])
def test_packages_are_read_back_whole_in_any_order(*, from_cache: bool) -> None:
    spool = PackageSpool(0)
    whole = [packages(f"p{number}", number) for number in range(1, 40)]
    spooled = [spool.spool(scanned(each, from_cache=from_cache)) for each in whole]
    for before, after in reversed(list(zip(whole, spooled, strict=True))):
        assert isinstance(after.verdict.packages, SpooledPackages)
        assert tuple(after.verdict.packages) == before
        assert len(after.verdict.packages) == len(before)
        assert after.verdict.packages[-1] == before[-1]
        assert after == scanned(before, from_cache=from_cache)


def test_the_first_packages_stay_in_memory_and_so_does_none_that_follows() -> None:
    spool = PackageSpool(10)
    kinds = [type(spool.spool(scanned(packages("p", n))).verdict.packages) for n in (6, 4, 0, 1, 5)]
    assert kinds == [tuple, tuple, tuple, SpooledPackages, SpooledPackages]


@pytest.mark.skipif(not HAS_PROC, reason="only Linux shows the files of a process")
def test_the_file_is_gone_with_the_last_verdict() -> None:
    before = spool_files()
    spool = PackageSpool(0)
    kept = spool.spool(scanned(packages("p", 3))).verdict.packages
    del spool
    gc.collect()
    assert len(tuple(kept)) == 3
    assert len(spool_files() - before) == 1
    del kept
    gc.collect()
    assert spool_files() == before


@pytest.mark.skipif(not HAS_PROC, reason="only Linux shows the files of a process")
@pytest.mark.parametrize("damage", ["changed", "cut"])
def test_a_file_that_has_changed_fails_the_report(damage: str) -> None:
    before, spool = spool_files(), PackageSpool(0)
    kept = [spool.spool(scanned(packages("package", 5))) for _ in range(2)][1].verdict.packages
    (number,) = spool_files() - before
    with open(f"/proc/self/fd/{number}", "r+b") as file:  # noqa: PTH123
        size = file.seek(0, os.SEEK_END)
        if damage == "cut":
            file.truncate(size - 10)
        else:
            file.seek(size - 30)
            file.write(b"x")
    with pytest.raises(ReportError, match="can't be read back: it has changed"):
        tuple(kept)


@pytest.mark.full
@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_packages_stay_in_memory_if_the_disk_is_full() -> None:
    code = """
import resource
from tests.unit.test_package_spool import packages, scanned
from vscan.package_spool import PackageSpool, SpooledPackages
resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))
spool = PackageSpool(0)
whole = [packages(str(number), 10) for number in range(30)]
spooled = [spool.spool(scanned(each)).verdict.packages for each in whole]
kinds = [isinstance(each, SpooledPackages) for each in spooled]
assert 0 < sum(kinds) < 10 and kinds == sorted(kinds, reverse=True), kinds
assert [tuple(each) for each in spooled] == whole
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
