"""The results of discovery: extensions, unreadable and skipped items."""

from enum import StrEnum
from pathlib import Path
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from vscan.model.identity import ExtensionId, Registry

INVENTORY: Final = "inventory"  # the kind of an origin whose path is the name of a machine


class How(StrEnum):
    """What a place does with the extension that it names."""

    INSTALLS = "installs"  # without a further question
    RECOMMENDS = "recommends"  # the editor asks
    REMOVES = "removes"  # takes out what something else installs
    REFUSES = "refuses"  # tells the editor not to recommend it


class Origin(Struct, frozen=True):
    """Where an input named an extension: a path, and a place in it if there is one.

    ``line`` and ``column`` count from 1, ``column`` and ``length`` in characters (code points).
    ``kind`` is the kind of the file, ``how`` what it does with the extension, ``version`` the one
    that it asks for.
    """

    uri: str
    line: int | None = None
    column: int | None = None
    length: int = 0
    kind: str = ""
    how: How | None = None
    version: str | None = None
    is_pre_release: bool = False  # it asks for the newest pre-release


class RegistryFacts(Struct, frozen=True):
    """What a registry states of an archive that was fetched from it, and how it was checked.

    ``published_at`` is in UTC (ISO 8601). ``integrity`` is ``signed``, ``signed-unpinned``,
    ``digest`` or ``none``; ``note`` says what was not checked. A fact that the registry does not
    state is ``None``.
    """

    registry: str
    url: str
    version: str
    platform: str | None
    sha256: str
    integrity: str
    note: str = ""
    published_at: str | None = None
    verified: bool | None = None
    deprecated: bool | None = None
    latest_version: str | None = None
    platforms: tuple[str, ...] = ()
    download_count: int | None = None


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
    fetched: RegistryFacts | None = None  # where its archive was fetched from
    unknown_to: tuple[str, ...] = ()  # registries that were asked, and do not know its id

    @property
    def machines(self) -> tuple[str, ...]:
        """The machines that have it, as inventories say."""
        return tuple(
            origin.uri
            for origin in self.origins
            if origin.kind == INVENTORY and origin.line is None
        )


class Unreadable(Struct, frozen=True):
    """An item that names, or should be, an extension, and could not be read."""

    name: str
    reason: str
    id: ExtensionId | None  # a guess from the name of the folder or the index
    version: str | None
    path: str | None
    origins: tuple[Origin, ...]
    rule: str = ""  # of the place, where an input names something that can't be resolved


class PlaceFinding(Struct, frozen=True):
    """A problem of a place that should name an extension, and is no gap. It is of severity info."""

    rule: str
    message: str
    origin: Origin


SkipReason: TypeAlias = Literal[
    "excluded",  # by a filter
    "private",
    "obsolete",  # marked as removed by the editor
    "hidden",  # its name begins with a dot
    "leftover",  # it has no package.json, and no index lists it
    "deleted",  # renamed by the editor, which was about to delete it
    "node-modules",
    "npm-package",  # it lies in a repository, and no editor loads it
    "removed",  # an input takes it out of what something else installs
    "refused",  # an input tells the editor not to recommend it
    "feature",  # its extensions are listed in a registry of dev container features
    "image",  # its labels, which may name extensions, are in a registry of images
    "waived",  # the ignore file accepts that it can't be resolved
]


class Skipped(Struct, frozen=True):
    """An item that is not scanned, for a reason that is no fault.

    ``note`` says more, as who accepts it and until when; it may be empty.
    """

    name: str
    version: str | None
    reason: SkipReason
    origin: Origin | None = None
    note: str = ""
