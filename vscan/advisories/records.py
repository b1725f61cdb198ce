"""The entries of the public data, whatever file they came from. Pure values.

Their texts have been through ``safe_text.sanitize``, their addresses are https, and every tuple is
bounded. ``formats`` guarantees this where it parses them, and ``database`` where it reads them.
"""

import functools
import re
from enum import StrEnum
from typing import Literal, TypeAlias

from msgspec import Struct

from vscan.model import Registry, Severity


class Ecosystem(StrEnum):
    """What a package's name belongs to, as OSV spells it; retire.js has its own names."""

    NPM = "npm"
    MARKETPLACE = "VSCode"
    OPEN_VSX = "VSCode:https://open-vsx.org"
    RETIRE_JS = "retire.js"
    FILE = "file"  # of any package: the name is ``SHA256`` and the digest in hex


SHA256 = "sha256:"  # the prefix of a file's digest where a package's name is expected


# Where each set of data is published. The name of an ecosystem is one folder of OSV's bucket:
# its slashes are escaped, and its colon need not be.
_GITHUB = "https://raw.githubusercontent.com"
_OSV = "https://osv-vulnerabilities.storage.googleapis.com"
FEED_URLS = {
    "removed-marketplace": f"{_GITHUB}/microsoft/vsmarketplace/main/RemovedPackages.md",
    "removed-open-vsx": (
        f"{_GITHUB}/EclipseFdn/publish-extensions/master/extension-control/extensions.json"
    ),
    "osv-npm": f"{_OSV}/npm/all.zip",
    "osv-vscode": f"{_OSV}/VSCode/all.zip",
    "osv-open-vsx": f"{_OSV}/VSCode:https:%2F%2Fopen-vsx.org/all.zip",
    "retire.js": f"{_GITHUB}/RetireJS/retire.js/master/repository/jsrepository-v6.json",
    # Single records that were imported, from any address.
    "osv-records": "https://osv.dev",
}


# The feeds that must be present and current, one of each line. Single records are cases, which do
# not become outdated, and the Marketplace's export contains the one of Open VSX.
REQUIRED_FEEDS = (
    ("removed-marketplace",),
    ("removed-open-vsx",),
    ("osv-npm",),
    ("osv-vscode", "osv-open-vsx"),
    ("retire.js",),
)


class Removed(Struct, frozen=True):
    """An extension that a registry removed.

    ``extension`` is an id in lower case, or only a publisher, which means all its extensions.
    """

    extension: str
    registry: Registry
    versions: tuple[str, ...]  # (): all of them
    reason: str
    removed: str | None  # ISO date
    url: str


# One version range: what happens at which version, in ascending order.
Event: TypeAlias = tuple[Literal["introduced", "fixed", "last_affected"], str]
Events: TypeAlias = tuple[Event, ...]


class Affected(Struct, frozen=True):
    """One package, and what one advisory says about its versions."""

    ecosystem: Ecosystem
    package: str
    id: str
    aliases: tuple[str, ...]
    summary: str
    severity: Severity
    score: float | None
    malicious: bool
    url: str
    versions: tuple[str, ...]
    ranges: tuple[Events, ...]
    excluded: tuple[str, ...] = ()  # not affected, though within a range


class Withdrawn(Struct, frozen=True):
    """An advisory that its feed has withdrawn."""

    id: str


class Signature(Struct, frozen=True):
    """How a copy of a package is recognised.

    ``pattern`` is, for a file's name or content, a regular expression of Python whose
    group ``version`` is the version; for a hash the SHA-1 of the file, in hexadecimal
    digits, and ``version`` is what that file is.
    """

    name: str  # of the package, as ``Advisories.for_library`` takes it
    kind: Literal["filename", "content", "hash"]
    pattern: str
    version: str | None = None


Entry: TypeAlias = Removed | Affected | Withdrawn | Signature

# The reasons of a removal, in the words of the lists, and their severity. A reason that names
# several of them has them in this order.
_REASONS = {
    "malware": Severity.CRITICAL,
    "potentially malicious": Severity.HIGH,
    "impersonation": Severity.HIGH,
    "typo-squatting": Severity.HIGH,
    "untrustworthy": Severity.HIGH,
    "expired domain": Severity.HIGH,  # the buyer of the domain becomes the publisher
    "spam": Severity.MEDIUM,
    "copyright violation": Severity.LOW,
    "owner request": Severity.INFO,
    "deprecated": Severity.INFO,
}
_SYNONYMS = {"publisher requested": "owner request", "malicious": "malware"}
UNKNOWN_REASON = "unknown"
_MAX_REASON = 100  # characters of a reason that are read


def normalised_reason(text: str) -> str:
    """Write a reason as one or more known words, the worst first.

    People write the lists, so words with a typing error are recognised. An unknown word is kept
    in lower case.
    """
    parts = re.split(r"[,/;&+]", text[:_MAX_REASON], maxsplit=4)
    found = {_known(" ".join(part.split()).lower()) for part in parts if part.strip()}
    order = list(_REASONS)
    worst_first = sorted(
        found,
        key=lambda each: (-severity_of(each), order.index(each) if each in order else -1, each),
    )
    return ", ".join(worst_first) or UNKNOWN_REASON


@functools.lru_cache(1024)
def _known(word: str) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, [*_REASONS, *_SYNONYMS], 1, 0.8)
    return _SYNONYMS.get(close[0], close[0]) if close else word


def severity_of(reason: str) -> Severity:
    """Return the severity of a normalised reason.

    An unknown reason is high: the registry removed the extension, and may use a new word for
    malware.
    """
    return max(_REASONS.get(part, Severity.HIGH) for part in reason.split(", "))
