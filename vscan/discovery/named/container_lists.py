"""Read what a dev container, a feature or the label of an image says about extensions."""

from collections.abc import Iterator

from vscan.discovery.named.id_lists import CONTAINER, INSTALLED, ignored, read_list, read_string
from vscan.discovery.named.interface import Elsewhere, Named, Read
from vscan.discovery.named.jsonc import (
    Document,
    JsonObject,
    JsonScalar,
    JsonString,
    JsonValue,
    select,
)
from vscan.discovery.named.settings_lists import read_settings
from vscan.lazy_regex import lazy_regex
from vscan.model import How
from vscan.safe_text import sanitize

_IDS = lazy_regex(r"[^\s,;|]+")


def read_container(document: Document, config: JsonValue | None) -> Iterator[Read]:
    """Read an object of the form of ``devcontainer.json``.

    Each editor has a name of its own among the ``customizations``; the first version of the format
    had its extensions and settings beside the other members.
    """
    for path in (("customizations", None, "extensions"), ("extensions",)):
        for value in select(config, *path):
            yield from read_list(document, value, CONTAINER)
    for path in (("customizations", None, "settings"), ("settings",)):
        for value in select(config, *path):
            yield from read_settings(document, value)
    for key in ("features", "dependsOn"):
        for value in select(config, key):
            yield from _read_features(document, value)


def _read_features(document: Document, features: JsonValue) -> Iterator[Read]:
    if not isinstance(features, JsonObject):
        if not (isinstance(features, JsonScalar) and features.text == "null"):
            reason = "this is no object of features"
            yield ignored(document.places, features, How.INSTALLS, reason)
        return
    for member in features.all_members():
        span = document.places.span(member.key.offset, member.key.length)
        yield Elsewhere("feature", sanitize(member.key.text, 2000), How.INSTALLS, span)
        for option in member.value.all_members() if isinstance(member.value, JsonObject) else ():
            if "extension" in option.key.text.lower() and isinstance(option.value, JsonString):
                yield from _read_option(document, option.value)


def _read_option(document: Document, value: JsonString) -> Iterator[Read]:
    """Read an option of a feature that lists ids, between commas or blanks."""
    ids = list(_IDS.finditer(value.text))
    for found in ids if value.length == len(value.text) else ():
        part = JsonString(found[0], value.offset + found.start(), len(found[0]))
        read = read_string(document.places, part, INSTALLED)
        if isinstance(read, Named):
            yield read
