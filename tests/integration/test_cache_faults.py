"""Faults of the cache under whole scans: the verdict stays, and what is not trusted is asked.

A fault may cost one warning and the requests for what it made unusable. It never changes
a verdict or the exit code, never ends a scan and never lets a row in that isn't whole.
"""

import functools
import itertools
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.builders import install, results
from tests.command import Process, Result, command, environment, start
from tests.other_systems import is_root, make_pipe
from tests.server import Script, Server
from vscan import cache
from vscan.cache import row_integrity
from vscan.cache.cache_file_opening import FILE_NAME, SCHEMA
from vscan.config import CacheConfig, Config
from vscan.interrupt import Interrupt
from vscan.model import CacheKey
from vscan.pipeline import run
from vscan.report.json import write
from vscan.run_preparation import create_providers
from vscan.settings.table import Settings

EXTENSIONS = 24
BAD = "acme.tool-03"
CLEAN = "acme.tool-05"
SECRET = "a secret of the pipeline"
DAY_S = 24 * 3600
PAGE = 4096
HANGS_S = 15  # a scan here takes half a second; with a lock in its way, four
STORM_S = int(os.environ.get("STORM_S", "15"))  # minutes, where somebody has them
NO_WRITING = "the cache can't be written, the scan goes on without: "
DAMAGED = "the cache is damaged: "
LOCKED = f"{NO_WRITING}database is locked"
FULL = f"{NO_WRITING}database or disk is full"
WRONG_CHECKSUM = "some cache entries don't match their checksum or MAC and are ignored"
FUTURE = "some cache entries have a date in the future and are ignored"
NOWHERE = "/proc/nowhere/file"  # not even root can make it
USER = 12345
# Another user may not even reach the interpreter, so this one may read all, and write as usual.
AS_USER = (
    "setpriv",
    f"--reuid={USER}",
    f"--regid={USER}",
    "--clear-groups",
    "--inh-caps=+dac_read_search",
    "--ambient-caps=+dac_read_search",
)


def answer(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
    """Tell every extension's verdict from every other's; one of them fails the run."""
    return results(
        publisher,
        name,
        analysis_id=analysis_id,
        score=40 + int(name[-2:]),
        vulnerabilities={"high": 1} if f"{publisher}.{name}" == BAD else {},
    )


Report = dict[str, Any]


# Whole scans


@dataclass(frozen=True)
class Service:
    """What all tests share: extensions, who answers for them, and what is right."""

    server: Server
    extensions: Path
    right: Report
    plain: bytes  # the file of a cache that remembers everything
    signed: bytes  # the same, with SECRET

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:  # noqa: FBT001 - hypothesis's own
        printer.text("service")  # a failing example is told with it, and files are long

    def remembered(self, secret: str = "") -> bytes:
        return self.signed if secret else self.plain


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    place = tmp_path_factory.mktemp("faults")
    for number in range(EXTENSIONS):
        install(place / "extensions", f"acme.tool-{number:02d}")
    with Server(Script(answer=answer)) as server, pytest.MonkeyPatch.context() as patch:
        bare = Service(server, place / "extensions", {}, b"", b"")
        patch.delenv("VSCAN_CACHE_KEY", raising=False)
        right = scan_here(bare, place / "plain")
        scan_here(bare, place / "signed", SECRET)
        assert right["decision"]["exit_code"] == 1
        assert right["run"]["warnings"] == []
        plain, signed = (file(place / name).read_bytes() for name in ("plain", "signed"))
        yield replace(bare, right=right, plain=plain, signed=signed)


@dataclass(frozen=True)
class Scene:
    """A home with a cache in it, for one test."""

    service: Service
    home: Path

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @property
    def file(self) -> Path:
        return file(self.cache)

    def remember(self, secret: str = "") -> None:
        """Put a cache there that answers everything."""
        self.file.write_bytes(self.service.remembered(secret))

    def forget(self, number: int) -> None:
        """Have the cache lack the verdicts of so many extensions."""
        with raw(self.cache) as connection:
            connection.execute(
                "DELETE FROM verdicts WHERE extension IN"
                " (SELECT extension FROM verdicts ORDER BY extension LIMIT ?)",
                (number,),
            )

    def start(
        self, *options: str, behind: tuple[str, ...] = (), api_url: str = "", **variables: str
    ) -> Process:
        """Start a scan; its report is its standard output."""
        return self._popen(
            *("scan", str(self.service.extensions), "--cache-dir", str(self.cache)),
            *("-q", "--log-format", "json", "--log-level", "warning"),
            *("--api-url", api_url or self.service.server.api_url, "-o", "json=-", *options),
            behind=behind,
            **variables,
        )

    def scan(self, *options: str, behind: tuple[str, ...] = (), **variables: str) -> Report:
        """Scan in a process of its own. Returns the report, which all else must agree with."""
        before = self.service.server.count()
        report = reported(self.start(*options, behind=behind, **variables))
        assert self.service.server.count() - before == report["stats"]["requests"]
        return report

    def scan_here(self, secret: str = "") -> Report:
        """Scan in this process, where there are many cases and none can hang."""
        return scan_here(self.service, self.cache, secret)

    def care(self, verb: str, behind: tuple[str, ...] = ()) -> Result:
        """Run one of the commands that look after the cache."""
        return end(self._popen("cache", verb, "--cache-dir", str(self.cache), behind=behind))

    def whole_rows(self, behind: tuple[str, ...] = ()) -> int:
        """Count the rows; all must be whole."""
        done = self.care("verify", behind)
        assert done.code == 0, done.err
        number, _, rest = done.out.partition(" ")
        assert rest in {"entry whole, 0 not\n", "entries whole, 0 not\n"}
        return int(number)

    def _popen(self, *arguments: str, behind: tuple[str, ...], **variables: str) -> Process:
        variables = {"VSCAN_DELAY": "0", "VSCAN_RETRY_DELAY": "0.01"} | variables
        if not behind:
            return start(self.home, *arguments, **variables)
        return subprocess.Popen(
            [*behind, *command(*arguments)],
            env=environment(self.home, **variables),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )


@pytest.fixture
def scene(service: Service, tmp_path: Path) -> Scene:
    (tmp_path / "cache").mkdir()
    return Scene(service, tmp_path)


@pytest.fixture
def public(service: Service) -> Iterator[Scene]:
    """Make a scene that others can reach, unlike pytest's own directories."""
    with tempfile.TemporaryDirectory() as text:
        Path(text).chmod(0o755)
        (Path(text) / "cache").mkdir()
        yield Scene(service, Path(text))


def file(directory: Path) -> Path:
    return directory / FILE_NAME


def end(process: Process) -> Result:
    """Wait for a command, which must come to an end."""
    try:
        out, err = process.communicate(timeout=HANGS_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        pytest.fail("it hangs")
    assert "Traceback" not in err
    assert process.returncode is not None
    report = json.loads(out) if out.startswith("{") else {}
    return Result(process.returncode, out, err, report)


def reported(process: Process) -> Report:
    """Wait for a scan and its report."""
    done = end(process)
    assert done.report, done.err
    assert done.code == done.report["decision"]["exit_code"]
    assert done.err.count('"cache-warning"') == len(done.report["run"]["warnings"])
    return done.report


def scan_here(service: Service, directory: Path, secret: str = "") -> Report:
    config = Config(
        settings=Settings(
            delay_s=0,
            timeout_s=30,
            analysis_timeout_s=300,
            max_retries=3,
            retry_delay_s=0.01,
            max_wait_s=10,
        ),
        targets=(service.extensions,),
        providers=("vscan.dev",),
        api_url=service.server.api_url,
        workers=1,
        cache=CacheConfig(directory, read=True, max_age_s=7 * DAY_S, key=secret.encode() or None),
    )
    before = service.server.count()
    done = run(
        config, create_providers(config), run_id="here", emit=lambda _: None, interrupt=Interrupt()
    )
    assert service.server.count() - before == done.stats.requests
    text = StringIO()
    write(done, text)
    report: Report = json.loads(text.getvalue())
    return report


def verdicts(report: Report) -> dict[str, Any]:
    """Take what a report says of each extension, wherever that came from."""
    said = json.loads(json.dumps(report["extensions"]))
    for extension in said:
        for verdict in extension["verdicts"]:
            del verdict["from_cache"]
    return {extension["id"]: extension for extension in said}


def from_cache(report: Report) -> set[str]:
    return {
        extension["id"]
        for extension in report["extensions"]
        for verdict in extension["verdicts"]
        if verdict["from_cache"]
    }


def assert_right(service: Service, report: Report) -> None:
    """See that the result is the one of an undisturbed scan, and each request had a reason."""
    assert verdicts(report) == verdicts(service.right)
    assert report["decision"] == service.right["decision"]
    stats = report["stats"]
    assert stats["cached"] == len(from_cache(report))
    assert stats["cached"] + stats["fresh"] == EXTENSIONS
    assert stats["requests"] == 3 * stats["fresh"]


def assert_undisturbed(
    scene: Scene, report: Report, *, asked: int | None = None, warning: str | None = None
) -> None:
    """Expect the right result, so many questions (``None``: any number), one warning or none."""
    assert_right(scene.service, report)
    assert asked is None or report["stats"]["fresh"] == asked
    warnings = report["run"]["warnings"]
    assert len(warnings) == (warning is not None), warnings
    assert all(said.startswith(warning or "") for said in warnings)


@contextmanager
def raw(directory: Path) -> Iterator[sqlite3.Connection]:
    """Open a cache's file behind the cache's back; every statement counts at once."""
    with closing(sqlite3.connect(file(directory), isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        yield connection


def test_without_a_fault_all_is_remembered(scene: Scene) -> None:
    assert_undisturbed(scene, scene.scan(), asked=EXTENSIONS)
    assert_undisturbed(scene, scene.scan(), asked=0)
    assert scene.whole_rows() == EXTENSIONS


@pytest.mark.parametrize("secret", ["", SECRET])
def test_what_the_tests_remember_answers_everything(scene: Scene, secret: str) -> None:
    scene.remember(secret)
    assert_undisturbed(scene, scene.scan_here(secret), asked=0)


# Damage


@functools.cache
def rows_by_key(content: bytes) -> dict[CacheKey, bytes]:
    """Find each row's content and checksum, as they lie in the file."""
    with tempfile.TemporaryDirectory() as text:
        file(Path(text)).write_bytes(content)
        with raw(Path(text)) as connection:
            found = connection.execute(
                "SELECT scope, extension, version, target_platform, digest, payload, checksum"
                " FROM verdicts"
            ).fetchall()
    return {CacheKey(*key): payload + checksum for *key, payload, checksum in found}


def unharmed(service: Service, content: bytes) -> set[str]:
    """Tell whose rows are still there, whether SQLite finds them or not."""
    return {
        key.extension for key, row in rows_by_key(service.plain).items() if places(row, content)
    }


def spared(service: Service, content: bytes) -> set[str]:
    """Tell whose rows SQLite must still find: the way to them and their pages are as before.

    The way begins on the first two pages, with the schema and the root of the tree. Not told
    are rows on the root itself: on the way to them SQLite looks at their neighbours' pages.
    A page may hold what is left of a row that moved: all places of a row must be as before.
    """
    before, after = pages(service.plain), pages(content)
    same = [old == new for old, new in zip(before, after, strict=True)]
    if not (same[0] and same[1]):
        return set()
    return {
        key.extension
        for key, row in rows_by_key(service.plain).items()
        if 1 not in (on := places(row, service.plain)) and all(same[number] for number in on)
    }


def readable(service: Service, content: bytes) -> set[str]:
    """Tell whose rows a reader of the cache finds, before anything is written to it."""
    with tempfile.TemporaryDirectory() as text:
        file(Path(text)).write_bytes(content)
        with closing(cache.reader(file(Path(text)).parent, 7 * DAY_S, None)) as rows:
            return {
                key.extension
                for key in rows_by_key(service.plain)
                if isinstance(rows.get(key), cache.Hit)
            }


def places(row: bytes, content: bytes) -> set[int]:
    """Give the numbers of the pages a row lies on; none where it is not there.

    The rest of a long row has a page of its own, behind four bytes that name the next one.
    """
    every = pages(content)
    whole = {number for number, page in enumerate(every) if row in page}
    if whole:
        return whole
    for length in range(len(row) - 1, 0, -1):
        rest = {number for number, page in enumerate(every) if page[4:].startswith(row[-length:])}
        begun = {number for number, page in enumerate(every) if row[:-length] in page}
        if rest and begun:
            return rest | begun
    return set()


def pages(content: bytes) -> list[bytes]:
    return [content[start : start + PAGE] for start in range(0, len(content), PAGE)]


def damaged(content: bytes, damage: list[tuple[int, bytes]]) -> bytes:
    """Write over some places, each named by a number that may be larger than the file."""
    spoilt = bytearray(content)
    for offset, change in damage:
        offset %= len(content)  # noqa: PLW2901 - within the file
        spoilt[offset : offset + len(change)] = change
    return bytes(spoilt[: len(content)])


def scan_damaged(service: Service, content: bytes) -> Report:
    """Scan with a cache of this content, twice. Returns the first report."""
    with tempfile.TemporaryDirectory() as text:
        file(Path(text)).write_bytes(content)
        report = scan_here(service, Path(text))
        assert_right(service, report)
        assert_right(service, scan_here(service, Path(text)))
    return report


_DAMAGE = st.lists(
    st.tuples(
        st.integers(0, 100) | st.integers(0, 2**16) | st.integers(PAGE, 2**16),
        st.binary(min_size=1, max_size=40),
    ),
    min_size=1,
    max_size=4,
)


@settings(deadline=None, max_examples=30)
@given(damage=_DAMAGE)
@example(damage=[(0, b"\xff" * 100)])
@example(damage=[(PAGE, b"\xff" * PAGE)])
@example(damage=[(3 * PAGE, b"\xff" * PAGE)])
@example(damage=[(5 * PAGE + 3361, b"\x00\x03")])
def test_damage_anywhere_changes_no_verdict(
    service: Service, damage: list[tuple[int, bytes]]
) -> None:
    """A reader finds what is whole, and a scan uses nothing else.

    A scan may use less than a reader finds: what it asked for again is written to the damaged
    page, SQLite then fills that page's neighbours anew, and loses rows of theirs.
    """
    content = damaged(service.plain, damage)
    assert spared(service, content) <= readable(service, content) <= unharmed(service, content)
    assert from_cache(scan_damaged(service, content)) <= unharmed(service, content)


@settings(deadline=None, max_examples=10)
@given(damage=_DAMAGE, length=st.integers(0, 2**16))
def test_damage_and_loss_of_the_end_change_no_verdict(
    service: Service, damage: list[tuple[int, bytes]], length: int
) -> None:
    content = damaged(service.plain, damage)[:length]
    assert from_cache(scan_damaged(service, content)) <= unharmed(service, content)


def test_one_damaged_row_costs_three_requests_and_one_warning(scene: Scene) -> None:
    scene.file.write_bytes(scene.service.plain.replace(b'"score":45', b'"score":99'))
    assert_undisturbed(scene, scene.scan(), asked=1, warning=WRONG_CHECKSUM)
    assert_undisturbed(scene, scene.scan_here(), asked=0)


def test_one_damaged_page_costs_its_rows_only(scene: Scene) -> None:
    last = len(scene.service.plain) - PAGE
    content = damaged(scene.service.plain, [(last, b"\xff" * PAGE)])
    scene.file.write_bytes(content)
    report = scene.scan()
    assert_right(scene.service, report)
    assert from_cache(report) >= spared(scene.service, content)
    assert EXTENSIONS / 2 < len(spared(scene.service, content)) < EXTENSIONS


def test_one_damaged_page_is_one_warning(scene: Scene) -> None:
    last = len(scene.service.plain) - PAGE
    scene.file.write_bytes(damaged(scene.service.plain, [(last, b"\xff" * PAGE)]))
    assert len(scene.scan_here()["run"]["warnings"]) == 1


# What else may lie in the cache's place


def _shorter(length: int) -> Callable[[Scene], object]:
    return lambda scene: scene.file.write_bytes(scene.service.plain[:length])


def _garbage(scene: Scene) -> None:
    scene.file.write_bytes(random.Random(20261121).randbytes(16 * PAGE))


def _anothers(scene: Scene) -> None:
    with raw(scene.cache) as connection:
        connection.execute("CREATE TABLE verdicts (mine)")
        connection.execute("INSERT INTO verdicts VALUES ('keep this')")


def _version(number: int) -> Callable[[Scene], None]:
    def make(scene: Scene) -> None:
        scene.remember()
        with raw(scene.cache) as connection:
            connection.execute(f"PRAGMA user_version={number}")

    return make


def _linked(target: str) -> Callable[[Scene], None]:
    return lambda scene: scene.file.symlink_to(target)


def _beside(suffix: str, make: Callable[[Path], object]) -> Callable[[Scene], None]:
    """Put something beside a cache that remembers everything."""

    def both(scene: Scene) -> None:
        scene.remember()
        make(scene.file.with_name(FILE_NAME + suffix))

    return both


def _noise(path: Path) -> None:
    path.write_bytes(random.Random(20261121).randbytes(3 * PAGE))


def _to_nowhere(path: Path) -> None:
    path.symlink_to(NOWHERE)


def _log_of(scene: Scene) -> bytes:
    """Have all verdicts in the write-ahead log, a commit for each, and none in the file."""
    scene.remember()
    with raw(scene.cache) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        content = connection.execute("SELECT * FROM verdicts").fetchall()
        connection.execute("DELETE FROM verdicts")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        for row in content:
            connection.execute("INSERT INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        left = scene.file.read_bytes(), log_file(scene).read_bytes()
    scene.file.write_bytes(left[0])
    return left[1]


def log_file(scene: Scene) -> Path:
    return scene.file.with_name(f"{FILE_NAME}-wal")


def _log_left_over(scene: Scene) -> None:
    log_file(scene).write_bytes(_log_of(scene))


def _log_alone(scene: Scene) -> None:
    log = _log_of(scene)
    scene.file.unlink()
    log_file(scene).write_bytes(log)


class Place(NamedTuple):
    """What lies there, what a scan must ask, and what it says."""

    make: Callable[[Scene], object]
    asked: int | None
    warning: str | None


PLACES = {
    "empty": Place(_shorter(0), EXTENSIONS, None),
    "one byte": Place(_shorter(1), EXTENSIONS, None),
    "a header": Place(_shorter(100), EXTENSIONS, DAMAGED),
    "a page less a byte": Place(_shorter(PAGE - 1), EXTENSIONS, DAMAGED),
    "a page": Place(_shorter(PAGE), EXTENSIONS, DAMAGED),
    "half": Place(_shorter(2 * PAGE), EXTENSIONS, DAMAGED),
    "a byte short": Place(_shorter(-1), None, WRONG_CHECKSUM),
    "garbage": Place(_garbage, EXTENSIONS, DAMAGED),
    "another program's": Place(_anothers, EXTENSIONS, NO_WRITING),
    "an older version's": Place(_version(0), EXTENSIONS, None),
    "a newer version's": Place(_version(SCHEMA.version + 1), EXTENSIONS, None),
    "a directory": Place(lambda scene: scene.file.mkdir(), EXTENSIONS, NO_WRITING),
    "a FIFO": Place(lambda scene: make_pipe(scene.file), EXTENSIONS, NO_WRITING),
    "a link to nowhere": Place(_linked(NOWHERE), EXTENSIONS, NO_WRITING),
    "a link to nothing yet": Place(_linked("other"), EXTENSIONS, NO_WRITING),
    "a link to itself": Place(_linked(FILE_NAME), EXTENSIONS, NO_WRITING),
    "endless zeros": Place(_linked("/dev/zero"), EXTENSIONS, NO_WRITING),
    "a full device": Place(_linked("/dev/full"), EXTENSIONS, NO_WRITING),
    "a log left over": Place(_log_left_over, 0, None),
    "a log without its file": Place(_log_alone, None, None),
    "noise as the log": Place(_beside("-wal", _noise), 0, None),
    "a FIFO as the log": Place(_beside("-wal", make_pipe), EXTENSIONS, NO_WRITING),
    "a directory as the log": Place(_beside("-wal", Path.mkdir), None, NO_WRITING),
    "a link to nowhere as the log": Place(_beside("-wal", _to_nowhere), None, NO_WRITING),
    "noise as the log's index": Place(_beside("-shm", _noise), 0, None),
    "a FIFO as the log's index": Place(_beside("-shm", make_pipe), EXTENSIONS, NO_WRITING),
    "noise as the journal": Place(_beside("-journal", _noise), 0, None),
    "a directory as the journal": Place(_beside("-journal", Path.mkdir), None, NO_WRITING),
    "a FIFO as the journal": Place(_beside("-journal", make_pipe), None, NO_WRITING),
}


# In these a scan may hang, or worse.
_TRAPS = {name for name in PLACES if "FIFO" in name or "link" in name} | {
    "endless zeros",
    "a full device",
}


@pytest.mark.parametrize("name", PLACES)
def test_whatever_lies_in_the_caches_place_the_verdict_is_the_same(scene: Scene, name: str) -> None:
    make, asked, warning = PLACES[name]
    make(scene)
    report = scene.scan() if name in _TRAPS else scene.scan_here()
    assert_undisturbed(scene, report, asked=asked, warning=warning)
    if warning is None:
        assert_undisturbed(scene, scene.scan_here(), asked=0)


def test_another_programs_file_is_left_as_it_was(scene: Scene) -> None:
    _anothers(scene)
    before = scene.file.read_bytes()
    scene.scan_here()
    assert scene.file.read_bytes() == before


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("cut", [True, False], ids=["cut", "overwritten"])
def test_a_log_that_is_damaged_gives_what_was_committed_before(
    scene: Scene, part: float, *, cut: bool
) -> None:
    log = _log_of(scene)
    offset = int(len(log) * part)
    spoilt = log[:offset] if cut else damaged(log, [(offset, b"\xff" * 100)])
    log_file(scene).write_bytes(spoilt)
    report = scene.scan_here()
    assert_undisturbed(scene, report)
    assert abs(report["stats"]["cached"] - part * EXTENSIONS) < 5
    assert_undisturbed(scene, scene.scan_here(), asked=0)


@pytest.mark.parametrize("secret", ["", SECRET], ids=["no secret", "a secret"])
@pytest.mark.parametrize("part", [0.5, 1])
def test_the_log_of_another_file_changes_no_verdict(scene: Scene, part: float, secret: str) -> None:
    """SQLite takes it for this file's own and mixes the pages of both."""
    log = _log_of(scene)
    scene.remember(SECRET)
    log_file(scene).write_bytes(log[: int(len(log) * part)])
    assert_right(scene.service, scene.scan_here(secret))
    assert_right(scene.service, scene.scan_here(secret))


# Places that can't be written


def need_root(*programs: str) -> None:
    if not is_root():
        pytest.skip("only root can become another user, or mount")
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program}")


@pytest.fixture
def user() -> tuple[str, ...]:
    """Give what makes a command another, ordinary user's."""
    need_root("setpriv")
    done = subprocess.run([*AS_USER, "true"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"root can't become another user here: {done.stderr.strip()}")
    return AS_USER


@pytest.mark.parametrize(
    ("directory_mode", "file_mode"),
    [(0o777, 0o444), (0o555, 0o666), (0o555, 0o444)],
    ids=["file", "directory", "both"],
)
def test_what_a_user_may_not_write_still_answers(
    public: Scene, user: tuple[str, ...], directory_mode: int, file_mode: int
) -> None:
    public.remember()
    public.forget(4)
    public.file.chmod(file_mode)
    public.cache.chmod(directory_mode)
    report = public.scan(behind=user)
    assert_undisturbed(public, report, asked=4, warning=NO_WRITING)
    assert public.whole_rows() == EXTENSIONS - 4


OWNER = USER + 1
AS_OWNER = tuple(part.replace(str(USER), str(OWNER)) for part in AS_USER)
ANOTHERS = f"{NO_WRITING}it belongs to another user, and so it is only read"


@pytest.fixture(params=[0o777, 0o1777], ids=oct)
def volume(request: pytest.FixtureRequest, public: Scene, user: tuple[str, ...]) -> Scene:
    """Make a volume that everybody may write to, with a cache that is one user's."""
    del user  # it says whether other users can be had
    public.cache.chmod(request.param)
    public.remember()
    os.chown(public.file, OWNER, OWNER)
    return public


def listing(directory: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_uid, path.read_bytes()) for path in directory.iterdir()}


def assert_owner_goes_on(scene: Scene) -> None:
    """See that the owner still writes, prunes and clears."""
    scene.file.unlink()
    assert_undisturbed(scene, scene.scan(behind=AS_OWNER), asked=EXTENSIONS)
    assert_undisturbed(scene, scene.scan(behind=AS_OWNER), asked=0)
    assert scene.care("prune", AS_OWNER).code == 0
    assert scene.care("clear", AS_OWNER).code == 0
    assert list(scene.cache.iterdir()) == []


@pytest.mark.parametrize("behind", [AS_USER, ()], ids=["another user", "root"])
def test_another_users_cache_answers_and_stays_as_it_was(
    volume: Scene, behind: tuple[str, ...]
) -> None:
    before = listing(volume.cache)
    report = volume.scan(behind=behind)
    assert_undisturbed(volume, report, asked=0, warning=ANOTHERS)
    report = volume.scan("--refresh-cache", behind=behind)
    assert_undisturbed(volume, report, asked=EXTENSIONS, warning=ANOTHERS)
    for verb, code in (("stats", 0), ("verify", 0), ("prune", 2)):
        assert volume.care(verb, behind).code == code
    address = ("--api-url", volume.service.server.api_url)
    recalled = volume._popen(
        "report", *address, "--cache-dir", str(volume.cache), "-o", "json=-", behind=behind
    )
    assert end(recalled).report["decision"] == volume.service.right["decision"]
    assert listing(volume.cache) == before
    assert_owner_goes_on(volume)


def test_what_the_owner_has_not_taken_in_is_asked_again_by_others(volume: Scene) -> None:
    """The owner was killed, or is writing this moment."""
    log = _log_of(volume)
    log_file(volume).write_bytes(log)
    for path in volume.cache.iterdir():
        os.chown(path, OWNER, OWNER)
    before = listing(volume.cache)
    report = volume.scan(behind=AS_USER)
    assert_undisturbed(volume, report, asked=EXTENSIONS, warning=ANOTHERS)
    done = volume.care("stats", AS_USER)
    assert done.code == 2
    assert "another process is writing to it" in done.err
    assert listing(volume.cache) == before
    assert_undisturbed(volume, volume.scan(behind=AS_OWNER), asked=0)


def test_reading_beside_another_user_who_writes_is_never_wrong(volume: Scene) -> None:
    """The reader takes no part in the writer's locks."""
    with ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            owner = volume.start("--refresh-cache", behind=AS_OWNER)
            writer = pool.submit(reported, owner)
            while not writer.done():
                done = end(volume.start(behind=AS_USER))
                assert_right(volume.service, done.report)
            assert_undisturbed(volume, writer.result())
    assert_owner_goes_on(volume)


def test_a_cache_that_everybody_may_write_to_is_everybodys(
    public: Scene, user: tuple[str, ...]
) -> None:
    public.cache.chmod(0o777)
    public.remember()
    public.forget(4)
    os.chown(public.file, OWNER, OWNER)
    public.file.chmod(0o666)
    assert_undisturbed(public, public.scan(behind=user), asked=4)
    assert_undisturbed(public, public.scan("--refresh-cache", behind=AS_OWNER), asked=EXTENSIONS)
    assert_owner_goes_on(public)


@pytest.mark.usefixtures("user")
def test_an_owner_who_was_locked_out_is_told_how_to_start_anew(public: Scene) -> None:
    """An earlier version's reader left its files beside the owner's."""
    public.cache.chmod(0o777)
    public.remember()
    os.chown(public.file, OWNER, OWNER)
    for suffix in ("-wal", "-shm"):
        left = public.file.with_name(FILE_NAME + suffix)
        left.touch(0o644)
        os.chown(left, USER, USER)
    report = public.scan(behind=AS_OWNER)
    warning = f"{NO_WRITING}{FILE_NAME}-wal belongs to another user (`vscan cache clear` "
    assert_undisturbed(public, report, asked=0, warning=warning)
    assert public.care("prune", AS_OWNER).code == 2
    assert public.care("clear", AS_OWNER).code == 0
    assert_undisturbed(public, public.scan(behind=AS_OWNER), asked=EXTENSIONS)
    assert_undisturbed(public, public.scan(behind=AS_OWNER), asked=0)


@pytest.mark.parametrize("below", ["cache", "cache/a/b"])
def test_where_a_user_can_make_nothing_there_is_no_cache(
    public: Scene, user: tuple[str, ...], below: str
) -> None:
    report = public.scan("--cache-dir", str(public.home / below), behind=user)
    assert_undisturbed(public, report, asked=EXTENSIONS, warning=NO_WRITING)
    assert list(public.cache.iterdir()) == []


@pytest.mark.parametrize("mode", [0o700, 0o000], ids=oct)
def test_a_directory_that_a_user_may_not_look_into_is_no_cache(
    public: Scene, user: tuple[str, ...], mode: int
) -> None:
    public.cache.chmod(mode)
    report = public.scan(behind=user)
    assert_undisturbed(public, report, asked=EXTENSIONS, warning=NO_WRITING)


def test_a_pipe_that_a_user_may_only_read_is_no_trap(public: Scene, user: tuple[str, ...]) -> None:
    make_pipe(public.file)
    public.file.chmod(0o444)
    report = public.scan(behind=user)
    assert_undisturbed(public, report, asked=EXTENSIONS, warning=NO_WRITING)


class Mounted(NamedTuple):
    """A mount that nobody else sees."""

    behind: tuple[str, ...]  # what lets a command see it
    root: Path  # the way to it from here

    def see(self, path: Path) -> Path:
        return self.root / path.relative_to("/")


@contextmanager
def mounted(script: str) -> Iterator[Mounted]:
    """Mount in a namespace of its own, or skip the test where this can't be done."""
    need_root("unshare", "nsenter", "mount")
    with subprocess.Popen(
        ["unshare", "-m", "sh", "-c", f"{script} && echo ready && read -r _"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stderr is not None
        if holder.stdout.readline() != "ready\n":
            pytest.skip(f"nothing can be mounted here: {holder.stderr.read().strip()}")
        behind = ("nsenter", f"--mount=/proc/{holder.pid}/ns/mnt", "--")
        yield Mounted(behind, Path(f"/proc/{holder.pid}/root"))


def test_a_read_only_mount_still_answers(scene: Scene) -> None:
    scene.remember()
    scene.forget(4)
    there = scene.cache
    with mounted(f"mount --bind {there} {there} && mount -o remount,bind,ro {there}") as mount:
        report = scene.scan(behind=mount.behind)
        assert_undisturbed(scene, report, asked=4, warning=NO_WRITING)
        assert scene.whole_rows(mount.behind) == EXTENSIONS - 4
    assert [path.name for path in there.iterdir()] == [FILE_NAME]


def test_an_empty_read_only_mount_is_no_cache(scene: Scene) -> None:
    with mounted(f"mount -t tmpfs -o ro tmpfs {scene.cache}") as mount:
        report = scene.scan(behind=mount.behind)
        assert_undisturbed(scene, report, asked=EXTENSIONS, warning=NO_WRITING)


# No space


@pytest.mark.parametrize(("size", "workers"), [("48k", 1), ("96k", 1), ("96k", 5)])
def test_a_disk_that_fills_up_keeps_what_fits(scene: Scene, size: str, workers: int) -> None:
    options = ("--workers", str(workers)) if workers > 1 else ()
    with mounted(f"mount -t tmpfs -o size={size} tmpfs {scene.cache}") as mount:
        report = scene.scan(*options, behind=mount.behind)
        assert_undisturbed(scene, report, asked=EXTENSIONS, warning=FULL)
        kept = scene.whole_rows(mount.behind)
        assert 0 < kept < EXTENSIONS or size == "48k"
        report = scene.scan(behind=mount.behind)
        assert_undisturbed(scene, report, asked=EXTENSIONS - kept, warning=FULL)


def test_a_disk_that_is_large_enough_keeps_all(scene: Scene) -> None:
    """The tests above can fail."""
    with mounted(f"mount -t tmpfs -o size=4m tmpfs {scene.cache}") as mount:
        report = scene.scan(behind=mount.behind)
        assert_undisturbed(scene, report, asked=EXTENSIONS)
        assert scene.whole_rows(mount.behind) == EXTENSIONS


@pytest.mark.parametrize("remembers", [True, False])
def test_a_disk_that_is_full_from_the_start_harms_nothing(scene: Scene, *, remembers: bool) -> None:
    with mounted(f"mount -t tmpfs -o size=1m tmpfs {scene.cache}") as mount:
        there = mount.see(scene.cache)
        if remembers:
            file(there).write_bytes(scene.service.plain)
        fill(there)
        report = scene.scan(behind=mount.behind)
        assert_undisturbed(scene, report, warning=FULL)
        (there / "filling").unlink()
        report = scene.scan(behind=mount.behind)
        assert_undisturbed(scene, report, asked=0 if remembers else EXTENSIONS)


def fill(directory: Path) -> None:
    with (directory / "filling").open("wb", buffering=0) as filling, suppress(OSError):
        while True:
            filling.write(b"x" * 512)


def test_what_a_full_disk_refused_is_kept_until_there_is_room(scene: Scene) -> None:
    with mounted(f"mount -t tmpfs -o size=1m tmpfs {scene.cache}") as mount:
        there = mount.see(scene.cache)

        def filling(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
            if name == "tool-08":
                fill(there)
            if name == "tool-16":
                (there / "filling").unlink()
            return answer(publisher, name, analysis_id)

        with Server(Script(answer=filling)) as server:
            start = partial(scene.start, api_url=server.api_url, behind=mount.behind)
            report = reported(start())
            assert_undisturbed(scene, report, asked=EXTENSIONS, warning=FULL)
            assert_undisturbed(scene, reported(start()), asked=0)


def until(true: Callable[[], bool]) -> None:
    """Wait for something that must happen soon."""
    give_up_at = time.monotonic() + HANGS_S
    while not true():
        assert time.monotonic() < give_up_at, "it did not happen"
        time.sleep(0.002)


# Locks

# Told a file and what to do to it, says so when it is done and goes when it is told to.
_HOLDER = """
import sqlite3, sys

connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement).fetchone()
print("held", flush=True)
sys.stdin.readline()
"""
WRITING = ("BEGIN IMMEDIATE",)
EVERYTHING = ("PRAGMA locking_mode=EXCLUSIVE", "BEGIN EXCLUSIVE")


@contextmanager
def held(scene: Scene, lock: tuple[str, ...]) -> Iterator[Callable[[], object]]:
    """Have another process hold a lock. Gives what makes it let go."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(scene.file), *lock],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder.communicate
        holder.communicate() if holder.poll() is None else None


@pytest.mark.parametrize(
    ("lock", "asked"), [(WRITING, 6), (EVERYTHING, EXTENSIONS)], ids=["writing", "everything"]
)
def test_a_lock_that_is_held_all_the_time_does_not_hold_the_scan(
    scene: Scene, lock: tuple[str, ...], asked: int
) -> None:
    """It ends while the lock is held; who may read goes on reading."""
    scene.remember()
    scene.forget(6)
    with held(scene, lock):
        report = scene.scan("--workers", "3")
        assert_undisturbed(scene, report, asked=asked, warning=LOCKED)
    assert scene.whole_rows() == EXTENSIONS - 6
    assert_undisturbed(scene, scene.scan_here(), asked=6)


def test_a_lock_on_a_new_file_does_not_hold_the_scan(scene: Scene) -> None:
    with held(scene, EVERYTHING):
        assert_undisturbed(scene, scene.scan(), asked=EXTENSIONS, warning=LOCKED)
    assert_undisturbed(scene, scene.scan_here(), asked=EXTENSIONS)
    assert scene.whole_rows() == EXTENSIONS


def test_who_only_reads_does_not_notice_another_writer(scene: Scene) -> None:
    scene.remember()
    with held(scene, WRITING):
        assert_undisturbed(scene, scene.scan_here(), asked=0)


def test_a_lock_while_opening_is_waited_for(scene: Scene) -> None:
    scene.remember()
    with held(scene, EVERYTHING) as release:
        process = scene.start()
        until(lambda: has_open(process, scene.file))
        time.sleep(0.2)
        release()
        assert_undisturbed(scene, reported(process), asked=0)


def has_open(process: Process, path: Path) -> bool:
    if not Path("/proc/self/fd").exists():
        pytest.skip("what a process has open can't be seen here")
    with suppress(OSError):
        there = Path(f"/proc/{process.pid}/fd")
        return any(os.readlink(link) == str(path) for link in there.iterdir())  # noqa: PTH115
    return False


def test_what_a_lock_kept_out_is_written_later(scene: Scene) -> None:
    scene.remember()
    scene.forget(10)
    with held(scene, WRITING) as release, scene.start("--workers", "5") as process:
        assert process.stderr is not None
        assert LOCKED in process.stderr.readline()
        release()
        done = end(process)
    assert_undisturbed(scene, done.report, asked=10, warning=LOCKED)
    assert done.code == 1
    assert_undisturbed(scene, scene.scan_here(), asked=0)


@pytest.mark.parametrize("when", ["opening", "reading", "writing"])
def test_an_interrupt_while_locked_ends_in_time_with_a_report(scene: Scene, when: str) -> None:
    scene.remember()
    scene.forget(10)
    lock = WRITING if when == "writing" else EVERYTHING
    slow = Script(answer=answer, latency_s=0.2)
    with Server(slow) as server, held(scene, lock):
        process = scene.start("--workers", "3", api_url=server.api_url)
        until(lambda: has_open(process, scene.file))
        if when == "writing":
            until(lambda: server.count("fetch") >= 3)
        if when == "reading":
            assert process.stderr is not None
            assert LOCKED in process.stderr.readline()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        since = time.monotonic()
        done = end(process)
        assert time.monotonic() - since < 3
    assert done.code == 130
    assert done.report, "the report is lost"
    assert done.report["decision"]["outcome"] == "interrupted"
    assert scene.whole_rows() >= EXTENSIONS - 10


# Many at once


def test_processes_that_share_a_cache_and_are_killed_at_random_are_never_wrong(
    scene: Scene,
) -> None:
    """Four at a time: two scan, one looks after the cache, one is killed again and again."""
    end_at = time.monotonic() + STORM_S
    dice = random.Random(20261121)
    moments = [dice.uniform(0.1, 1.2) for _ in range(10 * STORM_S)]

    def again_and_again(once: Callable[[int], Result]) -> list[Result]:
        numbers = itertools.takewhile(lambda _: time.monotonic() < end_at, itertools.count())
        return [once(number) for number in numbers]

    def scan(_: int) -> Result:
        return end(scene.start("--workers", "3"))

    def refresh(_: int) -> Result:
        return end(scene.start("--refresh-cache"))

    def care(number: int) -> Result:
        return scene.care(("prune", "stats", "verify")[number % 3])

    def kill(number: int) -> Result:
        process = scene.start(*(("--refresh-cache",), ())[number % 4 == 0])
        with suppress(subprocess.TimeoutExpired):
            process.wait(moments[number])
        process.kill()
        return Result(process.wait(), *process.communicate(), {})

    with ThreadPoolExecutor(4) as pool:
        scans, refreshed, cares, killed = pool.map(again_and_again, (scan, refresh, care, kill))
    for done in scans + refreshed:
        assert_right(scene.service, done.report)
        assert done.code == 1
        assert set(done.report["run"]["warnings"]) <= {LOCKED}
    for done in cares:
        assert done.code == 0 or (done.code == 2 and "try again" in done.err), done.err + done.out
    assert sum(done.code == -signal.SIGKILL for done in killed) >= 3
    assert min(len(scans), len(refreshed), len(cares)) >= 3
    assert scene.whole_rows() == EXTENSIONS
    assert_undisturbed(scene, scene.scan_here(), asked=0)


# Rows that were tampered with


def change_row(
    connection: sqlite3.Connection,
    extension: str,
    *,
    payload: bytes | None = None,
    stored_at: int | None = None,
    secret: str = "",
) -> None:
    """Change a row and compute its checksum, and its MAC with a secret."""
    *key, old_stored_at, old_payload, _, _ = connection.execute(
        "SELECT * FROM verdicts WHERE extension = ?", (extension,)
    ).fetchone()
    covered = (
        CacheKey(*key),
        old_stored_at if stored_at is None else stored_at,
        old_payload if payload is None else payload,
    )
    connection.execute(
        "UPDATE verdicts SET stored_at = ?, payload = ?, checksum = ?, mac = ifnull(?, mac)"
        " WHERE extension = ?",
        (
            *covered[1:],
            row_integrity.checksum_of(*covered),
            row_integrity.mac_of(secret.encode(), *covered) if secret else None,
            extension,
        ),
    )


def payload_of(connection: sqlite3.Connection, extension: str) -> bytes:
    (payload,) = connection.execute(
        "SELECT payload FROM verdicts WHERE extension = ?", (extension,)
    ).fetchone()
    assert isinstance(payload, bytes)
    return payload


def _replayed(*columns: str) -> Callable[[sqlite3.Connection], object]:
    """Copy some columns of a clean extension's row over the bad one's."""
    names = ", ".join(columns)
    return lambda connection: connection.execute(
        f"UPDATE verdicts SET ({names}) = (SELECT {names} FROM verdicts WHERE extension = ?)"
        " WHERE extension = ?",
        (CLEAN, BAD),
    )


def _renamed(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM verdicts WHERE extension = ?", (BAD,))
    connection.execute("UPDATE verdicts SET extension = ? WHERE extension = ?", (BAD, CLEAN))


def _edited(change: str) -> Callable[[sqlite3.Connection], object]:
    return lambda connection: connection.execute(
        f"UPDATE verdicts SET {change} WHERE extension = ?", (BAD,)
    )


def _forged(secret: str = "") -> Callable[[sqlite3.Connection], object]:
    """Give the bad one a clean one's verdict under a checksum of its own."""
    return lambda connection: change_row(
        connection, BAD, payload=payload_of(connection, CLEAN), secret=secret
    )


def _forged_with_mac(mac: str) -> Callable[[sqlite3.Connection], object]:
    def forge(connection: sqlite3.Connection) -> None:
        _forged()(connection)
        _edited(f"mac = {mac}")(connection)

    return forge


TAMPERED = {
    "replayed": _replayed("payload", "checksum", "mac"),
    "replayed with its time": _replayed("stored_at", "payload", "checksum", "mac"),
    "replayed without its checksum": _replayed("payload"),
    "renamed": _renamed,
    "made younger": _edited("stored_at = stored_at + 1"),
    "made older": _edited("stored_at = stored_at - 86400"),
    "time as a text": _edited("stored_at = 'x' || stored_at"),
    "payload as a text": _edited("payload = cast(payload AS TEXT)"),
    "payload cut": _edited("payload = substr(payload, 1, 100)"),
    "without a checksum": _edited("checksum = x'', mac = NULL"),
}
FORGED = {
    "no MAC": _forged_with_mac("NULL"),
    "an empty MAC": _forged_with_mac("x''"),
    "the checksum as MAC": _forged_with_mac("checksum"),
    "the old MAC": _forged(),
    "another secret's MAC": _forged("another secret"),
}


@pytest.mark.parametrize("secret", ["", SECRET], ids=["no secret", "a secret"])
@pytest.mark.parametrize("how", TAMPERED)
def test_a_row_that_was_tampered_with_is_asked_again(scene: Scene, how: str, secret: str) -> None:
    scene.remember(secret)
    with raw(scene.cache) as connection:
        TAMPERED[how](connection)
    report = scene.scan_here(secret)
    assert_undisturbed(scene, report, asked=2 if how == "renamed" else 1, warning=WRONG_CHECKSUM)
    assert BAD not in from_cache(report)
    report = scene.scan_here(secret)
    assert_undisturbed(scene, report, asked=0)


@pytest.mark.parametrize("secret", ["", SECRET], ids=["no secret", "a secret"])
def test_a_replayed_row_changes_no_exit_code(scene: Scene, secret: str) -> None:
    scene.remember(secret)
    with raw(scene.cache) as connection:
        TAMPERED["replayed"](connection)
    variables = {"VSCAN_CACHE_KEY": secret} if secret else {}
    report = scene.scan(behind=(), **variables)
    assert_undisturbed(scene, report, asked=1, warning=WRONG_CHECKSUM)


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_row_is_asked_again_where_there_is_a_secret(scene: Scene, how: str) -> None:
    scene.remember(SECRET)
    with raw(scene.cache) as connection:
        FORGED[how](connection)
    report = scene.scan_here(SECRET)
    assert_undisturbed(scene, report, asked=1, warning=WRONG_CHECKSUM)


def test_a_forged_row_is_believed_without_a_secret(scene: Scene) -> None:
    """A checksum anybody can compute: the tests above can fail."""
    scene.remember()
    with raw(scene.cache) as connection:
        _forged()(connection)
    report = scene.scan()
    assert (report["decision"]["exit_code"], report["stats"]["fresh"]) == (0, 0)
    with pytest.raises(AssertionError):
        assert_right(scene.service, report)


@pytest.mark.parametrize(
    ("signed_with", "secret", "asked"),
    [("", SECRET, EXTENSIONS), (SECRET, "another secret", EXTENSIONS), (SECRET, "", 0)],
    ids=["never signed", "signed otherwise", "no secret now"],
)
def test_a_secret_decides_which_rows_count(
    scene: Scene, signed_with: str, secret: str, asked: int
) -> None:
    scene.remember(signed_with)
    report = scene.scan_here(secret)
    assert_undisturbed(scene, report, asked=asked, warning=WRONG_CHECKSUM if asked else None)
    report = scene.scan_here(secret)
    assert_undisturbed(scene, report, asked=0)


@pytest.mark.parametrize("how", ["replayed", "renamed", "made younger"])
def test_the_checks_of_tampering_can_fail(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """With checksums that always match, what is not the bad one's own is believed."""
    monkeypatch.setattr("vscan.cache.row_integrity.hmac.compare_digest", lambda *_: True)
    scene.remember()
    with raw(scene.cache) as connection:
        TAMPERED[how](connection)
    report = scene.scan_here()
    assert BAD in from_cache(report)
    if how != "made younger":
        with pytest.raises(AssertionError):
            assert_right(scene.service, report)


def test_the_checks_of_damage_can_fail(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vscan.cache.row_integrity.hmac.compare_digest", lambda *_: True)
    content = service.plain.replace(b'"score":43', b'"score":99')
    assert content != service.plain
    with pytest.raises(AssertionError):
        scan_damaged(service, content)


# Clocks


def move(scene: Scene, seconds: float, secret: str = "") -> None:
    """Have everything been stored so long after now, as a clock that is wrong would do it."""
    stored_at = int(time.time() + seconds)
    with raw(scene.cache) as connection:
        for key in rows_by_key(scene.service.plain):
            change_row(connection, key.extension, stored_at=stored_at, secret=secret)


@pytest.mark.parametrize("secret", ["", SECRET], ids=["no secret", "a secret"])
@pytest.mark.parametrize(
    ("seconds", "asked", "warning"),
    [
        (60, 0, None),
        (-6 * DAY_S, 0, None),
        (-8 * DAY_S, EXTENSIONS, None),
        (-100 * 365 * DAY_S, EXTENSIONS, None),
        (3600, EXTENSIONS, FUTURE),
        (100 * 365 * DAY_S, EXTENSIONS, FUTURE),
        (2**62, EXTENSIONS, FUTURE),
    ],
    ids=["skew", "young", "old", "before 1970", "an hour on", "a century on", "without sense"],
)
def test_rows_count_by_their_age(
    scene: Scene, secret: str, seconds: float, asked: int, warning: str | None
) -> None:
    scene.remember(secret)
    move(scene, seconds, secret)
    report = scene.scan_here(secret)
    assert_undisturbed(scene, report, asked=asked, warning=warning)


def test_a_clock_that_was_set_back_costs_one_scan(scene: Scene) -> None:
    scene.remember()
    move(scene, 30 * DAY_S)
    assert_undisturbed(scene, scene.scan_here(), asked=EXTENSIONS, warning=FUTURE)
    assert_undisturbed(scene, scene.scan_here(), asked=0)


def test_an_old_row_is_replaced_by_a_new_one(scene: Scene) -> None:
    scene.remember()
    with raw(scene.cache) as connection:
        change_row(connection, BAD, stored_at=int(time.time() - 8 * DAY_S))
    assert_undisturbed(scene, scene.scan_here(), asked=1)
    assert_undisturbed(scene, scene.scan_here(), asked=0)
