"""Read untrusted files within bounds, and without waiting for a writer."""

import errno
import os
import stat
from pathlib import Path


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
