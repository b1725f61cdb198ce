"""Write docs/transcripts.md: what vscan shows in the situations that people meet.

``python -m ci.transcripts`` runs each command, and writes the page; ``--check`` exits with 1 where
the page differs. The service is played on loopback. What differs from run to run (times, paths,
the order of lines of progress, the age of public data) is written as the same text each time.
"""

import argparse
import difflib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.builders import results
from tests.server import Fault, Script, Server

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "docs" / "transcripts.md"
_HEAD = """\
# Transcripts

Each of these was made by a run: `python -m ci.transcripts` writes this page, and a test compares
it. The service is played by `tests/server.py`, and the extensions are those of `tests/data`. The
runs that ask the service have a delay of 0.1 s between two requests, and not the default of 1 s:
so they estimate 2 s, and the dry run, with the default, 24 s. On a terminal the same lines have
colours. The lines `[1/8] ...`, the count of requests and the time are progress, on standard error;
the result is on standard output. `(exit code 1)` below the output is not printed by vscan: it is
what the shell got. `^C` is Ctrl+C. Times, and the age of the public data, differ from run to run:
each time is written as `0.1 s`, and each age as `100 days old`.
"""
_VERSIONS = {
    "dbaeumer.vscode-eslint": "3.0.16",
    "eamodio.gitlens": "17.3.0",
    "esbenp.prettier-vscode": "11.0.0",
    "github.vscode-pull-request-github": "0.110.0",
    "ms-python.python": "2026.14.0",
    "ms-python.vscode-pylance": "2026.7.1",
    "redhat.vscode-yaml": "1.18.0",
    "rust-lang.rust-analyzer": "0.3.2500",
}
_HOME = "/home/you"
_TIMEOUT_S = 60
_WIDTH = 120
_SILENCE_S = 1.0


@dataclass(frozen=True)
class Transcript:
    """One situation: commands that are run one after the other, in a home of its own.

    ``script`` is how the service behaves; ``ends_with`` are the exit codes. With ``interrupt_at``,
    the last command gets SIGINT when it has written this text, and the page shows ^C.
    """

    title: str
    text: str
    commands: tuple[str, ...]
    ends_with: tuple[int, ...]
    script: Script | None = None
    interrupt_at: str = ""


def _answer(publisher: str, name: str, analysis_id: str) -> object:
    version = _VERSIONS.get(f"{publisher}.{name}".lower(), "1.0.0")
    return results(publisher, name, analysis_id=analysis_id, version=version)


def _script(*faults: Fault) -> Script:
    return Script(answer=_answer, faults=list(faults))  # type: ignore[arg-type]


TRANSCRIPTS = (
    Transcript(
        "First scan",
        "The editors on the machine are found, the service is asked about each extension, and the"
        " offline analyser reads it. Before the first request vscan says what it sends.",
        ("vscan scan",),
        (0,),
        _script(),
    ),
    Transcript(
        "Second scan",
        "Each verdict is cached, so nothing is asked.",
        ("vscan scan -q", "vscan scan"),
        (0, 0),
        _script(),
    ),
    Transcript(
        "Failing scan",
        "A finding at or above the threshold is on a line of its own, with what to do about it.",
        ("vscan scan extensions --offline -o html=report.html", "vscan rules invisible-payload"),
        (1, 0),
    ),
    Transcript(
        "Incomplete scan",
        "The service does not know one extension, and fails for another. Nothing was found, and"
        " the run is not green: the exit code is 3.",
        ("vscan scan --source vscan.dev --max-retries 0",),
        (3,),
        _script(Fault(404, "submit", "redhat.vscode-yaml"), Fault(500, "fetch", "eamodio.gitlens")),
    ),
    Transcript(
        "Interrupted scan",
        "After Ctrl+C what is done is cached, and the next run asks for the rest.",
        ("vscan scan --source vscan.dev",),
        (130,),
        _script(Fault("hang", "fetch", "ms-python.python")),
        interrupt_at="[4/8]",
    ),
    Transcript(
        "Dry run",
        "Nothing is sent.",
        ("vscan scan --source vscan.dev --dry-run",),
        (0,),
    ),
    Transcript(
        "Config",
        "Each option is a key of the config file, too.",
        (
            "vscan config set policy.fail_on medium",
            "vscan config set scan.parallel true",
            "vscan config get policy.fail_on",
            "vscan config show | grep -v default",
            "vscan config set scan.workers 9",
        ),
        (0, 0, 0, 0, 2),
    ),
)


def text() -> str:
    """Make the page."""
    return "\n".join([_HEAD, *map(_section, TRANSCRIPTS)])


def _section(transcript: Transcript) -> str:
    shown = "\n".join(_run(transcript))
    about = textwrap.fill(transcript.text, _WIDTH)
    return f"## {transcript.title}\n\n{about}\n\n```text\n{shown}\n```\n"


def _run(transcript: Transcript) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as place, Server(transcript.script or Script()) as server:
        home = Path(place)
        shutil.copytree(ROOT / "tests/data/extensions", home / ".vscode/extensions")
        shutil.copytree(ROOT / "tests/data/offline", home / "extensions")
        variables = {
            "PATH": f"{_command_directory(home)}{os.pathsep}{os.environ['PATH']}",
            "HOME": place,
            "PYTHONPATH": str(ROOT),
            "PYTHONUTF8": "1",
        }
        if transcript.script is not None:
            variables |= {"VSCAN_API_URL": server.api_url, "VSCAN_DELAY": "0.1"}
        last = len(transcript.commands) - 1
        for number, command in enumerate(transcript.commands):
            interrupt_at = transcript.interrupt_at if number == last else ""
            code, output = _output(command, home, variables, interrupt_at, server)
            if code != transcript.ends_with[number]:
                raise SystemExit(f"{command}: exit code {code}\n{output}")
            yield f"$ {command}"
            yield from _same_each_time(output, place)
            if code:
                yield f"(exit code {code})"


def _command_directory(home: Path) -> Path:
    """Make a command `vscan` that runs this checkout with this interpreter."""
    directory = home / ".bin"
    directory.mkdir()
    command = directory / "vscan"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m vscan "$@"\n', "utf-8")
    command.chmod(0o755)
    return directory


def _output(
    command: str, home: Path, variables: dict[str, str], interrupt_at: str, server: Server
) -> tuple[int, str]:
    """Run a command line; both streams are one, as on a terminal."""
    with subprocess.Popen(
        ["/bin/sh", "-c", command if "|" in command else f"exec {command}"],
        cwd=home,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        lines = []
        until_s = time.monotonic() + _TIMEOUT_S
        for line in process.stdout:
            lines.append(line)
            if interrupt_at and line.startswith(interrupt_at):
                _wait_for_silence(server)
                process.send_signal(signal.SIGINT)
                lines.append("^C\n")  # as a terminal shows it
            if time.monotonic() > until_s:
                process.kill()
    return process.returncode, "".join(lines)


def _wait_for_silence(server: Server) -> None:
    """Wait until no request has come for a while: the one that hangs is the last."""
    before = -1
    while before != (before := server.count()):
        time.sleep(_SILENCE_S)


def _same_each_time(output: str, home: str) -> list[str]:
    """Replace what differs from run to run."""
    replacements: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
        (re.escape(home), _HOME),
        (r"/private(?=/home)", ""),
        (r"127\.0\.0\.1:\d+", "vscan.dev"),
        (r"\b\d+\.\d s$", "0.1 s"),
        (r"\b\d+ days? old", "100 days old"),
    )
    for pattern, replacement in replacements:
        output = re.sub(pattern, replacement, output, flags=re.MULTILINE)
    lines = output.splitlines()
    # Extensions are done in any order.
    progress = [number for number, line in enumerate(lines) if line.startswith("[")]
    rest = sorted(lines[number].partition("] ")[2] for number in progress)
    total = len(progress)
    for number, (index, line) in enumerate(zip(progress, rest, strict=True), 1):
        count = re.match(r"\[\d+/(\d+)\]", lines[index])
        lines[index] = f"[{number}/{count[1] if count else total}] {line}"
    return lines


def main() -> int:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    wanted = text()
    if not parser.parse_args().check:
        PLACE.write_text(wanted, "utf-8")
        return 0
    present = PLACE.read_text("utf-8")
    before, after = (each.splitlines(keepends=True) for each in (present, wanted))
    sys.stdout.writelines(difflib.unified_diff(before, after, "the page", "the runs"))
    return int(present != wanted)


if __name__ == "__main__":
    sys.exit(main())
