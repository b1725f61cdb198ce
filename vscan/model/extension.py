"""What discovery finds: extensions, what could not be read, and what is not scanned."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from vscan.model.identity import ExtensionId, Registry


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an input named an extension: a path, and the line in it where there is one."""

    uri: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """One installed extension, or, with no version and no path, one asked for by name."""

    id: ExtensionId
    version: str | None
    target_platform: str | None
    display_name: str
    path: str | None  # relative to the target it was found in
    origins: tuple[Origin, ...]
    in_index: bool | None  # None: there is no index; False: perhaps another profile's
    root: Path | None = None  # its folder or archive on this machine; no report shows it
    members: tuple[str, ...] = ()  # ids, in lower case, that it brings along or needs
    directory: Path | None = None  # where it is installed; its folder may be a link that leads away
    registry: Registry | None = None  # where it was fetched from; None: that is not known
    never_sent: bool = False  # it is not what a registry can have, so no service is asked about it


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that names, or should be, an extension and could not be read."""

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
    "leftover",  # there is no package.json in it, and no index lists it
    "deleted",  # renamed by the editor, which was about to delete it
    "node-modules",
]


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was found and deliberately not scanned."""

    name: str
    version: str | None
    reason: SkipReason
