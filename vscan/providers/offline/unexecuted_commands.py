"""Commands that a script or a program contains, but does not run.

They are in a comment, in the help of a PowerShell script, or in a text that is only printed; or a
terminal gets them without a line's end, so that the user reads them before running them.
"""

import re
from bisect import bisect_right
from functools import lru_cache
from typing import Final, NamedTuple

from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.check_interface import FileWindow, Match

_POWERSHELL: Final = frozenset({".ps1", ".psm1", ".psd1"})
_BATCH: Final = frozenset({".bat", ".cmd"})
_SHELL: Final = frozenset({".sh", ".bash", ".zsh", ".ksh", ".command"})
_HASHBANG: Final = lazy_regex(rb"#![^\n]{0,60}sh\b")
_MAX_SCRIPT_BYTES = 1024**2
# Comments and strings, in the order in which PowerShell reads them. A here-string ends at the
# beginning of a line. The escape character works outside of strings and in double quotes.
_POWERSHELL_TOKEN: Final = lazy_regex(
    rb"(?P<comment><#(?s:.)*?(?:#>|\Z)|(?<![\w$`])#[^\n]*)"
    rb"|(?P<string>@'[ \t]*\r?\n(?s:.)*?(?:\n'@|\Z)|@\"[ \t]*\r?\n(?s:.)*?(?:\n\"@|\Z)"
    rb"|'[^']*+'?|\"(?:[^\"`]|`(?s:.)?)*+\"?)"
    rb"|`(?s:.)"
)
_PRINTS_NEXT: Final = lazy_regex(
    rb"(?:\A|[\n;{])[ \t]*"
    rb"(?:Write-(?:Host|Output|Verbose|Warning|Error|Information|Debug)|echo|throw)"
    rb"[ \t(]+(?:-\w+[ \t]+(?:\w+[ \t]+)?){0,3}\Z",
    re.IGNORECASE,
)
_RUNS_TEXT: Final = lazy_regex(
    rb"\b(?:iex|invoke-\w+|scriptblock|icm|start-\w+|powershell|pwsh|cmd|eval\w*)\b"
    rb"|[\n;{(|=][ \t]*[&.][ \t\"'$]|\|",
    re.IGNORECASE,
)
_BATCH_SAYS: Final = lazy_regex(rb"\s*@?(?:::|rem\s|echo[.:\s])", re.IGNORECASE)
# A command whose arguments are whole strings, up to a string or a word that is not ended. Strings
# in double quotes have no substitution.
_SHELL_SAYS: Final = lazy_regex(
    rb"\s*(?:echo|printf)\s(?:[^'\"`$&|;<>()#]|\$\w|'[^']*'|\"(?:[^\"`$\\]|\\.|\$\w)*\")*+"
    rb"(?:'[^']*|\"(?:[^\"`$\\]|\\.|\$\w)*)\Z"
)
_SHELL_COMMENT: Final = lazy_regex(rb"(?:[^'\"`#\\]|(?<![\s;&|()])#)*(?<![^\s;&|()])#[^\n]*\Z")
# A here-document that is printed: it goes into no file and no pipe.
_HERE: Final = lazy_regex(
    rb"^[ \t]*cat[ \t]*(?:>&2[ \t]*)?<<-?[ \t]*(['\"]?)([A-Za-z_]\w*)\1[ \t]*(?:>&2[ \t]*)?\r?$",
    re.MULTILINE,
)
_SUBSTITUTION: Final = lazy_regex(rb"\$\(|`")
_PIPED: Final = lazy_regex(rb"['\"][^\n]{0,200}[|>]")
_TYPED_BEFORE: Final = lazy_regex(rb"sendText\s*\(\s*[\"'`][^\n]{0,200}\Z")
_TYPED_AFTER: Final = lazy_regex(
    rb"((?:[^\n\"'`\\]|\\[^\n]|[\"'`](?!\s*,\s*(?:/\*|false|!1))){0,300}+)"
    rb"[\"'`]\s*,\s*(?:/\*[^*\n]{0,60}\*/\s*)?(?:false|!1)\s*,?\s*\)"
)
_QUOTES: Final = b"\"'`"
_LINE_END: Final = lazy_regex(rb"\\[rn]|\\x0[ad]|\\u000[ad]|[\r\n]", re.IGNORECASE)
# What ends a line in a terminal that has got a command.
_ENTERS: Final = lazy_regex(
    rb"sendText\s*\(\s*(?:[\"'`](?:\\[rn]|\\x0[ad]|\\u000[ad]|\s){0,4}[\"'`]|String\.fromCharCode)"
    rb"|sendSequence|\bEOL\b",
    re.IGNORECASE,
)
_REACH = 400  # bytes before and after a command
_HERE_DOCUMENT = 4000  # bytes before a command, in which its here-document begins
_LINE = 2000  # bytes before it, in which its line begins


def is_unexecuted(window: FileWindow, match: Match) -> bool:
    """Whether the command at a match is a comment, a printed text, or one to be confirmed."""
    suffix = window.suffix
    if suffix in _POWERSHELL:
        whole = len(window.content) == window.file_size <= _MAX_SCRIPT_BYTES
        return whole and _is_powershell_text(window.content, match.start)
    line = window.content[max(0, match.start - _LINE) : match.start].rpartition(b"\n")[2]
    if suffix in _BATCH:
        return _BATCH_SAYS.match(line) is not None
    if suffix in _SHELL or _HASHBANG.match(window.head):
        rest = window.content[match.end : match.end + _REACH].partition(b"\n")[0]
        return _is_shell_text(line, rest) or _is_here_document(window, match, line)
    return _is_only_typed(window, match)


class _Token(NamedTuple):
    start: int
    end: int
    is_comment: bool


@lru_cache(maxsize=1)
def _powershell_tokens(script: bytes) -> tuple[list[_Token], bool]:
    """List the comments and strings of a script; say whether the rest could run a text."""
    tokens = []
    code = []
    end = 0
    for token in _POWERSHELL_TOKEN.finditer(script):
        code.append(script[end : token.start()])
        end = token.end()
        if token.lastgroup is not None:
            tokens.append(_Token(token.start(), end, token.lastgroup == "comment"))
    code.append(script[end:])
    return tokens, _RUNS_TEXT.search(b"\0".join(code)) is not None


def _is_powershell_text(script: bytes, offset: int) -> bool:
    """Whether the text at an offset is in a comment, or in a string that is not run.

    A string is not run if it is printed at once and goes into no pipe; or if it has many lines and
    nothing outside of comments and strings runs a text.
    """
    tokens, runs_text = _powershell_tokens(script)
    number = bisect_right(tokens, offset, key=lambda token: token.start) - 1
    if number < 0 or offset >= tokens[number].end:
        return False
    token = tokens[number]
    if token.is_comment:
        return True
    rest = script[token.end : token.end + _REACH].partition(b"\n")[0]
    before = script[max(0, token.start - _REACH) : token.start]
    if _PRINTS_NEXT.search(before) and b"|" not in rest and b">" not in rest:
        return b"$(" not in script[token.start : token.end]
    return script.startswith(b"@'", token.start) and not runs_text


def _is_shell_text(line: bytes, rest: bytes) -> bool:
    if _SHELL_COMMENT.match(line):
        return True
    return _SHELL_SAYS.match(line) is not None and _PIPED.search(rest) is None


def _is_here_document(window: FileWindow, match: Match, line: bytes) -> bool:
    text = window.content[max(0, match.start - _HERE_DOCUMENT) : match.start]
    for here in _HERE.finditer(text):
        body = text[here.end() :]
        if not re.search(rb"\n[ \t]*" + here[2] + rb"[ \t\r]*\n", body):
            return bool(here[1]) or _SUBSTITUTION.search(line) is None
    return False


def _is_only_typed(window: FileWindow, match: Match) -> bool:
    """Whether a terminal gets the command without a line's end, now or later."""
    content = window.content
    start = match.start + (content[match.start] in _QUOTES)  # a pattern may include the quote
    before = _TYPED_BEFORE.search(content, max(0, match.start - _REACH), start)
    after = _TYPED_AFTER.match(content, start) if before else None
    return after is not None and not (_LINE_END.search(after[1]) or _ENTERS.search(content))
