"""Scan benign npm packages, each laid out as an installed extension, and print what is found.

``python -m ci.benign DIRECTORY`` fetches the packages of ``tests/corpus/benign_packages.json`` from
the npm registry with ``npm pack`` (nothing is installed or run), into DIRECTORY unless they are
there. They were chosen before any of them was scanned, so what is found in them is no result of
fitting. ``--packages ci/benign.txt`` names the packages that the rules' authors have looked at
instead.

A package keeps its own manifest. Only what an editor needs and the package does not say is added: a
publisher, a name without a scope, an editor's version, a program where there is only a command.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
_CHOSEN = _ROOT / "tests" / "corpus" / "benign_packages.json"
_LISTED = ("critical", "high", "medium")


def main() -> None:
    """Print the findings of medium and above, the gaps, and the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m ci.benign",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("directory", type=Path)
    parser.add_argument(
        "--packages", type=Path, default=_CHOSEN, help="a list, as JSON or one a line"
    )
    parser.add_argument("--vscan", default=str(Path(sys.executable).with_name("vscan")))
    parser.add_argument("--report", type=Path, help="keep vscan's JSON report here")
    options = parser.parse_args()
    installed = options.directory / f"installed-{options.packages.stem}"
    installed.mkdir(parents=True, exist_ok=True)
    wanted = read_list(options.packages)
    for package in wanted:
        lay_out(fetched(package, options.directory), installed / folder_name(package))
    for leftover in {entry.name for entry in installed.iterdir()} - set(map(folder_name, wanted)):
        shutil.rmtree(installed / leftover)
    with tempfile.TemporaryDirectory() as work:
        seconds, report = scanned(
            options.vscan, installed, options.report or Path(work) / "report.json"
        )
    megabytes = sum(file.stat().st_size for file in installed.rglob("*") if file.is_file()) / 1e6
    for line in _lines(report):
        print(line)
    for line in _figures(report, len(wanted), megabytes, seconds):
        print(line)


def read_list(file: Path) -> list[str]:
    """Give the packages (name@version) of a list: JSON by kind, or one package a line."""
    if file.suffix == ".json":
        return [
            package
            for kind in json.loads(file.read_bytes())["packages"].values()
            for package in kind
        ]
    return file.read_text("utf-8").split()


def fetched(package: str, directory: Path) -> Path:
    """Give the archive of a package, from the registry unless it is there."""
    place = directory / f"{folder_name(package)}.tgz"
    if not place.exists():
        with tempfile.TemporaryDirectory(dir=directory) as work:
            subprocess.run(
                ["npm", "pack", "--silent", "--ignore-scripts", package],  # noqa: S607 - whichever npm
                cwd=work,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            next(Path(work).glob("*.tgz")).rename(place)
    return place


def lay_out(archive: Path, root: Path) -> None:
    """Unpack a package as the folder of an installed extension, unless it is there."""
    if root.exists():
        return
    with tempfile.TemporaryDirectory(dir=root.parent) as work:
        with tarfile.open(archive) as packed:
            packed.extractall(work, filter="data")
        (folder,) = Path(work).iterdir()
        own = folder / "package.json"
        own.write_text(json.dumps(as_extension(json.loads(own.read_bytes())), indent=2))
        folder.rename(root)


def as_extension(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Give the manifest of a package with what an editor needs added."""
    extension = dict(manifest)
    extension["name"] = manifest["name"].removeprefix("@").replace("/", "-")
    extension.setdefault("publisher", "benign-npm")
    engines = manifest.get("engines")
    extension["engines"] = {"vscode": "^1.90.0"} | (engines if isinstance(engines, dict) else {})
    program = next(_programs(manifest), None)
    if program:
        extension["main"] = program
    return extension


def _programs(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a package runs, first what is loaded by default."""
    commands = manifest.get("bin")
    commands = commands.values() if isinstance(commands, dict) else [commands]
    for program in (
        manifest.get("main"),
        *commands,
        manifest.get("module"),
        manifest.get("browser"),
    ):
        if isinstance(program, str):
            yield program


def scanned(vscan: str, installed: Path, report: Path) -> tuple[float, dict[str, Any]]:
    """Scan all packages offline in one run; give its seconds and the JSON report."""
    command = [
        vscan,
        "scan",
        str(installed),
        "--offline",
        "--no-cache",
        "-q",
        "-o",
        f"json={report}",
    ]
    started = time.perf_counter()
    finished = subprocess.run(command, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if not report.exists():
        raise SystemExit(f"{finished.stdout}\n{finished.stderr}")
    return seconds, json.loads(report.read_bytes())


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    """Say each gap and each finding of medium or above."""
    for extension in report["extensions"]:
        name = f"{extension['id'].removeprefix('benign-npm.')}@{extension['version']}"
        for verdict in extension["verdicts"]:
            yield from (f"gap       {name}: {gap}" for gap in verdict["gaps"])
        for finding in extension["findings"]:
            if finding["severity"] in _LISTED:
                place = f"{finding['file']}:{finding['line']}"
                said = f"{finding['rule']}: {place}: {finding['message']}"
                yield f"{finding['severity']:9} {name}: {said}"


def _figures(
    report: Mapping[str, Any], wanted: int, megabytes: float, seconds: float
) -> Iterator[str]:
    """Say how much was scanned, how fast, and how much was found."""
    extensions = report["extensions"]
    found = Counter(finding["severity"] for each in extensions for finding in each["findings"])
    gaps = Counter(each["id"] for each in extensions for v in each["verdicts"] for _ in v["gaps"])
    yield f"{len(extensions)} packages of {wanted}, {megabytes:.0f} MB"
    yield f"{seconds:.1f} seconds, {megabytes / seconds:.1f} MB/s"
    yield f"{sum(gaps.values())} gaps in {len(gaps)} packages"
    for severity in ("critical", "high", "medium", "low", "info"):
        packages = sum(
            any(finding["severity"] == severity for finding in each["findings"])
            for each in extensions
        )
        yield f"{severity}: {found[severity]} findings in {packages} packages"


def folder_name(package: str) -> str:
    """Make the name of a folder of a package's name and version."""
    return "".join(letter if letter.isalnum() else "-" for letter in package).strip("-")


if __name__ == "__main__":
    main()
