"""Connections of urllib3 for which one deadline bounds a whole request.

It bounds connecting (to all addresses of a name together), sending, and reading to the last byte.
"""

import socket
from collections.abc import Callable
from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.connection import create_connection

CONNECT_TIMEOUT_S = 3.0


class RequestClock:
    """The deadline of the current request of a client, which makes one request at a time."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._started = 0.0
        self._deadline = 0.0

    def start(self, seconds: float) -> None:
        """Start a request that may take so many seconds."""
        self._started = self._now()
        self._deadline = self._started + seconds

    def extend(self, seconds: float) -> None:
        """Give the request so many seconds from now, if that is more than it has."""
        self._deadline = max(self._deadline, self._now() + seconds)

    def elapsed_s(self) -> float:
        """Return how many seconds ago the request started."""
        return self._now() - self._started

    def left_s(self) -> float:
        """Return how many seconds are left. ``TimeoutError`` where none are."""
        left = self._deadline - self._now()
        if left <= 0:
            raise TimeoutError("the request took too long")
        return left


def pool_classes(clock: RequestClock) -> dict[str, type[HTTPConnectionPool]]:
    """Make connection pools for which a deadline bounds a whole request, not each read of it."""

    class TimedResponse(HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            super().__init__(sock, *args, **kwargs)
            raw: RawIOBase = self.fp.detach()
            self.fp = BufferedReader(_TimedReader(raw, sock, clock))

    class TimedConnection(HTTPConnection):
        response_class = TimedResponse

        def __init__(self, host: str, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            super().__init__(host, *args, **kwargs)
            self.resolved_host = host  # ``host`` loses the dot at the end of a complete name

        # The only place where urllib3 2 lets a subclass make the socket.
        def _new_conn(self) -> socket.socket:
            return _connect(self, self.resolved_host.strip("[]"), clock)

    class TimedTLSConnection(TimedConnection, HTTPSConnection):
        pass

    class TimedPool(HTTPConnectionPool):
        ConnectionCls = TimedConnection

    class TimedTLSPool(HTTPSConnectionPool):
        ConnectionCls = TimedTLSConnection

    return {"http": TimedPool, "https": TimedTLSPool}


class _TimedReader(RawIOBase):
    """Reads from a socket until the deadline.

    A socket's own time-out starts again with every byte: a server that sends a byte now and then
    would hold the request for ever.
    """

    def __init__(self, raw: RawIOBase, sock: socket.socket, clock: RequestClock) -> None:
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


def _connect(connection: HTTPConnection, host: str, clock: RequestClock) -> socket.socket:
    """Try the addresses of a name in turn, each with its share of the time to connect.

    urllib3 gives the whole time to each address: a name with four addresses that do not answer
    would take four times as long.
    """
    limit = connection.timeout
    timeout_s = float(limit) if isinstance(limit, int | float) else CONNECT_TIMEOUT_S
    until_s = clock.elapsed_s() + timeout_s
    try:
        found = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise urllib3.exceptions.NameResolutionError(host, connection, error) from error
    for number, (*_, address) in enumerate(found):
        share_s = max(0.1, (until_s - clock.elapsed_s()) / (len(found) - number))
        is_last = number == len(found) - 1
        try:
            made = create_connection(
                (str(address[0]), connection.port),
                share_s,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except TimeoutError as error:
            if is_last:
                why = f"no answer from {host} within {timeout_s:g} s"
                raise urllib3.exceptions.ConnectTimeoutError(connection, why) from error
        except OSError as error:
            if is_last:
                raise urllib3.exceptions.NewConnectionError(connection, str(error)) from error
        else:
            made.settimeout(timeout_s)
            return made
    raise AssertionError("a name look-up that succeeds finds an address")
