"""Every message that docs/troubleshooting.md quotes is said by a run, to the letter."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.advisories import removed_list
from tests.builders import install
from tests.command import scan, vscan
from tests.registry import Fault as RegistryFault
from tests.registry import Registry, archive, published
from tests.server import Fault, Script, Server
from vscan.advisories.database import FILE_NAME as DATA_FILE_NAME
from vscan.cache.cache_file_opening import FILE_NAME

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "troubleshooting.md").read_text("utf-8")
BLOCKS = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)
QUOTED = [line for block in BLOCKS for line in block.splitlines()]


def pattern(quote: str) -> re.Pattern[str]:
    return re.compile(r".+?".join(map(re.escape, quote.split("…"))))


def served(place: Path, script: Script, *options: str, **variables: str) -> str:
    for name in ("acme.tool-0", "acme.tool-1", "acme.tool-2"):
        if not (place / "extensions" / f"{name}-1.0.0").exists():
            install(place / "extensions", name)
    with Server(script) as server:
        url = server.api_url.replace("http:", "https:") if "tls" in options else server.api_url
        return scan(
            place,
            place / "extensions",
            "--plain",
            *(option for option in options if option != "tls"),
            **({"VSCAN_API_URL": url} | variables),
        ).text


def told_of_the_data(home: Path) -> list[str]:
    """Use ``vscan db`` with data that is old, damaged, or not to be had."""
    (home / "list.md").write_bytes(removed_list("| acme.tool | 1/2/2020 | Malware |"))
    (home / "page.html").write_text("<html>please log in</html>", "utf-8")
    errors = [
        vscan(home, "db", "status", "--data-dir", "mistyped").err,
        vscan(home, "db", "import", "list.md", "page.html").err,
        vscan(home, "db", "status").err,
        vscan(home, "db", "update", HTTPS_PROXY="http://127.0.0.1:9").err,
    ]
    (home / ".local" / "share" / "vscan" / DATA_FILE_NAME).write_bytes(b"no database" * 100)
    return [*errors, vscan(home, "db", "status").err]


def told_of_a_gap(home: Path) -> list[str]:
    """Scan what is not examined whole, and take a report of an earlier version as baseline."""
    folder = install(home / "extensions", "acme.tool", main="./main.js")
    (folder / "main.js").symlink_to(home)
    (home / "package.json").write_text("{}", "utf-8")
    (home / "old.json").write_text(
        '{"format_version": 1, "extensions": [{"id": "acme.tool", "findings": [{"rule": "x",'
        ' "severity": "high", "kind": "malware", "message": "x", "file": null, "evidence": null,'
        ' "url": null}], "verdicts": [{"score": 1, "analysed_version": "1"}], "version": "1",'
        ' "risk_level": "high"}]}',
        "utf-8",
    )
    scan = ("scan", "extensions", "--offline", "--no-cache")
    return [vscan(home, *scan).text, vscan(home, *scan, "--baseline", "old.json").err]


def told_of_what_is_installed(home: Path) -> list[str]:
    """Scan links, what has no publisher, and what one registry removed."""
    directory = home / "extensions"
    install(directory, "juan-bianco.solidity-vlang")
    nameless = install(directory, "acme.nameless")
    manifest = (nameless / "package.json").read_text("utf-8")
    (nameless / "package.json").write_text(manifest.replace('"publisher"', '"nobody"'), "utf-8")
    (directory / "out").symlink_to(install(home, "acme.out"))
    (directory / "back").symlink_to("..")
    done = vscan(home, "scan", "extensions", "--plain", "--offline", "--links", "refuse")
    report = vscan(home, "scan", "extensions", "--plain", "--offline", "-o", "markdown=-")
    return [done.text, report.text]


def told_of_a_repository(home: Path) -> list[str]:
    """Scan files that name what can't be looked up, and an archive that brings others along."""
    (home / ".git").mkdir()
    (home / ".devcontainer").mkdir()
    (home / ".devcontainer" / "devcontainer.json").write_text(
        '{"image": "acme.example/base:1", "features": {"acme.example/tools:1": {}},\n'
        '"customizations": {"vscode": {"extensions": ["acme.tools", "acme_tools", "./x.vsix"]}}}',
        "utf-8",
    )
    (home / ".vscode").mkdir()
    (home / ".vscode" / "extensions.json").write_text('{"recommendations": ["a.b" "c.d"]}', "utf-8")
    (home / "Dockerfile").write_text(
        "RUN code --install-extension $TOOL\n"
        "RUN code --install-extension https://acme.example/x.vsix\n"
        "RUN xargs -n1 code --install-extension < lists/extensions.txt\n",
        "utf-8",
    )
    (home / "/".join("d" * 34)).mkdir(parents=True)
    (home / "extensions.txt").symlink_to("/etc/passwd")
    (home / "large.code-workspace").write_text(" " * (2 << 20), "utf-8")
    arguments = ("scan", ".", "--offline", "-o", "json=-")
    return [vscan(home, *arguments).out, vscan(home, *arguments, "--on-unresolved", "fail").out]


def told_of_registries(home: Path) -> list[str]:
    """Fetch what a registry does not have, does not give, or gives wrongly."""
    names = ("acme.other", "acme.nobody", "acme.page", "acme.good@9.9.9", "acme.good")
    good = published("acme.good", content=archive("acme.good", extensionPack=["acme.member"]))
    (home / "key.pem").write_text(
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
        "-----END PUBLIC KEY-----\n",
        "utf-8",
    )
    pause = RegistryFault(429, headers=(("Retry-After", "1"),))
    report = ("--offline", "-o", "json=-")
    other = RegistryFault("other-id", "acme.other")
    page = RegistryFault("html", "acme.page")
    table = [published("acme.other"), published("acme.page"), good]
    with Registry(table, other, page, signs=False) as one:
        fetch = ("--fetch", one.gallery_url)
        runs = [
            vscan(home, "scan", *names, *fetch, *report),
            vscan(home, "scan", "acme.good", *fetch, "--registry-key", "key.pem", *report),
        ]
    with Registry([good], RegistryFault("wrong-sha256", "acme.good", "sha256")) as one:
        runs.append(vscan(home, "scan", "acme.good", "--fetch", one.url, *report))
    with Registry([published("acme.busy")], pause) as one:
        runs.append(vscan(home, "scan", "acme.busy", "--fetch", one.gallery_url, *report))
    refused = (("--fetch", "ftp://x"), ("--fetch-private", "open-vsx"))
    runs += [vscan(home, "scan", "acme.good", *options) for options in refused]
    return [text for done in runs for text in (done.out, done.err)]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Everything that goes wrong, once."""

    def place() -> Path:
        return tmp_path_factory.mktemp("place")

    closed = "http://127.0.0.1:9"
    https = {"VSCAN_API_URL": "https://vscan.dev/api/extensions"}
    one = place()
    install(one / "extensions", "acme.tool")
    install(one / "broken", "acme.tool")
    (one / "broken" / "acme.tool-1.0.0" / "package.json").write_text("no JSON", "utf-8")
    (one / "file").touch()
    (one / ".vsix").touch()
    damaged, locked, edited = place(), place(), place()
    served(damaged, Script(), "--cache-dir", "cache")
    (damaged / "cache" / FILE_NAME).write_bytes(b"no database" * 100)
    served(locked, Script(), "--cache-dir", "cache")
    errors = [
        served(place(), Script(rate=20, burst=3, retry_after="exact"), "--parallel"),
        served(place(), Script(faults=[Fault(429, headers=(("Retry-After", "300"),))])),
        served(place(), Script(), "-v"),
        served(place(), Script(pending_polls=99), "--analysis-timeout", "1"),
        served(place(), Script(faults=[Fault("hang")]), "--timeout", "1"),
        served(place(), Script(), **https, HTTPS_PROXY=closed),
        served(place(), Script(), **https, HTTPS_PROXY="socks5://127.0.0.1:9"),
        served(place(), Script(), **https, REQUESTS_CA_BUNDLE="/nowhere"),
        served(place(), Script(), VSCAN_API_URL=closed),
        served(place(), Script(), "tls"),
        served(place(), Script(faults=[Fault(503)]), "--max-retries", "0"),
        served(place(), Script(faults=[Fault(404, "submit", "acme.tool-1")])),
        served(place(), Script(faults=[Fault("garbage", "fetch")])),
        served(place(), Script(), "--exclude-ids", "acme.slip"),
        served(damaged, Script(), "--cache-dir", "cache"),
        served(one, Script(), "--cache-dir", "file"),
        vscan(place(), "scan", "--plain").text,
        vscan(one, "scan", "nowhere").err,
        vscan(one, "scan", ".vsix").err,
        vscan(one, "scan", "extensions/acme.tool-1.0.0").err,
        vscan(one, "scan", "broken", "--plain", "--api-url", closed).text,
    ]
    errors += told_of_the_data(place())
    errors += told_of_a_gap(place())
    errors += told_of_what_is_installed(place())
    errors += told_of_a_repository(place())
    errors += told_of_registries(place())
    with closing(sqlite3.connect(locked / "cache" / FILE_NAME)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        errors.append(served(locked, Script(), "--cache-dir", "cache", "--refresh-cache"))
    with Server() as server:  # one address for both: entries are remembered by it
        known = {"VSCAN_API_URL": server.api_url}
        served(edited, Script(), "--cache-dir", "cache", **known)
        with closing(sqlite3.connect(edited / "cache" / FILE_NAME)) as connection, connection:
            connection.execute("UPDATE verdicts SET stored_at = stored_at - 1")
        errors.append(served(edited, Script(), "--cache-dir", "cache", **known))
    return "\n".join(errors)


@pytest.mark.parametrize("quote", QUOTED)
def test_a_quoted_message_is_said(said: str, quote: str) -> None:
    assert pattern(quote).search(said), f"nobody says: {quote}"


def test_a_message_that_nobody_says_is_found(said: str) -> None:
    assert not pattern("missing   network  vscan.dev: the proxy is … asleep").search(said)
    assert "database is locked" in said


def test_every_kind_of_failure_that_a_run_can_meet_is_explained() -> None:
    for kind in ("rate-limited", "timeout", "network", "not-listed", "bad-response"):
        assert f"\nmissing   {kind}  …: " in TEXT
