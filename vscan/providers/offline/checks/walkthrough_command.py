"""Commands behind the links of walkthroughs and of welcome views.

A link such as ``command:workbench.action.terminal.sendSequence?...`` runs the command with its
arguments at one click, beside text that says something else. Links that open a view or a setting
are what walkthroughs are for.
"""

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import unquote

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import (
    Check,
    FileWindow,
    Found,
    Match,
)

WALKTHROUGH = Rule(
    "walkthrough-command",
    Kind.MALWARE,
    "A link in a walkthrough runs a command in the terminal",
    "A link in a walkthrough, a welcome view or a document of a walkthrough types into the terminal,"
    " installs an extension from a file, or switches a guard of the editor off.",
    "The link shows other words than it runs. One click is enough.",
    "Don't follow the link. Remove the extension if the command downloads something.",
)
_PATTERNS = r"""
rule links {
    strings: $link = /command:workbench\.[A-Za-z.]{4,80}/
    condition: any of them
}
"""
_LINK: Final = lazy_regex(r"command:([\w.-]{4,120})(?:\?([^)\s\"'<>]{0,4000}))?")
_TYPES: Final = frozenset(
    {"workbench.action.terminal.sendSequence", "workbench.action.terminal.runSelectedText"}
)
_INSTALLS: Final = frozenset(
    {"workbench.extensions.action.installVSIX", "workbench.extensions.command.installFromVSIX"}
)
_GUARDS: Final = frozenset({"workbench.trust.configure", "workbench.action.trustWorkspace"})
_DOWNLOADS: Final = lazy_regex(
    r"\b(?:curl|wget|irm|iwr|invoke-webrequest|invoke-restmethod|bitsadmin|mshta|certutil)\b|base64"
    r"|\bnpx\b.*\bgithub|https?://",
)
_ENTERED: Final = lazy_regex(r"\\[rnu]|[\r\n]|\\x0[ad]")
_LINK_BYTES = 4200
_DOCUMENT: Final = lazy_regex(r"\.(?:md|markdown|mdx)\Z")


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    """Judge links in the manifest, its translations, and documents."""
    name = window.name.lower()
    is_manifest = window.base.startswith("package.") and name.endswith(".json") and "/" not in name
    if not (is_manifest or _DOCUMENT.search(name)):
        return
    for match in matches:
        text = window.content[match.start : match.start + _LINK_BYTES].decode("utf-8", "replace")
        link = _LINK.match(text)
        judged = _judged(link[1], unquote(link[2] or "")) if link else None
        if judged is not None:
            severity, says = judged
            # In a document that is no part of a walkthrough, the editor runs no command.
            severity = severity if is_manifest else Severity(severity - 1)
            message = f"A link {says}"
            yield window.finding(WALKTHROUGH, severity, Confidence.MEDIUM, message, match)


def _judged(command: str, arguments: str) -> tuple[Severity, str] | None:
    if command in _TYPES:
        if _DOWNLOADS.search(arguments.lower()):
            return Severity.HIGH, "types a command that downloads into the terminal"
        entered = _ENTERED.search(arguments) is not None
        return (Severity.MEDIUM, "types a command into the terminal") if entered else None
    if command in _INSTALLS:
        return Severity.HIGH, "installs an extension from a file"
    if command in _GUARDS:
        return Severity.MEDIUM, "opens the guard of untrusted folders"
    return None


CHECK = Check((WALKTHROUGH,), _PATTERNS, _on_match, everywhere=True)
