"""Programs that are named like data, and that something starts.

Either half has harmless explanations: a tool may be packed under an odd name, and a program that
starts others names pictures, too. Together they have none. So this is one finding, and more severe
than ``disguised-file``: a program or a script that is named like a picture, a text or data, and
whose name stands in code that starts programs, in a script, or in the manifest as the entry point.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Finding, Kind, Rule, Severity
from vscan.providers.offline.check_interface import (
    Check,
    ExtensionContext,
    FileWindow,
    Found,
    Match,
    Note,
)
from vscan.providers.offline.checks.disguised_file import native
from vscan.safe_text import sanitize

PROGRAM = Rule(
    "disguised-program",
    Kind.MALWARE,
    "A program that is named like data is started",
    "A file has the suffix of a picture, a text or data, but is a program or a script. Code that"
    " starts programs names it, or it is the extension's entry point.",
    "Nobody reviews a picture. A program under such a name is meant to be overlooked, and this one is"
    " not only stored.",
    "Remove the extension, and examine the file.",
)
_MEDIA = frozenset(
    {".avif", ".bmp", ".cur", ".eot", ".gif", ".icns", ".ico", ".jpeg", ".jpg", ".mp3", ".mp4"}
    | {".ogg", ".otf", ".png", ".svg", ".tif", ".tiff", ".ttf", ".wav", ".webm", ".webp", ".woff"}
    | {".woff2"}
)
_DATA = _MEDIA | frozenset(
    {".bak", ".cache", ".cfg", ".css", ".csv", ".dat", ".data", ".db", ".doc", ".docx", ".ini"}
    | {".json", ".lic", ".lock", ".log", ".map", ".md", ".old", ".pak", ".pdf", ".pem", ".sqlite"}
    | {".tmp", ".txt", ".xls", ".xlsx", ".xml", ".yaml", ".yml"}
)
# An entry point with one of these is no mistake of a packer.
_NO_ENTRY = _MEDIA | frozenset({".bin", ".cache", ".dat", ".data", ".db", ".log", ".pdf", ".txt"})
_SCRIPT: Final = lazy_regex(
    rb"(?:\xef\xbb\xbf)?\s*(?:#!\s?/|@?echo off\b|<#|param\s*\(|\$[A-Za-z]\w*\s*=|powershell\b|cmd\s/c\b"
    rb"|(?:const|let|var|import|export|function|async|class)\s+[\w{*$]|require\s*\(|eval\s*\("
    rb"|exports\.|module\.exports|\(\s*(?:async\s*)?(?:function|\(\s*\)\s*=>)|[\"']use strict[\"']"
    rb"|import\s+(?:os|sys|subprocess|base64)\b|from\s+\w+\s+import\b)",
)
# In two rules, because a picture's name counts only in a file that starts programs.
_PATTERNS = r"""
rule names {
    strings:
        $start1 = "child_process"
        $start2 = "dlopen"
        $start3 = "ShellExecution"
        $start4 = "createTerminal"
        $start5 = "sendText"
        $start6 = "subprocess"
        $start7 = "os.system"
        $start8 = "#!/"
        $start9 = "powershell" nocase
        $start10 = "@echo off" nocase
        $name = /[\w.-]\.(avif|bak|bmp|cache|cfg|css|csv|cur|dat|data|db|docx?|eot|gif|icns|ico|ini|jpe?g|json|lic|lock|log|map|md|mp[34]|ogg|old|otf|pak|pdf|pem|png|sqlite|svg|tiff?|tmp|ttf|txt|wav|webm|webp|woff2?|xlsx?|xml|ya?ml)["'`\s;&|)\\]/ nocase
    condition:
        any of ($start*) and $name
}
"""
_NAME: Final = lazy_regex(rb"[\w.@ -]{1,100}\Z")
_NAME_BYTES = 102
_A_SCRIPT = "a script"
_TEMPLATE: Final = lazy_regex(r"\.\w{1,5}\.\w+\Z")  # index.js.txt, from which a file is made
_DISGUISED, _NAMED = "disguised", "named where programs are started"
_NAMESAKE: Final = "named where a file of that name starts programs"


def _on_file(window: FileWindow) -> Iterator[Found]:
    if window.suffix in _DATA:
        machine = native(window.content)
        if machine:
            yield Note(_DISGUISED, window.name, f"a program ({machine})")
        elif _SCRIPT.match(window.head):
            yield Note(_DISGUISED, window.name, _A_SCRIPT)


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    for match in matches:
        if match.pattern == "$name":
            before = window.content[max(0, match.end - _NAME_BYTES) : match.end - 1]
            name = _NAME.search(before)
            if name:
                base = name[0].decode("ascii").lower().rpartition(" ")[2]
                # A file that names itself must not take the place of another that names it.
                yield Note(_NAMESAKE if base == window.base.lower() else _NAMED, base, window.name)


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    named, namesakes = context.notes.get(_NAMED, {}), context.notes.get(_NAMESAKE, {})
    programs = set(context.programs)
    for name, what in context.notes.get(_DISGUISED, {}).items():
        base = name.rpartition("/")[2].lower()
        by = named.get(base) or namesakes.get(base)
        suffix = f".{base.rpartition('.')[2]}"
        if name in programs and suffix in _NO_ENTRY:
            yield _finding(context, name, f"{base[-100:]} is {what}, and the editor runs it")
        elif by is not None and by != name:
            message = f"{base[-100:]} is {what}, and {by}, which starts programs, names it"
            is_text = what == _A_SCRIPT and suffix not in _MEDIA
            if not (is_text and _TEMPLATE.search(base)):
                severity = Severity.MEDIUM if is_text else Severity.HIGH
                yield _finding(context, name, message, severity)


def _finding(
    context: ExtensionContext, name: str, message: str, severity: Severity = Severity.HIGH
) -> Finding:
    head = context.heads.get(name, b"")[:80]
    return Finding(
        rule=PROGRAM.id,
        severity=severity,
        kind=PROGRAM.kind,
        message=sanitize(message),
        file=sanitize(name, 1000),
        line=1,
        offset=0,
        evidence=sanitize(head.decode("utf-8", "replace")),
        confidence=Confidence.HIGH,
    )


CHECK = Check((PROGRAM,), _PATTERNS, _on_match, _on_file, on_end=_on_end)
