"""Write a verdict as JSON and read it back. Pure.

The cache stores this form, and the analyser process sends it. Anyone who can write the cache's
file can write anything in it, so reading checks and sanitizes every value: numbers have a range,
identities a pattern, and texts go through ``sanitize``. msgspec checks what the structures below
declare, before any value of the model is made.
"""

import sys
from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from vscan.bounded_json import check_item_count
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
from vscan.safe_text import sanitize

_MAX_TEXT = 1000  # characters
_MAX_SHARED_SETS = 20
_MAX_WORD = 100  # characters; a cache of longer ones could be made to fill the memory

_Count: TypeAlias = Annotated[int, Meta(ge=0, lt=2**53)]
# Written as an integer or with a fraction, and read back as it was written.
_Score: TypeAlias = Annotated[int, Meta(ge=0, le=100)] | Annotated[float, Meta(ge=0, le=100)]
_Points: TypeAlias = Annotated[int, Meta(ge=-100, le=100)] | Annotated[float, Meta(ge=-100, le=100)]
_Link: TypeAlias = Annotated[str, Meta(pattern=r"\Ahttps://")]  # all that a report may carry
_Time: TypeAlias = Annotated[
    str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")
]
_ContentDigest: TypeAlias = Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")]
_FindingDigest: TypeAlias = Annotated[str, Meta(pattern=r"\A([0-9a-f]{32})?\Z")]
_SeverityWord: TypeAlias = Literal["info", "low", "medium", "high", "critical"]


class _Finding(Struct, frozen=True, gc=False):
    rule: str
    severity: Severity
    kind: Kind
    message: str
    file: str | None
    line: _Count | None
    evidence: str | None
    url: _Link | None
    offset: _Count | None
    confidence: Confidence | None
    digest: _FindingDigest


class _Gap(Struct, frozen=True, gc=False):
    text: str
    kind: GapKind


class _Package(Struct, frozen=True, gc=False):
    name: str
    version: str | None
    evidence: str
    confidence: Confidence
    file: str
    offset: _Count


class _DataSet(Struct, frozen=True, gc=False):
    name: str
    source: _Link
    as_of: str
    count: _Count


class _Verdict(Struct, frozen=True, gc=False):
    provider: str
    analysed_version: str
    score: _Score
    risk: RiskLevel
    findings: tuple[_Finding, ...]
    analysed_at: _Time | None
    gaps: tuple[_Gap, ...]
    url: _Link | None
    vulnerabilities: tuple[tuple[_SeverityWord, _Count], ...]
    modules: tuple[tuple[str, RiskLevel], ...]
    contributions: tuple[tuple[str, _Points], ...]
    publisher_verified: bool | None
    digest: _ContentDigest
    capabilities: tuple[tuple[str, tuple[str, ...]], ...]
    packages: tuple[_Package, ...]
    data: tuple[_DataSet, ...]


_DECODER = msgspec.json.Decoder(_Verdict)
_PACKAGES_DECODER = msgspec.json.Decoder(tuple[_Package, ...])


def encode(verdict: Verdict) -> bytes:
    """Write a verdict. Its texts have been through ``sanitize``: a lone surrogate is an error."""
    return msgspec.json.encode(verdict)


def decode(payload: bytes) -> Verdict:
    """Read a verdict that ``encode`` wrote; ``ValueError`` for anything else."""
    check_item_count(payload)
    try:
        fields = _DECODER.decode(payload)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    return Verdict(
        provider=_text(fields.provider),
        analysed_version=_text(fields.analysed_version),
        score=fields.score,
        risk=fields.risk,
        findings=tuple(map(_finding, fields.findings)),
        analysed_at=fields.analysed_at,
        gaps=tuple(Gap(_text(gap.text), gap.kind) for gap in fields.gaps),
        url=_optional_text(fields.url),
        vulnerabilities=fields.vulnerabilities,
        modules=tuple((_word(name), level) for name, level in fields.modules),
        contributions=tuple((_word(name), points) for name, points in fields.contributions),
        publisher_verified=fields.publisher_verified,
        digest=fields.digest,
        capabilities=tuple(
            (_word(name), tuple(map(_word, shown))) for name, shown in fields.capabilities
        ),
        packages=tuple(map(_package, fields.packages)),
        data=_data(fields.data),
    )


def encode_packages(packages: Sequence[Package]) -> bytes:
    """Write packages alone."""
    return msgspec.json.encode(packages)


def decode_packages(content: bytes) -> tuple[Package, ...]:
    """Read packages that ``encode_packages`` wrote; ``ValueError`` for anything else."""
    return tuple(map(_package, _PACKAGES_DECODER.decode(content)))


def _finding(fields: _Finding) -> Finding:
    return Finding(
        rule=_word(fields.rule),
        severity=fields.severity,
        kind=fields.kind,
        message=_text(fields.message),
        file=_optional_text(fields.file),
        line=fields.line,
        evidence=_optional_text(fields.evidence),
        url=_optional_text(fields.url),
        offset=fields.offset,
        confidence=fields.confidence,
        digest=fields.digest,
    )


def _package(fields: _Package) -> Package:
    return Package(
        name=_text(fields.name),
        version=_optional_text(fields.version),
        evidence=_word(fields.evidence),
        confidence=fields.confidence,
        file=_text(fields.file),
        offset=fields.offset,
    )


def _data(fields: tuple[_DataSet, ...]) -> tuple[DataSet, ...]:
    """Convert the published data, and keep one copy: all verdicts of a run rest on the same."""
    data = tuple(
        DataSet(_word(each.name), _word(each.source), _word(each.as_of), each.count)
        for each in fields
    )
    return _shared_data(data) if len(data) <= _MAX_SHARED_SETS else data


@lru_cache(64)
def _shared_data(data: tuple[DataSet, ...]) -> tuple[DataSet, ...]:
    return data


def _text(text: str) -> str:
    return sanitize(text, _MAX_TEXT)


def _optional_text(text: str | None) -> str | None:
    return None if text is None else sanitize(text, _MAX_TEXT)


def _word(text: str) -> str:
    """Sanitize a text of which there are few different ones, and keep one copy of each."""
    return _short_word(text) if len(text) <= _MAX_WORD else sys.intern(_text(text))


@lru_cache(4096)
def _short_word(text: str) -> str:
    return sys.intern(_text(text))
