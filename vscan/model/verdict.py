"""A provider's verdict about an extension: findings, packages, gaps, and the data it rests on."""

from collections.abc import Sequence
from urllib.parse import quote

from msgspec import Struct

from vscan.model.levels_and_kinds import Confidence, GapKind, Kind, RiskLevel, Severity


class Rule(Struct, frozen=True):
    """A rule of findings: what they mean, why they matter, what to do."""

    id: str
    kind: Kind
    title: str
    meaning: str
    why: str
    help: str


class Finding(Struct, frozen=True):
    """One problem that a provider found in an extension.

    ``file`` is relative to the extension; ``line`` counts from 1, ``offset``, in bytes, from 0.
    ``digest`` is of all that it is about, as of its whole file: 32 characters of hex, or empty.
    """

    rule: str
    severity: Severity
    kind: Kind
    message: str
    file: str | None = None
    line: int | None = None
    evidence: str | None = None
    url: str | None = None
    offset: int | None = None
    confidence: Confidence | None = None
    digest: str = ""

    @property
    def place(self) -> str:
        """The location for people: ``file:line``, the file alone, or an empty text."""
        if self.file is None or self.line is None:
            return self.file or ""  # a line number without a file is meaningless
        return f"{self.file}:{self.line}"


class Package(Struct, frozen=True):
    """An npm package in an extension, and how it was recognised.

    ``evidence`` is where it was seen: ``node_modules``, ``lock-file``, ``manifest``,
    ``source-map``, ``banner`` or ``signature``; ``file`` is relative to the extension.
    """

    name: str
    version: str | None
    evidence: str
    confidence: Confidence
    file: str
    offset: int = 0  # in bytes, of the evidence; 0 for a whole file

    @property
    def purl(self) -> str:
        """The package URL (https://github.com/package-url/purl-spec), of type ``npm``."""
        version = "" if self.version is None else f"@{quote(self.version, safe='')}"
        return f"pkg:npm/{quote(self.name, safe='/')}{version}"


class Gap(Struct, frozen=True):
    """A missing part of an analysis, in words."""

    text: str
    kind: GapKind


class DataSet(Struct, frozen=True):
    """Published data that a verdict rests on: its number of entries and its date (ISO 8601)."""

    name: str
    source: str
    as_of: str
    count: int


class DataState(Struct, frozen=True):
    """A set of published data, and its age on a day.

    ``days`` is its age; ``None`` where it is missing, or has an impossible date. Data that
    ``ages`` has to be current to be relied on; other data are single cases.
    """

    data: DataSet
    days: int | None
    ages: bool = True

    @property
    def missing(self) -> bool:
        """Whether the set has no data."""
        return not self.data.as_of and not self.data.count

    def older_than(self, days: int) -> bool:
        """Whether the data is older than so many days, or of unknown age."""
        return self.ages and (self.days is None or self.days > days)


class Verdict(Struct, frozen=True):
    """What a provider says about an extension. With ``gaps`` it never means clean.

    ``score`` is 0 (worst) to 100. ``analysed_version`` is the one the provider looked
    at, which need not be the one that is installed. ``gaps`` are the parts of the
    analysis that are missing, ``contributions`` what the provider's score is the sum of.
    ``digest`` is of the bytes that were looked at, where a provider looks at bytes;
    ``capabilities`` are what they can do, by name, each with what shows it.
    """

    provider: str
    analysed_version: str
    score: float
    risk: RiskLevel
    findings: tuple[Finding, ...]
    analysed_at: str | None
    gaps: tuple[Gap, ...]
    url: str | None
    vulnerabilities: tuple[tuple[str, int], ...]
    modules: tuple[tuple[str, RiskLevel], ...]
    contributions: tuple[tuple[str, float], ...] = ()
    publisher_verified: bool | None = None
    digest: str = ""
    capabilities: tuple[tuple[str, tuple[str, ...]], ...] = ()
    packages: Sequence[Package] = ()
    data: tuple[DataSet, ...] = ()

    @property
    def gap_texts(self) -> tuple[str, ...]:
        """The missing parts, in words."""
        return tuple(gap.text for gap in self.gaps)
