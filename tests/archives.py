"""ZIP archives written by hand, so that every number and name in them can be wrong."""

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

MANIFEST = json.dumps(
    {"publisher": "acme", "name": "tools", "version": "1.0.0", "main": "./main"}
).encode()


@dataclass(frozen=True)
class Member:
    """A member as it should be, but for what a test changes. Names are whole ones."""

    name: str | bytes
    content: bytes = b"content"
    method: int = 8
    flags: int = 0x800  # names are UTF-8
    mode: int = 0o100644
    fields: bytes = b""  # extra fields of the table of contents
    packed: bytes | None = None
    size: int | None = None
    packed_size: int | None = None
    checksum: int | None = None
    header_name: str | bytes | None = None
    header_size: int | None = None
    header_numbers: tuple[int, int, int] | None = None  # checksum, packed and unpacked size
    header_fields: bytes = b""
    described: bytes | None = None  # what stands behind the content, with flag 8
    same_place_as: int | None = None  # the number of another member
    listed: bool = True
    saturated: bool = False  # sizes and offset are in a field of the table of contents
    before: bytes = b""

    @property
    def raw(self) -> bytes:
        return self.name.encode() if isinstance(self.name, str) else self.name


PACKAGE = Member("extension/package.json", MANIFEST)


def deflated(content: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def zipped(
    *members: Member,
    behind: bytes = b"",
    behind_table: bytes = b"",
    count: int | None = None,
    table_at: int = 0,
    comment: bytes = b"",
    comment_length: int | None = None,
    wide: Mapping[str, int] | None = None,
) -> bytes:
    """Write an archive. ``behind`` comes after the last member, ``table_at`` shifts the table.

    ``wide`` adds the records of ZIP64, with what is wrong in them; "saturated" says whether the
    usual record leaves its numbers to them.
    """
    out, table = bytearray(), bytearray()
    offsets: list[int] = []
    for member in members:
        packed = member.packed
        if packed is None:
            packed = deflated(member.content) if member.method == 8 else member.content
        size = len(member.content) if member.size is None else member.size
        length = len(packed) if member.packed_size is None else member.packed_size
        checksum = zlib.crc32(member.content) if member.checksum is None else member.checksum
        named = member.raw if member.header_name is None else member.header_name
        named = named.encode() if isinstance(named, str) else named
        flags = member.flags | (8 if member.described is not None else 0)
        out += member.before
        offset = len(out)
        if member.same_place_as is not None:
            offset = offsets[member.same_place_as]
        else:
            header_size = size if member.header_size is None else member.header_size
            numbers = (0, 0, 0) if member.described is not None else (checksum, length, header_size)
            numbers = member.header_numbers or numbers
            out += struct.pack("<4s5H3I2H", b"PK\3\4", 20, flags, member.method, 0, 0, *numbers,
                               len(named), len(member.header_fields))  # fmt: skip
            out += named + member.header_fields + packed + (member.described or b"")
        offsets.append(offset)
        if member.listed:
            if member.saturated:
                length = size = offset = 0xFFFFFFFF
            table += struct.pack("<4s6H3I5H2I", b"PK\1\2", 0x314, 20, flags, member.method, 0, 0,
                                 checksum, length, size, len(member.raw), len(member.fields), 0, 0,
                                 0, member.mode << 16, offset)  # fmt: skip
            table += member.raw + member.fields
    out += behind
    start = len(out) + table_at
    number = sum(m.listed for m in members) if count is None else count
    said = len(comment) if comment_length is None else comment_length
    length = len(table)
    if wide is not None:
        at = len(out + table + behind_table)
        its = {"counted": 44, "count": number, "length": length, "start": start, "at": at}
        its |= wide
        behind_table += struct.pack("<4sQ2H2I4Q", b"PK\6\6", its["counted"], 45, 45, 0, 0,
                                    its["count"], its["count"], its["length"],
                                    its["start"])  # fmt: skip
        behind_table += struct.pack("<4sIQI", b"PK\6\7", 0, its["at"], 1)
        if wide.get("saturated", 1):
            number, length, start = 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, number & 0xFFFF, number & 0xFFFF,
                      length, start, said)  # fmt: skip
    return bytes(out + table + behind_table + end + comment)


def described(content: bytes, *, mark: bool = True, wide: bool = False) -> bytes:
    """Write what stands behind a member whose sizes were not known before."""
    numbers = (zlib.crc32(content), len(deflated(content)), len(content))
    return (b"PK\7\x08" if mark else b"") + struct.pack("<I2Q" if wide else "<I2I", *numbers)


def wide_field(*numbers: int) -> bytes:
    """Write the extra field with numbers of 64 bits."""
    return struct.pack(f"<2H{len(numbers)}Q", 1, 8 * len(numbers), *numbers)


def second_name(raw: bytes, name: str) -> bytes:
    """Write the extra field with a member's name in UTF-8."""
    content = struct.pack("<BI", 1, zlib.crc32(raw)) + name.encode()
    return struct.pack("<2H", 0x7075, len(content)) + content
