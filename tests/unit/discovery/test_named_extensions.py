"""What becomes of the names in files: extensions with their places, gaps, and what is left out."""

import pytest

from vscan.discovery.named.interface import Elsewhere, Mistake, Named, Read, Span
from vscan.discovery.named_extensions import NamedExtensions
from vscan.discovery.target_interface import Found
from vscan.model import Extension, ExtensionId, How, Origin, PlaceFinding, Skipped, Unreadable


def span(line: int = 1) -> Span:
    return Span(line, 5, 3)


def named(text: str, how: How = How.INSTALLS, line: int = 1, version: str | None = None) -> Named:
    return Named(ExtensionId.parse(text), how, span(line), version)


def collected(*items: Read) -> list[Found]:
    extensions = NamedExtensions()
    for item in items:
        extensions.add("a.json", "list", item)
    return list(extensions.found())


def test_one_extension_has_all_the_places_that_name_it() -> None:
    (found,) = collected(named("a.b"), named("A.B", How.RECOMMENDS, 2))
    assert isinstance(found, Extension)
    assert found.asked_by_name
    assert found.origins == (
        Origin("a.json", 1, 5, 3, "list", How.INSTALLS),
        Origin("a.json", 2, 5, 3, "list", How.RECOMMENDS),
    )


def test_a_place_that_two_kinds_read_counts_once() -> None:
    (found,) = collected(named("a.b"), named("a.b"))
    assert isinstance(found, Extension)
    assert len(found.origins) == 1


def test_each_version_that_is_asked_for_is_one_of_its_own() -> None:
    found = collected(named("a.b"), named("a.b", version="1.0.0"), named("a.b", version="2.0.0"))
    assert [each.version for each in found if isinstance(each, Extension)] == [
        None,
        "1.0.0",
        "2.0.0",
    ]


@pytest.mark.parametrize(("how", "reason"), [(How.REMOVES, "removed"), (How.REFUSES, "refused")])
def test_what_is_taken_out_is_listed_and_not_asked_about(how: How, reason: str) -> None:
    (found,) = collected(named("a.b", how))
    assert isinstance(found, Skipped)
    assert (found.name, found.reason) == ("a.b", reason)


def test_a_variable_is_a_gap_where_it_installs_and_else_a_finding() -> None:
    gap, finding = collected(
        Mistake("input-unresolved", How.INSTALLS, "$EXT is not known", span()),
        Mistake("input-unresolved", How.RECOMMENDS, "${EXT} is not known", span()),
    )
    assert isinstance(gap, Unreadable)
    assert (gap.name, gap.reason, gap.rule) == ("a.json:1", "$EXT is not known", "input-unresolved")
    assert isinstance(finding, PlaceFinding)
    assert finding.rule == "input-unresolved"


@pytest.mark.parametrize("rule", ["input-ignored", "input-broken"])
def test_what_the_editor_ignores_is_no_gap(rule: str) -> None:
    (found,) = collected(Mistake(rule, How.INSTALLS, "no", span()))  # type: ignore[arg-type]
    assert isinstance(found, PlaceFinding)


def test_a_feature_is_listed_and_an_archive_elsewhere_is_a_gap() -> None:
    feature, archive = collected(
        Elsewhere("feature", "ghcr.io/a/b:1", How.INSTALLS, span()),
        Elsewhere("vsix-url", "https://a.invalid/x.vsix", How.INSTALLS, span()),
    )
    assert isinstance(feature, Skipped)
    assert feature.reason == "feature"
    assert isinstance(archive, Unreadable)
    assert "https://a.invalid/x.vsix" in archive.reason


def test_an_id_beside_a_uuid_is_asked_about_and_a_gap() -> None:
    """The editor asks for the uuid alone, which a file may give together with another id."""
    extension, gap = collected(
        Named(ExtensionId.parse("a.b"), How.INSTALLS, span(), uuid="12345678-0000")
    )
    assert isinstance(extension, Extension)
    assert isinstance(gap, Unreadable)
    assert gap.rule == "input-unresolved"


def test_recommendations_that_are_installed_count_as_installed() -> None:
    (found,) = collected(
        named("a.b", How.RECOMMENDS), Elsewhere("recommendations", "", How.INSTALLS, span())
    )
    assert isinstance(found, Extension)
    assert found.origins[0].how is How.INSTALLS
