"""Extensions, indexes and answers that mean harm: nothing of theirs acts, hides or hangs.

Each table is tried whole: one directory with every hostile value in every field, scanned
once for each stream and format. Formats that are added to ``FORMATS`` are tried, too.
"""

import csv
import itertools
import json
import mmap
import os
import re
import signal
import socket
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from xml.parsers import expat

import jsonschema
import pytest

from tests.builders import install, results
from tests.command import Result, command, environment, scan
from tests.other_systems import make_pipe, open_terminal
from tests.server import Body, Fault, Script, Server
from vscan.extension_files import MAX_FILE_BYTES
from vscan.report.json import schema
from vscan.settings.option_value_checks import FORMATS

Streams: TypeAlias = Mapping[str, bytes]

VALUES = {
    "clear screen": "\x1b[2J\x1b[5;45mx",
    "move up": "\x1b[3Ax",
    "title": "\x1b]0;owned\x07",
    "title, ended by ST": "\x1b]2;owned\x1b\\",
    "hyperlink": "\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "C1 sequence": "\x9b2Jx",
    "C1 title": "\x9d0;owned\x9c",
    "carriage return": "evil\rgood",
    "line feed": "x\nvscan: clean (exit 0)",
    "other ends of lines": "a\x0bb\x0cc\x85d\u2028e\u2029f",
    "null": "a\x00b",
    "bell": "a\x07b",
    "backspace": "evil\b\b\b\bgood",
    "delete": "a\x7fb",
    "workflow command": "::error::x",
    "workflow command in a line of its own": "x\r\n::stop-commands::x",
    "encoded workflow command": "%0A::error::x",
    "markup": "[red]x[/red]",
    "end of no markup": "[/]",
    "link in markup": "[link=file:///etc/passwd]x",
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "formula": "=cmd|'/c calc'!A1",
    "plus": "+1",
    "minus": "-1",
    "at": "@x",
    "override": "exe\u202egpj.\u202c",
    "isolates": "\u2066a\u2067b\u2069\u061c\u200f",
    "zero width": "a\u200b\u200c\u200d\u2060\ufeffb",
    "tags": "a\U000e0041\U000e007f",
    "surrogate": "\ud800x",
    "surrogates in the wrong order": "\udc00\ud800x",
    "private use": "a\ue000\U0010fffd",
    "way up": "../../x",
    "script address": "javascript:alert(1)",
    "Markdown link": "[x](http://evil.example)",
    "Markdown image": "![x](http://evil.example/x.png)",
    "Markdown table": "a|b`c`|d",
    "placeholders": "%s%n{0}{{7*7}}${jndi:ldap://x}$(id)`id`",
    "endless": "x" * 10_000,
    "emoji and marks": "\U0001f469\u200d\U0001f4bb e\u0301\u0302\u0303",
}
TEXTS = tuple(VALUES.values())

# What shows nothing, reorders, or is no character at all.
_NOT_INERT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# What Rich itself draws with: colours (no other attribute than bold, dim and italic), the
# cursor hidden and shown, a line erased, a line up; and a return at either end of a line.
_COLOUR = r"(?:[0-3]|3[0-79]|38;5;[0-9]{1,3})"
_DRAWN = re.compile(rf"\x1b\[(?:{_COLOUR}(?:;{_COLOUR})*m|\?25[hl]|2K|1A)")
_RETURN = re.compile(r"\r+(?=\n|\x1b\[2K|\x1b\[1A)|(?<=\n)\r")


# What must hold of every stream


def assert_inert(text: str) -> None:
    """Nothing but lines of printable characters, and none of them a command to a pipeline."""
    drives = {c for c in text if c != "\n" and unicodedata.category(c) in _NOT_INERT}
    assert not drives, sorted(map(ascii, drives))
    assert not re.search(r"^\s*::", text, re.MULTILINE)


def assert_inert_on_a_terminal(text: str) -> None:
    """Leave out Rich's own sequences; what is left drives nothing."""
    assert_inert(_DRAWN.sub("", _RETURN.sub("", text)))


def assert_inert_values(value: object) -> None:
    """Every text in parsed JSON, keys too, is one printable line of bounded length."""
    if isinstance(value, dict):
        for key, inner in value.items():
            assert_inert_values(key)
            assert_inert_values(inner)
    elif isinstance(value, list):
        for inner in value:
            assert_inert_values(inner)
    elif isinstance(value, str):
        assert_inert(value.removeprefix("::"))  # no line, but a value in one
        assert "\n" not in value
        assert len(value) <= 1000


def _json(text: str) -> None:
    assert_inert_values(json.loads(text))


def _json_lines(text: str) -> None:
    for line in text.splitlines():
        _json(line)


def _csv(text: str) -> None:
    for row in csv.reader(text.splitlines()):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@"))]


def _xml(text: str) -> None:
    expat.ParserCreate().Parse(text, True)  # noqa: FBT003 - the end


def _html(text: str) -> None:
    assert not re.search(r"<script>alert|<img src=x|href=.?javascript:", text)


def _markdown(text: str) -> None:
    # What stands in code is data, to the end of a line where the code does not end.
    text = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    outside = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", text)
    _html(outside)
    assert not re.search(r"evil|<|!\[", outside)


def _workflow(text: str) -> None:
    assert all(re.match(r"::(error|warning|notice)( |::)", line) for line in text.splitlines())


# What a format asks for beyond lines of printable characters.
STRICTER: dict[str, Callable[[str], None]] = {
    "json": _json,
    "sarif": _json,
    "log": _json_lines,
    "csv": _csv,
    "junit": _xml,
    "html": _html,
    "markdown": _markdown,
}


def assert_streams_inert(streams: Streams) -> None:
    """Check what was captured, each by the rules of its kind: ``terminal``, or a format."""
    for name, content in streams.items():
        text = content.decode()  # no surrogate is UTF-8
        if name == "terminal":
            assert_inert_on_a_terminal(text)
        elif name == "github":
            _workflow(text)
        else:
            # A page's own style has lines that begin with two colons.
            assert_inert(re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL))
            if name in STRICTER:
                STRICTER[name](text)


# What is hostile: five directories


def file_name(value: str) -> str:
    """Make of a value what can be the name of a folder."""
    kept = "".join(c for c in value if c not in "/\0" and not "\ud800" <= c <= "\udfff")
    return kept.lstrip(".").encode()[:120].decode("utf-8", "ignore")


def shown(directory: Path) -> None:
    """Put extensions that are called, describe themselves and lie as they should not."""
    for number, value in enumerate(TEXTS):
        version = f"1.0.{number}"
        fields = ("description", "license", "homepage", "icon", "publisherDisplayName", "main")
        install(directory, "acme.shown", version, displayName=value)
        install(directory, "acme.described", version, **dict.fromkeys(fields, value))
        install(directory, "acme.folder", version, folder=f"{file_name(value)}-{number}")
        install(directory, "acme.keyed", version, displayName=f"%{value}%")
        place = install(directory, "acme.looked-up", version, displayName="%title%")
        (place / "package.nls.json").write_text(json.dumps({"title": value}), "utf-8")


def named(directory: Path) -> None:
    """Put extensions whose id or version is none, in folders that are called no better."""
    for number, value in enumerate(TEXTS):
        for field in ("publisher", "name", "version"):
            install(directory, folder=f"{field}-{number}", **{field: value})
        # In this order, so that those which shall drive a terminal come first in a summary.
        install(directory, folder=f"!{number:02} {file_name(value)}", version=value)
    folder = directory / os.fsdecode(b"\xff\xfe\x9b2J-1.0.0")
    (folder / "package.json").mkdir(parents=True)


def listed(directory: Path) -> None:
    """Put an index and a list of the obsolete in which every field is hostile."""
    entries: list[dict[str, object]] = []
    marks: dict[str, bool] = {}
    for number, value in enumerate(TEXTS):
        version = f"1.0.{number}"
        install(directory, "acme.listed", version)
        right: dict[str, object] = {
            "identifier": {"id": "acme.listed"},
            "relativeLocation": f"acme.listed-{version}",
        }
        gone: dict[str, object] = {"identifier": {"id": "acme.gone"}}
        entries += [
            right | {"version": value, "metadata": {"targetPlatform": value}},
            right | {"identifier": {"id": value}},
            gone | {"relativeLocation": value, "version": value},
            gone | {"location": {"external": f"file:///x/{value}-3"}},
            gone | {"location": {"path": value}},
            gone | {"relativeLocation": f"{value}-obsolete"},
        ]
        marks |= {value: True, f"{value}-obsolete": True}
    (directory / "extensions.json").write_text(json.dumps(entries), "utf-8")
    (directory / ".obsolete").write_text(json.dumps(marks), "utf-8")


def said(directory: Path) -> None:
    """Put extensions of which the service says what it should not."""
    for number in range(len(TEXTS)):
        install(directory, f"acme.said-{number}")


def refused(directory: Path) -> None:
    """Put extensions about which the service says nothing that can be used."""
    for number, what in itertools.product(range(len(TEXTS)), ("id", "name", "error")):
        install(directory, f"acme.refused-{what}-{number}")


# How many of each status there are: scanned, failed, unreadable; and the exit code.
SCENES: dict[str, tuple[Callable[[Path], None], tuple[int, int, int], int]] = {
    "shown": (shown, (5 * len(TEXTS), 0, 0), 0),
    "named": (named, (0, 0, 4 * len(TEXTS) + 1), 3),
    "said": (said, (len(TEXTS), 0, 0), 1),
    "refused": (refused, (0, 3 * len(TEXTS), 0), 3),
}


def hostile_answer(publisher: str, name: str, analysis_id: str) -> Body:
    """Answer with the value of that number in every field that is text, else harmlessly."""
    if not name.startswith("said-"):
        return results(publisher, name, analysis_id=analysis_id)
    value = TEXTS[int(name.removeprefix("said-"))]
    advisory = dict.fromkeys(("id", "title", "range", "url", "severity"), value)
    answer = results(
        publisher, name, analysis_id=analysis_id, version=value, advisories=(advisory,),
        levels={value: "high", "permissions": "high", "obfuscation": value},
    )  # fmt: skip
    modules = answer["analysisModules"]
    modules["dependencies"]["dependencies"][0] |= {"name": value, "version": value, "type": value}
    file = {"fileName": value, "results": {"isMalicious": True, "link": f"https://x/{value}"}}
    modules["virusTotal"]["fileResults"] = [file]
    modules["permissions"]["findings"] = [value, {"title": value, "file": value}]
    modules["obfuscation"] |= {"status": value, "error": value}
    answer["extensionInfo"]["publisher"] = value
    answer["analysisTimestamp"] = value
    return answer


def refusals() -> Iterator[Fault]:
    """Refuse with hostile text: as id of the analysis, as what it is about, as an error."""
    for number, value in enumerate(TEXTS):
        other = results("acme", value) | {"analysisId": None}
        body = {"error": value, "message": value}
        headers = (("Location", "javascript:alert(1)"), ("X-Title", "\x1b]0;owned\x07"))
        yield Fault("body", "submit", f"acme.refused-id-{number}", body={"analysisId": value})
        yield Fault("body", "fetch", f"acme.refused-name-{number}", body=other)
        yield Fault(
            (302, 400, 404, 500)[number % 4],
            ("submit", "poll", "fetch")[number % 3],
            f"acme.refused-error-{number}",
            headers=headers,
            body=body,
        )


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(Script(answer=hostile_answer, faults=list(refusals()))) as running:
        yield running


@pytest.fixture(scope="module")
def directories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make every hostile directory once; scans only read."""
    root = tmp_path_factory.mktemp("hostile")
    made = {name: root / name for name in (*SCENES, "listed")}
    for name, (build, _, _) in SCENES.items():
        build(made[name])
    listed(made["listed"])
    return made


# How a scan is looked at

PROGRAM = tuple(command())
# The program as it would be if nobody made strangers' text safe.
_UNESCAPED = """
import vscan.safe_text
vscan.safe_text.sanitize = lambda text, limit=500: text
from vscan.cli import main
main()
"""
UNESCAPED = (sys.executable, "-c", _UNESCAPED)


@dataclass(frozen=True)
class Run:
    """What a scan showed, by stream."""

    code: int
    streams: dict[str, bytes]


@dataclass(frozen=True)
class Stage:
    """Where scans run: a home, what they scan, whom they ask, and which program they are."""

    home: Path
    targets: tuple[Path, ...]
    api_url: str
    program: tuple[str, ...] = PROGRAM

    def line(self, *arguments: str | Path) -> list[str]:
        fixed = ("scan", *self.targets, "--api-url", self.api_url, "--workers", "5")
        return [*self.program, *map(str, (*fixed, *arguments))]

    def environment(self) -> dict[str, str]:
        quick = {"VSCAN_DELAY": "0", "VSCAN_RETRY_DELAY": "0.01", "VSCAN_TIMEOUT": "5"}
        return environment(self.home, TERM="xterm-256color", COLUMNS="120", **quick)

    def run(self, *arguments: str | Path) -> Run:
        done = subprocess.run(
            self.line(*arguments),
            env=self.environment(),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Run(done.returncode, {"stdout": done.stdout, "stderr": done.stderr})


def _files(stage: Stage) -> tuple[list[str], dict[str, Path]]:
    """Ask for a report in every format and a log, each in a file."""
    reports = {name: stage.home / f"report.{name}" for name in FORMATS}
    options = [part for name, path in reports.items() for part in ("-o", f"{name}={path}")]
    return options, reports


def _to_files(stage: Stage, *arguments: str) -> Run:
    options, files = _files(stage)
    files["log"] = stage.home / "log"
    log = ("--log-file", files["log"], "--log-format", "json", "--log-level", "debug")
    done = stage.run(*arguments, *options, *log)
    return Run(done.code, done.streams | {name: path.read_bytes() for name, path in files.items()})


def plainly(stage: Stage) -> Run:
    """Progress in lines; reports and the log in files."""
    return _to_files(stage, "--plain")


def from_the_cache(stage: Stage) -> Run:
    """Scan again: what was remembered is shown."""
    stage.run("-q")
    return _to_files(stage, "--plain")


def with_json_on_standard_error(stage: Stage) -> Run:
    return stage.run("--log-format", "json", "-v")


def with_a_console_log(stage: Stage) -> Run:
    return stage.run("--log-format", "console", "-v")


def quietly(stage: Stage) -> Run:
    return stage.run("-q")


def as_a_dry_run(stage: Stage) -> Run:
    return stage.run("--dry-run", "-v")


def on_standard_output(name: str) -> Callable[[Stage], Run]:
    """Look at one report on standard output."""

    def view(stage: Stage) -> Run:
        done = stage.run("-q", "-o", f"{name}=-")
        return Run(done.code, {name: done.streams["stdout"]})

    return view


def on_a_terminal(stage: Stage) -> Run:
    """Both streams a terminal, as a person has it, and the log between the drawing."""
    ours, theirs = open_terminal()
    process = subprocess.Popen(
        stage.line("--log-level", "info"), env=stage.environment(), cwd=stage.home,
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # Linux's way to say that the other end is closed
        while piece := os.read(ours, 65536):
            seen += piece
    os.close(ours)
    return Run(process.wait(60), {"terminal": seen})


VIEWS: dict[str, Callable[[Stage], Run]] = {
    "plain, reports and log in files": plainly,
    "from the cache": from_the_cache,
    "JSON log": with_json_on_standard_error,
    "console log": with_a_console_log,
    "quiet": quietly,
    "dry run": as_a_dry_run,
    "terminal": on_a_terminal,
    **{f"{name} on standard output": on_standard_output(name) for name in FORMATS},
}


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_hostile_reaches_any_stream(
    tmp_path: Path, directories: dict[str, Path], server: Server, view: str
) -> None:
    done = VIEWS[view](Stage(tmp_path, tuple(directories.values()), server.api_url))

    assert done.code == (3 if view == "dry run" else 1)
    assert_streams_inert(done.streams)
    everything = b"".join(done.streams.values())
    assert b"Traceback" not in everything
    # It was there, and was made harmless: in plain, or as JSON or HTML writes it.
    marks = ("\ufffd".encode(), b"\\ufffd", b"&#65533;")
    assert any(mark in everything for mark in marks)


@pytest.mark.parametrize("name", SCENES)
def test_a_hostile_value_is_shown_or_makes_the_run_incomplete_and_is_never_lost(
    tmp_path: Path, directories: dict[str, Path], server: Server, name: str
) -> None:
    """No service is asked about an id that is none; a title is only a title, whatever it says."""
    _, expected, code = SCENES[name]

    done = hurried(tmp_path, directories[name], server.api_url)

    stats = done.stats
    assert (stats["scanned"], stats["failed"], stats["unreadable"]) == expected
    assert done.code == done.report["decision"]["exit_code"] == code
    assert done.report["run"]["incomplete"] == (code == 3)
    jsonschema.validate(done.report, schema())
    assert_inert_values(done.report)
    kinds = {failure["error_type"] for failure in done.report["failed_extensions"]}
    assert kinds <= {"unreadable", "bad-response", "not-listed", "timeout"}


def test_a_hostile_index_hides_no_extension(
    tmp_path: Path, directories: dict[str, Path], server: Server
) -> None:
    done = hurried(tmp_path, directories["listed"], server.api_url)

    assert done.code == 3
    assert {e["id"] for e in done.report["extensions"] if e["status"] == "scanned"} == {
        "acme.listed"
    }
    assert done.stats["scanned"] == len(TEXTS)
    reasons = [failure["error_message"] for failure in done.report["failed_extensions"]]
    broken = [reason for reason in reasons if "has no valid identifier.id" in reason]
    called = [reason for reason in reasons if "extensions.json calls it both" in reason]
    assert len(broken) + len(called) == len(TEXTS)
    assert sum("there is no such folder" in reason for reason in reasons) >= len(TEXTS)
    assert {item["reason"] for item in done.report["not_scanned"]} == {"obsolete"}
    jsonschema.validate(done.report, schema())
    assert_inert_values(done.report)


@pytest.mark.parametrize("first", range(0, len(TEXTS), 5))
def test_a_quiet_scan_names_hostile_folders_harmlessly(tmp_path: Path, first: int) -> None:
    directory = tmp_path / "extensions"
    for number, value in enumerate(TEXTS[first : first + 5]):
        install(directory, folder=f"{file_name(value)}-{number}", version=value)

    done = Stage(tmp_path, (directory,), "http://127.0.0.1:9").run("-q")

    assert done.code == 3
    assert_streams_inert(done.streams)
    lines = done.streams["stdout"].decode().splitlines()
    failures = "".join(line for line in lines if line.startswith("  missing   "))
    assert all(f"-{number}" in failures for number in range(len(TEXTS[first : first + 5])))
    assert lines[-1].startswith("vscan: incomplete")


def hurried(home: Path, directory: Path, api_url: str) -> Result:
    return scan(home, directory, "--api-url", api_url, "--workers", "5", VSCAN_TIMEOUT="5")


COMMANDS = (
    "##vso[task.complete result=Succeeded;]",
    "##[add-mask]e",
    "##[stop-commands]x",
    "##teamcity[buildStatus status='SUCCESS']",
)


@pytest.mark.parametrize("view", ["JSON log", "console log", "quiet", "dry run"])
def test_the_name_of_a_folder_is_no_command_to_a_pipeline_wherever_it_stands_in_a_line(
    tmp_path: Path, view: str
) -> None:
    """The agents of Azure, GitHub and TeamCity look for these in the middle of a line, too."""
    for name in COMMANDS:
        (tmp_path / "extensions" / name / "package.json").mkdir(parents=True)

    done = VIEWS[view](Stage(tmp_path, (tmp_path / "extensions",), "http://127.0.0.1:9"))

    assert done.code == 3
    assert not re.search(rb"##\w*\[", b"".join(done.streams.values()))


# What the command line itself is given

_ARGUMENT = "\x1b]0;owned\x07\u202e\udcffx"


@pytest.mark.parametrize(
    "arguments",
    [
        (f"--{_ARGUMENT}",),
        (_ARGUMENT,),
        ("--workers", _ARGUMENT),
        ("--delay", _ARGUMENT),
        ("--fail-on", _ARGUMENT),
        ("--source", _ARGUMENT),
        ("--api-url", f"https://{_ARGUMENT}"),
        ("--include-ids", _ARGUMENT),
        ("-o", _ARGUMENT),
        ("-o", f"json={_ARGUMENT}"),
        ("--log-file", f"/dev/null/{_ARGUMENT}"),
        ("--log-file", _ARGUMENT),
    ],
    ids=lambda arguments: arguments[0].partition("\x1b")[0],
)
def test_an_error_message_repeats_a_hostile_argument_harmlessly(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """A pattern of the shell makes arguments of whatever lies in the working directory."""
    (tmp_path / _ARGUMENT / "package.json").mkdir(parents=True)
    target = () if arguments[0] == _ARGUMENT else (tmp_path,)
    if not target:
        (tmp_path / _ARGUMENT / "package.json").rmdir()
        (tmp_path / _ARGUMENT).rmdir()

    done = Stage(tmp_path, target, "http://127.0.0.1:9").run(*arguments)

    assert done.code == 2
    assert_streams_inert(done.streams)
    assert b"Traceback" not in done.streams["stderr"]


def test_the_name_of_a_target_is_inert_in_every_stream(tmp_path: Path, server: Server) -> None:
    target = tmp_path / _ARGUMENT
    install(target)

    done = plainly(Stage(tmp_path, (target,), server.api_url))

    assert done.code == 0
    assert_streams_inert(done.streams)


# Shapes

NEIGHBOUR = "acme.neighbour"
LIMIT = MAX_FILE_BYTES
Make: TypeAlias = Callable[[Path], object]


def manifest(**fields: object) -> bytes:
    right = {"publisher": "acme", "name": "shape", "version": "1.0.0"}
    return json.dumps(right | fields, ensure_ascii=False).encode()


def holding(content: bytes, name: str = "package.json") -> Make:
    """Make a folder whose manifest, or another file beside a right one, has this content."""

    def make(place: Path) -> None:
        place.mkdir()
        (place / "package.json").write_bytes(manifest(displayName="%title%"))
        (place / name).write_bytes(content)

    return make


def with_instead(make: Make, name: str = "package.json") -> Make:
    """Make a folder in which something else stands for the manifest."""

    def make_folder(place: Path) -> None:
        place.mkdir()
        (place / "package.json").write_bytes(manifest(displayName="%title%"))
        (place / name).unlink(missing_ok=True)
        make(place / name)

    return make_folder


def linking(to: str) -> Make:
    return lambda path: path.symlink_to(to)


def sized(size: int) -> Make:
    def make(path: Path) -> None:
        path.touch()
        os.truncate(path, size)

    return make


def listening(path: Path) -> None:
    """Make a socket; a name that is relative may lie as deep as it likes."""
    before = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(before)


def device(path: Path) -> None:
    """Make a device that never ends, or, without the right to, what is refused likewise."""
    try:
        os.mknod(path, 0o20666, os.makedev(1, 5))
    except OSError:
        make_pipe(path)


DEEP = 100_000
INSTEAD: dict[str, Make] = {
    "a pipe": make_pipe,
    "a socket": listening,
    "a device": device,
    "a directory": Path.mkdir,
    "a link to a device": linking("/dev/zero"),
    "a link out": linking("/etc/passwd"),
    "a link to itself": linking("package.json"),
    "a link to a neighbour": linking(f"../{NEIGHBOUR}-1.0.0/package.json"),
    "a file over 16 MiB": sized(LIMIT + 1),
    "a terabyte of nothing": sized(1 << 40),
}
UNREADABLE: dict[str, tuple[Make, str]] = {
    **{name: (with_instead(make), "package.json") for name, make in INSTEAD.items()},
    "open lists": (holding(b"[" * DEEP), "nested too deeply"),
    "lists": (holding(b"[" * DEEP + b"]" * DEEP), "nested too deeply"),
    "objects": (holding(b'{"a":' * DEEP + b"1" + b"}" * DEEP), "nested too deeply"),
    "lists in a field": (
        holding(b'{"x":' + b"[" * DEEP + b"]" * DEEP + b"," + manifest()[1:]),
        "nested too deeply",
    ),
    "an endless number": (
        holding(b'{"x":' + b"9" * 10_000 + b"," + manifest()[1:]),
        "not valid JSON",
    ),
    "an endless line": (holding(b" " * LIMIT), "not valid JSON"),
    "no UTF-8 in the name": (
        holding(manifest().replace(b"shape", b"\xff\xfe")),
        "no service can be asked",
    ),
    "half of a UTF-16": (holding(manifest().decode().encode("utf-16")[:-4]), "not valid JSON"),
    "every byte": (holding(bytes(range(256))), "not valid JSON"),
    "nothing": (holding(b""), "not valid JSON"),
    "a list": (holding(b"[]"), "not an object"),
    "an infinity": (holding(b"-Infinity"), "not an object"),
    "an id twice": (
        holding(manifest()[:-1] + b',"name":"../x"}'),  # the last one counts
        "no service can be asked",
    ),
    "a folder that is a pipe": (make_pipe, "not a folder"),
    "a folder that is a socket": (listening, "not a folder"),
    "a folder that links to itself": (
        lambda path: path.symlink_to(path.name),
        "links form a circle",
    ),
    "a folder that links to the root": (linking("/"), "links back to the directory"),
    "a folder that links to a file": (linking("/etc/passwd"), "not a folder"),
    "a folder that links to a device": (linking("/dev/zero"), "not a folder"),
    "a folder that links nowhere": (linking("../nowhere"), "broken link"),
    os.fsdecode(b"no UTF-8 \xff\xfe"): (with_instead(Path.mkdir), "not a regular file"),
}
_NUMBERS = b'{"a":NaN,"b":-Infinity,"c":1e999,"d":' + b"9" * 4000 + b","
READABLE: dict[str, Make] = {
    "many dependencies": holding(
        manifest(
            dependencies={f"left-pad-{n}": "*" for n in range(5000)},
            extensionDependencies=[f"acme.x-{n}" for n in range(5000)],
            extensionPack=["../../x"] * 5000,
        )
    ),
    "a folder that links out": linking("../elsewhere"),
    "many keys": holding(manifest(**{f"key {n}": n for n in range(DEEP)})),
    "16 MiB": holding(manifest().ljust(LIMIT)),
    "a byte-order mark": holding(b"\xef\xbb\xbf" + manifest()),
    "UTF-16": holding(manifest().decode().encode("utf-16")),
    "UTF-32": holding(manifest().decode().encode("utf-32-be")),
    "no UTF-8 in the title": holding(manifest(displayName="?").replace(b"?", b"\xff\x80\xed")),
    "a name twice": holding(b'{"name":"../x",' + manifest()[1:]),
    "numbers that are none": holding(_NUMBERS + manifest()[1:]),
    "a title in a pipe": with_instead(make_pipe, "package.nls.json"),
    "a title in a device": with_instead(device, "package.nls.json"),
    "a title out of the folder": with_instead(linking("/etc/passwd"), "package.nls.json"),
    "a title too deep": holding(b"[" * DEEP, "package.nls.json"),
    "a title over 16 MiB": with_instead(sized(LIMIT + 1), "package.nls.json"),
    "a title that is a number": holding(b'{"title":' + b"9" * 10_000 + b"}", "package.nls.json"),
}


def test_every_odd_shape_is_read_or_named_and_stops_nothing(tmp_path: Path, server: Server) -> None:
    """Pipes, devices and circles would hang; the process has a minute."""
    directory = tmp_path / "extensions"
    install(directory, NEIGHBOUR)
    install(tmp_path, "acme.elsewhere", folder="elsewhere")
    for name, make in ({n: m for n, (m, _) in UNREADABLE.items()} | READABLE).items():
        make(directory / name)

    done = scan(tmp_path, directory, "--api-url", server.api_url)

    assert done.code == 3
    failed = {f["name"]: f["error_message"] for f in done.report["failed_extensions"]}
    assert failed.keys() == {name.replace("\udcff\udcfe", "\ufffd\ufffd") for name in UNREADABLE}
    for name, (_, reason) in UNREADABLE.items():
        assert reason in failed[name.replace("\udcff\udcfe", "\ufffd\ufffd")], name
    scanned = {e["path"] for e in done.report["extensions"] if e["status"] == "scanned"}
    assert scanned == {*READABLE, f"{NEIGHBOUR}-1.0.0"}
    assert "root:" not in json.dumps(done.report)


def absent(number: int) -> bytes:
    """Build an index whose entries are right, but for that there are no such folders."""
    entries = [
        {"identifier": {"id": f"acme.gone-{n}"}, "relativeLocation": f"acme.gone-{n}-1.0.0"}
        for n in range(number)
    ]
    return json.dumps(entries).encode()


def written(content: bytes) -> Make:
    return lambda path: path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "unreadable"),
    [
        pytest.param(written(absent(1000)), 1000, id="1000 entries that are not there"),
        pytest.param(written(b"[" + b"7," * DEEP + b"7]"), 101, id="100,000 entries that are none"),
        pytest.param(written(b"[" * DEEP + b"]" * DEEP), 1, id="deep lists"),
        pytest.param(written(b'[{"a":' * DEEP), 1, id="deep objects"),
        pytest.param(written(b"[" + b"9" * 10_000 + b"]"), 1, id="endless number"),
        pytest.param(sized(1 << 40), 1, id="a terabyte of nothing"),
        pytest.param(linking("/dev/zero"), 2, id="a link to a device"),  # no index, and no folder
        pytest.param(listening, 2, id="a socket"),
    ],
)
def test_an_odd_index_is_named_and_the_folders_are_scanned(
    tmp_path: Path, server: Server, make: Make, unreadable: int
) -> None:
    directory = tmp_path / "extensions"
    install(directory, NEIGHBOUR)
    make(directory / "extensions.json")

    done = scan(tmp_path, directory, "--api-url", server.api_url)

    assert done.code == 3
    assert (done.stats["scanned"], done.stats["unreadable"]) == (1, unreadable)
    assert len(done.err) < 15_000


# Memory

MIB = 1024**2
PAGE = mmap.PAGESIZE
# The process that measures is small: Linux counts to a child what its parent was before it.
_MEASURE = """
import os, subprocess, sys
child = subprocess.Popen(sys.argv[1:])
_, status, usage = os.wait4(child.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, file=sys.stderr)
"""


def peak(home: Path, line: list[str]) -> tuple[int, int]:
    """Run a command. Returns its exit code and the most memory that it had, in bytes."""
    if not hasattr(os, "wait4"):
        pytest.skip("this system does not say how much memory a process had")
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *line],
        env=environment(home, VSCAN_DELAY="0"), cwd=home, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, timeout=90, check=True,
    )  # fmt: skip
    code, size = map(int, done.stderr.splitlines()[-1].split())
    return code, size * (1 if sys.platform == "darwin" else 1024)


def measured(home: Path, directory: Path, api_url: str) -> tuple[int, int, dict[str, Any]]:
    """Scan a directory. Returns the exit code, the most memory and the report."""
    path = home / "report.json"
    path.unlink(missing_ok=True)
    arguments = ("scan", directory, "--api-url", api_url, "--no-cache", "-o", f"json={path}")
    code, used = peak(home, command(*arguments))
    return code, used, json.loads(path.read_bytes())


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory, server: Server) -> int:
    """Measure the same scan of one extension that means no harm."""
    home = tmp_path_factory.mktemp("harmless")
    install(home / "extensions", NEIGHBOUR)
    code, used, _ = measured(home, home / "extensions", server.api_url)
    assert code == 0
    return used


def nested(size: int) -> bytes:
    """Build the JSON that takes most memory for its size: lists in lists, as deep as is read.

    Two bytes of it are a list of one: 64 bytes for the list, 32 for its items.
    """
    chain = b"[" * 900 + b"]" * 900
    return b"[" + b",".join([chain] * (size // (len(chain) + 1) - 1)) + b"]"


def title(size: int) -> bytes:
    """Build a manifest with one endless title, whose last character makes each take four bytes."""
    return manifest(displayName="x" * (size - 200) + "\U0001f600")


@pytest.mark.parametrize(
    ("content", "times", "code"),
    [
        pytest.param(nested(LIMIT // 4), 56, 3, id="lists in lists"),  # 48 and the file itself
        pytest.param(title(LIMIT), 12, 0, id="endless title"),  # bytes, text and value: 1 + 4 + 4
        pytest.param(b"[" * LIMIT, 4, 3, id="too deep"),
        pytest.param(b" " * (LIMIT + 1), 4, 3, id="over 16 MiB"),
    ],
)
def test_a_large_file_takes_a_known_multiple_of_its_size(  # noqa: PLR0917
    tmp_path: Path, server: Server, harmless: int, content: bytes, times: int, code: int
) -> None:
    directory = tmp_path / "extensions"
    install(directory, NEIGHBOUR)
    holding(content)(directory / "large")

    done, used, report = measured(tmp_path, directory, server.api_url)

    assert done == code
    assert report["stats"]["scanned"] == (1 if code else 2)
    assert used - harmless < times * len(content)


def test_twenty_thousand_leftovers_are_all_named(
    tmp_path: Path, server: Server, harmless: int
) -> None:
    directory = tmp_path / "extensions"
    install(directory, NEIGHBOUR)
    for number in range(20_000):
        (directory / f"acme.empty-{number}-1.0.0").mkdir()

    code, used, report = measured(tmp_path, directory, server.api_url)

    assert code == 0
    assert len({item["id"] for item in report["not_scanned"]}) == 20_000
    assert used - harmless < 64 * MIB


def test_twenty_thousand_unreadable_folders_are_all_named(
    tmp_path: Path, server: Server, harmless: int
) -> None:
    directory = tmp_path / "extensions"
    install(directory, NEIGHBOUR)
    for number in range(20_000):
        (directory / f"acme.empty-{number}-1.0.0" / "package.json").mkdir(parents=True)

    code, used, report = measured(tmp_path, directory, server.api_url)

    assert code == 3
    assert (report["stats"]["scanned"], report["stats"]["unreadable"]) == (1, 20_000)
    assert len({f["name"] for f in report["failed_extensions"]}) == 20_000
    assert used - harmless < 64 * MIB  # some 1 KiB for each, and twice as much again


def test_what_large_files_take_does_not_add_up(tmp_path: Path, server: Server) -> None:
    used = []
    for number in (1, 8):
        directory = tmp_path / str(number)
        directory.mkdir()
        for each in range(number):
            holding(nested(MIB))(directory / f"large-{each}")
        used.append(measured(tmp_path, directory, server.api_url)[1])

    assert used[1] - used[0] < 24 * MIB  # half of what one takes


def test_a_hundred_thousand_entries_that_are_not_there_are_all_counted(
    tmp_path: Path, server: Server, harmless: int
) -> None:
    directory = tmp_path / "extensions"
    install(directory, NEIGHBOUR)
    (directory / "extensions.json").write_bytes(absent(DEEP))
    options = ("-q", "--log-file", tmp_path / "log", "--log-level", "info")

    code, used = peak(tmp_path, command("scan", directory, "--api-url", server.api_url, *options))

    *_, summary = map(json.loads, (tmp_path / "log").read_text("utf-8").splitlines())
    assert code == summary["vscan.exit_code"] == 3
    assert (summary["vscan.scanned"], summary["vscan.unreadable"]) == (1, DEEP)
    assert used - harmless < 192 * MIB  # some 1 KiB for each, and as much again


# Time


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """Make a directory whose manifests take seconds each to read, in one call that nothing ends."""
    directory = tmp_path / "extensions"
    install(directory, NEIGHBOUR)
    for number in range(2):
        holding(nested(LIMIT))(directory / f"large-{number}")
    return directory


def test_a_deadline_holds_for_what_is_slow_to_read(tmp_path: Path, slow: Path) -> None:
    started = time.monotonic()
    done = scan(tmp_path, slow, "--api-url", "http://127.0.0.1:9", "--deadline", "1")

    assert time.monotonic() - started < 5
    assert done.code == 3


def _pages(statm: Path) -> int:
    try:
        return int(statm.read_text().split()[1])
    except (OSError, IndexError):  # it has ended
        return 0


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="sees by /proc what is read")
def test_an_interrupt_ends_what_is_slow_to_read_within_three_seconds(
    tmp_path: Path, slow: Path
) -> None:
    stage = Stage(tmp_path, (slow,), "http://127.0.0.1:9")
    process = subprocess.Popen(stage.line("-q"), env=stage.environment(), cwd=tmp_path)
    pages, until = Path(f"/proc/{process.pid}/statm"), time.monotonic() + 30
    grown = 64 * MIB // PAGE
    while time.monotonic() < until and process.poll() is None and _pages(pages) < grown:
        time.sleep(0.005)

    process.send_signal(signal.SIGINT)
    signalled = time.monotonic()

    assert process.wait(60) in {130, 3}  # 3: it was not slow at all
    assert time.monotonic() - signalled < 3


# The checks can fail


# The cache is no view, a workflow command is escaped once more, by its own rules, and JSON lines
# are ASCII: the encoding escapes what the texts have.
_NOT_BY_PLAIN_ALONE = {
    *("from the cache", "github on standard output"),
    "jsonl on standard output",
}


@pytest.mark.parametrize("view", [name for name in VIEWS if name not in _NOT_BY_PLAIN_ALONE])
def test_without_escaping_each_view_would_be_hostile(
    tmp_path: Path, directories: dict[str, Path], server: Server, view: str
) -> None:
    targets = (directories["shown"], directories["named"])
    with pytest.raises((AssertionError, UnicodeDecodeError, FileNotFoundError)):  # noqa: PT012
        done = VIEWS[view](Stage(tmp_path, targets, server.api_url, UNESCAPED))
        assert done.code != 2  # where a writer itself refuses, the reports tell of that alone
        assert_streams_inert(done.streams)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("stderr", "a\x1b[2Jb"),
        ("stderr", "a\rb"),
        ("stderr", "a\u202eb"),
        ("stderr", "a\u200bb"),
        ("stderr", "a\n  ::error::b"),
        ("terminal", "\x1b]0;owned\x07"),
        ("terminal", "\x1b]8;;http://evil.example\x1b\\x"),
        ("terminal", "\x1b[2J"),
        ("terminal", "\x1b[5;45mx"),
        ("terminal", "evil\rgood"),
        ("json", '{"a": "\\u001b[2J"}'),
        ("json", '{"\\ud800": 1}'),
        ("json", '["a\\nb"]'),
        ("log", '{}\n["\\u202e"]'),
        ("csv", "a,=1+1\n"),
        ("junit", "<a>&</a>"),
        ("html", "<p><script>alert(1)</script>"),
        ("markdown", "![x](http://evil.example/x.png)"),
        ("github", "::error ::a\nb"),
    ],
)
def test_the_check_of_each_stream_can_fail(name: str, text: str) -> None:
    with pytest.raises((AssertionError, expat.ExpatError)):
        assert_streams_inert({name: text.encode()})


def test_the_measurement_sees_memory(tmp_path: Path) -> None:
    _, little = peak(tmp_path, [sys.executable, "-c", "pass"])
    _, much = peak(tmp_path, [sys.executable, "-c", f"bytearray({64 * MIB})"])

    assert 60 * MIB < much - little < 72 * MIB
