"""Ask the vscan.dev web API: submit, poll, fetch.

Every request, a retry and a redirect too, passes the limiter first. An analysis whose id
is known is never submitted again, unless the service forgot it. A request that got no
usable answer is tried again; an answer that can be read and says no, or says what can't be
believed, is final.
"""

import random
import re
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urljoin, urlsplit

from msgspec import Struct

from vscan.bounded_json import parse_json
from vscan.events import Retrying
from vscan.model import ExtensionId, Failed, FailureKind, Resume, Scanned, Task, Throttled, Verdict
from vscan.providers.http_request import (
    Answer,
    ConnectionFailedError,
    TimedOutError,
    Transport,
    TransportError,
    UnusableAnswerError,
)
from vscan.providers.interface import Limits
from vscan.providers.rate_limiter import CircuitOpenError, RateLimiter, StaleEpochError
from vscan.providers.vscan_dev import NAME
from vscan.providers.vscan_dev.answers import (
    parse_results,
    parse_status,
    parse_submission,
)
from vscan.providers.vscan_dev.fields import BadAnswerError

MAX_BACKOFF_S = 30.0
_POLL_DELAYS_S = (0.0, 2.0, 3.0, 5.0, 8.0, 10.0)  # the last one again and again
_SECONDS = r"(?:^|,)\s*([0-9]{1,20}(?:\.[0-9]{1,20})?)\s*(?=,|$)"
_DATE = r"[A-Za-z]{3,9}, [0-9]{1,2}[ -][A-Za-z]{3}[ -][0-9]{2,4} [0-9:]{8} (?:GMT|UTC|[+-][0-9]{4})"
_QUICK_RETRY_S = 0.2
_QUICK_FAILURE_S = 1.0  # a refused connection fails at once; what took longer is not retried
_MAX_REDIRECTS = 3
_OK, _ACCEPTED, _NOT_FOUND, _TOO_MANY = 200, 202, 404, 429
_REQUEST_TIMEOUT = 408
_UNAVAILABLE = (502, 503, 504)
_SERVER_ERROR = 500  # and all above, except for those that will never serve the request
_NEVER_SERVED = (501, 505, 511)
_REDIRECTS_OF_GET = (301, 302, 303)
_REDIRECTS_OF_ALL = (307, 308)


class _FailedError(Exception):
    """The task has no verdict."""

    def __init__(self, kind: FailureKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


class _NotFoundError(Exception):
    """The service does not know the analysis, or the extension: a 404."""


class _ThrottledError(Exception):
    """The service answered 429."""

    def __init__(self, retry_after_s: float | None) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class _Analysis(Struct):
    """One analysis in progress. ``spent_s`` leaves out the time spent waiting for the limiter."""

    id: str | None = None
    spent_s: float = 0.0
    polls: int = 0
    complete: bool = False
    resubmitted: bool = False
    rested: bool = False  # the pause of a rate limit replaces the wait before a poll

    def resume(self) -> Resume | None:
        if self.id is None and not self.resubmitted:
            return None
        return Resume(self.id, self.spent_s, self.polls, self.complete, self.resubmitted)


class VscanDevClient:
    """One worker's client: a session that is kept alive, with at most one connection."""

    def __init__(self, api_url: str, limiter: RateLimiter, limits: Limits) -> None:
        self._api_url = api_url
        self._limiter = limiter
        self._limits = limits
        self._epoch = 0
        self._task: Task
        self._transport = Transport(api_url, limits.timeout_s, limiter.now)

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def ask(self, task: Task, epoch: int, resume: Resume | None) -> Scanned | Failed | Throttled:
        """Analyse one extension, from submit or from where ``resume`` left off."""
        self._epoch, self._task = epoch, task
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
            verdict = self._analyse(task.id, analysis)
        except _ThrottledError as error:
            pause_s = self._limiter.throttled(epoch, error.retry_after_s)
            return Throttled(task, pause_s, analysis.resume())
        except StaleEpochError:
            return Throttled(task, None, analysis.resume())
        except CircuitOpenError as error:
            return Failed(task, error.kind, error.detail)
        except TransportError as error:
            kind = _kind(error)
            self._limiter.failed(kind, error.detail)
            return Failed(task, kind, error.detail)
        except (_FailedError, BadAnswerError) as error:
            self._limiter.served()
            kind = error.kind if isinstance(error, _FailedError) else FailureKind.BAD_RESPONSE
            return Failed(task, kind, str(error))
        self._limiter.served()
        return Scanned(task, verdict, from_cache=False)

    def _analyse(self, asked: ExtensionId, analysis: _Analysis) -> Verdict:
        while True:
            try:
                if analysis.id is None:
                    analysis.id = self._submit(asked, analysis)
                while not analysis.complete:
                    analysis.complete = self._poll(analysis.id, analysis)
                results = self._request("GET", f"results/{quote(analysis.id, safe='')}", analysis)
                return parse_results(results, asked, analysis.id)
            except _NotFoundError:
                if analysis.id is None or analysis.resubmitted:
                    raise _FailedError(
                        FailureKind.NOT_LISTED, f"{NAME} does not know this extension"
                    ) from None
                analysis.id, analysis.resubmitted = None, True
                analysis.polls, analysis.complete = 0, False

    def _submit(self, asked: ExtensionId, analysis: _Analysis) -> str:
        question = {"publisher": asked.publisher, "name": asked.name}
        return parse_submission(self._request("POST", "analyze", analysis, question))

    def _poll(self, analysis_id: str, analysis: _Analysis) -> bool:
        delay_s = _POLL_DELAYS_S[min(analysis.polls, len(_POLL_DELAYS_S) - 1)]
        left_s = self._limits.analysis_timeout_s - analysis.spent_s
        if left_s <= 0:
            raise _FailedError(
                FailureKind.TIMEOUT,
                f"the analysis was not complete after {self._limits.analysis_timeout_s:g} s",
            )
        if delay_s and not analysis.rested:
            self._sleep(min(delay_s, left_s), analysis)
        analysis.rested = False
        status = self._request("GET", f"status/{quote(analysis_id, safe='')}", analysis)
        analysis.polls += 1
        return parse_status(status, analysis_id)

    def _sleep(self, seconds: float, analysis: _Analysis) -> None:
        before = self._limiter.now()
        try:
            self._limiter.sleep(self._epoch, seconds)
        finally:
            analysis.spent_s += self._limiter.now() - before

    def _request(
        self, method: str, path: str, analysis: _Analysis, question: object = None
    ) -> object:
        """Make one request, with its retries, and read the JSON of its answer."""
        attempt = 0
        while True:
            try:
                return self._read(
                    self._attempt(method, path, analysis, question, retry=attempt > 0)
                )
            except TransportError as error:
                delay_s = self._backoff_s(error, attempt, analysis)
                if delay_s is None:
                    raise
                self._limiter.listener(Retrying(self._task, attempt + 2, delay_s, error.detail))
                self._sleep(delay_s, analysis)
            attempt += 1

    def _backoff_s(self, error: TransportError, attempt: int, analysis: _Analysis) -> float | None:
        """Return how long to wait before another attempt; ``None``: there is no other."""
        # The limiter counts the time-out of the last attempt, too.
        worth_it = not isinstance(error, TimedOutError) or self._limiter.timed_out(
            retry=attempt > 0
        )
        last = attempt >= self._limits.max_retries or not error.transient or not worth_it
        absent = isinstance(error, ConnectionFailedError) and error.absent
        if absent and not self._limiter.reached:
            # No server was ever reached: one quick retry where the failure was quick, and
            # then the same failure for every task, instead of N retries each.
            if last or attempt > 0 or self._transport.elapsed_s() > _QUICK_FAILURE_S:
                self._limiter.close(FailureKind.NETWORK, error.detail)
                return None
            return _QUICK_RETRY_S
        backoff_s = min(MAX_BACKOFF_S, self._limits.retry_delay_s * 2.0**attempt)
        backoff_s *= random.uniform(0.5, 1)  # noqa: S311 - no secret
        if last or analysis.spent_s + backoff_s >= self._limits.analysis_timeout_s:
            return None
        return backoff_s

    def _read(self, answer: Answer) -> object:
        """Read the JSON of an answer; ``TransportError`` where it has none."""
        if answer.status == _TOO_MANY:
            raise _ThrottledError(_after(answer))
        if answer.status not in _UNAVAILABLE:  # those are a gateway's answers
            self._limiter.answered()
        if answer.status == _NOT_FOUND:
            raise _NotFoundError
        detail = f"{self._transport.host} answered with HTTP {answer.status}"
        if answer.status in _UNAVAILABLE:
            raise ConnectionFailedError(detail, transient=self._pause_after(answer))
        if answer.status == _REQUEST_TIMEOUT:
            raise TimedOutError(detail, transient=self._pause_after(answer))
        if answer.status >= _SERVER_ERROR and answer.status not in _NEVER_SERVED:
            raise UnusableAnswerError(detail, transient=self._pause_after(answer))
        if answer.status not in (_OK, _ACCEPTED):
            raise BadAnswerError(detail)
        try:
            return parse_json(answer.body)
        except ValueError:
            # Where the length was wrong, the connection would return the rest of this
            # answer for the next request.
            self._transport.close()
            raise UnusableAnswerError("the answer is not JSON") from None

    def _pause_after(self, answer: Answer) -> bool:
        """Pause all workers as the answer asks. Returns whether that is within ``max_wait_s``."""
        pause_s = _after(answer) or 0.0
        within_limit = pause_s <= self._limits.max_wait_s
        if within_limit:
            self._limiter.pause(pause_s)
        return within_limit

    def _attempt(
        self, method: str, path: str, analysis: _Analysis, question: object, *, retry: bool
    ) -> Answer:
        """Make one request and follow its redirects; each of them passes the limiter."""
        url = f"{self._api_url}/{path}"
        for hop in range(_MAX_REDIRECTS + 1):
            self._limiter.acquire(self._epoch, retry=retry and not hop)
            try:
                answer = self._transport.send(method, url, question)
            finally:
                analysis.spent_s += self._transport.elapsed_s()
            if answer.status not in (*_REDIRECTS_OF_GET, *_REDIRECTS_OF_ALL):
                return answer
            location = answer.headers.get("Location", "")
            try:
                target = urljoin(url, location)
                same_origin = bool(location) and _origin_of(target) == _origin_of(url)
            except ValueError:
                same_origin = False
            kept = method == "GET" or answer.status in _REDIRECTS_OF_ALL
            if not (same_origin and kept):
                raise BadAnswerError(f"{self._transport.host} redirects to another address")
            url = target
        raise BadAnswerError(f"{self._transport.host} redirects too often")


def _kind(error: TransportError) -> FailureKind:
    match error:
        case TimedOutError():
            return FailureKind.TIMEOUT
        case UnusableAnswerError():
            return FailureKind.BAD_RESPONSE
        case _:
            return FailureKind.NETWORK


def _after(answer: Answer) -> float | None:
    return retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))


def retry_after(value: str | None, date: str | None) -> float | None:
    """Read ``Retry-After`` (RFC 9110, 10.2.3) in seconds; ``None``: absent or unreadable.

    A date counts relative to the answer's own ``Date``, where it has one, so that a wrong clock
    on either side does not matter. Decimals are accepted.
    """
    if value is None:
        return None
    # A header that occurs twice arrives as one, with commas, which dates have, too: of all
    # readable values the longest pause counts.
    pauses = [float(part) for part in re.findall(_SECONDS, value)]
    try:
        since = _moment(date or "")
    except (TypeError, ValueError, OverflowError):
        since = datetime.now(UTC)
    for text in re.findall(_DATE, value):
        with suppress(TypeError, ValueError, OverflowError):
            pauses.append(max(0.0, (_moment(text) - since).total_seconds()))
    return max(pauses, default=None)


def _moment(date: str) -> datetime:
    moment = parsedate_to_datetime(date)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _origin_of(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
