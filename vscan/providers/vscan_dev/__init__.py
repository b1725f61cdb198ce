"""Who can be asked for a verdict.

A provider itself is light. What it needs to answer, a client, is made, and imported,
only when something is really asked: a run that the cache answers loads no HTTP.
"""

from datetime import date
from functools import cached_property

from vscan.model import CacheKey, DataState, Extension, Verdict
from vscan.providers.code_digest import code_digest
from vscan.providers.interface import Client, Limits
from vscan.providers.rate_limiter import RateLimiter
from vscan.providers.vscan_dev.rules import RULES
from vscan.providers.vscan_dev.schema import NAME

# What reads the service's answers, below the package.
CODE = ("providers/vscan_dev", "providers/transport.py", "model", "text.py", "untrusted_input.py")
DEFAULT_API_URL = "https://vscan.dev/api/extensions"


class VscanDev:
    """The provider ``vscan.dev``, or one that speaks its language at ``api_url``."""

    name = NAME
    rules = RULES
    local = False

    def __init__(self, api_url: str, limiter: RateLimiter, limits: Limits) -> None:
        self._api_url = api_url.rstrip("/")
        self._limiter = limiter
        self._limits = limits

    @cached_property
    def scope(self) -> str:
        """Remember by address and code: a test server's verdict is nobody else's."""
        return f"{NAME} {code_digest(*CODE)} {self._api_url}"

    def warnings(self, today: date) -> tuple[str, ...]:
        """Nothing: what the service rests on is its own affair."""
        del today
        return ()

    def data(self, today: date) -> tuple[DataState, ...]:
        """Nothing: what the service compares with is not here."""
        del today
        return ()

    def key(self, extension: Extension) -> CacheKey:
        """Remember by id, installed version and platform."""
        return CacheKey(
            self.scope,
            extension.id.key,
            extension.version or "",
            extension.target_platform or "",
        )

    def key_of(self, extension: Extension, verdict: Verdict) -> CacheKey:
        """Remember it under what was asked about, whichever version the service looked at."""
        del verdict
        return self.key(extension)

    def client(self) -> Client:
        """Open a session; it connects at the first request."""
        from vscan.providers.vscan_dev.client import VscanDevClient

        return VscanDevClient(self._api_url, self._limiter, self._limits)
