"""What is asked of a registry of extensions, and what its answers can be.

Every text of an answer is checked or sanitized where it is read: from then on it is inert.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from vscan.events import Warned
from vscan.model import ExtensionId, FailureKind

UNIVERSAL = "universal"  # how registries name the archive for every platform


class Wanted(Struct, frozen=True):
    """An extension that is to be fetched.

    Without ``version`` it is the newest one: the newest release, or with ``is_pre_release`` the
    newest of all. Without ``platform`` it is the archive for all platforms, where there is one.
    """

    id: ExtensionId
    version: str | None = None
    platform: str | None = None
    is_pre_release: bool = False


class Offer(Struct, frozen=True):
    """One archive that a registry offers, and the facts that it states about the extension.

    ``platform`` is ``None`` for an archive for all platforms; ``platforms`` are those for which
    there is this version, with ``universal`` for all. ``published_at`` is in UTC, as in
    ``2026-01-31T12:00:00Z``. A fact that the registry does not state is ``None``. ``pack`` and
    ``dependencies`` are ids in lower case.
    """

    registry: str
    id: ExtensionId
    version: str
    platform: str | None
    vsix_url: str
    published_at: str | None = None
    sha256_url: str | None = None
    sha256: str | None = None
    signature_url: str | None = None
    public_key_url: str | None = None
    pre_release: bool = False
    pack: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    verified: bool | None = None
    deprecated: bool | None = None
    latest_version: str | None = None
    platforms: tuple[str, ...] = ()
    download_count: int | None = None


class Found(Struct, frozen=True):
    """The registry offers what is wanted."""

    offer: Offer


class Absent(Struct, frozen=True):
    """The registry answered, and does not have what is wanted.

    It does not know the extension, or it has it, but not this version or not for this platform.
    """

    missing: Literal["extension", "version", "platform"]


class NotAnswered(Struct, frozen=True):
    """There was no usable answer: nothing is known about the extension."""

    kind: FailureKind
    detail: str


Answered: TypeAlias = Found | Absent | NotAnswered


class RegistryApi(Protocol):
    """One worker's connection to a registry. Used by one thread."""

    @property
    def batch_size(self) -> int:
        """How many names one call of ``find`` should have at most."""
        ...

    def find(self, wanted: Sequence[Wanted]) -> Mapping[Wanted, Answered]:
        """Look names up; the result has each of them."""
        ...

    def download(
        self, offer: Offer, begin: Callable[[], Callable[[bytes], object]]
    ) -> NotAnswered | None:
        """Pass the archive, part by part, to the function that ``begin`` returns.

        ``begin`` is called again for each new attempt. Raises what that function raises.
        """
        ...

    def read_small(self, url: str, most: int, *, is_shared: bool = False) -> bytes | NotAnswered:
        """Read a file beside an archive, such as its signature, of at most ``most`` bytes.

        One that ``is_shared`` by many archives, such as a key, is read once.
        """
        ...

    def close(self) -> None:
        """Close connections."""
        ...


class IntegrityLevel(StrEnum):
    """What is known about the bytes of an archive, beside that TLS protected the transfer."""

    SIGNED = "signed"  # by the key that the user named
    SIGNED_UNPINNED = "signed-unpinned"  # by a key that the registry itself sent
    DIGEST = "digest"  # they match a digest that the registry publishes
    NONE = "none"  # the registry publishes nothing to compare them with


class Integrity(Struct, frozen=True):
    """The result of checking an archive. ``key_id`` is the SHA-256 of the public key."""

    level: IntegrityLevel
    note: str = ""
    key_id: str | None = None


class Fetched(Struct, frozen=True):
    """An archive in the store. ``from_store``: it was there, and was not downloaded again."""

    offer: Offer
    path: Path
    sha256: str
    size: int
    integrity: Integrity
    from_store: bool


NotFetchedReason: TypeAlias = Literal[
    "unknown-extension",  # no registry that was asked knows it
    "unknown-version",
    "unknown-platform",
    "not-answered",
    "integrity",  # the bytes are not those that the registry publishes
    "identity",  # the archive is of another extension, version or platform
    "store",  # the archive can't be written to the disk
    "not-sent",  # no registry may be asked about this id
    "stopped",  # by an interrupt or the deadline
]


class NotFetched(Struct, frozen=True):
    """There is no archive, and why. ``registries`` are those that were asked, in order."""

    reason: NotFetchedReason
    kind: FailureKind
    detail: str
    registries: tuple[str, ...] = ()


class FetchStarted(Struct, frozen=True):
    """So many extensions are to be fetched."""

    number: int


class FetchEnded(Struct, frozen=True):
    """One of them is there, or will not be."""

    wanted: Wanted
    result: Fetched | NotFetched


class RegistryPaused(Struct, frozen=True):
    """A registry answered 429: no request to it starts for so many seconds."""

    registry: str
    pause_s: float


FetchEvent: TypeAlias = FetchStarted | FetchEnded | RegistryPaused | Warned
