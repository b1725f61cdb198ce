"""The value of an expression, as far as it can be known without running it.

A text may be known in part: ``UNKNOWN`` stands for what isn't. Directories of the machine have
names of their own, so that a path can be compared: ``HOME``, ``TEMPORARY``, ``EXTENSION``.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from operator import attrgetter
from types import MappingProxyType
from typing import NamedTuple

UNKNOWN = "\N{OBJECT REPLACEMENT CHARACTER}"
HOME = "~"
TEMPORARY = "%TEMP%"
EXTENSION = "%EXTENSION%"
_MAX_TEXTS = 48  # alternatives of one value
_MAX_LABELS = 24
_MAX_NAMES = 16
_MAX_NAME_LENGTH = 120
_MAX_LENGTH = 200_000  # characters of one text
_MAX_DEPTH = 6  # of members inside members, whose labels count for the whole

OR_CONSTANT = ", or a constant"  # the end of what a variable is called that has a default value


class Source(Enum):
    """Where the content of a value comes from. The value is the name for messages."""

    NETWORK = "an answer of the network"
    DECODED = "a decoded text"
    PACKAGE_FILE = "a file of the extension"
    FILE = "a file"
    SECRET = "a secret"  # noqa: S105 - a name for messages
    ENVIRONMENT = "the environment"
    EDITOR = "the text of an editor"
    KEYS = "what is typed"
    CLIPBOARD = "the clipboard"
    SCREEN = "the screen"
    TERMINAL = "the terminal"
    SESSION = "a login session"
    MACHINE = "names of the machine"
    CONFIGURATION = "the settings"
    INPUT = "the answer of the user"
    COMMAND = "the output of a command"
    TUNNEL = "the address of a tunnel"
    PAGE = "a message of a page"


class Label(NamedTuple):
    """A source that a value comes from: its offset in the file, and what exactly it is."""

    source: Source
    offset: int
    what: str

    @property
    def order(self) -> tuple[int, str, str]:
        """What labels are sorted by: by place, and always alike at one place."""
        return self.offset, self.what, self.source.value


class Value(NamedTuple):
    """What is known of a value.

    - ``texts``: the alternatives of a text or number
    - ``names``: what it may denote, such as ``child_process.exec``, or ``https.get()`` for a result
    - ``labels``: where its content comes from
    - ``functions``: the nodes of the functions that it may be
    - ``members``: values by key; ``*`` holds those whose key is unknown
    - ``bindings``: the declarations that it came through
    - ``is_number``: whether its texts are numbers, which ``+`` adds
    - ``is_cut``: whether it has more alternatives, or longer ones, than are kept in ``texts``
    - ``is_joined``: whether some of its texts are joined of several, or are those of all callers of
      a helper. Honest programs have many of them, so what is joined of them is not cut for that
    """

    texts: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    labels: frozenset[Label] = frozenset()
    functions: tuple[object, ...] = ()
    members: Mapping[str, "Value"] = MappingProxyType({})
    bindings: frozenset[int] = frozenset()
    is_number: bool = False
    is_cut: bool = False
    is_joined: bool = False

    @property
    def sources(self) -> frozenset[Source]:
        """The sources of the value and of its members."""
        return frozenset(label.source for label in self.all_labels())

    def all_labels(self, depth: int = _MAX_DEPTH) -> frozenset[Label]:
        """Return the labels of the value and of its members."""
        if not self.members or not depth:
            return self.labels
        inner = (member.all_labels(depth - 1) for member in self.members.values())
        return bounded_labels(self.labels.union(*inner))

    def all_texts(self, depth: int = _MAX_DEPTH) -> tuple[str, ...]:
        """Return the texts of the value and of its members."""
        if not self.members or not depth:
            return self.texts
        texts = dict.fromkeys(self.texts)
        for member in self.members.values():
            texts.update(dict.fromkeys(member.all_texts(depth - 1)))
        return tuple(texts)[:_MAX_TEXTS]

    def has_more(self, depth: int = _MAX_DEPTH) -> bool:
        """Say whether texts of the value or of its members were left out."""
        return self.is_cut or (
            depth > 0 and any(member.has_more(depth - 1) for member in self.members.values())
        )

    def all_names(self, depth: int = _MAX_DEPTH) -> frozenset[str]:
        """Return the names of the value and of its members."""
        if not self.members or not depth:
            return self.names
        return self.names.union(*(each.all_names(depth - 1) for each in self.members.values()))

    def labelled(self, labels: Iterable[Label]) -> "Value":
        """Return the value with further labels."""
        more = self.labels.union(labels)
        return self if more == self.labels else self._replace(labels=bounded_labels(more))

    @property
    def constant(self) -> str | None:
        """The only text that the value can be, if it is known as a whole."""
        if len(self.texts) == 1 and UNKNOWN not in self.texts[0]:
            return self.texts[0]
        return None


NOTHING = Value()


def bounded_labels(labels: frozenset[Label]) -> frozenset[Label]:
    """Keep one label of each source first, then the others up to a bound."""
    if len(labels) <= _MAX_LABELS:
        return labels
    first: dict[Source, Label] = {}
    ordered = sorted(labels, key=attrgetter("order"))
    for label in ordered:
        first.setdefault(label.source, label)
    return frozenset([*first.values(), *ordered[: _MAX_LABELS - len(first)]])


def bounded_names(names: Iterable[str]) -> frozenset[str]:
    """Keep the shortest names up to a bound: a list that is linked to itself has endless ones."""
    short = frozenset(name for name in names if len(name) <= _MAX_NAME_LENGTH)
    if len(short) <= _MAX_NAMES:
        return short
    return frozenset(sorted(short, key=lambda name: (len(name), name))[:_MAX_NAMES])


def text_value(*texts: str) -> Value:
    """Return the value of a known text, or of alternatives."""
    is_cut = len(texts) > _MAX_TEXTS or any(len(text) > _MAX_LENGTH for text in texts)
    return Value(texts=tuple(text[:_MAX_LENGTH] for text in texts[:_MAX_TEXTS]), is_cut=is_cut)


def number_value(number: str) -> Value:
    """Return the value of a known number, in the text that JavaScript makes of it."""
    return Value(texts=(number,), is_number=True)


def named(*names: str) -> Value:
    """Return a value that denotes something."""
    return Value(names=frozenset(names))


def union(values: Iterable[Value]) -> Value:
    """Return the value that may be any of several."""
    several = [value for value in values if value != NOTHING]
    if len(several) <= 1:
        return several[0] if several else NOTHING
    texts = dict.fromkeys(text for value in several for text in value.texts)
    functions = {id(each): each for value in several for each in value.functions}
    members: dict[str, Value] = {}
    for value in several:
        for key, member in value.members.items():
            members[key] = union([members[key], member]) if key in members else member
    return Value(
        tuple(texts)[:_MAX_TEXTS],
        bounded_names(frozenset().union(*(value.names for value in several))),
        bounded_labels(frozenset().union(*(value.labels for value in several))),
        tuple(functions.values())[:_MAX_TEXTS],
        members,
        frozenset().union(*(value.bindings for value in several)),
        all(value.is_number for value in several),
        # Where code is joined in branches and loops, most of the alternatives can't happen.
        len({text for value in several if not value.is_joined for text in value.texts}) > _MAX_TEXTS
        or any(value.is_cut for value in several),
        any(value.is_joined for value in several),
    )


def joined(values: Iterable[Value], separator: str = "") -> Value:
    """Return the text that several values make one after the other."""
    several = list(values)
    texts: list[str] = []
    labels: frozenset[Label] = frozenset()
    bindings: frozenset[int] = frozenset()
    is_joined = len(several) > 1
    is_cut = False
    for number, value in enumerate(several):
        ends = value.texts or (UNKNOWN,)
        between = separator if number else ""
        starts = texts if number else [""]
        # Each alternative is in one of the texts at least, even if not all of them are kept.
        pairs = itertools.chain(
            _side_by_side(starts, ends), ((start, end) for start in starts for end in ends)
        )
        every = (f"{start}{between}{end}" for start, end in pairs)
        found: dict[str, None] = {}
        for text in every:
            is_cut = is_cut or len(text) > _MAX_LENGTH
            found[text[:_MAX_LENGTH]] = None
            if len(found) == _MAX_TEXTS:
                break
        texts = list(found)
        is_cut = is_cut or (value.is_cut and not (value.is_joined and is_joined))
        labels |= value.all_labels()
        bindings |= value.bindings
    return Value(
        texts=tuple(texts),
        labels=bounded_labels(labels),
        bindings=bindings,
        is_cut=is_cut,
        is_joined=is_joined or any(value.is_joined for value in several),
    )


def _side_by_side(starts: Sequence[str], ends: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pair two lists up to the end of the longer one; the last of the shorter one stays."""
    for number in range(max(len(starts), len(ends))):
        yield starts[min(number, len(starts) - 1)], ends[min(number, len(ends) - 1)]


def any_member(value: Value) -> Value:
    """Return the value of a member whose key is unknown, with the labels of the whole."""
    if not value.members:
        return Value(labels=value.labels, bindings=value.bindings)
    return union(value.members.values()).labelled(value.labels)


def without_environment(value: Value) -> frozenset[Label]:
    """Return the labels of one member of a value: one variable is not the environment."""
    return frozenset(label for label in value.labels if label.source is not Source.ENVIRONMENT)


def items_from(members: Mapping[str, Value], first: int) -> dict[str, Value]:
    """Return the items of a list from one on."""
    return {
        str(int(key) - first) if key.isdecimal() else key: value
        for key, value in members.items()
        if not key.isdecimal() or int(key) >= first
    }
