"""``vscan cache``: look after the cache of verdicts."""

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import click
from msgspec.structs import asdict

from vscan.cache import maintenance
from vscan.cli.options import options_of
from vscan.config import DAY_S, cache_key
from vscan.errors import UsageError
from vscan.registries.vsix_store import VsixStore
from vscan.safe_text import pluralize, sanitize
from vscan.settings.directories import default_cache_directory


@click.group("cache")
def commands() -> None:
    """Look after the cache of verdicts."""


def _directory(named: Path | None) -> Path:
    """Take the named directory, or the user's default; ``UsageError`` where there is neither."""
    directory = named or default_cache_directory()
    if directory is None:
        raise UsageError("this user has no home", hint="name the cache with --cache-dir")
    return directory


@commands.command()
@options_of("cache stats")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
def stats(cache_dir: Path | None, cache_max_age: int, *, as_json: bool) -> None:
    """Count what the cache holds."""
    directory = _directory(cache_dir)
    held = maintenance.stats(directory, max_age_s=cache_max_age * DAY_S, now=time.time())
    if as_json:
        fields = asdict(held)
        fields["by_source"] = fields.pop("by_scope")  # scripts rely on this name
        click.echo(json.dumps(fields, indent=2))
        return

    def day(seconds: int | None) -> str:
        return "-" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}Z"

    click.echo(f"path: {click.format_filename(held.path)}")
    click.echo(f"size: {held.size_bytes} bytes")
    click.echo(f"entries: {held.entries} ({held.expired} older than {cache_max_age} days)")
    click.echo(f"oldest: {day(held.oldest)}")
    click.echo(f"newest: {day(held.newest)}")
    archives, size = VsixStore(directory).size()
    click.echo(f"fetched archives: {archives} ({size} bytes)")
    for scope, number in held.by_scope.items():
        click.echo(f"  {sanitize(scope)}: {number}")


@commands.command()
@options_of("cache clear")
def clear(cache_dir: Path | None) -> None:
    """Remove the cache, whatever state it is in."""
    directory = _directory(cache_dir)
    cleared = maintenance.clear(directory)
    removed = list(cleared.names)
    if archives := VsixStore(directory).clear():
        removed.append(pluralize(archives, "fetched archive"))
    what = f"removed {', '.join(removed)}" if removed else "there was no cache"
    click.echo(f"cleared {click.format_filename(directory)}: {what}")
    if cleared.in_use:
        click.echo(
            "Warning: another process has the removed cache open; its results are not cached",
            err=True,
        )


@commands.command()
@options_of("cache prune")
def prune(cache_dir: Path | None, cache_max_age: int) -> None:
    """Remove what is too old to count."""
    directory = _directory(cache_dir)
    removed = maintenance.prune(directory, max_age_s=cache_max_age * DAY_S, now=time.time())
    archives = VsixStore(directory).prune()
    more = f", and {archives} bytes of fetched archives" if archives else ""
    click.echo(f"removed {pluralize(removed, 'entry')}{more}")


@commands.command()
@options_of("cache verify")
@click.pass_context
def verify(context: click.Context, cache_dir: Path | None) -> None:
    """Check that every entry is whole. Exits with 1 if one is not.

    With VSCAN_CACHE_KEY set, only entries that were signed with it count.
    """
    key = cache_key()
    if key == b"":
        raise UsageError("VSCAN_CACHE_KEY is set to nothing", hint="leave it out to use no secret")
    good, bad = maintenance.verify(_directory(cache_dir), key)
    click.echo(f"{pluralize(good, 'entry')} whole, {bad} not")
    context.exit(1 if bad else 0)


@commands.command()
@options_of("cache path")
def path(cache_dir: Path | None) -> None:
    """Print where the cache is."""
    click.echo(os.fsencode(_directory(cache_dir)))
