"""Make the lists of the seed: ``python -m ci.seed FILE[@DATE]...``.

A FILE is the Marketplace's list of removed extensions, or Open VSX's extension control file, as it
is published. Facts of it are kept (id, version, reason, day, address), not the file. The DATE
(2026-11-27) is the day that the file is of; without one it is that of its newest entry, and a file
without dates needs it: the time of a file says when it was copied. A list that isn't given stays.
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from vscan.advisories import formats
from vscan.advisories.bundled_data import LISTS
from vscan.advisories.records import FEED_URLS, Removed

_DATED = re.compile(r"(.+)@(\d{4}-\d\d-\d\d)")
_ADDRESSES = {
    "removed-marketplace": formats.MARKETPLACE_LIST,
    "removed-open-vsx": formats.OPEN_VSX_LIST,
}


def main(arguments: list[str]) -> None:
    """Write the lists of the files over those that are there."""
    if not arguments:
        sys.exit(__doc__)
    lists = held(LISTS.read_text("utf-8")) if LISTS.exists() else {}
    for argument in arguments:
        name, lines = read(argument)
        lists[name] = lines
        print(f"{name}: {json.loads(lines[0])['count']} entries")
    LISTS.write_text(text(lists), "utf-8")


def read(argument: str) -> tuple[str, list[str]]:
    """Read a file into the lines of its list, of which the first describes it."""
    dated = _DATED.fullmatch(argument)
    path = Path(dated[1] if dated else argument)
    stats = formats.ImportStats()
    with path.open("rb") as file:
        kind, entries = formats.read(file, stats)
        removed = [each for each in entries if isinstance(each, Removed)]
    name = formats.set_name(kind, stats)
    if name not in _ADDRESSES or not removed:
        sys.exit(f"{path} is no list of removed extensions")
    if stats.unusable:
        print(f"{name}: left out {stats.unusable}: {', '.join([stats.reason, *stats.others])}")
    as_of = date.fromisoformat(dated[2]) if dated else stats.newest
    if as_of is None:
        sys.exit(f"{path} has no date of its own: give it as {path}@YYYY-MM-DD")
    return name, list(describe_exception(name, as_of, removed))


def describe_exception(name: str, as_of: date, removed: Iterable[Removed]) -> Iterator[str]:
    """Write a list: what it is, then a line for each reason and day."""
    address = _ADDRESSES[name]
    by_day: dict[tuple[str, str], set[str]] = {}
    links = {}
    # An id that was removed twice for the same reason is one, of the day that is named last.
    once = {(each.extension, each.versions, each.reason): each for each in removed}
    for each in once.values():
        registry = each.registry
        key = "@".join((each.extension, *each.versions))
        by_day.setdefault((each.reason, each.removed or ""), set()).add(key)
        if each.url != address:
            links[key] = each.url
    lines = [
        json.dumps([name, reason, day or None, " ".join(sorted(keys))])
        for (reason, day), keys in sorted(by_day.items())
    ]
    head: dict[str, Any] = {
        "name": name,
        "source": FEED_URLS[name],
        "as_of": as_of.isoformat(),
        "count": sum(map(len, by_day.values())),
        "registry": str(registry),
        "url": address,
        "digest": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "links": dict(sorted(links.items())),
    }
    yield json.dumps(head)
    yield from lines


def held(content: str) -> dict[str, list[str]]:
    """Take the file apart into its lists."""
    head, *lines = content.splitlines()
    return {
        each["name"]: [
            json.dumps(each),
            *(line for line in lines if json.loads(line)[0] == each["name"]),
        ]
        for each in json.loads(head)
    }


def text(lists: Mapping[str, list[str]]) -> str:
    """Put the lists together: what they are in the first line, so that it alone can be read."""
    ordered = [lists[name] for name in sorted(lists)]
    head = f"[{', '.join(lines[0] for lines in ordered)}]"
    return "\n".join([head, *(line for lines in ordered for line in lines[1:])]) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
