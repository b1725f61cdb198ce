"""The original formats: what is read of them, and what a hostile file can't do."""

import hashlib
import io
import json
import re
import struct
import time
import zipfile
from collections import Counter
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.advisories import (
    REAL,
    control,
    export,
    library,
    record,
    removed_list,
    repository,
    semver,
)
from vscan.advisories import formats
from vscan.advisories.formats import Format, ImportStats, osv
from vscan.advisories.records import (
    Affected,
    Ecosystem,
    Entry,
    Removed,
    Signature,
    Withdrawn,
    normalised_reason,
    severity_of,
)
from vscan.model import Registry, Severity


def read(content: bytes) -> tuple[Format, list[Entry], ImportStats]:
    stats = ImportStats()
    kind, entries = formats.read(io.BytesIO(content), stats)
    return kind, list(entries), stats


def one(**fields: Any) -> Affected:
    """Read one record of which something can be used."""
    _, entries, stats = read(json.dumps(record(**fields)).encode())
    assert stats.unusable == 0, stats.reason
    (entry,) = entries
    assert isinstance(entry, Affected)
    return entry


def refused(content: bytes) -> ImportStats:
    """Read a file of which nothing can be used, and that is counted."""
    _, entries, stats = read(content)
    assert entries == []
    assert stats.unusable
    assert stats.reason
    return stats


# What is what.


@pytest.mark.parametrize(
    ("content", "kind", "name"),
    [
        (removed_list("| a.b | 1/2/2026 | Malware |"), Format.REMOVED_LIST, "removed-marketplace"),
        (control("a.b"), Format.OPEN_VSX_CONTROL, "removed-open-vsx"),
        (export(record()), Format.OSV_EXPORT, "osv-npm"),
        (export(record(ecosystem="VSCode", package="a.b")), Format.OSV_EXPORT, "osv-vscode"),
        (
            export(record(ecosystem="VSCode:https://open-vsx.org", package="a.b")),
            Format.OSV_EXPORT,
            "osv-open-vsx",
        ),
        (json.dumps(record()).encode(), Format.OSV_RECORDS, "osv-records"),
        (json.dumps(record(), indent=2).encode(), Format.OSV_RECORDS, "osv-records"),
        (json.dumps([record()]).encode(), Format.OSV_RECORDS, "osv-records"),
        (b"\xef\xbb\xbf" + json.dumps(record()).encode(), Format.OSV_RECORDS, "osv-records"),
        (
            b"\n".join(json.dumps(record(f"MAL-1-{n}")).encode() for n in range(3)),
            Format.OSV_RECORDS,
            "osv-records",
        ),
        (repository(jquery=library()), Format.RETIRE_JS, "retire.js"),
    ],
)
def test_a_file_is_known_by_its_content(content: bytes, kind: Format, name: str) -> None:
    found, entries, stats = read(content)
    assert (found, formats.set_name(found, stats)) == (kind, name)
    assert entries
    assert stats.unusable == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"hello",
        b"<html>please log in</html>",
        b"{}",
        b"[]",
        b"[1, 2]",
        b'"text"',
        b"{\xff}",
        b'{"id": "MAL-1"}',
        b'{"malicious": "a.b"}',
        b"{" * 100_000,
        b"PK\x05\x06" + bytes(18),
        b"| a | b | c |\n",
    ],
)
def test_what_is_none_of_the_formats_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(is|has) "):
        read(content)


@given(st.binary(max_size=300))
def test_no_bytes_are_a_crash(content: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b'{"malicious": [', b"| Extension Identifier |||\n|"):
        try:
            read(start + content)
        except ValueError:
            continue


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner)


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.just("0"),
    _nested,
    max_leaves=8,
)


@given(
    st.sampled_from(
        ["id", "modified", "summary", "affected", "severity", "aliases", "database_specific"]
    ),
    _json,
)
def test_no_value_of_a_record_is_a_crash(field: str, value: object) -> None:
    read(export(record() | {field: value}))


@given(st.sampled_from(["package", "ranges", "versions", "severity"]), _json)
def test_no_value_of_what_is_affected_is_a_crash(field: str, value: object) -> None:
    made = record()
    made["affected"][0][field] = value
    read(export(made))


@given(st.sampled_from(["npmname", "vulnerabilities", "extractors"]), _json)
def test_no_value_of_a_library_is_a_crash(field: str, value: object) -> None:
    read(repository(good=library(), odd=library() | {field: value}))


# Lists of removed extensions.


def test_a_row_is_an_id_a_date_and_a_reason() -> None:
    _, entries, stats = read(
        removed_list("| Acme.Tool | 8/22/2026 | Malware |", "|acme.two|12/1/2025|Spam")
    )
    assert entries == [
        Removed(
            "acme.tool", Registry.MARKETPLACE, (), "malware", "2026-08-22", formats.MARKETPLACE_LIST
        ),
        Removed(
            "acme.two", Registry.MARKETPLACE, (), "spam", "2025-12-01", formats.MARKETPLACE_LIST
        ),
    ]
    assert stats.newest == date(2026, 8, 22)


def test_without_a_sensible_date_an_extension_is_no_less_removed() -> None:
    _, entries, stats = read(
        removed_list("| a.b | 13/45/2026 | Malware |", "| a.c | soon | Malware |")
    )
    assert [each.removed for each in entries if isinstance(each, Removed)] == [None, None]
    assert stats.newest is None


@pytest.mark.parametrize("row", ["| no id | 1/2/2026 | Malware |", "| a.b | 1/2/2026 |", "| |"])
def test_a_row_that_says_nothing_is_counted(row: str) -> None:
    _, entries, stats = read(removed_list("| a.b | 1/2/2026 | Malware |", row))
    assert len(entries) == 1
    assert stats.unusable == (row != "| |")


@pytest.mark.parametrize(
    ("text", "reason", "severity"),
    [
        ("Malware", "malware", Severity.CRITICAL),
        (" MALWARE ", "malware", Severity.CRITICAL),
        ("Malwar", "malware", Severity.CRITICAL),
        ("Maleware", "malware", Severity.CRITICAL),
        ("Impersonation, Malware", "malware, impersonation", Severity.CRITICAL),
        ("Spam / Malware", "malware, spam", Severity.CRITICAL),
        ("Potentially malicious", "potentially malicious", Severity.HIGH),
        ("Impersonaton", "impersonation", Severity.HIGH),
        ("Telepathy; Malware", "malware, telepathy", Severity.CRITICAL),
        ("x," * 3, "x", Severity.HIGH),
        ("Typo-squatting", "typo-squatting", Severity.HIGH),
        ("Untrustworthy", "untrustworthy", Severity.HIGH),
        ("Expired domain", "expired domain", Severity.HIGH),
        ("Spam", "spam", Severity.MEDIUM),
        ("Copyright violation", "copyright violation", Severity.LOW),
        ("Owner Request", "owner request", Severity.INFO),
        ("Publisher requested", "owner request", Severity.INFO),
        ("Deprecated", "deprecated", Severity.INFO),
        ("Telepathy", "telepathy", Severity.HIGH),
        ("", "unknown", Severity.HIGH),
    ],
)
def test_a_reason_is_forgiven_its_spelling_and_weighed(
    text: str, reason: str, severity: Severity
) -> None:
    assert normalised_reason(text) == reason
    assert severity_of(reason) is severity


def test_open_vsx_names_ids_versions_and_publishers() -> None:
    _, entries, stats = read(
        control(
            "Acme.Tool",
            "acme.other@1.2.3",
            "evilcorp",
            "not an id",
            7,
            learnMoreLinks={"Acme.Tool": "https://example.com/x", "evilcorp": "javascript:1"},
        )
    )
    assert [
        (each.extension, each.versions, each.url) for each in entries if isinstance(each, Removed)
    ] == [
        ("acme.tool", (), "https://example.com/x"),
        ("acme.other", ("1.2.3",), formats.OPEN_VSX_LIST),
        ("evilcorp", (), formats.OPEN_VSX_LIST),
    ]
    assert stats.unusable == 2
    assert stats.reason.startswith('the entry "not an id" ')
    assert list(stats.others) == ["the entry 7"]


def test_open_vsx_writes_an_id_with_a_slash_too() -> None:
    _, entries, stats = read(control("Acme/Tool", "acme/other@1.2.3", "a/b/c", "/x", "a/"))
    assert [(each.extension, each.versions) for each in entries if isinstance(each, Removed)] == [
        ("acme.tool", ()),
        ("acme.other", ("1.2.3",)),
    ]
    assert stats.unusable == 3


def test_what_can_not_be_taken_is_named_and_not_too_much_of_it() -> None:
    _, _, stats = read(control("a.b", *(f"no id {number}" for number in range(99))))
    assert stats.unusable == 99
    assert list(stats.others)[:2] == ['the entry "no id 1"', 'the entry "no id 2"']
    assert len(stats.others) == 50


# OSV.


def test_the_same_package_twice_in_a_record_is_one_entry() -> None:
    made = record(ranges=[semver(introduced="0", fixed="1.0.0")])
    second = dict(made["affected"][0], ranges=[semver(introduced="2.0.0", fixed="2.1.0")])
    made["affected"].append(second)
    _, entries, _ = read(export(made))
    (entry,) = entries
    assert isinstance(entry, Affected)
    assert entry.ranges == (
        (("introduced", "0"), ("fixed", "1.0.0")),
        (("introduced", "2.0.0"), ("fixed", "2.1.0")),
    )


def test_a_date_that_is_none_is_no_date() -> None:
    _, _, stats = read(json.dumps(record(modified="2026-99-99T00:00:00Z")).encode())
    assert (stats.imported, stats.newest) == (1, None)


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (json.dumps(record(ranges=[semver(introduced="1.0.0")] * 1001)), "record MAL-2026-1"),
        (
            repository(
                jquery={
                    "vulnerabilities": [
                        {"below": f"{n}", "identifiers": {"CVE": ["CVE-2020-1234"]}}
                        for n in range(1001)
                    ],
                    "extractors": {},
                }
            ).decode(),
            "library jquery",
        ),
    ],
    ids=["OSV", "retire.js"],
)
def test_more_ranges_than_anybody_needs_are_counted(content: str, where: str) -> None:
    _, entries, stats = read(content.encode())
    assert entries == []
    assert stats.unusable == 1
    assert stats.reason == f"{where} has more than 1000 ranges of one package"


def test_events_are_brought_into_order() -> None:
    events = [{"fixed": "1.10.0"}, {"introduced": "1.9.0"}, {"introduced": "0"}, {"fixed": "1.2.0"}]
    entry = one(ranges=[{"type": "SEMVER", "events": events}])
    assert [at for _, at in entry.ranges[0]] == ["0", "1.2.0", "1.9.0", "1.10.0"]


def test_what_is_withdrawn_or_about_others_is_counted_and_not_taken() -> None:
    _, entries, stats = read(
        export(
            record("MAL-1"),
            record("MAL-2", withdrawn="2026-01-01T00:00:00Z"),
            record("GHSA-3", ecosystem="PyPI"),
            record("GHSA-4", affected=[]),
        )
    )
    assert [type(each) for each in entries] == [Affected, Withdrawn]
    assert (stats.imported, stats.withdrawn, stats.other_ecosystems) == (1, 1, 2)


@pytest.mark.parametrize(
    ("fields", "severity", "score"),
    [
        (
            {
                "severity": [
                    {
                        "type": "CVSS_V3",
                        "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                    }
                ]
            },
            Severity.CRITICAL,
            9.8,
        ),
        (
            {
                "severity": [
                    {
                        "type": "CVSS_V3",
                        "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                    },
                    {
                        "type": "CVSS_V4",
                        "score": "CVSS:4.0/AV:N/AC:H/AT:P/PR:L/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N",
                    },
                ]
            },
            Severity.LOW,
            2.0,
        ),
        (
            {
                "severity": [
                    {
                        "type": "CVSS_V3",
                        "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
                    }
                ]
            },
            Severity.INFO,
            0.0,
        ),
        (
            {
                "severity": [{"type": "CVSS_V3", "score": "nonsense"}],
                "database_specific": {"severity": "HIGH"},
            },
            Severity.HIGH,
            None,
        ),
        ({"database_specific": {"severity": "MODERATE"}}, Severity.MEDIUM, None),
        ({"database_specific": {"severity": ["HIGH"]}}, Severity.MEDIUM, None),
        ({}, Severity.MEDIUM, None),
    ],
)
def test_severity_is_the_scores_then_the_databases_then_medium(
    fields: dict[str, Any], severity: Severity, score: float | None
) -> None:
    entry = one(name="GHSA-1", **fields)
    assert entry.severity is severity
    assert entry.score == pytest.approx(score) if score is not None else entry.score is None


@pytest.mark.parametrize(
    ("fields", "malicious"),
    [
        ({"name": "MAL-2026-1"}, True),
        ({"name": "GHSA-1", "database_specific": {"cwe_ids": ["CWE-506"]}}, True),
        ({"name": "GHSA-1", "database_specific": {"cwe_ids": ["CWE-79"]}}, False),
        # That record may have been withdrawn as a mistake.
        ({"name": "GHSA-1", "aliases": ["MAL-2026-1"]}, False),
    ],
)
def test_what_is_malicious_is_said_by_its_id_or_its_weakness(
    fields: dict[str, Any], *, malicious: bool
) -> None:
    entry = one(**fields)
    assert entry.malicious is malicious
    assert (entry.severity is Severity.CRITICAL) is malicious


def test_extensions_are_named_in_lower_case_and_with_a_dot() -> None:
    assert one(ecosystem="VSCode", package="Acme/Tool").package == "acme.tool"
    assert one(ecosystem="npm", package="JSONStream").package == "JSONStream"


def test_the_text_of_strangers_is_made_printable() -> None:
    entry = one(name="GHSA-1", summary="a\x1b[31m\u202e" + "b" * 10_000, aliases=["CVE-1", "\x1b"])
    assert entry.summary.isprintable()
    assert len(entry.summary) <= 300
    assert entry.aliases == ("CVE-1",)


@pytest.mark.parametrize(
    "bad",
    [
        {"id": "../../etc"},
        {"id": "x\ny"},
        {"affected": "all"},
        {"affected": record(package="a b")["affected"]},
        {"affected": record(package="a" * 300)["affected"]},
        {"affected": [{"package": {"ecosystem": "npm", "name": 7}}]},
        {"affected": record(versions=[1])["affected"]},
        {"affected": record(versions=["1"] * 10_001)["affected"]},
        {"affected": record(ranges=[semver(fixed="x")])["affected"]},
        {"affected": record(ranges=[{"type": "SEMVER", "events": [{"fixed": 1}]}])["affected"]},
        {"affected": record(ecosystem="VSCode", package="no id")["affected"]},
        {"aliases": {"a": 1}},
    ],
)
def test_a_record_that_can_not_be_so_is_counted(bad: dict[str, Any]) -> None:
    _, entries, stats = read(export(record("MAL-1"), record("MAL-2") | bad))
    assert [each.id for each in entries if isinstance(each, Affected)] == ["MAL-1"]
    assert (stats.imported, stats.unusable) == (1, 1)
    assert stats.reason.startswith("record ")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no JSON",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"id": "MAL-1", "id": "MAL-2", "affected": []}',
        b'{"id": "MAL-1", "modified": ' + b"9" * 5000 + b"}",
        b"[" + b"1," * 1_100_000 + b"1]",
        b" " * (4 * 1024**2 + 1),
    ],
)
def test_a_member_that_is_no_record_is_counted(raw: bytes) -> None:
    _, entries, stats = read(export(record(), raw))
    assert len(entries) == 1
    assert stats.unusable == 1


def test_an_export_is_read_member_by_member() -> None:
    """What is behind a member is not touched before it is asked for."""
    stats = ImportStats()
    _, entries = formats.read(io.BytesIO(export(*(record(f"MAL-{n}") for n in range(50)))), stats)
    next(entries)
    assert stats.imported == 1


def test_a_member_that_lies_about_its_size_is_not_unpacked_beyond_it() -> None:
    bomb = json.dumps(record()).encode().ljust(50 * 1024**2)
    content = export(bomb)
    sizes = struct.pack("<L", len(bomb))
    assert sizes in content
    assert "CRC" in refused(content.replace(sizes, struct.pack("<L", 1000))).reason
    assert "too large" in refused(content).reason


def test_members_with_a_password_or_a_strange_compression_are_counted() -> None:
    stored = export(record())
    locked = bytearray(stored)
    locked[6] |= 1
    locked[stored.index(b"PK\x01\x02") + 8] |= 1
    assert "strange" in refused(bytes(locked)).reason
    strange = bytearray(stored)
    strange[8] = 99
    strange[stored.index(b"PK\x01\x02") + 10] = 99
    assert "strange" in refused(bytes(strange)).reason


def test_an_archive_cut_short_is_refused() -> None:
    whole = export(*(record(f"MAL-{n}") for n in range(20)))
    for part in (30, len(whole) // 2, len(whole) - 10):
        with pytest.raises(ValueError, match="broken archive"):
            read(whole[:part])


def test_more_members_than_can_be_are_refused_before_they_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(osv, "_MAX_MEMBERS", 10)
    with pytest.raises(ValueError, match="members"):
        read(export(*(record(f"MAL-{n}") for n in range(11))))
    assert len(read(export(*(record(f"MAL-{n}") for n in range(10))))[1]) == 10


def test_an_archive_unpacks_to_so_much_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    content = export(*(record(f"MAL-{n}") for n in range(10)))
    monkeypatch.setattr(osv, "_MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(ValueError, match="unpacked"):
        read(content)


class Endless(io.BytesIO):
    """A file that says that it is very long."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return 2 * 1024**3 if whence == io.SEEK_END else super().seek(offset, whence)


def test_a_file_that_is_too_large_for_its_format_is_refused() -> None:
    with pytest.raises(ValueError, match="has more than 1024 MiB"):
        formats.read(Endless(b"{}"), ImportStats())
    for content in (removed_list() + b"\n" * 33 * 1024**2, b"{" + b" " * 33 * 1024**2 + b"}"):
        with pytest.raises(ValueError, match="has more than 32 MiB"):
            read(content)


def test_what_else_is_in_an_archive_is_let_be() -> None:
    file = io.BytesIO(export(record()))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("README.txt", "hello")
    _, entries, stats = read(file.getvalue())
    assert (len(entries), stats.unusable) == (1, 0)


def test_a_line_that_is_no_record_is_counted_and_one_too_long_is_refused() -> None:
    lines = [json.dumps(record("MAL-1")).encode(), b"nonsense", b"", b"{}"]
    _, entries, stats = read(b"\n".join(lines))
    assert len(entries) == 1
    assert stats.unusable == 2
    with pytest.raises(ValueError, match="too long"):
        read(lines[0] + b"\n{" + b" " * (5 * 1024**2))


def test_an_export_of_several_ecosystems_has_no_name() -> None:
    kind, _, stats = read(export(record(), record("MAL-2", ecosystem="VSCode", package="a.b")))
    with pytest.raises(ValueError, match="several"):
        formats.set_name(kind, stats)


def test_the_marketplaces_export_may_hold_records_about_open_vsx() -> None:
    both = [
        record("MAL-1", ecosystem="VSCode", package="a.b"),
        record("MAL-2", ecosystem="VSCode:https://open-vsx.org", package="a.b"),
    ]
    kind, entries, stats = read(export(*both))
    assert formats.set_name(kind, stats) == "osv-vscode"
    assert {each.ecosystem for each in entries if isinstance(each, Affected)} == {
        Ecosystem.MARKETPLACE,
        Ecosystem.OPEN_VSX,
    }


def with_files(*files: Any, **fields: Any) -> dict[str, Any]:
    return record(**fields) | {"database_specific": {"iocs": {"files": list(files)}}}


def hashes(*records: dict[str, Any]) -> tuple[list[Affected], ImportStats]:
    _, entries, stats = read(json.dumps(list(records)).encode())
    found = [each for each in entries if isinstance(each, Affected)]
    return [each for each in found if each.ecosystem is Ecosystem.FILE], stats


def test_the_digests_of_files_that_a_record_of_malware_gives_are_taken() -> None:
    digest = "Ab" * 32
    found, stats = hashes(
        with_files(
            {"path": "x.js", "digests": {"sha256": digest}},
            {"digests": {"sha256": digest.lower()}},
            {"digests": {"sha1": "c" * 40}},
            {"path": "only a path"},
        )
    )
    (one_,) = found
    assert (one_.package, one_.id, one_.malicious) == (f"sha256:{'ab' * 32}", "MAL-2026-1", True)
    assert stats.unusable == 0
    assert stats.about == {Ecosystem.NPM: 1}


@pytest.mark.parametrize(
    ("given", "unusable"),
    [
        (with_files({"digests": {"sha256": hashlib.sha256().hexdigest()}}), 0),  # of no bytes
        (with_files({"digests": {"sha256": "a" * 64}}, name="GHSA-1"), 0),  # a vulnerability
        (with_files({"digests": {"sha256": "a" * 64}}, ecosystem="PyPI"), 0),
        (with_files({"digests": {"sha256": "a" * 63}}), 1),
        (with_files({"digests": {"sha256": 7}}), 1),
        (with_files("a" * 64), 1),
        (record() | {"database_specific": {"iocs": {"files": {}}}}, 1),
        (record() | {"database_specific": {"iocs": ["x"]}}, 0),
    ],
)
def test_what_is_no_digest_of_malware_is_not_taken(given: dict[str, Any], unusable: int) -> None:
    found, stats = hashes(given)
    assert found == []
    assert stats.unusable == unusable


def test_more_files_than_anybody_needs_are_counted() -> None:
    found, stats = hashes(
        with_files(*({"digests": {"sha256": f"{number:064x}"}} for number in range(1001)))
    )
    assert len(found) == 1000
    assert stats.reason == "record MAL-2026-1 has more than 1000 files"


# retire.js.


def signatures(*patterns: str) -> tuple[list[Signature], ImportStats]:
    _, entries, stats = read(repository(jquery=library(patterns=patterns)))
    return [each for each in entries if isinstance(each, Signature)], stats


def test_a_library_is_a_package_its_ranges_and_its_signatures() -> None:
    made = library(below="1.9.0b1", atOrAbove="1.2.1", excludes=["1.5.0-aem"])
    made["npmname"] = "jquery"
    made["extractors"] = {
        "filename": ["jquery-(§§version§§)(.min)?\\.js"],
        "hashes": {"a" * 40: "1.2.3", "short": "1.2.3"},
        "func": ["jQuery.fn.jquery"],
    }
    _, entries, stats = read(repository(jQuery=made))
    known, name, digest = entries
    assert isinstance(known, Affected)
    assert isinstance(name, Signature)
    assert (known.package, known.id, known.url) == (
        "jquery",
        "CVE-2020-12345",
        "https://example.com/advisory",
    )
    assert known.ranges == ((("introduced", "1.2.1"), ("fixed", "1.9.0b1")),)
    assert known.excluded == ("1.5.0-aem",)
    assert digest == Signature("jquery", "hash", "a" * 40, "1.2.3")
    found = re.search(name.pattern, "lib/jquery-1.2.3-rc.1.min.js")
    assert found
    assert found.groups() == ("1.2.3-rc.1.min.js"[: len(found["version"])],)
    assert stats.unusable == 1


def in_each_nesting() -> list[bytes]:
    """Write the same library as each of retire.js' files has it."""
    flat = library(below="1.2.3", patterns=("/\\* x v(§§version§§)",))
    second = flat["vulnerabilities"][0] | {"atOrAbove": "2.0.0", "below": "2.1.0"}
    flat["vulnerabilities"].append(second)
    ranges = [{"below": "1.2.3"}, {"atOrAbove": "2.0.0", "below": "2.1.0"}]
    one_ = {
        "ranges": ranges,
        "summary": "bad",
        "severity": "high",
        "identifiers": {"CVE": ["CVE-2020-12345"]},
        "info": ["https://example.com/advisory"],
    }
    master = flat | {"vulnerabilities": [one_]}
    return [
        repository(x=flat),
        repository(x=master),
        repository(advisories={"x": flat}, backdoored={"y": []}),
    ]


def test_each_nesting_of_retire_jss_data_says_the_same() -> None:
    """Those are jsrepository.json to v6, the master file, and the combined ones (v3, v5)."""
    read_ones = [read(content) for content in in_each_nesting()]
    assert {kind for kind, _, _ in read_ones} == {Format.RETIRE_JS}
    assert [stats.unusable for _, _, stats in read_ones] == [0, 0, 0]
    first, *others = [entries for _, entries, _ in read_ones]
    known, _ = first
    assert isinstance(known, Affected)
    assert known.summary == "bad"
    assert len(known.ranges) == 2
    assert others == [first, first]


@pytest.mark.parametrize("ranges", ["x", [7], [{}], [{"below": 3}], {"below": "1"}])
def test_ranges_of_the_wrong_type_are_counted(ranges: Any) -> None:
    odd = library()
    odd["vulnerabilities"][0]["ranges"] = ranges
    odd["vulnerabilities"][0].pop("below")
    assert read(repository(x=odd))[2].unusable == 1


@pytest.mark.parametrize(
    ("pattern", "text", "version"),
    [
        ("/\\*!? jQuery v(§§version§§)", "/*! jQuery v3.6.0 | (c)", "3.6.0"),
        ('f="(§§version§§)",.*jquery:f,', 'f="1.2.3",' + "x" * 900 + "jquery:f,", "1.2.3"),
        ("a (§§version§§)(b)(?:c)\\((d|e)[(]", "a 1.0bc(d(", "1.0"),
        ("v(§§version§§) (.)=\\2;", "v1.2.3 a=a;", "1.2.3"),
        ("[\\s]+v(§§version§§)", "   v1.2.3", "1.2.3"),
    ],
)
def test_a_signature_finds_its_version(pattern: str, text: str, version: str) -> None:
    (found,), stats = signatures(pattern)
    assert stats.unusable == 0
    match = re.search(found.pattern, text)
    assert match
    assert match["version"] == match[1] == version


@pytest.mark.parametrize(
    "pattern",
    [
        "no version",
        "(§§version§§) and (§§version§§)",
        "(a+)+(§§version§§)",
        "(.*\\n){1,3}(§§version§§)",
        "(§§version§§).*x.*y",
        "(§§version§§)[\\s\\S]{1,200000}",
        "jqhostile" + "(a?)" * 40 + "(§§version§§)",
        "a?" * 40 + "(§§version§§)",
        "[a]{0,64}" * 6 + "(§§version§§)",
        "(§§version§§)\ud800",
        "(§§version§§",
        "(§§version§§)(?<=a{1,2})",
        "(§§version§§)[[a]",
        "(?P<more>x)(§§version§§)",
        "x" * 2000 + "(§§version§§)",
    ],
)
def test_a_signature_that_could_run_for_ever_or_not_at_all_is_counted(pattern: str) -> None:
    found, stats = signatures(pattern)
    assert found == []
    assert stats.unusable == 1


@pytest.mark.full
def test_signatures_behind_thousands_of_others_are_counted() -> None:
    found, stats = signatures(*(f"library {number} (§§version§§)" for number in range(5003)))
    assert len(found) == 5000
    assert stats.unusable == 3
    assert stats.reason == "library jquery has signatures behind 5000 others"


@pytest.mark.nightly
def test_time_grows_with_the_text_and_no_faster() -> None:
    """Patterns that take quadratic time as they are written, on text made for it."""
    (found,), _ = signatures("/\\*[\\s*!]+(?:@license)?[\\s*]+(?:lodash) v?(§§version§§) <")
    as_written = r"/\*[\s*!]+(?:@license)?[\s*]+(?:lodash) v?([0-9][0-9.a-z_\-]+) <"

    def took(pattern: str, size: int) -> float:
        text = "/" + "*" * size
        times = []
        for _ in range(3):
            started = time.process_time()
            assert not re.search(pattern, text)
            times.append(time.process_time() - started)
        return min(times)

    assert took(found.pattern, 16_000) < 0.1 * took(as_written, 16_000)


@pytest.mark.parametrize(
    "odd",
    [
        7,
        {"npmname": 7},
        {"npmname": "no name"},
        {"extractors": []},
        {"extractors": {"filename": "x"}},
        {"extractors": {"hashes": ["x"]}},
        {"vulnerabilities": [{"below": 7}]},
        {"vulnerabilities": [{"below": "1.0.0", "identifiers": {}, "atOrAbove": 7}]},
        {"vulnerabilities": [{"below": "next", "identifiers": {}}]},
    ],
)
def test_a_library_that_can_not_be_so_is_counted(odd: Any) -> None:
    made = library() | odd if isinstance(odd, dict) else odd
    _, entries, stats = read(repository(good=library(), odd=made))
    assert len(entries) == 1
    assert stats.unusable == 1
    assert stats.reason.startswith("library odd ")


def test_a_vulnerability_without_a_public_name_goes_by_its_range() -> None:
    made = library()
    made["vulnerabilities"][0] |= {"identifiers": {"CVE": ["CVE-XXXX-XXXX"]}, "info": ["ftp://x"]}
    _, entries, _ = read(repository(jquery=made))
    (entry,) = entries
    assert isinstance(entry, Affected)
    assert (entry.id, entry.aliases, entry.url) == (
        "retire.js:jquery<1.2.3",
        (),
        formats.RETIRE_JS,
    )


# The real files.


def real(name: str) -> bytes:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"{path} is not laid out here")
    return path.read_bytes()


def test_the_marketplaces_own_list_is_read_whole() -> None:
    content = real("RemovedPackages.md")
    kind, entries, stats = read(content)
    assert kind is Format.REMOVED_LIST
    assert stats.unusable == 0
    rows = [line for line in content.decode().splitlines() if line.startswith("|")]
    assert len(entries) == len(rows) - 2
    reasons = Counter(each.reason for each in entries if isinstance(each, Removed))
    assert reasons["malware"] > 400
    # Every word of it is one we know: none is high for want of a better.
    words = {word for reason in reasons for word in reason.split(", ")}
    assert all(normalised_reason(word) == word for word in words)
    assert "unknown" not in words
    assert all(each.removed for each in entries if isinstance(each, Removed))


def test_open_vsxs_own_list_is_read_whole() -> None:
    content = real("open-vsx-extension-control.json")
    kind, entries, stats = read(content)
    assert kind is Format.OPEN_VSX_CONTROL
    assert stats.unusable == 0
    assert len(entries) == len(json.loads(content)["malicious"])
    ids = {each.extension for each in entries if isinstance(each, Removed)}
    assert "typescriptteam.native-preview" in ids


def test_retire_jss_own_repository_is_read_but_for_a_tenth_of_its_signatures() -> None:
    content = real("retire-jsrepository-v6.json")
    kind, entries, stats = read(content)
    assert kind is Format.RETIRE_JS
    found = [each for each in entries if isinstance(each, Signature)]
    assert len(found) > 200
    assert stats.unusable < 0.1 * len(found)
    known = {each.package for each in entries if isinstance(each, Affected)}
    assert {"jquery", "angular", "dompurify", "moment", "lodash"} <= known
    banners = ["/*! jQuery v3.4.1 | (c) JS Foundation", " * @license\n * Lodash <https://"]
    versions = {
        match["version"]
        for each in found
        if each.name == "jquery" and each.kind == "content"
        if (match := re.search(each.pattern, banners[0]))
    }
    assert versions == {"3.4.1"}


def test_an_empty_archive_is_no_export() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w"):
        pass
    with pytest.raises(ValueError, match="none of the formats"):
        read(file.getvalue())
