"""Measure a scan against what a server's limits allow, on loopback, and print ratios.

``python -m ci.bench`` runs everything in about fourteen minutes; name parts to run only those:
``python -m ci.bench latency cache``. Every figure is taken in this one run: absolute times say
more about the machine than about the program. The part ``image`` needs a container engine, and
is left out without one. Exits with 1 if a figure misses its bound.
"""

import argparse
import compileall
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.builders import results
from tests.limits import Bucket, FixedWindow, Limit, SlidingWindow, ideal_s
from tests.server import Script, Server
from vscan.settings.option_value_checks import FORMATS

if TYPE_CHECKING:
    from tests.docker.engine import Engine, Finished

ROOT = Path(__file__).resolve().parent.parent
EXTENSIONS = 90
REQUESTS = 3 * EXTENSIONS

# A process of its own, and a small one: what a parent holds when it starts a child counts,
# for Linux, as memory of the child.
_LAUNCHER = """
import json, os, sys, time
started = time.perf_counter()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(pid, 0)
wall_s = time.perf_counter() - started
cpu_s = usage.ru_utime + usage.ru_stime
print(json.dumps([wall_s, cpu_s, usage.ru_maxrss, os.waitstatus_to_exitcode(status)]))
"""

_failed: list[str] = []


@dataclass(frozen=True)
class Run:
    """One scan as the operating system saw it. Peak memory in bytes."""

    wall_s: float
    cpu_s: float
    peak: int
    report: dict[str, Any]


def main() -> None:
    """Run the parts that were asked for."""
    parts: dict[str, Callable[[], None]] = {
        "startup": startup,
        "latency": latency,
        "delay": delay,
        "throttle": throttle,
        "cache": warm,
        "growth": growth,
        "formats": formats,
        "dependencies": dependencies,
        "advisories": advisories,
        "image": image,
        "offline": offline,
        "jobs": jobs,
        "repository": repository,
        "mirror": mirror,
        "inventory": inventory,
        "expectations": expectations,
    }
    parser = argparse.ArgumentParser(prog="python -m ci.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(parts)}")
    chosen = parser.parse_args().parts or list(parts)
    if unknown := set(chosen) - set(parts):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    # As an installer does; else, with PYTHONDONTWRITEBYTECODE, each start would compile everything.
    compileall.compile_dir(ROOT / "vscan", quiet=1)
    for part in chosen:
        print(f"\n{part}")
        parts[part]()
    if _failed:
        sys.exit(f"\nmissed: {', '.join(_failed)}")


def failed() -> list[str]:
    """Name the figures that missed their bounds."""
    return _failed


def figure(name: str, value: float, bound: float | None = None, *, least: bool = False) -> None:
    """Print one figure and whether it keeps its bound."""
    verdict = ""
    if bound is not None:
        kept = value >= bound if least else value <= bound
        verdict = f"  {'>=' if least else '<='} {bound:g}  {'ok' if kept else 'MISSED'}"
        if not kept:
            _failed.append(name)
    print(f"  {name:<58} {value:8.3f}{verdict}", flush=True)


def startup() -> None:
    """Compare whole runs with an interpreter that does nothing: the version, and 66 cached ids."""
    vscan = str(Path(sys.executable).with_name("vscan"))
    with server() as (url, _), extensions(66) as place:
        check(scan(place, url, workers=5, delay=0), fresh=66)
        cached = [
            *(vscan, "scan", str(place), "--cache-dir", str(place.parent / "cache"), "--quiet"),
            *("--source", "vscan.dev", "--api-url", url, "--fail-on", "none"),
        ]
        for name, line, most in (
            ("--version", [vscan, "--version"], 4),
            ("66 cached extensions", cached, 11),
        ):
            ratios = []
            for _ in range(15):
                nothing = timed([sys.executable, "-c", "pass"])
                ratios.append(timed(line) / nothing)
            figure(
                f"vscan: {name} / python -c pass (median of 15)", statistics.median(ratios), most
            )


def latency() -> None:
    """Scan without a delay: only latency and workers bound it."""
    took = {}
    for workers in (1, 3, 5):
        with server("--latency", "0.15") as (url, ended), extensions(EXTENSIONS) as place:
            took[workers] = scan_net(place, url, workers, delay=0)
        limit = REQUESTS * 0.15 / workers
        figure(
            f"150 ms latency, delay 0, {workers} workers: time / limit", took[workers] / limit, 1.1
        )
        figure(
            f"150 ms latency, delay 0, {workers} workers: connections",
            ended["connections"],
            workers,
        )
    figure("3 workers over 1: speed-up", took[1] / took[3], 2.8, least=True)
    figure("5 workers over 1: speed-up", took[1] / took[5], 4.5, least=True)


def delay() -> None:
    """Scan with a delay: the pacing bounds it, at (requests - 1) x delay / workers."""
    took = {}
    for workers in (1, 3, 5):
        with server("--latency", "0.015") as (url, ended), extensions(EXTENSIONS) as place:
            took[workers] = scan_net(place, url, workers, delay=0.2)
        limit = (REQUESTS - 1) * 0.2 / workers
        figure(
            f"15 ms latency, delay 0.2, {workers} workers: time / limit",
            took[workers] / limit,
            1.05,
        )
        figure(
            f"15 ms latency, delay 0.2, {workers} workers: connections",
            ended["connections"],
            workers,
        )
    figure("3 workers over 1: speed-up", took[1] / took[3], 2.8, least=True)
    figure("5 workers over 1: speed-up", took[1] / took[5], 4.5, least=True)


@dataclass(frozen=True)
class Throttled:
    """A limit, as the server's options and as a simulation, and who meets it.

    ``bound`` is how many times as long as the ideal client the scan may take.
    """

    name: str
    options: tuple[str, ...]
    limit: Callable[[], Limit]
    retry_after: str
    extensions: int
    delay: float
    bound: float


def _bucket(rate: int, retry_after: str, number: int, delay: float, bound: float) -> Throttled:
    return Throttled(
        f"{rate} a second, burst 5, Retry-After {retry_after}, {3 * number} requests",
        ("--rate", str(rate), "--burst", "5", "--retry-after", retry_after),
        lambda: Bucket(rate, 5),
        retry_after,
        number,
        delay,
        bound,
    )


def _window(option: str, kind: Callable[[int, float], Limit]) -> Throttled:
    return Throttled(
        f"{option.removeprefix('--')} of 30 in 15 s, Retry-After exact, 198 requests",
        (option, "30/15", "--retry-after", "exact"),
        lambda: kind(30, 15.0),
        "exact",
        66,
        1.0,
        1.15,
    )


THROTTLED = (
    _bucket(10, "exact", EXTENSIONS, 0, 1.15),
    _bucket(10, "seconds", EXTENSIONS, 0, 1.15),
    # Of nine seconds each 429 after the first costs half a second, and it takes two to
    # know a rate and a burst.
    _bucket(10, "seconds", 30, 0, 1.25),
    _bucket(2, "10", 66, 1.0, 1.15),
    _window("--window", SlidingWindow),
    _window("--fixed-window", FixedWindow),
)
_THROTTLED_WORKERS = 3
_THROTTLED_LATENCY_S = 0.015


def throttle() -> None:
    """Meet servers with limits: nearly as fast as the limit and its pauses allow.

    What they allow is what an ideal client takes, by simulation: it meets the limit at the
    same pace, learns of it by one 429, keeps that pause in full, and from then on starts
    each request the moment it will be accepted. It draws no second 429. The time is that
    from the first request to the last, as the server saw them.
    """
    busy = [each for each in THROTTLED if not each.delay]
    waiting = [each for each in THROTTLED if each.delay]
    runs = [throttled(each) for each in busy]
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        runs += pool.map(throttled, waiting)
    for each, ended in zip([*busy, *waiting], runs, strict=True):
        ideal = ideal_s(
            each.limit(),
            3 * each.extensions,
            advice=each.retry_after,
            interval_s=max(each.delay, _THROTTLED_LATENCY_S) / _THROTTLED_WORKERS,
        )
        figure(f"{each.name}: time / ideal", ended["seconds"] / ideal, each.bound)
        figure(f"{each.name}: 429s", ended["rate_limited"], 8 + _THROTTLED_WORKERS - 1)
        figure(f"{each.name}: requests inside a pause", ended["inside_a_pause"], 0)


def throttled(each: Throttled) -> dict[str, Any]:
    """Run one scan. Returns what the server saw."""
    options = ("--latency", str(_THROTTLED_LATENCY_S))
    with (
        server(*options, *each.options) as (url, ended),
        extensions(each.extensions) as place,
    ):
        check(scan(place, url, _THROTTLED_WORKERS, each.delay), fresh=each.extensions)
    return ended


def warm() -> None:
    """Answer everything from the cache: no request, little memory."""
    with server() as (url, _), extensions(1000) as place:
        scan(place, url, workers=5, delay=0)
        run = scan(place, url, workers=5, delay=0)
        check(run, cached=1000)
        nothing = base(place.parent, url)
    figure("1,000 cached extensions: wall, s", run.wall_s)
    figure("1,000 cached extensions: peak memory, MB", run.peak / 1e6, 80)
    figure("1,000 cached extensions: ms an extension", (run.wall_s - nothing.wall_s))


def growth() -> None:
    """Fit how time and memory grow with the number of extensions."""
    sizes = (1250, 2500, 5000, 10000)
    times, peaks = [], []
    with server() as (url, _):
        for size in sizes:
            with extensions(size) as place:
                scan(place, url, workers=5, delay=0)
                runs = [scan(place, url, workers=5, delay=0) for _ in range(3)]
                check(runs[0], cached=size)
                nothing = base(place.parent, url)
            # Of the processor, not of the clock: whoever shares the machine does not count.
            times.append(min(run.cpu_s for run in runs) - nothing.cpu_s)
            peaks.append(min(run.peak for run in runs))
            figure(f"{size} cached extensions: CPU ms an extension", 1000 * times[-1] / size)
            figure(f"{size} cached extensions: peak memory, MB", peaks[-1] / 1e6)
    figure("CPU time: log-log slope", slope(sizes, times), 1.1)
    figure("memory: log-log slope", slope(sizes, peaks), 1.1)
    spread = (peaks[-1] - peaks[0]) / (sizes[-1] - sizes[0])
    figure("memory an extension, KB", spread / 1000, 10)


def formats() -> None:
    """Write each format for up to ten thousand extensions: the time and the memory it takes.

    In a process of its own for each size; the memory is that of the report and the writer.
    """
    sizes = (1250, 2500, 5000, 10_000)
    for name in FORMATS:
        times, peaks = [], []
        for size in sizes:
            runs = [written(name, size) for _ in range(3)]
            times.append(min(cpu_s for cpu_s, _, _ in runs))
            peaks.append(min(peak for _, peak, _ in runs))
        figure(f"{name} of {sizes[-1]}: CPU ms an extension", 1000 * times[-1] / sizes[-1])
        figure(f"{name}: CPU time, log-log slope", slope(sizes, times), 1.1)
        figure(f"{name}: memory, log-log slope", slope(sizes, peaks), 1.1)
    figure("HTML of 2000 extensions, MB", written("html", 2000)[2] / 1e6, 5)


_WRITER = """
import json, resource, sys, time
from tests.reports import many
from vscan.report import reporter

class Count:
    bytes = 0
    def write(self, text):
        self.bytes += len(text.encode())
    def writelines(self, lines):
        for line in lines:
            self.write(line)

report, write, stream = many(int(sys.argv[2])), reporter(sys.argv[1]), Count()
started = time.process_time()
write(report, stream)
took = time.process_time() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([took, peak, stream.bytes]))
"""


def written(name: str, size: int) -> tuple[float, int, int]:
    """Write a report of so many extensions. CPU seconds, peak memory and length in bytes."""
    done = subprocess.run(
        [sys.executable, "-c", _WRITER, name, str(size)],
        stdout=subprocess.PIPE,
        check=True,
        cwd=ROOT,
    )
    cpu_s, peak, length = json.loads(done.stdout)
    return cpu_s, peak, length


def dependencies() -> None:
    """Scan 200 extensions of 5,000 vulnerable dependencies each, into every format."""

    def answer(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
        body = results(publisher, name, analysis_id=analysis_id, vulnerabilities={"high": 5000})
        body["analysisModules"]["dependencies"]["dependencies"] = [
            {
                "name": f"package-{number}",
                "version": "1.0.0",
                "type": "runtime",
                "vulnerabilities": [
                    {"id": f"GHSA-{name}-{number}", "title": "bad", "severity": "high"}
                ],
            }
            for number in range(5000)
        ]
        return body

    with Server(Script(answer=answer)) as played, extensions(200) as place:
        outputs = [
            part for name in FORMATS for part in ("-o", f"{name}={place.parent / f'all.{name}'}")
        ]
        run = launch(place, played.api_url, 3, 0, codes=(0,), more=tuple(outputs))
        check(run, fresh=200)
        figure("200 extensions of 5000 dependencies: peak memory, MB", run.peak / 1e6, 150)


_RECORDS = 250_000  # about as many as npm's export has
# Opens the data and looks a package up, a few times: the first with what must be imported.
_OPENER = """
import sys
if sys.argv[2:]:
    from vscan.advisories import Advisories
    from pathlib import Path
    import vscan.advisories.database, vscan.advisories.version_ranges
    for _ in range(int(sys.argv[2])):
        known = Advisories(Path(sys.argv[1]))
        assert known.error is None
        assert known.for_package("bench-7", "1.0.0")
        known.close()
"""


def advisories() -> None:
    """Import an export of a quarter of a million records, and open it."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        sizes = (_RECORDS // 10, _RECORDS)
        runs = []
        for size in sizes:
            export = place / f"{size}.zip"
            _write_export(export, size)
            command = [sys.executable, "-m", "vscan", "db", "import", str(export)]
            runs.append(_launched([*command, "--data-dir", str(place / str(size))]))
            export.unlink()
        (_, small_s, _), (wall_s, cpu_s, peak) = runs
        file_bytes = (place / str(_RECORDS) / "advisories.sqlite3").stat().st_size

        def opened(size: int, times: int) -> float:
            return timed([sys.executable, "-c", _OPENER, str(place / str(size)), str(times)])

        asked: dict[str, Callable[[], float]] = {
            "nothing": lambda: timed([sys.executable, "-c", "pass"]),
            "once": lambda: opened(_RECORDS, 1),
            "often": lambda: opened(_RECORDS, 101),
            "often, of fewer": lambda: opened(sizes[0], 101),
        }
        rounds = [{name: run() for name, run in asked.items()} for _ in range(9)]
    took = {name: statistics.median(each[name] for each in rounds) for name in asked}
    one_s = (took["often"] - took["once"]) / 100
    one_of_fewer_s = (took["often, of fewer"] - took["once"]) / 100
    figure(f"import of {_RECORDS} records: wall, s", wall_s)
    figure(f"import of {_RECORDS} records: CPU ms a record", 1000 * cpu_s / _RECORDS)
    figure("import: peak memory, MB", peak / 1e6, 400)
    figure("import: CPU time, over that of a tenth of the records", cpu_s / small_s, 13)
    figure("file, MB", file_bytes / 1e6, 60)
    figure("file, bytes a record", file_bytes / _RECORDS)
    figure("process that opens it, looks up / python -c pass", took["once"] / took["nothing"], 8)
    figure("opening and a look-up / python -c pass", one_s / took["nothing"], 0.2)
    figure("  over the same with a tenth of the records", one_s / one_of_fewer_s, 3)


def _write_export(path: Path, size: int) -> None:
    """Write an OSV export: of twelve records eleven are of malicious packages."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(size):
            vulnerable = number % 12 == 0
            events = [{"introduced": "0"}, *([{"fixed": "1.2.3"}] if vulnerable else [])]
            record = {
                "id": f"{'GHSA' if vulnerable else 'MAL'}-2026-{number}",
                "modified": "2026-11-01T00:00:00Z",
                "summary": f"Malicious code in bench-{number} (npm)",
                "details": "what is known of it. " * (80 if vulnerable else 20),
                "affected": [
                    {
                        "package": {"ecosystem": "npm", "name": f"bench-{number}"},
                        "ranges": [{"type": "SEMVER", "events": events}],
                        "versions": ["1.0.0", "1.0.1"],
                    }
                ],
                "severity": [
                    {
                        "type": "CVSS_V3",
                        "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                    }
                ]
                if vulnerable
                else [],
                "references": [{"type": "WEB", "url": f"https://example.com/{number}"}],
                "database_specific": {"cwe_ids": ["CWE-1321"] if vulnerable else ["CWE-506"]},
            }
            archive.writestr(f"{record['id']}.json", json.dumps(record))


def _launched(command: list[str], codes: tuple[int, ...] = (0,)) -> tuple[float, float, int]:
    """Run a command that must end with one of the codes. Seconds, CPU seconds, peak in bytes."""
    done = subprocess.run(
        [sys.executable, "-c", _LAUNCHER, *command],
        stdout=subprocess.PIPE,
        check=True,
        cwd=ROOT,
    )
    wall_s, cpu_s, peak_kb, code = json.loads(done.stdout.splitlines()[-1])
    if code not in codes:
        sys.exit(f"{' '.join(command)}: exit {code}")
    return wall_s, cpu_s, peak_kb * 1024


# In one container, so that its start is not in any of them: medians, in seconds.
_COMMANDS = """
import json, statistics, subprocess, sys, time
times = [[] for _ in sys.argv[1:]]
for _ in range(15):
    for taken, command in zip(times, sys.argv[1:]):
        started = time.perf_counter()
        subprocess.run(command.split(), check=True, stderr=subprocess.DEVNULL, stdout=2)
        taken.append(time.perf_counter() - started)
print(json.dumps([statistics.median(taken) for taken in times]))
"""


def image() -> None:
    """Compare the container image with its base: what it adds, and how soon it begins."""
    try:
        from tests.docker.engine import Engine, Missing
    except ImportError as error:
        sys.exit(f"  {error}: pip install -e '.[dev]'")
    try:
        engine = Engine.connect()
    except Missing as missing:
        print(f"  left out: {missing}")
        if "image" in sys.argv[1:]:
            _failed.append("image")
        return
    try:
        _image(engine)
    finally:
        engine.close()


def _image(engine: "Engine") -> None:
    ours, base_image = engine.build(), engine.base()
    scan_warm = ("scan", "--parallel", "--quiet")
    nothing = ("python3", "-c", "pass")
    with Server() as played, extensions(91) as place, engine.volume() as volume:
        place.parent.chmod(0o755)
        options: dict[str, Any] = {
            "server": played,
            "mounts": {place: "/extensions:ro", volume: "/cache"},
            "environment": {"VSCAN_FAIL_ON": "none", "VSCAN_SOURCE": "vscan.dev"},
        }
        runs = {
            "start": lambda: base_image.run("true", **options),
            "pass": lambda: base_image.run(*nothing, **options),
            "version": lambda: ours.run("--version", **options),
            "scan": lambda: ours.run(*scan_warm, **options),
        }
        runs["scan"]()
        asked = played.count()
        rounds = [{name: clock(run) for name, run in runs.items()} for _ in range(15)]
        commands = [" ".join(nothing), "vscan --version", " ".join(("vscan", *scan_warm))]
        inside = ours.run("-c", _COMMANDS, *commands, entrypoint="python3", **options)
        if played.count() != asked or inside.code:
            sys.exit(f"the scans were not warm: {inside.err}")
    took = {name: statistics.median(each[name] for each in rounds) for name in runs}
    for name, label in (("version", "--version"), ("scan", "warm scan of 91")):
        figure(f"docker run vscan {label} / base python3 -c pass", took[name] / took["pass"])
    own = {name: took[name] - took["start"] for name in runs}
    figure("  less docker run base true: --version / pass", own["version"] / own["pass"])
    figure("  less docker run base true: warm scan / --version", own["scan"] / own["version"])
    passed, version, warm_scan = json.loads(inside.out)
    figure("within one container: --version / python3 -c pass", version / passed, 5)
    figure("within one container: warm scan of 91 / --version", warm_scan / version, 5)
    (whole, small), (base_whole, base_small) = ours.size(), base_image.size()
    figure("base, MB", base_whole / 1e6)
    figure("base, compressed, MB", base_small / 1e6)
    figure("image adds, MB", (whole - base_whole) / 1e6)
    figure("image adds, compressed, MB", (small - base_small) / 1e6, 25)


# What every analysis must do: read all of it, and hash it.
_READ_AND_HASH = """
import hashlib, os, sys, time
started, number = time.perf_counter(), 0
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            content = file.read()
        hashlib.sha256(content).digest()
        number += len(content)
print(number, time.perf_counter() - started)
"""


def offline() -> None:
    """Analyse real extensions, and compare with reading and hashing them in one process."""
    try:
        from tests.corpus import real
    except ImportError as error:
        sys.exit(f"  {error}: pip install -e '.[dev]'")
    for version in (real.SMALLER, real.LARGER):
        try:
            place = real.extensions(version, ROOT / ".pytest_cache" / "d" / "corpus")
        except real.OutOfReachError as missing:
            print(f"  left out: {missing}")
            if "offline" in sys.argv[1:]:
                _failed.append("offline")
            return
        _offline(place, f"{real.SIZES[version]} extensions")


_ROUNDS = 15
_WARM = 3  # of each round: what is looked for is as small as the noise of a start


def _offline(place: Path, name: str) -> None:
    times: dict[str, list[tuple[float, float, float]]] = {"cold": [], "warm": []}
    for _ in range(_ROUNDS):
        with tempfile.TemporaryDirectory() as directory:
            work = Path(directory)
            (work / "empty").mkdir()
            # Each beside a start and a reading of its own: the machine's pace changes.
            for kind in ("cold", *["warm"] * _WARM):
                nothing = command(work / "empty", work, "--offline", "--allow-empty")
                done = subprocess.run(
                    [sys.executable, "-c", _READ_AND_HASH, place],
                    capture_output=True, text=True, check=True,
                )  # fmt: skip
                size, read_s = map(float, done.stdout.split())
                scan = command(place, work, "--offline")
                if scan.report["stats"]["cached" if kind == "cold" else "fresh"]:
                    sys.exit("a cold scan was not cold, or a warm one not warm")
                times[kind].append((read_s, nothing.wall_s, scan.wall_s))
    read_s, start_s, cold_s = map(min, zip(*times["cold"], strict=True))
    figure(f"{name}: MB", size / 1e6)
    figure(f"{name}: reading and hashing, s", read_s)
    figure(f"{name}: start-up (a scan of nothing), s", start_s)
    for kind, bound in (("cold", 40), ("warm", 1.5)):
        took_s = min(scan_s for _, _, scan_s in times[kind])
        figure(f"{name}, {kind}: s", took_s)
        figure(f"{name}, {kind}: MB/s", size / 1e6 / took_s)
        ratios = [(scan_s - start_s) / read_s for read_s, start_s, scan_s in times[kind]]
        what = f"{name}, {kind} less start-up / reading and hashing"
        figure(f"{what}, median of {len(ratios)}", statistics.median(ratios), bound)
    figure(f"{name}, cold, start-up and all / reading and hashing", cold_s / read_s)
    figure(f"{name}, cold: peak memory of all processes, MB", together(place) / 1e6, 300)


_JOBS = (1, 2, 4, 8)
_MANY_JOBS = (64, 256)


def jobs() -> None:
    """Scan with several numbers of analyser processes: time, and memory of all processes.

    The times of one round stand beside each other, because the machine's pace changes.
    """
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        place = work / "extensions"
        _lay_out_code(place, 120)
        took: dict[int, list[float]] = {number: [] for number in _JOBS}
        spent: dict[int, list[float]] = {number: [] for number in _JOBS}
        busy: dict[int, list[float]] = {number: [] for number in _JOBS}
        for _ in range(5):
            for number in _JOBS:
                run = command(place, work, "--offline", "--no-cache", "--jobs", str(number))
                check(run, fresh=120)
                took[number].append(run.wall_s)
                spent[number].append(run.cpu_s)
                busy[number].append(_busy(number))
        for number in _JOBS[1:]:
            # What the machine gives at this moment: others may have its processors.
            for name, each in (("busy loops", busy), ("jobs", took)):
                pairs = zip(each[1], each[number], strict=True)
                ratio = statistics.median(one / several for one, several in pairs)
                figure(f"{number} {name} over 1: speed-up (median of 5)", ratio)
            more = statistics.median(spent[number]) / statistics.median(spent[1])
            figure(f"{number} jobs over 1: CPU time (medians of 5)", more)
        for number in (*_JOBS, *_MANY_JOBS):
            option = ("--jobs", str(number), "--no-cache")
            figure(
                f"{number} jobs: peak memory of all processes, MB", together(place, *option) / 1e6
            )


def _busy(number: int) -> float:
    """Time a number of processes that share a fixed amount of work, in seconds."""
    code = f"sum(number * number for number in range({20_000_000 // number}))"
    started = time.perf_counter()
    processes = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(number)]
    codes = [process.wait() for process in processes]
    if any(codes):
        sys.exit("a busy loop failed")
    return time.perf_counter() - started


def _lay_out_code(place: Path, number: int) -> None:
    """Lay out extensions of half a megabyte of code each."""
    for n in range(number):
        folder = place / f"bench.code-{n:05d}-1.0.0"
        folder.mkdir(parents=True)
        manifest = {
            "publisher": "bench",
            "name": f"code-{n:05d}",
            "version": "1.0.0",
            "engines": {"vscode": "^1.75.0"},
            "main": "./main.js",
        }
        (folder / "package.json").write_text(json.dumps(manifest), "utf-8")
        lines = (
            f"function f{line}(a, b) {{ return a['k{line}'] + b.concat({line}, '{n}-{line}'); }}\n"
            for line in range(8000)
        )
        (folder / "main.js").write_text("".join(lines), "utf-8")


def repository() -> None:
    """Walk through a repository of 100,000 files, 100 of which name extensions."""
    vscan = str(Path(sys.executable).with_name("vscan"))
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "repo"
        for number in range(100):
            place = root / f"d{number}" / "src"
            place.mkdir(parents=True)
            for other in range(1000):
                (place / f"f{other}.rs").touch()
            (place.parent / ".vscode").mkdir()
            names = json.dumps({"recommendations": [f"acme.tool-{number}"]})
            (place.parent / ".vscode" / "extensions.json").write_text(names, "utf-8")
        walked = min(_launched([sys.executable, "-c", _WALK, str(root)])[0] for _ in range(3))
        line = [vscan, "scan", str(root), "--offline", "--dry-run", "--quiet"]
        runs = [_launched(line) for _ in range(3)]
        figure("100,000 files: scan --dry-run / os.walk", min(run[0] for run in runs) / walked, 60)
        figure("seconds (on a quiet machine)", min(run[0] for run in runs), 3)
        figure("peak memory, MB", max(run[2] for run in runs) / 1e6, 60)


def mirror() -> None:
    """Scan a flat folder of 5,000 small archives, then one of 100,000: offline, cold and warm."""
    took: dict[str, list[float]] = {"cold": [], "warm": []}
    sizes = (5000, 100_000)
    for size in sizes:
        with tempfile.TemporaryDirectory() as directory:
            work, place = Path(directory), Path(directory, "mirror")
            place.mkdir()
            for number in range(size):
                _write_small_archive(place, number)
            for name, runs in took.items():
                run = command(place, work, "--offline")
                check(run, **{"fresh" if name == "cold" else "cached": size})
                runs.append(run.cpu_s / size)
                figure(f"{size} archives, {name}: CPU s", run.cpu_s)
                figure(f"{size} archives, {name}: CPU ms an archive", 1000 * runs[-1])
                figure(f"{size} archives, {name}: peak memory, MB", run.peak / 1e6)
    for name, runs in took.items():
        figure(f"{name}: CPU an archive, {sizes[1]} / {sizes[0]}", runs[1] / runs[0], 1.25)


def _write_small_archive(place: Path, number: int) -> None:
    name = f"extension-{number:06d}"
    manifest = {"publisher": "bench", "name": name, "version": "1.0.0", "main": "main.js"}
    identity = f'Id="{name}" Version="1.0.0" Publisher="bench" Language="en-US"'
    with zipfile.ZipFile(place / f"bench.{name}-1.0.0.vsix", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "extension.vsixmanifest",
            '<?xml version="1.0" encoding="utf-8"?><PackageManifest Version="2.0.0"'
            ' xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011"><Metadata>'
            f"<Identity {identity}/></Metadata></PackageManifest>",
        )
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("extension/package.json", json.dumps(manifest))
        archive.writestr("extension/main.js", "// nothing\n")


_MACHINES, _ROWS_OF_ONE, _DISTINCT = 5000, 46, 8000


def inventory() -> None:
    """Scan an inventory of 230,000 rows with 8,000 different extensions: offline and by name."""
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        names = [f"bench.extension-{n % 4000:04d}@1.{n // 4000}.0" for n in range(_DISTINCT)]
        rows = 0
        (work / "lists").mkdir()
        with (work / "fleet.ndjson").open("w", encoding="utf-8") as fleet:
            for number in range(_MACHINES):
                # A few that all have, and others that few have.
                common = names[:20]
                rare = (names[(number * 26 + n) % _DISTINCT] for n in range(_ROWS_OF_ONE - 20))
                own = sorted({*common, *rare})
                own += [each for each in names[20:60] if each not in own][: _ROWS_OF_ONE - len(own)]
                rows += len(own)
                (work / "lists" / f"pc-{number:04d}.txt").write_text("\n".join(own) + "\n", "utf-8")
                for each in own:
                    identity, _, version = each.partition("@")
                    row = {"machine": f"pc-{number:04d}", "id": identity, "version": version}
                    fleet.write(json.dumps(row) + "\n")
        figure("rows", rows)
        vscan = str(Path(sys.executable).with_name("vscan"))
        for name in ("lists", "fleet.ndjson"):
            line = [vscan, "scan", "--inventory", str(work / name), "--offline", "--quiet"]
            preview = _launched([*line, "--dry-run"])
            figure(f"{name}, --dry-run: CPU s", preview[1])
            figure(f"{name}, --dry-run: peak memory, MB", preview[2] / 1e6, 150)
            report = work / "report.json"
            outputs = ("-o", f"json={report}", "-o", f"csv={work / 'report.csv'}")
            run = _launched([*line, "--no-cache", *outputs], codes=(3,))  # no bytes: incomplete
            found = json.loads(report.read_text("utf-8"))
            if found["stats"]["total"] != _DISTINCT:
                sys.exit(f"expected {_DISTINCT} extensions, got {found['stats']}")
            if sum(each["machines"] for each in found["extensions"]) != rows:
                sys.exit("a row was lost")
            figure(f"{name}: CPU s", run[1])
            figure(f"{name}: peak memory, MB", run[2] / 1e6, 250)


_WALK = "import os, sys; print(sum(len(files) for _, _, files in os.walk(sys.argv[1])))"


def together(place: Path, *options: str) -> int:
    """Measure the most memory, in bytes, that a scan's processes have at once.

    Pages that several share count once, as the kernel's proportional set sizes do.
    """
    with tempfile.TemporaryDirectory() as work:
        line = [sys.executable, "-m", "vscan", "scan", str(place), "--offline", *options]
        line += ["--cache-dir", work]
        most = 0
        with subprocess.Popen(line, cwd=ROOT, stderr=subprocess.DEVNULL, process_group=0) as scan:
            while scan.poll() is None:
                most = max(most, sum(map(_memory, _group(scan.pid))))
    return most


def _group(number: int) -> list[str]:
    found = []
    for pid in filter(str.isdecimal, os.listdir("/proc")):  # noqa: PTH208 - names
        with suppress(OSError):
            found += [pid] if os.getpgid(int(pid)) == number else []
    return found


def _memory(pid: str) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0  # it has just ended


def clock(run: Callable[[], "Finished"]) -> float:
    """Time one run of a container, which must succeed."""
    started = time.perf_counter()
    done = run()
    took = time.perf_counter() - started
    if done.code:
        sys.exit(f"{done.out}\n{done.err}")
    return took


_SIDE_BY_SIDE = 8  # scans that wait for their turns most of the time


def expectations() -> None:
    """Tell how long a scan takes at the default delay, by size, workers and share cached.

    Measured in life: nothing is scaled or computed. What a scan does at this pace is wait,
    so that several are measured side by side, the longest first.
    """
    cases = [(n, w, p) for n in (100, 66, 30) for w in (1, 3) for p in (0, 50, 70, 100)]
    with server("--latency", "0.2") as (url, _), ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        found = dict(zip(cases, pool.map(lambda case: expected(url, *case), cases), strict=True))
    for (number, workers, percent), (took_s, requests, ratio) in sorted(found.items()):
        way = "sequential" if workers == 1 else f"{workers} workers"
        name = f"{number} extensions, {percent} % cached, {way}"
        figure(f"{name}: s for {requests} requests", took_s)
        if requests:
            figure(f"{name}: time / limit", ratio, 1.1)


def expected(url: str, number: int, workers: int, percent: int) -> tuple[float, int, float]:
    """Measure one scan. Returns seconds, requests, and its ratio to what the pacing allows."""
    known = round(number * percent / 100)
    with extensions(number) as place:
        if known:
            ids = ",".join(f"bench.extension-{n:05d}" for n in range(known))
            check(scan(place, url, 5, 0, "--include-ids", ids), fresh=known)
        run = scan(place, url, workers, delay=1.0)
        check(run, cached=known, fresh=number - known)
        requests = run.report["stats"]["requests"]
        limit_s = (requests - 1) * 1.0 / workers
        net_s = run.wall_s - base(place.parent, url).wall_s
    return run.wall_s, requests, net_s / limit_s


def slope(sizes: tuple[int, ...], values: list[float] | list[int]) -> float:
    """Fit the exponent by which the values grow."""
    return statistics.linear_regression(
        [math.log(size) for size in sizes], [math.log(value) for value in values]
    ).slope


def scan_net(place: Path, url: str, workers: int, delay: float) -> float:
    """Time a scan of everything afresh, less what starting and ending takes."""
    run = scan(place, url, workers, delay)
    check(run, fresh=EXTENSIONS)
    return run.wall_s - base(place.parent, url).wall_s


def base(place: Path, url: str) -> Run:
    """Run a scan over nothing."""
    empty = place / "empty"
    empty.mkdir(exist_ok=True)
    runs = [scan(empty, url, 1, 0, "--allow-empty") for _ in range(3)]
    return min(runs, key=lambda run: run.wall_s)


def scan(place: Path, url: str, workers: int, delay: float, *more: str) -> Run:
    """Run the command once; it must succeed."""
    return launch(place, url, workers, delay, codes=(0,), more=more)


def launch(  # noqa: PLR0913
    place: Path,
    url: str,
    workers: int,
    delay: float,
    *,
    codes: tuple[int, ...],
    more: tuple[str, ...] = (),
) -> Run:
    """Run the command once, as a process of its own."""
    return command(
        place,
        place.parent,
        "--source",  # what is measured is how vscan asks; the analyser has a part of its own
        "vscan.dev",
        "--api-url",
        url,
        "--delay",
        str(delay),
        *(["--workers", str(workers)] if workers > 1 else []),
        *more,
        codes=codes,
    )


def command(place: Path, work: Path, *options: str, codes: tuple[int, ...] = (0,)) -> Run:
    """Scan a directory once, as a process of its own, with its cache and its report in ``work``."""
    report = work / "report.json"
    line = [
        *(sys.executable, "-m", "vscan", "scan", str(place), "--quiet", "--fail-on", "none"),
        *("--cache-dir", str(work / "cache"), "-o", f"json={report}"),
        *options,
    ]
    launched = subprocess.run(
        [sys.executable, "-c", _LAUNCHER, *line],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        cwd=ROOT,
    )
    wall_s, cpu_s, peak_kb, code = json.loads(launched.stdout.splitlines()[-1])  # after the result
    if code not in codes:
        sys.exit(f"{' '.join(line)}: exit {code}")
    return Run(wall_s, cpu_s, peak_kb * 1024, json.loads(report.read_text("utf-8")))


def check(run: Run, **expected: int) -> None:
    """Stop where a run went wrong: its figure would be none."""
    stats = run.report["stats"]
    if stats | expected != stats or stats["failed"]:
        sys.exit(f"expected {expected}, got {stats}")


def timed(command: list[str]) -> float:
    """Time one run of a command, in seconds."""
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


@contextmanager
def server(*options: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Start a scripted vscan.dev as a process of its own.

    Yields its address, and a dictionary that has, after the block, what it saw.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "tests.server", "--port", "0", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        ended: dict[str, Any] = {}
        yield process.stdout.readline().strip(), ended
        process.stdin.close()
        ended |= json.loads(process.stdout.readline())


@contextmanager
def extensions(number: int) -> Iterator[Path]:
    """Lay out small extensions as an editor would."""
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory, "extensions")
        index = []
        for n in range(number):
            folder = f"bench.extension-{n:05d}-1.0.0"
            (place / folder).mkdir(parents=True)
            manifest = {
                "publisher": "bench",
                "name": f"extension-{n:05d}",
                "version": "1.0.0",
                "displayName": f"Extension {n}",
                "engines": {"vscode": "^1.75.0"},
                "contributes": {
                    "commands": [{"command": f"x.{c}", "title": "X"} for c in range(20)]
                },
            }
            (place / folder / "package.json").write_text(json.dumps(manifest), "utf-8")
            index.append(
                {
                    "identifier": {"id": f"bench.extension-{n:05d}"},
                    "version": "1.0.0",
                    "relativeLocation": folder,
                }
            )
        (place / "extensions.json").write_text(json.dumps(index), "utf-8")
        yield place


if __name__ == "__main__":
    main()
