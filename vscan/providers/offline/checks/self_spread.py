"""Code that installs or publishes extensions and packages: how a worm spreads.

``--install-extension`` installs an extension that the user did not choose; ``vsce publish`` with a
stolen token infects the next one. Both count as commands near code that runs them: scripts in a
``package.json`` and release notes contain them, too, but are data and prose.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, FileWindow, Found, Match
from vscan.providers.offline.manifest_values import Purpose

SPREAD = Rule(
    "self-spread",
    Kind.MALWARE,
    "Code installs or publishes extensions",
    "A file runs a command that installs an extension into the editor, or publishes an extension"
    " or an npm package.",
    "Editors install extensions, and people publish them. An extension that does either by a command"
    " evades the user's consent.",
    "Remove the extension unless publishing is its purpose. If it ran, check what was published"
    " with the tokens on that machine.",
)
_PATTERNS = r"""
rule spread {
    strings:
        $install = /--install-extension\b/
        $publish = /\b(vsce|ovsx|npm|pnpm|yarn)(\.cmd)?(["'`]\s?,\s?\[?\s?["'`]|\s{1,3})publish\b/
    condition:
        any of them
}
"""
_EXECUTES: Final = lazy_regex(
    rb"\b(?:exec|execSync|execFile|execFileSync|execa|spawn|spawnSync|fork|execAsync|execPromise)"
    rb"\s*\(|sendText\s*\(|child_process"
)
# Tools for a terminal publish, too: it is severe in the editor, or with a token that was looked for.
_LOOKS_FOR_TOKEN: Final = lazy_regex(rb"_authToken|-/npm/v1/tokens")
_BESIDE = 600  # bytes between a command and what runs it


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    for match in matches:
        if window.in_comment(match) or window.content[match.end : match.end + 1] in {b":", b"-"}:
            continue  # or a script's name
        if _EXECUTES.search(window.around(match, _BESIDE, _BESIDE)):
            what = "installs extensions" if match.pattern == "$install" else "publishes packages"
            message = f"It runs a command that {what}"
            is_severe = window.purpose is not Purpose.COMMAND or _LOOKS_FOR_TOKEN.search(
                window.content
            )
            severity = Severity.HIGH if is_severe else Severity.MEDIUM
            yield window.finding(SPREAD, severity, Confidence.MEDIUM, message, match)


CHECK = Check((SPREAD,), _PATTERNS, _on_match)
