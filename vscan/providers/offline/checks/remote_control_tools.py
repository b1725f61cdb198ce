"""Remote-control tools that an extension contains or downloads, and tunnels that nobody sees.

Help desks use ScreenConnect and AnyDesk, and extensions have installed them secretly: virus scanners
accept the signed programs. A name alone does not count; the file of an installer does, and so does
a command that hides its window.

The editor has a tunnel of its own, which gives its files and terminals to whoever has the account or
the code for a device. Programs start it for their users, who ask for it and see it. It counts if it
starts by itself, and is detached or hidden, stays, or tells the code to another host.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, FileWindow, Found, Match
from vscan.providers.offline.syntax.call_circumstances import asks_first, is_at_command
from vscan.providers.offline.syntax.javascript_programs import Call, Program
from vscan.providers.offline.syntax.sending import sent_by
from vscan.providers.offline.syntax.sinks import commands, labels_from
from vscan.providers.offline.syntax.values import UNKNOWN, Source

CONTROL = Rule(
    "remote-control",
    Kind.MALWARE,
    "A remote-control tool is delivered",
    "A file fetches, installs or configures ScreenConnect, AnyDesk or a tool like them, or starts"
    " a tunnel to this machine that nobody sees.",
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
# The program of a tunnel may be unknown: its arguments are not.
_EDITOR_TUNNEL: Final = lazy_regex(
    r"(?:\b(?:code(?:-\w+)?|cursor|codium|windsurf)(?:\.cmd|\.exe)?[\"']?|"
    + UNKNOWN
    + r"\S*)\s+(?:--[\w-]+(?:[ =][^\s-]\S*)?\s+)*tunnel\b"
    r"(?:\s+(?:service|user|--|-\w)|\s*(?:\Z|[;&|>]))",
    re.IGNORECASE,
)
_OTHER_TUNNEL: Final = lazy_regex(
    r"\bdevtunnel\s+host\b|\bgs-netcat\b|\bsshx\b|\btmate\s+(?:-\S+\s+)*-F"
    r"|\bcloudflared\b.*?\btunnel\b.*?\b(?:ssh|rdp|tcp)://|\bngrok\s+tcp\b"
    r"|\btailscale\s+up\b.*--auth-?key",
    re.IGNORECASE,
)
_NO_EDITOR: Final = lazy_regex(r"\btunnel\s+(?:.*--url\b|run\b|create\b|list\b|route\b|--help)")
_OWNED: Final = lazy_regex(
    r"--accept-server-license-terms|--no-sleep|service\s+install|user\s+login"
)
_STAYS: Final = lazy_regex(r"\btunnel\s+(?:\S+\s+){0,4}service\s+install", re.IGNORECASE)
_UNSEEN: Final = lazy_regex(
    r"windowsHide\s*:\s*(?:true|!0)|detached\s*:\s*(?:true|!0)|\.unref\s*\(|[\"']ignore[\"']"
    r"|hideFromUser\s*:\s*(?:true|!0)"
)
_UNSEEN_COMMAND: Final = lazy_regex(
    r"\bnohup\b|\bsetsid\b|start\s+/b|-WindowStyle\s+Hidden|&\s*\Z|\bscreen\s+-\S*d|>\s*/dev/null",
    re.IGNORECASE,
)
_STATEMENTS = 600  # bytes before and after a call
_BEFORE, _AFTER = 120, 240  # bytes of a command


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    for match in matches:
        if _DELIVERS.search(window.around(match, _BEFORE, _AFTER)):
            message = "It delivers a tool of remote control"
            yield window.finding(CONTROL, Severity.CRITICAL, Confidence.HIGH, message, match)
            return


def _on_program(program: Program) -> Iterator[Found]:
    for call in program.calls:
        for command in commands(call):
            if not _is_tunnel(command) or asks_first(call) or is_at_command(call):
                continue
            how = _how(program, call, command)
            if how is not None:
                shown = command.replace(UNKNOWN, "...")[:90]
                message = f"It starts a tunnel to this machine that {how}: {shown}"
                yield program.finding(CONTROL, Severity.HIGH, Confidence.MEDIUM, message, call)
                break


def _is_tunnel(command: str) -> bool:
    """Whether a command lets others reach this machine."""
    if _OTHER_TUNNEL.search(command):
        return True
    # Other programs have an option of that name: those of the editor's tunnel are its own.
    is_known = not command.startswith(UNKNOWN) or _OWNED.search(command) is not None
    is_editor = is_known and not _NO_EDITOR.search(command)
    return is_editor and _EDITOR_TUNNEL.search(command) is not None


def _how(program: Program, call: Call, command: str) -> str | None:
    """Say in what way a tunnel is none of the user's; ``None`` if it may be."""
    if _STAYS.search(command):
        return "stays"
    if _UNSEEN_COMMAND.search(command) or _UNSEEN.search(_started_at(program, call)):
        return "nobody sees"
    return "tells its code to another host" if _is_told(program) else None


def _started_at(program: Program, call: Call) -> str:
    """Return the source of the statements in which a program is started."""
    around = program.unit_around(call.node)
    source = program.piece.source
    start, end = call.node.start_byte - _STATEMENTS, call.node.end_byte + _STATEMENTS
    if around.id != call.node.id:
        start, end = max(around.start_byte, start), min(around.end_byte, end)
    start = max(0, start)
    return source[start:end].decode("utf-8", "replace")


def _is_told(program: Program) -> bool:
    """Whether what a command about a tunnel prints is sent."""
    for call in program.calls:
        sent = sent_by(call)
        printed = labels_from(sent.content, Source.COMMAND, Source.TUNNEL) if sent else []
        if any("tunnel" in label.what for label in printed):
            return True
    return False


CHECK = Check((CONTROL,), _PATTERNS, _on_match, on_program=_on_program)
