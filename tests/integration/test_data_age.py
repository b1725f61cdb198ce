"""How old the public data is: what every run says of it, and what ``--max-data-age`` decides."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.advisories import control, export, library, record, removed_list, repository, take
from tests.builders import install
from tests.command import Result, vscan
from tests.server import Script, Server

ALLOWED = ("--max-data-age", "7")


def today() -> date:
    return datetime.now(UTC).date()


def current(directory: Path, **days: int) -> None:
    """Import every set, each as many days old as is said, or of today."""
    contents = {
        "removed-marketplace": removed_list(*(f"| a.b{n} | | Spam |" for n in range(1000))),
        "removed-open-vsx": control(*(f"a.b{n}" for n in range(500))),
        "osv-npm": export(record()),
        "osv-vscode": export(record(ecosystem="VSCode", package="a.b")),
        "retire.js": repository(jquery=library()),
    }
    for name, content in contents.items():
        take(directory, content, dated=today() - timedelta(days=days.get(name, 0)), today=today())


def scan(home: Path, *options: str, **variables: str) -> Result:
    if not (home / "extensions").exists():
        install(home / "extensions", "acme.tools")
    return vscan(
        home, "scan", "extensions", "--offline", "--no-cache", "-o", "json=r.json", *options,
        **variables,
    )  # fmt: skip


def report(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "r.json").read_bytes())
    return found


@pytest.mark.parametrize("style", ["--plain", "--quiet"])
def test_every_run_says_what_data_it_used_and_how_old_it_is(tmp_path: Path, style: str) -> None:
    current(tmp_path / "data", **{"retire.js": 3})
    done = scan(tmp_path, style, "--data-dir", "data")
    assert done.code == 0
    assert "Warning" not in done.err
    (line,) = (line for line in done.out.splitlines() if line.startswith("public data: "))
    assert line.endswith(f", the oldest 3 days old (retire.js, {today() - timedelta(days=3)})")
    sets = {each["name"]: each for each in report(tmp_path)["run"]["data"]}
    assert sets["retire.js"]["age_days"] == 3
    assert sets["osv-npm"] == {
        "name": "osv-npm",
        "source": "https://osv-vulnerabilities.storage.googleapis.com/npm/all.zip",
        "as_of": today().isoformat(),
        "count": 1,
        "age_days": 0,
    }


def test_where_there_is_no_data_every_run_says_so(tmp_path: Path) -> None:
    done = scan(tmp_path, "--quiet", "--data-dir", "mistyped")
    assert done.code == 0
    assert "Warning: there is no public data in mistyped: only what came with" in done.err
    assert "; missing: osv-npm, osv-vscode, retire.js\n" in done.out
    data = {each["name"]: each for each in report(tmp_path)["run"]["data"]}
    assert (data["osv-npm"]["as_of"], data["osv-npm"]["count"]) == (None, 0)
    assert data["osv-npm"]["age_days"] is None
    assert data["seed:removed-marketplace"]["age_days"] > 7


def test_older_data_makes_the_run_incomplete(tmp_path: Path) -> None:
    current(tmp_path / "data", **{"osv-npm": 8, "retire.js": 7})
    assert scan(tmp_path, "--data-dir", "data").code == 0
    done = scan(tmp_path, "--data-dir", "data", *ALLOWED)
    assert done.code == 3
    (reason,) = report(tmp_path)["decision"]["reasons"]
    assert reason == (
        "Public data is older than 7 days, or missing: osv-npm (8 days old);"
        " `vscan db update` fetches it."
    )
    assert report(tmp_path)["run"]["incomplete"] is True
    assert scan(tmp_path, "--data-dir", "data", "--max-data-age", "8").code == 0
    assert scan(tmp_path, "--data-dir", "data", *ALLOWED, "--allow-incomplete").code == 0


def test_data_that_is_missing_makes_the_run_incomplete(tmp_path: Path) -> None:
    assert scan(tmp_path, "--data-dir", "mistyped", "--max-data-age", "3650").code == 3
    (reason,) = report(tmp_path)["decision"]["reasons"]
    assert "osv-npm (missing), osv-vscode (missing), retire.js (missing)" in reason


def test_the_age_is_a_variable_and_a_key_too(tmp_path: Path) -> None:
    assert scan(tmp_path, VSCAN_MAX_DATA_AGE="7").code == 3
    (tmp_path / ".vscanrc").write_text("[policy]\nmax_data_age = 7\n")
    assert scan(tmp_path).code == 3
    assert scan(tmp_path, "--max-data-age", "soon").code == 2


def test_findings_go_before_old_data(tmp_path: Path) -> None:
    install(tmp_path / "extensions", "ahban.shiba")  # the Marketplace removed it as malware
    assert scan(tmp_path, *ALLOWED).code == 1


def test_where_the_analyser_is_not_asked_its_data_says_nothing(tmp_path: Path) -> None:
    install(tmp_path / "extensions", "acme.tools")
    with Server(Script()) as server:
        done = vscan(
            tmp_path, "scan", "extensions", "--no-cache", "--source", "vscan.dev", "--plain",
            "--delay", "0", "--api-url", server.api_url, "-o", "json=r.json", *ALLOWED,
        )  # fmt: skip
    assert done.code in {0, 1}
    assert report(tmp_path)["run"]["data"] == []
    assert "public data" not in done.text


def test_nothing_to_scan_is_nothing_to_scan_whatever_the_data(tmp_path: Path) -> None:
    (tmp_path / "extensions").mkdir()
    assert scan(tmp_path, *ALLOWED).code == 4
