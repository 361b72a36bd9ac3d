"""One request to an OpenAI-compatible endpoint, and what came of it."""

import email.utils
import functools
import json
import os
import time
from typing import Any, NamedTuple

import httpx

LARGEST = 8 * 2**20  # bytes of a reply; a verdict has a few hundred
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


class _Bearer(httpx.Auth):
    """Puts the key into a request, read from the environment only then: none of our own objects
    ever holds it."""

    def __init__(self, variable: str | None):
        self.variable = variable

    def auth_flow(self, request):
        if self.variable:
            request.headers["Authorization"] = f"Bearer {os.environ[self.variable]}"
        yield request


@functools.cache
def _trusted():
    """The certificates that are trusted; reading them takes longer than asking a server nearby."""
    return httpx.create_ssl_context()


def open_client(endpoint) -> httpx.Client:
    """A client that follows no redirects: they would carry texts and key to another host."""
    return httpx.Client(
        verify=_trusted(),
        auth=_Bearer(endpoint.key_variable),
        timeout=endpoint.timeout,
        follow_redirects=False,
        headers={"Accept-Encoding": "identity"},  # nothing unpacks to more than was sent
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=endpoint.concurrency),
    )


def post(client: httpx.Client, url: str, body: dict, timeout: float) -> Reply | Trouble | Refusal:
    """Send one request. Errors are told by their kind alone: their text may hold a header."""
    deadline = time.monotonic() + timeout
    headers = {"Content-Type": "application/json"}
    try:
        with client.stream("POST", url, content=json.dumps(body), headers=headers) as response:
            data = bytearray()
            for part in response.iter_bytes():
                data += part
                if time.monotonic() > deadline:  # a server that sends a byte now and then
                    raise httpx.ReadTimeout("")
                if len(data) > LARGEST:
                    return Refusal(response.status_code, "a reply of more than 8 MiB")
    except httpx.TimeoutException:
        return Trouble(f"no answer within {timeout:g} s")
    except httpx.ConnectError:
        return Trouble("no connection (is it up, is its certificate trusted?)")
    except (httpx.TransportError, httpx.DecodingError):
        return Trouble("a broken connection")
    return _outcome(response.status_code, response.headers, bytes(data))


def _outcome(status: int, headers, data: bytes) -> Reply | Trouble | Refusal:
    if status in AGAIN or status >= 500:
        return Trouble(f"status {status}{_said(data)}", _pause(headers.get("Retry-After")))
    if not 200 <= status < 300:
        return Refusal(status, _said(data))
    envelope = _parsed(data)
    if not isinstance(envelope, dict) or not isinstance(envelope.get("choices"), list):
        return Trouble("a reply that is no whole chat completion")
    return Reply(envelope)


def _parsed(data: bytes) -> Any:
    """JSON, or None. NaN and infinity are no JSON, though Python reads them."""
    try:
        return json.loads(data, parse_constant=lambda name: int(name))
    except (ValueError, RecursionError):
        return None


def _said(data: bytes) -> str:
    """What a server says of an error, in brackets, short, and nothing but printable characters."""
    found = _parsed(data)
    found = found.get("error", found) if isinstance(found, dict) else None
    message = found.get("message") if isinstance(found, dict) else found
    text = message if isinstance(message, str) else data.decode("utf-8", "replace")
    text = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
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
        except (ValueError, TypeError):
            return 0.0
    return max(seconds, 0.0) if seconds == seconds else 0.0
