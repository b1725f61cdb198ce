"""Read the config file: TOML with a section and a key for each setting.

An unknown key is a warning with a suggestion. A value that can't be used is an error that names
the file and the key.
"""

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from vscan.bounded_input import read_file, stat_if_exists
from vscan.errors import UsageError
from vscan.safe_text import describe_os_error, sanitize
from vscan.settings.directories import default_config_file
from vscan.settings.row import Row
from vscan.settings.table import BY_KEY, VARIABLES

_MAX_BYTES = 1024 * 1024


class ConfigFile(Struct, frozen=True):
    """The values of a config file by field of ``Settings``, and warnings about unknown keys.

    ``path`` is ``None`` where the user has no config file.
    """

    path: Path | None
    values: Mapping[str, Any]
    warnings: tuple[str, ...]


def load(named: Path | None) -> ConfigFile:
    """Read the named file, which must exist, or else the user's own file if there is one."""
    path = named or default_config_file()
    if path is None or (named is None and not _exists(path)):
        return ConfigFile(None, {}, ())
    values: dict[str, Any] = {}
    warnings = []
    for key, value in _flatten(path, read(path)):
        row = BY_KEY.get(key)
        if row is None:
            warnings.append(
                f"{sanitize(str(path))}: {sanitize(key, 80)} is not known{_suggestion(key)}"
            )
        elif isinstance(value, str | int | float) or (
            isinstance(value, list) and all(isinstance(each, str) for each in value)
        ):
            values[row.field] = _resolve_paths(path, row, value)
        else:
            raise UsageError(
                f"{path}: {key} is of a type that no setting has",
                hint="a value is a text, a number, true or false, or a list of texts",
            )
    return ConfigFile(path, values, tuple(warnings))


def _exists(path: Path) -> bool:
    """Say whether the user has a config file.

    ``UsageError`` where that can't be found out, or where something else has its name: the file
    may hold a policy, and a run without it would be less strict.
    """
    hint = "name the file to use with --config, or set HOME"
    try:
        found = stat_if_exists(path)
        if found is None and not path.is_symlink():
            return False
    except OSError as error:  # a home that is closed to us
        reason = describe_os_error(error)
        raise UsageError(f"{sanitize(str(path))} can't be looked at: {reason}", hint) from None
    if found is None:
        raise UsageError(f"{sanitize(str(path))} is a link that leads nowhere", hint)
    if not stat.S_ISREG(found.st_mode):
        raise UsageError(f"{sanitize(str(path))} is not a file", hint)
    return True


def _resolve_paths(file: Path, row: Row, value: object) -> object:
    """Make a setting's paths absolute. A value of a wrong type is left: it is refused later."""

    def resolve(text: object) -> object:
        if not isinstance(text, str) or not text.strip():
            return text
        try:
            return row.type.resolve_paths(text, file.parent)
        except UsageError as error:
            raise UsageError(f"{file}: {row.key} {error.message}", error.hint) from None

    if not row.type.several:
        return resolve(value)
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    return [resolve(each) for each in value] if isinstance(value, list) else value


def read(path: Path) -> str:
    """Read a config file's text; ``UsageError`` where that fails."""
    try:
        return read_file(path, _MAX_BYTES).decode("utf-8")
    except OSError as error:
        reason = describe_os_error(error)
        raise UsageError(f"the config file {path} can't be read: {reason}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the config file {path} is not UTF-8") from None


def _flatten(path: Path, text: str) -> Iterable[tuple[str, Any]]:
    import tomllib

    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, too
        raise UsageError(f"{path} is not TOML: {sanitize(str(error), 200)}") from None
    for section, keys in content.items():
        if isinstance(keys, dict):
            yield from ((f"{section}.{key}", value) for key, value in keys.items())
        else:
            yield section, keys


def _suggestion(key: str) -> str:
    """Suggest a known key: most wrong ones are in another section, or have an option's name."""
    import difflib

    names = {row.variable.removeprefix("VSCAN_").lower(): row.key for row in BY_KEY.values()}
    names |= {known.rpartition(".")[2]: known for known in BY_KEY}
    close = difflib.get_close_matches(key.rpartition(".")[2], names, 1)
    return f", did you mean {names[close[0]]}?" if close else ""


def row_of_key(key: str) -> Row:
    """Find a key's row; ``UsageError`` with a suggestion for an unknown key."""
    if key not in BY_KEY:
        raise UsageError(
            f"{sanitize(key, 80)} is not known{_suggestion(key)}",
            hint="`vscan config show` lists every key",
        )
    return BY_KEY[key]


def mistyped_variables() -> tuple[str, ...]:
    """Name the environment variables that vscan does not know but that resemble one it does."""
    known = sorted(VARIABLES)
    unknown = sorted(
        name for name in os.environ if name.startswith("VSCAN_") and name not in VARIABLES
    )
    if not unknown:
        return ()
    import difflib

    return tuple(
        f"the variable {sanitize(name, 80)} is not known, did you mean {close[0]}?"
        for name in unknown
        if (close := difflib.get_close_matches(name, known, 1, 0.8))
    )
