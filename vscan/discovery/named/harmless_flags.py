"""Tell where a text only mentions the flag that installs: in a message, an option, a completion.

What is named there counts all the same; only that a value is missing is not told.
"""

import re
from bisect import bisect_left
from functools import cached_property
from itertools import accumulate

from vscan.lazy_regex import lazy_regex

_BRANCH_START = lazy_regex(
    r"(?:^|\bcase\b[^;|&]{1,200}\bin\b|;;)[ \t]*"
    r"(?:[\"']?-[\w-]{1,40}[\"']?[ \t]*\|[ \t]*){0,5}[\"']?$"
)
_SAME_LINE = lazy_regex(r"\bcase\b[^;|&]{1,200}\bin\b|;;")
_BRANCH_END = lazy_regex(r"[\"']?[ \t]*(?:\|[ \t]*[\"']?-[\w-]{1,40}[\"']?[ \t]*){0,5}\)")
_BEFORE_BRANCH = lazy_regex(r"(?:\bcase\b[^;|&\r\n]{1,200}\bin|(?<![\\\"']);;&?|;&)\s*\Z")
# A text of several flags, or of one with its description, as completions of shells have.
_COMPLETION = lazy_regex(r"^\#compdef\b|\bcompgen\b|\bCOMPREPLY\b|^complete[ \t]", re.MULTILINE)
_EDITOR = lazy_regex(
    r"(?<![\w-])(?:code|codium|cursor|windsurf|code-server|code-insiders|vscodium)"
    r"[\"']?[ \t]+[\"'$-]"
    r"|\$\{?\w+\}?[\"']?[ \t]+[\"']?\$\{?[0-9]"
)
_COMPLETED = lazy_regex(r"\[|[ \t]+--?(?:uninstall|list|install|show|enable|disable)-ext")
_MESSAGE = lazy_regex(
    r"[ \t]*(?:echo|print|Write-Host)[ \t]+(?:-[ne]{1,2}[ \t]+)?"
    r"(?:\"[^\"'`|<>();&\\]{0,300}|'[^\"'`|<>();&\\]{0,300})$"
)
_MESSAGE_END = lazy_regex(r"[^\"'`|<>()&;\\\r\n]{0,300}(?:\"|')[ \t]*(?:>&2[ \t]*)?$")
# What may run the output of a script, or make an own command of ``echo``.
_RUNS_OUTPUT = lazy_regex(
    r"\|[ \t]*(?:sudo[ \t]+)?(?:[\w./-]*sh\b|xargs|source|\.[ \t]|tee|at\b|parallel|python|\$|iex)"
    r"|<\(|\beval\b|(?:\}|done|fi|\))[ \t]*(?:\||>)|\bexec\b|\becho[ \t]*\(|\balias\b|\bread\b"
    r"|\bfunction[ \t]|\btrap\b|^[ \t]*(?:\.|source)[ \t]|\$\(|`|\bInvoke-|\bprintf\b",
    re.IGNORECASE | re.MULTILINE,
)
# A description in YAML or TOML that no anchor lets another key have.
_DESCRIBED = lazy_regex(r"[ \t]*(?:-[ \t]+)?description:[ \t]+(?![&|>!*])[^\r\n;`]*$")
_DECLARES = lazy_regex(r"\badd_argument\([ \t]*[\"']$")
_DECLARED = lazy_regex(
    r"[\"'][ \t]*,[ \t]*help=(?P<quote>[\"'])[^\"'\r\n]*[ ][^\"'\r\n]*(?P=quote)[ \t]*\)"
)
_BUILDS = lazy_regex(
    r"\bvsce[ \t]+package[ \t]+(?:-o|--out)[ \t=]+[\"'\\]*(?P<path>[\w./-]{1,200}\.vsix)[\"'\\]*"
    r"[ \t]*&&[ \t]*[\w-]{1,40}[ \t]*$"
)
_QUOTE = lazy_regex(r"[\"']")
_NEAR = 400


class HarmlessFlags:
    """Finds the flags of a text that get no value there."""

    def __init__(self, text: str) -> None:
        self._text = text

    def contain(self, start: int, end: int) -> bool:
        """Say whether the flag at a place is only mentioned."""
        before, after = self._around(start, end)
        if _BRANCH_START.search(before) and _BRANCH_END.match(after):
            return self._is_in_case(start, before)
        if _COMPLETED.match(after):
            return self._is_completion
        if _DESCRIBED.match(before):
            return True
        if _MESSAGE.match(before) and _MESSAGE_END.match(after) and not self._runs_output:
            return self._is_outside_quotes(start - len(before))
        return False

    def is_declaration(self, start: int, end: int) -> bool:
        """Say whether a program declares an option of its own, with a sentence about it."""
        before, after = self._around(start, end)
        return bool(_DECLARES.search(before) and _DECLARED.match(after))

    def is_built(self, flag: re.Match[str], target: str) -> bool:
        """Say whether the command before a flag, in its line, makes the archive that it gets."""
        built = _BUILDS.search(self._around(*flag.span())[0])
        return built is not None and built["path"] == target

    @cached_property
    def _is_completion(self) -> bool:
        return _COMPLETION.search(self._text) is not None and not _EDITOR.search(self._text)

    @cached_property
    def _runs_output(self) -> bool:
        return _RUNS_OUTPUT.search(self._text) is not None

    def _is_outside_quotes(self, offset: int) -> bool:
        """Say whether the quotes before a place are even in number, so that none is open."""
        before = bisect_left(self._quotes, offset)
        return before == 0 or self._double[before - 1] % 2 == before % 2 == 0

    @cached_property
    def _quotes(self) -> list[int]:
        return [match.start() for match in _QUOTE.finditer(self._text)]

    @cached_property
    def _double(self) -> list[int]:
        """How many of the quotes up to each one are double."""
        return list(accumulate(self._text[offset] == '"' for offset in self._quotes))

    def _is_in_case(self, start: int, before: str) -> bool:
        """Say whether what is before a branch is a ``case``, or another branch of it."""
        if _SAME_LINE.search(before):
            return True
        line_start = start - len(before)
        near = self._text[max(0, line_start - _NEAR) : line_start]
        return _BEFORE_BRANCH.search(near) is not None

    def _around(self, start: int, end: int) -> tuple[str, str]:
        """Return the line of a flag before and behind it, as far as it is near."""
        before = re.split(r"[\r\n]", self._text[max(0, start - _NEAR) : start])[-1]
        return before, re.split(r"[\r\n]", self._text[end : end + _NEAR])[0]
