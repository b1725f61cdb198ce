"""Write reports. Each format is a module with ``write``; this module alone handles the files."""

import contextlib
import errno
import importlib
import os
import stat
import sys
from collections.abc import Callable, Iterable
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TypeAlias

from vscan.errors import ReportError
from vscan.files_on_windows import is_device_name, remove_file, replace_file
from vscan.report_model import Report
from vscan.safe_text import describe_os_error

Reporter: TypeAlias = Callable[[Report, IO[str]], None]


def reporter(name: str) -> Reporter:
    """Import the reporter of a format, which is a module of this package, when it is needed."""
    write: Reporter = importlib.import_module(f"vscan.report.{name}").write
    return write


def prepare(outputs: Iterable[tuple[str, str]]) -> None:
    """Check before the scan that the reports can be written. Creates missing directories."""
    for _, path in outputs:
        if path == "-":
            continue
        target = Path(path)
        if is_device_name(path):
            raise ReportError(f"{path} is a device on Windows", hint="name another file")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):
                target.lstat()  # raises if the name is too long, for example
            if target.is_dir():
                raise ReportError(f"{path} is a directory", hint="name a file in it")
        except OSError as error:
            raise _unwritable(path, error) from None
        if _is_special(target):
            if not os.access(target, os.W_OK):
                raise _unwritable(path, PermissionError(errno.EACCES, ""))
            continue
        try:
            temporary, descriptor = _temporary(target)
            os.close(descriptor)
            temporary.unlink()
        except OSError as error:
            raise _unwritable(path, error) from None


def write_report(report: Report, outputs: Iterable[tuple[str, str]]) -> None:
    """Write each ``(format, path)``; ``-`` is standard output. A file is complete or unchanged.

    Raises ``ReportError`` for the first one that can't be written, after writing the others.
    """
    failure: ReportError | None = None
    for name, path in outputs:
        try:
            if path == "-":
                if sys.stdout is None:
                    raise OSError(errno.EBADF, "closed")  # noqa: TRY301 - handled like all errors below
                if isinstance(sys.stdout, TextIOWrapper):  # the same bytes as in a file
                    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
                reporter(name)(report, sys.stdout)
                sys.stdout.flush()
            elif _is_special(Path(path)):
                with open(path, "a", encoding="utf-8", newline="\n") as stream:  # noqa: PTH123
                    reporter(name)(report, stream)
            else:
                _write_whole(report, reporter(name), Path(path))
        except OSError as error:
            failure = failure or _unwritable("standard output" if path == "-" else path, error)
    if failure is not None:
        raise failure


def _write_whole(report: Report, reporter: Reporter, path: Path) -> None:
    # Readers see either the old report or the new one. A link is replaced and not followed:
    # the author of a repository could let it lead anywhere.
    temporary, descriptor = _temporary(path)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as stream:  # noqa: PTH123
            with contextlib.suppress(OSError, AttributeError):  # no file yet; not on Windows
                if not path.is_symlink():
                    os.fchmod(stream.fileno(), path.stat().st_mode & 0o777)
            reporter(report, stream)
            stream.flush()
            os.fsync(stream.fileno())
        replace_file(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            remove_file(temporary)
        raise


def _temporary(path: Path) -> tuple[Path, int]:
    """Create a file beside ``path``, under a name that can't be predicted."""
    temporary = path.with_name(f".vscan-{os.urandom(8).hex()}.tmp")
    return temporary, os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)


def _is_special(path: Path) -> bool:
    """Whether the path is an existing special file: a pipe, a terminal, ``/dev/null``.

    Links are not special, except those of the system in ``/dev`` and ``/proc``.
    """
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    if stat.S_ISLNK(mode):
        return path.parts[1:2] in {("dev",), ("proc",)}
    return not stat.S_ISREG(mode)


def _unwritable(path: str, error: OSError) -> ReportError:
    hint = ""
    if error.errno == errno.EACCES and hasattr(os, "getuid"):
        hint = f"it belongs to another user; this one is user id {os.getuid()}"
    return ReportError(f"{path} can't be written: {describe_os_error(error)}", hint=hint)
