"""The main job, from the command line to the exit code, as real processes."""

import errno
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
from msgspec.structs import replace

from tests.builders import index, install, results
from tests.command import Process, command, environment, scan, start, vscan
from tests.other_systems import make_pipe
from tests.server import Fault, Script, Server
from vscan.cli.scan import scan as scan_command
from vscan.config import CacheConfig, Config
from vscan.errors import ReportError
from vscan.events import Ended, Event, Warned
from vscan.interrupt import Interrupt
from vscan.pipeline import report_of_error, run
from vscan.report import write_report
from vscan.report.json import schema
from vscan.run_preparation import create_providers
from vscan.settings.table import Settings


@pytest.fixture
def extensions(tmp_path: Path) -> Path:
    """Ten extensions, as an editor has them."""
    directory = tmp_path / "extensions"
    for number in range(10):
        install(directory, f"acme.tool-{number}")
    return directory


def clean(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
    return results(publisher, name, analysis_id=analysis_id)


def vulnerable(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
    counts = {"high": 1} if name == "tool-3" else {}
    return results(publisher, name, analysis_id=analysis_id, vulnerabilities=counts)


def comparable(report: dict[str, Any]) -> dict[str, Any]:
    """Leave out what may differ between two runs: times and counters."""
    kept = json.loads(json.dumps(report))
    for key in ("id", "started_at", "finished_at", "mode", "workers"):
        del kept["run"][key]
    for key in ("requests", "retries", "rate_limited", "elapsed_s"):
        del kept["stats"][key]
    return kept  # type: ignore[no-any-return]


def test_a_clean_scan_exits_with_0(tmp_path: Path, extensions: Path) -> None:
    with Server(Script(answer=clean)) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url)
        assert done.code == 0
        assert done.out.splitlines()[-1] == "vscan: nothing found (exit 0)"
        assert done.report["decision"]["outcome"] == "clean"
        assert (done.stats["total"], done.stats["fresh"], done.stats["requests"]) == (10, 10, 30)
        assert server.count() == 30


def test_a_second_run_asks_nothing(tmp_path: Path, extensions: Path) -> None:
    with Server() as server:
        first = scan(tmp_path, extensions, "--api-url", server.api_url)
        before = server.count()
        second = scan(tmp_path, extensions, "--api-url", server.api_url, "--parallel")
        assert server.count() == before
    assert (second.stats["cached"], second.stats["fresh"]) == (10, 0)
    for extension in first.report["extensions"]:
        extension["verdicts"][0]["from_cache"] = True
    assert second.report["extensions"] == first.report["extensions"]


def test_refresh_asks_again_and_no_cache_leaves_nothing(tmp_path: Path, extensions: Path) -> None:
    with Server() as server:
        url = ("--api-url", server.api_url)
        scan(tmp_path, extensions, *url, "--no-cache")
        assert not (tmp_path / ".cache").exists()
        scan(tmp_path, extensions, *url)
        assert scan(tmp_path, extensions, *url, "--refresh-cache").stats["fresh"] == 10
        assert scan(tmp_path, extensions, *url).stats["cached"] == 10


def test_sequential_and_parallel_write_the_same_report(tmp_path: Path, extensions: Path) -> None:
    (extensions / "broken-1.0.0" / "package.json").mkdir(parents=True)
    index(extensions, *(f"acme.tool-{number}-1.0.0" for number in range(9)), "acme.gone-2.0.0")
    faults = [Fault(500, "fetch", "acme.tool-4")]
    with Server(Script(latency_s=0.005, faults=faults)) as server:
        url = ("--api-url", server.api_url, "--no-cache")
        reports = [
            scan(tmp_path, extensions, *url, *workers).report
            for workers in ((), ("--workers", "5"))
        ]
    assert comparable(reports[0]) == comparable(reports[1])
    assert [report["run"]["workers"] for report in reports] == [1, 5]


def test_the_report_keeps_its_schema(tmp_path: Path, extensions: Path) -> None:
    (extensions / "broken-1.0.0" / "package.json").mkdir(parents=True)
    with Server(Script(faults=[Fault(500, "fetch", "acme.tool-4")])) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url, "--exclude-ids", "*.tool-1")
    jsonschema.validate(done.report, schema())
    stats = done.stats
    assert stats["total"] == stats["scanned"] + stats["failed"] + stats["unreadable"] == 10
    assert stats["scanned"] == stats["cached"] + stats["fresh"]
    ids = [extension["id"] or extension["name"] for extension in done.report["extensions"]]
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda report: report.pop("decision"),
        lambda report: report["stats"].update(total=-1),
        lambda report: report["extensions"][0].update(status="fine"),
        lambda report: report["run"].update(started_at="yesterday"),
        lambda report: report.update(more=1),
    ],
)
def test_the_schema_can_fail(
    tmp_path: Path, extensions: Path, spoil: Callable[[dict[str, Any]], object]
) -> None:
    with Server() as server:
        report = scan(tmp_path, extensions, "--api-url", server.api_url).report
    spoil(report)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, schema())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 1),
        (("--fail-on", "critical"), 0),
        (("--fail-on", "none"), 0),
        (("--exit-zero",), 0),
        (("--exclude-ids", "acme.tool-3"), 0),
    ],
)
def test_findings_decide_by_the_threshold(
    tmp_path: Path, extensions: Path, options: tuple[str, ...], code: int
) -> None:
    with Server(Script(answer=vulnerable)) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url, *options)
    assert done.code == done.report["decision"]["exit_code"] == code
    if code:
        assert "acme.tool-3" in done.report["decision"]["reasons"][0]
        assert done.report["rules"][0]["id"] == "vulnerable-dependency"


@pytest.mark.parametrize(
    ("options", "code"),
    [((), 3), (("--allow-incomplete",), 0), (("--exit-zero",), 3)],
)
def test_one_failure_makes_the_run_incomplete(
    tmp_path: Path, extensions: Path, options: tuple[str, ...], code: int
) -> None:
    with Server(Script(answer=clean, faults=[Fault(404, "submit", "acme.tool-7")])) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url, *options)
    assert done.code == code
    assert done.report["run"]["incomplete"]
    assert [f["id"] for f in done.report["failed_extensions"]] == ["acme.tool-7"]
    assert done.report["failed_extensions"][0]["error_type"] == "not-listed"
    assert done.stats["scanned"] == 9


def test_findings_come_before_incomplete(tmp_path: Path, extensions: Path) -> None:
    faults = [Fault(404, "submit", "acme.tool-7")]
    with Server(Script(answer=vulnerable, faults=faults)) as server:
        assert scan(tmp_path, extensions, "--api-url", server.api_url).code == 1
        done = scan(tmp_path, extensions, "--api-url", server.api_url, "--exit-zero")
        assert done.code == 3


def test_what_can_not_be_read_is_named_and_makes_the_run_incomplete(
    tmp_path: Path, extensions: Path
) -> None:
    make_pipe(extensions / "acme.tool-2-1.0.0" / "pipe")
    manifest = extensions / "acme.tool-2-1.0.0" / "package.json"
    manifest.unlink()
    make_pipe(manifest)
    with Server(Script(answer=clean)) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url)
    assert done.code == 3
    assert done.stats["unreadable"] == 1
    assert done.report["failed_extensions"][0]["error_type"] == "unreadable"
    assert "acme.tool-2" not in done.err  # nobody was asked about it
    (line,) = (line for line in done.out.splitlines() if line.startswith("  missing   unreadable"))
    assert "acme.tool-2" in line


@pytest.mark.parametrize(("options", "code"), [((), 4), (("--allow-empty",), 0)])
def test_nothing_to_scan(tmp_path: Path, options: tuple[str, ...], code: int) -> None:
    (tmp_path / "empty").mkdir()
    done = scan(tmp_path, tmp_path / "empty", *options)
    assert done.code == code
    assert done.report["decision"]["outcome"] == "nothing-to-scan"


def test_no_editor_on_the_machine_is_nothing_to_scan(tmp_path: Path) -> None:
    assert scan(tmp_path).code == 4


def test_the_editors_directories_are_the_default(tmp_path: Path) -> None:
    install(tmp_path / ".vscode" / "extensions", "acme.one")
    install(tmp_path / ".cursor" / "extensions", "acme.two")
    with Server(Script(answer=clean)) as server:
        done = scan(tmp_path, "--api-url", server.api_url)
    assert done.stats["scanned"] == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--workers", "1"), "is not between 2 and 5; one worker is the default"),
        (("--workers", "6"), "is not between 2 and 5; one worker is the default"),
        (("--delay", "-1"), "--delay"),
        (("--delay", "nan"), "--delay"),
        (("--deadline", "nan"), "--deadline"),
        (("--deadline", "inf"), "--deadline"),
        (("--deadline", "1e12"), "--deadline"),
        (("--deadline", "31536001"), "--deadline"),
        (("--max-wait", "inf"), "--max-wait"),
        (("--timeout", "0"), "--timeout"),
        (("--source", "magic"), "magic"),
        (("--api-url", "http://example.org"), "https"),
        (("--api-url", "https://u:p@example.org"), "password"),
        (("--no-cache", "--refresh-cache"), "exclude"),
        (("-o", "xml=x.xml"), "json"),
        (("-o", "report"), "FORMAT=PATH"),
        (("--include-ids", "nonsense"), "publisher.name"),
        (("--exclude-ids", "a b"), "publisher.name"),
        (("nowhere",), "does not exist"),
        (("--nonsense",), "--nonsense"),
    ],
)
def test_a_usage_error_exits_with_2_and_says_what_is_allowed(
    tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    done = vscan(tmp_path, "scan", *arguments)
    assert done.code == 2
    assert done.out == ""
    assert says in done.err
    assert "Traceback" not in done.err


def test_a_year_is_a_time_that_a_run_may_take(tmp_path: Path, extensions: Path) -> None:
    assert vscan(tmp_path, "scan", extensions, "--dry-run", "--deadline", "31536000").code == 0


@pytest.mark.parametrize(("content", "code"), [(b"", 4), (b"PK\x03\x04\0\0", 3)])
def test_a_file_that_names_nothing_is_never_green(
    tmp_path: Path, content: bytes, code: int
) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    assert vscan(tmp_path, "scan", "x.zip").code == code


def test_every_option_is_a_variable_too() -> None:
    for parameter in scan_command.params:
        if isinstance(parameter, click.Option):
            long = max(parameter.opts, key=len)
            assert parameter.envvar == "VSCAN_" + long.removeprefix("--").replace("-", "_").upper()


def test_variables_are_obeyed_and_options_win(tmp_path: Path, extensions: Path) -> None:
    with Server(Script(answer=clean)) as server:
        variables = {
            "VSCAN_API_URL": server.api_url,
            "VSCAN_EXTENSIONS_DIR": str(extensions),
            "VSCAN_PARALLEL": "true",
            "VSCAN_WORKERS": "5",
            "VSCAN_EXCLUDE_IDS": "acme.tool-1, acme.tool-2",
        }
        done = scan(tmp_path, **variables)
        assert (done.stats["total"], done.report["run"]["workers"]) == (8, 5)
        done = scan(tmp_path, "--workers", "3", **variables)
        assert done.report["run"]["workers"] == 3
        done = scan(tmp_path, "--no-parallel", **variables)
        assert done.report["run"]["mode"] == "sequential"
        # Only on the command line does a number of workers ask for them.
        del variables["VSCAN_PARALLEL"]
        assert scan(tmp_path, **variables).report["run"]["mode"] == "sequential"
        assert scan(tmp_path, "--workers", "2", **variables).report["run"]["mode"] == "parallel"
    assert vscan(tmp_path, "scan", VSCAN_WORKERS="9").code == 2


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (("--include-ids", "acme.tool-1,ACME.TOOL-2"), {"acme.tool-1", "acme.tool-2"}),
        (("--include-ids", "acme.tool-1", "--include-ids", "acme.tool-2"),
         {"acme.tool-1", "acme.tool-2"}),
        (("--exclude-ids", "acme.*"), set()),
        (("--publisher", "other"), set()),
        (("--include-ids", "*-1,*-2", "--exclude-ids", "*-2"), {"acme.tool-1"}),
        (("--private", "acme.tool-*", "--include-ids", "acme.tool-1"), set()),
        (("--include-ids", "not.installed"), {"not.installed"}),
    ],
)  # fmt: skip
def test_filters_choose_before_anything_is_sent(
    tmp_path: Path, extensions: Path, options: tuple[str, ...], ids: set[str]
) -> None:
    with Server(Script(answer=clean)) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url, *options)
        assert {extension["id"] for extension in done.report["extensions"]} == ids
        assert {seen.extension for seen in server.seen} == ids
        assert done.code == (0 if ids else 4)
    left_out = {(item["id"], item["reason"]) for item in done.report["not_scanned"]}
    assert len(left_out) == 10 - len(ids - {"not.installed"})


def test_a_dry_run_sends_nothing_and_lists_everything(tmp_path: Path, extensions: Path) -> None:
    with Server() as server:
        url = ("--api-url", server.api_url)
        scan(tmp_path, extensions, *url, "--include-ids", "acme.tool-1")
        before = server.count()
        done = vscan(tmp_path, "scan", extensions, *url, "--dry-run", "--private", "*-9")
        assert server.count() == before
    assert done.code == 0
    lines = done.out.splitlines()
    assert "is taken for a directory of extensions" in lines.pop(0)
    assert "cached, nothing sent" in next(line for line in lines if line.startswith("acme.tool-1 "))
    assert "sent to vscan.dev" in next(line for line in lines if line.startswith("acme.tool-2 "))
    assert "not scanned (private): acme.tool-9 1.0.0" in lines
    assert lines[10:] == [
        "9 extensions",
        (
            "would send 8 lookups to vscan.dev (publisher and name, nothing else):"
            " about 24 requests, 24 s at this pace; --parallel would take about 8 s"
        ),
        "cached: 1 lookup",
    ]


def test_several_versions_are_one_question(tmp_path: Path) -> None:
    directory = tmp_path / "extensions"
    install(directory, "acme.tool", "1.0.0")
    install(directory, "acme.tool", "2.0.0")
    with Server(Script(answer=clean)) as server:
        done = scan(tmp_path, directory, "--api-url", server.api_url)
        assert server.count("submit") == 1
    verdicts = {e["version"]: e["verdicts"][0] for e in done.report["extensions"]}
    assert verdicts["1.0.0"]["version_matches"] is True
    assert verdicts["2.0.0"]["version_matches"] is False
    assert done.stats["version_mismatches"] == 1
    assert "judged by another version than the one installed: acme.tool." in done.out


def test_standard_output_holds_the_report_alone(tmp_path: Path, extensions: Path) -> None:
    with Server() as server:
        done = vscan(
            tmp_path, "scan", extensions, "--api-url", server.api_url, "--delay", "0",
            "-o", "json=-", "-v",
        )  # fmt: skip
    jsonschema.validate(json.loads(done.out), schema())
    assert done.err.splitlines()[-1] == "vscan: passed (exit 0)"


@pytest.mark.parametrize("path", ["-", "/dev/stdout", "/dev/fd/1"])
@pytest.mark.parametrize("style", ["-q", "--plain", "-v"])
def test_the_result_makes_room_for_a_report_on_standard_output(
    tmp_path: Path, extensions: Path, path: str, style: str
) -> None:
    """Whatever the run shows and logs: what reads the report finds nothing else."""
    with Server(Script(answer=vulnerable)) as server:
        url = ("--api-url", server.api_url, "--delay", "0", "--log-format", "json", style)
        done = vscan(tmp_path, "scan", extensions, *url, "-o", f"json={path}", "-o", "x.html")
    assert done.code == json.loads(done.out)["decision"]["exit_code"] == 1
    assert done.out.endswith("}\n")
    assert "  high      vulnerable-dependency  acme.tool-3 1.0.0: " in done.err
    assert done.err.splitlines()[-1].startswith("vscan: failed (exit 1)")


@pytest.mark.parametrize("style", ["-q", "--plain", "-v"])
def test_the_result_is_on_standard_output_and_all_else_on_standard_error(
    tmp_path: Path, extensions: Path, style: str
) -> None:
    faults = [Fault(404, "submit", "acme.tool-7")]
    with Server(Script(answer=vulnerable, faults=faults)) as server:
        done = scan(
            tmp_path, extensions, "--api-url", server.api_url, "--private", "acmee.*", style,
            "--log-format", "json", "--log-level", "debug", "-o", "x.html",
        )  # fmt: skip
    assert done.code == 1
    assert "  high      vulnerable-dependency  acme.tool-3 1.0.0: " in done.out
    assert "  missing   not-listed  acme.tool-7 1.0.0: vscan.dev does not know" in done.out
    assert done.out.splitlines()[-1].startswith("vscan: failed (exit 1)")
    for word in ("scanning", "Warning: ", "slowest", "{", "[1/10]"):
        assert word not in done.out
    assert "acmee.* matches no extension" in done.err
    for word in ("vscan: ", "vulnerable-dependency", "What to do", "report ("):
        assert word not in done.err
    if style != "-q":
        assert f"report (html): {tmp_path / 'x.html'}\n" in done.out


def test_off_a_terminal_there_is_a_log_only_if_it_is_asked_for(
    tmp_path: Path, extensions: Path
) -> None:
    """Log lines would stand among the sentences of a pipeline's log."""
    with Server(Script(answer=clean)) as server:
        url = ("--api-url", server.api_url, "--log-level", "debug")
        asked = (("json",), ("console",), ("json", "--log-file", tmp_path / "log"))
        silent = scan(tmp_path, extensions, *url, "-v")
        as_json, as_lines, in_file = (
            scan(tmp_path, extensions, *url, "--log-format", *more) for more in asked
        )
    assert not [line for line in silent.text.splitlines() if line.startswith("{")]
    assert "scan started" not in silent.text
    logged = [json.loads(line) for line in as_json.err.splitlines() if line.startswith("{")]
    assert {"scan-started", "scan-finished"} <= {line["event.action"] for line in logged}
    assert "scan started" in as_lines.err
    assert "{" not in as_lines.err
    assert "scan-started" not in in_file.text
    assert "scan-started" in (tmp_path / "log").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "logged", "shown"),
    [
        ((), 0, 1),
        (("-q",), 0, 0),
        (("--log-format", "json"), 1, 0),
        (("--log-format", "json", "--log-level", "error"), 0, 1),
        (("--log-format", "json", "-q"), 0, 0),
        (("--log-file", "log"), 0, 1),
    ],
)
def test_a_warning_about_the_cache_is_shown_once_and_not_if_quiet(
    tmp_path: Path, extensions: Path, options: tuple[str, ...], logged: int, shown: int
) -> None:
    (tmp_path / "file").write_text("")
    with Server(Script(answer=clean)) as server:
        url = ("--api-url", server.api_url, "--cache-dir", "file")
        done = scan(tmp_path, extensions, *url, *options)
    assert done.code == 0
    assert len(done.report["run"]["warnings"]) == 1
    assert done.err.count('"cache-warning"') == logged
    assert done.err.count("Warning: the cache ") == shown
    assert "the cache can" not in done.out


@pytest.mark.parametrize("style", ["-q", "--plain", "-v"])
@pytest.mark.parametrize("streams", [">&-", ">/dev/full", "| exec true"])
def test_a_result_that_nobody_reads_changes_no_exit_code_and_hides_no_report(
    tmp_path: Path, extensions: Path, style: str, streams: str
) -> None:
    with Server(Script(answer=vulnerable)) as server:
        report = f"json={tmp_path / 'report.json'}"
        line = command("scan", extensions, "--api-url", server.api_url, style, "-o", report)
        done = subprocess.run(
            ["bash", "-c", f'"$@" {streams}; exit "${{PIPESTATUS[0]}}"', "bash", *line],
            env=environment(tmp_path, VSCAN_DELAY="0"), cwd=tmp_path, capture_output=True,
            encoding="utf-8", timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "Error" not in done.stderr
    found = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert (found["decision"]["outcome"], found["decision"]["exit_code"]) == ("findings", 1)


def test_logs_are_json_lines_off_a_terminal(tmp_path: Path, extensions: Path) -> None:
    faults = [Fault(404, "submit", "acme.tool-7")]
    with Server(Script(faults=faults)) as server:
        done = scan(
            tmp_path, extensions, "--api-url", server.api_url, "--log-level", "info",
            "--log-file", tmp_path / "log", "--workers", "3",
        )  # fmt: skip
    lines = [json.loads(line) for line in (tmp_path / "log").read_text("utf-8").splitlines()]
    for line in lines:
        assert {"@timestamp", "log.level", "message", "event.action", "service.name",
                "service.version", "labels.run_id"} <= line.keys()  # fmt: skip
        assert line["labels.run_id"] == done.report["run"]["id"]
    each = [line for line in lines if line["event.action"] == "extension-scanned"]
    assert sorted(line["vscan.extension.id"] for line in each) == [
        f"acme.tool-{number}" for number in range(10)
    ]
    assert {line["vscan.cache"] for line in each} == {"miss"}
    (failed,) = (line for line in each if line["event.outcome"] == "failure")
    assert failed["error.type"] == "not-listed"
    (summary,) = (line for line in lines if line["event.action"] == "scan-finished")
    assert summary["vscan.exit_code"] == 3
    assert str(tmp_path) not in json.dumps(lines)


def test_quiet_says_what_failed_why_and_then_the_verdict_in_one_line(
    tmp_path: Path, extensions: Path
) -> None:
    with Server(Script(faults=[Fault(404, "submit", "acme.tool-7")])) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url, "--quiet")
    failed, reason, *warnings, line = done.out.splitlines()
    assert failed.startswith("  missing   not-listed  acme.tool-7 1.0.0: vscan.dev does not know")
    assert reason == "1 extension could not be scanned (not-listed): acme.tool-7."
    assert all(warning.startswith("Warning: ") for warning in warnings)
    assert line.startswith("vscan: incomplete (exit 3): 10 extensions: 1 incomplete, 9 passed")
    assert done.err == ""


def test_plain_progress_is_a_line_for_each(tmp_path: Path, extensions: Path) -> None:
    with Server(Script(faults=[Fault(404, "submit", "acme.tool-7")])) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url, "--workers", "3")
    lines = done.err.splitlines()
    assert lines[:2] == [
        "10 lookups to vscan.dev (publisher and name, nothing else): about 30 requests",
        "scanning 10 extensions",
    ]
    assert [line.split("]")[0] for line in lines[2:12]] == [f"[{n}/10" for n in range(1, 11)]
    assert lines[12:] == []
    result = done.out.splitlines()
    assert "  missing   not-listed  acme.tool-7 1.0.0: vscan.dev does not know" in done.out
    assert any("acme.tool-7" in line and "not-listed" in line for line in result)
    assert result[-1] == "vscan: incomplete (exit 3)"


def test_a_service_that_refuses_ends_the_run_at_once(tmp_path: Path, extensions: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    started = time.monotonic()
    done = vscan(
        tmp_path, "scan", extensions, "--api-url", f"http://127.0.0.1:{port}", "--parallel"
    )
    assert time.monotonic() - started < 5
    assert done.code == 3
    assert "can't be reached: connection refused" in done.err


def test_what_is_cached_counts_when_the_service_is_down(tmp_path: Path, extensions: Path) -> None:
    with Server(Script(answer=clean)) as server:
        url = server.api_url
        scan(tmp_path, extensions, "--api-url", url, "--include-ids", "*-1,*-2,*-3")
    done = scan(tmp_path, extensions, "--api-url", url, "--parallel")
    assert done.code == 3
    assert (done.stats["cached"], done.stats["failed"]) == (3, 7)


def test_five_failures_in_a_row_end_the_asking(tmp_path: Path, extensions: Path) -> None:
    script = Script(answer=clean)
    with Server(script) as server:
        url = ("--api-url", server.api_url, "--max-retries", "0")
        scan(tmp_path, extensions, *url, "--include-ids", "acme.tool-0")
        script.faults.append(Fault("reset", "fetch"))
        done = scan(tmp_path, extensions, *url, "--no-cache")
        # Each reset is one failure, but each submit before it was an answer.
        assert done.stats["failed"] == 10
        script.faults[:] = [Fault("reset")]
        before = server.count()
        done = scan(tmp_path, extensions, *url, "--no-cache")
        assert server.count() - before == 5
    assert {f["error_type"] for f in done.report["failed_extensions"]} == {"network"}


def test_a_deadline_fails_the_rest_and_keeps_what_was_done(
    tmp_path: Path, extensions: Path
) -> None:
    with Server(Script(latency_s=0.1)) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url, "--deadline", "1.5")
    assert done.code == 3
    assert 0 < done.stats["scanned"] < 10
    assert {f["error_type"] for f in done.report["failed_extensions"]} == {"timeout"}


@pytest.mark.parametrize("retry_after", ["exact", "none"])
@pytest.mark.parametrize("workers", [(), ("--workers", "5")])
def test_a_rate_limit_loses_nothing(
    tmp_path: Path, extensions: Path, retry_after: str, workers: tuple[str, ...]
) -> None:
    script = Script(rate=20, burst=4, retry_after=retry_after, answer=clean, latency_s=0.005)
    with Server(script) as server:
        done = scan(
            tmp_path, extensions, "--api-url", server.api_url, *workers,
            VSCAN_RETRY_DELAY="0.1", VSCAN_DELAY="0.02",
        )  # fmt: skip
        assert done.code == 0
        assert done.stats["fresh"] == 10
        told, _ = server.pauses[0]
        # Others may have been on their way when the first 429 left.
        assert sum(seen.beside > 0 for seen in server.seen if seen.at > told) < 5
        inside = [
            seen
            for seen in server.seen
            if any(start < seen.at < until for start, until in server.pauses)
        ]
        assert len(inside) < (5 if workers else 1)
        accepted = [s.extension for s in server.seen if s.step == "submit" and s.status == 200]
        assert len(accepted) == len(set(accepted)) == 10
        limited = sum(seen.status == 429 for seen in server.seen)
    assert done.stats["rate_limited"] == limited <= 5 + 8
    assert done.report["run"]["fell_back_to_sequential"] == bool(workers)
    assert "rate limited" in done.err


def test_a_pause_longer_than_allowed_fails_the_rest_as_rate_limited(
    tmp_path: Path, extensions: Path
) -> None:
    faults = [Fault(429, "submit", "acme.tool-4", headers=(("Retry-After", "86400"),))]
    with Server(Script(faults=faults)) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url)
    assert done.code == 3
    assert done.stats["scanned"] == 4
    assert {f["error_type"] for f in done.report["failed_extensions"]} == {"rate-limited"}


def start_scan(home: Path, *arguments: str | Path) -> Process:
    report = f"json={home / 'report.json'}"
    return start(home, "scan", *arguments, "-o", report, VSCAN_DELAY="0")


@pytest.mark.parametrize("workers", [(), ("--workers", "3")])
@pytest.mark.parametrize(
    ("signals", "code"),
    [((signal.SIGINT,), 130), ((signal.SIGTERM,), 143), ((signal.SIGINT, signal.SIGINT), 130)],
)
def test_an_interrupt_keeps_what_was_finished(
    tmp_path: Path,
    extensions: Path,
    workers: tuple[str, ...],
    signals: tuple[signal.Signals, ...],
    code: int,
) -> None:
    """Also where workers sit in reads that nothing answers."""
    script = Script(
        answer=clean, faults=[Fault("hang", "fetch", f"acme.tool-{n}") for n in (3, 5, 7)]
    )
    with Server(script) as server:
        process = start_scan(tmp_path, extensions, "--api-url", server.api_url, *workers)
        until = time.monotonic() + 20
        while server.count("fetch") < 4 and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.1)
        signalled = time.monotonic()
        for number in signals:
            process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert time.monotonic() - signalled < 3
        assert process.returncode == code
        assert out.splitlines()[-1] == f"vscan: interrupted (exit {code})"
        assert "Traceback" not in out + err
        report = json.loads((tmp_path / "report.json").read_text("utf-8"))
        jsonschema.validate(report, schema())
        assert report["decision"]["outcome"] == "interrupted"
        assert report["run"]["incomplete"]
        finished = report["stats"]["scanned"]
        assert finished >= 3
        assert report["stats"]["total"] == 10
        script.faults.clear()
        before = server.count("submit")
        again = scan(tmp_path, extensions, "--api-url", server.api_url)
        assert again.code == 0
        assert again.stats["cached"] == finished
        assert server.count("submit") - before == 10 - finished


def test_a_kill_loses_nothing_that_was_finished(tmp_path: Path, extensions: Path) -> None:
    script = Script(answer=clean, faults=[Fault("hang", "fetch", "acme.tool-6")])
    with Server(script) as server:
        process = start_scan(tmp_path, extensions, "--api-url", server.api_url)
        until = time.monotonic() + 20
        while server.count("fetch") < 7 and time.monotonic() < until:
            time.sleep(0.01)
        process.kill()
        process.communicate()
        script.faults.clear()
        again = scan(tmp_path, extensions, "--api-url", server.api_url)
    assert (again.code, again.stats["cached"]) == (0, 6)


def test_a_report_that_can_not_be_written_exits_with_2(tmp_path: Path, extensions: Path) -> None:
    """Found out before anything is asked."""
    (tmp_path / "file").write_text("")
    with Server() as server:
        url = ("--api-url", server.api_url)
        done = vscan(tmp_path, "scan", extensions, *url, "-o", "json=file/report.json")
        assert (done.code, server.count()) == (2, 0)
        assert "can't be written" in done.err


def test_a_full_disk_leaves_no_half_report(tmp_path: Path, extensions: Path) -> None:
    """And the verdict is an error: nobody could read it."""
    with Server(Script(answer=clean)) as server:
        done = vscan(
            tmp_path, "scan", extensions, "--api-url", server.api_url, "--delay", "0",
            "-o", "json=/dev/full",
        )  # fmt: skip
    assert done.code == 2
    assert "no space left" in done.err


def test_hostile_names_reach_no_stream(tmp_path: Path) -> None:
    directory = tmp_path / "extensions"
    evil = "\x1b]0;owned\x07\x1b[31m[/]::error::x\r\n\u202eexe.gnp"
    install(directory, "acme.tool", displayName=evil)
    (directory / "\x1b[2Jevil.x-1.0.0" / "package.json").mkdir(parents=True)
    with Server() as server:
        done = scan(tmp_path, directory, "--api-url", server.api_url, "-v")
    assert done.code == 3
    raw = (tmp_path / "report.json").read_text("utf-8")
    for text in (done.out, done.err, raw):
        assert "\x1b" not in text
        assert "\u202e" not in text
    assert "\\u001b" not in raw
    assert "\\u202e" not in raw


@pytest.mark.parametrize("variables", [{"LC_ALL": "C", "PYTHONUTF8": "0"}, {"NO_COLOR": "1"}])
def test_any_locale_will_do(tmp_path: Path, extensions: Path, variables: dict[str, str]) -> None:
    install(extensions, "acme.japan", displayName="日本語")
    with Server(Script(answer=clean)) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url, **variables)
    assert done.code == 0
    names = {extension["name"] for extension in done.report["extensions"]}
    assert "日本語" in names


def test_help_shows_both_ways_to_scan(tmp_path: Path) -> None:
    done = vscan(tmp_path, "scan", "--help")
    assert done.code == 0
    assert "vscan scan --parallel" in done.out
    assert "vscan scan --workers 5 ~/.vscode/extensions" in done.out
    assert vscan(tmp_path, "--version").out.startswith("vscan ")


@pytest.mark.parametrize("group", [(), ("cache",), ("db",), ("config",)])
def test_a_group_without_a_command_shows_its_help(tmp_path: Path, group: tuple[str, ...]) -> None:
    done = vscan(tmp_path, *group)
    assert (done.code, done.out) == (2, "")
    assert done.err == vscan(tmp_path, *group, "--help").out


@pytest.mark.parametrize("closing", ["2>&-", "2>/dev/full", "<&- 2>&-", "2> >(true)"])
def test_without_a_reader_of_standard_error_the_verdict_stands(
    tmp_path: Path, extensions: Path, closing: str
) -> None:
    with Server(Script(answer=vulnerable)) as server:
        arguments = ("scan", extensions, "--api-url", server.api_url, "--delay", "0", "-v")
        line = " ".join(map(str, command(*arguments, "-o", "json=-")))
        done = subprocess.run(
            ["bash", "-c", f"{line} {closing}"],
            env=environment(tmp_path),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert done.returncode == 1
    jsonschema.validate(json.loads(done.stdout), schema())


@pytest.mark.parametrize("closing", [">&-", ">/dev/full", "| true"])
def test_without_a_reader_of_the_report_it_is_an_error(
    tmp_path: Path, extensions: Path, closing: str
) -> None:
    """Nobody has seen the verdict, so it can't be green."""
    with Server(Script(answer=clean)) as server:
        arguments = ("scan", extensions, "--api-url", server.api_url, "--delay", "0", "-q")
        line = " ".join(map(str, command(*arguments, "-o", "json=-")))
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {line} {closing}"],
            env=environment(tmp_path),
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert done.returncode == 2
    assert "standard output can't be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments", [("scan", "extensions", "--dry-run"), ("cache", "path"), ("scan", "--help")]
)
@pytest.mark.parametrize("reader", ["| true", "> /dev/full"])
def test_a_closed_standard_output_never_reads_as_findings(
    tmp_path: Path, extensions: Path, arguments: tuple[str, ...], reader: str
) -> None:
    """Exit code 1 means that the policy failed, and nothing else."""
    assert extensions.exists()
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"set -o pipefail; sleep 0.3 | true; {' '.join(command(*arguments))} {reader}",
        ],
        env=environment(tmp_path, PYTHONUNBUFFERED="1"),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode in ((0, 2) if "true" in reader else (2,))
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--cache-dir", "--log-file"])
def test_an_empty_path_is_not_the_working_directory(
    tmp_path: Path, extensions: Path, option: str
) -> None:
    """In a pull request its author would own it, and the verdicts in it."""
    done = vscan(tmp_path, "scan", extensions, option, "")
    assert done.code == 2
    assert "empty" in done.err


def test_the_variable_stands_in_only_where_nothing_is_named(
    tmp_path: Path, extensions: Path
) -> None:
    install(tmp_path / "others", "acme.other")
    variable = {"VSCAN_EXTENSIONS_DIR": str(tmp_path / "others")}
    with Server(Script(answer=clean)) as server:
        url = ("--api-url", server.api_url)
        assert scan(tmp_path, extensions, *url, **variable).stats["total"] == 10
        assert scan(tmp_path, *url, **variable).stats["total"] == 1
        both = scan(tmp_path, extensions, "--extensions-dir", tmp_path / "others", *url)
        assert both.stats["total"] == 11


def test_two_reports_to_one_place_are_a_usage_error(tmp_path: Path, extensions: Path) -> None:
    for place in ("-", "x.json"):
        outputs = ("-o", f"json={place}", "-o", f"json={place}")
        assert vscan(tmp_path, "scan", extensions, *outputs).code == 2


def test_one_extension_is_no_directory_of_them(tmp_path: Path, extensions: Path) -> None:
    done = vscan(tmp_path, "scan", extensions / "acme.tool-1-1.0.0")
    assert done.code == 2
    assert "directory that it lies in" in done.err


def test_a_dry_run_leaves_nothing_behind(tmp_path: Path, extensions: Path) -> None:
    done = vscan(tmp_path, "scan", extensions, "--dry-run", "--cache-dir", tmp_path / "cache")
    assert done.code == 0
    assert not (tmp_path / "cache").exists()


def test_a_pattern_that_matches_nothing_is_a_warning(tmp_path: Path, extensions: Path) -> None:
    with Server(Script(answer=clean)) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url, "--private", "acmee.*")
    assert "--private acmee.* matches no extension" in done.report["run"]["warnings"][0]
    assert "--private acmee.* matches no extension" in done.err


def test_a_report_keeps_the_mode_of_the_one_it_replaces(tmp_path: Path, extensions: Path) -> None:
    path = tmp_path / "kept.json"
    path.write_text("")
    path.chmod(0o640)
    with Server(Script(answer=clean)) as server:
        url = ("--api-url", server.api_url, "--delay", "0")
        assert vscan(tmp_path, "scan", extensions, *url, "-o", path).code == 0
    assert path.stat().st_mode & 0o777 == 0o640
    assert json.loads(path.read_text("utf-8"))


def test_a_verdict_whose_report_is_lost_is_not_announced(tmp_path: Path, extensions: Path) -> None:
    with Server(Script(answer=clean)) as server:
        url = ("--api-url", server.api_url, "--delay", "0")
        done = vscan(tmp_path, "scan", extensions, *url, "-q", "-o", "json=/dev/full")
    assert done.code == 2
    assert "nothing found" not in done.text
    assert "(exit " not in done.text


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"REQUESTS_CA_BUNDLE": "/nope"}, "file of certificates"),
        ({"HTTPS_PROXY": "socks5://127.0.0.1:9"}, "proxy"),
        (
            {"HTTPS_PROXY": "http://user:hunter2@127.0.0.1:9"},
            "through the proxy: connection refused",
        ),
    ],
)
def test_what_the_environment_spoils_is_named(
    tmp_path: Path, extensions: Path, variables: dict[str, str], says: str
) -> None:
    done = scan(tmp_path, extensions, "--api-url", "https://127.0.0.1:9", **variables)
    assert done.code == 3
    assert says in done.err
    assert "hunter2" not in done.text + json.dumps(done.report)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate that only we vouch for, with its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("makes its certificate with openssl, which is not installed")
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    made = ["-keyout", str(path), "-out", str(path.with_suffix(".crt")), "-subj", "/CN=127.0.0.1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *made, *names],
        check=True,
        capture_output=True,
    )
    with path.open("a") as file:
        file.write(path.with_suffix(".crt").read_text())
    return path


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_companys_own_certificates_are_obeyed(
    tmp_path: Path, extensions: Path, certificate: Path, variable: str
) -> None:
    with Server(Script(answer=clean), certificate=certificate) as server:
        url = ("--api-url", server.api_url)
        done = scan(tmp_path, extensions, *url, **{variable: str(certificate)})
        assert (done.code, done.stats["fresh"]) == (0, 10)


def test_what_the_system_trusts_is_trusted(
    tmp_path: Path, extensions: Path, certificate: Path
) -> None:
    """A company's own authority is in the system's directory, as any program there reads it."""
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    done = subprocess.run(
        ["openssl", "x509", "-hash", "-noout", "-in", certificate.with_suffix(".crt")],
        check=True,
        capture_output=True,
        text=True,
    )
    (trusted / f"{done.stdout.strip()}.0").write_bytes(certificate.with_suffix(".crt").read_bytes())
    with Server(Script(answer=clean), certificate=certificate) as server:
        url = ("--api-url", server.api_url)
        scanned = scan(tmp_path, extensions, *url, SSL_CERT_DIR=str(trusted))
        assert (scanned.code, scanned.stats["fresh"]) == (0, 10)


@pytest.mark.parametrize("content", ["", "no certificate\n"])
def test_a_bundle_without_a_certificate_is_named(
    tmp_path: Path, extensions: Path, certificate: Path, content: str
) -> None:
    (tmp_path / "bundle.pem").write_text(content)
    with Server(Script(answer=clean), certificate=certificate) as server:
        url = ("--api-url", server.api_url)
        done = scan(tmp_path, extensions, *url, REQUESTS_CA_BUNDLE=str(tmp_path / "bundle.pem"))
    assert done.code == 3
    assert "the file of certificates that the environment names holds no certificate" in done.err


def test_a_connection_that_breaks_under_encryption_is_no_question_of_trust(
    tmp_path: Path, extensions: Path, certificate: Path
) -> None:
    script = Script(answer=clean, faults=[Fault("reset", "fetch", "acme.tool-3", times=1)])
    with Server(script, certificate=certificate) as server:
        url = ("--api-url", server.api_url)
        done = scan(tmp_path, extensions, *url, SSL_CERT_FILE=str(certificate))
    assert (done.code, done.stats["fresh"], done.stats["retries"]) == (0, 10, 1)


@pytest.mark.parametrize(
    "variables", [{}, {"CURL_CA_BUNDLE": ""}, {"REQUESTS_CA_BUNDLE": ""}, {"SSL_CERT_FILE": ""},
                  {"PYTHONHTTPSVERIFY": "0"}],
)  # fmt: skip
def test_a_certificate_that_nobody_vouches_for_is_never_accepted(
    tmp_path: Path, extensions: Path, certificate: Path, variables: dict[str, str]
) -> None:
    with Server(Script(answer=clean), certificate=certificate) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url, **variables)
    assert done.code == 3
    assert "can't be trusted" in done.err
    assert done.stats["scanned"] == 0


def test_a_retry_is_logged_with_its_attempt(tmp_path: Path, extensions: Path) -> None:
    faults = [Fault(503, "poll", "acme.tool-4", times=2)]
    with Server(Script(answer=clean, faults=faults)) as server:
        options = ("--log-level", "info", "--log-file", tmp_path / "log", "--workers", "3")
        done = scan(tmp_path, extensions, "--api-url", server.api_url, *options)
    assert (done.code, done.stats["retries"]) == (0, 2)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text("utf-8").splitlines()]
    retries = [line for line in lines if line["event.action"] == "retrying"]
    assert [line["vscan.attempt"] for line in retries] == [2, 3]
    assert {line["vscan.extension.id"] for line in retries} == {"acme.tool-4"}
    assert all("HTTP 503" in line["error.message"] for line in retries)


def test_the_names_in_a_log_are_those_that_pipelines_know(tmp_path: Path, extensions: Path) -> None:
    """They are promises: no renaming of modules may change them."""
    faults = [Fault(503, "poll", "acme.tool-4", times=1)]
    with Server(Script(answer=clean, faults=faults)) as server:
        options = ("--log-level", "debug", "--log-file", tmp_path / "log", "--workers", "3")
        scan(tmp_path, extensions, "--api-url", server.api_url, *options)
    lines = [json.loads(line) for line in (tmp_path / "log").read_text("utf-8").splitlines()]
    assert {name for line in lines for name in line if name.startswith("vscan.")} == {
        f"vscan.{name}"
        for name in (
            *(
                "attempt",
                "cache",
                "cached",
                "estimate_s",
                "exit_code",
                "extension.id",
                "extension.version",
                "extensions",
            ),
            *(
                "failed",
                "fell_back_to_sequential",
                "findings",
                "lookups",
                "outcome",
                "rate_limited",
            ),
            *("requests", "retries", "retry_after_s", "risk", "scanned", "score", "source"),
            *("total", "unreadable", "worker", "workers"),
        )
    }
    assert {line["vscan.worker"] for line in lines if line["event.action"] == "asking"} == {1, 2, 3}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_even_where_the_main_thread_is_stuck(
    tmp_path: Path, extensions: Path, number: signal.Signals
) -> None:
    """A pipe without a reader as report: open never returns, and Python's handlers never run."""
    make_pipe(tmp_path / "pipe")
    with Server(Script(answer=clean)) as server:
        process = subprocess.Popen(
            command("scan", extensions, "--api-url", server.api_url, "-q", "-o",
                    f"json={tmp_path / 'pipe'}"),
            env=environment(tmp_path, VSCAN_DELAY="0"),
            cwd=tmp_path,
        )  # fmt: skip
        until = time.monotonic() + 20
        while server.count("fetch") < 10 and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.3)
        signalled = time.monotonic()
        process.send_signal(number)
        assert process.wait(20) == 128 + number
        assert time.monotonic() - signalled < 3


def test_what_netrc_holds_is_not_for_the_service(
    tmp_path: Path, extensions: Path, certificate: Path
) -> None:
    (tmp_path / ".netrc").write_text("default login alice password hunter2\n")
    (tmp_path / ".netrc").chmod(0o600)
    with Server(Script(answer=clean), certificate=certificate) as server:
        done = scan(
            tmp_path, extensions, "--api-url", server.api_url, SSL_CERT_FILE=str(certificate)
        )
        assert done.code == 0
        assert server.authorizations == set()


def test_a_forgotten_analysis_that_is_throttled_is_not_submitted_for_ever(
    tmp_path: Path, extensions: Path
) -> None:
    faults = [
        Fault(404, "poll"),
        Fault(429, "submit", times=3, headers=(("Retry-After", "0"),)),
    ]
    with Server(Script(faults=faults)) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url)
        accepted = [seen for seen in server.seen if (seen.step, seen.status) == ("submit", 200)]
        assert len(accepted) == 20
    assert {f["error_type"] for f in done.report["failed_extensions"]} == {"not-listed"}


def test_a_dry_run_writes_no_reports_and_says_so(tmp_path: Path, extensions: Path) -> None:
    assert vscan(tmp_path, "scan", extensions, "--dry-run", "-o", "x.json").code == 2


def test_a_key_that_is_set_to_nothing_is_no_reason_to_believe_anybody(
    tmp_path: Path, extensions: Path
) -> None:
    """A pipeline without access to its secret must not read what anybody may have written."""
    with Server() as server:
        scan(tmp_path, extensions, "--api-url", server.api_url)
        done = scan(tmp_path, extensions, "--api-url", server.api_url, VSCAN_CACHE_KEY="")
    assert done.stats["fresh"] == 10
    assert "VSCAN_CACHE_KEY is set to nothing" in done.report["run"]["warnings"][0]


def test_quiet_is_warnings_and_one_line_after_a_429_too(tmp_path: Path, extensions: Path) -> None:
    with Server(Script(faults=[Fault(429, times=1)])) as server:
        done = scan(tmp_path, extensions, "--api-url", server.api_url, "-q")
    *warnings, line = done.out.splitlines()
    assert all(warning.startswith("Warning: ") for warning in [*warnings, *done.err.splitlines()])
    assert line.startswith("vscan: passed (exit 0)")


def test_a_link_in_place_of_a_report_is_replaced_and_not_followed(
    tmp_path: Path, extensions: Path
) -> None:
    """The author of a repository could have it lead to any file of who scans it."""
    treasure = tmp_path / "treasure"
    treasure.write_text("mine", "utf-8")
    (tmp_path / "link.json").symlink_to(treasure)
    with Server() as server:
        done = vscan(tmp_path, "scan", extensions, "--api-url", server.api_url, "--delay", "0",
                     "-o", "link.json")  # fmt: skip
    assert done.code == 0
    assert treasure.read_text("utf-8") == "mine"
    assert not (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "link.json").read_text("utf-8"))["stats"]["total"] == 10


def test_a_name_that_no_file_can_have_is_said_before_the_scan(
    tmp_path: Path, extensions: Path
) -> None:
    with Server() as server:
        done = vscan(tmp_path, "scan", extensions, "--api-url", server.api_url,
                     "-o", f"json={'x' * 300}")  # fmt: skip
        assert (done.code, server.count()) == (2, 0)
    assert done.err.endswith("can't be written: file name too long\n")


def test_paths_in_errors_do_not_drive_the_terminal(tmp_path: Path) -> None:
    for arguments in (["\x1b[31m"], [".", "--\x1b[31m"], [".", "-o", "json=/dev/null/\x1b[31m"]):
        done = vscan(tmp_path, "scan", *arguments)
        assert done.code == 2
        assert "\x1b" not in done.err


def test_a_fault_of_our_own_replaces_the_report_of_an_earlier_run(
    tmp_path: Path, extensions: Path
) -> None:
    report = tmp_path / "report.json"
    report.write_text('{"decision": {"outcome": "clean"}}', "utf-8")
    code = "import vscan.run_preparation as r, vscan.cli\nr.evaluate_run = lambda *_, **__: 1 / 0\n"
    code += "vscan.cli.main()"
    with Server() as server:
        done = subprocess.run(
            [sys.executable, "-c", code, "scan", extensions, "--api-url", server.api_url,
             "--delay", "0", "-o", report],
            env=environment(tmp_path), capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert "please report it" in done.stderr
    written = json.loads(report.read_text("utf-8"))
    jsonschema.validate(written, schema())
    assert (written["decision"]["outcome"], written["run"]["incomplete"]) == ("error", True)


def configured(tmp_path: Path, extensions: Path, **changes: Any) -> Config:
    """Say what a run in this process needs."""
    settings = Settings(
        delay_s=0, timeout_s=1, analysis_timeout_s=1, max_retries=0, retry_delay_s=0, max_wait_s=0
    )
    config = Config(
        settings=settings,
        targets=(extensions,),
        providers=("vscan.dev",),
        api_url="http://127.0.0.1:9",
        cache=CacheConfig(tmp_path / "cache", read=True, max_age_s=1e6),
    )
    return replace(config, **changes)


def test_an_interrupt_ends_the_reading_of_directories(tmp_path: Path, extensions: Path) -> None:
    (extensions / ".obsolete").write_text("not JSON", "utf-8")
    interrupt = Interrupt()

    def press(event: Event) -> None:
        if isinstance(event, Warned):  # told while the directory is being read
            interrupt.signal = signal.SIGTERM

    config = configured(tmp_path, extensions)
    report = run(config, create_providers(config), run_id="x", emit=press, interrupt=interrupt)
    assert (report.stats.total, report.decision.exit_code) == (0, 143)


def test_a_deadline_that_passes_while_directories_are_read_makes_the_run_incomplete(
    tmp_path: Path, extensions: Path
) -> None:
    config = configured(tmp_path, extensions, settings=Settings(deadline_s=0.0))
    report = run(
        config, create_providers(config), run_id="x", emit=lambda _: None, interrupt=Interrupt()
    )
    assert [item.name for item in report.unreadable] == ["the rest"]
    assert "deadline" in report.unreadable[0].reason
    assert (report.stats.total, report.decision.exit_code) == (1, 3)


def test_a_report_is_on_the_disk_before_it_replaces_another(
    tmp_path: Path, extensions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash leaves the old one or the new one, whole."""
    path = tmp_path / "report.json"
    path.write_text("old", "utf-8")
    synced: list[tuple[int, int, str]] = []

    def sync(file: int) -> None:
        about = os.fstat(file)
        synced.append((about.st_ino, about.st_size, path.read_text("utf-8")))

    monkeypatch.setattr(os, "fsync", sync)
    write_report(
        report_of_error(configured(tmp_path, extensions), run_id="x"), [("json", str(path))]
    )
    assert synced == [(path.stat().st_ino, path.stat().st_size, "old")]


def test_a_report_that_fails_half_way_leaves_the_old_one_and_nothing_else(
    tmp_path: Path, extensions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "reports"
    directory.mkdir()
    (directory / "report.json").write_text("old", "utf-8")

    def fail(_: int) -> None:
        assert len(list(directory.iterdir())) == 2
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    report = report_of_error(configured(tmp_path, extensions), run_id="x")
    with pytest.raises(ReportError, match="no space left"):
        write_report(report, [("json", str(directory / "report.json"))])
    assert [path.name for path in directory.iterdir()] == ["report.json"]
    assert (directory / "report.json").read_text("utf-8") == "old"


def test_nobody_can_foresee_where_a_report_is_written_first(
    tmp_path: Path, extensions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a directory that others can write they would lay a link there."""
    names: list[str] = []
    monkeypatch.setattr(
        os, "fsync", lambda _: names.extend(path.name for path in tmp_path.glob(".vscan-*"))
    )
    report = report_of_error(configured(tmp_path, extensions), run_id="x")
    for _ in range(2):
        random.seed(0)
        write_report(report, [("json", str(tmp_path / "report.json"))])
    assert len(set(names)) == 2
    assert all(re.fullmatch(r"\.vscan-[0-9a-f]{16,}\.tmp", name) for name in names)


def test_a_signal_after_the_last_answer_interrupts_nothing(
    tmp_path: Path, extensions: Path
) -> None:
    """What is complete is a verdict like any other."""
    interrupt = Interrupt()
    with Server(Script(answer=clean)) as server:
        config = configured(tmp_path, extensions, api_url=server.api_url)

        def press(event: Event) -> None:
            if isinstance(event, Ended) and server.count() == 30:
                interrupt.signal = signal.SIGINT

        report = run(config, create_providers(config), run_id="x", emit=press, interrupt=interrupt)
    assert interrupt.signal is signal.SIGINT
    assert report.decision.exit_code == 0


def test_a_value_from_the_environment_is_named_by_its_variable(tmp_path: Path) -> None:
    done = vscan(tmp_path, "scan", VSCAN_WORKERS="9")
    assert done.code == 2
    assert done.err.startswith("Error: Invalid value for VSCAN_WORKERS: 9 is not between 2 and 5")


@pytest.mark.parametrize("name", ["allowed", "blocked", "private", "publisher", "source"])
@pytest.mark.parametrize("value", ["", " ", "acme.*,", "acme.*,,b.*"])
def test_a_list_with_an_empty_entry_is_refused_before_anything_is_asked(
    tmp_path: Path, extensions: Path, name: str, value: str
) -> None:
    """A variable that is not set would switch a check off, or send what is private."""
    variable = f"VSCAN_{name.upper()}"
    for option, variables, said in (
        ((f"--{name}", value), {}, f"'--{name}'"),
        ((), {variable: value}, variable),
    ):
        done = vscan(tmp_path, "scan", extensions, *option, **variables)
        assert done.code == 2
        assert done.err.startswith(f"Error: Invalid value for {said}: ")
        assert "empty; perhaps a variable is not set" in done.err


@pytest.mark.parametrize("command", [("scan",), ("scan", "--dry-run"), ("report",)])
def test_quiet_tells_what_is_odd_about_the_settings(
    tmp_path: Path, extensions: Path, command: tuple[str, ...]
) -> None:
    """Who asks for quiet still wants the policy that was meant."""
    (tmp_path / ".vscanrc").write_text("[policy]\nfial_on = 'low'\n")
    log = tmp_path / "log"
    no_cache = () if command[0] == "report" else ("--no-cache",)
    arguments = (*command, extensions, "-q", "--offline", *no_cache)
    for more in ((), ("--log-file", log), ("--log-level", "warning")):
        done = vscan(tmp_path, *arguments, *more, VSCAN_FAILON="low", VSCAN_SOURCE=None)
        for said in ("VSCAN_FAILON is not known, did you mean VSCAN_FAIL_ON?", "policy.fial_on"):
            assert done.err.count(said) == 1
            assert said not in done.out


def test_quiet_tells_what_was_not_looked_at(tmp_path: Path) -> None:
    """A gap, and an entry of the ignore file that counts no more."""
    directory = tmp_path / "extensions"
    install(directory, "acme.one")
    waiver = 'id = "acme.one"\nrule = "x"\nreason = "y"\nexpires = 2020-01-01\n'
    (tmp_path / "accepted.toml").write_text(f"[[ignore]]\n{waiver}")
    done = vscan(
        tmp_path, "scan", directory, "-q", "--offline", "--ignore-file", "accepted.toml",
        VSCAN_SOURCE=None,
    )  # fmt: skip
    lines = done.out.splitlines()
    assert any(line.startswith("Warning: entry 1 of the ignore file") for line in lines)
    assert lines[-1].startswith("vscan: ")
