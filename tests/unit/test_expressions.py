"""The steps that a published expression can take: what could take too many is refused."""

import re
import time

import pytest

from vscan.advisories.regex_cost import MAX_TEXT_BYTES, require_bounded

VERSION = r"([0-9][0-9.a-z_\-]{1,63})"


@pytest.mark.parametrize(
    "pattern",
    [
        "jqhostile" + "(a?)" * 40 + VERSION,
        "a?" * 40,
        "(?:a?){40}",
        "(?:a|aa){40}",
        "(?:a|a)" * 40,
        "(?:a|b|ab)*c",
        "(?:a{0,20}){20}",
        "a{0,64}" * 6,
        r"[a-z]{1,64}\w{1,64}[0-9a-f]{1,64}[a-c]{1,64}x",
        ".{0,1000}a.{0,1000}b",
        "((((((a?)?)?)?){0,9}){0,9}){0,9}",
        "(.{0,1000})" + r"\1" * 4,
        "a{0,99999999}" * 3,
        "(" * 30 + "a" + ")" * 30,
        "(?:" + "|".join("abcdefgh" * 20) + "){50}",
        # What is not understood can't be measured.
        "(?=a)b",
        "(?<=a)b",
        "(?i)a",
        "a)b",
        "(a",
        "*a",
    ],
)
def test_what_could_take_too_long_is_refused(pattern: str) -> None:
    started = time.process_time()
    with pytest.raises(ValueError, match="has a pattern"):
        require_bounded(pattern.encode())
    assert time.process_time() - started < 5  # it is measured, not run


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"/\*!? jQuery v" + VERSION, b"/*! jQuery v"),
        (r"[\s]{1,64}var c3 ?= ?\{ ?version: ?['\"]" + VERSION, b" "),
        (r"lib=.{0,800}?\.version=\"" + VERSION, b"lib=.version="),
        (r"[\s\S]{1,500}var VERSION {0,64}= {0,64}['\"]" + VERSION, b"var VERSION ="),
        (r"v" + VERSION + r"(?:\n \*)?[^/]{1,64}/", b"v1.0"),
        ("a?" * 12 + "b", b"a"),
        ("^a{3}$|[]a^-]+b", b"a"),
    ],
)
def test_what_ends_in_time_is_let_be(pattern: str, text: bytes) -> None:
    require_bounded(pattern.encode())
    hostile = (text * MAX_TEXT_BYTES)[:MAX_TEXT_BYTES]
    started = time.process_time()
    re.search(pattern.encode(), hostile)
    assert time.process_time() - started < 30
