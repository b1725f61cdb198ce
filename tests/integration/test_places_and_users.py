"""Wherever it runs and whoever runs it: the scan works, or says in a line why it can't.

Whatever needs root is done in a mount namespace of its own, which ends with the command.
"""

import functools
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import jsonschema
import pytest

from tests.builders import install, results
from tests.command import command, environment
from tests.other_systems import is_root, make_pipe, open_terminal
from tests.server import Script, Server
from vscan.cache import maintenance
from vscan.report.json import schema

ROOT = Path(__file__).resolve().parents[2]
STRANGER = 12345  # a user id without an entry in the password file, as containers are given
NAME = "日本語"
NOT_UNICODE = os.fsdecode(b"caf\xe9")
Variables: TypeAlias = Mapping[str, str | None]  # ``None``: it is not set

ENCODINGS: dict[str, Variables] = {
    "utf-8": {"PYTHONIOENCODING": "utf-8:strict"},
    "C, not coerced": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "POSIX": {"LC_ALL": "POSIX", "PYTHONUTF8": None, "LANG": None},
    "no such locale": {"LC_ALL": "xx_YY.UTF-8", "PYTHONUTF8": None},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "latin-1": {"PYTHONIOENCODING": "latin-1:strict", "PYTHONUTF8": "0"},
}


@dataclass(frozen=True)
class Done:
    """What a finished command left. ``out`` is raw: its encoding is part of the tests."""

    code: int
    out: bytes
    err: str

    def printed(self) -> dict[str, Any]:
        """Read standard output as a report, and nothing but one."""
        return whole(self.out)

    def printed_last(self) -> dict[str, Any]:
        """Read the report that was printed after the result."""
        before, last, report = self.out.partition(b"vscan: nothing found (exit 0)\n")
        assert last
        assert b"{" not in before
        return whole(report)

    def expect(self, code: int, *says: str) -> None:
        """Check the exit code, that a person is told why, and that nobody sees our insides.

        An error is on standard error; the result may be on either stream.
        """
        said = self.err + ("" if code == 2 else self.out.decode("utf-8", "replace"))
        assert self.code == code, self.err
        assert "Traceback" not in said
        assert "internal error" not in said
        for word in says:
            assert word in said


def whole(content: bytes) -> dict[str, Any]:
    """Read a report; fails for one that is not whole."""
    report: dict[str, Any] = json.loads(content)
    jsonschema.validate(report, schema())
    return report


@dataclass(frozen=True)
class Place:
    """A directory that every user can reach, with extensions in it, and a service to ask."""

    path: Path
    server: Server

    @property
    def extensions(self) -> Path:
        return self.path / "extensions"

    def directory(self, name: str, owner: int | None = None, mode: int = 0o755) -> Path:
        """Make a directory that belongs to somebody."""
        made = self.path / name
        made.mkdir()
        made.chmod(mode)
        if owner is not None:
            os.chown(made, owner, owner)
        return made

    def environment(self, variables: Variables | None) -> dict[str, str]:
        given = {"VSCAN_DELAY": "0", "VSCAN_API_URL": self.server.api_url}
        every = {**environment(self.path, **given), **(variables or {})}
        return {name: value for name, value in every.items() if value is not None}

    def run(
        self, line: list[str], *, cwd: Path | None = None, env: Variables | None = None
    ) -> Done:
        done = subprocess.run(
            line,
            env=self.environment(env),
            cwd=cwd or self.path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))

    def scan(
        self,
        *arguments: str | Path,
        before: str = "",
        streams: str = "",
        env: Variables | None = None,
    ) -> Done:
        """Scan ``extensions`` after some shell, with redirected streams."""
        line = command("scan", self.extensions, *arguments)
        if before or streams:
            line = ["bash", "-c", f'{before}\nexec "$@" {streams}', "bash", *line]
        return self.run(line, env=env)

    def asked(self) -> int:
        return self.server.count()


def clean(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
    return results(publisher, name, analysis_id=analysis_id)


@pytest.fixture
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as text, Server(Script(answer=clean)) as server:
        path = Path(text).resolve()
        path.chmod(0o755)
        install(path / "extensions", "acme.one")
        install(path / "extensions", "acme.two", displayName=NAME)
        yield Place(path, server)


# Other users, and mounts of one's own


def in_namespace(setup: str, line: list[str], after: str = "") -> list[str]:
    """Wrap a command: ``setup`` may mount what it likes, and nobody else sees it."""
    script = f'set -e\n{setup}\nset +e\n"$@"\ncode=$?\n{after}\nexit $code'
    return ["unshare", "--mount", "bash", "-c", script, "bash", *line]


@pytest.fixture(scope="session")
def mounts() -> None:
    """Skip where nothing can be mounted."""
    if not is_root() or shutil.which("unshare") is None:
        pytest.skip("only root can make a mount namespace, with util-linux's unshare")
    tried = subprocess.run(
        in_namespace("mount -t tmpfs none /mnt", ["true"]),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if tried.returncode:
        pytest.skip(f"root can't mount here: {tried.stderr.strip()}")


@dataclass(frozen=True)
class Stranger:
    """How to run vscan as a user whom nobody knows. ``setup`` is for ``in_namespace``."""

    setup: str
    python: str
    variables: Variables
    user: int = STRANGER

    def line(self, *arguments: str | Path) -> list[str]:
        become = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]
        return [*become, self.python, *command(*arguments)[1:]]

    def run(
        self,
        place: Place,
        *arguments: str | Path,
        cwd: Path | None = None,
        mounting: str = "",
        env: Variables | None = None,
    ) -> Done:
        line = self.line(*arguments)
        if self.setup or mounting:
            line = in_namespace(f"{self.setup}\n{mounting}", line)
        return place.run(line, cwd=cwd, env={**self.variables, **(env or {})})

    def works(self, directory: Path) -> bool:
        """Say whether this interpreter is ours to the letter and finds all that it needs."""
        asks = "import sys, ssl, sqlite3, vscan.cli.scan, requests, rich.live; print(sys.version)"
        line = [*self.line()[:-2], "-c", asks]
        done = subprocess.run(
            in_namespace(self.setup, line) if self.setup else line,
            env=environment(directory) | {k: v for k, v in self.variables.items() if v},
            cwd=directory,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return done.stdout.strip() == sys.version.strip()


@pytest.fixture(scope="module")
def stranger(request: pytest.FixtureRequest) -> Iterator[Stranger]:
    """Another user's interpreter is this one, at a place that he can reach."""
    if not is_root() or shutil.which("setpriv") is None:
        pytest.skip("only root can become another user, with util-linux's setpriv")
    with tempfile.TemporaryDirectory() as text:
        Path(text).chmod(0o755)
        direct = Stranger("", sys.executable, {})
        if direct.works(Path(text)):
            yield direct
            return
        request.getfixturevalue("mounts")
        sources = {
            "python": sys.base_prefix,
            "code": str(ROOT),
            "pure": sysconfig.get_path("purelib"),
            "binary": sysconfig.get_path("platlib"),
        }
        for name in sources:
            (Path(text) / name).mkdir()
        setup = "\n".join(f"mount --bind '{source}' '{text}/{name}'"
                          for name, source in sources.items())  # fmt: skip
        binary = f"{text}/python/bin/python{sys.version_info[0]}.{sys.version_info[1]}"
        search = ":".join(f"{text}/{name}" for name in ("code", "pure", "binary"))
        # Where the interpreter is a shared library, it must not find another one of the system.
        variables = {"PYTHONPATH": search, "LD_LIBRARY_PATH": f"{text}/python/lib"}
        bound = Stranger(setup, binary, variables)
        if not bound.works(Path(text)):
            pytest.skip("this interpreter can't be put where another user reaches it")
        yield bound


# Homes


@pytest.mark.parametrize(
    ("home", "remembers"),
    [
        (None, "nothing"),
        ("", "nothing"),
        ("/nowhere/at/all", "nothing"),
        ("PLACE/a-file", "nothing"),
        ("PLACE", "nothing"),
        ("PLACE/home", "everything"),
    ],
)
def test_a_user_without_entry_or_home_gets_a_verdict(
    place: Place, stranger: Stranger, home: str | None, remembers: str
) -> None:
    """What can't be remembered is at most one warning."""
    options = ("-o", "json=-", "--log-format", "json")
    (place.path / "a-file").write_text("")
    place.directory("home", STRANGER)
    home = home and home.replace("PLACE", str(place.path))
    for _ in range(2 if remembers == "everything" else 1):
        done = stranger.run(place, "scan", place.extensions, *options, env={"HOME": home})
        done.expect(0)
        assert done.err.count("cache-warning") == (remembers == "nothing" and home is not None)
    assert done.printed()["stats"]["cached"] == (2 if remembers == "everything" else 0)


@pytest.mark.parametrize(
    ("home", "code", "says"),
    [
        (None, 4, "no editor's extensions directory was found"),
        ("/root", 3, "permission denied"),
        ("/dev/null", 4, "no editor's extensions directory was found"),
        ("/nowhere/at/all", 4, "no editor's extensions directory was found"),
    ],
)
def test_editors_that_can_not_be_looked_for_are_never_a_clean_scan(
    place: Place, stranger: Stranger, home: str | None, code: int, says: str
) -> None:
    if home == "/root" and Path(home).stat().st_mode & 0o001:
        pytest.skip("everybody may look into /root here")
    env = {"HOME": home, "VSCAN_CONFIG": "/dev/null"}
    done = stranger.run(place, "scan", "-o", "json=-", env=env)
    done.expect(code, says)
    assert done.printed()["decision"]["exit_code"] == code


# From Python 3.14 on these say that nothing is there where they can't look.
_OF_3_14 = """
import os, pathlib
pathlib.Path.exists = lambda self, **_: os.path.exists(self)
pathlib.Path.is_dir = lambda self, **_: os.path.isdir(self)
pathlib.Path.is_file = lambda self, **_: os.path.isfile(self)
pathlib.Path.is_symlink = lambda self: os.path.islink(self)
from vscan.cli import main
main()
"""


@pytest.mark.parametrize("python", ["this one", "as from 3.14 on"])
def test_what_is_closed_to_a_user_is_not_taken_for_absent(
    place: Place, stranger: Stranger, python: str
) -> None:
    """A policy would vanish, and a directory would be no directory."""
    locked = place.directory("locked", mode=0o700)
    install(locked / "extensions", "acme.one")
    for name in (".vscanrc", "policy.toml", "baseline.json"):
        (locked / name).touch()

    def scanned(*arguments: str | Path, **env: str) -> Done:
        line = stranger.line("scan", *arguments)
        if python != "this one":
            at = line.index("-m")
            line[at : at + 2] = ["-c", _OF_3_14]
        if stranger.setup:
            line = in_namespace(stranger.setup, line)
        return place.run(line, env={**stranger.variables, **env})

    targets = place.extensions, locked / "extensions"
    scanned(*targets, "-o", "json=-").expect(3, "permission denied")
    scanned(targets[0], HOME=str(locked)).expect(2, "/.vscanrc can't be looked at: permission")
    for option in ("--config", "--ignore-file", "--baseline"):
        file = locked / ("baseline.json" if option == "--baseline" else "policy.toml")
        scanned(targets[0], f"{option}={file}").expect(2, f"{file}", "permission denied")
    done = scanned(targets[0], "-o", "json=-", VSCAN_CONFIG="/dev/null", HOME=str(locked))
    done.expect(0)


@pytest.mark.parametrize("home", ["relative", "."])
def test_a_relative_home_makes_no_cache_of_the_working_directory(place: Place, home: str) -> None:
    """Its author would own it, and the verdicts in it."""
    planted = place.path / home / ".cache" / "vscan"
    planted.mkdir(parents=True)
    place.scan("--cache-dir", planted).expect(0)
    done = place.scan("-o", "json=-", env={"HOME": home})
    done.expect(0)
    assert done.printed()["stats"]["cached"] == 0


@pytest.mark.parametrize("value", [None, "/nowhere", "PLACE/locked"])
def test_no_directory_for_temporary_files_is_needed(
    place: Place, stranger: Stranger, value: str | None
) -> None:
    place.directory("locked", mode=0o700)
    place.directory("home", STRANGER)
    variables = {"HOME": str(place.path / "home")}
    variables |= {"TMPDIR": value.replace("PLACE", str(place.path))} if value is not None else {}
    done = stranger.run(place, "scan", place.extensions, "-o", "json=-", env=variables)
    done.expect(0)
    assert "warning" not in done.err.lower()
    assert maintenance.verify(place.path / "home" / ".cache" / "vscan", None) == (2, 0)


# What the system allows


def limited(place: Place, behind: list[str]) -> Done:
    """Scan offline under a limit; whatever comes of it, it is no fault of ours."""
    arguments = ("scan", place.extensions, "--offline", "--cache-dir", place.path / "cache")
    done = place.run([*behind, *command(*arguments)], env={"VSCAN_SOURCE": None})
    assert done.code in {0, 2, 3}, done.err
    for word in ("Traceback", "report it", "(bug)", "no verdict: bug"):
        assert word not in done.err
    return done


@pytest.mark.parametrize("most", range(6, 22))
def test_too_few_open_files_are_named_as_such(place: Place, most: int) -> None:
    """Where an odd number or a few less decide, no message may be of chance."""
    if shutil.which("prlimit") is None:
        pytest.skip("there is no prlimit")
    place.directory("cache")
    done = limited(place, ["prlimit", f"--nofile={most}:{most}"])
    if done.code:
        assert "the system allows no more open files (ulimit -n)" in done.err


@pytest.mark.parametrize("most", [1, 2, 3, 4, 5, 6])
def test_too_few_processes_are_named_as_such(place: Place, most: int) -> None:
    if not is_root() or shutil.which("prlimit") is None or shutil.which("setpriv") is None:
        pytest.skip("only root can become another user, whose processes are counted")
    nobody_else = STRANGER + 1 + most  # whose other processes would count, too
    place.directory("cache", nobody_else)
    become = [f"--reuid={nobody_else}", f"--regid={nobody_else}", "--clear-groups"]
    rights = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    done = limited(place, ["prlimit", f"--nproc={most}:{most}", "setpriv", *become, *rights])
    if done.code:
        assert "processes" in done.err


_LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (has + int(sys.argv.pop(1)),) * 2)
from vscan.__main__ import main
main()
"""


@pytest.mark.parametrize("megabytes", [1, 2, 4, 8, 12])
def test_too_little_memory_is_an_error_and_no_finding(place: Place, megabytes: int) -> None:
    if not Path("/proc/self/statm").exists():
        pytest.skip("what a process has can't be seen here")
    line = [sys.executable, "-c", _LITTLE_MEMORY, str(megabytes * 1_000_000)]
    done = place.run([*line, "scan", str(place.extensions)])
    assert done.code in {2, 3}, done.err
    assert "Traceback" not in done.err
    assert "report it" not in done.err


# Read-only and foreign file systems


def read_only(place: Place) -> str:
    return f"""
mount --bind '{place.path}' '{place.path}'
mount -o remount,bind,ro '{place.path}'
mount -o remount,bind,ro /
if touch '{place.path}/x' /x 2>/dev/null; then exit 99; fi
"""


@pytest.mark.usefixtures("mounts")
def test_on_a_read_only_system_the_verdict_is_the_same(place: Place) -> None:
    """Without a cache before it there is one warning."""
    done = place.run(
        in_namespace(read_only(place), command("scan", place.extensions, "-o", "json=-"))
    )
    done.expect(0)
    assert done.printed()["stats"]["fresh"] == 2
    assert done.err.count("Warning: the cache can't be written") == 1


@pytest.mark.usefixtures("mounts")
def test_on_a_read_only_system_what_was_remembered_answers(place: Place) -> None:
    place.scan().expect(0)
    done = place.run(
        in_namespace(read_only(place), command("scan", place.extensions, "-o", "json=-"))
    )
    done.expect(0)
    assert done.printed()["stats"]["cached"] == 2


@pytest.mark.usefixtures("mounts")
def test_on_a_read_only_system_one_writable_directory_is_enough(place: Place) -> None:
    room = place.directory("tmp")
    line = command("scan", place.extensions, "-o", room / "report.json", "--log-file", room / "log")
    setup = f"{read_only(place)}\nmount -t tmpfs none '{room}'"
    done = place.run(
        in_namespace(setup, line, f"cat '{room}/report.json'"),
        env={"TMPDIR": str(room), "HOME": str(room)},
    )
    done.expect(0)
    assert done.printed_last()["stats"]["fresh"] == 2
    assert "warning" not in done.err.lower()


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize("name", ["report.json", "made/report.json"])
def test_a_report_on_a_read_only_system_is_refused_before_anything_is_asked(
    place: Place, name: str
) -> None:
    """The reason is not a permission that somebody could give."""
    line = command("scan", place.extensions, "-o", place.path / name)
    done = place.run(in_namespace(read_only(place), line))
    done.expect(2, "can't be written", "read-only")
    assert (done.out, place.asked()) == (b"", 0)


@pytest.fixture
def github(place: Place) -> str:
    """Give the setup of a container job: its directories belong to the runner's user."""
    github = place.directory("github")
    return f"""
mount -t tmpfs -o mode=755 none '{github}'
mkdir -p '{github}/home' '{github}/workspace'
cp -r extensions '{github}/workspace/'
chown -R 1001:1001 '{github}/home' '{github}/workspace'
cd '{github}/workspace'
"""


@pytest.mark.usefixtures("mounts")
def test_in_a_container_job_of_github_root_scans_the_workspace(place: Place, github: str) -> None:
    line = command("scan", "extensions", "-o", "report.json", "-o", "json=reports/more.json")
    home = place.path / "github/home"
    after = f"cat report.json; cmp report.json reports/more.json; ls '{home}/.cache/vscan' >&2"
    done = place.run(in_namespace(github, line, after), env={"HOME": str(home)})
    done.expect(0, "verdicts.sqlite3", "report (json): ")
    assert done.printed_last()["stats"]["fresh"] == 2
    assert "warning" not in done.err.lower()


@pytest.mark.usefixtures("mounts")
def test_in_a_container_job_of_github_a_stranger_scans_to_standard_output(
    place: Place, stranger: Stranger, github: str
) -> None:
    home = {"HOME": str(place.path / "github/home")}
    done = stranger.run(place, "scan", "extensions", "-o", "json=-", mounting=github, env=home)
    done.expect(0)
    assert done.printed()["stats"]["fresh"] == 2
    assert done.err.count("Warning: the cache ") == 1


@pytest.mark.usefixtures("mounts")
def test_in_a_container_job_of_github_a_stranger_is_told_who_he_is(
    place: Place, stranger: Stranger, github: str
) -> None:
    home = {"HOME": str(place.path / "github/home")}
    done = stranger.run(place, "scan", "extensions", "-o", "report.json", mounting=github, env=home)
    done.expect(2, "report.json can't be written", str(STRANGER))
    assert place.asked() == 0


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize("most", [2, 3, 4, 5, 6, 7, 8, 10, 12])
def test_a_user_who_may_have_few_processes_has_a_verdict_or_a_message(
    place: Place, stranger: Stranger, most: int
) -> None:
    """To the system a thread is one, too; the search needs one of its own."""
    few = f"ulimit -u {most}"
    line = ("scan", place.extensions, "--offline", "--no-cache", "-o", "json=-")
    nobody_else = replace(stranger, user=STRANGER + 100 + most)  # whose processes would count, too
    done = nobody_else.run(place, *line, mounting=few, env={"HOME": None})
    if done.err.startswith("setpriv: failed to execute"):
        pytest.skip("the system refuses to start a program at all under this limit")
    assert "Traceback" not in done.err
    if done.code == 0:
        assert done.printed()["stats"]["fresh"] == 2
    elif done.code == 3:
        assert "no verdict: unreadable: " in done.err
        assert "the system allows no more processes or threads" in done.err
        assert "bug" not in done.err
    else:
        done.expect(2, "no thread can be started", "allow more processes")
    assert done.code == 0 or most < 12


# Working directories


GONE = "mkdir gone && cd gone && rmdir ../gone"


def test_a_working_directory_that_is_gone_is_not_needed(place: Place) -> None:
    done = place.scan("-o", "json=-", "-o", place.path / "report.json", before=GONE)
    done.expect(0)
    assert whole((place.path / "report.json").read_bytes()) == done.printed()


@pytest.mark.parametrize(
    ("option", "says"),
    [("-o=report.json", "report.json can't be written"), ("--log-file=log", "log file log")],
)
def test_a_path_in_a_working_directory_that_is_gone_is_named(
    place: Place, option: str, says: str
) -> None:
    done = place.scan(*option.split("=", 1), before=GONE)
    done.expect(2, says)
    assert (done.out, place.asked()) == (b"", 0)


def test_a_target_in_a_working_directory_that_is_gone_does_not_exist(place: Place) -> None:
    line = ["bash", "-c", f'{GONE}; exec "$@"', "bash", *command("scan", "extensions")]
    place.run(line).expect(2, "extensions does not exist")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("PLACE/extensions",), 0, "vscan: nothing found (exit 0)"),
        (("extensions",), 3, "permission denied"),
        (("PLACE/extensions", "-o", "json=report.json"), 2, "report.json can't be written"),
        (("PLACE/extensions", "--log-file", "log"), 2, "permission denied"),
    ],
)
def test_in_a_working_directory_that_can_not_be_read_only_whole_paths_work(
    place: Place, stranger: Stranger, arguments: tuple[str, ...], code: int, says: str
) -> None:
    locked = place.directory("locked", mode=0o700)
    install(locked / "extensions", "acme.one")
    paths = [argument.replace("PLACE", str(place.path)) for argument in arguments]
    stranger.run(place, "scan", *paths, cwd=locked, env={"HOME": None}).expect(code, says)


# Encodings


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_in_any_encoding_the_report_and_the_messages_are_there(place: Place, encoding: str) -> None:
    broken = install(place.extensions, "acme.ghost", "0.0.1", folder=NAME)
    (broken / "package.json").write_bytes(b"")
    done = place.scan(
        "-o", "json=-", "-o", place.path / "report.json", "-v", env=ENCODINGS[encoding]
    )
    done.expect(3, "could not be read", "incomplete (exit 3)")
    assert whole((place.path / "report.json").read_bytes()) == done.printed()
    assert NAME in {extension["name"] for extension in done.printed()["extensions"]}


@pytest.mark.parametrize("encoding", ["utf-8", "C, not coerced", "latin-1"])
@pytest.mark.parametrize("name", [NAME, NOT_UNICODE], ids=["not ASCII", "not Unicode"])
def test_paths_in_any_encoding_are_used_as_they_are(place: Place, encoding: str, name: str) -> None:
    """Target, report, log and cache, whatever the terminal can show."""
    base = place.path / name
    shutil.move(place.extensions, base / "extensions")
    made = {part: base / part / name for part in ("cache", "report.json", "log")}
    made["log"].parent.mkdir()
    line = command(
        "scan", base / "extensions", "--cache-dir", made["cache"],
        "-o", f"json={made['report.json']}", "--log-file", made["log"], "-v",
    )  # fmt: skip
    for cached in (0, 2):
        done = place.run(line, env=ENCODINGS[encoding])
        done.expect(0)
        report = whole(made["report.json"].read_bytes())
        assert report["stats"]["cached"] == cached
    assert "scan-finished" in made["log"].read_text("utf-8")
    assert {path.name for path in place.path.iterdir()} == {name}


@pytest.mark.parametrize("encoding", ["C, not coerced", "latin-1"])
@pytest.mark.parametrize(
    "option", ["-o=json=FILE/x.json", "--log-file=FILE/x", "--extensions-dir=FILE"]
)
def test_a_path_that_is_wrong_is_told_in_any_encoding(
    place: Place, encoding: str, option: str
) -> None:
    (place.path / NOT_UNICODE).write_text("")
    arguments = option.replace("FILE", NOT_UNICODE).split("=", 1)
    done = place.scan(*arguments, env=ENCODINGS[encoding])
    done.expect(2)
    assert "\nError: " in f"\n{done.err}"
    assert (done.out, place.asked()) == (b"", 0)


# Standard streams


@pytest.mark.parametrize(
    "streams",
    [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full"],
)
def test_without_standard_streams_reports_log_and_cache_are_whole(
    place: Place, streams: str
) -> None:
    """What is opened in their place must not be written over by what was meant for them."""
    report, log = place.path / "report.json", place.path / "log"
    done = place.scan("-o", report, "--log-file", log, "-v", streams=streams)
    done.expect(0)
    told = b"vscan: nothing found (exit 0)\n" if streams == "2>&-" else b""
    assert done.out.endswith(told) if told else done.out == b""
    assert whole(report.read_bytes())["stats"]["fresh"] == 2
    assert all(json.loads(line) for line in log.read_text("utf-8").splitlines())
    assert maintenance.verify(place.path / ".cache" / "vscan", None) == (2, 0)


@pytest.mark.parametrize("streams", [">&-", ">/dev/full", "<&- >&- 2>&-"])
def test_where_standard_output_can_not_be_written_the_other_reports_are_whole(
    place: Place, streams: str
) -> None:
    report = place.path / "report.json"
    done = place.scan("-o", "json=-", "-o", report, streams=streams)
    assert done.code == 2
    assert whole(report.read_bytes())
    assert "nothing found" not in done.err
    assert "(exit " not in done.err


def test_where_one_report_can_not_be_written_the_others_are_whole(place: Place) -> None:
    done = place.scan("-o", "json=/dev/full", "-o", "json=-", "-o", place.path / "report.json")
    done.expect(2, "/dev/full can't be written: no space left")
    assert done.printed() == whole((place.path / "report.json").read_bytes())


# Full disks


def full(disk: Path, room: int, options: str = "size=64k") -> str:
    """Mount a small disk with an earlier report on it and ``room`` bytes that are left."""
    return f"""
mount -t tmpfs -o {options} none '{disk}'
echo earlier > '{disk}/old.json'
cat /dev/zero > '{disk}/filling' 2>/dev/null || true
truncate -s -{room} '{disk}/filling'
"""


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize(
    ("name", "room"),
    [
        ("old.json", 0),
        ("old.json", 4096),
        ("new.json", 8192),
        ("sub/new.json", 0),
    ],
)
def test_a_full_disk_leaves_the_old_report_or_none_but_never_half(
    place: Place, name: str, room: int
) -> None:
    for number in range(20):
        install(place.extensions, f"acme.more-{number}")
    disk, kept = place.directory("disk"), place.path / "kept"
    path = disk / name
    line = command("scan", place.extensions, "-q", "-o", f"json={path}")
    after = f"cp -r '{disk}' '{kept}'"
    done = place.run(in_namespace(full(disk, room), line, after))
    done.expect(2, f"{path} can't be written: no space left")
    assert done.out == b""
    assert "nothing found" not in done.err
    assert "(exit " not in done.err
    assert (kept / "old.json").read_text() == "earlier\n"
    left = {file.name for file in kept.rglob("*") if file.is_file()}
    assert left == {"old.json", "filling"}


@pytest.mark.usefixtures("mounts")
def test_a_disk_without_room_for_another_file_leaves_the_old_report(place: Place) -> None:
    disk = place.directory("disk")
    line = command("scan", place.extensions, "-q", "-o", disk / "old.json")
    setup = full(disk, 0, "size=64k,nr_inodes=3")  # itself, the old report, the filling
    done = place.run(in_namespace(setup, line, f"cat '{disk}/old.json'; ls -A '{disk}'"))
    done.expect(2, "no space left")
    assert done.out.split() == [b"earlier", b"filling", b"old.json"]


@pytest.mark.usefixtures("mounts")
@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_log_on_a_full_disk_costs_the_log_and_not_the_verdict(
    place: Place, log_format: str
) -> None:
    disk = place.directory("disk")
    options = ("--log-file", disk / "log", "--log-format", log_format, "-v")
    line = command("scan", place.extensions, "-o", "json=-", *options)
    done = place.run(in_namespace(full(disk, 0), line))
    done.expect(0, "vscan: nothing found (exit 0)")
    assert done.printed()["decision"]["exit_code"] == 0


def test_a_log_that_takes_nothing_costs_not_the_verdict(place: Place) -> None:
    done = place.scan("--log-file", "/dev/full", "-v", "-o", "json=-")
    done.expect(0, "vscan: nothing found (exit 0)")
    assert "standard output" not in done.err


@pytest.mark.parametrize("path", ["extensions", "a-file/log", "a-file/missing/log"])
def test_a_log_that_can_not_be_opened_is_refused_before_anything_is_asked(
    place: Place, path: str
) -> None:
    (place.path / "a-file").write_text("")
    done = place.scan("--log-file", path, "-o", "json=-")
    done.expect(2, path)
    assert (done.out, place.asked()) == (b"", 0)


# Where reports may lie


def test_a_report_in_another_users_directory_is_refused_before_anything_is_asked(
    place: Place, stranger: Stranger
) -> None:
    theirs = place.directory("theirs")
    (theirs / "report.json").write_text("earlier")
    (theirs / "report.json").chmod(0o644)
    for name in ("report.json", "new.json", "sub/new.json"):
        done = stranger.run(
            place, "scan", place.extensions, "-o", theirs / name, env={"HOME": None}
        )
        done.expect(2, name, "can't be written", "permission denied")
    assert place.asked() == 0
    assert [path.name for path in theirs.iterdir()] == ["report.json"]
    assert (theirs / "report.json").read_text() == "earlier"
    assert theirs.stat().st_mode & 0o777 == 0o755


def test_another_users_report_in_a_shared_directory_is_left_whole(
    place: Place, stranger: Stranger
) -> None:
    """As in /tmp: everybody may make files there, and nobody replace another's."""
    shared = place.directory("shared", mode=0o1777)
    (shared / "report.json").write_text("earlier")
    done = stranger.run(
        place, "scan", place.extensions, "-o", shared / "report.json", env={"HOME": None}
    )
    done.expect(2, "report.json can't be written")
    assert [path.name for path in shared.iterdir()] == ["report.json"]
    assert (shared / "report.json").read_text() == "earlier"


@pytest.mark.parametrize(
    "points_to",
    ["nowhere/report.json", "link.json", "extensions/acme.one-1.0.0/package.json/x", "/dev/full"],
)
def test_a_link_is_replaced_wherever_it_leads(place: Place, points_to: str) -> None:
    (place.path / "link.json").symlink_to(points_to)
    place.scan("-o", "link.json").expect(0)
    assert not (place.path / "link.json").is_symlink()
    assert whole((place.path / "link.json").read_bytes())


def test_a_name_that_is_too_long_is_refused_before_anything_is_asked(place: Place) -> None:
    done = place.scan("-o", "json=" + "r" * 300)
    done.expect(2, "can't be written: file name too long")
    assert place.asked() == 0


def test_a_name_may_be_as_long_as_the_file_system_allows(place: Place) -> None:
    path = place.path / ("r" * 250 + ".json")
    place.scan("-o", path).expect(0)
    assert whole(path.read_bytes())


@pytest.mark.parametrize("path", ["a-file/report.json", "a-file/sub/report.json"])
def test_a_path_below_a_file_is_refused_and_the_file_stays(place: Place, path: str) -> None:
    (place.path / "a-file").write_text("mine")
    done = place.scan("-o", path)
    done.expect(2, f"{path} can't be written")
    assert place.asked() == 0
    assert (place.path / "a-file").read_text() == "mine"


@pytest.mark.usefixtures("mounts")
def test_a_file_that_is_mounted_alone_holds_a_whole_report_or_the_old_one(place: Place) -> None:
    """As containers are given single files. It can be written, and not be replaced."""
    report, outside = place.path / "report.json", place.path / "outside.json"
    for path in (report, outside):
        path.write_text("earlier")
    line = command("scan", place.extensions, "-o", report)
    done = place.run(in_namespace(f"mount --bind '{outside}' '{report}'", line))
    assert done.code in (0, 2)
    done.expect(done.code, *([] if done.code == 0 else ["report.json can't be written"]))
    if done.code == 0:
        assert whole(outside.read_bytes())
    else:
        assert outside.read_text() == "earlier"
    names = {path.name for path in place.path.iterdir()}
    assert not {name for name in names if name.endswith(".tmp")}


# Devices and pipes


def test_the_devices_of_the_standard_streams_are_reports_places(place: Place) -> None:
    assert place.scan("-o", "json=/dev/stdout").printed()["stats"]["scanned"] == 2
    done = place.scan("-o", "json=/dev/null")
    done.expect(0)
    assert done.out.endswith(b"report (json): /dev/null\nvscan: nothing found (exit 0)\n")
    assert b"{" not in done.out
    assert Path("/dev/null").is_char_device()


def test_the_device_of_standard_output_leaves_what_else_its_file_holds(place: Place) -> None:
    """Others write to it, too: it is theirs, and no report that could be replaced."""
    line = command("scan", place.extensions, "-q", "-o", "json=/dev/stdout")
    script = '{ echo before; "$@"; echo after; } > kept'
    place.run(["bash", "-c", script, "bash", *line]).expect(0)
    first, *report, last = (place.path / "kept").read_text("utf-8").splitlines()
    assert (first, last) == ("before", "after")
    assert whole("\n".join(report).encode())


def test_the_device_of_standard_output_is_open_to_every_user(
    place: Place, stranger: Stranger
) -> None:
    """Also where it is a file: nobody but root may write to /dev itself."""
    line = stranger.line("scan", place.extensions, "-q", "-o", "json=/dev/stdout")
    into = ["bash", "-c", 'exec "$@" > kept', "bash", *line]
    own = place.directory("own", STRANGER)
    done = place.run(
        in_namespace(stranger.setup, into) if stranger.setup else into,
        cwd=own,
        env={**stranger.variables, "HOME": None},
    )
    done.expect(0)
    assert whole((own / "kept").read_bytes())


def test_a_pipe_with_a_reader_is_a_reports_place(place: Place) -> None:
    pipe, got = place.path / "pipe", list[bytes]()
    make_pipe(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    place.scan("-o", f"json={pipe}").expect(0)
    reader.join(10)
    assert whole(got[0])
    assert pipe.is_fifo()


# Terminals


def on_terminal(
    place: Place, *arguments: str | Path, size: tuple[int, int], env: Variables | None = None
) -> Done:
    """Scan before a terminal of so many rows and columns; what it was sent is ``err``."""
    ours, theirs = open_terminal()
    import fcntl
    import termios

    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    with subprocess.Popen(
        command("scan", place.extensions, "-o", "json=-", *arguments),
        env=place.environment({"TERM": "xterm-256color", **(env or {})}),
        cwd=place.path,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown = b"".join(iter(functools.partial(_piece, ours), b""))
        assert process.stdout is not None
        out = process.stdout.read()
    os.close(ours)
    return Done(process.returncode, out, shown.decode("utf-8"))


def _piece(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's way to say that the other end is closed
        return b""


def colours(text: str) -> set[str]:
    """Find the sequences that ask for a colour; bold and dim are none."""
    numbers = {
        number
        for sequence in re.findall(r"\x1b\[([0-9;]*)m", text)
        for number in sequence.split(";")
    }
    return {n for n in numbers if re.fullmatch(r"[349][0-9]|10[0-7]", n) and n not in {"39", "49"}}


NOTHING = "nothing found"


@pytest.mark.parametrize(
    ("size", "options", "says"),
    [
        ((24, 80), (), NOTHING),
        ((5, 20), ("-v",), NOTHING),
        ((1, 1), (), ""),  # it fits nowhere; the exit code has it
        ((1, 1), ("--plain",), NOTHING),
        ((0, 0), (), NOTHING),
        ((65535, 65535), ("-q",), NOTHING),
    ],
)
def test_a_terminal_of_any_size_shows_the_verdict(
    place: Place, size: tuple[int, int], options: tuple[str, ...], says: str
) -> None:
    done = on_terminal(place, *options, size=size)
    done.expect(0, says)
    assert done.printed()["stats"]["scanned"] == 2


@pytest.mark.parametrize("columns", ["1", "many"])
def test_any_number_of_columns_is_borne(place: Place, columns: str) -> None:
    done = on_terminal(place, size=(24, 80), env={"COLUMNS": columns, "LINES": columns})
    done.expect(0)
    assert done.printed()["stats"]["scanned"] == 2


@pytest.mark.parametrize("term", [None, "unknown"])
def test_any_kind_of_terminal_shows_the_verdict(place: Place, term: str | None) -> None:
    done = on_terminal(place, size=(24, 80), env={"TERM": term})
    done.expect(0, "vscan: nothing found (exit 0)")
    assert done.printed()["stats"]["scanned"] == 2


@pytest.mark.parametrize("options", [(), ("-v",)])
def test_a_dumb_terminal_gets_no_escape_sequence(place: Place, options: tuple[str, ...]) -> None:
    done = on_terminal(place, *options, size=(24, 80), env={"TERM": "dumb"})
    done.expect(0, "vscan: nothing found (exit 0)")
    assert "\x1b" not in done.err


@pytest.mark.parametrize("options", [(), ("-v",), ("-q",)])
def test_no_color_means_no_colour(place: Place, options: tuple[str, ...]) -> None:
    done = on_terminal(place, *options, size=(24, 80), env={"NO_COLOR": "1"})
    done.expect(0, NOTHING)
    assert colours(done.err) == set()


def test_without_no_color_there_is_colour(place: Place) -> None:
    """The control of the test above."""
    assert colours(on_terminal(place, "-v", size=(24, 80)).err)


def test_half_a_report_and_a_traceback_are_noticed(place: Place) -> None:
    """The control of all checks."""
    done = place.scan("-o", "json=-")
    with pytest.raises(json.JSONDecodeError):
        whole(done.out[: len(done.out) // 2])
    with pytest.raises(AssertionError):
        Done(0, b"", "Traceback (most recent call last):").expect(0)
