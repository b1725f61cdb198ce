"""The action from end to end: every outcome, what is said of it, and which step fails."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ci.action import LOCK, conclude
from tests.action.runner import ACTION, ROOT, Run, Runner
from tests.builders import install, results
from tests.server import Fault, Script, Server
from vscan.report.json import schema

Install = Callable[..., str]
STEPS = [step["name"] for step in ACTION["runs"]["steps"]]


def outcomes(run: Run) -> dict[str, str]:
    return {name: step.outcome for name, step in run.steps.items()}


def test_a_clean_run_passes_and_says_what_it_looked_at(runner: Runner) -> None:
    """All eight extensions that come with the project, by what GitHub would call an input."""
    run = runner.run(targets=str(ROOT / "tests" / "data" / "extensions"), fail_on="critical")
    assert run.status == "success", run.log
    assert {name for name, outcome in outcomes(run).items() if outcome != "success"} == {
        "Restore data", "Update data", "Save data",
    }  # fmt: skip
    assert run.outputs | {"sarif-file": "", "json-file": ""} == {
        "sarif-file": "",
        "json-file": "",
        "outcome": "clean",
        "exit-code": "0",
        "highest-severity": "none",
        "findings-count": "0",
        "scanned-count": "8",
        "failed-count": "0",
        "cache-hit": "false",
    }
    jsonschema.validate(run.report, schema())
    assert run.report["run"]["mode"] == "parallel"
    assert run.summary.startswith("## vscan: nothing found (exit code 0)")
    assert run.annotations == []
    assert runner.uploaded[0]["runs"][0]["automationDetails"] == {"id": "vscan/"}


def test_findings_fail_the_gate_and_nothing_before_it(runner: Runner, extensions: Install) -> None:
    run = runner.run(targets=extensions("acme.good", "acme.bad"), category="my job")
    assert run.failed == ["Gate"]
    assert run.steps["Gate"].code == 1
    assert run.outputs["outcome"] == "findings"
    assert run.outputs["exit-code"] == "1"
    assert run.outputs["highest-severity"] == "critical"
    assert run.outputs["findings-count"] == "1"
    assert run.outputs["scanned-count"] == "2"
    assert "acme.bad" in run.summary
    marked, gate = run.annotations
    assert (marked.level, marked.properties["title"]) == ("error", "acme.bad 1.0.0")
    assert "Remote code execution" in marked.message
    assert gate.message.startswith("findings: 1 finding of severity critical (--fail-on high)")
    (described,) = runner.uploaded[0]["runs"]
    assert described["automationDetails"] == {"id": "my job/"}
    assert [result["ruleId"] for result in described["results"]] == [
        "vulnerable-dependency/critical"
    ]


def test_an_incomplete_run_fails_with_a_code_of_its_own(
    runner: Runner, server: Server, extensions: Install
) -> None:
    server.script.faults.append(Fault(404, "submit", "acme.good"))
    run = runner.run(targets=extensions("acme.good", "acme.fine"))
    assert run.failed == ["Gate"]
    assert run.steps["Gate"].code == 3
    assert (run.outputs["outcome"], run.outputs["exit-code"]) == ("incomplete", "3")
    assert (run.outputs["scanned-count"], run.outputs["failed-count"]) == ("1", "1")
    assert ("warning", "acme.good has no verdict") in {
        (each.level, each.properties.get("title")) for each in run.annotations
    }
    # Its alerts of earlier runs would be closed as fixed.
    assert runner.uploaded == []
    assert run.steps["Upload SARIF"].outcome == "skipped"
    assert "would be closed as fixed" in run.summary
    assert Path(run.outputs["sarif-file"]).is_file()


def test_an_incomplete_run_may_pass(runner: Runner, server: Server, extensions: Install) -> None:
    server.script.faults.append(Fault(404, "submit", "acme.good"))
    run = runner.run(targets=extensions("acme.good"), fail_on_incomplete="false")
    assert run.status == "success"
    assert (run.outputs["outcome"], run.outputs["exit-code"]) == ("incomplete", "0")
    assert runner.uploaded == []


def test_nothing_to_scan_is_not_green(runner: Runner) -> None:
    (runner.workspace / "empty").mkdir()
    run = runner.run(targets="empty")
    assert run.failed == ["Gate"]
    assert run.steps["Gate"].code == 4
    assert run.outputs["outcome"] == "nothing-to-scan"
    assert runner.uploaded == []
    assert "Check the input targets" in run.annotations[-1].message


def test_nothing_to_scan_can_be_accepted(runner: Runner) -> None:
    (runner.workspace / "empty").mkdir()
    runner.variables["VSCAN_ALLOW_EMPTY"] = "1"
    run = runner.run(targets="empty")
    assert run.status == "success"
    assert runner.uploaded == []  # an upload would close every alert


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("workers", "9", "--workers"),
        ("fail_on", "hihg", "--fail-on"),
        ("min_score", "-1", "--min-score"),
        ("delay", "soon", "--delay"),
        ("log_level", "all", "--log-level"),
        ("sources", "elsewhere", "--source"),
        ("targets", "missing", "missing does not exist"),
        ("ignore_file", "missing.toml", "missing.toml"),
        ("targets", "~nobody-of-this-name/x", "home of nobody"),
    ],
)
def test_what_vscan_refuses_fails_the_gate(
    runner: Runner, extensions: Install, name: str, value: str, says: str
) -> None:
    run = runner.run(**({"targets": extensions("acme.good")} | {name: value}))
    assert run.failed == ["Gate"]
    assert run.steps["Gate"].code == 2
    assert (run.outputs["outcome"], run.outputs["exit-code"]) == ("error", "2")
    assert says in run.annotations[-1].message
    assert "## vscan: error (exit code 2)" in run.summary
    assert says in run.summary
    assert run.outputs["json-file"] == run.outputs["sarif-file"] == ""
    assert runner.uploaded == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("fail_on_incomplete", "no", "the input fail-on-incomplete is 'no'; use true or false"),
        ("upload_sarif", "maybe", "use auto or true or false"),
        ("formats", "json,pdf", "'pdf'"),
        ("policy_from", "head", "use base or workspace"),
        ("category", "../x\n", "category"),
        ("image", "--privileged", "no name of an image"),
        ("image", "x\ny", "no name of an image"),
    ],
)
def test_what_the_action_refuses_fails_its_first_step(
    runner: Runner, extensions: Install, name: str, value: str, says: str
) -> None:
    run = runner.run(**({"targets": extensions("acme.good")} | {name: value}))
    assert run.failed == ["Set up vscan"]
    assert says in run.annotations[0].message
    assert run.steps["Scan"].outcome == run.steps["Gate"].outcome == "skipped"
    assert (run.outputs["outcome"], run.outputs["exit-code"]) == ("error", "2")


def test_the_second_run_asks_nothing_and_saves_nothing(
    runner: Runner, server: Server, extensions: Install
) -> None:
    target = extensions("acme.good", "acme.bad")
    first = runner.run(targets=target)
    asked = server.count()
    assert (asked, first.outputs["cache-hit"]) == (6, "false")
    assert [re.sub(r"-[0-9a-f]{8}$", "", key) for key in runner.stored] == ["vscan-v1-Linux-77-1"]
    again = Runner(runner.place / "again")
    again.variables, again.stored = runner.variables, runner.stored
    install(again.workspace / "extensions", "acme.good")
    install(again.workspace / "extensions", "acme.bad")
    second = again.run(targets=target)
    assert server.count() == asked
    assert second.outputs["cache-hit"] == "true"
    assert second.outputs["outcome"] == "findings"
    assert second.steps["Save cache"].outcome == "skipped"


def test_without_a_cache_nothing_is_kept(runner: Runner, extensions: Install) -> None:
    run = runner.run(targets=extensions("acme.good"), cache="false")
    assert run.steps["Restore cache"].outcome == run.steps["Save cache"].outcome == "skipped"
    assert list(runner.temp.glob("**/*.sqlite*")) == []


def test_the_cache_is_saved_when_the_gate_fails(runner: Runner, extensions: Install) -> None:
    assert runner.run(targets=extensions("acme.bad")).failed == ["Gate"]
    assert len(runner.stored) == 1


def test_every_input_reaches_vscan(runner: Runner, extensions: Install) -> None:
    """Told from what the report says of the run, and from the command in the log."""
    (runner.workspace / "accepted.toml").write_text(
        '[[ignore]]\nid = "acme.bad"\nrule = "*"\nreason = "known"\n', "utf-8"
    )
    (runner.workspace / "settings.toml").write_text("[policy]\non_gap = 'fail'\n", "utf-8")
    runner.run(targets=extensions("acme.bad"), output_dir="before", fail_on="none")
    run = runner.run(
        extensions_dir="extensions",
        sources="vscan.dev",
        fail_on="medium",
        fail_on_risk="critical",
        min_score="5",
        parallel="false",
        workers="4",
        delay="0.01",
        cache_max_age="3",
        ignore_file="accepted.toml",
        baseline="before/vscan.json",
        config="settings.toml",
        formats="html, csv\nmarkdown junit",
        output_dir="out",
        log_level="debug",
        fail_on_incomplete="false",
    )
    assert run.status == "success", run.log
    told = run.steps["Scan"].log
    for option in (
        *("--source=vscan.dev", "--fail-on=medium", "--fail-on-risk=critical", "--min-score=5"),
        *("--workers=4", "--delay=0.01", "--cache-max-age=3", "--log-level=debug"),
        "--log-format=json",
        *("--no-parallel", "--allow-incomplete"),
    ):
        assert option in told
    assert '"event.action": "scan-finished"' in told
    assert run.report["run"]["mode"] == "sequential"
    assert [Path(name).name for name in run.report["run"]["policy_files"]] == [
        *("settings.toml", "accepted.toml", "vscan.json"),
    ]
    written = {path.name for path in (runner.workspace / "out").iterdir()}
    assert written == {
        *("vscan.json", "vscan.sarif", "vscan.html", "vscan.csv", "vscan.md", "vscan-junit.xml"),
    }
    # What is accepted is no open alert: GitHub knows no suppressions.
    assert runner.uploaded[-1]["runs"][0]["results"] == []


def test_a_variable_says_what_no_input_does(runner: Runner, server: Server) -> None:
    """As the recipe for recommended extensions has it: by name, of an empty directory."""
    (runner.workspace / "nothing").mkdir()
    runner.variables["VSCAN_INCLUDE_IDS"] = "acme.good,acme.other"
    run = runner.run(targets="nothing")
    assert run.status == "success", run.log
    assert run.outputs["scanned-count"] == "2"
    assert {seen.extension for seen in server.seen} == {"acme.good", "acme.other"}


@pytest.mark.parametrize("name", ["VSCAN_IGNORE_FILE", "VSCAN_BASELINE", "VSCAN_CONFIG"])
def test_a_policy_file_is_no_variable(runner: Runner, extensions: Install, name: str) -> None:
    """It would go past the base commit."""
    runner.variables[name] = "x"
    run = runner.run(targets=extensions("acme.good"))
    assert run.failed == ["Set up vscan"]


@pytest.mark.parametrize(
    ("upload", "status", "failed"),
    [("auto", "success", ["Upload SARIF"]), ("true", "failure", ["Upload SARIF", "Gate"])],
)
def test_a_repository_without_code_scanning_is_told_once(
    runner: Runner, extensions: Install, upload: str, status: str, failed: list[str]
) -> None:
    runner.upload = "failure"
    run = runner.run(targets=extensions("acme.good"), upload_sarif=upload)
    assert (run.status, run.failed) == (status, failed)
    assert [each.level for each in run.annotations].count("notice") == 1
    notice = next(each.message for each in run.annotations if each.level == "notice")
    assert "security-events: write" in notice
    assert notice.partition("`")[0] in run.summary


def test_findings_win_over_a_failed_upload(runner: Runner, extensions: Install) -> None:
    runner.upload = "failure"
    run = runner.run(targets=extensions("acme.bad"), upload_sarif="true")
    assert run.steps["Gate"].code == 1


def test_no_upload_means_none(runner: Runner, extensions: Install) -> None:
    run = runner.run(targets=extensions("acme.good"), upload_sarif="false", formats="json")
    assert run.steps["Upload SARIF"].outcome == "skipped"
    assert run.outputs["sarif-file"] == ""
    assert run.annotations == []


def test_summary_and_annotations_can_be_left_out(runner: Runner, extensions: Install) -> None:
    run = runner.run(targets=extensions("acme.bad"), summary="false", annotations="false")
    assert run.summary == ""
    assert [each.message[:9] for each in run.annotations] == ["findings:"]  # the gate's own


def test_an_earlier_report_does_not_pass_for_this_runs(runner: Runner, extensions: Install) -> None:
    place = runner.workspace / "out"
    place.mkdir()
    for name in ("vscan.json", "vscan.sarif"):
        (place / name).write_text("{}", "utf-8")
    run = runner.run(targets=extensions("acme.good"), output_dir="out", workers="9")
    assert run.outputs["outcome"] == "error"
    assert list(place.iterdir()) == []


def test_the_output_directory_may_not_lead_out_of_the_workspace(
    runner: Runner, extensions: Install
) -> None:
    """A branch can hold a link; what it leads to would be overwritten."""
    outside = runner.place / "outside"
    outside.mkdir()
    (outside / "vscan.json").write_text("precious", "utf-8")
    (runner.workspace / "out").symlink_to(outside)
    run = runner.run(targets=extensions("acme.good"), output_dir="out/deep/..")
    assert run.failed == ["Gate"]
    assert (outside / "vscan.json").read_text("utf-8") == "precious"


def test_a_file_of_the_workspace_is_never_imported(runner: Runner, extensions: Install) -> None:
    """Python looks into the working directory for modules, and that is a stranger's here."""
    target = extensions("acme.good")
    trap = "import pathlib; pathlib.Path('PWNED').touch()\n"
    for name in ("click", "json", "sitecustomize", "usercustomize", "structlog", "requests"):
        (runner.workspace / f"{name}.py").write_text(trap, "utf-8")
    for name in ("vscan", "ci"):
        (runner.workspace / name).mkdir()
        for module in ("__init__", "__main__", "text"):
            (runner.workspace / name / f"{module}.py").write_text(trap, "utf-8")
    runner.variables["PYTHONPATH"] = str(runner.workspace)
    run = runner.run(targets=target)
    assert run.status == "success", run.log
    assert not (runner.workspace / "PWNED").exists()


def test_the_scanner_sees_no_token(runner: Runner, extensions: Install) -> None:
    """Nor the files by which a step changes the job."""
    fake = runner.place / "fake"
    fake.mkdir()
    # Imported by the environment's site, before vscan is.
    (site,) = runner.temp.glob("vscan-venv-*/lib/python*/site-packages")
    (site / "spy.pth").write_text(
        f"import os, json; open({str(fake / 'seen')!r}, 'w').write(json.dumps(dict(os.environ)))\n",
        "utf-8",
    )
    runner.variables["ACTIONS_RUNTIME_TOKEN"] = "secret"
    runner.run(targets=extensions("acme.good"))
    seen = json.loads((fake / "seen").read_text("utf-8"))
    assert "secret" not in seen.values()
    assert "ghs_not_for_a_scanner" not in seen.values()
    assert not {"GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"} & seen.keys()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_a_cancelled_job_keeps_what_it_has(
    runner: Runner, server: Server, extensions: Install, number: int, code: int
) -> None:
    """The runner signals one process, the step's; the cache is saved, the report partial."""
    server.script.faults.append(Fault("hang", "submit", "acme.slow"))

    def cancel(process: subprocess.Popen[bytes]) -> None:
        while not server.count("fetch", "acme.good"):
            time.sleep(0.02)
        time.sleep(0.3)  # until the answer is stored; the other one never comes
        process.send_signal(number)

    runner.during["scan"] = cancel
    run = runner.run(targets=extensions("acme.good", "acme.slow"))
    assert run.failed == ["Gate"], run.log
    assert run.steps["Gate"].code == code
    assert (run.outputs["outcome"], run.outputs["exit-code"]) == ("interrupted", str(code))
    assert run.outputs["scanned-count"] == "1"
    assert run.report["run"]["incomplete"]
    assert len(runner.stored) == 1
    assert runner.uploaded == []
    assert "interrupted" in run.summary


def test_a_scan_that_is_killed_is_an_error_and_keeps_its_cache(
    runner: Runner, server: Server, extensions: Install
) -> None:
    server.script.faults.append(Fault("hang", "submit", "acme.slow"))
    runner.variables["VSCAN_TIMEOUT"] = "1.5"  # what is left behind ends by itself

    def kill(process: subprocess.Popen[bytes]) -> None:
        while not server.count("fetch", "acme.good"):
            time.sleep(0.02)
        process.kill()

    runner.during["scan"] = kill
    run = runner.run(targets=extensions("acme.good", "acme.slow"))
    assert run.failed == ["Scan", "Gate"]
    assert run.steps["Gate"].code == 2
    assert run.outputs["outcome"] == "error"
    assert "The scan did not end" in run.summary
    assert len(runner.stored) == 1
    assert runner.uploaded == []


GOOD: dict[str, Any] = {"stats": {}, "decision": {"exit_code": 0, "outcome": "clean"}}


@pytest.mark.parametrize(
    ("code", "report", "outcome", "exit_code"),
    [
        (0, GOOD, "clean", 0),
        (0, {}, "error", 2),  # green, and nothing to show for it
        (0, {"decision": GOOD["decision"]}, "error", 2),
        (0, {"stats": {}, "decision": {"exit_code": 1, "outcome": "findings"}}, "error", 2),
        (1, GOOD, "error", 2),
        (1, {"stats": {}, "decision": {"exit_code": 1, "outcome": "findings"}}, "findings", 1),
        (2, GOOD, "error", 2),
        (3, {"stats": {}, "decision": {"exit_code": 3, "outcome": "incomplete"}}, "incomplete", 3),
        (4, {"decision": []}, "error", 2),
        (130, {}, "interrupted", 130),
        (143, GOOD, "interrupted", 143),
        *((code, GOOD, "error", 2) for code in (5, 64, 125, 126, 127, 134, 137, 139, 255)),
    ],
)
def test_the_exit_code_and_the_report_must_agree(
    code: int, report: dict[str, Any], outcome: str, exit_code: int
) -> None:
    result = conclude(code, report, ())
    assert (result.outcome, result.exit_code) == (outcome, exit_code)
    assert result.reasons or not exit_code or "decision" in report


def test_the_setup_says_when_nothing_can_be_installed(runner: Runner, extensions: Install) -> None:
    for marker in runner.temp.glob("vscan-venv-*/complete"):
        marker.unlink()
    runner.variables |= {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null"}
    run = runner.run(targets=extensions("acme.good"))
    assert run.failed == ["Set up vscan"]
    assert "could not be installed" in run.annotations[-1].message
    assert run.outputs["outcome"] == "error"
    assert not list(runner.temp.glob("vscan-venv-*/complete"))


def test_the_setup_installs_the_lock_and_nothing_else(
    runner: Runner, extensions: Install, tmp_path: Path
) -> None:
    """The only test that needs a package index: with this machine's own settings of pip."""
    own = {k: v for k, v in os.environ.items() if re.match(r"(?i)PIP_|SSL_CERT|.*_PROXY$", k)}
    settings = Path.home() / ".config" / "pip" / "pip.conf"
    if settings.exists():
        own["PIP_CONFIG_FILE"] = str(settings)
    probe = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--retries=0"]
    version = re.findall(r"^idna==\S+", LOCK.read_text("utf-8"), re.MULTILINE)
    if subprocess.run([*probe, "-d", tmp_path, *version], check=False).returncode:
        pytest.skip("no package index answers")
    (directory,) = runner.temp.glob("vscan-venv-*")
    shutil.rmtree(directory)
    runner.variables |= own
    run = runner.run(targets=extensions("acme.good"))
    assert run.status == "success", run.log
    installed = {
        re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower()
        for path in directory.glob("lib/python*/site-packages/*.dist-info")
    }
    locked = set(re.findall(r"^([a-z0-9-]+)==", LOCK.read_text("utf-8"), re.MULTILINE))
    assert installed - {"pip", "setuptools"} == locked
    # And a second step of the job finds it.
    before = directory.stat().st_mtime_ns
    runner.variables["PIP_NO_INDEX"] = "1"
    assert runner.run(targets="extensions").status == "success"
    assert directory.stat().st_mtime_ns == before


HOSTILE = (
    "::set-env name=X::1",
    "::error::forged",
    "::add-mask::a",
    "##[error]forged",
    "%0A::error::forged",
    "](javascript:alert(1)) <img src=x onerror=alert(1)>",
    "`|` $(touch PWNED) `touch PWNED` ${IFS}",
    "line\n::error::forged\r::error::forged",
    "\u202e\u2066reversed",
    "ghadelimiter",
)


def test_hostile_names_are_inert(runner: Runner, server: Server) -> None:
    """In manifests, in folders that can't be read, and in what the service says."""
    place = runner.workspace / "ext::error::forged"
    for number, text in enumerate(HOSTILE):
        install(place, f"acme.bad{number}", displayName=text, description=text)
        folder = re.sub(r"[/\0]", "_", text)
        (place / folder).mkdir(exist_ok=True)
        (place / folder / "package.json").write_text("{", "utf-8")

    def answer(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
        number = int(name.removeprefix("bad"))
        advisory = {"id": HOSTILE[number], "title": HOSTILE[number], "severity": "critical"}
        return results(
            publisher,
            name,
            analysis_id=analysis_id,
            vulnerabilities={"critical": 1},
            advisories=(advisory,),
        )

    server.script.answer = answer
    run = runner.run(targets=place.name)
    assert run.failed == ["Gate"]
    assert run.outputs["outcome"] == "findings"
    assert run.outputs["findings-count"] == str(len(HOSTILE))
    assert {key for step in run.steps.values() for key in step.outputs} <= {
        *("python-path", "work", "restore", "save", "cache-dir", "cache-key", "cache-prefix"),
        *("data-update", "data-shared", "data-dir", "data-key", "data-prefix"),
        *("cache-hit", "cache-matched-key", "upload", "fresh"),
        *ACTION["outputs"],
    }
    for name, step in run.steps.items():
        assert step.commands == [], name
    assert all(each.message != "forged" for each in run.annotations)
    assert len(run.annotations) <= 12  # ten of the report, the notice, the gate's
    assert not any("\u202e" in text for text in (run.log, run.summary))
    assert not list(runner.place.rglob("PWNED"))
    in_code = re.sub(r"(`+).*?\1", "", run.summary)
    assert "<img" not in in_code
    assert "javascript" not in in_code


INJECTION = """--exit-zero
$(touch PWNED)"; touch PWNED; "`touch PWNED`' || touch PWNED || '${{ 1 }}*
outcome=clean
::set-output name=outcome::clean"""


@pytest.mark.parametrize("name", [name for name in ACTION["inputs"] if name != "image"])
def test_no_input_is_code(runner: Runner, extensions: Install, name: str) -> None:
    """Whatever the value, it runs nothing, adds no option, and findings are never green."""
    given = {"targets": extensions("acme.bad")} | {name.replace("-", "_"): INJECTION}
    run = runner.run(**given)
    assert run.status == "failure", run.log
    assert run.outputs["outcome"] in {"findings", "error"}
    assert run.outputs["exit-code"] in {"1", "2"}
    assert not list(runner.place.rglob("PWNED"))
    assert all(step.commands == [] for step in run.steps.values())


def test_the_summary_is_never_dropped_for_its_size(
    runner: Runner, server: Server, extensions: Install
) -> None:
    advisories = tuple(
        {"id": f"GHSA-{n}", "title": "x" * 400, "severity": "critical"} for n in range(1000)
    )

    def answer(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
        return results(
            publisher,
            name,
            analysis_id=analysis_id,
            vulnerabilities={"critical": len(advisories)},
            advisories=advisories,
        )

    server.script.answer = answer
    run = runner.run(targets=extensions(*(f"acme.bad{n}" for n in range(4))))
    assert run.outputs["findings-count"] == "4000"
    assert 900_000 < len(run.summary.encode()) < 1024 * 1024
    assert run.summary.startswith("## vscan: failed (exit code 1)")


def test_the_steps_are_in_their_order() -> None:
    assert [
        *("Find Python", "Set up vscan", "Restore cache"),
        *("Restore data", "Update data", "Save data"),
        *("Scan", "Save cache", "Upload SARIF"),
        *("Summary and annotations", "Gate"),
    ] == STEPS


def test_a_server_that_is_away_is_incomplete(runner: Runner, extensions: Install) -> None:
    with Server(Script()) as gone:
        url = gone.api_url
    runner.variables["VSCAN_API_URL"] = url
    run = runner.run(targets=extensions("acme.good"))
    assert run.steps["Gate"].code == 3
