"""``.vscode/extensions.json``: what the editor recommends in a folder of a workspace."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.id_lists import RECOMMENDED, REFUSED, broken, no_object, read_list
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.jsonc import Document, JsonValue, read_json, select
from vscan.model import How


def read_recommendations(document: Document, value: JsonValue | None) -> Iterator[Read]:
    """Read an object with the lists ``recommendations`` and ``unwantedRecommendations``."""
    for key, form in (("recommendations", RECOMMENDED), ("unwantedRecommendations", REFUSED)):
        for inner in select(value, key):
            yield from read_list(document, inner, form)


def _accepts(path: PurePosixPath) -> bool:
    return [part.lower() for part in path.parts[-2:]] == [".vscode", "extensions.json"]


def _read(text: str) -> Iterator[Read]:
    document = read_json(text)
    yield from broken(document, How.RECOMMENDS)
    yield from no_object(document, How.RECOMMENDS)
    yield from read_recommendations(document, document.root)


KIND = NamedKind("workspace-recommendations", _accepts, _read)
