"""Write a verdict as JSON and read it back. Pure.

The cache stores this form, and the analyser process sends it. Whoever can write the cache's
file can write anything in it, so reading checks and sanitizes every value.
"""

import json
import re
import sys
from functools import lru_cache
from typing import Any

from vscan.model import (
    Confidence,
    DataSet,
    Finding,
    Gap,
    GapKind,
    Kind,
    Package,
    RiskLevel,
    Severity,
    Verdict,
)
from vscan.text import sanitize
from vscan.untrusted_input import parse_json

_WORD = 100  # characters; a cache of longer ones could be made to fill the memory


def _fields(value: Verdict | Finding | Gap | Package | DataSet) -> dict[str, Any]:
    # Not asdict, which copies every text and takes five times as long.
    return {name: getattr(value, name) for name in type(value).__slots__}


def encode(verdict: Verdict) -> bytes:
    """Write a verdict as JSON, in ASCII."""
    fields = _fields(verdict)
    for name in ("findings", "gaps", "packages", "data"):
        fields[name] = [_fields(each) for each in fields[name]]
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()


def decode(payload: bytes) -> Verdict:
    """Read a verdict that ``encode`` wrote; ``ValueError`` for anything else."""
    try:
        return _verdict(parse_json(payload))
    except (TypeError, KeyError, AttributeError):
        raise ValueError("is not a verdict") from None


def _verdict(fields: dict[str, Any]) -> Verdict:
    analysed_at = fields["analysed_at"]
    score = fields["score"]
    if isinstance(score, bool) or not 0 <= score <= 100:  # noqa: PLR2004 - a score's range
        raise ValueError("no score")
    return Verdict(
        provider=_text(fields["provider"]),
        analysed_version=_text(fields["analysed_version"]),
        score=score,
        risk=RiskLevel(fields["risk"]),
        findings=tuple(_finding(finding) for finding in fields["findings"]),
        analysed_at=None if analysed_at is None else _time(analysed_at),
        gaps=tuple(Gap(_text(gap["text"]), GapKind(gap["kind"])) for gap in fields["gaps"]),
        url=None if fields["url"] is None else _link(fields["url"]),
        vulnerabilities=tuple(
            (Severity[word.upper()].word, _count(n)) for word, n in fields["vulnerabilities"]
        ),
        modules=tuple((_word(name), RiskLevel(level)) for name, level in fields["modules"]),
        contributions=tuple((_word(name), _points(n)) for name, n in fields["contributions"]),
        publisher_verified=_optional_bool(fields["publisher_verified"]),
        digest=_digest(fields["digest"]),
        capabilities=tuple(
            (_word(name), tuple(map(_word, _list(shown))))
            for name, shown in map(_list, fields["capabilities"])
        ),
        packages=tuple(_package(package) for package in fields["packages"]),
        data=tuple(
            DataSet(
                _word(each["name"]),
                _link(each["source"]),
                _word(each["as_of"]),
                _count(each["count"]),
            )
            for each in fields["data"]
        ),
    )


def _finding(fields: dict[str, Any]) -> Finding:
    def optional(name: str) -> str | None:
        return None if fields[name] is None else _text(fields[name])

    def number(name: str) -> int | None:
        return None if fields[name] is None else _count(fields[name])

    confidence = fields["confidence"]
    return Finding(
        rule=_word(fields["rule"]),
        severity=Severity(fields["severity"]),
        kind=Kind(fields["kind"]),
        message=_text(fields["message"]),
        file=optional("file"),
        line=number("line"),
        evidence=optional("evidence"),
        url=None if fields["url"] is None else _link(fields["url"]),
        offset=number("offset"),
        confidence=None if confidence is None else Confidence(confidence),
        digest=_identity(fields["digest"]),
    )


def _package(fields: dict[str, Any]) -> Package:
    version = fields["version"]
    return Package(
        name=_text(fields["name"]),
        version=None if version is None else _text(version),
        evidence=_word(fields["evidence"]),
        confidence=Confidence(fields["confidence"]),
        file=_text(fields["file"]),
        offset=_count(fields["offset"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return sanitize(value, 1000)


def _time(value: object) -> str:
    time = _text(value)
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time, re.ASCII):
        raise ValueError("not a time")
    return time


def _digest(value: object) -> str:
    digest = _text(value)
    if not re.fullmatch(r"([0-9a-f]{64})?", digest):
        raise ValueError("not a digest")
    return digest


def _identity(value: object) -> str:
    identity = _text(value)
    if not re.fullmatch(r"([0-9a-f]{32})?", identity):
        raise ValueError("not a digest of a finding")
    return identity


def _link(value: object) -> str:
    link = _text(value)
    if not link.startswith("https://"):
        raise ValueError("not a link that a report may carry")
    return link


def _word(value: object) -> str:
    """Read a text of which there are few different ones, and keep one of each."""
    if isinstance(value, str) and len(value) <= _WORD:
        return _known_word(value)
    return sys.intern(_text(value))


@lru_cache(4096)
def _known_word(value: str) -> str:
    return sys.intern(_text(value))


def _points(value: object) -> float:
    if type(value) not in {int, float} or not -100 <= value <= 100:  # type: ignore[operator]  # noqa: PLR2004
        raise TypeError("not a contribution to a score")
    return value  # type: ignore[return-value]


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _optional_bool(value: object) -> bool | None:
    if not isinstance(value, bool | None):
        raise TypeError("neither yes nor no")
    return value


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("not a count")
    return value
