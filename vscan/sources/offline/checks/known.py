"""Extensions that a registry removed, or that an advisory names.

An id is one publisher's on the Marketplace and may be somebody else's on Open VSX: squatters take
the names of honest extensions there. ``typescriptteam.native-preview`` was malicious on Open VSX
and is Microsoft's own on the Marketplace. Where an installed copy came from is written nowhere;
the folder of an editor says which registry it fetches from, unless a copy came from a file.
So a removal from Open VSX counts in full only in an editor that fetches from there, or where it
names the version; one from the Marketplace counts anywhere.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vscan.advisories import Advisory, Registry, Removal
from vscan.domain import Confidence, ExtensionId, Finding, Kind, Rule, Severity
from vscan.sources.offline.check import Check, Found, Survey
from vscan.sources.offline.manifest import mapping

KNOWN = Rule(
    "known-malicious",
    Kind.MALWARE,
    "It was removed from a registry, or is known to be malicious",
    "The published lists of a registry, or an advisory, name this extension, or one that it"
    " brings along, or the digest of one of its files.",
    "Registries remove what steals, impersonates or deceives; an editor that isn't online, or"
    " that took it from a file, keeps it.",
    "Remove it, and look into what it did on every machine that had it. A name that another"
    " registry removed may be an honest extension here: the message says which registry it was.",
)
VULNERABLE = Rule(
    "vulnerable-extension",
    Kind.VULNERABILITY,
    "The extension has a known vulnerability",
    "An advisory names the installed version of the extension itself.",
    "What is published about a weakness is read by those who use it, too.",
    "Update it to the version that the advisory names.",
)
_NAMES = {Registry.MARKETPLACE: "the Marketplace", Registry.OPEN_VSX: "Open VSX"}
_EDITORS = {
    ".vscode": Registry.MARKETPLACE,
    ".vscode-insiders": Registry.MARKETPLACE,
    ".vscode-server": Registry.MARKETPLACE,
    ".vscode-server-insiders": Registry.MARKETPLACE,
    ".cursor": Registry.OPEN_VSX,
    ".cursor-server": Registry.OPEN_VSX,
    ".antigravity": Registry.OPEN_VSX,
    ".kiro": Registry.OPEN_VSX,
    ".vscode-oss": Registry.OPEN_VSX,
    ".vscodium-server": Registry.OPEN_VSX,
    ".windsurf": Registry.OPEN_VSX,
    ".windsurf-server": Registry.OPEN_VSX,
    "code-server": Registry.OPEN_VSX,
}


def _conclude(survey: Survey) -> Iterator[Found]:
    extension, advisories = survey.extension, survey.advisories
    registry = _registry(survey)
    removals = advisories.removals(extension.id)
    for removal in removals:
        if not removal.versions or extension.version in removal.versions:
            yield _removed(survey, removal, extension.id, "", registry)
    for identity in _members(survey):
        for removal in advisories.removals(identity):
            if not removal.versions:  # which version would be fetched, nobody knows
                yield _removed(survey, removal, identity, ", which it brings along,", registry)
    # An advisory repeats what a registry says: of Open VSX alone, it counts like that.
    doubtful = {removal.registry for removal in removals} == {Registry.OPEN_VSX}
    for advisory in advisories.of_extension(extension.id, extension.version):
        yield _advised(survey, advisory, doubtful=doubtful and registry != Registry.OPEN_VSX)
    for content, advisory in advisories.of_files(survey.contents):
        yield _of_malware(survey.contents[content], content, advisory)


def _members(survey: Survey) -> Iterator[ExtensionId]:
    for member in survey.extension.members:
        with suppress(ValueError):
            identity = ExtensionId.parse(member)
            if identity != survey.extension.id:
                yield identity


def registry_of(root: Path) -> Registry | None:
    """Say from where the editor fetches that an extension is installed in; ``None``: unknown.

    A verdict depends on it, so it is a part of what the verdict is remembered under.
    """
    return next((_EDITORS[part] for part in root.parts[-2::-1] if part in _EDITORS), None)


def _registry(survey: Survey) -> Registry | None:
    """Guess where an installed copy came from; ``None`` where nothing tells."""
    root = survey.extension.root
    registry = None if root is None else registry_of(root)
    from_file = mapping(survey.manifest.get("__metadata")).get("source") == "vsix"
    # A stranger may have written that: so it can only take the Marketplace's good name away.
    return None if from_file and registry is Registry.MARKETPLACE else registry


def _removed(
    survey: Survey, removal: Removal, identity: ExtensionId, role: str, registry: Registry | None
) -> Found:
    """Say that an extension was removed, as badly as it counts here."""
    severity, confidence, doubt = removal.severity, Confidence.HIGH, ""
    if Registry.OPEN_VSX == removal.registry != registry and not removal.versions:
        confidence = Confidence.LOW
        if registry is None:
            severity = min(severity, Severity.MEDIUM)
            doubt = "; whether this one is from there is not known"
        else:
            severity = Severity.INFO
            doubt = (
                f"; this editor fetches from {_NAMES[registry]}, where the name may be another's"
            )
    when = f" on {removal.removed}" if removal.removed else ""
    of = f", in version {', '.join(removal.versions)}" if removal.versions else ""
    where = _NAMES[removal.registry]
    message = f"{identity}{role} was removed from {where}{when}{of}: {removal.reason}{doubt}"
    keys = ("name",) if identity == survey.extension.id else (str(identity),)
    finding = survey.finding(KNOWN, severity, confidence, message, str(identity), *keys)
    return replace(finding, url=removal.url)


def _advised(survey: Survey, advisory: Advisory, *, doubtful: bool) -> Found:
    extension = survey.extension
    severity = Severity.CRITICAL if advisory.malicious else advisory.severity
    confidence, doubt = Confidence.HIGH, ""
    if doubtful:
        severity, confidence = min(severity, Severity.MEDIUM), Confidence.LOW
        doubt = "; it was removed from Open VSX, and whether this copy is from there is not known"
    rule = KNOWN if advisory.malicious else VULNERABLE
    fixed = f"; fixed in {advisory.fixed}" if advisory.fixed else ""
    purl = f"pkg:vscode-extension/{extension.id.publisher}/{extension.id.name}"
    version = f"@{extension.version}" if extension.version else ""
    message = f"{advisory.id}: {advisory.summary}{fixed}{doubt}"
    finding = survey.finding(rule, severity, confidence, message, f"{purl}{version}", "version")
    return replace(finding, url=advisory.url)


def _of_malware(name: str, content: str, advisory: Advisory) -> Found:
    """Say that a file is one of those of a known case, whatever the extension is called."""
    return Finding(
        rule=KNOWN.id,
        severity=Severity.CRITICAL,
        kind=KNOWN.kind,
        message=f"{advisory.id}: {advisory.summary}; this file is a part of it",
        file=name,
        evidence=f"sha256:{content}",
        url=advisory.url,
        confidence=Confidence.HIGH,
    )


CHECK = Check((KNOWN, VULNERABLE), conclude=_conclude)
