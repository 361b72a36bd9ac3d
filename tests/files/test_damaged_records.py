"""Files of every format with parts of them changed at random: read, or a sentence."""

import json
import math
import random

import pytest

from collapse.commands.calibrate.reading import read_verdicts
from collapse.errors import UserError
from collapse.files.read import read_items
from tests.files.reading import lines, tally_of
from tests.files.test_formats import CASES

VALUES = [None, True, 3, 2.5, math.nan, "", "x y", [], {}, ["a", None], [[1]], {"a": {"b": [1]}}]
VALUES += [[{"role": "user", "content": "q"}], [{"content": None}], [{"type": "text"}]]
VALUES += [{"content": [{"x": 1}]}, ["a", {"b": 1}], [1, "True"], "\ud83d", 10**400]


def changed(value, chance: random.Random):
    if chance.random() < 0.12:
        return chance.choice(VALUES)
    if isinstance(value, dict):
        return {k: changed(x, chance) for k, x in value.items() if chance.random() > 0.04}
    if isinstance(value, list):
        return [changed(x, chance) for x in value if chance.random() > 0.05]
    return value


def content(case: str, chance: random.Random) -> bytes:
    made = CASES[case][1]
    if isinstance(made, str):
        text = json.dumps(changed(json.loads(made), chance))
    else:
        text = lines([changed(record, chance) for record in made * 3])
    data = bytearray(text.encode())
    if data and chance.random() < 0.2:
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def asked(path):
    return tally_of(path, prompt="prompt", group_by="model")


@pytest.mark.parametrize("case", CASES)
def test_changed_files_are_read_or_told(write, case):
    chance, read = random.Random(0), 0
    for _ in range(12):
        path = write(CASES[case][0], content(case, chance))
        for reader in (tally_of, read_items, read_verdicts, asked):
            try:
                reader(path)
            except UserError:
                continue
            read += 1
    assert read
