"""Read values of a manifest. It is untrusted: every value may have any type.

A value of another type than the editor accepts is treated as missing.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any


def texts(value: object) -> list[str]:
    """Return the strings in a list, and an empty list for every other value."""
    items = value if isinstance(value, list) else []
    return [each for each in items if isinstance(each, str)]


def text(value: object) -> str:
    """Return a string without blanks around it, and an empty one for every other value."""
    return value.strip() if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object, and an empty one for every other value."""
    return value if isinstance(value, dict) else {}


_FOR_EDITORS = (
    "activationEvents",
    "contributes",
    "extensionDependencies",
    "extensionPack",
    "extensionKind",
    "enabledApiProposals",
)


_PROGRAMS = ("main", "browser", "module", "exports")


class Purpose(Enum):
    """What a package is for, by its manifest.

    - ``EXTENSION``: it has a value that only editors read
    - ``COMMAND``: it has none, and is a tool for a terminal, whose user starts it
    - ``LIBRARY``: it has neither, and a program; editors start it only if another extension
      depends on it
    - ``FILES``: it has no program that an editor or Node would start
    """

    EXTENSION = auto()
    COMMAND = auto()
    LIBRARY = auto()
    FILES = auto()


def purpose_of(manifest: Mapping[str, Any]) -> Purpose:
    """Say what a package is for."""
    has_value = any(manifest.get(key) for key in _FOR_EDITORS)
    if has_value or mapping(manifest.get("scripts")).get("vscode:uninstall"):
        return Purpose.EXTENSION
    if manifest.get("bin"):
        return Purpose.COMMAND
    return Purpose.LIBRARY if any(map(manifest.get, _PROGRAMS)) else Purpose.FILES


def contributed(manifest: Mapping[str, Any]) -> set[str]:
    """Return the contribution points for which a manifest has a value."""
    return {point for point, value in mapping(manifest.get("contributes")).items() if value}
