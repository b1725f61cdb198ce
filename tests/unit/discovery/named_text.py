"""What the kinds of the text family read, in short notations that tests compare."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from tests.unit.discovery.test_json_kinds import JSON_KINDS
from vscan.discovery import named
from vscan.discovery.named.interface import Elsewhere, Mistake, Named, NamedKind, Used

KINDS = {kind.name: kind for kind in named.KINDS if kind.name not in JSON_KINDS}
Item: TypeAlias = Named | Mistake | Elsewhere
SHELL = KINDS["install-commands"]


def short(item: Item) -> str:
    """Write an id with its version, ``rule`` of a mistake, or ``what: target`` for the rest."""
    if isinstance(item, Named):
        version = "prerelease" if item.is_pre_release else item.version
        return f"{item.id}@{version}" if version else str(item.id)
    return f"{item.what}: {item.target}" if isinstance(item, Elsewhere) else item.rule


def read(text: str, kind: NamedKind = SHELL) -> list[str]:
    """Read a text, and check that each place is in it and holds what is named."""
    text_lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    items = [item for item in kind.read(text) if not isinstance(item, Used)]
    for item in items:
        line = text_lines[item.span.line - 1]
        assert 1 <= item.span.column <= len(line) + 1
        assert item.span.column - 1 + item.span.length <= len(line)
    return [short(item) for item in items]


def read_directory(
    root: Path,
) -> Iterator[tuple[PurePosixPath, NamedKind, Item, str]]:
    """Read all files of a directory with the kinds that accept them; the last is the text."""
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        relative = PurePosixPath(path.relative_to(root).as_posix())
        text = path.read_bytes().decode("utf-8-sig")
        for kind in KINDS.values():
            if kind.accepts(relative):
                for item in kind.read(text):
                    if isinstance(item, Used):
                        continue
                    yield relative, kind, item, text
