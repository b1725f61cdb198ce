import errno
import os
import tracemalloc
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vscan.safe_text import describe_os_error, pluralize, sanitize


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Python", "Python"),
        ("Größe 日本語 🎉", "Größe 日本語 🎉"),
        ("[red]=HYPERLINK()", "[red]=HYPERLINK()"),  # each reporter escapes for its own format
        ("one\ntwo\r\nthree\tfour", "one two three four"),
        ("one\u2028two\u2029three\x85four", "one two three four"),
        ("  a \u00a0\u3000 b  ", "a b"),
        (" \n\t ", ""),
        ("", ""),
        ("\x1b[2J", "\ufffd[2J"),
        ("\x00\x07\x7f\x9b", "\ufffd" * 4),
        ("exe\u202egpj", "exe\ufffdgpj"),
        ("a\u200bb\ufeffc", "a\ufffdb\ufffdc"),
        ("\ud800\ue000\U000e0041\ufffe", "\ufffd" * 4),
    ],
)
def test_what_could_drive_a_terminal_or_disguise_a_name_is_replaced(text: str, shown: str) -> None:
    assert sanitize(text) == shown


@pytest.mark.parametrize(
    ("length", "shown"), [(4, "aaaa"), (5, "aaaaa"), (6, "aaaa…"), (10**7, "aaaa…")]
)
def test_what_is_longer_than_the_limit_ends_in_an_ellipsis(length: int, shown: str) -> None:
    assert sanitize("a" * length, 5) == shown


def test_white_space_does_not_push_the_rest_of_a_text_out_of_sight_unseen() -> None:
    """What is cut off is cut off visibly, also where the part that is left is short."""
    shown = sanitize("safe" + " " * 10_000 + "evil")

    assert shown in {"safe evil", "safe…", "safe …"}


@pytest.mark.parametrize("character", ["\x1b", " ", "a"])
def test_a_megabyte_of_name_costs_no_more_than_a_line(character: str) -> None:
    text = character * 2**20
    tracemalloc.start()
    sanitize(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2**18


# Anything at all, half of it of the kinds that hide, reorder or drive, lone surrogates too.
_ANYTHING = st.text(
    st.characters(categories=("L", "M", "N", "P", "S", "Z", "C"))
    | st.characters(categories=("Cc", "Cf", "Cs", "Co", "Z"))
)


@given(_ANYTHING, st.integers(1, 600))
def test_plain_text_is_one_printable_line_within_the_limit(text: str, limit: int) -> None:
    shown = sanitize(text, limit)

    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    assert shown == shown.strip()
    assert len(shown) <= limit


@given(_ANYTHING)
def test_plain_text_can_be_written_and_reorders_and_drives_nothing(text: str) -> None:
    """Surrogates can't be encoded; bidirectional controls are among the format characters."""
    shown = sanitize(text)

    assert shown.encode().decode() == shown
    assert not {unicodedata.category(character)[0] for character in shown} & {"C"}
    assert not {unicodedata.category(character) for character in shown} & {"Zl", "Zp"}


@given(st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1), _ANYTHING)
def test_what_is_replaced_takes_nothing_of_its_surroundings(harmless: str, anything: str) -> None:
    shown = sanitize(f"{harmless}{anything}{harmless}", 5000)

    assert shown.startswith(sanitize(harmless, 5000))
    assert shown.endswith(sanitize(harmless, 5000))


@pytest.mark.parametrize(
    "character",
    ["\u034f", "\u17b4", "\u180b", "\ufe00", "\ufe01", "\U000e0100", "\U000e01ef"],
    ids=ascii,
)
def test_marks_that_nobody_sees_hide_nothing_in_a_name(character: str) -> None:
    """Two names that look alike would not be alike, and bytes could be hidden in one."""
    assert sanitize(f"Py{character}thon") != f"Py{character}thon"


@given(_ANYTHING, st.integers(1, 600))
def test_plain_text_stays_as_it_is(text: str, limit: int) -> None:
    shown = sanitize(text, limit)

    assert sanitize(shown, limit) == shown


@given(st.text(st.characters(categories=("L", "N", "P", "S")), max_size=500))
def test_harmless_text_is_not_touched(text: str) -> None:
    assert sanitize(text) == text


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [
        (0, "extension", "0 extensions"),
        (1, "extension", "1 extension"),
        (2, "extension", "2 extensions"),
        (1, "vulnerability", "1 vulnerability"),
        (2, "vulnerability", "2 vulnerabilities"),
    ],
)
def test_a_count_agrees_with_its_noun(number: int, noun: str, said: str) -> None:
    assert pluralize(number, noun) == said


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "/home/me/x"), "no such file"),
        (OSError(errno.EFBIG, "It has more than 5 bytes"), "it has more than 5 bytes"),
        (PermissionError(errno.EACCES, ""), "permission denied"),
        (OSError("it is a link"), "it is a link"),
        (TimeoutError(), "TimeoutError"),
        (OSError("\x1b[2J"), "\ufffd[2J"),
    ],
)
def test_an_os_error_is_described_without_its_path(error: OSError, reason: str) -> None:
    described = describe_os_error(error)
    assert described.startswith(reason)
    assert "/home" not in described
