"""Classes of equal meaning in ``collapse measure``: NoveltyBench's columns, and others."""

import json

import numpy as np
import pytest

from collapse.metrics import answers
from tests.commands.measure.test_command import measured, only, rows, write
from tests.shared import ROOT, shared

PAGE = (ROOT / "docs" / "measure.md").read_text()
# The columns of NoveltyBench's scores.jsonl, with what it publishes of each prompt.
BENCH = [
    {
        "id": "curated-0",
        "prompt": "a name",
        "model": "m",
        "generations": ["Ann", "Anna", "Bo", "Bo", "Cy"],
        "partition": [0, 0, 1, 1, 2],
        "generation_scores": [5, 0, 4, 0, 1],
        "distinct": 2,
    },
    {
        "id": "curated-1",
        "prompt": "a joke",
        "model": "m",
        "generations": ["duck", "ducks", "a duck", "the duck", "duck"],
        "partition": [0, 0, 0, 0, 0],
        "generation_scores": [10, 0, 0, 0, 0],
        "distinct": 0,
    },
]


def test_noveltybench_columns(run):
    document = measured(run, rows("a.jsonl", BENCH), "--classes", "partition")
    about = document["classes"]
    assert (about["column"], about["answers"]) == ("partition", 5)
    found = about["corpora"]["a"]
    assert found["prompts"] == 2
    assert [found["classes"][k] for k in ("value", "low", "high", "n")] == [2, None, None, 2]
    assert found["distinct"] == np.mean([row["distinct"] for row in BENCH]) == 1
    utility = answers.novelty_utility([row["generation_scores"] for row in BENCH])
    assert found["utility"]["value"] == pytest.approx(utility)
    # Of ten pairs of the first prompt two are of one class, and all of the second.
    assert found["same_class"] == pytest.approx((0.2 + 1) / 2)
    assert found["at_equal"] == 2
    told = [(p["classes"], p["distinct"], p["different"]) for p in only(document)["by_prompt"]]
    assert told == [(3, 2, 4), (1, 0, 4)]
    weights = 0.8 ** np.arange(5)
    assert only(document)["by_prompt"][1]["utility"] == pytest.approx(10 / weights.sum())
    assert "The scores are in the column generation_scores." in document["notes"]
    sentence = "Counted by meaning (partition), a prompt has 2 different answers"
    assert any(said.startswith(sentence) for said in document["verdict"])
    code, out, _ = run("measure", "a.jsonl", "--classes", "partition")
    assert code == 0
    assert "classes of equal meaning (partition)" in out


def test_a_record_for_each_answer_is_the_same(run):
    """One line an answer, classes by name, scores that do not know of repeats."""
    whole = measured(run, rows("a.jsonl", BENCH), "--classes", "partition")
    flat = [
        {"q": row["prompt"], "text": text, "kind": f"kind {kind}", "worth": score or 9.0}
        for row in BENCH
        for text, kind, score in zip(
            row["generations"], row["partition"], row["generation_scores"], strict=True
        )
    ]
    asked = ("--prompt", "q", "--classes", "kind", "--scores", "worth", "--field", "text")
    document = measured(run, rows("b.jsonl", flat), *asked)
    assert document["classes"]["corpora"]["b"] == whole["classes"]["corpora"]["a"]
    lines = [f"{x['q']},{x['text']},{x['kind']},{x['worth']}" for x in flat]
    write("c.csv", "\n".join(["q,text,kind,worth", *lines]))
    document = measured(run, "c.csv", *asked)
    assert document["classes"]["corpora"]["c"] == whole["classes"]["corpora"]["a"]
    document = measured(run, "b.jsonl", *asked[:4], "--field", "text", "--out", "unscored")
    assert document["classes"]["corpora"]["b"]["utility"] is None


def test_models_are_compared_at_as_many_answers_to_a_prompt(run):
    """m gives two classes, half and half, ten times, and k the same four times: in the mean over
    ways to draw four of ten, m has 2 (1 - C(5, 4) / C(10, 4)) of them."""
    records = [
        {
            "m": m,
            "prompt": f"p{i}",
            "generations": [f"t{j}" for j in range(n)],
            "c": [0, 1] * (n // 2),
        }
        for m, n in (("m", 10), ("k", 4))
        for i in range(6)
    ]
    document = measured(run, rows("a.jsonl", records), "--group-by", "m", "--classes", "c")
    about = document["classes"]["corpora"]
    assert document["classes"]["answers"] == 4
    assert about["m"]["at_equal"] == pytest.approx(2 * (1 - 5 / 210))
    assert about["k"]["at_equal"] == 2
    assert [about["m"]["classes"][k] for k in ("value", "low", "high")] == [2, 2, 2]
    assert any("from 4 to 10 answers, and more answers have" in note for note in document["notes"])
    assert any("k has the most different answers" in said for said in document["verdict"])


def test_the_interval_holds_the_mean_over_prompts(run):
    """Over 100 samples of 40 prompts with 1 to 6 classes each: 95 % hold the mean of all, to 4
    standard errors."""
    from collapse.commands.measure.classes import _mean

    generator = np.random.default_rng(2)
    held = 0
    for _ in range(100):
        band = _mean(generator.integers(1, 7, 40).astype(float))
        held += band.low <= 3.5 <= band.high
    assert held >= 95 - 4 * np.sqrt(95 * 5 / 100)
    assert held < 100


def test_blank_answers_leave_with_their_class(run):
    row = BENCH[0] | {"generations": ["Ann", "", "Bo", "Bo", "Cy"]}
    row |= {"partition": [0, 9, 1, 1, 2]}
    found = measured(run, rows("a.jsonl", [row]), "--classes", "partition")["classes"]
    assert found["corpora"]["a"]["classes"]["value"] == 3


def test_a_prompt_in_two_rows_is_noted(run):
    document = measured(run, rows("a.jsonl", BENCH + BENCH[:1]), "--classes", "partition")
    assert any("1 rows repeat the prompt of an earlier row" in note for note in document["notes"])
    records = BENCH + [row | {"model": "n"} for row in BENCH]
    document = measured(
        run, rows("b.jsonl", records), "--classes", "partition", "--group-by", "model"
    )
    assert not any("of an earlier row" in note for note in document["notes"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"partition": [0, 1]}, "'partition' holds 2 values for 5 answers"),
        ({"partition": 3}, "'partition' holds 1 values for 5 answers"),
        ({"partition": [0, 0, None, 1, 1]}, "it has no 'partition'"),
        (
            {"generation_scores": [1, 2, "x", 3, 4]},
            "'generation_scores' holds a score that is not a number",
        ),
        (
            {"generation_scores": [1, 2, float("nan"), 3, 4]},
            "'generation_scores' holds a score that is not a number",
        ),
    ],
)
def test_rows_whose_classes_do_not_fit_are_named(run, change, sentence):
    rows("a.jsonl", [BENCH[0], BENCH[1] | change])
    code, out, err = run("measure", "a.jsonl", "--classes", "partition", "--strict")
    assert (code, out) == (2, "")
    assert f"line 2: {sentence}" in err
    document = measured(run, "a.jsonl", "--classes", "partition")
    assert document["classes"]["corpora"]["a"]["prompts"] == 1


def test_mistakes_of_the_columns(run):
    rows("a.jsonl", BENCH)
    rows("b.jsonl", [{"text": "x", "c": 1}] * 3)
    write("c.txt", "x\ny\n")
    for arguments, sentence in (
        (["a.jsonl", "--classes", "partitoin"], "did you mean partition?"),
        (["b.jsonl", "--classes", "c"], "--classes are within a prompt: name the column"),
        (["c.txt", "--classes", "c"], "c.txt has no columns: leave out --classes c"),
        (["a.jsonl", "--scores", "generation_scores"], "needs --classes"),
    ):
        code, out, err = run("measure", *arguments)
        assert (code, out) == (2, "")
        assert sentence in err
    measured(run, "a.jsonl")
    assert "differs in classes" in run("measure", "a.jsonl", "--classes", "partition")[2]


@pytest.mark.data
def test_gemini_has_the_numbers_that_noveltybench_published(run):
    folder = "llm_outputs/noveltybench/gemini-1.5-pro_curated_"
    document = measured(run, shared(f"{folder}scores.jsonl"), "--classes", "partition")
    published = json.loads(shared(f"{folder}summary.json").read_text())
    (found,) = document["classes"]["corpora"].values()
    assert found["distinct"] == pytest.approx(published["mean_distinct"])
    assert found["classes"]["value"] == pytest.approx(1.83)
    assert found["utility"]["value"] == pytest.approx(published["mean_utility"], rel=1e-14)
    assert all(sentence in PAGE for sentence in document["verdict"])
    lines = shared(f"{folder}scores.jsonl").read_text().splitlines()
    rows_ = {row["prompt"]: row for row in map(json.loads, lines)}
    for one in only(document)["by_prompt"]:
        assert one["distinct"] == rows_[one["prompt"]]["distinct"]
        assert one["utility"] == pytest.approx(rows_[one["prompt"]]["utility"])
