"""Published data about extensions and packages. Reading side."""

from pathlib import Path

from vscan.domain import DataSet, ExtensionId


class Advisories:
    """What is published; nothing yet."""

    def __init__(self, directory: Path | None) -> None:
        del directory
        self.version = "0"
        self.sets: tuple[DataSet, ...] = ()
        self.trouble: str | None = None

    def removals(self, identity: ExtensionId) -> tuple[str, ...]:
        """List what registries say of an extension that they removed."""
        del identity
        return ()

    def close(self) -> None:
        """Let go of the file."""


def version_of(directory: Path | None) -> str:
    """Say which data it is, without opening it whole."""
    return Advisories(directory).version
