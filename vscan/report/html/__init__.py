"""The HTML report: one file for a reviewer, which loads nothing and sends nothing.

Its content security policy allows the script and the style by their hashes, so the browser
executes no text of an extension even if escaping failed. The template escapes each text, and the
output is ASCII, which each stream, server and editor reads the same way.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from typing import IO

from jinja2 import Environment, PackageLoader, StrictUndefined

from vscan import __version__
from vscan.model import RiskLevel, Severity, Unreadable
from vscan.policy.model import Assessment, Conclusion
from vscan.report.html.charts import bars_of
from vscan.report.html.rows import (
    MOST_ROWS,
    STANDING_CLASSES,
    ReportContext,
    Row,
    count_by_publisher,
    repeats_title,
    row_of,
    split_by_events,
)
from vscan.report.html.text_filters import (
    age_text,
    duration_text,
    package_specifier,
    parsed_time,
    place_text,
    time_text,
    without_backticks,
)
from vscan.report.html.verdict_texts import headline_of, reasons_of
from vscan.report.view import (
    Standing,
    group_missing_verdicts,
    result_word,
    tally,
    used_rules,
    worst_first,
)
from vscan.report_model import Report
from vscan.safe_text import pluralize, sanitize

# Advice where there is no extension to list.
_ADVICE = {
    Conclusion.NOTHING_TO_SCAN: (
        ("A repository and all that it names:", "vscan scan ."),
        ("A directory of installed extensions:", "vscan scan ~/.vscode/extensions"),
        ("One extension by its id:", "vscan scan publisher.name"),
        ("What a scan would read, without a request:", "vscan scan . --dry-run"),
    ),
    Conclusion.ERROR: (("The same command, and what it does on the way:", "--log-level debug"),),
    Conclusion.INTERRUPTED: (
        ("The same command again: what was answered is in the cache.", "vscan scan"),
    ),
}
_INTEGRITY = {
    "signed": "signed with the key that was given: its owner signed these bytes",
    "signed-unpinned": (
        "signed with the key that the registry sends: whoever controls the registry could send"
        " another key"
    ),
    "digest": (
        "the published digest matches: nothing changed the archive on its way, which proves"
        " nothing about the registry itself"
    ),
    "none": "not checked: the registry publishes nothing to check the archive against",
}
# The class of a finding, and the value of the filter, for each standing.
_DETAILS_UNTIL = 4_500_000  # characters; rows after these have no details, if not all have a row
_BUFFER = 32 * 1024  # characters in one write


def write(report: Report, stream: IO[str]) -> None:
    """Write the report, one extension at a time, so that a large one needs little memory."""
    style, script = _part("page.css"), _part("page.js")
    listed = worst_first(report)
    items, others = split_by_events(listed)
    context = ReportContext(report, items)
    written = _Counted(stream)
    complete = len(listed) <= MOST_ROWS
    brief: list[str] = []  # anchors of the rows without details, known after the last row

    def rows() -> Iterator[tuple[str, Assessment | Unreadable, Row | None, bool]]:
        for item in items:
            anchor = context.anchor_of(item)
            row = None if isinstance(item, Unreadable) else row_of(item, context)
            detailed = complete or row is None or written.size < _DETAILS_UNTIL
            if not detailed:
                brief.append(anchor)
            yield anchor, item, row, detailed

    template = _environment(report, context).get_template("page.jinja")
    counts = tally(report.assessments)
    pieces = template.generate(
        report=report,
        version=__version__,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        word=result_word(report),
        headline=headline_of(report),
        reasons=reasons_of(report),
        bars=bars_of(report, counts),
        severities=[
            s for s in sorted(Severity, reverse=True) if any(c[s] for c in counts.values())
        ],
        standings={
            standing: (STANDING_CLASSES[standing], label)
            for standing, label in (
                (Standing.ACTIVE, "Count for the policy"),
                (Standing.POSTURE, "Posture"),
                (Standing.SUPPRESSED, "Suppressed"),
                (Standing.IN_BASELINE, "Known from the baseline"),
            )
            if counts[standing].total()
        },
        findings=counts,
        # Two lookups of one extension may fail for one reason.
        failures=[
            (*cause, entries, len({id(entry.item) for entry in entries}))
            for cause, entries in group_missing_verdicts(listed).items()
        ],
        anchor_of=context.anchor_of,
        number=len(items),
        complete=complete,
        left_out=len(report.assessments) + len(report.unreadable) - len(listed),
        others=count_by_publisher(others),
        others_number=len(others),
        rows=rows(),
        brief=brief,
        rules=used_rules(report),
        advice=_ADVICE.get(report.decision.outcome, ()),
        integrity=_INTEGRITY,
        unknown=RiskLevel.UNKNOWN,
    )
    for piece in _joined(pieces):
        written.write(piece.encode("ascii", "xmlcharrefreplace").decode())


class _Counted:
    """A stream that counts the characters that were written to it."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self.size = 0

    def write(self, text: str) -> None:
        self._stream.write(text)
        self.size += len(text)


def _joined(pieces: Iterable[str]) -> Iterator[str]:
    """Join small pieces: most are one tag, and a piece can be as long as an extension."""
    buffer: list[str] = []
    size = 0
    for piece in pieces:
        buffer.append(piece)
        size += len(piece)
        if size > _BUFFER:
            yield "".join(buffer)
            buffer, size = [], 0
    yield "".join(buffer)


def _part(name: str) -> str:
    return resources.files("vscan.report.html").joinpath(name).read_text("utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _environment(report: Report, context: ReportContext) -> Environment:
    environment = Environment(
        loader=PackageLoader("vscan.report.html", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "age": partial(age_text, now=parsed_time(report.run.finished_at)),
        "pluralize": pluralize,
        "epoch": lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat(),
        "duration": duration_text,
        "linked": context.linked,
        "plain": without_backticks,
        "place": place_text,
        "moment": time_text,
        "sanitize": sanitize,
        "specifier": package_specifier,
    }
    environment.tests["repeating"] = repeats_title
    environment.tests["judged"] = context.is_judged
    environment.tests["https"] = lambda url: isinstance(url, str) and url.startswith("https://")
    return environment
