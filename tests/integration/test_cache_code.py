"""A verdict that other code made is not taken from the cache."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import install
from tests.command import scan
from tests.server import Server

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the program, so that a test may change it."""
    place = tmp_path / "program"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "vscan", place / "vscan", ignore=ignored)
    return place


def _change(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\n")


def _hold(scanned: Callable[[], dict[str, int]], change: Callable[[], None]) -> None:
    """Hold that a second scan is answered from the cache, and one after a change is not."""
    assert scanned()["fresh"] == 1
    assert scanned()["cached"] == 1
    change()
    assert scanned()["fresh"] == 1
    assert scanned()["cached"] == 1


@pytest.mark.parametrize(
    "file",
    [
        "providers/offline/checks/self_spread.py",
        "advisories/seed.jsonl",
        "extension_files/reading_in_parts.py",
    ],
)
def test_an_analyser_of_other_code_or_data_looks_again(
    tmp_path: Path, copy: Path, file: str
) -> None:
    install(tmp_path / "extensions")

    def scanned() -> dict[str, int]:
        program = {"PYTHONPATH": str(copy), "VSCAN_SOURCE": "offline"}
        done = scan(tmp_path, tmp_path / "extensions", **program)
        assert done.code == 0, done.err
        return done.stats

    _hold(scanned, lambda: _change(copy / "vscan" / file))


@pytest.mark.parametrize("file", ["answers.py", "rules.py"])
def test_a_reader_of_the_service_of_other_code_asks_again(
    tmp_path: Path, copy: Path, file: str
) -> None:
    install(tmp_path / "extensions")
    with Server() as server:

        def scanned() -> dict[str, int]:
            url = ("--api-url", server.api_url)
            done = scan(tmp_path, tmp_path / "extensions", *url, PYTHONPATH=str(copy))
            assert done.code == 0, done.err
            return done.stats

        _hold(scanned, lambda: _change(copy / "vscan" / "providers" / "vscan_dev" / file))
