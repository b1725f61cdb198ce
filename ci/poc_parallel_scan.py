"""Measure how many workers a service bears: eight scenarios, a report, GO or NO-GO.

``python -m ci.poc_parallel_scan --help``; docs/poc.md says what to expect and how to read it.
Exits with 0 for GO, 1 for NO-GO, 2 if it could not be measured.

1, 3, 5 and 7 workers, each with an empty cache and with one that knows half of the
extensions. No scenario pays for the others. The service is warmed first, by a pass that is
not measured: an analysis that nobody has asked for before takes minutes, and the first
scenario would pay for all. Before each scenario the service is left alone for a while, so
that one that has used up a limit's allowance does not leave the next without; and each
repetition begins with another scenario, for what is left of that all the same.

What runs is the package itself: its limiter, source, cache and ``collect``, in caches of its
own below the temporary directory, watched by ``poc_watched``. No error is dropped: whatever
is caught here is counted by its kind.
"""

import argparse
import os
import platform
import shlex
import sqlite3
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from ci.poc_report import Measured, Scenario, Study, Warmed, chart, judge, markdown, raw, verdict
from ci.poc_report import Verdict as Result
from ci.poc_watched import Recorder, WatchedCache, WatchedSource, Wire
from vscan import __version__
from vscan.cache.cache_file_opening import FILE_NAME
from vscan.cache.maintenance import verify
from vscan.errors import CacheError, UsageError
from vscan.events import Ended, Event
from vscan.interrupt import Interrupt
from vscan.model import (
    Extension,
    ExtensionId,
    Failed,
    FailureKind,
    Outcome,
    Scanned,
    Task,
    Verdict,
)
from vscan.providers.interface import Limits
from vscan.providers.rate_limiter import RateLimiter
from vscan.providers.vscan_dev import DEFAULT_API_URL, VscanDev
from vscan.settings.option_value_checks import check_api_url
from vscan.task_runner import run_tasks

WORKERS = (1, 3, 5, 7)
SCENARIOS = tuple(Scenario(workers, cache) for cache in ("empty", "half") for workers in WORKERS)
REQUESTS_EACH = 3  # submit, poll, fetch: what an analysis takes that the service has ready
_PASSES = 3  # over what warming did not get
_STEP = 3  # scenarios by which a repetition's beginning moves on
# Popular ones, of Microsoft, of companies and foundations, and of single people. Whether the
# service calls their publishers verified stands in the report, as it says it.
EXTENSIONS = (
    "ms-python.python",
    "esbenp.prettier-vscode",
    "ms-python.vscode-pylance",
    "eamodio.gitlens",
    "ms-vscode.cpptools",
    "dbaeumer.vscode-eslint",
    "redhat.java",
    "ritwickdey.LiveServer",
    "ms-azuretools.vscode-docker",
    "PKief.material-icon-theme",
    "redhat.vscode-yaml",
    "formulahendry.code-runner",
    "ms-vscode-remote.remote-ssh",
    "streetsidesoftware.code-spell-checker",
    "golang.go",
    "christian-kohler.path-intellisense",
    "ms-toolsai.jupyter",
    "mhutchie.git-graph",
    "rust-lang.rust-analyzer",
    "usernamehw.errorlens",
    "GitHub.vscode-pull-request-github",
    "yzhang.markdown-all-in-one",
    "ms-dotnettools.csharp",
    "formulahendry.auto-rename-tag",
    "hashicorp.terraform",
    "vscodevim.vim",
    "bradlc.vscode-tailwindcss",
    "zhuangtongfa.material-theme",
    "vscode-icons-team.vscode-icons",
    "dracula-theme.theme-dracula",
)


class NotMeasuredError(Exception):
    """The study can't say anything, and why."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How the service is asked. Times in seconds."""

    api_url: str
    extensions: tuple[str, ...] = EXTENSIONS
    repeat: int = 1
    delay_s: float = 1.0
    rest_s: float = 0.0
    max_wait_s: float = 120.0
    limits: Limits = field(default_factory=Limits)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """One question for each extension, by its name alone."""
        ids = map(ExtensionId.parse, self.extensions)
        return tuple(
            Task(VscanDev.name, (Extension(i, None, None, i.name, None, (), None),)) for i in ids
        )

    @property
    def seeds(self) -> int:
        """How many extensions a half-full cache knows."""
        return (len(self.extensions) + 1) // 2


def estimated_requests(setup: Setup, scenario: Scenario | None = None) -> int:
    """Compute how many requests a scenario takes, or all of it with the warming."""
    if scenario is not None:
        known = setup.seeds if scenario.cache == "half" else 0
        return REQUESTS_EACH * (len(setup.extensions) - known)
    measured = sum(estimated_requests(setup, scenario) for scenario in SCENARIOS)
    return REQUESTS_EACH * len(setup.extensions) + setup.repeat * measured


def estimated_s(setup: Setup) -> float:
    """Compute how long that takes at least, at the pace that is asked for."""
    once = sum(estimated_requests(setup, s) / s.workers for s in SCENARIOS) * setup.delay_s
    warming = REQUESTS_EACH * len(setup.extensions) * setup.delay_s
    return warming + setup.repeat * (once + len(SCENARIOS) * setup.rest_s)


def warm(setup: Setup) -> tuple[dict[ExtensionId, Verdict], Warmed]:
    """Have the service analyse everything once, one at a time; keep what it says."""
    wire = Wire()
    verdicts: dict[ExtensionId, Verdict] = {}
    lost: tuple[Failed, ...] = ()
    requests = rate_limited = 0
    started_s = time.monotonic()
    for _ in range(_PASSES):
        limiter = _limiter(setup, 1)
        missing = [task for task in setup.tasks if task.id not in verdicts]
        outcomes = run_tasks(
            missing,
            providers={VscanDev.name: WatchedSource(wire, setup.api_url, limiter, setup.limits)},
            cache=None,
            emit=lambda _: None,
            interrupt=Interrupt(),
        ).outcomes
        verdicts |= {o.task.id: o.verdict for o in outcomes if isinstance(o, Scanned)}
        lost = tuple(o for o in outcomes if isinstance(o, Failed))
        requests += limiter.requests
        rate_limited += limiter.rate_limited
        if not lost or not verdicts:
            break
    if len(verdicts) < setup.seeds:
        reason = lost[0].detail if lost else "nobody was asked"
        raise NotMeasuredError(
            f"warming got {len(verdicts)} verdicts of {len(setup.extensions)}, and half-full"
            f" caches take {setup.seeds}; for one: {reason}"
        )
    return verdicts, Warmed(
        requests=requests,
        duration_s=time.monotonic() - started_s,
        verdicts=len(verdicts),
        verified=sum(v.publisher_verified is True for v in verdicts.values()),
        rate_limited=rate_limited,
        failed=dict(Counter(str(failed.kind) for failed in lost)),
    )


def measure(
    setup: Setup,
    scenario: Scenario,
    verdicts: Mapping[ExtensionId, Verdict],
    directory: Path,
    place: tuple[int, int],
) -> Measured:
    """Run a scenario once, with its cache in ``directory``. ``place``: repetition, position."""
    wire, recorder, limiter = Wire(), Recorder(), _limiter(setup, scenario.workers)
    source = WatchedSource(wire, setup.api_url, limiter, setup.limits, scenario.workers)
    known = list(verdicts)[: setup.seeds] if scenario.cache == "half" else []
    seeded = [task for task in setup.tasks if task.id in known]
    if seeded:
        with closing(WatchedCache(recorder, directory)) as cache:
            for task in seeded:
                cache.put(source.key(task.extensions[0]), verdicts[task.id])
    times_s: list[float] = []

    def emit(event: Event) -> None:
        if isinstance(event, Ended) and event.outcome.task.id in wire.asked_at:
            times_s.append(time.monotonic() - wire.asked_at[event.outcome.task.id])

    outcomes: tuple[Outcome, ...] = ()
    escaped: Counter[str] = Counter()
    started_s = time.monotonic()
    with closing(WatchedCache(recorder, directory)) as cache:
        try:
            outcomes = run_tasks(
                setup.tasks,
                providers={source.name: source},
                cache=cache,
                emit=emit,
                interrupt=Interrupt(),
            ).outcomes
        except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
            escaped[type(error).__name__] += 1
    duration_s = time.monotonic() - started_s
    good, bad, integrity = _looked_into(directory)
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failed)]
    bugs = [failed for failed in failures if failed.kind is FailureKind.BUG]
    cached = sum(isinstance(o, Scanned) and o.from_cache for o in outcomes)
    return Measured(
        scenario=scenario,
        repetition=place[0],
        position=place[1],
        duration_s=duration_s,
        times_s=tuple(times_s),
        total=len(setup.extensions),
        cached=cached,
        fresh=len(outcomes) - len(failures) - cached,
        failed=dict(Counter(str(failed.kind) for failed in failures)),
        bugs=dict(Counter(f.detail.partition(":")[0] for f in bugs)),
        escaped=dict(escaped),
        seeded=len(seeded),
        lookups=dict(recorder.lookups),
        requests=limiter.requests,
        retries=limiter.retries,
        rate_limited=limiter.rate_limited,
        answers=dict(wire.answers),
        in_flight=wire.most_in_flight,
        sqlite=dict(recorder.troubles),
        locked=recorder.locked,
        rows_good=good,
        rows_bad=bad,
        integrity=integrity,
    )


def _limiter(setup: Setup, workers: int) -> RateLimiter:
    return RateLimiter(
        setup.delay_s / workers,
        max_wait_s=setup.max_wait_s,
        retry_delay_s=setup.limits.retry_delay_s,
    )


def _looked_into(directory: Path) -> tuple[int, int, str]:
    if not (directory / FILE_NAME).exists():
        return 0, 0, "there is no file"
    try:
        good, bad = verify(directory, None)
    except CacheError as error:
        return 0, 0, error.message.removeprefix(f"{directory / FILE_NAME} ")
    return good, bad, "ok"


def study(
    setup: Setup,
    workspace: Path,
    *,
    tell: Callable[[str], None] = lambda _: None,
    command: str = "",
    note: str = "",
) -> Study:
    """Warm, then run every scenario as often as asked for. Caches lie below ``workspace``."""
    started_at = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    tell(f"warming: {len(setup.extensions)} extensions, one at a time")
    verdicts, warmed = warm(setup)
    # Every second of the list first: a mix of publishers, whatever warming did not get.
    ids = [task.id for task in setup.tasks]
    mixed = {i: verdicts[i] for i in (*ids[::2], *ids[1::2]) if i in verdicts}
    runs = []
    for repetition in range(setup.repeat):
        first = _STEP * repetition % len(SCENARIOS)
        for position, scenario in enumerate((*SCENARIOS[first:], *SCENARIOS[:first]), 1):
            time.sleep(setup.rest_s)
            directory = workspace / f"{scenario}-{repetition + 1}"
            run = measure(setup, scenario, mixed, directory, (repetition + 1, position))
            runs.append(run)
            tell(
                f"{scenario.workers} workers, cache {scenario.cache}: {run.duration_s:.1f} s,"
                f" {run.scanned} of {run.total} scanned, {run.rate_limited} times 429"
            )
    return Study(
        environment={
            "asked": urlsplit(setup.api_url).netloc,
            "vscan": __version__,
            "Python": platform.python_version(),
            "SQLite": sqlite3.sqlite_version,
            "system": f"{platform.system()} {platform.machine()}",
            "processors": str(os.cpu_count()),
        },
        command=command,
        note=note,
        started_at=started_at,
        estimated_requests=estimated_requests(setup),
        delay_s=setup.delay_s,
        rest_s=setup.rest_s,
        extensions=setup.extensions,
        warmed=warmed,
        runs=tuple(runs),
    )


def write(found: Study, output: Path) -> None:
    """Write the report, and the chart and the raw figures beside it."""
    image, figures = output.with_suffix(".svg"), output.with_suffix(".json")
    image.write_text(chart(found), "utf-8")
    figures.write_text(raw(found), "utf-8")
    output.write_text(markdown(found, image.name, figures.name), "utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask whether to go on, run the study, write it down. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ci.poc_parallel_scan",
        description="Measure how many workers a service bears.",
        epilog="Exits with 0 for GO, 1 for NO-GO, 2 if it could not be measured.",
    )
    parser.add_argument("--api-url", default=DEFAULT_API_URL, help="default: %(default)s")
    parser.add_argument("--yes", action="store_true", help="do not ask before the first request")
    parser.add_argument("--repeat", type=_natural, default=1, help="runs of each scenario")
    parser.add_argument("--delay", type=_seconds, default=1.0, help="as of vscan scan")
    parser.add_argument(
        "--rest",
        type=_seconds,
        help="seconds before each scenario (default: 15, and 1 on loopback)",
    )
    parser.add_argument(
        "--extensions",
        type=_natural,
        default=len(EXTENSIONS),
        help="take the first so many of the list (default: all %(default)s)",
    )
    parser.add_argument("--note", default="", help="a line for the report: what was asked, where")
    parser.add_argument("--output", type=Path, default=Path("poc-report.md"))
    given = parser.parse_args(arguments)
    try:
        api_url = check_api_url(given.api_url).rstrip("/")
    except UsageError as error:
        parser.error(error.message)
    local = urlsplit(api_url).scheme == "http"
    setup = Setup(
        api_url=api_url,
        extensions=EXTENSIONS[: given.extensions],
        repeat=given.repeat,
        delay_s=given.delay,
        rest_s=(1.0 if local else 15.0) if given.rest is None else given.rest,
    )
    print(
        f"About {estimated_requests(setup)} requests to {urlsplit(api_url).netloc}"
        f" ({REQUESTS_EACH} for each extension that a cache does not know), in at least"
        f" {estimated_s(setup) / 60:.1f} minutes.",
        file=sys.stderr,
    )
    if not given.yes and not _confirmed():
        print("Not measured: nobody said yes (--yes does).", file=sys.stderr)
        return Result.NOT_MEASURED
    command = f"{parser.prog} " + shlex.join(sys.argv[1:] if arguments is None else arguments)
    try:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.touch()  # what can't be written is better known before than after
        with tempfile.TemporaryDirectory(prefix="vscan-poc-") as workspace:
            found = study(setup, Path(workspace), tell=_tell, command=command, note=given.note)
        write(found, given.output)
    except (NotMeasuredError, OSError) as error:
        print(f"Not measured: {error}", file=sys.stderr)
        return Result.NOT_MEASURED
    except KeyboardInterrupt:
        print("Not measured: interrupted.", file=sys.stderr)
        return Result.NOT_MEASURED
    except Exception:  # noqa: BLE001 - Python's own exit code, 1, would mean NO-GO
        traceback.print_exc()
        return Result.NOT_MEASURED
    criteria = judge(found)
    for criterion in criteria:
        word = {True: "holds", False: "FAILS", None: "not measured"}[criterion.passed]
        print(f"{word:<12} {criterion.name}: {criterion.measured}", file=sys.stderr)
    print(f"{verdict(criteria).word}: {given.output}")
    return verdict(criteria)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _confirmed() -> bool:
    try:
        return input("Go on? [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        return False


def _natural(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= 3600:  # noqa: PLR2004 - an hour; false for NaN, too
        raise ValueError(text)
    return seconds


if __name__ == "__main__":
    sys.exit(main())
