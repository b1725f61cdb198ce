"""The tests for the real service, tried against one whose answers are known.

They can't run where there is no network, so that they would work is shown here; and that
each can fail.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import results
from tests.drift import STATUS, SUBMISSION, drift
from tests.integration.test_online import SAMPLE, UNKNOWN
from tests.server import Body, Fault, Script, Server

ROOT = Path(__file__).resolve().parent.parent.parent
ONLINE = "tests/integration/test_online.py"


def pytest_run(*options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", ONLINE, "-p", "no:cacheprovider", *options],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def like_the_sample(publisher: str, name: str, analysis_id: str) -> Body:
    answer = json.loads(SAMPLE.read_text("utf-8"))
    answer["analysisId"] = analysis_id
    answer["extensionInfo"]["name"] = name
    answer["analysisModules"]["metadata"]["metadata"]["publisherInfo"]["name"] = publisher
    return answer  # type: ignore[no-any-return]


class Whole(Server):
    """Says what the sample says, and knows the fields that the service's status has."""

    def fault(self, step: str, extension: str) -> Fault | None:
        if extension == UNKNOWN:
            return Fault(404, body={"error": "no such extension"})
        if step == "poll":
            body = dict(STATUS) | {"status": "completed", "analysisId": self.latest}
            return Fault("body", body=body)
        return super().fault(step, extension)

    @property
    def latest(self) -> None:
        """An analysis id that is absent fits every analysis."""


def test_they_are_off_and_say_so() -> None:
    done = pytest_run("-q")
    assert done.returncode == 0, done.stdout
    assert "4 skipped" in done.stdout
    assert "asks the real vscan.dev: choose it with -m online" in done.stdout


def test_they_pass_where_the_service_is_as_known(tmp_path: Path) -> None:
    with Whole(Script(answer=like_the_sample)) as server:
        done = pytest_run("-m", "online", VSCAN_ONLINE_API_URL=server.api_url,
                          VSCAN_ONLINE_RECORD=str(tmp_path))  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout
    learnt = json.loads((tmp_path / "unknown-extension.json").read_text())
    assert [step["status"] for step in learnt["steps"]] == [404]
    assert learnt["steps"][0]["body"] == '{"error": "no such extension"}'
    assert learnt["vscan"]["error_type"] == "not-listed"


def test_they_fail_where_it_is_not() -> None:
    """It throttles, its fields are others, and it accepts whatever it is asked."""

    def other(publisher: str, name: str, analysis_id: str) -> Body:
        answer = results(publisher, name, analysis_id=analysis_id)
        return answer | {"verdictV2": {}}

    faults = [Fault(429, "fetch", times=1, headers=(("Retry-After", "0"),))]
    with Server(Script(answer=other, faults=faults)) as server:
        done = pytest_run("-m", "online", VSCAN_ONLINE_API_URL=server.api_url)
    assert done.returncode == 1
    assert "three workers drew a 429" in done.stdout
    assert "unknown: verdictV2 (dict)" in done.stdout
    assert "missing: analysisModules.metadata.riskFactors" in done.stdout
    assert "3 failed, 1 passed" in done.stdout


def test_the_sample_has_not_drifted_from_itself() -> None:
    sample = json.loads(SAMPLE.read_text("utf-8"))
    assert list(drift(sample, sample)) == []


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ({"analysisId": "x", "status": "pending"}, ["missing: message"]),
        (SUBMISSION | {"queue": 3}, ["unknown: queue (number)"]),
        (SUBMISSION | {"status": 7}, ["another type: status is number, was str"]),
        (SUBMISSION | {"message": None}, []),
    ],
)
def test_every_difference_is_named(answer: object, named: list[str]) -> None:
    assert list(drift(answer, SUBMISSION)) == named


def test_differences_inside_lists_are_named_once() -> None:
    known = {"findings": [{"file": "a", "line": 1}, {"file": "b", "risk": "low"}]}
    found = {"findings": [{"file": "a", "line": 1, "risk": "low", "rule": "x"}] * 3}
    assert list(drift(found, known)) == ["unknown: findings[].rule (str)"]
    assert list(drift({"findings": []}, known)) == []
    assert list(drift({}, known)) == ["missing: findings"]
    assert list(drift({"findings": [{"file": "a"}]}, known)) == [
        "missing: findings[].line",
        "missing: findings[].risk",
    ]


def test_names_of_things_are_no_fields() -> None:
    sample = json.loads(SAMPLE.read_text("utf-8"))
    engines = {"EngineZ": {"category": "undetected"}}
    sample["analysisModules"]["virusTotal"]["fileResults"][0]["results"]["engines"] = engines
    assert list(drift(sample, json.loads(SAMPLE.read_text("utf-8")))) == []
