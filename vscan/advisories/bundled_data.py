"""The data that is part of the program: lists of removed extensions, and well-known cases.

``python -m ci.seed`` writes ``seed.jsonl`` from the published lists: its first line names the
lists, and each other line has the ids that one of them removed for a reason on a day. The first
lookup reads it. ``cases.json`` is written by hand: npm packages and extensions whose malicious
versions are well known.
"""

import hashlib
import json
from collections.abc import Container, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from vscan.advisories.records import Affected, Ecosystem, Removed
from vscan.model import DataSet, Registry, Severity

LISTS = Path(__file__).with_name("seed.jsonl")
CASES = Path(__file__).with_name("cases.json")
# A list's name, a reason, a day, and ids or publishers, some with @ and a version.
_Line: TypeAlias = tuple[str, str, str | None, str]
_CASES_SOURCE = "https://pypi.org/project/vscan-ci/"


class Seed:
    """Looks up what is part of the program. Opening it reads only the names of the lists."""

    def __init__(self) -> None:
        with LISTS.open("rb") as file:
            head = file.readline()
        cases = CASES.read_bytes()
        self._lists: list[dict[str, Any]] = json.loads(head)
        self._cases = json.loads(cases)
        self.digest = hashlib.sha256(head + cases).hexdigest()

    @property
    def lists(self) -> tuple[DataSet, ...]:
        """The published lists, by the names of their sets, each as of its own date."""
        return tuple(
            DataSet(each["name"], each["source"], each["as_of"], each["count"])
            for each in self._lists
        )

    @property
    def cases(self) -> DataSet:
        """The cases as one set, under the name ``seed``."""
        count = len(self._cases["removals"]) + len(self._cases["advisories"])
        return DataSet("seed", _CASES_SOURCE, self._cases["as_of"], count)

    def removed(self, extension: str, publisher: str, names: Container[str]) -> list[Removed]:
        """Find an id or its publisher in the cases and in the lists of these names."""
        keys = (extension, publisher)
        found = [
            self._listed(line, written)
            for key in keys
            for line, written in self._by_extension.get(key, ())
            if line[0] in names
        ]
        cases = self._cases["removals"]
        return found + [_removed(each) for each in cases if each["extension"] in keys]

    def affected(self, package: str, ecosystems: Container[Ecosystem]) -> Iterator[Affected]:
        """Find the cases about a package, or about an extension by its id."""
        for each in self._cases["advisories"]:
            if each["package"] == package and each["ecosystem"] in ecosystems:
                yield _affected(each)

    def entries(self, name: str) -> Iterator[Removed]:
        """Yield the entries of a list."""
        for several in self._by_extension.values():
            yield from (self._listed(line, written) for line, written in several if line[0] == name)

    @cached_property
    def _by_extension(self) -> dict[str, list[tuple[_Line, str]]]:
        """The lines by id or publisher, each with the id as the line has it."""
        found: dict[str, list[tuple[_Line, str]]] = {}
        lines = filter(None, LISTS.read_text("utf-8").splitlines()[1:])
        for line in json.loads(f"[{','.join(lines)}]"):
            for written in line[3].split(" "):
                found.setdefault(written.partition("@")[0], []).append((line, written))
        return found

    def _listed(self, line: _Line, written: str) -> Removed:
        name, reason, day, _ = line
        of = next(each for each in self._lists if each["name"] == name)
        extension, _, version = written.partition("@")
        url = of["links"].get(written, of["url"])
        versions = (version,) if version else ()
        return Removed(extension, Registry(of["registry"]), versions, reason, day, url)


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
