"""The words of the house. Values only: frozen, comparable, without I/O.

Text in them that a stranger wrote has been through ``text.plain`` where it was parsed.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import Literal, Self, TypeAlias
from urllib.parse import quote

_PUBLISHER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,213}")
_PATTERN = re.compile(r"[A-Za-z0-9_.*-]+")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,127}")
# No name begins with a dot, so no registry has an id of this form.
_LOCAL = re.compile(r"([a-z0-9_-]{1,40})\.(\.[a-z0-9_-]{1,40}(?:\.[0-9a-f]{16})?)")
_NOT_IN_LOCAL = re.compile(r"[^a-z0-9_-]")
_LOCAL_PART = 40  # characters of a publisher or a name that a local id shows
UNDEFINED_PUBLISHER = "undefined_publisher"  # what the editor puts where a manifest has none

# The platforms an extension can be packaged for, as the editor spells them in the
# names of folders and in its index ("universal" and "undefined" stand for none).
TARGET_PLATFORMS = frozenset(
    {
        "alpine-arm64",
        "alpine-x64",
        "darwin-arm64",
        "darwin-x64",
        "linux-arm64",
        "linux-armhf",
        "linux-x64",
        "web",
        "win32-arm64",
        "win32-ia32",
        "win32-x64",
    }
)


class Registry(StrEnum):
    """Where extensions are published. The same id may be good on one and bad on the other."""

    MARKETPLACE = "marketplace"
    OPEN_VSX = "open-vsx"


class _Level(IntEnum):
    @property
    def word(self) -> str:
        """The name that reports and options use."""
        return self.name.lower()


class Severity(_Level):
    """How bad a finding is."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class RiskLevel(_Level):
    """A source's judgement of a whole extension, or of one module's area."""

    UNKNOWN = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


class Kind(StrEnum):
    """What a finding is about.

    Posture is how an extension is made, not what is wrong with it; policy is what the
    gate's own rules say of it.
    """

    MALWARE = "malware"
    VULNERABILITY = "vulnerability"
    SECRET = "secret"  # noqa: S105 - the kind of finding
    POSTURE = "posture"
    POLICY = "policy"


class Confidence(_Level):
    """How sure a finding is."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


class FailureKind(StrEnum):
    """Why there is no verdict."""

    NOT_LISTED = "not-listed"
    RATE_LIMITED = "rate-limited"
    TIMEOUT = "timeout"
    NETWORK = "network"
    BAD_RESPONSE = "bad-response"
    NOT_REMEMBERED = "not-remembered"
    UNREADABLE = "unreadable"
    INTERRUPTED = "interrupted"
    BUG = "bug"


@dataclass(frozen=True, slots=True, order=True)
class ExtensionId:
    """``publisher.name``; equal without regard to case. Made by ``parse``, or ``local``.

    A local id is that of an extension that an editor loads and no registry can have. It is
    ``publisher..name``: with two dots, so it is never a real one.
    """

    key: str
    publisher: str = field(compare=False)
    name: str = field(compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take ``publisher.name`` apart at its first dot; ``ValueError`` if it is no id."""
        publisher, dot, name = text.partition(".")
        if not (dot and _PUBLISHER.fullmatch(publisher) and _NAME.fullmatch(name)):
            raise ValueError("not an extension id (publisher.name)")
        return cls(text.lower(), publisher, name)

    @classmethod
    def local(cls, publisher: str, name: str) -> Self:
        """Make a local id of any two texts; texts that differ, but for case, never make the same.

        Characters that no id has are replaced, and a digest of both texts tells the rest.
        """
        publisher, name = publisher.lower(), name.lower()
        parts = [_NOT_IN_LOCAL.sub("-", part)[:_LOCAL_PART] or "-" for part in (publisher, name)]
        if parts != [UNDEFINED_PUBLISHER, name]:
            whole = f"{len(publisher)}:{publisher}{name}".encode("utf-8", "surrogatepass")
            parts[1] += f".{hashlib.sha256(whole).hexdigest()[:16]}"
        return cls(f"{parts[0]}..{parts[1]}", parts[0], f".{parts[1]}")

    @classmethod
    def read(cls, text: str) -> Self:
        """Read an id that was written by us, which may be a local one; else as ``parse``."""
        match = _LOCAL.fullmatch(text)
        return cls(text, match[1], match[2]) if match else cls.parse(text)

    @property
    def is_local(self) -> bool:
        """Whether no registry can have it."""
        return self.name.startswith(".")

    def __str__(self) -> str:
        return f"{self.publisher}.{self.name}"


def check_pattern(text: str) -> str:
    """Give an id or a pattern of ids with ``*`` back; ``ValueError`` for all else."""
    if not _PATTERN.fullmatch(text):
        raise ValueError("neither an id nor a pattern of ids (publisher.*)")
    return text


def pattern(texts: Iterable[str]) -> re.Pattern[str]:
    """Compile ids (or publishers, or rules) with ``*`` into one pattern; of none: for nothing."""
    parts = [re.escape(text.lower()).replace(r"\*", ".*") for text in texts]
    return re.compile("|".join(parts) or r"(?!)")


def parse_version(text: str) -> str:
    """Give the version back, or ``ValueError`` where no editor would take it for one."""
    if not _VERSION.fullmatch(text):
        raise ValueError("not a version")
    return text


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an input named an extension: a path, and the line in it where there is one."""

    uri: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """One installed extension, or, with no version and no path, one asked for by name."""

    id: ExtensionId
    version: str | None
    target_platform: str | None
    display_name: str
    path: str | None  # relative to the target it was found in
    origins: tuple[Origin, ...]
    in_index: bool | None  # None: there is no index; False: perhaps another profile's
    root: Path | None = None  # its folder or archive on this machine; no report shows it
    members: tuple[str, ...] = ()  # ids, in lower case, that it brings along or needs
    directory: Path | None = None  # where it is installed; its folder may be a link that leads away
    registry: Registry | None = None  # where it was fetched from; None: that is not known
    never_sent: bool = False  # it is not what a registry can have, so no service is asked about it


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that names, or should be, an extension and could not be read."""

    name: str
    reason: str
    id: ExtensionId | None  # a guess from the name of the folder or the index
    version: str | None
    path: str | None
    origins: tuple[Origin, ...]


SkipReason: TypeAlias = Literal[
    "excluded",  # by a filter
    "private",
    "obsolete",  # marked as removed by the editor
    "hidden",  # its name begins with a dot
    "leftover",  # there is no package.json in it, and no index lists it
    "deleted",  # renamed by the editor, which was about to delete it
    "node-modules",
]


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was found and deliberately not scanned."""

    name: str
    version: str | None
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Rule:
    """What a finding is an instance of: what it means, why it matters, what to do."""

    id: str
    kind: Kind
    title: str
    meaning: str
    why: str
    help: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a source holds against an extension.

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
        """Where it is, for people: ``file:line``, the file alone, or nothing."""
        if self.file is None or self.line is None:
            return self.file or ""  # a line of no file is no place
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Package:
    """An npm package that an extension brings along, and how that is known.

    ``evidence`` is where it was seen: ``node_modules``, ``lock-file``, ``manifest``,
    ``source-map``, ``banner`` or ``signature``; ``file`` is relative to the extension.
    """

    name: str
    version: str | None
    evidence: str
    confidence: Confidence
    file: str
    offset: int = 0  # in bytes, of what shows it; 0 for a file as a whole

    @property
    def purl(self) -> str:
        """The package URL (https://github.com/package-url/purl-spec), of type ``npm``."""
        version = "" if self.version is None else f"@{quote(self.version, safe='')}"
        return f"pkg:npm/{quote(self.name, safe='/')}{version}"


class GapKind(StrEnum):
    """What a gap leaves open."""

    UNEXAMINED = "unexamined"  # something of the extension was not read or not searched
    DECISIVE = "decisive"  # a service lacks a part without which its verdict says little
    OTHER = "other"  # a service lacks another part


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of an analysis that is missing, in words."""

    text: str
    kind: GapKind


@dataclass(frozen=True, slots=True)
class DataSet:
    """Published data that a verdict rests on: how many entries, as of which day (ISO 8601)."""

    name: str
    source: str
    as_of: str
    count: int


@dataclass(frozen=True, slots=True)
class DataState:
    """A set of published data, and what it is worth on a day.

    ``days`` is its age; ``None`` where it is missing, or has an impossible date. Data that
    ``ages`` has to be current to be relied on; other data are single cases.
    """

    data: DataSet
    days: int | None
    ages: bool = True

    @property
    def missing(self) -> bool:
        """Whether there is none."""
        return not self.data.as_of and not self.data.count

    def older_than(self, days: int) -> bool:
        """Whether it can't be relied on where that many days are allowed."""
        return self.ages and (self.days is None or self.days > days)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a source says of an extension. With ``gaps`` it never means clean.

    ``score`` is 0 (worst) to 100. ``analysed_version`` is the one the source looked
    at, which need not be the one that is installed. ``gaps`` are the parts of the
    analysis that are missing, ``contributions`` what the source's score is the sum of.
    ``digest`` is of the bytes that were looked at, where a source looks at bytes;
    ``capabilities`` are what they can do, by name, each with what shows it.
    """

    source: str
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
    packages: tuple[Package, ...] = ()
    data: tuple[DataSet, ...] = ()

    @property
    def gap_texts(self) -> tuple[str, ...]:
        """What is missing, in words."""
        return tuple(gap.text for gap in self.gaps)


@dataclass(frozen=True, slots=True)
class Task:
    """One question to one source: an id, however many versions of it are installed."""

    source: str
    extensions: tuple[Extension, ...]

    def __hash__(self) -> int:
        first = self.extensions[0]  # all that tells copies apart: the rest takes ten times as long
        return hash((self.source, first.id.key, first.version, first.path))

    @property
    def id(self) -> ExtensionId:
        """The id that is asked about."""
        return self.extensions[0].id


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a throttled analysis goes on, so that nothing is submitted twice."""

    analysis_id: str | None  # None: forgotten, and to be submitted once more
    spent_s: float
    polls: int
    complete: bool
    resubmitted: bool


@dataclass(frozen=True, slots=True)
class Scanned:
    """The source, or the cache for it, gave a verdict."""

    task: Task
    verdict: Verdict
    from_cache: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no verdict, and this is why."""

    task: Task
    kind: FailureKind
    detail: str


@dataclass(frozen=True, slots=True)
class Throttled:
    """The task must be taken up again: it, or a neighbour, was told to slow down.

    ``pause_s`` is how long the service was told it would be left alone, ``None`` where
    the 429 was a neighbour's. Never leaves ``collect``.
    """

    task: Task
    pause_s: float | None
    resume: Resume | None


Outcome: TypeAlias = Scanned | Failed


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What a verdict is remembered under. ``source`` is the scope of a source."""

    source: str
    extension: str
    version: str
    target_platform: str
    digest: str = ""
