"""What a check is: rules, patterns for YARA, and what it makes of their matches.

A check looks at windows of files as they pass by, and at the whole extension at the end.
It yields what it found: ``Finding``, ``Fact``, ``Package``; and ``Unexamined`` for what it could
not look at. Raising is a gap in the verdict, too. No check may leave anything out that could hold a
finding: ``bounded`` is how to stop early, because it says so.
"""

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from vscan.advisories import Advisories
from vscan.extension_files import ArchiveAnomaly, Entry, Window
from vscan.model import Confidence, Extension, Finding, Package, Rule, Severity
from vscan.providers.offline.content_type import Content, content_of, is_binary
from vscan.text import sanitize

_EVIDENCE = 160  # characters of a file that a finding shows
_BEFORE = 40  # bytes that are shown before what was found
_COMMENT = 10_000  # bytes that are looked back for where a comment begins
HEAD_BYTES = 512
IDENTITY = 32  # characters of a finding's digest
MAX_PACKAGES = 20_000  # of one extension
_MAX_KEPT_BYTES = 16 * 1024**2  # of files that are read at the end
_MAX_LOCK_FILES = 20  # in which one package is


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the extension can do, and what shows it. It is not held against it."""

    capability: str
    shown: str


@dataclass(frozen=True, slots=True)
class Unexamined:
    """What was not looked at and could hold a finding, in words for a person."""

    reason: str


@dataclass(frozen=True, slots=True)
class SuspectPackage:
    """A package that is malicious, in a lock file: how much that counts is known at the end."""

    package: Package


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A whole file that a check reads at the end."""

    name: str
    content: bytes


Found: TypeAlias = Finding | Fact | Package | Unexamined | SuspectPackage | KeptFile
_Item = TypeVar("_Item")


def bounded(items: Iterable[_Item], limit: int, gap: str) -> Iterator[_Item | Unexamined]:
    """Give up to ``limit`` items, the worst of them first, and a gap if there are more."""
    several = iter(items)
    yield from itertools.islice(several, limit)
    for _ in several:
        yield Unexamined(gap)
        return


def identity(*texts: str) -> str:
    """Make one digest of texts, in the form that findings have: it tells also where each ends."""
    parts = (text.encode("utf-8", "surrogatepass") for text in texts)
    whole = b"".join(b"%d:%b" % (len(part), part) for part in parts)
    return hashlib.sha256(whole).hexdigest()[:IDENTITY]


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern of a rule of the check's own matches: offsets in the window."""

    rule: str
    pattern: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FileWindow:
    """A window of a file with what is known of the file; what a check reads."""

    window: Window
    head: bytes  # the file's first bytes
    advisories: Advisories | None = None
    _counted: list[int] = field(default_factory=lambda: [0, 0])  # lines before an offset

    @property
    def name(self) -> str:
        """The file's path below the extension."""
        return self.window.entry.name

    @property
    def base(self) -> str:
        """The last part of that path."""
        return self.name.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """The suffix with its dot, in lower case; empty without one."""
        stem, dot, suffix = self.base.rpartition(".")
        return f".{suffix.lower()}" if stem and dot else ""

    @property
    def content(self) -> bytes:
        """The window's bytes."""
        return self.window.content

    @property
    def kind(self) -> Content:
        """Whether the file is code, data or prose."""
        return content_of(self.name, self.head)

    @property
    def is_binary(self) -> bool:
        """Whether the file is binary, even where its kind is code because it may be."""
        return is_binary(self.name, self.head)

    def around(self, match: Match, before: int, after: int) -> bytes:
        """Cut a match out of the window, with so many bytes before its start and after its end."""
        return self.content[max(0, match.start - before) : match.end + after]

    def in_comment(self, match: Match) -> bool:
        """Whether a match stands in a line that documents: ``* like this``, or ``// like this``."""
        before = self.content[max(0, match.start - _COMMENT) : match.start]
        _, newline, line = before.rpartition(b"\n")
        if not newline and self.window.start + match.start > len(before):
            return False  # how the line begins is not known
        if line.lstrip().startswith(b"*"):  # or it multiplies
            return before.rfind(b"/*") > before.rfind(b"*/")
        return line.lstrip().startswith(b"//")

    def finding(  # noqa: PLR0913, PLR0917 - a finding has that many sides
        self,
        rule: Rule,
        severity: Severity,
        confidence: Confidence,
        message: str,
        match: Match,
        evidence: str | None = None,
    ) -> Finding:
        """Make a finding about a match, with the place and, unless given, the text around it."""
        start = max(0, match.start - _BEFORE)
        around = self.content[start : start + 2 * _EVIDENCE].decode("utf-8", "replace")
        return Finding(
            rule=rule.id,
            severity=severity,
            kind=rule.kind,
            message=sanitize(message),
            file=sanitize(self.name, 1000),
            line=self._line_of(match.start),
            evidence=sanitize(around if evidence is None else evidence, _EVIDENCE),
            offset=self.window.start + match.start,
            confidence=confidence,
        )

    def _line_of(self, offset: int) -> int:
        # From the place before: from the beginning, it would take seconds for many places.
        counted, lines = self._counted
        if offset < counted:
            counted = lines = 0
        lines += self.content.count(b"\n", counted, offset)
        self._counted[:] = offset, lines
        return self.window.line + lines


@dataclass(slots=True)
class ExtensionContext:
    """The whole extension, when all its files have passed by.

    ``heads`` are the files' first bytes; ``members`` the ids that it brings along or needs,
    and ``missing`` those of them that are not installed beside it. ``anomalies`` are an archive's.
    ``manifest_text`` is ``package.json`` as it lies there, or its first window. ``programs`` are
    the files that the editor is told to run, as far as they are there; ``outside`` are those
    that are not in the extension. ``digests`` are of the files, by the names that findings have.
    ``files`` are those that checks asked for, as far as there is room, and ``None`` where an
    archive has two. ``whole`` says that no file, and no part of one, was left out.
    ``contents`` are the names of files by the SHA-256 of their content, in hex; empty where no
    file is known to be malicious.
    """

    extension: Extension
    manifest: Mapping[str, Any]
    advisories: Advisories
    missing: tuple[str, ...]
    entries: list[Entry] = field(default_factory=list)
    heads: dict[str, bytes] = field(default_factory=dict)
    facts: dict[str, dict[str, None]] = field(default_factory=dict)  # sets that keep their order
    anomalies: tuple[ArchiveAnomaly, ...] = ()
    manifest_text: bytes = b""
    packages: dict[tuple[str, str | None], Package] = field(default_factory=dict)
    programs: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    digests: dict[str, str] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    suspects: dict[Package, None] = field(default_factory=dict)
    files: dict[str, bytes | None] = field(default_factory=dict)
    whole: bool = False
    _lock_files: dict[tuple[str, str | None], set[str | None]] = field(default_factory=dict)
    _kept_bytes: int = 0

    def finding(
        self,
        rule: Rule,
        severity: Severity,
        confidence: Confidence,
        message: str,
        evidence: str,
        *keys: str,
    ) -> Finding:
        """Make a finding about ``package.json``, at the first of the keys that is in it."""
        places = (self.manifest_text.find(f'"{key}"'.encode()) for key in keys)
        offset = next((place for place in places if place >= 0), 0)
        return Finding(
            rule=rule.id,
            severity=severity,
            kind=rule.kind,
            message=sanitize(message),
            file="package.json",
            line=1 + self.manifest_text.count(b"\n", 0, offset),
            evidence=sanitize(evidence, _EVIDENCE),
            offset=offset,
            confidence=confidence,
        )

    def keep(self, package: Package) -> None:
        """Keep a package; of two that are the same, the one with the better evidence."""
        key = (package.name, package.version)
        known = self.packages.get(key)
        if known is None and len(self.packages) >= MAX_PACKAGES:
            raise ValueError(f"it has more than {MAX_PACKAGES} packages")
        if known is None or package.confidence > known.confidence:
            self.packages[key] = package
        if package.evidence == "lock-file":
            files = self._lock_files.setdefault(key, set())
            if len(files) <= _MAX_LOCK_FILES:
                files.add(package.file)

    def lock_files_of(self, package: Package) -> frozenset[str | None] | None:
        """Name the lock files in which a package is; ``None`` where they are too many."""
        files = self._lock_files.get((package.name, package.version), set())
        return None if len(files) > _MAX_LOCK_FILES else frozenset(files)

    def keep_file(self, file: KeptFile) -> None:
        """Keep a file for the end, unless there is no room for it."""
        if file.name in self.files:
            self.files[file.name] = None
        elif self._kept_bytes + len(file.content) <= _MAX_KEPT_BYTES:
            self._kept_bytes += len(file.content)
            self.files[file.name] = file.content


def _nothing(*_: object) -> Iterator[Found]:
    return iter(())


@dataclass(frozen=True, slots=True)
class Check:
    """One check, or a family of them.

    ``patterns`` are YARA rules, compiled once, in a namespace of the check's own; they are
    searched in code, or, with ``everywhere``, in data and prose, too. ``look`` is called for each
    window with a match; ``peek`` once for each file, with its first window, ``read_on`` with each
    further one; ``conclude`` at the end, in the order of the registry.
    """

    rules: tuple[Rule, ...]
    patterns: str = ""
    look: Callable[[FileWindow, Sequence[Match]], Iterator[Found]] = _nothing
    peek: Callable[[FileWindow], Iterator[Found]] | None = None
    read_on: Callable[[FileWindow], Iterator[Found]] | None = None
    conclude: Callable[[ExtensionContext], Iterator[Found]] = _nothing
    everywhere: bool = False

    @property
    def name(self) -> str:
        """What a gap calls it: its first rule, or, where nothing is held against anybody, this."""
        return self.rules[0].id if self.rules else "capabilities"
