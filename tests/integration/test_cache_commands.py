"""``vscan cache``, run as a user runs it, on caches in every state."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from tests.builders import verdict
from tests.command import Result, command, environment, vscan
from tests.other_systems import is_root, make_pipe
from vscan.cache import Cache, Hit, Reader
from vscan.cache.cache_file_opening import FILE_NAME, SIDE_FILES
from vscan.model import CacheKey

DAY_S = 24 * 3600
KEY = CacheKey("https://vscan.dev", "acme.tools", "1.0.0", "")
OLD_KEY = CacheKey("https://vscan.dev", "acme.tools", "0.9.0", "")
SECRET = "a secret of the pipeline"


def cache(home: Path, *arguments: str | Path, **variables: str) -> Result:
    return vscan(home, "cache", *arguments, **variables)


@contextmanager
def opened(directory: Path, secret: bytes | None = None, age_s: float = 0) -> Iterator[Cache]:
    """Open a cache that must be in order."""
    memory = Cache(
        directory,
        max_age_s=7 * DAY_S,
        key=secret,
        warn=pytest.fail,
        now=lambda: time.time() - age_s,
    )
    with closing(memory):
        yield memory


def remembers(directory: Path, key: CacheKey) -> bool:
    reader = Reader(directory / FILE_NAME, max_age_s=365 * DAY_S, key=None, now=time.time)
    with closing(reader):
        return isinstance(reader.get(key), Hit)


@contextmanager
def missing(_: Path) -> Iterator[None]:
    """Leave nothing there, not even the directory."""
    yield


@contextmanager
def empty(directory: Path) -> Iterator[None]:
    with opened(directory):
        pass
    yield


@contextmanager
def good(directory: Path) -> Iterator[None]:
    """Remember one fresh verdict and an old one."""
    with opened(directory) as memory:
        memory.put(KEY, verdict())
    with opened(directory, age_s=30 * DAY_S) as memory:
        memory.put(OLD_KEY, verdict())
    yield


@contextmanager
def used(directory: Path) -> Iterator[None]:
    """Have a scan at work on it, between two of its commits."""
    with good(directory), opened(directory) as memory:
        memory.put(KEY, verdict())
        yield


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Have somebody in the middle of a commit for as long as we look."""
    with good(directory), closing(sqlite3.connect(directory / FILE_NAME)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def shut(directory: Path) -> Iterator[None]:
    """Have somebody keep the file to himself."""
    with good(directory), closing(sqlite3.connect(directory / FILE_NAME)) as connection:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def corrupt(directory: Path) -> Iterator[None]:
    with good(directory):
        path = directory / FILE_NAME
        path.write_bytes(b"\xff" * 100 + path.read_bytes()[100:])
        yield


@contextmanager
def directory_in_its_place(directory: Path) -> Iterator[None]:
    (directory / FILE_NAME).mkdir(parents=True)
    yield


State = Callable[[Path], AbstractContextManager[None]]

_EMPTY_STATS = """\
path: PATH
size: [0-9]+ bytes
entries: 0 \\(0 older than 7 days\\)
oldest: -
newest: -
fetched archives: 0 \\(0 bytes\\)
"""
_GOOD_STATS = """\
path: PATH
size: [1-9][0-9]+ bytes
entries: 2 \\(1 older than 7 days\\)
oldest: 20[0-9-]{8} [0-9:]{5}Z
newest: 20[0-9-]{8} [0-9:]{5}Z
fetched archives: 0 \\(0 bytes\\)
  https://vscan.dev: 2
"""
_DAMAGED = "file is not a database"
_LOCKED = "database is locked"

# State, command, what it says: on standard output if it succeeds, else as its error.
_ANSWERS: list[tuple[State, str, int, str]] = [
    (missing, "stats", 0, _EMPTY_STATS),
    (missing, "prune", 0, "removed 0 entries\n"),
    (missing, "verify", 0, "0 entries whole, 0 not\n"),
    (missing, "clear", 0, "cleared DIRECTORY: there was no cache\n"),
    (missing, "path", 0, "DIRECTORY\n"),
    (empty, "stats", 0, _EMPTY_STATS),
    (empty, "prune", 0, "removed 0 entries\n"),
    (empty, "verify", 0, "0 entries whole, 0 not\n"),
    (good, "stats", 0, _GOOD_STATS),
    (good, "prune", 0, "removed 1 entry\n"),
    (good, "verify", 0, "2 entries whole, 0 not\n"),
    (good, "clear", 0, f"cleared DIRECTORY: removed {FILE_NAME}\n"),
    (used, "stats", 0, _GOOD_STATS),
    (used, "prune", 0, "removed 1 entry\n"),
    (used, "verify", 0, "2 entries whole, 0 not\n"),
    (locked, "stats", 0, _GOOD_STATS),
    (locked, "prune", 2, _LOCKED),
    (locked, "verify", 0, "2 entries whole, 0 not\n"),
    (locked, "clear", 0, f"cleared DIRECTORY: removed {FILE_NAME}, .*\n"),
    (shut, "stats", 2, _LOCKED),
    (shut, "verify", 2, _LOCKED),
    (corrupt, "stats", 2, _DAMAGED),
    (corrupt, "prune", 2, _DAMAGED),
    (corrupt, "verify", 2, _DAMAGED),
    (corrupt, "clear", 0, f"cleared DIRECTORY: removed {FILE_NAME}\n"),
    (directory_in_its_place, "stats", 2, ""),
    (directory_in_its_place, "prune", 2, ""),
    (directory_in_its_place, "verify", 2, ""),
    (directory_in_its_place, "clear", 2, "is a directory"),
]


@pytest.mark.parametrize(
    ("state", "arguments", "code", "says"),
    _ANSWERS,
    ids=[f"{state.__name__}-{arguments}" for state, arguments, _, _ in _ANSWERS],
)
def test_each_command_answers_for_each_state(
    tmp_path: Path, state: State, arguments: str, code: int, says: str
) -> None:
    """Standard output has what was asked for or nothing, standard error only trouble."""
    directory = tmp_path / "cache"
    path = directory / FILE_NAME
    with state(directory):
        done = cache(tmp_path, *arguments.split(), VSCAN_CACHE_DIR=str(directory))
    assert done.code == code
    if code == 0:
        says = says.replace("PATH", re.escape(str(path)))
        says = says.replace("DIRECTORY", re.escape(str(directory)))
        assert re.fullmatch(says, done.out)
        in_use = arguments == "clear" and state is locked
        assert done.err.startswith("Warning: another process has") if in_use else done.err == ""
    else:
        assert done.out == ""
        assert done.err.startswith(f"Error: {path} can't be ")
        assert says in done.err
        assert done.err.count(str(path)) == 1  # the reason is not the path once more
    changed = code == 0 and arguments in {"prune", "clear"}
    assert remembers(directory, OLD_KEY) == (state in {good, used, locked, shut} and not changed)
    assert directory.exists() == (state is not missing)


@pytest.mark.parametrize("arguments", ["stats", "prune", "verify", "path"])
def test_only_clear_touches_a_corrupt_cache(tmp_path: Path, arguments: str) -> None:
    with corrupt(tmp_path):
        before = (tmp_path / FILE_NAME).read_bytes()
        cache(tmp_path, arguments, "--cache-dir", tmp_path)
        assert (tmp_path / FILE_NAME).read_bytes() == before


@pytest.mark.parametrize("state", [good, corrupt])
def test_a_cleared_cache_leaves_no_file_and_can_be_used_again(tmp_path: Path, state: State) -> None:
    with state(tmp_path):
        for suffix in ("-wal", "-shm", "-journal"):  # as after a kill
            (tmp_path / (FILE_NAME + suffix)).write_bytes(b"left behind")
        (tmp_path / "another file").touch()
        cache(tmp_path, "clear", "--cache-dir", tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["another file"]
    with opened(tmp_path) as memory:
        memory.put(KEY, verdict())
    assert remembers(tmp_path, KEY)


def _leave(directory: Path, program: str) -> None:
    """Have a process that has the cache open do something, and be killed."""
    opens = "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None)"
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"{opens}\n{program}\nos.kill(os.getpid(), 9)",
            directory / FILE_NAME,
        ],
        check=False,
    )


def _zero_bytes(directory: Path) -> None:
    (directory / FILE_NAME).touch()


def _only_begun(directory: Path) -> None:
    """Leave what a scan leaves that is killed before it has made the table."""
    _leave(directory, "c.execute('PRAGMA journal_mode=WAL').fetchone()")


def _wrong_schema(directory: Path) -> None:
    with opened(directory), closing(sqlite3.connect(directory / FILE_NAME)) as connection:
        connection.execute("CREATE VIEW odd AS SELECT 1")
        connection.execute("PRAGMA user_version=99")


def _lock_of_the_dead(directory: Path) -> None:
    with opened(directory):
        pass
    _leave(directory, "c.execute('BEGIN EXCLUSIVE'); c.execute('DELETE FROM verdicts')")


def _journal_of_the_dead(directory: Path) -> None:
    with opened(directory):
        pass
    insert = "INSERT INTO verdicts VALUES (1, 2, 3, 4, 5, 6, zeroblob(9000000), 8, 9)"
    _leave(
        directory,
        "c.execute('PRAGMA journal_mode=DELETE'); c.execute('PRAGMA cache_size=1');"
        f" c.execute('BEGIN EXCLUSIVE'); c.execute('{insert}')",
    )


def _side_files_alone(directory: Path) -> None:
    for name in SIDE_FILES:
        (directory / name).write_bytes(b"left behind")


@pytest.mark.parametrize(
    "make",
    [
        _zero_bytes,
        _only_begun,
        _wrong_schema,
        _lock_of_the_dead,
        _journal_of_the_dead,
        _side_files_alone,
    ],
)
def test_clear_starts_anew_whatever_was_there(tmp_path: Path, make: Callable[[Path], None]) -> None:
    directory = tmp_path / "cache"
    directory.mkdir()
    make(directory)
    names = {path.name for path in directory.iterdir()}
    assert names
    done = cache(tmp_path, "clear", "--cache-dir", directory)
    assert (done.code, done.err) == (0, "")
    said, _, removed = done.out.partition(": removed ")
    assert said == f"cleared {directory}"
    assert set(removed.strip().split(", ")) == names
    assert list(directory.iterdir()) == []
    with opened(directory) as memory:
        memory.put(KEY, verdict())
    assert remembers(directory, KEY)


def _link(path: Path) -> None:
    path.symlink_to(path.parent / "not there")


def _link_to_a_cache(path: Path) -> None:
    with opened(path.parent / "real"):
        pass
    path.symlink_to(path.parent / "real" / FILE_NAME)


def _another_programs(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE mine (keep)")


def _another_programs_log(path: Path) -> None:
    """Leave a database of which all is still in the log."""
    program = (
        "c.execute('PRAGMA journal_mode=WAL').fetchone(); c.execute('CREATE TABLE mine (keep)')"
    )
    _leave(path.parent, program)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (_link, "a link"),
        (_link_to_a_cache, "a link"),
        (Path.mkdir, "a directory"),
        (make_pipe, "a pipe"),
        (_another_programs, "another program's database"),
        (_another_programs_log, "another program's database"),
    ],
)
@pytest.mark.parametrize("name", [FILE_NAME, SIDE_FILES[0]])
def test_clear_removes_nothing_where_something_is_not_a_cache(
    tmp_path: Path, make: Callable[[Path], None], what: str, name: str
) -> None:
    if name != FILE_NAME and "database" in what:
        pytest.skip("a file beside the cache has no format of its own")
    make(tmp_path / name)
    (tmp_path / SIDE_FILES[2]).touch()
    before = {path.name for path in tmp_path.iterdir()}
    done = cache(tmp_path, "clear", "--cache-dir", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"Error: {tmp_path / name} can't be removed: it is {what}\n")
    assert {path.name for path in tmp_path.iterdir()} - set(SIDE_FILES) == before - set(SIDE_FILES)
    assert (tmp_path / SIDE_FILES[2]).exists()
    for arguments in ("stats", "prune", "verify"):
        done = cache(tmp_path, arguments, "--cache-dir", tmp_path)
        assert (done.code, done.out) == (2, "")
        assert "starts a new one" not in done.err


def test_clear_says_that_a_scan_has_the_cache_open(tmp_path: Path) -> None:
    """Even between two of its commits."""
    with used(tmp_path):
        done = cache(tmp_path, "clear", "--cache-dir", tmp_path)
    assert done.code == 0
    assert done.err == (
        "Warning: another process has the removed cache open; its results are not cached\n"
    )


def test_clearing_under_a_running_scan_harms_neither_it_nor_the_next(tmp_path: Path) -> None:
    """The files of the new cache have the names that the old one's had."""
    with opened(tmp_path) as before, closing(before.reader()) as reader:
        before.put(OLD_KEY, verdict())
        assert cache(tmp_path, "clear", "--cache-dir", tmp_path).code == 0
        with opened(tmp_path) as after:
            after.put(KEY, verdict())
            before.put(OLD_KEY, verdict())
            assert isinstance(reader.get(OLD_KEY), Hit)
            reader.close()
            before.close()
            after.put(OLD_KEY, verdict())
    assert remembers(tmp_path, KEY)
    assert remembers(tmp_path, OLD_KEY)


def test_pruning_under_a_running_scan_harms_neither(tmp_path: Path) -> None:
    with good(tmp_path), opened(tmp_path) as memory:
        assert cache(tmp_path, "prune", "--cache-dir", tmp_path).code == 0
        assert not remembers(tmp_path, OLD_KEY)
        memory.put(OLD_KEY, verdict())
    assert remembers(tmp_path, KEY)
    assert remembers(tmp_path, OLD_KEY)


def test_stats_as_json_is_json_and_nothing_else(tmp_path: Path) -> None:
    with good(tmp_path):
        done = cache(tmp_path, "stats", "--json", "--cache-dir", tmp_path)
    assert (done.code, done.err) == (0, "")
    held = json.loads(done.out)
    assert 29 * DAY_S < held.pop("newest") - held.pop("oldest") < 31 * DAY_S
    assert held == {
        "path": str(tmp_path / FILE_NAME),
        "size_bytes": (tmp_path / FILE_NAME).stat().st_size,
        "entries": 2,
        "expired": 1,
        "by_source": {"https://vscan.dev": 2},
    }


@pytest.mark.parametrize(
    ("arguments", "change"),
    [
        ("stats", "stored_at = 1000000000000000000"),
        ("stats", "stored_at = -1000000000000000000"),
        ("stats", "stored_at = 'soon'"),
        ("stats", "stored_at = 1e300"),
        ("stats", "scope = x'00ff'"),
        ("stats", "scope = cast(x'ff' AS TEXT)"),
        ("stats", "scope = char(27) || '[31m' || char(10) || 'entries: 9'"),
        ("stats --json", "scope = x'00ff'"),
        ("stats --json", "scope = cast(x'ff' AS TEXT)"),
        ("stats --json", "scope = char(27) || '[31m' || char(10) || 'entries: 9'"),
    ],
)
def test_stats_bears_rows_that_a_stranger_wrote(
    tmp_path: Path, arguments: str, change: str
) -> None:
    with good(tmp_path), closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute(f"UPDATE verdicts SET {change} WHERE version = '1.0.0'")
        connection.commit()
        done = cache(tmp_path, *arguments.split(), "--cache-dir", tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out.replace("\n", "").isprintable()
    assert re.findall('^ *"?entries"?: ([0-9]+)', done.out, re.MULTILINE) == ["2"]


@pytest.mark.parametrize(
    ("signed", "secret", "code", "says"),
    [
        (None, None, 0, "1 entry whole, 0 not\n"),
        (None, SECRET, 1, "0 entries whole, 1 not\n"),
        (SECRET, None, 0, "1 entry whole, 0 not\n"),
        (SECRET, SECRET, 0, "1 entry whole, 0 not\n"),
        (SECRET, "another", 1, "0 entries whole, 1 not\n"),
    ],
)
def test_verify_goes_by_the_secret_where_there_is_one(
    tmp_path: Path, signed: str | None, secret: str | None, code: int, says: str
) -> None:
    with opened(tmp_path, secret=signed.encode() if signed else None) as memory:
        memory.put(KEY, verdict())
    variables = {"VSCAN_CACHE_KEY": secret} if secret else {}
    done = cache(tmp_path, "verify", "--cache-dir", tmp_path, **variables)
    assert (done.code, done.out, done.err) == (code, says, "")


@pytest.mark.parametrize("secret", ["", " \n"])
def test_verify_without_the_secret_that_it_was_to_have_checks_nothing(
    tmp_path: Path, secret: str
) -> None:
    with good(tmp_path):
        done = cache(tmp_path, "verify", "--cache-dir", tmp_path, VSCAN_CACHE_KEY=secret)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Error: VSCAN_CACHE_KEY is set to nothing\n")


def test_verify_fails_for_an_edited_row(tmp_path: Path) -> None:
    with good(tmp_path), closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute("UPDATE verdicts SET stored_at = stored_at + 1 WHERE version = '1.0.0'")
        connection.commit()
        done = cache(tmp_path, "verify", "--cache-dir", tmp_path)
    assert (done.code, done.out, done.err) == (1, "1 entry whole, 1 not\n", "")


@pytest.mark.parametrize("arguments", ["stats", "prune", "verify"])
def test_damage_within_the_file_is_an_error_with_advice(tmp_path: Path, arguments: str) -> None:
    """The header is whole, the table is not."""
    with good(tmp_path):
        path = tmp_path / FILE_NAME
        content = path.read_bytes()
        path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
        done = cache(tmp_path, arguments, "--cache-dir", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert re.match(r"Error: .* (is damaged|can't be used): ", done.err)
    assert "Hint: `vscan cache clear --cache-dir " in done.err


# Where the cache is, and what is too old


@pytest.mark.parametrize(
    ("arguments", "variables", "where"),
    [
        ([], {}, "home/.cache/vscan"),
        ([], {"XDG_CACHE_HOME": "TMP/xdg"}, "xdg/vscan"),
        ([], {"XDG_CACHE_HOME": "relative"}, "home/.cache/vscan"),
        ([], {"XDG_CACHE_HOME": ""}, "home/.cache/vscan"),
        ([], {"XDG_CACHE_HOME": "TMP/xdg", "HOME": ""}, "xdg/vscan"),
        ([], {"VSCAN_CACHE_DIR": "TMP/own", "XDG_CACHE_HOME": "TMP/xdg"}, "own"),
        (["--cache-dir", "TMP/option"], {"VSCAN_CACHE_DIR": "TMP/own"}, "option"),
    ],
)
def test_the_cache_is_where_option_variable_and_standard_say(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], where: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    done = cache(
        home,
        "path",
        *(argument.replace("TMP", str(tmp_path)) for argument in arguments),
        **{name: text.replace("TMP", str(tmp_path)) for name, text in variables.items()},
    )
    assert (done.code, done.out, done.err) == (0, f"{tmp_path / where}\n", "")


def run(home: Path, environment: dict[str, str], *program: str) -> Result:
    done = subprocess.run(
        program, cwd=home, env=environment, capture_output=True, text=True, check=False
    )
    return Result(done.returncode, done.stdout, done.stderr, {})


def test_without_the_variable_home_is_the_one_of_the_users_entry(tmp_path: Path) -> None:
    without = environment(tmp_path)
    del without["HOME"]
    done = run(tmp_path, without, *command("cache", "path"))
    pwd = pytest.importorskip("pwd", reason="users have no entries here")
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    assert (done.code, done.out, done.err) == (0, f"{home / '.cache' / 'vscan'}\n", "")


# The interpreter itself may be out of this user's reach, so it becomes the user late.
_AS_NOBODY_KNOWN = """
import os, sys
import vscan.cli, vscan.cli.cache
os.setgroups([])
os.setgid(54321)
os.setuid(54321)
del os.environ["HOME"]
sys.argv = ["vscan", "cache", *sys.argv[1:]]
vscan.cli.main()
"""


def test_a_user_without_a_home_must_name_the_cache(tmp_path: Path) -> None:
    """As in a container that is run with a uid of its own."""
    if not is_root():
        pytest.skip("only root can become another user")
    program = (sys.executable, "-c", _AS_NOBODY_KNOWN)
    done = run(tmp_path, environment(tmp_path), *program, "path")
    assert (done.code, done.out) == (2, "")
    assert done.err == "Error: this user has no home\nHint: name the cache with --cache-dir\n"
    done = run(tmp_path, environment(tmp_path), *program, "path", "--cache-dir", "/x")
    assert (done.code, done.out, done.err) == (0, "/x\n", "")


@pytest.mark.parametrize("arguments", ["path", "stats", "clear"])
def test_a_path_need_not_be_unicode(tmp_path: Path, arguments: str) -> None:
    """Where standard output takes nothing but UTF-8, as in most terminals."""
    directory = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    strict = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "utf-8:strict"}
    done = subprocess.run(
        command("cache", arguments),
        env=environment(tmp_path, VSCAN_CACHE_DIR=directory, **strict),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    if arguments == "path":
        assert done.stdout == os.fsencode(directory) + b"\n"


@pytest.mark.parametrize(
    ("arguments", "variables", "removed"),
    [
        ([], {}, "1 entry"),
        (["--cache-max-age", "31"], {}, "0 entries"),
        ([], {"VSCAN_CACHE_MAX_AGE": "31"}, "0 entries"),
        (["--cache-max-age", "29"], {"VSCAN_CACHE_MAX_AGE": "31"}, "1 entry"),
    ],
)
def test_prune_goes_by_the_age_that_is_given(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], removed: str
) -> None:
    with good(tmp_path):
        done = cache(tmp_path, "prune", "--cache-dir", tmp_path, *arguments, **variables)
    assert (done.code, done.out) == (0, f"removed {removed}\n")
    assert remembers(tmp_path, KEY)
    assert remembers(tmp_path, OLD_KEY) == (removed == "0 entries")


@pytest.mark.parametrize("age", ["0", "366", "1.5", "week"])
def test_an_age_that_can_not_be_is_a_usage_error(tmp_path: Path, age: str) -> None:
    with good(tmp_path):
        done = cache(tmp_path, "prune", "--cache-dir", tmp_path, "--cache-max-age", age)
    assert (done.code, done.out) == (2, "")
    assert "--cache-max-age" in done.err
    assert remembers(tmp_path, OLD_KEY)


@pytest.mark.parametrize("state", [good, corrupt])
def test_the_secret_is_never_shown(tmp_path: Path, state: State) -> None:
    with state(tmp_path):
        done = cache(tmp_path, "verify", "--cache-dir", tmp_path, VSCAN_CACHE_KEY=SECRET)
    assert SECRET not in done.out + done.err
