"""Analyse an extension: read it once, run all checks, and make a verdict of what they yield.

It takes one pass: each window is hashed, searched for all patterns at once, and given to the checks
whose patterns match. A check that raises an exception, or exceeds the time limit, leaves a gap in
the verdict.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from vscan.advisories import Advisories
from vscan.extension_files import (
    Entry,
    LoadedPaths,
    UnreadableError,
    Window,
    is_outside,
    manifest_conflicts,
    missing_members,
    open_extension,
    read_manifest,
)
from vscan.model import (
    Extension,
    Failed,
    FailureKind,
    Finding,
    Gap,
    GapKind,
    Package,
    Resume,
    Scanned,
    Task,
    Verdict,
)
from vscan.providers.offline import NAME
from vscan.providers.offline.check_interface import (
    IDENTITY,
    Check,
    ExtensionContext,
    Fact,
    FileWindow,
    Found,
    KeptFile,
    LoadedScript,
    Note,
    SeenEnough,
    SuspectPackage,
    Unexamined,
    identity,
)
from vscan.providers.offline.checks import CHECKS, npm_packages, package_data_code, sideloading
from vscan.providers.offline.code_or_data import HEAD_BYTES, Content, ContentReader
from vscan.providers.offline.extension_digest import TIME_LIMIT_S, Digest
from vscan.providers.offline.files_given_to_interpreters import LoadedScripts
from vscan.providers.offline.finding_collector import FindingCollector
from vscan.providers.offline.javascript_file_assembly import ProgramFiles
from vscan.providers.offline.manifest_values import purpose_of
from vscan.providers.offline.program_checks import check_program
from vscan.providers.offline.score import score
from vscan.providers.offline.shortened_results import (
    MAX_FACTS,
    shortened_facts,
    shortened_gaps,
    sorted_packages,
)
from vscan.providers.offline.syntax.javascript_programs import Program
from vscan.providers.offline.syntax.javascript_trees import TooCostlyError
from vscan.providers.offline.utf16_utf32_decoding import decoded, encoding_of
from vscan.providers.offline.verdict_by_name import verdict_by_name
from vscan.providers.offline.yara_search import PatternSearch, TimeLimitError
from vscan.safe_text import sanitize

_PACKAGE_RULES = frozenset(rule.id for rule in npm_packages.CHECK.rules)
# What they find runs or installs another file, whose name may be computed: any file may be a part.
_RULES_ABOUT_OTHER_FILES = frozenset(
    rule.id for check in (package_data_code.CHECK, sideloading.CHECK) for rule in check.rules
)
_TITLES = {rule.id: rule.title for check in CHECKS for rule in check.rules}
_TIME_LIMIT_GAP = f"it took over {TIME_LIMIT_S:g} s: the rest was not examined"


class Analyser:
    """The analyser of one worker, with its own scanners and its own view of the data."""

    def __init__(self, data_directory: Path | None) -> None:
        self._advisories = Advisories(data_directory)
        self._search = PatternSearch()

    def ask(self, task: Task, epoch: int, resume: Resume | None) -> Scanned | Failed:
        """Analyse as ``analyse`` does."""
        del epoch, resume  # a local provider has no rate limit
        return self.analyse(task)

    def analyse(self, task: Task) -> Scanned | Failed:
        """Analyse the one installed copy that a task for a local provider is about."""
        (extension,) = task.extensions
        if extension.root is None:
            verdict = verdict_by_name(extension, self._advisories, NAME)
            return Scanned(task, verdict, from_cache=False)
        try:
            verdict = _Analysis(extension, self._advisories, self._search).verdict()
        except UnreadableError as error:
            return Failed(task, FailureKind.UNREADABLE, str(error))
        return Scanned(task, verdict, from_cache=False)

    def close(self) -> None:
        """Close the data."""
        self._advisories.close()


class _Analysis:
    """The analysis of one extension."""

    def __init__(self, extension: Extension, advisories: Advisories, search: PatternSearch) -> None:
        assert extension.root is not None
        root = extension.root
        manifest = read_manifest(root)
        missing = missing_members(root, extension.members, extension.directory)
        self._advisories = advisories
        self._search = search
        self._package = open_extension(root)
        self._digest = Digest(extension.registry, missing)
        self._loaded_paths = LoadedPaths(manifest)
        self._entry: Entry | None = None
        self._reader = ContentReader()
        self._loaded_scripts = LoadedScripts()
        self._context = ExtensionContext(extension, manifest, advisories, missing)
        self._purpose = purpose_of(manifest)
        self._manifest_conflicts = tuple(manifest_conflicts(root, manifest))
        # An ordered set. Without usable data nothing is known to be harmless.
        self._gaps = dict.fromkeys([advisories.error] if advisories.error else [])
        self._findings = FindingCollector()
        self._programs = ProgramFiles()
        self._seen_enough: set[str] = set()  # YARA rules of the check that is asked
        self._timed_out = self._is_following = False
        self._until_s = time.thread_time() + TIME_LIMIT_S

    def verdict(self) -> Verdict:
        context, package = self._context, self._package
        for window in package.windows(self._loaded_paths):
            if window.start == 0:
                self._end_file()
            self._digest.add(window.own_chunk)
            self._entry = window.entry
            self._loaded_paths.add_window(window)
            self._examine(window)
            if time.thread_time() > self._until_s:
                self._stop_at_time_limit()
                break
        self._end_file()
        self._examine_loaded_scripts()
        self._examine_programs(self._programs.end_extension())
        digest = self._digest.end(package)
        context.is_complete = package.is_complete and not (package.gaps or self._gaps)
        context.anomalies = (*package.anomalies, *self._manifest_conflicts)
        context.programs = tuple(self._loaded_paths.programs)
        context.outside_entry_points = tuple(self._loaded_paths.outside_entry_points)
        self._report_paths_beside_link()
        for check in CHECKS:
            self._collect(check, check.on_end(context))
        gaps = shortened_gaps((*package.gaps, *self._loaded_paths.gaps, *self._gaps))
        findings = self._findings.results(self._identified)
        result = score(findings, gaps)
        return Verdict(
            provider=NAME,
            analysed_version=context.extension.version or "",
            score=result.score,
            risk=result.risk,
            findings=findings,
            analysed_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            gaps=tuple(Gap(gap, GapKind.UNEXAMINED) for gap in gaps),
            url=None,
            vulnerabilities=result.vulnerabilities,
            modules=(),
            contributions=result.contributions,
            # Without a digest the verdict is not cached: with more time it could be another one.
            digest="" if self._timed_out else digest,
            capabilities=tuple(
                (name, shortened_facts(facts)) for name, facts in sorted(context.facts.items())
            ),
            packages=sorted_packages(context.packages.values()),
            data=context.advisories.sets,
        )

    def _stop_at_time_limit(self) -> None:
        self._gaps[_TIME_LIMIT_GAP] = None
        self._timed_out = True

    def _report_paths_beside_link(self) -> None:
        """Add a gap for each outside entry point of an extension whose folder is a link.

        The editor joins the path to the link, but what was read lies beside the link's target.
        """
        extension = self._context.extension
        directory = extension.directory
        if directory is None or extension.root is None or extension.root.parent == directory:
            return
        for path in filter(is_outside, self._context.outside_entry_points):
            gap = f"{sanitize(path, 200)} is beside a link to the extension: it was not examined"
            self._gaps[gap] = None

    def _end_file(self) -> None:
        """Analyse the program that was read last, and store its digest."""
        self._examine_programs(self._programs.end_file())
        content = self._digest.end_file()
        digests, digest = self._context.digests, content[:IDENTITY]
        if self._entry is not None:
            name = sanitize(self._entry.name, 1000)
            if self._advisories.has_file_digests:
                self._context.contents.setdefault(content, name)
            # An archive may contain two files of one name.
            digests[name] = identity(digests[name], digest) if name in digests else digest
            self._entry = None

    def _examine_programs(self, programs: Iterator[Program]) -> None:
        """Give the pieces of programs to the checks."""
        self._is_following = True
        try:
            self._examine_pieces(programs)
        except TooCostlyError:
            name = sanitize(self._entry.name if self._entry is not None else "", 200)
            self._gaps[f"{name} is too costly to parse: its flows were not examined"] = None
        finally:
            self._is_following = False
        self._gaps.update(dict.fromkeys(self._programs.gaps))

    def _examine_pieces(self, programs: Iterator[Program]) -> None:
        for program in programs:
            piece = program.piece
            count, gaps = check_program(program, self._collect)
            self._gaps.update(dict.fromkeys(gaps))
            if not (count or gaps or self._timed_out):
                self._programs.barren.add(piece)
            if time.thread_time() > self._until_s:
                self._stop_at_time_limit()
                return

    def _identified(self, finding: Finding) -> Finding:
        """Add the digest of what a finding is about; of a file outside, quote nothing."""
        file, digest = finding.file or "", finding.digest
        if finding.rule in _PACKAGE_RULES:
            advisory = finding.message.partition(": ")[0]
            digest = identity(finding.rule, finding.evidence or "", advisory)
        elif finding.rule in _RULES_ABOUT_OTHER_FILES:
            named = sorted(self._context.digests.items())
            digest = identity(finding.rule, *(text for pair in named for text in pair))
        elif not digest:
            digest = self._context.digests.get(file) or self._digest_of_manifest(file)
        if is_outside(file) and self._package.kind == "folder":
            # Messages quote paths and addresses of the file: else a manifest could have any shown.
            title = _TITLES.get(finding.rule, finding.message)
            return replace(finding, digest=digest, evidence=None, message=title)
        return replace(finding, digest=digest)

    def _digest_of_manifest(self, file: str) -> str:
        """Digest a manifest that is a link: links are not read as files of the extension."""
        with suppress(FileNotFoundError, UnreadableError):
            if file == "package.json":
                return hashlib.sha256(self._package.read(file)).hexdigest()[:IDENTITY]
        return ""

    def _examine(self, part: Window) -> None:
        """Give a window to the checks."""
        context = self._context
        name = part.entry.name
        if part.start == 0:  # an archive may contain two files of one name
            context.entries.append(part.entry)
            context.heads[name] = part.content[:HEAD_BYTES]
            self._reader = ContentReader()
            if name == "package.json":
                context.manifest_text = part.content
        head = context.heads[name]
        if encoding := encoding_of(head):
            # What counts everywhere is searched in the bytes as they are, too.
            window = self._window(part, head, Content.DATA)
            self._search_patterns(window)
            part = decoded(part, encoding)
            head = part.content[:HEAD_BYTES] if part.start == 0 else b""
        kind = self._reader.kind_of(part)
        self._loaded_scripts.add_file(name, head, kind)
        if self._reader.was_data:
            self._loaded_scripts.add(LoadedScript(name, "", "javascript"))
        window = self._window(part, head, kind)
        for check in CHECKS:
            hook = check.on_file if part.start == 0 else check.on_window
            if hook is not None:
                self._collect(check, hook(window))
        self._programs.add(window)
        self._search_patterns(window)

    def _window(self, part: Window, head: bytes, kind: Content) -> FileWindow:
        return FileWindow(
            part,
            head,
            self._context.advisories,
            kind,
            purpose=self._purpose,
            is_loaded=part.entry.name in self._loaded_paths.files,
        )

    def _search_patterns(self, window: FileWindow) -> None:
        matches_by_check, in_time = self._search.search(window, self._until_s)
        if not in_time:
            self._gaps[f"{sanitize(window.name, 200)} took too long to search"] = None
            self._timed_out = True
        for check, matches in matches_by_check:
            self._seen_enough.clear()
            self._collect(check, check.on_match(window, matches))
            # A check without rules yields no findings, so nothing of importance was missed.
            if matches.was_exhausted and check.rules:
                for rule, overflow in matches.overflows.items():
                    if rule not in self._seen_enough:
                        self._gaps[overflow.reason] = None

    def _examine_loaded_scripts(self) -> None:
        """Look again at the files that programs give to interpreters, now that all are known."""
        for name, language in self._loaded_scripts.pending():
            if self._timed_out:
                return
            try:
                content = self._package.read(name)
            except (FileNotFoundError, UnreadableError) as error:
                gap = f"{sanitize(name, 200)} is run as a script, and was not examined: {error}"
                self._gaps[sanitize(gap, 400)] = None
                continue
            part = Window(Entry(name, len(content)), content, 0, 1, len(content))
            if encoding := encoding_of(content[:HEAD_BYTES]):
                part = decoded(part, encoding)
            head = part.content[:HEAD_BYTES]
            window = FileWindow(
                part,
                head,
                self._context.advisories,
                loaded_as=language,
                purpose=self._purpose,
            )
            if language == "javascript":
                self._programs.add(window)
                self._examine_programs(self._programs.end_file())
            for check in CHECKS:
                self._collect(check, check.on_loaded(window))
            if not self._loaded_scripts.was_code(name):
                self._search_patterns(window)
            if time.thread_time() > self._until_s:
                self._stop_at_time_limit()
        self._gaps.update(dict.fromkeys(self._loaded_scripts.gaps))

    def _collect(self, check: Check, found: Iterable[Found]) -> int:
        """Record what a check yields, up to an exception. Returns how much that is."""
        count = 0
        try:
            for count, each in enumerate(found, 1):  # noqa: B007 - counted for the result
                if isinstance(each, SeenEnough):
                    self._seen_enough.add(each.rule)
                else:
                    self._record(each)
        except TimeLimitError:
            self._stop_at_time_limit()
        except Exception as error:  # noqa: BLE001 - the fault of one check is a gap
            self._gaps[f"the check {check.name} failed: {sanitize(repr(error), 200)}"] = None
            count += 1
        return count

    def _record(self, found: Found) -> None:
        context = self._context
        match found:
            case Finding():
                self._findings.add(found, of_flow=self._is_following)
            case Fact(capability, shown):
                facts = context.facts.setdefault(capability, {})
                if len(facts) < MAX_FACTS:
                    facts[sanitize(shown, 200)] = None
            case Package():
                context.add_package(found)
            case SuspectPackage(package):
                context.suspect_packages[package] = None
            case KeptFile():
                context.keep_file(found)
            case Note():
                context.add_note(found)
            case LoadedScript():
                self._loaded_scripts.add(found)
            case Unexamined(reason):
                self._gaps[reason] = None
