"""The central directory of a ZIP archive, compared with the header in front of each member.

A ZIP archive stores everything twice, and tools differ in which copy they trust. The editor trusts
the central directory, so this module reads that one. Every contradiction, and everything that
could make other tools unpack a different folder, is an ``ArchiveAnomaly``. Messages call the
central directory the table of contents.
"""

import io
import itertools
import re
import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from vscan.extension_files.windows import (
    MAX_NAMES,
    AnomalyKind,
    ArchiveAnomaly,
    UnreadableError,
    read_up_to,
)
from vscan.text import pluralize, sanitize

# Records of PKWARE's APPNOTE.TXT, 4.3.7 to 4.3.16, and their marks.
_END, _END_MARK = struct.Struct("<4s4H2IH"), b"PK\5\6"
_ROW, _ROW_MARK = struct.Struct("<4s6H3I5H2I"), b"PK\1\2"
_HEADER, _HEADER_MARK = struct.Struct("<4s5H3I2H"), b"PK\3\4"
_DESCRIPTOR_MARK = b"PK\7\x08"
_DESCRIBED, _UTF_8 = 0x8, 0x800  # flags
_FIELD, _SECOND_NAME = struct.Struct("<2H"), struct.Struct("<BI")  # of extra fields
_UNICODE_PATH = 0x7075  # an extra field with a second name; the editor prefers it
_ZIP64_FIELD = 0x0001  # an extra field with numbers of 64 bits
_SEE_ZIP64, _COUNT_SEE_ZIP64 = 0xFFFFFFFF, 0xFFFF  # the number is in another record
_LOCATOR, _LOCATOR_MARK = struct.Struct("<4sIQI"), b"PK\6\7"  # of the record on the next line
_END64, _END64_MARK = struct.Struct("<4sQ2H2I4Q"), b"PK\6\6"
_END64_LENGTH = _END64.size - 12  # as the record itself declares it
_GZIP_MARK = b"\x1f\x8b"
_MAX_OFFSET = 2**62  # larger than any file; seek fails for more

_MAX_COMMENT_BYTES = 0xFFFF
_MAX_DIRECTORY_BYTES = 16 * 1024**2
_MAX_NAME_BYTES = 1024
_PREFIX = "extension"  # the editor removes it, with or without a slash behind it
_SPECIAL_FILES = (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK)
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Member:
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


@dataclass(frozen=True, slots=True)
class CentralDirectory:
    """The members in their order, and where the directory starts.

    Without ``is_complete`` the archive has more members than are listed here.
    """

    members: Sequence[Member]
    start: int
    is_complete: bool


@dataclass(slots=True)
class ArchiveIssues:
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
    elif _SEE_ZIP64 in {length, start} or count == _COUNT_SEE_ZIP64:
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
    wide = (_COUNT_SEE_ZIP64, _COUNT_SEE_ZIP64, _COUNT_SEE_ZIP64, _SEE_ZIP64, _SEE_ZIP64)
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
        if name_length > _MAX_NAME_BYTES:
            issues.gaps.append(f"a member's name is over {_MAX_NAME_BYTES} bytes long")
            raw_name = raw_name[:_MAX_NAME_BYTES]
        name, is_file = _path_in_extension(_decoded_name(raw_name, flags, fields, issues), issues)
        (size, packed, offset), is_exact = _with_zip64_numbers((size, packed, offset), fields)
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


def _with_zip64_numbers(numbers: Sequence[int], fields: bytes) -> tuple[list[int], bool]:
    """Replace the numbers that 32 bits can't hold by those of the ZIP64 field, in their order.

    The second result is ``False`` if the field has more or fewer numbers than are missing: tools
    differ in how they read such a field.
    """
    contents = list(_extra_fields(fields, _ZIP64_FIELD))
    missing = [number for number, value in enumerate(numbers) if value == _SEE_ZIP64]
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


def locate_contents(
    file: BinaryIO, directory: CentralDirectory, issues: ArchiveIssues
) -> list[int | None]:
    """Find where each member's content starts; ``None`` if it is missing or overlaps another."""
    starts: list[int | None] = []
    spans: list[tuple[int, int, int]] = []
    for number, member in enumerate(directory.members):
        span = _locate_content(file, member, issues)
        if span is None:
            starts.append(None)
            issues.gaps.append(f"{sanitize(member.name, 200)} is not where the archive says")
            continue
        start, end = span
        starts.append(start)
        spans.append((member.offset, end, number))
    free = 0
    for start, end, number in sorted(spans):
        if start < free:
            name = directory.members[number].name
            issues.record(AnomalyKind.OVERLAP, name)
            issues.gaps.append(f"{sanitize(name, 200)} overlaps another member")
            starts[number] = None
        elif start > free and directory.is_complete:
            _record_unlisted_bytes(file, free, start, issues)
        free = max(free, end)
    if directory.is_complete and free < directory.start:
        _record_unlisted_bytes(file, free, directory.start, issues)
    elif free > directory.start:
        issues.record(AnomalyKind.OVERLAP, "", "the table of contents with a member")
    return starts


def _locate_content(
    file: BinaryIO, member: Member, issues: ArchiveIssues
) -> tuple[int, int] | None:
    """Find where a member's content starts, and where its last record ends."""
    if member.offset + member.packed > _MAX_OFFSET:
        return None
    file.seek(member.offset)
    header = read_up_to(file, _HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_HEADER_MARK):
        return None
    _, _, flags, method, _, _, checksum, packed, size, name_length, extra = _HEADER.unpack(header)
    raw_name = read_up_to(file, min(name_length, _MAX_NAME_BYTES))
    start = member.offset + _HEADER.size + int(name_length) + int(extra)
    if _SEE_ZIP64 in {packed, size}:
        file.seek(start - int(extra))
        (size, packed), _ = _with_zip64_numbers((size, packed), read_up_to(file, int(extra)))
    declared, listed = (checksum, packed, size), (member.checksum, member.packed, member.size)
    is_described = bool(flags & _DESCRIBED)
    # A packer that writes to a pipe may not know the numbers yet; it writes zero for those.
    agree = all(
        one == other or (is_described and one == 0)
        for one, other in zip(declared, listed, strict=True)
    )
    agree = agree and (flags | _DESCRIBED, method) == (member.flags | _DESCRIBED, member.method)
    end = start + member.packed
    if is_described or member.flags & _DESCRIBED:
        described = _descriptor_length(file, member, end)
        # Some tools set the flag although the numbers are in the header.
        agree = agree and (described > 0 if described is not None else declared == listed)
        end += described or 0
    if raw_name != member.raw_name:
        detail = f"in front of it stands {sanitize(raw_name.decode('utf-8', 'replace'), 100)}"
        issues.record(AnomalyKind.DISAGREEMENT, member.name, detail)
    elif not agree:
        detail = "what stands around it differs from the table of contents"
        issues.record(AnomalyKind.DISAGREEMENT, member.name, detail)
    return start, end


def _descriptor_length(file: BinaryIO, member: Member, at: int) -> int | None:
    """Return the length of the data descriptor behind the content, which has four forms.

    0 if the descriptor contradicts the central directory, ``None`` if there is none.
    """
    file.seek(at)
    behind = read_up_to(file, 24)
    for mark in (_DESCRIPTOR_MARK, b""):
        # For an empty file, the long form starts with the same bytes as the short one.
        for form in ("<I2Q", "<I2I"):
            if form == "<I2Q" or max(member.packed, member.size) <= _SEE_ZIP64:
                record = mark + struct.pack(form, member.checksum, member.packed, member.size)
                if behind.startswith(record):
                    return len(record)
    return 0 if behind.startswith(_DESCRIPTOR_MARK) else None


def _record_unlisted_bytes(file: BinaryIO, start: int, end: int, issues: ArchiveIssues) -> None:
    file.seek(start)
    if read_up_to(file, len(_HEADER_MARK)) == _HEADER_MARK:
        issues.record(AnomalyKind.HIDDEN, "", f"at offset {start}")
    else:
        issues.record(AnomalyKind.STRAY, "", f"{end - start} at offset {start}")
