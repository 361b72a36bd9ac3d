"""``collapse measure --by step`` as a user meets it."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from collapse.commands.measure.steps import figure
from collapse.metrics.answers import pass_at

KINDS = 5


def run_of(steps=12, prompts=10, each=6, **more):
    """Rows of verl: a policy over 5 answers to every prompt, of which 0 is right, that sharpens."""
    rng, rows = np.random.default_rng(0), []
    for step in range(1, steps + 1):
        for prompt in range(prompts):
            logit = np.array([(0.4 + prompt / 10) * step / 2, 1, 0.8, 0.5, 0.2])
            p = np.exp(logit) / np.exp(logit).sum()
            for answer in rng.choice(KINDS, each, p=p).tolist():
                row = {"input": f"q{prompt}", "output": f"a{answer}", "score": float(answer == 0)}
                rows.append(row | {"step": step} | more)
    return rows


def write(name, rows):
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return name


def folder(rows, without=False):
    """A file for each step."""
    for step in sorted({row["step"] for row in rows}):
        mine = [dict(row) for row in rows if row["step"] == step]
        for row in mine if without else ():
            del row["step"]
        write(f"rollouts/{step}.jsonl", mine)
    return "rollouts"


def measured(run, *arguments):
    code, out, err = run("measure", *arguments, "--by", "step", "--json")
    assert code == 0, err
    return json.loads(out)


def test_a_folder_a_file_and_numbers_in_names_say_the_same(run):
    rows = run_of()
    one = measured(run, folder(rows), "--out", "one")
    other = measured(run, write("all.jsonl", rows), "--out", "other")
    folder(rows, without=True)
    third = measured(run, "rollouts", "--out", "third")
    for key in ("steps", "ceiling", "support", "verdict"):
        assert one[key] == other[key] == third[key]
    assert "The step is the number in the name of each file." in third["notes"]
    code, out, _ = run("measure", "all.jsonl", "--out", "plain", "--json")
    assert code == 0
    assert any("--by step gives entropy" in note for note in json.loads(out)["notes"])
    Path("all.jsonl.gz").write_bytes(gzip.compress(Path("all.jsonl").read_bytes()))
    assert measured(run, "all.jsonl.gz", "--out", "fourth")["steps"] == one["steps"]


def test_the_numbers_of_each_step_by_plain_python(run):
    rows = run_of()
    found = measured(run, write("all.jsonl", rows))
    assert [row["step"] for row in found["steps"]] == list(range(1, 13))
    assert found["answers_a_prompt"] == 6
    for step in found["steps"]:
        groups = [
            [r for r in rows if r["step"] == step["step"] and r["input"] == f"q{i}"]
            for i in range(10)
        ]
        scores = [[r["score"] for r in group] for group in groups]
        assert step["score"]["value"] == pytest.approx(np.mean(scores))
        equal = [len(set(each)) == 1 for each in scores]
        assert step["no_gradient"]["value"] == pytest.approx(np.mean(equal))
        assert step["all_right"] == pytest.approx(np.mean([min(each) == 1 for each in scores]))
        assert step["all_wrong"] == pytest.approx(np.mean([max(each) == 0 for each in scores]))
        h = []
        for group in groups:
            p = np.unique([r["output"] for r in group], return_counts=True)[1] / 6
            h.append(-(p * np.log(p)).sum())
        assert step["entropy"]["value"] == pytest.approx(np.mean(h))
    right = [
        [
            sum(r["score"] for r in rows if (r["step"], r["input"]) == (t, f"q{i}"))
            for i in range(10)
        ]
        for t in (1, 12)
    ]
    for row in found["support"]["pass_at"]:
        for end, c in zip(("first", "last"), right, strict=True):
            assert row[end]["value"] == pytest.approx(pass_at(c, 6, row["k"]))
    assert [row["k"] for row in found["support"]["pass_at"]] == [1, 2, 4]


def test_tables_sentences_and_a_figure(run, drawn, tmp_path):
    code, out, err = run("measure", write("all.jsonl", run_of()), "--by", "step")
    assert code == 0, err
    for text in ("From step 1 to 12", "no gradient", "R = -a e^H + b", "pass@1 rises", "preserved"):
        assert text in out
    place = tmp_path / "measures" / "all"
    assert {p.name for p in place.iterdir()} == {"rollouts.json", "rollouts.pdf", "rollouts.png"}


def test_panels_are_drawn_into_given_axes(run):
    found = measured(run, write("all.jsonl", run_of()))
    for panel in (
        figure.score_by_step,
        figure.score_by_entropy,
        figure.no_gradient,
        figure.pass_at,
    ):
        axis = Figure().subplots()
        assert panel(axis, found) is axis
        assert axis.lines


def test_entropies_that_the_trainer_logged_are_used(run):
    found = measured(run, write("all.jsonl", run_of(entropy=0.5)))
    assert found["steps"][0]["logged_entropy"] == 0.5
    assert found["ceiling"]["entropy"] == "logged"
    assert "does not change" in found["ceiling"]["reason"]


def test_texts_that_never_repeat_have_no_ceiling_and_final_answers_do(run):
    rows = [row | {"pred": row["output"], "output": f"{i}"} for i, row in enumerate(run_of())]
    name = write("all.jsonl", [row | {"output": f"think {row['output']}"} for row in rows])
    found = measured(run, name)
    assert "name a column of final answers by --field" in found["ceiling"]["reason"]
    calls = ("--field", "pred", "--prompt", "input", "--scores", "score", "--out", "final")
    assert "reason" not in measured(run, name, *calls)["ceiling"]


def test_scores_of_many_values_are_right_above_the_middle(run):
    rows = [row | {"score": row["score"] * 0.9 + i % 3 / 100} for i, row in enumerate(run_of())]
    found = measured(run, write("all.jsonl", rows))
    assert found["right_above"] == pytest.approx(0.46)
    assert "counts as right above 0.46" in found["notes"][0]


def test_one_answer_a_prompt_is_said_to_have_no_entropy(run):
    found = measured(run, write("all.jsonl", run_of(each=1)))
    assert found["steps"][0]["no_gradient"]["value"] is None
    assert "no prompt was asked twice" in found["ceiling"]["reason"]


@pytest.mark.parametrize(
    ("change", "arguments", "message"),
    [
        ({"score": None}, [], "needs the score of each answer"),
        ({"step": None}, [], "has no column 'step', and its name no number"),
        ({}, ["--scores", "scor"], "scor"),
        ({}, ["--compare"], "--compare does not go with --by"),
        ({}, ["--markdown"], "--markdown does not go with --by"),
    ],
)
def test_what_is_missing_is_a_sentence(run, change, arguments, message):
    rows = [{k: v for k, v in row.items() if k not in change} for row in run_of(2)]
    code, out, err = run("measure", write("all.jsonl", rows), "--by", "step", *arguments)
    assert code == 2
    assert message in err
    assert out == ""


def test_one_prompt_and_prompts_asked_once_are_drawn_too(run, drawn):
    rows = [row for row in run_of(2) if row["input"] == "q0"]
    code, out, err = run("measure", write("one.jsonl", rows), "--by", "step")
    assert code == 0, err
    assert "pass@k" not in out
    rows = [row | {"input": f"q{i}"} for i, row in enumerate(run_of(2))]
    code, out, err = run("measure", write("once.jsonl", rows), "--by", "step")
    assert code == 0, err
    assert "nothing is known of lost answers" in " ".join(out.split())


def test_models_are_no_steps(run):
    rows = [row | {"model": "m"} for row in run_of(2)]
    code, _, err = run("measure", write("all.jsonl", rows), "--by", "model")
    assert code == 2
    assert "--by names the step of rollouts, and --group-by the column of models" in err


def test_one_step_is_not_enough_and_broken_steps_are_counted(run):
    rows = run_of(1)
    code, _, err = run("measure", write("all.jsonl", rows), "--by", "step")
    assert code == 2
    assert "needs from 2 to" in err
    write("two.jsonl", [*run_of(2), {**rows[0], "step": "x"}])
    found = measured(run, "two.jsonl")
    assert found["troubles"]["count"] == 1
    assert "'step' holds no number" in found["troubles"]["sentences"][0]
    code, _, err = run("measure", "two.jsonl", "--by", "step", "--strict", "--out", "other")
    assert code == 2
