"""Anomalies of a ``.vsix`` file itself.

Packers write plain archives. If two tools would unpack two different folders, the reviewed code
need not be the code that runs. Every other anomaly shows that the archive was made by hand.
"""

from collections.abc import Iterator
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path
from typing import Final

from vscan.extension_files import AnomalyKind, ArchiveAnomaly, candidate_files, entry_points
from vscan.model import Confidence, Finding, Kind, Rule, Severity
from vscan.providers.offline.check_interface import Check, ExtensionContext, Found, identity
from vscan.safe_text import sanitize

AMBIGUOUS = Rule(
    "archive-ambiguous",
    Kind.MALWARE,
    "The archive unpacks to different files in different tools",
    "The archive contradicts itself: its table of contents disagrees with its members, it has two"
    " members for the manifest or the main file, or a name leads out of the folder.",
    "Packers don't make such archives. An editor may install other files than those that were"
    " reviewed or scanned.",
    "Don't install it. Get the extension from its registry, or build it from its source.",
)
INTEGRITY = Rule(
    "archive-integrity",
    Kind.MALWARE,
    "A packer would not have made this archive",
    "The archive has names that are the same file on some systems, links, members that unpack to"
    " over a hundred times their size, bytes that belong to no member, backslashes in names, or two"
    " manifests that disagree.",
    "Packers don't make such archives, except for backslashes, which old packers on Windows write."
    " The archive was made or changed by hand, perhaps to hide something from reviewers or to harm"
    " the tool that unpacks it.",
    "Get the extension from its registry, or build it from its source, and compare.",
)
_AMBIGUOUS: Final = frozenset(
    {AnomalyKind.DISAGREEMENT, AnomalyKind.HIDDEN, AnomalyKind.OUTSIDE, AnomalyKind.OVERLAP}
)
_SAME_FILE: Final = frozenset({AnomalyKind.DUPLICATE, AnomalyKind.COLLISION})


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    archive = _digest_of(context.extension.root) if context.anomalies else ""
    decisive = {"package.json", *_started(context)}
    for anomaly in context.anomalies:
        replaced = anomaly.kind in _SAME_FILE and anomaly.name.casefold().rstrip(" .") in decisive
        if replaced or anomaly.kind in _AMBIGUOUS:
            yield _finding(AMBIGUOUS, Severity.HIGH, anomaly, archive)
        else:
            tolerated = anomaly.kind is AnomalyKind.BACKSLASH
            severity = Severity.LOW if tolerated else Severity.MEDIUM
            yield _finding(INTEGRITY, severity, anomaly, archive)


def _started(context: ExtensionContext) -> Iterator[str]:
    """Yield the case-folded names of the files that the editor may run."""
    for path in entry_points(context.manifest):
        yield from (name.casefold() for name in candidate_files(path))
    yield from (name.casefold() for name in context.programs)


def _digest_of(path: Path | None) -> str:
    """Digest the archive file: an anomaly may be outside of all members."""
    if path is not None:
        with suppress(OSError), path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()
    return ""


def _finding(rule: Rule, severity: Severity, anomaly: ArchiveAnomaly, archive: str) -> Finding:
    message = anomaly.kind.value
    if anomaly.detail:
        message = f"{message}: {anomaly.detail}"
    return Finding(
        rule=rule.id,
        severity=severity,
        kind=rule.kind,
        message=sanitize(message[0].upper() + message[1:]),
        file=sanitize(anomaly.name, 1000) if anomaly.name else None,
        offset=0,  # of the member, or of the archive as a whole
        evidence=sanitize(anomaly.detail, 160) or None,
        confidence=Confidence.HIGH,
        digest=identity(anomaly.kind.name, anomaly.name, anomaly.detail, archive),
    )


CHECK = Check((AMBIGUOUS, INTEGRITY), on_end=_on_end)
