"""What the user wants, whole and checked: nothing behind this door looks at options."""

import ipaddress
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from vscan import model
from vscan.errors import UsageError
from vscan.model import ExtensionId, Registry, RiskLevel
from vscan.policy.model import Policy
from vscan.text import sanitize
from vscan.untrusted_input import stat_or_none

DAY_S = 24 * 3600
# The formats of reports, each a module of vscan.report, and the suffixes that stand for them.
FORMATS = {
    "json": (".json",),
    "sarif": (".sarif",),
    "html": (".html", ".htm"),
    "csv": (".csv",),
    "markdown": (".md",),
    "junit": (".xml",),
    "github": (),
}
# Opened by its name, a file that standard output leads to would be written from its beginning.
_STANDARD_OUTPUT = {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}


@dataclass(frozen=True, slots=True)
class CacheConfig:
    """Where verdicts are remembered and for how long. No directory: nowhere.

    ``key`` is the secret of ``VSCAN_CACHE_KEY``.
    """

    directory: Path | None
    read: bool
    max_age_s: float
    key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that a scan depends on. Times in seconds."""

    targets: tuple[Path, ...]
    providers: tuple[str, ...]
    api_url: str
    workers: int  # 1: sequential
    delay_s: float
    timeout_s: float
    analysis_timeout_s: float
    deadline_s: float | None
    max_retries: int
    retry_delay_s: float
    max_wait_s: float
    cache: CacheConfig
    include_ids: tuple[str, ...]
    exclude_ids: tuple[str, ...]
    publishers: tuple[str, ...]
    private: tuple[str, ...]
    policy: Policy
    data_directory: Path | None = None  # where published data about extensions lies
    workspace: str = ""  # what a platform takes paths relative to; "": the working directory
    min_risk: RiskLevel = RiskLevel.UNKNOWN  # which extensions the reports for people show
    policy_files: tuple[str, ...] = ()  # what the policy was read from
    warnings: tuple[str, ...] = ()  # what is odd about the settings, and the report tells
    registry: Registry | None = None  # where the extensions come from, if somebody says so
    follow_links: bool = True  # from a directory of extensions to what lies elsewhere


def default_cache_directory() -> Path | None:
    """Find where this user's caches are; ``None`` for a user without a home."""
    return _directory_of("XDG_CACHE_HOME", ".cache")


def default_data_directory() -> Path | None:
    """Find where this user's data is; ``None`` for a user without a home."""
    return _directory_of("XDG_DATA_HOME", ".local/share")


def _directory_of(variable: str, in_home: str) -> Path | None:
    base = os.environ.get(variable, "")
    if os.path.isabs(base):  # noqa: PTH117 - the standard ignores relative ones
        return Path(base) / "vscan"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    # A relative one is a directory of the working directory's owner.
    return home / in_home / "vscan" if home.is_absolute() else None


def cache_key() -> bytes | None:
    """Take the secret that seals cache rows from the environment.

    ``None`` without one; empty where the variable is set to nothing, as by a pipeline
    that was not given its secret: what it would read could be anybody's.
    """
    secret = os.environ.get("VSCAN_CACHE_KEY")
    if secret is not None and not secret.strip():
        return b""
    return None if secret is None else secret.encode("utf-8", "surrogateescape")


_TARGETS = "a TARGET is a directory of extensions, such as ~/.vscode/extensions, or a .vsix file"


def check_target(text: str) -> Path:
    """Accept a directory of extensions or a .vsix file; ``UsageError`` for all else."""
    if not text:
        raise UsageError("a TARGET is empty", hint="perhaps a variable that is not set")
    path = Path(text)
    try:
        found = stat_or_none(path)
        if found is not None and stat.S_ISDIR(found.st_mode):
            manifest = stat_or_none(path / "package.json")
            is_manifest = manifest is not None and stat.S_ISREG(manifest.st_mode)
            if is_manifest and not _holds_extensions(path):
                raise UsageError(
                    f"{sanitize(text)} is one extension, not a directory of them",
                    hint="name the directory that it lies in; --include-ids chooses one",
                )
            return path
        is_file = found is not None and stat.S_ISREG(found.st_mode)
        if path.suffix.lower() == ".vsix" and is_file:
            return path
    except OSError:
        return path  # it is there and can't be looked at: the report will say so
    if found is not None:
        raise UsageError(f"{sanitize(text)} is neither a directory nor a .vsix file", hint=_TARGETS)
    raise UsageError(f"{sanitize(text)} does not exist", hint=_TARGETS)


def _holds_extensions(directory: Path) -> bool:
    """Say whether a directory with a ``package.json`` holds extensions, and is none itself.

    Such are those that come with an editor: npm builds them all together.
    """
    from vscan.extension_files import UnreadableError, is_extension_manifest, read_manifest

    def is_extension(folder: Path) -> bool:
        try:
            return is_extension_manifest(read_manifest(folder.resolve()))
        except (UnreadableError, OSError, RuntimeError):
            return False

    try:
        if is_extension_manifest(read_manifest(directory.resolve())):
            return False
    except UnreadableError:
        return False
    return any(is_extension(folder) for folder in directory.iterdir() if folder.is_dir())


def check_api_url(text: str) -> str:
    """Accept https, or http to this machine; ``UsageError`` for all else."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise UsageError("--api-url is not an address") from None
    if any(mark in text for mark in "@?#"):  # an empty query or fragment swallows the path, too
        # It would end up in reports, logs and the cache.
        raise UsageError("--api-url must have no user name, password, query or fragment")
    inert = text.isascii() and text.isprintable() and " " not in text
    if not host or not _is_host(host) or not inert:
        raise UsageError(f"--api-url is not an address: {sanitize(text)}")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)):
        return text
    raise UsageError(
        f"--api-url is {sanitize(text)}", hint="use https, or http to a loopback address"
    )


def _is_host(host: str) -> bool:
    return ":" in host or all(
        re.fullmatch(r"[a-z0-9_-]{1,63}", label) for label in host.removesuffix(".").split(".")
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_pattern(text: str, option: str) -> str:
    """Accept an id or a pattern of ids with ``*``; ``UsageError`` for all else."""
    try:
        return model.check_pattern(text)
    except ValueError:
        raise UsageError(
            f"{option}: {sanitize(text, 100)!r} is neither an id nor a pattern",
            hint="ids look like publisher.name, patterns like publisher.*",
        ) from None


def check_included(text: str) -> str:
    """Accept what can be scanned by name, or a pattern."""
    check_pattern(text, "--include-ids")
    if "*" not in text:
        try:
            ExtensionId.parse(text)
        except ValueError as error:
            raise UsageError(
                f"--include-ids: {sanitize(text, 100)!r} is {error}",
                hint="a pattern for a whole publisher is publisher.*",
            ) from None
    return text


def check_outputs(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Read all outputs; no two may go to the same place."""
    outputs = tuple(parse_output(text) for text in texts)
    places = [path if path == "-" else _real(path) for _, path in outputs]
    for number, place in enumerate(places):
        if place in places[:number]:
            raise UsageError(f"--output: two reports to one place: {sanitize(outputs[number][1])}")
    return outputs


def _real(path: str) -> str:
    try:
        return os.path.realpath(path)
    except OSError:
        raise UsageError(
            f"{sanitize(path)} can't be written: the working directory is gone",
            hint="name a whole path",
        ) from None


def parse_output(text: str) -> tuple[str, str]:
    """Read ``FORMAT=PATH``, or a bare path whose suffix names the format."""
    name, equals, path = text.partition("=")
    if equals and name in FORMATS:
        if not path:
            raise UsageError(f"--output {sanitize(text)}: the path is missing")
        return name, "-" if path in _STANDARD_OUTPUT else path
    if equals and re.fullmatch(r"[a-z]+", name):
        raise UsageError(
            f"--output: unknown format {sanitize(name)!r}", hint=f"use one of: {', '.join(FORMATS)}"
        )
    suffix = Path(text).suffix.lower()
    for name, suffixes in FORMATS.items():
        if suffix in suffixes:
            return name, text
    raise UsageError(
        f"--output {sanitize(text)}: the format can't be told",
        hint="use FORMAT=PATH, such as json=report.json",
    )
