"""Parse the original formats of the public data strictly and within bounds.

A file is read once, entry by entry, so that an export of a quarter of a million records needs
memory only for its longest record and the list of its members. Unusable entries are counted in
``ImportStats``, with the reason of the first one. A file of another format, or with a wrong size
in it, is a ``ValueError`` whose text begins with "is" or "has".

This module recognises the format by the content and names the set that a file is. Each other
module parses one format, and ``fields_and_import_stats`` has what they share.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import IO

from vscan.advisories.formats import osv, removed, retire_js
from vscan.advisories.formats.fields_and_import_stats import ImportStats, parsed
from vscan.advisories.formats.removed import MARKETPLACE_LIST, OPEN_VSX_LIST
from vscan.advisories.formats.retire_js import RETIRE_JS
from vscan.advisories.records import Ecosystem, Entry

__all__ = [
    "MARKETPLACE_LIST",
    "MAX_FILE_BYTES",
    "OPEN_VSX_LIST",
    "RETIRE_JS",
    "Format",
    "ImportStats",
    "read",
    "set_name",
]

MAX_FILE_BYTES = 1024**3
_MAX_DOCUMENT_BYTES = 32 * 1024**2  # a list or a file of signatures, which are read whole
_HEAD = 64 * 1024


class Format(StrEnum):
    """What a file can be."""

    REMOVED_LIST = "the Marketplace's list of removed extensions"
    OPEN_VSX_CONTROL = "Open VSX's extension control file"
    OSV_EXPORT = "an OSV export"
    OSV_RECORDS = "OSV records"
    RETIRE_JS = "retire.js's repository"


# The set that each format belongs to. OSV's exports differ by their ecosystem.
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


def set_name(kind: Format, stats: ImportStats) -> str:
    """Name the set of a file: all records of an ecosystem's export are about that ecosystem.

    The Marketplace's ecosystem contains the one of Open VSX.
    """
    if kind is not Format.OSV_EXPORT:
        return _SET_OF[kind]
    for ecosystem, name in _EXPORT_OF.items():
        if stats.about.get(ecosystem) == stats.imported:
            return name
    if Ecosystem.NPM in stats.about:
        raise ValueError("is an OSV export of several ecosystems")
    return _EXPORT_OF[Ecosystem.MARKETPLACE]


def read(file: IO[bytes], stats: ImportStats) -> tuple[Format, Iterator[Entry]]:
    """Recognise a seekable file; ``ValueError`` where its format is unknown.

    The entries are parsed while they are iterated, which may raise ``ValueError``, too.
    """
    size = file.seek(0, 2)
    file.seek(0)
    if size > MAX_FILE_BYTES:
        raise ValueError(f"has more than {MAX_FILE_BYTES // 1024**2} MiB")
    head = file.read(_HEAD)
    file.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return Format.OSV_EXPORT, osv.export(file, stats)
    text = head.decode("utf-8-sig", "replace")
    if removed.is_marketplace_list(text):
        return Format.REMOVED_LIST, removed.marketplace_list(_whole(file), stats)
    if not text.lstrip().startswith(("{", "[")):
        raise ValueError("is none of the formats that can be imported")
    return _json(file, size, stats)


def _json(file: IO[bytes], size: int, stats: ImportStats) -> tuple[Format, Iterator[Entry]]:
    """Recognise the formats in JSON: one document, or a record on each line."""
    first = file.readline(osv.MAX_RECORD_BYTES + 1)
    try:
        begins = parsed(first)
    except ValueError:
        begins = None
    lines = isinstance(begins, dict) and bool(file.readline(_HEAD).strip())
    file.seek(0)
    if lines and osv.is_record(begins):
        return Format.OSV_RECORDS, osv.lines(file, stats)
    if size > _MAX_DOCUMENT_BYTES:
        raise ValueError(
            f"is not an OSV export and has more than {_MAX_DOCUMENT_BYTES // 1024**2} MiB"
        )
    found = parsed(file.read(_MAX_DOCUMENT_BYTES))
    records = found if isinstance(found, list) else [found]
    if records and all(map(osv.is_record, records)):
        return Format.OSV_RECORDS, osv.records(records, stats)
    if isinstance(found, dict):
        if removed.is_open_vsx_control(found):
            return Format.OPEN_VSX_CONTROL, removed.open_vsx_control(found, stats)
        if retire_js.is_repository(found):
            return Format.RETIRE_JS, retire_js.libraries(found, stats)
    raise ValueError("is none of the formats that can be imported")


def _whole(file: IO[bytes]) -> str:
    raw = file.read(_MAX_DOCUMENT_BYTES + 1)
    if len(raw) > _MAX_DOCUMENT_BYTES:
        raise ValueError(f"has more than {_MAX_DOCUMENT_BYTES // 1024**2} MiB")
    return raw.decode("utf-8-sig", "replace")
