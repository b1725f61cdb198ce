"""The central directory of a ZIP archive: the list of its members.

A ZIP archive stores everything twice, and tools differ in which copy they trust. The editor trusts
the central directory, so this module reads that one; ``zip_local_headers`` compares it with the
header in front of each member. Every contradiction, and everything that could make other tools
unpack a different folder, is an ``ArchiveAnomaly``. Messages say table of contents for central
directory.
"""

import io
import itertools
import re
import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from msgspec import Struct, field

from vscan.extension_files.reading_in_parts import (
    MAX_NAMES,
    AnomalyKind,
    ArchiveAnomaly,
    UnreadableError,
    read_up_to,
)
from vscan.safe_text import pluralize, sanitize

# Records of PKWARE's APPNOTE.TXT, 4.3.7 to 4.3.16, and their marks.
_END, _END_MARK = struct.Struct("<4s4H2IH"), b"PK\5\6"
_ROW, _ROW_MARK = struct.Struct("<4s6H3I5H2I"), b"PK\1\2"
_UTF_8 = 0x800  # a flag
_FIELD, _SECOND_NAME = struct.Struct("<2H"), struct.Struct("<BI")  # of extra fields
_UNICODE_PATH = 0x7075  # an extra field with a second name; the editor prefers it
_ZIP64_FIELD = 0x0001  # an extra field with numbers of 64 bits
SEE_ZIP64, _COUNT_SEE_ZIP64 = 0xFFFFFFFF, 0xFFFF  # the number is in another record
_LOCATOR, _LOCATOR_MARK = struct.Struct("<4sIQI"), b"PK\6\7"  # of the record on the next line
_END64, _END64_MARK = struct.Struct("<4sQ2H2I4Q"), b"PK\6\6"
_END64_LENGTH = _END64.size - 12  # as the record itself declares it
_GZIP_MARK = b"\x1f\x8b"

_MAX_COMMENT_BYTES = 0xFFFF
_MAX_DIRECTORY_BYTES = 16 * 1024**2
MAX_NAME_BYTES = 1024
_PREFIX = "extension"  # the editor removes it, with or without a slash behind it
_SPECIAL_FILES = (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK)
_DRIVE = re.compile(r"[A-Za-z]:")


class Member(Struct, frozen=True):
    """One row. ``name`` is the path to which the editor unpacks it, if it belongs to the extension.

    ``raw_name`` is the name as stored; sizes are in bytes, ``offset`` is that of the header.
    """

    name: str
    raw_name: bytes
    is_file: bool
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    offset: int


class CentralDirectory(Struct, frozen=True):
    """The members in their order, and where the directory starts.

    Without ``is_complete`` the archive has more members than are listed here.
    """

    members: Sequence[Member]
    start: int
    is_complete: bool


class ArchiveIssues(Struct):
    """The gaps and anomalies of an archive, in the order in which reading found them."""

    gaps: list[str] = field(default_factory=list)
    anomalies: dict[ArchiveAnomaly, None] = field(default_factory=dict)  # an ordered set
    is_complete: bool = True

    def stop_at_limit(self, gap: str) -> None:
        """Record that a limit ended the reading."""
        self.gaps.append(gap)
        self.is_complete = False

    def record(self, kind: AnomalyKind, name: str, detail: str = "") -> None:
        """Record an anomaly of a member or, without a name, of the archive."""
        self.anomalies[ArchiveAnomaly(kind, name, detail)] = None


def read_central_directory(file: BinaryIO, issues: ArchiveIssues) -> CentralDirectory:
    """Read the central directory; ``UnreadableError`` without one."""
    start, length, count = _find_directory(file, issues)
    file.seek(start)
    members: list[Member] = []
    try:
        members.extend(
            itertools.islice(_directory_rows(read_up_to(file, length), issues), MAX_NAMES + 1)
        )
    except UnreadableError as error:
        issues.gaps.append(str(error))
        return CentralDirectory(members, start, is_complete=False)
    if len(members) > MAX_NAMES:
        issues.stop_at_limit(f"it has more than {MAX_NAMES} files and folders")
        return CentralDirectory(members[:MAX_NAMES], start, is_complete=False)
    if len(members) != count:
        detail = f"it has {pluralize(len(members), 'member')} and says {count}"
        issues.record(AnomalyKind.DISAGREEMENT, "", detail)
    return CentralDirectory(members, start, is_complete=True)


def _find_directory(file: BinaryIO, issues: ArchiveIssues) -> tuple[int, int, int]:
    """Find the central directory by the record at the archive's end: offset, bytes and rows."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _MAX_COMMENT_BYTES - _END.size))
    tail = read_up_to(file, _MAX_COMMENT_BYTES + _END.size)
    at = tail.rfind(_END_MARK)
    is_found = 0 <= at <= len(tail) - _END.size
    record = _END.unpack_from(tail, at) if is_found else (0,) * 8
    _, disk, first_disk, _, count, length, start, comment = record
    end = size - len(tail) + at
    if not is_found or at + _END.size + comment != len(tail):
        file.seek(0)
        if read_up_to(file, len(_GZIP_MARK)) == _GZIP_MARK:
            raise UnreadableError("it is a gzip file: unpack it first")
        raise UnreadableError("it is not a ZIP archive, or an incomplete one")
    file.seek(max(0, end - _LOCATOR.size))
    locator = read_up_to(file, _LOCATOR.size)
    if len(locator) == _LOCATOR.size and locator.startswith(_LOCATOR_MARK):
        declared = (disk, first_disk, count, length, start)
        end, (disk, first_disk, count, length, start) = _read_zip64_end(
            file, locator, end, declared, issues
        )
    elif SEE_ZIP64 in {length, start} or count == _COUNT_SEE_ZIP64:
        raise UnreadableError("it is a ZIP64 archive without the record that it needs")
    if disk or first_disk:
        raise UnreadableError("it is one part of several")
    if start + length > end:
        raise UnreadableError("its table of contents is not where it says")
    if length > _MAX_DIRECTORY_BYTES:
        limit = f"{_MAX_DIRECTORY_BYTES // 1024**2} MiB"
        raise UnreadableError(f"its table of contents is over {limit}")
    if start + length < end:
        # Tools that count back from the end would read another directory.
        issues.record(AnomalyKind.DISAGREEMENT, "", "its table of contents could be in two places")
    return start, length, count


def _read_zip64_end(
    file: BinaryIO, locator: bytes, end: int, declared: Sequence[int], issues: ArchiveIssues
) -> tuple[int, Sequence[int]]:
    """Read the end record of ZIP64: its offset, and the numbers in it.

    The editor trusts this record wherever it exists. ``declared`` are the numbers of the other one.
    """
    at = _LOCATOR.unpack(locator)[2]
    if at > end - _LOCATOR.size - _END64.size:
        raise UnreadableError("its ZIP64 record is not where it says")
    file.seek(at)
    record = read_up_to(file, _END64.size)
    if not record.startswith(_END64_MARK):
        raise UnreadableError("its ZIP64 record is not where it says")
    _, counted_bytes, _, _, disk, first_disk, _, count, length, start = _END64.unpack(record)
    numbers = (disk, first_disk, count, length, start)
    wide = (_COUNT_SEE_ZIP64, _COUNT_SEE_ZIP64, _COUNT_SEE_ZIP64, SEE_ZIP64, SEE_ZIP64)
    agree = all(
        one in {other, saturated}
        for one, other, saturated in zip(declared, numbers, wide, strict=True)
    )
    if not agree or counted_bytes != _END64_LENGTH or at + _END64.size + _LOCATOR.size != end:
        issues.record(AnomalyKind.DISAGREEMENT, "", "its end is described in two ways")
    return at, numbers


def _directory_rows(directory: bytes, issues: ArchiveIssues) -> Iterator[Member]:
    at = 0
    while at < len(directory):
        is_intact = len(directory) - at >= _ROW.size and directory.startswith(_ROW_MARK, at)
        if is_intact:
            (_, _, _, flags, method, _, _, checksum, packed, size, name_length, extra, comment,
             _, _, attributes, offset) = _ROW.unpack_from(directory, at)  # fmt: skip
            at += _ROW.size
            raw_name, fields = (
                directory[at : at + name_length],
                directory[at + name_length : at + name_length + extra],
            )
            at += name_length + extra + comment
            is_intact = at <= len(directory)
        if not is_intact:
            raise UnreadableError("the rest of its table of contents is damaged")
        if name_length > MAX_NAME_BYTES:
            issues.gaps.append(f"a member's name is over {MAX_NAME_BYTES} bytes long")
            raw_name = raw_name[:MAX_NAME_BYTES]
        name, is_file = _path_in_extension(_decoded_name(raw_name, flags, fields, issues), issues)
        (size, packed, offset), is_exact = with_zip64_numbers((size, packed, offset), fields)
        if not is_exact:
            issues.record(AnomalyKind.DISAGREEMENT, name, "its ZIP64 field does not fit its row")
        if stat.S_IFMT(attributes >> 16) in _SPECIAL_FILES and not name.endswith("/"):
            issues.record(AnomalyKind.LINK, name)
        if size and not is_file and name.endswith("/"):
            issues.record(AnomalyKind.STRAY, name, "a folder has content")
        yield Member(name, raw_name, is_file, flags, method, checksum, packed, size, offset)


def _decoded_name(raw_name: bytes, flags: int, fields: bytes, issues: ArchiveIssues) -> str:
    """Decode a name as the editor does."""
    text = (
        raw_name.decode("utf-8", "surrogateescape") if flags & _UTF_8 else raw_name.decode("cp437")
    )
    second = _second_name(raw_name, fields)
    if second not in {None, text}:
        if raw_name.isascii():  # otherwise the second name tells how to decode the first
            issues.record(
                AnomalyKind.DISAGREEMENT, second or "", f"it is called {sanitize(text, 100)}, too"
            )
        text = second or ""
    return text


def _second_name(raw_name: bytes, fields: bytes) -> str | None:
    for content in _extra_fields(fields, _UNICODE_PATH):
        if len(content) >= _SECOND_NAME.size:
            version, checksum = _SECOND_NAME.unpack_from(content)
            if version == 1 and checksum == zlib.crc32(raw_name):
                return content[_SECOND_NAME.size :].decode("utf-8", "surrogateescape")
    return None


def with_zip64_numbers(numbers: Sequence[int], fields: bytes) -> tuple[list[int], bool]:
    """Replace the numbers that 32 bits can't hold by those of the ZIP64 field, in their order.

    The second result is ``False`` if the field has more or fewer numbers than are missing: tools
    differ in how they read such a field.
    """
    contents = list(_extra_fields(fields, _ZIP64_FIELD))
    missing = [number for number, value in enumerate(numbers) if value == SEE_ZIP64]
    widened = list(numbers)
    if not contents or not missing:
        return widened, not missing
    content = contents[0]
    for number, (value,) in zip(missing, struct.iter_unpack("<Q", content[: len(content) // 8 * 8]),
                                strict=False):  # fmt: skip
        widened[number] = value
    return widened, len(contents) == 1 and len(content) == 8 * len(missing)


def _extra_fields(fields: bytes, wanted: int) -> Iterator[bytes]:
    """Yield the contents of the extra fields of one kind."""
    # Offsets instead of slices: a field of 64 KiB can contain sixteen thousand records.
    at = 0
    while at + _FIELD.size <= len(fields):
        number, length = _FIELD.unpack_from(fields, at)
        at += _FIELD.size
        if number == wanted:
            yield fields[at : at + length]
        at += length


def _path_in_extension(text: str, issues: ArchiveIssues) -> tuple[str, bool]:
    """Return the path to which the editor unpacks a member, and whether it is a file."""
    slashed = text.replace("\\", "/")
    below = slashed.removeprefix(_PREFIX)
    name = "/".join(part for part in below.split("/") if part not in {"", "."})
    is_outside = slashed.startswith("/") or _DRIVE.match(slashed) or ".." in slashed.split("/")
    if not slashed.startswith(_PREFIX):
        name = slashed
    elif ".." in name.split("/"):
        is_outside = True
    if is_outside:
        issues.record(AnomalyKind.OUTSIDE, name)
    if not text.isprintable():
        issues.record(AnomalyKind.NAME, name)
    elif slashed != text:
        issues.record(AnomalyKind.BACKSLASH, name)
    if slashed.endswith("/") or not name:
        return f"{name.rstrip('/')}/", False
    # The editor does not unpack members beside the extension's folder.
    return name, bool(is_outside) or slashed.startswith(_PREFIX)


def check_names(members: Sequence[Member], issues: ArchiveIssues) -> None:
    """Record names that would be unpacked to the same file."""
    # Hashes save memory: an archive may have many long names.
    exact: set[int] = set()
    folded: set[int] = set()
    for member in members:
        if not member.is_file:
            continue
        one, other = hash(member.name), hash(_folded(member.name))
        if one in exact:
            issues.record(AnomalyKind.DUPLICATE, member.name)
        elif other in folded:
            issues.record(AnomalyKind.COLLISION, member.name)
        exact.add(one)
        folded.add(other)


def _folded(name: str) -> str:
    """Remove the differences that Windows or macOS ignore."""
    trimmed = "/".join(part.rstrip(" .") for part in name.split("/"))
    return unicodedata.normalize("NFC", trimmed.casefold())
