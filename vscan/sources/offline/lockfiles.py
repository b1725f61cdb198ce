"""Read which versions of packages a lock file names: npm's, Yarn's, pnpm's. Pure.

The two that are YAML, or nearly, are written by programs in one form each, so they are read line
by line: that costs no parser of YAML, and hostile YAML does nothing. What is for development
alone isn't shipped and is left out, where the format says so.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from vscan.sources.offline.manifest import mapping
from vscan.untrusted import parse_json

Locked: TypeAlias = tuple[str, str]

MAX_NAME: Final = 214  # characters: npm takes no longer name
NAME: Final = r"(?:@[A-Za-z0-9._~-]{1,212}/)?[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,213}"
VERSION: Final = r"\d{1,9}\.\d{1,9}\.\d{1,9}(?:[-+][0-9A-Za-z.+-]{1,100})?"
_NAME = re.compile(NAME)
_VERSION = re.compile(VERSION)
_BELOW = "node_modules/"
_YARN_HEAD = re.compile(rf'"?({NAME})@(?:npm:({NAME})@)?.*:')
_YARN_VERSION = re.compile(rf'  version:? "?({VERSION})"?')
# Version 5: /name/1.2.3_peers; 6: /name@1.2.3(peers); 9: name@1.2.3(peers).
_PNPM_HEAD = re.compile(rf"  '?/?({NAME})[@/]({VERSION})(?:[(_][^:]*)?'?:")


def is_package(name: object, version: object) -> bool:
    """Tell whether these are a name and an exact version, as npm has them."""
    return (
        isinstance(name, str)
        and isinstance(version, str)
        and len(name) <= MAX_NAME
        and _NAME.fullmatch(name) is not None
        and _VERSION.fullmatch(version) is not None
    )


def npm(content: bytes) -> Iterator[Locked]:
    """Read a ``package-lock.json`` of version 1, 2 or 3; ``ValueError`` where it is none."""
    lock = mapping(parse_json(content))
    packages = lock.get("packages")
    if isinstance(packages, dict):  # 2 has both, and this says more
        for path, entry in packages.items():
            each = mapping(entry)
            name = each.get("name") or path.rpartition(_BELOW)[2]
            if _BELOW in path:
                yield from _shipped(name, each)
        return
    waiting = [lock]
    while waiting:
        for name, entry in mapping(waiting.pop().get("dependencies")).items():
            each = mapping(entry)
            yield from _shipped(name, each)
            waiting.append(each)


def _shipped(name: object, entry: Mapping[str, Any]) -> Iterator[Locked]:
    version = entry.get("version")
    if entry.get("dev") is not True and is_package(name, version):
        yield str(name), str(version)


def yarn(content: bytes) -> Iterator[Locked]:
    """Read a ``yarn.lock``, of the first version or a later one."""
    name = None
    for line in _lines(content):
        if line[:1] not in {" ", "#", ""}:
            head = None if "@workspace:" in line else _YARN_HEAD.fullmatch(line)
            name = (head[2] or head[1]) if head else None
        elif name and (version := _YARN_VERSION.fullmatch(line)):
            yield name, version[1]
            name = None


def pnpm(content: bytes) -> Iterator[Locked]:
    """Read a ``pnpm-lock.yaml``, of version 5, 6 or 9."""
    inside = False
    found: Locked | None = None
    for line in _lines(content):
        if line[:1] not in {" ", ""}:
            inside = line in {"packages:", "snapshots:"}
        elif inside and line.rstrip() == "    dev: true":
            found = None
        elif inside and (head := _PNPM_HEAD.match(line)):
            if found:
                yield found
            found = head[1], head[2]
    if found:
        yield found


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "replace").splitlines()


READERS = {
    "npm-shrinkwrap.json": npm,
    "package-lock.json": npm,
    "pnpm-lock.yaml": pnpm,
    "yarn.lock": yarn,
}
