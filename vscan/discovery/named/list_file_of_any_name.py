"""Files whose name says that they list extensions, but not of which program."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.interface import Mistake, NamedKind, Read
from vscan.discovery.named.list_file import KIND as LIST_FILE
from vscan.discovery.named.list_file import read_list
from vscan.lazy_regex import lazy_regex

_NAME = lazy_regex(r"(?:.*[._-])?(?:extensions?|plugins)(?:[._-].*)?")
_SUFFIXES = frozenset(("", ".txt", ".list", ".lst"))


def _accepts(path: PurePosixPath) -> bool:
    is_list = path.suffix.lower() in _SUFFIXES and _NAME.fullmatch(path.name.lower()) is not None
    return is_list and not LIST_FILE.accepts(path)


def _read(text: str) -> Iterator[Read]:
    """Read the list if most of its lines name extensions, and take it for another one if not."""
    found = list(read_list(text))
    mistakes = sum(isinstance(item, Mistake) for item in found)
    if 2 * mistakes < len(found):
        yield from found


KIND = NamedKind("list-file-of-any-name", _accepts, _read)
