"""``vscan config``, and what a scan makes of what it wrote."""

import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import install, results
from tests.command import Result, command, environment, scan, vscan
from tests.other_systems import is_root
from tests.server import Script, Server
from vscan.settings.table import BY_KEY


@pytest.fixture
def server() -> Iterator[Server]:
    """Answer that everything is clean."""
    with Server(
        Script(answer=lambda *asked: results(asked[0], asked[1], analysis_id=asked[2]))
    ) as server:
        yield server


@pytest.fixture
def extensions(tmp_path: Path) -> Path:
    directory = tmp_path / "extensions"
    for number in range(3):
        install(directory, f"acme.tool-{number}")
    return directory


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Where the user's own file is."""
    return tmp_path / ".vscanrc"


def config(home: Path, *arguments: str | Path, **variables: str | None) -> Result:
    return vscan(home, "config", *arguments, **{"VSCAN_SOURCE": None, **variables})


def done(home: Path, *arguments: str | Path, **variables: str) -> str:
    """Run a command that must succeed. Returns what it printed."""
    result = config(home, *arguments, **variables)
    assert result.code == 0, result.err
    return result.out


# From the file to the run.


def test_what_is_set_is_what_a_scan_does_and_an_option_wins(
    tmp_path: Path, extensions: Path, own: Path, server: Server
) -> None:
    done(tmp_path, "set", "scan.parallel", "true")
    done(tmp_path, "set", "scan.workers", "3")
    done(tmp_path, "set", "scan.api_url", server.api_url)
    done(tmp_path, "set", "scan.exclude_ids", "acme.tool-0, other.*")
    assert own.read_text("utf-8").splitlines()[:3] == ["[scan]", "parallel = true", "workers = 3"]

    def mode(*arguments: str, **variables: str) -> tuple[str, int]:
        found = scan(tmp_path, extensions, *arguments, **variables)
        assert (found.code, found.stats["total"]) == (0, 2)
        assert found.report["run"]["policy_files"] == [str(own)]
        return found.report["run"]["mode"], found.report["run"]["workers"]

    assert mode() == ("parallel", 3)
    assert mode("--workers", "2") == ("parallel", 2)
    assert mode(VSCAN_WORKERS="4") == ("parallel", 4)
    assert mode("--no-parallel") == ("sequential", 1)
    assert mode(VSCAN_PARALLEL="false") == ("sequential", 1)


def test_what_the_file_says_of_policy_and_reports_counts(
    tmp_path: Path, extensions: Path, server: Server
) -> None:
    done(tmp_path, "set", "policy.blocked", "ACME.tool-1")
    done(tmp_path, "set", "output.reports", "csv=out.csv,junit=out.xml")
    found = vscan(tmp_path, "scan", extensions, "--api-url", server.api_url, VSCAN_DELAY="0")
    assert found.code == 1
    assert "policy-blocked" in (tmp_path / "out.csv").read_text("utf-8")
    assert "<testsuites" in (tmp_path / "out.xml").read_text("utf-8")


@pytest.mark.parametrize("how", ["option", "variable", "own"])
def test_an_unknown_key_is_told_on_standard_error_and_in_the_report(
    tmp_path: Path, extensions: Path, server: Server, own: Path, how: str
) -> None:
    place = own if how == "own" else tmp_path / "settings.toml"
    place.write_text("[scan]\nwrokers = 3\n", "utf-8")
    options = ("--config", str(place)) if how == "option" else ()
    variables = {"VSCAN_CONFIG": str(place)} if how == "variable" else {}
    found = scan(
        tmp_path, extensions, "--api-url", server.api_url, *options, VSCAN_FAILON="low", **variables
    )
    assert found.code == 0
    warning = f"{place}: scan.wrokers is not known, did you mean scan.workers?"
    mistyped = "the variable VSCAN_FAILON is not known, did you mean VSCAN_FAIL_ON?"
    assert found.report["run"]["warnings"] == [warning, mistyped]
    assert found.report["run"]["policy_files"] == [str(place)]
    assert warning in found.err
    assert mistyped in found.err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[scan]\nworkers = 9\n", "scan.workers: 9 is not between 2 and 5"),
        ('[policy]\nfail_on = "hgih"\n', "policy.fail_on: 'hgih' is not one of 'none', 'low'"),
        ("[scan]\nparallel = 2\n", "scan.parallel: '2' is neither true nor false"),
        ("[scan]\ninclude_ids = [1]\n", "scan.include_ids is of a type"),
        ("scan: {}\n", "is not TOML"),
    ],
)
def test_a_bad_value_ends_every_command_that_reads_it_with_2(
    tmp_path: Path, own: Path, text: str, says: str
) -> None:
    own.write_text(text, "utf-8")
    for arguments in (("scan",), ("config", "show"), ("config", "get", "scan.workers")):
        found = vscan(tmp_path, *arguments)
        assert (found.code, found.out) == (2, "")
        assert str(own) in found.err
        assert says in found.err
        assert "Traceback" not in found.err


def test_a_config_that_is_named_must_be_there(tmp_path: Path) -> None:
    for options, variables in ((("--config", "gone"), {}), ((), {"VSCAN_CONFIG": "gone"})):
        found = vscan(tmp_path, "scan", *options, **variables)
        assert found.code == 2
        assert "the config file gone can't be read: no such file" in found.err


def test_a_checkout_can_not_bring_its_own_settings(
    tmp_path: Path, extensions: Path, server: Server
) -> None:
    """In a pull request its author would own the gate."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in (".vscanrc", "vscan.toml", "pyproject.toml", ".vscan-ignore.toml"):
        (checkout / name).write_text("[policy]\nblocked = ['*']\n", "utf-8")
    found = subprocess.run(
        command("scan", extensions, "--api-url", server.api_url, "--delay", "0"),
        env=environment(tmp_path),
        cwd=checkout,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert found.returncode == 0


# Looking.


def test_show_gives_every_value_and_where_it_comes_from(tmp_path: Path, own: Path) -> None:
    own.write_text('[scan]\nworkers = 4\nprivate = "corp.*"\n', "utf-8")
    lines = done(tmp_path, "show", VSCAN_FAIL_ON="LOW").splitlines()
    assert f"scan.workers = 4  # {own}" in lines
    assert f'scan.private = ["corp.*"]  # {own}' in lines
    assert 'policy.fail_on = "low"  # VSCAN_FAIL_ON' in lines
    assert "scan.parallel = false  # default" in lines
    assert "scan.deadline = (not set)  # default" in lines
    assert len(lines) == len(BY_KEY)


def test_show_warns_of_what_is_not_known(tmp_path: Path, own: Path) -> None:
    own.write_text("[scan]\nwrokers = 4\n", "utf-8")
    found = config(tmp_path, "show")
    assert found.code == 0
    assert found.err == (f"Warning: {own}: scan.wrokers is not known, did you mean scan.workers?\n")


def test_show_names_the_file_that_counts(tmp_path: Path, own: Path) -> None:
    own.write_text("[scan]\nworkers = 4\n", "utf-8")
    other = tmp_path / "other"
    other.write_text("[scan]\nworkers = 5\n", "utf-8")
    line = f"scan.workers = 5  # {other}"
    assert line in done(tmp_path, "show", "--config", other)
    assert line in done(tmp_path, "show", VSCAN_CONFIG=str(other))


@pytest.mark.parametrize(
    ("key", "variables", "value"),
    [
        ("scan.workers", {}, "4"),
        ("scan.workers", {"VSCAN_WORKERS": "5"}, "5"),
        ("scan.parallel", {}, "false"),
        ("scan.private", {}, '["corp.*", "a.b"]'),
        ("scan.include_ids", {}, "[]"),
        ("policy.fail_on", {}, "high"),
        ("policy.min_score", {}, ""),
        ("cache.dir", {"VSCAN_CACHE_DIR": "/x"}, "/x"),
    ],
)
def test_get_gives_the_value_that_a_scan_would_take(
    tmp_path: Path, own: Path, key: str, variables: dict[str, str], value: str
) -> None:
    own.write_text("[scan]\nworkers = 4\nprivate = ['corp.*', 'a.b']\n", "utf-8")
    assert done(tmp_path, "get", key, **variables) == f"{value}\n"


def test_path_is_where_the_file_is_or_would_be(tmp_path: Path, own: Path) -> None:
    assert done(tmp_path, "path") == f"{own}\n"
    assert done(tmp_path, "path", "--config", "x.toml") == "x.toml\n"
    assert done(tmp_path, "path", VSCAN_CONFIG="/y.toml") == "/y.toml\n"


# Changing.


def test_init_makes_a_file_that_shows_everything_and_sets_nothing(
    tmp_path: Path, own: Path
) -> None:
    assert done(tmp_path, "init") == f"made {own}\n"
    text = own.read_text("utf-8")
    for section in ("scan", "cache", "output", "policy"):
        assert f"\n[{section}]\n" in text
    assert "# workers = 3  # 2 to 5\n" in text
    assert '# fail_on = "high"  # none, low, medium, high, critical\n' in text
    assert '# api_url = "https://vscan.dev/api/extensions"\n' in text
    uncommented = [line[2:] for line in text.splitlines() if re.match(r"# [a-z_]+ = ", line)]
    assert len(tomllib.loads("\n".join(uncommented))) == len(BY_KEY)
    shown = done(tmp_path, "show").splitlines()
    assert all(line.endswith("# default") for line in shown)
    assert stat.S_IMODE(own.stat().st_mode) == 0o600


def test_init_replaces_nothing(tmp_path: Path, own: Path) -> None:
    own.write_text("# mine\n", "utf-8")
    found = config(tmp_path, "init")
    assert found.code == 2
    assert "is there already" in found.err
    assert own.read_text("utf-8") == "# mine\n"


def test_init_makes_again_what_reset_has_emptied(tmp_path: Path, own: Path) -> None:
    done(tmp_path, "init")
    done(tmp_path, "set", "scan.workers", "5")
    assert config(tmp_path, "init").code == 2
    done(tmp_path, "reset", "--all")
    assert done(tmp_path, "init") == f"made {own}\n"


def test_what_init_made_can_be_set_and_read(tmp_path: Path, own: Path) -> None:
    done(tmp_path, "init")
    done(tmp_path, "set", "policy.fail_on", "critical")
    assert done(tmp_path, "get", "policy.fail_on") == "critical\n"
    assert "# Settings of vscan." in own.read_text("utf-8")


COMMENTED = """\
# ours, since the audit
[scan]
workers = 4 # not more: the proxy
# the next one is odd
delay = 0.5

[policy]   # strict
fail_on = "low"
[scan.later]
kept = true
"""


def test_comments_order_and_unknown_keys_survive_set_and_reset(tmp_path: Path, own: Path) -> None:
    own.write_text(COMMENTED, "utf-8")
    done(tmp_path, "set", "scan.delay", "0.25")
    assert own.read_text("utf-8") == COMMENTED.replace("0.5", "0.25")
    done(tmp_path, "set", "scan.private", "corp.*")
    done(tmp_path, "reset", "scan.private")
    assert own.read_text("utf-8") == COMMENTED.replace("0.5", "0.25")
    done(tmp_path, "reset", "policy.fail_on")
    text = own.read_text("utf-8")
    assert "fail_on" not in text
    for kept in ("# ours, since the audit", "# not more: the proxy", "# strict", "kept = true"):
        assert kept in text


def test_reset_lets_the_default_count_again_and_all_forgets_every_key(
    tmp_path: Path, own: Path
) -> None:
    done(tmp_path, "set", "scan.workers", "5")
    done(tmp_path, "set", "policy.min_score", "50")
    done(tmp_path, "reset", "scan.workers")
    assert done(tmp_path, "get", "scan.workers") == "3\n"
    assert done(tmp_path, "get", "policy.min_score") == "50\n"
    done(tmp_path, "reset", "scan.workers")
    done(tmp_path, "reset", "--all")
    assert done(tmp_path, "get", "policy.min_score") == "\n"
    assert "=" not in own.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("set", "scan.wrokers", "3"), "did you mean scan.workers?"),
        (("set", "workers", "3"), "did you mean scan.workers?"),
        (("set", "nonsense", "3"), "`vscan config show` lists every key"),
        (("set", "scan.workers", "6"), "scan.workers: 6 is not between 2 and 5"),
        (("set", "scan.workers", "many"), "scan.workers"),
        (("set", "scan.parallel", "maybe"), "true"),
        (("set", "scan.delay", "nan"), "scan.delay"),
        (("set", "policy.fail_on", "hgih"), "critical"),
        (("set", "policy.ignore_file", ""), "empty"),
        (("set", "scan.private", ""), "scan.private: it is empty"),
        (("set", "scan.private", "corp.*,"), "scan.private: one of its entries is empty"),
        (("set", "scan.offline", ""), "scan.offline: it is empty"),
        (("set", "scan.workers"), "VALUE"),
        (("get", "scan.wrokers"), "did you mean scan.workers?"),
        (("reset", "scan.wrokers"), "did you mean scan.workers?"),
        (("reset",), "name one KEY, or --all"),
        (("reset", "scan.workers", "--all"), "name one KEY, or --all"),
    ],
)
def test_what_can_not_be_set_is_refused_and_nothing_is_written(
    tmp_path: Path, own: Path, arguments: tuple[str, ...], says: str
) -> None:
    found = config(tmp_path, *arguments)
    assert found.code == 2
    assert says in found.err
    assert not own.exists()


@pytest.mark.parametrize(
    "text", ["scan = 5\n", "[[scan]]\nx = 1\n", "scan: 3\n", "[scan]\nworkers = "]
)
def test_a_file_of_another_shape_is_left_as_it_is(tmp_path: Path, own: Path, text: str) -> None:
    own.write_text(text, "utf-8")
    found = config(tmp_path, "set", "scan.workers", "3")
    assert found.code == 2
    assert "Traceback" not in found.err
    assert own.read_text("utf-8") == text


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_a_file_for_everybody_stays_one(tmp_path: Path, own: Path, mode: int) -> None:
    own.write_text("", "utf-8")
    own.chmod(mode)
    done(tmp_path, "set", "scan.workers", "3")
    assert stat.S_IMODE(own.stat().st_mode) == mode
    assert list(tmp_path.iterdir()) == [own]


def test_a_link_stays_one_and_what_it_leads_to_is_changed(tmp_path: Path, own: Path) -> None:
    """Settings are often kept in a repository of their own."""
    real = tmp_path / "dotfiles" / "vscanrc"
    real.parent.mkdir()
    real.write_text("# mine\n", "utf-8")
    own.symlink_to(real)
    done(tmp_path, "set", "scan.workers", "3")
    assert own.is_symlink()
    assert real.read_text("utf-8") == "# mine\n\n[scan]\nworkers = 3\n"


def _missing(place: Path) -> None:
    place.parent.rmdir()


@pytest.mark.parametrize("make", [Path.mkdir, _missing, lambda place: place.symlink_to(place)])
def test_what_can_not_be_written_is_an_error_that_names_it(
    tmp_path: Path, make: Callable[[Path], Any]
) -> None:
    place = tmp_path / "etc" / "vscan.toml"
    place.parent.mkdir()
    make(place)
    found = config(tmp_path, "set", "scan.workers", "3", "--config", place)
    assert found.code == 2
    assert str(place) in found.err
    assert "Traceback" not in found.err


def test_a_place_where_nobody_can_write_is_an_error_that_names_it(tmp_path: Path) -> None:
    for arguments in (("set", "scan.workers", "3"), ("init",)):
        found = config(tmp_path, *arguments, "--config", "/proc/vscan.toml")
        assert found.code == 2
        assert "/proc/vscan.toml can't be written: " in found.err


def test_a_file_that_is_somebody_elses_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    if is_root():
        pytest.skip("nothing is forbidden to root")
    place = tmp_path / "etc" / "vscan.toml"
    place.parent.mkdir()
    place.write_text("# theirs\n", "utf-8")
    place.parent.chmod(0o500)
    found = config(tmp_path, "set", "scan.workers", "3", "--config", place)
    place.parent.chmod(0o700)
    assert found.code == 2
    assert f"{place} can't be written: permission denied" in found.err
    assert place.read_text("utf-8") == "# theirs\n"


# Completion in a shell.


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_of_a_shell_is_printed_and_ends_well(tmp_path: Path, shell: str) -> None:
    """As ``_VSCAN_COMPLETE=bash_source vscan`` of the installed script: it is named vscan."""
    found = _completing(tmp_path, _VSCAN_COMPLETE=f"{shell}_source")
    assert found.returncode == 0, found.stderr
    assert "_VSCAN_COMPLETE" in found.stdout


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "vscan ",
            {"scan", "report", "merge", "cache", "db", "config", "rules"},
        ),
        ("vscan sc", {"scan"}),
        ("vscan scan --para", {"--parallel"}),
        ("vscan config re", {"reset"}),
        ("vscan scan --fail-on cr", {"critical"}),
    ],
)
def test_commands_options_and_words_are_completed(
    tmp_path: Path, own: Path, words: str, expected: set[str]
) -> None:
    own.write_text("[scan]\nworkers = 99\n", "utf-8")  # what is wrong there is none of its business
    found = _completing(
        tmp_path,
        _VSCAN_COMPLETE="bash_complete",
        COMP_LINE=words,
    )
    assert found.returncode == 0, found.stderr
    suggested = [line.split("\t")[:2] for line in found.stdout.splitlines()]
    assert {kind for kind, _ in suggested} == {"plain"}
    assert {value for _, value in suggested} == expected


def _completing(home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    script = home / "bin" / "vscan"
    script.parent.mkdir()
    script.write_text("from vscan.cli import main\nmain()\n", "utf-8")
    python, *_ = command()
    return subprocess.run(
        [python, script],
        env=environment(home, **variables),
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("file", "option", "code"),
    [("quiet = true", "-v", 4), ("verbose = true", "-q", 4), ("plain = true", "-q", 4)],
)
def test_an_option_wins_over_its_opposite_in_the_file(
    tmp_path: Path, file: str, option: str, code: int
) -> None:
    (tmp_path / ".vscanrc").write_text(f"[output]\n{file}\n")
    (tmp_path / "none").mkdir()
    done = vscan(tmp_path, "scan", "none", option)
    assert done.code == code, done.err
    # The result of a quiet run has no blank line.
    assert done.out.startswith("There is nothing to scan in `none`.\n") == (option == "-q")


def test_two_opposites_at_one_place_are_an_error(tmp_path: Path) -> None:
    (tmp_path / ".vscanrc").write_text("[output]\nquiet = true\nverbose = true\n")
    for arguments in ((), ("-q", "-v")):
        done = vscan(tmp_path, "scan", *arguments)
        assert (done.code, "exclude each other" in done.err) == (2, True)


_AS_ANOTHER_USER = """
import os, sys
import vscan.cli, vscan.cli.config
os.setgroups([])
os.setgid(54321)
os.setuid(54321)
sys.argv = ["vscan", "config", *sys.argv[1:]]
vscan.cli.main()
"""


@pytest.mark.parametrize("arguments", [("init",), ("set", "scan.workers", "3"), ("show",)])
def test_a_file_that_may_not_be_looked_at_is_an_error_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    if not is_root():
        pytest.skip("only root can become another user")
    (tmp_path / "locked").mkdir(0o700)
    done = subprocess.run(
        [sys.executable, "-c", _AS_ANOTHER_USER, *arguments],
        env=environment(tmp_path / "locked"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: ")
    assert "/locked/.vscanrc can't be looked at: permission denied" in done.stderr
