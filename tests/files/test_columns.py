"""Which column holds the answers: never an identifier, a date, a prompt, a constant, a null one."""

from math import log

import pytest

from collapse.errors import UserError
from tests.files.reading import SEVEN, SEVEN_ENTROPY, facts, lines, tally_of


def refused(path, **columns) -> str:
    with pytest.raises(UserError) as caught:
        tally_of(path, **columns)
    return str(caught.value)


def test_numbers_are_answers_where_the_column_says_so(write):
    table = "prompt,response\n" + "Pick a number,7\nPick a number,3\n" * 10
    assert facts(write("num.csv", table)) == (20, 2, round(log(2), 4), None)
    rows = [{"prompt": "Pick one", "response": (3, 7)[i % 2]} for i in range(20)]
    assert facts(write("num.jsonl", lines(rows))) == (20, 2, round(log(2), 4), None)
    rows = [{"prompt": "p", "response": i % 4} for i in range(30)]
    assert facts(write("ints.jsonl", lines(rows))) == (30, 4, 1.3841, None)


def test_a_column_that_is_null_at_first(write):
    rows = [{"prompt": "p", "response": None}] * 250
    rows += [{"prompt": "p", "response": f"yes {i % 5}"} for i in range(30)]
    path = write("a.jsonl", lines(rows))
    assert facts(path) == (30, 5, round(log(5), 4), None)
    assert "Left out: null answers (250). --include keeps them." in tally_of(path).notes


@pytest.mark.parametrize(
    "beside",
    [
        {"uuid": lambda i: f"{i:032x}"},
        {"sample_id": lambda i: f"s{i}"},
        {"request": lambda i: f"req-{i * 7919:x}"},
        {"created": lambda i: f"2026-01-{i % 28 + 1:02}T10:00:00"},
        {"day": lambda i: f"{i % 28 + 1}.11.2026"},
        {"n": lambda i: str(i)},
        {"score": lambda i: i / 7},
        {"dataset": lambda i: "all the same"},
        {"question": lambda i: f"What is {i}?"},
        {"model": lambda i: f"model {i % 2}"},
        {"nothing": lambda i: None},
        {"flag": lambda i: i % 2 == 0},
        {"deep": lambda i: {"id": f"x{i}", "at": "2026-01-01"}},
    ],
    ids=lambda beside: next(iter(beside)),
)
def test_what_is_never_an_answer(write, beside):
    """Beside a column of an unusual name, which is taken."""
    ((name, value),) = beside.items()
    rows = [{name: value(i), "says": SEVEN[i]} for i in range(30)]
    assert facts(write("a.jsonl", lines(rows))) == (30, 7, SEVEN_ENTROPY, None)
    if not isinstance(value(0), dict):
        table = f"{name},says\n" + "".join(f"{value(i)},{SEVEN[i]}\n" for i in range(30))
        if value(0) is not None:
            assert facts(write("a.csv", table))[:3] == (30, 7, SEVEN_ENTROPY)


def test_one_column_of_text_is_read_however_repetitive(write):
    assert facts(write("a.csv", "says\n" + "same\n" * 9)) == (9, 1, 0.0, None)
    assert facts(write("b.jsonl", lines([{"id": i, "text": "same"} for i in range(9)])))[:2] == (
        9,
        1,
    )
    assert facts(write("c.csv", "says\n" + "yes\nno\n" * 9)) == (18, 2, round(log(2), 4), None)


def test_a_constant_beside_other_columns_is_never_taken(write):
    """It is a label of the file, such as a data set; the answers would be all the same."""
    path = write("a.jsonl", lines([{"id": i, "set": "gsm8k", "score": i / 7} for i in range(9)]))
    assert "set (the same in every row)" in refused(path)
    assert facts(path, field="set") == (9, 1, 0.0, None)
    late = [{"id": i, "says": "yes" if i < 900 else "no"} for i in range(1000)]
    assert facts(write("b.jsonl", lines(late)))[:2] == (1000, 2)


def test_a_choice_of_columns_is_refused_with_an_example_of_each(write):
    rows = [{"setup": f"Why {i} ?", "punchline": f"Since {i} .", "kind": "x"} for i in range(5)]
    told = refused(write("a.jsonl", lines(rows)))
    assert "a.jsonl has several columns of text: setup, punchline" in told
    assert "--field setup (Why 0 ?), --field punchline (Since 0 .)" in told
    assert facts(write("a.jsonl", lines(rows)), field="setup,punchline")[0] == 5
    both = [{"answer": f"gold {i}", "response": f"said {i}"} for i in range(5)]
    assert "--field answer (gold 0), --field response (said 0)" in refused(
        write("b.jsonl", lines(both))
    )
    mixed = [{"answer": i, "explanation": f"since {i} is"} for i in range(5)]
    assert "--field explanation (since 0 is)" in refused(write("c.jsonl", lines(mixed)))


def test_a_file_without_an_answer_says_what_each_column_is(write):
    rows = [{"id": f"x{i}", "n": i, "when": "2026-01-01", "prompt": "q"} for i in range(5)]
    told = refused(write("a.jsonl", lines(rows)))
    for column in ("id (an identifier)", "n (a number)", "when (a date)", "prompt (a prompt)"):
        assert column in told
    assert "--field" in told


def test_columns_within_objects_are_found_and_named_by_paths(write):
    rows = [{"meta": {"id": f"r{i}"}, "out": {"says": SEVEN[i], "n": i}} for i in range(30)]
    path = write("a.jsonl", lines(rows))
    assert facts(path) == (30, 7, SEVEN_ENTROPY, None)
    assert tally_of(path).notes == ["The answers are in the column out.says."]
    assert "did you mean out.says?" in refused(path, field="out.say")
    assert facts(path, field="out.says", prompt="meta.id")[3] == 30


def test_prompts_and_groups_by_paths(write):
    rows = [
        {"in": [{"role": "user", "content": f"q{i % 3}"}], "by": {"m": i % 2}, "text": "x"}
        for i in range(12)
    ]
    path = write("a.jsonl", lines(rows))
    tally = tally_of(path, prompt="in", group_by="by.m")
    assert [one.name for one in tally.corpora()] == ["0", "1"]
    assert list(tally.groups) == ["q0", "q1", "q2"]
    assert list(tally_of(path, prompt="in[-1].content").groups) == ["q0", "q1", "q2"]


def test_prompts_1_and_1_0_are_one(write):
    rows = [{"pid": (1, 1.0)[i % 2], "response": f"a {i % 4}"} for i in range(12)]
    assert facts(write("a.jsonl", lines(rows)), prompt="pid") == (12, 4, round(log(4), 4), 1)


def test_a_list_of_prompts_is_not_the_answers(write):
    rows = [
        {"prompt": [{"role": "user", "content": f"q{i % 3}"}], "completion": f"answer {i % 4}"}
        for i in range(12)
    ]
    assert facts(write("a.jsonl", lines(rows))) == (12, 4, round(log(4), 4), 3)
    rows = [
        row | {"completion": [{"role": "assistant", "content": row["completion"]}]} for row in rows
    ]
    assert facts(write("b.jsonl", lines(rows))) == (12, 4, round(log(4), 4), 3)


def test_a_copy_inside_an_object_is_no_other_choice(write):
    """Responses that are kept beside their text, with white space of their own."""
    rows = [
        {"raw": {"content": f" {SEVEN[i]}\n", "kind": "ai"}, "text": SEVEN[i]} for i in range(30)
    ]
    assert facts(write("a.jsonl", lines(rows))) == (30, 7, SEVEN_ENTROPY, None)
    assert tally_of(write("a.jsonl", lines(rows))).reads[0].paths["answers"] == "text"
    rows[3]["raw"]["content"] = "something else"
    told = refused(write("b.jsonl", lines(rows)))
    assert "several columns of text: raw.content, text. Name" in told  # and not what is constant
    right = [{"answer": SEVEN[i], "response": SEVEN[i]} for i in range(30)]
    assert "several columns" in refused(write("c.jsonl", lines(right)))  # later they may differ
