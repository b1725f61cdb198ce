"""What registries removed, and what advisories say of an extension."""

import hashlib
import json
from contextlib import closing
from pathlib import Path

import pytest

from tests.advisories import record, take
from tests.surveyed import Published, advisory, removal, survey
from vscan.advisories import Advisories, Registry, Removal
from vscan.domain import Confidence, Kind, Severity

MARKETPLACE, OPEN_VSX = Registry.MARKETPLACE, Registry.OPEN_VSX


def removed(*removals: Removal, of: str = "acme.tools") -> Published:
    return Published(removed={of: removals})


def test_what_the_marketplace_removed_is_critical_wherever_it_came_from(tmp_path: Path) -> None:
    """The message says who removed it, when and why, and the link leads there."""
    (found,) = survey(tmp_path, published=removed(removal())).of("known-malicious")
    assert (found.severity, found.kind, found.confidence) == (
        Severity.CRITICAL,
        Kind.MALWARE,
        Confidence.HIGH,
    )
    assert found.message == "acme.tools was removed from the Marketplace on 2026-08-20: Malware"
    assert (found.url, found.evidence) == ("https://example.com/r", "acme.tools")


@pytest.mark.parametrize("severity", [Severity.HIGH, Severity.MEDIUM, Severity.INFO])
def test_a_removal_is_as_bad_as_its_reason(tmp_path: Path, severity: Severity) -> None:
    published = removed(removal(MARKETPLACE, severity))
    (found,) = survey(tmp_path, published=published).of("known-malicious")
    assert found.severity is severity


def test_another_s_removal_is_nobody_else_s(tmp_path: Path) -> None:
    published = removed(removal(), of="acme.tool")
    assert not survey(tmp_path, published=published).verdict.findings


@pytest.mark.parametrize(("version", "number"), [("1.0.0", 1), ("1.0.1", 0)])
def test_a_removed_version_is_that_version(tmp_path: Path, version: str, number: int) -> None:
    """It names the version, so which registry it is from does not matter."""
    published = removed(removal(OPEN_VSX, Severity.CRITICAL, version))
    found = survey(tmp_path, published=published).of("known-malicious")
    assert [each.severity for each in found] == [Severity.CRITICAL] * number


@pytest.mark.parametrize(
    ("editor", "severity"),
    [
        (".vscode-oss", Severity.CRITICAL),
        (".cursor", Severity.CRITICAL),
        (".vscode", Severity.INFO),
        ("somewhere", Severity.MEDIUM),
    ],
)
def test_a_removal_from_open_vsx_counts_where_an_editor_fetches_from_there(
    tmp_path: Path, editor: str, severity: Severity
) -> None:
    """``typescriptteam.native-preview`` is malicious there and Microsoft's own elsewhere."""
    published = removed(removal(OPEN_VSX), of="typescriptteam.native-preview")
    place = tmp_path / editor / "extensions"
    surveyed = survey(place, identity="typescriptteam.native-preview", published=published)
    (found,) = surveyed.of("known-malicious")
    assert found.severity is severity
    assert "from Open VSX" in found.message
    assert (found.confidence is Confidence.LOW) == (severity < Severity.CRITICAL)


@pytest.mark.parametrize(
    ("editor", "severity"), [(".vscode", Severity.MEDIUM), (".cursor", Severity.CRITICAL)]
)
def test_what_came_from_a_file_may_be_from_anywhere(
    tmp_path: Path, editor: str, severity: Severity
) -> None:
    """A manifest can say so, and be a stranger's: that never makes a finding smaller."""
    surveyed = survey(
        tmp_path / editor, published=removed(removal(OPEN_VSX)), __metadata={"source": "vsix"}
    )
    (found,) = surveyed.of("known-malicious")
    assert found.severity is severity


def test_what_it_brings_along_is_looked_up(tmp_path: Path) -> None:
    """A pack has no code of its own; a member of which one version was bad is not that version."""
    published = Published(
        removed={"evil.one": (removal(),), "good.one": (removal(MARKETPLACE, Severity.HIGH, "9"),)}
    )
    pack = ["Evil.One", "good.one", "acme.tools", "no id", 7, None]
    (found,) = survey(tmp_path, published=published, extensionPack=pack).of("known-malicious")
    assert "evil.one, which it brings along, was removed" in found.message


@pytest.mark.parametrize(
    ("malicious", "rule", "severity"),
    [
        (True, "known-malicious", Severity.CRITICAL),
        (False, "vulnerable-extension", Severity.HIGH),
    ],
)
def test_an_advisory_about_the_extension_is_told(
    tmp_path: Path, *, malicious: bool, rule: str, severity: Severity
) -> None:
    published = Published(extensions={"acme.tools": (advisory("MAL-1", malicious=malicious),)})
    (found,) = survey(tmp_path, published=published).verdict.findings
    assert (found.rule, found.severity) == (rule, severity)
    assert found.message == "MAL-1: does harm; fixed in 2.0.0"
    assert found.evidence == "pkg:vscode-extension/acme/tools@1.0.0"


def test_an_advisory_that_repeats_open_vsx_is_as_unsure(tmp_path: Path) -> None:
    published = Published(
        removed={"acme.tools": (removal(OPEN_VSX),)},
        extensions={"acme.tools": (advisory("MAL-1", malicious=True),)},
    )
    found = survey(tmp_path, published=published).of("known-malicious")
    assert {each.severity for each in found} == {Severity.MEDIUM}


@pytest.mark.parametrize(("content", "number"), [(b"alert(1)\n", 1), (b"alert(2)\n", 0)])
def test_a_file_of_a_known_case_is_found_whatever_the_extension_is_called(
    tmp_path: Path, content: bytes, number: int
) -> None:
    digest = hashlib.sha256(b"alert(1)\n").hexdigest()
    known = record("MAL-7") | {
        "database_specific": {"iocs": {"files": [{"digests": {"sha256": digest.upper()}}]}}
    }
    take(tmp_path / "data", json.dumps(known).encode())
    with closing(Advisories(tmp_path / "data")) as published:
        files = {"media/logo.js": content}
        found = survey(tmp_path, files, published=published).of("known-malicious")
    assert [(each.severity, each.file, each.evidence) for each in found] == [
        (Severity.CRITICAL, "media/logo.js", f"sha256:{digest}")
    ] * number
    assert all(each.url == "https://osv.dev/vulnerability/MAL-7" and each.digest for each in found)


def test_files_are_compared_with_all_digests_in_one_question(tmp_path: Path) -> None:
    files = {f"f{number}.txt": str(number) for number in range(1200)}
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in ("0", "600", "1199")]
    known = record("MAL-7") | {
        "database_specific": {"iocs": {"files": [{"digests": {"sha256": d}} for d in digests]}}
    }
    take(tmp_path / "data", json.dumps(known).encode())
    with closing(Advisories(tmp_path / "data")) as published:
        found = survey(tmp_path, files, published=published).of("known-malicious")
    assert {each.file for each in found} == {"f0.txt", "f600.txt", "f1199.txt"}


def test_without_a_digest_of_a_file_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    take(tmp_path, json.dumps(record()).encode())
    with closing(Advisories(tmp_path)) as published:
        assert not published.knows_files
        assert list(published.of_files(["a" * 64])) == []
