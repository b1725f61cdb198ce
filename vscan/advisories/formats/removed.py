"""Parse the lists of removed extensions: the Marketplace's table, and Open VSX's control file.

The Marketplace's list is Markdown with American dates. Open VSX's file is JSON with ids, versions
and whole publishers.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from vscan.advisories.formats.fields_and_import_stats import ImportStats, link
from vscan.advisories.records import Removed, normalised_reason
from vscan.model import ExtensionId, Registry, parse_version
from vscan.safe_text import sanitize

MARKETPLACE_LIST = "https://github.com/microsoft/vsmarketplace/blob/main/RemovedPackages.md"
OPEN_VSX_LIST = (
    "https://github.com/EclipseFdn/publish-extensions/blob/master/extension-control/extensions.json"
)

PUBLISHER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,127}")
_US_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_FIRST_COLUMN = "extension identifier"


def is_marketplace_list(head: str) -> bool:
    """Whether a text with this beginning is the Marketplace's list."""
    return any(cell.lower() == _FIRST_COLUMN for row in _rows(head) for cell in row)


def is_open_vsx_control(found: dict[str, Any]) -> bool:
    """Whether a document is Open VSX's control file."""
    return isinstance(found.get("malicious"), list)


def _rows(text: str) -> Iterator[list[str]]:
    """Read the rows of Markdown tables, some of which lack the last bar."""
    for line in text.splitlines():
        if line.lstrip().startswith("|"):
            yield [cell.strip().strip("`*") for cell in line.strip().strip("|").split("|")]


def marketplace_list(text: str, stats: ImportStats) -> Iterator[Removed]:
    """Read a table of id, date (month/day/year) and reason."""
    for number, row in enumerate(_rows(text), 1):
        if row[0].lower() == _FIRST_COLUMN or not row[0].strip("-: "):
            continue
        try:
            if len(row) < 3:  # noqa: PLR2004 - the columns above
                raise ValueError("does not have three columns")  # noqa: TRY301
            extension = ExtensionId.parse(row[0]).key
            removed = _us_date(row[1])
        except ValueError as error:
            stats.add_unusable(f"row {number} ({sanitize(row[0], 80)})", error)
            continue
        stats.imported += 1
        stats.note_date(removed)
        yield Removed(
            extension,
            Registry.MARKETPLACE,
            (),
            sanitize(normalised_reason(row[2]), 100),
            removed.isoformat() if removed else None,
            MARKETPLACE_LIST,
        )


def _us_date(text: str) -> date | None:
    """Read ``8/22/2026``; ``None`` for anything else, since the date is optional."""
    found = _US_DATE.fullmatch(text)
    if not found:
        return None
    month, day, year = map(int, found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def open_vsx_control(control: dict[str, Any], stats: ImportStats) -> Iterator[Removed]:
    """Read the list ``malicious``: ids, ids with a version, or publishers.

    An id is also written with a slash, as in an address of the registry. The other lists of the
    file (deprecated, search, migrateToPreRelease) are not about safety.
    """
    links = control.get("learnMoreLinks")
    for item in control["malicious"]:
        name, _, version = item.partition("@") if isinstance(item, str) else ("", "", "")
        if "." not in name:
            name = name.replace("/", ".", 1)
        try:
            if not PUBLISHER.fullmatch(name):
                ExtensionId.parse(name)
            affected = (parse_version(version),) if version else ()
        except ValueError as error:
            stats.add_unusable(f"the entry {sanitize(json.dumps(item), 80)}", error)
            continue
        stats.imported += 1
        more = links.get(item) if isinstance(links, dict) else None
        yield Removed(
            name.lower(), Registry.OPEN_VSX, affected, "malware", None, link([more], OPEN_VSX_LIST)
        )
