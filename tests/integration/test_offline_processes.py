"""Analysers in processes of their own: what ends one costs one extension, and none is left."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.builders import install
from tests.command import Result, command, environment, processes_of_group

if not hasattr(signal, "SIGKILL"):
    pytest.skip("no process can be sent such signals here", allow_module_level=True)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")

# The command, with an analyser that some extensions are too much for.
_FRAGILE = """
import ctypes, os, sys, time
from vscan.cli import main
from vscan.providers.offline import analyser_process

whole, here = analyser_process.local_analyser, os.getpid()
analyser_process.RESPONSE_TIMEOUT_S = 20.0
analyser_process.MAX_RESPONSE_BYTES = 1024**2

class Odd(Exception):
    def __init__(self, one, other):
        super().__init__(f"{{one}} {{other}}")

def replies(response):  # instead of what it would have
    def encoded(number, _):
        return response.replace(b"NUMBER", b"%d" % number)
    analyser_process.encode_response = encoded

verdict = b'{{"request": NUMBER, "result": "verdict"}}\\n'
failure = b'{{"request": NUMBER, "result": "failure"}}\\n{{"kind": "bug", "detail": ""}}\\n'

class Fragile:
    def __init__(self, data_directory):
        self._whole = whole(data_directory)
    def ask(self, task, visit, resume):
        match task.id.name:
            case "crashing" if os.getpid() != here:
                ctypes.string_at(0)
            case "hanging" if os.getpid() != here:
                time.sleep(600)
            case "raising":
                raise Odd("too", "much")
            case "mistaken" if os.getpid() != here:
                replies(failure.replace(b"NUMBER", b"1000"))
            case "hostile" if os.getpid() != here:
                replies(b"\\x80\\x04\\x95cposix\\nsystem\\n")
            case "talkative" if os.getpid() != here:
                replies(failure + b"{{")
            case "endless" if os.getpid() != here:
                replies(b"x" * (3 * 1024**2))
            case "halting" if os.getpid() != here:
                replies(verdict + b'{{"provider": ')
            case "unknown" if os.getpid() != here:
                replies(verdict + b'{{"provider": "offline"}}\\n')
        return self._whole.ask(task, visit, resume)
    def close(self):
        self._whole.close()

analyser_process.local_analyser = Fragile
sys.argv[0] = "vscan"
{prelude}
main()
"""


def fragile(home: Path, directory: Path, prelude: str = "") -> Result:
    """Scan with no network, with something done before."""
    path = home / "report.json"
    line = ("scan", str(directory), "--offline", "--no-cache", "-o", f"json={path}")
    done = subprocess.run(
        [sys.executable, "-c", _FRAGILE.format(prelude=prelude), *line],
        env=environment(home), cwd=home, capture_output=True, encoding="utf-8", timeout=60,
        check=False,
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr, json.loads(path.read_bytes()))


def extensions(home: Path, *more: str) -> Path:
    directory = home / "extensions"
    for name in (*(f"tool-{number}" for number in range(12)), *more):
        place = install(directory, f"acme.{name}")
        (place / "main.js").write_text("eval(atob('ZXZpbA=='))" if name == "tool-3" else "1")
    return directory


_INVALID = "the process that analysed it sent an invalid response"


@pytest.mark.parametrize(
    ("name", "kind", "detail"),
    [
        ("hanging", "timeout", "it took over 1 s"),
        ("raising", "bug", "Odd: too much"),
        ("mistaken", "bug", f"{_INVALID}: it answers another request"),
        ("hostile", "bug", f"{_INVALID}: 'utf-8' codec can't decode byte 0x80 in position 0"),
        ("talkative", "bug", f"{_INVALID}: more follows it"),
        ("endless", "bug", f"{_INVALID}: it is over 1 MiB"),
        ("halting", "timeout", "it took over 1 s"),
        ("unknown", "bug", f"{_INVALID}: Object missing required field"),
    ],
)
def test_an_extension_that_breaks_its_analyser_fails_alone(
    tmp_path: Path, name: str, kind: str, detail: str
) -> None:
    limit = "analyser_process.RESPONSE_TIMEOUT_S = 1.0" if kind == "timeout" else ""
    result = fragile(tmp_path, extensions(tmp_path, name), limit)
    assert result.code == 1, result.err  # for tool-3
    (failed,) = result.report["failed_extensions"]
    assert failed["id"] == f"acme.{name}"
    assert failed["error_type"] == kind
    assert failed["error_message"].startswith(detail)
    assert result.stats["scanned"] == 12
    assert result.report["run"]["incomplete"]
    assert "Traceback" not in result.err


def test_a_response_that_was_not_read_is_not_taken_for_the_next_one(tmp_path: Path) -> None:
    """Memory ran out while it was read, and the rest of it is still in the pipe."""
    once = """
read_line, left = analyser_process.AnalyserProcess._read_line, [None]
def failing(self, until_s):
    if left:
        left.pop()
        raise MemoryError
    return read_line(self, until_s)
analyser_process.AnalyserProcess._read_line = failing
os.sched_getaffinity = lambda _: {0}
"""
    directory = extensions(tmp_path)
    whole, result = fragile(tmp_path, directory), fragile(tmp_path, directory, once)
    (failed,) = result.report["failed_extensions"]
    assert failed["error_type"] == "unreadable"
    assert "the system gives no more memory" in failed["error_message"]
    said = {each["id"]: each for each in told(result.report) if each["id"] != failed["id"]}
    assert len(said) == 11
    assert said == {each["id"]: each for each in told(whole.report) if each["id"] in said}


def large(home: Path, number: int) -> Path:
    """Lay out extensions that each take a while."""
    directory = home / "extensions"
    for count in range(number):
        place = install(directory, f"acme.tool-{count}")
        (place / "main.js").touch()
        os.truncate(place / "main.js", 300 * 1024**2)
    return directory


def analysing(parent: int, apart_from: set[int]) -> int:
    """Find a child that reads an extension."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        for process in set(processes_of_group(parent)) - apart_from - {parent}:
            with suppress(OSError):
                places = list(Path(f"/proc/{process}/fd").iterdir())
                if any(place.readlink().name == "main.js" for place in places):
                    return process
        time.sleep(0.01)
    pytest.fail("nothing is analysed")


def ended_in_turn(home: Path, directory: Path, *signals: signal.Signals) -> Result:
    """Scan, and do something to one analyser after the other; on one processor."""
    prelude = f"{_WATCHED}analyser_process.RESPONSE_TIMEOUT_S = 10.0\n"
    prelude += "os.sched_getaffinity = lambda _: {0}"
    path = home / "report.json"
    line = ("scan", str(directory), "--offline", "--no-cache", "-o", f"json={path}")
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _FRAGILE.format(prelude=prelude), *line],
        env=environment(home), cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", start_new_session=True,
    )  # fmt: skip
    seen: set[int] = set()
    for number in signals:
        found = analysing(process.pid, seen)
        os.kill(found, number)
        seen.add(found)
    out, err = process.communicate(timeout=60)
    assert gone(process.pid, 0)
    return Result(process.returncode, out, err, json.loads(path.read_bytes()))


# The library that searches, with faults that some texts cause; in replaced processes, too.
_FAULTY_LIBRARY = """
import ctypes, os, sys

sys.path.remove(os.path.dirname(__file__))
del sys.modules[__name__]
import yara_x

class Scanner:
    def __init__(self, rules):
        self._whole = yara_x_scanner(rules)
    def __getattr__(self, name):
        return getattr(self._whole, name)
    def scan(self, content):
        kind, _, place = bytes(content).decode("utf-8", "replace").partition(": ")
        if kind in {"crash", "exit", "killed", "killed once"}:
            before = os.path.exists(place)
            with open(place, "a") as file:
                print(os.getpid(), file=file)
            match kind:
                case "crash":
                    ctypes.string_at(0)
                case "exit":
                    os._exit(7)
                case "killed":
                    os.kill(os.getpid(), 9)
                case "killed once" if not before:
                    os.kill(os.getpid(), 9)
        return self._whole.scan(content)

yara_x_scanner, yara_x.Scanner = yara_x.Scanner, Scanner
"""


def faulty(home: Path, directory: Path, jobs: int) -> Result:
    """Scan with a library that ends the process at some texts."""
    library = home / "library"
    library.mkdir(exist_ok=True)
    (library / "yara_x.py").write_text(_FAULTY_LIBRARY)
    path = home / "report.json"
    code = f"import sys; sys.path.insert(0, {str(library)!r}); from vscan.cli import main; main()"
    line = ("scan", str(directory), "--offline", "--no-cache", "-o", f"json={path}")
    done = subprocess.run(
        [sys.executable, "-c", code, *line, "--jobs", str(jobs)], env=environment(home), cwd=home,
        capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr, json.loads(path.read_bytes()))


def with_text(directory: Path, name: str, kind: str) -> Path:
    """Install an extension that causes a fault. Returns the file in which processes tell of it."""
    place = install(directory, f"acme.{name}")
    where = directory.parent / f"processes of {name}"
    (place / "main.js").write_text(f"{kind}: {where}")
    return where


@pytest.mark.parametrize("jobs", [1, 3])
def test_extensions_that_end_each_process_fail_by_name_and_all_others_are_scanned(
    tmp_path: Path, jobs: int
) -> None:
    kinds = {"crash": "SIGSEGV", "exit": "exit code 7", "killed": "SIGKILL"}
    directory = extensions(tmp_path)
    (directory / "acme.tool-3-1.0.0" / "main.js").write_text("1")
    tried, expected = [], {}
    for number in range(2):
        for kind, end in kinds.items():
            name = f"{'aaa' if number else 'zzz'}-{kind}"  # before and after the good ones
            tried.append(with_text(directory, name, kind))
            expected[f"acme.{name}"] = (
                "bug",
                f"the process that analysed it ended: {end}, then {end}",
            )
    result = faulty(tmp_path, directory, jobs)
    assert result.code == 3, result.err
    failed = {
        each["id"]: (each["error_type"], each["error_message"])
        for each in result.report["failed_extensions"]
    }
    assert failed == expected
    assert result.stats["scanned"] == 12
    assert [len(set(each.read_text("utf-8").split())) for each in tried] == [2] * 6
    assert "Traceback" not in result.err


def test_an_extension_whose_process_is_killed_once_is_analysed_again(tmp_path: Path) -> None:
    directory = extensions(tmp_path)
    tried = [with_text(directory, f"unlucky-{number}", "killed once") for number in range(5)]
    result = faulty(tmp_path, directory, 2)
    assert result.code == 1, result.err  # for tool-3
    assert result.report["failed_extensions"] == []
    assert not result.report["run"]["incomplete"]
    assert result.stats["scanned"] == 17
    assert all(len(set(each.read_text("utf-8").split())) == 2 for each in tried)
    assert told(result.report) == told(faulty(tmp_path, directory, 2).report)


def test_an_analyser_that_ends_or_hangs_is_replaced_however_often(tmp_path: Path) -> None:
    signals = (signal.SIGKILL, signal.SIGABRT, signal.SIGKILL, signal.SIGSTOP)
    result = ended_in_turn(tmp_path, large(tmp_path, 5), *signals)
    assert result.code == 3, result.err
    failed = [(e["error_type"], e["error_message"]) for e in result.report["failed_extensions"]]
    assert sorted(failed) == [
        ("bug", "the process that analysed it ended: SIGKILL, then SIGABRT"),
        ("timeout", "it took over 10 s"),
    ]
    assert result.stats["scanned"] == 3
    assert "search loaded" not in result.out  # by the scan itself
    assert "Traceback" not in result.err


def test_a_replaced_analyser_runs_nothing_from_the_working_directory(tmp_path: Path) -> None:
    """That may be a checkout of whoever is to be looked at."""
    marker = tmp_path / "ran"
    for name in ("vscan/__init__.py", "json.py", "site.py", "sitecustomize.py", "encodings.py"):
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"open({str(marker)!r}, 'w')\n")
    result = ended_in_turn(tmp_path, large(tmp_path, 2), signal.SIGKILL)
    assert result.stats["scanned"] == 2, result.err
    assert not marker.exists()


def test_if_no_process_can_be_started_each_extension_fails_by_name(tmp_path: Path) -> None:
    prelude = "os.sched_getaffinity = lambda _: {0}\nsys.executable = '/nowhere/python'"
    directory = extensions(tmp_path, "aaa", "crashing")  # tool-... come after it
    result = fragile(tmp_path, directory, prelude)
    assert result.code == 3, result.err
    failed = {each["id"]: each for each in result.report["failed_extensions"]}
    assert result.stats["scanned"] == 1
    crashed = failed.pop("acme.crashing")["error_message"]
    assert "ended: SIGSEGV, then no process could be started: " in crashed
    assert {each["error_type"] for each in failed.values()} == {"bug"}
    (why,) = {each["error_message"] for each in failed.values()}
    assert why.startswith("no process could be started to analyse it: ")


def told(report: dict[str, Any]) -> list[Any]:
    """Give what a report says of extensions, without the time of it."""
    return [
        {**e, "verdicts": [{**v, "analysed_at": ""} for v in e["verdicts"]]}
        for e in report["extensions"]
    ]


# Says on standard output whether a process was forked, and whether this one loaded the search.
_WATCHED = """
import atexit
os.fork = (lambda fork: lambda: print("forked", flush=True) or fork())(os.fork)
patterns = "vscan.providers.offline.compiled_yara_patterns"
loaded = lambda: print("search loaded" * (patterns in sys.modules))
atexit.register(loaded)
"""


def traces(result: Result) -> set[str]:
    """Find what ``_WATCHED`` printed beside the result."""
    return {"search loaded", "forked"}.intersection(result.out.splitlines())


@pytest.mark.parametrize(
    "prelude",
    [
        "def no(): raise BlockingIOError(11, 'no more processes')\nos.fork = no",
        "import threading\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
        "sys.platform = 'darwin'",
    ],
    ids=["no more processes", "a thread", "another system"],
)
def test_without_processes_the_verdict_is_the_same(tmp_path: Path, prelude: str) -> None:
    directory = extensions(tmp_path)
    alone = fragile(tmp_path, directory, _WATCHED + prelude)
    separate = fragile(tmp_path, directory, _WATCHED)
    assert traces(alone) == {"search loaded"}
    assert traces(separate) == {"forked"}
    assert alone.code == separate.code == 1, alone.err
    assert told(alone.report) == told(separate.report)


def test_the_verdict_is_the_same_if_sigchld_is_ignored(tmp_path: Path) -> None:
    """It is inherited, and whoever does gets no status, not even of children of his own."""
    for names, code in (((), 1), (("crashing",), 1), (None, 4)):
        home = tmp_path / str(names)
        home.mkdir()
        directory = home / "none" if names is None else extensions(home, *names)
        directory.mkdir(exist_ok=True)
        result = fragile(
            home, directory, "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)"
        )
        assert result.code == code, result.err
        assert "Error" not in result.err


def gone(group: int, within_s: float) -> bool:
    until = time.monotonic() + within_s
    while processes_of_group(group) and time.monotonic() < until:
        time.sleep(0.02)
    return not processes_of_group(group)


@pytest.mark.parametrize("to_all", [False, True], ids=["to one", "to its group"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_scan(
    tmp_path: Path, number: signal.Signals, *, to_all: bool
) -> None:
    directory = tmp_path / "extensions"
    for count in range(6):
        place = install(directory, f"acme.tool-{count}")
        (place / "main.js").touch()
        os.truncate(place / "main.js", 1000 * 1024**2)
    process = subprocess.Popen(
        command("scan", directory, "--offline", "--no-cache", "-o", f"json={tmp_path / 'r.json'}"),
        env=environment(tmp_path), cwd=tmp_path, stderr=subprocess.PIPE, encoding="utf-8",
        start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 20
    while len(processes_of_group(process.pid)) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert len(processes_of_group(process.pid)) >= 2
    time.sleep(0.7)  # into the analysis
    (os.killpg if to_all else os.kill)(process.pid, number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == (-9 if number is signal.SIGKILL else 128 + number), err
    assert "Traceback" not in err
    assert gone(process.pid, 2 if number is signal.SIGKILL else 0)  # then the kernel ends them
