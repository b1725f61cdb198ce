"""The npm packages that an extension contains, and the advisories about them.

The confidence depends on how a package was recognised. A folder in ``node_modules`` is what runs.
A package in a lock file need not be shipped: it is only information if other packages are installed
beside the lock file and this one is not, or if the lock file has it for development alone. A bundle
keeps objects, banners and source maps of its packages. A name without a version is never reported as
vulnerable, and a guess is never reported as malicious.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

from vscan.advisories import Advisories, Advisory
from vscan.bounded_json import InvalidJsonError
from vscan.errors import VscanError
from vscan.model import Confidence, Finding, Kind, Package, Rule, Severity
from vscan.providers.offline.check_interface import (
    Check,
    ExtensionContext,
    FileWindow,
    Found,
    KeptFile,
    Match,
    SuspectPackage,
)
from vscan.providers.offline.locked_package_presence import ShippedPackages
from vscan.providers.offline.lockfiles import MAX_NAME
from vscan.providers.offline.package_recognition import (
    INSTALLED_FOLDER,
    PATTERNS,
    SCRIPTS,
    bundled_packages,
    installed_packages,
    is_lock_file,
    locked_packages,
    mapped_packages,
    signed_packages,
)
from vscan.safe_text import sanitize

MALICIOUS = Rule(
    "malicious-package",
    Kind.MALWARE,
    "The extension contains a malicious npm package",
    "An advisory calls exactly this version of an npm package malicious, and the extension has it in"
    " node_modules or in a lock file. A package in a lock file is only information if it is not"
    " installed beside the lock file while others are, or if it is for development alone.",
    "A package runs with all rights of the extension. A single package has infected whole series of"
    " extensions.",
    "Remove the extension, and find out what it did on every machine that had it.",
)
VULNERABLE = Rule(
    "vulnerable-package",
    Kind.VULNERABILITY,
    "The extension contains a vulnerable npm package",
    "An advisory names this version of an npm package in the extension. The confidence depends on"
    " how the version was recognised.",
    "Attackers read the published descriptions of vulnerabilities, too. It is unknown whether the"
    " extension uses the vulnerable code.",
    "Update the extension; if there is no update, ask its author for one.",
)
_MAX_MANIFEST_BYTES = 256 * 1024  # of a manifest that is kept to explain a lock file
_ANY_VERSION = "?"  # matches only advisories that affect all versions
_MAX_JSON_BYTES = 6 * 1024**2  # of all packages, as JSON: the cache limits the size of a verdict
_JSON_OVERHEAD = 160  # bytes of one package in addition to its texts


def _on_file(window: FileWindow) -> Iterator[Found]:
    try:
        yield from _packages(window)
    except InvalidJsonError:
        return  # neither npm nor Node can read it: it is a template, or a file of a test
    except ValueError as error:
        raise ValueError(f"{sanitize(window.name, 200)} {error}") from None


def _on_window(window: FileWindow) -> Iterator[Found]:
    """Recognise libraries in the later windows of a large script."""
    if window.suffix in SCRIPTS:
        try:
            yield from signed_packages(window)
        except ValueError as error:
            raise ValueError(f"{sanitize(window.name, 200)} {error}") from None


def _packages(window: FileWindow) -> Iterator[Found]:
    if window.base == "package.json":
        packages = installed_packages(window)
        yield from _malicious(window.advisories, dict.fromkeys(packages), packages[:1])
        is_own = "node_modules" not in window.name.split("/")
        if is_own and window.file_size <= _MAX_MANIFEST_BYTES:
            yield KeptFile(window.name, window.content)
    elif is_lock_file(window):
        packages = locked_packages(window)
        yield from _malicious(window.advisories, packages, packages, _suspect)
        if window.base == "yarn.lock":
            yield KeptFile(window.name, window.content)
    elif window.suffix == ".map":
        yield from mapped_packages(window)
    elif window.suffix in SCRIPTS:
        yield from signed_packages(window)


def _critical(package: Package, advisories: Sequence[Advisory]) -> Found:
    return _finding(MALICIOUS, Severity.CRITICAL, package, advisories)


def _suspect(package: Package, _: Sequence[Advisory]) -> Found:
    return SuspectPackage(package)


def _malicious(
    advisories: Advisories | None,
    packages: Iterable[Package],
    kept: Iterable[Package] = (),
    report: Callable[[Package, Sequence[Advisory]], Found] = _critical,
) -> Iterator[Found]:
    """Report each package that an advisory calls malicious; then yield the packages to keep.

    The findings come first: thousands of harmless packages may use up the room for packages. A
    damaged entry of the data raises its error after all others were looked up.
    """
    damaged: VscanError | None = None
    for package in packages if advisories is not None else ():
        assert advisories is not None
        try:
            known = advisories.for_package(package.name, package.version or _ANY_VERSION)
        except VscanError as error:
            damaged = error
            continue
        if malicious := [advisory for advisory in known if advisory.malicious]:
            yield report(package, malicious)
    yield from kept
    if damaged is not None:
        raise damaged


def _on_match(window: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    if window.suffix in SCRIPTS:
        yield from bundled_packages(window, matches)


def _on_end(context: ExtensionContext) -> Iterator[Found]:
    own = context.manifest.get("name")  # a bundle may contain the extension's own manifest
    reported = set()
    damaged: VscanError | None = None
    shipped = ShippedPackages(context)

    def locked(package: Package, advisories: Sequence[Advisory]) -> Finding:
        why = shipped.absence(package, {package.file})
        return _finding(MALICIOUS, Severity.CRITICAL, package, advisories, why)

    yield from _malicious(context.advisories, context.suspect_packages, report=locked)
    for key, package in context.packages.items():
        if package.version is None or (package.evidence == "manifest" and package.name == own):
            continue
        try:
            known = _known(context.advisories, package.name, package.version)
        except VscanError as error:
            damaged = error
            continue
        vulnerable = [advisory for advisory in known if not advisory.malicious]
        if vulnerable:
            reported.add(key)
            is_locked = package.evidence == "lock-file"
            files = context.lock_files_of(package) if is_locked else None
            why = shipped.absence(package, files) if files else None
            yield _finding(VULNERABLE, vulnerable[0].severity, package, vulnerable, why)
    yield from _malicious(context.advisories, _folders(context))
    _limit_packages(context, reported)
    if damaged is not None:
        raise damaged


def _folders(context: ExtensionContext) -> Iterator[Package]:
    """Yield each folder in node_modules without a version that was reported as malicious.

    Node runs the code in a folder without a package.json, or with one that has no version, too.
    """
    files: dict[str, str] = {}
    for entry in context.entries:
        for folder in INSTALLED_FOLDER.finditer(entry.name):
            files.setdefault(folder[1], entry.name)
    versions: dict[str, list[Package]] = {}
    for package in context.packages.values():
        if package.evidence == "node_modules":
            versions.setdefault(package.name, []).append(package)
    for name, file in files.items():
        was_reported = any(_malicious(context.advisories, versions.get(name, ())))
        if len(name) <= MAX_NAME and not was_reported:
            yield Package(name, None, "node_modules", Confidence.MEDIUM, sanitize(file, 1000))


def _limit_packages(
    context: ExtensionContext, reported: Collection[tuple[str, str | None]]
) -> None:
    """Keep the packages that fit in a verdict, those with findings first.

    ``ValueError`` if that is not all of them.
    """
    left = _MAX_JSON_BYTES
    fitting: dict[tuple[str, str | None], Package] = {}
    for key, package in sorted(context.packages.items(), key=lambda item: item[0] not in reported):
        left -= _JSON_OVERHEAD + len(json.dumps([package.name, package.version, package.file]))
        if left < 0:
            more = len(context.packages) - len(fitting)
            context.packages = fitting
            raise ValueError(f"it has {more} packages more than there is room for")
        fitting[key] = package


def _known(advisories: Advisories, name: str, version: str) -> list[Advisory]:
    """List the advisories about a version, worst first, each under only one of its ids."""
    seen: set[str] = set()
    known = []
    for advisory in (
        *advisories.for_package(name, version),
        *advisories.for_library(name, version),
    ):
        ids = {advisory.id, *advisory.aliases}
        if seen.isdisjoint(ids):
            known.append(advisory)
        seen |= ids
    return sorted(known, key=lambda advisory: (-advisory.severity, advisory.id))


def _finding(
    rule: Rule,
    severity: Severity,
    package: Package,
    advisories: Sequence[Advisory],
    absence: str | None = None,
) -> Finding:
    """Make one finding of all advisories about a package: a popular one may have twenty.

    ``absence`` says why the package is not shipped, if it isn't.
    """
    worst, *others = advisories
    fixed = f"; fixed in {worst.fixed}" if worst.fixed else ""
    version = f"@{package.version}" if package.version else ""
    message = f"{worst.id}: {package.name}{version}: {worst.summary}{fixed}"
    if others:
        message += f"; and {len(others)} more: {', '.join(each.id for each in others)}"
    if absence is not None:
        message += f" ({absence})"
    return Finding(
        rule=rule.id,
        severity=severity if absence is None else Severity.INFO,
        kind=rule.kind,
        message=sanitize(message),
        file=package.file,
        offset=package.offset,
        # A baseline accepts the finding only as long as the package is absent.
        evidence=package.purl if absence is None else f"{package.purl}, {absence}",
        url=worst.url,
        confidence=package.confidence,
    )


CHECK = Check((MALICIOUS, VULNERABLE), PATTERNS, _on_match, _on_file, _on_window, _on_end)
