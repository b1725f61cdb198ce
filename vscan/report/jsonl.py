"""The JSON report as lines, each an object with a ``type``, for programs that read a stream.

The first line is the header, the last one the trailer: a reader that sees no trailer knows that the
report is cut short. ``lines`` in the trailer counts all lines. The other fields are those of the
JSON report, of the same format version.
"""

import json
from typing import IO, Any

from vscan.report.json import decision, header, lists
from vscan.report_model import Report

TYPES = {
    "extensions": "extension",
    "failed_extensions": "failure",
    "not_scanned": "not-scanned",
    "place_findings": "place-finding",
    "rules": "rule",
    "merge": "merge",
}


def write(report: Report, stream: IO[str]) -> None:
    """Write the lines; only one is in memory at a time."""
    stream.write(_line("header", header(report)))
    number = 2
    for key, lines in lists(report):
        for line in lines:
            # "item", because what is merged has fields of its own names.
            rest = f'"item": {line}}}' if key == "merge" else line[1:]
            stream.write(f'{{"type": "{TYPES[key]}", {rest}\n')
            number += 1
    trailer = {"lines": number, "stats": report.stats.published(), "decision": decision(report)}
    stream.write(_line("trailer", trailer))


def _line(kind: str, fields: dict[str, Any]) -> str:
    return json.dumps({"type": kind, **fields}, allow_nan=False) + "\n"
