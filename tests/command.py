"""Run the command as a user would: a process of its own, in an environment of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import preloaded

# What a process needs from this one; everything else is the test's.
_KEPT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "SYSTEMROOT",
    "TEMP",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
)


@dataclass(frozen=True)
class Result:
    """What a finished command left."""

    code: int
    out: str
    err: str
    report: dict[str, Any]

    @property
    def text(self) -> str:
        """What a person sees of it, on whichever stream: the result, then all else."""
        return f"{self.out}\n{self.err}"

    @property
    def stats(self) -> dict[str, Any]:
        stats: dict[str, Any] = self.report["stats"]
        return stats


def environment(home: Path, **variables: str | None) -> dict[str, str]:
    """Build an environment with a home of its own and nothing of ours. ``None``: it is not set.

    Where a test does not choose, it is about the service, and the analyser stays out of it.
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    root = Path(__file__).resolve().parent.parent  # this checkout, whatever is installed
    ours = {"PYTHONUTF8": "1", "PYTHONPATH": str(root)}
    ours |= dict.fromkeys(("HOME", "USERPROFILE"), str(home))  # the second is Windows' name
    every = {**kept, **ours, "VSCAN_SOURCE": "vscan.dev", **variables}
    return {name: value for name, value in every.items() if value is not None}


Process = subprocess.Popen[str] | preloaded.Process


def command(*arguments: str | Path) -> list[str]:
    """Build a command line."""
    return [sys.executable, "-m", "vscan", *map(str, arguments)]


def vscan(home: Path, *arguments: str | Path, **variables: str | None) -> Result:
    """Run ``vscan`` with ``home`` as home and working directory."""
    process = start(home, *arguments, **variables)
    out, err = process.communicate(timeout=60)
    assert process.returncode is not None
    return Result(process.returncode, out, err, {})


def start(home: Path, *arguments: str | Path, **variables: str | None) -> Process:
    """Start ``vscan`` as above, and don't wait for its end."""
    env = environment(home, **variables)
    if preloaded.can_run(env):
        return preloaded.Process(arguments, env, home)
    return subprocess.Popen(
        command(*arguments),
        env=env,
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def scan(home: Path, *arguments: str | Path, **variables: str | None) -> Result:
    """Run ``vscan scan`` with a JSON report, without delay unless one is given."""
    path = home / "report.json"
    path.unlink(missing_ok=True)
    done = vscan(
        home,
        "scan",
        *arguments,
        "-o",
        f"json={path}",
        **({"VSCAN_DELAY": "0", "VSCAN_RETRY_DELAY": "0.01"} | variables),
    )
    report = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return Result(done.code, done.out, done.err, report)


def processes_of_group(group: int) -> list[int]:
    """List the processes of a group that are alive."""
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = place.read_text("utf-8").rpartition(")")[2].split()[:3]
        except OSError:
            continue  # it has just ended
        if int(of) == group and state not in "ZX":
            found.append(int(place.parent.name))
    return found
