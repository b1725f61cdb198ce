"""Public data about extensions and packages: removals, advisories and signatures.

This package looks data up in the file that ``vscan db`` writes, and in a seed that is part of the
program, so that a new installation finds something. Opening it reads a few rows; SQLite and the
order of versions are imported with the first lookup that needs them.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from vscan.advisories.bundled_data import Seed
from vscan.advisories.records import (
    FEED_URLS,
    REQUIRED_FEEDS,
    SHA256,
    Affected,
    Ecosystem,
    Removed,
    Signature,
    severity_of,
)
from vscan.model import DataSet, DataState, ExtensionId, Registry, Severity
from vscan.safe_text import pluralize, sanitize

if TYPE_CHECKING:
    from vscan.advisories.database import Reader, StoredSet

__all__ = [
    "Advisories",
    "Advisory",
    "DataSet",
    "Registry",
    "Removal",
    "Signature",
]

MAX_AGE_DAYS = 7  # older data is warned of
SEED = "seed:"  # the prefix of the name of a list in the seed
_UPDATE = "`vscan db update` fetches"
_NO_VERSION = "0"  # stands for the version of a file, which has none
_LATEST = "999999999.0.0"  # stands for whichever version is the latest
_CASES = {"seed", "osv-records"}  # single cases, which do not become outdated


class Removal(Struct, frozen=True):
    """A removal of an extension by a registry. ``reason`` is in normalised words."""

    registry: Registry
    versions: tuple[str, ...]  # (): all of them
    reason: str
    severity: Severity
    removed: str | None  # ISO date
    url: str


class Advisory(Struct, frozen=True):
    """An advisory that affects the given version.

    ``score`` is a CVSS base score. ``fixed`` is the lowest version above the given one that the
    advisory does not name as affected. ``registry`` is the one of an extension.
    """

    id: str
    aliases: tuple[str, ...]
    summary: str
    severity: Severity
    score: float | None
    malicious: bool
    fixed: str | None
    url: str
    registry: Registry | None = None


_REGISTRY = {
    Ecosystem.MARKETPLACE: Registry.MARKETPLACE,
    Ecosystem.OPEN_VSX: Registry.OPEN_VSX,
}


class Advisories:
    """Looks public data up, for one thread. ``close`` it at the end.

    Without a directory, or without a file in it, lookups find only what the seed has. The same
    applies where the file can't be used, or a link to it leads nowhere; ``error`` then says why.
    A file that turns out to be damaged later raises ``database.DataError``, because an empty
    answer would mean that nothing is known.

    The file's copy of a list replaces the one of the seed if it is at least as new and has at
    least half as many entries: registries correct their lists. ``sets`` are those that lookups
    use; ``missing`` names the required feeds without any data.
    """

    def __init__(self, directory: Path | None) -> None:
        self.error: str | None = None
        self._reader: Reader | None = None
        self._last: tuple[tuple[str, tuple[Ecosystem, ...]], tuple[Affected, ...]] = ("", ()), ()
        self._directory = directory
        self._seed = Seed()
        stored: tuple[StoredSet, ...] = ()
        if directory is not None:
            from vscan.advisories import database

            try:
                self._reader = database.Reader(directory / database.FILE_NAME)
                stored = self._reader.sets()
            except FileNotFoundError:
                place = directory / database.FILE_NAME
                if directory.is_symlink() or place.is_symlink():
                    self.error = f"the data in {place} can't be used: a link leads nowhere"
            except database.DataError as error:
                self.close()
                self._reader = None
                self.error = error.message
        held = {each.name: each for each in stored}
        lists = [each for each in self._seed.lists if not _replaces(held.get(each.name), each)]
        self._lists = frozenset(each.name for each in lists)  # of the seed, that lookups use
        self.sets: tuple[DataSet, ...] = (
            *(DataSet(each.name, each.source, each.as_of, each.count) for each in stored),
            *(replace(each, name=f"{SEED}{each.name}") for each in lists),
            self._seed.cases,
        )
        present = held.keys() | self._lists
        self.missing = tuple(names[0] for names in REQUIRED_FEEDS if present.isdisjoint(names))
        content = hashlib.sha256(self._seed.digest.encode())
        for each in stored:
            content.update(f"{each.name} {each.as_of} {each.digest}\n".encode())
        self.version = content.hexdigest()[:16]

    def close(self) -> None:
        """Close the file."""
        if self._reader is not None:
            self._reader.close()

    @property
    def lists(self) -> tuple[tuple[DataSet, Iterator[Removed]], ...]:
        """The lists of the seed that lookups use, with their entries."""
        return tuple(
            (each, self._seed.entries(each.name))
            for each in self._seed.lists
            if each.name in self._lists
        )

    def states(self, today: date) -> tuple[DataState, ...]:
        """Return the age of each set. A missing set has no date and no entries."""
        return (
            *(
                DataState(each, _age(each, today), each.name not in _CASES)
                for each in self._newest()
            ),
            *(DataState(DataSet(name, FEED_URLS[name], "", 0), None) for name in self.missing),
        )

    def _newest(self) -> Iterator[DataSet]:
        """Yield the sets without a list that the other place has as new or newer.

        A list without a date can't be compared, and is named beside the other one.
        """
        newest: dict[tuple[str, bool], DataSet] = {}
        for each in self.sets:  # those of the file come first
            list_ = each.name.removeprefix(SEED), each.as_of == ""
            if list_ not in newest or each.as_of > newest[list_].as_of:
                newest[list_] = each
        yield from newest.values()

    def warnings(self, today: date) -> tuple[str, ...]:
        """Say what can't be used, what is missing, and what is too old to rely on."""
        if self.error is not None:
            return (self.error,)
        states = self.states(today)
        if self._reader is None:
            place = "" if self._directory is None else f" in {sanitize(str(self._directory), 500)}"
            oldest = min((s.data.as_of for s in states if s.ages and not s.missing), default="")
            known = f"only what came with the program is known, as of {oldest}"
            nothing = f"nothing of {', '.join(self.missing)}"
            return (f"there is no public data{place}: {known}, and {nothing}; {_UPDATE} it",)
        old = [each for each in states if each.older_than(MAX_AGE_DAYS) and not each.missing]
        return (
            *map(_warning, old),
            *(
                [f"there is no data of {', '.join(self.missing)}: {_UPDATE} it"]
                if self.missing
                else []
            ),
        )

    def removals(self, identity: ExtensionId) -> tuple[Removal, ...]:
        """Find every removal of an extension or of its whole publisher, the worst first."""
        publisher = identity.publisher.lower()
        found = self._reader.removed(identity.key, publisher) if self._reader else ()
        found += tuple(self._seed.removed(identity.key, publisher, self._lists))
        once = {(each.registry, each.versions, each.reason): each for each in reversed(found)}
        made = [
            Removal(
                each.registry,
                each.versions,
                each.reason,
                severity_of(each.reason),
                each.removed,
                each.url,
            )
            for each in once.values()
        ]
        return tuple(sorted(made, key=lambda each: (-each.severity, each.registry, each.versions)))

    def for_package(self, name: str, version: str) -> tuple[Advisory, ...]:
        """Find the advisories that affect a version of an npm package, the worst first."""
        return self._known((Ecosystem.NPM,), name, version)

    def for_extension(self, identity: ExtensionId, version: str | None) -> tuple[Advisory, ...]:
        """Find the advisories that affect a version of an extension, the worst first.

        Without a version, those that affect every later one, too. An advisory for both registries
        is there twice.
        """
        ecosystems = (Ecosystem.MARKETPLACE, Ecosystem.OPEN_VSX)
        return self._known(ecosystems, identity.key, version or _LATEST)

    def for_library(self, name: str, version: str) -> tuple[Advisory, ...]:
        """Find the advisories of retire.js that affect a version of a library."""
        return self._known((Ecosystem.RETIRE_JS,), name, version)

    def signatures(self) -> tuple[Signature, ...]:
        """Return the signatures that recognise libraries."""
        return () if self._reader is None else self._reader.signatures()

    @cached_property
    def has_file_digests(self) -> bool:
        """Whether ``for_files`` has any digests to compare with."""
        return self._reader is not None and self._reader.has_file_digests()

    def for_files(self, digests: Iterable[str]) -> Iterator[tuple[str, Advisory]]:
        """Find the malicious ones of some files, by their SHA-256 in hex and lower case."""
        if self._reader is None or not self.has_file_digests:
            return
        for digest, entries in groupby(self._reader.files(digests), attrgetter("package")):
            for advisory in _against(entries, _NO_VERSION):
                yield digest.removeprefix(SHA256), advisory

    def _known(
        self, ecosystems: tuple[Ecosystem, ...], name: str, version: str
    ) -> tuple[Advisory, ...]:
        if self._last[0] != (
            name,
            ecosystems,
        ):  # a lock file may have several versions
            entries = tuple(self._seed.affected(name, ecosystems))
            if self._reader is not None:
                entries = (*self._reader.affected(name, ecosystems), *entries)
            self._last = (name, ecosystems), entries
        entries = self._last[1]
        return _against(entries, version) if entries else ()


def _against(entries: Iterable[Affected], version: str) -> tuple[Advisory, ...]:
    """Choose the entries about a version, each advisory once, whichever of its ids they have."""
    from vscan.advisories.version_ranges import affects, fixed_above

    found: list[Advisory] = []
    seen: set[tuple[Ecosystem, str]] = set()
    # GitHub and the malicious packages project both have a record of the same case; the more
    # severe one is used.
    for entry in sorted(entries, key=lambda each: (not each.malicious, -each.severity)):
        names = {(entry.ecosystem, name) for name in (entry.id, *entry.aliases)}
        if names & seen or not affects(entry, version):
            continue
        seen |= names
        found.append(
            Advisory(
                entry.id,
                entry.aliases,
                entry.summary,
                entry.severity,
                entry.score,
                entry.malicious,
                fixed_above(entry, version),
                entry.url,
                _REGISTRY.get(entry.ecosystem),
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.severity, each.id)))


def _replaces(held: "StoredSet | None", seed: DataSet) -> bool:
    """Whether the file's list is at least as new as the seed's, and at least half as long."""
    return held is not None and held.as_of >= seed.as_of and 2 * held.count >= seed.count


def _age(each: DataSet, today: date) -> int | None:
    """Count the days; ``None`` where the date is missing, invalid, or in the future."""
    try:
        days = (today - date.fromisoformat(each.as_of)).days
    except ValueError:
        return None
    return max(days, 0) if days >= -1 else None  # a day is the difference between time zones


def _warning(state: DataState) -> str:
    data = state.data
    if not data.as_of:
        return f"the age of the data of {data.name} is not known: {_UPDATE} what is new"
    if state.days is None:
        return f"the data of {data.name} has an impossible date ({data.as_of})"
    age = pluralize(state.days, "day")
    return f"the data of {data.name} is {age} old ({data.as_of}): {_UPDATE} what is new"
