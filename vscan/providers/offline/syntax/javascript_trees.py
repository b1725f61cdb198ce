"""Parse JavaScript in pieces of bounded size, each of which begins between two statements.

A tree takes sixty times the memory of its text, so a large file is never parsed as a whole. Where a
piece ends is arbitrary: the grammar keeps all constructs that are complete. The next piece begins
after the last of them, so that it is known there whether a text is code, a comment or a string.
A comment or template that goes on beyond the end is closed there for the grammar, which would
otherwise take its text for code.
"""

import hashlib
import itertools
import time
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import tree_sitter
import tree_sitter_javascript

Node = tree_sitter.Node
_PARSE_LIMIT_S = 5  # of CPU time, for one piece; a usual one takes a fifth of a second
_CALLS_FOR_TIME = 32  # of the parser, between two looks at the time; there are 13 for a kilobyte
_CHUNK_BYTES = 65_536  # that are copied at once for the parser
_TEXT_BYTES = 64  # that are copied at once for the text of a node; most are shorter
PIECE_BYTES = 512 * 1024
_MAX_PIECE_BYTES = 32 * 1024**2  # where one literal is longer than a piece
_MAX_NODES_TO_GROW = 200_000  # in a piece without a cut: one of four times its size has 0.2 GB
_OVERLAP_BYTES = 64 * 1024  # of two pieces, so that short flows lie in one of them
_CLOSING = b"*/`"  # of a comment or template; a comment contains it, too
_CUT_AFTER = frozenset(
    {";", ",", "comment", "pair", "method_definition", "class_body", "switch_case"}
)


class TooCostlyError(Exception):
    """A piece takes too long, or too much memory, to parse."""


class Piece(NamedTuple):
    """A part of a file, its offset there, and its tree.

    ``length`` is that of its part before the next piece, with which it may overlap; 0 where barren
    pieces are not left out.
    """

    source: bytes
    start: int
    root: Node
    length: int = 0
    is_last: bool = True


class BarrenPieces:
    """Pieces in which no check found anything, nor had to leave anything out.

    Large packages have almost the same bundle several times. Each piece is parsed, and examined, by
    itself: one of the same bytes, which is the end of a file if the other one is, would yield
    nothing again.
    """

    def __init__(self) -> None:
        self._lengths: dict[bytes, int] = {}

    def add(self, piece: Piece) -> None:
        """Note a piece."""
        if piece.length:
            digest = _digest(piece.source, is_last=piece.is_last)
            self._lengths[digest] = piece.length

    def length(self, part: bytes, *, is_last: bool) -> int:
        """Return the length of such a piece before the next one; 0 if a part of a file is none."""
        return self._lengths.get(_digest(part, is_last=is_last), 0) if self._lengths else 0


def _digest(part: bytes, *, is_last: bool) -> bytes:
    return hashlib.sha256(part).digest() + bytes([is_last])


@cache
def language() -> tree_sitter.Language:
    """Return the grammar of JavaScript."""
    return tree_sitter.Language(tree_sitter_javascript.language())


def pieces(source: bytes, barren: BarrenPieces | None = None) -> Iterator[Piece]:
    """Parse a file; ``TooCostlyError`` for one that takes too long or too much memory.

    The pieces overlap, except around a literal that is longer than a piece. Those that are known to
    be barren are left out.
    """
    start, size = 0, PIECE_BYTES
    parser = tree_sitter.Parser(language())
    while start < len(source):
        part = source[start : start + size]
        is_last = start + size >= len(source)
        known = barren.length(part, is_last=is_last) if barren is not None else 0
        if known:
            start, size = start + known, PIECE_BYTES
            continue
        root = _parsed(parser, part + _closing(part, is_last=is_last))
        if root is None:
            raise TooCostlyError
        if is_last:
            yield Piece(part, start, root, len(part) if barren is not None else 0)
            return
        cut = _last_cut(root, size)
        if cut is None:
            if size >= _MAX_PIECE_BYTES or root.descendant_count > _MAX_NODES_TO_GROW:
                raise TooCostlyError
            size *= 4
            continue
        yield Piece(part, start, root, cut if barren is not None else 0, is_last=False)
        start, size = start + cut, PIECE_BYTES


def _closing(part: bytes, *, is_last: bool) -> bytes:
    """Return what closes a comment or template in which a part of a file may end.

    A comment that a file never closes is an error, of which the grammar makes very much.
    """
    if not is_last:
        return _CLOSING
    return b"*/" if part.rfind(b"/*") > part.rfind(b"*/") else b""


def _parsed(parser: tree_sitter.Parser, part: bytes) -> Node | None:
    """Parse a part of a file; ``None`` if it takes too long."""
    until_s = time.thread_time() + _PARSE_LIMIT_S
    size = _CHUNK_BYTES
    calls = itertools.count(1)  # the time costs more than the rest of such a call

    def read(offset: int, _: object) -> bytes:
        return part[offset : offset + size]

    try:
        tree = parser.parse(
            read,
            progress_callback=lambda _offset, _has_error: (
                next(calls) % _CALLS_FOR_TIME == 0 and time.thread_time() > until_s
            ),
        )
    except ValueError:
        parser.reset()
        return None
    size = _TEXT_BYTES  # from now on, ``read`` is called for the texts of nodes
    return tree.root_node


def _last_cut(root: Node, size: int) -> int | None:
    """Return the offset of the last place where a piece can begin; ``None`` if there is none.

    It lies before the overlap, if there is such a place after the first half.
    """
    best = None
    wanted = size - _OVERLAP_BYTES
    children = _before_end(root, size)
    while rest := _error_with_most(children, size):  # of one long list, or of unclosed functions
        children = _before_end(rest, size)
    for child in children:
        if child.end_byte >= size:  # more of it may follow
            break
        kind = child.type
        if kind in _CUT_AFTER or kind.endswith(("_statement", "_declaration")):
            if child.end_byte > wanted and best is not None and best > size // 2:
                break
            best = child.end_byte
    return best or None


def _error_with_most(nodes: list[Node], size: int) -> Node | None:
    """Return an error that has more than half of a piece in it."""
    errors = (node for node in nodes if node.type == "ERROR")
    return next((node for node in errors if node.end_byte - node.start_byte > size // 2), None)


def _before_end(node: Node, size: int) -> list[Node]:
    """Return the children that begin before the end of the piece."""
    return [child for child in node.children if child.start_byte < size]
