"""What a row is, and whether it can be trusted. Pure.

A seal covers the key, the time and the payload, so that a row that was edited, or copied
over another, does not fit it.
"""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

from vscan.model import CacheKey, Verdict
from vscan.verdict_codec import decode

CLOCK_SKEW_S = 300  # a row from further in the future than this was not made by a clock


def columns(key: CacheKey) -> tuple[str, str, str, str, str]:
    """Give the key as the table has it."""
    return key.scope, key.extension, key.version, key.target_platform, key.digest


def _signed_parts(key: CacheKey, stored_at: int, payload: bytes) -> Iterator[bytes]:
    """Give what a seal covers, each part with its length, so that none can lend to the next."""
    for part in (*(column.encode() for column in columns(key)), b"%d" % stored_at, payload):
        yield b"%d:" % len(part)
        yield part


def checksum_of(key: CacheKey, stored_at: int, payload: bytes) -> bytes:
    """Seal a row against accidents."""
    return hashlib.sha256(b"".join(_signed_parts(key, stored_at, payload))).digest()


def mac_of(secret: bytes, key: CacheKey, stored_at: int, payload: bytes) -> bytes:
    """Seal a row against everybody who does not have the secret."""
    return hmac.digest(secret, b"".join(_signed_parts(key, stored_at, payload)), "sha256")


def trusted(key: CacheKey, row: Any, secret: bytes | None) -> Verdict | None:  # noqa: ANN401 - SQLite's row holds anything
    """Decode a row, or ``None`` if it is not whole.

    With a secret only a MAC counts: a checksum anybody can compute.
    """
    stored_at, payload, checksum, mac = row
    if not isinstance(payload, bytes) or type(stored_at) is not int:
        return None
    if secret:
        right, given = mac_of(secret, key, stored_at, payload), mac
    else:
        right, given = checksum_of(key, stored_at, payload), checksum
    if not isinstance(given, bytes) or not hmac.compare_digest(right, given):
        return None
    try:
        return decode(payload)
    except ValueError:
        return None
