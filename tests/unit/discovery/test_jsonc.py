"""The tolerant reader of JSON: values, places and mistakes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vscan.discovery.named.interface import Span
from vscan.discovery.named.jsonc import (
    Document,
    JsonArray,
    JsonObject,
    JsonString,
    JsonValue,
    read_each,
    read_embedded,
    read_json,
    select,
)


def plain(value: JsonValue | None) -> Any:
    """Give a value as ``json`` would, but all scalars as they are written."""
    if isinstance(value, JsonObject):
        return {member.key.text: plain(member.value) for member in value.members}
    if isinstance(value, JsonArray):
        return [plain(item) for item in value.items]
    return None if value is None else value.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": [1, -2.5e+3, true, null, "b"]}', {"a": ["1", "-2.5e+3", "true", "null", "b"]}),
        ('// c\n{"a": /* c */ "b"} // c', {"a": "b"}),
        ('["a", "b",]', ["a", "b"]),
        ('{"a": "b",}', {"a": "b"}),
        (r'["\u0041\ud83d\ude00\/\n\"\\"]', ['A😀/\n"\\']),
        ("[]", []),
        ('"a"', "a"),
    ],
)
def test_json_with_comments_has_no_mistake(text: str, expected: object) -> None:
    document = read_json(text)
    assert plain(document.root) == expected
    assert document.mistakes == []


@pytest.mark.parametrize(
    ("text", "expected", "mistake", "offset"),
    [
        ('["a" "b"]', ["a", "b"], "a comma is missing", 6),
        ('["a", , "b"]', ["a", "b"], "a value is missing", 6),
        ('[, "a"]', ["a"], "a value is missing before the comma", 1),
        ('["a", "b"', ["a", "b"], "a closing bracket is missing", 9),
        ('["a", "b\n"c"]', ["a", "b", "c"], "a string has no closing quote", 7),
        ('{"a": "b" "c": "d"}', {"a": "b", "c": "d"}, "a comma is missing", 11),
        ('{"a" "b", "c": "d"}', {"a": None, "c": "d"}, "a colon is missing", 6),
        ('{"a": , "c": "d"}', {"a": None, "c": "d"}, "a value is missing", 6),
        ('{a: "b", "c": "d"}', {"c": "d"}, "this is not JSON", 1),
        ('{"a": {"b": "c"]}', {"a": {"b": "c"}}, "a comma is missing", 15),
        ('["a", .., "b"]', ["a", "b"], "this is not JSON", 6),
        (r'["a\qb"]', ["ab"], "a string has an escape that JSON doesn't have", 2),
        (r'["a\u12"]', ["a"], "a string has an escape that JSON doesn't have", 2),
        ('["a\tb"]', ["a\tb"], "a string has a control character", 2),
        ("[1., 1e]", ["1.", "1e"], "a number has no end", 1),
        ('["a"] "b"', ["a"], "there is more text after the end", 7),
        ('["a", /* "b"]', ["a"], "a comment has no end", 6),
        ("", None, "there is no value", 0),
        ("// only", None, "there is no value", 7),
        ('"a', "a", "a string has no closing quote", 1),
        ('"a\\', "a", "a string has no closing quote", 1),
        ("-", None, "this is not JSON", 0),
        ("\N{NO-BREAK SPACE}[]", [], "this is not JSON", 0),
    ],
)
def test_reading_goes_on_after_a_mistake(
    text: str, expected: object, mistake: str, offset: int
) -> None:
    document = read_json(text)
    assert plain(document.root) == expected
    assert (document.mistakes[0].message, document.mistakes[0].offset) == (mistake, offset)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_places_are_lines_and_characters(end: str) -> None:
    text = end.join(["", '{"😀": ["é", ', '"x.y"', '  "a\\u002eb"]}'])
    document = read_json(text)
    (array,) = select(document.root, "😀")
    assert isinstance(document.root, JsonObject)
    assert isinstance(array, JsonArray)
    values = [document.root.members[0].key, document.root, array, *array.items]
    spans = [document.places.span(value.offset, value.length) for value in values]
    assert spans == [
        Span(2, 3, 1), Span(2, 1, 1), Span(2, 7, 1), Span(2, 9, 1), Span(3, 2, 3), Span(4, 4, 8)
    ]  # fmt: skip


def test_the_place_of_a_string_over_two_lines_ends_with_the_first() -> None:
    """A backslash takes the end of the line away, as the editor reads it."""
    document = read_json('["a\\\nb"]')
    assert isinstance(document.root, JsonArray)
    (string,) = document.root.items
    assert plain(string) == "ab"
    assert document.places.span(string.offset, string.length) == Span(1, 3, 3)


def test_json_within_a_string_has_its_places_in_the_file() -> None:
    inner = json.dumps({"ä": ["x\ny.z", '"'], "b": "c.d"})
    document = read_json('{\n  "in": ' + json.dumps(inner) + "}")
    (string,) = select(document.root, "in")
    assert isinstance(string, JsonString)
    embedded = read_embedded(document, string)
    (value,) = select(embedded.root, "b")
    span = embedded.places.span(value.offset, value.length)
    line = document.text.split("\n")[span.line - 1]
    assert line[span.column - 1 :][: span.length] == "c.d"
    assert isinstance(embedded.root, JsonObject)
    key = embedded.root.members[0].key
    span = embedded.places.span(key.offset, key.length)
    assert line[span.column - 1 :][: span.length] == "\\\\u00e4"


def test_members_of_one_name_are_all_kept() -> None:
    document = read_json('{"a": "1", "a": "2", "b": "3"}')
    assert [plain(value) for value in select(document.root, "a")] == ["1", "2"]
    assert [plain(value) for value in select(document.root, None)] == ["1", "2", "3"]


def test_what_an_object_inherits_in_the_editor_is_found() -> None:
    """The editor's parser assigns ``__proto__``, so that its members are found in the object."""
    document = read_json('{"__proto__": {"a": ["1"], "__proto__": {"a": "2"}}}')
    assert [plain(value) for value in select(document.root, "a")] == [["1"], "2"]


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_what_follows_deep_nesting_is_read(opening: str) -> None:
    closing = "".join({"[": "]", "{": "}"}.get(mark, "") for mark in reversed(opening))
    deep = opening * 20_000 + "1" + closing * 20_000
    document = read_json(f'{{"x": {deep}, "y": "z"}}')
    assert [plain(value) for value in select(document.root, "y")] == ["z"]
    (mistake,) = document.mistakes
    assert mistake.message == "what is nested deeper than 200 levels is not read"


@pytest.mark.parametrize(
    "part", ["[", "{", ",", '"', "/*", "/", "\\", '"\\', "-", '{"a":', " ", "\n", "a ", "[]", "1."]
)
def test_a_long_text_of_one_kind_ends(part: str) -> None:
    """Each is read in the time that its length takes; a square of it would be hours."""
    document = read_json(part * (200_000 // len(part)))
    assert 0 < len(document.mistakes) <= 100


_JSON = st.recursive(
    st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10
)


@given(_JSON)
def test_what_json_writes_is_read(value: Any) -> None:
    document = read_json(json.dumps(value))
    assert plain(document.root) == value
    assert document.mistakes == []


@given(st.text(alphabet='{}[]:,"/*\\\n\r -1a.u0é', max_size=60))
def test_every_text_is_read(text: str) -> None:
    """And a mistake is found exactly in what is no JSON, where there are no comments or commas."""
    document = read_json(text)
    starts = [mistake.offset for mistake in document.mistakes]
    assert starts == sorted(starts)
    assert all(0 <= start <= len(text) for start in starts)
    try:
        json.loads(text)
    except ValueError:
        return
    assert document.mistakes == []


@pytest.mark.parametrize(
    ("text", "as_parser", "as_editor"),
    [
        ('["a", // \u2028"b"\n]', ["a"], ["a", "b"]),
        ('["a", // \u2029"b"\n]', ["a"], ["a", "b"]),
        ('{"a": \u00a0true "b": ["c"]}', {"a": "b"}, {"a": "true", "b": ["c"]}),
        ('["a\u2028b\u00a0c"]', ["a\u2028b\u00a0c"], ["a\u2028b\u00a0c"]),
        ("\ufeff\u3000[\v\f]", [], []),
    ],
)
def test_the_editor_has_more_white_space_and_ends_of_lines(
    text: str, as_parser: object, as_editor: object
) -> None:
    assert plain(read_json(text).root) == as_parser
    assert plain(read_json(text, as_editor=True).root) == as_editor


def test_what_both_parsers_read_is_given_once() -> None:
    text = '["a", // \u2028"b"\n"c"]'

    def strings(document: Document) -> Iterator[str]:
        yield from plain(document.root)

    assert list(read_each(text, strings)) == ["a", "c", "b"]
    assert list(read_each('["a", "a"]', strings)) == ["a", "a"]
