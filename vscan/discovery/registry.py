"""Find out which registry a directory's extensions come from."""

import os
from collections.abc import Iterable
from pathlib import Path

from vscan.editors import editor_of
from vscan.model import Registry


def registry_of(target: Path, root: Path, directories: Iterable[str]) -> Registry | None:
    """Say where the editor whose directory it is fetches from; ``None`` where that is not known.

    It goes by the path as it was named, by where that leads (``root``), and by ``directories``,
    which the index names. Where they tell of several registries, nothing is known.
    """
    named = {os.path.abspath(target), str(root), *directories}  # noqa: PTH100 - links stay
    editors = (editor_of(directory) for directory in named)
    registries = {editor.registry for editor in editors if editor is not None}
    if len(registries) != 1:
        return None
    (registry,) = registries
    # What is said of Open VSX counts less in what is from the Marketplace. So nobody is believed
    # who may have made the folder, and the index in it, with the code that is to be judged.
    if registry is Registry.MARKETPLACE and _is_of_a_repository(root):
        return None
    return registry


def _is_of_a_repository(root: Path) -> bool:
    """Say whether a directory is a part of a working copy, or of what a pipeline checked out."""
    workspace = os.environ.get("GITHUB_WORKSPACE")
    if workspace and root.is_relative_to(os.path.realpath(workspace)):
        return True
    return any(os.path.lexists(folder / ".git") for folder in (root, *root.parents))
