"""One HTTP request with bounds. Only this module and ``connections_with_deadline`` use the network.

A request is bounded in time, from the first byte sent to the last byte read; in size, after
decompression; and it goes to the given address alone: a redirect is an answer. Every problem is
one of three errors, whose texts contain no address, header or credentials.
"""

import os
import socket
import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import urllib3
from msgspec import Struct
from requests.adapters import HTTPAdapter
from requests.utils import (
    get_auth_from_url,
    get_environ_proxies,
    select_proxy,
)

from vscan import __version__
from vscan.providers.connections_with_deadline import CONNECT_TIMEOUT_S, RequestClock, pool_classes
from vscan.safe_text import describe_os_error, sanitize

MAX_BODY_BYTES = 16 * 1024 * 1024
_USER_AGENT = f"vscan/{__version__} (+https://pypi.org/project/vscan-ci/)"
_CHUNK_BYTES = 64 * 1024
_OK = 200
_WITH_BODY = (200, 202)
# Nothing is wrong with a service that answers so, and the body is short.
_NO_FAILURE = (301, 302, 303, 304, 307, 308, 404)
_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")  # name one file each
_NO_CERTIFICATE: Final = frozenset({"NO_CERTIFICATE_OR_CRL_FOUND", "NO_START_LINE"})
_PROXY_SCHEMES = ("http", "https")


class TransportError(Exception):
    """The request has no usable answer; ``detail`` says why. ``transient``: a retry may succeed."""

    def __init__(self, detail: str, *, transient: bool = True) -> None:
        super().__init__(detail)
        self.detail = detail
        self.transient = transient


class ConnectionFailedError(TransportError):
    """There was no connection, or it broke. ``absent``: no server was reached at all."""

    def __init__(self, detail: str, *, absent: bool = False, transient: bool = True) -> None:
        super().__init__(detail, transient=transient)
        self.absent = absent


class TimedOutError(TransportError):
    """The answer was not complete in time."""


class UnusableAnswerError(TransportError):
    """The answer is too large, cut short, badly encoded or not JSON."""


class _ReceiverError(Exception):
    """The receiver of a download failed, not the download."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error


class Answer(Struct, frozen=True):
    """An HTTP answer.

    ``body`` is decompressed. It is empty for a status other than 200 and 202, and for a download.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport:
    """A session that is kept alive, with at most one connection. For one thread.

    ``timeout_s`` is for each whole request, and may be changed between two.
    """

    def __init__(self, api_url: str, timeout_s: float, now: Callable[[], float]) -> None:
        self.host = urlsplit(api_url).netloc
        self.timeout_s = timeout_s
        self._clock = RequestClock(now)
        self._session = _session(api_url, self._clock)
        proxy = _proxy_for(api_url)
        self._proxy_is_usable = _is_usable_proxy(proxy)
        # requests prefers this one to the same one of the environment, which may have blanks.
        self._proxies = {"https": proxy} if proxy else None

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    def elapsed_s(self) -> float:
        """Return how many seconds ago the last request started."""
        return self._clock.elapsed_s()

    def extend(self, seconds: float) -> None:
        """Give the current request so many seconds from now, if that is more than it has."""
        self._clock.extend(seconds)

    def send(self, method: str, url: str, question: object = None, *, accept: str = "") -> Answer:
        """Make one request; ``accept`` is another type than JSON. Raises ``TransportError``."""
        headers = {"Accept": accept} if accept else None
        with self._answered(method, url, json=question, headers=headers) as response:
            body = b""
            if response.status_code in _WITH_BODY:
                body = b"".join(_bounded(response, MAX_BODY_BYTES))
            else:
                _read_short_rest(response)
            return Answer(response.status_code, response.headers, body)

    def download(
        self, url: str, most: int, receive: Callable[[bytes], object], etag: str
    ) -> Answer:
        """Pass the body of a 200, at most ``most`` bytes of it, to ``receive``, part by part.

        With the ``etag`` of an earlier download the answer may be a 304. Raises ``TransportError``;
        what ``receive`` raises passes.
        """
        headers = {"Accept": "*/*"} | ({"If-None-Match": etag} if etag else {})
        with self._answered("GET", url, headers=headers) as response:
            parts = _bounded(response, most) if response.status_code == _OK else iter(())
            _read_short_rest(response)
            for part in parts:
                try:
                    receive(part)
                except OSError as error:  # not the network's
                    raise _ReceiverError(error) from None
            return Answer(response.status_code, response.headers, b"")

    @contextmanager
    def _answered(self, method: str, url: str, **question: Any) -> Iterator[requests.Response]:  # noqa: ANN401 - passed through
        """Start a request, and explain any error until its end."""
        self._clock.start(self.timeout_s)
        if not self._proxy_is_usable:
            raise ConnectionFailedError(
                "the proxy that the environment names can't be used", absent=True, transient=False
            )
        connect_s = min(CONNECT_TIMEOUT_S, self.timeout_s)
        try:
            with self._session.request(
                method,
                url,
                timeout=(connect_s, self.timeout_s),
                proxies=self._proxies,
                allow_redirects=False,  # requests would follow them anywhere, past the caller
                stream=True,
                **question,
            ) as response:
                if response.status_code < _OK:
                    # http.client takes "103 Early Hints" for the answer; the final one, left
                    # in the connection, would be taken for the answer to the next request.
                    self._session.close()
                    raise UnusableAnswerError("the answer is an interim one")
                yield response
        except _ReceiverError as failed:
            raise failed.error from None
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._explain(error) from None
        except ValueError:  # an invalid length, size or header
            raise UnusableAnswerError("the answer is not HTTP") from None

    def _explain(self, error: Exception) -> TransportError:
        """Turn an error of the libraries into a text without an address."""
        causes = list(_causes(error))

        def among(*types: type[BaseException]) -> bool:
            return any(isinstance(cause, types) for cause in causes)

        # The order matters: what failed in connecting, encrypting, waiting; then the rest.
        explained: TransportError
        if among(urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError):
            through = " through the proxy" if among(urllib3.exceptions.ProxyError) else ""
            explained = ConnectionFailedError(
                f"{self.host} can't be reached{through}: {_why(causes)}", absent=True
            )
        elif any(getattr(c, "reason", None) in _NO_CERTIFICATE for c in causes):
            explained = ConnectionFailedError(
                "the file of certificates that the environment names holds no certificate",
                absent=True,
                transient=False,
            )
        elif among(ssl.SSLError, urllib3.exceptions.SSLError) and not among(ssl.SSLEOFError):
            verifying = (c for c in causes if isinstance(c, ssl.SSLCertVerificationError))
            why = next((c.verify_message for c in verifying), "no agreement on encryption")
            explained = ConnectionFailedError(
                f"{self.host} can't be trusted: TLS failed ({sanitize(why, 200)})", transient=False
            )
        elif str(error).startswith("Could not find a suitable TLS CA certificate bundle"):
            explained = ConnectionFailedError(
                "the file of certificates that the environment names is not there",
                absent=True,
                transient=False,
            )
        elif among(urllib3.exceptions.ProxyError):
            login = any("407" in str(cause) for cause in causes if isinstance(cause, OSError))
            why = "the proxy asks for a login (407)" if login else "the proxy refused"
            explained = ConnectionFailedError(f"{self.host} can't be reached: {why}", absent=True)
        elif among(TimeoutError, urllib3.exceptions.ReadTimeoutError):
            explained = TimedOutError(f"no whole answer within {self.timeout_s:g} s")
        elif among(urllib3.exceptions.IncompleteRead):
            explained = UnusableAnswerError("the answer was cut short")
        else:
            explained = ConnectionFailedError(f"the connection to {self.host} broke")
        return explained


def _why(causes: list[BaseException]) -> str:
    """Explain why a connection was not made."""
    for cause in causes:
        match cause:
            case socket.gaierror():
                return "its name was not found"
            case ConnectionRefusedError():
                return "connection refused"
            case TimeoutError():
                return "no answer to the attempt to connect"
            case OSError(errno=int()):
                return describe_os_error(cause)
            case _:
                pass  # an error that wraps another
    return "no connection"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk an error, the errors in its ``args`` (of requests and urllib3), and its causes."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        cause = todo.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            todo += [*cause.args, getattr(cause, "reason", None), cause.__cause__]


def _read_short_rest(response: requests.Response) -> None:
    """Read the body of an answer of which only the status counts, if it is no failure.

    Else the connection could not be used again. Of a failure nothing is read: a 429 must be known
    at once.
    """
    if response.status_code in _NO_FAILURE and (response.raw.length_remaining or 0) <= _CHUNK_BYTES:
        with suppress(urllib3.exceptions.HTTPError, OSError):
            response.raw.read(_CHUNK_BYTES, decode_content=False)


def _bounded(response: requests.Response, most: int) -> Iterator[bytes]:
    """Read the body, at most ``most`` bytes of it after decompression.

    vscan decompresses, not the library: this way a decompression bomb is stopped at the limit, not
    after its first chunk was decompressed in memory.
    """
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise UnusableAnswerError(
            "the answer comes in an encoding that was not asked for", transient=False
        )
    if (response.raw.length_remaining or 0) > most:  # by its own Content-Length
        raise _too_large(most)
    gzip = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    left = raw_left = most + 1
    try:
        # Bytes after the end of the compressed data are not part of the answer.
        while not (gzip and gzip.eof) and (
            chunk := response.raw.read(_CHUNK_BYTES, decode_content=False)
        ):
            part = gzip.decompress(chunk, left) if gzip else chunk
            left -= len(part)
            raw_left -= len(chunk)  # blocks that decompress to nothing take time, too
            if left <= 0 or raw_left <= 0:
                raise _too_large(most)
            yield part
    except zlib.error:
        raise UnusableAnswerError("the answer's compression is broken") from None
    if gzip and not gzip.eof:
        raise UnusableAnswerError("the answer was cut short")


def _too_large(most: int) -> UnusableAnswerError:
    return UnusableAnswerError(f"the answer is over {most // 1024**2} MiB", transient=False)


def _session(api_url: str, clock: RequestClock) -> requests.Session:
    session = requests.Session()
    session.headers.update(
        {"User-Agent": _USER_AGENT, "Accept": "application/json", "Accept-Encoding": "gzip"}
    )
    # Plain http is for loopback alone: a proxy would carry it out of the machine.
    session.trust_env = urlsplit(api_url).scheme == "https"
    # requests knows REQUESTS_CA_BUNDLE, which comes first; this one is OpenSSL's own, and
    # what companies set for everything else. Verification itself can't be switched off.
    session.verify = os.environ.get("SSL_CERT_FILE") or True
    # The service knows no login: nothing of ~/.netrc is for it, and no cookie of its own
    # may grow from answer to answer.
    session.auth = _no_credentials
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.mount("https://", _Adapter(clock))
    session.mount("http://", _Adapter(clock))
    return session


def _proxy_for(api_url: str) -> str:
    """Return the proxy for an address, or an empty text.

    A variable that was read from a file often ends with the end of a line.
    """
    if urlsplit(api_url).scheme != "https":
        return ""
    return (select_proxy(api_url, get_environ_proxies(api_url)) or "").strip()


def _is_usable_proxy(proxy: str) -> bool:
    """Whether a proxy, if there is one, is a valid address.

    An invalid one makes the libraries fail in a dozen ways, some of them with the credentials in
    their text.
    """
    if not proxy:
        return True
    if "@" in proxy and "://" not in proxy:
        return False  # requests takes the user for a scheme
    try:
        parts = urllib3.util.parse_url(proxy if "://" in proxy else f"http://{proxy}")
        for secret in get_auth_from_url(proxy):
            secret.encode("latin-1")
        host = parts.host or ""
        host.encode("ascii" if ":" in host else "idna")
    except (ValueError, urllib3.exceptions.HTTPError, requests.RequestException):
        return False
    return bool(host) and parts.scheme in _PROXY_SCHEMES


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _Adapter(HTTPAdapter):
    """One connection, no retries of its own, and a deadline for every read."""

    def __init__(self, clock: RequestClock) -> None:
        self._pools = pool_classes(clock)
        # The provider retries, because each retry passes the rate limiter. urllib3 would sleep
        # in the worker on a 429 with Retry-After, and the scanner would not learn of it.
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - passed through
        super().init_poolmanager(*args, ssl_context=_tls_context(), **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:  # noqa: ANN401 - passed through
        manager = super().proxy_manager_for(proxy, ssl_context=_tls_context(), **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _tls_context() -> ssl.SSLContext:
    """Trust the system's certificates and certifi's; a bundle that a variable names replaces both.

    OpenSSL reads ``SSL_CERT_DIR``, too, for the system's list.
    """
    context = urllib3.util.create_urllib3_context()
    if not any(map(os.environ.get, _BUNDLES)):
        context.load_default_certs()
    return context
