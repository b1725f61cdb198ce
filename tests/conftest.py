"""What a run of the tests says at its end, beside pass and fail."""

from collections import Counter
from pathlib import Path

import pytest

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


def _group(path: Path) -> str:
    """Name the group of the tests in a file."""
    if path.parent.name == "docker" or path.name == "test_image.py":
        return "image"
    return "corpus" if path.parent.name == "corpus" else str(path)


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep together what shares something costly, and leave the real service alone.

    Several processes of ``-n`` take whole groups: a file, or all that builds the image, or all that
    reads the corpus. The service is asked only if it is chosen by name.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item.path)))
    if "online" in config.option.markexpr:
        return
    off = pytest.mark.skip(reason="asks the real vscan.dev: choose it with -m online")
    for item in items:
        if item.get_closest_marker("online") is not None:
            item.add_marker(off)
