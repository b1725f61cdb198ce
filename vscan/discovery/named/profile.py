"""``*.code-profile``: an exported profile, which the editor installs when it is imported.

Its member ``extensions`` is a string that is JSON itself; ``settings`` is one with a string in it
that is the text of ``settings.json``.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import structs

from vscan.discovery.named.id_lists import (
    broken,
    ignored,
    names_extension,
    no_object,
    read_entry,
    unresolved,
)
from vscan.discovery.named.interface import Named, NamedKind, Read
from vscan.discovery.named.jsonc import (
    Document,
    JsonArray,
    JsonScalar,
    JsonString,
    JsonValue,
    read_embedded,
    read_json,
    select,
)
from vscan.discovery.named.settings_lists import read_settings
from vscan.model import How
from vscan.safe_text import sanitize


def _accepts(path: PurePosixPath) -> bool:
    return path.name.lower().endswith(".code-profile")


def _read(text: str) -> Iterator[Read]:
    document = read_json(text)
    yield from broken(document, How.INSTALLS)
    yield from no_object(document, How.INSTALLS)
    for value in select(document.root, "extensions"):
        if isinstance(value, JsonString):
            inner = read_embedded(document, value)
            yield from broken(inner, How.INSTALLS)
            yield from _read_extensions(inner, inner.root)
        else:
            yield from _read_extensions(document, value)
    for value in select(document.root, "settings"):
        if isinstance(value, JsonString):
            yield from _read_settings(read_embedded(document, value))


def _read_extensions(document: Document, value: JsonValue | None) -> Iterator[Read]:
    if isinstance(value, JsonArray):
        for entry in value.items:
            yield from _read_entry(document, entry)
    elif value is not None and not (isinstance(value, JsonScalar) and value.text == "null"):
        yield ignored(document.places, value, How.INSTALLS, "this is no list of extensions")


def _read_entry(document: Document, entry: JsonValue) -> Iterator[Read]:
    ids = [value for value in select(entry, "identifier", "id") if isinstance(value, JsonString)]
    uuids = [v.text for v in select(entry, "identifier", "uuid") if isinstance(v, JsonString)]
    versions = list(select(entry, "version"))
    pre_releases = select(entry, "preRelease")
    is_pre_release = any(isinstance(v, JsonScalar) and v.text == "true" for v in pre_releases)
    if not ids and uuids:  # the editor installs by it, so something is installed all the same
        yield unresolved(document.places, entry, uuids[-1])
    elif not ids:
        yield ignored(document.places, entry, How.INSTALLS, "this entry has no id")
    for string in ids:
        for read in read_entry(document.places, string, versions[-1] if versions else None):
            if isinstance(read, Named):
                yield structs.replace(
                    read,
                    is_pre_release=is_pre_release and not read.version,
                    uuid=sanitize(uuids[-1], 100) if uuids else "",
                )
            else:
                yield read
        if uuids and not names_extension(string):
            yield unresolved(document.places, string, uuids[-1])


def _read_settings(document: Document) -> Iterator[Read]:
    for value in select(document.root, "settings"):
        if isinstance(value, JsonString):
            inner = read_embedded(document, value, as_editor=True)
            yield from read_settings(inner, inner.root)


KIND = NamedKind("profile", _accepts, _read)
