"""Scan benign npm packages as if each were an extension, and print their gaps and high findings.

Of what honest software is made of nothing should be left out, and little should be found. The
packages of ``benign.txt`` are fetched from the npm registry once, into the directory that is named.
Unpacked they take two gigabytes.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Compilers, bundlers, editors' parts, cloud SDKs, wallets, an obfuscator, data of languages.
PACKAGES = tuple(Path(__file__).with_suffix(".txt").read_text("utf-8").split())


def main() -> None:
    """Print a line for each gap and each finding of high or above, and how many there were."""
    parser = argparse.ArgumentParser(prog="python -m ci.benign", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path(".pytest_cache/d/benign"))
    options = parser.parse_args()
    options.corpus.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work:
        directory = Path(work) / "extensions"
        directory.mkdir()
        for package in PACKAGES:
            lay_out(fetched(package, options.corpus), directory / _plain(package))
        report = scanned(directory, Path(work))
    for line in _lines(report):
        print(line)
    stats = report["stats"]
    print(f"{stats['total']} packages: {stats['with_gaps']} with gaps", end=", ")
    print(f"{stats['findings_by_severity']['critical']} findings of critical", end=", ")
    print(f"{stats['findings_by_severity']['high']} of high")


def fetched(package: str, corpus: Path) -> Path:
    """Give the archive of a package, from the registry unless it is there."""
    place = corpus / f"{_plain(package)}.tgz"
    if not place.exists():
        with tempfile.TemporaryDirectory(dir=corpus) as work:
            subprocess.run(
                ["npm", "pack", "--silent", package],  # noqa: S607 - whichever npm there is
                cwd=work,
                check=True,
                stdout=subprocess.DEVNULL,
            )
            next(Path(work).glob("*.tgz")).rename(place)
    return place


def lay_out(archive: Path, root: Path) -> None:
    """Unpack a package as the folder of an extension whose program is the package's."""
    with tempfile.TemporaryDirectory() as work:
        with tarfile.open(archive) as packed:
            packed.extractall(work, filter="data")
        (folder,) = Path(work).iterdir()
        shutil.move(folder, root)
    own = root / "package.json"
    main = json.loads(own.read_bytes()).get("main")
    own.rename(root / "npm-package.json")
    manifest = {"publisher": "npm", "name": root.name, "version": "1.0.0", "engines": {}}
    own.write_text(json.dumps(manifest | ({"main": main} if isinstance(main, str) else {})))


def scanned(directory: Path, work: Path) -> dict[str, Any]:
    """Scan the packages offline; returns the JSON report."""
    report = work / "report.json"
    command = [sys.executable, "-m", "vscan", "scan", str(directory), "--offline", "--no-cache"]
    subprocess.run([*command, "-q", "-o", f"json={report}"], check=False, stderr=subprocess.DEVNULL)
    loaded: dict[str, Any] = json.loads(report.read_bytes())
    return loaded


def _lines(report: dict[str, Any]) -> Iterator[str]:
    for extension in report["extensions"]:
        for verdict in extension["verdicts"]:
            yield from (f"{extension['id']}: gap: {gap}" for gap in verdict["gaps"])
        for finding in extension["findings"]:
            if finding["severity"] in {"high", "critical"}:
                place = f"{finding['file']}:{finding['line']}"
                yield f"{extension['id']}: {finding['severity']} {finding['rule']}: {place}"


def _plain(package: str) -> str:
    """Make a name of a file, and of an extension, of a package's name and version."""
    return "".join(letter if letter.isalnum() else "-" for letter in package).strip("-")


if __name__ == "__main__":
    main()
