import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import extension
from vscan.model import Extension, ExtensionId, Origin, Skipped, Unreadable
from vscan.task_selection import Filters, Plan, plan

INSTALLED = ("acme.tools", "acme.toolset", "Acme.Zebra", "acmex.tools", "corp.secret")


def unreadable(text: str | None = None, name: str = "broken") -> Unreadable:
    """Build what could not be read, with an id or without."""
    identity = ExtensionId.parse(text) if text else None
    return Unreadable(name, "it can't be read", identity, None, name, (Origin(f"x/{name}"),))


def decide(*found: Extension | Unreadable | Skipped, filters: Filters | None = None) -> Plan:
    """Plan with one source."""
    return plan(found, filters or Filters(), ("vscan.dev",))


def asked(planned: Plan) -> list[str]:
    """List the ids that are asked about, in their order, as they are written."""
    return [str(task.id) for task in planned.tasks]


def test_versions_of_one_id_are_one_question() -> None:
    found = [
        extension("acme.tools", "2.0.0"),
        extension("Acme.Tools", "1.0.0", "linux-x64"),
        extension("acme.other", "1.0.0"),
        extension("acme.tools", "1.0.0", "darwin-x64"),
    ]

    planned = decide(*found)

    assert [task.id.key for task in planned.tasks] == ["acme.other", "acme.tools"]
    assert [(e.version, e.target_platform) for e in planned.tasks[1].extensions] == [
        ("1.0.0", "darwin-x64"),
        ("1.0.0", "linux-x64"),
        ("2.0.0", None),
    ]
    assert planned.extensions == 4


def test_copies_of_one_version_stand_in_one_order_whatever_was_found_first() -> None:
    copies = [
        extension("acme.tools", "1.0.0", None, "a"),
        extension("acme.tools", "1.0.0", None, "b"),
        extension("acme.tools", "1.0.0", "linux-x64", "a"),
        extension("acme.tools", "1.0.0", "linux-x64", "b"),
    ]

    assert decide(*reversed(copies)).tasks[0].extensions == tuple(copies)


def test_each_source_is_asked_about_each_id() -> None:
    planned = plan([extension("b.b"), extension("a.a")], Filters(), ("one", "two"))

    assert [(str(task.id), task.provider) for task in planned.tasks] == [
        ("a.a", "one"),
        ("a.a", "two"),
        ("b.b", "one"),
        ("b.b", "two"),
    ]


def test_sources_that_can_be_read_only_once_are_asked_about_every_id() -> None:
    """The signature promises any iterable: none may lose the second extension."""
    planned = plan([extension("a.a"), extension("b.b")], Filters(), iter(["vscan.dev"]))

    assert asked(planned) == ["a.a", "b.b"]


def test_nothing_found_is_an_empty_plan() -> None:
    assert decide() == Plan((), (), ())


@given(st.randoms(use_true_random=False))
def test_the_order_is_by_id_whatever_was_found_first(shuffle: random.Random) -> None:
    found: list[Extension | Unreadable | Skipped] = [
        *(extension(text) for text in ("Beta.b", "alpha.Z", "alpha.a", "Alpha.B")),
        unreadable("zeta.z"),
        unreadable("Eta.e"),
        unreadable(name="Middle"),
        Skipped("b", None, "hidden"),
        Skipped("A", "2", "obsolete"),
        Skipped("A", "1", "obsolete"),
    ]
    shuffle.shuffle(found)

    planned = decide(*found)

    assert asked(planned) == ["alpha.a", "Alpha.B", "alpha.Z", "Beta.b"]
    assert [str(item.id or item.name) for item in planned.unreadable] == [
        "Eta.e",
        "Middle",
        "zeta.z",
    ]
    assert [(item.name, item.version) for item in planned.skipped] == [
        ("A", "1"),
        ("A", "2"),
        ("b", None),
    ]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (Filters(), "acme.tools acme.toolset Acme.Zebra acmex.tools corp.secret"),
        (Filters(include_ids=("acme.tools",)), "acme.tools"),
        (Filters(include_ids=("ACME.Tools",)), "acme.tools"),
        (Filters(include_ids=("acme.zebra",)), "Acme.Zebra"),
        (Filters(include_ids=("acme.*",)), "acme.tools acme.toolset Acme.Zebra"),
        (Filters(include_ids=("ACME.*",)), "acme.tools acme.toolset Acme.Zebra"),
        (Filters(include_ids=("*.tools",)), "acme.tools acmex.tools"),
        (Filters(include_ids=("*tools*",)), "acme.tools acme.toolset acmex.tools"),
        (Filters(include_ids=("a*e*.*ls",)), "acme.tools acmex.tools"),
        (Filters(include_ids=("nobody.*",)), ""),
        (Filters(include_ids=("*.zebra", "corp.*")), "Acme.Zebra corp.secret"),
        (Filters(exclude_ids=("acme.tools",)), "acme.toolset Acme.Zebra acmex.tools corp.secret"),
        (Filters(exclude_ids=("Acme.*", "CORP.*")), "acmex.tools"),
        (Filters(exclude_ids=("*",)), ""),
        (Filters(publishers=("acme",)), "acme.tools acme.toolset Acme.Zebra"),
        (Filters(publishers=("ACMEX", "corp")), "acmex.tools corp.secret"),
        (Filters(publishers=("acme*",)), "acme.tools acme.toolset Acme.Zebra acmex.tools"),
        (Filters(publishers=("acme.tools",)), ""),
        (Filters(include_ids=("*.tools",), publishers=("acme",)), "acme.tools"),
        (Filters(include_ids=("acme.*",), exclude_ids=("*.zebra",)), "acme.tools acme.toolset"),
    ],
)
def test_filters_choose_whole_ids_without_regard_to_case(filters: Filters, left: str) -> None:
    """A dot is a dot, ``*`` stands for anything, and what is left out is shown as excluded."""
    planned = decide(*map(extension, INSTALLED), filters=filters)

    assert asked(planned) == left.split()
    assert {(item.name, item.version, item.reason) for item in planned.skipped} == {
        (text, "1.0.0", "excluded") for text in INSTALLED if text not in left.split()
    }


@pytest.mark.parametrize("installed", [(), ("acme.tools",)])
def test_an_included_id_that_is_not_installed_is_asked_about_by_name(
    installed: tuple[str, ...],
) -> None:
    filters = Filters(include_ids=("Some.One", "acme.*", "some.one"))

    planned = decide(*map(extension, installed), filters=filters)

    assert asked(planned) == [*installed, "Some.One"]
    assert planned.tasks[-1].extensions == (
        Extension(
            *(ExtensionId.parse("Some.One"), None, None, "One", None, (), None), asked_by_name=True
        ),
    )


def test_an_included_id_that_is_installed_is_not_asked_about_twice() -> None:
    planned = decide(
        extension("acme.tools", "1.0.0"),
        extension("acme.tools", "2.0.0"),
        filters=Filters(include_ids=("ACME.TOOLS",)),
    )

    assert [e.version for e in planned.tasks[0].extensions] == ["1.0.0", "2.0.0"]
    assert planned.extensions == 2


def test_an_included_id_that_can_not_be_read_stays_unreadable() -> None:
    """Asking about its name alone would hide that the installed one was never looked at."""
    item = unreadable("acme.tools")

    planned = decide(item, filters=Filters(include_ids=("acme.tools",)))

    assert planned == Plan((), (item,), ())


def test_what_can_not_be_read_is_kept_beside_a_copy_that_can() -> None:
    lost = Unreadable("acme.tools", "it is gone", ExtensionId.parse("acme.tools"), None, None, ())

    planned = decide(extension("acme.tools"), lost)

    assert planned.unreadable == (lost,)
    assert asked(planned) == ["acme.tools"]


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        (Filters(include_ids=("acme.tools",), exclude_ids=("acme.*",)), "excluded"),
        (Filters(include_ids=("acme.tools",), publishers=("other",)), "excluded"),
        (Filters(include_ids=("acme.tools",), private=("acme.*",)), "private"),
    ],
)
def test_an_id_asked_for_by_name_goes_through_the_filters(filters: Filters, reason: str) -> None:
    planned = decide(filters=filters)

    assert planned.tasks == ()
    assert [(item.name, item.version, item.reason) for item in planned.skipped] == [
        ("acme.tools", None, reason)
    ]


@pytest.mark.parametrize("pattern", ["corp.secret", "CORP.*", "*.secret"])
def test_a_private_extension_is_not_asked_about(pattern: str) -> None:
    planned = decide(*map(extension, INSTALLED), filters=Filters(private=(pattern,)))

    assert "corp.secret" not in asked(planned)
    assert planned.skipped == (Skipped("corp.secret", "1.0.0", "private"),)


def test_a_private_extension_that_is_excluded_counts_as_excluded() -> None:
    filters = Filters(exclude_ids=("corp.*",), private=("corp.*",))

    planned = decide(extension("corp.secret"), filters=filters)

    assert planned.skipped == (Skipped("corp.secret", "1.0.0", "excluded"),)


FILTERS = [
    Filters(include_ids=("other.*",)),
    Filters(exclude_ids=("acme.*",)),
    Filters(publishers=("other",)),
    Filters(private=("acme.*",)),
]


@pytest.mark.parametrize("filters", FILTERS)
def test_what_has_no_id_is_unreadable_whatever_the_filters_say(filters: Filters) -> None:
    """It could be the very one that was asked for."""
    item = unreadable(name="acme.tools?")

    planned = decide(item, filters=filters)

    assert (planned.tasks, planned.unreadable, planned.skipped) == ((), (item,), ())


@pytest.mark.parametrize("filters", FILTERS)
def test_what_can_not_be_read_is_not_filtered_by_a_guessed_id(filters: Filters) -> None:
    """Its id is a guess from a name that whoever laid it there has chosen."""
    item = unreadable("acme.tools")
    planned = decide(item, filters=filters)

    assert (planned.unreadable, planned.skipped) == ((item,), ())


_IDS = st.sampled_from(("a.a", "A.B", "b.a", "b.b"))
_FOUND = st.one_of(
    st.builds(extension, _IDS, st.sampled_from(("1.0.0", "2.0.0"))),
    st.builds(unreadable, st.none() | _IDS),
    st.builds(Skipped, _IDS, st.none(), st.sampled_from(("hidden", "obsolete"))),
)
_PATTERNS = st.lists(st.sampled_from(("a.*", "*.a", "B.B", "*")), max_size=2).map(tuple)
_FILTERS = st.builds(
    Filters,
    exclude_ids=_PATTERNS,
    private=_PATTERNS,
    publishers=st.sampled_from(((), ("A",), ("*",))),
)


@given(st.lists(_FOUND), _FILTERS)
def test_whatever_was_found_is_in_the_plan_once(
    found: list[Extension | Unreadable | Skipped], filters: Filters
) -> None:
    planned = decide(*found, filters=filters)

    assert planned.extensions + len(planned.unreadable) + len(planned.skipped) == len(found)


def test_a_pattern_that_matches_nothing_is_named() -> None:
    """A slip in --private would send what it was meant to keep."""
    filters = Filters(
        include_ids=("acme.*", "other.*"),
        exclude_ids=("acme.gone",),
        publishers=("ACME",),
        private=("acmme.*", "acme.tols"),
    )

    planned = decide(extension("acme.tools"), filters=filters)

    assert planned.unmatched == (
        "--include-ids other.* matches no extension",
        "--exclude-ids acme.gone matches no extension: did you mean acme.tools?",
        "--private acmme.* matches no extension",
        "--private acme.tols matches no extension: did you mean acme.tools?",
    )


def test_versions_without_a_place_are_all_kept_beside_one_another() -> None:
    """So the cache remembers them; only what is asked for by name gives way."""
    remembered = [replace(extension("acme.tools", version), path=None) for version in "12"]
    (task,) = plan(remembered, Filters(include_ids=("acme.tools",)), ["vscan.dev"]).tasks
    assert [each.version for each in task.extensions] == ["1", "2"]


# Sources of this machine


HERE = frozenset({"offline"})
BOTH = ("vscan.dev", "offline")


def here(text: str, version: str = "1.0.0") -> Extension:
    """Build an installed extension: its files can be looked at."""
    return replace(extension(text, version), root=Path("/extensions") / f"{text}-{version}")


def questions(planned: Plan) -> list[tuple[str, list[str | None]]]:
    """List whom is asked about which versions."""
    return [(task.provider, [e.version for e in task.extensions]) for task in planned.tasks]


def test_a_local_source_looks_at_each_installed_copy() -> None:
    found = [here("acme.tools", "1.0.0"), here("acme.tools", "2.0.0")]
    planned = plan(found, Filters(), BOTH, HERE)
    assert questions(planned) == [
        ("vscan.dev", ["1.0.0", "2.0.0"]), ("offline", ["1.0.0"]), ("offline", ["2.0.0"]),
    ]  # fmt: skip
    assert planned.extensions == 2


def test_a_private_extension_is_for_local_sources_alone() -> None:
    filters = Filters(private=("corp.*",))
    planned = plan([here("corp.secret"), here("acme.tools")], filters, BOTH, HERE)
    assert [(task.provider, str(task.id)) for task in planned.tasks] == [
        ("vscan.dev", "acme.tools"), ("offline", "acme.tools"), ("offline", "corp.secret"),
    ]  # fmt: skip
    assert planned.skipped == ()


def test_what_is_not_installed_is_asked_about_everywhere() -> None:
    """The public data that come with the offline analyser may know it by its name."""
    wanted = Filters(include_ids=("acme.tools",))
    assert questions(plan([], wanted, BOTH, HERE)) == [("vscan.dev", [None]), ("offline", [None])]


@pytest.mark.parametrize(
    ("private", "sources"), [((), ("offline",)), (("acme.*",), BOTH), (("acme.*",), ("offline",))]
)
def test_what_is_not_installed_is_asked_about_somewhere(
    private: tuple[str, ...], sources: tuple[str, ...]
) -> None:
    """The local source will say that it can't look: that is no verdict, and no silence."""
    filters = Filters(include_ids=("acme.tools",), private=private)
    assert questions(plan([], filters, sources, HERE)) == [("offline", [None])]
