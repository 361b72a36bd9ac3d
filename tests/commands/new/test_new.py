"""``collapse new``: every file that it writes runs, checks itself and is as the docs say."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from collapse.commands.new.command import KINDS
from collapse.runs.run import load

PARTS = ("model", "regime", "sampler", "measure", "learner", "scenario", "figure")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_short_documented_and_checks_itself(run, tmp_path, kind):
    code, out, err = run("new", kind, "pick-y 2")
    assert code == 0, err
    text = (tmp_path / "pick_y_2.py").read_text()
    assert len(text.splitlines()) <= 40
    assert not any(word in text for word in ("MyPart", "my_part", "my-part"))
    tree = ast.parse(text)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assert [node.name for node in classes] == ([] if kind in ("scenario", "figure") else ["PickY2"])
    assert all(map(ast.get_docstring, classes))
    told = [line.strip() for line in out.splitlines()[1:]]
    assert told[-1] == "python pick_y_2.py"
    lines = [line.strip() for line in ast.get_docstring(tree).splitlines()]
    assert told[:-1] == [line for line in lines if line.startswith("collapse ")]
    done = subprocess.run([sys.executable, "pick_y_2.py"], cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("judge", "-self.strength * length", "self.strength * length"),
        ("model", "1 / (1 + pool.count", "1 / (2 + pool.count"),
        ("regime", "t % self.every == 0", "t % self.every == 1"),
        ("sampler", "argmax(1)", "argmin(1)"),
        ("measure", "counts == 1", "counts == 2"),
        ("learner", "self.step * (new - old)", "(new - old)"),
        ("figure", "in run.arms", "in run.arms[:1]"),
    ],
)
def test_the_check_of_a_file_can_fail(run, tmp_path, kind, right, wrong):
    assert run("new", kind, "it")[0] == 0
    file = tmp_path / "it.py"
    assert right in file.read_text()
    file.write_text(file.read_text().replace(right, wrong))
    done = subprocess.run([sys.executable, file], cwd=tmp_path, capture_output=True, text=True)
    assert "AssertionError" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("kind", PARTS)
def test_a_file_runs_as_a_scenario(run, tmp_path, kind):
    assert run("new", kind, "own")[0] == 0
    code, _, err = run("run", "own.py", "--seeds", "2", "--generations", "3")
    assert code == 0, err
    saved = load(tmp_path / "runs" / "own")
    for name in saved.manifest["headline"]:
        assert all(np.isfinite(saved.curve(arm, name)).all() for arm in saved.arms)


@pytest.mark.slow
def test_the_judge_takes_the_place_of_another(run, tmp_path):
    tiny = Path(__file__).parents[2] / "tiny.py"
    assert run("new", "judge", "short")[0] == 0
    code, _, err = run("run", tiny, "--judge", "short.py:Short", "--out", "mine")
    assert code == 0, err
    parts = json.loads((tmp_path / "mine" / "manifest.json").read_text())["arms"]
    assert parts["judged"]["parts"]["judge"]["class"].endswith("Short")


@pytest.mark.slow
def test_the_claim_of_the_scenario_holds(run):
    assert run("new", "scenario", "own")[0] == 0
    code, out, err = run("verify", "own.py", "--json")
    assert code == 0, err
    assert [row["verdict"] for row in json.loads(out)["claims"]] == ["passes"]


def test_out_is_a_file_or_a_folder_and_json_says_where(run, tmp_path):
    (tmp_path / "parts").mkdir()
    code, out, _ = run("new", "judge", "MyOwn", "--out", "parts", "--json")
    assert code == 0
    document = json.loads(out)
    assert {k: document[k] for k in ("kind", "name", "written", "run")} == {
        "kind": "judge",
        "name": "MyOwn",
        "written": ["parts/my_own.py"],
        "run": [
            "collapse run jokes --judge parts/my_own.py:MyOwn",
            "collapse judge parts/my_own.py:MyOwn",
            "python parts/my_own.py",
        ],
    }
    assert run("new", "model", "a b", "--out", "new folder/other.py")[0] == 0
    text = (tmp_path / "new folder" / "other.py").read_text()
    assert "class AB(cl.Model)" in text
    assert "collapse run other.py" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("judg", "x"),
            "There is no kind of file 'judg' (did you mean judge?); choose from",
        ),
        (("judge", "there"), "there.py exists already and is not overwritten"),
        (("judge", "a/b"), "'a/b' cannot be a name"),
        (("judge", "2nd"), "begin with a letter"),
        (("judge", "é"), "begin with a letter"),
        (("judge", "none"), "None is a word of Python"),
        (("judge", "random"), "would hide the Python module random"),
        (("judge", "x", "--out", "jax.py"), "would hide the Python module jax"),
        (("judge", "x", "--out", "x.txt"), "a file whose name ends in .py"),
        (("judge", "x", "--out", 'a"b.py'), "a name of letters, digits"),
        (("scenario", "jokes"), "A scenario jokes ships with collapse"),
    ],
)
def test_mistakes(run, tmp_path, arguments, sentence):
    (tmp_path / "there.py").write_text("precious")
    code, out, err = run("new", *arguments)
    assert code == 2
    assert sentence in err
    assert [path.name for path in tmp_path.iterdir()] == ["there.py"]
    assert (tmp_path / "there.py").read_text() == "precious"


def test_all_mistakes_are_told_at_once(run):
    _, _, err = run("new", "judg", "random")
    assert "judg" in err
    assert "would hide" in err
