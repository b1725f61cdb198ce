"""Tools of remote control that are brought along or fetched.

ScreenConnect and AnyDesk are what help desks use, and what extensions have installed behind their
users' backs: signed programs that no virus scanner minds. A name alone is no more than a name;
an installer's file, or a command that asks for no window, is.
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
    "Whoever sits at its other end has the screen, the keyboard and the files. No extension for an"
    " editor has a reason to install one unseen.",
    "Remove the extension, look for the tool on every machine that had it, and remove that, too.",
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
# A name is its own word: a screen that connected is none, nor ``.exec`` a program.
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
