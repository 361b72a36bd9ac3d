"""One request to an OpenAI-compatible endpoint, and what came of it.

Nothing is left to the server but what it says: not how long it takes, nor how much it sends, nor
what that unpacks to, nor where the key goes.
"""

import email.utils
import functools
import json
import os
import ssl
import time
import zlib
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore

from collapse.errors import harmless
from collapse.rewards.llm.deadline import Timed, within

LARGEST = 2 * 2**20  # bytes of a reply, also once unpacked; a verdict has a few hundred
DEEPEST = 100  # levels of its JSON
AGAIN = (408, 425, 429)  # and all of 500 and above


class Reply(NamedTuple):
    envelope: dict


class Trouble(NamedTuple):
    """Nothing was answered that counts; it may be if it is asked again."""

    why: str
    pause: float = 0.0  # seconds that the server asks for


class Refusal(NamedTuple):
    """Asking the same again is in vain."""

    status: int
    said: str


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes longer than asking a server nearby."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file or folder:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    return httpcore.default_ssl_context()


def open_pool(endpoint) -> httpcore.ConnectionPool:
    """Connections that are used again. They follow no redirects, which would carry texts and key to
    another host, and unpack nothing."""
    return httpcore.ConnectionPool(
        ssl_context=_trusted(),
        proxy=_proxy(endpoint.address),
        max_connections=None,
        max_keepalive_connections=endpoint.concurrency,
        network_backend=Timed(),
    )


def _proxy(address: str) -> httpcore.Proxy | None:
    """The proxy that the environment names for an address."""
    parts, known = urlsplit(address), getproxies()
    named = known.get(parts.scheme) or known.get("all")
    if not named or proxy_bypass(parts.hostname):
        return None
    named = named if "://" in named else f"http://{named}"
    user = urlsplit(named)
    auth = (unquote(user.username), unquote(user.password or "")) if user.username else None
    return httpcore.Proxy(named, auth=auth)


def post(pool, url: str, body: dict, timeout: float, variable: str | None):
    """Send one request, with the key in the environment variable ``variable``, if there is one.
    Gives a ``Reply``, ``Trouble`` or ``Refusal`` within ``timeout`` seconds. Errors are told by
    their kind alone: their text may hold a header."""
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "collapse",
    }
    data = bytearray()
    try:
        with (
            within(timeout),
            pool.stream(
                "POST", url, headers=headers | _bearer(variable), content=json.dumps(body).encode()
            ) as response,
        ):
            for part in response.iter_stream():
                data += part
                if len(data) > LARGEST:
                    return Refusal(response.status, f" ({_more()})")
    except httpcore.TimeoutException:
        return Trouble(f"no answer within {timeout:g} s")
    except (httpcore.ConnectError, httpcore.ProxyError):
        return Trouble("no connection (is it up, is its certificate trusted?)")
    except (httpcore.NetworkError, httpcore.ProtocolError):
        return Trouble("a broken connection")
    headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
    try:
        plain = _unpacked(bytes(data), headers.get(b"content-encoding", ""))
    except zlib.error:
        return Trouble("a reply that is packed and broken")
    except ValueError as error:
        return Refusal(response.status, f" ({error})")
    return _outcome(response.status, headers.get(b"retry-after"), plain)


def _bearer(variable: str | None) -> dict[str, str]:
    """The key, read from the environment only now: none of our own objects ever holds it."""
    return {"Authorization": f"Bearer {os.environ[variable]}"} if variable else {}


def _more() -> str:
    return f"a reply of more than {LARGEST >> 20} MiB"


def _unpacked(data: bytes, encoding: str) -> bytes:
    """What a server has packed although it was asked not to. A few kilobytes can unpack to
    gigabytes: it ends at ``LARGEST``."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return data
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise ValueError(f"a reply packed as {harmless(encoding)[:40]}, which was not asked for")
    plain = zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(data, LARGEST + 1)
    if len(plain) > LARGEST:
        raise ValueError(_more())
    return plain


def _outcome(status: int, pause: str | None, data: bytes) -> Reply | Trouble | Refusal:
    if status in AGAIN or status >= 500:
        return Trouble(f"status {status}{_said(data)}", _pause(pause))
    if not 200 <= status < 300:
        return Refusal(status, _said(data))
    envelope = _parsed(data)
    if not isinstance(envelope, dict) or not isinstance(envelope.get("choices"), list):
        return Trouble("a reply that is no whole chat completion")
    return Reply(envelope)


def _parsed(data: bytes) -> Any:
    """JSON of a few levels, or None. NaN and infinity are no JSON, though Python reads them."""
    try:
        value = json.loads(data, parse_constant=lambda name: int(name))
    except (ValueError, RecursionError):
        return None
    return value if _shallow(value) else None


def _shallow(value: Any) -> bool:
    """Whether it has at most ``DEEPEST`` levels, so that whatever walks through it comes back."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return True
    return False


def _said(data: bytes) -> str:
    """What a server says of an error, in brackets, on one line."""
    found = _parsed(data)
    found = found.get("error", found) if isinstance(found, dict) else None
    message = found.get("message") if isinstance(found, dict) else found
    text = message if isinstance(message, str) else data.decode("utf-8", "replace")
    text = harmless(" ".join(text.split()))
    return f" ({text})" if text else ""


def _pause(header: str | None) -> float:
    """Seconds that a Retry-After asks for: a number of them, or a date."""
    if header is None:
        return 0.0
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(header).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return 0.0
    return max(seconds, 0.0) if seconds == seconds else 0.0
