"""Read what a dev container, a feature or the label of an image says about extensions."""

from collections.abc import Iterator

from vscan.discovery.named.id_lists import CONTAINER, ignored, read_list
from vscan.discovery.named.interface import Elsewhere, Read
from vscan.discovery.named.jsonc import Document, JsonObject, JsonScalar, JsonValue, select
from vscan.discovery.named.settings_lists import read_settings
from vscan.model import How
from vscan.safe_text import sanitize


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
