"""Determine the registry that the extensions of a directory come from."""

import os
from collections.abc import Iterable
from pathlib import Path

from vscan.editors import editor_of
from vscan.model import Registry

# Where the jobs of pipelines have their checkout: GitHub and those that are compatible, GitLab,
# Azure, Jenkins, Bitbucket, CircleCI, Travis, Buildkite, Drone, Woodpecker, CodeBuild.
_CHECKOUTS = (
    "GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY", "WORKSPACE",
    "BITBUCKET_CLONE_DIR", "CIRCLE_WORKING_DIRECTORY", "TRAVIS_BUILD_DIR",
    "BUILDKITE_BUILD_CHECKOUT_PATH", "DRONE_WORKSPACE", "CI_WORKSPACE", "CODEBUILD_SRC_DIR",
)  # fmt: skip
_WORKING_COPY = (".git", ".hg", ".svn", ".jj")


def registry_of(target: Path, root: Path, directories: Iterable[str]) -> Registry | None:
    """Return the registry of the editor that owns a directory; ``None`` if it is unknown.

    The editor is recognised by the path as given, by the resolved path (``root``), and by the
    ``directories`` that the index names. If they belong to different registries, it is unknown.
    """
    named = {os.path.abspath(target), str(root), *directories}  # noqa: PTH100 - links stay
    editors = (editor_of(directory) for directory in named)
    registries = {editor.registry for editor in editors if editor is not None}
    if len(registries) != 1:
        return None
    (registry,) = registries
    # A removal from Open VSX counts less for extensions from the Marketplace. So a directory in a
    # repository can't claim the Marketplace: the author of the scanned code may have written it.
    if registry is Registry.MARKETPLACE and is_in_repository(root):
        return None
    return registry


def is_in_repository(root: Path) -> bool:
    """Say whether a directory is inside of a working copy or of a pipeline's checkout."""
    for named in filter(None, map(os.environ.get, _CHECKOUTS)):
        checkout = os.path.expanduser(named)  # noqa: PTH111 - CircleCI's ~/project; never raises
        if root.is_relative_to(os.path.realpath(checkout)):
            return True
    return any(
        os.path.lexists(folder / name) for folder in (root, *root.parents) for name in _WORKING_COPY
    )
