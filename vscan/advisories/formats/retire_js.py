"""Parse retire.js's repository: which versions of a library are vulnerable, and its signatures.

A signature becomes a regular expression of Python that is safe to search for in any file.
"""

import re
import warnings
from collections.abc import Iterator
from typing import Any, Literal

from msgspec.structs import replace

from vscan.advisories import version_ranges
from vscan.advisories.formats import fields_and_import_stats
from vscan.advisories.formats.fields_and_import_stats import ID, PACKAGE, ImportStats, listed
from vscan.advisories.records import Affected, Ecosystem, Signature
from vscan.advisories.regex_cost import require_bounded
from vscan.safe_text import sanitize

RETIRE_JS = "https://github.com/RetireJS/retire.js/blob/master/repository/jsrepository-v6.json"

_SIGNS: tuple[tuple[Literal["filename", "content"], str], ...] = (
    ("filename", "filename"),
    ("content", "filecontent"),
)
_SHA1 = re.compile(r"[0-9a-f]{40}")
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_VERSION_MARK = "§§version§§"
# A version as retire.js defines it, of bounded length.
_VERSION_GROUP = r"(?P<version>[0-9][0-9.a-z_\-]{1,63})"
_MAX_PATTERN = 1000  # characters
_MAX_ANY_CHARACTER = 1000  # repetitions, where a pattern allows any number of any character
_MAX_ONE_CLASS = 64  # likewise, of one class of characters
_MAX_SIGNATURES = 5000  # of a repository
# The parts that a pattern is made of, as far as it matters here.
_PART = re.compile(
    r"""(?: (?P<group>\((?!\?)) | (?P<close>\)) | (?P<back>\\[1-9])
    | (?P<anything>\.|\[\\[sS]\\[sS]\]) | \(\?. | \\. | \[\^?\]?(?:\\.|[^\]\\])*\] | . )
    (?P<times>[*+]|\{\d+(?:,\d*)?\})?""",
    re.VERBOSE | re.DOTALL,
)


def is_repository(found: dict[str, Any]) -> bool:
    """Whether a document is retire.js's: a library has extractors."""
    return any(isinstance(each, dict) and "extractors" in each for each in _by_name(found).values())


def _by_name(found: dict[str, Any]) -> dict[str, Any]:
    """Return the libraries of a repository. The combined files have them one level deeper."""
    inner = found.get("advisories")
    return inner if isinstance(inner, dict) and "extractors" not in inner else found


def libraries(found: dict[str, Any], stats: ImportStats) -> Iterator[Affected | Signature]:
    """Read libraries: the advisories about their versions, and their signatures.

    Signatures that need a running page, a syntax tree or an address are left out. A library
    without an npm name has its own name, which is the package's for most.
    """
    number = 0
    for key, library in _by_name(found).items():
        where = f"library {sanitize(key, 100)}"
        try:
            name, known, extractors = _library(key, library)
            signs = [(kind, text) for kind, at in _SIGNS for text in listed(extractors, at, str)]
            hashes = extractors.get("hashes") or {}
            if not isinstance(hashes, dict):
                raise TypeError("has hashes of the wrong type")  # noqa: TRY301
        except (ValueError, TypeError) as error:
            stats.add_unusable(where, error)
            continue
        stats.imported += 1
        yield from known
        for kind, text in signs:
            number += 1
            try:
                if number > _MAX_SIGNATURES:
                    raise ValueError(f"has signatures behind {_MAX_SIGNATURES} others")  # noqa: TRY301
                yield Signature(name, kind, _pattern(text))
            except ValueError as error:
                stats.add_unusable(where, error)
        for digest, version in hashes.items():
            if (
                _SHA1.fullmatch(digest)
                and isinstance(version, str)
                and version_ranges.parse(version)
            ):
                yield Signature(name, "hash", digest, version)
            else:
                stats.add_unusable(where, "has an invalid hash")


def _library(key: str, library: object) -> tuple[str, list[Affected], dict[str, Any]]:
    """Read a library: its package, the advisories about it, and its extractors."""
    if not isinstance(library, dict):
        raise TypeError("is not a library")
    name = library.get("npmname") or key
    if not isinstance(name, str) or not PACKAGE.fullmatch(name):
        raise ValueError("has a name that is not valid for a package")
    extractors = library.get("extractors", {})
    if not isinstance(extractors, dict):
        raise TypeError("has extractors of the wrong type")
    merged: dict[str, Affected] = {}
    for vulnerability in _flat(listed(library, "vulnerabilities", dict)):
        one = _retired(name, vulnerability)
        same = merged.get(one.id)
        merged[one.id] = (
            one
            if same is None
            else replace(
                same,
                severity=max(same.severity, one.severity),
                ranges=(*same.ranges, *one.ranges),
                excluded=(*same.excluded, *one.excluded),
            )
        )
    for each in merged.values():
        fields_and_import_stats.require_few(each.ranges)
    return name, list(merged.values()), extractors


def _flat(vulnerabilities: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield a vulnerability for each range: the master file has one with a list of ranges."""
    for known in vulnerabilities:
        if "ranges" not in known:
            yield known
            continue
        identifiers = known.get("identifiers")
        if isinstance(identifiers, dict):
            identifiers = {"summary": known.get("summary"), **identifiers}
        for each in listed(known, "ranges", dict):
            yield {**known, **each, "identifiers": identifiers}


def _retired(name: str, known: dict[str, Any]) -> Affected:
    """Read one vulnerability: below a version, and perhaps at or above another."""
    identifiers = known.get("identifiers")
    if not isinstance(identifiers, dict) or not isinstance(known.get("below"), str):
        raise TypeError("has a vulnerability of the wrong type")
    cves = [text for text in listed(identifiers, "CVE", str) if _CVE.fullmatch(text)]
    names = [identifiers.get("githubID"), *cves]
    known_as = [text for text in names if isinstance(text, str) and ID.fullmatch(text)]
    events = [("introduced", known.get("atOrAbove") or "0"), ("fixed", known["below"])]
    if not all(isinstance(at, str) for _, at in events):
        raise TypeError("has a vulnerability of the wrong type")
    otherwise = f"https://osv.dev/vulnerability/{known_as[0]}" if known_as else RETIRE_JS
    return Affected(
        Ecosystem.RETIRE_JS,
        name,
        # Without a public id the range identifies it: nothing else in it is unique.
        known_as[0] if known_as else f"retire.js:{name}<{known['below']}"[:100],
        tuple(known_as[1:]),
        fields_and_import_stats.summary(identifiers.get("summary")),
        fields_and_import_stats.severity(known.get("severity")),
        None,
        malicious=False,
        url=fields_and_import_stats.link(listed(known, "info", str), otherwise),
        versions=(),
        ranges=(version_ranges.ordered(events),),
        excluded=tuple(listed(known, "excludes", str)),
    )


def _pattern(text: str) -> str:
    """Turn a signature into a regular expression of Python whose repetitions are bounded.

    Signatures were written for one script at a time, but here they are searched for in megabytes
    of untrusted text. So each unbounded repetition gets a limit, and a pattern is refused if it
    repeats a group or if a search could take too many steps: it could run for hours.
    """
    if len(text) > _MAX_PATTERN or text.count(_VERSION_MARK) != 1:
        raise ValueError("has a pattern without one place for the version")
    parts = list(_PART.finditer(text))
    refers_back = any(part["back"] for part in parts)
    made = []
    for part in parts:
        if part["close"] and part["times"]:
            raise ValueError("has a pattern that repeats a group")
        written = "(?:" if part["group"] and not refers_back else part[0]
        if part["times"]:
            least, most = _bounds(part["times"], anything=bool(part["anything"]))
            written = f"{part[0].removesuffix(part['times'])}{{{least},{most}}}"
        made.append(written)
    pattern = "".join(made)
    for place in (f"(?:{_VERSION_MARK})", f"({_VERSION_MARK})", _VERSION_MARK):
        pattern = pattern.replace(place, _VERSION_GROUP)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern)
    except (re.error, FutureWarning, DeprecationWarning, OverflowError, RecursionError):
        raise ValueError("has a pattern that Python can't read") from None
    if compiled.groups > 1 and not refers_back:
        raise ValueError("has a pattern with more groups than the version's")
    require_bounded(pattern.encode())
    return pattern


def _bounds(times: str, *, anything: bool) -> tuple[int, int]:
    """Read how often a part is repeated, and bound it."""
    allowed = _MAX_ANY_CHARACTER if anything else _MAX_ONE_CLASS
    if times in {"*", "+"}:
        return int(times == "+"), allowed
    first, comma, last = times[1:-1].partition(",")
    least = int(first)
    most = (int(last) if last else max(least, allowed)) if comma else least
    if most > 10 * _MAX_ANY_CHARACTER:
        raise ValueError("has a pattern that could take too long")
    return least, most
