"""Decide whether a package in a lock file is shipped with the extension."""

import itertools
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

from vscan.bounded_json import parse_json
from vscan.model import Package
from vscan.providers.offline.check_interface import MAX_PACKAGES, ExtensionContext
from vscan.providers.offline.lockfiles import only_for_development
from vscan.providers.offline.manifest_values import mapping
from vscan.providers.offline.package_recognition import INSTALLED_FOLDER, INSTALLED_MANIFEST


class ShippedPackages:
    """Says why a locked package is not shipped, as far as that is certain.

    The name of the lock file's folder proves nothing, because the author chooses it. A package of
    that name in any ``node_modules``, in whatever version, may contain the code. And nothing is
    certain unless every file was read to its end.
    """

    def __init__(self, context: ExtensionContext) -> None:
        self._context = context
        self._for_development: dict[str, set[tuple[str, str]]] = {}

    def absence(self, package: Package, lock_files: Collection[str | None]) -> str | None:
        """Say why a package is not shipped although these lock files contain it, or ``None``."""
        overflow = len(self._context.packages) >= MAX_PACKAGES  # more packages may be installed
        if overflow or not self._context.is_complete or package.name.casefold() in self._present:
            return None
        reasons = [self._reason(package, file or "") for file in lock_files]
        return reasons[0] if all(reasons) else None

    @cached_property
    def _present(self) -> set[str]:
        """The case-folded names of all packages that anything but a lock file shows."""
        context = self._context
        folders = (m[1] for e in context.entries for m in INSTALLED_FOLDER.finditer(e.name))
        packages = (p.name for p in context.packages.values() if p.evidence != "lock-file")
        manifests = (name for name in context.kept_files if name.endswith("/package.json"))
        names = (str(self._manifest(name).get("name")) for name in manifests)
        return {name.casefold() for name in itertools.chain(folders, packages, names)}

    @cached_property
    def _folders_with_packages(self) -> set[str]:
        """The folders whose ``node_modules`` contains a package with a manifest."""
        names = (entry.name for entry in self._context.entries)
        installed = (name for name in names if INSTALLED_MANIFEST.fullmatch(name))
        return {name.partition("node_modules/")[0] for name in installed}

    def _reason(self, package: Package, lock_file: str) -> str | None:
        folder = lock_file[: lock_file.rfind("/") + 1]
        if folder in self._folders_with_packages:
            return "not installed beside the lock file"
        if (package.name, package.version) in self._development_packages(lock_file, folder):
            return "for development alone"
        return None

    def _development_packages(self, lock_file: str, folder: str) -> set[tuple[str, str]]:
        if lock_file not in self._for_development:
            is_yarn = lock_file.endswith("yarn.lock")
            content = self._context.kept_files.get(lock_file) if is_yarn else None
            manifest = self._manifest(f"{folder}package.json")
            found = only_for_development(content, manifest) if content is not None else set()
            self._for_development[lock_file] = found
        return self._for_development[lock_file]

    def _manifest(self, name: str) -> Mapping[str, Any]:
        with suppress(ValueError):
            return mapping(parse_json(self._context.kept_files.get(name) or b""))
        return {}
