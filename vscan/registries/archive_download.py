"""Obtain one archive: from the store, or by a download that is checked before it is stored."""

from vscan.extension_files import UnreadableError
from vscan.model import FailureKind
from vscan.registries.archive_identity import OtherIdentityError, check_identity
from vscan.registries.integrity import MismatchError, Received, check_integrity
from vscan.registries.interface import (
    Fetched,
    NotAnswered,
    NotFetched,
    Offer,
    RegistryApi,
)
from vscan.registries.vsix_index import Remembered
from vscan.registries.vsix_store import Incoming, StoreError, VsixStore


def obtain(
    offer: Offer,
    api: RegistryApi,
    store: VsixStore,
    remembered: Remembered | None,
    pinned_key: bytes | None,
) -> Fetched | NotFetched:
    """Return an archive of the store, or why there is none. Called by a worker."""
    if remembered is not None:
        path = store.find(remembered.digest)
        if path is not None:
            return Fetched(
                offer,
                path,
                remembered.digest,
                remembered.size,
                remembered.integrity,
                from_store=True,
            )
    try:
        with store.incoming() as incoming:
            return _download(offer, api, store, incoming, pinned_key)
    except StoreError as error:
        return NotFetched("store", FailureKind.UNREADABLE, str(error))
    except MismatchError as error:
        return NotFetched("integrity", FailureKind.BAD_RESPONSE, f"integrity: {error}")
    except OtherIdentityError as error:
        return NotFetched("identity", FailureKind.BAD_RESPONSE, str(error))
    except UnreadableError as error:
        return NotFetched("identity", FailureKind.UNREADABLE, str(error))


def _download(
    offer: Offer,
    api: RegistryApi,
    store: VsixStore,
    incoming: Incoming,
    pinned_key: bytes | None,
) -> Fetched | NotFetched:
    failure = api.download(offer, incoming.begin)
    if failure is not None:
        return _not_answered(failure)
    incoming.finish()
    received = Received(incoming.path, incoming.sha256, incoming.size)
    integrity = check_integrity(received, offer, api, pinned_key)
    if isinstance(integrity, NotAnswered):
        return _not_answered(integrity)
    check_identity(incoming.path, offer)
    path = store.keep(incoming)
    return Fetched(offer, path, received.sha256, received.size, integrity, from_store=False)


def _not_answered(failure: NotAnswered) -> NotFetched:
    return NotFetched("not-answered", failure.kind, failure.detail)
