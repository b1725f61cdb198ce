"""Recognise libraries by published signatures, which are untrusted regular expressions.

Matching a few hundred of them against every script would take minutes. So YARA searches for a
literal part of all expressions at once, and an expression is matched only near its literal.
Expressions without a known literal, or with a syntax that Python lacks, are left out.
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

_SHORTEST = 6  # letters of a literal; shorter ones are too frequent
_REACH = MAX_TEXT_BYTES // 2  # bytes on either side of a literal that are matched
_TRIES = 1000  # matches of one literal in one file
_LIMIT_S = 2.0  # for one file
_LONGEST_NAME = 255  # bytes of a file's name: the limit of file systems
_MAX_SIGNATURES = 5000  # a few hundred are published
_WITHOUT_END = lazy_regex(r"(?<!\\)(\.|\]|\\[dDsSwW])([*+])")
_FEW = {"*": "{0,200}", "+": "{1,200}"}
_MINIFIED = lazy_regex(r"[.-]min\Z")
_SPECIAL = frozenset("\\^$.|?*+()[]{}")
_CLASSES = frozenset("bBdDsSwWAZ0123456789nrtfvxu")
_OPTIONAL = frozenset("?*{")


@functools.lru_cache(_MAX_SIGNATURES)
def bounded(pattern: str) -> re.Pattern[bytes] | None:
    """Compile an expression that hostile text can't slow down; ``None`` if it could."""
    pattern = _WITHOUT_END.sub(lambda match: match[1] + _FEW[match[2]], pattern)
    try:
        require_bounded(pattern.encode())
        return re.compile(pattern.encode())
    except (ValueError, re.error, OverflowError, RecursionError):
        return None


def literal(pattern: str) -> str:
    """Return the longest text that every match of an expression must contain."""
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
            return ""  # an alternative
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
    """The published signatures, compiled."""

    def __init__(self, signatures: Collection[Signature]) -> None:
        if sum(signature.kind != "hash" for signature in signatures) > _MAX_SIGNATURES:
            raise ValueError(f"can't be compared with over {_MAX_SIGNATURES} signatures")
        import yara_x

        self._names: list[tuple[re.Pattern[bytes], str]] = []
        self._contents: list[tuple[str, str]] = []  # compiled when its literal is first found
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
        """Recognise the libraries in a script: their names and versions."""
        until_s = time.monotonic() + _LIMIT_S
        base = name.rpartition("/")[2].encode("utf-8", "replace")
        found = []
        for expression, package in self._names if len(base) <= _LONGEST_NAME else ():
            if match := expression.fullmatch(base):
                found.append((match, package))
            _check_time(until_s)
        found += self._matches(content, until_s)
        libraries = [(package, _version(match)) for match, package in found]
        if self._hashes:
            libraries += self._hashes.get(sha1(content, usedforsecurity=False).hexdigest(), [])
        yield from (each for each in dict.fromkeys(libraries) if is_package(*each))

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
            matches = rule.patterns[0].matches
            for found in matches:
                near = content[max(0, found.offset - _REACH) : found.offset + _REACH]
                if match := expression.search(near):
                    yield match, package  # others may follow: a script may contain two versions
                _check_time(until_s)
            if len(matches) == _TRIES:
                raise ValueError("has too many matches to compare with signatures")


def _check_time(until_s: float) -> None:
    if time.monotonic() > until_s:
        raise ValueError("takes too long to compare with signatures")


def _version(match: re.Match[bytes]) -> str:
    """Return the version without ``.min``, which the expressions include."""
    return _MINIFIED.sub("", match[1].decode("ascii", "replace")) if match[1] else ""


@functools.lru_cache(maxsize=64)
def of(advisories: Advisories) -> Signatures:
    """Return the signatures of a worker's view of the data; workers share the compiled ones."""
    return _compiled(advisories.signatures())


@functools.lru_cache(maxsize=1)
def _compiled(signatures: tuple[Signature, ...]) -> Signatures:
    return Signatures(signatures)
