"""What the client sends and how it reads headers, without a socket."""

import json
import socket
import threading
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import responses
import urllib3
from packaging.requirements import Requirement

from tests.builders import results, task
from vscan import __version__
from vscan.events import Event, Retrying
from vscan.model import Failed, FailureKind, Resume, Scanned, Throttled
from vscan.providers import connections_with_deadline
from vscan.providers.interface import Limits
from vscan.providers.rate_limiter import RateLimiter
from vscan.providers.vscan_dev import VscanDev
from vscan.providers.vscan_dev.client import VscanDevClient, retry_after

ROOT = Path(__file__).resolve().parents[2]
API = "https://vscan.test/api/extensions"


@pytest.fixture
def api() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def ask() -> object:
    client = VscanDevClient(API, RateLimiter(0.0), Limits(max_retries=0))
    try:
        return client.ask(task("GitHub.Tools"), 0, None)
    finally:
        client.close()


class Clock:
    """A clock that waiting moves on; it keeps how long each wait was."""

    def __init__(self) -> None:
        self.time = 0.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def wait(self, _: threading.Condition, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds


def timed(interval_s: float = 0.0, **limits: float) -> tuple[VscanDevClient, RateLimiter, Clock]:
    """Open a client whose waits take no time."""
    clock = Clock()
    limiter = RateLimiter(interval_s, now=clock.now, wait=clock.wait)
    return VscanDevClient(API, limiter, Limits(**limits)), limiter, clock  # type: ignore[arg-type]


def pending(api: responses.RequestsMock, analysis_id: str) -> None:
    status = {"analysisId": analysis_id, "status": "in_progress"}
    api.get(f"{API}/status/{analysis_id}", json=status)


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
        ("120, Wed, 21 Oct 2026 07:28:30 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 120),
        ("Wed, 21 Oct 2026 07:29:30 GMT, 5, soon", "Wed, 21 Oct 2026 07:28:00 GMT", 90),
    ],
)
def test_retry_after_in_every_form(
    value: str | None, date: str | None, expected: float | None
) -> None:
    assert retry_after(value, date) == expected


def test_verdicts_of_another_address_are_others() -> None:
    """A test server must not answer for the real service."""
    extension = task().extensions[0]
    here = VscanDev(API, RateLimiter(0), Limits()).key(extension)
    there = VscanDev("http://127.0.0.1:1", RateLimiter(0), Limits()).key(extension)
    assert here != there
    assert here == VscanDev(API + "/", RateLimiter(0), Limits()).key(extension)


def test_after_a_429_the_poll_follows_without_a_delay_of_its_own(
    api: responses.RequestsMock,
) -> None:
    """The pause stood for it; later polls wait as ever."""
    pending(api, "a-1")
    answer(api, "a-1", "a-1")
    client, _, clock = timed()
    resume = Resume("a-1", 0.0, 2, complete=False, resubmitted=False)
    assert isinstance(client.ask(task("github.tools"), 0, resume), Scanned)
    assert clock.waits == [5.0]


def test_the_time_that_an_analysis_has_spent_outlasts_a_429(api: responses.RequestsMock) -> None:
    """The pause itself does not count."""
    api.post(f"{API}/analyze", json={"analysisId": "a-1"}, status=202)
    pending(api, "a-1")
    api.get(f"{API}/status/a-1", status=429, headers={"Retry-After": "60"})
    pending(api, "a-1")
    client, limiter, clock = timed(analysis_timeout_s=4.0)
    throttled = client.ask(task("github.tools"), limiter.epoch(), None)
    assert isinstance(throttled, Throttled)
    assert throttled.resume == Resume("a-1", 2.0, 1, complete=False, resubmitted=False)
    outcome = client.ask(task("github.tools"), limiter.epoch(), throttled.resume)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.TIMEOUT
    assert clock.waits == [2.0, 60.0, 2.0]


def test_that_an_analysis_was_submitted_again_outlasts_a_429(api: responses.RequestsMock) -> None:
    for number in (1, 2, 3):
        api.post(f"{API}/analyze", json={"analysisId": f"a-{number}"}, status=202)
    api.get(f"{API}/status/a-1", status=404)
    api.get(f"{API}/status/a-2", status=429, headers={"Retry-After": "1"})
    api.get(f"{API}/status/a-2", status=404)
    client, limiter, _ = timed()
    throttled = client.ask(task("github.tools"), limiter.epoch(), None)
    assert isinstance(throttled, Throttled)
    assert throttled.resume is not None
    outcome = client.ask(task("github.tools"), limiter.epoch(), throttled.resume)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.NOT_LISTED
    assert [call.request.method for call in api.calls].count("POST") == 2


def test_each_redirect_is_a_request_with_a_turn_of_its_own(api: responses.RequestsMock) -> None:
    api.post(f"{API}/analyze", status=307, headers={"Location": "again"})
    api.post(f"{API}/again", status=308, headers={"Location": "and-again"})
    api.post(f"{API}/and-again", json={"analysisId": "a-1"}, status=202)
    answer(api, "a-1", "a-1")
    client, limiter, clock = timed(interval_s=3.0)
    assert isinstance(client.ask(task("github.tools"), 0, None), Scanned)
    assert limiter.requests == len(api.calls) == 5
    assert limiter.retries == 0
    assert clock.waits == [3.0] * 4


def test_a_retry_waits_about_twice_as_long_each_time(api: responses.RequestsMock) -> None:
    """A random part of it is left out, so that clients don't come back all at once."""
    api.post(f"{API}/analyze", status=503)
    client, limiter, clock = timed(max_retries=6, retry_delay_s=2.0)
    told: list[Event] = []
    limiter.listener = told.append
    assert isinstance(client.ask(task("github.tools"), 0, None), Failed)
    for wait, whole in zip(clock.waits, (2, 4, 8, 16, 30, 30), strict=True):
        assert whole / 2 <= wait <= whole
    delays = [event.delay_s for event in told if isinstance(event, Retrying)]
    assert delays == pytest.approx(clock.waits)


def test_no_cookie_of_the_service_is_sent_back(api: responses.RequestsMock) -> None:
    cookie = {"Set-Cookie": "session=42; Path=/"}
    api.post(f"{API}/analyze", json={"analysisId": "a-1"}, status=202, headers=cookie)
    answer(api, "a-1", "a-1")
    assert isinstance(ask(), Scanned)
    assert len(api.calls) == 3
    assert not any("Cookie" in call.request.headers for call in api.calls)


def test_urllib3_lets_a_connection_make_its_own_socket() -> None:
    """``connections_with_deadline`` overrides this method, which has no public name."""
    assert callable(urllib3.connection.HTTPConnection("one.test")._new_conn)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (declared,) = (Requirement(each) for each in project["dependencies"] if "urllib3" in each)
    assert version("urllib3") in declared.specifier
    assert "1.26.20" not in declared.specifier


def test_the_addresses_of_a_name_share_the_time_to_connect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a name with four addresses that nobody answers at would take four times as long."""
    client, _, clock = timed()
    addresses = [f"192.0.2.{number}" for number in range(1, 5)]
    tried: list[tuple[str, float]] = []

    def look_up(*_: object, **__: object) -> list[object]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (address, 443)) for address in addresses]

    def connect(address: tuple[str, int], timeout: float, *_: object, **__: object) -> None:
        tried.append((address[0], timeout))
        clock.time += timeout
        raise TimeoutError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(connections_with_deadline, "create_connection", connect)
    outcome = client.ask(task(), 0, None)
    assert isinstance(outcome, Failed)
    assert "no answer to the attempt to connect" in outcome.detail
    assert [address for address, _ in tried] == addresses
    assert [timeout for _, timeout in tried] == pytest.approx([0.75] * 4)


def test_a_complete_name_is_looked_up_with_its_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the dot the resolver would try the search domains of this machine, too."""
    asked: list[str] = []

    def look_up(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    client = VscanDevClient("https://vscan.test./api", RateLimiter(0.0), Limits(max_retries=0))
    assert isinstance(client.ask(task(), 0, None), Failed)
    assert asked == ["vscan.test."]
