"""The cache on real files: what it remembers, what it refuses to believe, what it survives."""

import functools
import json
import math
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import finding, verdict
from tests.examples import examples
from tests.other_systems import is_root, make_pipe
from vscan.cache import Cache, Hit, Lookup, Miss, Reader, maintenance, row_integrity
from vscan.cache.cache_file_opening import FILE_NAME, SIDE_FILES
from vscan.errors import CacheError
from vscan.model import (
    CacheKey,
    Confidence,
    DataSet,
    Finding,
    Gap,
    GapKind,
    Kind,
    Package,
    RiskLevel,
    Severity,
    Verdict,
)
from vscan.safe_text import sanitize
from vscan.verdict_codec import decode, encode

ROOT = Path(__file__).parents[2]
DAY_S = 24 * 3600
NOW_S = 1_800_000_000
KEY = CacheKey("https://vscan.dev", "acme.tools", "1.0.0", "")
OTHER_KEY = replace(KEY, extension="acme.other")
SECRET = b"a secret of the pipeline"
WRONG_CHECKSUM = Miss(
    "untrusted", "some cache entries don't match their checksum or MAC and are ignored"
)
RICH = Verdict(
    provider="vscan.dev",
    analysed_version="1.0.1",
    score=71.5,
    risk=RiskLevel.MEDIUM,
    findings=(
        Finding(
            "vulnerable-dependency",
            Severity.CRITICAL,
            Kind.VULNERABILITY,
            "ansi-regex 3.0.0: ReDoS — “quoted”, 日本語",
            file="dist/extension.js",
            line=12,
            evidence="require('ansi-regex')",
            url="https://example.org/advisory",
            offset=1234,
            confidence=Confidence.MEDIUM,
            digest="0123456789abcdef" * 2,
        ),
        finding(Severity.INFO, Kind.POSTURE),
    ),
    analysed_at=None,
    gaps=(Gap("virusTotal", GapKind.DECISIVE), Gap("openGrep", GapKind.OTHER)),
    url="https://vscan.dev/extension/acme.tools",
    vulnerabilities=(("critical", 1), ("low", 0)),
    modules=(("metadata", RiskLevel.UNKNOWN), ("dependencies", RiskLevel.CRITICAL)),
    digest="0123456789abcdef" * 4,
    capabilities=(("fs", ()), ("network-hosts", ("example.org", "example.com"))),
    packages=(Package("@acme/a", "1.0.0", "banner", Confidence.LOW, "dist/extension.js"),),
    data=(DataSet("osv-npm", "https://example.org/all.zip", "2026-11-21", 250_000),),
)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, time_s: float = NOW_S) -> None:
        self.time_s = time_s

    def __call__(self) -> float:
        return self.time_s


class Opened(NamedTuple):
    """A cache and what it has warned of."""

    cache: Cache
    warnings: list[str]


@contextmanager
def opened(
    directory: Path,
    *,
    max_age_s: float = 7 * DAY_S,
    secret: bytes | None = None,
    now: Callable[[], float] = Clock(),  # noqa: B008 - it stands still
) -> Iterator[Opened]:
    warnings: list[str] = []
    cache = Cache(directory, max_age_s=max_age_s, key=secret, warn=warnings.append, now=now)
    try:
        yield Opened(cache, warnings)
    finally:
        cache.close()


@contextmanager
def reading(
    directory: Path, max_age_s: float = 7 * DAY_S, secret: bytes | None = None, now_s: float = NOW_S
) -> Iterator[Reader]:
    reader = Reader(directory / FILE_NAME, max_age_s=max_age_s, key=secret, now=Clock(now_s))
    try:
        yield reader
    finally:
        reader.close()


def remember(
    directory: Path,
    *keys: CacheKey,
    what: Verdict | None = None,
    secret: bytes | None = None,
    at_s: float = NOW_S,
) -> None:
    """Put one verdict under some keys, and leave without a trace of trouble."""
    with opened(directory, secret=secret, now=Clock(at_s)) as (cache, warnings):
        for key in keys or (KEY,):
            cache.put(key, what or verdict())
    assert warnings == []


def look_up(directory: Path, key: CacheKey = KEY, **settings: Any) -> Lookup:
    with reading(directory, **settings) as reader:
        return reader.get(key)


@contextmanager
def raw(directory: Path) -> Iterator[sqlite3.Connection]:
    """Open the file behind the cache's back; every statement counts at once."""
    with closing(sqlite3.connect(directory / FILE_NAME, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        yield connection


def forge(directory: Path, payload: bytes, stored_at: int = NOW_S) -> None:
    """Write a row as somebody would who knows how checksums are computed, but no secret."""
    checksum = row_integrity.checksum_of(KEY, stored_at, payload)
    with raw(directory) as connection:
        connection.execute(
            "INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (*row_integrity.columns(KEY), stored_at, payload, checksum),
        )


def fields_of(what: Verdict) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(encode(what))
    return fields


def elapsed_s(action: Callable[[], object]) -> float:
    started_s = time.monotonic()
    action()
    return time.monotonic() - started_s


# What is remembered, and for how long


def test_a_verdict_comes_back_as_it_was(tmp_path: Path) -> None:
    with opened(tmp_path) as (cache, warnings):
        cache.put(KEY, RICH)
        assert look_up(tmp_path) == Hit(RICH, NOW_S)
    assert warnings == []


def test_the_published_data_of_many_verdicts_is_kept_once() -> None:
    few = decode(encode(RICH))
    assert few == RICH
    assert decode(encode(RICH)).data is few.data
    many = replace(RICH, data=RICH.data * 21)  # only a cache that was written to has so many
    assert decode(encode(many)) == many
    assert decode(encode(many)).data is not decode(encode(many)).data


def test_a_verdict_survives_reopening(tmp_path: Path) -> None:
    remember(tmp_path, what=RICH)
    with opened(tmp_path):
        pass
    assert look_up(tmp_path) == Hit(RICH, NOW_S)


def test_the_last_verdict_for_a_key_counts(tmp_path: Path) -> None:
    remember(tmp_path, what=verdict(score=10), at_s=NOW_S - 60)
    remember(tmp_path, what=verdict(score=20))
    assert look_up(tmp_path) == Hit(verdict(score=20), NOW_S)


def test_without_shared_memory_there_is_an_older_journal(public: Path) -> None:
    """As on network file systems; here SQLite's -shm file can't be opened."""
    public.chmod(0o777)
    with nobody():
        (public / (FILE_NAME + "-shm")).touch(0o000)
        remember(public)
        remember(public, OTHER_KEY)
        assert look_up(public) == look_up(public, OTHER_KEY) == Hit(verdict(), NOW_S)


@pytest.mark.parametrize("name", [FILE_NAME, *SIDE_FILES])
def test_a_link_is_never_followed_and_leaves_one_warning(tmp_path: Path, name: str) -> None:
    """SQLite would make a file where it leads, or write into the one that is there."""
    cache_directory = tmp_path / "cache"
    cache_directory.mkdir()
    for target in (tmp_path / "not there", tmp_path / "there"):
        (cache_directory / name).unlink(missing_ok=True)
        (cache_directory / name).symlink_to(target)
        with opened(cache_directory) as (cache, warnings):
            cache.put(KEY, verdict())
            with closing(cache.reader()) as reader:
                assert reader.get(KEY) == Miss("absent")
        whose = "it" if name == FILE_NAME else name
        assert warnings == [
            f"the cache can't be written, the scan goes on without: {whose} is a link"
        ]
        assert not (tmp_path / "not there").exists()
        (tmp_path / "there").touch()
    assert (tmp_path / "there").read_bytes() == b""


@pytest.mark.parametrize("name", [FILE_NAME, *SIDE_FILES])
def test_a_file_that_is_another_one_too_is_not_written_to(tmp_path: Path, name: str) -> None:
    mine = tmp_path / "mine"
    mine.touch()
    (tmp_path / name).hardlink_to(mine)
    with opened(tmp_path) as (cache, warnings):
        cache.put(KEY, verdict())
    assert len(warnings) == 1
    assert "is a file with several names" in warnings[0]
    assert mine.read_bytes() == b""


def test_a_link_as_the_directory_is_the_users_choice(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    remember(tmp_path / "link")
    assert look_up(tmp_path / "real") == Hit(verdict(), NOW_S)


def test_what_was_stored_is_not_stored_again(tmp_path: Path) -> None:
    """Another process may have something newer by then."""
    with opened(tmp_path) as (first, _), opened(tmp_path) as (second, _):
        first.put(KEY, verdict(score=10))
        second.put(KEY, verdict(score=20))
        first.put(OTHER_KEY, verdict())
    assert look_up(tmp_path) == Hit(verdict(score=20), NOW_S)


def test_a_closed_cache_is_one_whole_file(tmp_path: Path) -> None:
    """It can be copied, or kept by a pipeline, without SQLite's other files."""
    remember(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_closing_twice_and_storing_after_closing_do_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as (cache, warnings):
        cache.close()
        cache.put(KEY, verdict())
        cache.close()
    assert look_up(tmp_path) == Miss("absent")
    assert warnings == []


@pytest.mark.parametrize("part", ["scope", "extension", "version", "target_platform", "digest"])
def test_each_part_of_the_key_tells_verdicts_apart(tmp_path: Path, part: str) -> None:
    other = replace(KEY, **{part: "other"})
    remember(tmp_path)
    assert look_up(tmp_path, other) == Miss("absent")
    remember(tmp_path, other, what=verdict(score=1))
    assert look_up(tmp_path) == Hit(verdict(), NOW_S)


def test_parts_of_a_key_do_not_run_together(tmp_path: Path) -> None:
    remember(tmp_path, CacheKey("ab", "c", "d", ""))
    assert look_up(tmp_path, CacheKey("a", "bc", "d", "")) == Miss("absent")


@pytest.mark.parametrize(
    ("gaps", "max_age_s", "age_s", "counts"),
    [
        ((), 7 * DAY_S, 7 * DAY_S, True),
        ((), 7 * DAY_S, 7 * DAY_S + 1, False),
        ((), 60, 61, False),
        (("virusTotal",), 7 * DAY_S, DAY_S, True),
        (("virusTotal",), 7 * DAY_S, DAY_S + 1, False),
        (("virusTotal",), 3600, 3600, True),
        (("virusTotal",), 3600, 3601, False),
    ],
)
def test_a_verdict_counts_until_it_is_too_old(
    tmp_path: Path, gaps: tuple[str, ...], max_age_s: float, age_s: float, *, counts: bool
) -> None:
    """A partial one counts for a day at most, but never longer than a whole one."""
    what = verdict(gaps=gaps)
    remember(tmp_path, what=what)
    found = look_up(tmp_path, max_age_s=max_age_s, now_s=NOW_S + age_s)
    assert found == (Hit(what, NOW_S) if counts else Miss("stale"))


def test_what_is_stale_is_kept(tmp_path: Path) -> None:
    """Only prune removes it: the age that counts is the reader's affair."""
    remember(tmp_path, at_s=NOW_S - 8 * DAY_S)
    remember(tmp_path, OTHER_KEY)
    assert look_up(tmp_path) == Miss("stale")
    assert isinstance(look_up(tmp_path, max_age_s=9 * DAY_S), Hit)


@pytest.mark.parametrize(
    ("ahead_s", "expected"),
    [
        (300, Hit(verdict(), NOW_S)),
        (301, Miss("untrusted", "some cache entries have a date in the future and are ignored")),
        (10**12, Miss("untrusted", "some cache entries have a date in the future and are ignored")),
    ],
)
def test_a_verdict_from_the_future_does_not_count(
    tmp_path: Path, ahead_s: int, expected: Lookup
) -> None:
    """It would never be stale. Clocks that differ by minutes are clocks, not forgery."""
    remember(tmp_path, at_s=NOW_S)
    assert look_up(tmp_path, now_s=NOW_S - ahead_s) == expected


def test_a_new_cache_directory_is_the_owners_alone(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "b"
    mask = os.umask(0)
    try:
        remember(directory)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_an_existing_directory_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    remember(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


@pytest.mark.parametrize(
    "name",
    [b"a b", b"what?mode=rwc", b"50%41", b"#1", b"it's", "größe".encode(), b"caf\xe9", b"\x1b[31m"],
)
def test_any_name_of_a_directory_will_do(tmp_path: Path, name: bytes) -> None:
    """The reader names the file by a URI; a name need not be UTF-8 either."""
    directory = tmp_path / os.fsdecode(name)
    try:
        directory.mkdir()
    except OSError:
        pytest.skip("this file system takes no such name")
    remember(directory)
    assert look_up(directory) == Hit(verdict(), NOW_S)


def test_a_directory_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    remember(Path("here"))
    assert look_up(Path("here")) == Hit(verdict(), NOW_S)


# What is believed


@pytest.mark.parametrize("secret", [None, SECRET], ids=["checksum", "mac"])
@pytest.mark.parametrize(
    "change",
    [
        "payload = replace(payload, '90', '99')",
        "payload = cast(payload AS TEXT)",
        "payload = x''",
        "stored_at = stored_at + 1",
        "stored_at = 'soon'",
        "stored_at = 1.5",
        "checksum = x'', mac = x''",
        "checksum = 'a text', mac = 'a text'",
        "checksum = 0, mac = NULL",
    ],
)
def test_a_row_that_was_edited_is_a_miss(tmp_path: Path, change: str, secret: bytes | None) -> None:
    remember(tmp_path, secret=secret)
    with raw(tmp_path) as connection:
        connection.execute(f"UPDATE verdicts SET {change}")
    assert look_up(tmp_path, secret=secret) == WRONG_CHECKSUM


@pytest.mark.parametrize("secret", [None, SECRET], ids=["checksum", "mac"])
@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, scope="other"),
        replace(KEY, extension="acme.other"),
        replace(KEY, version="1.0.1"),
        replace(KEY, target_platform="web"),
        replace(KEY, extension="acme.tool", version="s1.0.0"),
        replace(KEY, version="1.0.", target_platform="0"),
        replace(KEY, digest="0" * 64),
    ],
    ids=str,
)
def test_a_row_copied_over_another_is_a_miss(
    tmp_path: Path, other: CacheKey, secret: bytes | None
) -> None:
    """Or a bad extension could take a good one's verdict."""
    remember(tmp_path, secret=secret)
    with raw(tmp_path) as connection:
        connection.execute(
            "INSERT INTO verdicts"
            " SELECT ?, ?, ?, ?, ?, stored_at, payload, checksum, mac FROM verdicts",
            row_integrity.columns(other),
        )
    assert look_up(tmp_path, other, secret=secret) == WRONG_CHECKSUM
    assert look_up(tmp_path, secret=secret) == Hit(verdict(), NOW_S)


def test_a_forged_checksum_counts_only_where_there_is_no_secret(tmp_path: Path) -> None:
    remember(tmp_path, what=verdict(score=1), secret=SECRET)
    forge(tmp_path, encode(verdict(score=100)))
    assert look_up(tmp_path, secret=None) == Hit(verdict(score=100), NOW_S)
    assert look_up(tmp_path, secret=SECRET) == WRONG_CHECKSUM


@pytest.mark.parametrize("given", [None, b"another secret"])
def test_a_row_signed_otherwise_or_not_at_all_is_a_miss(
    tmp_path: Path, given: bytes | None
) -> None:
    remember(tmp_path, secret=given)
    assert look_up(tmp_path, secret=SECRET) == WRONG_CHECKSUM


def test_a_signed_row_can_be_read_without_the_secret(tmp_path: Path) -> None:
    remember(tmp_path, secret=SECRET)
    assert look_up(tmp_path, secret=None) == Hit(verdict(), NOW_S)


def test_the_secret_is_not_in_the_file(tmp_path: Path) -> None:
    remember(tmp_path, secret=SECRET)
    assert SECRET not in (tmp_path / FILE_NAME).read_bytes()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a cache whose one row is written anew by each test."""
    directory = tmp_path_factory.mktemp("shared")
    remember(directory)
    return directory


def with_finding(name: str, value: object) -> list[object]:
    return [fields_of(RICH)["findings"][0] | {name: value}]


PACKAGE = fields_of(RICH)["packages"][0]
DATA_SET = fields_of(RICH)["data"][0]
_IMPOSSIBLE: dict[str, tuple[object, ...]] = {
    "provider": (None, 5.5, ["a"], "\ud800"),
    "analysed_version": (None, {}),
    "analysed_at": (5, ["a"], "yesterday", "2026-10-16"),
    "url": (5, True),
    "digest": (None, 5, "beef", "Z" * 64),
    "capabilities": (None, 5, ["fs"], [["fs"]], [["fs", 5]], [["fs", [5]]]),
    "packages": (
        *(None, 5, [None], [{}]),
        *([PACKAGE | {name: 5}] for name in ("name", "version", "evidence", "file")),
        *([PACKAGE | {"confidence": sure}] for sure in (0, 9, "high", None)),
    ),
    "data": (
        *(None, 5, [None], [{}]),
        *([DATA_SET | {name: 5}] for name in ("name", "source", "as_of")),
        *([DATA_SET | {"count": count}] for count in (-1, 1.5, None, "1", 10**400)),
        *([DATA_SET | {"source": "http://example.org/"}],),
    ),
    "score": (math.nan, math.inf, -1, 101, 100.1, 10**400, "90", True, None, [90]),
    "risk": (None, 5, 1.5, "low", {}),
    "gaps": (None, 5, [5], [None], [["a"]]),
    "vulnerabilities": (
        *(None, 5, ["high"], [["high"]], [["high", 1, 1]], [[1, 1]]),
        *([["evil", 1]], [["high", -1]], [["high", 1.0]], [["high", True]], [["high", "1"]]),
    ),
    "modules": (None, 5, [["metadata"]], [["metadata", 9]], [["metadata", "low"]], [[1, 1]]),
    "findings": (
        *(None, 5, [None], ["a"], [[]], [{}], [{"rule": "a"}]),
        *(with_finding(name, 5) for name in ("rule", "message", "file", "evidence", "url")),
        *(with_finding("line", line) for line in (-1, 1.5, "1", True)),
        *(with_finding("offset", offset) for offset in (-1, 1.5, "1", True)),
        *(with_finding("confidence", sure) for sure in (0, 9, "high")),
        *(with_finding("severity", severity) for severity in (9, "high", None)),
        *(with_finding("kind", kind) for kind in ("joke", None, 1)),
    ),
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in _IMPOSSIBLE.items() for value in values]
)
def test_a_forged_payload_with_an_impossible_field_is_a_miss(
    shared: Path, name: str, value: object
) -> None:
    forge(shared, json.dumps(fields_of(RICH) | {name: value}).encode())
    assert look_up(shared) == WRONG_CHECKSUM


@pytest.mark.parametrize("name", sorted(fields_of(RICH)))
def test_a_forged_payload_without_a_field_is_a_miss(shared: Path, name: str) -> None:
    fields = fields_of(RICH)
    del fields[name]
    forge(shared, json.dumps(fields).encode())
    assert look_up(shared) == WRONG_CHECKSUM


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe\xff",
        b"null",
        b"[]",
        b'"provider"',
        b"7" * 10_000,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"score":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"no field":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"capabilities":[' + b'["",[]],' * 400_000 + b"]}",
    ],
    ids=lambda payload: f"{payload[:10]!r}-{len(payload)}",
)
def test_a_forged_payload_that_is_no_verdict_is_a_miss(shared: Path, payload: bytes) -> None:
    forge(shared, payload)
    assert look_up(shared) == WRONG_CHECKSUM


@pytest.mark.parametrize(("too_much", "expected"), [(0, Hit(RICH, NOW_S)), (1, Miss("absent"))])
def test_a_payload_over_16_mib_is_not_read(shared: Path, too_much: int, expected: Lookup) -> None:
    """One that nobody but a forger would make must not fill the memory."""
    payload = json.dumps(fields_of(RICH)).encode()
    forge(shared, payload.ljust(16 * 1024**2 + too_much))
    assert look_up(shared) == expected


def texts_of(what: Verdict) -> list[str]:
    return [
        what.provider,
        what.analysed_version,
        what.url or "",
        what.analysed_at or "",
        *what.gap_texts,
        *(word for word, _ in what.vulnerabilities),
        *(name for name, _ in what.modules),
        *(text for name, shown in what.capabilities for text in (name, *shown)),
        *(text for p in what.packages for text in (p.name, p.version, p.evidence, p.file) if text),
        *(text for each in what.data for text in (each.name, each.source, each.as_of)),
        *(
            text
            for one in what.findings
            for text in (one.rule, one.message, one.file, one.evidence, one.url)
            if text
        ),
    ]


def test_texts_of_a_forged_payload_come_back_inert(shared: Path) -> None:
    evil = "https://\x1b]0;owned\x07\r\n::error::\x00\u202e" + "A" * 100_000
    fields = fields_of(RICH)
    fields |= {"provider": evil, "analysed_version": evil, "url": evil}
    fields |= {
        "gaps": [{"text": evil, "kind": "other"}],
        "modules": [[evil, 1]],
        "capabilities": [[evil, [evil]]],
    }
    fields["packages"][0] |= dict.fromkeys(("name", "version", "evidence", "file"), evil)
    fields["data"][0] |= dict.fromkeys(("name", "source", "as_of"), evil) | {"count": 1}
    for name in ("rule", "message", "file", "evidence", "url"):
        fields["findings"][0][name] = evil
    forge(shared, json.dumps(fields).encode())
    found = look_up(shared)
    assert isinstance(found, Hit)
    inert = set(texts_of(found.verdict)) - set(texts_of(RICH))
    assert inert == {sanitize(evil, 1000)}
    assert all(text.isprintable() and len(text) <= 1000 for text in inert)


@pytest.mark.full
def test_long_words_of_forged_payloads_do_not_stay_in_memory(
    shared: Path,
) -> None:
    tracemalloc.start()
    try:
        for number in range(10):
            words = [f"{number} {word} ".ljust(1_000_000, "x") for word in range(10)]
            said = {"capabilities": [["hosts", words]]}
            forge(shared, json.dumps(fields_of(RICH) | said).encode())
            assert isinstance(look_up(shared), Hit)
        words.clear()
        assert tracemalloc.get_traced_memory()[0] < 25_000_000  # the last one's, and not all ten's
    finally:
        tracemalloc.stop()


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    _nested,
    max_leaves=8,
)


@settings(deadline=None, max_examples=examples(150))
@given(
    changes=st.dictionaries(st.sampled_from(sorted(fields_of(RICH))), _JSON, min_size=1, max_size=3)
)
def test_whatever_a_forged_payload_says_a_hit_is_a_possible_verdict(
    shared: Path, changes: dict[str, Any]
) -> None:
    forge(shared, json.dumps(fields_of(RICH) | changes).encode())
    found = look_up(shared)
    if isinstance(found, Hit):
        assert 0 <= found.verdict.score <= 100
        assert all(text == sanitize(text, 1000) for text in texts_of(found.verdict))
    else:
        assert found == WRONG_CHECKSUM


def test_all_rows_that_are_damaged_alike_give_one_warning(tmp_path: Path) -> None:
    """A warning that quotes the row would be told once for each row."""
    remember(tmp_path, KEY, OTHER_KEY)
    with raw(tmp_path) as connection:
        connection.execute("UPDATE verdicts SET payload = cast(extension || x'ff' AS TEXT)")
    assert {look_up(tmp_path, key) for key in (KEY, OTHER_KEY)} == {WRONG_CHECKSUM}


# Files that are something else


@pytest.mark.parametrize("version", [0, 2, 999])
def test_another_schema_version_is_rebuilt(tmp_path: Path, version: int) -> None:
    remember(tmp_path)
    with raw(tmp_path) as connection:
        connection.execute("DROP TABLE verdicts")
        connection.execute("CREATE TABLE verdicts (something_else)")
        connection.execute(f"PRAGMA user_version={version}")
    assert look_up(tmp_path) == Miss("absent")
    remember(tmp_path)
    assert look_up(tmp_path) == Hit(verdict(), NOW_S)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TRIGGER t BEFORE INSERT ON verdicts BEGIN SELECT raise(IGNORE); END",
        "ALTER TABLE verdicts ADD COLUMN more",
        "ALTER TABLE verdicts RENAME TO t; CREATE VIEW verdicts AS SELECT * FROM t",
        "DROP TABLE verdicts",
    ],
    ids=["trigger", "column", "view", "no table"],
)
def test_a_schema_that_only_bears_our_version_is_rebuilt(tmp_path: Path, change: str) -> None:
    """A trigger could swallow rows, a view or a computed column take for ever or all memory."""
    remember(tmp_path, OTHER_KEY)
    with raw(tmp_path) as connection:
        connection.executescript(change)
    remember(tmp_path)
    assert look_up(tmp_path) == Hit(verdict(), NOW_S)


@pytest.mark.parametrize("table", ["bookmarks", "verdicts"])
def test_another_programs_database_is_left_alone(tmp_path: Path, table: str) -> None:
    """A --cache-dir that was mistyped must not cost anybody their data."""
    with raw(tmp_path) as connection:
        connection.execute(f"CREATE TABLE {table} (url)")
        connection.execute(f"INSERT INTO {table} VALUES ('https://example.org')")
        connection.execute("PRAGMA application_id=77")
        connection.execute("PRAGMA user_version=9")
    before = (tmp_path / FILE_NAME).read_bytes()
    with opened(tmp_path) as (cache, warnings):
        cache.put(KEY, verdict())
    assert len(warnings) == 1
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_an_empty_file_becomes_a_cache(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    assert look_up(tmp_path) == Miss("absent")
    remember(tmp_path)
    assert look_up(tmp_path) == Hit(verdict(), NOW_S)


def _text(path: Path) -> None:
    path.write_text("not a database\n" * 1000)


def _corrupt_header(path: Path) -> None:
    remember(path.parent)
    content = path.read_bytes()
    path.write_bytes(b"\xff" * 100 + content[100:])


@pytest.mark.parametrize(
    "make",
    [_text, _corrupt_header, Path.mkdir, make_pipe],
    ids=["text", "header", "directory", "fifo"],
)
def test_what_is_no_database_is_left_alone_with_one_warning(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / FILE_NAME
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with opened(tmp_path) as (cache, warnings):
        cache.put(KEY, verdict())
        cache.put(OTHER_KEY, verdict())
        with closing(cache.reader()) as reader:
            assert reader.get(KEY) == Miss("absent")
    assert len(warnings) == 1
    assert path.exists()
    assert before is None or path.read_bytes() == before


def test_a_file_in_place_of_the_directory_is_left_alone_with_one_warning(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("mine")
    with opened(place) as (cache, warnings):
        cache.put(KEY, verdict())
    assert warnings == ["the cache can't be written, the scan goes on without: file exists"]
    assert look_up(place) == Miss("absent")
    assert place.read_text() == "mine"


# Damage


_VERDICTS = {
    replace(KEY, version=f"1.0.{number}"): verdict(finding(message="x" * 100), score=number)
    for number in range(60)
}


@functools.cache
def whole() -> bytes:
    """Make the bytes of a cache of several pages."""
    with tempfile.TemporaryDirectory() as text:
        with opened(Path(text)) as (cache, warnings):
            for key, what in _VERDICTS.items():
                cache.put(key, what)
        assert warnings == []
        return (Path(text) / FILE_NAME).read_bytes()


def right_answers(content: bytes) -> int:
    """Use a cache of this content; count hits, after checking that none of them is wrong."""
    with tempfile.TemporaryDirectory() as text:
        directory = Path(text)
        (directory / FILE_NAME).write_bytes(content)
        hits = 0
        with opened(directory) as (cache, warnings):
            with closing(cache.reader()) as reader:
                lookups = {key: reader.get(key) for key in _VERDICTS}
            cache.put(KEY, verdict())
        for key, lookup in lookups.items():
            if isinstance(lookup, Hit):
                assert lookup == Hit(_VERDICTS[key], NOW_S)
                hits += 1
        assert len(warnings) <= 1
        assert len({look.warning for look in lookups.values() if isinstance(look, Miss)}) <= 4
        return hits


def test_an_undamaged_cache_answers_everything() -> None:
    assert right_answers(whole()) == len(_VERDICTS)


@settings(deadline=None, max_examples=examples(80))
@given(data=st.data())
def test_damage_anywhere_never_raises_and_never_answers_wrongly(data: st.DataObject) -> None:
    content = bytearray(whole())
    for _ in range(data.draw(st.integers(1, 4))):
        offset = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 200))
        change = data.draw(st.binary(min_size=1, max_size=40))
        content[offset : offset + len(change)] = change
    right_answers(bytes(content))


@settings(deadline=None, max_examples=examples(40))
@given(data=st.data())
def test_a_truncated_cache_never_raises_and_never_answers_wrongly(data: st.DataObject) -> None:
    length = data.draw(st.integers(0, len(whole()) - 1))
    right_answers(whole()[:length])


def test_rows_on_whole_pages_survive_a_damaged_page() -> None:
    """The last page gone bad costs its rows and no others."""
    hits = right_answers(whole()[:-4096] + b"\xff" * 4096)
    assert len(_VERDICTS) / 2 < hits < len(_VERDICTS)


@pytest.mark.parametrize(
    "command",
    [
        functools.partial(maintenance.stats, max_age_s=DAY_S, now=NOW_S),
        functools.partial(maintenance.prune, max_age_s=DAY_S, now=NOW_S),
        functools.partial(maintenance.verify, key=None),
    ],
    ids=lambda command: command.func.__name__,
)
def test_damage_that_sqlite_quotes_is_an_error_like_any_other(
    tmp_path: Path, command: Callable[[Path], object]
) -> None:
    """One bad byte in the schema: SQLite quotes it, and Python can't decode the quotation."""
    (tmp_path / FILE_NAME).write_bytes(whole().replace(b"WITHOUT ROWID", b"WITHOUT RO\xffID"))
    with pytest.raises(CacheError):
        command(tmp_path)


def test_damage_that_sqlite_quotes_is_one_warning() -> None:
    """Found by the test of damage anywhere, in three thousand examples."""
    assert right_answers(whole().replace(b"WITHOUT ROWID", b"WITHOUT RO\xffID")) == 0


# Places that can't be written


def mount(*arguments: str) -> None:
    """Mount, or skip the test where this can't be done."""
    if not is_root() or shutil.which("mount") is None:
        pytest.skip("only root can mount")
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"root can't mount here: {done.stderr.strip()}")


@contextmanager
def nobody() -> Iterator[None]:
    """Be an ordinary user for a while: root may write everywhere."""
    if not is_root():
        yield
        return
    # The real id too: os.access goes by that one.
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


@contextmanager
def frozen(directory: Path, how: str) -> Iterator[None]:
    """Make a directory, or only the files in it, unwritable."""
    if how == "mount":
        mount("--bind", str(directory), str(directory))
        try:
            mount("-o", "remount,bind,ro", str(directory))
            yield
        finally:
            subprocess.run(["umount", str(directory)], check=True)
        return
    for path in directory.iterdir():
        path.chmod(0o444)
    directory.chmod(0o555 if how == "directory" else 0o777)
    try:
        with nobody():
            if not os.access(directory, os.R_OK | os.X_OK):
                pytest.skip("temporary directories can't be reached by another user")
            yield
    finally:
        directory.chmod(0o755)


@pytest.fixture
def public() -> Iterator[Path]:
    """Make a directory that others can reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as text:
        Path(text).chmod(0o755)
        yield Path(text)


@pytest.mark.full
@pytest.mark.parametrize("how", ["mount", "directory", "file"])
def test_a_read_only_cache_still_answers(public: Path, how: str) -> None:
    remember(public)
    with frozen(public, how):
        with opened(public) as (cache, warnings):
            cache.put(OTHER_KEY, verdict())
            cache.put(OTHER_KEY, verdict())
            with closing(cache.reader()) as reader:
                assert reader.get(KEY) == Hit(verdict(), NOW_S)
                assert reader.get(OTHER_KEY) == Miss("absent")
        assert len(warnings) == 1
    assert look_up(public) == Hit(verdict(), NOW_S)


@pytest.mark.full
@pytest.mark.parametrize("how", ["mount", "directory"])
def test_a_read_only_cache_can_be_looked_at_but_not_changed(public: Path, how: str) -> None:
    remember(public)
    with frozen(public, how):
        assert maintenance.stats(public, max_age_s=DAY_S, now=NOW_S).entries == 1
        assert maintenance.verify(public, None) == (1, 0)
        with pytest.raises(CacheError, match="can't be used: "):
            maintenance.prune(public, max_age_s=DAY_S, now=NOW_S + 2 * DAY_S)
        with pytest.raises(CacheError, match="can't be removed: "):
            maintenance.clear(public)
    assert look_up(public) == Hit(verdict(), NOW_S)


@pytest.mark.full
@pytest.mark.parametrize("how", ["mount", "directory"])
@pytest.mark.parametrize("below", [".", "a/b"])
def test_a_place_where_nothing_can_be_made_is_one_warning(
    public: Path, how: str, below: str
) -> None:
    with frozen(public, how):
        with opened(public / below) as (cache, warnings):
            cache.put(KEY, verdict())
            with closing(cache.reader()) as reader:
                assert reader.get(KEY) == Miss("absent")
        assert len(warnings) == 1


def test_a_cache_nobody_else_may_read_is_one_warning(public: Path) -> None:
    if not is_root():
        pytest.skip("only root can make another user's files")
    remember(public)
    public.chmod(0o700)
    with nobody(), opened(public) as (cache, warnings):
        cache.put(KEY, verdict())
        with closing(cache.reader()) as reader:
            assert reader.get(KEY) == Miss("absent")
    assert len(warnings) == 1
    public.chmod(0o755)


class Disk(NamedTuple):
    """A very small disk."""

    path: Path

    def fill(self) -> None:
        with (self.path / "filling").open("wb", buffering=0) as filling:
            try:
                while True:
                    filling.write(b"x" * 512)
            except OSError:
                pass

    def make_room(self) -> None:
        (self.path / "filling").unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    place = tmp_path / "disk"
    place.mkdir()
    mount("-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place))
    try:
        yield Disk(place)
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_what_a_full_disk_refused_is_stored_when_there_is_room(disk: Disk) -> None:
    keys = [replace(KEY, version=str(number)) for number in range(5)]
    with opened(disk.path) as (cache, warnings):
        cache.put(KEY, verdict())
        disk.fill()
        for key in keys:
            cache.put(key, verdict())
        assert [look_up(disk.path, key) for key in keys] == [Miss("absent")] * 5
        assert look_up(disk.path) == Hit(verdict(), NOW_S)
        disk.make_room()
    assert warnings == [
        "the cache can't be written, the scan goes on without: database or disk is full"
    ]
    assert [look_up(disk.path, key) for key in [KEY, *keys]] == [Hit(verdict(), NOW_S)] * 6


def test_what_was_refused_is_tried_again_with_a_later_verdict(disk: Disk) -> None:
    with opened(disk.path) as (cache, _):
        disk.fill()
        cache.put(KEY, verdict())
        disk.make_room()
        cache._try_again_at = 0.0  # the seconds between two tries have passed
        cache.put(OTHER_KEY, verdict())
        assert look_up(disk.path) == Hit(verdict(), NOW_S)


@pytest.mark.parametrize("existing", [True, False])
def test_a_disk_that_is_full_from_the_start_is_one_warning(disk: Disk, *, existing: bool) -> None:
    if existing:
        remember(disk.path)
    disk.fill()
    with opened(disk.path) as (cache, warnings):
        cache.put(OTHER_KEY, verdict())
        with closing(cache.reader()) as reader:
            assert reader.get(OTHER_KEY) == Miss("absent")
    assert len(warnings) == 1
    disk.make_room()
    remember(disk.path, OTHER_KEY)
    assert look_up(disk.path, KEY) == (Hit(verdict(), NOW_S) if existing else Miss("absent"))


# Locks


@contextmanager
def locked(directory: Path) -> Iterator[sqlite3.Connection]:
    """Hold the writer's lock, with a change that isn't committed."""
    with raw(directory) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE verdicts SET payload = x'00'")
        yield connection
        if connection.in_transaction:
            connection.rollback()


@contextmanager
def shut(directory: Path) -> Iterator[None]:
    """Hold the whole file, against readers too."""
    with raw(directory) as connection:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.rollback()


def test_a_readers_answer_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    remember(tmp_path)
    with locked(tmp_path), reading(tmp_path) as reader:
        assert elapsed_s(lambda: reader.get(KEY)) < 0.5
        assert reader.get(KEY) == Hit(verdict(), NOW_S)


def test_a_lock_delays_one_put_and_loses_none(tmp_path: Path) -> None:
    """The next put does not even try, and closing stores what was kept."""
    with opened(tmp_path) as (cache, warnings), locked(tmp_path):
        assert elapsed_s(lambda: cache.put(KEY, RICH)) < 2
        assert elapsed_s(lambda: cache.put(OTHER_KEY, RICH)) < 0.2
        assert look_up(tmp_path) == Miss("absent")
    assert warnings == ["the cache can't be written, the scan goes on without: database is locked"]
    assert look_up(tmp_path, KEY) == look_up(tmp_path, OTHER_KEY) == Hit(RICH, NOW_S)


def test_closing_waits_no_longer_for_a_lock_than_a_put(tmp_path: Path) -> None:
    """An interrupted run has three seconds in all."""
    remember(tmp_path)
    with locked(tmp_path), opened(tmp_path) as (cache, warnings):
        cache._try_again_at = math.inf  # as if a put had been refused just now
        cache.put(OTHER_KEY, verdict())
        assert elapsed_s(cache.close) < 2
    assert len(warnings) == 1
    assert look_up(tmp_path) == Hit(verdict(), NOW_S)


@pytest.mark.full
def test_a_cache_that_is_locked_from_start_to_end_is_one_warning_and_stays(
    tmp_path: Path,
) -> None:
    remember(tmp_path)
    with shut(tmp_path):
        with opened(tmp_path) as (cache, warnings):
            cache.put(OTHER_KEY, verdict())
            cache.put(OTHER_KEY, verdict())
        assert warnings == [
            "the cache can't be written, the scan goes on without: database is locked"
        ]
    assert look_up(tmp_path) == Hit(verdict(), NOW_S)


def test_what_was_locked_when_it_was_opened_is_written_once_it_is_free(tmp_path: Path) -> None:
    remember(tmp_path)
    with ExitStack() as later, shut(tmp_path):
        cache, warnings = later.enter_context(opened(tmp_path))
        cache.put(OTHER_KEY, RICH)
    assert warnings == ["the cache can't be written, the scan goes on without: database is locked"]
    assert look_up(tmp_path, OTHER_KEY) == Hit(RICH, NOW_S)


def test_a_reader_waits_for_a_lock_once_and_not_at_each_look_up(tmp_path: Path) -> None:
    """A hundred extensions would be minutes. What it says is the same each time."""
    remember(tmp_path)
    with raw(tmp_path) as connection:
        connection.execute("PRAGMA journal_mode=TRUNCATE")  # where nobody can do without locks
    with reading(tmp_path) as reader, shut(tmp_path):
        started_s = time.monotonic()
        found = {reader.get(KEY), reader.get(OTHER_KEY)}
        assert found == {Miss("broken", "the cache can't be read: database is locked")}
        assert time.monotonic() - started_s < 2


# Processes

# Told where and how often, each writes its own rows and reads each back at once.
_WRITER = """
import json, sys
from pathlib import Path
from tests.builders import verdict
from vscan.cache import Cache, Hit
from vscan.model import CacheKey

name, rows = sys.argv[1], int(sys.argv[2])
print("ready", flush=True)
for line in sys.stdin:
    troubles = []
    cache = Cache(Path(line.rstrip()), max_age_s=3600, key=None, warn=troubles.append)
    reader = cache.reader()
    for number in range(rows):
        key = CacheKey("s", name, str(number), "")
        cache.put(key, verdict(score=number))
        if not isinstance(reader.get(key), Hit):
            troubles.append(f"{number} is lost")
    reader.close()
    cache.close()
    print(json.dumps(troubles), flush=True)
"""

# Says after each put that it is done, until it is killed.
_VICTIM = """
import itertools, sys
from pathlib import Path
from tests.builders import verdict
from vscan.cache import Cache
from vscan.model import CacheKey

cache = Cache(Path(sys.argv[1]), max_age_s=3600, key=None, warn=sys.exit)
for number in itertools.count():
    cache.put(CacheKey("s", "acme.tools", str(number), ""), verdict())
    print(number, flush=True)
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def write_at_once(processes: int, rows: int, directories: list[Path]) -> list[list[str]]:
    """Have processes write to each directory in turn, all at once. Returns their troubles."""
    troubles = []
    with ExitStack() as stack:
        writers = [
            stack.enter_context(start(_WRITER, f"w.{number}", str(rows)))
            for number in range(processes)
        ]
        for writer in writers:
            assert pipes(writer)[1].readline() == "ready\n"
        for directory in directories:
            for writer in writers:
                print(directory, file=pipes(writer)[0], flush=True)
            troubles += [json.loads(pipes(writer)[1].readline()) for writer in writers]
        for writer in writers:
            pipes(writer)[0].close()
    return troubles


@pytest.mark.full
@pytest.mark.parametrize("processes", [2, 4])
def test_processes_that_share_a_cache_lose_nothing(tmp_path: Path, processes: int) -> None:
    remember(tmp_path)
    assert write_at_once(processes, 100, [tmp_path]) == [[]] * processes
    assert maintenance.verify(tmp_path, None) == (1 + processes * 100, 0)


@pytest.mark.full
@pytest.mark.parametrize("processes", [2, 4])
def test_processes_that_make_a_cache_at_once_lose_nothing(tmp_path: Path, processes: int) -> None:
    """None is turned away from a new cache because another is making it: many tries of that."""
    directories = [tmp_path / str(number) for number in range(20)]
    troubles = write_at_once(processes, 3, directories)
    assert [trouble for trouble in troubles if trouble] == []
    assert {maintenance.verify(directory, None) for directory in directories} == {
        (processes * 3, 0)
    }


@pytest.mark.full
@pytest.mark.parametrize("after", [1, 20])
def test_what_was_put_before_a_kill_is_there(tmp_path: Path, after: int) -> None:
    with start(_VICTIM, str(tmp_path)) as victim:
        _, stdout = pipes(victim)
        done = [stdout.readline() for _ in range(after)]
        victim.kill()
        done += stdout.readlines()
    versions = [line.strip() for line in done if line.endswith("\n")]
    assert len(versions) >= after
    with opened(tmp_path, now=time.time) as (cache, warnings), closing(cache.reader()) as reader:
        found = [reader.get(CacheKey("s", "acme.tools", number, "")) for number in versions]
    assert all(isinstance(lookup, Hit) for lookup in found)
    assert warnings == []


# What the commands' functions must bear


@pytest.mark.parametrize(
    "change",
    [
        "scope = x'00ff'",
        "version = cast(x'ff' AS TEXT)",
        "payload = cast(x'ff' AS TEXT)",
        "stored_at = 'soon'",
        "checksum = 5",
    ],
)
def test_verify_counts_rows_of_any_type(tmp_path: Path, change: str) -> None:
    remember(tmp_path, KEY, OTHER_KEY)
    with raw(tmp_path) as connection:
        connection.execute(
            f"UPDATE verdicts SET {change} WHERE extension = ?", (OTHER_KEY.extension,)
        )
    assert maintenance.verify(tmp_path, None) == (1, 1)


def test_prune_removes_what_is_too_old_and_nothing_else(tmp_path: Path) -> None:
    remember(tmp_path, KEY, at_s=NOW_S - DAY_S)
    remember(tmp_path, OTHER_KEY, at_s=NOW_S - DAY_S - 1)
    assert maintenance.prune(tmp_path, max_age_s=DAY_S, now=NOW_S) == 1
    assert isinstance(look_up(tmp_path, KEY), Hit)
    assert look_up(tmp_path, OTHER_KEY) == Miss("absent")


def test_pruning_gives_the_space_back(tmp_path: Path) -> None:
    remember(tmp_path, *_VERDICTS, what=RICH)
    before = (tmp_path / FILE_NAME).stat().st_size
    assert maintenance.prune(tmp_path, max_age_s=DAY_S, now=NOW_S + 2 * DAY_S) == len(_VERDICTS)
    assert (tmp_path / FILE_NAME).stat().st_size < before / 4


def test_stats_counts_by_source_and_age(tmp_path: Path) -> None:
    remember(tmp_path, KEY, OTHER_KEY, at_s=NOW_S - 9 * DAY_S)
    remember(tmp_path, replace(KEY, scope="offline"))
    held = maintenance.stats(tmp_path, max_age_s=7 * DAY_S, now=NOW_S)
    assert (held.entries, held.expired) == (3, 2)
    assert (held.oldest, held.newest) == (NOW_S - 9 * DAY_S, NOW_S)
    assert held.by_scope == {KEY.scope: 2, "offline": 1}
