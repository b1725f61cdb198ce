"""The key of a cached verdict."""

from msgspec import Struct


class CacheKey(Struct, frozen=True):
    """The key of a cached verdict. ``scope`` is the provider's."""

    scope: str
    extension: str
    version: str
    target_platform: str
    digest: str = ""
