"""Gates: exit code 1 where a number is beyond its threshold, each failed gate named with both."""

import json
from pathlib import Path

import numpy as np
import pytest

GATES = ["--fail-below", "effective_number=5", "--fail-above", "same_answer=0.2"]


def answers(name, kinds, prompts=8, each=5):
    """Rows of answers to prompts, of which answers of one prompt are of so many ``kinds``."""
    rng = np.random.default_rng(0)
    rows = [
        {"prompt": f"p{i}", "answers": [f"say {x} to {i}" for x in rng.integers(0, kinds, each)]}
        for i in range(prompts)
    ]
    Path(name).write_text("\n".join(map(json.dumps, rows)))
    return name


def test_a_gate_that_fails_is_exit_code_1_and_named_with_its_numbers(run):
    Path("a.txt").write_text("\n".join(f"t{i % 4}" for i in range(40)))
    code, out, err = run("measure", "a.txt", "--fail-below", "effective_number=4.5", "--json")
    assert code == 1
    assert (
        err
        == "a fails --fail-below effective_number=4.5: effective_number is 4 (3.76 .. 4.26), below"
        " 4.5.\n"
    )
    found = json.loads(out)
    (row,) = found["gates"]
    assert (row["number"], row["threshold"], row["passed"]) == ("effective_number", 4.5, False)
    assert row["value"]["value"] == pytest.approx(4)
    assert found["verdict"][-1] in err


def test_at_the_threshold_it_passes(run):
    Path("a.txt").write_text("\n".join(f"t{i % 4}" for i in range(40)))
    gates = ["--fail-below", "different=4", "--fail-above", "different=4"]
    code, out, err = run("measure", "a.txt", *gates)
    assert (code, err) == (0, "")
    assert "passes" in out


def test_every_gate_that_fails_of_every_file_is_named(run):
    answers("a.jsonl", 2)
    answers("b.jsonl", 50)
    code, out, err = run("measure", "a.jsonl", "b.jsonl", *GATES, "--fail-above", "different=30")
    assert code == 1
    lines = err.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "a fails --fail-above same_answer=0.2",
        "b fails --fail-above different=30",
    ]
    assert "FAILS" in out


def test_a_threshold_inside_the_interval_is_said(run):
    rng = np.random.default_rng(0)
    Path("a.txt").write_text("\n".join(f"t{x}" for x in rng.integers(0, 30, 60)))
    code, _, err = run("measure", "a.txt", "--fail-below", "effective_number=24")
    assert code == 1
    assert "the threshold is inside its interval" in err


@pytest.mark.parametrize(("gate", "code"), [("0.9x", 0), ("1.1x", 1)])
def test_relative_gates_compare_at_equal_size(run, gate, code):
    """As varied as the reference, which has three times as many answers; and no more."""
    rng = np.random.default_rng(0)
    for name, many in (("a.txt", 300), ("people.txt", 900)):
        Path(name).write_text("\n".join(f"t{x}" for x in rng.integers(0, 200, many)))
    call = ["--reference", "people.txt", "--fail-below", f"effective_number={gate}", "--json"]
    exit_code, out, err = run("measure", "a.txt", *call)
    assert exit_code == code, err
    (row,) = json.loads(out)["gates"]
    compared = json.loads(out)["reference"]["compared"]["a"]
    assert row["value"]["value"] == compared["sample"]["effective_number"]
    own = compared["reference"]["effective_number"]
    assert row["threshold"] == pytest.approx(own * float(gate[:-1]))


def test_same_answer_is_relative_to_the_prompts_of_the_reference(run):
    answers("tuned.jsonl", 2)
    answers("base.jsonl", 4, prompts=30)
    call = ["--reference", "base.jsonl", "--fail-above", "same_answer=1.2x", "--json"]
    code, out, _ = run("measure", "tuned.jsonl", *call)
    assert code == 1
    (row,) = json.loads(out)["gates"]
    reference = json.loads(out)["reference"]["corpus"]["prompts"]
    assert reference["prompts"] == 30
    assert row["threshold"] == pytest.approx(1.2 * reference["same_answer"])
    assert row["value"]["low"] < row["value"]["value"] < row["value"]["high"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fail-below", "effectiv_number=3"], "(did you mean effective_number?)"),
        (["--fail-below", "effective_number"], "is not NAME=NUMBER"),
        (["--fail-below", "effective_number=1.2.3"], "is not NAME=NUMBER"),
        (["--fail-below", "effective_number=0.9x"], "by --reference"),
        (["--fail-above", "same_answer=0.3"], "a has no prompts. Name their column by --prompt"),
    ],
)
def test_what_is_no_gate_is_a_sentence_and_exit_code_2(run, arguments, message):
    Path("a.txt").write_text("one\ntwo\none\n")
    code, out, err = run("measure", "a.txt", *arguments)
    assert code == 2
    assert message in err
    assert out == ""
    assert not Path("measures").exists()


def test_all_mistakes_are_named_at_once(run):
    Path("a.txt").write_text("one\ntwo\none\n")
    code, _, err = run("measure", "a.txt", "--fail-below", "x=1", "--power", "y=2")
    assert code == 2
    assert len(err.splitlines()) == 3  # x, y, and --power without --compare


def test_what_depends_on_size_is_not_relative(run):
    Path("a.txt").write_text("one\ntwo\none\n")
    call = ["--reference", "a.txt", "--fail-below", "sample_coverage=0.9x"]
    code, _, err = run("measure", "a.txt", *call)
    assert code == 2
    assert "sample_coverage depends on the number of answers" in err


# Markdown


def rows_of(text):
    """The cells of each line of a table, split where a border is not escaped."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [line.replace("\\|", "\0").strip("|").split("|") for line in lines]


def test_markdown_for_a_pull_request(run):
    answers("base.jsonl", 30)
    answers("tuned.jsonl", 3)
    code, out, err = run("measure", "base.jsonl", "tuned.jsonl", "--compare", *GATES, "--markdown")
    assert code == 1
    assert err.startswith("tuned fails --fail-above same_answer=0.2: same_answer is ")
    tables = rows_of(out)
    heads = [row for row in tables if "base" in " ".join(row) and "tuned" in " ".join(row)]
    assert [len(row) for row in heads[:2]] == [3, 7]
    assert any("**differs**" in row[-1] for row in tables)
    fails = [row for row in tables if "**fails**" in row[-1]]
    assert [row[0].strip() for row in fails] == ["`--fail-above same_answer=0.2`"]
    assert Path("measures/base/measure.json").is_file()
    assert "Saved:" not in out


def test_names_do_nothing_in_markdown(run):
    name = "a|b <img src=x> *c* @team [d](e) `f` #1"
    rows = [{"m": name, "text": f"t{i % 3}"} for i in range(9)]
    Path("a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    code, out, err = run("measure", "a.jsonl", "--group-by", "m", "--markdown")
    assert code == 0, err
    (heading, *rest) = rows_of(out)
    assert {len(row) for row in rest} == {len(heading)} == {2}
    assert "<img" not in out
    assert "@team" not in out
    for mark in ("\\*c\\*", "\\[d\\](e)", "\\`f\\`", "\\#1"):
        assert mark in out
