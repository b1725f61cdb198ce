"""Recognise libraries by published signatures: regular expressions that strangers wrote.

A few hundred of them over every script would take minutes. So YARA looks for a literal part of
each, all at once, and an expression is tried only near its literal. One whose literal can't be
told, or that Python does not understand, is left out.
"""

import functools
import re
import time
from collections.abc import Collection, Iterator
from hashlib import sha1

from vscan.advisories import Advisories, Signature
from vscan.advisories.regex_cost import MAX_TEXT_BYTES, require_bounded
from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.lockfiles import Locked, is_package

_SHORTEST = 6  # letters of a literal; shorter ones are everywhere
_REACH = MAX_TEXT_BYTES // 2  # bytes on either side of a literal that an expression sees
_TRIES = 1000  # places of one literal in one file
_LIMIT_S = 2.0  # for one file
_LONGEST_NAME = 255  # bytes of a file's name: no file system has longer ones
_MOST = 5000  # expressions; a few hundred are published
_WITHOUT_END = lazy_regex(r"(?<!\\)(\.|\]|\\[dDsSwW])([*+])")
_FEW = {"*": "{0,200}", "+": "{1,200}"}
_MINIFIED = lazy_regex(r"[.-]min\Z")
_SPECIAL = frozenset("\\^$.|?*+()[]{}")
_CLASSES = frozenset("bBdDsSwWAZ0123456789nrtfvxu")
_OPTIONAL = frozenset("?*{")


@functools.lru_cache(_MOST)
def bounded(pattern: str) -> re.Pattern[bytes] | None:
    """Compile an expression so that hostile text can't keep it busy; ``None`` where it could."""
    pattern = _WITHOUT_END.sub(lambda match: match[1] + _FEW[match[2]], pattern)
    try:
        require_bounded(pattern.encode())
        return re.compile(pattern.encode())
    except (ValueError, re.error, OverflowError, RecursionError):
        return None


def literal(pattern: str) -> str:
    """Find the longest text that whatever matches an expression must have in it."""
    longest = run = ""
    depth = position = 0
    while position < len(pattern):
        character = pattern[position]
        is_plain = character not in _SPECIAL
        end = position + 1
        if character == "\\":
            character = pattern[end : end + 1]
            is_plain = character not in _CLASSES
            end += 1
        elif character in "[{":
            closing = pattern.find("]" if character == "[" else "}", end + 1)
            end = closing + 1 if closing > 0 else len(pattern)
        elif character == "|" and depth == 0:
            return ""  # one or the other
        else:
            depth += {"(": 1, ")": -1}.get(character, 0)
        repeated = pattern[end : end + 1]
        if is_plain and depth == 0 and repeated not in _OPTIONAL:
            run += character
            longest = max(longest, run, key=len)
        if not is_plain or depth or repeated in _OPTIONAL or repeated == "+":
            run = ""
        position = end
    return longest


class Signatures:
    """Published signatures, compiled."""

    def __init__(self, signatures: Collection[Signature]) -> None:
        if sum(signature.kind != "hash" for signature in signatures) > _MOST:
            raise ValueError(f"can't be compared with over {_MOST} signatures")
        import yara_x  # what lists the rules of all checks never searches

        self._names: list[tuple[re.Pattern[bytes], str]] = []
        self._contents: list[tuple[str, str]] = []  # compiled when the literal is first found
        self._hashes: dict[str, list[Locked]] = {}
        compiler = yara_x.Compiler()
        for signature in signatures:
            if signature.kind == "hash":
                known = signature.name, signature.version or ""
                self._hashes.setdefault(signature.pattern.lower(), []).append(known)
                continue
            if signature.kind == "filename":
                expression = bounded(signature.pattern)
                if expression is not None and expression.groups:
                    self._names.append((expression, signature.name))
                continue
            text = literal(signature.pattern)
            if len(text) >= _SHORTEST and text.isascii():
                shown = text.encode().hex(" ")
                compiler.add_source(
                    f"rule _{len(self._contents)} {{ strings: $a = {{ {shown} }} condition: $a }}"
                )
                self._contents.append((signature.pattern, signature.name))
        self._rules = compiler.build()

    def search(self, name: str, content: bytes) -> Iterator[Locked]:
        """Recognise libraries in a script: their names and versions."""
        until_s = time.monotonic() + _LIMIT_S
        base = name.rpartition("/")[2].encode("utf-8", "replace")
        found = []
        for expression, package in self._names if len(base) <= _LONGEST_NAME else ():
            if match := expression.fullmatch(base):
                found.append((match, package))
            _refuse_late(until_s)
        found += self._matches(content, until_s)
        several = [(package, _version(match)) for match, package in found]
        if self._hashes:
            several += self._hashes.get(sha1(content, usedforsecurity=False).hexdigest(), [])
        yield from (each for each in dict.fromkeys(several) if is_package(*each))

    def _matches(self, content: bytes, until_s: float) -> Iterator[tuple[re.Match[bytes], str]]:
        if not self._contents:
            return
        import yara_x

        scanner = yara_x.Scanner(self._rules)
        scanner.max_matches_per_pattern(_TRIES)
        for rule in scanner.scan(content).matching_rules:
            pattern, package = self._contents[int(rule.identifier[1:])]
            expression = bounded(pattern)
            if expression is None or not expression.groups:
                continue
            places = rule.patterns[0].matches
            for place in places:
                near = content[max(0, place.offset - _REACH) : place.offset + _REACH]
                if match := expression.search(near):
                    yield match, package  # one version says nothing of another behind it
                _refuse_late(until_s)
            if len(places) == _TRIES:
                raise ValueError("has too many matches to compare with signatures")


def _refuse_late(until_s: float) -> None:
    if time.monotonic() > until_s:
        raise ValueError("takes too long to compare with signatures")


def _version(match: re.Match[bytes]) -> str:
    """Take the version out; the expressions take ``.min`` for a part of it."""
    return _MINIFIED.sub("", match[1].decode("ascii", "replace")) if match[1] else ""


@functools.lru_cache(maxsize=64)
def of(advisories: Advisories) -> Signatures:
    """Give the signatures of a worker's view of the data; workers share what is compiled."""
    return _compiled(advisories.signatures())


@functools.lru_cache(maxsize=1)
def _compiled(signatures: tuple[Signature, ...]) -> Signatures:
    return Signatures(signatures)
