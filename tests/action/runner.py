"""Run the ``run:`` steps of action.yml as GitHub's runner does, and play the ``uses:`` steps.

A step is bash with ``-eo pipefail`` and the runner's files and variables; conditions,
outputs, ``continue-on-error`` and workflow commands in the log are those of a runner.
What another action would do is a script of the test.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import threading
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ci.action import environment_directory
from tests.action.expressions import holds, interpolate

ROOT = Path(__file__).resolve().parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
_COMMAND = re.compile(r"^::(?P<name>[\w-]+)(?: (?P<properties>.*?))?::(?P<message>.*)$")
_KEPT = ("PATH", "LANG", "LC_ALL", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


@dataclass(frozen=True)
class Annotation:
    """One annotation, as a person would read it."""

    level: str
    message: str
    properties: Mapping[str, str]


@dataclass
class Step:
    """What became of a step."""

    outcome: str
    code: int | None = None
    log: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    annotations: list[Annotation] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)  # other than annotations


@dataclass
class Run:
    """What became of the action."""

    steps: dict[str, Step]
    outputs: dict[str, str]
    summary: str
    status: str

    @property
    def failed(self) -> list[str]:
        """Name the steps that failed the job, or would have but for ``continue-on-error``."""
        return [name for name, step in self.steps.items() if step.outcome == "failure"]

    @property
    def annotations(self) -> list[Annotation]:
        return [each for step in self.steps.values() for each in step.annotations]

    @property
    def log(self) -> str:
        return "\n".join(step.log for step in self.steps.values())

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(Path(self.outputs["json-file"]).read_text("utf-8"))
        return report

    @property
    def sarif(self) -> dict[str, Any]:
        path = Path(self.outputs["sarif-file"])
        run: dict[str, Any] = json.loads(path.read_text("utf-8"))["runs"][0]
        return run


class Runner:
    """One job on one machine: its directories, its variables, and what other actions do."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.home, self.workspace, self.temp = (
            place / name for name in ("home", "work space", "temp")
        )
        for directory in (self.home, self.workspace, self.temp):
            directory.mkdir(parents=True)
        self.python = sys.executable
        self.variables: dict[str, str] = {}
        self.event: dict[str, Any] = {}
        self.event_name = "push"
        self.upload = "success"  # what becomes of an upload
        self.uploaded: list[dict[str, Any]] = []
        self.stored: dict[str, Path] = {}  # caches by key, in the order of their making
        self.during: dict[str, Callable[[subprocess.Popen[bytes]], None]] = {}
        prepare_environment(self.temp)

    def run(self, **inputs: str) -> Run:
        """Run the action. Inputs have underscores for hyphens."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() <= ACTION["inputs"].keys()
        defaults = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
        defaults["data"] = "none"  # there is no network, unless a test says otherwise
        contexts: dict[str, Any] = {"inputs": defaults | given, "steps": {}}
        steps: dict[str, Step] = {}
        status, summaries = "success", []
        for described in ACTION["runs"]["steps"]:
            name = described["name"]
            if holds(described.get("if"), contexts, status):
                files = Path(tempfile.mkdtemp(prefix="_runner_file_commands_", dir=self.temp))
                if "uses" in described:
                    step = self._play(described, contexts)
                else:
                    step = self._execute(described, contexts, files)
                    summaries.append(_read(files / "summary"))
            else:
                step = Step("skipped")
            steps[name] = step
            tolerated = described.get("continue-on-error", False)
            if step.outcome == "failure" and not tolerated:
                status = "failure"
            if "id" in described:
                contexts["steps"][described["id"]] = {
                    "outputs": step.outputs,
                    "outcome": step.outcome,
                    "conclusion": "success" if tolerated else step.outcome,
                }
        outputs = {
            name: interpolate(each["value"], contexts) for name, each in ACTION["outputs"].items()
        }
        return Run(steps, outputs, "".join(summaries), status)

    def _execute(self, described: dict[str, Any], contexts: Any, files: Path) -> Step:
        script = files / "script.sh"
        script.write_text(described["run"], "utf-8")
        assert described["shell"] == "bash"
        variables = {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            "HOME": str(self.home),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_EVENT_NAME": self.event_name,
            "GITHUB_EVENT_PATH": str(self._event()),
            "GITHUB_RUN_ID": "77",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_TOKEN": "ghs_not_for_a_scanner",
            "RUNNER_TEMP": str(self.temp),
            "RUNNER_OS": "Linux",
            **self.variables,
            **{k: interpolate(v, contexts) for k, v in described.get("env", {}).items()},
        }
        for name in ("OUTPUT", "STEP_SUMMARY", "ENV", "PATH", "STATE"):
            path = files / {"STEP_SUMMARY": "summary"}.get(name, name.lower())
            path.touch()
            variables[f"GITHUB_{name}"] = str(path)
        process = subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.workspace,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        watch = self.during.get(described.get("id", ""))
        if watch is not None:
            threading.Thread(target=watch, args=(process,), daemon=True).start()
        log = process.communicate(timeout=120)[0].decode("utf-8")
        # Nothing of ours changes the job around it.
        assert [_read(files / name) for name in ("env", "path", "state")] == ["", "", ""]
        step = Step(
            "success" if process.returncode == 0 else "failure",
            process.returncode,
            log,
            parse_outputs(_read(files / "output")),
        )
        killed = (
            process.returncode < 0
        )  # whose end of the log is missing; the next step has its own
        step.annotations, step.commands = parse_log(log, whole=not killed)
        return step

    def _event(self) -> Path:
        path = self.place / "event.json"
        path.write_text(json.dumps(self.event), "utf-8")
        return path

    def _play(self, described: dict[str, Any], contexts: Any) -> Step:
        given = {k: interpolate(v, contexts) for k, v in described.get("with", {}).items()}
        match described["uses"].partition("@")[0]:
            case "actions/setup-python":
                return Step("success", outputs={"python-path": self.python})
            case "actions/cache/restore":
                return self._restore(given)
            case "actions/cache/save":
                assert given["key"] not in self.stored, "keys can't be overwritten"
                copy = self.place / "stored" / given["key"]
                shutil.copytree(given["path"], copy)
                self.stored[given["key"]] = copy
                return Step("success")
            case "github/codeql-action/upload-sarif":
                content = json.loads(Path(given["sarif_file"]).read_text("utf-8"))
                self.uploaded.append(content)
                return Step(self.upload)
        raise AssertionError(described["uses"])

    def _restore(self, given: Mapping[str, str]) -> Step:
        for key in reversed(self.stored):
            if key.startswith(given["restore-keys"]):
                shutil.copytree(self.stored[key], given["path"], dirs_exist_ok=True)
                return Step("success", outputs={"cache-hit": "false", "cache-matched-key": key})
        return Step("success", outputs={"cache-hit": ""})


def _read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def prepare_environment(temp: Path) -> None:
    """Lay out the environment that the set-up step finds, with the libraries of this one."""
    directory = environment_directory(temp)
    venv.create(directory, symlinks=True, with_pip=False)
    (site,) = directory.glob("lib/python*/site-packages")
    ours = sysconfig.get_path("purelib")
    (site / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n", "utf-8")
    (directory / "complete").touch()


def parse_outputs(text: str) -> dict[str, str]:
    """Read the file of outputs as the runner does; fails for one that it would refuse."""
    outputs: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if heredoc < 0 or 0 <= equals < heredoc:
            name, _, outputs[name] = line.partition("=")
            continue
        name, _, delimiter = line.partition("<<")
        value = []
        for each in lines:
            if each == delimiter:
                break
            value.append(each)
        else:
            raise AssertionError(f"{name} is not ended")
        assert name not in outputs
        outputs[name] = "\n".join(value)
    return outputs


def parse_log(log: str, *, whole: bool = True) -> tuple[list[Annotation], list[str]]:
    """Find the workflow commands in a log, but for where they are stopped."""
    annotations, commands, stopped = [], [], ""
    for raw in re.split(r"\r\n|\r|\n", log):
        line = raw.lstrip()
        if stopped:
            if line == f"::{stopped}::":
                stopped = ""
            continue
        match = _COMMAND.match(line)
        if "##[" in line:
            commands.append(line)
        if match is None:
            continue
        if match["name"] == "stop-commands":
            stopped = match["message"]
        elif match["name"] in {"error", "warning", "notice"}:
            pairs = (pair.partition("=") for pair in (match["properties"] or "").split(",") if pair)
            properties = {key.strip(): _unescaped(value) for key, _, value in pairs}
            annotations.append(Annotation(match["name"], _unescaped(match["message"]), properties))
        else:
            commands.append(line)
    assert not (stopped and whole), "commands are still stopped at the end of the step"
    return annotations, commands


def _unescaped(text: str) -> str:
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text
