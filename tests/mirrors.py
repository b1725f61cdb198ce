"""Mirrors of a registry for tests: the same archives in three layouts."""

import shutil
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.builders import pack

PACKAGE = "Microsoft.VisualStudio.Services.VSIXPackage"
# The id, the version and the platform of each archive.
ARCHIVES = (
    ("acme.tools", "1.0.0", None),
    ("acme.tools", "1.1.0", "linux-x64"),
    ("acme.tools", "1.1.0", "win32-x64"),
    ("vendor.other", "2.0.0", None),
)


def flat(root: Path, archives: Iterable[tuple[str, str, str | None]] = ARCHIVES) -> Path:
    """Lay all archives out in one directory."""
    for text, version, platform in archives:
        path = pack(root, text, version, platform=platform)
        suffix = f"-{platform}" if platform else ""
        path.rename(root / f"{text}-{version}{suffix}.vsix")
    return root


def unpacked(root: Path, archives: Iterable[tuple[str, str, str | None]] = ARCHIVES) -> Path:
    """Lay archives out as publisher/name/version, each with its unpacked files beside it."""
    for text, version, platform in archives:
        publisher, _, name = text.partition(".")
        suffix = f"@{platform}" if platform else ""
        place = root / publisher / name / f"{version}{suffix}"
        path = pack(place, text, version, platform=platform)
        with zipfile.ZipFile(path) as archive:
            archive.extractall(place)
        path.rename(place / f"{text}-{version}{suffix}.vsix")
    return root


def offline_copy(root: Path, archives: Iterable[tuple[str, str, str | None]] = ARCHIVES) -> Path:
    """Lay archives out as artifacts/extensions/id/version/platform, without a suffix."""
    for text, version, platform in archives:
        of_version = root / "artifacts" / "extensions" / text / version
        place = of_version / (platform or "")
        path = pack(place, text, version, platform=platform)
        with zipfile.ZipFile(path) as archive:
            manifest = archive.read("extension/package.json")
        path.rename(place / PACKAGE)
        (place / "Microsoft.VisualStudio.Code.Manifest").write_bytes(manifest)
        (place / "Microsoft.VisualStudio.Services.Content.Details").write_text(
            f"# {text}\n\n    code --install-extension {text}\n", "utf-8"
        )
        for file in (of_version / "extension.json", of_version.parent / "latest.json"):
            file.write_text(f'{{"identity": "{text}", "recommended": true}}', "utf-8")
    (root / "artifacts" / "recommendations.json").write_text("[]", "utf-8")
    return root


LAYOUTS: tuple[Callable[[Path], Path], ...] = (flat, unpacked, offline_copy)


def remove_archives(root: Path) -> None:
    """Delete the archives of a mirror, and leave the rest of it."""
    for path in root.rglob("*"):
        if path.suffix == ".vsix" or path.name == PACKAGE:
            path.unlink()


def copy(root: Path, to: Path) -> Path:
    """Copy a mirror."""
    return Path(shutil.copytree(root, to))
