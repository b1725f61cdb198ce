"""Tools of remote control that are brought along or fetched.

ScreenConnect and AnyDesk are what help desks use, and what extensions have installed behind their
users' backs: signed programs that no virus scanner minds. A name alone is no more than a name;
an installer's file, or a command that asks for no window, is.
"""

from collections.abc import Iterator, Sequence

from vscan.domain import Confidence, Kind, Rule, Severity
from vscan.sources.offline.check import Check, Found, Look, Match
from vscan.sources.offline.content import Content

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
        $screenconnect = /ScreenConnect\.(Client|WindowsClient|ClientService|ClientSetup|Service)/ nocase
        $connect = /ScreenConnect[^\n]{0,100}(\.msi|\.exe|msiexec|e=Access|\/qn)/ nocase
        $fetched = /(msiexec|\/qn|https?:)[^\n]{0,100}ScreenConnect[^\n]{0,80}(\.msi|\.exe|\/qn)/ nocase
        $anydesk = /AnyDesk[^\n]{0,100}--(silent|set-password|start-with-win)/ nocase
        $password = /--set-password[^\n]{0,80}AnyDesk|AnyDesk[^\n]{0,80}--set-password/ nocase
        $others = /(RustDesk|rustdesk|TeamViewer|AteraAgent|Splashtop|SimpleHelp|MeshAgent|NetSupport|UltraViewer|Remote Utilities)[^\n"'`]{0,80}(\.exe|\.msi)[^\n]{0,60}(--silent-install|\/qn|\/S\b|\/quiet|-fullinstall|--password)/
    condition:
        any of them
}
"""


def _look(look: Look, matches: Sequence[Match]) -> Iterator[Found]:
    if look.kind is Content.CODE:
        message = "It delivers a tool of remote control"
        yield look.finding(CONTROL, Severity.CRITICAL, Confidence.HIGH, message, matches[0])


CHECK = Check((CONTROL,), _PATTERNS, _look)
