"""Large programs are parsed in pieces."""

from itertools import pairwise

import pytest

from vscan.providers.offline.syntax import javascript_trees
from vscan.providers.offline.syntax.javascript_programs import programs
from vscan.providers.offline.syntax.javascript_trees import (
    BarrenPieces,
    Piece,
    TooCostlyError,
    pieces,
)

PIECE = 4096


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(javascript_trees, "PIECE_BYTES", PIECE)
    monkeypatch.setattr(javascript_trees, "_OVERLAP_BYTES", PIECE // 8)
    monkeypatch.setattr(javascript_trees, "_MAX_PIECE_BYTES", 16 * PIECE)


def assert_covered(source: bytes) -> list[Piece]:
    """Check that each byte lies in a piece, that pieces hold their bytes, and that all advance."""
    found = list(pieces(source))
    end = 0
    for before, piece in zip([None, *found], found, strict=False):
        assert before is None or piece.start > before.start
        assert piece.start <= end
        assert source[piece.start : piece.start + len(piece.source)] == piece.source
        end = max(end, piece.start + len(piece.source))
    assert end == len(source)
    return found


def statements(number: int) -> bytes:
    return b"".join(b"const name%d = work(%d);\n" % (each, each) for each in range(number))


def evals(source: bytes) -> set[int]:
    """Give the offsets of the calls of ``eval``."""
    found = (call for program in programs("a.js", source) for call in program.calls)
    return {call.offset for call in found if "eval" in call.names}


def test_an_empty_file_has_no_piece_and_a_small_one_has_one() -> None:
    assert list(pieces(b"")) == []
    (piece,) = pieces(b"work(1);")
    assert (piece.source, piece.start, piece.root.type) == (b"work(1);", 0, "program")


def test_the_pieces_of_a_large_file_overlap() -> None:
    found = assert_covered(statements(1000))
    assert len(found) > 3
    for before, after in pairwise(found):
        assert after.start < before.start + len(before.source)


@pytest.mark.parametrize(
    "one",
    [
        b"const name = work(1);\n",
        b"function name(a) { return a + 1; }\n",
        b"if (a) { work(1); } else { work(2); }\n",
        b"for (const a of list) { work(a); }\n",
        b"class Name { method() { return 1; } }\n",
        b"/* ; work(0); */ work('; work(0); // '); // ; work(0);\n",
        b"work(`; ${name('; }')} ;`);\n",
        b"import name from 'name';\n",
        b"work(/[;{}'\"]/);\n",
    ],
)
def test_each_piece_begins_between_two_statements(one: bytes) -> None:
    source = one * (5 * PIECE // len(one))
    found = assert_covered(source)
    assert len(found) > 3
    for piece in found[1:]:
        # Each one ends in a line end, or after the statement that a comment follows.
        at = piece.start % len(one)
        assert piece.source.lstrip().startswith((one[:4], b"// ;"))
        assert at == 0 or one[at:].strip() == b"" or one[at:].lstrip().startswith(b"//")


def test_the_lines_of_a_later_piece_are_those_of_the_file() -> None:
    source = statements(1000) + b"eval(late);\n"
    *_, last = programs("extension.js", source)
    (call,) = (call for call in last.calls if "eval" in call.names)
    assert (call.line, call.offset) == (1001, source.index(b"eval"))


@pytest.mark.parametrize(
    "inert",
    [
        b"work('" + b"eval(a); " * 40 + b"');\n",
        b"work(`" + b"eval(a);\n" * 40 + b"`);\n",
        b"/*" + b" eval(a);\n" * 40 + b"*/ work(1);\n",
        b"work(/" + b"eval(a);" * 40 + b"/);\n",
    ],
)
def test_a_literal_that_two_pieces_share_is_one_literal(inert: bytes) -> None:
    source = inert * (5 * PIECE // len(inert)) + b"eval(late);\n"
    assert len(assert_covered(source)) > 3
    assert evals(source) == {source.index(b"eval(late)")}


@pytest.mark.parametrize("quotes", [b"''", b'""', b"``"])
def test_a_literal_that_is_longer_than_a_piece_is_one_literal(quotes: bytes) -> None:
    literal = quotes[:1] + b"eval(a); " * (PIECE // 3) + quotes[1:]
    source = (
        statements(10) + b"const text = " + literal + b";\n" + statements(10) + b"eval(late);\n"
    )
    assert_covered(source)
    assert evals(source) == {source.index(b"eval(late)")}


def test_a_comment_that_is_longer_than_a_piece_is_a_comment() -> None:
    source = b"work(1);\n/*" + b" eval(a);\n" * PIECE + b"*/\neval(late);\n"
    assert_covered(source)
    assert evals(source) == {source.index(b"eval(late)")}


def test_a_function_that_is_longer_than_a_piece_is_parsed_as_a_whole() -> None:
    source = b"(function () {\n" + statements(400) + b"eval(late);\n})();\n"
    assert_covered(source)
    assert source.index(b"eval(late)") in evals(source)


def test_a_literal_that_is_longer_than_the_largest_piece_is_too_costly() -> None:
    source = b"const text = '" + b"a" * (40 * PIECE) + b"';\neval(late);\n"
    with pytest.raises(TooCostlyError):
        list(pieces(source))


def test_a_line_without_an_end_is_parsed_in_pieces() -> None:
    source = b"var a=0;" + b"a=a+1,work(a);" * PIECE + b"eval(late)"
    found = assert_covered(source)
    assert max(len(piece.source) for piece in found) <= PIECE
    assert evals(source) == {source.index(b"eval(late)")}


def test_one_expression_without_an_end_is_too_costly() -> None:
    source = b"var a=0" + b"+work(1)" * (6 * PIECE)
    with pytest.raises(TooCostlyError):
        list(pieces(source))


def test_nesting_that_a_large_tree_would_be_of_is_too_costly() -> None:
    with pytest.raises(TooCostlyError):
        list(pieces(b"(" * 1_000_000))


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        (b"function a(){", b"}"),
        (b"(()=>", b")"),
        (b"[", b"]"),
        (b"{", b"}"),
        (b"a(", b")"),
        (b"`${", b"}`"),
        (b"if(a)", b""),
        (b"!", b""),
    ],
)
def test_deep_nesting_ends(opening: bytes, closing: bytes) -> None:
    source = opening * 4_000 + b"eval(a)" + closing * 4_000
    assert_covered(source)
    for program in programs("extension.js", source):
        for call in program.calls:
            assert call.arguments is not None


@pytest.mark.parametrize("source", [b"\0" * 9000, b"}" * 9000, b"\xff\xfe" * 9000, b"'" * 9001])
def test_what_is_no_program_ends(source: bytes) -> None:
    assert_covered(source)
    assert [call for program in programs("a.js", source) for call in program.calls] == []


def test_a_list_that_is_longer_than_many_pieces_is_read_to_its_end() -> None:
    """Each piece but the first and the last is one error that has all items as its children."""
    source = b"a = [" + b'"eval(a)", ' * (5 * PIECE // 11) + b"1]; eval(late);\n"
    assert len(assert_covered(source)) > 3
    assert evals(source) == {source.index(b"eval(late)")}


def test_barren_pieces_are_left_out_wherever_their_bytes_are_again() -> None:
    barren, source = BarrenPieces(), statements(1000)
    first, *rest = pieces(source, barren)
    barren.add(first)
    assert [piece.start for piece in pieces(source, barren)] == [piece.start for piece in rest]
    shifted = b"/* another name */\n" + source[first.length :]
    assert next(pieces(shifted, barren)).start == 0
    after = pieces(source[: first.length] + b"eval(x);" + statements(400), barren)
    assert next(after).start == 0


def test_a_barren_piece_at_the_end_of_a_file_is_none_where_more_follows() -> None:
    barren = BarrenPieces()
    source = statements(150)[:PIECE]
    (last,) = pieces(source, barren)
    barren.add(last)
    assert list(pieces(source, barren)) == []
    assert b"".join(piece.source for piece in pieces(source + b"eval(x);", barren)).endswith(
        b"(x);"
    )


def test_pieces_are_barren_only_where_a_caller_leaves_them_out() -> None:
    barren, source = BarrenPieces(), statements(1000)
    for piece in pieces(source):
        barren.add(piece)
    assert len(list(pieces(source, barren))) == len(list(pieces(source)))
