"""The original formats of the public data, parsed: strict, bounded, known by their content.

A file is read once, entry by entry, so that an export of a quarter of a million records
takes no more memory than its longest and the list of its members. What can't be taken is
counted in a ``Tally``, with the first reason; what is not any of the formats, or lies about
its size, is a ``ValueError`` that "is ..." or "has ..." something.

This module tells the formats apart and names the set that a file is; each of the others
knows one of them, and ``fields`` what they have in common.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import IO

from vscan.advisories.formats import osv, removed, retire_js
from vscan.advisories.formats.fields import Tally, parsed
from vscan.advisories.formats.removed import MARKETPLACE_LIST, OPEN_VSX_LIST
from vscan.advisories.formats.retire_js import RETIRE_JS
from vscan.advisories.records import Ecosystem, Entry

__all__ = [
    "MARKETPLACE_LIST",
    "MAX_FILE_BYTES",
    "OPEN_VSX_LIST",
    "RETIRE_JS",
    "Format",
    "Tally",
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
        return Format.OSV_EXPORT, osv.export(file, tally)
    text = head.decode("utf-8-sig", "replace")
    if removed.is_marketplace_list(text):
        return Format.REMOVED_LIST, removed.marketplace_list(_whole(file), tally)
    if not text.lstrip().startswith(("{", "[")):
        raise ValueError("is none of the formats that can be imported")
    return _json(file, size, tally)


def _json(file: IO[bytes], size: int, tally: Tally) -> tuple[Format, Iterator[Entry]]:
    """Tell the formats in JSON apart, and lines of JSON from one document."""
    first = file.readline(osv.MAX_RECORD_BYTES + 1)
    try:
        begins = parsed(first)
    except ValueError:
        begins = None
    lines = isinstance(begins, dict) and bool(file.readline(_HEAD).strip())
    file.seek(0)
    if lines and osv.is_record(begins):
        return Format.OSV_RECORDS, osv.lines(file, tally)
    if size > _MAX_DOCUMENT_BYTES:
        raise ValueError(f"is no OSV export and has more than {_MAX_DOCUMENT_BYTES // 1024**2} MiB")
    found = parsed(file.read(_MAX_DOCUMENT_BYTES))
    records = found if isinstance(found, list) else [found]
    if records and all(map(osv.is_record, records)):
        return Format.OSV_RECORDS, osv.records(records, tally)
    if isinstance(found, dict):
        if removed.is_open_vsx_control(found):
            return Format.OPEN_VSX_CONTROL, removed.open_vsx_control(found, tally)
        if retire_js.is_repository(found):
            return Format.RETIRE_JS, retire_js.libraries(found, tally)
    raise ValueError("is none of the formats that can be imported")


def _whole(file: IO[bytes]) -> str:
    raw = file.read(_MAX_DOCUMENT_BYTES + 1)
    if len(raw) > _MAX_DOCUMENT_BYTES:
        raise ValueError(f"has more than {_MAX_DOCUMENT_BYTES // 1024**2} MiB")
    return raw.decode("utf-8-sig", "replace")
