"""``vscan db``, run as a user runs it; and the fetching, from a server on loopback."""

import errno
import json
import os
import re
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic

import pytest

from tests.advisories import REAL, TODAY, control, export, library, record, removed_list, repository
from tests.command import Result, vscan
from tests.other_systems import make_pipe
from vscan.advisories import Advisories
from vscan.advisories.database import FILE_NAME, DataError
from vscan.advisories.records import FEED_URLS
from vscan.advisories.writer import ImportResult
from vscan.cli.db import _tell
from vscan.data_update import FEEDS, Feed, FetchFailed, Unchanged, update
from vscan.model import ExtensionId
from vscan.providers.http_request import Transport

CLOSED = "http://127.0.0.1:9"


def db(home: Path, *arguments: str | Path, **variables: str) -> Result:
    return vscan(home, "db", *arguments, **variables)


def files(home: Path, **contents: bytes) -> list[Path]:
    """Write files, a day ago."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).timestamp()
    made = []
    for name, content in contents.items():
        path = home / name
        path.write_bytes(content)
        os.utime(path, (yesterday, yesterday))
        made.append(path)
    return made


def days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def everything(home: Path) -> list[Path]:
    return files(
        home,
        a=removed_list("| acme.tool | 8/22/2026 | Malware |"),
        b=control("acme.other"),
        c=export(record(modified=f"{days_ago(2)}T00:00:00Z")),
        d=repository(jquery=library()),
        e=json.dumps(record("MAL-9", "acme-own", modified=days_ago(3))).encode(),
    )


# The commands.


def test_without_data_status_names_the_seed(tmp_path: Path) -> None:
    done = db(tmp_path, "status")
    assert done.code == 0
    assert re.fullmatch(
        r"Warning: there is no public data in \S+/\.local/share/vscan: only what came with the"
        r" program is known, as of \S+, and nothing of osv-npm, osv-vscode, retire\.js;"
        r" `vscan db update` fetches it\n",
        done.err,
    )
    assert re.fullmatch(
        r"path: \S+/\.local/share/vscan\n"
        r"(seed:removed-\S+: \d+ entries as of 2026-\d\d-\d\d, \d+ days old\n  https://\S+\n){2}"
        r"seed: \d+ entries as of 2026-\d\d-\d\d\n  https://\S+\n",
        done.out,
    )
    assert list(tmp_path.iterdir()) == []


def test_files_of_every_format_are_imported_and_named(tmp_path: Path) -> None:
    done = db(tmp_path, "import", *everything(tmp_path), "--data-dir", "data")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "removed-marketplace: 1 entry as of 2026-08-22",
        "removed-open-vsx: 1 entry of a day that is not known",
        f"osv-npm: 1 entry as of {days_ago(2)}",
        "retire.js: 1 entry of a day that is not known",
        f"osv-records: 1 entry as of {days_ago(3)}",
    ]
    with closing(Advisories(tmp_path / "data")) as known:
        assert known.removals(ExtensionId.parse("acme.tool"))
        assert known.for_package("acme-bad", "1.0.0")
        assert known.for_package("acme-own", "1.0.0")
        assert known.for_library("jquery", "1.0.0")


def test_status_says_source_date_count_and_age_and_what_is_too_old(tmp_path: Path) -> None:
    db(tmp_path, "import", *everything(tmp_path))
    done = db(tmp_path, "status")
    assert done.code == 0
    assert f"osv-npm: 1 entry as of {days_ago(2)}, 2 days old\n" in done.out
    assert f"  {FEED_URLS['osv-npm']}\n" in done.out
    warning, *undated, of_the_seed, missing = done.err.splitlines()
    assert of_the_seed.startswith("Warning: the data of seed:removed-open-vsx is ")
    assert [said.split(":")[1] for said in undated] == [
        f" the age of the data of {name} is not known" for name in ("removed-open-vsx", "retire.js")
    ]
    assert missing == ("Warning: there is no data of osv-vscode: `vscan db update` fetches it")
    assert re.fullmatch(
        r"Warning: the data of removed-marketplace is \d+ days old \(2026-08-22\):"
        r" `vscan db update` fetches what is new",
        warning,
    )


def test_status_as_json_parses_and_says_the_same(tmp_path: Path) -> None:
    db(tmp_path, "import", *everything(tmp_path))
    done = db(tmp_path, "status", "--json")
    found = json.loads(done.out)
    assert found["trouble"] is None
    assert len(found["warnings"]) == 5
    assert found["missing"] == ["osv-vscode"]
    assert {
        each["name"]: each["count"] for each in found["sets"] if not each["name"].startswith("seed")
    } == {
        "osv-npm": 1,
        "osv-records": 1,
        "removed-marketplace": 1,
        "removed-open-vsx": 1,
        "retire.js": 1,
    }
    assert found["path"] == str(tmp_path / ".local" / "share" / "vscan")


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({}, ".local/share/vscan"),
        ({"XDG_DATA_HOME": "HOME/xdg"}, "xdg/vscan"),
        ({"XDG_DATA_HOME": "relative"}, ".local/share/vscan"),
        ({"VSCAN_DATA_DIR": "HOME/mine"}, "mine"),
    ],
)
def test_the_data_is_where_the_environment_says(
    tmp_path: Path, variables: dict[str, str], place: str
) -> None:
    there = {name: text.replace("HOME", str(tmp_path)) for name, text in variables.items()}
    (path,) = files(tmp_path, a=control("a.b"))
    assert db(tmp_path, "import", path, **there).code == 0
    assert (tmp_path / place / FILE_NAME).is_file()


def test_an_empty_directory_is_a_usage_error(tmp_path: Path) -> None:
    """It would be the working directory, whose owner is unknown."""
    done = db(tmp_path, "status", "--data-dir", "")
    assert done.code == 2
    assert "it is empty" in done.err


def test_what_is_left_out_is_counted_and_the_first_reason_told(tmp_path: Path) -> None:
    mixed = export(
        record(modified=days_ago(1)),
        record("MAL-2", withdrawn="2026-01-01"),
        record("GHSA-3", ecosystem="PyPI"),
        b"nonsense",
        {"id": "MAL-\x1b[31m", "affected": []},
    )
    done = db(tmp_path, "import", *files(tmp_path, a=mixed))
    assert done.code == 0
    assert done.out == (
        f"osv-npm: 1 entry as of {days_ago(1)}; left out: 1 withdrawn,"
        " 1 about other ecosystems, 2 that can't be used, the first:"
        " member 3.json is not valid JSON (line 1); also: record MAL-\ufffd[31m\n"
    )


def test_a_file_that_can_not_be_used_fails_and_the_others_are_kept(tmp_path: Path) -> None:
    good, bad = files(tmp_path, good=control("a.b"), bad=b"nothing of ours")
    (tmp_path / "folder").mkdir()
    make_pipe(tmp_path / "pipe")
    done = db(tmp_path, "import", bad, "missing", "folder", "pipe", good)
    assert done.code == 2
    assert done.out.startswith("removed-open-vsx: 1 entry")
    assert done.err.splitlines() == [
        f"Warning: {bad} is none of the formats that can be imported",
        "Warning: missing can't be read: no such file or directory",
        "Warning: folder is not a file",
        "Warning: pipe is not a file",
        "Error: 4 of 5 files could not be used",
        "Hint: `vscan db import --help` lists the formats",
    ]
    assert "removed-open-vsx" in db(tmp_path, "status").out


def rows(number: int, bad: int = 0) -> bytes:
    """Build the Marketplace's list: some rows, and some that can't be used."""
    good = [f"| acme.tool-{each} | 8/20/2026 | Malware |" for each in range(number)]
    return removed_list(*good, *(f"| no id {each} | 8/20/2026 | Malware |" for each in range(bad)))


SIGNED = repository(
    **{f"lib-{n}": library(patterns=(f"library number {n} (§§version§§)",)) for n in range(5)}
)
UNSIGNED = repository(
    **{f"lib-{n}": library(patterns=("no version" if n else "library (§§version§§)",))
       for n in range(5)}
)  # fmt: skip


@pytest.mark.parametrize(
    ("held", "content", "why"),
    [
        (rows(10), rows(1, 9), "has 1 entry that can be used, where 10 are stored, and 9 that"),
        (rows(10), rows(4, 1), "has 4 entries that can be used, where 10 are stored, and 1 that"),
        (rows(10), rows(0, 10), "without an entry that can be used: row 3 "),
        (rows(10), rows(0), "without an entry that can be used"),
        (rows(10), rows(4), "has 4 entries that can be used, where 10 are stored\n"),
        (SIGNED, repository(lib=library()), "has 0 signatures that can be used, where 5"),
        (SIGNED, UNSIGNED, "has 1 signature that can be used, where 5 are stored, and 4 that"),
        # Another format of retire.js's own: of each library a name and how it is recognised.
        (
            SIGNED,
            repository(lib={"extractors": {"filename": ["lib-(§§version§§).js"]}}),
            "without an entry that can be used",
        ),
    ],
    ids=[
        "nearly nothing",
        "under half",
        "nothing",
        "empty",
        "under half, all usable",
        "one library",
        "no signatures",
        "another format",
    ],
)
def test_what_is_known_is_not_forgotten_for_what_can_not_be_used(
    tmp_path: Path, held: bytes, content: bytes, why: str
) -> None:
    first, second = files(tmp_path, held=held, content=content)
    assert db(tmp_path, "import", first).code == 0
    before = (db(tmp_path, "status", "--json").out, list(tmp_path.rglob(FILE_NAME)))
    done = db(tmp_path, "import", second)
    assert done.code == 2
    assert done.err.startswith(f"Warning: {second} ")
    assert why in done.err
    assert (db(tmp_path, "status", "--json").out, list(tmp_path.rglob(FILE_NAME))) == before


def test_half_of_what_is_held_is_taken(tmp_path: Path) -> None:
    several = files(tmp_path, a=rows(10), b=rows(5, 1), c=rows(3))
    told = [db(tmp_path, "import", each) for each in several]
    assert [(each.code, each.err) for each in told] == [(0, "")] * 3


def test_an_import_without_files_is_a_usage_error(tmp_path: Path) -> None:
    done = db(tmp_path, "import")
    assert done.code == 2
    assert "Missing argument" in done.err


def test_a_damaged_file_is_told_by_status_and_made_anew_by_an_import(tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.mkdir()
    (place / FILE_NAME).write_bytes(b"no database" * 100)
    done = db(tmp_path, "status", "--data-dir", "data")
    assert done.code == 2
    assert "seed: " in done.out
    assert "file is not a database" in done.err
    assert json.loads(db(tmp_path, "status", "--json", "--data-dir", "data").out)["trouble"]
    done = db(tmp_path, "import", *files(tmp_path, a=control("a.b")), "--data-dir", "data")
    assert done.code == 0
    assert "a new file replaces it, and its data is lost" in done.err
    assert db(tmp_path, "status", "--data-dir", "data").code == 0


def test_where_nothing_can_be_written_is_an_error_and_not_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    done = db(tmp_path, "import", *files(tmp_path, a=control("a.b")), "--data-dir", "data")
    assert done.code == 2
    assert done.err.startswith("Error: ")
    assert "can't be written" in done.err


def test_reading_needs_no_directory_that_can_be_written(tmp_path: Path) -> None:
    """SQLite would want to lock the file, and to make others beside it."""
    db(tmp_path, "import", *everything(tmp_path), "--data-dir", "data")
    place = tmp_path / "data"
    assert stat.S_IMODE((place / FILE_NAME).stat().st_mode) == 0o644
    (place / FILE_NAME).chmod(0o444)
    place.chmod(0o555)
    try:
        assert "osv-npm" in db(tmp_path, "status", "--data-dir", "data").out
        assert [each.name for each in place.iterdir()] == [FILE_NAME]
    finally:
        place.chmod(0o755)


def test_the_files_that_are_published_are_imported(tmp_path: Path) -> None:
    names = (
        "RemovedPackages.md",
        "open-vsx-extension-control.json",
        "retire-jsrepository-v6.json",
    )
    if not all((REAL / name).exists() for name in names):
        pytest.skip(f"{REAL} is not laid out here")
    done = db(tmp_path, "import", *(REAL / name for name in names))
    assert done.code == 0
    counts = [int(line.split()[1]) for line in done.out.splitlines()]
    assert all(count > 400 for count in counts)


def test_no_source_that_can_be_reached_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    done = db(tmp_path, "update", HTTPS_PROXY=CLOSED)
    assert done.code == 2
    lines = done.err.splitlines()
    assert len([line for line in lines if line.startswith("Warning: ")]) == len(FEEDS)
    assert lines[-2:] == [
        f"Error: {len(FEEDS)} of {len(FEEDS)} sources could not be fetched",
        "Hint: `vscan db import` takes their files, fetched by other means",
    ]


# Fetching.


@dataclass
class Publisher:
    """What a source answers, and what it was asked."""

    contents: dict[str, bytes] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    etags: bool = True
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def feeds(self) -> tuple[Feed, ...]:
        return tuple(Feed(each.name, f"{self.url}/{each.name}", 100_000) for each in FEEDS)


@contextmanager
def published() -> Iterator[Publisher]:
    publisher = Publisher(
        {
            "removed-marketplace": removed_list("| acme.tool | 8/22/2026 | Malware |"),
            "removed-open-vsx": control("acme.other"),
            "osv-npm": export(record()),
            "osv-vscode": export(record("MAL-2", "acme.tool", ecosystem="VSCode")),
            "osv-open-vsx": export(
                record("MAL-3", "acme.tool", ecosystem="VSCode:https://open-vsx.org")
            ),
            "retire.js": repository(jquery=library()),
        }
    )

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            name = self.path.removeprefix("/")
            publisher.asked.append((name, dict(self.headers)))
            content = publisher.contents[name]
            status = publisher.status.get(name, 200)
            etag = f'"{hash(content)}"'
            if publisher.etags and self.headers.get("If-None-Match") == etag:
                status, content = 304, b""
            self.send_response(status)
            if publisher.etags:
                self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        publisher.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield publisher
        finally:
            server.shutdown()
            thread.join()


Told = list[ImportResult | Unchanged | FetchFailed | str]


def fetched(directory: Path, publisher: Publisher) -> tuple[int, Told]:
    told: Told = []
    failed = update(directory, TODAY, told.append, publisher.feeds())
    return failed, told


def test_every_source_is_fetched_and_nothing_of_ours_is_sent(tmp_path: Path) -> None:
    with published() as publisher:
        failed, told = fetched(tmp_path, publisher)
        assert failed == 0
        assert [each.name for each in told if isinstance(each, ImportResult)] == [
            f.name for f in FEEDS
        ]
        for _, headers in publisher.asked:
            assert set(headers) == {
                "Host", "User-Agent", "Accept", "Accept-Encoding", "Connection",
            }  # fmt: skip
    with closing(Advisories(tmp_path)) as known:
        # What a source has on this day is as of this day, however old its newest entry.
        assert {each.as_of for each in known.sets if not each.name.startswith("seed")} == {
            "2026-11-22"
        }
        found = known.for_extension(ExtensionId.parse("acme.tool"), "1.0.0")
        assert [each.id for each in found] == ["MAL-2", "MAL-3"]


def test_what_has_not_changed_is_not_fetched_again(tmp_path: Path) -> None:
    with published() as publisher:
        fetched(tmp_path, publisher)
        publisher.contents["osv-npm"] = export(record("MAL-7", "acme-new"))
        failed, told = fetched(tmp_path, publisher)
        assert failed == 0
        assert [each.name for each in told if isinstance(each, ImportResult)] == ["osv-npm"]
        assert len([each for each in told if isinstance(each, Unchanged)]) == len(FEEDS) - 1
    with closing(Advisories(tmp_path)) as known:
        assert known.for_package("acme-new", "1.0.0")
        assert known.removals(ExtensionId.parse("acme.other"))


def test_what_was_imported_from_a_file_is_fetched_whole(tmp_path: Path) -> None:
    """An ETag is the address's: what came by another way has none."""
    with published() as publisher:
        fetched(tmp_path, publisher)
        db(tmp_path, "import", *everything(tmp_path), "--data-dir", tmp_path)
        _, told = fetched(tmp_path, publisher)
        taken = {each.name for each in told if isinstance(each, ImportResult)}
    assert taken == {"removed-marketplace", "removed-open-vsx", "osv-npm", "retire.js"}


def spoil(publisher: Publisher, how: str) -> None:
    odd: dict[str, Callable[[], None]] = {
        "missing": lambda: publisher.status.update({"osv-npm": 404}),
        "moved": lambda: publisher.status.update({"osv-npm": 302}),
        "down": lambda: publisher.status.update({"osv-npm": 503}),
        "login page": lambda: publisher.contents.update({"osv-npm": b"<html>log in</html>"}),
        "another": lambda: publisher.contents.update({"osv-npm": control("a.b")}),
        "cut": lambda: publisher.contents.update({"osv-npm": export(record())[:-9]}),
        "too large": lambda: publisher.contents.update({"osv-npm": bytes(200_000)}),
        "empty": lambda: publisher.contents.update({"osv-npm": b""}),
        "nearly nothing": lambda: publisher.contents.update(
            {"osv-npm": export(record("MAL-2026-3"), *[b"nonsense"] * 9)}
        ),
        "nothing": lambda: publisher.contents.update({"osv-npm": export(b"nonsense")}),
    }
    odd[how]()


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("missing", "the answer has status 404"),
        ("moved", "the answer has status 302"),
        ("down", "the answer has status 503"),
        ("login page", "the answer is none of the formats that can be imported"),
        ("another", "the answer is Open VSX's extension control file, and osv-npm was expected"),
        ("cut", "the answer is a broken archive"),
        ("too large", "the answer is over"),
        ("empty", "the answer is none of the formats"),
        ("nearly nothing", "the answer has 1 entry that can be used, where 3 are stored, and 9"),
        ("nothing", "without an entry that can be used: member 0.json is not valid JSON"),
    ],
)
def test_a_source_that_fails_keeps_its_old_data_and_stops_no_other(
    tmp_path: Path, how: str, why: str
) -> None:
    with published() as publisher:
        publisher.etags = False
        several = [record(), record("MAL-2026-2", "acme-2"), record("MAL-2026-3", "acme-3")]
        publisher.contents["osv-npm"] = export(*several)
        fetched(tmp_path, publisher)
        spoil(publisher, how)
        publisher.contents["retire.js"] = repository(lodash=library())
        failed, told = fetched(tmp_path, publisher)
    assert failed == 1
    (unfetched,) = (each for each in told if isinstance(each, FetchFailed))
    assert unfetched.name == "osv-npm"
    assert why in unfetched.reason
    with closing(Advisories(tmp_path)) as known:
        assert known.for_package("acme-bad", "1.0.0")
        assert known.for_library("lodash", "1.0.0")
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_damaged_file_is_told_once_and_made_anew(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 100)
    with published() as publisher:
        failed, told = fetched(tmp_path, publisher)
    assert failed == 0
    (warning,) = (each for each in told if isinstance(each, str))
    assert "a new file replaces it" in warning


def test_where_nothing_can_be_written_the_update_ends(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with published() as publisher, pytest.raises(DataError, match="can't be written"):
        fetched(tmp_path / "data", publisher)
    assert publisher.asked == []


def test_what_became_of_each_source_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with published() as publisher:
        publisher.etags = True
        update(tmp_path, TODAY, _tell, publisher.feeds())
        publisher.status["osv-npm"] = 500
        publisher.contents["osv-npm"] = b"another"
        update(tmp_path, TODAY, _tell, publisher.feeds())
    said = capsys.readouterr()
    first, second = (said.out.splitlines()[each] for each in (slice(6), slice(6, None)))
    assert first[0] == "removed-marketplace: 1 entry as of 2026-11-22"
    assert len(first) == 6
    assert second == [f"{each.name}: nothing newer" for each in FEEDS if each.name != "osv-npm"]
    assert said.err == "Warning: osv-npm could not be fetched: the answer has status 500\n"


def test_a_disk_that_is_full_is_no_fault_of_the_network() -> None:
    def full(_: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with published() as publisher:
        transport = Transport(publisher.url, 5, monotonic)
        with closing(transport), pytest.raises(OSError, match="space"):
            transport.download(f"{publisher.url}/osv-npm", 100_000, full, "")


def test_the_sources_are_public_and_https_alone() -> None:
    assert len(FEEDS) == 6
    assert all(each.url.startswith("https://") for each in FEEDS)


# Exporting.


def test_an_export_is_imported_where_there_is_no_network(tmp_path: Path) -> None:
    db(tmp_path, "import", *everything(tmp_path), "--data-dir", "data")
    done = db(tmp_path, "export", "data.vscan", "--data-dir", "data")
    assert (done.code, done.err) == (0, "")
    assert f"osv-npm: 1 entry as of {days_ago(2)}\n" in done.out
    done = db(tmp_path, "import", "data.vscan", "--data-dir", "there")
    assert (done.code, done.err) == (0, "")
    assert f"osv-npm: 1 entry as of {days_ago(2)}\n" in done.out
    with closing(Advisories(tmp_path / "there")) as known:
        assert known.for_package("acme-bad", "1.0.0")
        assert known.removals(ExtensionId.parse("acme.other"))
    later = files(tmp_path, later=export(record(modified=days_ago(1))))
    db(tmp_path, "import", *later, "--data-dir", "there")
    done = db(tmp_path, "import", "data.vscan", "--data-dir", "there")
    assert f"osv-npm: left as it is, of {days_ago(1)}, newer than {days_ago(2)}\n" in done.out


def test_without_data_an_export_has_the_lists_of_the_program(tmp_path: Path) -> None:
    done = db(tmp_path, "export", "data.vscan")
    assert (done.code, done.err) == (0, "")
    assert [line.split(":")[0] for line in done.out.splitlines()] == [
        "removed-marketplace",
        "removed-open-vsx",
    ]
    assert db(tmp_path, "import", "data.vscan", "--data-dir", "there").code == 0


def test_a_file_that_only_looks_like_an_export_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.vscan").write_bytes(b"SQLite format 3\0" + bytes(200))
    done = db(tmp_path, "import", "data.vscan", "--data-dir", "there")
    assert done.code == 2
    assert "data.vscan is no export that can be used" in done.err
    assert "Traceback" not in done.err
    assert db(tmp_path, "export", "no/where", "--data-dir", "there").code == 2
