"""What a run of the tests says at its end, beside pass and fail."""

from collections import Counter

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the real service alone unless it is chosen by name, and say so."""
    if "online" in config.option.markexpr:
        return
    off = pytest.mark.skip(reason="asks the real vscan.dev: choose it with -m online")
    for item in items:
        if item.get_closest_marker("online") is not None:
            item.add_marker(off)
