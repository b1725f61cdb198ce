"""``.vscode/extensions.json``: what the editor recommends in a folder of a workspace."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.id_lists import RECOMMENDED, REFUSED, broken, no_object, read_list
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.jsonc import Document, JsonValue, read_each, select
from vscan.model import How

_LISTS = (
    ("recommendations", RECOMMENDED),
    ("stronglyRecommended", RECOMMENDED),
    ("unwantedRecommendations", REFUSED),
)


def read_recommendations(document: Document, value: JsonValue | None) -> Iterator[Read]:
    """Read an object with lists of what is recommended, and of what should not be."""
    for key, form in _LISTS:
        for inner in select(value, key):
            yield from read_list(document, inner, form)


def _accepts(path: PurePosixPath) -> bool:
    return [part.lower() for part in path.parts[-2:]] == [".vscode", "extensions.json"]


def _read(text: str) -> Iterator[Read]:
    yield from read_each(text, _read_document)


def _read_document(document: Document) -> Iterator[Read]:
    yield from broken(document, How.RECOMMENDS)
    yield from no_object(document, How.RECOMMENDS)
    yield from read_recommendations(document, document.root)


KIND = NamedKind("workspace-recommendations", _accepts, _read)
