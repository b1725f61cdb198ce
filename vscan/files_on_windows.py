"""Replace and remove files, also where the system refuses what POSIX allows.

Windows neither replaces nor removes a file that has the read-only mark, or that another program
has open. Some names are devices there, in every directory and with every suffix.
"""

import os
import stat
import time
from pathlib import Path, PureWindowsPath
from typing import Final

_IS_WINDOWS: Final = os.name == "nt"
_TRIES, _PAUSE_S = 10, 0.1  # a virus scanner has a new file open for a moment
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{device}{number}" for device in ("com", "lpt") for number in "123456789¹²³"}
)


def replace_file(temporary: Path, target: Path) -> None:
    """Rename a file to the name of another, which it replaces. ``OSError`` where that fails."""
    for left in reversed(range(_TRIES)):
        try:
            temporary.replace(target)
        except PermissionError:
            if not _IS_WINDOWS or not left:
                raise
            _make_writable(target)
            time.sleep(_PAUSE_S)
        else:
            return


def remove_file(path: Path) -> None:
    """Remove a file, if it is there. ``OSError`` where that fails."""
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        if not _IS_WINDOWS or not _make_writable(path):
            raise
        path.unlink(missing_ok=True)


def _make_writable(path: Path) -> bool:
    """Take the read-only mark from a file; say whether it had one."""
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode) or mode & stat.S_IWRITE:
            return False
        path.chmod(stat.S_IWRITE | stat.S_IREAD)
    except OSError:
        return False
    return True


def is_device_name(path: str) -> bool:
    """Say whether a path's last part is a device on Windows, where ``con.json`` is the console."""
    if not _IS_WINDOWS:
        return False
    name = PureWindowsPath(path).name.partition(":")[0]
    return name.partition(".")[0].rstrip(" ").lower() in _DEVICES


def is_junction(entry: os.DirEntry[str]) -> bool:
    """Say whether a folder leads elsewhere as a link does: a junction, on Windows alone."""
    if not _IS_WINDOWS:
        return False
    tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    return bool(tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None))
