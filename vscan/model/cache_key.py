"""The key of a cached verdict."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CacheKey:
    """The key of a cached verdict. ``scope`` is the provider's."""

    scope: str
    extension: str
    version: str
    target_platform: str
    digest: str = ""
