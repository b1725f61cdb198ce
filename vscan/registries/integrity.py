"""Compare an archive with what its registry publishes about it: digests and signatures.

A digest that a registry publishes beside an archive shows that the transfer, and whoever stores
the archive for the registry, did not change it. A signature shows more only where the user knows
the key: one that comes from the registry itself proves what the registry's TLS does.
"""

import base64
import binascii
import hashlib
import io
import mmap
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from vscan.bounded_json import parse_json
from vscan.extension_files import UnreadableError
from vscan.extension_files.folder import open_regular
from vscan.extension_files.zip_directory import ArchiveIssues, read_central_directory
from vscan.lazy_regex import lazy_regex
from vscan.model import FailureKind
from vscan.registries.interface import (
    Integrity,
    IntegrityLevel,
    NotAnswered,
    Offer,
    RegistryApi,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_DIGEST = lazy_regex(rb"\s*([0-9a-fA-F]{64})\s*(?:\s\S.{0,500})?\s*", 16)  # 16: a dot is any byte
_MAX_DIGEST_FILE, _MAX_KEY_FILE = 1024, 4096
_MAX_SIGNATURE_ARCHIVE, _MAX_MANIFEST = 8 * 1024**2, 16 * 1024**2
_SIGNATURE_BYTES = 64
_MANIFEST, _SIGNATURE = ".signature.manifest", ".signature.sig"
_CHUNK_BYTES = 256 * 1024
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)
WITHOUT_LIBRARY = (
    "its signature was not checked: the extra is not installed (pip install 'vscan-ci[registry]')"
)


class MismatchError(Exception):
    """An archive is not what the registry publishes, or its signature is wrong."""


class _UnansweredError(Exception):
    """What is published about an archive could not be read."""

    def __init__(self, said: NotAnswered) -> None:
        super().__init__(said.detail)
        self.said = said


class Received(Struct, frozen=True):
    """An archive on this machine, as it was received."""

    path: Path
    sha256: str
    size: int


def check_integrity(
    received: Received, offer: Offer, api: RegistryApi, pinned_key: bytes | None
) -> Integrity | NotAnswered:
    """Compare an archive with all that the registry publishes about it.

    ``pinned_key`` is a public key in PEM: then a valid signature with it is required. Raises
    ``MismatchError``, and ``UnreadableError`` for an archive that vscan could not read.
    """
    try:
        return _check(received, offer, api, pinned_key)
    except _UnansweredError as error:
        return error.said


def _check(
    received: Received, offer: Offer, api: RegistryApi, pinned_key: bytes | None
) -> Integrity:
    level, notes = IntegrityLevel.NONE, []
    published = _published_digest(offer, api)
    if published is not None:
        if published != received.sha256:
            raise MismatchError("its SHA-256 is not the one that the registry publishes")
        level = IntegrityLevel.DIGEST
    key_id = None
    if offer.signature_url is not None:
        files = _signature_files(_read(api, offer.signature_url, _MAX_SIGNATURE_ARCHIVE))
        if _MANIFEST in files:
            _compare_manifest(files[_MANIFEST], received)
            level = IntegrityLevel.DIGEST
        signature = files.get(_SIGNATURE, b"")
        if signature:
            signed, key_id, note = _check_signature(signature, received, offer, api, pinned_key)
            level = signed or level
            notes += [note] if note else []
        elif _MANIFEST not in files:
            notes.append("the registry's signature is an empty archive")
    if pinned_key is not None and level is not IntegrityLevel.SIGNED:
        raise MismatchError("it has no signature that the given key could be checked with")
    return Integrity(level, "; ".join(notes), key_id)


def _published_digest(offer: Offer, api: RegistryApi) -> str | None:
    if offer.sha256 is not None:
        return offer.sha256
    if offer.sha256_url is None:
        return None
    match = _DIGEST.fullmatch(_read(api, offer.sha256_url, _MAX_DIGEST_FILE))
    if match is None:
        raise _bad("the file with the archive's SHA-256 holds none")
    return match[1].decode("ascii").lower()


def _read(api: RegistryApi, url: str, most: int, *, is_shared: bool = False) -> bytes:
    content = api.read_small(url, most, is_shared=is_shared)
    if isinstance(content, NotAnswered):
        raise _UnansweredError(content)
    return content


def _bad(detail: str) -> _UnansweredError:
    return _UnansweredError(NotAnswered(FailureKind.BAD_RESPONSE, detail))


def _signature_files(content: bytes) -> Mapping[str, bytes]:
    """Unpack the manifest and the signature, whichever there are."""
    files = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name, most in ((_MANIFEST, _MAX_MANIFEST), (_SIGNATURE, _SIGNATURE_BYTES)):
                if name in archive.namelist():
                    with archive.open(name) as member:
                        files[name] = member.read(most + 1)
                    if len(files[name]) > most:
                        raise _bad("the archive with the signature is too large")
    except (*_ZIP_ERRORS, OSError, ValueError):
        raise _bad("the archive with the signature can't be read") from None
    return files


def _compare_manifest(content: bytes, received: Received) -> None:
    """Compare the digests of the archive and of each file in it."""
    try:
        manifest = parse_json(content)
        package, entries = manifest["package"], manifest["entries"]
        expected = dict(_entries(entries))
        whole = _digest_and_size(package)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _bad("the manifest of the signature can't be read") from None
    if whole != (bytes.fromhex(received.sha256), received.size):
        raise MismatchError("its SHA-256 is not the one in the manifest of its signature")
    with open_regular(received.path) as file:  # bounded, which Python's own reader is not
        if not read_central_directory(file, ArchiveIssues()).is_complete:
            raise UnreadableError("the archive has too many files")
    try:
        with zipfile.ZipFile(received.path) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    _compare_entry(archive, entry, expected)
    except (*_ZIP_ERRORS, OSError, ValueError):
        raise MismatchError(
            "its files can't be compared with the manifest of its signature"
        ) from None
    if expected:
        raise MismatchError("it lacks files that the manifest of its signature lists")


def _entries(entries: Mapping[str, Any]) -> Iterator[tuple[bytes, tuple[bytes, int]]]:
    for name, said in entries.items():
        yield base64.b64decode(name, validate=True), _digest_and_size(said)


def _digest_and_size(said: Mapping[str, Any]) -> tuple[bytes, int]:
    size = said["size"]
    if type(size) is not int or size < 0:
        raise ValueError("not a size")
    try:
        return base64.b64decode(said["digests"]["sha256"], validate=True), size
    except binascii.Error:
        raise ValueError("not a digest") from None


def _compare_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, expected: dict[bytes, tuple[bytes, int]]
) -> None:
    """Compare one file, of which not more is unpacked than the manifest says it has."""
    names = [entry.filename.encode("utf-8", "surrogatepass")]
    if not entry.flag_bits & 0x800:  # its name is not said to be UTF-8
        names.append(entry.orig_filename.encode("cp437", "replace"))
    said = next((expected.pop(name) for name in names if name in expected), None)
    if said is None:
        raise MismatchError("it has a file that the manifest of its signature does not list")
    digest, left = hashlib.sha256(), said[1]
    with archive.open(entry) as member:
        while left >= 0 and (part := member.read(_CHUNK_BYTES)):
            left -= len(part)
            digest.update(part)
    if left or digest.digest() != said[0]:
        raise MismatchError("a file in it is not the one in the manifest of its signature")


def _check_signature(
    signature: bytes,
    received: Received,
    offer: Offer,
    api: RegistryApi,
    pinned_key: bytes | None,
) -> tuple[IntegrityLevel | None, str | None, str]:
    """Check the signature: the level that it reaches, the id of its key, and a note."""
    pem = pinned_key
    if pem is None:
        if offer.public_key_url is None:
            return None, None, "the registry names no key for its signature"
        pem = _read(api, offer.public_key_url, _MAX_KEY_FILE, is_shared=True)
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    except ImportError:
        if pinned_key is not None:
            raise MismatchError(WITHOUT_LIBRARY) from None
        return None, None, WITHOUT_LIBRARY
    key = _public_key(pem)
    with (
        received.path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole,
        memoryview(whole) as content,
    ):
        try:
            key.verify(signature, content)
        except InvalidSignature:
            whose = "the given key" if pinned_key is not None else "the registry's key"
            raise MismatchError(f"its signature is not one of {whose}") from None
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    level = IntegrityLevel.SIGNED if pinned_key is not None else IntegrityLevel.SIGNED_UNPINNED
    return level, hashlib.sha256(raw).hexdigest(), ""


def _public_key(pem: bytes) -> "Ed25519PublicKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise _bad("the key of the signature is no Ed25519 key in PEM")
    return key


def key_id_of(pem: bytes) -> str | None:
    """Return the SHA-256 of a public key; ``None`` where it can't be read."""
    try:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        raw = _public_key(pem).public_bytes(Encoding.Raw, PublicFormat.Raw)
    except (ImportError, _UnansweredError):
        return None
    return hashlib.sha256(raw).hexdigest()
