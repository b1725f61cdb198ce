"""The verdict on an extension of which only the name is here: what the public data say of it."""

from datetime import UTC, datetime

from msgspec.structs import replace

from vscan.advisories import Advisories
from vscan.model import Extension, Finding, Gap, GapKind, Verdict
from vscan.providers.offline.check_interface import ExtensionContext
from vscan.providers.offline.checks import impersonation, known_malicious
from vscan.providers.offline.score import score
from vscan.providers.offline.shortened_results import shortened_gaps

_CHECKS = (known_malicious.CHECK, impersonation.CHECK)  # those that need no bytes
_NO_BYTES = "its bytes are not here: only the public data about its name were asked"


def verdict_by_name(extension: Extension, advisories: Advisories, provider: str) -> Verdict:
    """Judge an id, and a version if one is asked for. The verdict always has a gap."""
    context = ExtensionContext(replace(extension, display_name=""), {}, advisories, ())
    findings = tuple(
        replace(each, file=None, line=None, offset=None)
        for check in _CHECKS
        for each in check.on_end(context)
        if isinstance(each, Finding)
    )
    unusable = shortened_gaps([advisories.error]) if advisories.error else ()
    gaps = (
        *(Gap(text, GapKind.UNEXAMINED) for text in unusable),
        Gap(_NO_BYTES, GapKind.NO_BYTES),
    )
    result = score(findings, (_NO_BYTES,))
    return Verdict(
        provider=provider,
        analysed_version="",
        score=result.score,
        risk=result.risk,
        findings=findings,
        analysed_at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        gaps=gaps,
        url=None,
        vulnerabilities=result.vulnerabilities,
        modules=(),
        contributions=result.contributions,
        data=advisories.sets,
    )
