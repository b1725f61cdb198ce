"""``devcontainer.json``, at the places where the editor looks for it."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Literal

from vscan.discovery.named.container_lists import read_container
from vscan.discovery.named.id_lists import broken, no_object
from vscan.discovery.named.interface import Elsewhere, NamedKind, Read
from vscan.discovery.named.jsonc import Document, JsonString, read_each, select
from vscan.model import How
from vscan.safe_text import sanitize


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
    for path in (("build", "dockerfile"), ("dockerFile",), ("dockerfile",)):
        yield from _elsewhere(document, "dockerfile", path)
    yield from _elsewhere(document, "image", ("image",))


def _elsewhere(
    document: Document, what: Literal["dockerfile", "image"], path: tuple[str, ...]
) -> Iterator[Read]:
    """Read the reference to what the container is made of, whose labels install extensions, too."""
    for value in select(document.root, *path):
        if isinstance(value, JsonString):
            span = document.places.span(value.offset, value.length)
            yield Elsewhere(what, sanitize(value.text, 2000), How.INSTALLS, span)


KIND = NamedKind("dev-container", _accepts, _read)
