from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.archives import PACKAGE, Member, zipped
from tests.builders import install, pack
from tests.unit.test_archive import MAIN, ODD, PLAIN
from vscan.discover import discover
from vscan.domain import Extension, Finding, Scanned, Severity, Task
from vscan.package import Trait
from vscan.sources.offline.analyser import Analyser

HIGH = {Trait.DISAGREEMENT, Trait.HIDDEN, Trait.OUTSIDE, Trait.OVERLAP}


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
def test_every_oddity_is_a_finding(
    tmp_path: Path, trait: Trait, content: bytes, _name: str
) -> None:
    found = judged(tmp_path, content)
    started = trait in {Trait.DUPLICATE, Trait.COLLISION} and b"\xcc\x81" not in content
    if trait in HIGH or started:
        assert found["archive-ambiguous"] is Severity.HIGH
    else:
        assert found["archive-integrity"] is Severity.MEDIUM


@pytest.mark.parametrize("content", PLAIN.values(), ids=PLAIN)
def test_what_is_only_unusual_is_none(tmp_path: Path, content: bytes) -> None:
    assert judged(tmp_path, content) == {}


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("main.js", Severity.HIGH),
        ("MAIN.JS", Severity.HIGH),
        ("readme.md", Severity.MEDIUM),
        ("lib/main.js", Severity.MEDIUM),
    ],
)
def test_two_of_a_file_that_is_run_are_worse(tmp_path: Path, name: str, severity: Severity) -> None:
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


def test_a_folder_has_no_such_findings(tmp_path: Path) -> None:
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
