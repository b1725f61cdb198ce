"""Compare vscan with other scanners on the same directories, one after the other.

``python -m ci.peers CASES BENIGN [--vscan PATH] [--guarddog PATH] [--red-widow PATH]``

- CASES has the directories ``bad`` (payloads in real programs) and ``ok`` (near misses). A folder
  that is in both is a control: a program with nothing planted.
- BENIGN is a directory of benign extensions, as ``python -m ci.benign`` lays them out.

A case counts as found, or as accused, if it has a finding of high or critical that its control (the
one with the most files in common) does not have: the same rule in the same file. A benign extension
counts as accused if it has any. Every program runs without a network, its rules that need one off.
"""

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

_HIGH = {"high", "critical"}
Accusations = dict[str, set[tuple[str, str]]]  # rule and file of each, by the folder's name


class Scanned(NamedTuple):
    """What a program says of the folders of a directory, and what that took."""

    found: Accusations
    wall_s: float
    cpu_s: float


def main() -> None:
    """Print a row for each program."""
    parser = argparse.ArgumentParser(
        prog="python -m ci.peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cases", type=Path)
    parser.add_argument("benign", type=Path)
    parser.add_argument("--vscan", default=str(Path(sys.executable).with_name("vscan")))
    parser.add_argument("--guarddog")
    parser.add_argument("--red-widow")
    parser.add_argument("--list", action="store_true", help="name the rules behind each accusation")
    options = parser.parse_args()
    bad, ok = options.cases / "bad", options.cases / "ok"
    controls = {each.name for each in bad.iterdir()} & {each.name for each in ok.iterdir()}
    control_of = {
        case: _control(case, [case.parent / name for name in controls])
        for side in (bad, ok)
        for case in side.iterdir()
        if case.name not in controls
    }
    benign = sum(1 for _ in options.benign.iterdir())
    size = sum(file.stat().st_size for file in options.benign.rglob("*") if file.is_file()) / 1e6
    print(f"{benign} benign extensions, {size:.0f} MB")
    for name, scan in _PROGRAMS.items():
        program = getattr(options, name)
        if not program:
            continue
        found = {side: scan(program, side) for side in (bad, ok, options.benign)}
        counts = {
            side: sum(
                bool(found[side].found[case.name] - found[side].found[control.name])
                for case, control in control_of.items()
                if case.parent == side
            )
            for side in (bad, ok)
        }
        accused = {each: rules for each, rules in found[options.benign].found.items() if rules}
        cases = {side: sum(1 for case in control_of if case.parent == side) for side in (bad, ok)}
        took = found[options.benign]
        print(
            f"{name}: {counts[bad]} of {cases[bad]} payloads found, "
            f"{counts[ok]} of {cases[ok]} near misses accused, "
            f"{len(accused)} of {benign} benign extensions accused, {size / took.wall_s:.1f} MB/s, "
            f"{size / took.cpu_s:.1f} MB for each second of a processor",
            flush=True,
        )
        if options.list:
            for each, rules in sorted(accused.items()):
                print(f"  {each}: {', '.join(sorted({rule for rule, _ in rules}))}")


def _control(case: Path, controls: list[Path]) -> Path:
    """Give the control that shares the most files with a case."""
    own = _digests(case)
    return max(controls, key=lambda control: len(own & _digests(control)))


def _digests(folder: Path) -> set[tuple[str, str]]:
    return {
        (file.relative_to(folder).as_posix(), hashlib.sha256(file.read_bytes()).hexdigest())
        for file in folder.rglob("*")
        if file.is_file()
    }


def _vscan(program: str, directory: Path) -> Scanned:
    with tempfile.TemporaryDirectory() as work:
        report = Path(work) / "report.json"
        command = [program, "scan", str(directory), "--offline", "--no-cache", "-q"]
        _, wall_s, cpu_s = _run([*command, "-o", f"json={report}"])
        extensions = json.loads(report.read_bytes())["extensions"]
    found: Accusations = {each.name: set() for each in directory.iterdir()}
    for extension in extensions:
        found[Path(extension["path"]).name] = {
            (finding["rule"], str(finding["file"]))
            for finding in extension["findings"]
            if finding["severity"] in _HIGH
        }
    return Scanned(found, wall_s, cpu_s)


def _each_folder(
    directory: Path, command: list[str], read: Callable[[Any], set[tuple[str, str]]]
) -> Scanned:
    """Run a program that scans one extension at a time."""
    found: Accusations = {}
    wall_s = cpu_s = 0.0
    for folder in sorted(directory.iterdir()):
        output, wall, cpu = _run([part.format(folder=folder) for part in command])
        found[folder.name] = read(json.loads(output[output.index("{") :]))
        wall_s, cpu_s = wall_s + wall, cpu_s + cpu
    return Scanned(found, wall_s, cpu_s)


def _guarddog(program: str, directory: Path) -> Scanned:
    command = [program, "npm", "scan", "{folder}", "--output-format", "json"]
    return _each_folder(
        directory,
        ["unshare", "-n", *command],
        lambda report: {
            (risk["threat_rule"], str(risk["file_path"]))
            for risk in report["risks"]
            if risk["severity"] in _HIGH
        },
    )


def _red_widow(program: str, directory: Path) -> Scanned:
    return _each_folder(
        directory,
        ["unshare", "-n", program, "{folder}", "--format", "json"],
        lambda report: {
            (finding["ruleId"], str(finding["path"]))
            for scanned in report["reports"]
            for finding in scanned["findings"]
            if finding["severity"] in _HIGH
        },
    )


def _run(command: list[str]) -> tuple[str, float, float]:
    """Run a program; give its output, and its seconds on the wall and of a processor."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    finished = subprocess.run(command, check=False, capture_output=True, text=True)
    wall_s, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return finished.stdout, wall_s, cpu_s


_PROGRAMS: Mapping[str, Callable[[str, Path], Scanned]] = {
    "vscan": _vscan,
    "guarddog": _guarddog,
    "red_widow": _red_widow,
}


if __name__ == "__main__":
    main()
