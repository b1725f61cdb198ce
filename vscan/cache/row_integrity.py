"""What a row of the cache contains, and how it is verified. Pure.

A row has a checksum and, with a secret, a MAC. Both cover the key, the time and the payload, so
that a row that was edited, or copied over another one, does not match them.
"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

from vscan.model import CacheKey, Verdict
from vscan.verdict_codec import decode

CLOCK_SKEW_S = 300  # the clocks of two machines may differ that much


def columns(key: CacheKey) -> tuple[str, str, str, str, str]:
    """Return the key as the columns of the table."""
    return key.scope, key.extension, key.version, key.target_platform, key.digest


def _signed_parts(key: CacheKey, stored_at: int, payload: bytes) -> Iterator[bytes]:
    """Yield what a checksum covers, each part with its length: no part can pass for the next."""
    for part in (*(column.encode() for column in columns(key)), b"%d" % stored_at, payload):
        yield b"%d:" % len(part)
        yield part


def checksum_of(key: CacheKey, stored_at: int, payload: bytes) -> bytes:
    """Compute what protects a row against accidents."""
    return hashlib.sha256(b"".join(_signed_parts(key, stored_at, payload))).digest()


def mac_of(secret: bytes, key: CacheKey, stored_at: int, payload: bytes) -> bytes:
    """Compute what protects a row against everybody who does not have the secret."""
    return hmac.digest(secret, b"".join(_signed_parts(key, stored_at, payload)), "sha256")


def verified_verdict(key: CacheKey, row: Any, secret: bytes | None) -> Verdict | None:  # noqa: ANN401 - SQLite's row holds anything
    """Decode a row; ``None`` where its checksum or its payload is wrong.

    With a secret only the MAC counts: anybody can compute a checksum.
    """
    stored_at, payload, checksum, mac = row
    if not isinstance(payload, bytes) or type(stored_at) is not int:
        return None
    if secret:
        expected, found = mac_of(secret, key, stored_at, payload), mac
    else:
        expected, found = checksum_of(key, stored_at, payload), checksum
    if not isinstance(found, bytes) or not hmac.compare_digest(expected, found):
        return None
    try:
        return decode(payload)
    except ValueError:
        return None
