"""Network connections with one deadline for the whole request.

A time limit per read does not limit a whole request: a server that sends a byte now and then, or
"100 Continue" without end, never exceeds it. Here every read, write, connection and handshake gets
the time that is left.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import httpcore

PIECE = 1 << 14  # bytes per write, since the time limit of a write holds for each piece

_deadline: ContextVar[float] = ContextVar("deadline")  # monotonic time


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Context in which all network operations of this thread end after so many seconds, with an
    ``httpcore.TimeoutException``."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def _left(late: type[httpcore.TimeoutException]) -> float:
    seconds = _deadline.get() - time.monotonic()
    if seconds <= 0:
        raise late("")
    return seconds


class Timed(httpcore.NetworkBackend):
    """Network backend that obeys the deadline of ``within``."""

    def __init__(self):
        self.plain = httpcore.SyncBackend()

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        """A connection to the first address of the host that accepts one. Address lookup has only
        the system's own time limit."""
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("") from error
        trouble: Exception = httpcore.ConnectError("")
        for *_, address in addresses:
            left = _left(httpcore.ConnectTimeout)
            try:
                return _Stream(
                    self.plain.connect_tcp(address[0], port, left, local_address, socket_options)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                trouble = error
        raise trouble


class _Stream(httpcore.NetworkStream):
    def __init__(self, plain: httpcore.NetworkStream):
        self.plain = plain

    def read(self, max_bytes, timeout=None):
        return self.plain.read(max_bytes, _left(httpcore.ReadTimeout))

    def write(self, buffer, timeout=None):
        for at in range(0, len(buffer), PIECE):
            self.plain.write(buffer[at : at + PIECE], _left(httpcore.WriteTimeout))

    def close(self):
        self.plain.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None):
        left = _left(httpcore.ConnectTimeout)
        return _Stream(self.plain.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info):
        return self.plain.get_extra_info(info)
