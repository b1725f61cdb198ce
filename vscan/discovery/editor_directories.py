"""The directories where the editors on this machine keep their extensions."""

import os
from pathlib import Path

from vscan.editors import EDITORS


def editor_directories() -> tuple[Path, ...]:
    """Find the extensions directories of the editors of this user.

    ``$VSCODE_EXTENSIONS``, a variable of VS Code, names one of them. It was set on purpose, so
    its directory is returned even if it doesn't exist.
    """
    own = os.environ.get("VSCODE_EXTENSIONS")
    named = (Path(own),) if own else ()
    candidates = []
    try:
        home = Path.home()
    except RuntimeError:  # no HOME, and the user id has no entry in the password file
        pass
    else:
        if home.is_absolute():  # a relative home would depend on the working directory
            candidates += [home / editor.directory for editor in EDITORS]
    # Path.is_dir would raise if another user owns the home.
    return (*named, *(directory for directory in candidates if not _is_absent(directory)))


def _is_absent(directory: Path) -> bool:
    """Say whether a directory does not exist. An unreadable one exists.

    So does one behind a link that leads nowhere: its disk may not be mounted here.
    """
    try:
        directory.stat()
    except FileNotFoundError:
        return not any(map(_leads_nowhere, (directory, *directory.parents)))
    except NotADirectoryError:
        return True
    except OSError:
        return False
    return False


def _leads_nowhere(path: Path) -> bool:
    return os.path.islink(path) and not os.path.exists(path)  # noqa: PTH110, PTH114 - never raise
