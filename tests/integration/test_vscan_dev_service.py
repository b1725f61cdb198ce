"""The client against a server on loopback that misbehaves as real ones do."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.builders import results, task
from tests.server import Fault, Script, Server
from vscan.model import Failed, FailureKind, Resume, Scanned, Throttled
from vscan.providers.interface import Limits
from vscan.providers.rate_limiter import RateLimiter
from vscan.providers.vscan_dev.client import VscanDevClient

QUICK = Limits(timeout_s=0.5, analysis_timeout_s=300, max_retries=2, retry_delay_s=0.01)


@contextmanager
def client(
    url: str, limits: Limits = QUICK, limiter: RateLimiter | None = None
) -> Iterator[VscanDevClient]:
    opened = VscanDevClient(url, limiter or RateLimiter(0.0), limits)
    yield opened
    opened.close()


def ask(server: Server, limits: Limits = QUICK) -> Scanned | Failed | Throttled:
    with client(server.api_url, limits) as opened:
        return opened.ask(task(), 0, None)


def test_submits_polls_and_fetches_over_one_connection() -> None:
    with Server() as server, client(server.api_url) as opened:
        outcomes = [opened.ask(task(f"acme.tools-{n}"), 0, None) for n in range(5)]
        assert all(isinstance(outcome, Scanned) for outcome in outcomes)
        assert [seen.step for seen in server.seen[:3]] == ["submit", "poll", "fetch"]
        assert len({seen.connection for seen in server.seen}) == 1


def test_failures_keep_the_connection() -> None:
    """A 404's short body is read, so the next extension needs no new connection."""
    with (
        Server(Script(faults=[Fault(404, "submit", "acme.a")])) as server,
        client(server.api_url) as opened,
    ):
        opened.ask(task("acme.a"), 0, None)
        opened.ask(task("acme.b"), 0, None)
        assert len({seen.connection for seen in server.seen}) == 1


@pytest.mark.parametrize(
    ("kind", "expected", "attempts"),
    [
        (400, FailureKind.BAD_RESPONSE, 1),
        (401, FailureKind.BAD_RESPONSE, 1),
        (403, FailureKind.BAD_RESPONSE, 1),
        (408, FailureKind.TIMEOUT, 3),
        (500, FailureKind.BAD_RESPONSE, 3),
        (501, FailureKind.BAD_RESPONSE, 1),
        (502, FailureKind.NETWORK, 3),
        (503, FailureKind.NETWORK, 3),
        (504, FailureKind.NETWORK, 3),
        (522, FailureKind.BAD_RESPONSE, 3),
        ("reset", FailureKind.NETWORK, 3),
        ("reset-in-body", FailureKind.NETWORK, 3),
        ("truncated", FailureKind.BAD_RESPONSE, 3),
        ("empty", FailureKind.BAD_RESPONSE, 3),
        ("short-length", FailureKind.BAD_RESPONSE, 3),
        ("not-http", FailureKind.NETWORK, 3),
        ("gzip-damaged", FailureKind.BAD_RESPONSE, 3),
        ("gzip-truncated", FailureKind.BAD_RESPONSE, 3),
        ("hang", FailureKind.TIMEOUT, 3),
        ("drip", FailureKind.TIMEOUT, 3),
        ("drip-headers", FailureKind.TIMEOUT, 3),
        ("garbage", FailureKind.BAD_RESPONSE, 3),
        ("html", FailureKind.BAD_RESPONSE, 3),
        ("list", FailureKind.BAD_RESPONSE, 1),
        ("huge", FailureKind.BAD_RESPONSE, 1),
        ("bomb", FailureKind.BAD_RESPONSE, 1),
        ("gzip-and-more", FailureKind.BAD_RESPONSE, 1),
        ("gzip-of-nothing", FailureKind.BAD_RESPONSE, 1),
    ],
)
@pytest.mark.parametrize("step", ["submit", "poll", "fetch"])
def test_every_fault_is_a_failure_with_a_kind_in_bounded_time(
    kind: int | str, expected: FailureKind, attempts: int, step: str
) -> None:
    started = time.monotonic()
    with Server(Script(faults=[Fault(kind, step)])) as server:
        outcome = ask(server)
        assert isinstance(outcome, Failed)
        assert (outcome.kind, server.count(step)) == (expected, attempts)
        assert server.count("submit") == (attempts if step == "submit" else 1)
        assert outcome.detail.isprintable()
    assert time.monotonic() - started < 10


PASSING = [
    408, 500, 502, 503, 504, 522, "reset", "reset-in-body", "truncated", "empty", "short-length",
    "not-http", "gzip-damaged", "gzip-truncated", "hang", "drip", "drip-headers", "garbage", "html",
    "early-hints",
]  # fmt: skip


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize("step", ["submit", "poll", "fetch"])
def test_a_passing_fault_is_retried(kind: int | str, step: str) -> None:
    """And of an analysis whose id arrived there is never a second one."""
    limiter = RateLimiter(0.0)
    with (
        Server(Script(faults=[Fault(kind, step, times=2)])) as server,
        client(server.api_url, limiter=limiter) as opened,
    ):
        assert isinstance(opened.ask(task(), 0, None), Scanned)
        assert server.count(step) == 3
        assert server.count("submit") == (3 if step == "submit" else 1)
        assert (limiter.requests, limiter.retries) == (5, 2)


@pytest.mark.parametrize("kind", PASSING)
def test_no_retries_means_one_attempt(kind: int | str) -> None:
    with Server(Script(faults=[Fault(kind)])) as server:
        outcome = ask(server, Limits(timeout_s=0.5, max_retries=0))
        assert isinstance(outcome, Failed)
        assert server.count() == 1


@pytest.mark.parametrize("kind", [408, 500, 503])
def test_a_pause_that_any_failed_request_names_is_kept(kind: int) -> None:
    fault = Fault(kind, "submit", times=1, headers=(("Retry-After", "0.3"),))
    with Server(Script(faults=[fault])) as server:
        assert isinstance(ask(server), Scanned)
        assert server.seen[1].at - server.seen[0].at >= 0.3


@pytest.mark.parametrize("kind", ["hang", 500, "garbage", "reset"])
def test_retries_end_with_the_time_of_the_analysis(kind: int | str) -> None:
    limits = Limits(timeout_s=0.2, analysis_timeout_s=0.5, max_retries=10, retry_delay_s=0.2)
    with Server(Script(faults=[Fault(kind, "fetch")])) as server:
        outcome = ask(server, limits)
        assert isinstance(outcome, Failed)
        assert 1 < server.count("fetch") <= 4


@pytest.mark.parametrize("kind", [500, "garbage", "hang", "reset"])
@pytest.mark.parametrize("step", ["submit", "fetch"])
def test_five_extensions_in_a_row_without_a_usable_answer_end_the_asking(
    kind: int | str, step: str
) -> None:
    """Whether or not other requests of theirs were answered."""
    limits = Limits(timeout_s=0.1, max_retries=1, retry_delay_s=0.01)
    limiter = RateLimiter(0.0)
    with (
        Server(Script(faults=[Fault(kind, step)])) as server,
        client(server.api_url, limits, limiter) as opened,
    ):
        outcomes = [opened.ask(task(f"acme.tools-{n}"), 0, None) for n in range(8)]
        assert all(isinstance(outcome, Failed) for outcome in outcomes)
        assert {seen.extension for seen in server.seen} == {f"acme.tools-{n}" for n in range(5)}


def test_a_503_that_names_a_pause_is_obeyed() -> None:
    fault = Fault(503, "submit", times=1, headers=(("Retry-After", "0.3"),))
    with Server(Script(faults=[fault])) as server:
        assert isinstance(ask(server), Scanned)
        assert server.seen[1].at - server.seen[0].at >= 0.3


def test_a_503_that_names_a_pause_beyond_the_limit_is_not_retried() -> None:
    fault = Fault(503, "submit", headers=(("Retry-After", "86400"),))
    with Server(Script(faults=[fault])) as server:
        outcome = ask(server)
        assert isinstance(outcome, Failed)
        assert server.count() == 1


@pytest.mark.parametrize("step", ["submit", "poll", "fetch"])
@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.2:{port}/api/extensions/x", "https://127.0.0.1:{port}/x", "//example.org/x"],
)
def test_a_redirect_to_another_place_is_not_followed(step: str, target: str) -> None:
    with Server() as server:
        port = server.api_url.split(":")[2].split("/")[0]
        headers = (("Location", target.format(port=port)),)
        server.script.faults.append(Fault(302, step, headers=headers))
        outcome = ask(server)
        assert isinstance(outcome, Failed)
        assert outcome.kind is FailureKind.BAD_RESPONSE
        assert server.count(step) == 1


def test_a_redirect_in_a_circle_ends() -> None:
    with Server() as server:
        headers = (("Location", f"{server.api_url}/analyze"),)
        server.script.faults.append(Fault(307, "submit", headers=headers))
        outcome = ask(server)
        assert isinstance(outcome, Failed)
        assert outcome.kind is FailureKind.BAD_RESPONSE
        assert server.count("submit") == 4


def test_a_redirect_within_the_service_is_followed() -> None:
    with Server() as server:
        headers = (("Location", f"{server.api_url}/analyze"),)
        server.script.faults.append(Fault(307, "submit", times=1, headers=headers))
        assert isinstance(ask(server), Scanned)


def test_a_429_hands_the_task_back_with_its_analysis() -> None:
    fault = Fault(429, "fetch", times=1, headers=(("Retry-After", "0"),))
    limiter = RateLimiter(0.0)
    with (
        Server(Script(faults=[fault])) as server,
        client(server.api_url, limiter=limiter) as opened,
    ):
        throttled = opened.ask(task(), limiter.epoch(), None)
        assert isinstance(throttled, Throttled)
        assert throttled.resume is not None
        assert isinstance(opened.ask(task(), limiter.epoch(), throttled.resume), Scanned)
        assert server.count("submit") == 1


@pytest.mark.parametrize("pauses", [("1", "7"), ("7", "1")])
def test_of_two_pauses_that_a_429_names_the_longer_one_is_obeyed(pauses: tuple[str, ...]) -> None:
    headers = tuple(("Retry-After", pause) for pause in pauses)
    with Server(Script(faults=[Fault(429, headers=headers)])) as server:
        throttled = ask(server)
    assert isinstance(throttled, Throttled)
    assert throttled.pause_s == 7


def test_a_forgotten_analysis_is_submitted_once_more() -> None:
    with Server(Script(forget=1)) as server:
        assert isinstance(ask(server), Scanned)
        assert server.count("submit") == 2


def test_one_that_is_forgotten_again_is_not_listed() -> None:
    with Server(Script(forget=9)) as server:
        outcome = ask(server)
        assert isinstance(outcome, Failed)
        assert outcome.kind is FailureKind.NOT_LISTED
        assert server.count("submit") == 2


def test_an_unknown_extension_is_not_listed() -> None:
    with Server(Script(faults=[Fault(404, "submit")])) as server:
        outcome = ask(server)
        assert isinstance(outcome, Failed)
        assert (outcome.kind, server.count()) == (FailureKind.NOT_LISTED, 1)


def test_an_answer_about_another_extension_is_not_believed() -> None:
    script = Script(
        answer=lambda _publisher, _name, number: results("evil", "x", analysis_id=number)
    )
    with Server(script) as server:
        outcome = ask(server)
        assert isinstance(outcome, Failed)
        assert outcome.kind is FailureKind.BAD_RESPONSE


def test_an_analysis_that_never_ends_is_given_up() -> None:
    """Polls come at once, after 2 seconds, and when the time is over."""
    waits: list[float] = []

    class Impatient(RateLimiter):
        def now(self) -> float:
            return super().now() + sum(waits)

        def sleep(self, epoch: int, seconds: float) -> None:
            waits.append(seconds)
            super().sleep(epoch, 0)

    with (
        Server(Script(pending_polls=99)) as server,
        client(server.api_url, Limits(analysis_timeout_s=4), Impatient(0.0)) as opened,
    ):
        outcome = opened.ask(task(), 0, Resume("gone", 0.0, 0, complete=False, resubmitted=True))
        assert isinstance(outcome, Failed)  # the id is not the server's
        outcome = opened.ask(task(), 0, None)
        assert isinstance(outcome, Failed)
        assert outcome.kind is FailureKind.TIMEOUT
        assert waits == pytest.approx([2.0, 2.0], abs=0.3)


def test_nobody_there_gets_one_quick_retry_and_closes_the_gate() -> None:
    """A refused connection must not cost every extension its retries."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    limiter = RateLimiter(0.0)
    started = time.monotonic()
    with client(f"http://127.0.0.1:{port}", Limits(), limiter) as opened:
        first = opened.ask(task("acme.a"), 0, None)
        second = opened.ask(task("acme.b"), 0, None)
    assert isinstance(first, Failed)
    assert isinstance(second, Failed)
    assert (first.kind, first.detail) == (second.kind, second.detail)
    assert first.kind is FailureKind.NETWORK
    assert "connection refused" in first.detail
    assert (limiter.requests, limiter.retries) == (2, 1)
    assert time.monotonic() - started < 2


def test_a_machine_that_does_not_answer_costs_the_connect_timeout_once() -> None:
    """A listener whose queue is full drops what else comes, as a firewall does."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.settimeout(0)
            filler.connect_ex(("127.0.0.1", port))
        started = time.monotonic()
        with client(f"http://127.0.0.1:{port}", Limits()) as opened:
            outcome = opened.ask(task(), 0, None)
        for filler in fillers:
            filler.close()
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.NETWORK
    assert time.monotonic() - started < 5


def test_a_certificate_that_nobody_vouches_for_is_a_failure() -> None:
    """Plain HTTP where TLS is expected: no agreement, no retry, no verdict."""
    with Server() as server:
        url = server.api_url.replace("http:", "https:")
        with client(url, Limits(timeout_s=2)) as opened:
            outcome = opened.ask(task(), 0, None)
    assert isinstance(outcome, Failed)
    assert outcome.kind is FailureKind.NETWORK
    assert "TLS" in outcome.detail


def test_a_proxy_is_not_asked_for_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain http is for this machine alone: a proxy would carry it away."""
    monkeypatch.setenv("http_proxy", "http://user:hunter2@127.0.0.1:1")
    with Server() as server:
        assert isinstance(ask(server), Scanned)


def test_an_interim_answer_is_not_taken_for_the_answer_to_the_next_question() -> None:
    """A stray 103 would leave the real answer in the connection, one question behind."""
    hints = Fault("early-hints", "submit", "acme.a")
    with Server(Script(faults=[hints])) as server, client(server.api_url) as opened:
        first = opened.ask(task("acme.a"), 0, None)
        second = opened.ask(task("acme.b"), 0, None)
    assert isinstance(first, Failed)
    assert first.kind is FailureKind.BAD_RESPONSE
    assert isinstance(second, Scanned)


def test_five_timeouts_in_a_row_end_the_asking() -> None:
    """Of a silent service only the first gets its retries: each takes a time-out."""
    limiter = RateLimiter(0.0)
    limits = Limits(timeout_s=0.05, max_retries=10, retry_delay_s=0.01)
    with (
        Server(Script(faults=[Fault("hang")])) as server,
        client(server.api_url, limits, limiter) as opened,
    ):
        outcomes = [opened.ask(task(f"acme.tools-{n}"), 0, None) for n in range(8)]
        assert server.count() == 4 + 1 + 1 + 1 + 1
    assert {o.kind for o in outcomes if isinstance(o, Failed)} == {FailureKind.TIMEOUT}
