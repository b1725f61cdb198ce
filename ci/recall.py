"""Measure recall and false alarms of the behaviours of campaigns, on cases that were written blind.

``python -m ci.recall EXTENSIONS`` plants each payload and each near miss in a real program below
EXTENSIONS (a directory of installed extensions, see docs/precision.md), scans all of them, and
prints how many payloads have a finding of high or above, and how many near misses have one of high
or medium. Findings that the program has without the plant don't count.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from tests.corpus import (
    cases_development,
    cases_fourth_held_out,
    cases_held_out,
    cases_second_held_out,
    cases_third_held_out,
)
from tests.corpus.cases import Case, Plant

_SETS = {
    "development": cases_development.CASES,
    "held-out": cases_held_out.CASES,
    "second-held-out": cases_second_held_out.CASES,
    "third-held-out": cases_third_held_out.CASES,
    "fourth-held-out": cases_fourth_held_out.CASES,
}
_RANK = {"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}
_HOSTS = 8
_MOST_BYTES = 700_000  # of a program in which something is planted
_MIN_FUNCTIONS = 20  # of such a program
_SEED = 16
Finding = Mapping[str, Any]


class Result(NamedTuple):
    """A case, and the findings of its two sides that the program alone has not."""

    case: Case
    payload: list[Finding]
    near_miss: list[Finding]


def main() -> None:
    """Print the figures of the sets that are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("extensions", type=Path)
    parser.add_argument("--set", choices=[*_SETS, "all"], default="all")
    parser.add_argument("--vscan", default=str(Path(sys.executable).with_name("vscan")))
    parser.add_argument("--list", action="store_true", help="name each miss and each false alarm")
    options = parser.parse_args()
    for name, cases in _SETS.items():
        if options.set in {name, "all"}:
            with tempfile.TemporaryDirectory() as place:
                results = measure(cases, options.extensions, Path(place), options.vscan)
            report(name, results, with_list=options.list)


def measure(cases: Iterable[Case], extensions: Path, place: Path, vscan: str) -> list[Result]:
    """Plant all cases below ``place``, scan them, and return what was found."""
    hosts = _hosts(extensions)
    lot = Random(_SEED)  # noqa: S311 - the same places in each run
    folders: dict[str, tuple[Case | None, str, int]] = {}
    for number, host in enumerate(hosts):
        folders[_plant(place, f"host{number}", host, Plant(), lot)] = (None, "host", number)
    for index, case in enumerate(cases):
        number = index % len(hosts)
        for side, plant in (("payload", case.payload), ("near_miss", case.near_miss)):
            name = f"case{index}{side[0]}"
            folders[_plant(place, name, hosts[number], plant, lot)] = (case, side, number)
    found = _scan(place, vscan)
    usual: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for folder, (case_or_none, _, number) in folders.items():
        if case_or_none is None:
            usual[number] = {(f["rule"], f["severity"]) for f in found.get(folder, [])}
    sides: dict[str, dict[str, list[Finding]]] = defaultdict(dict)
    by_name = {}
    for folder, (case_or_none, side, number) in folders.items():
        if case_or_none is not None:
            by_name[case_or_none.name] = case_or_none
            sides[case_or_none.name][side] = [
                f for f in found[folder] if (f["rule"], f["severity"]) not in usual[number]
            ]
    return [Result(by_name[n], each["payload"], each["near_miss"]) for n, each in sides.items()]


def report(name: str, results: list[Result], *, with_list: bool) -> None:
    """Print a table by family, and the sums."""
    families: dict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        counts = families[result.case.family]
        counts["cases"] += 1
        counts["found"] += worst(result.payload) >= _RANK["high"]
        counts["alarms"] += worst(result.near_miss) >= _RANK["high"]
        counts["medium"] += worst(result.near_miss) == _RANK["medium"]
        if with_list and worst(result.payload) < _RANK["high"]:
            print(f"  missed       {result.case.name}: {_rules(result.payload)}")
        if with_list and worst(result.near_miss) >= _RANK["medium"]:
            print(f"  false alarm  {result.case.name}: {_rules(result.near_miss)}")
    print(f"{name:<16} cases  found  near misses: high  medium")
    for family, counts in (*sorted(families.items()), ("all", sum(families.values(), Counter()))):
        print(
            f"  {family:<14} {counts['cases']:5}  {counts['found']:5}"
            f" {counts['alarms']:18}  {counts['medium']:6}"
        )


def worst(findings: Iterable[Finding]) -> int:
    """Return the rank of the worst finding that is no mere property of a package."""
    return max((_RANK[f["severity"]] for f in findings if f["kind"] != "posture"), default=-1)


def _rules(findings: Iterable[Finding]) -> str:
    return ", ".join(sorted({f"{f['rule']} {f['severity']}" for f in findings})) or "nothing"


def _hosts(extensions: Path) -> list[str]:
    paths = (path for path in extensions.glob("*/**/*.js") if path.is_file())
    ordered = sorted(paths, key=lambda path: (-path.stat().st_size, path.as_posix()))
    texts = (path.read_text("utf-8") for path in ordered if path.stat().st_size < _MOST_BYTES)
    wanted = []
    for text in texts:
        if text.count(";function ") > _MIN_FUNCTIONS and "require(" in text:
            wanted.append(text)
        if len(wanted) == _HOSTS:
            break
    return wanted


def _plant(place: Path, name: str, host: str, plant: Plant, lot: Random) -> str:
    text = host
    if plant.code:
        spots = [at for at in range(len(host)) if host.startswith(";function ", at)]
        spot = lot.choice(spots[len(spots) // 10 :]) + 1
        text = f"{host[:spot]}{plant.code}\n;{host[spot:]}"
    manifest: dict[str, object] = {
        "publisher": "contoso-tools",
        "name": name,
        "displayName": "Tools",
        "version": "1.4.2",
        "engines": {"vscode": "^1.80.0"},
        "main": "./dist/main.js",
        "activationEvents": ["onCommand:contoso.run"],
        **plant.manifest,
    }
    folder = f"{manifest['publisher']}.{manifest['name']}-{manifest['version']}".lower()
    fields = {key: value for key, value in manifest.items() if value is not None}
    contents = {
        "package.json": json.dumps(fields, ensure_ascii=False),
        "dist/main.js": text,
        **plant.files,
    }
    for path, content in contents.items():
        target = place / folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def _scan(place: Path, vscan: str) -> dict[str, list[Finding]]:
    with tempfile.TemporaryDirectory() as home:
        out = Path(home) / "report.json"
        subprocess.run(
            [vscan, "scan", str(place), "--offline", "--no-cache", "-q", "-o", f"json={out}"],
            env={"HOME": home, "PATH": "/usr/bin:/bin", "NO_COLOR": "1"},
            check=False,
            capture_output=True,
        )
        document = json.loads(out.read_text("utf-8"))
    return {each["path"]: each["findings"] for each in document["extensions"]}


if __name__ == "__main__":
    main()
