"""Read inventories: which machine has which extensions, as lists or as NDJSON.

A list is what ``code --list-extensions --show-versions`` prints, in one file for each machine,
whose name is the machine's. NDJSON has one object ``{"machine", "id", "version", "platform"}`` in a
line. Each extension is found once, and its origins are the machines.
"""

import codecs
import io
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from vscan.discovery.named.interface import Mistake, Span
from vscan.discovery.named_extensions import UNRESOLVED, NamedExtensions
from vscan.discovery.target_interface import Found
from vscan.extension_files import os_error_reason, platform_of
from vscan.lazy_regex import lazy_regex
from vscan.model import (
    INVENTORY,
    UNDEFINED_PUBLISHER,
    Extension,
    ExtensionId,
    How,
    Origin,
    Registry,
    Unreadable,
    parse_version,
)
from vscan.safe_text import pluralize, sanitize

STDIN: Final = "-"
_MAX_LINE = 4096  # characters
_MAX_MISTAKES = 100  # of one list; the others are counted
_MAX_ROWS = 10_000_000
_MAX_EXTENSIONS = 200_000
_ROWS_BETWEEN_CHECKS = 1000
_MAX_NAME = 200
_SUFFIXES = frozenset((".txt", ".list", ".lst", ".log", ".json", ".jsonl", ".ndjson"))
_HEADER = lazy_regex(r"Extensions installed on .{0,200}:")
_VERSION = lazy_regex(r"[0-9]{1,20}\.[0-9]{1,20}\.[0-9]{1,20}(?:[-+].*)?")
_NO_PLATFORM = frozenset((None, "", "universal", "undefined", "unknown"))


class _Row(Struct, frozen=True):
    """A line of NDJSON."""

    machine: str
    id: str
    version: str
    platform: str | None = None


class _RowError(Exception):
    """A line is no row; the text says why."""


def read_inventories(
    paths: Iterable[str],
    *,
    registry: Registry | None = None,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Found]:
    """Read lists, directories of lists, and standard input (``-``). Nothing is raised.

    A line that can't be read, and an empty list, are ``Unreadable``. ``registry`` is where all
    extensions come from, if the user knows it; ``is_stopped`` says that the run is to end.
    """
    inventory = _Inventory(registry, is_stopped)
    for path in paths:
        if path == STDIN:
            yield from inventory.read(path, "standard input", lambda: sys.stdin.buffer)
        elif os.path.isdir(path):  # noqa: PTH112 - never raises
            yield from _read_directory(inventory, Path(path))
        else:
            yield from _read_file(inventory, Path(path))
    yield from inventory.found()


def _read_directory(inventory: "_Inventory", path: Path) -> Iterator[Found]:
    try:
        names = sorted(name for name in os.listdir(path) if not name.startswith("."))  # noqa: PTH208 - names
    except OSError as error:
        yield _unreadable(str(path), f"it can't be read: {os_error_reason(error)}")
        return
    if not names:
        yield _unreadable(str(path), "there is no list in it")
    for name in names:
        yield from _read_file(inventory, path / name)


def _read_file(inventory: "_Inventory", path: Path) -> Iterator[Found]:
    machine = path.stem if path.suffix.lower() in _SUFFIXES else path.name
    yield from inventory.read(str(path), machine, lambda: _opened(path))


def _opened(path: Path) -> BinaryIO:
    """Open a file, or a pipe without waiting for a writer."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    file = open(descriptor, "rb")  # noqa: SIM115, PTH123 - the caller closes it
    mode = os.fstat(descriptor).st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        file.close()
        raise IsADirectoryError if stat.S_ISDIR(mode) else OSError("it is no regular file")
    if hasattr(os, "O_NONBLOCK"):
        os.set_blocking(descriptor, True)
    return file


class _Inventory:
    """The extensions of all machines, one for each id, version and platform."""

    def __init__(self, registry: Registry | None, is_stopped: Callable[[], bool]) -> None:
        self._registry = registry
        self._is_stopped = is_stopped
        self._rows = 0
        self._machines: dict[str, Origin] = {}
        self._known: dict[str, tuple[ExtensionId, str]] = {}  # by the text in a list
        self._extensions: dict[tuple[str, str, str | None], Extension] = {}
        self._origins: dict[tuple[str, str, str | None], dict[str, Origin]] = {}
        self._is_full = False

    def read(self, path: str, machine: str, opened: Callable[[], BinaryIO]) -> Iterator[Found]:
        """Read one list; ``machine`` is the one that a list without machines is of."""
        rows, named, mistakes = 0, NamedExtensions(), 0
        uri = sanitize("standard input" if path == STDIN else path, 1000)
        try:
            with opened() as file:
                for number, line in enumerate(_lines(file), 1):
                    if self._must_end():
                        yield _unreadable(uri, f"line {number} and what follows was not read")
                        break
                    try:
                        rows += self._add(line, machine)
                    except _RowError as error:
                        rows, mistakes = rows + 1, mistakes + 1
                        if mistakes <= _MAX_MISTAKES:
                            message = f"{error}: {sanitize(line, 100)}"
                            span = Span(number, 1, len(line))
                            named.add(
                                uri, INVENTORY, Mistake(UNRESOLVED, How.INSTALLS, message, span)
                            )
        except (OSError, ValueError, AttributeError) as error:  # a closed standard input is none
            why = os_error_reason(error) if isinstance(error, OSError) else "it is closed"
            yield _unreadable(uri, f"it can't be read: {why}")
            rows += 1
        yield from named.found()
        if mistakes > _MAX_MISTAKES:
            more = pluralize(mistakes - _MAX_MISTAKES, "more line")
            yield _unreadable(uri, f"{more} can't be read")
        if not rows:
            why = "the list is empty; leave it out if the machine has no extensions"
            yield _unreadable(uri, why)

    def found(self) -> Iterator[Found]:
        """Yield the extensions."""
        for key, extension in self._extensions.items():
            yield replace(extension, origins=tuple(self._origins[key].values()))

    def _must_end(self) -> bool:
        self._rows += 1
        if self._rows % _ROWS_BETWEEN_CHECKS == 1 and self._is_stopped():
            self._is_full = True
        if self._rows > _MAX_ROWS or len(self._extensions) > _MAX_EXTENSIONS:
            self._is_full = True
        return self._is_full

    def _add(self, line: str, machine: str) -> int:
        """Add what a line has; return how many rows it is."""
        text = line.strip()
        if not text or _HEADER.fullmatch(text):
            return 0
        if len(line) > _MAX_LINE:
            raise _RowError("the line is too long")
        platform = None
        if text.startswith("{"):
            row = _parsed(text)
            machine, platform = row.machine.strip(), _platform(row.platform)
            if not machine:
                raise _RowError("it names no machine")
            text = f"{row.id}@{row.version}"
        identity, version = self._known.get(text) or self._identity(text)
        self._add_extension(identity, version, platform, machine)
        return 1

    def _identity(self, text: str) -> tuple[ExtensionId, str]:
        name, at, version = text.partition("@")
        if not at:
            why = "there is no version; --show-versions prints it"
            raise _RowError(why if _is_id(name) else "this is no extension")
        if not (_is_id(name) and _VERSION.fullmatch(version)):
            raise _RowError("this is no extension with its version")
        try:
            self._known[text] = known = ExtensionId.parse(name), parse_version(version)
        except ValueError:
            raise _RowError("this is no extension with its version") from None
        return known

    def _add_extension(
        self, identity: ExtensionId, version: str, platform: str | None, machine: str
    ) -> None:
        key = identity.key, version, platform
        if key not in self._extensions:
            is_local = identity.publisher.lower() == UNDEFINED_PUBLISHER
            if is_local:  # no registry can have it
                identity = ExtensionId.local(identity.publisher, identity.name)
            self._extensions[key] = Extension(
                id=identity,
                version=version,
                target_platform=platform,
                display_name=identity.name,
                path=None,
                origins=(),
                in_index=None,
                registry=self._registry,
                asked_by_name=True,
                never_sent=is_local,
            )
            self._origins[key] = {}
        origin = self._machines.get(machine)
        if origin is None:
            name = sanitize(machine, _MAX_NAME)
            origin = Origin(name, kind=INVENTORY, how=How.INSTALLS)
            self._machines[machine] = origin
        self._origins[key][machine] = origin


def _lines(file: BinaryIO) -> Iterator[str]:
    """Give the lines of a text, which may have a byte order mark; a long one is cut."""
    assert isinstance(file, io.BufferedReader)
    head = file.peek(4)[:4]
    encoding = "utf-8-sig"
    if head.startswith(codecs.BOM_UTF32_LE):
        encoding = "utf-32"
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    with io.TextIOWrapper(file, encoding, errors="replace") as text:
        while line := text.readline(_MAX_LINE + 2):
            yield line.rstrip("\n")
            while line and not line.endswith("\n"):  # the rest of a long one
                line = text.readline(_MAX_LINE)


def _parsed(text: str) -> _Row:
    try:
        return _ROW.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _RowError(f"this is no row of an inventory ({sanitize(str(error), 100)})") from None


def _platform(text: str | None) -> str | None:
    if text in _NO_PLATFORM:
        return None
    platform = platform_of(text)
    if platform is None:
        raise _RowError("no extension is made for this platform")
    return platform


def _is_id(text: str) -> bool:
    return re.fullmatch(r"[\w-]+\.[\w.-]+", text, re.ASCII) is not None


def _unreadable(name: str, why: str) -> Unreadable:
    name = sanitize(name, 1000)
    return Unreadable(name, why, None, None, None, (Origin(name),))


_ROW = msgspec.json.Decoder(_Row)
