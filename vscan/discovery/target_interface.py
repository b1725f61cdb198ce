"""The interface of a kind of target: how a TARGET is recognised and read."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from msgspec import Struct

from vscan.events import Warned
from vscan.model import Extension, PlaceFinding, Registry, Skipped, Unreadable

Found: TypeAlias = Extension | Unreadable | Skipped | PlaceFinding | Warned


class ReadOptions(Struct, frozen=True):
    """How to read all targets.

    ``registry`` is where all extensions come from, if the user knows it. Without ``follow_links``,
    links out of a directory are not followed. ``is_stopped`` says that the run is to end: a long
    step then ends early, and what it leaves unread is ``Unreadable``. ``is_excluded`` gets the
    path of a file or directory of a repository that the user may have left out.
    """

    registry: Registry | None = None
    follow_links: bool = True
    is_stopped: Callable[[], bool] = lambda: False
    is_excluded: Callable[[PurePosixPath], bool] = lambda _: False


DEFAULT_OPTIONS = ReadOptions()


class TargetKind(Struct, frozen=True):
    """A kind of target. ``discovery.TARGET_KINDS`` lists them, and the first that accepts counts.

    ``name`` and ``description`` are for messages. ``accepts`` gets a path and what is there, if
    anything is; it raises ``UsageError`` for a likely mistake. ``read`` yields everything that is,
    or should be, an extension, and raises nothing. ``taken_for`` says what a target is read as,
    where the name does not.
    """

    name: str
    description: str
    accepts: Callable[[Path, os.stat_result | None], bool]
    read: Callable[[Path, ReadOptions], Iterator[Found]]
    taken_for: Callable[[Path], str] | None = None
