"""``settings.json`` of a workspace, a user or a machine.

Dotfiles keep it under any path, so every file of the name is read. It names nothing but by the few
settings that install.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.id_lists import could_have, if_any
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.jsonc import Document, read_each
from vscan.discovery.named.settings_lists import SETTINGS_WORDS, read_settings


def _accepts(path: PurePosixPath) -> bool:
    return path.name.lower() == "settings.json"


def _read(text: str) -> Iterator[Read]:
    if could_have(text, *SETTINGS_WORDS):
        yield from read_each(text, _read_document)


def _read_document(document: Document) -> Iterator[Read]:
    yield from if_any(document, read_settings(document, document.root), *SETTINGS_WORDS)


KIND = NamedKind("editor-settings", _accepts, _read)
