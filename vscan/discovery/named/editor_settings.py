"""``settings.json`` of a workspace, a user or a machine.

Dotfiles keep it under any path, so every file of the name is read. It names nothing but by the few
settings that install.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.id_lists import broken
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.jsonc import read_json
from vscan.discovery.named.settings_lists import SETTINGS_WORDS, read_settings
from vscan.model import How


def _accepts(path: PurePosixPath) -> bool:
    return path.name.lower() == "settings.json"


def _read(text: str) -> Iterator[Read]:
    document = read_json(text)
    yield from broken(document, How.INSTALLS, *SETTINGS_WORDS)
    yield from read_settings(document, document.root)


KIND = NamedKind("editor-settings", _accepts, _read)
