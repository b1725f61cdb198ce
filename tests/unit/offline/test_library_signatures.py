"""Published signatures: what they recognise, and that none can keep an analysis busy."""

import re
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vscan.advisories import Signature
from vscan.providers.offline.library_signatures import Signatures, bounded, literal

VERSION = r"([0-9][0-9.a-z_\-]+)"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"/\*!? jQuery v" + VERSION, " jQuery v"),
        (r"\$\.terminal=\{version:\"", '$.terminal={version:"'),
        (r"colou?r=[0-9]{10,850}name", "colo"),
        (r"[a-z]{10,850}name", "name"),
        (r"abc+d", "abc"),
        (r"(optional)?here", "here"),
        (r"one|other", ""),
        (r"(one|other)long", "long"),
        (r"[abc]\d+", ""),
        ("", ""),
    ],
)
def test_the_literal_is_what_every_match_has(pattern: str, text: str) -> None:
    assert literal(pattern) == text


@given(st.from_regex(r"([a-z]{1,4}|\[abc\]|\\\.|\(xy\)|\\s){1,6}[?*+]?[a-z]{0,4}", fullmatch=True))
def test_whatever_matches_has_the_literal(pattern: str) -> None:
    assume(literal(pattern))
    example = re.compile(pattern)
    for text in ("", "abc", "a.b", "xy", "x y", pattern, pattern.replace("\\", "")):
        found = example.search(text)
        assert found is None or literal(pattern) in found[0]


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a|b)*c",
        r"(?:.|\r)+x",
        r"(\d+,){2,}x",
        "(",
        r"(?<=a{1,2})b",
        "jqhostile" + "(a?)" * 40,
        "\ud800(1)",
    ],
)
def test_slow_and_invalid_expressions_are_left_out(pattern: str) -> None:
    assert bounded(pattern) is None


def test_repetition_in_an_expression_is_bounded() -> None:
    """Text that nearly matches many times over is given up within bounds."""
    signatures = Signatures([Signature("x", "content", rf"begin\s*.*,\s*.*;signature {VERSION}")])
    hostile = (b"begin" + b" ," * 1000 + b";signature ") * 50
    start = time.monotonic()
    assert list(signatures.search("x.js", hostile)) == []
    assert time.monotonic() - start < 10


def test_too_many_near_matches_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time for one file has an end, and the file becomes a gap."""
    monkeypatch.setattr("vscan.providers.offline.library_signatures._LIMIT_S", -1.0)
    with pytest.raises(ValueError, match="takes too long"):
        list(Signatures([Signature("x", "content", "signature (1)")]).search("a", b"signature 2"))


def test_a_library_is_recognised_by_name_content_and_hash() -> None:
    signatures = Signatures(
        [
            Signature("jquery", "content", rf"/\*!? jQuery v{VERSION}"),
            Signature("vue", "filename", rf"vue-{VERSION}(\.min)?\.js"),
            Signature("old", "hash", "A9993E364706816ABA3E25717850C26C9CD0D89D", "1.0.0"),
            Signature("left-out", "content", "(a|b)*(c)"),
            Signature("no-group", "content", "no group at all"),
        ]
    )
    assert list(signatures.search("lib/vue-2.6.0.min.js", b"/*! jQuery v3.4.1 | (c) */")) == [
        ("vue", "2.6.0"),
        ("jquery", "3.4.1"),
    ]
    assert list(signatures.search("a.js", b"abc")) == [("old", "1.0.0")]
    assert list(signatures.search("a.js", b"no group at all; jQuery v3.4.1")) == []


def test_a_name_that_is_no_utf_8_is_compared_like_any_other() -> None:
    """Archives and file systems have such names; Python gives them as surrogates."""
    signatures = Signatures([Signature("vue", "filename", rf"vue-{VERSION}.*\.js")])
    assert list(signatures.search("lib/vue-2.6.0 \udce9.js", b"1")) == [("vue", "2.6.0")]


def test_a_name_longer_than_a_file_can_have_is_compared_with_nothing() -> None:
    signatures = Signatures([Signature("vue", "filename", r"vue-(1)x*\.js")])
    assert list(signatures.search(f"vue-1{'x' * 300}.js", b"1")) == []


def test_too_many_signatures_are_an_error() -> None:
    with pytest.raises(ValueError, match="over 5000 signatures"):
        Signatures([Signature("x", "content", "signature (1)")] * 5001)


def test_many_decoys_hide_no_library() -> None:
    known = Signatures([Signature("jquery", "content", rf"jQuery v{VERSION}")])
    decoy, real = b"jQuery v ", b" " * 5000 + b"jQuery v1.2.3"
    assert list(known.search("x.js", decoy * 998 + real)) == [("jquery", "1.2.3")]
    with pytest.raises(ValueError, match="too many matches"):
        list(known.search("x.js", decoy * 1000 + real))


def test_an_invalid_version_is_not_a_library() -> None:
    signatures = Signatures([Signature("x", "content", rf"signature {VERSION}")])
    assert list(signatures.search("a.js", b"signature 1.x")) == []


def test_no_signatures_recognise_nothing() -> None:
    assert list(Signatures([]).search("a.js", b"anything")) == []


def test_every_version_of_a_library_is_recognised() -> None:
    """A good one in front says nothing of a bad one behind it."""
    known = Signatures([Signature("jquery", "content", rf"jQuery v{VERSION}")])
    content = b"jQuery v3.7.1" + b" " * 5000 + b"jQuery v1.6.0"
    assert list(known.search("x.js", content)) == [("jquery", "3.7.1"), ("jquery", "1.6.0")]
