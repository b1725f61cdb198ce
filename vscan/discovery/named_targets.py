"""The target kinds that name extensions: a file of a kind, standard input, and an id."""

import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from vscan.bounded_input import read_file
from vscan.discovery.named import KINDS
from vscan.discovery.named.interface import Named, NamedKind, Span
from vscan.discovery.named.list_file import KIND as LIST_FILE
from vscan.discovery.named.list_file import read_list
from vscan.discovery.named_extensions import NamedExtensions
from vscan.discovery.repository_files import decoded
from vscan.discovery.repository_target import read_named_file
from vscan.discovery.target_interface import Found, ReadOptions, TargetKind
from vscan.discovery.vsix_files import SUFFIX
from vscan.extension_files import os_error_reason
from vscan.model import Extension, ExtensionId, How, Origin, Unreadable, parse_version
from vscan.safe_text import sanitize

_MAX_BYTES = 1024**2
_STDIN = "-"
# As editors take it on a command line. A path has a slash, or exists.
_ID = re.compile(
    r"(?P<id>[A-Za-z0-9][A-Za-z0-9-]*\.[A-Za-z0-9][A-Za-z0-9-]*)(?:@(?P<version>[^@]+))?"
)


def _accepts_file(path: Path, found: os.stat_result | None) -> bool:
    """Whether a file may name extensions: one of a kind, or a list of ids of any name."""
    is_file = found is not None and not stat.S_ISDIR(found.st_mode)
    return is_file and not path.name.lower().endswith(SUFFIX)


def _kinds_of(path: Path) -> tuple[NamedKind, ...]:
    absolute = PurePosixPath(Path(os.path.abspath(path)).as_posix().lstrip("/"))  # noqa: PTH100 - links stay
    return tuple(kind for kind in KINDS if kind.accepts(absolute)) or (LIST_FILE,)


def _read_file(path: Path, options: ReadOptions) -> Iterator[Found]:
    del options
    try:
        text = decoded(read_file(path, _MAX_BYTES))
    except OSError as error:
        yield _not_read(str(path), os_error_reason(error))
        return
    if "\0" in text:
        yield _not_read(str(path), "it is no text")
        return
    yield from read_named_file(path, _kinds_of(path), text)


def _read_stdin(path: Path, options: ReadOptions) -> Iterator[Found]:
    del path, options
    try:
        content = sys.stdin.buffer.read(_MAX_BYTES + 1)
    except (OSError, ValueError, AttributeError) as error:
        why = os_error_reason(error) if isinstance(error, OSError) else "it is closed"
        yield _not_read("standard input", why)
        return
    if len(content) > _MAX_BYTES:
        yield _not_read("standard input", f"it has more than {_MAX_BYTES} bytes")
        return
    named = NamedExtensions()
    for each in read_list(decoded(content)):
        named.add("standard input", "standard-input", each)
    yield from named.found()


def _not_read(name: str, why: str) -> Unreadable:
    name = sanitize(name, 1000)
    return Unreadable(name, f"it can't be read: {why}", None, None, None, (Origin(name),))


def _accepts_id(path: Path, found: os.stat_result | None) -> bool:
    return found is None and _named(str(path)) is not None


def _named(text: str) -> Named | None:
    match = _ID.fullmatch(text)
    if match is None:
        return None
    version = match["version"]
    is_pre_release = version == "prerelease"
    try:
        version = parse_version(version) if version and not is_pre_release else None
        identity = ExtensionId.parse(match["id"])
    except ValueError:
        return None
    return Named(identity, How.INSTALLS, Span(1, 1, len(text)), version, is_pre_release)


def _read_id(path: Path, options: ReadOptions) -> Iterator[Found]:
    del options
    named = _named(str(path))
    assert named is not None
    yield Extension(
        id=named.id,
        version=named.version,
        target_platform=None,
        display_name=named.id.name,
        path=None,
        origins=(
            Origin(
                "the command line",
                kind="id",
                version=named.version,
                is_pre_release=named.is_pre_release,
            ),
        ),
        in_index=None,
        asked_by_name=True,
    )


FILE = TargetKind(
    "a file that names extensions",
    "a file that names them, such as devcontainer.json or a list of ids",
    _accepts_file,
    _read_file,
    lambda path: " and ".join(kind.name for kind in _kinds_of(path)),
)
STDIN = TargetKind(
    "standard input",
    "- for a list of ids on standard input",
    lambda path, _: str(path) == _STDIN,
    _read_stdin,
)
ID = TargetKind(
    "an id",
    "an id (publisher.name or publisher.name@version)",
    _accepts_id,
    _read_id,
)
