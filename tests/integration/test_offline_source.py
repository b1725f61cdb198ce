"""The analyser beside the service, and alone: real processes, and a service that counts."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import install
from tests.command import Result, scan, vscan
from tests.server import Script, Server

BOTH = {"VSCAN_SOURCE": "vscan.dev,offline"}
HIDDEN = "a text that nobody sees"
ROOT = Path(__file__).parents[2]


def invisible(text: str) -> str:
    """Write a text as variation selectors, a byte each."""
    return "".join(chr(0xFE00 + b) if b < 16 else chr(0xE0100 + b - 16) for b in text.encode())


@pytest.fixture
def extensions(tmp_path: Path) -> Path:
    """Six extensions with code; the fourth hides a text."""
    directory = tmp_path / "extensions"
    for number in range(6):
        folder = install(directory, f"acme.tool-{number}", main="./extension.js")
        text = invisible(HIDDEN) if number == 3 else ""
        (folder / "extension.js").write_text(f'exports.activate = () => "{text}";\n', "utf-8")
    return directory


def both(home: Path, directory: Path, server: Server, *arguments: str | Path) -> Result:
    return scan(home, directory, "--api-url", server.api_url, *arguments, **BOTH)


def verdicts(done: Result) -> dict[str, dict[str, Any]]:
    """Give the verdicts by extension and source."""
    return {
        extension["id"]: {verdict["source"]: verdict for verdict in extension["verdicts"]}
        for extension in done.report["extensions"]
    }


def seen(done: Result) -> list[tuple[str, dict[str, Any]]]:
    """List what the analyser found, with the extension's id."""
    return [
        (extension["id"], finding)
        for extension in done.report["extensions"]
        for finding in extension["findings"]
        if finding["source"] == "offline"
    ]


def test_both_sources_have_a_say(tmp_path: Path, extensions: Path) -> None:
    with Server() as server:
        done = both(tmp_path, extensions, server)
        assert server.count() == 18
    assert done.code == 1
    assert {frozenset(each) for each in verdicts(done).values()} == {
        frozenset({"vscan.dev", "offline"})
    }
    assert (done.stats["total"], done.stats["scanned"], done.stats["fresh"]) == (6, 6, 6)
    ((name, found),) = seen(done)
    assert (name, found["severity"], found["file"]) == ("acme.tool-3", "critical", "extension.js")
    assert HIDDEN in found["message"]
    assert "acme.tool-3 1.0.0: 1.0.7 was analysed, critical risk, score 20\n" in done.out
    (line,) = (line for line in done.out.splitlines() if line.startswith("  critical  "))
    assert HIDDEN in line


def test_both_are_the_default(tmp_path: Path, extensions: Path) -> None:
    with Server() as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url, VSCAN_SOURCE=None)
    assert done.report["run"]["sources"] == ["vscan.dev", "offline"]


def test_alone_the_analyser_asks_nobody(tmp_path: Path, extensions: Path) -> None:
    with Server() as server:
        done = scan(tmp_path, extensions, "--offline", "--api-url", server.api_url)
        assert server.count() == 0
    assert (done.code, done.stats["requests"]) == (1, 0)
    assert all(set(each) == {"offline"} for each in verdicts(done).values())


def test_the_analyser_is_done_while_the_service_thinks(tmp_path: Path, extensions: Path) -> None:
    """Beside it, not after it, with one worker for the service, too."""
    with Server(Script(latency_s=0.3)) as server:
        log = ("--log-level", "info", "--log-file", tmp_path / "log")
        both(tmp_path, extensions, server, *log)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text("utf-8").splitlines()]
    order = [each["vscan.source"] for each in lines if each["message"] == "extension scanned"]
    assert sorted(order) == ["offline"] * 6 + ["vscan.dev"] * 6
    assert order[:6] == ["offline"] * 6


def test_a_service_that_is_down_takes_no_verdict_of_the_analyser(
    tmp_path: Path, extensions: Path
) -> None:
    """Its findings fail the run; what the service owes is named."""
    done = scan(tmp_path, extensions, "--api-url", "http://127.0.0.1:9", **BOTH)
    assert done.code == 1
    assert all(set(each) == {"offline"} for each in verdicts(done).values())
    assert {failed["source"] for failed in done.report["failed_extensions"]} == {"vscan.dev"}
    assert done.report["run"]["incomplete"] is True


def test_what_is_clean_here_is_incomplete_without_the_service(
    tmp_path: Path, extensions: Path
) -> None:
    done = scan(
        tmp_path, extensions, "--api-url", "http://127.0.0.1:9", "--exclude-ids", "acme.tool-3",
        **BOTH,
    )  # fmt: skip
    assert (done.code, done.report["decision"]["outcome"]) == (3, "incomplete")


def test_only_what_changed_is_analysed_again_and_the_service_is_not_asked(
    tmp_path: Path, extensions: Path
) -> None:
    """Whatever its version says."""
    with Server() as server:
        both(tmp_path, extensions, server)
        again = both(tmp_path, extensions, server)
        assert (again.stats["cached"], again.stats["fresh"]) == (6, 0)
        changed = extensions / "acme.tool-1-1.0.0" / "extension.js"
        changed.write_text(f'exports.activate = () => "{invisible(HIDDEN)}";\n', "utf-8")
        done = both(tmp_path, extensions, server)
        assert server.count() == 18
    fresh = {
        (name, source)
        for name, each in verdicts(done).items()
        for source, verdict in each.items()
        if not verdict["from_cache"]
    }
    assert fresh == {("acme.tool-1", "offline")}
    assert [name for name, _ in seen(done)] == ["acme.tool-1", "acme.tool-3"]


def test_private_extensions_stay_here_and_are_analysed(tmp_path: Path, extensions: Path) -> None:
    with Server() as server:
        done = both(
            tmp_path, extensions, server, "--private", "acme.tool-[34]", "--fail-on", "none"
        )
        assert done.code == 2  # a pattern has `*` alone
        done = both(
            tmp_path, extensions, server,
            "--private", "acme.tool-3", "--private", "acme.tool-4", "--fail-on", "none",
        )  # fmt: skip
        assert {server.count(extension=f"acme.tool-{n}") for n in (3, 4)} == {0}
        assert server.count() == 12
    assert done.code == 0
    found = verdicts(done)
    assert {frozenset(found[f"acme.tool-{n}"]) for n in (3, 4)} == {frozenset({"offline"})}
    assert done.report["not_scanned"] == []


def test_what_is_not_installed_is_no_clean_scan(tmp_path: Path, extensions: Path) -> None:
    arguments = (extensions, "--offline", "--include-ids", "acme.absent")
    done = scan(tmp_path, *arguments)
    assert done.code == 3
    (verdict,) = done.report["extensions"][0]["verdicts"]
    assert verdict["gaps"] == [
        "its bytes are not here: only the public data about its name were asked"
    ]


def test_a_report_of_what_the_analyser_said_needs_no_service(
    tmp_path: Path, extensions: Path
) -> None:
    """Of the directory, for the bytes that are there now; of the cache, whatever is in it."""
    scan(tmp_path, extensions, "--offline")
    place = tmp_path / "again.json"
    here = vscan(tmp_path, "report", extensions, "--offline", "-o", f"json={place}")
    assert here.code == 1
    assert len(json.loads(place.read_text("utf-8"))["extensions"]) == 6
    all_of_it = vscan(tmp_path, "report", "-o", f"json={place}", VSCAN_SOURCE=None)
    assert all_of_it.code == 1
    assert len(json.loads(place.read_text("utf-8"))["extensions"]) == 6

    (extensions / "acme.tool-1-1.0.0" / "extension.js").write_text("other();\n", "utf-8")
    changed = vscan(tmp_path, "report", extensions, "--offline", "-o", f"json={place}")
    (failed,) = json.loads(place.read_text("utf-8"))["failed_extensions"]
    assert (changed.code, failed["id"], failed["error_type"]) == (
        1, "acme.tool-1", "not-remembered",
    )  # fmt: skip


def test_a_dry_run_tells_what_stays_here(tmp_path: Path, extensions: Path) -> None:
    done = vscan(tmp_path, "scan", extensions, "--dry-run", "--private", "acme.tool-0", **BOTH)
    lines = done.out.splitlines()
    assert sum("offline: analysed here, nothing sent" in line for line in lines) == 6
    assert sum("sent to vscan.dev" in line for line in lines) == 5
    assert lines[-3] == "6 extensions"
    assert lines[-2].startswith("would send 5 lookups to vscan.dev (publisher and name, nothing")
    assert lines[-1] == "would analyse 6 here; 0 cached"


def test_one_of_two_ways_to_choose(tmp_path: Path, extensions: Path) -> None:
    """The command line wins over a variable; two on one line are a contradiction."""
    done = scan(tmp_path, extensions, "--offline", VSCAN_SOURCE="vscan.dev")
    assert done.report["run"]["sources"] == ["offline"]
    done = vscan(tmp_path, "scan", extensions, "--offline", "--source", "vscan.dev")
    assert (done.code, "--offline and --source exclude each other" in done.err) == (2, True)
    done = vscan(tmp_path, "scan", extensions, "--source", "elsewhere")
    assert (done.code, "use vscan.dev or offline" in done.err) == (2, True)


def test_the_readmes_first_command_finds_what_is_hidden(tmp_path: Path) -> None:
    """As a newcomer sees it: a finding, exit code 1, and why."""
    done = scan(tmp_path, ROOT / "tests" / "data" / "offline", "--offline")
    assert done.code == 1
    (line,) = (line for line in done.out.splitlines() if 'decoded: console.log("harmless' in line)
    assert "example.tab-colours" in line
    assert "does not fail the run" not in line
    assert "vscan: failed (exit 1)" in done.out
    assert [e["id"] for e in done.report["extensions"] if e["findings"]] == ["example.tab-colours"]


def test_the_made_up_bad_one_is_never_sent_to_a_service() -> None:
    """Nothing in the repository names its directory without ``--offline``."""
    named = [
        line
        for path in [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob(".github/**/*.yml")]
        for line in path.read_text("utf-8").splitlines()
        if "tests/data/offline" in line
    ]
    assert named
    assert all("--offline" in line for line in named)
