"""Where the editors on this machine keep their extensions."""

import os
from pathlib import Path

from vscan.editors import EDITORS


def editor_directories() -> tuple[Path, ...]:
    """Find the extensions directories of the editors of this user.

    ``$VSCODE_EXTENSIONS``, VS Code's own variable, counts as one of them; it was set by
    somebody, so it is given back even where there is no such directory.
    """
    own = os.environ.get("VSCODE_EXTENSIONS")
    named = (Path(own),) if own else ()
    candidates = []
    try:
        home = Path.home()
    except RuntimeError:  # no HOME, and the user id has no entry in the password file
        pass
    else:
        if home.is_absolute():  # else it is the working directory's
            candidates += [home / editor.directory for editor in EDITORS]
    # Not Path.is_dir: it raises where the home belongs to somebody else.
    return (*named, *(directory for directory in candidates if not _is_absent(directory)))


def _is_absent(directory: Path) -> bool:
    """Say whether nothing is there. What can't be looked at is not nothing."""
    try:
        directory.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
