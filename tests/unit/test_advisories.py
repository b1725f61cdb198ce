"""What is looked up: removals, advisories, signatures; in the seed and in the file."""

import hashlib
import io
import json
import os
import re
import sqlite3
import time
from contextlib import closing
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from semver import Version

from ci import seed as ci_seed
from tests.advisories import (
    REAL,
    TODAY,
    control,
    export,
    library,
    record,
    removed_list,
    repository,
    semver,
    take,
)
from tests.other_systems import make_pipe
from vscan.advisories import Advisories, Advisory, DataSet, Registry, version_ranges
from vscan.advisories.bundled_data import CASES as CASES_FILE
from vscan.advisories.bundled_data import LISTS, Seed
from vscan.advisories.database import FILE_NAME, DataError, Reader
from vscan.advisories.local_data_export import export as exported
from vscan.advisories.records import (
    FEED_URLS,
    Affected,
    Ecosystem,
    severity_of,
)
from vscan.advisories.writer import ImportResult, SkippedOlder, open_writer
from vscan.model import ExtensionId, Severity

CASES = json.loads(CASES_FILE.read_text("utf-8"))
SETS_OF_LISTS = ["removed-marketplace", "removed-open-vsx"]
SEED = [*(f"seed:{name}" for name in SETS_OF_LISTS), "seed"]
SOME = ExtensionId.parse("acme.tool")


def names(found: tuple[Advisory, ...]) -> list[str]:
    return [each.id for each in found]


def listed(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def digest(directory: Path | None) -> str:
    with closing(Advisories(directory)) as known:
        return known.version


# The order of versions.


@pytest.mark.parametrize(
    "ascending",
    [
        ["1.9.0b1", "1.9.0", "1.10"],
        ["1.0RC2", "1.0", "1.01"],
        ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11"],
        ["0.0.0-0", "0", "0.0.1"],
        ["3.0.RC3", "3", "3.0.1"],
        ["1.4.1-liberty", "1.4.1", "v1.4.2"],
    ],
)
def test_versions_are_in_order(ascending: list[str]) -> None:
    parsed = [version_ranges.parse(text) for text in ascending]
    assert all(
        low is not None and high is not None and low < high for low, high in pairwise(parsed)
    )


@given(st.text(alphabet="0123456789.-+abv ", max_size=20))
def test_no_text_of_a_version_is_a_crash(text: str) -> None:
    parsed = version_ranges.parse(text)
    assert parsed is None or version_ranges.parse(str(parsed)) == parsed


@given(*[st.integers(0, 10**17)] * 3, st.sampled_from(["", "-rc.1", "-0", "-a-b.7"]))
def test_a_semantic_version_is_what_it_is(major: int, minor: int, patch: int, rest: str) -> None:
    text = f"{major}.{minor}.{patch}{rest}"
    assert version_ranges.parse(text) == Version.parse(text)


@pytest.mark.parametrize("text", ["", "latest", "x" * 200, "1" * 30, "\uff11.2.3", "-1"])
def test_what_has_no_number_is_no_version(text: str) -> None:
    assert version_ranges.parse(text) is None


def entry(*ranges: tuple[tuple[str, str], ...], exact: tuple[str, ...] = ()) -> Affected:
    ordered = tuple(version_ranges.ordered(each) for each in ranges)
    return Affected(
        Ecosystem.NPM,
        "p",
        "GHSA-1",
        (),
        "",
        Severity.HIGH,
        None,
        malicious=False,
        url="",
        versions=exact,
        ranges=ordered,
    )


@pytest.mark.parametrize(
    ("events", "within", "without"),
    [
        ((("introduced", "0"),), ["0.0.0-0", "1.2.3", "strange"], [""]),
        (
            (("introduced", "0"), ("fixed", "1.2.3")),
            ["0.0.0-a", "1.2.2", "1.2.3-rc.1"],
            ["1.2.3", "1.2.3+build", "2.0.0", "strange", ""],
        ),
        (
            (("introduced", "1.0.0"), ("last_affected", "1.2.3")),
            ["1.0.0", "1.2.3"],
            ["1.0.0-rc.1", "0.9.9", "1.2.4"],
        ),
        (
            (("introduced", "0"), ("fixed", "1.0.0"), ("introduced", "2.0.0"), ("fixed", "2.1.0")),
            ["0.9.0", "2.0.0", "2.0.9"],
            ["1.0.0", "1.9.9", "2.1.0"],
        ),
        ((("fixed", "1.0.0"),), [], ["0.1.0", "1.0.0"]),
        ((), [], ["1.0.0"]),
    ],
)
def test_a_range_holds_what_osv_says_it_does(
    events: tuple[tuple[str, str], ...], within: list[str], without: list[str]
) -> None:
    made = entry(events)
    assert [each for each in within + without if version_ranges.affects(made, each)] == within


def test_what_is_no_version_is_affected_where_every_version_is() -> None:
    assert version_ranges.affects(entry((("introduced", "0"),)), "?")
    assert not version_ranges.affects(entry((("introduced", "0"), ("fixed", "9.0.0"))), "?")
    assert not version_ranges.affects(entry((("introduced", "0.0.0"),)), "?")


def test_the_lowest_version_above_that_is_not_affected_is_the_fix() -> None:
    made = entry(
        (("introduced", "0"), ("fixed", "1.5.0")),
        (("introduced", "1.5.0"), ("fixed", "1.6.0")),
        (("introduced", "2.0.0"), ("fixed", "2.1.0")),
    )
    assert version_ranges.fixed_above(made, "1.0.0") == "1.6.0"
    assert version_ranges.fixed_above(made, "2.0.5") == "2.1.0"
    assert version_ranges.fixed_above(entry((("introduced", "0"),)), "1.0.0") is None


def test_a_fix_is_found_whatever_else_its_version_is() -> None:
    ranges = (
        (("introduced", "1.0.0-2"), ("last_affected", "1.0.0")),
        (("introduced", "1.0.0"), ("fixed", "1.0.1"), ("introduced", "1.0.2"), ("fixed", "1.0.3")),
        (("fixed", "1.0.0-10"), ("introduced", "3.0.0")),
    )
    made = entry(*ranges)
    assert version_ranges.fixed_above(made, "1.0.0-3") == "1.0.1"  # 1.0.0-10 is the first one's
    assert version_ranges.fixed_above(made, "1.0.1") == "1.0.3"
    assert version_ranges.fixed_above(replace(made, versions=("1.0.1",)), "1.0.0") == "1.0.3"
    assert (
        version_ranges.fixed_above(replace(made, excluded=("1.0.0-10",)), "1.0.0-3") == "1.0.0-10"
    )
    assert version_ranges.fixed_above(made, "3.0.0") is None
    assert version_ranges.fixed_above(made, "none") is None


@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(["introduced", "fixed", "last_affected"]),
                st.sampled_from(["0", "1.0.0-9", "1.0.0-10", "1.0.0-a", "1.0.0", "1.0.1", "2.0"]),
            ),
            min_size=1,
            max_size=5,
        ),
        max_size=3,
    ),
    st.sampled_from(["0.1.0", "1.0.0-9", "1.0.0", "2.0.0"]),
)
def test_the_fix_is_the_lowest_end_that_is_not_affected(
    ranges: list[list[tuple[str, str]]], asked: str
) -> None:
    made, least = entry(*map(version_ranges.ordered, ranges)), version_ranges.parse(asked)
    assert least is not None
    ends = [at for events in made.ranges for what, at in events if what == "fixed"]
    above = [
        parsed
        for at in ends
        if (parsed := version_ranges.parse(at)) is not None
        if parsed > least and not version_ranges.affects(made, at)
    ]
    found = version_ranges.fixed_above(made, asked)
    assert (found and version_ranges.parse(found)) == (min(above) if above else None)


@pytest.mark.nightly
def test_ten_times_the_ranges_take_about_ten_times_as_long() -> None:
    def took(number: int) -> float:
        times = []
        for again in range(3):  # versions are remembered: each time other ones
            ends = [f"{each}.{again}.{number}" for each in range(number + 1)]
            made = entry(*((("introduced", a), ("fixed", b)) for a, b in pairwise(ends)))
            started = time.process_time()
            assert not version_ranges.affects(made, "0.0.0")
            assert version_ranges.fixed_above(made, "0.0.0") == ends[-1]
            times.append(time.process_time() - started)
        return min(times)

    assert took(5000) < 60 * took(500)  # each with each would take a hundred times as long


# The seed.


def test_without_any_data_the_seed_finds_the_well_known_cases(tmp_path: Path) -> None:
    for directory in (None, tmp_path, tmp_path / "nowhere"):
        with closing(Advisories(directory)) as known:
            assert known.error is None
            assert [each.name for each in known.sets] == SEED
            first, *_ = known.removals(ExtensionId.parse("CodeJoy.codejoy-vscode-extension"))
            assert first.severity is Severity.CRITICAL
            (removal,) = known.removals(ExtensionId.parse("AmazonWebServices.amazon-q-vscode"))
            assert removal.versions == ("1.84.0",)
            (axios,) = known.for_package("axios", "1.14.1")
            assert axios.malicious
            assert known.for_package("axios", "1.14.0") == ()
            trivy = ExtensionId.parse("AquaSecurityOfficial.trivy-vulnerability-scanner")
            assert names(known.for_extension(trivy, "1.8.12")) == ["MAL-2026-2230"]
            assert known.for_extension(trivy, "1.8.14") == ()
            checkmarx = ExtensionId.parse("Checkmarx.ast-results")
            for version in ("2.53.0", "2.56.0", "2.57.0-pre"):
                assert names(known.for_extension(checkmarx, version)) == ["MAL-2026-2231"]
            assert known.for_extension(checkmarx, "2.58.0") == ()
            assert known.removals(SOME) == ()
            (found,) = known.for_package("event-stream", "3.3.6")
            assert (found.id, found.malicious, found.severity) == (
                "GHSA-mh6f-8j2x-4483",
                True,
                Severity.CRITICAL,
            )
            assert known.for_package("event-stream", "3.3.5") == ()
            assert known.signatures() == ()


def test_a_range_of_the_seed_names_the_fix() -> None:
    with closing(Advisories(None)) as known:
        first, second = known.for_package("lodash", "4.17.11")
        assert (first.id, first.fixed) == ("GHSA-jf85-cpcp-j695", "4.17.12")
        assert (second.id, second.fixed) == ("GHSA-35jh-r3h4-6jhm", "4.17.21")
        assert known.for_package("lodash", "4.17.21") == ()
        assert known.for_package("lodash", "") == ()
        assert known.for_package("Lodash", "4.17.11") == ()


def test_every_case_can_be_found_and_has_a_public_source() -> None:
    with closing(Advisories(None)) as known:
        for each in CASES["removals"]:
            found = known.removals(ExtensionId.parse(each["extension"]))
            assert each["url"] in [removal.url for removal in found]
            assert each["url"].startswith("https://")
            assert each["extension"] == each["extension"].lower()
            assert severity_of(each["reason"]) >= Severity.HIGH
            assert each["registry"] in list(Registry)
            assert each["versions"]  # what is removed altogether is in the lists
        for each in CASES["advisories"]:
            asked = each["versions"] or [
                at for events in each["ranges"] for what, at in events if what == "introduced"
            ]
            for version in asked:
                if each["ecosystem"] == "npm":
                    matches = known.for_package(each["package"], version)
                else:
                    matches = known.for_extension(ExtensionId.parse(each["package"]), version)
                assert each["id"] in names(matches), (each["package"], version)
            assert each["url"].startswith("https://")
            assert each["malicious"] is (each["severity"] == "critical" and not each["score"])
            # Names without versions are never vulnerabilities.
            assert each["versions"] or each["ranges"]


def test_the_lists_of_the_seed_are_whole() -> None:
    seed = Seed()
    body = LISTS.read_text("utf-8").splitlines()[1:]
    for each in json.loads(LISTS.read_text("utf-8").splitlines()[0]):
        lines = [line for line in body if json.loads(line)[0] == each["name"]]
        assert each["digest"] == hashlib.sha256("\n".join(lines).encode()).hexdigest()
        entries = list(seed.entries(each["name"]))
        assert len(entries) == each["count"] > 900
        for entry in entries:
            if "." in entry.extension:
                assert ExtensionId.parse(entry.extension).key == entry.extension
            assert entry in seed.removed(entry.extension, "", {each["name"]})
    malware = [each for each in seed.entries("removed-marketplace") if each.reason == "malware"]
    assert len(malware) > 470


def test_the_seed_says_what_its_lists_say(tmp_path: Path) -> None:
    files = [REAL / "RemovedPackages.md", REAL / "open-vsx-extension-control.json"]
    if not all(path.exists() for path in files):
        pytest.skip(f"{REAL} is not laid out here")
    take(tmp_path, *(path.read_bytes() for path in files))
    seed = Seed()
    with closing(Advisories(tmp_path)) as known:
        # Open VSX's list has no date in it, so the seed's stays beside it.
        assert [each.name for each in known.sets] == [
            *SETS_OF_LISTS,
            f"seed:{SETS_OF_LISTS[1]}",
            "seed",
        ]
        for each in (*seed.entries(SETS_OF_LISTS[0]), *seed.entries(SETS_OF_LISTS[1])):
            identity = ExtensionId.parse(each.extension)
            found = [(r.registry, r.reason, r.removed, r.url) for r in known.removals(identity)]
            assert (each.registry, each.reason, each.removed, each.url) in found


def test_a_list_of_the_file_counts_in_place_of_the_seeds(tmp_path: Path) -> None:
    """Registries take back what they listed by mistake; half a list is none."""
    bad = ExtensionId.parse("TypeScriptTeam.native-preview")
    many = [f"acme.tool-{number}" for number in range(500)]
    for content, day, expected in (
        (control(*many), date(2026, 8, 20), ["removed-open-vsx"]),
        (control(*many), date(2026, 8, 19), ["removed-open-vsx", "seed:removed-open-vsx"]),
        (control(*many[:400]), date(2026, 9, 1), ["removed-open-vsx", "seed:removed-open-vsx"]),
    ):
        take(tmp_path, content, dated=day)
        with closing(Advisories(tmp_path)) as known:
            found = [each.name for each in known.sets if each.name.endswith("open-vsx")]
            assert found == expected
            assert bool(known.removals(bad)) == (len(expected) > 1)
            assert known.removals(ExtensionId.parse("acme.tool-7"))


@pytest.mark.parametrize(
    ("directory", "place"), [(None, ""), (Path("/nowhere/else"), " in /nowhere/else")]
)
def test_where_there_is_nothing_but_the_seed_one_warning_says_so(
    directory: Path | None, place: str
) -> None:
    with closing(Advisories(directory)) as known:
        (warning,) = known.warnings(TODAY)
        assert warning.startswith(f"there is no public data{place}: only what came with")
        assert warning.endswith(
            ", and nothing of osv-npm, osv-vscode, retire.js; `vscan db update` fetches it"
        )
        states = known.states(TODAY)
        assert [each.data.name for each in states if each.missing] == [
            "osv-npm",
            "osv-vscode",
            "retire.js",
        ]
        assert all(each.older_than(10_000) for each in states if each.missing)


# Making the lists.


def test_the_lists_are_made_of_the_files_that_are_published(tmp_path: Path) -> None:
    marketplace, open_vsx = tmp_path / "a.md", tmp_path / "b.json"
    marketplace.write_bytes(
        removed_list("| A.b | 8/22/2026 | Malware |", "| c.d | | Spam, Malware |")
    )
    open_vsx.write_bytes(control("E.f@1.2.3", learnMoreLinks={"E.f@1.2.3": "https://example.com"}))
    name, first = ci_seed.read(str(marketplace))
    assert name == "removed-marketplace"
    assert json.loads(first[0])["as_of"] == "2026-08-22"
    other, second = ci_seed.read(f"{open_vsx}@2026-09-01")
    assert json.loads(second[0])["as_of"] == "2026-09-01"
    content = ci_seed.text({name: first, other: second})
    assert ci_seed.held(content) == {name: first, other: second}
    assert [json.loads(line) for line in content.splitlines()[1:]] == [
        [name, "malware", "2026-08-22", "a.b"],
        [name, "malware, spam", None, "c.d"],
        [other, "malware", None, "e.f@1.2.3"],
    ]


def test_a_list_without_a_date_is_refused_whatever_the_files_time(tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    file.write_bytes(control("a.b"))
    with pytest.raises(SystemExit, match="has no date of its own"):
        ci_seed.read(str(file))


# The file.


def test_a_removal_names_its_registry_reason_and_source(tmp_path: Path) -> None:
    take(
        tmp_path,
        removed_list("| Acme.Tool | 8/22/2026 | Spam |"),
        control("acme.tool", "acme.tool@1.2.3"),
    )
    with closing(Advisories(tmp_path)) as known:
        found = known.removals(ExtensionId.parse("ACME.tool"))
    assert [(each.registry, each.severity, each.versions, each.removed) for each in found] == [
        (Registry.OPEN_VSX, Severity.CRITICAL, (), None),
        (Registry.OPEN_VSX, Severity.CRITICAL, ("1.2.3",), None),
        (Registry.MARKETPLACE, Severity.MEDIUM, (), "2026-08-22"),
    ]


def test_a_publisher_that_was_removed_takes_all_its_extensions_along(tmp_path: Path) -> None:
    take(tmp_path, control("evilcorp"))
    with closing(Advisories(tmp_path)) as known:
        assert known.removals(ExtensionId.parse("EvilCorp.anything"))
        assert not known.removals(ExtensionId.parse("evilcorp2.anything"))


def test_an_extension_is_looked_up_in_both_ecosystems(tmp_path: Path) -> None:
    take(
        tmp_path,
        export(record("MAL-1", "Acme.Tool", ecosystem="VSCode", ranges=[], versions=["1.0.0"])),
        export(record("MAL-2", "acme/tool", ecosystem="VSCode:https://open-vsx.org")),
    )
    with closing(Advisories(tmp_path)) as known:
        found = known.for_extension(SOME, "1.0.0")
        assert [(each.id, each.registry) for each in found] == [
            ("MAL-1", Registry.MARKETPLACE),
            ("MAL-2", Registry.OPEN_VSX),
        ]
        assert names(known.for_extension(SOME, "2.0.0")) == ["MAL-2"]
        assert names(known.for_extension(SOME, None)) == ["MAL-2"]  # whichever is the latest
        assert known.for_package("acme.tool", "1.0.0") == ()


def test_what_is_known_on_both_registries_is_there_for_each(tmp_path: Path) -> None:
    """Of one registry alone it may count for less."""
    places = ("VSCode", "VSCode:https://open-vsx.org")
    take(
        tmp_path,
        *(export(record("MAL-1", "acme.tool", ecosystem=place)) for place in places),
    )
    with closing(Advisories(tmp_path)) as known:
        found = known.for_extension(SOME, "1.0.0")
    assert [each.id for each in found] == ["MAL-1", "MAL-1"]
    assert {each.registry for each in found} == set(Registry)


def test_of_one_case_the_record_that_says_the_worst_speaks(tmp_path: Path) -> None:
    mild = record("GHSA-1", database_specific={"severity": "LOW"}, ranges=[semver(introduced="0")])
    take(tmp_path, export(mild, record("MAL-1", aliases=["GHSA-1"]), record("MAL-2")))
    with closing(Advisories(tmp_path)) as known:
        assert names(known.for_package("acme-bad", "1.0.0")) == ["MAL-1", "MAL-2"]


def test_a_library_is_held_against_what_retire_js_knows(tmp_path: Path) -> None:
    made = library(
        below="1.9.0b1",
        atOrAbove="1.2.1",
        excludes=["1.5.0-aem"],
        patterns=("/\\*! jQuery v(§§version§§)",),
    )
    take(tmp_path, repository(jquery=made))
    with closing(Advisories(tmp_path)) as known:
        (found,) = known.for_library("jquery", "1.5.0")
        assert (found.id, found.severity, found.fixed) == (
            "CVE-2020-12345",
            Severity.HIGH,
            "1.9.0b1",
        )
        for version in ("1.2.0", "1.9.0", "1.5.0-aem", "", "x"):
            assert known.for_library("jquery", version) == ()
        assert known.for_package("jquery", "1.5.0") == ()
        (signature,) = known.signatures()
        assert (signature.name, signature.kind) == ("jquery", "content")


def test_what_is_known_of_the_data_is_in_every_reader(tmp_path: Path) -> None:
    take(tmp_path, removed_list("| a.b | 8/22/2026 | Spam |"), export(record(), record("MAL-2")))
    with closing(Advisories(tmp_path)) as known:
        assert [each for each in known.sets if not each.name.startswith("seed")] == [
            DataSet("osv-npm", FEED_URLS["osv-npm"], "2026-08-20", 2),
            DataSet("removed-marketplace", FEED_URLS["removed-marketplace"], "2026-08-22", 1),
        ]


def test_the_version_changes_whenever_the_data_does(tmp_path: Path) -> None:
    seen = [digest(None)]
    assert digest(tmp_path) == seen[0]
    for content in (
        export(record()),
        export(record(), record("MAL-2")),
        control("a.b"),
        json.dumps(record("MAL-3")).encode(),
        json.dumps(record("MAL-4")).encode(),
        json.dumps(record("MAL-3", withdrawn="2026-01-01")).encode(),
    ):
        take(tmp_path, content)
        seen.append(digest(tmp_path))
    assert len(set(seen)) == len(seen)
    take(tmp_path, control("a.b"))
    assert digest(tmp_path) == seen[-1]


# Importing.


def test_an_import_replaces_its_own_set_and_keeps_the_others(tmp_path: Path) -> None:
    take(tmp_path, export(record("MAL-1")), control("a.b"), removed_list("| c.d | | Spam |"))
    take(tmp_path, export(record("MAL-2", "acme-other")))
    with closing(Advisories(tmp_path)) as known:
        assert known.for_package("acme-bad", "1.0.0") == ()
        assert names(known.for_package("acme-other", "1.0.0")) == ["MAL-2"]
        assert known.removals(ExtensionId.parse("a.b"))
        assert known.removals(ExtensionId.parse("c.d"))


def test_single_records_replace_themselves_and_no_others(tmp_path: Path) -> None:
    one, other = record("MAL-1"), record("MAL-2", "acme-other")
    take(tmp_path, export(record("MAL-0", "acme-whole")), json.dumps([one, other]).encode())
    take(
        tmp_path,
        json.dumps(one | {"id": "MAL-1", "affected": record(package="new")["affected"]}).encode(),
    )
    take(tmp_path, json.dumps(other | {"withdrawn": "2026-11-01T00:00:00Z"}).encode())
    with closing(Advisories(tmp_path)) as known:
        assert names(known.for_package("new", "1.0.0")) == ["MAL-1"]
        assert known.for_package("acme-bad", "1.0.0") == ()
        assert known.for_package("acme-other", "1.0.0") == ()
        assert names(known.for_package("acme-whole", "1.0.0")) == ["MAL-0"]
        assert {
            each.name: each.count for each in known.sets if not each.name.startswith("seed")
        } == {
            "osv-npm": 1,
            "osv-records": 1,
        }


def test_a_file_that_fails_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    take(tmp_path, export(record("MAL-1")))
    before = (tmp_path / FILE_NAME).read_bytes()
    whole = export(*(record(f"MAL-{n}", f"acme-{n}") for n in range(50)))
    lines = b"\n".join([json.dumps(record("MAL-9")).encode()] * 2 + [b"{" + b" " * 5 * 1024**2])
    with open_writer(tmp_path) as writer:
        for bad in (whole[:-10], lines, b"nothing", export(b"no record")):
            with pytest.raises(ValueError, match=r"^(is|has)"):
                writer.import_file(io.BytesIO(bad), today=TODAY)
    assert (tmp_path / FILE_NAME).read_bytes() == before
    assert listed(tmp_path) == [FILE_NAME]


def test_one_bad_file_does_not_spoil_its_neighbours(tmp_path: Path) -> None:
    with open_writer(tmp_path) as writer:
        writer.import_file(io.BytesIO(control("a.b")), today=TODAY)
        with pytest.raises(ValueError, match="none of the formats"):
            writer.import_file(io.BytesIO(b"nothing"), today=TODAY)
        writer.import_file(io.BytesIO(export(record())), today=TODAY)
    with closing(Advisories(tmp_path)) as known:
        assert len(known.sets) == 2 + len(SEED)


class _Stop(Exception):  # noqa: N818 - what a signal raises
    pass


def test_an_interrupted_import_leaves_the_old_data_and_no_litter(tmp_path: Path) -> None:
    take(tmp_path, export(record("MAL-1")))
    before = (tmp_path / FILE_NAME).read_bytes()

    def stopped() -> None:
        with open_writer(tmp_path) as writer:
            writer.import_file(io.BytesIO(control("a.b")), today=TODAY)
            raise _Stop

    with pytest.raises(_Stop):
        stopped()
    assert (tmp_path / FILE_NAME).read_bytes() == before
    assert listed(tmp_path) == [FILE_NAME]


def test_what_a_killed_import_left_is_cleared_away_when_it_is_old(tmp_path: Path) -> None:
    old, new = tmp_path / f"{FILE_NAME}.x.new", tmp_path / f"{FILE_NAME}.y.new"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    take(tmp_path, control("a.b"))
    assert listed(tmp_path) == [FILE_NAME, new.name]


def test_two_imports_at_once_do_not_undo_each_other(tmp_path: Path) -> None:
    def overtaken() -> None:
        with open_writer(tmp_path) as writer:
            writer.import_file(io.BytesIO(control("a.b")), today=TODAY)
            take(tmp_path, export(record()))

    with pytest.raises(DataError, match="replaced it meanwhile"):
        overtaken()
    with closing(Advisories(tmp_path)) as known:
        assert [each.name for each in known.sets] == ["osv-npm", *SEED]


def test_a_reader_keeps_what_it_opened_while_the_file_is_replaced(tmp_path: Path) -> None:
    take(tmp_path, export(record("MAL-1")))
    with closing(Advisories(tmp_path)) as known:
        take(tmp_path, export(record("MAL-2", "acme-other")))
        assert names(known.for_package("acme-bad", "1.0.0")) == ["MAL-1"]


def test_the_date_is_the_newest_entrys_and_never_in_the_future(tmp_path: Path) -> None:
    """A date that can't be yet proves nothing, but a time zone may be a day ahead."""
    rows = removed_list("| a.b | 1/1/2099 | Spam |", "| c.d | 5/7/2026 | Spam |")
    for content, expected in (
        (export(record(modified="2026-05-06T00:00:00Z")), "2026-05-06"),
        (export(record(modified="2026-11-23T00:00:00Z")), "2026-11-22"),
        (export(record(modified="9999-12-31T00:00:00Z")), ""),
        (rows, "2026-05-07"),
        (export(record(modified="yesterday")), ""),
        (control("a.b"), ""),
        (repository(jquery=library()), ""),
    ):
        (taken,) = take(tmp_path, content)
        assert taken.as_of == expected
    (taken,) = take(tmp_path, export(record()), dated=TODAY)
    assert taken.as_of == "2026-11-22"


def test_a_file_that_is_another_set_than_expected_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="osv-npm was expected"):
        take(tmp_path, control("a.b"), name="osv-npm")
    only_open_vsx = export(record(ecosystem="VSCode:https://open-vsx.org", package="a.b"))
    (taken,) = take(tmp_path, only_open_vsx, name="osv-vscode")
    assert taken.name == "osv-vscode"


# A file that can't be used.


def edited(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("PRAGMA application_id=7", "it belongs to another program"),
        ("PRAGMA user_version=99", "it was made by another version"),
        ("CREATE VIEW more AS SELECT 1", "it was made by another version"),
        ("DROP TABLE removed", "it was made by another version"),
    ],
)
def test_a_strange_file_is_told_and_the_seed_still_works(
    tmp_path: Path, statement: str, why: str
) -> None:
    take(tmp_path, export(record()))
    edited(tmp_path / FILE_NAME, statement)
    with closing(Advisories(tmp_path)) as known:
        assert known.error is not None
        assert why in known.error
        assert [each.name for each in known.sets] == SEED
        assert known.for_package("event-stream", "3.3.6")


@pytest.mark.parametrize("content", [b"no database" * 100, b"", b"SQLite format 3\0" + bytes(84)])
def test_a_damaged_file_is_told_and_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with closing(Advisories(tmp_path)) as known:
        assert known.error is not None
    with open_writer(tmp_path) as writer:
        assert writer.previous_db_error is not None
        writer.import_file(io.BytesIO(control("a.b")), today=TODAY)
    with closing(Advisories(tmp_path)) as known:
        assert known.error is None


def test_what_is_no_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    make_pipe(tmp_path / FILE_NAME)
    with closing(Advisories(tmp_path)) as known:
        assert known.error is not None
        assert re.search(r"it is a (directory|pipe)", known.error)
    with pytest.raises(DataError, match=r"it is a (directory|pipe)"):
        take(tmp_path, control("a.b"))


def test_a_link_that_leads_nowhere_is_not_an_absent_file(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).symlink_to(tmp_path / "not there")
    with closing(Advisories(tmp_path)) as known:
        assert known.error is not None
        assert "a link that leads nowhere" in known.error
    with pytest.raises(DataError, match="a link that leads nowhere"):
        take(tmp_path, control("a.b"))
    assert not (tmp_path / "not there").exists()


def test_another_programs_file_is_not_replaced(tmp_path: Path) -> None:
    edited(tmp_path / FILE_NAME, "CREATE TABLE theirs (x)", "PRAGMA application_id=7")
    with pytest.raises(DataError, match="another program"):
        take(tmp_path, control("a.b"))


@pytest.mark.parametrize(
    "facts",
    [
        "nonsense",
        "[]",
        "7",
        "[9,null,0,null,[],null,[],[],[]]",
        "[4,null,1,7,[],null,[],[],[]]",
        "[4,[],1,null,[],null,[],[],[]]",
        "[4,null,1,null,7,null,[],[],[]]",
        "[4,null,1,null,[],null,[7],[],[]]",
        '[4,null,1,null,[],null,[],[[["introduced",7]]],[]]',
        '"' + "[" * 10_000,
    ],
)
def test_an_entry_that_was_edited_is_an_error_and_not_nothing(tmp_path: Path, facts: str) -> None:
    take(tmp_path, export(record()))
    edited(tmp_path / FILE_NAME, f"UPDATE affected SET facts = '{facts}'")
    with closing(Advisories(tmp_path)) as known, pytest.raises(DataError, match="damaged"):
        known.for_package("acme-bad", "1.0.0")


@pytest.mark.parametrize(
    ("column", "value"), [("versions", "[7]"), ("facts", "[7, 7]"), ("registry", "x")]
)
def test_a_removal_that_was_edited_is_an_error_and_not_nothing(
    tmp_path: Path, column: str, value: str
) -> None:
    take(tmp_path, control("acme.tool"))
    edited(tmp_path / FILE_NAME, f"UPDATE removed SET {column} = '{value}'")
    with closing(Advisories(tmp_path)) as known, pytest.raises(DataError, match="damaged"):
        known.removals(SOME)


def test_text_that_was_edited_in_drives_no_terminal(tmp_path: Path) -> None:
    take(tmp_path, export(record()))
    facts = json.dumps([4, None, 1, "\x1b[31m", ["\x1b"], "https://x/\x1b", ["1.0.0"], [], []])
    edited(tmp_path / FILE_NAME, f"UPDATE affected SET facts = '{facts}'")
    with closing(Advisories(tmp_path)) as known:
        (found,) = known.for_package("acme-bad", "1.0.0")
    assert "\x1b" not in f"{found.summary}{found.aliases[0]}{found.url}"


def test_damage_that_shows_late_is_an_error_and_not_nothing(tmp_path: Path) -> None:
    take(tmp_path, export(*(record(f"MAL-{n}", f"acme-{n}") for n in range(2000))))
    path = tmp_path / FILE_NAME
    content = path.read_bytes()
    third = len(content) // 3
    path.write_bytes(content[:third] + b"\xff" * third + content[2 * third :])
    with closing(Advisories(tmp_path)) as known:
        assert known.error is None
        with pytest.raises(DataError, match="damaged"):
            [known.for_package(f"acme-{number}", "1.0.0") for number in range(2000)]


# Age.


def aged(directory: Path, **days: date) -> list[str]:
    """Import everything, each as of a day, and say what is warned of a day after TODAY."""
    contents = {
        "removed_marketplace": removed_list(*(f"| a.b{n} | | Spam |" for n in range(1000))),
        "removed_open_vsx": control(*(f"a.b{n}" for n in range(500))),
        "osv_npm": export(record()),
        "osv_vscode": export(record(ecosystem="VSCode", package="a.b")),
        "retire_js": repository(jquery=library()),
        "records": json.dumps(record("MAL-8")).encode(),
    }
    for name, content in contents.items():
        take(directory, content, dated=days.get(name, TODAY))
    with closing(Advisories(directory)) as known:
        assert not known.missing
        return list(known.warnings(TODAY + timedelta(days=1)))


def test_data_older_than_a_week_is_named_and_single_records_never(tmp_path: Path) -> None:
    ages = {"osv_npm": date(2026, 11, 16), "retire_js": date(2026, 11, 15)}
    assert aged(tmp_path, records=date(2020, 1, 1), **ages) == [
        "the data of retire.js is 8 days old (2026-11-15): `vscan db update` fetches what is new"
    ]


def test_a_list_that_came_with_the_program_is_as_old_as_its_own_date(tmp_path: Path) -> None:
    take(tmp_path, export(record()))
    with closing(Advisories(tmp_path)) as known:
        _, old, other, missing = known.warnings(date(2026, 8, 30))
    assert old.startswith("the data of seed:removed-marketplace is 8 days old (2026-08-22): ")
    assert other.startswith("the data of seed:removed-open-vsx is 10 days old (2026-08-20): ")
    assert missing == ("there is no data of osv-vscode, retire.js: `vscan db update` fetches it")


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("2026-11-25", "an impossible date"),
        ("soon", "an impossible date"),
        ("", "the age of the data of osv-npm is not known"),
    ],
)
def test_a_date_that_can_not_be_is_named(tmp_path: Path, day: str, says: str) -> None:
    take(tmp_path, export(record()))
    edited(tmp_path / FILE_NAME, f"UPDATE sets SET as_of = '{day}'")
    with closing(Advisories(tmp_path)) as known:
        warning = next(each for each in known.warnings(TODAY) if "osv-npm" in each)
        state = next(each for each in known.states(TODAY) if each.data.name == "osv-npm")
    assert says in warning
    assert state.older_than(10_000)


def test_a_date_of_tomorrow_is_another_time_zones(tmp_path: Path) -> None:
    take(tmp_path, export(record()))
    edited(tmp_path / FILE_NAME, "UPDATE sets SET as_of = '2026-11-23'")
    with closing(Advisories(tmp_path)) as known:
        state = next(each for each in known.states(TODAY) if each.data.name == "osv-npm")
    assert state.days == 0


# Exporting.


def everything() -> list[bytes]:
    """Build a file of every kind, with a digest of a file and a signature."""
    iocs = {"iocs": {"files": [{"digests": {"sha256": "ab" * 32}}]}}
    return [
        removed_list("| a.b | 8/22/2026 | Spam |"),
        control("c.d@1.0.0", "evil"),
        export(record(), record("GHSA-1", "acme-weak", ranges=[semver(introduced="1", fixed="2")])),
        repository(
            jquery=library(patterns=("/\\* jQuery v(§§version§§)",)),
            **{"@acme/unnamed": library(identifiers={"summary": "bad"})},
        ),
        json.dumps(record("MAL-9", "acme-own", database_specific=iocs)).encode(),
    ]


def imported(directory: Path, file: Path) -> list[ImportResult | SkippedOlder]:
    with open_writer(directory) as writer, closing(Reader(file)) as reader:
        return list(writer.import_export(reader, TODAY))


def test_what_is_exported_is_imported_as_it_was(tmp_path: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "data.vscan"
    take(here, *everything())
    sets = exported(here, file)
    assert {each.name for each in sets} == {
        *SETS_OF_LISTS, "osv-npm", "osv-records", "retire.js",
    }  # fmt: skip
    assert listed(tmp_path) == ["data.vscan", "here"]
    imported(there, file)
    with closing(Advisories(here)) as one, closing(Advisories(there)) as other:
        assert other.error is None
        assert {each for each in other.sets if not each.name.startswith("seed")} >= {
            each for each in one.sets if each.name.startswith(("osv", "retire"))
        }
        for known in (one, other):
            assert known.for_package("acme-bad", "1.0.0")
            assert known.for_package("acme-own", "1.0.0")
            assert [each.fixed for each in known.for_package("acme-weak", "1.5.0")] == ["2"]
            assert [digest for digest, _ in known.for_files(["ab" * 32])] == ["ab" * 32]
        assert one.signatures() == other.signatures() != ()
        for name in ("jquery", "@acme/unnamed"):  # the second one has no public id
            assert one.for_library(name, "1.0.0") == other.for_library(name, "1.0.0") != ()


def test_an_installation_that_has_only_the_seed_exports_its_lists(tmp_path: Path) -> None:
    file = tmp_path / "data.vscan"
    assert [(each.name, each.as_of) for each in exported(tmp_path / "nowhere", file)] == [
        (each.name, each.as_of) for each in Seed().lists
    ]
    taken = imported(tmp_path / "there", file)
    assert [each.stats.unusable for each in taken if isinstance(each, ImportResult)] == [0, 0]
    with closing(Advisories(tmp_path / "there")) as known:
        assert [each.name for each in known.sets] == [*SETS_OF_LISTS, "seed"]
        (found,) = known.removals(ExtensionId.parse("TypeScriptTeam.native-preview"))
        assert found.registry is Registry.OPEN_VSX


def test_a_list_of_the_seed_replaces_an_older_one_in_an_export_unless_most_is_lost(
    tmp_path: Path,
) -> None:
    of_seed = next(each for each in Seed().lists if each.name == "removed-open-vsx")
    many = control(*(f"acme.tool-{number}" for number in range(2 * of_seed.count + 1)))
    for name, content, count in (("short", control("a.b"), of_seed.count), ("long", many, None)):
        take(tmp_path / name, content, dated=date(2026, 1, 1))
        sets = exported(tmp_path / name, tmp_path / f"{name}.vscan")
        (found,) = [each.count for each in sets if each.name == "removed-open-vsx"]
        assert found == (count or 2 * of_seed.count + 1)


@pytest.mark.parametrize(("day", "expected"), [("2026-11-23", "2026-11-22"), ("2099-01-01", "")])
def test_an_export_of_the_future_has_no_age(tmp_path: Path, day: str, expected: str) -> None:
    here, file = tmp_path / "here", tmp_path / "data.vscan"
    take(here, export(record()), dated=TODAY)
    exported(here, file)
    edited(file, f"UPDATE sets SET as_of = '{day}' WHERE name = 'osv-npm'")
    outcomes = imported(tmp_path / "there", file)
    assert [each.as_of for each in outcomes if each.name == "osv-npm"] == [expected]


def test_an_import_of_an_export_leaves_what_is_newer(tmp_path: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "data.vscan"
    take(here, export(record()), dated=date(2026, 9, 1))
    take(there, export(record("MAL-2", "acme-new")), dated=date(2026, 9, 2))
    exported(here, file)
    outcomes = imported(there, file)
    assert [each for each in outcomes if each.name == "osv-npm"] == [
        SkippedOlder("osv-npm", "2026-09-01", "2026-09-02")
    ]
    with closing(Advisories(there)) as known:
        assert known.for_package("acme-new", "1.0.0")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE signatures SET pattern = '(a+)+(?P<version>x)'",
        "UPDATE signatures SET pattern = '(?P<version>'",
        "UPDATE signatures SET pattern = 'no version'",
        "UPDATE affected SET package = 'no name' WHERE advisory = 'GHSA-1'",
        "UPDATE affected SET advisory = 'no id' WHERE advisory = 'GHSA-1'",
        "UPDATE removed SET extension = 'NO-ID.x' WHERE extension = 'c.d'",
        "UPDATE removed SET facts = '[null,\"javascript:1\"]' WHERE extension = 'c.d'",
        "UPDATE removed SET facts = '[\"soon\",\"https://example.com\"]' WHERE extension = 'c.d'",
    ],
)
def test_an_entry_of_an_export_that_can_not_be_so_is_left_out(
    tmp_path: Path, statement: str
) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "data.vscan"
    take(here, *everything())
    exported(here, file)
    edited(file, statement)
    taken = [each for each in imported(there, file) if isinstance(each, ImportResult)]
    assert sum(each.stats.unusable for each in taken) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM sets",
        "UPDATE sets SET name = 'mine' WHERE name = 'osv-npm'",
        "UPDATE sets SET as_of = 'soon'",
        "DELETE FROM removed",
        "UPDATE affected SET facts = '{'",
        "CREATE VIEW v AS SELECT 1",
        "PRAGMA application_id=7",
    ],
)
def test_an_export_that_is_none_is_refused(tmp_path: Path, statement: str) -> None:
    here, file = tmp_path / "here", tmp_path / "data.vscan"
    take(here, *everything())
    exported(here, file)
    edited(file, statement)
    with pytest.raises((ValueError, DataError)):
        imported(tmp_path / "there", file)


def test_data_that_can_not_be_used_is_not_exported(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 100)
    with pytest.raises(DataError):
        exported(tmp_path, tmp_path / "data.vscan")
    with pytest.raises(DataError, match="can't be written"):
        exported(tmp_path / "empty", tmp_path / "nowhere" / "data.vscan")
    assert listed(tmp_path) == [FILE_NAME]
