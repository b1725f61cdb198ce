"""``product.json`` of an editor that is built from source, with the extensions that it brings."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import structs

from vscan.discovery.named.id_lists import could_have, if_any, ignored, read_entry
from vscan.discovery.named.interface import Named, NamedKind, Read
from vscan.discovery.named.jsonc import (
    Document,
    JsonArray,
    JsonString,
    JsonValue,
    read_json,
    select,
)
from vscan.model import How
from vscan.safe_text import sanitize

_LISTS = ("builtInExtensions", "webBuiltInExtensions")


def _accepts(path: PurePosixPath) -> bool:
    return path.name.lower() == "product.json"


def _read(text: str) -> Iterator[Read]:
    if not could_have(text, *_LISTS):
        return
    document = read_json(text)
    yield from if_any(document, _read_lists(document), *_LISTS)


def _read_lists(document: Document) -> Iterator[Read]:
    for key in _LISTS:
        for value in select(document.root, key):
            if isinstance(value, JsonArray):
                for entry in value.items:
                    yield from _read_entry(document, entry)
            else:
                reason = "this is no list of extensions"
                yield ignored(document.places, value, How.INSTALLS, reason)


def _read_entry(document: Document, entry: JsonValue) -> Iterator[Read]:
    names = [value for value in select(entry, "name") if isinstance(value, JsonString)]
    versions = list(select(entry, "version"))
    hashes = [value for value in select(entry, "sha256") if isinstance(value, JsonString)]
    if not names:
        yield ignored(document.places, entry, How.INSTALLS, "this entry has no name")
    for string in names:
        for read in read_entry(document.places, string, versions[-1] if versions else None):
            if isinstance(read, Named) and hashes:
                yield structs.replace(read, hash=sanitize(hashes[-1].text, 200))
            else:
                yield read


KIND = NamedKind("product-file", _accepts, _read)
