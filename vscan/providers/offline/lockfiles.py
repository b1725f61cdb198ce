"""Read the packages and versions in the lock files of npm, Yarn and pnpm. Pure.

Programs write the two YAML-like formats in one fixed form, so they are read line by line: this
needs no YAML parser, and hostile YAML has no effect. Packages for development alone aren't shipped
and are left out if the format tells: npm and older versions of pnpm mark them, and in version 9 of
pnpm the file names what needs what. Yarn's format does not: ``only_for_development`` reads the
manifest for it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct, field

from vscan.bounded_json import parse_json
from vscan.lazy_regex import lazy_regex
from vscan.providers.offline.manifest_values import mapping

Locked: TypeAlias = tuple[str, str]

MAX_NAME: Final = 214  # characters: the limit of npm
NAME: Final = r"(?:@[A-Za-z0-9._~-]{1,212}/)?[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,213}"
VERSION: Final = r"\d{1,9}\.\d{1,9}\.\d{1,9}(?:[-+][0-9A-Za-z.+-]{1,100})?"
_NAME = lazy_regex(NAME)
_VERSION = lazy_regex(VERSION)
_BELOW = "node_modules/"
_YARN_HEAD = lazy_regex(rf'"?({NAME})@(?:npm:({NAME})@)?.*:')
_YARN_VERSION = lazy_regex(rf'  version:? "?({VERSION})"?')
_SHIPPED = ("dependencies", "optionalDependencies", "peerDependencies")
# Each range of a head; a range may contain "||" and blanks, but neither a quote nor a comma.
_YARN_RANGES = lazy_regex(rf'({NAME})@([^",]{{1,300}}?)(?="?(?:,|:\Z|\Z))')
_YARN_NEED = lazy_regex(rf' {{4}}"?({NAME})"?:? "?([^"]*)"?')
_ALIAS = lazy_regex(rf"({NAME})@.+")
# Version 5: /name/1.2.3_peers; 6: /name@1.2.3(peers); 9: name@1.2.3(peers).
_PNPM_HEAD = lazy_regex(rf"  '?/?({NAME})[@/]({VERSION})(?:[(_][^:]*)?'?:")
_PNPM_LINE = lazy_regex(r"""( *)(?:'([^']*)'|"([^"]*)"|(\S.*?)):(?: +'?(.*?)'?)?""")
_PNPM_ALIAS = lazy_regex(rf"{NAME}@.+")
_PNPM_ROLES = ("dependencies", "optionalDependencies", "devDependencies")


def is_package(name: object, version: object) -> bool:
    """Say whether these are a valid name and an exact version of an npm package."""
    return (
        isinstance(name, str)
        and isinstance(version, str)
        and len(name) <= MAX_NAME
        and _NAME.fullmatch(name) is not None
        and _VERSION.fullmatch(version) is not None
    )


def npm(content: bytes) -> Iterator[Locked]:
    """Read a ``package-lock.json`` of version 1, 2 or 3; ``ValueError`` if it is not JSON."""
    lock = mapping(parse_json(content))
    packages = lock.get("packages")
    if isinstance(packages, dict):  # version 2 has both; this one is more complete
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


def only_for_development(content: bytes, manifest: Mapping[str, Any]) -> set[Locked]:
    """Return the packages that only the manifest's ``devDependencies`` need.

    The result is empty if a shipped dependency is missing from the lock file.
    """
    entries = _yarn_entries(content)
    by_range = {need: entry for entry in entries for need in entry.ranges}
    shipped, is_complete = _resolved(_ranges(manifest, *_SHIPPED), by_range)
    developed, _ = _resolved(_ranges(manifest, "devDependencies"), by_range)
    return developed - shipped if is_complete and not manifest.get("workspaces") else set()


class _YarnEntry(Struct):
    ranges: list[tuple[str, str]]  # names, each with a range that the entry satisfies
    version: str = ""
    needs: list[tuple[str, str]] = field(default_factory=list)


def _yarn_entries(content: bytes) -> list[_YarnEntry]:
    entries: list[_YarnEntry] = []
    section = ""
    for line in _lines(content):
        if line[:1] not in {" ", "#", ""}:
            ranges = [(name, _range(wanted)) for name, wanted in _YARN_RANGES.findall(line)]
            entries.append(_YarnEntry(ranges))
            section = ""
        elif not entries:
            continue
        elif version := _YARN_VERSION.fullmatch(line):
            entries[-1].version = version[1]
        elif line.startswith("    ") and section in {"dependencies", "optionalDependencies"}:
            need = _YARN_NEED.fullmatch(line)
            # An unreadable dependency counts as one that is missing.
            entries[-1].needs.append((need[1], _range(need[2])) if need else ("", line))
        elif not line.startswith("    "):
            section = line.strip().removesuffix(":")
    return entries


def _ranges(manifest: Mapping[str, Any], *keys: str) -> list[tuple[str, str]]:
    needs = (need for key in keys for need in mapping(manifest.get(key)).items())
    return [(name, _range(wanted) if isinstance(wanted, str) else "") for name, wanted in needs]


def _range(wanted: str) -> str:
    return wanted.strip().removeprefix("npm:")


def _resolved(
    needs: list[tuple[str, str]], by_range: Mapping[tuple[str, str], _YarnEntry]
) -> tuple[set[Locked], bool]:
    """Resolve dependencies and theirs; ``False`` if the lock file lacks one."""
    pending, seen = list(needs), set(needs)
    found: set[Locked] = set()
    is_complete = True
    while pending:
        need = pending.pop()
        entry = by_range.get(need)
        if entry is None:
            is_complete = False
            continue
        alias = _ALIAS.fullmatch(need[1])
        found.add((alias[1] if alias else need[0], entry.version))
        new = [each for each in entry.needs if each not in seen]
        seen.update(new)
        pending += new
    return found, is_complete


def pnpm(content: bytes) -> Iterator[Locked]:
    """Read a ``pnpm-lock.yaml``, of version 5, 6 or 9."""
    lines = _lines(content)
    developed = _pnpm_developed(lines) if "snapshots:" in lines else set()
    yield from (each for each in _pnpm_packages(lines) if each not in developed)


def _pnpm_packages(lines: list[str]) -> Iterator[Locked]:
    inside = False
    found: Locked | None = None
    for line in lines:
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


def _pnpm_developed(lines: list[str]) -> set[Locked]:
    """Return the packages of a version 9 that only ``devDependencies`` need.

    The result is empty if the file lacks a package that something needs.
    """
    # What a manifest needs, by the role in which it does; and the needs of each package.
    needed: dict[str, set[str]] = {role: set() for role in _PNPM_ROLES}
    needs: dict[str, set[str]] = {}
    for path, value in _pnpm_values(lines):
        match path:
            case ("importers", _, role, name, "version") if role in needed:
                needed[role].add(_pnpm_key(name, value))
            case ("snapshots", key):
                needs.setdefault(key, set())
            case ("snapshots", key, "dependencies" | "optionalDependencies", name) if value:
                needs.setdefault(key, set()).add(_pnpm_key(name, value))
    shipped = _pnpm_closure(needed["dependencies"] | needed["optionalDependencies"], needs)
    developed = _pnpm_closure(needed["devDependencies"], needs)
    if shipped is None or developed is None:
        return set()
    return _pnpm_locked(developed) - _pnpm_locked(shipped)


def _pnpm_values(lines: list[str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Read each line as the path of a key and the value behind it."""
    path: list[str] = []
    for line in lines:
        if found := _PNPM_LINE.fullmatch(line.rstrip()):
            depth = len(found[1]) // 2
            path[depth:] = [found[2] or found[3] or found[4] or ""]
            yield tuple(path), found[5] or ""


def _pnpm_key(name: str, version: str) -> str:
    """Name what satisfies a need. Another package of this name has its own name in the version."""
    return version if _PNPM_ALIAS.fullmatch(version) else f"{name}@{version}"


def _pnpm_closure(keys: set[str], needs: Mapping[str, set[str]]) -> set[str] | None:
    """Add all that the packages need; ``None`` if one is missing. Linked folders need nothing."""
    found: set[str] = set()
    pending = set(keys)
    while pending:
        key = pending.pop()
        if key in found or "@link:" in key:
            continue
        if key not in needs:
            return None
        found.add(key)
        pending |= needs[key]
    return found


def _pnpm_locked(keys: set[str]) -> set[Locked]:
    heads = (_PNPM_HEAD.fullmatch(f"  {key}:") for key in keys)
    return {(head[1], head[2]) for head in heads if head}


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "replace").splitlines()


READERS = {
    "npm-shrinkwrap.json": npm,
    "package-lock.json": npm,
    "pnpm-lock.yaml": pnpm,
    "yarn.lock": yarn,
}
