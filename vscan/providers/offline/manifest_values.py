"""Read values of a manifest. It is untrusted: every value may have any type.

A value of another type than the editor accepts is treated as missing.
"""

from collections.abc import Mapping
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


def is_for_editor(manifest: Mapping[str, Any]) -> bool:
    """Whether an editor may start a package: not one with a command and nothing for an editor.

    A package of npm that has ``bin``, and no value that only editors read, is a tool for a
    terminal, whose user starts it. Editors start nothing of it.
    """
    has_value = any(manifest.get(key) for key in _FOR_EDITORS)
    is_uninstalled = bool(mapping(manifest.get("scripts")).get("vscode:uninstall"))
    return has_value or is_uninstalled or not manifest.get("bin")


def contributed(manifest: Mapping[str, Any]) -> set[str]:
    """Return the contribution points for which a manifest has a value."""
    return {point for point, value in mapping(manifest.get("contributes")).items() if value}
