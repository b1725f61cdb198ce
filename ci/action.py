"""The steps of the GitHub Action: set up, scan, summary, gate. ``action.yml`` only calls them.

Only the gate fails because of findings. A value from outside never becomes a line of
its own in an output or in the log, and nothing is taken for green that was not looked at:
the exit code and the report must say the same.

Run as ``python -I ci/action.py STEP``, so that no file of the scanned workspace is imported.
"""

import csv
import dataclasses
import hashlib
import io
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # isolated, Python looks neither here nor in the workspace

from ci.policy_files import from_base, program_named, whole  # noqa: E402
from ci.runner import (  # noqa: E402
    Event,
    Forwarded,
    read_event,
    run,
    say,
    set_outputs,
    untrusted,
)
from vscan.advisories.database import FILE_NAME  # noqa: E402
from vscan.errors import Exit, UsageError, VscanError  # noqa: E402
from vscan.safe_text import sanitize  # noqa: E402
from vscan.settings.config_file_reading import load  # noqa: E402
from vscan.settings.directories import default_config_file  # noqa: E402

LOCK = ROOT / "requirements.txt"
# Reports by format: their names in the output directory.
REPORTS = {
    "json": "vscan.json",
    "sarif": "vscan.sarif",
    "html": "vscan.html",
    "csv": "vscan.csv",
    "markdown": "vscan.md",
    "junit": "vscan-junit.xml",
}
_SUMMARY, _ANNOTATIONS = "summary.md", "annotations.txt"
SEVERITIES = ("critical", "high", "medium", "low", "info")  # the worst first
MAX_SUMMARY_BYTES = 1024 * 1024  # GitHub drops a step's summary beyond it, whole
# Inputs that are options of vscan, which checks them itself.
_OPTIONS = (
    *("fail-on", "fail-on-risk", "min-score"),
    *("workers", "delay", "cache-max-age", "log-level"),
)
# What decides a verdict and is read from the base commit; as variables they would go past that.
_POLICY_VARIABLES = {
    "VSCAN_CONFIG": "config",
    "VSCAN_IGNORE_FILE": "ignore-file",
    "VSCAN_BASELINE": "baseline",
}
# Of this machine, and without a meaning in a container.
_LOCAL_VARIABLES = {
    "VSCAN_CACHE_DIR",
    "VSCAN_DATA_DIR",
    "VSCAN_EXTENSIONS_DIR",
    "VSCAN_LOG_FILE",
    "VSCAN_OUTPUT",
}
_NETWORK_VARIABLES = {"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"}
# What a scanner has no use for: where to write to the runner, and what opens its services.
_WITHHELD = re.compile(
    r"PYTHON.*|INPUT_.*|ACTIONS_.*|GITHUB_(TOKEN|OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)|WORK|RESTORED"
)
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@-]{0,500}")
_BY_DIGEST = re.compile(r"(.+@)?sha256:[0-9a-f]{64}")
_CATEGORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/ -]{0,99}")
_ANNOTATION = re.compile(r"::(error|warning|notice)( [^\r\n]*?)?::[^\r\n]*")
_NOT_OF_VSCAN = {
    125: "the container engine could not run the image",
    126: "the command can't be run",
    127: "the command was not found",
    137: "it was killed, perhaps for want of memory",
}


@dataclass(frozen=True)
class Inputs:
    """The inputs, read and checked. What vscan checks itself is still text."""

    targets: tuple[str, ...]
    extensions_dir: tuple[str, ...]
    fetch: tuple[str, ...]
    sources: tuple[str, ...]
    options: Mapping[str, str]  # of vscan, by name
    fail_on_incomplete: bool
    ignore_file: str
    baseline: str
    config: str
    policy_from: str
    parallel: bool
    cache: bool
    data: str  # update, none, or a directory
    image: str
    formats: tuple[str, ...]
    output_dir: str
    upload_sarif: str
    category: str
    summary: bool
    annotations: bool


@dataclass(frozen=True)
class Result:
    """How the scan ended, for the steps after it."""

    outcome: str
    exit_code: int
    reasons: tuple[str, ...]
    upload: bool = False
    upload_note: str = ""
    notes: tuple[str, ...] = ()


def main() -> int:
    """Run a step. Its exit code is the step's."""
    steps = {"setup": setup, "data": data, "scan": scan, "summary": summary, "gate": gate}
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        return steps[sys.argv[1]]()
    except (VscanError, OSError) as error:
        message = error.message if isinstance(error, VscanError) else str(error)
        hint = error.hint if isinstance(error, VscanError) else ""
        say("error", f"{sanitize(message, 1000)}{f' ({sanitize(hint)})' if hint else ''}")
        return int(Exit.ERROR)


# Set up


def setup() -> int:
    """Check the inputs, make a place to work, and an environment with what vscan needs."""
    inputs = read_inputs(os.environ)
    event = read_event()
    temporary = Path(os.environ["RUNNER_TEMP"])
    work = Path(tempfile.mkdtemp(prefix="vscan-", dir=temporary))
    if inputs.image:
        find("docker")
        if not _BY_DIGEST.fullmatch(inputs.image):
            say("warning", "The input image has no digest, so what runs may change.")
        python = ""
    else:
        python = str(environment(temporary))
    # A fork's run has no secret to check a cache with, and whoever poisons one wins the scan.
    distrusted = event.fork and not os.environ.get("VSCAN_CACHE_KEY")
    shared = inputs.cache and not distrusted
    cache = (temporary if shared else work) / "vscan-cache"
    if inputs.cache:
        cache.mkdir(exist_ok=True)
    if inputs.cache and distrusted:
        print("The cache starts empty: this is a fork's pull request without VSCAN_CACHE_KEY.")
    prefix = f"vscan-v1-{os.environ.get('RUNNER_OS', 'unknown')}-"
    run = f"{os.environ.get('GITHUB_RUN_ID', '0')}-{os.environ.get('GITHUB_RUN_ATTEMPT', '1')}"
    update = inputs.data == "update" and "offline" in (inputs.sources or ("offline",))
    # Nothing seals the data: a fork's run takes none that another run may have left.
    data_shared = update and inputs.cache and not event.fork
    data_place = data_directory(inputs, event, (temporary if data_shared else work) / "vscan-data")
    if update and data_place is not None:
        data_place.mkdir(exist_ok=True)
    data_prefix = f"vscan-data-v1-{os.environ.get('RUNNER_OS', 'unknown')}-"
    data_key = f"{data_prefix}{datetime.now(UTC):%Y-%m-%d}"
    state = {
        "inputs": dataclasses.asdict(inputs),
        "python": python,
        "cache": str(cache),
        "data": str(data_place or ""),
        "data_key": data_key,
    }
    _write(work / "state.json", json.dumps(state))
    set_outputs(
        {
            "work": str(work),
            "restore": _word(shared),
            "save": _word(shared),
            "cache-dir": str(cache),
            # Keys can't be overwritten: jobs of a matrix, and steps of a job, need their own.
            "cache-key": f"{prefix}{run}-{secrets.token_hex(4)}",
            "cache-prefix": prefix,
            "data-update": _word(update),
            "data-shared": _word(data_shared),
            "data-dir": str(data_place or ""),
            "data-key": data_key,
            "data-prefix": data_prefix,
        }
    )
    return 0


def data_directory(inputs: Inputs, event: Event, own: Path) -> Path | None:
    """Say where the public data is; ``None``: wherever vscan looks for it itself."""
    if inputs.data == "update":
        return own
    if inputs.data == "none":
        return None
    workspace = Path(os.path.normpath(os.environ["GITHUB_WORKSPACE"]))
    place = whole(inputs.data, workspace)
    inside = Path(os.path.realpath(place)).is_relative_to(os.path.realpath(workspace))
    distrusted = event.proposal and inputs.policy_from != "workspace"
    if distrusted and (inside or place.is_relative_to(workspace)):
        raise UsageError(
            "the input data is in the workspace, whose files a pull request's author writes",
            hint="name a directory outside of it, or use policy-from: workspace",
        )
    return place


class Read:
    """Reads inputs from the environment; ``UsageError`` for one that can't be used."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str) -> str:
        """Read a text; an input that is empty is one that is not given."""
        return self._variables.get(f"INPUT_{name.upper().replace('-', '_')}", "").strip()

    def choice(self, name: str, *words: str) -> str:
        """Read one of a few words, of which the first is the default."""
        word = self.text(name).lower() or words[0]
        if word not in words:
            raise UsageError(
                f"the input {name} is {sanitize(word, 80)!r}; use {' or '.join(words)}"
            )
        return word

    def flag(self, name: str) -> bool:
        """Read true or false. True is the default of each."""
        return self.choice(name, "true", "false") == "true"

    def words(self, name: str) -> tuple[str, ...]:
        """Read what commas, spaces and lines part."""
        return tuple(part for part in re.split(r"[,\s]+", self.text(name)) if part)

    def lines(self, name: str) -> tuple[str, ...]:
        """Read one value a line: in a path, any other character may stand for itself."""
        return tuple(line.strip() for line in self.text(name).splitlines() if line.strip())


def read_inputs(variables: Mapping[str, str]) -> Inputs:
    """Read and check the inputs."""
    read = Read(variables)
    for variable, name in _POLICY_VARIABLES.items():
        if variables.get(variable):
            raise UsageError(f"the variable {variable} is set", hint=f"use the input {name}")
    formats = read.words("formats")
    for each in formats:
        if each not in REPORTS:
            raise UsageError(
                f"the input formats has {sanitize(each, 80)!r}; use {', '.join(REPORTS)}"
            )
    image, category = read.text("image"), read.text("category") or "vscan"
    if image and not _IMAGE.fullmatch(image):
        raise UsageError("the input image is no name of an image")
    if not _CATEGORY.fullmatch(category) or category.endswith("/"):
        raise UsageError("the input category is to be letters, digits and . _ : / -")
    return Inputs(
        targets=read.lines("targets"),
        extensions_dir=read.lines("extensions-dir"),
        fetch=read.words("fetch"),
        sources=read.words("sources"),
        options={name: read.text(name) for name in _OPTIONS if read.text(name)},
        fail_on_incomplete=read.flag("fail-on-incomplete"),
        ignore_file=read.text("ignore-file"),
        baseline=read.text("baseline"),
        config=read.text("config"),
        policy_from=read.choice("policy-from", "base", "workspace"),
        parallel=read.flag("parallel"),
        cache=read.flag("cache"),
        data=read.text("data") or ("none" if variables.get("VSCAN_DATA_DIR") else "update"),
        image=image,
        formats=formats,
        output_dir=read.text("output-dir"),
        upload_sarif=read.choice("upload-sarif", "auto", "true", "false"),
        category=category,
        summary=read.flag("summary"),
        annotations=read.flag("annotations"),
    )


def environment_directory(temporary: Path) -> Path:
    """Name the environment after everything that it depends on."""
    basis = LOCK.read_bytes() + f"\n{sys.version}\n{sys.platform}\n{sys.prefix}".encode()
    return temporary / f"vscan-venv-{hashlib.sha256(basis).hexdigest()[:16]}"


def python_of(directory: Path) -> Path:
    """Find the interpreter of an environment."""
    return directory / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def environment(temporary: Path) -> Path:
    """Install what the lock file names, and nothing else, or find that done. Its interpreter."""
    directory = environment_directory(temporary)
    python, done = python_of(directory), directory / "complete"
    if done.exists():
        return python
    commands = (
        [sys.executable, "-I", "-m", "venv", "--clear", str(directory)],
        [
            *(str(python), "-I", "-m", "pip", "install", "--quiet", "--no-input"),
            *("--disable-pip-version-check", "--no-deps", "--require-hashes"),
            *("--only-binary", ":all:", "-r", str(LOCK)),
        ],
    )
    for command in commands:
        with untrusted():
            code = subprocess.run(command, cwd=temporary, check=False).returncode
        if code:
            raise VscanError(
                "what vscan needs could not be installed: see the lines above",
                hint="is the package index reachable? pip's own variables, PIP_*, are obeyed",
            )
    done.touch()
    return python


# Public data


def data() -> int:
    """Fetch the public data, unless it is of today. Fails nothing: vscan judges what it has."""
    forward = Forwarded()
    work = Path(os.environ["WORK"])
    state = read_json(work / "state.json")
    inputs: Inputs = _revived(Inputs, state["inputs"])
    if os.environ.get("RESTORED") == state["data_key"]:
        print("The public data is of today, from the cache.")
        return 0
    place = Path(state["data"])
    command = [state["python"], "-P", "-s", "-m", "vscan"]
    variables = child_variables()
    if inputs.image:
        command, variables = in_container(inputs.image, (), [place]), dict(os.environ)
    code, said = run([*command, "db", "update", f"--data-dir={place}"], variables, work, forward)
    if code:
        note = "The public data could not be updated whole; the scan uses what there is."
        text = " ".join((note, *said))
        say("warning", text)
        _write(work / "data.json", json.dumps({"note": text}))
    set_outputs({"updated": _word(not code)})
    return 0


# Scan


def scan() -> int:
    """Scan and write the outputs. Fails only where it could not do that: the gate judges."""
    forward = Forwarded()
    work = Path(os.environ["WORK"])
    state = read_json(work / "state.json")
    inputs: Inputs = _revived(Inputs, state["inputs"])
    event = read_event()
    reports: dict[str, Path] = {}
    report: dict[str, Any] = {}
    try:
        workspace = Path(os.path.normpath(os.environ["GITHUB_WORKSPACE"]))
        reports = prepare_reports(inputs, workspace, work)
        policy, notes = read_policy(inputs, event, workspace, work)
        outputs = [*reports.items(), *private_reports(inputs, work)]
        cache = Path(state["cache"])
        targets = chosen_targets(inputs, policy, workspace)
        known = found_data(state["data"], inputs)
        arguments = build_arguments(inputs, outputs, cache, policy)
        if event.proposal:
            # Whoever wrote the branch may have made them, to what is only on this machine. As a
            # variable, since an image of an earlier version knows no such option, and follows none.
            os.environ.setdefault("VSCAN_LINKS", "refuse")
        arguments += [f"--data-dir={known}"] if known is not None else []
        arguments += ["--", *targets]
        command = [state["python"], "-P", "-s", "-m", "vscan"]
        variables = child_variables()
        if inputs.image:
            written = {path.parent for _, path in outputs} | ({cache} if inputs.cache else set())
            seen = [*map(Path, targets), *policy.values(), *([known] if known is not None else [])]
            command, variables = in_container(inputs.image, seen, written), dict(os.environ)
        print("vscan", *(sanitize(part, 300) for part in arguments))
        code, said = run([*command, *arguments], variables, workspace, forward)
        report = read_json(reports["json"])
        result = conclude(code, report, said)
        note = read_json(work / "data.json").get("note", "")
        result = dataclasses.replace(result, notes=(*notes, note) if note else notes)
    except UsageError as error:
        hint = f" ({error.hint})" if error.hint else ""
        result = Result("error", int(Exit.ERROR), (sanitize(f"{error.message}{hint}", 1000),))
        print(f"Error: {result.reasons[0]}")
    if "sarif" in reports:
        withheld = finish_sarif(result, inputs, event, reports["sarif"])
        due = inputs.upload_sarif != "false"
        result = dataclasses.replace(
            result, upload=due and not withheld, upload_note=withheld if due else ""
        )
    _write(work / "result.json", json.dumps(dataclasses.asdict(result)))
    set_outputs(
        {
            **counts(report if result.outcome != "error" else {}),
            "outcome": result.outcome,
            "exit-code": str(result.exit_code),
            "upload": _word(result.upload),
            "cache-hit": _word(bool(os.environ.get("RESTORED"))),
            "json-file": _existing(reports.get("json")),
            "sarif-file": _existing(reports.get("sarif")),
        }
    )
    return 0


def found_data(place: str, inputs: Inputs) -> Path | None:
    """Say which data vscan is told to use; without any of ours it looks for others itself."""
    if not place or (inputs.data == "update" and not (Path(place) / FILE_NAME).is_file()):
        return None
    return Path(place)


def _existing(path: Path | None) -> str:
    return str(path) if path is not None and path.is_file() else ""


def prepare_reports(inputs: Inputs, workspace: Path, work: Path) -> dict[str, Path]:
    """Say where each report goes, and remove earlier ones: they would pass for this run's."""
    directory = work / "reports"
    if inputs.output_dir:
        directory = whole(inputs.output_dir, workspace)
        real, root = Path(os.path.realpath(directory)), Path(os.path.realpath(workspace))
        if directory.is_relative_to(workspace) and not real.is_relative_to(root):
            raise UsageError("the input output-dir leads out of the workspace through a link")
    formats = ["json", *inputs.formats]
    if inputs.upload_sarif != "false":
        formats.append("sarif")
    reports = {name: directory / REPORTS[name] for name in formats}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for path in reports.values():
            path.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or "it is no path"
        raise UsageError(f"the input output-dir can't be used: {reason.lower()}") from None
    return reports


def private_reports(inputs: Inputs, work: Path) -> list[tuple[str, Path]]:
    """Say where what the next steps read goes."""
    place = work / "private"
    place.mkdir()
    outputs = [("markdown", place / _SUMMARY)] if inputs.summary else []
    return [*outputs, *([("github", place / _ANNOTATIONS)] if inputs.annotations else [])]


def read_policy(
    inputs: Inputs, event: Event, workspace: Path, work: Path
) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Find the policy files, by option. In a pull request they are the base commit's.

    A config file may name the other two, beside itself: they are found here, so that the
    same holds for them.
    """
    trusted = not event.proposal or inputs.policy_from == "workspace"
    notes = []

    def find_file(named: str) -> Path:
        path = whole(named, workspace)
        if trusted:
            return path
        copy = from_base(path, workspace, event.base, work / "policy")
        if copy != path:
            notes.append(f"{sanitize(named, 200)}: from the base commit {event.base[:12]}.")
        return copy

    policy = {}
    own = default_config_file()
    # The user's own file is in the workspace where that is the home directory.
    config_name = inputs.config or (str(own) if own is not None and own.is_file() else "")
    if config_name:
        policy["config"] = find_file(config_name)
    config = policy.get("config")
    settings = load(config).values
    for option, named in (("ignore-file", inputs.ignore_file), ("baseline", inputs.baseline)):
        chosen = named or settings.get(option.replace("-", "_"))
        if not chosen:
            continue
        if not named and config and Path(chosen).is_relative_to(config.parent):
            # Beside the copy is where it would lie in the commit that the copy is from.
            chosen = whole(config_name, workspace).parent / Path(chosen).relative_to(config.parent)
        policy[option] = find_file(str(chosen))
    return policy, tuple(notes)


def chosen_targets(inputs: Inputs, policy: Mapping[str, Path], workspace: Path) -> list[str]:
    """Name what is scanned: without targets the workspace, and directories of extensions."""
    named = inputs.targets or (str(workspace),)
    targets = [str(whole(target, workspace)) for target in (*named, *inputs.extensions_dir)]
    return [*targets, *([] if inputs.targets else configured_targets(inputs, policy, workspace))]


def configured_targets(inputs: Inputs, policy: Mapping[str, Path], workspace: Path) -> list[str]:
    """Name the directories of a config file: beside its copy there are none."""
    copy = policy.get("config")
    if copy is None or not inputs.config:
        return []
    named = [Path(each) for each in load(copy).values.get("extensions_dir", ())]
    place = whole(inputs.config, workspace).parent
    return [
        str(place / each.relative_to(copy.parent) if each.is_relative_to(copy.parent) else each)
        for each in named
    ]


def build_arguments(
    inputs: Inputs,
    outputs: Iterable[tuple[str, Path]],
    cache: Path,
    policy: Mapping[str, Path],
) -> list[str]:
    """Build the command. Each value is part of its option, so that none can be an option."""
    arguments = ["scan", "--plain", "--parallel" if inputs.parallel else "--no-parallel"]
    arguments += [f"--{name}={value}" for name, value in inputs.options.items()]
    if "log-level" in inputs.options and not os.environ.get("VSCAN_LOG_FORMAT"):
        arguments.append("--log-format=json")  # off a terminal there is no log by default
    arguments += [f"--source={source}" for source in inputs.sources]
    arguments += [f"--fetch={registry}" for registry in inputs.fetch]
    arguments += [f"--{name}={path}" for name, path in policy.items()]
    arguments += [f"--output={name}={path}" for name, path in outputs]
    arguments += [f"--cache-dir={cache}"] if inputs.cache else ["--no-cache"]
    if not inputs.fail_on_incomplete:
        arguments.append("--allow-incomplete")
    return arguments


def child_variables() -> dict[str, str]:
    """Leave out what a scanner has no use for, and have Python find this checkout alone."""
    kept = {name: value for name, value in os.environ.items() if not _WITHHELD.fullmatch(name)}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def in_container(image: str, seen: Iterable[Path], written: Iterable[Path]) -> list[str]:
    """Build the command that runs an image. Paths are the same in it, so that reports are, too."""
    command = [find("docker"), "run", "--rm", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL"]
    command += ["--security-opt=no-new-privileges", "--pull=missing"]
    if hasattr(os, "getuid"):
        command.append(f"--user={os.getuid()}:{os.getgid()}")  # else reports belong to root
    for path in seen:
        if not path.exists():
            raise UsageError(f"{sanitize(str(path))} does not exist")
    mounts = dict.fromkeys(seen, True) | dict.fromkeys(written, False)
    certificates = Path(os.environ.get("REQUESTS_CA_BUNDLE", ""))
    if certificates.is_absolute() and certificates.exists():
        mounts[certificates] = True
        command.append("--env=REQUESTS_CA_BUNDLE")
    command += [f"--mount={_mount(path, read_only=alone)}" for path, alone in mounts.items()]
    for name in os.environ:
        ours = name.startswith("VSCAN_") and name not in _LOCAL_VARIABLES
        if ours or name.upper() in _NETWORK_VARIABLES or name == "GITHUB_WORKSPACE":
            command.append(f"--env={name}")  # its value does not show in the list of processes
    return [*command, image]


def _mount(path: Path, *, read_only: bool) -> str:
    """Write a mount as a line of CSV, which is how the engine reads it."""
    fields = ["type=bind", f"source={path}", f"target={path}", *(["readonly"] * read_only)]
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()


def read_json(path: Path) -> dict[str, Any]:
    """Read a report; empty where there is none that is whole."""
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def conclude(code: int, report: Mapping[str, Any], said: Iterable[str]) -> Result:
    """Make one result of the exit code and the report. They must agree, or it is an error."""
    said = tuple(said)
    decision = report.get("decision")
    decision = decision if isinstance(decision, dict) else {}
    reasons = tuple(sanitize(str(reason), 1000) for reason in decision.get("reasons", ()))
    if code not in list(Exit):
        what = _NOT_OF_VSCAN.get(code, "which is none of vscan's own")
        return Result("error", int(Exit.ERROR), (f"vscan ended with {code}: {what}.", *said))
    if code == Exit.ERROR:
        return Result("error", code, said or reasons or ("vscan failed: see its log.",))
    if code in {Exit.INTERRUPTED, Exit.TERMINATED}:
        return Result("interrupted", code, reasons or ("The run was ended early.",))
    if decision.get("exit_code") != code or not isinstance(report.get("stats"), dict):
        what = f"vscan ended with {code}, and its report does not say so."
        return Result("error", int(Exit.ERROR), (what, *said))
    return Result(str(decision.get("outcome")), code, reasons)


def counts(report: Mapping[str, Any]) -> dict[str, str]:
    """Count for the outputs; nothing is counted where there is no report."""
    names = ("highest-severity", "findings-count", "scanned-count", "failed-count", "fresh")
    stats = report.get("stats")
    if not isinstance(stats, dict):
        return dict.fromkeys(names, "")
    found = [
        str(finding.get("severity"))
        for extension in report.get("extensions", ())
        for finding in extension.get("findings", ())
        if finding.get("kind") != "posture" and not finding.get("waived")
        and not finding.get("known")
    ]  # fmt: skip
    worst = next((severity for severity in SEVERITIES if severity in found), "none")
    failed = int(stats.get("failed", 0)) + int(stats.get("unreadable", 0))
    numbers = (len(found), stats.get("scanned", 0), failed, stats.get("fresh", 0))
    return dict(zip(names, (worst, *map(str, numbers)), strict=True))


def finish_sarif(result: Result, inputs: Inputs, event: Event, path: Path) -> str:
    """Prepare the SARIF for code scanning. Says why it is not to be uploaded; "": it is.

    GitHub takes the category from the file, and knows no suppressions: what somebody has
    accepted would stay an open alert. Results that are missing close alerts, so the file of
    a run that could not look is not uploaded.
    """
    content = read_json(path)
    try:
        (described,) = content["runs"]
        described["automationDetails"] = {"id": f"{inputs.category}/"}
        results = described["results"]
        described["results"] = [each for each in results if not each.get("suppressions")]
        completed = all(each["executionSuccessful"] for each in described["invocations"])
    except (KeyError, TypeError, ValueError, AttributeError):
        with suppress(OSError):
            path.unlink()
        return "there is none of this run"
    temporary = path.with_name(f".vscan-{secrets.token_hex(8)}.tmp")
    _write(temporary, json.dumps(content))
    temporary.replace(path)
    if not completed or result.outcome in {"error", "interrupted", "nothing-to-scan"}:
        return "alerts of what could not be looked at would be closed as fixed"
    reasons = {
        f"with {sanitize(event.name, 80)}, alerts of another branch would be replaced": (
            event.beside
        ),
        "a fork's pull request may not upload": event.fork,
        "dependabot's runs may not upload": event.automated,
    }
    held_back = inputs.upload_sarif == "auto"
    return next((reason for reason, holds in reasons.items() if held_back and holds), "")


# Summary and annotations


def summary() -> int:
    """Write the job summary and the annotations, and say once why nothing was uploaded."""
    work = Path(os.environ["WORK"])
    state = json.loads((work / "state.json").read_text("utf-8"))["inputs"]
    result = read_result(work)
    note = upload_note(result)
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if state["summary"] and place:
        summarise(work, result, note, Path(place))
    with suppress(OSError):
        for line in (work / "private" / _ANNOTATIONS).read_text("utf-8").split("\n")[:20]:
            if _ANNOTATION.fullmatch(line):
                print(line)
    if note and state["annotations"]:
        say("notice", note)
    elif note:
        print(note)
    return 0


def upload_note(result: Result) -> str:
    """Say what became of the upload, where there was to be one and none came about."""
    if result.upload_note:
        return f"SARIF was not uploaded: {result.upload_note}."
    if result.upload and os.environ.get("UPLOADED") != "success":
        return (
            "SARIF was not uploaded. The job needs the permission `security-events: write`, and a"
            " private repository needs code scanning; `upload-sarif: false` leaves it out."
        )
    return ""


def summarise(work: Path, result: Result, note: str, path: Path) -> None:
    """Append what vscan wrote for people; never more than GitHub takes."""
    try:
        text = (work / "private" / _SUMMARY).read_text("utf-8")
    except OSError:
        text = f"## vscan: {result.outcome} (exit code {result.exit_code})\n"
        text += "".join(f"\n    {sanitize(reason, 1000)}\n" for reason in result.reasons)
    lines = [note, *result.notes]
    text += "".join(f"\n{_code(line)}\n" for line in lines if line)
    room = MAX_SUMMARY_BYTES - (path.stat().st_size if path.exists() else 0)
    if len(text.encode()) > room:
        text = f"## vscan: {result.outcome} (exit code {result.exit_code})\n\nSee the reports.\n"
    with path.open("a", encoding="utf-8", newline="\n", errors="replace") as stream:
        stream.write(text)


def _code(text: str) -> str:
    """Write a line that may contain an untrusted file name: no Markdown in it."""
    return f"`` {text.replace('`', chr(39))} ``"


# RateLimiter


def gate() -> int:
    """End with vscan's exit code, and say why."""
    work = Path(os.environ["WORK"])
    inputs = json.loads((work / "state.json").read_text("utf-8"))["inputs"]
    result = read_result(work)
    print(f"outcome: {result.outcome}, exit code: {result.exit_code}")
    for reason in result.reasons:
        print(f"  {sanitize(reason, 1000)}")
    if result.exit_code:
        hints = {
            int(Exit.INCOMPLETE): "Run again: finished verdicts are cached.",
            int(Exit.NOTHING_TO_SCAN): "Check the input targets; VSCAN_ALLOW_EMPTY=1 accepts it.",
        }
        # The outcome of an error says that it is one.
        reasons = [each.removeprefix("Error: ") for each in result.reasons[:5]]
        reasons.append(hints.get(result.exit_code, ""))
        say("error", f"{result.outcome}: {' '.join(filter(None, reasons))}")
        return result.exit_code
    if inputs["upload_sarif"] == "true" and result.upload and os.environ["UPLOADED"] != "success":
        say("error", "The upload of SARIF failed, and upload-sarif is true.")
        return int(Exit.ERROR)
    return 0


def read_result(work: Path) -> Result:
    """Read how the scan ended. A scan that left no word of it is an error."""
    content = read_json(work / "result.json")
    if not content:
        return Result("error", int(Exit.ERROR), ("The scan did not end: see its step.",))
    result: Result = _revived(Result, content)
    return result


def _revived(kind: Any, content: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any of ours
    """Read back what a step before this one wrote; JSON has no tuples."""
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in content.items()})


def find(program: str) -> str:
    """Find a program; ``UsageError`` without it."""
    path = program_named(program)
    if path is None:
        raise UsageError(f"{program} is not installed", hint="the input image needs it")
    return path


def _word(value: bool) -> str:  # noqa: FBT001 - an output
    return "true" if value else "false"


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
