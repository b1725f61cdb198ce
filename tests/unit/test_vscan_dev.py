"""What the client sends and how it reads headers, without a socket."""

import json
from collections.abc import Iterator

import pytest
import responses

from tests.builders import results, task
from vscan import __version__
from vscan.domain import Failed, FailureKind, Scanned
from vscan.gate import Gate
from vscan.sources import VscanDev
from vscan.sources.interface import Limits
from vscan.sources.vscan_dev import VscanDevClient, retry_after

API = "https://vscan.test/api/extensions"


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def ask() -> object:
    client = VscanDevClient(API, Gate(0.0), Limits(max_retries=0))
    try:
        return client.ask(task("GitHub.Tools"), 0, None)
    finally:
        client.close()


def answer(api: responses.RequestsMock, analysis_id: str, path: str) -> None:
    api.post(f"{API}/analyze", json={"analysisId": analysis_id, "status": "pending"}, status=202)
    api.get(f"{API}/status/{path}", json={"analysisId": analysis_id, "status": "completed"})
    api.get(f"{API}/results/{path}", json=results("github", "tools", analysis_id=analysis_id))


def test_the_question_is_the_id_and_nothing_else(api: responses.RequestsMock) -> None:
    answer(api, "a-1", "a-1")
    assert isinstance(ask(), Scanned)
    request = api.calls[0].request
    assert json.loads(request.body or b"") == {"publisher": "GitHub", "name": "Tools"}
    assert request.headers["User-Agent"].startswith(f"vscan/{__version__} (+https://")
    assert request.headers["Accept-Encoding"] == "gzip"


def test_an_analysis_id_can_not_lead_elsewhere(api: responses.RequestsMock) -> None:
    """It is quoted whole, as it comes from outside."""
    answer(api, "../../x?y=z#a b", "..%2F..%2Fx%3Fy%3Dz%23a%20b")
    assert isinstance(ask(), Scanned)


@pytest.mark.parametrize("analysis_id", [None, 7, "", "x" * 201, "a\nb", "é"])
def test_a_submission_without_a_usable_id_is_not_believed(
    api: responses.RequestsMock, analysis_id: object
) -> None:
    api.post(f"{API}/analyze", json={"analysisId": analysis_id}, status=202)
    outcome = ask()
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.BAD_RESPONSE


@pytest.mark.parametrize(
    ("value", "date", "expected"),
    [
        (None, None, None),
        ("0", None, 0),
        ("120", None, 120),
        (" 7 ", None, 7),
        ("1.5", None, 1.5),
        ("-1", None, None),
        ("1e9", None, None),
        ("soon", None, None),
        ("", None, None),
        ("٣", None, None),
        ("9" * 20, None, 1e20),
        ("9" * 500, None, None),
        ("Wed, 21 Oct 2026 07:28:30 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 30),
        ("Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:30 GMT", 0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", "nonsense", 0),
        ("Wed, 21 Oct 2026 07:28:30 -0000", "Wed, 21 Oct 2026 07:28:00 GMT", 30),
        ("Wed, 21 Oct 2015 07:28:00 GMT", None, 0),
        ("Wed, 99 Oct 2026 07:28:00 GMT", None, None),
    ],
)
def test_retry_after_in_every_form(
    value: str | None, date: str | None, expected: float | None
) -> None:
    assert retry_after(value, date) == expected


def test_verdicts_of_another_address_are_others() -> None:
    """A test server must not answer for the real service."""
    extension = task().extensions[0]
    here = VscanDev(API, Gate(0), Limits()).key(extension)
    there = VscanDev("http://127.0.0.1:1", Gate(0), Limits()).key(extension)
    assert here != there
    assert here == VscanDev(API + "/", Gate(0), Limits()).key(extension)
