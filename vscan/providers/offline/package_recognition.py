"""Recognise npm packages in an extension's manifests, lock files, source maps and bundles."""

from collections.abc import Iterator, Sequence

from vscan.bounded_json import parse_json
from vscan.lazy_regex import lazy_regex
from vscan.model import Confidence, Package
from vscan.providers.offline.check_interface import FileWindow, Match
from vscan.providers.offline.lockfiles import MAX_NAME, NAME, READERS, VERSION, is_package
from vscan.providers.offline.manifest_values import mapping
from vscan.safe_text import sanitize

# Of objects and banners, which name a package and its version in a bundle.
PATTERNS = r"""
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
SCRIPTS = frozenset({".cjs", ".js", ".mjs"})
INSTALLED_MANIFEST = lazy_regex(rf"(?:.*/)?node_modules/({NAME})/package\.json")
INSTALLED_FOLDER = lazy_regex(rf"(?:^|/)node_modules/({NAME})(?=/)")
_SOURCE = lazy_regex(rf"node_modules/({NAME})/".encode())
# Without the closing bracket: searching for it from each of a million beginnings would take long.
_MAX_PARSED_BYTES = 8 * 1024**2  # its values take ten times the memory
_SOURCES = lazy_regex(rb'"sources"\s{0,9}:\s{0,9}\[([^\]]*)')
_OBJECT = lazy_regex(
    rf"""name["']?:\s*["']({NAME})["'],\s*["']?version["']?:\s*["']({VERSION})["']""".encode()
)
_BANNER = lazy_regex(
    rf"(?:/\*!|@license)[\s*]*(?:@license\s+)?({NAME})\s+v?({VERSION})(?![\w.])".encode()
)
_BEFORE_KEY = lazy_regex(rb"""["'{,\s]""")  # the key is name, not filename
# A package.json has more keys than a name and a version; other objects don't have these.
_OTHER_KEYS = lazy_regex(
    rb"""["']?(author|bin|dependencies|description|devDependencies|engines|exports|license|main"""
    rb"""|repository|scripts)["']?:\s*["'{\[]"""
)
_AFTER_BYTES = 2000  # after an object's version, in which its other keys are searched
_NAME_BYTES = 240  # of a name, with its key
_MAX_BYTES = 512  # of an object, or a banner, up to the end of its version


def installed_packages(window: FileWindow) -> list[Package]:
    """Read the package of a manifest in ``node_modules``; the name in the manifest comes first.

    The folder's name counts, too: an alias has two names.
    """
    folder = INSTALLED_MANIFEST.fullmatch(window.name)
    if not folder:
        return []
    manifest = mapping(parse_json(_whole_file(window)))
    version = manifest.get("version")
    file = sanitize(window.name, 1000)
    return [
        Package(name, version, "node_modules", Confidence.HIGH, file)
        for name in (manifest.get("name"), folder[1])
        if isinstance(name, str) and is_package(name, version)
    ]


def is_lock_file(window: FileWindow) -> bool:
    """Say whether a file is a lock file of the extension, and not one of an installed package."""
    return window.base in READERS and "node_modules" not in window.name.split("/")


def locked_packages(window: FileWindow) -> list[Package]:
    """Read the packages in a lock file."""
    file = sanitize(window.name, 1000)
    return [
        Package(*each, "lock-file", Confidence.MEDIUM, file)
        for each in dict.fromkeys(READERS[window.base](_whole_file(window)))
        if len(each[0]) <= MAX_NAME
    ]


def _whole_file(window: FileWindow) -> bytes:
    """Return the content of a file; ``ValueError`` if it is too large to parse."""
    if not window.is_whole or len(window.content) > _MAX_PARSED_BYTES:
        raise ValueError("is too large to read")
    return window.content


def mapped_packages(window: FileWindow) -> Iterator[Package]:
    """Find package names in the paths of a source map. Parsing it would take seconds."""
    sources = _SOURCES.search(window.content)
    file = sanitize(window.name, 1000)
    for name in dict.fromkeys(_SOURCE.findall(sources[1])) if sources else ():
        yield Package(name.decode("ascii"), None, "source-map", Confidence.LOW, file)


def signed_packages(window: FileWindow) -> Iterator[Package]:
    """Find libraries by the published library_signatures."""
    from vscan.providers.offline import library_signatures

    file = sanitize(window.name, 1000)
    if window.advisories is not None:
        for name, version in library_signatures.of(window.advisories).search(
            window.name, window.content
        ):
            yield Package(name, version, "signature", Confidence.MEDIUM, file)


def bundled_packages(window: FileWindow, matches: Sequence[Match]) -> Iterator[Package]:
    """Find packages by the objects and banners that a bundle has kept of them."""
    content, file = window.content, sanitize(window.name, 1000)
    for match in matches:
        is_object = match.rule == "object"
        expression = _OBJECT if is_object else _BANNER
        # The pattern searches for the rarer version; the object's name stands before it.
        start = content.rfind(b"name", max(0, match.start - _NAME_BYTES), match.start)
        start = start if is_object else match.start
        found = start >= 0 and expression.match(content, start, start + _MAX_BYTES)
        if not found:
            continue
        name, version = found[1].decode("ascii"), found[2].decode("ascii")
        offset = window.start + match.start
        if not is_object:
            yield Package(name.lower(), version, "banner", Confidence.MEDIUM, file, offset)
        elif _BEFORE_KEY.search(content, max(0, start - 1), start) and _OTHER_KEYS.search(
            content, found.end(), found.end() + _AFTER_BYTES
        ):
            yield Package(name, version, "manifest", Confidence.MEDIUM, file, offset)
