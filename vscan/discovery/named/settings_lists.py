"""Read the settings of an editor that install extensions. All others install none."""

from collections.abc import Iterator

from vscan.discovery.named.id_lists import INSTALLED, read_list
from vscan.discovery.named.interface import Read
from vscan.discovery.named.jsonc import Document, JsonValue, select

SETTINGS = (
    "dev.containers.defaultExtensions",
    "dev.containers.defaultExtensionsIfInstalledLocally",
    "remote.containers.defaultExtensions",
    "remote.SSH.defaultExtensions",
    "github.codespaces.defaultExtensions",
    "remote.defaultExtensions",
    "remote.defaultExtensionsIfInstalledLocally",
)
# Words that are in every text with one of the settings, also where its name is cut into objects.
SETTINGS_WORDS = ("defaultExtensions",)


def read_settings(document: Document, settings: JsonValue | None) -> Iterator[Read]:
    """Read an object of settings; what is no object has none."""
    for setting in SETTINGS:
        for value in _values(settings, setting.split(".")):
            yield from read_list(document, value, INSTALLED)


def _values(settings: JsonValue | None, parts: list[str]) -> Iterator[JsonValue]:
    """Give the values of a setting; the editor takes ``{"a": {"b": 1}}`` for ``{"a.b": 1}``."""
    for number in range(1, len(parts) + 1):
        for value in select(settings, ".".join(parts[:number])):
            if number == len(parts):
                yield value
            else:
                yield from _values(value, parts[number:])
