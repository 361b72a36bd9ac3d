"""``collapse sweep``: a grid from the command line to a table, a figure and a document."""

import json

import pytest

from tests.shared import ROOT

TINY = str(ROOT / "tests" / "tiny.py")
SMALL = ("--seeds", "2", "--generations", "2", "--set", "n=20", "--out", "s")


@pytest.mark.slow
def test_a_grid_is_run_drawn_and_resumed(run, tmp_path):
    grid = ("--over", "n=20,30", "--over", "no-judge:model.smoothing=0.01,0.1", "--arm", "no-judge")
    code, out, err = run("sweep", TINY, *grid, *SMALL, "--threshold", "20")
    assert code == 0, err
    assert "4 arms were run, 0 were there, 0 failed." in out
    made = {path.name for path in (tmp_path / "s").iterdir()}
    assert made == {"points", "sweep.json", "sweep.pdf", "sweep.png"}
    code, out, _ = run("sweep", TINY, *grid, *SMALL, "--json")
    document = json.loads(out)
    assert code == 0
    assert document["run"] == 0
    assert [list(p["settings"].values()) for p in document["points"]] == [
        ["20", "0.01"], ["20", "0.1"], ["30", "0.01"], ["30", "0.1"],
    ]  # fmt: skip
    assert document["value"] == "effective_number"
    assert all(p["values"]["no-judge"]["value"] > 1 for p in document["points"])


def written(path, body: str) -> str:
    path.write_text(body)
    return str(path)


@pytest.mark.slow
def test_a_law_is_drawn_over_the_values(run, tmp_path):
    """Heterozygosity of resampled outcomes: 1 - 1/K times (1 - 1/n)^T."""
    scenario = written(
        tmp_path / "drift.py",
        '"Drift"\nimport collapse as cl\n\n\ndef scenario():\n'
        "    truth, measures = cl.Categorical([0.25] * 4), (cl.ModelDiversity(),)\n"
        "    arm = cl.Arm(truth=truth, measures=measures, n=9, generations=3)\n"
        "    return cl.Scenario('drift', arms={'replace': arm}, seeds=400)\n\n\n"
        "def heterozygosity(n):\n    return 0.75 * (1 - 1 / n) ** 3\n",
    )
    over = ("--over", "n=5,50", "--value", "model_gini", "--out", "s")
    drawn = []
    for law in ((), ("--law", f"{scenario}:heterozygosity")):
        code, _, err = run("sweep", scenario, *over, *law)
        assert code == 0, err
        drawn.append((tmp_path / "s/sweep.png").read_bytes())
    assert drawn[0] != drawn[1]
    points = json.loads((tmp_path / "s/sweep.json").read_text())["points"]
    for n, point in zip((5, 50), points, strict=True):
        value = point["values"]["replace"]
        error = (value["high"] - value["low"]) / (2 * 1.96)
        assert abs(value["value"] - 0.75 * (1 - 1 / n) ** 3) < 4 * error


@pytest.mark.parametrize(
    ("law", "sentence"),
    [
        ("def f(n):\n    return 1 / 0", "The law raised ZeroDivisionError"),
        ("def f(n):\n    return 'x'", "must return a number"),
        ("f = 3", "is no law"),
        ("def g(n):\n    return 1", "There is no law f"),
    ],
)
def test_a_law_that_gives_no_numbers_is_refused_before_anything_runs(run, tmp_path, law, sentence):
    where = written(tmp_path / "law.py", law)
    code, _, err = run("sweep", TINY, "--over", "n=5,9", "--law", f"{where}:f", "--out", "s")
    assert code == 2
    assert sentence in err
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("arguments", "sentences"),
    [
        ((TINY,), ["Say what to vary"]),
        ((TINY, "--over", "n=0,5"), ["n=0: n, the items kept per generation", "1 of 2 points"]),
        ((TINY, "--over", "n=5", "--arm", "judgd"), ["'judgd'", "judged"]),
        ((TINY, "--over", "n=5", "--value", "entropi"), ["'entropi'", "entropy"]),
        (("tiny-one", "--over", "n=5,5"), ["given twice", "There is no scenario"]),
        ((TINY, "--over", "generations=1,2"), ["generations cannot be set"]),
    ],
)
def test_mistakes_are_sentences(run, tmp_path, arguments, sentences):
    code, out, err = run("sweep", *arguments, "--out", "s")
    assert (code, out) == (2, "")
    for sentence in sentences:
        assert sentence in err
    assert not (tmp_path / "s").exists()


@pytest.mark.slow
def test_a_threshold_is_searched(run, tmp_path):
    find = ("--find", "n=10:60", "--such-that", "entropy >= 0.5 * real", "--arm", "no-judge")
    code, out, err = run("sweep", TINY, *find, "--seeds", "2", "--generations", "2", "--out", "s")
    assert code == 0, err
    assert "entropy >= 0.5 * real: where it begins to hold" in out
    document = json.loads((tmp_path / "s/threshold.json").read_text())
    assert document["thresholds"]["no-judge"]["setting"]["value"] >= 10
    assert {"10", "60"} <= document["measured"]["no-judge"].keys()
    code, _, err = run("sweep", TINY, *find, "--over", "n=5", "--out", "s")
    assert code == 2
    assert "Give --over or --find, not both." in err
    code, _, err = run("sweep", TINY, "--such-that", "entropy >= 1", "--over", "n=5")
    assert code == 2
    assert "--such-that needs --find" in err
