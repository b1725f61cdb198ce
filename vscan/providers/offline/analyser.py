"""Read an extension once, let every check see it, and say what came of it.

One pass: each window is hashed, searched by all patterns together, and shown to the checks
whose patterns it matches. What raises, or takes too long, is a gap: never silence.
"""

import hashlib
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import yara_x

from vscan.advisories import Advisories
from vscan.extension_files import (
    OVERLAP_BYTES,
    Entry,
    Loading,
    UnreadableError,
    Window,
    contradictions,
    leads_out,
    missing,
    opened,
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
    Severity,
    Task,
    Verdict,
)
from vscan.providers.offline import NAME
from vscan.providers.offline.check_interface import (
    HEAD_BYTES,
    IDENTITY,
    Check,
    ExtensionContext,
    Fact,
    FileWindow,
    Found,
    KeptFile,
    Match,
    SuspectPackage,
    Unexamined,
    bounded,
    identity,
)
from vscan.providers.offline.checks import CHECKS, malicious_package
from vscan.providers.offline.content_type import Content
from vscan.providers.offline.digest import TIME_LIMIT_S, Digest
from vscan.providers.offline.patterns import FOR_CODE, FOR_EVERYTHING
from vscan.providers.offline.score import in_company, weigh
from vscan.text import sanitize

_SEARCH_LIMIT_S = 2  # for one search; it holds the interpreter, and signals with it
_LEAD = 16  # bytes before a part of a window, so that a word does not begin where the part does
_TOGETHER = 100  # matches that are looked at before the clock is
_SMALLEST_SEARCH = 256 * 1024  # bytes that are not divided further where a search takes longer
_FINDINGS = 20  # of one rule in one extension
_SHOWN = 100  # of what shows one capability
_COUNTED = 10_000  # likewise: an extension may have millions of addresses in it
_MATCHES = 50_000  # of one pattern in one window: no more are looked at
_GAPS = 20  # that a verdict names
_OF_PACKAGES = frozenset(rule.id for rule in malicious_package.CHECK.rules)
_LATE = f"it took over {TIME_LIMIT_S:g} s: the rest was not looked at"
_NOT_HERE = "it is not installed here, so there is nothing to look at"


class Analyser:
    """One worker's analyser: a scanner and a view of the data of its own."""

    def __init__(self, data_directory: Path | None) -> None:
        self._advisories = Advisories(data_directory)
        everything, code = yara_x.Scanner(FOR_EVERYTHING), yara_x.Scanner(FOR_CODE)
        self._scanners = {
            Content.CODE: (everything, code),
            Content.DATA: (everything,),
            Content.PROSE: (everything,),
        }
        for scanner in (everything, code):
            scanner.max_matches_per_pattern(_MATCHES + 1)  # one more shows that there are more
            scanner.set_timeout(_SEARCH_LIMIT_S)

    def ask(self, task: Task, epoch: int, resume: Resume | None) -> Scanned | Failed:
        """Analyse as ``analyse`` does."""
        del epoch, resume  # nothing here is paced or throttled
        return self.analyse(task)

    def analyse(self, task: Task) -> Scanned | Failed:
        """Analyse the one installed copy that a task for a local provider is about."""
        (extension,) = task.extensions
        if extension.root is None:
            return Failed(task, FailureKind.NOT_LISTED, _NOT_HERE)
        try:
            verdict = _Analysis(extension, self._advisories, self._scanners).verdict()
        except UnreadableError as error:
            return Failed(task, FailureKind.UNREADABLE, str(error))
        return Scanned(task, verdict, from_cache=False)

    def close(self) -> None:
        """Let go of the data."""
        self._advisories.close()


class _Analysis:
    """One extension on its way through the checks."""

    def __init__(
        self,
        extension: Extension,
        advisories: Advisories,
        scanners: Mapping[Content, Sequence[yara_x.Scanner]],
    ) -> None:
        assert extension.root is not None
        root = extension.root
        manifest = read_manifest(root)
        absent = missing(root, extension.members, extension.directory)
        self._advisories = advisories
        self._scanners = scanners
        self._package = opened(root)
        self._digest = Digest(extension.registry, absent)
        self._loading = Loading(manifest)
        self._entry: Entry | None = None
        self._survey = ExtensionContext(extension, manifest, advisories, absent)
        self._contradictions = tuple(contradictions(root, manifest))
        # A set that keeps its order. What can't be looked up is not known to be harmless.
        self._gaps = dict.fromkeys([advisories.error] if advisories.error else [])
        self._findings = _Findings()
        self._hurried = False
        self._until_s = time.monotonic() + TIME_LIMIT_S

    def verdict(self) -> Verdict:
        survey, package = self._survey, self._package
        for window in package.windows(self._loading):
            if window.start == 0:
                self._end_file()
            self._digest.add(window.piece)
            self._entry = window.entry
            self._loading.add(window)
            self._look(window)
            if time.monotonic() > self._until_s:
                self._gaps[_LATE] = None
                self._hurried = True
                break
        self._end_file()
        digest = self._digest.end(package)
        survey.whole = package.whole and not (package.gaps or self._gaps)
        survey.anomalies = (*package.anomalies, *self._contradictions)
        survey.programs, survey.outside = (
            tuple(self._loading.programs),
            tuple(self._loading.outside),
        )
        self._note_what_is_beside_a_link()
        for check in CHECKS:
            self._run(check, check.conclude(survey))
        gaps = _first(tuple(dict.fromkeys((*package.gaps, *self._loading.gaps, *self._gaps))))
        findings = self._findings.told(self._identified)
        judged = weigh(findings, gaps)
        return Verdict(
            provider=NAME,
            analysed_version=survey.extension.version or "",
            score=judged.score,
            risk=judged.risk,
            findings=findings,
            analysed_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            gaps=tuple(Gap(gap, GapKind.UNEXAMINED) for gap in gaps),
            url=None,
            vulnerabilities=judged.vulnerabilities,
            modules=(),
            contributions=judged.contributions,
            # What more time would have changed is not remembered.
            digest="" if self._hurried else digest,
            capabilities=tuple(
                (name, _a_few(shown)) for name, shown in sorted(survey.facts.items())
            ),
            packages=_bundled(survey.packages.values()),
            data=survey.advisories.sets,
        )

    def _note_what_is_beside_a_link(self) -> None:
        """Say that the editor joins a path that leads out to where the link is, not where it leads.

        What lies beside the folder itself, which was read, is something else.
        """
        extension = self._survey.extension
        directory = extension.directory
        if directory is None or extension.root is None or extension.root.parent == directory:
            return
        for path in filter(leads_out, self._survey.outside):
            gap = f"{sanitize(path, 200)} is beside a link to the extension, and was not looked at"
            self._gaps[gap] = None

    def _end_file(self) -> None:
        """Keep the digest of the file that was read last."""
        content = self._digest.end_file()
        digests, digest = self._survey.digests, content[:IDENTITY]
        if self._entry is not None:
            name = sanitize(self._entry.name, 1000)
            if self._advisories.has_file_digests:
                self._survey.contents.setdefault(content, name)
            # Of an archive two may have one name.
            digests[name] = identity(digests[name], digest) if name in digests else digest
            self._entry = None

    def _identified(self, finding: Finding) -> Finding:
        """Give a finding the digest of all that it is about, and of what is outside no text."""
        file, digest = finding.file or "", finding.digest
        if finding.rule in _OF_PACKAGES:
            advisory = finding.message.partition(": ")[0]
            digest = identity(finding.rule, finding.evidence or "", advisory)
        elif not digest:
            digest = self._survey.digests.get(file) or self._of_manifest(file)
        is_outside = leads_out(file) and self._package.kind == "folder"
        return replace(finding, digest=digest, evidence=None if is_outside else finding.evidence)

    def _of_manifest(self, file: str) -> str:
        """Digest a manifest that is a link: no file of that name was read."""
        with suppress(FileNotFoundError, UnreadableError):
            if file == "package.json":
                return hashlib.sha256(self._package.read(file)).hexdigest()[:IDENTITY]
        return ""

    def _look(self, window: Window) -> None:
        survey = self._survey
        name = window.entry.name
        if window.start == 0:  # in an archive two may have one name
            survey.entries.append(window.entry)
            survey.heads[name] = window.content[:HEAD_BYTES]
            if name == "package.json":
                survey.manifest_text = window.content
        look = FileWindow(window, survey.heads[name], survey.advisories)
        for check in CHECKS:
            read = check.peek if window.start == 0 else check.read_on
            if read is not None:
                self._run(check, read(look))
        found: dict[int, list[_Part]] = defaultdict(list)
        for scanner in self._scanners[look.kind]:
            for part in self._searched(scanner, look):
                found[int(part.rule.namespace)].append(part)
        for number, parts in sorted(found.items()):
            check = CHECKS[number]
            places = self._matches(check, look, parts)
            self._run(check, check.look(look, places))
            # What a check without rules leaves out is held against nobody.
            if places.gap is not None and places.seen and check.rules:
                self._gaps[places.gap.reason] = None

    def _searched(self, scanner: yara_x.Scanner, look: FileWindow) -> Iterator["_Part"]:
        """Search a window. What takes too long is searched in halves.

        So a busy machine is no gap, and signals come through between them.
        """
        # What is near the beginning was in the window before, which has what stands before it.
        # But half of it is looked at again: what belongs together may lie on both sides.
        waiting = [(look.window.seen // 2, len(look.content))]
        while waiting:
            first, last = waiting.pop()
            start = max(0, first - _LEAD)
            try:
                results = scanner.scan(look.content[start : last + OVERLAP_BYTES])
            except yara_x.TimeoutError:
                middle = (first + last) // 2
                if last - first < _SMALLEST_SEARCH or time.monotonic() > self._until_s:
                    self._gaps[f"{sanitize(look.name, 200)} took too long to search"] = None
                    self._hurried = True
                else:
                    waiting += [(middle, last), (first, middle)]
            else:
                for rule in results.matching_rules:
                    yield _Part(rule, start, first, min(last, look.window.fresh))

    def _matches(self, check: Check, look: FileWindow, parts: Iterable["_Part"]) -> "_Places":
        """Give the places that a check is to look at, in their order."""
        gap = f"{sanitize(look.name, 200)} has too many places to look at for {check.name}"
        places = _Places(self._until_s)
        for part in parts:
            for pattern in part.rule.patterns:
                several = pattern.matches
                for each in bounded(several, _MATCHES, gap) if several else ():
                    if isinstance(each, Unexamined):
                        places.gap = each
                    elif part.first <= part.start + each.offset < part.last:
                        start = part.start + each.offset
                        end = start + each.length
                        places.append(Match(part.rule.identifier, pattern.identifier, start, end))
        places.sort(key=_start)
        return places

    def _run(self, check: Check, found: Iterable[Found]) -> None:
        """Take in what a check yields, up to where it raises."""
        try:
            for each in found:
                self._take(each)
        except _LateError:
            self._gaps[_LATE] = None
            self._hurried = True
        except Exception as error:  # noqa: BLE001 - a check's fault is a gap, and no more
            self._gaps[f"the check {check.name} failed: {sanitize(repr(error), 200)}"] = None

    def _take(self, found: Found) -> None:
        survey = self._survey
        match found:
            case Finding():
                self._findings.add(found)
            case Fact(capability, shown):
                known = survey.facts.setdefault(capability, {})
                if len(known) < _COUNTED:
                    known[sanitize(shown, 200)] = None
            case Package():
                survey.keep(found)
            case SuspectPackage(package):
                survey.suspects[package] = None
            case KeptFile():
                survey.keep_file(found)
            case Unexamined(reason):
                self._gaps[reason] = None


class _LateError(Exception):
    """The time for the extension is over."""


class _Places(list[Match]):
    """What a check looks at, for as long as there is time.

    ``gap`` is that there are more. It counts if they were ``seen`` to the end: a check that has
    seen enough before does without the others.
    """

    def __init__(self, until_s: float) -> None:
        super().__init__()
        self._until_s = until_s
        self.gap: Unexamined | None = None
        self.seen = False

    def __iter__(self) -> Iterator[Match]:
        """Go through them; ``_LateError`` when the time is over."""
        for number, match in enumerate(super().__iter__()):
            if number % _TOGETHER == _TOGETHER - 1 and time.monotonic() > self._until_s:
                raise _LateError
            yield match
        self.seen = True


@dataclass(frozen=True, slots=True)
class _Part:
    """A rule that matches in a part of a window.

    ``start`` is the offset that its matches count from; those that begin before ``first`` or
    from ``last`` on belong to other parts.
    """

    rule: yara_x.Rule
    start: int
    first: int
    last: int


def _start(match: Match) -> int:
    return match.start


def _first(gaps: tuple[str, ...]) -> tuple[str, ...]:
    """Name some of many gaps, and count the rest."""
    more = len(gaps) - _GAPS
    return (*gaps[:_GAPS], f"and {more} more like it") if more > 0 else gaps


def _a_few(shown: Iterable[str]) -> tuple[str, ...]:
    several = sorted(shown)
    more = len(several) - _SHOWN
    least = "at least " if len(several) >= _COUNTED else ""
    return (*several[:_SHOWN], f"and {least}{more} more") if more > 0 else tuple(several)


def _bundled(packages: Iterable[Package]) -> tuple[Package, ...]:
    """Order packages; one without a version says nothing where another tells the version."""
    several = sorted(packages, key=lambda p: (p.name, p.version or ""))
    versioned = {package.name for package in several if package.version}
    return tuple(p for p in several if p.version or p.name not in versioned)


class _Findings:
    """What is held against an extension. Of many that are alike some are kept, and all counted."""

    def __init__(self) -> None:
        # By rule, severity and file: that is all that tells how bad they are, also in company.
        self._alike: dict[tuple[str, Severity, str | None], dict[Finding, None]] = {}
        self._more: Counter[str] = Counter()  # of a rule
        self._others: dict[str, str] = defaultdict(str)  # what tells those from others

    def add(self, finding: Finding) -> None:
        """Take one in, unless it is there."""
        alike = self._alike.setdefault((finding.rule, finding.severity, finding.file), {})
        if len(alike) < _FINDINGS:
            alike[finding] = None
        elif finding not in alike:
            self._more[finding.rule] += 1
            before = self._others[finding.rule]
            self._others[finding.rule] = identity(before, finding.message, finding.evidence or "")

    def told(self, identified: Callable[[Finding], Finding]) -> tuple[Finding, ...]:
        """Give the worst of each rule, and say how many more there are."""
        by_rule: dict[str, list[Finding]] = {}
        every = itertools.chain.from_iterable(self._alike.values())
        for finding in in_company(map(identified, every)):
            by_rule.setdefault(finding.rule, []).append(finding)
        kept: list[Finding] = []
        for rule, several in by_rule.items():
            several.sort(key=lambda finding: -finding.severity)
            more = len(several) - _FINDINGS + self._more[rule]
            if more > 0:
                last = several[_FINDINGS - 1]
                message = f"{last.message} (and {more} more like it)"
                digests = sorted(
                    identity(each.file or "", each.digest) for each in several[_FINDINGS - 1 :]
                )
                digests.append(self._others[rule])
                several[_FINDINGS - 1 :] = [
                    replace(last, message=message, digest=identity(*digests))
                ]
            kept.extend(several)
        return tuple(sorted(kept, key=lambda f: (-f.severity, f.rule, f.file or "", f.offset or 0)))
