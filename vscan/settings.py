"""The config file: TOML, sections of keys, each key the option of the same name.

Precedence is option, variable, file, default. A key that is not known is a warning with
a suggestion; a value that can't be used is an error that names file and key.
"""

import difflib
import os
import stat
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vscan.errors import UsageError
from vscan.text import describe_os_error, sanitize
from vscan.untrusted_input import read_file, stat_if_exists

# Every key, and the parameter of the command that it sets.
KEYS = {
    "scan.extensions_dir": "extensions_dir",
    "scan.parallel": "parallel",
    "scan.workers": "workers",
    "scan.source": "sources",
    "scan.offline": "offline",
    "scan.api_url": "api_url",
    "scan.delay": "delay",
    "scan.timeout": "timeout",
    "scan.analysis_timeout": "analysis_timeout",
    "scan.deadline": "deadline",
    "scan.max_retries": "max_retries",
    "scan.retry_delay": "retry_delay",
    "scan.max_wait": "max_wait",
    "scan.include_ids": "include_ids",
    "scan.exclude_ids": "exclude_ids",
    "scan.publisher": "publishers",
    "scan.private": "private",
    "scan.data_dir": "data_dir",
    "scan.registry": "registry",
    "scan.links": "links",
    "cache.dir": "cache_dir",
    "cache.max_age": "cache_max_age",
    "cache.no_cache": "no_cache",
    "cache.refresh_cache": "refresh_cache",
    "output.reports": "outputs",
    "output.min_risk_level": "min_risk_level",
    "output.plain": "plain",
    "output.quiet": "quiet",
    "output.verbose": "verbose",
    "output.log_format": "log_format",
    "output.log_level": "log_level",
    "output.log_file": "log_file",
    "policy.fail_on": "fail_on",
    "policy.fail_on_risk": "fail_on_risk",
    "policy.min_score": "min_score",
    "policy.on_gap": "on_gap",
    "policy.on_version_mismatch": "on_version_mismatch",
    "policy.blocked": "blocked",
    "policy.allowed": "allowed",
    "policy.verified_publishers": "verified_publishers",
    "policy.ignore_file": "ignore_file",
    "policy.baseline": "baseline",
    "policy.max_data_age": "max_data_age",
    "policy.allow_incomplete": "allow_incomplete",
    "policy.allow_empty": "allow_empty",
    "policy.exit_zero": "exit_zero",
}
# Relative to the file itself: the working directory may be somebody else's.
_PLACES = {
    "policy.ignore_file",
    "policy.baseline",
    "cache.dir",
    "scan.data_dir",
    "scan.extensions_dir",
    "output.log_file",
    "output.reports",
}
_LISTS = {"scan.extensions_dir", "output.reports"}  # of places
KEY_OF = {parameter: key for key, parameter in KEYS.items()}
_OWN_VARIABLES = {"VSCAN_CONFIG", "VSCAN_CACHE_KEY"}
_MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Settings:
    """A file's values by parameter, and what is odd about it. No path: there is no file."""

    path: Path | None
    values: Mapping[str, Any]
    warnings: tuple[str, ...]


def default_path() -> Path | None:
    """Find the user's own file, whether it exists or not; ``None`` for a user without a home."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home / ".vscanrc" if home.is_absolute() else None


def load(named: Path | None) -> Settings:
    """Read the file that was named, which must exist, or else the user's own, if there is one."""
    path = named or default_path()
    if path is None:
        return Settings(None, {}, ())
    if named is None and not _is_there(path):
        return Settings(None, {}, ())
    values: dict[str, Any] = {}
    warnings = []
    for key, value in _flat(path, read(path)):
        if key not in KEYS:
            warnings.append(
                f"{sanitize(str(path))}: {sanitize(key, 80)} is not known{_suggestion(key)}"
            )
        elif isinstance(value, str | int | float) or (
            isinstance(value, list) and all(isinstance(each, str) for each in value)
        ):
            values[KEYS[key]] = _placed(path, key, value) if key in _PLACES else value
        else:
            raise UsageError(
                f"{path}: {key} is of a type that no setting has",
                hint="a value is a text, a number, true or false, or a list of texts",
            )
    return Settings(path, values, tuple(warnings))


def _is_there(path: Path) -> bool:
    """Say whether the user has a file; ``UsageError`` where that can't be told, or it is none.

    It may hold a policy, and a policy must not be lost without a word.
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


def _placed(file: Path, key: str, value: object) -> object:
    """Make the places that a key names absolute; what is no text is refused later."""

    def placed(text: object) -> object:
        if not isinstance(text, str) or not text.strip():
            return text
        try:
            if key == "output.reports":
                # As it is taken apart later: FORMAT=PATH, or a path.
                name, equals, path = text.partition("=")
                if equals and name.isalpha():
                    return f"{name}={path if path in {'', '-'} else _beside(file, path)}"
            return _beside(file, text)
        except UsageError as error:
            raise UsageError(f"{file}: {key} {error.message}", error.hint) from None

    if key not in _LISTS:
        return placed(value)
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    return [placed(each) for each in value] if isinstance(value, list) else value


def _beside(file: Path, text: str) -> str:
    return str(file.parent / at_home(text))


def at_home(text: str) -> str:
    """Put the home directory for a leading ``~``, as a shell does; ``UsageError`` without one."""
    if not text.startswith("~"):
        return text
    try:
        found = Path(text).expanduser()
    except RuntimeError:
        found = None
    # A home that is relative would be the working directory's.
    if found is None or not found.is_absolute():
        raise UsageError(
            f"{sanitize(text)} is in no home directory",
            hint="for a name that begins with ~: ./~name",
        )
    return str(found)


def read(path: Path) -> str:
    """Read a config file's text; ``UsageError`` where that fails."""
    try:
        return read_file(path, _MAX_BYTES).decode("utf-8")
    except OSError as error:
        reason = describe_os_error(error)
        raise UsageError(f"the config file {path} can't be read: {reason}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the config file {path} is not UTF-8") from None


def _flat(path: Path, text: str) -> Iterable[tuple[str, Any]]:
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
    # By the last part: a key in another section, or in none, or an option's name is the usual slip.
    names = KEY_OF | {known.rpartition(".")[2]: known for known in KEYS}
    close = difflib.get_close_matches(key.rpartition(".")[2], names, 1)
    return f", did you mean {names[close[0]]}?" if close else ""


def known_key(key: str) -> str:
    """Give a key back; ``UsageError`` with a suggestion for one that there is not."""
    if key not in KEYS:
        raise UsageError(
            f"{sanitize(key, 80)} is not known{_suggestion(key)}",
            hint="`vscan config show` lists every key",
        )
    return key


def mistyped_variables(known: Iterable[str]) -> tuple[str, ...]:
    """Name variables that nothing reads, and that look like ones that something does."""
    names = _OWN_VARIABLES | set(known)
    odd = sorted(name for name in os.environ if name.startswith("VSCAN_") and name not in names)
    return tuple(
        f"the variable {sanitize(name, 80)} is not known, did you mean {close[0]}?"
        for name in odd
        if (close := difflib.get_close_matches(name, names, 1, 0.8))
    )
