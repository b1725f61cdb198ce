"""The charts of the HTML report: bars of the whole, and the points of each score."""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from vscan.model import (
    RiskLevel,
    Severity,
    Verdict,
)
from vscan.report.view import (
    Standing,
    extensions_by_risk,
)
from vscan.report_model import Report

_STANDING_WORDS = {
    Standing.POSTURE: "posture",
    Standing.SUPPRESSED: "suppressed",
    Standing.IN_BASELINE: "known from the baseline",
}
_RISKS = (*sorted(set(RiskLevel) - {RiskLevel.UNKNOWN}, reverse=True), RiskLevel.UNKNOWN)
_LEAST_SHARE = 1.5  # percent of a bar that its smallest part has, so that it can be seen
_LEAST_REACH = 25  # points of a score that half a chart shows at least, so that charts compare


class Part(Struct, frozen=True):
    """A part of a bar: where it begins and how wide it is, in percent, and what it counts."""

    name: str
    number: int
    word: str
    start: float
    width: float


class Bar(Struct, frozen=True):
    """A chart of one line. ``rest`` says what it does not count."""

    title: str
    parts: list[Part]
    rest: str = ""


def bars_of(report: Report, counts: Mapping[Standing, Counter[Severity]]) -> list[Bar]:
    """Chart the whole: extensions by risk, and findings that count by severity."""
    if not report.stats.total:
        return []
    risks = extensions_by_risk(report)
    active = counts[Standing.ACTIVE]
    rest = [
        f"{counts[standing].total()} {word}"
        for standing, word in _STANDING_WORDS.items()
        if counts[standing]
    ]
    return [
        Bar(
            "Extensions by worst risk",
            _parts([(f"l{level:d}", risks[level], level.word) for level in _RISKS]),
        ),
        Bar(
            "Findings by severity",
            _parts([(f"f{s:d}", active[s], s.word) for s in sorted(Severity, reverse=True)]),
            f"not counted here: {', '.join(rest)}" if rest else "",
        ),
    ]


def _parts(counts: Sequence[tuple[str, int, str]]) -> list[Part]:
    """Place the parts of a bar that are not empty, each with a width that can be seen."""
    present = [(name, number, word) for name, number, word in counts if number]
    total = sum(number for _, number, _ in present)
    widths = [max(_LEAST_SHARE, 100 * number / total) for _, number, _ in present]
    scale = 100 / sum(widths) if widths else 1
    parts: list[Part] = []
    start = 0.0
    for (name, number, word), width in zip(present, widths, strict=True):
        parts.append(Part(name, number, word, round(start, 2), round(width * scale, 2)))
        start += width * scale
    return parts


class ScoreChart(Struct, frozen=True):
    """The modules of a verdict, each with level and points. Half a chart is ``reach`` wide.

    ``quiet`` are the names of those with a low level and without points: they get no line.
    """

    rows: list[tuple[str, RiskLevel | None, float | None]]
    quiet: list[str]
    reach: float


def score_chart(verdict: Verdict) -> ScoreChart:
    """Chart the points of a verdict; what has none is only named."""
    levels, points = dict(verdict.modules), dict(verdict.contributions)
    names = dict.fromkeys([*(name for name in points if name not in levels), *levels])
    quiet = [n for n in levels if levels[n] is RiskLevel.LOW and not points.get(n)]
    rows = [(name, levels.get(name), points.get(name)) for name in names if name not in quiet]
    # Points without a module are the start of the score: they get a number, but no bar.
    sizes = (abs(points[name]) for name in levels if name in points)
    return ScoreChart(rows, quiet, max((_LEAST_REACH, *sizes)))
