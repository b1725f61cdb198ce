"""Digests: the same for a look-up and an analysis of the same bytes, and for nothing else."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.archives import PACKAGE, Member, zipped
from vscan.extension_files import (
    MAX_TOTAL_BYTES,
    OVERLAP_BYTES,
    WINDOW_BYTES,
    Chunk,
    Entry,
    Folder,
    open_extension,
)
from vscan.providers.offline.extension_digest import Digest

PIECE_BYTES = 256 * 1024
EDGES = (0, OVERLAP_BYTES, PIECE_BYTES, 2 * PIECE_BYTES, WINDOW_BYTES - OVERLAP_BYTES, WINDOW_BYTES,
         2 * WINDOW_BYTES - OVERLAP_BYTES, 2 * WINDOW_BYTES - 2 * OVERLAP_BYTES)  # fmt: skip
SIZES = [size + more for size in EDGES for more in (-1, 0, 1) if size + more >= 0]


def looked_up(root: Path) -> str:
    package, digest = open_extension(root), Digest(None, ())
    for piece in package.chunks():
        digest.add(piece)
    return digest.end(package)


def analysed(root: Path) -> str:
    package, digest = open_extension(root), Digest(None, ())
    for window in package.windows():
        digest.add(window.own_chunk)
    return digest.end(package)


def made(root: Path, *files: tuple[str, int, Iterable[bytes]]) -> str:
    """Digest files whose parts are given, each with the size that it says it has."""
    digest = Digest(None, ())
    for name, size, parts in files:
        entry = Entry(name, size)
        for part in parts:
            digest.add(Chunk(entry, part))
    return digest.end(Folder(root))


@pytest.mark.full
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "archive"])
def test_an_analysis_finds_its_verdict_again_and_no_other(
    tmp_path: Path, size: int, *, packed: bool
) -> None:
    content = os.urandom(1000) * (size // 1000) + bytes(size % 1000)

    def put(name: str, content: bytes) -> Path:
        place = tmp_path / name
        if packed:
            main = Member("extension/main.js", content, 0)
            place.write_bytes(zipped(PACKAGE, main, Member("extension/z", b"z")))
        else:
            place.mkdir()
            (place / "main.js").write_bytes(content)
            (place / "z").write_bytes(b"z")
        return place

    one = put("one.vsix", content)
    assert looked_up(one) == analysed(one)
    others = [put("longer.vsix", content + b"\0")]
    if content:  # at its end, where a digest of less than all would not look
        others.append(put("other.vsix", content[:-1] + bytes([content[-1] ^ 1])))
        others.append(put("shorter.vsix", content[:-1]))
    assert looked_up(one) not in {looked_up(other) for other in others}


@pytest.mark.full
def test_an_extension_of_exactly_the_size_limit_has_no_gap(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    os.truncate(tmp_path / "a", MAX_TOTAL_BYTES)
    folder = Folder(tmp_path)
    assert sum(len(piece.content) for piece in folder.chunks()) == MAX_TOTAL_BYTES
    assert folder.gaps == []
    (tmp_path / "b").write_bytes(b"1")
    folder = Folder(tmp_path)
    assert sum(len(piece.content) for piece in folder.chunks()) == MAX_TOTAL_BYTES + 1
    assert folder.gaps == ["it is over 1024 MiB"]


def test_no_content_passes_for_the_beginning_of_the_next_file(tmp_path: Path) -> None:
    """In an archive a size may lie: where a file ends is not what it says."""
    head = b"1:x1:1"
    one = made(tmp_path, ("x", 1, [b"p" + head + b"q"]), ("x", 1, [b"r"]))
    other = made(tmp_path, ("x", 1, [b"p"]), ("x", 1, [b"q" + head + b"r"]))
    assert one != other
    one = made(tmp_path, ("x", 1, [b"ab"]), ("x", 1, [b"c"]))
    assert one != made(tmp_path, ("x", 1, [b"a"]), ("x", 1, [b"bc"]))
    assert made(tmp_path, ("x", 3, [b"abc"])) == made(tmp_path, ("x", 3, [b"a", b"b", b"c"]))


def test_the_target_of_a_link_is_part_of_the_digest(tmp_path: Path) -> None:
    """A manifest that is a link is read, and both that it may lead to are there."""
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text(name)
    digests = set()
    for target in ("a.json", "b.json", "none.json"):
        (tmp_path / "package.json").unlink(missing_ok=True)
        (tmp_path / "package.json").symlink_to(target)
        assert looked_up(tmp_path) == analysed(tmp_path)
        digests.add(looked_up(tmp_path))
    assert len(digests) == 3
