"""Make hostile input from good: random edits of text, bytes and JSON values."""

import json
from collections.abc import Sequence
from copy import deepcopy
from random import Random
from typing import Any

EDITS = 6  # at most, of one input
LONGEST = 4000  # characters or bytes of an input that is not made of a seed alone

NUMBERS = "0 1 -1 2 1e9 1e400 -1e400 nan inf -inf 0x10 1_000 1e-400 9999999999999999999 .5 5. 1e"
NASTY = (
    "", " ", "\n", "\r", "\0", "\x1b[2J", "\x9b31m", "\u202e", "\u2028", "\ud800", "\ufeff", "²",
    "٣", "é", "e\u0301", "\U0001f600", "<script>alert(1)</script>", "&lt;", "$\\frac{", "[/x]",
    "[red]", "../", "../../etc/passwd", "/", "\\", "~", "~root", "%s", "{}", "{0.__class__}", "'",
    '"', "`id`", "$(id)", ";", "|", "#", "=", ":", ",", ".", "-", "--", "*", "?", "9" * 400,
    "9" * 5000, "evil.py", "evil.py:Judge", "con", "none", "true", *NUMBERS.split(),
)  # fmt: skip
ODD: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 3, 2**31, 2**63, 10**30, 1.5, -0.0, 1e308, "", "a", "a/b", "..",
    [], {}, [[]], [None], {"": None}, {"a": {}}, ["x"] * 20, float("nan"), float("inf"),
    *NASTY[4:20],
)  # fmt: skip
BYTES = (
    *(b"\0", b"\xff", b"\xff" * 4, b"\0" * 8, b"\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r"),
    *(
        b"PK\3\4",
        b"PK\1\2",
        b"PK\5\6",
        b"\x1f\x8b\x08",
        b"BZh9",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
    ),
    *(b"PAR1", b"ARROW1\0\0", b"\x93NUMPY\1\0", b"\x7f\xff\xff\xff", b"\0\0\0\1", b"ustar\x0000"),
    *(b"cos\nsystem\n(S'id'\ntR.", b"\x80\x04\x95", b"%PDF-1.7", b"SQLite format 3\0", b"[" * 3000),
    *(b'{"a":' * 400, b'"', b",", b"\n", b"\t", b"{}", b"[]", b"null", b"NaN", b"1e999", b"-0"),
    *(b"\\ud800", b"\\u0000", b'"text"', b'"score"', b'"choice"', b'"prompt"', b'"model"'),
)


def mutated(random: Random, seeds: Sequence, tokens: Sequence):
    """A seed after a few edits; ``seeds`` and ``tokens`` are both text or both bytes."""
    made = random.choice(seeds)
    if random.random() < 0.1:
        made = made[:0].join(random.choice(tokens) for _ in range(random.randint(0, 8)))
    for _ in range(random.randint(0, EDITS)):
        made = _edited(random, made, seeds, tokens)
        if len(made) > LONGEST:
            made = made[: max(LONGEST, len(random.choice(seeds)))]
    return made


def _edited(random: Random, made, seeds: Sequence, tokens: Sequence):
    start = random.randint(0, len(made))
    end = min(len(made), start + random.choice((0, 1, 1, 2, 4, 16, 64)))
    kind = random.randrange(6)
    if kind == 0:  # another token in place of a stretch, or between
        return made[:start] + random.choice(tokens) + made[end:]
    if kind == 1:
        return made[:start] + made[end:]
    if kind == 2:  # twice or many times
        return made[:end] + made[start:end] * random.choice((1, 2, 50)) + made[end:]
    if kind == 3:  # the rest of another
        other = random.choice(seeds)
        return made[:start] + other[random.randint(0, len(other)) :]
    if kind == 4:
        return made[:start] + random.choice(tokens) + made[start:]
    if isinstance(made, bytes) and made:
        at = min(start, len(made) - 1)
        return made[:at] + bytes([made[at] ^ (1 << random.randrange(8))]) + made[at + 1 :]
    return made[:start]


def mutated_value(random: Random, value: Any) -> Any:
    """A JSON value in which a few parts are others, missing, or under other names."""
    made = json.loads(json.dumps(value))
    for _ in range(random.randint(1, 3)):
        made = _edited_value(random, made, random.randint(0, 6))
    return made


def _edited_value(random: Random, value: Any, depth: int) -> Any:
    if depth == 0 or not isinstance(value, (dict, list)) or not value:
        return deepcopy(random.choice(ODD))
    keys = list(value) if isinstance(value, dict) else range(len(value))
    key = random.choice(keys)
    if depth > 1 and isinstance(value[key], (dict, list)) and value[key]:
        value[key] = _edited_value(random, value[key], depth - 1)
        return value
    kind = random.randrange(4)
    if kind == 0:
        del value[key]
    elif kind == 1 and isinstance(value, dict):
        value[random.choice([*NASTY[:40], *keys])] = value.pop(key)
    elif kind == 2 and isinstance(value[key], str):
        value[key] = mutated(random, [value[key]], NASTY)
    else:
        value[key] = deepcopy(random.choice(ODD))
    return value
