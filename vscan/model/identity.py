"""Extension ids, patterns of ids, versions, platforms and registries."""

import hashlib
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from msgspec import Struct

_PUBLISHER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,213}")
_PATTERN = re.compile(r"[A-Za-z0-9_.*-]+")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,127}")
# Real names never begin with a dot, so a registry can't have an id of this form.
_LOCAL = re.compile(r"([a-z0-9_-]{1,40})\.(\.[a-z0-9_-]{1,40}(?:\.[0-9a-f]{16})?)")
_NOT_IN_LOCAL = re.compile(r"[^a-z0-9_-]")
_LOCAL_PART = 40  # characters of a publisher or a name that a local id shows
UNDEFINED_PUBLISHER = "undefined_publisher"  # as the editor names a missing publisher
# The platforms an extension can be packaged for, as the editor spells them in the
# names of folders and in its index ("universal" and "undefined" stand for none).
TARGET_PLATFORMS = frozenset(
    {
        "alpine-arm64",
        "alpine-x64",
        "darwin-arm64",
        "darwin-x64",
        "linux-arm64",
        "linux-armhf",
        "linux-x64",
        "web",
        "win32-arm64",
        "win32-ia32",
        "win32-x64",
    }
)


class Registry(StrEnum):
    """Where extensions are published. One id may name different extensions on each."""

    MARKETPLACE = "marketplace"
    OPEN_VSX = "open-vsx"


class ExtensionId(Struct, frozen=True, eq=False):
    """``publisher.name``; equal without regard to case. Made by ``parse``, or ``local``.

    A local id is that of an extension that an editor loads and no registry can have. It is
    ``publisher..name``: with two dots, so it is never a real one.
    """

    key: str
    publisher: str
    name: str

    def __eq__(self, other: object) -> bool:
        return self.key == other.key if isinstance(other, ExtensionId) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self.key < other.key if isinstance(other, ExtensionId) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.key)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Split ``publisher.name`` at its first dot; ``ValueError`` for everything else."""
        publisher, dot, name = text.partition(".")
        if not (dot and _PUBLISHER.fullmatch(publisher) and _NAME.fullmatch(name)):
            raise ValueError("not an extension id (publisher.name)")
        return cls(text.lower(), publisher, name)

    @classmethod
    def local(cls, publisher: str, name: str) -> Self:
        """Make a local id of two texts. Texts that differ in more than case make different ids.

        Characters that no id has are replaced, and a digest of both texts tells the rest.
        """
        publisher, name = publisher.lower(), name.lower()
        parts = [_NOT_IN_LOCAL.sub("-", part)[:_LOCAL_PART] or "-" for part in (publisher, name)]
        if parts != [UNDEFINED_PUBLISHER, name]:
            whole = f"{len(publisher)}:{publisher}{name}".encode("utf-8", "surrogatepass")
            parts[1] += f".{hashlib.sha256(whole).hexdigest()[:16]}"
        return cls(f"{parts[0]}..{parts[1]}", parts[0], f".{parts[1]}")

    @classmethod
    def read(cls, text: str) -> Self:
        """Read an id that vscan wrote, which may be a local one; otherwise as ``parse``."""
        match = _LOCAL.fullmatch(text)
        return cls(text, match[1], match[2]) if match else cls.parse(text)

    @property
    def is_local(self) -> bool:
        """Whether it is a local id, which no registry can have."""
        return self.name.startswith(".")

    def __str__(self) -> str:
        return f"{self.publisher}.{self.name}"


def check_pattern(text: str) -> str:
    """Return an id or a pattern of ids with ``*``; ``ValueError`` for everything else."""
    if not _PATTERN.fullmatch(text):
        raise ValueError("neither an id nor a pattern of ids (publisher.*)")
    return text


def pattern(texts: Iterable[str]) -> re.Pattern[str]:
    """Compile ids (or publishers, or rules) with ``*`` into one; without any it matches nothing."""
    parts = [re.escape(text.lower()).replace(r"\*", ".*") for text in texts]
    return re.compile("|".join(parts) or r"(?!)")


def parse_version(text: str) -> str:
    """Return the version; ``ValueError`` for what no editor accepts as a version."""
    if not _VERSION.fullmatch(text):
        raise ValueError("not a version")
    return text
