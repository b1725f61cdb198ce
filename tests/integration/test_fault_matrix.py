"""Every fault, at each step, for one extension among ten and for all, with one and five workers.

The table says what must come of each. Around it, always: the other results are those of
an undisturbed run, nothing wrong is remembered, and an undisturbed second run asks only
for what is missing.
"""

import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.builders import install
from tests.server import Fault, Script, Server, varied
from vscan.config import CacheConfig, Config
from vscan.errors import Exit
from vscan.interrupt import Interrupt
from vscan.model import FailureKind, Verdict
from vscan.pipeline import run
from vscan.providers.http_request import Answer, Transport
from vscan.providers.vscan_dev import client as vscan_dev
from vscan.report_model import Report
from vscan.run_preparation import create_providers
from vscan.settings.table import Settings

NAMES = [f"acme.tool-{number}" for number in range(10)]
ONE = "acme.tool-6"  # not among the first five: by then the service has answered
RETRIES = 2
NOT_LISTED, RATE_LIMITED = FailureKind.NOT_LISTED, FailureKind.RATE_LIMITED
TIMEOUT, NETWORK, BAD = FailureKind.TIMEOUT, FailureKind.NETWORK, FailureKind.BAD_RESPONSE
STEPS = ("submit", "poll", "fetch")


def status(code: int, **headers: str) -> Fault:
    return Fault(code, headers=tuple((k.replace("_", "-"), v) for k, v in headers.items()))


def body(value: object) -> Fault:
    return Fault("body", body=value)  # type: ignore[arg-type]


def nulls(value: object) -> object:
    """Keep a shape and empty it."""
    if isinstance(value, dict):
        return {key: nulls(inner) for key, inner in value.items()}
    return None


RESULTS = varied("acme", "tool-6", "x")

# What goes wrong, what kind of failure it is, and how many requests of the step it takes
# for one extension: 1 where trying again is of no use, and 1 + retries where it may be.
MATRIX: dict[str, tuple[Fault | str, FailureKind, int]] = {
    "connection refused": ("refused", NETWORK, 1 + RETRIES),
    "no DNS": ("no DNS", NETWORK, 1 + RETRIES),
    "TLS failure": ("TLS", NETWORK, 1),
    "reset before the answer": (Fault("reset"), NETWORK, 1 + RETRIES),
    "reset within the body": (Fault("reset-in-body"), NETWORK, 1 + RETRIES),
    "time-out before headers": (Fault("hang"), TIMEOUT, 1 + RETRIES),
    "dripping headers": (Fault("drip-headers"), TIMEOUT, 1 + RETRIES),
    "dripping body": (Fault("drip"), TIMEOUT, 1 + RETRIES),
    "truncated body": (Fault("truncated"), BAD, 1 + RETRIES),
    "not JSON": (Fault("garbage"), BAD, 1 + RETRIES),
    "HTML": (Fault("html"), BAD, 1 + RETRIES),
    "nothing": (Fault("empty"), BAD, 1 + RETRIES),
    "a length that is too short": (Fault("short-length"), BAD, 1 + RETRIES),
    "no HTTP": (Fault("not-http"), NETWORK, 1 + RETRIES),
    "damaged gzip": (Fault("gzip-damaged"), BAD, 1 + RETRIES),
    "truncated gzip": (Fault("gzip-truncated"), BAD, 1 + RETRIES),
    "a list": (Fault("list"), BAD, 1),
    "null": (body("null"), BAD, 1),
    "an empty object": (body({"x": 1}), BAD, 1),
    "numbers as strings": (
        body({"analysisId": 7, "status": 1, "securityScore": {"score": "93"}}), BAD, 1,
    ),
    "nulls in every field": (
        body({"status": None, **nulls(RESULTS)}), BAD, 1,  # type: ignore[dict-item]
    ),
    "200 MB": (Fault("huge"), BAD, 1),
    "a gzip bomb": (Fault("bomb"), BAD, 1),
    "an unknown encoding": (Fault("body", body={}, headers=(("Content-Encoding", "br"),)), BAD, 1),
    "redirect to another host": (status(302, Location="http://127.0.0.2:9/x"), BAD, 1),
    "redirect to http elsewhere": (status(307, Location="http://example.org/x"), BAD, 1),
    "redirect nowhere": (status(302), BAD, 1),
    "400": (status(400), BAD, 1),
    "401": (status(401), BAD, 1),
    "403": (status(403), BAD, 1),
    "404": (status(404), NOT_LISTED, 1),
    "408": (status(408), TIMEOUT, 1 + RETRIES),
    "500": (status(500), BAD, 1 + RETRIES),
    "501": (status(501), BAD, 1),
    "502": (status(502), NETWORK, 1 + RETRIES),
    "503": (status(503), NETWORK, 1 + RETRIES),
    "503 for a moment": (status(503, Retry_After="0.01"), NETWORK, 1 + RETRIES),
    "503 for a day": (status(503, Retry_After="86400"), NETWORK, 1),
    "504": (status(504), NETWORK, 1 + RETRIES),
}  # fmt: skip
# A 429 that passes is no failure; one that stays, or asks for too much, ends the source.
ADVICE = {
    "absent": {},
    "zero": {"Retry_After": "0"},
    "seconds": {"Retry_After": "0.05"},
    "a date": {"Retry_After": "Wed, 21 Oct 2015 07:28:00 GMT"},
    "nonsense": {"Retry_After": "soon"},
    "negative": {"Retry_After": "-5"},
}


@dataclass(frozen=True)
class Place:
    """Where the ten are installed, and where verdicts are remembered."""

    extensions: Path
    cache: Path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    for name in NAMES:
        install(tmp_path / "extensions", name)
    return Place(tmp_path / "extensions", tmp_path / "cache")


def scan(place: Place, url: str, workers: int, timeout_s: float = 10.0) -> Report:
    """Run a scan in this process; nothing in it waits long."""
    config = Config(
        settings=Settings(
            delay_s=0.0,
            timeout_s=timeout_s,
            analysis_timeout_s=5.0,
            max_retries=RETRIES,
            retry_delay_s=0.001,
            max_wait_s=0.5,
        ),
        targets=(place.extensions,),
        providers=("vscan.dev",),
        api_url=url,
        workers=workers,
        cache=CacheConfig(place.cache, read=True, max_age_s=1e6),
    )
    return run(
        config, create_providers(config), run_id="x", emit=lambda _: None, interrupt=Interrupt()
    )


def verdicts(report: Report) -> dict[str, Verdict]:
    return {a.extension.id.key: verdict for a in report.assessments for verdict, _ in a.verdicts}


def failures(report: Report) -> dict[str, FailureKind]:
    return {a.extension.id.key: f.kind for a in report.assessments for f in a.failures}


def undisturbed() -> dict[str, Verdict]:
    """Say what a run without any fault does; the server's answers depend on names alone."""
    from vscan.model import ExtensionId
    from vscan.providers.vscan_dev.answers import parse_results

    return {
        name: parse_results(
            varied("acme", name.partition(".")[2], "x"), ExtensionId.parse(name), "x"
        )
        for name in NAMES
    }


EXPECTED = undisturbed()


class Detour:
    """Makes connections fail at a step: no server can refuse a connection that it has."""

    def __init__(self, kind: str, step: str, extension: str | None, server: Server) -> None:
        self._kind, self._step, self._extension, self._server = kind, step, extension, server
        self.on = True
        self.taken: Counter[str] = Counter()

    def wrap(self, send: Callable[..., Answer]) -> Callable[..., Answer]:
        def detoured(transport: Transport, method: str, url: str, question: Any = None) -> Answer:
            step = {"analyze": "submit", "status": "poll", "results": "fetch"}[
                next(part for part in url.split("/") if part in ("analyze", "status", "results"))
            ]
            name = self._server.analyses.get(url.rsplit("/", 1)[1], "")
            if question:
                name = f"{question['publisher']}.{question['name']}"
            if self.on and step == self._step and self._extension in (None, name):
                self.taken[name] += 1
                url = {
                    "refused": f"http://127.0.0.1:{_closed_port()}/x",
                    "no DNS": "http://no-such-name.invalid./x",
                    "TLS": url.replace("http:", "https:"),
                }[self._kind]
            return send(transport, method, url, question)

        return detoured


def _closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def no_look_up(host: str, *arguments: Any, **options: Any) -> Any:
    """Answer for the resolver, so that no test asks a real one."""
    if host.endswith(".invalid."):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return _getaddrinfo(host, *arguments, **options)


_getaddrinfo = socket.getaddrinfo


def check(  # noqa: PLR0917
    place: Place, server: Server, report: Report, missing: set[str], kind: FailureKind,
    calm: Callable[[], None], workers: int,
) -> None:  # fmt: skip
    """Assert what must hold whatever went wrong."""
    assert failures(report) == dict.fromkeys(missing, kind)
    assert verdicts(report) == {n: v for n, v in EXPECTED.items() if n not in missing}
    assert report.decision.exit_code == (Exit.INCOMPLETE if missing else Exit.CLEAN)
    assert report.stats.total == 10 == report.stats.scanned + report.stats.failed
    calm()
    before = server.count()
    again = scan(place, server.api_url, workers)
    assert verdicts(again) == EXPECTED
    assert again.stats.cached == 10 - len(missing)
    assert server.count() - before == 3 * len(missing) == again.stats.requests


@pytest.mark.parametrize("workers", [1, 5])
@pytest.mark.parametrize("whom", ["one", "all"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", MATRIX)
def test_a_fault(  # noqa: PLR0917
    place: Place, monkeypatch: pytest.MonkeyPatch, name: str, step: str, whom: str, workers: int
) -> None:
    fault, kind, attempts = MATRIX[name]
    if name == "an empty object" and step == "poll":
        fault = body({"status": 7})
    extension = ONE if whom == "one" else None
    missing = {ONE} if extension else set(NAMES)
    with Server(Script()) as server:
        if isinstance(fault, str):
            detour = Detour(fault, step, extension, server)
            monkeypatch.setattr(Transport, "send", detour.wrap(Transport.send))
            monkeypatch.setattr(socket, "getaddrinfo", no_look_up)

            def calm() -> None:
                detour.on = False
        else:
            planned = Fault(fault.kind, step, extension, headers=fault.headers, body=fault.body)
            server.script.faults.append(planned)

            def calm() -> None:
                server.script.faults.clear()

        report = scan(place, server.api_url, workers, 0.25 if kind is TIMEOUT else 10.0)
        taken = (
            sum(detour.taken.values())
            if isinstance(fault, str)
            else server.count(step, ONE if extension else None)
        )
        submits = server.count("submit", ONE)
        if extension:
            expected = attempts + (name == "404" and step != "submit")  # forgotten: once more
            assert taken == expected
            assert submits == {"submit": 0 if isinstance(fault, str) else attempts}.get(
                step, 1 + (name == "404")
            )
        else:
            assert taken <= 10 * (attempts + 1)
        check(place, server, report, missing, kind, calm, workers)


@pytest.mark.parametrize("workers", [1, 5])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("advice", ADVICE)
def test_a_429_that_passes_costs_nothing(
    place: Place, advice: str, step: str, workers: int
) -> None:
    fault = status(429, **ADVICE[advice])
    planned = Fault(429, step, ONE, times=1, headers=fault.headers)
    with Server(Script(faults=[planned])) as server:
        report = scan(place, server.api_url, workers)
        assert report.run.fell_back_to_sequential == (workers > 1)
        assert report.stats.rate_limited == 1
        assert server.count(step, ONE) == 2
        assert server.count("submit", ONE) == (2 if step == "submit" else 1)
        check(place, server, report, set(), RATE_LIMITED, lambda: None, workers)


@pytest.mark.parametrize("workers", [1, 5])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("advice", [*ADVICE, "a day"])
def test_a_429_that_stays_ends_the_source(
    place: Place, advice: str, step: str, workers: int
) -> None:
    fault = status(429, **ADVICE.get(advice, {"Retry_After": "86400"}))
    with Server(Script(faults=[Fault(429, step, headers=fault.headers)])) as server:
        report = scan(place, server.api_url, workers)
        accepted = Counter(
            seen.extension for seen in server.seen if (seen.step, seen.status) == ("submit", 200)
        )
        assert all(number == 1 for number in accepted.values())
        check(place, server, report, set(NAMES), RATE_LIMITED, server.script.faults.clear, workers)


@pytest.mark.parametrize("fault", ["numbers as strings", "an empty object", "nulls in every field"])
def test_the_matrix_can_fail(place: Place, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    """The control: where answers are believed unread, its checks do not hold."""
    monkeypatch.setattr(vscan_dev, "parse_results", lambda _answer, asked, _id: EXPECTED[asked.key])
    with pytest.raises(AssertionError):
        test_a_fault(place, monkeypatch, fault, "fetch", "one", 1)
