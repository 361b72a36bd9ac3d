"""``collapse calibrate``: from a file of verdicts to a judge that runs."""

import csv
import gzip
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from collapse import NGram
from collapse.commands.calibrate.judge_file import refusal
from collapse.commands.calibrate.reading import read_verdicts
from collapse.scenario.load import load_judge
from collapse.types import Batch, View
from tests.commands.calibrate.test_findings import pairs, singles
from tests.shared import ROOT

LIMIT = 4.0
TINY = str(ROOT / "tests" / "tiny.py")


def table(path, columns: dict):
    """A CSV file of columns."""
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(columns)
        rows.writerows(zip(*columns.values(), strict=True))
    return path


def pair_table(path, made):
    """The verdicts of ``pairs``, with the first shown as b in every other row."""
    b_first = np.arange(made.rows) % 2 == 1
    columns = {"position": np.where(b_first, "b", "a")}
    for name, difference in made.columns.items():
        first = difference + (made.columns[name] < 0) if name == "label" else difference
        first = np.where(difference > 0, 1, 0) if name == "label" else first
        second = first - difference
        columns[f"{name}_a"] = np.where(b_first, second, first)
        columns[f"{name}_b"] = np.where(b_first, first, second)
    chose_b = (made.chosen == 1) == b_first
    columns["choice"] = np.where(made.chosen == 0.5, "tie", np.where(chose_b, "b", "a"))
    return table(path, columns)


def score_table(path, made, **more):
    return table(path, {**made.columns, "score": made.score, **more})


# What the verb does


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pairs", "scores", "accepts"])
def test_a_judge_is_written_and_runs(run, tmp_path, kind):
    random = np.random.default_rng(0)
    if kind == "pairs":
        pair_table("v.csv", pairs(random, 400, ties=0.2))
    elif kind == "scores":
        score_table("v.csv", singles(random))
    else:
        made = singles(random)
        words = np.where(made.accepted == 1, "keep", "drop")
        table("v.csv", made.columns | {"choice": words})
    code, out, err = run("calibrate", "v.csv")
    assert code == 0, err
    assert "collapse run jokes --judge calibrated.py:Calibrated" in out
    assert "95 % interval" in out
    options = ["--judge", "calibrated.py:Calibrated", "--seeds", "2", "--generations", "2"]
    scenario = "jokes" if kind == "pairs" else TINY  # the former takes the compiler half a minute
    code, out, err = run("run", scenario, *options, "--set", "n=60", "--out", "r", "--json")
    assert code == 0, err
    assert json.loads(out)["finished"]
    parts = json.loads((tmp_path / "r/manifest.json").read_text())["arms"]
    judge = parts["typical-fifth" if kind == "pairs" else "judged"]["parts"]["judge"]["class"]
    named = {"pairs": "k-choice", "scores": "top-fraction", "accepts": "noisy-verifier"}
    assert judge == named[kind]
    # The same verdicts again: the same file, which it wrote itself.
    text = (tmp_path / "calibrated.py").read_text()
    assert run("calibrate", "v.csv")[0] == 0
    assert (tmp_path / "calibrated.py").read_text() == text


def test_the_judge_has_the_numbers_of_the_report(run, tmp_path):
    random = np.random.default_rng(1)
    pair_table("v.csv", pairs(random, 600))
    code, out, err = run("calibrate", "v.csv", "--json", "--out", "mine.py")
    assert code == 0, err
    document = json.loads(out)
    found = document["estimates"]
    assert document["judge"] == "mine.py:Calibrated"
    assert document["kind"] == "pairs"
    judge = load_judge(document["judge"])
    bonus, strength = judge.reward, judge.reward.reward
    assert bonus.bonus == pytest.approx(found["position"]["value"], rel=1e-4)
    assert strength.strength == pytest.approx(found["length"]["value"], rel=1e-4)
    assert strength.reward.strength == pytest.approx(found["typicality"]["value"], rel=1e-4)
    assert strength.reward.reward.by == pytest.approx(found["quality"]["value"], rel=1e-4)
    assert judge.k == 2
    assert found["noise"]["value"] is None


@pytest.mark.slow
def test_verdicts_by_the_written_judge_give_its_own_numbers(run, tmp_path):
    """Round trip: token rows from a model, judged two by two by the judge of the file, read back
    from another file. With the signs of place or length turned round the check fails."""
    pair_table("v.csv", pairs(np.random.default_rng(2), 1500))
    assert run("calibrate", "v.csv")[0] == 0
    judge = load_judge("calibrated.py:Calibrated")
    view = pairs_of_tokens(8000)
    choice = np.asarray(judge.judge(jax.random.key(3), view)[0].weight).reshape(-1, 2)
    length = np.asarray((view.items != 0).sum(-1)).reshape(-1, 2)
    typicality = np.asarray(view.log_prob(), float).reshape(-1, 2)
    valid = np.asarray(view.truth.log_prob(view.items) > -np.inf).reshape(-1, 2)
    columns = {"choice": np.where(choice[:, 0] == 1, "first", "second")}
    for i, side in enumerate("ab"):
        columns |= {f"length_{side}": length[:, i], f"typicality_{side}": typicality[:, i]}
        columns |= {f"label_{side}": np.where(valid[:, i], "right", "wrong")}
    table("again.csv", columns)
    code, out, err = run("calibrate", "again.csv", "--json", "--out", "again.py")
    assert code == 0, err
    found = json.loads(out)["estimates"]
    true = {
        "position": judge.reward.bonus,
        "length": judge.reward.reward.strength,
        "typicality": judge.reward.reward.reward.strength,
        "quality": judge.reward.reward.reward.reward.by,
    }
    for name, law in true.items():
        error = (found[name]["high"] - found[name]["low"]) / (2 * 1.96)
        assert abs(found[name]["value"] - law) < LIMIT * error, name
    for name in ("position", "quality"):
        error = (found[name]["high"] - found[name]["low"]) / (2 * 1.96)
        assert abs(found[name]["value"] + true[name]) > LIMIT * error, name


class Even:
    """A truth that can say what begins with an even token."""

    def log_prob(self, rows):
        return jnp.where(rows[:, 0] % 2 == 0, 0.0, -jnp.inf)


def pairs_of_tokens(m):
    random = np.random.default_rng(4)
    known = random.integers(1, 7, (300, 12))
    known[np.arange(12) >= random.integers(1, 12, (300, 1))] = 0
    model = NGram(7, rows=jnp.asarray(known, jnp.int32), weight=jnp.ones(300))
    rows = model.sample(jax.random.key(5), m)
    batch = Batch(rows, jnp.ones(m), jnp.zeros(m, jnp.int32))
    return View(batch, model, None, Even(), jnp.array(1), m, 2)


def test_what_cannot_be_told_makes_no_judge(run, tmp_path):
    table("few.csv", {"label": [1, 0] * 4, "score": range(8), "length": [3] * 8})
    code, out, err = run("calibrate", "few.csv")
    assert code == 0, err
    assert "No judge is written: noise is not identified (8 rows are too few" in out
    assert not (tmp_path / "calibrated.py").exists()
    many = {"human": np.arange(60) % 7, "choice": np.arange(60) % 2}
    table("human.csv", many)
    code, out, err = run("calibrate", "human.csv", "--json")
    assert code == 0, err
    assert json.loads(out)["judge"] is None
    assert "there is no column label" in json.loads(out)["no_judge"]


def test_one_place_only_is_a_bound_in_the_judge(run):
    table("v.csv", {"position": ["a"] * 50, "choice": ["a"] * 50, "better": list("ab") * 25})
    code, out, err = run("calibrate", "v.csv", "--json")
    assert code == 0, err
    position = json.loads(out)["estimates"]["position"]
    assert (position["value"], position["high"]) == (None, None)
    assert load_judge("calibrated.py:Calibrated").reward.bonus == pytest.approx(
        position["low"], rel=1e-4
    )
    assert "at least" in Path("calibrated.py").read_text()


# Files that are not ours, and text that is not code


def test_a_foreign_file_is_never_overwritten(run, tmp_path):
    score_table("v.csv", singles(np.random.default_rng(5)))
    foreign = tmp_path / "calibrated.py"
    foreign.write_text("mine = 1\n")
    code, out, err = run("calibrate", "v.csv")
    assert (code, out) == (2, "")
    assert "was not written by collapse calibrate" in err
    assert foreign.read_text() == "mine = 1\n"
    foreign.unlink()
    assert run("calibrate", "v.csv")[0] == 0
    assert refusal(foreign) == []
    foreign.write_text(foreign.read_text() + "# a note of my own\n")
    assert run("calibrate", "v.csv")[0] == 2  # changed since: no longer only ours
    assert foreign.read_text().endswith("# a note of my own\n")
    assert "must end in .py" in run("calibrate", "v.csv", "--out", "judge.txt")[2]


EVIL = '"""\nimport os; os.abort()\n\'\'\'\\"; x = 1 #'


def test_text_does_not_get_into_the_judge(run, tmp_path):
    """Quotes and line ends in the texts, in other columns and in the name of the file."""
    made = singles(np.random.default_rng(6))
    texts = [EVIL + "word " * int(length) for length in made.columns["length"]]
    name = 'v"""\nimport os; os.abort()\n.csv'
    columns = {"text": texts, "label": made.columns["label"], "score": made.score}
    table(name, columns | {EVIL: texts})
    code, _, err = run("calibrate", name)
    assert code == 0, err
    text = (tmp_path / "calibrated.py").read_text()
    compile(text, "calibrated.py", "exec")
    lines = [line for line in text.splitlines() if "abort" in line]
    assert len(lines) == 1
    assert lines[0].startswith("# From ")
    load_judge("calibrated.py:Calibrated")


# Reading


def test_the_kinds_of_file_read_alike(run, tmp_path):
    made = singles(np.random.default_rng(7), 40)
    score_table("v.csv", made)
    (tmp_path / "v.csv.gz").write_bytes(gzip.compress((tmp_path / "v.csv").read_bytes()))
    rows = [
        {name: float(x[i]) for name, x in (made.columns | {"score": made.score}).items()}
        for i in range(40)
    ]
    (tmp_path / "v.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (tmp_path / "v.json").write_text(json.dumps(rows))
    for name in ("v.csv", "v.csv.gz", "v.jsonl", "v.json"):
        read = read_verdicts(name)
        np.testing.assert_array_equal(read.score, made.score)
        np.testing.assert_array_equal(read.columns["label"], made.columns["label"])


def test_choices_and_positions_are_read_as_they_are_meant(tmp_path):
    """a and b are the items, first and second the places in which they were shown."""
    shown = {"position": list("aabbab"), "choice": ["a", "2", "a", "first", "tie", "B"]}
    read = read_verdicts(
        table(tmp_path / "v.csv", shown | {"length_a": [9] * 6, "length_b": [2] * 6})
    )
    np.testing.assert_array_equal(read.chosen, [1, 0, 0, 1, 0.5, 1])
    np.testing.assert_array_equal(read.columns["length"], [7, 7, -7, -7, 7, -7])


def test_lengths_and_orders_come_from_the_text(tmp_path):
    columns = {
        "text_a": ["one two three", "four five", "six", "same"],
        "text_b": ["four five", "one two three", "seven eight nine ten", "same"],
        "Choice": ["a", "b", "a", "a"],
    }
    read = read_verdicts(table(tmp_path / "v.csv", columns))
    assert read.pair[0] == read.pair[1] != read.pair[2]
    assert read.turned[0] != read.turned[1]
    assert read.pair[3] == -1
    np.testing.assert_array_equal(np.sign(read.columns["length"]), [1, -1, -1, 0])


def test_typicality_from_a_reference(tmp_path):
    """What is said often in the reference is typical: by hand, a hundredth added to each count."""
    (tmp_path / "real.txt").write_text("the cat sat on it\n" * 9 + "a dog ran off home\n")
    columns = {"text": ["the cat sat on it", "a dog ran off home", "zebras do"]}
    file = table(tmp_path / "v.csv", columns | {"label": [1, 0, 1], "score": [1, 2, 3]})
    assert "typicality" not in read_verdicts(file).columns
    likely, rare, strange = read_verdicts(file, None, tmp_path / "real.txt").columns["typicality"]
    a, size = 0.01, 13  # the end, five and five words of the reference, and two of the verdicts
    start = np.log([(9 + a) / (10 + a * size), (1 + a) / (10 + a * size)])
    then = np.log([(9 + a) / (9 + a * size), (1 + a) / (1 + a * size)])
    assert likely == pytest.approx(start[0] + 5 * then[0], rel=1e-4)
    assert rare == pytest.approx(start[1] + 5 * then[1], rel=1e-4)
    assert strange < rare


@pytest.mark.parametrize(
    ("text", "options", "sentences"),
    [
        ("", [], ["is empty"]),
        ("label,score\n", [], ["holds no records"]),
        ("label,opinion\n1,2\n0,1\n", [], ["no column score", "--columns NAME=COLUMN"]),
        ("score\n1\n2\n", [], ["no column label"]),
        ("label,choice\n1,1\n1,0\n", [], ["every label is right", "Add verdicts"]),
        ("label,score\n1,good\n0,3\n", [], ["line 2: score must be a number", "not 'good'"]),
        ("label,score\n1,inf\n0,3\n", [], ["line 2: score must be a number"]),
        ("label,choice\n1,keep\n0,perhaps\n", [], ["line 3: choice must be one of", "'perhaps'"]),
        ("label,score\n1,error\n0,-\n", [], ["v.csv: no row holds a verdict"]),
        ("length_a,choice\n1,a\n", [], ["no column length_b, which length_a needs"]),
        ("length_a,length_b\n1,2\n", [], ["no column choice (a, b"]),
        ("better,choice\na,c\n", [], ["line 2: choice must be one of a, b, tie", "not 'c'"]),
        ("better,choice\na,tie\n", [], ["every choice is a tie"]),
        ("label,score\n1,2\n0,1\n", ["--columns", "label"], ["write it as NAME=COLUMN"]),
        ("label,score\n1,2\n0,1\n", ["--columns", "labl=x"], ["did you mean label?"]),
        ("label,score\n1,2\n0,1\n", ["--columns", "human=x"], ["There is no column 'x'"]),
        ("label,choice\n1,1\n0,1\n", ["--threshold", "1"], ["leave it out"]),
        ("label,score\n1,2\n0,1\n", ["--reference", "x.txt"], ["there is no text"]),
        ("text,label,score\na b,1,2\nc,0,1\n", ["--reference", "x.txt"], ["no file x.txt"]),
        ('["a"]', [], ["holds bare strings"]),
        (
            "label,score,length\nmaybe,x,1\n1,y,\n1,z,2\n0,w,3\n0,v,3\n",
            ["--out", "x.txt", "--columns", "foo=score"],
            ["must end in .py", "no name 'foo'", "line 2: label", "line 4: score", "2 more rows"]
            + ["line 3: length"],
        ),
    ],
)
def test_mistakes_are_sentences_all_at_once(run, tmp_path, text, options, sentences):
    name = "v.json" if text.startswith("[") else "v.csv"
    (tmp_path / name).write_text(text)
    code, out, err = run("calibrate", name, *options)
    assert (code, out) == (2, "")
    for sentence in sentences:
        assert sentence in err
    assert not (tmp_path / "calibrated.py").exists()


def test_columns_by_other_names(run, tmp_path):
    made = singles(np.random.default_rng(8))
    table("v.csv", {"gold": made.columns["label"], "grade": made.score, "score": ["-"] * made.rows})
    code, out, err = run(
        *["calibrate", "v.csv", "--columns", "label=gold", "--columns", "score=grade"],
        *["--threshold", "1.5", "--json"],
    )
    assert code == 0, err
    kept = json.loads(out)["estimates"]["kept"]["value"]
    assert kept == pytest.approx((made.score >= 1.5).mean())
    assert load_judge("calibrated.py:Calibrated").fraction == pytest.approx(kept, rel=1e-4)
