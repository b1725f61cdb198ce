"""What a script's reader knows: texts, where they come from, and what the script was seen to do."""

import time
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from msgspec import Struct, field

from vscan.model import Severity
from vscan.providers.offline.syntax.script_tables import canonical_path

MAX_DEPTH = 6  # of scripts inside commands of scripts
_MAX_COMMANDS = 50_000  # of one script, with those inside of it
_LIMIT_S = 5.0  # processor time for a script, with those inside of it
_MAX_TEXT = 200_000  # characters of one text
_MAX_LABELS = 8


class TooCostlyError(Exception):
    """The script exceeds a bound, so the rest of it was not examined."""


class Origin(Enum):
    """Where a text comes from. The value is the beginning of a message."""

    DOWNLOADED = "downloads"
    DECODED = "decodes"
    SECRET = "reads"  # noqa: S105 - no password


class Label(NamedTuple):
    """An origin, and what exactly was downloaded, decoded or read."""

    origin: Origin
    what: str
    is_official: bool = False  # the installer of a vendor, from its own address, as it was sent


class Data(NamedTuple):
    """A text as far as it is known, and its origins. What is not known stays as it is spelt."""

    text: str = ""
    labels: frozenset[Label] = frozenset()

    def labelled(self, *labels: Label) -> "Data":
        """Return the same text with further origins."""
        return Data(self.text, bounded(self.labels.union(labels)))

    def has(self, *origins: Origin) -> Label | None:
        """Return the first label that has one of the origins."""
        named = (label for label in self.labels if label.origin in origins)
        return min(named, key=lambda label: (label.origin.name, label.what), default=None)


NOTHING = Data()


def bounded(labels: Iterable[Label]) -> frozenset[Label]:
    """Keep labels up to a bound, at least one of each origin."""
    every = frozenset(labels)
    if len(every) <= _MAX_LABELS:
        return every
    ordered = sorted(every, key=lambda label: (label.origin.name, label.what))
    first = {label.origin: label for label in reversed(ordered)}
    return frozenset([*first.values(), *ordered[: _MAX_LABELS - len(first)]])


def joined(several: Iterable[Data], separator: str = "") -> Data:
    """Return the text that several texts make one after the other."""
    parts = list(several)
    if len(parts) <= 1:
        return parts[0] if parts else NOTHING
    text = separator.join(part.text for part in parts)
    return Data(text[:_MAX_TEXT], bounded(label for part in parts for label in part.labels))


class Danger(NamedTuple):
    """Something dangerous that a script or a command does.

    ``what`` is the kind, a word that doesn't change. ``offset`` counts the bytes, in UTF-8, before
    the command. The message says what is done in steps.
    """

    what: str
    offset: int
    severity: Severity
    message: str


class Command(NamedTuple):
    """A command: its words, the text that it reads, and the files that it writes.

    ``is_checked``: something depends on its output or on its success. ``devices`` are redirections
    to the network.
    """

    words: tuple[Data, ...]
    offset: int
    stdin: Data = NOTHING
    writes: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    is_checked: bool = False

    @property
    def line(self) -> str:
        """The command as one text, for messages and for patterns."""
        return " ".join(word.text for word in self.words)


class ScriptState(Struct):
    """What is known while a script is read, in the order of its text."""

    variables: dict[str, Data] = field(default_factory=dict)
    functions: dict[str, frozenset[Label]] = field(default_factory=dict)
    dangers: dict[tuple[str, str], Danger] = field(default_factory=dict)
    started: dict[tuple[str, str], None] = field(default_factory=dict)  # files, with languages
    depth: int = 0
    base: int | None = None  # of a script inside a command: the offset of that command
    is_connected: bool = False  # a descriptor is open to another machine
    _files: dict[str, Data] = field(default_factory=dict)
    until_s: float = field(default_factory=lambda: time.process_time() + _LIMIT_S)
    _commands: list[int] = field(default_factory=lambda: [0])

    def add(self, what: str, offset: int, severity: Severity, message: str) -> None:
        """Record a danger; of several with one message the worst and first stays."""
        place = offset if self.base is None else self.base
        known = self.dangers.get((what, message))
        if known is None or known.severity < severity:
            self.dangers[what, message] = Danger(what, place, severity, message)

    def nested(self, offset: int) -> "ScriptState":
        """Return the state for a script inside a command; both find the same dangers."""
        if self.depth == MAX_DEPTH:
            raise TooCostlyError
        inner = ScriptState(
            dict(self.variables),
            self.functions,
            self.dangers,
            self.started,
            self.depth + 1,
            offset if self.base is None else self.base,
        )
        inner.until_s = self.until_s
        inner._files, inner._commands = self._files, self._commands
        return inner

    def count_command(self) -> None:
        """Count one more command; ``TooCostlyError`` beyond the bound."""
        self._commands[0] += 1
        if self._commands[0] > _MAX_COMMANDS or time.process_time() > self.until_s:
            raise TooCostlyError

    def write_file(self, path: str, content: Data) -> None:
        """Remember what a file contains from now on, or contains in addition."""
        for key in _keys(path):
            self._files[key] = joined([self._files.get(key, NOTHING), content], "\n")

    def file(self, path: str) -> Data:
        """Return what a file is known to contain."""
        keys = _keys(path)
        if not keys:
            return NOTHING
        if "/" in keys[0]:
            known = self._files.get(keys[0])
            if known is None and not keys[0].startswith(("~", "/", "%", "$")):
                known = self._files.get(keys[1])
            return known or NOTHING
        return self._files.get(keys[-1], NOTHING)

    def trust_file(self, path: str | None) -> None:
        """Forget that a file was downloaded, as its checksum was compared; ``None``: all files."""
        for key in self._files if path is None else _keys(path):
            known = self._files.get(key, NOTHING)
            kept = (label for label in known.labels if label.origin is not Origin.DOWNLOADED)
            self._files[key] = Data(known.text, frozenset(kept))


def _keys(path: str) -> tuple[str, ...]:
    """Return the names of a file: its path, and its last part for a relative path."""
    full = canonical_path(path).removeprefix("./")
    base = full.rpartition("/")[2]
    return (full, base) if base else ()
