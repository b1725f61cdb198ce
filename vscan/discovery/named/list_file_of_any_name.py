"""Files whose name says that they list extensions, but not of which program."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from vscan.discovery.named.interface import Mistake, Named, NamedKind, Read
from vscan.discovery.named.list_file import KIND as LIST_FILE
from vscan.discovery.named.list_file import read_list
from vscan.lazy_regex import lazy_regex

_NAME = lazy_regex(r"(?:.*[._-])?(?:extensions?|plugins)(?:[._-].*)?")
# Of domains and files; a list whose ids all end so is one of these.
_OTHER_ENDINGS = frozenset(
    """
    com org net io edu gov info co uk de fr eu ch at nl us app biz gz bz2 xz zst tgz ts js mjs cjs
    jsx tsx json md txt py rb so dll exe jar zip css scss html xml yml yaml toml lua vim
    """.split()  # noqa: SIM905 - one entry per line would hide the rest of the file
)
_SUFFIXES = frozenset(("", ".txt", ".list", ".lst"))


def _accepts(path: PurePosixPath) -> bool:
    is_list = path.suffix.lower() in _SUFFIXES and _NAME.fullmatch(path.name.lower()) is not None
    return is_list and not LIST_FILE.accepts(path)


def _read(text: str) -> Iterator[Read]:
    """Read the list if most of its lines name extensions, and take it for another one if not."""
    found = list(read_list(text))
    mistakes = sum(isinstance(item, Mistake) for item in found)
    names = [item.id.name for item in found if isinstance(item, Named)]
    is_other = bool(names) and all(name.lower() in _OTHER_ENDINGS for name in names)
    if 2 * mistakes < len(found) and not is_other:
        yield from found


KIND = NamedKind("list-file-of-any-name", _accepts, _read)
