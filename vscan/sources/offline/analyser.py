"""Read an extension once, let every check see it, and say what came of it.

One pass: each window is hashed, searched by all patterns together, and shown to the checks
whose patterns it matches. What raises, or takes too long, is a gap: never silence.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import yara_x

from vscan.advisories import Advisories
from vscan.domain import (
    Extension,
    Failed,
    FailureKind,
    Finding,
    Package,
    Resume,
    Scanned,
    Task,
    Verdict,
)
from vscan.package import (
    UnreadableError,
    Window,
    contradictions,
    missing,
    opened,
    read_manifest,
)
from vscan.sources.offline.check import HEAD_BYTES, Check, Fact, Found, Look, Match, Survey
from vscan.sources.offline.checks import CHECKS
from vscan.sources.offline.content import Content
from vscan.sources.offline.digest import TIME_LIMIT_S, Digest
from vscan.sources.offline.patterns import FOR_CODE, FOR_EVERYTHING
from vscan.sources.offline.score import in_company, weigh
from vscan.text import plain

SOURCE: Final = "offline"
_SEARCH_LIMIT_S = 2  # for one window; a search holds the interpreter, and signals with it
_FINDINGS = 20  # of one rule in one extension
_SHOWN = 100  # of what shows one capability
_COUNTED = 10_000  # likewise: an extension may have millions of addresses in it
_MATCHES = 1000  # of one pattern in one window: no more are looked at
_GAPS = 20  # that a verdict names
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
            scanner.max_matches_per_pattern(_MATCHES)
            scanner.set_timeout(_SEARCH_LIMIT_S)

    def ask(self, task: Task, visit: int, resume: Resume | None) -> Scanned | Failed:
        """Analyse the one installed copy that a task for a local source is about."""
        del visit, resume  # nothing here is paced or throttled
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
        absent = missing(root, extension.members)
        self._scanners = scanners
        self._package = opened(root)
        self._digest = Digest(root, absent)
        self._survey = Survey(extension, manifest, advisories, absent)
        self._contradictions = tuple(contradictions(root, manifest))
        # A set that keeps its order. What can't be looked up is not known to be harmless.
        self._gaps = dict.fromkeys([advisories.trouble] if advisories.trouble else [])
        self._hurried = False
        self._until_s = time.monotonic() + TIME_LIMIT_S

    def verdict(self) -> Verdict:
        survey, package = self._survey, self._package
        for window in package.windows():
            self._digest.add(window.piece)
            self._look(window)
            if time.monotonic() > self._until_s:
                self._gaps[f"it took over {TIME_LIMIT_S:g} s: the rest was not looked at"] = None
                self._hurried = True
                break
        digest = self._digest.end(package)
        survey.oddities = (*package.oddities, *self._contradictions)
        for check in CHECKS:
            self._run(check, check.conclude(survey))
        gaps = _first((*package.gaps, *self._gaps))
        findings = _at_most_a_few(in_company(survey.findings))
        judged = weigh(findings, gaps)
        return Verdict(
            source=SOURCE,
            analysed_version=survey.extension.version or "",
            score=judged.score,
            risk=judged.risk,
            findings=findings,
            analysed_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            gaps=gaps,
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

    def _look(self, window: Window) -> None:
        survey = self._survey
        name = window.entry.name
        if window.start == 0:  # in an archive two may have one name
            survey.entries.append(window.entry)
            survey.heads[name] = window.content[:HEAD_BYTES]
            if name == "package.json":
                survey.manifest_text = window.content
            look = Look(window, survey.heads[name], survey.advisories)
            for check in CHECKS:
                if check.peek is not None:
                    self._run(check, check.peek(look))
        look = Look(window, survey.heads[name], survey.advisories)
        for number, matches in self._matches(look):
            found = self._run(CHECKS[number], CHECKS[number].look(look, matches))
            if not found and _overflows(matches):
                # A thousand decoys, and behind them perhaps what they are for.
                rule = CHECKS[number].rules[0].id
                self._gaps[f"{plain(name, 200)} has too many places to look at for {rule}"] = None

    def _matches(self, look: Look) -> Iterator[tuple[int, list[Match]]]:
        """Search a window: the matches of each check, in their order."""
        rules: list[yara_x.Rule] = []
        try:
            for scanner in self._scanners[look.kind]:
                rules.extend(scanner.scan(look.content).matching_rules)
        except yara_x.TimeoutError:
            self._gaps[f"{plain(look.name, 200)} took too long to search"] = None
            self._hurried = True
        found: dict[int, list[Match]] = defaultdict(list)
        for rule in rules:
            for pattern in rule.patterns:
                for match in pattern.matches:
                    if match.offset < look.window.fresh:
                        end = match.offset + match.length
                        found[int(rule.namespace)].append(
                            Match(rule.identifier, pattern.identifier, match.offset, end)
                        )
        for number, matches in sorted(found.items()):
            yield number, sorted(matches, key=_start)

    def _run(self, check: Check, found: Iterator[Found]) -> bool:
        """Take in what a check yields, up to where it raises; say whether that was anything."""
        survey = self._survey
        anything = False
        try:
            for each in found:
                anything = True
                match each:
                    case Finding():
                        survey.findings.append(each)
                    case Fact(capability, shown):
                        known = survey.facts.setdefault(capability, {})
                        if len(known) < _COUNTED:
                            known[plain(shown, 200)] = None
                    case Package():
                        survey.keep(each)
        except Exception as error:  # noqa: BLE001 - a check's fault is a gap, and no more
            name = check.rules[0].id if check.rules else "capabilities"
            self._gaps[f"the check {name} failed: {plain(repr(error), 200)}"] = None
        return anything


def _overflows(matches: Sequence[Match]) -> bool:
    return (
        len(matches) >= _MATCHES
        and _MATCHES in Counter((match.rule, match.pattern) for match in matches).values()
    )


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


def _at_most_a_few(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep the worst of each rule, and say how many more there are."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in dict.fromkeys(findings):
        by_rule.setdefault(finding.rule, []).append(finding)
    kept: list[Finding] = []
    for several in by_rule.values():
        several.sort(key=lambda finding: -finding.severity)
        more = len(several) - _FINDINGS
        if more > 0:
            last = several[_FINDINGS - 1]
            message = f"{last.message} (and {more} more like it)"
            several[_FINDINGS - 1 :] = [replace(last, message=message)]
        kept.extend(several)
    return tuple(sorted(kept, key=lambda f: (-f.severity, f.rule, f.file or "", f.offset or 0)))
