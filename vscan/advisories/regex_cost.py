"""An upper bound of the steps that a regular expression can take. Pure.

Python's ``re`` backtracks: a harmless-looking expression (``a?`` forty times) can take years on a
text of forty letters. So the expressions of published data are measured before they are used, and
one that could take too long is left out, as is one with a part that this module does not support.

An expression is measured from its end. Each part receives the cost of matching the rest at one
position, and the bytes that the rest can begin with. A repetition tries the rest once for each
length that it can have. If the rest can't begin with a repeated byte, all lengths but one fail at
once; and a rest that begins with a fixed text can't match at every position.
"""

import functools
import re
from collections.abc import Sequence
from typing import Final, TypeAlias

from msgspec import Struct

MAX_TEXT_BYTES: Final = 4096  # the longest text that an expression is searched in
MAX_STEPS: Final = 300_000_000  # of one search: ten seconds at the very worst
_TOO_LONG: Final = "has a pattern that could take too long"
_MAX_VISITS = 2000  # of parts, while one expression is measured
_HEAD = 16  # positions after a part for which the possible bytes are known
_MAX_DEPTH = 20  # groups inside each other
_EVERY_BYTE: Final = frozenset(range(256))
_TIMES = re.compile(rb"(?:[*+?]|\{(\d{1,9})(?:(,)(\d{0,9}))?\})[?+]?")
_ATOM = re.compile(
    rb"\\x[0-9a-fA-F]{2}|\\0[0-7]{0,2}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^*+?()|\\]", re.DOTALL
)
_GROUP = re.compile(rb"\((?:\?:|\?P<\w+>|(?!\?))")
_BACK = re.compile(rb"\\[1-9]")
_PLACES: Final = frozenset({b"^", b"$", rb"\b", rb"\B", rb"\A", rb"\Z"})


class _Byte(Struct, frozen=True):
    """One byte out of a set. A reference back to a group counts as any byte, at a higher price."""

    of: frozenset[int]
    price: int = 1


class _Choice(Struct, frozen=True):
    """One of several sequences."""

    ways: tuple["_Sequence", ...]


class _Repeat(Struct, frozen=True):
    part: "_Part"
    least: int
    most: int


_Part: TypeAlias = _Byte | _Choice | _Repeat
_Sequence: TypeAlias = tuple[_Part, ...]
_Head: TypeAlias = tuple[frozenset[int], ...]


class _Rest(Struct, frozen=True):
    """What follows a part: the steps of matching it at one position, and its first bytes.

    ``head`` has the bytes that are possible at its first position, its second, and so on.
    """

    steps: int
    head: _Head = ()


def require_bounded(pattern: bytes) -> None:
    """Raise ``ValueError`` where a search of ``MAX_TEXT_BYTES`` could take over ``MAX_STEPS``."""
    anywhere = _Repeat(_Byte(_EVERY_BYTE), 0, MAX_TEXT_BYTES)
    _Measure().sequence((anywhere, _Parser(pattern).parsed()), _Rest(1))


class _Parser:
    """Parses the parts of regular expressions that published signatures use."""

    def __init__(self, pattern: bytes) -> None:
        self._pattern = pattern
        self._at = 0

    def parsed(self) -> _Part:
        found = self._choice(0)
        if self._at < len(self._pattern):
            raise ValueError("has a pattern with an unbalanced bracket")
        return found

    def _choice(self, depth: int) -> _Choice:
        if depth > _MAX_DEPTH:
            raise ValueError("has a pattern with too many groups")
        ways = [self._sequence(depth)]
        while self._pattern.startswith(b"|", self._at):
            self._at += 1
            ways.append(self._sequence(depth))
        return _Choice(tuple(ways))

    def _sequence(self, depth: int) -> _Sequence:
        parts: list[_Part] = []
        while self._at < len(self._pattern) and self._pattern[self._at] not in b"|)":
            part = self._part(depth)
            times = _TIMES.match(self._pattern, self._at)
            if times:
                self._at = times.end()
                part = None if part is None else self._repeated(part, times)
            if part is not None:
                parts.append(part)
        return tuple(parts)

    def _part(self, depth: int) -> _Part | None:
        """Read one part; ``None`` for one that matches no byte, as ``^`` does."""
        if group := _GROUP.match(self._pattern, self._at):
            self._at = group.end()
            inner = self._choice(depth + 1)
            if not self._pattern.startswith(b")", self._at):
                raise ValueError("has a pattern with an unbalanced bracket")
            self._at += 1
            return inner
        atom = _ATOM.match(self._pattern, self._at)
        if atom is None:
            raise ValueError("has a pattern with parts that can't be measured")
        self._at = atom.end()
        if _BACK.fullmatch(atom[0]):
            return _Byte(_EVERY_BYTE, MAX_TEXT_BYTES)
        return None if atom[0] in _PLACES else _Byte(_bytes_of(atom[0]))

    def _repeated(self, part: _Part, times: re.Match[bytes]) -> _Part:
        if times[1] is not None:
            least = int(times[1])
            most = least if times[2] is None else int(times[3] or MAX_TEXT_BYTES)
        else:
            least = int(times[0].startswith(b"+"))
            most = 1 if times[0].startswith(b"?") else MAX_TEXT_BYTES
        # A text of that length has room for no further repetitions.
        most = min(most, MAX_TEXT_BYTES)
        return _Repeat(part, min(least, most), most)


@functools.lru_cache(1024)
def _bytes_of(atom: bytes) -> frozenset[int]:
    """Find the bytes that a part for one byte matches, by means of ``re`` itself."""
    try:
        expression = re.compile(atom)
    except (re.error, OverflowError):
        raise ValueError("has a pattern with parts that can't be measured") from None
    return frozenset(each for each in range(256) if expression.fullmatch(bytes([each])))


class _Measure:
    """Adds up the steps; ``ValueError`` as soon as there are too many."""

    def __init__(self) -> None:
        self._visits = 0

    def sequence(self, parts: Sequence[_Part], rest: _Rest) -> _Rest:
        for part in reversed(parts):
            rest = self._part(part, rest)
        return rest

    def _part(self, part: _Part, rest: _Rest) -> _Rest:
        self._visits += 1
        if self._visits > _MAX_VISITS or rest.steps > MAX_STEPS:
            raise ValueError(_TOO_LONG)
        match part:
            case _Byte(of, price):
                return _Rest(price + rest.steps, _cut((of, *rest.head)) if price == 1 else ())
            case _Choice(ways):
                return self._either([self.sequence(way, rest) for way in ways])
            case _Repeat(_Byte(of, 1), least, most) if most > 1:
                return _run(of, least, most, rest)
            case _Repeat(inner, least, most):
                found = rest
                for already in reversed(range(most)):
                    once_more = self._part(inner, found)
                    found = self._either([once_more, rest] if already >= least else [once_more])
                return found

    def _either(self, rests: Sequence[_Rest]) -> _Rest:
        if len(rests) == 1:
            return rests[0]
        steps = 1 + sum(each.steps for each in rests)
        if steps > MAX_STEPS:
            raise ValueError(_TOO_LONG)
        return _Rest(steps, tuple(map(_union, zip(*(each.head for each in rests), strict=False))))


def _run(of: frozenset[int], least: int, most: int, rest: _Rest) -> _Rest:
    """Measure a repetition of single bytes and what follows it."""
    lengths = most - least + 1
    if rest.head and of.isdisjoint(rest.head[0]):
        tries = 1
    else:
        tries = 1 + (lengths - 1) // _least_distance(rest.head)
    steps = most + lengths * max(1, len(rest.head)) + tries * rest.steps
    if steps > MAX_STEPS:
        raise ValueError(_TOO_LONG)
    longer = _cut((*(of,) * min(least, _HEAD), *rest.head))
    # With more repetitions, its bytes are where the rest would begin otherwise.
    repeated = (*(of,) * min(most, _HEAD), *rest.head)
    return _Rest(steps, tuple(map(_union, zip(longer, repeated, strict=False))))


def _least_distance(head: _Head) -> int:
    """Return the smallest distance of two overlapping texts with this beginning."""
    for distance in range(1, len(head)):
        if not any(map(frozenset.isdisjoint, head[distance:], head)):
            return distance
    return len(head) or 1


def _cut(head: _Head) -> _Head:
    return head[:_HEAD]


def _union(sets: Sequence[frozenset[int]]) -> frozenset[int]:
    return frozenset().union(*sets)
