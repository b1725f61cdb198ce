"""Published data about extensions and packages. Reading side."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from vscan.domain import DataSet, ExtensionId, Severity


class Registry(StrEnum):
    """Where extensions are published."""

    MARKETPLACE = "marketplace"
    OPEN_VSX = "open-vsx"


@dataclass(frozen=True, slots=True)
class Removal:
    """What a registry says of an extension that it removed; ``versions`` empty: of all."""

    registry: Registry
    versions: tuple[str, ...]
    reason: str
    severity: Severity
    removed: str | None
    url: str


@dataclass(frozen=True, slots=True)
class Advisory:
    """What is known of a version of a package."""

    id: str
    aliases: tuple[str, ...]
    summary: str
    severity: Severity
    score: float | None
    malicious: bool
    fixed: str | None
    url: str


@dataclass(frozen=True, slots=True)
class Signature:
    """How a version of a library is recognised.

    ``pattern`` is a regular expression whose first group is the version; of a ``hash``
    it is the SHA-1 of a file, in hex, and ``version`` is what has it.
    """

    name: str
    kind: Literal["filename", "content", "hash"]
    pattern: str
    version: str | None = None


class Advisories:
    """What is published; nothing yet."""

    def __init__(self, directory: Path | None) -> None:
        del directory
        self.version = "0"
        self.sets: tuple[DataSet, ...] = ()
        self.trouble: str | None = None

    def removals(self, identity: ExtensionId) -> tuple[Removal, ...]:
        """List what registries say of an extension that they removed."""
        del identity
        return ()

    def of_package(self, name: str, version: str) -> tuple[Advisory, ...]:
        """List what is known of one version of an npm package."""
        del name, version
        return ()

    def of_extension(self, identity: ExtensionId, version: str | None) -> tuple[Advisory, ...]:
        """List what is known of one version of an extension."""
        del identity, version
        return ()

    def signatures(self) -> tuple[Signature, ...]:
        """List how libraries are recognised."""
        return ()

    def retired(self, name: str, version: str) -> tuple[Advisory, ...]:
        """List what is known of one version of a library that a signature recognised."""
        del name, version
        return ()

    def close(self) -> None:
        """Let go of the file."""


def version_of(directory: Path | None) -> str:
    """Say which data it is, without opening it whole."""
    return Advisories(directory).version
