"""Every format of one run: each valid, and all of them saying the same."""

import csv
import json
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from tests.builders import install, results
from tests.command import Result, vscan
from tests.server import Fault, Script, Server
from vscan.report.json import schema
from vscan.settings.option_value_checks import FORMATS

LOST = "acme.tool-07"


def answer(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
    number = int(name[-2:])
    return results(
        publisher,
        name,
        analysis_id=analysis_id,
        levels={"permissions": "medium"} if number % 3 else {},
        vulnerabilities={"high": number % 2, "critical": int(number % 5 == 0)},
    )


class Run:
    """One scan that wrote every format."""

    def __init__(self, home: Path, *options: str) -> None:
        for number in range(91):
            install(home / "extensions", f"acme.tool-{number:02d}")
        (home / "extensions" / "acme.broken-1.0.0" / "package.json").mkdir(parents=True)
        waiver = '[[ignore]]\nid = "acme.tool-1*"\nrule = "vulnerable-*"\nreason = "seen"\n'
        (home / "accepted.toml").write_text(waiver)
        outputs = [f"--output={name}={home / f'report.{name}'}" for name in FORMATS]
        script = Script(answer=answer, faults=[Fault(500, "fetch", LOST)])
        with Server(script) as server:
            self.done: Result = vscan(
                home, "scan", "extensions", "--api-url", server.api_url, "--delay", "0",
                "--retry-delay", "0.01", "--workers", "5", "--ignore-file", "accepted.toml",
                *outputs, *options,
            )  # fmt: skip
        self.text = {name: (home / f"report.{name}").read_text("utf-8") for name in FORMATS}
        self.json = json.loads(self.text["json"])
        self.sarif = json.loads(self.text["sarif"])["runs"][0]
        self.csv = list(csv.DictReader(self.text["csv"].splitlines()))
        self.junit = ET.fromstring(self.text["junit"])
        self.html = Words(self.text["html"])


class Words(HTMLParser):
    """The words of a page, and its title."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.feed(page)
        self.words = self.text.split()

    def handle_data(self, data: str) -> None:
        self.text += data  # a link within a sentence divides no word


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return Run(tmp_path_factory.mktemp("reports"))


def test_every_format_gives_the_same_outcome(run: Run) -> None:
    assert run.done.code == 1
    decision = run.json["decision"]
    assert (decision["outcome"], decision["exit_code"]) == ("findings", 1)
    jsonschema.validate(run.json, schema())
    properties = {p.get("name"): p.get("value") for p in run.junit.iter("property")}
    assert (properties["outcome"], properties["exit_code"]) == ("findings", "1")
    assert run.sarif["invocations"][0]["exitCodeDescription"] == "findings"
    assert run.text["markdown"].startswith("## vscan: failed (exit code 1)\n")
    assert run.text["github"].startswith("::error ")
    assert run.html.words[:4] == ["vscan:", "failed", "(exit", "1)"]
    for reason in decision["reasons"]:
        assert reason in run.text["markdown"]
        told = {
            n["message"]["text"] for n in run.sarif["invocations"][0]["toolExecutionNotifications"]
        }
        assert reason in told
        assert " ".join(reason.split()) in " ".join(run.html.words)


def test_every_format_counts_the_same(run: Run) -> None:
    stats = run.json["stats"]
    assert (stats["total"], stats["failed"], stats["unreadable"]) == (92, 1, 1)
    severities = {word: n for word, n in stats["findings_by_severity"].items() if n}

    rows = [row for row in run.csv if row["severity"]]
    assert Counter(row["severity"] for row in rows) == severities
    assert sum(row["waived"] != "" for row in rows) == stats["findings_waived"] > 0
    assert len({row["id"] for row in run.csv}) == stats["total"]
    assert [r["error_type"] for r in run.csv if r["error_type"]] == ["bad-response", "unreadable"]

    (suite,) = run.junit
    assert len(suite.findall("testcase")) == stats["total"] == int(suite.get("tests", ""))
    errors = int(suite.get("errors", ""))
    assert errors == len(run.json["failed_extensions"]) == len(suite.findall(".//error"))
    failing = {case.get("name") for case in suite if case.find("failure") is not None}
    assert len(failing) == int(suite.get("failures", ""))

    properties = run.sarif["properties"]
    for name in ("total", "scanned", "cached", "fresh", "failed", "unreadable"):
        assert properties[name] == stats[name]
    found = sum(result["properties"]["findings"] for result in run.sarif["results"])
    assert found == sum(severities.values())
    open_ = {
        result["properties"]["extension"]
        for result in run.sarif["results"]
        if result["level"] == "error" and not result.get("suppressions")
    }
    assert {f"{name}@1.0.0" for name in open_} == failing

    (line,) = re.findall(r"^\| (92 .*) \|$", run.text["markdown"], re.MULTILINE)
    counts = [int(cell) for cell in line.split(" | ")]
    assert counts[:4] == [stats[n] for n in ("total", "scanned", "failed", "unreadable")]
    assert counts[4:] == list(stats["findings_by_severity"].values())


def test_min_risk_changes_no_outcome_and_no_report_for_machines(run: Run, tmp_path: Path) -> None:
    less = Run(tmp_path, "--min-risk-level", "critical")
    assert less.done.code == run.done.code
    assert less.json["stats"]["findings_by_severity"] == run.json["stats"]["findings_by_severity"]
    assert len(less.csv) == len(run.csv)
    assert len(less.sarif["results"]) == len(run.sarif["results"])
    assert len(less.text["markdown"]) < len(run.text["markdown"])
    assert len(less.text["html"]) < len(run.text["html"])
