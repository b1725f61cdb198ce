"""What others think of our SARIF: its JSON schema, and the rules of GitHub's validator.

Both come with Microsoft's multitool, from npm, once, into pytest's cache directory. Where
npm or its registry is out of reach these tests are skipped; with VSCAN_REQUIRE_NODE=1 that
is a failure. The multitool exits 0 whatever it finds, so its own output is read.
"""

import copy
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import jsonschema
import pytest

from tests.builders import results
from tests.command import scan
from tests.sarif import faults
from tests.server import Fault, Script, Server

VERSION = "5.7.0"
SCHEMA = "sarif-2.1.0.json"
EXTENSIONS = Path(__file__).resolve().parent.parent / "data" / "extensions"
Log = dict[str, Any]


def give_up(reason: str) -> NoReturn:
    if os.environ.get("VSCAN_REQUIRE_NODE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def multitool(request: pytest.FixtureRequest) -> Path:
    """Give the directory of the multitool for this machine."""
    system = {"Linux": "linux", "Darwin": "darwin", "Windows": "win32"}.get(platform.system())
    if system is None or platform.machine() not in {"x86_64", "AMD64"}:
        give_up("there is no SARIF multitool for this machine")
    name = f"sarif-multitool-{system}"
    place = Path(request.config.cache.mkdir(f"{name}-{VERSION}"))
    package = place / "node_modules" / "@microsoft" / name
    if not (package / SCHEMA).exists() or not program(package).exists():
        install(place, f"@microsoft/{name}@{VERSION}")
    program(package).chmod(0o755)
    return package


def install(place: Path, package: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        give_up("npm is not installed, which brings the SARIF multitool")
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")
    try:
        subprocess.run(
            [npm, "install", "--prefix", place, "--fetch-retries=0", *options, package],
            capture_output=True,
            encoding="utf-8",
            timeout=180,
            check=True,
        )
    except subprocess.TimeoutExpired:
        give_up("npm could not install the SARIF multitool in time")
    except subprocess.CalledProcessError as error:
        give_up(f"npm could not install the SARIF multitool: {error.stderr.strip()[-300:]}")


def program(package: Path) -> Path:
    return package / ("Sarif.Multitool.exe" if os.name == "nt" else "Sarif.Multitool")


@pytest.fixture
def validate(multitool: Path, tmp_path: Path) -> Callable[[Log], list[str]]:
    """Give what names the rules of the multitool that a file breaks, by error and warning."""

    def validate(log: Log) -> list[str]:
        file, verdict = tmp_path / "given.sarif", tmp_path / "verdict.sarif"
        file.write_text(json.dumps(log), "utf-8")
        subprocess.run(
            [program(multitool), "validate", file, "--rule-kind", "Sarif;Ghas",
             "--level", "Error;Warning", "--output", verdict, "--log", "ForceOverwrite"],
            env=os.environ | {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "HOME": str(tmp_path)},
            capture_output=True,
            timeout=120,
            check=True,
        )  # fmt: skip
        (run,) = json.loads(verdict.read_text("utf-8-sig"))["runs"]
        (invocation,) = run["invocations"]
        assert invocation["executionSuccessful"]
        assert not invocation.get("toolConfigurationNotifications")
        return sorted({result["ruleId"] for result in run["results"]})

    return validate


def answer(publisher: str, name: str, analysis_id: str) -> Log:
    """Answer with findings of each severity, in text that is not harmless everywhere."""
    advisories = tuple(
        {"id": f"GHSA-{word}", "title": f"[{word}](https://x.example) {{0}}", "severity": word}
        for word in ("low", "moderate", "high", "critical")
    )
    return results(
        publisher,
        name,
        analysis_id=analysis_id,
        advisories=advisories,
        malicious=int(name == "gitlens"),
        levels={"obfuscation": "high"},
    )


def sarif(home: Path, target: str, server: Server) -> Log:
    """Scan for a SARIF report, with ``home`` as workspace."""
    done = scan(
        home,
        target,
        "--api-url",
        server.api_url,
        "--refresh-cache",
        "-o",
        "sarif=report.sarif",
    )
    log: Log = json.loads((home / "report.sarif").read_text("utf-8"))
    assert log["runs"][0]["invocations"][0]["exitCode"] == done.code
    return log


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Log:
    """Scan the extensions of the tests: findings, one that fails, one that can't be read."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(EXTENSIONS, home / "ext")
    (home / "ext" / "acme.broken-1.0.0" / "package.json").mkdir(parents=True)
    lost = Fault(404, "submit", "redhat.vscode-yaml")
    with Server(Script(answer=answer, faults=[lost])) as server:
        return sarif(home, "ext", server)


def spoil(log: Log, change: Callable[[Log], object]) -> Log:
    spoiled = copy.deepcopy(log)
    change(spoiled["runs"][0])
    return spoiled


def test_the_schema_holds(multitool: Path, scanned: Log) -> None:
    schema = json.loads((multitool / SCHEMA).read_text("utf-8-sig"))
    validator = jsonschema.validators.validator_for(schema)(schema)
    assert [error.message for error in validator.iter_errors(scanned)] == []
    for change in (
        lambda run: run.pop("tool"),
        lambda run: run["results"][0].update(level="bad"),
        lambda run: run["results"][0].update(line=1),
    ):
        assert not validator.is_valid(spoil(scanned, change))


def test_the_rules_of_github_hold(validate: Callable[[Log], list[str]], scanned: Log) -> None:
    assert validate(scanned) == []


def test_a_repository_s_places_are_valid(
    validate: Callable[[Log], list[str]], tmp_path: Path
) -> None:
    shutil.copytree(EXTENSIONS.parent / "repo", tmp_path / "repo")
    done = scan(tmp_path, "repo", "--offline", "-o", "sarif=report.sarif", VSCAN_SOURCE=None)
    assert done.code == 3
    log = json.loads((tmp_path / "report.sarif").read_text("utf-8"))
    assert len(log["runs"][0]["results"]) > 100
    # GitHub refuses the file of a run that is not whole, which closes no alert.
    log["runs"][0]["invocations"][0]["executionSuccessful"] = True
    assert validate(log) == []


def test_other_ends_of_a_run_are_valid_and_close_no_alert(
    validate: Callable[[Log], list[str]], tmp_path: Path
) -> None:
    """Clean, with nothing to scan, and with nothing but what was last known."""
    shutil.copytree(EXTENSIONS, tmp_path / "ext")
    (tmp_path / "none").mkdir()

    def nothing(publisher: str, name: str, analysis_id: str) -> Log:
        return results(publisher, name, analysis_id=analysis_id)

    with Server(Script(answer=nothing)) as server:

        def run(target: str) -> tuple[int, list[Log], list[str]]:
            log = sarif(tmp_path, target, server)
            (invocation,) = log["runs"][0]["invocations"]
            return invocation["exitCode"], log["runs"][0]["results"], validate(log)

        assert run("ext") == (0, [], [])
        assert run("none") == (4, [], [])
        server.script.answer = answer
        code, before, _ = run("ext")
        assert (code, len(before)) == (1, 8 * 5 + 1)
        server.script.faults.append(Fault(404, "submit"))
        code, after, broken = run("ext")
    assert (code, broken) == (3, [])
    assert {result["properties"]["stale"] for result in after} == {True}
    for part in ("ruleId", "locations", "partialFingerprints"):
        assert [result[part] for result in after] == [result[part] for result in before]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda run: run["results"][0].pop("message"), "JSON1002"),
        (lambda run: run["results"][0].update(locations=[]), "GH1015"),
        (lambda run: describe_exception(run).pop("fullDescription"), "GH2012"),
        (lambda run: run["results"][0].update(ruleIndex=999), "SARIF1009"),
        (lambda run: run["invocations"][0].update(endTimeUtc="1999-01-01T00:00:00Z"), "SARIF1006"),
    ],
)
def test_the_multitool_can_object(
    validate: Callable[[Log], list[str]],
    scanned: Log,
    change: Callable[[Log], object],
    rule: str,
) -> None:
    found = validate(spoil(scanned, change))
    assert rule in found


def test_our_own_checks_hold(scanned: Log) -> None:
    (run,) = scanned["runs"]
    assert faults(scanned) == []
    assert len(run["results"]) == 7 * 5 + 1
    places = {artifact({"results": [result]})["uri"] for result in run["results"]}
    assert places == {"ext/extensions.json"}


def first(run: Log) -> Log:
    result: Log = run["results"][0]
    return result


def artifact(run: Log) -> Log:
    location: Log = first(run)["locations"][0]["physicalLocation"]["artifactLocation"]
    return location


def describe_exception(run: Log) -> Log:
    rule: Log = run["tool"]["driver"]["rules"][0]
    return rule


@pytest.mark.parametrize(
    "change",
    [
        lambda run: artifact(run).update(uri="file:///x"),
        lambda run: artifact(run).update(uri="/x"),
        lambda run: artifact(run).update(uri="c:x"),
        lambda run: artifact(run).update(uri="../x"),
        lambda run: artifact(run).update(uri="a b"),
        lambda run: artifact(run).update(uri=""),
        lambda run: first(run)["locations"].append(first(run)["locations"][0]),
        lambda run: first(run).update(locations=[]),
        lambda run: first(run)["message"].update(text="x" * 1001),
        lambda run: first(run)["message"].update(text="[a](b)"),
        lambda run: first(run)["message"].update(text="{0}"),
        lambda run: first(run)["message"].update(text="a\x1b[0m"),
        lambda run: first(run)["message"].update(markdown="x"),
        lambda run: first(run).update(ruleId="none/high"),
        lambda run: run["results"].append(first(run)),
        lambda run: describe_exception(run).update(name="x" * 256),
        lambda run: describe_exception(run)["properties"].update({"security-severity": "0"}),
    ],
)
def test_our_own_checks_can_object(scanned: Log, change: Callable[[Log], object]) -> None:
    assert faults(spoil(scanned, change)) != []
