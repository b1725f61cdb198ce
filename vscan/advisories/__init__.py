"""What is publicly known of extensions and packages: removals, advisories, signatures.

The reading side: nothing but look-ups, in a file that ``vscan db`` has made and in a small
seed that comes with the program, so that a fresh one finds something. Opening it reads a
few rows; whoever asks for nothing has imported little.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vscan.advisories.entries import (
    SHA256,
    Affected,
    Ecosystem,
    Registry,
    Removed,
    Signature,
    severity_of,
)
from vscan.domain import DataSet, ExtensionId, Severity
from vscan.text import counted

if TYPE_CHECKING:
    from vscan.advisories.store import Reader, StoredSet

__all__ = [
    "Advisories",
    "Advisory",
    "DataSet",
    "Registry",
    "Removal",
    "Signature",
    "aged",
]

MAX_AGE_DAYS = 30
SEED = "seed"
_NO_VERSION = "0"  # in place of one, for what has none
_SEED_SOURCE = "https://pypi.org/project/vscan-ci/"


@dataclass(frozen=True, slots=True)
class Removal:
    """That a registry removed an extension, and why, in the normalised words of its list."""

    registry: Registry
    versions: tuple[str, ...]  # (): all of them
    reason: str
    severity: Severity
    removed: str | None  # ISO date
    url: str


@dataclass(frozen=True, slots=True)
class Advisory:
    """What is known against the version that was asked for.

    ``score`` is a CVSS base score, ``fixed`` the lowest version above the one asked for
    that is not affected, as far as the advisory says.
    """

    id: str
    aliases: tuple[str, ...]
    summary: str
    severity: Severity
    score: float | None
    malicious: bool
    fixed: str | None
    url: str


class Advisories:
    """Look things up. For one thread; ``close`` it at the end.

    Without a directory, or without a file in it, the seed is all there is. So it is where
    the file can't be used, or a link to it leads nowhere, and ``trouble`` then says why. A file
    that turns out to be damaged later raises ``store.DataError``: no answer is not "nothing known".
    """

    def __init__(self, directory: Path | None) -> None:
        self.trouble: str | None = None
        self._reader: Reader | None = None
        self._last: tuple[tuple[str, tuple[Ecosystem, ...]], tuple[Affected, ...]] = ("", ()), ()
        seed = Path(__file__).with_name("seed.json").read_bytes()
        self._seed = json.loads(seed)
        removals, advisories = self._seed["removals"], self._seed["advisories"]
        stored: tuple[StoredSet, ...] = ()
        if directory is not None:
            from vscan.advisories import store

            try:
                self._reader = store.Reader(directory / store.FILE_NAME)
                stored = self._reader.sets()
            except FileNotFoundError:
                place = directory / store.FILE_NAME
                if directory.is_symlink() or place.is_symlink():
                    self.trouble = f"the data in {place} can't be used: a link leads nowhere"
            except store.DataError as error:
                self.close()
                self._reader = None
                self.trouble = error.message
        self.sets: tuple[DataSet, ...] = (
            *(DataSet(each.name, each.source, each.as_of, each.count) for each in stored),
            DataSet(SEED, _SEED_SOURCE, self._seed["as_of"], len(removals) + len(advisories)),
        )
        content = hashlib.sha256(seed)
        for each in stored:
            content.update(f"{each.name} {each.as_of} {each.digest}\n".encode())
        self.version = content.hexdigest()[:16]

    def close(self) -> None:
        """Close the file."""
        if self._reader is not None:
            self._reader.close()

    def removals(self, identity: ExtensionId) -> tuple[Removal, ...]:
        """Find every removal of an extension, or of all its publisher's, the worst first."""
        publisher = identity.publisher.lower()
        found = self._reader.removed(identity.key, publisher) if self._reader else ()
        found += tuple(
            _removed(each)
            for each in self._seed["removals"]
            if each["extension"] in {identity.key, publisher}
        )
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

    def of_package(self, name: str, version: str) -> tuple[Advisory, ...]:
        """Find what is known against a version of an npm package, the worst first."""
        return self._known((Ecosystem.NPM,), name, version)

    def of_extension(self, identity: ExtensionId, version: str | None) -> tuple[Advisory, ...]:
        """Find what is known against a version of an extension, on either registry."""
        if version is None:
            return ()
        return self._known((Ecosystem.MARKETPLACE, Ecosystem.OPEN_VSX), identity.key, version)

    def retired(self, name: str, version: str) -> tuple[Advisory, ...]:
        """Find what retire.js knows against a version of a library."""
        return self._known((Ecosystem.RETIRE_JS,), name, version)

    def signatures(self) -> tuple[Signature, ...]:
        """Give what libraries are recognised by."""
        return () if self._reader is None else self._reader.signatures()

    @cached_property
    def knows_files(self) -> bool:
        """Whether ``of_files`` has anything to compare with."""
        return self._reader is not None and self._reader.knows_files()

    def of_files(self, digests: Iterable[str]) -> Iterator[tuple[str, Advisory]]:
        """Find which files are known to be malicious, by their SHA-256 in hex and lower case."""
        if self._reader is None or not self.knows_files:
            return
        for digest, entries in groupby(self._reader.files(digests), attrgetter("package")):
            for advisory in _against(entries, _NO_VERSION):
                yield digest.removeprefix(SHA256), advisory

    def _known(
        self, ecosystems: tuple[Ecosystem, ...], name: str, version: str
    ) -> tuple[Advisory, ...]:
        if self._last[0] != (name, ecosystems):  # a lock file has several versions of one
            entries = tuple(
                _affected(each)
                for each in self._seed["advisories"]
                if each["package"] == name and each["ecosystem"] in ecosystems
            )
            if self._reader is not None:
                entries = (*self._reader.affected(name, ecosystems), *entries)
            self._last = (name, ecosystems), entries
        entries = self._last[1]
        return _against(entries, version) if entries else ()


def _against(entries: Iterable[Affected], version: str) -> tuple[Advisory, ...]:
    """Choose the entries about a version, each advisory once, under whichever of its names."""
    from vscan.advisories.versions import affects, fixed_above

    found: list[Advisory] = []
    named: set[str] = set()
    # Of the records of one case the one that says the worst speaks: there is one of GitHub's
    # and one of the malicious packages' for the same version of a package.
    for entry in sorted(entries, key=lambda each: (not each.malicious, -each.severity)):
        names = {entry.id, *entry.aliases}
        if names & named or not affects(entry, version):
            continue
        named |= names
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
            )
        )
    return tuple(sorted(found, key=lambda each: (-each.severity, each.id)))


def _removed(each: dict[str, Any]) -> Removed:
    return Removed(
        each["extension"],
        Registry(each["registry"]),
        tuple(each["versions"]),
        each["reason"],
        each["removed"],
        each["url"],
    )


def _affected(each: dict[str, Any]) -> Affected:
    return Affected(
        Ecosystem(each["ecosystem"]),
        each["package"],
        each["id"],
        tuple(each["aliases"]),
        each["summary"],
        Severity[each["severity"].upper()],
        each["score"],
        each["malicious"],
        each["url"],
        tuple(each["versions"]),
        tuple(tuple((what, at) for what, at in events) for events in each["ranges"]),
    )


def aged(sets: Iterable[DataSet], today: date) -> tuple[str, ...]:
    """Say which data is too old to rely on; the seed, which is history, never is."""
    warnings = []
    for each in sets:
        if each.name == SEED:
            continue
        try:
            days = (today - date.fromisoformat(each.as_of)).days
        except ValueError:
            days = -2
        if days < -1:  # a day is the difference between two time zones
            warnings.append(f"the data of {each.name} has no date that can be ({each.as_of})")
        elif days > MAX_AGE_DAYS:
            warnings.append(
                f"the data of {each.name} is {counted(days, 'day')} old ({each.as_of}):"
                " `vscan db update` fetches what is new"
            )
    return tuple(warnings)
