"""``devcontainer-feature.json`` and ``devcontainer-template.json``: parts of dev containers."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.container_lists import read_container
from vscan.discovery.named.id_lists import broken, no_object
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.jsonc import Document, read_each
from vscan.model import How

_NAMES = ("devcontainer-feature.json", "devcontainer-template.json")


def _accepts(path: PurePosixPath) -> bool:
    return path.name.lower() in _NAMES


def _read(text: str) -> Iterator[Read]:
    yield from read_each(text, _read_document)


def _read_document(document: Document) -> Iterator[Read]:
    yield from broken(document, How.INSTALLS)
    yield from no_object(document, How.INSTALLS)
    yield from read_container(document, document.root)


KIND = NamedKind("dev-container-feature", _accepts, _read)
