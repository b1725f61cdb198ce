"""What people do with the image: scans in containers, as others run them."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import install, results
from tests.docker.engine import ROOT, Engine, Finished, Image, Running, until
from tests.registry import Registry, published
from tests.server import Script, Server

pytestmark = pytest.mark.docker

EXTENSIONS = 66
MANY = 300
STRANGER = 12345  # a user whom no image knows


def clean(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
    return results(publisher, name, analysis_id=analysis_id)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Script(answer=clean)) as server:
        yield server


@pytest.fixture(scope="module")
def extensions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("image") / "extensions"
    for number in range(EXTENSIONS):
        install(directory, f"acme.tool-{number:02d}")
    return open_to_all(directory)


@pytest.fixture
def cache(engine: Engine) -> Iterator[str]:
    with engine.volume() as volume:
        yield volume


def open_to_all(directory: Path) -> Path:
    """Let everybody read, whatever the umask of whoever tests."""
    for path in (directory, *directory.rglob("*")):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
    return directory


def scan(image: Image, extensions: Path, *more: str, **options: Any) -> Finished:
    """Scan as the README says, with the report on standard output."""
    mounts = {extensions: "/extensions:ro"} | options.pop("mounts", {})
    arguments = ("scan", "--parallel", "-o", "json=-", *more)
    return image.run(*arguments, mounts=mounts, **options)


def test_real_extensions_mounted_read_only_are_scanned_by_the_plain_command(image: Image) -> None:
    place = ROOT / "tests" / "data" / "extensions"
    with Server() as server:
        done = image.run(
            server=server,
            mounts={place: "/extensions:ro"},
            environment={"VSCAN_OUTPUT": "json=-", "VSCAN_FAIL_ON": "none"},
        )
        assert server.count("fetch") == 8
    assert done.code == 0, done.err
    assert done.stats["scanned"] == done.stats["total"] == 8


def test_findings_fail_the_container(image: Image, extensions: Path) -> None:
    def bad(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
        return results(
            publisher, name, analysis_id=analysis_id, vulnerabilities={"critical": 1}, risk="high"
        )

    with Server(Script(answer=bad)) as server:
        assert scan(image, extensions, server=server).code == 1


def test_a_second_container_on_the_same_volume_asks_nothing(
    image: Image, extensions: Path, server: Server, cache: str
) -> None:
    first, second = (
        scan(image, extensions, server=server, mounts={cache: "/cache"}) for _ in range(2)
    )
    assert (first.code, second.code) == (0, 0), second.err
    assert first.stats["requests"] == server.count() == 3 * EXTENSIONS
    assert second.stats["cached"] == EXTENSIONS
    assert second.stats["requests"] == 0


def test_two_containers_on_one_volume_at_once_lose_nothing(
    image: Image, extensions: Path, cache: str
) -> None:
    arguments = ("scan", "--workers", "5", "-o", "json=-")
    mounts = {extensions: "/extensions:ro", cache: "/cache"}
    with Server(Script(answer=clean, latency_s=0.02)) as server:
        with (
            image.start(*arguments, server=server, mounts=mounts) as one,
            image.start(*arguments, server=server, mounts=mounts) as other,
        ):
            finished = [one.finish(), other.finish()]
        fresh = [done.stats["requests"] for done in finished]
        again = scan(image, extensions, server=server, mounts={cache: "/cache"})
    for done in finished:
        assert done.code == 0, done.err
        assert done.stats["scanned"] == EXTENSIONS
        assert "cache" not in done.err.replace("cached", "")
    assert min(fresh) > 0  # they did overlap
    assert again.stats["requests"] == 0


HARDENED: dict[str, dict[str, Any]] = {
    "--read-only --tmpfs /tmp": {"read_only": True, "tmpfs": {"/tmp": ""}},
    "--read-only": {"read_only": True},
    "--user 12345:12345": {"user": f"{STRANGER}:{STRANGER}"},
    "--user 0": {"user": "0:0"},
    "--cap-drop ALL": {"cap_drop": ["ALL"]},
    "no-new-privileges": {"security_opt": ["no-new-privileges"]},
    "all of them": {
        "read_only": True,
        "tmpfs": {"/tmp": ""},
        "user": f"{STRANGER}:{STRANGER}",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "pids_limit": 32,
    },
}


@pytest.mark.parametrize("way", HARDENED)
def test_a_container_with_less_rights_scans_and_remembers_all_the_same(
    image: Image, extensions: Path, server: Server, cache: str, way: str
) -> None:
    first, second = (
        scan(image, extensions, server=server, mounts={cache: "/cache"}, **HARDENED[way])
        for _ in range(2)
    )
    assert (first.code, second.code) == (0, 0), first.err
    warnings = [line for line in first.err.splitlines() if "warning" in line.lower()]
    assert all(
        "public data" in line or " data of " in line for line in warnings
    )  # this build fetched no data
    assert first.stats["scanned"] == EXTENSIONS
    assert second.stats["requests"] == 0


def test_without_a_network_the_run_is_incomplete_within_seconds_and_says_so(
    image: Image, extensions: Path
) -> None:
    started = time.monotonic()
    done = image.run("scan", "--parallel", mounts={extensions: "/extensions:ro"})
    assert done.code == 3
    assert time.monotonic() - started < 15
    assert "vscan.dev can't be reached" in done.out
    assert done.out.splitlines()[-1].startswith("vscan: incomplete")


@pytest.mark.parametrize(("name", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_container_that_is_stopped_loses_nothing(  # noqa: PLR0917
    image: Image,
    extensions: Path,
    cache: str,
    tmp_path: Path,
    name: str,
    code: int,
    record_property: Any,
) -> None:
    """``docker stop`` and ``docker kill -s INT``: whole cache, whole partial report, in 3 s."""
    reports = tmp_path / "reports"
    reports.mkdir()
    reports.chmod(0o777)
    mounts = {extensions: "/extensions:ro", cache: "/cache", reports: "/reports"}
    with Server(Script(answer=clean, latency_s=0.05)) as server:
        arguments = ("scan", "--parallel", "-o", "json=/reports/partial.json")
        with image.start(*arguments, server=server, mounts=mounts) as running:
            until(lambda: server.count("fetch") >= 10)
            signalled = time.monotonic()
            if name == "SIGTERM":
                running.container.stop(timeout=30)
            else:
                running.container.kill(signal.SIGINT)
            done = running.finish()
            took = time.monotonic() - signalled
        answered = server.count("fetch")
        again = scan(image, extensions, server=server, mounts={cache: "/cache"})
    record_property("figure", f"{name} to the end of the container: {took:.2f} s")
    assert done.code == code, done.err
    assert took < 3
    assert "Traceback" not in done.out + done.err
    assert done.out.splitlines()[-1] == f"vscan: interrupted (exit {code})"
    partial = json.loads((reports / "partial.json").read_text("utf-8"))
    assert partial["decision"]["outcome"] == "interrupted"
    assert 10 <= partial["stats"]["scanned"] < EXTENSIONS
    assert partial["stats"]["scanned"] + partial["stats"]["failed"] == EXTENSIONS
    assert again.code == 0
    assert answered - 3 <= again.stats["cached"] == partial["stats"]["scanned"] <= answered
    assert again.stats["requests"] == 3 * (EXTENSIONS - again.stats["cached"])


@pytest.mark.parametrize("command", ["scan", "report"])
def test_a_container_that_is_stopped_before_it_begins_ends_at_once(
    image: Image, command: str
) -> None:
    """It waits for its settings; as process 1 it gets no signal that it has no handler for."""
    arguments = (command, "--config", "/dev/stdin")
    with image.start(*arguments, stdin_open=True) as running:
        until(lambda: catches(running, signal.SIGTERM))
        signalled = time.monotonic()
        running.container.stop(timeout=30)
        assert running.finish().code == 143
        assert time.monotonic() - signalled < 3


def catches(running: Running, number: signal.Signals) -> bool:
    """Ask the kernel whether the container's first process has a handler."""
    _, status = running.container.exec_run(["sed", "-n", "s/^SigCgt://p", "/proc/1/status"])
    assert isinstance(status, bytes)
    return bool(int(status, 16) >> (number - 1) & 1)


@pytest.mark.parametrize("way", ["owned by another user", "mounted read-only"])
def test_an_unwritable_cache_is_a_warning_and_the_verdict_is_the_same(
    image: Image, extensions: Path, server: Server, tmp_path: Path, way: str
) -> None:
    place = tmp_path / "cache"
    place.mkdir(mode=0o755)
    target = "/cache:ro" if way == "mounted read-only" else "/cache"
    done = scan(image, extensions, "--log-format", "json", server=server, mounts={place: target})
    assert done.code == 0, done.err
    assert done.stats["scanned"] == EXTENSIONS
    assert "cache" in done.err
    warnings = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    assert any(warning["event.action"] == "cache-warning" for warning in warnings)
    assert list(place.iterdir()) == []


def test_without_extensions_there_is_nothing_to_scan(image: Image) -> None:
    done = image.run()
    assert done.code == 4
    assert "vscan: nothing to scan (exit 4)" in done.out


def test_extensions_that_the_user_of_the_container_may_not_read_are_not_clean(
    image: Image, tmp_path: Path, server: Server
) -> None:
    place = tmp_path / "extensions"
    install(place)
    place.chmod(0o700)
    done = scan(image, place, server=server)
    assert done.code in (2, 3), done.err
    assert "/extensions" in done.err
    assert "permission denied" in done.err.lower()


def test_two_hundred_megabytes_are_enough_for_three_hundred_extensions(
    image: Image, server: Server, tmp_path: Path
) -> None:
    """With swap switched off; a limit that nothing fits into shows that it counts."""
    if not image.engine.client.info()["MemoryLimit"]:
        pytest.skip("this engine's kernel limits no memory")
    place = tmp_path / "extensions"
    for number in range(MANY):
        install(place, f"acme.tool-{number:03d}")
    open_to_all(place)
    outcome = {
        limit: scan(image, place, server=server, mem_limit=limit, memswap_limit=limit)
        for limit in ("200m", "16m")
    }
    assert outcome["200m"].code == 0, outcome["200m"].err
    assert outcome["200m"].stats["scanned"] == MANY
    assert outcome["16m"].code == 137


def test_the_report_stands_alone_on_standard_output_and_logs_on_standard_error(
    image: Image, extensions: Path, server: Server
) -> None:
    debug = ("--log-format", "json", "--log-level", "debug")
    done = scan(image, extensions, *debug, server=server)
    assert done.code == 0
    assert done.out.startswith("{")
    assert done.report["stats"]["scanned"] == EXTENSIONS  # all of it is one document
    lines = [json.loads(line) for line in done.err.splitlines() if line.startswith("{")]
    assert len(lines) >= EXTENSIONS
    assert {line["service.name"] for line in lines} == {"vscan"}


def test_a_report_into_a_directory_of_another_user_is_refused_before_anything_is_asked(
    image: Image, extensions: Path, server: Server, tmp_path: Path
) -> None:
    reports = tmp_path / "reports"
    reports.mkdir(mode=0o755)
    done = image.run(
        "scan",
        "-o",
        "json=/reports/report.json",
        server=server,
        mounts={extensions: "/extensions:ro", reports: "/reports"},
    )
    assert done.code == 2
    assert "/reports" in done.err
    assert "permission denied" in done.err.lower()
    assert "Traceback" not in done.err
    assert server.count() == 0


def test_a_report_into_a_directory_of_the_same_user_is_that_users(
    image: Image, extensions: Path, server: Server, tmp_path: Path
) -> None:
    owner = os.getuid() or STRANGER
    reports = tmp_path / "reports"
    reports.mkdir(mode=0o755)
    if os.getuid() == 0:
        os.chown(reports, owner, owner)
    done = image.run(
        "scan",
        "-o",
        "/reports/report.json",
        server=server,
        user=f"{owner}:{owner}",
        mounts={extensions: "/extensions:ro", reports: "/reports"},
    )
    assert done.code == 0, done.err
    report = reports / "report.json"
    assert json.loads(report.read_text("utf-8"))["stats"]["scanned"] == EXTENSIONS
    assert report.stat().st_uid == owner


def test_the_other_commands_are_there(image: Image, cache: str) -> None:
    version = image.run("--version")
    shown = image.run("--help")
    stats = image.run("cache", "stats", mounts={cache: "/cache"})
    assert (version.code, shown.code, stats.code) == (0, 0, 0)
    assert version.out.startswith("vscan ")
    assert "Commands:" in shown.out
    assert "path: /cache/verdicts.sqlite3" in stats.out


def test_an_unknown_option_is_a_usage_error(image: Image) -> None:
    done = image.run("scan", "--no-such-option")
    assert done.code == 2
    assert "--no-such-option" in done.err
    assert done.out == ""


def test_a_repository_is_scanned_from_where_it_is_mounted(
    image: Image, server: Server, cache: str, tmp_path: Path
) -> None:
    """A known-malicious id, an unknown one, and three good ones that are fetched."""
    good = ["acme.tool-1", "acme.tool-2", "acme.tool-3"]
    ids = ["zhukunpeng.chat-moss", "acme.nobody", *good]
    repository = tmp_path / "repo"
    (repository / ".devcontainer").mkdir(parents=True)
    lines = ",\n".join(f'"{each}"' for each in ids)
    (repository / ".devcontainer" / "devcontainer.json").write_text(
        f'{{"customizations": {{"vscode": {{"extensions": [\n{lines}\n]}}}}}}', "utf-8"
    )
    with Registry([published(each) for each in ids if each != "acme.nobody"]) as registry:
        done = image.run(
            *("scan", "--offline", "-o", "json=-"),
            server=server,
            environment={"VSCAN_FETCH": registry.gallery_url},
            mounts={open_to_all(repository): "/workspace:ro", cache: "/cache"},
        )
    assert done.code == 1, done.err
    report = json.loads(done.out)
    assert report["run"]["target_kinds"] == ["a repository", "a repository"]
    found = {each["id"]: each for each in report["extensions"]}
    assert found.keys() == set(ids)
    assert {name for name, each in found.items() if each["fetched"]} == set(ids) - {"acme.nobody"}
    origin = found["zhukunpeng.chat-moss"]["origins"][0]
    assert (origin["uri"], origin["line"]) == ("/workspace/.devcontainer/devcontainer.json", 2)


def test_nothing_mounted_is_nothing_to_scan_and_names_both_places(image: Image) -> None:
    done = image.run("scan", "--offline")
    assert done.code == 4
    assert "There is nothing to scan in `/extensions`, `/workspace`." in done.out
