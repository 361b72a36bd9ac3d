"""One request to an OpenAI-compatible endpoint, and its outcome.

The server controls only the content of its reply: not how long it takes, how much it sends, how
much that unpacks to, or where the key goes.
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
from collapse.rewards.llm.dialect import Refusal

LARGEST = 2 * 2**20  # bytes of a reply, also after unpacking; a verdict has a few hundred
DEEPEST = 100  # levels of its JSON
AGAIN = (408, 425, 429)  # and all of 500 and above


class Reply(NamedTuple):
    """A complete chat completion, as the server sent it."""

    envelope: dict


class Trouble(NamedTuple):
    """A temporary failure: a retry may succeed."""

    why: str
    pause: float = 0.0  # seconds demanded by the server
    refusal: Refusal | None = None  # if a server may refuse a request in this way, as with 500


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The trusted certificates, read once, as reading them takes longer than a local request."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file or folder:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    return httpcore.default_ssl_context()


def open_pool(endpoint) -> httpcore.ConnectionPool:
    """A pool of reused connections. It follows no redirects, which would send texts and key to
    another host, and decompresses nothing."""
    return httpcore.ConnectionPool(
        ssl_context=_trusted(),
        proxy=_proxy(endpoint.address),
        max_connections=None,
        max_keepalive_connections=endpoint.concurrency,
        network_backend=Timed(),
    )


def _proxy(address: str) -> httpcore.Proxy | None:
    """The proxy for an address, from the environment."""
    parts, known = urlsplit(address), getproxies()
    named = known.get(parts.scheme) or known.get("all")
    if not named or proxy_bypass(parts.hostname):
        return None
    named = named if "://" in named else f"http://{named}"
    user = urlsplit(named)
    auth = (unquote(user.username), unquote(user.password or "")) if user.username else None
    return httpcore.Proxy(named, auth=auth)


def post(pool, url: str, body: dict, timeout: float, variable: str | None):
    """Send one request, with the key from the environment variable ``variable`` if given. Returns a
    ``Reply``, ``Trouble`` or ``Refusal`` within ``timeout`` seconds. Exceptions are reported by
    their kind only, as their text may contain a header."""
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
        return Trouble("a reply whose compression is broken")
    except ValueError as error:
        return Refusal(response.status, f" ({error})")
    return _outcome(response.status, headers.get(b"retry-after"), plain)


def _bearer(variable: str | None) -> dict[str, str]:
    """The authorisation header; the key is read from the environment here and never stored."""
    return {"Authorization": f"Bearer {os.environ[variable]}"} if variable else {}


def _more() -> str:
    return f"a reply of more than {LARGEST >> 20} MiB"


def _unpacked(data: bytes, encoding: str) -> bytes:
    """Decompress a body that a server has compressed although not asked to. It stops at ``LARGEST``
    bytes, since a few kilobytes can unpack to gigabytes."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return data
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise ValueError(
            f"a reply compressed as {harmless(encoding)[:40]}, which was not requested"
        )
    plain = zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(data, LARGEST + 1)
    if len(plain) > LARGEST:
        raise ValueError(_more())
    return plain


def _outcome(status: int, pause: str | None, data: bytes) -> Reply | Trouble | Refusal:
    envelope = _parsed(data)
    if not 200 <= status < 300:
        refusal = Refusal(status, _server_message(data, envelope), _params(envelope))
        if status not in AGAIN and status < 500:
            return refusal
        return Trouble(f"status {status}{refusal.message}", _pause(pause), refusal)
    if not isinstance(envelope, dict) or not isinstance(envelope.get("choices"), list):
        said = isinstance(envelope, dict) and envelope.get("error")
        why = _server_message(data, envelope) if said else ""
        return Trouble(f"a reply that is not a complete chat completion{why}")
    return Reply(envelope)


def _parsed(data: bytes) -> Any:
    """The JSON value of the data, or None if invalid or too deep. NaN and infinity are invalid
    JSON, though Python reads them."""
    try:
        value = json.loads(data, parse_constant=lambda name: int(name))
    except (ValueError, RecursionError):
        return None
    return value if _shallow(value) else None


def _shallow(value: Any) -> bool:
    """Whether it has at most ``DEEPEST`` levels, so that recursive functions can process it."""
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


def _server_message(data: bytes, value: Any) -> str:
    """A server's error message with its code, in brackets, on one line."""
    value = value.get("error", value) if isinstance(value, dict) else None
    message = value.get("message") if isinstance(value, dict) else value
    text = message if isinstance(message, str) else data.decode("utf-8", "replace")
    code = value.get("code") if isinstance(value, dict) else None
    if isinstance(code, str) and code not in text:
        text = f"{text} [{code}]"
    text = harmless(" ".join(text.split()))
    return f" ({text})" if text else ""


def _params(value: Any) -> tuple[str, ...]:
    """The parameters that an error names: ``error.param``, or ``detail[].loc`` of FastAPI."""
    if not isinstance(value, dict):
        return ()
    error, detail = value.get("error"), value.get("detail")
    named = [each.get("param") for each in (error, value) if isinstance(each, dict)]
    for each in detail if isinstance(detail, list) else ():
        loc = each.get("loc") if isinstance(each, dict) else None
        named += loc[1:] if isinstance(loc, list) else []
    return tuple(name for name in named if isinstance(name, str))


def _pause(header: str | None) -> float:
    """Seconds of a Retry-After header, which holds a number or a date."""
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
