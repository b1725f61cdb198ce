"""The npm packages that an extension brings along, and what is published about them.

How a package is known says how sure it is: a folder in ``node_modules`` is what runs; a lock file
names what need not be shipped, and where packages are installed beside it, or it has one for
development alone, what it has more is no more than information; a bundle has objects, banners and source maps left from what went
into it. A name without a version is never a vulnerability, and what is known by a guess is never
called malicious.
"""

import itertools
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any

from vscan.advisories import Advisories, Advisory
from vscan.errors import VscanError
from vscan.model import Confidence, Finding, Kind, Package, Rule, Severity
from vscan.providers.offline import signatures
from vscan.providers.offline.check_interface import (
    MAX_PACKAGES,
    Check,
    ExtensionContext,
    FileWindow,
    Found,
    KeptFile,
    Match,
    SuspectPackage,
)
from vscan.providers.offline.lockfiles import (
    MAX_NAME,
    NAME,
    READERS,
    VERSION,
    is_package,
    only_for_development,
)
from vscan.providers.offline.manifest import mapping
from vscan.text import sanitize
from vscan.untrusted_input import InvalidJsonError, parse_json

MALICIOUS = Rule(
    "malicious-package",
    Kind.MALWARE,
    "It brings a malicious npm package along",
    "An advisory calls exactly this version of an npm package malicious, and the extension has"
    " it in node_modules or in a lock file. A lock file's is information where other packages are"
    " installed beside it and this one nowhere, or where it is for development alone.",
    "A package runs with all rights of the extension. Whole series of extensions were infected"
    " by one package of many.",
    "Remove the extension, and look into what it did on every machine that had it.",
)
VULNERABLE = Rule(
    "vulnerable-package",
    Kind.VULNERABILITY,
    "It brings a vulnerable npm package along",
    "An advisory names this version of an npm package that the extension has in it. The"
    " confidence says how it is known which version it is.",
    "What is published about a weakness is read by those who use it, too. Whether the extension"
    " uses the weak part is not known.",
    "Update the extension; where there is no update, ask its author for one.",
)
_SCRIPTS = frozenset({".cjs", ".js", ".mjs"})
_INSTALLED = re.compile(rf"(?:.*/)?node_modules/({NAME})/package\.json")
_FOLDER = re.compile(rf"(?:^|/)node_modules/({NAME})(?=/)")
_SOURCE = re.compile(rf"node_modules/({NAME})/".encode())
# Without its end: to look for that would be to read on, from each of a million beginnings.
_SOURCES = re.compile(rb'"sources"\s{0,9}:\s{0,9}\[([^\]]*)')
_PATTERNS = r"""
rule object {
    strings:
        $a = /["'],\s{0,12}["']?version["']?:\s{0,9}["'][0-9]/
    condition: any of them
}
rule banner {
    strings:
        $a = /\/\*![\s*]{0,12}(@license )?[\w@.\/-]{2,60} v?[0-9]{1,4}\.[0-9]{1,4}\.[0-9]/
        $b = /@license\s{1,3}[\w@.\/-]{2,60} v?[0-9]{1,4}\.[0-9]{1,4}\.[0-9]/
    condition: any of them
}
"""
_OBJECT = re.compile(
    rf"""name["']?:\s*["']({NAME})["'],\s*["']?version["']?:\s*["']({VERSION})["']""".encode()
)
_BANNER = re.compile(
    rf"(?:/\*!|@license)[\s*]*(?:@license\s+)?({NAME})\s+v?({VERSION})(?![\w.])".encode()
)
_BEFORE = re.compile(rb"""["'{,\s]""")  # a key is called name, not filename
# A package.json has more than a name and a version: else it is any object of any program.
_COMPANY = re.compile(
    rb"""["']?(author|bin|dependencies|description|devDependencies|engines|exports|license|main"""
    rb"""|repository|scripts)["']?:\s*["'{\[]"""
)
_AFTER = 2000  # bytes after an object's version where its company is looked for
_NAME = 240  # bytes of a name, with its key
_LONGEST = 512  # bytes of an object, or a banner, up to the end of its version
_MANIFEST_BYTES = 256 * 1024  # of a manifest that says what a lock file is for
_ANY_VERSION = "?"  # is affected where all versions are, and by nothing else
_MOST_BYTES = 6 * 1024**2  # of all packages, as JSON: a verdict is to be remembered
_BESIDE = 160  # bytes of one, beside its texts


def _peek(look: FileWindow) -> Iterator[Found]:
    try:
        yield from _packages(look)
    except InvalidJsonError:
        return  # neither npm nor node reads it: a template, or a test's file
    except ValueError as error:
        raise ValueError(f"{sanitize(look.name, 200)} {error}") from None


def _read_on(look: FileWindow) -> Iterator[Found]:
    """Recognise libraries in the later windows of a large script."""
    if look.suffix in _SCRIPTS:
        try:
            yield from _recognised(look)
        except ValueError as error:
            raise ValueError(f"{sanitize(look.name, 200)} {error}") from None


def _recognised(look: FileWindow) -> Iterator[Package]:
    file = sanitize(look.name, 1000)
    if look.advisories is not None:
        for name, version in signatures.of(look.advisories).search(look.name, look.content):
            yield Package(name, version, "signature", Confidence.MEDIUM, file)


def _packages(look: FileWindow) -> Iterator[Found]:
    file = sanitize(look.name, 1000)
    if look.base == "package.json":
        yield from _installed(look, file)
        if "node_modules" not in look.name.split("/") and look.window.entry.size <= _MANIFEST_BYTES:
            yield KeptFile(look.name, look.content)
    elif look.base in READERS and "node_modules" not in look.name.split("/"):
        locked = dict.fromkeys(READERS[look.base](_whole(look)))
        packages = [
            Package(*each, "lock-file", Confidence.MEDIUM, file)
            for each in locked
            if len(each[0]) <= MAX_NAME
        ]
        yield from _malicious(look.advisories, packages, packages, _suspect)
        if look.base == "yarn.lock":
            yield KeptFile(look.name, look.content)
    elif look.suffix == ".map":
        yield from _mapped(look, file)
    elif look.suffix in _SCRIPTS:
        yield from _recognised(look)


def _whole(look: FileWindow) -> bytes:
    """Give all of a file; ``ValueError`` where a window does not hold it."""
    if look.window.entry.size > len(look.content):
        raise ValueError("is too large to read")
    return look.content


def _installed(look: FileWindow, file: str) -> Iterator[Found]:
    folder = _INSTALLED.fullmatch(look.name)
    if folder:
        manifest = mapping(parse_json(_whole(look)))
        version = manifest.get("version")
        # A package is what its folder is called and what it calls itself: an alias has two names.
        names = (manifest.get("name"), folder[1])
        packages = [
            Package(name, version, "node_modules", Confidence.HIGH, file)
            for name in names
            if isinstance(name, str) and is_package(name, version)
        ]
        yield from _malicious(look.advisories, dict.fromkeys(packages), packages[:1])


def _critical(package: Package, advisories: Sequence[Advisory]) -> Found:
    return _finding(MALICIOUS, Severity.CRITICAL, package, advisories)


def _suspect(package: Package, _: Sequence[Advisory]) -> Found:
    return SuspectPackage(package)


def _malicious(
    advisories: Advisories | None,
    packages: Iterable[Package],
    kept: Iterable[Package] = (),
    told: Callable[[Package, Sequence[Advisory]], Found] = _critical,
) -> Iterator[Found]:
    """Tell of each package whether an advisory calls it malicious, as it passes by.

    The packages to keep come after the findings: there may be no room for one behind thousands
    of decoys. An entry of the data that is damaged raises when all the others were looked up.
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
            yield told(package, malicious)
    yield from kept
    if damaged is not None:
        raise damaged


def _mapped(look: FileWindow, file: str) -> Iterator[Package]:
    """Name the packages in a source map's paths. Parsed it would cost seconds, and say no more."""
    sources = _SOURCES.search(look.content)
    for name in dict.fromkeys(_SOURCE.findall(sources[1])) if sources else ():
        yield Package(name.decode("ascii"), None, "source-map", Confidence.LOW, file)


def _look(look: FileWindow, matches: Sequence[Match]) -> Iterator[Found]:
    if look.suffix not in _SCRIPTS:
        return
    content, file = look.content, sanitize(look.name, 1000)
    for match in matches:
        is_object = match.rule == "object"
        expression = _OBJECT if is_object else _BANNER
        # An object's name stands before its version, which is the rarer word to look for.
        start = content.rfind(b"name", max(0, match.start - _NAME), match.start)
        start = start if is_object else match.start
        found = start >= 0 and expression.match(content, start, start + _LONGEST)
        if not found:
            continue
        name, version = found[1].decode("ascii"), found[2].decode("ascii")
        at = look.window.start + match.start
        if not is_object:
            yield Package(name.lower(), version, "banner", Confidence.MEDIUM, file, at)
        elif _BEFORE.search(content, max(0, start - 1), start) and _COMPANY.search(
            content, found.end(), found.end() + _AFTER
        ):
            yield Package(name, version, "manifest", Confidence.MEDIUM, file, at)


def _conclude(survey: ExtensionContext) -> Iterator[Found]:
    own = survey.manifest.get("name")  # a bundle may have the extension's manifest in it
    told = set()
    damaged: VscanError | None = None
    locked = _Locked(survey)
    yield from _malicious(survey.advisories, survey.suspects, told=locked.malicious)
    for key, package in survey.packages.items():
        if package.version is None or (package.evidence == "manifest" and package.name == own):
            continue
        try:
            known = _known(survey.advisories, package.name, package.version)
        except VscanError as error:
            damaged = error
            continue
        vulnerable = [advisory for advisory in known if not advisory.malicious]
        if vulnerable:
            told.add(key)
            yield locked.vulnerable(package, vulnerable)
    yield from _malicious(survey.advisories, _folders(survey))
    _keep_some(survey, told)
    if damaged is not None:
        raise damaged


class _Locked:
    """What of a lock file is not shipped, as far as that can be told.

    No name of a folder says so, for the author chooses it; nor does ``node_modules`` where the
    package is in it, or in any other, in whatever version: there its code may be. Nor
    what was not read to the end.
    """

    def __init__(self, survey: ExtensionContext) -> None:
        self._survey = survey
        self._for_development: dict[str, set[tuple[str, str]]] = {}

    @cached_property
    def _there(self) -> set[str]:
        """The names, folded, of all packages that anything but a lock file tells of."""
        folders = (m[1] for e in self._survey.entries for m in _FOLDER.finditer(e.name))
        known = (p.name for p in self._survey.packages.values() if p.evidence != "lock-file")
        manifests = (name for name in self._survey.files if name.endswith("/package.json"))
        named = (str(self._manifest(name).get("name")) for name in manifests)
        return {name.casefold() for name in itertools.chain(folders, known, named)}

    @cached_property
    def _beside(self) -> set[str]:
        """The folders in which a package is installed that has a manifest, and so is one."""
        entries = self._survey.entries
        installed = (entry.name for entry in entries if _INSTALLED.fullmatch(entry.name))
        return {name.partition("node_modules/")[0] for name in installed}

    def malicious(self, package: Package, advisories: Sequence[Advisory]) -> Finding:
        """Make a finding of a package in one lock file."""
        why = self._absence(package, {package.file})
        return _finding(MALICIOUS, Severity.CRITICAL, package, advisories, why)

    def vulnerable(self, package: Package, advisories: Sequence[Advisory]) -> Finding:
        """Make a finding of a package, whatever tells that it is there."""
        files = self._survey.lock_files_of(package) if package.evidence == "lock-file" else None
        why = self._absence(package, files) if files else None
        return _finding(VULNERABLE, advisories[0].severity, package, advisories, why)

    def _absence(self, package: Package, files: Collection[str | None]) -> str | None:
        """Say why a package is not shipped though all these lock files name it."""
        several = len(self._survey.packages) >= MAX_PACKAGES  # some of them may not be known
        if several or not self._survey.whole or package.name.casefold() in self._there:
            return None
        reasons = [self._reason(package, file or "") for file in files]
        return reasons[0] if all(reasons) else None

    def _reason(self, package: Package, file: str) -> str | None:
        folder = file[: file.rfind("/") + 1]
        if folder in self._beside:
            return "not installed beside the lock file"
        if (package.name, package.version) in self._developed_with(file, folder):
            return "for development alone"
        return None

    def _developed_with(self, file: str, folder: str) -> set[tuple[str, str]]:
        if file not in self._for_development:
            lock = self._survey.files.get(file) if file.endswith("yarn.lock") else None
            manifest = self._manifest(f"{folder}package.json")
            found = only_for_development(lock, manifest) if lock is not None else set()
            self._for_development[file] = found
        return self._for_development[file]

    def _manifest(self, name: str) -> Mapping[str, Any]:
        with suppress(ValueError):
            return mapping(parse_json(self._survey.files.get(name) or b""))
        return {}


def _folders(survey: ExtensionContext) -> Iterator[Package]:
    """Name each folder in node_modules that no version was read of, or none that is malicious.

    Node runs what lies in it without a package.json, or with one that has no version.
    """
    files: dict[str, str] = {}
    for entry in survey.entries:
        for folder in _FOLDER.finditer(entry.name):
            files.setdefault(folder[1], entry.name)
    versions: dict[str, list[Package]] = {}
    for package in survey.packages.values():
        if package.evidence == "node_modules":
            versions.setdefault(package.name, []).append(package)
    for name, file in files.items():
        told = any(_malicious(survey.advisories, versions.get(name, ())))  # as it passed by
        if len(name) <= MAX_NAME and not told:
            yield Package(name, None, "node_modules", Confidence.MEDIUM, sanitize(file, 1000))


def _keep_some(survey: ExtensionContext, told: Collection[tuple[str, str | None]]) -> None:
    """Keep as many packages as a verdict has room for, those with findings first.

    ``ValueError`` where that is not all of them.
    """
    left = _MOST_BYTES
    kept: dict[tuple[str, str | None], Package] = {}
    for key, package in sorted(survey.packages.items(), key=lambda item: item[0] not in told):
        left -= _BESIDE + len(json.dumps([package.name, package.version, package.file]))
        if left < 0:
            more = len(survey.packages) - len(kept)
            survey.packages = kept
            raise ValueError(f"it has {more} packages more than there is room for")
        kept[key] = package


def _known(advisories: Advisories, name: str, version: str) -> list[Advisory]:
    """List what is published about a version, worst first, whatever ids two collections give it."""
    said: set[str] = set()
    known = []
    for advisory in (
        *advisories.for_package(name, version),
        *advisories.for_library(name, version),
    ):
        ids = {advisory.id, *advisory.aliases}
        if said.isdisjoint(ids):
            known.append(advisory)
        said |= ids
    return sorted(known, key=lambda advisory: (-advisory.severity, advisory.id))


def _finding(
    rule: Rule,
    severity: Severity,
    package: Package,
    advisories: Sequence[Advisory],
    absence: str | None = None,
) -> Finding:
    """Say of one package all that is known: a popular one may have twenty advisories.

    ``absence`` says why it is not shipped, if it isn't.
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
        # What a baseline accepts of it is accepted as long as it is absent.
        evidence=package.purl if absence is None else f"{package.purl}, {absence}",
        url=worst.url,
        confidence=package.confidence,
    )


CHECK = Check((MALICIOUS, VULNERABLE), _PATTERNS, _look, _peek, _read_on, _conclude)
