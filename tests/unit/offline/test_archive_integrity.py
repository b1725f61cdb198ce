from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.archives import MANIFEST, PACKAGE, Member, zipped
from tests.builders import install, pack
from tests.unit.test_archive import MAIN, ODD, PLAIN
from vscan.discovery import discover
from vscan.extension_files import AnomalyKind
from vscan.extension_files.archive import Archive
from vscan.model import Extension, Finding, Scanned, Severity, Task
from vscan.providers.offline.analyser import Analyser

_PACKED = Path(__file__).parents[2] / "data" / "packers"
# By whom each was made, of the same few files.
PACKERS = {
    "7zip": "7-Zip 26.02: 7zz a -tzip",
    "7zip-again": "the same, adding to an archive of Python's",
    "adm-zip": "adm-zip 0.6.1: addLocalFolder",
    "archiver": "archiver 8.0.0",
    "archiver-zip64": "the same, forceZip64",
    "bsdtar": "bsdtar 3.6.2: --format zip",
    "bsdtar-stored": "the same, zip:compression=store",
    "bsdtar-zip64": "the same, zip:zip64",
    "fastjar": "fastjar 0.98: cMf",
    "fflate": "fflate 0.8.3: zipSync",
    "fflate-stream": "the same: ZipDeflate",
    "fflate-stream-store": "the same: ZipPassThrough",
    "infozip-again": "Zip 3.0, adding to an archive of bsdtar's",
    "infozip-descriptors": "Zip 3.0: -fd",
    "infozip-pipe": "Zip 3.0: -r - . | cat",
    "infozip-pipe-stored": "Zip 3.0: -0r - . | cat",
    "infozip-redirect": "Zip 3.0: -r - . > file",
    "infozip-zip64": "Zip 3.0: -fz",
    "jar": "jar 17.0.15: cMf",
    "jar-stored": "the same: c0Mf",
    "jszip": "JSZip 3.10.2",
    "jszip-stream": "the same, streamFiles",
    "perl": "Archive::Zip 1.68: writeToFileNamed",
    "perl-pipe": "the same: writeToFileHandle of a pipe",
    "perl-iocompress-stream": "IO::Compress::Zip 2.106, Stream",
    "perl-iocompress-zip64": "the same, Stream and Zip64",
    "python": "zipfile of Python 3.11",
    "python-pipe": "the same, into what can't seek",
    "python-pipe-zip64": "the same, force_zip64",
    "python-stored-pipe": "the same, stored",
    "rubyzip-stream": "rubyzip 2.3.2: OutputStream",
    "rubyzip-stream-zip64": "the same, write_zip64_support",
    "yazl": "yazl 3.3.1: addFile",
    "yazl-store": "the same: addBuffer, stored",
    "yazl-stream": "the same: addReadStream",
    "yazl-stream-zip64": "the same, forceZip64Format",
    "zipjs": "zip.js 2.24.0",
    "zipjs-nosig": "the same, descriptors without a mark",
    "zipjs-zip64": "the same, zip64",
}
HIGH = {AnomalyKind.DISAGREEMENT, AnomalyKind.HIDDEN, AnomalyKind.OUTSIDE, AnomalyKind.OVERLAP}


def findings(target: Path) -> tuple[Finding, ...]:
    """Analyse the one extension that a target has."""
    (extension,) = discover([target])
    assert isinstance(extension, Extension)
    result = Analyser(None).ask(Task("offline", (extension,)), 0, None)
    assert isinstance(result, Scanned)
    return tuple(f for f in result.verdict.findings if f.rule.startswith("archive-"))


def judged(tmp_path: Path, content: bytes) -> dict[str, Severity]:
    path = tmp_path / "x.vsix"
    path.write_bytes(content)
    return {finding.rule: finding.severity for finding in findings(path)}


@pytest.mark.parametrize(("trait", "content", "_name"), ODD.values(), ids=ODD)
def test_every_anomaly_is_a_finding(
    tmp_path: Path, trait: AnomalyKind, content: bytes, _name: str
) -> None:
    found = judged(tmp_path, content)
    started = trait in {AnomalyKind.DUPLICATE, AnomalyKind.COLLISION} and b"\xcc\x81" not in content
    if trait in HIGH or started:
        assert found["archive-ambiguous"] is Severity.HIGH
    elif trait is AnomalyKind.BACKSLASH:
        assert found == {"archive-integrity": Severity.LOW}
    else:
        assert found["archive-integrity"] is Severity.MEDIUM


@pytest.mark.parametrize("content", PLAIN.values(), ids=PLAIN)
def test_an_unusual_but_valid_archive_has_no_finding(tmp_path: Path, content: bytes) -> None:
    assert judged(tmp_path, content) == {}


@pytest.mark.parametrize("name", PACKERS)
def test_archives_from_packers_have_no_finding(tmp_path: Path, name: str) -> None:
    content = (_PACKED / name).with_suffix(".vsix").read_bytes()
    assert judged(tmp_path, content) == {}
    (extension,) = discover([tmp_path])
    assert isinstance(extension, Extension)
    archive = Archive(tmp_path / "x.vsix")
    assert {"package.json", "main.js"} < {window.entry.name for window in archive.windows()}
    assert archive.gaps == []


@pytest.mark.parametrize("name", PACKERS)
def test_archives_from_packers_are_read_completely(tmp_path: Path, name: str) -> None:
    """A control: with another checksum in the table of contents, each has a finding."""
    content = bytearray((_PACKED / name).with_suffix(".vsix").read_bytes())
    row = content.rindex(b"PK\1\2", 0, content.rindex(b"main.js"))
    content[row + 16] ^= 1
    assert judged(tmp_path, bytes(content))["archive-ambiguous"] is Severity.HIGH


def test_each_packer_s_archive_is_small_and_used() -> None:
    sizes = {path.stem: path.stat().st_size for path in _PACKED.glob("*.vsix")}
    assert set(sizes) == set(PACKERS)
    assert max(sizes.values()) <= 1024


def test_an_archive_as_old_packers_of_windows_write_it_is_low(tmp_path: Path) -> None:
    """PowerShell 5's Compress-Archive; but not what leads out, and no second main file."""
    package = Member("extension\\package.json", MANIFEST)
    content = zipped(package, Member("extension\\main.js"), Member("extension\\lib\\a.js"))
    assert judged(tmp_path, content) == {"archive-integrity": Severity.LOW}
    content = zipped(package, Member("extension\\main.js"), Member("extension/main.js"))
    assert judged(tmp_path, content)["archive-ambiguous"] is Severity.HIGH


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("main.js", Severity.HIGH),
        ("MAIN.JS", Severity.HIGH),
        ("readme.md", Severity.MEDIUM),
        ("lib/main.js", Severity.MEDIUM),
    ],
)
def test_a_duplicate_of_a_program_is_more_severe(
    tmp_path: Path, name: str, severity: Severity
) -> None:
    one = Member(f"extension/{name.lower()}", b"one")
    content = zipped(PACKAGE, one, Member(f"extension/{name}", b"two"))
    assert set(judged(tmp_path, content).values()) == {severity}


@pytest.mark.parametrize(
    ("identity", "severities"),
    [({}, []), ({"Publisher": "ACME"}, []), ({"Publisher": "evil"}, [Severity.MEDIUM])],
)
def test_manifests_that_disagree_are_a_finding(
    tmp_path: Path, identity: Mapping[str, str], severities: list[Severity]
) -> None:
    made = findings(pack(tmp_path, identity=identity))
    assert [finding.severity for finding in made] == severities


def test_a_finding_shows_hostile_names_harmlessly(tmp_path: Path) -> None:
    path = tmp_path / "x.vsix"
    path.write_bytes(zipped(PACKAGE, Member("extension/\x1b[2J\u202e.js", header_name="\x1b[2J")))
    made = findings(path)
    assert {finding.rule for finding in made} == {"archive-ambiguous", "archive-integrity"}
    for finding in made:
        assert finding.message.isprintable()
        assert finding.file
        assert finding.file.isprintable()


def test_a_folder_has_no_archive_findings(tmp_path: Path) -> None:
    """What an editor unpacked may well have files that differ in case alone."""
    place = install(tmp_path)
    (place / "a").touch()
    (place / "A").touch()
    (place / ".vsixmanifest").write_text("<x/>")
    assert findings(tmp_path) == ()


def test_both_of_two_members_are_searched(tmp_path: Path) -> None:
    payload = "".join(chr(0xE0100 + byte) for byte in b"harmless payload").encode()
    path = tmp_path / "x.vsix"
    for members in ((MAIN, Member(MAIN.name, payload)), (Member(MAIN.name, payload), MAIN)):
        path.write_bytes(zipped(PACKAGE, *members))
        (extension,) = discover([path])
        assert isinstance(extension, Extension)
        result = Analyser(None).ask(Task("offline", (extension,)), 0, None)
        assert isinstance(result, Scanned)
        assert "invisible-payload" in {finding.rule for finding in result.verdict.findings}
