"""Where the user's home, caches, data and config file are."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from vscan.errors import UsageError
from vscan.safe_text import sanitize

_NAME = "vscan"
# Where platformdirs decides. Elsewhere the XDG specification does, and more strictly than
# platformdirs reads it: a relative home would be a directory of the working directory's owner.
_PLATFORMS = {"darwin", "win32"}


def default_cache_directory() -> Path | None:
    """Find where this user's caches are; ``None`` for a user without a home."""
    if sys.platform in _PLATFORMS:
        from platformdirs import user_cache_path

        return _if_absolute(lambda: user_cache_path(_NAME, appauthor=False))
    return _xdg_directory("XDG_CACHE_HOME", ".cache")


def default_data_directory() -> Path | None:
    """Find where this user's data is; ``None`` for a user without a home."""
    if sys.platform in _PLATFORMS:
        from platformdirs import user_data_path

        return _if_absolute(lambda: user_data_path(_NAME, appauthor=False))
    return _xdg_directory("XDG_DATA_HOME", ".local/share")


def default_config_file() -> Path | None:
    """Find the user's config file, whether it exists or not; ``None`` without a home."""
    home = _if_absolute(Path.home)
    return None if home is None else home / ".vscanrc"


def _xdg_directory(variable: str, in_home: str) -> Path | None:
    base = os.environ.get(variable, "")
    if os.path.isabs(base):  # noqa: PTH117 - the specification ignores relative ones
        return Path(base) / _NAME
    home = _if_absolute(Path.home)
    return None if home is None else home / in_home / _NAME


def _if_absolute(find: Callable[[], Path]) -> Path | None:
    """Call a function that finds a path in the home; ``None`` where there is no home to trust."""
    try:
        path = find()
    except RuntimeError:
        return None
    return path if path.is_absolute() else None


def expand_home(text: str) -> str:
    """Replace a leading ``~`` by the home directory, as a shell does; else ``UsageError``."""
    if not text.startswith("~"):
        return text
    found = _if_absolute(Path(text).expanduser)
    if found is None:
        raise UsageError(
            f"{sanitize(text)} is in no home directory",
            hint="for a name that begins with ~: ./~name",
        )
    return str(found)
