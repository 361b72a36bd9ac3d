"""What an endpoint has answered: kept on disk, so that nothing is paid for twice; and counted."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from collapse.errors import UserError
from collapse.files.atomic import write_whole
from collapse.files.open import parsed, whole

SECRET = 8  # characters; a shorter key is a placeholder, and blotting it out would spoil answers


def blotted(value: Any, key: str | None) -> Any:
    """A text, or all of a JSON value, without the key wherever it stands in it, as where a server
    says it back."""
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
    """A directory of answers, one JSON file each, under the digest of what was asked.

    Files are written whole or not at all. Those who share the directory at the same time may both
    ask what neither has kept yet; within one ``Endpoint`` that cannot happen.
    """

    def __init__(self, directory: str | Path):
        self.directory = Path(directory)

    @staticmethod
    def digest(url: str, body: dict) -> str:
        """sha256 of the address and the whole request, which names the model and holds no key."""
        asked = [url, body["model"], body]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    def path(self, digest: str) -> Path:
        return self.directory / digest[:2] / f"{digest}.json"

    def find(self, digest: str) -> dict | None:
        """The reply that was kept, as the server sent it, or None. One that was changed since, or
        is of another question, is a ``UserError``."""
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
                f"The kept answer {path} is damaged, or not as it was kept. Delete that one file "
                "and run again: its question is asked, and paid for, anew."
            )
        return reply

    def keep(self, digest: str, url: str, body: dict, reply: dict) -> None:
        """Write a reply, with a digest of it and of its question, readable by its owner alone."""
        record = {"question": digest, "url": url, "model": body["model"]}
        record |= {"request": body, "reply": reply}
        text = json.dumps(record | {"sha256": _seal(record)}, allow_nan=False)
        try:
            write_whole(self.path(digest), text.encode(), mode=0o600)
        except OSError as error:
            raise UserError(
                f"An answer could not be kept in {self.directory} ({error.strerror}), so no more "
                "is asked. Make room there, or give another cache."
            ) from None


def _seal(record: dict) -> str:
    """sha256 of a record."""
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


class Question(NamedTuple):
    """A request in two forms: with an answer format, and without for servers that refuse it."""

    formal: dict
    plain: dict


class Spent(Exception):
    """No request may be sent any more."""


class Stopped(Exception):
    """Another question of the same call went wrong: no more is begun."""


class Ledger:
    """What one ``Endpoint`` has sent and got, and what all its threads have to agree on."""

    def __init__(self):
        self.counts = dict.fromkeys(("asked", "retried", "paid", "cached", "abstained"), 0)
        self.plain = False  # whether the server has refused to be held to an answer format
        self._resume = 0.0  # on the monotonic clock: before it the server wants no requests
        self._in_flight = 0
        self._changed = threading.Condition()
        self._questions: dict[str, threading.Lock] = {}

    def count(self, name: str, number: int = 1) -> None:
        with self._changed:
            self.counts[name] += number

    def spend(self, first: bool, budget: int | None) -> None:
        """Book one request, unless the budget is spent."""
        with self._changed:
            if budget is not None and self.counts["asked"] + self.counts["retried"] >= budget:
                raise Spent
            self.counts["asked" if first else "retried"] += 1

    def alone(self, digest: str) -> threading.Lock:
        """Held by whoever asks that question, so that nobody else does at the same time."""
        with self._changed:
            return self._questions.setdefault(digest, threading.Lock())

    @contextmanager
    def slot(self, most: int) -> Iterator[None]:
        """One of the places of requests under way, of which there are ``most``."""
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
        """The server has asked for so long a pause; it holds for all threads."""
        with self._changed:
            self._resume = max(self._resume, time.monotonic() + seconds)

    def wait(self, stop: threading.Event, seconds: float = 0.0) -> None:
        """Wait that long, and as long as the server wants."""
        until = time.monotonic() + seconds
        while (left := max(until, self._resume) - time.monotonic()) > 0:
            if stop.wait(left):
                break
        if stop.is_set():
            raise Stopped
