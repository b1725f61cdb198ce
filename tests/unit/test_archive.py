import gzip
import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.archives import (
    MANIFEST,
    PACKAGE,
    Member,
    deflated,
    described,
    second_name,
    wide_field,
    zipped,
)
from tests.builders import pack
from tests.other_systems import make_pipe
from tests.unit.test_extension_files import in_time  # noqa: F401 - a fixture for every test
from vscan import extension_files
from vscan.extension_files import (
    MAX_FILE_BYTES,
    MAX_FILES,
    AnomalyKind,
    Folder,
    UnreadableError,
    Window,
    localize,
    manifest_conflicts,
    member_ids,
    missing_members,
    open_extension,
    read_bytes,
    read_identity,
    read_manifest,
)
from vscan.extension_files.archive import Archive

MAIN = Member("extension/main.js", b"code")


def put(place: Path, content: bytes) -> Path:
    path = place / "x.vsix"
    path.write_bytes(content)
    return path


def looked(path: Path) -> tuple[dict[str, bytes], list[str], dict[AnomalyKind, str]]:
    """Read everything: the files (their last windows), the gaps, the anomalies with their names."""
    archive = Archive(path)
    files: dict[str, bytes] = {}
    for window in archive.windows():
        if window.start == 0:
            files[window.entry.name] = b""
        files[window.entry.name] += window.content[window.own_start : window.own_end]
    return files, archive.gaps, {anomaly.kind: anomaly.name for anomaly in archive.anomalies}


def test_an_archive_from_a_packer_is_read_completely_without_anomalies(tmp_path: Path) -> None:
    path = pack(tmp_path, files={"a/b.txt": b"b", "empty": b"", "große.txt": b"c"})
    files, gaps, anomalies = looked(path)
    assert (gaps, anomalies) == ([], {})
    assert files | {"package.json": b"", ".vsixmanifest": b""} == {
        ".vsixmanifest": b"", "package.json": b"", "main.js": b"// nothing\n",
        "a/b.txt": b"b", "empty": b"", "große.txt": b"c",
    }  # fmt: skip
    assert read_manifest(path)["name"] == "tools"
    assert list(manifest_conflicts(path, read_manifest(path))) == []


def test_archives_from_other_tools_have_no_anomaly(tmp_path: Path) -> None:
    """Members whose sizes come behind them, folders, comments, ZIP64 in headers, stored ones."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.comment = b"made by hand"
        archive.mkdir("extension/")
        archive.writestr("extension/package.json", MANIFEST)
        with archive.open("extension/streamed", "w", force_zip64=True) as file:
            file.write(b"streamed")
        stored = zipfile.ZipInfo("extension/nested.zip")
        archive.writestr(stored, zipped(PACKAGE))
    assert looked(put(tmp_path, content.getvalue()))[1:] == ([], {})


@pytest.mark.parametrize("mark", [True, False])
@pytest.mark.parametrize("wide", [True, False])
def test_a_data_descriptor_is_no_anomaly(tmp_path: Path, *, mark: bool, wide: bool) -> None:
    behind = described(b"code", mark=mark, wide=wide)
    path = put(tmp_path, zipped(PACKAGE, Member("extension/a", b"code", described=behind), MAIN))
    files, gaps, anomalies = looked(path)
    assert (files["a"], files["main.js"], gaps, anomalies) == (b"code", b"code", [], {})


_AT = len(zipped(PACKAGE)) - len(PACKAGE.raw) - 46 - 22  # where a second member begins
# The trait, what is in the archive, and the name that is odd. In pairs: a case, its near miss.
ODD: dict[str, tuple[AnomalyKind, bytes, str]] = {
    "two of one name": (AnomalyKind.DUPLICATE, zipped(PACKAGE, MAIN, MAIN), "main.js"),
    "two of one name, written differently": (
        AnomalyKind.DUPLICATE,
        zipped(PACKAGE, MAIN, Member("extension/.//main.js")),
        "main.js",
    ),
    "a second manifest that only the editor sees": (
        AnomalyKind.DUPLICATE,
        zipped(PACKAGE, Member("extensionpackage.json", MANIFEST)),
        "package.json",
    ),
    "names in two cases": (
        AnomalyKind.COLLISION,
        zipped(PACKAGE, MAIN, Member("extension/MAIN.js")),
        "MAIN.js",
    ),
    "a dot that Windows drops": (
        AnomalyKind.COLLISION,
        zipped(PACKAGE, MAIN, Member("extension/main.js. ")),
        "main.js. ",
    ),
    "an accent in two ways": (
        AnomalyKind.COLLISION,
        zipped(PACKAGE, Member("extension/\u00e9"), Member("extension/e\u0301")),
        "e\u0301",
    ),
    "a way up": (AnomalyKind.OUTSIDE, zipped(PACKAGE, Member("extension/../../x")), "../../x"),
    "a way up behind the prefix": (
        AnomalyKind.OUTSIDE,
        zipped(PACKAGE, Member("extension../x-evil/y")),
        "../x-evil/y",
    ),
    "a way up with backslashes": (
        AnomalyKind.OUTSIDE,
        zipped(PACKAGE, Member("extension\\..\\..\\x")),
        "../../x",
    ),
    "an absolute name": (
        AnomalyKind.OUTSIDE,
        zipped(PACKAGE, Member("/etc/cron.d/x")),
        "/etc/cron.d/x",
    ),
    "a drive": (AnomalyKind.OUTSIDE, zipped(PACKAGE, Member("C:evil.exe")), "C:evil.exe"),
    "an escape sequence": (
        AnomalyKind.NAME,
        zipped(PACKAGE, Member("extension/\x1b[2Ja")),
        "\x1b[2Ja",
    ),
    "no UTF-8": (AnomalyKind.NAME, zipped(PACKAGE, Member(b"extension/\xff")), "\udcff"),
    "a symbolic link": (
        AnomalyKind.LINK,
        zipped(PACKAGE, Member("extension/l", b"/etc/passwd", mode=0o120777)),
        "l",
    ),
    "a device": (AnomalyKind.LINK, zipped(PACKAGE, Member("extension/d", b"", mode=0o20666)), "d"),
    "another name in front": (
        AnomalyKind.DISAGREEMENT,
        zipped(PACKAGE, Member("extension/README", header_name="extension/main.js")),
        "README",
    ),
    "another size in front": (
        AnomalyKind.DISAGREEMENT,
        zipped(PACKAGE, Member("extension/a", header_size=3)),
        "a",
    ),
    "a second name of its own": (
        AnomalyKind.DISAGREEMENT,
        zipped(
            PACKAGE,
            Member("extension/a.md", fields=second_name(b"extension/a.md", "extension/main.js")),
        ),
        "extension/main.js",
    ),
    "a wrong size": (
        AnomalyKind.DISAGREEMENT,
        zipped(PACKAGE, Member("extension/a", b"longer", size=2)),
        "a",
    ),
    "a wrong count": (AnomalyKind.DISAGREEMENT, zipped(PACKAGE, MAIN, count=1), ""),
    "a gap behind the table": (AnomalyKind.DISAGREEMENT, zipped(PACKAGE, behind_table=b"xx"), ""),
    "members in one place": (
        AnomalyKind.OVERLAP,
        zipped(PACKAGE, MAIN, Member("extension/main.js", b"code", same_place_as=1)),
        "main.js",
    ),
    "a member that reaches into the table": (
        AnomalyKind.OVERLAP,
        zipped(PACKAGE, Member("extension/a", packed_size=30)),
        "",
    ),
    "a member that nobody lists": (
        AnomalyKind.HIDDEN,
        zipped(PACKAGE, Member("extension/evil.js", listed=False), MAIN),
        "",
    ),
    "a last member that nobody lists": (
        AnomalyKind.HIDDEN,
        zipped(PACKAGE, Member("extension/evil.js", listed=False)),
        "",
    ),
    "something in front": (
        AnomalyKind.STRAY,
        zipped(Member(PACKAGE.name, MANIFEST, before=b"MZ")),
        "",
    ),
    "something behind": (AnomalyKind.STRAY, zipped(PACKAGE, behind=b"something"), ""),
    "something in a folder": (
        AnomalyKind.STRAY,
        zipped(PACKAGE, Member("extension/f/", b"x")),
        "f/",
    ),
    "something behind the stream": (
        AnomalyKind.STRAY,
        zipped(PACKAGE, Member("extension/a", b"x", packed=deflated(b"x") + b"more")),
        "a",
    ),
    "a wrong checksum": (
        AnomalyKind.DAMAGE,
        zipped(PACKAGE, Member("extension/a", checksum=1)),
        "a",
    ),
    "a bomb": (AnomalyKind.BOMB, zipped(PACKAGE, Member("extension/a", bytes(40 * 1024**2))), "a"),
    "backslashes": (AnomalyKind.BACKSLASH, zipped(PACKAGE, Member("extension\\lib\\a")), "lib/a"),
    "another checksum in front of a stream": (
        AnomalyKind.DISAGREEMENT,
        zipped(
            PACKAGE,
            Member("extension/a", b"code", header_numbers=(1, 0, 0), described=described(b"code")),
        ),
        "a",
    ),
    "another packed size in front of a stream": (
        AnomalyKind.DISAGREEMENT,
        zipped(
            PACKAGE,
            Member("extension/a", b"code", header_numbers=(0, 9, 0), described=described(b"code")),
        ),
        "a",
    ),
    "another size in front of a stream": (
        AnomalyKind.DISAGREEMENT,
        zipped(
            PACKAGE,
            Member("extension/a", b"code", header_numbers=(0, 0, 9), described=described(b"code")),
        ),
        "a",
    ),
    "no numbers in front, and no stream": (
        AnomalyKind.DISAGREEMENT,
        zipped(PACKAGE, Member("extension/a", b"code", header_numbers=(0, 0, 0))),
        "a",
    ),
    "a descriptor of something else": (
        AnomalyKind.DISAGREEMENT,
        zipped(PACKAGE, Member("extension/a", b"code", described=described(b"other"))),
        "a",
    ),
    "a descriptor of something else behind what is right": (
        AnomalyKind.DISAGREEMENT,
        zipped(
            PACKAGE,
            Member(
                "extension/a",
                b"code",
                header_numbers=(zlib.crc32(b"code"), len(deflated(b"code")), 4),
                described=described(b"other"),
            ),
        ),
        "a",
    ),
    "a stream without a descriptor": (
        AnomalyKind.DISAGREEMENT,
        zipped(PACKAGE, Member("extension/a", b"code", described=b"")),
        "a",
    ),
    "other numbers of 64 bits in front": (
        AnomalyKind.DISAGREEMENT,
        zipped(
            PACKAGE,
            Member(
                "extension/a",
                b"code",
                header_numbers=(zlib.crc32(b"code"), 0xFFFFFFFF, 0xFFFFFFFF),
                header_fields=wide_field(9, 9),
            ),
        ),
        "a",
    ),
    "two fields of 64 bits": (
        AnomalyKind.DISAGREEMENT,
        zipped(
            PACKAGE,
            Member(
                "extension/a",
                b"code",
                saturated=True,
                fields=wide_field(4, len(deflated(b"code")), _AT) + wide_field(4, 9, _AT),
            ),
        ),
        "a",
    ),
    "a field of 64 bits that is too long": (
        AnomalyKind.DISAGREEMENT,
        zipped(
            PACKAGE,
            Member(
                "extension/a",
                b"code",
                saturated=True,
                fields=wide_field(4, len(deflated(b"code")), _AT, 0),
            ),
        ),
        "a",
    ),
    "another count in the record of 64 bits": (
        AnomalyKind.DISAGREEMENT,
        zipped(PACKAGE, wide={"count": 2}),
        "",
    ),
    "two records of the end": (
        AnomalyKind.DISAGREEMENT,
        zipped(PACKAGE, wide={"count": 2, "saturated": 0}),
        "",
    ),
    "a longer record of the end": (
        AnomalyKind.DISAGREEMENT,
        zipped(PACKAGE, wide={"counted": 45}),
        "",
    ),
}
PLAIN = {
    "names in two folders": zipped(PACKAGE, MAIN, Member("extension/lib/main.js")),
    "names that only begin alike": zipped(PACKAGE, MAIN, Member("extension/main.js.map")),
    "dots": zipped(PACKAGE, Member("extension/a..b"), Member("extension/...")),
    "a colon": zipped(PACKAGE, Member("extension/C:/x")),
    "letters of everywhere": zipped(PACKAGE, Member("extension/日本語 ü.md")),
    "letters of a page of codes": zipped(PACKAGE, Member(b"extension/\x81.md", flags=0)),
    "the second name that it should have": zipped(
        PACKAGE, Member("extension/ü", fields=second_name("extension/ü".encode(), "extension/ü"))
    ),
    "a second name that belongs to another": zipped(
        PACKAGE, Member("extension/a", fields=second_name(b"extension/b", "extension/main.js"))
    ),
    "other extra fields": zipped(PACKAGE, Member("extension/a", fields=b"UT\5\0\3abcd" + b"\1\2")),
    "an extra field that is cut off": zipped(
        PACKAGE, Member("extension/a", fields=b"\x75\x70\x09\0\1")
    ),
    "a program": zipped(PACKAGE, Member("extension/bin", mode=0o100755)),
    "no rights at all": zipped(PACKAGE, Member("extension/bin", mode=0)),
    "folders with the rights that old packers give": zipped(
        PACKAGE, Member("extension/f/", b"", 0, mode=0o24755)
    ),
    "empty folders": zipped(PACKAGE, Member("extension/f/", b"", 0, mode=0o40755)),
    "what the editor leaves packed": zipped(PACKAGE, Member("README")),
    "much of the same": zipped(PACKAGE, Member("extension/a", bytes(15 * 1024**2))),
    "a large file": zipped(PACKAGE, Member("extension/a", bytes(range(256)) * 90_000, 0)),
    "a comment": zipped(PACKAGE, comment=b"hello"),
    "a size in front of a stream": zipped(
        PACKAGE,
        Member("extension/a", b"code", header_numbers=(0, 0, 4), described=described(b"code")),
    ),
    "a stored stream with both sizes in front": zipped(
        PACKAGE,
        Member(
            "extension/a",
            b"code",
            0,
            header_numbers=(0, 4, 4),
            described=struct.pack("<4s3I", b"PK\7\x08", zlib.crc32(b"code"), 4, 4),
        ),
    ),
    "a stream that is empty, with 64 bits": zipped(
        PACKAGE, Member("extension/a", b"", described=described(b"", wide=True))
    ),
    "the mark of a stream before which all stands": zipped(
        PACKAGE,
        Member(
            "extension/a",
            b"code",
            header_numbers=(zlib.crc32(b"code"), len(deflated(b"code")), 4),
            described=b"",
        ),
    ),
    "the records of ZIP64": zipped(PACKAGE, wide={}),
    "the records of ZIP64 without need": zipped(PACKAGE, wide={"saturated": 0}),
    "numbers of 64 bits": zipped(
        PACKAGE,
        Member(
            "extension/a",
            b"code",
            saturated=True,
            fields=wide_field(4, len(deflated(b"code")), _AT),
            header_numbers=(zlib.crc32(b"code"), 0xFFFFFFFF, 0xFFFFFFFF),
            header_fields=wide_field(4, len(deflated(b"code"))),
        ),
        wide={},
    ),
}


@pytest.mark.parametrize(("trait", "content", "name"), ODD.values(), ids=ODD)
def test_contradictions_are_anomalies(
    tmp_path: Path, trait: AnomalyKind, content: bytes, name: str
) -> None:
    _, _, anomalies = looked(put(tmp_path, content))
    assert anomalies.get(trait) == name, anomalies


@pytest.mark.parametrize("content", PLAIN.values(), ids=PLAIN)
def test_unusual_but_valid_archives_have_no_anomaly(tmp_path: Path, content: bytes) -> None:
    _, gaps, anomalies = looked(put(tmp_path, content))
    assert (gaps, anomalies) == ([], {})


_ROW = zipped(PACKAGE, MAIN).rindex(b"PK\1\2")
BROKEN_TABLE = zipped(PACKAGE, MAIN)[:_ROW] + b"PK\1\3" + zipped(PACKAGE, MAIN)[_ROW + 4 :]

_THREE = zipped(PACKAGE, MAIN, Member("extension/a"))
_HEADER = _THREE.rindex(b"PK\3\4")
HEADLESS = _THREE[:_HEADER] + b"PK\3\5" + _THREE[_HEADER + 4 :]

# What is left out, and how that is said.
LEFT_OUT: dict[str, tuple[bytes, str]] = {
    "encrypted": (zipped(PACKAGE, Member("extension/a", flags=0x801), MAIN), "a is encrypted"),
    "another method": (
        zipped(PACKAGE, Member("extension/a", method=14), MAIN),
        "a uses a compression method that editors don't support (14)",
    ),
    "deflate64": (
        zipped(PACKAGE, Member("extension/a", method=9), MAIN),
        "a uses a compression method that editors don't support (9)",
    ),
    "zstd": (
        zipped(PACKAGE, Member("extension/a", method=93), MAIN),
        "a uses a compression method that editors don't support (93)",
    ),
    "damaged": (
        zipped(PACKAGE, Member("extension/a", packed=b"\xff" * 30), MAIN),
        "a can't be unpacked: it is damaged",
    ),
    "cut off": (
        zipped(PACKAGE, Member("extension/a", packed=deflated(b"code" * 99)[:-3]), MAIN),
        "a is cut off",
    ),
    "a bomb": (
        zipped(PACKAGE, Member("extension/a", bytes(40 * 1024**2)), MAIN),
        "a unpacks to over 100 times its size",
    ),
    "a bomb that lies": (
        zipped(PACKAGE, Member("extension/a", bytes(40 * 1024**2), size=10), MAIN),
        "a unpacks to over 100 times its size",
    ),
    "in the place of another": (
        zipped(PACKAGE, MAIN, Member("extension/a", b"code", same_place_as=1)),
        "a overlaps another member",
    ),
    "a long name": (
        zipped(PACKAGE, Member("extension/" + "x" * 2000), MAIN),
        "a member's name is over 1024 bytes long",
    ),
    "without a header": (
        HEADLESS,
        "a is not where the archive says",
    ),
    "at no place at all": (
        zipped(
            PACKAGE, MAIN, Member("extension/a", saturated=True, fields=wide_field(7, 7, 2**64 - 1))
        ),
        "a is not where the archive says",
    ),
    "a damaged table": (
        BROKEN_TABLE,
        "the rest of its table of contents is damaged",
    ),
}


@pytest.mark.parametrize(("content", "gap"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_an_unreadable_member_is_a_gap_and_the_rest_is_read(
    tmp_path: Path, content: bytes, gap: str
) -> None:
    files, gaps, _ = looked(put(tmp_path, content))
    assert gap in gaps
    assert files["package.json"] == MANIFEST
    assert content == BROKEN_TABLE or files["main.js"] == b"code"


WHOLE = zipped(PACKAGE, MAIN)
NO_ARCHIVE: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "it is not a ZIP archive, or an incomplete one"),
    "something else": (b"\x1f\x9d" * 9, "it is not a ZIP archive, or an incomplete one"),
    "one that is packed once more": (gzip.compress(WHOLE), "it is a gzip file: unpack it first"),
    "a table that is too short": (
        zipped(Member(PACKAGE.name, MANIFEST, fields=bytes(9)))[:-31] + WHOLE[-22:],
        "its table of contents is not where it says",
    ),
    "half of one": (WHOLE[: len(WHOLE) // 2], "it is not a ZIP archive, or an incomplete one"),
    "less of its end": (WHOLE[:-1], "it is not a ZIP archive, or an incomplete one"),
    "more behind its end": (WHOLE + b"x", "it is not a ZIP archive, or an incomplete one"),
    "a comment that hides an end": (
        zipped(PACKAGE, comment=b"PK\5\6" + bytes(18) + b"x"),
        "it is not a ZIP archive, or an incomplete one",
    ),
    "a table elsewhere": (
        zipped(PACKAGE, table_at=999),
        "its table of contents is not where it says",
    ),
    "half of a ZIP64 archive": (
        zipped(PACKAGE, count=0xFFFF),
        "it is a ZIP64 archive without the record that it needs",
    ),
    "a ZIP64 record elsewhere": (
        zipped(PACKAGE, wide={"at": 3}),
        "its ZIP64 record is not where it says",
    ),
    "a ZIP64 record at no place": (
        zipped(PACKAGE, wide={"at": 2**64 - 1}),
        "its ZIP64 record is not where it says",
    ),
    "a ZIP64 record of a table elsewhere": (
        zipped(PACKAGE, wide={"start": 2**64 - 1}),
        "its table of contents is not where it says",
    ),
    "a part": (
        WHOLE[:-18] + b"\1\0" + WHOLE[-16:],
        "it is one part of several",
    ),
    "a bomb of comments": (
        zipped(PACKAGE, *[Member(f"extension/{n}", b"", fields=bytes(60_000)) for n in range(300)]),
        "its table of contents is over 16 MiB",
    ),
}


@pytest.mark.parametrize(("content", "why"), NO_ARCHIVE.values(), ids=NO_ARCHIVE)
def test_an_incomplete_archive_is_unreadable(tmp_path: Path, content: bytes, why: str) -> None:
    path = put(tmp_path, content)
    with pytest.raises(UnreadableError, match=f"^{why}$"):
        read_manifest(path)
    files, gaps, _ = looked(path)
    assert (files, gaps) == ({}, [f"the archive can't be read: {why}"])


def test_of_two_manifests_the_last_one_counts(tmp_path: Path) -> None:
    other = json.dumps({"name": "other"}).encode()
    path = put(tmp_path, zipped(PACKAGE, Member("extension/package.json", other)))
    assert read_manifest(path) == {"name": "other"}
    with pytest.raises(FileNotFoundError):
        read_bytes(path, "absent")


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (Member(PACKAGE.name, flags=0x801), "package.json is encrypted"),
        (Member(PACKAGE.name, packed=b"\xff"), "package.json can't be unpacked: it is damaged"),
        (Member(PACKAGE.name, bytes(MAX_FILE_BYTES + 1)), "package.json is over 16 MiB"),
        (Member(PACKAGE.name, size=1, content=b"[1]"), "package.json is not an object"),
        (Member("extension/other"), "there is no package.json in it"),
    ],
)
def test_a_manifest_that_can_not_be_read_says_why(tmp_path: Path, member: Member, why: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        read_manifest(put(tmp_path, zipped(member)))
    assert str(raised.value) == why


def test_a_removed_archive_is_told_from_one_without_a_manifest(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "gone.vsix")
    with pytest.raises(UnreadableError, match=r"^the archive no longer exists$"):
        archive.read("package.json")
    assert list(archive.windows()) == []
    assert archive.gaps == ["the archive can't be read: no such file or directory"]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="nothing lists what is open")
def test_a_special_file_is_not_kept_open(tmp_path: Path) -> None:
    make_pipe(tmp_path / "x.vsix")
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        archive = Archive(tmp_path / "x.vsix")
        assert list(archive.windows()) == []
        assert archive.gaps == ["the archive can't be read: not a regular file"]
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.full
def test_a_large_file_comes_in_windows_that_overlap(tmp_path: Path) -> None:
    content = b"".join(b"%d\n" % number for number in range(6_000_000))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "package.json").write_bytes(MANIFEST)
    (folder / "zz").write_bytes(content)
    archive = put(tmp_path, zipped(PACKAGE, Member("extension/zz", content)))

    def windows(of: Folder | Archive) -> list[Window]:
        return [window for window in of.windows() if window.entry.name == "zz"]

    unpacked = windows(open_extension(archive))
    assert unpacked == windows(open_extension(folder))
    assert (
        b"".join(window.content[window.own_start : window.own_end] for window in unpacked)
        == content
    )
    assert len(unpacked) == 3
    assert max(len(window.content) for window in unpacked) == extension_files.WINDOW_BYTES
    assert [window.line for window in unpacked] == [
        1 + content.count(b"\n", 0, window.start) for window in unpacked
    ]


@pytest.mark.full
def test_there_are_at_most_so_many_files(tmp_path: Path) -> None:
    path = put(
        tmp_path, zipped(PACKAGE, *[Member(f"extension/{n}", b"", 0) for n in range(MAX_FILES)])
    )
    files, gaps, anomalies = looked(path)
    assert (len(files), gaps) == (MAX_FILES, [f"it has more than {MAX_FILES} files"])
    assert anomalies == {}


def test_members_of_an_archive_are_never_missing(tmp_path: Path) -> None:
    path = pack(tmp_path, extensionPack=["acme.other"])
    assert missing_members(path, member_ids(read_manifest(path))) == ()


def test_texts_of_an_archive_are_looked_up(tmp_path: Path) -> None:
    path = pack(tmp_path, files={"package.nls.json": b'{"title": "Tools"}'})
    assert localize(path, "%title%") == "Tools"


# The packer's manifest


@pytest.mark.parametrize(
    "identity",
    [{}, {"Publisher": "ACME"}, {"Version": "1.0.0-linux-x64"}, {"TargetPlatform": "linux-x64"}],
)
def test_manifests_that_agree(tmp_path: Path, identity: dict[str, str]) -> None:
    path = pack(tmp_path, identity=identity)
    assert list(manifest_conflicts(path, read_manifest(path))) == []


@pytest.mark.parametrize(
    ("identity", "detail"),
    [
        ({"Publisher": "evil"}, "the publisher is evil in the one, acme in the other"),
        ({"Id": "tool"}, "the name is tool in the one, tools in the other"),
        ({"Version": "1.0.1"}, "the version is 1.0.1 in the one, 1.0.0 in the other"),
    ],
)
def test_manifests_that_disagree(tmp_path: Path, identity: dict[str, str], detail: str) -> None:
    path = pack(tmp_path, identity=identity)
    (anomaly,) = manifest_conflicts(path, read_manifest(path))
    assert (anomaly.kind, anomaly.detail) == (AnomalyKind.IDENTITY, detail)


@pytest.mark.parametrize(
    ("shown", "files", "said", "differ"),
    [
        ("Tools", {}, "Tools", False),
        ("Tools", {}, " Tools\n", False),
        ("Tools", {}, "Tools of Microsoft", True),
        ("Tools", {}, "", False),
        (None, {}, "tools", False),  # the name is shown
        (None, {}, "Tools", True),
        ("%shown%", {"package.nls.json": b'{"shown": "A &amp; B"}'}, "A &amp;amp; B", False),
        ("%shown%", {"package.nls.json": b'{"shown": "Tools"}'}, "%shown%", True),
        ("%shown%", {}, "Tools", False),  # what is shown is not known
    ],
)
def test_a_name_that_is_shown_is_the_same_in_both_manifests(
    tmp_path: Path, shown: str | None, files: dict[str, bytes], said: str, *, differ: bool
) -> None:
    path = pack(tmp_path, files=files, shown=said, displayName=shown)
    found = list(manifest_conflicts(path, read_manifest(path)))
    assert [anomaly.kind for anomaly in found] == [AnomalyKind.IDENTITY] * differ
    assert read_identity(path)


def test_xml_after_both_elements_is_not_parsed(tmp_path: Path) -> None:
    """Not even whether it is XML: an identity that is there was always enough."""
    named = b'<x><Identity Id="tools" Publisher="acme" Version="1.0.0"/>'
    for rest in (b"", b"<DisplayName>Other", b"<" * 99, b"<DisplayName/>"):
        path = put(tmp_path, zipped(PACKAGE, Member("extension.vsixmanifest", named + rest)))
        assert list(manifest_conflicts(path, read_manifest(path))) == []


LAUGHS = b"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<x><Identity Id="&b;"/></x>"""


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is not valid XML"),
        (b"<x>", "is not valid XML"),
        (b"<x/>", "has no Identity"),
        (LAUGHS, "declares a document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "declares a document type"),
        (b"<x>" * 1000, "is nested too deeply"),
        (b"<x>" + b" " * 300_000, "is over 256 KiB"),
        (b'<?xml version="1.0" encoding="nowhere"?><x/>', "is not valid XML"),
    ],
)
def test_a_manifest_of_the_packer_without_an_identity_is_an_anomaly(
    tmp_path: Path, content: bytes, why: str
) -> None:
    path = put(tmp_path, zipped(PACKAGE, Member("extension.vsixmanifest", content)))
    with pytest.raises(UnreadableError, match=f"^extension.vsixmanifest {why}$"):
        read_identity(path)
    (anomaly,) = manifest_conflicts(path, read_manifest(path))
    assert anomaly.detail == f"extension.vsixmanifest {why}"


def test_a_manifest_of_the_packer_that_is_not_there_contradicts_nothing(tmp_path: Path) -> None:
    path = put(tmp_path, zipped(PACKAGE))
    assert list(manifest_conflicts(path, read_manifest(path))) == []


@settings(deadline=None)
@given(st.data())
def test_an_archive_with_any_bytes_changed_is_read_or_unreadable(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = bytearray(zipped(PACKAGE, MAIN, Member("extension/a/b", bytes(100), mode=0o120777)))
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    path = put(tmp_path_factory.getbasetemp(), bytes(content))
    looked(path)
    try:
        read_manifest(path)
    except UnreadableError:
        return
