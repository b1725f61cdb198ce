"""Collect the findings of one extension: of many similar ones some are kept, all are counted."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable

from msgspec.structs import replace

from vscan.model import Finding, Severity
from vscan.providers.offline.check_interface import identity
from vscan.providers.offline.score import escalate_correlated

_ONE_PLACE = 60  # bytes between a pattern and the call that it stands in
_MAX_PLACES = 1000  # of one rule in one file
_MAX_FINDINGS = 20  # of one rule in one extension


class FindingCollector:
    """Keeps up to ``_MAX_FINDINGS`` of each rule, severity and file, and counts the rest."""

    def __init__(self) -> None:
        # Severity and correlation depend on rule, severity and file alone: no worse one is lost.
        self._similar: dict[tuple[str, Severity, str | None], dict[Finding, None]] = {}
        # Patterns and flows may find the same place: the first of them stays.
        self._places: dict[tuple[str, Severity, str | None], set[int]] = defaultdict(set)
        self._dropped: Counter[str] = Counter()  # by rule
        self._dropped_digests: dict[str, str] = defaultdict(str)  # by rule

    def add(self, finding: Finding, *, of_flow: bool = False) -> None:
        """Add a finding, unless an equal one was added, or that of a pattern at its place."""
        places = self._places[finding.rule, finding.severity, finding.file]
        offset = finding.offset or 0
        if of_flow and any(abs(offset - place) <= _ONE_PLACE for place in places):
            return
        if not of_flow and len(places) < _MAX_PLACES:
            places.add(offset)
        similar = self._similar.setdefault((finding.rule, finding.severity, finding.file), {})
        if len(similar) < _MAX_FINDINGS:
            similar[finding] = None
        elif finding not in similar:
            self._dropped[finding.rule] += 1
            self._dropped_digests[finding.rule] = identity(
                self._dropped_digests[finding.rule], finding.message, finding.evidence or ""
            )

    def results(self, identified: Callable[[Finding], Finding]) -> tuple[Finding, ...]:
        """Return the worst findings of each rule; the last one says how many more there are.

        ``identified`` gives a finding its digest.
        """
        by_rule: dict[str, list[Finding]] = {}
        every = itertools.chain.from_iterable(self._similar.values())
        for finding in escalate_correlated(map(identified, every)):
            by_rule.setdefault(finding.rule, []).append(finding)
        results: list[Finding] = []
        for rule, findings in by_rule.items():
            findings.sort(key=lambda finding: -finding.severity)
            more = len(findings) - _MAX_FINDINGS + self._dropped[rule]
            if more > 0:
                last = findings[_MAX_FINDINGS - 1]
                digests = sorted(
                    identity(each.file or "", each.digest) for each in findings[_MAX_FINDINGS - 1 :]
                )
                digests.append(self._dropped_digests[rule])
                findings[_MAX_FINDINGS - 1 :] = [
                    replace(
                        last,
                        message=f"{last.message} (and {more} more like it)",
                        digest=identity(*digests),
                    )
                ]
            results.extend(findings)
        return tuple(
            sorted(results, key=lambda f: (-f.severity, f.rule, f.file or "", f.offset or 0))
        )
