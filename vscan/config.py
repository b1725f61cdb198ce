"""The configuration of a run: every value checked, every file read that an option names."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from vscan.policy.model import Policy
from vscan.settings.table import CACHE_KEY_VARIABLE, Settings

DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)  # a Struct would show the key in its repr
class CacheConfig:
    """Where verdicts are cached and for how long. Without a directory there is no cache.

    ``key`` is the secret of ``VSCAN_CACHE_KEY``.
    """

    directory: Path | None
    read: bool
    max_age_s: float
    key: bytes | None = field(default=None, repr=False)


class Config(Struct, frozen=True, kw_only=True):
    """What a run depends on: the settings, and what follows from several of them together."""

    settings: Settings = Settings()
    targets: tuple[Path, ...]  # empty: the directories of the editors on this machine
    inventories: tuple[str, ...] = ()  # paths, or "-"
    providers: tuple[str, ...]
    api_url: str
    workers: int = 1  # 1: sequential
    cache: CacheConfig
    policy: Policy = Policy()
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
