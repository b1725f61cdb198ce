"""The tab key in bash, zsh and fish: what a person types, and what stands there afterwards.

Each case runs in the real shell, on a terminal of its own, and is skipped where the shell is
missing.
"""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.command import environment

pty = pytest.importorskip("pty", reason="the shells are those of Unix, on a terminal")

_START = {
    "bash": ("--norc", "--noprofile", "-i"),
    "zsh": ("-f", "-i"),
    "fish": ("--no-config", "-i"),
}
# What makes the key Control-T print the line as it stands.
_SETUP = {
    "bash": (
        'eval "$(_VSCAN_COMPLETE=bash_source vscan)"',
        r"""print_line() { printf 'LINE<%s>EN''D\n' "$READLINE_LINE"; }""",
        r"""bind -x '"\C-t": print_line'""",
    ),
    "zsh": (
        "bindkey -e; autoload -Uz compinit; compinit -D",
        'eval "$(_VSCAN_COMPLETE=zsh_source vscan)"',
        """print_line() { print -r -- "LINE<$BUFFER>EN""D" }""",
        'zle -N print_line; bindkey "^t" print_line',
    ),
    "fish": (
        "_VSCAN_COMPLETE=fish_source vscan | source",
        r"""function print_line; printf 'LINE<%s>EN''D\n' (commandline); end""",
        r"bind \ct print_line",
    ),
}
_HOSTILE = ("evil.$(touch stolen)-1.0.0", "evil.`touch stolen`-1.0.0", "evil.;id-1.2.3", "evil.*")
# What is typed before the tab key, and what the line is after it.
CASES = {
    "a command": ("vscan sca", "vscan scan "),
    "an option": ("vscan scan --max-da", "vscan scan --max-data-age "),
    "a word of an option": ("vscan scan --fail-on h", "vscan scan --fail-on high "),
    "a word after =": ("vscan scan --fail-on=h", "vscan scan --fail-on=high "),
    "a target": ("vscan scan repo", "vscan scan report.json "),
    "a directory": ("vscan scan doc", "vscan scan docs/"),
    "a target in it": ("vscan scan docs/in", "vscan scan docs/inner.txt "),
    "a path at home": ("vscan scan ~/repo", "vscan scan ~/report.json "),
    "a path with a blank": ("vscan scan two", "vscan scan two\\ words.txt "),
    "an installed id": ("vscan scan acme", "vscan scan acme.tools "),
    "an id of an option": (
        "vscan scan --exclude-ids acme", "vscan scan --exclude-ids acme.tools ",
    ),
    "the next id": (
        "vscan scan --exclude-ids acme.tools,ms",
        "vscan scan --exclude-ids acme.tools,ms-python.python ",
    ),
    "a provider": ("vscan scan --source off", "vscan scan --source offline "),
    "a format": ("vscan scan -o sar", "vscan scan -o sarif="),
    "a path after the format": ("vscan scan -o json=repo", "vscan scan -o json=report.json "),
    "a report without a format": ("vscan scan -o repo", "vscan scan -o report.json "),
    "a file of an option": ("vscan scan --baseline repo", "vscan scan --baseline report.json "),
    "a file after =": ("vscan scan --baseline=repo", "vscan scan --baseline=report.json "),
    "a directory of an option": (
        "vscan scan --extensions-dir do", "vscan scan --extensions-dir docs/",
    ),
    "data to import": ("vscan db import repo", "vscan db import report.json "),
    "a rule": ("vscan rules invisible-p", "vscan rules invisible-payload "),
    "a key": ("vscan config get policy.fail_on_", "vscan config get policy.fail_on_risk "),
    "a value of a key": (
        "vscan config set policy.fail_on me", "vscan config set policy.fail_on medium ",
    ),
    "a flag of a key": (
        "vscan config set scan.parallel tr", "vscan config set scan.parallel true ",
    ),
    "no name that a shell would run": ("vscan scan evil", "vscan scan evil"),
    "nothing that fits": ("vscan scan --fail-on rep", "vscan scan --fail-on rep"),
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out a home with files, installed extensions, and a command ``vscan``."""
    home = tmp_path_factory.mktemp("completion")
    for folder in ("acme.tools-1.0.0", "ms-python.python-2026.1.0", *_HOSTILE):
        (home / ".vscode" / "extensions" / folder).mkdir(parents=True)
    (home / "docs").mkdir()
    for name in ("report.json", "two words.txt", "docs/inner.txt"):
        (home / name).touch()
    program = home / "bin" / "vscan"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom vscan.__main__ import main\nmain()\n", "utf-8")
    program.chmod(0o755)
    return home


def _is_old(bash: str) -> bool:
    major = subprocess.run([bash, "-c", "echo $BASH_VERSINFO"], check=True, capture_output=True)
    return int(major.stdout) < 4


class Terminal:
    """A shell on a terminal: keys go in, and what it prints comes out."""

    def __init__(self, master: int) -> None:
        self._master = master
        self._seen = ""

    def press(self, keys: str, until: str) -> str:
        """Press keys, and give the group of the pattern in what is printed then."""
        os.write(self._master, keys.encode())
        end = time.monotonic() + 60
        while (match := re.search(until, self._seen, re.DOTALL)) is None:
            assert time.monotonic() < end, self._seen
            if select.select([self._master], [], [], 0.2)[0]:
                self._seen += os.read(self._master, 65536).decode("utf-8", "replace")
        self._seen = ""
        return match[1]

    def complete(self, typed: str) -> str:
        """Type a text, press the tab key, give the line as it is then, and clear it."""
        line = self.press(f"{typed}\t\x14", r"LINE<([^\r\n]*?)>END")
        os.write(self._master, b"\x15")
        return line


@contextmanager
def shell(name: str, home: Path) -> Iterator[Terminal]:
    """Start a shell in a home, with completion as the README sets it up."""
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    if name == "bash" and _is_old(program):
        pytest.skip("this bash is older than 4: it completes, but adds blanks")
    path = f"{home / 'bin'}:{os.environ['PATH']}"
    variables = environment(home, PATH=path, TERM="dumb", VSCAN_SOURCE=None)
    child, master = pty.fork()
    if child == 0:
        os.chdir(home)
        os.execve(program, [name, *_START[name]], variables)
    try:
        terminal = Terminal(master)
        for number, line in enumerate(_SETUP[name]):
            terminal.press(f"{line}; echo REA''DY{number}\r", f"READY({number})")
        yield terminal
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(master)


@pytest.mark.parametrize("name", _SETUP)
def test_the_tab_key(name: str, place: Path) -> None:
    with shell(name, place) as terminal:
        lines = {what: terminal.complete(typed) for what, (typed, _) in CASES.items()}
    assert lines == {what: wanted for what, (_, wanted) in CASES.items()}
    assert not (place / "stolen").exists()


def test_the_documents_say_how_to_turn_it_on() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "usage.md").read_text("utf-8")
    for lines in _SETUP.values():
        assert any(f"`{line}`" in text for line in lines)


@pytest.mark.parametrize("name", _SETUP)
def test_where_vscan_is_not_found_paths_are_completed(name: str, place: Path) -> None:
    """A person who has removed vscan, or changed the environment, keeps the shell's own."""
    with shell(name, place) as terminal:
        terminal.press("PATH=/usr/bin:/bin; echo REA''DY\r" if name != "fish"
                       else "set -x PATH /usr/bin /bin; echo REA''DY\r", "(READY)")  # fmt: skip
        assert terminal.complete("vscan scan repo") == "vscan scan report.json "


def test_ids_of_folders_that_are_no_ids_are_not_suggested(place: Path) -> None:
    line = "vscan scan --exclude-ids "
    variables = environment(place, _VSCAN_COMPLETE="bash_complete", COMP_LINE=line)
    out = subprocess.run([place / "bin" / "vscan"], env=variables, check=True, capture_output=True)
    suggested = [line.split("\t")[1] for line in out.stdout.decode().splitlines()]
    assert suggested == ["acme.tools", "ms-python.python"]
