"""Judge a study of parallel scans and write it down: Markdown, a chart, raw figures. Pure.

Seven criteria, each with its measured value. What could not be measured is neither passed
nor failed: it says so, and keeps the whole from being GO.
"""

import dataclasses
import json
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

CacheState = Literal["empty", "half"]
RELIED_ON = 3  # workers: the default of --parallel, which the verdict is about
MOST_OFFERED = 5  # workers that the command allows
LEAST_SUCCESS = 0.95
LEAST_SPEEDUP = 2.5
# More than one worker each can't be: the figure, or its baseline, is of something else.
_PLAUSIBLE = 1.1
_SHADES = {"empty": "#0b5394", "half": "#b45f06"}


class Verdict(IntEnum):
    """The verdict on the study is its exit code."""

    GO = 0
    NO_GO = 1
    NOT_MEASURED = 2

    @property
    def word(self) -> str:
        """The name as a person reads it."""
        return self.name.replace("_", "-" if self is Verdict.NO_GO else " ")


@dataclass(frozen=True, slots=True)
class Scenario:
    """So many workers, and a cache that is empty or knows half of the extensions."""

    workers: int
    cache: CacheState

    def __str__(self) -> str:
        return f"{self.workers}-{self.cache}"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of one scenario. Times in seconds; every count is kept by kind.

    ``answers`` counts what came over the wire: statuses, and errors by their name.
    ``times_s`` are of the extensions that were asked about, from the first question to
    the outcome, pauses included. ``escaped`` are exceptions that left ``collect``.
    """

    scenario: Scenario
    repetition: int
    position: int  # in the order of its repetition, from 1
    duration_s: float
    times_s: tuple[float, ...]
    total: int
    cached: int
    fresh: int
    failed: Mapping[str, int]
    bugs: Mapping[str, int]  # exceptions in workers, by their type
    escaped: Mapping[str, int]
    seeded: int
    lookups: Mapping[str, int]  # how the cache answered, counted by the cache
    requests: int  # as the gate counted them
    retries: int
    rate_limited: int
    answers: Mapping[str, int]
    in_flight: int  # the most requests at one time
    sqlite: Mapping[str, int]
    locked: int  # of those: refused because somebody else holds the lock
    rows_good: int
    rows_bad: int
    integrity: str  # "ok", or what SQLite says

    @property
    def scanned(self) -> int:
        """The extensions with a verdict."""
        return self.cached + self.fresh

    @property
    def success(self) -> float:
        """The share of the extensions that have one."""
        return self.scanned / self.total

    def of_status(self, hundred: int) -> int:
        """Count the answers of one class, such as 5 for 5xx."""
        return sum(n for what, n in self.answers.items() if what.startswith(str(hundred)))

    @property
    def timed_out(self) -> int:
        """The requests without an answer in time."""
        return self.answers.get("TimedOutError", 0)


@dataclass(frozen=True, slots=True)
class Warmed:
    """The pass that was not measured: what it cost, and what it did not get."""

    requests: int
    duration_s: float
    verdicts: int
    verified: int  # of those: of a publisher whom the service calls verified
    rate_limited: int
    failed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Study:
    """All that was measured, and where and how."""

    environment: Mapping[str, str]
    command: str
    note: str
    started_at: str
    estimated_requests: int
    delay_s: float
    rest_s: float
    extensions: tuple[str, ...]
    warmed: Warmed
    runs: tuple[Measured, ...]

    def of(self, workers: int, cache: CacheState | None = None) -> tuple[Measured, ...]:
        """Take the runs of a number of workers."""
        return tuple(
            run
            for run in self.runs
            if run.scenario.workers == workers and cache in (None, run.scenario.cache)
        )

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios, fewest workers first."""
        states = ("empty", "half")
        found = {run.scenario for run in self.runs}
        return tuple(sorted(found, key=lambda s: (states.index(s.cache), s.workers)))

    def duration_s(self, scenario: Scenario) -> float:
        """Give the median over the repetitions."""
        return statistics.median(
            run.duration_s for run in self.of(scenario.workers, scenario.cache)
        )

    def speedup(self, scenario: Scenario) -> float | None:
        """Compare with one worker and a cache of the same state.

        ``None`` where the two are no comparison: a scan that fails is soon done, and a
        baseline that was throttled would make anything look fast.
        """
        both = (*self.of(1, scenario.cache), *self.of(scenario.workers, scenario.cache))
        throttled = any(run.rate_limited for run in self.of(1, scenario.cache))
        if throttled or not all(run.success >= LEAST_SUCCESS for run in both):
            return None
        return self.duration_s(Scenario(1, scenario.cache)) / self.duration_s(scenario)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that must hold. ``passed`` is ``None`` where it could not be measured."""

    name: str
    measured: str
    passed: bool | None
    action: str = field(repr=False)


def judge(study: Study) -> tuple[Criterion, ...]:
    """Hold the study against the seven criteria."""
    relied = study.of(RELIED_ON)
    return (
        Criterion(
            f"no 429 with {RELIED_ON} workers",
            f"{sum(run.rate_limited for run in relied)} in {len(relied)} runs",
            _none(run.rate_limited for run in relied),
            f"Find the rate that is borne: repeat with a larger --delay. Make it the default, or"
            f" parallel scans with fewer than {RELIED_ON} workers.",
        ),
        _success(relied),
        Criterion(
            "no locking errors of the cache",
            f"{sum(run.locked for run in study.runs)} in {len(study.runs)} runs",
            _none(run.locked for run in study.runs),
            "See which process holds the lock: a scenario's cache has one writer. On a network"
            " file system put the temporary directory (TMPDIR) on a local disk, and repeat.",
        ),
        _speedup(study),
        _adds_up(study.runs),
        _captured(study.runs),
        _whole(study.runs),
    )


def verdict(criteria: Iterable[Criterion]) -> Verdict:
    """Say GO if all hold. One that fails outweighs those that could not be measured."""
    passed = [criterion.passed for criterion in criteria]
    if False in passed:
        return Verdict.NO_GO
    return Verdict.NOT_MEASURED if None in passed or not passed else Verdict.GO


def _none(counts: Iterable[int]) -> bool | None:
    numbers = list(counts)
    return not any(numbers) if numbers else None


def _success(relied: Sequence[Measured]) -> Criterion:
    worst = min(relied, key=lambda run: run.success, default=None)
    return Criterion(
        f"at least {LEAST_SUCCESS:.0%} scanned with {RELIED_ON} workers",
        "no run"
        if worst is None
        else f"{worst.success:.1%} at worst ({worst.scanned} of {worst.total})",
        None if worst is None else worst.success >= LEAST_SUCCESS,
        "Read the failures by kind: rate-limited asks for a larger --delay, timeout for a larger"
        " --timeout, network and bad-response for a look at the service. Repeat when it is well.",
    )


def _speedup(study: Study) -> Criterion:
    name = f"speed-up of at least {LEAST_SPEEDUP} with {RELIED_ON} workers and an empty cache"
    action = (
        "See what bounds it: a service that slows down (times of one extension grow with the"
        " workers), one that limits the rate (429s), or this machine (its load)."
    )
    found = study.speedup(Scenario(RELIED_ON, "empty")) if study.of(RELIED_ON, "empty") else None
    if found is None:
        return Criterion(
            name, "no comparison: too little was scanned, or one worker drew a 429", None, action
        )
    if found > RELIED_ON * _PLAUSIBLE:
        return Criterion(name, f"{found:.2f}, more than {RELIED_ON} workers can give", None, action)
    return Criterion(name, f"{found:.2f}", found >= LEAST_SPEEDUP, action)


def _adds_up(runs: Sequence[Measured]) -> Criterion:
    odd = list(dict.fromkeys(what for run in runs for what in _sums(run)))
    return Criterion(
        "counts add up: scanned + failed = total in each run",
        "; ".join(odd) if odd else f"in all of {len(runs)}",
        not odd if runs else None,
        "Something is lost or counted twice: a fault of vscan. Report it with the raw figures.",
    )


def _sums(run: Measured) -> Iterable[str]:
    """Name the sums that don't hold. What two count apart must agree, too."""
    failed = sum(run.failed.values())
    hits = run.lookups.get("hit", 0)
    sent, refused = sum(run.answers.values()), run.answers.get("429", 0)
    for holds, what in (
        (run.scanned + failed == run.total, f"{run.scanned} + {failed} of {run.total}"),
        (run.cached == hits, f"{run.cached} cached and {hits} hits"),
        (run.requests == sent, f"{run.requests} requests and {sent} sent"),
        (run.rate_limited == refused, f"{run.rate_limited} rate limits and {refused} answers 429"),
    ):
        if not holds:
            yield f"{run.scenario}: {what}"


def _captured(runs: Sequence[Measured]) -> Criterion:
    kinds = _together(run.failed for run in runs)
    unknown = _together([*(run.bugs for run in runs), *(run.escaped for run in runs)])
    return Criterion(
        "failures are captured by kind",
        f"{sum(kinds.values())} failed: {_listed(kinds) or 'none'};"
        f" exceptions: {_listed(unknown) or 'none'}",
        not unknown if runs else None,
        "An exception that nobody foresaw is a fault of vscan. Report it with the raw figures.",
    )


def _whole(runs: Sequence[Measured]) -> Criterion:
    odd = [
        f"{run.scenario}: {run.integrity}, {run.rows_good} of {run.seeded + run.fresh} rows,"
        f" {run.rows_bad} broken, {run.lookups.get('hit', 0)} hits of {run.seeded}"
        for run in runs
        if run.integrity != "ok"
        or run.rows_bad
        or run.rows_good != run.seeded + run.fresh
        or run.lookups.get("hit", 0) != run.seeded
    ]
    return Criterion(
        "integrity of the cache holds after each run",
        "; ".join(odd) if odd else f"ok after all of {len(runs)}, every row there and valid",
        not odd if runs else None,
        "Rows are missing or damaged. Where there are locking errors, mend those first; else it"
        " is a fault of vscan or of the disk. Report it with the raw figures.",
    )


def _together(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    whole: Counter[str] = Counter()
    for part in counts:
        whole.update(part)
    return whole


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{what} {number}" for what, number in sorted(counts.items()))


def borne(study: Study) -> int:
    """Find the largest number of workers up to which nothing drew a 429; 0 for none."""
    most = 0
    for workers in sorted({run.scenario.workers for run in study.runs}):
        if any(run.rate_limited for run in study.of(workers)):
            break
        most = workers
    return most


def percentile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan


def raw(study: Study) -> str:
    """Write all figures, and what was made of them, as JSON."""
    criteria = judge(study)
    document = dataclasses.asdict(study) | {
        "verdict": verdict(criteria).word,
        "criteria": [dataclasses.asdict(criterion) for criterion in criteria],
        "speedups": {str(s): study.speedup(s) for s in study.scenarios},
        "largest_without_429": borne(study),
    }
    return json.dumps(document, indent=1) + "\n"


def markdown(study: Study, chart: str, figures: str) -> str:
    """Write the report. ``chart`` and ``figures`` are the names of the files beside it."""
    criteria = judge(study)
    lines = [
        f"# Parallel scans: {verdict(criteria).word}",
        "",
        (
            f"{study.started_at}, {len(study.extensions)} extensions, {len(study.runs)} runs of"
            f" {len(study.scenarios)} scenarios, a delay of {study.delay_s:g} s a worker. Made by:"
        ),
        "",
        "```sh",
        study.command,
        "```",
        "",
        *([study.note, ""] if study.note else []),
        "| Criterion | Measured | |",
        "|---|---|---|",
        *(f"| {c.name} | {c.measured} | {_mark(c.passed)} |" for c in criteria),
        "",
        *_actions(criteria),
        "## Results",
        "",
        *_table(study),
        "",
        f"![Speed-up by workers]({chart})",
        "",
        (
            "Durations are medians of the repetitions; the times of one extension are of those"
            " that were asked about, from the first question to the verdict, pauses included."
            " Counts are sums of all repetitions; in flight is the most at one time. Speed-up is"
            " over one worker with the same cache. Every figure of every run is in"
            f" [{figures}]({figures})."
        ),
        "",
        "## What the service bears",
        "",
        *_rate_limits(study),
        "",
        "## What SQLite did",
        "",
        *_sqlite(study),
        "",
        "## Recommendation",
        "",
        _recommendation(study, criteria),
        "",
        "## How it was measured",
        "",
        *_method(study),
        "",
        "| Environment | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in study.environment.items()),
    ]
    return "\n".join(lines) + "\n"


def _mark(passed: bool | None) -> str:  # noqa: FBT001 - three states
    return {True: "holds", False: "**FAILS**", None: "**not measured**"}[passed]


def _actions(criteria: Iterable[Criterion]) -> list[str]:
    lost = [c for c in criteria if not c.passed]
    if not lost:
        return []
    return ["## Required actions", "", *(f"- *{c.name}*: {c.action}" for c in lost), ""]


def _table(study: Study) -> list[str]:
    rows = [
        (
            "| Workers | Cache | Duration, s | Speed-up | One extension: median, p95, s | Scanned"
            " | Hits | Requests | In flight | 429 | 5xx | Time-outs | SQLite errors | Exceptions"
            " | Integrity |"
        ),
        "|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    for scenario in study.scenarios:
        runs = study.of(scenario.workers, scenario.cache)
        times = [seconds for run in runs for seconds in run.times_s]
        speedup = study.speedup(scenario)
        middle = f"{statistics.median(times):.2f}, {percentile(times, 0.95):.2f}" if times else "-"
        cells = (
            scenario.workers,
            scenario.cache,
            f"{study.duration_s(scenario):.2f}",
            "-" if speedup is None else f"{speedup:.2f}",
            middle,
            f"{sum(run.scanned for run in runs)} of {sum(run.total for run in runs)}",
            sum(run.lookups.get("hit", 0) for run in runs),
            sum(run.requests for run in runs),
            max(run.in_flight for run in runs),
            sum(run.rate_limited for run in runs),
            sum(run.of_status(5) for run in runs),
            sum(run.timed_out for run in runs),
            sum(sum(run.sqlite.values()) for run in runs),
            sum(sum(run.bugs.values()) + sum(run.escaped.values()) for run in runs),
            ", ".join(sorted({run.integrity for run in runs})),
        )
        rows.append(f"| {' | '.join(map(str, cells))} |")
    return rows


def _rate_limits(study: Study) -> list[str]:
    most, offered = borne(study), max(run.scenario.workers for run in study.runs)
    limited = sum(run.rate_limited for run in study.runs)
    answers = _together(run.answers for run in study.runs)
    failed = _together(run.failed for run in study.runs)
    if most == offered:
        found = f"The limit was not met: up to {most} workers nothing drew a 429."
    elif most:
        found = f"The largest number of workers without a 429 is {most}; {limited} came in all."
    else:
        found = f"Even one worker drew 429s; {limited} came in all."
    return [found, "", f"Answers: {_listed(answers)}. Failures: {_listed(failed) or 'none'}."]


def _sqlite(study: Study) -> list[str]:
    errors = _together(run.sqlite for run in study.runs)
    lookups = _together(run.lookups for run in study.runs)
    rows = sum(run.rows_good for run in study.runs)
    return [
        (
            f"Errors: {_listed(errors) or 'none'}. Look-ups as the cache counted them:"
            f" {_listed(lookups) or 'none'}. Rows that match their checksum after the runs: {rows}."
        ),
    ]


def _recommendation(study: Study, criteria: Sequence[Criterion]) -> str:
    found, most = verdict(criteria), borne(study)
    good = [
        workers
        for workers in sorted({run.scenario.workers for run in study.runs})
        if workers <= min(most, MOST_OFFERED)
        and all(run.success >= LEAST_SUCCESS for run in study.of(workers))
    ]
    pace = f"at a delay of {study.delay_s:g} s"
    if found is Verdict.GO:
        return (
            f"GO: scan with `--workers {RELIED_ON}`, which is the default of `--parallel`. Up to"
            f" {max(good)} workers {pace} this service showed no limit and lost nothing."
        )
    if found is Verdict.NOT_MEASURED:
        return "Nothing can be recommended: what was not measured says nothing. Repeat the study."
    if good and max(good) > 1:
        return f"NO-GO: no more than {max(good)} workers {pace}, until the actions above are done."
    return "NO-GO: scan with one worker, until the actions above are done."


def _method(study: Study) -> list[str]:
    warmed = study.warmed
    lost = f", and lacked: {_listed(warmed.failed)}" if warmed.failed else ""
    orders: dict[int, list[str]] = {}
    for run in sorted(study.runs, key=lambda run: (run.repetition, run.position)):
        orders.setdefault(run.repetition, []).append(str(run.scenario))
    return [
        (
            "The service was warmed by a pass that is not measured: an analysis that nobody has"
            " asked for before takes minutes, and the first scenario would pay for all."
            f" The pass took {warmed.requests} requests and {warmed.duration_s:.1f} s, drew"
            f" {warmed.rate_limited} 429s and got {warmed.verdicts} verdicts, {warmed.verified} of"
            f" them of verified publishers{lost}. Its verdicts fill the half-full caches: every"
            " second extension of the list, the same for all scenarios."
        ),
        "",
        f"Before each scenario the service was left alone for {study.rest_s:g} s, so that none"
        " finds a limit's allowance used up; and each repetition begins elsewhere: "
        + "; ".join(" ".join(order) for order in orders.values())
        + ".",
        "",
        (
            f"About {study.estimated_requests} requests were announced;"
            f" {warmed.requests + sum(run.requests for run in study.runs)} were made."
        ),
    ]


def chart(study: Study) -> str:
    """Draw the speed-up by workers, one line for each state of the cache, and the ideal."""
    workers = sorted({scenario.workers for scenario in study.scenarios})
    most = max(workers)
    width, height, left, bottom = 560, 340, 60, 290

    def x(count: float) -> float:
        return left + (count - 1) * 440 / max(1, most - 1)

    def y(speedup: float) -> float:
        return bottom - speedup * 250 / most

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
            ' font-family="sans-serif" font-size="12">'
        ),
        "<title>Speed-up by number of workers</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for count in workers:
        parts += [
            f'<path d="M{left} {y(count):.1f}H500" stroke="#dddddd"/>',
            f'<text x="{left - 8}" y="{y(count) + 4:.1f}" text-anchor="end">{count}</text>',
            f'<text x="{x(count):.1f}" y="{bottom + 18}" text-anchor="middle">{count}</text>',
        ]
    parts += [
        f'<line x1="{left}" y1="{bottom}" x2="500" y2="{bottom}" stroke="#333333"/>',
        f'<text x="280" y="{bottom + 38}" text-anchor="middle">workers</text>',
        '<text x="16" y="165" text-anchor="middle" transform="rotate(-90 16 165)">speed-up</text>',
        (
            f'<line x1="{x(1):.1f}" y1="{y(1):.1f}" x2="{x(most):.1f}" y2="{y(most):.1f}"'
            ' stroke="#999999" stroke-dasharray="5 4"/>'
        ),
        '<text x="76" y="34" fill="#666666">dashed: as many times as workers</text>',
    ]
    for number, (state, colour) in enumerate(_SHADES.items()):
        found = [
            (scenario.workers, speedup)
            for scenario in study.scenarios
            if scenario.cache == state and (speedup := study.speedup(scenario)) is not None
        ]
        points = " ".join(f"{x(count):.1f},{y(min(s, most)):.1f}" for count, s in found)
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )
        parts += [
            f'<circle cx="{x(count):.1f}" cy="{y(min(s, most)):.1f}" r="4" fill="{colour}">'
            f"<title>{count} workers, {state}: {s:.2f}</title></circle>"
            for count, s in found
        ]
        label = "cache empty" if state == "empty" else "half of it cached"
        parts.append(f'<text x="76" y="{52 + 18 * number}" fill="{colour}">{label}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
