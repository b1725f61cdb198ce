"""The original formats of the public data, parsed: strict, bounded, known by their content.

A file is read once, entry by entry, so that an export of a quarter of a million records
takes no more memory than its longest and the list of its members. What can't be taken is
counted in a ``Tally``, with the first reason; what is not any of the formats, or lies about
its size, is a ``ValueError`` that "is ..." or "has ..." something.
"""

import re
import warnings
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import IO, Any, Literal

from vscan.advisories import versions
from vscan.advisories.entries import (
    Affected,
    Ecosystem,
    Entry,
    Events,
    Registry,
    Removed,
    Signature,
    Withdrawn,
    normalised_reason,
)
from vscan.domain import ExtensionId, Severity, parse_version
from vscan.text import plain
from vscan.untrusted import parse_json

MAX_FILE_BYTES = 1024**3
_MAX_DOCUMENT_BYTES = 32 * 1024**2  # a list or a file of signatures, which are read whole
_MAX_RECORD_BYTES = 4 * 1024**2
_MAX_MEMBERS = 1_000_000
_MAX_UNPACKED_BYTES = 4 * 1024**3
_MAX_LIST = 10_000  # versions, ranges, aliases of one record
_SUMMARY = 300
_LINK = 500
_CHUNK = 1024**2
_HEAD = 64 * 1024
MARKETPLACE_LIST = "https://github.com/microsoft/vsmarketplace/blob/main/RemovedPackages.md"
OPEN_VSX_LIST = (
    "https://github.com/EclipseFdn/publish-extensions/blob/master/extension-control/extensions.json"
)
RETIRE_JS = "https://github.com/RetireJS/retire.js/blob/master/repository/jsrepository-v6.json"

_PUBLISHER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}")
_PACKAGE = re.compile(r"[!-~]{1,214}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{1,99}")
_LINK_TEXT = re.compile(r"https://[!-~]+")
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_WORDS = {
    "low": Severity.LOW,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}
_EMBEDDED_MALICIOUS_CODE = "CWE-506"


class Format(StrEnum):
    """What a file can be."""

    REMOVED_LIST = "the Marketplace's list of removed extensions"
    OPEN_VSX_CONTROL = "Open VSX's extension control file"
    OSV_EXPORT = "an OSV export"
    OSV_RECORDS = "OSV records"
    RETIRE_JS = "retire.js's repository"


@dataclass(slots=True)
class Tally:
    """What became of a file's entries, and what they are about. Filled while they are read."""

    taken: int = 0
    withdrawn: int = 0
    elsewhere: int = 0  # about other ecosystems
    unusable: int = 0
    reason: str = ""  # of the first unusable one
    newest: date | None = None
    about: dict[Ecosystem, int] = field(default_factory=dict)  # records about each ecosystem

    def miss(self, where: str, why: object) -> None:
        """Count what can't be taken."""
        self.unusable += 1
        self.reason = self.reason or plain(f"{where} {why}", 200)

    def saw(self, day: date | None) -> None:
        """Note the date of an entry."""
        if day is not None and (self.newest is None or day > self.newest):
            self.newest = day


# The set that each format belongs to; OSV's exports are told apart by what they are about.
_SET_OF = {
    Format.REMOVED_LIST: "removed-marketplace",
    Format.OPEN_VSX_CONTROL: "removed-open-vsx",
    Format.OSV_RECORDS: "osv-records",
    Format.RETIRE_JS: "retire.js",
}
_EXPORT_OF = {
    Ecosystem.NPM: "osv-npm",
    Ecosystem.OPEN_VSX: "osv-open-vsx",
    Ecosystem.MARKETPLACE: "osv-vscode",
}


def set_name(kind: Format, tally: Tally) -> str:
    """Name the set a file is: an ecosystem's export has nothing but records about it.

    The Marketplace's ecosystem has the one of Open VSX within it.
    """
    if kind is not Format.OSV_EXPORT:
        return _SET_OF[kind]
    for ecosystem, name in _EXPORT_OF.items():
        if tally.about.get(ecosystem) == tally.taken:
            return name
    if Ecosystem.NPM in tally.about:
        raise ValueError("is an OSV export of several ecosystems")
    return _EXPORT_OF[Ecosystem.MARKETPLACE]


def read(file: IO[bytes], tally: Tally) -> tuple[Format, Iterator[Entry]]:
    """Recognise a seekable file; ``ValueError`` if it is none of ours.

    The entries are parsed while they are taken, and ``ValueError`` may come then, too.
    """
    size = file.seek(0, 2)
    file.seek(0)
    if size > MAX_FILE_BYTES:
        raise ValueError(f"has more than {MAX_FILE_BYTES // 1024**2} MiB")
    head = file.read(_HEAD)
    file.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return Format.OSV_EXPORT, _export(file, tally)
    text = head.decode("utf-8-sig", "replace")
    if any(cell.lower() == "extension identifier" for row in _rows(text) for cell in row):
        return Format.REMOVED_LIST, _removed_list(_whole(file), tally)
    if not text.lstrip().startswith(("{", "[")):
        raise ValueError("is none of the formats that can be imported")
    return _json(file, size, tally)


def _json(file: IO[bytes], size: int, tally: Tally) -> tuple[Format, Iterator[Entry]]:
    """Tell the formats in JSON apart, and lines of JSON from one document."""
    first = file.readline(_MAX_RECORD_BYTES + 1)
    try:
        begins = _parsed(first)
    except ValueError:
        begins = None
    lines = isinstance(begins, dict) and bool(file.readline(_HEAD).strip())
    file.seek(0)
    if lines and _is_record(begins):
        return Format.OSV_RECORDS, _lines(file, tally)
    if size > _MAX_DOCUMENT_BYTES:
        raise ValueError(f"is no OSV export and has more than {_MAX_DOCUMENT_BYTES // 1024**2} MiB")
    found = _parsed(file.read(_MAX_DOCUMENT_BYTES))
    records = found if isinstance(found, list) else [found]
    if records and all(map(_is_record, records)):
        return Format.OSV_RECORDS, _records(records, tally)
    if isinstance(found, dict):
        if isinstance(found.get("malicious"), list):
            return Format.OPEN_VSX_CONTROL, _open_vsx(found, tally)
        if any(isinstance(each, dict) and "extractors" in each for each in found.values()):
            return Format.RETIRE_JS, _retire_js(found, tally)
    raise ValueError("is none of the formats that can be imported")


def _parsed(raw: bytes) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        text = raw.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    return parse_json(text, unique_keys=True)


def _whole(file: IO[bytes]) -> str:
    raw = file.read(_MAX_DOCUMENT_BYTES + 1)
    if len(raw) > _MAX_DOCUMENT_BYTES:
        raise ValueError(f"has more than {_MAX_DOCUMENT_BYTES // 1024**2} MiB")
    return raw.decode("utf-8-sig", "replace")


# -- lists of removed extensions


def _rows(text: str) -> Iterator[list[str]]:
    """Read the rows of Markdown's tables, some of which lack the last bar."""
    for line in text.splitlines():
        if line.lstrip().startswith("|"):
            yield [cell.strip().strip("`*") for cell in line.strip().strip("|").split("|")]


def _removed_list(text: str, tally: Tally) -> Iterator[Removed]:
    """Read a table of id, date (month/day/year) and reason."""
    for number, row in enumerate(_rows(text), 1):
        if row[0].lower() == "extension identifier" or not row[0].strip("-: "):
            continue
        try:
            if len(row) < 3:  # noqa: PLR2004 - the columns above
                raise ValueError("has not three columns")  # noqa: TRY301
            extension = ExtensionId.parse(row[0]).key
            removed = _us_date(row[1])
        except ValueError as error:
            tally.miss(f"row {number}", error)
            continue
        tally.taken += 1
        tally.saw(removed)
        yield Removed(
            extension,
            Registry.MARKETPLACE,
            (),
            plain(normalised_reason(row[2]), 100),
            removed.isoformat() if removed else None,
            MARKETPLACE_LIST,
        )


def _us_date(text: str) -> date | None:
    """Read ``8/22/2026``; without one an extension is no less removed."""
    found = _US_DATE.fullmatch(text)
    if not found:
        return None
    month, day, year = map(int, found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _open_vsx(control: dict[str, Any], tally: Tally) -> Iterator[Removed]:
    """Read the list ``malicious``: ids, ids with a version, or publishers.

    Its neighbours (deprecated, search, migrateToPreRelease) say nothing about safety.
    """
    links = control.get("learnMoreLinks")
    for item in control["malicious"]:
        name, _, version = item.partition("@") if isinstance(item, str) else ("", "", "")
        try:
            if not _PUBLISHER.fullmatch(name):
                ExtensionId.parse(name)
            affected = (parse_version(version),) if version else ()
        except ValueError as error:
            tally.miss("an entry of malicious", error)
            continue
        tally.taken += 1
        link = links.get(item) if isinstance(links, dict) else None
        yield Removed(
            name.lower(), Registry.OPEN_VSX, affected, "malware", None, _link([link], OPEN_VSX_LIST)
        )


# -- OSV


def _is_record(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("id"), str)
        and ("affected" in value or "modified" in value)
    )


def _export(file: IO[bytes], tally: Tally) -> Iterator[Affected | Withdrawn]:
    """Read an archive of records, member by member."""
    import zipfile

    _refuse_many_members(file)
    left = _MAX_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if not member.filename.endswith(".json"):
                    continue
                try:
                    if member.file_size > _MAX_RECORD_BYTES:
                        raise ValueError("is too large for a record")  # noqa: TRY301
                    with archive.open(name=member) as packed:
                        raw = packed.read(_MAX_RECORD_BYTES)
                    record = _parsed(raw)
                except (ValueError, zipfile.BadZipFile, zlib.error, EOFError) as error:
                    tally.miss(f"member {member.filename}", error)
                    continue
                except (NotImplementedError, RuntimeError):  # another compression, a password
                    tally.miss(f"member {member.filename}", "is packed in a strange way")
                    continue
                left -= len(raw)
                if left < 0:
                    raise ValueError(f"has more than {_MAX_UNPACKED_BYTES // 1024**3} GiB unpacked")
                yield from _record(record, tally)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise ValueError(f"is a broken archive: {plain(str(error), 100)}") from None


def _refuse_many_members(file: IO[bytes]) -> None:
    """Count what begins like an entry of the archive's list, before a library believes it.

    An entry takes 46 bytes in the file and a dozen times as much in memory.
    """
    count, tail = 0, b""
    while chunk := file.read(_CHUNK):
        count += (tail + chunk).count(b"PK\x01\x02")
        tail = chunk[-3:]
    file.seek(0)
    if count > _MAX_MEMBERS:
        raise ValueError(f"has more than {_MAX_MEMBERS} members")


def _lines(file: IO[bytes], tally: Tally) -> Iterator[Affected | Withdrawn]:
    number = 0
    while line := file.readline(_MAX_RECORD_BYTES + 1):
        number += 1
        if len(line) > _MAX_RECORD_BYTES:
            raise ValueError(f"has a line {number} that is too long for a record")
        if not line.strip():
            continue
        try:
            record = _parsed(line)
        except ValueError as error:
            tally.miss(f"line {number}", error)
            continue
        yield from _record(record, tally)


def _records(found: list[Any], tally: Tally) -> Iterator[Affected | Withdrawn]:
    for record in found:
        yield from _record(record, tally)


def _record(record: object, tally: Tally) -> Iterator[Affected | Withdrawn]:
    """Read one record: an entry for each package of ours that it is about."""
    name = plain(str(record.get("id")), 100) if isinstance(record, dict) else "?"
    try:
        if not isinstance(record, dict) or not _is_record(record):
            raise ValueError("is no OSV record")  # noqa: TRY301
        if not _ID.fullmatch(record["id"]):
            raise ValueError("has an id that is none")  # noqa: TRY301
        if record.get("withdrawn"):
            tally.withdrawn += 1
            yield Withdrawn(record["id"])
            return
        found = _affected(record)
    except (ValueError, TypeError) as error:
        tally.miss(f"record {name}", error)
        return
    for ecosystem in {entry.ecosystem for entry in found}:
        tally.about[ecosystem] = tally.about.get(ecosystem, 0) + 1
    if found:
        tally.taken += 1
        tally.saw(_iso_date(record.get("modified")))
    else:
        tally.elsewhere += 1
    yield from found


def _affected(record: dict[str, Any]) -> list[Affected]:
    """Gather what a record says of each package; ``ValueError`` for what can't be so."""
    exact: dict[tuple[Ecosystem, str], list[str]] = {}
    ranges: dict[tuple[Ecosystem, str], list[Any]] = {}
    for part in _listed(record, "affected", dict):
        package = part.get("package")
        if not isinstance(package, dict) or package.get("ecosystem") not in list(Ecosystem)[:3]:
            continue
        key = (Ecosystem(package["ecosystem"]), _package(package))
        exact.setdefault(key, []).extend(
            text for text in _listed(part, "versions", str) if len(text) <= versions.MAX_LENGTH
        )
        ranges.setdefault(key, []).extend(
            _events(each)
            for each in _listed(part, "ranges", dict)
            if each.get("type") in {"SEMVER", "ECOSYSTEM"}
        )
    if not exact:
        return []
    of_database = record.get("database_specific")
    of_database = of_database if isinstance(of_database, dict) else {}
    aliases = tuple(text for text in _listed(record, "aliases", str)[:20] if _ID.fullmatch(text))
    cwes = of_database.get("cwe_ids")
    # Its own id, not an alias: that record may have been withdrawn as a mistake.
    malicious = record["id"].startswith("MAL-") or (
        isinstance(cwes, list) and _EMBEDDED_MALICIOUS_CODE in cwes
    )
    severity, score = _severity(record, of_database, malicious=malicious)
    summary = record.get("summary") or record.get("details") or ""
    return [
        Affected(
            *key,
            record["id"],
            aliases,
            plain(summary, _SUMMARY) if isinstance(summary, str) else "",
            severity,
            score,
            malicious,
            f"https://osv.dev/vulnerability/{record['id']}",
            # Where every version is affected, their names add nothing but bytes.
            () if any(map(versions.is_everything, ranges[key])) else tuple(dict.fromkeys(named)),
            tuple(dict.fromkeys(ranges[key])),
        )
        for key, named in exact.items()
    ]


def _package(package: dict[str, Any]) -> str:
    name = package.get("name")
    if not isinstance(name, str) or not _PACKAGE.fullmatch(name):
        raise ValueError("has a package name that is none")
    if package["ecosystem"] == Ecosystem.NPM:
        return name
    return ExtensionId.parse(name.replace("/", ".", 1)).key


def _listed(part: dict[str, Any], name: str, kind: type) -> list[Any]:
    """Take a list whose items are all of one kind; what is not there is empty."""
    found = part.get(name)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, kind) for item in found):
        raise ValueError(f"has {name} of the wrong type")
    if len(found) > _MAX_LIST:
        raise ValueError(f"has more than {_MAX_LIST} {name}")
    return found


def _events(each: dict[str, Any]) -> Events:
    events = [
        (what, at)
        for event in _listed(each, "events", dict)
        for what, at in event.items()
        if what in {"introduced", "fixed", "last_affected"}
    ]
    if not all(isinstance(at, str) for _, at in events):
        raise ValueError("has events of the wrong type")
    return versions.ordered(events)


def _severity(
    record: dict[str, Any], of_database: dict[str, Any], *, malicious: bool
) -> tuple[Severity, float | None]:
    """Take the score of the newest CVSS; without one the database's word, else medium.

    What is malicious is critical, whatever its score says of it as a vulnerability.
    """
    vectors = _listed(record, "severity", dict)
    vectors += [
        vector
        for part in _listed(record, "affected", dict)
        for vector in _listed(part, "severity", dict)
    ]
    score = _score(vectors)
    word = of_database.get("severity")
    if malicious:
        return Severity.CRITICAL, score
    if score is not None:
        return _rating(score), score
    return _WORDS.get(word.lower() if isinstance(word, str) else "", Severity.MEDIUM), None


def _score(vectors: list[dict[str, Any]]) -> float | None:
    if not vectors:
        return None
    from cvss import CVSS2, CVSS3, CVSS4, CVSSError

    for kind, scored in (("CVSS_V4", CVSS4), ("CVSS_V3", CVSS3), ("CVSS_V2", CVSS2)):
        for vector in vectors:
            text = vector.get("score")
            if vector.get("type") == kind and isinstance(text, str) and len(text) < _SUMMARY:
                try:
                    return float(scored(text).base_score)
                except (CVSSError, ValueError):
                    continue
    return None


def _rating(score: float) -> Severity:
    """Rate a base score by the qualitative scale of CVSS 3.1 and 4.0."""
    for least, severity in (
        (9.0, Severity.CRITICAL),
        (7.0, Severity.HIGH),
        (4.0, Severity.MEDIUM),
        (0.1, Severity.LOW),
    ):
        if score >= least:
            return severity
    return Severity.INFO


def _iso_date(text: object) -> date | None:
    found = _ISO_DATE.match(text) if isinstance(text, str) else None
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _link(found: Iterable[object], otherwise: str) -> str:
    """Take the first address that can be followed."""
    for text in found:
        if isinstance(text, str) and len(text) <= _LINK and _LINK_TEXT.fullmatch(text):
            return text
    return otherwise


# -- retire.js

_SIGNS: tuple[tuple[Literal["filename", "content"], str], ...] = (
    ("filename", "filename"),
    ("content", "filecontent"),
)
_SHA1 = re.compile(r"[0-9a-f]{40}")
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_VERSION_MARK = "§§version§§"
# What retire.js takes for a version, no longer than one can be.
_VERSION_GROUP = r"(?P<version>[0-9][0-9.a-z_\-]{1,63})"
_MAX_PATTERN = 1000  # characters
_MOST_OF_ANYTHING = 1000  # characters, where a pattern says any number of them
_MOST_OF_SOMETHING = 64  # likewise, of one kind
_MOST_WAYS = 100_000  # to place the parts of a pattern that match anything
# The parts that a pattern is made of, as far as it matters here.
_PART = re.compile(
    r"""(?: (?P<group>\((?!\?)) | (?P<close>\)) | (?P<back>\\[1-9])
    | (?P<anything>\.|\[\\[sS]\\[sS]\]) | \(\?. | \\. | \[\^?\]?(?:\\.|[^\]\\])*\] | . )
    (?P<times>[*+]|\{\d+(?:,\d*)?\})?""",
    re.VERBOSE | re.DOTALL,
)


def _retire_js(found: dict[str, Any], tally: Tally) -> Iterator[Affected | Signature]:
    """Read libraries: what is known of their versions, and how they are recognised.

    Signatures that need a running page, a syntax tree or an address are not for us. A
    library that has no npm name goes by its own, which is the package's for most.
    """
    for key, library in found.items():
        where = f"library {plain(key, 100)}"
        try:
            name, known, extractors = _library(key, library)
            signs = [(kind, text) for kind, at in _SIGNS for text in _listed(extractors, at, str)]
            hashes = extractors.get("hashes") or {}
            if not isinstance(hashes, dict):
                raise TypeError("has hashes of the wrong type")  # noqa: TRY301
        except (ValueError, TypeError) as error:
            tally.miss(where, error)
            continue
        tally.taken += 1
        yield from known
        for kind, text in signs:
            try:
                yield Signature(name, kind, _pattern(text))
            except ValueError as error:
                tally.miss(where, error)
        for digest, version in hashes.items():
            if _SHA1.fullmatch(digest) and isinstance(version, str) and versions.parse(version):
                yield Signature(name, "hash", digest, version)
            else:
                tally.miss(where, "has a hash that is none")


def _library(key: str, library: object) -> tuple[str, list[Affected], dict[str, Any]]:
    """Take a library apart: its package, what is known of it, and its extractors."""
    if not isinstance(library, dict):
        raise TypeError("is no library")
    name = library.get("npmname") or key
    if not isinstance(name, str) or not _PACKAGE.fullmatch(name):
        raise ValueError("has a name that no package has")
    extractors = library.get("extractors", {})
    if not isinstance(extractors, dict):
        raise TypeError("has extractors of the wrong type")
    merged: dict[str, Affected] = {}
    for each in _listed(library, "vulnerabilities", dict):
        one = _retired(name, each)
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
    return name, list(merged.values()), extractors


def _retired(name: str, known: dict[str, Any]) -> Affected:
    """Read one vulnerability: below a version, and perhaps at or above another."""
    identifiers = known.get("identifiers")
    if not isinstance(identifiers, dict) or not isinstance(known.get("below"), str):
        raise TypeError("has a vulnerability of the wrong type")
    cves = [text for text in _listed(identifiers, "CVE", str) if _CVE.fullmatch(text)]
    names = [identifiers.get("githubID"), *cves]
    known_as = [text for text in names if isinstance(text, str) and _ID.fullmatch(text)]
    summary = identifiers.get("summary")
    summary = plain(summary, _SUMMARY) if isinstance(summary, str) else ""
    word = known.get("severity")
    events = [("introduced", known.get("atOrAbove") or "0"), ("fixed", known["below"])]
    if not all(isinstance(at, str) for _, at in events):
        raise TypeError("has a vulnerability of the wrong type")
    otherwise = f"https://osv.dev/vulnerability/{known_as[0]}" if known_as else RETIRE_JS
    return Affected(
        Ecosystem.RETIRE_JS,
        name,
        # Without a public name the range is the name: what else is there need not be unique.
        known_as[0] if known_as else f"retire.js:{name}<{known['below']}"[:100],
        tuple(known_as[1:]),
        summary,
        _WORDS.get(word.lower() if isinstance(word, str) else "", Severity.MEDIUM),
        None,
        malicious=False,
        url=_link(_listed(known, "info", str), otherwise),
        versions=(),
        ranges=(versions.ordered(events),),
        excluded=tuple(_listed(known, "excludes", str)),
    )


def _pattern(text: str) -> str:
    """Turn a signature into a regular expression of Python whose repetitions are bounded.

    They were written for one script at a time, and are held against megabytes that a
    stranger wrote: "any number" becomes a number, and a pattern that repeats a group, or
    that could be placed in too many ways, is refused: it could run for hours.
    """
    if len(text) > _MAX_PATTERN or text.count(_VERSION_MARK) != 1:
        raise ValueError("has a pattern without one place for the version")
    parts = list(_PART.finditer(text))
    refers_back = any(part["back"] for part in parts)
    made, ways = [], 1
    for part in parts:
        if part["close"] and part["times"]:
            raise ValueError("has a pattern that repeats a group")
        written = "(?:" if part["group"] and not refers_back else part[0]
        if part["times"]:
            least, most = _bounds(part["times"], anything=bool(part["anything"]))
            written = f"{part[0].removesuffix(part['times'])}{{{least},{most}}}"
            ways *= most if part["anything"] else 1
        made.append(written)
    if ways > _MOST_WAYS:
        raise ValueError("has a pattern that could take too long")
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
    return pattern


def _bounds(times: str, *, anything: bool) -> tuple[int, int]:
    """Read how often a part is repeated, and bound it."""
    allowed = _MOST_OF_ANYTHING if anything else _MOST_OF_SOMETHING
    if times in {"*", "+"}:
        return int(times == "+"), allowed
    first, comma, last = times[1:-1].partition(",")
    least = int(first)
    most = (int(last) if last else max(least, allowed)) if comma else least
    if most > 10 * _MOST_OF_ANYTHING:
        raise ValueError("has a pattern that could take too long")
    return least, most
