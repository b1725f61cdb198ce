"""Against the real vscan.dev. Off unless chosen: ``python -m pytest -m online``.

A whole pass asks about four extensions, some of them twice: some 25 requests, at a pace
that was never refused. ``VSCAN_ONLINE_API_URL`` names another server that speaks the same
language; ``VSCAN_ONLINE_RECORD`` a directory that what was learnt is written to.
"""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import jsonschema
import pytest

from tests.builders import install
from tests.command import Result, scan
from tests.drift import STATUS, SUBMISSION, drift
from vscan.providers.vscan_dev import DEFAULT_API_URL
from vscan.report.json import schema

pytestmark = pytest.mark.online

API_URL = os.environ.get("VSCAN_ONLINE_API_URL") or DEFAULT_API_URL
PACE_S = 0.0 if API_URL.startswith("http:") else 1.5
POPULAR = ("esbenp.prettier-vscode", "ms-python.python", "redhat.vscode-yaml")
UNKNOWN = "vscan-ci-nobody.no-such-extension"
SAMPLE = Path(__file__).resolve().parent.parent / "data" / "results-sample.json"


def scan_three(place: Path, *options: str) -> Result:
    for extension in POPULAR:
        if not (place / "extensions" / f"{extension}-1.0.0").exists():
            install(place / "extensions", extension)
    return scan(
        place,
        place / "extensions",
        "--no-cache",
        *options,
        VSCAN_API_URL=API_URL,
        VSCAN_DELAY=str(PACE_S),
        VSCAN_FAIL_ON="none",
        VSCAN_ON_GAP="warn",  # whether VirusTotal has answered is not what is tested
    )


def ask(path: str, question: object = None) -> tuple[int, dict[str, str], bytes]:
    """Make one request by hand. Returns status, headers and body, whatever they are."""
    time.sleep(PACE_S)
    body = None if question is None else json.dumps(question).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "vscan tests"}
    request = Request(f"{API_URL}/{path}", data=body, headers=headers)
    try:
        with urlopen(request, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read(2**24)
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read(2**16)


Record = Callable[[str, object], None]


def record(tell: Record, name: str, learnt: dict[str, Any]) -> None:
    """Have what was learnt stand at the end of the tests' output, and keep it where wanted."""
    text = json.dumps(learnt, indent=1)
    tell("figure", f"{name}: {text}")
    if directory := os.environ.get("VSCAN_ONLINE_RECORD"):
        Path(directory).mkdir(parents=True, exist_ok=True)
        Path(directory, f"{name}.json").write_text(text + "\n", "utf-8")


def test_three_popular_extensions_in_parallel(tmp_path: Path, record_property: Record) -> None:
    done = scan_three(tmp_path, "--parallel")
    assert done.code == 0, done.err
    jsonschema.validate(done.report, schema())
    assert done.stats["scanned"] == done.stats["fresh"] == len(POPULAR)
    assert done.report["run"]["workers"] == 3
    record(record_property, "parallel", {"stats": done.stats, "run": done.report["run"]["mode"]})
    assert done.stats["rate_limited"] == 0, "three workers drew a 429 at the default pace"


def test_sequential_and_parallel_say_the_same(tmp_path: Path) -> None:
    one, three = scan_three(tmp_path), scan_three(tmp_path, "--parallel")
    assert one.code == three.code == 0, one.err + three.err
    for part in ("extensions", "failed_extensions", "not_scanned", "rules", "decision"):
        assert one.report[part] == three.report[part]
    for count in ("total", "scanned", "fresh", "failed", "with_gaps", "findings_by_severity"):
        assert one.stats[count] == three.stats[count]


def test_the_shape_of_the_answers_is_the_known_one(record_property: Record) -> None:
    """Every field that is new or gone is named: a difference is news, not yet a fault."""
    publisher, _, name = POPULAR[0].partition(".")
    found: dict[str, list[str]] = {}
    status, _, body = ask("analyze", {"publisher": publisher, "name": name})
    assert status in (200, 202), body
    submission = json.loads(body)
    found["analyze"] = list(drift(submission, SUBMISSION))
    polled: dict[str, Any] = {}
    for _ in range(60):
        status, _, body = ask(f"status/{submission['analysisId']}")
        assert status == 200, body
        polled = json.loads(body)
        if polled.get("status") == "completed":
            break
        time.sleep(5)
    found["status"] = list(drift(polled, STATUS))
    status, _, body = ask(f"results/{submission['analysisId']}")
    assert status == 200, body
    found["results"] = list(drift(json.loads(body), json.loads(SAMPLE.read_text("utf-8"))))
    record(record_property, "drift", found)
    assert not any(found.values()), json.dumps(found, indent=1)


def test_an_unknown_extension_is_not_listed_and_the_form_of_that_is_recorded(
    tmp_path: Path, record_property: Record
) -> None:
    """What the service says of one that nobody has published was never seen."""
    publisher, _, name = UNKNOWN.partition(".")
    steps = []
    status, headers, body = ask("analyze", {"publisher": publisher, "name": name})
    steps.append({"step": "analyze", "status": status, "headers": headers, "body": _text(body)})
    if status in (200, 202):
        analysis_id = json.loads(body)["analysisId"]
        for step in ("status", "results"):
            status, headers, body = ask(f"{step}/{analysis_id}")
            steps.append({"step": step, "status": status, "headers": headers, "body": _text(body)})
    (tmp_path / "extensions").mkdir()
    done = scan(tmp_path, tmp_path / "extensions", "--no-cache", "--include-ids", UNKNOWN,
                VSCAN_API_URL=API_URL, VSCAN_DELAY=str(PACE_S))  # fmt: skip
    (failed,) = done.report["failed_extensions"]
    record(record_property, "unknown-extension", {"steps": steps, "vscan": failed})
    assert done.code == 3, done.err
    assert failed["error_type"] == "not-listed", json.dumps(steps, indent=1)


def _text(body: bytes) -> str:
    return body[:2000].decode("utf-8", "replace")
