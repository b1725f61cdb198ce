"""The lanes of the tests, how processes share them, and what a run says at its end."""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from tests.examples import VARIABLE, examples

_TESTS = Path(__file__).parent
_MATRIX = "test_fault_matrix.py::"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Give the size and the result of the fault matrix, cell by cell."""
    cells: Counter[str] = Counter()
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.getreports(outcome):
            if _MATRIX in report.nodeid and "can_fail" not in report.nodeid:
                cells["as expected" if outcome == "passed" else "NOT as expected"] += 1
    if cells:
        numbers = ", ".join(f"{number} {result}" for result, number in cells.items())
        terminalreporter.section("fault matrix")
        terminalreporter.line(
            f"{sum(cells.values())} cells (fault x step x one or all x workers): {numbers}"
        )
    figures = [
        figure
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, figure in report.user_properties
        if name == "figure"
    ]
    if figures:
        terminalreporter.section("figures")
        for figure in figures:
            terminalreporter.line(str(figure))


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples of a property are tried, before tests are imported."""
    chosen = config.option.markexpr
    lane = next((lane for lane in ("fast", "nightly") if chosen == lane), "full")
    os.environ.setdefault(VARIABLE, lane)
    settings.register_profile(lane, max_examples=examples(), deadline=None)
    settings.load_profile(lane)


# Files that share something costly, as a browser or a list of scenes: one process takes each whole.
_WHOLE = {
    "test_hostile_input.py",
    "test_html_browser.py",
    "test_reports.py",
    "test_sarif_validators.py",
    "test_site.py",
    "test_troubleshooting.py",
}
# Files elsewhere that build the image.
_WITH_IMAGE = {("action", "test_image.py"), ("recipes", "test_containers.py")}


def _group(nodeid: str) -> str:
    """Name what one process takes as a whole: a test, a file, or all that builds the image."""
    file = Path(nodeid.partition("::")[0])
    if file.parent.name == "docker" or file.parts[-2:] in _WITH_IMAGE:
        return "image"
    if file.parent.name in {"action", "integration", "recipes"} and file.name not in _WHOLE:
        return nodeid
    return str(file)


class _Groups(LoadScopeScheduling):  # type: ignore[misc] # it has no types
    """Gives groups to processes as they become free, the one with most tests first."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Groups:
    """Have processes take groups, whatever ``--dist`` says."""
    return _Groups(config, log)


def _is_fast(item: pytest.Item) -> bool:
    """Whether a test starts no process, waits for nothing and uses no network."""
    if item.get_closest_marker("full") or item.get_closest_marker("nightly"):
        return False
    return _TESTS / "unit" in item.path.parents


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test with its lane, before tests are chosen by their marks."""
    if item.path.parent.name == "corpus":
        item.add_marker(pytest.mark.nightly)
    if _is_fast(item):
        item.add_marker(pytest.mark.fast)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is chosen by name alone."""
    chosen = config.option.markexpr
    if "online" not in chosen:
        reason = "asks the real vscan.dev: choose it with -m online"
        for item in items:
            if item.get_closest_marker("online"):
                item.add_marker(pytest.mark.skip(reason=reason))
    if (
        "nightly" in chosen
        or "corpus" in chosen
        or any("::" in argument for argument in config.args)
    ):
        return
    left_out = [item for item in items if item.get_closest_marker("nightly")]
    items[:] = [item for item in items if not item.get_closest_marker("nightly")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)


_MEMORY = Path("/dev/shm")  # a file system in memory, as Linux has it
_LEAST_MEMORY = 2 * 1024**3


@pytest.fixture
def tmp_path(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Give a directory in memory where there is room, gone after the test; else one of pytest's.

    To make hundreds of thousands of files, and to have SQLite reach the disk each time, takes
    minutes of a run. A container engine may not see what is in memory.
    """
    on_disk = request.node.get_closest_marker("docker") is not None
    if on_disk or not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free < _LEAST_MEMORY:
        yield tmp_path_factory.mktemp("test")
        return
    path = Path(tempfile.mkdtemp(prefix="vscan-test-", dir=_MEMORY))
    yield path
    try:
        shutil.rmtree(path)
    except (OSError, RecursionError):  # too deep for Python, or forbidden
        subprocess.run(["rm", "-rf", path], check=False)


# What a fast test must not do, by the names of Python's audit events.
_EXTERNAL = {
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "subprocess.Popen",
    "time.sleep",
}
_done: list[str] = []  # such events since a fast test began


@functools.cache  # a hook can't be removed
def _listen() -> None:
    sys.addaudithook(lambda event, _: _done.append(event) if event in _EXTERNAL else None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a fast test that is none."""
    _done.clear()
    _listen()
    result = yield
    if _done and item.get_closest_marker("fast"):
        pytest.fail(f"{set(_done)} in a fast test: mark it with full", pytrace=False)
    return result
