"""Extensions whose files mean harm to whoever reads them: bounded, and reported.

Each scene is an extension beside a harmless one, scanned with no network by a process of its own.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.archives import PACKAGE, Member, deflated, zipped
from tests.builders import install, pack
from tests.command import Result, command, environment, scan, vscan
from tests.integration.test_hostile_input import assert_inert_values, peak
from tests.other_systems import make_pipe

MIB = 1024**2
MOST_MEMORY = 300 * MIB
LONGEST_S = 60
HIDDEN = "".join(chr(0xE0100 + byte) for byte in b"harmless payload").encode()


def sparse(place: Path) -> None:
    (place / "main.js").touch()
    os.truncate(place / "main.js", 1024 * MIB)


def many_files(place: Path) -> None:
    for number in range(100_000):
        os.close(os.open(f"{place}/{number}", os.O_CREAT | os.O_WRONLY))


def many_folders(place: Path) -> None:
    for number in range(201_000):
        os.mkdir(f"{place}/{number}")  # noqa: PTH102 - two hundred thousand times


def nested(place: Path) -> None:
    at = os.open(place, os.O_RDONLY)
    for _ in range(20_000):
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)


def circles(place: Path) -> None:
    (place / "itself").symlink_to("itself")
    (place / "one").symlink_to("other")
    (place / "other").symlink_to("one")
    (place / "lib").mkdir()
    (place / "lib" / "up").symlink_to("..")
    (place / "lib" / "here").symlink_to(".")


def links_out(place: Path) -> None:
    for number, target in enumerate(("/dev/zero", "/proc/self/environ", "/etc/passwd", "..", "/")):
        (place / f"link-{number}").symlink_to(target)


def no_files(place: Path) -> None:
    make_pipe(place / "fifo.js")
    with suppress(PermissionError):
        os.mknod(place / "zero.js", 0o20666, os.makedev(1, 5))
    with socket.socket(socket.AF_UNIX) as listener:
        before = Path.cwd()
        os.chdir(place)  # the address of a socket is a short one
        listener.bind("socket.js")
        os.chdir(before)


def many_links(place: Path) -> None:
    for number in range(5000):
        (place / f"{number}").symlink_to("/etc/passwd")


NAMES = (
    b"\xff\xfe",
    b"two\nlines",
    b"\x1b[2Ja",
    "exe\u202egpj.js".encode(),
    b"::error::x",
    b"%0A",
    b"a" * 255,
    "\u00e9\u0301\u200b".encode(),
    b"<img src=x>",
    b"=cmd",
    b"\\..\\x",
)


def names(place: Path) -> None:
    for name in NAMES:
        (place / os.fsdecode(name)).write_bytes(HIDDEN)


def one_line(place: Path) -> None:
    line = b"var a=function(b){return b.c(1,'text',[0x1f,null])};" * (100 * MIB // 52)
    (place / "main.js").write_bytes(line)


def awkward(place: Path) -> None:
    """Put 8 MiB of each pattern that is hard on a search; some have too many matches."""
    size = 8 * MIB
    patterns = [b"\0", b"\xff", b"\n", b" ", b"\xef\xb8\x8f", b"\xf3\xa0\x84\x80", b"\xe2\x80\x8b",
                b"\xf3\xa0", b"(", b"eval(", b"eval(atob(", b"0xFE00 ", b"_0x", b"a", b"'\\x61'",
                b"http://1.1.1.1/", b"\xed\xa0\x80", b"PK\3\4"]  # fmt: skip
    for number, pattern in enumerate(patterns):
        (place / f"{number}.js").write_bytes(pattern * (size // len(pattern)))
    (place / "random.js").write_bytes(random.Random(1).randbytes(size))


def manifest(place: Path) -> None:
    """Put into the manifest what JSON can say and UTF-8 can't."""
    fields = json.loads((place / "package.json").read_text("utf-8"))
    fields |= {"extensionPack": ["\ud800", "a" * 100_000, 1, None], "main": "\udcff", "icon": {}}
    fields |= {"extensionDependencies": [f"acme.x{number}" for number in range(50_000)]}
    (place / "package.json").write_text(json.dumps(fields), "utf-8")


@dataclass(frozen=True)
class Scene:
    """How to spoil an extension, and how its gaps begin and end; none: there are none."""

    make: Callable[[Path], None]
    gaps: tuple[str, ...] = ()


SCENES = {
    "a sparse file of 1 GB": Scene(sparse, ("it is over 1024 MiB",)),
    "100,000 files": Scene(many_files, ("it has more than 50000 files",)),
    "201,000 folders": Scene(many_folders, ("it has more than 200000 files and folders",)),
    "20,000 folders inside each other": Scene(nested, ("over 64 folders deep",)),
    "links in circles": Scene(circles),
    "links out": Scene(links_out, ("link-0 is a link out of the folder, or not a regular file",)),
    "pipes, devices, sockets": Scene(
        no_files,
        (
            "fifo.js is a link out of the folder, or not a regular file",
            "socket.js is a link out of the folder, or not a regular file",
        ),
    ),
    "5,000 links out": Scene(many_links, ("and 4980 more like it",)),
    "names": Scene(names),
    "100 MB in one line": Scene(one_line, ("main.js is too large to parse",)),
    "awkward bytes": Scene(
        awkward,
        (
            "15.js has too many matches for the check exfiltration-sink",
            "9.js is too costly to parse: its flows were not examined",
        ),
    ),
    "a manifest": Scene(manifest),
}


def scanned(home: Path, directory: Path, *options: str) -> tuple[dict[str, Any], int, float]:
    """Scan in a process of its own. Returns the report, the most memory and the seconds."""
    path = home / "report.json"
    began = time.monotonic()
    line = command("scan", directory, "--offline", "--no-cache", "-o", f"json={path}", *options)
    code, memory = peak(home, line)
    report: dict[str, Any] = json.loads(path.read_bytes())
    assert report["decision"]["exit_code"] == code
    return report, memory, time.monotonic() - began


def remove(directory: Path) -> None:
    """Remove what is too deep for Python."""
    subprocess.run(["rm", "-rf", directory], check=True)


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "extensions"
    remove(tmp_path / "extensions")


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_a_hostile_folder_is_bounded_and_reported(
    tmp_path: Path,
    directory: Path,
    scene: Scene,
    record_property: Callable[[str, object], None],
    request: pytest.FixtureRequest,
) -> None:
    install(directory, "acme.harmless")
    scene.make(install(directory, "acme.hostile"))
    report, memory, took_s = scanned(tmp_path, directory)
    figure = f"{request.node.callspec.id}: {took_s:.1f} s, {memory / MIB:.0f} MB"
    record_property("figure", figure)
    assert_inert_values(report)
    assert report["failed_extensions"] == []
    harmless, hostile = report["extensions"]
    assert harmless["verdicts"][0]["gaps"] == []
    gaps = hostile["verdicts"][0]["gaps"]
    assert bool(gaps) == bool(scene.gaps)
    assert len(gaps) <= 21
    for gap in scene.gaps:
        assert any(said.startswith(gap) or said.endswith(gap) for said in gaps)
    assert hostile["risk_level"] != "low" or not gaps
    assert memory < MOST_MEMORY
    assert took_s < LONGEST_S


def test_payloads_are_found_whatever_their_files_are_called(
    tmp_path: Path, directory: Path
) -> None:
    names(install(directory, "acme.hostile"))
    report, _, _ = scanned(tmp_path, directory)
    (extension,) = report["extensions"]
    found = [f for f in extension["findings"] if f["rule"] == "invisible-payload"]
    assert len(found) == len(NAMES)


@pytest.mark.parametrize(
    ("setting", "code"), [(None, 3), ("auto", 3), ("fail", 3), ("warn", 0), ("ignore", 0)]
)
def test_a_gap_of_an_extension_makes_the_run_incomplete_unless_somebody_decides_otherwise(
    tmp_path: Path, directory: Path, setting: str | None, code: int
) -> None:
    links_out(install(directory, "acme.hostile"))
    report, _, _ = scanned(tmp_path, directory, *(("--on-gap", setting) if setting else ()))
    assert report["decision"]["exit_code"] == code
    named = any("acme.hostile" in reason for reason in report["decision"]["reasons"])
    assert named is (setting != "ignore")


def test_a_gap_is_named_with_its_bound_in_every_format_and_with_q(
    tmp_path: Path, directory: Path
) -> None:
    place = install(directory, "acme.hostile")
    deep = "/".join("abcdefghij" * 7)
    (place / deep).mkdir(parents=True)
    (place / deep / "x.js").touch()
    forms = ("json", "sarif", "html", "csv", "markdown", "junit", "github")
    outputs = [option for form in forms for option in ("-o", f"{form}={tmp_path / form}")]
    done = vscan(tmp_path, "scan", directory, "--offline", "-q", *outputs)
    assert done.code == 3
    for told in (done.out, *((tmp_path / form).read_text("utf-8") for form in forms)):
        assert "acme.hostile" in told
        assert "over 64 folders deep" in told


# Archives


def bomb(place: Path) -> Path:
    return pack(place, "acme.hostile", files={"zeros": bytes(512 * MIB)})


def bombs(place: Path) -> Path:
    """Write 400 members of 15 MiB, each below what counts as a bomb."""
    content = bytes(15 * MIB)
    packed = deflated(content)
    members = (Member(f"extension/{n}", content, packed=packed) for n in range(400))
    path = place / "acme.hostile-1.0.0.vsix"
    path.write_bytes(zipped(PACKAGE, *members))
    return path


def overlapping(place: Path) -> Path:
    """Write 400 members that are all unpacked from the same bytes."""
    content = bytes(15 * MIB)
    length = len(deflated(content))
    first = Member("extension/0", content)
    others = (
        Member(f"extension/{n}", content, packed=b"", packed_size=length, same_place_as=1)
        for n in range(1, 400)
    )
    path = place / "acme.hostile-1.0.0.vsix"
    path.write_bytes(zipped(PACKAGE, first, *others))
    return path


def quine(place: Path) -> Path:
    """Put an archive into itself ten times; what is inside stays packed."""
    content = zipped(PACKAGE)
    for _ in range(10):
        content = zipped(PACKAGE, *[Member(f"extension/{n}.vsix", content) for n in range(5)])
    path = place / "acme.hostile-1.0.0.vsix"
    path.write_bytes(content)
    return path


def crowd(place: Path) -> Path:
    path = place / "acme.hostile-1.0.0.vsix"
    path.write_bytes(zipped(PACKAGE, *[Member(f"extension/{n}", b"", 0) for n in range(60_000)]))
    return path


ARCHIVES: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "a bomb": (bomb, "zeros unpacks to over 100 times its size", "archive-integrity"),
    "many small bombs": (bombs, "it is over 1024 MiB", ""),
    "members in one place": (overlapping, "overlaps another member", "archive-ambiguous"),
    "archives in archives": (quine, "", "nested-extension"),
    "60,000 members": (crowd, "it has more than 50000 files", ""),
}


@pytest.mark.parametrize("scene", ARCHIVES.values(), ids=ARCHIVES)
def test_a_hostile_archive_is_bounded_and_reported(
    tmp_path: Path,
    scene: tuple[Callable[[Path], Path], str, str],
    record_property: Callable[[str, object], None],
    request: pytest.FixtureRequest,
) -> None:
    make, gap, rule = scene
    path = make(tmp_path)
    report, memory, took_s = scanned(tmp_path, path)
    figure = f"{request.node.callspec.id}: {took_s:.1f} s, {memory / MIB:.0f} MB"
    record_property("figure", figure)
    assert report["failed_extensions"] == []
    (extension,) = report["extensions"]
    gaps = extension["verdicts"][0]["gaps"]
    assert any(said.endswith(gap) for said in gaps) if gap else gaps == []
    assert {finding["rule"] for finding in extension["findings"]} == ({rule} if rule else set())
    assert memory < MOST_MEMORY
    assert took_s < LONGEST_S


def test_what_is_no_archive_is_reported(tmp_path: Path) -> None:
    (tmp_path / "acme.tools-1.0.0.vsix").write_bytes(b"PK\5\6")
    report, _, _ = scanned(tmp_path, tmp_path / "acme.tools-1.0.0.vsix")
    assert report["decision"]["exit_code"] == 3
    (extension,) = report["extensions"]
    assert (extension["id"], extension["status"]) == ("acme.tools", "unreadable")


# What changes under the analyser's hands


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x" * MIB)


def _shrink(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(MIB)


def _replace(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("/dev/zero")
    path.unlink()
    make_pipe(path)
    path.unlink()
    path.write_bytes(b"y" * MIB)


def _vanish(path: Path) -> None:
    shutil.rmtree(path.parent, ignore_errors=True)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"z" * MIB)


@pytest.mark.parametrize("change", [_grow, _shrink, _replace, _vanish])
def test_files_that_change_while_they_are_read_end_no_scan(
    tmp_path: Path, directory: Path, change: Callable[[Path], None]
) -> None:
    paths = []
    for number in range(6):
        place = install(directory, f"acme.tool-{number}")
        (place / "lib").mkdir()
        paths.append(place / "lib" / "a.js")
        paths[-1].write_bytes(b"x" * 20 * MIB)
    over = threading.Event()

    def disturb() -> None:
        while not over.wait(0.001):
            for path in paths:
                if path.exists() and path.stat().st_size > 100 * MIB:
                    _shrink(path)
                change(path)

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        for _ in range(2):
            result = scan(tmp_path, directory, "--offline")
            assert result.code in {0, 3}, result.err  # 3: one changed while it was read
            assert "Traceback" not in result.err
            assert result.report["failed_extensions"] == []
    finally:
        over.set()
        thread.join()


def cached(result: Result) -> int:
    count: int = result.stats["cached"]
    return count


def test_what_has_changed_is_analysed_again_and_nothing_else(
    tmp_path: Path, directory: Path
) -> None:
    place = install(directory, "acme.tools")
    (place / "main.js").write_bytes(b"var a = 1")
    pack(directory, "acme.packed")
    assert [cached(scan(tmp_path, directory, "--offline")) for _ in range(2)] == [0, 2]
    (place / "main.js").write_bytes(b"var a = 2")
    again = [scan(tmp_path, directory, "--offline") for _ in range(2)]
    assert list(map(cached, again)) == [1, 2]
    (directory / "acme.packed-1.0.0.vsix").unlink()
    pack(directory, "acme.packed", files={"main.js": b"// other\n"})
    assert cached(scan(tmp_path, directory, "--offline")) == 1


# Ending early


def heavy(directory: Path) -> None:
    for number in range(4):
        place = install(directory, f"acme.tool-{number}")
        (place / "main.js").touch()
        os.truncate(place / "main.js", 900 * MIB)


def test_a_deadline_ends_an_analysis(tmp_path: Path, directory: Path) -> None:
    heavy(directory)
    result = scan(tmp_path, directory, "--offline", "--no-cache", "--deadline", "1")
    assert result.code == 3, result.err
    assert {f["error_type"] for f in result.report["failed_extensions"]} == {"timeout"}
    assert result.stats["total"] == 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after_s", [0.1, 0.6, 1.1])
def test_a_signal_ends_an_analysis(
    tmp_path: Path, directory: Path, number: signal.Signals, after_s: float
) -> None:
    heavy(directory)
    path = tmp_path / "report.json"
    process = subprocess.Popen(
        command("scan", directory, "--offline", "--no-cache", "-o", f"json={path}"),
        env=environment(tmp_path), cwd=tmp_path, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    assert process.stderr is not None
    assert any(line.startswith("scanning ") for line in process.stderr)  # signals are caught then
    time.sleep(after_s)
    signalled = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert time.monotonic() - signalled < 3
    assert "Traceback" not in err
    assert process.returncode == 128 + number
    report = json.loads(path.read_bytes())
    assert report["decision"]["outcome"] == "interrupted"
    assert report["run"]["incomplete"]
