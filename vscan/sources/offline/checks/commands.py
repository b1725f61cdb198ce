"""Commands that fetch and run what is not in the extension, or hide their window.

What was reviewed is not what runs then. ``npx github:owner/repo#<commit>`` has brought worms at
start-up: a pinned commit of an unpublished package, which no registry can take back. A PowerShell
without a window that runs what it decodes or downloads is not meant to be seen; encoded commands
alone are how many programs open a browser. ``curl ... | sh`` installs tools, too: it counts where code
runs it, not where a message recommends it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vscan.domain import Confidence, Kind, Rule, Severity
from vscan.sources.offline.check import Check, Found, Look, Match
from vscan.sources.offline.content import Content

FETCH = Rule(
    "runs-remote-code",
    Kind.MALWARE,
    "A command fetches a program and runs it",
    "Code runs a command that loads a program from the network and starts it: npx with a commit"
    " of a repository, PowerShell with what it downloads, curl into a shell.",
    "What runs is not what was reviewed, and may be something else tomorrow.",
    "Remove the extension unless you know the address and why it is fetched.",
)
HIDDEN = Rule(
    "hidden-powershell",
    Kind.MALWARE,
    "PowerShell runs where nobody sees it",
    "A command starts PowerShell without a window, and with code that is encoded or downloaded.",
    "Installers of malware do this. Programs that have nothing to hide have no need to.",
    "Decode the command. Remove the extension unless you know what it does.",
)
_PATTERNS = r"""
rule npx {
    strings:
        $npx = /(npx|npm["', ]{1,6}(exec|x)|pnpm["', ]{1,6}dlx|bunx)\b[^;\n]{1,80}(github:|gitlab:|git\+https:|git\+ssh:|https:\/\/github\.com\/)[\w.-]{1,80}/
        $short = /(npx|npm["', ]{1,6}exec|bunx|pnpm["', ]{1,6}dlx)\b[^;\n]{1,60}["'` ][\w-]{1,39}\/[\w.-]{1,80}#[0-9a-f]{7,40}\b/
    condition:
        any of them
}
rule powershell {
    strings:
        $shell = /powershell|pwsh/ nocase
    condition:
        $shell
}
rule pipe {
    strings:
        $curl = /(curl|wget)\s[^|\n]{1,300}\|\s{0,9}(sudo\s{1,9})?(\/bin\/|\/usr\/bin\/env )?((ba|z|da|k)?sh|node|python3?|perl|ruby)\b/
        $saved = /(curl|wget)\s[^|\n"'`]{1,200}(&&|;)\s?(chmod\s[^\n;&]{1,80}(&&|;)\s?)?(sudo\s)?(ba|z)?sh\s/
        $old = /certutil(\.exe)?\s{1,3}[^\n]{0,20}-urlcache|bitsadmin(\.exe)?\s{1,3}\/transfer|mshta(\.exe)?\s{1,3}["']?https?:/ nocase
        $iex = /(irm |iwr |Invoke-RestMethod |Invoke-WebRequest )[^|\n]{1,300}\|\s{0,9}(iex|Invoke-Expression)\b/ nocase
        $sub = /(ba|z)?sh\s{1,9}(-c\s{1,9})?["'\\]{0,3}(<\(|\$\()(curl|wget)\s/
    condition:
        any of them
}
"""
_REPOSITORY: Final = re.compile(
    rb"(?:github:|gitlab:|git\+https:|git\+ssh:|github\.com/)[^\s\"'`]{3,120}"
    rb"|[\w-]{1,39}/[\w.-]{1,80}#[0-9a-f]{7,40}\b",
    re.IGNORECASE,
)
_COMMIT: Final = re.compile(rb"#[0-9a-f]{7,40}\b", re.IGNORECASE)
_NO_WINDOW: Final = re.compile(
    rb"-w(?:in(?:dowstyle)?)?[\"',\s:]{1,8}(?:h(?:idden)?|1)\b|windowsHide\s*:\s*(?:true|!0)",
    re.IGNORECASE,
)
_LITERAL: Final = re.compile(
    rb"-e(?:c|nc?|ncodedcommand)?[\"',\s]{1,8}[A-Za-z0-9+/]{40,}", re.IGNORECASE
)
_ENCODED: Final = re.compile(rb"-e(?:c|nc|ncodedcommand)\b|frombase64string|bypass", re.IGNORECASE)
_DOWNLOADED: Final = re.compile(
    rb"\biex\b|invoke-expression|download(?:string|file)|\birm\s|\biwr\s|invoke-webrequest"
    rb"|invoke-restmethod|start-bitstransfer",
    re.IGNORECASE,
)
_EVALUATED: Final = re.compile(
    rb"(?:\biex\b|invoke-expression).{0,200}(?:download|\birm\b|\biwr\b|invoke-(?:web|rest)|base64)"
    rb"|(?:download|\birm\b|\biwr\b|invoke-(?:web|rest)|base64).{0,200}(?:\biex\b|invoke-expression)",
    re.IGNORECASE | re.DOTALL,
)
_EXECUTES: Final = re.compile(
    rb"child_process|\bexec(?:Sync|File|FileSync|a|aCommand)?\s*\(|\bspawn(?:Sync)?\s*\("
    rb"|sendText\s*\(|ShellExecution\s*\(|createTerminal\s*\(|shellArgs|McpStdioServerDefinition"
    rb"|os\.system|subprocess"
)
_SHELL: Final = re.compile(r"\.(?:sh|bash|zsh|command|ps1|bat|cmd)\Z", re.IGNORECASE)
_HASHBANG: Final = re.compile(rb"#![^\n]{0,60}sh\b")
_BESIDE = 4000  # bytes between a command and what runs it
_BEGINS: Final = frozenset((b'"', b"'", b"`", b"&", b";", b"|", b"("))
_COMMAND = 400  # bytes of one


def _look(look: Look, matches: Sequence[Match]) -> Iterator[Found]:
    if look.kind is not Content.CODE:
        return
    for match in matches:
        if look.in_comment(match):
            continue
        match match.rule:
            case "npx":
                yield from _npx(look, match)
            case "powershell":
                yield from _powershell(look, match)
            case _:
                yield from _pipe(look, match)


def _npx(look: Look, match: Match) -> Iterator[Found]:
    named = _REPOSITORY.search(look.around(match, 0, 200))
    if named and (_is_line(look, match) or _EXECUTES.search(_beside(look, match))):
        pinned = _COMMIT.search(named[0])
        severity = Severity.CRITICAL if pinned else Severity.HIGH
        message = f"npx runs a package from {named[0].decode('utf-8', 'replace')}"
        yield look.finding(FETCH, severity, Confidence.HIGH, message, match)


def _powershell(look: Look, match: Match) -> Iterator[Found]:
    text = look.around(match, 0, _COMMAND)
    unseen = _NO_WINDOW.search(text)
    encoded = _LITERAL.search(text) or (unseen and _ENCODED.search(text))
    if encoded or (unseen and _DOWNLOADED.search(text)):
        message = "PowerShell runs hidden or encoded commands"
        yield look.finding(HIDDEN, Severity.CRITICAL, Confidence.HIGH, message, match)
    elif _EVALUATED.search(text) and _runs(look, match):
        message = "PowerShell runs what it downloads"
        yield look.finding(FETCH, Severity.HIGH, Confidence.HIGH, message, match)


def _pipe(look: Look, match: Match) -> Iterator[Found]:
    if _runs(look, match):
        message = "A download is piped into a shell"
        yield look.finding(FETCH, Severity.HIGH, Confidence.MEDIUM, message, match)


def _runs(look: Look, match: Match) -> bool:
    """Whether a command is run: a line of a shell script, or a text beside what executes it."""
    before = look.content[max(0, match.start - 8) : match.start].rstrip()
    starts = before[-1:] in _BEGINS or before.endswith((b"-c", b"/c", b"sudo"))
    return _is_line(look, match) or (starts and _EXECUTES.search(_beside(look, match)) is not None)


def _is_line(look: Look, match: Match) -> bool:
    if not (_SHELL.search(look.name) or _HASHBANG.match(look.head)):
        return False
    line = look.content[max(0, match.start - 200) : match.start].rpartition(b"\n")[2]
    return not line.lstrip().startswith((b"#", b"::", b"rem ", b"REM ", b"echo "))


def _beside(look: Look, match: Match) -> bytes:
    return look.around(match, _BESIDE, _BESIDE)


CHECK = Check((FETCH, HIDDEN), _PATTERNS, _look)
