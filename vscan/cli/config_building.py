"""Make the settings and the configuration of a run from what click parsed."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from vscan.best_effort_stream import BestEffortStream
from vscan.bounded_input import stat_if_exists
from vscan.cli.options import naming_option_origins, option_origin
from vscan.config import (
    DAY_S,
    CacheConfig,
    Config,
    cache_key,
)
from vscan.discovery import DIRECTORY_KINDS, check_target
from vscan.errors import UsageError
from vscan.policy.model import Policy, Waiver
from vscan.providers import PROVIDERS
from vscan.providers.offline import NAME as OFFLINE
from vscan.providers.vscan_dev import DEFAULT_API_URL
from vscan.safe_text import sanitize
from vscan.settings.config_file_reading import ConfigFile, mistyped_variables
from vscan.settings.directories import (
    default_cache_directory,
    default_data_directory,
    expand_home,
)
from vscan.settings.option_value_checks import check_api_url
from vscan.settings.table import BY_FIELD, CACHE_KEY_VARIABLE, Settings

# Of two opposites, the one on the command line wins over the other in a variable or the file.
_OF_SERVICES = (
    *("api_url", "delay_s", "timeout_s", "analysis_timeout_s"),
    *("max_retries", "retry_delay_s", "max_wait_s"),
)
_OPPOSITES = (("no_cache", "refresh_cache"), ("quiet", "verbose"), ("offline", "sources"))


def read_settings(context: click.Context) -> Settings:
    """Convert the options of a command to settings; those that it lacks have their default.

    ``UsageError`` where a value is bad, or where two options exclude each other.
    """
    parsed = {name: value for name, value in context.params.items() if name in BY_FIELD}
    parsed = _resolve_opposites(context, parsed)
    with naming_option_origins(context):
        values = {
            name: BY_FIELD[name].type.value(value, _option_name(name))
            for name, value in parsed.items()
        }
    if _on_command_line(context, "workers") and not _on_command_line(context, "parallel"):
        values["parallel"] = True
    if values["verbose"]:
        values["log_level"] = "debug"
    elif values["quiet"] and not _is_set(context, "log_level"):
        values["log_level"] = "error"  # warnings are lines at the end
    return Settings(**values)


def _resolve_opposites(context: click.Context, parsed: dict[str, Any]) -> dict[str, Any]:
    for pair in _OPPOSITES:
        if all(parsed.get(name) for name in pair):
            given = [name for name in pair if _on_command_line(context, name)]
            if len(given) != 1:
                names = [BY_FIELD[name].short or _option_name(name) for name in pair]
                raise UsageError(f"{' and '.join(names)} exclude each other")
            parsed |= {name: type(parsed[name])() for name in pair if name != given[0]}
    return parsed


def _option_name(field: str) -> str:
    return BY_FIELD[field].option.partition("/")[0]


def _on_command_line(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _is_set(context: click.Context, name: str) -> bool:
    # A command that lacks the option has no source of it.
    return context.get_parameter_source(name) not in {None, ParameterSource.DEFAULT}


def computed_defaults() -> Mapping[str, object]:
    """Give the values that settings without a default take, by their field.

    They depend on the machine, or on other modules; ``None`` where there is no home for them.
    """
    return {
        "api_url": DEFAULT_API_URL,
        "cache_dir": default_cache_directory(),
        "data_dir": default_data_directory(),
        "sources": tuple(provider.name for provider in PROVIDERS),
    }


def build_config(context: click.Context, settings: Settings) -> Config:
    """Check the settings together, and read the files that they name."""
    with naming_option_origins(context):
        return _build_config(context, settings)


def _build_config(context: click.Context, settings: Settings) -> Config:
    if not settings.allowed and _is_set(context, "allowed"):  # an empty list in the file
        raise UsageError("--allowed names nothing", hint="leave it out to allow everything")
    if settings.shard is not None:
        _check_shard(settings)
    file = context.obj
    assert isinstance(file, ConfigFile)
    warnings = [*file.warnings, *mistyped_variables(), *_without_effect(context, settings)]
    cache = _cache_config(settings, warnings)
    return Config(
        settings=settings,
        targets=_targets(context, settings),
        inventories=_inventories(context, settings.inventory),
        providers=_providers(settings),
        api_url=check_api_url(settings.api_url or DEFAULT_API_URL),
        workers=settings.workers if settings.parallel else 1,
        cache=cache,
        policy=_policy(settings),
        data_directory=settings.data_dir or default_data_directory(),
        workspace=os.environ.get("GITHUB_WORKSPACE") or _working_directory(),
        policy_files=tuple(
            sanitize(str(path), 1000)
            for path in (file.path, settings.ignore_file, settings.baseline)
            if path
        ),
        warnings=tuple(warnings),
    )


def _check_shard(settings: Settings) -> None:
    """Refuse what shards can't share: the rate limit of a service, and packs in other shards."""
    if _providers(settings) != (OFFLINE,):
        raise UsageError(
            "--shard is for the provider offline alone: shards can't share a service's rate limit",
            hint="add --offline; `vscan merge --source NAME` asks a service for all shards",
        )
    if settings.follow_packs:
        raise UsageError("--shard and --follow-packs exclude each other")


def _without_effect(context: click.Context, settings: Settings) -> Iterator[str]:
    """Name the values that were given, and that another setting leaves without effect."""
    fetches = bool(settings.fetch or settings.fetch_private)
    on_terminal = BestEffortStream(sys.stderr).isatty()
    logs = settings.log_format != "auto" or settings.log_file is not None or on_terminal
    is_local = _providers(settings) == (OFFLINE,) and not fetches
    for applies, without, names in (
        (settings.parallel, "without --parallel", ("workers",)),
        (fetches, "without --fetch", ("registry_key",)),
        (not settings.no_cache, "with --no-cache", ("cache_max_age",)),
        (logs, "without --log-format or --log-file: there is no log here", ("log_level",)),
        (not is_local, "with --offline", _OF_SERVICES),
        (OFFLINE in _providers(settings), "without the provider offline", ("jobs",)),
    ):
        for name in names:
            # A variable or a key may be set for all runs; that of the workers is easily mistaken.
            is_given = _is_set if name == "workers" else _on_command_line
            given = name in context.params and is_given(context, name)
            if given and not applies:
                origin = option_origin(context, name) or _option_name(name)
                yield f"{origin} has no effect {without}"


def _providers(settings: Settings) -> tuple[str, ...]:
    if settings.offline:
        return (OFFLINE,)
    known = tuple(provider.name for provider in PROVIDERS)
    for name in settings.sources:
        if name not in known:
            hint = f"use {' or '.join(known)}"
            raise UsageError(f"--source: unknown provider {sanitize(name)!r}", hint=hint)
    return settings.sources or known


def _targets(context: click.Context, settings: Settings) -> tuple[Path, ...]:
    given = context.params.get("targets", ())  # `vscan merge` has none
    targets = tuple(check_target(_without_tilde(text)) for text in given)
    # A variable or a key counts only where no target is given: an image sets it for all runs.
    is_named = bool(targets or settings.inventory)
    if _on_command_line(context, "extensions_dir") or not is_named:
        targets = (*targets, *_extensions_directories(settings.extensions_dir))
    return targets


def _inventories(context: click.Context, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Check that each inventory is there; one that can't be examined is reported by the scan."""
    if [*context.params.get("targets", ()), *paths].count("-") > 1:
        raise UsageError("--inventory: standard input (-) can be read only once")
    for path in paths:
        try:
            is_there = path == "-" or stat_if_exists(Path(path)) is not None
        except OSError:
            is_there = True
        if not is_there:
            raise UsageError(f"--inventory: {sanitize(path)} does not exist")
    return paths


def _without_tilde(text: str) -> str:
    """Expand a ``~`` that no shell has expanded, unless a file has that name."""
    return text if os.path.lexists(text) else expand_home(text)


def _extensions_directories(texts: Iterable[str]) -> Iterable[Path]:
    for text in texts:
        try:
            yield check_target(text, DIRECTORY_KINDS)
        except UsageError as error:
            raise UsageError(f"--extensions-dir: {error.message}", error.hint) from None


def _cache_config(settings: Settings, warnings: list[str]) -> CacheConfig:
    directory = None if settings.no_cache else settings.cache_dir or default_cache_directory()
    key = cache_key()
    if directory is not None and key == b"":
        directory = None
        warnings.append(
            f"{CACHE_KEY_VARIABLE} is set to nothing, so the cache is neither read nor written"
        )
    return CacheConfig(
        directory=directory,
        read=not settings.refresh_cache,
        max_age_s=settings.cache_max_age * DAY_S,
        key=key or None,
    )


def _policy(settings: Settings) -> Policy:
    """Take each field from the setting of its name, or from the file that the setting names."""
    values = {
        name: getattr(settings, name) for name in Policy.__struct_fields__ if name in BY_FIELD
    }
    waivers: tuple[Waiver, ...] = ()
    if settings.ignore_file or settings.baseline:
        from vscan.policy.baseline_from_report import read_baseline
        from vscan.policy.ignore_file import read_waivers

        waivers = read_waivers(settings.ignore_file) if settings.ignore_file else ()
        values["baseline"] = read_baseline(settings.baseline) if settings.baseline else None
    return Policy(**values, waivers=waivers)


def _working_directory() -> str:
    try:
        return str(Path.cwd())
    except OSError:
        return ""  # it was deleted
