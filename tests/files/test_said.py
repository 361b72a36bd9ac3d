"""What answers say: reasoning, refusals, cut, empty, null and failed ones, and options for them."""

import json

import pytest

from collapse.files.said import Said, mark, said, split
from tests.files.reading import answers, facts, lines, tally_of


@pytest.mark.parametrize(
    ("text", "rest", "reasoning"),
    [
        ("<think>\nhm, 4 or 5\n</think>\n\n7", "7", "hm, 4 or 5"),
        ("<thinking>a</thinking>7", "7", "a"),
        ("[THINK]a[/THINK]7", "7", "a"),
        ("the template began it\n</think>7", "7", "the template began it"),
        ("<think>cut off before the end", "", "cut off before the end"),
        ("I think <think> is a tag", "I think <think> is a tag", None),
        ("I think so", "I think so", None),
        ("<think></think>7", "7", ""),
    ],
)
def test_reasoning_is_set_apart(text, rest, reasoning):
    assert split(text) == Said(rest, reasoning)


def test_reasoning_beside_the_answer_is_counted(write):
    message = {"role": "assistant", "content": "7", "reasoning_content": "4 or 5"}
    rows = [{"choices": [{"message": message, "finish_reason": "stop"}], "model": "m"}] * 2
    rows += [{"choices": [{"message": {"content": "<think>x</think>7"}}], "model": "m"}]
    path = write("a.jsonl", lines(rows))
    assert facts(path)[:2] == (3, 1)
    assert "Reasoning is set apart from 3 answers." in tally_of(path).notes


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I\u2019m sorry, I cannot assist with that request.",
        "Sorry, I am unable to do this.",
        "I cannot provide instructions for that.",
        "As an AI language model, I cannot create such content.",
        "I can't help with that.",
    ],
)
def test_refusals_are_known_by_their_first_words(text):
    assert mark(Said(text), "stop") == "refusals"


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry to hear that your cat died.",
        "I cannot believe how good this joke is.",
        "She said: I can't help with that.",
        "Sorry! is a board game.",
    ],
)
def test_answers_that_only_sound_like_refusals(text):
    assert mark(Said(text), "stop") == ""


def test_marks():
    assert mark(Said(None), None) == "null"
    assert mark(Said(None), "content_filter") == "null"
    assert mark(Said("No."), "content_filter") == "refusals"
    assert mark(Said(" \n"), "stop") == "empty"
    assert mark(Said("", "all of it"), "length") == "empty"
    assert mark(Said("a"), "length") == mark(Said("a"), "max_tokens") == "cut"
    assert [one.text for one in said([[1, 2.5], [True, None]], "x")] == ["1", "2.5", "true", None]


def response(content, finish="stop", refusal=None, error=None):
    message = {"role": "assistant", "content": content, "refusal": refusal}
    body = {"model": "m", "choices": [{"message": message, "finish_reason": finish}]}
    body = None if error else body
    return {"custom_id": "q", "response": body and {"body": body}, "error": error}


MIXED = [
    *[response("good")] * 5,
    response("cut of", "length"),
    response("I'm sorry, but I can't help with that."),
    response(None, refusal="No."),
    response(""),
    response(None),
    response(None, error={"code": "x"}),
]


@pytest.mark.parametrize(
    ("options", "n"),
    [
        ([], 8),
        (["--exclude", "cut"], 7),
        (["--exclude", "cut,refusals"], 5),
        (["--include", "empty"], 9),
        (["--include", "failed, null,empty"], 11),
    ],
)
def test_options_decide_what_counts(run, options, n):
    with open("a.jsonl", "w") as file:
        file.write(lines(MIXED))
    code, out, err = run("measure", "a.jsonl", "--json", *options)
    assert code == 0, err
    found = json.loads(out)
    assert found["corpora"]["a"]["n"] == n
    counts = {"answers": 11, "cut": 1, "refusals": 2, "empty": 1, "null": 1, "failed": 1}
    assert found["read"][0]["counts"] == counts
    told = " ".join(found["notes"])
    assert ("Left out: failed requests (1), null answers (1), empty answers (1)" in told) == (
        n <= 8
    )


def test_bad_options_are_told(run):
    with open("a.jsonl", "w") as file:
        file.write(lines(MIXED))
    code, _, err = run("measure", "a.jsonl", "--include", "cut,bad", "--exclude", "cut")
    assert code == 2
    assert "--include bad: choose from failed, null, empty, cut, refusals" in err
    assert "cut is both in --include and in --exclude" in err


@pytest.mark.slow
def test_explain_says_what_the_file_was_taken_for(run):
    with open("a.jsonl", "w") as file:
        file.write(lines(MIXED))
    code, out, err = run("measure", "a.jsonl", "--explain")
    assert code == 0, err
    for part in (
        "a.jsonl: jsonl, UTF-8, taken for OpenAI batch output.",
        "answers: response.body.choices[].message.content",
        "prompt: custom_id",
        "answers: 11, cut: 1",
        "line 1",
    ):
        assert part in out
    assert out.index("taken for") < out.index("effective number")
    with open("b.jsonl", "w") as file:
        file.write(lines(MIXED * 9))
    code, out, err = run("forecast", "b.jsonl", "--explain", "--real", "0")
    assert "taken for OpenAI batch output" in out, err


def test_what_was_read_is_in_the_document(run):
    with open("a.csv", "w") as file:
        file.write("id;text\n1;a b\n2;a b\n3;c\n4;d;e\n")
    _, out, _ = run("measure", "a.csv", "--json")
    (about,) = json.loads(out)["read"]
    assert about["paths"] == {"answers": "text"}
    assert [row["text"] for row in about["rows"]] == ["a b", "a b", "c"]
    assert [row["place"] for row in about["rows"]] == ["line 2", "line 3", "line 4"]
    assert about["counts"] == {"answers": 3}
    code, _, err = run("forecast", "a.csv", "--strict")
    assert code == 2
    assert "line 5: 3 cells where the header has 2" in err


def test_commands_read_the_same(run, write):
    """One reader: the same answers, the same sentences."""
    from collapse.files.read import read_items

    path = write("a.jsonl", lines(MIXED))
    texts = [text for _, text, _ in answers(path)]
    reading = read_items(path)
    assert reading.items == [text for text in texts if text]
    assert [note for note in tally_of(path).notes if note not in reading.guesses] == []
