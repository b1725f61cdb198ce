"""The interface of a check: its rules, its YARA patterns, and the hooks that the analyser calls.

A check sees the windows of each file while the analyser reads it, and the whole extension at the
end. It yields ``Finding``, ``Fact`` and ``Package``, and ``Unexamined`` for everything that it
could not examine. An exception becomes a gap in the verdict, too. A check must not skip anything
that could contain a finding without saying so: ``bounded`` stops early and yields a gap.
"""

import hashlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from msgspec import Struct, field

from vscan.extension_files import ArchiveAnomaly, Entry, Window
from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Extension, Finding, Package, Rule, Severity
from vscan.providers.offline.code_or_data import Content, content_of, is_binary
from vscan.providers.offline.manifest_values import Purpose
from vscan.providers.offline.syntax.scripts import language_of
from vscan.safe_text import sanitize

if TYPE_CHECKING:
    from vscan.advisories import Advisories
    from vscan.providers.offline.syntax.javascript_programs import Program

_EVIDENCE = 160  # characters of a file that a finding shows
_EVIDENCE_BEFORE = 40  # bytes of it before the match
_COMMENT_BYTES = 10_000  # before a match, in which a comment may begin
IDENTITY = 32  # hexadecimal digits of a finding's digest
MAX_PACKAGES = 20_000  # of one extension
_MAX_KEPT_BYTES = 16 * 1024**2  # of files that are kept for the end
_MAX_NOTES = 20_000  # under one topic
_MAX_LOCK_FILES = 20  # that are remembered for one package
_OTHER_LANGUAGE: Final = lazy_regex(
    r"\.(?:ts|tsx|mts|cts|css|scss|less|xml|ya?ml|toml|ini|md|node|wasm)\Z", re.IGNORECASE
)


class Fact(Struct, frozen=True):
    """A capability of the extension, and what shows it. It does not lower the score."""

    capability: str
    shown: str


class Unexamined(Struct, frozen=True):
    """Says in words for a person what was not examined and could contain a finding."""

    reason: str


class SeenEnough(Struct, frozen=True):
    """A YARA rule of which a window has enough matches: further ones would change no finding."""

    rule: str


class SuspectPackage(Struct, frozen=True):
    """A malicious package in a lock file; its severity is decided at the end."""

    package: Package


class KeptFile(Struct, frozen=True):
    """A whole file that a check needs at the end."""

    name: str
    content: bytes


class Note(Struct, frozen=True):
    """What a check remembers of a file until the end: a name under a topic, and words about it."""

    topic: str
    name: str
    words: str = ""


class LoadedScript(Struct, frozen=True):
    """A file that a program gives to an interpreter, whatever its name is.

    ``path`` may be the end of its path only, relative to ``by``, the file that names it.
    ``language`` is the interpreter's: see ``syntax.scripts``.
    """

    path: str
    by: str
    language: str


Found: TypeAlias = (
    Finding
    | Fact
    | Package
    | Unexamined
    | SeenEnough
    | SuspectPackage
    | KeptFile
    | LoadedScript
    | Note
)
_Item = TypeVar("_Item")


def bounded(items: Iterable[_Item], limit: int, gap: str) -> Iterator[_Item | Unexamined]:
    """Yield up to ``limit`` items, and a gap if there are more. The worst must come first."""
    remaining = iter(items)
    yield from itertools.islice(remaining, limit)
    for _ in remaining:
        yield Unexamined(gap)
        return


def identity(*texts: str) -> str:
    """Make one digest of several texts, in the form of a finding's digest."""
    parts = (text.encode("utf-8", "surrogatepass") for text in texts)
    # With their lengths, so that other texts which join to the same bytes have another digest.
    joined = b"".join(b"%d:%b" % (len(part), part) for part in parts)
    return hashlib.sha256(joined).hexdigest()[:IDENTITY]


class Match(Struct, frozen=True):
    """A match of one of the check's own patterns; the offsets are those in the window."""

    rule: str
    pattern: str
    start: int
    end: int


class FileWindow(Struct, frozen=True):
    """A window of a file, with what is known of the file.

    ``loaded_as`` is the language of the interpreter to which a program gives the file.
    ``purpose`` is that of the package: see ``manifest_values``. ``is_loaded`` says that the editor
    runs the file, or a file that it runs loads it: such a file is no test, whatever its name is.
    """

    part: Window
    head: bytes  # the file's first bytes
    advisories: "Advisories | None" = None
    content_kind: Content | None = None  # by its content, in windows before this one, too
    loaded_as: str | None = None
    purpose: Purpose = Purpose.EXTENSION
    is_loaded: bool = False
    _lines_before: list[int] = field(default_factory=lambda: [0, 0])  # an offset, and its line

    @property
    def name(self) -> str:
        """The file's path below the extension."""
        return self.part.entry.name

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
    def file_size(self) -> int:
        """The declared size of the file in bytes."""
        return self.part.entry.size

    @property
    def is_whole(self) -> bool:
        """Whether the window is the whole file."""
        return self.start == 0 and self.own_end == len(self.content)

    @property
    def content(self) -> bytes:
        """The window's bytes."""
        return self.part.content

    @property
    def start(self) -> int:
        """The window's offset in the file."""
        return self.part.start

    @property
    def own_start(self) -> int:
        """The offset in ``content`` from which on the bytes belong to this window alone."""
        return self.part.own_start

    @property
    def own_end(self) -> int:
        """The offset in ``content`` from which on the bytes belong to the next window."""
        return self.part.own_end

    @property
    def kind(self) -> Content:
        """Whether the file is code, data or prose."""
        if self.loaded_as:
            return Content.CODE
        return self.content_kind or content_of(self.name, self.content)

    @property
    def script_language(self) -> str | None:
        """The language of a script: ``shell``, ``powershell``, ``python`` or ``batch``."""
        return self.loaded_as or language_of(self.name, self.head)

    @property
    def is_javascript(self) -> bool:
        """Whether it is a part of a program of JavaScript, whose flows are followed."""
        is_program = self.kind is Content.CODE and self.script_language is None
        return is_program and not _OTHER_LANGUAGE.search(self.name)

    @property
    def is_binary(self) -> bool:
        """Whether the file is binary, even if its kind is ``CODE`` because it may be code."""
        return is_binary(self.name, self.head)

    def around(self, match: Match, before: int, after: int) -> bytes:
        """Return a match with up to ``before`` bytes before and ``after`` bytes after it."""
        return self.content[max(0, match.start - before) : match.end + after]

    def in_comment(self, match: Match) -> bool:
        """Whether a match is in a comment line: ``* like this``, or ``// like this``."""
        before = self.content[max(0, match.start - _COMMENT_BYTES) : match.start]
        _, newline, line = before.rpartition(b"\n")
        if not newline and self.start + match.start > len(before):
            return False  # the beginning of the line is not in reach
        if line.lstrip().startswith(b"*"):  # a comment, or a multiplication
            return before.rfind(b"/*") > before.rfind(b"*/")
        return line.lstrip().startswith(b"//")

    def finding(  # noqa: PLR0913, PLR0917 - a finding has that many parts
        self,
        rule: Rule,
        severity: Severity,
        confidence: Confidence,
        message: str,
        match: Match,
        evidence: str | None = None,
    ) -> Finding:
        """Make a finding about a match, with its location and, unless given, the text around it."""
        start = max(0, match.start - _EVIDENCE_BEFORE)
        around = self.content[start : start + 2 * _EVIDENCE].decode("utf-8", "replace")
        return Finding(
            rule=rule.id,
            severity=severity,
            kind=rule.kind,
            message=sanitize(message),
            file=sanitize(self.name, 1000),
            line=self._line_of(match.start),
            evidence=sanitize(around if evidence is None else evidence, _EVIDENCE),
            offset=self.start + match.start,
            confidence=confidence,
        )

    def _line_of(self, offset: int) -> int:
        # Counting on from the last offset: from the beginning, many matches would take seconds.
        counted, lines = self._lines_before
        if offset < counted:
            counted = lines = 0
        lines += self.content.count(b"\n", counted, offset)
        self._lines_before[:] = offset, lines
        return self.part.line + lines


class ExtensionContext(Struct):
    """The whole extension, once all its files were read.

    - ``missing_members``: ids in its extension pack and dependencies that are not installed
    - ``entries``, ``heads``: the files, and the first bytes of each by its name
    - ``facts``: what shows each capability
    - ``anomalies``: those of an archive
    - ``manifest_text``: the bytes of ``package.json``, or of its first window
    - ``programs``: the existing files that the manifest has the editor run
    - ``outside_entry_points``: the paths that it has the editor run outside of the extension
    - ``digests``: the files' digests by the names that findings use
    - ``contents``: file names by the SHA-256 of the content in hex; empty if the data lists no
      malicious file
    - ``kept_files``: the files that checks asked to keep, as far as there is room; ``None`` if an
      archive has two of that name
    - ``notes``: what checks remember, by topic and name; of two equal names, the first stays
    - ``is_complete``: every file was read to its end
    """

    extension: Extension
    manifest: Mapping[str, Any]
    advisories: "Advisories"
    missing_members: tuple[str, ...]
    entries: list[Entry] = field(default_factory=list)
    heads: dict[str, bytes] = field(default_factory=dict)
    facts: dict[str, dict[str, None]] = field(default_factory=dict)  # ordered sets
    anomalies: tuple[ArchiveAnomaly, ...] = ()
    manifest_text: bytes = b""
    packages: dict[tuple[str, str | None], Package] = field(default_factory=dict)
    programs: tuple[str, ...] = ()
    outside_entry_points: tuple[str, ...] = ()
    digests: dict[str, str] = field(default_factory=dict)
    contents: dict[str, str] = field(default_factory=dict)
    suspect_packages: dict[Package, None] = field(default_factory=dict)
    kept_files: dict[str, bytes | None] = field(default_factory=dict)
    notes: dict[str, dict[str, str]] = field(default_factory=dict)
    is_complete: bool = False
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
        """Make a finding about ``package.json``, located at the first of the keys that it has."""
        offsets = (self.manifest_text.find(f'"{key}"'.encode()) for key in keys)
        offset = next((offset for offset in offsets if offset >= 0), 0)
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

    def add_package(self, package: Package) -> None:
        """Add a package; of two that are equal, the one with the better evidence stays."""
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
        """Return the lock files that contain a package; ``None`` if they are too many."""
        files = self._lock_files.get((package.name, package.version), set())
        return None if len(files) > _MAX_LOCK_FILES else frozenset(files)

    def add_note(self, note: Note) -> None:
        """Remember a note."""
        notes = self.notes.setdefault(note.topic, {})
        if note.name not in notes and len(notes) >= _MAX_NOTES:
            raise ValueError(f"it has more than {_MAX_NOTES} names for {note.topic}")
        notes.setdefault(note.name, note.words)

    def keep_file(self, file: KeptFile) -> None:
        """Keep a file for the end, if there is room for it."""
        if file.name in self.kept_files:
            self.kept_files[file.name] = None
        elif self._kept_bytes + len(file.content) <= _MAX_KEPT_BYTES:
            self._kept_bytes += len(file.content)
            self.kept_files[file.name] = file.content


def _no_findings(*_: object) -> Iterator[Found]:
    return iter(())


class Check(Struct, frozen=True):
    """One check, with the rules that its findings have and five optional hooks.

    ``patterns`` are YARA rules in a namespace of the check's own. They are searched in code or,
    with ``everywhere``, also in data and prose. The hooks:

    - ``on_match``: once for each window in which a pattern matches
    - ``on_file``: once for each file, with its first window
    - ``on_window``: once for each further window of a file
    - ``on_program``: once for each piece of a program of JavaScript
    - ``on_loaded``: after all files, once for each that is given to an interpreter
    - ``on_end``: once for the extension, after all files, in the order of ``CHECKS``
    """

    rules: tuple[Rule, ...]
    patterns: str = ""
    on_match: Callable[[FileWindow, Sequence[Match]], Iterator[Found]] = _no_findings
    on_file: Callable[[FileWindow], Iterator[Found]] | None = None
    on_window: Callable[[FileWindow], Iterator[Found]] | None = None
    on_end: Callable[[ExtensionContext], Iterator[Found]] = _no_findings
    everywhere: bool = False
    on_program: "Callable[[Program], Iterator[Found]] | None" = None
    on_loaded: Callable[[FileWindow], Iterator[Found]] = _no_findings

    @property
    def name(self) -> str:
        """The name in gaps: the first rule, or ``capabilities`` for the check without rules."""
        return self.rules[0].id if self.rules else "capabilities"
