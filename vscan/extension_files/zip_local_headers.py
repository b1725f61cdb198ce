"""The header in front of each member of a ZIP archive, compared with the central directory."""

import struct
from typing import BinaryIO

from vscan.extension_files.reading_in_parts import AnomalyKind, read_up_to
from vscan.extension_files.zip_directory import (
    MAX_NAME_BYTES,
    SEE_ZIP64,
    ArchiveIssues,
    CentralDirectory,
    Member,
    with_zip64_numbers,
)
from vscan.safe_text import sanitize

# Records of PKWARE's APPNOTE.TXT, 4.3.7 and 4.3.9, and their marks.
_HEADER, _HEADER_MARK = struct.Struct("<4s5H3I2H"), b"PK\3\4"
_DESCRIPTOR_MARK = b"PK\7\x08"
_DESCRIBED = 0x8  # a flag
_MAX_OFFSET = 2**62  # larger than any file; seek fails for more


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
    raw_name = read_up_to(file, min(name_length, MAX_NAME_BYTES))
    start = member.offset + _HEADER.size + int(name_length) + int(extra)
    if SEE_ZIP64 in {packed, size}:
        file.seek(start - int(extra))
        (size, packed), _ = with_zip64_numbers((size, packed), read_up_to(file, int(extra)))
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
            if form == "<I2Q" or max(member.packed, member.size) <= SEE_ZIP64:
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
