"""Commands that download and run programs, or that hide their window.

The code that runs is then not the code that was reviewed. ``npx github:owner/repo#<commit>`` has
installed worms at the editor's start: no registry can remove a pinned commit of an unpublished
package. A PowerShell without a window that runs what it decodes or downloads is meant to stay
unnoticed; many programs open a browser with an encoded command alone. Honest tools use
``curl ... | sh``, too: it counts if code runs it, not if a message recommends it.
"""

import binascii
import re
from collections.abc import Iterator, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, FileWindow, Found, Match
from vscan.providers.offline.only_typed_commands import is_only_typed

FETCH = Rule(
    "runs-remote-code",
    Kind.MALWARE,
    "A command downloads a program and runs it",
    "Code runs a command that downloads a program and starts it: npx with a commit of a repository,"
    " PowerShell with a download, curl into a shell.",
    "The program that runs was not reviewed, and may be another one tomorrow.",
    "Remove the extension unless you know the address and the purpose of the download.",
)
HIDDEN = Rule(
    "hidden-powershell",
    Kind.MALWARE,
    "PowerShell runs without a window",
    "A command starts PowerShell without a window, with code that is encoded or downloaded.",
    "Installers of malware do this. Honest programs don't need to.",
    "Decode the command. Remove the extension unless you know what it does.",
)
# Words at the beginning of such commands. Python compares the rest, which is faster.
_PATTERNS = r"""
rule npx {
    strings:
        $npx = /\b(npx|bunx)\b/
        $npm = /\bnpm["', ]{1,6}(exec|x)\b/
        $pnpm = /\bpnpm["', ]{1,6}dlx\b/
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
        $curl = /\b(curl|wget)\s/
        $old = /certutil(\.exe)?\s{1,3}[^\n]{0,20}-urlcache|bitsadmin(\.exe)?\s{1,3}\/transfer|mshta(\.exe)?\s{1,3}["']?https?:/ nocase
        $load = /[^a-z]i(rm|wr) / nocase
        $load_rest = "Invoke-RestMethod" nocase
        $load_web = "Invoke-WebRequest" nocase
        $iex = /iex[ (&]/ nocase
        $iex_long = "Invoke-Expression" nocase
        $sub = /\b(ba|z|da|k)?sh\s{1,9}(-c\s{1,9})?["'\\]{0,3}(<\(|\$\()(curl|wget)\s/
    condition:
        any of them
}
"""
_PIPES: Final = {
    "$curl": lazy_regex(
        rb"(?:curl|wget)\s[^|\n]{1,300}?\|\s{0,9}(?:sudo\s{1,9})?(?:/bin/|/usr/bin/env )?"
        rb"(?:(?:ba|z|da|k)?sh|node|python3?|perl|ruby)\b"
    ),
    "$load": lazy_regex(
        rb"\W?(?:irm|iwr|Invoke-(?:RestMethod|WebRequest)) [^|\n]{1,300}?\|\s{0,9}(?:iex|Invoke-Expression)\b",
        re.IGNORECASE,
    ),
    "$iex": lazy_regex(
        rb"(?<!\w)(?:iex|Invoke-Expression)[\s\"'(&$]{1,9}(?:irm|iwr|Invoke-RestMethod|Invoke-WebRequest"
        rb"|(?:\(?New-Object )?[\w.]{0,40}WebClient\)?\.DownloadString)\b",
        re.IGNORECASE,
    ),
}
# The file that is run is the one that was saved: its name is in both commands.
_SAVED: Final = lazy_regex(
    rb"(?:curl|wget)\s(?=[^|\n\"'`]{1,300}?(?:&&|;)\s?(?:sudo\s)?(?:ba|z)?sh\s{1,3}(?:-\w{1,9}\s{1,3})?"
    rb"(?:[\w.~$-]{0,40}/){0,9}([\w.$-]{1,60}))[^|\n\"'`&;]{0,200}(?<![\w.-])\1(?![\w.-])"
)
_REPOSITORY: Final = lazy_regex(
    rb"(?:github:|gitlab:|git\+https:|git\+ssh:|github\.com/)[^\s\"'`]{3,120}"
    rb"|[\w-]{1,39}/[\w.-]{1,80}#[0-9a-f]{7,40}\b",
    re.IGNORECASE,
)
_LINE: Final = lazy_regex(rb"[;\n]")  # where a command ends
_COMMIT: Final = lazy_regex(rb"#[0-9a-f]{7,40}\b", re.IGNORECASE)
_WINDOW = rb"[-/]w(?:in(?:dowstyle)?)?[\"',\s:]{1,8}(?:h(?:idden)?|1)\b"
_NO_WINDOW: Final = lazy_regex(_WINDOW, re.IGNORECASE)
# Programs hide the console of a child to avoid flicker: this says less than the option.
_UNSEEN: Final = lazy_regex(_WINDOW + rb"|windowsHide\s*:\s*(?:true|!0)", re.IGNORECASE)
# A command that is started without a window, not one that starts another in this way.
_HIDDEN_COMMAND: Final = lazy_regex(
    rb"(?:(?![-/]c(?:ommand)?\b)[^;\n]){1,120}?" + _WINDOW + rb"[^;\n]{1,120}?[-/]c(?:ommand)?\b",
    re.IGNORECASE,
)
_LITERAL: Final = lazy_regex(
    rb"[-/](e(?:c|n[a-z]{0,12})?)[\"',\s+]{1,9}([A-Za-z0-9+/]{8,})", re.IGNORECASE
)
_LONG = 40  # letters of an argument that is taken for base64 whatever it decodes to
_UTF16: Final = lazy_regex(rb"(?:[\t\n\r -~]\0){3,}")
_BYPASS: Final = lazy_regex(rb"bypass", re.IGNORECASE)
_ENCODED: Final = lazy_regex(rb"[-/]e(?:c|nc|ncodedcommand)\b|frombase64string", re.IGNORECASE)
_DOWNLOADED: Final = lazy_regex(
    rb"\biex\b|invoke-expression|download(?:string|file)|\birm\s|\biwr\s|invoke-webrequest"
    rb"|invoke-restmethod|start-bitstransfer",
    re.IGNORECASE,
)
_EVALUATED: Final = lazy_regex(
    rb"(?:\biex\b|invoke-expression).{0,200}(?:download|\birm\b|\biwr\b|invoke-(?:web|rest)|base64)"
    rb"|(?:download|\birm\b|\biwr\b|invoke-(?:web|rest)|base64).{0,200}(?:\biex\b|invoke-expression)",
    re.IGNORECASE | re.DOTALL,
)
_EXECUTES: Final = lazy_regex(
    rb"child_process|\bexec(?:Sync|File|FileSync|a|aCommand)?\s*\(|\bspawn(?:Sync)?\s*\("
    rb"|sendText\s*\(|ShellExecution\s*\(|createTerminal\s*\(|shellArgs|McpStdioServerDefinition"
    rb"|os\.system|subprocess"
)
_VERB: Final = lazy_regex(r"\b([A-Za-z]+)-[A-Za-z]+")
_ASKING: Final = frozenset({"Get", "Select", "Where", "Sort", "ConvertTo", "Format", "Measure"})
_CALLS: Final = lazy_regex(r"\biex\b|&|\]::|\.\s*\w+\s*\(|\bstart\b|\bNew-", re.IGNORECASE)
_BESIDE = 4000  # bytes between a command and what runs it
_BEGINS: Final = lazy_regex(
    rb"(?:[\"'`&;|(]|[-/]c)\s{0,9}(?:(?:sudo|nohup|setsid|exec|time|env)\s{1,9}(?:-\w{1,9}\s{1,9})?){0,3}\Z"
)
_COMMAND = 400  # bytes of one


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    if window.script_language:  # the check dangerous-script reads the commands of scripts
        return
    for match in matches:
        if window.in_comment(match):
            continue
        for found in _JUDGES[match.rule](window, match):
            if not is_only_typed(window, match):
                yield found


def _npx(window: FileWindow, match: Match) -> Iterator[Found]:
    command = _LINE.split(window.around(match, 0, 200), maxsplit=1)[0]
    named = [each[0] for each in _REPOSITORY.finditer(command)]
    if named and _EXECUTES.search(_beside(window, match)):
        pinned = next(filter(_COMMIT.search, named), None)
        severity = Severity.CRITICAL if pinned else Severity.HIGH
        message = f"npx runs a package from {(pinned or named[0]).decode('utf-8', 'replace')}"
        yield window.finding(FETCH, severity, Confidence.HIGH, message, match)


def _powershell(window: FileWindow, match: Match) -> Iterator[Found]:
    text = window.around(match, 0, _COMMAND)
    hidden, unseen = _NO_WINDOW.search(text), _UNSEEN.search(text)
    encoded = _is_encoded(text) or (hidden and _ENCODED.search(text))
    if encoded or (hidden and _BYPASS.search(text)) or (unseen and _DOWNLOADED.search(text)):
        message = "PowerShell runs hidden or encoded commands"
        yield window.finding(HIDDEN, Severity.CRITICAL, Confidence.HIGH, message, match)
    elif unseen and _ENCODED.search(text) and not _LITERAL.search(text):
        # Programs encode commands to avoid quotes, too; the check dangerous-script reads the code.
        message = "PowerShell runs encoded commands"
        yield window.finding(HIDDEN, Severity.MEDIUM, Confidence.MEDIUM, message, match)
    elif hidden and _HIDDEN_COMMAND.match(text) and _runs(window, match):
        message = "PowerShell runs a command without a window"
        yield window.finding(HIDDEN, Severity.HIGH, Confidence.MEDIUM, message, match)
    elif _EVALUATED.search(text) and _runs(window, match):
        message = "PowerShell runs what it downloads"
        yield window.finding(FETCH, Severity.HIGH, Confidence.HIGH, message, match)


def _is_encoded(text: bytes) -> bool:
    """Whether a command has its code with it, in base64: of text as Windows writes it, or long.

    Code that only asks for something, such as ``Get-Process``, does not count.
    """
    for option in _LITERAL.finditer(text):
        name, code = option[1].lower(), option[2]
        if name == b"ec" or b"encodedcommand".startswith(name):
            whole = code[:-1] if len(code) % 4 == 1 else code
            content = binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
            if _only_asks(content):
                continue
            if len(code) >= _LONG or _UTF16.match(content):
                return True
    return False


def _only_asks(content: bytes) -> bool:
    """Whether encoded code consists of commands that return something and change nothing."""
    if not _UTF16.match(content):
        return False
    text = content.decode("utf-16-le", "replace")
    verbs = set(_VERB.findall(text))
    return bool(verbs) and verbs <= _ASKING and not _CALLS.search(text)


def _pipe(window: FileWindow, match: Match) -> Iterator[Found]:
    if window.is_javascript and match.pattern != "$old":
        return  # the check dangerous-script reads the commands that it starts
    text = window.around(match, 0, _COMMAND)
    pipe = _PIPES.get(match.pattern.partition("_")[0])
    saved = match.pattern == "$curl" and _SAVED.match(text)
    if (
        pipe is None or pipe.match(window.content, match.start, match.end + _COMMAND) or saved
    ) and _runs(window, match):
        message = "What a command downloads is run"
        yield window.finding(FETCH, Severity.HIGH, Confidence.MEDIUM, message, match)


def _runs(window: FileWindow, match: Match) -> bool:
    """Whether a command is run: a text beside what executes it."""
    starts = _BEGINS.search(window.content[max(0, match.start - 60) : match.start])
    return starts is not None and _EXECUTES.search(_beside(window, match)) is not None


def _beside(window: FileWindow, match: Match) -> bytes:
    return window.around(match, _BESIDE, _BESIDE)


_JUDGES: Final = {"npx": _npx, "powershell": _powershell, "pipe": _pipe}

CHECK = Check((FETCH, HIDDEN), _PATTERNS, _on_match)
