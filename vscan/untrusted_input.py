"""Read files and parse JSON that a stranger wrote, in bounded time and memory.

Parsing is one call that nothing can interrupt, not even a signal, and two bytes of
nested lists make a hundred bytes of memory: what is bounded is the number of items.
"""

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

_MAX_ITEMS = 1_000_000


def read_file(path: Path, most: int) -> bytes:
    """Read a file that was named, of at most so many bytes; ``OSError`` where that fails.

    A pipe is read, too (a shell makes one of ``<(command)``), but not waited for where
    nobody writes to it: to open that would block for good.
    """
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:  # noqa: PTH123 - a descriptor
        if hasattr(os, "set_blocking"):
            os.set_blocking(file.fileno(), True)
        content = file.read(most + 1)
        if not content and stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EPIPE, "nobody writes to the pipe")
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most} bytes")
    return content


def stat_or_none(path: Path) -> os.stat_result | None:
    """Look at what a path leads to, ``None`` where nothing is there.

    ``OSError`` where that can't be told, as in a directory that is closed to us:
    ``Path.exists`` and its like don't tell that from nothing, from Python 3.14 on.
    """
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # no name has a zero byte
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:  # links that lead to each other
            return None
        raise


class NoJsonError(ValueError):
    """A text that is not JSON to any parser."""


def check_item_count(text: str | bytes) -> None:
    """Raise ``ValueError`` where a JSON text has so many items that they could fill the memory."""
    if len(text) <= _MAX_ITEMS:
        return
    marks = map(text.count, "[{,") if isinstance(text, str) else map(text.count, b"[{,")
    if sum(marks) > _MAX_ITEMS:
        raise ValueError(f"has more than {_MAX_ITEMS} items")


def parse_json(text: str | bytes, *, unique_keys: bool = False) -> Any:  # noqa: ANN401 - JSON is anything
    """Parse; a ``ValueError`` says of what can't be taken in why: it "is not ...".

    It is a ``NoJsonError`` where no other program would take it, either.

    Of a key that an object has twice the last one counts, unless keys must be unique.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text))
    check_item_count(text)
    try:
        return json.loads(text, object_pairs_hook=_unique if unique_keys else None)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise NoJsonError(f"is not valid JSON (line {error.lineno})") from None
    except _TwiceError:
        raise ValueError("has a key twice in one object") from None
    except ValueError:  # a number of thousands of digits
        raise ValueError("is not valid JSON") from None


class _TwiceError(ValueError):
    """A key that an object has twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _TwiceError
    return made
