"""docs/performance.md gives what the benchmark printed, and nothing else."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.nightly

DOCS = Path(__file__).resolve().parent.parent / "docs"
TEXT = (DOCS / "performance.md").read_text("utf-8")
OUTPUT = (DOCS / "studies" / "bench.txt").read_text("utf-8")


def test_every_expectation_is_as_measured() -> None:
    rows = re.findall(r"^\| (30|66|100) \| (sequential|3 workers) \| (.+) \|$", TEXT, re.MULTILINE)
    assert len(rows) == 6
    for number, way, cells in rows:
        for percent, cell in zip((0, 50, 70, 100), cells.split(" | "), strict=True):
            name = f"{number} extensions, {percent} % cached, {way}: s for"
            (seconds,) = re.findall(rf"{name} \d+ requests\s+([\d.]+)$", OUTPUT, re.MULTILINE)
            assert cell == f"{float(seconds):.1f} s"


def test_every_other_figure_is_one_that_was_printed() -> None:
    printed = {float(figure) for figure in re.findall(r"\s(\d+\.\d{3})\b", OUTPUT)}
    table = TEXT.partition("## What vscan adds")[2]
    for row in re.findall(r"^\| [^|]+ \| ([\d., ]+) \| [^|]*\|$", table, re.MULTILINE):
        for cell in row.split(","):
            digits = len(cell.strip().partition(".")[2])
            assert any(round(figure, digits) == float(cell) for figure in printed), cell
    assert "MISSED" not in OUTPUT
