"""Paths into records."""

import pytest

from collapse.files.paths import MISSING, first, flat, has, label, values

RECORD = {
    "choices": [
        {"message": {"content": "a"}, "turns": ["x", "y"]},
        {"message": {"content": "b"}, "turns": ["z"]},
    ],
    "by": {"one": {"text": 1}, "two": {"text": 2}},
    "nothing": None,
    "a.b": "whole",
    "rows": [[1, 2], [3]],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("choices[].message.content", ["a", "b"]),
        ("choices[0].message.content", ["a"]),
        ("choices[-1].turns[-1]", ["z"]),
        ("choices[].turns[]", ["x", "y", "z"]),
        ("choices[2].turns", []),
        ("by.*.text", [1, 2]),
        ("rows[][]", [1, 2, 3]),
        ("rows[][-1]", [2, 3]),
        ("nothing", [None]),
        ("nothing.more", []),
        ("a.b", ["whole"]),
        ("choices.message", []),
        ("by[]", [{"text": 1}, {"text": 2}]),
    ],
)
def test_values_at_a_path(path, found):
    assert values(RECORD, path) == found
    assert has(RECORD, path) is bool(found)
    assert first(RECORD, path) == (found[0] if found else MISSING)


def test_labels():
    assert label(1) == label(1.0) == "1"
    assert label(" a\n b ") == "a b"
    assert label([{"role": "user", "content": "q1"}, {"from": "gpt", "value": "a"}]) == "q1 a"
    assert label({"b": 1, "a": "é"}) == label({"a": "é", "b": 1}) == '{"a": "é", "b": 1}'
    assert label("cut \ud83d") == "cut \ufffd"


def test_a_record_laid_flat_by_paths_that_find_its_values():
    record = {"a": {"b": 1}, "c": [{"d": "x"}, {"d": "y"}], "e": ["s", "t"], "f": {}}
    found = flat(record)
    assert found == {"a.b": [1], "c[].d": ["x", "y"], "e": [["s", "t"]], "f": [{}]}
    assert all(values(record, path) == held for path, held in found.items())
