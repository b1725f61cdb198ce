"""Extensions inside of an extension, and code that installs one from a file.

A registry checks what it distributes. A packed extension that lies in another one, or that code
downloads, is installed past the registry. The editor's command installs by id, too, as many
extensions do for one that they recommend: that counts only near a file or a download.
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
    identity,
)
from vscan.safe_text import pluralize, sanitize

SIDELOADED = Rule(
    "sideloaded-extension",
    Kind.MALWARE,
    "Code installs an extension from a file",
    "Code has the editor install a packed extension (.vsix) that comes with this one or that it"
    " downloads.",
    "No registry has checked that extension, and no list of removed extensions will ever name it."
    " Malicious extensions have installed a second one in this way, which stayed when the first was"
    " removed.",
    "Examine the packed extension, and remove both unless you know what it is for.",
)
NESTED = Rule(
    "nested-extension",
    Kind.POSTURE,
    "A packed extension is inside of the extension",
    "The extension contains a .vsix file. It was not examined as an extension.",
    "The editor does not load it, but a command can install it.",
    "Unpack it and scan it, too.",
)
_PATTERNS = r"""
rule installs {
    strings:
        $command = "workbench.extensions.installExtension"
        $vsix = "workbench.extensions.action.installVSIX"
        $from = "workbench.extensions.command.installFromVSIX"
        $option = "--install-extension"
    condition:
        any of them
}
"""
_FILE: Final = lazy_regex(rb"(?i:\.vsix)\b")
_DOWNLOADS: Final = lazy_regex(
    rb"https?://|\bfetch\s*\(|\baxios\b|createWriteStream|\bhttps?\.(?:get|request)\s*\(|download",
)
_BESIDE, _REACH = 700, 2500  # bytes in which a packed extension, or its download, is named
_INSTALLS = "installs from a file"
_NAMED = 5  # packed extensions in a message


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    for match in matches:
        if window.in_comment(match) or not _FILE.search(window.around(match, _BESIDE, _BESIDE)):
            continue
        yield Note(_INSTALLS, window.name)
        if _DOWNLOADS.search(window.around(match, _REACH, _REACH)):
            message = "It downloads a packed extension, and has the editor install it"
            yield window.finding(SIDELOADED, Severity.HIGH, Confidence.MEDIUM, message, match)
            return


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    packed = sorted(e.name for e in context.entries if e.name.lower().endswith(".vsix"))
    if not packed:
        return
    named = ", ".join(packed[:_NAMED])
    by = next(iter(context.notes.get(_INSTALLS, ())), None)
    rule, severity = (NESTED, Severity.MEDIUM) if by is None else (SIDELOADED, Severity.HIGH)
    message = f"{pluralize(len(packed), 'packed extension')} inside of it: {named}"
    if by is not None:
        message = f"{by} installs an extension from a file, and it has {named}"
    yield Finding(
        rule=rule.id,
        severity=severity,
        kind=rule.kind,
        message=sanitize(message),
        file=sanitize(packed[0], 1000),
        offset=0,
        evidence=sanitize(named, 160),
        confidence=Confidence.HIGH,
        digest=identity(*(context.digests.get(sanitize(name, 1000), "") for name in packed)),
    )


CHECK = Check((SIDELOADED, NESTED), _PATTERNS, _on_match, on_end=_on_end)
