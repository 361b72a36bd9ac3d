"""What a server takes of a request: parameters that it refuses are renamed or left out.

Servers name what they refuse in an error message (OpenAI: ``param``; FastAPI: ``loc``; others in
words), with status 400, 404, 422, 500 or 501.
"""

import re
from typing import NamedTuple

STATUSES = (400, 404, 422, 500, 501)  # with which servers refuse a parameter
# How error messages name a part of the request.
NAMES = {
    "max_tokens": r"max_(?:completion_)?tokens",
    "temperature": r"\btemperature\b",
    "seed": r"\bseed\b",
    "response_format": r"response_?format|json[ _]?schema|json mode|structured.outputs?"
    r"|\bguided\b|\bgrammar\b",
    "system": r"\bsystem\b.{0,30}\b(?:role|message|prompt|instruction)|\brole\b.{0,30}\bsystem\b"
    r"|developer instruction|roles must alternate|messages[.\[]+0\]?\.role",
}
# A refusal of one text, not of the request: a filter of its content, or its length.
_OF_TEXT = re.compile(
    r"content[ _-]?(?:filter|policy|management)|moderation|data_inspection|\bflagged\b"
    r"|inappropriate content|context[ _](?:length|size|window)|max_model_len|reduce the length"
    r"|(?:prompt|input|message)s? (?:is|are|was) too long|too many (?:input |prompt )?tokens"
    r"|exceeds? the (?:available|maximum|model's) (?:context|input|token|number of tokens)",
    re.I,
)


class Refusal(NamedTuple):
    """A permanent failure: a retry of the same request cannot succeed."""

    status: int
    message: str  # in brackets, with the server's code for it
    params: tuple[str, ...] = ()  # parameters that the server names as the cause


class Dialect:
    """The parts of a request that a server has refused so far."""

    def __init__(self):
        self.renamed = False  # max_tokens is sent as max_completion_tokens
        self.left_out: set[str] = set()
        self.takes_format = False  # whether an answer has come with response_format

    def adapted(self, body: dict, without: tuple[str, ...] = ()) -> dict:
        """A request as this server takes it."""
        left_out = self.left_out.union(without)
        body = {name: value for name, value in body.items() if name not in left_out}
        if "max_tokens" in body and self.renamed:
            body["max_completion_tokens"] = body.pop("max_tokens")
        first, *others = body["messages"]
        if "system" in left_out and first["role"] == "system":
            merged = f"{first['content']}\n\n{others[0]['content']}"
            body["messages"] = [{"role": "user", "content": merged}]
        return body

    def learn(self, sent: dict, refusal: Refusal) -> bool:
        """Note what the refusal of a request names first; whether it names anything in it."""
        parts = {name for name in NAMES if name in sent}
        parts |= {"max_tokens"} & {name.replace("completion_", "") for name in sent}
        parts |= {"system"} & {message["role"] for message in sent["messages"]}
        found = _first_named(refusal.params, parts) or _first_named((refusal.message,), parts)
        if found == "max_tokens" and "max_tokens" in sent:
            self.renamed = True
        elif found:
            self.left_out.add(found)
        return bool(found)


def _first_named(texts: tuple[str, ...], parts: set[str]) -> str | None:
    """The part that is named first in the texts."""
    for text in texts:
        found = {part: re.search(NAMES[part], text, re.I) for part in parts}
        places = {part: match.start() for part, match in found.items() if match}
        if places:
            return min(places, key=places.get)
    return None


def is_of_text(refusal: Refusal) -> bool:
    """Whether the server refuses this one text, and may take others."""
    return refusal.status in (400, 403, 413, 422) and bool(_OF_TEXT.search(refusal.message))
