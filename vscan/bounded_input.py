"""Read untrusted files and parse untrusted JSON, in bounded time and memory.

Parsing is one call that not even a signal can interrupt, and two bytes of nested lists need a
hundred bytes of memory. So the number of items is limited before a text is parsed.
"""

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

_MAX_ITEMS = 1_000_000


def read_file(path: Path, max_bytes: int) -> bytes:
    """Read a file or a pipe of limited size; ``OSError`` where that fails.

    A shell creates a pipe for ``<(command)``. Opening one without a writer would block for ever,
    so it is opened without waiting.
    """
    with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:  # noqa: PTH123 - a descriptor
        if hasattr(os, "O_NONBLOCK"):  # else it blocks, and Windows can't be told to
            os.set_blocking(file.fileno(), True)
        content = file.read(max_bytes + 1)
        if not content and stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EPIPE, "the pipe has no writer")
    if len(content) > max_bytes:
        raise OSError(errno.EFBIG, f"it has more than {max_bytes} bytes")
    return content


def stat_if_exists(path: Path) -> os.stat_result | None:
    """Return the status of a file, following links; ``None`` where there is none.

    ``OSError`` where that is unknown, as in a directory without permission: since Python 3.14
    ``Path.exists`` and similar methods return ``False`` there, too.
    """
    try:
        return path.stat()
    except (
        FileNotFoundError,
        NotADirectoryError,
        ValueError,
    ):  # ValueError: a name with a zero byte
        return None
    except OSError as error:
        if error.errno == errno.ELOOP:  # links that lead to each other
            return None
        raise


class InvalidJsonError(ValueError):
    """A text that every parser of JSON would refuse."""


def check_item_count(text: str | bytes) -> None:
    """Raise ``ValueError`` where a JSON text has so many items that they could fill the memory."""
    if len(text) <= _MAX_ITEMS:
        return
    marks = map(text.count, "[{,") if isinstance(text, str) else map(text.count, b"[{,")
    if sum(marks) > _MAX_ITEMS:
        raise ValueError(f"has more than {_MAX_ITEMS} items")


def parse_json(text: str | bytes, *, unique_keys: bool = False) -> Any:  # noqa: ANN401 - JSON is anything
    """Parse JSON; the text of a ``ValueError`` begins with "is" or "has".

    It is an ``InvalidJsonError`` where other programs would refuse the text, too. If an object has
    a key twice, the last one counts, unless ``unique_keys`` makes that an error.
    """
    if isinstance(text, bytes):
        text = text.decode(json.detect_encoding(text))
    check_item_count(text)
    try:
        return json.loads(text, object_pairs_hook=_unique if unique_keys else None)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise InvalidJsonError(f"is not valid JSON (line {error.lineno})") from None
    except _DuplicateKeyError:
        raise ValueError("has a key twice in one object") from None
    except ValueError:  # a number of thousands of digits
        raise ValueError("is not valid JSON") from None


class _DuplicateKeyError(ValueError):
    """An object has the same key twice."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise _DuplicateKeyError
    return fields
