"""Values: what is known of an expression, and how several become one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vscan.providers.offline.syntax.values import (
    NOTHING,
    UNKNOWN,
    Label,
    Source,
    Value,
    any_member,
    bounded_labels,
    bounded_names,
    joined,
    named,
    text_value,
    union,
)

LABELS = st.tuples(st.sampled_from(Source), st.integers(0, 99)).map(
    lambda parts: Label(parts[0], parts[1], "what")
)
PLAIN = st.tuples(
    st.lists(st.text(max_size=3), max_size=3, unique=True),
    st.frozensets(st.sampled_from(["eval", "fs", "?.x"]), max_size=2),
    st.frozensets(LABELS, max_size=2),
).map(lambda parts: Value(tuple(parts[0]), parts[1], parts[2]))
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.dictionaries(st.sampled_from(["a", "0", "*"]), inner, max_size=2).map(
        lambda members: Value(members=members)
    ),
    max_leaves=5,
)


def label(offset: int, source: Source = Source.NETWORK) -> Label:
    return Label(source, offset, "what")


@pytest.mark.parametrize(
    ("texts", "constant"),
    [((), None), (("a",), "a"), (("",), ""), (("a", "b"), None), ((f"a{UNKNOWN}",), None)],
)
def test_a_constant_is_the_only_text_and_known_as_a_whole(
    texts: tuple[str, ...], constant: str | None
) -> None:
    assert Value(texts=texts).constant == constant


def test_labels_texts_and_names_of_members_count_for_the_whole() -> None:
    inner = Value(("deep",), frozenset({"fs"}), frozenset({label(1)}))
    whole = Value(("top",), members={"a": Value(members={"b": inner})})
    assert whole.all_labels() == {label(1)}
    assert whole.sources == {Source.NETWORK}
    assert whole.all_texts() == ("top", "deep")
    assert whole.all_names() == {"fs"}
    assert (whole.labels, whole.names, whole.texts) == (frozenset(), frozenset(), ("top",))


def test_members_inside_of_members_count_down_to_a_depth() -> None:
    value = Value(labels=frozenset({label(1)}))
    for _ in range(20):
        value = Value(members={"a": value})
    assert value.all_labels() == frozenset()


@given(st.lists(VALUES, max_size=4))
def test_a_union_has_all_that_its_parts_have(values: list[Value]) -> None:
    whole = union(values)
    for value in values:
        assert set(value.texts) <= set(whole.texts)
        assert value.names <= whole.names
        assert value.all_labels() <= whole.all_labels()
        assert set(value.members) <= set(whole.members)
    assert union([whole, NOTHING, whole]) == whole


@given(st.lists(VALUES, max_size=4))
def test_a_joined_text_has_all_labels(values: list[Value]) -> None:
    whole = joined(values)
    for value in values:
        assert value.all_labels() <= whole.labels


def test_alternatives_are_joined_in_every_combination() -> None:
    value = joined([text_value("a", "b"), text_value("c"), NOTHING, text_value("d", "e")], "-")
    assert set(value.texts) == {f"{a}-c-{UNKNOWN}-{d}" for a in "ab" for d in "de"}


def test_joining_nothing_gives_nothing() -> None:
    assert joined([]) == NOTHING


def test_an_item_of_a_list_is_any_of_them_with_the_labels_of_the_whole() -> None:
    items = {"0": text_value("a"), "1": named("fs")}
    item = any_member(Value(members=items, labels=frozenset({label(1)})))
    assert item == Value(("a",), frozenset({"fs"}), frozenset({label(1)}))
    assert any_member(Value(("a",), labels=frozenset({label(1)}))).texts == ()


def test_labelling_a_value_with_what_it_has_changes_nothing() -> None:
    value = text_value("a").labelled([label(1)])
    assert value.labels == {label(1)}
    assert value.labelled([label(1)]) is value


def test_texts_are_bounded() -> None:
    many = joined([text_value(*map(str, range(40))), text_value(*map(str, range(40)))])
    assert len(many.texts) <= 48
    assert len(text_value("a" * 500_000).texts[0]) == 200_000
    long = joined([text_value("a" * 150_000), text_value("b" * 150_000)])
    assert len(long.texts[0]) == 200_000
    assert len(union(text_value(str(each)) for each in range(500)).texts) <= 48


def test_labels_are_bounded_and_one_of_each_source_stays() -> None:
    many = [label(offset) for offset in range(500)]
    many += [label(900 + number, source) for number, source in enumerate(Source)]
    kept = bounded_labels(frozenset(many))
    assert len(kept) <= 24
    assert {each.source for each in kept} == set(Source)


def test_names_are_bounded_and_the_shortest_stay() -> None:
    many = [".next" * each + "list" for each in range(200)]
    kept = bounded_names(many)
    assert len(kept) == 16
    assert kept == set(sorted(many, key=len)[:16])
    assert bounded_names(["a" * 121, "b"]) == {"b"}
