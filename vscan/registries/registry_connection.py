"""What connections to both kinds of registry have in common: they download files."""

from collections.abc import Callable

from vscan.registries.interface import NotAnswered, Offer
from vscan.registries.registry_requests import RegistryRequests, RequestFailedError


class RegistryConnection:
    """One worker's connection to a registry. Used by one thread."""

    def __init__(self, name: str, requests: RegistryRequests) -> None:
        self._name = name
        self._requests = requests

    def close(self) -> None:
        """Close connections."""
        self._requests.close()

    def download(
        self, offer: Offer, begin: Callable[[], Callable[[bytes], object]]
    ) -> NotAnswered | None:
        """Pass the archive, part by part, to the function that ``begin`` returns."""
        try:
            self._requests.download(offer.vsix_url, begin)
        except RequestFailedError as error:
            return NotAnswered(error.kind, error.detail)
        return None

    def read_small(self, url: str, most: int, *, is_shared: bool = False) -> bytes | NotAnswered:
        """Read a file beside an archive, of at most ``most`` bytes."""
        try:
            return self._requests.read_small(url, most, is_shared=is_shared)
        except RequestFailedError as error:
            return NotAnswered(error.kind, error.detail)
