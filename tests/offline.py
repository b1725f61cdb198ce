"""Extensions for the embedded analyser: files in, a verdict out."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from tests.builders import extension, install
from vscan.extension_files import member_ids
from vscan.model import Finding, Scanned, Severity, Task, Verdict
from vscan.providers.offline.analyser import Analyser

STARTED = {"activationEvents": ["onLanguage:acme"]}


def analyse(files: Mapping[str, bytes | str], manifest: Mapping[str, Any] | None = None) -> Verdict:
    """Install an extension with these files, and analyse it. The editor starts it at a language."""
    manifest = STARTED | dict(manifest or {})
    with tempfile.TemporaryDirectory() as place:
        root = install(Path(place), **manifest)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        installed = replace(extension(), root=root, members=member_ids(manifest))
        outcome = Analyser(None).ask(Task("offline", (installed,)), 0, None)
    assert isinstance(outcome, Scanned)
    return outcome.verdict


def found(code: bytes | str, name: str = "extension.js") -> dict[str, Severity]:
    """Analyse one file without gaps: which rules find something, and how bad that is at worst."""
    verdict = analyse({name: code})
    assert verdict.gaps == ()
    worst: dict[str, Severity] = {}
    for finding in verdict.findings:
        worst[finding.rule] = max(finding.severity, worst.get(finding.rule, Severity.INFO))
    return worst


def only(verdict: Verdict, rule: str) -> Finding:
    """Give the one finding of a rule."""
    (finding,) = (finding for finding in verdict.findings if finding.rule == rule)
    return finding
