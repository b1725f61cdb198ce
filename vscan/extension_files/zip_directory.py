"""The table of contents of a ZIP archive, held against what stands in front of its members.

A ZIP archive says everything twice, and tools differ in what they believe. The editor goes by
the table, so that is what is read; whatever contradicts it, or what would make an unpacked
folder another one than is read here, is an ``ArchiveAnomaly``.
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
_UNICODE_PATH = 0x7075  # an extra field with a second name, which the editor prefers
_ZIP64_FIELD = 0x0001  # an extra field with numbers of 64 bits
_IN_ZIP64, _COUNT_IN_ZIP64 = 0xFFFFFFFF, 0xFFFF  # stand for numbers in another record
_LOCATOR, _LOCATOR_MARK = struct.Struct("<4sIQI"), b"PK\6\7"  # of the record below
_END64, _END64_MARK = struct.Struct("<4sQ2H2I4Q"), b"PK\6\6"
_END64_COUNTED = _END64.size - 12  # bytes, as the record itself counts them
_GZIP_MARK = b"\x1f\x8b"
_MAX_OFFSET = 2**62  # no file reaches it, and more can't be sought

_MAX_COMMENT_BYTES = 0xFFFF
_MAX_TABLE_BYTES = 16 * 1024**2
_MAX_NAME_BYTES = 1024
_PREFIX = "extension"  # the editor takes it off, with or without a slash behind it
_NO_FILES = (stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK)
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Member:
    """A row of the table. ``name`` is where the editor puts it, if it is a file of the extension.

    ``raw`` is the name as it stands there; sizes are in bytes, ``offset`` is its header's.
    """

    name: str
    raw: bytes
    is_file: bool
    flags: int
    method: int
    checksum: int
    packed: int
    size: int
    offset: int


@dataclass(frozen=True, slots=True)
class Table:
    """Every member in its order, and the offset behind the last. Not ``whole``: there are more."""

    members: Sequence[Member]
    start: int
    whole: bool


@dataclass(slots=True)
class Notes:
    """What could not be looked at in an archive, and what is odd about it."""

    gaps: list[str] = field(default_factory=list)
    anomalies: dict[ArchiveAnomaly, None] = field(
        default_factory=dict
    )  # a set that keeps its order
    whole: bool = True

    def cut(self, gap: str) -> None:
        """Note that a limit ended it before all was read."""
        self.gaps.append(gap)
        self.whole = False

    def odd(self, trait: AnomalyKind, name: str, detail: str = "") -> None:
        """Note an anomaly of a member, or, without a name, of the archive."""
        self.anomalies[ArchiveAnomaly(trait, name, detail)] = None


def read_table(file: BinaryIO, notes: Notes) -> Table:
    """Read the table; ``UnreadableError`` where there is none."""
    start, length, count = _find_table(file, notes)
    file.seek(start)
    members: list[Member] = []
    try:
        members.extend(itertools.islice(_rows(read_up_to(file, length), notes), MAX_NAMES + 1))
    except UnreadableError as error:
        notes.gaps.append(str(error))
        return Table(members, start, whole=False)
    if len(members) > MAX_NAMES:
        notes.cut(f"it has more than {MAX_NAMES} files and folders")
        return Table(members[:MAX_NAMES], start, whole=False)
    if len(members) != count:
        detail = f"it has {pluralize(len(members), 'member')} and says {count}"
        notes.odd(AnomalyKind.DISAGREEMENT, "", detail)
    return Table(members, start, whole=True)


def _find_table(file: BinaryIO, notes: Notes) -> tuple[int, int, int]:
    """Find the table by the record at the archive's end: its offset, bytes and rows."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _MAX_COMMENT_BYTES - _END.size))
    tail = read_up_to(file, _MAX_COMMENT_BYTES + _END.size)
    at = tail.rfind(_END_MARK)
    whole = 0 <= at <= len(tail) - _END.size
    record = _END.unpack_from(tail, at) if whole else (0,) * 8
    _, disk, first_disk, _, count, length, start, comment = record
    end = size - len(tail) + at
    if not whole or at + _END.size + comment != len(tail):
        file.seek(0)
        if read_up_to(file, len(_GZIP_MARK)) == _GZIP_MARK:
            raise UnreadableError("it is a gzip file: unpack it first")
        raise UnreadableError("it is no ZIP archive, or not a whole one")
    file.seek(max(0, end - _LOCATOR.size))
    locator = read_up_to(file, _LOCATOR.size)
    if len(locator) == _LOCATOR.size and locator.startswith(_LOCATOR_MARK):
        said = (disk, first_disk, count, length, start)
        end, (disk, first_disk, count, length, start) = _wide_end(file, locator, end, said, notes)
    elif _IN_ZIP64 in {length, start} or count == _COUNT_IN_ZIP64:
        raise UnreadableError("it is a ZIP64 archive without the record that it needs")
    if disk or first_disk:
        raise UnreadableError("it is one part of several")
    if start + length > end:
        raise UnreadableError("its table of contents is not where it says")
    if length > _MAX_TABLE_BYTES:
        limit = f"{_MAX_TABLE_BYTES // 1024**2} MiB"
        raise UnreadableError(f"its table of contents is over {limit}")
    if start + length < end:
        # Whoever counts back from the end reads another table.
        notes.odd(AnomalyKind.DISAGREEMENT, "", "its table of contents could be in two places")
    return start, length, count


def _wide_end(
    file: BinaryIO, locator: bytes, end: int, said: Sequence[int], notes: Notes
) -> tuple[int, Sequence[int]]:
    """Read ZIP64's own record of the end: its offset, and the numbers that count.

    The editor believes it wherever there is one. ``said`` are the numbers of the other record.
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
    wide = (_COUNT_IN_ZIP64, _COUNT_IN_ZIP64, _COUNT_IN_ZIP64, _IN_ZIP64, _IN_ZIP64)
    agree = all(
        one in {other, saturated} for one, other, saturated in zip(said, numbers, wide, strict=True)
    )
    if not agree or counted_bytes != _END64_COUNTED or at + _END64.size + _LOCATOR.size != end:
        notes.odd(AnomalyKind.DISAGREEMENT, "", "its end is described in two ways")
    return at, numbers


def _rows(table: bytes, notes: Notes) -> Iterator[Member]:
    at = 0
    while at < len(table):
        whole = len(table) - at >= _ROW.size and table.startswith(_ROW_MARK, at)
        if whole:
            (_, _, _, flags, method, _, _, checksum, packed, size, named, extra, comment,
             _, _, attributes, offset) = _ROW.unpack_from(table, at)  # fmt: skip
            at += _ROW.size
            raw, fields = table[at : at + named], table[at + named : at + named + extra]
            at += named + extra + comment
            whole = at <= len(table)
        if not whole:
            raise UnreadableError("the rest of its table of contents is damaged")
        if named > _MAX_NAME_BYTES:
            notes.gaps.append(f"a member's name is over {_MAX_NAME_BYTES} bytes long")
            raw = raw[:_MAX_NAME_BYTES]
        name, is_file = _place(_name(raw, flags, fields, notes), notes)
        (size, packed, offset), is_exact = _widened((size, packed, offset), fields)
        if not is_exact:
            notes.odd(AnomalyKind.DISAGREEMENT, name, "its ZIP64 field does not fit its row")
        if stat.S_IFMT(attributes >> 16) in _NO_FILES and not name.endswith("/"):
            notes.odd(AnomalyKind.LINK, name)
        if size and not is_file and name.endswith("/"):
            notes.odd(AnomalyKind.STRAY, name, "a folder has content")
        yield Member(name, raw, is_file, flags, method, checksum, packed, size, offset)


def _name(raw: bytes, flags: int, fields: bytes, notes: Notes) -> str:
    """Decode a name as the editor does."""
    text = raw.decode("utf-8", "surrogateescape") if flags & _UTF_8 else raw.decode("cp437")
    second = _second_name(raw, fields)
    if second not in {None, text}:
        if raw.isascii():  # else the second says in which alphabet the first one is
            notes.odd(
                AnomalyKind.DISAGREEMENT, second or "", f"it is called {sanitize(text, 100)}, too"
            )
        text = second or ""
    return text


def _second_name(raw: bytes, fields: bytes) -> str | None:
    for content in _fields(fields, _UNICODE_PATH):
        if len(content) >= _SECOND_NAME.size:
            version, checksum = _SECOND_NAME.unpack_from(content)
            if version == 1 and checksum == zlib.crc32(raw):
                return content[_SECOND_NAME.size :].decode("utf-8", "surrogateescape")
    return None


def _widened(numbers: Sequence[int], fields: bytes) -> tuple[list[int], bool]:
    """Put the numbers of a ZIP64 field where 32 bits don't hold them, in their order.

    Not all tools read a field alike that has more or less than that: then it is ``False``.
    """
    several = list(_fields(fields, _ZIP64_FIELD))
    missing = [number for number, value in enumerate(numbers) if value == _IN_ZIP64]
    widened = list(numbers)
    if not several or not missing:
        return widened, not missing
    content = several[0]
    for number, (value,) in zip(missing, struct.iter_unpack("<Q", content[: len(content) // 8 * 8]),
                                strict=False):  # fmt: skip
        widened[number] = value
    return widened, len(several) == 1 and len(content) == 8 * len(missing)


def _fields(fields: bytes, wanted: int) -> Iterator[bytes]:
    """Give the contents of the extra fields of one kind."""
    # Offsets, not slices: a field of 64 KiB can be sixteen thousand records.
    at = 0
    while at + _FIELD.size <= len(fields):
        number, length = _FIELD.unpack_from(fields, at)
        at += _FIELD.size
        if number == wanted:
            yield fields[at : at + length]
        at += length


def _place(text: str, notes: Notes) -> tuple[str, bool]:
    """Say where in the extension's folder the editor puts a member, and whether as a file."""
    slashed = text.replace("\\", "/")
    below = slashed.removeprefix(_PREFIX)
    name = "/".join(part for part in below.split("/") if part not in {"", "."})
    leads_out = slashed.startswith("/") or _DRIVE.match(slashed) or ".." in slashed.split("/")
    if not slashed.startswith(_PREFIX):
        name = slashed
    elif ".." in name.split("/"):
        leads_out = True
    if leads_out:
        notes.odd(AnomalyKind.OUTSIDE, name)
    if not text.isprintable():
        notes.odd(AnomalyKind.NAME, name)
    elif slashed != text:
        notes.odd(AnomalyKind.BACKSLASH, name)
    if slashed.endswith("/") or not name:
        return f"{name.rstrip('/')}/", False
    # What lies beside the extension is not unpacked.
    return name, bool(leads_out) or slashed.startswith(_PREFIX)


def compare_names(members: Sequence[Member], notes: Notes) -> None:
    """Look for names that meet in one file once they are unpacked."""
    # Hashes, because there may be many and long ones.
    exact: set[int] = set()
    folded: set[int] = set()
    for member in members:
        if not member.is_file:
            continue
        one, other = hash(member.name), hash(_folded(member.name))
        if one in exact:
            notes.odd(AnomalyKind.DUPLICATE, member.name)
        elif other in folded:
            notes.odd(AnomalyKind.COLLISION, member.name)
        exact.add(one)
        folded.add(other)


def _folded(name: str) -> str:
    """Leave out what Windows and macOS don't tell apart."""
    kept = "/".join(part.rstrip(" .") for part in name.split("/"))
    return unicodedata.normalize("NFC", kept.casefold())


def content_starts(file: BinaryIO, table: Table, notes: Notes) -> list[int | None]:
    """Find where each member's content starts; ``None`` where it has no place of its own."""
    starts: list[int | None] = []
    spans: list[tuple[int, int, int]] = []
    for number, member in enumerate(table.members):
        placed = _placed(file, member, notes)
        if placed is None:
            starts.append(None)
            notes.gaps.append(f"{sanitize(member.name, 200)} is not where the archive says")
            continue
        start, end = placed
        starts.append(start)
        spans.append((member.offset, end, number))
    free = 0
    for start, end, number in sorted(spans):
        if start < free:
            name = table.members[number].name
            notes.odd(AnomalyKind.OVERLAP, name)
            notes.gaps.append(f"{sanitize(name, 200)} overlaps another member")
            starts[number] = None
        elif start > free and table.whole:
            _between(file, free, start, notes)
        free = max(free, end)
    if table.whole and free < table.start:
        _between(file, free, table.start, notes)
    elif free > table.start:
        notes.odd(AnomalyKind.OVERLAP, "", "the table of contents with a member")
    return starts


def _placed(file: BinaryIO, member: Member, notes: Notes) -> tuple[int, int] | None:
    """Find where a member's content starts, and where what belongs to it ends."""
    if member.offset + member.packed > _MAX_OFFSET:
        return None
    file.seek(member.offset)
    header = read_up_to(file, _HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_HEADER_MARK):
        return None
    _, _, flags, method, _, _, checksum, packed, size, named, extra = _HEADER.unpack(header)
    raw = read_up_to(file, min(named, _MAX_NAME_BYTES))
    start = member.offset + _HEADER.size + int(named) + int(extra)
    if _IN_ZIP64 in {packed, size}:
        file.seek(start - int(extra))
        (size, packed), _ = _widened((size, packed), read_up_to(file, int(extra)))
    said, listed = (checksum, packed, size), (member.checksum, member.packed, member.size)
    is_described = bool(flags & _DESCRIBED)
    # A packer that writes into a pipe does not know them yet, or knows some: those are not zero.
    agree = all(
        one == other or (is_described and one == 0) for one, other in zip(said, listed, strict=True)
    )
    agree = agree and (flags | _DESCRIBED, method) == (member.flags | _DESCRIBED, member.method)
    end = start + member.packed
    if is_described or member.flags & _DESCRIBED:
        described = _descriptor_length(file, member, end)
        # Some tools leave the flag where they have put the numbers in front.
        agree = agree and (described > 0 if described is not None else said == listed)
        end += described or 0
    if raw != member.raw:
        detail = f"in front of it stands {sanitize(raw.decode('utf-8', 'replace'), 100)}"
        notes.odd(AnomalyKind.DISAGREEMENT, member.name, detail)
    elif not agree:
        detail = "what stands around it differs from the table of contents"
        notes.odd(AnomalyKind.DISAGREEMENT, member.name, detail)
    return start, end


def _descriptor_length(file: BinaryIO, member: Member, at: int) -> int | None:
    """Measure what repeats checksum and sizes behind the content: it has four forms.

    0 where it says something else, ``None`` where there is none.
    """
    file.seek(at)
    behind = read_up_to(file, 24)
    for mark in (_DESCRIPTOR_MARK, b""):
        # Of an empty file, the longer form begins as the shorter one does.
        for form in ("<I2Q", "<I2I"):
            if form == "<I2Q" or max(member.packed, member.size) <= _IN_ZIP64:
                record = mark + struct.pack(form, member.checksum, member.packed, member.size)
                if behind.startswith(record):
                    return len(record)
    return 0 if behind.startswith(_DESCRIPTOR_MARK) else None


def _between(file: BinaryIO, start: int, end: int, notes: Notes) -> None:
    file.seek(start)
    if read_up_to(file, len(_HEADER_MARK)) == _HEADER_MARK:
        notes.odd(AnomalyKind.HIDDEN, "", f"at offset {start}")
    else:
        notes.odd(AnomalyKind.STRAY, "", f"{end - start} at offset {start}")
