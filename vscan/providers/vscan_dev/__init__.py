"""The provider ``vscan.dev``: the web API.

The provider itself is light. Its client, with HTTP, is imported when something is really asked.
"""

from contextlib import AbstractContextManager, nullcontext
from datetime import date
from functools import cached_property
from typing import Final, Self

from vscan.model import CacheKey, DataState, Extension, Rule, Verdict
from vscan.providers.interface import Client, Limits, ProviderOptions
from vscan.providers.own_code_digest import code_digest
from vscan.providers.rate_limiter import RateLimiter

# The code that reads the service's answers: files and folders below the package.
CODE: Final = (
    *("providers/vscan_dev", "providers/http_request.py", "providers/connections_with_deadline.py"),
    *("model", "safe_text.py", "bounded_json.py"),
)
NAME: Final = "vscan.dev"
DEFAULT_API_URL: Final = "https://vscan.dev/api/extensions"


class VscanDev:
    """The service vscan.dev, or one with the same API at ``api_url``."""

    name = NAME
    summary = "the web API"
    requests_per_lookup = 3  # submit, poll, fetch
    sends = "publisher and name, nothing else"

    def __init__(
        self, api_url: str, limiter: RateLimiter, limits: Limits, workers: int = 1
    ) -> None:
        self.limiter = limiter
        self.workers = workers
        self._api_url = api_url.rstrip("/")
        self._limits = limits

    @classmethod
    def create(cls, options: ProviderOptions) -> Self:
        """Make the provider, with a rate limiter of its own."""
        limits = options.limits
        limiter = RateLimiter(
            options.delay_s / options.workers,
            max_wait_s=limits.max_wait_s,
            retry_delay_s=limits.retry_delay_s,
        )
        return cls(options.api_url, limiter, limits, options.workers)

    @staticmethod
    def rules() -> tuple[Rule, ...]:
        """List every rule that its findings can carry."""
        from vscan.providers.vscan_dev.rules import RULES

        return RULES

    @cached_property
    def scope(self) -> str:
        """The name, the code and the address: a test server's verdicts stay its own."""
        return f"{self.name} {code_digest(*CODE)} {self._api_url}"

    def warnings(self, today: date) -> tuple[str, ...]:
        """Report nothing: the verdicts rest on the service alone."""
        del today
        return ()

    def data(self, today: date) -> tuple[DataState, ...]:
        """List nothing, likewise."""
        del today
        return ()

    def key(self, extension: Extension) -> CacheKey:
        """Make a cache key of id, installed version and platform."""
        return CacheKey(
            self.scope,
            extension.id.key,
            extension.version or "",
            extension.target_platform or "",
        )

    def key_of(self, extension: Extension, verdict: Verdict) -> CacheKey:
        """Make the key of what was asked about, whichever version the service analysed."""
        del verdict
        return self.key(extension)

    def client(self) -> Client:
        """Open a session; it connects at the first request."""
        from vscan.providers.vscan_dev.client import VscanDevClient

        return VscanDevClient(self._api_url, self.limiter, self._limits)

    def started(self) -> AbstractContextManager[None]:
        """Start nothing: a client connects by itself."""
        return nullcontext()
