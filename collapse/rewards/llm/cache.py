"""Cache of an endpoint's replies on disk, so that nothing is paid for twice; and request counts."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from collapse.errors import UserError
from collapse.files.atomic import write_whole
from collapse.files.open import parsed, whole
from collapse.rewards.llm.dialect import Dialect

SECRET = 8  # characters; a shorter key is a placeholder, and redacting it would damage answers


def blotted(value: Any, key: str | None) -> Any:
    """A text or a JSON value with every occurrence of the key redacted, for example where a server
    repeats it."""
    if not key or len(key) < SECRET:
        return value
    if isinstance(value, str):
        return value.replace(key, "[key]")
    if isinstance(value, list):
        return [blotted(each, key) for each in value]
    if isinstance(value, dict):
        return {blotted(name, key): blotted(each, key) for name, each in value.items()}
    return "[key]" if key in repr(value) else value


class Responses:
    """A directory of replies, one JSON file each, named by the digest of the request as it is
    meant: what a server refuses of it, and is not sent, makes no other question.

    Files are written atomically. Two processes that share the directory may both send a request
    that neither has cached yet; within one ``Endpoint`` this cannot happen.
    """

    def __init__(self, directory: str | Path):
        self.directory = Path(directory)

    @staticmethod
    def digest(url: str, body: dict) -> str:
        """sha256 of the address and the whole request (which names the model, and holds no key)."""
        request = [url, body["model"], body]
        return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()

    def path(self, digest: str) -> Path:
        return self.directory / digest[:2] / f"{digest}.json"

    def find(self, digest: str) -> dict | None:
        """The cached reply, as the server sent it, or None. Raises ``UserError`` for a file that
        was changed or belongs to another request."""
        path = self.path(digest)
        if not os.path.lexists(path):
            return None
        try:
            record = parsed(whole(path))
            sound = record.pop("sha256") == _seal(record) and record["question"] == digest
            reply = record["reply"] if sound else None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            reply = None
        if not isinstance(reply, dict):
            raise UserError(
                f"The cached reply {path} is damaged or was changed. Delete this one file and run "
                "again: its request is sent, and paid for, again."
            )
        return reply

    def keep(self, digest: str, url: str, body: dict, reply: dict) -> None:
        """Write a reply with the request that was sent, and a digest of both; the file is readable
        by its owner only."""
        record = {"question": digest, "url": url, "model": body["model"]}
        record |= {"request": body, "reply": reply}
        text = json.dumps(record | {"sha256": _seal(record)}, allow_nan=False)
        try:
            write_whole(self.path(digest), text.encode(), mode=0o600)
        except OSError as error:
            raise UserError(
                f"A reply could not be written to {self.directory} ({error.strerror}), so no more "
                "requests are sent. Make room there, or give another cache."
            ) from None


def _seal(record: dict) -> str:
    """sha256 of a record."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


class Spent(Exception):
    """The budget is spent: no more requests may be sent."""


class Stopped(Exception):
    """Another question of the same call failed: no more are started."""


class Ledger:
    """Request counts of one ``Endpoint``, and the state shared by its threads."""

    def __init__(self):
        self.counts = dict.fromkeys(("asked", "retried", "paid", "cached", "abstained"), 0)
        self.dialect = Dialect()
        self.why = ""  # why the last call had abstentions
        self._resume = 0.0  # monotonic time before which the server accepts no requests
        self._in_flight = 0
        self._changed = threading.Condition()
        self._questions: dict[str, threading.Lock] = {}

    def count(self, name: str, number: int = 1) -> None:
        with self._changed:
            self.counts[name] += number

    def spend(self, first: bool, budget: int | None) -> None:
        """Count one request. Raises ``Spent`` if the budget is spent."""
        with self._changed:
            if budget is not None and self.counts["asked"] + self.counts["retried"] >= budget:
                raise Spent
            self.counts["asked" if first else "retried"] += 1

    def alone(self, digest: str) -> threading.Lock:
        """Lock of one question, so that no two threads send it at the same time."""
        with self._changed:
            return self._questions.setdefault(digest, threading.Lock())

    @contextmanager
    def slot(self, most: int) -> Iterator[None]:
        """One of the ``most`` slots for pending requests."""
        with self._changed:
            self._changed.wait_for(lambda: self._in_flight < most)
            self._in_flight += 1
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify()

    def hold(self, seconds: float) -> None:
        """Pause all threads for the time that the server demands."""
        with self._changed:
            self._resume = max(self._resume, time.monotonic() + seconds)

    def wait(self, stop: threading.Event, seconds: float = 0.0) -> None:
        """Wait for that time, and for any pause that the server demands."""
        until = time.monotonic() + seconds
        while (left := max(until, self._resume) - time.monotonic()) > 0:
            if stop.wait(left):
                break
        if stop.is_set():
            raise Stopped
