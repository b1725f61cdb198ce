"""The configuration of a run: every value checked, every file read that an option names."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from vscan.errors import UsageError
from vscan.policy.model import Policy
from vscan.settings.table import CACHE_KEY_VARIABLE, Settings
from vscan.text import sanitize
from vscan.untrusted_input import stat_if_exists

DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class CacheConfig:
    """Where verdicts are cached and for how long. Without a directory there is no cache.

    ``key`` is the secret of ``VSCAN_CACHE_KEY``.
    """

    directory: Path | None
    read: bool
    max_age_s: float
    key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a run depends on: the settings, and what follows from several of them together."""

    settings: Settings = field(default_factory=Settings)
    targets: tuple[Path, ...]  # empty: the directories of the editors on this machine
    providers: tuple[str, ...]
    api_url: str
    workers: int = 1  # 1: sequential
    cache: CacheConfig
    policy: Policy = field(default_factory=Policy)
    data_directory: Path | None = None  # where public data about extensions is
    workspace: str = ""  # what a platform takes paths relative to; "": the working directory
    policy_files: tuple[str, ...] = ()  # the files that the policy was read from
    warnings: tuple[str, ...] = ()  # about the settings, for the report


def cache_key() -> bytes | None:
    """Take the secret of the MAC of cache rows from the environment.

    ``None`` without one; empty where the variable is empty, as in a pipeline that was
    not given its secret: the cache that it would read could be anybody's.
    """
    secret = os.environ.get(CACHE_KEY_VARIABLE)
    if secret is not None and not secret.strip():
        return b""
    return None if secret is None else secret.encode("utf-8", "surrogateescape")


_TARGETS = "a TARGET is a directory of extensions, such as ~/.vscode/extensions, or a .vsix file"


def check_target(text: str) -> Path:
    """Accept a directory of extensions or a .vsix file; ``UsageError`` for all else."""
    if not text:
        raise UsageError("a TARGET is empty", hint="perhaps a variable that is not set")
    path = Path(text)
    try:
        found = stat_if_exists(path)
        if found is not None and stat.S_ISDIR(found.st_mode):
            manifest = stat_if_exists(path / "package.json")
            is_manifest = manifest is not None and stat.S_ISREG(manifest.st_mode)
            if is_manifest and not _holds_extensions(path):
                raise UsageError(
                    f"{sanitize(text)} is one extension, not a directory of them",
                    hint="name the directory that it lies in; --include-ids chooses one",
                )
            return path
        is_file = found is not None and stat.S_ISREG(found.st_mode)
        if path.suffix.lower() == ".vsix" and is_file:
            return path
    except OSError:
        return path  # it is there and can't be looked at: the report will say so
    if found is not None:
        raise UsageError(f"{sanitize(text)} is neither a directory nor a .vsix file", hint=_TARGETS)
    raise UsageError(f"{sanitize(text)} does not exist", hint=_TARGETS)


def _holds_extensions(directory: Path) -> bool:
    """Say whether a directory with a ``package.json`` holds extensions, and is none itself.

    Such are those that come with an editor: npm builds them all together.
    """
    from vscan.extension_files import UnreadableError, is_extension_manifest, read_manifest

    def is_extension(folder: Path) -> bool:
        try:
            return is_extension_manifest(read_manifest(folder.resolve()))
        except (UnreadableError, OSError, RuntimeError):
            return False

    try:
        if is_extension_manifest(read_manifest(directory.resolve())):
            return False
    except UnreadableError:
        return False
    return any(is_extension(folder) for folder in directory.iterdir() if folder.is_dir())
