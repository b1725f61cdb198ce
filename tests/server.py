"""A scripted vscan.dev on loopback: it answers, makes wait, throttles, and misbehaves.

In a test: ``with Server(Script(latency_s=0.01)) as server: ... server.api_url``. By hand:
``python -m tests.server --help``.
"""

import argparse
import contextlib
import functools
import gzip
import hashlib
import json
import random
import socket
import ssl
import struct
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote

from tests.builders import results
from tests.limits import Bucket, FixedWindow, Limit, SlidingWindow
from tests.quiet_http_server import QuietHandler, QuietServer

Body = dict[str, Any] | list[Any] | str | bytes | None


@dataclass(frozen=True)
class Fault:
    """One way to misbehave.

    ``kind`` is a status code, or: reset (before any answer), reset-in-body, truncated,
    empty, short-length, hang, drip, drip-headers, garbage, html, list, huge, bomb,
    gzip-damaged, gzip-truncated, gzip-and-more, gzip-of-nothing, not-http, early-hints, body.
    ``step`` and ``extension`` say when (``None``: always), ``times`` how often.
    """

    kind: int | str
    step: str | None = None
    extension: str | None = None
    times: float = float("inf")
    headers: tuple[tuple[str, str], ...] = ()
    body: Body = None


@dataclass
class Script:
    """How the server behaves. Times in seconds, rates in requests a second."""

    latency_s: float = 0.0
    pending_polls: int = 0
    rate: float | None = None
    burst: int = 1
    limit: Limit | None = None  # another one than so many a second
    at_a_time: int | None = None
    retry_after: str | None = "seconds"  # exact, seconds (rounded up), date, none, or the value
    faults: list[Fault] = field(default_factory=list)
    answer: Callable[[str, str, str], Body] | None = None  # (publisher, name, analysis id)
    forget: int = 0  # so many analyses are forgotten once, at their first poll
    chaos: float = 0.0  # the share of requests that meet a fault of CHAOS at random
    seed: int = 0


CHAOS: tuple[Fault, ...] = (
    Fault(404),
    Fault(408),
    Fault(429, headers=(("Retry-After", "0.02"),)),
    Fault(429),
    Fault(500),
    Fault(502),
    Fault(503, headers=(("Retry-After", "0.02"),)),
    Fault("reset"),
    Fault("reset-in-body"),
    Fault("truncated"),
    Fault("hang"),
    Fault("drip"),
    Fault("garbage"),
    Fault("html"),
    Fault("list"),
    Fault("huge"),
)


@dataclass(frozen=True)
class Seen:
    """One request as the server saw it. Times on the monotonic clock."""

    at: float
    step: str
    extension: str
    status: int | str
    connection: int
    beside: int  # how many others were in flight when it came


def varied(publisher: str, name: str, analysis_id: str) -> dict[str, Any]:
    """Make up an answer that depends on the name alone, so that any two runs agree."""
    seed = hashlib.sha256(f"{publisher}.{name}".lower().encode()).digest()
    risk = ("low", "low", "medium", "high")[seed[0] % 4]
    levels = {"permissions": ("low", "medium")[seed[1] % 2], "ossfScorecard": risk}
    if seed[2] % 5 == 0:
        levels["socket"] = "unknown"  # a gap, and none that decides
    vulnerabilities = {"moderate": seed[3] % 3} if seed[4] % 4 == 0 else {}
    return results(
        publisher,
        name,
        analysis_id=analysis_id,
        version=f"{1 + seed[5] % 3}.0.{seed[6] % 10}",
        score=60 + seed[7] % 40,
        risk=risk,
        levels=levels,
        vulnerabilities=vulnerabilities,
    )


@functools.cache
def _bomb() -> bytes:
    """Compress 200 MB of nothing, once: it takes longer than the time-outs of the tests."""
    return gzip.compress(b" " * 200 * 1024**2, 1)


class Server:
    """Plays vscan.dev until the ``with`` block ends, and remembers every request."""

    def __init__(
        self, script: Script | None = None, port: int = 0, certificate: Path | None = None
    ) -> None:
        """Listen; with ``certificate``, a file with a key beside it in PEM, over TLS."""
        self.script = script or Script()
        if any(fault.kind == "bomb" for fault in self.script.faults):
            _bomb()
        self.seen: list[Seen] = []
        self.pauses: list[tuple[float, float]] = []  # announced: from, until
        self.authorizations: set[str] = set()
        self.lock = threading.Lock()
        self.in_flight = 0
        self.analyses: dict[str, str] = {}
        self.polls: Counter[str] = Counter()
        self.fired: Counter[int] = Counter()
        self.limit = self.script.limit
        if self.script.rate is not None:
            self.limit = Bucket(self.script.rate, self.script.burst, time.monotonic())
        self.stopping = threading.Event()
        self.random = random.Random(self.script.seed)
        self._http = _HTTPServer(("127.0.0.1", port), _Handler)
        self._http.owner = self
        self._scheme = "http"
        if certificate is not None:
            self._scheme = "https"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(
            target=lambda: self._http.serve_forever(poll_interval=0.02), daemon=True
        )

    @property
    def api_url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._http.server_address[1]}/api/extensions"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def count(self, step: str | None = None, extension: str | None = None) -> int:
        """Count the requests that came."""
        with self.lock:
            return sum(
                (step is None or seen.step == step)
                and (extension is None or seen.extension == extension)
                for seen in self.seen
            )

    def too_many(self) -> tuple[str, float] | None:
        """Count a request; of a refused one Retry-After ('' for none) and the pause it means."""
        script = self.script
        wait = self.limit.wait_s(time.monotonic()) if self.limit is not None else 0.0
        if not wait and script.at_a_time is not None and self.in_flight > script.at_a_time:
            wait = 0.001
        if not wait:
            return None
        match script.retry_after:
            case "exact":
                value, pause = f"{wait:.6f}", wait
            case "seconds":
                pause = float(int(wait) + 1)
                value = str(int(pause))
            case "date":
                pause = float(int(wait) + 1)
                value = formatdate(int(time.time()) + pause, usegmt=True)
            case None | "none":
                return "", 0.0
            case text:
                return text, float(text) if text.isdecimal() else 0.0
        return value, pause

    def fault(self, step: str, extension: str) -> Fault | None:
        for number, fault in enumerate(self.script.faults):
            if (
                fault.step in (None, step)
                and fault.extension in (None, extension)
                and self.fired[number] < fault.times
            ):
                self.fired[number] += 1
                return fault
        if self.script.chaos and self.random.random() < self.script.chaos:
            return self.random.choice(CHAOS)
        return None


class _HTTPServer(QuietServer):
    owner: Server


class _Handler(QuietHandler):
    server: _HTTPServer

    def do_POST(self) -> None:  # noqa: N802 - the name that http.server calls
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        question = json.loads(body)
        self._handle("submit", f"{question['publisher']}.{question['name']}", "")

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        *_, step, analysis_id = self.path.split("/")
        analysis_id = unquote(analysis_id)
        step = {"status": "poll", "results": "fetch"}.get(step, step)
        self._handle(step, self.server.owner.analyses.get(analysis_id, ""), analysis_id)

    def _handle(self, step: str, extension: str, analysis_id: str) -> None:
        owner = self.server.owner
        with owner.lock:
            owner.authorizations |= set(self.headers.get_all("Authorization", []))
            owner.in_flight += 1
            refused = owner.too_many()
            fault = owner.fault(step, extension) if refused is None else None
            status: int | str = 200
            if refused is not None:
                status = 429
            elif fault is not None:
                status = fault.kind
            owner.seen.append(
                Seen(
                    time.monotonic(),
                    step,
                    extension,
                    status,
                    self.client_address[1],
                    owner.in_flight - 1,
                )
            )
        if owner.script.latency_s:
            time.sleep(owner.script.latency_s)
        # Before the answer leaves: the client's next request may be faster than this thread.
        with owner.lock:
            owner.in_flight -= 1
        if refused is not None:
            advice, pause = refused
            headers = (("Retry-After", advice),) if advice else ()
            begun = time.monotonic()
            self._answer(429, {"error": "too many requests"}, headers)
            # The client may read it before this thread goes on: its pause may begin before, too.
            owner.pauses.append((time.monotonic(), begun + pause))  # of no length without advice
        elif fault is not None:
            self._misbehave(fault)
        else:
            self._answer(*self._right_answer(step, extension, analysis_id))

    def _right_answer(self, step: str, extension: str, analysis_id: str) -> tuple[int, Body]:
        owner = self.server.owner
        if step == "submit":
            with owner.lock:
                analysis_id = f"00000000-0000-4000-8000-{len(owner.analyses):012d}"
                owner.analyses[analysis_id] = extension
            return 202, {"analysisId": analysis_id, "status": "pending", "message": "queued"}
        with owner.lock:
            known = analysis_id in owner.analyses
            if known and owner.script.forget > 0 and not owner.polls[analysis_id]:
                owner.script.forget -= 1
                del owner.analyses[analysis_id]
                known = False
        if not known:
            return 404, {"error": "not found"}
        if step == "poll":
            owner.polls[analysis_id] += 1
            done = owner.polls[analysis_id] > owner.script.pending_polls
            status = "completed" if done else "in_progress"
            return 200, {"analysisId": analysis_id, "status": status, "progress": 100 * done}
        publisher, _, name = extension.partition(".")
        return 200, (owner.script.answer or varied)(publisher, name, analysis_id)

    def _answer(self, status: int, body: Body, headers: tuple[tuple[str, str], ...] = ()) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self._send(status, content, (("Content-Type", "application/json"), *headers))

    def _send(self, status: int, content: bytes, headers: tuple[tuple[str, str], ...]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in headers):
            self.send_header("Content-Length", str(len(content)))
        # In one piece: a body that waits for the headers' acknowledgement costs 40 ms.
        self._headers_buffer.append(b"\r\n" + content)  # type: ignore[attr-defined]
        self.flush_headers()

    def _misbehave(self, fault: Fault) -> None:  # noqa: C901, PLR0912, PLR0915 - a case for each way
        body = fault.body if fault.body is not None else {"error": "scripted"}
        match fault.kind:
            case int(status):
                self._answer(status, body, fault.headers)
            case "body":
                self._answer(200, body, fault.headers)
            case "reset":
                self._reset()
            case "reset-in-body":
                self._send(200, b'{"analysisId": "', (("Content-Length", "1000"),))
                self._reset()
            case "truncated":
                self._send(200, b'{"analysisId": "', (("Content-Length", "1000"),))
                self.close_connection = True
            case "empty":
                self._send(200, b"", ())
            case "short-length":
                # The rest stays in the connection, where it looks like the next answer.
                rest = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
                self._send(200, b'{"analysis' + rest, (("Content-Length", "10"),))
            case "not-http":
                self.wfile.write(b"SSH-2.0-server\r\n")
                self.close_connection = True
            case "gzip-damaged" | "gzip-truncated":
                whole = bytearray(gzip.compress(b'{"analysisId": "'))
                if fault.kind == "gzip-damaged":
                    whole[12] ^= 0xFF
                else:
                    del whole[-9:]
                self._send(200, bytes(whole), (("Content-Encoding", "gzip"),))
            case "hang":
                self.server.owner.stopping.wait(60)
                self.close_connection = True
            case "drip":
                self._send(200, b"", (("Content-Length", "100000"),))
                self._drip(b" ")
            case "drip-headers":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
                self._drip(b"x")
            case "garbage":
                self._send(200, b"\x00\xff not json", ())
            case "html":
                page = b"<!doctype html><title>Sign in</title>"
                self._send(200, page, (("Content-Type", "text/html"),))
            case "list":
                self._answer(200, [1, 2, 3])
            case "huge":
                self._send(200, b"", (("Content-Length", str(200 * 1024**2)),))
                with contextlib.suppress(OSError):
                    for _ in range(200):
                        self.wfile.write(b" " * 1024**2)
                self.close_connection = True
            case "gzip-and-more":
                # A whole answer, and then a stream that never ends.
                self._send(
                    200,
                    gzip.compress(json.dumps(body).encode()),
                    (("Content-Encoding", "gzip"), ("Content-Length", str(2**33))),
                )
                with contextlib.suppress(OSError):
                    while not self.server.owner.stopping.is_set():
                        self.wfile.write(b" " * 65536)
                self.close_connection = True
            case "gzip-of-nothing":
                self.send_response(200)
                self.send_header("Content-Encoding", "gzip")
                self.end_headers()
                empty = zlib.compressobj(wbits=31)
                self.wfile.write(empty.compress(b""))
                nothing = b"".join(empty.flush(zlib.Z_FULL_FLUSH) for _ in range(1)) * 16384
                with contextlib.suppress(OSError):
                    while not self.server.owner.stopping.is_set():
                        self.wfile.write(nothing)
                self.close_connection = True
            case "early-hints":
                self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
                self._answer(200, body)
            case "bomb":
                self._send(200, _bomb(), (("Content-Encoding", "gzip"),))
            case _:
                raise ValueError(fault.kind)

    def _drip(self, piece: bytes) -> None:
        with contextlib.suppress(OSError):
            while not self.server.owner.stopping.wait(0.05):
                self.wfile.write(piece)
        self.close_connection = True

    def _reset(self) -> None:
        """Close with RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()


def main() -> None:
    """Start a server by hand."""
    parser = argparse.ArgumentParser(prog="python -m tests.server", description=__doc__)
    parser.add_argument("--port", type=int, default=8765, help="0: any (default: %(default)s)")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--pending-polls", type=int, default=0, help="polls before completion")
    parser.add_argument("--rate", type=float, help="requests a second before a 429")
    parser.add_argument("--burst", type=int, default=5, help="with --rate (default: %(default)s)")
    parser.add_argument(
        "--window", metavar="NUMBER/SECONDS", help="requests in any stretch of so many seconds"
    )
    parser.add_argument(
        "--fixed-window", metavar="NUMBER/SECONDS", help="the same, counted anew in each stretch"
    )
    parser.add_argument("--at-a-time", type=int, help="requests in flight before a 429")
    parser.add_argument("--chaos", type=float, default=0.0, help="share of requests that fail")
    parser.add_argument("--seed", type=int, default=0, help="of --chaos")
    parser.add_argument(
        "--retry-after", default="seconds", help="exact, seconds, date, none, or any text"
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="KIND[@STEP[@PUBLISHER.NAME]]",
        help="a status code, or reset, truncated, hang, drip, garbage, html, huge, bomb ...;"
        " STEP is submit, poll or fetch",
    )
    arguments = parser.parse_args()
    faults = []
    for text in arguments.fault:
        kind, step, extension = (*text.split("@"), None, None)[:3]
        faults.append(Fault(int(kind) if kind.isdigit() else kind, step, extension))
    limit: Limit | None = None
    for kind, window in (
        (SlidingWindow, arguments.window),
        (FixedWindow, arguments.fixed_window),
    ):
        if window is not None:
            number, seconds = window.split("/")
            limit = kind(int(number), float(seconds))
    script = Script(
        latency_s=arguments.latency,
        pending_polls=arguments.pending_polls,
        rate=arguments.rate,
        limit=limit,
        burst=arguments.burst,
        at_a_time=arguments.at_a_time,
        retry_after=arguments.retry_after,
        faults=faults,
        chaos=arguments.chaos,
        seed=arguments.seed,
    )
    with Server(script, arguments.port) as server:
        print(server.api_url, flush=True)
        # Whoever started it ends it: by ^C, or by closing its standard input.
        with contextlib.suppress(KeyboardInterrupt):
            if sys.stdin.isatty():
                threading.Event().wait()
            else:
                sys.stdin.read()
        counts = Counter((seen.step, seen.status) for seen in server.seen)
        connections = len({seen.connection for seen in server.seen})
        summary = {
            "requests": len(server.seen),
            "connections": connections,
            "seconds": server.seen[-1].at - server.seen[0].at if server.seen else 0.0,
            "rate_limited": sum(n for (_, status), n in counts.items() if status == 429),
            "inside_a_pause": sum(
                # Other workers' requests may have been on their way when the 429 left.
                any(start + 0.02 < seen.at < until for start, until in server.pauses)
                for seen in server.seen
            ),
        }
        print(json.dumps(summary), flush=True)


if __name__ == "__main__":
    main()
