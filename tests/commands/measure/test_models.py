"""The map of models against models, with values by hand."""

import json

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from collapse.commands.measure import near_map
from collapse.commands.measure.map_figure import draw_map
from collapse.commands.measure.models import excess
from collapse.metrics.agreement import Answers
from tests.commands.measure.test_command import measured, rows

SAID = {"A": {"q1": ["a", "a"], "q2": ["c", "c"]}, "B": {"q1": ["a", "d"], "q2": ["c", "d"]}}
GOLD = {"q1": "a", "q2": "b"}
ASK = ("--field", "text", "--prompt", "prompt", "--group-by", "model", "--right", "gold")


def table(gold=lambda prompt, text: GOLD[prompt], said=SAID):
    return [
        {"model": model, "prompt": prompt, "text": text, "gold": gold(prompt, text)}
        for model, answers in said.items()
        for prompt, texts in answers.items()
        for text in texts
    ]


def test_a_table_by_hand(run):
    document = measured(run, rows("a.jsonl", table()), *ASK, "--options", "4")
    found = document["models"]
    assert found["names"] == ["A", "B"]
    assert found["collision"] == [[1, 0.5], [0.5, 0]]
    wrong = found["wrong"]
    assert (wrong["right"], wrong["answers"], wrong["options"]) == ([0.5, 0.25], 8, 4)
    assert wrong["agreement"] == [[1, 0.5], [0.5, 0]]
    np.testing.assert_allclose(wrong["chance"], np.full((2, 2), 1 / 3))
    assert "the same with probability 0.5 on average" in document["notes"][-1]
    assert wrong["excess"]["value"] == pytest.approx(1 / 6)
    # Equal .5 within, .5 across: all together have no more than one.
    ensemble = {name: found["ensemble"][name]["value"] for name in ("within", "across", "restored")}
    assert ensemble == {"within": 0.5, "across": 0.5, "restored": 1}


@pytest.mark.parametrize("spelled", [lambda right: right, int, lambda right: str(right)])
def test_a_column_of_correctness_says_the_same(run, spelled):
    """As true and false, as 1 and 0, and as "True" and "False"."""
    gold = lambda prompt, text: spelled(text == GOLD[prompt])  # noqa: E731
    document = measured(run, rows("a.jsonl", table(gold)), *ASK, "--options", "4")
    assert document["models"]["wrong"]["agreement"] == [[1, 0.5], [0.5, 0]]
    assert "Column 'gold' is taken for whether an answer is right." in document["notes"]


def test_right_answers_that_look_like_correctness(run):
    """Questions that are answered by true or false: the column is the right answer."""
    said = {"A": {"q1": ["true"], "q2": ["true"]}, "B": {"q1": ["False"], "q2": ["true"]}}
    gold = lambda prompt, _: {"q1": True, "q2": False}[prompt]  # noqa: E731
    found = measured(run, rows("a.jsonl", table(gold, said)), *ASK)["models"]
    assert found["wrong"]["right"] == [0.5, 0]
    assert found["wrong"]["agreement"] == [[None, 1], [1, None]]
    assert found["ensemble"] is None  # nobody was asked twice


def test_lists_of_answers_and_empty_cells(run):
    """One value for all answers of a row, or a list; an empty one is left out."""
    records = [
        {"model": "A", "prompt": "q", "text": ["x", "y"], "gold": "x"},
        {"model": "B", "prompt": "q", "text": ["x", "y"], "gold": ["x", None]},
    ]
    found = measured(run, rows("a.jsonl", records), *ASK)["models"]["wrong"]
    assert (found["answers"], found["right"]) == (3, [0.5, 1])
    records.append({"model": "B", "prompt": "q", "text": ["x"], "gold": ["x", "y"]})
    document = measured(run, rows("b.jsonl", records), *ASK, "--out", "b")
    assert document["troubles"]["count"] == 1
    assert "'gold' holds 2 values for 1 answers" in document["troubles"]["sentences"][0]


def test_models_that_say_other_things_restore_each_other(run):
    """Three models, each with one answer of its own to ten prompts: 3 times as varied together."""
    said = {m: {f"q{i}": [m, m] for i in range(10)} for m in "ABC"}
    records = table(lambda prompt, text: "A", said)
    ensemble = measured(run, rows("a.jsonl", records), *ASK)["models"]["ensemble"]
    assert ensemble["prompts"] == 10
    assert ensemble["effective_number_of_one"]["value"] == pytest.approx(1)
    assert ensemble["effective_number_of_all"]["value"] == pytest.approx(3)
    assert ensemble["restored"]["value"] == pytest.approx(3)


def test_near_answers_stand_beside_equal_ones(run):
    """A says yes in two spellings and B in a third: no two answers are equal, and all are near.
    C says something else, "maybe so", twice."""
    said = {"A": ["Yes, sir!", "yes sir"], "B": ["YES SIR", "yes, sir?"], "C": ["maybe so"] * 2}
    table_ = [
        {"model": m, "prompt": f"q{i}", "text": t}
        for m, texts in said.items()
        for i in range(5)
        for t in texts
    ]
    ask = ("--field", "text", "--prompt", "prompt", "--group-by", "model")
    document = measured(run, rows("a.jsonl", table_), *ask)
    found = document["models"]
    assert found["collision"] == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]
    near = found["near"]
    assert (near["answers"], near["method"], near["stated"]) == (30, "exact", 0.8)
    assert [one["threshold"] for one in near["thresholds"]] == [0.5, 0.6, 0.7, 0.8, 0.9]
    for one in near["thresholds"]:
        assert one["collision"] == [[1, 1, 0], [1, 1, 0], [0, 0, 1]]
        # Two answers of one model are near; of two models in one of three pairs of models.
        both = {name: one["ensemble"][name]["value"] for name in ("within", "across", "restored")}
        assert both == pytest.approx({"within": 1, "across": 1 / 3, "restored": 1 / (5 / 9)})
    near_too = "probability 1 (1 .. 1) within a model and 0.333 (0.333 .. 0.333) across models"
    assert any(f"{near_too}, over 5 prompts" in note for note in document["notes"])
    code, out, _ = run("measure", "a.jsonl", *ask, "--out", "other")
    assert code == 0
    assert "0 (1)" in out
    assert "near 0.8" in out


def test_near_answers_of_many_are_of_whole_prompts(monkeypatch):
    """Of 400 answers 100 are compared, with every answer to the prompts that are drawn."""
    monkeypatch.setattr(near_map, "MOST", 100)
    model, prompt = np.repeat([0, 1], 200), np.tile(np.repeat(np.arange(50), 4), 2)
    given = Answers(model, prompt, np.arange(400) % 2)
    texts = ["yes sir", "yes, sir"]
    found = near_map.near_map(given, texts, lambda kept: {"prompts": np.bincount(kept.prompt)})
    assert found["answers"] == 96  # 12 of 50 prompts
    for one in found["thresholds"]:
        assert one["collision"] == [[1, 1], [1, 1]]
        assert (one["ensemble"]["prompts"] == 8).all()
    alone = Answers(model, np.zeros(400, int), np.arange(400) % 2)
    assert near_map.near_map(alone, texts, lambda kept: None)["answers"] == 100


def test_files_without_prompts_answer_one_prompt(run):
    for name, answers in (("a", "x x y"), ("b", "x y y y")):
        with open(f"{name}.txt", "w") as file:
            file.write("\n".join(answers.split()))
    found = measured(run, "a.txt", "b.txt")["models"]
    np.testing.assert_allclose(found["collision"], [[1 / 3, 5 / 12], [5 / 12, 1 / 2]])
    assert found["wrong"] is None


def test_no_answer_is_wrong(run):
    records = table(lambda prompt, text: text)
    found = measured(run, rows("a.jsonl", records), *ASK)["models"]["wrong"]
    assert found["right"] == [1, 1]
    assert found["agreement"] == [[None, None], [None, None]]
    assert (found["mean_agreement"], found["excess"]["value"]) == (None, None)


@pytest.mark.slow
def test_the_excess_of_independent_models_is_none():
    """Two models, 40 prompts, four options: 0 lies in the interval as often as it says, within
    four standard errors; and the interval is about as long as the binomial one."""
    generator, repeats, inside, lengths = np.random.default_rng(0), 80, 0, []
    model, prompt = np.repeat([0, 1], 40), np.tile(np.arange(40), 2)
    for _ in range(repeats):
        given = Answers(model, prompt, generator.integers(0, 4, 80))
        found = excess(given, given.answer != 0, 4)
        inside += found.low <= 0 <= found.high
        lengths.append(found.high - found.low)
    assert abs(inside / repeats - 0.95) < 4 * np.sqrt(0.95 * 0.05 / repeats)
    assert np.mean(lengths) == pytest.approx(2 * 2.09 * np.sqrt(2 / 9 / 22.5), rel=0.15)


def test_options_that_say_nothing_are_refused(run):
    rows("a.jsonl", table())
    for arguments in (["--options", "4"], [*ASK[-2:], "--options", "1"]):
        code, _, err = run("measure", "a.jsonl", "--field", "text", *arguments)
        assert code == 2
        assert "--options is the number of answers to choose from" in err
    code, _, err = run("measure", "a.jsonl", "--field", "text", "--right", "golf")
    assert code == 2
    assert "gold" in err


@pytest.mark.slow
def test_the_tables_and_the_figure(run, drawn):
    said = {m: {q: list(m + q[-1]) for q in ("q1", "q2")} for m in ("A", "$_x", "\u05d0")}
    code, out, _ = run("measure", rows("a.jsonl", table(said=said)), *ASK, "--out", "m")
    assert code == 0
    assert "Model x model: probability of the same answer to a prompt" in out
    assert "if both are wrong; by chance in brackets" in " ".join(out.split())
    assert "All 3 models as one, over 2 prompts" in out
    with open("m/measure.json") as file:
        assert "m/measure.pdf" in json.load(file)["written"]


def test_a_map_is_drawn_on_axes():
    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    assert draw_map(axes, ["a", "b"], [[1, 0.25], [0.25, None]], "same") is axes
    figure.canvas.draw()
    assert [text.get_text() for text in axes.texts] == ["1.00", "0.25", "0.25"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["a", "b"]
    many = [f"m{i}" for i in range(50)]
    other = draw_map(Figure().subplots(), many, [[0.5] * 50] * 50, "same")
    assert (len(other.texts), len(other.get_yticklabels())) == (0, 0)


def test_more_effective_answers_than_were_given_are_explained(run):
    """Within, a sixth of the pairs are equal: 6 effective answers, of 3 that were given."""
    said = {
        name: {"q1": [f"{name}1", f"{name}2", f"{name}3"], "q2": ["c", "c", f"{name}d"]}
        for name in "AB"
    }
    ask = ("--field", "text", "--prompt", "prompt", "--group-by", "model")
    document = measured(run, rows("a.jsonl", table(said=said)), *ask)
    found = document["models"]["ensemble"]
    assert found["most_answers"] == 3
    assert found["effective_number_of_one"]["value"] == pytest.approx(6)
    said_so = [text for text in document["notes"] if text.startswith("The effective number of one")]
    assert len(said_so) == 1
    assert "model, 6, is more than the 3 answers" in said_so[0]
    few = measured(run, rows("b.jsonl", table()), *ASK, "--options", "4")
    assert not any("effective number of one" in text for text in few["notes"])


def test_a_star_has_a_legend(run):
    """Two answers of one model are equal with probability 0.75 (0.5 .. 1 *)."""
    said = {
        name: {f"q{i}": ["a", "a" if i % 4 else f"{name}b"] for i in range(12)} for name in "AB"
    }
    given = rows("a.jsonl", table(lambda prompt, text: "a", said))
    ask = ("--field", "text", "--prompt", "prompt", "--group-by", "model")
    legend = "* An end of the interval was outside the possible range"
    code, out, _ = run("measure", given, *ask)
    assert code == 0
    assert any(line.rstrip().endswith(" *") for line in out.splitlines())
    assert legend in " ".join(out.split())
    code, out, err = run("measure", rows("b.jsonl", [{"text": text} for text in "abc"]))
    assert code == 0, err
    starred = any(line.rstrip().endswith(" *") for line in out.splitlines())
    assert (legend in " ".join(out.split())) == starred
