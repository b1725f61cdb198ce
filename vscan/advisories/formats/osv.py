"""Parse OSV records: in JSON, one on each line, or in the archive of an ecosystem.

This module reads what a record says about a package: its versions and ranges, its severity, and
whether it is malicious. It also bounds what unpacking an archive may cost.
"""

import re
import zlib
from collections.abc import Iterator
from datetime import date
from typing import IO, Any

from msgspec.structs import replace

from vscan.advisories import version_ranges
from vscan.advisories.formats import fields_and_import_stats
from vscan.advisories.formats.fields_and_import_stats import (
    ID,
    PACKAGE,
    ImportStats,
    listed,
    parsed,
)
from vscan.advisories.records import SHA256, Affected, Ecosystem, Events, Withdrawn
from vscan.model import ExtensionId, Severity
from vscan.safe_text import sanitize

MAX_RECORD_BYTES = 4 * 1024**2
_MAX_MEMBERS = 1_000_000
_MAX_UNPACKED_BYTES = 4 * 1024**3
_MAX_VECTOR = 300
_MAX_VECTORS = 100  # of one record
_CHUNK = 1024**2

_ISO_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_EMBEDDED_MALICIOUS_CODE = "CWE-506"
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
_EMPTY_FILE = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # of no bytes
_MAX_FILES = 1000  # whose digests one record gives


def is_record(value: object) -> bool:
    """Whether a value has the keys of a record. Its content may still be invalid."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("id"), str)
        and ("affected" in value or "modified" in value)
    )


def export(file: IO[bytes], stats: ImportStats) -> Iterator[Affected | Withdrawn]:
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
                    if member.file_size > MAX_RECORD_BYTES:
                        raise ValueError("is too large for a record")  # noqa: TRY301
                    with archive.open(name=member) as packed:
                        raw = packed.read(MAX_RECORD_BYTES)
                    record = parsed(raw)
                except (ValueError, zipfile.BadZipFile, zlib.error, EOFError) as error:
                    stats.add_unusable(f"member {member.filename}", error)
                    continue
                except (NotImplementedError, RuntimeError):  # another compression, a password
                    stats.add_unusable(f"member {member.filename}", "is packed in a strange way")
                    continue
                left -= len(raw)
                if left < 0:
                    raise ValueError(f"has more than {_MAX_UNPACKED_BYTES // 1024**3} GiB unpacked")
                yield from _record(record, stats)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise ValueError(f"is a broken archive: {sanitize(str(error), 100)}") from None


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


def lines(file: IO[bytes], stats: ImportStats) -> Iterator[Affected | Withdrawn]:
    """Read a record a line."""
    number = 0
    while line := file.readline(MAX_RECORD_BYTES + 1):
        number += 1
        if len(line) > MAX_RECORD_BYTES:
            raise ValueError(f"has a line {number} that is too long for a record")
        if not line.strip():
            continue
        try:
            record = parsed(line)
        except ValueError as error:
            stats.add_unusable(f"line {number}", error)
            continue
        yield from _record(record, stats)


def records(found: list[Any], stats: ImportStats) -> Iterator[Affected | Withdrawn]:
    """Read records from parsed JSON."""
    for record in found:
        yield from _record(record, stats)


def _record(record: object, stats: ImportStats) -> Iterator[Affected | Withdrawn]:
    """Read one record: an entry for each of its packages in a supported ecosystem."""
    name = sanitize(str(record.get("id")), 100) if isinstance(record, dict) else "?"
    try:
        if not isinstance(record, dict) or not is_record(record):
            raise ValueError("is not an OSV record")  # noqa: TRY301
        if not ID.fullmatch(record["id"]):
            raise ValueError("has an invalid id")  # noqa: TRY301
        if record.get("withdrawn"):
            stats.withdrawn += 1
            yield Withdrawn(record["id"])
            return
        found = _affected(record)
    except (ValueError, TypeError) as error:
        stats.add_unusable(f"record {name}", error)
        return
    for ecosystem in {entry.ecosystem for entry in found}:
        stats.about[ecosystem] = stats.about.get(ecosystem, 0) + 1
    if found:
        stats.imported += 1
        stats.note_date(_iso_date(record.get("modified")))
    else:
        stats.other_ecosystems += 1
    yield from found
    if found:
        yield from _files(record, found[0], stats)


def _files(record: dict[str, Any], known: Affected, stats: ImportStats) -> Iterator[Affected]:
    """Read the digests of files that a record of malware gives among its indicators."""
    of_database = record.get("database_specific")
    iocs = of_database.get("iocs") if isinstance(of_database, dict) else None
    files = iocs.get("files") if isinstance(iocs, dict) else None
    if not known.malicious or files is None:
        return
    digests: dict[str, None] = {}
    try:
        for each in listed({"files": files}, "files", dict)[:_MAX_FILES]:
            named = each.get("digests")
            digest = named.get("sha256") if isinstance(named, dict) else None
            if digest is None:
                continue  # another kind of digest
            if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
                raise ValueError("has an invalid digest of a file")  # noqa: TRY301
            digests[digest.lower()] = None
        if len(files) > _MAX_FILES:
            raise ValueError(f"has more than {_MAX_FILES} files")  # noqa: TRY301
    except ValueError as error:
        stats.add_unusable(f"record {known.id}", error)
    digests.pop(_EMPTY_FILE, None)  # many honest files are empty
    for digest in digests:
        yield replace(
            known,
            ecosystem=Ecosystem.FILE,
            package=f"{SHA256}{digest}",
            versions=(),
            ranges=((("introduced", "0"),),),
            excluded=(),
        )


def _affected(record: dict[str, Any]) -> list[Affected]:
    """Collect what a record says about each package; ``ValueError`` where it is invalid."""
    exact: dict[tuple[Ecosystem, str], list[str]] = {}
    ranges: dict[tuple[Ecosystem, str], list[Any]] = {}
    for part in listed(record, "affected", dict):
        package = part.get("package")
        if not isinstance(package, dict) or package.get("ecosystem") not in list(Ecosystem)[:3]:
            continue
        key = (Ecosystem(package["ecosystem"]), _package(package))
        exact.setdefault(key, []).extend(
            text for text in listed(part, "versions", str) if len(text) <= version_ranges.MAX_LENGTH
        )
        ranges.setdefault(key, []).extend(
            _events(each)
            for each in listed(part, "ranges", dict)
            if each.get("type") in {"SEMVER", "ECOSYSTEM"}
        )
        fields_and_import_stats.require_few(ranges[key])
    if not exact:
        return []
    of_database = record.get("database_specific")
    of_database = of_database if isinstance(of_database, dict) else {}
    aliases = tuple(text for text in listed(record, "aliases", str)[:20] if ID.fullmatch(text))
    cwes = of_database.get("cwe_ids")
    # Aliases do not count: the record with that id may have been withdrawn as a mistake.
    malicious = record["id"].startswith("MAL-") or (
        isinstance(cwes, list) and _EMBEDDED_MALICIOUS_CODE in cwes
    )
    severity, score = _severity(record, of_database, malicious=malicious)
    return [
        Affected(
            *key,
            record["id"],
            aliases,
            fields_and_import_stats.summary(record.get("summary") or record.get("details")),
            severity,
            score,
            malicious,
            f"https://osv.dev/vulnerability/{record['id']}",
            # Where every version is affected, a list of them is redundant.
            ()
            if any(map(version_ranges.is_everything, ranges[key]))
            else tuple(dict.fromkeys(named)),
            tuple(dict.fromkeys(ranges[key])),
        )
        for key, named in exact.items()
    ]


def _package(package: dict[str, Any]) -> str:
    name = package.get("name")
    if not isinstance(name, str) or not PACKAGE.fullmatch(name):
        raise ValueError("has an invalid package name")
    if package["ecosystem"] == Ecosystem.NPM:
        return name
    return ExtensionId.parse(name.replace("/", ".", 1)).key


def _events(each: dict[str, Any]) -> Events:
    events = [
        (what, at)
        for event in listed(each, "events", dict)
        for what, at in event.items()
        if what in {"introduced", "fixed", "last_affected"}
    ]
    if not all(isinstance(at, str) for _, at in events):
        raise ValueError("has events of the wrong type")
    return version_ranges.ordered(events)


def _severity(
    record: dict[str, Any], of_database: dict[str, Any], *, malicious: bool
) -> tuple[Severity, float | None]:
    """Take the score of the newest CVSS; without one the database's word, else medium.

    What is malicious is critical, whatever its score says of it as a vulnerability.
    """
    vectors = listed(record, "severity", dict)
    vectors += [
        vector
        for part in listed(record, "affected", dict)
        for vector in listed(part, "severity", dict)
    ]
    score = _score(vectors)
    if malicious:
        return Severity.CRITICAL, score
    if score is not None:
        return _rating(score), score
    return fields_and_import_stats.severity(of_database.get("severity")), None


def _score(vectors: list[dict[str, Any]]) -> float | None:
    if not vectors:
        return None
    from cvss import CVSS2, CVSS3, CVSS4, CVSSError

    for kind, scored in (("CVSS_V4", CVSS4), ("CVSS_V3", CVSS3), ("CVSS_V2", CVSS2)):
        for vector in vectors[:_MAX_VECTORS]:
            text = vector.get("score")
            if vector.get("type") == kind and isinstance(text, str) and len(text) < _MAX_VECTOR:
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
