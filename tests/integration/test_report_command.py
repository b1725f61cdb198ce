"""``vscan report``: from the cache alone, with the verdict of a scan, and without a trace."""

import csv
import io
import json
import os
import shutil
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.builders import install, results
from tests.command import Result, scan, vscan
from tests.server import Script, Server
from vscan.cache.row_integrity import checksum_of, columns
from vscan.model import CacheKey, Finding, Gap, GapKind, Kind, RiskLevel, Severity, Verdict
from vscan.providers.interface import Limits
from vscan.providers.rate_limiter import RateLimiter
from vscan.providers.vscan_dev import VscanDev
from vscan.report.json import schema
from vscan.verdict_codec import encode

DAY_S = 86400


def answer(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
    """Find one high vulnerability in tool-3, and parts of tool-1 missing."""
    counts = {"high": 1} if name == "tool-3" else {}
    levels = {"socket": "unknown"} if name == "tool-1" else {}
    return results(publisher, name, analysis_id=analysis_id, vulnerabilities=counts, levels=levels)


class Closed:
    """A port that nobody answers at, and that notices who knocks."""

    def __init__(self) -> None:
        self.knocks = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._wait, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/api/extensions"

    def _wait(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.knocks += 1
            connection.close()

    def close(self) -> None:
        with socket.create_connection(self._socket.getsockname()):
            pass  # so that accept, which a close does not wake, returns
        self._socket.close()


@pytest.fixture
def closed() -> Iterator[Closed]:
    """Refuse to answer, and count no one but the fixture itself."""
    door = Closed()
    yield door
    assert door.knocks == 0
    door.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scan four extensions once: a home with a cache, for copies."""
    home = tmp_path_factory.mktemp("made")
    for number in range(4):
        install(home / "extensions", f"acme.tool-{number}")
    with Server(Script(answer=answer)) as server:
        done = scan(home, home / "extensions", "--api-url", server.api_url)
        (home / "url").write_text(server.api_url, "utf-8")
    assert done.code == 1
    return home


@pytest.fixture
def home(tmp_path: Path, made: Path) -> Path:
    """Give a home with the cache of that scan, whose server is gone."""
    shutil.copytree(made, tmp_path / "home")
    return tmp_path / "home"


def cache_of(home: Path) -> Path:
    (file,) = (home / ".cache" / "vscan").glob("*.sqlite*")
    return file


def report(home: Path, *arguments: str | Path, **variables: str) -> Result:
    """Make a JSON report of what the scan's address is remembered to have said."""
    place = home.parent / "recalled.json"
    url = {"VSCAN_API_URL": (home / "url").read_text("utf-8")} if (home / "url").exists() else {}
    done = vscan(home, "report", *arguments, "-o", f"json={place}", **(url | variables))
    told = json.loads(place.read_text("utf-8")) if place.exists() else {}
    return Result(done.code, done.out, done.err, told)


def ids(done: Result, status: str = "scanned") -> list[str]:
    return [each["id"] for each in done.report["extensions"] if each["status"] == status]


def remember(home: Path, url: str, *rows: tuple[str, str, float, Verdict]) -> None:
    """Write rows (id, version, age in seconds, verdict) as anybody could who has the file."""
    with sqlite3.connect(cache_of(home)) as database:
        for text, version, age_s, verdict in rows:
            key = CacheKey(VscanDev(url, RateLimiter(0.0), Limits()).scope, text, version, "")
            at, payload = int(time.time() - age_s), encode(verdict)
            database.execute(
                "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*columns(key), at, payload,
                 checksum_of(key, at, payload), None),
            )  # fmt: skip
    database.close()


def age(home: Path, days: float, text: str = "%") -> None:
    """Make rows older, with checksums that match."""
    with sqlite3.connect(cache_of(home)) as database:
        rows = database.execute(
            "SELECT scope, extension, version, target_platform, digest, stored_at, payload"
            " FROM verdicts WHERE extension LIKE ?", (text,),
        ).fetchall()  # fmt: skip
        for *parts, stored_at, payload in rows:
            key, at = CacheKey(*parts), int(stored_at - days * DAY_S)
            database.execute(
                "UPDATE verdicts SET stored_at = ?, checksum = ? WHERE scope = ?"
                " AND extension = ? AND version = ? AND target_platform = ? AND digest = ?",
                (at, checksum_of(key, at, payload), *parts),
            )
    database.close()
    assert rows


VERDICT = Verdict(
    "vscan.dev", "1.0.0", 90, RiskLevel.LOW, (), "2026-10-16T12:27:01Z", (),
    "https://vscan.dev/extension/acme.old", (), (),
)  # fmt: skip


# What it says, and that it asks no provider.


@pytest.mark.parametrize("targets", [("extensions",), ()], ids=["target", "all"])
def test_a_report_has_the_verdict_of_the_scan_and_asks_nobody(
    home: Path, targets: tuple[str, ...]
) -> None:
    before = json.loads((home / "report.json").read_text("utf-8"))
    done = report(home, *targets)
    assert done.code == before["decision"]["exit_code"] == 1
    assert done.report["decision"] == before["decision"]
    jsonschema.validate(done.report, schema())
    assert (done.stats["total"], done.stats["cached"], done.stats["requests"]) == (4, 4, 0)
    assert [e["findings"] for e in done.report["extensions"]] == [
        e["findings"] for e in before["extensions"]
    ]
    assert done.report["run"]["targets"] == list(targets)
    assert done.report["run"]["mode"] == "sequential"


def test_no_connection_is_made_whatever_is_missing(home: Path, closed: Closed) -> None:
    done = report(home, "extensions", VSCAN_API_URL=closed.url)
    assert done.code == 3
    assert {f["error_type"] for f in done.report["failed_extensions"]} == {"not-remembered"}
    assert "a report asks no provider" in done.out
    assert report(home, VSCAN_API_URL=closed.url).code == 4
    proxies = {"HTTP_PROXY": closed.url, "HTTPS_PROXY": closed.url, "ALL_PROXY": closed.url}
    assert report(home, "extensions", **proxies).code == 1


def test_the_editors_of_the_machine_are_not_looked_at_without_a_target(home: Path) -> None:
    install(home / ".vscode" / "extensions", "acme.unknown")
    done = report(home)
    assert done.report["run"]["targets"] == []
    assert "acme.unknown" not in ids(done, "failed")


def test_another_address_has_said_nothing(home: Path) -> None:
    assert report(home, "--api-url", "https://vscan.dev/api/extensions").code == 4


# What the cache lacks.


def test_what_the_cache_lacks_of_a_target_makes_the_report_incomplete(home: Path) -> None:
    install(home / "extensions", "acme.new")
    done = report(home, "extensions", "--exclude-ids", "acme.tool-3")
    assert (done.code, done.report["decision"]["outcome"]) == (3, "incomplete")
    assert ids(done, "failed") == ["acme.new"]
    assert done.report["run"]["incomplete"]
    assert report(home, "extensions").code == 1
    assert report(home, "--exclude-ids", "acme.tool-3").code == 0


@pytest.mark.parametrize("targets", [("extensions",), ()], ids=["target", "all"])
def test_a_verdict_that_is_too_old_makes_the_report_incomplete_and_is_shown(
    home: Path, targets: tuple[str, ...]
) -> None:
    age(home, 8, "acme.tool-2")
    done = report(home, *targets, "--exclude-ids", "acme.tool-3")
    assert done.code == 3
    assert ids(done, "failed") == ["acme.tool-2"]
    (old,) = (e for e in done.report["extensions"] if e["id"] == "acme.tool-2")
    assert old["last_known"][0]["score"] == 93
    assert report(home, *targets, "--exclude-ids", "acme.tool-3", "--cache-max-age", "9").code == 0


def test_a_verdict_with_parts_missing_counts_for_a_day(home: Path) -> None:
    age(home, 1.5)
    done = report(home, "--exclude-ids", "acme.tool-3")
    assert (done.code, ids(done, "failed")) == (3, ["acme.tool-1"])


def test_an_old_version_that_is_remembered_takes_no_verdict_from_the_new_one(home: Path) -> None:
    """Found by this test: the old one alone was told, and what the new one has was not."""
    url = (home / "url").read_text("utf-8")
    remember(home, url, ("acme.tool-0", "0.9.0", 30 * DAY_S, VERDICT))
    done = report(home, "--exclude-ids", "acme.tool-3")
    told = {(e["id"], e["version"]): e["status"] for e in done.report["extensions"]}
    assert told[("acme.tool-0", "0.9.0")] == "failed"
    assert told[("acme.tool-0", "1.0.0")] == "scanned"
    assert done.code == 3


def test_an_unreadable_extension_of_a_target_is_named(home: Path) -> None:
    (home / "extensions" / "broken-1.0.0" / "package.json").mkdir(parents=True)
    done = report(home, "extensions", "--exclude-ids", "acme.tool-3")
    assert (done.code, done.stats["unreadable"]) == (3, 1)


@pytest.mark.parametrize(("options", "code"), [((), 4), (("--allow-empty",), 0)])
def test_an_empty_cache_is_nothing_to_scan(
    tmp_path: Path, options: tuple[str, ...], code: int
) -> None:
    done = report(tmp_path, *options)
    assert (done.code, done.report["decision"]["outcome"]) == (code, "nothing-to-scan")
    assert "There is nothing to scan." in done.out


def test_no_cache_at_all_is_an_error_that_says_so(home: Path) -> None:
    done = vscan(home, "report", VSCAN_CACHE_KEY="")
    assert (done.code, done.out) == (2, "")
    assert "a report is made from the cache, and there is none" in done.err


@pytest.mark.parametrize("option", ["--no-cache", "--parallel", "--refresh-cache", "--delay=1"])
def test_options_that_a_report_has_no_use_for_are_refused(home: Path, option: str) -> None:
    assert vscan(home, "report", option).code == 2


def test_the_secret_of_the_cache_counts(home: Path) -> None:
    """What has no MAC of it could be anybody's."""
    done = report(home, "extensions", VSCAN_CACHE_KEY="secret")
    assert (done.code, done.stats["failed"]) == (3, 4)


def test_a_cache_that_is_broken_is_never_green(home: Path) -> None:
    cache_of(home).write_bytes(b"not a database" * 1000)
    assert report(home, "extensions").code == 3
    done = report(home, "--allow-empty")
    assert (done.code, done.stats["unreadable"]) == (3, 1)


def test_an_included_id_that_is_not_cached_makes_the_report_incomplete(home: Path) -> None:
    """A mistyped id must not leave a green report of the others."""
    ids_ = ("--include-ids", "acme.tool-0,typo.extension")
    done = report(home, *ids_)
    assert (done.code, ids(done, "failed")) == (3, ["typo.extension"])
    assert report(home, "--include-ids", "acme.tool-0").code == 0


def test_a_broken_cache_is_named_in_the_report_of_a_target(home: Path) -> None:
    cache_of(home).write_bytes(b"not a database" * 1000)
    done = report(home, "extensions")
    (cache,) = (e for e in done.report["extensions"] if e["status"] == "unreadable")
    assert cache["name"] == "the cache"
    assert "cache" in done.err


# Policy and settings.


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 1),
        (("--fail-on", "critical"), 0),
        (("--exit-zero",), 0),
        (("--exclude-ids", "*-3"), 0),
        (("--include-ids", "acme.tool-3"), 1),
        (("--publisher", "other"), 4),
        (("--fail-on", "none", "--min-score", "94"), 1),
        (("--fail-on", "none", "--on-gap", "fail"), 3),
        (("--fail-on", "none", "--blocked", "ACME.*"), 1),
        (("--fail-on", "none", "--allowed", "acme.*"), 0),
        (("--fail-on", "none", "--verified-publishers"), 0),
        (("--ignore-file", "ignore.toml"), 0),
        (("--baseline", "report.json"), 0),
        (("--workers", "3"), 2),
    ],
)
def test_the_policy_of_a_scan_is_that_of_a_report(
    home: Path, options: tuple[str, ...], code: int
) -> None:
    (home / "ignore.toml").write_text(
        '[[ignore]]\nid = "acme.tool-3"\nrule = "vulnerable-*"\nreason = "seen"\n', "utf-8"
    )
    done = report(home, *options)
    assert done.code == code
    files = [option for option in options if option in {"ignore.toml", "report.json"}]
    assert code == 2 or done.report["run"]["policy_files"] == files


@pytest.mark.parametrize("targets", [("extensions",), ()], ids=["target", "all"])
def test_settings_and_what_is_odd_about_them_are_told(home: Path, targets: tuple[str, ...]) -> None:
    """Found by this test: without a target no warning was told."""
    (home / ".vscanrc").write_text(
        "[scan]\nparallel = true\nwrokers = 3\n[policy]\nfail_on = 'critical'\n", "utf-8"
    )
    done = report(home, *targets)
    assert done.code == 0
    assert done.report["run"]["policy_files"] == [str(home / ".vscanrc")]
    (warning,) = done.report["run"]["warnings"]
    assert "did you mean scan.workers?" in warning
    assert warning in done.err


def test_the_directories_of_a_scans_settings_are_no_target(home: Path) -> None:
    done = report(home, VSCAN_EXTENSIONS_DIR=str(home / "gone"), VSCAN_WORKERS="3")
    assert (done.code, done.report["run"]["warnings"]) == (1, [])


def test_reports_go_to_files_and_to_standard_output(home: Path) -> None:
    url = (home / "url").read_text("utf-8")
    done = vscan(
        home, "report", "--api-url", url, "-o", "csv=-", "-o", "markdown=out/x.md", "--quiet"
    )
    assert done.code == 1
    assert len(list(csv.DictReader(io.StringIO(done.out)))) >= 4
    assert "vulnerable-dependency" in (home / "out" / "x.md").read_text("utf-8")
    *_, line = done.err.splitlines()
    assert line.startswith("vscan: failed (exit 1)")


# No trace.


def test_nothing_is_written_to_the_cache(home: Path) -> None:
    place = cache_of(home).parent

    def state() -> dict[str, tuple[int, bytes]]:
        return {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in place.iterdir()}

    age(home, 8, "acme.tool-2")
    before = state()
    for targets in ((), ("extensions",)):
        assert report(home, *targets).code == 1
        after = state()
        # A reader of SQLite's may leave an index of the log, which is empty.
        assert after.pop("verdicts.sqlite3-wal", (0, b""))[1] == b""
        after.pop("verdicts.sqlite3-shm", None)
        assert after == before


def test_a_cache_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    install(tmp_path / "home" / "extensions", "acme.tools")
    home = tmp_path / "home"
    assert report(home).code == 4
    assert report(home, "extensions", "--cache-dir", "deep/er").code == 3
    assert sorted(os.listdir(home)) == ["extensions"]  # noqa: PTH208 - hidden ones, too


# Hostile rows: whoever can write the file can compute a checksum.

COUNTS = tuple((severity.word, 1) for severity in Severity)
HOSTILE = (
    "\x1b[2J\x1b[31mred", "=cmd|' /C calc'!A0", "<script>alert(1)</script>",
    "::error file=x::owned%0A\n##[error]x", "`|`\n| a | b |", "\u202egpj.exe", "x" * 5000,
    "[click](javascript:alert(1))", "]]>&amp;<!--",
)  # fmt: skip


def hostile(text: str) -> Verdict:
    """Make a verdict of which every text is hostile that a row may hold."""
    finding = Finding(
        text, Severity.HIGH, Kind.MALWARE, text, file=text, line=1, evidence=text,
        url="https://vscan.dev/x",
    )  # fmt: skip
    return Verdict(
        "vscan.dev", text, 1, RiskLevel.CRITICAL, (finding,), None,
        (Gap(text, GapKind.OTHER),),
        "https://vscan.dev/x", COUNTS, ((text, RiskLevel.HIGH),),
    )  # fmt: skip


def test_hostile_rows_are_inert_in_every_format(home: Path) -> None:
    rows = [(f"acme.evil{n}", "1.0.0", 0.0, hostile(text)) for n, text in enumerate(HOSTILE)]
    remember(home, (home / "url").read_text("utf-8"), *rows)
    done = report(home, "-o", "csv=x.csv", "-o", "markdown=x.md", "-o", "junit=x.xml",
                  "-o", "github=-", "--plain")  # fmt: skip
    assert done.code == 1
    assert {text for text, *_ in rows} < set(ids(done))
    jsonschema.validate(done.report, schema())
    assert "Traceback" not in done.err
    for output in (done.out, done.err, *(
        (home / name).read_text("utf-8") for name in ("x.csv", "x.md", "x.xml")
    )):  # fmt: skip
        assert output.replace("\n", "").isprintable()
        assert "x" * 2000 not in output
    assert all(line.startswith("::") for line in done.out.splitlines())
    markdown = (home / "x.md").read_text("utf-8")
    in_code = ("`<script>alert(1)</script>`", "`<script>alert(1)</script>:1`")  # a name, a place
    assert "<script>" not in markdown.replace(in_code[0], "").replace(in_code[1], "")


def test_rows_whose_key_is_none_are_named_as_unreadable(home: Path) -> None:
    keys = (("no id", "1.0.0"), ("", "1.0.0"), ("acme.x\x1b", "1.0.0"), ("acme.x", "a b"),
            ("../../etc", "1.0.0"), ("acme.x", "\x00"))  # fmt: skip
    remember(home, (home / "url").read_text("utf-8"), *((*key, 0.0, VERDICT) for key in keys))
    done = report(home)
    assert (done.code, done.stats["total"], done.stats["unreadable"]) == (1, 10, 6)


def test_a_row_with_a_wrong_checksum_is_no_verdict(home: Path) -> None:
    with sqlite3.connect(cache_of(home)) as database:
        for number, change in enumerate(
            ("payload = '{}'", "stored_at = stored_at + 9", "checksum = zeroblob(32)")
        ):
            database.execute(f"UPDATE verdicts SET {change} WHERE extension = 'acme.tool-{number}'")
        database.execute(
            "UPDATE verdicts SET extension = 'acme.other' WHERE extension = 'acme.tool-3'"
        )
    database.close()
    done = report(home)
    assert (done.code, done.stats["failed"], done.stats["total"]) == (3, 4, 4)
