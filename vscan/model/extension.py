"""The results of discovery: extensions, unreadable and skipped items."""

from pathlib import Path
from typing import Literal, TypeAlias

from msgspec import Struct

from vscan.model.identity import ExtensionId, Registry


class Origin(Struct, frozen=True):
    """Where an input named an extension: a path, and a line in it if there is one."""

    uri: str
    line: int | None = None


class Extension(Struct, frozen=True):
    """One installed extension, or, without version and path, one that the user named."""

    id: ExtensionId
    version: str | None
    target_platform: str | None
    display_name: str
    path: str | None  # relative to the target it was found in
    origins: tuple[Origin, ...]
    in_index: bool | None  # None: without an index; False: perhaps of another profile
    root: Path | None = None  # its folder or archive on this machine; no report shows it
    members: tuple[str, ...] = ()  # ids, in lower case, that it installs or needs
    directory: Path | None = (
        None  # where it is installed; its folder may be a link to another place
    )
    registry: Registry | None = None  # where it was downloaded from; None: unknown
    asked_by_name: bool = False  # the user named it, and it is not installed
    never_sent: bool = False  # no registry can have it, so no service is asked about it


class Unreadable(Struct, frozen=True):
    """An item that names, or should be, an extension, and could not be read."""

    name: str
    reason: str
    id: ExtensionId | None  # a guess from the name of the folder or the index
    version: str | None
    path: str | None
    origins: tuple[Origin, ...]


SkipReason: TypeAlias = Literal[
    "excluded",  # by a filter
    "private",
    "obsolete",  # marked as removed by the editor
    "hidden",  # its name begins with a dot
    "leftover",  # it has no package.json, and no index lists it
    "deleted",  # renamed by the editor, which was about to delete it
    "node-modules",
]


class Skipped(Struct, frozen=True):
    """An item that is deliberately not scanned."""

    name: str
    version: str | None
    reason: SkipReason
