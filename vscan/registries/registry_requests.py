"""Requests to one registry: each passes its rate limiter, and is repeated where that may help.

Redirects are followed here, and not by a library: each is a request of its own, and leads to https
or, for a registry on this machine, to a loopback address. No request carries credentials.
"""

import random
from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

from vscan.bounded_json import parse_json
from vscan.model import FailureKind
from vscan.providers.http_request import (
    Answer,
    ConnectionFailedError,
    TimedOutError,
    Transport,
    TransportError,
    UnusableAnswerError,
)
from vscan.providers.rate_limiter import CircuitOpenError, RateLimiter, StaleEpochError
from vscan.providers.vscan_dev.client import retry_after
from vscan.registries.registry_addresses import (
    is_allowed,
    is_on_this_machine,
    origin_of,
    redirect_target,
)
from vscan.safe_text import sanitize

_MAX_REDIRECTS = 5
_MAX_TRANSPORTS = 3  # the registry itself, and where its files are
_MAX_BACKOFF_S = 30.0
_OK, _TOO_MANY, _REQUEST_TIMEOUT, _SERVER_ERROR = 200, 429, 408, 500
_REDIRECTS_OF_GET = (301, 302, 303, 307, 308)
_UNAVAILABLE = (502, 503, 504)
_NEVER_SERVED = (501, 505, 511)
_ZIP_MARKS = (b"PK\3\4", b"PK\5\6")  # of a first member; of an archive without any
_STEP_BYTES = 256 * 1024  # that a download must get on by in the time for a request
_MAX_SHARED = 16  # files of a few kilobytes
_PAGE_BYTES = 64 * 1024  # of an answer that is no archive
_Result = TypeVar("_Result")


class RequestLimits(Struct, frozen=True):
    """How long requests may take, in seconds, how often they are repeated, and how much is read.

    A download ends after ``timeout_s`` without 256 KiB more, and in any case after
    ``download_timeout_s``. ``max_wait_s`` is the longest pause that a registry may ask for.
    """

    timeout_s: float = 30.0
    download_timeout_s: float = 600.0
    max_retries: int = 3
    retry_delay_s: float = 2.0
    max_wait_s: float = 120.0
    max_archive_bytes: int = 512 * 1024**2


class RunBounds(Struct, frozen=True):
    """When a run ends: ``left_s`` gives the seconds up to its deadline.

    ``paused`` is told of each pause after a 429, in seconds, by any thread.
    """

    is_stopped: Callable[[], bool]
    left_s: Callable[[], float]
    paused: Callable[[float], object]


class RequestFailedError(Exception):
    """There is no usable answer; ``kind`` and ``detail`` say why."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = sanitize(detail)


class _ThrottledError(Exception):
    """The registry asks to wait."""

    def __init__(self, retry_after_s: float | None) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class RegistryRequests:
    """One worker's connections to a registry and to the hosts that it refers to."""

    def __init__(
        self, url: str, limiter: RateLimiter, limits: RequestLimits, bounds: RunBounds
    ) -> None:
        self.url = url
        self.limits = limits
        self._limiter = limiter
        self._bounds = bounds
        self._loopback = is_on_this_machine(url)
        self._transports: dict[str, Transport] = {}
        self._shared: dict[str, bytes] = {}

    def close(self) -> None:
        """Close all connections."""
        for transport in self._transports.values():
            transport.close()
        self._transports.clear()

    def allows(self, url: object) -> bool:
        """Say whether an address in an answer may be asked."""
        return isinstance(url, str) and is_allowed(url, loopback=self._loopback)

    def ask_json(
        self,
        method: str,
        url: str,
        question: object = None,
        accept: str = "",
        *,
        is_about_one: bool = True,
    ) -> object:
        """Ask for JSON. Raises ``RequestFailedError``, for an answer other than 200, too.

        Five answers in a row that can't be used end all requests, if each ``is_about_one``
        extension.
        """

        def ask() -> object:
            answer = self._follow(
                method,
                url,
                self.limits.timeout_s,
                lambda transport, target: transport.send(method, target, question, accept=accept),
            )
            try:
                value: object = parse_json(answer.body)
            except ValueError:
                self.close()  # the rest of a longer answer would look like the next one
                raise UnusableAnswerError("the answer is not JSON") from None
            _check_not_blocked(value, answer)
            return value

        return self._with_retries(ask, is_outage=is_about_one)

    def read_small(self, url: str, most: int, *, is_shared: bool = False) -> bytes:
        """Read a file of at most ``most`` bytes; one that ``is_shared`` is read once.

        Raises ``RequestFailedError``.
        """
        if url in self._shared:
            return self._shared[url]

        def read() -> bytes:
            parts: list[bytes] = []

            def send(transport: Transport, target: str) -> Answer:
                return transport.download(target, most, parts.append, "")

            answer = self._follow("GET", url, self.limits.timeout_s, send)
            content = b"".join(parts)
            if content.startswith(b"{"):
                _check_no_block_page(content, answer)
            return content

        content = self._with_retries(read)
        if is_shared and len(self._shared) < _MAX_SHARED:
            self._shared[url] = content
        return content

    def download(self, url: str, begin: Callable[[], Callable[[bytes], object]]) -> None:
        """Pass an archive, part by part, to the function that ``begin`` returns for an attempt.

        Raises ``RequestFailedError``, and what that function raises.
        """

        def download() -> None:
            body = _ArchiveBody(begin(), self._bounds.is_stopped)

            def send(transport: Transport, target: str) -> Answer:
                most = self.limits.max_archive_bytes
                progress = _Progress(
                    transport,
                    min(self.limits.download_timeout_s, self._bounds.left_s()),
                    self.limits.timeout_s,
                )

                def receive(part: bytes) -> None:
                    progress.received(len(part))
                    body.receive(part)

                return transport.download(target, most, receive, "")

            body.check(self._follow("GET", url, self.limits.timeout_s, send))

        self._with_retries(download)

    def _with_retries(self, attempt: Callable[[], _Result], *, is_outage: bool = False) -> _Result:
        """Repeat an attempt where that may help.

        ``is_outage``: answers that can't be used count as failures of the registry.
        """
        number = 0
        while True:
            epoch = self._limiter.epoch()
            try:
                result = attempt()
            except _ThrottledError as error:
                # A pause of no seconds would be no pause: then the limiter chooses one.
                self._bounds.paused(self._limiter.throttled(epoch, error.retry_after_s or None))
                if number >= self.limits.max_retries:
                    raise RequestFailedError(
                        FailureKind.RATE_LIMITED, "the registry answered 429 again and again"
                    ) from None
            except TransportError as error:
                self._wait_before_retry(error, number, is_outage=is_outage)
            except RequestFailedError:
                self._limiter.served()
                raise
            else:
                self._limiter.served()
                return result
            number += 1

    def _wait_before_retry(self, error: TransportError, number: int, *, is_outage: bool) -> None:
        """Wait, where another attempt may help; else raise ``RequestFailedError``."""
        worth_it = not isinstance(error, TimedOutError) or self._limiter.timed_out(retry=number > 0)
        is_absent = isinstance(error, ConnectionFailedError) and error.absent
        kind = _kind(error)
        if is_absent and number > 0 and not self._limiter.reached:
            self._limiter.close(kind, error.detail)
        if number >= self.limits.max_retries or not error.transient or not worth_it:
            if is_outage or kind is not FailureKind.BAD_RESPONSE:
                self._limiter.failed(kind, error.detail)
            raise RequestFailedError(kind, error.detail) from None
        backoff_s = min(_MAX_BACKOFF_S, self.limits.retry_delay_s * 2.0**number)
        backoff_s *= random.uniform(0.5, 1)  # noqa: S311 - no secret
        while True:
            try:
                self._limiter.sleep(self._limiter.epoch(), backoff_s)
            except StaleEpochError:
                continue
            except CircuitOpenError as closed:
                raise RequestFailedError(closed.kind, closed.detail) from None
            return

    def _follow(
        self, method: str, url: str, timeout_s: float, send: Callable[[Transport, str], Answer]
    ) -> Answer:
        """Make a request, and follow its redirects. Returns an answer with status 200."""
        for _ in range(_MAX_REDIRECTS + 1):
            self._acquire()
            answer = send(self._transport(url, timeout_s), url)
            if answer.status not in _REDIRECTS_OF_GET:
                self._check_status(answer, url)
                return answer
            self._limiter.answered()
            target = redirect_target(
                url, answer.headers.get("Location", ""), loopback=self._loopback
            )
            if target is None or method != "GET":
                raise RequestFailedError(
                    FailureKind.BAD_RESPONSE, "the registry redirects to where vscan does not go"
                )
            url = target
        raise RequestFailedError(FailureKind.BAD_RESPONSE, "the registry redirects too often")

    def _acquire(self) -> None:
        while True:
            if self._bounds.is_stopped():
                raise RequestFailedError(FailureKind.INTERRUPTED, "interrupted")
            try:
                self._limiter.acquire(self._limiter.epoch())
            except StaleEpochError:
                continue  # nothing was sent
            except CircuitOpenError as error:
                raise RequestFailedError(error.kind, error.detail) from None
            return

    def _transport(self, url: str, timeout_s: float) -> Transport:
        left_s = self._bounds.left_s()
        if left_s <= 0:
            raise RequestFailedError(FailureKind.TIMEOUT, "the deadline is over")
        origin = origin_of(url)
        transport = self._transports.get(origin)
        if transport is None:
            if len(self._transports) >= _MAX_TRANSPORTS:
                self._transports.pop(next(reversed(self._transports))).close()
            transport = self._transports[origin] = Transport(origin, timeout_s, self._limiter.now)
        transport.timeout_s = min(timeout_s, left_s)
        return transport

    def _check_status(self, answer: Answer, url: str) -> None:
        """Raise where an answer has another status than 200."""
        if answer.status == _TOO_MANY:
            raise _ThrottledError(_after(answer))
        if answer.status not in _UNAVAILABLE:  # those are a gateway's answers
            self._limiter.answered()
        detail = f"{origin_of(url)} answered with HTTP {answer.status}"
        if answer.status == _OK:
            return
        if answer.status in _UNAVAILABLE:
            raise ConnectionFailedError(detail, transient=self._pause_after(answer))
        if answer.status == _REQUEST_TIMEOUT:
            raise TimedOutError(detail, transient=self._pause_after(answer))
        if answer.status >= _SERVER_ERROR and answer.status not in _NEVER_SERVED:
            raise UnusableAnswerError(detail, transient=self._pause_after(answer))
        raise RequestFailedError(FailureKind.BAD_RESPONSE, detail)

    def _pause_after(self, answer: Answer) -> bool:
        """Pause as the answer asks. Returns whether that is not too long."""
        pause_s = _after(answer) or 0.0
        if pause_s > self.limits.max_wait_s:
            return False
        self._limiter.pause(pause_s)
        return True


class _Progress:
    """Gives a download more time as long as it gets on."""

    def __init__(self, transport: Transport, most_s: float, step_s: float) -> None:
        self._transport = transport
        self._most_s = most_s
        self._step_s = step_s
        self._received = 0

    def received(self, size: int) -> None:
        self._received += size
        if self._received >= _STEP_BYTES:
            self._received = 0
            left_s = self._most_s - self._transport.elapsed_s()
            self._transport.extend(min(self._step_s, left_s))


class _ArchiveBody:
    """Receives a body, and keeps what is no archive from the receiver of the archive."""

    def __init__(self, receive: Callable[[bytes], object], is_stopped: Callable[[], bool]) -> None:
        self._receive = receive
        self._is_stopped = is_stopped
        self._begin = b""
        self._is_archive = False

    def receive(self, part: bytes) -> None:
        if self._is_stopped():
            raise RequestFailedError(FailureKind.INTERRUPTED, "interrupted")
        if self._is_archive:
            self._receive(part)
            return
        self._begin += part[: _PAGE_BYTES + len(_ZIP_MARKS[0])]
        if self._begin.startswith(_ZIP_MARKS):
            self._is_archive = True
            self._receive(self._begin + part[_PAGE_BYTES + len(_ZIP_MARKS[0]) :])
            self._begin = b""
        elif len(self._begin) > _PAGE_BYTES:
            raise RequestFailedError(FailureKind.BAD_RESPONSE, "the answer is not a .vsix archive")

    def check(self, answer: Answer) -> None:
        """Raise if the answer, which is complete, was no archive."""
        if not self._is_archive:
            _check_no_block_page(self._begin, answer)
            raise RequestFailedError(FailureKind.BAD_RESPONSE, "the answer is not a .vsix archive")


def _check_no_block_page(content: bytes, answer: Answer) -> None:
    try:
        value = parse_json(content)
    except ValueError:
        return
    _check_not_blocked(value, answer)


def _check_not_blocked(value: object, answer: Answer) -> None:
    """Raise for the page with which a gallery refuses a request, whatever its status is."""
    if isinstance(value, dict) and "RequestBlocked" in str(value.get("typeKey", ""))[:200]:
        raise _ThrottledError(_after(answer))


def _kind(error: TransportError) -> FailureKind:
    if isinstance(error, TimedOutError):
        return FailureKind.TIMEOUT
    if isinstance(error, UnusableAnswerError):
        return FailureKind.BAD_RESPONSE
    return FailureKind.NETWORK


def _after(answer: Answer) -> float | None:
    return retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
