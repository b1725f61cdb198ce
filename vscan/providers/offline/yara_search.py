"""Search the windows of files for the YARA patterns of all checks at once."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

import yara_x
from msgspec import Struct

from vscan.extension_files import OVERLAP_BYTES
from vscan.providers.offline.check_interface import Check, FileWindow, Match, Unexamined, bounded
from vscan.providers.offline.checks import CHECKS
from vscan.providers.offline.code_or_data import Content
from vscan.providers.offline.compiled_yara_patterns import FOR_CODE, FOR_EVERYTHING
from vscan.safe_text import sanitize

_SEARCH_LIMIT_S = 2  # for one search, during which neither threads nor signal handlers run
_LEADING_BYTES = 16  # before the searched part of a window, so that a word can't begin at its start
_MIN_SEARCH_BYTES = 256 * 1024  # a part of this size is not divided further after a time-out
_MATCHES_PER_CLOCK_CHECK = 100
_MAX_MATCHES = 50_000  # of one pattern in one window


class TimeLimitError(Exception):
    """The time limit of the extension was reached."""


class MatchList(list[Match]):
    """The matches of one check in a window; iterating them respects the time limit.

    ``overflows`` says, by YARA rule, that there were more matches. They are gaps only if the check
    ``was_exhausted``: one that stopped before the end had found enough.
    """

    def __init__(self, until_s: float) -> None:
        super().__init__()
        self._until_s = until_s
        self.overflows: dict[str, Unexamined] = {}
        self.was_exhausted = False

    def __iter__(self) -> Iterator[Match]:
        """Yield the matches; ``TimeLimitError`` after the time limit."""
        for number, match in enumerate(super().__iter__(), 1):
            if number % _MATCHES_PER_CLOCK_CHECK == 0 and time.thread_time() > self._until_s:
                raise TimeLimitError
            yield match
        self.was_exhausted = True


class _RuleMatch(Struct, frozen=True):
    """A YARA rule that matched in a part of a window.

    ``start`` is the offset from which its matches count. Matches that begin before ``first``, or
    from ``last`` on, belong to other parts.
    """

    rule: yara_x.Rule
    start: int
    first: int
    last: int


class PatternSearch:
    """The scanners of one analyser; they are not shared by threads."""

    def __init__(self) -> None:
        everything, code = yara_x.Scanner(FOR_EVERYTHING), yara_x.Scanner(FOR_CODE)
        self.scanners: dict[Content, Sequence[yara_x.Scanner]] = {
            Content.CODE: (everything, code),
            Content.DATA: (everything,),
            Content.PROSE: (everything,),
        }
        for scanner in (everything, code):
            scanner.max_matches_per_pattern(_MAX_MATCHES + 1)  # one more shows the overflow
            scanner.set_timeout(_SEARCH_LIMIT_S)

    def search(
        self, window: FileWindow, until_s: float
    ) -> tuple[Iterator[tuple[Check, MatchList]], bool]:
        """Return the matches of each check, and whether the whole window was searched in time."""
        found: dict[int, list[_RuleMatch]] = defaultdict(list)
        in_time = True
        scanners = self.scanners[window.kind]
        if window.loaded_as:  # it was searched for what counts everywhere
            scanners = scanners[-1:]
        for scanner in scanners:
            for match in self._scan(scanner, window, until_s):
                if match is None:
                    in_time = False
                else:
                    found[int(match.rule.namespace)].append(match)
        by_check = ((CHECKS[number], matches) for number, matches in sorted(found.items()))
        return ((check, _matches(check, window, m, until_s)) for check, m in by_check), in_time

    def _scan(
        self, scanner: yara_x.Scanner, window: FileWindow, until_s: float
    ) -> Iterator[_RuleMatch | None]:
        """Search a window; after a time-out, each half of it. ``None``: a part was not searched.

        Because of the halves, a busy machine does not cause a gap, and signals are handled between
        the searches.
        """
        # The matches near the beginning were found in the window before. Half of the overlap is
        # searched again, because related matches may be on both sides of the border.
        pending = [(window.own_start // 2, len(window.content))]
        while pending:
            first, last = pending.pop()
            start = max(0, first - _LEADING_BYTES)
            try:
                results = scanner.scan(window.content[start : last + OVERLAP_BYTES])
            except yara_x.TimeoutError:
                middle = (first + last) // 2
                if last - first < _MIN_SEARCH_BYTES or time.thread_time() > until_s:
                    yield None
                else:
                    pending += [(middle, last), (first, middle)]
            else:
                for rule in results.matching_rules:
                    yield _RuleMatch(rule, start, first, min(last, window.own_end))


def _matches(
    check: Check, window: FileWindow, found: Iterable[_RuleMatch], until_s: float
) -> MatchList:
    """List the matches of one check in the order of their offsets."""
    gap = f"{sanitize(window.name, 200)} has too many matches for the check {check.name}"
    matches = MatchList(until_s)
    for each in found:
        for pattern in each.rule.patterns:
            for match in bounded(pattern.matches, _MAX_MATCHES, gap):
                if isinstance(match, Unexamined):
                    matches.overflows[each.rule.identifier] = match
                elif each.first <= each.start + match.offset < each.last:
                    start = each.start + match.offset
                    end = start + match.length
                    matches.append(Match(each.rule.identifier, pattern.identifier, start, end))
    matches.sort(key=attrgetter("start"))
    return matches
