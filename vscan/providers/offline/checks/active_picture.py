"""Pictures that contain a program: SVG files with scripts.

The editor shows a picture of an icon theme or of a contribution without its scripts, so they have
no purpose there. In a webview, or in a browser, they run. Interactive diagrams have scripts, too;
ones that decode or load code are another matter.
"""

import re
from collections.abc import Iterator
from typing import Final

from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, FileWindow, Found, Match

PICTURE = Rule(
    "active-picture",
    Kind.MALWARE,
    "A picture contains a program",
    "An SVG file contains a script, or a link or an event that runs one.",
    "Nobody reviews the text of a picture, and a webview that shows it runs the script.",
    "Read the script, and look at what shows the picture.",
)
_ACTIVE: Final = lazy_regex(
    rb"<(?:\w+:)?script(?![\w-])(?!\s*/>)(?!\s*>\s*</)|<foreignObject[^>]{0,200}>.{0,2000}?<iframe"
    rb"|\bon(?:load|error|click|begin|mouse\w+|focus\w*)\s*=\s*[\"'][^\"']|=\s*[\"']\s*javascript:"
    rb"|=\s*[\"']\s*data:text/html",
    re.IGNORECASE | re.DOTALL,
)
_LOADS: Final = lazy_regex(
    rb"\b(?:eval|atob|fetch|require|importScripts|XMLHttpRequest|WebSocket|sendBeacon)\s*\("
    rb"|new\s+Function\b|fromCharCode|acquireVsCodeApi|child_process|\bimport\s*\(|data:text/html"
)
_SCRIPT_BYTES = 20_000  # after a beginning, in which a script is judged


def _on_file(window: FileWindow) -> Iterator[Found]:
    if window.suffix != ".svg":
        return
    found = _ACTIVE.search(window.content)
    if found is None:
        return
    script = window.content[found.start() : found.end() + _SCRIPT_BYTES]
    loads = _LOADS.search(script) is not None
    message = "A picture has a script" + (
        " that decodes, loads or sends something" if loads else ""
    )
    match = Match("script", "", found.start(), found.end())
    severity = Severity.HIGH if loads else Severity.MEDIUM
    yield window.finding(PICTURE, severity, Confidence.MEDIUM, message, match)


CHECK = Check((PICTURE,), on_file=_on_file)
