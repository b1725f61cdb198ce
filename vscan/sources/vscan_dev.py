"""Ask the vscan.dev web API: submit, poll, fetch. The only door to the network.

Every request passes the gate first and is bounded in time, whole, from the first byte
sent to the last byte read; in size, after decompression; and in where it may lead. An
analysis whose id is known is never submitted again, unless the service forgot it.
"""

import json
import os
import random
import re
import socket
import ssl
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from vscan import __version__
from vscan.domain import (
    ExtensionId,
    Failed,
    FailureKind,
    Resume,
    Scanned,
    Task,
    Throttled,
    Verdict,
)
from vscan.gate import ClosedError, Gate, SentBackError
from vscan.sources.interface import Limits
from vscan.sources.vscan_dev_schema import (
    SOURCE,
    BadAnswerError,
    parse_results,
    parse_status,
    parse_submission,
)
from vscan.text import plain

CONNECT_TIMEOUT_S = 3.0
MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_BACKOFF_S = 30.0
_USER_AGENT = f"vscan/{__version__} (+https://pypi.org/project/vscan-ci/)"
_POLL_DELAYS_S = (0.0, 2.0, 3.0, 5.0, 8.0, 10.0)  # the last one again and again
_QUICK_RETRY_S = 0.2
_QUICK_FAILURE_S = 1.0  # a refusal comes at once; what took longer is not tried again
_MAX_REDIRECTS = 3
_CHUNK_BYTES = 64 * 1024
_OK, _ACCEPTED, _NOT_FOUND, _TOO_MANY = 200, 202, 404, 429
_REQUEST_TIMEOUT = 408
_UNAVAILABLE = (502, 503, 504)
_REDIRECTS_OF_GET = (301, 302, 303)
_REDIRECTS_OF_ALL = (307, 308)


class _FailedError(Exception):
    """This task has no verdict."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


class _ForgottenError(Exception):
    """The service does not know the analysis, or the extension: a 404."""


class _TooManyError(Exception):
    def __init__(self, retry_after_s: float | None) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class _ConnectionFailedError(Exception):
    """No answer, for want of a connection. ``absent``: nobody is there at all."""

    def __init__(self, detail: str, *, absent: bool = False, transient: bool = True) -> None:
        super().__init__(detail)
        self.detail = detail
        self.absent = absent
        self.transient = transient


@dataclass(slots=True)
class _Analysis:
    """One analysis on its way. ``spent_s`` leaves out the time spent waiting at the gate."""

    id: str | None = None
    spent_s: float = 0.0
    polls: int = 0
    complete: bool = False
    resubmitted: bool = False
    rested: bool = False  # a rate limit's pause stands for the wait before a poll

    def resume(self) -> Resume | None:
        if self.id is None:
            return None
        return Resume(self.id, self.spent_s, self.polls, self.complete, self.resubmitted)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: "requests.structures.CaseInsensitiveDict[str]"
    body: bytes


class VscanDevClient:
    """One worker's line: a session that is kept alive, with at most one connection."""

    def __init__(self, api_url: str, gate: Gate, limits: Limits) -> None:
        self._api_url = api_url
        self._host = urlsplit(api_url).netloc.rpartition("@")[2]
        self._gate = gate
        self._limits = limits
        self._visit = 0
        self._clock = _RequestClock(gate.now)
        self._session = _session(api_url, self._clock)
        # A resolver whose packets vanish would block for half a minute, and nothing can
        # interrupt it; glibc reads this once, before the first look-up.
        os.environ.setdefault("RES_OPTIONS", "timeout:2 attempts:1")

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def ask(self, task: Task, visit: int, resume: Resume | None) -> Scanned | Failed | Throttled:
        """Analyse one extension, from submit or from where ``resume`` left off."""
        self._visit = visit
        analysis = _Analysis()
        if resume is not None:
            analysis = _Analysis(
                resume.analysis_id,
                resume.spent_s,
                resume.polls,
                resume.complete,
                resume.resubmitted,
                rested=True,
            )
        try:
            return Scanned(task, self._analyse(task.id, analysis), from_cache=False)
        except _TooManyError as error:
            pause_s = self._gate.throttled(visit, error.retry_after_s)
            return Throttled(task, pause_s, analysis.resume())
        except SentBackError:
            return Throttled(task, None, analysis.resume())
        except (ClosedError, _FailedError) as error:
            return Failed(task, error.kind, error.detail)
        except BadAnswerError as error:
            return Failed(task, FailureKind.BAD_RESPONSE, str(error))

    def _analyse(self, asked: ExtensionId, analysis: _Analysis) -> Verdict:
        while True:
            try:
                if analysis.id is None:
                    analysis.id = self._submit(asked, analysis)
                while not analysis.complete:
                    analysis.complete = self._poll(analysis.id, analysis)
                results = self._request("GET", f"results/{quote(analysis.id, safe='')}", analysis)
                return parse_results(results, asked, analysis.id)
            except _ForgottenError:
                if analysis.id is None or analysis.resubmitted:
                    raise _FailedError(
                        FailureKind.NOT_LISTED, f"{SOURCE} does not know this extension"
                    ) from None
                analysis.id, analysis.resubmitted = None, True
                analysis.polls, analysis.complete = 0, False

    def _submit(self, asked: ExtensionId, analysis: _Analysis) -> str:
        question = {"publisher": asked.publisher, "name": asked.name}
        return parse_submission(self._request("POST", "analyze", analysis, question))

    def _poll(self, analysis_id: str, analysis: _Analysis) -> bool:
        delay_s = _POLL_DELAYS_S[min(analysis.polls, len(_POLL_DELAYS_S) - 1)]
        if analysis.spent_s + delay_s > self._limits.analysis_timeout_s:
            raise _FailedError(
                FailureKind.TIMEOUT,
                f"the analysis was not complete after {self._limits.analysis_timeout_s:g} s",
            )
        if delay_s and not analysis.rested:
            self._sleep(delay_s, analysis)
        analysis.rested = False
        status = self._request("GET", f"status/{quote(analysis_id, safe='')}", analysis)
        analysis.polls += 1
        return parse_status(status, analysis_id)

    def _sleep(self, seconds: float, analysis: _Analysis) -> None:
        before = self._gate.now()
        try:
            self._gate.sleep(self._visit, seconds)
        finally:
            analysis.spent_s += self._gate.now() - before

    def _request(
        self, method: str, path: str, analysis: _Analysis, question: object = None
    ) -> object:
        """Make one request, with its retries, and read the JSON of its answer."""
        attempt = 0
        while True:
            try:
                answer = self._attempt(method, path, analysis, question, retry=attempt > 0)
            except _ConnectionFailedError as error:
                self._give_up_or_wait(error, attempt, analysis)
            else:
                if answer.status not in _UNAVAILABLE:
                    return self._read(answer)
                pause_s = _after(answer) or 0.0
                bearable = pause_s <= self._limits.max_wait_s
                if bearable:
                    self._gate.pause(pause_s)
                detail = f"{self._host} answered with HTTP {answer.status}"
                self._give_up_or_wait(
                    _ConnectionFailedError(detail, transient=bearable), attempt, analysis
                )
            attempt += 1

    def _give_up_or_wait(
        self, error: _ConnectionFailedError, attempt: int, analysis: _Analysis
    ) -> None:
        """Return after the backoff if another attempt is due; else raise."""
        last = attempt >= self._limits.max_retries or not error.transient
        if error.absent and not self._gate.reached:
            # Nobody was ever there: one quick retry where the refusal was quick, and
            # then the same failure for everybody, not after N retries each.
            if last or attempt > 0 or self._clock.elapsed_s() > _QUICK_FAILURE_S:
                self._gate.close(FailureKind.NETWORK, error.detail)
                raise _FailedError(FailureKind.NETWORK, error.detail)
            self._sleep(_QUICK_RETRY_S, analysis)
            return
        if last:
            self._gate.failed(error.detail)
            raise _FailedError(FailureKind.NETWORK, error.detail)
        backoff = min(MAX_BACKOFF_S, self._limits.retry_delay_s * 2.0**attempt)
        self._sleep(backoff * random.uniform(0.5, 1), analysis)  # noqa: S311 - jitter, no secret

    def _read(self, answer: _Answer) -> object:
        if answer.status == _TOO_MANY:
            raise _TooManyError(_after(answer))
        self._gate.answered()
        if answer.status == _NOT_FOUND:
            raise _ForgottenError
        if answer.status == _REQUEST_TIMEOUT:
            raise _FailedError(FailureKind.TIMEOUT, f"{self._host} answered with HTTP 408")
        if answer.status not in (_OK, _ACCEPTED):
            raise BadAnswerError(f"{self._host} answered with HTTP {answer.status}")
        try:
            return json.loads(answer.body)
        except (ValueError, RecursionError):
            raise BadAnswerError("the answer is not JSON") from None

    def _attempt(
        self, method: str, path: str, analysis: _Analysis, question: object, *, retry: bool
    ) -> _Answer:
        """Make one request and follow its redirects; each of them passes the gate."""
        url = f"{self._api_url}/{path}"
        for hop in range(_MAX_REDIRECTS + 1):
            self._gate.enter(self._visit, retry=retry and not hop)
            self._clock.start(self._limits.timeout_s)
            try:
                answer = self._send(method, url, question)
            finally:
                analysis.spent_s += self._clock.elapsed_s()
            if answer.status not in (*_REDIRECTS_OF_GET, *_REDIRECTS_OF_ALL):
                return answer
            self._gate.answered()
            target = urljoin(url, answer.headers.get("Location", ""))
            kept = method == "GET" or answer.status in _REDIRECTS_OF_ALL
            if _place(target) != _place(url) or not kept:
                raise BadAnswerError(f"{self._host} redirects to where nothing was asked")
            url = target
        raise BadAnswerError(f"{self._host} redirects in a circle")

    def _send(self, method: str, url: str, question: object) -> _Answer:
        connect_s = min(CONNECT_TIMEOUT_S, self._limits.timeout_s)
        try:
            with self._session.request(
                method,
                url,
                json=question,
                timeout=(connect_s, self._limits.timeout_s),
                allow_redirects=False,  # requests would follow them anywhere, past the gate
                stream=True,
            ) as response:
                body = b""
                if response.status_code in (_OK, _ACCEPTED):
                    body = b"".join(_bounded(response))
                elif 0 <= int(response.raw.length_remaining or 0) <= _CHUNK_BYTES:
                    # Of a failure only the status counts. A short body is read all the
                    # same: else the connection could not be used again.
                    with suppress(urllib3.exceptions.HTTPError, OSError):
                        response.raw.read(_CHUNK_BYTES, decode_content=False)
                return _Answer(response.status_code, response.headers, body)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._explain(error) from None

    def _explain(self, error: Exception) -> Exception:
        """Turn whatever the libraries raised into our own words, which hold no address."""
        causes = list(_causes(error))

        def among(*types: type[BaseException]) -> bool:
            return any(isinstance(cause, types) for cause in causes)

        # The order matters: what failed in connecting, encrypting, waiting; then the rest.
        explained: Exception
        if among(urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
            through = " through the proxy" if among(urllib3.exceptions.ProxyError) else ""
            explained = _ConnectionFailedError(
                f"{self._host} can't be reached{through}: {_why(causes)}", absent=True
            )
        elif among(ssl.SSLError, urllib3.exceptions.SSLError):
            verifying = (c for c in causes if isinstance(c, ssl.SSLCertVerificationError))
            why = next((c.verify_message for c in verifying), "no agreement on encryption")
            explained = _ConnectionFailedError(
                f"{self._host} can't be trusted: TLS failed ({plain(why, 200)})", transient=False
            )
        elif among(urllib3.exceptions.ProxyError):
            explained = _ConnectionFailedError(
                f"{self._host} can't be reached: the proxy refused", absent=True
            )
        elif among(TimeoutError, urllib3.exceptions.ReadTimeoutError):
            explained = _FailedError(
                FailureKind.TIMEOUT, f"no whole answer within {self._limits.timeout_s:g} s"
            )
        elif among(urllib3.exceptions.IncompleteRead):
            explained = BadAnswerError("the answer was cut short")
        else:
            explained = _ConnectionFailedError(f"the connection to {self._host} broke")
        return explained


def _after(answer: _Answer) -> float | None:
    return retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))


def retry_after(value: str | None, date: str | None) -> float | None:
    """Read ``Retry-After`` (RFC 9110, 10.2.3) in seconds; ``None`` for absent or nonsense.

    A date is taken relative to the answer's own ``Date``, where there is one, so that a
    wrong clock, theirs or ours, does not matter. Decimals are accepted.
    """
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?", value.strip()):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        since = parsedate_to_datetime(date) if date else datetime.now(UTC)
        return max(0.0, (until - since).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def _why(causes: list[BaseException]) -> str:
    """Say why a connection was not made."""
    for cause in causes:
        match cause:
            case socket.gaierror():
                return "its name was not found"
            case ConnectionRefusedError():
                return "connection refused"
            case TimeoutError():
                return "no answer to the attempt to connect"
            case OSError(errno=int(number)):
                return os.strerror(number).lower()
            case _:
                pass  # the libraries' own wrapping
    return "no connection"


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk an error, what it wraps (as requests and urllib3 do, in ``args``) and its causes."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        cause = todo.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            todo += [*cause.args, getattr(cause, "reason", None), cause.__cause__]
            todo.append(cause.__context__)


def _bounded(response: requests.Response) -> Iterator[bytes]:
    """Read the body, at most ``MAX_BODY_BYTES`` of it after decompression.

    We decompress, not the library: this way a bomb is stopped at the limit and not
    after its first chunk has been blown up in memory.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise BadAnswerError("the answer comes in an encoding that was not asked for")
    gzip = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    left = MAX_BODY_BYTES + 1
    try:
        while chunk := response.raw.read(_CHUNK_BYTES, decode_content=False):
            part = gzip.decompress(chunk, left) if gzip else chunk
            left -= len(part)
            if left <= 0:
                raise BadAnswerError(f"the answer is over {MAX_BODY_BYTES // 1024**2} MiB")
            yield part
    except zlib.error:
        raise BadAnswerError("the answer's compression is broken") from None
    if gzip and not gzip.eof:
        raise BadAnswerError("the answer was cut short")


class _RequestClock:
    """The deadline of the request that is under way: one for a client, as its requests are."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._started = 0.0
        self._deadline = 0.0

    def start(self, seconds: float) -> None:
        self._started = self._now()
        self._deadline = self._started + seconds

    def elapsed_s(self) -> float:
        return self._now() - self._started

    def left_s(self) -> float:
        """Say how long the request may still take. ``TimeoutError`` where it is over."""
        left = self._deadline - self._now()
        if left <= 0:
            raise TimeoutError("the request took too long")
        return left


def _session(api_url: str, clock: _RequestClock) -> requests.Session:
    session = requests.Session()
    session.headers.update(
        {"User-Agent": _USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
    )
    # Plain http is for loopback alone: a proxy would carry it out of the machine.
    session.trust_env = urlsplit(api_url).scheme == "https"
    session.mount("https://", _Adapter(clock))
    session.mount("http://", _Adapter(clock))
    return session


class _Adapter(HTTPAdapter):
    """One connection, no retries of its own, and the clock on every byte."""

    def __init__(self, clock: _RequestClock) -> None:
        self._pools = _pool_classes(clock)
        # Retries pass the gate, so they are ours. Left to urllib3, a 429 with
        # Retry-After would also sleep in the worker and collect would never learn.
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed through
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:  # noqa: ANN401 - passed through
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pool_classes(clock: _RequestClock) -> dict[str, type[HTTPConnectionPool]]:
    """Make connection classes that hold a whole request, not one read of it, to its deadline."""

    class TimedResponse(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            super().__init__(sock, *args, **kwargs)
            raw: RawIOBase = self.fp.detach()
            self.fp = BufferedReader(_TimedReader(raw, sock, clock))

    class TimedConnection(HTTPConnection):
        response_class = TimedResponse

        def _new_conn(self) -> socket.socket:
            return _connect(self, super()._new_conn, clock)

    class TimedTLSConnection(TimedConnection, HTTPSConnection):
        pass

    class TimedPool(HTTPConnectionPool):
        ConnectionCls = TimedConnection

    class TimedTLSPool(HTTPSConnectionPool):
        ConnectionCls = TimedTLSConnection

    return {"http": TimedPool, "https": TimedTLSPool}


class _TimedReader(RawIOBase):
    """Reads from a socket until the deadline.

    A socket's own time-out begins anew with every byte: a body, or a header, that
    drips would never end.
    """

    def __init__(self, raw: RawIOBase, sock: socket.socket, clock: _RequestClock) -> None:
        self._raw = raw
        self._sock = sock
        self._clock = clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any writable buffer
        self._sock.settimeout(self._clock.left_s())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


def _connect(
    connection: HTTPConnection, connect_once: Callable[[], socket.socket], clock: _RequestClock
) -> socket.socket:
    """Try the addresses of a name in turn, each with its share of the time to connect.

    urllib3 gives the whole of it to each: a name with four addresses that nobody
    answers at would take four times as long.
    """
    host, timeout = connection._dns_host, connection.timeout  # noqa: SLF001 - no public name
    until_s = clock.elapsed_s() + float(timeout or CONNECT_TIMEOUT_S)
    try:
        found = socket.getaddrinfo(host.strip("[]"), connection.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise urllib3.exceptions.NameResolutionError(host, connection, error) from error
    try:
        for number, place in enumerate(found, 1):
            connection._dns_host = str(place[4][0])  # noqa: SLF001
            untried = len(found) - number + 1
            connection.timeout = max(0.1, (until_s - clock.elapsed_s()) / untried)
            try:
                sock = connect_once()
            except urllib3.exceptions.HTTPError:
                if untried == 1:
                    raise
            else:
                sock.settimeout(timeout)
                return sock
    finally:
        connection._dns_host, connection.timeout = host, timeout  # noqa: SLF001
    raise AssertionError("a look-up that succeeds finds an address")
