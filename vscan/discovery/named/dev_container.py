"""``devcontainer.json``, at the places where the editor looks for it."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.container_lists import read_container
from vscan.discovery.named.id_lists import broken, no_object
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.jsonc import Document, read_each
from vscan.model import How


def _accepts(path: PurePosixPath) -> bool:
    *folders, name = [part.lower() for part in path.parts[-3:]]
    if name == ".devcontainer.json":
        return True
    return name == "devcontainer.json" and ".devcontainer" in folders


def _read(text: str) -> Iterator[Read]:
    yield from read_each(text, _read_document)


def _read_document(document: Document) -> Iterator[Read]:
    yield from broken(document, How.INSTALLS)
    yield from no_object(document, How.INSTALLS)
    yield from read_container(document, document.root)


KIND = NamedKind("dev-container", _accepts, _read)
