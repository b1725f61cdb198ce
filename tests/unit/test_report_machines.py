"""Machines of an inventory in reports: bounded for programs, ten of them named for people."""

import csv as csv_module
import io
import json

import pytest
from msgspec.structs import replace

from tests.builders import extension, verdict
from tests.judged import report
from vscan.model import INVENTORY, How, Origin, Scanned, Task
from vscan.report import csv
from vscan.report import json as json_report
from vscan.report.alert_locations import location_of
from vscan.report.view import described_machines, described_places
from vscan.report_model import Report

MANY = 10_500


def on_machines(*names: str) -> Report:
    machines = tuple(Origin(name, kind=INVENTORY, how=How.INSTALLS) for name in names)
    named = replace(extension(), origins=machines, path=None, asked_by_name=True)
    return report(Scanned(Task("vscan.dev", (named,)), verdict(), from_cache=False))


def test_reports_for_programs_have_a_bounded_list() -> None:
    made = on_machines(*(f"pc-{number}" for number in range(MANY)))
    stream = io.StringIO()
    json_report.write(made, stream)
    (item,) = json.loads(stream.getvalue())["extensions"]
    assert item["machines"] == MANY
    assert len(item["origins"]) == 10_000
    stream = io.StringIO()
    csv.write(made, stream)
    csv_module.field_size_limit(10**9)
    (row,) = csv_module.DictReader(stream.getvalue().splitlines())
    assert len(row["machines"].split(", ")) == 10_000
    csv_module.field_size_limit(131_072)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), ""),
        (("one",), "1 machine (one)"),
        (tuple("abcdefghij"), "10 machines (a, b, c, d, e, f, g, h, i, j)"),
        (tuple("abcdefghijk"), "11 machines (a, b, c, d, e, f, g, h, i, j, ...)"),
    ],
)
def test_reports_for_people_name_ten(names: tuple[str, ...], expected: str) -> None:
    (assessment,) = on_machines(*names).assessments
    assert described_machines(assessment.extension) == expected
    assert described_places(assessment) == expected


def test_a_place_in_a_repository_comes_before_the_machines() -> None:
    (assessment,) = on_machines("one").assessments
    origins = (Origin("setup.sh", 3, 1, 4), *assessment.extension.origins)
    named = replace(assessment.extension, origins=origins)
    assert described_places(replace(assessment, extension=named)) == "setup.sh:3, 1 machine (one)"


def test_a_machine_is_no_file_of_the_repository() -> None:
    (assessment,) = on_machines("extensions.json").assessments
    assert location_of(assessment.extension, "")[0] == ".vscode/extensions/acme.tools/package.json"


def test_a_formula_is_no_name_of_a_machine() -> None:
    stream = io.StringIO()
    csv.write(on_machines("=1+1"), stream)
    (row,) = csv_module.DictReader(stream.getvalue().splitlines())
    assert row["machines"] == "'=1+1"
