"""Remote-control tools that an extension contains or downloads.

Help desks use ScreenConnect and AnyDesk, and extensions have installed them secretly: virus scanners
accept the signed programs. A name alone does not count; the file of an installer does, and so does
a command that hides its window.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, FileWindow, Found, Match

CONTROL = Rule(
    "remote-control",
    Kind.MALWARE,
    "A remote-control tool is delivered",
    "A file fetches, installs or configures ScreenConnect, AnyDesk or a tool like them.",
    "The tool gives somebody else the screen, the keyboard and the files. An editor's extension has"
    " no reason to install one secretly.",
    "Remove the extension. Search for the tool on every machine that had it, and remove it, too.",
)
_PATTERNS = r"""
rule control {
    strings:
        $name = /screenconnect|anydesk/ nocase
        $others = /RustDesk|rustdesk|TeamViewer|AteraAgent|Splashtop|SimpleHelp|MeshAgent|NetSupport|UltraViewer|Remote Utilities/
    condition:
        any of them
}
"""
# A name must be a word of its own: a screen that connected is not one, nor is ``.exec`` a program.
_DELIVERS: Final = lazy_regex(
    rb"(?<![\w$])ScreenConnect(?:\.(?:Client|WindowsClient|ClientService|ClientSetup|Service)"
    rb"|\b[^\n]{0,100}(?:\.(?:msi|exe)\b|msiexec|e=Access|/qn\b))"
    rb"|(?:msiexec|/qn\b|https?:)[^\n]{0,100}\bScreenConnect\b[^\n]{0,80}(?:\.(?:msi|exe)\b|/qn\b)"
    rb"|AnyDesk[^\n]{0,100}--(?:silent|set-password|start-with-win)"
    rb"|--set-password[^\n]{0,80}AnyDesk"
    rb"|(?:RustDesk|TeamViewer|AteraAgent|Splashtop|SimpleHelp|MeshAgent|NetSupport|UltraViewer"
    rb"|Remote Utilities)[^\n\"'`]{0,80}\.(?:exe|msi)\b[^\n]{0,60}"
    rb"(?:--silent-install|/qn\b|/S\b|/quiet|-fullinstall|--password)",
    re.IGNORECASE,
)
_BEFORE, _AFTER = 120, 240  # bytes of a command


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    for match in matches:
        if _DELIVERS.search(window.around(match, _BEFORE, _AFTER)):
            message = "It delivers a tool of remote control"
            yield window.finding(CONTROL, Severity.CRITICAL, Confidence.HIGH, message, match)
            return


CHECK = Check((CONTROL,), _PATTERNS, _on_match)
