"""A registry in this process: its address, its one rate limiter, and how to connect to it."""

from vscan.model import FailureKind
from vscan.providers.rate_limiter import RateLimiter
from vscan.registries.gallery_protocol import GalleryProtocol
from vscan.registries.interface import NotAnswered, RegistryApi
from vscan.registries.open_vsx_protocol import OpenVsxProtocol
from vscan.registries.registry_addresses import Protocol, RegistryAddress
from vscan.registries.registry_requests import (
    RegistryRequests,
    RequestFailedError,
    RequestLimits,
    RunBounds,
)


class Registry:
    """A registry that may be asked. All workers of a process share one object for each.

    ``pinned_key`` is a public key in PEM: archives without a signature of it are refused.
    """

    def __init__(
        self,
        address: RegistryAddress,
        *,
        limits: RequestLimits | None = None,
        pinned_key: bytes | None = None,
    ) -> None:
        self.address = address
        self.pinned_key = pinned_key
        self.limits = limits or RequestLimits()
        self.limiter = RateLimiter(
            address.interval_s,
            max_wait_s=self.limits.max_wait_s,
            retry_delay_s=self.limits.retry_delay_s,
        )
        self.protocol: Protocol | None = address.protocol

    @property
    def name(self) -> str:
        """The name that reports use."""
        return self.address.name

    @property
    def batch_size(self) -> int:
        """How many names one call of ``find`` takes."""
        is_gallery = self.protocol == "gallery"
        return GalleryProtocol.batch_size if is_gallery else OpenVsxProtocol.batch_size

    def client(self, bounds: RunBounds) -> RegistryApi:
        """Make a connection for one worker. The protocol must be known."""
        requests = self._requests(bounds)
        if self.protocol == "gallery":
            return GalleryProtocol(self.name, requests)
        return OpenVsxProtocol(self.name, requests)

    def detect_protocol(self, bounds: RunBounds) -> Protocol | NotAnswered:
        """Ask which protocol the registry speaks: only Open VSX tells its version."""
        requests = self._requests(bounds)
        try:
            answer = requests.ask_json("GET", f"{self.address.url}/api/version")
        except RequestFailedError as error:
            if error.kind is not FailureKind.BAD_RESPONSE:
                return NotAnswered(error.kind, error.detail)
            return "gallery"
        finally:
            requests.close()
        is_open_vsx = isinstance(answer, dict) and isinstance(answer.get("version"), str)
        return "open-vsx" if is_open_vsx else "gallery"

    def _requests(self, bounds: RunBounds) -> RegistryRequests:
        return RegistryRequests(self.address.url, self.limiter, self.limits, bounds)
