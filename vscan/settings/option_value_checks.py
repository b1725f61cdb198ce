"""Check the values of single options. Each function raises ``UsageError`` for a bad value.

A message begins with the option, so that ``cli.options`` can name the variable or the key
that the value came from.
"""

import difflib
import ipaddress
import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from vscan import model
from vscan.errors import UsageError
from vscan.model import ExtensionId
from vscan.safe_text import sanitize

# The formats of reports, each a module of vscan.report, and the suffixes that stand for them.
FORMATS = {
    "json": (".json",),
    "jsonl": (".jsonl",),
    "sarif": (".sarif",),
    "html": (".html", ".htm"),
    "csv": (".csv",),
    "markdown": (".md",),
    "junit": (".xml",),
    "github": (),
}
# Opened by its name, a file that standard output leads to would be written from its beginning.
_STANDARD_OUTPUT = {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}


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


def check_included(text: str, option: str) -> str:
    """Accept an id that can be scanned by name, or a pattern of ids."""
    check_pattern(text, option)
    if "*" not in text:
        try:
            ExtensionId.parse(text)
        except ValueError as error:
            raise UsageError(
                f"{option}: {sanitize(text, 100)!r} is {error}",
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


def _closest_format(name: str) -> str:
    close = difflib.get_close_matches(name, FORMATS, 1)
    return f"did you mean {close[0]}? Otherwise " if close else ""


def parse_output(text: str) -> tuple[str, str]:
    """Read ``FORMAT=PATH``, or a bare path whose suffix names the format."""
    name, equals, path = text.partition("=")
    if equals and name in FORMATS:
        if not path:
            raise UsageError(f"--output {sanitize(text)}: the path is missing")
        return name, "-" if path in _STANDARD_OUTPUT else path
    if equals and re.fullmatch(r"[a-z]+", name):
        raise UsageError(
            f"--output: unknown format {sanitize(name)!r}",
            hint=f"{_closest_format(name)}use one of: {', '.join(FORMATS)}",
        )
    suffix = Path(text).suffix.lower()
    for name, suffixes in FORMATS.items():
        if suffix in suffixes:
            return name, text
    raise UsageError(
        f"--output {sanitize(text)}: cannot infer the report format from the file name",
        hint="use FORMAT=PATH, such as json=report.json",
    )
