"""What registries removed, and what advisories say of an extension."""

import hashlib
import json
from contextlib import closing
from pathlib import Path

import pytest

from tests.advisories import record, take
from tests.analysis import Published, advisory, analyse_extension, removal
from vscan.advisories import Advisories, Removal
from vscan.model import Confidence, Kind, Registry, Severity

MARKETPLACE, OPEN_VSX = Registry.MARKETPLACE, Registry.OPEN_VSX


def removed(*removals: Removal, of: str = "acme.tools") -> Published:
    return Published(removed={of: removals})


def test_a_removal_from_the_marketplace_is_critical_for_every_copy(tmp_path: Path) -> None:
    """The message says who removed it, when and why, and the link leads there."""
    (found,) = analyse_extension(tmp_path, published=removed(removal())).of("known-malicious")
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
    (found,) = analyse_extension(tmp_path, published=published).of("known-malicious")
    assert found.severity is severity


def test_a_removal_of_another_id_is_not_found(tmp_path: Path) -> None:
    published = removed(removal(), of="acme.tool")
    assert not analyse_extension(tmp_path, published=published).verdict.findings


@pytest.mark.parametrize(("version", "number"), [("1.0.0", 1), ("1.0.1", 0)])
def test_a_removed_version_does_not_affect_other_versions(
    tmp_path: Path, version: str, number: int
) -> None:
    """It names the version, so which registry it is from does not matter."""
    published = removed(removal(OPEN_VSX, Severity.CRITICAL, version))
    found = analyse_extension(tmp_path, published=published).of("known-malicious")
    assert [each.severity for each in found] == [Severity.CRITICAL] * number


@pytest.mark.parametrize(
    ("registry", "severity", "says"),
    [
        (OPEN_VSX, Severity.CRITICAL, ": Malware"),
        (None, Severity.CRITICAL, "`--registry marketplace` says so"),
        (MARKETPLACE, Severity.INFO, "this copy is from the Marketplace"),
    ],
)
def test_a_removal_from_open_vsx_counts_less_for_a_copy_from_the_marketplace(
    tmp_path: Path, registry: Registry | None, severity: Severity, says: str
) -> None:
    """``typescriptteam.native-preview`` is malicious there and Microsoft's own elsewhere."""
    identity = "typescriptteam.native-preview"
    published = removed(removal(OPEN_VSX), of=identity)
    analysis = analyse_extension(
        tmp_path, identity=identity, published=published, registry=registry
    )
    (found,) = analysis.of("known-malicious")
    assert found.severity is severity
    assert "from Open VSX" in found.message
    assert says in found.message
    assert (found.confidence is Confidence.LOW) == (registry is MARKETPLACE)


@pytest.mark.parametrize("registry", [*Registry, None])
def test_a_removal_from_the_marketplace_counts_for_every_registry(
    tmp_path: Path, registry: Registry | None
) -> None:
    analysis = analyse_extension(tmp_path, published=removed(removal()), registry=registry)
    (found,) = analysis.of("known-malicious")
    assert found.severity is Severity.CRITICAL
    assert "--registry" not in found.message


def test_members_are_looked_up_in_the_lists(tmp_path: Path) -> None:
    """A pack has no code of its own; a member of which one version was bad is not that version."""
    published = Published(
        removed={"evil.one": (removal(),), "good.one": (removal(MARKETPLACE, Severity.HIGH, "9"),)}
    )
    pack = ["Evil.One", "good.one", "acme.tools", "no id", 7, None]
    (found,) = analyse_extension(tmp_path, published=published, extensionPack=pack).of(
        "known-malicious"
    )
    assert "evil.one, which it brings along, was removed" in found.message


@pytest.mark.parametrize(
    ("malicious", "rule", "severity"),
    [
        (True, "known-malicious", Severity.CRITICAL),
        (False, "vulnerable-extension", Severity.HIGH),
    ],
)
def test_an_advisory_about_the_extension_is_found(
    tmp_path: Path, *, malicious: bool, rule: str, severity: Severity
) -> None:
    published = Published(extensions={"acme.tools": (advisory("MAL-1", malicious=malicious),)})
    (found,) = analyse_extension(tmp_path, published=published).verdict.findings
    assert (found.rule, found.severity) == (rule, severity)
    assert found.message == "MAL-1: does harm; fixed in 2.0.0"
    assert found.evidence == "pkg:vscode-extension/acme/tools@1.0.0"


@pytest.mark.parametrize(
    ("registry", "severities"),
    [
        (MARKETPLACE, {Severity.INFO, Severity.MEDIUM}),
        (OPEN_VSX, {Severity.CRITICAL}),
        (None, {Severity.CRITICAL}),
    ],
)
def test_an_advisory_that_repeats_a_removal_from_open_vsx_counts_as_that(
    tmp_path: Path, registry: Registry | None, severities: set[Severity]
) -> None:
    published = Published(
        removed={"acme.tools": (removal(OPEN_VSX),)},
        extensions={"acme.tools": (advisory("MAL-1", malicious=True),)},
    )
    found = analyse_extension(tmp_path, published=published, registry=registry).of(
        "known-malicious"
    )
    assert {each.severity for each in found} == severities


@pytest.mark.parametrize(
    ("registry", "of", "severity", "says"),
    [
        (MARKETPLACE, (OPEN_VSX,), Severity.INFO, "it is about Open VSX"),
        (OPEN_VSX, (OPEN_VSX,), Severity.CRITICAL, "does harm"),
        (None, (OPEN_VSX,), Severity.CRITICAL, "`--registry marketplace` says so"),
        (OPEN_VSX, (MARKETPLACE,), Severity.CRITICAL, "does harm"),
        (MARKETPLACE, (OPEN_VSX, MARKETPLACE), Severity.CRITICAL, "does harm"),
        (None, (MARKETPLACE, OPEN_VSX), Severity.CRITICAL, "does harm"),
    ],
)
def test_an_advisory_of_a_registry_counts_as_its_removals_do(
    tmp_path: Path,
    registry: Registry | None,
    of: tuple[Registry, ...],
    severity: Severity,
    says: str,
) -> None:
    """What is known of both is told once."""
    known = tuple(advisory("MAL-1", malicious=True, registry=each) for each in of)
    published = Published(extensions={"acme.tools": known})
    (found,) = analyse_extension(tmp_path, published=published, registry=registry).of(
        "known-malicious"
    )
    assert found.severity is severity
    assert says in found.message


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
        found = analyse_extension(tmp_path, files, published=published).of("known-malicious")
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
        found = analyse_extension(tmp_path, files, published=published).of("known-malicious")
    assert {each.file for each in found} == {"f0.txt", "f600.txt", "f1199.txt"}


def test_without_known_files_no_content_is_digested(tmp_path: Path) -> None:
    take(tmp_path, json.dumps(record()).encode())
    with closing(Advisories(tmp_path)) as published:
        assert not published.has_file_digests
        assert list(published.for_files(["a" * 64])) == []
