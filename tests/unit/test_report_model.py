"""The line that every summary has about the public data that a run used."""

import io
import json
from typing import Literal

import jsonschema
import pytest
from msgspec.structs import replace

from tests.judged import report, scanned
from vscan.best_effort_stream import BestEffortStream
from vscan.model import DataSet, DataState
from vscan.report import json as as_json
from vscan.report import markdown
from vscan.report.terminal import write_summary
from vscan.report_model import Report

OLD = DataState(DataSet("removed-open-vsx", "https://example.com", "2027-01-21", 900), 10)
NEW = DataState(DataSet("osv-npm", "https://example.com", "2027-01-31", 250_000), 0)
CASES = DataState(DataSet("seed", "https://example.com", "2020-01-01", 50), 4000, ages=False)
MISSING = DataState(DataSet("retire.js", "https://example.com", "", 0), None)
UNDATED = DataState(DataSet("osv-vscode", "https://example.com", "soon", 7), None)


def used(*data: DataState) -> Report:
    made = report(scanned())
    return replace(made, run=replace(made.run, data=data))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ((), ""),
        ((MISSING,), "public data: none; missing: retire.js"),
        ((CASES,), "public data: 50 entries"),
        (
            (NEW, OLD, CASES),
            "public data: 250950 entries, the oldest 10 days old (removed-open-vsx, 2027-01-21)",
        ),
        (
            (CASES, MISSING),
            "public data: 50 entries; missing: retire.js",
        ),
        (
            (OLD, UNDATED),
            "public data: 907 entries, the oldest of an unknown day (osv-vscode, soon)",
        ),
    ],
)
def test_the_data_sentence_names_the_oldest_and_the_missing_data(
    data: tuple[DataState, ...], sentence: str
) -> None:
    assert used(*data).run.data_sentence == sentence


@pytest.mark.parametrize("style", ["rich", "plain", "quiet"])
def test_each_summary_has_the_data_sentence(style: Literal["rich", "plain", "quiet"]) -> None:
    for made, number in ((used(NEW, MISSING), 1), (used(), 0)):
        stream = io.StringIO()
        write_summary(made, BestEffortStream(stream), style)
        assert stream.getvalue().count("public data: ") == number


def test_the_markdown_and_the_json_report_have_the_data() -> None:
    stream = io.StringIO()
    markdown.write(used(NEW, MISSING), stream)
    assert "public data: 250000 entries" in stream.getvalue()
    stream = io.StringIO()
    as_json.write(used(NEW, MISSING, UNDATED), stream)
    found = json.loads(stream.getvalue())
    jsonschema.validate(found["run"], as_json.schema()["properties"]["run"])
    assert [(each["as_of"], each["age_days"]) for each in found["run"]["data"]] == [
        ("2027-01-31", 0),
        (None, None),
        ("soon", None),
    ]
