"""``*.code-workspace``: the recommendations and the settings of a workspace of several folders."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.id_lists import broken, no_object
from vscan.discovery.named.interface import NamedKind, Read
from vscan.discovery.named.jsonc import Document, read_each, select
from vscan.discovery.named.settings_lists import read_settings
from vscan.discovery.named.workspace_recommendations import read_recommendations
from vscan.model import How


def _accepts(path: PurePosixPath) -> bool:
    return path.name.lower().endswith(".code-workspace")


def _read(text: str) -> Iterator[Read]:
    yield from read_each(text, _read_document)


def _read_document(document: Document) -> Iterator[Read]:
    yield from broken(document, How.RECOMMENDS)
    yield from no_object(document, How.RECOMMENDS)
    for value in select(document.root, "extensions"):
        yield from read_recommendations(document, value)
    for value in select(document.root, "settings"):
        yield from read_settings(document, value)


KIND = NamedKind("workspace-file", _accepts, _read)
