"""Extensions that a registry removed, or that an advisory names.

An id on Open VSX may belong to another publisher than the same id on the Marketplace: squatters
take the names of honest extensions. ``typescriptteam.native-preview`` was malicious on Open VSX and
is Microsoft's own on the Marketplace. So a removal from Open VSX counts less for a copy from the
Marketplace, unless it names the removed version. It counts in full if the registry of a copy is
unknown. A removal from the Marketplace counts for every copy.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from msgspec.structs import replace

from vscan.advisories import Advisory, Removal
from vscan.model import Confidence, ExtensionId, Finding, Kind, Registry, Rule, Severity
from vscan.providers.offline.check_interface import Check, ExtensionContext, Found

KNOWN = Rule(
    "known-malicious",
    Kind.MALWARE,
    "The extension was removed from a registry, or is known to be malicious",
    "A registry's published list, or an advisory, names this extension, a member of its extension"
    " pack or dependencies, or the digest of one of its files.",
    "Registries remove extensions that steal, impersonate or deceive. An editor that is offline, or"
    " that installed the extension from a file, keeps it.",
    "Remove the extension, and find out what it did on every machine that had it. An id that one"
    " registry removed may belong to an honest extension on another: the message names the"
    " registry.",
)
VULNERABLE = Rule(
    "vulnerable-extension",
    Kind.VULNERABILITY,
    "The extension has a known vulnerability",
    "An advisory names the installed version of the extension itself.",
    "Attackers read the published descriptions of vulnerabilities, too.",
    "Update to the version that the advisory names.",
)
_NAMES = {Registry.MARKETPLACE: "the Marketplace", Registry.OPEN_VSX: "Open VSX"}
_HOW_TO_TELL = (
    "; where this copy is from is not known: `--registry marketplace` says so if it is from the"
    " Marketplace"
)


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    extension, advisories = context.extension, context.advisories
    registry = extension.registry
    removals = advisories.removals(extension.id)
    for removal in removals:
        if not removal.versions or extension.version in removal.versions:
            yield _removed(context, removal, extension.id, "", registry)
    for identity in _members(context):
        for removal in advisories.removals(identity):
            if not removal.versions:  # it is unknown which version would be installed
                yield _removed(context, removal, identity, ", which it brings along,", registry)
    # An advisory may repeat a removal from Open VSX without naming the registry.
    repeats = {removal.registry for removal in removals} == {Registry.OPEN_VSX}
    for advisory in _once(advisories.for_extension(extension.id, extension.version), registry):
        yield _advised(context, advisory, repeats=repeats)
    for content, advisory in advisories.for_files(context.contents):
        yield _of_malware(context.contents[content], content, advisory)


def _once(advisories: Iterable[Advisory], registry: Registry | None) -> Iterator[Advisory]:
    """Leave out advisories with an equal id; the one that counts most stays."""
    seen: set[str] = set()
    for advisory in sorted(
        advisories,
        key=lambda each: (_is_elsewhere(each.registry, registry), not each.malicious),
    ):
        names = {advisory.id, *advisory.aliases}
        if not names & seen:
            yield advisory
        seen |= names


def _is_elsewhere(one: Registry | None, here: Registry | None) -> bool:
    """Say whether an entry is about Open VSX, and the copy is from the Marketplace."""
    return one is Registry.OPEN_VSX and here is Registry.MARKETPLACE


def _members(context: ExtensionContext) -> Iterator[ExtensionId]:
    for member in context.extension.members:
        with suppress(ValueError):
            identity = ExtensionId.parse(member)
            if identity != context.extension.id:
                yield identity


def _removed(
    context: ExtensionContext,
    removal: Removal,
    identity: ExtensionId,
    role: str,
    registry: Registry | None,
) -> Found:
    """Report a removal, with the severity that it has for this copy."""
    severity, confidence, doubt = removal.severity, Confidence.HIGH, ""
    if not removal.versions:
        if _is_elsewhere(removal.registry, registry):
            severity, confidence = Severity.INFO, Confidence.LOW
            doubt = "; this copy is from the Marketplace, where the name may be another's"
        elif removal.registry is Registry.OPEN_VSX and registry is None:
            doubt = _HOW_TO_TELL
    when = f" on {removal.removed}" if removal.removed else ""
    of = f", in version {', '.join(removal.versions)}" if removal.versions else ""
    where = _NAMES[removal.registry]
    message = f"{identity}{role} was removed from {where}{when}{of}: {removal.reason}{doubt}"
    keys = ("name",) if identity == context.extension.id else (str(identity),)
    finding = context.finding(KNOWN, severity, confidence, message, str(identity), *keys)
    return replace(finding, url=removal.url)


def _advised(context: ExtensionContext, advisory: Advisory, *, repeats: bool) -> Found:
    extension = context.extension
    severity = Severity.CRITICAL if advisory.malicious else advisory.severity
    confidence, doubt = Confidence.HIGH, ""
    if _is_elsewhere(advisory.registry, extension.registry):
        severity, confidence = Severity.INFO, Confidence.LOW
        doubt = "; it is about Open VSX, and this copy is from the Marketplace"
    elif repeats and extension.registry is Registry.MARKETPLACE:
        severity, confidence = min(severity, Severity.MEDIUM), Confidence.LOW
        doubt = "; it was removed from Open VSX, and this copy is from the Marketplace"
    elif extension.registry is None and (repeats or advisory.registry is Registry.OPEN_VSX):
        doubt = _HOW_TO_TELL
    rule = KNOWN if advisory.malicious else VULNERABLE
    fixed = f"; fixed in {advisory.fixed}" if advisory.fixed else ""
    purl = f"pkg:vscode-extension/{extension.id.publisher}/{extension.id.name}"
    version = f"@{extension.version}" if extension.version else ""
    message = f"{advisory.id}: {advisory.summary}{fixed}{doubt}"
    finding = context.finding(rule, severity, confidence, message, f"{purl}{version}", "version")
    return replace(finding, url=advisory.url)


def _of_malware(name: str, content: str, advisory: Advisory) -> Found:
    """Report a file that belongs to a known case, whatever the extension's id is."""
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


CHECK = Check((KNOWN, VULNERABLE), on_end=_on_end)
