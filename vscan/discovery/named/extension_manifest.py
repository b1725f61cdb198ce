"""``package.json`` of an extension, with those that are installed with it; and that of Theia."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.id_lists import (
    INSTALLED,
    MEMBERS,
    could_have,
    if_any,
    ignored,
    read_list,
    read_string,
)
from vscan.discovery.named.interface import Named, NamedKind, Read
from vscan.discovery.named.jsonc import (
    Document,
    JsonObject,
    JsonString,
    JsonValue,
    read_json,
    select,
)
from vscan.model import How

# The runner of an extension's tests installs dependencies with the version that is written there.
_FORMS = {"extensionPack": MEMBERS, "extensionDependencies": INSTALLED}
_THEIA = "theiaPlugins"


def _accepts(path: PurePosixPath) -> bool:
    return path.name.lower() == "package.json"


def _read(text: str) -> Iterator[Read]:
    if not could_have(text, *_FORMS, _THEIA):
        return
    document = read_json(text)
    yield from if_any(document, _read_lists(document), *_FORMS, _THEIA)


def _read_lists(document: Document) -> Iterator[Read]:
    if any(select(document.root, "engines", "vscode")):
        for key, form in _FORMS.items():
            for value in select(document.root, key):
                yield from read_list(document, value, form)
    for value in select(document.root, _THEIA):
        yield from _read_theia(document, value)


def _read_theia(document: Document, plugins: JsonValue) -> Iterator[Read]:
    """Read an object of URLs; its names are chosen freely."""
    members = plugins.all_members() if isinstance(plugins, JsonObject) else ()
    for member in members:
        if isinstance(member.value, JsonString):
            read = read_string(document.places, member.value, INSTALLED)
            if not isinstance(read, Named):
                yield read
                continue
        reason = "this is no URL of an extension"
        yield ignored(document.places, member.value or member.key, How.INSTALLS, reason)


KIND = NamedKind("extension-manifest", _accepts, _read)
